"""What the SDK's own models refuse in files that `validate` never gives to them. It prints the findings as JSON.

`python -m sdk_gate.models CHECK …`, in a content repository. A program of its own: the SDK reads its environment when it is
imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from demisto_sdk.commands.content_graph.strict_objects.playbook import StrictPlaybook  # type: ignore[import]
from demisto_sdk.commands.test_content.xsiam_tools.test_data import CompletedTestData  # type: ignore[import]
from pack_files import read_item
from pydantic import ValidationError

from sdk_gate.content_repository import PACK

Findings = Iterator[tuple[str, Path, str]]


def of_test_playbooks() -> Findings:
    """ST110, which `validate` asks of playbooks but not of those that test them."""
    for path in sorted((PACK / "TestPlaybooks").glob("*.yml")):
        try:
            StrictPlaybook.parse_obj(read_item(path))
        except ValidationError as refused:
            for error in refused.errors():
                yield "ST110", path, f"{error['msg']}: {','.join(map(str, error['loc']))}"


def of_test_data() -> Findings:
    """The form in which `demisto-sdk modeling-rules test` takes events and what a tenant should make of them."""
    for path in sorted(PACK.glob("ModelingRules/*/*_testdata.json")):
        try:
            CompletedTestData.parse_file(path)
        except ValueError as refused:
            yield "testdata", path, str(refused)


def of_types() -> Findings:
    """Test data of other types than the schemas name, which `demisto-sdk modeling-rules test` looks for before it sends them to a
    tenant. It takes seconds, because the SDK asks of each text whether it could be a date."""
    from demisto_sdk.commands.test_content.test_modeling_rule import test_modeling_rule  # type: ignore[import]

    for path in sorted(PACK.glob("ModelingRules/*/*_testdata.json")):
        schema = read_item(path.with_name(path.name.replace("_testdata", "_schema")))
        test_data = CompletedTestData.parse_file(path)
        _, results = test_modeling_rule.validate_schema_aligned_with_test_data(test_data, schema)
        yield from (("types", path, result.message) for result in results if type(result).__name__ == "Error")


CHECKS = {check.__name__: check for check in (of_test_playbooks, of_test_data, of_types)}

if __name__ == "__main__":
    found = [(code, str(place), message) for name in sys.argv[1:] for code, place, message in CHECKS[name]()]
    print(json.dumps(found))  # noqa: T201
