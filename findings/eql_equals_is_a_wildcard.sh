#!/usr/bin/env bash
# In the eql library == ignores case and takes * for anything
#
# Guess: == compares: LAB-1 is LAB-1 and nothing else. A comparison without regard to case, and
#   patterns, have functions and operators of their own (wildcard, like~), as in Elasticsearch,
#   where == regards case and * is a character.
#
# Seen: host == "LAB-1" also takes lab-1, and host == "LAB-*" takes every device of the laboratory.
#   host in ("LAB-*") takes only the one that is called so.
#
# Versions: eql 1.0.1; Python 3.11
#
# Matters: The same text of a rule matches other devices on events that were exported than in the
#   SIEM it is written for, and == and in differ although they say the same.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    eql==1.0.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import eql
from eql.engine import PythonEngine

print("eql", version("eql"))
HOSTS = ("LAB-1", "lab-1", "LAB-2", "LAB-*", "DEPOT-1")


def matched(query):
    found = []
    engine = PythonEngine()
    engine.add_output_hook(lambda result: found.extend(event.data["host"] for event in result.events))
    engine.add_query(eql.parse_query(query))
    engine.stream_events([eql.Event("any", number, {"host": host}) for number, host in enumerate(HOSTS)])
    engine.finalize()
    print(f"{query}: {found}")
    return found


assert matched('any where host == "LAB-1"') == ["LAB-1", "lab-1"]
assert matched('any where host == "LAB-*"') == ["LAB-1", "lab-1", "LAB-2", "LAB-*"]
assert matched('any where host in ("LAB-*", "X")') == ["LAB-*"]
PYTHON
