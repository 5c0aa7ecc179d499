"""The table of cases × what goes wrong. Three things hold in each: nothing destructive is sent that nobody wants at that moment,
nothing is closed that is not settled, and the note says why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, ListOptions, LocalTenant, ManualClock, Options, Permission, faults
from local_absolute.faults import Action
from local_xsoar import Library, PlaybookRun, WarRoom
from scenarios.playbooks.conftest import Desk
from scenarios.playbooks.test_instances import prepare, uid_of

YES = {"0": "Yes"}
CLOSED = 2
MISSING = {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}
FREEZE_COMMAND = "absolute-device-freeze-request message_name=lock html_message=<p>Locked</p> request_name=IR"
REQUESTS = "POST /v3/actions/requests/"
# What nobody wants at the wrong moment, by kind.
CALLS = {kind: REQUESTS + kind for kind in ("freeze", "wipe", "unenroll", "file-delete", "reach", "eum")} | {
    "move": "POST /v3/configurations/policy-groups/move-devices",
    "fields": "PUT /v3/configurations/customfields",
    "unfreeze": "POST /v3/actions/freeze/remove-freeze",
}
# That are refused while the same is pending. To move, to release or to write twice does no more than once.
ONCE = ("wipe", "unenroll", "reach")
FIELDS = {"Incident_id": "4711", "Incident_status": "", "Incident_owner": ""}


def is_found(scene: "Scene") -> None:
    scene.tenant.devices.update(scene.uid, deviceStatus=None)


def is_missing(scene: "Scene") -> None:
    scene.tenant.devices.update(scene.uid, deviceStatus=MISSING)


def calls_in(scene: "Scene") -> None:
    now = scene.tenant.clock.now()
    scene.tenant.devices.by_uid(scene.uid).contact.set_last(now, now)


def make_frozen(scene: "Scene") -> None:
    assert scene.desk.room.open_incident(status=CLOSED).run(f"!{FREEZE_COMMAND} device_ids={scene.uid}").ok
    scene.tenant.clock.advance(3600)
    scene.before = {"freeze": 1}


def make_silent(scene: "Scene") -> None:
    """The only silent one. Silent devices are not reported missing: those have cases of their own."""
    now = scene.tenant.clock.now()
    for device in scene.tenant.devices.all():
        device.contact.set_last(now, now)
    scene.tenant.agents.offline(scene.uid)
    scene.tenant.devices.by_uid(scene.uid).contact.set_last(now - timedelta(days=40), now)


@dataclass(frozen=True)
class Case:
    """A playbook that acts. `answers` are those of people who want it; during the first of them things go wrong.

    `reason_goes` is what makes it wrong to act, and `said` the word for it.
    """

    playbook: str
    answers: dict[str, dict[str, str]]
    kind: str = ""  # of the request that it sends
    command: str = ""  # that sends the same
    inputs: dict[str, Any] = field(default_factory=dict)
    status: dict[str, str] | None = field(default_factory=MISSING.copy)  # of the device in its case
    prepare: Callable[["Scene"], None] = lambda _scene: None
    reason_goes: Callable[["Scene"], None] = is_found
    said: str = "found"


CASES = {
    "freeze": Case("Absolute - Freeze Devices", {"Approve the freeze": YES}, "freeze", FREEZE_COMMAND),
    "wipe": Case("Absolute - Wipe Devices", {"Approve the wipe": YES}, "wipe", "absolute-wipe-request-create"),
    "unenroll": Case("Absolute - Unenroll Devices", {"Approve the unenrollment": YES}, "unenroll", "absolute-device-unenroll"),
    "lost": Case(
        "Absolute - Lost or Stolen Device",
        {
            "Confirm with the analyst": {"0": "Stolen"},
            "Approve the freeze": YES,
            "Decide about the wipe": YES,
            "Approve the wipe": YES,
        },
        "wipe",
        "absolute-wipe-request-create",
        {"Follow_location": "false", "Update_device_fields": "false"},
    ),
    "recovered": Case(
        "Absolute - Recovered Device",
        {"Confirm the recovery": YES},
        inputs={"Close_incident": "true", "Clear_device_fields": "false"},
    ),
    "event": Case(
        "Absolute - Device Event Triage",
        {"Approve the freeze": YES},
        "freeze",
        FREEZE_COMMAND,
        {"Event_type": "DeviceLocationUpdated"},
    ),
    "silent": Case(
        "JOB - Absolute - Silent Devices",
        {"Approve the freeze": YES},
        "freeze",
        FREEZE_COMMAND,
        {"Freeze_devices": "true", "Send_message": "false"},
        status=None,
        prepare=make_silent,
        reason_goes=calls_in,
        said="called in",
    ),
    "quarantine": Case(
        "Absolute - Quarantine Device",
        {"Approve the quarantine": YES},
        "move",
        "absolute-policy-group-move policy_group=Kiosks",
        {"Quarantine_group": "Kiosks"},
    ),
    "evidence": Case(
        "Absolute - Collect Evidence",
        {"Approve the script": YES},
        "reach",
        "absolute-device-script-run script_uid={script}",
        {"Collection_script": "Collect traces"},
    ),
    "unfreeze": Case(
        "Absolute - Unfreeze Devices",
        {"Approve the release": YES},
        "unfreeze",
        "absolute-device-remove-freeze-request",
        status=None,
        prepare=make_frozen,
        reason_goes=is_missing,
        said="reported missing or stolen meanwhile",
    ),
    "fields": Case(
        "Absolute - Update Device Fields",
        {"Approve the change": YES},
        "fields",
        'absolute-custom-device-field-update fields=`{{"Incident ID":"4711"}}`',
        {"Require_approval": "true", **FIELDS},
    ),
}
# Of what waits for no agent.
PROOFS = {"unenroll": "read again: confirmed", "move": "moved", "fields": "written"}
# By status; and an empty list, as some accounts answer for want of the permission.
FAILURES: dict[str, Action] = {str(code): faults.status(code, retry_after=0) for code in (401, 403, 404, 429, 500, 503)}
FAILURES["nothing"] = faults.status(200, body={"data": [], "metadata": {"pagination": {}}})


@dataclass
class Scene:
    """One case with one device, LAB-0001, which can be wiped. `before`: what was sent before the case began."""

    case: Case
    desk: Desk
    tenant: LocalTenant
    uid: str
    script: str
    before: dict[str, int] = field(default_factory=dict)
    row: Any = None

    def play(self, meanwhile: Callable[[], object] = lambda: None) -> PlaybookRun:
        """`meanwhile` happens while the first question is thought about."""
        first = next(iter(self.case.answers))

        def think(_request: Any) -> dict[str, str]:
            meanwhile()
            return self.case.answers[first]

        keys = {one.key for one in self.desk.library.playbooks[self.case.playbook].inputs}
        device = {name: value for name, value in {"Endpoint_id": self.uid, "Device": self.row}.items() if name in keys}
        incident = {"deviceid": self.uid} if device else {}
        run = self.desk.play(self.case.playbook, {**self.case.answers, first: think}, incident, **self.case.inputs | device)
        assert not run.waiting
        return run

    def sent(self) -> dict[str, int]:
        counts = {kind: len(self.tenant.calls(call)) - self.before.get(kind, 0) for kind, call in CALLS.items()}
        return {kind: count for kind, count in counts.items() if count}

    def send_the_same(self) -> None:
        """Another analyst, in another incident."""
        if self.case.command:
            command = self.case.command.format(script=self.script)
            run = self.desk.room.open_incident().run(f"!{command} device_ids={self.uid}")
            assert run.ok, run.error

    def told(self) -> str:
        run = self.desk.runs[-1]
        return "\n".join([*(str(note["HumanReadable"]) for note in run.notes), run.error or ""])

    def assert_not_sent_again(self) -> None:
        """A second freeze only gives a new passcode: it is sent, and the war room says what is there already."""
        if self.case.kind == "freeze":
            assert any("replaces its passcode" in str(entry) for entry in self.desk.runs[-1].entries)
        elif self.case.kind in ONCE:
            assert self.sent().get(self.case.kind, 1) == 1
        self.assert_settled_if_closed()

    def assert_settled_if_closed(self) -> None:
        run, device = self.desk.runs[-1], self.tenant.devices.by_uid(self.uid)
        if run.incident["status"] == CLOSED:
            pending = {
                (kind, action.status)
                for kind in ("wipe", "unenroll", "file-delete", "reach")
                for action in self.tenant.actions.actions(kind)
                if action.device["deviceUid"] == self.uid and action.status in ("Pending", "Processing", "Ready")
            }
            assert not pending
            assert not device.get("deviceStatus")
            assert (device.get("deviceFreezeStatus") or {}).get("statusCode") != "FRZN"


def scene(case: Case, tenant: LocalTenant, desk: Desk) -> Scene:
    uid = uid_of(prepare(tenant))
    (script,) = (one.uid for one in tenant.script_library.scripts.values() if one.name == "Collect traces")
    tenant.devices.update(uid, deviceStatus=case.status, isStolen=False)
    made = Scene(case, desk, tenant, uid, script)
    case.prepare(made)
    if "Device" in {one.key for one in desk.library.playbooks[case.playbook].inputs}:
        made.row = desk.play("Absolute - Find Devices", Endpoint_id=uid).outputs["DeviceSummary"]
    return made


@pytest.fixture(params=CASES)
def played(request: pytest.FixtureRequest, tenant: LocalTenant, desk: Desk) -> Scene:
    return scene(CASES[request.param], tenant, desk)


def test_found_meanwhile(played: Scene) -> None:
    played.play(lambda: played.case.reason_goes(played))
    assert played.sent() == {}
    assert played.case.said in played.told().lower()
    played.assert_settled_if_closed()


@pytest.mark.parametrize("moment", ["from the start", "meanwhile"])
def test_a_look_up_fails(played: Scene, moment: str) -> None:
    """One after the other, in one incident: nothing is sent, so each finds the device as it was."""
    for failure in FAILURES:

        def fail(action: Action = FAILURES[failure]) -> None:
            played.tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=action))

        if moment == "from the start":
            fail()
            run = played.play()
        else:
            run = played.play(fail)
        assert played.sent() == {}, failure
        assert run.incident["status"] != CLOSED, failure
        assert any(
            word in played.told() for word in ("read", "What failed", "NotFound", "exactly one", "does not have the device")
        ), failure
        played.tenant.faults.clear()


def test_an_agent_is_offline(played: Scene, clock: ManualClock) -> None:
    played.tenant.agents.offline(played.uid)
    run = played.play()
    assert all(count == 1 for count in played.sent().values())
    if played.case.kind:
        assert run.incident["status"] != CLOSED
        assert PROOFS.get(played.case.kind, "pending") in played.told().lower()
    played.assert_settled_if_closed()


def test_the_same_is_pending_already(played: Scene) -> None:
    played.tenant.agents.offline(played.uid)
    played.send_the_same()
    played.play()
    played.assert_not_sent_again()


def test_a_second_analyst_does_the_same_meanwhile(played: Scene) -> None:
    played.tenant.agents.offline(played.uid)
    played.play(played.send_the_same)
    played.assert_not_sent_again()


def test_a_second_instance_would_do_the_same(played: Scene) -> None:
    played.desk.room.add_instance(dict(played.desk.room.instance.params))
    run = played.play()
    assert played.sent() == {}
    assert not played.tenant.calls("POST /v3/tracking")
    assert run.incident["status"] != CLOSED
    assert "2 instances would each do the same" in played.told()


@pytest.fixture(params=CASES)
def lagging(
    request: pytest.FixtureRequest,
    make_war_room: Callable[..., WarRoom],
    library: Library,
    clock: ManualClock,
    runs: list[PlaybookRun],
) -> Iterator[Scene]:
    """On a tenant whose lists show what they showed three hours ago."""
    lists = ListOptions(lag=timedelta(hours=3))
    with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=Options(lists=lists)) as tenant:
        token = tenant.tokens.create_symmetric()
        room = make_war_room(url=tenant.url, credentials={"identifier": token.id, "password": token.secret})
        found = scene(CASES[request.param], tenant, Desk(library, room, runs))
        clock.advance(timedelta(hours=4).total_seconds())
        yield found


def test_lists_lag(lagging: Scene) -> None:
    lagging.play(lambda: lagging.case.reason_goes(lagging))
    assert all(count == 1 for count in lagging.sent().values())
    lagging.assert_settled_if_closed()


def the_token(played: Scene) -> Any:
    return played.tenant.tokens.get(played.desk.room.instance.params["credentials"]["identifier"])


def test_a_second_analyst_plays_the_same_case_meanwhile(played: Scene, library: Library, runs: list[PlaybookRun]) -> None:
    """From its start to its end, in another incident, while the first one is asked. Then the first one says yes as well."""
    played.tenant.agents.offline(played.uid)
    keys = {one.key for one in library.playbooks[played.case.playbook].inputs}
    unwaited = replace(played.case, inputs=played.case.inputs | ({"Wait": "false"} if "Wait" in keys else {}))
    other = replace(played, case=unwaited, desk=Desk(library, played.desk.room.open_incident(), runs))
    played.play(other.play)
    assert all(played.sent().get(kind, 1) == 1 for kind in ONCE)
    if played.sent().get("freeze", 0) > 1:
        played.assert_not_sent_again()
    played.assert_settled_if_closed()


def test_a_second_analyst_carries_the_same_case_out_meanwhile(played: Scene, library: Library, runs: list[PlaybookRun]) -> None:
    """The device does what it is asked for at once, so that nothing is under way any more when the first one says yes."""
    other = replace(played, desk=Desk(library, played.desk.room.open_incident(), runs))
    played.play(other.play)
    assert all(played.sent().get(kind, 1) == 1 for kind in ONCE)
    played.assert_settled_if_closed()


@pytest.mark.parametrize("gone", ["the token", "permissions to read", "permissions to change"])
def test_a_token_loses_what_it_may_meanwhile(played: Scene, gone: str) -> None:
    """And gets it back afterwards: what was not done is not done then either."""
    token = the_token(played)
    reads = {one for one in Permission if one.name.startswith("VIEW")}
    lost = {"the token": set(Permission), "permissions to read": reads, "permissions to change": set(Permission) - reads}[gone]

    def lose() -> None:
        if gone == "the token":
            token.disable()
        token.permissions -= lost

    run = played.play(lose)
    refused = gone == "permissions to change"  # by the API, when it is sent
    assert played.sent() == {} or refused
    assert all(count == 1 for count in played.sent().values())
    assert run.incident["status"] != CLOSED
    assert any(word in played.told() for word in ("read", "What failed", "permission", "token"))


def test_a_device_is_enrolled_again_meanwhile(played: Scene) -> None:
    """Its old record is no longer active, and a new one has its name and its serial number."""

    def enrol() -> None:
        played.tenant.devices.update(played.uid, agentStatus="D")
        old = played.tenant.devices.by_uid(played.uid)
        played.tenant.devices.add(deviceName=old["deviceName"], serialNumber=old["serialNumber"])

    played.play(enrol)
    assert played.sent() == {}
    assert "no longer active" in played.told()


def test_an_instance_that_is_read_only(played: Scene) -> None:
    """Nobody is asked for what it would refuse; what happened to the device is no such question."""
    played.desk.room.instance.params["read_only"] = True
    played.play()
    assert played.sent() == {}
    assert not played.tenant.calls("POST /v3/tracking")
    assert {*played.desk.asked} <= {"Confirm with the analyst"}
    assert "read only" in played.told()
    played.assert_settled_if_closed()
