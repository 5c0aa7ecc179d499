#!/usr/bin/env bash
# The laptops of one model are all assets for Snipe-IT's client snipeit
#
# Guess: getAssetsByModel and getAssetsByCategory ask for the assets of that model and category, as
#   getAssetsByCompany does for a company. A word that is searched is encoded.
#
# Seen: getAssetsByModel does not send the model at all. getAssetsByCategory sends the parameter
#   category_id5 without a value, for want of an equals sign. A search for #17 sends an empty search, one
#   for R&D searches R.
#
# Versions: snipeit 1.1, requests 2.34.2; Python 3.11
#
# Matters: A server leaves parameters out that it does not know, and answers with the first of all
#   assets. Who checks in or retires those of a model does it to others.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    snipeit==1.1 requests==2.34.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

from snipeit import Assets

print(f"snipeit {version('snipeit')}, requests {version('requests')}")
asked = []


class Inventory(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(parse_qs(urlsplit(self.path).query, keep_blank_values=True))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"rows": []}')

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Inventory)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


def sent(method, *arguments, **options):
    getattr(Assets(), method)(url, "token", *arguments, **options)
    print(f"{method} {arguments or options}: {asked[-1]}")
    return {name: values for name, values in asked[-1].items() if name != "order"}


assert sent("getAssetsByCompany", "3") == {"company_id": ["3"]}
assert sent("getAssetsByModel", "7") == {}
assert sent("getAssetsByCategory", "5") == {"category_id5": [""]}
assert sent("search", keyword="#17") == {"search": [""]}
assert sent("search", keyword="R&D")["search"] == ["R"]
server.shutdown()
PYTHON
