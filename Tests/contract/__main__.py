"""table   writes docs/operations.md: each operation of the API and what covers it, found by running every command"""

import argparse
import sys

from local_xsoar import PlatformModules, load_integration
from pack_files import INTEGRATION, ROOT

from contract.document import read_document
from contract.operations import TABLE, markdown_table
from contract.traffic import played


def table() -> int:
    try:
        document = read_document()
    except FileNotFoundError as absent:
        print(absent)
        return 1
    with played(load_integration(INTEGRATION), PlatformModules()) as traffic:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(markdown_table(document, traffic.exchanges), "utf-8")
    print(f"Wrote {TABLE.relative_to(ROOT)}")
    return 0


TASKS = {"table": table}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m contract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=TASKS)
    return TASKS[parser.parse_args().task]()


if __name__ == "__main__":
    sys.exit(main())
