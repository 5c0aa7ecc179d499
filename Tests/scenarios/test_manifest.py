"""The manifest promises what the code keeps, and what playbooks of the existing public pack rely on."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
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
# Commands of the existing public pack: arguments, context prefix, context paths. Passcodes, their salts and hashes, and the
# password of a Mac are left out on purpose.
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
    "absolute-custom-device-field-list": (
        "device_id limit all_results",
        "Absolute.CustomDeviceField",
        "DeviceUID CDFValues.CDFUID CDFValues.FieldKey CDFValues.FieldName CDFValues.CategoryCode CDFValues.FieldValue "
        "CDFValues.Type",
    ),
    "absolute-custom-device-field-update": ("device_id cdf_uid value", "", ""),
    "absolute-device-unenroll": (
        "device_ids exclude_missing_devices",
        "Absolute.DeviceUnenroll",
        "TotalDevices Pending Processing Completed Canceled Failed RequestId RequestUid RequestStatus UpdatedDateTimeUtc "
        "CreatedDateTimeUtc Requester ExcludeMissingDevices Devices.DeviceUid Devices.ActionUid Devices.RequestUid "
        "Devices.DeviceName Devices.ActionStatus Devices.ESN Devices.UpdatedDateTimeUtc Devices.CreatedDateTimeUtc",
    ),
    "absolute-device-application-list": (
        "filter return_fields device_ids device_names app_names app_publishers user_names os esn limit page",
        "Absolute.DeviceApplication",
        "DeviceAppId DeviceUid AppId AppName AppPublisher AppOriginalPublisher AppVersion Ens DeviceName DeviceSerialNumber UserName "
        "InstallPath InstallDate FirstDetectUtc OsName LastScanTimeUtc",
    ),
    "absolute-wipe-request-list": (
        "request_uid created_from_date_time_utc created_to_date_time_utc request_status limit",
        "Absolute.WipeRequest",
        "totalDevices pending processing completed canceled failed requestId requestUid requestStatus createdDateTimeUtc "
        "updatedDateTimeUtc requester macUsername unenrollDevicesAndFreeLicenses",
    ),
    "absolute-wipe-actions-list": (
        "request_uid device_uids created_from_date_time_utc created_to_date_time_utc action_status limit",
        "Absolute.WipeAction",
        "actionUid requestUid deviceUid deviceName esn actionStatus certificateUid updatedDateTimeUtc createdDateTimeUtc",
    ),
    "absolute-wipe-request-cancel": (
        "request_uid action_uids cancel_all_actions",
        "Absolute.WipeRequest",
        "code message details.message details.code details.field",
    ),
    "absolute-wipe-request-create": (
        "device_uids mac_user_name mac_pwd unenroll_devices_and_free_licenses",
        "Absolute.WipeRequest",
        "requestUid",
    ),
}
WAITS = {
    "absolute-device-freeze-request",
    "absolute-device-remove-freeze-request",
    "absolute-device-unenroll",
    "absolute-wipe-request-create",
    "absolute-file-delete-request-create",
    "absolute-device-message-send",
    "absolute-device-script-run",
}
CHANGES_DEVICES = WAITS | {
    "absolute-device-missing-report",
    "absolute-device-found-report",
    "absolute-custom-device-field-update",
}
TARGETS = {"device_ids", "serial_numbers", "esns", "device_names", "user_names", "local_ips", "public_ips", "mac_addresses"}


def declared(command: str) -> set[str]:
    return {output["contextPath"] for output in COMMANDS[command].get("outputs", [])}


@pytest.mark.parametrize("command", EXISTING)
def test_playbooks_of_the_existing_pack_keep_working(command: str) -> None:
    arguments, prefix, paths = EXISTING[command]
    offered = {argument["name"]: argument for argument in COMMANDS[command]["arguments"]}
    assert set(arguments.split()) <= set(offered)
    assert {f"{prefix}.{path}" for path in paths.split()} <= declared(command)
    assert not {path for path in declared(command) if "pwd" in path.lower() or "passcodeclear" in path.lower()}
    required = {name for name, argument in offered.items() if argument.get("required")}
    assert required <= set(arguments.split()), "no new argument may be required"


def test_commands_that_change_devices_say_so_and_take_every_target() -> None:
    for name in CHANGES_DEVICES:
        command = COMMANDS[name]
        assert command["execution"] is True
        offered = {argument["name"]: argument for argument in command["arguments"]}
        assert set(offered) >= TARGETS | {"dry_run"}
        if name in WAITS:
            assert command["polling"] is True
            assert "polling" in offered
            assert offered["hide_polling_output"]["hidden"] is True


def test_secret_arguments_are_marked() -> None:
    arguments = [argument for command in COMMANDS.values() for argument in command["arguments"]]
    assert {a["name"] for a in arguments if a["name"] in ("passcode", "mac_pwd")} == {
        a["name"] for a in arguments if a.get("secret")
    }


FROZEN = "LAB-0008"
CASE = (
    "absolute-device-list limit=60",
    "absolute-device-get device_names=LAB-0001",
    "absolute-device-get device_names=LAB-0005",
    "endpoint hostname=LAB-0001",
    "absolute-device-location-get device_names=LAB-0001",
    "absolute-device-freeze-message-create message_name=lock html_message=<b>x</b>",
    "absolute-device-freeze-message-list",
    f"absolute-device-freeze-request device_names={FROZEN},LAB-0002,OLD-1,BAD-1 request_name=IR-1 message_uid=${{Absolute.FreezeMessage.ID}} "
    "notification_emails=soc@example.com polling=true",
    "absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.RequestUID}",
    f"absolute-device-get device_names={FROZEN}",
    # Scheduled, and replaced by a second one.
    "absolute-device-freeze-request device_names=LAB-0009 request_name=IR-2 message_name=m html_message=h device_freeze_type=Scheduled "
    'scheduled_freeze_date="in 3 days" polling=true',
    "absolute-device-freeze-request device_names=LAB-0009 request_name=IR-3 message_name=m html_message=h device_freeze_type=Scheduled "
    'scheduled_freeze_date="in 4 days" polling=true',
    "absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.[1].RequestUID}",
    "absolute-device-freeze-request device_names=LAB-0001 request_name=IR-4 message_name=m html_message=h device_freeze_type=OffLine "
    "polling=true",
    "absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.[3].RequestUID}",
    f"absolute-device-freeze-passcode-get device_names={FROZEN}",
    f"absolute-device-remove-freeze-request device_names={FROZEN} dry_run=true",
    f"absolute-device-remove-freeze-request device_names={FROZEN} polling=true",
    "absolute-custom-field-definition-list",
    'absolute-custom-device-field-update device_names=LAB-0001 field_name="Asset Number" value=A-101',
    "absolute-custom-device-field-list device_names=LAB-0001",
    "absolute-device-application-list device_names=LAB-0001",
    "absolute-device-group-list",
    "absolute-policy-group-list",
    "absolute-device-compliance-list all_results=true",
    "absolute-device-missing-report device_names=LAB-0009 email_contacts=soc@example.com",
    "absolute-device-missing-list all_results=true",
    "absolute-device-found-report device_names=LAB-0009",
    "absolute-message-template-list",
    "absolute-device-message-send device_names=LAB-0001 message=<p>x</p> scheduled_date={{soon}}",
    "absolute-message-request-list",
    "absolute-message-actions-list",
    "absolute-device-message-send device_names=LAB-0008 message=<p>x</p> polling=true",
    "absolute-message-request-cancel request_uid=${Absolute.MessageRequest.[1].requestUid} cancel_all_actions=true",
    "absolute-script-list",
    "absolute-device-script-run device_names=LAB-0001,LAB-0002 script_uid=${Absolute.Script.[0].scriptUid} request_name=IR-1 "
    "polling=true",
    "absolute-script-request-list",
    "absolute-script-actions-list device_uids=${Absolute.ScriptRequest.Devices.DeviceUid}",
    "absolute-script-request-cancel request_uid=${Absolute.ScriptRequest.requestUid} "
    "device_uids=${Absolute.ScriptRequest.Devices.DeviceUid}",
    "absolute-file-delete-request-create device_names=LAB-0001 wipe_type=wipeSpecificUserFiles windows_patterns=*.docx "
    "include_file_date_in_log=true polling=true",
    "absolute-file-delete-request-create device_names=LAB-0008 wipe_type=wipeAllUserFiles polling=true",
    "absolute-file-delete-request-list",
    "absolute-file-delete-actions-list",
    "absolute-file-delete-request-cancel request_uid=${Absolute.FileDeleteRequest.[0].requestUid} cancel_all_actions=true",
    "absolute-file-delete-certificate-get device_uid=${Absolute.FileDeleteRequest.[1].Devices.DeviceUid} "
    "certificate_uid=${Absolute.FileDeleteRequest.[1].Devices.CertificateUid}",
    "absolute-wipe-request-create device_names=LAB-0002 mac_user_name=admin mac_pwd=secret polling=true",
    "absolute-wipe-request-list",
    "absolute-wipe-actions-list",
    "absolute-wipe-request-cancel request_uid=${Absolute.WipeRequest.requestUid} cancel_all_actions=true",
    "absolute-wipe-certificate-get device_uid=${Absolute.WipeRequest.Devices.DeviceUid} "
    "certificate_uid=${Absolute.WipeRequest.Devices.CertificateUid}",
    "absolute-wipe-certificate-get request_uid=${Absolute.WipeRequest.requestUid}",
    "absolute-file-delete-certificate-get request_uid=${Absolute.FileDeleteRequest.[1].requestUid}",
    "absolute-device-unenroll device_names=LAB-0001,LAB-0008 polling=true",
    "absolute-unenroll-request-list",
    "absolute-unenroll-actions-list",
    "absolute-token-permissions-get",
    "absolute-device-get-events start_date={{recently}} end_date={{soon}} limit=1000",
)
# Declared for the playbooks of the existing pack, or because the API documents them, and why no scenario has them.
NEVER_FILLED = {
    "Absolute.FreezeRequestDetail.Configuration.configurationUid": "API v2 had it; v3 does not document it",
    "Absolute.FreezeRequestDetail.Statuses.ackClientTS": "API v2 had it; v3 has ackClientDateTimeUtc",
    "Absolute.FreezeRequestDetail.FreezePolicyUid": "documented as always null",
    "Absolute.FreezeRequestDetail.PolicyConfigurationVersion": "documented as always null",
    "Absolute.FreezeRequestDetail.Statuses.eventType": "documented without values",
    "Absolute.FreezeRequestDetail.Configuration.serviceControlList": "documented without values",
    "Absolute.DeviceCompliance.saPid": "documented without values",
    "Absolute.DeviceCompliance.statusDetails": "documented without values",
    "Absolute.ScriptRequest.scheduledDateTimeUtc": "documented; the API has no way to schedule a script",
}


@pytest.fixture
def fleet(tenant: LocalTenant, clock: ManualClock) -> LocalTenant:
    """Devices with the fields that most devices do not have."""
    tenant.devices.add(deviceName="OLD-1", agentStatus="I")
    tenant.devices.add(deviceName="BAD-1", agentStatus="A")
    tenant.agents.reject_freeze(tenant.devices.by_name("BAD-1")["deviceUid"], "The agent could not lock the screen")
    members = {
        "bios.versionDate": "2024-01-31T00:00:00.000Z",
        "operatingSystem.productKey": "XXXXX",
        "operatingSystem.serialNumber": "00330-80000-00000-AA000",
        "geoData.location.geoAddress.county": "Greater London",
    }
    tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], **members)
    tenant.siem.user_changed(tenant.devices.by_name("LAB-0002")["deviceUid"], "CORP\\asmith")
    clock.advance(3600)
    return tenant


def test_what_is_emitted_is_declared_and_what_is_declared_is_emitted(
    war_room: WarRoom, fleet: LocalTenant, clock: ManualClock
) -> None:
    soon = (clock.now() + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    recently = (clock.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emitted: set[str] = set()
    for line in CASE:
        run = war_room.run(f"!{line.replace('{{soon}}', soon).replace('{{recently}}', recently)}")
        assert run.ok, (line, run.error)
        found = {path for entry in run.entries for path in paths_of(entry.get("EntryContext") or {})}
        assert {path for path in found if not covered(path, run.command)} == set(), line
        emitted |= found
    # The platform itself describes a file.
    expected = {path for command in COMMANDS for path in declared(command) if not path.startswith("InfoFile.")}
    unfilled = {path for path in expected if not any(f"{other}.".startswith(f"{path}.") for other in emitted)}
    assert unfilled == set(NEVER_FILLED)


def test_every_command_is_in_the_case() -> None:
    only_here = {"absolute-device-freeze-message-update", "absolute-device-freeze-message-delete"}
    assert {line.split()[0] for line in CASE} == COMMANDS.keys() - only_here
    assert not any(declared(command) for command in only_here)


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


def covered(path: str, command: str) -> bool:
    """Declared itself, part of an object that is declared as a whole, or empty where only its members are declared."""
    types = {output["contextPath"]: output.get("type") for output in COMMANDS[command].get("outputs", [])}
    wholes = [other for other, kind in types.items() if kind == "Unknown"]
    return path in types or any(path.startswith(f"{w}.") for w in wholes) or any(other.startswith(f"{path}.") for other in types)
