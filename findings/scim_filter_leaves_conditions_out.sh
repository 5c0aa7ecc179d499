#!/usr/bin/env bash
# scim2-filter-parser leaves a condition out whose attribute it does not know
#
# Guess: A condition on an attribute that the map does not have is an error. 'and' binds tighter
#   than 'or', as RFC 7644 (section 3.4.2.2) says.
#
# Seen: 'userName eq "ann" and serialNumber eq "SN1"' becomes SQL that asks for the user name
#   alone; the unknown attribute alone gives no WHERE at all. 'a or b and c' becomes '(a or b) and
#   c'. A boolean is bound as the text TRUE.
#
# Versions: scim2-filter-parser 0.7.0, sly 0.5; Python 3.11
#
# Matters: A misspelt attribute widens what is found: all devices of a user instead of one, or
#   everybody. RFC 7644 wants invalidFilter.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    scim2-filter-parser==0.7.0 sly==0.5

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from scim2_filter_parser.queries import SQLQuery

print("scim2-filter-parser", version("scim2-filter-parser"))
COLUMNS = {
    ("userName", None, None): "username",
    ("active", None, None): "active",
    ("title", None, None): "title",
}


def where(text):
    query = SQLQuery(text, "users", COLUMNS)
    print(f"{text}: {query.where_sql} {query.params_dict}")
    return query.where_sql, query.params_dict


both, bound = where('userName eq "ann" and serialNumber eq "SN1"')
assert both == "UPPER(username) = UPPER({a})"
assert bound == {"a": "ann"}
assert where('serialNumber eq "SN1"') == (None, {})
mixed, bound = where('userName eq "ann" or title eq "boss" and active eq true')
assert mixed == "((UPPER(username) = UPPER({a})) OR (title = {b})) AND (active = {c})"
assert bound["c"] == "TRUE"
PYTHON
