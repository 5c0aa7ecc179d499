#!/usr/bin/env bash
# arrow rounds the seventh decimal, and so into the next day
#
# Guess: The decimals beyond microseconds are cut off, as every other parser does.
#
# Seen: arrow rounds: 23:59:59.9999999 is midnight of the next day, where the others give the last
#   microsecond of the day. The greatest date that .NET knows, which vendors send for 'never', it
#   cannot read at all.
#
# Versions: arrow 1.4.0, python-dateutil 4.0.0, pendulum 3.3.0, ciso8601 2.4.1; Python 3.11
#
# Matters: SQL Server and .NET write seven decimals, and end a day at 23:59:59.9999999. With arrow
#   such an event belongs to the day after, and a range 'until the end of June' reaches into July.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    arrow==1.4.0 python-dateutil==4.0.0 pendulum==3.3.0 ciso8601==2.4.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import arrow
import ciso8601
import pendulum
from dateutil import parser

TEXT = "2026-06-30T23:59:59.9999999Z"
PARSERS = {
    "arrow": arrow.get,
    "python-dateutil": parser.isoparse,
    "pendulum": pendulum.parse,
    "ciso8601": ciso8601.parse_datetime,
}
found = {name: parse(TEXT).isoformat() for name, parse in PARSERS.items()}
for name, moment in found.items():
    print(f"{TEXT} with {name} {version(name)}: {moment}")
assert found.pop("arrow") == "2026-07-01T00:00:00+00:00"
assert set(found.values()) == {"2026-06-30T23:59:59.999999+00:00"}
PYTHON
