"""The command lines whose requests are checked: every command, every argument, every value that the manifest offers.

`$name` in a line is filled from the tenant when the line is run (see `fills.py`), so that each line works by itself.
`$targets` stands for the devices of a command: one device, and each of TARGET_FORMS in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from local_xsoar import Integration, command_line
from local_xsoar.integration import Command

# Given by the platform to the command that it runs again.
HIDDEN = frozenset({"hide_polling_output", "polls_left", "last_progress", "following"})
TARGETS = "targets"
HTML = "<p>Locked by IT &amp; Söhne = 100%. Call +1 555 0100.</p>"
LONG_NAME = "Ä" * 255
WAITING = "polling=true interval_in_seconds=600 timeout_in_seconds=3600"
# The word in the names of the commands, and the one in the paths of the API.
KINDS = {"unenroll": "unenroll", "wipe": "wipe", "file-delete": "file-delete", "message": "eum", "script": "reach"}


@dataclass(frozen=True)
class Case:
    """One run of a command. Values may hold `$name`; the argument `targets` stands for target arguments."""

    command: str
    args: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join([self.command, *(f"{name}={value}" for name, value in self.args.items())])[:160]

    def having(self, **args: str) -> Case:
        return replace(self, args={**self.args, **args})

    def without(self, *names: str) -> Case:
        return replace(self, args={name: value for name, value in self.args.items() if name not in names})


# The first line of a command is its simplest one: each value that the manifest offers and no line has is tried with it.
LINES = f"""
absolute-device-list
absolute-device-list all_results=true
absolute-device-list limit=1 page=2
absolute-device-list last_connected_after="7 days ago" last_connected_before=2045-01-01T00:00:00+05:30 limit=5
absolute-device-list $targets os_name="Microsoft Windows*" os_version=10.* manufacturer=Con* model="Book 14*" agent_status=Active
absolute-device-list $targets os_name="Microsoft Windows 11 Pro" os_version=10.0.22631 manufacturer=Contoso model="Book 14"
absolute-device-list filter="deviceNameStartsWith eq 'LAB' and isStolen eq false"
absolute-device-list $targets filter="(lastConnectedDateTimeUtcFrom eq '2026-01-05T00:00:00.000Z' or policyGroupUidEmpty eq true)"
absolute-device-get $targets
absolute-device-get $targets fields=deviceName,operatingSystem,espInfo.encryptionStatus,deviceFreezeActionStatus,rnrBitLocker
absolute-device-location-get $targets
endpoint hostname=$name
endpoint id=$device
endpoint id=$device,$device ip=$ip hostname=$name
absolute-device-application-list limit=5
absolute-device-application-list $targets
absolute-device-application-list limit=2 page=1 app_names=Example* app_publishers=*Inc* app_versions=*.1 os=Microsoft*
absolute-device-application-list app_names="Example Editor,*Player*" device_names=*LAB*,LAB-0001 esns=*A* serial_numbers=*1,SN*
absolute-device-application-list esn=$esn user_names=*a installed_after="3 years ago" first_detected_after=2020-01-01T00:00+05:30
absolute-device-application-list installed_after=2020-01-01 app_names=*a*,*b* limit=3
absolute-device-application-list filter="appNameContains eq 'Editor' and osNameStartsWith eq 'Microsoft'" device_ids=$device
absolute-device-application-list device_ids=$device \
return_fields=appName,deviceSerial,installDate,firstDetectUtc,lastScanTimeUtc,major

absolute-device-freeze-message-create message_name=lock-$number html_message='{HTML}'
absolute-device-freeze-message-create message_name={LONG_NAME[:250]}$number html_message={"x" * 4000}
absolute-device-freeze-message-list
absolute-device-freeze-message-list message_id=$freeze_message
absolute-device-freeze-message-list message_name=lock limit=1 page=1
absolute-device-freeze-message-update message_id=$freeze_message message_name="IR & lock" html_message=<b>x</b>
absolute-device-freeze-request $targets request_name=IR-1 message_name=lock html_message='{HTML}'
absolute-device-freeze-request $targets request_name={LONG_NAME[:250]} message_uid=$freeze_message passcode_length=4
absolute-device-freeze-request $targets request_name=IR-1 message_name={LONG_NAME} html_message={"x" * 4000} passcode_length=8
absolute-device-freeze-request device_ids=$device,$device,$device request_name=IR-1 message_uid=$freeze_message {WAITING}
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message passcode_type=UserDefined passcode=0123
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message passcode_type=UserDefined passcode=01234567
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message device_freeze_type=Scheduled \
scheduled_freeze_date="in 300 days" notification_emails=soc@example.com,ir@example.com {WAITING}
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message device_freeze_type=Scheduled \
scheduled_freeze_date=2045-02-01T18:00:00.123456+05:30
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message device_freeze_type=OffLine \
offline_time_seconds=1200 {WAITING}
absolute-device-freeze-request $targets request_name=IR-1 message_uid=$freeze_message device_freeze_type=OffLine \
offline_time_seconds=172800000
absolute-device-freeze-request-get request_uid=$freeze_request
absolute-device-freeze-passcode-get $targets
absolute-device-freeze-passcode-get request_uid=$freeze_request
absolute-device-remove-freeze-request device_ids=$frozen
absolute-device-remove-freeze-request device_ids=$frozen remove_scheduled=true remove_offline=true {WAITING}
absolute-device-freeze-message-delete message_id=$freeze_message

absolute-custom-field-definition-list
absolute-custom-field-definition-list field_name=Tier limit=1
absolute-custom-device-field-list $targets
absolute-custom-device-field-list device_id=$device field_name="Asset & Tag=1" limit=1
absolute-custom-device-field-update $targets field_name="Asset Number" value="A-101 \\"x\\" Ä"
absolute-custom-device-field-update device_id=$device cdf_uid=$field value=A-102
absolute-custom-device-field-update $targets field_name="Asset Number" clear_value=true
absolute-custom-device-field-update $targets fields='{{"Asset Number": 7, "Tier": "gold", "Asset owner": null}}'

absolute-device-missing-report $targets
absolute-device-missing-report $targets email_contacts=soc@example.com,it@example.com
absolute-device-missing-report device_ids=$hundred_devices_and_one
absolute-device-missing-list
absolute-device-missing-list device_ids=$device,$device
absolute-device-missing-list created_from_date_time_utc="2 days ago" created_to_date_time_utc=2045-01-01T00:00:00Z limit=2
absolute-device-found-report $targets
absolute-device-found-report device_ids=$hundred_devices_and_one

absolute-message-template-list
absolute-message-template-list limit=1
absolute-device-message-send $targets message='{HTML}'
absolute-device-message-send $targets message={"x" * 15_000} button_caption="Understood, ok" snooze_times=5 {WAITING}
absolute-device-message-send $targets message_uid=$template snooze_times=1 scheduled_date="in 300 days" request_name={LONG_NAME} \
description={LONG_NAME}

absolute-script-list
absolute-script-list script_name="a & b" limit=1
absolute-device-script-run $targets script_uid=$script
absolute-device-script-run $targets script_uid=$script request_name=Triage platforms=Windows max_run_time=1440 {WAITING} \
windows_command_line='-Mode "full" -Name `x`' always_run_32_bits=true
absolute-device-script-run device_ids=$mac script_uid=$script platforms=Mac mac_command_line='-d "x"' max_run_time=24 \
max_run_time_unit=hour display_mode=Maximized run_when=UserIsSignedIn always_run_32_bits=true
absolute-device-script-run device_ids=$hundred_devices_and_one script_uid=$script platforms=windows

absolute-file-delete-request-create $targets wipe_type=wipeAllUserFiles {WAITING}
absolute-file-delete-request-create $targets wipe_type=wipeSpecificUserFiles windows_patterns=*.docx
absolute-file-delete-request-create $targets wipe_type=wipeSpecificUserFiles windows_patterns=a/,[abc]?.txt mac_patterns=**/x \
include_file_date_in_log=true secure_erase_count=7
absolute-file-delete-request-create $targets wipe_type=wipeAllUserFiles unenroll_devices_and_free_licenses=true
absolute-file-delete-request-create device_ids=$hundred_devices_and_one wipe_type=wipeAllUserFilesAndOs secure_erase_count=3
absolute-file-delete-certificate-get device_uid=$file_delete_device_with_certificate certificate_uid=$file_delete_certificate
absolute-file-delete-certificate-get request_uid=$file_delete_request_with_certificate
absolute-wipe-request-create $targets {WAITING}
absolute-wipe-request-create device_uids=$device,$device unenroll_devices_and_free_licenses=true
absolute-wipe-request-create device_ids=$mac mac_user_name=admin mac_pwd='Tr0ub4dor "Ä" &3'
absolute-wipe-certificate-get device_uid=$wipe_device_with_certificate certificate_uid=$wipe_certificate
absolute-wipe-certificate-get request_uid=$wipe_request_with_certificate
absolute-device-unenroll $targets
absolute-device-unenroll $targets exclude_missing_devices=true {WAITING}

absolute-device-group-list
absolute-device-group-list device_id=$device limit=1
absolute-device-group-list name_starts_with="Finance & Söhne, 50%" limit=1
absolute-policy-group-list
absolute-policy-group-list limit=1
absolute-device-compliance-list
absolute-device-compliance-list $targets compliant=false limit=1
absolute-token-permissions-get
absolute-device-get-events
absolute-device-get-events start_date="71 hours ago" end_date="1 hour ago" limit=1 event_types="*Freeze*, !UserLogin"
"""


def action_lines(noun: str, slug: str) -> str:
    """Lists and cancellations of one kind of action. Scripts are asked for by device, which the API requires."""
    request, devices = f"${slug.replace('-', '_')}_request", "device_uids=$ordered_script"
    lists = f"""
absolute-{noun}-request-list
absolute-{noun}-request-list request_uid={request} limit=1
absolute-{noun}-request-list created_from_date_time_utc="2 days ago" created_to_date_time_utc=2045-01-01T00:00:00+02:00
absolute-{noun}-actions-list {devices if slug == "reach" else ""}
absolute-{noun}-actions-list device_uids=$device,$device created_from_date_time_utc=2026-01-05 created_to_date_time_utc=2045-01-01
absolute-{noun}-actions-list request_uid={request} {devices if slug == "reach" else "device_uids=$device"} limit=1
absolute-{noun}-actions-list request_uid={request} {devices} created_from_date_time_utc=2026-01-05
"""
    if slug == "unenroll":
        return lists
    if slug == "reach":
        return f"{lists}absolute-{noun}-request-cancel request_uid={request} {devices}\n"
    action = request.replace("_request", "_action")
    return f"""{lists}
absolute-{noun}-request-cancel request_uid={request} action_uids={action}
absolute-{noun}-request-cancel request_uid={request} cancel_all_actions=true
"""


# By name what stands for $targets: target arguments with values of the device `1`, and where there are two, of the device `2`.
ONE_OF_EACH = {
    "device_ids": "$uid_1",
    "esns": "$esn_1",
    "serial_numbers": "$serial_1",
    "mac_addresses": "$mac_1",
    "device_names": "$name_1",
    "local_ips": "$local_ip_1",
    "public_ips": "$public_ip_1",
    "user_names": "$user_1",
}
# Tried with every command that takes devices.
TARGET_FORMS: tuple[Mapping[str, str], ...] = (
    {"serial_numbers": "$serial_1,$serial_2"},
    {"mac_addresses": "$mac_1,$mac_2"},
    ONE_OF_EACH,
)
# Tried with these, for the others say them alike.
FOR_ALL_FORMS = ("absolute-device-list", "absolute-device-application-list")
MORE_TARGET_FORMS: tuple[Mapping[str, str], ...] = (
    *({name: value} for name, value in ONE_OF_EACH.items()),
    *({name: f"{value},{value.replace('1', '2')}"} for name, value in ONE_OF_EACH.items()),
    *({name: f"{value}*"} for name, value in ONE_OF_EACH.items() if name not in ("device_ids", "mac_addresses")),
    {"user_names": "*$user_1"},
    {"user_names": "*$user_1*,*$user_2,$user_2*"},
    {"device_ids": "$uid_1,$uid_2", "serial_numbers": "$serial_1,$serial_2", "device_names": "$name_1"},
    {"serial_numbers": "$many_serials"},
    {"serial_numbers": "$many_serials", "device_ids": "$uid_1,$uid_2"},
    {"device_names": "O'Brien & Söhne = 50%+1"},
    {"device_names": "O'Brien & Söhne = 50%+1,$name_1"},
    {"device_names": '名前 <b>?#[x]\\/|~^`"\\', "user_names": "CORP\\jdoe,شمس"},
)


def cases(integration: Integration) -> Iterator[Case]:
    """Every run: the lines, each offered value that no line has, each form of naming devices."""
    lines = [*written_cases()]
    simplest = {case.command: case for case in reversed(lines)}
    yield from lines
    for name, case in simplest.items():
        command = integration.commands[name]
        tried = {(argument, value) for line in lines if line.command == name for argument, value in line.args.items()}
        offered = [(argument.name, value) for argument in command.arguments for value in argument.predefined]
        yield from (case.without("polling").having(**{one: value}) for one, value in offered if (one, value) not in tried)
        if "serial_numbers" in command.by_name:
            yield from forms(case, command)


def forms(case: Case, command: Command) -> Iterator[Case]:
    """The command with each form of naming devices; without effect where it can be told to have none."""
    plain = case.without(TARGETS, "polling", *ONE_OF_EACH)
    if "dry_run" in command.by_name:
        plain = plain.having(dry_run="true")
    yield from (plain.having(**form) for form in TARGET_FORMS + (MORE_TARGET_FORMS if case.command in FOR_ALL_FORMS else ()))


def written_cases() -> Iterator[Case]:
    """The lines as cases, with values in place of their quotation."""
    text = "".join([LINES, *(action_lines(noun, slug) for noun, slug in KINDS.items())])
    for line in filter(None, map(str.strip, text.splitlines())):
        name, typed = command_line.parse(f"!{line}")
        yield Case(name, {argument.name or argument.value.strip("$"): argument.value for argument in typed})
