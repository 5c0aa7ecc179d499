"""What the server keeps between commands: the integration instance and the investigation."""

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from local_xsoar.context import Context
from local_xsoar.integration import Integration


@dataclass
class Instance:
    """One configured instance of an integration."""

    integration: Integration
    params: dict[str, Any]
    name: str = ""
    last_run: dict[str, Any] = field(default_factory=dict)
    last_mirror_run: dict[str, Any] = field(default_factory=dict)
    integration_context: dict[str, Any] = field(default_factory=dict)
    integration_context_version: int = 0
    incidents: list[dict[str, Any]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)  # what arrived in the XSIAM dataset
    health: list[Any] = field(default_factory=list)


@dataclass
class File:
    """A file of the war room."""

    entry_id: str
    name: str
    path: Path


@dataclass
class Investigation:
    """One war room: its context and its files."""

    id: str = "1"
    context: Context = field(default_factory=Context)
    files: dict[str, File] = field(default_factory=dict)

    @cached_property
    def folder(self) -> Path:
        """Where commands run and where fileResult leaves its files; it goes when the investigation goes."""
        folder = tempfile.mkdtemp(prefix="war_room_")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)
