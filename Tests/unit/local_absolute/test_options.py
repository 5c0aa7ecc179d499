"""docs/local-tenant.md names each option with its values, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from local_absolute import IssuedAtWindow, Options

PAPER = Path(__file__).resolve().parents[3] / "docs" / "local-tenant.md"
ROW = re.compile(r"\| `([\w.]+)` \| ([^|]+) \|")


def options(kind: type, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(dotted name, annotation, default) of each option."""
    hints = get_type_hints(kind)
    defaults = kind()
    for field in fields(kind):
        hint = hints[field.name]
        if is_dataclass(hint) and hint is not IssuedAtWindow:
            yield from options(hint, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, hint, getattr(defaults, field.name)


def test_every_option_is_in_the_table() -> None:
    assert [name for name, _ in ROW.findall(PAPER.read_text())] == sorted(
        (name for name, _, _ in options(Options)), key=[name for name, _ in ROW.findall(PAPER.read_text())].index
    )


def test_every_value_is_in_the_table_the_default_first() -> None:
    named = {name: [*re.findall(r"`([^`]+)`", values)] for name, values in ROW.findall(PAPER.read_text())}
    for name, hint, default in options(Options):
        if get_origin(hint) is Literal:
            values = [str(value) for value in get_args(hint)]
            assert sorted(named[name]) == sorted(values), name
            assert named[name][0] == str(default), name
        elif hint is bool:
            assert named[name] == [str(default), str(not default)], name
