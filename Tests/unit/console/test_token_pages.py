"""API management: each page shows what the tenant's rules say. The rules have their tests in unit/local_absolute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from command_line.credentials import read_credentials
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission, Token
from local_absolute.tokens import Creator
from werkzeug.test import TestResponse

from .conftest import Browser, words

HOSTILE = "<img src=x onerror=alert(1)>\"'"


def create(browser: Browser, **fields: Any) -> TestResponse:
    return browser.send("/tokens/new", title=fields.pop("title", "SOC"), life=fields.pop("life", "90"), **fields)


def only(tenant: LocalTenant) -> Token:
    (token,) = tenant.tokens
    return token


def test_a_generated_token(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    page = create(browser, description="for playbooks", permissions=["VIEW_DEVICE_REPORTS"], kind="generate")
    token = only(tenant)
    assert (token.title, token.description, token.algorithm) == ("SOC", "for playbooks", "HS256")
    assert token.permissions == {Permission.VIEW_DEVICE_REPORTS}
    assert token.expires_on == clock.now().date() + timedelta(days=90)
    for shown in (token.id, token.secret, "Copy ID", "Copy secret", "Download Token", "23:59:59 UTC"):
        assert shown in words(page)


def test_an_uploaded_key(browser: Browser, tenant: LocalTenant) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    page = create(browser, kind="upload", public_key=pem)
    assert only(tenant).public_key.public_numbers() == key.public_numbers()
    assert only(tenant).id in words(page)
    assert "Copy secret" not in words(page)


def test_another_curve_is_explained_and_nothing_typed_is_lost(browser: Browser, tenant: LocalTenant) -> None:
    key = ec.generate_private_key(ec.SECP384R1()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    page = create(browser, kind="upload", public_key=pem, description="kept", permissions=["VIEW_POLICIES"])
    assert page.status_code == 400
    assert "prime256v1" in words(page)
    assert "kept" in words(page)
    assert page.text.count(" checked") == 2, "the kind and the one permission"
    assert not list(tenant.tokens)


def test_the_file_can_be_read_by_those_who_connect(browser: Browser, tenant: LocalTenant) -> None:
    create(browser, title="SOC/..\\ \r\nx: é")
    token = only(tenant)
    file = browser.get(f"/tokens/{token.id}/download")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert ".token" in file.headers["Content-Disposition"]
    assert "/" not in file.headers["Content-Disposition"].partition("UTF-8''")[0]
    read = read_credentials(file.text, "file")
    assert (read.token_id, read.secret_key) == (token.id, token.secret)


@pytest.mark.parametrize("leave", ["/tokens", "/tokens/new", "its page", "close"])
def test_after_closing_the_secret_is_gone_for_good(browser: Browser, tenant: LocalTenant, leave: str) -> None:
    create(browser)
    token = only(tenant)
    created = f"/tokens/{token.id}/created"
    assert token.secret in browser.get(created).text, "it stays while nobody has left the page"
    if leave == "close":
        browser.send(created, "/tokens/close")
    else:
        browser.get(f"/tokens/{token.id}" if leave == "its page" else leave)
    assert browser.get(created).location.endswith(f"/tokens/{token.id}")
    assert browser.get(f"/tokens/{token.id}/download").status_code == 410
    for path in ("/tokens", f"/tokens/{token.id}", f"/tokens/new?copy={token.id}", "/history", "/mails"):
        assert token.secret not in browser.get(path).text


def test_the_list_tells_everything_about_each(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    token = tenant.tokens.create(HOSTILE, permissions=[Permission.VIEW_POLICIES, Permission.VIEW_WIPE_DEVICE])
    tenant.tokens.create("old", expires_on=clock.now().date() + timedelta(days=1))
    tenant.tokens.create("off").disable()
    tenant.tokens.create("gone").delete()
    created = f"{clock.now():%Y-%m-%d %H:%M:%S}"
    clock.advance(timedelta(days=2).total_seconds())
    assert f"{created} never {token.expires_on} Active" in words(browser.get("/tokens"))
    token.last_access = clock.now()
    page = browser.get("/tokens")
    said = words(page)
    last = f"{clock.now():%Y-%m-%d %H:%M:%S}"
    for shown in (HOSTILE, token.id, f" HS256 2 {token.user} {created} {last} {token.expires_on} Active"):
        assert shown in said
    for status in ("Expired", "Disabled", "Deleted"):
        assert status in said
    assert "<img" not in page.text


def test_expiration_by_range_and_by_date(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    today = clock.now().date()
    create(browser, life="365")
    create(browser, life="date", expires_on=f"{today + timedelta(days=1)}")
    assert sorted(token.expires_on - today for token in tenant.tokens) == [timedelta(days=1), timedelta(days=365)]


@pytest.mark.parametrize(
    ("life", "days", "said"),
    [("date", 0, "a day at least"), ("date", 366, "at most 365"), ("date", None, "no date"), ("366", 1, "or until a date")],
)
def test_another_expiration_is_refused(
    browser: Browser, tenant: LocalTenant, clock: ManualClock, life: str, days: int | None, said: str
) -> None:
    text = "" if days is None else f"{clock.now().date() + timedelta(days=days)}"
    page = create(browser, life=life, expires_on=text)
    assert (page.status_code, said in words(page)) == (400, True)
    assert not list(tenant.tokens)


def test_the_form_offers_what_the_role_has_with_all_selected(browser: Browser, tenant: LocalTenant) -> None:
    tenant.tokens.creator = Creator(permissions=ALL_PERMISSIONS - {Permission.PERFORM_WIPE_DEVICE})
    page = browser.get("/tokens/new")
    for heading in ("View", "Manage", "Other actions", "Select All", "Clear"):
        assert heading in words(page)
    assert page.text.count('name="permissions"') == len(ALL_PERMISSIONS) - 1
    assert "Perform Wipe Device" not in words(page)
    assert 'value="MANAGE_POLICIES" data-views="VIEW_POLICIES" checked' in page.text
    refused = create(browser, permissions=["PERFORM_WIPE_DEVICE"])
    assert "Your role does not have Perform Wipe Device" in words(refused)
    assert create(browser, permissions=["EVERYTHING"]).status_code == 400


def test_to_manage_selects_to_view_without_scripts_too(browser: Browser, tenant: LocalTenant) -> None:
    create(browser, permissions=["MANAGE_POLICIES"])
    assert only(tenant).permissions == {Permission.MANAGE_POLICIES, Permission.VIEW_POLICIES}


def test_the_token_is_for_the_creators_device_groups(browser: Browser, tenant: LocalTenant) -> None:
    finance = next(group for group in tenant.device_groups if group.name == "Finance")
    tenant.tokens.creator = Creator(device_group_uids=frozenset({finance.uid}))
    create(browser)
    assert "Device groups Finance" in words(browser.get(f"/tokens/{only(tenant).id}"))


def test_invalid_addresses_can_be_edited_or_deleted(browser: Browser, tenant: LocalTenant) -> None:
    typed = "192.0.2.1, 192.0.2.999;example.com\n192.0.2.1"
    page = create(browser, approved_ips=typed)
    assert page.status_code == 400
    for said in ("Invalid IP address", "Delete 192.0.2.999", "Delete example.com", typed.split("\n")[0]):
        assert said in words(page)
    page = create(browser, approved_ips=typed, drop="192.0.2.999")
    assert "192.0.2.999" not in words(page)
    assert "example.com" in words(page)
    assert not list(tenant.tokens)
    create(browser, approved_ips="192.0.2.1\n192.0.2.1")
    assert only(tenant).approved_ips == ["192.0.2.1"]


def test_its_page_has_general_permissions_and_dates(browser: Browser, tenant: LocalTenant) -> None:
    token = tenant.tokens.create("SOC", HOSTILE, [Permission.VIEW_POLICIES], approved_ips=["192.0.2.0/24"])
    page = browser.get(f"/tokens/{token.id}")
    for said in ("General", "Permissions", "Dates", HOSTILE, token.id, token.user, "192.0.2.0/24", "View Policies", "never"):
        assert said in words(page)
    assert "<img" not in page.text


def test_disable_enable_delete(browser: Browser, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric()
    page = f"/tokens/{token.id}"
    for action, status in (("disable", "Disabled"), ("enable", "Active"), ("delete", "Deleted")):
        answer = browser.send(page, f"{page}/{action}")
        assert f"Status {status}" in words(answer)
        assert token.status == status
    assert browser.get(page).text.count("<form") == 0, "nothing of a deleted token can be changed"


def test_a_copy_takes_over_all_but_life_and_key(browser: Browser, tenant: LocalTenant) -> None:
    token = tenant.tokens.create("SOC", "for playbooks", [Permission.VIEW_POLICIES], approved_ips=["192.0.2.7"])
    page = browser.get(f"/tokens/new?copy={token.id}")
    for said in ('value="SOC"', "for playbooks", "192.0.2.7", 'value="VIEW_POLICIES" checked', 'value="90" selected'):
        assert said in page.text
    assert page.text.count(" checked") == 2


def test_before_it_expires_only_day_and_addresses_change(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    token = tenant.tokens.create("SOC", expires_on=clock.now().date() + timedelta(days=5))
    page = f"/tokens/{token.id}"
    day = clock.now().date() + timedelta(days=9)
    browser.send(page, expires_on=f"{day}", approved_ips="192.0.2.7", title="other", permissions=["VIEW_POLICIES"])
    assert (token.expires_on, token.approved_ips) == (day, ["192.0.2.7"])
    assert (token.title, token.permissions) == ("SOC", ALL_PERMISSIONS)
    refused = browser.send(page, expires_on=f"{day + timedelta(days=1)}", approved_ips="192.0.2.999")
    assert "Invalid IP address" in words(refused)
    assert (token.expires_on, token.approved_ips) == (day, ["192.0.2.7"]), "neither is changed"


def test_after_it_has_expired_nothing_changes(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    token = tenant.tokens.create("SOC", expires_on=clock.now().date() + timedelta(days=1))
    page = f"/tokens/{token.id}"
    clock.advance(timedelta(days=3).total_seconds())
    assert "Last day" not in words(browser.get(page))
    late = browser.send(page, expires_on=f"{clock.now().date() + timedelta(days=9)}", approved_ips="")
    assert "The token has expired, create a new one" in words(late)
    assert browser.send(page, f"{page}/disable").status_code == 409


def test_changes_are_in_the_event_history_and_mails_are_listed(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    create(browser, title=HOSTILE)
    only(tenant).disable()
    clock.advance(3600)
    page = browser.get("/history")
    for said in ("APITokenUpdated", "Created", "Disabled", HOSTILE):
        assert said in words(page)
    mails = browser.get("/mails")
    assert f"The API token {HOSTILE} was created" in words(mails)
    assert "<img" not in page.text + mails.text
