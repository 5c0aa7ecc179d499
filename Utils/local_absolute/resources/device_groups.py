"""Device Groups: /configurations/device-groups/groups and the groups of a device, which need no permission; and the tree of
device groups and folders (/configurations/devicegrouptree/nodes), of which the document has the creation alone."""

from __future__ import annotations

import uuid
from typing import Any

from ..body import MAX_DEVICES, body_members, visible_device
from ..errors import invalid_value
from ..fleet import DeviceGroup
from ..listing import rows_answer
from ..permissions import Permission
from ..query import suffixed_filters
from ..routes import Answer, Call, Route, path_device

FILTERS = {
    **suffixed_filters("deviceGroupUid", "= AnyOf"),
    **suffixed_filters("groupType", "="),
    **suffixed_filters("displayName", "= StartsWith"),
}


def list_groups(call: Call) -> Answer:
    return rows_answer(call, call.account.device_groups, group_record, FILTERS)


def list_groups_of_device(call: Call) -> Answer:
    uids = path_device(call).get("deviceGroupIds", ())
    return Answer(data=[group_record(group) for group in call.account.device_groups if group.uid in uids])


def group_record(group: DeviceGroup) -> dict[str, Any]:
    return {
        "deviceGroupUid": group.uid,
        "groupType": group.type,
        "displayName": group.name,
        "description": group.description,
    }


def create_node(call: Call) -> Answer:
    """A static device group with its members; a folder (Rollup) has none, and no list shows it."""
    members = body_members(call)
    name = members.required("displayName", members.text, 1, 255)
    description = members.text("description", 0, 1000) or ""
    kind = members.choice("nodeType", ("Group", "Rollup")) or "Group"
    node_uid = str(uuid.uuid4())
    if kind == "Group":
        group = members.members("deviceGroup")
        group_type = group.choice("groupType", ("Fixed",)) or "Fixed"
        devices: dict[str, Any] = {uid: visible_device(call, uid) for uid in group.texts("groupMemberIds", MAX_DEVICES)}
        unknown = [uid for uid, device in devices.items() if device is None]
        if unknown:
            raise invalid_value("groupMemberIds", f"unknown device {unknown[0]}")
        call.account.device_groups.append(DeviceGroup(node_uid, name, group_type, description))
        for uid, device in devices.items():
            call.account.devices.update(uid, deviceGroupIds=[*device.get("deviceGroupIds", ()), node_uid])
    return Answer(data={"deviceGroupTreeUid": node_uid, "errors": []})


ROUTES = (
    Route("GET", "/configurations/device-groups/groups", (), list_groups),
    Route("GET", "/configurations/device-groups/devices/{deviceUid}/groups", (), list_groups_of_device),
    Route("POST", "/configurations/devicegrouptree/nodes", (Permission.MANAGE_DEVICE_GROUPS,), create_node),
)
