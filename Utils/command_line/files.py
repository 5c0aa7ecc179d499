"""Files that a command gives back, kept where `--save` says."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from local_xsoar.server import File

from command_line.outcome import FailedError, RefusedError


def check_place(place: Path | None) -> None:
    """Raises RefusedError when nothing can be kept at `place`."""
    if place is None:
        return
    folder = next(folder for folder in (place, *place.parents) if folder.exists())
    if not folder.is_dir():
        raise RefusedError(f"--save: {folder} is there and is no folder. Nothing is overwritten.")


def save(files: Iterable[File], place: Path) -> list[Path]:
    """Copies the files; gives back where they are. `place` is a folder; with an ending, it is the file if there is only one.

    What is there already stays: the new file gets a number. Raises FailedError.
    """
    found = list(files)
    as_file = bool(place.suffix) and len(found) == 1 and not place.is_dir()
    try:
        (place.parent if as_file else place).mkdir(parents=True, exist_ok=True)
        return [shutil.copyfile(file.path, _free(place if as_file else place / _safe(file.name))) for file in found]
    except OSError as error:
        raise FailedError(f"--save: {error.filename or place} cannot be written: {error.strerror}.") from None


def _safe(name: str) -> str:
    """A name from outside as the name of a file in one folder."""
    kept = "".join(character if character.isprintable() and character not in '/\\:*?"<>|' else "_" for character in name)
    return kept.strip(". ") or "file"


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return free
