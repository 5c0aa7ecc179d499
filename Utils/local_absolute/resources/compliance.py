"""Device compliance: GET /reporting/devices/compliance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..device_fields import SELECTABLE_DEVICE_FIELDS
from ..devices import Device
from ..hardware import RESILIENCE_FIELDS
from ..listing import ComputedRecord, list_answer
from ..permissions import Permission
from ..query import ListQuery, ListRules, Select, selected, simple_filter, suffixed_filters
from ..routes import Answer, Call, Route
from ..times import format_utc, parse_iso
from .devices import devices_in_order


def _adapter(device: Device) -> dict[str, Any]:
    """The network adapter that has the device's local IP."""
    adapters = device["networkAdapters"]
    return next((adapter for adapter in adapters if adapter.get("ipV4Address") == device.get("localIp")), adapters[0])


def _compliant(device: Device, now: datetime) -> str:
    """In this tenant a device is compliant when its system drive is encrypted, or has no encryption to report, and its
    resilient applications comply."""
    if device.get("lastConnectedDateTimeUtc") is None:
        return "unknown"
    return "false" if _reasons(device, now) else "true"


def _days_offline(device: Device, now: datetime) -> int | None:
    last_contact = device.get("lastConnectedDateTimeUtc")
    return None if last_contact is None else (now - parse_iso(last_contact)).days


def _reasons(device: Device, now: datetime) -> list[dict[str, Any]]:
    return [*_encryption_reasons(device), *_resilience_reasons(device)]


def _encryption_reasons(device: Device) -> list[dict[str, Any]]:
    encryption = device.get("espInfo")
    if encryption is None or encryption.get("encryptionStatus") in ("ENCR", "USENCR"):
        return []
    properties = [[{"property": "status", "value": encryption.get("encryptionStatus", "UNKN")}]]
    return [{"type": "encryptionStatus", "condition": "is encrypted", "observed": "not encrypted", "properties": properties}]


def _resilience_reasons(device: Device) -> list[dict[str, Any]]:
    """Resilient applications that do not comply, each with an array of properties."""
    applications = [device[name] for name in RESILIENCE_FIELDS if name in device]
    broken = [application for application in applications if application["status"] == "NotCompliant"]
    if not broken:
        return []
    properties = [
        [
            {"property": "appName", "value": application["applicationName"]},
            {"property": "status", "value": application["status"]},
        ]
        for application in broken
    ]
    return [{"type": "appResilience", "condition": "is compliant", "observed": "not compliant", "properties": properties}]


# saPid and statusDetails have no value in this tenant.
_FIELDS: dict[str, Callable[[Device, datetime], Any]] = {
    "deviceUid": lambda device, now: device["deviceUid"],
    "esn": lambda device, now: device["esn"],
    "deviceName": lambda device, now: device.get("deviceName"),
    "dnsHostName": lambda device, now: device.get("deviceName"),
    "macAddress": lambda device, now: _adapter(device).get("macAddress"),
    "networkAdapters": lambda device, now: device["networkAdapters"],
    "compliant": _compliant,
    "numberOfDaysOffline": _days_offline,
    "reasons": _reasons,
    "lastConnectedUtc": lambda device, now: device.get("lastConnectedDateTimeUtc"),
    "lastCompliantUpdatedUtc": lambda device, now: format_utc(now.replace(minute=0, second=0, microsecond=0)),
}


RULES = ListRules(
    selectable=frozenset(
        [*_FIELDS, "saPid", "statusDetails", *(name for name in SELECTABLE_DEVICE_FIELDS if name.startswith("networkAdapters."))]
    ),
    sort_keys=("compliant", "deviceName", "deviceUid", "esn", "saPid"),
    default_page_size=1000,
    max_page_size=10000,
)

FILTERS = {
    **suffixed_filters("dnsHostName esn macAddress", "= Not NotStartsWith StartsWith"),
    **suffixed_filters("compliant deviceUid", "= Not"),
    **suffixed_filters("deviceName statusDetails", "= Empty Not NotStartsWith StartsWith"),
    **suffixed_filters("lastCompliantUpdatedUtc lastConnectedUtc", "From To"),
    **suffixed_filters("saPid", "= Empty Not"),
}


def list_compliance(call: Call) -> Answer:
    account = call.account
    now = account.clock.now()
    matches = simple_filter(call.params, FILTERS, account.options.query)

    def ordered(query: ListQuery) -> tuple[list[tuple[str, str]], list[Device]]:
        key = query.sort.key if query.sort else "deviceUid"
        if key != "compliant":
            return devices_in_order(call, matches, key)
        _, compared = devices_in_order(call, matches, "deviceUid")
        keyed = sorted(((_compliant(device, now), device["deviceUid"]), device.index) for device in compared)
        return [pair[0] for pair in keyed], [account.devices[pair[1]] for pair in keyed]

    def visible_match(device: Device) -> bool:
        return call.sees(device) and matches(ComputedRecord(_FIELDS, device, now))

    def present(device: Device, select: Select) -> dict[str, Any]:
        return selected(ComputedRecord(_FIELDS, device, now), select)

    return list_answer(call, RULES, ordered, visible_match, present)


ROUTES = (Route("GET", "/reporting/devices/compliance", (Permission.VIEW_DEVICE_REPORTS,), list_compliance),)
