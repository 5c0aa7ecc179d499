"""Policy Groups: GET /configurations/policy-groups, all in one answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..fleet import ACCOUNT_UID, GLOBAL_POLICY_GROUP, POLICIES, POLICY_GROUPS, PolicyGroup
from ..permissions import Permission
from ..query import refuse_unknown_parameters
from ..routes import Answer, Call, Route


def list_policy_groups(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset(), call.account.options.query)
    # Devices of the Global Policy Group have no policyGroupUid.
    sizes = Counter(device.get("policyGroupUid", GLOBAL_POLICY_GROUP.uid) for device in call.account.devices)
    groups = (GLOBAL_POLICY_GROUP, *(group for group in POLICY_GROUPS if group))
    return Answer(data=[policy_group_record(group, sizes[group.uid]) for group in groups])


def policy_group_record(group: PolicyGroup, devices: int) -> dict[str, Any]:
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
                "isEnabled": policy.type in group.enabled,
            }
            for policy in POLICIES
        ],
        "deviceCount": devices,
    }


ROUTES = (Route("GET", "/configurations/policy-groups", (Permission.VIEW_POLICIES,), list_policy_groups),)
