#!/usr/bin/env bash
# ttp makes another device's MAC address of the one that macOS prints
#
# Guess: macOS's arp leaves out leading zeros. A reader puts them back where they are missing, or
#   refuses the address.
#
# Seen: ttp takes the separators out and adds zeros at the end: 0:1a:2b:3:4d:5e becomes
#   01:a2:b3:4d:5e:00, and an address of five groups becomes one of six. netaddr and napalm put the
#   zeros where they belong; macaddress and netutils refuse.
#
# Versions: ttp 0.10.1, netaddr 1.3.0, napalm 5.2.0, macaddress 2.0.2, netutils 1.19.2; Python 3.11
#
# Matters: The address that comes out is well formed and belongs to somebody else, so nothing
#   downstream can notice.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ttp==0.10.1 netaddr==1.3.0 napalm==5.2.0 macaddress==2.0.2 netutils==1.19.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import macaddress
import netaddr
from napalm.base.helpers import mac as napalm_mac
from netutils.mac import mac_to_format
from ttp import ttp

print(", ".join(f"{name} {version(name)}" for name in ("ttp", "netaddr", "napalm", "macaddress", "netutils")))


def by_ttp(address):
    parser = ttp(data=f"host at {address} on en0", template="host at {{ mac | mac_eui }} on {{ interface }}")
    parser.parse()
    return parser.result()[0][0]["mac"]


def read(address):
    answers = {}
    for reader in (by_ttp, netaddr.EUI, napalm_mac, macaddress.MAC, mac_to_format):
        try:
            answers[reader.__name__] = str(reader(address))
        except ValueError:
            answers[reader.__name__] = None
    print(f"{address}: {answers}")
    return list(answers.values())


assert read("00:1a:2b:03:4d:5e")[0] == "00:1a:2b:03:4d:5e"
padded, *others = read("0:1a:2b:3:4d:5e")
assert padded == "01:a2:b3:4d:5e:00"
assert others == ["00-1A-2B-03-4D-5E", "00:1A:2B:03:4D:5E", None, None]
assert by_ttp("1a:2b:3c:4d:5e") == "1a:2b:3c:4d:5e:00"
PYTHON
