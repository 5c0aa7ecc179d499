"""The server's incidents, and the commands with which a script reaches others than its own.

Sources, in demisto/content: SearchIncidentsV2 and SearchIssues, which call getIncidents on XSOAR and on XSIAM; GetByIncidentId
for getContext; CloseInvestigationAsDuplicate for linkIncidents; FindSimilarIncidents for a query and for addEntries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local_xsoar.command_line import listed
from local_xsoar.command_run import error_entry
from local_xsoar.server import CLOSED_STATUS, Investigation

Args = dict[str, Any]
Entry = dict[str, Any]

PAGE_SIZE = 100
NEVER = "0001-01-01T00:00:00Z"  # the closing time of an open incident
# What stands beside CustomFields in the record of an incident.
SYSTEM_FIELDS = {
    "id", "name", "type", "status", "severity", "owner", "details", "labels", "occurred", "created", "modified", "closed",
    "closeReason", "closeNotes", "closingUserId", "playbookId", "investigationId", "sourceBrand", "sourceInstance", "rawJSON",
    "dbotMirrorId", "linkedIncidents", "linkedCount", "isPlayground", "parent", "phase", "reason", "runStatus", "version",
}  # fmt: skip
STATUS_WORDS = {"pending": 0, "active": 1, "closed": CLOSED_STATUS}
TERM = re.compile(r'(?P<minus>-?)(?P<field>\w+):(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"()]+))')
WORDS = re.compile(r"\w+")


class Incidents:
    """In the order in which they were opened. `broken`: the commands that fail, with what the server then says."""

    def __init__(self) -> None:
        self.all: list[Investigation] = []
        self.broken: dict[str, str] = {}

    def open(self, created: datetime, fields: dict[str, Any]) -> Investigation:
        """A new incident with its war room. Its ID is the next number unless `fields` has one."""
        number = str(len(self.all) + 1)
        investigation = Investigation(number, incident={"id": number, "created": created.isoformat(), **fields})
        self.all.append(investigation)
        return investigation

    def named(self, incident_ids: Any) -> list[Investigation]:
        """Raises ValueError for one that does not exist."""
        ids = listed(str(incident_ids))
        by_id = {str(one.incident["id"]): one for one in self.all}
        missing = [one for one in ids if one not in by_id]
        if missing or not ids:
            raise ValueError(f"There is no incident {', '.join(missing)}.")
        return [by_id[one] for one in ids]

    def execute(self, own: Investigation, command: str, args: Args) -> list[Entry]:
        """demisto.executeCommand of a script that runs in the incident `own`. A command that fails gives an error entry."""
        if command not in COMMANDS:
            raise NotImplementedError(f"demisto.executeCommand of {command} is not part of the local XSOAR.")
        try:
            if command in self.broken:
                raise ValueError(self.broken[command])
            contents = COMMANDS[command](self, own, args)
        except ValueError as error:
            return [error_entry(str(error))]
        shape = "text" if isinstance(contents, str) else "json"
        return [{"Type": 1, "ContentsFormat": shape, "Contents": contents, "HumanReadable": None, "EntryContext": None}]


def record(investigation: Investigation) -> dict[str, Any]:
    """An incident as the server shows it: fields of packs and of customers stand in CustomFields."""
    fields: dict[str, Any] = {"closed": NEVER, "linkedIncidents": None, "labels": [], **investigation.incident}
    linked = fields["linkedIncidents"]
    own: dict[str, Any] = {name: value for name, value in fields.items() if name in SYSTEM_FIELDS}
    custom = {name: value for name, value in fields.items() if name not in SYSTEM_FIELDS}
    own |= {"investigationId": fields["id"], "linkedCount": len(linked or []), "CustomFields": custom}
    shown: dict[str, Any] = json.loads(json.dumps(own, default=str))
    return shown


def close(investigation: Investigation, fields: dict[str, Any]) -> None:
    investigation.incident.update({**fields, "status": CLOSED_STATUS})


@dataclass(frozen=True)
class Term:
    """One condition of a query: a field holds the phrase, word by word, or does not."""

    name: str
    phrase: str
    holds: bool = True

    def fits(self, shown: dict[str, Any]) -> bool:
        value = shown.get(self.name, shown["CustomFields"].get(self.name))
        if self.name == "status":
            return self.holds == (str(value) == str(STATUS_WORDS.get(self.phrase.lower(), self.phrase)))
        have, want = (WORDS.findall(str(text or "").lower()) for text in (value, self.phrase))
        return self.holds == any(have[at : at + len(want)] == want for at in range(len(have)))


def terms(query: str) -> Iterator[Term]:
    """The terms of a query that all must hold. Raises ValueError for what is not read here."""
    for part in re.split(r"\s+and\s+", query.strip(), flags=re.IGNORECASE):
        term = TERM.fullmatch(part)
        if not term:
            raise ValueError(f"The local XSOAR does not read this part of the query: {part}")
        yield Term(term["field"], term["phrase"] if term["word"] is None else term["word"], not term["minus"])


def _get_incidents(incidents: Incidents, _own: Investigation, args: Args) -> dict[str, Any]:
    """Newest first; `data` is null where nothing is found."""
    if args.get("id"):
        found = [record(one) for one in incidents.named(args["id"])]
    else:
        wanted = list(terms(str(args["query"])))
        found = [shown for one in reversed(incidents.all) if all(term.fits(shown := record(one)) for term in wanted)]
    size, page = int(args.get("size") or PAGE_SIZE), int(args.get("page") or 0)
    return {"total": len(found), "data": found[page * size : (page + 1) * size] or None}


def _get_context(incidents: Incidents, own: Investigation, args: Args) -> dict[str, Any]:
    """Private contexts of sub-playbooks stand in it as `subplaybook-<number>`."""
    (one,) = incidents.named(args["id"]) if args.get("id") else [own]
    private = {name: context.data for name, context in one.sub_playbooks.items()}
    shown: dict[str, Any] = json.loads(json.dumps({"id": one.incident["id"], "context": {**one.context.data, **private}}))
    return shown


def _link_incidents(incidents: Incidents, own: Investigation, args: Args) -> str:
    (first,) = incidents.named(args["incidentId"]) if args.get("incidentId") else [own]
    others = incidents.named(args["linkedIncidentIDs"])
    for other in others:
        for one, linked in ((first, other), (other, first)):
            ids = list(one.incident.get("linkedIncidents") or [])
            one.incident["linkedIncidents"] = list(dict.fromkeys([*ids, str(linked.incident["id"])]))
    if args.get("action") != "duplicate":
        return "Incidents were linked."
    open_ones = [one for one in others if one.incident.get("status") != CLOSED_STATUS]
    for one in open_ones:
        close(one, {"closeReason": "Duplicate"})
    return f"{len(open_ones)} incidents marked as duplicates"


def _add_entries(incidents: Incidents, own: Investigation, args: Args) -> str:
    (one,) = incidents.named(args["id"]) if args.get("id") else [own]
    entries = args["entries"]
    for entry in json.loads(entries) if isinstance(entries, str) else entries:
        one.keep(entry)
    return "Entries were added."


def _close_investigation(incidents: Incidents, own: Investigation, args: Args) -> str:
    (one,) = incidents.named(args["id"]) if args.get("id") else [own]
    close(one, {name: value for name, value in args.items() if name != "id"})
    return "The investigation was closed."


COMMANDS: dict[str, Callable[[Incidents, Investigation, Args], Any]] = {
    "getIncidents": _get_incidents,
    "getContext": _get_context,
    "linkIncidents": _link_incidents,
    "addEntries": _add_entries,
    "closeInvestigation": _close_investigation,
}
