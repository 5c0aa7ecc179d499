"""How JavaScript compares and writes values: context keys and some of the platform's scripts are written in it."""

from __future__ import annotations

import json
from typing import Any


def text(value: Any) -> str:
    """String(value): a list is its items with commas, an object says only that it is one."""
    if isinstance(value, list):
        return ",".join(map(text, value))
    if value is None:
        return ""
    if isinstance(value, dict):
        return "[object Object]"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def truthy(value: Any) -> bool:
    """Empty arrays and objects are true."""
    return isinstance(value, (list, dict)) or bool(value)


def strictly_equal(first: Any, second: Any) -> bool:
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, (int, float)) and isinstance(second, (int, float)):
        return first == second
    return type(first) is type(second) and first == second


def loosely_equal(first: Any, second: Any) -> bool:
    """`==`: numbers equal their text, null equals what is missing."""
    if first == second:
        return True
    scalars = (str, int, float)
    if isinstance(first, scalars) and isinstance(second, scalars) and type(first) is not type(second):
        try:
            return float(first) == float(second)
        except ValueError:
            return False
    return False
