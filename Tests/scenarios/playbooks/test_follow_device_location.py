"""Absolute - Follow Device Location, and Absolute - Record Device Location in its loop."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from local_absolute import Fault, ListOptions, LocalTenant, ManualClock, Options, Permission, faults
from local_xsoar import PlaybookRun, WarRoom
from scenarios.playbooks.conftest import Desk

FOLLOW, RECORD = "Absolute - Follow Device Location", "Absolute - Record Device Location"
DEVICES = "GET /v3/reporting/devices"
CITIES = {"Berlin": (52.52, 13.405), "Hamburg": (53.55, 9.993)}


@pytest.fixture
def laptop(tenant: LocalTenant) -> str:
    return str(tenant.devices.by_name("LAB-0001")["deviceUid"])


def timeline(run: PlaybookRun) -> list[dict[str, Any]]:
    found = run.context.get("LocationTimeline")
    return found if isinstance(found, list) else [found] if found else []


def move(tenant: LocalTenant, device_uid: str, city: str) -> None:
    tenant.siem.device_moved(device_uid, *CITIES[city], city, "Germany")


def looks(run: PlaybookRun) -> int:
    return run.names(RECORD).count("Get the location")


def test_each_new_position_is_recorded_once_until_the_time_is_up(
    desk: Any, tenant: LocalTenant, clock: ManualClock, laptop: str
) -> None:
    for hours, city in ((1, "Berlin"), (2.5, "Hamburg")):
        clock.call_at(clock.now() + timedelta(hours=hours), partial(move, tenant, laptop, city))
    began = clock.now()
    run = desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="4", Follow_interval_minutes="30")
    assert run.ok, run.error
    assert list(dict.fromkeys(row["City"] for row in timeline(run))) == ["London", "Berlin", "Hamburg"]
    times = [row["LastUpdate"] for row in timeline(run)]
    assert times == sorted(set(times)), "each fix once, oldest first"
    assert timedelta(hours=4) <= clock.now() - began < timedelta(hours=5)
    assert 7 <= looks(run) <= 9
    assert "The time for the search was up, hours: 4." in desk.note()
    assert desk.note().index("Berlin") < desk.note().index("Hamburg")
    assert desk.note().count("| Berlin |") == 1, "one row for as long as it stayed"
    assert "Hamburg" in run.incident["absolutelastlocation"]
    assert run.incident["absolutelastlocationtime"] == timeline(run)[-1]["LastUpdate"]
    assert "failed" not in desk.note()


def test_the_search_ends_when_the_device_is_reported_found(desk: Any, clock: ManualClock, laptop: str) -> None:
    desk.room.run(f"!absolute-device-missing-report device_ids={laptop}")
    clock.call_at(clock.now() + timedelta(hours=1), lambda: desk.room.run(f"!absolute-device-found-report device_ids={laptop}"))
    run = desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="24", Stop_when_found="true")
    assert run.ok, run.error
    assert 2 <= looks(run) <= 4
    assert run.context.get("FollowEnded") == "The device is no longer reported missing."


def test_a_device_without_a_position(desk: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0008")
    assert device.get("geoData") is None
    run = desk.play(FOLLOW, Endpoint_id=device["deviceUid"], Follow_hours="1")
    assert run.ok, run.error
    assert timeline(run) == []
    assert "**Times it was located**: 0" in desk.note()
    assert "absolutelastlocation" not in run.incident


@pytest.mark.parametrize(
    ("permission", "why"),
    [(Permission.VIEW_DEVICE_REPORTS, "View Device reports"), (Permission.VIEW_MISSING_DEVICE, "View Missing Device")],
)
def test_without_a_permission_the_search_goes_on_and_says_it_once(
    permission: Permission, why: str, desk_without: Callable[..., Any], laptop: str
) -> None:
    desk = desk_without(permission)
    desk.room.run(f"!absolute-device-missing-report device_ids={laptop}")
    run = desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="2", Stop_when_found="true")
    assert run.ok, run.error
    assert looks(run) > 2
    assert desk.note().count(why) == 1
    assert "What failed" in desk.note()


def test_a_passing_fault_costs_one_look(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)
    tenant.faults.add(Fault(when=DEVICES, times=1, action=faults.status(400)))
    run = desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="2")
    assert run.ok, run.error
    assert looks(run) > 2
    assert len(timeline(run)) == 1, "the position from before it went silent, once"
    assert "What failed" in desk.note()


def test_a_device_that_is_not_shown_is_not_just_without_a_position(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    """Some accounts answer so for want of the permission."""
    nothing: dict[str, Any] = {"data": [], "metadata": {"pagination": {}}}
    tenant.faults.add(Fault(when=DEVICES, action=faults.status(200, body=nothing)))
    desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="1")
    assert desk.note().count("did not show the device: it is gone, or the API token may not see it") == 1


@pytest.mark.parametrize("lag", [timedelta(minutes=5), timedelta(hours=2)])
def test_a_search_does_not_end_because_lists_lag(
    lag: timedelta, library: Any, make_war_room: Callable[..., WarRoom], clock: ManualClock, runs: list[PlaybookRun]
) -> None:
    options = Options(lists=ListOptions(lag=lag))
    with LocalTenant(devices=10, seed=7, clock=clock, rate_limit=None, options=options) as tenant:
        token = tenant.tokens.create_symmetric()
        room = make_war_room(url=tenant.url, credentials={"identifier": token.id, "password": token.secret})
        laptop = tenant.devices.by_name("LAB-0001")["deviceUid"]
        room.run(f"!absolute-device-missing-report device_ids={laptop}")
        run = Desk(library, room, runs).play(FOLLOW, Endpoint_id=laptop, Follow_hours="6", Stop_when_found="true")
    assert run.context.get("FollowEnded") == "The time for the search was up, hours: 6."


def test_one_empty_answer_does_not_end_a_search(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    desk.room.run(f"!absolute-device-missing-report device_ids={laptop}")
    answers = itertools.cycle([lambda process: process(), faults.missing_page()])
    tenant.faults.add(Fault(when="GET /v3/tracking/device-missing", action=lambda process: next(answers)(process)))
    run = desk.play(FOLLOW, Endpoint_id=laptop, Follow_hours="4", Stop_when_found="true")
    assert run.context.get("FollowEnded") == "The time for the search was up, hours: 4."


@pytest.mark.parametrize("device_ids", ["", "2"])
def test_it_follows_exactly_one_device(device_ids: str, desk: Any, tenant: LocalTenant) -> None:
    uids = [device["deviceUid"] for device in tenant.devices.all()[: int(device_ids or 0)]]
    run = desk.play(FOLLOW, Endpoint_id=uids or "")
    assert run.ok, run.error
    assert "nothing was done" in desk.note()
    assert tenant.requests == []


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(FOLLOW, Endpoint_id=laptop)
    assert run.ok, run.error
    assert tenant.requests == []
    assert "no active instance" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(FOLLOW, RECORD) == []
