"""The XSOAR linter on one file after the other, in one process: pylint takes longer to start than to read a script.

`python -m sdk_gate.linter JSON`, with the plugins of the SDK in reach. JSON: each file with the names of its commands, null
for a script. It prints file, code, line and text of each message as JSON.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence

from pylint.lint import Run
from pylint.reporters.json_reporter import JSON2Reporter

LEVELS = {
    "base_checker": "base-checker",
    "community_level_checker": "community-checker",
    "partner_level_checker": "partner-checker",
    "certified_partner_level_checker": "certified-partner-checker",
    "xsoar_level_checker": "xsoar-checker",
}


def messages(path: str, commands: Sequence[str] | None) -> Iterator[tuple[str, str, int, str]]:
    """The plugins read what kind of file it is from the environment."""
    os.environ.update({"commands": ",".join(commands or ()), "is_script": str(commands is None)})
    printed = io.StringIO()
    wanted = ("--disable=all", f"--enable={','.join(LEVELS.values())}", f"--load-plugins={','.join(LEVELS)}")
    Run([*wanted, path], reporter=JSON2Reporter(printed), exit=False)
    for each in json.loads(printed.getvalue())["messages"]:
        yield path, each["messageId"], each["line"], each["message"]


if __name__ == "__main__":
    print(json.dumps([message for file in json.loads(sys.argv[1]) for message in messages(*file)]))  # noqa: T201
