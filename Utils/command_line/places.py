"""Where the program finds the playbooks and keeps its own files, whatever the current folder is."""

from __future__ import annotations

import os
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


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step. It is never readable for others, not even while it is written. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
