"""The playbooks that test the pack on the platform: they pass on the local tenant, and leave it as it was."""

from pathlib import Path
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from pack_files import PACK, read_item

TESTS = sorted((PACK / "TestPlaybooks").glob("*.yml"))
CLOSED = 2
STATE = ("agentStatus", "deviceStatus", "deviceFreezeStatus", "deviceFreezeReportingStatuses", "customFields", "isStolen")


def states(tenant: LocalTenant) -> list[dict[str, Any]]:
    """What the tests must not change, once every agent has called in."""
    return [{name: device.get(name) or None for name in STATE} for device in tenant.devices.all()]


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem.removeprefix("playbook-"))
def test_it_passes_and_changes_nothing_that_lasts(file: Path, desk: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    before = states(tenant)
    run = desk.play(read_item(file)["name"])
    assert run.ok, run.error or run.waiting
    assert run.incident["status"] == CLOSED, run.names()[-3:]
    clock.advance(3600)
    assert states(tenant) == before
