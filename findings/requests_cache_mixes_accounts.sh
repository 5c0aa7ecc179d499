#!/usr/bin/env bash
# requests-cache gives the second account the first one's devices, and never asks again
#
# Guess: Two requests with different Authorization headers are two entries of a cache, and an
#   answer without a lifetime is asked for again after some time.
#
# Seen: Headers are no part of the key unless match_headers says so, and Authorization is left out
#   by name besides: the second token gets what the first one had. Without expire_after nothing
#   ever expires, so a state that is polled stays as it was first read. CacheControl asks again for
#   an answer without a lifetime; one with max-age it too gives to any token of the session.
#
# Versions: requests-cache 1.3.3, CacheControl 0.14.4, requests 2.34.2; Python 3.11
#
# Matters: A session that reads several accounts, or polls until a laptop is frozen, shows another
#   company's laptops or waits without end.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests-cache==1.3.3 CacheControl==0.14.4 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import requests
from cachecontrol import CacheControl
from requests_cache import CachedSession

print("requests-cache", version("requests-cache"), "CacheControl", version("CacheControl"))
lifetime = {}
asked = []


class Account(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.path)
        body = json.dumps({"of": self.headers["Authorization"], "answer": len(asked)}).encode()
        self.send_response(200)
        for name, value in lifetime.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Account)
threading.Thread(target=server.serve_forever, daemon=True).start()


def answers(session, path):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    got = [session.get(url, headers={"Authorization": token}).json() for token in ("one", "two", "one")]
    print(f"{type(session).__name__} {lifetime}: {got}")
    return [answer["of"] for answer in got], len({answer["answer"] for answer in got})


cached = CachedSession(backend="memory")
assert answers(cached, "/a") == (["one", "one", "one"], 1)
assert cached.settings.expire_after == -1
assert answers(CachedSession(backend="memory", match_headers=True), "/b")[1] == 1
assert answers(CacheControl(requests.Session()), "/c") == (["one", "two", "one"], 3)
lifetime["Cache-Control"] = "max-age=60"
assert answers(CacheControl(requests.Session()), "/d") == (["one", "one", "one"], 1)
server.shutdown()
PYTHON
