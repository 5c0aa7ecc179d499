"""Devices as a dataset of XSIAM: the whole fleet once, then what has changed, and nothing of it anywhere else."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, ManualClock, Permission, faults
from local_absolute.times import format_utc
from local_xsoar.http_collector import CollectorSettings, HttpCollector
from local_xsoar.war_room import WarRoom

MakeWarRoom = Callable[..., WarRoom]
DATASET, EVENTS = "absolute_secure_endpoint_devices_raw", "absolute_secure_endpoint_raw"
BOTH = "SIEM events,Devices"
DAY = 24 * 3600


class Datasets(dict[str, list[dict[str, Any]]]):
    """What XSIAM has taken of an instance by its own function, by dataset."""

    def __init__(self, room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__({DATASET: [], EVENTS: []})
        monkeypatch.setattr(room.instance, "take_events", lambda records: self[records.dataset].extend(records))

    def taken(self) -> list[dict[str, Any]]:
        """The devices since the last time that somebody asked."""
        rows = [*self[DATASET]]
        self[DATASET].clear()
        return rows


@pytest.fixture
def room(make_war_room: MakeWarRoom) -> WarRoom:
    return make_war_room(isFetchEvents=True, fetch_types=BOTH)


@pytest.fixture
def datasets(room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> Datasets:
    return Datasets(room, monkeypatch)


def drain(room: WarRoom, kind: str = "events") -> int:
    """The runs until nothing is waiting."""
    for runs in range(1, 100):
        run = room.execute(f"fetch-{kind}")
        assert run.ok, run.error
        if "nextTrigger" not in room.last_run:
            return runs
    raise AssertionError("it never ends")


def uids(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["deviceUid"] for row in rows)


def test_off_by_default(make_war_room: MakeWarRoom, monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant) -> None:
    room = make_war_room(isFetchEvents=True)
    datasets = Datasets(room, monkeypatch)
    drain(room)
    assert datasets[DATASET] == []
    assert tenant.calls("GET /v3/reporting/devices") == []


def test_the_fleet_then_what_has_changed(room: WarRoom, datasets: Datasets, tenant: LocalTenant, clock: ManualClock) -> None:
    tenant.siem.record("UserLogin")
    old = tenant.devices.by_name("LAB-0003")
    tenant.devices.update(old["deviceUid"], lastUpdatedDateTimeUtc="2016-02-03T04:05:06.000Z")
    clock.advance(600)
    drain(room)
    first = datasets.taken()
    whole = [row for row in first if row["source_log_type"] == "devices"]
    assert uids(whole) == Counter(device["deviceUid"] for device in tenant.devices.all()), "also who was silent for years"
    assert [row["source_log_type"] for row in datasets[EVENTS]] == ["siem_events"]
    [row] = [row for row in whole if row["deviceUid"] == old["deviceUid"]]
    assert row["lastUpdatedDateTimeUtc"] == "2016-02-03T04:05:06.000Z"
    assert "_time" not in row, "XSIAM takes the time of arrival: a dataset may not keep what is years old"
    assert (row["serialNumber"], row["operatingSystem"]["name"]) == (old["serialNumber"], old["operatingSystem"]["name"])
    assert "networkAdapters" in row

    changed = tenant.devices.by_name("LAB-0001")["deviceUid"]
    for name in ("ada", "bob"):
        clock.advance(600)
        tenant.devices.update(changed, username=name)
    before = len(tenant.calls("GET /v3/reporting/devices"))
    drain(room)
    assert datasets.taken() == [], "not yet: there is a day between two looks"
    assert len(tenant.calls("GET /v3/reporting/devices")) == before
    clock.advance(DAY)
    drain(room)
    mine = [row for row in datasets.taken() if row["deviceUid"] == changed]
    assert [row["username"] for row in mine] == ["bob"]


@pytest.mark.parametrize("updated", [True, False], ids=["told as an update", "without a word"])
def test_a_device_that_left(room: WarRoom, datasets: Datasets, tenant: LocalTenant, clock: ManualClock, updated: bool) -> None:
    clock.advance(600)
    drain(room)
    datasets.taken()
    device = tenant.devices.by_name("LAB-0001")
    clock.advance(600)
    now = format_utc(clock.now())
    seen = now if updated else device["lastUpdatedDateTimeUtc"]
    tenant.devices.update(device["deviceUid"], agentStatus="D", unenrollmentDateTimeUtc=now, lastUpdatedDateTimeUtc=seen)
    clock.advance(DAY)
    drain(room)
    mine = [row for row in datasets.taken() if row["deviceUid"] == device["deviceUid"]]
    assert {row["source_log_type"] for row in mine} == {"unenrolled_devices", *(["devices"] if updated else [])}
    assert {row["agentStatus"] for row in mine} == {"D"}
    assert {row["unenrollmentDateTimeUtc"] for row in mine} == {now}


def test_a_first_look_goes_on_where_it_stopped(
    make_war_room: MakeWarRoom, monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant, clock: ManualClock
) -> None:
    """At most so many of a run; a run that breaks off loses nothing; what changes meanwhile comes again, or later."""
    room = make_war_room(isFetchEvents=True, fetch_types="Devices", max_events_per_fetch="12")
    datasets = Datasets(room, monkeypatch)
    clock.advance(600)
    room.execute("fetch-events")
    assert 0 < len(datasets[DATASET]) <= 12
    assert "nextTrigger" in room.last_run
    every = tenant.devices.all()
    tenant.devices.update(every[0]["deviceUid"], username="moved")
    fault = Fault(when=lambda method, path, query, body: path.endswith("/devices"), action=faults.status(500))
    tenant.faults.add(fault)
    assert not room.execute("fetch-events").ok
    tenant.faults.clear()
    assert drain(room) > 1
    clock.advance(DAY)
    drain(room)
    rows = Counter((row["deviceUid"], row["lastUpdatedDateTimeUtc"], row["source_log_type"]) for row in datasets[DATASET])
    assert set(rows.values()) == {1}
    assert {uid for uid, _, kind in rows if kind == "devices"} == {device["deviceUid"] for device in every}


def test_no_passcode_is_in_it(room: WarRoom, datasets: Datasets, tenant: LocalTenant, clock: ManualClock) -> None:
    device = tenant.devices.by_name("LAB-0001")["deviceUid"]
    message = {"message_name": "x", "html_message": "x"}
    run = room.execute("absolute-device-freeze-request", {"device_ids": device, "request_name": "x", **message})
    assert run.ok, run.error
    clock.advance(3600)
    drain(room)
    passcodes = {action.passcode for request in tenant.freeze.requests.values() for action in request.actions}
    text = json.dumps(datasets[DATASET])
    assert passcodes
    assert not [code for code in passcodes if f'"{code}"' in text]
    assert "productKey" not in text


@pytest.mark.parametrize("kind", ["events", "incidents"])
def test_a_collector_of_its_own(kind: str, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    """One address, two keys: each takes only its own."""
    events: list[dict[str, Any]] = []
    devices: list[dict[str, Any]] = []
    tenant.siem.record("DeviceFrozen")
    clock.advance(600)
    others = {"key-of-devices": devices.extend}
    with HttpCollector(CollectorSettings("key-of-events"), events.extend, others=others) as running:
        room = make_war_room(
            **{"isFetchEvents" if kind == "events" else "isFetch": True},
            fetch_types=BOTH,
            **running.params,
            devices_collector_key={"password": "key-of-devices"},
        )
        assert room.execute("test-module").contents == "ok"
        drain(room, kind)
        drain(room, kind)
        run = room.execute("absolute-device-get-events", {"push_test_record": "true"})
        assert f"{EVENTS}, {DATASET}" in run.markdown
    assert [row["source_log_type"] for row in events] == ["siem_events", "connection_test"]
    assert {row["source_log_type"] for row in devices} == {"devices", "unenrolled_devices", "connection_test"}
    assert len(room.instance.incidents) == (kind == "incidents")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"isFetch": True}, "fetch_types: Devices make no incidents"),
        ({"isFetch": True, "fetch_types": "Devices"}, "fetch_types: Devices make no incidents"),
        (
            {"isFetchEvents": True, "collector_url": "https://api-example.com", "collector_key": {"password": "x"}},
            "devices_collector_key: .*secure_endpoint_devices",
        ),
        ({"isFetchEvents": True, "devices_collector_key": {"password": "x"}}, "collector_url: .*not its URL"),
        ({"isFetchEvents": True, "devices_interval": "0"}, "devices_interval"),
    ],
)
def test_refused_where_it_cannot_be(params: dict[str, Any], said: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    room = make_war_room(**{"fetch_types": BOTH, **params})
    assert re.search(said, room.test())
    assert re.search(said, room.execute("fetch-incidents" if "isFetch" in params else "fetch-events").error or "")
    assert tenant.requests == []


def test_without_the_permission(make_war_room: MakeWarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events go on."""
    event = tenant.siem.record("UserLogin")
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
    credentials = {"identifier": token.id, "password": token.secret}
    room = make_war_room(isFetchEvents=True, fetch_types=BOTH, credentials=credentials)
    datasets = Datasets(room, monkeypatch)
    assert "View Device reports" in room.test()
    assert room.execute("fetch-events").ok
    assert [row["id"] for row in datasets[EVENTS]] == [event.id]
    assert "View Device reports" in str(room.instance.health)


def test_a_large_fleet(make_war_room: MakeWarRoom, monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    """Some thousand devices, most of them renewed in the last hours, a few years ago: each once, in few calls."""
    with LocalTenant(devices=3_000, seed=5, clock=clock, rate_limit=None) as tenant:
        for number, device in enumerate(tenant.devices.all()[:60]):
            seen = format_utc(clock.now() - timedelta(days=50 * number + 2))
            device.set("lastUpdatedDateTimeUtc", seen)
        clock.advance(600)
        token = tenant.tokens.create_symmetric()
        room = make_war_room(
            isFetchEvents=True,
            fetch_types="Devices",
            url=tenant.url,
            credentials={"identifier": token.id, "password": token.secret},
        )
        datasets = Datasets(room, monkeypatch)
        assert drain(room) == 1
        rows = [row for row in datasets[DATASET] if row["source_log_type"] == "devices"]
        assert uids(rows) == Counter(device["deviceUid"] for device in tenant.devices.all())
        assert len(tenant.requests) < 120
