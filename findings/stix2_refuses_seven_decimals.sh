#!/usr/bin/env bash
# stix2 cannot read timestamps with more than six decimals
#
# Guess: STIX takes RFC 3339 with as many decimals as there are; the reader cuts or rounds what Python
#   cannot hold.
#
# Seen: An object whose created has seven decimals, as Windows and .NET write them, or nine, cannot be
#   parsed: 'must be a datetime object, date object, or timestamp string in a recognizable format'. Six
#   are read and kept.
#
# Versions: stix2 3.0.2; Python 3.11
#
# Matters: One such object, valid by the standard, stops a whole bundle from being read.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    stix2==3.0.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import stix2

KINDS = {"type": "indicator", "spec_version": "2.1", "pattern": "[ipv4-addr:value = '192.0.2.1']", "pattern_type": "stix"}
found = {}
for decimals in ("123", "123456", "1234567", "123456789"):
    time = f"2026-01-02T03:04:05.{decimals}Z"
    indicator = {**KINDS, "id": "indicator--11111111-2222-4333-8444-555555555555"}
    try:
        parsed = stix2.parse({**indicator, "created": time, "modified": time, "valid_from": time})
        found[decimals] = str(stix2.utils.format_datetime(parsed.valid_from))
    except stix2.exceptions.InvalidValueError:
        found[decimals] = "InvalidValueError"
    print(f"stix2 {version('stix2')}: {time} {found[decimals]}")
assert found == {
    "123": "2026-01-02T03:04:05.123Z",
    "123456": "2026-01-02T03:04:05.123456Z",
    "1234567": "InvalidValueError",
    "123456789": "InvalidValueError",
}
PYTHON
