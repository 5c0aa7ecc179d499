"""The devices: what they are, what their screens show now, and what somebody who sits there does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from local_absolute import LocalTenant
from local_absolute.action_kinds import KINDS
from local_absolute.html_message import sanitize
from markupsafe import Markup

from .positions import drawn

MOST_DEVICES = 100  # on one page
# Whatever HTML a message holds: a document of its own, without scripts, forms, links that lead away, or anything to load.
SCREEN_SECURITY = "sandbox; default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'self'; base-uri 'none'"
AGENT_STATUS = {"A": "Active", "D": "Disabled", "I": "Inactive"}


@dataclass(frozen=True)
class DeviceRequest:
    """One device's part of a request, of whatever kind."""

    created: datetime
    kind: str
    title: str
    by: str
    status: str
    remark: str


def device_pages(tenant: LocalTenant) -> Blueprint:
    pages = Blueprint("devices", __name__, url_prefix="/devices")

    def found(uid: str) -> Any:
        return tenant.devices.find(uid) or abort(404, "There is no such device.")

    @pages.get("")
    def listed() -> Page:
        wanted = request.args.get("q", "").strip()
        devices = [device for device in tenant.devices.all() if _matches(device, wanted.casefold())]
        rows = [(device, _states(device), tenant.freeze.on_screen(device)) for device in devices[:MOST_DEVICES]]
        return render_template("devices.html", rows=rows, wanted=wanted, count=len(devices), agent=AGENT_STATUS)

    @pages.get("/<uid>")
    def one(uid: str) -> Page:
        return device_page(found(uid))

    @pages.get("/<uid>/screen")
    def screen(uid: str) -> Page:
        device = found(uid)
        freeze = tenant.freeze.on_screen(device)
        message = Markup(sanitize(freeze.request.message)) if freeze else None  # noqa: S704 (sanitised, and in a sandbox)
        answer = make_response(render_template("screen.html", device=device, message=message))
        answer.headers["Content-Security-Policy"] = SCREEN_SECURITY
        return answer

    @pages.post("/<uid>/passcode")
    def passcode(uid: str) -> Page:
        device = found(uid)
        if not tenant.freeze.enter_passcode(device, request.form.get("passcode", "")):
            return device_page(device, "The passcode is wrong."), 403
        return redirect(back_to(uid), 303)

    @pages.post("/<uid>/<any(call_in, offline, online, lose_power, move):action>")
    def act(uid: str, action: str) -> Page:
        device = found(uid)
        try:
            _move(tenant, uid) if action == "move" else getattr(tenant.agents, action)(uid)
        except ValueError as error:
            return device_page(device, f"Not done: {error}."), 409
        return redirect(back_to(uid), 303)

    def back_to(uid: str) -> str:
        """Buttons lead back to the page that they stand in."""
        room = request.form.get("room")
        return url_for("devices.one", uid=uid) if room is None else url_for("war_room.shown", account=room)

    def device_page(device: Any, error: str = "") -> str:
        requests = sorted(_requests(tenant, device), key=lambda one: one.created, reverse=True)
        return render_template("device.html", error=error, requests=requests, **device_now(tenant, device))

    return pages


def device_now(tenant: LocalTenant, device: Any) -> dict[str, Any]:
    """What _device_now.html shows: a device with its screen and its agent."""
    uid = device["deviceUid"]
    return {
        "device": device,
        "states": _states(device),
        "frozen": tenant.freeze.on_screen(device),
        "contact": device.contact,
        "active": device["agentStatus"] == "A",
        "agent": AGENT_STATUS.get(device["agentStatus"], device["agentStatus"]),
        "next_call": tenant.agents.next_check_in(uid),
        "drawing": drawn(tenant.siem.positions(uid)),
    }


def _move(tenant: LocalTenant, uid: str) -> None:
    """Somebody carries it some kilometres away. Raises ValueError when it cannot tell where it is."""
    known = tenant.siem.positions(uid)
    if not known or not tenant.agents.is_online(uid):
        raise ValueError("the device does not tell where it is")
    place = known[-1].place
    latitude, longitude = (round(degrees + random.uniform(-0.05, 0.05), 6) for degrees in (place.latitude, place.longitude))
    tenant.siem.device_moved(uid, latitude, longitude, place.city, place.country)


def _matches(device: Any, wanted: str) -> bool:
    texts = (device.get(field, "") for field in ("deviceName", "serialNumber", "username", "deviceUid"))
    return not wanted or any(wanted in text.casefold() for text in texts)


def _states(device: Any) -> list[str]:
    """What the tenant says of it: freezes, missing, stolen."""
    missing = (device.get("deviceStatus") or {}).get("type")
    return [
        *device.get("deviceFreezeReportingStatuses", ()),
        *([missing.capitalize()] if missing else ()),
        *(["Stolen"] if device.get("isStolen") else ()),
    ]


def _requests(tenant: LocalTenant, device: Any) -> Iterator[DeviceRequest]:
    for freeze in list(tenant.freeze.requests.values()):
        for part in freeze.actions:
            if part.device is device:
                kind = f"freeze ({freeze.definition.type.value})"
                yield DeviceRequest(part.created, kind, freeze.title, freeze.requester, part.status, part.details)
    for name in KINDS:
        for action in tenant.actions.actions(name):
            if action.device is device:
                by = action.request.requester
                yield DeviceRequest(action.created, name, action.request.id, by, action.status, action.reason or "")
