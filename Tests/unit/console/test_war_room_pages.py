"""The war room beside the device: what is typed, what it answers, and that hostile names stay text."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from console.markdown import as_html
from local_absolute import LocalTenant, Token
from werkzeug.test import TestResponse

from .conftest import Browser, words

FREEZE = (
    '!absolute-device-freeze-request serial_numbers=SN000111 request_name="Case 1" message_name=lock '
    'html_message="<p>Call IT</p>" passcode_type=UserDefined passcode=123456 polling=true'
)
HOSTILE = "<script>alert(1)</script>"


def run(browser: Browser, line: str, **fields: Any) -> TestResponse:
    """The page when all that was typed has answered."""
    browser.send("/war-room", line=line, **fields)
    for thread in threading.enumerate():
        if thread.name == "console-war-room":
            thread.join(60)
    return browser.get("/war-room" + (f"?account={fields['room']}" if fields.get("room") else ""))


def test_a_freeze_with_its_screen_beside_it(browser: Browser, tenant: LocalTenant) -> None:
    assert "The device that a command changes appears here" in words(browser.get("/war-room"))
    page = run(browser, FREEZE)
    device = tenant.devices.by_name("LAB-0001")
    assert "1 frozen" in words(page)
    assert "<table>" in page.text
    assert "The screen of LAB-0001" in words(page)
    assert "Frozen by the request Case 1" in words(page)
    assert f'src="/devices/{device["deviceUid"]}/screen"' in page.text
    back = browser.send("/war-room", f"/devices/{device['deviceUid']}/passcode", passcode="123456", room="")
    assert "War room" in words(back)
    assert "Frozen by" not in words(back)


def test_the_newest_line_is_first_and_each_keeps_its_answer(browser: Browser) -> None:
    run(browser, "!absolute-device-get serial_numbers=SN000111")
    said = words(run(browser, "!absolute-device-get serial_numbers=SN000114"))
    places = [said.index(text) for text in ("serial_numbers=SN000114 ", "LAB-0004", "serial_numbers=SN000111 ", "LAB-0001")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!absolute-nothing", "has no command absolute-nothing"),
        ("no command", "!"),
        ("!absolute-device-missing-report serial_numbers=SN999999", "SN999999"),
        (f"!{HOSTILE}", HOSTILE),
    ],
)
def test_a_refusal_is_shown(browser: Browser, line: str, said: str) -> None:
    page = run(browser, line)
    assert said in words(page).partition("Examples:")[2]
    assert 'class="problem"' in page.text
    assert HOSTILE not in page.text


def test_names_of_devices_stay_text(browser: Browser, tenant: LocalTenant) -> None:
    name = f"{HOSTILE}<img src=x onerror=alert(1)>|[x](javascript:alert(1))"
    tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], deviceName=name)
    page = run(browser, FREEZE)
    assert page.text.count("<script") == 1, "our own"
    assert "<img" not in page.text
    assert 'href="javascript' not in page.text
    assert name in words(page)


@pytest.mark.parametrize(
    "source",
    [
        HOSTILE,
        f"a {HOSTILE} b",
        f"| a |\n| --- |\n| {HOSTILE} |",
        "<img src=x onerror=alert(1)>",
        "<br onclick=alert(1)>",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        '[x](https://example.com/"onclick="alert(1))',
        "![x](https://198.51.100.1/x)",
        "<https://example.com/?q='><script>>",
    ],
)
def test_of_html_only_line_breaks_are_taken(source: str) -> None:
    tags = re.findall(r"<[^>]*>", as_html(source))
    assert {re.sub(r' href="https://[^"]*"', "", tag).strip("</>") for tag in tags} <= {
        *("p", "a", "table", "thead", "tbody", "tr", "th", "td"),
    }


def test_cells_keep_their_line_breaks() -> None:
    assert "<td>a<br>b</td>" in as_html("| x |\n| --- |\n| a<br>b |")


def test_it_runs_on_an_account_of_this_tenant_only(browser: Browser, tenant: LocalTenant, token: Token) -> None:
    typed = {"region": tenant.url, "token_id": token.id, "secret_key": token.secret, "fetch_types": "SIEM events"}
    browser.send("/connect", name="prod", connect="", **typed)
    with LocalTenant(devices=3) as other:
        foreign = other.tokens.create_symmetric()
        elsewhere = {"region": "other", "address": other.url, "token_id": foreign.id, "secret_key": foreign.secret}
        browser.send("/connect", name="elsewhere", connect="", **{**typed, **elsewhere})
    page = browser.get("/war-room")
    assert "<option>prod</option>" in page.text
    assert "elsewhere" not in page.text
    assert browser.get("/war-room?account=elsewhere").status_code == 404
    assert "LAB-0001" in words(run(browser, "!absolute-device-get serial_numbers=SN000111", room="prod"))
    token.disable()
    refused = words(run(browser, "!absolute-device-get serial_numbers=SN000111", room="prod"))
    assert "disabled or deleted" in refused
    assert "401" in refused


def test_a_certificate_can_be_downloaded(browser: Browser, tenant: LocalTenant) -> None:
    run(browser, "!absolute-file-delete-request-create serial_numbers=SN000111 wipe_type=wipeAllUserFiles polling=true")
    certificate = "request_uid=${Absolute.FileDeleteRequest.requestUid}"
    page = run(browser, f"!absolute-file-delete-certificate-get {certificate}")
    link = re.search(r'href="(/war-room/files/[^"]+)"', page.text)
    assert link, words(page)
    file = browser.get(link[1])
    assert file.data.startswith(b"%PDF")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert browser.get("/war-room/files/unknown").status_code == 404


def test_examples_are_put_into_the_line(browser: Browser) -> None:
    links = re.findall(r'href="(/war-room\?line=[^"]+)">([^<]+)', browser.get("/war-room").text)
    assert [name for _, name in links] == ["Find it", "Freeze it", "How to unlock it", "Unfreeze it"]
    assert 'value="!absolute-device-get serial_numbers=SN000111"' in browser.get(links[0][0]).text
