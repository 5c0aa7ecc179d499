"""`absolute war-room`: the prompt, and lines from a pipe."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from local_absolute import LocalTenant
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from .conftest import Absolute


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_prompt_that_says_which_account(absolute: Absolute, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("!absolute-device-get device_names=LAB-0001\r/quit\r")
        seen = absolute("war-room")
    assert seen.status == 0
    assert "This is the simulated tenant" in seen.err
    assert "SN000111" in seen.out


def test_lines_from_a_pipe_share_one_tenant_and_one_context(
    absolute: Absolute, piped: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("command_line.connection.CLOCK_SPEED", 3000)
    piped(
        "!absolute-device-get device_names=LAB-0001\n"
        "!absolute-device-freeze-request device_ids=${Absolute.Device.Id} request_name=x message_name=y html_message=z "
        "polling=true\n"
        "\n"
        "!absolute-device-remove-freeze-request device_ids=${Absolute.Device.Id} polling=true\n"
    )
    seen = absolute("war-room")
    assert seen.status == 0
    assert "1 frozen" in seen.out
    assert "1 unfrozen" in seen.out


@pytest.mark.parametrize(
    ("lines", "status"), [("!absolute-device-lst\n/help\n", 1), ("/quit\n!absolute-device-lst\n", 0), ("", 0)]
)
def test_the_exit_status_of_a_pipe(absolute: Absolute, piped: Callable[[str], None], lines: str, status: int) -> None:
    piped(lines)
    assert absolute("war-room").status == status


def test_a_pipe_says_no_to_a_real_tenant(absolute: Absolute, account: LocalTenant, piped: Callable[[str], None]) -> None:
    piped("!absolute-device-missing-report device_names=LAB-0001\n")
    seen = absolute("war-room")
    assert seen.status == 1
    assert "LAB-0001" in seen.out
    assert "Nobody is there to say yes" in seen.out
    assert not account.calls("POST ")


def test_one_line_and_its_raw_entries(absolute: Absolute) -> None:
    seen = absolute("war-room", "!absolute-device-list limit=2", "--json")
    assert seen.status == 0
    (entry,) = json.loads(seen.out)
    assert len(entry["Contents"]) == 2


@pytest.mark.parametrize(("second", "tenants"), [("token", 1), ("account", 2)])
def test_a_second_instance_of_the_simulated_tenant(absolute: Absolute, second: str, tenants: int) -> None:
    """Two tokens of one account find the same devices, two accounts each their own."""
    seen = absolute("war-room", "!absolute-device-list limit=50", "--second", second, "-o", "raw")
    first, other = json.loads(seen.out)
    assert (first["ModuleName"], other["ModuleName"]) == ("Absolute_instance_1", "Absolute_instance_2")
    devices = [{device["deviceUid"] for device in entry["Contents"]} for entry in (first, other)]
    assert len(devices[0] & devices[1]) == (50 if tenants == 1 else 0)


def test_the_instances_are_named(absolute: Absolute) -> None:
    seen = absolute("war-room", "!absolute-device-list limit=1", "--second", "account")
    assert "a command without using= runs on both" in seen.err
    assert seen.out.index("Absolute_instance_1:") < seen.out.index("Absolute_instance_2:")


def test_a_second_instance_on_demand(absolute: Absolute) -> None:
    line, second = "!absolute-device-list limit=1", ("--second", "token", "--second-on-demand")
    assert "Absolute_instance_2:" not in absolute("war-room", line, *second).out
    assert "Absolute_instance_2:" in absolute("war-room", f"{line} using=Absolute_instance_2", *second).out
    assert absolute("war-room", line, "--second-on-demand").status == 2
