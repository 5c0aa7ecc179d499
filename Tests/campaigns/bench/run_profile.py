"""Measured process: a command of a unified script under cProfile. Prints where the time went."""

from __future__ import annotations

import cProfile
import pstats
import time
from typing import Any

from bench.child import say, task
from bench.container import Container
from bench.dataset import Dataset


def main() -> None:
    asked = task()
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
    say({"seconds": seconds, "rows": container.rows, "functions": functions})


if __name__ == "__main__":
    main()
