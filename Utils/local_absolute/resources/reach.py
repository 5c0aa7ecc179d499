"""Reach: scripts (/actions/reach/scripts), running them (/actions/requests/reach) and the actions of that (/actions/reach/…).

Reach differs from the other kinds of actions: its own create answer, actions and cancellations asked for by 1-100 deviceUids.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ..action_kinds import SCRIPT, Order
from ..body import Members, body_members
from ..data import INVENTED
from ..device_actions import DeviceAction
from ..listing import rows_answer
from ..permissions import Permission
from ..query import refuse_unknown_parameters, suffixed_filters
from ..routes import ACCEPTED, Answer, Call, FileAnswer, Route, found, path_uid
from ..script_library import Script
from ..times import format_utc
from .device_actions import (
    actions_answer,
    created_filters,
    find_request,
    get_request,
    list_requests,
    require_choice,
    submit,
)

MOST_DEVICES_ASKED_FOR = 100
ACTION_FILTERS = {**created_filters("createdFromDateTime", "createdToDateTime"), **suffixed_filters("actionStatus", "=")}
SCRIPT_FILTERS = {**suffixed_filters("scriptName", "Contains"), **suffixed_filters("scriptType", "=")}
_OPTION_MEMBERS = {"winScriptOption": "Windows", "macScriptOption": "Mac"}


# Requests -------------------------------------------------------------------------------------------------------------


def run_script(call: Call) -> Answer:
    request = submit(call, SCRIPT, read_order)
    members = request.order.members
    data = {
        "requestUid": request.uid,
        "scriptUid": members["scriptUid"],
        "deviceUids": [action.device["deviceUid"] for action in request.actions],
        "createdDateTimeUtc": format_utc(request.created),
        **{name: members[name] for name in ("requestTitle", *_OPTION_MEMBERS) if members[name] is not None},
    }
    return Answer(data=data)


def read_order(call: Call, members: Members, devices: int) -> Order:
    """A script runs on the platforms that options are given for, on all that it supports when there are none."""
    script = _script(call, members.required("scriptUid", members.uid))
    options = {name: _options(members.members(name)) for name in _OPTION_MEMBERS if members.has(name)}
    chosen = {_OPTION_MEMBERS[name] for name in options} or set(_OPTION_MEMBERS.values())
    own: dict[str, Any] = {
        "requestTitle": members.text("requestTitle", 0, 255),
        "scriptUid": script.uid,
        "scriptName": script.name,
        "notificationEmails": [],
        **{name: options.get(name) for name in _OPTION_MEMBERS},
    }
    return Order(own, script.platforms & chosen)


def _options(members: Members) -> dict[str, Any]:
    unit = members.choice("maxRunTimeUnit", ("minute", "hour"))
    options = {
        "maxRunTime": members.integer("maxRunTime", 1, 24 if unit == "hour" else 1440),
        "maxRunTimeUnit": unit,
        "displayMode": members.choice("displayMode", ("Hidden", "Maximized", "Minimized")),
        "runPrivileges": members.choice("runPrivileges", ("Administrator", "LoggedInUser")),
        "runWhen": members.choice("runWhen", ("UserIsOrIsNotSignedIn", "UserIsSignedIn", "NoUserIsSignedIn")),
        "commandLine": members.text("commandLine", 0, 32_767),
        "alwaysRun32bits": members.boolean("alwaysRun32bits"),
        "startupDir": members.text("startupDir", 0, 260),
    }
    return {name: value for name, value in options.items() if value is not None}


def get_configuration(call: Call) -> Answer:
    members = find_request(SCRIPT, call).order.members
    return Answer(data={name: members[name] for name in ("scriptName", *_OPTION_MEMBERS) if members[name] is not None})


# Actions --------------------------------------------------------------------------------------------------------------


def get_actions(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset({*ACTION_FILTERS, "nextPage"}), call.account.options.query)
    return actions_answer(call, SCRIPT, call.account.actions.actions(SCRIPT.name), _device_uids(call), ACTION_FILTERS)


def get_request_actions(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset({"nextPage"}), call.account.options.query)
    return actions_answer(call, SCRIPT, find_request(SCRIPT, call).actions, _device_uids(call), {})


def cancel_actions(call: Call) -> Answer:
    return _cancel(call, call.account.actions.actions(SCRIPT.name))


def cancel_request_actions(call: Call) -> Answer:
    return _cancel(call, find_request(SCRIPT, call).actions)


def _cancel(call: Call, actions: Sequence[DeviceAction]) -> Answer:
    uids = _device_uids(call)
    call.account.actions.cancel([action for action in actions if action.device["deviceUid"] in uids and call.sees(action.device)])
    return ACCEPTED


def _device_uids(call: Call) -> frozenset[str]:
    return frozenset(body_members(call).uids("deviceUids", 1, MOST_DEVICES_ASKED_FOR))


# Scripts --------------------------------------------------------------------------------------------------------------


def list_scripts(call: Call) -> Answer:
    require_choice(call, "scriptType", ("Absolute", "Custom"))
    return rows_answer(call, call.account.script_library.scripts.values(), script_record, SCRIPT_FILTERS)


def get_script(call: Call) -> Answer:
    return Answer(data=script_record(_script(call, path_uid(call, "scriptUid"))))


def get_content(call: Call) -> FileAnswer:
    return FileAnswer("application/zip", _script(call, path_uid(call, "scriptUid")).archive())


def _script(call: Call, uid: str) -> Script:
    return found(call.account.script_library.scripts.get(uid))


def script_record(script: Script) -> dict[str, Any]:
    record: dict[str, Any] = {
        "scriptUid": script.uid,
        "scriptName": script.name,
        "description": script.description,
        "supportedOS": list(script.files),
        "scriptType": script.type,
        "createdDateTime": format_utc(script.created),
        "lastModifiedDateTime": format_utc(script.created),
    }
    for platform, prefix in (("Windows", "win"), ("Mac", "mac")):
        script_file = script.files.get(platform)
        if script_file:
            record[f"{prefix}ScriptParams"] = [INVENTED["script_parameter"]]
            record[f"{prefix}Script"] = {"fileName": script_file.file_name, "scriptOption": INVENTED["script_options"]}
    return record


_RUN = (Permission.RUN_REACH_SCRIPT,)
ROUTES = (
    Route("GET", "/actions/requests/reach", _RUN, partial(list_requests, SCRIPT)),
    Route("POST", "/actions/requests/reach", _RUN, run_script),
    Route("GET", "/actions/requests/reach/{requestUid}", _RUN, partial(get_request, SCRIPT), one=True),
    Route("GET", "/actions/requests/reach/{requestUid}/configuration", _RUN, get_configuration, one=True),
    Route("POST", "/actions/reach/get-actions", _RUN, get_actions),
    Route("POST", "/actions/reach/get-actions/{requestUid}", _RUN, get_request_actions),
    Route("POST", "/actions/reach/cancel-actions", _RUN, cancel_actions),
    Route("POST", "/actions/reach/cancel-actions/{requestUid}", _RUN, cancel_request_actions),
    Route("GET", "/actions/reach/scripts", _RUN, list_scripts),
    Route("GET", "/actions/reach/scripts/{scriptUid}", _RUN, get_script, one=True),
    Route("GET", "/actions/reach/scripts/{scriptUid}/content", _RUN, get_content, one=True),
)
