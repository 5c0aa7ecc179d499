"""Dates and numbers in arguments: what is understood is shown in UTC, and what could mean two things sends nothing."""

from typing import Any

import pytest
from local_absolute import LocalTenant
from local_xsoar import WarRoom
from pack_files import manifest

MANIFEST: dict[str, Any] = manifest()["script"]
FILTERS = [
    (command["name"], argument["name"])
    for command in MANIFEST["commands"]
    for argument in command["arguments"]
    if argument["name"].endswith(("_date", "_after", "_before", "_date_time_utc")) and "scheduled" not in argument["name"]
]
SCHEDULES = [
    ("absolute-device-freeze-request", "scheduled_freeze_date"),
    ("absolute-device-message-send", "scheduled_date"),
]
REQUIRED: dict[str, dict[str, Any]] = {
    "absolute-device-freeze-request": {
        "device_names": "LAB-0001",
        "request_name": "IR-1",
        "message_name": "m",
        "html_message": "<p>h</p>",
        "device_freeze_type": "Scheduled",
    },
    "absolute-device-message-send": {"device_names": "LAB-0001", "message": "<p>h</p>"},
    "absolute-script-actions-list": {"device_uids": "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"},
}


@pytest.mark.parametrize(("command", "argument"), FILTERS)
def test_what_filters_is_shown_in_utc(command: str, argument: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    for typed, shown in (
        ("2026-01-05 18:00:00+02:00", "2026-01-05T16:00:00.000Z"),
        ("2026-01-05 18:00", "2026-01-05T18:00:00.000Z (no time zone was given: UTC)"),
        ("2026-01-05", "2026-01-05T00:00:00.000Z (no time was given: 00:00 UTC)"),
    ):
        run = war_room.execute(command, {**REQUIRED.get(command, {}), argument: typed})
        if command == "absolute-device-get-events" and argument == "end_date":
            assert "2026-01-05T" in run.markdown
            continue
        assert run.ok, run.error
        assert shown.partition(" (")[0] in run.markdown
        assert shown.partition(" (")[2] in run.markdown


@pytest.mark.parametrize(("command", "argument"), [*FILTERS, *SCHEDULES])
@pytest.mark.parametrize("typed", ["2026", "1764288000000", "2027-13-01", "2027-01", "2027-07-01 18:00 BST", "1,5 days", "3m"])
def test_what_could_mean_two_things_sends_nothing(
    command: str, argument: str, typed: str, war_room: WarRoom, tenant: LocalTenant
) -> None:
    run = war_room.execute(command, {**REQUIRED.get(command, {}), argument: typed})
    assert f'Error: {argument}: "{typed}" is no date' in run.error
    assert "Example: " in run.error
    assert tenant.requests == []


@pytest.mark.parametrize(("command", "argument"), SCHEDULES)
def test_what_schedules_says_when(command: str, argument: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    for typed, said in (
        ("2 hours", 'write "in 2 hours" or "2 hours ago"'),
        ("2031-02-01", "has no time of day"),
        ("2 hours ago", "not in the future"),
    ):
        assert said in war_room.execute(command, {**REQUIRED[command], argument: typed}).error
    assert tenant.requests == []
    for dry_run in ("true", "false"):
        run = war_room.execute(command, {**REQUIRED[command], argument: "2031-02-01 18:00", "dry_run": dry_run})
        assert f"{argument}: 2031-02-01T18:00:00.000Z (no time zone was given: UTC)." in run.markdown, run.error


def test_a_scheduled_freeze_shows_its_date_afterwards(war_room: WarRoom) -> None:
    command, argument = SCHEDULES[0]
    war_room.execute(command, {**REQUIRED[command], argument: "2031-02-01 18:00+01:00"})
    uid = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    run = war_room.execute("absolute-device-freeze-request-get", {"request_uid": uid})
    assert "2031-02-01 17:00" in run.markdown


@pytest.mark.parametrize("seconds", ["2592000", "2.592e+06", 2592000.0, "2592000.00"])
def test_numbers_as_the_platform_prints_them(seconds: Any, war_room: WarRoom, tenant: LocalTenant) -> None:
    args = {**REQUIRED["absolute-device-freeze-request"], "offline_time_seconds": seconds}
    for kind in ("OnDemand", "OffLine"):
        run = war_room.execute("absolute-device-freeze-request", {**args, "device_freeze_type": kind, "dry_run": "true"})
        assert run.ok, run.error
    assert '"offlineTimeSeconds": 2592000' in run.markdown
