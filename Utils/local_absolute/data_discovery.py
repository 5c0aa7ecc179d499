"""What Endpoint Data Discovery has found on a device: files that hold regulated data, in devices whose policy looks for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from .data import INVENTED
from .devices import Device
from .policies import Policies
from .times import format_utc

SCAN = "DLP"
_ENCRYPTION = ("encryptionProductName", "encryptionStatus", "allDrivesEncrypted", "hardwareEncryption")


def is_scanned(device: Device, policies: Policies) -> bool:
    """Windows and Mac devices of a policy group whose policy is active."""
    return device["platformOSType"] in ("Windows", "Mac") and policies.covers(device, SCAN)


def matches(device: Device, policies: Policies, now: datetime) -> Iterator[dict[str, Any]]:
    """The files, one for each rule that they meet; the same device has the same files. Every fourth has none."""
    found = INVENTED["regulated_data"][: int(device["deviceUid"][:2], 16) % 4]
    for place, (system, rule, folder, name, count, score) in enumerate(found):
        if not is_scanned(device, policies):
            return
        item = str(uuid.uuid5(uuid.UUID(device["deviceUid"]), name))
        yield {
            "itemId": item,
            "deviceUid": device["deviceUid"],
            "deviceName": device["deviceName"],
            "deviceIdentifier": device["esn"],
            "deviceSerialNo": device["serialNumber"],
            "userName": device.get("username", ""),
            "fileName": f"{folder}\\{name}",
            "fileNameNoPath": name,
            "fileExt": name.rpartition(".")[2],
            "matches": count,
            "matchedTokens": f"invented-token-{place}",
            "fileMatchStatus": "Matched",
            "score": {"systemId": system, "name": rule, "matchScore": score},
            "espInfo": _encryption(device),
            "platformType": device["platformOSType"],
            "lastedModifiedDateTimeUtc": format_utc(now - timedelta(days=30 + place)),
            "scanDateUtc": format_utc(_scanned(device, now)),
            "policyGroupName": device.get("policyGroupName", ""),
        }


def summary(device: Device, policies: Policies, now: datetime) -> dict[str, Any]:
    found = list(matches(device, policies, now))
    return {
        "deviceUid": device["deviceUid"],
        "deviceName": device["deviceName"],
        "deviceSerialNo": device["serialNumber"],
        "esn": device["esn"],
        "scores": [match["score"] for match in found],
        "completedScanDateTimeUtc": format_utc(_scanned(device, now)),
        "scanStatus": "Completed",
        "espInfo": _encryption(device),
        "deviceGroupIds": list(device.get("deviceGroupIds", ())),
        "deviceOsPlatform": device["platformOSType"],
    }


def _scanned(device: Device, now: datetime) -> datetime:
    return now.replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=1 + int(device["deviceUid"][2], 16))


def _encryption(device: Device) -> dict[str, Any]:
    return {name: value for name, value in device.get("espInfo", {}).items() if name in _ENCRYPTION}
