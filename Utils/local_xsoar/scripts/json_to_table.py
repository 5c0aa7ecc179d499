"""The script JsonToTable: runs in the platform's modules, for its table is theirs."""
# ruff: noqa: F403, F405

import demistomock as demisto
from CommonServerPython import *


def main() -> None:
    args = demisto.args()
    demisto.results(tableToMarkdown(args.get("title"), args.get("value"), headers=argToList(args.get("headers"))))


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
