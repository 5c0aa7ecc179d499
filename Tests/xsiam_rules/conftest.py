"""Events as they reach XSIAM: from the local tenant, fetched over HTTP by the integration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom
from xql.pipeline import data_model, dataset_rows
from xql.stages import Rows

WAIT = 20 * 60  # seconds; what happens on devices may be recorded a quarter of an hour later


@pytest.fixture
def room(make_war_room: Callable[..., WarRoom]) -> WarRoom:
    """An instance that fetches everything that there is."""
    return make_war_room(first_fetch="3 days", fetch_types="SIEM events,Missing devices,Non-compliant devices")


@pytest.fixture
def fetched(room: WarRoom, clock: ManualClock) -> Callable[[], list[dict[str, Any]]]:
    """Everything that has happened, as the integration sends it."""

    def fetch() -> list[dict[str, Any]]:
        clock.advance(WAIT)
        run = room.execute("fetch-events")
        assert run.ok, run.error
        return room.events()

    return fetch


@pytest.fixture
def modelled(fetched: Callable[[], list[dict[str, Any]]], clock: ManualClock, tenant: LocalTenant) -> Callable[[], Rows]:
    """The same in the data model."""
    return lambda: data_model(dataset_rows(fetched(), clock.now()), clock.now())
