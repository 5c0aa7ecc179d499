"""What the server keeps between commands: each integration instance, the investigation and its incident."""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local_xsoar.command_run import FILE, INFO_FILE
from local_xsoar.context import Context
from local_xsoar.integration import Integration

ACTIVE, DISABLED = "active", "disabled"  # states of an instance
ACTIVE_STATUS, CLOSED_STATUS = 1, 2  # of an incident


@dataclass
class Instance:
    """One configured instance of an integration, and what the server keeps of it; a job keeps it in files (job_state.py)."""

    integration: Integration
    params: dict[str, Any]
    name: str = ""
    state: str = ACTIVE
    by_default: bool = True  # False for "Do not use by default": only where `using` names it
    last_run: dict[str, Any] = field(default_factory=dict)
    integration_context: dict[str, Any] = field(default_factory=dict)
    integration_context_version: int = 0
    incidents: list[dict[str, Any]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)  # what arrived in the XSIAM dataset
    health: list[Any] = field(default_factory=list)

    @property
    def brand(self) -> str:
        return self.integration.id

    @property
    def is_enabled(self) -> bool:
        return self.state == ACTIVE

    def set_last_run(self, last_run: dict[str, Any]) -> None:
        self.last_run = last_run

    def set_integration_context(self, context: dict[str, Any]) -> None:
        self.integration_context = context
        self.integration_context_version += 1

    def take_incidents(self, incidents: list[dict[str, Any]]) -> None:
        self.incidents.extend(incidents)

    def take_events(self, events: list[Any]) -> None:
        self.events.extend(events)


@dataclass
class File:
    """A file of the war room."""

    name: str
    path: Path


class Folder:
    """A folder that goes when nobody needs it any more."""

    @cached_property
    def path(self) -> Path:
        folder = tempfile.mkdtemp(prefix="war_room_")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)


@dataclass
class Case:
    """What an issue of XSIAM belongs to."""

    fields: dict[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=Context)


@dataclass(frozen=True)
class OpenTask:
    """A task that waits for a person. `complete(input)` ends it without one; of a condition `input` names the way out."""

    tags: tuple[str, ...]
    complete: Callable[[str | None], None]


@dataclass
class Investigation:
    """One war room: its incident, its context, its entries and its files. `open_tasks`: what its playbooks wait for;
    `sub_playbooks`: their private contexts."""

    id: str = "1"
    context: Context = field(default_factory=Context)
    incident: dict[str, Any] = field(default_factory=dict)
    case: Case = field(default_factory=Case)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)  # by entry ID
    files: dict[str, File] = field(default_factory=dict)
    open_tasks: list[OpenTask] = field(default_factory=list)
    sub_playbooks: dict[str, Context] = field(default_factory=dict)
    _folder: Folder = field(default_factory=Folder)

    @property
    def folder(self) -> Path:
        """Where commands run and where fileResult leaves its files."""
        return self._folder.path

    def private(self) -> "Investigation":
        """The same war room with a context of its own."""
        return replace(self, context=Context())

    def sub_playbook(self) -> "Investigation":
        """The same war room with the private context of a sub-playbook. The incident's context shows it as
        `subplaybook-<number>` (DeleteContext and ScheduleGenericPolling of demisto/content)."""
        private = self.private()
        self.sub_playbooks[f"subplaybook-{len(self.sub_playbooks) + 1}"] = private.context
        return private

    def keep(self, entry: dict[str, Any]) -> str:
        """Takes an entry in, with its outputs and its file; gives back its entry ID.

        Raises ValueError when the context cannot take its outputs.
        """
        entry_id = f"{len(self.entries) + 1}@{self.id}"
        self.entries[entry_id] = entry
        self.context.merge(entry.get("EntryContext"))
        if entry.get("Type") in (FILE, INFO_FILE) and entry.get("FileID"):
            self.context.merge(self._keep_file(entry))
        return entry_id

    def _keep_file(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Takes the file of a file entry into the war room; gives back its outputs."""
        file = File(entry["File"], self.folder / f"{self.id}_{entry['FileID']}")
        entry_id = f"{len(self.files) + 1}@{self.id}"
        self.files[entry_id] = file
        content = file.path.read_bytes()
        facts = {"Name": file.name, "EntryID": entry_id, "Size": len(content), "Extension": file.name.rpartition(".")[2]}
        if entry["Type"] == INFO_FILE:
            return {"InfoFile(val.EntryID == obj.EntryID)": facts}
        hashes = {name.upper(): hashlib.new(name, content).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")}
        return {"File(val.EntryID == obj.EntryID)": {**facts, **hashes}}
