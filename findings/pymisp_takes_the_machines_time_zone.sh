#!/usr/bin/env bash
# PyMISP reads a time without zone as local, and a year as a day of this year
#
# Guess: MISP reckons in UTC, so a time without a zone that is given to first_seen is UTC; a bare year
#   is refused.
#
# Seen: It is taken for local time: on a machine in New York 2026-01-02 03:04:05 goes to the server as
#   03:04:05-05:00, on one in UTC as 03:04:05+00:00. A date alone is midnight there. The text 2020 is
#   today's day and month of 2020, so that it changes with the day.
#
# Versions: PyMISP 2.5.34.4; Python 3.11
#
# Matters: When a device was first seen is off by the offset of whichever machine runs the export: two
#   runners, two truths.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pymisp==2.5.34.4

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os
import time
from datetime import datetime, timezone
from importlib.metadata import version

from pymisp import MISPEvent

found = {}
for zone in ("UTC", "America/New_York"):
    os.environ["TZ"] = zone
    time.tzset()
    for value in (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05", "2026-01-02"):
        attribute = MISPEvent().add_attribute("hostname", "lab-1.example.com", first_seen=value)
        found[zone, value] = attribute.first_seen.isoformat()
        print(f"PyMISP {version('pymisp')}, {zone}: {value!r} is {found[zone, value]}")
for value in (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"):
    assert found["UTC", value] == "2026-01-02T03:04:05+00:00"
    assert found["America/New_York", value] == "2026-01-02T03:04:05-05:00"
assert found["America/New_York", "2026-01-02"] == "2026-01-02T00:00:00-05:00"
year = MISPEvent().add_attribute("hostname", "lab-1.example.com", first_seen="2020").first_seen
today = datetime.now().astimezone()
print(f"'2020' is {year.isoformat()}")
assert (year.year, year.month) == (2020, today.month) and abs(year.day - today.day) <= 1
PYTHON
