"""Values of playbooks: selectors, filters and transformers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_xsoar import Context
from local_xsoar.playbooks.filters import OPERATORS, CastError, as_list, holds
from local_xsoar.playbooks.model import Criteria, Value
from local_xsoar.playbooks.reading_values import read_criteria, read_value
from local_xsoar.playbooks.transformers import ARGUMENTS, SCRIPT_TRANSFORMERS, transform
from local_xsoar.playbooks.values import Scope
from unit.local_xsoar.playbook_support import as_read, compare, literal, path

DEVICES = [
    {"Id": "1", "Name": "a", "Size": 10, "Tags": ["x", "y"]},
    {"Id": "2", "Name": "b", "Size": 20, "Tags": ["y"]},
    {"Id": "3", "Name": "b", "Size": 30},
]
NAMED = {"inputs": {"Which": "b", "List": ["1", "2"], "Flag": True, "Object": {"k": 1}}, "incident": {"id": "7"}}


def no_scripts(name: str, args: dict[str, Any]) -> Any:
    raise AssertionError(f"{name} is run with {args}.")


def value(raw: dict[str, Any]) -> Value | None:
    return read_value(as_read(raw))


def criteria(raw: list[list[dict[str, Any]]]) -> Criteria:
    return read_criteria(as_read(raw))


@pytest.fixture
def scope() -> Scope:
    context = Context()
    context.data = {"Sample": {"Device": DEVICES, "One": DEVICES[0]}, "Owner Survey": {"Answers": {"0": "yes"}}, "Zero": 0}
    return Scope(context, NAMED, no_scripts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${Sample.Device.Id}", ["1", "2", "3"]),
        ("${Sample.Device.[1].Name}", "b"),
        ("${Sample.One}", DEVICES[0]),
        ("${inputs.List}", ["1", "2"]),
        ("${inputs.Flag}", True),
        ("${incident.id}", "7"),
        ("${Owner Survey.Answers.0}", "yes"),
        ("${Missing.Thing}", None),
        ("${inputs.Missing}", None),
        ("case ${incident.id}: ${inputs.List}", "case 7: 1,2"),
        ("${inputs.Which}${inputs.Which}", "bb"),
        ("${inputs.Object}!", '{"k": 1}!'),
        ("<${Missing}>", "<>"),
        ("${Zero} of it", "0 of it"),
    ],
)
def test_simple_values(scope: Scope, text: str, expected: Any) -> None:
    assert scope.value(value({"simple": text})) == expected


def complex_value(root: str, accessor: str = "", filters: Any = (), transformers: Any = ()) -> dict[str, Any]:
    return {"complex": {"root": root, "accessor": accessor, "filters": list(filters), "transformers": list(transformers)}}


NAME_IS_WHICH = {"operator": "isEqualString", "left": path("Sample.Device.Name"), "right": path("inputs.Which")}
SMALL: dict[str, Any] = {"operator": "lessThan", "left": path("Sample.Device.Size"), "right": literal("25")}
SMALL_RELATIVE = {**SMALL, "left": path("Size")}
TAGGED = {"operator": "containsGeneral", "left": path("Sample.Device.Tags"), "right": literal("x")}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (complex_value("Sample.Device", "Id"), ["1", "2", "3"]),
        (complex_value("Sample", "Device.Id"), ["1", "2", "3"]),
        (complex_value("Sample.Device", "Id", [[NAME_IS_WHICH]]), ["2", "3"]),
        (complex_value("Sample.Device", "Id", [[NAME_IS_WHICH], [SMALL]]), "2"),
        (complex_value("Sample.Device", "Id", [[NAME_IS_WHICH, SMALL]]), ["1", "2", "3"]),
        (complex_value("Sample.Device", "Id", [[SMALL_RELATIVE]]), ["1", "2"]),
        (complex_value("Sample", "Device.Id", [[compare("Device.Size", "isExists")]]), ["1", "2", "3"]),
        (complex_value("Sample.Device", "Id", [[compare("Colour", "isExists")]]), None),
        (complex_value("Sample.Device", "Name", [[TAGGED]]), "a"),
        (complex_value("Sample.Device", "Tags", [[SMALL]]), ["x", "y", "y"]),
        (complex_value("Sample.Device", "Id", [[compare("Sample.Device.Size", "greaterThan", "99")]]), None),
        (complex_value("Sample.One", "Id", [[compare("Sample.One.Name", "isEqualString", "a")]]), "1"),
        (complex_value("inputs.List", "", [[compare("inputs.List", "isEqualString", "2")]]), "2"),
        (complex_value("Sample.Device", "", [[compare("inputs.Flag", "isTrue")]]), DEVICES),
        (complex_value("Missing", "Id"), None),
        (complex_value("Missing", "", [[compare("Missing.Id", "isExists")]]), None),
        (complex_value("Sample.Device", "Name", (), [{"operator": "uniq"}]), ["a", "b"]),
        (complex_value("${Sample.Device}", "Name", (), [{"operator": "uniq"}, {"operator": "count"}]), 2),
        (
            complex_value("Sample.Device", "Id", (), [{"operator": "join", "args": {"separator": path("inputs.Which")}}]),
            "1b2b3",
        ),
        (
            complex_value("Missing", "", (), [{"operator": "SetIfEmpty", "args": {"defaultValue": literal("${incident.id}")}}]),
            "7",
        ),
    ],
)
def test_complex_values(scope: Scope, raw: dict[str, Any], expected: Any) -> None:
    assert scope.value(value(raw)) == expected


def test_conditions_compare_whole_values_and_iterate_no_root(scope: Scope) -> None:
    """ "Filters in conditional tasks do not iterate the items of the root" (Filter Operators)."""
    count = {"value": complex_value("Sample.Device", "Id", (), [{"operator": "count"}]), "iscontext": True}
    assert scope.holds(criteria([[{"operator": "isEqualNumber", "left": count, "right": literal("3")}]]))
    assert scope.holds(criteria([[compare("Sample.Device.Id", "isEqualString", "3")]]))  # one of the items


def test_transformers_that_are_scripts_are_run() -> None:
    calls: list[Any] = []

    def run_script(name: str, args: dict[str, Any]) -> str:
        calls.append((name, args))
        return "table"

    raw = complex_value("A", "", (), [{"operator": "JsonToTable", "args": {"title": literal("T")}}])
    context = Context()
    context.data = {"A": [{"b": 1}]}
    assert Scope(context, {}, run_script).value(value(raw)) == "table"
    assert calls == [("JsonToTable", {"title": "T", "value": [{"b": 1}]})]


# ---------------------------------------------------------------------------------------------------- operators


OPERATOR_CASES: list[tuple[str, Any, Any, bool]] = [
    ("isEqualString", "a", "a", True),
    ("isEqualString", "a", "A", False),
    ("isEqualString", ["a", "b", "c"], "b", True),
    ("isEqualString", 5, "5", True),
    ("isEqualString", True, "true", True),
    ("isEqualString", None, "", True),
    ("isNotEqualString", "a", "b", True),
    ("isNotEqualString", "a", "a", False),
    ("isNotEqualString", None, "a", True),
    ("containsString", "LAB-0001", "0", True),
    ("containsString", None, "a", False),
    ("notContainsString", "LAB-0001", "x", True),
    ("startWith", "LAB-0001", "LAB", True),
    ("startWith", "LAB-0001", "0001", False),
    ("notStartWith", "LAB-0001", "0001", True),
    ("endWith", "LAB-0001", "0001", True),
    ("notEndWith", "LAB-0001", "0001", False),
    ("match", "LAB-0001", r"^LAB-\d+$", True),
    ("match", "LAB-", r"^LAB-\d+$", False),
    ("inList", "b", "a, b,c", True),
    ("inList", "b", ["a", "b"], True),
    ("inList", "d", "a,b,c", False),
    ("inList", 2, "1,2", True),
    ("stringHasLength", "abc", "3", True),
    ("stringHasLength", "abc", "4", False),
    ("stringHasLength", None, "0", False),
    ("stringHasLength", ["ab", "abc"], "3", True),
    ("StringContainsArray", "svc-admin", ["admin", "root"], True),
    ("StringContainsArray", "jdoe", ["admin", "root"], False),
    ("StringContainsArray", "jdoe", "doe", True),
    ("StringContainsArray", "jdoe", ["", None], False),
    ("StringContainsArray", "", [""], False),
    ("StringContainsArray", None, "a", False),
    ("notInList", "d", "a,b,c", True),
    ("isEqualNumber", "10", "10.0", True),
    ("isEqualNumber", None, "0", False),
    ("isNotEqualNumber", 1, "2", True),
    ("greaterThan", "10", "9", True),
    ("greaterThan", [1, 20], "9", True),
    ("greaterThan", None, "9", False),
    ("greaterThanOrEqual", 9, "9", True),
    ("lessThan", 9, "9", False),
    ("lessThanOrEqual", 9, "9", True),
    ("isAfter", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("isAfter", "2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z", False),
    ("isAfter", "2026-01-01T00:00:00.5Z", "2026-01-01T01:00:00+01:00", True),
    ("isBefore", "2025-12-31", "2026-01-01T00:00:00Z", True),
    ("isBefore", None, "2026-01-01T00:00:00Z", False),
    ("isTrue", "True", None, True),
    ("isTrue", True, None, True),
    ("isTrue", "false", None, False),
    ("isTrue", None, None, False),
    ("isFalse", "false", None, True),
    ("isFalse", None, None, False),
    ("isExists", "", None, True),
    ("isExists", False, None, True),
    ("isExists", None, None, False),
    ("isNotExists", None, None, True),
    ("isEmpty", None, None, True),
    ("isEmpty", "", None, True),
    ("isEmpty", [], None, True),
    ("isEmpty", {}, None, True),
    ("isEmpty", 0, None, False),
    ("isEmpty", False, None, False),
    ("isNotEmpty", ["a"], None, True),
    ("containsGeneral", ["a", "b"], "b", True),
    ("containsGeneral", "b", "b", True),
    ("containsGeneral", ["ab"], "b", False),
    ("containsGeneral", r"CORP\drossi", "\\", True),
    ("containsGeneral", "drossi", "\\", False),
    ("containsGeneral", "phishing", ["phish"], True),
    ("containsGeneral", "a", None, False),
    ("containsGeneral", None, "a", False),
    ("notContainsGeneral", r"CORP\drossi", "\\", False),
    ("in", "unknown", "(unknown,suspicious)", True),
    ("in", "clean", "(unknown,suspicious)", False),
    ("in", None, "abc", False),
    ("in", ["x", "b"], "abc", True),
    ("notIn", "b", "abc", False),
    ("match", "LAB-0001", r"^LAB-\d{4}$", True),
    ("match", "lab", "(?i)LAB", True),
    ("containsGeneral", [{"k": 1}], {"k": 1}, True),
    ("notContainsGeneral", ["a"], "b", True),
    ("in", "a", ["a", "b"], True),
    ("in", ["c", "b"], ["a", "b"], True),
    ("notIn", "c", ["a", "b"], True),
]


@pytest.mark.parametrize(("operator", "left", "right", "expected"), OPERATOR_CASES, ids=repr)
def test_operators(operator: str, left: Any, right: Any, expected: bool) -> None:
    assert holds(operator, left, right) is expected


@pytest.mark.parametrize(
    "operator", ["isEqualString", "containsString", "startWith", "endWith", "match", "inList", "containsGeneral", "in"]
)
def test_ignoring_case(operator: str) -> None:
    right: Any = ["LAB"] if operator == "in" else "LAB"
    assert holds(operator, "lab", right, ignore_case=True)
    assert not holds(operator, "lab", right)


@pytest.mark.parametrize(
    ("operator", "left", "right"),
    [
        ("isEqualString", "a", {"some": "object"}),  # the example in "Filter Operators"
        ("isEqualString", {"some": "object"}, "a"),
        ("greaterThan", "many", "1"),
        ("isTrue", "perhaps", None),
        ("isAfter", "never", "2026-01-01"),
        ("isAfter", "2026-02-30T00:00:00Z", "2026-01-01"),
        ("containsGeneral", ["a"], ["a", "b"]),
        ("match", "AB12", "(?=A)A"),  # RE2 has no look-around
        ("match", "AA", r"(A)\1"),
        ("match", "A", "("),
        ("stringHasLength", "abc", "three"),
        ("StringContainsArray", ["abc"], "a"),
    ],
)
def test_what_cannot_be_cast(operator: str, left: Any, right: Any) -> None:
    with pytest.raises(CastError):
        holds(operator, left, right)


TEXTS = st.text(alphabet="aAbB,. 1", max_size=5)
OPPOSITES = [
    ("isEqualString", "isNotEqualString"), ("containsString", "notContainsString"), ("startWith", "notStartWith"),
    ("endWith", "notEndWith"), ("inList", "notInList"), ("isExists", "isNotExists"), ("isEmpty", "isNotEmpty"),
    ("containsGeneral", "notContainsGeneral"), ("in", "notIn"),
]  # fmt: skip


@given(st.sampled_from(OPPOSITES), TEXTS, TEXTS, st.booleans())
def test_opposites_disagree_on_a_single_value(pair: tuple[str, str], left: str, right: str, ignore_case: bool) -> None:
    assert holds(pair[0], left, right, ignore_case) is not holds(pair[1], left, right, ignore_case)


@given(
    st.sampled_from([name for name, one in OPERATORS.items() if one.each and one.cast.__name__ == "as_text"]),
    st.lists(TEXTS),
    TEXTS,
)
def test_an_operator_for_single_values_holds_for_a_list_if_it_holds_for_an_item(
    operator: str, items: list[str], right: str
) -> None:
    right = {"match": "a", "stringHasLength": "1"}.get(operator, right)
    assert holds(operator, items, right) is any(holds(operator, item, right) for item in items)


# -------------------------------------------------------------------------------------------------- transformers


TRANSFORMER_CASES: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("uniq", ["a", "b", "a"], {}, ["a", "b"]),
    ("uniq", ["a", "a"], {}, "a"),
    ("uniq", [{"k": 1}, {"k": 1}], {}, {"k": 1}),
    ("uniq", None, {}, None),
    ("count", ["a", "b", "c"], {}, 3),
    ("count", "a", {}, 1),
    ("count", None, {}, 0),
    ("sort", ["b", "a"], {}, ["a", "b"]),
    ("sort", ["a", "b"], {"descending": "true"}, ["b", "a"]),
    ("slice", ["a", "b", "c"], {"from": "1"}, ["b", "c"]),
    ("slice", ["a", "b", "c"], {"from": "0", "to": "1"}, "a"),
    ("atIndex", ["a", "b"], {"index": "1"}, "b"),
    ("atIndex", ["a", "b"], {"index": "-1"}, None),
    ("atIndex", ["a", "b"], {"index": "2"}, None),
    ("atIndex", "a", {"index": "0"}, "a"),
    ("getField", {"a": {"b": 1}}, {"field": "a.b"}, 1),
    ("getField", [{"a": 1}, {}], {"field": "a"}, [1, None]),
    ("join", ["a", 1, True], {"separator": "-"}, "a-1-true"),
    ("join", "a", {"separator": "-"}, "a"),
    ("append", ["a"], {"item": "b"}, ["a", "b"]),
    ("append", None, {"item": ["a", "b"]}, ["a", "b"]),
    ("concat", "a", {"prefix": "<", "suffix": ">"}, "<a>"),
    ("concat", ["a", "b"], {"prefix": "<"}, ["<a", "<b"]),
    ("replace", "a-b-c", {"toReplace": "-", "replaceWith": "+"}, "a+b+c"),
    ("replace", None, {"toReplace": "-"}, None),
    ("replace", "a-b-c", {"toReplace": "-", "limit": "1"}, "ab-c"),
    ("replaceMatch", "pluto is not a planet", {"regex": ".*to", "replaceWith": "vega"}, "vega is not a planet"),
    ("replaceMatch", None, {"regex": "a"}, None),
    ("substringFrom", "https://example.com//x", {"from": "//"}, "example.com//x"),
    ("substringFrom", "user@", {"from": "@"}, ""),
    ("substringFrom", None, {"from": "@"}, None),
    ("substringTo", "user@example.com", {"to": "@"}, "user"),
    ("ParseJSON", '{"a": [1]}', {}, {"a": [1]}),
    ("RegexReplace", r"CORP\drossi", {"regex": r"[\w.0-9]*\\"}, "drossi"),
    ("RegexReplace", "user=john", {"regex": "user=(.*)", "output_format": r"name=\1"}, "name=john"),
    ("RegexReplace", "AbA", {"regex": "a", "output_format": r"<\0>", "ignore_case": "true"}, "<A>b<A>"),
    ("RegexReplace", ["a b", "c"], {"regex": r"\s"}, ["ab", "c"]),
    ("AppendIfNotEmpty", ["a"], {"item": "b,c"}, ["a", "b,c"]),
    ("AppendIfNotEmpty", "a", {"item": "b, c", "raw": "false"}, ["a", "b", "c"]),
    ("AppendIfNotEmpty", None, {"item": ["b"]}, ["b"]),
    ("AppendIfNotEmpty", ["a"], {"item": ""}, ["a"]),
    ("AppendIfNotEmpty", ["a"], {}, ["a"]),
    ("If-Then-Else", {}, {"condition": "lhs==rhs", "lhs": "All", "rhs": "All", "then": "x", "else": "y"}, "x"),
    ("If-Then-Else", {}, {"condition": "lhs==rhs", "lhs": None, "then": "x", "else": "y"}, "x"),
    ("If-Then-Else", {}, {"condition": "lhs!=rhs", "lhs": "a", "then": "x", "else": "y"}, "x"),
    ("If-Then-Else", "7", {"condition": "value == rhs", "rhs": 7, "then": "x", "else": "y"}, "x"),
    ("If-Then-Else", "7", {"condition": "value===rhs", "rhs": 7, "then": "x", "else": "y"}, "y"),
    ("If-Then-Else", "7", {"condition": "value!==rhs", "rhs": 7, "then": "x"}, "x"),
    ("If-Then-Else", "a", {"condition": "value in list rhs", "rhs": "b, a", "then": "x", "else": "y"}, "x"),
    ("If-Then-Else", "a", {"condition": "value not in list rhs", "rhs": "b, a", "then": "x"}, ""),
    ("If-Then-Else", "a", {"equals": "a", "then": "x", "else": "y"}, "x"),
    ("split", "a,b", {"delimiter": ","}, ["a", "b"]),
    ("split", "a", {"delimiter": ","}, "a"),
    ("splitAndTrim", "a ; b", {"delimiter": ";"}, ["a", "b"]),
    ("toLowerCase", ["A", "b"], {}, ["a", "b"]),
    ("toUpperCase", "a", {}, "A"),
    ("trim", " a ", {}, "a"),
    ("addition", "1", {"by": "2"}, 3),
    ("addition", 1.5, {"by": "2"}, 3.5),
    ("subtraction", "5", {"by": "2"}, 3),
    ("multiply", "5", {"by": "60"}, 300),
    ("FirstArrayElement", ["a", "b"], {}, "a"),
    ("FirstArrayElement", "a", {}, "a"),
    ("LastArrayElement", ["a", "b"], {}, "b"),
    ("ConvertToSingleElementArray", "a", {}, ["a"]),
    ("ConvertToSingleElementArray", ["a", "b"], {}, ["a", "b"]),
    ("SetIfEmpty", None, {"defaultValue": "d"}, "d"),
    ("SetIfEmpty", "", {"defaultValue": "d"}, "d"),
    ("SetIfEmpty", ["None"], {"defaultValue": "d"}, "d"),
    ("SetIfEmpty", "", {"defaultValue": "d", "applyIfEmpty": "false"}, ""),
    ("SetIfEmpty", None, {"defaultValue": "d", "applyIfEmpty": "false"}, "d"),
    ("SetIfEmpty", "a", {"defaultValue": "d"}, "a"),
    ("SetIfEmpty", False, {"defaultValue": "d"}, False),
    ("Stringify", {"a": 1}, {}, '{"a": 1}'),
    ("Stringify", "a", {}, "a"),
    ("StringifyArray", ["a", 1], {}, '["a", 1]'),
    ("RegexExtractAll", "SN1 and SN22", {"regex": r"SN\d+"}, ["SN1", "SN22"]),
    ("RegexExtractAll", "SN1", {"regex": r"(S)N(\d)"}, [["S", "1"]]),
    ("RegexExtractAll", "SN1", {"regex": r"(S)N(\d)", "unpack_matches": "true"}, ["S", "1"]),
    ("RegexExtractAll", "sn1", {"regex": "SN1", "ignore_case": "true"}, ["sn1"]),
    ("RegexExtractAll", None, {"regex": "a"}, []),
    ("WhereFieldEquals", [{"a": 1, "b": 2}, {"a": 3}], {"field": "a", "equalTo": 1}, {"a": 1, "b": 2}),
    ("WhereFieldEquals", [{"a": 1, "b": 2}, {"a": 1, "b": 3}], {"field": "a", "equalTo": 1, "getField": "b"}, "[2,3]"),
    (
        "WhereFieldEquals",
        [{"a": 1, "b": 2}, {"a": 1, "b": 3}],
        {"field": "a", "equalTo": 1, "getField": "b", "stringify": "false"},
        [2, 3],
    ),
]


@pytest.mark.parametrize(("name", "value", "args", "result"), TRANSFORMER_CASES, ids=repr)
def test_transformers(name: str, value: Any, args: dict[str, Any], result: Any) -> None:
    assert transform(name, value, args, no_scripts) == result


@pytest.mark.parametrize(
    ("name", "value", "args"),
    [
        ("If-Then-Else", ["a"], {"condition": "lhs==rhs"}),
        ("If-Then-Else", "a", {"condition": "lhs~rhs"}),
        ("RegexReplace", 7, {"regex": "7"}),
        ("RegexReplace", "a", {"regex": "("}),
        ("RegexReplace", "a", {"regex": "a", "output_format": r"\2"}),
        ("replaceMatch", "a", {"regex": "(?=a)", "replaceWith": ""}),
        ("replaceMatch", "a", {"regex": "(a)", "replaceWith": "$1"}),
        ("substringFrom", "a", {"from": "@"}),
        ("substringTo", "a", {"to": ""}),
        ("ParseJSON", "{", {}),
        ("ParseJSON", None, {}),
    ],
)
def test_what_a_transformer_cannot_take_fails_the_task(name: str, value: Any, args: dict[str, Any]) -> None:
    with pytest.raises(CastError):
        transform(name, value, args, no_scripts)


def test_every_transformer_is_tried_above() -> None:
    assert {case[0] for case in TRANSFORMER_CASES} | set(SCRIPT_TRANSFORMERS) == set(ARGUMENTS)


def test_every_operator_is_tried_above() -> None:
    assert {case[0] for case in OPERATOR_CASES} == set(OPERATORS)


@pytest.mark.parametrize(("name", "value"), [("toUpperCase", {"some": "object"}), ("addition", "many"), ("join", [{"a": 1}])])
def test_what_a_transformer_cannot_take(name: str, value: Any) -> None:
    with pytest.raises(CastError):
        transform(name, value, {"by": "1"}, no_scripts)


def test_an_expression_that_must_be_found() -> None:
    with pytest.raises(CastError, match="No results found"):
        transform("RegexExtractAll", "a", {"regex": "b", "error_if_no_match": "true"}, no_scripts)


@given(st.lists(st.integers() | TEXTS))
def test_uniq_keeps_every_value_once_in_the_order_of_its_first(items: list[Any]) -> None:
    once = as_list(transform("uniq", items, {}, no_scripts))
    assert once == list(dict.fromkeys(items))


@given(st.lists(st.text(alphabet="ab", min_size=1), min_size=2))
def test_split_undoes_join(items: list[str]) -> None:
    joined = transform("join", items, {"separator": ","}, no_scripts)
    assert transform("split", joined, {"delimiter": ","}, no_scripts) == items
