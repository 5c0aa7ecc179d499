"""Absolute - Unenroll Devices: a person's devices or a list of devices leave Absolute, and only those."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults
from scenarios.playbooks.outcome import on_second_reading, reason, rows, sent, verdicts

UNENROLL = "Absolute - Unenroll Devices"
ASK = "Approve the unenrollment"
YES = {ASK: {"0": "Yes"}}
CREATE = "POST /v3/actions/requests/unenroll"
UNASKED = {"Require_approval": "false"}
LEAVER = "CORP\\leaver"


@pytest.fixture
def leaver(tenant: LocalTenant) -> list[str]:
    """The names of the two devices of a person who leaves."""
    return [tenant.devices.add(deviceName=name, username=LEAVER)["deviceName"] for name in ("LEAVE-1", "LEAVE-2")]


# ------------------------------------------------------------------------------------------------- the good way


def test_all_devices_of_a_person_are_unenrolled_after_an_approval(desk: Any, tenant: LocalTenant, leaver: list[str]) -> None:
    tenant.devices.add(deviceName="OTHER-1", username="CORP\\leaver2")
    shown = []

    def answer(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "Yes"}

    run = desk.play(UNENROLL, {ASK: answer}, Username=LEAVER)
    assert run.ok, run.error
    assert verdicts(run, "UnenrolledList") == dict.fromkeys(leaver, "unenrolled")
    assert rows(run, "NotUnenrolledList") == rows(run, "IncorrectList") == []
    assert sent(tenant, CREATE) == [leaver]
    assert all(name in shown[0] for name in leaver)
    assert "OTHER-1" not in shown[0]
    assert {tenant.devices.by_name(name).get("agentStatus") for name in leaver} == {"D"}
    for proof in ("Unenroll devices: 2 of 2 unenrolled", LEAVER, "Yes, by analyst.", "Read again: confirmed."):
        assert proof in desk.note()


@pytest.mark.parametrize(("separate", "count"), [("true", 0), ("false", 1)])
def test_whoever_asked_for_it_does_not_approve_it(separate: str, count: int, desk: Any, tenant: LocalTenant) -> None:
    desk.play(UNENROLL, YES, Endpoint_hostname="LAB-0001", Requested_by="Analyst", Separate_approver=separate)
    assert len(tenant.calls(CREATE)) == count
    assert ("must be somebody else" in desk.note()) is (count == 0)


def test_a_list_of_devices_is_unenrolled(desk: Any, tenant: LocalTenant, leaver: list[str]) -> None:
    serials = [tenant.devices.by_name(name)["serialNumber"] for name in ("LAB-0001", "LEAVE-1")]
    run = desk.play(UNENROLL, Serial_number=",".join([*serials, "SN999999"]), **UNASKED)
    assert run.ok, run.error
    assert sorted(verdicts(run, "UnenrolledList")) == ["LAB-0001", "LEAVE-1"]
    assert [row["Value"] for row in rows(run, "IncorrectList")] == ["SN999999"]


def test_what_is_not_eligible_is_left_out_with_the_reason(desk: Any, tenant: LocalTenant) -> None:
    tenant.devices.add(deviceName="STOLEN-1", isStolen=True)
    tenant.devices.add(deviceName="OFF-1", agentStatus="D")
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001,STOLEN-1,OFF-1", **UNASKED)
    assert sent(tenant, CREATE) == [["LAB-0001"]]
    assert verdicts(run, "NotUnenrolledList") == {"STOLEN-1": "ineligible", "OFF-1": "ineligible"}
    assert "reported stolen" in desk.note()


@pytest.mark.parametrize(("value", "expected"), [("true", []), ("false", [["LAB-0001"]])])
def test_missing_devices_are_left_out_when_asked(value: str, expected: list[Any], desk: Any, tenant: LocalTenant) -> None:
    assert desk.room.run("!absolute-device-missing-report device_names=LAB-0001").ok
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", Exclude_missing=value, Wait="false", **UNASKED)
    assert run.ok, run.error
    assert sent(tenant, CREATE) == expected


def test_without_waiting_an_unenrollment_is_pending(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", Wait="false", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotUnenrolledList") == {"LAB-0001": "pending"}


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


def test_without_a_device_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UNENROLL)
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


def test_when_no_device_is_eligible_nobody_is_asked(desk: Any, tenant: LocalTenant) -> None:
    tenant.devices.add(deviceName="OFF-1", agentStatus="D")
    run = desk.play(UNENROLL, Endpoint_hostname="OFF-1")
    assert run.ok, run.error
    assert desk.asked == []
    assert verdicts(run, "NotUnenrolledList") == {"OFF-1": "ineligible"}


# ------------------------------------------------------------------------------------------- the wrong machine


@pytest.mark.parametrize(
    "inputs",
    [
        {"Username": "CORP\\leav*"},
        {"Username": "*leaver"},
        {"Endpoint_hostname": "LEAVE-*"},
        {"Endpoint_hostname": "TWIN"},
        {"Username": LEAVER, "Endpoint_hostname": "LAB-0001"},
    ],
)
def test_what_is_neither_one_device_nor_one_user_is_left_alone(
    inputs: dict[str, str], desk: Any, tenant: LocalTenant, leaver: list[str]
) -> None:
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN")
    run = desk.play(UNENROLL, **inputs, **UNASKED)
    assert run.ok, run.error
    assert {row["Value"] for row in rows(run, "IncorrectList")} == set(inputs.values())
    assert tenant.calls(CREATE) == []
    assert rows(run, "UnenrolledList") == rows(run, "NotUnenrolledList") == []


def test_a_user_and_a_serial_number_narrow_to_one_device(desk: Any, tenant: LocalTenant, leaver: list[str]) -> None:
    serial = tenant.devices.by_name("LEAVE-1")["serialNumber"]
    run = desk.play(UNENROLL, Username=LEAVER, Serial_number=serial, **UNASKED)
    assert run.ok, run.error
    assert sent(tenant, CREATE) == [["LEAVE-1"]]


def test_a_device_that_becomes_eligible_while_the_approver_thinks_stays(desk: Any, tenant: LocalTenant) -> None:
    stolen = tenant.devices.add(deviceName="STOLEN-1", isStolen=True)["deviceUid"]

    def recover_then_approve(_request: Any) -> dict[str, str]:
        tenant.devices.update(stolen, isStolen=False)
        return {"0": "Yes"}

    run = desk.play(UNENROLL, {ASK: recover_then_approve}, Endpoint_hostname="LAB-0001,STOLEN-1")
    assert run.ok, run.error
    assert sent(tenant, CREATE) == [["LAB-0001"]]


def test_a_device_that_changes_hands_while_the_approver_thinks_is_left_alone(desk: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]

    def think(_request: Any) -> dict[str, str]:
        tenant.devices.update(uid, username="CORP\\somebody")
        return {"0": "Yes"}

    run = desk.play(UNENROLL, {ASK: think}, Endpoint_id=uid)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotUnenrolledList") == {"LAB-0001": "not sent"}
    assert "CORP\\somebody" in reason(run, "NotUnenrolledList")


# -------------------------------------------------------------------------------------------------- the approval


@pytest.mark.parametrize(("answer", "said"), [({"0": "No"}, "analyst answered No"), (None, "nobody answered within one hour")])
def test_without_a_yes_nothing_is_sent(answer: Any, said: str, desk: Any, tenant: LocalTenant, leaver: list[str]) -> None:
    run = desk.play(UNENROLL, {ASK: answer}, Username=LEAVER)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotUnenrolledList") == dict.fromkeys(leaver, "not sent")
    assert said in desk.note()


def test_a_yes_of_an_earlier_run_does_not_count(desk: Any, tenant: LocalTenant, leaver: list[str]) -> None:
    desk.play(UNENROLL, YES, Endpoint_hostname="LEAVE-1")
    run = desk.play(UNENROLL, Endpoint_hostname="LEAVE-2")
    assert run.ok, run.error
    assert desk.asked == [ASK]
    assert sent(tenant, CREATE) == [["LEAVE-1"]]
    assert rows(run, "UnenrolledList") == []


@pytest.mark.parametrize("value", ["", "Yes"])
def test_nothing_but_a_no_switches_the_approval_off(value: str, desk: Any, tenant: LocalTenant) -> None:
    desk.play(UNENROLL, Endpoint_hostname="LAB-0001", Require_approval=value)
    assert desk.asked == [ASK]
    assert tenant.calls(CREATE) == []


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_a_device_that_is_still_active_at_the_second_reading_is_not_called_unenrolled(
    desk: Any, tenant: LocalTenant, leaver: list[str]
) -> None:
    def enroll_again(process: Any) -> Any:
        tenant.devices.update(tenant.devices.by_name("LEAVE-1")["deviceUid"], agentStatus="A")
        return process()

    on_second_reading(tenant, enroll_again)
    run = desk.play(UNENROLL, Username=LEAVER, **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "UnenrolledList") == {"LEAVE-2": "unenrolled"}
    assert verdicts(run, "NotUnenrolledList") == {"LEAVE-1": "unknown"}
    assert "Read again: not confirmed." in reason(run, "NotUnenrolledList")


def test_a_device_that_left_the_report_counts_as_unenrolled(desk: Any, tenant: LocalTenant) -> None:
    empty = faults.changed(lambda answer: replace(answer, body=b'{"data":[],"metadata":{"pagination":{}}}'))
    on_second_reading(tenant, empty)
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "UnenrolledList") == {"LAB-0001": "unenrolled"}


def test_a_second_reading_that_fails_proves_nothing(desk: Any, tenant: LocalTenant) -> None:
    on_second_reading(tenant, faults.status(400))
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotUnenrolledList") == {"LAB-0001": "unknown"}
    assert "What failed" in desk.note()


def test_a_request_whose_answer_is_lost_is_told_as_unknown(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.reset_before(), CREATE))
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotUnenrolledList") == {"LAB-0001": "unknown"}
    assert len(tenant.calls(CREATE)) == 1, "never twice"


@pytest.mark.parametrize("params", [{"protected_devices": "LEAVE-1"}, {"max_devices_per_action": "1"}])
def test_the_limits_of_the_instance_stop_it_before_anybody_is_asked(
    params: dict[str, str], desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant, leaver: list[str]
) -> None:
    desk.room = make_war_room(**params)
    run = desk.play(UNENROLL, Username=LEAVER)
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotUnenrolledList") == dict.fromkeys(leaver, "not sent")


def test_a_token_that_may_not_unenroll(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.PERFORM_UNENROLL_DEVICE)
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert rows(run, "UnenrolledList") == []
    assert "Perform Unenroll Device" in reason(run, "NotUnenrolledList")


def test_a_token_that_may_not_read_devices(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    run = desk.play(UNENROLL, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert "View Device reports" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(UNENROLL) == []
