"""The parts of a device record that are computed when they are read: adapters, disks, encryption, location, licences…

One function per record field, or for several that are alike. Each takes the device and a generator that always starts in the
same state for that device and field, and returns the value or None when the device has none.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from .data import INVENTED
from .fleet import mac_address
from .times import format_utc, parse_iso

if TYPE_CHECKING:
    from .devices import Device

Section = Callable[["Device", random.Random], Any]


def network_adapters(device: Device, rng: random.Random) -> Any:
    common = {"dhcpEnabled": True, "defaultGateway": "192.0.2.1", "dnsHostName": device["deviceName"], "installed": True}
    wireless = {
        "id": "1",
        "name": "Wi-Fi",
        "adapterType": "Wireless",
        "manufacturer": "Contoso",
        "macAddress": mac_address(2 * device.index + 1, device.records.mac_addresses),
        "ipV4Address": device["localIp"],
        "ipV6Address": f"2001:db8::{device.index + 1:x}",
        "ipSubnet": "255.255.255.0",
        "networkSSID": "corp-wifi",
        "speed": 866_700_000,
        **common,
    }
    wired = {
        "id": "2",
        "name": "Ethernet",
        "adapterType": "Ethernet 802.3",
        "manufacturer": "Fabrikam",
        "macAddress": mac_address(2 * device.index + 2, device.records.mac_addresses),
        "speed": 1_000_000_000,
        **common,
    }
    return [wireless] if device.profile.platform == "Chromebook" else [wireless, wired]


def operating_system(device: Device, rng: random.Random) -> Any:
    profile = device.profile
    fields = {
        "name": profile.os_name,
        "rawName": profile.os_name,
        "version": profile.os_version,
        "architecture": "ARM64" if profile.platform == "Mac" else "64-bit",
        "manufacturer": profile.fields["systemManufacturer"],
    }
    first_call = device.get("firstCallDateTimeUtc")
    if first_call:
        fields["installDateTimeUtc"] = format_utc(parse_iso(first_call) - timedelta(hours=rng.randrange(1, 48)))
    last_contact = device.get("lastConnectedDateTimeUtc")
    if last_contact:
        fields["lastBootDateTimeUtc"] = format_utc(_days_before(last_contact, device.index % 9))
    if profile.platform == "Windows":
        build = profile.os_version.rpartition(".")[2]
        fields.update(
            {
                "build": build,
                "currentBuild": build,
                "ubr": "4460",
                "editionId": "Professional" if profile.os_name.endswith("Pro") else "Enterprise",
                "edition": profile.os_name.rpartition(" ")[2],
                "windowsDirectory": "C:\\Windows",
            }
        )
    return fields


def bios(device: Device, rng: random.Random) -> Any:
    if device.profile.platform == "Chromebook":
        return None
    return {
        "id": "BIOS0",
        "version": f"1.{rng.randrange(2, 20)}.0",
        "smBiosVersion": "3.4",
        "smBiosMajorVersion": 3,
        "smBiosMinorVersion": 4,
        "manufacturer": device["systemManufacturer"],
        "serialNumber": device["serialNumber"],
        "assetTag": f"A-{100 + device.index}",
    }


def cpu(device: Device, rng: random.Random) -> Any:
    cores = rng.choice((4, 8, 10))
    return {
        "id": "1",
        "name": "Example CPU 7",
        "architecture": "9",
        "dataWidth": 64,
        "physicalCores": cores,
        "logicalCores": 2 * cores,
        "processorNumber": 1,
        "processorSpeed": 2600,
    }


def disks(device: Device, rng: random.Random) -> Any:
    size = rng.choice((256, 512, 1024)) * 10**9
    return [
        {
            "id": "0",
            "name": "Disk 0",
            "model": "Example SSD",
            "mediaType": "SSD",
            "sizeBytes": size,
            "status": "OK",
            "diskIndex": 0,
        }
    ]


def volumes(device: Device, rng: random.Random) -> Any:
    if device.profile.platform == "Chromebook":
        return None
    size = disks(device, random.Random(device.index))[0]["sizeBytes"]
    root = (
        {"driveLetter": "C:", "fileSystem": "NTFS"}
        if device.profile.platform == "Windows"
        else {"mountPoint": "/", "fileSystem": "APFS"}
    )
    return [{"id": "0", "name": "System", "boot": True, "sizeBytes": size, "freeSpaceBytes": rng.randrange(size), **root}]


def battery(device: Device, rng: random.Random) -> Any:
    return {"id": "0", "name": "Battery", "estimatedChargeRemaining": rng.randrange(5, 101), "capacity": 52000}


def memories(device: Device, rng: random.Random) -> Any:
    return [{"id": "0", "manufacturer": "Example", "sizeBytes": 16 * 2**30, "slot": "DIMM0", "speed": 4800, "type": "DDR5"}]


def encryption(device: Device, rng: random.Random) -> Any:
    product = {"Windows": "BitLocker", "Mac": "FileVault"}.get(device.profile.platform)
    if product is None or device["agentStatus"] == "I":
        return None
    encrypted = device.index == 0 or rng.random() < 0.85
    code = "ENCR" if encrypted else rng.choice(("INST", "SUSP", "INPR", "UNKN"))
    if device.records.encryption_codes == "undocumented":
        code = "USENCR" if encrypted else ""
    return {
        "encryptionProductName": product,
        "encryptionVersion": "10.0",
        "encryptionAlgorithm": "AES",
        "encryptionKeySize": "256",
        "hardwareEncryption": False,
        "encryptionStatus": code,
        "encryptionStatusDescription": "Encrypted" if encrypted else "Not encrypted",
        "allDrivesEncrypted": "2" if encrypted else "0",
    }


def antivirus(device: Device, rng: random.Random) -> Any:
    if device.profile.platform == "Chromebook" or device["agentStatus"] == "I":
        return None
    return {"antivirusName": "Example AV", "antivirusVersion": "4.1", "antivirusDefinition": f"1.{rng.randrange(400, 420)}"}


def location(device: Device, rng: random.Random) -> Any:
    """GeoJSON order: x and the first coordinate are the longitude (RFC 7946; the vendor's sample data has that order)."""
    last_contact = device.get("lastConnectedDateTimeUtc")
    if last_contact is None:
        return None
    city, state, country_code, country, longitude, latitude = INVENTED["places"][device.index % len(INVENTED["places"])]
    x = round(longitude + rng.uniform(-0.05, 0.05), 6)
    y = round(latitude + rng.uniform(-0.05, 0.05), 6)
    return {
        "location": {
            "point": {"type": "Point", "x": x, "y": y, "coordinates": [x, y]},
            "geoAddress": {"city": city, "state": state, "countryCode": country_code, "country": country},
            "locationTechnology": rng.choice(("wifi", "gps", "ip")),
            "accuracy": rng.choice((15, 35, 120, 5000)),
            "lastUpdateDateTimeUtc": format_utc(_days_before(last_contact, rng.randrange(3))),
        }
    }


def custom_fields(device: Device, rng: random.Random) -> Any:
    values = {"Asset owner": rng.choice(("IT", "Finance", "R&D")), "Asset Number": f"A-{100 + device.index}"}
    if rng.random() < 0.5:
        values["Tier"] = rng.choice(("Gold", "Silver"))
    return [{"cdfUid": custom_field_uid(name), "cdfFieldName": name, "cdfFieldValue": value} for name, value in values.items()]


def custom_field_uid(name: str) -> str:
    """22 URL-safe characters, the shape of the vendor's cdfUid."""
    return base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()[:16]).decode().rstrip("=")


def base_licence(device: Device, rng: random.Random) -> Any:
    name = rng.choice(("Absolute Resilience", "Absolute Control"))
    return [_licence("lic-1", name, "12345")]


def addon_licence(device: Device, rng: random.Random) -> Any:
    return [_licence("lic-9", "Absolute Ransomware Response", "67890")] if rng.random() < 0.3 else None


def _licence(identifier: str, name: str, order: str) -> dict[str, str]:
    return {
        "id": identifier,
        "licenseType": name.split()[1].upper(),
        "licenseName": name,
        "orderNo": order,
        "startDateUtc": "2025-01-01T00:00:00.000Z",
        "endDateUtc": "2028-01-01T00:00:00.000Z",
    }


def policy_status(feature: str, device: Device, rng: random.Random) -> Any:
    if device.profile.platform == "Chromebook":
        return None
    enabled = rng.random() < 0.9
    return {
        "status": "OK",
        "statusCode": 0,
        "isEnabled": enabled,
        "featureType": feature,
        "calcStatus": "OK" if enabled else "INACTIVE",
    }


def resilience(product: str, version: str, share: float, device: Device, rng: random.Random) -> Any:
    """An Application Resilience object, for a share of the Windows devices."""
    if device.profile.platform != "Windows" or rng.random() >= share:
        return None
    return {
        "applicationName": product,
        "version": version,
        "status": rng.choice(("Enabled", "Enabled", "Enabled", "NotCompliant")),
        "repairStatus": "NoRepairs",
        "repairCount": 0,
        "reinstallCount": 0,
        "failedCount": 0,
    }


def supervisor_password(device: Device, rng: random.Random) -> Any:
    if device.profile.platform != "Windows":
        return None
    return {"version": "2.0", "status": "Unset", "isSupported": True, "isStrongPasswordRequired": False}


def chromebook_sync(device: Device, rng: random.Random) -> Any:
    if device.profile.platform != "Chromebook":
        return None
    return {"gacDeviceStatus": "ACTIVE", "gacDeviceAnnotatedUser": device["username"], "chromebookStatus": "Installed"}


SECTIONS: dict[str, Section] = {
    "networkAdapters": network_adapters,
    "operatingSystem": operating_system,
    "bios": bios,
    "cpu": cpu,
    "disks": disks,
    "volumes": volumes,
    "battery": battery,
    "memories": memories,
    "espInfo": encryption,
    "avpInfo": antivirus,
    "geoData": location,
    "customFields": custom_fields,
    "licenseBase": base_licence,
    "licenseAddon": addon_licence,
    **{f"{name}Status": partial(policy_status, name.upper()) for name in ("hdc", "sdc", "dlp", "geo", "esp", "du")},
    "rnrBitLocker": partial(resilience, "BitLocker", "10.0", 0.8),
    "rnrCrowdStrike": partial(resilience, "Example EDR", "7.1", 0.5),
    "gssSyncData": chromebook_sync,
    "rsvpStatus": supervisor_password,
}
RESILIENCE_FIELDS = tuple(name for name in SECTIONS if name.startswith("rnr"))


def _days_before(moment: str, days: int) -> datetime:
    return parse_iso(moment) - timedelta(days=days, hours=1)
