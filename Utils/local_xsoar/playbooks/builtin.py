"""The server's own commands that playbooks may call, `Builtin|||<command>`, and the incident that they change."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_xsoar.command_line import as_text
from local_xsoar.incidents import close
from local_xsoar.server import ACTIVE_STATUS, Investigation

Incident = dict[str, Any]
Lists = dict[str, Any]
Args = dict[str, Any]

SEVERITIES = {"unknown": 0, "informational": 0.5, "low": 1, "medium": 2, "high": 3, "critical": 4}
NEW_INCIDENT: Incident = {
    "id": "1", "name": "", "type": "Unclassified", "severity": 0, "status": ACTIVE_STATUS,
    # As of an incident that a person has opened: its "instance" is the person.
    "sourceBrand": "Manual", "sourceInstance": "admin",
}  # fmt: skip


class BuiltinError(ValueError):
    """The server refuses the command; the text says why."""


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


def _set_incident(investigation: Investigation, _lists: Lists, args: Args) -> str:
    set_fields(investigation.incident, args)
    return "The incident was updated."


def _close_investigation(investigation: Investigation, _lists: Lists, args: Args) -> str:
    set_fields(investigation.incident, args)
    close(investigation, {})
    return "The investigation was closed."


def _set_case_context(investigation: Investigation, _lists: Lists, args: Args) -> str:
    """ "Add context data to a case"."""
    investigation.case.context.set(str(args["key"]), args["value"])
    return f"Key {args['key']} was set in the case."


def _get_list(_investigation: Investigation, lists: Lists, args: Args) -> str:
    name = str(args["listName"])
    if name not in lists:
        raise BuiltinError(f"There is no list {name}.")
    return str(as_text(lists[name]))


def _task_complete(investigation: Investigation, _lists: Lists, args: Args) -> str:
    """By its tag: "you might need to include the taskComplete command … to close a task and force the playbook to continue
    running" ("task Complete" of the public reference)."""
    meant = [task for task in investigation.open_tasks if str(args["id"]) in task.tags]
    if not meant:
        raise BuiltinError(f"There is no open task {args['id']}.")
    for task in meant:
        task.complete(args.get("input"))
    return "The task was completed."


@dataclass(frozen=True)
class Builtin:
    """`run` gives back what the war room says. `arguments`: which it takes and whether it needs them, None for any field."""

    run: Callable[[Investigation, Lists, Args], str]
    arguments: Mapping[str, bool] | None = None


BUILTIN_COMMANDS = {
    "setIncident": Builtin(_set_incident),
    "setAlert": Builtin(_set_incident),
    "setIssue": Builtin(_set_incident),
    "closeInvestigation": Builtin(_close_investigation),
    "setParentIncidentContext": Builtin(_set_case_context, {"key": True, "value": True}),
    "taskComplete": Builtin(_task_complete, {"id": True, "input": False, "comment": False}),
    "getList": Builtin(_get_list, {"listName": True}),
}
