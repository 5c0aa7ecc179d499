"""How outputs merge into the context, and how paths read it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_xsoar import Context, UnknownExpressionError

DEVICE = "Absolute.Device(val.Id && val.Id == obj.Id)"


def merged(*entry_contexts: dict[str, Any]) -> Context:
    context = Context()
    for entry_context in entry_contexts:
        context.merge(entry_context)
    return context


@pytest.mark.parametrize(
    ("entry_contexts", "data"),
    [
        pytest.param([{"A.B": {"x": 1}}], {"A": {"B": {"x": 1}}}, id="one object stays one object"),
        pytest.param([{"A.B": [{"x": 1}]}], {"A": {"B": {"x": 1}}}, id="a list of one is kept as one object"),
        pytest.param([{"A.B": {"x": 1}}, {"A.B": {"x": 1}}], {"A": {"B": [{"x": 1}, {"x": 1}]}}, id="without a key it is added"),
        pytest.param([{"A.B": "x"}, {"A.C": 0}, {"A.D": False}], {"A": {"B": "x", "C": 0, "D": False}}, id="plain values"),
        pytest.param([{"A": {"x": 1}}, {"A.B": 2}], {"A": {"x": 1, "B": 2}}, id="below an object"),
        pytest.param(
            [{DEVICE: {"Id": "1", "Name": "a"}}, {DEVICE: {"Id": "1", "Os": "b"}}],
            {"Absolute": {"Device": {"Id": "1", "Name": "a", "Os": "b"}}},
            id="the same object is updated key by key",
        ),
        pytest.param(
            [{DEVICE: {"Id": "1", "Os": {"name": "a", "version": 1}}}, {DEVICE: {"Id": "1", "Os": {"name": "b"}}}],
            {"Absolute": {"Device": {"Id": "1", "Os": {"name": "b"}}}},
            id="one level deep",
        ),
        pytest.param(
            [{DEVICE: {"Id": "1", "Name": "a"}}, {DEVICE: {"Id": "1", "Name": None}}],
            {"Absolute": {"Device": {"Id": "1", "Name": None}}},
            id="null is a value",
        ),
        pytest.param(
            [{DEVICE: {"Name": "a"}}, {DEVICE: {"Name": "a"}}],
            {"Absolute": {"Device": [{"Name": "a"}, {"Name": "a"}]}},
            id="without the key field nothing matches",
        ),
        pytest.param(
            [{DEVICE: [{"Id": "1"}, {"Id": "1", "Name": "a"}]}],
            {"Absolute": {"Device": {"Id": "1", "Name": "a"}}},
            id="also within one list",
        ),
        pytest.param(
            [{"A(val.x && val.y == obj.y)": {"x": [], "y": 1}}, {"A(val.x && val.y == obj.y)": {"y": 1, "z": 2}}],
            {"A": {"x": [], "y": 1, "z": 2}},
            id="an empty list is true",
        ),
        pytest.param([{"A.B": None}, {"A.C": []}], {}, id="nothing is no output"),
        pytest.param(
            [{"A(true)": {"NextToken": "x"}}, {"A(true)": {"NextToken": "y"}}],
            {"A": {"NextToken": "y"}},
            id="replaced",
        ),
        pytest.param(
            [
                {"A(val.x == obj.x && val.y == obj.y)": [{"x": 1, "y": 1}, {"x": 1, "y": 2}]},
                {"A(val.x == obj.x && val.y == obj.y)": {"x": 1, "y": 2, "z": 3}},
            ],
            {"A": [{"x": 1, "y": 1}, {"x": 1, "y": 2, "z": 3}]},
            id="two key fields",
        ),
        pytest.param(
            [
                {"F(val.M && val.M == obj.M || val.S && val.S == obj.S)": {"M": "1", "S": "2"}},
                {"F(val.M && val.M == obj.M || val.S && val.S == obj.S)": {"S": "2", "T": "3"}},
            ],
            {"F": {"M": "1", "S": "2", "T": "3"}},
            id="one of two key fields",
        ),
        pytest.param(
            [{"A(val.E.x === obj.E.x)": {"E": {"x": 1}}}, {"A(val.E.x === obj.E.x)": {"E": {"x": 1}, "y": 2}}],
            {"A": {"E": {"x": 1}, "y": 2}},
            id="a nested key field",
        ),
        pytest.param(
            [{"A(val.1 === obj.1)": [["k", 1]]}, {"A(val.1 === obj.1)": [["l", 1]]}], {"A": [["l", 1]]}, id="by position"
        ),
        pytest.param(
            [{"A(val == obj)": ["x", "y"]}, {"A(val == obj)": ["y", "z"]}], {"A": ["x", "y", "z"]}, id="plain values once"
        ),
        pytest.param(
            [
                {"A(val.x == obj.x && val.Type == 'a || b')": {"x": 1, "Type": "a || b"}},
                {"A(val.x == obj.x && val.Type == 'a || b')": {"x": 1, "n": 2}},
            ],
            {"A": {"x": 1, "Type": "a || b", "n": 2}},
            id="a literal with an operator in it",
        ),
        pytest.param(
            [{"A(val.x != obj.x)": {"x": 1}}, {"A(val.x != obj.x)": {"x": 1}}], {"A": [{"x": 1}, {"x": 1}]}, id="unequal"
        ),
        pytest.param([{"A(val.x == obj.x)": {"x": 1}}, {"A(val.x == obj.x)": {"x": "1"}}], {"A": {"x": "1"}}, id="== is loose"),
        pytest.param(
            [{"A(val.x === obj.x)": {"x": 1}}, {"A(val.x === obj.x)": {"x": "1"}}],
            {"A": [{"x": 1}, {"x": "1"}]},
            id="=== is not",
        ),
        pytest.param(
            [{"A(val.x === obj.x)": {"x": 1}}, {"A(val.x === obj.x)": {"x": True}}],
            {"A": [{"x": 1}, {"x": True}]},
            id="1 is not true",
        ),
        pytest.param(
            [{"A(val.x == obj.x)": {"y": 1}}, {"A(val.x == obj.x)": {"z": 2}}],
            {"A": {"y": 1, "z": 2}},
            id="missing equals missing",
        ),
    ],
)
def test_merging(entry_contexts: list[dict[str, Any]], data: dict[str, Any]) -> None:
    assert merged(*entry_contexts).data == data


def test_what_is_given_is_not_what_is_kept() -> None:
    device = {"Id": "1"}
    context = merged({DEVICE: device})
    device["Id"] = "changed"
    assert context.get("Absolute.Device.Id") == "1"


@pytest.mark.parametrize(
    "expression", ["val.Id.indexOf('x') >= 0", "val.Id == foo", "", "(val.a == obj.a)", "val.a = obj.a", "val.a > 1"]
)
def test_an_unknown_expression_is_named_and_changes_nothing(expression: str) -> None:
    context = Context()
    with pytest.raises(UnknownExpressionError, match="does not understand"):
        context.merge({"B": 1, f"A({expression})": {"Id": "1"}})
    assert context.data == {}


def test_an_open_parenthesis_is_named() -> None:
    with pytest.raises(UnknownExpressionError, match="no closing parenthesis"):
        merged({"A(val.Id == obj.Id": {}})


def test_a_path_through_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cannot take A\.B"):
        merged({"A": [{"x": 1}, {"x": 2}]}, {"A.B": 1})


DATA = {
    "One": {"Name": "a", "Tags": ["x", "y"], "Only": ["x"]},
    "Many": [{"Name": "a", "Tags": ["x"]}, {"Name": "b", "Tags": ["y", "z"]}, {"Other": 0}],
    "Numbers": [1, 2, 3],
    "Empty": [],
    "No": False,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("One.Name", "a"),
        ("One.Tags", ["x", "y"]),
        ("One.Only", ["x"]),
        ("Many.Name", ["a", "b"]),
        ("Many.Tags", ["x", "y", "z"]),
        ("Many.Other", 0),
        ("Many.Missing", None),
        ("Many.[1].Name", "b"),
        ("Many.[0:1].Name", ["a", "b"]),
        ("Many.[9].Name", None),
        ("One.[0].Name", "a"),
        ("Numbers", [1, 2, 3]),
        ("Numbers.[0]", 1),
        ("Empty", []),
        ("No", False),
        ("One.Name.Deeper", None),
        ("Missing", None),
        ("", DATA),
    ],
)
def test_reading(path: str, value: Any) -> None:
    context = Context()
    context.data = copy.deepcopy(DATA)
    assert context.get(path) == value


def test_reading_with_a_default() -> None:
    assert Context().get("A.B", "none") == "none"


ids = st.sampled_from(["1", "2", "3", "4"])
objects = st.lists(
    st.builds(lambda id_, more: {"Id": id_, **more}, ids, st.dictionaries(st.sampled_from("abc"), st.integers() | st.none())),
    max_size=6,
)


def stored(context: Context) -> list[dict[str, Any]]:
    found = context.get("Absolute.Device") or []
    return found if isinstance(found, list) else [found]


@given(objects)
def test_merging_twice_is_merging_once(devices: list[dict[str, Any]]) -> None:
    once, twice = merged({DEVICE: devices}), merged({DEVICE: devices}, {DEVICE: devices})
    assert [device["Id"] for device in stored(twice)] == [device["Id"] for device in stored(once)]
    assert stored(twice) == stored(once)


@given(objects, objects)
def test_nothing_is_lost_and_order_is_kept(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> None:
    result = stored(merged({DEVICE: first}, {DEVICE: second}))
    expected: dict[str, dict[str, Any]] = {}
    for device in first + second:
        expected.setdefault(device["Id"], {}).update(device)
    assert result == list(expected.values())


@given(objects)
def test_one_by_one_is_the_same_as_together(devices: list[dict[str, Any]]) -> None:
    assert merged(*({DEVICE: device} for device in devices)).data == merged({DEVICE: devices}).data
