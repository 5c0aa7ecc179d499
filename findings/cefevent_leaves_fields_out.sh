#!/usr/bin/env bash
# cefevent leaves out what it does not like, and writes dates that CEF does not have
#
# Guess: A value that is too long, or of the wrong kind, raises an exception or is cut; a datetime
#   becomes one of the forms of CEF.
#
# Seen: set_field() answers False and the field is not in the event: an identifier of 300 characters, an
#   IPv6 address as the source, a field that CEF does not know. A datetime is accepted and written as
#   2026-01-02 03:04:05, which is neither milliseconds nor MMM dd yyyy HH:mm:ss. (A severity in words,
#   which CEF has, does raise.)
#
# Versions: cefevent 0.5.6; Python 3.11
#
# Matters: The event arrives without the device that it is about, and the sender does not know;
#   receivers read the date as they please.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cefevent==0.5.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

from cefevent import CEFEvent

event = CEFEvent()
found = {}
for field, value in {
    "name": "Device frozen",
    "deviceExternalId": "D" * 300,
    "sourceAddress": "2001:db8::1",
    "destinationHostName": "lab-1.example.com",
    "end": datetime(2026, 1, 2, 3, 4, 5),
}.items():
    found[field] = event.set_field(field, value)
    print(f"cefevent {version('cefevent')}: set_field({field!r}) answers {found[field]!r}")
line = str(event.build_cef())
print(line)
assert found["deviceExternalId"] is False and "deviceExternalId" not in line
assert found["sourceAddress"] is False and "2001:db8::1" not in line
assert found["destinationHostName"] == "lab-1.example.com" and "dhost=lab-1.example.com" in line
assert line.endswith("end=2026-01-02 03:04:05")
PYTHON
