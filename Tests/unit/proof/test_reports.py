"""The reports tell what was found."""

from __future__ import annotations

import re

from proof import fault_report, fuzz_report, hostile_report
from proof.__main__ import ATTEMPTS, SUMMARY, with_row
from proof.fault_sweep import Cell, Result, Scope
from proof.fuzz_report import Fuzzing
from proof.hostile_report import Damage, Trial

COMMAND = "absolute-device-unenroll"


def test_a_broken_promise() -> None:
    broken = Cell(COMMAND, "reset after", Scope.WRITES, Result.BROKEN, ("carried out\ntwice",))
    text = fault_report.markdown([broken, Cell(COMMAND, "reset after", Scope.ONCE, Result.FULL)])
    assert f"- `{COMMAND}`, reset after, writes (every attempt to change something), directly: carried out twice\n" in text
    assert f"| `{COMMAND}` | reset after | every attempt to change something | directly | BROKEN |\n" in text
    assert f"| `{COMMAND}` | reset after | the first attempt of each call | directly | FULL |\n" in text
    assert "None." not in text


def test_no_broken_promise() -> None:
    text = fault_report.markdown([Cell(COMMAND, "reset after", Scope.ONCE, Result.FULL)])
    assert "## Broken promises\n\nNone.\n" in text


def test_damage_by_the_shortest_text_of_each_kind() -> None:
    damage = [Damage(COMMAND, cause, effect) for cause, effect in (("xxx", "table: 3"), ("x", "table: 2"), ("y", "KeyError: y"))]
    text = hostile_report.markdown([Trial(COMMAND, 1, 5, 40, tuple(damage))])
    assert "'x': 'table: 2'" in text
    assert "'y': 'KeyError: y'" in text
    assert "xxx" not in text
    assert f"| `{COMMAND}` | 1 | 5 | 40 | **damage** |" in text


def test_no_damage() -> None:
    assert "## Damage\n\nNone.\n" in hostile_report.markdown([Trial(COMMAND, 1, 5, 40, ())])


def test_a_parser_that_failed() -> None:
    found = [Fuzzing("filter", 12_345, "13", "KeyError: 'x'", "a'b"), Fuzzing("date argument", 300, "15")]
    text = fuzz_report.markdown(found, can_guide=True)
    assert "| filter | 12,345 | 13 | **failed** |" in text
    assert "| date argument | 300 | 15 | held |" in text
    assert "- filter: `KeyError: 'x'`, from" in text
    assert "Not guided" not in text
    assert "Not guided" in fuzz_report.markdown(found, can_guide=False)


def test_the_figures_of_a_run_come_into_its_row_alone() -> None:
    before = SUMMARY.read_text("utf-8")
    after = with_row(before, "hostile", "7 runs", held=False)
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    ((old, new),) = changed
    assert old.startswith("| `hostile` | every argument")
    assert new == f"{old.rsplit('|', 3)[0]}| 7 runs | **something** |"


def test_each_attempt_has_a_row() -> None:
    assert [re.findall(rf"^\| `{name}` \|", SUMMARY.read_text("utf-8"), re.MULTILINE) for name in ATTEMPTS] == [
        [f"| `{name}` |"] for name in ATTEMPTS
    ]
