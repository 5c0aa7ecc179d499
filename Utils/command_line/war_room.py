"""The war room at a terminal, on the local tenant or on a real one.

`make war-room`, or for one command: `make war-room ARGS="'!absolute-device-list limit=5'"`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Any

from local_absolute import LocalTenant, RunningClock
from local_xsoar import PlatformModules, WarRoom, Watcher, load_integration
from local_xsoar.prompt import Session
from local_xsoar.scheduler import WaitFor
from local_xsoar.terminal import Terminal
from rich.console import Console

INTEGRATION = Path(__file__).resolve().parents[2] / "Packs" / "Absolute" / "Integrations" / "Absolute"
CLOCK_SPEED = 60  # tenant seconds per second: an agent that checks in every 15 minutes does so after 15 seconds
KEY_VARIABLES = ("ABSOLUTE_SECRET_KEY", "ABSOLUTE_PRIVATE_KEY_FILE")


class IncompleteEnvironmentError(Exception):
    """Some variables of a real tenant are set and some are not; the text names the missing ones."""


@dataclass(frozen=True)
class Connection:
    """An instance of the integration, and how time passes for it."""

    params: dict[str, Any]
    wait: WaitFor
    is_real: bool

    @property
    def announcement(self) -> str:
        if self.is_real:
            return f"This is a REAL tenant: {self.params['url']}. What you run here happens to real devices."
        return f"This is the LOCAL tenant, {self.params['url']}: invented devices, {CLOCK_SPEED} times as fast as real time."


def main() -> int:
    options = _options()
    terminal = Terminal(Console())
    try:
        real = real_connection(environ)
    except IncompleteEnvironmentError as error:
        terminal.say(str(error), style="red")
        return 2
    if real:
        return _run(real, terminal, options)
    with local_connection() as local:
        return _run(local, terminal, options)


def real_connection(variables: Mapping[str, str]) -> Connection | None:
    """The connection that the environment describes, None when it describes none.

    Raises IncompleteEnvironmentError, and OSError when the key file cannot be read.
    """
    given = {name: variables.get(name, "") for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID", *KEY_VARIABLES)}
    if not any(given.values()):
        return None
    missing = [name for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID") if not given[name]]
    if not any(given[name] for name in KEY_VARIABLES):
        missing.append(" or ".join(KEY_VARIABLES))
    if missing:
        raise IncompleteEnvironmentError(
            f"For a real tenant this is not set: {', '.join(missing)}. For the local tenant unset every ABSOLUTE_ variable."
        )
    key_file = given["ABSOLUTE_PRIVATE_KEY_FILE"]
    params = {
        "url": given["ABSOLUTE_URL"],
        "credentials": {"identifier": given["ABSOLUTE_TOKEN_ID"], "password": given["ABSOLUTE_SECRET_KEY"]},
        "private_key": {"identifier": "", "password": Path(key_file).expanduser().read_text("utf-8") if key_file else ""},
    }
    return Connection(params, wait=time.sleep, is_real=True)


@contextmanager
def local_connection() -> Iterator[Connection]:
    """A local tenant with a token that may do everything."""
    clock = RunningClock(speed=CLOCK_SPEED)
    with LocalTenant(clock=clock) as tenant:
        token = tenant.tokens.create_symmetric()
        params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
        yield Connection(params, wait=clock.advance, is_real=False)


def _run(connection: Connection, terminal: Terminal, options: argparse.Namespace) -> int:
    if not options.json:
        terminal.say(connection.announcement, style="bold red" if connection.is_real else "bold green")
    with terminal.console.status("preparing the integration"):
        integration = load_integration(INTEGRATION)
    room = WarRoom(
        integration,
        connection.params,
        PlatformModules(environ.get("XSOAR_MODULES") or None),
        wait=connection.wait if options.json else terminal.waiting(connection.wait),
        watcher=Watcher() if options.json else terminal,
    )
    session = Session(room, terminal, asks_first=connection.is_real and not options.yes)
    return session.once(options.line, options.json) if options.line else session.interactive()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="The war room, on the local tenant; on a real one when ABSOLUTE_URL, ABSOLUTE_TOKEN_ID and "
        "ABSOLUTE_SECRET_KEY (or ABSOLUTE_PRIVATE_KEY_FILE) are set."
    )
    parser.add_argument("line", nargs="?", help="one command, '!command argument=value'; a prompt without it")
    parser.add_argument("--json", action="store_true", help="print the raw entries of the one command")
    parser.add_argument("--yes", action="store_true", help="do not ask before potentially harmful commands on a real tenant")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
