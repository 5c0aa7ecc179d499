#!/usr/bin/env bash
# pysnow converts one aware time to UTC, and two of them not
#
# Guess: Times with a zone become UTC in every condition of its query builder, or in none.
#
# Seen: greater_than() and less_than() convert: 01:00+02:00 is 23:00 of the day before. between()
#   writes the clock of the zone and drops the zone: 01:00.
#
# Versions: pysnow 0.7.17; Python 3.11
#
# Matters: 'Updated between midnight and midnight in Berlin' and 'updated since midnight in Berlin'
#   ask ServiceNow for times that are two hours apart: a synchronisation of assets that goes from
#   the one to the other skips devices or meets them twice.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pysnow==0.7.17

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from pysnow import QueryBuilder

print("pysnow", version("pysnow"))
start = datetime(2026, 7, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))


def field():
    return QueryBuilder().field("sys_updated_on")


queries = {
    "greater_than": str(field().greater_than(start)),
    "less_than": str(field().less_than(start)),
    "between": str(field().between(start, start + timedelta(days=1))),
}
for name, query in queries.items():
    print(f"{name}({start.isoformat()}): {query}")
assert queries["greater_than"] == "sys_updated_on>2026-06-30 23:00:00"
assert queries["less_than"] == "sys_updated_on<2026-06-30 23:00:00"
assert '"2026-07-01 01:00:00"' in queries["between"]
assert "23:00:00" not in queries["between"]
PYTHON
