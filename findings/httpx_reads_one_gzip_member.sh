#!/usr/bin/env bash
# httpx reads the first member of a gzip body and drops the rest
#
# Guess: A gzip body of two members is one body (RFC 1952, section 2.2); every client that decodes
#   gzip gives both.
#
# Seen: requests and aiohttp give both, httpx gives the first and no error.
#
# Versions: httpx 0.28.1, requests 2.34.2, aiohttp 3.14.5; Python 3.11
#
# Matters: Servers and collectors join compressed pieces, as `cat a.gz b.gz` does. From such an
#   endpoint a fetch with httpx loses events in silence.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    httpx==0.28.1 requests==2.34.2 urllib3==2.8.0 aiohttp==3.14.5

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import aiohttp
import httpx
import requests


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


body = gzip.compress(b'{"id": 1}\n') + gzip.compress(b'{"id": 2}\n')
assert gzip.decompress(body) == b'{"id": 1}\n{"id": 2}\n'
port, _ = serve(lambda path: (200, {"Content-Encoding": "gzip"}, body))
url = f"http://127.0.0.1:{port}/"


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.read()


got = {
    "requests": requests.get(url).content,
    "aiohttp": asyncio.run(with_aiohttp()),
    "httpx": httpx.get(url, trust_env=False).content,
}
for library, content in got.items():
    print(library, version(library), content)
assert got["requests"] == got["aiohttp"] == b'{"id": 1}\n{"id": 2}\n'
assert got["httpx"] == b'{"id": 1}\n'
PYTHON
