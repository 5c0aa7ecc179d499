"""Absolute - Update Device Fields: the console shows that a case is open, on the right devices, and the note what was there."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults
from scenarios.playbooks.outcome import reason, rows, verdicts

UPDATE = "Absolute - Update Device Fields"
NAMES = ("Incident ID", "Incident Status", "Incident Owner")
CASE = {"Incident_id": "4711", "Incident_status": "Open", "Incident_owner": "CORP\\doe, Jane"}
NO_FIELDS = {"Incident_id_field": "", "Incident_status_field": "", "Incident_owner_field": ""}
WRITE = "PUT /v3/configurations/customfields"


@pytest.fixture(autouse=True)
def fields(tenant: LocalTenant) -> dict[str, str]:
    """The UIDs of the three fields by name."""
    return {name: tenant.custom_fields.define(name, "Text", "UDF").uid for name in NAMES}


def values(tenant: LocalTenant, name: str = "LAB-0001") -> list[str]:
    found = tenant.custom_fields.values(tenant.devices.by_name(name))
    return [found.get(tenant.custom_fields.by_name(field).uid, "") for field in NAMES]


# ------------------------------------------------------------------------------------------------- the good way


def test_the_case_is_written_on_each_device_in_one_call(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001,LAB-0002,LAB-9999", **CASE)
    assert run.ok, run.error
    for name in ("LAB-0001", "LAB-0002"):
        assert values(tenant, name) == ["4711", "Open", "CORP\\doe, Jane"]
    assert verdicts(run, "UpdatedList") == {"LAB-0001": "written", "LAB-0002": "written"}
    assert [row["Value"] for row in rows(run, "IncorrectList")] == ["LAB-9999"]
    assert len(tenant.calls(WRITE)) == 2
    assert 'Incident Status: "" before, "Open" now' in desk.note()


def test_the_note_keeps_the_old_values(desk: Any, tenant: LocalTenant) -> None:
    desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", Incident_status="Closed")
    assert run.ok, run.error
    assert values(tenant) == ["4711", "Closed", "CORP\\doe, Jane"], "an empty value leaves its field as it is"
    assert 'Incident Status: "Open" before, "Closed" now' in desk.note()


def test_the_fields_are_emptied(desk: Any, tenant: LocalTenant) -> None:
    desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", Clear="true", **CASE)
    assert run.ok, run.error
    assert verdicts(run, "UpdatedList") == {"LAB-0001": "written"}
    assert values(tenant) == ["", "", ""]


def test_other_fields_can_be_named_by_name_or_uid_or_left_out(desk: Any, tenant: LocalTenant, fields: dict[str, str]) -> None:
    tenant.custom_fields.define("Ticket", "Text", "UDF")
    run = desk.play(
        UPDATE,
        Endpoint_hostname="LAB-0001",
        Incident_id_field="Ticket",
        Incident_status_field=fields["Incident Status"],
        Incident_owner_field="",
        **CASE,
    )
    assert run.ok, run.error
    assert values(tenant) == ["", "Open", ""]
    written = tenant.custom_fields.values(tenant.devices.by_name("LAB-0001"))
    assert written[tenant.custom_fields.by_name("Ticket").uid] == "4711"


# ------------------------------------------------------------------------------------------------- who approves

YES: dict[str, str] = {"0": "Yes"}
APPROVE = "Approve the change"


@pytest.mark.parametrize(
    ("answer", "written", "said"), [(YES, 1, "Yes, by analyst"), ({"0": "No"}, 0, "Not approved"), (None, 0, "nobody")]
)
def test_a_person_may_be_asked(answer: Any, written: int, said: str, desk: Any, tenant: LocalTenant) -> None:
    desk.play(UPDATE, {APPROVE: answer}, Endpoint_hostname="LAB-0001", Require_approval="Yes", **CASE)
    assert desk.asked == [APPROVE]
    assert len(tenant.calls(WRITE)) == written
    assert said in desk.note()


def test_a_device_in_other_hands_is_left_as_it_is(desk: Any, tenant: LocalTenant) -> None:
    shown = []

    def change(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], username="CORP\\other")
        return YES

    run = desk.play(UPDATE, {APPROVE: change}, Endpoint_hostname="LAB-0001", Require_approval="true", **CASE)
    assert "4711" in shown[0]
    assert "LAB-0001" in shown[0]
    assert tenant.calls(WRITE) == []
    assert "other now" in reason(run, "NotUpdatedList")


def test_who_approved_it_before_stands_in_the_note(desk: Any, tenant: LocalTenant) -> None:
    desk.play(UPDATE, Endpoint_hostname="LAB-0001", Approval="Nobody. Default_answer counted: Lost.", **CASE)
    assert desk.asked == []
    assert "Nobody. Default_answer counted: Lost." in desk.note()


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_written(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


def test_without_a_device_nothing_is_written(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UPDATE, **CASE)
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


@pytest.mark.parametrize("inputs", [{}, NO_FIELDS | CASE, NO_FIELDS | {"Clear": "true"}])
def test_without_a_value_nothing_is_written(inputs: dict[str, str], desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", **inputs)
    assert run.ok, run.error
    assert tenant.calls(WRITE) == []
    assert "No field and value" in reason(run, "NotUpdatedList")


@pytest.mark.parametrize("name", ["TWIN", "LAB-*", "NOBODY"])
def test_what_is_not_exactly_one_device_is_left_alone(name: str, desk: Any, tenant: LocalTenant) -> None:
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN")
    run = desk.play(UPDATE, Endpoint_hostname=name, **CASE)
    assert run.ok, run.error
    assert [row["Value"] for row in rows(run, "IncorrectList")] == [name]
    assert tenant.calls(WRITE) == []


def test_values_of_an_earlier_run_are_not_written_again(desk: Any, tenant: LocalTenant) -> None:
    desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    desk.play(UPDATE, Endpoint_hostname="LAB-0002", Incident_status="Closed")
    assert values(tenant, "LAB-0002") == ["", "Closed", ""]


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_a_field_that_does_not_exist_stops_it_before_anything_is_written(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", Incident_owner_field="No such field", **CASE)
    assert run.ok, run.error
    assert tenant.calls(WRITE) == []
    assert verdicts(run, "NotUpdatedList") == {"LAB-0001": "not sent"}
    assert "No such field" in reason(run, "NotUpdatedList")


def test_a_write_that_fails_is_told_per_device(desk: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    tenant.faults.add(Fault(faults.status(400), f"{WRITE}/devices/{uid}"))
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001,LAB-0002", **CASE)
    assert run.ok, run.error
    assert verdicts(run, "UpdatedList") == {"LAB-0002": "written"}
    assert verdicts(run, "NotUpdatedList") == {"LAB-0001": "failed"}


def test_a_write_that_fails_on_every_device(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.status(400), WRITE))
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    assert run.ok, run.error
    assert verdicts(run, "NotUpdatedList") == {"LAB-0001": "failed"}
    assert "What failed" in desk.note()


def test_protected_devices_stop_it(desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant) -> None:
    desk.room = make_war_room(protected_devices="LAB-0001")
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    assert run.ok, run.error
    assert tenant.calls(WRITE) == []
    assert "protected" in reason(run, "NotUpdatedList")


@pytest.mark.parametrize("missing", [Permission.VIEW_DEVICE_REPORTS, Permission.MANAGE_DEVICE_FIELDS])
def test_a_token_without_a_permission(missing: Permission, desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(missing)
    run = desk.play(UPDATE, Endpoint_hostname="LAB-0001", **CASE)
    assert run.ok, run.error
    assert values(tenant) == ["", "", ""]
    assert missing.value in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(UPDATE, "Absolute - Choose Field Values") == []
