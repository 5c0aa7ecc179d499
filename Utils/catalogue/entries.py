"""Reads commands.yml, whose head says what each key means, and the table of permissions that stands in the integration."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pack_files import INTEGRATION, read_item

FILE = Path(__file__).with_name("commands.yml")
OTHER = "other"  # has what the catalogue does not know
FETCHED = "fetched"  # not a capability: what the platform fetches by itself, which takes permissions too


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of a command, or of something that is fetched. The keys are those of commands.yml.

    Attributes:
        needs: The permissions that it always needs, as the console names them; `for_more` what others add.
    """

    name: str
    capability: str
    needs: str
    for_more: str = ""
    remark: str = ""
    examples: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    test: str = ""
    test_needs: str = ""
    expect: str = ""
    never_filled: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_command(self) -> bool:
        return self.capability != FETCHED


@dataclass(frozen=True)
class Catalogue:
    """The entries in the order of the file, which is one in which each command finds what it needs."""

    entries: tuple[Entry, ...]

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.is_command)

    def by_capability(self, commands: Iterable[str]) -> dict[str, list[str]]:
        """The commands under the capabilities that they belong to; those keep their order, and so do these."""
        capability = {entry.name: entry.capability for entry in self}
        groups: dict[str, list[str]] = {name: [] for name in (*capability.values(), OTHER)}
        for command in commands:
            groups[capability.get(command, OTHER)].append(command)
        return {name: found for name, found in groups.items() if found}


@cache
def read_catalogue() -> Catalogue:
    """Raises TypeError when an entry has a key that is none, LookupError when the table of permissions lacks it."""
    content: dict[str, dict[str, dict[str, Any] | None]] = read_item(FILE)
    needs = permissions()
    if absent := [name for entries in content.values() for name in entries if name not in needs]:
        raise LookupError(f"NEEDS in Absolute.py, the table of permissions, has no row of {', '.join(absent)}")
    return Catalogue(
        tuple(_entry(name, group, raw or {}, *needs[name]) for group, entries in content.items() for name, raw in entries.items())
    )


def permissions() -> dict[str, tuple[str, str]]:
    """By command, or by what is fetched: the permissions that it needs, and those for more."""
    script = ast.parse((INTEGRATION / "Absolute.py").read_text("utf-8"))
    assigned = (node for node in script.body if isinstance(node, ast.AnnAssign))
    table = next(
        node.value for node in assigned if isinstance(node.target, ast.Name) and node.target.id == "NEEDS" and node.value
    )
    return {name: (needs, more) for names, needs, more in ast.literal_eval(table) for name in names.split(", ")}


def _entry(name: str, group: str, raw: Mapping[str, Any], needs: str, for_more: str) -> Entry:
    lines = {key: tuple(raw.get(key, "").splitlines()) for key in ("examples", "lines")}
    return Entry(name=name, capability=group, needs=needs, for_more=for_more, **{**raw, **lines})
