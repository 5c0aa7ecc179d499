#!/usr/bin/env bash
# parsedatetime reads the year of an ISO timestamp as the time of day
#
# Guess: An ISO 8601 timestamp is read, or the result says that nothing was understood (flag 0).
#
# Seen: 2026-07-01T18:00:00Z is today at 20:26, and the flag says that a time was understood. With a
#   blank instead of the T it is read right.
#
# Versions: parsedatetime 2.6; Python 3.11
#
# Matters: It is made for what people type, and people paste timestamps from logs: 'not before
#   2026-07-01T18:00:00Z' becomes this evening.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    parsedatetime==2.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import parsedatetime

print("parsedatetime", version("parsedatetime"))
today = datetime(2026, 11, 28, 9, 0)
found = {}
for text in ("2026-07-01T18:00:00Z", "2026-07-01 18:00:00"):
    found[text] = parsedatetime.Calendar().parseDT(text, sourceTime=today)
    print(f"{text} on the morning of {today.date()}: {found[text][0]}, flag {found[text][1]}")
assert found["2026-07-01T18:00:00Z"] == (datetime(2026, 11, 28, 20, 26), 2)
assert found["2026-07-01 18:00:00"] == (datetime(2026, 7, 1, 18, 0), 3)
PYTHON
