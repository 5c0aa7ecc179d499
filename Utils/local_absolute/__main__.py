"""python -m local_absolute: a tenant to try things on, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .clock import RunningClock
from .tenant import LocalTenant
from .times import format_utc


def main() -> None:
    options = _arguments()
    tenant = LocalTenant(
        devices=options.devices,
        seed=options.seed,
        clock=RunningClock(options.clock_speed),
        rate_limit=options.rate_limit or None,
        port=options.port,
        latency=options.latency,
    )
    tenant.siem.enabled = not options.siem_off
    if options.events:
        tenant.siem.generate(options.events, over=timedelta(hours=options.events_hours), seed=options.seed)
    tenant.siem.run(options.events_per_minute, seed=options.seed)
    with tenant, tempfile.TemporaryDirectory(prefix="local-absolute-") as folder:
        print(_as_json(tenant, options.clock_speed) if options.json else _as_text(tenant, Path(folder)), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            if not options.json:
                print("stopped")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_absolute", description="A local Absolute tenant on loopback.")
    parser.add_argument("--devices", type=int, default=5000, help="size of the fleet (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same fleet (default %(default)s)")
    parser.add_argument("--clock-speed", type=float, default=60, help="tenant seconds per real second (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--rate-limit", type=int, default=20, help="calls per second, 0 for no limit (default %(default)s)")
    parser.add_argument("--latency", type=float, default=0, help="real seconds that each answer takes longer (default 0)")
    parser.add_argument("--events", type=int, default=0, help="SIEM events that wait already (default 0)")
    parser.add_argument("--events-hours", type=float, default=24, help="how far back they go (default %(default)s)")
    parser.add_argument("--events-per-minute", type=float, default=0, help="new ones per tenant minute (default 0)")
    parser.add_argument("--siem-off", action="store_true", help="SIEM integration is switched off in the console")
    parser.add_argument("--json", action="store_true", help="print one line of JSON, for a program that starts the tenant")
    return parser.parse_args()


def _as_json(tenant: LocalTenant, clock_speed: float) -> str:
    """URL and credentials; `clock_time` is the tenant's time when the host's was `host_time`."""
    token = tenant.tokens.create_symmetric()
    return json.dumps(
        {
            "url": tenant.url,
            "token_id": token.id,
            "secret": token.secret,
            "clock_time": format_utc(tenant.clock.now()),
            "host_time": format_utc(datetime.now(timezone.utc)),
            "clock_speed": clock_speed,
        }
    )


def _as_text(tenant: LocalTenant, folder: Path) -> str:
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
