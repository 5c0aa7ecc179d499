"""`make war-room`: which tenant it is on, and its non-interactive form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import war_room
from command_line.war_room import IncompleteEnvironmentError, real_connection

COMPLETE = {"ABSOLUTE_URL": "https://cc.example.com", "ABSOLUTE_TOKEN_ID": "id", "ABSOLUTE_SECRET_KEY": "key"}


@pytest.fixture(autouse=True)
def no_real_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID", "ABSOLUTE_SECRET_KEY", "ABSOLUTE_PRIVATE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.replace("ABSOLUTE_", "ABSOLUTE_SECOND_"), raising=False)


SECOND = {name.replace("ABSOLUTE_", "ABSOLUTE_SECOND_"): f"{value}-2" for name, value in COMPLETE.items()}


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["war_room.py", *arguments])
    return war_room.main()


def test_without_variables_it_is_the_local_tenant() -> None:
    assert real_connection({"HOME": "/home/somebody", "ABSOLUTE_URL": ""}) is None


def test_a_secret_key() -> None:
    connection = real_connection(COMPLETE)
    assert connection is not None
    assert connection.params["url"] == "https://cc.example.com"
    assert connection.params["credentials"] == {"identifier": "id", "password": "key"}
    assert connection.announcement.startswith("This is a REAL tenant: https://cc.example.com.")


def test_a_private_key_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("PEM", encoding="utf-8")
    variables = {**COMPLETE, "ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_PRIVATE_KEY_FILE": str(tmp_path / "key.pem")}
    connection = real_connection(variables)
    assert connection is not None
    assert connection.params["private_key"]["password"] == "PEM"
    assert connection.params["credentials"] == {"identifier": "id", "password": ""}


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("ABSOLUTE_URL", "not set: ABSOLUTE_URL."),
        ("ABSOLUTE_TOKEN_ID", "not set: ABSOLUTE_TOKEN_ID."),
        ("ABSOLUTE_SECRET_KEY", "not set: ABSOLUTE_SECRET_KEY or ABSOLUTE_PRIVATE_KEY_FILE."),
    ],
)
def test_what_is_missing_is_named(left_out: str, named: str) -> None:
    with pytest.raises(IncompleteEnvironmentError, match=named):
        real_connection({**COMPLETE, left_out: ""})


def test_an_incomplete_environment_starts_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ABSOLUTE_URL", "https://cc.example.com")
    assert start(monkeypatch, "!absolute-device-list") == 2
    assert "ABSOLUTE_TOKEN_ID" in capsys.readouterr().out


def test_one_command_on_the_local_tenant(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "!absolute-device-get device_names=LAB-0001") == 0
    output = capsys.readouterr().out
    assert "This is the LOCAL tenant, http://127.0.0.1:" in output
    assert "LAB-0001" in output


def test_one_command_that_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "!absolute-device-list colour=red") == 1
    assert "absolute-device-list has no argument colour." in capsys.readouterr().out


def test_raw_entries(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "!absolute-device-list limit=2", "--json") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert len(entry["Contents"]) == 2


# --------------------------------------------------------------------------------------------- a second instance


def test_a_second_instance_of_a_real_tenant() -> None:
    connection = real_connection({**COMPLETE, **SECOND})
    assert connection is not None
    assert connection.second is not None
    assert connection.second["credentials"] == {"identifier": "id-2", "password": "key-2"}
    assert "https://cc.example.com and https://cc.example.com-2" in connection.announcement


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (SECOND, "no ABSOLUTE_URL"),
        (
            {**COMPLETE, **SECOND, "ABSOLUTE_SECOND_SECRET_KEY": ""},
            "ABSOLUTE_SECOND_SECRET_KEY or ABSOLUTE_SECOND_PRIVATE_KEY_FILE",
        ),
    ],
)
def test_a_second_instance_that_is_not_whole(variables: dict[str, str], said: str) -> None:
    with pytest.raises(IncompleteEnvironmentError, match=said):
        real_connection(variables)


@pytest.mark.parametrize(("second", "tenants"), [("token", 1), ("account", 2)])
def test_a_second_instance_of_the_local_tenant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], second: str, tenants: int
) -> None:
    """Two tokens of one account find the same devices, two accounts each their own."""
    assert start(monkeypatch, "!absolute-device-list limit=50", "--second", second, "--json") == 0
    first, other = json.loads(capsys.readouterr().out)
    assert (first["ModuleName"], other["ModuleName"]) == ("Absolute_instance_1", "Absolute_instance_2")
    devices = [{device["deviceUid"] for device in entry["Contents"]} for entry in (first, other)]
    assert len(devices[0] & devices[1]) == (50 if tenants == 1 else 0)


def test_the_instances_are_named_at_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "!absolute-device-list limit=1", "--second", "account") == 0
    output = capsys.readouterr().out
    assert "a command without using= runs on both" in output.replace("\n", "")
    assert output.index("Absolute_instance_1:") < output.index("Absolute_instance_2:")


def test_a_second_instance_on_demand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    line = "!absolute-device-list limit=1"
    assert start(monkeypatch, line, "--second", "token", "--second-on-demand") == 0
    assert "Absolute_instance_2:" not in capsys.readouterr().out
    assert start(monkeypatch, f"{line} using=Absolute_instance_2", "--second", "token", "--second-on-demand") == 0
    assert "Absolute_instance_2:" in capsys.readouterr().out


def test_on_demand_without_a_second_instance(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(monkeypatch, "!absolute-device-list", "--second-on-demand") == 2
    assert "there is none" in capsys.readouterr().out


def test_a_local_second_instance_beside_a_real_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    assert start(monkeypatch, "!absolute-device-list", "--second", "token") == 2
    assert "ABSOLUTE_SECOND_URL" in capsys.readouterr().out
