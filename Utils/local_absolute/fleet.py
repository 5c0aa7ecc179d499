"""An invented fleet: the same seed and start time give the same devices, and a larger fleet only appends to a smaller one.

The first fifteen devices have fixed parts, for stories and tests:

    LAB-0001  Windows, active, located           LAB-0006  inactive, never called in
    LAB-0002  Mac, active                        LAB-0007  disabled, unenrolled
    LAB-0003  Chromebook, active                 LAB-0008  no geolocation
    LAB-0004  Windows, stolen                    LAB-0009  active, but silent for 21 days
    LAB-0005  Windows, missing                   LAB-0010  twice: a duplicate host name
    then one name each with ', &, umlauts and CJK characters

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


def _device_group(name: str, group_type: str, description: str) -> DeviceGroup:
    return DeviceGroup(_uid("device-group", name), name, group_type, description)


def _policy_group(name: str, description: str, *enabled: str) -> PolicyGroup:
    return PolicyGroup(_uid("policy-group", name), name, description, frozenset(enabled))


DEVICE_GROUPS = (
    _device_group("All devices", "Smart", "Every device of the account"),
    _device_group("Finance", "Fixed", "Devices of the finance department"),
    _device_group("Engineering", "Fixed", "Devices of the engineers"),
    _device_group("Field staff", "Smart", "Devices that travel"),
)
GLOBAL_POLICY_GROUP = _policy_group("Global Policy Group", "Devices of no other policy group", "HDC", "SDC", "GEO")
# None stands for the Global Policy Group: its devices have no policyGroupUid.
POLICY_GROUPS = (
    _policy_group("Laptops", "Portable computers", "HDC", "SDC", "GEO", "ESP", "DLP"),
    _policy_group("Kiosks", "Computers in public places", "HDC", "SDC"),
    None,
)
POLICIES = (
    Policy("HDC", "Hardware", "Collects hardware details"),
    Policy("SDC", "Software", "Collects installed software"),
    Policy("GEO", "Geolocation Tracking", "Collects the locations of devices"),
    Policy("ESP", "Full-Disk Encryption Status", "Collects the state of disk encryption"),
    Policy("DLP", "Endpoint Data Discovery", "Looks for sensitive data"),
)


@dataclass(frozen=True)
class Profile:
    """What all devices of one model share. `fields` are record fields."""

    platform: str
    os_name: str
    os_version: str
    fields: dict[str, Any]


def _profile(platform: str, manufacturer: str, model: str, os_name: str, os_version: str, **fields: Any) -> Profile:
    common = {
        "accountUid": ACCOUNT_UID,
        "platformOSType": platform,
        "systemManufacturer": manufacturer,
        "systemModel": model,
        "agentVersion": "8.0.0.1",
        "src": "Agent",
        "origin": "AgentCall",
        "deviceFreezeActionStatus": {"statuses": [], "score": 0},
        "deviceFreezeReportingStatuses": [],
    }
    return Profile(platform, os_name, os_version, {**common, **fields})


def _windows(manufacturer: str, model: str, os_name: str, os_version: str) -> Profile:
    return _profile(
        "Windows",
        manufacturer,
        model,
        os_name,
        os_version,
        systemType="x64-based PC",
        systemDirectory="C:\\Windows\\system32",
        bootDevice="\\Device\\HarddiskVolume1",
        locale="en-US",
        timeZone="UTC",
        chassisType="10",
        ctesVersion="1.0.0.3210",
        persistentAgentVersion="980",
        isCTESActive=True,
        pageFile="C:\\pagefile.sys",
        pageFileSpaceBytes=4 * 2**30,
        totalPhysicalRamBytes=16 * 2**30,
        totalVirtualMemoryBytes=20 * 2**30,
        defaultGateway="192.0.2.1",
    )


def _mac(model: str, os_version: str) -> Profile:
    return _profile(
        "Mac",
        "Contoso Fruit",
        model,
        "macOS",
        os_version,
        systemType="arm64",
        locale="en_US",
        timeZone="UTC",
        ctesVersion="1.0.0.1180",
        isCTESActive=True,
        systemIntegrityProtectionStatus="Enabled",
        totalPhysicalRamBytes=16 * 2**30,
        defaultGateway="192.0.2.1",
    )


WINDOWS_PROFILES = (
    _windows("Contoso", "Book 14", "Microsoft Windows 11 Pro", "10.0.22631"),
    _windows("Contoso", "Book 14 G2", "Microsoft Windows 11 Enterprise", "10.0.26100"),
    _windows("Fabrikam", "Latitude & Co 5440", "Microsoft Windows 11 Pro", "10.0.22631"),
    _windows("Fabrikam", "Tower 3000", "Microsoft Windows 10 Enterprise", "10.0.19045"),
)
MAC_PROFILES = (_mac("MacBook Air (M2)", "14.6.1"), _mac("MacBook Pro (M3)", "15.1"))
CHROMEBOOK_PROFILES = (
    _profile("Chromebook", "Northwind", "Chromebook 11", "Chrome OS", "129.0.6668", systemType="x86_64", src="GSS", origin="GSS"),
)

_FIRST_NAMES = "Alice Bob Carla Dieter Elena Farid Grace Hiro Ingrid Jonas Keiko Lars Maria Nadia Omar Petra Rosa Sven Tara"
_LAST_NAMES = "Smith O'Brien Müller Tanaka García Novák Jensen Rossi Dubois Kowalski Øster 田中 Silva Brown Weiß Doe"
_SITES = ("BER", "LON", "VAN", "AUS", "TYO")
_LAB_NAMES = [
    *(f"LAB-{number:04d}" for number in range(1, 11)),
    "LAB-0010",
    "O'Brien-PC",
    "R&D-LAB-01",
    "MÜNCHEN-ÖL-07",
    "開発機-01",
]
_LAB_PARTS = {
    1: "Mac",
    2: "Chromebook",
    3: "stolen",
    4: "missing",
    5: "inactive",
    6: "disabled",
    7: "unlocated",
    8: "silent",
}
_ODD_NAMES = ("Mia's Laptop", "Q&A Desk", "Vertrieb-Süd", "営業部", "50% off kiosk", "a+b=c")


def generate_device(seed: int, index: int, now: datetime, records: RecordOptions) -> tuple[dict[str, Any], Profile, Contact]:
    """(own fields, profile, agent contact) of the device at a place in the fleet."""
    rng = random.Random(seed * 1_000_003 + index)
    part = _LAB_PARTS.get(index, "plain") if index < len(_LAB_NAMES) else _random_part(rng)
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
    if part == "Mac":
        return rng.choice(MAC_PROFILES)
    if part == "Chromebook":
        return CHROMEBOOK_PROFILES[0]
    return WINDOWS_PROFILES[0] if index == 0 else rng.choice(WINDOWS_PROFILES)


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
    if index < len(_LAB_NAMES):
        return _LAB_NAMES[index]
    draw = rng.random()
    if draw < 0.02:
        return _ODD_NAMES[index % len(_ODD_NAMES)]
    if draw < 0.04:
        return f"KIOSK-{index % 40:02d}"
    return f"{_SITES[index % len(_SITES)]}-WS-{index + 1:06d}"


def _upper(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=length))


def _people(index: int, rng: random.Random) -> dict[str, Any]:
    first, last = rng.choice(_FIRST_NAMES.split()), rng.choice(_LAST_NAMES.split())
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
    policy_group = rng.choice(POLICY_GROUPS)
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
