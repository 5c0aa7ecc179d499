"""What a fetch makes of the rows of each report, and what it reads from its parameters."""

import ctypes
import json
from datetime import datetime, timedelta, timezone
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

import Absolute
import AbsoluteClientApiModule
import AbsoluteFetchApiModule
import pytest
from Absolute import (
    EVERY_EVENT,
    FETCH_TYPES,
    RETENTION,
    SIEM_SOURCE,
    ArgumentError,
    EventFilter,
    IncidentSeverity,
    Row,
    change_rows,
    changes,
    compliance_incidents,
    event_device,
    event_name,
    event_settings,
    fetch_sources,
    first_fetch_time,
    gap_incident,
    gap_text,
    incident_settings,
    judge_event,
    milliseconds,
    missing_incidents,
    newly_non_compliant,
    parse_event_types,
    return_large_blocks,
    severity_of,
    siem_incidents,
    with_changes,
    xsiam_event,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
T = milliseconds(NOW)
MISSING, COMPLIANCE, _ = FETCH_TYPES
NOBODY: Any = None
PROPERTIES = "PropertyName[0]=avp.name;OldValue[0]=A;NewValue[0]=B=;C;PropertyName[1]=os;Value[1]=Windows;"


class TestChanges:
    @pytest.mark.parametrize(
        ("text", "old", "new"),
        [
            (PROPERTIES, {"avp_name": "A"}, {"avp_name": "B=;C", "os": "Windows"}),
            (PROPERTIES.removesuffix(";"), {"avp_name": "A"}, {"avp_name": "B=;C", "os": "Windows"}),
            ("PropertyName[0]= os ;OldValue[0]=7;NewValue[0]=;", {"os": "7"}, {}),
            ("PropertyName[0]=ip;NewValue[0]=1;PropertyName[1]=ip;NewValue[1]=2;", {}, {"ip": "1, 2"}),
            (
                "PropertyName[0]=a;Value[0]=x;PropertyName[y]=z;PropertyName[²]=z;",
                {},
                {"a": "x;PropertyName[y]=z;PropertyName[²]=z"},
            ),
            ("PropertyName[0]=a;Value[0]=x;PropertyName[1", {}, {"a": "x;PropertyName[1"}),
            ("PropertyName[y]=z;PropertyName[0]=a;Value[0]=x", {}, {"a": "x"}),
            ("PropertyName[0]=;Value[0]=x", {}, {}),
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

    def test_types_to_take_and_to_leave_out(self) -> None:
        parsed = parse_event_types(" *Unprotected* ; !UserLogin,, Device*\n! Device User*")
        assert parsed == EventFilter(("*unprotected*", "device*"), ("userlogin", "device user*"))
        types = ("DeviceBecameAVUnprotected", "UserLogin", "DeviceFrozen", "Device UserX", "Other")
        assert [parsed.takes({"eventType": name}) for name in types] == [True, False, True, False, False]
        assert [judge_event(EventFilter((), ("userlogin",)), {}, {"eventType": name}) for name in types[:2]] == [True, False]
        assert parse_event_types(None) == EVERY_EVENT
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
        [found] = siem_incidents(NOBODY, [Row(T, "5", self.EVENT)])
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
        assert siem_incidents(NOBODY, [Row(T, "5", data)])[0]["name"] == name

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
        full, short = compliance_incidents(NOBODY, [Row(T, "1", data), Row(T, "2", {"deviceUid": "d"})])
        assert json.loads(full.pop("rawJSON")) == {**data, "fetchType": "Non-compliant device"}
        assert full == {
            "name": "Device not compliant: LAB-1",
            "occurred": "2026-01-05T09:00:00.000Z",
            "severity": IncidentSeverity.MEDIUM,
            "dbotMirrorId": "1",
            "details": "AVP: on, observed off; AVP: on, observed off",
        }
        assert short["name"] == "Device not compliant: d"
        assert "details" not in short

    def test_what_was_lost(self) -> None:
        gap = (NOW - timedelta(days=5), NOW - RETENTION)
        text = (
            "SIEM events between 2025-12-31T09:00:00.000Z and 2026-01-02T09:00:00.000Z are gone for good: nothing was fetched in "
            "that time, and Absolute keeps them for 72 hours."
        )
        assert gap_text(SIEM_SOURCE, gap) == text
        found = gap_incident(SIEM_SOURCE, gap)
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
        assert {name: len(value) for name, value in known.items()} == {"d": 8, "e": 8}

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
        with pytest.raises(ArgumentError, match=r'^fetch_types: "X, y" is none of: Missing devices, Non-compliant devices, SI'):
            fetch_sources({"fetch_types": ["X", "SIEM events", "y"]})

    def test_settings_of_events(self) -> None:
        settings = event_settings({})
        assert (settings.sources, settings.look_back, settings.limit, settings.events) == (
            (SIEM_SOURCE,),
            timedelta(minutes=5),
            1_000_000,
            EVERY_EVENT,
        )
        assert event_settings({"max_events_per_fetch": "1", "look_back": "0"}).look_back == timedelta(0)
        assert event_settings({"look_back": "1440"}).look_back == timedelta(days=1)
        for params, name in (({"max_events_per_fetch": "0"}, "max_events"), ({"look_back": "1441"}, "look_back")):
            with pytest.raises(ArgumentError, match=f"^{name}"):
                event_settings(params)

    def test_settings_of_incidents(self) -> None:
        settings = incident_settings({"event_types": "*Wipe*", "fetch_types": "Missing devices"})
        assert (settings.sources, settings.limit, settings.events) == ((MISSING,), 50, EventFilter(("*wipe*",)))
        assert [incident_settings({"max_fetch": text}).limit for text in ("1", "10000")] == [1, 10_000]
        for text in ("0", "10001"):
            with pytest.raises(ArgumentError, match=r"^max_fetch"):
                incident_settings({"max_fetch": text})

    def test_how_far_back_the_first_run_reaches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW)
        assert first_fetch_time({"first_fetch": "2026-01-04T09:00:00Z"}) == timedelta(days=1)
        assert incident_settings({"first_fetch": "2026-01-04T09:00:00Z"}).first_fetch() == timedelta(days=1)
        for text in ("7 days", "7 days ago", "1 week"):
            assert first_fetch_time({"first_fetch": text}) == timedelta(days=7)
        for text, said in (("2026-01-05T09:00:01Z", "lies in the future"), ("3", "is no date that can be .*")):
            with pytest.raises(ArgumentError, match=rf'^first_fetch: "{text}" {said}\. Example: first_fetch=3 days$'):
                first_fetch_time({"first_fetch": text})

    def test_three_days_without_a_parameter(self) -> None:
        assert abs(first_fetch_time({}) - timedelta(days=3)) < timedelta(minutes=1)


class TestRuns:
    """One run over simulated sources; what happens between runs is in the integration's own state machine."""

    class Client(SimpleNamespace):
        skew_seconds, clock_known = 0.0, True

        def call(self, operation: Any, params: Any) -> dict[str, Any]:
            return {"data": []}

        def pages(self, operation: Any, params: Any) -> Any:
            self.asked.append(operation)
            if isinstance(self.content.get(operation), Exception):
                raise self.content[operation]
            yield self.content.get(operation, [])

    @pytest.fixture(autouse=True)
    def host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW)
        self.said: list[str] = []
        monkeypatch.setattr(Absolute.demisto, "error", self.said.append)

    def run(self, content: dict, last_run: Any = None, sources: Any = FETCH_TYPES, limit: int = 100) -> tuple[Any, list, list]:
        delivered: list[Any] = []
        saved: list[Any] = []
        client: Any = self.Client(content=content, asked=[])
        settings = Absolute.FetchSettings(sources, lambda: timedelta(hours=1), timedelta(minutes=5), limit)
        run = Absolute.FetchRun(client, settings, lambda source, rows: [one.id for one in rows], delivered.append, saved.append)
        return run.run(last_run), delivered, saved

    @staticmethod
    def events(*seconds_ago: int) -> list[dict[str, Any]]:
        return [{"id": str(ago), "createdDateTimeUtc": Absolute.ms_text(T - ago * 1000)} for ago in seconds_ago]

    def test_everything_of_every_type_and_then_the_state(self) -> None:
        missing = {"deviceUid": "d", "creationDateTimeUtc": Absolute.ms_text(T - 5000)}
        content = {SIEM_SOURCE.operation: self.events(9, 20), MISSING.operation: [missing]}
        run, delivered, saved = self.run(content)
        assert [batch for batch in delivered if batch] == [[f"d@{missing['creationDateTimeUtc']}"], ["20", "9"]]
        assert (run.delivered, run.more, run.problems, run.gaps) == (3, False, [], [])
        assert saved[-1] == run.state.to_dict()
        assert set(run.state.types) == {source.name for source in FETCH_TYPES}
        assert run.state.types["siem_events"].complete == T - 5 * 60_000
        assert saved[0]["types"]["siem_events"]["position"] == ["2026-01-05T08:00:00.000Z", ""]

    def test_a_type_that_fails_does_not_hold_up_the_others(self) -> None:
        content = {MISSING.operation: Absolute.ApiError("may not", 403, "NO"), SIEM_SOURCE.operation: self.events(9)}
        run, delivered, _ = self.run(content)
        assert run.problems == ["Missing devices: may not"]
        assert ["9"] in delivered

    def test_the_limit_holds_for_all_types_together(self) -> None:
        run, delivered, saved = self.run({SIEM_SOURCE.operation: self.events(9, 20)}, sources=(SIEM_SOURCE, MISSING), limit=2)
        assert (delivered, run.more) == ([["20", "9"]], True)
        assert saved[-1]["nextTrigger"] == "0"
        assert run.client.asked == [SIEM_SOURCE.operation]

    def test_without_an_answer_nothing_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(client: Any, operation: Any, params: Any) -> None:
            raise Absolute.TransportError("no way there", sent=False)

        monkeypatch.setattr(self.Client, "call", fail)
        run, delivered, saved = self.run({})
        assert (run.problems, delivered, run.client.asked, len(saved)) == (["no way there"], [], [], 1)

    def test_a_refused_look_at_the_clock_does_no_harm(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(client: Any, operation: Any, params: Any) -> None:
            raise Absolute.ApiError("may not", 403, "NO")

        monkeypatch.setattr(self.Client, "call", refuse)
        run, delivered, _ = self.run({SIEM_SOURCE.operation: self.events(9)}, sources=(SIEM_SOURCE,))
        assert (run.problems, [batch for batch in delivered if batch]) == ([], [["9"]])

    def test_a_gap_is_noted_once_and_logged(self) -> None:
        long_ago = Absolute.LastRun().with_progress("siem_events", Absolute.Progress((T - 100 * 3_600_000, "")))
        run, _, _ = self.run({SIEM_SOURCE.operation: self.events(9)}, long_ago.to_dict(), (SIEM_SOURCE,))
        gap = (NOW - timedelta(hours=100), NOW - timedelta(hours=72))
        assert run.gaps == [(SIEM_SOURCE, gap)]
        assert self.said == [f"[Fetch] {gap_text(SIEM_SOURCE, gap)}"]

    def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(AbsoluteFetchApiModule, "RUN_SECONDS", 0)
        run, delivered, saved = self.run({SIEM_SOURCE.operation: self.events(9)}, sources=(SIEM_SOURCE,))
        assert (delivered, run.more, saved[-1]["nextTrigger"]) == ([], True, "0")

    @pytest.mark.parametrize(("left", "batches"), [(0.5, 2), (0.0, 1)])
    def test_a_run_whose_time_ends_between_batches(self, left: float, batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        deadline = partial(Absolute.Deadline, clock=lambda: now[0])
        monkeypatch.setattr(AbsoluteFetchApiModule, "Deadline", deadline)
        client: Any = self.Client(content={SIEM_SOURCE.operation: self.events(*range(900, 900 + Absolute.BATCH + 1))}, asked=[])
        settings = Absolute.FetchSettings((SIEM_SOURCE,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        delivered: list[int] = []

        def prepare(source: Any, rows: list[Row]) -> list[Row]:
            now[0] = Absolute.RUN_SECONDS - left
            return rows

        run = Absolute.FetchRun(client, settings, prepare, lambda rows: delivered.append(len(rows)), lambda state: None)
        run.run({})
        assert ([count for count in delivered if count], run.more) == ([Absolute.BATCH, 1][:batches], batches == 1)

    def test_a_batch_that_is_not_taken_ends_the_type_and_is_not_saved(self) -> None:
        client: Any = self.Client(content={SIEM_SOURCE.operation: self.events(*range(900, 900 + Absolute.BATCH + 1))}, asked=[])
        settings = Absolute.FetchSettings((SIEM_SOURCE,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        tried: list[int] = []
        saved: list[Any] = []

        def refuse(rows: list[Row]) -> None:
            tried.append(len(rows))
            raise Absolute.DemistoException("the dataset is full")

        run = Absolute.FetchRun(client, settings, lambda source, rows: rows, refuse, saved.append).run({})
        assert (tried, run.problems, run.delivered) == ([Absolute.BATCH], ["SIEM events: the dataset is full"], 0)
        assert saved[-1] == saved[0]

    def test_the_last_batch_counts_too(self) -> None:
        client: Any = self.Client(content={}, asked=[])
        settings = Absolute.FetchSettings((SIEM_SOURCE,), lambda: timedelta(hours=1), timedelta(0), 10**6)

        def refuse(rows: list[Row]) -> None:
            raise Absolute.DemistoException("the dataset is full")

        run = Absolute.FetchRun(client, settings, lambda source, rows: rows, refuse, lambda state: None).run({})
        assert run.problems == ["SIEM events: the dataset is full"]

    def test_no_more_is_read_than_a_small_limit_needs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = self.events(*[3599] * 1500)

        def pages(client: Any, operation: Any, params: Any) -> Any:
            client.asked.append(params)
            created = Absolute.api_time(NOW - timedelta(seconds=3599))
            inside = dict(params)[SIEM_SOURCE.start] <= created <= dict(params)[SIEM_SOURCE.end]
            found = [{**row, "id": str(number)} for number, row in enumerate(rows) if inside]
            yield found[:1000]
            if found:
                yield found[1000:]

        monkeypatch.setattr(self.Client, "pages", pages)
        run, delivered, _ = self.run({}, sources=(SIEM_SOURCE,), limit=2)
        assert (delivered, run.more) == ([["0", "1"]], True)
        assert len(run.client.asked) <= 3, "the whole window, the first slice, and one ahead of it"

    def test_what_is_not_read_in_time_comes_with_the_next_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        monkeypatch.setattr(AbsoluteFetchApiModule, "Deadline", partial(Absolute.Deadline, clock=lambda: now[0]))

        def slow(client: Any, operation: Any, params: Any) -> Any:
            now[0] = Absolute.RUN_SECONDS
            yield []

        monkeypatch.setattr(self.Client, "pages", slow)
        run, delivered, _ = self.run({}, sources=(SIEM_SOURCE,))
        assert (delivered, run.more, run.problems) == ([], True, [])

    def test_only_the_first_run_asks_how_far_back(self) -> None:
        state = Absolute.LastRun().with_progress("siem_events", Absolute.Progress((T, "")))
        client: Any = self.Client(content={}, asked=[])
        settings = Absolute.FetchSettings((SIEM_SOURCE,), lambda: pytest.fail("asked"), timedelta(0), 9)
        run = Absolute.FetchRun(client, settings, lambda source, rows: rows, lambda rows: None, lambda state: None)
        assert run.run(state.to_dict()).problems == []

    @pytest.mark.parametrize("error", [OSError, AttributeError])
    def test_memory_is_given_back_where_the_c_library_can(self, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[tuple[int, int]] = []
        library = SimpleNamespace(mallopt=lambda *given: calls.append(given))
        monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
        return_large_blocks()
        assert calls == [(-3, 128 * 1024)]

        def another(name: Any) -> None:
            raise error

        monkeypatch.setattr(ctypes, "CDLL", another)
        return_large_blocks()

    def test_only_the_servers_own_object_is_made_ready_for_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[str] = []
        monkeypatch.setattr(AbsoluteFetchApiModule, "support_multithreading", lambda: calls.append("ready"))
        monkeypatch.delattr(Absolute.demisto, "_Demisto__do", raising=False)
        self.run({}, sources=(SIEM_SOURCE,))
        assert calls == []
        monkeypatch.setattr(Absolute.demisto, "_Demisto__do", print, raising=False)
        self.run({}, sources=(SIEM_SOURCE,))
        assert calls == ["ready"]

    def test_event_types_choose_among_events_only(self) -> None:
        events = [{**one, "eventType": kind} for one, kind in zip(self.events(9, 20), ("UserLogin", "DeviceFrozen"), strict=True)]
        missing = {"deviceUid": "d", "creationDateTimeUtc": Absolute.ms_text(T - 5000)}
        client: Any = self.Client(content={SIEM_SOURCE.operation: events, MISSING.operation: [missing]}, asked=[])
        settings = Absolute.FetchSettings(
            (MISSING, SIEM_SOURCE), lambda: timedelta(hours=1), timedelta(0), 9, EventFilter(("*frozen*",))
        )
        delivered: list[Any] = []
        Absolute.FetchRun(
            client, settings, lambda source, rows: [one.id for one in rows], delivered.append, lambda state: None
        ).run({})
        assert [batch for batch in delivered if batch] == [[f"d@{missing['creationDateTimeUtc']}"], ["20"]]
