"""What the plugin counts, on a small integration with a module."""

from pathlib import Path
from types import CodeType, FunctionType

import pytest
from plugins.integration_coverage import Measurement, Place, missing, places, reachable, sources_of

MODULE = """from CommonServerPython import *

# region Sizes
def size(count):
    if count > 2:
        return "many"
    for _ in range(count):
        pass
    return "few"
# endregion
"""
SCRIPT = """import demistomock as demisto
from SizesApiModule import *

PACK = "sizes"
"""
UNIFIED = f"""register_module_line('Boxes', 'start', __line__())
demisto.debug('pack id = Boxes, pack version = 1.0.0')


### GENERATED CODE ###: from SizesApiModule import *
# This code was inserted in place of an API module.
register_module_line('SizesApiModule', 'start', __line__(), wrapper=-3)
{MODULE.replace("from CommonServerPython import *", "")}
register_module_line('SizesApiModule', 'end', __line__(), wrapper=1)
### END GENERATED CODE ###

PACK = "sizes"
register_module_line('Boxes', 'end', __line__())
"""
SIZES = "SizesApiModule"


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    script = tmp_path / "Packs" / "Boxes" / "Integrations" / "Boxes" / "Boxes.py"
    module = tmp_path / "Packs" / "ApiModules" / "Scripts" / SIZES / f"{SIZES}.py"
    for path, text in ((script, SCRIPT), (module, MODULE)):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return sources_of(script)


def unified(tmp_path: Path, folder: str) -> Path:
    script = tmp_path / folder / "Boxes.py"
    script.parent.mkdir()
    script.write_text(UNIFIED)
    return script


def call(code: CodeType, count: int) -> str:
    """Calls the function of the code, without the platform's modules."""
    (function,) = (inner for inner in code.co_consts if isinstance(inner, CodeType))
    return FunctionType(function, {})(count)


def at_sizes(lines: set[int], branches: set[tuple[int, int]]) -> set[Place]:
    return places(SIZES, lines, branches)


def test_a_script_is_made_of_itself_and_its_modules(sources: dict[str, Path]) -> None:
    assert list(sources) == ["Boxes", SIZES]


def test_every_line_and_branch(sources: dict[str, Path]) -> None:
    every = at_sizes({1, 4, 5, 6, 7, 8, 9}, {(5, 6), (5, 7), (7, 8), (7, 9)})
    assert reachable(sources) == every | places("Boxes", {1, 2, 4}, ())


def test_the_unified_script_counts_at_the_lines_of_the_sources(sources: dict[str, Path], tmp_path: Path) -> None:
    measurement = Measurement("Boxes", sources)
    call(measurement.code(unified(tmp_path, "one")), 3)
    assert measurement.reached() == at_sizes({5, 6}, {(5, 6)})


def test_what_the_sources_and_scripts_reach_is_added(sources: dict[str, Path], tmp_path: Path) -> None:
    measurement = Measurement("Boxes", sources)
    call(measurement.code(sources[SIZES]), 3)
    call(measurement.code(unified(tmp_path, "one")), 0)
    assert measurement.reached() == at_sizes({5, 6, 7, 9}, {(5, 6), (5, 7), (7, 9)})


def test_what_is_missing_is_told_by_module(sources: dict[str, Path]) -> None:
    every = reachable(sources)
    assert missing(every, every) == ""
    assert missing(every, every - {(SIZES, 8)}) == f"{SIZES}: 8"
