#!/usr/bin/env bash
# geoip2fast takes an IPv4 address in its IPv6 form for the broadcast address
#
# Guess: ::ffff:192.0.2.1 is 192.0.2.1 (RFC 4291, section 2.5.5.2): a server with one socket for
#   both writes down all its clients so.
#
# Seen: 192.0.2.1 is in the network for documentation, 192.0.2.0/24. As ::ffff:192.0.2.1 it is
#   'Reserved for broadcast', in 255.255.255.255/32, and so is every other address in this form,
#   without an error.
#
# Versions: geoip2fast 1.2.2, with the table that it brings; Python 3.11
#
# Matters: From the log of a dual-stack server all logins come from one place, which is none.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    geoip2fast==1.2.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from geoip2fast import GeoIP2Fast

print("geoip2fast", version("geoip2fast"))
table = GeoIP2Fast(verbose=False)


def place(address):
    found = table.lookup(address)
    print(f"{address}: {found.country_name}, {found.cidr}")
    return found.country_name, found.cidr


assert place("192.0.2.1") == ("Reserved for TEST-NET", "192.0.2.0/24")
broadcast = place("255.255.255.255")
assert {place(f"::ffff:{address}") for address in ("192.0.2.1", "198.51.100.1", "203.0.113.1")} == {broadcast}
PYTHON
