import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

VERDICT = ("DeviceName", "Serial", "Verdict", "Reason", "DeviceUid")
ACTION = ("Kind", "DeviceName", "Verdict", "Reason", "CreatedDateTimeUtc", "RequestUid")
# A fact that nothing is known of: its name in bold type, a colon, and nothing after it.
EMPTY_FACT = re.compile(r"\*\*[^*]+\*\*:\s*\.?\s*")

FACT = re.compile(r"\*\*([^*]+)\*\*:\s*(.*)")
MAP_LINK = re.compile(re.escape("https://www.openstreetmap.org/?mlat=") + r"[-.\d]+&mlon=[-.\d]+#map=[-./\d]+")


# By argument, in the order of the note: the title of a table, and the keys of its rows that are its columns.
SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "devices": (
        "Device, as it was found",
        (
            *("Name", "Serial", "User", "Platform", "Encrypted", "Antivirus", "Frozen", "Missing", "Stolen"),
            *("LastContact", "Location", "LocationAge", "RiskySoftware", "DeviceUID"),
        ),
    ),
    "sensitive_data": (
        "Regulated data on the device",
        ("Name", "SensitiveData", "SensitiveRules", "SensitiveFiles", "LastScan", "Encrypted", "SensitiveReason"),
    ),
    "silent_devices": (
        "Silent devices",
        ("DeviceName", "Serial", "Username", "LastContact", "LastConnectedUtc", "SystemModel", "PolicyGroupName", "Id"),
    ),
    "changed": ("Changed meanwhile", ("DeviceName", "Serial", "Reason", "DeviceUid")),
    "lookups": ("Not exactly one device", ("Argument", "Value", "Status", "Reason")),
    "compliance": ("Compliance", ("deviceName", "compliant", "why", "lastCompliantUpdatedUtc")),
    "missing_reports": ("Report to Absolute", ("DeviceName", "Verdict", "Reason", "DeviceUid")),
    "frozen": ("Frozen", VERDICT),
    "not_frozen": ("Not frozen, or not yet", VERDICT),
    "freezes": ("Freeze, at the end", ("DeviceName", "Verdict", "Reason", "CreatedUTC", "ChangedUTC", "ActionRequestUid")),
    "unfrozen": ("Unfrozen", VERDICT),
    "not_unfrozen": ("Not unfrozen", VERDICT),
    "policy_moves": ("Policy group", ("DeviceName", "Verdict", "Reason", "PolicyGroupUid", "DeviceUid")),
    "stopped_actions": ("Stopped", ACTION),
    "pending_actions": ("Can still happen", ACTION),
    "messages": ("Messages left", ("DeviceName", "Verdict", "Reason", "RequestUid")),
    "positions": (
        "Positions, oldest first",
        ("From", "Until", "Latitude", "Longitude", "Accuracy", "City", "Country", "LocationTechnology", "MapLink"),
    ),
    "script_actions": ("Collection script", ("DeviceName", "Verdict", "Reason", "UpdatedDateTimeUtc", "RequestUid")),
    "wiped": ("Wiped", VERDICT),
    "not_wiped": ("Not wiped", VERDICT),
    "certificates": ("Certificates of the wipe", ("DeviceName", "CertificateUid", "FileName", "DeviceUid")),
    "fields_written": ("Device fields written", VERDICT),
    "fields_not_written": ("Device fields not written", VERDICT),
    "exceptions": (
        "Exceptions",
        ("DeviceName", "Serial", "Username", "LastContact", "LastConnectedUtc", "LeaveAlone", "IsMissing", "IsStolen", "Id"),
    ),
}


def stays(positions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for as long as a device was located in the same place: from when until when."""
    found: list[dict[str, Any]] = []
    for position in positions:
        here = (position.get("Latitude"), position.get("Longitude"))
        if not found or here != (found[-1].get("Latitude"), found[-1].get("Longitude")):
            found.append({**position, "From": position.get("LastUpdate")})
        found[-1]["Until"] = position.get("LastUpdate")
    return found


def known_facts(facts: str) -> list[str]:
    """The facts that have something behind their name. Only the names are bold: what stands behind comes from anywhere."""
    lines = [line for line in (line.strip() for line in facts.splitlines()) if line and not EMPTY_FACT.fullmatch(line)]
    return [fact_text(line) for line in lines]


def fact_text(line: str) -> str:
    fact = FACT.fullmatch(line)
    return f"**{markdown_text(fact[1])}**: {markdown_text(fact[2])}" if fact else markdown_text(line)


def shown(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows as cells, in which the link to a map stays one."""
    return [
        {**cell_row, **({"MapLink": link} if MAP_LINK.fullmatch(link := str(row.get("MapLink") or "")) else {})}
        for row in rows
        for cell_row in cells([row])
    ]


def never_frozen(rows: Iterable[Mapping[str, Any]], ends: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The devices that were not frozen when it was looked, without those that are at the end."""
    frozen = {str(row.get("DeviceUid")).lower() for row in ends if row.get("Verdict") == "frozen"}
    return [dict(row) for row in rows if str(row.get("DeviceUid")).lower() not in frozen]


def tables(args: Mapping[str, Any]) -> Iterable[str]:
    """The sections that have rows. A column in which no row has a value is left out."""
    for argument, (title, columns) in SECTIONS.items():
        rows = objects(args.get(argument))
        rows = stays(rows) if argument == "positions" else rows
        rows = never_frozen(rows, objects(args.get("freezes"))) if argument == "not_frozen" else rows
        if rows:
            yield cells_table(title, shown(rows), columns)


def case_report(args: Mapping[str, Any]) -> CommandResults:
    """The note at the end of a playbook: what was asked, what is known, what was done with which proof, and what failed."""
    failures = [f"- {markdown_text(text)}" for text in texts(args.get("errors"))]
    parts = [
        f"### {markdown_text(args['title'])}",
        *known_facts(str(args.get("facts") or "")),
        f"**Reported**: {datetime.now(timezone.utc).strftime('%Y-%m-%d %H:%M:%S UTC')}",
        *tables(args),
        "\n".join(["#### What failed", *failures]) if failures else "",
    ]
    return CommandResults(readable_output=paragraphs(*parts))


def main() -> None:
    try:
        return_results(case_report(demisto.args()))
    except Exception as error:
        return_error(f"Could not write the note. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
