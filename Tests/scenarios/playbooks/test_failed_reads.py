"""A read that failed is no answer: what becomes of a case when Absolute cannot be read, status by status."""

from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, faults
from scenarios.playbooks.conftest import Desk

ENRICHMENT = "Absolute - Device Enrichment"
LOST, RECOVERED = "Absolute - Lost or Stolen Device", "Absolute - Recovered Device"
DEVICES = "GET /v3/reporting/devices"
# The rate limit too is told to the playbook as an error, when it lasts.
STATUSES = (401, 403, 404, 429, 500, 503)
CLOSED = 2


def uid(tenant: LocalTenant) -> str:
    return str(tenant.devices.by_name("LAB-0001")["deviceUid"])


def fail(tenant: LocalTenant, when: str, status: int) -> None:
    tenant.faults.add(Fault(when=when, action=faults.status(status, retry_after=0)))


def writes(tenant: LocalTenant) -> list[str]:
    return [record.path for record in tenant.requests if record.method in ("POST", "PUT") and "get-actions" not in record.path]


# ------------------------------------------------------------------------------------------------ Device Enrichment


@pytest.mark.parametrize("status", STATUSES)
def test_the_enrichment_says_that_it_could_not_read(status: int, desk: Desk, tenant: LocalTenant) -> None:
    fail(tenant, DEVICES, status)
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert run.context.get("Enrichment.Status") == "not read"
    told, reason = " ".join(desk.note().split()), str(run.context.get("Enrichment.Reason"))
    assert reason.split(". ")[0] in told
    assert run.context.get("ErrorEntries") in (run.context.get("Enrichment.Reason"), [run.context.get("Enrichment.Reason")])


def test_the_enrichment_says_what_it_found(desk: Desk) -> None:
    found = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert (found.context.get("Enrichment.Status"), found.context.get("Enrichment.NotRead")) == ("found", [])
    gone = desk.play(ENRICHMENT, Endpoint_hostname="NOBODY")
    assert gone.context.get("Enrichment.Status") == "not found"
    assert "NOBODY" in gone.context.get("Enrichment.Reason")


@pytest.mark.parametrize(("inputs", "why"), [({}, "No device is named"), ({"Endpoint_hostname": "x"}, "no active instance")])
def test_the_enrichment_that_looks_for_nothing(inputs: Any, why: str, desk: Desk) -> None:
    if inputs:
        desk.room.instance.state = "disabled"
    run = desk.play(ENRICHMENT, **inputs)
    assert run.context.get("Enrichment.Status") == "not read"
    assert why in run.context.get("Enrichment.Reason")


# ------------------------------------------------------------------------------------------------ lost and recovered


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("playbook", [LOST, RECOVERED])
def test_a_case_whose_device_cannot_be_read_says_so(status: int, playbook: str, desk: Desk, tenant: LocalTenant) -> None:
    fail(tenant, DEVICES, status)
    run = desk.play(playbook, {}, {"deviceid": uid(tenant)})
    assert run.ok, run.error or run.waiting
    assert writes(tenant) == []
    assert run.incident["status"] != CLOSED
    assert "could not be read" in desk.note()
    assert "It is not known which device" not in desk.note()
    assert "must be named" not in desk.note()
    assert desk.asked == [], "nobody can name a device that cannot be looked up"
