#!/usr/bin/env bash
# fastjsonschema writes the schema's defaults into what it checks
#
# Guess: A validator reads. `default` is an annotation (JSON Schema Validation, section 9.2), and the
#   checked object is what it was.
#
# Seen: fastjsonschema adds every missing property that has a default to the object that was passed,
#   down in nested objects too. jsonschema and jsonschema-rs leave it alone.
#
# Versions: fastjsonschema 2.22.3, jsonschema 4.26.0, jsonschema-rs 0.61.2; Python 3.11
#
# Matters: A body is checked before it is sent: a partial update becomes a full one, which sets back
#   what the analyst did not mention, and the signature made before no longer fits.
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

SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "offline": {"type": "object", "properties": {"freeze": {"type": "boolean", "default": False}}},
        "days": {"type": "integer", "default": 30},
    },
}
CHECKS = {
    "jsonschema": lambda body: jsonschema.validate(body, SCHEMA),
    "jsonschema-rs": lambda body: jsonschema_rs.validate(SCHEMA, body),
    "fastjsonschema": lambda body: fastjsonschema.validate(SCHEMA, body),
}
after = {}
for library, check in CHECKS.items():
    after[library] = {"title": "new", "offline": {}}
    check(after[library])
    print(f"{library} {version(library)}: {after[library]}")
assert after["jsonschema"] == after["jsonschema-rs"] == {"title": "new", "offline": {}}
assert after["fastjsonschema"] == {"title": "new", "offline": {"freeze": False}, "days": 30}
PYTHON
