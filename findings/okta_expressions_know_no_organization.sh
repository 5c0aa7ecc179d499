#!/usr/bin/env bash
# okta-expression-parser finds nobody in an organization, and everybody outside of it
#
# Guess: user.organization == "Lab" is true for a user of the organization Lab. An expression that cannot
#   be read raises. append joins two texts, substringAfter gives what comes after.
#
# Seen: organization is read as the word or with something behind it, notes as not, android as and. The
#   error is written to the standard error, and the answer is False for == and True for !=. Nothing can
#   follow a comparison with >: the answer is None. append("LAB-", "1") is LAB-$1, substringAfter leaves
#   the @ in front, substring to beyond the end leaves the last letter out.
#
# Versions: okta-expression-parser 0.4.3, sly 0.5; Python 3.11
#
# Matters: The rule of a group decides which policy a laptop gets. organization is an attribute that
#   every Okta tenant has.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    okta-expression-parser==0.4.3 sly==0.5

"$folder/venv/bin/python" -W ignore - 2>&1 <<'PYTHON'
from importlib.metadata import version

from okta_expression_parser.parser import ExpressionParser

print(f"okta-expression-parser {version('okta-expression-parser')}, sly {version('sly')}", flush=True)
user = {"organization": "Lab", "department": "IT", "notes": "new", "login": "ann@lab.example.com", "level": 3}
parser = ExpressionParser(user_profile=user)


def value(expression):
    result = parser.parse(expression)
    print(f"{expression}: {result!r}", flush=True)
    return result


assert value('user.department == "IT"') is True
assert value('user.department != "IT"') is False
assert value('user.organization == "Lab"') is False
assert value('user.organization != "Lab"') is True
assert value('user.notes == "new"') is False
assert value('user.department == "IT" AND user.level > 2') is True
assert value('user.level > 2 AND user.department == "IT"') is None
assert value('String.append("LAB-", "1")') == "LAB-$1"
assert value('String.substringAfter(user.login, "@")') == "@lab.example.com"
assert value('String.substring("LAB-12", 0, 9)') == "LAB-1"
PYTHON
