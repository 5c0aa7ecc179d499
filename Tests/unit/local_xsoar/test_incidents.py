"""Several incidents of one server, and the commands with which a script of one reaches another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import WarRoom
from unit.local_xsoar.playbook_support import library, playbook, script, start, sub_playbook

DEVICE = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
CLOSED = 2


def execute(room: WarRoom, command: str, **args: Any) -> Any:
    (entry,) = room.tenant_incidents.execute(room.investigation, command, args)
    return entry["Contents"]


@pytest.fixture
def second(room: WarRoom) -> WarRoom:
    return room.open_incident(name="Lost laptop", type="Absolute", deviceid=DEVICE)


def test_an_incident_has_its_own_war_room_and_the_rest_in_common(room: WarRoom, second: WarRoom) -> None:
    assert [one.investigation.id for one in (room, second)] == ["1", "2"]
    second.run("!sample-echo")
    assert second.investigation.entries
    assert not room.investigation.entries
    assert second.instances == room.instances
    assert room.investigation.incident["created"] <= second.investigation.incident["created"]


def test_the_clock_is_one(room: WarRoom, second: WarRoom, tmp_path: Path) -> None:
    before = second.now()
    room.run_playbook(library(tmp_path, playbook("Main", [start("1"), script("Sleep", {"seconds": "3600"})])), "Main")
    assert (second.now() - before).total_seconds() >= 3600


def test_a_record_keeps_fields_of_packs_apart(second: WarRoom) -> None:
    (record,) = execute(second, "getIncidents", id="2")["data"]
    assert record["CustomFields"] == {"deviceid": DEVICE}
    assert (record["name"], record["closed"], record["linkedIncidents"], record["linkedCount"]) == (
        "Lost laptop", "0001-01-01T00:00:00Z", None, 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f'deviceid:"{DEVICE}"', ["3", "2"]),
        (f'-status:closed and deviceid:"{DEVICE.upper()}"', ["3"]),
        ("deviceid:9a77", ["3", "2"]),  # words, not whole values
        ("deviceid:9a7", []),
        ('name:"laptop lost"', []),
        ("-type:Absolute", ["1"]),
    ],
)
def test_a_query(query: str, found: list[str], room: WarRoom, second: WarRoom) -> None:
    second.open_incident(name="Another", type="Absolute", deviceid=DEVICE)
    execute(second, "closeInvestigation", id="2")
    assert [one["id"] for one in execute(room, "getIncidents", query=query)["data"] or []] == found


def test_pages(room: WarRoom, second: WarRoom) -> None:
    answers = [execute(room, "getIncidents", query="-status:closed", page=page, size=1) for page in range(3)]
    assert [answer["data"] and answer["data"][0]["id"] for answer in answers] == ["2", "1", None]


def test_the_context_shows_private_ones(room: WarRoom, second: WarRoom, tmp_path: Path) -> None:
    child = playbook("Child", [start("1"), script("Set", {"key": "Inner", "value": "a"})])
    parent = playbook("Main", [start("1"), sub_playbook("Child", separatecontext=True)])
    second.run_playbook(library(tmp_path, parent, child), "Main")
    second.context.set("Outer", "b")
    assert execute(room, "getContext", id="2")["context"] == {"Outer": "b", "subplaybook-1": {"Inner": "a"}}
    assert execute(room, "getContext")["context"] == {}


def test_links(room: WarRoom, second: WarRoom) -> None:
    execute(second, "linkIncidents", incidentId="1", linkedIncidentIDs="2", action="link")
    execute(second, "linkIncidents", incidentId="1", linkedIncidentIDs="2")
    assert room.investigation.incident["linkedIncidents"] == ["2"]
    assert second.investigation.incident["linkedIncidents"] == ["1"]
    assert second.investigation.incident["status"] != CLOSED


def test_a_duplicate_is_closed_once(room: WarRoom, second: WarRoom) -> None:
    said = [execute(second, "linkIncidents", incidentId="1", linkedIncidentIDs="2", action="duplicate") for _ in range(2)]
    assert said == ["1 incidents marked as duplicates", "0 incidents marked as duplicates"]
    assert (second.investigation.incident["status"], second.investigation.incident["closeReason"]) == (CLOSED, "Duplicate")
    assert room.investigation.incident.get("status") != CLOSED


def test_entries_of_another_incident(room: WarRoom, second: WarRoom) -> None:
    execute(second, "addEntries", id="1", entries=json.dumps([{"Type": 1, "Contents": "Look there."}]))
    execute(second, "addEntries", entries=[{"Type": 1, "Contents": "Look here."}])
    assert [entry["Contents"] for one in (room, second) for entry in one.investigation.entries.values()] == [
        "Look there.",
        "Look here.",
    ]


@pytest.mark.parametrize(
    ("command", "args", "said"),
    [
        ("getIncidents", {"id": "7"}, "There is no incident 7."),
        ("getIncidents", {"query": "name:a or name:b"}, "does not read this part"),
        ("addEntries", {"id": "7", "entries": "[]"}, "There is no incident 7."),
    ],
)
def test_what_fails_is_an_error_entry(command: str, args: dict[str, Any], said: str, room: WarRoom) -> None:
    assert said in execute(room, command, **args)


def test_a_command_may_be_broken(room: WarRoom) -> None:
    room.tenant_incidents.broken["getIncidents"] = "the database is not available"
    (entry,) = room.tenant_incidents.execute(room.investigation, "getIncidents", {"query": "-status:closed"})
    assert (entry["Type"], entry["Contents"]) == (4, "the database is not available")


def test_an_unknown_command_is_refused_by_name(room: WarRoom) -> None:
    with pytest.raises(NotImplementedError, match="deleteIncidents"):
        room.tenant_incidents.execute(room.investigation, "deleteIncidents", {})
