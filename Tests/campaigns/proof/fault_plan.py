"""Which call meets which fault, and what became of it: `tenant.faults.add(Fault(action=plan.act))`.

A plan asks its choosers in turn; the first that has something for a call decides. `once_per_call`, `always` and `seeded`
make choosers, `only` narrows one.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

import orjson
from local_absolute.faults import Action, Process
from local_absolute.http_answer import HttpAnswer

Chooser = Callable[[Process], Action | None]
Condition = Callable[[Process], bool]
READS_BY_POST = "/get-actions"
UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_write(method: str, path: str) -> bool:
    """Whether a call changes something: every POST, PUT and DELETE but the lists that the API has as POST."""
    return method != "GET" and READS_BY_POST not in path


@dataclass(frozen=True)
class Call:
    """A call as the tenant saw it.

    `processed` is the tenant's own answer, None when the fault kept the call from it; `answered` is what went over the wire,
    None for a broken connection; when they differ, the call was disturbed. `moment` and `ended` are in seconds of
    `FaultPlan.now`.
    """

    method: str
    path: str
    query: str
    body: Any
    moment: float
    ended: float
    processed: HttpAnswer | None
    answered: HttpAnswer | None

    @property
    def disturbed(self) -> bool:
        return self.answered is None or self.answered != self.processed

    @property
    def is_write(self) -> bool:
        return is_write(self.method, self.path)

    @property
    def is_limited(self) -> bool:
        return self.answered is not None and self.answered.status == 429

    @property
    def took_effect(self) -> bool:
        return self.is_write and self.processed is not None and self.processed.status < 300

    @property
    def identity(self) -> Hashable:
        return identity(self)


class FaultPlan:
    """The action of a tenant's one and only fault. `calls` are in the order in which they ended."""

    def __init__(self, *choosers: Chooser, now: Callable[[], float] = lambda: 0.0) -> None:
        self.calls: list[Call] = []
        self.choosers = choosers
        self.now = now
        self._ends: list[Event] = []  # of the calls that have arrived

    @property
    def writes_done(self) -> list[Call]:
        return [call for call in self.calls if call.took_effect]

    def finish(self) -> None:
        """Waits for the calls under way: a client may have stopped waiting for them, and they take effect all the same."""
        for end in [*self._ends]:
            end.wait()

    def act(self, process: Process) -> HttpAnswer:
        moment, processed, answered = self.now(), [], None
        end = Event()
        self._ends.append(end)

        def run() -> HttpAnswer:
            processed.append(process())
            return processed[-1]

        try:
            action = next(filter(None, (choose(process) for choose in self.choosers)), None)
            answered = action(replace(process, run=run)) if action else run()
        finally:
            own = processed[-1] if processed else None
            seen = (process.method, process.path, process.query, process.body, moment, self.now())
            self.calls.append(Call(*seen, own, answered))
            end.set()
        return answered


def identity(call: Process | Call) -> Hashable:
    """What two attempts at the same call have in common."""
    return call.method, call.path, call.query, orjson.dumps(call.body)


def always(action: Action) -> Chooser:
    return lambda process: action


def once_per_call(action: Action) -> Chooser:
    """Each call meets the fault at its first attempt, and no other."""
    seen: set[Hashable] = set()

    def choose(process: Process) -> Action | None:
        first = identity(process) not in seen
        seen.add(identity(process))
        return action if first else None

    return choose


def only(condition: Condition, chooser: Chooser) -> Chooser:
    return lambda process: chooser(process) if condition(process) else None


def seeded(seed: int, actions: Sequence[Action], probability: float) -> Chooser:
    """Any of the actions, now and then. The same calls in the same order meet the same faults."""
    count: Counter[str] = Counter()

    def choose(process: Process) -> Action | None:
        # Not one generator for all: calls that run side by side come in any order, and UIDs are new each time.
        operation = f"{process.method} {UID.sub('{}', process.path)}"
        count[operation] += 1
        chance = random.Random(f"{seed} {operation} {count[operation]}")
        return chance.choice(actions) if chance.random() < probability else None

    return choose
