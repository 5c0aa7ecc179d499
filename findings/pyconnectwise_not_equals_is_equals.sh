#!/usr/bin/env bash
# pyconnectwise's not_equals writes an equals sign
#
# Guess: not_equals writes !=, a list after in_ becomes (1,2), a time the ISO 8601 form in brackets that
#   ConnectWise takes, and a field is spelt alike wherever it stands.
#
# Seen: not_equals("Closed") is = "Closed", the same as equals. A list is one text, IN "[1, 2]", and False
#   is False with a capital. A time has a space and no T. A field after field() is closedFlag, after
#   and_() it is closed_flag.
#
# Versions: pyconnectwise 0.6.1.2; Python 3.11
#
# Matters: Who works on all tickets or devices that are not closed, retired or lost works on exactly
#   those that are.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pyconnectwise==0.6.1.2

# The conditions read the source of the line that calls them, so that the program has to be a file.
cat > "$folder/program.py" <<'PYTHON'
from datetime import datetime, timezone
from importlib.metadata import version

from pyconnectwise.models.manage import Ticket
from pyconnectwise.utils.experimental.condition import Condition

print("pyconnectwise", version("pyconnectwise"))

closed = Condition[Ticket]().field(lambda ticket: ticket.status.name).equals("Closed")
others = Condition[Ticket]().field(lambda ticket: ticket.status.name).not_equals("Closed")
print(f"equals: {closed}\nnot_equals: {others}")
assert str(others) == str(closed) == 'status/name = "Closed"'

several = Condition[Ticket]().field(lambda ticket: ticket.id).in_([1, 2])
print(f"in_: {several}")
assert str(several) == 'id IN "[1, 2]"'

moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
later = Condition[Ticket]().field(lambda ticket: ticket.date_entered).greater_than(moment)
print(f"a time: {later}")
assert str(later) == "dateEntered > [2026-01-02 03:04:05+00:00]"

first = Condition[Ticket]().field(lambda ticket: ticket.closed_flag).equals(False)
second = first.and_(lambda ticket: ticket.closed_flag).equals(False)
print(f"and_: {second}")
assert str(second) == "closedFlag = False AND closed_flag = False"
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/program.py"
