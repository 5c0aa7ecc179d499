#!/usr/bin/env bash
# Meraki's client sends a lock without a device when the argument's name belongs to the wipe
#
# Guess: An unknown keyword argument is a TypeError, as in any Python function; an empty list of
#   serial numbers selects nothing.
#
# Seen: lockNetworkSmDevices takes serials, wipeNetworkSmDevices takes serial. The other name is
#   dropped without a word: a POST leaves with {} as its body. A list of devices that is asked for
#   serials=[] leaves without a filter, as does one with serial=[...]. An option, off by default,
#   makes it a line in the log; it is sent all the same.
#
# Versions: meraki 4.7.0; Python 3.11
#
# Matters: What a lock or a wipe without a device does is the server's affair, and the list that was
#   to be narrowed is the whole network.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    meraki==4.7.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import meraki

print("meraki", version("meraki"))
sent = []


class Noted(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        sent.append((self.command, self.path.removeprefix("/api/v1"), body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]" if self.command == "GET" else b"{}")

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Noted)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = meraki.DashboardAPI("0" * 40, base_url=f"http://127.0.0.1:{server.server_port}/api/v1", suppress_logging=True).sm


def request(call, **arguments):
    call("N_1", **arguments)
    print(f"{call.__name__}({arguments}): {' '.join(sent[-1])}")
    return sent[-1]


assert request(client.lockNetworkSmDevices, serials=["SN1"])[2] == '{"serials":["SN1"]}'
assert request(client.lockNetworkSmDevices, serial="SN1") == ("POST", "/networks/N_1/sm/devices/lock", "{}")
assert request(client.wipeNetworkSmDevices, serial="SN1")[2] == '{"serial":"SN1"}'
assert request(client.wipeNetworkSmDevices, serials=["SN1"]) == ("POST", "/networks/N_1/sm/devices/wipe", "{}")
assert "SN1" in request(client.getNetworkSmDevices, serials=["SN1"])[1]
assert request(client.getNetworkSmDevices, serials=[])[1].rstrip("?") == "/networks/N_1/sm/devices"
assert request(client.getNetworkSmDevices, serial=["SN1"])[1].rstrip("?") == "/networks/N_1/sm/devices"
server.shutdown()
PYTHON
