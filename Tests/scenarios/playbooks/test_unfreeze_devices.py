"""Absolute - Unfreeze Devices: no device is released that was not meant and approved, and none is called free that is frozen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults
from scenarios.playbooks.outcome import on_second_reading, reason, rows, sent, verdicts

UNFREEZE = "Absolute - Unfreeze Devices"
ASK = "Approve the release"
YES = {ASK: {"0": "Yes"}}
REMOVE = "POST /v3/actions/freeze/remove-freeze"
UNASKED = {"Require_approval": "false"}


def is_frozen(tenant: LocalTenant, name: str) -> bool:
    return (tenant.devices.by_name(name).get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"


def states(tenant: LocalTenant, name: str) -> list[str]:
    return list(tenant.devices.by_name(name).get("deviceFreezeReportingStatuses") or [])


@pytest.fixture
def freeze(desk: Any) -> Callable[..., None]:
    """Freezes devices by name, and forgets it."""

    def run(names: str, **args: str) -> None:
        wanted = {"request_name": "x", "message_name": "x", "html_message": "x", "polling": "true", **args}
        assert desk.room.execute("absolute-device-freeze-request", {"device_names": names, **wanted}).ok
        desk.room.context.data.clear()

    return run


# ------------------------------------------------------------------------------------------------- the good way


def test_devices_are_released_after_an_approval(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001,LAB-0002")
    shown = []

    def answer(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "Yes"}

    run = desk.play(UNFREEZE, {ASK: answer}, Endpoint_hostname="LAB-0001,LAB-0003,LAB-9999")
    assert run.ok, run.error
    assert verdicts(run, "UnfrozenList") == {"LAB-0001": "unfrozen", "LAB-0003": "unfrozen"}
    assert {row["Value"] for row in rows(run, "IncorrectList")} == {"LAB-9999"}
    assert [(one["Hostname"], one["Vendor"]) for one in rows(run, "Endpoint")] == [
        ("LAB-0001", "Absolute"),
        ("LAB-0003", "Absolute"),
    ]
    assert sent(tenant, REMOVE) == [["LAB-0001"]]
    assert "LAB-0001" in shown[0]
    assert "LAB-0003" not in shown[0], "it was never frozen"
    assert (is_frozen(tenant, "LAB-0001"), is_frozen(tenant, "LAB-0002")) == (False, True)
    for proof in ("Unfreeze devices: 2 of 2 unfrozen", "Yes, by analyst.", "Read again: confirmed.", "nothing was sent"):
        assert proof in desk.note()


def test_a_device_without_a_freeze_needs_nothing(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(REMOVE) == []
    assert reason(run, "UnfrozenList") == "It was unfrozen already; nothing was sent. Read again: confirmed."


def test_a_freeze_that_is_only_requested_is_taken_back(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001", polling="false")
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert verdicts(run, "UnfrozenList") == {"LAB-0001": "unfrozen"}
    assert states(tenant, "LAB-0001") == []


@pytest.mark.parametrize(("value", "left"), [("true", []), ("false", ["FreezeScheduled"])])
def test_scheduled_freezes_are_taken_back_when_asked(
    value: str, left: list[str], desk: Any, tenant: LocalTenant, clock: ManualClock, freeze: Callable[..., None]
) -> None:
    date = (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    freeze("LAB-0001", device_freeze_type="Scheduled", scheduled_freeze_date=date, polling="false")
    clock.advance(3600)
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", Remove_scheduled=value, **UNASKED)
    assert run.ok, run.error
    assert states(tenant, "LAB-0001") == left
    assert tenant.calls(REMOVE)[0].body["removeScheduled"] is (value == "true")
    assert ("still there: freeze scheduled" in desk.note()) is bool(left)


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


def test_without_a_device_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UNFREEZE, Serial_number="")
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


# ------------------------------------------------------------------------------------------- the wrong machine


@pytest.mark.parametrize("name", ["TWIN", "LAB-*", "LAB-000"])
def test_what_is_not_exactly_one_device_is_left_alone(
    name: str, desk: Any, tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN")
    run = desk.play(UNFREEZE, Endpoint_hostname=name, **UNASKED)
    assert run.ok, run.error
    assert [row["Value"] for row in rows(run, "IncorrectList")] == [name]
    assert tenant.calls(REMOVE) == []
    assert is_frozen(tenant, "LAB-0001")


def test_a_device_that_is_reported_missing_while_the_approver_thinks_stays_frozen(
    desk: Any, tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]

    def think(_request: Any) -> dict[str, str]:
        assert desk.room.run(f"!absolute-device-missing-report device_ids={uid}").ok
        return {"0": "Yes"}

    run = desk.play(UNFREEZE, {ASK: think}, Endpoint_id=uid)
    assert run.ok, run.error
    assert tenant.calls(REMOVE) == []
    assert "reported missing or stolen meanwhile" in reason(run, "NotUnfrozenList")


# -------------------------------------------------------------------------------------------------- the approval


@pytest.mark.parametrize(("answer", "said"), [({"0": "No"}, "analyst answered No"), (None, "nobody answered within one hour")])
def test_without_a_yes_nothing_is_sent(
    answer: Any, said: str, desk: Any, tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    run = desk.play(UNFREEZE, {ASK: answer}, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert tenant.calls(REMOVE) == []
    assert verdicts(run, "NotUnfrozenList") == {"LAB-0001": "not sent"}
    assert said in reason(run, "NotUnfrozenList")


def test_a_yes_of_an_earlier_run_does_not_count(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001,LAB-0002")
    desk.play(UNFREEZE, YES, Endpoint_hostname="LAB-0001")
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0002")
    assert desk.asked == [ASK]
    assert run.ok, run.error
    assert is_frozen(tenant, "LAB-0002")
    assert rows(run, "UnfrozenList") == []


@pytest.mark.parametrize("value", ["", "Yes"])
def test_nothing_but_a_no_switches_the_approval_off(
    value: str, desk: Any, tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", Require_approval=value)
    assert desk.asked == [ASK]
    assert tenant.calls(REMOVE) == []


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_an_agent_that_never_checks_in(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001")
    tenant.agents.offline(tenant.devices.by_name("LAB-0001")["deviceUid"])
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", Timeout_in_seconds="300", **UNASKED)
    assert run.ok, run.error
    assert rows(run, "UnfrozenList") == []
    assert verdicts(run, "NotUnfrozenList") == {"LAB-0001": "pending"}
    assert "Still frozen" in reason(run, "NotUnfrozenList")


def test_a_device_that_is_frozen_again_before_the_second_reading_is_not_called_free(
    desk: Any, tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    status = tenant.devices.by_name("LAB-0001")["deviceFreezeStatus"]

    def freeze_again(process: Any) -> Any:
        tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], deviceFreezeStatus=status)
        return process()

    on_second_reading(tenant, freeze_again)
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert rows(run, "UnfrozenList") == []
    assert verdicts(run, "NotUnfrozenList") == {"LAB-0001": "unknown"}
    assert "Read again: not confirmed." in reason(run, "NotUnfrozenList")


def test_a_second_reading_that_fails_proves_nothing(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001")
    on_second_reading(tenant, faults.status(400))
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotUnfrozenList") == {"LAB-0001": "unknown"}
    assert "What failed" in desk.note()


def test_a_release_that_fails_on_its_way(desk: Any, tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001")
    tenant.faults.add(Fault(faults.status(400), REMOVE))
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotUnfrozenList") == {"LAB-0001": "unknown"}
    assert is_frozen(tenant, "LAB-0001")


def test_protected_devices_stop_it_before_anybody_is_asked(
    desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant, freeze: Callable[..., None]
) -> None:
    freeze("LAB-0001")
    desk.room = make_war_room(protected_devices="LAB-0001")
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(REMOVE) == []
    assert "protected" in reason(run, "NotUnfrozenList")


def test_a_token_that_may_not_release(desk_without: Callable[..., Any], tenant: LocalTenant, freeze: Callable[..., None]) -> None:
    freeze("LAB-0001")
    desk = desk_without(Permission.PERFORM_FREEZE_DEVICE)
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert "Perform Freeze Device" in desk.note()
    assert is_frozen(tenant, "LAB-0001")


def test_a_token_that_may_not_read_devices(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    run = desk.play(UNFREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(REMOVE) == []
    assert "View Device reports" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(UNFREEZE) == []
