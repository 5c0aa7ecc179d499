#!/usr/bin/env bash
# dateparser makes a date of the year 1534 of a valid ISO 8601 timestamp
#
# Guess: ISO 8601 in its other valid forms (basic, week date, decimal comma, hour only) is read right,
#   or not at all. An upgrade from 1.4.1 to 1.5.0 can only read more of it.
#
# Seen: 2026-W27-3 is 27 March instead of 1 July, with both. 1.4.1 gives None for the others. 1.5.0
#   takes the basic form for an age, which ends in the year 1534, 18Z for '18 days ago' and the
#   decimal comma for '5 days ago'.
#
# Versions: dateparser 1.4.1 and 1.5.0; Python 3.11
#
# Matters: What was an error that the user saw became a date that nobody wrote: a search from 1534 on
#   is a search without a limit. The platform's own reader of dates is dateparser.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat > "$folder/read.py" <<'PYTHON'
import sys
from datetime import datetime, timezone
from importlib.metadata import version

import dateparser

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
SETTINGS = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True, "RELATIVE_BASE": NOW.replace(tzinfo=None)}
TEXTS = ("2026-W27-3T18:00:00Z", "20260701T180000Z", "2026-07-01T18Z", "2026-07-01T18:00:00,5Z", "2026-07-01T18:00:00Z")
found = []
for text in TEXTS:
    moment = dateparser.parse(text, settings=SETTINGS)
    found.append(str(moment and moment.date()))
    print(f"dateparser {version('dateparser')}: {text} -> {moment}")
assert found == sys.argv[1:], found
PYTHON

python3 -m venv "$folder/old"
python3 -m venv "$folder/new"
"$folder/old/bin/pip" install --quiet --disable-pip-version-check dateparser==1.4.1
"$folder/new/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0

"$folder/old/bin/python" -W ignore "$folder/read.py" 2026-03-27 None None None 2026-07-01
"$folder/new/bin/python" -W ignore "$folder/read.py" 2026-03-27 1534-02-01 2026-11-10 2026-11-23 2026-07-01
