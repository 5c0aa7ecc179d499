"""Acting on devices: verdicts, polling, sending once, and the pattern of request, actions and cancel that all kinds share.

Knows freezes and the kinds of device actions. Must not know: single commands, their arguments' names apart, and fetches.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteOperationsApiModule import *

import itertools
import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple


# region Constants
CLOCK_TOLERANCE = timedelta(seconds=5)
LOOKS_FOR_REQUEST = (0, 3)
DEFAULT_LIMIT = 50
MIN_INTERVAL = 10
LOOK_CALLS = 50
# A look takes a call for some hundred devices of the report and for some hundreds of the request.
LOOK_DEVICES = 75
# One of more calls is spread over so long, but not thinner than this in a second.
LOOK_AT_ONCE = CALLS_PER_SECOND // 2
LOOK_SECONDS = 60
LEAST_PER_SECOND = 8
# Of more the context of a table, which waits for the next look, would be longer than an entry, and is left out.
MOST_TOLD = 5000
MOST_NAMES = 500
MOST_DRY = 500  # rows: a person looks through them before anything is sent
FROZEN = "FRZN"


# endregion


# region Freeze verdicts
def command_results(
    readable: str, prefix: str | None = None, key: str | list[str] | None = None, outputs: Any = None, raw: Any = None
) -> CommandResults:
    """The one way results leave a command: secrets are taken out of the raw answer."""
    return CommandResults(
        readable_output=readable, outputs_prefix=prefix, outputs_key_field=key, outputs=outputs, raw_response=redact(raw)
    )


FREEZE_STATUS = {
    "statusCode": "deviceFreezeStatus.statusCode",
    "statusName": "deviceFreezeStatus.statusName",
    "changedDateTimeUtc": "deviceFreezeStatus.changedDateTimeUtc",
}
# The API's words for the freezes of a device (DeviceReport.deviceFreezeReportingStatuses), as a person says them.
FREEZE_WORDS = {
    "FreezeRequested": "freeze requested",
    "FreezeScheduled": "freeze scheduled",
    "ScheduledTimerExpired": "scheduled freeze is due",
    "FreezeConditionOfflineSet": "offline freeze rule set",
    "FreezeConditionSet": "offline freeze set",
    "OfflineTimerExpired": "offline freeze is due",
    "UnfreezeRequested": "unfreeze requested",
    "Frozen": "frozen",
    "FrozenOnSchedule": "frozen on schedule",
    "FrozenByConditionOffline": "frozen by an offline freeze rule",
    "FrozenByCondition": "frozen by an offline freeze",
}
LEFT_BEHIND = "Not asked to be removed and still there"
FREEZE_FIELDS = (*FREEZE_STATUS.values(), "deviceFreezeReportingStatuses", "deviceFreezeActionStatus")


def is_frozen(device: Mapping[str, Any]) -> bool:
    """Frozen by any kind of freeze: the report says FRZN, or names it so. Any other value, or none, is not frozen.

    Accounts with Firmware Freeze name it "Frozen at OS" (console's help); which code they have is not published.
    """
    status = as_dict(device.get("deviceFreezeStatus"))
    return status.get("statusCode") == FROZEN or is_frozen_status(status.get("statusName"))


def may_be_frozen(device: Mapping[str, Any]) -> bool:
    """Whether the report's words for its freeze resemble those of a frozen device, or are in no form that is known: too little
    for a proof of either. A freeze that has come about and is listed with its date is one, whatever the rest says."""
    status = device.get("deviceFreezeStatus") or {}
    code, name = plain(as_dict(status).get("statusCode")), plain(as_dict(status).get("statusName"))
    listed = any(is_frozen_status(freeze["Status"]) for freeze in device_freezes(device))
    return not isinstance(status, dict) or listed or code.startswith(plain(FROZEN)) or name.startswith("frozen")


def is_frozen_status(name: Any) -> bool:
    """A name that is known as that of a freeze which has come about; other words may be of one that has not, or has ended."""
    return str(name) in FROZEN_STATUSES or re.match("Frozen ?at ?(OS|Firmware)$", str(name), re.IGNORECASE) is not None


# Statuses are compared in lower case: the vendor calls them an open list.
ACTION_ENDED = {"failed": "failed", "ineligible": "ineligible", "canceled": "cancelled", "cancelled": "cancelled"}
ACTION_DONE = frozenset({"completed", "succeeded"})
UNDER_WAY = frozenset({"pending", "processing", "ready"})
REMOVING_INSTRUCTIONS = frozenset({"Unfreeze", "UnfreezeByRemove", "Remove", "Replace"})
SCHEDULED_STATUSES = frozenset({"FreezeScheduled", "ScheduledTimerExpired"})
LOOK_AT_DEVICE = "Look with absolute-device-get and a token that may, or in the console."
OFFLINE_STATUSES = frozenset({"FreezeConditionOfflineSet", "FreezeConditionSet", "OfflineTimerExpired"})
FROZEN_STATUSES = frozenset({"Frozen", "FrozenOnSchedule", "FrozenByConditionOffline", "FrozenByCondition"})


class Verdict(NamedTuple):
    """What is known of one device of an action.

    Attributes:
        verdict: frozen, unfrozen, scheduled, pending, failed, ineligible, cancelled, or unknown.
        reason: Why, in words.
        confirmed: Whether the API was seen to hold the action for this device.
        due: Of what is scheduled, for when.
        place: Which of the devices that were named it is.
    """

    device_uid: str
    verdict: str
    reason: str
    device_name: str = ""
    confirmed: bool = True
    due: datetime | None = None
    serial: str = ""
    user: str = ""
    place: int = 0

    def to_context(self) -> dict[str, str]:
        known = {
            "DeviceUid": self.device_uid,
            "DeviceName": self.device_name,
            "Serial": self.serial,
            "User": self.user,
            "Verdict": self.verdict,
            "Reason": self.reason,
        }
        return known | ({"ScheduledUtc": api_time(self.due)} if self.due else {})

    def of(self, device: Mapping[str, Any]) -> "Verdict":
        """The same with what is known of the device."""
        return self._replace(
            device_name=self.device_name or str(device.get("deviceName") or ""),
            serial=self.serial or str(device.get("serialNumber") or ""),
            user=self.user or str(device.get("username") or ""),
        )


def verdict_of(device: Mapping[str, Any], verdict: str, reason: str) -> Verdict:
    return Verdict(str(device.get("deviceUid")), verdict, reason).of(device)


class Evidence(NamedTuple):
    """What could be read of an action: rows of the request and of the device report by device UID.

    None means that the token may not read it, which differs from an absent row. `problem` says why reading failed this
    time: then nothing is known yet. `submitted` is when the action was requested, `due` the date that it was requested for;
    `whole` says whether the report was asked for all devices. UIDs are compared in lower case.
    """

    actions: Mapping[str, Mapping[str, Any]] | None
    devices: Mapping[str, Mapping[str, Any]] | None
    problem: str = ""
    submitted: datetime | None = None
    due: datetime | None = None
    whole: bool = True

    def device(self, device_uid: str) -> Mapping[str, Any] | None:
        return (self.devices or {}).get(device_uid.lower())

    def action(self, device_uid: str) -> Mapping[str, Any] | None:
        return (self.actions or {}).get(device_uid.lower())


def freeze_verdict(device_uid: str, evidence: Evidence, now: datetime) -> Verdict:
    """`frozen` needs both: the request completed on this device, and the device report shows it frozen.

    Where the token may read only one of the two, that one counts and the reason says so.
    """
    if evidence.problem:
        return unread_verdict(device_uid, evidence.problem)
    device = evidence.device(device_uid)
    if evidence.actions is None:
        verdict, reason, confirmed = verdict_by_report(device, evidence.submitted, now)
        waits, due = bool(SCHEDULED_STATUSES.intersection(reporting_statuses(device or {}))), evidence.due
    else:
        action = evidence.action(device_uid)
        reported = evidence.devices is not None and (evidence.whole or device is not None)
        verdict, reason = verdict_by_request(action, device, reported, now)
        confirmed = action is not None
        waits, due = str((action or {}).get("actionStatus") or "").lower() in UNDER_WAY, scheduled_for(action or {})
    found = Verdict(device_uid, verdict, reason, confirmed=confirmed).of(device or {})
    return scheduled(found, due, now) if waits else found


def scheduled(verdict: Verdict, due: datetime | None, now: datetime) -> Verdict:
    """The verdict of what is pending because its date has not come."""
    if verdict.verdict != "pending" or due is None or due <= now:
        return verdict
    return verdict._replace(verdict="scheduled", reason=f"Scheduled for {moment_text(due)}. {verdict.reason}", due=due)


def scheduled_for(action: Mapping[str, Any]) -> datetime | None:
    """The date that a freeze request waits for; None when it waits for none."""
    return next((moment for condition in conditions_of(action) if (moment := condition_date(condition))), None)


def offline_seconds(action: Mapping[str, Any]) -> Any:
    """For how long a device must not call in until it freezes; None when the freeze does not wait for that."""
    return next((seconds for condition in conditions_of(action) if (seconds := condition.get("secondsUntilFreeze"))), None)


def conditions_of(action: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a freeze request waits for (DfzAction.configuration.conditions)."""
    return as_dicts(as_dict(action.get("configuration")).get("conditions"))


def condition_date(condition: Mapping[str, Any]) -> datetime | None:
    """The date under the name that freeze requests have, or that of the device report."""
    return parse_utc(condition.get("scheduledFreezeDateTimeUtc") or condition.get("scheduledFreezeDate"))


def unread_verdict(device_uid: str, problem: str) -> Verdict:
    reason = f"The request was accepted; the state could not be read just now. {problem}"
    return Verdict(device_uid, "pending", reason, confirmed=False)


def verdict_by_report(device: Mapping[str, Any] | None, submitted: datetime | None, now: datetime) -> tuple[str, str, bool]:
    """The token may not read freeze requests: only the device's own state is known.

    A device that was frozen before the request proves nothing of the request.
    """
    unread = "The freeze request cannot be read (needs Perform Freeze Device and Perform Remove Freeze)"
    if device is None:
        return "unknown", f"{unread}, nor can the device report. Look in the console, or with a token that may read them.", False
    statuses = reporting_statuses(device)
    if is_frozen(device):
        changed = parse_utc(as_dict(device.get("deviceFreezeStatus")).get("changedDateTimeUtc"))
        if submitted and changed and changed >= submitted - CLOCK_TOLERANCE:
            return "frozen", f"{unread}; the device report shows it frozen{since(device)}.", True
        return "pending", f"{unread}; the device is frozen{since(device)}, perhaps by an earlier request.", bool(statuses)
    if statuses:
        return "pending", f"{unread}; the device report says {freeze_words(device)}. {last_contact(device, now)}", True
    return "pending", f"{unread}; the device report shows no freeze yet. {last_contact(device, now)}", False


def verdict_by_request(
    action: Mapping[str, Any] | None, device: Mapping[str, Any] | None, report_readable: bool, now: datetime
) -> tuple[str, str]:
    if action is None:
        return "pending", "The freeze request does not list this device yet."
    status = str(action.get("actionStatus") or "")
    if status.lower() in ACTION_ENDED:
        return ACTION_ENDED[status.lower()], action_reason(action, status)
    if status.lower() in ACTION_DONE:
        if was_removed(action):
            return "cancelled", "It was carried out; the freeze has since been removed or replaced."
        if not report_readable:
            return verdict_by_history(action)
        if device is not None and is_frozen(device):
            return "frozen", f"The agent carried out the freeze; the device report shows it frozen{since(device)}."
        return "pending", "The request is completed, but the device report does not show the device frozen."
    already = f" Another request froze it{since(device)}." if device is not None and is_frozen(device) else ""
    if status.lower() == "ready" and (seconds := offline_seconds(action)):
        return "scheduled", f"The agent has it: the device freezes when it has not called in for {seconds} seconds.{already}"
    if status.lower() == "ready":
        return "pending", f"Ready: the agent has the request, which waits for its date or condition.{already}"
    return "pending", f"{status or 'No status'}: waits for the agent's next call. {last_contact(device, now)}{already}"


def verdict_by_history(action: Mapping[str, Any]) -> tuple[str, str]:
    """The token may not read devices: the last entry of the action's own history must be a freeze."""
    if is_frozen_status(last_entry(action).get("status")):
        return "frozen", "The agent reported the freeze. The device report cannot be read (View Device reports)."
    return "unknown", "The request is completed, but neither its history nor the device report shows it frozen. " + LOOK_AT_DEVICE


def was_removed(action: Mapping[str, Any]) -> bool:
    last = last_entry(action)
    return str(last.get("instruction")) in REMOVING_INSTRUCTIONS or last.get("status") == "Removed"


def last_entry(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest entry of an action's history; empty when it has none."""
    history = sorted(as_dicts(action.get("statuses")), key=lambda entry: str(entry.get("updatedDateTimeUtc") or ""))
    return history[-1] if history else {}


def action_reason(action: Mapping[str, Any], status: str) -> str:
    last = last_entry(action)
    texts = [action.get("actionStatusDetails"), last.get("message"), last.get("messageKey")]
    return next((str(text) for text in texts if text), f"The API reports {status} without a reason.")


def unfreeze_verdict(device_uid: str, evidence: Evidence, wanted: frozenset[str], now: datetime) -> Verdict:
    """`unfrozen` when the device report shows no freeze at all, `scheduled` when one is left that was not to be removed.

    Args:
        wanted: Reporting statuses that must be gone besides the frozen ones.
    """
    if evidence.problem:
        return unread_verdict(device_uid, evidence.problem)
    if evidence.devices is None:
        reason = f"The removal was accepted; the device's state cannot be read (needs View Device reports). {LOOK_AT_DEVICE}"
        return Verdict(device_uid, "unknown", reason, confirmed=False)
    device = evidence.device(device_uid)
    if device is None:
        return Verdict(device_uid, "unknown", f"The device report does not list it. {LOOK_AT_DEVICE}", confirmed=False)
    statuses = reporting_statuses(device)
    if may_be_frozen(device):
        return Verdict(device_uid, "pending", f"Still frozen{since(device)}. {last_contact(device, now)}").of(device)
    # A word that is not known may be a freeze.
    left = [status for status in statuses if status in wanted or status not in SCHEDULED_STATUSES | OFFLINE_STATUSES]
    if left:
        reason = f"Not yet removed: {freeze_words(device, left)}. {last_contact(device, now)}"
        return Verdict(device_uid, "pending", reason).of(device)
    if statuses:
        return Verdict(device_uid, "scheduled", f"It is not frozen. {LEFT_BEHIND}: {freeze_words(device)}.").of(device)
    return Verdict(device_uid, "unfrozen", "The device report shows no freeze.").of(device)


def removal_statuses(remove_scheduled: bool, remove_offline: bool) -> frozenset[str]:
    """Reporting statuses that a remove-freeze makes disappear (POST /actions/freeze/remove-freeze)."""
    gone = set(FROZEN_STATUSES) | {"FreezeRequested"}
    return frozenset(gone | (SCHEDULED_STATUSES if remove_scheduled else set()) | (OFFLINE_STATUSES if remove_offline else set()))


def reporting_statuses(device: Mapping[str, Any]) -> list[str]:
    """What is reported of freezes. What is there and no list is kept as a word that nobody knows: it may be a freeze."""
    statuses = device.get("deviceFreezeReportingStatuses") or []
    return [str(status) for status in (statuses if isinstance(statuses, list) else [statuses])]


def device_freezes(device: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`Absolute.Device.Freezes`: every freeze of the device report, with its date, without its passcode."""
    found = []
    for entry in as_dicts(as_dict(device.get("deviceFreezeActionStatus")).get("statuses")):
        status = as_dict(entry.get("status"))
        extras = [extra.get("extra") for extra in as_dicts(status.get("extras"))]
        # An extra is documented as a text, an object, or a list of objects.
        conditions = [one for extra in extras for one in as_dicts(extra if isinstance(extra, list) else [extra])]
        date = next((moment for condition in conditions if (moment := condition_date(condition))), None)
        seconds = next((condition["secondsUntilFreeze"] for condition in conditions if "secondsUntilFreeze" in condition), None)
        found.append(
            {
                "Type": entry.get("type"),
                "Status": status.get("status"),
                "State": freeze_word(str(status.get("status") or ""), date),
                "ScheduledUtc": api_time(date) if date else None,
                "OfflineSeconds": seconds,
                "UpdatedUtc": status.get("updatedDateTimeUtc"),
            }
        )
    named = {freeze["Status"] for freeze in found}
    unknown = dict.fromkeys(("Type", "ScheduledUtc", "OfflineSeconds", "UpdatedUtc"))
    others = [status for status in dict.fromkeys(reporting_statuses(device)) if status not in named]
    found += [{**unknown, "Status": status, "State": freeze_word(status)} for status in others]
    if is_frozen(device) and not any(is_frozen_status(freeze["Status"]) for freeze in found):
        held = as_dict(device.get("deviceFreezeStatus"))
        known = {"Status": held.get("statusName"), "State": "frozen", "UpdatedUtc": held.get("changedDateTimeUtc")}
        found.append({**unknown, **known})
    return found


def freeze_word(status: str, date: datetime | None = None) -> str:
    """A reporting status as a person says it; one that nobody knows as it is."""
    word = FREEZE_WORDS.get(status) or ("frozen" if is_frozen_status(status) else f"freeze: {status}")
    return f"{word} for {moment_text(date)}" if date and status == "FreezeScheduled" else word


def freeze_words(device: Mapping[str, Any], among: Container[str] | None = None) -> str:
    """The freezes of a device, or those of some reporting statuses, as a person says them."""
    freezes = device_freezes(device)
    return ", ".join(dict.fromkeys(freeze["State"] for freeze in freezes if among is None or freeze["Status"] in among))


def since(device: Mapping[str, Any] | None) -> str:
    changed = dict_safe_get(device or {}, ["deviceFreezeStatus", "changedDateTimeUtc"], default_return_value=None)
    return f" since {changed}" if changed else ""


def last_contact(device: Mapping[str, Any] | None, now: datetime) -> str:
    if device is None:
        return ""
    return f"Last contact: {age_text(parse_utc(device.get('lastConnectedDateTimeUtc')), now)}."


def read_actions(client: Client, request_uid: str) -> dict[str, dict] | None:
    """Rows of a freeze request by device; None when the token may not read it."""
    try:
        return by_device(client.rows(GET_FREEZE, request_uid))
    except MissingPermissionError:
        return None


def read_states(client: Client, device_uids: Sequence[str]) -> dict[str, dict] | None:
    """Freeze states by device; None when the token may not read devices, or sees none of these, which can be the same."""
    select = (*FREEZE_FIELDS, "accountUid", "serialNumber", "username", "agentStatus", "lastConnectedDateTimeUtc")
    try:
        found = find_devices(client, [uid_criterion(device_uids)], select)
        return {str(device.get("deviceUid")).lower(): device for device in found} or None
    except MissingPermissionError:
        return None


def read_evidence(
    client: Client,
    request_uid: str | None,
    device_uids: Sequence[str],
    submitted: datetime | None = None,
    due: datetime | None = None,
    whole: bool = True,
) -> Evidence:
    """What can be read of an action. What was sent stands, so a failure to read is reported and never raised.

    Args:
        request_uid: UID of the freeze request; None for a removal, which has none.
        whole: Whether the report is read of all devices, and not only of as many as a table shows.
    """
    try:
        actions = read_actions(client, request_uid) if request_uid else None
        whole = whole or actions is None
        devices = read_states(client, device_uids if whole else device_uids[:MOST_NAMES])
        return Evidence(actions, devices, "", submitted, due, whole)
    except ExplainedError as error:
        return Evidence(None, None, error.message)


def read_names(client: Client, device_uids: Sequence[str]) -> tuple[dict[str, dict] | None, str]:
    """Freeze states for a command that only reads; a failure leaves the names out and says so."""
    try:
        return read_states(client, list(dict.fromkeys(device_uids))), ""
    except ExplainedError as error:
        return None, f"The devices could not be read: {error.message}"


def naming(client: Client, rows: Sequence[Mapping[str, Any]]) -> tuple[Callable[[Mapping[str, Any]], dict[str, Any]], str]:
    """What puts name and serial number beside the UID of a row, for the first MOST_NAMES; and a note when they cannot be read."""
    uids = [str(row["deviceUid"]) for row in rows[:MOST_NAMES] if row.get("deviceUid")]
    states, unread = read_names(client, uids) if uids else ({}, "")
    return partial(with_name, states=states or {}), markdown_text(unread)


def with_name(row: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    device = states.get(str(row.get("deviceUid")).lower()) or {}
    return {**row, **pick(device, {"deviceName": "deviceName", "serialNumber": "serialNumber"})}


def count_text(verdicts: Sequence[Verdict]) -> str:
    """`2 frozen, 1 pending`: what was carried out first."""
    last = ("pending", "failed", "ineligible", "cancelled", "unknown")
    names = dict.fromkeys(verdict.verdict for verdict in verdicts)
    ordered = [name for name in names if name not in last] + [name for name in last if name in names]
    return ", ".join(f"{sum(verdict.verdict == name for verdict in verdicts)} {name}" for name in ordered)


def verdict_results(title: str, verdicts: Sequence[Verdict], note: str, prefix: str, key: str, outputs: Any) -> CommandResults:
    """Results of an action, a row per device. Failure is told first."""
    return failure_first(command_results(verdict_table(title, verdicts, note), prefix, key, outputs), verdicts)


def verdict_table(title: str, verdicts: Sequence[Verdict], note: str) -> str:
    """A row per device, in the order in which they were named, under `title` with a count."""
    verdicts = sorted(verdicts, key=lambda verdict: verdict.place)
    rows = [verdict.to_context() for verdict in verdicts]
    headers = filled_headers(("DeviceName", "Serial", "User", "Verdict", "Reason", "DeviceUid"), rows)
    return table(f"{title}: {count_text(verdicts)}", rows, headers, note)


def filled_headers(headers: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns in which some row has something."""
    return [name for name in headers if any(row.get(name) not in (None, "") for row in rows)]


def bounded(results: CommandResults) -> list[Any]:
    """The results of an action, bounded as lists are: of thousands of devices all are in files, and the context holds the first.

    A playbook that finds no verdict of a device in the context counts it as unknown.
    """
    outputs = results.outputs if isinstance(results.outputs, list) else [results.outputs]
    nested = [request for request in outputs if isinstance(request, dict) and "Devices" in request]
    listing = Listing(size=sum(len(json.dumps({**request, "Devices": []})) for request in nested))
    for row in (device for request in nested for device in request["Devices"]) if nested else filter(None, outputs):
        listing.add(row)
    if not listing.file:
        return [results]
    left = len(listing.rows)
    for request in nested:
        request["Devices"], left = request["Devices"][:left], max(left - len(request["Devices"]), 0)
    if not nested:
        results.outputs = listing.rows
    if results.entry_type != EntryType.ERROR:
        results.raw_response = listing.rows[:TABLE_ROWS]
    path = f"{results.outputs_prefix}{'.Devices' if nested else ''}"
    return [results, *long_list(heading(str(results.outputs_prefix).rpartition(".")[2]), listing, path)]


def failure_first(results: CommandResults, verdicts: Sequence[Verdict], unit: str = "device") -> CommandResults:
    """The same results, which begin with the devices on which the action failed, if there are any.

    Where it failed on every device they are an error, with the context as it is: playbooks branch on verdicts. The contents of
    an error must be text, which is what GetErrorsFromEntry reads.
    """
    failed = [verdict for verdict in verdicts if verdict.verdict in ACTION_ENDED.values()]
    if not failed:
        return results
    first = f"Failed on {len(failed)} of {len(verdicts)} {unit}{'s' if len(verdicts) > 1 else ''}"
    names = [verdict.device_name[:MAX_ECHO] or verdict.device_uid for verdict in failed[:10]]
    more = f" and {len(failed) - len(names)} more" if len(failed) > len(names) else ""
    results.readable_output = f"**{first}**: {markdown_text(', '.join(names))}{more}\n\n{results.readable_output}"
    if len(failed) == len(verdicts):
        reasons = "; ".join(f"{name}: {verdict.reason[: 2 * MAX_ECHO]}" for name, verdict in zip(names, failed, strict=False))
        results.entry_type, results.raw_response = EntryType.ERROR, f"{first}. {reasons}{more}"
    return results


# endregion


# region Polling
class PollPlan(NamedTuple):
    """How a command waits. Polls are counted, so that the last one is ours and ends in an honest answer; the platform's
    own time-out, which would only cut off, comes later."""

    interval: int
    timeout: int
    polls_left: int

    @classmethod
    def from_args(cls: "type[PollPlan]", args: Mapping[str, Any]) -> "PollPlan":
        interval = whole_number(args, "interval_in_seconds", range(MIN_INTERVAL, 86_401), 60)
        timeout = whole_number(args, "timeout_in_seconds", range(MIN_INTERVAL, 30 * 86_400 + 1), 3600)
        polls = range(-1, 10**7)
        return cls(interval, timeout, whole_number(args, "polls_left", polls, -(-timeout // interval)))

    def spaced(self, calls: int) -> "PollPlan":
        """The plan after a look that took so many calls: large looks come less often, a minute for LOOK_CALLS calls."""
        interval = max(self.interval, -(-calls * 60 // LOOK_CALLS))
        return self._replace(interval=interval, polls_left=self.polls_left - (interval // self.interval - 1))

    @property
    def platform_timeout(self) -> int:
        return self.timeout + 2 * self.interval + 600

    def next_args(self, args: Mapping[str, Any], carry: Sequence[str], following: "Following") -> dict[str, Any]:
        """Arguments of the next poll: only what it needs, so that no passcode or message travels with it."""
        kept = {name: args[name] for name in (*carry, "interval_in_seconds", "timeout_in_seconds") if args.get(name)}
        return {**kept, "polling": "true", "polls_left": str(self.polls_left - 1), "following": following.to_text()}


class Following(NamedTuple):
    """What a waiting command carries from poll to poll: UIDs, names and reasons, nothing secret.

    Attributes:
        requests: The UID of each request with the devices it was sent for; a removal has no UID.
        settled: Verdicts that no poll will change, of devices that the request left out.
        submitted: When it was requested, by Absolute's clock.
        due: The date that it was requested for.
    """

    requests: tuple[tuple[str, tuple[str, ...]], ...]
    settled: tuple[Verdict, ...] = ()
    submitted: datetime | None = None
    due: datetime | None = None

    @property
    def device_count(self) -> int:
        return sum(len(uids) for _, uids in self.requests)

    @property
    def look_calls(self) -> int:
        """About how many calls a look at all devices takes."""
        return -(-self.device_count // LOOK_DEVICES)

    @property
    def calls_per_second(self) -> int:
        """How fast a look may go: one at many devices leaves the larger part of the account's limit to others."""
        spread = max(LEAST_PER_SECOND, -(-self.look_calls // LOOK_SECONDS))
        return CALLS_PER_SECOND if self.look_calls <= LOOK_AT_ONCE else min(spread, CALLS_PER_SECOND)

    def to_text(self) -> str:
        state = {
            "requests": self.requests,
            "settled": [(v.device_uid, v.verdict, v.reason, v.device_name, v.serial, v.user, v.place) for v in self.settled],
            "submitted": api_time(self.submitted) if self.submitted else "",
            "due": api_time(self.due) if self.due else "",
        }
        return json.dumps(state)

    @classmethod
    def from_args(cls: "type[Following]", args: Mapping[str, Any]) -> "Following":
        """Raises: ArgumentError when it is not what `to_text` wrote, or stands beside target arguments."""
        named = [argument.name for argument in TARGET_ARGUMENTS if args.get(argument.name)]
        try:
            state = json.loads(str(args.get("following")))
            requests_ = tuple(
                (checked_uid(request_uid) if request_uid else "", tuple(checked_uid(u) for u in uids))
                for request_uid, uids in state["requests"]
            )
            settled = tuple(
                Verdict(str(u), str(verdict), str(reason), str(name), serial=str(serial), user=str(user), place=int(place))
                # A wait that began with an earlier version knows neither serial number, user nor place.
                for u, verdict, reason, name, serial, user, place in ([*one, "", "", 0][:7] for one in state["settled"])
            )
        except (ValueError, TypeError, KeyError):
            requests_ = ()
        if not requests_ or named:
            raise ArgumentError("following", "it is set by the command itself while it waits; leave it out.")
        return cls(requests_, settled, parse_utc(state.get("submitted")), parse_utc(state.get("due")))

    def placed(self, device_uids: Sequence[str]) -> "Following":
        """The same, knowing of what is settled which of the devices that were named it is."""
        places = {device_uid: place for place, device_uid in enumerate(device_uids)}
        return self._replace(settled=tuple(v._replace(place=places.get(v.device_uid, len(places))) for v in self.settled))

    def in_order(self, verdicts: Iterable[Verdict], devices: Iterable[Mapping[str, Any]] = ()) -> tuple[Verdict, ...]:
        """Verdicts in the order in which their devices were named: requests keep it, around what is settled.

        Args:
            devices: Rows of the device report, as far as they are known.
        """
        known = {str(device.get("deviceUid")).lower(): device for device in devices}
        places = {verdict.device_uid: verdict.place for verdict in self.settled}
        taken = set(places.values())
        free = (place for place in itertools.count() if place not in taken)
        places |= {device_uid: next(free) for _, uids in self.requests for device_uid in uids}
        placed = (verdict._replace(place=places.get(verdict.device_uid, len(places))) for verdict in verdicts)
        ordered = sorted(placed, key=lambda verdict: verdict.place)
        return tuple(verdict.of(known.get(verdict.device_uid.lower()) or {}) for verdict in ordered)


def checked_uid(text: Any) -> str:
    """A UID as Absolute wrote it. Raises: ValueError when it is none."""
    if not UUID_TEXT.fullmatch(str(text)):
        raise ValueError("not a UUID")
    return str(text)


def run_polling(
    command: str, step: Callable[..., PollResult], args: dict[str, Any], client: "Client", guard: "Guard"
) -> CommandResults:
    """Run one step of a command that can wait: submit or look, then end or be scheduled again."""
    args = {**args, "polling": str(flag(args, "polling")).lower()}
    plan = PollPlan.from_args(args)
    result = step(args, client, guard, plan)
    plan = plan.spaced(client.calls)
    wait = polling_function(name=command, interval=plan.interval, timeout=plan.platform_timeout, requires_polling_arg=True)
    return wait(lambda _: result)(args)


def poll_result(
    client: Client,
    plan: PollPlan,
    verdicts: Sequence[Verdict],
    build: Callable[[str], CommandResults],
    args: Mapping[str, Any],
    carry: Sequence[str],
    following: Following,
) -> PollResult:
    """End when nothing is pending or no poll is left; say so in the second case. What is scheduled is waited for only as far
    as its date lies within the time-out.

    Args:
        build: Makes the results from a note that stands below the table.
        carry: Arguments that each poll must have too.
    """
    plan = plan.spaced(client.calls)
    pending = any(verdict.verdict == "pending" for verdict in verdicts)
    if not flag(args, "polling"):
        note = "Pending devices act at their agent's next call, usually within 15 minutes; polling=true waits for it."
        if following.due:
            note = f"The devices act on the date that was asked for: {moment_text(following.due)}."
            pending = pending or any(verdict.due for verdict in verdicts)
        return PollResult(bounded(build(note if pending else "")))
    until = server_now(client) + timedelta(seconds=plan.polls_left * plan.interval)
    pending = pending or any(verdict.due is not None and verdict.due <= until for verdict in verdicts)
    if not pending:
        return PollResult(bounded(build("")))
    if plan.polls_left <= 0:
        note = f"**Time-out** after {plan.timeout} seconds: what is pending stays requested and may still happen."
        return PollResult(bounded(build(note)))
    progress = count_text(verdicts)
    changed = progress != args.get("last_progress")
    partial = build(f"Next look in {plan.interval} seconds.") if changed else CommandResults()
    if len(json.dumps(partial.outputs)) > ENTRY_SIZE:
        partial.outputs = partial.raw_response = None
    next_args = {**plan.next_args(args, carry, following), "last_progress": progress}
    return PollResult(None, continue_to_poll=True, args_for_next_run=next_args, partial_result=partial)


# endregion


# region Device actions: unenroll, wipe, file delete, message, script
def dry_run_result(
    client: Client, operation: Operation, body: Mapping[str, Any], targets: Targets, skipped: Sequence[Verdict] = ()
) -> list[Any]:
    """What would be sent, with secrets masked, and for which devices: for none where the instance is read only, so that nobody is
    asked for what it would refuse."""
    if client.read_only and operation.changes:
        read_only = "Not sent: this instance is read only (read_only)"
        skipped = [*skipped, *(verdict_of(device, "ineligible", read_only) for device in targets.devices)]
        targets = targets._replace(devices=())
    masked = mask_secrets({"deviceUids": f"the {len(targets.uids)} listed above", **body})
    meant = [verdict_of(device, "eligible", "") for device in targets.devices]
    title = f"Dry run: nothing was sent. Devices that would be meant: {len(meant)}"
    left_out = [
        f"{markdown_text(verdict.device_name or verdict.device_uid)} would be left out. {markdown_text(verdict.reason)}"
        for verdict in skipped
    ]
    note = paragraphs(targets.note, *left_out)
    outputs = [verdict.to_context() for verdict in (*meant, *skipped)]
    readable = table(title, outputs[: len(meant)], ("DeviceName", "Serial", "User", "DeviceUid"), note, most=MOST_DRY)
    text = f"{readable}\n\n{operation.method} {operation.path}\n{fenced(json.dumps(masked, indent=2, ensure_ascii=False))}"
    return bounded(command_results(text, "Absolute.DryRun", "DeviceUid", outputs, raw=[]))


# Why a device is not eligible for what the body asks for, or nothing.
Obstacle = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
REQUEST_STATUSES = ("Init", "InProgress", "Completed", "Canceled", "Failed", "Scheduled", "PendingApproval")
WAITING_REQUESTS = {"PendingApproval": "The request waits for the approval of a second person in the console (dual approval)."}
WAITING_ACTIONS = {
    "pending": "Pending: it has not begun on the device.",
    "processing": "Processing: under way on the device.",
    "ready": "Ready: on the device, which waits for the date.",
}
ENDED_REQUESTS = {
    "canceled": ("cancelled", "The request was withdrawn while it waited for approval."),
    "cancelled": ("cancelled", "The request was withdrawn while it waited for approval."),
    "failed": ("failed", "The request failed, or its approval was declined."),
    "declined": ("failed", "The approval of the request was declined."),
}


class ActionCommand(NamedTuple):
    """A command that requests an action on devices.

    Attributes:
        body: Makes the body without its devices; refuses bad arguments.
        select: Fields of the device report that `obstacle` looks at.
        obstacle: Why a device is not eligible, or nothing.
        carry: Required arguments, which each poll must have too.
        batch_size: How many devices one request takes.
        same: Whether a request that is under way asks for what the body asks for; None where asking twice does no harm.
        dates: Arguments that say when it will be done.
    """

    kind: ActionKind
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    select: tuple[str, ...] = ()
    obstacle: Obstacle = lambda device, body: ""
    carry: tuple[str, ...] = ()
    batch_size: Callable[[Mapping[str, Any]], int] = lambda body: MAX_DEVICES_PER_REQUEST
    same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None
    dates: tuple[str, ...] = ()


class ActionRequest(NamedTuple):
    """A request that the API has accepted, and what was last read of it."""

    request_uid: str
    verdicts: tuple[Verdict, ...] = ()
    summary: Mapping[str, Any] = {}
    actions: Mapping[str, Mapping[str, Any]] = {}


def action_step(command: ActionCommand, args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    """Request an action on devices; with polling=true, wait until each has its verdict."""
    notes: list[str] = []
    devices: Sequence[dict] = ()
    if args.get("following"):
        following = Following.from_args(args)
    else:
        args, understood = fix_dates(args, command.dates, utc_now())
        dates = past_dates(args, ["unless_done_since"])
        since = dates[0].moment if dates else None
        body = command.body(args)
        targets = resolve_targets(client, with_values(args, "device_ids", "device_uids"), guard, command.select)
        targets = targets.noted(understood).noted(dates_note(dates))
        skipped = not_eligible(command.obstacle, body, targets)
        chosen = without_skipped(targets, skipped)
        dry_run = flag(args, "dry_run")
        notes = [*harm_notes(client, command, body, chosen, since, anyway=dry_run or flag(args, "send_anyway")), targets.note]
        if dry_run:
            refuse_unpermitted(client, command.kind, body)
            chosen = chosen._replace(note=paragraphs(*notes))
            return PollResult(dry_run_result(client, command.kind.create, body, chosen, skipped))
        refuse_none(chosen, skipped)
        following, incomplete = submit_action(client, command, body, chosen, skipped)
        following, devices = following.placed(targets.uids), targets.devices
        notes = [incomplete, *notes]
    client.pacer.slow_down(following.calls_per_second)
    judged = [judge_action(client, command.kind, request_uid, uids, following.due) for request_uid, uids in following.requests]
    judged[0] = judged[0]._replace(verdicts=(*judged[0].verdicts, *following.settled))
    verdicts = [verdict for request in judged for verdict in request.verdicts]

    def build(note: str) -> CommandResults:
        # Who has a device is read again only for a table: most looks show none, and there may be thousands of devices.
        known = devices or [*(read_names(client, [verdict.device_uid for verdict in verdicts])[0] or {}).values()]
        named = [request._replace(verdicts=following.in_order(request.verdicts, known)) for request in judged]
        return action_results(command.kind, named, paragraphs(*notes, note))

    return poll_result(client, plan, verdicts, build, args, command.carry, following)


def without_skipped(targets: Targets, skipped: Sequence[Verdict]) -> Targets:
    """The targets but for those that have their verdict."""
    left_out = {verdict.device_uid for verdict in skipped}
    return targets._replace(devices=tuple(d for d in targets.devices if str(d.get("deviceUid")) not in left_out))


def refuse_none(chosen: Targets, skipped: Sequence[Verdict]) -> None:
    """Raises: TargetError when no device is left."""
    if not chosen.devices:
        reasons = "; ".join(f"{v.device_name[:MAX_ECHO] or v.device_uid}: {v.reason[: 2 * MAX_ECHO]}" for v in skipped)
        raise TargetError(f"Nothing was sent: no device is eligible. {reasons}")


def refuse_unpermitted(client: Client, kind: ActionKind, body: Mapping[str, Any]) -> None:
    """Refuse a dry run of what the token may not do, where requests are listed with the permission that makes them (unenroll,
    scripts): nobody is to be asked for it.

    Raises:
        MissingPermissionError: The token lacks the permission.
    """
    for wanted in (kind, UNENROLL) if body.get("unenrollDevicesAndFreeLicenses") else (kind,):
        try:
            if wanted.perform in wanted.view:
                client.call(wanted.requests, params=[("pageSize", "1")])
        except ApiError as error:
            if isinstance(error, MissingPermissionError):
                raise


def harm_notes(
    client: Client, command: ActionCommand, body: Mapping[str, Any], targets: Targets, since: datetime | None, anyway: bool
) -> list[str]:
    """What stands against sending a request that destroys something, as notes for a command that sends `anyway`.

    Raises:
        TargetError: The same is under way for a device, or was requested from `since` on and carried out; or state or requests of
            the devices cannot be read.
    """
    if command.same is None or not targets.devices:
        return []
    against = ["The state of the devices was not checked: this token may not read it."] if targets.unchecked else []
    try:
        against += asked_before(client, command, command.same, body, targets, since)
    except ExplainedError as error:
        against.append(f"Whether the same is already under way was not checked. {markdown_text(error.message)}")
    if against and not anyway:
        raise TargetError(f"Nothing was sent. {' '.join(against)} send_anyway=true sends all the same.")
    return against or unproven_absence(client, command.kind)


def asked_before(
    client: Client,
    command: ActionCommand,
    same: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
    body: Mapping[str, Any],
    targets: Targets,
    since: datetime | None,
) -> list[str]:
    """The requests that ask for the same and are not at their end on these devices, or that were made from `since` on and are
    carried out, a sentence each.

    Raises:
        ExplainedError: They cannot be read, or not to the end.
    """
    labels = {str(device.get("deviceUid")).lower(): device_label(device) for device in targets.devices}
    before: dict[str, list[dict]] = {}
    for row in client.actions(command.kind, None, targets.uids):
        known = uid_in(row, command.kind.all_actions).lower() in labels
        if known and (not action_ended(row) or done_since(row, since)):
            before.setdefault(str(row.get("requestUid") or ""), []).append(row)
    said = []
    for request_uid, rows in before.items():
        summary = client.call(command.kind.request, request_uid)["data"] if request_uid else {}
        left = [row for row in rows if not request_ended(summary, row)]
        if left and same(summary, body):
            said.append(request_before(command.kind, request_uid, summary, left, labels))
    return said


def done_since(row: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether an action that was requested from then on is carried out. One without a readable date counts as a later one."""
    if since is None or str(row.get("actionStatus") or "").lower() not in ACTION_DONE:
        return False
    created = parse_utc(row.get("createdDateTimeUtc"))
    return created is None or created >= since


def request_before(
    kind: ActionKind, request_uid: str, summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> str:
    name = summary.get("requestId") or summary.get("actionId") or summary.get("requestTitle") or ""
    created = summary.get("createdDateTimeUtc") or rows[0].get("createdDateTimeUtc")
    requester = f" by {markdown_text(summary['requester'])}" if summary.get("requester") else ""
    devices = "; ".join(f"{labels[str(row['deviceUid']).lower()]} ({row.get('actionStatus')})" for row in rows[:10])
    state = "was carried out since then" if all(map(action_ended, rows)) else "is already under way"
    return (
        f"A request to {kind.purpose} {state}: {joined('request', markdown_text(name))} {request_uid}, "
        f"created {created}{requester}, for {markdown_text(devices)}."
    )


def unproven_absence(client: Client, kind: ActionKind) -> list[str]:
    """An empty list proves nothing where the token sees no request at all: some accounts answer so for want of permission."""
    try:
        if client.call(kind.requests, params=[("pageSize", "1")])["data"]:
            return []
    except ExplainedError:
        pass
    return [f"No request to {kind.purpose} is listed, of any device: that is no proof, because the token may lack {kind.view}."]


def by_device(rows: Iterable[dict]) -> dict[str, dict]:
    """The action of each device by its UID. Of several that one counts which proves least: not at its end, then not done."""

    def done(row: Mapping[str, Any]) -> tuple[bool, bool]:
        return action_ended(row), str(row.get("actionStatus") or "").lower() in ACTION_DONE

    found: dict[str, dict] = {}
    for row in rows:
        device_uid = str(row.get("deviceUid")).lower()
        if device_uid not in found or done(row) <= done(found[device_uid]):
            found[device_uid] = row
    return found


def action_ended(row: Mapping[str, Any]) -> bool:
    """Whether nothing of an action can happen any more. A word that is not known is no end."""
    return str(row.get("actionStatus") or "").lower() in ACTION_DONE | ACTION_ENDED.keys()


def request_ended(summary: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the end of its request has ended an action that had not begun."""
    status = str(row.get("actionStatus") or "").lower()
    return status in ("", "pending") and str(summary.get("requestStatus") or "").lower() in ENDED_REQUESTS


def not_eligible(obstacle: Obstacle, body: Mapping[str, Any], targets: Targets) -> list[Verdict]:
    """Verdicts of the devices that the vendor's rules rule out, as far as the device report tells."""
    reasons = [(device, obstacle(device, body)) for device in targets.devices]
    return [verdict_of(device, "ineligible", f"Not sent: {reason}") for device, reason in reasons if reason]


def submit_action(
    client: Client, command: ActionCommand, body: dict[str, Any], targets: Targets, skipped: Sequence[Verdict]
) -> tuple[Following, str]:
    """Send one request per batch. Returns what was accepted, and a note when a batch failed.

    Raises:
        ExplainedError: No batch was accepted.
    """
    accepted: list[tuple[str, tuple[str, ...]]] = []
    failures: list[ExplainedError] = []
    settled, submitted, note = list(skipped), server_now(client), ""
    devices = {str(device.get("deviceUid")): device for device in targets.devices}
    for part in batch(targets.uids, command.batch_size(body)):
        try:
            request_uid = create_action_once(client, command.kind, {"deviceUids": list(part), **body}, submitted)
        except ExplainedError as error:
            failures.append(error)
            verdict = "unknown" if isinstance(error, UncertainWriteError) else "failed"
            settled += [verdict_of(devices[device_uid], verdict, error.message) for device_uid in part]
        else:
            accepted.append((request_uid, tuple(part)))
    problems = " ".join(dict.fromkeys(failure.message for failure in failures))
    if not accepted:
        raise failures[0] if len(failures) == 1 else ExplainedError(problems)
    if failures:
        sent = sum(len(uids) for _, uids in accepted)
        note = f"**Incomplete**: {sent} of {len(targets.uids)} devices are requested. {markdown_text(problems)}"
    return Following(tuple(accepted), tuple(settled), submitted, parse_utc(body.get("scheduledDateTimeUtc"))), note


def create_action_once(client: Client, kind: ActionKind, body: dict[str, Any], started: datetime) -> str:
    """Create one request, and return its UID. After an ambiguous failure, say what the list of requests shows; never send again.

    Raises:
        UncertainWriteError: Whether it was created is not known, or its UID is not.
    """
    try:
        request_uid = client.create_action(kind, body)
        problem = f"The request to {kind.purpose} was accepted without a UID."
    except UncertainWriteError as error:
        request_uid, problem = "", error.message
    # What is no UID could not be followed: the wait would end in an error about its own arguments.
    if not UUID_TEXT.fullmatch(request_uid):
        raise UncertainWriteError(f"{problem} {request_traces(client, kind, uid_set(body.get('deviceUids')), started)}")
    return request_uid


def request_traces(client: Client, kind: ActionKind, device_uids: set[str], started: datetime) -> str:
    """What the list of requests shows since one was sent whose answer was lost.

    Nothing in a request tells who sent it: somebody else may have asked for the same in the same seconds. So what is found
    is named, and never taken for this one. It may appear late, so it is looked for more than once.
    """
    found: list[dict] = []
    since_then = [("createdFromDateTimeUtc", api_time(started - timedelta(minutes=1)))]  # for clocks that differ
    for wait in LOOKS_FOR_REQUEST:
        pause(wait)
        try:
            requests_ = client.rows(kind.requests, params=since_then)
            found = [row for row in requests_ if acts_on_some(client, kind, row, device_uids)]
        except ExplainedError as error:
            return f"The list of requests could not be read either: look again before you repeat. {error.message}"
        if found:
            break
    if not found:
        return "The list of requests does not show it so far, which proves nothing: look again before you repeat."
    named = "; ".join(request_label(row) for row in found[:10])
    return (
        f"The list of requests shows {len(found)} that may be this one, or somebody else's: {named}. Nothing in them tells. "
        f"Look at their devices with absolute-{kind.noun}-actions-list request_uid=…, and do not repeat before you know."
    )


def request_label(row: Mapping[str, Any]) -> str:
    """What a person needs to recognise a request."""
    name = row.get("requestId") or row.get("actionId") or row.get("requestTitle")
    parts = (row.get("requestUid"), name, f"created {row.get('createdDateTimeUtc')}", row.get("requester"))
    return ", ".join(str(part)[:MAX_ECHO] for part in parts if part)


def acts_on_some(client: Client, kind: ActionKind, row: Mapping[str, Any], device_uids: set[str]) -> bool:
    """Whether a request acts on some of the devices. The API may leave devices out of a request."""
    looked = sorted(device_uids) if kind.devices_per_look else []
    actions = client.actions(kind, str(row.get("requestUid")), looked)
    return any(str(action.get("deviceUid")).lower() in device_uids for action in actions)


def judge_action(
    client: Client, kind: ActionKind, request_uid: str, device_uids: Sequence[str], due: datetime | None
) -> ActionRequest:
    """Read the request and its actions, and give each device its verdict. A failure to read is told, not raised."""
    try:
        summary = client.call(kind.request, request_uid)["data"]
        looked = device_uids if kind.devices_per_look else ()
        rows = by_device(client.actions(kind, request_uid, looked))
    except ExplainedError as error:
        unknown = isinstance(error, MissingPermissionError)
        verdicts = [
            Verdict(device_uid, "unknown", f"The request was accepted. {error.message} Or look in the console.", confirmed=False)
            if unknown
            else unread_verdict(device_uid, error.message)
            for device_uid in device_uids
        ]
        return ActionRequest(request_uid, tuple(verdicts))
    status = str(summary.get("requestStatus") or "")
    listed = bool(rows)
    complete = listed and len(rows) == summary.get("totalDevices")
    actions = [(device_uid, rows.get(device_uid.lower())) for device_uid in device_uids]
    verdicts = [action_verdict(kind, device_uid, action, status, complete, listed) for device_uid, action in actions]
    if kind is UNENROLL:
        verdicts = prove_unenrolled(client, verdicts)
    if status not in WAITING_REQUESTS:
        due, now = parse_utc(summary.get("scheduledDateTimeUtc")) or due, server_now(client)
        verdicts = [scheduled(verdict, due, now) if verdict.confirmed else verdict for verdict in verdicts]
    return ActionRequest(request_uid, tuple(verdicts), summary, rows)


def action_verdict(
    kind: ActionKind, device_uid: str, action: Mapping[str, Any] | None, request_status: str, complete: bool, listed: bool
) -> Verdict:
    """The verdict of one device, from its action and the state of the whole request, of which all (`complete`) or some (`listed`)
    actions are listed. One that waits for its approval has none."""
    status = str((action or {}).get("actionStatus") or "")
    name = str((action or {}).get("deviceName") or "")
    if status.lower() in ACTION_DONE:
        certificate = f" Certificate: {action['certificateUid']}." if action and action.get("certificateUid") else ""
        return Verdict(device_uid, kind.done, f"The API reports {status}.{certificate}", name)
    own, whole = ACTION_ENDED.get(status.lower()), ENDED_REQUESTS.get(request_status.lower())
    if whole and action is None and listed:
        reason = f"The request is {request_status} and lists others, not this device: whether it has begun on it is not known."
        return Verdict(device_uid, "unknown", reason, confirmed=False)
    # What already runs on a device is not ended by the end of its request.
    if whole and status.lower() in ("", "pending", *(name for name, verdict in ACTION_ENDED.items() if verdict == whole[0])):
        return Verdict(device_uid, *whole, name)
    if own:
        return Verdict(device_uid, own, action_reason(action or {}, status), name)
    if action is None and request_status == "Completed" and complete:
        return Verdict(device_uid, "ineligible", "The request is completed and does not list this device: it was left out.")
    waiting = WAITING_REQUESTS.get(request_status)
    if action is None:
        return Verdict(device_uid, "pending", waiting or "The request does not list this device yet.", name, confirmed=False)
    reason = waiting or WAITING_ACTIONS.get(status.lower()) or f"{status or 'No status'}: not at its end."
    return Verdict(device_uid, "pending", reason, name)


def prove_unenrolled(client: Client, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Unenrolled devices must no longer be active in the device report, where the token may read it."""
    done = [verdict.device_uid for verdict in verdicts if verdict.verdict == UNENROLL.done]
    evidence = read_evidence(client, None, done) if done else Evidence(None, {})
    return [prove_one_unenrolled(v, evidence) if v.verdict == UNENROLL.done else v for v in verdicts]


def prove_one_unenrolled(verdict: Verdict, evidence: Evidence) -> Verdict:
    if evidence.problem:
        return unread_verdict(verdict.device_uid, evidence.problem)._replace(device_name=verdict.device_name)
    if evidence.devices is None:
        return verdict._replace(reason=f"{verdict.reason} The device report, which would prove it, cannot be read.")
    device = evidence.device(verdict.device_uid)
    status = None if device is None else device.get("agentStatus")
    if status == "A":
        active = "The request is completed, but the device report still shows an active agent."
        return verdict._replace(verdict="pending", reason=active)
    if status == "D":
        return verdict._replace(reason=f"{verdict.reason} The device report shows its agent disabled.")
    shown = "does not list the device" if device is None else f"shows the agent status {status}"
    reason = f"{verdict.reason} The device report {shown}, which proves nothing. {LOOK_AT_DEVICE}"
    return verdict._replace(verdict="unknown", reason=reason)


def action_context(kind: ActionKind, request: ActionRequest) -> dict[str, Any]:
    """A request with its devices, without secrets (the API echoes a Mac password)."""
    summary = redact({**request.summary, "requestUid": request.request_uid})
    return {
        **styled(kind, summary),
        "Devices": [action_device(v, request.actions.get(v.device_uid.lower()) or {}) for v in request.verdicts],
    }


def styled(kind: ActionKind, row: Mapping[str, Any]) -> dict[str, Any]:
    """Unenroll requests have PascalCase keys, as playbooks know them; the others keep the API's."""
    return {name[0].upper() + name[1:] if kind is UNENROLL else name: value for name, value in row.items()}


def action_device(verdict: Verdict, action: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        "ActionUid": "actionUid",
        "RequestUid": "requestUid",
        "ESN": "esn",
        "ActionStatus": "actionStatus",
        "CertificateUid": "certificateUid",
        "CreatedDateTimeUtc": "createdDateTimeUtc",
        "UpdatedDateTimeUtc": "updatedDateTimeUtc",
    }
    return {**verdict.to_context(), "RequestUid": "", **pick(action, known)}


def request_key(kind: ActionKind) -> str:
    return "RequestUid" if kind is UNENROLL else "requestUid"


def action_results(kind: ActionKind, requests_: Sequence[ActionRequest], note: str) -> CommandResults:
    contexts, notes = [action_context(kind, request) for request in requests_], paragraphs(note, next_steps(kind, requests_))
    return request_results(f"Request to {kind.purpose}", requests_, contexts, notes, kind.request_prefix, request_key(kind))


def request_results(
    title: str, requests_: Sequence[ActionRequest], contexts: Sequence[dict[str, Any]], note: str, prefix: str, key: str
) -> CommandResults:
    """Results of requests: a row per device, and a context per request."""
    verdicts = [verdict for request in requests_ for verdict in request.verdicts]
    note = paragraphs(f"Request UID: {', '.join(request.request_uid for request in requests_)}", note)
    return verdict_results(title, verdicts, note, prefix, key, contexts[0] if len(contexts) == 1 else contexts)


def next_steps(kind: ActionKind, requests_: Sequence[ActionRequest]) -> str:
    """The commands that show what became of requests, and that get their certificates, as they are typed."""
    pending = [r.request_uid for r in requests_ if any(v.verdict == "pending" for v in r.verdicts)]
    proven = [r.request_uid for r in requests_ if any(action.get("certificateUid") for action in r.actions.values())]
    command = f"`!absolute-{kind.noun}"
    shows = [f"{command}-actions-list request_uid={request_uid}` shows what became of it." for request_uid in pending]
    gets = [f"{command}-certificate-get request_uid={request_uid}` gets the certificates." for request_uid in proven]
    return paragraphs(*shows, *gets)


CREATED = {"created_from_date_time_utc": "createdFromDateTimeUtc", "created_to_date_time_utc": "createdToDateTimeUtc"}


def date_window(args: Mapping[str, Any], parameters: Mapping[str, str]) -> tuple[list[tuple[str, str]], str]:
    """The query parameters of date arguments, and a note of what these were understood to be.

    Args:
        parameters: The API's name of each argument.

    Raises:
        ArgumentError: A date is not certain.
    """
    dates = past_dates(args, parameters)
    return [(parameters[date.name], api_time(date.moment)) for date in dates], dates_note(dates)


def request_list(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Requests of a kind: one by request_uid, or those of a time and status."""
    limit = list_limit(args)
    window, understood = date_window(args, CREATED)
    if args.get("request_uid"):
        rows, understood = iter([client.call(kind.request, uid("request_uid", args.get("request_uid")))["data"]]), ""
    else:
        status = [("requestStatus", choice(args, "request_status", REQUEST_STATUSES))] if args.get("request_status") else []
        rows = client.rows(kind.requests, params=[*window, *status])
    found, title, context = take_rows(args, rows, limit), f"Requests to {kind.purpose}", partial(styled, kind)
    headers = ("requestId", "requestStatus", "scheduledDateTimeUtc", "Devices", "requester", "createdDateTimeUtc", "requestUid")
    prefix, key = kind.request_prefix, request_key(kind)
    return rows_result(title, found, headers, prefix, key, understood, context, request_row, needs=kind.view)


def request_row(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request with the counts of its devices in one column: `3: 1 pending, 2 completed`."""
    counts = ", ".join(
        f"{request[name]} {name}" for name in ("pending", "processing", "completed", "failed") if request.get(name)
    )
    cancelled = f"{request['canceled']} cancelled" if request.get("canceled") else ""
    named = ", ".join(filter(None, (counts, cancelled)))
    total = str(request.get("totalDevices", ""))
    return {**request, "Devices": f"{total}: {named}" if named else total}


def actions_list(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """What became of requests, per device: of one request, of devices, or of a time and status."""
    request_uid = uid("request_uid", args["request_uid"]) if args.get("request_uid") else None
    device_uids = [uid("device_uids", value) for value in split_values(args, "device_uids")]
    window, understood = date_window(args, CREATED)
    status = [("actionStatus", choice(args, "action_status", kind.statuses))] if args.get("action_status") else []
    sought = Sought([uid_criterion(device_uids)])
    if kind is SCRIPT and request_uid:  # its own list takes no filters
        everything = sought.watch(listed_actions(client, kind, request_uid, device_uids, []))
        listed: Iterable[dict] = (action for action in everything if meets(action, dict(window), dict(status)))
    else:
        filters = [(name.removesuffix("Utc") if kind is SCRIPT else name, value) for name, value in window]
        listed = sought.watch(listed_actions(client, kind, request_uid, device_uids, [*filters, *status]))
    actions = take_rows(args, listed, list_limit(args))
    named, unread = naming(client, actions.rows)
    absent = absence_note(client, sought.unmet(), f"No such action to {kind.purpose}", kind.view, not actions.more)
    note = joined(understood, unread, absent)
    headers = (
        *("deviceName", "serialNumber", "actionStatus", "createdDateTimeUtc"),
        *("updatedDateTimeUtc", "certificateUid", "actionUid", "deviceUid"),
    )
    title, prefix = f"Actions to {kind.purpose}", f"Absolute.{kind.context}Action"
    return rows_result(title, actions, headers, prefix, "actionUid", note, named, needs=kind.view)


def meets(action: Mapping[str, Any], window: Mapping[str, str], status: Mapping[str, str]) -> bool:
    """Whether an action is of the time and status that were asked for, as the API tells where its list takes filters."""
    moment = parse_utc(action.get("createdDateTimeUtc"))
    created = api_time(moment) if moment else ""
    in_time = window.get("createdFromDateTimeUtc", "") <= created <= window.get("createdToDateTimeUtc", "~")
    return in_time and status.get("actionStatus", action.get("actionStatus")) == action.get("actionStatus")


def listed_actions(
    client: Client, kind: ActionKind, request_uid: str | None, device_uids: Sequence[str], params: Params
) -> Iterator[dict]:
    """Actions of the named devices, or of all. Scripts are listed by device only: then those are asked for, page by page."""
    if device_uids or not kind.devices_per_look:
        yield from client.actions(kind, request_uid, device_uids, params)
        return
    everybody = (str(device["deviceUid"]) for device in find_devices(client, [], ("serialNumber",)))
    while part := list(itertools.islice(everybody, kind.devices_per_look)):
        yield from client.actions(kind, request_uid, part, params)


def request_cancel(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Cancel what is still Pending, then read the actions again and say which were too late."""
    request_uid = uid("request_uid", args.get("request_uid"))
    everything = flag(args, "cancel_all_actions")
    action_uids = [uid("action_uids", value) for value in split_values(args, "action_uids")]
    device_uids = [uid("device_uids", value) for value in split_values(args, "device_uids")]
    if kind.devices_per_look:
        if not device_uids:
            problem = "it is missing: name the devices on which the script shall not run."
            raise ArgumentError("device_uids", problem, TARGET_ARGUMENTS[0].example)
        for part in batch(device_uids, kind.devices_per_look):
            client.call(kind.cancel, request_uid, body={"deviceUids": list(part)})
    elif everything or action_uids:
        client.call(kind.cancel, request_uid, body={"actionUids": action_uids, "cancelAllActions": everything})
    else:
        raise ArgumentError("action_uids", "name the actions to cancel, or give cancel_all_actions=true.")
    try:
        rows = list(client.actions(kind, request_uid, device_uids))
        whole = client.call(kind.request, request_uid)["data"] if everything else {}
    except ExplainedError as error:
        text = "The cancellation was accepted; whether it came in time cannot be read. Look at the actions of the request again."
        raise ExplainedError(f"{text} {error.message}") from error
    if not rows:
        raise ExplainedError(
            "The cancellation was accepted; whether it came in time cannot be read: no action of the request is listed, or the "
            "token may not see it. Look at the actions of the request again."
        )
    meant = [row for row in rows if everything or kind.devices_per_look or str(row.get("actionUid")).lower() in action_uids]
    listed = {str(row.get("deviceUid" if kind.devices_per_look else "actionUid")).lower() for row in meant}
    unknown = [value for value in (device_uids if kind.devices_per_look else action_uids) if value not in listed]
    verdicts = [cancel_verdict(kind, row, row) for row in meant]
    details = [
        {"field": row.get("actionUid"), "code": row.get("actionStatus"), "message": f"{row.get('deviceName')}: {verdict.reason}"}
        for row, verdict in zip(meant, verdicts, strict=True)
        if verdict.verdict != "cancelled"
    ]
    details += [{"field": value, "code": "NOT_FOUND", "message": "The request does not list it."} for value in unknown]
    verdicts += [Verdict(value, "failed", "The request does not list it.") for value in unknown]
    total = len(verdicts)
    message = f"{total - len(details)} of {total} actions are cancelled."
    unlisted = int(whole.get("totalDevices") or 0) - total
    if unlisted > 0:
        message += f" The request has {unlisted} more, which are not listed: what became of them is not known."
    code = "PARTIAL" if details or unlisted > 0 else "ACCEPTED"
    outputs = {request_key(kind): request_uid, "code": code, "message": message, "details": details}
    # A message request has a `message` of its own, which must not be overwritten.
    prefix = f"{kind.request_prefix}Cancel" if kind is MESSAGE else kind.request_prefix
    return cancel_results(f"Cancel request to {kind.purpose}: {message}", verdicts, prefix, request_key(kind), outputs)


def cancel_verdict(kind: ActionKind, before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
    """What a cancellation, as it is read back, has made of one action. One that has not ended may be cancelled yet."""
    status, name = str(after.get("actionStatus") or ""), str(before.get("deviceName") or "")
    look = f"Look again with absolute-{kind.noun}-actions-list."
    if ACTION_ENDED.get(status.lower()) == "cancelled":
        verdict, reason = "cancelled", "The API shows it cancelled."
    elif not status:
        verdict, reason = "unknown", f"Its action is not listed any more. {look}"
    elif action_ended(after):
        verdict, reason = "failed", f"{status}: too late to cancel."
    else:
        verdict, reason = "pending", f"{status}: not done yet, or too late to cancel. {look}"
    return Verdict(str(before.get("deviceUid")), verdict, reason, name)


def cancel_results(
    title: str, verdicts: Sequence[Verdict], prefix: str, key: str, outputs: Any, note: str = ""
) -> CommandResults:
    readable = verdict_table(title, verdicts, note)
    # A cancellation that came about is no failure of the command.
    judged = [v._replace(verdict="done") if v.verdict == "cancelled" else v for v in verdicts]
    return failure_first(command_results(readable, prefix, key, outputs), judged, "action")


def certificate_get(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Certificates of Sanitization as PDFs in the war room: one, or all of a request."""
    only = uid("device_uid", args["device_uid"]) if args.get("device_uid") else ""
    if args.get("request_uid"):
        rows = certificates_of(kind, client, uid("request_uid", args["request_uid"]), only)
        note = ""
    elif missing := [name for name in ("device_uid", "certificate_uid") if not args.get(name)]:
        absent = "" if len(missing) == 2 else f" {missing[0]} is missing."
        problem = f"give request_uid, or device_uid with certificate_uid.{absent}"
        raise ArgumentError("request_uid", problem, "c0ffee00-1111-4222-8333-444455556666")
    else:
        certificate_uid = text_within(args, "certificate_uid", 200, "0a0a0a0a-1111-4222-8333-000000000001")
        row = {"DeviceUid": only, "CertificateUid": uid("certificate_uid", certificate_uid)}
        named, note = naming(client, [{"deviceUid": only}])
        rows = [{**row, "DeviceName": named({"deviceUid": only}).get("deviceName")}]
    files = []
    for row in rows:
        document = client.call(kind.certificate, row["DeviceUid"], row["CertificateUid"])
        row["FileName"] = f"certificate-{kind.slug}-{row['DeviceUid']}.pdf"
        if PDF_END not in document[-1024:]:
            row["Problem"] = "The file lacks the end of a PDF and is perhaps cut off: get it again."
        files.append(fileResult(row["FileName"], document, file_type=EntryType.ENTRY_INFO_FILE))
    headers = ("DeviceName", "FileName", "Problem", "CertificateUid", "DeviceUid")
    readable = table("Certificates of Sanitization", rows, filled_headers(headers, rows), note)
    return [command_results(readable, f"Absolute.{kind.context}Certificate", "DeviceUid", rows, raw=[]), *files]


def certificates_of(kind: ActionKind, client: Client, request_uid: str, only: str) -> list[dict[str, Any]]:
    """The devices of a request, or the only one meant, that have a certificate. Raises TargetError when none has one."""
    found = client.actions(kind, request_uid, [only] if only else [])
    actions = [action for action in found if action.get("certificateUid")]
    if not actions:
        device = f"Device {only}" if only else "No device"
        has = "has no certificate" if only else "has a certificate"
        raise TargetError(f"{device} of request {request_uid} {has} yet: it comes when the device has finished.")
    paths = {"DeviceUid": "deviceUid", "DeviceName": "deviceName", "CertificateUid": "certificateUid"}
    return [pick(action, paths) for action in actions]


def list_limit(args: Mapping[str, Any]) -> int | None:
    return None if flag(args, "all_results") else whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)


def take_rows(args: Mapping[str, Any], rows: Iterable[dict], limit: int | None = None, skip: int = 0) -> Listing:
    """The rows without secrets, as many as are asked for. Raises: ArgumentError when they are to be whole and are not."""
    return collect((redact(row) for row in rows), limit, skip, flag(args, "fail_if_truncated"))


def rows_result(
    title: str,
    listing: Listing,
    headers: Sequence[str],
    prefix: str,
    key: Any,
    note: str = "",
    context: Callable[[dict], dict[str, Any]] = dict,
    row: Callable[[dict], dict[str, Any]] | None = None,
    what: str = "Nothing",
    needs: str = "",
) -> list[Any]:
    """A list of the API as table and context, and as files when it is long.

    Args:
        row: What the table shows of a row, where that is not what the context holds of it (`context`).
        what: Of what nothing was found. `needs`: the permission that would show it.
    """
    note = joined(note, listing.note)
    if not listing.rows:
        return [command_results(nothing_found(title, what, note, needs), raw=[])]
    shown = [(row or context)(one) for one in listing.rows[:TABLE_ROWS]]
    readable = table(title, [*shown, *listing.rows[TABLE_ROWS:]], filled_headers(headers, shown), note, total=listing.total)
    contexts = [context(one) for one in listing.rows]
    raw = listing.rows[:TABLE_ROWS] if listing.file else listing.rows
    return [command_results(readable, prefix, key, contexts, raw), *long_list(title, listing, prefix)]


def long_list(title: str, listing: Listing, prefix: str) -> list[Any]:
    """The files of a list that is too long for one entry, and `Absolute.List`, which says whether the context holds it all."""
    if not listing.file:
        return []
    files = listing.file.entries(re.sub(r"[^a-z0-9]+", "-", title.partition(":")[0].lower()).strip("-"))
    names = [entry["File"] for entry in files]
    held = f"only the first {len(listing.rows)}" if listing.truncated else "all of them"
    summary = (
        f"{markdown_text(title)}: all {listing.total} rows are in the files {' and '.join(names)}. The context holds {held}."
    )
    outputs = {
        "Path": prefix,
        "Truncated": listing.truncated,
        "Total": listing.total,
        "InContext": len(listing.rows),
        "Files": names,
    }
    return [command_results(summary, "Absolute.List", "Path", outputs, raw=outputs), *files]


def with_values(args: Mapping[str, Any], name: str, alias: str) -> dict[str, Any]:
    """The arguments with the values of `alias`, a name of the existing pack, added to those of `name`. Raises: ArgumentError."""
    values = [*target_values(args, name), *target_values(args, alias)]
    return {**args, name: values} if values else dict(args)


# endregion
