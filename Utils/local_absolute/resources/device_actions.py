"""What the resources of device actions share: requests, their actions, cancelling, certificates.

Each resource (unenroll, wipe, file_delete, messaging, reach) says how it reads its orders, and which permissions it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ..action_kinds import ActionKind, Order
from ..body import MAX_DEVICES, Members, body_members, device_uids
from ..certificates import certificate_of_sanitization
from ..device_actions import ActionRequest, DeviceAction
from ..errors import invalid_value
from ..listing import rows_answer
from ..permissions import Permission
from ..query import Filter, suffixed_filters
from ..routes import ACCEPTED, Answer, Call, FileAnswer, Route, found, path_uid
from ..times import format_utc

REQUEST_STATUSES = ("Init", "Canceled", "Completed", "InProgress", "Failed", "Scheduled", "PendingApproval")
_NOT_ENDED = ("Failed", "Pending", "Canceled", "Processing")
# The values of the filter actionStatus that only some kinds have.
_OWN_STATUSES = {"unenroll": ("Ineligible",), "eum": ("Ready",)}

ReadOrder = Callable[[Call, Members, int], Order]


def created_filters(from_name: str, to_name: str) -> dict[str, Filter]:
    """The window of createdDateTimeUtc, both ends inclusive, which these operations call by names of their own."""
    made = suffixed_filters("createdDateTimeUtc", "FromInclusive ToInclusive")
    return {
        from_name: replace(made["createdDateTimeUtcFromInclusive"], name=from_name),
        to_name: replace(made["createdDateTimeUtcToInclusive"], name=to_name),
    }


_CREATED = created_filters("createdFromDateTimeUtc", "createdToDateTimeUtc")
REQUEST_FILTERS = {**_CREATED, **suffixed_filters("requestStatus", "=")}
ACTION_FILTERS = {**_CREATED, **suffixed_filters("actionStatus", "=")}


# Requests -------------------------------------------------------------------------------------------------------------


def submit(call: Call, kind: ActionKind, read_order: ReadOrder) -> ActionRequest:
    """Creates the request of the call's body. `read_order` gets the number of its devices as well."""
    members = body_members(call)
    devices = device_uids(call, members)
    return call.account.actions.create(kind, devices, read_order(call, members, len(devices)), call.token.user)


def create_request(kind: ActionKind, read_order: ReadOrder, call: Call) -> Answer:
    return Answer(data={"requestUid": submit(call, kind, read_order).uid})


def list_requests(kind: ActionKind, call: Call) -> Answer:
    require_choice(call, "requestStatus", REQUEST_STATUSES)
    requests = (request for request in call.account.actions.requests(kind.name) if _visible(call, request))
    record = partial(request_record, call.account.clock.now())
    return rows_answer(call, requests, record, REQUEST_FILTERS, key=lambda request: (request.number,))


def get_request(kind: ActionKind, call: Call) -> Answer:
    return Answer(data=request_record(call.account.clock.now(), find_request(kind, call)))


def find_request(kind: ActionKind, call: Call) -> ActionRequest:
    """The request of the path. ApiError 404 when it is unknown, or none of its devices is in the token's groups."""
    request = found(call.account.actions.find(kind, path_uid(call, "requestUid")))
    return found(request if _visible(call, request) else None)


def _visible(call: Call, request: ActionRequest) -> bool:
    return not request.actions or any(call.sees(action.device) for action in request.actions)


def request_record(now: datetime, request: ActionRequest) -> dict[str, Any]:
    """The summary of a request. Its counts have no place for Ready and Ineligible: counted here as pending and failed, so
    that they add up to totalDevices."""
    counts = request.counts()
    return {
        "totalDevices": len(request.actions),
        "pending": counts["Pending"] + counts["Ready"],
        "processing": counts["Processing"],
        "completed": counts[request.kind.done],
        "canceled": counts["Canceled"],
        "failed": counts["Failed"] + counts["Ineligible"],
        request.kind.id_member: request.id,
        "requestUid": request.uid,
        "requestStatus": request.status(now),
        "createdDateTimeUtc": format_utc(request.created),
        "updatedDateTimeUtc": format_utc(request.updated),
        "requester": request.requester,
        **{name: value for name, value in request.order.members.items() if value is not None},
    }


# Actions --------------------------------------------------------------------------------------------------------------


def get_actions(kind: ActionKind, call: Call) -> Answer:
    uids = frozenset(body_members(call).uids("deviceUids", 0, MAX_DEVICES))
    return actions_answer(call, kind, call.account.actions.actions(kind.name), uids, ACTION_FILTERS)


def get_request_actions(kind: ActionKind, call: Call) -> Answer:
    uids = frozenset(body_members(call).uids("deviceUids", 0, MAX_DEVICES))
    return actions_answer(call, kind, find_request(kind, call).actions, uids, ACTION_FILTERS)


def actions_answer(
    call: Call, kind: ActionKind, actions: Sequence[DeviceAction], uids: frozenset[str], filters: dict[str, Filter]
) -> Answer:
    """One page of the actions on the devices `uids`; none given = all devices."""
    require_choice(call, "actionStatus", (*_NOT_ENDED, kind.done, *_OWN_STATUSES.get(kind.name, ())))
    asked_for = (action for action in actions if not uids or action.device["deviceUid"] in uids)
    seen = (action for action in asked_for if call.sees(action.device))
    return rows_answer(call, seen, action_record, filters, key=lambda action: (action.number,))


def action_record(action: DeviceAction) -> dict[str, Any]:
    record = {
        "actionUid": action.uid,
        "requestUid": action.request.uid,
        "deviceUid": action.device["deviceUid"],
        "deviceName": action.device.get("deviceName"),
        "esn": action.device["esn"],
        "createdDateTimeUtc": format_utc(action.created),
        "updatedDateTimeUtc": format_utc(action.updated),
        "actionStatus": action.status,
        "certificateUid": action.certificate_uid,
    }
    return {name: value for name, value in record.items() if value is not None}


def cancel_actions(kind: ActionKind, call: Call) -> Answer:
    """A requester who cancels all of a request that waits for approval withdraws it."""
    request = find_request(kind, call)
    members = body_members(call)
    uids = frozenset(members.uids("actionUids", 0, MAX_DEVICES))
    everything = members.boolean("cancelAllActions") or False
    if not everything and not uids:
        raise members.refused("actionUids", "is required unless cancelAllActions is true")
    unknown = uids - {action.uid for action in request.actions}
    if not everything and unknown:
        raise members.refused("actionUids", f"not actions of this request: {', '.join(sorted(unknown))}")
    if everything and request.standing == "PendingApproval":
        call.account.approvals.withdraw(request.uid)
    else:
        call.account.actions.cancel([action for action in request.actions if everything or action.uid in uids])
    return ACCEPTED


def get_certificate(kind: ActionKind, call: Call) -> FileAnswer:
    action = found(call.account.actions.certified(kind, path_uid(call, "deviceUid"), path_uid(call, "certificateUid")))
    found(action if call.sees(action.device) else None)
    return FileAnswer("application/pdf", certificate_of_sanitization(action))


def require_choice(call: Call, name: str, allowed: Sequence[str]) -> None:
    """ApiError 400 when the parameter has another value than these."""
    if any(value not in allowed for given, value in call.params if given == name):
        raise invalid_value(name, f"must be one of {', '.join(allowed)}")


# Routes ---------------------------------------------------------------------------------------------------------------


def request_routes(kind: ActionKind, read_order: ReadOrder, read: Permission, write: Permission) -> tuple[Route, ...]:
    path = f"/actions/requests/{kind.name}"
    return (
        Route("GET", path, (read,), partial(list_requests, kind)),
        Route("POST", path, (write,), partial(create_request, kind, read_order)),
        Route("GET", f"{path}/{{requestUid}}", (read,), partial(get_request, kind), one=True),
    )


def action_routes(kind: ActionKind, read: Permission) -> tuple[Route, ...]:
    path = f"/actions/{kind.name}/get-actions"
    return (
        Route("POST", path, (read,), partial(get_actions, kind)),
        Route("POST", f"{path}/{{requestUid}}", (read,), partial(get_request_actions, kind)),
    )


def cancel_route(kind: ActionKind, write: Permission) -> Route:
    return Route("POST", f"/actions/{kind.name}/cancel-actions/{{requestUid}}", (write,), partial(cancel_actions, kind))


def certificate_route(kind: ActionKind, read: Permission) -> Route:
    path = f"/actions/{kind.name}/certificates/{{deviceUid}}/{{certificateUid}}"
    return Route("GET", path, (read,), partial(get_certificate, kind), one=True)
