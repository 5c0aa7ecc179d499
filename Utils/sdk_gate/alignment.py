"""Whether the test data of the modeling rules have the types that the schemas name. It prints what has not, as JSON.

`python -m sdk_gate.alignment`, in a content repository: the check that `demisto-sdk modeling-rules test` makes before it sends
the data to a tenant. It takes seconds, because the SDK asks of each text whether it could be a date, so it is a test's alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from demisto_sdk.commands.test_content.test_modeling_rule.test_modeling_rule import (  # type: ignore[import]
    validate_schema_aligned_with_test_data,
)
from demisto_sdk.commands.test_content.xsiam_tools.test_data import CompletedTestData  # type: ignore[import]
from pack_files import read_item

from sdk_gate.content_repository import PACK


def mismatches() -> Iterator[str]:
    for path in sorted(PACK.glob("ModelingRules/*/*_testdata.json")):
        schema = read_item(path.with_name(path.name.replace("_testdata", "_schema")))
        _, results = validate_schema_aligned_with_test_data(CompletedTestData.parse_file(path), schema)
        yield from (result.message for result in results if type(result).__name__ == "Error")


if __name__ == "__main__":
    print(json.dumps(list(mismatches())))  # noqa: T201
