"""Writes the positions of a layout into the `view` texts of a playbook's YAML, and touches no other byte."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .layout import LEFT, TOP, Layout

NUMBER = r"-?\d+(?:\.\d+)?"


class ViewError(Exception):
    """A `view` is missing or has another form than the platform's; the text names it."""


def with_positions(text: str, layout: Layout) -> str:
    """The YAML `text` of the playbook with the positions of `layout`. Raises ViewError."""
    playbook = _children(yaml.compose(text, Loader=yaml.CSafeLoader))
    paper = {"x": LEFT, "y": TOP, "width": layout.width, "height": layout.height}
    changes = [(_view("the playbook", playbook), "dimensions", paper)]
    for task, node in _children(playbook["tasks"]).items():
        box = layout.boxes[task]
        changes.append((_view(f"task {task}", _children(node)), "position", {"x": box.x, "y": box.y}))
    for view, name, numbers in sorted(changes, key=lambda change: -change[0].start_mark.index):
        begin, end = view.start_mark.index, view.end_mark.index
        text = text[:begin] + _with_numbers(text[begin:end], name, numbers) + text[end:]
    return text


def _children(node: Any) -> dict[str, Any]:
    return {key.value: value for key, value in node.value}


def _view(name: str, children: dict[str, Any]) -> Any:
    if "view" not in children:
        raise ViewError(f"{name} has no view")
    return children["view"]


def _with_numbers(view: str, name: str, numbers: dict[str, int]) -> str:
    """`view` with other numbers in its object `name`."""
    found = re.search(rf'"{name}"\s*:\s*\{{[^{{}}]*\}}', view)
    if not found:
        raise ViewError(f"a view has no {name}: {view}")
    part = found[0]
    for key, number in numbers.items():
        part, count = re.subn(rf'("{key}"\s*:\s*){NUMBER}', rf"\g<1>{number}", part)
        if count != 1:
            raise ViewError(f"a view has no {key} in its {name}: {view}")
    return view[: found.start()] + part + view[found.end() :]
