"""`absolute tenant`: a simulated tenant in a process of its own, which other commands find."""

from __future__ import annotations

import re
import signal
import stat
from pathlib import Path

import pytest
import requests

from .conftest import Absolute, Started, tenant_process

FREEZE = ("device-freeze-request", "--request-name", "x", "--message-name", "y", "--html-message", "z", "--watch")


@pytest.fixture
def tenant_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "absolute" / "tenant.json"


def test_freezing_and_unfreezing_in_two_calls(absolute: Absolute, started: Started) -> None:
    frozen = absolute(*FREEZE, "--serial-numbers", "SN000111")
    assert frozen.status == 0, frozen.err
    assert "1 frozen" in frozen.out
    assert "3000 times as fast" in frozen.err
    assert absolute("device-get", "--serial-numbers", "SN000111", "-o", "csv", "--fields", "IsFrozen").out == "IsFrozen\ntrue\n"
    unfrozen = absolute("device-remove-freeze-request", "--serial-numbers", "SN000111", "--watch")
    assert "1 unfrozen" in unfrozen.out


def test_the_exported_variables_lead_there_and_it_is_not_taken_for_a_real_one(
    absolute: Absolute, started: Started, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    for name, value in started[1].items():
        monkeypatch.setenv(name, value)
    seen = absolute("device-missing-report", "--serial-numbers", "SN000111")
    assert seen.status == 0, seen.err
    assert f"This is the simulated tenant, {started[1]['ABSOLUTE_URL']}" in seen.err


def test_its_file_is_for_its_user_alone_and_goes_with_it(started: Started, tenant_file: Path) -> None:
    assert stat.S_IMODE(tenant_file.stat().st_mode) == 0o600
    process, _ = started
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert not tenant_file.exists()


def test_a_tenant_that_was_killed_is_not_looked_for(absolute: Absolute, started: Started, tenant_file: Path) -> None:
    process, _ = started
    process.kill()
    process.wait(20)
    assert tenant_file.exists()
    seen = absolute("device-list", "--limit", "1")
    assert seen.status == 0
    assert "It ends with this command" in seen.err


def test_a_damaged_file_is_no_tenant(absolute: Absolute, tenant_file: Path) -> None:
    tenant_file.parent.mkdir(parents=True)
    for text in ("", "[]", '{"url": 1}'):
        tenant_file.write_text(text, encoding="utf-8")
        assert absolute("device-list", "--limit", "1").status == 0


def test_a_port_that_is_taken_is_named(absolute: Absolute, started: Started) -> None:
    seen = absolute("tenant", "--port", started[1]["ABSOLUTE_URL"].rpartition(":")[2])
    assert seen.status == 1
    assert "Address already in use" in seen.err


def test_its_console_is_told_in_a_comment_and_ends_with_it() -> None:
    with tenant_process("--devices", "3", "--console") as process:
        assert process.stdout
        assert process.stderr
        lines = "".join(process.stdout.readline() for _ in range(6))
        console = re.search(r"^# Its console: (http://127\.0\.0\.1:\d+/\?key=[\w-]+)$", lines, re.MULTILINE)
        assert console, lines
        assert "API management" in requests.get(console[1], timeout=30).text
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
