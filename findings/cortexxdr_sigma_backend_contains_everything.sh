#!/usr/bin/env bash
# Sigma's endswith becomes contains in Cortex's query language, and a wildcard in the middle becomes nothing
#
# Guess: endswith asks for the end of a value. A value with a wildcard inside becomes a pattern, or
#   an error that says it cannot. A quotation mark in a value is escaped.
#
# Seen: startswith, endswith and contains all become contains, so a rule for what ends in cmd.exe also
#   finds cmd.exe.bak. For 'a*b' the condition is the word contains alone, without field and value:
#   no query that XQL can read. A quotation mark ends the text in the middle of the value. None of
#   this is an error or a warning.
#
# Versions: pysigma-backend-cortexxdr 0.1.6, pySigma 1.5.1; Python 3.11
#
# Matters: A rule that is to be quiet finds too much, and others fail when they are saved in the
#   tenant, not when they are converted.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    pysigma-backend-cortexxdr==0.1.6 pySigma==1.5.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from sigma.backends.cortexxdr import CortexXDRBackend
from sigma.collection import SigmaCollection
from sigma.pipelines.cortexxdr import CortexXDR_pipeline

print("pysigma-backend-cortexxdr", version("pysigma-backend-cortexxdr"), "pySigma", version("pySigma"))
RULE = r"""
title: A rule
id: 00000000-0000-4000-8000-000000000000
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection:
        FIELD: 'VALUE'
    condition: selection
"""


def condition(field, value):
    rule = SigmaCollection.from_yaml(RULE.replace("FIELD", field).replace("VALUE", value))
    (query,) = CortexXDRBackend(processing_pipeline=CortexXDR_pipeline()).convert(rule)
    found = query.split("ENUM.AGENT_OS_WINDOWS and ")[1].removesuffix(")")
    print(f"{field}: {value} -> {found}")
    return found


assert condition("Image", "cmd.exe") == 'action_process_image_path = "cmd.exe"'
ways = {condition(f"Image|{way}", "cmd.exe") for way in ("startswith", "contains", "endswith")}
assert ways == {'action_process_image_path contains "cmd.exe"'}
assert condition("CommandLine|contains", "a*b") == "contains"
assert condition("CommandLine", 'say "a" twice') == 'action_process_image_command_line = "say "a" twice"'
PYTHON
