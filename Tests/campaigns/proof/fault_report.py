"""The sweep at full length, and .cache/proof/faults.md, which tells what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count

from local_xsoar import PlatformModules, load_integration
from network.routes import Route
from pack_files import INTEGRATION

from proof.fault_kinds import KINDS, STALLS, Nature
from proof.fault_sweep import Cell, Result, Scope, sweep, sweep_fetches, sweep_storms, sweep_surroundings
from proof.surroundings import SURROUNDINGS
from proof.trials import FETCHES, commands, open_stage, prepare, prepare_fetches

PARTS = 4
DEVICES, DEVICES_OF_FETCHES = 600, 60
STORM_SEEDS = range(3)
HEAD = """# Every command under every fault

Each command of the manifest, the Test button and both fetches are run on the local tenant while their calls meet a fault:
directly, through a tunnel (CONNECT with TLS), and through a plain proxy. Both proxies want credentials, and end a connection as
the tenant ended theirs. What comes of it is checked against the promises of the integration:

- a command that reads gives the same as without the fault, or says what is missing; a fault that passes is not noticed;
- a change happens at most once, and is reported as done, as not done, or as unknown with how to find out, whichever is true;
- fetches lose nothing and deliver nothing twice;
- no call is tried for longer than the time-out; `Retry-After` and 20 calls per second are obeyed;
- errors are plain words with the name of the command; no secret, passcode, key or signature stays anywhere.

Waits take no real time: commands sleep on a clock of their own. To repeat the whole: `make proof ARGS=faults`. To see one run,
call by call:
`PYTHONPATH=Tests/campaigns:Tests .venv/bin/python -m proof.fault_replay absolute-device-unenroll "reset after" once`.
"""
TOTALS = "| | what came of it | runs |\n| --- | --- | ---: |"
STORMS = f"""In a storm any of the faults happens to any call, now and then; there are {len(STORM_SEEDS)}, each with a seed.
"""


def report() -> tuple[str, bool, str]:
    """The Markdown, whether every promise was kept, and the figures of it."""
    cells = full_sweep()
    return markdown(cells), not any(cell.problems for cell in cells), f"{len(cells):,} runs"


def full_sweep() -> list[Cell]:
    names = [*commands(), "test-module"]
    tasks: list[Callable[[], list[Cell]]] = [
        *(partial(_fetches_part, name, route) for name in FETCHES for route in Route),
        *(partial(_stalls_part, part, route) for part in _parts(names) for route in Route),
        *(partial(_commands_part, part, route) for part in _parts(names) for route in Route),
        *(partial(_storms_part, route) for route in Route),
        _surroundings_part,
    ]
    # More than there are processors: fetches keep to their pace, and stalls take their time, in real seconds.
    with ProcessPoolExecutor(3 * (cpu_count() or 1)) as pool:
        running = [pool.submit(task) for task in tasks]
        return [cell for future in running for cell in future.result()]


def _parts(names: Sequence[str]) -> list[Sequence[str]]:
    """Every n-th: neighbours take similar time."""
    return [names[start::PARTS] for start in range(PARTS)]


def _commands_part(names: Sequence[str], route: Route) -> list[Cell]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), DEVICES, route=route) as stage:
        prepare(stage)
        return list(sweep(stage, KINDS, names))


def _stalls_part(names: Sequence[str], route: Route) -> list[Cell]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), DEVICES, route=route) as stage:
        prepare(stage)
        return list(sweep(stage, STALLS, names, scopes=(Scope.ALWAYS, Scope.WRITES)))


def _fetches_part(command: str, route: Route) -> list[Cell]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), DEVICES_OF_FETCHES, asymmetric=True, route=route) as stage:
        prepare_fetches(stage)
        return list(sweep_fetches(stage, KINDS, [command]))


def _surroundings_part() -> list[Cell]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), DEVICES, asymmetric=True) as stage:
        prepare(stage)
        return list(sweep_surroundings(stage, [*stage.cases, "test-module"]))


def _storms_part(route: Route) -> list[Cell]:
    with open_stage(load_integration(INTEGRATION), PlatformModules(), DEVICES, asymmetric=True, route=route) as stage:
        prepare(stage)
        return list(sweep_storms(stage, list(stage.cases), STORM_SEEDS))


def markdown(cells: Sequence[Cell]) -> str:
    return "\n".join([HEAD, *_totals(cells), *_broken(cells), *_faults(), *_runs(cells)])


def _totals(cells: Sequence[Cell]) -> Iterator[str]:
    counts = Counter(cell.result for cell in cells)
    yield TOTALS
    yield from (f"| {result.name} | {result.value} | {counts[result]:,} |" for result in Result)
    yield f"| | | {len(cells):,} |\n"


def _broken(cells: Sequence[Cell]) -> Iterator[str]:
    yield "## Broken promises\n"
    if not any(cell.problems for cell in cells):
        yield "None."
    for cell in cells:
        for problem in cell.problems:
            text = " ".join(problem.split())
            scope = f"{cell.scope.name.lower()} ({cell.scope.value})"
            yield f"- `{cell.command}`, {cell.kind}, {scope}, {cell.route.value}: {text}"
    yield ""


def _faults() -> Iterator[str]:
    yield from ("## The faults\n", "| | fault | what happens | so |", "| --- | --- | --- | --- |")
    for number, kind in enumerate((*KINDS, *STALLS), 1):
        yield f"| {number} | {kind.name} | {kind.what} | {kind.nature.value} |"
    for surrounding in SURROUNDINGS:
        yield f"| {surrounding.letter} | {surrounding.name} | {surrounding.what} | {Nature.FINAL.value} |"
    yield f"\n{STORMS}"


def _runs(cells: Sequence[Cell]) -> Iterator[str]:
    yield from ("## The runs\n", "| command | fault | it is met by | way | so |", "| --- | --- | --- | --- | --- |")
    for cell in cells:
        yield f"| `{cell.command}` | {cell.kind} | {cell.scope.value} | {cell.route.value} | {cell.result.name} |"
    yield ""
