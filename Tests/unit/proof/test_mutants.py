"""Mutants of a small module, and the plugin that tries them."""

import importlib.util
import sys

import pytest
from pack_files import ROOT
from proof import mutation_report
from proof.integration_module import MODULES
from proof.mutants import mutants
from proof.mutation import MutationPlugin, Verdict

MODULE = '''"""A module."""
from dataclasses import dataclass
from typing import Protocol

# region Constants
LIMIT = 3


# endregion
# region Pure functions: sizes
class Container(Protocol):
    def full(self) -> bool: ...


@dataclass(frozen=True)
class Box:
    count: int = 4

    @property
    def full(self):
        """Whether nothing fits in."""
        return self.count >= 3


def label(box, unit: str = "pieces"):
    if box.count < 0:
        raise ValueError(f"{box.count} is too few, that cannot be.")
    log(f"{box.count}")
    return f"a box of {box.count} {unit}" if box.full else "nothing to speak of"


# endregion
def outside():
    return 5
'''
TESTS = """
import pytest
from boxes import Box, label

def test_full():
    assert Box(3).full and not Box(2).full

def test_label():
    assert label(Box(3)) == "a box of 3 pieces"

def test_too_few():
    with pytest.raises(ValueError):
        label(Box(-1))
"""


def test_each_kind_of_damage_at_its_place() -> None:
    found = [(mutant.function, mutant.line, mutant.description) for mutant in mutants(MODULE, "boxes.py")]
    assert found == [
        ("Box.full", 22, "`self.count >= 3` is `None`"),
        ("Box.full", 22, "`>= 3` is `> 3`"),
        ("Box.full", 22, "`3` is `4`"),
        ("label", 26, "`box.count < 0` is `True`"),
        ("label", 26, "`box.count < 0` is `False`"),
        ("label", 26, "`< 0` is `<= 0`"),
        ("label", 26, "`0` is `1`"),
        ("label", 27, '`raise ValueError(f"{box.count} is too few, that cannot be.")` is left out'),
        ("label", 29, '`f"a box of {box.count} {unit}" if box.full else "nothing to speak of"` is `None`'),
        ("label", 29, "`box.full` is `True`"),
        ("label", 29, "`box.full` is `False`"),
    ]


def test_the_code_of_a_mutant_has_the_lines_of_the_source() -> None:
    first = next(mutants(MODULE, "boxes.py"))
    code = first.code
    assert (code.co_name, code.co_firstlineno, code.co_filename) == ("full", 19, "boxes.py")
    assert first.statement == range(22, 23)


@pytest.mark.prints
def test_what_no_test_notices_survives(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests never look at an empty box: that it is labelled otherwise goes unnoticed."""
    plugin = tried(pytester, monkeypatch, "boxes", MODULE + "\n\ndef log(text):\n    pass\n", TESTS)
    survivors = [verdict.mutant.description for verdict in plugin.verdicts if not verdict.killed]
    assert sorted(survivors) == ["`0` is `1`", "`< 0` is `<= 0`", "`box.full` is `True`"]
    assert len(plugin.verdicts) == len(list(mutants(MODULE, "boxes.py")))


CACHED = """
from contextlib import contextmanager
from functools import lru_cache

# region Pure functions: sizes
@lru_cache
def half(size):
    return size / 2

@contextmanager
def opened(size):
    yield size + 1

class Box:
    def __init__(self, size):
        self.size = size

box_of = lru_cache(Box)

def double(size):
    return size * 2
# endregion
"""
TESTS_OF_CACHED = """
import pytest
from cached import box_of, double, half, opened

def test_half():
    assert half(4) == 2

def test_half_again():
    assert half(4) == 2

def test_opened():
    with opened(1) as size:
        assert size == 2

def test_box():
    assert box_of(3).size == 3

@pytest.fixture
def looked_at_afterwards():
    yield
    assert double(3) == 6

def test_double(looked_at_afterwards):
    pass
"""


@pytest.mark.prints
def test_what_a_decorator_wraps_is_damaged_too(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that unchanged code has left in a cache hides no damage, and the fixtures of the last test end too."""
    plugin = tried(pytester, monkeypatch, "cached", CACHED, TESTS_OF_CACHED)
    assert {verdict.mutant.function for verdict in plugin.verdicts} == {"half", "opened", "Box.__init__", "double"}
    assert [verdict.mutant.description for verdict in plugin.verdicts if not verdict.killed] == []


def tried(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str, module_text: str, tests: str) -> MutationPlugin:
    script = pytester.makepyfile(**{name: module_text})
    pytester.makepyfile(**{f"test_{name}": tests})
    spec = importlib.util.spec_from_file_location(name, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    plugin = MutationPlugin([module])
    # faulthandler watches this test by a thread, which a fork waits for in vain.
    result = pytester.inline_run("-p", "no:xdist", "-p", "no:faulthandler", plugins=[plugin])
    assert result.ret == pytest.ExitCode.OK
    return plugin


def test_the_report_explains_each_survivor_or_says_that_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    dead, known, unknown = (Verdict(mutant, killed, 3) for mutant, killed in zip(mutants(MODULE, ""), (True, False, False)))  # noqa: B905
    explained = {(known.mutant.function, known.mutant.description): "That is why."}
    monkeypatch.setattr(mutation_report, "EXPLAINED", explained)
    text = mutation_report.text([dead, known, unknown])
    assert "3 mutants were tried: 33.3 % are killed.\n0 stand" in text
    assert "| `Box.full` | 3 | 1 |" in text
    assert "- `Box.full`, `return self.count >= 3`: `>= 3` is `> 3`. That is why.\n" in text
    assert "- `Box.full`, `return self.count >= 3`: `3` is `4`. **not explained**\n" in text
    assert not mutation_report.holds([dead] * 9 + [unknown])
    assert not mutation_report.holds([dead] * 8 + [known] * 2)
    assert mutation_report.holds([dead] * 9 + [known])


def test_each_module_with_a_core_is_damaged() -> None:
    """A region that is renamed, or a module that is moved, would otherwise leave nothing to try, and nothing to survive."""
    files = {path.stem: path for path in (ROOT / "Packs" / "ApiModules" / "Scripts").glob("*/*ApiModule.py")}
    damaged = {name for name, path in files.items() if next(mutants(path.read_text("utf-8"), str(path)), None)}
    core = {
        "TextApiModule",
        "AbsoluteClientApiModule",
        "AbsoluteTargetsApiModule",
        "AbsoluteOperationsApiModule",
        "AbsoluteFetchApiModule",
        "LosslessFetchApiModule",
    }
    assert damaged == core
    assert {*MODULES} == {"Absolute", *files}
