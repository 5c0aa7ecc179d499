"""Device Fields ("custom fields"): their definitions, and the values that devices have for them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from .clock import Clock
from .data import INVENTED
from .devices import Device, Devices
from .hardware import custom_field_uid
from .options import CustomFieldOptions

READ_ONLY = "hasServiceGuarantee"


@dataclass(frozen=True)
class Definition:
    """`type` is Text, Date or Dropdown, `category` the categoryCode; `elements` are the texts of a dropdown."""

    key: str
    name: str
    type: str
    category: str
    elements: tuple[str, ...] = ()

    @property
    def uid(self) -> str:
        return custom_field_uid(self.name)

    def refusal(self, value: str) -> str | None:
        """Why the field cannot have this value; None when it can. An empty value clears any field."""
        if self.name == READ_ONLY:
            return "the field is read-only"
        if self.type == "Date" and value and not _is_date(value):
            return "must be a date mm/dd/yyyy"
        if self.type == "Dropdown" and value and value not in self.elements:
            return f"must be one of {', '.join(self.elements)}"
        return None


class CustomFields:
    """All definitions, keyed by cdfUid; the values are in the devices' records (customFields)."""

    def __init__(self, devices: Devices, clock: Clock, lock: threading.RLock, options: CustomFieldOptions) -> None:
        self.definitions: dict[str, Definition] = {}
        self._devices = devices
        self._clock = clock
        self._lock = lock
        self._options = options
        for custom_field in INVENTED["custom_fields"]:
            self.define(*custom_field)

    def define(self, name: str, field_type: str, category: str, elements: Sequence[str] = ()) -> Definition:
        definition = Definition(str(len(self.definitions) + 1), name, field_type, category, tuple(elements))
        self.definitions[definition.uid] = definition
        return definition

    def by_name(self, name: str) -> Definition:
        return self.definitions[custom_field_uid(name)]

    def values(self, device: Device) -> dict[str, str]:
        """The device's values by cdfUid; a field that was never set is absent."""
        return {entry["cdfUid"]: entry["cdfFieldValue"] for entry in device.get("customFields", ())}

    def write(self, device: Device, values: Mapping[str, str]) -> None:
        """Changes the values of fields, given by cdfUid."""
        if self._options.write_delay:
            self._clock.call_at(self._clock.now() + self._options.write_delay, partial(self._write, device, values))
        else:
            self._write(device, values)

    def _write(self, device: Device, values: Mapping[str, str]) -> None:
        with self._lock:
            merged = {**self.values(device), **values}
            if self._options.cleared == "absent":
                merged = {uid: value for uid, value in merged.items() if value}
            entries = [
                {"cdfUid": uid, "cdfFieldName": self.definitions[uid].name, "cdfFieldValue": value}
                for uid, value in merged.items()
            ]
            self._devices.update(device["deviceUid"], customFields=entries)


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(datetime.strptime(text, "%m/%d/%Y"))  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return False
