#!/usr/bin/env bash
# Installing niquests puts another urllib3 under requests
#
# Guess: Two HTTP libraries side by side do not touch each other: niquests brings urllib3-future,
#   requests keeps urllib3 2.8.0.
#
# Seen: After `pip install niquests` the import urllib3 is version 2.25 of urllib3-future, although
#   pip still lists urllib3 2.8.0. requests runs on it, and a POST that requests gives to a proxy that
#   hangs up is sent once instead of four times with the same Retry.
#
# Versions: requests 2.34.2, urllib3 2.8.0, niquests 3.21.2, urllib3-future 2.25.904; Python 3.11
#
# Matters: In an image that holds many integrations, a package that one of them wants changes what
#   another one sends. A list of versions does not show it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0

cat > "$folder/post.py" <<'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
import urllib3


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


port, seen = serve(lambda path: None)
session = requests.Session()
session.trust_env = False
session.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods={"GET"}, backoff_factor=0)))
try:
    session.post("http://api.example.com/", data=b"x", proxies={"http": f"http://127.0.0.1:{port}"})
except requests.RequestException as error:
    kind = type(error).__name__
line = f"pip lists urllib3 {version('urllib3')}, import gives {urllib3.__version__}; {kind}, {len(seen)} POST(s)"
print(line)
assert [version("urllib3"), urllib3.__version__, str(len(seen))] == sys.argv[1:], sys.argv[1:]
PYTHON

echo "before:"
"$folder/venv/bin/python" -W ignore "$folder/post.py" 2.8.0 2.8.0 4
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check niquests==3.21.2 urllib3-future==2.25.904
echo "after pip install niquests:"
"$folder/venv/bin/python" -W ignore "$folder/post.py" 2.8.0 2.25.904 1
