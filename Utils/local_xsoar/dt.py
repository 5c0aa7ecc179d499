"""The part of XSOAR's transform language (DT) that context keys are written in.

An expression compares a stored object, `val`, with a new one, `obj`, as JavaScript would:
`val.Id && val.Id == obj.Id`, `val.MD5 && val.MD5 == obj.MD5 || val.SHA1 == obj.SHA1`, `true`, `val.Type == 'x'`.
Anything beyond that is refused by name rather than guessed.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from local_xsoar.javascript import loosely_equal, strictly_equal, truthy

Operand = Callable[[Any, Any], Any]

REFERENCE = re.compile(r"(val|obj)((?:\.[\w-]+|\[\d+\])*)")
COMPARISON = re.compile(r"\s*(===|==|!==|!=)\s*")
QUOTED_OR = re.compile(r"""'[^']*'|"[^"]*"|(\|\||&&)""")
KEY = re.compile(r"val\.(\w+) && val\.\1 == obj\.\1")
EQUAL_KEYS = re.compile(rf"{KEY.pattern}(?: && val\.(\w+) && val\.\2 == obj\.\2)?")
LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}


class UnknownExpressionError(ValueError):
    """A context key holds a DT expression that the local XSOAR does not understand."""


@dataclass(frozen=True)
class Expression:
    """Alternatives (`||`) of conditions that hold together (`&&`)."""

    alternatives: tuple[tuple[Operand, ...], ...]
    keys: tuple[str, ...] = ()
    """The fields that must be equal, when that is all the expression says: such objects can be looked up."""

    def holds(self, val: Any, obj: Any) -> bool:
        return any(all(truthy(condition(val, obj)) for condition in conditions) for conditions in self.alternatives)


@lru_cache(maxsize=256)
def parse(text: str) -> Expression:
    """The expression in `text`. Raises UnknownExpressionError with the part that is not understood."""
    alternatives = tuple(tuple(_condition(part) for part in _split(alternative, "&&")) for alternative in _split(text, "||"))
    return Expression(alternatives, tuple(KEY.findall(text)) if EQUAL_KEYS.fullmatch(text) else ())


def _split(text: str, operator: str) -> list[str]:
    """Splits at an operator that stands outside quotes."""
    cuts = [match.span() for match in QUOTED_OR.finditer(text) if match[1] == operator]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _condition(text: str) -> Operand:
    left, operator, right = [*COMPARISON.split(text, maxsplit=1), "", ""][:3]
    if not operator:
        return _operand(left)
    first, second = _operand(left), _operand(right)
    equal = strictly_equal if len(operator) == 3 else loosely_equal
    wanted = operator.startswith("==")
    return lambda val, obj: equal(first(val, obj), second(val, obj)) is wanted


def _operand(text: str) -> Operand:
    reference = REFERENCE.fullmatch(text)
    if reference:
        steps = re.findall(r"[\w-]+", reference[2])
        if reference[1] == "val":
            return lambda val, _obj: _follow(val, steps)
        return lambda _val, obj: _follow(obj, steps)
    literal = _literal(text)
    return lambda _val, _obj: literal


def _literal(text: str) -> Any:
    if text in LITERALS:
        return LITERALS[text]
    if re.fullmatch(r"""'[^']*'|"[^"]*\"""", text):
        return text[1:-1]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return json.loads(text)
    raise UnknownExpressionError(f"The local XSOAR does not understand {text!r} in a context key.")


def _follow(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
