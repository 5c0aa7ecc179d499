"""A pytest plugin: prints which part of the integration's lines and branches the tests reach.

Unit tests run the modules one by one, the war room runs the unified script that is made of them. What either of them reaches
counts, at the lines of the modules. Below LEAST_PERCENT the run fails, unless it was narrowed to some of the tests.

By SlipCover: it puts probes into the code of these files only. coverage.py traces every call of every module instead, which makes
the suite half as slow again, and its faster core cannot measure branches before Python 3.14.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from local_xsoar import platform
from local_xsoar.pack import API_MODULES, api_modules
from local_xsoar.source_lines import source_lines
from plugins import prepared_scripts
from slipcover import ImportManager, Slipcover
from slipcover.branch import preinstrument
from slipcover.slipcover import format_missing

LEAST_PERCENT = 95
INTEGRATION = Path(__file__).resolve().parents[2] / "Packs" / "Absolute" / "Integrations" / "Absolute" / "Absolute.py"
PLUGIN = "coverage of the integration"
KEEP_PROBES = -1  # to take those that were reached out of running code again is not worth its time

# The name of a module with a line of it; or, for a branch, from line to line, of which 0 is the end of the function.
Place = tuple[Any, ...]


@lru_cache
def slipcover() -> Slipcover:
    """One for the process: from Python 3.12 on a second one would take the events of the first."""
    return Slipcover(branch=True, d_miss_threshold=KEEP_PROBES)


def sources_of(script: Path) -> dict[str, Path]:
    """The files that a script is made of, by name: itself and its API modules."""
    packs = script.parents[3]
    modules = (packs / API_MODULES / name / f"{name}.py" for name in api_modules(packs, script))
    return {path.stem: path for path in (script, *modules)}


class Measurement:
    """What this process reaches of `sources`, directly or in a unified script `name` that was made of them."""

    def __init__(self, name: str, sources: Mapping[str, Path]) -> None:
        self._name = name
        self._sources = {path: module for module, path in sources.items()}
        self._files: set[Path] = set()

    def start(self) -> None:
        """From now on the sources have probes when they are imported, and when the war room runs what was made of them."""
        whole, part = platform._code, prepared_scripts.compiled
        whole_with_probes = lru_cache(self.code)

        def code(path: Path) -> CodeType:
            return whole_with_probes(path) if path.stem == self._name else whole(path)

        def compiled(tree: ast.Module, path: Path) -> CodeType:
            return self.code(path, tree) if path.stem == self._name else part(tree, path)

        vars(platform)["_code"], vars(prepared_scripts)["compiled"] = code, compiled
        ImportManager(slipcover(), self).__enter__()

    def matches(self, path: str | Path) -> bool:
        """What SlipCover asks about each module that is imported."""
        found = Path(path) in self._sources
        self._files |= {Path(path)} if found else set()
        return found

    def code(self, path: Path, tree: ast.Module | None = None) -> CodeType:
        """The code of a file, or of a part of it, with probes."""
        self._files.add(path)
        return slipcover().instrument(code_with_marks(path, tree))

    def reached(self) -> set[Place]:
        found, folder = set[Place](), Path.cwd()
        for file, figures in slipcover().get_coverage()["files"].items():  # relative to the folder where possible
            if folder / file in self._files:
                found |= self._at_source(folder / file, figures["executed_lines"], figures["executed_branches"])
        return found

    def _at_source(self, file: Path, lines: Iterable[int], branches: Iterable[tuple[int, int]]) -> set[Place]:
        if module := self._sources.get(file):
            return places(module, lines, branches)
        source = {number: place for number, place in enumerate(source_lines(file.read_text("utf-8"), self._name), 1) if place}
        found: set[Place] = {(place.module, place.number) for line in lines if (place := source.get(line))}
        return found | {
            (place.module, place.number, source[end].number if end else 0)
            for start, end in branches
            if (place := source.get(start)) and (not end or end in source)
        }


def code_with_marks(path: Path, tree: ast.Module | None = None) -> CodeType:
    """The code of a file, or of a part of it, in which SlipCover finds the branches."""
    return compile(preinstrument(tree or ast.parse(path.read_bytes())), str(path), "exec")


def places(module: str, lines: Iterable[int], branches: Iterable[tuple[int, int]]) -> set[Place]:
    return {*((module, line) for line in lines), *((module, *branch) for branch in branches)}


def reachable(sources: Mapping[str, Path]) -> set[Place]:
    """Every line and branch."""
    found = set[Place]()
    for module, path in sources.items():
        code = code_with_marks(path)
        found |= places(module, Slipcover.lines_from_code(code), Slipcover.branches_from_code(code))
    return found


def missing(all_of_it: set[Place], reached: set[Place]) -> str:
    """What is not reached, a line for each module."""
    said = []
    for module in sorted({module for module, *_ in all_of_it}):
        left, had = (sorted(rest for name, *rest in found if name == module) for found in (all_of_it - reached, reached))
        lines, known = ([one[0] for one in found if len(one) == 1] for found in (left, had))
        if text := format_missing(lines, known, [tuple(one) for one in left if len(one) == 2]):
            said.append(f"{module}: {text}")
    return "\n".join(said)


class IntegrationCoverage:
    """Measures this process, collects from the workers of pytest-xdist, reports in the process that started them."""

    def __init__(self, config: pytest.Config) -> None:
        self._sources = sources_of(INTEGRATION)
        self._measurement = Measurement(INTEGRATION.stem, self._sources)
        self._measurement.start()
        self._reached = set[Place]()
        self._narrowed = config.args_source is not config.ArgsSource.TESTPATHS or any(
            getattr(config.option, name, None) for name in ("keyword", "markexpr", "deselect", "ignore", "lf")
        )
        self._least = 100.0
        self._summary = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended; one that crashed tells nothing."""
        self._reached.update(getattr(node, "workeroutput", {}).get(PLUGIN, ()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            return
        own = self._measurement.reached()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[PLUGIN] = list(own)
            return
        self._reached |= own
        self._sum_up(reachable(self._sources))
        if not self._narrowed and self._least < LEAST_PERCENT and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _sum_up(self, all_of_it: set[Place]) -> None:
        whole, part = (Counter(len(place) for place in found) for found in (all_of_it, all_of_it & self._reached))
        percents = [100 * part[size] / whole[size] for size in (2, 3)]
        self._least = min(percents)
        self._summary = f"{percents[0]:.1f} % of the lines, {percents[1]:.1f} % of the branches"
        if not self._narrowed:
            self._summary += f"\nNot reached: {missing(all_of_it, self._reached) or 'nothing'}"
            if self._least < LEAST_PERCENT:
                self._summary += f"\nLess than {LEAST_PERCENT} %."

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._reached:
            terminalreporter.section(PLUGIN)
            terminalreporter.line(self._summary)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(IntegrationCoverage(config), PLUGIN)
