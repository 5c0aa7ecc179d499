"""Runs command lines in a war room on a fresh local tenant, with the same answers each time.

Nothing in an answer comes from the moment or from chance: the host and the tenant share a calendar that begins at START and
moves on only while a command polls, the fleet has a fixed seed, UIDs are counted, and every passcode is the same invented one.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest import mock

from freezegun import freeze_time
from local_absolute import LocalTenant, ManualClock, Options
from local_absolute.options import DEFAULT_OPTIONS
from local_absolute.resources import ROUTES
from local_absolute.routes import Router
from local_xsoar import CommandRun, PlatformModules, WarRoom, load_integration
from local_xsoar.context import Context

START = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
UID = "5a1c6a0e-0000-4000-8000-{:012d}"
PASSCODE = "12345678"


@dataclass(frozen=True)
class Example:
    """A command line and its answer: what the war room showed, what it left in the context, and whether it was refused.

    `permissions` are those that the API calls of the command need, named as in the console.
    """

    line: str
    readable: str
    context: dict[str, Any]
    refused: bool
    permissions: frozenset[str]

    @property
    def command(self) -> str:
        return self.line.split()[0].removeprefix("!")


def play(lines: Iterable[str], integration: Path, modules: PlatformModules) -> list[Example]:
    """Run the lines one after the other in one war room, each polling command to its end."""
    prepared = load_integration(integration)
    with repeatable_tenant() as (tenant, wait):
        token = tenant.tokens.create_symmetric()
        credentials = {"identifier": token.id, "password": token.secret}
        params = {"url": tenant.url, "credentials": credentials, "allow_any_request": True}
        room = WarRoom(prepared, params, modules, wait=wait)
        return [_run(line, room, tenant) for line in lines]


@contextmanager
def repeatable_tenant(
    devices: int = 15, options: Options = DEFAULT_OPTIONS
) -> Iterator[tuple[LocalTenant, Callable[[float], None]]]:
    """A tenant that gives the same answers each time, and how to let time pass for it and for whoever asks it."""
    numbers, digits = itertools.count(1), itertools.cycle(PASSCODE)
    clock = ManualClock(START)
    with (
        freeze_time(START) as host,
        mock.patch("uuid.uuid4", side_effect=lambda: uuid.UUID(UID.format(next(numbers)))),
        mock.patch("secrets.choice", side_effect=lambda _choices: next(digits)),
        LocalTenant(devices, seed=7, clock=clock, rate_limit=None, options=options) as tenant,
    ):

        def wait(seconds: float) -> None:
            clock.advance(seconds)
            host.move_to(clock.now())

        yield tenant, wait


def _run(line: str, room: WarRoom, tenant: LocalTenant) -> Example:
    """Of a command that polls only the end is kept."""
    earlier_calls = len(tenant.requests)
    run = room.run(line)
    end = CommandRun(entries=[entry for entry in run.entries if not entry.get("PollingCommand")])
    context = Context()
    for entry in end.entries:
        context.merge(entry.get("EntryContext"))
    files = [entry["File"] for entry in end.entries if entry.get("File")]
    readable = "\n".join([end.markdown, *(f"Returned file: {name}" for name in files)]).strip()
    calls = {(call.method, call.path) for call in tenant.requests[earlier_calls:]}
    needed = {permission.value for call in calls for permission in Router(ROUTES).find(*call)[0].permissions}
    return Example(line, readable, context.data | _kept_files(files, room), not run.ok, frozenset(needed))


def _kept_files(names: list[str], room: WarRoom) -> dict[str, Any]:
    """What the platform itself puts into the context for the files that a command returned."""
    known = room.context.get("InfoFile") or []
    kept = [facts for facts in (known if isinstance(known, list) else [known]) if facts["Name"] in names]
    return {"InfoFile": kept[-1] if len(kept) == 1 else kept} if kept else {}
