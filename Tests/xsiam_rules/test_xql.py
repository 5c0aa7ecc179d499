"""The reading of XQL: what it must refuse, and where it must not be kinder than the platform."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from xsiam_rules.functions import value
from xsiam_rules.stages import Rows, run
from xsiam_rules.syntax import XqlError, expression, tokens

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)


def worth(text: str, **row: Any) -> Any:
    return value(expression(tokens(text)), row, NOW)


def rows_of(text: str, *rows: dict[str, Any]) -> Rows:
    return run(tokens(text), rows, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "concat(a, b",
        "a)",
        "concat(a]",
        "a ==",
        "if(a = 1, 2",
        'a not ~= "b"',
        "a -> b -> c",
        "a + b",
        'case(a, "b")',
        "unknown_field",
        "XDM_CONST.OUTCOME_MAYBE",
        'regextract(a, "(x)(y)")',
        'regextract(a, "(?=x)")',
        r'regextract(a, "(x)\1")',
        'regextract(a, "[")',
    ],
)
def test_what_the_platform_refuses_is_refused(text: str) -> None:
    with pytest.raises(XqlError):
        worth(text, a="a", b="b")


@pytest.mark.parametrize("text", ["filter", "altered a = 1", "alter a", "alter a = 1, b = a", "fields c", "comp median(a) as b"])
def test_stages_that_are_none(text: str) -> None:
    with pytest.raises(XqlError):
        rows_of(text, {"x": 1})


def test_upper_and_lower_case_are_the_same() -> None:
    assert worth('a = "X"', a="x")
    assert worth('a contains "B"', a="abc")
    assert worth('a ~= "^ABC$"', a="abc")
    assert worth('a in ("ABC")', a="abc")


def test_nothing_is_equal_to_null_alone() -> None:
    assert worth("a = null", a=None)
    assert not worth('a contains "x"', a=None)
    assert not worth('a ~= "x"', a=None)
    assert worth('concat(a, "x")', a=None) is None
    assert worth('if(a = "x", "y")', a="z") is None


def test_strings_keep_their_backslashes_and_brackets() -> None:
    assert worth(r'regextract(a, "\[\d+\]")', a="x[12]y[3]") == ["[12]", "[3]"]


def test_members_of_objects() -> None:
    assert worth("a -> b", a={"b": "c"}) == "c"
    assert worth("a -> b", a={"b": ["c"]}) is None
    assert worth("a -> b", a=None) is None


def test_groups() -> None:
    rows: list[dict[str, Any]] = [{"u": "a", "n": 1}, {"u": "a", "n": 3}, {"u": "b", "n": None}]
    assert rows_of("comp count() as c, max(n) as m, values(n) as v by u", *rows) == [
        {"u": "a", "c": 2, "m": 3, "v": [1, 3]},
        {"u": "b", "c": 1, "m": None, "v": []},
    ]


def test_windows_and_orders() -> None:
    rows = [{"u": "a", "n": 3}, {"u": "a", "n": 1}, {"u": "b", "n": 2}]
    assert [row["p"] for row in rows_of("windowcomp lag(n) by u sort asc n as p", *rows)] == [1, None, None]
    assert [row["p"] for row in rows_of("windowcomp max(n) as p", *rows)] == [3, 3, 3]
    assert rows_of("dedup u by desc n | sort asc n | limit 1", *rows) == [{"u": "b", "n": 2}]


def test_a_graph_needs_its_axes() -> None:
    with pytest.raises(XqlError, match="kind"):
        rows_of("view graph type = pie xaxis = kind yaxis = n", {"n": 1})
