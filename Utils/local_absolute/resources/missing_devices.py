"""Missing Devices: /tracking/device-missing/missing and /tracking/device-missing/found."""

from __future__ import annotations

from typing import Any

from ..body import body_members, device_uids
from ..devices import Device
from ..listing import rows_answer
from ..missing_devices import Outcome, is_missing
from ..permissions import Permission
from ..query import suffixed_filters
from ..routes import Answer, Call, Route

# The text of the operation says 100, its schema 10,000: the tenant enforces the stricter one.
MOST_REPORTED_MISSING = 100
_MOST_CONTACTS = 100
FILTERS = {
    **suffixed_filters("creationDateTimeUtc lastNotificationDateTimeUtc", "From FromInclusive To ToInclusive"),
    **suffixed_filters("deviceUid", "="),
}


def list_missing(call: Call) -> Answer:
    missing = sorted(filter(is_missing, call.devices()), key=_key)
    return rows_answer(call, missing, missing_record, FILTERS, key=_key)


def report_missing(call: Call) -> Answer:
    members = body_members(call)
    devices = device_uids(call, members, MOST_REPORTED_MISSING)
    contacts = members.texts("emailContacts", _MOST_CONTACTS)
    return _answer(call.account.missing.report_missing(devices, contacts, call.token.user))


def report_found(call: Call) -> Answer:
    return _answer(call.account.missing.report_found(device_uids(call, body_members(call)), call.token.user))


def missing_record(device: Device) -> dict[str, Any]:
    """The last notification is the device's last call after it was reported."""
    status = device["deviceStatus"]
    last_call = device.get("lastConnectedDateTimeUtc", "")
    record = {
        "deviceUid": device["deviceUid"],
        "emailContacts": [contact.strip() for contact in status.get("emailContacts", "").split(",") if contact],
        "creationDateTimeUtc": status["reported"],
    }
    return {**record, "lastNotificationDateTimeUtc": last_call} if last_call > status["reported"] else record


def _key(device: Device) -> tuple[str, str]:
    return device["deviceStatus"]["reported"], device["deviceUid"]


def _answer(outcome: Outcome) -> Answer:
    data = {
        "successDeviceUids": outcome.succeeded,
        "failDeviceUids": list(outcome.failed),
        "deviceMissingFailDetails": [{"deviceUid": uid, "reason": reason} for uid, reason in outcome.failed.items()],
    }
    return Answer(data=data)


ROUTES = (
    Route("GET", "/tracking/device-missing/missing", (Permission.VIEW_MISSING_DEVICE,), list_missing),
    Route("POST", "/tracking/device-missing/missing", (Permission.MANAGE_MISSING_DEVICE,), report_missing),
    Route("POST", "/tracking/device-missing/found", (Permission.MANAGE_MISSING_DEVICE,), report_found),
)
