#!/usr/bin/env bash
# luqum reads a MAC address without quotes as six fields in each other
#
# Guess: mac:00:00:5E:00:53:01 is a syntax error, as it is for Lucene, whose grammar has one field and
#   one colon.
#
# Seen: It parses without a word, into a field mac that holds a field 00 that holds a field 00, and so
#   on, with the value 01; printed again it looks as before.
#
# Versions: luqum 1.0.0; Python 3.11
#
# Matters: It is used to check and rewrite what analysts type before it goes to Elasticsearch: the check
#   passes, and the query asks for a field that does not exist.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    luqum==1.0.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from luqum.parser import parser
from luqum.tree import SearchField

text = "mac:00:00:5E:00:53:01"
tree = parser.parse(text)
fields, node = [], tree
while isinstance(node, SearchField):
    fields.append(node.name)
    node = node.expr
print(f"luqum {version('luqum')}: {text}: fields {fields}, value {node}")
assert fields == ["mac", "00", "00", "5E", "00", "53"] and str(node) == "01" and str(tree) == text
quoted = parser.parse('mac:"00:00:5E:00:53:01"')
assert quoted.name == "mac" and str(quoted.expr) == '"00:00:5E:00:53:01"'
PYTHON
