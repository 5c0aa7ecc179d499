"""Playbooks of Absolute: the templates (/actions/playbook/templates), and requests to run one (/actions/requests/playbook).

The API tells no state of such a request, so none is kept: what was asked for stands in the requests that the tenant records.
"""

from __future__ import annotations

import uuid
from typing import Any

from ..body import Members, body_members, device_uids
from ..data import INVENTED
from ..listing import rows_answer
from ..permissions import Permission
from ..query import suffixed_filters
from ..routes import Answer, Call, Route

MAX_DEVICES = 1000
FILTERS = {**suffixed_filters("type", "="), **suffixed_filters("name", "= Contains EndsWith StartsWith")}


TEMPLATES: list[dict[str, Any]] = INVENTED["playbook_templates"]


def list_templates(call: Call) -> Answer:
    return rows_answer(call, TEMPLATES, dict, FILTERS)


def run_playbook(call: Call) -> Answer:
    members = body_members(call)
    template_uid = members.required("playbookTemplateUid", members.uid)
    template = next((one for one in TEMPLATES if one["playbookTemplateUid"] == template_uid), None)
    if template is None:
        raise members.refused("playbookTemplateUid", "no such template")
    device_uids(call, members, MAX_DEVICES)
    playbooks = members.items("isoVariables", 5)
    if not playbooks:
        raise members.refused("isoVariables", "must have between 1 and 5 elements")
    for playbook in playbooks:
        _check(playbook, template)
    return Answer(data={"requestUid": str(uuid.uuid4())})


def _check(playbook: Members, template: dict[str, Any]) -> None:
    """Raises ApiError 400 for a playbook or a command that the template does not have, or one that lacks a parameter."""
    known = {one["name"]: {command["command"]: command for command in one["commands"]} for one in template["isoVariables"]}
    commands = known[playbook.required("name", playbook.choice, tuple(known))]
    asked = playbook.items("commands", 20)
    if not asked:
        raise playbook.refused("commands", "must have between 1 and 20 elements")
    for action in asked:
        declared = commands[action.required("command", action.choice, tuple(commands))]
        params = action.members("params")
        for param in declared["params"]:
            read = (params.text, 1, param["maxLength"])
            params.required(param["name"], *read) if param["isMandatory"] else params.text(param["name"], 0, param["maxLength"])


ROUTES = (
    Route("GET", "/actions/playbook/templates", (Permission.VIEW_RUN_PLAYBOOKS,), list_templates),
    Route("POST", "/actions/requests/playbook", (Permission.PERFORM_RUN_PLAYBOOKS,), run_playbook),
)
