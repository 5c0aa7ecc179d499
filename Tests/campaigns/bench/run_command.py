"""Measured process: a command of a unified script; a fetch runs until nothing is waiting."""

from bench.child import Stopwatch, say, task
from bench.container import Container
from bench.dataset import Dataset


def main() -> None:
    asked = task()
    container, dataset, runs = Container(asked["script"], asked["modules"], asked["params"]), Dataset(), 0
    container.last_run = asked.get("last_run", {})
    with dataset.collecting():
        watch = Stopwatch()
        while not runs or container.wants_to_run_again:
            container.run(asked["command"], asked["args"])
            runs += 1
        cost = watch.stop()
        cost["start"] = watch.until(dataset.first_call)
        say({**cost, "rows": container.rows, "events": dataset.events(), "runs": runs, "last_run": container.last_run})


if __name__ == "__main__":
    main()
