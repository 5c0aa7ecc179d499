#!/usr/bin/env bash
# A QR code of a serial number by segno is none that OpenCV finds
#
# Guess: segno.make makes a QR code: a short text makes a small one.
#
# Seen: A text of up to 21 capital letters and digits becomes a Micro QR code, which is a symbology
#   of its own with one corner mark instead of three. zxing-cpp reads it; OpenCV sees nothing. With
#   micro=False both read it.
#
# Versions: segno 1.6.6, opencv-python-headless 5.0.0.93, zxing-cpp 3.1.1, Pillow 13.0.0; Python
#   3.11
#
# Matters: Labels with short serial numbers cannot be scanned, those of the next series with longer
#   ones can.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    segno==1.6.6 opencv-python-headless==5.0.0.93 zxing-cpp==3.1.1 Pillow==13.0.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import cv2
import numpy
import segno
import zxingcpp
from PIL import Image

print(", ".join(f"{name} {version(name)}" for name in ("segno", "opencv-python-headless", "zxing-cpp")))


def scanned(text, **options):
    code, file = segno.make(text, **options), io.BytesIO()
    code.save(file, kind="png", scale=8, border=4)
    image = Image.open(file).convert("L")
    opencv = cv2.QRCodeDetector().detectAndDecode(numpy.array(image))[0]
    zxing = [found.text for found in zxingcpp.read_barcodes(image)]
    print(f"{text} {options}: {code.designator}, OpenCV {opencv!r}, zxing-cpp {zxing}")
    assert zxing == [text]
    return code.is_micro, opencv


assert scanned("SN000111") == (True, "")
assert scanned("SN000111", micro=False) == (False, "SN000111")
assert scanned("R9-0001-ABCDEF") == (True, "")
assert scanned("R9-0001-ABCDEF-2026-0001") == (False, "R9-0001-ABCDEF-2026-0001")
PYTHON
