#!/usr/bin/env bash
# demisto-py answers with the text of a Python dict, not with JSON
#
# Guess: generic_request_func gives back the decoded object, or the text that the server sent.
#
# Seen: It decodes the JSON and gives back str() of the dict: single quotes, True, None. json.loads
#   refuses it. With response_type='object' it is the object itself.
#
# Versions: demisto-py 3.3.1; Python 3.11
#
# Matters: Every script for Cortex XSOAR that calls a path for which the client has no method meets
#   it; ast.literal_eval over what a server sent is the usual remedy.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    demisto-py==3.3.1 urllib3==2.8.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import ast
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import demisto_client

print("demisto-py", version("demisto-py"))
SENT = '{"data": [{"id": "7", "frozen": true, "note": null}], "total": 1}'


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(SENT.encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = demisto_client.configure(base_url=f"http://127.0.0.1:{server.server_port}", api_key="key")
arguments = {"path": "/incidents/search", "method": "POST", "body": {}}
answer = demisto_client.generic_request_func(client, **arguments)[0]
decoded = demisto_client.generic_request_func(client, response_type="object", **arguments)[0]
print("sent:    ", SENT)
print("received:", answer)
print("with response_type='object':", decoded)
assert decoded == json.loads(SENT) == ast.literal_eval(answer)
try:
    json.loads(answer)
except json.JSONDecodeError as error:
    print("json.loads:", error)
else:
    raise AssertionError("it is JSON")
PYTHON
