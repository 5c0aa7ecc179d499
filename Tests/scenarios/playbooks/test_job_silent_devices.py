"""JOB - Absolute - Silent Devices: who is silent, who gets a message, who is frozen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults
from local_xsoar import PlaybookRun

JOB, MESSAGE = "JOB - Absolute - Silent Devices", "Absolute - Message Silent Devices"
APPROVE, APPROVE_MESSAGE = "Approve the freeze", "Approve the message"
YES: dict[str, Any] = {APPROVE_MESSAGE: {"0": "Yes"}}
MESSAGES = "POST /v3/actions/requests/eum"
CLOSED = 2
NOTHING: dict[str, Any] = {"data": [], "metadata": {"pagination": {}}}


@pytest.fixture(autouse=True)
def silent(tenant: LocalTenant, clock: ManualClock) -> dict[str, str]:
    """Of all devices only four are silent for 40 days: two to follow up, one reported missing, one stolen."""
    for device in tenant.devices.all():
        if device["agentStatus"] == "A" and not tenant.agents.is_online(device["deviceUid"]):
            tenant.agents.online(device["deviceUid"])
    last = clock.now() - timedelta(days=40)
    states: dict[str, dict[str, Any]] = {
        "SILENT-1": {},
        "SILENT-2": {},
        "GONE-1": {"deviceStatus": {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}},
        "GONE-2": {"isStolen": True},
    }
    uids = {}
    for name, state in states.items():
        fields = {
            "deviceName": name,
            "agentStatus": "A",
            "isStolen": False,
            "deviceStatus": None,
            "platformOSType": "Windows",
            **state,
        }
        uid = tenant.devices.add(**fields)["deviceUid"]
        tenant.agents.offline(uid)
        tenant.devices.by_uid(uid).contact.set_last(last, clock.now())
        uids[name] = uid
    return uids


def names(run: PlaybookRun, key: str = "SilentDevices") -> set[str]:
    found = run.context.get(f"{key}.DeviceName")
    return {found} if isinstance(found, str) else set(found or [])


def message_count(tenant: LocalTenant) -> int:
    return len(tenant.calls(MESSAGES))


def test_silent_devices_get_a_message_once_and_are_listed(desk: Any, tenant: LocalTenant, silent: dict[str, str]) -> None:
    run = desk.play(JOB, YES)
    assert run.ok, run.error
    assert names(run) == {"SILENT-1", "SILENT-2"}
    assert names(run, "SilentExceptions") == {"GONE-1", "GONE-2"}
    assert sorted(tenant.calls(MESSAGES)[0].body["deviceUids"]) == sorted([silent["SILENT-1"], silent["SILENT-2"]])
    assert "Silent devices: 2" in desk.note()
    assert "pending" in desk.note()
    assert run.incident["status"] == CLOSED
    again = desk.play(JOB)
    assert names(again) == {"SILENT-1", "SILENT-2"}
    assert message_count(tenant) == 1, "the first message still waits on both devices"
    assert "**Message**: A message waits on each device already" in desk.note()


def test_the_message_appears_when_the_device_calls_in(
    desk: Any, tenant: LocalTenant, clock: ManualClock, silent: dict[str, str]
) -> None:
    desk.play(JOB, YES)
    tenant.agents.online(silent["SILENT-1"])
    clock.advance(3600)
    actions = desk.room.run(f"!absolute-message-actions-list device_uids={silent['SILENT-1']}")
    assert "Completed" in actions.markdown
    run = desk.play(JOB)
    assert names(run) == {"SILENT-2"}


def test_known_exceptions_by_name_serial_number_and_uid(desk: Any, tenant: LocalTenant, silent: dict[str, str]) -> None:
    serial = tenant.devices.by_name("SILENT-2")["serialNumber"]
    run = desk.play(JOB, Exceptions=f"silent-1, {serial}", Freeze_devices="true")
    assert run.ok, run.error
    assert names(run) == set()
    assert names(run, "SilentExceptions") == {"SILENT-1", "SILENT-2", "GONE-1", "GONE-2"}
    assert tenant.calls("POST /v3/actions") == []
    assert "Silent devices: 0" in desk.note()
    run = desk.play(JOB, Exceptions=silent["SILENT-1"], Send_message="false")
    assert names(run) == {"SILENT-2"}


@pytest.mark.parametrize("answer", [{"0": "No"}, None])
def test_a_message_that_nobody_approves_is_not_left(answer: dict[str, str] | None, desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(JOB, {APPROVE_MESSAGE: answer})
    assert run.ok, run.error
    assert desk.asked == [APPROVE_MESSAGE]
    assert message_count(tenant) == 0
    assert "Not approved" in desk.note()


def test_a_message_may_go_unasked(desk: Any, tenant: LocalTenant) -> None:
    desk.play(JOB, Require_approval="false")
    assert desk.asked == []
    assert message_count(tenant) == 1


def test_protected_devices_are_set_apart(desk: Any, tenant: LocalTenant, silent: dict[str, str]) -> None:
    desk.room.instance.params["protected_devices"] = "CORP\\SILENT-1"
    run = desk.play(JOB, {**YES, APPROVE: {"0": "Yes"}}, Freeze_devices="true")
    assert run.ok, run.error
    assert names(run) == {"SILENT-2"}
    assert names(run, "SilentExceptions") == {"SILENT-1", "GONE-1", "GONE-2"}
    assert "protected by the instance settings" in desk.note()
    for call in (MESSAGES, "POST /v3/actions/requests/freeze"):
        assert [record.body["deviceUids"] for record in tenant.calls(call)] == [[silent["SILENT-2"]]]


def test_nobody_is_asked_for_more_than_the_instance_allows(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.params["max_devices_per_action"] = "1"
    run = desk.play(JOB, {**YES, APPROVE: {"0": "Yes"}}, Freeze_devices="true")
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls("POST /v3/actions/requests") == []
    assert "2 devices are meant, but the instance allows 1" in desk.note()


def test_nobody_is_asked_about_a_message_that_a_read_only_instance_refuses(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.params["read_only"] = True
    run = desk.play(JOB, YES)
    assert desk.asked == []
    assert message_count(tenant) == 0
    assert "for none can be left. Not sent: this instance is read only" in desk.note()
    assert run.incident["status"] != CLOSED


def test_exceptions_are_read_as_protected_devices_are(desk: Any, tenant: LocalTenant, silent: dict[str, str]) -> None:
    exceptions = f"silent\u20111.corp.example.com;\n{silent['SILENT-2'].replace('-', '')}\tSPARE-9"
    run = desk.play(JOB, Exceptions=exceptions)
    assert names(run) == set()
    assert "Exceptions that no device has**: SPARE-9" in desk.note()
    refused = desk.play(JOB, Exceptions="SILENT-?")
    assert refused.ok, refused.error
    assert "cannot be understood: only" in desk.note()
    assert tenant.calls("POST /v3/actions") == []


@pytest.mark.parametrize(("answer", "requested"), [({"0": "Yes"}, 1), ({"0": "No"}, 0), (None, 0)])
def test_the_freeze_needs_an_approval(
    answer: dict[str, str] | None, requested: int, desk: Any, tenant: LocalTenant, silent: dict[str, str]
) -> None:
    run = desk.play(JOB, {APPROVE: answer}, Send_message="false", Freeze_devices="true", Close_incident="false")
    assert run.ok, run.error
    assert desk.asked == [APPROVE]
    assert len(tenant.calls("POST /v3/actions/requests/freeze")) == requested
    assert "Not frozen" in desk.note()
    assert run.incident["status"] != CLOSED


@pytest.fixture
def six(tenant: LocalTenant, clock: ManualClock, silent: dict[str, str]) -> dict[str, str]:
    """Four more silent devices."""
    for number in range(3, 7):
        silent[f"SILENT-{number}"] = uid = tenant.devices.add(
            deviceName=f"SILENT-{number}", agentStatus="A", isStolen=False, deviceStatus=None, platformOSType="Windows"
        )["deviceUid"]
        tenant.agents.offline(uid)
        tenant.devices.by_uid(uid).contact.set_last(clock.now() - timedelta(days=40), clock.now())
    return silent


@pytest.mark.parametrize("moment", [APPROVE_MESSAGE, APPROVE])
def test_it_is_looked_again_after_the_approval(
    moment: str, desk: Any, tenant: LocalTenant, clock: ManualClock, six: dict[str, str]
) -> None:
    """Of six devices one is as it was when the answer comes."""

    def think(_request: Any) -> dict[str, str]:
        tenant.devices.by_uid(six["SILENT-1"]).contact.set_last(clock.now(), clock.now())
        tenant.devices.update(six["SILENT-3"], deviceStatus={"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"})
        tenant.devices.update(six["SILENT-4"], agentStatus="D")
        tenant.devices.update(six["SILENT-5"], username="CORP\\heir")
        desk.room.instance.params["protected_devices"] = "SILENT-6"
        return {"0": "Yes"}

    message = str(moment == APPROVE_MESSAGE)
    run = desk.play(JOB, {**YES, APPROVE: {"0": "Yes"}, moment: think}, Freeze_devices="true", Send_message=message)
    assert run.ok, run.error
    for call in ([MESSAGES] if message == "True" else []) + ["POST /v3/actions/requests/freeze"]:
        assert [record.body["deviceUids"] for record in tenant.calls(call)] == [[six["SILENT-2"]]]
    for said in ("called in at", "reported missing or stolen meanwhile", "unenrolled", "heir", "protected by the instance"):
        assert said in desk.note()


def test_nobody_is_asked_again_when_nothing_is_as_it_was(desk: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    def think(_request: Any) -> dict[str, str]:
        for name in ("SILENT-1", "SILENT-2"):
            tenant.devices.by_name(name).contact.set_last(clock.now(), clock.now())
        return {"0": "Yes"}

    run = desk.play(JOB, {APPROVE_MESSAGE: think, APPROVE: {"0": "Yes"}}, Freeze_devices="true")
    assert run.ok, run.error
    assert desk.asked == [APPROVE_MESSAGE]
    assert tenant.calls("POST /v3/actions/requests") == []
    assert "Changed meanwhile" in desk.note()


@pytest.mark.parametrize(("by", "sent"), [("another job", 1), ("a failing read", 0)])
def test_a_message_of_somebody_else_meanwhile_is_enough(by: str, sent: int, desk: Any, tenant: LocalTenant) -> None:
    def think(_request: Any) -> dict[str, str]:
        if sent:
            assert desk.room.run("!absolute-device-message-send device_names=SILENT-1,SILENT-2 message=Hello").ok
        else:
            tenant.faults.add(Fault(when="/v3/actions/eum/get-actions", action=faults.status(400)))
        return {"0": "Yes"}

    run = desk.play(JOB, {APPROVE_MESSAGE: think})
    assert run.ok, run.error
    assert message_count(tenant) == sent
    assert "**Message**: Yes, by analyst" in desk.note()
    assert ("A message waits on each device" in desk.note()) == bool(sent)


@pytest.mark.parametrize("days", ["", "soon", "-3"])
def test_a_number_of_days_is_needed(days: str, desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(JOB, Silent_days=days)
    assert run.ok, run.error
    assert "must be a whole number of days" in desk.note()
    assert tenant.requests == []


def test_nobody_is_silent_that_long(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(JOB, Silent_days="100")
    assert run.ok, run.error
    assert message_count(tenant) == 0
    assert "Silent devices: 0" in desk.note()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (Permission.VIEW_DEVICE_REPORTS, "nothing was done"),
        (Permission.VIEW_SEND_MESSAGE, "View Send Message"),
        (Permission.MANAGE_SEND_MESSAGE, "Manage Send Message"),
    ],
)
def test_without_a_permission_the_note_says_so(
    missing: Permission, said: str, desk_without: Callable[..., Any], tenant: LocalTenant
) -> None:
    desk = desk_without(missing)
    run = desk.play(JOB, YES)
    assert run.ok, run.error
    assert said in desk.note()
    assert "What failed" in desk.note()
    assert message_count(tenant) == (1 if missing is Permission.MANAGE_SEND_MESSAGE else 0)
    assert run.incident["status"] != CLOSED


@pytest.mark.parametrize("second", [faults.status(200, body=NOTHING), faults.status(403)], ids=["nothing", "403"])
def test_no_device_at_all_is_no_answer(second: Any, desk: Any, tenant: LocalTenant) -> None:
    """Some accounts answer so for want of the permission."""
    actions = iter([faults.status(200, body=NOTHING), second])
    tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=lambda process: next(actions)(process)))
    run = desk.play(JOB)
    assert run.ok, run.error
    assert "could" in desk.note()
    assert "What failed" in desk.note()
    assert run.incident["status"] != CLOSED


def test_when_the_messages_cannot_be_looked_at_none_is_sent(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="/v3/actions/eum/get-actions", action=faults.status(400)))
    run = desk.play(JOB)
    assert run.ok, run.error
    assert message_count(tenant) == 0
    assert "What failed" in desk.note()


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    assert desk.play(JOB).ok
    assert tenant.requests == []
    assert "no active instance" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(JOB, MESSAGE) == []
