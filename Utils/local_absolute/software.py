"""Software installed on the devices: invented, the same for the same seed, made up when somebody looks."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .clock import Clock
from .data import INVENTED
from .devices import Device, Devices
from .times import format_utc, parse_iso


@dataclass(frozen=True)
class Product:
    """An application as the console names it, and as its maker does (original)."""

    name: str
    original_name: str
    publisher: str
    original_publisher: str
    versions: Sequence[str]
    platforms: Sequence[str]

    @property
    def uid(self) -> str:
        return "app-" + hashlib.sha256(f"{self.publisher}/{self.name}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Application:
    """A product on a device."""

    product: Product
    version: str
    install_path: str
    installed: datetime
    first_detected: datetime


CATALOGUE = tuple(Product(*one) for one in INVENTED["products"])


@dataclass(eq=False)
class Software:
    """Installed software; tests install and remove more. Device arguments are deviceUids."""

    _devices: Devices
    _seed: int
    _clock: Clock
    _lock: threading.RLock
    # The software of devices whose software was changed.
    _changed: dict[str, list[Application]] = field(default_factory=dict)

    def on(self, device: Device) -> list[Application]:
        """The device's applications by appId; none for a Chromebook and a device that never called in."""
        changed = self._changed.get(device["deviceUid"])
        return self._invented(device) if changed is None else changed

    def install(self, device_uid: str, name: str, version: str, publisher: str = "Example Inc.") -> None:
        """Installs an application now, or changes its version."""
        with self._lock:
            device, now = self._devices.by_uid(device_uid), self._clock.now()
            known = next((product for product in CATALOGUE if (product.name, product.publisher) == (name, publisher)), None)
            product = known or Product(name, name, publisher, publisher, (version,), (device["platformOSType"],))
            application = Application(product, version, _path(product, device), now, now)
            others = [other for other in self.on(device) if other.product.uid != product.uid]
            self._changed[device["deviceUid"]] = sorted([*others, application], key=_uid)

    def remove(self, device_uid: str, name: str) -> None:
        with self._lock:
            device = self._devices.by_uid(device_uid)
            kept = [application for application in self.on(device) if application.product.name != name]
            self._changed[device["deviceUid"]] = kept

    def _invented(self, device: Device) -> list[Application]:
        first_call = device.get("firstCallDateTimeUtc")
        if first_call is None:
            return []
        rng = random.Random(f"{self._seed}/{device.index}/software")
        candidates = [product for product in CATALOGUE if device.profile.platform in product.platforms]
        products = [product for product in candidates if rng.random() < 0.7]
        return sorted((_invented(product, device, parse_iso(first_call), rng) for product in products), key=_uid)


def _invented(product: Product, device: Device, first_call: datetime, rng: random.Random) -> Application:
    installed = first_call + timedelta(hours=rng.randrange(24 * 300))
    detected = installed + timedelta(hours=rng.randrange(1, 30))
    version = rng.choice(product.versions)
    return Application(product, version, _path(product, device), installed.replace(minute=0, second=0), detected)


def _path(product: Product, device: Device) -> str:
    if device.profile.platform == "Mac":
        return f"/Applications/{product.name}.app"
    return f"C:\\Program Files\\{product.publisher}\\{product.name}"


def _uid(application: Application) -> str:
    return application.product.uid


def last_scan(device: Device) -> str | None:
    """The device scans its software once a day, at three."""
    last_contact = device.get("lastConnectedDateTimeUtc")
    if last_contact is None:
        return None
    day = parse_iso(last_contact) - timedelta(hours=3)
    return format_utc(day.replace(hour=3, minute=0, second=0, microsecond=0))
