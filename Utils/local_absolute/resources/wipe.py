"""Wipe: /actions/requests/wipe and /actions/wipe/…"""

from __future__ import annotations

from ..action_kinds import UNENROLL_AFTERWARDS, WINDOWS_AND_MAC, WIPE, Order
from ..body import Members
from ..errors import ApiError
from ..permissions import Permission
from ..routes import Call
from .device_actions import action_routes, cancel_route, certificate_route, request_routes


def read_order(call: Call, members: Members, devices: int) -> Order:
    """macPwd is part of the summary, as the document has it."""
    own = {
        "macUsername": members.text("macUsername", 0, 255),
        "macPwd": members.text("macPwd", 0, 255),
        UNENROLL_AFTERWARDS: unenroll_afterwards(call, members),
    }
    return Order(own, WINDOWS_AND_MAC)


def unenroll_afterwards(call: Call, members: Members) -> bool:
    """ "This option requires Perform permissions for Unenroll Device." """
    wanted = members.boolean(UNENROLL_AFTERWARDS) or False
    if wanted and not call.token.allows(Permission.PERFORM_UNENROLL_DEVICE):
        raise ApiError(403)
    return wanted


ROUTES = (
    *request_routes(WIPE, read_order, Permission.VIEW_WIPE_DEVICE, Permission.PERFORM_WIPE_DEVICE),
    *action_routes(WIPE, Permission.VIEW_WIPE_DEVICE),
    cancel_route(WIPE, Permission.PERFORM_WIPE_DEVICE),
    certificate_route(WIPE, Permission.VIEW_WIPE_DEVICE),
)
