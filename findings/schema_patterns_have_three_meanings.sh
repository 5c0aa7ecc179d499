#!/usr/bin/env bash
# One pattern of a JSON schema, three validators, three answers
#
# Guess: `pattern` is a regular expression of ECMA-262: $ is the end of the text and \d ten digits, in
#   every validator.
#
# Seen: jsonschema takes Python's: a line feed may follow the end, and Arabic digits are digits.
#   fastjsonschema mends $ and leaves \d. jsonschema-rs does as the specification says.
#
# Versions: jsonschema 4.26.0, fastjsonschema 2.22.3, jsonschema-rs 0.61.2; Python 3.11
#
# Matters: What the test suite's validator accepts, the API's refuses: a serial number that was pasted
#   with its line feed, found valid here, is a 400 there.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    fastjsonschema==2.22.3 jsonschema==4.26.0 jsonschema-rs==0.61.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import fastjsonschema
import jsonschema
import jsonschema_rs

SCHEMA = {"type": "string", "pattern": r"^SN\d{6}$"}
compiled = fastjsonschema.compile(SCHEMA)


def with_fastjsonschema(text):
    try:
        return compiled(text) == text
    except fastjsonschema.JsonSchemaException:
        return False


WAYS = {
    "jsonschema": jsonschema.Draft202012Validator(SCHEMA).is_valid,
    "fastjsonschema": with_fastjsonschema,
    "jsonschema-rs": lambda text: jsonschema_rs.is_valid(SCHEMA, text),
}
TEXTS = ("SN000111", "SN000111\n", "SN\u0660\u0660\u0660\u0661\u0661\u0661")
found = {library: [is_valid(text) for text in TEXTS] for library, is_valid in WAYS.items()}
print(SCHEMA["pattern"], "on", [ascii(text) for text in TEXTS])
for library, answers in found.items():
    print(f"{library} {version(library)}: {answers}")
assert found == {
    "jsonschema": [True, True, True],
    "fastjsonschema": [True, False, True],
    "jsonschema-rs": [True, False, False],
}, found
PYTHON
