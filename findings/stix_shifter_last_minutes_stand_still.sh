#!/usr/bin/env bash
# In stix-shifter's module for Cortex XDR the last five minutes are those before the program started
#
# Guess: A pattern without START and STOP asks for the last five minutes, as the option time_range says:
#   from five minutes before the call until the call.
#
# Seen: Now is read once, when the module is imported. A translation two seconds later has the same
#   times to the millisecond, and so has one after a week. The module for CrowdStrike reads the clock
#   with each call.
#
# Versions: stix-shifter 8.1.3, stix-shifter-utils 8.1.3, stix-shifter-modules-paloalto 8.1.3,
#   stix-shifter-modules-crowdstrike 8.1.3; Python 3.11
#
# Matters: A service asks every few minutes for the minutes before its start, and reports that nothing
#   new was found.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    stix-shifter==8.1.3 stix-shifter-utils==8.1.3 \
    stix-shifter-modules-paloalto==8.1.3 stix-shifter-modules-crowdstrike==8.1.3

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import re
import time
from importlib.metadata import version

from stix_shifter.stix_translation.stix_translation import StixTranslation

modules = ("utils", "modules-paloalto", "modules-crowdstrike")
print(", ".join(f"{name} {version(name)}" for name in ("stix-shifter", *(f"stix-shifter-{module}" for module in modules))))


def window(product):
    native = StixTranslation().translate(product, "query", "{}", "[file:name = 'a.exe']", {})["queries"][0]
    if product == "paloalto":
        found = native["xdr_data"]["timeframe"]
        return found["from"], found["to"]
    return re.findall(r"timestamp:> '([^']+)'", native)


xdr, crowdstrike = window("paloalto"), window("crowdstrike")
time.sleep(2)
later = window("paloalto"), window("crowdstrike")
print(f"Cortex XDR: {xdr}, two seconds later {later[0]}\nCrowdStrike: {crowdstrike}, two seconds later {later[1]}")
assert xdr[1] - xdr[0] == 5 * 60 * 1000
assert later[0] == xdr
assert crowdstrike < later[1]
assert time.time() * 1000 - later[0][1] > 2000
PYTHON
