"""The war room at a terminal, on the local tenant or on a real one.

`make war-room`, or for one command: `make war-room ARGS="'!absolute-device-list limit=5'"`. With a second instance, of another
token of the same account or of another account: `make war-room ARGS="--second token"`, `ARGS="--second account"`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
KEY_VARIABLES = ("SECRET_KEY", "PRIVATE_KEY_FILE")
FIRST, SECOND = "ABSOLUTE_", "ABSOLUTE_SECOND_"  # what the variables of an instance begin with
OTHER_DEVICES = 8  # the seed of the second account's devices


class IncompleteEnvironmentError(Exception):
    """Some variables of a real tenant are set and some are not; the text names the missing ones."""


@dataclass(frozen=True)
class Connection:
    """One or two instances of the integration, and how time passes for them."""

    params: dict[str, Any]
    wait: WaitFor
    is_real: bool
    second: dict[str, Any] | None = None

    @property
    def announcement(self) -> str:
        where = " and ".join(dict.fromkeys(str(one["url"]) for one in (self.params, self.second) if one))
        instances = " Two instances: a command without using= runs on both." if self.second else ""
        if self.is_real:
            return f"This is a REAL tenant: {where}. What you run here happens to real devices.{instances}"
        return f"This is the LOCAL tenant, {where}: invented devices, {CLOCK_SPEED} times as fast as real time.{instances}"

    def room(self, wait: WaitFor, watcher: Watcher, second_on_demand: bool) -> WarRoom:
        """A war room with the instances. `second_on_demand`: the second one is not used by default.

        Raises IncompleteEnvironmentError when there is no second one.
        """
        if second_on_demand and not self.second:
            raise IncompleteEnvironmentError("--second-on-demand says something about a second instance, and there is none.")
        integration = load_integration(INTEGRATION)
        room = WarRoom(integration, self.params, PlatformModules(environ.get("XSOAR_MODULES") or None), wait, watcher)
        if self.second:
            room.add_instance(self.second, by_default=not second_on_demand)
        return room


def main() -> int:
    options = _options()
    terminal = Terminal(Console())
    try:
        with connection(environ, options.second) as connected:
            return _run(connected, terminal, options)
    except IncompleteEnvironmentError as error:
        terminal.say(str(error), style="red")
        return 2


@contextmanager
def connection(variables: Mapping[str, str], second: str | None) -> Iterator[Connection]:
    """The real tenant that the environment describes, else a local one. `second`: see add_instance_arguments.

    Raises IncompleteEnvironmentError, and OSError when the key file cannot be read.
    """
    real = real_connection(variables)
    if real is None:
        with local_connection(second) as local:
            yield local
    elif second:
        raise IncompleteEnvironmentError(
            f"--second makes a second instance on the local tenant. On a real one set {SECOND}URL, {SECOND}TOKEN_ID …"
        )
    else:
        yield real


def real_connection(variables: Mapping[str, str]) -> Connection | None:
    """The connection that the environment describes, None when it describes none.

    Raises IncompleteEnvironmentError, and OSError when the key file cannot be read.
    """
    params, second = _real_params(variables, FIRST), _real_params(variables, SECOND)
    if params is None and second is not None:
        raise IncompleteEnvironmentError(f"There are variables that begin with {SECOND}, and no {FIRST}URL.")
    return Connection(params, wait=time.sleep, is_real=True, second=second) if params else None


def _real_params(variables: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    """The parameters of an instance from the variables that begin with `prefix`, None when there is none of them."""
    given = {name: variables.get(prefix + name, "") for name in ("URL", "TOKEN_ID", *KEY_VARIABLES)}
    if not any(given.values()):
        return None
    missing = [prefix + name for name in ("URL", "TOKEN_ID") if not given[name]]
    if not any(given[name] for name in KEY_VARIABLES):
        missing.append(" or ".join(prefix + name for name in KEY_VARIABLES))
    if missing:
        raise IncompleteEnvironmentError(
            f"For a real tenant this is not set: {', '.join(missing)}. For the local tenant unset every {prefix} variable."
        )
    key_file = given["PRIVATE_KEY_FILE"]
    return {
        "url": given["URL"],
        "credentials": {"identifier": given["TOKEN_ID"], "password": given["SECRET_KEY"]},
        "private_key": {"identifier": "", "password": Path(key_file).expanduser().read_text("utf-8") if key_file else ""},
    }


@contextmanager
def local_connection(second: str | None = None) -> Iterator[Connection]:
    """A local tenant with a token that may do everything. `second`: another token of it, or one of another account."""
    clock = RunningClock(speed=CLOCK_SPEED)
    with ExitStack() as tenants:
        first = tenants.enter_context(LocalTenant(clock=clock))
        other = tenants.enter_context(LocalTenant(clock=clock, seed=OTHER_DEVICES)) if second == "account" else first
        yield Connection(_local_params(first), clock.advance, is_real=False, second=_local_params(other) if second else None)


def _local_params(tenant: LocalTenant) -> dict[str, Any]:
    token = tenant.tokens.create_symmetric()
    return {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}


def _run(connection: Connection, terminal: Terminal, options: argparse.Namespace) -> int:
    if not options.json:
        terminal.say(connection.announcement, style="bold red" if connection.is_real else "bold green")
    terminal.names_instances = connection.second is not None
    with terminal.console.status("preparing the integration"):
        room = connection.room(
            wait=connection.wait if options.json else terminal.waiting(connection.wait),
            watcher=Watcher() if options.json else terminal,
            second_on_demand=options.second_on_demand,
        )
    session = Session(room, terminal, asks_first=connection.is_real and not options.yes)
    return session.once(options.line, options.json) if options.line else session.interactive()


def add_instance_arguments(parser: argparse.ArgumentParser) -> None:
    """A second instance, beside the one that there always is."""
    parser.add_argument(
        "--second", choices=["token", "account"], help="a second instance: another token of the local account, or another account"
    )
    parser.add_argument("--second-on-demand", action="store_true", help='the second instance has "Do not use by default"')


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="The war room, on the local tenant; on a real one when ABSOLUTE_URL, ABSOLUTE_TOKEN_ID and "
        "ABSOLUTE_SECRET_KEY (or ABSOLUTE_PRIVATE_KEY_FILE) are set, with a second instance when ABSOLUTE_SECOND_URL … are."
    )
    add_instance_arguments(parser)
    parser.add_argument("line", nargs="?", help="one command, '!command argument=value'; a prompt without it")
    parser.add_argument("--json", action="store_true", help="print the raw entries of the one command")
    parser.add_argument("--yes", action="store_true", help="do not ask before potentially harmful commands on a real tenant")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
