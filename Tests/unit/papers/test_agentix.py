"""The actions that docs/agentix.md tells to register can be registered so, and nothing that changes devices without approval."""

from __future__ import annotations

import re

import pytest
from papers import names
from papers.texts import ROOT, Paper

MOST_ARGUMENTS = 10  # of an action
ROWS = {row[0].strip("`"): row for row in Paper.read(ROOT / "docs" / "agentix.md").table_of("action of")}
COMMANDS = {command["name"]: command for command in names.manifest()["script"]["commands"]}
NOT_TO_BE_REGISTERED = {
    "absolute-wipe-request-create",
    "absolute-file-delete-request-create",
    "absolute-device-unenroll",
    "absolute-device-script-run",
    "absolute-device-playbook-run",
    "absolute-device-supervisor-password-request",
    "absolute-device-freeze-passcode-get",
    "absolute-api-request",
}


@pytest.mark.parametrize("name", ROWS)
def test_an_action_has_arguments_of_its_command_and_not_too_many(name: str) -> None:
    declared = {one["name"]: one for one in COMMANDS[name]["arguments"]}
    chosen = re.findall(r"`(\w+)`", ROWS[name][1])
    assert set(chosen) <= declared.keys()
    assert len(chosen) <= MOST_ARGUMENTS
    assert {one for one, argument in declared.items() if argument.get("required")} <= set(chosen)
    assert set(re.findall(r"`(\w+)", ROWS[name][2])) <= set(chosen)


@pytest.mark.parametrize("name", ROWS)
def test_what_changes_something_is_sensitive_and_can_be_tried(name: str) -> None:
    if COMMANDS[name].get("execution"):
        assert ROWS[name][3].startswith("yes")
        assert "`dry_run`" in ROWS[name][1]


def test_nothing_is_registered_that_nobody_takes_back_or_that_can_do_anything() -> None:
    assert not NOT_TO_BE_REGISTERED & ROWS.keys()
    said = (ROOT / "docs" / "agentix.md").read_text("utf-8").partition("Not to be registered:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+)`", said)) == NOT_TO_BE_REGISTERED
