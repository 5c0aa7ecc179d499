import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Any

LOST_TYPE, EVENT_TYPE = "Absolute Lost or Stolen Device", "Absolute Device Event"
LOST_PLAYBOOK = "Absolute - Lost or Stolen Device"
JOB_PLAYBOOK = "JOB - Absolute - Silent Devices"  # its incidents are about many devices, and name none
PAGE_SIZE, MOST_PAGES = 100, 50
NEVER = "0001"  # the year in which open incidents are closed
ENDED = {"2", "3"}  # status of incidents that are closed or archived
NONE_CLOSED = "0 "  # linkIncidents tells how many incidents it has marked as duplicates

GOES_ON, DUPLICATE, STOPPED, NO_DEVICE = "goes on", "duplicate", "stopped", "no device"  # of a case
OWN, FOREIGN, UNKNOWN = "own", "not own", "unknown"  # of an event; of either
# By the output of a command that changes devices: words that the types of its events have.
WRITES = {
    "DeviceMissing": (),
    "DeviceUnenroll": ("unenroll",),
    "FileDeleteRequest": ("filedelete",),
    "FreezeRequest": ("freeze", "frozen"),
    "MessageRequest": ("message", "eum"),
    "ScriptRequest": ("script", "reach"),
    "WipeRequest": ("wipe",),
}
REPORTS = {"reported": ("missing",), "found": ("found",)}
IDS = ("requestuid", "requestid", "actionid")
# An event without the UID of a request counts as a write's own only so close to it.
BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=2)
Incident = Mapping[str, Any]


class SearchError(Exception):
    """The server did not do what it was asked for; the text says what."""


def answer(command: str, args: dict[str, Any]) -> Any:
    """The contents of what a command of the server answers. Raises SearchError."""
    entries = demisto.executeCommand(command, args)
    if not entries or is_error(entries):
        raise SearchError(f"{command}: {get_error(entries) if entries else 'there is no answer.'}")
    return entries[0].get("Contents")


def search(args: dict[str, Any]) -> list[dict[str, Any]]:
    contents = answer("getIncidents", args)
    if not isinstance(contents, dict) or "data" not in contents:
        raise SearchError("getIncidents: the answer is no list of incidents.")
    return as_dicts(contents["data"])


def value_of(incident: Incident, name: str) -> Any:
    return incident.get(name, as_dict(incident.get("CustomFields")).get(name))


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects at a path of a context, which holds one object as it is. Anybody can have written something else there."""
    return as_dicts(value if isinstance(value, list) else [value])


def number(incident: Incident) -> str:
    return str(incident.get("id"))


def is_open(incident: Incident) -> bool:
    ended = str(incident.get("closed") or NEVER)[: len(NEVER)] != NEVER
    return not ended and str(incident.get("status")) not in ENDED


def has_device(incident: Incident, device: str) -> bool:
    return str(value_of(incident, "deviceid")).lower() == device


def open_incidents(query: str) -> dict[str, dict[str, Any]]:
    """The open incidents that a query finds, by number. Raises SearchError."""
    found: dict[str, dict[str, Any]] = {}
    for page in range(MOST_PAGES):
        page_rows = search({"query": f"-status:closed and {query}", "page": page, "size": PAGE_SIZE})
        found.update({number(row): row for row in page_rows if is_open(row)})
        if len(page_rows) < PAGE_SIZE:
            return found
    raise SearchError(f"there are more than {MOST_PAGES * PAGE_SIZE} open incidents with {query}.")


def others(own: Incident, device: str) -> list[dict[str, Any]]:
    """The open incidents of the same device besides this one.

    The server finds words, so what it finds is compared again. Raises SearchError, also when it does not find this incident,
    which is one of them: then what it knows is old.
    """
    found = open_incidents(f'deviceid:"{device}"')
    if has_device(own, device) and number(own) not in found:
        raise SearchError("the search does not show this incident itself yet.")
    return [row for incident_id, row in found.items() if has_device(row, device) and incident_id != number(own)]


def is_of(incident: Incident, name: str, item: str) -> bool:
    """Whether an incident's type or playbook is an item of this pack, whose side-by-side edition marks the names at their end."""
    return value_of(incident, name) in (item, f"{item}_copy")


def open_jobs() -> Iterator[dict[str, Any]]:
    """The open incidents of the job that freezes silent devices. Raises SearchError."""
    yield from (row for row in open_incidents("category:job").values() if is_of(row, "playbookId", JOB_PLAYBOOK))


def contexts(incident: Incident) -> list[dict[str, Any]]:
    """The context of an incident, and those of its sub-playbooks, which the server keeps within it."""
    contents = answer("getContext", {"id": number(incident)})
    whole = contents.get("context") if isinstance(contents, dict) else None
    if not isinstance(whole, dict):
        raise SearchError("getContext: the answer is no context.")
    return [whole, *(as_dict(part) for name, part in whole.items() if name.startswith("subplaybook-"))]


# region Two cases of one device
@dataclass(frozen=True)
class Case:
    """An open case of a lost device. `state`: what it found when it looked for others, "" before."""

    incident: Incident
    state: str

    @property
    def rank(self) -> tuple[bool, datetime, tuple[int, str]]:
        """The lowest goes on: one that others have let pass, then the oldest. Every case sees the same order."""
        created = parse_utc(self.incident.get("created")) or datetime.max.replace(tzinfo=timezone.utc)
        return self.state != GOES_ON, created, (len(number(self.incident)), number(self.incident))


def state_of(parts: list[dict[str, Any]]) -> str:
    """What a case found when it looked last."""
    looks = [look for part in parts for look in rows(part.get("OpenCase"))]
    return str(max(looks, key=lambda look: str(look.get("At")))["State"]) if looks else ""


def as_case(incident: Incident) -> Case | None:
    """None for an incident of another kind, and for a case that has stopped."""
    if is_of(incident, "type", EVENT_TYPE):
        return None
    parts = contexts(incident)
    is_lost = is_of(incident, "type", LOST_TYPE) or is_of(incident, "playbookId", LOST_PLAYBOOK)
    state = state_of(parts)
    if state in (STOPPED, DUPLICATE) or not (is_lost or any("LostDevice" in part for part in parts)):
        return None
    return Case(incident, state)


def look_for_case(args: Mapping[str, Any]) -> dict[str, Any]:
    """Whether another open case of the device goes on, and this one is its duplicate."""
    own, device = demisto.incident(), str(args.get("device") or "").strip().lower()
    if not UUID_TEXT.fullmatch(device):
        return {"State": NO_DEVICE}
    rivals = [case for incident in others(own, device) if (case := as_case(incident))]
    first = min([Case(own, state_of(contexts(own))), *rivals], key=lambda case: case.rank).incident
    if first is own:
        return {"State": GOES_ON, "Reason": "There is no other open case of this device that came first."}
    reason = f"#{number(first)} ({first.get('name')}) is an open case of the same device, and goes on."
    return {"State": DUPLICATE, "Id": number(first), "Reason": reason}


def close_as_duplicate(args: Mapping[str, Any]) -> dict[str, Any]:
    """Links this incident to the case that goes on, tells that case, and closes this one."""
    own, first = demisto.incident(), str(args["case"])
    add_note(first, f"**Duplicate**: #{number(own)} ({markdown_text(own.get('name'))}) is about the same device and was closed.")
    said = answer("linkIncidents", {"incidentId": first, "linkedIncidentIDs": number(own), "action": "duplicate"})
    if str(said).startswith(NONE_CLOSED):
        notes = f"Duplicate of #{first}, which is an open case of the same device."
        answer("closeInvestigation", {"id": number(own), "closeReason": "Duplicate", "closeNotes": notes})
    return {"State": DUPLICATE, "Id": first, "Reason": f"It is linked to #{first} and closed as its duplicate."}


# Nobody said that this case may go on: then it stands in no other's way.
NOT_KNOWN = {"State": STOPPED, "Reason": "It is not known whether there is another open case of this device: nothing was done."}


# endregion


# region Events that a case has caused
@dataclass(frozen=True)
class Event:
    """`requests`: what the API calls the request that the event is of; empty when it names none."""

    type: str
    device: str
    requests: frozenset[str]
    at: datetime | None


@dataclass(frozen=True)
class Write:
    """A change of devices that a case has recorded in its context."""

    words: tuple[str, ...]
    devices: frozenset[str]
    ids: frozenset[str]
    sent: datetime | None

    def has_caused(self, event: Event) -> bool:
        if event.device not in self.devices:
            return False
        return bool(event.requests & self.ids) if event.requests else self.is_near(event)

    def is_near(self, event: Event) -> bool:
        """The event says what was asked for, at the moment at which it was."""
        near = self.sent and event.at and -BEFORE <= event.at - self.sent <= AFTER
        return bool(near) and any(word in event.type for word in self.words)


def lowered(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in record.items()}


def writes(parts: list[dict[str, Any]]) -> Iterator[Write]:
    """What a case has sent. Requests that it has only read have no verdicts of devices."""
    for part in parts:
        for name, words in WRITES.items():
            for row in map(lowered, rows(as_dict(part.get("Absolute")).get(name))):
                devices = [lowered(device) for device in (as_dicts(row.get("devices")) if words else [row])]
                yield Write(
                    words or REPORTS.get(str(row.get("verdict")), ()),
                    frozenset(str(device.get("deviceuid")).lower() for device in devices),
                    frozenset(plain(row[key]) for key in IDS if row.get(key)),
                    parse_utc(row.get("sentdatetimeutc") or row.get("createddatetimeutc")),
                )


def is_taken(write: Write, event: Event, case: Incident) -> bool:
    """One write without a UID explains one event of a type: the next one is somebody else's."""
    linked = [str(one) for one in case.get("linkedIncidents") or []]
    if event.requests or not linked:
        return False
    earlier = search({"id": ",".join(linked), "size": len(linked)})
    return any(write.is_near(as_event(one)) and as_event(one).type == event.type for one in earlier)


def as_event(incident: Incident) -> Event:
    return Event(
        plain(value_of(incident, "eventtype")),
        str(value_of(incident, "deviceid") or "").lower(),
        frozenset(filter(None, map(plain, argToList(value_of(incident, "absoluterequest"))))),
        parse_utc(incident.get("occurred")),
    )


def look_for_cause(_args: Mapping[str, Any]) -> dict[str, Any]:
    """Whether an open case has caused the event of this incident. Then it is linked to that case, and noted there. Else the case
    of its loss is told, where there is one: lists of the API may not show the device as missing yet."""
    own = demisto.incident()
    event = as_event(own)
    if not UUID_TEXT.fullmatch(event.device):
        return {"State": FOREIGN}
    of_device = others(own, event.device)
    for case in chain(of_device, open_jobs()):
        if any(write.has_caused(event) and not is_taken(write, event, case) for write in writes(contexts(case))):
            add_event(own, case)
            reason = f"The case #{number(case)} asked for it: the event is noted there."
            return {"State": OWN, "Id": number(case), "Reason": reason}
    if lost := next((case for case in of_device if as_case(case)), None):
        return {"State": FOREIGN, "Id": number(lost), "Reason": f"#{number(lost)} is an open case about the loss of this device."}
    return {"State": FOREIGN}


def add_event(own: Incident, case: Incident) -> None:
    count = len(case.get("linkedIncidents") or []) + 1
    answer("linkIncidents", {"incidentId": number(case), "linkedIncidentIDs": number(own), "action": "link"})
    event = markdown_text(
        f"{value_of(own, 'eventtype')} of {own.get('occurred')}, request {value_of(own, 'absoluterequest') or 'not named'}"
    )
    add_note(number(case), f"**Event of this case**: {event}. #{number(own)} is closed with it, the linked incident no. {count}.")


# endregion


def add_note(incident_id: str, text: str) -> None:
    entry = {"Type": EntryType.NOTE, "ContentsFormat": EntryFormat.MARKDOWN, "Contents": text, "Note": True}
    answer("addEntries", {"id": incident_id, "entries": json.dumps([entry])})


TASKS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "look for case": look_for_case,
    "close as duplicate": close_as_duplicate,
    "go on": lambda _: {"State": GOES_ON, "Reason": "A person said that this case goes on."},
    "stop": lambda _: NOT_KNOWN,
    "look for cause": look_for_cause,
}


def open_case(args: Mapping[str, Any]) -> CommandResults:
    try:
        found = TASKS[args["task"]](args)
    except Exception as error:
        found = {"State": UNKNOWN, "Reason": f"The open cases could not be searched. {error}"}
    at = datetime.now(timezone.utc).isoformat()
    outputs = {"Incident": number(demisto.incident()), "State": found["State"], "Id": "", "Reason": "", **found, "At": at}
    told = f"**Open cases of this device**: {outputs['State']}. {markdown_text(outputs['Reason'])}".strip()
    return CommandResults(outputs_prefix="OpenCase", outputs_key_field="Incident", outputs=outputs, readable_output=told)


def main() -> None:
    try:
        return_results(open_case(demisto.args()))
    except Exception as error:
        return_error(f"Could not look for open cases. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
