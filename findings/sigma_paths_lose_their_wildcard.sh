#!/usr/bin/env bash
# A Sigma rule for `C:\Windows\*` has no wildcard, and pySigma prints one that has it in the same way
#
# Guess: C:\Windows\* is everything below that folder; what pySigma prints of a value can be read
#   again as the same value.
#
# Seen: A backslash before * is an escape, so the rule looks for an asterisk and matches nothing;
#   C:\Windows\\* is the one that was meant. str() of both is C:\Windows\*, so a rule that was read
#   and written has lost its wildcard.
#
# Versions: pySigma 2.0.1; Python 3.11
#
# Matters: Rules for endpoints are full of Windows paths. Most begin with * and work; those that end
#   with it are silent, and a tool that rewrites rules makes more of them.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pySigma==2.0.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from sigma.types import SigmaString

print("pySigma", version("pySigma"))
found = {}
for text in (r"*\svchost.exe", r"C:\Windows\*", r"C:\Windows\\*"):
    value = SigmaString(text)
    again = SigmaString(str(value))
    found[text] = value.contains_special(), str(value), again.contains_special()
    print(f"{text}: wildcard {found[text][0]}, printed as {found[text][1]}, read again: wildcard {found[text][2]}")
assert found[r"*\svchost.exe"] == (True, r"*\svchost.exe", True)
assert found[r"C:\Windows\*"] == (False, r"C:\Windows\*", False)
assert found[r"C:\Windows\\*"] == (True, r"C:\Windows\*", False)
PYTHON
