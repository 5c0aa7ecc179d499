"""From the lines of a platform's traceback to those of the source files.

The platform runs a unified script as `<string>`. Its module `CommonServerPython` then names the file that each line comes from,
as `<TextApiModule>`, but not its own line: `prepare-content` puts lines of its own between those of the file.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from local_xsoar.platform import PlatformModules
from local_xsoar.source_lines import SourceLine, source_lines

REGISTERED = re.compile(r"register_module_line\((.+), __line__\(\)(.*)\)")
POSITION = re.compile(r'File "(?:<(?P<module>\w+)>|(?:[^"<]*/)?(?P<file>\w+)\.py)", line (?P<line>\d+)')
WHOLE_SCRIPT = "string"
ASKING = "demisto.results([fix_traceback_line_numbers(f'File \"<string>\", line {number},') for number in range(1, LAST + 1)])"


def in_source_files(traceback: str, script: str, name: str, folders: Mapping[str, Path], modules: PlatformModules) -> str:
    """The traceback of the unified script `name`, with each file and the line in it wherever they are known.

    `folders` says where each source file lies. A line of `<string>`, or of a file called like the script, is one of the script.
    """
    sources = source_lines(script, name)
    told = dict(zip(platform_positions(script, modules), sources, strict=True))
    told |= {(WHOLE_SCRIPT, number): source for number, source in enumerate(sources, 1)}

    def own(found: re.Match[str]) -> str:
        module = found["module"] or (WHOLE_SCRIPT if found["file"] == name else "")
        source: SourceLine | None = told.get((module, int(found["line"])))
        return f'File "{folders[source.module] / source.module}.py", line {source.number}' if source else found[0]

    return POSITION.sub(own, traceback)


def platform_positions(script: str, modules: PlatformModules) -> list[tuple[str, int]]:
    """What the platform's own module makes of each line of a unified script: the name that it tells, and the number."""
    lines = script.splitlines()
    asking = [
        f"register_module_line({found[1]}, {number}{found[2]})"
        for number, line in enumerate(lines, 1)
        if (found := REGISTERED.fullmatch(line.strip()))
    ]
    answers: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "asking.py")
        asked.write_text("\n".join([*asking, f"LAST = {len(lines)}", ASKING]), encoding="utf-8")
        modules.run(asked, {"results": answers.extend, "params": dict}, Path(folder))
    return [(found["module"], int(found["line"])) for answer in answers if (found := POSITION.match(answer))]
