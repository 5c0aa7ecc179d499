#!/usr/bin/env bash
# utm puts a whole array into the zone of its first point
#
# Guess: utm.from_latlon of an array gives each point its own zone, as it does point by point, or
#   refuses points of several zones.
#
# Seen: It answers one zone, that of the first point, and reckons all the others in it: New York, by
#   itself in zone 18, comes with an easting of over 1,000,000 m in zone 17 if a point of Ohio stands
#   before it. The order of the rows changes every row.
#
# Versions: utm 0.9.0, numpy 2.4.6; Python 3.11
#
# Matters: Positions of a fleet go through as arrays; a grid reference that is made of such an easting
#   names another place, and distances from it are off.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    utm==0.9.0 numpy==2.4.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy
import utm

ohio, new_york = (41.5, -81.7), (40.7, -74.0)
alone = utm.from_latlon(*new_york)
latitudes, longitudes = numpy.array([ohio, new_york]).T
eastings, northings, zone, letter = utm.from_latlon(latitudes, longitudes)
other_way = utm.from_latlon(latitudes[::-1], longitudes[::-1])
print(f"utm {version('utm')}: New York alone: zone {alone[2]}, easting {alone[0]:.0f} m")
print(f"behind Ohio: zone {zone}, easting {eastings[1]:.0f} m; before it: zone {other_way[2]}, easting {other_way[0][0]:.0f} m")
assert (alone[2], zone, other_way[2]) == (18, 17, 18)
assert round(alone[0]) == round(other_way[0][0]) and eastings[1] > 1_000_000
PYTHON
