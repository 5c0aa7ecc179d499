"""The supervisor password of Lenovo devices: what is checked before it is requested, what is said, and that it is never shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, faults
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
COMMAND, ASKED = "absolute-device-supervisor-password-request", "POST /v3/actions/requests/rsvp"
NEW, CURRENT = "Tr0ub4dorHorse", "c0rrecthorse"


@pytest.fixture(autouse=True)
def supported(tenant: LocalTenant) -> None:
    for number, status in enumerate(("Unset", "Unset", "RemotelySetSecured", "RemotelySet"), start=1):
        device = tenant.devices.by_name(f"LAB-000{number}")["deviceUid"]
        state = {"status": status, "version": "2.1", "isSupported": True, "isStrongPasswordRequired": True}
        tenant.devices.update(device, rsvpStatus=state, platformOSType="Windows")


def ask(room: WarRoom, action: str = "create", names: str = "LAB-0001", **args: str) -> CommandRun:
    given = {"new_password": NEW} if action != "remove" else {}
    return room.execute(COMMAND, {"action": action, "device_names": names, **given, **args})


def test_requested_and_never_shown(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = ask(war_room, names="LAB-0001,LAB-0002", force_reenter_password="true")
    assert run.ok, run.error
    assert "takes effect when the user restarts" in run.markdown
    found = war_room.context.get("Absolute.SupervisorPasswordRequest")
    assert (found["Action"], [device["Verdict"] for device in found["Devices"]]) == ("create", ["requested", "requested"])
    (sent,) = tenant.calls(ASKED)
    assert sent.body["newPassword"] == NEW
    assert (sent.body["actionType"], sent.body["forceReenterPassword"]) == ("CREATE_SUPERVISOR_PASSWORD", True)
    assert NEW not in json.dumps([run.entries, run.logs, war_room.context.data], default=str)


def test_devices_of_another_state_are_another_request(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = ask(war_room, "update", "LAB-0003,LAB-0004", current_password=CURRENT)
    assert run.ok, run.error
    assert len(tenant.calls(ASKED)) == 2
    assert war_room.context.get("Absolute.SupervisorPasswordRequest.Devices.Verdict") == ["requested", "requested"]
    assert "does not tell whether" in run.markdown


@pytest.mark.parametrize(
    ("action", "name", "args", "why"),
    [
        ("create", "LAB-0003", {}, "is RemotelySetSecured; action=create needs Unset"),
        ("remove", "LAB-0001", {}, "is Unset; action=remove needs RemotelySet or"),
        ("update", "LAB-0003", {}, "which needs current_password"),
        ("create", "LAB-0001", {"new_password": "alllowercase"}, "at least 8 characters there"),
        ("create", "LAB-0002", {}, "1 to 64 lowercase letters"),
        ("create", "LAB-0004", {}, "does not support"),
    ],
)
def test_what_a_device_cannot_is_left_out(
    action: str, name: str, args: dict[str, str], why: str, war_room: WarRoom, tenant: LocalTenant
) -> None:
    for other, fact, value in (("LAB-0002", "rsvpStatus.version", "1.0"), ("LAB-0004", "rsvpStatus.isSupported", False)):
        tenant.devices.update(tenant.devices.by_name(other)["deviceUid"], **{fact: value})
    run = ask(war_room, action, name, **args)
    assert "Nothing was sent: no device is eligible" in run.error
    assert why in run.error
    assert tenant.calls(ASKED) == []


def test_a_device_that_the_answer_refuses(war_room: WarRoom, tenant: LocalTenant) -> None:
    """The report may say nothing of it."""
    tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], rsvpStatus=None)
    ask(war_room)
    assert war_room.context.get("Absolute.SupervisorPasswordRequest.Devices.Verdict") == "ineligible"
    assert "do not support" in war_room.context.get("Absolute.SupervisorPasswordRequest.Devices.Reason")


@pytest.mark.parametrize(
    ("action", "args", "said"),
    [
        ("destroy", {}, "action"),
        ("create", {"new_password": ""}, "new_password: action=create needs it"),
        ("create", {"current_password": CURRENT}, "current_password: action=create takes none"),
        ("remove", {"new_password": NEW}, "new_password: action=remove takes none"),
        (
            "update",
            {"new_password": "gr\u00fc\u00dfe" + NEW},
            "new_password: it must have 1 to 128 characters, all of them ASCII",
        ),
        ("update", {"new_password": NEW * 10}, "new_password: it must have 1 to 128"),
        ("update", {"force_reenter_password": "true"}, "force_reenter_password: only action=create"),
    ],
)
def test_bad_arguments(action: str, args: dict[str, str], said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    run = ask(war_room, action, **args)
    assert said in run.error
    assert NEW not in run.error
    assert tenant.requests == []


def test_guards_and_dry_run(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    assert "protected" in ask(make_war_room(protected_devices="LAB-0001")).error
    assert "the instance allows 1" in ask(make_war_room(max_devices_per_action="1"), names="LAB-0001,LAB-0002").error
    assert "read only" in ask(make_war_room(read_only=True)).error
    room = make_war_room()
    run = ask(room, dry_run="true")
    assert run.ok, run.error
    assert NEW not in json.dumps([run.entries, room.context.data], default=str)
    assert tenant.calls(ASKED) == []


def test_a_lost_answer_is_unknown_and_never_sent_again(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(faults.reset_after(), ASKED))
    ask(war_room)
    assert war_room.context.get("Absolute.SupervisorPasswordRequest.Devices.Verdict") == "unknown"
    assert len(tenant.calls(ASKED)) == 1


def test_no_permission(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    permission: Any = Permission.MANAGE_SUPERVISOR_PASSWORD
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {permission})
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    assert permission.value in ask(room).error
