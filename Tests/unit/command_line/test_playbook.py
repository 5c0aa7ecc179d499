"""`make playbook`: one playbook at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import playbook

REPORT: dict[str, Any] = {
    "id": "Report", "name": "Report", "version": -1, "description": "", "starttaskid": "0", "view": "{}", "fromversion": "6.10.0",
    "inputs": [{"key": "Word", "value": {"simple": "nothing"}, "description": ""}],
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
def one_playbook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The only playbook there is, and no real tenant."""
    for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID", "ABSOLUTE_SECRET_KEY", "ABSOLUTE_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "report.yml").write_text(yaml.safe_dump(REPORT), encoding="utf-8")
    monkeypatch.setattr(playbook, "PLAYBOOKS", tmp_path)


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["playbook.py", *arguments])
    return playbook.main()


def test_it_shows_the_way_and_the_outputs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "Report", "Word=enough", "--incident", "name=Case 7", "--answers", "agree") == 0
    output = capsys.readouterr().out
    assert "This is the LOCAL tenant, http://127.0.0.1:" in output
    assert "1 Go on?\nAnswer: Yes\n  → Yes\n2 Say it" in output
    assert '"Said": "enough of Case 7"' in output
    assert "4 Keep\n  (there is nothing to keep)\n" in output
    assert "It came to its end after 4 tasks." in output


def test_the_person_at_the_terminal_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: "No")
    assert start(monkeypatch, "Report") == playbook.FAILED
    assert "It failed: Report, task 3 (Fail): It is refused." in capsys.readouterr().out


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "Report", "--answers", "nobody") == playbook.OPEN
    output = capsys.readouterr().out
    assert "Nobody answers." in output
    assert "It waits for a person: Go on?" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Nothing",), "There is no playbook 'Nothing', but:\nReport"),
        (("Report", "Colour=red"), "Report has no input Colour."),
    ],
)
def test_what_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert start(monkeypatch, *arguments) == playbook.REFUSED
    assert said in capsys.readouterr().out


def test_an_input_without_a_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        start(monkeypatch, "Report", "enough")
    assert "'enough' is not in the form name=value" in capsys.readouterr().err


def test_a_playbook_that_the_engine_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "other.yml").write_text(yaml.safe_dump({**REPORT, "name": "Other", "colour": "red"}), encoding="utf-8")
    assert start(monkeypatch, "Report") == playbook.REFUSED
    assert "does not understand the playbook's key colour." in capsys.readouterr().out


def test_a_real_tenant_is_announced_and_asked_about(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = {"ABSOLUTE_URL": "http://127.0.0.1:1", "ABSOLUTE_TOKEN_ID": "id", "ABSOLUTE_SECRET_KEY": "key"}
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("builtins.input", lambda *_: "no")
    assert start(monkeypatch, "Report") == playbook.REFUSED
    assert "This is a REAL tenant: http://127.0.0.1:1." in capsys.readouterr().out
    assert start(monkeypatch, "Report", "--yes", "--answers", "agree") == 0


def test_an_incomplete_environment_starts_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ABSOLUTE_URL", "https://cc.example.com")
    assert start(monkeypatch, "Report") == playbook.REFUSED
    assert "ABSOLUTE_TOKEN_ID" in capsys.readouterr().out


def test_two_instances(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    look = {
        "id": "1",
        "type": "regular",
        "task": {"name": "Look", "script": "Absolute|||absolute-device-list", "iscommand": True},
    }
    look["scriptarguments"] = {"limit": {"simple": "1"}, "using": {"simple": "${inputs.Word}"}}
    both = {**REPORT, "outputs": [], "tasks": {"0": REPORT["tasks"]["0"], "1": look}}
    (tmp_path / "report.yml").write_text(yaml.safe_dump(both), encoding="utf-8")
    assert start(monkeypatch, "Report", "Word=", "--second", "account") == 0
    output = capsys.readouterr().out
    assert "Absolute_instance_1:" in output
    assert "Absolute_instance_2:" in output
    assert start(monkeypatch, "Report", "Word=Absolute_instance_2", "--second", "account") == 0
    assert "Absolute_instance_1:" not in capsys.readouterr().out
