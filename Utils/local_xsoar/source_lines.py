"""Where the lines of a unified script come from.

`demisto-sdk prepare-content` puts the text of an API module in place of the line that imports it, between three lines of its own
and one more, and the modules that it imports inside of it. The line of the import stays as an empty one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN = re.compile(r"### GENERATED CODE ###: from (\w+) import \*")
END = "### END GENERATED CODE ###"
# What prepare-content writes above and below the script, and below each module.
WRITTEN = re.compile(r"register_module_line\('\w+', '(start|end)', |CONSTANT_PACK_VERSION = |demisto\.debug\('pack id = ")
LINES_BEFORE_A_MODULE = 3


@dataclass(frozen=True)
class SourceLine:
    """A line of a module, or of the script when `module` is its name. The first line is 1."""

    module: str
    number: int


def source_lines(script: str, name: str) -> list[SourceLine | None]:
    """For each line of the unified script `name`, from the first: its source; None where prepare-content wrote it."""
    found: list[SourceLine | None] = []
    ends: list[SourceLine] = []
    at = SourceLine(name, 0)
    to_skip = 0
    for text in script.splitlines():
        if begin := BEGIN.fullmatch(text):
            ends.append(at)
            at, to_skip = SourceLine(begin[1], 0), LINES_BEFORE_A_MODULE
        elif text == END:
            at, to_skip = ends.pop(), 1
        elif WRITTEN.match(text):
            to_skip = 1
        if to_skip:
            to_skip -= 1
            found.append(None)
            continue
        at = SourceLine(at.module, at.number + 1)
        found.append(at)
    return found
