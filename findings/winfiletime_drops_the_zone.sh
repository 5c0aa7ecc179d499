#!/usr/bin/env bash
# winfiletime writes 10:00 at UTC+2 as 10:00 UTC
#
# Guess: FILETIME counts from 1601 in UTC (MS-DTYP 2.3.3): a time with a zone is converted, one
#   without is taken for UTC or refused.
#
# Seen: The zone is left out: ten o'clock is the same number in every zone. The way back gives a time
#   without a zone.
#
# Versions: winfiletime 2.1; Python 3.11
#
# Matters: When a laptop was last used, or a BitLocker key was changed, lies hours off, by the zone of
#   whoever wrote it: before the theft instead of after it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    winfiletime==2.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import winfiletime

print("winfiletime", version("winfiletime"))
EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
ten = datetime(2026, 11, 29, 10)
for hours in (0, 2, -8):
    moment = ten.replace(tzinfo=timezone(timedelta(hours=hours)))
    written, right = winfiletime.from_datetime(moment), (moment - EPOCH) // timedelta(microseconds=1) * 10
    print(f"{moment.isoformat()}: {written}, off by {(written - right) / 36_000_000_000:+.0f} h")
    assert written - right == hours * 36_000_000_000
assert winfiletime.to_datetime(winfiletime.from_datetime(ten.replace(tzinfo=timezone(timedelta(hours=2))))) == ten
PYTHON
