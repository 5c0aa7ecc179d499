"""Device Reporting: GET /reporting/devices and /reporting/devices-advanced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..device_fields import SELECTABLE_DEVICE_FIELDS
from ..devices import INDEXED_FIELDS, Device, sort_devices
from ..listing import list_answer
from ..permissions import Permission
from ..query import (
    Condition,
    Filter,
    ListQuery,
    ListRules,
    ReadFilter,
    Select,
    advanced_filters,
    selected,
    simple_filter,
    suffixed_filters,
)
from ..routes import Answer, Call, Route
from ..tokens import Token

RULES = ListRules(
    selectable=SELECTABLE_DEVICE_FIELDS,
    sort_keys=(
        "agentStatus", "deviceName", "deviceUid", "esn", "fullSystemName", "lastUpdatedDateTimeUtc", "platformOSType",
        "serialNumber", "systemModel", "systemType",
    ),
    default_page_size=10,
    max_page_size=500,
)  # fmt: skip

_POLICIES = ("df", "dlp", "du", "esp", "geo", "hdc", "sdc")


def _filters() -> dict[str, Filter]:
    """The 216 filter names of the document (parameters of get-devices)."""
    filters = {
        **suffixed_filters(
            "agentVersion bssId classification ctesVersion deviceStatus deviceUid homeNetworkName isCTESActive locale origin "
            "persistentAgentVersion policyGroupName src systemIntegrityProtectionStatus timeZone "
            + " ".join(f"{policy}CalcStatus {policy}ComponentStatus" for policy in _POLICIES),
            "= Not",
        ),
        **suffixed_filters(
            "deviceFreezeActionStatusScore deviceFreezeReportingStatusesContains deviceFreezeStatusCode isNotStolen isStolen "
            "rsvpStatusIsStrongPasswordRequired rsvpStatusIsSupported rsvpStatusStatus rsvpStatusVersion "
            "unenrollmentDateTimeUtclusive "
            + " ".join(f"{policy}StatusEnabled {policy}StatusNotEnabled" for policy in _POLICIES),
            "=",
        ),
        **suffixed_filters(
            "bootDevice defaultGateway esn imei localIp operatingSystemName phoneNumber platformOSType publicIp rilSerialNumber "
            "systemDirectory systemManufacturer systemModel systemType",
            "= Not NotStartsWith StartsWith",
        ),
        **suffixed_filters("agentStatus currentNetworkName networkSSID policyGroupUid", "= Empty Not"),
        **suffixed_filters("deviceName domain fullSystemName serialNumber", "= Empty Not NotStartsWith StartsWith"),
        **suffixed_filters(
            "firstCallDateTimeUtc lastConnectedDateTimeUtc lastUpdatedDateTimeUtc", "From FromInclusive To ToInclusive"
        ),
        **suffixed_filters("currentUsername username", "= Contains Empty EndsWith Not NotStartsWith StartsWith"),
        **suffixed_filters("licenseAddonLicenseName licenseBaseLicenseName", "= NotStartsWith StartsWith"),
        **suffixed_filters("licenseAddonOrderNo licenseBaseOrderNo", "= Empty NotStartsWith StartsWith"),
        **suffixed_filters("orgUnits", "= Contains Not"),
        **suffixed_filters("unenrollmentDateTimeUtc", "From To ToInclusive"),
    }
    return {name: _located(rule) for name, rule in filters.items()}


_PATHS = {
    "deviceStatus": "deviceStatus.type",
    "deviceFreezeActionStatusScore": "deviceFreezeActionStatus.score",
    "deviceFreezeReportingStatusesContains": "deviceFreezeReportingStatuses",
    "deviceFreezeStatusCode": "deviceFreezeStatus.statusCode",
    "isNotStolen": "isStolen",
    "rsvpStatusIsStrongPasswordRequired": "rsvpStatus.isStrongPasswordRequired",
    "rsvpStatusIsSupported": "rsvpStatus.isSupported",
    "rsvpStatusStatus": "rsvpStatus.status",
    "rsvpStatusVersion": "rsvpStatus.version",
    "operatingSystemName": "operatingSystem.name",
    "licenseAddonLicenseName": "licenseAddon.licenseName",
    "licenseAddonOrderNo": "licenseAddon.orderNo",
    "licenseBaseLicenseName": "licenseBase.licenseName",
    "licenseBaseOrderNo": "licenseBase.orderNo",
    # The document's own spelling of unenrollmentDateTimeUtcFromInclusive.
    "unenrollmentDateTimeUtclusive": "unenrollmentDateTimeUtc",
    **{f"{policy}CalcStatus": f"{policy}Status.calcStatus" for policy in _POLICIES},
    **{f"{policy}ComponentStatus": f"{policy}Status.status" for policy in _POLICIES},
    **{f"{policy}StatusEnabled": f"{policy}Status.isEnabled" for policy in _POLICIES},
    **{f"{policy}StatusNotEnabled": f"{policy}Status.isEnabled" for policy in _POLICIES},
}
_NEGATED = {"isNotStolen", *(f"{policy}StatusNotEnabled" for policy in _POLICIES)}
_BOOLEAN_FIELDS = {"isStolen", "isCTESActive", "rsvpStatus.isStrongPasswordRequired", "rsvpStatus.isSupported"}


def _located(rule: Filter) -> Filter:
    """The filter with its real path and type, where the name does not tell them."""
    path = _PATHS.get(rule.path[0], rule.path[0])
    rule = replace(rule, path=tuple(path.split(".")), negated=rule.negated or rule.name in _NEGATED)
    if path in _BOOLEAN_FIELDS or path.endswith("Status.isEnabled"):
        return replace(rule, kind="boolean")
    if rule.name == "deviceFreezeActionStatusScore":
        return replace(rule, kind="integer")
    if rule.name == "unenrollmentDateTimeUtclusive":
        return replace(rule, kind="date", comparison="from")
    return rule


FILTERS = _filters()


def list_devices(read_filter: ReadFilter, call: Call) -> Answer:
    matches = read_filter(call.params, FILTERS, call.account.options.query)

    def ordered(query: ListQuery) -> tuple[list[tuple[str, str]], list[Device]]:
        return devices_in_order(call, matches, query.sort.key if query.sort else "deviceUid")

    def visible_match(device: Device) -> bool:
        return matches(device) and call.sees(device)

    def present(device: Device, select: Select) -> dict[str, Any]:
        return permitted(selected(device, select), call.token)

    return list_answer(call, RULES, ordered, visible_match, present)


def devices_in_order(
    call: Call, condition: Condition, key: str, own_names: Mapping[str, str] = {}
) -> tuple[list[tuple[str, str]], list[Device]]:
    """The devices among which all matches are, as Devices.sorted_by has all of them. `own_names`: what the fields of a device are
    called that the condition calls otherwise."""
    devices = call.account.devices
    keys = [(own_names.get(field, field), value) for field, value in condition.keys or ()]
    if condition.keys is None or not INDEXED_FIELDS.issuperset(field for field, _ in keys):
        return devices.sorted_by(key)
    return sort_devices(devices.having(keys), key)


def permitted(record: dict[str, Any], token: Token) -> dict[str, Any]:
    """The record without the members that the token's permissions do not cover."""
    if not token.allows(Permission.VIEW_GEOLOCATION):
        record.pop("geoData", None)
    elif "geoData" in record and not token.allows(Permission.VIEW_GEOLOCATION_ADDRESS_LEVEL):
        location = record["geoData"].get("location", {})
        record["geoData"] = {"location": {key: value for key, value in location.items() if key != "point"}}
    if not token.allows(Permission.PERFORM_REMOVE_FREEZE):
        _remove_passcodes(record)
    return record


def _remove_passcodes(record: dict[str, Any]) -> None:
    if "deviceFreezeStatus" in record:
        hidden = ("passCode", "displayPassCode")
        record["deviceFreezeStatus"] = {key: value for key, value in record["deviceFreezeStatus"].items() if key not in hidden}
    freezes = record.get("deviceFreezeActionStatus", {})
    if freezes.get("statuses"):
        statuses = [
            {**entry, "status": {key: value for key, value in entry["status"].items() if key != "passcode"}}
            for entry in freezes["statuses"]
        ]
        record["deviceFreezeActionStatus"] = {**freezes, "statuses": statuses}


ROUTES = (
    Route("GET", "/reporting/devices", (Permission.VIEW_DEVICE_REPORTS,), partial(list_devices, simple_filter)),
    Route("GET", "/reporting/devices-advanced", (Permission.VIEW_DEVICE_REPORTS,), partial(list_devices, advanced_filters)),
)
