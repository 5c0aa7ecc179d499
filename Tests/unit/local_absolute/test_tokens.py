"""Tokens: their life, their source addresses, their permissions and device groups."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_absolute.token_values import TokenError, split_addresses
from local_absolute.tokens import Creator, Tokens


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
    with pytest.raises(TokenError, match="deleted"):
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


# What the console lets people do --------------------------------------------------------------------------------------


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def test_a_generated_token_signs_with_hs256_and_an_uploaded_key_with_es256(caller: Any, tenant: LocalTenant) -> None:
    caller.token = tenant.tokens.create("SOC")
    assert caller.token.algorithm == "HS256"
    assert caller.get("/reporting/devices").status_code == 200
    key = ec.generate_private_key(ec.SECP256R1())
    caller.token = tenant.tokens.create("SOC", public_key=public_pem(key))
    caller.token.private_key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert caller.token.algorithm == "ES256"
    assert caller.token.secret is None
    assert caller.get("/reporting/devices").status_code == 200


def test_begin_and_end_of_an_uploaded_key_are_optional(tokens: Tokens) -> None:
    pem = public_pem(ec.generate_private_key(ec.SECP256R1()))
    whole = tokens.create("with", public_key=f"\r\n{pem}").public_key
    bare = tokens.create("without", public_key="".join(pem.splitlines(keepends=True)[1:-1])).public_key
    assert whole.public_numbers() == bare.public_numbers()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: public_pem(ec.generate_private_key(ec.SECP384R1())), "prime256v1"),
        (lambda: public_pem(ec.generate_private_key(ec.SECP256K1())), "prime256v1"),
        (lambda: public_pem(rsa.generate_private_key(65537, 2048)), "prime256v1"),
        (lambda: Tokens(ManualClock()).create_asymmetric().private_key_pem, "stays with you"),
        (lambda: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "a CERTIFICATE"),
        (lambda: "", "no public key"),
        (lambda: "a key", "no public key"),
        (lambda: "-----BEGIN PUBLIC KEY-----\né\n-----END PUBLIC KEY-----", "no public key"),
    ],
    ids=["P-384", "secp256k1", "RSA", "private", "certificate", "empty", "text", "not base64"],
)
def test_another_key_is_refused(tokens: Tokens, make: Any, said: str) -> None:
    with pytest.raises(TokenError, match=said) as refused:
        tokens.create("SOC", public_key=make())
    assert refused.value.field == "public_key"
    assert "openssl ec" in str(refused.value)
    assert not list(tokens)


def test_a_token_has_a_title(tokens: Tokens) -> None:
    assert tokens.create(" SOC ", "for playbooks").title == "SOC"
    with pytest.raises(TokenError, match="title"):
        tokens.create(" ")


def test_the_last_day_is_one_to_365_ahead_and_90_by_default(clock: ManualClock, tokens: Tokens) -> None:
    today = clock.now().date()
    token = tokens.create("SOC")
    assert token.expires_on == today + timedelta(days=90)
    assert f"{token.end:%H:%M:%S %Z}" == "23:59:59 UTC"
    for days in (1, 365):
        assert tokens.create("SOC", expires_on=today + timedelta(days=days)).expires_on == today + timedelta(days=days)
    for days, said in ((-1, "a day at least"), (0, "a day at least"), (366, "365")):
        with pytest.raises(TokenError, match=said):
            tokens.create("SOC", expires_on=today + timedelta(days=days))
        with pytest.raises(TokenError, match=said):
            token.expire_on(today + timedelta(days=days))


def test_to_manage_selects_to_view(tokens: Tokens) -> None:
    chosen = tokens.create("SOC", permissions=[Permission.MANAGE_POLICIES, Permission.MANAGE_DEVICE_GROUPS]).permissions
    assert chosen == {Permission.MANAGE_POLICIES, Permission.VIEW_POLICIES, Permission.MANAGE_DEVICE_GROUPS}
    assert tokens.create("SOC", permissions=[Permission.PERFORM_WIPE_DEVICE]).permissions == {Permission.PERFORM_WIPE_DEVICE}
    assert {permission.column for permission in Permission} == {"View", "Manage", "Other actions"}
    assert Permission.RUN_REACH_SCRIPT.column == "Other actions"


def test_nobody_gives_a_token_what_the_own_role_lacks(tokens: Tokens) -> None:
    own = ALL_PERMISSIONS - {Permission.PERFORM_WIPE_DEVICE}
    tokens.creator = Creator("analyst@example.com", own, frozenset({"group"}))
    with pytest.raises(TokenError, match="Perform Wipe Device"):
        tokens.create("SOC")
    token = tokens.create("SOC", permissions=own)
    assert token.device_group_uids == frozenset({"group"})
    assert token.user == "analyst@example.com"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("192.0.2.7 198.51.100.0/24,2001:db8::/32;203.0.113.9\n2001:db8::1\t", None),
        ("192.0.2.7, 192.0.2.7;192.0.2.7/32", ["192.0.2.7"]),
        ("2001:db8::1 2001:0DB8:0:0::1", ["2001:db8::1"]),
    ],
)
def test_approved_addresses_as_they_are_typed(tokens: Tokens, typed: str, kept: list[str] | None) -> None:
    expected = ["192.0.2.7", "198.51.100.0/24", "2001:db8::/32", "203.0.113.9", "2001:db8::1"] if kept is None else kept
    assert tokens.create("SOC", approved_ips=split_addresses(typed)).approved_ips == expected


def test_every_invalid_address_is_named(tokens: Tokens) -> None:
    with pytest.raises(TokenError, match=r"Invalid IP address: 192\.0\.2\.999, example\.com") as refused:
        tokens.create("SOC", approved_ips=["192.0.2.999", "192.0.2.1", "example.com"])
    assert refused.value.invalid == ["192.0.2.999", "example.com"]


def test_the_secret_is_in_the_file_until_the_details_are_closed(tokens: Tokens) -> None:
    token = tokens.create("SOC")
    assert token.id in token.file()
    assert token.secret in token.file()
    tokens.close_details()
    with pytest.raises(TokenError, match="not shown again"):
        token.file()


def test_before_it_expires_days_and_addresses_change_and_afterwards_nothing(clock: ManualClock, tokens: Tokens) -> None:
    token = tokens.create("SOC", expires_on=clock.now().date() + timedelta(days=1))
    token.approve_ips(["192.0.2.7"])
    token.expire_on(clock.now().date() + timedelta(days=2))
    assert token.status == "Active"
    token.disable()
    assert token.status == "Disabled"
    clock.advance(timedelta(days=3).total_seconds())
    assert token.status == "Expired"
    for change in (
        lambda: token.approve_ips([]),
        lambda: token.expire_on(clock.now().date() + timedelta(days=2)),
        token.enable,
        token.disable,
    ):
        with pytest.raises(TokenError, match="has expired"):
            change()
    token.delete()
    assert token.status == "Deleted"


def test_each_change_is_one_event(tenant: LocalTenant, clock: ManualClock) -> None:
    token = tenant.tokens.create("SOC")
    token.disable()
    token.disable()
    token.enable()
    token.approve_ips(["192.0.2.7"])
    token.approve_ips(["192.0.2.7"])
    last_day = token.expires_on
    token.expire_on(last_day + timedelta(days=1))
    token.delete()
    clock.advance(3600)
    events = [event.fields for event in tenant.siem.visible() if event.fields["eventType"] == "APITokenUpdated"]
    verbs = ["Created", "Deleted", "Disabled", "Enabled", "Updated", "Updated"]
    assert sorted(event["verb"] for event in events) == verbs
    assert {event["objectDisplayId"] for event in events} == {token.id}
    changes = {event["objectProperties"] for event in events if event["verb"] == "Updated"}
    assert changes == {
        "PropertyName[0]=ApprovedIpAddresses;OldValue[0]=;NewValue[0]=192.0.2.7;",
        f"PropertyName[0]=ExpirationDate;OldValue[0]={last_day};NewValue[0]={last_day + timedelta(days=1)};",
    }
    assert token.secret not in str(events)


def test_mails_tell_of_creation_and_of_the_end(clock: ManualClock, tokens: Tokens) -> None:
    def subjects() -> list[str]:
        return [mail.subject for mail in tokens.mails]

    token = tokens.create("SOC", expires_on=clock.now().date() + timedelta(days=10))
    deleted = tokens.create("other", expires_on=clock.now().date() + timedelta(days=10))
    deleted.delete()
    tokens.mails.clear()
    warned = token.end - timedelta(days=3)
    clock.advance((warned - clock.now()).total_seconds() - 1)
    assert subjects() == []
    clock.advance(1)
    assert subjects() == [f"The API token SOC expires on {token.expires_on}, 23:59:59 UTC"]
    token.expire_on(token.expires_on + timedelta(days=10))
    clock.advance(timedelta(days=4).total_seconds())
    assert len(subjects()) == 1, "it did not expire"
    clock.advance(timedelta(days=11).total_seconds())
    assert subjects()[1:] == [f"The API token SOC expires on {token.expires_on}, 23:59:59 UTC", "The API token SOC has expired"]
    assert {mail.to for mail in tokens.mails} == {"api.user@example.com"}


def test_creation_is_told_by_mail(tokens: Tokens) -> None:
    tokens.create("SOC")
    assert [mail.subject for mail in tokens.mails] == ["The API token SOC was created"]


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
