#!/usr/bin/env bash
# 'Not this address' is every event in stix-shifter's queries for Cortex XDR and CrowdStrike
#
# Guess: A condition on ipv4-addr:value is one on each field that it stands for: = joins them with or,
#   != with and. Brackets keep what they hold together. LIKE 'LAB%' is what begins with LAB.
#
# Seen: Both are joined with or, for both products: the local address is another one, or the remote one
#   is, which is true of nearly every event. For Cortex (a OR b) AND user becomes user and b or a, without
#   brackets and with the time after the last: a is found for all users. LIKE 'LAB%' is contains "LAB%".
#
# Versions: stix-shifter 8.1.3, stix-shifter-utils 8.1.3, stix-shifter-modules-paloalto 8.1.3,
#   stix-shifter-modules-crowdstrike 8.1.3; Python 3.11
#
# Matters: A hunt that leaves the own scanner out or keeps to one user finds everybody, and one with a
#   pattern nobody. A playbook isolates what a hunt finds.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    stix-shifter==8.1.3 stix-shifter-utils==8.1.3 \
    stix-shifter-modules-paloalto==8.1.3 stix-shifter-modules-crowdstrike==8.1.3

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from stix_shifter.stix_translation.stix_translation import StixTranslation

modules = ("utils", "modules-paloalto", "modules-crowdstrike")
print(", ".join(f"{name} {version(name)}" for name in ("stix-shifter", *(f"stix-shifter-{module}" for module in modules))))


def query(product, pattern):
    """The condition of the native query."""
    native = StixTranslation().translate(product, "query", "{}", pattern, {})["queries"][0]
    if product == "paloalto":
        native = native["xdr_data"]["query"].partition("| filter ")[2].partition(" | alter")[0]
    print(f"{product}, {pattern}: {native}")
    return native


address = query("paloalto", "[ipv4-addr:value != '192.0.2.1']")
assert 'action_local_ip != "192.0.2.1" or action_remote_ip != "192.0.2.1" or' in address
assert "(device.external_ip:! '192.0.2.1',device.local_ip:! '192.0.2.1')" in query("crowdstrike", "[ipv4-addr:value != '192.0.2.1']")

parts = {
    "u": '(actor_primary_user_sid = "lab" or action_process_user_sid = "lab")',
    "a": '(action_file_md5 = "a" or action_module_md5 = "a" or action_process_image_md5 = "a")',
    "b": '(action_file_md5 = "b" or action_module_md5 = "b" or action_process_image_md5 = "b")',
}
both = query("paloalto", "[(file:hashes.MD5 = 'a' OR file:hashes.MD5 = 'b') AND user-account:user_id = 'lab']")
for letter, part in parts.items():
    both = both.replace(part, letter)
print(f"in short: {both}")
assert both.startswith("(u and b or a  and (to_epoch(_time,")

assert 'action_file_name contains "LAB%" or' in query("paloalto", "[file:name LIKE 'LAB%']")
PYTHON
