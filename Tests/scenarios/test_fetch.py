"""Scheduled fetches over HTTP: every event once, whatever the network, the clocks and the collector's own limits do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
from local_absolute import ALL_PERMISSIONS, STRICT, Fault, LocalTenant, ManualClock, Permission, SiemOptions, faults
from local_absolute.events import Change, Event
from local_xsoar import Integration, PlatformModules, WarRoom
from local_xsoar.xsiam import NotTakenError

MakeWarRoom = Callable[..., WarRoom]
SIEM = "GET /v3/reporting/siem-events"
MANY = 2500  # more than a page of 1000, and more than a batch


def fetch(room: WarRoom, kind: str = "events") -> None:
    run = room.execute(f"fetch-{kind}")
    assert run.ok, run.error


def drain(room: WarRoom, kind: str = "events") -> int:
    """Runs as the platform does, at once again while lastRun asks for it. The number of runs."""
    for runs in range(1, 200):
        fetch(room, kind)
        if "nextTrigger" not in room.last_run:
            return runs
    raise AssertionError("the fetch never comes to an end")


def ids(room: WarRoom) -> list[str]:
    return [event["id"] for event in room.events()]


def assert_each_once(room: WarRoom, events: list[Event] | list[str]) -> None:
    wanted = {event if isinstance(event, str) else event.id for event in events}
    assert Counter(ids(room)) == Counter(wanted)


class Dataset:
    """What XSIAM takes of an instance, request by request; `refusals` maps the number of a request to its answer."""

    def __init__(self, room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[int] = []
        self.refusals: dict[int, NotTakenError] = {}
        self._take = room.instance.take_events
        monkeypatch.setattr(room.instance, "take_events", self.take)

    def take(self, events: list[Any]) -> None:
        self.requests.append(len(events))
        if refusal := self.refusals.get(len(self.requests)):
            raise refusal
        self._take(events)


def at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@pytest.fixture
def make_tenant(clock: ManualClock) -> Iterator[Callable[..., LocalTenant]]:
    running: list[LocalTenant] = []

    def make(clock: ManualClock = clock, **options: Any) -> LocalTenant:
        siem = replace(STRICT, siem=SiemOptions(**options))
        running.append(LocalTenant(devices=20, seed=7, clock=clock, rate_limit=None, options=siem).start())
        return running[-1]

    yield make
    for tenant in running:
        tenant.stop()


@pytest.fixture
def room_on(integration: Integration, platform_modules: PlatformModules) -> Callable[..., WarRoom]:
    def make(tenant: LocalTenant, **params: Any) -> WarRoom:
        token = tenant.tokens.create_symmetric()
        credentials = {"identifier": token.id, "password": token.secret}
        return WarRoom(
            integration, {"url": tenant.url, "credentials": credentials, **params}, platform_modules, wait=tenant.clock.advance
        )

    return make


class TestEvents:
    def test_the_start_is_kept_from_the_very_first_run(
        self, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        room = make_war_room(first_fetch="1 minute")
        fetch(room)
        assert ids(room) == []
        recorded = tenant.siem.record("UserLogin", created=clock.now())
        clock.advance(3600)
        fetch(room)
        assert_each_once(room, [recorded])

    def test_what_waits_for_the_first_run_and_what_comes_later(
        self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        drain(war_room)
        for _ in range(5):
            tenant.siem.generate(40, over=timedelta(seconds=60), seed=tenant.siem.count())
            clock.advance(61)
            drain(war_room)
        assert_each_once(war_room, tenant.siem.visible())

    @pytest.mark.parametrize(("count", "calls"), [(100, 4), (5000, 15)])
    def test_a_first_run_takes_hardly_more_calls_than_pages(
        self, count: int, calls: int, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        """The longest window that is asked for is a day, and three are fetched."""
        tenant.siem.generate(count, over=timedelta(hours=71))
        fetch(war_room)
        assert len(ids(war_room)) == count
        assert len(tenant.requests) <= calls

    def test_batches_arrive_in_the_order_of_time(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        drain(war_room)
        created = [event["createdDateTimeUtc"] for event in war_room.events()]
        assert created == sorted(created)

    def test_several_pages_with_one_time_and_a_smaller_limit(
        self, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        room = make_war_room(max_events_per_fetch="700")
        moment = clock.now() - timedelta(hours=2)
        events = [tenant.siem.record("UserLogin", created=moment) for _ in range(MANY)]
        assert drain(room) == 4
        assert_each_once(room, events)

    def test_a_burst_within_the_look_back(self, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        room = make_war_room(max_events_per_fetch="1000")
        events = [tenant.siem.record("UserLogin", created=clock.now()) for _ in range(MANY)]
        drain(room)
        assert_each_once(room, events)
        clock.advance(400)
        drain(room)
        assert_each_once(room, events)

    def test_late_records(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        fetch(war_room)
        first = tenant.siem.record("UserLogin", created=clock.now())
        clock.advance(60)
        fetch(war_room)
        late = tenant.siem.record("UserLogin", created=clock.now() - timedelta(seconds=200), visible_at=clock.now())
        clock.advance(60)
        fetch(war_room)
        assert_each_once(war_room, [first, late])

    @pytest.mark.parametrize("spelling", ["milliseconds", "seconds", "offset", "ticks", "mixed"])
    def test_any_spelling_of_times(
        self, spelling: str, make_tenant: Callable[..., LocalTenant], room_on: Callable[..., WarRoom], clock: ManualClock
    ) -> None:
        tenant = make_tenant(timestamps=spelling)
        room = room_on(tenant, max_events_per_fetch="300")
        for round_ in range(3):
            tenant.siem.generate(400, over=timedelta(minutes=2), seed=round_)
            clock.advance(150)
            drain(room)
        clock.advance(400)
        drain(room)
        assert_each_once(room, tenant.siem.visible())

    def test_what_arrives_during_a_walk_pushes_nothing_out(
        self, make_tenant: Callable[..., LocalTenant], room_on: Callable[..., WarRoom], clock: ManualClock
    ) -> None:
        tenant = make_tenant(cursors="offset", order="shuffled")
        room = room_on(tenant)

        def arrive(answer: Any) -> Any:
            tenant.siem.record("UserLogin", created=clock.now())
            return answer

        tenant.siem.generate(MANY, over=timedelta(minutes=30))
        tenant.faults.add(Fault(when=SIEM, action=faults.changed(arrive), times=40))
        drain(room)
        tenant.faults.clear()
        for _ in range(2):
            clock.advance(301)
            drain(room)
        assert_each_once(room, tenant.siem.visible())

    @pytest.mark.parametrize("hours", [-30, -2, 2, 30])
    def test_the_clock_of_the_host_is_off(
        self, hours: int, make_tenant: Callable[..., LocalTenant], room_on: Callable[..., WarRoom]
    ) -> None:
        clock = ManualClock(datetime.now(timezone.utc) + timedelta(hours=hours))
        tenant = make_tenant(clock=clock)
        room = room_on(tenant, first_fetch="10 minutes")
        events = [tenant.siem.record("UserLogin", created=clock.now() - timedelta(minutes=5))]
        fetch(room)
        for _ in range(4):
            clock.advance(60)
            events.append(tenant.siem.record("UserLogin", created=clock.now()))
            fetch(room)
        assert_each_once(room, events)

    def test_events_keep_their_fields_and_say_what_changed(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        properties = [
            Change("DeviceSystemInformationUpdated.LocalIpAddr", "192.0.2.9", "192.0.2.8"),
            Change("Note", 'a="b";c', ""),
        ]
        tenant.siem.record("DeviceSystemInformationUpdated", properties=properties)
        fetch(war_room)
        (event,) = war_room.events()
        original = tenant.siem.visible()[0].record()
        assert {name: event[name] for name in original} == original
        assert set(event) - set(original) == {"_time", "source_log_type", "oldValues", "newValues"}
        assert event["_time"] == original["eventDateTimeUtc"]
        assert event["source_log_type"] == "siem_events"
        assert event["oldValues"] == {"DeviceSystemInformationUpdated_LocalIpAddr": "192.0.2.8"}
        assert event["newValues"] == {"DeviceSystemInformationUpdated_LocalIpAddr": "192.0.2.9", "Note": 'a="b";c'}

    def test_the_health_counts_what_was_pulled(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        fetch(war_room)
        tenant.siem.record("UserLogin")
        fetch(war_room)
        assert war_room.instance.health == [{"eventsPulled": 0}, {"eventsPulled": 1}]


class TestTheEdgeOf72Hours:
    """Events pass their retention while they are read. What is still there in the end was delivered, once."""

    @pytest.mark.parametrize("tick", [0.2, 1.3])
    @pytest.mark.parametrize(
        "habit",
        [
            {"order": "oldest first", "cursors": "offset"},
            {"order": "newest first", "cursors": "offset"},
            {"order": "oldest first", "cursors": "key"},
            {"order": "newest first", "cursors": "key"},
            {"order": "shuffled", "cursors": "snapshot"},
        ],
        ids=lambda habit: f"{habit['order']}, {habit['cursors']}",
    )
    @pytest.mark.parametrize("spread", [0, 0.9, 60])
    def test_no_event_is_passed_over(
        self,
        spread: float,
        habit: dict[str, Any],
        tick: float,
        make_tenant: Callable[..., LocalTenant],
        room_on: Callable[..., WarRoom],
        clock: ManualClock,
    ) -> None:
        """2,500 within a minute, within a second, or at one moment: more than two pages."""
        tenant = make_tenant(**habit)
        edge = clock.now() - timedelta(hours=72, seconds=-0.5)
        for number in range(MANY):
            tenant.siem.record("UserLogin", created=edge + number * timedelta(seconds=spread) / MANY)

        def time_passes(answer: Any) -> Any:
            clock.advance(tick)
            return answer

        fault = tenant.faults.add(Fault(when=SIEM, action=faults.changed(time_passes)))
        room = room_on(tenant)
        drain(room)
        fault.times = 0
        assert {event.id for event in tenant.siem.visible()} <= set(ids(room))
        assert len(ids(room)) == len(set(ids(room)))

    @pytest.mark.parametrize("seconds", [2, 60, 599])
    def test_what_was_deleted_is_told_however_little_it_is(
        self, seconds: int, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        fetch(war_room)
        clock.advance(72 * 3600 - 300 + seconds)
        drain(war_room)
        assert len([text for text in war_room.instance.health if "gone for good" in str(text)]) == 1
        drain(war_room)
        assert len([text for text in war_room.instance.health if "gone for good" in str(text)]) == 1

    def test_the_very_first_run_has_lost_nothing(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=80))
        drain(war_room)
        assert not [text for text in war_room.instance.health if "gone for good" in str(text)]


class TestUpgrade:
    def test_from_the_existing_pack(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        """Its lastRun is the time of its last event and the IDs that it sent of that time."""
        moment = clock.now() - timedelta(minutes=3)
        tenant.siem.record("UserLogin", created=moment - timedelta(seconds=1))
        sent = [tenant.siem.record("UserLogin", created=moment) for _ in range(2)]
        waiting = [tenant.siem.record("UserLogin", created=moment) for _ in range(3)]
        waiting.append(tenant.siem.record("UserLogin", created=moment + timedelta(seconds=1)))
        war_room.instance.last_run = {"latest_events_time": at(moment), "latest_events_id": [event.id for event in sent]}
        fetch(war_room)
        clock.advance(600)
        fetch(war_room)
        assert_each_once(war_room, waiting)

    @pytest.mark.parametrize(
        "last_run", [{"latest_events_time": "yesterday"}, {"version": 99, "types": 3}, {"types": {"siem_events": []}}]
    )
    def test_from_a_state_that_cannot_be_read(self, last_run: dict[str, Any], war_room: WarRoom, tenant: LocalTenant) -> None:
        recorded = tenant.siem.record("UserLogin")
        war_room.instance.last_run = last_run
        fetch(war_room)
        assert_each_once(war_room, [recorded])


class TestFailures:
    @pytest.mark.parametrize(
        "action",
        [
            faults.expired_cursor(),
            faults.repeated_cursor(),
            faults.status(503),
            faults.status(429, retry_after=0),
            faults.truncated_json(),
            faults.reset_after(),
            faults.proxy_failure(),
            faults.duplicated_page(),
        ],
        ids=["expired", "repeated", "503", "429", "truncated", "reset", "proxy", "duplicated"],
    )
    def test_in_the_middle_of_a_backlog(self, action: Any, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        tenant.faults.add(Fault(when=lambda method, path, query, body: "nextPage" in query, action=action, times=2))
        drain(war_room)
        assert_each_once(war_room, tenant.siem.visible())

    def test_what_was_sent_before_a_failure_is_kept(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.siem.generate(MANY * 2, over=timedelta(hours=70))
        late = at(clock.now() - timedelta(hours=20))

        def is_late(method: str, path: str, query: str, body: Any) -> bool:
            return "siem-events" in path and query.split("fromDateTimeUtc=")[1][:13].replace("%3A", ":") > late[:13]

        fault = tenant.faults.add(Fault(when=is_late, action=faults.status(500)))
        run = war_room.execute("fetch-events")
        sent = len(ids(war_room))
        assert run.ok, "an error would discard the progress"
        assert f"{sent} events were sent before; the next run goes on from there" in war_room.instance.health[-1]
        assert 1000 < sent < MANY * 2
        tenant.faults.clear()
        assert fault.hits
        drain(war_room)
        assert_each_once(war_room, tenant.siem.visible())

    @pytest.mark.parametrize(("size", "count"), [(4_100, 1000), (7_000, 900), (900_000, 12)])
    def test_large_events_come_once_when_a_request_fails(
        self, size: int, count: int, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A thousand rows of this size are more than one request to XSIAM: what was taken before a failure does not come again."""
        created = clock.now() - timedelta(hours=3)
        events = [
            tenant.siem.record("UserLogin", created=created, properties=[Change("Note", "x" * size, "")]) for _ in range(count)
        ]
        dataset = Dataset(war_room, monkeypatch)
        dataset.refusals[2] = NotTakenError(503, '{"message": "busy"}')
        run = war_room.execute("fetch-events")
        assert run.ok, run.error
        assert len(dataset.requests) == 2
        assert len(ids(war_room)) == dataset.requests[0]
        assert "XSIAM did not take the events: 503" in war_room.instance.health[-1]
        drain(war_room)
        assert_each_once(war_room, events)

    @pytest.mark.parametrize(
        ("status", "advice"), [(401, "XSIAM brings along"), (413, "larger"), (429, "more to take in"), (500, "trouble")]
    )
    def test_what_xsiam_says_is_shown(
        self, status: int, advice: str, war_room: WarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        event = tenant.siem.record("UserLogin")
        dataset = Dataset(war_room, monkeypatch)
        dataset.refusals = dict.fromkeys(range(1, 4), NotTakenError(status, '{"message": "sorry"}'))
        error = war_room.execute("fetch-events").error
        assert error
        assert f"XSIAM did not take the events: {status} " in error
        assert "sorry" in error
        assert advice in error
        dataset.refusals = {}
        drain(war_room)
        assert_each_once(war_room, [event])

    def test_an_event_that_xsiam_refuses_is_put_aside(
        self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        bad = tenant.siem.record("UserLogin", created=clock.now() - timedelta(hours=30))
        taken: list[Any] = []

        def take(events: list[Any]) -> None:
            if any(event["id"] == bad.id for event in events):
                raise NotTakenError(400, '{"message": "bad"}')
            taken.extend(event["id"] for event in events)

        monkeypatch.setattr(war_room.instance, "take_events", take)
        for _ in range(2):
            drain(war_room)
            clock.advance(60)
        assert Counter(taken) == Counter(event.id for event in tenant.siem.visible() if event.id != bad.id)
        [said] = [text for text in war_room.instance.health if "Put aside" in str(text)]
        assert bad.id in said
        assert "XSIAM did not take the events: 400" in said
        assert "bad" in said
        assert war_room.last_run["refused"] == 1

    def test_while_xsiam_takes_nothing_nothing_is_put_aside(
        self, war_room: WarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        dataset = Dataset(war_room, monkeypatch)
        dataset.refusals = dict.fromkeys(range(1, 100), NotTakenError(400, '{"message": "bad"}'))
        assert "one by one: nothing is put aside" in str(war_room.execute("fetch-events").error)
        assert len(dataset.requests) < 50
        dataset.refusals = {}
        drain(war_room)
        assert_each_once(war_room, tenant.siem.visible())

    def test_off_for_a_week(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.siem.record("UserLogin")
        fetch(war_room)
        left = clock.now()
        clock.advance(7 * 24 * 3600)
        kept = tenant.siem.record("UserLogin", created=clock.now() - timedelta(hours=71))
        drain(war_room)
        assert ids(war_room)[1:] == [kept.id]
        gone = [text for text in war_room.instance.health if isinstance(text, str)]
        assert len(gone) == 1
        # What turned up in the last five minutes before is not certain either.
        assert at(left - timedelta(minutes=5))[:16] in gone[0]
        assert at(clock.now() - timedelta(hours=72))[:16] in gone[0]
        assert "gone for good" in gone[0]
        fetch(war_room)
        assert len([text for text in war_room.instance.health if isinstance(text, str)]) == 1

    def test_a_quiet_week_is_no_gap(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.siem.record("UserLogin")
        for _ in range(5):
            fetch(war_room)
            clock.advance(36 * 3600)
        assert not [text for text in war_room.instance.health if isinstance(text, str)]

    def test_without_the_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.MANAGE_SIEM_INTEGRATION})
        room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
        error = room.execute("fetch-events").error
        assert error
        assert "Manage SIEM integration" in error
        assert room.last_run["types"]["siem_events"]["position"], "the start is kept all the same"

    @pytest.mark.parametrize(
        ("params", "text"),
        [
            ({"fetch_types": "Events"}, "fetch_types"),
            ({"first_fetch": "soon"}, "first_fetch"),
            ({"first_fetch": "in 3 days"}, "first_fetch"),
            ({"look_back": "-1"}, "look_back"),
            ({"max_events_per_fetch": "many"}, "max_events_per_fetch"),
        ],
    )
    def test_parameters_that_cannot_be_used(
        self, params: dict, text: str, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        error = make_war_room(**params).execute("fetch-events").error
        assert error
        assert f"Error: {text}: " in error
        assert "Example" in error
        assert tenant.requests == []


def window_of(query: str) -> tuple[datetime, datetime]:
    given = dict(parse_qsl(query))
    start, end = (given[name].replace("Z", "+00:00") for name in ("fromDateTimeUtc", "toDateTimeUtc"))
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


class TestHabitsOfOtherServers:
    """What the API documents nothing about."""

    def test_a_window_may_be_an_hour_long(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        def too_long(method: str, path: str, query: str, body: Any) -> bool:
            return "siem-events" in path and window_of(query)[1] - window_of(query)[0] > timedelta(hours=1)

        tenant.siem.generate(200, over=timedelta(hours=20))
        tenant.faults.add(Fault(when=too_long, action=faults.status(400)))
        room = make_war_room(first_fetch="1 day", isFetchEvents=True)
        assert room.test() == "ok"
        drain(room)
        assert_each_once(room, tenant.siem.visible())

    def test_a_window_may_not_end_in_the_future(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        def ahead(method: str, path: str, query: str, body: Any) -> bool:
            return "siem-events" in path and window_of(query)[1] > clock.now() + timedelta(seconds=1)

        tenant.siem.generate(MANY, over=timedelta(hours=30))
        tenant.faults.add(Fault(when=ahead, action=faults.status(400)))
        drain(war_room)
        clock.advance(60)
        drain(war_room)
        assert_each_once(war_room, tenant.siem.visible())

    def test_the_first_run_had_a_wrong_clock_and_no_network(
        self, make_tenant: Callable[..., LocalTenant], room_on: Callable[..., WarRoom]
    ) -> None:
        clock = ManualClock(datetime.now(timezone.utc) - timedelta(days=100))
        tenant = make_tenant(clock=clock)
        room = room_on(tenant, timeout="5")
        fault = tenant.faults.add(Fault(action=faults.reset_before()))
        assert room.execute("fetch-events").error
        assert fault.hits
        tenant.faults.clear()
        event = tenant.siem.record("UserLogin", created=clock.now() - timedelta(minutes=1))
        drain(room)
        assert_each_once(room, [event])

    def test_an_outage_is_reported_once_and_its_error_each_time(
        self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        fetch(war_room, "incidents")
        tenant.faults.add(Fault(action=faults.status(403)))
        for _ in range(5):
            clock.advance(24 * 3600)
            assert "Manage SIEM integration" in str(war_room.execute("fetch-incidents").error)
        assert war_room.incidents == []
        tenant.faults.clear()
        for _ in range(3):
            fetch(war_room, "incidents")
        assert len(war_room.incidents) == 1

    def test_a_limit_that_was_reached_holds_for_every_call(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(action=faults.status(429, retry_after=3600)))
        run = war_room.execute("fetch-events")
        assert "3600 seconds" in str(run.error)
        assert len(tenant.requests) == 1


class TestIncidents:
    def test_an_incident_can_be_read_by_a_person(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        event = tenant.siem.antivirus_lost(device["deviceUid"])
        tenant.clock.advance(3600)
        fetch(war_room, "incidents")
        (incident,) = war_room.incidents
        assert incident["name"] == "Antivirus protection lost: LAB-0001"
        assert incident["severity"] == 2
        assert incident["occurred"] == at(event.occurred_at)
        assert incident["dbotMirrorId"] == event.id
        raw = json.loads(incident["rawJSON"])
        assert (raw["fetchType"], raw["deviceUid"], raw["deviceName"]) == ("SIEM event", device["deviceUid"], "LAB-0001")

    def test_routine_updates_are_none(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        tenant.siem.device_moved(uid, 1.0, 2.0, "Oslo", "Norway")
        tenant.siem.user_changed(uid, "CORP\\asmith")
        tenant.siem.logged_in("admin@example.com", "192.0.2.1", "Browser")
        for line in ("message-send message=Hello", "missing-report", "found-report"):
            run = war_room.run(f"!absolute-device-{line} device_names=LAB-0001")
            assert run.ok, run.error
        tenant.clock.advance(3600)
        fetch(war_room, "incidents")
        assert [incident["name"] for incident in war_room.incidents] == ["Device reported missing: LAB-0001"]

    @pytest.mark.parametrize(
        ("event_types", "names"),
        [
            ("*", {"DeviceLocationUpdated", "UserLogin"}),
            ("", {"DeviceLocationUpdated", "UserLogin"}),
            ("devicelocation*", {"DeviceLocationUpdated"}),
            ("*, !UserLogin", {"DeviceLocationUpdated"}),
            ("Nothing", set()),
        ],
    )
    def test_event_types(self, event_types: str, names: set[str], make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(event_types=event_types)
        tenant.siem.device_moved(tenant.devices.by_name("LAB-0001")["deviceUid"], 1.0, 2.0)
        tenant.siem.logged_in("admin@example.com", "192.0.2.1", "Browser")
        tenant.clock.advance(3600)
        fetch(room, "incidents")
        assert {json.loads(incident["rawJSON"])["eventType"] for incident in room.incidents} == names

    def test_the_limit_and_what_is_left_out(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_fetch="20", event_types="*Unprotected*")
        tenant.siem.generate(MANY, over=timedelta(hours=70))
        runs = drain(room, "incidents")
        wanted = [event.id for event in tenant.siem.visible() if "Unprotected" in event.fields["eventType"]]
        assert Counter(incident["dbotMirrorId"] for incident in room.incidents) == Counter(wanted)
        assert runs == -(-len(wanted) // 20)

    def test_a_partial_failure_keeps_the_incidents(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(fetch_types="SIEM events,Missing devices")
        tenant.siem.antivirus_lost(tenant.devices.by_name("LAB-0001")["deviceUid"])
        tenant.clock.advance(3600)
        tenant.faults.add(Fault(when="GET /v3/tracking", action=faults.status(403)))
        run = room.execute("fetch-incidents")
        assert run.ok, run.error
        assert len(room.incidents) == 1
        assert "Missing devices" in str(room.instance.health[-1])

    def test_compliance_findings_do_not_hold_up_events(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        """The limit is shared: with a backlog of what lasts, what expires comes all the same."""
        room = make_war_room(
            fetch_types="Non-compliant devices,SIEM events", first_fetch="3000 days", max_fetch="4", event_types=""
        )
        events = [tenant.siem.record("UserLogin") for _ in range(6)]
        for _ in range(3):
            fetch(room, "incidents")
        kinds = Counter(json.loads(incident["rawJSON"])["fetchType"] for incident in room.incidents)
        assert kinds == {"SIEM event": 6, "Non-compliant device": 6}
        assert {incident["dbotMirrorId"] for incident in room.incidents} >= {event.id for event in events}

    def test_missing_devices_have_a_name(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(fetch_types="Missing devices")
        uid = tenant.devices.by_name("LAB-0009")["deviceUid"]
        fetch(room, "incidents")
        before = len(room.incidents)
        room.run("!absolute-device-missing-report device_names=LAB-0009")
        for _ in range(3):
            tenant.clock.advance(400)
            fetch(room, "incidents")
        (incident,) = room.incidents[before:]
        assert incident["name"] == "Device reported missing: LAB-0009"
        assert incident["severity"] == 3
        assert json.loads(incident["rawJSON"])["deviceUid"] == uid

    def test_a_device_is_reported_when_it_stops_to_comply(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(fetch_types="Non-compliant devices", first_fetch="3000 days", max_fetch="1000")
        device = tenant.devices.by_name("LAB-0001")
        drain(room, "incidents")
        before = len(room.incidents)

        def becomes(status: str) -> list[str]:
            tenant.clock.advance(3600)
            now = at(tenant.clock.now())
            tenant.devices.update(device["deviceUid"], lastConnectedDateTimeUtc=now, **{"espInfo.encryptionStatus": status})
            tenant.clock.advance(3600)
            drain(room, "incidents")
            return [incident["name"] for incident in room.incidents[before:]]

        becomes("ENCR")
        before = len(room.incidents)
        assert becomes("INST") == ["Device not compliant: LAB-0001"]
        assert becomes("INST") == ["Device not compliant: LAB-0001"], "the report renews its rows; that is no news"
        becomes("ENCR")
        assert len(becomes("INST")) == 2, "it had complied in between"

    def test_off_for_a_week_is_an_incident(self, war_room: WarRoom, clock: ManualClock) -> None:
        fetch(war_room, "incidents")
        clock.advance(7 * 24 * 3600)
        drain(war_room, "incidents")
        drain(war_room, "incidents")
        (incident,) = war_room.incidents
        assert "could not be fetched" in incident["name"]
        assert "gone for good" in incident["details"]


class TestGetEvents:
    @pytest.mark.parametrize("form", ["{:%Y-%m-%dT%H:%M:%SZ}", "{:%Y-%m-%dT%H:%M:%S}", "{:%Y-%m-%dT%H:%M:%S+00:00}"])
    def test_dates_with_and_without_offset(self, form: str, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        wanted = tenant.siem.record("UserLogin", created=clock.now() - timedelta(minutes=90))
        tenant.siem.record("UserLogin", created=clock.now() - timedelta(minutes=20))
        start, end = (form.format(clock.now() - timedelta(minutes=minutes)) for minutes in (120, 60))
        run = war_room.run(f'!absolute-device-get-events start_date="{start}" end_date="{end}"')
        assert run.ok, run.error
        assert war_room.context.get("Absolute.Event.id") == wanted.id
        assert run.markdown.startswith("### Events: 1 between")

    def test_the_limit_is_said_and_the_state_untouched(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.siem.generate(MANY, over=timedelta(minutes=100))
        run = war_room.run('!absolute-device-get-events start_date="2 hours ago" limit=1200 event_types=!UserLogin')
        assert run.ok, run.error
        assert len(war_room.context.get("Absolute.Event")) == 1200
        assert "There are more: raise limit" in run.markdown
        assert war_room.last_run == {}
        assert war_room.events() == []

    def test_push(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        event = tenant.siem.record("UserLogin", created=tenant.clock.now() - timedelta(seconds=30))
        run = war_room.run('!absolute-device-get-events start_date="1 hour ago" should_push_events=true')
        assert run.ok, run.error
        assert ids(war_room) == [event.id]
        assert "Pushed to XSIAM: 1" in run.markdown

    def test_a_push_that_ends_early_says_how_far_it_came(
        self, war_room: WarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tenant.siem.generate(MANY, over=timedelta(minutes=30))
        dataset = Dataset(war_room, monkeypatch)
        dataset.refusals[3] = NotTakenError(500, "no")
        error = war_room.run('!absolute-device-get-events start_date="1 hour ago" limit=2500 should_push_events=true').error
        assert error
        assert "500 no" in error
        assert f"Run the command again. {len(ids(war_room))} of 2500 were pushed before." in error
        assert ids(war_room)

    def test_the_limit_counts_what_lies_in_the_time(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        second = (clock.now() - timedelta(hours=1)).replace(microsecond=0)
        for tenth in range(1, 9):
            tenant.siem.record("UserLogin", created=second + timedelta(milliseconds=100 * tenth))
        start, end = (at(second + timedelta(milliseconds=ms)) for ms in (500, 900))
        war_room.run(f"!absolute-device-get-events start_date={start} end_date={end} limit=3")
        assert [event["createdDateTimeUtc"][-4:] for event in war_room.context.get("Absolute.Event")] == ["500Z", "600Z", "700Z"]

    def test_a_time_without_end_takes_few_calls(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run('!absolute-device-get-events start_date=2001-01-01 end_date="in 10 years"')
        assert run.ok, run.error
        assert len(tenant.requests) < 100

    def test_none(self, war_room: WarRoom) -> None:
        assert "no proof that nothing happened" in war_room.run("!absolute-device-get-events").markdown

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ("start_date=whenever", "start_date"),
            ('start_date="1 hour ago" end_date="2 hours ago"', "start_date"),
            ("limit=0", "limit"),
            ("event_types=!", "event_types"),
            ("should_push_events=maybe", "should_push_events"),
        ],
    )
    def test_bad_arguments(self, arguments: str, name: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        error = war_room.run(f"!absolute-device-get-events {arguments}").error
        assert error
        assert f"Error: {name}: " in error
        assert tenant.requests == []


class TestTestButton:
    def test_ok(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.siem.record("UserLogin")
        assert make_war_room(isFetchEvents=True).test() == "ok"
        assert make_war_room(isFetch=True, fetch_types="SIEM events,Missing devices,Non-compliant devices").test() == "ok"

    def test_no_event_is_no_proof(self, make_war_room: MakeWarRoom) -> None:
        assert "no proof" in make_war_room(isFetchEvents=True).test()

    @pytest.mark.parametrize("when_off", ["refused", "empty"])
    def test_siem_switched_off(
        self, when_off: str, make_tenant: Callable[..., LocalTenant], room_on: Callable[..., WarRoom]
    ) -> None:
        tenant = make_tenant(when_off=when_off)
        tenant.siem.record("UserLogin")
        tenant.siem.enabled = False
        assert "SIEM integration" in room_on(tenant, isFetch=True).test()

    def test_a_missing_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_MISSING_DEVICE})
        credentials = {"identifier": token.id, "password": token.secret}
        room = make_war_room(isFetch=True, fetch_types="Missing devices", credentials=credentials)
        assert "View Missing Device" in room.test()

    def test_bad_parameters(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        assert "max_fetch" in make_war_room(isFetch=True, max_fetch="x").test()
        assert tenant.requests == []
