"""Where the program finds the playbooks and keeps its own files, whatever the current folder is."""

from __future__ import annotations

from os import environ
from pathlib import Path

from pack_files import PACK

PLAYBOOKS = PACK / "Playbooks"


def state_folder() -> Path:
    """What the program remembers by itself (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "absolute"


def settings_folder() -> Path:
    """What its user has told it (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "absolute"
