#!/usr/bin/env bash
# RE2 takes a{,3} for text, and counts to a thousand
#
# Guess: An expression of Python's re without look-around and back-references means the same in RE2,
#   or is refused.
#
# Seen: `a{,3}` is at most three in Python, and in RE2 the five characters themselves, without an
#   error. A count above 1000 is refused, also one that nested counts only multiply up to:
#   (?:.{1,100}){11}.
#
# Versions: google-re2 1.1.20251105 (on PyPI); Python 3.11
#
# Matters: XQL, Go and BigQuery are RE2. A rule that was tried in Python matches nothing there; a
#   check of a message of up to 4,000 characters cannot be written as one count.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    google-re2==1.1.20251105

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import re
from importlib.metadata import version

import re2

print("google-re2", version("google-re2"))
options = re2.Options()
options.log_errors = False


def group(module, pattern, text):
    try:
        found = re2.compile(pattern, options).search(text) if module is re2 else re.search(pattern, text)
    except re2.error as error:
        return f"refused: {error}"
    return found and found.group()


rows = []
for pattern, text in (
    (r"^a{,3}b$", "aab"),
    (r"^a{,3}b$", "a{,3}b"),
    (r"^.{1,1000}$", "x" * 9),
    (r"^.{1,4000}$", "x" * 9),
    (r"^(?:.{1,100}){11}$", "x" * 11),
):
    rows.append((group(re, pattern, text), group(re2, pattern, text)))
    print(f"{pattern} on {text}: re {rows[-1][0]!r}, re2 {rows[-1][1]!r}")
assert rows[0] == ("aab", None)
assert rows[1] == (None, "a{,3}b")
assert rows[2] == ("x" * 9, "x" * 9)
assert rows[3][1].startswith("refused") and rows[4][1].startswith("refused"), rows
PYTHON
