#!/usr/bin/env bash
# One laptop of three is refused, and Trend Micro's client answers as if none was isolated
#
# Guess: A request with several endpoints that is partly taken has a response with the parts that
#   were taken. A task that failed is no success.
#
# Seen: With one 404 among three the result is ERROR and its response is None. The two that are
#   being isolated stand among the errors, as errors with status 202 and without a message; only
#   there are the numbers of their tasks. The result of a task that failed, was rejected or still
#   runs when the waiting ends is SUCCESS.
#
# Versions: pytmv1 0.11.0, pydantic 2.8.2; Python 3.11
#
# Matters: Who tries again after the error isolates twice and loses the tasks; who looks at
#   result_code takes a failed isolation for one that was carried out.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pytmv1==0.11.0 pydantic==2.8.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import pytmv1

print("pytmv1", version("pytmv1"))
logging.disable(logging.CRITICAL)
task = {"id": "1", "action": "isolate", "agentGuid": "g", "endpointName": "LAB-1"}
task |= dict.fromkeys(("createdDateTime", "lastActionDateTime"), "2026-01-02T03:04:05Z")


class Console(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        names = [each["endpointName"] for each in json.loads(self.rfile.read(int(self.headers["Content-Length"])))]
        refused = {"status": 404, "body": {"error": {"code": "NotFound", "message": "Endpoint not found"}}}
        self.answer(207, [refused if name == "LAB-2" else self.accepted(name) for name in names])

    def accepted(self, name):
        where = f"https://console.example.com/v3.0/response/tasks/{name[-1]:0>8}"
        return {"status": 202, "headers": [{"name": "Operation-Location", "value": where}]}

    def do_GET(self):
        self.answer(200, task)

    def answer(self, status, data):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Console)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = pytmv1.init("app", "token", f"http://127.0.0.1:{server.server_port}")


def isolate(*names):
    result = client.endpoint.isolate(*(pytmv1.EndpointRequest(endpointName=name) for name in names))
    print(f"{names}: {result}")
    return result


whole = isolate("LAB-1", "LAB-3")
assert [item.status for item in whole.response.items] == [202, 202]
partly = isolate("LAB-1", "LAB-2", "LAB-3")
assert (partly.result_code.name, partly.response) == ("ERROR", None)
assert [(error.status, error.task_id) for error in partly.errors] == [(202, "00000001"), (404, None), (202, "00000003")]

for status in ("failed", "rejected", "running"):
    task["status"] = status
    result = client.task.get_result("1", poll=True, poll_time_sec=0)
    print(f"task {status}: {result.result_code}")
    assert (result.result_code.name, result.response.status.name) == ("SUCCESS", status.upper())
server.shutdown()
PYTHON
