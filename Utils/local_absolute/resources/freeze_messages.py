"""Freeze messages: /actions/freeze/messages. All operations need View Freeze Device, writing ones too, says the document."""

from __future__ import annotations

import uuid
from typing import Any

from ..body import body_members
from ..freeze import FreezeMessage
from ..html_message import sanitize
from ..listing import rows_answer
from ..permissions import Permission
from ..query import PAGING, refuse_unknown_parameters
from ..routes import NO_CONTENT, Answer, Call, Route, found, path_uid
from ..times import format_utc


def list_messages(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, PAGING, call.account.options.query)
    return rows_answer(call, sorted(call.account.freeze.messages.values(), key=_key), message_record, key=_key)


def create_message(call: Call) -> Answer:
    name, content = _name_and_content(call)
    now = call.account.clock.now()
    message = FreezeMessage(str(uuid.uuid4()), name, content, call.token.user, now, call.token.user, now)
    call.account.freeze.messages[message.uid] = message
    return Answer(data={"messageUid": message.uid})


def get_message(call: Call) -> Answer:
    return Answer(data=message_record(_message(call)))


def update_message(call: Call) -> Answer:
    message = _message(call)
    message.name, message.content = _name_and_content(call)
    message.changed_by = call.token.user
    message.changed = call.account.clock.now()
    return NO_CONTENT


def delete_message(call: Call) -> Answer:
    del call.account.freeze.messages[_message(call).uid]
    return NO_CONTENT


def message_record(message: FreezeMessage) -> dict[str, Any]:
    return {
        "messageUid": message.uid,
        "name": message.name,
        "content": message.content,
        "createdBy": message.created_by,
        "changedBy": message.changed_by,
        "createdDateTimeUtc": format_utc(message.created),
        "changedDateTimeUtc": format_utc(message.changed),
    }


def _message(call: Call) -> FreezeMessage:
    return found(call.account.freeze.messages.get(path_uid(call, "messageUid")))


def _key(message: FreezeMessage) -> tuple[str, str]:
    return format_utc(message.created), message.uid


def _name_and_content(call: Call) -> tuple[str, str]:
    members = body_members(call)
    name = members.required("name", members.text, 1, 255)
    return name, sanitize(members.required("content", members.text, 1, 4000))


_VIEW_FREEZE = (Permission.VIEW_FREEZE_DEVICE,)
ROUTES = (
    Route("GET", "/actions/freeze/messages", _VIEW_FREEZE, list_messages),
    Route("POST", "/actions/freeze/messages", _VIEW_FREEZE, create_message),
    Route("GET", "/actions/freeze/messages/{messageUid}", _VIEW_FREEZE, get_message, one=True),
    Route("PUT", "/actions/freeze/messages/{messageUid}", _VIEW_FREEZE, update_message),
    Route("DELETE", "/actions/freeze/messages/{messageUid}", _VIEW_FREEZE, delete_message),
)
