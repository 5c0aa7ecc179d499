"""The agents on the devices: they call in every 15 minutes of tenant time and do what waits for them.

Only devices with work cost anything: a check-in is put on the clock when work arrives, and repeated while work is left.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from .clock import Clock
from .devices import Device, Devices


class Work(Protocol):
    """One kind of thing that agents do, such as freezing."""

    def waits_for(self, device: Device) -> bool:
        """Whether the device's next check-in has something to do."""

    def check_in(self, device: Device, now: datetime) -> None:
        """The device calls in."""

    def went_silent(self, device: Device, now: datetime) -> None:
        """The device will not call in any more."""


@dataclass(eq=False)
class Agents:
    """Check-ins of all devices; tests decide here how an agent misbehaves. Device arguments are deviceUids."""

    _devices: Devices
    _clock: Clock
    _lock: threading.RLock
    _kinds: list[Work] = field(default_factory=list)
    _awaited: set[Device] = field(default_factory=set)
    _rejections: dict[str, str] = field(default_factory=dict)

    def add_work(self, work: Work) -> None:
        self._kinds.append(work)

    def offline(self, device_uid: str) -> None:
        """The device does not call in any more."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            now = self._clock.now()
            device.contact.go_offline(now)
            for work in self._kinds:
                work.went_silent(device, now)

    def lose_power(self, device_uid: str) -> None:
        """The device is off: it does not call in, and its screen is dark. `online` switches it on again."""
        with self._lock:
            self.offline(device_uid)
            self._devices.by_uid(device_uid).contact.powered = False

    def online(self, device_uid: str) -> None:
        """The device calls in again, first at its next regular moment; it has power."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            device.contact.go_online(self._clock.now())
            self.wake(device)

    def call_in(self, device_uid: str) -> None:
        """The device calls in now, beside its regular moments. ValueError when it is offline."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            if not device.contact.online:
                raise ValueError("the device is offline")
            now = self._clock.now()
            device.contact.set_last(now, now)
            self._do_work(device, now)

    def is_online(self, device_uid: str) -> bool:
        return self._devices.by_uid(device_uid).contact.online

    def next_check_in(self, device_uid: str) -> datetime | None:
        """The moment of the device's next call, None for a device that does not call."""
        contact = self._devices.by_uid(device_uid).contact
        return contact.next_check_in(self._clock.now()) if contact.online else None

    def reject_freeze(self, device_uid: str, reason: str) -> None:
        """The device's agent will refuse the next freeze that it downloads; the action ends `Failed`."""
        with self._lock:
            self._rejections[self._devices.by_uid(device_uid)["deviceUid"]] = reason

    def take_rejection(self, device: Device) -> str | None:
        return self._rejections.pop(device["deviceUid"], None)

    def wake(self, device: Device) -> None:
        """Puts the device's next check-in on the clock, if it calls in and has something to do then."""
        if device in self._awaited or not device.contact.online:
            return
        if any(work.waits_for(device) for work in self._kinds):
            self._awaited.add(device)
            self._clock.call_at(device.contact.next_check_in(self._clock.now()), partial(self._check_in, device))

    def _check_in(self, device: Device) -> None:
        with self._lock:
            self._awaited.remove(device)
            if not device.contact.online:
                return
            self._do_work(device, self._clock.now())

    def _do_work(self, device: Device, now: datetime) -> None:
        for work in self._kinds:
            work.check_in(device, now)
        self.wake(device)
