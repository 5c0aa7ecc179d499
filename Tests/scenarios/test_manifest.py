"""The manifest promises what the code keeps, and what playbooks of the existing public pack rely on."""

import Absolute
import pytest
from pack_files import PACK, manifest

MANIFEST = manifest()
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
# They change the library of messages, and no device.
HARMLESS = {"absolute-device-freeze-message-create", "absolute-device-freeze-message-update"}
CHANGING = Absolute.CHANGING | Absolute.EITHER
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


def test_commands_that_change_something_say_so() -> None:
    assert {name for name, command in COMMANDS.items() if command.get("execution")} == CHANGING.keys() - HARMLESS


def test_no_agent_is_given_a_call_that_does_anything() -> None:
    """Neither an action of an agent nor a playbook or script of the pack names it."""
    files = (file for kind in ("yml", "json") for file in PACK.rglob(f"*.{kind}") if file.name != "Absolute.yml")
    naming = [file.name for file in files if "absolute-api-request" in file.read_text("utf-8")]
    assert naming == ["playbook-Absolute_Test.yml"], "which says that it does not run it"


def test_commands_that_change_devices_take_every_target_and_can_wait() -> None:
    for name in Absolute.CHANGING:
        command = COMMANDS[name]
        offered = {argument["name"]: argument for argument in command["arguments"]}
        if TARGETS & offered.keys() and "request_uid" not in offered:
            assert offered.keys() >= TARGETS | {"dry_run"}
        assert command.get("polling", False) is ("polling" in offered)
        assert command.get("polling", False) is offered.get("hide_polling_output", {}).get("hidden", False)


def test_secret_arguments_are_marked() -> None:
    arguments = [argument for command in COMMANDS.values() for argument in command["arguments"]]
    secret = ("passcode", "mac_pwd", "variables", "new_password", "current_password")
    assert {a["name"] for a in arguments if a["name"] in secret} == {a["name"] for a in arguments if a.get("secret")}
