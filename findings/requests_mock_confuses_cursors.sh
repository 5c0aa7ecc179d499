#!/usr/bin/env bash
# requests-mock takes one page's cursor for another's
#
# Guess: A mock that is registered with a query answers requests with just this query: a cursor AbC is
#   not aBc.
#
# Seen: Path and query are compared in lower case unless case_sensitive is set, and further parameters
#   may stand beside: ?nextPage=aBc and /DEVICES?pageSize=500&nextPage=AbC get the page of AbC.
#
# Versions: requests-mock 1.12.1, requests 2.34.2; Python 3.11
#
# Matters: It is what the tests of integrations are mostly written with. Cursors are base64, where case
#   counts: a client that mangles or repeats one passes its tests.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests-mock==1.12.1 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import requests
import requests_mock

ADDRESS = "https://api.example.com/v3/devices?nextPage=AbC"


def answers(case_sensitive):
    found = []
    with requests_mock.Mocker(case_sensitive=case_sensitive) as mocker:
        mocker.get(ADDRESS, text="page of AbC")
        for query in ("devices?nextPage=AbC", "devices?nextPage=aBc", "DEVICES?pageSize=500&nextPage=AbC"):
            try:
                found.append(requests.get(f"https://api.example.com/v3/{query}").text)
            except requests_mock.NoMockAddress:
                found.append("no such mock")
    return found


for case_sensitive in (False, True):
    print(f"requests-mock {version('requests-mock')}, case_sensitive={case_sensitive}: {answers(case_sensitive)}")
assert answers(False) == ["page of AbC"] * 3
assert answers(True) == ["page of AbC", "no such mock", "no such mock"]
with requests_mock.Mocker() as mocker:
    mocker.get(ADDRESS, text="page of AbC")
    assert requests.get("https://api.example.com/v3/devices?nextPage=aBc").text == "page of AbC"
PYTHON
