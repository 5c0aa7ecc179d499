"""Connecting accounts by the form of an instance: what is kept, what is refused, and what a page never shows."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from command_line.accounts import load_accounts
from command_line.manifest import declared_parameters
from command_line.regions import REGIONS
from local_absolute import LocalTenant, Permission, Token
from werkzeug.test import TestResponse

from .conftest import Browser, words

HOSTILE = "<img src=x onerror=alert(1)>"


def connect(browser: Browser, token: Token, press: str = "connect", page: str = "/connect", **fields: Any) -> TestResponse:
    typed = {"region": "other", "address": "", "token_id": token.id, "secret_key": token.secret, "fetch_types": "SIEM events"}
    return browser.send(page, "/connect", **{press: "", **typed, **fields})


@pytest.fixture
def here(tenant: LocalTenant) -> dict[str, str]:
    return {"region": tenant.url}


def in_days(days: int) -> str:
    return str(datetime.now(timezone.utc).date() + timedelta(days=days))


def test_the_form_is_that_of_the_manifest(browser: Browser) -> None:
    page = browser.get("/connect")
    said = words(page)
    for one in declared_parameters():
        assert one.display in said
        assert " ".join(one.hint.split()) in said
        assert f'name="{one.name}"' in page.text or one.signs_in
    assert said.index("Connect Name") < said.index("Collect") < said.index("Optimize")
    assert said.index("Advanced") < said.index("Trust any certificate")
    assert "Server URL *" in said
    assert "Token ID *" in said
    for region in REGIONS:
        assert f"{region.console} - {region.name}" in said


def test_it_ends_in_connected_with_the_account_page(browser: Browser, tenant: LocalTenant, token: Token, here: Any) -> None:
    page = connect(browser, token, name="prod", expires=in_days(90), **here)
    said = words(page)
    for part in (
        "Connected.",
        "prod",
        tenant.url,
        token.id,
        "symmetric (HS256)",
        in_days(90),
        "Clock of this host",
    ):
        assert part in said
    assert "absolute-device-freeze-request" in said, "what the token may do"
    assert "<table>" in page.text
    account = load_accounts().get("prod")
    assert (account.url, account.token_id, account.settings) == (tenant.url, token.id, {})
    assert "prod (default)" in words(browser.get("/accounts"))
    assert "Connected." in words(browser.get("/accounts"))


def test_without_a_name_it_is_that_of_the_region(browser: Browser, tenant: LocalTenant, token: Token) -> None:
    connect(browser, token, address=tenant.url)
    assert list(load_accounts().accounts) == ["127-0-0-1"]


def test_what_the_token_lacks_is_named(browser: Browser, tenant: LocalTenant, here: Any) -> None:
    token = tenant.tokens.create_symmetric(permissions=[Permission.VIEW_FREEZE_DEVICE])
    assert "lacks the permission View Device reports" in words(connect(browser, token, name="prod", **here))


def test_a_downloaded_token_is_enough(browser: Browser, tenant: LocalTenant, here: Any) -> None:
    token = tenant.tokens.create("SOC")
    file = (io.BytesIO(token.file().encode()), "SOC.token")
    page = connect(browser, token, name="prod", token_id="", secret_key="", file=file, **here)
    assert "Connected." in words(page)
    assert load_accounts().get("prod").key == token.secret


@pytest.mark.parametrize("how", ["file", "text"])
def test_a_private_key(browser: Browser, tenant: LocalTenant, how: str, here: Any) -> None:
    token = tenant.tokens.create_asymmetric()
    pem = str(token.private_key_pem)
    key: dict[str, Any] = {"file": (io.BytesIO(pem.encode()), "key.pem")} if how == "file" else {"private_key": pem}
    assert "asymmetric (ES256)" in words(connect(browser, token, name="prod", secret_key="", **key, **here))


def test_test_keeps_nothing_and_loses_nothing(browser: Browser, token: Token, here: Any) -> None:
    page = connect(browser, token, "test", name="prod", timeout="30", **here)
    assert "Test: it can connect." in words(page)
    assert not load_accounts().accounts
    for kept in ('value="prod"', f'value="{token.id}"', f'type="password" value="{token.secret}"', 'value="30"'):
        assert kept in page.text


def test_a_refusal_is_explained_and_nothing_is_kept(browser: Browser, token: Token, here: Any) -> None:
    token.disable()
    for press, status in (("connect", 400), ("test", 200)):
        page = connect(browser, token, press, name="prod", **here)
        assert page.status_code == status
        assert "401" in words(page)
        assert "disabled or deleted" in words(page)
    assert not load_accounts().accounts


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"region": "other", "address": "moon"}, "'moon' is no region"),
        ({"token_id": "x"}, "A Token ID looks like"),
        ({"secret_key": ""}, "The Secret Key is empty"),
        ({"name": "a b"}, "An account cannot be called 'a b'"),
        ({"name": "simulated"}, "cannot be called 'simulated'"),
        ({"expires": "2020-01-01"}, "has passed"),
        ({"timeout": "1"}, "from 5 to 600"),
        ({"file": (io.BytesIO(b"no token"), HOSTILE)}, f"{HOSTILE} holds no UUID"),
    ],
)
def test_what_cannot_be_right_is_refused(browser: Browser, token: Token, here: Any, fields: dict[str, Any], said: str) -> None:
    page = connect(browser, token, **{"name": "prod", **here, **fields})
    assert page.status_code == 400
    assert said in words(page)
    assert "<img" not in page.text
    assert not load_accounts().accounts


def test_a_key_is_replaced_while_others_stay(browser: Browser, tenant: LocalTenant, token: Token, here: Any) -> None:
    connect(browser, token, name="prod", timeout="30", **here)
    connect(browser, token, name="lab", **here)
    form = browser.get("/connect?account=prod")
    assert 'name="timeout" value="30"' in form.text
    assert str(token.secret) not in form.text
    new = tenant.tokens.create_symmetric()
    connect(browser, new, page="/connect?account=prod", account="prod", timeout="30", **here)
    accounts = load_accounts()
    assert (accounts.get("prod").token_id, accounts.get("prod").settings) == (new.id, {"timeout": "30"})
    assert accounts.get("lab").token_id == token.id
    assert accounts.default == "prod"


def test_settings_change_without_the_key(browser: Browser, token: Token, here: Any) -> None:
    connect(browser, token, name="prod", **here)
    connect(browser, token, account="prod", secret_key="", proxy="true", fetch_types=["SIEM events", "Missing devices"], **here)
    account = load_accounts().get("prod")
    assert account.settings == {"proxy": "true", "fetch_types": "SIEM events,Missing devices"}
    assert account.key == token.secret


def test_the_list_tells_the_state_of_each(browser: Browser, token: Token, here: Any) -> None:
    assert "None yet." in words(browser.get("/accounts"))
    connect(browser, token, name="prod", expires=in_days(3), **here)
    assert "Connected. Its token expires in 3 days" in words(browser.get("/accounts"))
    token.disable()
    assert "401" in words(browser.send("/accounts/prod", "/accounts/prod/test"))
    assert "401" in words(browser.get("/accounts"))


def test_unlink_forgets_the_account_and_its_key(browser: Browser, token: Token, here: Any) -> None:
    connect(browser, token, name="prod", **here)
    connect(browser, token, name="lab", **here)
    assert "Commands without --account run on it" in words(browser.send("/accounts/lab", "/accounts/lab/use"))
    assert "prod" not in words(browser.send("/accounts/prod", "/accounts/prod/unlink"))
    assert list(load_accounts().accounts) == ["lab"]
    assert browser.get("/accounts/prod").status_code == 404


def test_the_accounts_of_others_are_not_read(browser: Browser, token: Token, here: Any, tmp_path: Any) -> None:
    connect(browser, token, name="prod", **here)
    (tmp_path / "config" / "absolute" / "accounts.json").chmod(0o644)
    page = browser.get("/accounts")
    assert (page.status_code, "chmod 600" in words(page)) == (409, True)


def test_no_page_of_a_kept_account_has_its_secret(browser: Browser, token: Token, here: Any) -> None:
    connect(browser, token, name="prod", **here)
    for path in ("/accounts", "/accounts/prod", "/connect?account=prod"):
        assert str(token.secret) not in browser.get(path).text
