"""Tokens: their life, their source addresses, their permissions and device groups."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_absolute.tokens import Tokens


@pytest.fixture
def tokens(clock: ManualClock) -> Tokens:
    return Tokens(clock)


def test_symmetric_token_looks_as_the_console_shows_it(tokens: Tokens) -> None:
    token = tokens.create_symmetric()
    assert re.fullmatch(r"[0-9a-f-]{36}", token.id)
    assert token.secret
    assert re.fullmatch(r"[A-Za-z0-9+/]+==", token.secret)
    assert token.secret not in repr(token)
    assert token.secret != tokens.create_symmetric().secret


def test_asymmetric_token_gives_its_private_key_to_the_owner(tokens: Tokens) -> None:
    token = tokens.create_asymmetric()
    assert token.private_key_pem
    assert token.private_key_pem.startswith("-----BEGIN PRIVATE KEY-----")
    key: Any = load_pem_private_key(token.private_key_pem.encode(), None)
    assert key.curve.name == "secp256r1"
    assert token.public_key
    assert key.public_key().public_numbers() == token.public_key.public_numbers()
    assert "PRIVATE" not in repr(token)


def test_a_token_is_good_until_the_end_of_its_last_day(clock: ManualClock, tokens: Tokens) -> None:
    token = tokens.create_symmetric(expires_in_days=2)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)
    clock.advance((midnight - clock.now()).total_seconds() - 1)
    assert token.usable
    clock.advance(1)
    assert token.expired
    assert not token.usable


def test_default_life_is_90_days_and_the_longest_a_year(clock: ManualClock, tokens: Tokens) -> None:
    assert tokens.create_symmetric().expires_on == clock.now().date() + timedelta(days=90)
    assert tokens.create_symmetric(expires_in_days=365).usable
    with pytest.raises(ValueError, match="365"):
        tokens.create_symmetric(expires_in_days=366)


def test_life_can_be_extended_before_it_ends_only(clock: ManualClock, tokens: Tokens) -> None:
    token = tokens.create_symmetric(expires_in_days=1)
    token.expire_on(clock.now().date() + timedelta(days=5))
    clock.advance(4 * 86400)
    assert token.usable
    with pytest.raises(ValueError, match="365"):
        token.expire_on(clock.now().date() + timedelta(days=366))
    clock.advance(3 * 86400)
    with pytest.raises(ValueError, match="expired"):
        token.expire_on(clock.now().date() + timedelta(days=5))


def test_disabled_tokens_can_be_enabled_again_deleted_ones_not(tokens: Tokens) -> None:
    token = tokens.create_symmetric()
    token.disable()
    assert not token.usable
    token.enable()
    assert token.usable
    token.delete()
    token.enable()
    assert not token.usable


@pytest.mark.parametrize(
    ("approved", "source", "accepted"),
    [
        ([], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.7", True),
        (["192.0.2.7"], "192.0.2.8", False),
        (["192.0.2.0/25"], "192.0.2.127", True),
        (["192.0.2.0/25"], "192.0.2.128", False),
        (["203.0.113.1", "2001:db8::/32"], "2001:db8:1::5", True),
        (["2001:db8::1"], "2001:db8::2", False),
        (["2001:db8::/32"], "192.0.2.7", False),
    ],
)
def test_approved_sources(tokens: Tokens, approved: list[str], source: str, accepted: bool) -> None:
    assert tokens.create_symmetric(approved_ips=approved).accepts_source(source) is accepted


def test_a_malformed_source_is_refused(tokens: Tokens) -> None:
    with pytest.raises(ValueError, match=r"192\.0\.2\.999"):
        tokens.create_symmetric(approved_ips=["192.0.2.999"])


def test_sources_are_enforced_and_can_be_edited(caller: Any, token: Any) -> None:
    token.approve_ips(["192.0.2.0/24"])
    assert caller.get("/reporting/devices").status_code == 401
    token.approve_ips(["192.0.2.0/24", "127.0.0.0/8"])
    assert caller.get("/reporting/devices").status_code == 200


def test_ipv6_source(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=1, clock=clock, host="::1") as tenant:
        assert callers(tenant, tenant.tokens.create_symmetric(approved_ips=["::1"])).get("/reporting/devices").status_code == 200
        assert callers(tenant, tenant.tokens.create_symmetric(approved_ips=["127.0.0.1"])).get("/x").status_code == 401


def test_last_access_is_that_of_the_last_accepted_call(caller: Any, token: Any, clock: ManualClock) -> None:
    assert token.last_access is None
    caller.get("/reporting/devices")
    first = clock.now()
    clock.advance(60)
    token.disable()
    caller.get("/reporting/devices")
    assert token.last_access == first


UID = "c0ffee00-1111-4222-8333-444455556666"
OPERATIONS = [
    ("GET", "/reporting/devices", {Permission.VIEW_DEVICE_REPORTS}),
    ("GET", "/reporting/devices-advanced", {Permission.VIEW_DEVICE_REPORTS}),
    ("GET", "/reporting/devices/compliance", {Permission.VIEW_DEVICE_REPORTS}),
    ("GET", "/actions/freeze/messages", {Permission.VIEW_FREEZE_DEVICE}),
    ("POST", "/actions/freeze/messages", {Permission.VIEW_FREEZE_DEVICE}),
    ("GET", f"/actions/freeze/messages/{UID}", {Permission.VIEW_FREEZE_DEVICE}),
    ("PUT", f"/actions/freeze/messages/{UID}", {Permission.VIEW_FREEZE_DEVICE}),
    ("DELETE", f"/actions/freeze/messages/{UID}", {Permission.VIEW_FREEZE_DEVICE}),
    ("POST", "/actions/requests/freeze", {Permission.PERFORM_FREEZE_DEVICE}),
    ("POST", "/actions/freeze/remove-freeze", {Permission.PERFORM_FREEZE_DEVICE}),
    ("GET", f"/actions/freeze/requests/{UID}", {Permission.PERFORM_FREEZE_DEVICE, Permission.PERFORM_REMOVE_FREEZE}),
]


@pytest.mark.parametrize(("method", "uri", "needed"), OPERATIONS)
def test_each_operation_needs_exactly_its_permissions(
    callers: Any, tenant: LocalTenant, method: str, uri: str, needed: set[Permission]
) -> None:
    for missing in needed:
        answer = callers(tenant, tenant.tokens.create_symmetric(ALL_PERMISSIONS - {missing})).call(method, uri)
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_AUTHORIZED")
    assert callers(tenant, tenant.tokens.create_symmetric(needed)).call(method, uri).status_code != 403


def test_geolocation_fields_follow_permissions(callers: Any, tenant: LocalTenant) -> None:
    def location(*permissions: Permission) -> Any:
        token = tenant.tokens.create_symmetric({Permission.VIEW_DEVICE_REPORTS, *permissions})
        (device,) = callers(tenant, token).devices(deviceName="LAB-0001", select="deviceUid,geoData")
        return device.get("geoData")

    assert location() is None
    assert "point" not in location(Permission.VIEW_GEOLOCATION)["location"]
    assert "city" in location(Permission.VIEW_GEOLOCATION)["location"]["geoAddress"]
    assert "point" in location(Permission.VIEW_GEOLOCATION, Permission.VIEW_GEOLOCATION_ADDRESS_LEVEL)["location"]


def test_devices_outside_the_tokens_groups_do_not_exist_for_it(callers: Any, tenant: LocalTenant) -> None:
    finance = next(group for group in tenant.device_groups if group.name == "Finance")
    caller = callers(tenant, tenant.tokens.create_symmetric(device_group_uids=[finance.uid]))
    inside = [device for device in tenant.devices if finance.uid in device["deviceGroupIds"]]
    outside = next(device for device in tenant.devices if finance.uid not in device["deviceGroupIds"])
    assert {row["deviceUid"] for row in caller.devices(pageSize="500")} == {device["deviceUid"] for device in inside}
    answer = caller.call("POST", "/actions/freeze/remove-freeze", body={"deviceUids": [outside["deviceUid"]]})
    assert answer.status_code == 400
    answer = caller.call("POST", "/actions/freeze/remove-freeze", body={"deviceUids": [inside[0]["deviceUid"]]})
    assert answer.status_code == 202
    assert caller.get("/reporting/devices/compliance", deviceUid=outside["deviceUid"]).json()["data"] == []
