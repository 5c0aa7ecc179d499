#!/usr/bin/env bash
# SimpleMDM's client raises when a device cannot be read, and not when it was not locked
#
# Guess: A method of SimpleMDMpy raises ApiError when the server refuses it, and waits when the server
#   says that it is too much.
#
# Seen: So it does for get_device. lock_device, wipe_device, delete_device and update_device give the
#   response back as it is, with 403, 404 or 429 in it; a 429 is neither waited for nor repeated.
#
# Versions: SimpleMDMpy 3.0.7, requests 2.34.2; Python 3.11
#
# Matters: Who has seen ApiError once relies on it: a wipe that was refused is reported as sent.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    SimpleMDMpy==3.0.7 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import SimpleMDMpy
from SimpleMDMpy.SimpleMDM import ApiError

print(f"SimpleMDMpy {version('SimpleMDMpy')}, requests {version('requests')}")
statuses, asked = [], []


class Console(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.command)
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b'{"data": {"id": 1}}'
        self.send_response(statuses.pop(0))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Console)
threading.Thread(target=server.serve_forever, daemon=True).start()
devices = SimpleMDMpy.Devices("key")
devices.url = f"http://127.0.0.1:{server.server_port}/devices"


def happens(*answers, method, **arguments):
    statuses[:], asked[:] = answers, []
    try:
        result = getattr(devices, method)(1, **arguments)
    except ApiError as error:
        result = error
    print(f"{method} after {answers}: {result!r}, {len(asked)} request(s)")
    return result, len(asked)


assert isinstance(happens(403, method="get_device")[0], ApiError)
assert happens(429, 200, method="get_device") == ({"id": 1}, 2)
lock = {"message": "Please call", "phone_number": "555-0100"}
for status in (403, 404, 429):
    for method, arguments in (("lock_device", lock), ("wipe_device", {}), ("delete_device", {}), ("update_device", {"name": "LAB-1"})):
        response, requests = happens(status, method=method, **arguments)
        assert (response.status_code, requests) == (status, 1)
server.shutdown()
PYTHON
