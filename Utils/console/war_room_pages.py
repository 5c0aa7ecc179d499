"""The war room: lines as an analyst types them, their answers, and beside them the device that was changed last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from command_line.accounts import Account, load_accounts
from command_line.manifest import declared_commands
from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from local_absolute import LocalTenant
from local_xsoar.command_run import FILE, INFO_FILE, MAP

from .device_pages import device_now
from .xsoar import Xsoar

LAST_LINES = 20
LAST_CALLS = 200  # among which the device is looked for
# By a name: lines for a first try, on a laptop of the simulated fleet.
EXAMPLES = {
    "Find it": "!absolute-device-get serial_numbers=SN000111",
    "Freeze it": '!absolute-device-freeze-request serial_numbers=SN000111 request_name="Case 1" message_name=lock '
    'html_message="<p>This laptop is locked. Call IT.</p>" polling=true',
    "How to unlock it": "!absolute-device-freeze-passcode-get serial_numbers=SN000111",
    "Unfreeze it": "!absolute-device-remove-freeze-request serial_numbers=SN000111 polling=true",
}


def war_room_pages(tenant: LocalTenant, xsoar: Xsoar) -> Blueprint:
    pages = Blueprint("war_room", __name__, url_prefix="/war-room")

    def accounts() -> dict[str, Account]:
        """Those of this tenant: what is typed here happens to no real device."""
        return {name: one for name, one in load_accounts().accounts.items() if one.url == tenant.url}

    def chosen(name: str) -> Account | None:
        return (accounts().get(name) or abort(404, "There is no such account on this tenant.")) if name else None

    @pages.get("")
    def shown() -> Page:
        name = request.args.get("account", "")
        room = xsoar.room(chosen(name))
        device = _changed_last(tenant)
        return render_template(
            "war_room.html",
            room=name,
            lines=room.lines[: -LAST_LINES - 1 : -1],
            typed=request.args.get("line", "" if room.lines else EXAMPLES["Freeze it"]),
            accounts=accounts(),
            examples=EXAMPLES,
            commands=[command.name for command in declared_commands().values()],
            files={file.name: entry_id for entry_id, file in room.files.items()},
            is_file=(FILE, INFO_FILE),
            is_map=MAP,
            **(device_now(tenant, device) if device else {}),
        )

    @pages.post("")
    def run() -> Page:
        name = request.form.get("room", "")
        if line := request.form.get("line", "").strip():
            xsoar.room(chosen(name)).type(line)
        return redirect(url_for(".shown", account=name or None), 303)

    @pages.get("/files/<entry_id>")
    def download(entry_id: str) -> Page:
        file = xsoar.room(chosen(request.args.get("account", ""))).files.get(entry_id) or abort(404, "There is no such file.")
        answer = make_response(file.path.read_bytes())
        answer.mimetype = "application/octet-stream"
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
        return answer

    return pages


def _changed_last(tenant: LocalTenant) -> Any:
    """The device that the last call which changes something names, None when there was none."""
    for record in list(tenant.requests)[: -LAST_CALLS - 1 : -1]:
        if record.method != "GET":
            for text in _texts(record.body):
                if device := tenant.devices.find(text):
                    return device
    return None


def _texts(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict | list):
        for member in body.values() if isinstance(body, dict) else body:
            yield from _texts(member)
