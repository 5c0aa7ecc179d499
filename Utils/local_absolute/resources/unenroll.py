"""Unenroll: /actions/requests/unenroll and /actions/unenroll/get-actions. There is no cancelling."""

from __future__ import annotations

from ..action_kinds import ALL_PLATFORMS, UNENROLL, Order
from ..body import Members
from ..permissions import Permission
from ..routes import Call
from .device_actions import action_routes, request_routes


def read_order(call: Call, members: Members, devices: int) -> Order:
    exclude_missing = members.boolean("excludeMissingDevices") or False
    return Order({"excludeMissingDevices": exclude_missing}, ALL_PLATFORMS, exclude_missing=exclude_missing)


ROUTES = (
    *request_routes(UNENROLL, read_order, Permission.PERFORM_UNENROLL_DEVICE, Permission.PERFORM_UNENROLL_DEVICE),
    *action_routes(UNENROLL, Permission.VIEW_UNENROLL_DEVICE),
)
