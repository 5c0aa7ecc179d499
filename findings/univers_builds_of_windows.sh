#!/usr/bin/env bash
# For univers update 985 of a Windows build is newer than update 1052
#
# Guess: intdot, made for numbers between dots, compares them as numbers, and generic does at least
#   that; 10.0.19041.985 is older than 10.0.19041.1052, and 6.1.7601 older than both.
#
# Seen: IntdotVersion and GenericVersion compare character by character: 985 is greater than 1052,
#   and 6 than 10. vers:intdot/>=10.0.19041.1052 holds all three. A range of vers:generic takes
#   another class than GenericVersion, SemverVersion, for which the fourth number is a remark: it
#   holds .985 too. NugetVersion is right.
#
# Versions: univers 32.0.1; Python 3.11
#
# Matters: 'Every machine that has this update' takes in those that lack it, and Windows 7; a list
#   that is sorted by version ends with the oldest.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    univers==32.0.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from univers.version_range import VersionRange
from univers.versions import GenericVersion, IntdotVersion, NugetVersion

print("univers", version("univers"))
SEVEN, OLD, NEW = "6.1.7601", "10.0.19041.985", "10.0.19041.1052"
for kind, right in ((IntdotVersion, False), (GenericVersion, False), (NugetVersion, True)):
    for older in (SEVEN, OLD):
        found = kind(older) < kind(NEW)
        print(f"{kind.__name__}: {older} < {NEW} is {found}")
        assert found is right
        assert (kind(older) > kind(NEW)) is not right

for scheme, expected in (("intdot", [SEVEN, OLD, NEW]), ("generic", [OLD, NEW]), ("nuget", [NEW])):
    updated = VersionRange.from_string(f"vers:{scheme}/>={NEW}")
    held = [build for build in (SEVEN, OLD, NEW) if updated.version_class(build) in updated]
    print(f"vers:{scheme}/>={NEW} holds {held}; its class is {updated.version_class.__name__}")
    assert held == expected
PYTHON
