"""Dashboards and widgets: their queries run, and what they name exists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom
from pack_files import PACK, manifest, read_item
from xql.content import DATASET, XSIAM_DASHBOARD
from xql.stages import Rows, run
from xql.syntax import tokens
from xql.xdm import FIELDS

WIDGETS = {widget["title"]: widget["data"]["phrase"] for widget in XSIAM_DASHBOARD["widgets_data"]}
SHOWN = {part["key"]: part["data"] for row in XSIAM_DASHBOARD["dashboards_data"][0]["layout"] for part in row["data"]}
XSOAR_WIDGETS = {path.stem: read_item(path) for path in sorted((PACK / "Widgets").glob("*.json"))}
(XSOAR_DASHBOARD,) = [read_item(path) for path in (PACK / "Dashboards").glob("*.json")]
# Fields that every incident has.
STATUSES = {"pending", "active", "closed", "archive"}
SYSTEM_FIELDS = {"id", "name", "occurred", "owner", "severity", "status", "type"}


class TestXsiam:
    def test_what_is_shown_are_the_widgets(self) -> None:
        assert {key: data["phrase"] for key, data in SHOWN.items()} == {
            widget["widget_key"]: widget["data"]["phrase"] for widget in XSIAM_DASHBOARD["widgets_data"]
        }

    def test_rows_are_full(self) -> None:
        for row in XSIAM_DASHBOARD["dashboards_data"][0]["layout"]:
            assert sum(part["data"]["width"] for part in row["data"]) == 100

    def test_settings_of_graphs_are_those_of_their_queries(self) -> None:
        for data in SHOWN.values():
            options = data["viewOptions"]
            view = data["phrase"].partition("view graph ")[2]
            written = dict(re.findall(r"(\w+) = (\w+)", view))
            commands = {each["command"]["name"]: each["command"]["value"] for each in options["commands"]}
            assert {"type": options["type"], **commands} == (written or {"type": "table"})

    @pytest.mark.parametrize("title", WIDGETS)
    def test_each_query_finds_something(
        self, title: str, tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock
    ) -> None:
        assert WIDGETS[title].startswith(f"datamodel dataset = {DATASET}\n")
        tenant.siem.generate(600, over=timedelta(hours=40), seed=5)
        assert run(tokens(WIDGETS[title]), modelled(), clock.now())

    @pytest.mark.parametrize("title", WIDGETS)
    def test_an_event_that_came_twice_counts_once(
        self, title: str, tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock
    ) -> None:
        """A batch that was sent and not answered is sent again, with the same IDs."""
        tenant.siem.generate(200, over=timedelta(hours=40), seed=5)
        rows = modelled()
        once, twice = (run(tokens(WIDGETS[title]), found, clock.now()) for found in (rows, [*rows, *rows]))
        assert twice == once

    def test_numbers(self, tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock) -> None:
        first, second, third = (tenant.devices.by_name(f"LAB-000{number}")["deviceUid"] for number in (1, 2, 3))
        tenant.siem.antivirus_lost(first)
        tenant.siem.antivirus_lost(second)
        clock.advance(40 * 3600)
        tenant.siem.antivirus_back(second)
        tenant.siem.device_moved(third, 41.9, 12.5, "Rome", "Italy")
        rows = modelled()

        def shown(title: str) -> Rows:
            return run(tokens(WIDGETS[f"Absolute - {title}"]), rows, clock.now())

        assert {row["protection"]: row["devices"] for row in shown("Fleet protection")} == {
            "Unprotected": 1,
            "Protected again": 1,
        }
        assert [row["device"] for row in shown("Unprotected devices")] == ["LAB-0001"]
        assert shown("Devices by last contact") == [{"last_contact_age": "1 - within a day", "devices": 1}]

    @pytest.mark.parametrize(
        ("hours", "said"),
        [
            *((23, "1 - within a day"), (25, "2 - within a week"), (167, "2 - within a week"), (169, "3 - within 30 days")),
            *((719, "3 - within 30 days"), (721, "4 - longer ago")),
        ],
    )
    def test_ages_are_what_they_are_called(self, hours: int, said: str, clock: ManualClock) -> None:
        row = {**dict.fromkeys(FIELDS), "xdm.source.host.device_id": "x", "_time": clock.now() - timedelta(hours=hours)}
        (found,) = run(tokens(WIDGETS["Absolute - Devices by last contact"]), [row], clock.now())
        assert found["last_contact_age"] == said


class TestXsoar:
    def test_the_dashboard_shows_the_widgets(self) -> None:
        only_in_files = ("description", "fromVersion", "marketplaces")
        own = [{name: found for name, found in widget.items() if name not in only_in_files} for widget in XSOAR_WIDGETS.values()]
        shown = [part["widget"] for part in XSOAR_DASHBOARD["layout"]]
        assert sorted(shown, key=id_of) == sorted(own, key=id_of)

    def test_nothing_overlaps(self) -> None:
        cells = [
            (part["x"] + column, part["y"] + line)
            for part in XSOAR_DASHBOARD["layout"]
            for column in range(part["w"])
            for line in range(part["h"])
        ]
        assert len(cells) == len(set(cells))

    @pytest.mark.parametrize("name", XSOAR_WIDGETS)
    def test_types_and_fields_exist(self, name: str) -> None:
        widget = XSOAR_WIDGETS[name]
        types = {read_item(path)["id"] for path in (PACK / "IncidentTypes").glob("*.json")}
        own = {read_item(path)["cliName"] for path in (PACK / "IncidentFields").glob("*.json")}
        assert set(re.findall(r'type:"([^"]+)"', widget["query"])) <= types
        if widget["dataType"] == "incidents":
            assert named_fields(widget) <= own | SYSTEM_FIELDS

    @pytest.mark.parametrize("name", XSOAR_WIDGETS)
    def test_the_values_that_are_asked_for_are_written_by_somebody(self, name: str) -> None:
        query = XSOAR_WIDGETS[name]["query"]
        for field, value in re.findall(r"(?:^|[ -])(absolute\w+|status):(\w+)", query):
            known = STATUSES if field == "status" else written_words(field)
            assert value in known, f"nothing writes {value} into {field}"

    def test_calls_are_counted_as_commands_report_them(self, room: WarRoom) -> None:
        """The server keeps each entry of `APIExecutionMetrics`: `Type` as apiResponseType, `APICallsCount` in totalAPICalls."""
        widget = XSOAR_WIDGETS["widget-Absolute_API_Call_Results"]
        integration = manifest()
        assert (widget["dataType"], widget["query"]) == ("metrics", f'type:integration and name:"{integration["display"]}"')
        assert "apiResponseType" in widget["params"]["groupBy"]
        assert widget["params"]["keys"] == ["sum|totalAPICalls"]
        reported = room.run("!absolute-device-list limit=1").metrics
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
