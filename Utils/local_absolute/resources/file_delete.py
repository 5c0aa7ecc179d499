"""File Delete: /actions/requests/file-delete and /actions/file-delete/…"""

from __future__ import annotations

from typing import Any

from ..action_kinds import FILE_DELETE, SPECIFIC_FILES, UNENROLL_AFTERWARDS, WINDOWS_AND_MAC, Order
from ..body import Members
from ..permissions import Permission
from ..routes import Call
from .device_actions import action_routes, cancel_route, certificate_route, request_routes
from .wipe import unenroll_afterwards

ALL_FILES_AND_OS = "wipeAllUserFilesAndOs"
_MOST_DEVICES_FOR_ALL_FILES = 100
_MOST_PATTERNS = 100


def read_order(call: Call, members: Members, devices: int) -> Order:
    """Only deviceUids is required by the schema; without a wipeType there is nothing to do, so it is refused here."""
    wipe_type = members.required("wipeType", members.choice, (SPECIFIC_FILES, "wipeAllUserFiles", ALL_FILES_AND_OS))
    if wipe_type != SPECIFIC_FILES and devices > _MOST_DEVICES_FOR_ALL_FILES:
        raise members.refused("deviceUids", f"{wipe_type} is limited to {_MOST_DEVICES_FOR_ALL_FILES} devices per request")
    own = {
        "wipeType": wipe_type,
        "secureEraseCount": _erase_count(members),
        "includeFileDateInLog": members.boolean("includeFileDateInLog"),
        "filePatterns": _patterns(members) if wipe_type == SPECIFIC_FILES else None,
        UNENROLL_AFTERWARDS: unenroll_afterwards(call, members),
    }
    return Order(own, frozenset({"Windows"}) if wipe_type == ALL_FILES_AND_OS else WINDOWS_AND_MAC)


def _erase_count(members: Members) -> int:
    count = members.integer("secureEraseCount", 1, 7)
    if count not in (None, 1, 3, 7):
        raise members.refused("secureEraseCount", "must be 1, 3 or 7")
    return 1 if count is None else count


def _patterns(members: Members) -> list[dict[str, Any]]:
    entries = members.items("filePatterns", _MOST_PATTERNS)
    if not entries:
        raise members.refused("filePatterns", f"is required with {SPECIFIC_FILES}")
    return [_pattern(entry) for entry in entries]


def _pattern(entry: Members) -> dict[str, Any]:
    platform = entry.required("platform", entry.text, 1, 50)
    patterns = entry.texts("patterns", _MOST_PATTERNS)
    if not patterns:
        raise entry.refused("patterns", "is required")
    return {"platform": platform, "patterns": patterns}


ROUTES = (
    *request_routes(FILE_DELETE, read_order, Permission.VIEW_DELETE_FILE, Permission.PERFORM_DELETE_FILE),
    *action_routes(FILE_DELETE, Permission.VIEW_DELETE_FILE),
    cancel_route(FILE_DELETE, Permission.PERFORM_DELETE_FILE),
    certificate_route(FILE_DELETE, Permission.VIEW_DELETE_FILE),
)
