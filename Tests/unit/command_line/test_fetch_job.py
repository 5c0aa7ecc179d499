"""The scheduled fetch of the pack: on the tenant that it starts itself, and on one that the environment names."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest
from command_line import fetch_job
from command_line.war_room import IncompleteEnvironmentError
from local_absolute import LocalTenant, Token
from local_xsoar.job_state import read_lines
from rich.console import Console


def options(fetch: str, state: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(fetch=fetch, every=60.0, runs=2, state=state, events_per_minute=60.0)


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(output: io.StringIO) -> Console:
    return Console(file=output, width=200, color_system=None)


def environment(tenant: LocalTenant, token: Token) -> dict[str, str]:
    return {"ABSOLUTE_URL": tenant.url, "ABSOLUTE_TOKEN_ID": token.id, "ABSOLUTE_SECRET_KEY": token.secret or ""}


@pytest.mark.parametrize("fetch", ["events", "incidents"])
def test_on_a_tenant_of_its_own(fetch: str, console: Console, output: io.StringIO, tmp_path: Path) -> None:
    assert fetch_job.start(console, options(fetch, tmp_path), {}) == 0, output.getvalue()
    assert "This is the LOCAL tenant" in output.getvalue()
    kept = list(read_lines(tmp_path / f"{fetch}.jsonl"))
    assert len(kept) > 10
    assert f"Ended. {len(kept):,} {fetch} in all." in output.getvalue()


def test_on_the_tenant_that_the_environment_names(
    tenant: LocalTenant, token: Token, console: Console, output: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("local_xsoar.job_clock.TenantClock.wait", lambda *_: None)
    event = tenant.siem.record("UserLogin", "LoggedIn")
    assert fetch_job.start(console, options("events"), environment(tenant, token)) == 0
    assert f"This is a REAL tenant: {tenant.url}. The job only reads." in output.getvalue()
    assert [one["id"] for one in read_lines(tmp_path / ".cache" / "jobs" / "127.0.0.1-events" / "events.jsonl")] == [event.id]
    assert {record.method for record in tenant.requests} == {"GET"}


def test_a_wrong_secret_is_told_and_not_shown(
    tenant: LocalTenant, token: Token, console: Console, output: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_xsoar.job_clock.TenantClock.wait", lambda *_: None)
    variables = environment(tenant, token) | {"ABSOLUTE_SECRET_KEY": "not-the-secret"}
    assert fetch_job.start(console, options("events", tmp_path), variables) == 1
    assert output.getvalue().count("failed: ") == 2
    assert "not-the-secret" not in output.getvalue()


def test_an_incomplete_environment_starts_nothing(console: Console) -> None:
    with pytest.raises(IncompleteEnvironmentError, match="ABSOLUTE_TOKEN_ID"):
        fetch_job.start(console, options("events"), {"ABSOLUTE_URL": "https://cc.example.com"})
