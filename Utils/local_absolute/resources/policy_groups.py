"""Policy Groups (/configurations/policy-groups): the list, all in one answer; moving devices; switching policies."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from ..body import body_members, device_uids
from ..fleet import ACCOUNT_UID, GLOBAL_POLICY_GROUP, POLICIES, PolicyGroup
from ..permissions import Permission
from ..query import refuse_unknown_parameters
from ..routes import ACCEPTED, Answer, Call, Route, found, path_uid


def list_policy_groups(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset(), call.account.options.query)
    policies = call.account.policies
    sizes = Counter(policies.group_of(device).uid for device in call.account.devices)
    return Answer(data=[policy_group_record(call, group, sizes[group.uid]) for group in policies.groups.values()])


def policy_group_record(call: Call, group: PolicyGroup, devices: int) -> dict[str, Any]:
    return {
        "policyGroupUid": group.uid,
        "accountUid": ACCOUNT_UID,
        "name": group.name,
        "description": group.description,
        "isSystem": group is GLOBAL_POLICY_GROUP,
        "agentVersion": "8.0.0.1",
        "policies": [
            {
                "policyUid": policy.uid(group),
                "name": policy.name,
                "type": policy.type,
                "description": policy.description,
                "isEnabled": (group.uid, policy.type) in call.account.policies.active,
            }
            for policy in POLICIES
        ],
        "deviceCount": devices,
    }


def move_devices(call: Call) -> Answer:
    members = body_members(call)
    target = call.account.policies.groups.get(members.required("targetPolicyGroupUid", members.uid))
    if target is None:
        raise members.refused("targetPolicyGroupUid", "no such policy group")
    move = call.account.policies.move(device_uids(call, members), target)
    if call.account.options.policy_group_move == 202:
        return ACCEPTED
    return Answer(data={"id": move.uid, "status": move.status})


def get_move(call: Call) -> Answer:
    move = found(call.account.policies.moves.get(path_uid(call, "requestUid")))
    record = {
        "id": move.uid,
        "targetPolicyGroupUid": move.target.uid,
        "targetPolicyGroupName": move.target.name,
        "deviceUids": [device["deviceUid"] for device in move.devices],
        "actionType": "Move",
        "totalDeviceCount": len(move.devices),
        "totalFailedDevice": 0,
        "status": move.status,
        "allFailure": False,
    }
    return Answer(data=record)


def switch_policy(on: bool, call: Call) -> Answer:
    group = found(call.account.policies.groups.get(path_uid(call, "policyGroupUid")))
    call.account.policies.switch(group, found(call.account.policies.find(group, path_uid(call, "policyUid"))), on)
    return ACCEPTED


_GROUPS = "/configurations/policy-groups"
_MANAGE = (Permission.MANAGE_POLICIES,)
ROUTES = (
    Route("GET", _GROUPS, (Permission.VIEW_POLICIES,), list_policy_groups),
    Route("POST", f"{_GROUPS}/move-devices", _MANAGE, move_devices),
    Route("GET", f"{_GROUPS}/move-devices/{{requestUid}}", _MANAGE, get_move, one=True),
    Route("PUT", f"{_GROUPS}/{{policyGroupUid}}/policies/{{policyUid}}/activate", _MANAGE, partial(switch_policy, True)),
    Route("PUT", f"{_GROUPS}/{{policyGroupUid}}/policies/{{policyUid}}/deactivate", _MANAGE, partial(switch_policy, False)),
)
