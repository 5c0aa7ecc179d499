"""Every mode of the tenant × every command: each command is played once on a tenant in each mode.

A mode is one of the ways in which the real API may answer (docs/local-tenant.md). What is right in it stands in the tables here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from contract.commands import Case, written_cases
from contract.fills import Fills
from local_absolute import (
    ALL_PERMISSIONS,
    ListOptions,
    LocalTenant,
    ManualClock,
    Options,
    Permission,
    QueryOptions,
    RecordOptions,
    SiemOptions,
)
from local_xsoar import Integration, PlatformModules, WarRoom
from sdk_gate.examples import repeatable_tenant

FEW = 60
MANY = 520  # more than a page of 500, so that each report has a second one
EVENTS = 1100
# The simplest line of each command, and those that read more than a page.
LINES: dict[str, Case] = {
    **{case.command: case for case in reversed([*written_cases()])},
    **{
        f"{name}, long": Case(name, args)
        for name, args in {
            "absolute-device-list": {"all_results": "true"},
            "absolute-device-application-list": {"all_results": "true", "app_names": "Example*"},
            "absolute-device-compliance-list": {"limit": "600"},
            "absolute-device-get-events": {"start_date": "71 hours ago", "limit": "1050"},
        }.items()
    },
}
ORDER = [case.command for case in written_cases()]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: whether it succeeded, what a person reads, and the context."""

    ok: bool
    readable: str
    context: str

    def spelt(self, spelling: Spelling) -> Outcome:
        """The same with other spellings of the values in it."""
        return Outcome(self.ok, spelling(self.readable), spelling(self.context))


DEVICES_OF_A_GROUP = 100
# As they are written, these come too late or need a switch of the instance.
NOTHING_TO_DO = {
    "absolute-api-request",
    "absolute-device-found-report",
    "absolute-file-delete-request-cancel",
    "absolute-wipe-request-cancel",
}
Spelling = Callable[[str], str]
Play = Callable[[Options, int], dict[str, Outcome]]


@pytest.fixture(scope="session")
def play(integration: Integration, platform_modules: PlatformModules) -> Play:
    """Plays all commands on a tenant with the options. The same options give the same outcomes, to the letter."""

    @cache
    def outcomes(options: Options, devices: int) -> dict[str, Outcome]:
        with repeatable_tenant(devices, options) as (tenant, wait):
            tenant.siem.generate(EVENTS, over=timedelta(hours=70))
            token = tenant.tokens.create_symmetric()
            params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
            # A policy is that of every device of its group.
            params["max_devices_per_action"] = str(DEVICES_OF_A_GROUP)
            fills, found = Fills(tenant), {}
            for line, case in sorted(LINES.items(), key=lambda item: ORDER.index(item[1].command)):
                room = WarRoom(integration, params, platform_modules, wait=wait)
                run = room.execute(case.command, fills.fill(case))
                context = json.dumps(room.context.data, sort_keys=True, ensure_ascii=False)
                found[line] = Outcome(run.ok, run.markdown, context)
        return found

    return outcomes


def test_every_command_is_played_and_succeeds(play: Play, integration: Integration) -> None:
    usual = play(Options(), FEW)
    assert {LINES[line].command for line in usual} == {*integration.commands}
    assert {line for line, outcome in usual.items() if not outcome.ok} == NOTHING_TO_DO


# The outcome is the same: these modes are nothing that a user should notice.
UNNOTICED = {
    "empty pagination": Options(lists=ListOptions(last_page="empty pagination")),
    "repeated cursor": Options(lists=ListOptions(last_page="repeated cursor")),
    "no content": Options(lists=ListOptions(empty=204)),
    "offsets": Options(lists=ListOptions(cursors="offset")),
    "pages of 500": Options(query=QueryOptions(largest_page=500)),
    "events by offset": Options(siem=SiemOptions(order="oldest first", cursors="offset")),
    "events by key": Options(siem=SiemOptions(order="newest first", cursors="key")),
}


@pytest.mark.parametrize("mode", UNNOTICED)
def test_modes_that_nobody_notices(play: Play, mode: str) -> None:
    outcomes, usual = play(UNNOTICED[mode], MANY), play(Options(), MANY)
    assert [line for line, outcome in outcomes.items() if outcome != usual[line]] == []


# The outcome is the same but for the spelling of values.
def usual_names(text: str) -> str:
    return re.sub(r'([^"]+)\.WORKGROUP"', r'corp.example.com\\\\\1"', text)


def usual_serials(text: str) -> str:
    """The size of a certificate follows from what is printed on it."""
    return re.sub('"Size": [0-9]+', '"Size": 0', text.replace("_Moved", ""))


def no_codes(text: str) -> str:
    text = text.replace(" (used space)", "")
    return re.sub('"(EncryptionStatus|encryptionStatus|value)": "[A-Z]*"|(?<=BitLocker) [A-Z]+|(?<=FileVault) [A-Z]+', "", text)


SPELT: dict[str, tuple[Options, Spelling]] = {
    "NAME.WORKGROUP": (Options(records=RecordOptions(full_system_name="NAME.WORKGROUP")), usual_names),
    "serial numbers with _Moved": (Options(records=RecordOptions(serial_numbers="moved")), usual_serials),
    "undocumented encryption codes": (Options(records=RecordOptions(encryption_codes="undocumented")), no_codes),
}


@pytest.mark.parametrize("mode", SPELT)
def test_modes_that_only_spell_otherwise(play: Play, mode: str) -> None:
    options, spelling = SPELT[mode]
    outcomes, usual = play(options, FEW), play(Options(), FEW)
    different = [line for line, outcome in outcomes.items() if outcome.spelt(spelling) != usual[line].spelt(spelling)]
    assert different == []
    assert outcomes != usual, "the mode shows"


@pytest.mark.parametrize("spelling", ["dashes", "dots", "0x"])
def test_mac_addresses_are_the_same_in_every_notation(play: Play, spelling: Any) -> None:
    assert play(Options(records=RecordOptions(mac_addresses=spelling)), FEW) == play(Options(), FEW)


# How a device is found by what stands on it, and shown to others, in each spelling.
@pytest.fixture
def room_in(
    integration: Integration, platform_modules: PlatformModules, clock: ManualClock
) -> Iterator[Callable[..., tuple[WarRoom, LocalTenant]]]:
    """A war room on a tenant with options, whose token has the permissions."""
    running: list[LocalTenant] = []

    def make(options: Options, permissions: Iterable[Permission] = ALL_PERMISSIONS, **params: str) -> tuple[WarRoom, LocalTenant]:
        tenant = LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=options).start()
        running.append(tenant)
        token = tenant.tokens.create_symmetric(permissions)
        instance = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}, **params}
        return WarRoom(integration, instance, platform_modules, wait=clock.advance), tenant

    yield make
    for tenant in running:
        tenant.stop()


MAC = "00:00:5E:00:53:01"  # of LAB-0001


@pytest.mark.parametrize("notation", ["colons", "dashes", "dots", "0x"])
@pytest.mark.parametrize("typed", [MAC, MAC.lower(), MAC.replace(":", "-"), "0000.5e00.5301", "0x00005E005301", "00005E005301"])
def test_a_mac_address_is_found_in_any_notation(room_in: Callable[..., Any], notation: Any, typed: str) -> None:
    room, _ = room_in(Options(records=RecordOptions(mac_addresses=notation)))
    room.execute("absolute-device-get", {"mac_addresses": typed})
    assert room.context.get("Absolute.Device.DeviceName") == "LAB-0001"


@pytest.mark.parametrize("notation", ["colons", "dashes", "dots", "0x"])
def test_other_products_get_mac_addresses_in_their_notation(room_in: Callable[..., Any], notation: Any) -> None:
    room, _ = room_in(Options(records=RecordOptions(mac_addresses=notation)))
    room.run("!endpoint hostname=LAB-0001")
    assert room.context.get("Endpoint.MACAddress") == [MAC, "00:00:5E:00:53:02"]


def test_a_serial_number_that_was_moved(room_in: Callable[..., Any]) -> None:
    """The printed one finds nothing, nothing is done, and it is said how the device is found."""
    room, tenant = room_in(Options(records=RecordOptions(serial_numbers="moved")))
    found = room.run("!absolute-device-get serial_numbers=SN000111")
    assert r"serial_numbers=SN000111\* finds those too" in found.markdown
    assert room.context.get("Absolute.DeviceLookup.Status") == "NotFound"
    refused = room.run("!absolute-device-unenroll serial_numbers=SN000111")
    assert "Nothing was sent" in refused.error
    assert "serial_numbers=SN000111* finds those too" in refused.error
    assert tenant.actions.requests("unenroll") == []
    room.run("!absolute-device-get serial_numbers=SN000111*")
    assert room.context.get("Absolute.Device.DeviceName") == "LAB-0001"
    assert "_Moved" not in room.run("!absolute-device-get serial_numbers=SN999999*").markdown


# A token that may act and may not read, where lists are empty for want of permission: what each command says. Nothing is found,
# gone, cancelled or allowed by an empty list.
UNSEEN = Options(lists=ListOptions(unpermitted="empty"))
BLIND = frozenset(
    permission
    for permission in Permission
    if not permission.value.startswith(("View", "Address-level"))
    and permission not in (Permission.MANAGE_SIEM_INTEGRATION, Permission.MANAGE_DEVICE_FIELD_DEFINITION)
)
SAID = {
    "!absolute-device-list": "No device was found, or the token may not see it",
    "!absolute-device-get device_names=LAB-0001": "A token does not find what it may not see",
    "!absolute-device-location-get device_names=LAB-0001": "No device was found, or the token may not see it",
    "!endpoint hostname=LAB-0001": "A token does not find what it may not see",
    "!absolute-device-application-list": "Nothing was found, or the token may not see it",
    "!absolute-device-freeze-message-list": "No freeze message was found, or the token may not see it",
    "!absolute-device-freeze-passcode-get device_names=LAB-0001": "No device was found, or the token may not see it",
    "!absolute-custom-field-definition-list": "Nothing was found, or the token may not see it",
    "!absolute-device-missing-list": "Nothing was found, or the token may not see it",
    "!absolute-message-template-list": "Nothing was found, or the token may not see it",
    "!absolute-policy-group-list": "Nothing was found, or the token may not see it",
    "!absolute-device-compliance-list": "Nothing was found, or the token may not see it",
    "!absolute-device-get-events": "None is no proof that nothing happened",
    **{
        f"!absolute-{kind}-{rows}-list": "Nothing was found, or the token may not see it"
        for kind in ("wipe", "file-delete", "message")
        for rows in ("request", "actions")
    },
    **{
        f"!{command} device_names=LAB-0001 {rest}": "A token does not find what it may not see"
        for command, rest in {
            "absolute-device-unenroll": "",
            "absolute-wipe-request-create": "",
            "absolute-device-missing-report": "",
            "absolute-device-found-report": "",
            "absolute-device-remove-freeze-request": "",
            "absolute-device-freeze-request": "request_name=x message_name=m html_message=h",
        }.items()
    },
}


@pytest.mark.parametrize("line", SAID)
def test_an_empty_list_for_want_of_permission_proves_nothing(room_in: Callable[..., Any], line: str) -> None:
    room, tenant = room_in(UNSEEN, BLIND)
    assert SAID[line] in room.run(line).markdown
    assert room.context.get("Absolute.Device") is None
    writes = [call for call in tenant.requests if call.method != "GET" and "/get-actions" not in call.path]
    assert writes == []


def test_a_token_that_sees_no_device_acts_by_uid(room_in: Callable[..., Any]) -> None:
    """As one does that is refused the report; what became of it is not claimed."""
    room, tenant = room_in(UNSEEN, BLIND)
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    run = room.run(f"!absolute-device-remove-freeze-request device_ids={uid}")
    assert "were not checked" in run.markdown
    assert room.context.get("Absolute.RemoveFreeze.Verdict") == "unknown"
    protected, tenant = room_in(UNSEEN, BLIND, protected_devices="BOSS-*")
    refused = protected.run(f"!absolute-device-remove-freeze-request device_ids={tenant.devices[0]['deviceUid']}")
    assert "cannot read the devices to compare them" in refused.error
    assert tenant.calls("POST") == []


def test_permissions_are_not_read_from_empty_lists(room_in: Callable[..., Any]) -> None:
    room, _ = room_in(UNSEEN, BLIND)
    room.run("!absolute-token-permissions-get")
    rows = {row["Permission"]: row["Allowed"] for row in room.context.get("Absolute.TokenPermissions.Capabilities")}
    told = {permission for permission, allowed in rows.items() if allowed == "yes"}
    # An unknown request is 404 to who may unenroll.
    assert {permission for permission in told if permission.startswith("View")} <= {
        "View Unenroll Device and Perform Unenroll Device"
    }


def test_a_cancellation_is_not_read_from_an_empty_list(room_in: Callable[..., Any]) -> None:
    """The list lags: it does not show the request yet."""
    room, tenant = room_in(Options(lists=ListOptions(lag=timedelta(seconds=30))))
    room.run("!absolute-device-message-send device_names=LAB-0001 message=x button_caption=OK")
    (request,) = tenant.actions.requests("eum")
    run = room.run(f"!absolute-message-request-cancel request_uid={request.uid} cancel_all_actions=true")
    assert "whether it came in time cannot be read" in run.error


def test_a_list_that_lags_leaves_no_device_out(room_in: Callable[..., Any], clock: ManualClock) -> None:
    """The request is completed before the list of its actions shows them."""
    room, tenant = room_in(Options(lists=ListOptions(lag=timedelta(hours=1))))
    line = "!absolute-device-unenroll device_names=LAB-0001 polling=true interval_in_seconds=60 timeout_in_seconds=600"
    assert "ineligible" not in room.run(line).markdown
    assert room.context.get("Absolute.DeviceUnenroll.Devices.Verdict") == "pending"
    assert tenant.devices.by_name("LAB-0001")["agentStatus"] == "D"


@pytest.mark.parametrize("words", ["named", "coded"])
def test_frozen_at_os_is_frozen_and_not_unfrozen_before_it_is(
    room_in: Callable[..., Any], clock: ManualClock, words: Any
) -> None:
    room, _ = room_in(Options(firmware_freeze=words))
    freeze = "!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=m html_message=h polling=true"
    room.run(freeze)
    assert room.context.get("Absolute.FreezeRequest.Devices.Verdict") == "frozen"
    room.run("!absolute-device-get device_names=LAB-0001")
    assert room.context.get("Absolute.Device.IsFrozen") is True
    assert "| LAB-0001 |" in room.run("!absolute-device-list state=frozen").markdown
    room.run("!absolute-device-remove-freeze-request device_names=LAB-0001")
    assert room.context.get("Absolute.RemoveFreeze.Verdict") == "pending", "its agent has not called yet"
    clock.advance(1800)
    room.run("!absolute-device-remove-freeze-request device_names=LAB-0001")
    assert room.context.get("Absolute.RemoveFreeze.Verdict") == "unfrozen"
