"""The invented fleet and the list of devices."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from datetime import datetime, timezone
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_absolute.device_fields import SELECTABLE_DEVICE_FIELDS
from local_absolute.fleet import mac_address

START = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)


def fleet(size: int, seed: int = 7) -> LocalTenant:
    return LocalTenant(devices=size, seed=seed, clock=ManualClock(START))


def records(size: int, seed: int = 7) -> list[dict[str, Any]]:
    return [device.record() for device in fleet(size, seed).devices]


def test_same_seed_same_fleet() -> None:
    assert records(80) == records(80)
    assert records(80)[:50] == records(50)
    assert records(20)[0]["deviceUid"] != records(20, seed=8)[0]["deviceUid"]


def test_identifiers_are_unique_and_null_is_left_out() -> None:
    rows = records(1500)
    for name in ("deviceUid", "esn", "serialNumber", "localIp"):
        assert len({row[name] for row in rows}) == 1500
    assert not any(value is None for row in rows for value in row.values())
    macs = Counter(adapter["macAddress"] for row in rows for adapter in row["networkAdapters"])
    assert max(macs.values()) == 1
    assert json.loads(json.dumps(rows[0])) == rows[0]


def test_every_field_is_a_documented_one() -> None:
    assert {name for row in records(300) for name in row} <= SELECTABLE_DEVICE_FIELDS


def test_the_lab_has_its_parts() -> None:
    devices = fleet(60).devices
    lab = {number: devices[number - 1] for number in range(1, 16)}
    assert [lab[number]["platformOSType"] for number in (1, 2, 3)] == ["Windows", "Mac", "Chromebook"]
    assert lab[1]["serialNumber"] == "SN000111"
    assert lab[1]["espInfo"]["encryptionStatus"] == "ENCR"
    assert lab[4]["isStolen"]
    assert lab[5]["deviceStatus"]["type"] == "MISSING"
    assert lab[6]["agentStatus"] == "I"
    assert "lastConnectedDateTimeUtc" not in lab[6]
    assert lab[7]["agentStatus"] == "D"
    assert "geoData" not in lab[8]
    assert not lab[9].contact.online
    assert lab[9]["lastConnectedDateTimeUtc"].startswith("2025-12-15")
    assert len(devices.where(deviceName="LAB-0010")) == 2
    assert [lab[number]["deviceName"] for number in (12, 13, 14, 15)] == [
        "O'Brien-PC",
        "R&D-LAB-01",
        "MÜNCHEN-ÖL-07",
        "開発機-01",
    ]


def test_a_fleet_is_mixed() -> None:
    rows = records(1000)
    assert set(Counter(row["platformOSType"] for row in rows)) == {"Windows", "Mac", "Chromebook"}
    assert {row["agentStatus"] for row in rows} == {"A", "D", "I"}
    assert any(row["isStolen"] for row in rows[20:])
    assert any("geoData" not in row for row in rows[20:])
    assert max(Counter(row["deviceName"] for row in rows[20:]).values()) > 1


def test_addresses_are_documentation_ranges() -> None:
    allowed = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")]
    for row in records(600):
        for name in ("localIp", "publicIp"):
            address = ipaddress.ip_address(row[name])
            assert any(address in network for network in allowed)
            assert row[f"{name}Address"] == int(address)


def test_mac_addresses_do_not_repeat() -> None:
    assert mac_address(1) == "00:00:5E:00:53:01"
    assert mac_address(256).startswith("02:00:5E:")
    assert len({mac_address(number) for number in range(70_000)}) == 70_000


def test_location_is_in_geojson_order() -> None:
    point = next(row for row in records(6) if row["geoData"]["location"]["geoAddress"]["city"] == "Vancouver")["geoData"][
        "location"
    ]
    x, y = point["point"]["x"], point["point"]["y"]
    assert point["point"]["coordinates"] == [x, y]
    assert -124 < x < -122
    assert 49 < y < 50


def test_date_times_have_three_decimals() -> None:
    for row in records(40):
        for name, value in row.items():
            if name.endswith("DateTimeUtc"):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value), name


def test_devices_are_found_and_read() -> None:
    devices = fleet(60).devices
    device = devices.by_name("LAB-0001")
    assert devices.by_uid(device["deviceUid"].upper()) is device
    assert device["serialNumber"] == "SN000111"
    assert len(devices) == len(devices.all()) == 60
    with pytest.raises(KeyError):
        devices.by_name("LAB-0010")
    with pytest.raises(KeyError):
        devices.by_uid("unknown")
    with pytest.raises(KeyError):
        _ = device["noSuchField"]
    assert dict(device) == device.record()
    assert len(device) == len(device.record())


def test_devices_can_be_changed() -> None:
    tenant = fleet(3)
    device = tenant.devices.by_name("LAB-0001")
    other = tenant.devices[1]["espInfo"]
    uid = device["deviceUid"]
    tenant.devices.update(uid, deviceName="RENAMED", currentUsername=None, **{"espInfo.encryptionStatus": "INST"})
    assert device["deviceName"] == "RENAMED"
    assert "currentUsername" not in device
    assert device["espInfo"]["encryptionStatus"] == "INST"
    assert device["espInfo"]["encryptionProductName"] == "BitLocker"
    assert tenant.devices[1]["espInfo"] == other
    assert device["lastUpdatedDateTimeUtc"] == "2026-01-05T08:00:00.000Z"
    tenant.devices.update(uid, **{"geoData.location.point": None, "bios.assetTag": "new"})
    assert "point" not in device["geoData"]["location"]
    assert device["bios"]["assetTag"] == "new"
    with pytest.raises(ValueError, match="deviceUid"):
        tenant.devices.update(uid, deviceUid="x")


def test_a_stated_last_contact_holds_until_the_next_check_in() -> None:
    tenant = fleet(1)
    device = tenant.devices[0]
    tenant.devices.update(device["deviceUid"], lastConnectedDateTimeUtc="2025-11-01T00:00:00.000Z")
    assert device["lastConnectedDateTimeUtc"] == "2025-11-01T00:00:00.000Z"
    tenant.clock.advance(900)
    assert device["lastConnectedDateTimeUtc"].startswith("2026-01-05T08:")


def test_a_disabled_device_stops_calling_in() -> None:
    tenant = fleet(1)
    device = tenant.devices[0]
    tenant.devices.update(device["deviceUid"], agentStatus="D")
    before = device["lastConnectedDateTimeUtc"]
    tenant.clock.advance(3600)
    assert device["lastConnectedDateTimeUtc"] == before
    tenant.devices.update(device["deviceUid"], agentStatus="A")
    tenant.clock.advance(900)
    assert device["lastConnectedDateTimeUtc"] > before


def test_devices_can_be_added() -> None:
    tenant = fleet(20)
    device = tenant.devices.add(deviceName="NEW", **{"espInfo.encryptionStatus": "SUSP"})
    assert tenant.devices.by_name("NEW") is device
    assert device["serialNumber"] == "SN000131"
    assert device["espInfo"]["encryptionStatus"] == "SUSP"
    own = tenant.devices.add(deviceUid="11111111-2222-4333-8444-555555555555")
    assert tenant.devices.by_uid("11111111-2222-4333-8444-555555555555") is own
