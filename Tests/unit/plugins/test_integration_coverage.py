"""What the plugin counts, on a small integration."""

from pathlib import Path
from types import CodeType, FunctionType

import pytest
from plugins.integration_coverage import Measurement, Reached, reachable

SOURCE = """import demistomock as demisto
from CommonServerPython import *

# region Sizes
def size(count):
    if count > 2:
        return "many"
    for _ in range(count):
        pass
    return "few"
# endregion
"""
UNIFIED = SOURCE.replace("from CommonServerPython import *\n", "demisto.debug('pack')\nregister()\nregister()\n")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "Sizes.py"
    source.write_text(SOURCE)
    return source


def unified(source: Path, folder: str) -> Path:
    script = source.parent / folder / source.name
    script.parent.mkdir()
    script.write_text(UNIFIED)
    return script


def call(code: CodeType, count: int) -> str:
    """Calls the function of the code, without the platform's modules."""
    (function,) = (inner for inner in code.co_consts if isinstance(inner, CodeType))
    return FunctionType(function, {})(count)


def test_every_line_and_branch(source: Path) -> None:
    assert reachable(source) == Reached({1, 2, 5, 6, 7, 8, 9, 10}, {(6, 7), (6, 8), (8, 9), (8, 10)})


def test_the_unified_script_counts_at_the_lines_of_the_source(source: Path) -> None:
    measurement = Measurement(source)
    call(measurement.code(unified(source, "one")), 3)
    assert measurement.reached() == Reached({6, 7}, {(6, 7)})


def test_what_the_source_and_its_scripts_reach_is_added(source: Path) -> None:
    measurement = Measurement(source)
    call(measurement.code(source), 3)
    call(measurement.code(unified(source, "one")), 0)
    assert measurement.reached() == Reached({6, 7, 8, 10}, {(6, 7), (6, 8), (8, 10)})
