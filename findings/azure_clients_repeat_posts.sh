#!/usr/bin/env bash
# Microsoft's own clients repeat a POST on 500, 503 or 504, and azure-core does not on 429
#
# Guess: RetryPolicy of azure-core names the methods that may be repeated, and POST is not among them;
#   so a POST is sent once, and if ever repeated then after 429, which says that nothing was done.
#   kiota-http, under the Graph SDK, does the same.
#
# Seen: azure-core sends a POST four times when it is answered 500, 503 or 504, and once when it is
#   answered 429. kiota-http sends it four times on 429, 503 and 504.
#
# Versions: azure-core 1.41.0, microsoft-kiota-http 1.16.0, httpx 0.28.1; Python 3.11
#
# Matters: 504 comes from a gateway whose server may still be at work: a remote wipe or a lock that is
#   ordered through Graph goes out up to four times.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    azure-core==1.41.0 microsoft-kiota-http==1.16.0 microsoft-kiota-abstractions==1.16.0 httpx==0.28.1 requests==2.34.2

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import httpx
from azure.core import PipelineClient
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest
from kiota_http.kiota_client_factory import KiotaClientFactory


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


print("azure-core", version("azure-core"), "kiota-http", version("microsoft-kiota-http"))
really_sleep = asyncio.sleep
time.sleep = lambda seconds: None
asyncio.sleep = lambda seconds, *rest: really_sleep(0)  # nobody waits here for the pauses between two attempts


def azure(status):
    port, seen = serve(lambda path: (status, {}, b"{}"))
    client = PipelineClient(f"http://127.0.0.1:{port}", policies=[RetryPolicy(retry_backoff_factor=0)])
    client.send_request(HttpRequest("POST", f"http://127.0.0.1:{port}/wipe", json={}))
    return len(seen)


def kiota(status):
    port, seen = serve(lambda path: (status, {}, b"{}"))

    async def post():
        client = KiotaClientFactory.create_with_default_middleware(client=httpx.AsyncClient(trust_env=False))
        await client.post(f"http://127.0.0.1:{port}/wipe", json={})

    asyncio.run(post())
    return len(seen)


statuses = (429, 500, 502, 503, 504)
counts = {client.__name__: {status: client(status) for status in statuses} for client in (azure, kiota)}
for client, posts in counts.items():
    print(f"{client}: POSTs by status of the answer: {posts}")
assert counts["azure"] == {429: 1, 500: 4, 502: 1, 503: 4, 504: 4}, counts
assert counts["kiota"] == {429: 4, 500: 1, 502: 1, 503: 4, 504: 4}, counts
PYTHON
