"""Reads the values and comparisons of a playbook's YAML, whose scalars are all texts. What is not known is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from local_xsoar.context import REFERENCE
from local_xsoar.playbooks.filters import OPERATORS
from local_xsoar.playbooks.model import Comparison, Complex, Criteria, Operand, Text, Transformer, Value
from local_xsoar.playbooks.paths import WHOLE, is_known
from local_xsoar.playbooks.transformers import ARGUMENTS

Raw = dict[str, Any]


class RefusalError(Exception):
    """Something that the local XSOAR does not run; the text names it."""


def only(raw: Raw, known: Iterable[str], what: str) -> None:
    unknown = sorted(raw.keys() - set(known))
    if unknown:
        raise RefusalError(f"the local XSOAR does not understand {what}'s key {', '.join(unknown)}.")


def listed(raw: Raw, key: str) -> list[Any]:
    return raw.get(key) or []


def flag(raw: Raw, key: str) -> bool:
    value = raw.get(key) or "false"
    if value not in ("true", "false"):
        raise RefusalError(f"{key} is {value!r}, neither true nor false.")
    return bool(value == "true")


def number(raw: Raw, key: str) -> int:
    value = raw.get(key) or "0"
    if not re.fullmatch(r"\d+", value):
        raise RefusalError(f"{key} is {value!r}, not a number.")
    return int(value)


def read_value(raw: Any) -> Value | None:
    """A value, None for one that is left empty."""
    if not raw or raw == "null":
        return None
    if not isinstance(raw, dict):
        raise RefusalError(f"{raw!r} is neither simple nor complex.")
    only(raw, ("simple", "complex"), "a value")
    return _complex(raw["complex"]) if "complex" in raw else read_text(raw["simple"])


def read_text(text: str) -> Text:
    for path in REFERENCE.findall(text):
        checked_path(path)
    return Text(text)


def checked_path(path: str) -> str:
    if not is_known(path):
        raise RefusalError(f"the local XSOAR does not understand the path {path!r}.")
    return path


def _complex(raw: Raw) -> Complex:
    only(raw, ("root", "filters", "accessor", "transformers"), "a complex value")
    return Complex(
        root=WHOLE if raw["root"] == WHOLE else checked_path(REFERENCE.sub(r"\1", raw["root"])),
        filters=read_criteria(listed(raw, "filters")),
        accessor=checked_path(raw["accessor"]) if raw.get("accessor") else "",
        transformers=tuple(_transformer(one) for one in listed(raw, "transformers")),
    )


def _transformer(raw: Raw) -> Transformer:
    only(raw, ("operator", "args"), "a transformer")
    operator, args = raw["operator"], raw.get("args") or {}
    if operator not in ARGUMENTS:
        raise RefusalError(f"the local XSOAR has no transformer {operator}.")
    given = {name: operand for name, arg in args.items() if (operand := _operand(arg)).value is not None}
    only(given, ARGUMENTS[operator], f"the transformer {operator}")
    return Transformer(operator, given)


def read_criteria(raw: list[list[Raw]]) -> Criteria:
    return tuple(tuple(_comparison(one) for one in alternatives) for alternatives in raw)


def _comparison(raw: Raw) -> Comparison:
    only(raw, ("operator", "left", "right", "ignorecase"), "a comparison")
    operator = raw["operator"]
    if operator not in OPERATORS:
        raise RefusalError(f"the local XSOAR has no operator {operator}.")
    right = _operand(raw.get("right"))
    if OPERATORS[operator].needs_right and right.value is None:
        raise RefusalError(f"{operator} has nothing on its right.")
    return Comparison(operator, _operand(raw["left"]), right, flag(raw, "ignorecase"))


def _operand(raw: Any) -> Operand:
    if not raw:
        return Operand(None)
    only(raw, ("value", "iscontext"), "an operand")
    value, is_context = read_value(raw.get("value")), flag(raw, "iscontext")
    is_path = is_context and isinstance(value, Text) and not REFERENCE.search(value.text)
    if is_path and isinstance(value, Text):
        checked_path(value.text)
    return Operand(value, is_path)
