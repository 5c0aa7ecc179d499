#!/usr/bin/env bash
# 10.1 is two addresses and no address
#
# Guess: Who takes 10.1 at all reads it as inet_aton does, as 10.0.0.1: the last part fills up the rest.
#
# Seen: IPy fills up on the right, 10.1.0.0, and so 192.0.2 is 192.0.2.0; netaddr with the flag
#   INET_ATON, and inet_aton itself, say 10.0.0.1 and 192.0.0.2; netaddr without it and ipaddress refuse
#   both.
#
# Versions: IPy 1.2, netaddr 1.3.0; Python 3.11
#
# Matters: Short forms are typed, and they are printed by tools that leave out zeros: a block or an
#   exception made from one names another machine.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    IPy==1.2 netaddr==1.3.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import ipaddress
import socket
from importlib.metadata import version

import IPy
import netaddr

WAYS = {
    f"IPy {version('IPy')}": IPy.IP,
    f"netaddr {version('netaddr')}": netaddr.IPAddress,
    "netaddr with INET_ATON": lambda text: netaddr.IPAddress(text, flags=netaddr.INET_ATON),
    "inet_aton": lambda text: socket.inet_ntoa(socket.inet_aton(text)),
    "ipaddress": ipaddress.ip_address,
}
found = {}
for text in ("10.1", "192.0.2"):
    found[text] = []
    for name, read in WAYS.items():
        try:
            found[text].append(str(read(text)))
        except ValueError:
            found[text].append("refused")
        except netaddr.AddrFormatError:
            found[text].append("refused")
        print(f"{text} with {name}: {found[text][-1]}")
assert found == {
    "10.1": ["10.1.0.0", "refused", "10.0.0.1", "10.0.0.1", "refused"],
    "192.0.2": ["192.0.2.0", "refused", "192.0.0.2", "192.0.0.2", "refused"],
}
PYTHON
