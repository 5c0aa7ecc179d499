"""`python -m contract table` writes docs/operations.md: each operation of the API and what covers it, found by running every
command."""

import sys

from local_xsoar import PlatformModules, load_integration
from pack_files import INTEGRATION, ROOT

from contract.document import read_document
from contract.operations import TABLE, markdown_table
from contract.traffic import played


def main() -> str | None:
    """What went wrong."""
    if sys.argv[1:] != ["table"]:
        return __doc__
    try:
        document = read_document()
    except FileNotFoundError as absent:
        return str(absent)
    with played(load_integration(INTEGRATION), PlatformModules()) as traffic:
        TABLE.write_text(markdown_table(document, traffic.exchanges), "utf-8")
    print(f"Wrote {TABLE.relative_to(ROOT)}")
    return None


if __name__ == "__main__":
    sys.exit(main())
