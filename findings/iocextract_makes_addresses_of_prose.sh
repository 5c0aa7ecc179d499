#!/usr/bin/env bash
# iocextract makes an e-mail address of 'laptop LAB-1 at 192.0.2.10'
#
# Guess: E-mail addresses are found where there is an @ or a form that is used to hide one, such as
#   [at]; the address ends where the name ends.
#
# Seen: The plain word at between blanks counts as @, and what stands before it is glued together:
#   Laptop LAB-1 at 192.0.2.10 gives laptoplab-1@192.0.2.10, and an address that is there loses its
#   beginning, mail bob@example.com gives mailbob@example.com.
#
# Versions: iocextract 1.16.1; Python 3.11
#
# Matters: Reports of lost devices are read by such tools: invented addresses go into a case and into
#   block lists, and the right one is in none.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    iocextract==1.16.1 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from iocextract import extract_emails

SEEN = {
    "Laptop LAB-1 at 192.0.2.10 is offline.": ["laptoplab-1@192.0.2.10"],
    "It was stolen at example.com on Monday.": ["wasstolen@example.com"],
    "Please mail bob@example.com today.": ["mailbob@example.com"],
    "Please mail <bob@example.com> today.": ["bob@example.com"],
}
for text, seen in SEEN.items():
    found = list(extract_emails(text, refang=True))
    print(f"iocextract {version('iocextract')}: {text} {found}")
    assert found == seen, text
PYTHON
