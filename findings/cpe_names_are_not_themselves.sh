#!/usr/bin/env bash
# A CPE name in the form of the NVD does not match itself
#
# Guess: A name is equal to itself, in whichever of the three forms of CPE 2.3 it is given, and one
#   without a version is the superset of those that have one.
#
# Seen: Two formatted strings, cpe:2.3:a:..., are neither equal nor a superset of each other; the
#   answer is False to every question, without an error. A URI is equal to itself, but no superset
#   and not found in a set of itself. Turned into well-formed names with as_wfn(), all of them
#   match.
#
# Versions: cpe 1.3.1; Python 3.11
#
# Matters: The formatted string is what the NVD and scanners give out. An inventory that is compared
#   with it in this form has no vulnerable software at all.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cpe==1.3.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from cpe.cpe2_3_fs import CPE2_3_FS
from cpe.cpe2_3_uri import CPE2_3_URI
from cpe.cpe2_3_wfn import CPE2_3_WFN
from cpe.cpeset2_3 import CPESet2_3

print("cpe", version("cpe"))


def formatted(agent):
    return CPE2_3_FS(f"cpe:2.3:a:example:agent:{agent}:*:*:*:*:*:*:*")


def well_formed(agent):
    return CPE2_3_WFN(formatted(agent).as_wfn())


def uri(agent):
    return CPE2_3_URI("cpe:/a:example:agent" + ("" if agent == "*" else f":{agent}"))


EXPECTED = [
    ("formatted string", formatted, (False, False, False)),
    ("URI", uri, (True, False, False)),
    ("well-formed name", well_formed, (True, True, True)),
]
for name, make, expected in EXPECTED:
    equal = CPESet2_3.cpe_equal(make("7.20"), make("7.20"))
    superset = CPESet2_3.cpe_superset(make("*"), make("7.20"))
    names = CPESet2_3()
    names.append(make("7.20"))
    listed = names.name_match(make("7.20"))
    print(f"{name}: equal to itself {equal}, any version is a superset {superset}, found in a set of itself {listed}")
    assert (equal, superset, listed) == expected
PYTHON
