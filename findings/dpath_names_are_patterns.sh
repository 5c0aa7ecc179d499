#!/usr/bin/env bash
# dpath sets the state of another device than the one that is named in a list of keys
#
# Guess: A path that is given as a list of keys names exactly these keys. A new path under
#   'devices/3' makes a key 3.
#
# Seen: Each key of the list is a pattern: ['devices', 'LAB[1]', 'state'] changes LAB1 and leaves
#   LAB[1] as it is; 'LAB*' changes LAB-1 as well as the device of that name. new() makes a list of
#   four when the key that is missing is a number, and a key when the parent exists.
#
# Versions: dpath 2.2.0; Python 3.11
#
# Matters: Names of devices, groups and policies come from people. A write in the context of an
#   incident goes to another one, and the return value, 1, looks like success.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    dpath==2.2.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import dpath

print("dpath", version("dpath"))


def frozen(name, *names):
    devices = {"devices": {other: {"state": "free"} for other in names}}
    changed = dpath.set(devices, ["devices", name, "state"], "frozen")
    hit = [other for other, device in devices["devices"].items() if device["state"] == "frozen"]
    print(f"{name} of {names}: {changed} changed, {hit}")
    return changed, hit


assert frozen("LAB-1", "LAB-1", "LAB-2") == (1, ["LAB-1"])
assert frozen("LAB[1]", "LAB[1]", "LAB1") == (1, ["LAB1"])
assert frozen("LAB*", "LAB*", "LAB-1") == (2, ["LAB*", "LAB-1"])

for context in ({}, {"devices": {}}):
    before = str(context)
    dpath.new(context, "devices/3/state", "frozen")
    print(f"{before}: {context}")
    assert context["devices"] == ([None, None, None, {"state": "frozen"}] if before == "{}" else {"3": {"state": "frozen"}})
PYTHON
