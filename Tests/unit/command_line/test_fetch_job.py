"""`absolute job`: on the tenant that it starts itself, and on one that the environment names; whose state it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_absolute import LocalTenant, Token
from local_xsoar.job_state import read_lines

from .conftest import Absolute

EVENTS = ("job", "--fetch", "events")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_xsoar.job_clock.TenantClock.wait", lambda *_: None)


def jobs(tmp_path: Path) -> Path:
    return tmp_path / "state" / "absolute" / "jobs"


@pytest.mark.parametrize("fetch", ["events", "incidents"])
def test_on_a_tenant_of_its_own(absolute: Absolute, fetch: str, tmp_path: Path) -> None:
    seen = absolute("job", "--fetch", fetch, "--runs", "2", "--state", str(tmp_path), "--events-per-minute", "60")
    assert seen.status == 0, seen.out
    assert "This is the simulated tenant" in seen.err
    kept = list(read_lines(tmp_path / f"{fetch}.jsonl"))
    assert len(kept) > 10
    assert f"Ended. {len(kept):,} {fetch} in all." in seen.out


@pytest.mark.parametrize(("fetch", "kept"), [("events", "events"), ("incidents", "collector")])
def test_through_an_http_log_collector(absolute: Absolute, fetch: str, kept: str, tmp_path: Path) -> None:
    seen = absolute("job", "--fetch", fetch, "--collector", "--runs", "2", "--state", str(tmp_path), "--events-per-minute", "60")
    assert seen.status == 0, seen.out
    sent = [event["id"] for event in read_lines(tmp_path / f"{kept}.jsonl")]
    assert len(sent) > 10
    assert len(set(sent)) == len(sent)


def test_a_tenant_that_ends_leaves_no_state(absolute: Absolute, tmp_path: Path) -> None:
    assert absolute(*EVENTS, "--runs", "1").status == 0
    assert not jobs(tmp_path).exists()


def test_on_the_account_that_the_environment_names(
    absolute: Absolute, account: LocalTenant, token: Token, tmp_path: Path
) -> None:
    event = account.siem.record("UserLogin", "LoggedIn")
    seen = absolute(*EVENTS, "--runs", "2")
    assert seen.status == 0
    assert f"This is a REAL tenant: {account.url}." in seen.err
    assert "The job only reads." in seen.err
    folder = jobs(tmp_path) / f"127.0.0.1-{token.id}-events"
    assert [one["id"] for one in read_lines(folder / "events.jsonl")] == [event.id]
    assert {record.method for record in account.requests} == {"GET"}


def test_two_accounts_of_one_region_have_their_own_state(
    absolute: Absolute, account: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.siem.record("UserLogin", "LoggedIn")
    assert "1 event in all" in absolute(*EVENTS, "--runs", "1").out
    with LocalTenant(devices=5, clock=account.clock) as other:
        event = other.siem.record("UserLogin", "LoggedIn")
        token = other.tokens.create_symmetric()
        monkeypatch.setenv("ABSOLUTE_URL", other.url)
        monkeypatch.setenv("ABSOLUTE_TOKEN_ID", token.id)
        monkeypatch.setenv("ABSOLUTE_SECRET_KEY", token.secret or "")
        seen = absolute(*EVENTS, "--runs", "1")
    assert "1 event in all" in seen.out
    assert [one["id"] for one in read_lines(jobs(tmp_path) / f"127.0.0.1-{token.id}-events" / "events.jsonl")] == [event.id]
    assert "There is the state of another token" in seen.out


def test_it_goes_on_where_it_stopped(absolute: Absolute, account: LocalTenant) -> None:
    account.siem.record("UserLogin", "LoggedIn")
    assert "1 event in all" in absolute(*EVENTS, "--runs", "1").out
    assert "1 event in all" in absolute(*EVENTS, "--runs", "1").out
    account.siem.record("UserLogin", "LoggedIn")
    assert "2 events in all" in absolute(*EVENTS, "--runs", "1").out


def test_a_folder_of_another_fetch_is_refused(absolute: Absolute, account: LocalTenant, tmp_path: Path) -> None:
    assert absolute(*EVENTS, "--runs", "1", "--state", str(tmp_path)).status == 0
    seen = absolute("job", "--fetch", "incidents", "--runs", "1", "--state", str(tmp_path))
    assert seen.status == 2
    assert "is the state of a job that fetches events" in seen.err


def test_a_wrong_secret_is_told_and_not_shown(absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABSOLUTE_SECRET_KEY", "not-the-secret")
    seen = absolute(*EVENTS, "--runs", "2")
    assert seen.status == 1
    assert seen.out.count("failed: ") == 2
    assert "not-the-secret" not in seen.out + seen.err


@pytest.mark.parametrize("every", ["soon", "0s", "5"])
def test_a_time_that_is_none_is_refused(absolute: Absolute, every: str) -> None:
    seen = absolute(*EVENTS, "--every", every)
    assert seen.status == 2
    assert "is no time such as 30s, 1m or 2h." in seen.err
