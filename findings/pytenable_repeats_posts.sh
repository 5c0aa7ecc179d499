#!/usr/bin/env bash
# pyTenable repeats a POST whose connection broke
#
# Guess: Only answers that say 'later' are repeated; a POST whose connection breaks after it was sent
#   is reported, since nobody knows whether it was taken.
#
# Seen: A connection that breaks after the whole POST has arrived is repeated like any other failure:
#   the server gets it six times. So it does for 502 and 504.
#
# Versions: pyTenable 26.10.1, requests 2.34.2; Python 3.11
#
# Matters: The call that starts a scan, an export or a remediation is carried out once for each time
#   that the network breaks, six times at most.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pyTenable==26.10.1 requests==2.34.2 urllib3==2.8.0

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from tenable.io import TenableIO


def serve(answer):
    """A server on loopback. `answer` gives status, headers and body for a path; with None it hangs up.

    Returns its port, and the list of what arrived whole: (path, body).
    """
    seen = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self):
            seen.append((self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))))
            found = answer(self.path)
            if found is None:
                self.close_connection = True
                return
            status, headers, body = found
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = reply

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that goes away is no news
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port, seen


logging.disable(logging.CRITICAL)
print("pyTenable", version("pyTenable"))


def launch(answer):
    port, seen = serve(answer)
    client = TenableIO("key", "secret", url=f"http://127.0.0.1:{port}", backoff=0)
    try:
        client.post("scans/1/launch", json={})
    except Exception as error:
        print(f"{type(error).__name__}, POSTs that arrived whole: {len(seen)}")
    return len(seen)


print("the connection breaks after the request:")
broken = launch(lambda path: None)
print("the answer is 504:")
gateway = launch(lambda path: (504, {}, b"{}"))
assert (broken, gateway) == (6, 6), (broken, gateway)
PYTHON
