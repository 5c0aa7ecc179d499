#!/usr/bin/env bash
# pandas reads half an hour as five hours
#
# Guess: pandas.Timedelta reads ISO 8601 durations: PT0.5H is half an hour, P0.5D half a day; P1M,
#   whose length is not fixed, is refused, as it refuses '1M'.
#
# Seen: Decimals count only for seconds: the digit behind the point is read as the number. PT0.5H is
#   five hours, P0.5D five days, P1.5W five weeks and a second. P1M, a month, is a minute. No error,
#   no warning.
#
# Versions: pandas 3.1.1, isodate 0.7.2; Python 3.11
#
# Matters: Microsoft Graph and Intune send durations in this form. A grace period of half a day
#   becomes five days, one of a month becomes a minute.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pandas==3.1.1 isodate==0.7.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import isodate
import pandas

print("pandas", version("pandas"), "isodate", version("isodate"))
found = {}
for text in ("PT0.5H", "P0.5D", "P1.5W", "P1M", "PT1.5S"):
    found[text] = str(pandas.Timedelta(text))
    print(f"{text}: pandas {found[text]}; isodate {isodate.parse_duration(text)}")
assert found == {
    "PT0.5H": "0 days 05:00:00",
    "P0.5D": "5 days 00:00:00",
    "P1.5W": "35 days 00:00:01",
    "P1M": "0 days 00:01:00",
    "PT1.5S": "0 days 00:00:01.500000",
}, found
PYTHON
