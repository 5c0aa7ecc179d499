"""What the SDK's own models refuse in files that `validate` never gives to them. It prints the findings as JSON.

`python -m sdk_gate.models`, in a content repository. A program of its own: the SDK reads its environment when it is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from demisto_sdk.commands.content_graph.strict_objects.playbook import StrictPlaybook  # type: ignore[import]
from demisto_sdk.commands.test_content.xsiam_tools.test_data import CompletedTestData  # type: ignore[import]
from pack_files import read_item
from pydantic import ValidationError

from sdk_gate.content_repository import PACK


def of_test_playbooks() -> Iterator[tuple[str, Path, str]]:
    """ST110, which `validate` asks of playbooks but not of those that test them."""
    for path in sorted((PACK / "TestPlaybooks").glob("*.yml")):
        try:
            StrictPlaybook.parse_obj(read_item(path))
        except ValidationError as refused:
            for error in refused.errors():
                yield "ST110", path, f"{error['msg']}: {','.join(map(str, error['loc']))}"


def of_test_data() -> Iterator[tuple[str, Path, str]]:
    """The form in which `demisto-sdk modeling-rules test` takes events and what a tenant should make of them."""
    for path in sorted(PACK.glob("ModelingRules/*/*_testdata.json")):
        try:
            CompletedTestData.parse_file(path)
        except ValueError as refused:
            yield "testdata", path, str(refused)


if __name__ == "__main__":
    found = [(code, str(place), message) for check in (of_test_playbooks, of_test_data) for code, place, message in check()]
    print(json.dumps(found))  # noqa: T201
