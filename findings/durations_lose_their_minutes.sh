#!/usr/bin/env bash
# timelength reads '2h30' as two hours and calls it a success, and humanfriendly's year has 364 days
#
# Guess: What a reader of durations does not understand it refuses; a year has 365 days, or 365.25.
#
# Seen: timelength says success for '2h30', '1 h 30' and '-1h', and gives 2 hours, 1 hour and plus 1
#   hour: the 30 and the sign are lost. '5M' is five months, where pytimeparse and humanfriendly say
#   five minutes. humanfriendly's '1 year' is 52 weeks. pytimeparse gives None for '1 month' and for
#   '90', which pytimeparse2 takes.
#
# Versions: timelength 3.0.4, humanfriendly 10.0, pytimeparse 1.1.10, pytimeparse2 1.7.1; Python 3.11
#
# Matters: 'How far back to fetch' is such a text. Half an hour, or a day of each year, is never
#   fetched, and nothing says so.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    timelength==3.0.4 humanfriendly==10.0 pytimeparse==1.1.10 pytimeparse2==1.7.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import humanfriendly
import pytimeparse
import pytimeparse2
from timelength import TimeLength

print({name: version(name) for name in ("timelength", "humanfriendly", "pytimeparse", "pytimeparse2")})
HOUR, DAY = 3600, 86400


def by_timelength(text):
    result = TimeLength(text).result
    assert result.success
    return result.seconds


def by_humanfriendly(text):
    try:
        return humanfriendly.parse_timespan(text)
    except humanfriendly.InvalidTimespan:
        return "refused"


readers = (by_timelength, by_humanfriendly, pytimeparse.parse, pytimeparse2.parse)
for text, expected in {
    "2h30": (2 * HOUR, "refused", None, None),
    "1 h 30": (HOUR, "refused", None, None),
    "-1h": (HOUR, "refused", -HOUR, -HOUR),
    "5M": (5 * 2_635_200, 300, 300, 300),
    "1 year": (365 * DAY, 364 * DAY, None, 365 * DAY),
    "1 month": (30.5 * DAY, "refused", None, 30 * DAY),
    "90": (90, 90, None, 90),
    "1 day": (DAY, DAY, DAY, DAY),
}.items():
    read = tuple(reader(text) for reader in readers)
    print(f"{text!r}: timelength {read[0]}, humanfriendly {read[1]}, pytimeparse {read[2]}, pytimeparse2 {read[3]}")
    assert read == expected, expected
PYTHON
