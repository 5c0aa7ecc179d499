#!/usr/bin/env bash
# glpi-utils takes an error without a text for the end of the list
#
# Guess: get_all_pages gives all computers or raises; update_item and delete_item raise when they are
#   refused.
#
# Seen: A response without a body is None, whatever its status: the status is looked at afterwards. When
#   a proxy answers the second page with 503 and nothing else, the list has 50 of 120 computers, though
#   the first page said 120. A change and a deletion that are refused with 403 are None, as they are
#   after 204. With a body of two letters all of them raise.
#
# Versions: glpi-utils 2.0.1, requests 2.34.2; Python 3.11
#
# Matters: Whether an outage is seen depends on whether a proxy in between writes a page for it. A
#   comparison takes the other seventy for gone, and a retired laptop stays in use.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    glpi-utils==2.0.1 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

from glpi_utils import GlpiAPI
from glpi_utils.exceptions import GlpiAPIError

print(f"glpi-utils {version('glpi-utils')}, requests {version('requests')}")
error = {"body": b""}


class Inventory(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/initSession"):
            self.answer(200, b'{"session_token": "token"}')
        elif "range=0-49" in self.path:
            self.answer(206, json.dumps([{"id": number} for number in range(50)]).encode(), "0-49/120")
        else:
            self.answer(503, error["body"])

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(403, error["body"])

    do_DELETE = do_PUT

    def answer(self, status, body, content_range=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Inventory)
threading.Thread(target=server.serve_forever, daemon=True).start()
glpi = GlpiAPI(f"http://127.0.0.1:{server.server_port}")
glpi.login(user_token="user")


def happens(method, *arguments):
    try:
        result = getattr(glpi, method)("Computer", *arguments)
    except GlpiAPIError as raised:
        result = type(raised)
    print(f"{method}, error with {error['body']}: {len(result) if isinstance(result, list) else result}")
    return result


assert len(happens("get_all_pages")) == 50
assert happens("update_item", {"id": 1, "states_id": 3}) is None
assert happens("delete_item", {"id": 1}) is None
error["body"] = b"{}"
assert issubclass(happens("get_all_pages"), GlpiAPIError)
assert issubclass(happens("update_item", {"id": 1, "states_id": 3}), GlpiAPIError)
assert issubclass(happens("delete_item", {"id": 1}), GlpiAPIError)
server.shutdown()
PYTHON
