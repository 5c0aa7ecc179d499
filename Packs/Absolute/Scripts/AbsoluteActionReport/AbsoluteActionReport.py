import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

COLUMNS = ("DeviceName", "Serial", "Verdict", "Reason", "DeviceUid")
# How an error of a command begins that the instance refused before anything was sent.
NOTHING_SENT = re.compile(r"Failed to execute absolute-\S+ command\. Error: Nothing was sent\b")


@dataclass(frozen=True)
class Action:
    """What a playbook did to its devices, and what is proven of it. UIDs are compared in lower case.

    Attributes:
        done: The verdict that means success, such as frozen.
        verdicts: The last verdict of the command, by device UID.
        earlier: Devices that were in the wanted state before, and to which nothing was sent.
        proven: Devices that are in the wanted state by the second reading; None when no second reading is wanted.
        without_verdict: What is known of a device that has no verdict, and why it has none.
    """

    done: str
    verdicts: Mapping[str, Mapping[str, Any]]
    earlier: frozenset[str]
    proven: frozenset[str] | None
    without_verdict: tuple[str, str]

    def judge(self, device: Mapping[str, Any]) -> dict[str, Any]:
        """The row of one device: done only if the command says so and the second reading shows it too."""
        uid = str(device.get("DeviceUID"))
        verdict, reason = self.claimed(uid.lower())
        seen = self.proven is not None and uid.lower() in self.proven
        if verdict == self.done and self.proven is not None:
            verdict = verdict if seen else "unknown"
            reason = f"{reason} {'Read again: confirmed.' if seen else 'Read again: not confirmed.'}"
        elif seen:
            reason = f"{reason} Read again: it is {self.done} now."
        return {
            "DeviceUid": uid,
            "DeviceName": device.get("Name"),
            "Serial": device.get("Serial"),
            "Verdict": verdict,
            "Reason": reason,
        }

    def claimed(self, uid: str) -> tuple[str, str]:
        """Verdict and reason before the second reading."""
        if uid in self.earlier:
            return self.done, f"It was {self.done} already; nothing was sent."
        if uid in self.verdicts:
            return str(self.verdicts[uid].get("Verdict")), str(self.verdicts[uid].get("Reason") or "")
        return self.without_verdict


def uids(value: Any) -> frozenset[str]:
    return frozenset(str(uid).lower() for uid in argToList(value))


def field_verdict(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The verdict of a device whose fields were written: the first field that failed decides. The reason has the old values."""
    names = {field.get("CDFUID"): field.get("FieldName") for field in objects(row.get("CDFValues"))}
    written = objects(row.get("Written"))
    worst = next((field for field in written if field.get("Verdict") != "written"), written[0] if written else {})
    changes = [
        f'{names.get(field.get("CDFUID")) or field.get("CDFUID")}: "{field.get("OldValue")}" before, '
        f'"{field.get("NewValue")}" now ({field.get("Verdict")}: {field.get("Reason")})'
        for field in written
    ]
    return {"Verdict": worst.get("Verdict"), "Reason": " ".join(changes)}


def verdicts_by_device(value: Any) -> dict[str, Mapping[str, Any]]:
    """The last verdict of each device, from the context of an action or of absolute-custom-device-field-update."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in objects(value):
        uid = str(row.get("DeviceUid") or row.get("DeviceUID")).lower()
        found[uid] = field_verdict(row) if "Written" in row else row
    return found


def read_action(args: Mapping[str, Any]) -> Action:
    refusal, errors = str(args.get("refusal") or ""), texts(args.get("errors"))
    reason = refusal or (errors[-1] if errors else "Nothing was sent.")
    attempted = bool(args.get("attempted") and errors) and not NOTHING_SENT.match(reason)
    return Action(
        done=str(args["done_verdict"]),
        verdicts=verdicts_by_device(args.get("ineligible")) | verdicts_by_device(args.get("verdicts")),
        earlier=uids(args.get("earlier_device_ids")),
        proven=uids(args.get("proven_device_ids")) if argToBoolean(args.get("read_again", "true")) else None,
        without_verdict=("unknown" if attempted else "not sent", reason),
    )


def rows_table(title: str, rows: list[dict[str, Any]], headers: tuple[str, ...]) -> str:
    return cells_table(f"{title}: {len(rows)}", cells(rows), headers) if rows else ""


def report(args: Mapping[str, Any]) -> CommandResults:
    """Each device that was meant in exactly one of two lists, what was not understood in a third, and a note of it all."""
    action = read_action(args)
    devices = {str(device.get("DeviceUID")).lower(): device for device in objects(args.get("devices"))}
    judged = [action.judge(device) for device in devices.values()]
    done = [row for row in judged if row["Verdict"] == action.done]
    not_done = [row for row in judged if row["Verdict"] != action.done]
    incorrect = objects(args.get("incorrect"))
    facts = {
        "Asked": args.get("asked"),
        "Date": args.get("date"),
        "For": args.get("named"),
        "Decision": args.get("refusal") or args.get("approval"),
        "Request": args.get("request_uid"),
        "Reported": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    lines = [f"**{name}**: {markdown_text(', '.join(texts(fact)))}" for name, fact in facts.items() if fact]
    errors = [f"- {markdown_text(error)}" for error in texts(args.get("errors"))]
    parts = [
        f"### {markdown_text(args.get('title'))}: {len(done)} of {len(judged)} {action.done}",
        *lines,
        rows_table(action.done.capitalize(), done, COLUMNS),
        rows_table(f"Not {action.done}", not_done, COLUMNS),
        rows_table("Not exactly one device", incorrect, ("Argument", "Value", "Status", "Reason")),
        "\n".join(["#### What failed", *errors]) if errors else "",
    ]
    lists = {str(args["done_key"]): done, str(args["not_done_key"]): not_done, "IncorrectList": incorrect}
    return CommandResults(
        readable_output=paragraphs(*parts), outputs={name: rows for name, rows in lists.items() if rows}, raw_response=lists
    )


def main() -> None:
    try:
        return_results(report(demisto.args()))
    except Exception as error:
        return_error(f"Could not write the report. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
