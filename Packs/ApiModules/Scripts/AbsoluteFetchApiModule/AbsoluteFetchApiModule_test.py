"""What a fetch makes of the rows of each report, and what it reads from its parameters."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

import AbsoluteClientApiModule
import AbsoluteFetchApiModule
import pytest
from AbsoluteFetchApiModule import (
    named_requests,
    DAY_MS,
    INCIDENTS,
    FETCH_TYPES,
    HOUR_MS,
    SIEM_SOURCE,
    AbsoluteServer,
    ApiError,
    ArgumentError,
    EventFilter,
    IncidentSeverity,
    LastRun,
    Loss,
    OverfullError,
    Progress,
    Refusal,
    RepeatedCursorError,
    Row,
    Slice,
    change_rows,
    changes,
    digest,
    event_device,
    event_name,
    event_settings,
    fetch_sources,
    first_fetch_time,
    incident_settings,
    loss_incident,
    loss_text,
    milliseconds,
    missing_incidents,
    ms_text,
    newly_non_compliant,
    parse_event_types,
    progress_of_existing_pack,
    property_pattern,
    read_last_run,
    refusal_text,
    settings_by_product,
    severity_of,
    siem_incident,
    still_reported,
    with_changes,
    xsiam_event,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
T = milliseconds(NOW)
*INVENTORY, MISSING, COMPLIANCE, _ = FETCH_TYPES
NOBODY: Any = None
PROPERTIES = "PropertyName[0]=avp.name;OldValue[0]=A;NewValue[0]=B=;C;PropertyName[1]=os;Value[1]=Windows;"


class TestChanges:
    @pytest.fixture(autouse=True)
    def patterns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Made anew: they were made when the module was loaded."""
        monkeypatch.setattr(AbsoluteFetchApiModule, "INDEXED", property_pattern(r"\[[0-9]+\]"))
        monkeypatch.setattr(AbsoluteFetchApiModule, "WITHOUT_INDEX", property_pattern(""))

    @pytest.mark.parametrize(
        ("text", "old", "new"),
        [
            (PROPERTIES, {"avp_name": "A"}, {"avp_name": "B=;C", "os": "Windows"}),
            (PROPERTIES.removesuffix(";"), {"avp_name": "A"}, {"avp_name": "B=;C", "os": "Windows"}),
            ("PropertyName[0]= os ;OldValue[0]=7;NewValue[0]=;", {"os": "7"}, {}),
            (
                "PropertyName[0]=ip;OldValue[0]=8;NewValue[0]=1;PropertyName[1]=ip;OldValue[1]=9;NewValue[1]=2; \n",
                {"ip": "8, 9"},
                {"ip": "1, 2"},
            ),
            ("PropertyName[0]=a;b;Value[0]=x;PropertyName[1]=os;Value[1]=7", {}, {"os": "7"}),
            (
                "PropertyName[0]=a;Value[0]=x;PropertyName[y]=z;PropertyName[²]=z;",
                {},
                {"a": "x;PropertyName[y]=z;PropertyName[²]=z"},
            ),
            ("PropertyName[0]=a;Value[0]=x;PropertyName[1", {}, {"a": "x;PropertyName[1"}),
            ("PropertyName[y]=z;PropertyName[0]=a;Value[0]=x", {}, {"a": "x"}),
            ("PropertyName[0]=;Value[0]=x", {}, {}),
            ("PropertyName[0]=\x0ba;Value[0]=x;\xa0", {}, {"\x0ba": "x;\xa0"}),
            ("PropertyName=os;OldValue=7;NewValue=8;PropertyName=ip;Value=1;", {"os": "7"}, {"os": "8", "ip": "1"}),
            ("nonsense", {}, {}),
            (None, {}, {}),
        ],
    )
    def test_old_and_new_values(self, text: str | None, old: dict, new: dict) -> None:
        assert changes(text) == (old, new)

    def test_beside_the_original_fields(self) -> None:
        event: dict[str, Any] = {"id": "5", "objectProperties": PROPERTIES}
        beside = {"oldValues": {"avp_name": "A"}, "newValues": {"avp_name": "B=;C", "os": "Windows"}}
        assert with_changes(event) == {**event, **beside}
        assert with_changes({"id": "5"}) == {"id": "5"}

    def test_as_rows_of_a_grid(self) -> None:
        event = {"objectProperties": "PropertyName[0]=a;OldValue[0]=1;PropertyName[1]=b;NewValue[1]=2"}
        assert change_rows(event) == [
            {"property": "a", "oldvalue": "1", "newvalue": ""},
            {"property": "b", "oldvalue": "", "newvalue": "2"},
        ]


class TestEvents:
    def test_time_of_an_event_in_the_dataset(self) -> None:
        data = {"id": "5", "eventDateTimeUtc": "2026-01-05T08:00:00Z"}
        assert xsiam_event(SIEM_SOURCE, Row(T, "5", data)) == {
            **data,
            "_time": "2026-01-05T08:00:00.000Z",
            "source_log_type": "siem_events",
        }
        assert xsiam_event(MISSING, Row(T, "5", {}))["_time"] == "2026-01-05T09:00:00.000Z"

    def test_a_device_in_its_dataset_has_no_passcode(self) -> None:
        data = {"deviceUid": "u", "freezeStatus": {"passcode": "4815"}, "objectProperties": PROPERTIES}
        event = {"deviceUid": "u", "freezeStatus": {}, "objectProperties": PROPERTIES, "source_log_type": "devices"}
        assert xsiam_event(INVENTORY[0], Row(T, "u", data)) == event

    def test_types_to_take_and_to_leave_out(self) -> None:
        parsed = parse_event_types(" *Unprotected* ; !UserLogin,, Device*\n! Device User*")
        assert parsed == EventFilter(("*unprotected*", "device*"), ("userlogin", "device user*"))
        types = ("DeviceBecameAVUnprotected", "UserLogin", "DeviceFrozen", "Device UserX", "Other")
        assert [parsed.takes({}, {"eventType": name}) for name in types] == [True, False, True, False, False]
        assert [EventFilter((), ("userlogin",)).takes({}, {"eventType": name}) for name in types[:2]] == [True, False]
        assert parse_event_types(None) == EventFilter()
        with pytest.raises(ArgumentError, match=r"^event_types: there is a ! without an event type\. Example: event_types=\*Un"):
            parse_event_types("a, !")

    @pytest.mark.parametrize(
        ("event_type", "severity"),
        [
            ("DeviceWipeRequested", IncidentSeverity.HIGH),
            ("FileDeleteRequested", IncidentSeverity.HIGH),
            ("DeviceReportedStolen", IncidentSeverity.HIGH),
            ("DeviceReportedMissing", IncidentSeverity.HIGH),
            ("DeviceBecameAVUnprotected", IncidentSeverity.MEDIUM),
            ("DeviceUnenrolled", IncidentSeverity.MEDIUM),
            ("ScriptFailed", IncidentSeverity.MEDIUM),
            ("UserLogin", IncidentSeverity.LOW),
        ],
    )
    def test_severities(self, event_type: str, severity: float) -> None:
        assert severity_of(event_type) == severity

    @pytest.mark.parametrize(
        ("event_type", "name"),
        [
            ("DeviceFreezeRequested", "Device freeze requested"),
            ("AVPStatusChanged", "AVP status changed"),
            ("device_Name-changed", "device name changed"),
            ("UserLogin", "Console sign-in"),
            ("", ""),
        ],
    )
    def test_names_as_a_person_reads_them(self, event_type: str, name: str) -> None:
        assert event_name(event_type) == name

    def test_whom_an_event_is_about(self) -> None:
        event = {
            "actorObjectType": "User",
            "actorDisplayId": "u",
            "objectObjectType": " DEVICE ",
            "objectDisplayId": "d",
            "objectDisplayName": "LAB-1",
            "secondaryObjectType": "device",
            "secondaryObjectDisplayId": "e",
        }
        assert event_device(event) == ("d", "LAB-1")
        assert event_device({"secondaryObjectType": "Device"}) == ("", "")
        assert event_device({"secondaryObjectType": "Device", "secondaryObjectDisplayId": "e"}) == ("e", "")
        assert event_device({}) == ("", "")


class TestIncidents:
    EVENT: ClassVar[dict[str, Any]] = {
        "eventType": "DeviceFreezeRequested",
        "eventDateTimeUtc": "2026-01-05T08:00:00Z",
        "objectObjectType": "Device",
        "objectDisplayId": "d",
        "objectDisplayName": "LÄB-1",
        "objectProperties": "PropertyName[0]=a;NewValue[0]=2",
        "passcode": "4815",
    }

    def test_an_event(self) -> None:
        [found] = INCIDENTS["siem_events"](NOBODY, [Row(T, "5", self.EVENT)])
        raw = json.loads(found.pop("rawJSON"))
        assert found == {
            "name": "Device freeze requested: LÄB-1",
            "occurred": "2026-01-05T08:00:00.000Z",
            "severity": IncidentSeverity.MEDIUM,
            "dbotMirrorId": "5",
        }
        assert raw == {
            **{name: value for name, value in self.EVENT.items() if name != "passcode"},
            "newValues": {"a": "2"},
            "changes": [{"property": "a", "oldvalue": "", "newvalue": "2"}],
            "fetchType": "SIEM event",
            "deviceUid": "d",
            "deviceName": "LÄB-1",
        }

    @pytest.mark.parametrize(
        ("data", "name"),
        [
            ({"objectDisplayName": "Policy", "actorDisplayName": "Ann"}, "Absolute event: Policy"),
            ({"objectDisplayName": "", "actorDisplayName": "Ann"}, "Absolute event: Ann"),
            ({"eventType": "UserLogin"}, "Console sign-in"),
        ],
    )
    def test_names_of_events_without_a_device(self, data: dict, name: str) -> None:
        assert INCIDENTS["siem_events"](NOBODY, [Row(T, "5", data)])[0]["name"] == name

    def test_missing_devices_are_named_as_far_as_they_can_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def read_names(client: Any, device_uids: list[str]) -> tuple[dict[str, dict] | None, str]:
            asked.append((client, device_uids))
            return {"d": {"deviceName": "LAB-1"}}, ""

        monkeypatch.setattr(AbsoluteFetchApiModule, "read_names", read_names)
        rows = [Row(T, "1", {"deviceUid": "d", "status": "Open"}), Row(T + 1, "2", {"deviceUid": "e"})]
        one, two = missing_incidents("client", rows)  # type: ignore[arg-type]
        assert asked == [("client", ["d", "e"])]
        assert json.loads(one.pop("rawJSON")) == {
            "deviceUid": "d",
            "status": "Open",
            "fetchType": "Missing device",
            "deviceName": "LAB-1",
        }
        assert one == {
            "name": "Device reported missing: LAB-1",
            "occurred": "2026-01-05T09:00:00.000Z",
            "severity": IncidentSeverity.HIGH,
            "dbotMirrorId": "1",
        }
        assert two["name"] == "Device reported missing: e"
        assert json.loads(two["rawJSON"])["deviceName"] == ""
        monkeypatch.setattr(AbsoluteFetchApiModule, "read_names", lambda client, device_uids: (None, "may not"))
        assert missing_incidents(NOBODY, rows)[0]["name"] == "Device reported missing: d"

    def test_devices_that_are_not_compliant(self) -> None:
        reason = {"type": "AVP", "condition": "on", "observed": "off"}
        data: dict[str, Any] = {"deviceUid": "d", "deviceName": "LAB-1", "reasons": [reason, reason, 5]}
        rows = [Row(T, "1", data), Row(T, "2", {"deviceUid": "d"}), Row(T, "3", {})]
        full, short, unnamed = INCIDENTS["non_compliant_devices"](NOBODY, rows)
        assert json.loads(full.pop("rawJSON")) == {**data, "fetchType": "Non-compliant device"}
        assert full == {
            "name": "Device not compliant: LAB-1",
            "occurred": "2026-01-05T09:00:00.000Z",
            "severity": IncidentSeverity.MEDIUM,
            "dbotMirrorId": "1",
            "details": "AVP: on, observed off; AVP: on, observed off",
        }
        assert (short["name"], unnamed["name"]) == ("Device not compliant: d", "Device not compliant: ")
        assert "details" not in short

    def test_what_was_lost(self) -> None:
        loss = Loss("siem_events", T - 5 * DAY_MS, T - 3 * DAY_MS)
        text = (
            "SIEM events recorded from 2025-12-31T09:00:00.000Z to 2026-01-02T09:00:00.000Z, if there were any, are gone for "
            "good: Absolute deletes them after 72 hours, and they were not fetched before."
        )
        assert loss_text(loss) == text
        found = loss_incident(loss)
        assert json.loads(found.pop("rawJSON")) == {
            "fetchType": "Gap",
            "eventType": "FetchGap",
            "from": "2025-12-31T09:00:00.000Z",
            "to": "2026-01-02T09:00:00.000Z",
        }
        assert found == {
            "name": "Absolute: SIEM events of 2 days could not be fetched",
            "occurred": "2026-01-02T09:00:00.000Z",
            "severity": IncidentSeverity.LOW,
            "dbotMirrorId": "gap@2025-12-31T09:00:00.000Z",
            "details": text,
        }

    def test_what_was_refused(self) -> None:
        *others, last = (Refusal("siem_events", row_id, T, f"Answer: {row_id}.") for row_id in "345")
        assert "(of_later, recorded" in refusal_text(LastRun(refusals=(last._replace(name="of_later"),), refused=1))
        assert refusal_text(LastRun(refusals=(*others, last), refused=7)) == (
            "Put aside because they were refused: 7 so far. The latest is 5 (SIEM events, recorded 2026-01-05T09:00:00.000Z): "
            "Answer: 5."
        )

    @pytest.mark.parametrize(("ms", "said"), [(1, "less than a minute"), (60_000, "1 minute"), (3_600_000, "1 hour")])
    def test_how_much_was_lost(self, ms: int, said: str) -> None:
        assert loss_incident(Loss("siem_events", T, T + ms))["name"] == f"Absolute: SIEM events of {said} could not be fetched"


class TestCompliance:
    FAILING: ClassVar[dict[str, Any]] = {
        "deviceUid": "d",
        "compliant": False,
        "reasons": [{"type": "AVP", "condition": "on"}, {"type": "ESP", "condition": "on"}],
    }

    def test_a_device_is_news_when_it_fails_for_something_else(self) -> None:
        known: dict[str, str] = {}
        assert newly_non_compliant(known, self.FAILING)
        assert not newly_non_compliant(known, {**self.FAILING, "reasons": self.FAILING["reasons"][::-1]})
        assert newly_non_compliant(known, {**self.FAILING, "reasons": [{"type": "AVP", "condition": "on"}]})
        assert newly_non_compliant(known, {**self.FAILING, "reasons": [{"type": "AVP", "condition": "off"}]})
        assert newly_non_compliant(known, {**self.FAILING, "reasons": [{"type": "ESP", "condition": "off"}]})
        assert newly_non_compliant(known, {**self.FAILING, "deviceUid": "e"})
        assert {name: len(value) for name, value in known.items()} == {"d": 8, "e": 8}, "short, for the state"

    def test_a_device_that_has_left_the_fleet_is_forgotten(self) -> None:
        known: dict[str, str] = {"of 3.0.0": "cad6664a"}
        newly_non_compliant(known, {**self.FAILING, "lastCompliantUpdatedUtc": "2026-01-05T09:00:00Z"})
        for days, kept in ((0, {"d", "of 3.0.0"}), (29, {"d", "of 3.0.0"}), (30, {"of 3.0.0"})):
            assert set(still_reported(known, T + days * DAY_MS)) == kept
        aged = COMPLIANCE.remembered(known, T)
        assert aged["of 3.0.0"] == f"cad6664a {T // DAY_MS}"
        assert still_reported(aged, T) == aged
        assert still_reported(aged, T + 30 * DAY_MS) == {}
        assert not newly_non_compliant(dict(aged), {**self.FAILING, "lastCompliantUpdatedUtc": "2026-01-06T09:00:00Z"})

    def test_what_is_renewed_is_kept(self) -> None:
        known: dict[str, str] = {}
        for day in (5, 25):
            newly_non_compliant(known, {**self.FAILING, "lastCompliantUpdatedUtc": f"2026-01-{day:02}T09:00:00Z"})
        assert set(still_reported(known, T + 49 * DAY_MS)) == {"d"}

    def test_a_device_that_recovers_is_forgotten(self) -> None:
        known: dict[str, str] = {}
        newly_non_compliant(known, {**self.FAILING, "compliant": "FALSE"})
        assert newly_non_compliant(known, {**self.FAILING, "compliant": True}) is False
        assert known == {}
        assert newly_non_compliant(known, {"deviceUid": "d"}) is False
        assert newly_non_compliant(known, self.FAILING)


class TestParameters:
    def test_what_is_fetched(self) -> None:
        assert fetch_sources({}) == (SIEM_SOURCE,)
        assert fetch_sources({"fetch_types": "siem EVENTS, Missing devices"}) == (MISSING, SIEM_SOURCE)
        devices: list[dict[str, Any]] = [{"fetch_types": "Devices", "devices_interval": hours} for hours in ("1", 168, 0, "169")]
        assert [fetch_sources(params)[0].pause_ms // HOUR_MS for params in devices[:2]] == [1, 168]
        for params in devices[2:]:
            with pytest.raises(ArgumentError, match="^devices_interval"):
                fetch_sources(params)
        with pytest.raises(
            ArgumentError, match=r'^fetch_types: "X, y" is none of: Devices, Missing devices, Non-compliant devices, SI'
        ):
            fetch_sources({"fetch_types": ["X", "SIEM events", "y"]})

    def test_settings_by_dataset(self) -> None:
        settings = event_settings({"fetch_types": "Devices,SIEM events", "devices_interval": "2"})
        by_product = settings_by_product(settings)
        assert [*by_product] == ["Secure Endpoint", "Secure Endpoint Devices"], "what expires goes first"
        devices = by_product["Secure Endpoint Devices"]
        assert devices.first_fetch() > timedelta(days=365 * 25), "the whole fleet, whatever first_fetch says"
        assert {source.pause_ms for source in devices.sources} == {2 * HOUR_MS}
        assert [*settings_by_product(event_settings({}))] == ["Secure Endpoint"]
        with pytest.raises(ArgumentError, match="fetch_types: Devices make no incidents"):
            incident_settings({"fetch_types": "Devices"})

    @pytest.mark.parametrize(
        ("complete", "due"),
        [(0, True), (T - 2 * HOUR_MS, True), (T - 2 * HOUR_MS + 1, False), (T, False), (T + HOUR_MS, True)],
        ids=["never", "two hours ago", "less", "now", "in the future: a clock was wrong"],
    )
    def test_when_devices_are_due(self, complete: int, due: bool) -> None:
        source = INVENTORY[0]._replace(pause_ms=2 * HOUR_MS)
        assert source.due(Progress((0, ""), complete=complete), T) is due
        assert source.due(None, T)
        assert SIEM_SOURCE.due(Progress((0, ""), complete=T), T)

    def test_settings_of_events(self) -> None:
        settings = event_settings({})
        assert (settings.sources, settings.look_back, settings.limit) == ((SIEM_SOURCE,), timedelta(minutes=5), 1_000_000)
        assert event_settings({"max_events_per_fetch": "1", "look_back": "0"}).look_back == timedelta(0)
        assert event_settings({"look_back": "1440"}).look_back == timedelta(days=1)
        for name, text in (("max_events_per_fetch", "0"), ("max_events_per_fetch", "1000001"), ("look_back", "1441")):
            with pytest.raises(ArgumentError, match=f"^{name}"):
                event_settings({name: text})

    def test_settings_of_incidents(self) -> None:
        settings = incident_settings({"event_types": "*Wipe*", "fetch_types": "Missing devices,SIEM events"})
        assert (settings.sources[0], settings.limit) == (MISSING, 50)
        events = settings.sources[1]
        assert [events.judge({}, {"eventType": kind}) for kind in ("DeviceWiped", "UserLogin")] == [True, False]
        assert incident_settings({}).sources == (SIEM_SOURCE,), "every event, and the engine knows that it is"
        assert [incident_settings({"max_fetch": text}).limit for text in ("1", "10000")] == [1, 10_000]
        for text in ("0", "10001"):
            with pytest.raises(ArgumentError, match=r"^max_fetch"):
                incident_settings({"max_fetch": text})

    def test_how_far_back_the_first_run_reaches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW)
        assert first_fetch_time({"first_fetch": "2026-01-04T09:00:00Z"}) == timedelta(days=1)
        assert incident_settings({"first_fetch": "2026-01-04T09:00:00Z"}).first_fetch() == timedelta(days=1)
        assert first_fetch_time({"first_fetch": "now"}) == timedelta(0)
        for text in ("7 days", "7 days ago", "1 week"):
            assert first_fetch_time({"first_fetch": text}) == timedelta(days=7)
        for text, said in (("2026-01-05T09:00:01Z", "lies in the future"), ("3", "is no date that can be .*")):
            with pytest.raises(ArgumentError, match=rf'^first_fetch: "{text}" {said}\. Example: first_fetch=3 days$'):
                first_fetch_time({"first_fetch": text})

    def test_three_days_without_a_parameter(self) -> None:
        assert abs(first_fetch_time({}) - timedelta(days=3)) < timedelta(minutes=1)


class TestRows:
    @pytest.mark.parametrize(
        ("source", "start", "end"),
        [
            (SIEM_SOURCE, "2026-01-05T09:00:00.000Z", "2026-01-05T09:00:02.000Z"),
            (COMPLIANCE, "2026-01-05T08:59:59.999Z", "2026-01-05T09:00:02.001Z"),
        ],
    )
    def test_bounds_as_each_report_takes_them(self, source: Any, start: str, end: str) -> None:
        assert source.params(Slice(T, T + 2000)) == [(source.start, start), (source.end, end), ("pageSize", "1000")]

    def test_only_some_fields_are_asked_for(self) -> None:
        devices = INVENTORY[0]._replace(select=("deviceUid", "esn"))
        assert devices.params(Slice(T, T + 2000))[2:] == [("select", "deviceUid,esn"), ("pageSize", "500")]

    def test_which_rows_may_go_while_they_are_read(self) -> None:
        assert SIEM_SOURCE.steady_from(T) == T - 3 * DAY_MS + 600_000
        assert min(source.steady_from(T) for source in (MISSING, COMPLIANCE)) > T + 1000 * 366 * DAY_MS

    def test_rows_of_a_report(self) -> None:
        piece = Slice(T, T + 2000)
        data = {"deviceUid": "u", "creationDateTimeUtc": "2026-01-05T09:00:00.5Z"}
        assert MISSING.row(data, piece) == Row(T + 500, "u@2026-01-05T09:00:00.5Z", data)
        assert SIEM_SOURCE.row({"id": "5"}, piece) == Row(T + 1999, "5", {"id": "5"})
        without = MISSING.row({"deviceUid": "u"}, piece)
        assert without.id == MISSING.row({"deviceUid": "u"}, piece).id != MISSING.row({"deviceUid": "v"}, piece).id
        assert len(without.id) == 32
        assert SIEM_SOURCE.row({"a": 1, "b": 2}, piece).id == SIEM_SOURCE.row({"b": 2, "a": 1}, piece).id

    def test_half_a_character_is_no_obstacle(self) -> None:
        """An API that cuts its texts may cut a character that takes two UTF-16 units."""
        row = SIEM_SOURCE.row({"eventType": "DeviceFrozen", "objectDisplayName": "LAB \ud83d"}, Slice(0, 1000))
        assert row.id == digest(row.data)
        assert siem_incident(row)["rawJSON"].isascii()


class Pages:
    """A client that gives these pages, or fails with what stands among them."""

    skew_seconds = 60.0
    clock_known = answered = True

    def __init__(self, *pages: Any) -> None:
        self.content = pages
        self.calls: list[Any] = []

    def pages(self, operation: Any, params: Any) -> Iterator[list[dict[str, Any]]]:
        self.calls.append((operation, params))
        for page in self.content:
            if isinstance(page, Exception):
                raise page
            yield page

    def call(self, operation: Any, params: Any) -> dict[str, Any]:
        self.calls.append((operation, params))
        for page in self.content:
            raise page
        return {}


class TestServer:
    WIDE = Slice(T, T + 10_000)
    SECOND = Slice(T, T + 1000)

    @pytest.fixture(autouse=True)
    def host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: self.now)

    def server(self, *pages: Any) -> tuple[AbsoluteServer, Pages]:
        client: Any = Pages(*pages)
        return AbsoluteServer(client), client

    def test_its_time_is_absolutes(self) -> None:
        server, _ = self.server()
        assert (server.now(), server.clock_known, server.answered) == (NOW + timedelta(seconds=60), True, True)

    def test_pages_as_they_come(self) -> None:
        server, client = self.server([{"id": "1"}], [])
        assert list(server.pages(SIEM_SOURCE, self.WIDE)) == [[{"id": "1"}], []]
        assert client.calls == [(SIEM_SOURCE.operation, SIEM_SOURCE.params(self.WIDE))]

    @pytest.mark.parametrize("error", [RepeatedCursorError("again"), *(ApiError("x", status) for status in (400, 404, 409, 410))])
    def test_what_a_smaller_slice_may_cure(self, error: Exception) -> None:
        with pytest.raises(OverfullError, match=r"again|x"):
            list(self.server([], error)[0].pages(SIEM_SOURCE, self.WIDE))
        self.now += timedelta(hours=1)
        with pytest.raises(type(error)):
            list(self.server([], error)[0].pages(SIEM_SOURCE, self.SECOND))

    def test_what_it_does_not_cure(self) -> None:
        with pytest.raises(ApiError):
            list(self.server(ApiError("x", 503))[0].pages(SIEM_SOURCE, self.WIDE))

    def test_a_refused_second_that_is_not_over_is_empty(self) -> None:
        server, _ = self.server(ApiError("in the future", 400))
        self.now = NOW - timedelta(seconds=60) + timedelta(milliseconds=999)
        assert list(server.pages(SIEM_SOURCE, self.SECOND)) == []
        self.now += timedelta(milliseconds=1)
        with pytest.raises(ApiError):
            list(server.pages(SIEM_SOURCE, self.SECOND))


class TestLastRuns:
    def test_the_existing_pack_is_taken_over_once(self) -> None:
        old = {"latest_events_time": "2026-01-05T09:00:00Z", "latest_events_id": ["a", "b"]}
        migrated = Progress((T, ""), {"a": T, "b": T})
        assert progress_of_existing_pack(old) == migrated
        assert progress_of_existing_pack({**old, "latest_events_id": "a"}) == Progress((T, ""), {"a": T})
        assert progress_of_existing_pack({**old, "latest_events_id": None}) == Progress((T, ""))
        assert progress_of_existing_pack({"latest_events_id": ["a"]}) is None
        assert read_last_run(old) == LastRun({"siem_events": migrated})
        own = LastRun().with_progress("siem_events", Progress((T + 9, "z")))
        assert read_last_run({**old, **own.to_dict()}) == own

    @pytest.mark.parametrize("name", ["within the limit", "read to the end", "in the middle of the events", "nothing yet"])
    def test_those_of_version_3_0_0_are_read(self, name: str) -> None:
        kept = json.loads((Path(__file__).parent / "test_data" / "last_run_3_0_0.json").read_text("utf-8"))[name]
        read = read_last_run(kept)
        assert set(read.types) == set(kept["types"])
        for source, state in kept["types"].items():
            progress = read.types[source]
            assert [ms_text(progress.position[0]), progress.position[1]] == state["position"]
            assert set(progress.seen) == {row_id for ids in state["seen"].values() for row_id in ids}
            assert set(progress.known) == set(state["known"])
            assert (ms_text(progress.complete) if progress.complete else None) == state.get("complete")


class TestEventRequests:
    UID = "c0ffee00-1111-4222-8333-444455556666"

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            pytest.param({"secondaryObjectType": "WipeRequest", "secondaryObjectDisplayId": UID}, [UID], id="a party"),
            pytest.param(
                {"objectObjectType": "WipeRequest", "objectDisplayId": UID, "objectDisplayName": "Wipe-0003"},
                [UID, "Wipe-0003"],
                id="UID and number",
            ),
            pytest.param(
                {"objectProperties": f"PropertyName[0]=RequestUid;OldValue[0]=;NewValue[0]={UID};"}, [UID], id="a property"
            ),
            pytest.param(
                {"secondaryObjectType": "FreezeRequest", "secondaryObjectDisplayName": "IR 1"}, [], id="a title is no number"
            ),
            pytest.param({"objectObjectType": "Device", "objectDisplayId": UID}, [], id="a device"),
            pytest.param({"objectProperties": f"PropertyName[0]=DeviceUid;OldValue[0]=;NewValue[0]={UID};"}, [], id="no request"),
            pytest.param({}, [], id="nothing"),
        ],
    )
    def test_what_an_event_is_of(self, event: dict[str, Any], expected: list[str]) -> None:
        """
        Given: an event.
        When: it is looked which request it is of.
        Then: its UID and number are found wherever they stand, and the incident has them.
        """
        assert named_requests(event) == expected
        raw = json.loads(siem_incident(Row(T, "1", event))["rawJSON"])
        assert raw.get("request") == (", ".join(expected) or None)
