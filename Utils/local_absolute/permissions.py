"""Permissions that an API token can hold, named as in the console's token permission list."""

from enum import Enum


class Permission(Enum):
    """One entry of the console's permission list; which endpoint needs which is said by the resource's routes."""

    VIEW_DEVICE_REPORTS = "View Device reports"
    VIEW_SOFTWARE_REPORTS = "View Software reports"
    VIEW_GEOLOCATION = "View Geolocation"
    VIEW_GEOLOCATION_ADDRESS_LEVEL = "Address-level view Geolocation"
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


ALL_PERMISSIONS = frozenset(Permission)
