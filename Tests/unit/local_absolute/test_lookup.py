"""Devices are looked up by exact values without looking at the whole fleet; what is found does not depend on it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_absolute import LocalTenant, ManualClock, QueryOptions
from local_absolute.query import advanced_filter, simple_filter
from local_absolute.resources.compliance import FILTERS as COMPLIANCE_FILTERS
from local_absolute.resources.devices import FILTERS

FLEET = LocalTenant(devices=40, clock=ManualClock()).devices
OPTIONS = QueryOptions()


def keys(expression: str) -> set[tuple[str, str]] | None:
    found = advanced_filter(expression, FILTERS, OPTIONS).keys
    return None if found is None else set(found)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("esn eq 'A'", {("esn", "a")}),
        ("esn eq 'A' or serialNumber eq 'B'", {("esn", "a"), ("serialNumber", "b")}),
        ("esn eq 'A' and isStolen eq true", {("esn", "a")}),
        ("(esn eq 'A' or esn eq 'B') and deviceName eq 'C'", {("deviceName", "c")}),
        ("esn eq 'A' or isStolen eq true", None),
        ("esnNot eq 'A'", None),
        ("esnStartsWith eq 'A'", None),
        ("operatingSystemName eq 'A'", None),
        ("lastConnectedDateTimeUtcTo eq '2026-01-01T00:00:00.000Z'", None),
        ("deviceNameEmpty eq true", None),
    ],
)
def test_what_is_known_of_matching_devices(expression: str, expected: set[tuple[str, str]] | None) -> None:
    assert keys(expression) == expected


def test_simple_filters_are_known_too() -> None:
    assert simple_filter([("esn", "A"), ("isStolen", "true")], FILTERS, OPTIONS).keys == {("esn", "a")}
    assert simple_filter([], FILTERS, OPTIONS).keys is None


def _terms() -> st.SearchStrategy[str]:
    values = {name: sorted({device[name] for device in FLEET if name in device}) for name in ("esn", "deviceName", "username")}
    exact = [f"{name} eq '{value.lower()}'" for name, texts in values.items() for value in texts if "'" not in value]
    return st.sampled_from([*exact, "isStolen eq true", "agentStatus eq 'A'", "esnNot eq 'x'", "deviceNameStartsWith eq 'lab'"])


expressions = st.recursive(
    _terms(),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=8,
)


@given(expressions)
def test_the_index_finds_all_that_matches(expression: str) -> None:
    condition = advanced_filter(expression, FILTERS, OPTIONS)
    if condition.keys is not None and all(name != "agentStatus" for name, _ in condition.keys):
        found = [device for device in FLEET.having(condition.keys) if condition(device)]
        assert found == [device for device in FLEET if condition(device)]


def test_the_index_follows_changes(caller: Any, tenant: LocalTenant) -> None:
    def found(**params: str) -> list[str]:
        return [row["serialNumber"] for row in caller.devices(select="serialNumber", **params)]

    assert found(deviceName="lab-0001") == ["SN000111"]
    tenant.devices.update(tenant.devices[0]["deviceUid"], deviceName="renamed")
    assert (found(deviceName="LAB-0001"), found(deviceName="Renamed")) == ([], ["SN000111"])
    tenant.devices.add(deviceName="renamed", serialNumber="SN-NEW")
    assert sorted(found(deviceName="renamed")) == ["SN-NEW", "SN000111"]
    tenant.devices.update(tenant.devices[0]["deviceUid"], deviceName=None)
    assert found(deviceName="renamed") == ["SN-NEW"]


@pytest.mark.parametrize("sort", ["", "deviceName:desc"])
def test_pages_of_devices_that_were_looked_up(caller: Any, tenant: LocalTenant, sort: str) -> None:
    serials = [device["serialNumber"] for device in tenant.devices][:20]
    query = {"filter": " or ".join(f"serialNumber eq '{serial}'" for serial in serials), "pageSize": "7"}
    if sort:
        query["sortBy"] = sort
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while len(found) < 20:
        page = caller.get("/reporting/devices-advanced", **query, **cursor).json()
        found += page["data"]
        cursor = page["metadata"].get("pagination", {})
    assert sorted(row["serialNumber"] for row in found) == serials
    assert cursor == {}
    order = [row["deviceName"].casefold() if sort else row["deviceUid"] for row in found]
    assert order == sorted(order, reverse=bool(sort))


def test_compliance_is_looked_up_too(caller: Any, tenant: LocalTenant) -> None:
    assert simple_filter([("deviceUid", "A")], COMPLIANCE_FILTERS, OPTIONS).keys == {("deviceUid", "a")}
    for sort in ("deviceName", "compliant"):
        answer = caller.get("/reporting/devices/compliance", deviceName="lab-0001", sortBy=sort)
        assert [row["esn"] for row in answer.json()["data"]] == [tenant.devices[0]["esn"]]


def test_resilient_applications_that_do_not_comply_are_reasons(caller: Any, tenant: LocalTenant) -> None:
    uid = tenant.devices[0]["deviceUid"]
    application = {"applicationName": "Example EDR", "version": "7.1", "status": "NotCompliant"}
    tenant.devices.update(uid, rnrCrowdStrike=application, rnrBitLocker=None)
    (row,) = caller.get("/reporting/devices/compliance", deviceUid=uid).json()["data"]
    properties = [[{"property": "appName", "value": "Example EDR"}, {"property": "status", "value": "NotCompliant"}]]
    assert (row["compliant"], row["reasons"][-1]["type"], row["reasons"][-1]["properties"]) == (
        "false",
        "appResilience",
        properties,
    )
    tenant.devices.update(uid, rnrCrowdStrike={**application, "status": "Enabled"})
    (row,) = caller.get("/reporting/devices/compliance", deviceUid=uid).json()["data"]
    assert (row["compliant"], row["reasons"]) == ("true", [])


def test_the_record_of_a_call_has_its_issued_at(caller: Any, tenant: LocalTenant) -> None:
    before = int(time.time() * 1000)
    caller.devices()
    assert before <= tenant.requests[-1].issued_at <= int(time.time() * 1000)
