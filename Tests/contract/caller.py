"""Calls of the local tenant's operations without the integration's commands: valid ones, and broken in every way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from Absolute import build_jws, encode_query, symmetric_key
from local_absolute import LocalTenant
from local_absolute.action_kinds import KINDS
from local_absolute.fleet import POLICIES
from local_absolute.resources import ROUTES
from local_absolute.resources.playbooks import TEMPLATES
from local_absolute.times import format_utc

from contract.commands import Case
from contract.document import PREFIX, Document, DocumentedOperation
from contract.fills import usable_devices
from contract.traffic import Exchange

Params = tuple[tuple[str, str], ...]
SENT = Case("", {})
# The operations that make what others read.
CREATE = ("POST /v3/actions/requests/", "POST /v3/actions/freeze/messages", "POST /v3/configurations/policy-groups/move-devices")


CREATE_PASSWORD = "CREATE_SUPERVISOR_PASSWORD"


@dataclass
class Caller:
    """Signs calls with a symmetric token and sends them over one connection."""

    tenant: LocalTenant
    token_id: str
    secret: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, params: Params = (), body: Any = None) -> Exchange:
        key, query, now = symmetric_key(self.secret), encode_query(params), int(time.time() * 1000)
        jws = build_jws(key, self.token_id, method, path, query, body, now)
        answer = self.session.post(f"{self.tenant.url}/jws/validate", data=jws, timeout=10)
        header = {"method": method, "uri": path, "query-string": query}
        content_type = answer.headers.get("Content-Type", "").partition(";")[0]
        return Exchange(SENT, header, {} if body is None else {"data": body}, answer.status_code, content_type, answer.content)


def tenants_operations(document: Document) -> list[DocumentedOperation]:
    """The operations that the tenant has, first those that create something, and deletions last. KeyError for one
    that is not in the document."""
    found = [document.operation(f"{route.method} {PREFIX}{route.template}") for route in ROUTES]
    return sorted(found, key=lambda one: (not str(one).startswith(CREATE), one.method == "DELETE"))


class ValidCalls:
    """A path, parameters and a body for each operation of a tenant, from what is in the tenant."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        self._devices = usable_devices(tenant, "Windows")
        self._bodies: dict[str, Callable[[], Any]] = {
            "POST /v3/actions/requests/freeze": self._freeze,
            "POST /v3/actions/requests/unenroll": self._on_device,
            "POST /v3/actions/requests/wipe": lambda: {**self._on_device(), "macUsername": "admin", "macPwd": "invented"},
            "POST /v3/actions/requests/file-delete": lambda: {**self._on_device(), "wipeType": "wipeAllUserFiles"},
            "POST /v3/actions/requests/eum": lambda: {**self._on_device(), "message": "<p>x</p>", "submitButtonCaption": "OK"},
            "POST /v3/actions/requests/reach": self._script,
            "POST /v3/actions/requests/playbook": self._playbook,
            "POST /v3/actions/requests/rsvp": lambda: {
                **self._on_device(),
                "newPassword": "invented",
                "actionType": CREATE_PASSWORD,
            },
            "POST /v3/configurations/policy-groups/move-devices": self._move,
            "POST /v3/configurations/devicegrouptree/nodes": self._group,
            "POST /v3/actions/freeze/messages": lambda: {"name": "lock", "content": "<p>x</p>"},
            "PUT /v3/actions/freeze/messages/{messageUid}": lambda: {"name": "lock", "content": "<p>y</p>"},
            "PUT /v3/configurations/customfields/devices/{deviceUid}": lambda: [{"cdfUid": self._field(), "cdfFieldValue": "7"}],
            **{
                f"POST /v3/actions/{kind}/cancel-actions/{{requestUid}}": lambda: {"cancelAllActions": True}
                for kind in ("wipe", "file-delete", "eum")
            },
        }

    def path(self, operation: DocumentedOperation) -> str:
        values = {
            name: self._path_value(name, operation.path) for name, one in operation.parameters.items() if one.place == "path"
        }
        return operation.path.format(**values)

    def params(self, operation: DocumentedOperation) -> Params:
        """The parameters that the operation requires."""
        now = self._tenant.clock.now()
        window = {"fromDateTimeUtc": now - timedelta(hours=24), "toDateTimeUtc": now}
        return tuple(
            (name, format_utc(window[name])) for name, one in operation.parameters.items() if one.required and name in window
        )

    def body(self, operation: DocumentedOperation) -> Any:
        """None for an operation that takes none."""
        return self._bodies.get(str(operation), self._on_device)() if operation.body else None

    def _on_device(self) -> dict[str, Any]:
        return {"deviceUids": [next(self._devices)["deviceUid"]]}

    def _freeze(self) -> dict[str, Any]:
        return {
            **self._on_device(),
            "requestTitle": "IR-1",
            "freezeDefinition": {"deviceFreezeType": "OnDemand"},
            "passcodeDefinition": {"option": "RandomForEach"},
            "messageName": "lock",
            "message": "<p>x</p>",
        }

    def _script(self) -> dict[str, Any]:
        options = {"maxRunTime": 5, "maxRunTimeUnit": "minute", "displayMode": "Hidden", "alwaysRun32bits": False}
        script = next(iter(self._tenant.script_library.scripts))
        return {**self._on_device(), "scriptUid": script, "requestTitle": "IR-1", "winScriptOption": options}

    def _playbook(self) -> dict[str, Any]:
        template = TEMPLATES[1]
        (playbook,) = template["isoVariables"]
        commands = [{"command": playbook["commands"][0]["command"], "params": {"url": "https://example.com/image"}}]
        variables = [{"name": playbook["name"], "commands": commands}]
        return {**self._on_device(), "playbookTemplateUid": template["playbookTemplateUid"], "isoVariables": variables}

    def _group(self) -> dict[str, Any]:
        members = {"groupType": "Fixed", "groupMemberIds": [next(self._devices)["deviceUid"]]}
        return {"displayName": "IR-1", "description": "x", "nodeType": "Group", "deviceGroup": members}

    def _move(self) -> dict[str, Any]:
        return {**self._on_device(), "targetPolicyGroupUid": self._tenant.policy_groups[0].uid}

    def _field(self) -> str:
        return next(one.uid for one in self._tenant.custom_fields.definitions.values() if one.name == "Asset Number")

    def _messages(self, kind: str) -> list[str]:
        return [*self._tenant.message_templates] if kind else [*self._tenant.freeze.messages]

    def _path_value(self, name: str, path: str) -> str:
        tenant, kind = self._tenant, next((kind for kind in KINDS if f"/{kind}" in path), "")
        freezes, moves = tenant.freeze.requests, tenant.account.policies.moves
        certified = [action for action in tenant.actions.actions(kind) if action.certificate_uid] if kind else []
        requests_of_kind = tenant.actions.requests(kind) if kind else []
        return {
            "requestUid": lambda: (
                requests_of_kind[-1].uid if kind else [*(moves.keys() if "/move-" in path else freezes.keys())][-1]
            ),
            "policyGroupUid": lambda: tenant.policy_groups[0].uid,
            "policyUid": lambda: POLICIES[0].uid(tenant.policy_groups[0]),
            "messageUid": lambda: self._messages(kind)[-1],
            "scriptUid": lambda: next(iter(tenant.script_library.scripts)),
            "cdfUid": self._field,
            "deviceUid": lambda: (certified[-1].device if certified else tenant.devices.by_name("LAB-0001"))["deviceUid"],
            "certificateUid": lambda: str(certified[-1].certificate_uid),
        }[name]()
