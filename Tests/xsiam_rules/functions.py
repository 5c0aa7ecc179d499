"""What expressions are worth on a row. Missing values are None, as null is in XQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import re2  # type: ignore[import]

from xsiam_rules.syntax import Call, Choice, Compare, Expression, Field, Literal, Logic, Member, XqlError

Row = Mapping[str, Any]
API_TIME = "%Y-%m-%dT%H:%M:%E*SZ"
UNITS = {"SECOND": timedelta(seconds=1), "MINUTE": timedelta(minutes=1), "HOUR": timedelta(hours=1), "DAY": timedelta(days=1)}
CONSTANTS = {
    "XDM_CONST.IDENTITY_TYPE_": ("BUILTIN", "MACHINE", "UNKNOWN", "USER", "VIRTUAL"),
    "XDM_CONST.OPERATION_TYPE_": ("AUTH_LOGIN", "CREATE", "DELETE", "READ", "STATUS_CHANGE", "UPDATE"),
    "XDM_CONST.OUTCOME_": ("FAILED", "PARTIAL", "SUCCESS", "UNKNOWN"),
}


def value(node: Expression, row: Row, now: datetime) -> Any:
    """The worth of an expression. Raises XqlError for fields that the row's stage does not have."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Field):
        return field(node.name, row)
    if isinstance(node, Member):
        parent = value(node.value, row, now)
        return scalar(parent.get(node.name)) if isinstance(parent, Mapping) else None
    if isinstance(node, Compare):
        return compare(node, row, now)
    if isinstance(node, Logic):
        return logic(node, row, now)
    assert isinstance(node, Call)
    return call(node, row, now)


def field(name: str, row: Row) -> Any:
    for group, members in CONSTANTS.items():
        if name.startswith(group):
            if name.removeprefix(group) not in members:
                raise XqlError(f"no such constant: {name}")
            return name.removeprefix(group)
    if name not in row:
        raise XqlError(f"unknown field {name}")
    return row[name]


def scalar(found: Any) -> Any:
    """json_extract_scalar gives text, and nothing for objects and arrays."""
    return None if found is None or isinstance(found, (Mapping, list)) else str(found)


def pattern(text: Any) -> Any:
    """A regular expression of XQL: RE2 syntax, upper and lower case are the same."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise XqlError(f"no regular expression of RE2: {text}: {error}") from error


def compare(node: Compare, row: Row, now: datetime) -> bool:
    left = value(node.left, row, now)
    if isinstance(node.right, Choice):
        return left is not None and folded(left) in [folded(value(each, row, now)) for each in node.right.values]
    right = value(node.right, row, now)
    if node.operator in ("=", "!="):
        return (folded(left) == folded(right)) == (node.operator == "=")
    if left is None or right is None:
        return False
    return bool(ORDERS[node.operator](left, right))


def folded(item: Any) -> Any:
    return item.casefold() if isinstance(item, str) else item


ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "~=": lambda left, right: pattern(right).search(left),
    "contains": lambda left, right: folded(right) in folded(left),
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def logic(node: Logic, row: Row, now: datetime) -> bool:
    found = (bool(value(operand, row, now)) for operand in node.operands)
    return {"and": all, "or": any, "not": lambda each: not any(each)}[node.operator](found)


# Functions ------------------------------------------------------------------------------------------------------------


def call(node: Call, row: Row, now: datetime) -> Any:
    if node.function == "if":
        return choose(node.arguments, row, now)
    if node.function == "arrayfilter":
        elements, condition = node.arguments
        return [each for each in value(elements, row, now) or [] if value(with_element(condition, each), row, now)]
    if node.function == "current_time":
        return now
    if node.function not in FUNCTIONS:
        raise XqlError(f"unknown function {node.function}")
    return FUNCTIONS[node.function](*(value(argument, row, now) for argument in node.arguments))


def choose(arguments: tuple[Expression, ...], row: Row, now: datetime) -> Any:
    """if(condition, value, condition, value, …, otherwise)"""
    pairs, rest = arguments[: len(arguments) // 2 * 2], arguments[len(arguments) // 2 * 2 :]
    for condition, outcome in zip(pairs[::2], pairs[1::2], strict=True):
        if value(condition, row, now):
            return value(outcome, row, now)
    return value(rest[0], row, now) if rest else None


def with_element(node: Expression, element: Any) -> Expression:
    """`"@element"` stands for each element of an array."""
    assert isinstance(node, Compare)
    return Compare(node.operator, Literal(element), node.right) if node.left == Literal("@element") else node


def regextract(text: Any, regex: str) -> list[str] | None:
    """All matches; of a pattern with a group, what the group holds."""
    compiled = pattern(regex)
    if compiled.groups > 1:
        raise XqlError(f"regextract takes one group: {regex}")
    return None if text is None else [match.group(compiled.groups) for match in compiled.finditer(text)]


def concat(*parts: Any) -> str | None:
    return None if None in parts else "".join(map(str, parts))


def to_string(item: Any) -> str | None:
    if isinstance(item, (Mapping, list)):
        return json.dumps(item, ensure_ascii=False)
    return None if item is None else str(item)


def to_float(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def json_extract_scalar(text: Any, path: str) -> str | None:
    """A member of an object that is written as JSON; nothing when the text is no JSON."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return scalar(found.get(path.removeprefix("$."))) if isinstance(found, dict) else None


def parse_timestamp(form: str, text: Any) -> datetime | None:
    """Only the form of the API's times."""
    if form != API_TIME:
        raise XqlError(f"unknown form of times: {form}")
    if text is None:
        return None
    whole, _, fraction = str(text).removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment + timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def timestamp_diff(later: Any, earlier: Any, unit: str) -> int | None:
    return None if later is None or earlier is None else (later - earlier) // UNITS[unit]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arraycreate": lambda *items: list(items),
    "arrayindex": lambda items, place: items[place] if items and place < len(items) else None,
    "arraystring": lambda items, between: None if items is None else between.join(items),
    "coalesce": lambda *items: next((item for item in items if item is not None), None),
    "concat": concat,
    "json_extract_scalar": json_extract_scalar,
    "parse_timestamp": parse_timestamp,
    "regextract": regextract,
    "replex": lambda text, regex, new: None if text is None else pattern(regex).sub(new, text),
    "timestamp_diff": timestamp_diff,
    "to_float": to_float,
    "to_string": to_string,
}
