#!/usr/bin/env bash
# stix2 gives one network card three identifiers
#
# Guess: STIX wants MAC addresses in lower case with colons; the library refuses or rewrites other
#   spellings, so that the identifier, which is computed from the value so that it is the same
#   everywhere, is.
#
# Seen: Every spelling is taken as it is, and each has an identifier of its own. The same with the
#   case of a hash; but the names of hash algorithms (SHA256) are rewritten.
#
# Versions: stix2 3.0.2; Python 3.11
#
# Matters: Two tools that share what they saw of one device through STIX never meet: the graph holds
#   three cards, each seen once.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    stix2==3.0.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import stix2

print("stix2", version("stix2"))
cards = {text: stix2.MACAddress(value=text).id for text in ("00:00:5e:00:53:01", "00:00:5E:00:53:01", "00-00-5E-00-53-01")}
for text, identifier in cards.items():
    print(f"{text}: {identifier}")
files = {
    f"{algorithm} {digest[:2]}...": stix2.File(name="x", hashes={algorithm: digest}).id
    for algorithm, digest in (("SHA-256", "ab" * 32), ("SHA256", "ab" * 32), ("SHA-256", "AB" * 32))
}
for text, identifier in files.items():
    print(f"{text}: {identifier}")
assert len(set(cards.values())) == 3
lower, renamed, upper = files.values()
assert lower == renamed != upper
PYTHON
