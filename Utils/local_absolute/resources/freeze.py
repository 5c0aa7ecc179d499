"""Freeze: POST /actions/requests/freeze, POST /actions/freeze/remove-freeze, GET /actions/freeze/requests/{requestUid}."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any

from ..body import Members, body_members, device_uids
from ..errors import ApiError
from ..freeze import FreezeAction, FreezeDefinition, FreezeRequest, FreezeType, PasscodeDefinition, conditions
from ..html_message import plain_text, sanitize
from ..listing import rows_answer
from ..permissions import Permission
from ..query import PAGING, refuse_unknown_parameters
from ..routes import ACCEPTED, Answer, Call, Route, found, path_uid
from ..times import format_utc


def create_request(call: Call) -> Answer:
    members = body_members(call)
    title = members.required("requestTitle", members.text, 1, 250)
    definition = _definition(members.members("freezeDefinition"), call.account.clock.now())
    passcode = _passcode(members.members("passcodeDefinition"))
    emails = members.texts("notificationEmails", 10)
    message_name, message = _message(call, members)
    request = FreezeRequest(title, call.token.user, definition, passcode, message_name, message, emails, call.account.clock.now())
    call.account.freeze.create(device_uids(call, members), request)
    return Answer(data={"requestUid": request.uid})


def remove_freeze(call: Call) -> Answer:
    members = body_members(call)
    call.account.freeze.remove(
        device_uids(call, members),
        remove_scheduled=members.boolean("removeScheduled") or False,
        remove_offline=members.boolean("removeOffline") or False,
        requester=call.token.user,
    )
    return ACCEPTED


def get_request(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, PAGING, call.account.options.query)
    request = call.account.freeze.requests.get(path_uid(call, "requestUid"))
    actions = [action for action in request.actions if call.sees(action.device)] if request else []
    if not actions:
        raise ApiError(404)
    return rows_answer(call, actions, action_record)


def _definition(members: Members, now: datetime) -> FreezeDefinition:
    kind = FreezeType(members.required("deviceFreezeType", members.choice, tuple(kind.value for kind in FreezeType)))
    if kind is FreezeType.SCHEDULED:
        return FreezeDefinition(kind, freeze_at=members.required("scheduledFreezeDateTimeUtc", members.moment, now))
    if kind is FreezeType.OFFLINE:
        seconds = members.required("offlineTimeSeconds", members.integer, 1200, 172_800_000)
        return FreezeDefinition(kind, offline_seconds=seconds)
    return FreezeDefinition(kind)


def _passcode(members: Members) -> PasscodeDefinition:
    option = members.required("option", members.choice, ("UserDefined", "RandomForAll", "RandomForEach"))
    if option != "UserDefined":
        length = members.integer("length", 4, 8)
        return PasscodeDefinition(option, length=8 if length is None else length)
    passcode = members.required("passcode", members.text, 4, 8)
    if not (passcode.isascii() and passcode.isdigit()):
        raise members.refused("passcode", "must be digits")
    return PasscodeDefinition(option, passcode=passcode)


def _message(call: Call, members: Members) -> tuple[str, str]:
    """(name, sanitised HTML), either of the library or given inline.

    The schema requires neither, the text of the operation speaks of one or the other; a call with none, with both or
    with half of the inline form is refused here, so that no client comes to depend on it.
    """
    message_uid = members.uid("messageUid")
    if message_uid is None:
        name = members.required("messageName", members.text, 1, 255)
        return name, sanitize(members.required("message", members.text, 1, 4000))
    if members.has("message") or members.has("messageName"):
        raise members.refused("messageUid", "cannot be combined with message and messageName")
    message = found(call.account.freeze.messages.get(message_uid))
    return message.name, message.content


def _hashed_passcode(action: FreezeAction) -> tuple[str, str]:
    """(salt, hash) as they are sent to the device."""
    salt = hashlib.sha256(action.uid.encode()).hexdigest()[:16]
    return salt, hashlib.sha256(f"{salt}{action.passcode}".encode()).hexdigest()


def action_record(action: FreezeAction) -> dict[str, Any]:
    """The action as GET /actions/freeze/requests/{requestUid} shows it (DfzAction)."""
    request = action.request
    salt, digest = _hashed_passcode(action)
    record = {
        "id": action.uid,
        "requestUid": request.uid,
        "requestTitle": request.title,
        "deviceUid": action.device["deviceUid"],
        "requester": request.requester,
        "notificationEmails": request.notification_emails,
        "eventHistoryId": request.freeze_id,
        "isCurrent": action.current,
        "isDownloaded": action.downloaded,
        "createdDateTimeUtc": format_utc(action.created),
        "changedDateTimeUtc": format_utc(action.changed),
        "actionStatus": action.status,
        "actionStatusDetails": action.details,
        "statuses": action.history,
        "configuration": {
            "action": "DFZ",
            "type": action.type.value,
            "freezeId": request.freeze_id,
            "messageName": request.message_name,
            "htmlClear": request.message,
            "html": base64.b64encode(request.message.encode()).decode(),
            "freezeMessage": plain_text(request.message),
            "passcodeClear": action.passcode,
            "passcodeOption": request.passcode.option,
            "passcodeLength": len(action.passcode),
            "passcodeSalt": salt,
            "passcodeHashed": digest,
            "disableRemoteLogin": True,
            "disableFileSharing": True,
            "preLoginEnabled": True,
            "forceReboot": False,
            "issuedDateTimeUTC": format_utc(request.created),
            "conditions": conditions(request.definition),
        },
    }
    policy_group = action.device.get("policyGroupUid")
    return record if policy_group is None else {**record, "policyGroupUid": policy_group}


ROUTES = (
    Route("POST", "/actions/requests/freeze", (Permission.PERFORM_FREEZE_DEVICE,), create_request),
    Route("POST", "/actions/freeze/remove-freeze", (Permission.PERFORM_FREEZE_DEVICE,), remove_freeze),
    Route(
        "GET",
        "/actions/freeze/requests/{requestUid}",
        (Permission.PERFORM_FREEZE_DEVICE, Permission.PERFORM_REMOVE_FREEZE),
        get_request,
    ),
)
