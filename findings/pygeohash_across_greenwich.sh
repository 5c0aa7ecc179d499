#!/usr/bin/env bash
# pygeohash says 20,000 km of two geohashes that lie 56 m apart
#
# Guess: geohash_approximate_distance is rough, but of the right order: the longer the hashes, the
#   better.
#
# Seen: It is a table over the number of common first characters. On the two sides of the meridian
#   of Greenwich, or of the equator, no character is common: 20,000 km, whatever the length. Equal
#   hashes are 0. geohash_haversine_distance says 56 m.
#
# Versions: pygeohash 3.5.1; Python 3.11
#
# Matters: 'It moved more than 50 km' is true of a laptop that was carried across a street in London,
#   and an alarm is what such a rule raises.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pygeohash==3.5.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pygeohash

print("pygeohash", version("pygeohash"))
for name, first, second, near in (
    ("Greenwich", (51.478, -0.0004), (51.478, 0.0004), False),
    ("the equator", (0.0004, 36.9), (-0.0004, 36.9), False),
    ("Berlin", (52.52, 13.4051), (52.52, 13.4061), True),
):
    for precision in (7, 9):
        one, other = (pygeohash.encode(*point, precision=precision) for point in (first, second))
        rough, exact = pygeohash.geohash_approximate_distance(one, other), pygeohash.geohash_haversine_distance(one, other)
        print(f"{name}, {one} and {other}: approximately {rough / 1000:,.3f} km, haversine {exact:.0f} m")
        assert exact < 250
        assert (rough == 20_000_000) is not near
PYTHON
