#!/usr/bin/env bash
# ecs-logging writes datetime.datetime(2026, 1, 2, ...) for event.created
#
# Guess: A datetime among the extra fields becomes ISO 8601, as @timestamp beside it is, or the
#   event is an error; a UUID or an address becomes its text.
#
# Seen: What JSON does not have is written as Python's repr, within quotes: event.created, an
#   identifier as UUID('...'), an address as IPv4Address('192.0.2.1').
#
# Versions: ecs-logging 2.3.0; Python 3.11
#
# Matters: For Elasticsearch event.created is a date and host.ip an address: it refuses the whole
#   event, unless malformed fields are to be ignored, long after the program that logged it has
#   ended. An identifier is kept, and searched for in vain.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ecs-logging==2.3.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import io
import json
import logging
from datetime import datetime, timezone
from importlib.metadata import version
from ipaddress import ip_address
from uuid import UUID

import ecs_logging

print("ecs-logging", version("ecs-logging"))
output = io.StringIO()
handler = logging.StreamHandler(output)
handler.setFormatter(ecs_logging.StdlibFormatter())
logger = logging.Logger("device")
logger.addHandler(handler)
logger.warning(
    "frozen",
    extra={
        "event.created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        "event.id": UUID("00000000-0000-4000-8000-00005e005301"),
        "host.ip": ip_address("192.0.2.1"),
    },
)
written = json.loads(output.getvalue())
print({name: written[name] for name in ("@timestamp", "event", "host")})
assert written["@timestamp"].endswith("Z")
assert written["event"]["created"] == "datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)"
assert written["event"]["id"] == "UUID('00000000-0000-4000-8000-00005e005301')"
assert written["host"]["ip"] == "IPv4Address('192.0.2.1')"
PYTHON
