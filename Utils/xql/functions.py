"""What expressions are worth on a row. Missing values are None, as null is in XQL.

Where the platform's answer hangs on a setting of the tenant (`case_sensitive`) or is documented nowhere (what null is not
equal to), XqlError is raised: the pack's XQL has to say what it means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

import re2  # type: ignore[import]

from xql.syntax import Call, Choice, Compare, Expression, Field, Literal, Logic, Member, XqlError

Row = Mapping[str, Any]
API_TIME = "%Y-%m-%dT%H:%M:%E*SZ"
UNITS = {"SECOND": timedelta(seconds=1), "MINUTE": timedelta(minutes=1), "HOUR": timedelta(hours=1), "DAY": timedelta(days=1)}
NULL_IS_NOT = "what null is not equal to is documented nowhere: test for null before"
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
    if name in row:
        return row[name]
    for group, members in CONSTANTS.items():
        if name.startswith(group):
            if name.removeprefix(group) not in members:
                raise XqlError(f"no such constant: {name}")
            return name.removeprefix(group)
    raise XqlError(f"unknown field {name}")


def scalar(found: Any) -> Any:
    """json_extract_scalar gives text, and nothing for objects and arrays."""
    return None if found is None or isinstance(found, (Mapping, list)) else str(found)


@cache
def pattern(regex: str, case_sensitive: bool) -> Any:
    """A regular expression of XQL, which is RE2's."""
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    try:
        return re2.compile(regex, options)
    except re2.error as error:
        raise XqlError(f"no regular expression of RE2: {regex}: {error}") from error


def in_any_case(regex: str, use: Callable[[Any], Any]) -> Any:
    """What `use` makes of the regular expression. Raises XqlError if upper and lower case make a difference."""
    strict, folding = (use(pattern(regex, case_sensitive)) for case_sensitive in (True, False))
    if strict != folding:
        raise XqlError(f"hangs on the tenant's case_sensitive, write (?i): {regex}")
    return strict


def compare(node: Compare, row: Row, now: datetime) -> bool | None:
    """None when it is not known, because one side is null."""
    left = value(node.left, row, now)
    if isinstance(node.right, Choice):
        matches = [equal(left, value(each, row, now)) for each in node.right.values]
        return None if left is None else True in matches
    right = value(node.right, row, now)
    if node.right == Literal(None):
        return (left is None) == (node.operator == "=")
    if left is None or right is None:
        if node.operator == "!=":
            raise XqlError(NULL_IS_NOT)
        return None
    return bool(OPERATORS[node.operator](left, right))


def equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str) and left != right and left.casefold() == right.casefold():
        raise XqlError(f"hangs on the tenant's case_sensitive: {left} and {right}")
    return bool(left == right)


def contains(left: str, right: str) -> bool:
    if (right in left) != (right.casefold() in left.casefold()):
        raise XqlError(f"hangs on the tenant's case_sensitive: {right} in {left}")
    return right in left


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "~=": lambda left, right: in_any_case(right, lambda regex: bool(regex.search(left))),
    "contains": contains,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def logic(node: Logic, row: Row, now: datetime) -> bool:
    if node.operator == "not":
        (found,) = (value(operand, row, now) for operand in node.operands)
        if found is None:
            raise XqlError(NULL_IS_NOT)
        return not found
    parts = (bool(value(operand, row, now)) for operand in node.operands)
    return {"and": all, "or": any}[node.operator](parts)


# Functions ------------------------------------------------------------------------------------------------------------


def call(node: Call, row: Row, now: datetime) -> Any:
    if node.function == "if":
        return choose(node.arguments, row, now)
    if node.function in ("arrayfilter", "arraymap"):
        elements, what = node.arguments
        found = value(elements, row, now)
        made = [(each, value(with_element(what, each), row, now)) for each in found or []]
        if node.function == "arraymap":
            return None if found is None else [new for _, new in made]
        return [each for each, holds in made if holds]
    if node.function in ("current_time", "time_frame_end"):  # the same for a window that ends now, as that of a rule does
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
    """`"@element"` stands for each element of an array, wherever it is."""
    if node == Literal("@element"):
        return Literal(element)
    if isinstance(node, Compare):
        return Compare(node.operator, with_element(node.left, element), node.right)
    if isinstance(node, Call):
        return Call(node.function, tuple(with_element(argument, element) for argument in node.arguments))
    return node


def regextract(text: Any, regex: str) -> list[str] | None:
    """All matches; of a pattern with a group, what the group holds."""
    groups = pattern(regex, True).groups
    if groups > 1:
        raise XqlError(f"regextract takes one group: {regex}")
    if text is None:
        return None
    found: list[str] = in_any_case(regex, lambda compiled: [match.group(groups) for match in compiled.finditer(text)])
    return found


def to_string(item: Any) -> str | None:
    if isinstance(item, (Mapping, list)):
        return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
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


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "arraycreate": lambda *items: list(items),
    "arrayindex": lambda items, place: items[place] if items and place < len(items) else None,
    "arrayrange": lambda items, start, end: None if items is None else items[start:end],
    "arraystring": lambda items, between: None if items is None else between.join(items),
    "coalesce": lambda *items: next((item for item in items if item is not None), None),
    "concat": lambda *parts: None if None in parts else "".join(map(str, parts)),
    "json_extract_scalar": json_extract_scalar,
    "parse_timestamp": parse_timestamp,
    "regextract": regextract,
    "replex": lambda text, regex, new: None if text is None else in_any_case(regex, lambda compiled: compiled.sub(new, text)),
    "split": lambda text, delimiter: None if text is None else text.split(delimiter),
    "timestamp_diff": lambda later, earlier, unit: None if None in (later, earlier) else (later - earlier) // UNITS[unit],
    "to_float": to_float,
    "to_string": to_string,
}
# With those that `call` does itself.
CALLABLE = {*FUNCTIONS, "arrayfilter", "arraymap", "current_time", "if", "time_frame_end"}
