#!/usr/bin/env bash
# BST is in Bougainville, until an upgrade moves it to London
#
# Guess: dateparser knows the usual abbreviations: BST is British Summer Time, IST is India. At least
#   they mean the same in two releases of one year.
#
# Seen: dateparser 1.4.1 reads BST as UTC+11 (Bougainville), 1.5.0 as UTC+1 (Britain). IST is Israel's
#   UTC+2 in both, CST the American one.
#
# Versions: dateparser 1.4.1 and 1.5.0; Python 3.11
#
# Matters: 'Freeze at 18:00 BST' happens ten hours too early, or is in the past; and after an upgrade
#   of the image it does not. No abbreviation is safe; an offset is.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cat > "$folder/read.py" <<'PYTHON'
import sys
from importlib.metadata import version

import dateparser

SETTINGS = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True, "TO_TIMEZONE": "UTC"}
found = []
for zone in ("BST", "IST", "CST", "+01:00"):
    moment = dateparser.parse(f"2026-07-01 18:00 {zone}", settings=SETTINGS)
    found.append(f"{moment:%m-%dT%H:%M}")
    print(f"dateparser {version('dateparser')}: 2026-07-01 18:00 {zone} -> {moment}")
assert found == sys.argv[1:], found
PYTHON

python3 -m venv "$folder/old"
python3 -m venv "$folder/new"
"$folder/old/bin/pip" install --quiet --disable-pip-version-check dateparser==1.4.1
"$folder/new/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0

"$folder/old/bin/python" -W ignore "$folder/read.py" 07-01T07:00 07-01T16:00 07-02T00:00 07-01T17:00
"$folder/new/bin/python" -W ignore "$folder/read.py" 07-01T17:00 07-01T16:00 07-02T00:00 07-01T17:00
