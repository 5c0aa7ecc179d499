#!/usr/bin/env bash
# falconpy turns a broken connection into an answer with status 500
#
# Guess: A host that cannot be reached, and a connection that breaks, raise requests' exceptions or
#   the library's own. Status 500 in a result is what the server answered.
#
# Seen: Both come back as {'status_code': 500, 'body': {'errors': ...}}. Whether the server refused,
#   was never reached, or has taken the request and then broken off, only the text of the message
#   tells.
#
# Versions: crowdstrike-falconpy 1.6.6; Python 3.11
#
# Matters: Code that repeats on 500 contains a host twice; code that reads 500 as 'the server failed'
#   reports a containment as failed that happened.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    crowdstrike-falconpy==1.6.6 requests==2.34.2 urllib3==2.8.0

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from falconpy import Hosts


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


print("falconpy", version("crowdstrike-falconpy"))
JSON = {"Content-Type": "application/json"}
TOKEN = (201, JSON, b'{"access_token": "x", "expires_in": 1799}')


def contain(answer):
    port, seen = serve(lambda path: TOKEN if "oauth2" in path else answer)
    hosts = Hosts(client_id="id", client_secret="secret", base_url=f"http://127.0.0.1:{port}")
    result = hosts.perform_action(action_name="contain", ids=["0123456789abcdef0123456789abcdef"])
    return result["status_code"], sum("devices-actions" in path for path, _ in seen), result["body"]["errors"][0]["message"][:60]


unreachable = Hosts(client_id="id", client_secret="secret", base_url="http://127.0.0.1:9")
never = unreachable.perform_action(action_name="contain", ids=["0123456789abcdef0123456789abcdef"])
print("nobody listens:              ", never["status_code"], "-", never["body"]["errors"][0]["message"][:60])
broken = contain(None)
print("taken, then broken off:      ", broken[0], "-", broken[2], "- actions that arrived:", broken[1])
refused = contain((500, JSON, b'{"errors": [{"code": 500, "message": "no"}]}'))
print("the server answers 500:      ", refused[0], "-", refused[2])
assert never["status_code"] == 500
assert broken[:2] == (500, 1), broken
assert refused[0] == 500
PYTHON
