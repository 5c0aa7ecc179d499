"""GET /reporting/siem-events: what it answers, what makes events happen, and how many of them are held."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_absolute import Change, LocalTenant, ManualClock, Options, Party, SiemOptions, Token
from local_absolute.event_blocks import Block
from local_absolute.event_log import EventLog, Key, Order, Position
from local_absolute.events import Event, microseconds
from local_absolute.siem import window
from local_absolute.times import format_utc, parse_iso

SIEM_EVENTS = "/reporting/siem-events"
START = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SORTED: tuple[Order, ...] = ("oldest first", "newest first")
ORDERS: tuple[Order, ...] = ("shuffled", *SORTED)
AT_ONCE = SiemOptions(longest_device_delay=timedelta(), longest_console_delay=timedelta())


class Reader:
    """Reads events over HTTP."""

    def __init__(self, caller: Any, tenant: LocalTenant) -> None:
        self.caller = caller
        self.tenant = tenant

    def page(self, start: datetime, end: datetime, size: int = 1000, cursor: str = "") -> Any:
        params = {"fromDateTimeUtc": format_utc(start), "toDateTimeUtc": format_utc(end), "pageSize": str(size)}
        return self.caller.get(SIEM_EVENTS, **params, **({"nextPage": cursor} if cursor else {}))

    def walk(self, start: datetime, end: datetime, size: int = 1000) -> list[list[dict[str, str]]]:
        """Every page."""
        pages, cursor = [], ""
        while True:
            document = self.page(start, end, size, cursor).json()
            pages.append(document["data"])
            cursor = document["metadata"].get("pagination", {}).get("nextPage", "")
            if not cursor:
                return pages

    def all(self) -> list[dict[str, str]]:
        """Everything of the last 72 hours."""
        now = self.tenant.clock.now()
        rows = [row for page in self.walk(now - 72 * HOUR, now) for row in page]
        return sorted(rows, key=lambda row: row["createdDateTimeUtc"])

    def types(self) -> list[str]:
        return [row["eventType"] for row in self.all()]


@pytest.fixture
def reader(caller: Any, tenant: LocalTenant) -> Reader:
    return Reader(caller, tenant)


@pytest.fixture
def prompt(callers: Callable[..., Any], clock: ManualClock) -> Any:
    """A reader of a tenant whose events are recorded as soon as they happen."""
    with LocalTenant(devices=60, clock=clock, rate_limit=None, options=Options(siem=AT_ONCE)) as tenant:
        yield Reader(callers(tenant, tenant.tokens.create_symmetric()), tenant)


# On the wire ----------------------------------------------------------------------------------------------------------


def test_all_members_of_an_event(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    device = tenant.siem.device(tenant.devices[0]["deviceUid"])
    tenant.siem.record(
        "DeviceUserInformationUpdated",
        "Updated",
        actor=device,
        target=device,
        secondary=Party("Request", "R-1", "r1"),
        properties=(Change("UserName", "CORP\\asmith", "CORP\\jdoe"), Change("Note", 'a=b;c="d"')),
        created=clock.now() - timedelta(seconds=5),
        event_time=clock.now() - timedelta(minutes=7),
        id="6a6a6a6a-0000-4000-8000-000000000123",
    )
    assert reader.all() == [
        {
            "id": "6a6a6a6a-0000-4000-8000-000000000123",
            "eventType": "DeviceUserInformationUpdated",
            "verb": "Updated",
            "actorObjectType": "Device",
            "actorDisplayName": "LAB-0001",
            "actorDisplayId": tenant.devices[0]["deviceUid"],
            "objectObjectType": "Device",
            "objectDisplayName": "LAB-0001",
            "objectDisplayId": tenant.devices[0]["deviceUid"],
            "objectProperties": "PropertyName[0]=UserName;OldValue[0]=CORP\\jdoe;NewValue[0]=CORP\\asmith;"
            'PropertyName[1]=Note;OldValue[1]=;NewValue[1]=a=b;c="d";',
            "secondaryObjectType": "Request",
            "secondaryObjectDisplayName": "R-1",
            "secondaryObjectDisplayId": "r1",
            "createdDateTimeUtc": format_utc(clock.now() - timedelta(seconds=5)),
            "eventDateTimeUtc": format_utc(clock.now() - timedelta(minutes=7)),
        }
    ]


def test_members_without_value_are_absent(reader: Reader, tenant: LocalTenant) -> None:
    tenant.siem.record("Anything", "Done", properties="as=it;is")
    (row,) = reader.all()
    assert row.keys() == {"id", "eventType", "verb", "objectProperties", "createdDateTimeUtc", "eventDateTimeUtc"}
    assert row["objectProperties"] == "as=it;is"
    assert row["eventDateTimeUtc"] < row["createdDateTimeUtc"]


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("milliseconds", "2026-01-05T08:00:01.123Z"),
        ("seconds", "2026-01-05T08:00:01Z"),
        ("offset", "2026-01-05T08:00:01.123+00:00"),
        ("ticks", "2026-01-05T08:00:01.1234560Z"),
    ],
)
def test_times_can_be_written_in_several_ways(callers: Callable[..., Any], spelling: Any, text: str) -> None:
    clock = ManualClock(START + timedelta(seconds=2))
    with LocalTenant(devices=1, clock=clock, options=Options(siem=SiemOptions(timestamps=spelling))) as tenant:
        tenant.siem.record("X", created=START + timedelta(seconds=1, microseconds=123_456))
        (row,) = Reader(callers(tenant, tenant.tokens.create_symmetric()), tenant).all()
    assert row["createdDateTimeUtc"] == text


def test_mixed_spellings() -> None:
    written = {Event("", {}, time, time).record("mixed")["createdDateTimeUtc"][19:] for time in range(4)}
    assert written == {".000Z", "Z", ".000+00:00", ".0000030Z"}


# The window -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end", "found"), [(0, 0, True), (0, 9, True), (-9, 0, True), (1, 9, False), (-9, -1, False)])
def test_both_ends_are_in_the_window(
    reader: Reader, tenant: LocalTenant, clock: ManualClock, start: int, end: int, found: bool
) -> None:
    """The window's ends are milliseconds from the event; what lies below a millisecond does not count."""
    created = clock.now().replace(microsecond=123_999) - HOUR
    tenant.siem.record("X", created=created)
    rows = reader.page(created + timedelta(milliseconds=start), created + timedelta(milliseconds=end)).json()["data"]
    assert bool(rows) is found


def test_the_window_looks_at_the_creation_time(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    tenant.siem.record("X", created=clock.now() - HOUR, event_time=clock.now() - 5 * HOUR)
    assert reader.page(clock.now() - 6 * HOUR, clock.now() - 4 * HOUR).json()["data"] == []
    assert len(reader.page(clock.now() - 2 * HOUR, clock.now()).json()["data"]) == 1


def test_events_are_gone_after_72_hours(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    created = clock.now()
    tenant.siem.record("X")
    tenant.siem.generate(1000, over=HOUR)
    always = (created - 100 * HOUR, created + 100 * HOUR)
    assert len(reader.page(*always).json()["data"]) == 1000
    clock.advance(71.5 * 3600)
    assert 400 < tenant.siem.count(*always) < 600
    clock.advance(0.5 * 3600)
    assert [row["eventType"] for row in reader.page(*always).json()["data"]] == ["X"]
    clock.advance(0.001)
    assert reader.page(*always).json() == {"data": [], "metadata": {}}


def test_a_walk_that_began_earlier_gives_no_event_that_is_gone(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    now = clock.now()
    tenant.siem.generate(1000, over=72 * HOUR)
    for hours in range(72):
        tenant.siem.record("X", created=now - hours * HOUR)
    first = reader.page(now - 72 * HOUR, now, 100).json()
    clock.advance(12 * 3600)
    tenant.siem.record("X")
    rows, cursor = [], first["metadata"]["pagination"]["nextPage"]
    while cursor:
        document = reader.page(now - 72 * HOUR, now, 100, cursor).json()
        rows += document["data"]
        cursor = document["metadata"].get("pagination", {}).get("nextPage")
    assert min(row["createdDateTimeUtc"] for row in rows) >= format_utc(now - 60 * HOUR)
    given = {row["id"] for row in [*first["data"], *rows]}
    assert {event.id for event in tenant.siem.visible(end=now)} <= given
    assert len(given) == len(rows) + 100


def test_a_late_record_is_found_only_later(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    tenant.siem.record("Late", created=clock.now() - timedelta(minutes=1), visible_at=clock.now() + timedelta(minutes=3))
    tenant.siem.record("Coming", created=clock.now() + timedelta(minutes=2))
    tenant.siem.generate(100, over=timedelta(minutes=10), late=timedelta(minutes=4))
    assert 40 < len(reader.all()) == len(tenant.siem.visible()) < 80
    assert not {"Late", "Coming"} & set(reader.types())
    clock.advance(120)
    assert "Coming" in reader.types()
    clock.advance(59.999)
    assert "Late" not in reader.types()
    clock.advance(0.001)
    assert "Late" in reader.types()
    clock.advance(60)
    assert len(reader.all()) == 102


# Pages ----------------------------------------------------------------------------------------------------------------


def test_pages_come_in_no_order(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    tenant.siem.generate(500, over=HOUR)
    pages = [[row["createdDateTimeUtc"] for row in page] for page in reader.walk(clock.now() - HOUR, clock.now(), 100)]
    assert [len(page) for page in pages] == [100] * 5
    assert all(page != sorted(page) and page != sorted(page, reverse=True) for page in pages)
    assert all(max(page) > min(other) for page in pages for other in pages), "each page spreads over the window"


@pytest.mark.parametrize("order", SORTED)
def test_pages_can_be_sorted(callers: Callable[..., Any], clock: ManualClock, order: Order) -> None:
    with LocalTenant(devices=3, clock=clock, rate_limit=None, options=Options(siem=SiemOptions(order=order))) as tenant:
        tenant.siem.generate(200, over=HOUR)
        tenant.siem.generate(100, over=2 * HOUR)
        for minutes in range(0, 100, 7):
            tenant.siem.record("X", created=clock.now() - timedelta(minutes=minutes))
        reader = Reader(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        times = [row["createdDateTimeUtc"] for page in reader.walk(clock.now() - 3 * HOUR, clock.now(), 40) for row in page]
    assert len(times) == 315
    assert times == sorted(times, reverse=order == "newest first")


def test_a_cursor_is_bound_to_its_window_and_expires(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    now = clock.now()
    tenant.siem.generate(200, over=HOUR)
    cursor = reader.page(now - HOUR, now, 100).json()["metadata"]["pagination"]["nextPage"]
    assert reader.page(now - HOUR, now, 100, cursor).status_code == 200
    assert reader.page(now - 2 * HOUR, now, 100, cursor).status_code == 400
    assert reader.page(now - HOUR, now, 99, cursor).status_code == 400
    clock.advance(24 * 3600 + 1)
    refusal = reader.page(now - HOUR, now, 100, cursor)
    assert (refusal.status_code, refusal.json()["details"][0]["field"]) == (400, "nextPage")


def where(after: Position | Key | None) -> Position:
    assert isinstance(after, Position)
    return after


seconds = st.integers(0, 7200)
arrival = st.tuples(st.booleans(), seconds, st.integers(0, 300))


@settings(max_examples=60)
@given(
    recorded=st.lists(seconds, max_size=30),
    generated=st.lists(st.tuples(st.integers(1, 200), st.integers(1, 7200)), max_size=3),
    size=st.integers(1, 60),
    order=st.sampled_from(ORDERS),
    arrivals=st.lists(arrival, max_size=10),
)
def test_a_walk_gives_each_event_once_whatever_arrives(
    recorded: list[int],
    generated: list[tuple[int, int]],
    size: int,
    order: Order,
    arrivals: list[tuple[bool, int, int]],
) -> None:
    """Events created at the same moment, in the past (late) or in the future, single or generated."""
    clock = ManualClock(START)
    siem = LocalTenant(devices=2, clock=clock).siem
    for ago in recorded:
        siem.record("X", created=START - timedelta(seconds=ago))
    for count, over in generated:
        siem.generate(count, over=timedelta(seconds=over))
    siem.run(per_minute=30)
    clock.advance(60)
    whole = window(START - 3 * HOUR, START + 3 * HOUR)
    expected = Counter(event.id for event in siem.visible(end=START + 3 * HOUR))
    given_ids: list[str] = []
    position: Position | None = siem.log.start()
    while position:
        page = siem.log.page(whole, position, size, order)
        assert len(page.events) == size or not page.more
        given_ids += [event.id for event in page.events]
        assert len(given_ids) <= expected.total()
        position = where(page.after) if page.more else None
        if arrivals:
            single, ago, later = arrivals.pop()
            if single:
                moment = clock.now() - timedelta(seconds=ago)
                siem.record("Y", created=moment, visible_at=moment + timedelta(seconds=later))
            else:
                siem.generate(later, over=timedelta(seconds=ago + 1))
            clock.advance(later)
    assert Counter(given_ids) == expected


@pytest.mark.parametrize(("cursors", "expected"), [("snapshot", [2, 3]), ("key", [2, 3]), ("offset", [1, 2])])
def test_an_arrival_moves_rows_between_pages_only_by_option(
    callers: Callable[..., Any], clock: ManualClock, cursors: Any, expected: list[int]
) -> None:
    """The second page of two rows, after one more has arrived: its events' ages in minutes."""
    options = Options(siem=SiemOptions(order="newest first", cursors=cursors))
    with LocalTenant(devices=1, clock=clock, rate_limit=None, options=options) as tenant:
        reader = Reader(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        now = clock.now()
        for minute in range(4):
            tenant.siem.record("X", created=now - minute * MINUTE)
        first = reader.page(now - HOUR, now, 2).json()
        tenant.siem.record("Y", created=now)
        second = reader.page(now - HOUR, now, 2, first["metadata"]["pagination"]["nextPage"]).json()
    assert [row["createdDateTimeUtc"] for row in second["data"]] == [format_utc(now - minute * MINUTE) for minute in expected]


# Many events ----------------------------------------------------------------------------------------------------------


def test_a_million_events_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(START)
    siem = LocalTenant(devices=60, clock=clock).siem
    computed: list[int] = []
    compute = Block.event

    def counted(block: Block, place: int) -> Event:
        computed.append(place)
        return compute(block, place)

    monkeypatch.setattr(Block, "event", counted)
    tracemalloc.start()
    try:
        siem.generate(1_000_000, over=70 * HOUR)
        position: Position | None = siem.log.start()
        for _ in range(3):
            assert position
            page = siem.log.page(window(START - 72 * HOUR, START), position, 1000, "shuffled")
            position = where(page.after)
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert siem.count() == 1_000_000
    assert len(computed) == 3000, "only what is given is computed"
    assert memory < 8 * 2**20
    assert 3500 < siem.count(START - 20 * HOUR, START - 19 * HOUR) * 0.25 < 3600


def test_the_same_seed_generates_the_same_events() -> None:
    def generated(seed: int) -> list[dict[str, str]]:
        siem = LocalTenant(devices=5, clock=ManualClock(START)).siem
        siem.generate(50, over=HOUR, seed=seed)
        return [event.record() for event in siem.visible()]

    assert generated(1) == generated(1) != generated(2)


def test_generated_events_are_of_the_usual_kinds() -> None:
    clock = ManualClock(START)
    siem = LocalTenant(devices=60, clock=clock).siem
    siem.generate(3000, over=10 * HOUR)
    siem.generate(3000, over=10 * HOUR)
    events = siem.visible()
    assert len({event.id for event in events}) == 6000
    kinds = Counter(event.fields["eventType"] for event in events)
    assert kinds.keys() >= {"DeviceLocationUpdated", "DeviceSystemInformationUpdated", "UserLogin", "DeviceBecameAVUnprotected"}
    assert kinds["DeviceLocationUpdated"] > 10 * kinds["DeviceBecameAVUnprotected"] > 0
    times = Counter(event.created for event in events)
    assert max(times.values()) == 16, "some have the same creation time"
    for event in events:
        longest = timedelta(minutes=1 if event.fields["actorObjectType"] == "User" else 15)
        assert timedelta(0) < event.created_at - event.occurred_at <= longest


def test_events_at_a_rate(clock: ManualClock) -> None:
    siem = LocalTenant(devices=5, clock=clock).siem
    siem.run(per_minute=60)
    assert siem.count() == 0
    clock.advance(600)
    before = siem.visible()
    assert 584 <= len(before) <= 616
    siem.run(per_minute=6)
    clock.advance(600)
    assert 44 <= siem.count() - len(before) <= 76
    siem.run(per_minute=0)
    stopped = siem.visible()
    clock.advance(600)
    assert siem.visible() == stopped
    assert stopped[: len(before)] == before


def test_generated_events_need_devices(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="need devices"):
        LocalTenant(devices=0, clock=clock).siem.generate(1, over=HOUR)


def test_what_is_gone_for_good_is_forgotten(clock: ManualClock) -> None:
    log = EventLog(clock)
    for _ in range(100):
        log.add(Event("", {}, log.now(), log.now()), log.now())
        clock.advance(4 * 3600)
    assert log.count(window(clock.now() - 72 * HOUR, clock.now())) == 18
    assert len(log._recorded) < 40


# What happens ---------------------------------------------------------------------------------------------------------


def properties(row: dict[str, str]) -> str:
    return row["objectProperties"]


def test_a_device_moves(prompt: Reader) -> None:
    device = prompt.tenant.devices[0]
    uid, address = device["deviceUid"], device["geoData"]["location"]["geoAddress"]
    old = device["geoData"]["location"]["point"]
    prompt.tenant.siem.device_moved(uid, 48.8566, 2.3522, "Paris", "France")
    (row,) = prompt.all()
    assert (row["eventType"], row["verb"], row["objectDisplayName"]) == ("DeviceLocationUpdated", "Updated", "Device Location")
    assert (row["actorObjectType"], row["actorDisplayName"], row["actorDisplayId"]) == ("Device", "LAB-0001", uid)
    assert properties(row) == (
        f"PropertyName[0]=Latitude;OldValue[0]={old['y']};NewValue[0]=48.8566;"
        f"PropertyName[1]=Longitude;OldValue[1]={old['x']};NewValue[1]=2.3522;"
        f"PropertyName[2]=City;OldValue[2]={address['city']};NewValue[2]=Paris;"
        f"PropertyName[3]=CountryName;OldValue[3]={address['country']};NewValue[3]=France;"
    )
    (report,) = prompt.caller.devices(deviceUid=uid, select="geoData")
    location = report["geoData"]["location"]
    assert location["point"] == {"type": "Point", "x": 2.3522, "y": 48.8566, "coordinates": [2.3522, 48.8566]}
    assert location["geoAddress"] == {"city": "Paris", "country": "France"}
    assert location["lastUpdateDateTimeUtc"] == row["eventDateTimeUtc"]


def test_a_device_without_location_gets_one(prompt: Reader) -> None:
    device = prompt.tenant.devices.by_name("LAB-0008")
    prompt.tenant.siem.device_moved(device["deviceUid"], -33.9, 18.4, "Cape Town", "South Africa")
    (row,) = prompt.all()
    assert "OldValue[0]=;NewValue[0]=-33.9;" in properties(row)
    assert device["geoData"]["location"]["geoAddress"]["city"] == "Cape Town"


def test_what_devices_report(prompt: Reader, clock: ManualClock) -> None:
    siem, uid = prompt.tenant.siem, prompt.tenant.devices[0]["deviceUid"]
    siem.user_changed(uid, "CORP\\asmith")
    clock.advance(1)
    siem.addresses_changed(uid, public_ip="203.0.113.77")
    clock.advance(1)
    siem.antivirus_lost(uid)
    assert "avpInfo" not in prompt.tenant.devices[0]
    clock.advance(1)
    siem.antivirus_back(uid, "Contoso AV")
    user, addresses, lost, back = prompt.all()
    assert properties(user) == "PropertyName[0]=UserName;OldValue[0]=CORP\\jdoe;NewValue[0]=CORP\\asmith;"
    assert properties(addresses).startswith("PropertyName[0]=DeviceSystemInformationUpdated.PublicIpAddr;OldValue[0]=")
    assert properties(addresses).endswith(";NewValue[0]=203.0.113.77;")
    assert (lost["eventType"], lost["verb"]) == ("DeviceBecameAVUnprotected", "Unprotected")
    assert (lost["actorObjectType"], lost["objectDisplayName"], lost["objectDisplayId"]) == ("NA", "LAB-0001", uid)
    assert back["verb"] == "Protected"
    (report,) = prompt.caller.devices(deviceUid=uid, select="username,publicIp,avpInfo")
    assert (report["username"], report["publicIp"]) == ("CORP\\asmith", "203.0.113.77")
    assert report["avpInfo"]["antivirusName"] == "Contoso AV"


def test_a_user_logs_in(prompt: Reader) -> None:
    prompt.tenant.siem.logged_in("admin@example.com", "2001:db8::7", "Example/1.0 (a; b=c)")
    (row,) = prompt.all()
    assert (row["eventType"], row["verb"]) == ("UserLogin", "LoggedIn")
    assert (row["actorObjectType"], row["actorDisplayName"]) == ("User", "admin@example.com")
    assert properties(row) == (
        "PropertyName[0]=IpAddress;OldValue[0]=;NewValue[0]=2001:db8::7;"
        "PropertyName[1]=BrowserAgent;OldValue[1]=;NewValue[1]=Example/1.0 (a; b=c);"
    )


def test_unknown_devices(tenant: LocalTenant) -> None:
    with pytest.raises(KeyError):
        tenant.siem.antivirus_lost("c0ffee00-1111-4222-8333-444455556666")


def freeze(reader: Reader, uid: str) -> None:
    body = {
        "deviceUids": [uid],
        "requestTitle": "IR-1234",
        "freezeDefinition": {"deviceFreezeType": "OnDemand"},
        "passcodeDefinition": {"option": "RandomForAll"},
        "message": "m",
        "messageName": "n",
    }
    assert reader.caller.call("POST", "/actions/requests/freeze", body=body).status_code == 200


def test_a_freeze_from_request_to_release(prompt: Reader, token: Token, clock: ManualClock) -> None:
    uid = prompt.tenant.devices[0]["deviceUid"]
    freeze(prompt, uid)
    clock.advance(1200)
    assert prompt.caller.call("POST", "/actions/freeze/remove-freeze", body={"deviceUids": [uid]}).status_code == 202
    clock.advance(1200)
    rows = prompt.all()
    assert [row["eventType"] for row in rows] == [
        "DeviceFreezeRequested",
        "DeviceFrozen",
        "RemoveFreezeRequested",
        "DeviceUnfrozen",
    ]
    assert [row["actorDisplayName"] for row in rows] == [token.user, "LAB-0001", token.user, "LAB-0001"]
    assert [row["objectDisplayId"] for row in rows] == [uid] * 4
    assert [row["secondaryObjectDisplayName"] for row in rows] == ["IR-1234"] * 4
    request = next(iter(prompt.tenant.freeze.requests))
    assert [row["secondaryObjectDisplayId"] for row in rows] == [request] * 4


def test_a_freeze_that_fails_and_one_that_is_taken_back(prompt: Reader, clock: ManualClock) -> None:
    failing, waiting = (prompt.tenant.devices[index]["deviceUid"] for index in (0, 1))
    prompt.tenant.agents.reject_freeze(failing, "no space")
    freeze(prompt, failing)
    clock.advance(1200)
    freeze(prompt, waiting)
    clock.advance(0.001)
    prompt.caller.call("POST", "/actions/freeze/remove-freeze", body={"deviceUids": [waiting]})
    clock.advance(1200)
    assert set(prompt.types()) == {
        "DeviceFreezeRequested",
        "DeviceFreezeFailed",
        "RemoveFreezeRequested",
        "DeviceFreezeCanceled",
    }
    (failed,) = (row for row in prompt.all() if row["verb"] == "Failed")
    assert properties(failed) == "PropertyName[0]=Reason;OldValue[0]=;NewValue[0]=no space;"


@pytest.mark.parametrize(
    ("kind", "members", "types"),
    [
        ("unenroll", {}, ["UnenrollDeviceRequested", "UnenrollDeviceCompleted"]),
        ("wipe", {}, ["WipeRequested", "WipeSucceeded"]),
        ("file-delete", {"wipeType": "wipeAllUserFiles"}, ["DeleteFileRequested", "DeleteFileCompleted"]),
        ("eum", {"message": "m", "submitButtonCaption": "OK"}, ["SendMessageRequested", "SendMessageCompleted"]),
        ("reach", {}, ["RunScriptRequested", "RunScriptSucceeded"]),
    ],
)
def test_device_actions(
    prompt: Reader, token: Token, clock: ManualClock, kind: str, members: dict[str, Any], types: list[str]
) -> None:
    uid = prompt.tenant.devices[0]["deviceUid"]
    if kind == "reach":
        members = {"scriptUid": next(iter(prompt.tenant.script_library.scripts))}
    answer = prompt.caller.call("POST", f"/actions/requests/{kind}", body={"deviceUids": [uid], **members})
    assert answer.status_code == 200, answer.text
    clock.advance(1800)
    requested, ended = prompt.all()
    assert [requested["eventType"], ended["eventType"]] == types
    assert requested["actorDisplayName"] == token.user
    assert ended["actorObjectType"] == "System"
    request_uid = answer.json()["data"]["requestUid"]
    assert requested["secondaryObjectDisplayId"] == ended["secondaryObjectDisplayId"] == request_uid


def test_an_action_that_is_refused_is_no_event(prompt: Reader, clock: ManualClock) -> None:
    stolen = prompt.tenant.devices.by_name("LAB-0004")["deviceUid"]
    prompt.caller.call("POST", "/actions/requests/unenroll", body={"deviceUids": [stolen]})
    clock.advance(60)
    assert prompt.types() == []


def test_missing_and_found(prompt: Reader, token: Token, clock: ManualClock) -> None:
    body = {"deviceUids": [prompt.tenant.devices[0]["deviceUid"]]}
    contacts = {"emailContacts": ["soc@example.com"]}
    prompt.caller.call("POST", "/tracking/device-missing/missing", body={**body, **contacts})
    clock.advance(1)
    prompt.caller.call("POST", "/tracking/device-missing/found", body=body)
    missing, found = prompt.all()
    assert (missing["eventType"], found["eventType"]) == ("DeviceReportedMissing", "DeviceReportedFound")
    assert properties(missing) == "PropertyName[0]=EmailContacts;OldValue[0]=;NewValue[0]=soc@example.com;"
    assert missing["actorDisplayName"] == found["actorDisplayName"] == token.user


def test_events_are_recorded_some_time_after_they_happened(reader: Reader, tenant: LocalTenant, clock: ManualClock) -> None:
    happened = clock.now()
    for _ in range(50):
        tenant.siem.user_changed(tenant.devices[0]["deviceUid"], "CORP\\asmith")
        tenant.siem.logged_in("admin@example.com", "203.0.113.5", "Example/1.0")
    assert reader.all() == []
    clock.advance(60)
    assert reader.types().count("UserLogin") == 50
    clock.advance(14 * 60)
    rows = reader.all()
    assert len(rows) == 100
    assert {row["eventDateTimeUtc"] for row in rows} == {format_utc(happened)}
    latest = max(parse_iso(row["createdDateTimeUtc"]) for row in rows)
    assert timedelta(minutes=5) < latest - happened <= timedelta(minutes=15)


# The switch -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("when_off", "status"), [("refused", 403), ("empty", 200)])
def test_switched_off(callers: Callable[..., Any], clock: ManualClock, when_off: Any, status: int) -> None:
    with LocalTenant(devices=1, clock=clock, options=Options(siem=SiemOptions(when_off=when_off))) as tenant:
        reader = Reader(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        tenant.siem.record("X")
        tenant.siem.enabled = False
        answer = reader.page(clock.now() - HOUR, clock.now())
        assert answer.status_code == status
        assert answer.json().get("data", []) == []
        tenant.siem.enabled = True
        assert reader.types() == ["X"]


def test_microseconds() -> None:
    assert microseconds(START + timedelta(microseconds=1)) - microseconds(START) == 1
    assert Event("", {}, microseconds(START), microseconds(START)).created_at == START
