#!/usr/bin/env bash
# What urllib3 makes of the forms of Retry-After that real APIs send
#
# Guess: A Retry with no list of statuses repeats no answered request. Where it waits, 0.5 means half
#   a second, or the header is ignored; a day means a day, or the answer is handed out.
#
# Seen: Without any list 413, 429 and 503 with Retry-After are repeated. `0.5` raises InvalidHeader,
#   and the answer with its status and body is lost. A day becomes six hours of sleep, silently.
#
# Versions: urllib3 2.8.0, requests 2.34.2; Python 3.11
#
# Matters: An API that is merely busy looks like a broken one, or a command sleeps for six hours
#   inside a process that is killed after five minutes.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


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


print("urllib3", version("urllib3"), "requests", version("requests"))
slept = []
time.sleep = slept.append


def get(status, retry_after):
    slept.clear()
    port, seen = serve(lambda path: (status, {"Retry-After": retry_after}, b"{}"))
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[])))
    try:
        result = session.get(f"http://127.0.0.1:{port}/").status_code
    except requests.RequestException as error:
        result = type(error).__name__
    print(f"{status} with Retry-After: {retry_after}: {result}, {len(seen)} request(s), slept {slept}")
    return result, len(seen), list(slept)


assert get(413, "1") == (413, 2, [1])
assert get(429, "0.5") == ("InvalidHeader", 1, [])
assert get(503, "86400") == (503, 2, [21600])
PYTHON
