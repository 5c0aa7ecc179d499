"""An invented integration that uses everything the local XSOAR offers, and a war room on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from local_xsoar import Integration, PlatformModules, WarRoom, load_integration

SAMPLE = Path(__file__).parent / "data" / "Packs" / "Sample" / "Integrations" / "Sample"


@pytest.fixture(scope="session")
def sample() -> Integration:
    return load_integration(SAMPLE)


@pytest.fixture
def waits() -> list[float]:
    """The waits that the scheduler asked for."""
    return []


@pytest.fixture
def room(sample: Integration, platform_modules: PlatformModules, waits: list[float]) -> WarRoom:
    return WarRoom(sample, params={}, modules=platform_modules, wait=waits.append)
