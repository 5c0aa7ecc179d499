"""An invented fleet: the same seed and start time give the same devices, and a larger fleet only appends to a smaller one.

The first fifteen devices have fixed parts, for stories and tests: see invented.yml.

All addresses are documentation ranges (RFC 5737, RFC 3849, RFC 2544 for the wide local one, RFC 7042 for MAC addresses).
"""

from __future__ import annotations

import ipaddress
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .contact import CHECK_IN_INTERVAL, Contact
from .data import INVENTED
from .options import RecordOptions
from .times import format_utc

ACCOUNT_UID = "a0a0a0a0-1b1b-4c2c-8d3d-e4e4e4e4e4e4"
DOMAIN = "corp.example.com"
FIRST_SERIAL = 111
_NAMESPACE = uuid.UUID("5f0c1a52-3c1e-4b57-9a55-6d1f0a6f5b10")


@dataclass(frozen=True)
class DeviceGroup:
    """`type` is Smart (its members follow from a rule) or Fixed."""

    uid: str
    name: str
    type: str
    description: str


@dataclass(frozen=True)
class PolicyGroup:
    """`enabled` are the types of its active policies."""

    uid: str
    name: str
    description: str
    enabled: frozenset[str]


@dataclass(frozen=True)
class Policy:
    """A policy that each policy group has its own edition of; `type` is its three-letter code."""

    type: str
    name: str
    description: str

    def uid(self, group: PolicyGroup) -> str:
        return _uid("policy", f"{group.name}/{self.type}")


def _uid(kind: str, name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


DEVICE_GROUPS = tuple(DeviceGroup(_uid("device-group", one["name"]), **one) for one in INVENTED["device_groups"])
GLOBAL_POLICY_GROUP, *POLICY_GROUPS = (
    PolicyGroup(_uid("policy-group", one["name"]), one["name"], one["description"], frozenset(one["enabled"]))
    for one in INVENTED["policy_groups"]
)
POLICIES = tuple(Policy(**one) for one in INVENTED["policies"])


@dataclass(frozen=True)
class Profile:
    """What all devices of one model share. `fields` are record fields."""

    platform: str
    os_name: str
    os_version: str
    fields: dict[str, Any]


def _profiles(platform: str) -> tuple[Profile, ...]:
    family = INVENTED["platforms"][platform]
    return tuple(
        Profile(
            platform,
            os_name,
            os_version,
            {
                "accountUid": ACCOUNT_UID,
                "platformOSType": platform,
                "systemManufacturer": manufacturer,
                "systemModel": model,
                **INVENTED["every_device"],
                **family["fields"],
            },
        )
        for manufacturer, model, os_name, os_version in family["models"]
    )


_PROFILES = {platform: _profiles(platform) for platform in INVENTED["platforms"]}
_FIRST_DEVICES: list[tuple[str, str]] = INVENTED["first_devices"]  # name and part
_SITES: list[str] = INVENTED["sites"]


def generate_device(seed: int, index: int, now: datetime, records: RecordOptions) -> tuple[dict[str, Any], Profile, Contact]:
    """(own fields, profile, agent contact) of the device at a place in the fleet."""
    rng = random.Random(seed * 1_000_003 + index)
    part = _FIRST_DEVICES[index][1] if index < len(_FIRST_DEVICES) else _random_part(rng)
    profile = _profile_for(part, index, rng)
    fields = {
        **_identity(index, rng, records),
        **_people(index, rng),
        **_network(index, rng),
        **_membership(rng),
        **_dates(part, rng, now),
        **_condition(part, rng, now),
    }
    return fields, profile, _contact(part, rng, now)


def mac_address(number: int, notation: str = "colons") -> str:
    """Invented MAC addresses: the documentation range of RFC 7042 first, then locally administered ones."""
    digits = f"00005E0053{number:02X}" if number < 256 else f"02005E{number:06X}"
    pairs = [digits[place : place + 2] for place in range(0, 12, 2)]
    return {
        "colons": ":".join(pairs),
        "dashes": "-".join(pairs),
        "dots": f"{digits[:4]}.{digits[4:8]}.{digits[8:]}",
        "0x": f"0x{digits}",
    }[notation]


def _random_part(rng: random.Random) -> str:
    parts = ("plain", "Mac", "Chromebook", "stolen", "missing", "inactive", "disabled", "unlocated", "silent", "odd name")
    return rng.choices(parts, (66, 12, 6, 1, 1, 2, 2, 5, 4, 1))[0]


def _profile_for(part: str, index: int, rng: random.Random) -> Profile:
    if part == "Chromebook":
        return _PROFILES[part][0]
    return _PROFILES["Windows"][0] if index == 0 else rng.choice(_PROFILES["Mac" if part == "Mac" else "Windows"])


def _identity(index: int, rng: random.Random, records: RecordOptions) -> dict[str, Any]:
    name = _device_name(index, rng)
    moved = records.serial_numbers == "moved" and index % 2 == 0
    return {
        "deviceUid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "esn": f"{_upper(rng, 10)}AA{index + 1:08d}",
        "deviceName": name,
        "fullSystemName": f"{DOMAIN}\\{name}" if records.full_system_name == "DOMAIN\\NAME" else f"{name}.WORKGROUP",
        "serialNumber": f"SN{FIRST_SERIAL + index:06d}{'_Moved' if moved else ''}",
    }


def _device_name(index: int, rng: random.Random) -> str:
    if index < len(_FIRST_DEVICES):
        return _FIRST_DEVICES[index][0]
    draw = rng.random()
    if draw < 0.02:
        return str(INVENTED["odd_names"][index % len(INVENTED["odd_names"])])
    if draw < 0.04:
        return f"KIOSK-{index % 40:02d}"
    return f"{_SITES[index % len(_SITES)]}-WS-{index + 1:06d}"


def _upper(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=length))


def _people(index: int, rng: random.Random) -> dict[str, Any]:
    first, last = (rng.choice(INVENTED[names].split()) for names in ("first_names", "last_names"))
    user = "jdoe" if index == 0 else f"{first[0]}{last}".lower()
    fields = {"username": f"CORP\\{user}", "domain": DOMAIN, "orgUnits": f"OU={_SITES[index % len(_SITES)]}"}
    if rng.random() < 0.9:
        fields["currentUsername"] = fields["username"]
    return fields


def _network(index: int, rng: random.Random) -> dict[str, Any]:
    wide = int(ipaddress.IPv4Address("198.18.0.0"))
    local = ipaddress.IPv4Address(f"192.0.2.{index + 15}" if index < 235 else wide + index)
    public = ipaddress.IPv4Address(f"{rng.choice(('198.51.100', '203.0.113'))}.{20 + index % 200}")
    return {
        "localIp": str(local),
        "localIpAddress": int(local),
        "publicIp": str(public),
        "publicIpAddress": int(public),
    }


def _membership(rng: random.Random) -> dict[str, Any]:
    groups = [DEVICE_GROUPS[0].uid, *(group.uid for group in DEVICE_GROUPS[1:] if rng.random() < 0.3)]
    # None stands for the Global Policy Group: its devices have no policyGroupUid.
    policy_group = rng.choice((*POLICY_GROUPS, None))
    fields: dict[str, Any] = {"deviceGroupIds": groups}
    if policy_group is None:
        return {**fields, "policyGroupName": "Global Policy Group"}
    return {**fields, "policyGroupUid": policy_group.uid, "policyGroupName": policy_group.name}


def _dates(part: str, rng: random.Random, now: datetime) -> dict[str, Any]:
    fields = {"lastUpdatedDateTimeUtc": format_utc(now - timedelta(seconds=rng.randrange(1, 86400)))}
    if part != "inactive":
        first_call = datetime(2024, 3, 1, 10, tzinfo=timezone.utc) + timedelta(minutes=rng.randrange(500_000))
        fields["firstCallDateTimeUtc"] = format_utc(first_call)
    return fields


def _condition(part: str, rng: random.Random, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "agentStatus": {"inactive": "I", "disabled": "D"}.get(part, "A"),
        "isStolen": part == "stolen",
        "avgMinutesInUse": rng.randrange(600),
    }
    fields["classification"] = _usage(fields["avgMinutesInUse"])
    reported = format_utc(now - timedelta(days=rng.randrange(1, 30)))
    if part in ("stolen", "missing"):
        fields["deviceStatus"] = {"type": part.upper(), "reported": reported, "emailContacts": "soc@example.com"}
    if part == "disabled":
        fields["unenrollmentDateTimeUtc"] = reported
        fields["latestEvent"] = {"eventStatus": "Unenrolled", "eventDateTimeUtc": reported}
    if part in ("unlocated", "inactive"):
        fields["geoData"] = None
    return fields


def _usage(minutes_a_day: int) -> str:
    if minutes_a_day < 60:
        return "notUsed"
    if minutes_a_day < 240:
        return "slightlyUsed"
    return "moderatelyUsed" if minutes_a_day <= 480 else "heavilyUsed"


def _contact(part: str, rng: random.Random, now: datetime) -> Contact:
    phase = timedelta(seconds=rng.randrange(int(CHECK_IN_INTERVAL.total_seconds())))
    silent_days = {"silent": 21, "disabled": 40}.get(part)
    if part == "inactive":
        return Contact(phase, online=False)
    if silent_days:
        return Contact(phase, online=False, last=now - timedelta(days=silent_days) + phase)
    return Contact(phase, online=True)
