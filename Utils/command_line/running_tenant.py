"""The simulated tenant that `absolute tenant` keeps running, as the other commands find it without being told.

It stands in a file of its user: address, token and speed. Nobody but the user may read it, though the token is worth nothing
elsewhere.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from command_line.places import state_folder, write_private

ANSWER_SECONDS = 1.0


@dataclass(frozen=True)
class RunningTenant:
    """`clock_speed` is in tenant seconds per second, `process` the ID of the process that serves it."""

    url: str
    token_id: str
    secret_key: str
    clock_speed: float
    process: int

    @property
    def answers(self) -> bool:
        """Whether somebody listens there: a process that was killed has left its file behind."""
        address = urlsplit(self.url)
        try:
            with socket.create_connection((address.hostname or "", address.port or 0), ANSWER_SECONDS):
                return True
        except OSError:
            return False


def running_tenant() -> RunningTenant | None:
    """The tenant that was started last and still runs, None when there is none."""
    try:
        tenant = RunningTenant(**json.loads(_file().read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return tenant if tenant.answers else None


@contextmanager
def announced(tenant: RunningTenant) -> Iterator[None]:
    """While it is open, other processes of this user find the tenant."""
    path = _file()
    write_private(path, json.dumps(asdict(tenant)))
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            if json.loads(path.read_text("utf-8"))["process"] == tenant.process:
                path.unlink()


def _file() -> Path:
    return state_folder() / "tenant.json"
