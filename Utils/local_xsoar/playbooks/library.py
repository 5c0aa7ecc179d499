"""Playbooks that know each other by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local_xsoar.behaviour import Product
from local_xsoar.instances import INSTANCE_ARGUMENTS
from local_xsoar.integration import Integration
from local_xsoar.playbooks import products
from local_xsoar.playbooks.model import Playbook, Task
from local_xsoar.playbooks.reading import read_playbook
from local_xsoar.playbooks.refusals import Refusal, UnsupportedPlaybookError, place_of_task
from local_xsoar.scripts import SCRIPTS, SERVER_ARGUMENTS, Script, load_scripts


@dataclass(frozen=True)
class Library:
    playbooks: dict[str, Playbook]
    scripts: dict[str, Script] = field(default_factory=dict)  # the platform's and the packs'

    def find(self, name: str) -> Playbook | None:
        """By name or ID."""
        return self.playbooks.get(name) or next((one for one in self.playbooks.values() if one.id == name), None)

    def needed_by(self, playbook: Playbook) -> list[Playbook]:
        """The playbook and all that it can call, directly or not."""
        needed = [playbook]
        for one in needed:
            called = [self.find(task.playbook) for task in one.tasks.values() if task.playbook]
            needed += [found for found in called if found and found not in needed]
        return needed


def load_playbooks(*places: str | os.PathLike[str]) -> Library:
    """The playbooks of folders or files. Those in a pack may use its scripts, `Packs/<Pack>/Scripts`.

    Raises UnsupportedPlaybookError with all that cannot be run.
    """
    scripts = dict(SCRIPTS)
    for pack in {path.resolve().parents[1] for path in _files(places)}:
        scripts.update(load_scripts(pack / "Scripts"))
    playbooks: dict[str, Playbook] = {}
    refusals: list[Refusal] = []
    for path in _files(places):
        try:
            playbook = read_playbook(path, scripts)
        except UnsupportedPlaybookError as error:
            refusals += error.refusals
            continue
        if playbook.name in playbooks:
            refusals.append(Refusal(playbook.name, "there are two playbooks of this name."))
        playbooks[playbook.name] = playbook
    if refusals:
        raise UnsupportedPlaybookError(*refusals)
    return Library(playbooks, scripts)


def check_before_run(library: Library, playbook: Playbook, integrations: list[Integration], product: Product) -> None:
    """Raises UnsupportedPlaybookError when the playbook, or one that it can call, needs what is not there: a playbook, a
    command, an input or argument of these, or a name that only another product has."""
    needed = library.needed_by(playbook)
    refusals = [line for one in needed for line in products.missing(one, product)]
    refusals += [
        Refusal(place_of_task(one.name, task.id, task.name), reason)
        for one in needed
        for task in one.tasks.values()
        for reason in (*_wrong_playbook(library, task), *_wrong_command(task, integrations))
    ]
    if refusals:
        raise UnsupportedPlaybookError(*refusals)


def _files(places: tuple[str | os.PathLike[str], ...]) -> Iterator[Path]:
    for place in map(Path, places):
        yield from sorted(place.glob("*.yml")) if place.is_dir() else [place]


def _wrong_playbook(library: Library, task: Task) -> Iterator[str]:
    called = library.find(task.playbook) if task.playbook else None
    if called:
        unknown = sorted(set(task.args) - {one.key for one in called.inputs})
        if unknown:
            yield f"{called.name} has no input {', '.join(unknown)}."
    elif task.playbook and not task.skip_unavailable:
        yield f"there is no playbook {task.playbook}."


def _wrong_command(task: Task, integrations: list[Integration]) -> Iterator[str]:
    if not task.command or task.brand == "Builtin":
        return
    having = [one for one in integrations if task.brand in ("", one.id) and task.command in one.commands]
    if not having:
        if not task.skip_unavailable:
            yield f"there is no command {task.brand}|||{task.command}."
        return
    known = {name for one in having for name in one.commands[task.command].by_name}
    unknown = sorted(task.given - known - SERVER_ARGUMENTS - INSTANCE_ARGUMENTS)
    if unknown:
        yield f"{task.command} has no argument {', '.join(unknown)}."
