"""Software reports over HTTP: filters, select, sorting and pages."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_absolute.resources.applications import FILTERS
from local_absolute.times import format_utc

APPLICATIONS = "/reporting/applications"
FIELDS = {
    "deviceUid",
    "accountUid",
    "esn",
    "deviceName",
    "deviceSerialNumber",
    "userName",
    "osName",
    "appId",
    "deviceAppId",
    "appName",
    "appOriginalName",
    "appPublisher",
    "appOriginalPublisher",
    "appVersion",
    "appOriginalVersion",
    "major",
    "minor",
    "installPath",
    "installDateTimeUtc",
    "firstDetectDateTimeUtc",
    "lastScanDateTimeUtc",
}


def rows(caller: Any, path: str = APPLICATIONS, **params: str) -> list[dict[str, Any]]:
    answer = caller.get(path, **{"pageSize": "10000", **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def refused_field(caller: Any, path: str = APPLICATIONS, **params: str) -> str:
    answer = caller.get(path, **params)
    assert answer.status_code == 400
    return str(answer.json()["details"][0]["field"])


def test_applications_of_a_device(caller: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    found = rows(caller, deviceUid=device["deviceUid"])
    assert len(found) >= 5
    assert {row["esn"] for row in found} == {device["esn"]}
    row = found[0]
    assert set(row) == FIELDS
    assert (row["deviceSerialNumber"], row["userName"], row["osName"]) == ("SN000111", "CORP\\jdoe", "Microsoft Windows 11 Pro")
    assert row["appVersion"].startswith(f"{row['major']}.")
    assert row["installDateTimeUtc"] < row["firstDetectDateTimeUtc"]


def test_the_same_seed_gives_the_same_software(clock: ManualClock) -> None:
    def software(seed: int) -> list[tuple[str, str]]:
        tenant = LocalTenant(devices=20, seed=seed, clock=clock)
        return [(app.product.name, app.version) for device in tenant.devices for app in tenant.software.on(device)]

    assert software(7) == software(7) != software(8)


def test_devices_without_software(caller: Any, tenant: LocalTenant) -> None:
    for name in ("LAB-0003", "LAB-0006"):
        assert rows(caller, deviceUid=tenant.devices.by_name(name)["deviceUid"]) == []


def test_the_documented_filters_exist() -> None:
    assert len(FILTERS) == 107
    assert "accountUid" not in FILTERS
    assert "lastScanDateTimeUtcFrom" not in FILTERS


@pytest.mark.parametrize(
    ("params", "matches"),
    [
        ({"appName": "example editor"}, lambda row: row["appName"] == "Example Editor"),
        ({"appName": "O'Brien Notes"}, lambda row: row["appName"] == "O'Brien Notes"),
        ({"appNameContains": "R&D"}, lambda row: "R&D" in row["appName"]),
        ({"appNameNotContains": "example"}, lambda row: "Example" not in row["appName"]),
        ({"appPublisherStartsWith": "Müller"}, lambda row: row["appPublisher"] == "Müller & Söhne"),
        ({"appVersion": "3.2.1"}, lambda row: row["appVersion"] == "3.2.1"),
        ({"appOriginalVersionEndsWith": ".1.0"}, lambda row: row["appOriginalVersion"].endswith(".1.0")),
        ({"osNameContains": "macOS"}, lambda row: row["osName"] == "macOS"),
        ({"installPathStartsWith": "C:\\"}, lambda row: row["installPath"].startswith("C:\\")),
        ({"deviceName": "lab-0001"}, lambda row: row["deviceName"] == "LAB-0001"),
        ({"deviceNameNotStartsWith": "LAB"}, lambda row: not row["deviceName"].startswith("LAB")),
        ({"deviceSerialNumber": "SN000112"}, lambda row: row["deviceSerialNumber"] == "SN000112"),
        ({"userName": "corp\\jdoe"}, lambda row: row["userName"] == "CORP\\jdoe"),
        ({"appName": "Example Editor", "appVersionNot": "3.2.1"}, lambda row: row["appVersion"] in ("3.3.0", "4.0.2")),
        (
            {"installDateTimeUtcFrom": "2025-01-01T00:00:00.000Z"},
            lambda row: row["installDateTimeUtc"] > "2025-01-01T00:00:00.000Z",
        ),
        (
            {"firstDetectDateTimeUtcToInclusive": "2025-01-01T00:00:00.000Z"},
            lambda row: row["firstDetectDateTimeUtc"] <= "2025-01-01T00:00:00.000Z",
        ),
    ],
)
def test_filters(caller: Any, params: dict[str, str], matches: Any) -> None:
    everything, found = rows(caller), rows(caller, **params)
    assert found
    if params.get("appName") == "Example Editor":
        everything = [row for row in everything if row["appName"] == "Example Editor"]
    assert found == [row for row in everything if matches(row)]
    assert len(found) < len(rows(caller))


def test_advanced_filters(caller: Any, tenant: LocalTenant) -> None:
    first, second = tenant.devices[0]["deviceUid"], tenant.devices[1]["deviceUid"]
    expression = f"(deviceUid eq '{first}' or deviceUid eq '{second}') and appNameContains eq 'Example'"
    found = rows(caller, f"{APPLICATIONS}-advanced", filter=expression)
    assert found == [row for row in rows(caller) if row["deviceUid"] in (first, second) and "Example" in row["appName"]]
    assert {row["deviceUid"] for row in found} == {first, second}
    assert rows(caller, f"{APPLICATIONS}-advanced") == rows(caller)
    assert refused_field(caller, f"{APPLICATIONS}-advanced", appName="x") == "appName"
    answer = caller.get(f"{APPLICATIONS}-advanced", filter="appName gt 'x'")
    assert answer.json()["message"] == "Your request is invalid, please contact us for details"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"accountUid": "x"}, "accountUid"),
        ({"appIdNot": "x"}, "appIdNot"),
        ({"appNameAnyOf": "x"}, "appNameAnyOf"),
        ({"installDateTimeUtcFrom": "2025-01-01"}, "installDateTimeUtcFrom"),
        ({"select": "appName,nothing"}, "select"),
        ({"pageSize": "10001"}, "pageSize"),
        ({"sortBy": "nothing"}, "sortBy"),
        ({"sortBy": "appName:up"}, "sortBy"),
        ({"sortBy": "appName,esn,appName:desc"}, "sortBy"),
    ],
)
def test_refused_parameters(caller: Any, params: dict[str, str], field: str) -> None:
    assert refused_field(caller, **params) == field


def test_a_page_has_100_rows_unless_told_otherwise(caller: Any) -> None:
    assert len(caller.get(APPLICATIONS).json()["data"]) == 100


@pytest.mark.parametrize("sort", ["", "appName", "appName:desc,appVersion:asc", "minor:desc", "osName,userName:desc,appId"])
def test_pages_hold_every_row_once_and_in_order(caller: Any, sort: str) -> None:
    query = {"pageSize": "60", "appPublisherContains": "example", **({"sortBy": sort} if sort else {})}
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = caller.get(APPLICATIONS, **query, **cursor).json()
        found += page["data"]
        cursor = page["metadata"].get("pagination", {})
        if not cursor:
            break
    everything = rows(caller, appPublisherContains="example")
    assert len(found) > 60
    assert sorted(found, key=default_order) == everything
    assert found == sort_rows(everything, sort)


def default_order(row: dict[str, Any]) -> tuple[str, str]:
    return row["deviceUid"], row["appId"]


def sort_rows(found: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """The rows as the API's sort is documented, on top of its default order."""
    expected = sorted(found, key=default_order)
    for key in reversed([part for part in sort.split(",") if part]):
        name, _, order = key.partition(":")
        expected.sort(key=lambda row, name=name: comparable(row.get(name)), reverse=order == "desc")  # type: ignore[misc]
    return expected


def comparable(value: Any) -> tuple[bool, Any]:
    return value is not None, value.casefold() if isinstance(value, str) else value or 0


def test_the_default_order_groups_by_device(caller: Any) -> None:
    uids = [uid for uid, _ in groupby(row["deviceUid"] for row in rows(caller))]
    assert uids == sorted(set(uids))


def test_select(caller: Any) -> None:
    (row,) = caller.get(APPLICATIONS, select="appName,major", pageSize="1").json()["data"]
    assert row.keys() == {"appName", "major"}


def test_software_changes(caller: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    uid = tenant.devices[0]["deviceUid"]
    before = format_utc(clock.now())
    clock.advance(60)
    tenant.software.install(uid, "Example Editor", "9.9.9")
    tenant.software.install(uid, "New Thing", "1.0", "Somebody")
    changed = rows(caller, deviceUid=uid, installDateTimeUtcFrom=before)
    assert sorted((row["appName"], row["appVersion"]) for row in changed) == [("Example Editor", "9.9.9"), ("New Thing", "1.0")]
    assert len(rows(caller, deviceUid=uid, appName="Example Editor")) == 1
    tenant.software.remove(uid, "New Thing")
    assert rows(caller, deviceUid=uid, appName="New Thing") == []


def test_permission(callers: Any, tenant: LocalTenant) -> None:
    caller = callers(tenant, tenant.tokens.create_symmetric(ALL_PERMISSIONS - {Permission.VIEW_SOFTWARE_REPORTS}))
    assert [caller.get(f"{APPLICATIONS}{end}").status_code for end in ("", "-advanced")] == [403, 403]
    caller = callers(tenant, tenant.tokens.create_symmetric({Permission.VIEW_SOFTWARE_REPORTS}))
    assert caller.get(APPLICATIONS).status_code == 200


def test_a_token_sees_the_software_of_its_device_groups(callers: Any, tenant: LocalTenant) -> None:
    group = tenant.device_groups[1].uid
    caller = callers(tenant, tenant.tokens.create_symmetric(device_group_uids=[group]))
    uids = {row["deviceUid"] for row in rows(caller)}
    assert uids
    assert all(group in tenant.devices.by_uid(uid)["deviceGroupIds"] for uid in uids)
