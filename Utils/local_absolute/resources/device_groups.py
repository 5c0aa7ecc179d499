"""Device Groups: /configurations/device-groups/groups and the groups of a device. No permission is needed."""

from __future__ import annotations

from typing import Any

from ..fleet import DEVICE_GROUPS, DeviceGroup
from ..listing import rows_answer
from ..query import simple_filter, suffixed_filters
from ..routes import Answer, Call, Route, path_device

FILTERS = {**suffixed_filters("deviceGroupUid groupType", "="), **suffixed_filters("displayName", "= StartsWith")}
ANY_OF = "deviceGroupUidAnyOf"


def list_groups(call: Call) -> Answer:
    simple = [(name, value) for name, value in call.params if name != ANY_OF]
    matches = simple_filter(simple, FILTERS, call.account.options.query)
    choices = [value.lower().split(",") for name, value in call.params if name == ANY_OF]
    groups = [group for group in DEVICE_GROUPS if all(group.uid in uids for uids in choices)]
    return rows_answer(call, groups, group_record, matches)


def list_groups_of_device(call: Call) -> Answer:
    uids = path_device(call).get("deviceGroupIds", ())
    return Answer(data=[group_record(group) for group in DEVICE_GROUPS if group.uid in uids])


def group_record(group: DeviceGroup) -> dict[str, Any]:
    return {
        "deviceGroupUid": group.uid,
        "groupType": group.type,
        "displayName": group.name,
        "description": group.description,
    }


ROUTES = (
    Route("GET", "/configurations/device-groups/groups", (), list_groups),
    Route("GET", "/configurations/device-groups/devices/{deviceUid}/groups", (), list_groups_of_device),
)
