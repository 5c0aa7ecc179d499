"""python -m local_absolute: a tenant to try things on, until Ctrl-C."""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

from .clock import RunningClock
from .tenant import LocalTenant


def main() -> None:
    options = _arguments()
    tenant = LocalTenant(
        devices=options.devices,
        seed=options.seed,
        clock=RunningClock(options.clock_speed),
        rate_limit=options.rate_limit or None,
        port=options.port,
    )
    with tenant, tempfile.TemporaryDirectory(prefix="local-absolute-") as folder:
        print(_credentials(tenant, Path(folder)), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_absolute", description="A local Absolute tenant on loopback.")
    parser.add_argument("--devices", type=int, default=5000, help="size of the fleet (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same fleet (default %(default)s)")
    parser.add_argument("--clock-speed", type=float, default=60, help="tenant seconds per real second (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--rate-limit", type=int, default=20, help="calls per second, 0 for no limit (default %(default)s)")
    return parser.parse_args()


def _credentials(tenant: LocalTenant, folder: Path) -> str:
    """Fresh credentials as text; the private key goes to a file that only the user may read."""
    symmetric = tenant.tokens.create_symmetric()
    asymmetric = tenant.tokens.create_asymmetric()
    key_file = folder / f"{asymmetric.id}.pem"
    key_file.touch(mode=0o600)
    key_file.write_text(asymmetric.private_key_pem or "", encoding="ascii")
    return "\n".join(
        (
            f"URL                      {tenant.url}",
            f"devices                  {len(tenant.devices)}",
            f"Token ID (HS256)         {symmetric.id}",
            f"Secret Key               {symmetric.secret}",
            f"Token ID (ES256)         {asymmetric.id}",
            f"private key file         {key_file}",
            "Ctrl-C stops the tenant.",
        )
    )


if __name__ == "__main__":
    main()
