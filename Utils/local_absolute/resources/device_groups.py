"""Device Groups: /configurations/device-groups/groups and the groups of a device. No permission is needed."""

from __future__ import annotations

from typing import Any

from ..errors import not_found
from ..fleet import DEVICE_GROUPS, DeviceGroup
from ..listing import list_answer
from ..query import ListQuery, ListRules, simple_filter, suffixed_filters
from ..routes import Answer, Call, Route, path_uid

RULES = ListRules()
FILTERS = {**suffixed_filters("deviceGroupUid groupType", "="), **suffixed_filters("displayName", "= StartsWith")}
ANY_OF = "deviceGroupUidAnyOf"


def list_groups(call: Call) -> Answer:
    simple = [(name, value) for name, value in call.params if name != ANY_OF]
    matches = simple_filter(simple, FILTERS, call.account.options.query)
    choices = [value.lower().split(",") for name, value in call.params if name == ANY_OF]

    def ordered(query: ListQuery) -> tuple[list[tuple[int]], tuple[DeviceGroup, ...]]:
        return [(place,) for place in range(len(DEVICE_GROUPS))], DEVICE_GROUPS

    def wanted(group: DeviceGroup) -> bool:
        return all(group.uid in uids for uids in choices) and matches(group_record(group))

    return list_answer(call, RULES, ordered, wanted, lambda group, select: group_record(group))


def list_groups_of_device(call: Call) -> Answer:
    device = call.account.devices.find(path_uid(call, "deviceUid"))
    if device is None or not call.account.visible(device, call.token):
        raise not_found()
    uids = device.get("deviceGroupIds", ())
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
