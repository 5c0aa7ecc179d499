#!/usr/bin/env bash
# ldap-filter puts a space into a computer's name because another value has one
#
# Guess: Filter.parse keeps the values of a filter as they are, and to_string gives the same filter back.
#   A dot in a pattern such as LAB.1* is a dot.
#
# Seen: (&(l=New York)(cn=NewYork-1)) becomes (&(l=New York)(cn=New York-1)): spaces are taken out of the
#   whole filter, and put back wherever the shortened value is found. (|(cn=LAB 1)(cn=LAB1)) becomes
#   (|(cn=LAB 1)(cn=LAB 1)). A dot in a pattern stands for any character: LAB-10 starts
#   with LAB.1.
#
# Versions: ldap-filter 1.0.1; Python 3.11
#
# Matters: (!(cn=...)) leaves the wrong computer out, and a group by a prefix takes in others. The filter
#   is well formed and raises nothing.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ldap-filter==1.0.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from ldap_filter import Filter

print("ldap-filter", version("ldap-filter"))


def parsed(text):
    print(f"{text}: {Filter.parse(text)}")
    return str(Filter.parse(text))


assert parsed("(&(l=London)(cn=NewYork-1))") == "(&(l=London)(cn=NewYork-1))"
assert parsed("(&(l=New York)(cn=NewYork-1))") == "(&(l=New York)(cn=New York-1))"
assert parsed("(&(department=I T)(cn=LAB-IT-7))") == "(&(department=I T)(cn=LAB-I T-7))"
assert parsed("(|(cn=LAB 1)(cn=LAB1))") == "(|(cn=LAB 1)(cn=LAB 1))"


def matches(condition, **computer):
    print(f"{condition} and {computer}: {condition.match(computer)}")
    return condition.match(computer)


assert not matches(Filter.parse("(&(l=New York)(cn=NewYork-1))"), l="New York", cn="NewYork-1")
assert matches(Filter.parse("(&(l=New York)(!(cn=NewYork-1)))"), l="New York", cn="NewYork-1")
assert matches(Filter.attribute("cn").starts_with("LAB.1"), cn="LAB-10")
assert not matches(Filter.attribute("cn").equal_to("LAB.1"), cn="LAB-1")
PYTHON
