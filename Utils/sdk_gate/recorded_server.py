"""demisto-sdk, with recorded answers in place of an XSOAR server: `python -m sdk_gate.recorded_server ANSWERS generate-docs …`

`generate-docs --examples` runs each example on a server. Here the local war room has run them all; the SDK takes their answers
and does the rest. ANSWERS is a JSON file, a list of {line, readable, context} in the order of the examples.
"""

import json
import logging
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from demisto_sdk.commands.generate_docs import common, generate_integration_doc  # type: ignore[import]

NOTE = 1  # the type of a war-room entry that is no error


def recorded_runner(answers: list[dict[str, Any]]) -> type:
    """A class that stands for the SDK's Runner. An example that was not recorded, or not in this order, is refused."""
    remaining = iter(answers)

    class RecordedRunner:
        def __init__(self, query: str, insecure: bool) -> None:
            pass

        def execute_command(self, command: str) -> tuple[list[SimpleNamespace], dict[str, Any]]:
            answer = next(remaining)
            if answer["line"] != command:
                raise ValueError(f"recorded was {answer['line']}")
            return [SimpleNamespace(type=NOTE, contents=answer["readable"])], answer["context"]

    return RecordedRunner


if __name__ == "__main__":
    # The SDK's own logger would take the HTML in an example for its colours, and stop.
    generate_integration_doc.logger = logging.getLogger("generate-docs")
    common.Runner = recorded_runner(json.loads(Path(sys.argv[1]).read_text()))
    sys.argv = ["demisto-sdk", *sys.argv[2:]]
    runpy.run_module("demisto_sdk", run_name="__main__", alter_sys=True)
