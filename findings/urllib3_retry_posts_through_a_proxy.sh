#!/usr/bin/env bash
# urllib3's Retry repeats a POST that it must not repeat, if a proxy is in between
#
# Guess: Retry(3, allowed_methods={'GET'}) never repeats a POST whose answer is lost, whatever the way
#   to the server.
#
# Seen: Directly the POST is sent once. Through a plain HTTP proxy that hangs up after it has read the
#   whole request, it is sent four times: the failure is wrapped in ProxyError, which counts neither
#   as a failed connection nor as a failed read, so the list of methods is not asked.
#
# Versions: urllib3 2.8.0, requests 2.34.2; Python 3.11
#
# Matters: Behind a company proxy a wipe, an isolation or a script is ordered up to four times, by a
#   client that was configured to repeat reads only.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
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
session = requests.Session()
session.trust_env = False
session.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods={"GET"}, backoff_factor=0)))
counts = {}
for way in ("directly", "through a proxy"):
    port, seen = serve(lambda path: None)
    here = f"http://127.0.0.1:{port}"
    url, proxies = (f"{here}/wipe", {}) if way == "directly" else ("http://api.example.com/wipe", {"http": here})
    try:
        session.post(url, data=b"wipe", proxies=proxies)
    except requests.RequestException as error:
        print(f"{way}: {type(error).__name__}, POSTs that arrived whole: {len(seen)}")
    counts[way] = len(seen)
assert counts == {"directly": 1, "through a proxy": 4}, counts
PYTHON
