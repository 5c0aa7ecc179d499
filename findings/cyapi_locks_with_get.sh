#!/usr/bin/env bash
# cyapi reads the history of a device's locks where it should lock the device
#
# Guess: lockdown_device sends another method than get_device_lockdown_history: Cylance's API locks with
#   PUT and gives the history with GET, at the same address.
#
# Seen: Both send GET. A server that minds the method answers with the history, which has the same
#   fields as the answer to a lock, and cyapi says is_success. The request is one that is repeated, up to
#   250 times, when the server is busy.
#
# Versions: cyapi 1.0.20, setuptools 80.9.0, requests 2.34.2; Python 3.11
#
# Matters: A playbook that contains a laptop goes on with a success and the data of a lock, and the
#   laptop is not locked.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cyapi==1.0.20 setuptools==80.9.0 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import contextlib
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from cyapi.cyapi import CyAPI

print(", ".join(f"{name} {version(name)}" for name in ("cyapi", "setuptools", "requests")))
asked, locks = [], []


class Console(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "token"})

    def do_GET(self):
        asked.append((self.command, self.path))
        self.answer({"hostname": "LAB-1", "lockdown_expiration": None, "lockdown_history": locks})

    def do_PUT(self):
        locks.append({"command": "Lockdown"})
        self.do_GET()

    def answer(self, data):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Console)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = CyAPI("tenant", "application", "secret" * 6)
client.baseURL = f"http://127.0.0.1:{server.server_port}/"
with contextlib.redirect_stdout(io.StringIO()):
    client.create_conn()

history = client.get_device_lockdown_history("00000000-0000-4000-8000-000000000001")
locked = client.lockdown_device("00000000-0000-4000-8000-000000000001", "0:01:00")
print(f"asked: {asked}\nthe answer to the lock: {locked.to_json()}\nlocks: {locks}")
assert [method for method, _ in asked] == ["GET", "GET"]
assert asked[1][1] == asked[0][1] + "?value=true&expires=0%3A01%3A00"
assert locked.is_success
assert locked.data == history.data
assert locks == []
assert client.s.get_adapter(client.baseURL).max_retries.total == 250
server.shutdown()
PYTHON
