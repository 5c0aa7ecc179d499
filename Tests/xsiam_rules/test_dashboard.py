"""The dashboard of XSIAM: its queries run, and what it shows are its widgets."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from local_absolute import LocalTenant, ManualClock
from xql.content import DATASET, XSIAM_DASHBOARD
from xql.stages import Rows, run
from xql.syntax import tokens
from xql.xdm import FIELDS

WIDGETS = {widget["title"]: widget["data"]["phrase"] for widget in XSIAM_DASHBOARD["widgets_data"]}
SHOWN = {part["key"]: part["data"] for row in XSIAM_DASHBOARD["dashboards_data"][0]["layout"] for part in row["data"]}


def test_what_is_shown_are_the_widgets() -> None:
    assert {key: data["phrase"] for key, data in SHOWN.items()} == {
        widget["widget_key"]: widget["data"]["phrase"] for widget in XSIAM_DASHBOARD["widgets_data"]
    }


def test_rows_are_full() -> None:
    for row in XSIAM_DASHBOARD["dashboards_data"][0]["layout"]:
        assert sum(part["data"]["width"] for part in row["data"]) == 100


def test_settings_of_graphs_are_those_of_their_queries() -> None:
    for data in SHOWN.values():
        options = data["viewOptions"]
        view = data["phrase"].partition("view graph ")[2]
        written = dict(re.findall(r"(\w+) = (\w+)", view))
        commands = {each["command"]["name"]: each["command"]["value"] for each in options["commands"]}
        assert {"type": options["type"], **commands} == (written or {"type": "table"})


@pytest.mark.parametrize("title", WIDGETS)
def test_each_query_finds_something(title: str, tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock) -> None:
    assert WIDGETS[title].startswith(f"datamodel dataset = {DATASET}\n")
    tenant.siem.generate(600, over=timedelta(hours=40), seed=5)
    assert run(tokens(WIDGETS[title]), modelled(), clock.now())


@pytest.mark.parametrize("title", WIDGETS)
def test_an_event_that_came_twice_counts_once(
    title: str, tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock
) -> None:
    """A batch that was sent and not answered is sent again, with the same IDs."""
    tenant.siem.generate(200, over=timedelta(hours=40), seed=5)
    rows = modelled()
    once, twice = (run(tokens(WIDGETS[title]), found, clock.now()) for found in (rows, [*rows, *rows]))
    assert twice == once


def test_numbers(tenant: LocalTenant, modelled: Callable[[], Rows], clock: ManualClock) -> None:
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
def test_ages_are_what_they_are_called(hours: int, said: str, clock: ManualClock) -> None:
    row = {**dict.fromkeys(FIELDS), "xdm.source.host.device_id": "x", "_time": clock.now() - timedelta(hours=hours)}
    (found,) = run(tokens(WIDGETS["Absolute - Devices by last contact"]), [row], clock.now())
    assert found["last_contact_age"] == said
