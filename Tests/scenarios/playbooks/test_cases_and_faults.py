"""The table of cases × what goes wrong. Three things hold in each: nothing destructive is sent that nobody wants at that moment,
nothing is closed that is not settled, and the note says why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, ListOptions, LocalTenant, ManualClock, Options, faults
from local_xsoar import Library, PlaybookRun, WarRoom
from scenarios.playbooks.conftest import Desk

YES = {"0": "Yes"}
CLOSED = 2
MISSING = {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}
DESTRUCTIVE = ("freeze", "wipe", "unenroll", "file-delete", "reach")
FREEZE_COMMAND = "absolute-device-freeze-request message_name=lock html_message=<p>Locked</p> request_name=IR"


@dataclass(frozen=True)
class Case:
    """A playbook that acts. `answers` are those of people who want it; during the first of them things go wrong."""

    playbook: str
    answers: dict[str, dict[str, str]]
    kind: str = ""  # of the request that it sends
    command: str = ""  # that sends the same
    inputs: dict[str, Any] = field(default_factory=dict)


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
    "recovered": Case("Absolute - Recovered Device", {"Confirm the recovery": YES}, inputs={"Close_incident": "true"}),
    "event": Case(
        "Absolute - Device Event Triage",
        {"Approve the freeze": YES},
        "freeze",
        FREEZE_COMMAND,
        {"Event_type": "DeviceLocationUpdated"},
    ),
}
STATUSES = (401, 403, 404, 429, 500, 503)


@dataclass
class Scene:
    """One case with one device, LAB-0001, which can be wiped and is reported missing."""

    case: Case
    desk: Desk
    tenant: LocalTenant
    uid: str

    def play(self, meanwhile: Callable[[], object] = lambda: None) -> PlaybookRun:
        """`meanwhile` happens while the first question is thought about."""
        first = next(iter(self.case.answers))

        def think(_request: Any) -> dict[str, str]:
            meanwhile()
            return self.case.answers[first]

        inputs = self.case.inputs | {"Endpoint_id": self.uid}
        run = self.desk.play(self.case.playbook, {**self.case.answers, first: think}, {"deviceid": self.uid}, **inputs)
        assert run.ok, run.error or run.waiting
        return run

    def sent(self) -> dict[str, int]:
        counts = {kind: len(self.tenant.calls(f"POST /v3/actions/requests/{kind}")) for kind in DESTRUCTIVE}
        return {kind: count for kind, count in counts.items() if count}

    def send_the_same(self) -> None:
        """Another analyst, in another incident."""
        if self.case.command:
            assert self.desk.room.open_incident().run(f"!{self.case.command} device_ids={self.uid}").ok

    def told(self) -> str:
        return "\n".join(str(note["HumanReadable"]) for note in self.desk.runs[-1].notes)

    def assert_not_sent_again(self) -> None:
        """A second freeze only gives a new passcode: it is sent, and the war room says what is there already."""
        if self.case.kind == "freeze":
            assert any("replaces its passcode" in str(entry) for entry in self.desk.runs[-1].entries)
        else:
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
    uid = str(tenant.devices.by_name("LAB-0001")["deviceUid"])
    tenant.devices.update(uid, **{"espInfo.encryptionStatus": "ENCR", "deviceStatus": MISSING})
    return Scene(case, desk, tenant, uid)


@pytest.fixture(params=CASES)
def played(request: pytest.FixtureRequest, tenant: LocalTenant, desk: Desk) -> Scene:
    return scene(CASES[request.param], tenant, desk)


def test_found_meanwhile(played: Scene) -> None:
    played.play(lambda: played.tenant.devices.update(played.uid, deviceStatus=None))
    assert played.sent() == {}
    assert "found" in played.told().lower()
    played.assert_settled_if_closed()


@pytest.mark.parametrize("moment", ["from the start", "meanwhile"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_look_up_fails(played: Scene, status: int, moment: str) -> None:
    def fail() -> None:
        played.tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.status(status, retry_after=0)))

    if moment == "from the start":
        fail()
        run = played.play()
    else:
        run = played.play(fail)
    assert played.sent() == {}
    assert run.incident["status"] != CLOSED
    assert "read" in played.told()


def test_an_agent_is_offline(played: Scene, clock: ManualClock) -> None:
    played.tenant.agents.offline(played.uid)
    run = played.play()
    assert all(count == 1 for count in played.sent().values())
    if played.case.kind:
        assert run.incident["status"] != CLOSED
        # An unenrolment waits for no agent.
        assert ("read again: confirmed" if played.case.kind == "unenroll" else "pending") in played.told().lower()
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
    lagging.play(lambda: lagging.tenant.devices.update(lagging.uid, deviceStatus=None))
    assert all(count == 1 for count in lagging.sent().values())
    lagging.assert_settled_if_closed()
