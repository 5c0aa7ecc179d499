"""The dashboard of XSOAR and its widgets: their queries name what exists, and ask for what somebody writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from local_xsoar import WarRoom
from pack_files import PACK, manifest, read_item

WIDGETS = {path.stem: read_item(path) for path in sorted((PACK / "Widgets").glob("*.json"))}
(DASHBOARD,) = [read_item(path) for path in (PACK / "Dashboards").glob("*.json")]
# Fields that every incident has.
STATUSES = {"pending", "active", "closed", "archive"}
SYSTEM_FIELDS = {"id", "name", "occurred", "owner", "severity", "status", "type"}


def test_the_dashboard_shows_the_widgets() -> None:
    only_in_files = ("description", "fromVersion", "marketplaces")
    own = [{name: found for name, found in widget.items() if name not in only_in_files} for widget in WIDGETS.values()]
    shown = [part["widget"] for part in DASHBOARD["layout"]]
    assert sorted(shown, key=id_of) == sorted(own, key=id_of)


def test_nothing_overlaps() -> None:
    cells = [
        (part["x"] + column, part["y"] + line)
        for part in DASHBOARD["layout"]
        for column in range(part["w"])
        for line in range(part["h"])
    ]
    assert len(cells) == len(set(cells))


@pytest.mark.parametrize("name", WIDGETS)
def test_types_and_fields_exist(name: str) -> None:
    widget = WIDGETS[name]
    types = {read_item(path)["id"] for path in (PACK / "IncidentTypes").glob("*.json")}
    own = {read_item(path)["cliName"] for path in (PACK / "IncidentFields").glob("*.json")}
    assert set(re.findall(r'type:"([^"]+)"', widget["query"])) <= types
    if widget["dataType"] == "incidents":
        assert named_fields(widget) <= own | SYSTEM_FIELDS


@pytest.mark.parametrize("name", WIDGETS)
def test_the_values_that_are_asked_for_are_written_by_somebody(name: str) -> None:
    query = WIDGETS[name]["query"]
    for field, value in re.findall(r"(?:^|[ -])(absolute\w+|status):(\w+)", query):
        known = STATUSES if field == "status" else written_words(field)
        assert value in known, f"nothing writes {value} into {field}"


def test_calls_are_counted_as_commands_report_them(war_room: WarRoom) -> None:
    """The server keeps each entry of `APIExecutionMetrics`: `Type` as apiResponseType, `APICallsCount` in totalAPICalls."""
    widget = WIDGETS["widget-Absolute_API_Call_Results"]
    integration = manifest()
    assert (widget["dataType"], widget["query"]) == ("metrics", f'type:integration and name:"{integration["display"]}"')
    assert "apiResponseType" in widget["params"]["groupBy"]
    assert widget["params"]["keys"] == ["sum|totalAPICalls"]
    reported = war_room.run("!absolute-device-list limit=1").metrics
    assert [set(metric) for metric in reported] == [{"Type", "APICallsCount"}]
    assert reported[0]["Type"] == "Successful"


def written_words(field: str) -> set[str]:
    """The words of every text that a task of a playbook may put into the field."""
    playbooks = [read_item(path) for path in (PACK / "Playbooks").glob("*.yml")]
    args = [(task.get("scriptarguments") or {}).get(field) for playbook in playbooks for task in playbook["tasks"].values()]
    return {word for text in texts_of(args) if "${" not in text for word in text.split()}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_of(inner)


def id_of(widget: dict[str, Any]) -> str:
    return str(widget["id"])


def named_fields(widget: dict[str, Any]) -> set[str]:
    grouped = {each.partition("(")[0] for each in widget["params"].get("groupBy", [])}
    columns = {each["key"] for each in widget["params"].get("tableColumns", [])}
    sorted_by = {each["field"] for each in widget.get("sort", [])}
    return grouped | columns | sorted_by | set(re.findall(r"(?:^|[ -])(\w+):", widget["query"]))
