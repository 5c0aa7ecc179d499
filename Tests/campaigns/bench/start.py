"""One command from the start of the process until its first byte is sent."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local_xsoar.platform import MODULE_NAMES, modules_folder

from bench.figures import Cost, Row, Section, Target, median
from bench.process import BASELINES, TURNS, answer_to, command_task

BASELINE = BASELINES / "first_call.py"
MOST = 1.3
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
        [_bound(rows[0], {one.name: _compiling(one) for one in scripts}, _loading_pyjwt())],
    )


def _bound(row: Row, compiling: dict[str, float], pyjwt: float) -> str:
    """What is left for an integration's code within the target. All in ms but the row."""
    said = ", ".join(f"{name} {milliseconds:.0f} ms" for name, milliseconds in compiling.items())
    room = 1000 * (MOST - 1) * row.baseline.cpu_seconds - pyjwt
    return (
        f"Compiling alone: {said}. A container does that once. PyJWT, with which both sign, takes {pyjwt:.0f} ms to load. So "
        f"{MOST} times the bare script leaves {room:.0f} ms to compile an integration and to make its classes, patterns and "
        "functions; to be as fast as the public pack it would have to be as short."
    )


def _compiling(script: Path) -> float:
    """In ms."""
    text, began = script.read_text("utf-8"), time.process_time()
    compile(text, script.name, "exec")
    return 1000 * (time.process_time() - began)


def _loading_pyjwt() -> float:
    """In ms."""
    program = "import time, requests; began = time.process_time(); import jwt; print(1000 * (time.process_time() - began))"
    return statistics.median(float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(TURNS))


def _sent(script: Path, params: dict[str, Any], **environment: str) -> Cost:
    asked = command_task(script, params, "absolute-device-list", {"limit": "1"}, str(script.parent))
    found = answer_to("run_to_first_byte", asked, **environment)
    return Cost(cpu_seconds=found["cpu_seconds"], peak_mib=found["peak_mib"])


def _row(what: str, turns: Sequence[Sequence[Cost]]) -> Row:
    return Row(what, *(median(costs) for costs in zip(*turns, strict=True)))


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
