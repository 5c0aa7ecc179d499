import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Mapping, Sequence
from typing import Any

# espInfo.encryptionStatus of GET /v3/reporting/devices.
ENCRYPTION = {
    "ENCR": "Yes",
    "USENCR": "Yes, used space",
    "INST": "No",
    "SUSP": "No, suspended",
    "INPR": "In progress",
    "DECRINPR": "No, being decrypted",
}
# What `Absolute.SensitiveData` says of a device, in words. Whatever else it says, nothing is known.
SENSITIVE_DATA = {"Found": "Found", "NothingFound": "Nothing found"}
NOT_KNOWN = "Not known"
# How `not_read` names these readings.
SENSITIVE_READING, MISSING_READING = "regulated data", "reports of missing devices"
SENSITIVE_HEADERS = ("Name", "SensitiveData", "SensitiveRules", "SensitiveFiles", "LastScan", "Encrypted", "SensitiveReason")
HEADERS = (
    *("Name", "Serial", "User", "Platform", "Encrypted", "Frozen", "Stolen", "Missing"),
    *("LastContact", "Location", "DeviceUID"),
)


def by_device(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row.get(key)).lower(), []).append(row)
    return found


def place(location: Mapping[str, Any]) -> str:
    """The address in words, else latitude and longitude; empty without a position."""
    address = ", ".join(str(location[name]) for name in ("City", "State", "Country") if location.get(name))
    if address or location.get("Latitude") is None:
        return address
    return f"{location['Latitude']}, {location['Longitude']}"


def software(application: Mapping[str, Any]) -> str:
    return " ".join(str(application[name]) for name in ("AppName", "AppVersion") if application.get(name))


def sensitive(found: Mapping[str, Any]) -> dict[str, Any]:
    """What scans for regulated data found on a device. One without a row was not read: that is not the same as nothing found."""
    status = SENSITIVE_DATA.get(str(found.get("Status")), NOT_KNOWN)
    rules = [
        f"{rule.get('Name')} (files: {rule.get('Files')}, matches: {rule.get('Matches')}, score: {rule.get('Score')})"
        for rule in objects(found.get("Rules"))
    ]
    return {
        "SensitiveData": status,
        "SensitiveRules": rules,
        "SensitiveFiles": None if status == NOT_KNOWN else found.get("FileCount"),
        "LastScan": found.get("LastScan") or None,
        "SensitiveReason": found.get("Reason") or ("It was not read." if status == NOT_KNOWN else None),
    }


def label(row: Mapping[str, Any]) -> str:
    """What a person needs to tell a device from others, and to see its state, before it is changed, in one line."""
    facts = {
        "serial": row["Serial"],
        "user": row["User"],
        "platform": row["Platform"],
        "last contact": row["LastContact"],
        "reported missing": {True: "yes", False: "no"}.get(row["Missing"]),
        "frozen": "yes" if row["Frozen"] else ", ".join(["no", *row["FreezeWords"]]),
        "UID": row["DeviceUID"],
    }
    facts |= {"reported stolen": "yes"} if row["Stolen"] else {}
    facts |= {"pending": row["Pending"]} if row["Pending"] else {}
    return ", ".join([str(row["Name"] or "no name"), *(f"{name} {fact or 'unknown'}" for name, fact in facts.items())])


def pending(rows: Sequence[Mapping[str, Any]], args: Mapping[str, Any]) -> str | None:
    """What can still happen to a device, in words; None when nobody looked."""
    if not argToBoolean(args.get("pending_read") or "false"):
        return None
    words = [f"{row.get('Kind')} ({row.get('Status')})" for row in rows]
    words += [f"{kind} not known" for kind in texts(args.get("pending_not_read"))]
    return " and ".join(words) or "nothing"


def summary(
    device: Mapping[str, Any],
    location: Mapping[str, Any],
    applications: Sequence[Mapping[str, Any]],
    missing: bool | None,
    pending: str | None,
    sensitive_data: Mapping[str, Any],
) -> dict[str, Any]:
    """One row of DeviceSummary. Every key is there, so that an earlier row of the device is overwritten whole."""
    status = str(device.get("EncryptionStatus") or "")
    encryption, antivirus = (device.get(name) or {} for name in ("Encryption", "Antivirus"))
    frozen = bool(device.get("IsFrozen"))
    requested = device.get("FreezeReportingStatuses") or []
    row = {
        "DeviceUID": device.get("Id"),
        "Name": device.get("DeviceName"),
        "Serial": device.get("Serial"),
        "Esn": device.get("Esn"),
        "User": device.get("Username"),
        "Platform": device.get("osName") or device.get("PlatformOSType"),
        "Active": device.get("AgentStatus") == "A",
        "Encrypted": ENCRYPTION.get(status, "Unknown"),
        "EncryptionProduct": encryption.get("product"),
        "Antivirus": antivirus.get("name"),
        "Frozen": frozen,
        "FreezeRequested": bool(requested) and not frozen,
        "FreezeWords": [freeze["State"] for freeze in objects(device.get("Freezes"))],
        "FreezeStates": requested if isinstance(requested, list) else [requested],
        "Stolen": bool(device.get("IsStolen")),
        "Missing": bool(device.get("IsMissing")) or missing,
        "LastContact": device.get("LastContact"),
        "LastConnectedUtc": device.get("LastConnectedUtc"),
        "Location": place(location),
        "LocationAge": location.get("Age") if location.get("LastUpdate") else None,
        "LocationTime": location.get("LastUpdate"),
        "MapLink": location.get("MapLink"),
        "Place": location.get("Place"),
        "Pending": pending,
        "RiskySoftware": list(dict.fromkeys(software(application) for application in applications)),
        **sensitive(sensitive_data),
    }
    return {**row, "Label": label(row)}


def meant(args: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The devices of `uids` as they were read last. Other devices may stand in the context from earlier work."""
    devices = by_device(objects(args.get("devices")), "Id")
    return {uid: devices[uid][-1] for uid in (str(uid).lower() for uid in argToList(args.get("uids"))) if uid in devices}


def summarize(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per device of `uids`, from what was read of it."""
    locations = by_device(objects(args.get("locations")), "ID")
    applications = by_device(objects(args.get("applications")), "DeviceUid")
    missing = by_device(objects(args.get("missing_devices")), "deviceUid")
    unlisted = None if MISSING_READING in texts(args.get("not_read")) else False  # not known, or not missing
    sensitive_data = by_device(objects(args.get("sensitive_data")), "DeviceUid")
    waiting = by_device(objects(args.get("pending")), "DeviceUid")
    return [
        summary(
            device,
            locations.get(uid, [{}])[-1],
            applications.get(uid, []),
            uid in missing or unlisted,
            pending(waiting.get(uid, []), args),
            sensitive_data.get(uid, [{}])[-1],
        )
        for uid, device in meant(args).items()
    ]


def look_up(args: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What became of the look-up: found, not found, or not read, which says nothing of the devices. Why, in words; and which of
    the further readings failed. Locations that were read have a row for each device, be it without a position."""
    failures = texts(args.get("lookup_errors"))
    reasons = [f"{row.get('Value')}: {row.get('Reason')}" for row in objects(args.get("incorrect"))]
    status = "not read" if failures else "found" if rows else "not found"
    located = by_device(objects(args.get("locations")), "ID")
    unlocated = ["locations"] if any(str(row["DeviceUID"]).lower() not in located for row in rows) else []
    return {"Status": status, "Reason": " ".join(failures or reasons), "NotRead": [*unlocated, *texts(args.get("not_read"))]}


def summary_command(args: Mapping[str, Any]) -> CommandResults:
    """The rows as context and table; below the table what was not found, and what could not be read."""
    rows = summarize(args)
    headers = [*HEADERS, "RiskySoftware"] if args.get("applications") else list(HEADERS)
    failures = texts(args.get("lookup_errors"))
    incorrect, errors = objects(args.get("incorrect")), texts([*failures, *texts(args.get("errors"))])
    count = f"{len(rows)} device{'' if len(rows) == 1 else 's'}"
    title = f"Absolute: {'it is not known which devices are meant' if failures else count}"
    parts = [cells_table(title, cells(rows), headers) if rows else f"### {title}"]
    if rows and (args.get("sensitive_data") or SENSITIVE_READING in texts(args.get("not_read"))):
        parts.append(cells_table("Regulated data", cells(rows), SENSITIVE_HEADERS))
    if incorrect:
        parts.append(tableToMarkdown("Not exactly one device", cells(incorrect), ["Argument", "Value", "Status", "Reason"]))
    if errors:
        parts.append("\n".join(["### What could not be read", *(f"- {markdown_text(error)}" for error in errors)]))
    return CommandResults(
        outputs_prefix="DeviceSummary", outputs_key_field="DeviceUID", outputs=rows, readable_output=paragraphs(*parts)
    )


def user_devices(args: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The devices in the form of the platform's playbook Get User Devices - Generic."""
    return [
        {
            "Name": device.get("DeviceName"),
            "SerialNumber": device.get("Serial"),
            "ID": device.get("Id"),
            "Model": device.get("SystemModel"),
            "MACAddress": texts([adapter.get("macAddress") for adapter in objects(device.get("NetworkAdapters"))]),
            "OS": device.get("osName") or device.get("PlatformOSType"),
            "Integration": "Absolute",
        }
        for device in meant(args).values()
    ]


def entry(args: Mapping[str, Any]) -> dict[str, Any]:
    """The summary as an entry of the war room, with what became of the look-up where a context key is named for it."""
    summaries = summary_command(args)
    found: dict[str, Any] = summaries.to_context()
    if devices := user_devices(args):
        found["EntryContext"] = {**(found.get("EntryContext") or {}), "UserDevices(val.ID && val.ID == obj.ID)": devices}
    if args.get("lookup_key"):
        found["EntryContext"] = {**(found.get("EntryContext") or {}), str(args["lookup_key"]): look_up(args, summaries.outputs)}
    return found


def main() -> None:
    try:
        return_results(entry(demisto.args()))
    except Exception as error:
        return_error(f"Could not summarize the devices. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
