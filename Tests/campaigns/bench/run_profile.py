"""Measured process: a command of a unified script under cProfile. Prints where the time went."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Iterator
from typing import Any

from bench.container import Container
from bench.dataset import Dataset


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    container, profiler = Container(asked["script"], asked["modules"], asked["params"]), cProfile.Profile()
    with Dataset().collecting():
        started = time.perf_counter()
        profiler.runcall(container.run, asked["command"], asked["args"])
    seconds = time.perf_counter() - started
    stats: Any = pstats.Stats(profiler)
    functions = [
        {"file": file, "line": line, "name": name, "calls": calls, "own": own, "total": total}
        for (file, line, name), (_, calls, own, total, _) in stats.stats.items()
    ]
    yield {"seconds": seconds, "rows": container.rows, "functions": functions}
