#!/usr/bin/env bash
# Longitude first: two libraries refuse it, three give a place on another continent
#
# Guess: GeoJSON has the longitude first. Given as the latitude, -122.4 (San Francisco) is out of range,
#   and every library that takes latitude and longitude refuses it.
#
# Seen: geopy and pygeohash refuse it. h3 folds it over the pole, into the South Pacific (-57.6,
#   -142.2); so does the cell of s2sphere, whose point knows that it is not valid and is asked by
#   nobody; openlocationcode cuts it to -90, which is the South Pole.
#
# Versions: h3 4.5.0, s2sphere 0.2.5, openlocationcode 1.0.1, geopy 2.5.0, pygeohash 3.5.1; Python 3.11
#
# Matters: Positions of devices are grouped and compared by such cells. A swapped pair stays unseen
#   wherever a longitude goes beyond 90.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    h3==4.5.0 s2sphere==0.2.5 openlocationcode==1.0.1 geopy==2.5.0 pygeohash==3.5.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import h3
import pygeohash
import s2sphere
from geopy import Point
from openlocationcode import openlocationcode

longitude, latitude = -122.4194, 37.7749


def with_s2sphere(first, second):
    back = s2sphere.CellId.from_lat_lng(s2sphere.LatLng.from_degrees(first, second)).to_lat_lng()
    return back.lat().degrees, back.lng().degrees


WAYS = {
    "h3": lambda *pair: h3.cell_to_latlng(h3.latlng_to_cell(*pair, 12)),
    "s2sphere": with_s2sphere,
    "openlocationcode": lambda *pair: openlocationcode.decode(openlocationcode.encode(*pair)).latlng(),
    "geopy": lambda *pair: tuple(Point(*pair))[:2],
    "pygeohash": lambda *pair: tuple(pygeohash.decode(pygeohash.encode(*pair))),
}
found = {}
for library, there_and_back in WAYS.items():
    right = there_and_back(latitude, longitude)
    assert abs(right[0] - latitude) < 0.01 and abs(right[1] - longitude) < 0.01, (library, right)
    try:
        found[library] = tuple(round(float(part), 1) for part in there_and_back(longitude, latitude))
    except ValueError as error:
        found[library] = "refused"
    print(f"{library} {version(library)}: {longitude}, {latitude} is {found[library]}")
assert found == {
    "h3": (-57.6, -142.2),
    "s2sphere": (-57.6, -142.2),
    "openlocationcode": (-90.0, 37.8),
    "geopy": "refused",
    "pygeohash": "refused",
}
PYTHON
