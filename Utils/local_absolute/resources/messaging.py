"""Messaging: end-user messages (/actions/requests/eum, /actions/eum/…) and their templates (/actions/eum/messages)."""

from __future__ import annotations

from typing import Any

from ..action_kinds import ALL_PLATFORMS, MESSAGE, Order
from ..body import Members
from ..html_message import sanitize
from ..listing import rows_answer
from ..message_templates import MessageTemplate
from ..permissions import Permission
from ..routes import Answer, Call, Route, found, path_uid
from ..times import format_utc
from .device_actions import action_routes, cancel_route, request_routes

_LONGEST_MESSAGE = 15_000
_AUTHOR_UID = "0b0b0b0b-2222-4333-8444-000000000001"


def read_order(call: Call, members: Members, devices: int) -> Order:
    """The summary shows neither requestTitle nor description."""
    for name in ("requestTitle", "description"):
        members.text(name, 0, 255)
    scheduled_at = members.moment("scheduledDateTimeUtc", call.account.clock.now())
    own = {
        "scheduledDateTimeUtc": None if scheduled_at is None else format_utc(scheduled_at),
        "message": _message(call, members),
        "snoozeTimes": members.integer("snoozeTimes", 1, 5) or 3,
        "displayMode": members.choice("displayMode", ("Dialog", "FullScreen")) or "Dialog",
        "submitButtonCaption": members.required("submitButtonCaption", members.text, 1, 14),
    }
    return Order(own, ALL_PLATFORMS, scheduled_at=scheduled_at)


def _message(call: Call, members: Members) -> str:
    """Sanitised HTML, given inline or of a template. The schema requires neither and forbids no pair; a call with none or
    both is refused here, so that no client comes to depend on it."""
    message_uid = members.uid("messageUid")
    if message_uid is None:
        return sanitize(members.required("message", members.text, 1, _LONGEST_MESSAGE))
    if members.has("message"):
        raise members.refused("messageUid", "cannot be combined with message")
    return _template(call, message_uid).content


def list_templates(call: Call) -> Answer:
    return rows_answer(call, call.account.message_templates.values(), template_record)


def get_template(call: Call) -> Answer:
    return Answer(data=template_record(_template(call, path_uid(call, "messageUid"))))


def _template(call: Call, uid: str) -> MessageTemplate:
    return found(call.account.message_templates.get(uid))


def template_record(template: MessageTemplate) -> dict[str, Any]:
    record = {
        "messageUid": template.uid,
        "name": template.name,
        "content": template.content,
        "logo": template.logo,
        "createdDateTimeUtc": format_utc(template.created),
        "updatedDateTimeUtc": format_utc(template.created),
        "createdByUserUid": _AUTHOR_UID,
        "updatedByUserUid": _AUTHOR_UID,
    }
    return {name: value for name, value in record.items() if value is not None}


ROUTES = (
    *request_routes(MESSAGE, read_order, Permission.VIEW_SEND_MESSAGE, Permission.MANAGE_SEND_MESSAGE),
    *action_routes(MESSAGE, Permission.VIEW_SEND_MESSAGE),
    cancel_route(MESSAGE, Permission.MANAGE_SEND_MESSAGE),
    Route("GET", "/actions/eum/messages", (Permission.VIEW_SEND_MESSAGE,), list_templates),
    Route("GET", "/actions/eum/messages/{messageUid}", (Permission.VIEW_SEND_MESSAGE,), get_template, one=True),
)
