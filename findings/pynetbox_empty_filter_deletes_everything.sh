#!/usr/bin/env bash
# pynetbox deletes the whole inventory when the list of serial numbers is empty
#
# Guess: filter(serial=[]) finds nothing, or is refused: for everything there is all().
#
# Seen: The empty list leaves no trace in the request, which is that of all(). The set that it gives
#   has all devices, and its delete() sends the ids of all of them.
#
# Versions: pynetbox 7.8.0, requests 2.34.2; Python 3.11
#
# Matters: 'Take these stolen laptops out of the inventory', with a list that an earlier step left
#   empty, takes out every device. A caller has to look at the list himself.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pynetbox==7.8.0 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
from importlib.metadata import version

import pynetbox
import requests
from requests.adapters import BaseAdapter

print("pynetbox", version("pynetbox"), "requests", version("requests"))
FLEET = [{"id": number, "serial": f"SN{number}", "url": f"http://netbox.example.com/api/dcim/devices/{number}/"} for number in (1, 2, 3)]
sent = []


class Netbox(BaseAdapter):
    """A server of three devices that filters by serial as NetBox does; it notes what it gets."""

    def send(self, request, **_):
        sent.append((request.method, request.path_url, request.body))
        wanted = [part.split("=")[1] for part in request.path_url.partition("?")[2].split("&") if part.startswith("serial=")]
        found = [device for device in FLEET if not wanted or device["serial"] in wanted]
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 204 if request.method == "DELETE" else 200, request, request.url
        answer._content = b"" if request.method == "DELETE" else json.dumps(
            {"count": len(found), "next": None, "previous": None, "results": found}).encode()
        return answer

    def close(self):
        pass


netbox = pynetbox.api("http://netbox.example.com", token="x")
netbox.http_session = requests.Session()
netbox.http_session.mount("http://", Netbox())

for serials in (["SN2"], []):
    found = netbox.dcim.devices.filter(serial=serials)
    found.delete()
    print(f"filter(serial={serials}).delete() sends:")
    print(*(f"  {method} {path} {body or ''}" for method, path, body in sent[-2:]), sep="\n")
    deleted = [each["id"] for each in json.loads(sent[-1][2])]
    assert deleted == ([2] if serials else [1, 2, 3]), deleted
assert "serial" not in sent[-2][1]
PYTHON
