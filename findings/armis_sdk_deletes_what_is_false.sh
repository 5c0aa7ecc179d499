#!/usr/bin/env bash
# Armis's SDK deletes the property of a device that is set to False
#
# Guess: update sets the named properties of each device to the values that the device has, and leaves
#   those alone that a device does not name.
#
# Seen: A value of False, 0 or "" is sent as UNSET, and so is a property that the device does not name
#   and another one in the same call does. Only values that are true are SET.
#
# Versions: armis-sdk 2.0.0, httpx 0.28.1; Python 3.11
#
# Matters: 'Not lost' and 'never looked at' become the same. Who writes the room of one laptop and the
#   owner of another in one call deletes the other property of each.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    armis-sdk==2.0.0 httpx==0.28.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from armis_sdk.clients.assets_client import AssetsClient
from armis_sdk.core import armis_client
from armis_sdk.core.client_credentials import ClientCredentials
from armis_sdk.entities.device import Device

print(f"armis-sdk {version('armis-sdk')}, httpx {version('httpx')}")
changes = []


class Inventory(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"access_token": "token", "expires_in": 60}
        if "items" in body:
            changes.extend(body["items"])
            answer = {"items": [{"status": 202} for _ in body["items"]]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Inventory)
threading.Thread(target=server.serve_forever, daemon=True).start()
armis_client.API_BASE_URL = f"http://127.0.0.1:{server.server_port}"
credentials = ClientCredentials(vendor_id="v", audience="a", client_id="c", client_secret="s", scopes=["scope"])
assets = AssetsClient(armis_client.ArmisClient(credentials))

first = Device(device_id=1, custom={"Lost": False, "Failures": 0, "Note": "", "Room": "4D"})
second = Device(device_id=2, custom={"Lost": True, "Failures": 3, "Note": "new"})
assets.update([first, second], [f"custom.{name}" for name in ("Lost", "Failures", "Note", "Room")])
sent = {(each["asset_id"], each["key"].removeprefix("custom.")): (each["operation"], each.get("value")) for each in changes}
print(*(f"device {device}, {name}: {change}" for (device, name), change in sent.items()), sep="\n")

assert [sent[1, name] for name in ("Lost", "Failures", "Note")] == [("UNSET", None)] * 3
assert sent[1, "Room"] == ("SET", "4D")
assert [sent[2, name] for name in ("Lost", "Failures", "Note")] == [("SET", True), ("SET", 3), ("SET", "new")]
assert sent[2, "Room"] == ("UNSET", None)
server.shutdown()
PYTHON
