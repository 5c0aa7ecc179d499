"""A pytest plugin: prints which part of the integration's lines and branches the tests reach.

Unit tests run Absolute.py, the war room runs the unified script: the same code, some lines further down. What either of them
reaches counts. Below LEAST_PERCENT the run fails, unless it was narrowed to some of the tests.

By SlipCover: it puts probes into the code of this one file. coverage.py traces every call of every module instead, which makes
the suite half as slow again, and its faster core cannot measure branches before Python 3.14.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from local_xsoar import platform
from slipcover import ImportManager, Slipcover
from slipcover.branch import preinstrument
from slipcover.slipcover import format_missing

LEAST_PERCENT = 95
SOURCE = Path(__file__).resolve().parents[2] / "Packs" / "Absolute" / "Integrations" / "Absolute" / "Absolute.py"
KEEP_PROBES = -1  # to take those that were reached out of running code again is not worth its time

Branch = tuple[int, int]  # from line to line; to 0: the end of the function


@dataclass(frozen=True)
class Reached:
    """Lines and branches."""

    lines: set[int] = field(default_factory=set)
    branches: set[Branch] = field(default_factory=set)

    def add(self, lines: Iterable[int], branches: Iterable[Branch]) -> None:
        self.lines.update(lines)
        self.branches.update(branches)


@lru_cache
def slipcover() -> Slipcover:
    """One for the process: from Python 3.12 on a second one would take the events of the first."""
    return Slipcover(branch=True, d_miss_threshold=KEEP_PROBES)


class Measurement:
    """What this process reaches of `source`, directly or in a unified script that was made of it."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._files: set[Path] = set()

    def start(self) -> None:
        """From now on the source has probes when it is imported, and when the war room runs it."""
        without_probes = platform._code
        with_probes = lru_cache(self.code)

        def code(path: Path) -> CodeType:
            return with_probes(path) if path.name == self._source.name else without_probes(path)

        vars(platform)["_code"] = code
        ImportManager(slipcover(), self).__enter__()

    def matches(self, path: str | Path) -> bool:
        """What SlipCover asks about each module that is imported."""
        found = Path(path) == self._source
        self._files |= {self._source} if found else set()
        return found

    def code(self, path: Path) -> CodeType:
        """The code of a file, with probes."""
        self._files.add(path)
        return slipcover().instrument(code_with_marks(path))

    def reached(self) -> Reached:
        found, folder = Reached(), Path.cwd()
        for file, figures in slipcover().get_coverage()["files"].items():  # relative to the folder where possible
            if folder / file in self._files:
                ahead = lines_ahead(folder / file, self._source)
                found.add(*_moved(figures["executed_lines"], figures["executed_branches"], ahead))
        return found


def code_with_marks(path: Path) -> CodeType:
    """The code of a file, in which SlipCover finds the branches."""
    return compile(preinstrument(ast.parse(path.read_bytes())), str(path), "exec")


def reachable(source: Path) -> Reached:
    """Every line and branch."""
    code = code_with_marks(source)
    return Reached(set(Slipcover.lines_from_code(code)), set(Slipcover.branches_from_code(code)))


def lines_ahead(script: Path, source: Path) -> int:
    """How many lines further down the code stands in the unified script, which has other lines for the platform's imports."""
    return _first_region(script) - _first_region(source)


def _first_region(path: Path) -> int:
    lines = path.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith("# region "))


def _moved(lines: Iterable[int], branches: Iterable[Branch], ahead: int) -> tuple[set[int], set[Branch]]:
    moved = {(start - ahead, end - ahead if end else 0) for start, end in branches}
    return {line - ahead for line in lines}, moved


class IntegrationCoverage:
    """Measures this process, collects from the workers of pytest-xdist, reports in the process that started them."""

    def __init__(self, config: pytest.Config) -> None:
        self._measurement = Measurement(SOURCE)
        self._measurement.start()
        self._reached = Reached()
        self._narrowed = config.args_source is not config.ArgsSource.TESTPATHS or any(
            getattr(config.option, name, None) for name in ("keyword", "markexpr", "deselect", "ignore", "lf")
        )
        self._least = 100.0
        self._summary = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended; one that crashed tells nothing."""
        lines, branches = getattr(node, "workeroutput", {}).get(SOURCE.name, ((), ()))
        self._reached.add(lines, branches)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        own = self._measurement.reached()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[SOURCE.name] = (list(own.lines), list(own.branches))
            return
        self._reached.add(own.lines, own.branches)
        self._sum_up(reachable(SOURCE))
        if not self._narrowed and self._least < LEAST_PERCENT and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _sum_up(self, all_of_it: Reached) -> None:
        lines, branches = all_of_it.lines & self._reached.lines, all_of_it.branches & self._reached.branches
        percents = (100 * len(lines) / len(all_of_it.lines), 100 * len(branches) / len(all_of_it.branches))
        self._least = min(percents)
        self._summary = f"{percents[0]:.1f} % of the lines, {percents[1]:.1f} % of the branches"
        if not self._narrowed:
            missing = format_missing(sorted(all_of_it.lines - lines), sorted(lines), sorted(all_of_it.branches - branches))
            self._summary += f"\nNot reached: {missing or 'nothing'}"
            if self._least < LEAST_PERCENT:
                self._summary += f"\nLess than {LEAST_PERCENT} %."

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._reached.lines:
            terminalreporter.section(f"coverage of {SOURCE.name}")
            terminalreporter.line(self._summary)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(IntegrationCoverage(config), SOURCE.name)
