"""The playbooks of the pack as their files declare them: names, and the inputs of one. Reading all of it takes seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pack_files import read_item

from command_line import places

NAME = re.compile(r"^name: (?P<quote>['\"]?)(?P<name>.+?)(?P=quote)\s*$", re.MULTILINE)
DESCRIPTION = re.compile(r"^description:\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class DeclaredInput:
    key: str
    description: str
    required: bool
    default: str


@dataclass(frozen=True)
class DeclaredPlaybook:
    name: str
    path: Path

    @property
    def short_name(self) -> str:
        """For the shell: `Absolute - Freeze Devices` is freeze-devices."""
        return short(self.name)

    def inputs(self) -> list[DeclaredInput]:
        return [_input(raw) for raw in self._content().get("inputs") or ()]

    def description(self) -> str:
        """Its first paragraph."""
        return str(self._content().get("description") or "").partition("\n\n")[0]

    def _content(self) -> dict[str, Any]:
        return dict(read_item(self.path))


def declared_playbooks() -> dict[str, DeclaredPlaybook]:
    """By their short names, in alphabetical order."""
    found = [(NAME.search(path.read_text(encoding="utf-8")), path) for path in places.PLAYBOOKS.glob("*.yml")]
    playbooks = [DeclaredPlaybook(name["name"], path) for name, path in found if name]
    return {one.short_name: one for one in sorted(playbooks, key=lambda one: one.short_name)}


def short(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower().removeprefix("absolute - "))
    return "-".join(word for word in words if word != "absolute")


def _input(raw: dict[str, Any]) -> DeclaredInput:
    value = raw.get("value") or {}
    default = str(value.get("simple", "from the incident" if value else ""))  # of a complex value, what it reads
    return DeclaredInput(raw["key"], str(raw.get("description") or ""), bool(raw.get("required")), default)
