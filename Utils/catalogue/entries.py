"""Reads commands.yml, whose head says what each key means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("commands.yml")
OTHER = "other"  # has what the catalogue does not know
FETCHED = "fetched"  # not a capability: what the platform fetches by itself, which takes permissions too


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of a command, or of something that is fetched. The keys are those of commands.yml."""

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
    """Raises TypeError when an entry has a key that is none."""
    content: dict[str, dict[str, Any]] = yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)  # it is a safe one
    return Catalogue(tuple(_entry(name, group, raw) for group, entries in content.items() for name, raw in entries.items()))


def _entry(name: str, group: str, raw: Mapping[str, Any]) -> Entry:
    lines = {key: tuple(raw.get(key, "").splitlines()) for key in ("examples", "lines")}
    return Entry(name=name, capability=group, **{**raw, **lines})
