#!/usr/bin/env bash
# httpx replaces the query of a URL by params, even by empty ones
#
# Guess: params are added to what the URL has, as in requests and aiohttp; {} adds nothing.
#
# Seen: httpx throws the URL's own query away as soon as params are given: on the call, even if they
#   are {}, or on the client, then for each of its calls.
#
# Versions: httpx 0.28.1, requests 2.34.2, aiohttp 3.14.5; Python 3.11
#
# Matters: APIs hand out the next page as a URL with a cursor. With a page size in the client's
#   params, or params={} passed through by a helper, each 'next' page is the first one again.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    httpx==0.28.1 requests==2.34.2 urllib3==2.8.0 aiohttp==3.14.5

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
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


port, seen = serve(lambda path: (200, {}, b"{}"))
url = f"http://127.0.0.1:{port}/v3/devices?nextPage=abc"


async def with_aiohttp(params):
    async with aiohttp.ClientSession() as session, session.get(url, params=params):
        pass


def with_client_of_httpx(params):
    with httpx.Client(params=params, trust_env=False) as client:
        client.get(url)


ways = {
    "requests": lambda params: requests.get(url, params=params),
    "aiohttp": lambda params: asyncio.run(with_aiohttp(params)),
    "httpx": lambda params: httpx.get(url, params=params, trust_env=False),
    "httpx.Client": with_client_of_httpx,
}
sent = {}
for name, get in ways.items():
    for params in ({"pageSize": "5"}, {}):
        seen.clear()
        get(params)
        sent[name, len(params)] = seen[0][0]
        print(f"{name} {version(name.split('.')[0])}, params={params}: {sent[name, len(params)]}")
assert sent["requests", 1] == sent["aiohttp", 1] == "/v3/devices?nextPage=abc&pageSize=5"
assert sent["requests", 0] == sent["aiohttp", 0] == "/v3/devices?nextPage=abc"
assert sent["httpx", 1] == sent["httpx.Client", 1] == "/v3/devices?pageSize=5"
assert sent["httpx", 0] == "/v3/devices"
PYTHON
