#!/usr/bin/env bash
# A ticket that comes at two in the morning waits for the next night shift
#
# Guess: For a shift from 22:00 to 06:00, which both libraries say they know, from 02:00 to 04:00 are two
#   hours.
#
# Seen: None, for both. businesstimedelta counts a shift only for what begins before it: 21:00 to 07:00
#   are eight hours, 23:00 to 01:00 none, and one hour after 02:00 is 23:00 of the following evening.
#   Backwards it ends in an OverflowError. business-duration counts what begins in the evening.
#
# Versions: businesstimedelta 1.0.1, business-duration 0.68, pytz 2026.6, pandas 3.1.1; Python 3.11
#
# Matters: The time to answer an alert of the night is zero, and the moment at which it is late is 21
#   hours too late.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    businesstimedelta==1.0.1 business-duration==0.68 pytz==2026.6 pandas==3.1.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, time
from importlib.metadata import version

import pytz
from business_duration import businessDuration
from businesstimedelta import BusinessTimeDelta, WorkDayRule

print(", ".join(f"{name} {version(name)}" for name in ("businesstimedelta", "business-duration", "pytz", "pandas")))
night = WorkDayRule(start_time=time(22), end_time=time(6), working_days=[0, 1, 2, 3, 4], tz=pytz.utc)


def at(text):
    return datetime.fromisoformat(f"2026-01-0{text}")


def hours(begin, end):
    """From one to the other by both: the 5th of January 2026 is a Monday."""
    first = night.difference(at(begin), at(end)).timedelta.total_seconds() / 3600
    second = businessDuration(at(begin), at(end), time(22), time(6), unit="hour")
    print(f"{begin} to {end}: {first:g} hours by businesstimedelta, {second:g} by business-duration")
    return first, second


assert hours("5 21:00", "6 07:00") == (8, 8)
assert hours("5 23:00", "6 01:00") == (0, 2)
assert hours("6 02:00", "6 04:00") == (0, 0)

late = at("6 02:00") + BusinessTimeDelta(night, hours=1)
print(f"one hour after 6 02:00: {late}")
assert late == pytz.utc.localize(at("6 23:00"))
try:
    print(f"one hour before 6 05:00: {at('6 05:00') - BusinessTimeDelta(night, hours=1)}")
except OverflowError as error:
    print(f"one hour before 6 05:00: {error!r}")
else:
    raise AssertionError
PYTHON
