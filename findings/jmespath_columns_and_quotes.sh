#!/usr/bin/env bash
# Two JMESPath expressions that give back other devices than they say
#
# Guess: devices[*].serial has one element for each device, null where there is none;
#   [?status=="active"] compares the status with the word active.
#
# Seen: A projection leaves nulls out: three devices give one serial, and lists of serials and names
#   do not fit together. Double quotes name a field: the status is compared with a field called
#   active, and where a device has neither, null equals null and it is taken.
#
# Versions: jmespath 1.1.0; Python 3.11
#
# Matters: A query that is to select the active devices selects those whose state is unknown, and one
#   that pairs serials with names pairs the wrong ones.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    jmespath==1.1.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jmespath

print("jmespath", version("jmespath"))
DEVICES = {
    "devices": [
        {"name": "LAB-1", "serial": None, "status": "active"},
        {"name": "LAB-2", "serial": "SN2"},
        {"name": "LAB-3", "serial": None},
    ]
}
found = {}
for expression in (
    "devices[*].name",
    "devices[*].serial",
    "devices[*].[name, serial]",
    "devices[?status=='active'].name",
    'devices[?status=="active"].name',
):
    found[expression] = jmespath.search(expression, DEVICES)
    print(f"{expression}: {found[expression]}")
assert found["devices[*].serial"] == ["SN2"]
assert len(found["devices[*].name"]) == 3
assert found["devices[?status=='active'].name"] == ["LAB-1"]
assert found['devices[?status=="active"].name'] == ["LAB-2", "LAB-3"]
PYTHON
