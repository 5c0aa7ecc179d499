"""One command from the start of the process until its first byte is sent."""

from __future__ import annotations

import socket
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local_xsoar.platform import MODULE_NAMES, modules_folder

from bench.figures import Cost, Row, Section, Target, median
from bench.process import BASELINES, answer_to, command_task
from bench.report import table

BASELINE = BASELINES / "first_call.py"
MOST = 1.3
STEPS = (
    "Python and the platform's modules",
    "the script's code, compiled or read",
    "PyJWT, with which both sign",
    "classes, patterns and functions, and the command",
)
CREDENTIALS = {"identifier": "token", "password": "secret"}


def first_byte(script: Path, repetitions: int, public: Path | None = None) -> Section:
    with listening() as url, ExitStack() as stack:
        scripts = [script, BASELINE, *([public] if public else [])]
        alone = [stack.enter_context(uncompiled(one)) for one in scripts]
        params = {"url": url, "credentials": CREDENTIALS}
        turns = [alone] * repetitions
        compiling = [[_sent(one, params, PYTHONDONTWRITEBYTECODE="1") for one in turn] for turn in turns]
        compiled = [[_sent(one, params) for one in turn] for turn in [alone, *turns]][1:]
    rows = [_row("code compiled at the start", compiling), _row("code compiled before", compiled)]
    steps = [_steps(compiling), _steps(compiled)]
    return Section(
        "One command: from the start of the process to the first byte",
        f"`absolute-device-list`, median of {repetitions} processes each, taken in turns. Baseline: a bare script with the same "
        "platform modules, which imports requests and sends something. A new container of the platform compiles the modules and "
        "the script, as in the first row; it keeps the code, and the loaded modules, for its next commands.",
        rows,
        [
            Target(f"CPU time against {name}, {row.what}", row.ours.cpu_seconds / other.cpu_seconds, "at most", most, "times")
            for row in rows
            for name, other, most in (("a bare script", row.baseline, MOST), ("the public pack", row.public, 1))
            if other.cpu_seconds
        ],
        [_step_by_step(rows, steps), _bound(rows, steps, scripts)],
    )


def _step_by_step(rows: Sequence[Row], steps: Sequence[Sequence[Sequence[float]]]) -> str:
    """A column for each script, code compiled at the start and then before."""
    names = ("the bare script", "the public pack")[: len(steps[0]) - 1]
    columns = [column for columns in steps for column in columns]
    titles = [title for row in rows for title in (row.what, *names)]
    lines = [[step, *(f"{1000 * found[place]:.0f}" for found in columns)] for place, step in enumerate(STEPS)]
    return table(["a start, step by step, in ms", *titles], lines)


def _bound(rows: Sequence[Row], steps: Sequence[Sequence[Sequence[float]]], scripts: Sequence[Path]) -> str:
    """How far the targets are, and what is in the way."""
    lengths = [one.read_text("utf-8").count("\n") for one in scripts]
    room = 1000 * (MOST - 1) * rows[0].baseline.cpu_seconds
    added = [1000 * (row.ours.cpu_seconds - row.baseline.cpu_seconds) for row in rows]
    said = (
        f"{MOST} times the bare script leaves {room:.0f} ms for what an integration adds to it. Ours adds {added[0]:.0f}, "
        f"of which {1000 * steps[0][0][1]:.0f} are to compile {lengths[0]:,} lines, once in a container, and {added[1]:.0f} when "
        f"that was done before."
    )
    if not rows[0].public.cpu_seconds:
        return said
    more = [[1000 * (ours - public) for ours, public in zip(kinds[0], kinds[2], strict=True)] for kinds in steps]
    return (
        f"{said} Of the public pack {lengths[2]:,} lines were given. To be as fast, ours would have to save "
        f"{more[0][1]:.0f} ms of code and {more[0][3]:.0f} of definitions, compiled before {more[1][1]:.0f} and {more[1][3]:.0f}."
    )


def _sent(script: Path, params: dict[str, Any], **environment: str) -> dict[str, Any]:
    asked = command_task(script, params, "absolute-device-list", {"limit": "1"}, str(script.parent))
    return answer_to("run_to_first_byte", asked, **environment)


def _row(what: str, turns: Sequence[Sequence[dict[str, Any]]]) -> Row:
    costs = [
        [Cost(cpu_seconds=found["cpu_seconds"], peak_mib=found["peak_mib"]) for found in column]
        for column in zip(*turns, strict=True)
    ]
    return Row(what, *map(median, costs))


def _steps(turns: Sequence[Sequence[dict[str, Any]]]) -> list[list[float]]:
    """For each script the seconds of each of the STEPS, which are medians."""
    columns = (zip(*(found["steps"] for found in column), strict=True) for column in zip(*turns, strict=True))
    return [[statistics.median(times) for times in steps] for steps in columns]


@contextmanager
def uncompiled(script: Path) -> Iterator[Path]:
    """The script beside the platform's modules, in a folder that holds no compiled code yet."""
    modules = modules_folder()
    with tempfile.TemporaryDirectory(prefix="bench_") as folder:
        for file in (script, *(modules / f"{name}.py" for name in MODULE_NAMES)):
            if file.is_file():
                (Path(folder) / file.name).symlink_to(file)
        yield Path(folder) / script.name


@contextmanager
def listening() -> Iterator[str]:
    """An address that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
