"""The manifest promises what the code keeps, and what playbooks of the existing public pack rely on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "Packs/Absolute/Integrations/Absolute/Absolute.yml").read_text("utf-8"))
COMMANDS = {command["name"]: command for command in MANIFEST["script"]["commands"]}

DEVICE = (
    "Id Esn LastConnectedUtc SystemName FullSystemName AgentStatus osName SystemManufacturer SystemModel SystemType Serial LocalIp "
    "PublicIp EncryptionStatus"
)
DETAIL = (
    "Domain Os.name Os.version Os.currentBuild Os.architecture Os.installDate Os.productKey Os.serialNumber Os.lastBootTime Bios.id "
    "Bios.serialNumber Bios.smBiosVersion Bios.version Bios.versionDate Username PolicyGroupUid PolicyGroupName IsStolen "
    "DeviceStatus.type DeviceStatus.reported NetworkAdapters.networkSSID"
)
# Commands of the existing public pack: arguments, context prefix, context paths. The passcode, its salt and hash are left out
# on purpose.
EXISTING = {
    "absolute-device-list": (
        "filter agent_status os_name os_version manufacturer model user_names limit page",
        "Absolute.Device",
        DEVICE,
    ),
    "absolute-device-get": ("fields device_ids device_names local_ips public_ips", "Absolute.Device", f"{DEVICE} {DETAIL}"),
    "absolute-device-location-get": (
        "device_ids",
        "Absolute.LocationReport",
        "Coordinates ID City State CountryCode Country LocationTechnology Accuracy LastUpdate",
    ),
    "absolute-device-freeze-request": (
        "device_ids request_name html_message message_name device_freeze_type scheduled_freeze_date offline_time_seconds passcode_type "
        "passcode passcode_length notification_emails",
        "Absolute.FreezeRequest",
        "RequestUID SucceededDeviceUIDs Errors.detail.deviceUids Errors.message Errors.messageKey",
    ),
    "absolute-device-remove-freeze-request": ("device_ids remove_scheduled remove_offline", "", ""),
    "absolute-device-freeze-request-get": (
        "request_uid",
        "Absolute.FreezeRequestDetail",
        "ID AccountUid ActionRequestUid DeviceUid Name Requester EventHistoryId PolicyGroupUid FreezePolicyUid CreatedUTC ChangedUTC "
        "NotificationEmails PolicyConfigurationVersion Downloaded IsCurrent Statuses.actionUid Statuses.messageKey "
        "Statuses.messageParams Statuses.message Statuses.updatedBy Statuses.updatedDateTimeUtc Statuses.triggerActionUid "
        "Statuses.eventType Statuses.ackClientTS Statuses.ackClientDateTimeUtc Statuses.instruction "
        "Statuses.scheduledFreezeDateTimeUtc Configuration.messageName Configuration.htmlClear Configuration.passcodeOption "
        "Configuration.freezeMessage Configuration.freezeId Configuration.configurationUid Configuration.action Configuration.type "
        "Configuration.passcodeLength Configuration.html Configuration.disableRemoteLogin Configuration.disableFileSharing "
        "Configuration.Conditions.secondsUntilFreeze Configuration.Conditions.scheduledFreezeDate Configuration.issuedDateTimeUTC "
        "Configuration.preLoginEnabled Configuration.serviceControlList",
    ),
    "absolute-device-freeze-message-list": (
        "message_id limit page",
        "Absolute.FreezeMessage",
        "ID Name Content CreatedBy ChangedBy CreatedUTC ChangedUTC",
    ),
    "absolute-device-freeze-message-create": ("html_message message_name", "Absolute.FreezeMessage", "ID"),
    "absolute-device-freeze-message-update": ("html_message message_name message_id", "", ""),
    "absolute-device-freeze-message-delete": ("message_id", "", ""),
}
CHANGES_DEVICES = {"absolute-device-freeze-request", "absolute-device-remove-freeze-request"}
TARGETS = {"device_ids", "serial_numbers", "esns", "device_names", "user_names", "local_ips", "public_ips", "mac_addresses"}


def declared(command: str) -> set[str]:
    return {output["contextPath"] for output in COMMANDS[command].get("outputs", [])}


@pytest.mark.parametrize("command", EXISTING)
def test_playbooks_of_the_existing_pack_keep_working(command: str) -> None:
    arguments, prefix, paths = EXISTING[command]
    offered = {argument["name"]: argument for argument in COMMANDS[command]["arguments"]}
    assert set(arguments.split()) <= set(offered)
    assert {f"{prefix}.{path}" for path in paths.split()} <= declared(command)
    required = {name for name, argument in offered.items() if argument.get("required")}
    assert required <= set(arguments.split()), "no new argument may be required"


def test_commands_that_change_devices_say_so_and_take_every_target() -> None:
    for name in CHANGES_DEVICES:
        command = COMMANDS[name]
        assert command["execution"] is True
        assert command["polling"] is True
        offered = {argument["name"]: argument for argument in command["arguments"]}
        assert set(offered) >= TARGETS | {"polling", "dry_run"}
        assert offered["hide_polling_output"]["hidden"] is True


def test_secret_arguments_are_marked() -> None:
    arguments = [argument for command in COMMANDS.values() for argument in command["arguments"]]
    assert {a["name"] for a in arguments if a["name"] in ("passcode", "mac_pwd")} == {
        a["name"] for a in arguments if a.get("secret")
    }


CASE = (
    "absolute-device-list limit=60",
    "absolute-device-get device_names=LAB-0001",
    "endpoint hostname=LAB-0001",
    "absolute-device-location-get device_names=LAB-0001",
    "absolute-device-freeze-message-create message_name=lock html_message=<b>x</b>",
    "absolute-device-freeze-message-list",
    "absolute-device-freeze-request device_names=LAB-0001,LAB-0002,OLD-1 request_name=IR-1 message_uid=${Absolute.FreezeMessage.ID} "
    "notification_emails=soc@example.com polling=true",
    "absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.RequestUID}",
    "absolute-device-freeze-request device_names=LAB-0003 request_name=IR-2 message_name=m html_message=h device_freeze_type=Scheduled "
    'scheduled_freeze_date="in 3 days"',
    "absolute-device-freeze-passcode-get device_names=LAB-0001",
    "absolute-device-remove-freeze-request device_names=LAB-0001 polling=true",
)


def test_nothing_is_emitted_that_is_not_declared(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    tenant.devices.add(deviceName="OLD-1", agentStatus="I")
    clock.advance(3600)
    for line in CASE:
        run = war_room.run(f"!{line}")
        assert run.ok, (line, run.error)
        emitted = {path for entry in run.entries for path in paths_of(entry.get("EntryContext") or {})}
        undeclared = {path for path in emitted if not covered(path, declared(line.split()[0]))}
        assert undeclared == set(), line


def paths_of(value: Any, prefix: str = "") -> Iterator[str]:
    """The leaves of an entry context, lists flattened, DT keys cut off."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from paths_of(inner, f"{prefix}.{str(name).partition('(')[0]}".strip("."))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for inner in value:
            yield from paths_of(inner, prefix)
    else:
        yield prefix


def covered(path: str, paths: set[str]) -> bool:
    """Declared itself, or empty where only its members are declared."""
    return path in paths or any(other.startswith(f"{path}.") for other in paths)
