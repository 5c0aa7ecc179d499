#!/usr/bin/env bash
# 1.0.0-1 is newer than 1.0.0 for packaging, and older for semver
#
# Guess: Two libraries that both take a version agree on which of two is the newer one.
#
# Seen: For packaging (PEP 440) 1.0.0-1 and 1.0.0-r3 are post-releases, for semver pre-releases.
#   1.0.0-c1 is a release candidate for the one; 1.0.0+5 and 1.0.0+4 differ for packaging only.
#   Windows builds with four numbers are no version for semver.
#
# Versions: packaging 26.4, semver 3.1.2; Python 3.11
#
# Matters: 'Agents older than 7.20.0' contains those with the hotfix 7.20.0-1, or does not, depending
#   on the library that was at hand.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    packaging==26.4 semver==3.1.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from packaging.version import Version
from semver import Version as SemVer

print("packaging", version("packaging"), "semver", version("semver"))
found = {}
for first, second in (("1.0.0-1", "1.0.0"), ("1.0.0-r3", "1.0.0"), ("1.0.0-c1", "1.0.0"), ("1.0.0+5", "1.0.0+4")):
    found[first] = Version(first) > Version(second), SemVer.parse(first) > SemVer.parse(second)
    print(f"{first} newer than {second}: packaging {found[first][0]} (as {Version(first)}), semver {found[first][1]}")
assert found == {"1.0.0-1": (True, False), "1.0.0-r3": (True, False), "1.0.0-c1": (False, False), "1.0.0+5": (True, False)}
assert Version("10.0.22631.3007") > Version("10.0.22631")
assert not SemVer.is_valid("10.0.22631.3007")
PYTHON
