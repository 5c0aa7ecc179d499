"""The context of an investigation: where the entries' outputs are kept for later commands.

Outputs come under keys of XSOAR's transform language (DT), such as `Absolute.Device(val.Id && val.Id == obj.Id)`:
an object for which the expression holds against a stored one (`val`) updates it, any other is added.
"""

import copy
import re
from typing import Any

from local_xsoar.dt import Expression, UnknownExpressionError, parse

__all__ = ["REFERENCE", "Context", "UnknownExpressionError", "as_list", "look_up"]

REFERENCE = re.compile(r"\$\{([^}]*)\}")  # stands in a text for the value at a path
INDEX = re.compile(r"\[(\d+)(?::(\d+))?\]")


class Context:
    """A tree of outputs that merges as XSOAR does. One object is kept as it is, several as a list."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def merge(self, entry_context: dict[str, Any] | None) -> None:
        """Adds the EntryContext of one entry.

        Raises UnknownExpressionError, before anything is changed, when a key holds an expression that is not understood.
        """
        outputs = [(*split_key(key), value) for key, value in (entry_context or {}).items()]
        for path, expression, value in outputs:
            self._merge_output(path.split("."), expression, copy.deepcopy(value))

    def get(self, path: str, default: Any = None) -> Any:
        """The value at `path`, as `${path}` gives it."""
        return look_up(self.data, path, default)

    def set(self, path: str, value: Any) -> None:
        """Puts `value` at `path`, in place of what was there: the server's setContext.

        Raises ValueError when the way to `path` leads over something that is not one object.
        """
        steps = path.split(".")
        self._parent(steps)[steps[-1]] = copy.deepcopy(value)

    def delete(self, path: str) -> bool:
        """Takes away what is at `path`; False when there was nothing."""
        *way, last = path.split(".")
        node = look_up(self.data, ".".join(way)) if way else self.data
        if not isinstance(node, dict) or last not in node:
            return False
        del node[last]
        return True

    def _merge_output(self, path: list[str], expression: Expression | None, value: Any) -> None:
        if value is None or value == []:
            return
        parent = self._parent(path)
        stored = as_list(parent.get(path[-1]))
        known = _Known(stored, expression)
        for new in as_list(value):
            matches = known.matching(new)
            for old in matches:
                _update(stored, old, new)
            if not matches:
                stored.append(new)
                known.add(new)
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


def look_up(tree: Any, path: str, default: Any = None) -> Any:
    """The value at `path` below `tree`: over a list it collects, and a single hit comes without its list.

    `[2]` and `[0:2]` (both ends included) pick from a list.
    """
    found, collected = _walk(tree, [step for step in path.split(".") if step])
    if not collected:
        return found[0] if found else default
    flat = [value for hit in found for value in (hit if isinstance(hit, list) else [hit])]
    if not flat:
        return default
    return flat[0] if len(flat) == 1 else flat


class _Known:
    """Finds the stored objects that a new one updates. Thousands are looked up by their keys instead of compared in turn."""

    def __init__(self, stored: list[Any], expression: Expression | None) -> None:
        self._stored = stored
        self._expression = expression
        self._by_key: dict[tuple[str, ...], list[Any]] = {}
        self._others: list[Any] = []
        for old in stored:
            self.add(old)

    def add(self, value: Any) -> None:
        key = self._key(value)
        if key is None:
            self._others.append(value)
        else:
            self._by_key.setdefault(key, []).append(value)

    def matching(self, new: Any) -> list[Any]:
        if self._expression is None:
            return []
        key = self._key(new)
        candidates = self._stored if key is None else [*self._by_key.get(key, ()), *self._others]
        return [old for old in candidates if self._expression.holds(old, new)]

    def _key(self, value: Any) -> tuple[str, ...] | None:
        """The texts of the key fields; None when they cannot be looked up (`==` lets a number equal its text)."""
        names = self._expression.keys if self._expression else ()
        found = [value.get(name) if isinstance(value, dict) else None for name in names]
        texts = tuple(part for part in found if isinstance(part, str) and part)
        return texts if texts and len(texts) == len(found) else None


def split_key(key: str) -> tuple[str, Expression | None]:
    """The path in a context key, and its expression if it has one. Raises UnknownExpressionError."""
    path, parenthesis, rest = key.partition("(")
    if not parenthesis:
        return path, None
    if not rest.endswith(")"):
        raise UnknownExpressionError(f"The context key {key!r} has no closing parenthesis.")
    return path, parse(rest[:-1])


def as_list(value: Any) -> list[Any]:
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
