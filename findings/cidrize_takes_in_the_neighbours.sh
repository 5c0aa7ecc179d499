#!/usr/bin/env bash
# cidrize makes sixteen addresses of a range of ten
#
# Guess: 192.0.2.1-10 gives the networks that cover exactly these ten addresses.
#
# Seen: Without strict=True it gives the smallest single network around them: 192.0.2.0/28, and
#   192.0.2.0/27 for 192.0.2.10-20: 11 addresses are asked for, 32 come. IPv6 alike.
#
# Versions: cidrize 3.1.0, netaddr 1.3.0; Python 3.11
#
# Matters: A list of approved or excluded addresses that was typed as ranges holds machines that nobody
#   named.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cidrize==3.1.0 netaddr==1.3.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from cidrize import cidrize

found = {}
for text in ("192.0.2.1-10", "192.0.2.10-20", "2001:db8::1-2001:db8::5"):
    for strict in (False, True):
        found[text, strict] = cidrize(text, strict=strict)
        print(f"cidrize {version('cidrize')}, {text}, strict={strict}: {', '.join(map(str, found[text, strict]))}")
    assert cidrize(text) == found[text, False]


def size(text, strict):
    return sum(network.size for network in found[text, strict])


assert [str(network) for network in found["192.0.2.1-10", False]] == ["192.0.2.0/28"]
assert (size("192.0.2.1-10", False), size("192.0.2.1-10", True)) == (16, 10)
assert (size("192.0.2.10-20", False), size("192.0.2.10-20", True)) == (32, 11)
assert (size("2001:db8::1-2001:db8::5", False), size("2001:db8::1-2001:db8::5", True)) == (8, 5)
PYTHON
