#!/usr/bin/env bash
# 'Quantity is more than 0' leaves ServiceNow's client as quantity=>
#
# Guess: add_query(field, operator, value) sends the field, the operator and the value, whatever
#   the value is.
#
# Seen: The client takes a value that is false for one that was not given, and the operator for the
#   value: ('quantity', '>', 0) is sent as quantity=>, ('u_lost', '=', False) as u_lost==,
#   ('serial_number', '=', '') as serial_number==, ('assigned_to', '!=', None) as assigned_to=!=.
#   With two arguments False is sent as it should be, and the number 1 with three.
#
# Versions: pysnc 1.2.1; Python 3.11
#
# Matters: What an instance makes of a condition that it cannot read is a property of the instance.
#   What was to be narrowed to devices that are not lost may be all devices, and delete_multiple
#   deletes what was found.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pysnc==1.2.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from pysnc.query import Query

print("pysnc", version("pysnc"))


def sent(*condition):
    query = Query("alm_hardware")
    query.add_query(*condition)
    print(f"{condition}: {query.generate_query()}")
    return query.generate_query()


assert sent("quantity", ">", 1) == "quantity>1"
assert sent("quantity", ">", 0) == "quantity=>"
assert sent("u_lost", "=", True) == "u_lost=True"
assert sent("u_lost", "=", False) == "u_lost=="
assert sent("u_lost", False) == "u_lost=False"
assert sent("serial_number", "=", "") == "serial_number=="
assert sent("assigned_to", "!=", None) == "assigned_to=!="
PYTHON
