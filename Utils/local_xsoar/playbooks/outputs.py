"""What a sub-playbook with a private context gives back: its declared outputs, and nothing else."""

from __future__ import annotations

from typing import Any

from local_xsoar.context import Context, as_list, look_up, split_key

Steps = list[str]


def copy_outputs(outputs: tuple[str, ...], source: Context, target: Context) -> None:
    """Adds the values of the outputs to what is there already; a value that is there is not added again.

    An output may say which stored object a value updates, as a context key does: `A.B(val.Id == obj.Id)`. Without that
    values which belong to one object stay together: of `A.B.C` and `A.B.D` the objects at `A.B` are copied, with C and D.
    """
    members: dict[str, list[Steps]] = {}
    for output in outputs:
        path, expression = split_key(output)
        if expression:
            target.merge({output: look_up(source.data, path)})
        else:
            place, below = _place(path.split("."), source)
            members.setdefault(place, []).append(below)
    for place, wanted in members.items():
        found = as_list(look_up(source.data, place))
        _add(target, place, found if [] in wanted else [_part(item, wanted) for item in found])


def _place(steps: Steps, source: Context) -> tuple[str, Steps]:
    """Where the object is that an output belongs to, and the way from there: `A.B` below a vendor's name, or `A`."""
    size = 1 if _is_object(source.data.get(steps[0])) else 2
    return ".".join(steps[:size]), steps[size:]


def _is_object(value: Any) -> bool:
    """Several of a kind, or one; a vendor's name is a key that only holds such."""
    return isinstance(value, list) or (isinstance(value, dict) and not any(map(_holds_objects, value.values())))


def _holds_objects(value: Any) -> bool:
    return any(isinstance(item, dict) for item in as_list(value))


def _part(item: Any, wanted: list[Steps]) -> Any:
    """`item` with nothing but what the ways in `wanted` lead to."""
    if [] in wanted:
        return item
    if isinstance(item, list):
        return [_part(one, wanted) for one in item]
    if not isinstance(item, dict):
        return None
    ways: dict[str, list[Steps]] = {}
    for first, *rest in wanted:
        ways.setdefault(first, []).append(rest)
    return {name: _part(item[name], rest) for name, rest in ways.items() if name in item}


def _add(target: Context, path: str, values: list[Any]) -> None:
    known = as_list(look_up(target.data, path))
    new = [value for place, value in enumerate(values) if value not in known and value not in values[:place]]
    target.merge({path: new})
