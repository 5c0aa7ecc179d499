#!/usr/bin/env bash
# rich prints an IPv6 address of the global range and hides the local ones
#
# Guess: Square brackets are markup only where they name a style; an address in brackets is printed as
#   it is.
#
# Seen: [2001:db8::53] is printed, since a tag does not begin with a digit. [fd00::53] and
#   [fe80::1%en0] are taken for styles and vanish without an error, and so does the name of a device
#   in brackets, if it is in lower case.
#
# Versions: rich 15.0.0; Python 3.11
#
# Matters: Addresses within a site are those that begin with a letter: 'cannot reach [fd00::53]:443'
#   is printed as 'cannot reach :443'.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    rich==15.0.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

print("rich", version("rich"))
shown = {}
for text in ("[2001:db8::53]:443", "[fd00::53]:443", "[fe80::1%en0]:22", "[LAB-0001]", "[lab-0001]"):
    console = Console(file=io.StringIO(), width=60)
    table = Table("address", box=None)
    table.add_row(text)
    console.print(table)
    shown[text] = console.file.getvalue().splitlines()[1].strip()
    print(f"{text} in a table: {shown[text]!r}")
assert shown == {
    "[2001:db8::53]:443": "[2001:db8::53]:443",
    "[fd00::53]:443": ":443",
    "[fe80::1%en0]:22": ":22",
    "[LAB-0001]": "[LAB-0001]",
    "[lab-0001]": "",
}, shown
PYTHON
