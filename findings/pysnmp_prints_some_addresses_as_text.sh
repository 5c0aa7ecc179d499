#!/usr/bin/env bash
# pysnmp prints most MAC addresses in hexadecimal, and 40:41:42:43:44:45 as @ABCDE
#
# Guess: prettyPrint of an OCTET STRING with a physical address always has the same form, 0x and
#   twelve digits.
#
# Seen: It has that form only when one of the bytes cannot be printed. Where all can, which is so
#   for one of 400 addresses that are drawn by chance, the bytes are the text: @ABCDE. Blanks are
#   printable too.
#
# Versions: pysnmp 7.1.30, pyasn1 0.6.5; Python 3.11
#
# Matters: In a fleet of 10,000 some 25 devices are not found by their MAC address, and are new
#   devices at each import.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pysnmp==7.1.30 pyasn1==0.6.5

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import random
from importlib.metadata import version

from pysnmp.proto.rfc1902 import OctetString

print("pysnmp", version("pysnmp"), "pyasn1", version("pyasn1"))
shown = {}
for address in ("001a2b3c4d5e", "404142434445", "202041202020"):
    shown[address] = OctetString(hexValue=address).prettyPrint()
    print(f"{address}: {shown[address]!r}")
assert shown["001a2b3c4d5e"] == "0x001a2b3c4d5e"
assert shown["404142434445"] == "@ABCDE"
assert shown["202041202020"] == "  A   "

drawn = random.Random(1)
addresses = [bytes(drawn.randrange(256) for _ in range(6)) for _ in range(20000)]
texts = sum(not OctetString(address).prettyPrint().startswith("0x") for address in addresses)
print(f"text: {texts} of {len(addresses)}")
assert 30 < texts < 90
PYTHON
