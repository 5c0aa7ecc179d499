"""Measured process: a command of a unified script; a fetch runs until nothing is waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.child import Stopwatch
from bench.container import Container
from bench.dataset import Dataset


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    container, dataset, runs = Container(asked["script"], asked["modules"], asked["params"]), Dataset(), 0
    container.last_run = asked.get("last_run", {})
    with dataset.collecting():
        watch = Stopwatch()
        while not runs or container.wants_to_run_again:
            container.run(asked["command"], asked["args"])
            runs += 1
        cost = watch.stop()
        cost["start"] = watch.until(dataset.first_call)
        yield {**cost, "rows": container.rows, "events": dataset.events(), "runs": runs, "last_run": container.last_run}
