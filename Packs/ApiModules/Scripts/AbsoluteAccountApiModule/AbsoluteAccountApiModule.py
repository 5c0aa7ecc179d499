"""What the account has and collects beside its devices: groups, policies, scripts, playbooks, licences, data, device fields.

Knows these lists, and what proves a change of them. Must not know: freezes, device actions but scripts, and fetches.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteReportsApiModule import *

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

# region Constants
MOST_DEVICES_READ = 100
MOST_SCRIPT_BYTES = 1_000_000


# endregion


# region Regulated data, data points, licences
MATCH_PATHS = {
    "FileName": "fileName",
    "Rule": "score.name",
    "RuleId": "score.systemId",
    "Score": "score.matchScore",
    "Matches": "matches",
    "Status": "fileMatchStatus",
    "LastModified": "lastedModifiedDateTimeUtc",
    "Scanned": "scanDateUtc",
    "ItemId": "itemId",
}
REGULATED = frozenset({"matchedTokens", "algorithmMatchedMetadata"})
NO_SCAN = (
    "Whether it holds regulated data is not known: no finished scan of Endpoint Data Discovery is listed for it. It needs the "
    "policy and a licence that includes it (absolute-license-list), or the token may not see it."
)
CONTRADICTION = (
    "Whether it holds regulated data is not known: its newest scan met rules, but no file is listed. Look in the console, or "
    "with a token that may see them."
)


def selected_devices(client: Client, args: Mapping[str, Any], select: Sequence[str] = ()) -> tuple[Selection, str]:
    """The devices of a command that makes a call for each, and a note of what was not found. Raises: ArgumentError."""
    selection = select_devices(client, args, ("serialNumber", *select))
    if len(selection.devices) > MOST_DEVICES_READ:
        problem = f"{len(selection.devices)} devices mean as many calls; name at most {MOST_DEVICES_READ}."
        raise ArgumentError("device_ids", problem)
    return selection, selection.note()


def sensitive_data_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """What Endpoint Data Discovery found on the devices: the rules that files meet, the files, and the newest scan."""
    selection, note = selected_devices(client, args, ("espInfo.encryptionStatus",))
    limit = list_limit(args)
    scans, unread = scans_by_device(client) if selection.devices else ({}, "")
    contexts, failures = [], []
    for device in selection.devices:
        device_uid = str(device.get("deviceUid"))
        try:
            found = collect(checked_matches(client, device_uid))
        except ExplainedError as error:
            failures.append(error)
            note = f"{note}\n\n**Incomplete**: {markdown_text(f'{device_label(device)}: {error.message}')}".strip()
            continue
        # A page may come twice: two matches that are the same to the letter are one.
        matches = {json.dumps(row, sort_keys=True): row for row in found.rows}.values()
        own = [row for row in matches if str(row.get("deviceUid") or device_uid).lower() == device_uid.lower()]
        cut_off = f"**Incomplete**: only the first {len(found.rows)} of {found.total} matches count." if found.truncated else ""
        contexts.append(sensitive_data(device, own, scans.get(device_uid.lower()) or {}, limit, found.note or cut_off))
    if failures and not contexts:
        raise failures[0]
    if not contexts:
        return command_results(nothing_found("Sensitive data", "No device", note, GET_DEVICES.permission), raw=[])
    rows = [
        {"Device": context["DeviceName"] or context["DeviceUid"], **row} for context in contexts for row in rule_rows(context)
    ]
    headers = ("Device", "Status", "Rule", "Files", "Matches", "Score", "Last scan", "Drive")
    notes = paragraphs(*(context["Reason"] for context in contexts), unread, note)
    readable = table("Sensitive data", rows, headers, notes)
    return command_results(readable, "Absolute.SensitiveData", "DeviceUid", contexts, contexts)


def checked_matches(client: Client, device_uid: str) -> Iterator[dict]:
    """The matches of a device, without the regulated data themselves. Raises: ExplainedError at what is no match."""
    for row in client.rows(GET_MATCHES, device_uid):
        if not pick(row, MATCH_PATHS):
            raise ExplainedError(f"Could not {GET_MATCHES.purpose}: a row of the answer is no match of a file.")
        yield {name: value for name, value in row.items() if name not in REGULATED}


def scans_by_device(client: Client) -> tuple[dict[str, dict], str]:
    """The newest scan of each device by its UID, and why they could not be read."""
    try:
        rows = sorted(flatten(client.pages(GET_SCANS)), key=lambda row: str(row.get("completedScanDateTimeUtc") or ""))
    except ExplainedError as error:
        return {}, f"The newest scans could not be read. {markdown_text(error.message)}"
    return {str(row.get("deviceUid")).lower(): row for row in rows}, ""


def sensitive_data(
    device: Mapping[str, Any], matches: Sequence[Mapping[str, Any]], scan: Mapping[str, Any], limit: int | None, broken: str
) -> dict[str, Any]:
    """`Absolute.SensitiveData` of one device. The texts that matched are left out: they are the regulated data themselves.

    That nothing was found is said of a device with a finished scan alone, whose summary names no rule that was met.
    """
    files = sorted((pick(match, MATCH_PATHS) for match in matches), key=lambda file: -number(file.get("Score")))
    rules: dict[str, dict[str, Any]] = {}
    for file in files:
        name = str(file.get("Rule") or file.get("RuleId") or "unnamed")
        rule = rules.setdefault(name, {"Name": name, "Files": 0, "Matches": 0, "Score": 0})
        rule["Files"] += 1
        rule["Matches"] += number(file.get("Matches"))
        rule["Score"] = max(rule["Score"], number(file.get("Score")))
    scanned = str(scan.get("completedScanDateTimeUtc") or "") or max(
        (str(file.get("Scanned") or "") for file in files), default=""
    )
    codes = [dict_safe_get(row, ["espInfo", "encryptionStatus"], default_return_value="") for row in (device, scan, *matches)]
    code = str(next((code for code in codes if code), ""))
    finished, met = parse_utc(scan.get("completedScanDateTimeUtc")), scan.get("scores")
    status = "Found" if files else "NothingFound" if finished and not met else "Unknown"
    unclear = CONTRADICTION if finished else NO_SCAN
    cut = f" The first {limit} files are listed." if limit is not None and len(files) > limit else ""
    return {
        "DeviceUid": device.get("deviceUid"),
        "DeviceName": str(device.get("deviceName") or ""),
        "Status": status,
        "Reason": f"{broken}{cut}".strip() or (unclear if status == "Unknown" else ""),
        "LastScan": scanned,
        "ScanStatus": str(scan.get("scanStatus") or ""),
        "Encryption": encryption_name(code) or "unknown",
        "Rules": list(rules.values()),
        "FileCount": len(files),
        "Files": files[:limit],
    }


def number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def rule_rows(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = {"Status": context["Status"], "Last scan": context["LastScan"], "Drive": context["Encryption"]}
    return [{**rule, "Rule": rule["Name"], **known} for rule in context["Rules"]] or [known]


POINT_PATHS = {
    "Name": "fieldName",
    "Value": "fieldDetail.value",
    "Status": "fieldDetail.status",
    "LastError": "fieldDetail.lastError",
}


def data_point_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """The registry and WMI values that the account collects of its devices (Custom Data)."""
    selection, note = selected_devices(client, args)
    contexts: list[dict[str, Any]] = []
    for device in selection.devices:
        try:
            row = client.call(GET_DATA_POINTS, str(device.get("deviceUid")))["data"]
        except ApiError as error:
            if error.status != 404:
                raise
            row = {}
        if not isinstance(row.get("result") or [], list):
            raise ExplainedError(f"Could not {GET_DATA_POINTS.purpose}: the answer has them in another form than a list.")
        points = [pick(point, POINT_PATHS) for point in as_dicts(row.get("result"))]
        known = {"DeviceUid": device.get("deviceUid"), "DeviceName": device.get("deviceName")}
        contexts.append({**known, "LastUpdated": row.get("lastUpdatedDateTimeUtc"), "Values": points})
    rows = [{"Device": context["DeviceName"], **point} for context in contexts for point in context["Values"]]
    if not rows:
        return command_results(nothing_found("Data points", "No value of a device", note), raw=[])
    readable = table("Data points", rows, ("Device", "Name", "Value", "Status", "LastError"), note)
    return command_results(readable, "Absolute.DeviceDataPoint", "DeviceUid", contexts, contexts)


def license_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """The licences of the account."""
    headers = ("licenseName", "licenseCount", "expiredOrder", "startDateUtc", "endDateUtc", "orderNo", "licenseUid")
    licences = take_rows(args, client.rows(LIST_LICENSES), list_limit(args))
    return rows_result("Licences", licences, headers, "Absolute.License", "licenseUid", needs=LIST_LICENSES.permission)


# endregion


# region Scripts
def script_get_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """The text of a script with its parameters, and its files as ZIP; of a request also what it ran with."""
    configuration: dict[str, Any] = {}
    if args.get("request_uid"):
        if args.get("script_uid"):
            raise ArgumentError("script_uid", "give either script_uid or request_uid, not both.")
        request_uid = uid("request_uid", args.get("request_uid"))
        script_uid = str(client.call(SCRIPT.request, request_uid)["data"].get("scriptUid") or "")
        configuration = client.call(GET_SCRIPT_CONFIGURATION, request_uid)["data"]
        if not UUID_TEXT.fullmatch(script_uid):
            raise ExplainedError(f"The request {request_uid} does not say which script it runs.")
    else:
        script_uid = uid("script_uid", args.get("script_uid"))
    script = client.call(GET_SCRIPT, script_uid)["data"]
    archive = client.call(GET_SCRIPT_CONTENT, script_uid)
    texts, problem = script_texts(archive)
    facts = [{"Fact": name, "Value": script.get(name)} for name in ("scriptName", "description", "supportedOS", "scriptType")]
    shown = [f"#### {markdown_text(text['FileName'])}\n{fenced(text['Text'])}" for text in texts]
    if configuration:
        shown.append(f"#### What the request ran with\n{fenced(json.dumps(mask_secrets(configuration), indent=2))}")
    title = f"Script {markdown_text(script.get('scriptName') or script_uid)}"
    readable = paragraphs(table(title, facts, ("Fact", "Value"), problem), *shown)
    outputs: dict[str, Any] = {**redact(script), "scriptUid": script_uid, "Files": texts}
    if configuration:
        outputs["Configuration"] = configuration
    results = command_results(readable, "Absolute.Script", "scriptUid", outputs, script)
    return [results, fileResult(f"script-{script_uid}.zip", archive, file_type=EntryType.ENTRY_INFO_FILE)]


def script_texts(archive: bytes) -> tuple[list[dict[str, str]], str]:
    """Name and text of each file in a ZIP, and what could not be read of it."""
    texts, left_out = [], []
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            for entry in files.infolist():
                if entry.file_size > MOST_SCRIPT_BYTES:
                    left_out.append(entry.filename)
                elif not entry.is_dir():
                    texts.append({"FileName": entry.filename, "Text": files.read(entry).decode("utf-8-sig", "replace")})
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return texts, "The files of the script cannot be read to the end: look into the ZIP."
    return texts, f"Too large to be shown: {markdown_text(', '.join(left_out))}." if left_out else ""


def script_request_cancel_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Cancel a request on devices; without request_uid, every script that still waits for the devices."""
    if args.get("request_uid"):
        return request_cancel(SCRIPT, args, client, guard)
    device_uids = [uid("device_uids", value) for value in split_values(args, "device_uids")]
    if not device_uids:
        raise ArgumentError("device_uids", "name the devices on which no script shall run.", TARGET_ARGUMENTS[0].example)
    waiting = [row for row in client.actions(SCRIPT, None, device_uids) if not action_ended(row)]
    listed = {str(row.get("deviceUid")).lower() for row in waiting}
    absent = absence_note(client, [("device_ids", u) for u in device_uids if u not in listed], "No script waits for", SCRIPT.view)
    if not waiting:
        nothing = nothing_found("Cancel scripts", "No script that waits for the devices", absent, SCRIPT.view)
        return command_results(nothing, raw=[])
    for part in batch(sorted({str(row.get("deviceUid")) for row in waiting}), SCRIPT.devices_per_look):
        client.call(CANCEL_SCRIPTS, body={"deviceUids": list(part)})
    try:
        after = {str(row.get("actionUid")): row for row in client.actions(SCRIPT, None, device_uids)}
    except ExplainedError as error:
        text = "The cancellation was accepted; whether it came in time cannot be read. Look with absolute-script-actions-list."
        raise ExplainedError(f"{text} {error.message}") from error
    verdicts = [cancel_verdict(SCRIPT, row, as_dict(after.get(str(row.get("actionUid"))))) for row in waiting]
    contexts = [
        {**row, **as_dict(after.get(str(row.get("actionUid")))), "Verdict": v.verdict, "Reason": v.reason}
        for row, v in zip(waiting, verdicts, strict=True)
    ]
    states, unread = read_names(client, device_uids)
    known, places = states or {}, {device_uid: place for place, device_uid in enumerate(device_uids)}
    verdicts = [v._replace(place=places.get(v.device_uid.lower(), 0)).of(known.get(v.device_uid.lower()) or {}) for v in verdicts]
    note = joined(markdown_text(unread), absent)
    return cancel_results("Cancel scripts", verdicts, "Absolute.ScriptAction", "actionUid", contexts, note)


# endregion


# region Policy groups
def policy_group_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Policy groups with their policies."""
    groups = take_rows(args, flatten(client.pages(LIST_POLICY_GROUPS)), list_limit(args))
    headers, prefix = ("name", "deviceCount", "description", "isSystem", "agentVersion", "policyGroupUid"), "Absolute.PolicyGroup"
    return rows_result("Policy groups", groups, headers, prefix, "policyGroupUid", needs=LIST_POLICY_GROUPS.permission)


def policy_group_move(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    """Move devices into a policy group; with polling=true, wait until the device report shows them there."""
    following = Following.from_args(args) if args.get("following") else None
    note, unread = "", ""
    try:
        group = policy_group(client, args)
    except ExplainedError as error:
        if following is None:
            raise
        # A look that fails does not end the waiting.
        group, unread = {"policyGroupUid": args["policy_group"]}, error.message
    if following is None:
        targets = resolve_targets(client, args, guard, ("policyGroupUid", "policyGroupName"))
        body = {"targetPolicyGroupUid": group["policyGroupUid"]}
        if flag(args, "dry_run"):
            return PollResult(dry_run_result(client, MOVE_DEVICES, body, targets))
        following, note = submit_moves(client, group, body, targets)
        following = following.placed(targets.uids)
    client.pacer.slow_down(following.calls_per_second)
    judged = [v for move_uid, uids in following.requests for v in judge_move(client, group, move_uid, uids, unread)]
    verdicts = following.in_order([*judged, *following.settled])
    contexts = [{**verdict.to_context(), "PolicyGroupUid": group["policyGroupUid"]} for verdict in verdicts]
    title = f"Move to {markdown_text(group.get('name') or group['policyGroupUid'])}"
    prefix = "Absolute.PolicyGroupMove"  # disable-secrets-detection

    def build(extra: str) -> CommandResults:
        return verdict_results(title, verdicts, paragraphs(note, extra), prefix, "DeviceUid", contexts)

    args = {**args, "policy_group": group["policyGroupUid"]}
    return poll_result(client, plan, verdicts, build, args, ("policy_group",), following)


def policy_group(client: Client, args: Mapping[str, Any]) -> dict[str, Any]:
    """The policy group that is named by UID or name. Raises: ArgumentError when there is none, or several."""
    named = text_within(args, "policy_group", 255, '"Quarantine"')
    rows, absent = flatten(client.pages(LIST_POLICY_GROUPS)), "policy group, or the token may not see it"
    return the_one_named("policy_group", named, rows, ("policyGroupUid", "name"), "groups", absent, "absolute-policy-group-list")


def the_one_named(
    argument: str,
    named: str,
    rows: Iterable[dict],
    names: Sequence[str],
    several: str,
    absent: str,
    look: str,
    example: str | None = None,
) -> dict[str, Any]:
    """The row that has `named` in one of the fields `names`, of which the first is its UID. What is listed again counts once.

    Raises:
        ArgumentError: There is none (`absent` says of what), or there are `several`; the command `look` shows them.
    """
    known = [row for row in first_of_each(rows, names[0]) if named.casefold() in (folded(row, name) for name in names)]
    if len(known) != 1 or not known[0].get(names[0]):
        problem = f"is the name of several {several}: use the UID" if known else f"is no {absent}"
        raise ArgumentError(argument, f'"{named}" {problem}. {look} shows them.', example)
    return known[0]


def is_member(device: Mapping[str, Any], group: Mapping[str, Any]) -> bool:
    """The devices of the Global Policy Group, which is the system's, have no policyGroupUid."""
    own = folded(device, "policyGroupUid")
    return own == folded(group, "policyGroupUid") or bool(group.get("isSystem") and not own)


Accepted = tuple[tuple[str, tuple[str, ...]], ...]  # the UID of each request with its devices, as in Following
# Sends a part of the devices: gives the UID of the request, and verdicts of the devices that its answer refuses.
Send = Callable[[Sequence[Mapping[str, Any]]], tuple[str, list[Verdict]]]


def submit_moves(client: Client, group: Mapping[str, Any], body: Mapping[str, Any], targets: Targets) -> tuple[Following, str]:
    """Send the devices that are elsewhere, 10,000 at a time. What follows a failure is not sent."""
    there = [d for d in targets.devices if not targets.unchecked and is_member(d, group)]
    settled = [verdict_of(device, "moved", "It was in this policy group already.") for device in there]
    away = [device for device in targets.devices if device not in there]
    requests_, unsent = send_in_batches(client, MOVE_DEVICES, body, away, MAX_DEVICES_PER_REQUEST)
    return Following(requests_, (*settled, *unsent), server_now(client)), targets.note


def send_in_batches(
    client: Client, operation: Operation, body: Mapping[str, Any], devices: Sequence[Mapping[str, Any]], most: int
) -> tuple[Accepted, list[Verdict]]:
    """Send devices, `most` at a time: what was accepted, and verdicts of the others."""

    def send(part: Sequence[Mapping[str, Any]]) -> tuple[str, list[Verdict]]:
        data = as_dict(as_dict(client.call(operation, body={**body, "deviceUids": uids_of(part)})).get("data"))
        request_uid = str(data.get("requestUid") or data.get("id") or "")
        refused = refused_devices(data)
        left_out = [verdict_of(one, "ineligible", refused[uid]) for one in part if (uid := folded(one, "deviceUid")) in refused]
        return request_uid if UUID_TEXT.fullmatch(request_uid) else "", left_out

    return send_in_parts(devices, most, send)[:2]


def send_in_parts(
    devices: Sequence[Mapping[str, Any]], most: int, send: Send
) -> tuple[Accepted, list[Verdict], ExplainedError | None]:
    """The same, and what went wrong. What follows a failure is not sent."""
    accepted: list[tuple[str, tuple[str, ...]]] = []
    settled: list[Verdict] = []
    problem: ExplainedError | None = None
    for part in batch(list(devices), most):
        if problem:
            settled += [verdict_of(device, "failed", "Not sent: the request before it failed.") for device in part]
            continue
        try:
            request_uid, refused = send(part)
        except ExplainedError as error:
            problem = error
            verdict = "unknown" if isinstance(error, UncertainWriteError) else "failed"
            settled += [verdict_of(device, verdict, error.message) for device in part]
        else:
            settled += refused
            left_out = {verdict.device_uid.lower() for verdict in refused}
            accepted.append((request_uid, tuple(one for one in uids_of(part) if one.lower() not in left_out)))
    return tuple(accepted), settled, problem


def refused_devices(data: Mapping[str, Any]) -> dict[str, str]:
    """Devices under `errors` of the answer to a request, by UID in lower case, and why.

    `invalidValues` is the form of CreateRsvpResponse, `detail.deviceUids` one of API v2 that v3 does not document and playbooks
    read.
    """
    return {
        str(device_uid).lower(): str(error.get("message") or error.get("messageKey") or "refused")
        for error in as_dicts(data.get("errors"))
        for device_uid in error.get("invalidValues") or as_dict(error.get("detail")).get("deviceUids") or []
    }


def judge_move(
    client: Client, group: Mapping[str, Any], move_uid: str, device_uids: Sequence[str], group_unread: str
) -> list[Verdict]:
    """`moved` needs the device report; the request, where its UID is known, tells whether to wait any longer."""
    if group_unread:
        return [unread_verdict(device_uid, group_unread) for device_uid in device_uids]
    status, unread = "", ""
    try:
        move = client.call(GET_MOVE, move_uid)["data"] if move_uid else {}
        status = str(move.get("status") or "")
    except ExplainedError as error:
        unread = f" The request could not be read. {error.message}"
    try:
        found = find_devices(client, [uid_criterion(device_uids)], ("serialNumber", "username", "policyGroupUid"))
        devices = {str(device.get("deviceUid")).lower(): device for device in found}
    except ExplainedError as error:
        if isinstance(error, MissingPermissionError):
            reason = f"The move was accepted ({status or 'no status'}). {error.message}"
            return [Verdict(device_uid, "unknown", reason, confirmed=False) for device_uid in device_uids]
        return [unread_verdict(device_uid, error.message) for device_uid in device_uids]
    return [move_verdict(u, as_dict(devices.get(u.lower())), group, status, unread) for u in device_uids]


def move_verdict(device_uid: str, device: Mapping[str, Any], group: Mapping[str, Any], status: str, unread: str) -> Verdict:
    shown = "does not show it in this policy group yet" if device else "does not list it"
    verdict, reason = "pending", f"{status or 'Accepted'}: the device report {shown}.{unread}"
    if device and is_member(device, group):
        verdict, reason = "moved", "The device report shows it in this policy group."
    elif status.lower() in ("failed", "timeout"):
        verdict, reason = "failed", f"The request ended with {status}, and the device report shows it elsewhere."
        if not device:
            verdict, reason = "unknown", f"The request ended with {status}, and the device report {shown}. {LOOK_AT_DEVICE}"
    return Verdict(device_uid, verdict, reason).of(device)


def policy_switch(on: bool, args: dict[str, Any], client: Client, guard: Guard) -> Any:
    """Activate or deactivate a policy for all devices of a policy group, within the guards; then look whether it is so."""
    operation, done = (ACTIVATE_POLICY, "active") if on else (DEACTIVATE_POLICY, "not active")
    group = policy_group(client, args)
    policy = policy_of(group, text_within(args, "policy", 255, "DLP"))
    uids = (str(group.get("policyGroupUid")), str(policy.get("policyUid")))
    targets = touched_devices(client, AnyRequest("PUT", operation.path.format(*uids)), guard)
    if flag(args, "dry_run"):
        return dry_run_result(client, operation._replace(path=operation.path.format(*uids)), {}, targets)
    name = f"{policy.get('name') or policy.get('type')} of {group.get('name')}"
    problem = ""
    try:
        client.call(operation, *uids)
    except UncertainWriteError as error:
        problem = f"{error.message} "
    verdict, reason = switched(client, args, uids[1], on, done, problem)
    context = {
        **pick(group, {"PolicyGroupUid": "policyGroupUid", "PolicyGroupName": "name"}),
        **pick(policy, {"PolicyUid": "policyUid", "PolicyName": "name", "Type": "type"}),
        "Devices": len(targets.devices),
        "Verdict": verdict,
        "Reason": reason,
    }
    readable = f"The policy {markdown_text(name)}: {verdict}. {markdown_text(reason)} Devices: {len(targets.devices)}."
    return command_results(readable, "Absolute.Policy", "PolicyUid", context)


def policy_of(group: Mapping[str, Any], named: str) -> dict[str, Any]:
    """The policy of a group by its UID, type or name. Raises: ArgumentError when there is none, or several."""
    rows, names = as_dicts(group.get("policies")), ("policyUid", "type", "name")
    look = "absolute-policy-group-list"
    return the_one_named("policy", named, rows, names, "policies", "policy of this group", look, "DLP")


def switched(client: Client, args: Mapping[str, Any], policy_uid: str, on: bool, done: str, problem: str) -> tuple[str, str]:
    """What the policy group shows of the policy after it was switched, and why."""
    look = "Look with absolute-policy-group-list."
    try:
        shown = policy_of(policy_group(client, args), policy_uid).get("isEnabled")
    except ExplainedError as error:
        return "unknown", f"{problem or 'The request was accepted. '}The policy group could not be read: {error.message} {look}"
    if shown is on:
        return done, f"{problem and 'The answer was lost. '}The policy group shows it."
    return ("unknown", f"{problem}{look}") if problem else ("pending", f"Accepted, but not shown by the API yet. {look}")


# endregion


# region Device groups
MAX_GROUP_DESCRIPTION = 1000


def device_group_create_command(args: dict[str, Any], client: Client, guard: Guard) -> Any:
    """Create a static device group of the devices; then look of each device whether it is in it."""
    name = text_within(args, "group_name", 255, '"Incident 1042"')
    described = (
        {"description": text_within(args, "description", MAX_GROUP_DESCRIPTION, "IR-1042")} if args.get("description") else {}
    )
    targets = resolve_targets(client, args, guard)
    if len(targets.devices) > MOST_DEVICES_READ:
        problem = f"{len(targets.devices)} devices mean as many calls to prove it; name at most {MOST_DEVICES_READ}."
        raise ArgumentError("device_ids", problem)
    body = {
        "displayName": name,
        **described,
        "nodeType": "Group",
        "deviceGroup": {"groupType": "Fixed", "groupMemberIds": targets.uids},
    }
    if flag(args, "dry_run"):
        return dry_run_result(client, CREATE_DEVICE_GROUP, body, targets)
    known = client.rows(LIST_DEVICE_GROUPS, params=[("displayName", name)])
    if any(folded(group, "displayName") == name.casefold() for group in known):
        raise ArgumentError("group_name", f'"{name}" is a device group already.', '"Incident 1042, second part"')
    problem, group_uid = "", ""
    try:
        data = client.call(CREATE_DEVICE_GROUP, body=body)["data"]
        group_uid = str(data.get("deviceGroupTreeUid") or "")
        refused = "; ".join(f"{e.get('propertyName')}: {e.get('errorCode')}" for e in as_dicts(data.get("errors")))
        if refused and not group_uid:
            raise ExplainedError(f"The device group was not created. {refused}")
        targets = targets.noted(f"The API names errors all the same. {markdown_text(refused)}" if refused else "")
    except UncertainWriteError as error:
        problem = f"{error.message} "
    verdicts = [member_verdict(client, device, name, problem) for device in targets.devices]
    context = {"deviceGroupUid": group_uid, "displayName": name, "Devices": [verdict.to_context() for verdict in verdicts]}
    return verdict_results(
        f"Device group {markdown_text(name)}", verdicts, targets.note, "Absolute.DeviceGroup", "displayName", context
    )


def member_verdict(client: Client, device: Mapping[str, Any], name: str, problem: str) -> Verdict:
    """`member` needs the groups of the device. No group of this name was there before."""
    look = "Look with absolute-device-group-list."
    try:
        groups = list(flatten(client.pages(LIST_GROUPS_OF_DEVICE, str(device.get("deviceUid")))))
    except ExplainedError as error:
        return verdict_of(device, "unknown", f"{problem}Its device groups could not be read. {error.message} {look}")
    if any(folded(group, "displayName") == name.casefold() for group in groups):
        return verdict_of(device, "member", f"{problem and 'The answer was lost. '}The API shows it in this device group.")
    if problem:
        return verdict_of(device, "unknown", f"{problem}{look}")
    return verdict_of(device, "pending", f"Accepted, but the API does not show it in this device group yet. {look}")


# endregion


# region Playbooks of Absolute
MOST_DEVICES_OF_PLAYBOOK = 1000
MOST_PLAYBOOKS = 5
MOST_ACTIONS = 20
VARIABLES_EXAMPLE = (
    '\'[{"name": "AbsoluteWinPE - File Operations", "commands": [{"command": "delete_file", "params": {"file": "C:/x.txt"}}]}]\''
)
REQUESTED = (
    "Requested; what becomes of it cannot be proved here, because the API tells no state of such a request: look in the console."
)
UNDER_WAY_UNREAD = (
    "Whether a playbook is under way for the devices already cannot be read: the API lists no requests of this kind."
)


def playbook_template_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Templates of Absolute's playbooks (Rehydrate and others), with what each can do and needs."""
    params = [("nameContains", str(args["name"]))] if args.get("name") else []
    templates = take_rows(args, client.rows(LIST_PLAYBOOK_TEMPLATES, params=params), list_limit(args))
    headers = ("name", "type", "options", "playbooks", "playbookTemplateUid")
    prefix, key = "Absolute.PlaybookTemplate", "playbookTemplateUid"
    return rows_result("Playbook templates", templates, headers, prefix, key, row=template_row)


def template_row(template: Mapping[str, Any]) -> dict[str, Any]:
    options = params_text(as_dict(template.get("playbookOptions")).get("properties"))
    return {**template, "options": options, "playbooks": "; ".join(map(actions_text, as_dicts(template.get("isoVariables"))))}


def actions_text(playbook: Mapping[str, Any]) -> str:
    actions = [f"{one.get('command')}{params_text(one.get('params'))}" for one in as_dicts(playbook.get("commands"))]
    return f"{playbook.get('name')}: {', '.join(actions)}"


def params_text(params: Any) -> str:
    """Parameters in brackets; those that must be given with an asterisk."""
    names = [f"{param.get('name')}{'*' if param.get('isMandatory') else ''}" for param in as_dicts(params)]
    return f" ({', '.join(names)})" if names else ""


def device_playbook_run_command(args: dict[str, Any], client: Client, guard: Guard) -> Any:
    """Request that a playbook of Absolute runs on devices, checked against its template. Never more than requested is told."""
    template = playbook_template(client, args)
    body = playbook_body(args, template)
    targets = resolve_targets(client, args, guard, ("platformOSType",))
    skipped = [
        verdict_of(device, "ineligible", f"Not sent: playbooks run on Windows, and it runs {platform_of(device)}")
        for device in targets.devices
        if platform_of(device) not in ("", "Windows")
    ]
    chosen = without_skipped(targets, skipped).noted(UNDER_WAY_UNREAD)
    if flag(args, "dry_run"):
        return dry_run_result(client, RUN_PLAYBOOK, body, chosen, skipped)
    refuse_none(chosen, skipped)
    sent = send_in_batches(client, RUN_PLAYBOOK, body, chosen.devices, MOST_DEVICES_OF_PLAYBOOK)
    said = {"PlaybookTemplateUid": template["playbookTemplateUid"], "PlaybookTemplateName": template.get("name")}
    title = f"Run the playbook {markdown_text(template.get('name'))}"
    return requested_results(title, "Absolute.PlaybookRequest", said, chosen, skipped, [sent], REQUESTED)


def requested_results(
    title: str,
    prefix: str,
    said: Mapping[str, Any],
    chosen: Targets,
    skipped: Sequence[Verdict],
    sent: Sequence[tuple[Sequence[tuple[str, Sequence[str]]], Sequence[Verdict]]],
    reason: str,
) -> list[Any]:
    """What was requested, of which the API tells no state. `sent` is what `send_in_batches` gave, once or more."""
    accepted = [one for requests_, _ in sent for one in requests_]
    taken = {device_uid for _, uids in accepted for device_uid in uids}
    requested = [verdict_of(one, "requested", reason) for one in chosen.devices if str(one.get("deviceUid")) in taken]
    verdicts = [*requested, *(verdict for _, unsent in sent for verdict in unsent), *skipped]
    uids = ", ".join(request_uid for request_uid, _ in accepted if request_uid)
    context = {"RequestUid": uids, **said, "Devices": [verdict.to_context() for verdict in verdicts]}
    note = paragraphs(f"Request UID: {uids}" if uids else "", chosen.note)
    return bounded(verdict_results(title, verdicts, note, prefix, "RequestUid", context))


def playbook_template(client: Client, args: Mapping[str, Any]) -> dict[str, Any]:
    """The template that is named by UID or name. Raises: ArgumentError when there is none, or several."""
    named = text_within(args, "playbook", 255, '"Restore golden image"')
    rows = client.rows(LIST_PLAYBOOK_TEMPLATES)
    names, absent = ("playbookTemplateUid", "name"), "playbook template, or the token may not see it"
    return the_one_named("playbook", named, rows, names, "templates", absent, "absolute-playbook-template-list")


def playbook_body(args: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """The body of POST /actions/requests/playbook without its devices. No message repeats a value: it may be a recovery key.

    Raises:
        ArgumentError: What the template does not know, lacks or forbids.
    """
    given = json_argument(args, "variables", VARIABLES_EXAMPLE)
    playbooks = given if isinstance(given, list) else [given]
    if not 1 <= len(playbooks) <= MOST_PLAYBOOKS or not all(isinstance(one, dict) for one in playbooks):
        raise ArgumentError("variables", f"it must name 1 to {MOST_PLAYBOOKS} playbooks of the template.", VARIABLES_EXAMPLE)
    options = as_dict(json_argument(args, "options", '\'{"isBreakGlass": "true"}\''))
    declared = as_dict(template.get("playbookOptions")).get("properties")
    checked = checked_params("options", f"the playbook {template.get('name')}", options, declared)
    return {
        "playbookTemplateUid": template["playbookTemplateUid"],
        "isoVariables": [checked_playbook(one, template) for one in playbooks],
        **({"playbookOptions": checked} if checked else {}),
    }


def checked_playbook(given: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """One playbook of `variables` as the template has it. Raises: ArgumentError."""
    known = {str(one.get("name")): as_dicts(one.get("commands")) for one in as_dicts(template.get("isoVariables"))}
    name, actions = str(given.get("name")), as_dicts(given.get("commands"))
    if name not in known:
        raise ArgumentError("variables", f'"{name}" is not among the playbooks of the template: {", ".join(known) or "none"}.')
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise ArgumentError("variables", f'"{name}" needs 1 to {MOST_ACTIONS} commands.', VARIABLES_EXAMPLE)
    declared = {str(command.get("command")): command for command in known[name]}
    asked = [str(action.get("command")) for action in actions]
    for command in dict.fromkeys(asked):
        if command not in declared:
            raise ArgumentError(
                "variables", f'"{command}" is not among the commands of "{name}": {", ".join(declared) or "none"}.'
            )
        repeats, limit = asked.count(command) - 1, declared[command].get("repeatLimit")
        if isinstance(limit, int) and repeats > limit:
            raise ArgumentError("variables", f'"{command}" stands {repeats + 1} times; it may be repeated {limit} times.')
    return {
        "name": name,
        "commands": [
            {
                "command": command,
                "params": checked_params(
                    "variables", f"the command {command}", as_dict(action.get("params")), declared[command].get("params")
                ),
            }
            for command, action in zip(asked, actions, strict=True)
        ],
    }


def checked_params(argument: str, place: str, given: Mapping[str, Any], declared: Any) -> dict[str, str]:
    """Parameters as texts, against those that a template declares. Raises: ArgumentError."""
    known = {str(param.get("name")): param for param in as_dicts(declared)}
    texts_ = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    unknown = [name for name in texts_ if name not in known]
    missing = [name for name, param in known.items() if param.get("isMandatory") and not texts_.get(name)]
    long = [
        f"{name} (at most {limit} characters)"
        for name, text in texts_.items()
        if isinstance(limit := as_dict(known.get(name)).get("maxLength"), int) and 0 < limit < len(text)
    ]
    for what, names in (("does not know", unknown), ("needs", missing), ("has values that are too long for", long)):
        if names:
            raise ArgumentError(argument, f"{place} {what}: {', '.join(names)}.")
    return texts_


# endregion


# region Supervisor password
# The action of POST /actions/requests/rsvp, and the states of a device (rsvpStatus.status) in which it can be.
SET_SOMEHOW = ("RemotelySet", "RemotelySetSecured", "LocallySet")
SUPERVISOR_ACTIONS = {"create": ("Unset",), "update": SET_SOMEHOW, "remove": SET_SOMEHOW}
WANTS_CURRENT = ("RemotelySetSecured", "LocallySet")
RSVP_FIELDS = ("platformOSType", "rsvpStatus")
PASSWORD_LENGTHS = range(1, 129)
SHOWN_LATER = {
    "create": "absolute-device-get with fields=rsvpStatus shows RemotelySet or RemotelySetSecured then",
    "update": "the API does not tell whether a password was changed",
    "remove": "absolute-device-get with fields=rsvpStatus shows Unset then",
}
OTHER_FIRMWARE_ACTIONS = "Whether another firmware action is under way for the devices cannot be read; only one can be at a time."


def supervisor_password_command(args: dict[str, Any], client: Client, guard: Guard) -> Any:
    """Request that the supervisor password of devices is set, changed or removed. No answer holds it, whatever is asked for."""
    action = choice(args, "action", tuple(SUPERVISOR_ACTIONS))
    body = supervisor_body(args, action)
    targets = resolve_targets(client, args, guard, RSVP_FIELDS)
    skipped = not_eligible(partial(supervisor_obstacle, action), body, targets)
    chosen = without_skipped(targets, skipped).noted(OTHER_FIRMWARE_ACTIONS)
    if flag(args, "dry_run"):
        return dry_run_result(client, MANAGE_SUPERVISOR_PASSWORD, body, chosen, skipped)
    refuse_none(chosen, skipped)
    # All devices of a request must have the same state and version; all of 2.x are one.
    alike: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for device in chosen.devices:
        alike.setdefault((folded(device, "rsvpStatus.status"), folded(device, "rsvpStatus.version")[:2]), []).append(device)
    sent = [
        send_in_batches(client, MANAGE_SUPERVISOR_PASSWORD, body, devices, MAX_DEVICES_PER_REQUEST) for devices in alike.values()
    ]
    reason = f"Requested; it takes effect when the user restarts the device. What came of it: {SHOWN_LATER[action]}."
    title = f"Supervisor password: {action}"
    return requested_results(title, "Absolute.SupervisorPasswordRequest", {"Action": action}, chosen, skipped, sent, reason)


def supervisor_body(args: Mapping[str, Any], action: str) -> dict[str, Any]:
    """The body of POST /actions/requests/rsvp without its devices. No message repeats a password.

    Raises:
        ArgumentError: A password is missing, not for this action, or no password can be so.
    """
    new, current = (str(args.get(name) or "") for name in ("new_password", "current_password"))
    keep_secret(new, current)
    if action != "remove" and not new:
        raise ArgumentError("new_password", f"action={action} needs it.")
    if action == "remove" and new:
        raise ArgumentError("new_password", f"action={action} takes none.")
    if action == "create" and current:
        raise ArgumentError("current_password", f"action={action} takes none.")
    for name, password in (("new_password", new), ("current_password", current)):
        if password and not (len(password) in PASSWORD_LENGTHS and re.fullmatch(r"[ -~]+", password)):
            raise ArgumentError(name, "it must have 1 to 128 characters, all of them ASCII.")
    forced = flag(args, "force_reenter_password")
    if forced and action != "create":
        raise ArgumentError("force_reenter_password", "only action=create takes it: remove the password and create another one.")
    given = {"newPassword": new, "currentPassword": current, "forceReenterPassword": forced}
    return {"actionType": f"{action.upper()}_SUPERVISOR_PASSWORD", **{name: value for name, value in given.items() if value}}


def supervisor_obstacle(action: str, device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Why this cannot be done to a device, as far as the device report tells; empty for nothing."""
    status = as_dict(device.get("rsvpStatus"))
    state, version, strong = status.get("status"), str(status.get("version") or ""), status.get("isStrongPasswordRequired")
    new = str(body.get("newPassword") or "")
    if platform_of(device) not in ("", "Windows"):
        return f"supervisor passwords are for Windows, and it runs {platform_of(device)}"
    if status.get("isSupported") is False:
        return "the device does not support that its supervisor password is managed"
    if state and state not in SUPERVISOR_ACTIONS[action]:
        return f"the state of its supervisor password is {state}; action={action} needs {' or '.join(SUPERVISOR_ACTIONS[action])}"
    if state in WANTS_CURRENT and "currentPassword" not in body:
        return f"the state of its supervisor password is {state}, which needs current_password"
    if new and version.startswith("1") and not re.fullmatch(r"[a-z0-9]{1,64}", new):
        return "new_password must have 1 to 64 lowercase letters and digits there (version 1.0)"
    if new and strong is True and not (len(new) >= 8 and all(re.search(kind, new) for kind in ("[A-Z]", "[a-z]", "[0-9]"))):
        return "new_password must have at least 8 characters there, with uppercase and lowercase letters and digits"
    return ""


# endregion


# region Device fields
FIELD_PATHS = {
    "CDFUID": "cdfUid",
    "FieldKey": "cdfFieldKey",
    "FieldName": "cdfFieldName",
    "CategoryCode": "categoryCode",
    "FieldValue": "cdfFieldValue",
    "Type": "type",
}
READ_ONLY_FIELDS = frozenset({"hasserviceguarantee"})
MAX_LIST_CALLS = 500


def custom_field_definition_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """The device fields of the account, with the values that a dropdown takes."""
    wanted = str(args.get("field_name") or "").strip().casefold()
    rows = (row for row in client.field_definitions() if wanted in str(row.get("cdfFieldName") or "").casefold())
    found, title = take_rows(args, rows, list_limit(args)), "Device field definitions"
    headers, prefix = ("cdfFieldName", "type", "values", "categoryCode", "cdfUid"), "Absolute.CustomFieldDefinition"
    return rows_result(title, found, headers, prefix, "cdfUid", row=definition_row, needs=LIST_FIELD_DEFINITIONS.permission)


def definition_row(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {**definition, "values": ", ".join(dropdown_values(definition))}


def dropdown_values(definition: Mapping[str, Any]) -> list[str]:
    return [str(element.get("elementValue")) for element in as_dicts(definition.get("dropdowns"))]


def custom_device_field_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """The device fields that were ever set on the devices."""
    targets = with_values(args, "device_ids", "device_id")
    only_uids = all(not split_values(targets, a.name) for a in TARGET_ARGUMENTS if a.name != "device_ids")
    if only_uids:
        uids = [uid("device_id", value) for value in split_values(targets, "device_ids")]
        named, note = naming(client, [{"deviceUid": device_uid} for device_uid in uids])
        devices: Sequence[dict] = [named({"deviceUid": device_uid}) for device_uid in uids]
    else:
        selection = select_devices(client, targets, ())
        devices, note = selection.devices, selection.note()
    if not devices and not note:
        raise ArgumentError("device_id", "no device is named.", TARGET_ARGUMENTS[0].example)
    if len(devices) > MAX_LIST_CALLS:
        raise ArgumentError("device_ids", f"{len(devices)} devices mean as many calls; name at most {MAX_LIST_CALLS}.")
    results, failures = [], []
    for device in devices:
        try:
            results.append(fields_result(client, device, args))
        except ExplainedError as error:
            failures.append(error)
            note = f"{note}\n\n**Incomplete**: {markdown_text(f'{device_label(device)}: {error.message}')}".strip()
    if failures and not results:
        raise failures[0]
    return results + ([command_results(note)] if note else [])


def fields_result(client: Client, device: Mapping[str, Any], args: Mapping[str, Any]) -> CommandResults:
    device_uid, limit = str(device.get("deviceUid")), list_limit(args)
    rows = client.fields(device_uid, str(args.get("field_name") or ""))
    shown = [pick(row, FIELD_PATHS) for row in rows][:limit]
    note = f"{len(shown)} of {len(rows)} fields; all_results=true shows all." if len(shown) < len(rows) else ""
    title = f"Device fields of {markdown_text(device_label(device))}"
    readable = (
        table(title, shown, ("FieldName", "FieldValue", "Type", "CDFUID"), note)
        if shown
        else nothing_found(title, "No field", needs=LIST_DEVICE_FIELDS.permission)
    )
    return command_results(
        readable, "Absolute.CustomDeviceField", "DeviceUID", {"DeviceUID": device_uid, "CDFValues": shown}, rows
    )


def wanted_fields(args: Mapping[str, Any]) -> dict[str, str]:
    """What to write, by field UID or name: from `fields` (JSON), and from cdf_uid or field_name with value.

    Raises:
        ArgumentError: Nothing to write, or JSON that is no object of texts.
    """
    wanted: dict[str, str] = {}
    if args.get("fields"):
        example = '\'{"Asset Number": "A-101", "Tier": "Gold"}\''
        try:
            given = args["fields"] if isinstance(args["fields"], Mapping) else json.loads(str(args["fields"]))
        except ValueError:
            given = None
        if not isinstance(given, Mapping) or any(isinstance(value, Mapping | list) for value in given.values()):
            raise ArgumentError("fields", "it is not a JSON object of names (or UIDs) and values.", example)
        # null and "" both empty a field; true, false and numbers are written as JSON writes them.
        texts = {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
        wanted.update({name: "" if text == "null" else text for name, text in texts.items()})
    if args.get("cdf_uid") and args.get("field_name"):
        raise ArgumentError("cdf_uid", "give either cdf_uid or field_name, not both.")
    if flag(args, "clear_value") and args.get("value") not in (None, ""):
        raise ArgumentError("value", "clear_value=true empties the field: leave value out.")
    name = str(args.get("cdf_uid") or args.get("field_name") or "").strip()
    if name:
        if not flag(args, "clear_value") and args.get("value") in (None, ""):
            raise ArgumentError("value", "it is missing; clear_value=true empties the field.", "A-101")
        wanted[name] = "" if flag(args, "clear_value") else str(args.get("value"))
    if not wanted:
        raise ArgumentError("field_name", "nothing to write: give cdf_uid or field_name with value, or fields.", '"Asset Number"')
    return wanted


def field_values(
    wanted: Mapping[str, str], definitions: Sequence[Mapping[str, Any]] | None, argument: str = "field_name"
) -> list[dict[str, str]]:
    """The body of the write: names turned into UIDs, values checked against the definitions.

    Args:
        definitions: None when the token may not read them; then only UIDs can be written, unchecked.
        argument: The one that names the fields, for errors.

    Raises:
        ArgumentError: An unknown, ambiguous or read-only field, or a value that the field does not take.
    """
    if definitions is None:
        named = [name for name in wanted if not re.fullmatch(r"[A-Za-z0-9_-]{20,24}", name)]
        if named:
            raise ArgumentError(
                argument, f'"{named[0]}" cannot be looked up: the token lacks Manage Device Field Definition. Use cdf_uid.'
            )
        return [{"cdfUid": name, "cdfFieldValue": value} for name, value in wanted.items()]
    values = [field_value(name, value, definitions, argument) for name, value in wanted.items()]
    if len({value["cdfUid"] for value in values}) < len(values):
        raise ArgumentError("fields", "one field is named twice (by name and by UID, or in two spellings).")
    return values


def field_value(name: str, value: str, definitions: Sequence[Mapping[str, Any]], argument: str) -> dict[str, str]:
    found = [d for d in definitions if d.get("cdfUid") == name]
    found = found or [d for d in definitions if str(d.get("cdfFieldName") or "").casefold() == name.casefold()]
    if len(found) != 1:
        problem = "is the name of several fields: use cdf_uid" if found else "is no device field"
        raise ArgumentError(argument, f'"{name}" {problem}. absolute-custom-field-definition-list shows them.')
    definition, field_name = found[0], str(found[0].get("cdfFieldName") or name)
    if field_name.casefold() in READ_ONLY_FIELDS:
        raise ArgumentError(argument, f'"{field_name}" is read-only.')
    choices = dropdown_values(definition)
    if definition.get("type") == "Dropdown" and value and choices:
        matching = [option for option in choices if option.casefold() == value.casefold()]
        if not matching:
            raise ArgumentError("value", f'"{value}" is not a value of "{field_name}"; it takes {", ".join(choices)}.')
        value = matching[0]
    if definition.get("type") == "Date" and value and not re.fullmatch(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/\d{4}", value):
        raise ArgumentError("value", f'"{value}" is not a date for "{field_name}".', "01/31/2026")
    return {"cdfUid": str(definition.get("cdfUid")), "cdfFieldValue": value}


def custom_device_field_update_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Write device fields, then read them back and show the new value beside the old one."""
    wanted = wanted_fields(args)
    try:
        definitions, unchecked = client.field_definitions(), ""
    except MissingPermissionError:
        definitions = None
        unchecked = "This token lacks Manage Device Field Definition: type and values of the fields were not checked."
    values = field_values(wanted, definitions, next(name for name in ("fields", "cdf_uid", "field_name") if args.get(name)))
    targets = resolve_targets(client, with_values(args, "device_ids", "device_id"), guard)
    if flag(args, "dry_run"):
        return dry_run_result(client, UPDATE_DEVICE_FIELDS, {"fields": values}, targets)
    names = {str(definition.get("cdfUid")): str(definition.get("cdfFieldName") or "") for definition in definitions or []}
    written = [write_fields(client, device, values, names) for device in targets.devices]
    rows = [row for device_rows, _ in written for row in device_rows]
    verdicts = [field_verdict(row) for row in rows]
    title = f"Device fields of {len(written)} device{'s' if len(written) > 1 else ''}: {count_text(verdicts)}"
    headers = ("Device", "Serial", "User", "Field", "OldValue", "NewValue", "Verdict", "Reason", "Id")
    readable = table(title, rows, filled_headers(headers, rows), paragraphs(targets.note, unchecked))
    outputs = [context for _, context in written]
    results = command_results(readable, "Absolute.CustomDeviceField", "DeviceUID", outputs)
    # A write that fails does so for all fields of its device.
    return bounded(failure_first(results, [field_verdict(device_rows[0]) for device_rows, _ in written]))


def field_verdict(row: Mapping[str, str]) -> Verdict:
    return Verdict(row["Id"], row["Verdict"], row["Reason"], row["Device"])


def write_fields(
    client: Client, device: Mapping[str, Any], values: Sequence[dict[str, str]], names: Mapping[str, str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Write the fields of one device: a row for each, and the context. A failure is told in both: the other devices go on."""
    device_uid = str(device.get("deviceUid"))
    old, _ = read_field_values(client, device_uid)
    failure: ExplainedError | None = None
    try:
        client.call(UPDATE_DEVICE_FIELDS, device_uid, body=list(values))
    except ExplainedError as error:
        failure = error
    new, unread = read_field_values(client, device_uid)
    named = verdict_of(device, "", "")
    known = {"Id": device_uid, "Device": named.device_name, "Serial": named.serial, "User": named.user}
    rows = [known | field_row(value, names, old, new, unread, failure) for value in values]
    context = {
        "DeviceUID": device_uid,
        "DeviceName": named.device_name,
        "Serial": named.serial,
        "User": named.user,
        "CDFValues": [pick(row, FIELD_PATHS) for row in new.values()],
        "Written": [{name: row[name] for name in ("CDFUID", "Verdict", "OldValue", "NewValue", "Reason")} for row in rows],
    }
    return rows, context


def read_field_values(client: Client, device_uid: str) -> tuple[dict[str, dict], str]:
    """The device's fields by UID, and why they could not be read."""
    try:
        return {str(row.get("cdfUid")): row for row in client.fields(device_uid)}, ""
    except ExplainedError as error:
        return {}, error.message


def field_row(
    value: Mapping[str, str],
    names: Mapping[str, str],
    old: Mapping[str, dict],
    new: Mapping[str, dict],
    unread: str,
    failure: ExplainedError | None,
) -> dict[str, Any]:
    """One field after a write: what it was, what it is, and whether that is what was asked for."""
    cdf_uid, wanted = value["cdfUid"], value["cdfFieldValue"]
    before, after = (rows.get(cdf_uid) or {} for rows in (old, new))
    look = "Look again with absolute-custom-device-field-list."
    current = str(after.get("cdfFieldValue") or "")
    uncertain = isinstance(failure, UncertainWriteError)
    if failure and not uncertain:
        verdict, reason = "failed", failure.message
    elif unread:
        verdict, reason = "unknown", f"{failure.message if failure else 'The write was accepted.'} {look} {unread}"
    elif failure and current != wanted:
        verdict, reason = "unknown", f"{failure.message} The API does not show the new value. {look}"
    elif current == wanted:
        verdict, reason = "written", f"{'The answer was lost. ' if uncertain else ''}Read back from the API."
        if not (wanted or old or new):
            verdict, reason = "unknown", "No field of the device is listed, before and after, or the token may not see them."
    else:
        verdict, reason = "pending", f"Accepted, but not shown by the API yet. {look}"
    return {
        "CDFUID": cdf_uid,
        "Field": after.get("cdfFieldName") or before.get("cdfFieldName") or names.get(cdf_uid) or cdf_uid,
        "OldValue": before.get("cdfFieldValue") or "",
        "NewValue": current,
        "Verdict": verdict,
        "Reason": reason,
    }


# endregion
