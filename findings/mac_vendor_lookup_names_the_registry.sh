#!/usr/bin/env bash
# For mac-vendor-lookup a Panasonic is made by the IEEE Registration Authority
#
# Guess: The vendor of a MAC address is the company to which the block was given, whatever the size of
#   the block.
#
# Seen: Only the first six digits are looked up. Where the IEEE has divided a prefix among sixteen or
#   4096 companies, the answer is the IEEE itself: for 28:36:38:1, which is Panasonic's, and for
#   00:55:DA:0, which is Shinko Technos's. manuf looks for the longest prefix and finds both.
#
# Versions: mac-vendor-lookup 0.1.15, manuf 1.1.5; Python 3.11
#
# Matters: A rule on the vendor puts the devices of thousands of companies together, and none of them is
#   the one that was meant.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    mac-vendor-lookup==0.1.15 manuf==1.1.5

# Both bring a list. One in the home folder would be taken instead.
HOME="$folder" "$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from mac_vendor_lookup import MacLookup
from manuf.manuf import MacParser

print(f"mac-vendor-lookup {version('mac-vendor-lookup')}, manuf {version('manuf')}")
lookup, parser = MacLookup(), MacParser()


def vendors(address):
    found = lookup.lookup(address), parser.get_manuf_long(address)
    print(f"{address}: {found[0]} by mac-vendor-lookup, {found[1]} by manuf")
    return found


assert vendors("DC:A6:32:00:00:01") == ("Raspberry Pi Trading Ltd", "Raspberry Pi Trading Ltd")
assert vendors("28:36:38:10:00:01") == ("IEEE Registration Authority", "Panasonic System Solutions Europe")
assert vendors("00:55:DA:00:00:01") == ("IEEE Registration Authority", "Shinko Technos co.,ltd.")
PYTHON
