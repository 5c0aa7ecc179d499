"""Devices reported missing and found. A device's record (deviceStatus) is all there is to know about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from . import event_types
from .clock import Clock
from .devices import Device, Devices
from .siem import Siem, party
from .times import format_utc


@dataclass
class Outcome:
    """What became of each device of a report: deviceUids that succeeded, and the reasons of the others."""

    succeeded: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MissingDevices:
    _devices: Devices
    _siem: Siem
    _clock: Clock

    def report_missing(self, devices: Iterable[Device], email_contacts: Sequence[str], by: str) -> Outcome:
        outcome = Outcome()
        for device in devices:
            reason = _not_reportable(device)
            if reason:
                outcome.failed[device["deviceUid"]] = reason
                continue
            status = {"type": "MISSING", "reported": format_utc(self._clock.now())}
            if email_contacts:
                status["emailContacts"] = ",".join(email_contacts)
            self._devices.update(device["deviceUid"], deviceStatus=status)
            self._siem.happened_in_console(event_types.reported_missing(party(device), by, ",".join(email_contacts)))
            outcome.succeeded.append(device["deviceUid"])
        return outcome

    def report_found(self, devices: Iterable[Device], by: str) -> Outcome:
        outcome = Outcome()
        for device in devices:
            if not is_missing(device):
                outcome.failed[device["deviceUid"]] = "The device is not reported missing"
                continue
            self._devices.update(device["deviceUid"], deviceStatus=None)
            self._siem.happened_in_console(event_types.reported_found(party(device), by))
            outcome.succeeded.append(device["deviceUid"])
        return outcome


def is_missing(device: Device) -> bool:
    return bool(device.get("deviceStatus", {}).get("type") == "MISSING")


def _not_reportable(device: Device) -> str | None:
    if is_missing(device):
        return "The device is already reported missing"
    if device.get("isStolen"):
        return "The device is reported stolen"
    return None if device["agentStatus"] == "A" else "The agent on the device is not active"
