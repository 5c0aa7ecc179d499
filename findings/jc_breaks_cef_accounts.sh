#!/usr/bin/env bash
# jc breaks the account LAB\nora in a CEF record into two lines
#
# Guess: An escaped account LAB\\nora of a record is LAB\nora in the JSON. The number of an event class
#   that is no number is null, and a time in milliseconds keeps them.
#
# Seen: The account has a line break for \n, and LAB\\ruth a carriage return: escapes are replaced one
#   after the other, the backslash first. T1059.001 has the number 1059, A-17 has -17. Of 1767323045678
#   the last three digits are cut off.
#
# Versions: jc 1.26.1; Python 3.11
#
# Matters: The accounts whose name begins with n or r are not found in any directory. Rules by the number
#   of an event class take all techniques T1059 for one, and events of a second have no order.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    jc==1.26.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jc

print("jc", version("jc"))


def parsed(event_class, extension):
    record = jc.parse("cef", f"CEF:0|Vendor|Product|1.0|{event_class}|Name|5|{extension}")[0]
    print(f"{event_class}, {extension}: {record}")
    return record


assert parsed("100", r"suser=LAB\\anna")["suser"] == r"LAB\anna"
assert parsed("100", r"suser=LAB\\nora")["suser"] == "LAB\nora"
assert parsed("100", r"suser=LAB\\ruth")["suser"] == "LAB\ruth"
assert parsed("T1059.001", "dvchost=LAB-1")["deviceEventClassIdNum"] == 1059
assert parsed("A-17", "dvchost=LAB-1")["deviceEventClassIdNum"] == -17
assert parsed("100", "rt=1767323045678")["rt_epoch"] == 1767323045
PYTHON
