"""demisto-sdk: what it makes of a playbook for XSIAM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# In a process of its own: the SDK configures logging and warns as it is imported.
PREPARE = """
import json, sys
import demisto_sdk.commands.content_graph.objects
from demisto_sdk.commands.common.constants import MarketplaceVersions
from demisto_sdk.commands.prepare_content.preparers import incident_to_alert as words
playbook = words.prepare_descriptions_and_names(json.load(sys.stdin), MarketplaceVersions.MarketplaceV2)
print("\\n" + json.dumps(words.replace_playbook_access_fields_recursively(playbook, [])))
"""


def test_incidents_become_alerts_in_names_and_values_and_nowhere_else(tmp_path: Path) -> None:
    """Also in words that are meant for people, and within `simple` in any text that is written there."""
    playbook = {
        "name": "Close incidents",
        "inputs": [{"key": "incident", "value": {"simple": "${incident.id}"}, "description": "The incident."}],
        "tasks": {
            "1": {
                "task": {"name": "Note the incident", "script": "Builtin|||setIncident"},
                "scriptarguments": {"note": {"simple": "incident ${incident.id}, ${Case.incident}"}},
                "message": {"subject": {"simple": "x"}, "body": "incident"},
            }
        },
    }
    environment = {"DEMISTO_SDK_IGNORE_CONTENT_WARNING": "1", "DEMISTO_SDK_LOG_FILE_PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREPARE],
        input=json.dumps(playbook),
        cwd=tmp_path,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    prepared = json.loads(done.stdout.splitlines()[-1])
    task = prepared["tasks"]["1"]
    assert prepared["name"] == "Close alerts"
    assert task["task"] == {"name": "Note the alert", "script": "Builtin|||setAlert"}
    assert task["scriptarguments"]["note"]["simple"] == "alert ${alert.id}, ${Case.incident}"
    assert task["message"]["body"] == "incident"
    assert prepared["inputs"] == [{"key": "incident", "value": {"simple": "${alert.id}"}, "description": "The incident."}]
