"""What the pack does does not come back as cases: two cases of one device, and events that a case has caused."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import Library, PlatformModules, PlaybookRun, WarRoom, incidents
from scenarios.playbooks.conftest import Desk
from scenarios.test_incident_content import TYPES, classify, fields_of, mapped

LOST, TRIAGE, FIND = "Absolute - Lost or Stolen Device", "Absolute - Device Event Triage", "Absolute - Find Open Case"
JOB = "JOB - Absolute - Silent Devices"
LOST_TYPE = "Absolute Lost or Stolen Device"
ASK_ANALYST, GO_ON = "Confirm with the analyst", "Go on with the case"
# Nobody is asked for anything: what a stolen device needs at night.
UNATTENDED: dict[str, Any] = {
    "Confirm_report": "false", "Require_approval": "false", "Wipe_device": "Yes",
    "Update_device_fields": "false", "Follow_hours": "1", "Follow_interval_minutes": "10",
}  # fmt: skip
CLOSED = 2
FETCH_SECONDS = 300


@pytest.fixture(autouse=True)
def laptop(tenant: LocalTenant) -> str:
    """LAB-0001 can be wiped."""
    uid = str(tenant.devices.by_name("LAB-0001")["deviceUid"])
    tenant.devices.update(uid, **{"espInfo.encryptionStatus": "ENCR"})
    return uid


@dataclass(eq=False)
class Soc:
    """A server on which everything runs by itself: what is fetched becomes an incident, whose playbook starts at once."""

    desk: Desk
    wait: Callable[[float], object]
    fetches: bool = False
    runs: list[PlaybookRun] = field(default_factory=list)

    def pass_time(self, seconds: float) -> None:
        """While a playbook waits, the fetch runs."""
        while seconds > FETCH_SECONDS and self.fetches:
            self.wait(FETCH_SECONDS)
            seconds -= FETCH_SECONDS
            self.fetch()
        self.wait(seconds)

    def fetch(self) -> None:
        known = len(self.desk.room.incidents)
        assert self.desk.room.execute("fetch-incidents").ok
        for fetched in self.desk.room.incidents[known:]:
            self.open(fetched)

    def open(self, fetched: dict[str, Any]) -> None:
        raw = json.loads(fetched["rawJSON"])
        kind = classify(raw)
        by_name = {name: cli_name for cli_name, name in fields_of(kind).items()}
        fields = {by_name[name]: value for name, value in mapped(raw).items()}
        self.run(TYPES[kind]["playbookId"], {**fetched, "type": kind, **fields}, **(UNATTENDED if kind == LOST_TYPE else {}))

    def run(self, playbook: str, fields: dict[str, Any], **inputs: Any) -> PlaybookRun:
        self.fetches, before = False, self.fetches  # the incidents of a fetch are worked through before the next one
        run = self.case(fields).play(playbook, **inputs)
        self.fetches = before
        self.runs.append(run)
        return run

    def case(self, fields: dict[str, Any]) -> Desk:
        return Desk(self.desk.library, self.desk.room.open_incident(**fields), self.desk.runs)

    def of(self, playbook: str) -> list[PlaybookRun]:
        return [run for run in self.runs if run.playbook == playbook]


@pytest.fixture
def soc(
    library: Library,
    make_war_room: Callable[..., WarRoom],
    platform_modules: PlatformModules,
    clock: ManualClock,
    runs: list[PlaybookRun],
) -> Soc:
    room = make_war_room(isFetch=True, fetch_types="SIEM events,Missing devices", first_fetch="1 hour", event_types="")
    soc = Soc(Desk(library, room, runs), clock.advance)
    soc.desk.room = WarRoom(room.integration, room.instance.params, platform_modules, wait=soc.pass_time)
    return soc


def wipes(tenant: LocalTenant) -> int:
    return len(tenant.calls("POST /v3/actions/requests/wipe"))


def lost(laptop: str, **fields: Any) -> dict[str, Any]:
    return {"name": "Laptop lost", "type": LOST_TYPE, "deviceid": laptop, **fields}


def test_a_case_meets_nothing_of_its_own(soc: Soc, tenant: LocalTenant, clock: ManualClock, laptop: str) -> None:
    soc.fetch()
    soc.runs.clear()
    case = soc.case(lost(laptop))
    soc.fetches = True
    run = case.play(LOST, **UNATTENDED)
    assert run.ok, run.error or run.waiting
    soc.pass_time(timedelta(hours=1).total_seconds())
    assert wipes(tenant) == 1
    assert len(soc.of(LOST)) == 1, "the report that the case made is fetched once"
    assert len(soc.of(TRIAGE)) >= 5
    assert [one.incident["name"] for one in soc.runs if one.incident["status"] != CLOSED] == []
    assert all(one.incident["closeReason"] == "Duplicate" for one in soc.of(LOST))
    assert {one.context.get("TriageVerdict") for one in soc.of(TRIAGE)} == {"Own act"}
    own = case.room.investigation
    assert set(own.incident["linkedIncidents"]) == {str(one.incident["id"]) for one in soc.runs}
    noted = [entry["Contents"] for entry in own.entries.values() if "Event of this case" in str(entry.get("Contents"))]
    assert len(noted) == len(soc.of(TRIAGE))
    assert own.incident["status"] != CLOSED


# ------------------------------------------------------------------------------------------ whose act an event tells of


def fetched(soc: Soc, event_type: str, request_uid: str = "") -> dict[str, Any]:
    """The last incident that the fetch makes of an event of the type, with the fields that the mapper fills."""
    soc.wait(180)
    assert soc.desk.room.execute("fetch-incidents").ok
    raws = [(one, json.loads(one["rawJSON"])) for one in soc.desk.room.incidents]
    incident, raw = [(one, raw) for one, raw in raws if raw.get("eventType") == event_type and request_uid in one["rawJSON"]][-1]
    by_name = {name: cli_name for cli_name, name in fields_of(classify(raw)).items()}
    return {**incident, "type": classify(raw), **{by_name[name]: value for name, value in mapped(raw).items()}}


FREEZE = "absolute-device-freeze-request message_name=lock html_message=<p>Locked</p> request_name=IR"


@pytest.fixture
def case(soc: Soc, laptop: str) -> Desk:
    """An open case that has frozen LAB-0001 and reported it missing."""
    soc.desk.room.execute("fetch-incidents")
    case = soc.case(lost(laptop))
    for command in ("absolute-device-missing-report", FREEZE):
        assert case.room.run(f"!{command} device_ids={laptop}").ok
    return case


def verdict(soc: Soc, fields: dict[str, Any]) -> str:
    run = soc.run(TRIAGE, fields)
    assert run.ok, run.error or run.waiting
    assert (run.incident["status"] == CLOSED) == (run.context.get("TriageVerdict") in ("Own act", "Routine", "Settled"))
    return str(run.context.get("TriageVerdict"))


OWN, LEFT = "Own act", "Analyst"


@pytest.mark.parametrize("event_type", ["DeviceReportedMissing", "DeviceFreezeRequested", "DeviceFrozen"])
def test_an_event_of_an_open_case_is_added_to_it(
    event_type: str, soc: Soc, tenant: LocalTenant, clock: ManualClock, case: Desk
) -> None:
    clock.advance(timedelta(minutes=20).total_seconds())
    assert verdict(soc, fetched(soc, event_type)) == OWN
    (noted,) = [entry for entry in case.room.investigation.entries.values() if "Event of this case" in str(entry.get("Contents"))]
    assert event_type in noted["Contents"]
    assert noted["Note"]
    assert case.room.investigation.incident["linkedIncidents"] == [str(soc.runs[-1].incident["id"])]


@pytest.mark.parametrize("command", ["absolute-wipe-request-create", f"{FREEZE} send_anyway=true"])
def test_what_somebody_else_does_with_the_same_token_stays_an_incident(command: str, soc: Soc, case: Desk, laptop: str) -> None:
    """A stolen key, on a device of an open case: freezes it once more, or wipes it."""
    thief = soc.desk.room.open_incident(status=CLOSED)
    assert thief.run(f"!{command} device_ids={laptop}").ok
    kind, key = ("Wipe", "requestUid") if "wipe" in command else ("DeviceFreeze", "RequestUID")
    request_uid = thief.context.get(f"Absolute.{kind.removeprefix('Device')}Request.{key}")
    assert verdict(soc, fetched(soc, f"{kind}Requested", request_uid)) == LEFT


def test_the_use_of_a_device_of_an_open_case_is_no_routine(soc: Soc, laptop: str) -> None:
    """Absolute's lists may not show yet that it was reported missing."""
    fields = {"type": "Absolute Device Event", "eventtype": "DeviceUserInformationUpdated", "deviceid": laptop}
    assert verdict(soc, fields) == "Routine"
    number = soc.case(lost(laptop)).room.investigation.id
    assert verdict(soc, fields) == LEFT
    assert f"#{number}, says that it is lost" in soc.runs[-1].context.get("TriageReason")


def test_a_request_that_a_case_has_only_read_is_not_its_own(soc: Soc, case: Desk, laptop: str) -> None:
    thief = soc.desk.room.open_incident(status=CLOSED)
    assert thief.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    assert case.room.run("!absolute-wipe-request-list").ok
    assert case.room.run(f"!absolute-wipe-actions-list device_uids={laptop}").ok
    assert verdict(soc, fetched(soc, "WipeRequested")) == LEFT


def test_the_wipe_of_another_device_stays_an_incident(soc: Soc, tenant: LocalTenant, case: Desk) -> None:
    other = tenant.devices.by_name("LAB-0004")["deviceUid"]
    tenant.devices.update(other, **{"espInfo.encryptionStatus": "ENCR", "isStolen": False})
    assert case.room.run(f"!absolute-wipe-request-create device_ids={other}").ok
    assert verdict(soc, fetched(soc, "WipeRequested")) == LEFT


def silence(tenant: LocalTenant, clock: ManualClock, laptop: str) -> None:
    for device in tenant.devices.all():
        device.contact.set_last(clock.now(), clock.now())
    tenant.devices.update(laptop, isStolen=False, deviceStatus=None)
    tenant.devices.by_uid(laptop).contact.set_last(clock.now() - timedelta(days=40), clock.now())


@pytest.mark.parametrize("by", ["the job", "somebody else"])
def test_an_event_of_the_job_is_added_to_its_incident(
    by: str, soc: Soc, tenant: LocalTenant, clock: ManualClock, laptop: str
) -> None:
    """Its incident names no device; it stays open while the freeze waits."""
    silence(tenant, clock, laptop)
    soc.desk.room.execute("fetch-incidents")
    job = soc.case({"name": "Weekly", "category": "job", "playbookId": JOB})
    run = job.play(JOB, Require_approval="false", Send_message="false", Freeze_devices="true")
    assert run.ok, run.error
    assert run.incident["status"] != CLOSED
    if by == "somebody else":
        assert soc.desk.room.open_incident(status=CLOSED).run(f"!{FREEZE} device_ids={laptop}").ok
    newest = list(tenant.freeze.requests)[-1]
    assert verdict(soc, fetched(soc, "DeviceFreezeRequested", newest)) == (OWN if by == "the job" else LEFT)
    assert bool(job.room.investigation.incident.get("linkedIncidents")) == (by == "the job")


def test_an_event_of_a_closed_case_stays_an_incident(soc: Soc, case: Desk) -> None:
    case.room.investigation.incident["status"] = CLOSED
    assert verdict(soc, fetched(soc, "DeviceFreezeRequested")) == LEFT


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [pytest.param(0, OWN, id="at once"), pytest.param(10, LEFT, id="later"), pytest.param(-10, LEFT, id="before")],
)
def test_an_event_without_a_request_counts_at_its_time_alone(
    minutes: int, expected: str, soc: Soc, tenant: LocalTenant, clock: ManualClock, case: Desk, laptop: str
) -> None:
    event = fetched(soc, "DeviceReportedMissing")
    at = datetime.fromisoformat(event["occurred"].replace("Z", "+00:00")) + timedelta(minutes=minutes)
    assert verdict(soc, event | {"occurred": at.isoformat()}) == expected


def test_one_report_explains_one_event(soc: Soc, case: Desk) -> None:
    event = fetched(soc, "DeviceReportedMissing")
    assert [verdict(soc, event), verdict(soc, event)] == [OWN, LEFT]


@pytest.mark.parametrize("command", ["getIncidents", "getContext", "linkIncidents", "addEntries"])
def test_what_cannot_be_searched_or_noted_stays_an_incident(command: str, soc: Soc, case: Desk) -> None:
    soc.desk.room.tenant_incidents.broken[command] = "the database is not available"
    assert verdict(soc, fetched(soc, "DeviceFreezeRequested")) == LEFT
    assert "the database is not available" in str(soc.runs[-1].notes[-1]["HumanReadable"])


# ----------------------------------------------------------------------------------------------- two cases of one device


def play(case: Desk, answers: dict[str, Any] | None = None, **inputs: Any) -> PlaybookRun:
    run = case.play(LOST, answers, None, **(UNATTENDED | {"Wipe_device": "No", "Freeze_device": "false"} | inputs))
    assert run.ok, run.error or run.waiting
    return run


def acts(tenant: LocalTenant) -> int:
    return sum(len(tenant.calls(f"POST {path}")) for path in ("/v3/actions/requests", "/v3/tracking"))


@pytest.mark.parametrize("first", ["older", "younger"])
def test_of_two_that_start_at_once_the_older_goes_on(first: str, soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    older, younger = soc.case(lost(laptop)), soc.case(lost(laptop, name="Report of the fetch"))
    runs = {id(case): play(case) for case in ((older, younger) if first == "older" else (younger, older))}
    assert len(tenant.calls("POST /v3/tracking/device-missing/missing")) == 1
    closed, kept = younger.room.investigation.incident, older.room.investigation.incident
    assert (closed["status"], closed["closeReason"]) == (CLOSED, "Duplicate")
    assert closed["linkedIncidents"] == [kept["id"]]
    assert kept["status"] != CLOSED
    assert f"#{kept['id']}" in str(runs[id(younger)].notes[-1]["HumanReadable"])
    told = [entry["Contents"] for entry in older.room.investigation.entries.values() if "Duplicate" in str(entry.get("Contents"))]
    assert "Report of the fetch" in told[0]


def test_a_case_that_is_under_way_goes_on_when_an_older_one_learns_its_device(soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    """The older one is an e-mail, of which an analyst has to say which device is meant."""
    mail = soc.case({"name": "My laptop is gone", "type": LOST_TYPE})
    other = soc.case(lost(laptop))

    def name(_request: Any) -> dict[str, str]:
        play(other)
        return {"0": "SN000001"}

    tenant.devices.update(laptop, serialNumber="SN000001")
    run = play(mail, {"Name the lost device": name})
    assert len(tenant.calls("POST /v3/tracking/device-missing/missing")) == 1
    assert run.incident["closeReason"] == "Duplicate"
    assert other.room.investigation.incident["status"] != CLOSED


def test_a_case_of_another_type_is_found_by_what_the_playbook_wrote(soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    play(soc.case({"name": "Ticket 4711", "type": "Access", "deviceid": laptop}))
    again = soc.case(lost(laptop))
    play(again)
    assert again.room.investigation.incident["closeReason"] == "Duplicate"


def test_other_incidents_of_the_device_are_no_cases(soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    soc.case({"name": "Antivirus", "type": "Absolute Device Event", "deviceid": laptop})
    soc.case({"name": "Ticket", "type": "Access", "deviceid": laptop})
    soc.case(lost(laptop, status=CLOSED))
    soc.case(lost(str(tenant.devices.by_name("LAB-0002")["deviceUid"])))
    case = soc.case(lost(laptop))
    play(case)
    assert case.room.investigation.incident["status"] != CLOSED
    assert len(tenant.calls("POST /v3/tracking/device-missing/missing")) == 1


@pytest.mark.parametrize("command", ["getIncidents", "getContext"])
@pytest.mark.parametrize(("answers", "goes_on"), [({}, False), ({GO_ON: {"0": "No"}}, False), ({GO_ON: {"0": "Yes"}}, True)])
def test_a_search_that_fails_is_asked_about(
    command: str, answers: dict[str, Any], goes_on: bool, soc: Soc, tenant: LocalTenant, laptop: str
) -> None:
    soc.desk.room.tenant_incidents.broken[command] = "the database is not available"
    case = soc.case(lost(laptop))
    run = play(case, answers, Wipe_device="Yes", Freeze_device="true")
    assert (acts(tenant) > 0) == goes_on
    assert case.asked[0] == GO_ON
    assert run.incident["status"] != CLOSED
    if not goes_on:
        assert "It is not known whether there is another open case" in case.note()


def test_a_search_that_does_not_show_the_case_itself_is_no_answer(soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    case = soc.case(lost(laptop))
    soc.desk.room.tenant_incidents.all.remove(case.room.investigation)  # the server's index is older than the case
    play(case)
    assert case.asked == [GO_ON]
    assert acts(tenant) == 0


def test_a_case_that_stopped_stands_in_no_way(soc: Soc, tenant: LocalTenant, laptop: str) -> None:
    broken = soc.desk.room.tenant_incidents.broken
    broken["getIncidents"] = "the database is not available"
    play(soc.case(lost(laptop)))
    broken.clear()
    play(soc.case(lost(laptop)))
    assert len(tenant.calls("POST /v3/tracking/device-missing/missing")) == 1


def test_a_duplicate_that_the_server_does_not_close_is_closed_by_its_own_command(
    soc: Soc, laptop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mandatory field is empty: then nothing is marked as a duplicate."""
    monkeypatch.setitem(incidents.COMMANDS, "linkIncidents", lambda *_args: "0 incidents marked as duplicates")
    play(soc.case(lost(laptop)))
    again = soc.case(lost(laptop))
    run = play(again)
    assert (run.incident["status"], run.incident["closeReason"]) == (CLOSED, "Duplicate")
    assert "Duplicate of #" in run.incident["closeNotes"]


def test_every_way_is_gone(unreached: Callable[..., list[str]]) -> None:
    assert unreached(FIND) == []
