"""Who may ask, from where, and what a page may load."""

from __future__ import annotations

import re

import pytest
from local_absolute import LocalTenant

from .conftest import Browser

PAGES = (
    "/tokens",
    "/tokens/new",
    "/devices",
    "/requests",
    "/history",
    "/history?events=all",
    "/mails",
    "/accounts",
    "/connect",
    "/war-room",
)


@pytest.mark.parametrize("host", ["console.example.com", "127.0.0.1.example.com", "198.51.100.7", "localhost.example.com:80", ""])
def test_another_name_than_loopbacks_is_refused(browser: Browser, host: str) -> None:
    for path in ("/tokens", "/static/console.css"):
        assert browser.get(path, Host=host).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:4711", "localhost:4711"])
def test_names_of_loopback_are_taken(browser: Browser, host: str) -> None:
    assert browser.get("/tokens", Host=host).status_code == 200


@pytest.mark.parametrize("secret", [{}, {"csrf": ""}, {"csrf": "é"}, {"csrf": "guessed"}])
def test_a_form_of_another_page_changes_nothing(browser: Browser, tenant: LocalTenant, secret: dict[str, str]) -> None:
    token = tenant.tokens.create_symmetric()
    assert browser.post(f"/tokens/{token.id}/disable", **secret).status_code == 403
    assert browser.post("/tokens/new", title="x", **secret).status_code == 403
    assert token.enabled
    assert list(tenant.tokens) == [token]


def test_what_changes_something_is_no_link(browser: Browser, tenant: LocalTenant) -> None:
    token = tenant.tokens.create_symmetric()
    assert browser.get(f"/tokens/{token.id}/delete").status_code == 405
    assert token.usable


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere_and_are_not_kept(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert not re.search(r'(src|href|action)="[^"]*//', answer.text)
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_not_there_is_said(browser: Browser) -> None:
    for path in ("/tokens/unknown", "/devices/unknown", "/elsewhere"):
        assert browser.get(path).status_code == 404


def test_a_form_of_any_size_is_not_taken(browser: Browser) -> None:
    assert browser.post("/tokens/new", title="x" * 300_000).status_code == 413
