"""The local XSOAR beside the tenant. Its commands run in this process, so one of them at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from command_line.accounts import Account, Accounts
from command_line.connection import Params, account_params, token_params
from command_line.linking import Candidate, Link, link
from command_line.outcome import FailedError, RefusedError
from command_line.preparation import platform_modules, prepared
from local_absolute import LocalTenant
from local_xsoar import Entry, Integration, WarRoom, Watcher
from local_xsoar.command_run import error_entry
from local_xsoar.scheduler import Poll, WaitFor
from local_xsoar.server import File
from rich.console import Console as Terminal


@dataclass(eq=False)
class Xsoar:
    """Runs the integration: for tries of an account, and in war rooms. One without an account signs in with `params`, or with a
    token of its own."""

    _tenant: LocalTenant
    _params: Params | None
    _running: threading.Lock = field(default_factory=threading.Lock)
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _rooms: dict[str, tuple[Account | None, Room]] = field(default_factory=dict)

    def link(self, wanted: Candidate, accounts: Accounts) -> Link:
        with self._running:
            return link(wanted, accounts, self._integration, platform_modules())

    def room(self, account: Account | None) -> Room:
        """The war room of an account; a new one when the account has changed. Raises AccountError."""
        name = account.name if account else ""
        with self._opening:
            made_for, room = self._rooms.get(name, (None, None))
            if room is None or made_for != account:
                params = account_params(account) if account else self._own_params
                room = Room(self._integration, params, self._running, self._tenant.clock.advance)
                self._rooms[name] = account, room
            return room

    @cached_property
    def _integration(self) -> Integration:
        """Preparing it takes seconds when the pack has changed."""
        return prepared(Terminal(quiet=True))

    @cached_property
    def _own_params(self) -> Params:
        return self._params or token_params(self._tenant)


@dataclass
class Line:
    """A line that somebody typed, and what it has answered so far. `waits` says what for, "" when it is done."""

    text: str
    at: datetime
    entries: list[Entry] = field(default_factory=list)
    waits: str = "It has not begun yet."


class Room(Watcher):
    """A war room whose lines run one after the other, in the background."""

    def __init__(self, integration: Integration, params: Params, running: threading.Lock, wait: WaitFor) -> None:
        self.lines: list[Line] = []
        self._running = running
        self._wait_for = wait
        self._turn = threading.Lock()
        self._line = Line("", datetime.now(timezone.utc))  # the one that runs
        self._room = WarRoom(integration, params, platform_modules(), self._wait, self)

    @property
    def files(self) -> dict[str, File]:
        return self._room.investigation.files

    def type(self, text: str) -> threading.Thread:
        """Runs a line as soon as those before it are done."""
        line = Line(text, datetime.now(timezone.utc))
        self.lines.append(line)
        thread = threading.Thread(target=self._run, args=(line,), name="console-war-room", daemon=True)
        thread.start()
        return thread

    def entry(self, entry: dict[str, Any]) -> None:
        self._line.entries.append(Entry(entry))

    def poll(self, poll: Poll) -> None:
        self._line.waits = (
            f"It looks again in {poll.interval} s of the tenant's time ({poll.elapsed} of {poll.timeout} s passed)."
        )

    def _run(self, line: Line) -> None:
        with self._turn, self._running:
            self._line, line.waits = line, "It runs."
            try:
                self._room.run(line.text)
            except (RefusedError, FailedError) as error:
                self.entry(error_entry(str(error)))
            finally:
                line.waits = ""

    def _wait(self, seconds: float) -> None:
        """Meanwhile others may run."""
        self._running.release()
        try:
            self._wait_for(seconds)
        finally:
            self._running.acquire()
