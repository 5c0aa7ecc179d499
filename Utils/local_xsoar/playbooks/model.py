"""What a playbook says, after reading: its inputs, outputs and tasks. Field names follow the YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

NONE, DEFAULT, ERROR = "#none#", "#default#", "#error#"  # branch labels with a meaning of their own
SECONDS = {"minutes": 60, "hours": 3600, "days": 86400, "weeks": 604800}


@dataclass(frozen=True)
class Text:
    """`simple`: a text in which `${path}` stands for a value."""

    text: str


@dataclass(frozen=True)
class Operand:
    """One side of a condition, or an argument of a transformer. `is_context`: its text is the path of a value."""

    value: Value | None
    is_context: bool = False


@dataclass(frozen=True)
class Comparison:
    operator: str
    left: Operand
    right: Operand
    ignore_case: bool = False


Criteria = tuple[tuple[Comparison, ...], ...]
"""All of them must hold; each is a list of alternatives."""


@dataclass(frozen=True)
class Transformer:
    operator: str
    args: dict[str, Operand] = field(default_factory=dict)


@dataclass(frozen=True)
class Complex:
    """`complex`: the value at `root`, its items filtered, then what is at `accessor` of each, then transformed."""

    root: str
    filters: Criteria = ()
    accessor: str = ""
    transformers: tuple[Transformer, ...] = ()


Value = Text | Complex


@dataclass(frozen=True)
class Input:
    key: str
    value: Value | None
    required: bool = False


@dataclass(frozen=True)
class Branch:
    """One answer of a condition: the label of its way out, and when it is taken."""

    label: str
    criteria: Criteria


@dataclass(frozen=True)
class Loop:
    """How often a sub-playbook runs. `wait` is in seconds."""

    for_each: bool
    until: Criteria
    wait: int
    max: int


@dataclass(frozen=True)
class Question:
    id: str
    text: Value | None
    type: str
    required: bool
    options: tuple[Value, ...]
    field: str = ""  # the incident field that takes the answer too


@dataclass(frozen=True)
class Form:
    title: Value  # the context key below which the answers come
    description: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Message:
    """What goes to the person who is asked. `replies`: what an Ask offers. `ends_at_deadline`: it is over when its SLA is."""

    subject: Value | None
    body: Value | None
    ends_at_deadline: bool = False
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    id: str
    type: str
    name: str
    description: str = ""
    next_tasks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    command: str = ""
    brand: str = ""
    script: str = ""
    playbook: str = ""
    args: dict[str, Value | None] = field(default_factory=dict)  # None: left empty
    conditions: tuple[Branch, ...] = ()
    loop: Loop | None = None
    message: Message | None = None
    form: Form | None = None
    sla: int = 0  # seconds, 0 for none
    separate_context: bool = False
    continue_on_error: bool = False
    error_path: bool = False
    note: bool = False
    quiet: bool = False
    skip_unavailable: bool = False
    tags: tuple[str, ...] = ()
    field_mapping: dict[str, Value] = field(default_factory=dict)  # what incident fields become when it is done

    @property
    def given(self) -> set[str]:
        """The arguments that are not left empty."""
        return {name for name, value in self.args.items() if value is not None}

    @property
    def is_automated(self) -> bool:
        return bool(self.command or self.script)

    @property
    def needs_person(self) -> bool:
        """A task that nothing but a person can complete."""
        manual_condition = self.type == "condition" and not (self.conditions or self.is_automated)
        manual_task = self.type == "regular" and not self.is_automated
        return manual_condition or manual_task or self.type == "collection"


@dataclass(frozen=True, eq=False)
class Playbook:
    """Each is itself alone: what is worked out about it is kept."""

    id: str
    name: str
    start: str
    tasks: dict[str, Task]
    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()

    @cached_property
    def edges_into(self) -> dict[str, int]:
        """How many arrows lead to each task."""
        counts = dict.fromkeys(self.tasks, 0)
        for task in self.tasks.values():
            for targets in task.next_tasks.values():
                for target in targets:
                    counts[target] += 1
        return counts
