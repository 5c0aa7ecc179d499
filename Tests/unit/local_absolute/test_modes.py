"""The tenant's modes: where the real API answers in one of several ways. Each is looked at wherever it matters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_absolute import (
    ListOptions,
    LocalTenant,
    ManualClock,
    Options,
    Permission,
    QueryOptions,
    RecordOptions,
    SiemOptions,
    Token,
)
from local_absolute.event_log import RETENTION, Key, Order
from local_absolute.events import microseconds
from local_absolute.missing_devices import is_missing
from local_absolute.resources import ROUTES
from local_absolute.routes import Route
from local_absolute.siem import window
from local_absolute.times import format_utc

Params = dict[str, str]
Row = dict[str, Any]
REQUESTS: dict[str, dict[str, Any]] = {
    "unenroll": {},
    "wipe": {},
    "file-delete": {"wipeType": "wipeAllUserFiles"},
    "eum": {"message": "<p>x</p>", "submitButtonCaption": "OK"},
}


class Desk:
    """A tenant, and one who calls it."""

    def __init__(self, tenant: LocalTenant, caller: Callable[[LocalTenant, Token], Any]) -> None:
        self.tenant = tenant
        self._caller = caller
        self.me = caller(tenant, tenant.tokens.create_symmetric())

    def somebody(self, *permissions: Permission) -> Any:
        """One with these permissions only."""
        return self._caller(self.tenant, self.tenant.tokens.create_symmetric(permissions))

    def uid(self, name: str) -> str:
        return str(self.tenant.devices.by_name(name)["deviceUid"])

    def ask(self, path: str, caller: Any = None, **params: str) -> Any:
        """The answer of a reading operation; those that take devices in a body get the first one."""
        given = {**self.window(path), **params}
        if "/get-actions" in path:
            uids = [device["deviceUid"] for device in self.tenant.devices[:100]]
            return (caller or self.me).call("POST", path, given, {"deviceUids": uids})
        return (caller or self.me).get(path, **given)

    def window(self, path: str) -> Params:
        if not path.endswith("siem-events"):
            return {}
        now = self.tenant.clock.now()
        return {"fromDateTimeUtc": format_utc(now - RETENTION), "toDateTimeUtc": format_utc(now)}

    def walk(self, path: str, size: int) -> list[Any]:
        """The answers of a client that follows cursors until there is none, or one that it had."""
        pages, params = [], {"pageSize": str(size)}
        while True:
            pages.append(self.ask(path, **params).json())
            cursor = pages[-1]["metadata"].get("pagination", {}).get("nextPage")
            if cursor in (None, params.get("nextPage")):
                return pages
            params["nextPage"] = cursor

    def order(self, kind: str, *names: str) -> str:
        """Requests an action on the devices; the request's UID."""
        body = {"deviceUids": [self.uid(name) for name in names], **REQUESTS[kind]}
        answer = self.me.call("POST", f"/actions/requests/{kind}", body=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["requestUid"])

    def freeze(self, *names: str) -> str:
        body = {
            "deviceUids": [self.uid(name) for name in names],
            "requestTitle": "t",
            "freezeDefinition": {"deviceFreezeType": "OnDemand"},
            "passcodeDefinition": {"option": "RandomForAll"},
            "message": "m",
            "messageName": "n",
        }
        return str(self.me.call("POST", "/actions/requests/freeze", body=body).json()["data"]["requestUid"])

    def device(self, name: str, select: str) -> Row:
        (row,) = self.me.devices(deviceName=name, select=select)
        return dict(row)

    def fill(self) -> str:
        """Makes several rows in every list; the UID of a freeze of several devices."""
        for kind in REQUESTS:
            for name in ("LAB-0001", "LAB-0002", "LAB-0004"):
                self.order(kind, name)
        for number in range(3):
            self.me.call("POST", "/actions/freeze/messages", body={"name": f"m{number}", "content": "<p>x</p>"})
        for name in ("LAB-0001", "LAB-0002"):
            self.me.call("POST", "/tracking/device-missing/missing", body={"deviceUids": [self.uid(name)]})
        self.tenant.siem.generate(3, over=timedelta(hours=1))
        return self.freeze("LAB-0001", "LAB-0002", "LAB-0009")


@pytest.fixture
def desk(callers: Callable[..., Any], clock: ManualClock) -> Callable[..., Any]:
    """Opens a tenant with options."""

    @contextmanager
    def open_desk(options: Options, devices: int = 15, clock: ManualClock = clock) -> Iterator[Desk]:
        with LocalTenant(devices=devices, clock=clock, rate_limit=None, options=options) as tenant:
            yield Desk(tenant, callers)

    return open_desk


PAGED = (
    "/reporting/devices",
    "/reporting/devices-advanced",
    "/reporting/devices/compliance",
    "/reporting/applications",
    "/reporting/applications-advanced",
    "/reporting/siem-events",
    *(f"/actions/requests/{kind}" for kind in REQUESTS),
    *(f"/actions/{kind}/get-actions" for kind in REQUESTS),
    "/actions/freeze/messages",
    "/actions/freeze/requests/{requestUid}",
    "/actions/reach/scripts",
    "/tracking/device-missing/missing",
    "/configurations/device-groups/groups",
)
NOT_PAGED = ("/configurations/policy-groups", "/configurations/customfields/definitions")


def rows(pages: list[Any]) -> list[Row]:
    return [row for page in pages for row in page["data"]]


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGED)
def test_the_last_page(desk: Any, path: str) -> None:
    with desk(Options()) as plain, desk(Options(lists=ListOptions(last_page="empty pagination"))) as empty:
        for one, metadata in ((plain, {}), (empty, {"pagination": {}})):
            pages = one.walk(path.format(requestUid=one.fill()), 2)
            assert len(pages) > 1
            assert pages[-1]["data"]
            assert pages[-1]["metadata"] == metadata


@pytest.mark.parametrize("path", PAGED)
def test_the_cursor_is_repeated_by_an_empty_page(desk: Any, path: str) -> None:
    with desk(Options(lists=ListOptions(last_page="repeated cursor"))) as one:
        path = path.format(requestUid=one.fill())
        whole = one.walk(path, 500)
        assert len(whole) == 2, "one page of rows, and the empty one"
        for size in (1, 2, len(rows(whole)), 500):
            pages = one.walk(path, size)
            assert rows(pages) == rows(whole) or "siem" in path
            assert [bool(page["data"]) for page in pages] == [True] * (len(pages) - 1) + [False]
            assert pages[-1]["metadata"] == pages[-2]["metadata"] != {}


@pytest.mark.parametrize(
    "path", ["/reporting/devices", "/reporting/applications", "/reporting/siem-events", "/actions/requests/wipe"]
)
def test_a_list_without_rows_has_no_cursor_to_repeat(desk: Any, path: str) -> None:
    with desk(Options(lists=ListOptions(last_page="repeated cursor")), devices=0) as one:
        assert one.ask(path).json() == {"data": [], "metadata": {}}


@pytest.mark.parametrize("path", PAGED)
def test_the_largest_page(desk: Any, path: str) -> None:
    with desk(Options(query=QueryOptions(largest_page=500))) as one:
        path = path.format(requestUid=one.fill())
        refused = one.ask(path, pageSize="501")
        assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "pageSize")
        assert one.ask(path, pageSize="500").status_code == 200


def test_a_page_that_nobody_asked_for_is_no_larger(desk: Any) -> None:
    with desk(Options(query=QueryOptions(largest_page=4))) as one:
        assert [len(one.ask(path).json()["data"]) for path in ("/reporting/devices", "/reporting/devices/compliance")] == [4, 4]


@pytest.mark.parametrize(("cursors", "left_out", "twice"), [("key", 0, 0), ("offset", 1, 1)])
def test_what_comes_or_goes_between_two_pages(desk: Any, cursors: Any, left_out: int, twice: int) -> None:
    """Rows of one page behind each: another device in front, then one less."""
    with desk(Options(lists=ListOptions(cursors=cursors))) as one:
        query = {"sortBy": "deviceName", "pageSize": "5", "select": "deviceName"}
        first = one.me.get("/reporting/devices", **query).json()
        one.tenant.devices.add(deviceName="AAA")
        query["nextPage"] = first["metadata"]["pagination"]["nextPage"]
        second = one.me.get("/reporting/devices", **query).json()
        assert len([row for row in second["data"] if row in first["data"]]) == twice
        missing = {"pageSize": "1"}
        for name in ("LAB-0001", "LAB-0002", "LAB-0004"):
            one.me.call("POST", "/tracking/device-missing/missing", body={"deviceUids": [one.uid(name)]})
        seen = one.ask("/tracking/device-missing/missing", **missing).json()
        found = [row["deviceUid"] for row in seen["data"]]
        one.me.call("POST", "/tracking/device-missing/found", body={"deviceUids": found})
        missing["nextPage"] = seen["metadata"]["pagination"]["nextPage"]
        for _ in range(5):
            seen = one.ask("/tracking/device-missing/missing", **missing).json()
            found += [row["deviceUid"] for row in seen["data"]]
            if not seen["metadata"]:
                break
            missing["nextPage"] = seen["metadata"]["pagination"]["nextPage"]
        everything = {device["deviceUid"] for device in filter(is_missing, one.tenant.devices)} | {found[0]}
        assert len(everything - set(found)) == left_out


@pytest.mark.parametrize("sort", ["", "appName:desc"])
def test_offsets_in_the_applications_report(desk: Any, sort: str) -> None:
    with desk(Options(lists=ListOptions(cursors="offset"))) as one:
        params = {"select": "appId,deviceUid", **({"sortBy": sort} if sort else {})}
        whole = one.ask("/reporting/applications", pageSize="10000", **params).json()["data"]
        pages: list[Row] = []
        while True:
            page = one.ask("/reporting/applications", pageSize="20", **params).json()
            pages += page["data"]
            if not page["metadata"]:
                break
            params["nextPage"] = page["metadata"]["pagination"]["nextPage"]
        assert pages == whole


# Events ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cursors", "order", "lost"),
    [
        ("snapshot", "oldest first", False),
        ("key", "oldest first", False),
        ("key", "newest first", False),
        ("offset", "newest first", False),
        ("offset", "oldest first", True),
    ],
)
def test_events_that_expire_between_two_pages(desk: Any, clock: ManualClock, cursors: Any, order: Order, lost: bool) -> None:
    """Ten events pass their retention after the first page. The rows behind them are all given, but by an offset that counts
    from the oldest."""
    with desk(Options(siem=SiemOptions(order=order, cursors=cursors)), devices=1) as one:
        now = clock.now()
        expiring = {one.tenant.siem.record("Old", created=now - RETENTION + timedelta(seconds=second)).id for second in range(10)}
        kept = {one.tenant.siem.record("New", created=now - timedelta(minutes=minute)).id for minute in range(40)}
        params = {**one.window("/reporting/siem-events"), "pageSize": "5"}
        given: list[str] = []
        while True:
            page = one.me.get("/reporting/siem-events", **params).json()
            given += [row["id"] for row in page["data"]]
            clock.advance(60 if len(given) <= 5 else 0)
            if not page["metadata"]:
                break
            params["nextPage"] = page["metadata"]["pagination"]["nextPage"]
        assert max(Counter(given).values()) == 1
        assert bool(kept - set(given)) is lost
        assert set(given) <= kept | expiring


def test_keys_need_an_order() -> None:
    with pytest.raises(ValueError, match="no order"):
        SiemOptions(order="shuffled", cursors="key")


moments = st.lists(st.integers(0, 20), max_size=30)


@settings(max_examples=80)
@given(
    first=moments,
    generated=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), max_size=2),
    size=st.integers(1, 12),
    order=st.sampled_from(["oldest first", "newest first"]),
    changes=st.lists(st.tuples(moments, st.integers(0, 3)), max_size=6),
)
def test_a_walk_by_key_gives_once_what_is_there_throughout(
    first: list[int], generated: list[tuple[int, int]], size: int, order: Order, changes: list[tuple[list[int], int]]
) -> None:
    """Events lie at most 20 seconds within the retention, many at the same moment; some arrive and some expire meanwhile."""
    clock = ManualClock()
    tenant = LocalTenant(devices=2, clock=clock)
    begin = clock.now() - RETENTION
    for second in first:
        tenant.siem.record("X", created=begin + timedelta(seconds=second))
    clock.advance(20)
    for count, over in generated:
        tenant.siem.generate(count, over=timedelta(seconds=over))
    whole = window(begin, clock.now())
    there = {event.id for event in tenant.siem.visible()}
    given_ids: list[str] = []
    key: Key | None = None
    for _ in range(200):
        page = tenant.siem.log.page_behind(whole, key, size, order)
        given_ids += [event.id for event in page.events]
        assert len(page.events) == size or not page.more
        if not page.more:
            break
        assert isinstance(page.after, Key)
        key = page.after
        if changes:
            arrived, seconds = changes.pop()
            for second in arrived:
                tenant.siem.record("Y", created=begin + timedelta(seconds=20 + second))
            clock.advance(seconds)
    throughout = there & {event.id for event in tenant.siem.visible()}
    assert max(Counter(given_ids).values(), default=1) == 1
    assert throughout <= set(given_ids)


def test_a_walk_by_key_is_in_order(clock: ManualClock) -> None:
    tenant = LocalTenant(devices=2, clock=clock)
    tenant.siem.generate(500, over=timedelta(hours=2))
    tenant.siem.generate(300, over=timedelta(hours=1), seed=3)
    whole = window(clock.now() - RETENTION, clock.now())
    for order, step in (("oldest first", 1), ("newest first", -1)):
        times: list[int] = []
        key: Any = None
        while True:
            page = tenant.siem.log.page_behind(whole, key, 90, order)  # type: ignore[arg-type]
            times += [event.created for event in page.events]
            key = page.after
            if not page.more:
                break
        assert len(times) == 800
        assert times[::step] == sorted(times)
    assert microseconds(clock.now()) >= max(times)


# Without rows, without permission -------------------------------------------------------------------------------------


READS = [route for route in ROUTES if route.reads]
WRITES = [route for route in ROUTES if not route.reads]
ANY_UID = "00000000-0000-4000-8000-000000000000"


def path_of(route: Route, **uids: str) -> str:
    return route.template.format_map(defaultdict(lambda: ANY_UID, uids))


@pytest.mark.parametrize("path", ["/actions/requests/wipe", "/actions/freeze/messages", "/reporting/siem-events"])
def test_an_empty_list_can_have_no_content(desk: Any, path: str) -> None:
    with desk(Options(lists=ListOptions(empty=204))) as one:
        answer = one.ask(path)
        assert (answer.status_code, answer.content) == (204, b"")
        one.fill()
        one.tenant.clock.advance(3600)
        assert one.ask(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGED, *NOT_PAGED])
def test_a_list_without_permission_can_be_empty(desk: Any, path: str) -> None:
    refused, empty = Options(), Options(lists=ListOptions(unpermitted="empty"))
    for options, status in ((refused, 403), (empty, 200)):
        with desk(options) as one:
            asked = path.format(requestUid=one.fill())
            assert one.ask(asked).json()["data"]
            answer = one.ask(asked, one.somebody())
            free = path.startswith("/configurations/device-groups")
            assert answer.status_code == (200 if free else status)
            assert free or status == 403 or answer.json() == {"data": [], "metadata": {}}


def test_only_lists_are_empty_without_permission(desk: Any) -> None:
    """One thing that is asked for, and everything that is to be done, is refused as ever; nothing is done."""
    with desk(Options(lists=ListOptions(unpermitted="empty"))) as one:
        request = one.order("wipe", "LAB-0001")
        nobody = one.somebody()
        assert nobody.get(f"/actions/requests/wipe/{request}").status_code == 403
        before = len(one.tenant.actions.requests("wipe"))
        for route in WRITES:
            body = {"deviceUids": [one.uid("LAB-0001")]}
            assert nobody.call(route.method, path_of(route), body=body).status_code == 403, route.template
        assert len(one.tenant.actions.requests("wipe")) == before


def test_operations_that_answer_one_thing_are_known(desk: Any) -> None:
    """Everything that reads answers rows, or is marked as answering one thing."""
    with desk(Options()) as one:
        freeze = one.fill()
        known = {
            "deviceUid": one.uid("LAB-0001"),
            "cdfUid": one.tenant.custom_fields.by_name("Asset owner").uid,
            "scriptUid": next(iter(one.tenant.script_library.scripts)),
        }
        answered = 0
        for route in READS:
            kind = next((kind for kind in REQUESTS if kind in route.template.split("/")), "")
            request = one.tenant.actions.requests(kind)[0].uid if kind else freeze
            messages = one.tenant.message_templates if kind else one.tenant.freeze.messages
            answer = one.ask(path_of(route, **known, requestUid=request, messageUid=next(iter(messages))))
            if answer.status_code == 200 and answer.headers["Content-Type"] == "application/json":
                answered += 1
                assert isinstance(answer.json()["data"], list) is route.lists, route.template
        assert answered > 30


def test_nothing_is_said_of_the_rows_that_may_not_be_seen(desk: Any) -> None:
    """No cursor either."""
    with desk(Options(lists=ListOptions(unpermitted="empty", empty=204))) as one:
        assert one.ask("/reporting/devices", one.somebody(), pageSize="1").status_code == 204
    with desk(Options(lists=ListOptions(unpermitted="empty", last_page="repeated cursor"))) as one:
        assert one.ask("/reporting/devices", one.somebody(), pageSize="1").json() == {"data": [], "metadata": {}}


# Lag ------------------------------------------------------------------------------------------------------------------

LAG = 30


@pytest.fixture
def late(desk: Any) -> Iterator[Desk]:
    with desk(Options(lists=ListOptions(lag=timedelta(seconds=LAG)))) as one:
        yield one


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_listed_later(late: Desk, kind: str) -> None:
    def listed() -> list[str]:
        return [row["requestUid"] for row in late.ask(f"/actions/requests/{kind}").json()["data"]]

    def actions(uid: str) -> int:
        return len(late.ask(f"/actions/{kind}/get-actions/{uid}").json()["data"])

    first = late.order(kind, "LAB-0001")
    assert listed() == []
    assert actions(first) == 0
    assert late.me.get(f"/actions/requests/{kind}/{first}").json()["data"]["requestUid"] == first
    late.tenant.clock.advance(LAG - 10)
    second = late.order(kind, "LAB-0002")
    assert listed() == []
    late.tenant.clock.advance(10)
    assert (listed(), actions(first), actions(second)) == ([first], 1, 0)
    late.tenant.clock.advance(LAG - 10)
    assert (listed(), actions(second)) == ([first, second], 1)


def test_a_freeze_is_seen_later(late: Desk) -> None:
    request = late.freeze("LAB-0001")
    select = "deviceFreezeReportingStatuses"
    assert late.device("LAB-0001", select) == {select: []}
    assert late.ask(f"/actions/freeze/requests/{request}").json()["data"] == []
    late.tenant.clock.advance(LAG)
    assert late.device("LAB-0001", select) == {select: ["FreezeRequested"]}
    assert len(late.ask(f"/actions/freeze/requests/{request}").json()["data"]) == 1


def test_the_missing_are_listed_later_and_so_are_the_found(late: Desk) -> None:
    def missing() -> bool:
        found = late.ask("/tracking/device-missing/missing").json()["data"]
        return late.uid("LAB-0001") in [row["deviceUid"] for row in found]

    def reported() -> bool:
        return "deviceStatus" in late.device("LAB-0001", "deviceStatus")

    for path, shown in (("missing", False), ("found", True)):
        answer = late.me.call("POST", f"/tracking/device-missing/{path}", body={"deviceUids": [late.uid("LAB-0001")]})
        assert answer.json()["data"]["successDeviceUids"] == [late.uid("LAB-0001")]
        assert (missing(), reported()) == (shown, shown)
        late.tenant.clock.advance(LAG)
        assert (missing(), reported()) == (not shown, not shown)


def test_messages_are_listed_later(late: Desk) -> None:
    uid = late.me.call("POST", "/actions/freeze/messages", body={"name": "n", "content": "<p>x</p>"}).json()["data"]["messageUid"]
    assert late.ask("/actions/freeze/messages").json()["data"] == []
    assert late.me.get(f"/actions/freeze/messages/{uid}").status_code == 200
    late.tenant.clock.advance(LAG)
    assert len(late.ask("/actions/freeze/messages").json()["data"]) == 1
    assert late.me.call("DELETE", f"/actions/freeze/messages/{uid}").status_code == 204
    assert late.me.get(f"/actions/freeze/messages/{uid}").status_code == 404
    assert len(late.ask("/actions/freeze/messages").json()["data"]) == 1
    late.tenant.clock.advance(LAG)
    assert late.ask("/actions/freeze/messages").json()["data"] == []


def test_field_values_are_listed_later(late: Desk) -> None:
    path = f"/configurations/customfields/devices/{late.uid('LAB-0001')}"
    field = late.tenant.custom_fields.by_name("Asset owner").uid

    def listed() -> str:
        (value,) = [row["cdfFieldValue"] for row in late.ask(path).json()["data"] if row["cdfUid"] == field]
        return str(value)

    before = listed()
    assert late.me.call("PUT", path, body=[{"cdfUid": field, "cdfFieldValue": "Legal"}]).status_code == 202
    assert (listed(), late.ask(f"{path}/{field}").json()["data"]["cdfFieldValue"]) == (before, "Legal")
    late.tenant.clock.advance(LAG)
    assert listed() == "Legal"


def test_pages_of_the_past_follow_each_other(late: Desk) -> None:
    whole = rows(late.walk("/reporting/devices", 100))
    late.order("unenroll", "LAB-0001")
    assert rows(late.walk("/reporting/devices", 4)) == whole


def test_events_do_not_lag(late: Desk) -> None:
    late.order("wipe", "LAB-0001")
    late.tenant.siem.record("X")
    assert len(late.ask("/reporting/siem-events").json()["data"]) >= 1


# Records --------------------------------------------------------------------------------------------------------------


def test_the_only_full_system_name_that_was_seen(desk: Any) -> None:
    with desk(Options(records=RecordOptions(full_system_name="NAME.WORKGROUP"))) as one:
        assert one.device("LAB-0001", "fullSystemName") == {"fullSystemName": "LAB-0001.WORKGROUP"}
        assert len(one.me.devices(fullSystemName="LAB-0001.WORKGROUP")) == 1


def test_serial_numbers_that_were_moved(desk: Any) -> None:
    with desk(Options(records=RecordOptions(serial_numbers="moved"))) as one:
        numbers = [device["serialNumber"] for device in one.tenant.devices[:3]]
        assert numbers == ["SN000111_Moved", "SN000112", "SN000113_Moved"]
        assert one.me.devices(serialNumber="SN000111") == []
        assert len(one.me.devices(serialNumberStartsWith="SN000111")) == 1


@pytest.mark.parametrize(
    ("notation", "address"),
    [("colons", "00:00:5E:00:53:01"), ("dashes", "00-00-5E-00-53-01"), ("dots", "0000.5E00.5301"), ("0x", "0x00005E005301")],
)
def test_notations_of_mac_addresses(desk: Any, notation: Any, address: str) -> None:
    with desk(Options(records=RecordOptions(mac_addresses=notation))) as one:
        assert one.device("LAB-0001", "networkAdapters")["networkAdapters"][0]["macAddress"] == address
        (row,) = one.ask("/reporting/devices/compliance", macAddress=address).json()["data"]
        assert (row["deviceName"], row["macAddress"]) == ("LAB-0001", address)


def test_undocumented_encryption_codes(desk: Any) -> None:
    with desk(Options(records=RecordOptions(encryption_codes="undocumented")), devices=60) as one:
        found = one.me.devices(select="espInfo.encryptionStatus", pageSize="100")
        assert {row["espInfo"]["encryptionStatus"] for row in found if "espInfo" in row} == {"USENCR", ""}
        assert one.device("LAB-0001", "espInfo")["espInfo"]["encryptionStatus"] == "USENCR"


def test_records_are_the_same_but_for_their_spelling(desk: Any) -> None:
    spelling = RecordOptions("NAME.WORKGROUP", "moved", "0x", "undocumented")
    with desk(Options()) as plain, desk(Options(records=spelling)) as other:
        spelt = {"fullSystemName", "serialNumber", "networkAdapters", "espInfo", "bios"}
        for one, two in zip(plain.tenant.devices, other.tenant.devices, strict=True):
            assert {name: one[name] for name in one if name not in spelt} == {
                name: two[name] for name in two if name not in spelt
            }


# Firmware freeze ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "status", "code", "name"),
    [
        ("off", "Frozen", "FRZN", "Frozen"),
        ("named", "FrozenAtOS", "FRZN", "Frozen at OS"),
        ("coded", "FrozenAtOS", "FRZNOS", "Frozen at OS"),
    ],
)
def test_frozen_at_os(desk: Any, clock: ManualClock, mode: Any, status: str, code: str, name: str) -> None:
    with desk(Options(firmware_freeze=mode)) as one:
        request = one.freeze("LAB-0001", "LAB-0002")
        assert one.device("LAB-0001", "deviceFreezeReportingStatuses") == {"deviceFreezeReportingStatuses": ["FreezeRequested"]}
        clock.advance(1000)
        windows, mac = (
            one.device(device, "deviceFreezeStatus,deviceFreezeReportingStatuses,deviceFreezeActionStatus")
            for device in ("LAB-0001", "LAB-0002")
        )
        frozen = windows["deviceFreezeStatus"]
        assert (frozen["statusCode"], frozen["displayStatusCode"], frozen["statusName"]) == (code, code, name)
        assert windows["deviceFreezeReportingStatuses"] == [status]
        (freeze,) = windows["deviceFreezeActionStatus"]["statuses"]
        assert (freeze["status"]["status"], freeze["status"]["score"]) == (status, 300)
        assert (mac["deviceFreezeStatus"]["statusCode"], mac["deviceFreezeReportingStatuses"]) == ("FRZN", ["Frozen"])
        actions = one.ask(f"/actions/freeze/requests/{request}").json()["data"]
        by_device = {action["deviceUid"]: action for action in actions}
        action = by_device[one.uid("LAB-0001")]
        assert (action["actionStatus"], action["statuses"][-1]["status"]) == ("Completed", status)
        one.me.call("POST", "/actions/freeze/remove-freeze", body={"deviceUids": [one.uid("LAB-0001")]})
        clock.advance(1000)
        assert "deviceFreezeStatus" not in one.device("LAB-0001", "deviceFreezeStatus")
