#!/usr/bin/env bash
# For python-stdnum a time without separators is an IMEI
#
# Guess: An IMEI has 15 digits, of which the last checks the others; anything else is not valid.
#
# Seen: 14 and 16 digits are valid too, as an IMEI without its check digit and as an IMEISV, and
#   nothing in them is checked: 20260102030405 is an IMEI, and so is a payment card's number with a
#   wrong digit. 15 digits are checked.
#
# Versions: python-stdnum 2.2; Python 3.11
#
# Matters: An IMEI that lost a digit, or was read with one too many, passes the check that was meant
#   to find just that; columns of times are taken for identifiers of telephones.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    python-stdnum==2.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from stdnum import imei, luhn

print("python-stdnum", version("python-stdnum"))
EXPECTED = {
    "352099001761481": True,
    "352099001761480": False,
    "35209900176148": True,
    "3520990017614810": True,
    "20260102030405": True,
    "4111111111111112": True,
}
for text, valid in EXPECTED.items():
    print(f"{text}: valid IMEI {imei.is_valid(text)}, Luhn {luhn.is_valid(text)}")
    assert imei.is_valid(text) is valid
assert not luhn.is_valid("20260102030405")
assert not luhn.is_valid("4111111111111112")
PYTHON
