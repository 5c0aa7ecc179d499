"""Absolute - Recovered Device: what was done to a lost device is taken back, when a person says so."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults

RECOVERED, RELEASE = "Absolute - Recovered Device", "Absolute - Release Device"
CONFIRM = "Confirm the recovery"
YES = {CONFIRM: {"0": "Yes", "1": "Help desk, badge checked"}}
FIELDS = ("Incident ID", "Incident Status", "Incident Owner")
CLOSED = 2


@pytest.fixture(autouse=True)
def lost(tenant: LocalTenant, desk: Any) -> str:
    """LAB-0001: reported missing, frozen, and marked in the console."""
    uid = str(tenant.devices.by_name("LAB-0001")["deviceUid"])
    definitions = [tenant.custom_fields.define(name, "Text", "UDF") for name in FIELDS]
    tenant.custom_fields.write(tenant.devices.by_uid(uid), {definition.uid: "open" for definition in definitions})
    for command in (
        "absolute-device-missing-report",
        "absolute-device-freeze-request request_name=x message_name=x html_message=x polling=true",
    ):
        assert desk.room.run(f"!{command} device_ids={uid}").ok
    desk.room.context.data.clear()
    tenant.requests.clear()
    return uid


def is_missing(tenant: LocalTenant) -> bool:
    return bool(tenant.devices.by_name("LAB-0001").get("deviceStatus"))


def is_frozen(tenant: LocalTenant) -> bool:
    return (tenant.devices.by_name("LAB-0001").get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"


def field_values(tenant: LocalTenant) -> list[str]:
    values = tenant.custom_fields.values(tenant.devices.by_name("LAB-0001"))
    return [value for name in FIELDS if (value := values.get(tenant.custom_fields.by_name(name).uid))]


def writes(tenant: LocalTenant) -> list[str]:
    changing = ("POST /v3/tracking", "POST /v3/actions", "PUT ")
    return [record.path for prefix in changing for record in tenant.calls(prefix)]


def test_everything_is_taken_back_and_the_incident_closed(desk: Any, tenant: LocalTenant, lost: str) -> None:
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert (is_missing(tenant), is_frozen(tenant), field_values(tenant)) == (False, False, [])
    assert desk.asked == [CONFIRM], "one question, not one more for the release"
    assert run.incident["status"] == CLOSED
    assert run.incident["absolutefreezestatus"] == "not frozen"
    note = desk.note()
    for proof in ("Help desk, badge checked", "found", "unfrozen", "Device fields written"):
        assert proof in note
    assert "What failed" not in note


@pytest.mark.parametrize("answer", [{"0": "No"}, None])
def test_nothing_is_released_without_a_yes(answer: dict[str, str] | None, desk: Any, tenant: LocalTenant, lost: str) -> None:
    run = desk.play(
        RECOVERED, {CONFIRM: answer}, Serial_number=tenant.devices.by_uid(lost)["serialNumber"], Close_incident="true"
    )
    assert run.ok, run.error
    assert (is_missing(tenant), is_frozen(tenant)) == (True, True)
    assert "nothing was done" in desk.note()
    assert writes(tenant) == []
    assert run.incident["status"] != CLOSED


def test_an_earlier_yes_does_not_count_in_a_second_run(desk: Any, tenant: LocalTenant, lost: str) -> None:
    desk.play(RECOVERED, YES, Endpoint_id=lost)
    desk.room.run(f"!absolute-device-freeze-request device_ids={lost} request_name=x message_name=x html_message=x polling=true")
    run = desk.play(RECOVERED, Endpoint_id=lost)
    assert run.ok
    assert is_frozen(tenant)


def test_the_question_can_be_switched_off_and_the_fields_left(desk: Any, tenant: LocalTenant, lost: str) -> None:
    run = desk.play(RECOVERED, Endpoint_hostname="LAB-0001", Require_approval="false", Clear_device_fields="false")
    assert run.ok, run.error
    assert desk.asked == []
    assert not is_frozen(tenant)
    assert field_values(tenant) == ["open"] * 3
    assert run.incident["status"] != CLOSED


def test_a_device_that_was_not_reported_missing(desk: Any, tenant: LocalTenant, lost: str) -> None:
    tenant.devices.update(lost, deviceStatus=None)
    run = desk.play(RECOVERED, YES, Endpoint_id=lost)
    assert run.ok, run.error
    assert tenant.calls("POST /v3/tracking/device-missing/found") == []
    assert not is_frozen(tenant)


def test_when_somebody_else_reports_it_found_first(desk: Any, tenant: LocalTenant, lost: str) -> None:
    """Between the look at the device and the report: the API refuses, the note says so, the incident stays open."""

    def confirm(_request: Any) -> dict[str, str]:
        tenant.devices.update(lost, deviceStatus=None)
        return {"0": "Yes"}

    run = desk.play(RECOVERED, {CONFIRM: confirm}, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert "not reported missing" in desk.note()
    assert not is_frozen(tenant)
    assert run.incident["status"] != CLOSED


def test_when_the_answer_to_the_report_is_lost(desk: Any, tenant: LocalTenant, lost: str) -> None:
    """Whether it was reported found is unknown: the note says so, the incident stays open."""
    tenant.faults.add(Fault(faults.reset_before(), "POST /v3/tracking/device-missing/found"))
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert "The device was not reported found: unknown" in desk.note()
    assert run.incident["status"] != CLOSED


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (Permission.MANAGE_MISSING_DEVICE, "Manage Missing Device"),
        (Permission.PERFORM_FREEZE_DEVICE, "Perform Freeze Device"),
        (Permission.MANAGE_DEVICE_FIELDS, "Manage Device Fields"),
    ],
)
def test_without_a_permission_the_rest_is_done_and_the_incident_stays_open(
    missing: Permission, said: str, desk_without: Callable[..., Any], tenant: LocalTenant, lost: str
) -> None:
    desk = desk_without(missing)
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    done = {
        Permission.MANAGE_MISSING_DEVICE: not is_missing(tenant),
        Permission.PERFORM_FREEZE_DEVICE: not is_frozen(tenant),
        Permission.MANAGE_DEVICE_FIELDS: not field_values(tenant),
    }
    assert {permission for permission, succeeded in done.items() if not succeeded} == {missing}
    assert said in desk.note()
    assert run.incident["status"] != CLOSED


def test_an_agent_that_never_checks_in_stays_frozen_and_open(desk: Any, tenant: LocalTenant, lost: str) -> None:
    tenant.agents.offline(lost)
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert "pending" in desk.note()
    assert run.incident["status"] != CLOSED
    assert run.incident["absolutefreezestatus"] == "frozen"


@pytest.mark.parametrize(
    ("fault", "told", "closed"),
    [
        (None, "### Policy group", True),
        (faults.status(400), "What failed", False),
        (faults.reset_after(), "The device was not moved back into its policy group: unknown", False),
    ],
)
def test_it_is_moved_back_into_its_policy_group(
    fault: Any, told: str, closed: bool, desk: Any, tenant: LocalTenant, lost: str
) -> None:
    moves = "POST /v3/configurations/policy-groups/move-devices"
    if fault:
        tenant.faults.add(Fault(fault, moves))
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true", Return_group="Kiosks")
    assert run.ok, run.error
    assert told in desk.note()
    assert len(tenant.calls(moves)) == 1
    assert (run.incident["status"] == CLOSED) is closed


def test_a_device_that_changes_hands_while_the_answer_is_awaited_stays_as_it_is(
    desk: Any, tenant: LocalTenant, lost: str
) -> None:
    def confirm(_request: Any) -> dict[str, str]:
        tenant.devices.update(lost, username="CORP\\somebody")
        return {"0": "Yes"}

    run = desk.play(RECOVERED, {CONFIRM: confirm}, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert (is_missing(tenant), is_frozen(tenant)) == (True, True)
    assert "CORP\\somebody" in desk.note()
    assert run.incident["status"] != CLOSED


@pytest.mark.parametrize(("kind", "verdict"), [("wipe", "pending"), ("script", "unknown")])
def test_what_the_case_has_asked_for_must_be_seen_to_have_ended(kind: str, verdict: str, desk: Any, lost: str) -> None:
    """Lists may lag: what the case knows to be pending is not gone because no list has it."""
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true", **{f"{kind.capitalize()}_verdict": verdict})
    assert run.ok, run.error
    assert f"{kind} (asked for by this case, and not listed)" in desk.note()
    assert run.incident["status"] != CLOSED


def test_a_wipe_that_one_list_did_not_show_keeps_the_incident_open(desk: Any, tenant: LocalTenant, lost: str) -> None:
    """It is another user's. The case looks when it releases the device, and right before it closes."""
    tenant.devices.update(lost, **{"espInfo.encryptionStatus": "ENCR"})
    tenant.actions.hold("wipe", lost)
    assert desk.room.open_incident().run(f"!absolute-wipe-request-create device_ids={lost}").ok
    readings = 0

    def is_meant(_method: str, path: str, _query: str, _body: Any) -> bool:
        nonlocal readings
        readings += "wipe/get-actions" in path
        return "wipe/get-actions" in path and readings == 1

    nothing = {"data": [], "metadata": {"pagination": {}}}
    tenant.faults.add(Fault(faults.status(200, body=nothing), is_meant))
    run = desk.play(RECOVERED, YES, Endpoint_id=lost, Close_incident="true")
    assert run.ok, run.error
    assert run.incident["status"] != CLOSED
    assert "Can still happen" in desk.note()


@pytest.mark.parametrize("inputs", [{}, {"Serial_number": "NOSUCH"}, {"Endpoint_hostname": "LAB-0010"}])
def test_it_must_be_exactly_one_device(inputs: dict[str, str], desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(RECOVERED, YES, **inputs)
    assert run.ok, run.error
    assert "nothing was done" in desk.note()
    assert writes(tenant) == []
    assert desk.asked == []


def test_when_the_device_cannot_be_read_nothing_is_done(desk: Any, tenant: LocalTenant, lost: str) -> None:
    tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.status(403)))
    run = desk.play(RECOVERED, YES, Endpoint_id=lost)
    assert run.ok, run.error
    assert writes(tenant) == []


def test_nothing_is_released_that_nobody_confirmed(desk: Any, tenant: LocalTenant) -> None:
    assert desk.play(RELEASE, Approval="").ok
    assert tenant.requests == []
    assert "Nobody confirmed that it is back" in desk.note()


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant, lost: str) -> None:
    desk.room.instance.state = "disabled"
    assert desk.play(RECOVERED, YES, Endpoint_id=lost).ok
    assert tenant.requests == []
    assert "no active instance" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(RECOVERED, RELEASE) == []
