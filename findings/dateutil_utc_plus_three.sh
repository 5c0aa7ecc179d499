#!/usr/bin/env bash
# dateutil reads UTC+3 as three hours behind, and its own time zones as three ahead
#
# Guess: UTC+3 in a date is three hours ahead of UTC, as people write it and as dateutil's own tz
#   module has it.
#
# Seen: dateutil's parser gives -03:00 for `UTC+3` and `GMT+0300`, and pandas, which has a copy of it,
#   too. dateutil.tz.gettz('UTC+3') and dateparser give +03:00.
#
# Versions: python-dateutil 4.0.0, dateparser 1.5.0, pandas 3.1.1; Python 3.11
#
# Matters: GMT+0300 is how browsers print an offset. Read from such a text, every event of the office
#   in Riyadh is six hours off.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-dateutil==4.0.0 dateparser==1.5.0 pandas==3.1.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import dateparser
import pandas
from dateutil import parser, tz

found = {}
for zone in ("UTC+3", "GMT+0300", "+03:00"):
    text = f"2026-07-01 18:00 {zone}"
    found[zone] = {
        "python-dateutil": parser.parse(text).strftime("%z"),
        "pandas": pandas.Timestamp(text).strftime("%z"),
        "dateparser": dateparser.parse(text).strftime("%z"),
    }
    for library, offset in found[zone].items():
        print(f"{text} with {library} {version(library)}: {offset}")
own = tz.gettz("UTC+3").utcoffset(datetime(2026, 7, 1))
print(f"dateutil.tz.gettz('UTC+3'): {own}")
for zone in ("UTC+3", "GMT+0300"):
    assert found[zone] == {"python-dateutil": "-0300", "pandas": "-0300", "dateparser": "+0300"}, found
assert set(found["+03:00"].values()) == {"+0300"}
assert own.total_seconds() == 3 * 3600
PYTHON
