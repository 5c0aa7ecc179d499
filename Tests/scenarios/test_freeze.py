"""Freeze and remove freeze: every ending of every device, told as it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]


def freeze(room: WarRoom, **args: str) -> CommandRun:
    return room.execute(
        "absolute-device-freeze-request", {"request_name": "IR-1", "message_name": "m", "html_message": "<p>h</p>", **args}
    )


def verdicts(room: WarRoom) -> dict[str, str]:
    request = room.context.get("Absolute.FreezeRequest")
    latest = request[-1] if isinstance(request, list) else request
    devices = latest["Devices"]
    return {device["DeviceName"]: device["Verdict"] for device in (devices if isinstance(devices, list) else [devices])}


def test_one_verdict_per_device(war_room: WarRoom, tenant: LocalTenant) -> None:
    names = ["OK-1", "OFF-1", "BAD-1", "OLD-1"]
    devices = {name: tenant.devices.add(deviceName=name)["deviceUid"] for name in names}
    tenant.agents.offline(devices["OFF-1"])
    tenant.agents.reject_freeze(devices["BAD-1"], "The agent could not lock the screen")
    tenant.devices.update(devices["OLD-1"], agentStatus="I")
    run = freeze(war_room, device_names=",".join(names), polling="true", interval_in_seconds="300", timeout_in_seconds="3600")
    assert run.ok, run.error
    assert verdicts(war_room) == {"OK-1": "frozen", "OFF-1": "pending", "BAD-1": "failed", "OLD-1": "ineligible"}
    assert run.last.markdown.startswith("**Failed on 2 of 4 devices**: BAD-1, OLD-1\n")
    assert "1 frozen, 1 pending, 1 failed, 1 ineligible" in run.last.markdown
    assert "could not lock the screen" in run.last.markdown
    errors = war_room.context.get("Absolute.FreezeRequest.Errors")
    assert {error["messageKey"]: error["detail"]["deviceUids"] for error in errors} == {
        "failed": [devices["BAD-1"]],
        "ineligible": [devices["OLD-1"]],
    }
    assert set(war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs")) == {devices["OK-1"], devices["OFF-1"]}


def test_succeeded_is_not_the_input(war_room: WarRoom, tenant: LocalTenant) -> None:
    old = tenant.devices.add(deviceName="OLD-1", agentStatus="I")["deviceUid"]
    run = freeze(war_room, device_ids=old)
    # What a playbook's error path reads, which must be text, and what its branches read.
    assert run.error.startswith("**Failed on 1 of 1 device**: OLD-1")
    assert run.last.contents.startswith("Failed on 1 of 1 device. OLD-1: ")
    assert war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == []
    assert verdicts(war_room) == {"OLD-1": "ineligible"}


@pytest.mark.parametrize("kind", ["OffLine", "Offline"])
def test_an_offline_freeze_in_either_spelling(kind: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    run = freeze(war_room, device_names="LAB-0001", device_freeze_type=kind)
    assert run.ok, run.error
    assert "freezes when it has then not called in for 2592000 seconds" in run.markdown
    assert "Offline Freeze rules" in run.markdown
    assert tenant.requests[-3].body["freezeDefinition"] == {"deviceFreezeType": "OffLine", "offlineTimeSeconds": 2_592_000}


def test_an_offline_freeze_is_waited_for_until_the_agent_has_it(war_room: WarRoom) -> None:
    """From then on nothing can be waited for: the device calls in."""
    waits = {"polling": "true", "interval_in_seconds": "600", "timeout_in_seconds": "14400"}
    run = freeze(war_room, device_names="LAB-0001", device_freeze_type="OffLine", offline_time_seconds="86400", **waits)
    assert run.ok, run.error
    assert verdicts(war_room) == {"LAB-0001": "scheduled"}
    assert "freezes when it has not called in for 86400 seconds" in run.last.markdown
    assert "Time-out" not in run.last.markdown
    kept = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true")
    assert "another freeze is left on 1 (remove_offline=true): 1 scheduled" in kept.last.markdown.replace("\\", "")


def test_a_scheduled_freeze_waits_for_its_date(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    date = (clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = freeze(
        war_room,
        device_names="LAB-0001",
        device_freeze_type="Scheduled",
        scheduled_freeze_date=date,
        polling="true",
        interval_in_seconds="600",
        timeout_in_seconds="14400",
    )
    assert run.ok, run.error
    assert verdicts(war_room) == {"LAB-0001": "frozen"}
    assert run.polls > 10


@pytest.mark.parametrize("without", [None, Permission.PERFORM_REMOVE_FREEZE, Permission.VIEW_DEVICE_REPORTS])
def test_waiting_for_a_later_date_ends_as_scheduled(
    without: Permission | None, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock
) -> None:
    """Not in a time-out, whatever the token may read; the device may be offline."""
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {without})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    date = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:00Z")
    run = freeze(
        room,
        device_ids=device_uid,
        device_freeze_type="Scheduled",
        scheduled_freeze_date=date,
        polling="true",
        send_anyway="true",
    )
    assert run.ok, run.error
    assert run.polls <= 1
    assert "1 scheduled" in run.last.markdown
    assert f"Scheduled for {date[:10]} {date[11:16]} UTC" in run.last.markdown
    assert "Time-out" not in run.last.markdown
    assert room.context.get("Absolute.FreezeRequest.ScheduledDeviceUIDs") == [device_uid]
    assert room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == [device_uid]


def test_what_was_asked_of_a_device_is_found_by_the_device(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    date = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:00Z")
    freeze(war_room, device_names="LAB-0001,LAB-0002", device_freeze_type="Scheduled", scheduled_freeze_date=date)
    asked = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    freeze(
        war_room, device_names="LAB-0002", request_name="IR-2", passcode_type="UserDefined", passcode="48151623", polling="true"
    )
    freezing = war_room.context.get("Absolute.FreezeRequest")[-1]["RequestUID"]
    line = "!absolute-device-freeze-request-get device_names=LAB-0002,LAB-0001,LAB-0009,NOSUCH"
    for source in ("the case", "events"):
        run = war_room.run(line)
        assert run.ok, run.error
        rows = war_room.context.get("Absolute.FreezeRequestDetail")
        found = [(row["DeviceName"], row["Type"], row["State"], row["ActionRequestUid"]) for row in rows]
        later = f"freeze scheduled for {date[:10]} {date[11:16]} UTC"
        assert sorted(found) == [
            ("LAB-0001", "Scheduled", later, asked),
            ("LAB-0002", "OnDemand", "frozen", freezing),
            ("LAB-0002", "Scheduled", later, asked),
        ], source
        assert "48151623" not in str(run.entries)
        assert "No freeze: LAB-0009" in run.markdown
        assert "NOSUCH" in run.markdown.partition("Not found")[2]
        war_room.context.data.clear()


def test_a_request_that_nobody_knows_any_more(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    freeze(make_war_room(), device_names="LAB-0001")
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.MANAGE_SIEM_INTEGRATION})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    run = room.run("!absolute-device-freeze-request-get device_names=LAB-0001")
    assert "freeze requested" in run.markdown
    assert "known only from this case, or from an event of the last 72 hours" in run.markdown
    assert room.context.get("Absolute.FreezeRequestDetail.ActionRequestUid") is None


def test_a_scheduled_freeze_is_cancelled(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    date = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = freeze(war_room, device_names="LAB-0001", device_freeze_type="Scheduled", scheduled_freeze_date=date)
    assert "act on the date that was asked for" in asked.markdown
    assert "15 minutes" not in asked.markdown
    assert verdicts(war_room) == {"LAB-0001": "scheduled"}
    assert war_room.context.get("Absolute.FreezeRequest.Devices.ScheduledUtc").startswith(date[:19])
    clock.advance(3600)
    kept = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true")
    assert "still there: freeze scheduled" in kept.last.markdown
    heading = kept.last.markdown.splitlines()[0].replace("\\", "")
    assert heading == "### Remove freeze, another freeze is left on 1 (remove_scheduled=true): 1 scheduled"
    assert war_room.context.get("Absolute.RemoveFreeze.Verdict") == "scheduled"
    gone = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001 remove_scheduled=true polling=true")
    assert war_room.context.get("Absolute.RemoveFreeze.Verdict") == "unfrozen"
    assert "still there" not in gone.last.markdown
    clock.advance(3 * 86400)
    assert war_room.run("!absolute-device-get device_names=LAB-0001").ok
    assert war_room.context.get("Absolute.Device.FreezeStatus.statusCode") != "FRZN"


def test_a_newer_request_replaces_the_older(war_room: WarRoom, tenant: LocalTenant) -> None:
    freeze(war_room, device_names="LAB-0001")
    first = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    freeze(war_room, device_names="LAB-0001", request_name="IR-2", polling="true")
    war_room.context.data.clear()
    run = war_room.run(f"!absolute-device-freeze-request-get request_uid={first}")
    assert run.ok, run.error
    assert war_room.context.get("Absolute.FreezeRequestDetail.Verdict") == "cancelled"


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({Permission.PERFORM_REMOVE_FREEZE}, "The freeze request cannot be read"),
        ({Permission.VIEW_DEVICE_REPORTS}, "The device report cannot be read"),
    ],
)
def test_proof_with_half_the_permissions(missing: set, said: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - missing)
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    run = freeze(room, device_ids=device_uid, polling="true")
    assert run.ok, run.error
    assert room.context.get("Absolute.FreezeRequest.FrozenDeviceUIDs") == [device_uid]
    assert said in run.last.markdown


def test_no_proof_without_any(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    blind = ALL_PERMISSIONS - {Permission.PERFORM_REMOVE_FREEZE, Permission.VIEW_DEVICE_REPORTS}
    token = tenant.tokens.create_symmetric(permissions=blind)
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    run = freeze(room, device_ids=tenant.devices.by_name("LAB-0001")["deviceUid"], polling="true")
    assert run.ok, run.error
    assert "1 unknown" in run.last.markdown
    assert room.context.get("Absolute.FreezeRequest.FrozenDeviceUIDs") == []
    assert room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == []


def test_more_than_ten_thousand_devices_are_split(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    uids = [tenant.devices.add(deviceName=f"MANY-{index:05}", agentStatus="A")["deviceUid"] for index in range(10_001)]
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret}, max_devices_per_action="20000")
    run = freeze(room, device_ids=",".join(uids))
    assert run.ok, run.error
    assert [len(record.body["deviceUids"]) for record in tenant.calls("POST /v3/actions/requests/freeze")] == [10_000, 1]
    assert len(room.context.get("Absolute.FreezeRequest.RequestUID")) == 2
    assert sum(len(request["SucceededDeviceUIDs"]) for request in room.context.get("Absolute.FreezeRequest")) == 10_001


def test_a_freeze_request_holds_no_passcode(war_room: WarRoom, tenant: LocalTenant) -> None:
    freeze(war_room, device_names="LAB-0001", passcode_type="UserDefined", passcode="48151623", polling="true")
    request_uid = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    detail = war_room.run(f"!absolute-device-freeze-request-get request_uid={request_uid}")
    assert war_room.context.get("Absolute.FreezeRequestDetail.Verdict") == "frozen"
    assert war_room.context.get("Absolute.FreezeRequestDetail.Configuration.messageName") == "m"
    assert "48151623" not in str(detail.entries)
    assert "48151623" not in str(war_room.context.data)
    shown = war_room.run("!absolute-device-freeze-passcode-get device_names=LAB-0001")
    assert "48151623" in shown.markdown
    assert "48151623" not in str(war_room.context.data)


def test_passcodes_without_the_permission(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.PERFORM_REMOVE_FREEZE})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    freeze(room, device_names="LAB-0001", polling="true")
    assert "lacks Perform Remove Freeze" in room.run("!absolute-device-freeze-passcode-get device_names=LAB-0001").markdown
    request_uid = room.context.get("Absolute.FreezeRequest.RequestUID")
    assert "Perform Remove Freeze" in room.run(f"!absolute-device-freeze-passcode-get request_uid={request_uid}").error
    assert "Perform Remove Freeze" in room.run(f"!absolute-device-freeze-request-get request_uid={request_uid}").error


def test_an_unknown_request(war_room: WarRoom) -> None:
    run = war_room.run("!absolute-device-freeze-request-get request_uid=c0ffee00-1111-4222-8333-444455556666")
    assert "There is no such object" in run.error
    assert 'request_uid: "IR-1" is not a UUID' in war_room.run("!absolute-device-freeze-request-get request_uid=IR-1").error


class TestMessages:
    def test_create_list_update_delete(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        war_room.run('!absolute-device-freeze-message-create message_name="IR lock" html_message="<p>Call 555-0100 & wait</p>"')
        message_uid = war_room.context.get("Absolute.FreezeMessage.ID")
        listed = war_room.run('!absolute-device-freeze-message-list message_name="ir LOCK"')
        assert war_room.context.get("Absolute.FreezeMessage.Content") == "<p>Call 555-0100 & wait</p>"
        assert "<p>" not in listed.markdown, "the message is shown, not rendered"
        assert war_room.run(
            f"!absolute-device-freeze-message-update message_id={message_uid} message_name=New html_message=<b>x</b>"
        ).ok
        war_room.run(f"!absolute-device-freeze-message-list message_id={message_uid}")
        assert war_room.context.get("Absolute.FreezeMessage.Name") == "New"
        assert war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}").ok
        assert message_uid not in tenant.freeze.messages
        assert "no such object" in war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}").error

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("message_name=m html_message=" + "x" * 4001, "html_message: it has 4001 characters; the API takes at most 4000"),
            ("message_name=" + "x" * 256 + " html_message=h", "message_name: it has 256 characters; the API takes at most 255"),
        ],
    )
    def test_limits(self, arguments: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert said in war_room.run(f"!absolute-device-freeze-message-create {arguments}").error
        assert tenant.requests == []


class TestFreezesThatAreThereAlready:
    """A second request replaces the passcode; a new Scheduled one frees a device that an earlier Scheduled one holds."""

    LATER = "2030-02-01T18:00:00Z"

    @pytest.fixture
    def device_uid(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> str:
        """A device that a Scheduled freeze holds."""
        device_uid: str = tenant.devices.add(deviceName="HELD-1")["deviceUid"]
        tomorrow = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = freeze(war_room, device_names="HELD-1", device_freeze_type="Scheduled", scheduled_freeze_date=tomorrow)
        assert run.ok, run.error
        clock.advance(26 * 3600)
        assert "FrozenOnSchedule" in tenant.devices.by_name("HELD-1")["deviceFreezeReportingStatuses"]
        return device_uid

    def scheduled(self, room: WarRoom, **args: str) -> CommandRun:
        return freeze(room, device_freeze_type="Scheduled", scheduled_freeze_date=self.LATER, **args)

    def test_a_new_schedule_is_refused(self, device_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        sent = len(tenant.calls("POST /v3/actions/requests/freeze"))
        run = self.scheduled(war_room, device_names="HELD-1,LAB-0001")
        assert "Nothing was sent. A new Scheduled freeze unfreezes a device" in run.error
        assert "HELD-1" in run.error
        assert "LAB-0001" not in run.error
        assert len(tenant.calls("POST /v3/actions/requests/freeze")) == sent

    def test_unless_it_is_asked_for(self, device_uid: str, war_room: WarRoom) -> None:
        run = self.scheduled(war_room, device_names="HELD-1", send_anyway="true")
        assert run.ok, run.error
        assert "had a freeze already" in run.markdown

    def test_a_freeze_at_once_says_what_is_there(self, device_uid: str, war_room: WarRoom) -> None:
        run = freeze(war_room, device_names="HELD-1,LAB-0001")
        assert run.ok, run.error
        assert "HELD-1" in run.markdown.partition("had a freeze already")[0]
        assert "this request replaces its passcode" in run.markdown

    def test_so_does_a_dry_run(self, device_uid: str, war_room: WarRoom) -> None:
        run = self.scheduled(war_room, device_names="HELD-1", dry_run="true")
        assert run.ok, run.error
        assert "had a freeze already" in run.markdown

    def test_a_device_frozen_at_once_may_be_scheduled(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert freeze(war_room, device_names="LAB-0001", polling="true").ok
        run = self.scheduled(war_room, device_names="LAB-0001")
        assert run.ok, run.error

    def test_who_cannot_read_does_not_schedule(self, device_uid: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
        room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
        assert "was not checked" in self.scheduled(room, device_ids=device_uid).error
        assert "was not checked" in freeze(room, device_ids=device_uid).markdown


def test_an_unfreeze_that_does_not_arrive_names_remote_access(war_room: WarRoom, tenant: LocalTenant) -> None:
    device_uid = tenant.devices.add(deviceName="CITRIX-1")["deviceUid"]
    assert freeze(war_room, device_ids=device_uid, polling="true").ok
    tenant.agents.offline(device_uid)
    run = war_room.execute("absolute-device-remove-freeze-request", {"device_ids": device_uid})
    assert "remote access (Citrix)" in run.markdown
    assert "absolute-device-freeze-passcode-get" in run.markdown
    tenant.agents.online(device_uid)
    done = war_room.execute("absolute-device-remove-freeze-request", {"device_ids": device_uid, "polling": "true"})
    assert "remote access" not in done.last.markdown
