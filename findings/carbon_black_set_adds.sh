#!/usr/bin/env bash
# In Carbon Black's SDK set_device_ids adds, and writes into the caller's list
#
# Guess: set_device_ids sets: the last call counts, and the list that was given stays as it was.
#
# Seen: A second call adds its ids to those of the first, in the very list that the caller gave. A
#   query that is built from that list later has them too: each quarantine takes in the devices of
#   those before it. set_status and its like do the same. An empty list is sent as it is.
#
# Versions: carbon-black-cloud-sdk 1.5.10; Python 3.11
#
# Matters: A list of devices that are always in, used in a loop over sites, grows from turn to turn;
#   the third site's action hits the first site's laptops.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    carbon-black-cloud-sdk==1.5.10

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
from importlib.metadata import version

import requests
from cbc_sdk import CBCloudAPI
from cbc_sdk.platform import Device
from requests.adapters import BaseAdapter

print("carbon-black-cloud-sdk", version("carbon-black-cloud-sdk"))
sent = []


class Noted(BaseAdapter):
    """Answers everything, and notes what it gets."""

    def send(self, request, **_):
        sent.append(json.loads(request.body))
        answer = requests.Response()
        answer.status_code, answer._content, answer.request, answer.url = 200, b"{}", request, request.url
        return answer

    def close(self):
        pass


api = CBCloudAPI(url="https://cbc.example.com", token="KEY/ID", org_key="ORG")
api.session.session.mount(api.session.server, Noted())

always = [1]
for site in ([5], [6]):
    query = api.select(Device).set_device_ids(always)
    query.set_device_ids(site)
    query.quarantine(True)
    print(f"set_device_ids({site}) last; quarantined:", sent[-1]["search"]["criteria"]["id"])
print("the caller's list is now", always)
assert [each["search"]["criteria"]["id"] for each in sent] == [[1, 5], [1, 5, 6]]
assert always == [1, 5, 6]

query = api.select(Device).set_status(["ACTIVE"])
query.set_status(["PENDING"]).quarantine(True)
print("set_status(['PENDING']) last:", sent[-1]["search"]["criteria"])
assert sent[-1]["search"]["criteria"] == {"status": ["ACTIVE", "PENDING"]}
PYTHON
