#!/usr/bin/env bash
# dictdiffer finds no difference between two devices' identifiers
#
# Guess: Integers are compared exactly; a tolerance is for floating point numbers. 1 and true are
#   different values of JSON.
#
# Seen: All numbers are compared within a relative tolerance, as floating point: 64-bit identifiers
#   that differ in the last digits are the same, also with tolerance=0. So are 1 and true. As texts
#   the identifiers differ.
#
# Versions: dictdiffer 0.10.0; Python 3.11
#
# Matters: A device was replaced, or a cursor has moved on, and the comparison of yesterday's record
#   with today's reports no change.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    dictdiffer==0.10.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from dictdiffer import diff

print("dictdiffer", version("dictdiffer"))
before = {"deviceId": 7036874417766401234, "frozen": 1}
after = {"deviceId": 7036874417766401235, "frozen": True}
for options in ({}, {"tolerance": 0}):
    found = list(diff(before, after, **options))
    print(f"{before} and {after} {options or ''}: {found}")
    assert found == []
texts = list(diff({"deviceId": str(before["deviceId"])}, {"deviceId": str(after["deviceId"])}))
short = list(diff({"deviceId": 352099001761481}, {"deviceId": 352099001761482}))
print(f"as texts: {texts}")
print(f"15 digits: {short}")
assert len(texts) == len(short) == 1
PYTHON
