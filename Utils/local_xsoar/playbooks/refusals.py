"""What the local XSOAR does not run, by name and place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`place`: the playbook, and the task or part of it."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class UnsupportedPlaybookError(Exception):
    """Playbooks hold something that the local XSOAR does not run; the text names each place."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("\n".join(map(str, refusals)))
        self.refusals = refusals


def place_of_task(playbook: str, task_id: str, task_name: str) -> str:
    return f"{playbook}, task {task_id} ({task_name})"
