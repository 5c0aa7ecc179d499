#!/usr/bin/env bash
# netaddr takes dates, times and versions for MAC addresses
#
# Guess: valid_mac() and EUI() want the twelve digits of a MAC address, with the usual separators or
#   without; what is shorter is refused.
#
# Seen: Three groups of one to four digits are enough: 2026-01-02 is 20-26-00-01-00-02, 12:34:56 is
#   00-12-00-34-00-56, the versions 10.15.7 and 10.0.9200 are addresses too. Eleven digits without
#   separators, one of which is lost, are filled up in front. macaddress refuses all of them.
#
# Versions: netaddr 1.3.0, macaddress 2.0.2; Python 3.11
#
# Matters: A column is told to hold MAC addresses because valid_mac() says so of its values, and is
#   one of dates or versions of an OS; an address that lost its last digit becomes that of another
#   maker's card.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    netaddr==1.3.0 macaddress==2.0.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import macaddress
from netaddr import EUI, valid_mac

print("netaddr", version("netaddr"), "and macaddress", version("macaddress"))
EXPECTED = {
    "2026-01-02": "20-26-00-01-00-02",
    "12:34:56": "00-12-00-34-00-56",
    "10.15.7": "00-10-00-15-00-07",
    "10.0.9200": "00-10-00-00-92-00",
    "00005E00530": "00-00-05-E0-05-30",
}
for text, address in EXPECTED.items():
    try:
        other = str(macaddress.parse(text, macaddress.MAC))
    except ValueError:
        other = "refused"
    print(f"{text}: netaddr valid_mac {valid_mac(text)}, {EUI(text)}; macaddress {other}")
    assert valid_mac(text)
    assert str(EUI(text)) == address
    assert other == "refused"
assert not valid_mac("12:34")
PYTHON
