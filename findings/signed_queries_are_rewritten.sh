#!/usr/bin/env bash
# An encoded query does not leave as it was signed
#
# Guess: A path and query that are percent-encoded already are sent byte for byte: they are valid, so
#   there is nothing to do.
#
# Seen: Only httpx sends what it was given. urllib3 writes hexadecimal digits in capitals, requests
#   also decodes %7E, aiohttp decodes quotes, slashes, brackets and more. The four clients send four
#   request lines for one URL.
#
# Versions: requests 2.34.2, urllib3 2.8.0, httpx 0.28.1, aiohttp 3.14.5 with yarl 1.25.1; Python 3.11
#
# Matters: APIs that sign the request (JWS headers with the query, HMAC over the path) refuse it now
#   and then: as soon as a device name holds a tilde, a quote or a slash.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5 yarl==1.25.1

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import aiohttp
import httpx
import requests
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


target = "/v3/devices?filter=name%20eq%20%27LAB%27&user=%7Ebob&path=%2fsrv&note=%28a%29"
port, seen = serve(lambda path: (200, {}, b"{}"))
url = f"http://127.0.0.1:{port}{target}"


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url):
        pass


httpx.get(url, trust_env=False)
urllib3.PoolManager().request("GET", url)
requests.get(url)
asyncio.run(with_aiohttp())
sent = [path for path, _ in seen]
print("given   ", target)
for name, line in zip(("httpx", "urllib3", "requests", "aiohttp"), sent):
    print(f"{name:8}", line, "" if line == target else "(changed)")
assert sent == [
    target,
    "/v3/devices?filter=name%20eq%20%27LAB%27&user=%7Ebob&path=%2Fsrv&note=%28a%29",
    "/v3/devices?filter=name%20eq%20%27LAB%27&user=~bob&path=%2Fsrv&note=%28a%29",
    "/v3/devices?filter=name%20eq%20'LAB'&user=~bob&path=/srv&note=(a)",
]
PYTHON
