#!/usr/bin/env bash
# The field 'id' of a log record reaches no Graylog, and 'level' replaces the level in Logstash
#
# Guess: What is given in extra arrives, under its name or another; the record's own level stays.
#
# Seen: graypy and pygelf send every field of extra but 'id', without a word: GELF forbids _id. The
#   others have an underscore before them. python-logstash-async puts 'level' and 'host' of extra
#   where its own were, 'tags' too, and all the rest into a member of its own.
#
# Versions: graypy 2.1.0, pygelf 0.4.3, python-logstash-async 4.1.0; Python 3.11
#
# Matters: 'Frozen' is logged of a device that cannot be named, and an alarm on the level ERROR
#   does not see a record whose device has the risk level 'high'.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    graypy==2.1.0 pygelf==0.4.3 python-logstash-async==4.1.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import logging
import socket
import zlib
from importlib.metadata import version

import graypy
import pygelf
from logstash_async.formatter import LogstashFormatter

print({name: version(name) for name in ("graypy", "pygelf", "python-logstash-async")})
DEVICE = {"id": "LAB-1", "serial": "SN1", "level": "high", "host": "lab-1.example.com", "tags": ["stolen"]}

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as graylog:
    graylog.bind(("127.0.0.1", 0))
    graylog.settimeout(10)
    port = graylog.getsockname()[1]
    log = logging.Logger("absolute")
    for handler in (graypy.GELFUDPHandler("127.0.0.1", port), pygelf.GelfUdpHandler("127.0.0.1", port, include_extra_fields=True)):
        log.handlers = [handler]
        log.error("Frozen", extra=DEVICE)
        sent = json.loads(zlib.decompress(graylog.recv(65_536)))
        name = type(handler).__module__.split(".")[0]
        print(f"{name}:", {key: value for key, value in sent.items() if value in DEVICE.values() or key in ("host", "level")})
        assert {key: sent.get("_" + key) for key in DEVICE} == {**DEVICE, "id": None}
        assert "LAB-1" not in sent.values()
        assert sent["level"] == 3  # an error of syslog

record = log.makeRecord("absolute", logging.ERROR, __file__, 1, "Frozen", (), None, extra=DEVICE)
sent = json.loads(LogstashFormatter().format(record))
print("python-logstash-async:", {key: sent.get(key) for key in DEVICE}, "extra:", {key: sent["extra"].get(key) for key in DEVICE})
assert (sent["level"], sent["host"], sent["tags"]) == ("high", "lab-1.example.com", ["stolen"])
assert "ERROR" not in json.dumps(sent)
PYTHON
