"""Hostile input at full length, and .cache/proof/hostile_input.md, which tells how it went."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from os import cpu_count

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from local_xsoar import PlatformModules, load_integration
from pack_files import INTEGRATION

from proof.hostile_runs import HostileStage, hostile_arguments, hostile_changes, hostile_stage
from proof.hostile_values import KINDS_OF_TEXT
from proof.trials import commands, open_stage, prepare

PARTS = 4
RUNS_OF_A_KIND, RUNS_WITH_DATA = 2, 40
SETTINGS = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
HEAD = f"""# Hostile input

Each argument of each command, hidden ones too, is given texts that break what is careless, {RUNS_OF_A_KIND} of each of
{len(KINDS_OF_TEXT)} kinds: alone, beside valid arguments, and together with a second hostile one. In other runs,
{RUNS_WITH_DATA} of each command, such texts stand in the data that the API answers with, or something else than the text that is
documented: nothing, numbers, lists, objects. The tenant has devices with hostile names. Nothing of this may

- end in an internal error, or in an error of pages of text;
- show or change another device than those that were named;
- add a path, a parameter or a condition to a query, or change the values that were typed;
- break a table of the war room, or put HTML, a link or a picture into it;
- show a secret.

The texts are those of `proof/hostile_values.py`. To repeat: `make proof ARGS=hostile`; Hypothesis draws with fixed seeds.
"""


@dataclass(frozen=True)
class Damage:
    command: str
    cause: str
    effect: str

    @property
    def kind(self) -> tuple[str, str]:
        """What it has in common with damage by other texts."""
        return self.command, re.sub(r"[^a-zA-Z ].*", "", self.effect)


@dataclass(frozen=True)
class Trial:
    """All runs of a command."""

    command: str
    arguments: int
    with_arguments: int
    with_data: int
    damage: tuple[Damage, ...]


def report() -> tuple[str, bool, str]:
    """The Markdown, whether there was no damage, and the figures of it."""
    names = [*commands()]
    with ProcessPoolExecutor(cpu_count()) as pool:
        trials = [*chain.from_iterable(pool.map(_part, (names[start::PARTS] for start in range(PARTS))))]
    trials.sort(key=lambda trial: names.index(trial.command))
    figures = (
        f"{sum(one.with_arguments for one in trials):,} runs with arguments, {sum(one.with_data for one in trials):,} with data"
    )
    return markdown(trials), not any(trial.damage for trial in trials), figures


def markdown(trials: Sequence[Trial]) -> str:
    return "\n".join([HEAD, *_table(trials), *_damage(trials)])


def _part(names: Sequence[str]) -> list[Trial]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), devices=60) as stage:
        prepare(stage)
        hostile = hostile_stage(stage)
        return [_trial(hostile, command) for command in names]


def _trial(hostile: HostileStage, command: str) -> Trial:
    arguments = [argument for name, argument in hostile.arguments if name == command]
    by_arguments = [
        _drawn(RUNS_OF_A_KIND, f"{command} {name} {kind}", partial(_by_arguments, hostile, command, name, texts))
        for name in arguments
        for kind, texts in enumerate(KINDS_OF_TEXT)
    ]
    by_data = _drawn(RUNS_WITH_DATA, command, partial(_by_data, hostile, command))
    runs = [*chain.from_iterable(by_arguments)]
    return Trial(command, len(arguments), len(runs), len(by_data), tuple(chain.from_iterable((*runs, *by_data))))


def _drawn(count: int, drawn_for: str, run: Callable[[st.DataObject], list[Damage]]) -> list[list[Damage]]:
    """What every run does, not only the first that does something."""
    found: list[list[Damage]] = []

    @seed(drawn_for)
    @settings(SETTINGS, max_examples=count)
    @given(st.data())
    def examples(data: st.DataObject) -> None:
        found.append(run(data))

    examples()
    return found


def _by_arguments(
    hostile: HostileStage, command: str, argument: str, texts: st.SearchStrategy[str], data: st.DataObject
) -> list[Damage]:
    args, alone = data.draw(hostile_arguments(hostile, command, argument, texts))
    cause = f"{args!r}" + ("" if alone else " beside valid arguments")
    return [Damage(command, cause, effect) for effect in hostile.damage(command, args, alone)]


def _by_data(hostile: HostileStage, command: str, data: st.DataObject) -> list[Damage]:
    change = data.draw(hostile_changes())
    return [Damage(command, "data of the API", effect) for effect in hostile.damage_by_data(command, change)]


def _table(trials: Sequence[Trial]) -> Iterator[str]:
    yield "| command | arguments | runs with hostile arguments | runs with hostile data | |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for trial in trials:
        held = "**damage**" if trial.damage else "held"
        yield f"| `{trial.command}` | {trial.arguments} | {trial.with_arguments} | {trial.with_data} | {held} |"
    sums = (sum(numbers) for numbers in zip(*((one.arguments, one.with_arguments, one.with_data) for one in trials), strict=True))
    yield f"| | {' | '.join(f'{number:,}' for number in sums)} | |\n"


def _damage(trials: Sequence[Trial]) -> Iterator[str]:
    """The shortest text for each kind of damage."""
    shortest: dict[tuple[str, str], Damage] = {}
    for one in sorted((one for trial in trials for one in trial.damage), key=lambda one: len(one.cause), reverse=True):
        shortest[one.kind] = one
    yield "## Damage\n"
    yield from (f"- `{one.command}`, {one.cause[:300]!r}: {one.effect[:300]!r}" for one in shortest.values())
    yield "" if shortest else "None.\n"
