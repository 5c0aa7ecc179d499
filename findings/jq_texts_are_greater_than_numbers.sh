#!/usr/bin/env bash
# For jq every text is greater than every number, and a whole number has two values
#
# Guess: select(.risk > 5) leaves out a risk that is a text, or converts it. A number that was not
#   touched comes out as it went in.
#
# Seen: A text is greater than any number, so "2" passes a filter for more than 5. 9007199254740993
#   comes out of the program as ...992, and out of tostring and tojson as ...993.
#
# Versions: jq 1.13.0 of PyPI (the bindings); Python 3.11
#
# Matters: APIs that send figures as texts, as many do with 64-bit numbers, pass each threshold, and
#   the identifier that is handed on is that of another object.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    jq==1.13.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jq

print("jq", version("jq"))
DEVICES = [{"name": "a", "risk": 7}, {"name": "b", "risk": "2"}, {"name": "c", "risk": 3}]
risky = jq.compile("map(select(.risk > 5) | .name)").input_value(DEVICES).first()
print("more than 5 of 7, \"2\" and 3:", risky)
given = "9007199254740993"
plain = jq.compile(".id").input_text(f'{{"id": {given}}}').text()
as_text = jq.compile(".id | tostring").input_text(f'{{"id": {given}}}').first()
as_json = jq.compile("tojson").input_text(f'{{"id": {given}}}').first()
print(f"{given}: .id gives {plain}, tostring {as_text}, tojson {as_json}")
assert risky == ["a", "b"], risky
assert plain == "9007199254740992", plain
assert as_text == given, as_text
assert as_json == f'{{"id":{given}}}', as_json
PYTHON
