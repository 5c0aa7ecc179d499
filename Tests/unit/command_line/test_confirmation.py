"""Before a real tenant is changed: the question comes after the targets are known, and shows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from local_absolute import LocalTenant

from .conftest import Absolute

Keyboard = Callable[..., None]
FREEZE = ("device-freeze-request", "--request-name", "Case 7", "--message-name", "Lock", "--html-message", "<p>Call us.</p>")


def test_the_devices_are_shown_before_the_question(absolute: Absolute, account: LocalTenant, keyboard: Keyboard) -> None:
    keyboard("no")
    seen = absolute(*FREEZE, "--serial-numbers", "SN000111")
    assert seen.status == 2
    assert f"This is a REAL tenant: {account.url}." in seen.err
    told = [seen.err.index(part) for part in ("Devices that would be meant: 1", "LAB-0001", "Type yes to run it:", "Not run.")]
    assert told == sorted(told)
    assert not account.calls("POST ")


def test_yes_runs_it(absolute: Absolute, account: LocalTenant, keyboard: Keyboard) -> None:
    keyboard("yes")
    seen = absolute(*FREEZE, "--serial-numbers", "SN000111")
    assert seen.status == 0
    assert "1 pending" in seen.out
    assert "Dry run" not in seen.out
    assert len(account.freeze.requests) == 1


@pytest.mark.parametrize("arguments", [("--yes",), ("--dry-run",)])
def test_it_can_be_told_not_to_ask(
    absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    assert absolute(*FREEZE, "--serial-numbers", "SN000111", *arguments).status == 0
    assert len(account.freeze.requests) == (1 if arguments == ("--yes",) else 0)


def test_what_would_be_refused_is_not_asked_about(
    absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    seen = absolute(*FREEZE, "--serial-numbers", "NOPE")
    assert seen.status == 2
    assert "no device matches serial_numbers=NOPE" in seen.err


def test_nobody_is_there_to_say_yes(absolute: Absolute, account: LocalTenant, keyboard: Keyboard) -> None:
    keyboard()
    seen = absolute(*FREEZE, "--serial-numbers", "SN000111")
    assert seen.status == 2
    assert "Nobody is there to say yes; with --yes" in seen.err
    assert not account.calls("POST ")


def test_a_command_without_a_dry_run_shows_itself_without_its_secrets(
    absolute: Absolute, account: LocalTenant, keyboard: Keyboard
) -> None:
    keyboard("no")
    seen = absolute("device-freeze-message-delete", "--message-id", "0a0a0a0a-1111-4222-8333-000000000001")
    assert "!absolute-device-freeze-message-delete message_id=0a0a0a0a-1111-4222-8333-000000000001" in seen.err
    assert seen.status == 2


def test_reading_asks_nothing(absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    assert absolute("device-list", "--limit", "1").status == 0


def test_the_simulated_tenant_asks_nothing(absolute: Absolute, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    assert absolute(*FREEZE, "--serial-numbers", "SN000111").status == 0


def test_a_value_is_asked_for_in_the_line_of_the_war_room_too(
    absolute: Absolute, account: LocalTenant, keyboard: Keyboard
) -> None:
    keyboard("no")
    seen = absolute("run", "!absolute-device-found-report serial_numbers=SN000111 dry_run=false")
    assert "LAB-0001" in seen.err
    assert seen.status == 2
