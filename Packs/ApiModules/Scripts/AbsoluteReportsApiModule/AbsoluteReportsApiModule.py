"""What Absolute reports of devices: the devices themselves, where they are, their software, groups and compliance.

Knows how a device becomes context and table, and the commands that read. Must not know: anything that changes a device.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteActionsApiModule import *

import heapq
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

# region Constants
ONLINE_WITHIN = timedelta(minutes=30)
# The API's words for the encryption of a drive (espInfo.encryptionStatus), as a person says them.
ENCRYPTION_NAMES = {
    "ENCR": "encrypted",
    "USENCR": "encrypted (used space)",
    "INST": "not encrypted",
    "SUSP": "not encrypted (suspended)",
    "INPR": "being encrypted",
    "DECRINPR": "being decrypted",
    "UNKN": "unknown",
}


# endregion


# region Output builders: raw to context, raw to table
DEVICE_PATHS = {
    "Id": "deviceUid",
    "Esn": "esn",
    "DeviceName": "deviceName",
    "SystemName": "deviceName",
    "FullSystemName": "fullSystemName",
    "Domain": "domain",
    "Serial": "serialNumber",
    "AgentStatus": "agentStatus",
    "LastConnectedUtc": "lastConnectedDateTimeUtc",
    "PlatformOSType": "platformOSType",
    "osName": "operatingSystem.name",
    "SystemManufacturer": "systemManufacturer",
    "SystemModel": "systemModel",
    "SystemType": "systemType",
    "Username": "username",
    "CurrentUsername": "currentUsername",
    "LocalIp": "localIp",
    "PublicIp": "publicIp",
    "EncryptionStatus": "espInfo.encryptionStatus",
    "PolicyGroupUid": "policyGroupUid",
    "PolicyGroupName": "policyGroupName",
    "IsStolen": "isStolen",
}
DEVICE_OBJECTS = {
    "Os": {
        "name": "operatingSystem.name",
        "version": "operatingSystem.version",
        "currentBuild": "operatingSystem.currentBuild",
        "architecture": "operatingSystem.architecture",
        "installDate": "operatingSystem.installDateTimeUtc",
        "productKey": "operatingSystem.productKey",
        "serialNumber": "operatingSystem.serialNumber",
        "lastBootTime": "operatingSystem.lastBootDateTimeUtc",
    },
    "Bios": {
        "id": "bios.id",
        "serialNumber": "bios.serialNumber",
        "smBiosVersion": "bios.smBiosVersion",
        "version": "bios.version",
        "versionDate": "bios.versionDate",
    },
    "DeviceStatus": {"type": "deviceStatus.type", "reported": "deviceStatus.reported"},
    "FreezeStatus": FREEZE_STATUS,
    "Encryption": {"product": "espInfo.encryptionProductName", "allDrivesEncrypted": "espInfo.allDrivesEncrypted"},
    "Antivirus": {
        "name": "avpInfo.antivirusName",
        "version": "avpInfo.antivirusVersion",
        "definition": "avpInfo.antivirusDefinition",
    },
}
FREEZE_DETAILS = "deviceFreezeActionStatus"
DEVICE_LISTS = {"NetworkAdapters": "networkAdapters", "FreezeReportingStatuses": "deviceFreezeReportingStatuses"}
ADAPTER_FIELDS = ("name", "macAddress", "ipV4Address", "ipV6Address", "networkSSID")
LIST_FIELDS = (*DEVICE_PATHS.values(), *DEVICE_OBJECTS["Os"].values(), *DEVICE_OBJECTS["DeviceStatus"].values(), *FREEZE_FIELDS)
GET_FIELDS = tuple(
    dict.fromkeys(
        [*LIST_FIELDS, *(path for paths in DEVICE_OBJECTS.values() for path in paths.values())]
        + [f"networkAdapters.{name}" for name in ADAPTER_FIELDS]
    )
)
# Field names of the v2 API that playbooks still pass as `fields`.
OLD_FIELD_NAMES = {
    "id": "deviceUid",
    "systemName": "deviceName",
    "serial": "serialNumber",
    "os": "operatingSystem",
    "osName": "operatingSystem.name",
    "lastConnectedUtc": "lastConnectedDateTimeUtc",
    "operatingSystem.installDate": "operatingSystem.installDateTimeUtc",
    "operatingSystem.lastBootTime": "operatingSystem.lastBootDateTimeUtc",
    "encryptionStatus": "espInfo.encryptionStatus",
}


def device_state(device: Mapping[str, Any]) -> dict[str, Any]:
    """What may have changed since it was last read: every key is there, so that no old value survives in the context."""
    gone = {name: dict.fromkeys(DEVICE_OBJECTS[name]) for name in ("FreezeStatus", "DeviceStatus")}
    reported = plain(dict_safe_get(device, ["deviceStatus", "type"], default_return_value=""))
    return {
        **gone,
        "IsFrozen": is_frozen(device),
        "IsMissing": reported == "missing",
        "Freezes": device_freezes(device),
        "LastContact": age_text(parse_utc(device.get("lastConnectedDateTimeUtc")), utc_now()),
    }


def device_context(device: Mapping[str, Any]) -> dict[str, Any]:
    """`Absolute.Device` of one row of the device report."""
    device = with_mac(device)
    context = pick(device, DEVICE_PATHS)
    for name, paths in DEVICE_OBJECTS.items():
        if values := pick(device, paths):
            context[name] = values
    context.update(pick(device, DEVICE_LISTS))
    if "EncryptionStatus" in context:
        context["encryptionStatus"] = context["EncryptionStatus"]  # what 2.x of the existing pack really writes
    known = {path.split(".")[0] for path in (*DEVICE_PATHS.values(), *DEVICE_LISTS.values())}
    known |= {path.split(".")[0] for paths in DEVICE_OBJECTS.values() for path in paths.values()} | {FREEZE_DETAILS}
    extra = {name[0].upper() + name[1:]: value for name, value in device.items() if name not in known and value is not None}
    return redact({**context, **extra})


def with_mac(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its MAC address, and those of its adapters, in one notation, so that playbooks can compare them."""
    own = {"macAddress": mac_text(record["macAddress"])} if record.get("macAddress") else {}
    adapters = [with_mac(adapter) for adapter in as_dicts(record.get("networkAdapters"))]
    return {**record, **own, **({"networkAdapters": adapters} if adapters else {})}


def device_row(device: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """One row of the war-room table of devices."""
    agent = str(device.get("agentStatus") or "")
    reported = str(dict_safe_get(device, ["deviceStatus", "type"], default_return_value="") or "")
    states = ("STOLEN" if device.get("isStolen") else "", reported.upper())
    return {
        "Device": device.get("deviceName"),
        "Serial": device.get("serialNumber"),
        "User": device.get("username"),
        "OS": dict_safe_get(device, ["operatingSystem", "name"], default_return_value=None) or device.get("platformOSType"),
        "Agent": AGENT_STATUS_NAMES.get(agent, agent),
        "Last contact": age_text(parse_utc(device.get("lastConnectedDateTimeUtc")), now),
        "Local IP": device.get("localIp"),
        "State": ", ".join(dict.fromkeys(text for text in (*freeze_states(device), *states) if text)),
        "Id": device.get("deviceUid"),
    }


def freeze_states(device: Mapping[str, Any]) -> list[str]:
    """Every freeze of a device in words; in capitals the one that holds it, first."""
    states = [freeze["State"] for freeze in device_freezes(device)]
    shown = [state.replace("frozen", "FROZEN", 1) for state in states] if is_frozen(device) else states
    return sorted(shown, key=lambda state: not state.startswith("FROZEN"))


def encryption_name(code: Any) -> str:
    return ENCRYPTION_NAMES.get(str(code or "").upper(), str(code or ""))


DEVICE_HEADERS = ("Device", "Serial", "User", "OS", "Agent", "Last contact", "Local IP", "State", "Id")


def device_details(device: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The war-room table of one device: a row per fact that is known."""
    row, found = device_row(device, now), device_context(device)
    adapters = as_dicts(found.get("NetworkAdapters"))
    system, encryption, antivirus = (found.get(name) or {} for name in ("Os", "Encryption", "Antivirus"))
    facts = {
        **{name: row[name] for name in ("Device", "Serial", "User", "State", "Agent", "Last contact")},
        "Model": joined(found.get("SystemManufacturer"), found.get("SystemModel")),
        "OS": joined(row["OS"], system.get("version")),
        "Encryption": ", ".join(filter(None, (encryption.get("product"), encryption_name(found.get("EncryptionStatus"))))),
        "Antivirus": joined(antivirus.get("name"), antivirus.get("version")),
        "Local IP": row["Local IP"],
        "Public IP": found.get("PublicIp"),
        "Network adapters": "; ".join(joined(adapter.get("name"), adapter.get("macAddress")) for adapter in adapters),
        "Policy group": found.get("PolicyGroupName"),
        "ESN": found.get("Esn"),
        "Id": row["Id"],
    }
    return [{"Fact": name, "Value": value} for name, value in facts.items() if value not in (None, "")]


# endregion


# region Commands: devices
LIST_FILTERS = (
    TargetArgument("os_name", "operatingSystemName", STARTS, "Microsoft Windows 11 Pro", "operatingSystem.name"),
    TargetArgument("manufacturer", "systemManufacturer", STARTS, "Contoso"),
    TargetArgument("model", "systemModel", STARTS, "Book 14"),
)
CONTACT_DATES = {
    "last_connected_after": ("lastConnectedDateTimeUtc", "FromInclusive"),
    "last_connected_before": ("lastConnectedDateTimeUtc", "ToInclusive"),
}
STATES = {
    # What resembles it too: of Firmware Freeze the code is not published, and a frozen device must not be missing here.
    "frozen": (
        Term("frozen", "deviceFreezeStatus.statusCode", "StartsWith", FROZEN),
        Term("frozen", "deviceFreezeStatus.statusName", "StartsWith", "frozen"),
        *sorted(FROZEN_STATUSES),
    ),
    "freeze pending": ("FreezeRequested", "FreezeScheduled", "ScheduledTimerExpired", "OfflineTimerExpired"),
    "freeze requested": ("FreezeRequested",),
    "freeze scheduled": ("FreezeScheduled", "ScheduledTimerExpired"),
    "offline freeze": tuple(sorted(OFFLINE_STATUSES)),
    "stolen": (Term("stolen", "isStolen", "", "true"),),
    "missing": (),
}
# The API cannot filter by version: it is compared on this side.
OS_VERSION = TargetArgument("os_version", "operatingSystem.version", STARTS, "10.0.22631")


def device_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Devices that meet all arguments; without any, all devices up to the limit."""
    limit, page = list_limit(args), whole_number(args, "page", range(1_000_001), 0)
    raw_filter = parse_raw_filter(args.get("filter"))
    filters = [criterion for argument in LIST_FILTERS if (criterion := list_criterion(argument, args))]
    if args.get("agent_status"):
        status = choice(args, "agent_status", [*AGENT_STATUS_NAMES.values()])
        code = next(code for code, name in AGENT_STATUS_NAMES.items() if name == status)
        filters.append(Criterion("agent_status", (Term(status, "agentStatus", "", code),)))
    versions = version_range(args, OS_VERSION.name, OS_VERSION.api_field)
    if not versions and (version := list_criterion(OS_VERSION, args)):
        filters.append(replace(version, server_side=False))
    dates, understood = date_criteria(args, CONTACT_DATES)
    exceptions = device_entries(args, "exceptions")
    targets, missing = target_criteria(client, args)
    states, unlisted = state_criteria(client, args)
    criteria = [*targets, *filters, *dates, *states]
    found: Iterable[dict] = () if any(not c.terms for c in criteria) else find_devices(client, criteria, LIST_FIELDS, raw_filter)
    sought = Sought(targets, missing)
    found = sought.watch(found)
    devices = take_rows(args, versions.watch(found) if versions else found, limit, page * limit if limit else 0)
    whole = not (devices.more or page)
    unmatched = sought.note() if whole else absence_note(client, sought.unmet(), "", GET_DEVICES.permission, whole)
    unmatched = joined(unmatched, versions.note() if versions else "")
    listed = devices_result(
        devices,
        joined(understood, unmatched, unlisted, more_text(devices, page, " devices")),
        lambda device: {"LeaveAlone": leave_alone(device, guard, exceptions)},
    )
    return [*listed, *([exceptions_result(client, exceptions)] if exceptions else [])]


def more_text(listing: Listing, page: int, of: str = "") -> str:
    return f"There are more{of}: raise limit, use page={page + 1}, or all_results=true." if listing.more else ""


def state_criteria(client: Client, args: Mapping[str, Any]) -> tuple[list[Criterion], str]:
    """The criterion of the states that are asked for, and a note where the list of missing devices is empty.

    Raises:
        ArgumentError: A state that nobody knows.
        ExplainedError: The token may not read the list of missing devices.
    """
    asked = [choice({"state": state}, "state", [*STATES]) for state in split_values(args, "state")]
    terms = [
        term if isinstance(term, Term) else Term(state, "deviceFreezeReportingStatuses", "Contains", str(term))
        for state in asked
        for term in STATES[state]
    ]
    note = ""
    if "missing" in asked:
        try:
            uids = {uid_in(row, LIST_MISSING) for row in client.rows(LIST_MISSING)}
        except MissingPermissionError as error:
            needed = "state=missing needs the list of missing devices, which this token may not read."
            raise ExplainedError(f"{needed} {error.message}") from error
        terms += [Term("missing", "deviceUid", "", device_uid) for device_uid in sorted(uids)]
        note = "" if uids else f"No device is listed as missing, or the token may not see the list ({LIST_MISSING.permission})."
    # The API can filter by one whole code: frozen devices are found among all that it reports.
    return ([Criterion("state", tuple(terms), server_side="frozen" not in asked)] if asked else []), note


def leave_alone(device: Mapping[str, Any], guard: Guard, exceptions: Sequence[DeviceEntry]) -> str | None:
    """Why nobody should change a device; None where nothing speaks against it."""
    if guard.protects(device):
        return "protected by the instance settings (protected_devices)"
    known = identities(device) if exceptions else set()
    return next((f"exceptions: {entry.typed}" for entry in exceptions if entry.names(known)), None)


def exceptions_result(client: Client, exceptions: Sequence[DeviceEntry]) -> CommandResults:
    """The exceptions that are no devices, which may be typing errors."""
    unknown = unmatched_entries(client, exceptions)
    text = f"Exceptions that no device has: {markdown_text(', '.join(unknown))}." if unknown else "Each exception is a device."
    return CommandResults(readable_output=text, outputs={"Absolute.UnmatchedExceptions": unknown}, raw_response=unknown)


def date_criteria(args: Mapping[str, Any], bounds: Mapping[str, tuple[str, str]]) -> tuple[list[Criterion], str]:
    """The criteria of date arguments, and a note of what these were understood to be.

    Args:
        bounds: The field and the filter suffix of each argument.

    Raises:
        ArgumentError: A date is not certain.
    """
    dates = past_dates(args, bounds)
    texts = {date.name: api_time(date.moment) for date in dates}
    return [Criterion(name, (Term(text, *bounds[name], text),)) for name, text in texts.items()], dates_note(dates)


def list_criterion(argument: TargetArgument, args: Mapping[str, Any]) -> Criterion | None:
    """A filter argument that takes one value, which may hold a comma."""
    typed = str(args.get(argument.name) or "").strip()
    return Criterion(argument.name, (parse_term(argument, typed),)) if typed else None


def devices_result(devices: Listing, note: str, marked: Callable[[dict], dict[str, Any]] = lambda device: {}) -> list[Any]:
    """Rows of the device report. `marked` gives what the API does not know of them."""
    row = partial(device_row, now=utc_now())
    return rows_result(
        f"Absolute devices: {devices.total}" if devices.rows else "Absolute devices",
        devices,
        DEVICE_HEADERS,
        "Absolute.Device",
        "Id",
        note,
        lambda device: {**device_state(device), **device_context(device), **marked(device)},
        row,
        "No device",
        GET_DEVICES.permission,
    )


def device_get_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Everything about the named devices, with the `fields` that are asked for besides; and what became of each value."""
    fields = [OLD_FIELD_NAMES.get(name, name) for name in split_values(args, "fields")]
    selection = select_devices(client, args, [*GET_FIELDS, *fields])
    devices = take_rows(args, selection.devices)
    raw = {"DeviceFreezeActionStatus": FREEZE_DETAILS} if FREEZE_DETAILS in fields else {}
    found, *files = devices_result(devices, selection.note(), partial(pick, paths=raw))
    if len(selection.devices) == 1:
        device = selection.devices[0]
        title = f"Absolute device {markdown_text(device.get('deviceName') or device.get('deviceUid'))}"
        found.readable_output = table(title, device_details(device, utc_now()), ("Fact", "Value"), selection.note())
    found.outputs_prefix = found.outputs_key_field = None
    found.outputs = {
        "Absolute.Device(val.Id && val.Id == obj.Id)": found.outputs or [],
        f"Absolute.DeviceLookup({LOOKUP_KEY})": lookups(selection, get_integration_instance_name()),
    }
    # Playbooks that know no vendor read the same devices as endpoints.
    path, now = Common.Endpoint.CONTEXT_PATH, utc_now()
    if devices.rows:
        found.outputs[path] = [endpoint_of(device, now).to_context()[path] for device in devices.rows]
    return [found, *files]


# What one account does not have another one may: what is found out by a value that was typed belongs to an instance.
LOOKUP_KEY = "val.Argument == obj.Argument && val.Value == obj.Value && val.Instance == obj.Instance"


def lookups(selection: Selection, instance: str) -> list[dict[str, Any]]:
    """`Absolute.DeviceLookup`: for each value that was typed, the device it means, or why it means none."""
    narrowed = " that also meets the other arguments" if len(selection.criteria) > 1 else ""
    rows = [lookup_row(value, devices, narrowed) for value, devices in selection.found.items()]
    rows += [lookup_row(f"mac_addresses={mac}", [], " of the compliance report") for mac in selection.unmatched_macs]
    return [{**row, "Instance": instance} for row in rows]


# An address that no device has in one field may stand in the other, which was not asked.
ADDRESS_FIELDS = {
    "local_ips": " as its local address (public_ips looks for public ones)",
    "public_ips": " as its public address (local_ips looks for local ones)",
}


def lookup_row(asked: str, devices: Sequence[Mapping[str, Any]], narrowed: str) -> dict[str, Any]:
    argument, _, value = asked.partition("=")
    status, reason = "Found", ""
    if not devices:
        field = ADDRESS_FIELDS.get(argument, "")
        status, reason = "NotFound", f"No device{narrowed} has this value{field}, or the token may not see it."
    elif len(devices) > 1:
        status = "Ambiguous"
        reason = f"{len(devices)} devices have this value: {'; '.join(device_label(device) for device in devices[:10])}"
    uids = uids_of(devices)
    return {"Argument": argument, "Value": value, "Status": status, "DeviceUIDs": uids, "Reason": reason}


# endregion


# region Command: endpoint
ENDPOINT_HEADERS = ("Hostname", "IPAddress", "MACAddress", "OS", "OSVersion", "Model", "Status", "ID")
ENDPOINT_ARGUMENTS = {"id": "device_ids", "ip": "local_ips", "hostname": "device_names"}


def endpoint_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """The generic command: devices by id, ip (the local address) or hostname, as standard Endpoint objects.

    Generic playbooks give all three, each with the values of every vendor, and run it on all instances: the arguments are
    alternatives, and what belongs to somebody else, or can be nothing of Absolute's, is simply not found here.

    Raises:
        ExplainedError: Nothing is asked for, or all that is asked for is malformed.
    """
    asked = {name: split_values(args, name) for name in ENDPOINT_ARGUMENTS}
    if not any(asked.values()):
        raise ArgumentError("id", "no endpoint is named. Give id, ip or hostname.", TARGET_ARGUMENTS[0].example)
    found: dict[str, dict] = {}
    missing: list[str] = []
    for name, values in asked.items():
        refused = {value: problem for value in values if (problem := malformed(name, value))}
        if len(refused) == sum(map(len, asked.values())) and name != "id":
            raise ExplainedError(next(iter(refused.values())))
        missing += [f"{name}={value}" for value in refused]
        kept = [value for value in values if value not in refused]
        selection = select_devices(client, {ENDPOINT_ARGUMENTS[name]: kept}, GET_FIELDS) if kept else Selection(())
        found.update({str(device.get("deviceUid")): device for device in selection.devices})
        missing += [value.replace(f"{ENDPOINT_ARGUMENTS[name]}=", f"{name}=", 1) for value in selection.unmatched()]
    now = utc_now()
    results = [endpoint_result(device, now) for device in found.values()]
    if missing:
        nothing = "" if found else "### Absolute endpoint\n**No entries.**\n"
        unseen = "" if found or all(malformed(*value.split("=", 1)) for value in missing) else f" {NOT_SEEN}"
        results.append(command_results(f"{nothing}Not found: {markdown_text(', '.join(missing))}.{unseen}"))
    return results


def malformed(name: str, value: str) -> str:
    """Why a value of an argument of `endpoint` can be nothing that Absolute has; empty when it may be."""
    argument = next(one for one in TARGET_ARGUMENTS if one.name == ENDPOINT_ARGUMENTS[name])
    try:
        parse_term(argument, value)
    except ArgumentError as error:
        return re.sub(rf"\b{argument.name}\b", name, error.message)
    return ""


def endpoint_of(device: Mapping[str, Any], now: datetime) -> Common.Endpoint:
    last = parse_utc(device.get("lastConnectedDateTimeUtc"))
    online = device.get("agentStatus") == "A" and last is not None and now - last <= ONLINE_WITHIN
    macs = [mac_text(adapter["macAddress"]) for adapter in as_dicts(device.get("networkAdapters")) if adapter.get("macAddress")]
    # Frozen is not network isolation: IsIsolated stays unset.
    return Common.Endpoint(
        id=device.get("deviceUid"),
        hostname=device.get("deviceName"),
        ip_address=device.get("localIp"),
        domain=device.get("domain"),
        mac_address=macs[0] if len(macs) == 1 else macs,
        os=device.get("platformOSType"),
        os_version=dict_safe_get(device, ["operatingSystem", "version"], default_return_value=None),
        bios_version=dict_safe_get(device, ["bios", "version"], default_return_value=None),
        model=device.get("systemModel"),
        status="Online" if online else "Offline",
        vendor=VENDOR,
    )


def endpoint_result(device: Mapping[str, Any], now: datetime) -> CommandResults:
    endpoint = endpoint_of(device, now)
    row = endpoint.to_context().get(Common.Endpoint.CONTEXT_PATH) or {}
    readable = table("Absolute endpoint", [row], filled_headers(ENDPOINT_HEADERS, [row]))
    return CommandResults(
        readable_output=readable,
        outputs_prefix="Absolute.Device",
        outputs_key_field="Id",
        outputs={**device_state(device), **device_context(device)},
        raw_response=redact(device),
        indicator=endpoint,
    )


# endregion


# region Command: location
# Permissions of single fields: without them the device report leaves `geoData` or its `point` out.
VIEW_GEOLOCATION = "View Geolocation"
ADDRESS_LEVEL = "Address-level view Geolocation"
LOCATION_PATHS = {
    "City": "geoAddress.city",
    "State": "geoAddress.state",
    "County": "geoAddress.county",
    "CountryCode": "geoAddress.countryCode",
    "Country": "geoAddress.country",
    "LocationTechnology": "locationTechnology",
    "Accuracy": "accuracy",
    "LastUpdate": "lastUpdateDateTimeUtc",
    "Coordinates": "point.coordinates",
}


def latitude_longitude(point: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude of `geoData.location.point`; None when it holds no position.

    GeoJSON order (RFC 7946 section 3.1.1: longitude first), as seen in real answers; the vendor's text has it the other way
    round, so a second number that can be no latitude turns the order.
    """
    coordinates = point.get("coordinates") or [point.get("x"), point.get("y")]
    try:
        first, second = (float(number) for number in coordinates[:2])
    except (TypeError, ValueError, KeyError):
        return None
    latitude, longitude = (second, first) if abs(second) <= 90 else (first, second)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def location_context(device: Mapping[str, Any]) -> dict[str, Any]:
    """`Absolute.LocationReport` of one device. Every key is there, so that no old position survives in the context."""
    location = as_dict(as_dict(device.get("geoData")).get("location"))
    context = {
        **dict.fromkeys((*LOCATION_PATHS, "Latitude", "Longitude", "MapLink")),
        "ID": device.get("deviceUid"),
        "DeviceName": device.get("deviceName"),
        "Serial": device.get("serialNumber"),
        "Age": age_text(parse_utc(location.get("lastUpdateDateTimeUtc")), utc_now()),
        **pick(location, LOCATION_PATHS),
    }
    if position := latitude_longitude(as_dict(location.get("point"))):
        latitude, longitude = position
        link = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
        context.update({"Latitude": latitude, "Longitude": longitude, "MapLink": link})
    return {**context, "Place": place_markdown(context)}


def location_address(context: Mapping[str, Any]) -> str:
    return ", ".join(str(context[name]) for name in ("City", "State", "Country") if context.get(name))


def place_markdown(context: Mapping[str, Any]) -> str:
    """The position, linked to its map, and the address, for a field that is read as Markdown; empty without either."""
    position = f"[{context['Latitude']}, {context['Longitude']}]({context['MapLink']})" if context["MapLink"] else ""
    return f"{position} {markdown_text(location_address(context))}".strip()


def location_row(context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    position = f"{context['Latitude']}, {context['Longitude']}" if context.get("Latitude") is not None else ""
    return {
        "Device": context.get("DeviceName"),
        "Serial": context.get("Serial"),
        "Position (latitude, longitude)": position,
        "Accuracy": f"{context['Accuracy']} m" if context.get("Accuracy") is not None else "",
        "Located": age_text(parse_utc(context.get("LastUpdate")), now) if context.get("LastUpdate") else "no location",
        "Address": location_address(context),
        "By": context.get("LocationTechnology"),
        "Id": context.get("ID"),
    }


def device_location_get_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Last known positions; for a single device also a map."""
    selection = select_devices(client, args, ["geoData", "serialNumber"])
    contexts = [location_context(device) for device in selection.devices]
    notes = [
        f"[{markdown_text(c.get('DeviceName') or c.get('ID'))} on a map]({c['MapLink']})"
        for c in contexts[:TABLE_ROWS]
        if c.get("MapLink")
    ]
    unlocated = [context for context in contexts if not context.get("MapLink")]
    if any(context.get("City") or context.get("Country") for context in unlocated):
        notes.append(f"An address without a position: the token lacks {ADDRESS_LEVEL}.")
    elif unlocated:
        notes.append(
            "A device has no position when geolocation tracking is off or has not reported yet, or when the token lacks "
            f"{VIEW_GEOLOCATION} and {ADDRESS_LEVEL}."
        )
    headers = ("Device", "Serial", "Position (latitude, longitude)", "Accuracy", "Located", "Address", "By", "Id")
    found, note, row = take_rows(args, contexts), paragraphs(*notes, selection.note()), partial(location_row, now=utc_now())
    title, prefix, what = "Absolute locations", "Absolute.LocationReport", "No device"
    results = rows_result(title, found, headers, prefix, "ID", note, row=row, what=what, needs=GET_DEVICES.permission)
    if len(contexts) == 1 and contexts[0].get("MapLink"):
        point = {"lat": contexts[0]["Latitude"], "lng": contexts[0]["Longitude"]}
        results.append(CommandResults(entry_type=EntryType.MAP_ENTRY_TYPE, raw_response=point))
    return results


# endregion


# region Commands: groups and compliance
MAC_NAMES = ("mac", "osx", "os x", "darwin")


def platform_of(device: Mapping[str, Any]) -> str:
    """Windows, Mac, or what the device report says instead; empty when it does not say."""
    text = str(device.get("platformOSType") or "")
    folded_text = text.casefold()
    return "Windows" if folded_text.startswith("windows") else "Mac" if folded_text.startswith(MAC_NAMES) else text


def device_group_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Device groups: all, or those of one device."""
    if args.get("device_id"):
        rows = flatten(client.pages(LIST_GROUPS_OF_DEVICE, uid("device_id", args.get("device_id"))))
    else:
        params = [("displayNameStartsWith", str(args["name_starts_with"]))] if args.get("name_starts_with") else []
        rows = client.rows(LIST_DEVICE_GROUPS, params=params)
    groups = take_rows(args, rows, list_limit(args))
    headers = ("displayName", "groupType", "description", "deviceGroupUid")
    return rows_result("Device groups", groups, headers, "Absolute.DeviceGroup", "deviceGroupUid")


def reason_text(reason: Mapping[str, Any]) -> str:
    return f"{reason.get('type')}: {reason.get('condition')}, observed {reason.get('observed')}"


def device_compliance_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """The compliance report, of all devices or of the named ones."""
    params = [("compliant", choice(args, "compliant", ("true", "false", "unknown")))] if args.get("compliant") else []
    narrowed = any(split_values(args, argument.name) for argument in TARGET_ARGUMENTS)
    selection = select_devices(client, args, ()) if narrowed else None
    queries = [[*params, ("deviceUid", str(d.get("deviceUid")))] for d in selection.devices] if selection else [params]
    reports = (row for query in queries for row in client.rows(GET_COMPLIANCE, params=query))
    rows = (
        {**with_mac(row), "why": "; ".join(map(reason_text, as_dicts(row.get("reasons"))))}
        for row in first_of_each(reports, "deviceUid")
    )
    found = take_rows(args, rows, list_limit(args))
    named, unread = naming(client, found.rows)
    note = joined(selection.note() if selection else "", unread)
    headers = ("deviceName", "serialNumber", "compliant", "why", "numberOfDaysOffline", "lastConnectedUtc", "deviceUid")
    title, key = "Device compliance", "deviceUid"
    return rows_result(title, found, headers, "Absolute.DeviceCompliance", key, note, named, needs=GET_COMPLIANCE.permission)


# endregion


# region Command: installed software
APPLICATION_TEXT = ("StartsWith", "EndsWith", "Contains")
APPLICATION_FILTERS = (
    TargetArgument("device_ids", "deviceUid", (), "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"),
    TargetArgument("esns", "esn", APPLICATION_TEXT, "2ABCDEFGH1AA9ZXY0001"),
    TargetArgument("serial_numbers", "deviceSerialNumber", APPLICATION_TEXT, "SN000111"),
    TargetArgument("device_names", "deviceName", APPLICATION_TEXT, "LAB-0001"),
    TargetArgument("user_names", "userName", APPLICATION_TEXT, "CORP\\jdoe"),
    TargetArgument("app_names", "appName", APPLICATION_TEXT, '"Example Editor"'),
    TargetArgument("app_publishers", "appPublisher", APPLICATION_TEXT, '"Example Inc."'),
    TargetArgument("app_versions", "appVersion", APPLICATION_TEXT, "3.2.1"),
    TargetArgument("os", "osName", APPLICATION_TEXT, '"Microsoft Windows 11 Pro"'),
)
APPLICATION_DATES = {
    "installed_after": ("installDateTimeUtc", "FromInclusive"),
    "first_detected_after": ("firstDetectDateTimeUtc", "FromInclusive"),
}
APPLICATION_PATHS = {
    "DeviceAppId": "deviceAppId",
    "DeviceUid": "deviceUid",
    "AppId": "appId",
    "AppName": "appName",
    "AppOriginalName": "appOriginalName",
    "AppPublisher": "appPublisher",
    "AppOriginalPublisher": "appOriginalPublisher",
    "AppVersion": "appVersion",
    "AppOriginalVersion": "appOriginalVersion",
    "Ens": "esn",
    "Esn": "esn",
    "DeviceName": "deviceName",
    "DeviceSerialNumber": "deviceSerialNumber",
    "UserName": "userName",
    "InstallPath": "installPath",
    "InstallDate": "installDateTimeUtc",
    "FirstDetectUtc": "firstDetectDateTimeUtc",
    "OsName": "osName",
    "LastScanTimeUtc": "lastScanDateTimeUtc",
}


# What `sort_by` takes, and the field that it means.
SOFTWARE_SORTS = {
    "name": "appName",
    "version": "appVersion",
    "publisher": "appPublisher",
    "device": "deviceName",
    "user": "userName",
    "installed": "installDateTimeUtc",
    "first_detected": "firstDetectDateTimeUtc",
}
MOST_SORTED = 200_000


def device_application_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Installed software that meets all arguments; or, with count_by_version, how many devices have which version of it."""
    limit, page = list_limit(args), whole_number(args, "page", range(1_000_001), 0)
    raw_filter = parse_raw_filter(args.get("filter"))
    sort_by = choice(args, "sort_by", [*SOFTWARE_SORTS]) if args.get("sort_by") else ""
    descending = choice(args, "sort_order", ("asc", "desc"), "asc") == "desc"
    counting = flag(args, "count_by_version")
    versions = version_range(args, "app_versions", "appVersion")
    dates, understood = date_criteria(args, APPLICATION_DATES)
    named = application_criteria({**args, "app_versions": ""} if versions else args)
    criteria = [*named, *dates]
    elsewhere = {name: args.get(name) for name in ("local_ips", "public_ips", "mac_addresses") if args.get(name)}
    not_found = ""
    if elsewhere:
        # The software report knows neither addresses nor adapters: the device report names the devices.
        selection = select_devices(client, elsewhere, ())
        not_found = selection.note()
        terms = tuple(Term(str(d.get("deviceUid")), "deviceUid", "", str(d.get("deviceUid"))) for d in selection.devices)
        criteria.append(Criterion(", ".join(elsewhere), terms))
    select = [OLD_APPLICATION_FIELDS.get(name, name) for name in split_values(args, "return_fields")]
    select = select or list(dict.fromkeys(APPLICATION_PATHS.values()))
    needed = [*(["appVersion"] if versions else []), *([SOFTWARE_SORTS[sort_by]] if sort_by else [])]
    needed += ["appName", "appPublisher", "appVersion"] if counting else []
    found = find_rows(client, APPLICATIONS, criteria, [*select, *needed], raw_filter) if all(c.terms for c in criteria) else ()
    sought = Sought([criterion for criterion in named if criterion.argument in TARGET_NAMES])
    rows: Iterable[dict] = sought.watch(versions.watch(found) if versions else found)
    skip = page * limit if limit else 0
    if counting:
        rows = versions_in_use(rows)
    elif sort_by:
        rows = sorted_software(rows, sort_by, descending, None if limit is None else skip + limit + 1)
    software = take_rows(args, rows, limit, skip)
    whole = not ((software.more and not (counting or sort_by)) or page)
    absent = absence_note(client, sought.unmet(), "No such software is listed for", GET_APPLICATIONS.permission, whole)
    note = joined(understood, more_text(software, page), not_found, absent, versions.note() if versions else "")
    if counting:
        return versions_result(software, note)
    headers = ("appName", "appVersion", "appPublisher", "deviceName", "userName", "installDateTimeUtc", "deviceUid")
    prefix, key, context = "Absolute.DeviceApplication", ["DeviceUid", "DeviceAppId"], partial(pick, paths=APPLICATION_PATHS)
    title = "Installed software"
    return rows_result(title, software, headers, prefix, key, note, context, row=dict, needs=GET_APPLICATIONS.permission)


def sorted_software(rows: Iterable[dict], sort_by: str, descending: bool, most: int | None) -> Iterator[dict]:
    """The first rows of an order; `most` None for all. The API sorts versions as text, and each of its answers by itself.

    Raises:
        ArgumentError: All are asked for, and they are too many to be held at once.
    """

    def place(row: Mapping[str, Any]) -> tuple[Any, ...]:
        value = row.get(SOFTWARE_SORTS[sort_by])
        return (version_key(value) or (), str(value)) if sort_by == "version" else (folded(row, SOFTWARE_SORTS[sort_by]),)

    if most is None:
        kept = list(itertools.islice(rows, MOST_SORTED + 1))
        if len(kept) > MOST_SORTED:
            raise ArgumentError("sort_by", f"there are more than {MOST_SORTED} rows to sort: narrow the search, or give a limit.")
        return iter(sorted(kept, key=place, reverse=descending))
    return iter((heapq.nlargest if descending else heapq.nsmallest)(most, rows, key=place))


def versions_in_use(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """`Absolute.ApplicationVersions`: each application with the number of devices that have it, by version, the newest first."""
    devices: dict[tuple[str, str], dict[str, set[str]]] = {}
    for row in rows:
        name, publisher, version = (str(row.get(field) or "") for field in ("appName", "appPublisher", "appVersion"))
        devices.setdefault((name, publisher), {}).setdefault(version, set()).add(str(row.get("deviceUid")))
    for (name, publisher), found in sorted(devices.items(), key=lambda item: [text.casefold() for text in item[0]]):
        newest_first = sorted(found, key=lambda version: (version_key(version) or (), version), reverse=True)
        yield {
            "AppName": name,
            "AppPublisher": publisher,
            "DeviceCount": len(set().union(*found.values())),
            "Versions": [{"AppVersion": version, "DeviceCount": len(found[version])} for version in newest_first],
        }


def versions_result(applications: Listing, note: str) -> list[Any]:
    title, prefix = "Versions in use", "Absolute.ApplicationVersions"
    if not applications.rows:
        return [command_results(nothing_found(title, note=note, needs=GET_APPLICATIONS.permission), raw=[])]
    rows = [
        {
            "Application": app["AppName"],
            "Publisher": app["AppPublisher"],
            "Version": one["AppVersion"],
            "Devices": one["DeviceCount"],
        }
        for app in applications.rows
        for one in app["Versions"]
    ]
    readable = table(title, rows, ("Application", "Version", "Devices", "Publisher"), joined(note, applications.note))
    results = command_results(readable, prefix, ["AppName", "AppPublisher"], applications.rows, applications.rows[:TABLE_ROWS])
    return [results, *long_list(title, applications, prefix)]


OLD_APPLICATION_FIELDS = {
    "deviceSerial": "deviceSerialNumber",
    "installDate": "installDateTimeUtc",
    "firstDetectUtc": "firstDetectDateTimeUtc",
    "lastScanTimeUtc": "lastScanDateTimeUtc",
}


def application_criteria(args: Mapping[str, Any]) -> list[Criterion]:
    merged = with_values(args, "esns", "esn")
    return [
        Criterion(argument.name, tuple(parse_term(argument, value) for value in split_values(merged, argument.name)))
        for argument in APPLICATION_FILTERS
        if split_values(merged, argument.name)
    ]


# endregion
