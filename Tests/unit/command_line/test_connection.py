"""Which account a command runs on, and what is said when the settings of a real one are not right."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line.connection import SettingsError, connection, from_variables
from local_absolute import LocalTenant

from .conftest import Absolute

COMPLETE = {"ABSOLUTE_URL": "https://cc.example.com", "ABSOLUTE_TOKEN_ID": "id", "ABSOLUTE_SECRET_KEY": "key"}
SECOND = {name.replace("ABSOLUTE_", "ABSOLUTE_SECOND_"): f"{value}-2" for name, value in COMPLETE.items()}


def test_without_variables_it_is_the_simulated_tenant() -> None:
    assert from_variables({"HOME": "/home/somebody", "ABSOLUTE_URL": " "}) is None


def test_a_secret_key() -> None:
    found = from_variables(COMPLETE)
    assert found is not None
    assert found.params["url"] == "https://cc.example.com"
    assert found.params["credentials"] == {"identifier": "id", "password": "key"}
    assert found.announcement.plain.startswith("This is a REAL tenant: https://cc.example.com.")
    assert "red" in str(found.announcement.style)
    assert found.sign[0] == ("bold ansired", "REAL cc.example.com")


def test_a_private_key_file(tmp_path: Path) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"
    (tmp_path / "key.pem").write_text(pem, encoding="utf-8")
    variables = {**COMPLETE, "ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_PRIVATE_KEY_FILE": str(tmp_path / "key.pem")}
    found = from_variables(variables)
    assert found is not None
    assert found.params["private_key"]["password"] == pem
    assert found.params["credentials"] == {"identifier": "id", "password": ""}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ABSOLUTE_URL": ""}, "not set: ABSOLUTE_URL."),
        ({"ABSOLUTE_TOKEN_ID": ""}, "not set: ABSOLUTE_TOKEN_ID."),
        ({"ABSOLUTE_SECRET_KEY": ""}, "not set: ABSOLUTE_SECRET_KEY or ABSOLUTE_PRIVATE_KEY_FILE."),
        ({"ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_SECRETKEY": "x"}, "ABSOLUTE_SECRETKEY is set: did you mean ABSOLUTE_SECRET_KEY?"),
        ({"ABSOLUTE_PRIVATE_KEY_FILE": "key.pem"}, "ABSOLUTE_SECRET_KEY and ABSOLUTE_PRIVATE_KEY_FILE are both set"),
        (
            {"ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_PRIVATE_KEY_FILE": "/nowhere/key.pem"},
            "ABSOLUTE_PRIVATE_KEY_FILE: /nowhere/key.pem cannot be read: No such file or directory.",
        ),
        (
            {"ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_PRIVATE_KEY_FILE": str(Path(__file__).with_name("conftest.py"))},
            "is no PEM file; a private key is needed. The secret of a symmetric token is given by ABSOLUTE_SECRET_KEY.",
        ),
        ({"ABSOLUTE_SECRET_KEY": "", "ABSOLUTE_PRIVATE_KEY_FILE": "/"}, "/ cannot be read: Is a directory."),
        ({"ABSOLUTE_CLOCK_SPEED": "60"}, "https://cc.example.com is none. Unset it."),
        ({"ABSOLUTE_URL": "http://127.0.0.1:1", "ABSOLUTE_CLOCK_SPEED": "fast"}, "ABSOLUTE_CLOCK_SPEED: 'fast' is no number"),
        ({"ABSOLUTE_URL": "http://127.0.0.1:1", "ABSOLUTE_CLOCK_SPEED": "0"}, "ABSOLUTE_CLOCK_SPEED: '0' is no number"),
        ({**SECOND, "ABSOLUTE_SECOND_SECRET_KEY": ""}, "ABSOLUTE_SECOND_SECRET_KEY or ABSOLUTE_SECOND_PRIVATE_KEY_FILE"),
        ({**dict.fromkeys(COMPLETE, ""), **SECOND}, "no ABSOLUTE_URL"),
        ({"ABSOLUTE_URL": "https://[", "ABSOLUTE_CLOCK_SPEED": "60"}, "https://[ is none. Unset it."),
    ],
)
def test_what_is_wrong_with_the_settings_is_named(
    absolute: Absolute, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], named: str
) -> None:
    variables = {name: value for name, value in {**COMPLETE, **change}.items() if value}
    with pytest.raises(SettingsError) as refused:
        from_variables(variables)
    assert named in str(refused.value)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert absolute("device-list").status == 2


@pytest.mark.parametrize("url", ["https://[", "moon", "https://example.com", "http://cc.absolute.com"])
def test_an_address_that_is_none_is_refused_by_the_integration(
    absolute: Absolute, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name, value in {**COMPLETE, "ABSOLUTE_URL": url}.items():
        monkeypatch.setenv(name, value)
    seen = absolute("device-list")
    assert seen.status == 2
    assert "Server URL" in seen.err


def test_a_tenant_of_this_host_is_simulated_only_if_it_says_so() -> None:
    here = {**COMPLETE, "ABSOLUTE_URL": "http://127.0.0.1:1"}
    as_real, as_simulated = from_variables(here), from_variables({**here, "ABSOLUTE_CLOCK_SPEED": "120"})
    assert as_real is not None
    assert as_real.is_real
    assert as_simulated is not None
    assert not as_simulated.is_real
    assert as_simulated.clock_speed == 120


def test_a_tenant_that_runs_faster_is_waited_for_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("command_line.connection.sleep", waits.append)
    found = from_variables({**COMPLETE, "ABSOLUTE_URL": "http://127.0.0.1:1", "ABSOLUTE_CLOCK_SPEED": "120"})
    assert found is not None
    found.wait(60)
    assert waits == [0.5]


def test_an_account_that_there_is_not(absolute: Absolute) -> None:
    seen = absolute("device-list", "--account", "nowhere")
    assert seen.status == 2
    assert "There is no account nowhere." in seen.err


def test_simulated_is_the_name_of_the_simulated_tenant(absolute: Absolute, account: LocalTenant) -> None:
    assert "This is the simulated tenant" in absolute("device-list", "--limit", "1", "--account", "simulated").err
    assert not account.requests


# --------------------------------------------------------------------------------------------- a second instance


def test_a_second_instance_of_a_real_tenant() -> None:
    found = from_variables({**COMPLETE, **SECOND})
    assert found is not None
    assert found.second is not None
    assert found.second["credentials"] == {"identifier": "id-2", "password": "key-2"}
    assert "https://cc.example.com and https://cc.example.com-2" in found.announcement.plain


def test_a_second_instance_by_option_is_for_the_simulated_tenant() -> None:
    with pytest.raises(SettingsError, match="ABSOLUTE_SECOND_URL"), connection(COMPLETE, second="token"):
        pass
