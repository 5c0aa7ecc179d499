#!/usr/bin/env bash
# aniso8601 reads the end of a day as its beginning
#
# Guess: 24:00:00 is either refused, or midnight at the end of that day, which is 00:00 of the next
#   (ISO 8601).
#
# Seen: aniso8601 gives 00:00 of the same day, a whole day too early. dateutil, ciso8601 and arrow
#   give the next day, the standard library refuses.
#
# Versions: aniso8601 10.0.1, python-dateutil 4.0.0, ciso8601 2.4.1, arrow 1.4.0; Python 3.11
#
# Matters: A report 'until 24:00' is empty: its end is its beginning. Flask-RESTful reads dates with
#   it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    aniso8601==10.0.1 python-dateutil==4.0.0 ciso8601==2.4.1 arrow==1.4.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

import aniso8601
import arrow
import ciso8601
from dateutil import parser

TEXT = "2026-07-01T24:00:00Z"
PARSERS = {
    "aniso8601": aniso8601.parse_datetime,
    "python-dateutil": parser.isoparse,
    "ciso8601": ciso8601.parse_datetime,
    "arrow": arrow.get,
}
found = {name: parse(TEXT).isoformat() for name, parse in PARSERS.items()}
for name, moment in found.items():
    print(f"{TEXT} with {name} {version(name)}: {moment}")
assert found.pop("aniso8601") == "2026-07-01T00:00:00+00:00"
assert set(found.values()) == {"2026-07-02T00:00:00+00:00"}
PYTHON
