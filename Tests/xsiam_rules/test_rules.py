"""The parsing and the modeling rule as files: readable, complete, and with names that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from pack_files import read_item
from xql.content import DATASET, MODELING_RULE, PARSING_RULE, SCHEMA, Rule, rule
from xql.pipeline import DATASET_FIELDS
from xql.syntax import Call, Field, Literal, assignment, expression, split, words
from xql.xdm import ARRAYS, FIELDS

# The members of an event of GET /reporting/siem-events.
API_FIELDS = {"id", "eventType", "verb", "objectProperties"} | {
    f"{side}{part}" for side in ("actorD", "objectD", "secondaryObjectD") for part in ("isplayName", "isplayId")
}
API_FIELDS |= {"actorObjectType", "objectObjectType", "secondaryObjectType"}
# The property names that public clients have met.
PROPERTIES = {"IpAddress", "BrowserAgent", "UserName", "Latitude", "Longitude", "City", "CountryName"} | {
    f"DeviceSystemInformationUpdated.{name}" for name in ("LocalIpAddr", "LocalIpV6Addr", "PublicIpAddr", "PublicIpV6Addr")
}


def nodes(node: Any) -> Iterator[Any]:
    """An expression and everything in it."""
    yield node
    if is_dataclass(node):
        for each in fields(node):
            yield from nodes(getattr(node, each.name))
    elif isinstance(node, tuple):
        for part in node:
            yield from nodes(part)


def stages(found: Rule) -> Iterator[tuple[int, str, list[tuple[str, Any]]]]:
    """Statement number, stage, and what it assigns; the condition of a filter has no name."""
    for number, statement in enumerate(found.statements):
        for stage in split(statement, "|"):
            name, rest = stage[0].text, stage[1:]
            yield number, name, [("", expression(rest))] if name == "filter" else list(map(assignment, split(rest, ",")))


MODEL = list(stages(rule(MODELING_RULE)))
ASSIGNED = [(number, target, node) for number, name, targets in MODEL for target, node in targets if name == "alter"]


def test_headers_name_the_dataset_that_the_integration_writes_to() -> None:
    assert words(rule(MODELING_RULE).header) == f"MODEL : dataset = {DATASET}"
    header = words(rule(PARSING_RULE).header)
    assert 'vendor = "absolute" , product = "secure_endpoint"' in header
    assert f'target_dataset = "{DATASET}"' in header
    assert "no_hit = keep" in header


def test_until_8_14_the_model_is_the_same_without_the_fields_of_identities() -> None:
    """They came with 8.15, and no version takes both rules. Change the later one, and copy it without their lines."""
    older = MODELING_RULE.parents[1] / "Absolute_to_8_14"
    lines = MODELING_RULE.read_text("utf-8").splitlines()
    assert (older / "Absolute_to_8_14.xif").read_text("utf-8").splitlines() == [
        each for each in lines if ".identity." not in each
    ]
    assert read_item(older / "Absolute_to_8_14_schema.json")[DATASET] == SCHEMA
    versions = {"fromversion": "8.4.0", "toversion": "8.14.0"}
    manifest = read_item(MODELING_RULE.with_suffix(".yml"))
    assert read_item(older / "Absolute_to_8_14.yml") == {**manifest, **versions}
    assert manifest["fromversion"] == "8.15.0"


def test_every_target_is_a_field_of_the_data_model() -> None:
    targets = {target for _, target, _ in ASSIGNED if not target.startswith("tmp_")}
    assert targets <= FIELDS, targets - FIELDS


@pytest.mark.parametrize("number", range(3))
def test_no_field_is_set_twice_and_each_helper_is_used_later(number: int) -> None:
    targets = [target for statement, target, _ in ASSIGNED if statement == number]
    assert len(targets) == len(set(targets))
    used = {
        node.name for statement, _, value in ASSIGNED if statement == number for node in nodes(value) if isinstance(node, Field)
    }
    assert {target for target in targets if target.startswith("tmp_")} <= used


def test_the_schema_has_exactly_the_fields_that_are_read() -> None:
    read = {node.name for _, _, targets in MODEL for _, value in targets for node in nodes(value) if isinstance(node, Field)}
    raw = {name for name in read if not name.startswith(("tmp_", "XDM_CONST."))}
    assert raw == set(SCHEMA)
    assert raw >= API_FIELDS


def test_the_parsing_rule_reads_fields_that_events_have() -> None:
    ((_, _, ((_, condition),)), (_, _, targets)) = stages(rule(PARSING_RULE))
    read = {
        node.name for value in (condition, *(value for _, value in targets)) for node in nodes(value) if isinstance(node, Field)
    }
    assert read <= {*SCHEMA, *DATASET_FIELDS}


def test_arrays_go_to_fields_that_are_arrays() -> None:
    """`regextract` and `arraycreate` give arrays, and so do helpers named `…_list`; `arrayindex` gives one value."""
    for _, target, value in ASSIGNED:
        top = value.arguments[1] if isinstance(value, Call) and value.function == "if" else value
        gives_array = isinstance(top, Call) and top.function in ("regextract", "arraycreate")
        gives_array |= isinstance(top, Field) and top.name.endswith("_list")
        assert gives_array == (target in ARRAYS or target.endswith("_list")), target


def test_times_become_texts_before_they_are_joined() -> None:
    """A column may hold them as timestamps, which `concat` does not take."""
    times = {name for name, column in SCHEMA.items() if column["type"] == "datetime"}
    assert times
    for _, target, value in ASSIGNED:
        joined = [node for node in nodes(value) if isinstance(node, Call) and node.function in ("concat", "coalesce")]
        assert not {each.name for node in joined for each in node.arguments if isinstance(each, Field)} & times, target


def test_each_known_property_is_read_from_the_object_and_from_the_text() -> None:
    """All expressions are the same but for the name: a slip in one of them is seen."""
    text = MODELING_RULE.read_text("utf-8")
    read = re.findall(r"coalesce\(newValues -> (\w+), (arrayindex\(.*)\)", text)
    shapes = set()
    for key, rest in read:
        (name,) = {each for each in PROPERTIES if each.replace(".", "_") == key}
        named = f'"^{name.replace(".", "[._]")}\\s*;"'
        assert rest.count(named) == 1
        shapes.add(rest.replace(named, "NAME"))
    assert {key for key, _ in read} == {name.replace(".", "_") for name in PROPERTIES}
    assert len(shapes) == 1


def test_outcomes_and_types_are_constants() -> None:
    """A quoted text in a field that has an enumeration would be dropped on the platform."""
    for _, target, value in ASSIGNED:
        if target.rpartition(".")[2] in ("outcome", "operation"):
            assert isinstance(value, Call)
            assert value.function == "if"
            for outcome in value.arguments[1::2]:
                assert not isinstance(outcome, Literal), target
                assert outcome.name.startswith("XDM_CONST."), target
