"""Device groups, policy groups and the SIEM switch over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from local_absolute import LocalTenant, Permission

GROUPS = "/configurations/device-groups/groups"
POLICY_GROUPS = "/configurations/policy-groups"
SIEM_EVENTS = "/reporting/siem-events"
UNKNOWN_UID = "c0ffee00-1111-4222-8333-444455556666"


def names(caller: Any, path: str = GROUPS, **params: str) -> list[str]:
    answer = caller.get(path, **params)
    assert answer.status_code == 200, answer.text
    return [row["displayName"] for row in answer.json()["data"]]


def test_device_groups_and_their_filters(caller: Any, tenant: LocalTenant) -> None:
    everything = [group.name for group in tenant.device_groups]
    first, second = tenant.device_groups[0].uid, tenant.device_groups[2].uid
    assert names(caller) == everything
    assert names(caller, displayName="finance") == ["Finance"]
    assert names(caller, displayNameStartsWith="F") == ["Finance", "Field staff"]
    assert names(caller, groupType="Fixed") == ["Finance", "Engineering"]
    assert names(caller, deviceGroupUid=first) == ["All devices"]
    assert names(caller, deviceGroupUidAnyOf=f"{first},{second}") == ["All devices", "Engineering"]
    assert names(caller, deviceGroupUidAnyOf=UNKNOWN_UID) == []
    assert names(caller, pageSize="3") == everything[:3]
    assert caller.get(GROUPS, description="x").status_code == 400
    row = caller.get(GROUPS, displayName="Finance").json()["data"][0]
    assert row.keys() == {"deviceGroupUid", "groupType", "displayName", "description"}


def test_groups_of_a_device(caller: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.update(tenant.devices[0]["deviceUid"], deviceGroupIds=[tenant.device_groups[1].uid])
    assert names(caller, f"/configurations/device-groups/devices/{device['deviceUid']}/groups") == ["Finance"]
    assert caller.get(f"/configurations/device-groups/devices/{UNKNOWN_UID}/groups").status_code == 404


def test_device_groups_need_no_permission(callers: Any, tenant: LocalTenant) -> None:
    caller = callers(tenant, tenant.tokens.create_symmetric(()))
    assert caller.get(GROUPS).status_code == 200
    assert caller.get(f"/configurations/device-groups/devices/{tenant.devices[0]['deviceUid']}/groups").status_code == 200
    assert caller.get(POLICY_GROUPS).status_code == 403


def test_policy_groups(caller: Any, tenant: LocalTenant) -> None:
    rows = {row["name"]: row for row in caller.get(POLICY_GROUPS).json()["data"]}
    assert list(rows) == ["Global Policy Group", "Laptops", "Kiosks"]
    assert [row["isSystem"] for row in rows.values()] == [True, False, False]
    for name, row in rows.items():
        assert row["deviceCount"] == len(tenant.devices.where(policyGroupName=name)) > 0
    laptops, kiosks = rows["Laptops"], rows["Kiosks"]
    assert laptops["policyGroupUid"] == tenant.policy_groups[0].uid
    assert {policy["type"]: policy["isEnabled"] for policy in kiosks["policies"]} == {
        "HDC": True,
        "SDC": True,
        "GEO": False,
        "ESP": False,
        "DLP": False,
    }
    uids = [policy["policyUid"] for row in rows.values() for policy in row["policies"]]
    assert len(uids) == len(set(uids)) == 15
    assert caller.get(POLICY_GROUPS, pageSize="5").status_code == 400


def test_siem_events_need_a_window(caller: Any) -> None:
    start, end = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"
    answer = caller.get(SIEM_EVENTS, fromDateTimeUtc=start, toDateTimeUtc=end, pageSize="1000")
    assert (answer.status_code, answer.json()) == (200, {"data": [], "metadata": {}})
    for params, field in (
        ({"fromDateTimeUtc": start}, "toDateTimeUtc"),
        ({"toDateTimeUtc": end}, "fromDateTimeUtc"),
        ({"fromDateTimeUtc": end, "toDateTimeUtc": start}, "fromDateTimeUtc"),
        ({"fromDateTimeUtc": "2026-01-01", "toDateTimeUtc": end}, "fromDateTimeUtc"),
        ({"fromDateTimeUtc": start, "toDateTimeUtc": end, "pageSize": "1001"}, "pageSize"),
        ({"fromDateTimeUtc": start, "toDateTimeUtc": end, "eventType": "x"}, "eventType"),
    ):
        answer = caller.get(SIEM_EVENTS, **params)
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, field)


@pytest.mark.parametrize("permissions", [(), tuple(set(Permission) - {Permission.MANAGE_SIEM_INTEGRATION})])
def test_siem_events_need_their_permission(callers: Any, tenant: LocalTenant, permissions: tuple[Permission, ...]) -> None:
    caller = callers(tenant, tenant.tokens.create_symmetric(permissions))
    window = {"fromDateTimeUtc": "2026-01-01T00:00:00.000Z", "toDateTimeUtc": "2026-01-02T00:00:00.000Z"}
    assert caller.get(SIEM_EVENTS, **window).status_code == 403


def test_siem_integration_can_be_off(caller: Any, tenant: LocalTenant) -> None:
    tenant.siem.enabled = False
    window = {"fromDateTimeUtc": "2026-01-01T00:00:00.000Z", "toDateTimeUtc": "2026-01-02T00:00:00.000Z"}
    answer = caller.get(SIEM_EVENTS, **window)
    assert (answer.status_code, answer.json()["message"]) == (403, "SIEM integration is not enabled")
