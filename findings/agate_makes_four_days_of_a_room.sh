#!/usr/bin/env bash
# agate makes four days of room 4D
#
# Guess: A table reader that guesses kinds takes numbers and dates for what they are; codes of rooms
#   and models, 4D and 2H, are text.
#
# Seen: A column in which every cell is a number with one of the letters s, m, h, d or w is one of
#   durations: 4D is four days, 2H two hours, and they are written back as '4 days, 0:00:00' and
#   '2:00:00'. One room that is called otherwise, and the column is text.
#
# Versions: agate 1.14.2; Python 3.11
#
# Matters: csvkit stands on agate: sorting or joining an export of assets rewrites its rooms, and
#   the import that follows finds none of them; with the next room that is built it works again.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    agate==1.14.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import agate

print("agate", version("agate"))


def rewritten(text):
    table = agate.Table.from_csv(io.StringIO(text))
    output = io.StringIO()
    table.to_csv(output)
    kinds = [type(column.data_type).__name__ for column in table.columns]
    print(f"{text.split()}: {kinds}, written as {output.getvalue().splitlines()}")
    return kinds[1], output.getvalue()


kind, text = rewritten("tag,room\nA1,4D\nA2,2H\nA3,12M\n")
assert kind == "TimeDelta"
assert "4 days, 0:00:00" in text
assert "A2,2:00:00" in text
kind, text = rewritten("tag,room\nA1,4D\nA2,2H\nA3,Hall\n")
assert kind == "Text"
assert "A1,4D" in text
PYTHON
