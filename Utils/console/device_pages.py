"""The devices: what they are, what their screens show now, and what somebody who sits there does."""

from __future__ import annotations

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
        return redirect(url_for(".one", uid=uid), 303)

    @pages.post("/<uid>/<any(call_in, offline, online):action>")
    def act(uid: str, action: str) -> Page:
        device = found(uid)
        agents = tenant.agents
        try:
            {"call_in": agents.call_in, "offline": agents.offline, "online": agents.online}[action](uid)
        except ValueError as error:
            return device_page(device, f"Not done: {error}."), 409
        return redirect(url_for(".one", uid=uid), 303)

    def device_page(device: Any, error: str = "") -> str:
        return render_template(
            "device.html",
            device=device,
            error=error,
            states=_states(device),
            frozen=tenant.freeze.on_screen(device),
            online=device.contact.online,
            active=device["agentStatus"] == "A",
            agent=AGENT_STATUS.get(device["agentStatus"], device["agentStatus"]),
            next_call=tenant.agents.next_check_in(device["deviceUid"]),
            requests=sorted(_requests(tenant, device), key=lambda one: one.created, reverse=True),
        )

    return pages


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
