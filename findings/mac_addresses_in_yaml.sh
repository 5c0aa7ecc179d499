#!/usr/bin/env bash
# A MAC address in YAML is a number: in 1.1 with colons, in 1.2 without
#
# Guess: A MAC address is a text in YAML, except perhaps one of twelve decimal digits without
#   separators.
#
# Seen: PyYAML (YAML 1.1) reads 10:11:22:33:44:55 in base 60, as 7923433495. ruamel.yaml (1.2) reads
#   00005E005301 as a floating point number, 5E5301, which is infinity. Each of them takes the other's
#   for a text.
#
# Versions: PyYAML 6.0.4, ruamel.yaml 0.19.1; Python 3.11
#
# Matters: Lists of allowed devices are kept in YAML: without separators one address in 140 is a
#   number by its digits alone. 00:00:5E is the prefix of VRRP, and of documentation.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    PyYAML==6.0.4 ruamel.yaml==0.19.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version
from io import StringIO

import yaml
from ruamel.yaml import YAML

found = {}
for text in ("10:11:22:33:44:55", "00005E005301", "00:00:5E:00:53:01", "70:11:22:33:44:65"):
    found[text] = yaml.safe_load(f"mac: {text}")["mac"], YAML(typ="rt").load(StringIO(f"mac: {text}"))["mac"]
    print(f"{text}: PyYAML {version('PyYAML')} {found[text][0]!r}, ruamel.yaml {version('ruamel.yaml')} {found[text][1]!r}")
assert found["10:11:22:33:44:55"] == (7923433495, "10:11:22:33:44:55")
assert found["00005E005301"] == ("00005E005301", float("inf"))
for text in ("00:00:5E:00:53:01", "70:11:22:33:44:65"):
    assert found[text] == (text, text)
PYTHON
