"""XSOAR and XSIAM: what each calls an incident, the case that an issue belongs to, and the lists of the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import Behaviour, PlaybookRun, UnsupportedPlaybookError, WarRoom
from local_xsoar.behaviour import Product
from unit.local_xsoar.playbook_support import builtin, compare, library, path, playbook, script, simple, start, sub_playbook

Run = Callable[..., PlaybookRun]


@pytest.fixture
def run(room: WarRoom, tmp_path: Path) -> Run:
    def run(product: Product, *tasks: dict[str, Any], **more: Any) -> PlaybookRun:
        room.behaviour = Behaviour(product=product)
        return room.run_playbook(library(tmp_path, playbook("Main", [start("1"), *tasks])), "Main", **more)

    return run


def says(value: Any) -> dict[str, Any]:
    return script("Print", {"value": value})


@pytest.mark.parametrize(("product", "name"), [("xsoar", "incident"), ("xsiam", "alert"), ("xsiam", "issue")])
def test_what_an_incident_is_called(run: Run, product: Product, name: str) -> None:
    done = run(product, says(f"${{{name}.name}}"), incident={"name": "Lost"})
    assert done.entries[-1]["HumanReadable"] == "Lost"


FILTERED = {"complex": {"root": "A", "filters": [[compare("issue.deviceid", "isEqualString", "7")]]}}
TRANSFORMED = {"complex": {"root": "A", "transformers": [{"operator": "append", "args": {"item": path("issue.id")}}]}}


@pytest.mark.parametrize(
    ("product", "value", "missing"),
    [
        ("xsoar", "${alert.name}", "alert"),
        ("xsoar", "the ${issue.name} of today", "issue"),
        ("xsoar", {"complex": {"root": "issue", "accessor": "name"}}, "issue"),
        ("xsoar", FILTERED, "issue"),
        ("xsoar", TRANSFORMED, "issue"),
        ("xsoar", "${parentIncidentFields.host_count}", "parentIncidentFields"),
        ("xsoar", "${parentIncidentContext.Id}", "parentIncidentContext"),
        ("xsiam", "${incident.name}", "incident"),
    ],
)
def test_the_names_of_the_other_product_are_refused_and_never_empty(run: Run, product: Product, value: Any, missing: str) -> None:
    with pytest.raises(UnsupportedPlaybookError) as error:
        run(product, says(value))
    assert str(error.value) == f"Main: {product} has no {missing}."


def test_the_names_in_a_sub_playbook_count(room: WarRoom, tmp_path: Path) -> None:
    child = playbook("Child", [start("1"), says("x")], {"Device": simple("${alert.deviceid}")})
    both = library(tmp_path, playbook("Main", [start("1"), sub_playbook("Child")]), child)
    with pytest.raises(UnsupportedPlaybookError, match=r"Child: xsoar has no alert\."):
        room.run_playbook(both, "Main")


@pytest.mark.parametrize(
    ("product", "command", "there"),
    [
        ("xsoar", "setIncident", True), ("xsoar", "setAlert", False), ("xsoar", "setIssue", False),
        ("xsiam", "setIncident", False), ("xsiam", "setAlert", True), ("xsiam", "setIssue", True),
    ],
)  # fmt: skip
def test_the_command_that_sets_fields(run: Run, product: Product, command: str, there: bool) -> None:
    if there:
        assert run(product, builtin(command, {"severity": "high"})).incident["severity"] == 3
        return
    with pytest.raises(UnsupportedPlaybookError, match=rf"Main, task 1 \({command}\): {product} has no built-in command"):
        run(product, builtin(command, {"severity": "high"}))


def test_the_case_of_an_issue(run: Run, room: WarRoom) -> None:
    """Its context is one for all issues; the issue's own stays as it is."""
    room.investigation.case.fields["host_count"] = 2
    sets = builtin("setParentIncidentContext", {"key": "Ticket.Id", "value": "7"}, ("2",))
    done = run("xsiam", sets, says("${parentIncidentContext.Ticket.Id} of ${parentIncidentFields.host_count}"))
    assert done.entries[-1]["HumanReadable"] == "7 of 2"
    assert done.context.data == {}
    assert room.investigation.private().case is room.investigation.case


def test_lists_of_the_server(run: Run, room: WarRoom) -> None:
    room.lists = {"VIPs": "a,b", "Map": {"eu": "Berlin"}}
    reads = {"complex": {"root": "lists", "accessor": "Map.eu"}}
    done = run("xsoar", script("Print", {"value": "${lists.VIPs}"}, ("2",)), script("Print", {"value": reads}, ("3",)),
               builtin("getList", {"listName": "Map"}))  # fmt: skip
    assert [entry.get("HumanReadable") or entry["Contents"] for entry in done.entries] == ["a,b", "Berlin", '{"eu": "Berlin"}']
    assert "There is no list Nobody." in str(run("xsoar", builtin("getList", {"listName": "Nobody"})).error)


def test_the_whole_context(run: Run, room: WarRoom) -> None:
    room.context.data = {"A": {"B": 1}}
    assert run("xsoar", says({"complex": {"root": ".", "accessor": "A.B"}})).entries[-1]["Contents"] == 1
