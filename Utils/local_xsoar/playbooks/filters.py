"""The operators of conditions and filters.

Rules from "Filter Operators" in the Cortex XSOAR Administrator Guide: an operator for single values holds for a list if it
holds for one item; one for lists takes a single value as a list of one; a value that cannot be cast to the operator's
type fails the task.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import contains, eq, ge, gt, le, lt
from typing import Any

import re2  # type: ignore[import]

from local_xsoar.context import as_list
from local_xsoar.moments import read_moment

Test = Callable[[Any, Any], bool]


class CastError(ValueError):
    """A value that an operator or a transformer cannot take; it fails the task."""


@dataclass(frozen=True)
class Operator:
    """`holds(left, right)`; the casts are made before. `each`: tried on every item of a list on the left."""

    holds: Test
    cast: Callable[[Any], Any]
    each: bool = True
    needs_right: bool = True


def holds(name: str, left: Any, right: Any, ignore_case: bool = False) -> bool:
    """Raises CastError, and KeyError for an operator that is not known."""
    operator = OPERATORS[name]
    fold = _fold if ignore_case else _same
    second = fold(operator.cast(right)) if operator.needs_right else None
    if not operator.each:
        return operator.holds(fold(operator.cast(left)), second)
    candidates = left if isinstance(left, list) else [left]
    return any(operator.holds(fold(operator.cast(item)), second) for item in candidates)


def as_text(value: Any) -> str | None:
    """Raises CastError for what is not one plain value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise CastError(f"{value!r} is not a text.")
    return None if value is None else str(value)


def as_number(value: Any) -> float | None:
    """Raises CastError for what is not a number."""
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise CastError(f"{value!r} is not a number.") from None


def as_time(value: Any) -> datetime | None:
    """Raises CastError for what is not a date."""
    if value is None or value == "":
        return None
    found = read_moment(value) if isinstance(value, str) else None
    if found is None:
        raise CastError(f"{value!r} is not a date.")
    return found


def as_boolean(value: Any) -> bool | None:
    """Raises CastError for what is neither true nor false."""
    if value is None or isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in ("true", "false", ""):
        raise CastError(f"{value!r} is neither true nor false.")
    return text == "true" if text else None


def go_regex(text: str) -> Any:
    """A regular expression of Go, whose syntax is RE2's. Raises CastError."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise CastError(f"{text!r} is no regular expression of Go: {error.args[0]!r}.") from None


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _same(value: Any) -> Any:
    return value


def _fold(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return [_fold(item) for item in value] if isinstance(value, list) else value


def _texts(value: Any) -> list[str | None]:
    """The right side of "in list": a list, or a text with commas."""
    items = value.split(",") if isinstance(value, str) else as_list(value)
    return [text.strip() if (text := as_text(item)) else text for item in items]


def _text_test(test: Callable[[str, str], bool]) -> Test:
    return lambda left, right: left is not None and test(left, right or "")


def _number_test(test: Callable[[float, float], bool]) -> Test:
    return lambda left, right: left is not None and right is not None and test(left, right)


def _one(value: Any) -> Any:
    """The right side of "contains": what several values there would mean is not documented, so they are refused."""
    if isinstance(value, list) and len(value) > 1:
        raise CastError(f"A list cannot be looked for: {value!r}.")
    return value[0] if isinstance(value, list) and value else value


def _contains_one(left: Any, right: Any) -> bool:
    """The script StringContainsArray: the text has one of the texts within it; empty ones do not count."""
    if isinstance(left, list):
        raise CastError(f"What StringContainsArray makes of a list is not documented: {left!r}.")
    text = as_text(left)
    return bool(text) and any(part and as_text(part) in text for part in as_list(right))  # type: ignore[operator]


def _has_length(left: str | None, right: str | None) -> bool:
    length = as_number(right)
    return left is not None and length is not None and len(left) == length


def _holds_item(whole: Any, part: Any) -> bool:
    """ "Contains" and "in": a list has the item, a text has the text within it."""
    if isinstance(whole, str):
        return part is not None and (as_text(part) or "") in whole
    return part in as_list(whole)


def _pair(name: str, opposite: str, operator: Operator) -> dict[str, Operator]:
    """An operator, and the one that holds where it does not."""
    return {name: operator, opposite: replace(operator, holds=lambda left, right: not operator.holds(left, right))}


OPERATORS: dict[str, Operator] = {
    # text
    **_pair("isEqualString", "isNotEqualString", Operator(lambda left, right: (left or "") == (right or ""), as_text)),
    **_pair("containsString", "notContainsString", Operator(_text_test(contains), as_text)),
    **_pair("startWith", "notStartWith", Operator(_text_test(str.startswith), as_text)),
    **_pair("endWith", "notEndWith", Operator(_text_test(str.endswith), as_text)),
    "match": Operator(_text_test(lambda left, right: go_regex(right).search(left) is not None), as_text),
    "stringHasLength": Operator(_has_length, as_text),
    "StringContainsArray": Operator(_contains_one, _same, each=False),
    **_pair("inList", "notInList", Operator(lambda left, right: as_text(left) in _texts(right), _same)),
    # number
    **_pair("isEqualNumber", "isNotEqualNumber", Operator(_number_test(eq), as_number)),
    "greaterThan": Operator(_number_test(gt), as_number),
    "greaterThanOrEqual": Operator(_number_test(ge), as_number),
    "lessThan": Operator(_number_test(lt), as_number),
    "lessThanOrEqual": Operator(_number_test(le), as_number),
    # date
    "isAfter": Operator(_number_test(gt), as_time),
    "isBefore": Operator(_number_test(lt), as_time),
    # boolean
    "isTrue": Operator(lambda left, _right: left is True, as_boolean, needs_right=False),
    "isFalse": Operator(lambda left, _right: left is False, as_boolean, needs_right=False),
    # general
    **_pair("isExists", "isNotExists", Operator(lambda left, _: left is not None, _same, each=False, needs_right=False)),
    **_pair("isEmpty", "isNotEmpty", Operator(lambda left, _: is_empty(left), _same, each=False, needs_right=False)),
    **_pair(
        "containsGeneral", "notContainsGeneral", Operator(lambda left, right: _holds_item(left, _one(right)), _same, each=False)
    ),
    **_pair("in", "notIn", Operator(lambda left, right: _holds_item(right, left), _same)),
}
