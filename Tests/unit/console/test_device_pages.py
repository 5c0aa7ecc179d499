"""Devices: what their screens show, and what somebody does who sits there."""

from __future__ import annotations

from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_absolute.freeze import FreezeDefinition, FreezeType, PasscodeDefinition

from .conftest import Browser, words

HOSTILE = '<p>Call <b>IT</b></p><script>alert(1)</script><img src="https://198.51.100.1/x" onerror="alert(1)"><form></form>'


def frozen(tenant: LocalTenant, clock: ManualClock, message: str = "<p>Call <b>IT</b>.</p>") -> Any:
    """LAB-0001, a few minutes after somebody has asked for its freeze with the passcode 123456."""
    device = tenant.devices.by_name("LAB-0001")
    definition, passcode = FreezeDefinition(FreezeType.ON_DEMAND), PasscodeDefinition("UserDefined", "123456")
    tenant.freeze.create([device], "Case <1>", definition, passcode, "lock", message, [], "analyst@example.com")
    clock.advance(1000)
    return device


@pytest.fixture
def page(tenant: LocalTenant) -> str:
    return f"/devices/{tenant.devices.by_name('LAB-0001')['deviceUid']}"


def test_the_fleet_with_its_states(browser: Browser, tenant: LocalTenant, clock: ManualClock) -> None:
    assert "60 devices" in words(browser.get("/devices"))
    frozen(tenant, clock)
    found = words(browser.get("/devices?q=lab-0001"))
    assert "1 device." in found
    assert "LAB-0001 SN000111 Windows Active, online Frozen Frozen" in found


def test_names_of_devices_are_text(browser: Browser, tenant: LocalTenant, page: str) -> None:
    name = "<script>alert(1)</script>"
    tenant.devices.update(page.rpartition("/")[2], deviceName=name)
    for path in ("/devices", f"/devices?q={name}", page, f"{page}/screen"):
        answer = browser.get(path)
        assert "&lt;script&gt;alert" in answer.text
        assert "<script>alert" not in answer.text


def test_the_frozen_screen_shows_its_message_and_runs_nothing(
    browser: Browser, tenant: LocalTenant, clock: ManualClock, page: str
) -> None:
    assert "Somebody is at work here" in words(browser.get(f"{page}/screen"))
    frozen(tenant, clock, HOSTILE)
    screen = browser.get(f"{page}/screen")
    assert "Call IT" in words(screen)
    assert "<b>IT</b>" in screen.text
    for harm in ("<script", "onerror", "<form"):
        assert harm not in screen.text
    policy = screen.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "allow-" not in policy
    assert "https:" not in policy
    assert "sandbox></iframe>" in browser.get(page).text


def test_the_passcode_unfreezes(browser: Browser, tenant: LocalTenant, clock: ManualClock, page: str) -> None:
    device = frozen(tenant, clock)
    assert "Frozen by the request Case <1>" in words(browser.get(page))
    wrong = browser.send(page, f"{page}/passcode", passcode="654321")
    assert (wrong.status_code, "The passcode is wrong" in words(wrong)) == (403, True)
    assert device.get("deviceFreezeStatus")
    browser.send(page, f"{page}/passcode", passcode="123456")
    assert device.get("deviceFreezeStatus") is None
    assert "Somebody is at work here" in words(browser.get(f"{page}/screen"))
    assert "freeze (OnDemand) Case <1> analyst@example.com Completed" in words(browser.get(page))


def test_agents_call_in_and_go_offline_and_online(browser: Browser, tenant: LocalTenant, page: str) -> None:
    uid = page.rpartition("/")[2]
    assert "Call in now" in words(browser.get(page))
    assert browser.send(page, f"{page}/call_in").status_code == 200
    assert tenant.devices.by_uid(uid).contact.last(tenant.clock.now()) == tenant.clock.now()
    assert "Go online" in words(browser.send(page, f"{page}/offline"))
    assert not tenant.agents.is_online(uid)
    late = browser.send(page, f"{page}/call_in")
    assert (late.status_code, "the device is offline" in words(late)) == (409, True)
    assert "Go offline" in words(browser.send(page, f"{page}/online"))
    assert tenant.agents.is_online(uid)
