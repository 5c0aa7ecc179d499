"""A pytest plugin that runs, for each mutant of the core, the tests that reach its line, until one fails.

The tests are collected once. Each mutant lives in a fork of this process, in which the code of one function is another.
"""

from __future__ import annotations

import functools
import gc
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage

from proof.mutants import Mutant, mutants

# A mutant that takes so many times as long as its tests did has gone into a loop: that is noticed too.
SLOWEST = 4
LEAST_SECONDS = 15.0
CONTROL_TESTS = 80
KILLED, SURVIVED = 1, 0
CACHE = type(functools.lru_cache(print))
Line = tuple[str, int]  # of a file


@dataclass(frozen=True)
class Verdict:
    """`tests`: how many reach the line of the mutant."""

    mutant: Mutant
    killed: bool
    tests: int


@dataclass
class Reach:
    """Which tests execute a line, and how long each takes."""

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[Line, set[str]] = field(default_factory=lambda: defaultdict(set))

    def quickest_first(self, mutant: Mutant) -> list[str]:
        """The tests that execute the damaged statement."""
        found = {test for line in mutant.statement for test in self.tests.get((mutant.file, line), ())}
        return sorted(found, key=lambda test: self.seconds[test])


class MutationPlugin:
    """`verdicts` on all mutants of the modules are there when pytest has ended."""

    def __init__(self, modules: Sequence[ModuleType]) -> None:
        self.verdicts: list[Verdict] = []
        self._files = [str(module.__file__) for module in modules]
        self._functions = live_functions(self._files)
        names = {module.__name__ for module in modules}
        self._caches = [one for one in gc.get_objects() if type(one) is CACHE and one.__module__ in names]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reach = self._reach(session.items)
        if session.testsfailed:
            raise pytest.UsageError("the tests fail on the unchanged code")
        items = {item.nodeid: item for item in session.items}
        runs = [
            self._run(mutant, reach, items) for file in self._files for mutant in mutants(Path(file).read_text("utf-8"), file)
        ]
        gc.freeze()  # so that no fork copies what it only looks at
        self._check_forks(session.items, reach)
        self.verdicts = list(run_side_by_side(runs, os.cpu_count() or 1))
        return True

    def _check_forks(self, items: Sequence[pytest.Item], reach: Reach) -> None:
        """Unchanged code must survive, or what kills the mutants is something else than their damage."""
        name, function = next(iter(self._functions.items()))
        unchanged = Mutant("", name, 0, "", range(0), "nothing", function.__code__)
        some = random.Random(0).sample(items, min(CONTROL_TESTS, len(items)))
        run = Run(unchanged, function, some, sum(reach.seconds.values()))
        if any(verdict.killed for verdict in run_side_by_side([run], 1)):
            raise pytest.UsageError("tests that passed fail in a fork, on the unchanged code")

    def _reach(self, items: Sequence[pytest.Item]) -> Reach:
        """Runs every test once on the unchanged code."""
        reach = Reach()
        coverage = Coverage(data_file=None, include=self._files, config_file=False)
        coverage.start()
        for index, item in enumerate(items):
            coverage.switch_context(item.nodeid)
            began = time.monotonic()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[index + 1] if index + 1 < len(items) else None)
            reach.seconds[item.nodeid] = time.monotonic() - began
        coverage.stop()
        for file in self._files:
            for number, tests in coverage.get_data().contexts_by_lineno(file).items():
                reach.tests[file, number].update(filter(None, tests))
        return reach

    def _run(self, mutant: Mutant, reach: Reach, items: dict[str, pytest.Item]) -> Run:
        tests = reach.quickest_first(mutant)
        seconds = sum(reach.seconds[test] for test in tests)
        return Run(mutant, self._functions[mutant.function], [items[test] for test in tests], seconds, self._caches)


@dataclass(frozen=True)
class Run:
    """One mutant, the function that it damages, and the tests that should notice; `seconds` is what they take."""

    mutant: Mutant
    function: FunctionType
    items: Sequence[pytest.Item]
    seconds: float
    caches: Sequence[Any] = ()

    def fork(self) -> int:
        """Starts the run in a process of its own; it ends with KILLED or SURVIVED."""
        pid = os.fork()
        if pid:
            return pid
        try:
            _silence()
            self.function.__code__ = self.mutant.code
            for cache in self.caches:  # what unchanged code has found before is no answer of the damaged one
                cache.cache_clear()
            os._exit(KILLED if self.items and _fail(self.items) else SURVIVED)
        except BaseException:
            os._exit(KILLED)


def _silence() -> None:
    """What damaged code prints nobody wants to read."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def _fail(items: Sequence[pytest.Item]) -> bool:
    # As long as something follows, the fixtures of the session stay: behind the last test its parent, so that its own ones end.
    following: list[Any] = [*items[1:], items[-1].parent]
    return any(report.failed for one, two in zip(items, following, strict=True) for report in runtestprotocol(one, False, two))


def run_side_by_side(runs: Iterable[Run], workers: int) -> Iterator[Verdict]:
    """So many at once, each for as long as it may take."""
    waiting, running = list(runs)[::-1], dict[int, tuple[Run, float]]()
    while waiting or running:
        while waiting and len(running) < workers:
            run = waiting.pop()
            running[run.fork()] = (run, time.monotonic() + max(LEAST_SECONDS, SLOWEST * run.seconds))
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            run, _ = running.pop(pid)
            yield Verdict(run.mutant, os.waitstatus_to_exitcode(status) != SURVIVED, len(run.items))
            continue
        for late in [pid for pid, (_, deadline) in running.items() if time.monotonic() > deadline]:
            os.kill(late, signal.SIGKILL)
        time.sleep(0.002)


def live_functions(files: Collection[str]) -> dict[str, FunctionType]:
    """The functions and methods of files by qualified name, whatever decorates them; without those that dataclasses makes."""
    functions = [one for one in gc.get_objects() if type(one) is FunctionType]
    return {one.__qualname__: one for one in functions if one.__code__.co_filename in files}
