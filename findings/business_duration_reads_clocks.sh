#!/usr/bin/env bash
# business-duration finds two hours between a moment and itself
#
# Guess: Of two datetimes with time zones the moments count, as they do when Python subtracts them. From
#   Monday 9:00 to Friday 18:00, with days from 9:00 to 18:00, are five days.
#
# Seen: The zones are left out: from 10:00 UTC to 12:00 at UTC+2, which is the same moment, are two hours,
#   and from 16:00 UTC to 11:30 at UTC-5, half an hour later, minus four and a half. A day has 24 hours:
#   the five days are 1.875.
#
# Versions: business-duration 0.68, pandas 3.1.1; Python 3.11
#
# Matters: Alerts have UTC, and who closes them has local time. Service levels are off by the difference,
#   and one of two days is reached after more than five.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    business-duration==0.68 pandas==3.1.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, time
from importlib.metadata import version

from business_duration import businessDuration

print(f"business-duration {version('business-duration')}, pandas {version('pandas')}")


def duration(begin, end, unit):
    begin, end = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    result = businessDuration(begin, end, time(9), time(18), unit=unit)
    print(f"{begin} to {end}: {result} in the unit {unit}, {end - begin} by Python")
    return result


assert duration("2026-01-05 10:00+00:00", "2026-01-05 12:00+00:00", "hour") == 2
assert duration("2026-01-05 10:00+00:00", "2026-01-05 12:00+02:00", "hour") == 2
assert duration("2026-01-05 16:00+00:00", "2026-01-05 11:30-05:00", "hour") == -4.5
assert duration("2026-01-05 09:00", "2026-01-09 18:00", "day") == 1.875
PYTHON
