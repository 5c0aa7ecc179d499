"""`python -m local_xsoar survey FOLDER`: which playbooks of a folder the local XSOAR can read, and what it refuses in the others.

It fetches nothing and runs nothing: anybody can clone a public repository of content packs and see how much of what others write
the engine understands. Scripts of the folder count as there, by the arguments that their manifests declare. Commands of
integrations are not looked at: whether they are there shows when a playbook is run.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from local_xsoar.behaviour import PRODUCTS, Product
from local_xsoar.integration import read_argument
from local_xsoar.playbooks import products
from local_xsoar.playbooks.reading import read_playbook
from local_xsoar.playbooks.refusals import Refusal, UnsupportedPlaybookError
from local_xsoar.scripts import SCRIPTS, Script, ScriptCall

READ, NOTHING_FOUND = 0, 2


@dataclass
class Survey:
    """What became of each playbook, by its file. `crashed`: the reader failed without a refusal, which is a fault of its own."""

    readable: dict[Path, tuple[Product, ...]] = field(default_factory=dict)
    refused: dict[Path, tuple[Refusal, ...]] = field(default_factory=dict)
    crashed: dict[Path, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.readable) + len(self.refused) + len(self.crashed)

    def reasons(self) -> list[tuple[str, int, int]]:
        """Each kind of refusal: in how many playbooks it stands, and in how many alone. The most frequent one comes first."""
        kinds = [{one.reason for one in refusals} for refusals in self.refused.values()]
        within = Counter(kind for one in kinds for kind in one)
        alone = Counter(kind for one in kinds if len(one) == 1 for kind in one)
        return sorted(((kind, count, alone[kind]) for kind, count in within.items()), key=lambda one: (-one[1], one[0]))


def survey(folder: Path) -> Survey:
    """Reads every playbook below the folder."""
    found = Survey()
    scripts = {**dict(_declared_scripts(folder)), **SCRIPTS}
    for path in _manifests(folder, "starttaskid:"):
        try:
            playbook = read_playbook(path, scripts)
        except UnsupportedPlaybookError as error:
            found.refused[path] = error.refusals
        except Exception as error:
            found.crashed[path] = repr(error)
        else:
            found.readable[path] = tuple(product for product in PRODUCTS if not products.missing(playbook, product))
    return found


def main(options: argparse.Namespace) -> int:
    """Prints what the survey found; gives back the exit status: 1 when the reader crashed, 2 when there is no playbook."""
    console = Console(soft_wrap=True)
    found = survey(options.folder)
    if not found.count:
        console.print(f"There is no playbook below {options.folder}.", style="red", markup=False)
        return NOTHING_FOUND
    for line in _report(found, options.all):
        console.print(line, markup=False, highlight=False)
    return 1 if found.crashed else READ


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="a folder with playbooks, for example a clone of a repository of packs")
    parser.add_argument("--all", action="store_true", help="name every playbook, and all that is refused in it")
    parser.set_defaults(start=main)


def _report(found: Survey, names_all: bool) -> Iterator[str]:
    yield f"{found.count} playbooks: {len(found.readable)} readable, {len(found.refused)} refused, {len(found.crashed)} crashed."
    by_product = Counter(" and ".join(one) or "neither product" for one in found.readable.values())
    yield "Readable for " + ", ".join(f"{names}: {count}" for names, count in sorted(by_product.items())) + "."
    if found.refused:
        yield "Refused (in so many playbooks, in so many alone):"
    for reason, count, alone in found.reasons():
        yield f"{count:5} {alone:4}  {reason}"
    for path, error in found.crashed.items():
        yield f"crashed: {path}: {error}"
    if names_all:
        yield from (f"readable: {path}" for path in found.readable)
        yield from (f"refused: {path}: {one}" for path, refusals in found.refused.items() for one in refusals)


def _manifests(folder: Path, mark: str) -> Iterator[Path]:
    """The YAML files below the folder in which a line begins with `mark`."""
    for path in sorted(folder.rglob("*.yml")):
        if path.is_file() and re.search(rf"^{mark}", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
            yield path


def _declared_scripts(folder: Path) -> Iterator[tuple[str, Script]]:
    """The scripts below the folder, by name and by ID, with what they take and need. None of them can be run."""
    for path in _manifests(folder, "commonfields:"):
        try:
            manifest = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506  # nothing but texts
        except yaml.YAMLError:
            continue
        if isinstance(manifest, dict) and "configuration" not in manifest and isinstance(manifest.get("script"), str):
            script = Script(_arguments(manifest), _not_run)
            yield from ((str(name), script) for name in (manifest.get("name"), manifest["commonfields"].get("id")) if name)


def _arguments(manifest: Mapping[str, Any]) -> dict[str, bool]:
    declared = [read_argument(raw) for raw in manifest.get("args") or []]
    required = {raw["name"] for raw in manifest.get("args") or [] if raw.get("required") == "true"}
    return {one.name: one.name in required and one.default_value is None for one in declared}


def _not_run(_call: ScriptCall, _args: dict[str, Any]) -> Iterator[dict[str, Any]]:
    raise NotImplementedError("A survey runs no scripts.")
