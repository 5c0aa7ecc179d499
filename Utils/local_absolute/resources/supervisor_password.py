"""RSVP: POST /actions/requests/rsvp, for the supervisor password of Lenovo devices.

Nobody restarts a device here, so its password stays as it is; what was asked for stands in the requests that the tenant records.
"""

from __future__ import annotations

import uuid

from ..body import body_members, device_uids
from ..permissions import Permission
from ..routes import Answer, Call, Route

ACTIONS = ("CREATE_SUPERVISOR_PASSWORD", "UPDATE_SUPERVISOR_PASSWORD", "REMOVE_SUPERVISOR_PASSWORD")


def manage(call: Call) -> Answer:
    """Devices of another state, or that do not support it, are refused one by one; those of two states together as a whole."""
    members = body_members(call)
    action = members.required("actionType", members.choice, ACTIONS)
    read = (members.text, 1, 128)
    if action == ACTIONS[2]:
        members.text("newPassword", 1, 128)
    else:
        members.required("newPassword", *read)
    members.text("currentPassword", 1, 128)
    members.boolean("forceReenterPassword")
    devices = device_uids(call, members)
    states = {(one.get("rsvpStatus", {}).get("status"), one.get("rsvpStatus", {}).get("version", "")[:1]) for one in devices}
    if len(states) > 1:
        raise members.refused("deviceUids", "must all have the same rsvpStatus.status and rsvpStatus.version")
    fit = {one["deviceUid"]: one.get("rsvpStatus", {}).get("isSupported") is True for one in devices}
    unfit = [uid for uid, fits in fit.items() if not fits]
    errors = [{"message": "Devices do not support supervisor passwords", "invalidValues": unfit}] if unfit else []
    eligible = [uid for uid, fits in fit.items() if fits]
    return Answer(data={"requestUid": str(uuid.uuid4()), "deviceUids": eligible, "errors": errors})


ROUTES = (Route("POST", "/actions/requests/rsvp", (Permission.MANAGE_SUPERVISOR_PASSWORD,), manage),)
