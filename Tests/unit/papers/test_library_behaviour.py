"""docs/library-behaviour.md and the tests that it names: none is missing on either side."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from papers.texts import ROOT

PAPER = ROOT / "docs" / "library-behaviour.md"
FOLDER = ROOT / "Tests" / "unit" / "library_behaviour"
ROWS = [line for line in PAPER.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line]
NAMED = re.compile(r"`([\w/]+\.py)`: ((?:`\w+`(?:, )?)+)")


def named() -> set[tuple[Path, str]]:
    """The tests that the table names, each with its file."""
    found = [(file, tests) for row in ROWS for file, tests in NAMED.findall(row)]
    return {(ROOT / file if "/" in file else FOLDER / file, test) for file, tests in found for test in re.findall(r"\w+", tests)}


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_each_row_names_a_test() -> None:
    assert [row for row in ROWS if not row.startswith("| behaviour |") and not NAMED.search(row)] == []


def test_each_named_test_exists() -> None:
    assert [f"{file.name}: {test}" for file, test in named() if test not in functions_of(file)] == []


def test_each_test_of_a_library_is_in_the_table() -> None:
    ours = {(file, test) for file in FOLDER.glob("test_*.py") for test in functions_of(file)}
    assert sorted(f"{file.name}: {test}" for file, test in ours - named()) == []
