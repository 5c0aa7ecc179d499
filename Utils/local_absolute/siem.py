"""SIEM integration: what the console's events are, and what makes them happen.

Actions on devices and reports of missing devices leave their events by themselves; everything else happens when a test
says so: `tenant.siem.device_moved(…)`, `tenant.siem.record(…)`, `tenant.siem.generate(300_000, over=timedelta(hours=6))`.
"""

from __future__ import annotations

import ipaddress
import random
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import event_types
from .clock import Clock
from .devices import Device, Devices
from .event_blocks import Actor, Block
from .event_log import RETENTION, EventLog, Window
from .event_types import Fields, Place
from .events import Change, Event, Party, event_fields, microseconds
from .options import SiemOptions
from .times import format_utc, parse_iso

# Generated events are about at most so many devices.
_MOST_ACTORS = 200
MOST_POSITIONS = 200  # that are kept of a device


@dataclass(frozen=True)
class Position:
    """Where a device was at a moment."""

    at: datetime
    place: Place


class Siem:
    """`enabled` is the console's switch. Device arguments are deviceUids; unknown ones raise KeyError."""

    def __init__(self, devices: Devices, clock: Clock, lock: threading.RLock, seed: int, options: SiemOptions) -> None:
        self.enabled = True
        self.log = EventLog(clock)
        self.options = options
        self._devices = devices
        self._clock = clock
        self._lock = lock
        self._random = random.Random(seed)
        self._running: Block | None = None
        self._positions: dict[str, list[Position]] = {}  # of devices that have moved

    # What happens -------------------------------------------------------------------------------------------------

    def device_moved(self, device_uid: str, latitude: float, longitude: float, city: str = "", country: str = "") -> Event:
        """The device reports another location; its geoData follows."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            old, new = _place(device), Place(latitude, longitude, city, country)
            before = self.positions(device_uid)
            self._positions[device_uid] = [*before, Position(self._clock.now(), new)][-MOST_POSITIONS:]
            self._devices.update(device_uid, geoData=_geo_data(device, new, format_utc(self._clock.now())))
            return self.happened_on_device(event_types.location_updated(party(device), old, new))

    def positions(self, device_uid: str) -> list[Position]:
        """Where the device has been, the latest last; empty for one that has never told."""
        device = self._devices.by_uid(device_uid)
        place, location = _place(device), device.get("geoData", {}).get("location", {})
        now = [Position(parse_iso(location["lastUpdateDateTimeUtc"]), place)] if place else []
        return self._positions.get(device_uid, now)

    def user_changed(self, device_uid: str, username: str) -> Event:
        """Another user signs in on the device."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            old = device.get("currentUsername", device.get("username", ""))
            self._devices.update(device_uid, username=username, currentUsername=username)
            return self.happened_on_device(event_types.user_information_updated(party(device), old, username))

    def addresses_changed(self, device_uid: str, local_ip: str | None = None, public_ip: str | None = None) -> Event:
        """The device calls from other IPv4 addresses; None = the same as before."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            changes: list[Change] = []
            fields: dict[str, Any] = {}
            for field, name, address in (("localIp", "LocalIpAddr", local_ip), ("publicIp", "PublicIpAddr", public_ip)):
                if address is not None:
                    changes.append(Change(name, address, device.get(field, "")))
                    fields |= {field: address, f"{field}Address": int(ipaddress.IPv4Address(address))}
            self._devices.update(device_uid, **fields)
            return self.happened_on_device(event_types.system_information_updated(party(device), tuple(changes)))

    def antivirus_lost(self, device_uid: str) -> Event:
        """The device no longer has an antivirus product."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            product = device.get("avpInfo", {}).get("antivirusName", "")
            self._devices.update(device_uid, avpInfo=None)
            return self.happened_on_device(event_types.antivirus_lost(party(device), product))

    def antivirus_back(self, device_uid: str, product: str = "Example AV") -> Event:
        """The device has an antivirus product again."""
        with self._lock:
            device = self._devices.by_uid(device_uid)
            self._devices.update(device_uid, avpInfo={"antivirusName": product, "antivirusVersion": "4.1"})
            return self.happened_on_device(event_types.antivirus_back(party(device), product))

    def logged_in(self, user: str, ip: str, agent: str) -> Event:
        """Somebody signs in to the console."""
        return self.happened_in_console(event_types.logged_in(user, ip, agent))

    def happened_on_device(self, fields: Fields) -> Event:
        """An agent's event, recorded some time after now."""
        return self._happened(fields, self.options.longest_device_delay)

    def happened_in_console(self, fields: Fields) -> Event:
        """A console user's or the service's own event, recorded some time after now."""
        return self._happened(fields, self.options.longest_console_delay)

    def _happened(self, fields: Fields, longest_delay: timedelta) -> Event:
        with self._lock:
            now = self._clock.now()
            # Squared: most are recorded soon.
            created = now + longest_delay * self._random.random() ** 2
            return self._add(fields, created, now, str(uuid.UUID(int=self._random.getrandbits(128), version=4)), created)

    # What a test says ---------------------------------------------------------------------------------------------

    def record(
        self,
        event_type: str,
        verb: str = "Updated",
        actor: Party | None = None,
        target: Party | None = None,
        secondary: Party | None = None,
        properties: str | Iterable[Change] = (),
        created: datetime | None = None,
        event_time: datetime | None = None,
        id: str | None = None,  # noqa: A002 (the API's name)
        visible_at: datetime | None = None,
    ) -> Event:
        """Records any event. It is `created` now unless told otherwise, and happened (`event_time`) three seconds before.
        Answers hold it from `visible_at` on, which can be later than its creation time; None = from its creation."""
        created = created or self._clock.now()
        fields = event_fields(event_type, verb, actor, target, secondary, properties)
        occurred = event_time or created - timedelta(seconds=3)
        with self._lock:
            return self._add(fields, created, occurred, id or str(uuid.uuid4()), visible_at or created)

    def device(self, device_uid: str) -> Party:
        """The device as actor or target of an event."""
        return party(self._devices.by_uid(device_uid))

    def generate(self, count: int, over: timedelta, seed: int = 0, late: timedelta = timedelta()) -> None:
        """Records `count` events of a usual mix, evenly over the time `over` up to now. Each becomes visible `late` after
        its creation time. They cost no memory, and are about the devices as they are now."""
        with self._lock:
            step = over / timedelta(microseconds=1) / max(count, 1)
            start = microseconds(self._clock.now() - over)
            self.log.add_block(seed, start, step, count, late // timedelta(microseconds=1), self._actors())

    def run(self, per_minute: float, seed: int = 0, late: timedelta = timedelta()) -> None:
        """Records that many such events per minute of the tenant's time from now on; 0 stops it."""
        with self._lock:
            if self._running:
                self.log.end_block(self._running)
            self._running = None
            if per_minute:
                start, step = microseconds(self._clock.now()) + 1, 60_000_000 / per_minute
                self._running = self.log.add_block(seed, start, step, None, late // timedelta(microseconds=1), self._actors())

    # What a test asks ---------------------------------------------------------------------------------------------

    def visible(self, start: datetime | None = None, end: datetime | None = None) -> list[Event]:
        """Everything that the API would give now for a window of creation times, ends included; oldest first."""
        with self._lock:
            return list(self.log.visible(self._window(start, end)))

    def count(self, start: datetime | None = None, end: datetime | None = None) -> int:
        """The number of `visible` events."""
        with self._lock:
            return self.log.count(self._window(start, end))

    def _window(self, start: datetime | None, end: datetime | None) -> Window:
        now = self._clock.now()
        return window(start or now - RETENTION, end or now)

    def _add(self, fields: Fields, created: datetime, occurred: datetime, event_id: str, visible_at: datetime) -> Event:
        event = Event(event_id, fields, microseconds(created), microseconds(occurred))
        self.log.add(event, microseconds(visible_at))
        return event

    def _actors(self) -> list[Actor]:
        if not self._devices:
            raise ValueError("generated events need devices")
        return [
            Actor(party(device), device.get("username", ""), device.get("avpInfo", {}).get("antivirusName", "Example AV"))
            for device in self._devices[:_MOST_ACTORS]
        ]


def party(device: Device) -> Party:
    return Party("Device", device.get("deviceName"), device["deviceUid"])


def window(start: datetime, end: datetime) -> Window:
    """The window from `start` to `end`, both included to the millisecond."""
    return Window(microseconds(start), microseconds(end) // 1000 * 1000 + 1000)


# Locations ------------------------------------------------------------------------------------------------------------


def _place(device: Device) -> Place | None:
    location = device.get("geoData", {}).get("location")
    if location is None:
        return None
    address = location.get("geoAddress", {})
    return Place(location["point"]["y"], location["point"]["x"], address.get("city", ""), address.get("country", ""))


def _geo_data(device: Device, place: Place, now: str) -> dict[str, Any]:
    """The device's geoData after it has moved. GeoJSON order, as in hardware.location."""
    before = device.get("geoData", {}).get("location", {"locationTechnology": "wifi", "accuracy": 35})
    old_address = before.get("geoAddress", {})
    same_country = place.country in ("", old_address.get("country"))
    coordinates = [place.longitude, place.latitude]
    address = {**(old_address if same_country else {}), "city": place.city, "country": place.country}
    return {
        "location": {
            **before,
            "point": {"type": "Point", "x": place.longitude, "y": place.latitude, "coordinates": coordinates},
            "geoAddress": {name: value for name, value in address.items() if value},
            "lastUpdateDateTimeUtc": now,
        }
    }
