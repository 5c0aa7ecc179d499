"""Runs of commands with hostile arguments and with hostile data of the API."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from local_absolute.faults import Action, changed
from local_absolute.http_answer import HttpAnswer

from proof.fault_plan import FaultPlan, always
from proof.hostile_checks import damage, damage_by_data
from proof.hostile_values import TRAP_NAMES, hostile_texts, misshapen
from proof.trials import Stage

# Waiting takes time and adds nothing here.
LEFT_OUT = frozenset({"polling"})
# Kept as they are: what the integration looks its objects up by.
KEPT_SUFFIXES = ("Uid", "Uids", "Id", "nextPage")
# A page has thousands of strings: of the long ones it gets a few.
LONG, LONG_SHARE = 10_000, 0.002


@dataclass(frozen=True)
class HostileStage:
    """A stage with devices of hostile names, and a valid call of each command."""

    stage: Stage
    valid: Mapping[str, Mapping[str, str]]

    @property
    def arguments(self) -> list[tuple[str, str]]:
        commands = self.stage.integration.commands
        return [(name, argument.name) for name in sorted(self.valid) for argument in commands[name].arguments]

    def damage(self, command: str, hostile: Mapping[str, str], alone: bool) -> list[str]:
        """Runs the command with hostile arguments beside its valid ones, or `alone` in place of those that name devices."""
        valid = self.valid[command]
        args = {**{name: value for name, value in valid.items() if not (alone and name == "device_ids")}, **hostile}
        return damage(self.stage, self.stage.run(command, args), args)

    def damage_by_data(self, command: str, change: Callable[[Any], Any]) -> list[str]:
        """Runs the command while each string in the data of each answer is replaced by what `change` makes of it."""
        plan = FaultPlan(always(changing_data(change)))
        return damage_by_data(self.stage.run(command, dict(self.valid[command]), plan))


def hostile_stage(stage: Stage) -> HostileStage:
    """The stage is prepared (see trials.prepare)."""
    for name in TRAP_NAMES:
        stage.tenant.devices.add(deviceName=name)
    valid = {name: {k: v for k, v in stage.args(name).items() if k not in LEFT_OUT} for name in stage.cases}
    return HostileStage(stage, valid)


def changing_data(change: Callable[[Any], Any]) -> Action:
    """Answers with other data; UIDs and cursors stay."""

    def apply(answer: HttpAnswer) -> HttpAnswer:
        if not answer.body.startswith(b"{"):
            return answer
        return replace(answer, body=json.dumps(_changed(json.loads(answer.body), "", change)).encode())

    return changed(apply)


def _changed(value: Any, name: str, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _changed(inner, key, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_changed(inner, name, change) for inner in value]
    return change(value) if isinstance(value, str) and not name.endswith(KEPT_SUFFIXES) else value


@st.composite
def hostile_arguments(
    draw: st.DrawFn, hostile: HostileStage, command: str, argument: str, texts: st.SearchStrategy[str] = hostile_texts
) -> tuple[dict[str, str], bool]:
    """This argument with one of the texts, and perhaps another one, hostile too; and whether they stand alone."""
    others = [name for other, name in hostile.arguments if other == command]
    beside = {draw(st.sampled_from(others)): draw(hostile_texts)} if draw(st.booleans()) else {}
    return {**beside, argument: draw(texts)}, draw(st.booleans())


@st.composite
def hostile_changes(draw: st.DrawFn) -> Callable[[Any], Any]:
    """Some strings become hostile, some of them something else than a string."""
    seed, text, shape = draw(st.integers(0, 2**16)), draw(hostile_texts), draw(misshapen)
    whole, odd = draw(st.sampled_from([(0.3, 0.0), (0.9, 0.0), (0.2, 0.1), (0.5, 0.4)]))
    if len(text) > LONG:
        whole = LONG_SHARE
    chance = random.Random(seed)

    def change(value: str) -> Any:
        dice = chance.random()
        if dice < odd:
            return shape
        return (text if dice < whole / 2 else value + text) if dice < whole else value

    return change
