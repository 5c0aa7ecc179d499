"""The server's own commands that playbooks may call, `Builtin|||<command>`, and the incident that they change."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Incident = dict[str, Any]

SEVERITIES = {"unknown": 0, "informational": 0.5, "low": 1, "medium": 2, "high": 3, "critical": 4}
ACTIVE_STATUS, CLOSED_STATUS = 1, 2
NEW_INCIDENT: Incident = {
    "id": "1", "name": "", "type": "Unclassified", "severity": 0, "status": ACTIVE_STATUS,
    # As of an incident that a person has opened: its "instance" is the person.
    "sourceBrand": "Manual", "sourceInstance": "admin",
}  # fmt: skip


class BuiltinError(ValueError):
    """The server refuses the command; the text says why."""


def new_incident(fields: Incident) -> Incident:
    return {**NEW_INCIDENT, **fields}


def set_fields(incident: Incident, fields: dict[str, Any]) -> None:
    """Changes fields by their names as in `incident.<name>`. Raises BuiltinError."""
    custom = fields.get("customFields") or {}
    plain = {name: value for name, value in fields.items() if name not in ("customFields", "id")}
    incident.update(json.loads(custom) if isinstance(custom, str) else custom)
    incident.update(plain)
    if "severity" in plain:
        incident["severity"] = _severity(plain["severity"])


def _severity(value: Any) -> Any:
    """Severities are given by name or number."""
    if str(value).lower() in SEVERITIES:
        return SEVERITIES[str(value).lower()]
    for number in SEVERITIES.values():
        if str(value) == str(number):
            return number
    raise BuiltinError(f"{value!r} is not a severity.")


def _set_incident(incident: Incident, args: dict[str, Any]) -> str:
    set_fields(incident, args)
    return "The incident was updated."


def _close_investigation(incident: Incident, args: dict[str, Any]) -> str:
    set_fields(incident, args)
    incident["status"] = CLOSED_STATUS
    return "The investigation was closed."


BUILTIN_COMMANDS: dict[str, Callable[[Incident, dict[str, Any]], str]] = {
    "setIncident": _set_incident,
    "closeInvestigation": _close_investigation,
}
