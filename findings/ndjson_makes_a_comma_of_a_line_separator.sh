#!/usr/bin/env bash
# ndjson.loads changes a name: a line separator in it becomes a comma
#
# Guess: A line of NDJSON ends at a line feed. U+2028 and U+0085 may stand in a JSON text (RFC 8259,
#   section 7) and stay; or they are taken for ends of lines, and the halves are an error.
#
# Seen: ndjson.loads splits at everything that Python calls a line, and joins the pieces with commas
#   before it decodes: the separator within a value has become a comma, without an error. What
#   ndjson.dumps wrote comes back changed. ndjson.reader and jsonlines leave it alone.
#
# Versions: ndjson 0.3.1, jsonlines 4.0.0; Python 3.11
#
# Matters: U+2028 comes with what people paste into names of devices, owners and custom fields: the
#   record of the export no longer matches the one in the console, and a second run sees a change.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ndjson==0.3.1 jsonlines==4.0.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import jsonlines
import ndjson

print("ndjson", version("ndjson"), "and jsonlines", version("jsonlines"))
rows = [{"owner": "Lab\u2028Berlin"}, {"owner": "Depot\x85Paris"}]
text = ndjson.dumps(rows, ensure_ascii=False)
found = {
    "ndjson.loads": ndjson.loads(text),
    "ndjson.reader": list(ndjson.reader(io.StringIO(text, newline="\n"))),
    "jsonlines": list(jsonlines.Reader(io.StringIO(text, newline="\n"))),
}
print(f"written: {ascii(text)}")
for name, read in found.items():
    print(f"{name}: {ascii(read)}")
assert found.pop("ndjson.loads") == [{"owner": "Lab,Berlin"}, {"owner": "Depot,Paris"}]
assert all(read == rows for read in found.values())
PYTHON
