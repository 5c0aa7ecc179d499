"""A playbook as a graph: its tasks and the links between them, read from its YAML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pack_files import read_item

START, SECTION, CONDITION, PLAYBOOK, COLLECTION = "start", "title", "condition", "playbook", "collection"
ON_ERROR = "on error"
LABELS = {"#none#": "", "#default#": "else", "#error#": ON_ERROR}


@dataclass(frozen=True)
class Task:
    """`kind` is the task's type in the YAML. `manual`: a person does it. `looped`: a sub-playbook that runs again and again."""

    id: str
    kind: str
    name: str
    manual: bool = False
    looped: bool = False


@dataclass(frozen=True)
class Link:
    """`label` names the branches that lead from `source` to `target`; "" where there is but one way."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class Graph:
    """`links` are in the order of the tasks, those of one task in the order of the YAML; at most one between two tasks."""

    name: str
    start: str
    tasks: dict[str, Task]
    links: tuple[Link, ...]

    @cached_property
    def below(self) -> dict[str, list[str]]:
        """The tasks that follow each task."""
        following: dict[str, list[str]] = {task: [] for task in self.tasks}
        for link in self.links:
            following[link.source].append(link.target)
        return following


def read_graph(path: Path) -> Graph:
    """The graph of the playbook in `path`."""
    raw = read_item(path)
    ids = sorted(raw["tasks"], key=int)
    return Graph(
        name=raw["name"],
        start=raw["starttaskid"],
        tasks={task_id: _task(task_id, raw["tasks"][task_id]) for task_id in ids},
        links=tuple(link for task_id in ids for link in _links(task_id, raw["tasks"][task_id].get("nexttasks") or {})),
    )


def _task(task_id: str, raw: dict[str, Any]) -> Task:
    task = raw["task"]
    by_hand = not any(task.get(name) for name in ("script", "scriptName", "playbookName", "playbookId")) and not raw.get(
        "conditions"
    )
    return Task(
        id=task_id,
        kind=raw["type"],
        name=task.get("name") or "",
        manual=raw["type"] == COLLECTION or (raw["type"] in ("regular", CONDITION) and by_hand),
        looped=_is_loop(raw.get("loop") or {}),
    )


def _is_loop(loop: dict[str, Any]) -> bool:
    """Every sub-playbook has a `loop`; it means something only with one of these."""
    return bool(loop.get("forEach") or loop.get("builtincondition") or loop.get("exitCondition") or loop.get("scriptName"))


def _links(source: str, following: dict[str, list[str] | None]) -> list[Link]:
    labels: dict[str, list[str]] = {}
    for label, targets in following.items():
        for target in targets or []:
            labels.setdefault(target, []).append(LABELS.get(label, label))
    return [Link(source, target, " / ".join(label for label in found if label)) for target, found in labels.items()]
