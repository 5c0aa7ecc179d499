"""Lists that are too long for one entry: files, a bounded context, and what says so."""

import csv
import json
from collections.abc import Iterator

import pytest
from local_absolute import STRICT, LocalTenant, ManualClock
from local_xsoar import WarRoom

MB = 1_000_000


@pytest.fixture
def tenant(clock: ManualClock) -> Iterator[LocalTenant]:
    with LocalTenant(devices=2_500, seed=7, clock=clock, rate_limit=None, options=STRICT) as tenant:
        yield tenant


def test_more_than_the_context_holds(war_room: WarRoom, tenant: LocalTenant) -> None:
    """About 20 MB of software: every row is in both files, the entry is small, and the context says what it lacks."""
    tenant.devices.all()[0].set("deviceName", "=HYPERLINK(1)")
    run = war_room.run("!absolute-device-application-list all_results=true")
    assert run.ok, run.error
    assert all(len(json.dumps({**entry, "EntryContext": None})) < MB for entry in run.entries)
    found = war_room.context.get("Absolute.List")
    rows = war_room.context.get("Absolute.DeviceApplication")
    assert (found["Path"], found["Truncated"]) == ("Absolute.DeviceApplication", True)
    assert found["InContext"] == len(rows) < found["Total"]
    assert 4 * MB < len(json.dumps(rows)) < 7 * MB
    files = {file.name: file.path for file in war_room.investigation.files.values()}
    assert list(files) == found["Files"] == ["installed-software.csv", "installed-software.json"]
    in_json = json.loads(files["installed-software.json"].read_text("utf-8"))
    with files["installed-software.csv"].open(encoding="utf-8-sig", newline="") as lines:
        in_csv = list(csv.DictReader(lines))
    assert len(in_json) == len(in_csv) == found["Total"]
    assert {row["deviceAppId"] for row in in_json} >= {row["DeviceAppId"] for row in rows}
    assert {row["deviceName"] for row in in_csv} >= {"'=HYPERLINK(1)"}  # no formula for a spreadsheet
    assert f"50 of {found['Total']} rows are shown; the context holds the first {len(rows)}." in run.markdown
    assert f"all {found['Total']} rows are in the files" in run.markdown


def test_playbooks_are_refused_what_the_context_does_not_hold(war_room: WarRoom) -> None:
    run = war_room.run("!absolute-device-application-list all_results=true fail_if_truncated=true")
    assert "fail_if_truncated: the context holds only the first" in run.error
    assert war_room.context.get("Absolute.DeviceApplication") is None
    assert war_room.run("!absolute-device-list all_results=true fail_if_truncated=true").ok


def test_more_than_an_entry_holds(war_room: WarRoom) -> None:
    run = war_room.run("!absolute-device-list all_results=true")
    assert run.ok, run.error
    assert len(war_room.context.get("Absolute.Device.Id")) == 2_500
    assert war_room.context.get("Absolute.List") == {
        "Path": "Absolute.Device",
        "Truncated": False,
        "Total": 2_500,
        "InContext": 2_500,
        "Files": ["absolute-devices.csv", "absolute-devices.json"],
    }
    assert len(json.dumps(run.contents)) < MB
    assert "50 of 2500 rows are shown; the context holds all of them." in run.markdown


def test_a_list_that_fits_has_no_files(war_room: WarRoom) -> None:
    assert war_room.run("!absolute-device-list limit=60").ok
    assert war_room.context.get("Absolute.List") is None
    assert not war_room.investigation.files
