"""Devices: what their screens show, and what somebody does who sits there."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from console.positions import HEIGHT, MARGIN, WIDTH, drawn
from local_absolute import LocalTenant, ManualClock
from local_absolute.event_types import Place
from local_absolute.freeze import FreezeDefinition, FreezeRequest, FreezeType, PasscodeDefinition
from local_absolute.siem import Position

from .conftest import Browser, words

HOSTILE = '<p>Call <b>IT</b></p><script>alert(1)</script><img src="https://198.51.100.1/x" onerror="alert(1)"><form></form>'


def frozen(tenant: LocalTenant, clock: ManualClock, message: str = "<p>Call <b>IT</b>.</p>") -> Any:
    """LAB-0001, a few minutes after somebody has asked for its freeze with the passcode 123456."""
    device = tenant.devices.by_name("LAB-0001")
    definition, passcode = FreezeDefinition(FreezeType.ON_DEMAND), PasscodeDefinition("UserDefined", "123456")
    request = FreezeRequest("Case <1>", "analyst@example.com", definition, passcode, "lock", message, [], clock.now())
    tenant.freeze.create([device], request)
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


def test_without_power_the_screen_is_dark_and_the_freeze_stays(
    browser: Browser, tenant: LocalTenant, clock: ManualClock, page: str
) -> None:
    device = frozen(tenant, clock)
    off = words(browser.send(page, f"{page}/lose_power"))
    assert "without power" in off
    assert "Frozen by the request" not in off
    assert words(browser.get(f"{page}/screen")) == "Screen No power."
    assert not tenant.freeze.enter_passcode(device, "123456"), "there is nothing to type it into"
    assert "Power on" in off
    assert "Frozen by the request" in words(browser.send(page, f"{page}/online"))
    assert tenant.agents.is_online(device["deviceUid"])


def test_where_a_device_has_been_is_drawn_without_a_map(browser: Browser, tenant: LocalTenant, page: str) -> None:
    uid = page.rpartition("/")[2]
    first = tenant.siem.positions(uid)[0].place
    assert "1 position, the last" in words(browser.get(page))
    browser.send(page, f"{page}/move")
    tenant.siem.device_moved(uid, first.latitude + 0.1, first.longitude, "<b>Ghent</b>")
    drawn = browser.get(page)
    assert "3 positions, the last" in words(drawn)
    assert f"{round(first.latitude + 0.1, 6):.5g}"[:5] in words(drawn)
    assert drawn.text.count("<circle") == 3
    assert "<b>Ghent" not in drawn.text
    tenant.agents.offline(uid)
    assert browser.send(page, f"{page}/move").status_code == 409


def test_a_device_that_never_told_its_place_has_no_drawing(browser: Browser, tenant: LocalTenant) -> None:
    unlocated = tenant.devices.by_name("LAB-0008")["deviceUid"]
    assert not tenant.siem.positions(unlocated)
    assert "<svg" not in browser.get(f"/devices/{unlocated}").text


@pytest.mark.parametrize(
    "places",
    [[(0, 0)], [(51, 3.7), (51, 3.7)], [(89, 0), (89, 179)], [(0, 179.99), (0, -179.99)], [(-34.6, -58.4), (35.7, 139.7)]],
)
def test_every_point_lies_within_the_drawing(places: list[tuple[float, float]]) -> None:
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    drawing = drawn([Position(at, Place(latitude, longitude, "", "")) for latitude, longitude in places])
    assert drawing
    for x, y, _ in drawing.points:
        assert MARGIN <= x <= WIDTH - MARGIN
        assert MARGIN <= y <= HEIGHT - MARGIN
    assert 0 < drawing.scale <= WIDTH / 2


def test_north_is_above_and_east_is_right_also_across_the_date_line() -> None:
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    drawing = drawn([Position(at, Place(0, 179.99, "", "")), Position(at, Place(0.01, -179.99, "", ""))])
    assert drawing
    (x, y, _), (later_x, later_y, _) = drawing.points
    assert later_x > x
    assert later_y < y
    assert later_x - x == pytest.approx(0.02 * 111.2 * drawing.scale / drawing.km, rel=0.02)
