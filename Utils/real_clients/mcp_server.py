"""The vendor's MCP server (AbsoluteSoftware/secure-endpoint-mcp-server): its tools for what the tenant has, called in turn.

It is run within the process of another Python (mcp_session.py). Where it would get the API's document from is given to it, and
every group of operations is switched on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_absolute import LocalTenant
from local_absolute.times import format_utc

from real_clients.outcome import Outcome, run

SESSION = Path(__file__).parent / "mcp_session.py"
# The tools that create requests, by the word for their kind in the names of the others.
CREATE: dict[str, tuple[str, dict[str, Any]]] = {
    "unenroll": ("device_unenroll", {"excludeMissingDevices": False}),
    "wipe": ("device_create_wipe_request", {}),
    "filedelete": ("device_create_filedelete_request", {"wipeType": "wipeAllUserFiles", "includeFileDateInLog": True}),
    "eum": ("device_create_eum_request", {"message": "<p>x</p>", "submitButtonCaption": "OK", "scheduledDateTimeUtc": ""}),
}
_TEXT = {"name": "lock", "content": "<p>x</p>"}
Call = tuple[str, dict[str, Any]]


def run_server(checkout: Path, python: str, folder: Path) -> Iterator[Outcome]:
    with LocalTenant(devices=60, rate_limit=None) as tenant:
        token = tenant.tokens.create_symmetric()
        tenant.siem.generate(50, over=timedelta(hours=1))
        plan = folder / "mcp_calls.json"
        plan.write_text(json.dumps([*tool_calls(tenant)]), encoding="utf-8")
        environment = {"API_HOST": tenant.url, "API_KEY": token.id, "API_SECRET": str(token.secret), "LOG_LEVEL": "error"}
        command = [python, str(SESSION), str(checkout), str(plan)]
        ended = run(command, folder, environment)
        calls = list(tenant.requests)
    said = [json.loads(line) for line in ended.output.splitlines() if line.startswith('{"tool"')]
    failed = [f"{one['tool']}: {one['error']}" for one in said if one["error"]]
    summary = f"{len(said) - len(failed)} of {len(said)} tool calls answered"
    yield Outcome("MCP server", summary, calls, [*ended.problems(), *failed, *([] if said else ["no tool was called"])])


def tool_calls(tenant: LocalTenant) -> Iterator[Call]:
    """(tool, arguments). An argument "of <tool>" is that member of the tool's answer."""
    now = tenant.clock.now()
    device = {"deviceUid": tenant.devices[0]["deviceUid"]}
    devices = {"deviceUids": [device["deviceUid"]]}
    yield "get_devices", {"isStolen": False, "select": "deviceName, esn", "pageSize": "500"}
    yield "get_devices", device
    yield "get_devices_compliance", {"pageSize": "100"}
    yield "get_applications", {"pageSize": "500"}
    yield "get_siem_events", {"fromDateTimeUtc": format_utc(now - timedelta(hours=2)), "toDateTimeUtc": format_utc(now)}
    for kind, (create, members) in CREATE.items():
        request = {"requestUid": f"of {create}"}
        yield create, {**devices, **members}
        yield f"get_{kind}_action_requests", {"createdFromDateTimeUtc": "2026-01-01T00:00:00Z"}
        yield f"get_{kind}_action_request_by_requestUid", request
        yield f"get_{kind}_actions_by_requestUid", {**request, **devices}
        yield f"get_{kind}_actions", devices
        if kind != "unenroll":
            yield f"cancel_{kind}_actions_by_request_uid", {**request, "cancelAllActions": True}
    yield from _freezes(devices)
    yield from _scripts(next(iter(tenant.script_library.scripts)), devices)
    yield "get_eum_messages", {}
    yield "create_device_missing", {**devices, "emailContacts": []}
    yield "get_device_missing", {}
    yield "create_device_found", devices
    yield "get_device_groups", {}
    yield "get_device_groups_by_device_uid", device
    yield "get_policy_group_v2", {}
    yield "get_cdf_definitions", {}
    yield "get_device_cdf", device
    field = {"cdfUid": tenant.custom_fields.by_name("Asset owner").uid}
    yield "get_cdf_definition_by_cdf_uid", field
    yield "get_device_cdf_by_cdf_uid", {**device, **field}


def _freezes(devices: dict[str, Any]) -> Iterator[Call]:
    message = {"messageUid": "of createDfzMessage"}
    yield "createDfzMessage", _TEXT
    yield "getDfzMessages", {}
    yield "getDfzMessageByMessageUid", message
    yield "updateDfzMessageByMessageUid", {**message, **_TEXT}
    freeze = {
        "requestTitle": "IR-1",
        "freezeDefinition": {"deviceFreezeType": "OnDemand"},
        "passcodeDefinition": {"option": "RandomForAll"},
    }
    yield "createDfzRequest", {**devices, **freeze, **message}
    yield "getDfzActionsByRequestUid", {"requestUid": "of createDfzRequest"}
    yield "removeDfzRequest", {**devices, "removeScheduled": True, "removeOffline": False}
    yield "deleteDfzMessageByMessageUid", message


def _scripts(script_uid: str, devices: dict[str, Any]) -> Iterator[Call]:
    script, request = {"scriptUid": script_uid}, {"requestUid": "of execute_run_script_request"}
    yield "get_scripts", {}
    yield "get_script_by_script_uid", script
    yield "execute_run_script_request", {**devices, **script, "requestTitle": "IR-1"}
    yield "get_reach_action_requests", {}
    yield "get_reach_action_request_by_requestUid", request
    yield "get_run_script_request_configuration", request
    yield "get_run_script_actions_by_request_uid", {**request, **devices}
    yield "get_run_script_actions", devices
    yield "cancel_run_script_actions_by_request_uid", {**request, **devices}
    yield "cancel_run_script_actions", devices
