"""The API's resources: one module each, one line here."""

from . import (
    applications,
    compliance,
    custom_fields,
    device_groups,
    devices,
    file_delete,
    freeze,
    freeze_messages,
    messaging,
    missing_devices,
    policy_groups,
    reach,
    siem_events,
    unenroll,
    wipe,
)

ROUTES = (
    *devices.ROUTES,
    *compliance.ROUTES,
    *applications.ROUTES,
    *siem_events.ROUTES,
    *freeze.ROUTES,
    *freeze_messages.ROUTES,
    *unenroll.ROUTES,
    *wipe.ROUTES,
    *file_delete.ROUTES,
    *messaging.ROUTES,
    *reach.ROUTES,
    *custom_fields.ROUTES,
    *missing_devices.ROUTES,
    *device_groups.ROUTES,
    *policy_groups.ROUTES,
)
