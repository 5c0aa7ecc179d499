import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteDeliveryApiModule import *

import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import urllib3

urllib3.disable_warnings()

# region Constants
MAX_TITLE = 250
MAX_MESSAGE = 4000
MAX_MESSAGE_NAME = 255
MAX_EMAILS = 10
OFFLINE_SECONDS = range(1200, 172_800_000 + 1)
DEFAULT_OFFLINE_SECONDS = 30 * 24 * 60 * 60
# The default that the existing pack has in the manifest, and so in playbooks.
OLD_OFFLINE_SECONDS = 22_592_000
SETTLING_SECONDS = 2


# endregion


# region Command: test-module
def test_module(client: Client, params: Mapping[str, Any], guard: Guard) -> str:
    """Sign in, and read a little of what the instance will read.

    Returns:
        `ok`, or what is wrong in words.
    """
    try:
        collectors = test_collectors(client, params)
        settings = [read(params) for name, read in FETCHES.items() if flag(params, name)]
        if settings:
            first_fetch_time(params)
        problems = [test_source(client, source) for one in settings for source in one.sources]
        problems += [test_devices(client), test_protected(client, guard)]
        problems += [unreachable(collector) for collector in collectors]
    except ExplainedError as error:
        return error.message
    return "\n".join(dict.fromkeys(problem for problem in problems if problem)) or "ok"


def test_collectors(client: Client, params: Mapping[str, Any]) -> list[LogCollector]:
    """The log collectors that the instance sends to. Raises: ArgumentError when one is missing or cannot be right."""
    found = log_collectors(params, client.timeout)
    if flag(params, "isFetch") and not flag(params, "isFetchEvents"):
        refuse_devices(found)
    return [collector for collector in found.values() if collector]


def test_devices(client: Client) -> str:
    """What keeps the most used commands from working, whatever is fetched; empty when nothing does."""
    needs = GET_DEVICES.permission
    try:
        if sees_devices(client):
            return ""
        problem = f"the API token sees no device. It may lack the permission {needs} (some accounts answer so)"
    except MissingPermissionError:
        problem = f"the API token lacks the permission {needs}"
    return (
        f"The Server URL, Token ID and key are right, but {problem}, which most commands need to find devices and to prove what "
        "happened to them. Create a new token with it (permissions of a token cannot be changed). Commands by device_ids or "
        "request_uid may work as they are. absolute-token-permissions-get shows what else is missing."
    )


def test_protected(client: Client, guard: Guard) -> str:
    """The protected devices that are no devices, which may be typing errors; empty where the token may not read devices."""
    try:
        unknown = unmatched_entries(client, guard.protected)
    except MissingPermissionError:
        return ""
    return (
        f"Protected devices: no device that the token sees has {', '.join(unknown)}. Look for typing errors." if unknown else ""
    )


def read_lately(client: Client, source: "FetchType") -> Any:
    """One row of the last 72 hours; of less where such a window is refused. How long one may be is not documented."""
    now = milliseconds(utc_now())
    for hours in (72, 24, 1):
        window = Slice(now - hours * 3600 * 1000, now)
        try:
            return client.call(source.operation, params=[*source.params(window)[:-1], ("pageSize", "1")])
        except ApiError as error:
            if error.status != 400 or hours == 1:
                raise
    return None


def test_source(client: Client, source: "FetchType") -> str:
    """What keeps a fetch from working; empty when nothing does."""
    try:
        answer = read_lately(client, source)
    except MissingPermissionError:
        console = ", or SIEM integration is switched off in the console" if source.retention else ""
        return (
            f"The Server URL, Token ID and key are right, but {source.title} cannot be fetched: the API token lacks the "
            f"permission {source.operation.permission} (permissions of a token cannot be changed: create a new one){console}."
        )
    if source.retention and not answer["data"]:
        return (
            "The sign-in works and the API token may read events, but there is no event of the last 72 hours. That is no proof "
            "that nothing happened: SIEM integration may be switched off in the Absolute console, or no event selected there. "
            "Look there before you rely on the fetch."
        )
    return ""


# endregion


# region Commands: freeze and remove freeze
def freeze_definition(args: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`freezeDefinition` of POST /actions/requests/freeze.

    Raises:
        ArgumentError: A date that is missing or past, or an offline time out of range.
    """
    kind = choice(args, "device_freeze_type", ("OnDemand", "Scheduled", "OffLine"), "OnDemand")
    definition: dict[str, Any] = {"deviceFreezeType": kind}
    unused = f"device_freeze_type={kind} would not wait for it."
    if args.get("scheduled_freeze_date") and kind != "Scheduled":
        raise ArgumentError("scheduled_freeze_date", unused, "... device_freeze_type=Scheduled")
    offline = whole_number(args, "offline_time_seconds", OFFLINE_SECONDS, DEFAULT_OFFLINE_SECONDS)
    if kind != "OffLine" and offline not in (DEFAULT_OFFLINE_SECONDS, OLD_OFFLINE_SECONDS):
        raise ArgumentError("offline_time_seconds", unused, "... device_freeze_type=OffLine")
    if kind == "Scheduled":
        date = coming_date(args, "scheduled_freeze_date", now)
        if not date:
            raise ArgumentError("scheduled_freeze_date", "a Scheduled freeze needs a date.", COMING_EXAMPLE)
        definition["scheduledFreezeDateTimeUtc"] = api_time(date.moment)
    if kind == "OffLine":
        definition["offlineTimeSeconds"] = offline
    return definition


def passcode_definition(args: Mapping[str, Any]) -> dict[str, Any]:
    """`passcodeDefinition` of POST /actions/requests/freeze.

    Raises:
        ArgumentError: A user-defined passcode that is missing or not 4 to 8 digits, or a length out of range.
    """
    option = choice(args, "passcode_type", ("UserDefined", "RandomForEach", "RandomForAll"), "RandomForEach")
    if option != "UserDefined":
        if args.get("passcode"):
            raise ArgumentError("passcode", f"passcode_type={option} would not use it; give passcode_type=UserDefined.")
        return {"option": option, "length": whole_number(args, "passcode_length", range(4, 9), 8)}
    passcode = str(args.get("passcode") or "").strip()
    if not re.fullmatch(r"[0-9]{4,8}", passcode):
        # The value itself is a secret: the message must not repeat it.
        raise ArgumentError("passcode", "passcode_type=UserDefined needs 4 to 8 digits.", "48151623")
    return {"option": option, "passcode": passcode}


def freeze_message_choice(args: Mapping[str, Any]) -> dict[str, str]:
    """What the frozen screen shows: an existing message, or name and HTML of a new one.

    Raises:
        ArgumentError: Neither or both are given, or a text is too long.
    """
    if message_uid := args.get("message_uid"):
        if args.get("html_message"):
            raise ArgumentError("message_uid", "give either message_uid or html_message with message_name, not both.")
        return {"messageUid": uid("message_uid", message_uid)}
    if not args.get("html_message") and not args.get("message_name"):
        problem = (
            "the frozen screen needs a message: give message_uid (absolute-device-freeze-message-list shows what there is), or "
            "message_name with html_message."
        )
        example = 'c0ffee00-1111-4222-8333-444455556666, or message_name="IR lock" html_message="<p>Call IT.</p>"'
        raise ArgumentError("message_uid", problem, example)
    name, content = message_texts(args)
    return {"messageName": name, "message": content}


def e_mail_addresses(args: Mapping[str, Any], name: str) -> list[str]:
    """Raises: ArgumentError for what has no @ between two parts."""
    addresses = split_values(args, name)
    for address in addresses:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise ArgumentError(name, f'"{address}" is not an e-mail address.', "soc@example.com")
    return addresses


def freeze_body(args: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of POST /actions/requests/freeze without its devices. Every limit is checked here.

    Raises:
        ArgumentError: Any argument the API would refuse.
    """
    emails = e_mail_addresses(args, "notification_emails")
    if len(emails) > MAX_EMAILS:
        raise ArgumentError("notification_emails", f"{len(emails)} addresses are given; the API takes at most {MAX_EMAILS}.")
    return {
        "requestTitle": text_within(args, "request_name", MAX_TITLE, '"IR-1234 containment"'),
        "freezeDefinition": freeze_definition(args, now),
        "passcodeDefinition": passcode_definition(args),
        **freeze_message_choice(args),
        **({"notificationEmails": emails} if emails else {}),
    }


def create_freeze_once(client: Client, body: dict[str, Any]) -> tuple[str, list[Verdict]]:
    """Create one request. After an ambiguous failure, look at the devices and say what they show; never send again.

    Returns:
        The request's UID, and verdicts of the devices that the answer itself refuses.

    Raises:
        UncertainWriteError: With what the devices show.
    """
    started = server_now(client)
    try:
        data = client.call(CREATE_FREEZE, body=body)["data"]
        problem = "The freeze was accepted without a request UID."
    except UncertainWriteError as error:
        data, problem = {}, error.message
    if not UUID_TEXT.fullmatch(str(data.get("requestUid"))):
        raise UncertainWriteError(f"{problem} {freeze_traces(client, body, started)}")
    return str(data.get("requestUid")), [Verdict(uid_, "failed", why) for uid_, why in refused_devices(data).items()]


def freeze_traces(client: Client, body: Mapping[str, Any], started: datetime) -> str:
    """What the device report shows of a freeze that may have been requested."""
    uids = [str(device_uid) for device_uid in body.get("deviceUids") or []]
    kind = str(as_dict(body.get("freezeDefinition")).get("deviceFreezeType") or "").lower()
    again = "Look again with absolute-device-get before you repeat the command."
    try:
        devices = list(find_devices(client, [uid_criterion(uids)], ["serialNumber", "deviceFreezeActionStatus"]))
    except ExplainedError:
        return f"The devices could not be read either. {again}"
    fresh = [device for device in devices if has_fresh_freeze(device, kind, started - CLOCK_TOLERANCE)]
    if not fresh:
        return f"None of the {len(uids)} devices shows a new freeze so far, which proves nothing. {again}"
    names = "; ".join(device_label(device) for device in fresh[:10])
    return (
        f"{len(fresh)} of {len(uids)} devices show a freeze of this type, requested within seconds of this command ({names}): "
        "it may be this one, or somebody else's. Do not repeat it before you know. The API has no list of freeze requests; "
        "follow the devices with absolute-device-get."
    )


def has_fresh_freeze(device: Mapping[str, Any], kind: str, after: datetime) -> bool:
    for entry in as_dicts(as_dict(device.get("deviceFreezeActionStatus")).get("statuses")):
        updated = parse_utc(as_dict(entry.get("status")).get("updatedDateTimeUtc"))
        if str(entry.get("type") or "").lower() == kind and updated is not None and updated >= after:
            return True
    return False


def freeze_context(request: ActionRequest, title: str) -> dict[str, Any]:
    """`Absolute.FreezeRequest`."""

    def having(*names: str) -> list[str]:
        return [v.device_uid for v in request.verdicts if v.verdict in names and v.confirmed]

    return {
        "RequestUID": request.request_uid,
        "RequestName": title,
        "SucceededDeviceUIDs": having("frozen", "scheduled", "pending"),
        "FrozenDeviceUIDs": having("frozen"),
        "ScheduledDeviceUIDs": having("scheduled"),
        "PendingDeviceUIDs": having("pending"),
        "Errors": freeze_errors(request.verdicts),
        "Devices": [verdict.to_context() for verdict in request.verdicts],
    }


def freeze_errors(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Devices that the request will not freeze, grouped by reason, in the form of the vendor's v2 answer."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict in ACTION_ENDED.values():
            groups.setdefault((verdict.verdict, verdict.reason), []).append(verdict.device_uid)
    return [{"messageKey": key, "message": reason, "detail": {"deviceUids": uids}} for (key, reason), uids in groups.items()]


def submit_freeze(client: Client, body: dict[str, Any], targets: Targets) -> tuple[Following, str]:
    """As `submit_in_parts`."""

    def send(part: Sequence[Mapping[str, Any]]) -> tuple[str, list[Verdict]]:
        return create_freeze_once(client, {"deviceUids": uids_of(part), **body})

    following, note = submit_in_parts(client, targets, send, "devices are requested; the next request failed.")
    return following._replace(due=parse_utc(as_dict(body.get("freezeDefinition")).get("scheduledFreezeDateTimeUtc"))), note


def submit_in_parts(client: Client, targets: Targets, send: Send, told: str) -> tuple[Following, str]:
    """Send one request per 10,000 devices. Returns what was accepted, and a note when a later one failed, of which `told` says
    what became of the devices before. Raises: ExplainedError when the first one fails.
    """
    submitted = server_now(client)
    accepted, settled, problem = send_in_parts(targets.devices, MAX_DEVICES_PER_REQUEST, send)
    if problem and not accepted:
        raise problem
    count = sum(len(uids) for _, uids in accepted)
    note = f"**Incomplete**: {count} of {len(targets.uids)} {told} {markdown_text(problem.message)}" if problem else ""
    return Following(accepted, tuple(settled), submitted), note


def judge_freezes(client: Client, following: Following, whole: bool) -> list[ActionRequest]:
    """Read the requests and the device report, and give each device its verdict."""
    judged = []
    for request_uid, device_uids in following.requests:
        evidence = read_evidence(client, request_uid, device_uids, following.submitted, following.due, whole)
        now = server_now(client)
        judged.append(ActionRequest(request_uid, tuple(freeze_verdict(uid_, evidence, now) for uid_ in device_uids)))
    return judged


def device_freeze_request(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    """Freeze devices; with polling=true, wait until each has its verdict."""
    title, notes = str(args.get("request_name") or ""), []
    devices: Sequence[dict] = ()
    if args.get("following"):
        following = Following.from_args(args)
    else:
        args, understood = fix_dates(args, ("scheduled_freeze_date",), utc_now())
        body = freeze_body(args, utc_now())
        targets = resolve_targets(client, args, guard, (*FREEZE_FIELDS, "platformOSType", "licenseBase")).noted(understood)
        dry_run = flag(args, "dry_run")
        notes = [*earlier_freezes(body, targets, anyway=dry_run or flag(args, "send_anyway")), targets.note, offline_note(body)]
        if dry_run:
            # What the device report rules out is told here only: a request takes such devices, and Absolute decides.
            skipped = not_eligible(freeze_obstacle, body, targets)
            chosen = without_skipped(targets, skipped)._replace(note=paragraphs(*notes))
            return PollResult(dry_run_result(client, CREATE_FREEZE, body, chosen, skipped))
        following, incomplete = submit_freeze(client, body, targets)
        following, devices = following.placed(targets.uids), targets.devices
        notes = [incomplete, *notes]
    client.pacer.slow_down(following.calls_per_second)
    goes_on = flag(args, "polling") and not following.due and plan.spaced(client.calls + following.look_calls).polls_left > 0
    whole = not goes_on or following.device_count <= MOST_TOLD
    judged = judge_freezes(client, following, whole)
    if not args.get("following") and any(
        verdict.verdict == "pending" and not verdict.confirmed for request in judged for verdict in request.verdicts
    ):
        # The API may need a moment until it lists what it has accepted.
        pause(SETTLING_SECONDS)
        judged = judge_freezes(client, following, whole)
    if not whole and not any(verdict.verdict == "pending" for request in judged for verdict in request.verdicts):
        judged = judge_freezes(client, following, whole=True)  # what the request says is confirmed once
    judged[0] = judged[0]._replace(verdicts=(*judged[0].verdicts, *following.settled))
    judged = [request._replace(verdicts=following.in_order(request.verdicts, devices)) for request in judged]
    verdicts = [verdict for request in judged for verdict in request.verdicts]

    def build(note: str) -> CommandResults:
        contexts, note = [freeze_context(request, title) for request in judged], paragraphs(*notes, note)
        return request_results(
            f"Freeze request {markdown_text(title)}", judged, contexts, note, "Absolute.FreezeRequest", "RequestUID"
        )

    return poll_result(client, plan, verdicts, build, args, ("request_name",), following)


def earlier_freezes(body: Mapping[str, Any], targets: Targets, anyway: bool) -> list[str]:
    """What the devices have of freezes already: a new one replaces the passcode, and perhaps more.

    A new Scheduled freeze unfreezes a device that an earlier Scheduled freeze holds, until the new date (vendor's
    help on freezes).

    Raises:
        TargetError: It would, or nobody can say that it would not, unless it is to be sent `anyway`.
    """
    scheduled = as_dict(body.get("freezeDefinition")).get("deviceFreezeType") == "Scheduled"
    if targets.unchecked:
        notes = ["Whether the devices have a freeze already was not checked: this token may not read it."]
        freed = notes if scheduled else []
    else:
        notes = [existing_freeze(device) for device in targets.devices if is_frozen(device) or reporting_statuses(device)]
        freed = [device_label(device) for device in targets.devices if scheduled and freed_by_schedule(device)]
    if freed and not anyway:
        problem = "A new Scheduled freeze unfreezes a device that an earlier Scheduled freeze holds, until the new date"
        raise TargetError(f"Nothing was sent. {problem}: {'; '.join(freed)}. send_anyway=true sends all the same.")
    return [markdown_text(note) for note in notes]


def freeze_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """A freeze on demand is for Windows, Macs and Chromebooks, the others for Windows and Macs (the tag *Freeze*)."""
    kind, platform = as_dict(body.get("freezeDefinition")).get("deviceFreezeType"), platform_of(device)
    if kind != "OnDemand" and platform and platform not in DISK_ENCRYPTION:
        return f"{kind} freezes need Windows or macOS, and it runs {platform}"
    return control_obstacle(device, "freeze")


def freed_by_schedule(device: Mapping[str, Any]) -> bool:
    """Frozen, and not surely by something else than a Scheduled freeze."""
    by = {status for status in reporting_statuses(device) if status in FROZEN_STATUSES}
    return is_frozen(device) and (not by or "FrozenOnSchedule" in by)


def existing_freeze(device: Mapping[str, Any]) -> str:
    words = freeze_words(device) or "frozen"
    return f"{device_label(device)} had a freeze already{since(device)} ({words}): this request replaces its passcode."


def offline_note(body: Mapping[str, Any]) -> str:
    definition = as_dict(body.get("freezeDefinition"))
    if definition.get("deviceFreezeType") != "OffLine":
        return ""
    return (
        "A device gets this freeze at its agent's next call, and freezes when it has then not called in for "
        f"{definition.get('offlineTimeSeconds')} seconds. Absolute has replaced conditional offline freezes by Offline Freeze "
        "rules, which are set in the console only."
    )


def device_remove_freeze_request(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    """Unfreeze devices or cancel what was requested; with polling=true, wait until each has its verdict."""
    options = {"removeScheduled": flag(args, "remove_scheduled"), "removeOffline": flag(args, "remove_offline")}
    note = ""
    if args.get("following"):
        following = Following.from_args(args)
    else:
        targets = resolve_targets(client, args, guard)
        if flag(args, "dry_run"):
            return PollResult(dry_run_result(client, REMOVE_FREEZE, options, targets))
        following, incomplete = submit_removal(client, options, targets)
        following = following.placed(targets.uids)
        note = joined(incomplete, targets.note)
    client.pacer.slow_down(following.calls_per_second)
    uids = [device_uid for _, part in following.requests for device_uid in part]
    evidence, now = read_evidence(client, None, uids), utc_now()
    gone = removal_statuses(options["removeScheduled"], options["removeOffline"])
    verdicts = following.in_order([*(unfreeze_verdict(uid_, evidence, gone, now) for uid_ in uids), *following.settled])

    def build(extra: str) -> CommandResults:
        return removal_results(verdicts, paragraphs(note, extra))

    return poll_result(client, plan, verdicts, build, args, ("remove_scheduled", "remove_offline"), following)


def submit_removal(client: Client, options: Mapping[str, Any], targets: Targets) -> tuple[Following, str]:
    """As `submit_in_parts`. A removal has no UID."""

    def send(part: Sequence[Mapping[str, Any]]) -> tuple[str, list[Verdict]]:
        client.call(REMOVE_FREEZE, body={"deviceUids": uids_of(part), **options})
        return "", []

    return submit_in_parts(client, targets, send, "devices: their removal is accepted; the next call failed.")


REMOTE_ACCESS = (
    "A device that is used over remote access (Citrix) has lost its network with the freeze: there a removal never arrives, and "
    "only the passcode unlocks it (absolute-device-freeze-passcode-get)."
)


def removal_results(verdicts: Sequence[Verdict], note: str) -> CommandResults:
    """Results of a removal. Where one has not arrived, the vendor's help knows a reason that no waiting mends."""
    pending = any(verdict.verdict == "pending" for verdict in verdicts)
    notes = paragraphs(note, REMOTE_ACCESS if pending else "")
    contexts = [verdict.to_context() for verdict in verdicts]
    left = [verdict.reason.partition(LEFT_BEHIND)[2] for verdict in verdicts if LEFT_BEHIND in verdict.reason]
    ways = [f"remove_{kind}=true" for kind in ("scheduled", "offline") if any(kind in words for words in left)]
    heading = f"Remove freeze, another freeze is left on {len(left)} ({', '.join(ways)})" if left else "Remove freeze"
    return verdict_results(heading, verdicts, notes, "Absolute.RemoveFreeze", "DeviceUid", contexts)


# endregion


# region Commands: freeze requests and passcodes
FREEZE_DETAIL_PATHS = {
    "ID": "id",
    "AccountUid": "accountUid",
    "ActionRequestUid": "requestUid",
    "DeviceUid": "deviceUid",
    "Name": "requestTitle",
    "Requester": "requester",
    "EventHistoryId": "eventHistoryId",
    "PolicyGroupUid": "policyGroupUid",
    "PolicyConfigurationVersion": "policyConfigurationVersion",
    "FreezePolicyUid": "freezePolicyUid",
    "CreatedUTC": "createdDateTimeUtc",
    "ChangedUTC": "changedDateTimeUtc",
    "NotificationEmails": "notificationEmails",
    "Downloaded": "isDownloaded",
    "IsCurrent": "isCurrent",
    "ActionStatus": "actionStatus",
    "ActionStatusDetails": "actionStatusDetails",
    "Statuses": "statuses",
}


def freeze_detail_context(action: Mapping[str, Any], device: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    """`Absolute.FreezeRequestDetail` of one device of a request, without passcode, salt and hash.

    API v3 tells the account only in the device report.
    """
    configuration = dict(as_dict(action.get("configuration")))
    conditions = [dict(condition) for condition in as_dicts(configuration.pop("conditions", None))]
    for condition in conditions:
        if "scheduledFreezeDateTimeUtc" in condition:
            condition["scheduledFreezeDate"] = condition["scheduledFreezeDateTimeUtc"]
    context = {
        **pick({**pick(device, {"accountUid": "accountUid"}), **action}, FREEZE_DETAIL_PATHS),
        # 2.x of the existing pack writes the first spelling and documents the second.
        "Configuration": {**configuration, "conditions": conditions, "Conditions": conditions},
        "DeviceName": verdict.device_name,
        "Serial": device.get("serialNumber"),
        "Verdict": verdict.verdict,
        "Reason": verdict.reason,
    }
    return redact(context)


def device_freeze_request_get_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Each device of the freeze requests, with its verdict; without request_uid, the freezes that devices have."""
    if not args.get("request_uid"):
        return freezes_by_device(args, client)
    actions = [action for request_uid in request_uids(args) for action in client.rows(GET_FREEZE, request_uid)]
    if not actions:
        return [command_results(nothing_found("Freeze request", "No device of the request", needs=GET_FREEZE.permission), raw=[])]
    uids = [str(action.get("deviceUid")) for action in actions]
    (states, note), now = read_names(client, uids), server_now(client)
    verdicts = [
        freeze_verdict(device_uid, Evidence({device_uid.lower(): action}, states), now)
        for device_uid, action in zip(uids, actions, strict=True)
    ]
    contexts = [
        freeze_detail_context(action, (states or {}).get(verdict.device_uid.lower()) or {}, verdict)
        for action, verdict in zip(actions, verdicts, strict=True)
    ]
    headers = (
        *("Device", "Serial", "Verdict", "Reason", "ScheduledUtc", "Name"),
        *("CreatedUTC", "Requester", "EventHistoryId", "ActionRequestUid", "ID"),
    )
    found = take_rows(args, contexts)
    return rows_result("Freeze request", found, headers, "Absolute.FreezeRequestDetail", "ID", note, row=freeze_detail_row)


HOURS_AGO = ((1, 0), (6, 1), (24, 6), (72, 24))
MOST_EVENT_PAGES = 10
NO_REQUEST = (
    "The API does not tell the request of a freeze: its UID is known only from this case, or from an event of the last 72 hours."
)


def freezes_by_device(args: Mapping[str, Any], client: Client) -> list[Any]:
    """The freezes of the named devices as the device report has them, with their requests as far as these are known."""
    selection = select_devices(client, args, (*FREEZE_FIELDS, "serialNumber", "username"))
    rows = [
        {
            "DeviceUid": device.get("deviceUid"),
            "DeviceName": device.get("deviceName"),
            "Serial": device.get("serialNumber"),
            "User": device.get("username"),
            **freeze,
            "ActionRequestUid": None,
        }
        for device in selection.devices
        for freeze in device_freezes(device)
    ]
    name_requests(client, rows)
    free = [device for device in selection.devices if not device_freezes(device)]
    without = markdown_text(f"No freeze: {'; '.join(map(device_label, free))}.") if free else ""
    unknown = NO_REQUEST if any(not row["ActionRequestUid"] for row in rows) else ""
    note = joined(without, unknown, selection.note())
    headers = ("DeviceName", "Serial", "User", "State", "UpdatedUtc", "ActionRequestUid", "DeviceUid")
    key = ["DeviceUid", "Status", "ActionRequestUid"]
    return rows_result("Freezes", take_rows(args, rows), headers, "Absolute.FreezeRequestDetail", key, note, what="No freeze")


def name_requests(client: Client, rows: Sequence[dict[str, Any]]) -> None:
    """Set ActionRequestUid where it is certain: a request that is read back says that it is the device's of this type."""
    candidates = case_requests()
    if any(str(row["DeviceUid"]).lower() not in candidates for row in rows):
        candidates = event_requests(client, {str(row["DeviceUid"]).lower() for row in rows}) | candidates
    read: dict[str, Any] = {}
    for row in rows:
        device_uid = str(row["DeviceUid"]).lower()
        for request_uid in candidates.get(device_uid, ()):
            if request_uid not in read:
                try:
                    read[request_uid] = read_actions(client, request_uid) or {}
                except ExplainedError:
                    read[request_uid] = {}
            action = read[request_uid].get(device_uid) or {}
            kind = str(as_dict(action.get("configuration")).get("type") or "")
            if action.get("isCurrent") and kind.casefold() == str(row["Type"]).casefold():
                row["ActionRequestUid"] = request_uid


def case_requests() -> dict[str, list[str]]:
    """The freeze requests of each device that the case knows: from its commands, and from events in its context."""
    known = as_dict(as_dict(demisto.context()).get("Absolute"))
    found: dict[str, list[str]] = {}
    for request in objects(known.get("FreezeRequest")):
        for device in objects(request.get("Devices")):
            found.setdefault(str(device.get("DeviceUid")).lower(), []).append(str(request.get("RequestUID")))
    for detail in objects(known.get("FreezeRequestDetail")):
        if detail.get("ActionRequestUid"):
            found.setdefault(str(detail.get("DeviceUid")).lower(), []).append(str(detail["ActionRequestUid"]))
    note_events(found, objects(known.get("Event")))
    return found


def note_events(found: dict[str, list[str]], events: Iterable[Mapping[str, Any]]) -> None:
    """Add the freeze requests that events of devices name."""
    for event in events:
        request_uid = str(event.get("secondaryObjectDisplayId") or "")
        kind = plain(event.get("eventType")) + plain(event.get("secondaryObjectType"))
        if "freeze" in kind and UUID_TEXT.fullmatch(request_uid):
            uids = found.setdefault(str(event.get("objectDisplayId")).lower(), [])
            uids += [] if request_uid in uids else [request_uid]


def event_requests(client: Client, device_uids: set[str]) -> dict[str, list[str]]:
    """The same from the events that Absolute still has, the latest hours first, as far as the token may read them."""
    found: dict[str, list[str]] = {}
    now, pages = server_now(client), 0
    for earlier, later in HOURS_AGO:
        bounds = {"fromDateTimeUtc": now - timedelta(hours=earlier), "toDateTimeUtc": now - timedelta(hours=later)}
        params = [*((name, api_time(moment)) for name, moment in bounds.items()), ("pageSize", "1000")]
        try:
            for page in client.pages(GET_SIEM_EVENTS, params=params):
                note_events(found, page)
                pages += 1
                if pages >= MOST_EVENT_PAGES:
                    return found
        except ExplainedError:
            return found
        if device_uids <= found.keys():
            break
    return found


def freeze_detail_row(context: Mapping[str, Any]) -> dict[str, Any]:
    conditions = as_dicts(as_dict(context.get("Configuration")).get("Conditions"))
    dates = ", ".join(api_time(moment) for condition in conditions if (moment := condition_date(condition)))
    return {**context, "Device": context.get("DeviceName") or context.get("DeviceUid"), "ScheduledUtc": dates}


def request_uids(args: Mapping[str, Any]) -> list[str]:
    values = split_values(args, "request_uid")
    if not values:
        raise ArgumentError("request_uid", "it is missing.", "c0ffee00-1111-4222-8333-444455556666")
    return [uid("request_uid", value) for value in values]


PASSCODE_FIELDS = ("serialNumber", "deviceFreezeStatus.statusName", "deviceFreezeStatus.passCode", "deviceFreezeActionStatus")


def device_freeze_passcode_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """The passcodes that unlock frozen devices, by request or by device. The only command that shows them.

    They are in the war-room entry and its raw contents alone, not in the context, where everybody on the incident reads.
    """
    if args.get("request_uid"):
        rows, missing = passcodes_by_request(client, request_uids(args))
    else:
        selection = select_devices(client, args, PASSCODE_FIELDS)
        rows, missing = [row for device in selection.devices for row in device_passcodes(device)], selection.note()
    empty = "A device without a passcode holds no freeze, or the token lacks Perform Remove Freeze."
    note = joined(missing, empty if any(not row["Passcode"] for row in rows) else "")
    if not rows:
        return command_results(nothing_found("Freeze passcodes", "No device", note, GET_DEVICES.permission), raw=[])
    headers = ("Device", "Serial", "Passcode", "Freeze", "Id")
    readable = table("Freeze passcodes", rows, headers, note, most=None)
    return CommandResults(readable_output=readable, raw_response={"Passcodes": rows})


def passcodes_by_request(client: Client, uids: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """Passcodes of requests, and a note when the devices' names could not be read."""
    actions = [action for request_uid in uids for action in client.rows(GET_FREEZE, request_uid)]
    states, note = read_names(client, [str(action.get("deviceUid")) for action in actions])
    rows = [
        {
            "Device": action.get("deviceName"),
            "Serial": action.get("serialNumber"),
            "Passcode": str(as_dict(action.get("configuration")).get("passcodeClear") or ""),
            "Freeze": action.get("requestTitle"),
            "Id": action.get("deviceUid"),
        }
        for action in (with_name(action, states or {}) for action in actions)
    ]
    return rows, note


def device_passcodes(device: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per passcode that the device report knows."""
    freeze = as_dict(device.get("deviceFreezeStatus"))
    found = {str(freeze.get("passCode") or ""): str(freeze.get("statusName") or "")}
    for entry in as_dicts(as_dict(device.get("deviceFreezeActionStatus")).get("statuses")):
        status = as_dict(entry.get("status"))
        found.setdefault(str(status.get("passcode") or ""), freeze_word(str(status.get("status") or "")))
    codes = {code: name for code, name in found.items() if code} or {"": found.get("", "")}
    known = {"Device": device.get("deviceName"), "Serial": device.get("serialNumber")}
    return [{**known, "Passcode": code, "Freeze": name, "Id": device.get("deviceUid")} for code, name in codes.items()]


# endregion


# region Commands: freeze messages
MESSAGE_PATHS = {
    "ID": "messageUid",
    "Name": "name",
    "Content": "content",
    "CreatedBy": "createdBy",
    "ChangedBy": "changedBy",
    "CreatedUTC": "createdDateTimeUtc",
    "ChangedUTC": "changedDateTimeUtc",
}


def device_freeze_message_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Freeze messages: one by message_id, those of an exact name, or all up to the limit."""
    limit = whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)
    page = whole_number(args, "page", range(1_000_001), 0)
    wanted = str(args.get("message_name") or "").strip().casefold()
    if args.get("message_id"):
        messages: Iterable[dict] = [client.call(GET_MESSAGE, uid("message_id", args.get("message_id")))["data"]]
    else:
        messages = (m for m in client.rows(LIST_MESSAGES) if not wanted or str(m.get("name") or "").casefold() == wanted)
    found = take_rows(args, messages, limit, page * limit)
    note = more_text(found, page)
    headers = ("Name", "Content", "ChangedBy", "ChangedUTC", "ID")
    context = partial(pick, paths=MESSAGE_PATHS)
    what, needs = "No freeze message", LIST_MESSAGES.permission
    return rows_result("Freeze messages", found, headers, "Absolute.FreezeMessage", "ID", note, context, what=what, needs=needs)


def message_texts(args: Mapping[str, Any]) -> tuple[str, str]:
    name = text_within(args, "message_name", MAX_MESSAGE_NAME, '"IR lock"')
    return name, text_within(args, "html_message", MAX_MESSAGE, '"<p>Locked by IT. Call 555-0100.</p>"')


def device_freeze_message_create_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Create a freeze message; after an ambiguous failure, look whether it exists."""
    name, content = message_texts(args)
    before = set(messages_named(client, name))
    try:
        message_uid = str(client.call(CREATE_MESSAGE, body={"name": name, "content": content})["data"].get("messageUid") or "")
        problem = "The freeze message was accepted, but the answer has no UID."
    except UncertainWriteError as error:
        message_uid, problem = "", error.message
    if not message_uid:
        message_uid = find_created_message(client, name, content, before, problem)
    outputs = {"ID": message_uid, "Name": name}
    readable = f"The freeze message {markdown_text(name)} was created. ID: {message_uid}"
    return command_results(readable, "Absolute.FreezeMessage", "ID", outputs)


def messages_named(client: Client, name: str) -> dict[str, Any]:
    """The texts of the messages of this name, by UID."""
    messages = client.rows(LIST_MESSAGES)
    return {str(message.get("messageUid")): message.get("content") for message in messages if message.get("name") == name}


def find_created_message(client: Client, name: str, content: str, before: set[str], problem: str) -> str:
    """The UID of the message that appeared, with just this text, although the answer was lost.

    Raises:
        UncertainWriteError: It could not be found, or looked for.
    """
    try:
        found = messages_named(client, name)
    except ExplainedError as error:
        raise UncertainWriteError(f"{problem} The messages could not be read either: {error.message}") from error
    created = {message_uid: text for message_uid, text in found.items() if message_uid not in before}
    whole = [message_uid for message_uid, text in created.items() if text == content]
    if len(whole) != 1 or len(created) != 1:
        others = f" New of this name, with another text or more than once: {', '.join(created)}." if created else ""
        raise UncertainWriteError(f"{problem} The messages do not show it.{others} {LOOK_AT_MESSAGES}")
    return whole[0]


def device_freeze_message_update_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Replace name and content of a freeze message; after an ambiguous failure, look whether it has them."""
    message_uid = uid("message_id", args.get("message_id"))
    name, content = message_texts(args)
    lost = ""
    try:
        client.call(UPDATE_MESSAGE, message_uid, body={"name": name, "content": content})
    except UncertainWriteError as error:
        shown = message_after(client, message_uid, error)
        if (shown.get("name"), shown.get("content")) != (name, content):
            raise UncertainWriteError(f"{error.message} The message does not have them so far. {LOOK_AT_MESSAGES}") from error
        lost = " The answer was lost; this was read back."
    return command_results(f"The freeze message {message_uid} is now named {markdown_text(name)} and has the new content.{lost}")


def device_freeze_message_delete_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Delete a freeze message; after an ambiguous failure, look whether it is gone: what was never seen proves nothing."""
    message_uid = uid("message_id", args.get("message_id"))
    try:
        was_there = bool(shown_message(client, message_uid))
    except ExplainedError:
        was_there = False
    try:
        client.call(DELETE_MESSAGE, message_uid)
    except UncertainWriteError as error:
        if message_after(client, message_uid, error):
            raise UncertainWriteError(f"{error.message} The message is still there so far. {LOOK_AT_MESSAGES}") from error
        if not was_there:
            unseen = "The message is not there, and was not seen before either, which proves nothing."
            raise UncertainWriteError(f"{error.message} {unseen} {LOOK_AT_MESSAGES}") from error
        return command_results(
            f"The freeze message {message_uid} is gone. The answer was lost; it was there before, and is not now."
        )
    return command_results(f"The freeze message {message_uid} was deleted.")


LOOK_AT_MESSAGES = "Look again with absolute-device-freeze-message-list before you repeat."


def shown_message(client: Client, message_uid: str) -> dict[str, Any]:
    """A freeze message as the API shows it; empty when it knows none of this UID. Raises: ExplainedError."""
    try:
        return client.call(GET_MESSAGE, message_uid)["data"]
    except ApiError as error:
        if error.status == 404 and error.code:
            return {}
        raise


def message_after(client: Client, message_uid: str, lost: UncertainWriteError) -> dict[str, Any]:
    """The same after a write whose answer was lost. Raises: UncertainWriteError when it cannot be read."""
    try:
        return shown_message(client, message_uid)
    except ExplainedError as error:
        raise UncertainWriteError(f"{lost.message} The message could not be read either: {error.message}") from error


# endregion


# region Commands: unenroll, wipe, file delete
ELIGIBILITY_FIELDS = (
    "platformOSType",
    "operatingSystem.name",
    "espInfo.encryptionProductName",
    "espInfo.encryptionStatus",
    "isStolen",
    "deviceStatus.type",
    "licenseBase",
)
NOT_ENCRYPTED = frozenset({"INST", "SUSP", "INPR", "DECRINPR"})
DISK_ENCRYPTION = {"Windows": "BitLocker", "Mac": "FileVault"}


def unenroll_body(args: Mapping[str, Any]) -> dict[str, Any]:
    return {"excludeMissingDevices": flag(args, "exclude_missing_devices")}


def unenroll_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Eligible are active devices that are not stolen (POST /actions/requests/unenroll)."""
    if obstacle := agent_obstacle(device):
        return obstacle
    if device.get("isStolen"):
        return "it is reported stolen"
    missing = dict_safe_get(device, ["deviceStatus", "type"], default_return_value="") == "MISSING"
    return "it is reported missing, and exclude_missing_devices=true" if missing and body.get("excludeMissingDevices") else ""


def agent_obstacle(device: Mapping[str, Any]) -> str:
    status = device.get("agentStatus")
    return "" if status in (None, "A") else f"its agent is {AGENT_STATUS_NAMES.get(str(status), status)}, not Active"


def control_obstacle(device: Mapping[str, Any], action: str) -> str:
    """A freeze and a wipe need an agent that calls in, and a license of Absolute Control or Resilience (the tags *Freeze* and
    *Device Action - Wipe*). Only what the device report says for sure rules a device out; the API decides the rest."""
    if obstacle := agent_obstacle(device):
        return obstacle
    licenses = [str(each.get("licenseName") or "") for each in as_dicts(device.get("licenseBase"))]
    if licenses and all("visibility" in name.casefold() for name in licenses):
        return f"a {action} needs a license of Absolute Control or Resilience, and it has {', '.join(licenses)}"
    return ""


def wipe_body(args: Mapping[str, Any]) -> dict[str, Any]:
    user, password = str(args.get("mac_user_name") or ""), str(args.get("mac_pwd") or "")
    if bool(user) != bool(password):
        raise ArgumentError("mac_user_name", "an administrator's name and mac_pwd belong together: give both or none.")
    mac = {"macUsername": user, "macPwd": password} if user else {}
    return {"unenrollDevicesAndFreeLicenses": flag(args, "unenroll_devices_and_free_licenses"), **mac}


def wipe_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Eligible are Windows 10/11 with BitLocker and Macs with FileVault, encrypted (POST /actions/requests/wipe)."""
    if obstacle := control_obstacle(device, "wipe"):
        return obstacle
    platform = platform_of(device)
    system = str(dict_safe_get(device, ["operatingSystem", "name"], default_return_value="") or "")
    product = str(dict_safe_get(device, ["espInfo", "encryptionProductName"], default_return_value="") or "")
    status = str(dict_safe_get(device, ["espInfo", "encryptionStatus"], default_return_value="") or "")
    wanted = DISK_ENCRYPTION.get(platform, "")
    if platform and not wanted:
        return f"a cryptographic wipe needs Windows or macOS, and it runs {platform}"
    if platform == "Windows" and system and not re.search(r"Windows 1[01]\b", system):
        return f"a cryptographic wipe needs Windows 10 or 11, and it runs {system}"
    if product and wanted.casefold() not in product.casefold():
        return f"a cryptographic wipe needs {wanted}, and it has {product}"
    if status.upper() in NOT_ENCRYPTED:
        return f"its drive is {ENCRYPTION_NAMES[status.upper()]}"
    if platform == "Mac" and not body.get("macUsername"):
        return "a Mac needs mac_user_name and mac_pwd of an administrator"
    return ""


WIPE_TYPES = ("wipeSpecificUserFiles", "wipeAllUserFiles", "wipeAllUserFilesAndOs")


def file_delete_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError when patterns are missing, or given where all files are deleted."""
    kind = choice(args, "wipe_type", WIPE_TYPES)
    erase = whole_number(args, "secure_erase_count", range(1, 8), 1)
    if erase not in (1, 3, 7):
        raise ArgumentError("secure_erase_count", f'"{erase}" is not 1, 3 or 7.', "3")
    body: dict[str, Any] = {"wipeType": kind, "secureEraseCount": erase}
    patterns = {
        platform: split_values(args, name) for platform, name in (("Windows", "windows_patterns"), ("Mac", "mac_patterns"))
    }
    named = [{"platform": platform, "patterns": values} for platform, values in patterns.items() if values]
    if kind != "wipeSpecificUserFiles":
        if named:
            raise ArgumentError("windows_patterns", f"wipe_type={kind} deletes all files; leave the patterns out.")
        return {**body, "unenrollDevicesAndFreeLicenses": flag(args, "unenroll_devices_and_free_licenses")}
    if not named:
        problem = "wipeSpecificUserFiles needs windows_patterns or mac_patterns."
        raise ArgumentError("windows_patterns", problem, "*.docx,Customers/")
    return {**body, "filePatterns": named, "includeFileDateInLog": flag(args, "include_file_date_in_log")}


def file_delete_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    platform = platform_of(device)
    offered = {entry.get("platform") for entry in body.get("filePatterns") or ()} or set(DISK_ENCRYPTION)
    if platform and platform not in offered:
        return f"files are to be deleted on {' and '.join(sorted(offered))}, and it runs {platform}"
    if body.get("wipeType") == "wipeAllUserFilesAndOs" and platform not in ("", "Windows"):
        return f"the operating system can be deleted on Windows only, and it runs {platform}"
    return ""


def file_delete_batch(body: Mapping[str, Any]) -> int:
    """100 devices when all files are deleted (POST /actions/requests/file-delete)."""
    return MAX_DEVICES_PER_REQUEST if body.get("wipeType") == "wipeSpecificUserFiles" else 100


def always(under_way: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """For kinds of which a second request can only do the harm of the first once more."""
    return True


UNENROLL_COMMAND = ActionCommand(UNENROLL, unenroll_body, ELIGIBILITY_FIELDS, unenroll_obstacle, same=always)
WIPE_COMMAND = ActionCommand(WIPE, wipe_body, ELIGIBILITY_FIELDS, wipe_obstacle, same=always)
FILE_DELETE_COMMAND = ActionCommand(
    FILE_DELETE, file_delete_body, ELIGIBILITY_FIELDS, file_delete_obstacle, ("wipe_type",), file_delete_batch, same=always
)


# endregion


# region Commands: messages to end users, scripts
MAX_EUM_MESSAGE = 15_000
MAX_CAPTION = 14


def message_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError unless exactly one of message and message_uid is given, and for every limit of the API."""
    given = {name: value for name, value in args.items() if value}
    body: dict[str, Any] = {
        "submitButtonCaption": text_within({"button_caption": "Submit", **given}, "button_caption", MAX_CAPTION, "OK"),
        "displayMode": choice(args, "display_mode", ("Dialog", "FullScreen"), "Dialog"),
        "snoozeTimes": whole_number(args, "snooze_times", range(1, 6), 3),
    }
    if args.get("message_uid") and args.get("message"):
        raise ArgumentError("message_uid", "give either message_uid or message, not both.")
    if args.get("message_uid"):
        body["messageUid"] = uid("message_uid", args.get("message_uid"))
    else:
        body["message"] = text_within(args, "message", MAX_EUM_MESSAGE, '"<p>Please call IT.</p>"')
    for name, member in (("request_name", "requestTitle"), ("description", "description")):
        if args.get(name):
            body[member] = text_within(args, name, 255, "IR-1234")
    if date := coming_date(args, "scheduled_date", utc_now()):
        body["scheduledDateTimeUtc"] = api_time(date.moment)
    return body


def script_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError for a script_uid that is no UUID or an option that the API does not know."""
    body: dict[str, Any] = {"scriptUid": uid("script_uid", args.get("script_uid"))}
    if args.get("request_name"):
        body["requestTitle"] = text_within(args, "request_name", 255, "Triage")
    platforms = split_values(args, "platforms") or ["Windows", "Mac"]
    for platform in platforms:
        kind = choice({"platforms": platform}, "platforms", ("Windows", "Mac"))
        body["winScriptOption" if kind == "Windows" else "macScriptOption"] = script_option(args, kind == "Mac")
    return body


def script_option(args: Mapping[str, Any], mac: bool) -> dict[str, Any]:
    """winScriptOption or macScriptOption; on a Mac three members have one value only."""
    unit = choice(args, "max_run_time_unit", ("minute", "hour"), "minute")
    longest, usual = (1440, 30) if unit == "minute" else (24, 1)
    option = {
        "maxRunTime": whole_number(args, "max_run_time", range(1, longest + 1), usual),
        "maxRunTimeUnit": unit,
        "runPrivileges": choice(args, "run_privileges", ("Administrator", "LoggedInUser"), "Administrator"),
        "displayMode": "Hidden" if mac else choice(args, "display_mode", ("Hidden", "Maximized", "Minimized"), "Hidden"),
        "runWhen": "UserIsOrIsNotSignedIn"
        if mac
        else choice(args, "run_when", ("UserIsOrIsNotSignedIn", "UserIsSignedIn", "NoUserIsSignedIn"), "UserIsOrIsNotSignedIn"),
        "alwaysRun32bits": False if mac else flag(args, "always_run_32_bits"),
    }
    line = str(args.get("mac_command_line" if mac else "windows_command_line") or "")
    return {**option, **({"commandLine": line} if line else {})}


def script_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    platform = platform_of(device)
    offered = [name for name, member in (("Windows", "winScriptOption"), ("Mac", "macScriptOption")) if member in body]
    if platform and platform not in offered:
        return f"the script runs on {' and '.join(offered)}, and it runs {platform}"
    return ""


def same_script(under_way: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a request runs the script of the body; one that does not say which may be it."""
    return str(under_way.get("scriptUid") or body.get("scriptUid")).lower() == str(body.get("scriptUid")).lower()


MESSAGE_COMMAND = ActionCommand(MESSAGE, message_body, dates=("scheduled_date",))
SCRIPT_COMMAND = ActionCommand(SCRIPT, script_body, ELIGIBILITY_FIELDS, script_obstacle, ("script_uid",), same=same_script)


def message_template_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Message templates of the console."""
    rows = ({name: value for name, value in row.items() if name != "logo"} for row in client.rows(LIST_TEMPLATES))
    templates, needs = take_rows(args, rows, list_limit(args)), LIST_TEMPLATES.permission
    headers = ("name", "content", "updatedDateTimeUtc", "messageUid")
    return rows_result("Message templates", templates, headers, "Absolute.MessageTemplate", "messageUid", needs=needs)


def script_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Scripts of the Reach library."""
    params = [("scriptNameContains", str(args["script_name"]))] if args.get("script_name") else []
    if args.get("script_type"):
        params.append(("scriptType", choice(args, "script_type", ("Absolute", "Custom"))))
    scripts = take_rows(args, client.rows(LIST_SCRIPTS, params=params), list_limit(args))
    headers = ("scriptName", "description", "supportedOS", "scriptType", "scriptUid")
    return rows_result("Scripts", scripts, headers, "Absolute.Script", "scriptUid", needs=LIST_SCRIPTS.permission)


# endregion


# region Commands: missing devices
MAX_MISSING_PER_CALL = 100


def device_report_command(operation: Operation, done: str, args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Report devices missing, of which Absolute then sends word when one of them calls in; or missing devices found."""
    contacts = e_mail_addresses(args, "email_contacts")
    body = {"emailContacts": contacts} if contacts else {}
    targets = resolve_targets(client, args, guard)
    if flag(args, "dry_run"):
        return dry_run_result(client, operation, body, targets)
    verdicts: list[Verdict] = []
    started = server_now(client)
    for part in batch(list(targets.devices), MAX_MISSING_PER_CALL):
        try:
            answer = client.call(operation, body={"deviceUids": uids_of(part), **body})
            verdicts += tracking_verdicts(part, answer["data"], done)
        except UncertainWriteError as error:
            verdicts += [missing_state(client, device, done, started, error.message) for device in part]
        except ExplainedError as error:
            verdicts += [verdict_of(device, "failed", error.message) for device in part]
    contexts = [{**verdict.to_context(), "SentDateTimeUtc": api_time(started)} for verdict in verdicts]
    return bounded(verdict_results(f"Devices {done}", verdicts, targets.note, "Absolute.DeviceMissing", "DeviceUid", contexts))


def tracking_verdicts(devices: Sequence[Mapping[str, Any]], answer: Mapping[str, Any], done: str) -> list[Verdict]:
    """Verdicts of the devices of one call from its answer."""
    reasons = {
        str(d.get("deviceUid")).lower(): str(d.get("reason") or "") for d in as_dicts(answer.get("deviceMissingFailDetails"))
    }
    succeeded, failed = uid_set(answer.get("successDeviceUids")), uid_set(answer.get("failDeviceUids")) | set(reasons)
    look, verdicts = "look with absolute-device-missing-list.", []
    for device in devices:
        device_uid = str(device.get("deviceUid")).lower()
        named = {
            (True, True): ("unknown", f"The answer names this device as done and as failed: {look}"),
            (True, False): ("failed", reasons.get(device_uid) or "The API gives no reason."),
            (False, True): (done, "The API confirms it."),
            (False, False): ("unknown", f"The answer does not name this device: {look}"),
        }
        verdicts.append(verdict_of(device, *named[device_uid in failed, device_uid in succeeded]))
    return verdicts


def missing_state(client: Client, device: Mapping[str, Any], done: str, started: datetime, problem: str) -> Verdict:
    """What the list of missing devices tells of a report whose answer was lost."""
    device_uid = str(device.get("deviceUid"))
    try:
        rows = list(client.rows(LIST_MISSING, params=[("deviceUid", device_uid)]))
    except ExplainedError:
        return verdict_of(device, "unknown", problem)
    own = [row for row in rows if str(row.get("deviceUid")).lower() == device_uid.lower()]
    reported = parse_utc(own[0].get("creationDateTimeUtc")) if own else None
    if done == "reported" and reported and reported >= started - CLOCK_TOLERANCE:
        return verdict_of(device, done, "The answer was lost; the list of missing devices shows it since just now.")
    if reported and done == "reported":
        shown = f"It was reported missing before already, at {api_time(reported)}."
    elif own:
        shown = "The list of missing devices shows it."
    else:
        # A list that lags, or that the token may not see, looks the same.
        shown = "The list of missing devices does not show it, which proves nothing."
    return verdict_of(device, "unknown", f"{problem} {shown}")


def device_missing_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Devices that are reported missing, with their names."""
    names = {
        "created_from_date_time_utc": "creationDateTimeUtcFromInclusive",
        "created_to_date_time_utc": "creationDateTimeUtcToInclusive",
    }
    params, understood = date_window(args, names)
    device_uids = [uid("device_ids", value) for value in split_values(args, "device_ids")]
    queries = [[*params, ("deviceUid", device_uid)] for device_uid in device_uids] or [params]
    sought = Sought([uid_criterion(device_uids)])
    rows = sought.watch(row for query in queries for row in client.rows(LIST_MISSING, params=query))
    missing = take_rows(args, rows, list_limit(args))
    named, unread = naming(client, missing.rows)
    unlisted, needs = "Not reported missing in that time" if params else "Not reported missing", LIST_MISSING.permission
    absent = absence_note(client, sought.unmet(), unlisted, needs, not missing.more)
    note = joined(understood, unread, absent)
    headers = ("deviceName", "serialNumber", "creationDateTimeUtc", "lastNotificationDateTimeUtc", "emailContacts", "deviceUid")
    return rows_result("Missing devices", missing, headers, "Absolute.MissingDevice", "deviceUid", note, named, needs=needs)


# endregion


# region Command: any operation of the API
SHOWN_CHARACTERS = 5000


def api_request_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Send one call as it is written, within the switches of the instance and the guards; the answer without its secrets."""
    request = any_request(args, client._base_url)
    dry_run, walk = flag(args, "dry_run"), flag(args, "all_results")
    refuse_any_request(request, guard)
    keep_secret(*secret_values([{name: value} for name, value in request.params]))
    if not dry_run:
        client.refuse_change(request.operation)
    targets = Targets(()) if request.reads else touched_devices(client, request, guard)
    if dry_run:
        return dry_run_result(client, request.operation, {"query": dict(request.params), "body": request.body}, targets)
    answer = client.call(request.operation, params=request.params, body=request.body)
    cursor = str(dict_safe_get(answer, ["metadata", "pagination", "nextPage"], default_return_value="") or "")
    note = "There are more rows: all_results=true reads them all." if cursor else ""
    listing = Listing()
    if cursor and walk and request.reads:
        # The cursor of the page to begin with is that of no other page.
        params = [(name, value) for name, value in request.params if name != "nextPage"]
        pages = client.pages(request.operation, params=params, body=request.body, after=answer)
        listing = collect(mask_secrets(row) for row in flatten(pages))
        answer, cursor, note = {"data": listing.rows}, "", listing.note
    name = f"absolute-api-request{request.path.replace('/', '-')}"
    if isinstance(answer, bytes):
        kind = next(kind for kind, begin in FILES.items() if answer.startswith(begin))
        return [fileResult(f"{name}.{kind.lower()}", answer, file_type=EntryType.ENTRY_INFO_FILE)]
    data = mask_secrets(as_dict(answer).get("data", answer))
    note = joined(note, equal_rows_note(data))
    outputs = {
        "Method": request.method,
        "Path": request.path,
        "Query": encode_query(request.params),
        "Data": data,
        "NextPage": cursor,
    }
    text = json.dumps(data, indent=2, ensure_ascii=False)
    shown = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}\n… (the file has everything)"
    readable = f"### {request.method} {request.path}\n{fenced('Accepted, without an answer.' if data is None else shown)}"
    notes = paragraphs(targets.note, note)
    results = command_results(f"{readable}\n{notes}".strip(), raw=data[:TABLE_ROWS] if listing.file else data)
    results.outputs = {
        "Absolute.ApiResponse(val.Method == obj.Method && val.Path == obj.Path && val.Query == obj.Query)": outputs
    }
    files = long_list(name, listing, "Absolute.ApiResponse.Data")
    return [results, *(files or [fileResult(f"{name}.json", text, file_type=EntryType.ENTRY_INFO_FILE)])]


def equal_rows_note(data: Any) -> str:
    """What equal rows can mean. They stay: of rows with few fields (`select`) many may be equal, and what tells them apart is not
    known here."""
    rows = [json.dumps(row, sort_keys=True) for row in data] if isinstance(data, list) else []
    if not (again := len(rows) - len(set(rows))):
        return ""
    return (
        f"Equal to another row: {again} of {len(rows)}. Either the fields that were selected do not tell them apart, or the API "
        "has sent them twice; then it is unknown whether others are missing."
    )


# endregion


# region Command: what the token may do
# What each command needs of the token, and what another permission adds: the papers, the test button and
# absolute-token-permissions-get are made of it. Permissions are named as in the console.
NEEDS: tuple[tuple[str, str, str], ...] = (
    (
        "absolute-device-list, absolute-device-get, endpoint, absolute-device-compliance-list, Fetched *Non-compliant devices*, "
        "Fetched *Devices*",
        "View *Device reports*",
        "",
    ),
    (
        "absolute-device-location-get",
        "View *Device reports*",
        "View *Geolocation* for address, accuracy and age; Address-level view *Geolocation* for the position and the map",
    ),
    ("absolute-device-application-list", "View *Software reports*", ""),
    ("absolute-device-group-list, absolute-device-data-point-list", "none", ""),
    ("absolute-policy-group-list", "View *Policies*", ""),
    ("absolute-policy-group-move", "View *Policies*; Manage *Policies*", "View *Device reports* for verdicts"),
    ("absolute-policy-activate, absolute-policy-deactivate", "View *Policies*; Manage *Policies*; View *Device reports*", ""),
    ("absolute-device-group-create", "Manage *Device Groups and folders*; View *Device reports*", ""),
    ("absolute-device-sensitive-data-get", "View *Endpoint Data Discovery*", ""),
    ("absolute-playbook-template-list", "View *Run playbooks*", ""),
    ("absolute-device-playbook-run", "View *Run playbooks*; Perform *Run playbooks*; View *Device reports*", ""),
    ("absolute-device-supervisor-password-request", "Manage *Manage Supervisor Password*; View *Device reports*", ""),
    ("absolute-license-list", "View *Licenses*", ""),
    ("absolute-custom-field-definition-list", "Manage *Device Field Definition*", ""),
    ("absolute-custom-device-field-list", "View *Device Fields*", ""),
    (
        "absolute-custom-device-field-update",
        "Manage *Device Fields*",
        "View *Device Fields* to read the value back; Manage *Device Field Definition* to name fields by name and to check "
        "dropdown values",
    ),
    (
        "absolute-device-missing-report, absolute-device-found-report",
        "Manage *Missing Device*",
        "View *Missing Device* to find out what happened when an answer was lost",
    ),
    ("absolute-device-missing-list", "View *Missing Device*", ""),
    (
        "absolute-device-freeze-message-list, absolute-device-freeze-message-create, absolute-device-freeze-message-update, "
        "absolute-device-freeze-message-delete",
        "View *Freeze Device*",
        "",
    ),
    (
        "absolute-device-freeze-request",
        "Perform *Freeze Device*",
        "Perform *Remove Freeze* to read the request itself; without it verdicts come from the device report alone "
        "(View *Device reports*)",
    ),
    (
        "absolute-device-freeze-request-get",
        "Perform *Freeze Device*; Perform *Remove Freeze*",
        "View *Device reports* for verdicts",
    ),
    (
        "absolute-device-freeze-passcode-get",
        "View *Device reports*",
        "Perform *Remove Freeze*, without which passcodes are left out; by `request_uid` also Perform *Freeze Device*",
    ),
    ("absolute-device-remove-freeze-request", "Perform *Freeze Device*", "View *Device reports* for verdicts"),
    ("absolute-message-template-list, absolute-message-request-list, absolute-message-actions-list", "View *Send Message*", ""),
    (
        "absolute-device-message-send, absolute-message-request-cancel",
        "Manage *Send Message*",
        "View *Send Message* to see what became of it",
    ),
    (
        "absolute-script-list, absolute-device-script-run, absolute-script-request-list, absolute-script-get, "
        "absolute-script-request-cancel",
        "Run *Reach Script*",
        "",
    ),
    ("absolute-script-actions-list", "Run *Reach Script*", "View *Device reports* to look at all devices"),
    (
        "absolute-file-delete-request-create, absolute-file-delete-request-cancel",
        "Perform *Delete File*",
        "View *Delete File* to see what became of it; Perform *Unenroll Device* to unenroll afterwards",
    ),
    (
        "absolute-file-delete-request-list, absolute-file-delete-actions-list, absolute-file-delete-certificate-get",
        "View *Delete File*",
        "",
    ),
    (
        "absolute-wipe-request-create, absolute-wipe-request-cancel",
        "Perform *Wipe Device*",
        "View *Wipe Device* to see what became of it; Perform *Unenroll Device* to unenroll afterwards",
    ),
    ("absolute-wipe-request-list, absolute-wipe-actions-list, absolute-wipe-certificate-get", "View *Wipe Device*", ""),
    (
        "absolute-device-unenroll",
        "Perform *Unenroll Device*",
        "View *Unenroll Device* to see what became of it; View *Device reports* to prove it",
    ),
    ("absolute-unenroll-request-list", "Perform *Unenroll Device*", ""),
    ("absolute-unenroll-actions-list", "View *Unenroll Device*", ""),
    ("absolute-device-get-events, Fetched *SIEM events*", "Manage *SIEM integration*", ""),
    ("absolute-api-request", "what the operation needs", "View *Device reports* to find out which devices it touches"),
    (
        "absolute-token-permissions-get",
        "none",
        "It tries one harmless read of each kind and says which permission is missing for which command",
    ),
    ("Fetched *Missing devices*", "View *Missing Device*", "View *Device reports* for their names"),
)


def commands_needing(permissions: str) -> str:
    """The commands that always need one of these permissions (`A and B`), or where none does, those that need one for more."""
    wanted = permissions.split(" and ")
    found: list[str] = []
    for column in (1, 2):
        found = found or [row[0] for row in NEEDS if any(each in row[column].replace("*", "") for each in wanted)]
    return ", ".join(found).replace("*", "")


class Probe(NamedTuple):
    """One harmless read, and the commands that its permission stands for.

    Attributes:
        untried: The permission that the commands among them need which change something; it cannot be tried.
        only: The commands, where the table does not tell.
        one: Reads one object: of an unknown UID it tells the permission where the list is empty.
    """

    operation: Operation
    params: tuple[tuple[str, str], ...] = ()
    path_values: tuple[str, ...] = ()
    untried: str = ""
    only: str = ""
    one: Operation | None = None

    @property
    def commands(self) -> str:
        return self.only or commands_needing(" and ".join(filter(None, (self.operation.permission, self.untried))))


NOBODY = "00000000-0000-4000-8000-000000000000"
NO_EVENT = "SIEM integration may be switched off in the console, or no event is selected there."
EMPTY_LIST = "The list is empty. Some accounts answer so, instead of 403, where the permission is missing."
ONE = (("pageSize", "1"),)


def probes(now: datetime) -> list[Probe]:
    """The reads that tell what a token may do. An unknown UID answered by 404 proves the permission too."""
    window = (("fromDateTimeUtc", api_time(now - timedelta(hours=72))), ("toDateTimeUtc", api_time(now)), ("pageSize", "1"))
    return [
        Probe(GET_DEVICES, (("select", "deviceUid"), *ONE)),
        Probe(GET_APPLICATIONS, (("select", "deviceUid"), *ONE)),
        Probe(LIST_MESSAGES, ONE, one=GET_MESSAGE),
        Probe(GET_FREEZE, ONE, (NOBODY,), only="absolute-device-freeze-request-get, absolute-device-freeze-passcode-get"),
        *(Probe(k.requests, ONE, untried="" if k.perform in k.view else k.perform, one=k.request) for k in KINDS),
        Probe(LIST_DEVICE_FIELDS, (), (NOBODY,), UPDATE_DEVICE_FIELDS.permission),
        Probe(LIST_FIELD_DEFINITIONS),
        Probe(LIST_MISSING, ONE, untried=REPORT_MISSING.permission),
        Probe(LIST_POLICY_GROUPS, untried=MOVE_DEVICES.permission),
        Probe(LIST_PLAYBOOK_TEMPLATES, ONE, untried=RUN_PLAYBOOK.permission),
        Probe(GET_SCANS, one=GET_MATCHES),
        Probe(GET_DATA_POINTS, (), (NOBODY,), only="absolute-device-data-point-list"),
        Probe(LIST_LICENSES, ONE),
        Probe(
            LIST_DEVICE_GROUPS,
            ONE,
            untried=CREATE_DEVICE_GROUP.permission,
            only="absolute-device-group-list, absolute-device-group-create",
        ),
        Probe(GET_SIEM_EVENTS, window),
    ]


def try_positions(client: Client) -> list[dict[str, Any]]:
    """Rows of the permissions of single fields, which the device report leaves out without an error."""
    permissions = (VIEW_GEOLOCATION, ADDRESS_LEVEL)
    try:
        devices = client.call(GET_DEVICES, params=(("select", "deviceUid,geoData"), ("pageSize", "100")))["data"]
        remark = "No device of the first 100 has a location: geolocation tracking may be off, or the permission is missing."
    except ExplainedError as error:
        devices, remark = [], error.message
    locations = [as_dict(as_dict(device.get("geoData")).get("location")) for device in as_dicts(devices)]
    seen = {VIEW_GEOLOCATION: any(locations), ADDRESS_LEVEL: any(location.get("point") for location in locations)}
    rows = {
        name: {"Allowed": "yes", "Remark": ""} if seen[name] else {"Allowed": "unknown", "Remark": remark} for name in permissions
    }
    if seen[VIEW_GEOLOCATION] and not seen[ADDRESS_LEVEL]:
        rows[ADDRESS_LEVEL] = {"Allowed": "no", "Remark": "Devices have addresses, but no positions."}
    return [{"Commands": commands_needing(name), "Permission": name, **rows[name]} for name in permissions]


def try_probe(client: Client, probe: Probe) -> dict[str, Any]:
    """One row of the permission table."""
    allowed, remark = tried(client, probe.operation, probe.path_values, probe.params)
    if remark == EMPTY_LIST and probe.one:
        by_uid, said = tried(client, probe.one, (NOBODY,))
        allowed, remark = (by_uid, said) if by_uid != "unknown" else (allowed, remark)
    if allowed == "yes" and probe.untried:
        remark = f"Reading works. Changing needs {probe.untried} too, which cannot be tried."
    return {"Commands": probe.commands, "Permission": probe.operation.permission, "Allowed": allowed, "Remark": remark}


def tried(client: Client, operation: Operation, path_values: Sequence[str], params: Params = ()) -> tuple[str, str]:
    """Whether the token may read this: yes, no or unknown; and a remark. 404 to an unknown UID is a yes, an empty list is not."""
    try:
        rows = rows_of(client.call(operation, *path_values, params=params))
    except MissingPermissionError as error:
        siem = operation is GET_SIEM_EVENTS
        needed = "SIEM integration switched on in the console" if siem else "a licence that includes it"
        return "no", f"Needs this permission, and {needed}. {error.message[error.message.rfind('Answer:') :]}"
    except ApiError as error:
        if error.status == 401:
            raise
        known = error.status == 404 and error.code and path_values
        return ("yes", "") if known else ("unknown", error.message)
    except ExplainedError as error:
        return "unknown", error.message
    if rows or operation.permission == "none":
        return "yes", ""
    if operation is GET_SIEM_EVENTS:
        return "unknown", f"No event in 72 hours: {NO_EVENT} {EMPTY_LIST}"
    return "unknown", EMPTY_LIST


def token_permissions_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """What the token may do, found out by one harmless read per capability."""
    rows = [try_probe(client, probe) for probe in probes(utc_now())]
    rows[1:1] = try_positions(client)
    direction = "behind" if client.skew_seconds > 0 else "ahead of"
    clock = f"The clock of this host is {abs(client.skew_seconds):.0f} s {direction} Absolute's."
    left = client.rate_remaining
    rate = f"Requests left: {left}." if left else "The API does not say how many requests are left (20 a second per account)."
    untried = (
        "Whether a Perform or Manage permission is there cannot be tried without using it; absolute-device-freeze-request and "
        "absolute-device-remove-freeze-request need nothing else (Perform Freeze Device). absolute-api-request needs what its "
        "operation needs."
    )
    note = f"{clock} {rate} {untried}"
    outputs = {"TokenId": client.token_id, "ClockDifferenceSeconds": round(client.skew_seconds), "Capabilities": rows}
    readable = table("What this API token may do", rows, ("Commands", "Permission", "Allowed", "Remark"), note)
    return command_results(readable, "Absolute.TokenPermissions", "TokenId", outputs)


# endregion


# region Commands: fetch-events, fetch-incidents, absolute-device-get-events
# The parameter that switches a fetch on, and how its settings are read.
FETCHES = {"isFetchEvents": event_settings, "isFetch": incident_settings}
EVENT_HEADERS = ("createdDateTimeUtc", "eventType", "actorDisplayName", "objectDisplayName", "oldValues", "newValues", "id")


def fetch_events(client: Client, params: Mapping[str, Any]) -> None:
    """Send everything that is new to XSIAM, batch by batch; lastRun is saved after each.

    Raises:
        ExplainedError: Nothing could be read. After a partial failure what was sent counts, and the instance shows the
            problem: the platform may not keep the lastRun of a run that ends in an error.
    """
    collectors, last_run = log_collectors(params, client.timeout), as_dict(demisto.getLastRun())
    runs = send_runs(client, params, collectors, demisto.setLastRun, last_run, Deadline(RUN_SECONDS).left)
    demisto.updateModuleHealth({"eventsPulled": delivered(runs)})
    tell_of_events(runs)
    if not delivered(runs) and (problems := [problem for run in runs for problem in run.problems]):
        raise ExplainedError(" ".join(problems))


def send_runs(
    client: Client,
    params: Mapping[str, Any],
    collectors: Mapping[str, LogCollector | None],
    save: Callable[[dict[str, Any]], None],
    last_run: Mapping[str, Any],
    time_left: Callable[[], float],
) -> list[FetchRun]:
    """A run for each dataset that has something due, one after the other on one state; each has its share of the time."""
    state, by_product = read_last_run(last_run), settings_by_product(event_settings(params))
    runs: list[FetchRun] = []
    for number, (product, settings) in enumerate(by_product.items()):
        now = milliseconds(server_now(client))
        sources = tuple(source for source in settings.sources if source.due(state.types.get(source.name), now))
        if not sources:
            continue
        own, outlet = settings._replace(sources=sources), event_outlet(collectors[product], product)
        share, keep = Deadline(time_left() / (len(by_product) - number)), partial(save_after, [*runs], save)
        runs.append(FetchRun(AbsoluteServer(client), own, outlet, keep, share.left).run(state))
        state = runs[-1].state
    return runs


def save_after(earlier: Sequence[FetchRun], save: Callable[[dict[str, Any]], None], state: dict[str, Any]) -> None:
    """Save the state of a run; what an earlier one has left waiting asks for the next run at once too."""
    save({**state, NEXT_TRIGGER: "0"} if any(run.more for run in earlier) else state)


def delivered(runs: Iterable[FetchRun]) -> int:
    return sum(run.delivered for run in runs)


def tell_of_events(runs: Sequence[FetchRun]) -> None:
    """The status of the instance says what is gone, and what went wrong."""
    if not runs:
        return
    said = untold(runs[-1].state)
    if problems := [problem for run in runs for problem in run.problems]:
        count = delivered(runs)
        sent = f" {count} events were sent before; the next run goes on from there." if count else ""
        said.append(f"{' '.join(problems)}{sent}")
    for text in said:
        demisto.error(f"[Fetch] {text}")
        demisto.updateModuleHealth(text)
    runs[-1].told()


# Where the lastRun of fetch-incidents keeps that of the events which it sends to a log collector.
EVENTS_STATE = "collector"
NEXT_TRIGGER = "nextTrigger"


def fetch_incidents(client: Client, params: Mapping[str, Any]) -> None:
    """Make incidents of what is new. For a server without fetch-events it sends the events to a log collector besides.

    Raises:
        ExplainedError: Nothing could be read. After a partial failure the incidents count, and the instance shows the problem.
    """
    collectors = {} if flag(params, "isFetchEvents") else log_collectors(params, client.timeout)
    refuse_devices(collectors)
    collector = any(collectors.values())
    # Incidents go first, in half of the time.
    deadline, own_deadline = Deadline(RUN_SECONDS), Deadline(RUN_SECONDS / 2 if collector else RUN_SECONDS)
    last_run = as_dict(demisto.getLastRun())
    outlet = IncidentOutlet(client)
    saved: dict[str, dict[str, Any]] = {"incidents": {}, "events": as_dict(last_run.get(EVENTS_STATE))}
    settings, save = incident_settings(params), partial(saved.__setitem__, "incidents")
    run = FetchRun(AbsoluteServer(client), settings, outlet, save, own_deadline.left).run(read_last_run(last_run))
    for text in untold(run.state):
        demisto.error(f"[Fetch] {text}")
    incidents = outlet.incidents + [loss_incident(loss) for loss in run.state.losses]
    run.told()
    sent = 0
    if collector:
        save = partial(saved.__setitem__, "events")
        runs = send_runs(client, params, collectors, save, saved["events"], deadline.left)
        tell_of_events(runs)
        sent = delivered(runs)
    demisto.incidents(incidents)
    demisto.setLastRun(joined_state(saved["incidents"], saved["events"]))
    if run.problems:
        demisto.error(f"[Fetch] {' '.join(run.problems)}")
        if not incidents and not sent:
            raise ExplainedError(" ".join(run.problems))
        demisto.updateModuleHealth(" ".join(run.problems))


def joined_state(incidents: Mapping[str, Any], events: Mapping[str, Any]) -> dict[str, Any]:
    """The lastRun of fetch-incidents, with that of its events. What asks for the next run at once stands in the outer one."""
    if not events:
        return dict(incidents)
    trigger = {NEXT_TRIGGER: events[NEXT_TRIGGER]} if NEXT_TRIGGER in events else {}
    kept = {name: value for name, value in events.items() if name != NEXT_TRIGGER}
    return {**incidents, **trigger, EVENTS_STATE: kept}


def refuse_devices(collectors: Mapping[str, LogCollector | None]) -> None:
    """Raises: ArgumentError when devices are to be fetched by a server that has no dataset for them."""
    if DEVICES_PRODUCT in collectors and not collectors[DEVICES_PRODUCT]:
        problem = f"{DEVICES_TITLE} make no incidents. Without Fetch events they need a URL and key of an HTTP log collector."
        raise ArgumentError("fetch_types", problem, DEFAULT_FETCH_TYPES)


def untold(state: LastRun) -> list[str]:
    """What the state of a fetch has to tell."""
    return [*(loss_text(loss) for loss in state.losses), *([refusal_text(state)] if state.refusals else [])]


def device_get_events_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Events of a time, oldest first; the state of the fetch stays as it is. The instance says where to push them."""
    dates = {date.name: date for date in past_dates(args, ("start_date", "end_date"))}
    end = dates["end_date"].moment if "end_date" in dates else utc_now()
    start = dates["start_date"].moment if "start_date" in dates else end - timedelta(minutes=1)
    if start > end:
        raise ArgumentError("start_date", f"{api_time(start)} is after end_date ({api_time(end)}).", "2 hours ago")
    limit = whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)
    push = flag(args, "should_push_events")
    delivery = guard.delivery if isinstance(guard, InstanceGuard) else {}
    again = "Run the command again."
    if flag(args, "push_test_record"):
        collectors = log_collectors(delivery, client.timeout)
        return push_test_record([event_outlet(collector, product, again) for product, collector in collectors.items()])
    outlet = event_outlet(log_collector(delivery, client.timeout) if push else None, next_step=again)
    judge = parse_event_types(args.get("event_types")).takes
    period = (milliseconds(start), milliseconds(end))
    # Absolute has nothing outside of the last 72 hours; a day more for clocks that differ.
    kept = (milliseconds(utc_now() - RETENTION) - DAY_MS, milliseconds(utc_now()) + DAY_MS)
    window = Slice(*(whole_second(min(max(ms, kept[0]), kept[1])) for ms in (period[0], period[1] + SECOND_MS)))
    progress = Progress((window.start, ""))
    steady = whole_second(SIEM_SOURCE.steady_from(milliseconds(utc_now()))) + SECOND_MS
    reader = SliceReader(AbsoluteServer(client), SIEM_SOURCE, progress, Deadline(RUN_SECONDS).left)
    slices = (
        (piece, found._replace(rows=[row for row in found.rows if within(row, *period)]))
        for piece, found in in_time_order(reader, window, SIEM_SOURCE, steady, window.end, MOST_ROWS)
    )
    rows: list[Row] = []
    more = False
    with closing(slices):  # its readers end before anything is pushed, whatever becomes of that
        for found in batches(slices, progress, window.end, limit, judge, window.end):
            rows, more = rows + found.rows, found.more
    if push:
        push_events(outlet, outlet.prepare(SIEM_SOURCE, rows))
    return events_result(rows, period, more, push, dates_note(date for date in dates.values() if date.assumed))


def push_events(outlet: XsiamOutlet, lines: list[str]) -> None:
    """Raises: ExplainedError, which says how many went before."""
    pushed = 0
    while pushed < len(lines):
        part = lines[pushed : pushed + BATCH]
        part = part[: outlet.fitting(part)]
        try:
            outlet.deliver(part)
        except DemistoException as error:
            raise ExplainedError(f"{error} {pushed} of {len(lines)} were pushed before.") from error
        pushed += len(part)


def push_test_record(outlets: Sequence[XsiamOutlet]) -> CommandResults:
    """One record for each dataset that proves address and key, and that no rule, dashboard or data model takes for an event."""
    record_id = str(uuid.uuid4())
    record = {"id": record_id, "source_log_type": "connection_test", "_time": api_time(utc_now())}
    for outlet in outlets:
        push_events(outlet, [as_line(record)])
    datasets = ", ".join(f"{in_dataset(VENDOR)}_{in_dataset(outlet.product)}_raw" for outlet in outlets)
    marked = f'It has the id {record_id} and the mark source_log_type = "connection_test". Dataset: {datasets}.'
    return command_results(f"### Test record\nXSIAM took one record. {marked}", raw=record)


def within(row: Row, start: int, end: int) -> bool:
    """Whether a row lies between two times in ms; one written in whole seconds may lie anywhere in its second."""
    return row.ms <= end and (row.ms >= start or (row.ms == whole_second(row.ms) and row.ms >= whole_second(start)))


def events_result(rows: Sequence[Row], period: tuple[int, int], more: bool, pushed: bool, understood: str) -> CommandResults:
    between = f"between {ms_text(period[0])} and {ms_text(period[1])}"
    events = [with_changes(row.data) for row in rows]
    notes = [understood] if understood else []
    if more:
        notes.append("There are more: raise limit, or narrow the time.")
    if milliseconds(utc_now() - RETENTION) > period[0]:
        notes.append(f"Absolute keeps events for {RETENTION // timedelta(hours=1)} hours; older ones are gone.")
    if pushed and rows:
        notes.append(f"Pushed to XSIAM: {len(rows)}.")
    if not rows:
        notes.append("None is no proof that nothing happened: SIEM integration may be off in the console, or no event selected.")
        return command_results(f"### Events\nThere are none {between}. {' '.join(notes)}", raw=[])
    shown = [{**event, **{name: pairs(event.get(name)) for name in ("oldValues", "newValues")}} for event in events]
    title = f"Events: {len(rows)} {between}"
    return command_results(table(title, shown, EVENT_HEADERS, " ".join(notes)), "Absolute.Event", "id", events, events)


# endregion


# region Dispatch and main
Handler = Callable[[dict[str, Any], Client, Guard], Any]


# Each name is written out: the SDK's linter looks for the commands of the manifest among the keys.
READING: dict[str, Handler] = {
    "endpoint": endpoint_command,
    "absolute-device-list": device_list_command,
    "absolute-device-get": device_get_command,
    "absolute-device-location-get": device_location_get_command,
    "absolute-device-freeze-request-get": device_freeze_request_get_command,
    "absolute-device-freeze-passcode-get": device_freeze_passcode_get_command,
    "absolute-device-freeze-message-list": device_freeze_message_list_command,
    "absolute-custom-field-definition-list": custom_field_definition_list_command,
    "absolute-custom-device-field-list": custom_device_field_list_command,
    "absolute-device-application-list": device_application_list_command,
    "absolute-unenroll-request-list": partial(request_list, UNENROLL),
    "absolute-unenroll-actions-list": partial(actions_list, UNENROLL),
    "absolute-wipe-request-list": partial(request_list, WIPE),
    "absolute-wipe-actions-list": partial(actions_list, WIPE),
    "absolute-file-delete-request-list": partial(request_list, FILE_DELETE),
    "absolute-file-delete-actions-list": partial(actions_list, FILE_DELETE),
    "absolute-message-request-list": partial(request_list, MESSAGE),
    "absolute-message-actions-list": partial(actions_list, MESSAGE),
    "absolute-script-request-list": partial(request_list, SCRIPT),
    "absolute-script-actions-list": partial(actions_list, SCRIPT),
    "absolute-wipe-certificate-get": partial(certificate_get, WIPE),
    "absolute-file-delete-certificate-get": partial(certificate_get, FILE_DELETE),
    "absolute-message-template-list": message_template_list_command,
    "absolute-script-list": script_list_command,
    "absolute-device-missing-list": device_missing_list_command,
    "absolute-device-sensitive-data-get": sensitive_data_get_command,
    "absolute-device-data-point-list": data_point_list_command,
    "absolute-license-list": license_list_command,
    "absolute-script-get": script_get_command,
    "absolute-playbook-template-list": playbook_template_list_command,
    "absolute-device-group-list": device_group_list_command,
    "absolute-policy-group-list": policy_group_list_command,
    "absolute-device-compliance-list": device_compliance_list_command,
    "absolute-token-permissions-get": token_permissions_get_command,
    "absolute-device-get-events": device_get_events_command,
}
# These change something at Absolute, and can wait until it is proved.
WAITING: dict[str, Callable[[dict[str, Any], Client, Guard, PollPlan], PollResult]] = {
    "absolute-device-freeze-request": device_freeze_request,
    "absolute-device-remove-freeze-request": device_remove_freeze_request,
    "absolute-device-unenroll": partial(action_step, UNENROLL_COMMAND),
    "absolute-wipe-request-create": partial(action_step, WIPE_COMMAND),
    "absolute-file-delete-request-create": partial(action_step, FILE_DELETE_COMMAND),
    "absolute-device-message-send": partial(action_step, MESSAGE_COMMAND),
    "absolute-device-script-run": partial(action_step, SCRIPT_COMMAND),
    "absolute-policy-group-move": policy_group_move,
}
# So do these, but for the waiting.
CHANGING: dict[str, Handler] = {
    **{name: partial(run_polling, name, step) for name, step in WAITING.items()},
    "absolute-device-freeze-message-create": device_freeze_message_create_command,
    "absolute-device-freeze-message-update": device_freeze_message_update_command,
    "absolute-device-freeze-message-delete": device_freeze_message_delete_command,
    "absolute-custom-device-field-update": custom_device_field_update_command,
    "absolute-wipe-request-cancel": partial(request_cancel, WIPE),
    "absolute-file-delete-request-cancel": partial(request_cancel, FILE_DELETE),
    "absolute-message-request-cancel": partial(request_cancel, MESSAGE),
    "absolute-script-request-cancel": script_request_cancel_command,
    "absolute-policy-activate": partial(policy_switch, True),
    "absolute-policy-deactivate": partial(policy_switch, False),
    "absolute-device-group-create": device_group_create_command,
    "absolute-device-playbook-run": device_playbook_run_command,
    "absolute-device-supervisor-password-request": supervisor_password_command,
    "absolute-device-missing-report": partial(device_report_command, REPORT_MISSING, "reported"),
    "absolute-device-found-report": partial(device_report_command, REPORT_FOUND, "found"),
}
# These do either, as their arguments say.
EITHER: dict[str, Handler] = {"absolute-api-request": api_request_command}
COMMANDS = READING | CHANGING | EITHER


def refuse_change(command: str, args: Mapping[str, Any], client: Client) -> None:
    """Refuse before anything is read for it what `Client.call` would refuse in the end. Looks of a waiting command go on.

    Raises:
        ReadOnlyError: The command would change something, and the instance may not.
    """
    if client.read_only and command in CHANGING and not args.get("following") and not flag(args, "dry_run"):
        raise ReadOnlyError(f"run {command}")


def build_client(params: Mapping[str, Any]) -> Client:
    """Raises: ArgumentError for a parameter that cannot be right, before anything is sent."""
    credentials = params.get("credentials") or {}
    token_id = str(credentials.get("identifier") or "").strip()
    if not token_id or re.search(r"\s", token_id):
        raise ArgumentError("Token ID", "it is empty or holds blanks. Copy it from the console's list of API tokens.")
    stored = credentials.get("credentials") or {}
    own_key = (params.get("private_key") or {}).get("password") or ""
    key = signing_key(str(credentials.get("password") or ""), str(own_key or stored.get("sshkey") or ""))
    return Client(
        base_url=api_base_url(str(params.get("url") or "")),
        token_id=token_id,
        key=key,
        verify=not flag(params, "insecure"),
        proxy=flag(params, "proxy"),
        timeout=whole_number(params, "timeout", range(5, 601), DEFAULT_TIMEOUT),
        read_only=flag(params, "read_only"),
    )


@dataclass(frozen=True)
class InstanceGuard(Guard):
    """The guard of an instance, with the parameters that say where its events go."""

    delivery: Mapping[str, Any] = field(default_factory=dict)


def build_guard(params: Mapping[str, Any]) -> InstanceGuard:
    """Raises: ArgumentError when max_devices_per_action is no positive number, or a protected device cannot be understood."""
    return InstanceGuard(
        max_devices=whole_number(params, "max_devices_per_action", range(1, 1_000_001), DEFAULT_MAX_DEVICES),
        protected=device_entries(params, "protected_devices"),
        any_read=flag(params, "allow_any_request"),
        any_change=flag(params, "allow_any_change"),
        delivery=params,
    )


def as_entries(results: Any) -> list[Any]:
    """What a command gives, as the platform takes it. Known secrets are masked, also those that were typed as arguments."""
    listed = results if isinstance(results, list) else [results]
    return [SECRETS.masked_data(one.to_context() if isinstance(one, CommandResults) else one) for one in listed]


def main() -> None:
    """Parse the instance parameters and run the command."""
    command = demisto.command()
    demisto.debug(f"Command being called is {command}")
    try:
        params = demisto.params()
        keep_secret(*secret_values(params), *proxy_secrets())
        client, guard = build_client(params), build_guard(params)
        if command == "test-module":
            return_results(test_module(client, params, guard))
        elif command == "fetch-events":
            fetch_events(client, params)
        elif command == "fetch-incidents":
            fetch_incidents(client, params)
        elif command in COMMANDS:
            refuse_change(command, demisto.args(), client)
            try:
                return_results(as_entries(COMMANDS[command](demisto.args(), client, guard)))
            finally:
                # For the widget "API call results"; the war room does not show it.
                if client.calls:
                    return_results(append_metrics(client.outcomes, []))
        else:
            raise NotImplementedError(f"Command {command} is not implemented.")
    except Exception as error:
        # The platform's log gets the traceback, and in debug mode the war room does.
        mask_in_log()
        mask_error(error)
        return_error(SECRETS.masked(f"Failed to execute {command} command. Error: {error}"))


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()


# endregion
