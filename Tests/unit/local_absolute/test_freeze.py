"""Freezes from request to unfreeze, with agents that call in on the tenant's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_absolute.times import format_utc

UNKNOWN_UID = "c0ffee00-1111-4222-8333-444455556666"
QUARTER = 900


class Freezer:
    """Requests freezes and reads what became of them."""

    def __init__(self, caller: Any, tenant: LocalTenant) -> None:
        self.caller = caller
        self.tenant = tenant

    def uid(self, name: str) -> str:
        return str(self.tenant.devices.by_name(name)["deviceUid"])

    def body(self, *names: str, kind: str = "OnDemand", **members: Any) -> dict[str, Any]:
        definition: dict[str, Any] = {"deviceFreezeType": kind}
        if kind == "Scheduled":
            definition["scheduledFreezeDateTimeUtc"] = format_utc(self.tenant.clock.now() + timedelta(days=2))
        if kind == "OffLine":
            definition["offlineTimeSeconds"] = 3600
        return {
            "deviceUids": [self.uid(name) for name in names],
            "requestTitle": "IR-1234 containment",
            "freezeDefinition": definition,
            "passcodeDefinition": {"option": "RandomForEach", "length": 6},
            "message": "<p>Locked by IT.</p>",
            "messageName": "IR lock",
            **members,
        }

    def post(self, body: dict[str, Any]) -> Any:
        return self.caller.call("POST", "/actions/requests/freeze", body=body)

    def request(self, *names: str, kind: str = "OnDemand", **members: Any) -> str:
        answer = self.post(self.body(*names, kind=kind, **members))
        assert answer.status_code == 200, answer.text
        assert list(answer.json()["data"]) == ["requestUid"]
        return str(answer.json()["data"]["requestUid"])

    def actions(self, request_uid: str) -> list[dict[str, Any]]:
        answer = self.caller.get(f"/actions/freeze/requests/{request_uid}")
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def remove(self, *names: str, **members: bool) -> None:
        body: dict[str, Any] = {"deviceUids": [self.uid(name) for name in names], **members}
        answer = self.caller.call("POST", "/actions/freeze/remove-freeze", body=body)
        assert (answer.status_code, answer.content) == (202, b"")

    def state(self, name: str) -> tuple[list[str], int, str | None]:
        """(reporting statuses, score, status code) in the device report."""
        select = "deviceFreezeReportingStatuses,deviceFreezeActionStatus,deviceFreezeStatus"
        (row,) = self.caller.devices(deviceName=name, select=select)
        status = row.get("deviceFreezeStatus", {}).get("statusCode")
        return row["deviceFreezeReportingStatuses"], row["deviceFreezeActionStatus"]["score"], status


@pytest.fixture
def freezer(caller: Any, tenant: LocalTenant) -> Freezer:
    return Freezer(caller, tenant)


def history(action: dict[str, Any]) -> list[str]:
    return [entry["status"] for entry in action["statuses"]]


# On demand ------------------------------------------------------------------------------------------------------------


def test_on_demand_freeze_and_removal(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001")
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["isDownloaded"], history(action)) == ("Pending", False, ["FreezeRequested"])
    assert freezer.state("LAB-0001") == (["FreezeRequested"], 15, None)

    due = freezer.tenant.agents.next_check_in(freezer.uid("LAB-0001"))
    assert due
    clock.advance((due - clock.now()).total_seconds())
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["isDownloaded"]) == ("Processing", True)
    assert action["statuses"][-1]["instruction"] == "Launch"
    assert freezer.state("LAB-0001") == (["FreezeRequested"], 15, None)

    clock.advance(30)
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], history(action)) == ("Completed", ["FreezeRequested", "Launching", "Frozen"])
    assert action["statuses"][-1]["message"] == "Device locked. Freeze performed."
    assert freezer.state("LAB-0001") == (["Frozen"], 300, "FRZN")

    freezer.remove("LAB-0001")
    assert freezer.state("LAB-0001") == (["Frozen"], 300, "FRZN")
    clock.advance(QUARTER)
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["isCurrent"], history(action)[-1]) == ("Completed", False, "Removed")
    assert action["statuses"][-1]["instruction"] == "UnfreezeByRemove"
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_a_freeze_that_nobody_has_downloaded_is_cancelled_at_once(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001")
    freezer.remove("LAB-0001")
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["statuses"][-1]["instruction"]) == ("Canceled", "Remove")
    assert freezer.state("LAB-0001") == ([], 0, None)
    clock.advance(2 * QUARTER)
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_removal_while_the_device_is_freezing(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001")
    due = freezer.tenant.agents.next_check_in(freezer.uid("LAB-0001"))
    assert due
    clock.advance((due - clock.now()).total_seconds())
    freezer.remove("LAB-0001")
    clock.advance(60)
    assert freezer.actions(request)[0]["actionStatus"] == "Processing"
    clock.advance(QUARTER)
    assert freezer.actions(request)[0]["actionStatus"] == "Canceled"
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_mac_and_chromebook_freeze_on_demand(freezer: Freezer, clock: ManualClock) -> None:
    freezer.request("LAB-0002", "LAB-0003")
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0002")[1] == freezer.state("LAB-0003")[1] == 300


def test_an_offline_device_stays_pending_until_it_calls(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    freezer.tenant.agents.offline(uid)
    request = freezer.request("LAB-0001")
    clock.advance(10 * QUARTER)
    assert freezer.actions(request)[0]["actionStatus"] == "Pending"
    freezer.tenant.agents.online(uid)
    assert freezer.tenant.agents.is_online(uid)
    clock.advance(QUARTER + 30)
    assert freezer.actions(request)[0]["actionStatus"] == "Completed"


def test_a_device_that_goes_offline_while_freezing_reports_later(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    request = freezer.request("LAB-0001")
    due = freezer.tenant.agents.next_check_in(uid)
    assert due
    clock.advance((due - clock.now()).total_seconds())
    freezer.tenant.agents.offline(uid)
    clock.advance(QUARTER * 3)
    assert freezer.actions(request)[0]["actionStatus"] == "Processing"
    freezer.tenant.agents.online(uid)
    clock.advance(QUARTER)
    assert freezer.actions(request)[0]["actionStatus"] == "Completed"


def test_a_refusing_agent_fails_the_action(freezer: Freezer, clock: ManualClock) -> None:
    freezer.tenant.agents.reject_freeze(freezer.uid("LAB-0001"), "action file parsing error!")
    request = freezer.request("LAB-0001")
    clock.advance(QUARTER)
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["actionStatusDetails"]) == ("Failed", "action file parsing error!")
    assert history(action)[-1] == "LaunchFailed"
    assert action["statuses"][-1]["messageParams"] == [
        "Provider [DFZ] returned [0] with the following error message [action file parsing error!]"
    ]
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_ineligible_devices_are_said_so(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001", "LAB-0006", "LAB-0007")
    clock.advance(QUARTER + 30)
    actions = freezer.actions(request)
    assert [action["actionStatus"] for action in actions] == ["Completed", "Ineligible", "Ineligible"]
    assert actions[1]["actionStatusDetails"]
    assert freezer.state("LAB-0006") == ([], 0, None)
    scheduled = freezer.request("LAB-0002", "LAB-0003", kind="Scheduled")
    assert [action["actionStatus"] for action in freezer.actions(scheduled)] == ["Pending", "Ineligible"]


# Replacing ------------------------------------------------------------------------------------------------------------


def test_a_new_request_of_the_same_type_replaces_the_open_one(freezer: Freezer, clock: ManualClock) -> None:
    first, second = freezer.request("LAB-0001"), freezer.request("LAB-0001")
    (old,), (new,) = freezer.actions(first), freezer.actions(second)
    assert (old["actionStatus"], old["isCurrent"]) == ("Canceled", False)
    assert (old["statuses"][-1]["instruction"], old["statuses"][-1]["triggerActionUid"]) == ("Replace", new["id"])
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0001") == (["Frozen"], 300, "FRZN")
    assert freezer.actions(second)[0]["actionStatus"] == "Completed"
    assert len(freezer.actions(first)[0]["statuses"]) == 2


def test_a_frozen_device_stays_frozen_while_its_freeze_is_replaced(freezer: Freezer, clock: ManualClock) -> None:
    freezer.request("LAB-0001")
    clock.advance(QUARTER + 30)
    second = freezer.request("LAB-0001")
    assert freezer.state("LAB-0001") == (["FreezeRequested"], 15, "FRZN")
    freezer.remove("LAB-0001")
    assert freezer.state("LAB-0001")[2] == "FRZN"
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == ([], 0, None)
    assert freezer.actions(second)[0]["actionStatus"] == "Canceled"


def test_freezes_of_different_types_add_up(freezer: Freezer, clock: ManualClock) -> None:
    freezer.request("LAB-0001")
    freezer.request("LAB-0001", kind="Scheduled")
    freezer.request("LAB-0001", kind="OffLine")
    assert freezer.state("LAB-0001") == (["FreezeRequested", "FreezeScheduled", "FreezeConditionSet"], 30, None)
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0001") == (["Frozen", "FreezeScheduled", "FreezeConditionSet"], 315, "FRZN")
    freezer.remove("LAB-0001")
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == (["FreezeScheduled", "FreezeConditionSet"], 15, None)
    freezer.remove("LAB-0001", removeScheduled=True, removeOffline=True)
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == ([], 0, None)


# Scheduled and offline ------------------------------------------------------------------------------------------------


def test_scheduled_freeze(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001", kind="Scheduled")
    assert freezer.state("LAB-0001") == (["FreezeScheduled"], 10, None)
    clock.advance(QUARTER)
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], action["isDownloaded"], history(action)[-1]) == ("Ready", True, "FreezeScheduled")
    clock.advance(2 * 86400 - QUARTER)
    assert freezer.state("LAB-0001") == (["ScheduledTimerExpired"], 60, None)
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == (["FrozenOnSchedule"], 200, "FRZN")
    assert freezer.actions(request)[0]["actionStatus"] == "Completed"
    freezer.remove("LAB-0001")
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_scheduled_freeze_of_a_device_that_calls_after_its_date(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    freezer.tenant.agents.offline(uid)
    request = freezer.request("LAB-0001", kind="Scheduled")
    clock.advance(3 * 86400)
    assert freezer.state("LAB-0001") == (["ScheduledTimerExpired"], 60, None)
    freezer.tenant.agents.online(uid)
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0001") == (["FrozenOnSchedule"], 200, "FRZN")
    assert freezer.actions(request)[0]["actionStatus"] == "Completed"


def test_scheduled_freeze_is_taken_back_only_when_said_so(freezer: Freezer, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001", kind="Scheduled")
    clock.advance(QUARTER)
    freezer.remove("LAB-0001")
    clock.advance(QUARTER)
    assert freezer.actions(request)[0]["actionStatus"] == "Ready"
    freezer.remove("LAB-0001", removeScheduled=True)
    clock.advance(QUARTER)
    clock.advance(3 * 86400)
    (action,) = freezer.actions(request)
    assert (action["actionStatus"], history(action)[-1]) == ("Canceled", "Removed")
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_offline_freeze(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    request = freezer.request("LAB-0001", kind="OffLine")
    clock.advance(20 * QUARTER)
    assert freezer.state("LAB-0001") == (["FreezeConditionSet"], 5, None)
    assert freezer.actions(request)[0]["actionStatus"] == "Ready"
    freezer.tenant.agents.offline(uid)
    clock.advance(3600)
    assert freezer.state("LAB-0001") == (["OfflineTimerExpired"], 50, None)
    freezer.tenant.agents.online(uid)
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == (["FrozenByCondition"], 100, "FRZN")
    assert freezer.actions(request)[0]["actionStatus"] == "Completed"


def test_offline_timer_starts_again_with_every_contact(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    freezer.request("LAB-0001", kind="OffLine")
    clock.advance(QUARTER)
    freezer.tenant.agents.offline(uid)
    clock.advance(1500)
    freezer.tenant.agents.online(uid)
    clock.advance(QUARTER)
    freezer.tenant.agents.offline(uid)
    clock.advance(2000)
    assert freezer.state("LAB-0001") == (["FreezeConditionSet"], 5, None)
    clock.advance(1600)
    assert freezer.state("LAB-0001") == (["OfflineTimerExpired"], 50, None)


def test_offline_timer_runs_until_the_device_is_heard_not_until_it_is_up(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    definition = {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 1200}
    freezer.request("LAB-0001", freezeDefinition=definition)
    clock.advance(QUARTER)
    freezer.tenant.agents.offline(uid)
    # The last contact was 900 seconds before this moment, and the timer expires 300 after it.
    missed = freezer.tenant.devices.by_uid(uid).contact.next_check_in(clock.now())
    clock.advance((missed - clock.now()).total_seconds() + 290)
    freezer.tenant.agents.online(uid)
    assert freezer.state("LAB-0001") == (["FreezeConditionSet"], 5, None)
    clock.advance(20)
    assert freezer.state("LAB-0001") == (["OfflineTimerExpired"], 50, None)
    clock.advance(QUARTER - 310)
    assert freezer.state("LAB-0001") == (["FrozenByCondition"], 100, "FRZN")


def test_a_device_that_is_offline_for_a_moment_checks_in_once(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    request = freezer.request("LAB-0001")
    for _ in range(3):
        freezer.tenant.agents.offline(uid)
        freezer.tenant.agents.online(uid)
    clock.advance(QUARTER + 30)
    assert history(freezer.actions(request)[0]) == ["FreezeRequested", "Launching", "Frozen"]


# The request as it is read back ---------------------------------------------------------------------------------------


def test_configuration_is_shown_with_its_passcode(freezer: Freezer) -> None:
    email = ["soc@example.com"]
    (action,) = freezer.actions(freezer.request("LAB-0001", kind="Scheduled", notificationEmails=email))
    configuration = action["configuration"]
    assert action["notificationEmails"] == email
    assert action["requestTitle"] == "IR-1234 containment"
    assert configuration["freezeId"] == action["eventHistoryId"] == "DeviceFreeze-0001"
    assert (configuration["type"], configuration["messageName"]) == ("Scheduled", "IR lock")
    assert (configuration["htmlClear"], configuration["freezeMessage"]) == ("<p>Locked by IT.</p>", "Locked by IT.")
    assert configuration["passcodeClear"].isdigit()
    assert (len(configuration["passcodeClear"]), configuration["passcodeLength"]) == (6, 6)
    assert list(configuration["conditions"][0]) == ["scheduledFreezeDateTimeUtc"]
    assert freezer.actions(freezer.request("LAB-0001"))[0]["configuration"]["conditions"] == []


@pytest.mark.parametrize(
    ("definition", "codes", "length"),
    [
        ({"option": "RandomForEach"}, 4, 8),
        ({"option": "RandomForAll", "length": 4}, 1, 4),
        ({"option": "UserDefined", "passcode": "13579"}, 1, 5),
    ],
)
def test_passcodes(freezer: Freezer, definition: dict[str, Any], codes: int, length: int) -> None:
    request = freezer.request("LAB-0001", "LAB-0002", "LAB-0003", "LAB-0004", passcodeDefinition=definition)
    shown = [action["configuration"]["passcodeClear"] for action in freezer.actions(request)]
    assert len(set(shown)) == codes
    assert {len(code) for code in shown} == {length}
    if "passcode" in definition:
        assert shown[0] == definition["passcode"]


def test_passcodes_in_device_reports_need_remove_freeze(freezer: Freezer, callers: Any, clock: ManualClock) -> None:
    request = freezer.request("LAB-0001")
    clock.advance(QUARTER + 30)
    code = freezer.actions(request)[0]["configuration"]["passcodeClear"]
    (row,) = freezer.caller.devices(deviceName="LAB-0001")
    assert row["deviceFreezeStatus"]["passCode"] == code
    assert row["deviceFreezeActionStatus"]["statuses"][0]["status"]["passcode"] == code
    token = freezer.tenant.tokens.create_symmetric(ALL_PERMISSIONS - {Permission.PERFORM_REMOVE_FREEZE})
    answer = callers(freezer.tenant, token).get("/reporting/devices", deviceName="LAB-0001")
    assert code not in answer.text
    assert answer.json()["data"][0]["deviceFreezeStatus"]["statusCode"] == "FRZN"


def test_a_request_is_read_in_pages(freezer: Freezer) -> None:
    request = freezer.request("LAB-0001", "LAB-0002", "LAB-0003")
    uri = f"/actions/freeze/requests/{request}"
    first = freezer.caller.get(uri, pageSize="2").json()
    cursor = first["metadata"]["pagination"]["nextPage"]
    second = freezer.caller.get(uri, pageSize="2", nextPage=cursor).json()
    uids = [action["deviceUid"] for action in first["data"] + second["data"]]
    assert uids == [freezer.uid(name) for name in ("LAB-0001", "LAB-0002", "LAB-0003")]
    assert second["metadata"] == {}
    assert freezer.caller.get(uri, pageSize="501").status_code == 400


def test_unknown_requests(freezer: Freezer) -> None:
    answer = freezer.caller.get(f"/actions/freeze/requests/{UNKNOWN_UID}")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert freezer.caller.get("/actions/freeze/requests/42").status_code == 400


def test_a_request_shows_only_devices_of_the_tokens_groups(freezer: Freezer, callers: Any) -> None:
    tenant = freezer.tenant
    finance = next(group for group in tenant.device_groups if group.name == "Finance")
    inside = freezer.uid("LAB-0001")
    tenant.devices.update(inside, deviceGroupIds=[finance.uid])
    tenant.devices.update(freezer.uid("LAB-0002"), deviceGroupIds=[])
    request = freezer.request("LAB-0001", "LAB-0002")
    other = freezer.request("LAB-0002")
    caller = callers(tenant, tenant.tokens.create_symmetric(device_group_uids=[finance.uid]))
    shown = caller.get(f"/actions/freeze/requests/{request}").json()["data"]
    assert [action["deviceUid"] for action in shown] == [inside]
    assert caller.get(f"/actions/freeze/requests/{other}").status_code == 404


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"deviceUids": None}, "deviceUids"),
        ({"deviceUids": []}, "deviceUids"),
        ({"deviceUids": "x"}, "deviceUids"),
        ({"deviceUids": ["not-a-uuid"]}, "deviceUids"),
        ({"deviceUids": [UNKNOWN_UID]}, "deviceUids"),
        ({"deviceUids": [UNKNOWN_UID] * 10001}, "deviceUids"),
        ({"requestTitle": None}, "requestTitle"),
        ({"requestTitle": ""}, "requestTitle"),
        ({"requestTitle": "x" * 251}, "requestTitle"),
        ({"requestTitle": 5}, "requestTitle"),
        ({"freezeDefinition": None}, "freezeDefinition"),
        ({"freezeDefinition": []}, "freezeDefinition"),
        ({"freezeDefinition": {}}, "freezeDefinition.deviceFreezeType"),
        ({"freezeDefinition": {"deviceFreezeType": "Offline"}}, "freezeDefinition.deviceFreezeType"),
        ({"freezeDefinition": {"deviceFreezeType": "Scheduled"}}, "freezeDefinition.scheduledFreezeDateTimeUtc"),
        (
            {"freezeDefinition": {"deviceFreezeType": "Scheduled", "scheduledFreezeDateTimeUtc": "2020-01-01T00:00:00.000Z"}},
            "freezeDefinition.scheduledFreezeDateTimeUtc",
        ),
        (
            {"freezeDefinition": {"deviceFreezeType": "Scheduled", "scheduledFreezeDateTimeUtc": "tomorrow"}},
            "freezeDefinition.scheduledFreezeDateTimeUtc",
        ),
        ({"freezeDefinition": {"deviceFreezeType": "OffLine"}}, "freezeDefinition.offlineTimeSeconds"),
        (
            {"freezeDefinition": {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 1199}},
            "freezeDefinition.offlineTimeSeconds",
        ),
        (
            {"freezeDefinition": {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 172_800_001}},
            "freezeDefinition.offlineTimeSeconds",
        ),
        ({"passcodeDefinition": None}, "passcodeDefinition"),
        ({"passcodeDefinition": {"option": "Mine"}}, "passcodeDefinition.option"),
        ({"passcodeDefinition": {"option": "UserDefined"}}, "passcodeDefinition.passcode"),
        ({"passcodeDefinition": {"option": "UserDefined", "passcode": "123"}}, "passcodeDefinition.passcode"),
        ({"passcodeDefinition": {"option": "UserDefined", "passcode": "12ab"}}, "passcodeDefinition.passcode"),
        ({"passcodeDefinition": {"option": "UserDefined", "passcode": "123456789"}}, "passcodeDefinition.passcode"),
        ({"passcodeDefinition": {"option": "RandomForAll", "length": 3}}, "passcodeDefinition.length"),
        ({"passcodeDefinition": {"option": "RandomForAll", "length": 9}}, "passcodeDefinition.length"),
        ({"passcodeDefinition": {"option": "RandomForAll", "length": True}}, "passcodeDefinition.length"),
        ({"message": None}, "message"),
        ({"message": "x" * 4001}, "message"),
        ({"messageName": None}, "messageName"),
        ({"messageName": "x" * 256}, "messageName"),
        ({"messageUid": "42"}, "messageUid"),
        ({"messageUid": UNKNOWN_UID}, "messageUid"),
        ({"notificationEmails": ["soc@example.com"] * 11}, "notificationEmails"),
        ({"notificationEmails": "soc@example.com"}, "notificationEmails"),
    ],
)
def test_bodies_are_checked(freezer: Freezer, members: dict[str, Any], field: str) -> None:
    answer = freezer.post(freezer.body("LAB-0001") | members)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "INVALID_REQUEST"
    assert answer.json()["details"][0]["field"] == field
    assert not freezer.tenant.freeze.requests


def test_one_unknown_device_refuses_all(freezer: Freezer) -> None:
    body = freezer.body("LAB-0001")
    body["deviceUids"].append(UNKNOWN_UID)
    answer = freezer.post(body)
    assert answer.status_code == 400
    assert UNKNOWN_UID in answer.json()["details"][0]["message"]
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_limits_are_inclusive(freezer: Freezer) -> None:
    freezer.request("LAB-0001", requestTitle="x" * 250, message="x" * 4000, messageName="x" * 255)
    freezer.request("LAB-0001", notificationEmails=["soc@example.com"] * 10, passcodeDefinition={"option": "RandomForAll"})


def test_a_device_named_twice_is_frozen_once(freezer: Freezer) -> None:
    assert len(freezer.actions(freezer.request("LAB-0001", "LAB-0001"))) == 1


def test_remove_freeze_needs_devices(freezer: Freezer) -> None:
    for body in (None, {"deviceUids": []}, {"deviceUids": [UNKNOWN_UID]}, {"deviceUids": ["x"], "removeScheduled": "yes"}):
        assert freezer.caller.call("POST", "/actions/freeze/remove-freeze", body=body).status_code == 400


def test_ten_thousand_uids_are_accepted(freezer: Freezer) -> None:
    body = freezer.body() | {"deviceUids": [freezer.uid("LAB-0001")] * 10_000}
    assert freezer.post(body).status_code == 200


def test_a_thousand_agents(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=1000, clock=clock, rate_limit=None) as tenant:
        freezer = Freezer(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        body = freezer.body() | {"deviceUids": [device["deviceUid"] for device in tenant.devices]}
        assert freezer.post(body).status_code == 200
        clock.advance(QUARTER + 30)
        (request,) = tenant.freeze.requests.values()
        online = [device for device in tenant.devices if device.contact.online]
        assert len(online) > 850
        assert [action.device for action in request.actions if action.status == "Completed"] == online


# Messages -------------------------------------------------------------------------------------------------------------

MESSAGES = "/actions/freeze/messages"


def test_life_of_a_message(caller: Any, clock: ManualClock) -> None:
    created = caller.call("POST", MESSAGES, body={"name": "IR lock", "content": "<p>Locked<script>x()</script></p>"})
    assert created.status_code == 200
    uid = created.json()["data"]["messageUid"]
    message = caller.get(f"{MESSAGES}/{uid}").json()["data"]
    assert (message["name"], message["content"]) == ("IR lock", "<p>Locked</p>")
    assert message["createdDateTimeUtc"] == message["changedDateTimeUtc"]

    clock.advance(60)
    updated = caller.call("PUT", f"{MESSAGES}/{uid}", body={"name": "IR lock 2", "content": "new"})
    assert (updated.status_code, updated.content) == (204, b"")
    (message,) = caller.get(MESSAGES).json()["data"]
    assert (message["messageUid"], message["name"], message["content"]) == (uid, "IR lock 2", "new")
    assert message["changedDateTimeUtc"] > message["createdDateTimeUtc"]

    deleted = caller.call("DELETE", f"{MESSAGES}/{uid}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert caller.get(MESSAGES).json()["data"] == []
    assert caller.call("DELETE", f"{MESSAGES}/{uid}").status_code == 404


def test_a_message_of_the_library_is_used_for_a_freeze(freezer: Freezer) -> None:
    created = freezer.caller.call("POST", MESSAGES, body={"name": "IR lock", "content": "<b>Locked</b>"})
    uid = created.json()["data"]["messageUid"]
    request = freezer.request("LAB-0001", message=None, messageName=None, messageUid=uid)
    configuration = freezer.actions(request)[0]["configuration"]
    assert (configuration["messageName"], configuration["htmlClear"]) == ("IR lock", "<b>Locked</b>")
    answer = freezer.post(freezer.body("LAB-0001", message=None, messageName=None, messageUid=UNKNOWN_UID))
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    "body", [None, {}, {"name": "n"}, {"content": "c"}, {"name": "", "content": "c"}, {"name": "n", "content": "x" * 4001}]
)
def test_messages_need_name_and_content(caller: Any, body: Any) -> None:
    assert caller.call("POST", MESSAGES, body=body).status_code == 400
    created = caller.call("POST", MESSAGES, body={"name": "n", "content": "c"})
    uid = created.json()["data"]["messageUid"]
    assert caller.call("PUT", f"{MESSAGES}/{uid}", body=body).status_code == 400


def test_messages_are_listed_in_pages(caller: Any, clock: ManualClock) -> None:
    for number in range(5):
        caller.call("POST", MESSAGES, body={"name": f"m{number}", "content": "c"})
        clock.advance(1)
    first = caller.get(MESSAGES, pageSize="3").json()
    second = caller.get(MESSAGES, pageSize="3", nextPage=first["metadata"]["pagination"]["nextPage"]).json()
    assert [message["name"] for message in first["data"] + second["data"]] == [f"m{number}" for number in range(5)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_unknown_messages(caller: Any, method: str) -> None:
    body = {"name": "n", "content": "c"} if method == "PUT" else None
    assert caller.call(method, f"{MESSAGES}/{UNKNOWN_UID}", body=body).status_code == 404
    assert caller.call(method, f"{MESSAGES}/42", body=body).status_code == 400


# At the device --------------------------------------------------------------------------------------------------------


def _passcode(freezer: Freezer, request: str) -> str:
    (action,) = freezer.tenant.freeze.requests[request].actions
    return action.passcode


def test_the_passcode_unlocks_at_once_and_the_device_reports_it(freezer: Freezer, clock: ManualClock) -> None:
    device = freezer.tenant.devices.by_name("LAB-0001")
    request = freezer.request("LAB-0001")
    freezer.tenant.agents.call_in(device["deviceUid"])
    assert freezer.tenant.freeze.on_screen(device) is None, "it has heard of the freeze, and is not locked yet"
    clock.advance(30)
    shown = freezer.tenant.freeze.on_screen(device)
    assert shown
    assert shown.request.uid == request
    for wrong in ("", "12345", "é", f"{_passcode(freezer, request)}0"):
        assert not freezer.tenant.freeze.enter_passcode(device, wrong)
    assert freezer.state("LAB-0001")[2] == "FRZN"
    assert freezer.tenant.freeze.enter_passcode(device, f" {_passcode(freezer, request)} ")
    assert freezer.state("LAB-0001") == ([], 0, None)
    (action,) = freezer.actions(request)
    assert (action["statuses"][-1]["status"], action["statuses"][-1]["instruction"]) == ("Removed", "Unfreeze")
    assert not freezer.tenant.freeze.enter_passcode(device, _passcode(freezer, request)), "nothing is frozen any more"


def test_an_offline_device_unlocks_on_the_spot_and_reports_later(freezer: Freezer, clock: ManualClock) -> None:
    device = freezer.tenant.devices.by_name("LAB-0001")
    request = freezer.request("LAB-0001")
    clock.advance(QUARTER + 30)
    freezer.tenant.agents.offline(device["deviceUid"])
    assert freezer.tenant.freeze.enter_passcode(device, _passcode(freezer, request))
    assert freezer.tenant.freeze.on_screen(device) is None
    assert freezer.state("LAB-0001")[2] == "FRZN", "nobody has heard of it"
    freezer.tenant.agents.online(device["deviceUid"])
    clock.advance(QUARTER)
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_a_device_that_was_offline_for_too_long_locks_itself(freezer: Freezer, clock: ManualClock) -> None:
    device = freezer.tenant.devices.by_name("LAB-0001")
    request = freezer.request("LAB-0001", kind="OffLine")
    clock.advance(QUARTER)
    freezer.tenant.agents.offline(device["deviceUid"])
    assert freezer.tenant.freeze.on_screen(device) is None
    clock.advance(3601)
    assert freezer.tenant.freeze.on_screen(device)
    assert freezer.tenant.freeze.enter_passcode(device, _passcode(freezer, request))
    freezer.tenant.agents.online(device["deviceUid"])
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0001") == ([], 0, None)


def test_a_frozen_device_whose_freeze_was_replaced_is_unlocked_by_the_code_that_its_screen_asks_for(
    freezer: Freezer, clock: ManualClock
) -> None:
    device = freezer.tenant.devices.by_name("LAB-0001")
    first = freezer.request("LAB-0001")
    clock.advance(QUARTER + 30)
    freezer.request("LAB-0001")
    assert freezer.tenant.freeze.enter_passcode(device, _passcode(freezer, first))
    assert freezer.state("LAB-0001") == (["FreezeRequested"], 15, None)
    clock.advance(QUARTER + 30)
    assert freezer.state("LAB-0001")[2] == "FRZN"


def test_a_device_that_is_offline_does_not_call_in(freezer: Freezer, clock: ManualClock) -> None:
    uid = freezer.uid("LAB-0001")
    clock.advance(100)
    freezer.tenant.agents.call_in(uid)
    assert freezer.tenant.devices.by_uid(uid)["lastConnectedDateTimeUtc"] == format_utc(clock.now())
    freezer.tenant.agents.offline(uid)
    with pytest.raises(ValueError, match="offline"):
        freezer.tenant.agents.call_in(uid)
