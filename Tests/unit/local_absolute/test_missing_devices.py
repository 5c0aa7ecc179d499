"""Devices reported missing and found, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_absolute.times import format_utc

MISSING = "/tracking/device-missing/missing"
FOUND = "/tracking/device-missing/found"
UNKNOWN_UID = "c0ffee00-1111-4222-8333-444455556666"


def uids(tenant: LocalTenant, *names: str) -> list[str]:
    return [tenant.devices.by_name(name)["deviceUid"] for name in names]


def report(caller: Any, path: str, device_uids: list[str], **members: Any) -> Any:
    answer = caller.call("POST", path, body={"deviceUids": device_uids, **members})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def missing(caller: Any, **params: str) -> list[dict[str, Any]]:
    answer = caller.get(MISSING, **params)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_a_device_is_reported_missing_and_found(caller: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    (uid,) = uids(tenant, "LAB-0001")
    now = format_utc(clock.now())
    data = report(caller, MISSING, [uid], emailContacts=["soc@example.com", "it@example.com"])
    assert data == {"successDeviceUids": [uid], "failDeviceUids": [], "deviceMissingFailDetails": []}
    (row,) = missing(caller, deviceUid=uid)
    assert row == {"deviceUid": uid, "emailContacts": ["soc@example.com", "it@example.com"], "creationDateTimeUtc": now}
    (status,) = caller.devices(deviceName="LAB-0001", select="deviceStatus")
    assert status["deviceStatus"] == {"type": "MISSING", "reported": now, "emailContacts": "soc@example.com,it@example.com"}
    assert [row["deviceName"] for row in caller.devices(deviceStatus="MISSING", deviceName="LAB-0001")] == ["LAB-0001"]
    clock.advance(900)
    assert missing(caller, deviceUid=uid)[0]["lastNotificationDateTimeUtc"] > now
    assert report(caller, FOUND, [uid])["successDeviceUids"] == [uid]
    assert missing(caller, deviceUid=uid) == []
    assert caller.devices(deviceName="LAB-0001", select="deviceStatus") == [{}]


def test_contacts_are_optional(caller: Any, tenant: LocalTenant) -> None:
    (uid,) = uids(tenant, "LAB-0001")
    report(caller, MISSING, [uid])
    assert missing(caller, deviceUid=uid)[0]["emailContacts"] == []


def test_each_device_that_cannot_be_reported_has_its_reason(caller: Any, tenant: LocalTenant) -> None:
    good, stolen, lost, inactive, disabled = uids(tenant, "LAB-0001", "LAB-0004", "LAB-0005", "LAB-0006", "LAB-0007")
    data = report(caller, MISSING, [good, stolen, lost, inactive, disabled])
    assert data["successDeviceUids"] == [good]
    assert data["failDeviceUids"] == [stolen, lost, inactive, disabled]
    assert {detail["deviceUid"]: detail["reason"] for detail in data["deviceMissingFailDetails"]} == {
        stolen: "The device is reported stolen",
        lost: "The device is already reported missing",
        inactive: "The agent on the device is not active",
        disabled: "The agent on the device is not active",
    }
    data = report(caller, FOUND, [good, stolen, lost])
    assert (data["successDeviceUids"], data["failDeviceUids"]) == ([good, lost], [stolen])
    assert data["deviceMissingFailDetails"] == [{"deviceUid": stolen, "reason": "The device is not reported missing"}]
    assert tenant.devices.by_uid(stolen)["deviceStatus"]["type"] == "STOLEN"


def test_missing_devices_are_filtered_and_paged(caller: Any, tenant: LocalTenant, clock: ManualClock) -> None:
    names = ["LAB-0001", "LAB-0002", "LAB-0003"]
    tenant.agents.offline(uids(tenant, "LAB-0001")[0])
    moments = []
    for uid in uids(tenant, *names):
        moments.append(format_utc(clock.now()))
        report(caller, MISSING, [uid])
        clock.advance(3600)

    def found(**params: str) -> list[str]:
        return [tenant.devices.by_uid(row["deviceUid"])["deviceName"] for row in missing(caller, **params)]

    assert found(creationDateTimeUtcFromInclusive=moments[0]) == names
    assert found(creationDateTimeUtcFrom=moments[0]) == names[1:]
    assert found(creationDateTimeUtcFromInclusive=moments[0], creationDateTimeUtcToInclusive=moments[1]) == names[:2]
    assert found(creationDateTimeUtcFromInclusive=moments[0], creationDateTimeUtcTo=moments[1]) == names[:1]
    assert found(creationDateTimeUtcFromInclusive=moments[0], lastNotificationDateTimeUtcFrom=moments[0]) == names[1:]
    assert found(lastNotificationDateTimeUtcToInclusive=moments[0]) == []
    first = caller.get(MISSING, pageSize="2").json()
    rest = caller.get(MISSING, pageSize="2", nextPage=first["metadata"]["pagination"]["nextPage"]).json()
    assert first["data"] + rest["data"] == missing(caller)
    assert len(first["data"]) == 2


@pytest.mark.parametrize("params", [{"pageSize": "501"}, {"emailContacts": "x"}, {"creationDateTimeUtcFrom": "x"}])
def test_refused_parameters(caller: Any, params: dict[str, str]) -> None:
    assert caller.get(MISSING, **params).status_code == 400


def test_at_most_100_devices_are_reported_missing_in_a_call(caller: Any, tenant: LocalTenant) -> None:
    for _ in range(41):
        tenant.devices.add()
    everything = [device["deviceUid"] for device in tenant.devices]
    answer = caller.call("POST", MISSING, body={"deviceUids": everything})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "deviceUids")
    assert len(report(caller, FOUND, everything)["failDeviceUids"]) > 90
    report(caller, MISSING, everything[:100])


@pytest.mark.parametrize("body", [{}, {"deviceUids": []}, {"deviceUids": [UNKNOWN_UID]}, {"deviceUids": "x"}])
@pytest.mark.parametrize("path", [MISSING, FOUND])
def test_refused_bodies(caller: Any, path: str, body: dict[str, Any]) -> None:
    assert caller.call("POST", path, body=body).status_code == 400


def test_contacts_are_texts(caller: Any, tenant: LocalTenant) -> None:
    body = {"deviceUids": uids(tenant, "LAB-0001"), "emailContacts": "soc@example.com"}
    assert caller.call("POST", MISSING, body=body).status_code == 400


def test_permissions(callers: Any, tenant: LocalTenant) -> None:
    def statuses(permission: Permission) -> list[int]:
        limited = callers(tenant, tenant.tokens.create_symmetric(ALL_PERMISSIONS - {permission}))
        body = {"deviceUids": uids(tenant, "LAB-0001")}
        posts = [limited.call("POST", path, body=body).status_code for path in (MISSING, FOUND)]
        return [limited.get(MISSING).status_code, *posts]

    assert statuses(Permission.VIEW_MISSING_DEVICE) == [403, 200, 200]
    assert statuses(Permission.MANAGE_MISSING_DEVICE) == [200, 403, 403]
