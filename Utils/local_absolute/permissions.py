"""Permissions that an API token can hold, named as in the console's token permission list."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

VIEW, MANAGE, OTHER_ACTIONS = "View", "Manage", "Other actions"


class Permission(Enum):
    """One entry of the console's permission list; which endpoint needs which is said by the resource's routes."""

    VIEW_DEVICE_REPORTS = "View Device reports"
    VIEW_SOFTWARE_REPORTS = "View Software reports"
    VIEW_GEOLOCATION = "View Geolocation"
    VIEW_GEOLOCATION_ADDRESS_LEVEL = "Address-level view Geolocation"
    # The document names no permission for what is outside of its navigation.
    VIEW_DATA_DISCOVERY = "View Endpoint Data Discovery"
    VIEW_LICENSES = "View Licenses"
    MANAGE_SIEM_INTEGRATION = "Manage SIEM integration"
    VIEW_FREEZE_DEVICE = "View Freeze Device"
    PERFORM_FREEZE_DEVICE = "Perform Freeze Device"
    PERFORM_REMOVE_FREEZE = "Perform Remove Freeze"
    VIEW_UNENROLL_DEVICE = "View Unenroll Device"
    PERFORM_UNENROLL_DEVICE = "Perform Unenroll Device"
    VIEW_WIPE_DEVICE = "View Wipe Device"
    PERFORM_WIPE_DEVICE = "Perform Wipe Device"
    VIEW_DELETE_FILE = "View Delete File"
    PERFORM_DELETE_FILE = "Perform Delete File"
    VIEW_SEND_MESSAGE = "View Send Message"
    MANAGE_SEND_MESSAGE = "Manage Send Message"
    RUN_REACH_SCRIPT = "Run Reach Script"
    MANAGE_SUPERVISOR_PASSWORD = "Manage Manage Supervisor Password"
    VIEW_RUN_PLAYBOOKS = "View Run playbooks"
    PERFORM_RUN_PLAYBOOKS = "Perform Run playbooks"
    VIEW_DEVICE_FIELDS = "View Device Fields"
    MANAGE_DEVICE_FIELDS = "Manage Device Fields"
    MANAGE_DEVICE_FIELD_DEFINITION = "Manage Device Field Definition"
    VIEW_CUSTOM_DATA_COLLECTION = "View Custom Data Collection"
    MANAGE_CUSTOM_DATA_COLLECTION = "Manage Custom Data Collection"
    MANAGE_DEVICE_GROUPS = "Manage Device Groups and folders"
    VIEW_POLICIES = "View Policies"
    MANAGE_POLICIES = "Manage Policies"
    MANAGE_VERSION_CONTROL = "Manage Version Control"
    VIEW_MISSING_DEVICE = "View Missing Device"
    MANAGE_MISSING_DEVICE = "Manage Missing Device"

    @property
    def column(self) -> str:
        """Where the console's form has it."""
        verb = self.value.split(" ", 1)[0]
        return verb if verb in (VIEW, MANAGE) else OTHER_ACTIONS

    @property
    def views(self) -> Permission | None:
        """The permission to view what this one manages, which is selected with it."""
        view = f"{VIEW}{self.value.removeprefix(MANAGE)}"
        found = (other for other in Permission if other.value == view)
        return next(found, None) if self.column == MANAGE else None


ALL_PERMISSIONS = frozenset(Permission)


def with_views(permissions: Iterable[Permission]) -> frozenset[Permission]:
    """The permissions, and those to view what they manage."""
    chosen = frozenset(permissions)
    return chosen | {permission.views for permission in chosen if permission.views}
