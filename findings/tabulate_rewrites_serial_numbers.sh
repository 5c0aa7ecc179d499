#!/usr/bin/env bash
# tabulate rewrites texts that look like numbers
#
# Guess: Cells that are str are printed as they are; numbers are what is int or float.
#
# Seen: A column of texts that could be numbers is printed as numbers: serial 00123 is 123, 12E5 is
#   1.2e+06, 1_000 is 1000, build 22.10 is 22.1. A single serial that is no number leaves the whole
#   column alone.
#
# Versions: tabulate 0.10.0; Python 3.11
#
# Matters: A report shows serial numbers that no device has, and only for fleets whose serials all
#   happen to look so. DataFrame.to_markdown of pandas prints with it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    tabulate==0.10.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from tabulate import tabulate

print("tabulate", version("tabulate"))


def column(*texts):
    rows = tabulate([[text] for text in texts], headers=["serial"], tablefmt="github").splitlines()[2:]
    return [row.strip("| ") for row in rows]


numbers, mixed = column("00123", "12E5", "1_000", "22.10"), column("00123", "12E5", "1_000", "22.10", "SN000111")
print("serials 00123, 12E5, 1_000, 22.10:          ", numbers)
print("serials 00123, 12E5, 1_000, 22.10, SN000111:", mixed)
assert [float(text) for text in numbers] == [123, 1.2e6, 1000, 22.1], numbers
assert "00123" not in numbers and "12E5" not in numbers
assert mixed == ["00123", "12E5", "1_000", "22.10", "SN000111"], mixed
PYTHON
