"""The Reach script library: scripts of Absolute and of the account's users; the API only reads them."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .clock import Clock
from .data import INVENTED

_POWERSHELL = "<#\n.SYNOPSIS\n{0}\n#>\nparam([string]$Mode = 'full')\nWrite-Output $Mode\n"
_BASH = '#!/bin/bash\n# {0}\necho "${{1:-full}}"\n'


@dataclass(frozen=True)
class ScriptFile:
    """What runs on one platform."""

    file_name: str
    content: str


@dataclass(frozen=True)
class Script:
    """A script of the library; `files` are by platform (Windows, Mac), `type` is Absolute or Custom."""

    uid: str
    name: str
    description: str
    type: str
    created: datetime
    files: Mapping[str, ScriptFile]

    @property
    def platforms(self) -> frozenset[str]:
        return frozenset(self.files)

    def archive(self) -> bytes:
        """A ZIP file of the script's files."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for script_file in self.files.values():
                # Without the time at which it is asked for: the same script is the same file.
                archive.writestr(zipfile.ZipInfo(script_file.file_name), script_file.content)
        return buffer.getvalue()


class ScriptLibrary:
    """All scripts, keyed by scriptUid. One for both platforms and one for each are there from the start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.scripts: dict[str, Script] = {}
        for script in INVENTED["scripts"]:
            self.add(*script)

    def add(self, name: str, description: str, platforms: tuple[str, ...], script_type: str = "Custom") -> Script:
        files = {platform: _file(name, description, platform) for platform in platforms}
        script = Script(str(uuid.uuid4()), name, description, script_type, self._clock.now(), files)
        self.scripts[script.uid] = script
        return script


def _file(name: str, description: str, platform: str) -> ScriptFile:
    stem = name.replace(" ", "-")
    if platform == "Windows":
        return ScriptFile(f"{stem}.ps1", _POWERSHELL.format(description))
    return ScriptFile(f"{stem}.sh", _BASH.format(description))
