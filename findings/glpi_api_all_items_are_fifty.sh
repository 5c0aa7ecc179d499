#!/usr/bin/env bash
# glpi_api's get_all_items gets fifty
#
# Guess: get_all_items reads on until it has all of them, or says that there are more.
#
# Seen: It sends one request. GLPI answers with the first fifty, status 206 and Content-Range: 0-49/120;
#   the client gives the list back as it does for 200, and the range is nowhere to be had. search does
#   the same, and moves metacriteria into the caller's list of criteria, where they are once more with
#   each search.
#
# Versions: glpi-api 0.7.0, requests 2.34.2; Python 3.11
#
# Matters: A comparison of two inventories finds that every computer after the fiftieth has gone.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    glpi-api==0.7.0 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

import glpi_api

print(f"glpi-api {version('glpi-api')}, requests {version('requests')}")
asked = []
computers = [{"id": number} for number in range(120)]


class Inventory(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path in ("/initSession", "/killSession"):
            return self.answer(200, {"session_token": "token"})
        asked.append(self.path)
        first, last = map(int, parse_qs(url.query).get("range", ["0-49"])[0].split("-"))
        rows = computers[first : last + 1]
        self.answer(206, rows if url.path == "/Computer" else {"data": rows}, f"{first}-{last}/{len(computers)}")

    def answer(self, status, data, content_range=None):
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(json.dumps(data).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Inventory)
threading.Thread(target=server.serve_forever, daemon=True).start()
with glpi_api.connect(f"http://127.0.0.1:{server.server_port}", "application", "user") as glpi:
    found = glpi.get_all_items("Computer")
    print(f"get_all_items: {type(found).__name__} of {len(found)}, asked {asked}")
    assert len(found) == 50
    assert asked == ["/Computer"]

    criteria, meta = [{"field": 1, "searchtype": "contains", "value": "LAB"}], {"field": 2, "itemtype": "User", "value": "x"}
    for _ in range(2):
        assert len(glpi.search("Computer", criteria=criteria, metacriteria=[meta])) == 50
    print(f"search: {len(criteria)} criteria after two searches with one")
    assert len(criteria) == 3
server.shutdown()
PYTHON
