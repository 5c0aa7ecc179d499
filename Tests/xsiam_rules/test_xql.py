"""The reading of XQL: what it must refuse, and where it must not be kinder than the platform."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from xql.functions import value
from xql.reading import read
from xql.stages import Rows, run
from xql.syntax import XqlError, expression, tokens

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


@pytest.mark.parametrize(
    "text", ['a = "X"', 'a != "X"', 'a in ("X", "y")', 'a contains "X"', 'a ~= "X"', 'regextract(a, "X")', 'replex(a, "X", "")']
)
def test_what_hangs_on_upper_and_lower_case_is_refused(text: str) -> None:
    """A setting of the tenant, `case_sensitive`, says whether they are the same."""
    with pytest.raises(XqlError, match="case_sensitive"):
        worth(text, a="x")


def test_what_says_that_case_does_not_matter_is_taken() -> None:
    assert worth('a ~= "(?i)^X$"', a="x")
    assert worth('regextract(a, "(?i)[A-Z]")', a="xY") == ["x", "Y"]


@pytest.mark.parametrize(
    "text", ['a != "x"', 'not (a = "x")', 'a not in ("x")', 'a not contains "x"', 'not (a ~= "x")', "not (a < 1)"]
)
def test_what_null_is_not_is_refused(text: str) -> None:
    with pytest.raises(XqlError, match="null"):
        worth(text, a=None)
    assert worth(f"a = null or {text}", a=None), "tested before"


def test_null() -> None:
    assert worth("a = null", a=None)
    assert not worth("a != null", a=None)
    assert not worth('a = "x"', a=None)
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


# What the gate reads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "an empty stage"),
        ("datamodel dataset = d | filter xdm.event.typ = null", "no field of the data model: xdm.event.typ"),
        ("alter a = if(b = null, median(b))", "unknown function median"),
        ("alter a = XDM_CONST.OUTCOME_MAYBE", "no such constant"),
        ("alter a = concat(b", "is missing"),
        ("comp total(a) as b", "unknown function total"),
        ("select a", "unknown stage"),
    ],
)
def test_queries_are_read_without_events(query: str, message: str) -> None:
    with pytest.raises(XqlError, match=message):
        read(tokens(query))


def test_a_word_before_a_bracket_is_no_function() -> None:
    read(tokens('filter a in ("x") and not (b = null) or (a = "y") | windowcomp lag(a) by b sort asc a as c'))
