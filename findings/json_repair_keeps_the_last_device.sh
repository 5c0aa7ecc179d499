#!/usr/bin/env bash
# json_repair makes one device of five, if they look alike
#
# Guess: Newline-delimited JSON is no single JSON text: json_repair gives a list of its objects, or
#   an error.
#
# Seen: When an object has the same keys and kinds of values as the one before it, it takes its
#   place, whatever the values are: of five devices the last remains, and not in a list. A list
#   comes only when a key or a kind differs somewhere, and then it lacks the others: four rows of
#   which the second and third are alike give three. strict=True raises.
#
# Versions: json_repair 0.64.6; Python 3.11
#
# Matters: It reads what language models and command lines print, where a row per device is usual.
#   The more uniform the rows, the fewer are left: a report or a wipe list of one.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    json_repair==0.64.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
from importlib.metadata import version

import json_repair

print("json_repair", version("json_repair"))


def lines(rows):
    return "\n".join(json.dumps(row) for row in rows)


alike = [{"serialNumber": f"S{number}", "status": "active", "geo": {"lat": number}} for number in range(1, 6)]
found = json_repair.loads(lines(alike))
print(f"{len(alike)} rows alike: {found}")
assert found == alike[-1]

mixed = [{"esn": "A", "ram": 8}, {"esn": "B"}, {"esn": "C"}, {"esn": "D", "ram": 4}]
found = json_repair.loads(lines(mixed))
print(f"{len(mixed)} rows, two of them alike: {found}")
assert found == [mixed[0], mixed[2], mixed[3]]

assert json_repair.loads(json.dumps(alike)) == alike
try:
    json_repair.loads(lines(alike), strict=True)
except ValueError as error:
    print(f"strict: {error}")
else:
    raise AssertionError("strict=True does not raise")
PYTHON
