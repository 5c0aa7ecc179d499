#!/usr/bin/env bash
# odata-query wants a comma behind a list of one, as Python does
#
# Guess: serial in ('A') is a list of one (OData 4.01, listExpr); serial in ('A',) is an error.
#
# Seen: It is the other way round: ('A') is refused as a syntax error, ('A',) is read. Lists of two
#   are read as they should be.
#
# Versions: odata-query 0.10.0; Python 3.11
#
# Matters: A filter that is made by joining the serial numbers with commas works for two devices,
#   and not when a single one is left.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    odata-query==0.10.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

print("odata-query", version("odata-query"))


def read(text):
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        print(f"{text}: {type(error).__name__}")
        return None
    found = [item.val for item in tree.right.val]
    print(f"{text}: {found}")
    return found


assert read("serial in ('A','B')") == ["A", "B"]
assert read("serial in ('A')") is None
assert read("serial in ('A',)") == ["A"]
PYTHON
