"""`make demo` plays the whole case, checks it, and can fail."""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest
from command_line import demo
from command_line.demo import STORY, Case, Step, play, stolen_laptop
from local_absolute import LocalTenant, Token
from local_xsoar import WarRoom
from local_xsoar.terminal import Terminal
from rich.console import Console


@pytest.fixture
def case(tenant: LocalTenant, token: Token, war_room: WarRoom) -> Case:
    return Case(tenant, token, war_room, stolen_laptop(tenant))


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(output: io.StringIO) -> Terminal:
    return Terminal(Console(file=output, width=120, color_system=None))


def test_the_case_is_played_and_every_check_holds(case: Case, terminal: Terminal, output: io.StringIO) -> None:
    assert play(case, STORY, terminal), output.getvalue()
    assert [run.command for run in case.runs] == [step.line.split()[0].lstrip("!") for step in STORY]
    assert "NOT TRUE" not in output.getvalue()


def test_a_laptop_that_never_freezes_fails_the_demo(case: Case, terminal: Terminal, output: io.StringIO) -> None:
    case.tenant.agents.offline(case.device["deviceUid"])
    assert not play(case, STORY, terminal)
    assert "NOT TRUE: the tenant says that it is frozen" in output.getvalue()


def test_a_command_that_fails_ends_the_demo(case: Case, terminal: Terminal, output: io.StringIO) -> None:
    case.token.disable()
    assert not play(case, STORY, terminal)
    assert len(case.runs) == 1


def test_a_passcode_in_the_wrong_place_fails_the_demo(case: Case, terminal: Terminal, output: io.StringIO) -> None:
    def told(case: Case, _run: Any) -> list[tuple[str, bool]]:
        case.room.context.merge({"Leak": case.passcode})
        return []

    freeze = next(step for step in STORY if step.title == "Freeze it")
    write_message = next(step for step in STORY if "freeze-message-create" in step.line)
    assert not play(case, [STORY[1], write_message, freeze, Step("Tell", "!test-module", told)], terminal)
    assert "NOT TRUE: passcodes are in no log" in output.getvalue()


def test_make_demo_ends_well_and_talks_to_loopback_only(
    integration: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    contacted: set[str] = set()
    connect = socket.socket.connect

    def observed(self: socket.socket, address: Any) -> None:
        contacted.add(address[0])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", observed)
    monkeypatch.setattr(demo, "CLOCK_SPEED", 3000)
    monkeypatch.setattr(demo, "PLAYBOOK_SPEED", 3000)
    assert demo.main() == 0, capsys.readouterr().out
    assert contacted == {"127.0.0.1"}
    assert "Every check held" in capsys.readouterr().out
