#!/usr/bin/env bash
# syslog-rfc5424-parser keeps the last of a host's addresses
#
# Guess: A parameter may stand several times in an element (RFC 5424, section 6.3.3; origin has an
#   ip for each address of a host, section 7.2.1): all of them are in the result, or the message is
#   an error.
#
# Seen: The element is a dict of texts, in which the last one replaces the others without a word. A
#   host of the value '-' is the text '-', while a process or message ID of '-' is None.
#
# Versions: syslog-rfc5424-parser 0.3.2; Python 3.11
#
# Matters: An event is not found by the address with which the device is known, if a VPN or a
#   virtual adapter was listed behind it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    syslog-rfc5424-parser==0.3.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from syslog_rfc5424_parser import SyslogMessage

print("syslog-rfc5424-parser", version("syslog-rfc5424-parser"))
LINE = '<134>1 2026-01-02T03:04:05Z - agent - - [origin ip="192.0.2.1" ip="198.51.100.7" ip="203.0.113.9"] frozen'
found = SyslogMessage.parse(LINE)
print(LINE)
print(f"structured data {found.sd}, host {str(found.hostname)!r}, process {found.procid}, message ID {found.msgid}")
assert found.sd == {"origin": {"ip": "203.0.113.9"}}
assert found.hostname == "-"
assert found.procid is None
assert found.msgid is None
PYTHON
