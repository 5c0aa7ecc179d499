"""Where the program finds the pack and keeps its own files, whatever the current folder is."""

from __future__ import annotations

from os import environ
from pathlib import Path

PACK = Path(__file__).resolve().parents[2] / "Packs" / "Absolute"
INTEGRATION = PACK / "Integrations" / "Absolute"
MANIFEST = INTEGRATION / "Absolute.yml"
PLAYBOOKS = PACK / "Playbooks"


def state_folder() -> Path:
    """What the program remembers by itself (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "absolute"


def settings_folder() -> Path:
    """What its user has told it (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "absolute"
