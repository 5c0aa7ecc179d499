"""The document's schemas as JSON Schema, made as strict as its words.

OpenAPI 3.0 builds on JSON Schema draft 4. Three things that the document says in another form are made part of the schemas:
an object has the members that are listed and no other; a text whose description lists its values has one of them; and
"Between 1 and 4000 characters" is a length.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft4Validator, FormatChecker, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

BASE = "urn:openapi"
LISTED_VALUE = re.compile(r"; `([^`]+)`")
LENGTH = re.compile(r"Between (\d+) and (\d+) characters")
# Members whose descriptions list something else than their values, by schema and member.
OTHER_LISTS = {
    "Display.resolution": "the two members that it is made of",
    "DeviceFreezeActionFrameworkInfoStatusExtra.key": "an example",
    "DfzActionStatus.messageKey": 'examples, after "such as"',
}


class Schemas:
    """Checks values against schemas that are named by their place in the document, such as "#/components/schemas/Cpu"."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._registry = Registry().with_resource(BASE, DRAFT4.create_resource(strict(document)))
        self._validator = validators.extend(Draft4Validator, {"items": self._items})
        self._valid: dict[tuple[int, str], Any] = {}  # with their schemas: what lives keeps its id

    def problems(self, place: str, value: Any) -> list[str]:
        """What is wrong with the value, each with the path to it; empty when it is valid."""
        return self.problems_of({"$ref": BASE + place}, value)

    def problems_of(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """As `problems`, for a schema that is not part of the document."""
        validator = self._validator(schema, registry=self._registry, format_checker=FORMATS)
        return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(value))

    def _items(self, validator: Any, items: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        """Elements of an array. Lists have the same rows again and again: what was valid once is not looked at twice."""
        for place, element in enumerate(value if validator.is_type(value, "array") else ()):
            known = (id(items), json.dumps(element))
            if known not in self._valid:
                wrong = list(validator.descend(element, items, path=place))
                yield from wrong
                self._valid |= {} if wrong else {known: items}

    def members(self, place: str) -> list[str]:
        """The names of the members that an object at this place has."""
        schema = self._registry.resolver(BASE).lookup(BASE + place).contents
        return self.members(schema["$ref"]) if "$ref" in schema else [*schema.get("properties", ())]


# Strictness -----------------------------------------------------------------------------------------------------------


def strict(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the document whose schemas are closed and have the values and lengths that their descriptions give."""
    copy: dict[str, Any] = closed(document)
    for name, schema in copy["components"]["schemas"].items():
        for member, rules in schema.get("properties", {}).items():
            if f"{name}.{member}" not in OTHER_LISTS:
                rules.update(described(rules))
    return copy


def closed(part: Any) -> Any:
    """A copy in which each schema with members takes no other members, unless it says which it takes."""
    if isinstance(part, list):
        return [closed(inner) for inner in part]
    if not isinstance(part, Mapping):
        return part
    copy = {name: closed(inner) for name, inner in part.items()}
    if part.get("type") == "object" and "properties" in part:
        copy.setdefault("additionalProperties", False)
    return copy


def described(rules: Mapping[str, Any]) -> dict[str, Any]:
    """What the description of a text says of its values and its length, where its schema does not."""
    text = str(rules.get("description", ""))
    values, length = LISTED_VALUE.findall(text), LENGTH.search(text)
    if rules.get("type") != "string":
        return {}
    return {
        **({"enum": values} if values and "enum" not in rules else {}),
        **({"minLength": int(length.group(1)), "maxLength": int(length.group(2))} if length else {}),
    }


# Formats --------------------------------------------------------------------------------------------------------------

FORMATS = FormatChecker(formats=())


def text_format(*names: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    """Register a check of texts for the formats; what is no text is the business of `type`."""

    def register(check: Callable[[str], bool]) -> Callable[[str], bool]:
        for name in names:
            FORMATS.checks(name, raises=ValueError)(lambda value: not isinstance(value, str) or check(value))
        return check

    return register


@text_format("uuid", "UUID")
def is_uuid(text: str) -> bool:
    return str(uuid.UUID(text)) == text.lower()


@text_format("date-time")
def is_date_time(text: str) -> bool:
    """RFC 3339 section 5.6."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-][01]\d:[0-5]\d)", text)
    return bool(found and datetime.strptime(found.group(1) + "Z", "%Y-%m-%dT%H:%M:%SZ"))  # noqa: DTZ007


@text_format("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
def is_exact_date_time(text: str) -> bool:
    """The one form of dates in query strings."""
    return bool(re.fullmatch(r".{19}\.\d{3}Z", text)) and is_date_time(text)


@text_format("key:order")
def is_sort_key(text: str) -> bool:
    return bool(re.fullmatch(r"\w+(:(asc|desc))?", text))


@text_format("key1:order1,key2:order2...")
def are_sort_keys(text: str) -> bool:
    return bool(re.fullmatch(r"\w+(:(asc|desc))?(,\w+(:(asc|desc))?)*", text))


def _whole_number(bits: int) -> Callable[[Any], bool]:
    return lambda value: not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


FORMATS.checks("int32")(_whole_number(32))
FORMATS.checks("int64")(_whole_number(64))
