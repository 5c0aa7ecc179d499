"""The account's devices: records shaped as the API's device report, found and changed."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .clock import Clock
from .fleet import generate_device
from .hardware import SECTIONS
from .options import RecordOptions
from .times import format_utc, parse_iso

# The text fields by whose exact values callers look devices up. None of them is computed from the clock.
INDEXED_FIELDS = frozenset(
    {"deviceUid", "esn", "serialNumber", "deviceName", "fullSystemName", "username", "currentUsername", "localIp", "publicIp"}
)


class Device(Mapping[str, Any]):
    """One device record, read as a mapping.

    Fields come from the device itself, from the profile it shares with others of its model, or are computed on reading
    (hardware sections, last contact): a hundred thousand devices stay small. A field without value is absent.
    """

    __slots__ = ("_clock", "_own", "_seed", "contact", "index", "profile", "records")

    def __init__(self, index: int, seed: int, clock: Clock, records: RecordOptions) -> None:
        self.index = index
        self.records = records
        self._seed = seed
        self._clock = clock
        self._own, self.profile, self.contact = generate_device(seed, index, clock.now(), records)

    def __getitem__(self, name: str) -> Any:
        value = self._value(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        """As every mapping has it, without an exception for each field that has no value."""
        value = self._value(name)
        return default if value is None else value

    def _value(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        if name in self.profile.fields:
            return self.profile.fields[name]
        if name == "lastConnectedDateTimeUtc":
            last = self.contact.last(self._clock.now())
            return None if last is None else format_utc(last)
        if name in SECTIONS:
            return SECTIONS[name](self, random.Random(f"{self._seed}/{self.index}/{name}"))
        return None

    def record(self) -> dict[str, Any]:
        """Every field that has a value."""
        names = dict.fromkeys([*self._own, *self.profile.fields, "lastConnectedDateTimeUtc", *SECTIONS])
        values = ((name, self._value(name)) for name in names)
        return {name: value for name, value in values if value is not None}

    def __iter__(self) -> Iterator[str]:
        return iter(self.record())

    def __len__(self) -> int:
        return len(self.record())

    def __hash__(self) -> int:
        return hash(self["deviceUid"])

    def __eq__(self, other: object) -> bool:
        return self is other

    def set(self, name: str, value: Any) -> None:
        """Sets a field, or with a dotted name a member of it; None removes it."""
        head, _, rest = name.partition(".")
        if not rest:
            self._own[head] = value
            return
        section = copy.deepcopy(self.get(head, {}))
        *parents, last = rest.split(".")
        target = section
        for parent in parents:
            target = target.setdefault(parent, {})
        if value is None:
            target.pop(last, None)
        else:
            target[last] = value
        self._own[head] = section


class Devices(Sequence[Device]):
    """All devices of the account, in the order they were enrolled. Unknown names and ids raise KeyError."""

    def __init__(self, count: int, seed: int, clock: Clock, lock: threading.RLock, records: RecordOptions) -> None:
        self._seed = seed
        self._clock = clock
        self._lock = lock
        self._records = records
        self._devices = [Device(index, seed, clock, records) for index in range(count)]
        self._by_uid = {device["deviceUid"]: device for device in self._devices}
        self._sorted: dict[str, tuple[list[tuple[str, str]], list[Device]]] = {}
        # By field: casefolded value -> devices.
        self._indexes: dict[str, dict[str, list[Device]]] = {}

    def all(self) -> list[Device]:
        return list(self._devices)

    def __len__(self) -> int:
        return len(self._devices)

    def __getitem__(self, index: Any) -> Any:
        return self._devices[index]

    def by_uid(self, device_uid: str) -> Device:
        return self._by_uid[device_uid.lower()]

    def by_name(self, name: str) -> Device:
        """The only device of that name; KeyError when there is none or several."""
        found = self.where(deviceName=name)
        if len(found) != 1:
            raise KeyError(f"{len(found)} devices are named {name}")
        return found[0]

    def where(self, **fields: Any) -> list[Device]:
        """The devices whose fields have exactly these values."""
        return [device for device in self._devices if all(device.get(name) == fields[name] for name in fields)]

    def find(self, device_uid: str) -> Device | None:
        return self._by_uid.get(device_uid.lower())

    def add(self, **fields: Any) -> Device:
        """Enrols one more device: the fleet's next one, with the given fields (dotted names as in update) changed."""
        with self._lock:
            device = Device(len(self._devices), self._seed, self._clock, self._records)
            self._apply(device, fields)
            self._devices.append(device)
            self._by_uid[device["deviceUid"]] = device
            self._sorted.clear()
            self._indexes.clear()
            return device

    def update(self, device_uid: str, **fields: Any) -> Device:
        """Changes fields of a device; dotted names change one member (pass them as `**{"espInfo.encryptionStatus": "INST"}`)
        and None removes a field. A device whose agentStatus becomes anything but `A` stops calling in."""
        if "deviceUid" in fields:
            raise ValueError("a device keeps its deviceUid")
        with self._lock:
            device = self.by_uid(device_uid)
            self._apply(device, fields)
            device.set("lastUpdatedDateTimeUtc", fields.get("lastUpdatedDateTimeUtc", format_utc(self._clock.now())))
            self._sorted.clear()
            for name in fields:
                self._indexes.pop(name, None)
            return device

    def having(self, keys: Iterable[tuple[str, str]]) -> list[Device]:
        """The devices that have one of these (indexed field, casefolded value), in the order they were enrolled."""
        found = {device.index for field, value in keys for device in self._index(field).get(value, ())}
        return [self._devices[index] for index in sorted(found)]

    def _index(self, field: str) -> dict[str, list[Device]]:
        if field not in self._indexes:
            index: dict[str, list[Device]] = {}
            for device in self._devices:
                index.setdefault(device.get(field, "").casefold(), []).append(device)
            self._indexes[field] = index
        return self._indexes[field]

    def sorted_by(self, key: str) -> tuple[list[tuple[str, str]], list[Device]]:
        """(sort keys, devices) ordered by a text field regardless of case, then by deviceUid. No value sorts first."""
        if key not in self._sorted:
            self._sorted[key] = sort_devices(self._devices, key)
        return self._sorted[key]

    def _apply(self, device: Device, fields: Mapping[str, Any]) -> None:
        now = self._clock.now()
        for name, value in fields.items():
            if name == "lastConnectedDateTimeUtc":
                device.contact.set_last(None if value is None else parse_iso(value), now)
                continue
            device.set(name, value)
            if name == "agentStatus" and value == "A":
                device.contact.go_online(now)
            elif name == "agentStatus":
                device.contact.go_offline(now)


def sort_devices(devices: Iterable[Device], key: str) -> tuple[list[tuple[str, str]], list[Device]]:
    """As Devices.sorted_by, for some of the devices."""
    keyed = sorted(
        (((device.get(key, "").casefold(), device["deviceUid"]), device) for device in devices), key=lambda pair: pair[0]
    )
    return [pair[0] for pair in keyed], [pair[1] for pair in keyed]
