"""Which tasks and branches of playbooks no run has reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from local_xsoar.playbooks.library import Library
from local_xsoar.playbooks.model import NONE, Playbook
from local_xsoar.playbooks.run import Place, PlaybookRun


def uncovered(library: Library, runs: Iterable[PlaybookRun]) -> list[str]:
    """A line for each: "Playbook, task 4 (Freeze device)", "Playbook, task 5 (Is it frozen?), branch yes"."""
    visited: set[Place] = set()
    for run in runs:
        visited |= run.visited
    return [line for playbook in library.playbooks.values() for line in _missing(playbook, visited)]


def _missing(playbook: Playbook, visited: set[Place]) -> Iterator[str]:
    for task in playbook.tasks.values():
        name = f"{playbook.name}, task {task.id} ({task.name})"
        if (playbook.name, task.id) not in visited:
            yield name
        for label in task.next_tasks:
            if label != NONE and (playbook.name, task.id, label) not in visited:
                yield f"{name}, branch {label}"
