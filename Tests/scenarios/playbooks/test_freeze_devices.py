"""Absolute - Freeze Devices: nothing is frozen that was not meant and approved, and nothing is called frozen that is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults
from scenarios.playbooks.outcome import on_second_reading, reason, rows, sent, verdicts

FREEZE = "Absolute - Freeze Devices"
ASK = "Approve the freeze"
YES = {ASK: {"0": "Yes"}}
CREATE = "POST /v3/actions/requests/freeze"
MESSAGES = "/v3/actions/freeze/messages"
UNASKED = {"Require_approval": "false"}


def is_frozen(tenant: LocalTenant, name: str) -> bool:
    return (tenant.devices.by_name(name).get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"


# ------------------------------------------------------------------------------------------------- the good way


def test_devices_are_frozen_after_an_approval(desk: Any, tenant: LocalTenant) -> None:
    serial = tenant.devices.by_name("LAB-0002")["serialNumber"]
    run = desk.play(FREEZE, YES, Endpoint_hostname="LAB-0001,LAB-9999")
    assert run.ok, run.error
    assert verdicts(run, "FrozenList") == {"LAB-0001": "frozen"}
    assert rows(run, "NotFrozenList") == []
    (incorrect,) = rows(run, "IncorrectList")
    assert (incorrect["Value"], incorrect["Status"]) == ("LAB-9999", "NotFound")
    assert incorrect["Reason"] == "No device has this value, or the token may not see it."
    assert sent(tenant, CREATE) == [["LAB-0001"]]
    assert run.outputs["Absolute.FreezeRequest.RequestUID"] in desk.note()
    assert [(one["Hostname"], one["Vendor"]) for one in rows(run, "Endpoint")] == [("LAB-0001", "Absolute")]
    for proof in (
        "Freeze devices: 1 of 1 frozen",
        "LAB-0001, LAB-9999",
        "Yes, by analyst.",
        "since 20",
        "Read again: confirmed.",
    ):
        assert proof in desk.note()
    again = desk.play(FREEZE, YES, Serial_number=serial)
    assert verdicts(again, "FrozenList") == {"LAB-0002": "frozen"}, "only what this run did"


def test_the_approver_sees_just_what_will_be_sent(desk: Any, tenant: LocalTenant) -> None:
    frozen = tenant.devices.by_name("LAB-0003")["deviceUid"]
    desk.play(FREEZE, Endpoint_id=frozen, **UNASKED)
    shown = []

    def answer(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "Yes"}

    run = desk.play(FREEZE, {ASK: answer}, Endpoint_hostname="LAB-0001,LAB-0002,LAB-0003")
    assert run.ok, run.error
    for name in ("LAB-0001", "LAB-0002"):
        device = tenant.devices.by_name(name)
        for fact in (name, device["deviceUid"], device["serialNumber"], device["username"]):
            assert fact in shown[0]
    assert frozen not in shown[0], "it is frozen already"
    assert sent(tenant, CREATE) == [["LAB-0003"], ["LAB-0001", "LAB-0002"]]


def test_a_device_that_is_frozen_already_is_left_as_it_is(desk: Any, tenant: LocalTenant) -> None:
    first = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    second = desk.play(FREEZE, Endpoint_hostname="LAB-0001")
    assert desk.asked == []
    assert len(tenant.calls(CREATE)) == 1
    assert verdicts(first, "FrozenList") == verdicts(second, "FrozenList") == {"LAB-0001": "frozen"}
    assert reason(second, "FrozenList") == "It was frozen already; nothing was sent. Read again: confirmed."


def test_without_waiting_a_freeze_is_pending(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", Wait="false", **UNASKED)
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "pending"}
    assert rows(run, "FrozenList") == []
    assert not is_frozen(tenant, "LAB-0001")


def test_a_scheduled_freeze_is_not_called_frozen_before_its_date(desk: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    date = (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = desk.play(
        FREEZE, Endpoint_hostname="LAB-0001", Freeze_type="Scheduled", Scheduled_date=date, Timeout_in_seconds="300", **UNASKED
    )
    assert run.ok, run.error
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "scheduled"}
    assert tenant.calls(CREATE)[0].body["freezeDefinition"]["deviceFreezeType"] == "Scheduled"


def test_a_date_is_read_once_and_shown_in_utc(desk: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    """A span means the same moment before and after the approval."""
    shown = []

    def think(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "Yes"}

    desk.play(FREEZE, {ASK: think}, Endpoint_hostname="LAB-0001", Freeze_type="Scheduled", Scheduled_date="in 9 days")
    (record,) = tenant.calls(CREATE)
    date = record.body["freezeDefinition"]["scheduledFreezeDateTimeUtc"]
    assert f"Scheduled {date}" in shown[0]
    assert f"**Date**: {date}" in desk.note().replace("\\", "")


@pytest.mark.parametrize("date", ["soon", "2030-02-01", "2020-01-01T00:00:00Z", "9 days"])
def test_a_date_that_is_not_certain_stops_it(date: str, desk: Any, tenant: LocalTenant) -> None:
    desk.play(FREEZE, Endpoint_hostname="LAB-0001", Freeze_type="Scheduled", Scheduled_date=date)
    assert "Scheduled_date: " in desk.note().replace("\\", "")
    assert list(tenant.requests) == []


def test_all_inputs_reach_the_request(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(
        FREEZE,
        Endpoint_hostname="LAB-0001",
        Request_name="Case 7",
        Freeze_type="OffLine",
        Offline_seconds="7200",
        Passcode_type="RandomForAll",
        Passcode_length="6",
        Notification_emails="soc@example.com",
        Wait="false",
        **UNASKED,
    )
    assert run.ok, run.error
    body = tenant.calls(CREATE)[0].body
    assert body["freezeDefinition"] == {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 7200}
    assert (body["passcodeDefinition"]["option"], body["passcodeDefinition"]["length"]) == ("RandomForAll", 6)
    assert (body["requestTitle"], body["notificationEmails"]) == ("Case 7", ["soc@example.com"])


# ---------------------------------------------------------------------------------------------------- the message


@pytest.fixture
def stored(desk: Any) -> str:
    """A freeze message of the console."""
    assert desk.room.run('!absolute-device-freeze-message-create message_name="IR lock" html_message="<p>Call 1, 2</p>"').ok
    return str(desk.room.context.get("Absolute.FreezeMessage.ID"))


@pytest.mark.parametrize("text", ["<p>Call 1, 2</p>", ""])
def test_a_message_of_this_name_is_reused(text: str, desk: Any, tenant: LocalTenant, stored: str) -> None:
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", Message_name="IR lock", Message_text=text, **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE)[0].body["messageUid"] == stored
    assert len(tenant.calls(f"POST {MESSAGES}")) == 1


def test_of_two_messages_of_one_name_the_one_with_the_text_is_reused(desk: Any, tenant: LocalTenant, stored: str) -> None:
    other = desk.room.execute(
        "absolute-device-freeze-message-create", {"message_name": "IR lock", "html_message": "<p>Call 3</p>"}
    )
    assert other.ok, other.error
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", Message_name="IR lock", Message_text="<p>Call 3</p>", **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE)[0].body["messageUid"] == other.contents["ID"] != stored


def test_a_message_with_another_text_stays_and_the_text_is_sent_along(desk: Any, tenant: LocalTenant, stored: str) -> None:
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", Message_name="IR lock", Message_text="<p>Call 3</p>", **UNASKED)
    assert run.ok, run.error
    body = tenant.calls(CREATE)[0].body
    assert (body["messageName"], body["message"]) == ("IR lock", "<p>Call 3</p>")
    assert len(tenant.calls(f"POST {MESSAGES}")) == 1
    assert tenant.calls(f"PUT {MESSAGES}") == []


def test_a_message_that_does_not_exist_is_created_once(desk: Any, tenant: LocalTenant) -> None:
    for name in ("LAB-0001", "LAB-0002"):
        assert desk.play(FREEZE, Endpoint_hostname=name, Message_name="12345", Message_text="[1]", **UNASKED).ok
    assert len(tenant.calls(f"POST {MESSAGES}")) == 1
    first, second = (record.body["messageUid"] for record in tenant.calls(CREATE))
    assert first == second


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_when_messages_cannot_be_managed_the_text_is_sent_along(method: str, desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.status(403), f"{method} {MESSAGES}"))
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", Message_name="12345", Message_text="<p>Call 3</p>", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "FrozenList") == {"LAB-0001": "frozen"}
    body = tenant.calls(CREATE)[0].body
    assert (body["messageName"], body["message"]) == ("12345", "<p>Call 3</p>")
    assert "What failed" in desk.note()


@pytest.mark.parametrize(
    "inputs", [{"Message_name": "", "Message_text": "<p>x</p>"}, {"Message_name": "No such", "Message_text": ""}]
)
def test_without_a_usable_message_nothing_is_frozen(inputs: dict[str, str], desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **inputs, **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "not sent"}
    assert "message" in reason(run, "NotFrozenList")
    assert tenant.calls(CREATE) == []


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_done(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


@pytest.mark.parametrize("inputs", [{}, {"Endpoint_id": "", "Username": ""}])
def test_without_a_device_nothing_is_done(inputs: dict[str, str], desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(FREEZE, **inputs)
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


# ------------------------------------------------------------------------------------------- the wrong machine


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"Endpoint_hostname": "TWIN"}, "Ambiguous"),
        ({"Endpoint_hostname": "LAB-*"}, "Ambiguous"),
        ({"Username": "CORP\\twin"}, "Ambiguous"),
        ({"Endpoint_hostname": "lab-000"}, "NotFound"),
        ({"Endpoint_hostname": "LAB-0001", "Serial_number": "SN000112"}, "NotFound"),
    ],
)
def test_what_is_not_exactly_one_device_is_left_alone(
    inputs: dict[str, str], status: str, desk: Any, tenant: LocalTenant
) -> None:
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN", username="CORP\\twin")
    run = desk.play(FREEZE, **inputs, **UNASKED)
    assert run.ok, run.error
    assert {row["Status"] for row in rows(run, "IncorrectList")} == {status}
    assert all(row["Reason"] for row in rows(run, "IncorrectList"))
    assert tenant.calls(CREATE) == []
    assert rows(run, "FrozenList") == rows(run, "NotFrozenList") == []


def test_one_wrong_value_does_not_hide_the_right_ones(desk: Any, tenant: LocalTenant) -> None:
    for _ in range(2):
        tenant.devices.add(deviceName="TWIN")
    run = desk.play(FREEZE, Endpoint_hostname="TWIN,LAB-0001,NOBODY", **UNASKED)
    assert {row["Value"]: row["Status"] for row in rows(run, "IncorrectList")} == {"TWIN": "Ambiguous", "NOBODY": "NotFound"}
    assert sent(tenant, CREATE) == [["LAB-0001"]]


def test_names_that_change_hands_while_the_approver_thinks_change_nothing(desk: Any, tenant: LocalTenant) -> None:
    first, second = (tenant.devices.by_name(name)["deviceUid"] for name in ("LAB-0001", "LAB-0002"))

    def swap_then_approve(_request: Any) -> dict[str, str]:
        tenant.devices.update(first, deviceName="LAB-0002")
        tenant.devices.update(second, deviceName="LAB-0001")
        return {"0": "Yes"}

    run = desk.play(FREEZE, {ASK: swap_then_approve}, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert [record.body["deviceUids"] for record in tenant.calls(CREATE)] == [[first]]
    assert [row["DeviceUid"] for row in rows(run, "FrozenList")] == [first]


def test_devices_of_earlier_work_in_the_incident_are_not_touched(desk: Any, tenant: LocalTenant) -> None:
    desk.room.run("!absolute-device-get device_names=LAB-0002,LAB-0003")
    desk.room.run(
        "!absolute-device-freeze-request device_names=LAB-0003 request_name=x message_name=x html_message=x polling=true"
    )
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert verdicts(run, "FrozenList") == {"LAB-0001": "frozen"}
    assert sent(tenant, CREATE) == [["LAB-0003"], ["LAB-0001"]]
    assert not is_frozen(tenant, "LAB-0002")


def test_a_device_that_changes_hands_while_the_approver_thinks_is_left_alone(desk: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]

    def think(_request: Any) -> dict[str, str]:
        tenant.devices.update(uid, username="CORP\\somebody")
        return {"0": "Yes"}

    run = desk.play(FREEZE, {ASK: think}, Endpoint_id=uid)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "not sent"}
    assert "CORP\\somebody" in reason(run, "NotFrozenList")


# -------------------------------------------------------------------------------------------------- the approval


@pytest.mark.parametrize(("answer", "said"), [({"0": "No"}, "analyst answered No"), (None, "nobody answered within one hour")])
def test_without_a_yes_nothing_is_sent(answer: Any, said: str, desk: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    began = clock.now()
    run = desk.play(FREEZE, {ASK: answer}, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "not sent"}
    assert said in reason(run, "NotFrozenList")
    assert said in desk.note()
    assert clock.now() - began <= timedelta(hours=1, minutes=1)


def test_a_yes_of_an_earlier_run_does_not_count(desk: Any, tenant: LocalTenant) -> None:
    desk.play(FREEZE, YES, Endpoint_hostname="LAB-0001")
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0002")
    assert desk.asked == [ASK]
    assert run.ok, run.error
    assert sent(tenant, CREATE) == [["LAB-0001"]]
    assert rows(run, "FrozenList") == []


@pytest.mark.parametrize("value", ["true", "", "YES"])
def test_nothing_but_a_no_switches_the_approval_off(value: str, desk: Any, tenant: LocalTenant) -> None:
    desk.play(FREEZE, Endpoint_hostname="LAB-0001", Require_approval=value)
    assert desk.asked == [ASK]
    assert tenant.calls(CREATE) == []


# ------------------------------------------------------------------------------------------------ what goes wrong


def test_an_agent_that_never_checks_in(desk: Any, tenant: LocalTenant) -> None:
    tenant.agents.offline(tenant.devices.by_name("LAB-0001")["deviceUid"])
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001,LAB-0002", Timeout_in_seconds="960", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "FrozenList") == {"LAB-0002": "frozen"}
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "pending"}
    assert "Last contact" in reason(run, "NotFrozenList")


def test_an_agent_that_refuses(desk: Any, tenant: LocalTenant) -> None:
    tenant.agents.reject_freeze(tenant.devices.by_name("LAB-0001")["deviceUid"], "The screen could not be locked")
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "failed"}
    assert "could not be locked" in desk.note()


def test_a_device_that_is_released_before_the_second_reading_is_not_called_frozen(desk: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]

    def release(process: Any) -> Any:
        tenant.devices.update(uid, deviceFreezeStatus=None)
        return process()

    on_second_reading(tenant, release)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert rows(run, "FrozenList") == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "unknown"}
    assert "Read again: not confirmed." in reason(run, "NotFrozenList")


def test_a_device_that_left_the_report_is_not_called_frozen(desk: Any, tenant: LocalTenant) -> None:
    desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    empty = faults.changed(lambda answer: replace(answer, body=b'{"data":[],"metadata":{"pagination":{}}}'))
    on_second_reading(tenant, empty)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "unknown"}


def test_a_second_reading_that_fails_proves_nothing(desk: Any, tenant: LocalTenant) -> None:
    on_second_reading(tenant, faults.status(400))
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert rows(run, "FrozenList") == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "unknown"}
    assert "What failed" in desk.note()


def test_a_request_whose_answer_is_lost_is_told_as_unknown(desk: Any, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.reset_before(), CREATE))
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "unknown"}
    assert len(tenant.calls(CREATE)) == 1, "never twice"


@pytest.mark.parametrize("params", [{"protected_devices": "LAB-0001"}, {"max_devices_per_action": "1"}])
def test_the_limits_of_the_instance_stop_it_before_anybody_is_asked(
    params: dict[str, str], desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant
) -> None:
    desk.room = make_war_room(**params)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001,LAB-0002")
    assert run.ok, run.error
    assert desk.asked == []
    assert tenant.calls(CREATE) == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "not sent", "LAB-0002": "not sent"}
    assert "Nothing was sent" in desk.note()


def test_what_an_instance_that_is_read_only_refuses_was_not_sent(
    desk: Any, make_war_room: Callable[..., Any], tenant: LocalTenant
) -> None:
    desk.room = make_war_room(read_only=True)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert tenant.calls(CREATE) == tenant.calls("POST /v3/actions/freeze/messages") == []
    assert verdicts(run, "NotFrozenList") == {"LAB-0001": "not sent"}
    assert "this instance is read only" in reason(run, "NotFrozenList")


def test_a_token_that_may_not_freeze(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.PERFORM_FREEZE_DEVICE)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert rows(run, "FrozenList") == []
    assert "Perform Freeze Device" in reason(run, "NotFrozenList")


def test_a_token_that_may_not_read_devices(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    run = desk.play(FREEZE, Endpoint_hostname="LAB-0001", **UNASKED)
    assert run.ok, run.error
    assert tenant.calls(CREATE) == []
    assert "View Device reports" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(FREEZE, "Absolute - Choose Freeze Message") == []
