#!/usr/bin/env bash
# The label of LAB-1 is read as LAB-1- when python-barcode printed it
#
# Guess: A scanner reads what the label was made from. Code 39 needs no check character; an
#   interleaved code cannot hold an odd number of digits and refuses one.
#
# Seen: python-barcode adds a check character to Code 39 and a zero before an odd number of digits
#   of ITF: zxing-cpp reads LAB-1- and, of an IMEI of 15 digits, 16. A number in UPC-A comes back as
#   EAN-13, with a zero before it. Code 128 gives what went in.
#
# Versions: python-barcode 0.16.1, zxing-cpp 3.1.1, Pillow 13.0.0; Python 3.11
#
# Matters: The asset tag that is scanned at the return of a laptop is in no inventory, and a number
#   of 16 digits may pass for another kind of identifier (IMEISV).
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-barcode==0.16.1 zxing-cpp==3.1.1 Pillow==13.0.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import barcode
import zxingcpp
from barcode.writer import ImageWriter
from PIL import Image


def scanned(kind, text, **options):
    image = io.BytesIO()
    code = barcode.get_barcode_class(kind)(text, writer=ImageWriter(), **options)
    code.write(image, {"write_text": False, "module_width": 0.4})
    (found,) = zxingcpp.read_barcodes(Image.open(image).convert("L"))
    return found.text


LABELS = [
    ("code39", "LAB-1", {}, "LAB-1-"),
    ("code39", "LAB-1", {"add_checksum": False}, "LAB-1"),
    ("itf", "352099001761481", {}, "0352099001761481"),
    ("upca", "123456789012", {}, "0123456789012"),
    ("code128", "352099001761481", {}, "352099001761481"),
]
print("python-barcode", version("python-barcode"), "read by zxing-cpp", version("zxing-cpp"))
for kind, text, options, expected in LABELS:
    read = scanned(kind, text, **options)
    print(f"{kind} of {text} {options or ''}: {read}")
    assert read == expected
PYTHON
