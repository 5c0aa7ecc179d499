"""Scheduled commands: an entry that names a PollingCommand asks the server to run that command later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_xsoar.playbooks.run import Step

MINIMAL_INTERVAL_SECONDS = 10
DEFAULT_TIMEOUT_SECONDS = 600  # where the entry names none; the platform's polling_function has the same


@dataclass(frozen=True)
class Schedule:
    """One command that waits for its turn. Times are scheduled seconds since the sequence began."""

    command: str
    args: dict[str, Any]
    due: int
    deadline: int
    times_ran: int = 0

    @property
    def asked_timeout(self) -> int:
        """How long it was told to wait; a command may let the server wait longer, so as to end by itself with an answer."""
        return int(self.args.get("timeout_in_seconds") or self.deadline)

    def parent_entry(self) -> dict[str, Any]:
        """What the command learns of its schedule through demisto.callingContext."""
        return {
            "polling": True,
            "pollingCommand": self.command,
            "pollingArgs": self.args,
            "timesRan": self.times_ran,
        }


@dataclass(frozen=True)
class Poll:
    """A wait that is about to begin, in scheduled seconds. `timeout` is the one that was asked for."""

    number: int
    command: str
    interval: int
    elapsed: int
    timeout: int


class Watcher:
    """Is told what happens while a command runs. This one looks on in silence."""

    def entry(self, entry: dict[str, Any]) -> None:
        """A new entry of the war room."""

    def poll(self, poll: Poll) -> None:
        """The wait before a scheduled command begins."""

    def task_started(self, step: Step) -> None:
        """A task of a playbook begins."""

    def task_ended(self, step: Step) -> None:
        """A task of a playbook has its outcome."""


WaitFor = Callable[[float], object]


def scheduled(entry: dict[str, Any], after: Schedule | None) -> Schedule | None:
    """The schedule that `entry` asks for, None when it asks for none. `after` is the execution that gave the entry.

    The time limit counts from the first schedule of the sequence.
    """
    command = entry.get("PollingCommand")
    if not command:
        return None
    interval = max(int(entry.get("NextRun") or 0), MINIMAL_INTERVAL_SECONDS)
    return Schedule(
        command=command,
        args=entry.get("PollingArgs") or {},
        due=(after.due if after else 0) + interval,
        deadline=after.deadline if after else int(entry.get("Timeout") or DEFAULT_TIMEOUT_SECONDS),
        times_ran=after.times_ran + 1 if after else 0,
    )
