"""Absolute - Quarantine Device: into another policy group with a person's approval, and back when the device is recovered."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults

QUARANTINE, RECOVERED, TRIAGE = "Absolute - Quarantine Device", "Absolute - Recovered Device", "Absolute - Device Event Triage"
APPROVE, CONFIRM = "Approve the quarantine", "Confirm the recovery"
YES, NO = {"0": "Yes"}, {"0": "No"}
MOVES = "POST /v3/configurations/policy-groups/move-devices"


@pytest.fixture(params=["Laptops", "Global Policy Group"])
def home(request: pytest.FixtureRequest, tenant: LocalTenant) -> str:
    """The policy group in which LAB-0001 is: one of the customer's, and the system's, of which devices have no UID."""
    group = next(one for one in tenant.account.policies.groups.values() if one.name == request.param)
    own = None if group.name == "Global Policy Group" else group.uid
    tenant.devices.update(uid(tenant), policyGroupUid=own, policyGroupName=group.name)
    return str(request.param)


@pytest.fixture
def laptops(tenant: LocalTenant) -> None:
    """LAB-0001 is in the policy group Laptops."""
    group = next(one for one in tenant.account.policies.groups.values() if one.name == "Laptops")
    tenant.devices.update(uid(tenant), policyGroupUid=group.uid, policyGroupName=group.name)


def uid(tenant: LocalTenant) -> str:
    return str(tenant.devices.by_name("LAB-0001")["deviceUid"])


def group_of(tenant: LocalTenant) -> str:
    return str(tenant.devices.by_name("LAB-0001")["policyGroupName"])


def play(desk: Any, answer: Any, group: str = "Kiosks", **inputs: Any) -> Any:
    """Plays the playbook on LAB-0001, as the enrichment has it."""
    desk.play("Absolute - Device Enrichment", Endpoint_hostname="LAB-0001", Sensitive_data="false")
    summary = desk.room.context.get("DeviceSummary")
    run = desk.play(QUARANTINE, {APPROVE: answer}, {"id": "7"}, Device=summary, Quarantine_group=group, **inputs)
    assert run.ok, run.error or run.waiting
    return run


def test_there_and_back(desk: Any, tenant: LocalTenant, home: str) -> None:
    run = play(desk, YES)
    assert group_of(tenant) == "Kiosks"
    assert run.context.get("Absolute.PolicyGroupMove.Verdict") == "moved"
    assert run.context.get("Quarantine.DeviceUid") == uid(tenant)
    assert "The device report shows it in this policy group." in desk.note()
    assert f"**Policy group before**: {home}" in desk.note()
    back = desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=uid(tenant), Clear_device_fields="false", Close_incident="true")
    assert back.ok, back.error
    assert group_of(tenant) == home
    assert "### Policy group" in desk.note()
    assert back.incident["status"] == 2
    assert back.context.get("Quarantine") is None
    sent = len(tenant.calls(MOVES))
    assert desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=uid(tenant), Clear_device_fields="false").ok
    assert len(tenant.calls(MOVES)) == sent, "what was taken back is not taken back again"


def test_another_device_of_the_incident_is_not_moved(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    play(desk, YES)
    other = tenant.devices.by_name("LAB-0002")
    desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=other["deviceUid"], Clear_device_fields="false")
    assert len(tenant.calls(MOVES)) == 1
    assert group_of(tenant) == "Kiosks"


def test_the_group_to_return_to_can_be_named(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    play(desk, YES)
    desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=uid(tenant), Return_group="Global Policy Group", Clear_device_fields="false")
    assert group_of(tenant) == "Global Policy Group"


def test_a_way_back_that_fails_is_told_and_the_incident_stays_open(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    play(desk, YES)
    tenant.faults.add(Fault(faults.status(400), MOVES))
    run = desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=uid(tenant), Clear_device_fields="false", Close_incident="true")
    assert "What failed" in desk.note()
    assert run.incident["status"] != 2
    assert run.context.get("Quarantine.PreviousGroup"), "the next run can try again"


@pytest.mark.parametrize("answer", [NO, None])
def test_without_a_yes_nothing_is_moved(answer: Any, desk: Any, tenant: LocalTenant, laptops: None) -> None:
    run = play(desk, answer)
    assert tenant.calls(MOVES) == []
    assert "**Approval**" in desk.note()
    assert run.context.get("Quarantine") is None


def test_the_question_can_be_switched_off(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    play(desk, None, Require_approval="false")
    assert desk.asked == []
    assert group_of(tenant) == "Kiosks"


def test_a_device_that_is_there_already(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    run = play(desk, YES, group="laptops")
    assert (desk.asked, tenant.calls(MOVES), run.context.get("Quarantine")) == ([], [], None)
    assert "in this policy group already" in desk.note()


@pytest.mark.parametrize("missing", [Permission.VIEW_POLICIES, None])
def test_what_stands_against_it_is_told_before_anybody_is_asked(
    missing: Permission | None, desk: Any, desk_without: Callable[..., Any], tenant: LocalTenant, laptops: None
) -> None:
    chosen = desk_without(missing) if missing else desk
    play(chosen, YES, group="Kiosks" if missing else "Nowhere")
    assert chosen.asked == []
    assert tenant.calls(MOVES) == []
    assert ("View Policies" if missing else "is no policy group") in chosen.note()


def test_a_device_that_cannot_be_read(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    desk.play("Absolute - Device Enrichment", Endpoint_hostname="LAB-0001")
    summary = desk.room.context.get("DeviceSummary")
    tenant.faults.add(Fault(faults.status(403), "GET /v3/reporting/devices"))
    run = desk.play(QUARANTINE, {APPROVE: YES}, {"id": "7"}, Device=summary, Quarantine_group="Kiosks")
    assert run.ok, run.error
    assert (desk.asked, tenant.calls(MOVES)) == ([], [])
    assert "What failed" in desk.note()


def test_a_device_that_changes_hands_meanwhile_stays(desk: Any, tenant: LocalTenant, laptops: None) -> None:
    def approve(_request: Any) -> dict[str, str]:
        tenant.devices.update(uid(tenant), username="CORP\\somebody")
        return YES

    play(desk, approve)
    assert tenant.calls(MOVES) == []
    assert "Changed meanwhile" in desk.note()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (faults.status(400), "What failed"),
        (faults.reset_after(), "unknown"),
    ],
)
def test_a_move_that_fails_or_whose_answer_is_lost(fault: Any, told: str, desk: Any, tenant: LocalTenant, laptops: None) -> None:
    tenant.faults.add(Fault(fault, MOVES))
    run = play(desk, YES)
    assert told in desk.note()
    assert run.context.get("Quarantine.PreviousGroup"), "it may have been moved all the same"
    assert len(tenant.calls(MOVES)) == 1


def test_a_move_that_takes_long_is_pending(
    desk: Any, tenant: LocalTenant, clock: ManualClock, laptops: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant.account.policies, "_moved", lambda move: None)
    run = play(desk, YES, Timeout_in_seconds="60")
    assert run.context.get("Absolute.PolicyGroupMove.Verdict") == "pending"
    clock.advance(60)
    back = desk.play(RECOVERED, {CONFIRM: YES}, Endpoint_id=uid(tenant), Return_group="Kiosks", Clear_device_fields="false")
    assert "The device was not moved back into its policy group: pending" in str(back.context.get("ErrorEntries"))


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(QUARANTINE) == []
