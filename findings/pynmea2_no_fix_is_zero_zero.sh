#!/usr/bin/env bash
# A receiver without a fix is at 0 N, 0 E for pynmea2
#
# Guess: A sentence whose fields for the position are empty, as receivers send it until they have a
#   fix, has no latitude: None, an empty text, or an exception.
#
# Seen: latitude and longitude are 0.0, for GGA, RMC and GLL alike: a point in the Gulf of Guinea,
#   which is a valid place. pynmeagps gives empty texts. Only the quality or status field, and
#   is_valid, tell.
#
# Versions: pynmea2 1.19.0, pynmeagps 1.1.8; Python 3.11
#
# Matters: Laptops that just woke up are seen off Africa, leave their geofence and are frozen;
#   averages of positions are drawn there.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pynmea2==1.19.0 pynmeagps==1.1.8

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from functools import reduce
from importlib.metadata import version

import pynmea2
from pynmeagps import NMEAReader

SENTENCES = (
    "GNGGA,123519.00,,,,,0,00,99.99,,,,,,",
    "GNRMC,123519.00,V,,,,,,,020126,,,N",
    "GNGLL,,,,,123519.00,V,N",
)
print("pynmea2", version("pynmea2"), "and pynmeagps", version("pynmeagps"))
for body in SENTENCES:
    line = f"${body}*{reduce(lambda total, byte: total ^ byte, body.encode()):02X}"
    first = pynmea2.parse(line, check=True)
    second = NMEAReader.parse(f"{line}\r\n")
    print(f"{line}: pynmea2 {first.latitude}, {first.longitude}; pynmeagps {second.lat!r}, {second.lon!r}")
    assert (first.latitude, first.longitude) == (0.0, 0.0)
    assert first.is_valid is False
    assert (second.lat, second.lon) == ("", "")
PYTHON
