#!/usr/bin/env bash
# cyapi leaves the page out whose connection broke, and says success
#
# Guess: get_devices gives all devices, or raises. get_bulk_device answers in the order of the numbers
#   that it was given.
#
# Seen: The pages are read by several threads. One whose connection breaks in the middle is printed to
#   the standard output and left out: 4 devices of 6, is_success, status 200. What was read stands in the
#   order in which the answers came, of single devices too.
#
# Versions: cyapi 1.0.20, setuptools 80.9.0, requests 2.34.2; Python 3.11
#
# Matters: An inventory that deletes what it does not find any more deletes a page of live devices, and
#   one that pairs numbers with answers gives each device another's state.
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
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

from cyapi.cyapi import CyAPI

print(", ".join(f"{name} {version(name)}" for name in ("cyapi", "setuptools", "requests")))


class Console(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "token"})

    def do_GET(self):
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["0"])[0])
        if page:
            devices = [{"id": 2 * page - 1}, {"id": 2 * page}]
            self.answer({"page_items": devices, "page_size": 2, "total_pages": 3}, missing=100 if page == 2 else 0)
        else:
            number = int(self.path[-1])
            time.sleep((3 - number) * 0.5)
            self.answer({"id": number})

    def answer(self, data, missing=0):
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Console)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = CyAPI("tenant", "application", "secret" * 6)
client.baseURL = f"http://127.0.0.1:{server.server_port}/"
said = io.StringIO()
with contextlib.redirect_stdout(said):
    client.create_conn()
    devices = client.get_devices(limit=2)
    single = client.get_bulk_device(["1", "2", "3"])

print(f"pages: {devices.data}, {devices.is_success}, {devices.status_code}, {devices.errors}")
assert "page=2" in said.getvalue() and "IncompleteRead" in said.getvalue()
assert (devices.is_success, devices.status_code, devices.errors) == (True, 200, None)
assert sorted(device["id"] for device in devices.data) == [1, 2, 5, 6]

print(f"1, 2 and 3: {single.data}")
assert single.data == [{"id": 3}, {"id": 2}, {"id": 1}]
server.shutdown()
PYTHON
