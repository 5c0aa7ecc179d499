#!/usr/bin/env bash
# pycef leaves CEF's escapes in the values, and merges fields with the same label
#
# Guess: A parser of CEF undoes its escapes (\\, \=, \n); custom fields keep their own keys, cs1
#   beside cs1Label.
#
# Seen: Values come out as they were escaped: C:\\Temp with two backslashes, a\=b with its backslash.
#   A custom field is renamed to its label; of two with the same label, the first is lost.
#
# Versions: pycef 1.11; Python 3.11
#
# Matters: Paths do not match those of other sources, and when a product labels source and target user
#   alike, the one who did it is gone.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pycef==1.11

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pycef

print("pycef", version("pycef"))
HEAD = "CEF:0|Example|Agent|1.0|100|Device frozen|5|"
found = pycef.parse(HEAD + r"filePath=C:\\Temp\\x.exe msg=a\=b\nc cs1Label=User cs1=alice cs2Label=User cs2=bob act=freeze")
extension = {key: value for key, value in found.items() if key not in pycef.parse(HEAD + "x=1")}
print(extension)
assert extension == {
    "filePath": r"C:\\Temp\\x.exe",
    "msg": r"a\=b\nc",
    "User": "bob",
    "act": "freeze",
}, extension
PYTHON
