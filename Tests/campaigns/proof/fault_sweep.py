"""Every command under every fault, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from local_xsoar import WarRoom
from network.routes import PROXY_PASSWORD, Route

from proof.fault_kinds import KINDS, Kind, Nature
from proof.fault_plan import Chooser, Condition, FaultPlan, always, is_write, once_per_call, only, seeded
from proof.promises import UNKNOWN, broken_promises, broken_reading, broken_test, says_less
from proof.surroundings import SURROUNDINGS, Surrounding
from proof.trials import FETCHES, Outcome, Stage

STORM, STORM_PROBABILITY = "storm", 0.6
# Whose rows may be equal without being the same: it says so, and gives them as they come.
GIVEN_AS_THEY_COME = ("absolute-api-request", "page doubled")


class Scope(Enum):
    """Which calls of a command meet the fault."""

    ONCE = "the first attempt of each call"
    ALWAYS = "every call"
    WRITES = "every attempt to change something"
    AFTER = "every call after the change"


READING_SCOPES = (Scope.ONCE, Scope.ALWAYS)


class Result(Enum):
    """What a command makes of a fault."""

    FULL = "the full result, as without the fault"
    SAID = "says what went wrong or what is missing, and of a change whether it was made"
    UNKNOWN = "says that it is unknown whether the change was made or how it stands, and how to find out"
    UNMET = "no call met the fault"
    BROKEN = "a promise is broken"


@dataclass(frozen=True)
class Cell:
    command: str
    kind: str
    scope: Scope
    result: Result
    problems: tuple[str, ...] = ()
    route: Route = Route.DIRECT


def sweep(stage: Stage, kinds: Sequence[Kind], commands: Sequence[str], scopes: Sequence[Scope] = tuple(Scope)) -> Iterator[Cell]:
    """A cell for each command, kind and scope on the stage's route; only commands that change something have the scopes that
    concern changes.

    The stage is prepared (see trials.prepare).
    """
    for command in commands:
        calm = stage.run(command, stage.args(command))
        cell, fitting = (writing_cell, tuple(Scope)) if calm.calls.writes_done else (reading_cell, READING_SCOPES)
        for kind in kinds:
            yield from (cell(stage, calm, kind, scope) for scope in scopes if scope in fitting)


def plan_for(stage: Stage, kind: Kind, scope: Scope) -> FaultPlan:
    plan = FaultPlan()
    plan.choosers = (_chooser(stage, kind, scope, plan),)
    return plan


def _chooser(stage: Stage, kind: Kind, scope: Scope, plan: FaultPlan) -> Chooser:
    action = kind.make(stage.tenant)
    if scope is Scope.ONCE:
        return once_per_call(action)
    conditions: dict[Scope, Condition] = {
        Scope.WRITES: lambda process: is_write(process.method, process.path),
        Scope.AFTER: lambda process: bool(plan.writes_done),
    }
    return only(conditions[scope], always(action)) if scope in conditions else always(action)


def reading_cell(stage: Stage, calm: Outcome, kind: Kind, scope: Scope) -> Cell:
    """`calm` is the same run without a fault."""
    if (calm.command, kind.name) == GIVEN_AS_THEY_COME:
        kind = replace(kind, nature=Nature.DOUBTFUL)
    outcome = stage.run(calm.command, calm.args, plan_for(stage, kind, scope), kind.timeout)
    passing = scope is Scope.ONCE
    check = broken_test if calm.command == "test-module" else broken_reading
    return _cell(outcome, calm, kind.name, scope, check(outcome, calm, kind, passing))


def writing_cell(stage: Stage, calm: Outcome, kind: Kind, scope: Scope) -> Cell:
    """`calm` is a run without a fault. What it changed is left alone: this one has arguments of its own."""
    outcome = stage.run(calm.command, stage.args(calm.command), plan_for(stage, kind, scope), kind.timeout)
    return _cell(outcome, calm, kind.name, scope)


def _cell(outcome: Outcome, calm: Outcome, kind: str, scope: Scope, more_problems: Iterable[str] = ()) -> Cell:
    problems = (*broken_promises(outcome), *more_problems)
    result = Result.BROKEN if problems else _result(outcome, calm)
    return Cell(outcome.command, kind, scope, result, problems, outcome.route)


def _result(outcome: Outcome, calm: Outcome) -> Result:
    if not any(call.disturbed for call in outcome.calls.calls):
        return Result.UNMET
    if UNKNOWN.search(outcome.text) and any(call.is_write for call in outcome.calls.calls):
        return Result.UNKNOWN
    return Result.SAID if not outcome.run.ok or says_less(outcome, calm) else Result.FULL


def sweep_fetches(stage: Stage, kinds: Sequence[Kind], commands: Sequence[str] = FETCHES) -> Iterator[Cell]:
    """The same for what the platform runs by itself. The stage is prepared (see trials.prepare_fetches)."""
    for command in commands:
        room = stage.room()
        calm = stage.run_in(room, command, {})
        for kind in kinds:
            yield from (fetch_cell(stage, calm, delivered(room), kind, scope) for scope in READING_SCOPES)


def fetch_cell(stage: Stage, calm: Outcome, wanted: Counter[str], kind: Kind, scope: Scope) -> Cell:
    """Fetches twice under the fault, then without it: nothing may be missing in the end, and nothing have come twice."""
    room = stage.room()
    first, second = (stage.run_in(room, calm.command, {}, plan_for(stage, kind, scope)) for _ in range(2))
    last = stage.run_in(room, calm.command, {})
    got, problems = delivered(room), [*broken_promises(second), *broken_promises(last)]
    if lost := wanted.keys() - got.keys():
        problems.append(f"loses {len(lost)} of {len(wanted)}")
    if twice := [one for one, count in got.items() if count > 1]:
        problems.append(f"delivers {len(twice)} twice")
    return _cell(first, calm, kind.name, scope, problems)


def delivered(room: WarRoom) -> Counter[str]:
    """What a room has fetched, by ID; what has none goes by its device and time."""
    times = ("creationDateTimeUtc", "lastCompliantUpdatedUtc")
    events = (str(event.get("id") or [event[name] for name in ("deviceUid", *times) if name in event]) for event in room.events())
    return Counter([*events, *(incident["dbotMirrorId"] for incident in room.incidents)])


def sweep_storms(stage: Stage, commands: Sequence[str], seeds: Sequence[int]) -> Iterator[Cell]:
    """Any faults, now and then, several at once."""
    for command in commands:
        calm = stage.run(command, stage.args(command))
        for seed in seeds:
            plan = FaultPlan(seeded(seed, [kind.make(stage.tenant) for kind in KINDS], STORM_PROBABILITY))
            outcome = stage.run(command, stage.args(command), plan)
            yield _cell(outcome, calm, f"{STORM} {seed}", Scope.ALWAYS)


def sweep_surroundings(stage: Stage, commands: Sequence[str]) -> Iterator[Cell]:
    """Nothing arrives: every command says why, and a command that changes something that it did not."""
    for surrounding in SURROUNDINGS:
        with surrounding.enter() as params:
            for command in (*commands, *FETCHES):
                outcome = stage.run_in(stage.room(**params), command, stage.args(command))
                yield surrounded_cell(outcome, surrounding)


def surrounded_cell(outcome: Outcome, surrounding: Surrounding) -> Cell:
    problems = broken_promises(outcome)
    if surrounding.said not in outcome.text:
        problems.append(f"does not say that: {outcome.text[:300]}")
    if PROXY_PASSWORD in outcome.kept:
        problems.append("shows the proxy's password")
    if "It is unknown whether" in outcome.text:
        problems.append(f"nothing arrived, and it says unknown: {outcome.text[:300]}")
    result = Result.BROKEN if problems else Result.SAID
    return Cell(outcome.command, surrounding.name, Scope.ALWAYS, result, tuple(problems))
