"""The side-by-side edition: the pack under other names, for a server on which the marketplace's pack stays installed.

Two packs whose integrations have one id cannot be on one server: an upload of the second makes later installations of the first
fail (`demisto-sdk upload-custom-integration`, which wants `_copy` at the end of id and name). So every item gets that mark, and
whatever names an item names it so. Incident fields, context paths and commands keep their names: they name data, not items.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pack_files import read_item

MARK = "_copy"
INTEGRATION = "Absolute"
RENAMED = f"{INTEGRATION}{MARK}"
# Rules, dashboards and triggers of XSIAM belong to the dataset, which both packs share: there the marketplace's pack stays alone.
LEFT_OUT = ("CorrelationRules", "ModelingRules", "ParsingRules", "TestPlaybooks", "Triggers", "XSIAMDashboards")
NOTE = f"""This is the side-by-side edition: its items end in `{MARK}` and stand beside those of the marketplace's pack.
Its playbooks and buttons run the commands of the integration `{RENAMED}`. In the war room name it: `using-brand={RENAMED}`.

"""


@dataclass(frozen=True)
class Names:
    """What is renamed: ids and names of items, and the commands, which tasks call without a brand."""

    items: frozenset[str]
    scripts: frozenset[str]  # also the roots of what they write into the context, which stay: only references change
    commands: frozenset[str]

    def renamed(self, found: Any, key: str = "") -> Any:
        """The same structure with other names. `key` is where it stands."""
        if isinstance(found, dict):
            return self._in_mapping({self._text(name): self.renamed(value, name) for name, value in found.items()})
        if isinstance(found, list):
            return [self.renamed(value, key) for value in found]
        if isinstance(found, str) and found in self.scripts:
            return found + MARK if key in ("id", "name", "scriptId", "scriptName") else found
        return self._text(found) if isinstance(found, str) else found

    def _text(self, text: str) -> str:
        """An item's name, as a whole or in quotation marks as queries have it; or a command with its brand."""
        if text in self.items:
            return text + MARK
        brand, bars, command = text.partition("|||")
        if bars and brand in ("", INTEGRATION) and command in self.commands:
            return f"{RENAMED}|||{command}"
        quoted = {*self.items, INTEGRATION}
        return re.sub('"([^"]+)"', lambda match: f'"{match[1]}{MARK}"' if match[1] in quoted else match[0], text)

    def _in_mapping(self, found: dict[str, Any]) -> dict[str, Any]:
        """A task's brand: without one, its command would run on the instances of both packs. And a script's argument for it."""
        if str(found.get("script", "")).startswith(f"{RENAMED}|||"):
            return {**found, "brand": RENAMED}
        if (found.get("name"), found.get("defaultValue")) == ("brand", INTEGRATION):
            return {**found, "defaultValue": RENAMED}
        return found


def side_by_side(pack: Path) -> Path:
    """Writes the edition into the folder beside `pack` that has the mark at its end, and returns that folder."""
    edition = pack.with_name(pack.name + MARK)
    shutil.copytree(pack, edition, ignore=shutil.ignore_patterns(*LEFT_OUT, "*_test.py", "__pycache__"))
    contents = {path: read_item(path) for path in items(edition)}
    manifest = edition / "Integrations" / INTEGRATION / f"{INTEGRATION}.yml"
    names = names_of(contents, manifest)
    for path, content in contents.items():
        write(path, names.renamed(content))
    unmarked = read_item(manifest)
    write(manifest, unmarked | {"commonfields": unmarked["commonfields"] | {"id": RENAMED}, "name": RENAMED, "display": RENAMED})
    metadata, readme = edition / "pack_metadata.json", edition / "README.md"
    write(metadata, read_item(metadata) | {"name": RENAMED})
    readme.write_text(NOTE + readme.read_text("utf-8"), "utf-8")
    return edition


def names_of(contents: dict[Path, Any], manifest: Path) -> Names:
    """What the items are called, but for incident fields and the integration, whose name is an ordinary word too."""
    scripts: set[str] = set()
    others: set[str] = set()
    for path, content in contents.items():
        if path != manifest and "IncidentFields" not in path.parts:
            called = scripts if "Scripts" in path.parts else others
            called.update({content["name"], content.get("id") or content["commonfields"]["id"]})
    commands = {command["name"] for command in contents[manifest]["script"]["commands"]}
    return Names(frozenset(others), frozenset(scripts), frozenset(commands))


def items(pack: Path) -> Iterator[Path]:
    """The file of each item of a pack."""
    paths = (path for folder in pack.iterdir() if folder.is_dir() and folder.name != "ReleaseNotes" for path in folder.rglob("*"))
    yield from (path for path in sorted(paths) if path.suffix in (".yml", ".json"))


def write(path: Path, content: Any) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(content, indent=4) + "\n", "utf-8")
    else:
        path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=130), "utf-8")
