import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ACTIVE = "A"  # agentStatus of GET /v3/reporting/devices
NOT_KNOWN = (
    "Whether it was found meanwhile is not known: the device report says that it is reported missing, and the list of missing "
    "devices does not show it, perhaps because the token may not see it."
)


def differs(before: Any, now: Any) -> bool:
    """Two values that are both known, and not the same."""
    return bool(before and now) and str(before).strip().casefold() != str(now).strip().casefold()


def changes(before: Mapping[str, Any], now: Mapping[str, Any], wanted: bool, release: bool, silent: bool) -> Iterator[str]:
    """What is different of a device for whoever decided about it: a sentence each.

    `before` is a row of DeviceSummary, `now` one of Absolute.Device; `wanted` whether it is reported missing or stolen now.
    For a `release`, and for devices that are only `silent`, it counts when one was reported meanwhile; for everything but a
    release when it was found.
    """
    was_wanted = bool(before.get("Missing") or before.get("Stolen"))
    if before.get("Active") and now.get("AgentStatus") != ACTIVE:
        yield "Its agent is no longer active: it was unenrolled or disabled meanwhile."
    if differs(before.get("User"), now.get("Username")):
        yield f"Its user is {now.get('Username')} now, and was {before.get('User')}."
    if differs(before.get("Serial"), now.get("Serial")):
        yield f"Its serial number is {now.get('Serial')} now, and was {before.get('Serial')}."
    if was_wanted and not wanted and not release:
        yield "It was found meanwhile: it is no longer reported missing or stolen."
    if wanted and not was_wanted and (release or silent):
        yield "It was reported missing or stolen meanwhile."
    if silent and now.get("LastConnectedUtc") != before.get("LastConnectedUtc"):
        yield f"It is no longer silent: it called in at {now.get('LastConnectedUtc')}."


def check(uid: str, args: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The device as it was, and why it is not to be changed any more."""
    known = [row for row in objects(args.get("before")) if str(row.get("DeviceUID")).lower() == uid]
    device = known[-1] if known else {"DeviceUID": uid}
    failures = texts(args.get("read_errors"))
    if failures:
        return device, [f"Its state could not be read again. {' '.join(failures)}"]
    found = [row for row in objects(args.get("devices")) if str(row.get("Id")).lower() == uid]
    if not found:
        return device, ["It is not in the device report any more, or the token may not see it: its state could not be read."]
    now = found[-1]
    listed = {str(row.get("deviceUid")).lower() for row in objects(args.get("missing_devices"))}
    kind = flag(args, "release"), flag(args, "only_while_silent")
    shown = bool(now.get("IsMissing"))
    # An empty list can be for want of the permission: what is to be released must be missing in neither.
    missing = uid in listed or (shown and any(kind)) if flag(args, "missing_read") else shown
    wanted = missing or bool(now.get("IsStolen"))
    not_known = shown and not wanted
    reasons = [reason for row in known for reason in changes(row, now, wanted or not_known, *kind)]
    # A release is refused by the command that makes it; what waits for a device may be cancelled all the same.
    if now.get("LeaveAlone") and not kind[0]:
        reasons.append(f"It is {now['LeaveAlone']}.")
    if not_known and (flag(args, "only_while_missing") or any(row.get("Missing") or row.get("Stolen") for row in known)):
        reasons.append(NOT_KNOWN)
    elif flag(args, "only_while_missing") and not wanted:
        reasons.append("It is not reported missing or stolen now, which was the reason.")
    return device, list(dict.fromkeys(reasons))


def row(device: Mapping[str, Any], reasons: Sequence[str]) -> dict[str, Any]:
    return {
        "DeviceUid": device.get("DeviceUID"),
        "DeviceName": device.get("Name"),
        "Serial": device.get("Serial"),
        "Verdict": "not sent",
        "Reason": " ".join(reasons),
    }


def compare(args: Mapping[str, Any]) -> CommandResults:
    """The devices that are still as they were when it was decided about them, and those that are not."""
    unchanged, changed = [], []
    for uid in dict.fromkeys(str(uid) for uid in argToList(args.get("uids"))):
        device, reasons = check(uid.lower(), args)
        if reasons:
            changed.append(row(device, reasons))
        else:
            unchanged.append(uid)
    outputs: dict[str, Any] = {"UnchangedUIDs": unchanged, "ChangedDevices": changed}
    columns = ["DeviceName", "Serial", "Reason", "DeviceUid"]
    told = cells_table("Changed meanwhile: nothing is sent", cells(changed), columns)
    return CommandResults(
        readable_output=told if changed else "The devices are as they were.",
        outputs={key: value for key, value in outputs.items() if value},
        raw_response=outputs,
    )


def main() -> None:
    try:
        return_results(compare(demisto.args()))
    except Exception as error:
        return_error(f"Could not compare the devices. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
