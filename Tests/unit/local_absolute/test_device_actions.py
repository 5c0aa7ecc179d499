"""Device actions of every kind from request to end, with agents that call in on the tenant's clock."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Options, Permission
from local_absolute.action_kinds import KINDS
from local_absolute.certificates import pdf
from local_absolute.times import format_utc

UNKNOWN_UID = "c0ffee00-1111-4222-8333-444455556666"
QUARTER = 900
MINUTE = 60
BODIES: dict[str, dict[str, Any]] = {
    "unenroll": {},
    "wipe": {},
    "file-delete": {"wipeType": "wipeSpecificUserFiles", "filePatterns": [{"platform": "Windows", "patterns": ["*.docx"]}]},
    "eum": {"message": "<p>Please call IT</p>", "submitButtonCaption": "OK"},
    "reach": {},
}
ALL = list(BODIES)
BY_AGENT = ALL[1:]
CANCELLABLE_BY_UID = ["wipe", "file-delete", "eum"]


@dataclass
class Console:
    """Requests actions and reads what became of them."""

    caller: Any
    tenant: LocalTenant

    def uid(self, name: str) -> str:
        return str(self.tenant.devices.by_name(name)["deviceUid"])

    def body(self, kind: str, *names: str, **members: Any) -> dict[str, Any]:
        script = {"scriptUid": self.script("Collect triage")} if kind == "reach" else {}
        return {"deviceUids": [self.uid(name) for name in names], **script, **BODIES[kind], **members}

    def script(self, name: str) -> str:
        return next(script.uid for script in self.tenant.script_library.scripts.values() if script.name == name)

    def post(self, path: str, body: Any, **params: str) -> Any:
        return self.caller.call("POST", f"/actions/{path}", params, body)

    def request(self, kind: str, *names: str, **members: Any) -> str:
        answer = self.post(f"requests/{kind}", self.body(kind, *names, **members))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["requestUid"])

    def refusal(self, kind: str, *names: str, **members: Any) -> tuple[int, str]:
        """(status, field or code) of a create call that is refused."""
        answer = self.post(f"requests/{kind}", self.body(kind, *names, **members))
        assert answer.status_code >= 400, answer.text
        details = answer.json()["details"]
        return answer.status_code, details[0]["field"] if details else answer.json()["code"]

    def summary(self, kind: str, request: str) -> dict[str, Any]:
        answer = self.caller.get(f"/actions/requests/{kind}/{request}")
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()["data"]
        return record

    def status(self, kind: str, request: str) -> str:
        return str(self.summary(kind, request)["requestStatus"])

    def summaries(self, kind: str, **params: str) -> list[dict[str, Any]]:
        answer = self.caller.get(f"/actions/requests/{kind}", **params)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def actions(self, kind: str, request: str) -> list[dict[str, Any]]:
        everything = [action.device["deviceUid"] for action in self.tenant.actions.actions(kind)]
        uids = list(dict.fromkeys(everything)) if kind == "reach" else []
        answer = self.post(f"{kind}/get-actions/{request}", {"deviceUids": uids})
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def states(self, kind: str, request: str) -> list[str]:
        return [action["actionStatus"] for action in self.actions(kind, request)]

    def cancel(self, kind: str, request: str, **members: Any) -> None:
        answer = self.post(f"{kind}/cancel-actions/{request}", members)
        assert (answer.status_code, answer.content) == (202, b"")

    def check_in(self, name: str) -> None:
        """Advances the clock to the device's next call."""
        due = self.tenant.agents.next_check_in(self.uid(name))
        assert due
        self.tenant.clock.advance((due - self.tenant.clock.now()).total_seconds())

    def report(self, name: str) -> Any:
        return self.tenant.devices.by_name(name)


@pytest.fixture
def console(caller: Any, tenant: LocalTenant) -> Console:
    for name in ("LAB-0001", "LAB-0002"):
        encryption = {"espInfo.encryptionStatus": "ENCR", "espInfo.allDrivesEncrypted": "2"}
        tenant.devices.update(tenant.devices.by_name(name)["deviceUid"], **encryption)
    return Console(caller, tenant)


# Life cycles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BY_AGENT)
def test_an_action_waits_for_the_agent_runs_and_succeeds(console: Console, clock: ManualClock, kind: str) -> None:
    done = KINDS[kind].done
    request = console.request(kind, "LAB-0001")
    assert (console.states(kind, request), console.status(kind, request)) == (["Pending"], "Init")
    console.check_in("LAB-0001")
    assert (console.states(kind, request), console.status(kind, request)) == (["Processing"], "InProgress")
    clock.advance(5 * MINUTE)
    assert (console.states(kind, request), console.status(kind, request)) == ([done], "Completed")
    summary = console.summary(kind, request)
    counts = {name: summary[name] for name in ("totalDevices", "pending", "processing", "completed", "canceled", "failed")}
    assert counts == {"totalDevices": 1, "pending": 0, "processing": 0, "completed": 1, "canceled": 0, "failed": 0}
    assert summary["updatedDateTimeUtc"] > summary["createdDateTimeUtc"]
    assert console.report("LAB-0001")["agentStatus"] == "A"


def test_unenrolling_takes_seconds_and_no_agent(console: Console, clock: ManualClock) -> None:
    console.tenant.agents.offline(console.uid("LAB-0001"))
    request = console.request("unenroll", "LAB-0001")
    assert console.states("unenroll", request) == ["Pending"]
    clock.advance(2)
    assert (console.states("unenroll", request), console.status("unenroll", request)) == (["Processing"], "InProgress")
    clock.advance(3)
    assert (console.states("unenroll", request), console.status("unenroll", request)) == (["Completed"], "Completed")
    (row,) = console.caller.devices(deviceName="LAB-0001", select="agentStatus,unenrollmentDateTimeUtc,latestEvent")
    assert row["agentStatus"] == "D"
    assert row["latestEvent"] == {"eventStatus": "Unenrolled", "eventDateTimeUtc": row["unenrollmentDateTimeUtc"]}


@pytest.mark.parametrize("kind", ALL)
def test_an_action_can_fail(console: Console, clock: ManualClock, kind: str) -> None:
    console.tenant.actions.fail(kind, console.uid("LAB-0001"), "no space left")
    request = console.request(kind, "LAB-0001")
    clock.advance(QUARTER + 5 * MINUTE)
    assert (console.states(kind, request), console.status(kind, request)) == (["Failed"], "Completed")
    assert console.summary(kind, request)["failed"] == 1
    assert console.tenant.actions.actions(kind)[0].reason == "no space left"
    assert console.report("LAB-0001")["agentStatus"] == "A"
    again = console.request(kind, "LAB-0001")
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states(kind, again) == [KINDS[kind].done]


def test_failing_names_a_kind_and_a_device(console: Console) -> None:
    with pytest.raises(KeyError):
        console.tenant.actions.fail("freeze", console.uid("LAB-0001"))
    with pytest.raises(KeyError):
        console.tenant.actions.fail("wipe", UNKNOWN_UID)


@pytest.mark.parametrize("kind", BY_AGENT)
def test_an_offline_device_stays_pending_until_it_calls(console: Console, clock: ManualClock, kind: str) -> None:
    console.tenant.agents.offline(console.uid("LAB-0001"))
    request = console.request(kind, "LAB-0001")
    clock.advance(10 * QUARTER)
    assert console.states(kind, request) == ["Pending"]
    console.tenant.agents.online(console.uid("LAB-0001"))
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states(kind, request) == [KINDS[kind].done]


@pytest.mark.parametrize("kind", BY_AGENT)
def test_a_device_that_goes_offline_at_work_reports_later(console: Console, clock: ManualClock, kind: str) -> None:
    request = console.request(kind, "LAB-0001")
    console.check_in("LAB-0001")
    console.tenant.agents.offline(console.uid("LAB-0001"))
    clock.advance(3 * QUARTER)
    assert console.states(kind, request) == ["Processing"]
    console.tenant.agents.online(console.uid("LAB-0001"))
    clock.advance(QUARTER)
    assert console.states(kind, request) == [KINDS[kind].done]


@pytest.mark.parametrize("kind", ALL)
def test_an_action_can_be_held(console: Console, clock: ManualClock, kind: str) -> None:
    console.tenant.actions.hold(kind, console.uid("LAB-0001"))
    request = console.request(kind, "LAB-0001")
    clock.advance(10 * QUARTER)
    assert console.states(kind, request) == ["Processing"]
    console.tenant.actions.release(kind, console.uid("LAB-0001"))
    assert console.states(kind, request) == [KINDS[kind].done]


def test_several_actions_on_one_device(console: Console, clock: ManualClock) -> None:
    first, second = console.request("wipe", "LAB-0001"), console.request("reach", "LAB-0001")
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states("wipe", first) + console.states("reach", second) == ["Succeeded", "Succeeded"]


# Eligibility ----------------------------------------------------------------------------------------------------------


def test_unenrolling_needs_an_active_agent_on_a_device_that_is_not_stolen(console: Console, clock: ManualClock) -> None:
    request = console.request("unenroll", "LAB-0001", "LAB-0004", "LAB-0005", "LAB-0006", "LAB-0007")
    clock.advance(5)
    assert console.states("unenroll", request) == ["Completed", "Ineligible", "Completed", "Ineligible", "Ineligible"]
    summary = console.summary("unenroll", request)
    assert (summary["totalDevices"], summary["completed"], summary["failed"]) == (5, 2, 3)
    assert summary["requestStatus"] == "Completed"


def test_missing_devices_can_be_excluded_from_unenrolling(console: Console, clock: ManualClock) -> None:
    request = console.request("unenroll", "LAB-0001", "LAB-0005", excludeMissingDevices=True)
    clock.advance(5)
    assert [row["deviceName"] for row in console.actions("unenroll", request)] == ["LAB-0001"]
    assert console.summary("unenroll", request)["excludeMissingDevices"] is True
    assert console.report("LAB-0005")["agentStatus"] == "A"
    nothing = console.request("unenroll", "LAB-0005", excludeMissingDevices=True)
    assert (console.summary("unenroll", nothing)["totalDevices"], console.status("unenroll", nothing)) == (0, "Completed")


@pytest.mark.parametrize(
    ("name", "change", "state"),
    [
        ("LAB-0001", {"espInfo.encryptionStatus": "ENCR"}, "Pending"),
        ("LAB-0001", {"espInfo.encryptionStatus": "USENCR"}, "Pending"),
        ("LAB-0001", {"espInfo.encryptionStatus": "INST"}, "Failed"),
        ("LAB-0001", {"espInfo.encryptionStatus": "SUSP"}, "Failed"),
        ("LAB-0001", {"espInfo.encryptionProductName": "Example Encryption"}, "Failed"),
        ("LAB-0001", {"operatingSystem.name": "Microsoft Windows 8.1 Pro"}, "Failed"),
        ("LAB-0001", {"espInfo": None}, "Failed"),
        ("LAB-0001", {"agentStatus": "D"}, "Failed"),
        ("LAB-0002", {}, "Pending"),
        ("LAB-0002", {"espInfo.encryptionStatus": "USENCR"}, "Failed"),
        ("LAB-0002", {"espInfo.allDrivesEncrypted": "3"}, "Failed"),
        ("LAB-0002", {"disks": [{"id": "0"}, {"id": "1"}]}, "Failed"),
        ("LAB-0003", {}, "Failed"),
    ],
)
def test_wiping_needs_an_encrypted_device(console: Console, name: str, change: dict[str, Any], state: str) -> None:
    console.tenant.devices.update(console.uid(name), **change)
    assert console.states("wipe", console.request("wipe", name)) == [state]


@pytest.mark.parametrize(
    ("kind", "members", "states"),
    [
        ("file-delete", {}, ["Pending", "Pending", "Failed", "Failed"]),
        ("file-delete", {"wipeType": "wipeAllUserFilesAndOs"}, ["Pending", "Failed", "Failed", "Failed"]),
        ("eum", {}, ["Pending", "Pending", "Pending", "Failed"]),
        ("reach", {}, ["Pending", "Pending", "Failed", "Failed"]),
        ("reach", {"winScriptOption": {"maxRunTime": 5}}, ["Pending", "Failed", "Failed", "Failed"]),
        ("reach", {"macScriptOption": {"maxRunTime": 5}}, ["Failed", "Pending", "Failed", "Failed"]),
    ],
)
def test_platforms(console: Console, kind: str, members: dict[str, Any], states: list[str]) -> None:
    request = console.request(kind, "LAB-0001", "LAB-0002", "LAB-0003", "LAB-0006", **members)
    assert console.states(kind, request) == states
    assert console.status(kind, request) == "InProgress"


def test_a_script_of_one_platform(console: Console) -> None:
    request = console.request("reach", "LAB-0001", "LAB-0002", scriptUid=console.script("Get hotfixes"))
    assert console.states("reach", request) == ["Pending", "Failed"]


@pytest.mark.parametrize(("name", "version"), [("LAB-0001", "6.3.9600"), ("LAB-0002", "12.7.1")])
def test_messages_need_a_newer_operating_system(console: Console, name: str, version: str) -> None:
    console.tenant.devices.update(console.uid(name), **{"operatingSystem.version": version})
    assert console.states("eum", console.request("eum", name)) == ["Failed"]


# Unenrolling afterwards, overriding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "members", "agent"),
    [
        ("wipe", "LAB-0001", {"unenrollDevicesAndFreeLicenses": True}, "D"),
        ("wipe", "LAB-0002", {"unenrollDevicesAndFreeLicenses": False}, "D"),
        ("file-delete", "LAB-0001", {"wipeType": "wipeAllUserFiles", "unenrollDevicesAndFreeLicenses": True}, "D"),
        ("file-delete", "LAB-0001", {"wipeType": "wipeAllUserFiles"}, "A"),
        ("file-delete", "LAB-0001", {"unenrollDevicesAndFreeLicenses": True}, "A"),
        ("file-delete", "LAB-0002", {"wipeType": "wipeAllUserFiles"}, "D"),
        ("file-delete", "LAB-0002", {}, "A"),
    ],
)
def test_unenrolling_afterwards(
    console: Console, clock: ManualClock, kind: str, name: str, members: dict[str, Any], agent: str
) -> None:
    request = console.request(kind, name, **members)
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states(kind, request) == [KINDS[kind].done]
    assert console.report(name)["agentStatus"] == agent


def test_unenrolling_overrides_open_wipes_and_freezes(console: Console, clock: ManualClock) -> None:
    freeze = {
        "deviceUids": [console.uid("LAB-0001")],
        "requestTitle": "x",
        "freezeDefinition": {"deviceFreezeType": "OnDemand"},
        "passcodeDefinition": {"option": "RandomForEach"},
        "message": "<p>x</p>",
        "messageName": "x",
    }
    frozen = console.post("requests/freeze", freeze).json()["data"]["requestUid"]
    clock.advance(QUARTER + MINUTE)
    freeze["freezeDefinition"] = {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 1200}
    waiting = console.post("requests/freeze", freeze).json()["data"]["requestUid"]
    wipe, message = console.request("wipe", "LAB-0001"), console.request("eum", "LAB-0001")
    console.request("unenroll", "LAB-0001")
    clock.advance(5)
    assert console.states("wipe", wipe) == ["Canceled"]
    assert console.states("eum", message) == ["Pending"]
    states = [console.caller.get(f"/actions/freeze/requests/{uid}").json()["data"][0] for uid in (frozen, waiting)]
    assert [(state["actionStatus"], state["isCurrent"]) for state in states] == [("Completed", False), ("Canceled", False)]
    assert console.report("LAB-0001")["deviceFreezeReportingStatuses"] == []
    assert "deviceFreezeStatus" not in console.report("LAB-0001")


# Cancelling -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CANCELLABLE_BY_UID)
def test_cancelling_some_actions(console: Console, clock: ManualClock, kind: str) -> None:
    request = console.request(kind, "LAB-0001", "LAB-0002")
    last = console.actions(kind, request)[-1]
    console.cancel(kind, request, actionUids=[last["actionUid"]])
    assert console.states(kind, request) == ["Pending", "Canceled"]
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states(kind, request) == [KINDS[kind].done, "Canceled"]
    assert console.status(kind, request) == "Completed"


@pytest.mark.parametrize("kind", CANCELLABLE_BY_UID)
def test_cancelling_all_actions_whatever_is_listed(console: Console, kind: str) -> None:
    request = console.request(kind, "LAB-0001", "LAB-0002")
    console.cancel(kind, request, actionUids=[UNKNOWN_UID], cancelAllActions=True)
    assert console.states(kind, request) == ["Canceled", "Canceled"]
    summary = console.summary(kind, request)
    assert (summary["canceled"], summary["requestStatus"]) == (2, "Completed")


@pytest.mark.parametrize("kind", ["wipe", "file-delete"])
def test_what_runs_already_is_not_cancelled(console: Console, clock: ManualClock, kind: str) -> None:
    request = console.request(kind, "LAB-0001")
    console.check_in("LAB-0001")
    console.cancel(kind, request, cancelAllActions=True)
    assert console.states(kind, request) == ["Processing"]
    clock.advance(5 * MINUTE)
    console.cancel(kind, request, cancelAllActions=True)
    assert console.states(kind, request) == [KINDS[kind].done]


def test_a_message_on_the_screen_is_cancelled_when_the_device_calls(console: Console, clock: ManualClock) -> None:
    console.tenant.actions.hold("eum", console.uid("LAB-0001"))
    request = console.request("eum", "LAB-0001")
    console.check_in("LAB-0001")
    console.cancel("eum", request, cancelAllActions=True)
    clock.advance(QUARTER - 1)
    assert console.states("eum", request) == ["Processing"]
    clock.advance(1)
    assert console.states("eum", request) == ["Canceled"]


def test_a_message_that_is_answered_before_the_cancellation_arrives_stays_answered(console: Console, clock: ManualClock) -> None:
    request = console.request("eum", "LAB-0001")
    console.check_in("LAB-0001")
    console.cancel("eum", request, cancelAllActions=True)
    clock.advance(QUARTER)
    assert console.states("eum", request) == ["Completed"]


def test_an_action_that_changes_before_the_cancellation_arrives_stays_as_it_is(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=15, clock=clock, options=Options(cancel_delay=timedelta(seconds=20))) as tenant:
        console = Console(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        due = tenant.agents.next_check_in(console.uid("LAB-0001"))
        assert due
        clock.advance((due - clock.now()).total_seconds() - 10)
        request = console.request("wipe", "LAB-0001")
        console.cancel("wipe", request, cancelAllActions=True)
        assert console.states("wipe", request) == ["Pending"]
        clock.advance(30)
        assert console.states("wipe", request) == ["Processing"]
        tenant.agents.offline(console.uid("LAB-0001"))
        other = console.request("wipe", "LAB-0001")
        console.cancel("wipe", other, cancelAllActions=True)
        clock.advance(20)
        assert console.states("wipe", other) == ["Canceled"]


def test_scripts_are_cancelled_by_device(console: Console, clock: ManualClock) -> None:
    first, second = console.request("reach", "LAB-0001"), console.request("reach", "LAB-0001", "LAB-0002")
    uid = console.uid("LAB-0001")
    console.cancel("reach", first, deviceUids=[uid])
    assert [action.status for action in console.tenant.actions.actions("reach")] == ["Canceled", "Pending", "Pending"]
    answer = console.post("reach/cancel-actions", {"deviceUids": [uid]})
    assert (answer.status_code, answer.content) == (202, b"")
    assert console.states("reach", second) == ["Canceled", "Pending"]
    clock.advance(QUARTER + MINUTE)
    answer = console.post("reach/cancel-actions", {"deviceUids": [console.uid("LAB-0002")]})
    assert console.states("reach", second) == ["Canceled", "Succeeded"]


@pytest.mark.parametrize("body", [{}, {"actionUids": []}, {"actionUids": [UNKNOWN_UID]}, {"actionUids": ["x"]}])
def test_cancellations_must_name_actions_of_the_request(console: Console, body: dict[str, Any]) -> None:
    request = console.request("wipe", "LAB-0001")
    answer = console.post(f"wipe/cancel-actions/{request}", body)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "actionUids")


def test_unenrolling_has_no_cancellation(console: Console) -> None:
    request = console.request("unenroll", "LAB-0001")
    assert console.post(f"unenroll/cancel-actions/{request}", {"cancelAllActions": True}).status_code == 403


# Lists ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_requests_are_listed_by_time_and_status(console: Console, clock: ManualClock, kind: str) -> None:
    first = console.request(kind, "LAB-0001")
    created = console.summary(kind, first)["createdDateTimeUtc"]
    clock.advance(QUARTER + 5 * MINUTE)
    second = console.request(kind, "LAB-0002")
    assert [row["requestUid"] for row in console.summaries(kind)] == [first, second]
    assert console.summaries(kind)[0] == console.summary(kind, first)

    def found(**params: str) -> list[str]:
        return [row["requestUid"] for row in console.summaries(kind, **params)]

    assert found(requestStatus="Completed") == [first]
    assert found(requestStatus="Init") == [second]
    assert found(createdFromDateTimeUtc=created) == [first, second]
    assert found(createdToDateTimeUtc=created) == [first]
    assert found(createdFromDateTimeUtc=format_utc(clock.now() + timedelta(seconds=1))) == []


def test_readable_identifiers_count_per_kind(console: Console) -> None:
    for kind in ("wipe", "wipe", "reach"):
        console.request(kind, "LAB-0001")
    assert [row["requestId"] for row in console.summaries("wipe")] == ["Wipe-0001", "Wipe-0002"]
    assert [row["actionId"] for row in console.summaries("reach")] == ["RunScript-0001"]


def test_pages_of_requests(console: Console) -> None:
    requests = [console.request("wipe", "LAB-0001") for _ in range(3)]
    first = console.caller.get("/actions/requests/wipe", pageSize="2").json()
    cursor = first["metadata"]["pagination"]["nextPage"]
    second = console.caller.get("/actions/requests/wipe", pageSize="2", nextPage=cursor).json()
    assert [row["requestUid"] for row in first["data"] + second["data"]] == requests
    assert second["metadata"] == {}


@pytest.mark.parametrize(
    "params",
    [
        {"requestStatus": "Running"},
        {"pageSize": "501"},
        {"createdFromDateTimeUtc": "yesterday"},
        {"createdFromDateTime": "2026-01-01T00:00:00.000Z"},
        {"select": "requestUid"},
        {"sortBy": "requestUid"},
        {"actionStatus": "Pending"},
    ],
)
def test_refused_parameters_of_request_lists(console: Console, params: dict[str, str]) -> None:
    assert console.caller.get("/actions/requests/wipe", **params).status_code == 400


@pytest.mark.parametrize("kind", ["unenroll", "wipe", "file-delete", "eum"])
def test_actions_of_all_requests_and_devices(console: Console, clock: ManualClock, kind: str) -> None:
    first, second = console.request(kind, "LAB-0001", "LAB-0002"), console.request(kind, "LAB-0001")

    def found(uids: list[str], **params: str) -> list[tuple[str, str]]:
        answer = console.post(f"{kind}/get-actions", {"deviceUids": uids}, **params)
        assert answer.status_code == 200, answer.text
        return [(row["requestUid"], row["deviceName"]) for row in answer.json()["data"]]

    everything = [(first, "LAB-0001"), (first, "LAB-0002"), (second, "LAB-0001")]
    now = format_utc(clock.now())
    assert found([]) == everything
    assert found([], actionStatus="Pending", createdFromDateTimeUtc=now, createdToDateTimeUtc=now) == everything
    assert found([], actionStatus="Failed") == []
    assert found([console.uid("LAB-0002")]) == [(first, "LAB-0002")]
    assert found([UNKNOWN_UID]) == []
    answer = console.post(f"{kind}/get-actions/{first}", {"deviceUids": [console.uid("LAB-0002")]})
    assert [row["deviceName"] for row in answer.json()["data"]] == ["LAB-0002"]


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("unenroll", "Ineligible", 200),
        ("wipe", "Ineligible", 400),
        ("wipe", "Completed", 400),
        ("wipe", "Succeeded", 200),
        ("file-delete", "Succeeded", 400),
        ("eum", "Ready", 200),
        ("unenroll", "Ready", 400),
    ],
)
def test_values_of_the_filter_action_status(console: Console, kind: str, status: str, expected: int) -> None:
    assert console.post(f"{kind}/get-actions", {"deviceUids": []}, actionStatus=status).status_code == expected


def test_ten_thousand_actions_are_read_page_by_page(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=1200, clock=clock) as tenant:
        console = Console(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        uids = [device["deviceUid"] for device in tenant.devices]
        request = console.request("eum", deviceUids=uids)
        found: list[str] = []
        cursor: dict[str, str] = {}
        for size in (500, 500, 200):
            page = console.post(f"eum/get-actions/{request}", {"deviceUids": []}, pageSize="500", **cursor).json()
            assert len(page["data"]) == size
            found += [row["deviceUid"] for row in page["data"]]
            cursor = page["metadata"].get("pagination", {})
        assert found == uids
        assert cursor == {}
        counts = console.summary("eum", request)
        assert counts["pending"] + counts["failed"] == counts["totalDevices"] == 1200


def test_scripts_have_their_own_way_to_ask(console: Console, clock: ManualClock) -> None:
    request = console.request("reach", "LAB-0001")
    uid = console.uid("LAB-0001")
    now = format_utc(clock.now())
    for path in ("reach/get-actions", f"reach/get-actions/{request}"):
        assert [row["deviceUid"] for row in console.post(path, {"deviceUids": [uid]}).json()["data"]] == [uid]
        for body in ({"deviceUids": []}, {"deviceUids": [uid] * 101}, {}):
            assert console.post(path, body).status_code == 400
        assert console.post(path, {"deviceUids": [uid]}, pageSize="10").status_code == 400
        assert console.post(path, {"deviceUids": [uid]}, createdFromDateTimeUtc=now).status_code == 400
    params = {"createdFromDateTime": now, "createdToDateTime": now, "actionStatus": "Pending"}
    assert len(console.post("reach/get-actions", {"deviceUids": [uid]}, **params).json()["data"]) == 1
    assert console.post(f"reach/get-actions/{request}", {"deviceUids": [uid]}, actionStatus="Pending").status_code == 400


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_device_uids_are_required_and_limited(console: Console, kind: str) -> None:
    for uids in ([], ["x"], [UNKNOWN_UID], [UNKNOWN_UID] * 10_001, None, "x"):
        assert console.refusal(kind, deviceUids=uids) == (400, "deviceUids")
    assert console.tenant.actions.requests(kind) == []


@pytest.mark.parametrize(
    ("kind", "members", "refused"),
    [
        ("unenroll", {"excludeMissingDevices": "false"}, "excludeMissingDevices"),
        ("wipe", {"unenrollDevicesAndFreeLicenses": "true"}, "unenrollDevicesAndFreeLicenses"),
        ("wipe", {"macPwd": 5}, "macPwd"),
        ("file-delete", {"wipeType": None}, "wipeType"),
        ("file-delete", {"wipeType": "all"}, "wipeType"),
        ("file-delete", {"secureEraseCount": 2}, "secureEraseCount"),
        ("file-delete", {"filePatterns": []}, "filePatterns"),
        ("file-delete", {"filePatterns": [{"platform": "Windows"}]}, "filePatterns[0].patterns"),
        ("file-delete", {"filePatterns": [{"patterns": ["x"]}]}, "filePatterns[0].platform"),
        ("eum", {"submitButtonCaption": None}, "submitButtonCaption"),
        ("eum", {"submitButtonCaption": "x" * 15}, "submitButtonCaption"),
        ("eum", {"message": None}, "message"),
        ("eum", {"message": "x" * 15_001}, "message"),
        ("eum", {"messageUid": UNKNOWN_UID}, "messageUid"),
        ("eum", {"messageUid": UNKNOWN_UID, "message": None}, "RESOURCE_NOT_FOUND"),
        ("eum", {"snoozeTimes": 6}, "snoozeTimes"),
        ("eum", {"displayMode": "Popup"}, "displayMode"),
        ("eum", {"requestTitle": "x" * 256}, "requestTitle"),
        ("eum", {"scheduledDateTimeUtc": "2020-01-01T00:00:00.000Z"}, "scheduledDateTimeUtc"),
        ("eum", {"scheduledDateTimeUtc": "tomorrow"}, "scheduledDateTimeUtc"),
        ("reach", {"scriptUid": None}, "scriptUid"),
        ("reach", {"scriptUid": UNKNOWN_UID}, "RESOURCE_NOT_FOUND"),
        ("reach", {"winScriptOption": {"maxRunTime": 1441}}, "winScriptOption.maxRunTime"),
        ("reach", {"winScriptOption": {"maxRunTime": 25, "maxRunTimeUnit": "hour"}}, "winScriptOption.maxRunTime"),
        ("reach", {"macScriptOption": {"displayMode": "x"}}, "macScriptOption.displayMode"),
    ],
)
def test_refused_bodies(console: Console, kind: str, members: dict[str, Any], refused: str) -> None:
    assert console.refusal(kind, "LAB-0001", **members)[1] == refused
    assert console.tenant.actions.requests(kind) == []


def test_deleting_all_files_is_limited_to_100_devices(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=101, clock=clock) as tenant:
        console = Console(callers(tenant, tenant.tokens.create_symmetric()), tenant)
        uids = [device["deviceUid"] for device in tenant.devices]
        assert console.refusal("file-delete", deviceUids=uids, wipeType="wipeAllUserFiles") == (400, "deviceUids")
        console.request("file-delete", deviceUids=uids[:100], wipeType="wipeAllUserFilesAndOs")
        console.request("file-delete", deviceUids=uids)


def test_a_summary_shows_what_was_asked_for(console: Console) -> None:
    wipe = console.request("wipe", "LAB-0002", macUsername="admin", macPwd="s3cret")
    summary = console.summary("wipe", wipe)
    assert (summary["macUsername"], summary["macPwd"], summary["unenrollDevicesAndFreeLicenses"]) == ("admin", "s3cret", False)
    assert summary["requester"] == "api.user@example.com"
    request = console.request("file-delete", "LAB-0001", secureEraseCount=7, includeFileDateInLog=True)
    delete = console.summary("file-delete", request)
    assert (delete["wipeType"], delete["secureEraseCount"], delete["includeFileDateInLog"]) == ("wipeSpecificUserFiles", 7, True)
    assert delete["filePatterns"] == [{"platform": "Windows", "patterns": ["*.docx"]}]
    message = console.summary("eum", console.request("eum", "LAB-0001", message="<p>Hi<script>x</script></p>", snoozeTimes=2))
    assert (message["message"], message["snoozeTimes"], message["displayMode"]) == ("<p>Hi</p>", 2, "Dialog")
    assert "scheduledDateTimeUtc" not in message


def test_running_a_script_answers_the_request(console: Console) -> None:
    option = {"maxRunTime": 30, "maxRunTimeUnit": "minute", "commandLine": '-Mode "full"', "alwaysRun32bits": False}
    body = console.body("reach", "LAB-0001", requestTitle="Collect triage", winScriptOption=option)
    data = console.post("requests/reach", body).json()["data"]
    assert data["deviceUids"] == body["deviceUids"]
    assert (data["winScriptOption"], data["requestTitle"], data["scriptUid"]) == (option, "Collect triage", body["scriptUid"])
    summary = console.summary("reach", data["requestUid"])
    assert (summary["scriptName"], summary["winScriptOption"]) == ("Collect triage", option)
    configuration = console.caller.get(f"/actions/requests/reach/{data['requestUid']}/configuration").json()["data"]
    assert configuration == {"scriptName": "Collect triage", "winScriptOption": option}


def test_a_message_of_a_template(console: Console) -> None:
    template = next(iter(console.tenant.message_templates.values()))
    request = console.request("eum", "LAB-0001", message=None, messageUid=template.uid)
    assert console.summary("eum", request)["message"] == template.content


# Scheduled messages ---------------------------------------------------------------------------------------------------


def test_a_scheduled_message_is_ready_until_its_time(console: Console, clock: ManualClock) -> None:
    at = format_utc(clock.now() + timedelta(hours=2))
    request = console.request("eum", "LAB-0001", scheduledDateTimeUtc=at)
    assert (console.states("eum", request), console.status("eum", request)) == (["Pending"], "Scheduled")
    clock.advance(QUARTER)
    assert (console.states("eum", request), console.status("eum", request)) == (["Ready"], "Scheduled")
    summary = console.summary("eum", request)
    assert (summary["scheduledDateTimeUtc"], summary["pending"]) == (at, 1)
    clock.advance(7200 - QUARTER)
    assert (console.states("eum", request), console.status("eum", request)) == (["Processing"], "InProgress")
    clock.advance(2 * MINUTE)
    assert (console.states("eum", request), console.status("eum", request)) == (["Completed"], "Completed")


def test_a_device_that_is_away_at_the_scheduled_time_shows_the_message_later(console: Console, clock: ManualClock) -> None:
    request = console.request("eum", "LAB-0001", scheduledDateTimeUtc=format_utc(clock.now() + timedelta(hours=2)))
    clock.advance(QUARTER)
    console.tenant.agents.offline(console.uid("LAB-0001"))
    clock.advance(7200)
    assert console.states("eum", request) == ["Ready"]
    console.tenant.agents.online(console.uid("LAB-0001"))
    clock.advance(QUARTER + 2 * MINUTE)
    assert console.states("eum", request) == ["Completed"]


def test_a_downloaded_message_is_cancelled_when_the_device_calls(console: Console, clock: ManualClock) -> None:
    request = console.request("eum", "LAB-0001", scheduledDateTimeUtc=format_utc(clock.now() + timedelta(hours=2)))
    clock.advance(QUARTER)
    console.cancel("eum", request, cancelAllActions=True)
    assert console.states("eum", request) == ["Ready"]
    clock.advance(QUARTER)
    assert console.states("eum", request) == ["Canceled"]
    clock.advance(7200)
    assert console.states("eum", request) == ["Canceled"]


# Dual approval --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_a_request_waits_for_approval(console: Console, clock: ManualClock, kind: str) -> None:
    console.tenant.approvals.threshold = 1
    small = console.request(kind, "LAB-0002")
    assert console.status(kind, small) == "Init"
    request = console.request(kind, "LAB-0001", "LAB-0005")
    clock.advance(2 * QUARTER)
    assert (console.states(kind, request)[0], console.status(kind, request)) == ("Pending", "PendingApproval")
    assert [row["requestUid"] for row in console.summaries(kind, requestStatus="PendingApproval")] == [request]
    assert console.tenant.approvals.pending == [request]
    console.tenant.approvals.approve(request)
    assert console.status(kind, request) in ("Init", "InProgress")
    clock.advance(QUARTER + 5 * MINUTE)
    assert console.states(kind, request)[0] == KINDS[kind].done
    assert console.tenant.approvals.pending == []


@pytest.mark.parametrize(("decision", "status"), [("decline", "Failed"), ("withdraw", "Canceled")])
def test_a_request_that_is_not_approved(console: Console, clock: ManualClock, decision: str, status: str) -> None:
    console.tenant.approvals.threshold = 0
    request = console.request("unenroll", "LAB-0001", "LAB-0004")
    getattr(console.tenant.approvals, decision)(request)
    clock.advance(QUARTER)
    assert (console.states("unenroll", request), console.status("unenroll", request)) == ([status, "Ineligible"], status)
    assert console.report("LAB-0001")["agentStatus"] == "A"
    with pytest.raises(KeyError):
        console.tenant.approvals.approve(request)


def test_cancelling_all_of_a_request_that_waits_withdraws_it(console: Console) -> None:
    console.tenant.approvals.threshold = 0
    request = console.request("wipe", "LAB-0001")
    console.cancel("wipe", request, cancelAllActions=True)
    assert (console.states("wipe", request), console.status("wipe", request)) == (["Canceled"], "Canceled")


def test_a_request_that_nobody_approves_is_declined(console: Console, clock: ManualClock) -> None:
    console.tenant.approvals.threshold = 0
    request = console.request("wipe", "LAB-0001")
    clock.advance(14 * 86400)
    assert console.status("wipe", request) == "Failed"


# Certificates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "members"), [("wipe", {}), ("file-delete", {"wipeType": "wipeAllUserFiles"})])
def test_a_certificate_is_a_pdf_that_names_the_device(
    console: Console, clock: ManualClock, kind: str, members: dict[str, Any]
) -> None:
    request = console.request(kind, "LAB-0001", "LAB-0003", **members)
    assert all("certificateUid" not in row for row in console.actions(kind, request))
    clock.advance(QUARTER + 5 * MINUTE)
    done, failed = console.actions(kind, request)
    assert "certificateUid" not in failed
    path = f"/actions/{kind}/certificates/{done['deviceUid']}/{done['certificateUid']}"
    answer = console.caller.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-1.4")
    for text in ("LAB-0001", "SN000111", "Certificate of Sanitization", done["updatedDateTimeUtc"], done["certificateUid"]):
        assert text.encode() in answer.content
    assert console.caller.get(path.replace(done["deviceUid"], console.uid("LAB-0002"))).status_code == 404
    assert console.caller.get(path.replace(done["certificateUid"], UNKNOWN_UID)).status_code == 404


def test_a_pdf_finds_its_objects() -> None:
    document = pdf("A (title) with \\", ["word " * 40, "Müller, 田中"])
    assert document.endswith(b"%%EOF\n")
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])
    assert document[start:].startswith(b"xref\n0 6\n")
    offsets = [int(entry[:10]) for entry in document[start:].split(b"\n")[3:8]]
    for number, offset in enumerate(offsets, start=1):
        assert document[offset:].startswith(b"%d 0 obj\n" % number)
    length, content = document[offsets[3] :].split(b"stream\n", 2)[:2]
    assert b"/Length %d " % len(content.removesuffix(b"\nend")) in length
    assert b"(A \\(title\\) with \\\\) Tj" in content
    assert b"(M\xfcller, ??) Tj" in content


def test_deleting_specific_files_has_no_certificate(console: Console, clock: ManualClock) -> None:
    request = console.request("file-delete", "LAB-0001")
    clock.advance(QUARTER + 5 * MINUTE)
    (row,) = console.actions("file-delete", request)
    assert row["actionStatus"] == "Completed"
    assert "certificateUid" not in row


# Permissions and UIDs -------------------------------------------------------------------------------------------------

READ_WRITE = [
    ("wipe", Permission.VIEW_WIPE_DEVICE, Permission.PERFORM_WIPE_DEVICE),
    ("file-delete", Permission.VIEW_DELETE_FILE, Permission.PERFORM_DELETE_FILE),
    ("eum", Permission.VIEW_SEND_MESSAGE, Permission.MANAGE_SEND_MESSAGE),
    ("reach", Permission.RUN_REACH_SCRIPT, Permission.RUN_REACH_SCRIPT),
]


def statuses(console: Console, callers: Any, kind: str, permissions: set[Permission]) -> dict[str, int]:
    """The status of each operation for a token with just these permissions."""
    request = console.request(kind, "LAB-0001")
    limited = Console(callers(console.tenant, console.tenant.tokens.create_symmetric(permissions)), console.tenant)
    devices = {"deviceUids": [console.uid("LAB-0001")]}
    return {
        "create": limited.post(f"requests/{kind}", console.body(kind, "LAB-0001")).status_code,
        "list": limited.caller.get(f"/actions/requests/{kind}").status_code,
        "get": limited.caller.get(f"/actions/requests/{kind}/{request}").status_code,
        "actions": limited.post(f"{kind}/get-actions", devices).status_code,
        "actions of": limited.post(f"{kind}/get-actions/{request}", devices).status_code,
        "cancel": limited.post(f"{kind}/cancel-actions/{request}", {**devices, "cancelAllActions": True}).status_code,
    }


@pytest.mark.parametrize(("kind", "read", "write"), READ_WRITE)
def test_permissions(console: Console, callers: Any, kind: str, read: Permission, write: Permission) -> None:
    reading = {"list": 200, "get": 200, "actions": 200, "actions of": 200}
    everything = {"create": 200, **reading, "cancel": 202}
    nothing = dict.fromkeys(everything, 403)
    assert statuses(console, callers, kind, set(ALL_PERMISSIONS - {read, write})) == nothing
    assert statuses(console, callers, kind, {read, write}) == everything
    if read is not write:
        assert statuses(console, callers, kind, {read}) == {**nothing, **reading}
        assert statuses(console, callers, kind, {write}) == {**nothing, "create": 200, "cancel": 202}


def test_permissions_of_unenrolling(console: Console, callers: Any) -> None:
    """GET requests need Perform, only the actions View, says the document."""
    performing = statuses(console, callers, "unenroll", {Permission.PERFORM_UNENROLL_DEVICE})
    assert performing == {"create": 200, "list": 200, "get": 200, "actions": 403, "actions of": 403, "cancel": 403}
    viewing = statuses(console, callers, "unenroll", {Permission.VIEW_UNENROLL_DEVICE})
    assert viewing == {"create": 403, "list": 403, "get": 403, "actions": 200, "actions of": 200, "cancel": 403}


@pytest.mark.parametrize("kind", ["wipe", "file-delete"])
def test_unenrolling_afterwards_needs_its_permission(console: Console, callers: Any, kind: str) -> None:
    token = console.tenant.tokens.create_symmetric(ALL_PERMISSIONS - {Permission.PERFORM_UNENROLL_DEVICE})
    limited = Console(callers(console.tenant, token), console.tenant)
    assert limited.refusal(kind, "LAB-0001", unenrollDevicesAndFreeLicenses=True) == (403, "NOT_AUTHORIZED")
    limited.request(kind, "LAB-0001")


@pytest.mark.parametrize("kind", ALL)
def test_unknown_requests(console: Console, kind: str) -> None:
    devices = {"deviceUids": [console.uid("LAB-0001")], "cancelAllActions": True}
    assert console.caller.get(f"/actions/requests/{kind}/{UNKNOWN_UID}").status_code == 404
    assert console.caller.get(f"/actions/requests/{kind}/nothing").status_code == 400
    assert console.post(f"{kind}/get-actions/{UNKNOWN_UID}", devices).status_code == 404
    if kind != "unenroll":
        assert console.post(f"{kind}/cancel-actions/{UNKNOWN_UID}", devices).status_code == 404


def test_a_token_sees_the_requests_of_its_device_groups_only(console: Console, callers: Any) -> None:
    own, other = console.tenant.device_groups[1].uid, console.tenant.device_groups[2].uid
    console.tenant.devices.update(console.uid("LAB-0001"), deviceGroupIds=[own])
    console.tenant.devices.update(console.uid("LAB-0002"), deviceGroupIds=[other])
    first, second = console.request("wipe", "LAB-0001"), console.request("wipe", "LAB-0002")
    limited = Console(callers(console.tenant, console.tenant.tokens.create_symmetric(device_group_uids=[own])), console.tenant)
    assert [row["requestUid"] for row in limited.summaries("wipe")] == [first]
    assert limited.caller.get(f"/actions/requests/wipe/{second}").status_code == 404
    rows = limited.post("wipe/get-actions", {"deviceUids": []}).json()["data"]
    assert [row["deviceName"] for row in rows] == ["LAB-0001"]
    assert limited.refusal("wipe", "LAB-0002") == (400, "deviceUids")


# Templates and scripts ------------------------------------------------------------------------------------------------


def test_message_templates(console: Console) -> None:
    rows = console.caller.get("/actions/eum/messages").json()["data"]
    assert [row["name"] for row in rows] == ["Call IT", "Return device"]
    assert rows[1]["logo"].startswith("data:image/gif;base64,")
    assert console.caller.get(f"/actions/eum/messages/{rows[0]['messageUid']}").json()["data"] == rows[0]
    assert console.caller.get(f"/actions/eum/messages/{UNKNOWN_UID}").status_code == 404
    assert console.caller.get("/actions/eum/messages", name="Call IT").status_code == 400


def test_scripts(console: Console) -> None:
    def names(**params: str) -> list[str]:
        answer = console.caller.get("/actions/reach/scripts", **params)
        assert answer.status_code == 200, answer.text
        return [row["scriptName"] for row in answer.json()["data"]]

    assert names() == ["Collect triage", "Get hotfixes", "Set login banner"]
    assert names(scriptNameContains="TRIAGE") == ["Collect triage"]
    assert names(scriptType="Absolute") == ["Get hotfixes"]
    assert console.caller.get("/actions/reach/scripts", scriptType="Mine").status_code == 400
    script = console.caller.get(f"/actions/reach/scripts/{console.script('Get hotfixes')}").json()["data"]
    assert (script["supportedOS"], "macScript" in script) == (["Windows"], False)
    assert script["winScript"]["fileName"] == "Get-hotfixes.ps1"
    assert console.caller.get(f"/actions/reach/scripts/{UNKNOWN_UID}").status_code == 404


def test_the_content_of_a_script_is_a_zip_file(console: Console) -> None:
    answer = console.caller.get(f"/actions/reach/scripts/{console.script('Collect triage')}/content")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["Collect-triage.ps1", "Collect-triage.sh"]
        assert b"param([string]$Mode" in archive.read("Collect-triage.ps1")
