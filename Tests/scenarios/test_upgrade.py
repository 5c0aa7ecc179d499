"""An upgrade, or a new key, in the middle of a case: what version 3.0.0 handed from poll to poll is read by this one."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]

# As version 3.0.0 scheduled the next look; REQUEST and DEVICE stand for UIDs.
WAITING: dict[str, dict[str, str]] = {
    "absolute-device-freeze-request": {
        "request_name": "IR-1",
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [["5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a", "failed", '
        '"refused", "LAB-0008"]], "submitted": "2026-01-05T09:00:00.000Z"}',
    },
    "absolute-device-remove-freeze-request": {
        "remove_scheduled": "false",
        "remove_offline": "false",
        "following": '{"requests": [["", ["DEVICE"]]], "settled": [], "submitted": "2026-01-05T09:00:00.000Z"}',
    },
    "absolute-wipe-request-create": {
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [], "submitted": "2026-01-05T09:00:00.000Z"}',
    },
    "absolute-device-unenroll": {
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [], "submitted": "2026-01-05T09:00:00.000Z"}',
    },
    "absolute-file-delete-request-create": {
        "wipe_type": "wipeAllUserFiles",
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [], "submitted": "2026-01-05T09:00:00.000Z"}',
    },
    "absolute-device-message-send": {
        "message": "Call 555-0100.",
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [], "submitted": ""}',
    },
    "absolute-device-script-run": {
        "script_uid": "SCRIPT",
        "following": '{"requests": [["REQUEST", ["DEVICE"]]], "settled": [], "submitted": ""}',
    },
}
COMMON = {
    "polling": "true",
    "interval_in_seconds": "300",
    "timeout_in_seconds": "3600",
    "polls_left": "11",
    "last_progress": "1 pending",
}
FIRST: dict[str, dict[str, str]] = {
    "absolute-device-freeze-request": {"request_name": "IR-1", "message_name": "m", "html_message": "<p>h</p>"},
    "absolute-device-remove-freeze-request": {},
    "absolute-wipe-request-create": {},
    "absolute-device-unenroll": {},
    "absolute-file-delete-request-create": {"wipe_type": "wipeAllUserFiles"},
    "absolute-device-message-send": {"message": "Call 555-0100."},
    "absolute-device-script-run": {"script_uid": "SCRIPT"},
}
DONE = {
    "absolute-device-freeze-request": "1 frozen, 1 failed",
    "absolute-device-remove-freeze-request": "1 unfrozen",
    "absolute-wipe-request-create": "1 wiped",
    "absolute-device-unenroll": "1 unenrolled",
    "absolute-file-delete-request-create": "1 deleted",
    "absolute-device-message-send": "1 delivered",
    "absolute-device-script-run": "1 executed",
}


@pytest.mark.parametrize("command", WAITING)
def test_a_command_that_waits_goes_on(
    command: str, war_room: WarRoom, make_war_room: MakeWarRoom, tenant: LocalTenant, clock: ManualClock
) -> None:
    device_uid, script_uid = tenant.devices.by_name("LAB-0001")["deviceUid"], next(iter(tenant.script_library.scripts))
    first = {name: text.replace("SCRIPT", script_uid) for name, text in FIRST[command].items()}
    sent = war_room.execute(command, {**first, "device_ids": device_uid})
    assert sent.ok, sent.error
    waiting = {name: text.replace("SCRIPT", script_uid) for name, text in (COMMON | WAITING[command]).items()}
    carried = waiting["following"].replace("DEVICE", device_uid).replace("REQUEST", _request_uid(war_room, device_uid))
    # The key was changed meanwhile.
    token = tenant.tokens.create_symmetric()
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
    clock.advance(1800)
    writes = len([record for record in tenant.requests if record.method != "GET" and "get-actions" not in record.path])
    run = room.execute(command, {**waiting, "following": carried})
    assert run.ok, run.error
    assert DONE[command] in run.last.markdown
    assert len([record for record in tenant.requests if record.method != "GET" and "get-actions" not in record.path]) == writes


def _request_uid(room: WarRoom, device_uid: str) -> str:
    """The UID of the request that was just made; a removal has none."""
    found: dict[str, Any] = room.context.data["Absolute"]
    keys = ("RequestUID", "RequestUid", "requestUid")
    return next(
        (str(value[key]) for value in found.values() for key in keys if isinstance(value, dict) and value.get(key)), device_uid
    )
