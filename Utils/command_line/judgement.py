"""From what a command gave back to its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_xsoar import CommandRun, Entry
from local_xsoar.command_run import FILE, INFO_FILE
from local_xsoar.confirmation import is_dry_run

from command_line.manifest import DeclaredCommand
from command_line.outcome import Outcome
from command_line.traffic import Traffic

PENDING = "pending"
NOT_DONE = frozenset({"failed", "ineligible", "cancelled", "unknown"})


def judge(run: CommandRun, declared: DeclaredCommand | None, traffic: Traffic) -> Outcome:
    """`declared` is None for what the platform runs by itself, such as test-module."""
    if not run.ok:
        return _failure(declared, traffic)
    if declared and declared.changes and not is_dry_run(run.args):
        return _of_verdicts(set(verdicts(run.entries[-1:])), waited=run.polls > 0)
    if declared and declared.reads and not any(_has_something(entry) for entry in run.entries):
        return Outcome.NOTHING_FOUND
    return Outcome.DONE


def verdicts(value: Any) -> Iterator[str]:
    """Every verdict in entries or outputs, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from verdicts(item)
    elif isinstance(value, dict):
        if isinstance(value.get("Verdict"), str):
            yield value["Verdict"]
        for item in value.values():
            yield from verdicts(item)


def _failure(declared: DeclaredCommand | None, traffic: Traffic) -> Outcome:
    if traffic.changed_something or traffic.failed:
        return Outcome.ERROR
    # Everything that was read was answered, so the command itself has refused to go on.
    return Outcome.NOTHING_FOUND if traffic.calls and declared and declared.reads else Outcome.REFUSED


def _of_verdicts(found: set[str], waited: bool) -> Outcome:
    if found & NOT_DONE:
        return Outcome.ERROR
    return Outcome.NOT_FINISHED if waited and PENDING in found else Outcome.DONE


def _has_something(entry: dict[str, Any]) -> bool:
    """Whether an entry brings a file, an answer or outputs. The first outputs are the ones that were asked for."""
    first = next(iter((entry.get("EntryContext") or {}).values()), None)
    return Entry(entry).type in (FILE, INFO_FILE) or bool(entry.get("Contents")) or bool(first)
