"""Absolute - Wipe Devices: nothing is erased that the approver did not see, and nothing is called wiped without proof."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults
from scenarios.playbooks.outcome import reason, rows, sent, verdicts

WIPE = "Absolute - Wipe Devices"
ASK = "Approve the wipe"
YES = {ASK: {"0": "Yes"}}
CREATE = "POST /v3/actions/requests/wipe"
ACTIONS = "POST /v3/actions/wipe/get-actions"
CERTIFICATES = "GET /v3/actions/wipe/certificates"
UNASKED = {"Require_approval": "false"}
WINDOWS, MAC, CHROMEBOOK = "LAB-0001", "LAB-0002", "LAB-0003"


def test_devices_are_wiped_after_an_approval_with_a_certificate_each(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE, YES, Endpoint_hostname=f"{WINDOWS},LAB-0004,LAB-9999")
    assert run.ok, run.error
    assert verdicts(run, "WipedList") == {WINDOWS: "wiped", "LAB-0004": "wiped"}
    assert rows(run, "NotWipedList") == []
    assert [row["Value"] for row in rows(run, "IncorrectList")] == ["LAB-9999"]
    assert sent(tenant, CREATE) == [[WINDOWS, "LAB-0004"]]
    certificates = {row["DeviceName"]: row["CertificateUid"] for row in rows(run, "WipeCertificates")}
    assert set(certificates) == {WINDOWS, "LAB-0004"}
    assert len(rows(run, "InfoFile")) == 2
    for proof in ("Wipe devices: 2 of 2 wiped", "Yes, by analyst.", certificates[WINDOWS], "Read again: confirmed."):
        assert proof in desk.note()
    assert tenant.calls(CREATE)[0].body["unenrollDevicesAndFreeLicenses"] is False


def test_the_approver_sees_exactly_what_will_be_erased(desk: Any, tenant: LocalTenant) -> None:
    shown = []

    def answer(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "Yes"}

    run = desk.play(WIPE, {ASK: answer}, Endpoint_hostname=f"{WINDOWS},{MAC},{CHROMEBOOK}")
    device = tenant.devices.by_name(WINDOWS)
    for fact in (WINDOWS, device["deviceUid"], device["serialNumber"], device["username"], "Windows 11", "last contact"):
        assert fact in shown[0]
    assert MAC not in shown[0]
    assert CHROMEBOOK not in shown[0]
    assert sent(tenant, CREATE) == [[WINDOWS]]
    assert verdicts(run, "NotWipedList") == {MAC: "ineligible", CHROMEBOOK: "ineligible"}
    assert "a Mac needs" in desk.note()
    assert "runs Chromebook" in desk.note()


def test_devices_are_unenrolled_afterwards_when_asked(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, Unenroll="true", **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE)[0].body["unenrollDevicesAndFreeLicenses"] is True


def test_without_waiting_a_wipe_is_pending(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, Wait="false", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotWipedList") == {WINDOWS: "pending"}
    assert tenant.calls(CERTIFICATES) == []
    assert run.outputs["Absolute.WipeRequest.requestUid"] in desk.note()


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS)
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


def test_without_a_device_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE)
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


def test_when_no_device_is_eligible_nobody_is_asked(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE, Endpoint_hostname=CHROMEBOOK)
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotWipedList") == {CHROMEBOOK: "ineligible"}


# ------------------------------------------------------------------------------------------- the wrong machine


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"Endpoint_hostname": "TWIN"}, "Ambiguous"),
        ({"Serial_number": "SN*"}, "Ambiguous"),
        ({"Username": "*"}, None),
        ({"Endpoint_hostname": WINDOWS, "Serial_number": "SN000112"}, "NotFound"),
    ],
)
def test_what_is_not_exactly_one_device_is_left_alone(
    inputs: dict[str, str], status: str | None, desk: Any, tenant: LocalTenant
) -> None:
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN")
    run = desk.play(WIPE, **inputs, **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert {row["Status"] for row in rows(run, "IncorrectList")} == ({status} if status else set())
    assert rows(run, "WipedList") == rows(run, "NotWipedList") == []


def test_names_that_change_hands_while_the_approver_thinks_change_nothing(desk: Any, tenant: LocalTenant) -> None:
    first, second = (tenant.devices.by_name(name)["deviceUid"] for name in (WINDOWS, "LAB-0004"))

    def swap_then_approve(_request: Any) -> dict[str, str]:
        tenant.devices.update(first, deviceName="LAB-0004")
        tenant.devices.update(second, deviceName=WINDOWS)
        return {"0": "Yes"}

    run = desk.play(WIPE, {ASK: swap_then_approve}, Endpoint_hostname=WINDOWS)
    assert run.ok, run.error
    assert [record.body["deviceUids"] for record in tenant.calls(CREATE)] == [[first]]
    assert [row["DeviceUid"] for row in rows(run, "WipedList")] == [first]


def test_a_device_that_becomes_eligible_while_the_approver_thinks_is_not_erased(desk: Any, tenant: LocalTenant) -> None:
    windows, other = tenant.devices.by_name(WINDOWS), tenant.devices.by_name(CHROMEBOOK)["deviceUid"]
    fields = {name: windows[name] for name in ("platformOSType", "operatingSystem", "espInfo")}

    def reinstall_then_approve(_request: Any) -> dict[str, str]:
        tenant.devices.update(other, **fields)
        return {"0": "Yes"}

    run = desk.play(WIPE, {ASK: reinstall_then_approve}, Endpoint_hostname=f"{WINDOWS},{CHROMEBOOK}")
    assert run.ok, run.error
    assert sent(tenant, CREATE) == [[WINDOWS]]
    assert verdicts(run, "NotWipedList") == {CHROMEBOOK: "ineligible"}


def test_a_device_that_changes_hands_while_the_approver_thinks_is_left_alone(desk: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]

    def think(_request: Any) -> dict[str, str]:
        tenant.devices.update(uid, username="CORP\\somebody")
        return {"0": "Yes"}

    run = desk.play(WIPE, {ASK: think}, Endpoint_id=uid)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotWipedList") == {"LAB-0001": "not sent"}
    assert "CORP\\somebody" in reason(run, "NotWipedList")


# -------------------------------------------------------------------------------------------------- the approval


@pytest.mark.parametrize(("answer", "said"), [({"0": "No"}, "analyst answered No"), (None, "nobody answered within one hour")])
def test_without_a_yes_nothing_is_erased(answer: Any, said: str, desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(WIPE, {ASK: answer}, Endpoint_hostname=WINDOWS)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotWipedList") == {WINDOWS: "not sent"}
    assert said in reason(run, "NotWipedList")


def test_a_yes_and_a_dry_run_of_an_earlier_run_do_not_count(desk: Any, tenant: LocalTenant) -> None:
    desk.play(WIPE, YES, Endpoint_hostname=WINDOWS)
    refused = desk.play(WIPE, Endpoint_hostname="LAB-0004")
    assert desk.asked == [ASK]
    assert rows(refused, "WipedList") == []
    desk.play(WIPE, YES, Endpoint_hostname="LAB-0005")
    assert sent(tenant, CREATE) == [[WINDOWS], ["LAB-0005"]]


@pytest.mark.parametrize("value", ["", "Yes"])
def test_nothing_but_a_no_switches_the_approval_off(value: str, desk: Any, tenant: LocalTenant) -> None:
    desk.play(WIPE, Endpoint_hostname=WINDOWS, Require_approval=value)
    assert desk.asked == [ASK]
    assert tenant.calls(CREATE) == []


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_an_agent_that_never_checks_in(desk: Any, tenant: LocalTenant) -> None:
    tenant.agents.offline(tenant.devices.by_name(WINDOWS)["deviceUid"])
    run = desk.play(WIPE, Endpoint_hostname=f"{WINDOWS},LAB-0004", Timeout_in_seconds="7200", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "WipedList") == {"LAB-0004": "wiped"}
    assert verdicts(run, "NotWipedList") == {WINDOWS: "pending"}


def after_success(tenant: LocalTenant, action: faults.Action) -> None:
    """Does something to the readings of the actions that follow the one in which the command saw the wipe succeed."""
    seen = False

    def watch(process: Any) -> Any:
        nonlocal seen
        if seen:
            return action(process)
        answer = process()
        seen = b'"Succeeded"' in answer.body
        return answer

    tenant.faults.add(Fault(watch, ACTIONS))


def test_an_action_that_the_second_reading_does_not_confirm_is_not_called_wiped(desk: Any, tenant: LocalTenant) -> None:
    after_success(tenant, faults.changed(lambda answer: replace(answer, body=answer.body.replace(b"Succeeded", b"Failed"))))
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert rows(run, "WipedList") == []
    assert verdicts(run, "NotWipedList") == {WINDOWS: "unknown"}
    assert "Read again: not confirmed." in reason(run, "NotWipedList")


def test_a_second_reading_that_fails_proves_nothing(desk: Any, tenant: LocalTenant) -> None:
    after_success(tenant, faults.status(400))
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotWipedList") == {WINDOWS: "unknown"}
    assert "What failed" in desk.note()


def test_a_certificate_that_cannot_be_had_is_said(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.status(404), CERTIFICATES))
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "WipedList") == {WINDOWS: "wiped"}
    assert rows(run, "WipeCertificates") == []
    assert "What failed" in desk.note()


def test_a_request_whose_answer_is_lost_is_told_as_unknown(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.reset_before(), CREATE))
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotWipedList") == {WINDOWS: "unknown"}
    assert len(tenant.calls(CREATE)) == 1, "never twice"


@pytest.mark.parametrize("params", [{"protected_devices": WINDOWS}, {"max_devices_per_action": "1"}])
def test_the_limits_of_the_instance_stop_it_before_anybody_is_asked(
    params: dict[str, str], desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant
) -> None:
    desk.room = make_war_room(**params)
    run = desk.play(WIPE, Endpoint_hostname=f"{WINDOWS},LAB-0004")
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(CREATE) == []
    assert set(verdicts(run, "NotWipedList").values()) == {"not sent"}


def test_a_token_that_may_not_wipe(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.PERFORM_WIPE_DEVICE)
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert rows(run, "WipedList") == []
    assert "Perform Wipe Device" in reason(run, "NotWipedList")


def test_a_token_that_may_not_read_devices(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    run = desk.play(WIPE, Endpoint_hostname=WINDOWS, **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert "View Device reports" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(WIPE) == []
