"""What a playbook did: its way, task by task, and what it left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local_xsoar.context import Context

SKIPPED, FAILED, WAITING = "skipped", "failed", "waiting"  # outcomes of a task that took no branch


@dataclass
class Step:
    """One visit of a task. `outcome`: the label of the branch it took, "" while it is at work."""

    playbook: str
    task_id: str
    task_name: str
    outcome: str = ""
    depth: int = 0  # 0 in the playbook that was started, 1 in its sub-playbooks …


Place = tuple[str, ...]


@dataclass
class PlaybookRun:
    """`entries`: the war room's new entries, notes with `Note: True`. `error`: of the first task that stopped the playbook."""

    playbook: str
    context: Context
    incident: dict[str, Any]
    path: list[Step] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def ok(self) -> bool:
        """It came to its end."""
        return self.error is None and self.waiting is None

    @property
    def waiting(self) -> str | None:
        """The first task that waits for a person who did not answer."""
        return next((step.task_name for step in self.path if step.outcome == WAITING), None)

    @property
    def visited(self) -> set[Place]:
        """(playbook, task ID) of each task at work, (playbook, task ID, label) of each branch taken."""
        visits = [step for step in self.path if step.outcome != SKIPPED]
        tasks: set[Place] = {(step.playbook, step.task_id) for step in visits}
        return tasks | {(step.playbook, step.task_id, step.outcome) for step in visits}

    @property
    def notes(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry.get("Note")]

    def names(self, playbook: str = "") -> list[str]:
        """The names of the tasks in the order of their visits, of one playbook or of all."""
        return [step.task_name for step in self.path if playbook in ("", step.playbook)]
