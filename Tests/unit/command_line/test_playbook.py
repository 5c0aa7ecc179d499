"""`absolute playbook`: one playbook at the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import places
from command_line.declared_playbooks import declared_playbooks
from local_absolute import LocalTenant

from .conftest import Absolute

REPORT: dict[str, Any] = {
    "id": "Report", "name": "Report", "version": -1, "description": "", "starttaskid": "0", "view": "{}", "fromversion": "6.10.0",
    "inputs": [
        {"key": "Word", "value": {"simple": "nothing"}, "description": "What is said."},
        {"key": "Loud", "value": {}, "required": False, "description": "How loud."},
    ],
    "outputs": [{"contextPath": "Said", "description": ""}],
    "tasks": {
        "0": {"id": "0", "type": "start", "task": {"name": ""}, "nexttasks": {"#none#": ["1"]}},
        "1": {"id": "1", "type": "condition", "task": {"name": "Go on?"}, "nexttasks": {"Yes": ["2"], "No": ["3"]}},
        "2": {
            "id": "2", "type": "regular", "task": {"name": "Say it", "scriptName": "Set"},
            "scriptarguments": {"key": {"simple": "Said"}, "value": {"simple": "${inputs.Word} of ${incident.name}"}},
            "nexttasks": {"#none#": ["4"]},
        },
        "4": {"id": "4", "type": "regular", "task": {"name": "Keep", "scriptName": "SetAndHandleEmpty"},
              "scriptarguments": {"key": {"simple": "Kept"}, "value": {"simple": "${Nothing}"}}},
        "3": {"id": "3", "type": "regular", "task": {"name": "Fail", "scriptName": "PrintErrorEntry"},
              "scriptarguments": {"message": {"simple": "It is refused."}}},
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def one_playbook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only playbook there is."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "report.yml").write_text(yaml.safe_dump(REPORT), encoding="utf-8")
    monkeypatch.setattr(places, "PLAYBOOKS", folder)
    return folder


def test_it_shows_the_way_and_the_outputs(absolute: Absolute) -> None:
    seen = absolute("playbook", "Report", "Word=enough", "--incident", "name=Case 7", "--answers", "agree")
    assert seen.status == 0
    assert "This is the simulated tenant, http://127.0.0.1:" in seen.err
    assert "1 Go on?\nAnswer: Yes\n  → Yes\n2 Say it" in seen.out
    assert '"Said": "enough of Case 7"' in seen.out
    assert "4 Keep\n  (there is nothing to keep)\n" in seen.out
    assert "It came to its end after 4 tasks." in seen.out


@pytest.mark.parametrize("text", ["$5", "a \"b\" 'c'", "x=y", "${incident.name}", ""])
def test_an_input_is_not_changed_on_its_way(absolute: Absolute, text: str) -> None:
    seen = absolute("playbook", "report", f"Word={text}", "--incident", "name=N", "--answers", "agree")
    assert json.dumps({"Said": f"{text} of N"}, indent=2, ensure_ascii=False) in seen.out


def test_the_person_at_the_terminal_is_asked(absolute: Absolute, keyboard: Callable[..., None]) -> None:
    keyboard("No")
    seen = absolute("playbook", "Report")
    assert seen.status == 1
    assert "It failed: Report, task 3 (Fail): It is refused." in seen.out


@pytest.mark.parametrize("arguments", [("--answers", "nobody"), ()])
def test_nobody_answers(absolute: Absolute, keyboard: Callable[..., None], arguments: tuple[str, ...]) -> None:
    keyboard()
    seen = absolute("playbook", "Report", *arguments)
    assert seen.status == 4
    assert "It waits for a person: Go on?" in seen.out


def test_without_a_name_they_are_listed(absolute: Absolute) -> None:
    assert absolute("playbook").out.split() == ["report", "Report"]


def test_the_inputs_are_listed(absolute: Absolute) -> None:
    text = absolute("playbook", "report", "--inputs").out
    assert "Word: What is said. (default nothing)" in text
    assert "Loud: How loud." in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Reprt",), "There is no playbook Reprt. Did you mean report?"),
        (("Report", "Wrod=red"), "There is no input Wrod. Did you mean Word?"),
        (("Report", "enough"), "'enough' is not in the form name=value"),
        (("Report", "Word=a", "Word=b"), "Word is given twice."),
    ],
)
def test_slips_are_refused(absolute: Absolute, arguments: tuple[str, ...], said: str) -> None:
    seen = absolute("playbook", *arguments)
    assert seen.status == 2
    assert said in seen.err


def test_a_missing_input_is_named(absolute: Absolute, one_playbook: Path) -> None:
    needed = {**REPORT, "inputs": [{"key": "Word", "value": {}, "required": True, "description": "What is said."}]}
    (one_playbook / "report.yml").write_text(yaml.safe_dump(needed), encoding="utf-8")
    seen = absolute("playbook", "Report", "--answers", "agree")
    assert seen.status == 2
    assert "The input Word is missing: What is said." in seen.err


def test_a_playbook_that_the_engine_does_not_know(absolute: Absolute, one_playbook: Path) -> None:
    (one_playbook / "other.yml").write_text(yaml.safe_dump({**REPORT, "name": "Other", "colour": "red"}), encoding="utf-8")
    seen = absolute("playbook", "Report")
    assert seen.status == 1
    assert "does not understand the playbook's key colour." in seen.err


@pytest.mark.parametrize(("answers", "status"), [(("no",), 2), ((), 2), (("yes",), 0)])
def test_a_real_tenant_is_asked_about(
    absolute: Absolute, account: LocalTenant, keyboard: Callable[..., None], answers: tuple[str, ...], status: int
) -> None:
    keyboard(*answers)
    seen = absolute("playbook", "Report", "Word=enough", "--answers", "agree")
    assert seen.status == status
    told = [seen.err.index(part) for part in ("This is a REAL tenant", "Word=enough", "Type yes")]
    assert told == sorted(told)


def test_it_can_be_told_not_to_ask(absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    assert absolute("playbook", "Report", "--yes", "--answers", "agree").status == 0


def test_two_instances(absolute: Absolute, one_playbook: Path) -> None:
    look = {
        "id": "1",
        "type": "regular",
        "task": {"name": "Look", "script": "Absolute|||absolute-device-list", "iscommand": True},
    }
    look["scriptarguments"] = {"limit": {"simple": "1"}, "using": {"simple": "${inputs.Word}"}}
    both = {**REPORT, "outputs": [], "tasks": {"0": REPORT["tasks"]["0"], "1": look}}
    (one_playbook / "report.yml").write_text(yaml.safe_dump(both), encoding="utf-8")
    seen = absolute("playbook", "Report", "Word=", "--second", "account")
    assert seen.status == 0
    assert "Absolute_instance_1:" in seen.out
    assert "Absolute_instance_2:" in seen.out
    assert "Absolute_instance_1:" not in absolute("playbook", "Report", "Word=Absolute_instance_2", "--second", "account").out


def test_every_playbook_of_the_pack_is_found_and_lists_its_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PLAYBOOKS", places.PACK / "Playbooks")
    found = declared_playbooks()
    assert len(found) == len(list((places.PACK / "Playbooks").glob("*.yml")))
    assert found["freeze-devices"].name == "Absolute - Freeze Devices"
    assert {one.key for one in found["freeze-devices"].inputs()} > {"Serial_number", "Message_text"}
