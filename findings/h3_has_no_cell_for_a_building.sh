#!/usr/bin/env bash
# A building has no cells in h3, and so no device is in it
#
# Guess: The cells of a polygon cover it: one as small as a building has at least the cell in which
#   it stands.
#
# Seen: Only cells whose centre is in the polygon are given. A site of 100 m has none at resolutions
#   7 to 10, one of 400 m none at 7 and 8; the result is an empty list.
#   h3shape_to_cells_experimental with contain='overlap' gives the cells that touch it.
#
# Versions: h3 4.5.0; Python 3.11
#
# Matters: A geofence that was turned into cells is empty without a word: every device is outside of
#   it, wherever it is, and is reported as gone.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    h3==4.5.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import h3

print("h3", version("h3"))
SOUTH, WEST = 52.52, 13.40


def site(metres):
    north, east = SOUTH + metres / 111_200, WEST + metres / 67_700
    return h3.LatLngPoly([(SOUTH, WEST), (SOUTH, east), (north, east), (north, WEST)])


cells, touching = {}, {}
for metres in (100, 400):
    for resolution in (7, 8, 9, 10):
        cells[metres, resolution] = len(h3.h3shape_to_cells(site(metres), resolution))
        touching[metres, resolution] = len(h3.h3shape_to_cells_experimental(site(metres), resolution, contain="overlap"))
        print(f"{metres} m, resolution {resolution}: {cells[metres, resolution]} cells, overlap {touching[metres, resolution]}")
assert [cells[100, resolution] for resolution in (7, 8, 9, 10)] == [0, 0, 0, 0]
assert [cells[400, resolution] == 0 for resolution in (7, 8, 9, 10)] == [True, True, False, False]
assert all(touching.values())
PYTHON
