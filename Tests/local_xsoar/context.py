"""The context of an investigation: where the entries' outputs are kept for later commands.

Outputs come under keys of XSOAR's transform language (DT), such as `Absolute.Device(val.Id && val.Id == obj.Id)`:
an object for which the expression holds against a stored one (`val`) updates it, any other is added.
"""

import copy
import re
from typing import Any

from local_xsoar.dt import Expression, UnknownExpressionError, parse

__all__ = ["Context", "UnknownExpressionError"]

INDEX = re.compile(r"\[(\d+)(?::(\d+))?\]")


class Context:
    """A tree of outputs that merges as XSOAR does. One object is kept as it is, several as a list."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def merge(self, entry_context: dict[str, Any] | None) -> None:
        """Adds the EntryContext of one entry.

        Raises UnknownExpressionError, before anything is changed, when a key holds an expression that is not understood.
        """
        outputs = [(*_split_key(key), value) for key, value in (entry_context or {}).items()]
        for path, expression, value in outputs:
            self._merge_output(path, expression, copy.deepcopy(value))

    def get(self, path: str, default: Any = None) -> Any:
        """The value at `path`, as `${path}` gives it: over a list it collects, and a single hit comes without its list.

        `[2]` and `[0:2]` (both ends included) pick from a list.
        """
        found, collected = _walk(self.data, [step for step in path.split(".") if step])
        if not collected:
            return found[0] if found else default
        flat = [value for hit in found for value in (hit if isinstance(hit, list) else [hit])]
        if not flat:
            return default
        return flat[0] if len(flat) == 1 else flat

    def _merge_output(self, path: list[str], expression: Expression | None, value: Any) -> None:
        if value is None or value == []:
            return
        parent = self._parent(path)
        stored = _as_list(parent.get(path[-1]))
        for new in _as_list(value):
            matches = [old for old in stored if expression is not None and expression.holds(old, new)]
            for old in matches:
                _update(stored, old, new)
            if not matches:
                stored.append(new)
        single = len(stored) == 1 and not isinstance(stored[0], list)
        parent[path[-1]] = stored[0] if single else stored

    def _parent(self, path: list[str]) -> dict[str, Any]:
        node = self.data
        for step in path[:-1]:
            child = node.setdefault(step, {})
            if not isinstance(child, dict):
                raise ValueError(
                    f"The context cannot take {'.'.join(path)}: {step} already holds something that is not one object."
                )
            node = child
        return node


def _split_key(key: str) -> tuple[list[str], Expression | None]:
    path, parenthesis, rest = key.partition("(")
    if not parenthesis:
        return path.split("."), None
    if not rest.endswith(")"):
        raise UnknownExpressionError(f"The context key {key!r} has no closing parenthesis.")
    return path.split("."), parse(rest[:-1])


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _update(stored: list[Any], old: Any, new: Any) -> None:
    """Objects are updated key by key, one level deep; anything else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        old.update(new)
    else:
        stored[next(place for place, value in enumerate(stored) if value is old)] = new


def _walk(node: Any, steps: list[str]) -> tuple[list[Any], bool]:
    """The values that `steps` lead to, and whether a list was passed on the way."""
    if not steps:
        return [node], False
    if isinstance(node, list):
        picked, rest = _pick(node, steps)
        return [value for item in picked for value in _walk(item, rest)[0]], True
    if isinstance(node, dict) and steps[0] in node:
        return _walk(node[steps[0]], steps[1:])
    if INDEX.fullmatch(steps[0]):  # one object answers like a list of one
        return _walk([node], steps)
    return [], False


def _pick(items: list[Any], steps: list[str]) -> tuple[list[Any], list[str]]:
    index = INDEX.fullmatch(steps[0])
    if not index:
        return items, steps
    first = int(index[1])
    return items[first : int(index[2] or first) + 1], steps[1:]
