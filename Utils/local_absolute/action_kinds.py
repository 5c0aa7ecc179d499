"""The kinds of device actions: unenroll, wipe, file delete, end-user message, script. One row of KINDS each.

The rules are those of the vendor's OpenAPI document, resources Unenroll, Wipe, File Delete, Messaging and Reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .devices import Device

WINDOWS_AND_MAC = frozenset({"Windows", "Mac"})
ALL_PLATFORMS = WINDOWS_AND_MAC | {"Chromebook"}
SPECIFIC_FILES = "wipeSpecificUserFiles"
UNENROLL_AFTERWARDS = "unenrollDevicesAndFreeLicenses"


@dataclass(frozen=True)
class Order:
    """What a request asks for. `members` are its kind's own members, named and valued as its summary shows them.

    The action applies to `platforms` (platformOSType); devices reported missing are left out with `exclude_missing`;
    `scheduled_at` is the moment before which nothing happens on a device.
    """

    members: Mapping[str, Any]
    platforms: frozenset[str]
    exclude_missing: bool = False
    scheduled_at: datetime | None = None


@dataclass(frozen=True)
class ActionKind:
    """One kind of device action.

    `name` is the one in the paths. `id_member` names the readable identifier in a request's summary, which starts with
    `id_prefix`. `done` is the actionStatus of success, `ineligible` the one of a device that the action does not apply
    to. `duration` is the tenant time from Processing to the end. Actions in a `cancellable` status can be cancelled.
    `ineligibility` gives the reason why a device on the right platform with an active agent is refused, or None.
    """

    name: str
    id_prefix: str
    done: str
    duration: timedelta
    ineligibility: Callable[[Device], str | None] = lambda device: None
    # The filter actionStatus has the value Ineligible for unenroll only; for the others an ineligible device is one of
    # which "the system was unable to execute the action", which their documents call Failed.
    ineligible: str = "Failed"
    id_member: str = "requestId"
    by_agent: bool = True
    cancellable: frozenset[str] = frozenset({"Pending"})
    certified: Callable[[Order], bool] = lambda order: False
    unenrolls: Callable[[Order, Device], bool] = lambda order, device: False


def _not_wipeable(device: Device) -> str | None:
    """Windows 10 and 11 with BitLocker, encrypted or used space encrypted; Mac with FileVault and one drive, all of it
    encrypted. `USENCR` is the code of Used Space Encrypted; allDrivesEncrypted 1 and 2 say that all drives are."""
    encryption = device.get("espInfo", {})
    status = encryption.get("encryptionStatus")
    product = encryption.get("encryptionProductName", "")
    if device["platformOSType"] == "Windows":
        name = device.get("operatingSystem", {}).get("name", "")
        supported = "Windows 10" in name or "Windows 11" in name
        encrypted = product.startswith("BitLocker") and status in ("ENCR", "USENCR")
    else:
        supported = len(device.get("disks", ())) == 1
        encrypted = product.startswith("FileVault") and status == "ENCR" and encryption.get("allDrivesEncrypted") in ("1", "2")
    return None if supported and encrypted else "The device's drives are not encrypted in a way that a wipe supports"


def _shows_no_messages(device: Device) -> str | None:
    """Windows 10 or higher, macOS 13 or higher, Chrome OS."""
    oldest = {"Windows": 10, "Mac": 13}.get(device["platformOSType"], 0)
    version = device.get("operatingSystem", {}).get("version", "0").split(".")[0]
    return None if int(version) >= oldest else "The operating system is too old"


def _all_files(order: Order) -> bool:
    return order.members["wipeType"] != SPECIFIC_FILES


def _wipe_unenrolls(order: Order, device: Device) -> bool:
    """Mac devices are always unenrolled, others when asked for."""
    return device["platformOSType"] == "Mac" or order.members.get(UNENROLL_AFTERWARDS) is True


UNENROLL = ActionKind(
    "unenroll",
    id_prefix="UnenrollDevice",
    done="Completed",
    duration=timedelta(seconds=3),
    ineligibility=lambda device: "The device is reported stolen" if device.get("isStolen") else None,
    ineligible="Ineligible",
    by_agent=False,
    cancellable=frozenset(),
    unenrolls=lambda order, device: True,
)
WIPE = ActionKind(
    "wipe",
    id_prefix="Wipe",
    done="Succeeded",
    duration=timedelta(minutes=5),
    ineligibility=_not_wipeable,
    certified=lambda order: True,
    unenrolls=_wipe_unenrolls,
)
FILE_DELETE = ActionKind(
    "file-delete",
    id_prefix="DeleteFile",
    done="Completed",
    duration=timedelta(minutes=3),
    certified=_all_files,
    unenrolls=lambda order, device: _all_files(order) and _wipe_unenrolls(order, device),
)
MESSAGE = ActionKind(
    "eum",
    id_prefix="SendMessage",
    done="Completed",
    # Until the user has read the message and pressed its button.
    duration=timedelta(minutes=2),
    ineligibility=_shows_no_messages,
    cancellable=frozenset({"Pending", "Ready", "Processing"}),
)
SCRIPT = ActionKind(
    "reach",
    id_prefix="RunScript",
    id_member="actionId",
    done="Succeeded",
    duration=timedelta(minutes=1),
)
KINDS = {kind.name: kind for kind in (UNENROLL, WIPE, FILE_DELETE, MESSAGE, SCRIPT)}


def ineligibility(kind: ActionKind, order: Order, device: Device) -> str | None:
    """Why the device cannot do what is ordered; None when it can."""
    if device["agentStatus"] != "A":
        return "The agent on the device is not active"
    if device["platformOSType"] not in order.platforms:
        return f"The action is not available on {device['platformOSType']}"
    return kind.ineligibility(device)
