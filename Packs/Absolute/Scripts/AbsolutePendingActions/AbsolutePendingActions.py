import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Mapping, Sequence
from typing import Any

# Argument → what its actions are called. The API has no way to cancel an unenrolment.
KINDS = {"wipes": "wipe", "file_deletes": "file delete", "scripts": "script", "unenrolments": "unenroll"}
CANNOT_BE_CANCELLED = {"unenroll"}
NARROWING = {"kind": "Kind", "request_uid": "RequestUid", "action_uid": "ActionUid"}
CANCELLABLE_STATUS = "pending"  # actions of any other status are not cancelled
# actionStatus of actions to which nothing can happen any more. A word that is not known is no end.
ENDED = {"completed", "succeeded", "failed", "canceled", "cancelled", "ineligible"}
COLUMNS = ("Kind", "DeviceName", "Verdict", "Reason", "CreatedDateTimeUtc", "RequestUid", "ActionUid")


def actions(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every action of the devices that was listed, also those that have ended; the last reading of each."""
    wanted = {str(uid).lower() for uid in argToList(args.get("uids"))}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for argument, kind in KINDS.items():
        for row in objects(args.get(argument)):
            if str(row.get("deviceUid")).lower() in wanted:
                found[kind, str(row.get("actionUid"))] = action(kind, row, str(args.get("instance") or ""))
    return list(found.values())


def action(kind: str, row: Mapping[str, Any], instance: str) -> dict[str, Any]:
    """An action in the form of PendingActions. `instance` is the integration instance that it was read with."""
    status = str(row.get("actionStatus") or "")
    return {
        "Kind": kind,
        "Status": status,
        "Cancellable": status.lower() == CANCELLABLE_STATUS and kind not in CANNOT_BE_CANCELLED,
        "DeviceUid": row.get("deviceUid"),
        "DeviceName": row.get("deviceName"),
        "RequestUid": row.get("requestUid"),
        "ActionUid": row.get("actionUid"),
        "CreatedDateTimeUtc": row.get("createdDateTimeUtc"),
        "Instance": instance,
    }


def is_meant(row: Mapping[str, Any], args: Mapping[str, Any]) -> bool:
    """Whether an action is of the kind and the request and has the UID that are given."""
    return all(lowered(row.get(key)) == lowered(args[name]) for name, key in NARROWING.items() if args.get(name))


def named(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The one action that is named, as if it had been listed before: so it is told what became of it."""
    named_one = {key: args.get(name) for name, key in NARROWING.items()}
    return [{**named_one, "DeviceUid": args.get("uids")}] if args.get("action_uid") else []


def lowered(value: Any) -> str:
    return str(value).strip().lower()


def is_open(row: Mapping[str, Any]) -> bool:
    return str(row.get("Status")).lower() not in ENDED


def judge(row: Mapping[str, Any]) -> dict[str, Any]:
    """Whether an action can still happen, and why."""
    status = str(row["Status"])
    if not is_open(row):
        word = "cancelled" if status.lower().startswith("cancel") else status.lower()
        return {**row, "Verdict": word, "Reason": f"It is {word}: nothing of it can happen any more."}
    if row["Kind"] in CANNOT_BE_CANCELLED:
        return {**row, "Verdict": "can still happen", "Reason": f"It is {status}, and the API cannot cancel an unenrolment."}
    if row["Cancellable"]:
        return {**row, "Verdict": "can still happen", "Reason": "It is Pending."}
    return {**row, "Verdict": "can still happen", "Reason": f"It is {status}: only what is Pending can be cancelled."}


def unseen(row: Mapping[str, Any]) -> dict[str, Any]:
    was = f"It was {row['Status']}, and is not listed any more" if row.get("Status") else "It is not listed"
    reason = f"{was}: whether it can still happen is not known."
    return {**row, "Verdict": "unknown", "Reason": reason}


def identity(row: Mapping[str, Any]) -> tuple[str, str]:
    return lowered(row.get("Kind")), lowered(row.get("ActionUid"))


def compare(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What became of the actions that were open before, and what is open besides them."""
    latest = {identity(row): row for row in now}
    known = {identity(row) for row in before}
    judged = [judge(latest[key]) if (key := identity(row)) in latest else unseen(row) for row in before]
    return judged + [judge(row) for key, row in latest.items() if key not in known and is_open(row)]


def pending_actions(args: Mapping[str, Any]) -> CommandResults:
    """The actions that can still happen, and, where those of an earlier reading are given, what became of them."""
    now = [row for row in actions(args) if is_meant(row, args)]
    before, not_read, errors = objects(args.get("before")) or named(args), texts(args.get("not_read")), texts(args.get("errors"))
    compared = compare(before, now)
    # What cannot be proven to have ended may still happen.
    can_happen = [row for row in compared if row["Verdict"] in ("can still happen", "unknown")]
    outputs = {"PendingActions": can_happen, "PendingNotRead": not_read, "PendingErrors": errors}
    if before:
        outputs["StoppedActions"] = [row for row in compared if row not in can_happen]
    title = "Actions that can still happen" if can_happen else "No action is known that can still happen"
    parts = [cells_table(title, cells(compared), COLUMNS) if compared else f"### {title}"]
    if not_read:
        why = [f"- {markdown_text(text)}" for text in errors]
        parts.append("\n".join([f"### What could not be read: {', '.join(not_read)}", *why]))
    return CommandResults(
        readable_output=paragraphs(*parts), outputs={key: rows for key, rows in outputs.items() if rows}, raw_response=outputs
    )


def main() -> None:
    try:
        return_results(pending_actions(demisto.args()))
    except Exception as error:
        return_error(f"Could not list the pending actions. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
