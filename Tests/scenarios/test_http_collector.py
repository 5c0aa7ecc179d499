"""Events through a custom HTTP log collector of XSIAM: never a gap, and a repeat only of what was sent without an answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar.http_collector import CollectorSettings, HttpCollector, UnansweredError
from local_xsoar.war_room import WarRoom
from local_xsoar.xsiam import NotTakenError

MakeWarRoom = Callable[..., WarRoom]
KEY = "not-a-real-key"
FETCHES = pytest.mark.parametrize("fetch", ["events", "incidents"])


class Dataset:
    """What the collector has taken. The first `trouble` requests end as `how` says; `bad` is a record that it never takes."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.trouble = 0
        self.how: Exception = UnansweredError()
        self.kept_all_the_same = False
        self.bad = ""

    def take(self, records: list[dict[str, Any]]) -> None:
        if self.trouble:
            self.trouble -= 1
            self.records += records if self.kept_all_the_same else []
            raise self.how
        if any(record["id"] == self.bad for record in records):
            raise NotTakenError(500, '{"error": "error processing request, error: failed to process the request"}')
        self.records += records

    @property
    def ids(self) -> list[str]:
        return [record["id"] for record in self.records]


@pytest.fixture
def dataset() -> Dataset:
    return Dataset()


@pytest.fixture
def collector(request: pytest.FixtureRequest, dataset: Dataset) -> Iterator[HttpCollector]:
    with HttpCollector(CollectorSettings(KEY, getattr(request, "param", "uncompressed")), dataset.take) as running:
        yield running


@pytest.fixture
def room(make_war_room: MakeWarRoom, collector: HttpCollector, fetch: str) -> WarRoom:
    return make_war_room(**{"isFetchEvents" if fetch == "events" else "isFetch": True}, max_fetch="20", **collector.params)


def drain(room: WarRoom, fetch: str) -> str:
    """Fetches until nothing is waiting; the last error."""
    error = ""
    for _ in range(60):
        run = room.execute(f"fetch-{fetch}")
        error = run.error or error
        if not run.ok or "nextTrigger" not in room.last_run:
            break
    return error


@FETCHES
@pytest.mark.parametrize("collector", ["uncompressed", "gzip"], indirect=True)
def test_every_event_arrives_once(room: WarRoom, tenant: LocalTenant, dataset: Dataset, clock: ManualClock, fetch: str) -> None:
    tenant.siem.generate(1_100, over=timedelta(hours=60))
    for _ in range(3):
        assert drain(room, fetch) == ""
        tenant.siem.record("UserLogin")
        clock.advance(60)
    drain(room, fetch)
    assert Counter(dataset.ids) == Counter(event.id for event in tenant.siem.visible())
    assert room.events() == []
    assert {record["source_log_type"] for record in dataset.records} == {"siem_events"}
    if fetch == "incidents":
        assert len({incident["dbotMirrorId"] for incident in room.instance.incidents}) == len(room.instance.incidents) > 20


@FETCHES
@pytest.mark.parametrize("kept", [False, True], ids=["lost", "kept"])
def test_what_had_no_answer_comes_again(
    room: WarRoom, tenant: LocalTenant, dataset: Dataset, clock: ManualClock, fetch: str, kept: bool
) -> None:
    tenant.siem.generate(1_100, over=timedelta(hours=60))
    dataset.trouble, dataset.kept_all_the_same = 1, kept
    error = room.execute(f"fetch-{fetch}").error
    said = f"{error} {room.instance.health}"
    assert "It is unknown whether XSIAM took the events" in said
    assert KEY not in said
    drain(room, fetch)
    seen = Counter(dataset.ids)
    assert set(seen) == {event.id for event in tenant.siem.visible()}
    assert max(seen.values()) == (2 if kept else 1)


@FETCHES
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "The key is not"),
        (404, "The URL is wrong"),
        (413, "larger"),
        (429, "400 requests per second"),
        (500, "Log Format JSON"),
    ],
)
def test_each_answer_is_explained_and_nothing_is_lost(
    room: WarRoom, tenant: LocalTenant, dataset: Dataset, fetch: str, status: int, advice: str
) -> None:
    event = tenant.siem.record("DeviceFrozen")
    dataset.trouble, dataset.how = 6, NotTakenError(status, "sorry")
    run = room.execute(f"fetch-{fetch}")
    said = f"{run.error} {room.instance.health}"
    assert f"XSIAM did not take the events: {status} " in said
    assert advice in said
    assert len(room.instance.incidents) == (fetch == "incidents")
    dataset.trouble = 0
    drain(room, fetch)
    assert dataset.ids == [event.id]
    assert len(room.instance.incidents) == (fetch == "incidents")


@FETCHES
@pytest.mark.parametrize("when", [0, 1_050])
def test_a_record_that_is_never_taken_holds_up_no_other(
    room: WarRoom, tenant: LocalTenant, dataset: Dataset, clock: ManualClock, fetch: str, when: int
) -> None:
    tenant.siem.generate(1_100, over=timedelta(hours=60))
    events = sorted(tenant.siem.visible(), key=lambda event: event.created)
    dataset.bad = events[when].id
    for _ in range(2):
        drain(room, fetch)
        clock.advance(60)
    assert Counter(dataset.ids).keys() == {event.id for event in events} - {dataset.bad}
    [said] = [text for text in room.instance.health if "Put aside" in str(text)]
    assert dataset.bad in said


@FETCHES
@pytest.mark.parametrize("requests", [1, 2, 7, 20])
def test_an_outage_that_looks_like_a_wrong_format_loses_nothing(
    room: WarRoom, tenant: LocalTenant, dataset: Dataset, clock: ManualClock, fetch: str, requests: int
) -> None:
    tenant.siem.generate(120, over=timedelta(hours=60))
    dataset.trouble, dataset.how = requests, NotTakenError(500, '{"error": "error processing request"}')
    for _ in range(4):
        drain(room, fetch)
    assert set(dataset.ids) == {event.id for event in tenant.siem.visible()}
    assert not [text for text in room.instance.health if "Put aside" in str(text)]


@pytest.mark.parametrize("fetch", ["incidents"])
def test_events_have_their_own_place(
    room: WarRoom, tenant: LocalTenant, dataset: Dataset, clock: ManualClock, fetch: str
) -> None:
    """Incidents are few at a time, and an event type may be left out of them; events do not wait for that."""
    tenant.siem.generate(1_100, over=timedelta(hours=60))
    room.execute("fetch-incidents")
    assert len(room.instance.incidents) == 20
    assert len(dataset.ids) == 1_100
    kept = room.last_run["collector"]
    room.instance.params = {name: value for name, value in room.instance.params.items() if not name.startswith("collector")}
    room.execute("fetch-incidents")
    assert room.last_run["collector"] == {name: value for name, value in kept.items() if name != "nextTrigger"}


def test_with_fetch_events_the_incidents_send_none(make_war_room: MakeWarRoom, tenant: LocalTenant, dataset: Dataset) -> None:
    with HttpCollector(CollectorSettings(KEY), dataset.take) as collector:
        room = make_war_room(isFetchEvents=True, isFetch=True, **collector.params)
        tenant.siem.record("DeviceFrozen")
        assert room.execute("fetch-incidents").ok
    assert (dataset.ids, len(room.instance.incidents)) == ([], 1)


class TestTestButton:
    @pytest.fixture
    def fetch(self) -> str:
        return "events"

    def test_the_address_is_tried_without_the_key(self, room: WarRoom, tenant: LocalTenant, dataset: Dataset) -> None:
        tenant.siem.record("UserLogin")
        assert room.execute("test-module").contents == "ok"
        assert dataset.ids == []

    @pytest.mark.parametrize(
        ("params", "said"),
        [
            ({"collector_url": "http://127.0.0.1:9/logs/v1/event"}, "Could not send events to the HTTP log collector"),
            ({"collector_url": "http://api-example.xdr.us.paloaltonetworks.com"}, "collector_url: .* is not https"),
            ({"collector_url": "https://api-example.com/logs/v1/xsiam"}, "not the address of an HTTP log collector"),
            ({"collector_url": "https://me:hush@api-example.com/"}, "not the address of an HTTP log collector"),
            ({"collector_url": "https://[::1"}, "is not a URL"),
            ({"collector_url": ""}, "collector_url: .*not its URL"),
            ({"collector_key": {"password": ""}}, "collector_key: .*not its key"),
            ({"collector_key": {"password": "two words"}}, "collector_key: it holds blanks"),
        ],
    )
    def test_what_cannot_be_right_is_said(
        self, make_war_room: MakeWarRoom, collector: HttpCollector, params: dict[str, Any], said: str, tenant: LocalTenant
    ) -> None:
        tenant.siem.record("UserLogin")
        room = make_war_room(**{"timeout": "5", **collector.params, **params})
        run = room.execute("test-module")
        text = str(run.contents or run.error)
        assert re.search(said, text), text
        assert "hush" not in text

    def test_the_path_may_be_left_out(self, make_war_room: MakeWarRoom, collector: HttpCollector, dataset: Dataset) -> None:
        room = make_war_room(**{**collector.params, "collector_url": collector.url.removesuffix("/logs/v1/event") + "/"})
        assert room.execute("absolute-device-get-events", {"push_test_record": "true"}).ok
        assert [record["source_log_type"] for record in dataset.records] == ["connection_test"]


@FETCHES
def test_events_are_pushed_there_too(room: WarRoom, tenant: LocalTenant, dataset: Dataset, fetch: str) -> None:
    event = tenant.siem.record("UserLogin")
    run = room.execute("absolute-device-get-events", {"start_date": "1 hour ago", "should_push_events": "true"})
    assert "Pushed to XSIAM: 1" in run.markdown
    assert dataset.ids == [event.id]


def test_a_test_record_proves_the_key(make_war_room: MakeWarRoom, collector: HttpCollector, dataset: Dataset) -> None:
    wrong = make_war_room(**{**collector.params, "collector_key": {"password": "another-key"}})
    error = wrong.execute("absolute-device-get-events", {"push_test_record": "true"}).error
    assert error
    assert "401" in error
    assert "another-key" not in error
    run = make_war_room(**collector.params).execute("absolute-device-get-events", {"push_test_record": "true"})
    assert "XSIAM took one record." in run.markdown
    assert len(dataset.ids) == 1
    assert dataset.ids[0] in run.markdown
