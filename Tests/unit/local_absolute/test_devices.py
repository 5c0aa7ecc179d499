"""Device reports over HTTP: filters, select, sorting and pages as a client uses them."""

from __future__ import annotations

from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock, Options, QueryOptions


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["deviceName"] for row in rows]


def test_ten_devices_a_page_without_page_size(caller: Any) -> None:
    assert len(caller.devices()) == 10


def test_an_answer_has_the_documented_envelope(caller: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    answer = caller.get("/reporting/devices", deviceUid=device["deviceUid"])
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"data": [device.record()], "metadata": {}}


def test_nothing_found_is_an_empty_list(caller: Any) -> None:
    assert caller.devices(deviceName="nowhere") == []


@pytest.mark.parametrize("name", ["O'Brien-PC", "R&D-LAB-01", "MÜNCHEN-ÖL-07", "開発機-01", "a+b=c %41"])
def test_difficult_names_are_found(caller: Any, tenant: LocalTenant, name: str) -> None:
    if name not in names(tenant.devices.all()):  # type: ignore[arg-type]
        tenant.devices.add(deviceName=name)
    assert names(caller.devices(deviceName=name)) == [name]


def test_advanced_filter(caller: Any, tenant: LocalTenant) -> None:
    first, second = tenant.devices[0], tenant.devices[3]
    expression = f"(deviceUid eq '{first['deviceUid']}' or deviceUid eq '{second['deviceUid']}') and isStolen eq true"
    answer = caller.get("/reporting/devices-advanced", filter=expression, select="deviceName")
    assert answer.json()["data"] == [{"deviceName": "LAB-0004"}]


def test_advanced_filter_is_optional_and_no_simple_filter_is_taken(caller: Any) -> None:
    assert len(caller.get("/reporting/devices-advanced").json()["data"]) == 10
    answer = caller.get("/reporting/devices-advanced", deviceName="LAB-0001")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "deviceName")


def test_a_bad_advanced_filter_gets_the_apis_only_text(caller: Any) -> None:
    answer = caller.get("/reporting/devices-advanced", filter="deviceName eq 'O''Brien-PC'")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Your request is invalid, please contact us for details"


def test_a_refused_parameter_is_named(caller: Any) -> None:
    answer = caller.get("/reporting/devices", macAddress="00:00:5E:00:53:01")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "INVALID_REQUEST",
        "message": "invalid request",
        "details": [{"message": "unknown parameter", "code": "INVALID_VALUE", "field": "macAddress"}],
    }


def test_options_of_the_tenant_choose_unknown_behaviour(callers: Any, clock: ManualClock) -> None:
    options = Options(query=QueryOptions(case_sensitive=True))
    with LocalTenant(devices=3, clock=clock, options=options) as tenant:
        caller = callers(tenant, tenant.tokens.create_symmetric())
        assert len(caller.call("GET", "/reporting/devices", "$filter=x&nothing=1").json()["data"]) == 3
        assert caller.devices(deviceName="lab-0001") == []
        assert len(caller.get("/reporting/devices-advanced", deviceName="x").json()["data"]) == 3


def test_select_leaves_out_what_has_no_value(caller: Any) -> None:
    rows = caller.devices(select="deviceName,geoData.location.accuracy,lastConnectedDateTimeUtc", deviceName="LAB-0006")
    assert rows == [{"deviceName": "LAB-0006"}]


@pytest.mark.parametrize("key", ["deviceName", "esn", "serialNumber", "platformOSType", "agentStatus", "systemModel"])
def test_sorting(caller: Any, tenant: LocalTenant, key: str) -> None:
    rows = caller.devices(sortBy=key, select=f"deviceUid,{key}", pageSize="500")
    assert rows == sorted(rows, key=lambda row: (row[key].casefold(), row["deviceUid"]))
    assert len(rows) == len(tenant.devices)
    assert caller.devices(sortBy=f"{key}:desc", select=f"deviceUid,{key}", pageSize="500") == rows[::-1]


def test_sorting_follows_changes(caller: Any, tenant: LocalTenant) -> None:
    def first() -> str:
        (row,) = caller.devices(sortBy="deviceName", select="deviceName", pageSize="1")
        return str(row["deviceName"])

    first()
    tenant.devices.update(tenant.devices[0]["deviceUid"], deviceName="AAA")
    assert first() == "AAA"
    tenant.devices.add(deviceName="0000")
    assert first() == "0000"


def walk(caller: Any, query: str, encode: Any) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        answer = caller.call("GET", "/reporting/devices", query + (f"&nextPage={encode(cursor)}" if cursor else ""))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["data"]) <= 7
        found += [row["deviceUid"] for row in page["data"]]
        cursor = page["metadata"].get("pagination", {}).get("nextPage", "")
        if not cursor:
            return found
        assert "=" in cursor


@pytest.mark.parametrize("sort", ["", "&sortBy=platformOSType", "&sortBy=platformOSType:desc", "&sortBy=lastUpdatedDateTimeUtc"])
@pytest.mark.parametrize("encode", [str, lambda cursor: cursor.replace("=", "%3D")], ids=["verbatim", "encoded"])
def test_pages_hold_every_device_once(caller: Any, tenant: LocalTenant, sort: str, encode: Any) -> None:
    found = walk(caller, f"pageSize=7&select=deviceUid{sort}", encode)
    assert len(found) == len(set(found)) == 60
    active = walk(caller, f"pageSize=7&select=deviceUid&agentStatus=A{sort}", encode)
    assert set(active) == {device["deviceUid"] for device in tenant.devices if device["agentStatus"] == "A"}


def test_a_page_that_ends_exactly_has_no_next(caller: Any) -> None:
    answer = caller.get("/reporting/devices", pageSize="60", select="deviceUid").json()
    assert len(answer["data"]) == 60
    assert answer["metadata"] == {}


def test_devices_that_come_and_go_between_pages_move_no_others(caller: Any, tenant: LocalTenant) -> None:
    first = caller.get("/reporting/devices", pageSize="30", select="deviceUid", agentStatus="A").json()
    tenant.devices.update(first["data"][0]["deviceUid"], agentStatus="D")
    before = {device["deviceUid"] for device in tenant.devices if device["agentStatus"] == "A"}
    cursor = first["metadata"]["pagination"]["nextPage"]
    second = caller.get("/reporting/devices", pageSize="30", select="deviceUid", agentStatus="A", nextPage=cursor).json()
    found = [row["deviceUid"] for row in first["data"][1:] + second["data"]]
    assert sorted(found) == sorted(before)


@pytest.mark.parametrize("change", [{"pageSize": "6"}, {"deviceNameStartsWith": "LAB"}, {"select": "esn"}, {"sortBy": "esn"}])
def test_a_cursor_with_another_query_is_refused(caller: Any, change: dict[str, str]) -> None:
    query = {"pageSize": "5", "select": "deviceUid"}
    cursor = caller.get("/reporting/devices", **query).json()["metadata"]["pagination"]["nextPage"]
    answer = caller.get("/reporting/devices", **(query | change), nextPage=cursor)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "nextPage")


def test_page_size_limits(caller: Any) -> None:
    assert caller.get("/reporting/devices", pageSize="500").status_code == 200
    assert caller.get("/reporting/devices", pageSize="501").status_code == 400
    assert caller.get("/reporting/devices/compliance", pageSize="10000").status_code == 200
    assert caller.get("/reporting/devices/compliance", pageSize="10001").status_code == 400


def test_last_contact_moves_with_the_clock(caller: Any, clock: ManualClock) -> None:
    def contact() -> str:
        (row,) = caller.devices(deviceName="LAB-0001", select="lastConnectedDateTimeUtc")
        return str(row["lastConnectedDateTimeUtc"])

    before = contact()
    clock.advance(900)
    assert contact() > before


# Compliance -----------------------------------------------------------------------------------------------------------


def test_compliance_finds_devices_by_mac_address(caller: Any, tenant: LocalTenant) -> None:
    answer = caller.get("/reporting/devices/compliance", macAddress="00:00:5e:00:53:01", select="deviceUid,macAddress")
    assert answer.json()["data"] == [{"deviceUid": tenant.devices[0]["deviceUid"], "macAddress": "00:00:5E:00:53:01"}]


def test_compliance_of_a_device(caller: Any, tenant: LocalTenant) -> None:
    tenant.devices.update(tenant.devices[0]["deviceUid"], **{"espInfo.encryptionStatus": "INST"})
    (row,) = caller.get("/reporting/devices/compliance", deviceName="LAB-0001").json()["data"]
    assert (row["compliant"], row["numberOfDaysOffline"]) == ("false", 0)
    assert row["reasons"][0]["properties"] == [[{"property": "status", "value": "INST"}]]
    (silent,) = caller.get("/reporting/devices/compliance", deviceName="LAB-0009").json()["data"]
    assert silent["numberOfDaysOffline"] == 20
    (unknown,) = caller.get("/reporting/devices/compliance", deviceName="LAB-0006").json()["data"]
    assert unknown["compliant"] == "unknown"
    assert "lastConnectedUtc" not in unknown


def test_compliance_sorting_and_filters(caller: Any) -> None:
    rows = caller.get("/reporting/devices/compliance", sortBy="compliant:desc", select="compliant").json()["data"]
    states = [row["compliant"] for row in rows]
    assert states == sorted(states, reverse=True)
    assert set(states) == {"true", "false", "unknown"}
    wrong = caller.get("/reporting/devices/compliance", compliantNot="true", select="compliant").json()["data"]
    assert len(wrong) == len(states) - states.count("true")
    assert caller.get("/reporting/devices/compliance", saPidEmpty="true").status_code == 200
    assert caller.get("/reporting/devices/compliance", agentStatus="A").status_code == 400
