"""Absolute - Lost or Stolen Device: the whole case, and every way out of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults
from local_absolute.data_discovery import is_scanned, matches

LOST = "Absolute - Lost or Stolen Device"
RECOVERED = "Absolute - Recovered Device"
NAME, ASK_OWNER, ASK_ANALYST = "Name the lost device", "Confirm with the owner", "Confirm with the analyst"
QUARANTINE = "Approve the quarantine"
FREEZE, DECIDE, WIPE, SCRIPT = "Approve the freeze", "Decide about the wipe", "Approve the wipe", "Approve the script"
STOLEN, STILL_LOST = {"0": "Stolen", "1": "In the train, police report 4711"}, {"0": "Lost"}
YES, NO = {"0": "Yes"}, {"0": "No"}
FIELDS = ("Incident ID", "Incident Status", "Incident Owner")
HIGH, CRITICAL, CLOSED = 3, 4, 2
# Short searches, and no waiting for people: what a scenario is about stands in the scenario.
BRIEF = {"Follow_hours": "1", "Follow_interval_minutes": "30"}


@pytest.fixture(autouse=True)
def laptop(tenant: LocalTenant) -> str:
    """LAB-0001 can be wiped, and the console has fields for cases."""
    uid = str(tenant.devices.by_name("LAB-0001")["deviceUid"])
    tenant.devices.update(uid, **{"espInfo.encryptionStatus": "ENCR"})
    for name in FIELDS:
        tenant.custom_fields.define(name, "Text", "UDF")
    tenant.script_library.add("Collect traces", "Collects what an investigation needs.", ("Windows",))
    return uid


@pytest.fixture
def case(desk: Any, laptop: str) -> Callable[..., Any]:
    """Plays the playbook on an incident that names LAB-0001."""

    def play(answers: dict[str, Any] | None = None, fields: dict[str, Any] | None = None, **inputs: str) -> Any:
        incident = {"id": "1042", "type": "Absolute Lost or Stolen Device", "owner": "ana", "severity": 1, "deviceid": laptop}
        run = desk.play(LOST, {ASK_ANALYST: STILL_LOST, **(answers or {})}, incident | (fields or {}), **(BRIEF | inputs))
        assert run.ok, run.error or run.waiting
        return run

    return play


def device(tenant: LocalTenant) -> Any:
    return tenant.devices.by_name("LAB-0001")


def is_missing(tenant: LocalTenant) -> bool:
    return (device(tenant).get("deviceStatus") or {}).get("type") == "MISSING"


def is_frozen(tenant: LocalTenant) -> bool:
    return (device(tenant).get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"


def field(tenant: LocalTenant, name: str) -> str | None:
    return tenant.custom_fields.values(device(tenant)).get(tenant.custom_fields.by_name(name).uid)


def writes(tenant: LocalTenant) -> set[str]:
    changing = ("POST /v3/tracking", "POST /v3/actions/requests", "POST /v3/actions/freeze", "PUT ")
    return {record.path for prefix in changing for record in tenant.calls(prefix)}


def wipes(tenant: LocalTenant) -> int:
    return len(tenant.calls("POST /v3/actions/requests/wipe"))


def only(**inputs: str) -> dict[str, str]:
    """Inputs with which nothing is done but what is named."""
    nothing = {"Freeze_device": "false", "Update_device_fields": "false", "Follow_location": "false", "Wipe_device": "No"}
    return nothing | inputs


def test_the_whole_case(case: Callable[..., Any], desk: Any, tenant: LocalTenant, clock: ManualClock, laptop: str) -> None:
    def move() -> None:
        tenant.siem.device_moved(laptop, 52.52, 13.405, "Berlin", "Germany")

    clock.call_at(clock.now() + timedelta(hours=1), move)
    answers = {ASK_OWNER: STOLEN, FREEZE: YES, SCRIPT: YES, DECIDE: YES, WIPE: YES}
    run = case(
        answers,
        Owner_email="jdoe@example.com",
        Notification_emails="soc@example.com",
        Collection_script="Collect traces",
        Follow_hours="3",
        Message_text="<p>Call 555-0100.</p>",
    )
    assert desk.asked == [ASK_OWNER, FREEZE, SCRIPT, DECIDE, WIPE]
    assert run.incident["severity"] == CRITICAL
    assert run.incident["devicename"] == "LAB-0001"
    assert run.incident["absolutefreezestatus"] == "frozen"
    assert is_missing(tenant)
    assert tenant.calls("POST /v3/tracking/device-missing/missing")[0].body["emailContacts"] == ["soc@example.com"]
    assert run.context.get("Absolute.FreezeRequestDetail.Verdict") == "frozen"
    assert list(dict.fromkeys(run.context.get("LocationTimeline.City"))) == ["London", "Berlin"]
    assert run.context.get("Absolute.ScriptRequest.Devices.Verdict") == "executed"
    assert run.context.get("WipedList.DeviceUid") == laptop
    assert run.context.get("WipeCertificates.CertificateUid")
    assert field(tenant, "Incident ID") == "1042"
    assert field(tenant, "Incident Status") == "Stolen, wiped"
    assert field(tenant, "Incident Owner") == "ana"
    note = desk.note()
    for proof in ("police report 4711", "reported", "frozen", "Berlin", "executed", "Wiped", "Certificates of the wipe"):
        assert proof in note
    assert "What failed" not in note
    assert run.incident["status"] != CLOSED


@pytest.mark.parametrize(("separate", "sent"), [("", 0), ("true", 0), ("false", 1)])
def test_who_confirmed_the_loss_does_not_approve_a_wipe_that_nobody_decided(
    separate: str, sent: int, case: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    case({WIPE: YES}, **only(Wipe_device="Yes", Separate_approver=separate))
    assert wipes(tenant) == sent
    notes = "\n".join(str(note["HumanReadable"]) for note in desk.runs[-1].notes)
    assert ("Not approved: analyst asked for it" in notes) == (not sent)


def test_somebody_else_approves_it(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case({WIPE: YES}, Confirm_report="false", Default_answer="Stolen", **only(Wipe_device="Yes"))
    assert wipes(tenant) == 1
    assert any("Yes, by analyst. Answered at " in str(note["HumanReadable"]) for note in desk.runs[-1].notes)


@pytest.mark.parametrize(("separate", "sent"), [("true", 0), ("false", 1), ("", 1)])
def test_who_decided_about_the_wipe_approves_it_where_that_is_wanted(
    separate: str, sent: int, case: Callable[..., Any], tenant: LocalTenant
) -> None:
    case(
        {ASK_OWNER: STOLEN, DECIDE: YES, WIPE: YES},
        Owner_email="jdoe@example.com",
        **only(Wipe_device="Ask"),
        Separate_approver=separate,
    )
    assert wipes(tenant) == sent


def test_how_long_a_device_is_followed_does_not_decide_whether_it_is_wiped(
    case: Callable[..., Any], tenant: LocalTenant, clock: ManualClock, laptop: str
) -> None:
    tenant.agents.offline(laptop)
    clock.call_at(clock.now() + timedelta(hours=5), lambda: tenant.agents.online(laptop))
    run = case({DECIDE: YES, WIPE: YES}, **only(Wipe_device="Ask", Follow_location="true"), Follow_hours="1")
    assert run.context.get("WipedList.DeviceUid") == laptop


@pytest.mark.parametrize("answer", [YES, NO])
def test_the_device_is_moved_into_quarantine_and_back(
    answer: dict[str, str], case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str
) -> None:
    before = device(tenant)["policyGroupName"]
    case({QUARANTINE: answer}, **only(Quarantine_group="Kiosks"))
    assert desk.asked == [ASK_ANALYST, QUARANTINE]
    assert (device(tenant)["policyGroupName"] == "Kiosks") == (answer == YES) != (device(tenant)["policyGroupName"] == before)
    assert ("shows it in this policy group" in desk.note()) == (answer == YES)
    assert "**Quarantine**: " in desk.note()
    desk.play(RECOVERED, {"Confirm the recovery": YES}, {"deviceid": laptop})
    assert device(tenant)["policyGroupName"] == before


@pytest.mark.parametrize("files", [0, 1, 3])
def test_the_report_says_which_regulated_data_was_on_it(
    files: int, case: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    policies, now = tenant.account.policies, tenant.clock.now()
    held = next(
        one for one in tenant.devices.all() if is_scanned(one, policies) and len(list(matches(one, policies, now))) == files
    )
    case(fields={"deviceid": held["deviceUid"]}, **only())
    section = desk.note().partition("### Regulated data on the device\n")[2]
    assert f"| {'Found' if files else 'Nothing found'} |" in section
    assert section.count("matches:") == files


def test_regulated_data_that_could_not_be_read_is_not_known(desk_without: Callable[..., Any], laptop: str) -> None:
    desk = desk_without(Permission.VIEW_DATA_DISCOVERY)
    desk.play(LOST, {ASK_ANALYST: STILL_LOST}, {"deviceid": laptop}, **only())
    section = desk.note().partition("### Regulated data on the device\n")[2]
    assert "| Not known |" in section
    assert "Nothing found" not in desk.note()
    assert "View Endpoint Data Discovery" in desk.note()


def test_nobody_answers_anything(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    run = case({ASK_ANALYST: None})
    assert desk.asked == [ASK_ANALYST, FREEZE, DECIDE]
    assert run.context.get("LossKind") == "Lost"
    assert run.incident["severity"] == HIGH
    assert is_missing(tenant), "what can be taken back at once is done"
    assert not is_frozen(tenant)
    assert wipes(tenant) == 0
    assert field(tenant, "Incident Status") == "Lost, not wiped"
    assert "Not frozen" in desk.note()
    steps = run.names()
    assert steps.index("Get the location") < steps.index("Keep that nobody answered"), "the search waits for nobody"


def test_the_default_can_be_to_stop(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case({ASK_ANALYST: None}, Default_answer="Stop")
    assert writes(tenant) == set()
    assert "nothing was done" in desk.note()


@pytest.mark.parametrize(("default", "reported"), [("Stolen", True), ("Stop", False)])
def test_a_report_that_needs_no_confirmation(
    default: str, reported: bool, case: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    case(**only(Confirm_report="false", Default_answer=default))
    assert desk.asked == []
    assert is_missing(tenant) == reported


def test_an_analyst_says_no_to_freeze_and_wipe(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    run = case({FREEZE: NO, DECIDE: NO})
    assert not is_frozen(tenant)
    assert wipes(tenant) == 0
    assert run.context.get("CaseOutcome") == "Lost, not wiped"
    assert "**Decision about the wipe**: No" in desk.note()


def test_the_approver_says_no_to_the_wipe(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    run = case({DECIDE: YES, WIPE: NO}, **only(Wipe_device="Ask"))
    assert wipes(tenant) == 0
    assert run.context.get("CaseOutcome") == "Lost, wipe not proven"
    assert "Not wiped" in desk.note()


def test_without_any_question(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    run = case(Require_approval="false", Wipe_device="Yes", Follow_location="false")
    assert desk.asked == [ASK_ANALYST]
    assert is_frozen(tenant)
    assert run.context.get("CaseOutcome") == "Lost, wiped"


def test_nothing_but_the_report_is_wanted(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case(**only())
    assert writes(tenant) == {"/v3/tracking/device-missing/missing"}
    assert desk.asked == [ASK_ANALYST]


def test_the_owner_has_found_it(case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, deviceStatus={"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"})
    answers = {ASK_OWNER: {"0": "Found", "1": "It was in the car"}, "Confirm the recovery": YES}
    run = case(answers, Owner_email="jdoe@example.com", Close_incident="true")
    assert not is_missing(tenant)
    assert run.incident["status"] == CLOSED
    assert "It was in the car" in desk.note()


@pytest.mark.parametrize(
    "state", [{"deviceStatus": {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}}, {"isStolen": True}]
)
def test_a_device_that_absolute_already_looks_for_is_not_reported_again(
    state: dict[str, Any], case: Callable[..., Any], tenant: LocalTenant, laptop: str
) -> None:
    tenant.devices.update(laptop, **state)
    case(**only())
    assert writes(tenant) == set()


def test_a_device_that_is_found_while_the_answer_is_awaited(
    case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str
) -> None:
    tenant.devices.update(laptop, deviceStatus={"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"})

    def find(_request: Any) -> dict[str, str]:
        tenant.devices.update(laptop, deviceStatus=None)
        return STOLEN

    case({ASK_ANALYST: find})
    assert writes(tenant) == set()
    assert "found meanwhile" in desk.note()


def test_a_report_that_the_api_refuses(case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str) -> None:
    def stolen_meanwhile(_request: Any) -> dict[str, str]:
        tenant.devices.update(laptop, isStolen=True)
        return STOLEN

    case({ASK_ANALYST: stolen_meanwhile}, **only())
    assert "reported stolen" in desk.note()


def test_a_frozen_device_is_not_frozen_again(case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, deviceFreezeStatus={"statusCode": "FRZN"})
    case(**only(Freeze_device="true"))
    assert desk.asked == [ASK_ANALYST]
    assert tenant.calls("POST /v3/actions/requests/freeze") == []


def test_the_search_ends_when_the_device_is_reported_found(
    case: Callable[..., Any], desk: Any, tenant: LocalTenant, clock: ManualClock, laptop: str
) -> None:
    def find() -> None:
        tenant.devices.update(laptop, deviceStatus=None)

    clock.call_at(clock.now() + timedelta(hours=1), find)
    case(**only(Follow_location="true", Follow_hours="24"))
    assert "no longer reported missing" in desk.note()


def test_an_agent_that_never_checks_in(case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)
    run = case({FREEZE: YES, SCRIPT: YES, DECIDE: YES, WIPE: YES}, Collection_script="Collect traces")
    assert run.context.get("Absolute.FreezeRequestDetail.Verdict") == "pending"
    assert run.context.get("Absolute.ScriptRequest.Devices.Verdict") == "pending"
    assert run.context.get("CaseOutcome") == "Lost, wipe not proven"
    assert "Positions, oldest first" in desk.note(), "the position from before the loss"


# -------------------------------------------------------------------------------------------------- intake


def intake(desk: Any, answers: dict[str, Any] | None = None, incident: dict[str, Any] | None = None, **inputs: str) -> Any:
    run = desk.play(LOST, {ASK_ANALYST: STILL_LOST, **(answers or {})}, incident or {}, **(only() | inputs))
    assert run.ok, run.error or run.waiting
    return run


@pytest.mark.parametrize(
    "text",
    [
        "My laptop was stolen in the train. S/N: {serial}. John Doe",
        "The device is stolen. Its serial number is {serial}",
        "Serial number {serial}\nComputer: {name}",
        "Hello,\n\nhost name: {name}\n\nRegards",
        "Serial nr. {serial}",
        "Service Tag {serial}",
        "my laptop {name} was stolen",
        "<p>Serial&nbsp;number:&nbsp;<b>{serial}</b></p>",
        "<table><tr><td>Serial number</td><td>{serial}</td></tr></table>",
        "| Computer name | {name} |",
        "<tr><th>Device</th><td>{name}</td></tr>",
        "Serial number: NOSUCH-123\nComputer name: {name}",
    ],
)
@pytest.mark.parametrize("where", ["details", "emailbody", "emailsubject"])
def test_the_device_is_found_in_the_text_of_an_email(text: str, where: str, desk: Any, tenant: LocalTenant) -> None:
    intake(desk, incident={where: text.format(serial=device(tenant)["serialNumber"], name="LAB-0001")})
    assert is_missing(tenant)


def test_serial_numbers_may_have_hyphens(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, serialNumber="SN-000-7")
    intake(desk, incident={"details": "S/N SN-000-7, please hurry."})
    assert is_missing(tenant)


def test_several_devices_in_the_text_are_a_question(desk: Any, tenant: LocalTenant) -> None:
    serials = [tenant.devices.by_name(name)["serialNumber"] for name in ("LAB-0001", "LAB-0002")]
    intake(desk, {NAME: None}, {"details": f"Serial number {serials[0]}. The charger has serial number {serials[1]}."})
    assert desk.asked == [NAME]
    assert writes(tenant) == set()


@pytest.mark.parametrize("identifier", ["deviceUid", "esn"])
def test_the_analyst_may_name_uid_or_esn(identifier: str, desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.add(deviceName="TWIN", serialNumber=device(tenant)["serialNumber"])
    answer = device(tenant)[identifier]
    intake(desk, {NAME: {"0": answer}}, {"absoluteserialnumber": device(tenant)["serialNumber"]})
    assert desk.asked[0] == NAME
    assert is_missing(tenant)


@pytest.mark.parametrize(
    "fields",
    [
        {"devicename": "LAB-0001"},
        {"absoluteserialnumber": "SN000111"},
        {"devicename": "lab-0001", "absoluteserialnumber": "SN000111"},
    ],
)
def test_the_device_is_found_by_the_fields_of_the_incident(fields: dict[str, str], desk: Any, tenant: LocalTenant) -> None:
    intake(desk, incident=fields)
    assert is_missing(tenant)


def test_the_uid_of_the_incident_counts_more_than_its_name(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    """A device may have been renamed since the incident was fetched."""
    intake(desk, incident={"deviceid": laptop, "devicename": "OLD-NAME", "absolutedeviceuser": "CORP\\gone"})
    assert is_missing(tenant)


def test_a_text_that_names_nothing_is_asked_about(desk: Any, tenant: LocalTenant) -> None:
    intake(desk, {NAME: {"1": "LAB-0001"}}, {"details": "I lost my laptop."})
    assert desk.asked[0] == NAME
    assert is_missing(tenant)


def test_a_number_and_a_name_of_two_devices_are_asked_about(desk: Any, tenant: LocalTenant) -> None:
    serial = device(tenant)["serialNumber"]
    requests: list[Any] = []
    intake(
        desk,
        {NAME: lambda request: requests.append(request)},
        {"details": f"My laptop LAB-0002 was stolen. Serial number {serial}."},
    )
    assert writes(tenant) == set()
    assert [f"- {name}, serial" in requests[0].body for name in ("LAB-0001", "LAB-0002")] == [True, True]


def test_it_is_told_what_became_of_what_an_analyst_named(desk: Any) -> None:
    intake(desk, {NAME: {"0": "NOSUCH"}}, {"details": "I lost my laptop."})
    assert "NOSUCH: No device has this value" in desk.note().replace("\\", "")


def test_a_report_without_a_word_is_asked_about(desk: Any) -> None:
    run = desk.play("Absolute - Identify Lost Device")
    assert desk.asked == [NAME]
    assert run.context.get("LostDevice") == {"Status": "not found", "Reason": "Nobody answered within 4 hours."}


def test_an_incident_without_anything_is_asked_about(desk: Any, tenant: LocalTenant) -> None:
    intake(desk, {NAME: {"0": device(tenant)["serialNumber"]}})
    assert is_missing(tenant)


@pytest.mark.parametrize("answer", [None, {"1": "NOSUCH"}, {"1": "LAB-0010"}])
def test_without_exactly_one_device_nothing_is_done(answer: dict[str, str] | None, desk: Any, tenant: LocalTenant) -> None:
    intake(desk, {NAME: answer})
    assert writes(tenant) == set()
    assert "nothing was done" in desk.note()


def test_one_of_a_users_devices_is_chosen(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    user = device(tenant)["username"]
    other = tenant.devices.add(deviceName="SECOND", username=user, agentStatus="A", isStolen=False, deviceStatus=None)
    requests: list[Any] = []

    def choose(request: Any) -> dict[str, str]:
        requests.append(request)
        return {"0": other["serialNumber"]}

    intake(desk, {NAME: choose}, Username=user)
    assert "SECOND" in requests[0].body
    assert "LAB-0001" in requests[0].body
    assert not is_missing(tenant)
    assert (tenant.devices.by_name("SECOND").get("deviceStatus") or {}).get("type") == "MISSING"


def test_a_user_with_one_device(desk: Any, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, username="CORP\\only-one")
    intake(desk, Username="CORP\\only-one")
    assert is_missing(tenant)


# --------------------------------------------------------------------------------- what can go wrong on the way


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (Permission.MANAGE_MISSING_DEVICE, "Manage Missing Device"),
        (Permission.PERFORM_FREEZE_DEVICE, "Perform Freeze Device"),
        (Permission.RUN_REACH_SCRIPT, "Run Reach Script"),
        (Permission.PERFORM_WIPE_DEVICE, "Perform Wipe Device"),
        (Permission.MANAGE_DEVICE_FIELDS, "Manage Device Fields"),
    ],
)
def test_without_a_permission_the_case_goes_on_and_says_so(
    missing: Permission, said: str, desk_without: Callable[..., Any], tenant: LocalTenant, laptop: str
) -> None:
    desk = desk_without(missing)
    answers = {ASK_ANALYST: STILL_LOST, FREEZE: YES, SCRIPT: YES, DECIDE: YES, WIPE: YES}
    run = desk.play(
        LOST, answers, {"id": "1042", "owner": "ana"}, Endpoint_id=laptop, Collection_script="Collect traces", **BRIEF
    )
    assert run.ok, run.error
    assert said in desk.note()
    outcomes = {
        Permission.MANAGE_MISSING_DEVICE: is_missing(tenant),
        Permission.PERFORM_FREEZE_DEVICE: bool(tenant.calls("POST /v3/actions/requests/freeze")) and is_frozen(tenant),
        Permission.RUN_REACH_SCRIPT: run.context.get("Absolute.ScriptRequest.Devices.Verdict") == "executed",
        Permission.PERFORM_WIPE_DEVICE: run.context.get("CaseOutcome") == "Lost, wiped",
        Permission.MANAGE_DEVICE_FIELDS: bool(field(tenant, "Incident ID")),
    }
    assert {permission for permission, succeeded in outcomes.items() if not succeeded} == {missing}


def test_without_the_permission_to_see_locations_there_is_no_timeline(desk_without: Callable[..., Any], laptop: str) -> None:
    desk = desk_without(Permission.VIEW_GEOLOCATION)
    intake(desk, {}, {"deviceid": laptop}, Follow_location="true", Follow_hours="1")
    assert "Positions" not in desk.note()
    assert "The time for the search was up, hours: 1." in desk.note()


def test_a_script_that_is_not_there(case: Callable[..., Any], desk: Any) -> None:
    case(**only(Collection_script="Collect"))
    assert "not exactly one script is named Collect" in desk.note()


def test_a_script_that_cannot_be_run(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="POST /v3/actions/requests/reach", action=faults.status(400)))
    case({SCRIPT: YES}, **only(Collection_script="Collect traces"))
    assert "What failed" in desk.note()


@pytest.mark.parametrize("answer", [NO, None])
def test_a_script_that_nobody_approves_is_not_run(answer: Any, case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case({SCRIPT: answer}, **only(Collection_script="Collect traces"))
    assert desk.asked == [ASK_ANALYST, SCRIPT]
    assert tenant.calls("POST /v3/actions/requests/reach") == []
    assert "No evidence was collected. Not approved" in desk.note()


def test_the_approval_names_the_script_and_the_device(case: Callable[..., Any], tenant: LocalTenant) -> None:
    shown: list[str] = []

    def read(request: Any) -> dict[str, str]:
        shown.append(str(request))
        return YES

    case({SCRIPT: read}, **only(Collection_script="Collect traces"))
    assert "Collect traces: Collects what an investigation needs." in shown[0]
    assert "LAB-0001" in shown[0]


def test_a_script_may_go_unasked(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case(**only(Collection_script="Collect traces", Require_approval="false"))
    assert SCRIPT not in desk.asked
    assert len(tenant.calls("POST /v3/actions/requests/reach")) == 1


def test_a_freeze_that_cannot_be_looked_at(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    def break_it(_request: Any) -> dict[str, str]:
        tenant.faults.add(Fault(when="GET /v3/actions/freeze/requests", action=faults.status(400)))
        return NO

    case({FREEZE: YES, DECIDE: break_it}, **only(Freeze_device="true", Wipe_device="Ask"))
    assert "What failed" in desk.note()


def test_a_case_whose_device_cannot_be_read_says_so(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.status(503, retry_after=0)))
    case()
    assert writes(tenant) == set()
    assert "could not be read" in desk.note()


def test_a_device_that_an_analyst_names_cannot_be_read(desk: Any, tenant: LocalTenant) -> None:
    def name(_request: Any) -> dict[str, str]:
        tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.status(503, retry_after=0)))
        return {"1": "LAB-0001"}

    intake(desk, {NAME: name}, {"details": "I lost my laptop."})
    assert writes(tenant) == set()
    assert "could not be read" in desk.note()


def test_an_old_answer_does_not_count_in_a_second_run(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    case({DECIDE: YES, WIPE: NO}, **only(Wipe_device="Ask"))
    run = case({DECIDE: None, WIPE: YES}, **only(Wipe_device="Ask"))
    assert wipes(tenant) == 0
    assert run.context.get("CaseOutcome") == "Lost, not wiped"


def test_without_an_instance_nothing_is_done(case: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    case()
    assert tenant.requests == []
    assert "no active instance" in desk.note()


EARLIER = {"name": "Reported before", "type": "Absolute Lost or Stolen Device", "created": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    "named",
    [pytest.param({"deviceid": True}, id="at once"), pytest.param({"absoluteserialnumber": True}, id="when the device is known")],
)
def test_an_older_case_of_the_device_goes_on(
    named: dict[str, bool], case: Callable[..., Any], desk: Any, tenant: LocalTenant, laptop: str
) -> None:
    desk.room.open_incident(id="7", deviceid=laptop, **EARLIER)
    fields = {"deviceid": laptop if "deviceid" in named else "", "absoluteserialnumber": device(tenant)["serialNumber"]}
    run = case(fields=fields)
    assert writes(tenant) == set()
    assert (run.incident["status"], run.incident["closeReason"]) == (CLOSED, "Duplicate")
    assert any("#7" in str(note["HumanReadable"]) for note in run.notes)


def test_without_a_search_for_other_cases_and_without_an_answer_nothing_is_done(
    case: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    desk.room.tenant_incidents.broken["getIncidents"] = "the database is not available"
    run = case()
    assert writes(tenant) == set()
    assert run.incident["status"] != CLOSED
    assert "whether there is another open case" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    stages = ("Absolute - Lost Device Intake", "Absolute - Contain Lost Device")
    assert unreached(LOST, *stages, "Absolute - Identify Lost Device", "Absolute - Confirm Loss") == []
