"""Devices reported missing and found."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, ManualClock, Permission, faults
from local_absolute.http_answer import json_answer
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
MISSING = "POST /v3/tracking/device-missing/missing"
FOUND = "POST /v3/tracking/device-missing/found"


def report(room: WarRoom, **args: str) -> CommandRun:
    return room.execute("absolute-device-missing-report", {"device_names": "LAB-0001", **args})


def find(room: WarRoom, **args: str) -> CommandRun:
    return room.execute("absolute-device-found-report", {"device_names": "LAB-0005", **args})


def verdicts(room: WarRoom) -> dict[str, str]:
    found = room.context.get("Absolute.DeviceMissing")
    return {device["DeviceName"]: device["Verdict"] for device in (found if isinstance(found, list) else [found])}


def is_missing(tenant: LocalTenant, name: str) -> bool:
    return bool(tenant.devices.by_name(name).get("deviceStatus", {}).get("type") == "MISSING")


def room_of(make_war_room: MakeWarRoom, tenant: LocalTenant, *without: Permission) -> WarRoom:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - set(without))
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


def test_missing_listed_found(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = report(war_room, email_contacts="soc@example.com,it@example.com")
    assert run.ok, run.error
    assert verdicts(war_room) == {"LAB-0001": "reported"}
    assert is_missing(tenant, "LAB-0001")
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    war_room.run(f"!absolute-device-missing-list device_ids={uid}")
    assert war_room.context.get("Absolute.MissingDevice.emailContacts") == ["soc@example.com", "it@example.com"]
    assert find(war_room, device_names="LAB-0001").ok
    assert verdicts(war_room) == {"LAB-0001": "found"}
    assert not is_missing(tenant, "LAB-0001")
    assert "Nothing was found" in war_room.run(f"!absolute-device-missing-list device_ids={uid}").markdown


def test_what_the_api_refuses_is_told_with_its_reason(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = report(war_room, device_names="LAB-0001,LAB-0004,LAB-0005,LAB-0006")
    assert verdicts(war_room) == {"LAB-0001": "reported", "LAB-0004": "failed", "LAB-0005": "failed", "LAB-0006": "failed"}
    assert "already reported missing" in run.markdown
    assert "reported stolen" in run.markdown
    assert "1 reported, 3 failed" in run.markdown
    run = find(war_room, device_names="LAB-0008")
    assert "The device is not reported missing" in run.markdown


def test_lists_by_time(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    report(war_room)
    today = (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    war_room.run(f"!absolute-device-missing-list created_from_date_time_utc={today}")
    assert war_room.context.get("Absolute.MissingDevice.deviceUid") == tenant.devices.by_name("LAB-0001")["deviceUid"]
    war_room.run(f"!absolute-device-missing-list created_to_date_time_utc={today} all_results=true")
    assert tenant.devices.by_name("LAB-0005")["deviceUid"] in war_room.context.get("Absolute.MissingDevice.deviceUid")
    run = war_room.run("!absolute-device-missing-list limit=1")
    assert len(run.contents) == 1


def test_a_report_that_fails_on_every_device_is_an_error_with_its_verdicts(war_room: WarRoom) -> None:
    run = find(war_room, device_names="LAB-0001")
    assert run.error.startswith("**Failed on 1 of 1 device**: LAB-0001")
    assert war_room.context.get("Absolute.DeviceMissing.Verdict") == "failed"


def test_150_devices_in_two_calls_one_of_which_fails(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    room = make_war_room(max_devices_per_action="500")
    added = [
        tenant.devices.add(deviceName=f"BULK-{n:03}", agentStatus="A", isStolen=False, deviceStatus=None) for n in range(150)
    ]
    uids = ",".join(device["deviceUid"] for device in added)
    second = Fault(
        when=lambda method, path, query, body: len(body["deviceUids"]) == 50 if method == "POST" else False,
        action=faults.status(400),
    )
    tenant.faults.add(second)
    run = report(room, device_names="", device_ids=uids)
    assert [len(record.body["deviceUids"]) for record in tenant.calls(MISSING)] == [100, 50]
    assert run.ok, run.error
    assert "100 reported, 50 failed" in run.markdown
    tenant.faults.clear()
    run = find(room, device_names="", device_ids=uids)
    assert "100 found, 50 failed" in run.markdown
    assert [len(record.body["deviceUids"]) for record in tenant.calls(FOUND)] == [100, 50]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("absolute-device-missing-report device_names=x email_contacts=soc", "is not an e-mail address"),
        ("absolute-device-missing-report email_contacts=soc@example.com", "no device is named"),
        ("absolute-device-found-report device_ids=LAB-0005", "is not a UUID"),
        ("absolute-device-missing-list device_ids=LAB-0005", "is not a UUID"),
        ("absolute-device-missing-list created_from_date_time_utc=whenever", "created_from_date_time_utc"),
        ("absolute-device-missing-report device_names=x dry_run=perhaps", "dry_run"),
    ],
)
def test_bad_arguments_send_nothing(line: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.devices.add(deviceName="x")
    assert said in war_room.run(f"!{line}").error
    assert [record for record in tenant.requests if "tracking" in record.path] == []


def test_guards(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    room = make_war_room(protected_devices="LAB-0005")
    uids = ",".join(device["deviceUid"] for device in tenant.devices.all()[:51])
    for send in (report, find):
        assert "Dry run: nothing was sent" in send(room, device_names="LAB-0001", dry_run="true").markdown
        assert "51 devices" in send(room, device_names="", device_ids=uids).error
        assert "protected" in send(room, device_names="LAB-0005").error
        assert "matches 2 devices" in send(room, device_names="LAB-0010").error
        assert "no device matches" in send(room, device_names="NOSUCH").error
    assert [record for record in tenant.requests if record.method == "POST"] == []


def test_missing_permissions(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    room = room_of(make_war_room, tenant, Permission.MANAGE_MISSING_DEVICE)
    assert '"Manage Missing Device"' in report(room).error
    assert '"Manage Missing Device"' in find(room).error
    blind = room_of(make_war_room, tenant, Permission.VIEW_MISSING_DEVICE)
    assert '"View Missing Device"' in blind.run("!absolute-device-missing-list").error


class TestNeverTwice:
    def test_report_carried_out_unanswered(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MISSING, action=faults.reset_after()))
        run = report(war_room)
        assert len(tenant.calls(MISSING)) == 1
        assert verdicts(war_room) == {"LAB-0001": "reported"}
        assert "The answer was lost" in run.markdown

    def test_report_not_carried_out(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MISSING, action=faults.reset_before()))
        run = report(war_room)
        assert len(tenant.calls(MISSING)) == 1
        assert not is_missing(tenant, "LAB-0001")
        assert verdicts(war_room) == {"LAB-0001": "unknown"}
        assert "does not show it" in run.markdown

    def test_a_device_that_was_missing_before(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MISSING, action=faults.reset_before()))
        run = report(war_room, device_names="LAB-0005", email_contacts="new@example.com")
        assert verdicts(war_room) == {"LAB-0005": "unknown"}, "its old report proves nothing"
        assert "reported missing before already" in run.markdown

    def test_found_carried_out_unanswered(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=FOUND, action=faults.reset_after()))
        find(war_room)
        assert len(tenant.calls(FOUND)) == 1
        assert verdicts(war_room) == {"LAB-0005": "unknown"}, "an empty list is no proof"
        assert "does not show it, which proves nothing" in json.dumps(war_room.context.data)

    def test_found_not_carried_out(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=FOUND, action=faults.status(503)))
        run = find(war_room)
        assert len(tenant.calls(FOUND)) == 1
        assert is_missing(tenant, "LAB-0005")
        assert verdicts(war_room) == {"LAB-0005": "unknown"}
        assert "The list of missing devices shows it." in run.markdown

    def test_the_list_cannot_be_read(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MISSING, action=faults.reset_after()))
        room = room_of(make_war_room, tenant, Permission.VIEW_MISSING_DEVICE)
        run = report(room)
        assert verdicts(room) == {"LAB-0001": "unknown"}
        assert "It is unknown whether" in run.markdown


@pytest.mark.parametrize(
    "body",
    [
        '{"data": null}',
        '{"data": []}',
        '{"data": {"successDeviceUids": 1, "failDeviceUids": "x", "deviceMissingFailDetails": {}}}',
    ],
)
def test_misshapen_answers(body: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    def changed(answer: Any) -> Any:
        return type(answer)(200, body.encode(), answer.headers)

    tenant.faults.add(Fault(when="/v3/tracking", action=faults.changed(changed)))
    run = report(war_room)
    assert verdicts(war_room) == {"LAB-0001": "unknown"}, run.error
    assert "does not name this device" in run.markdown or "It is unknown whether" in run.markdown
    assert (war_room.run("!absolute-device-missing-list").error is None) == (body == '{"data": []}')


def test_a_device_that_is_named_as_done_and_as_failed(war_room: WarRoom, tenant: LocalTenant) -> None:
    both = [tenant.devices.by_name("LAB-0001")["deviceUid"]]
    answer = json_answer(200, {"data": {"successDeviceUids": both, "failDeviceUids": both, "deviceMissingFailDetails": []}})
    tenant.faults.add(Fault(when="/v3/tracking", action=lambda process: answer))
    report(war_room)
    assert verdicts(war_room) == {"LAB-0001": "unknown"}


def test_names_beside_uids_and_what_is_not_listed(war_room: WarRoom, tenant: LocalTenant) -> None:
    here, there = (tenant.devices.by_name(name)["deviceUid"] for name in ("LAB-0001", "LAB-0005"))
    nowhere = "c0ffee00-1111-4222-8333-444455556666"
    run = war_room.run(f"!absolute-device-missing-list device_ids={there},{here},{nowhere}")
    assert run.ok, run.error
    assert war_room.context.get("Absolute.MissingDevice.deviceName") == "LAB-0005"
    assert war_room.context.get("Absolute.MissingDevice.serialNumber")
    assert "Not reported missing: LAB-0001, serial" in run.markdown
    assert re.search(rf"Not found: device.ids={nowhere}", run.markdown)
