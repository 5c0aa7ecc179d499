#!/usr/bin/env bash
# geopy reads degrees and minutes without signs as 0 N, 0 E
#
# Guess: 41 30 0 N 81 0 0 W is 41.5, -81.0, or an error; so is 41,5 -81,0 with decimal commas.
#
# Seen: Point() searches the text and does not say what it left out: degrees, minutes and seconds
#   between blanks give (0, 0), a point in the Gulf of Guinea; 41 30 N, 81 0 W gives latitude 81; with
#   decimal commas the latitude is -81; 41.5 N -81 W is 81 east. With the signs of degree and minute all
#   is well.
#
# Versions: geopy 2.5.0; Python 3.11
#
# Matters: Positions that are copied from a report or from a map's page: the map shows another place,
#   and a distance or a fence is computed from it, without a word.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    geopy==2.5.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from geopy import Point

SEEN = {
    "41° 30' 0\" N 81° 0' 0\" W": (41.5, -81.0),
    "41.5 N 81.0 W": (41.5, -81.0),
    "41 30 0 N 81 0 0 W": (0.0, 0.0),
    "41 30 N, 81 0 W": (81.0, 0.0),
    "41,5 -81,0": (-81.0, 0.0),
    "41.5 N -81.0 W": (41.5, 81.0),
}
for text, seen in SEEN.items():
    point = Point(text)
    print(f"geopy {version('geopy')}: {text} is {point.latitude}, {point.longitude}")
    assert (point.latitude, point.longitude) == seen, text
PYTHON
