"""The pages in a real browser: a token's whole life, a frozen laptop, the keyboard, and how it all looks.

Where the environment names a folder as CONSOLE_PICTURES, the pictures of the README are put there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line.program import main
from console.serving import Console
from local_absolute import LocalTenant, ManualClock, Token
from playwright.sync_api import Browser, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FOUND = next(filter(None, map(shutil.which, BROWSERS)), None)
FREEZE = (
    "!absolute-device-freeze-request serial_numbers=SN000111 request_name=Case message_name=lock "
    'html_message="<p>Call IT</p>" passcode_type=UserDefined passcode=123456 polling=true'
)
WIDTHS = (1280, 390)
PAGES = ("tokens", "tokens/new", "devices", "requests", "history?events=all", "mails", "accounts", "connect", "war-room")

pytestmark = pytest.mark.skipif(FOUND is None, reason="They need a browser: Debian's chromium, or Chrome.")
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # there is no sandbox for root
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=FOUND, args=arguments)
        yield started
        started.close()


@pytest.fixture
def console(tenant: LocalTenant) -> Iterator[Console]:
    with Console(tenant) as served:
        yield served


@pytest.fixture
def opened(browser: Browser, console: Console) -> Iterator[Open]:
    """Opens the console in a window of its own. Whatever the browser complains of, such as what a policy keeps out, fails."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: str = "", **options: Any) -> Page:
        # High enough to scroll nowhere: right after that, a browser may still take a click for one at a frame.
        size = {"width": WIDTHS[0], "height": 1200}
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        # Errors and warnings, of which a policy that is broken is one; what a browser says besides is advice.
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in ("error", "warning") and "status of 400" not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(console.url)
        if path:
            page.goto(console.url.partition("?")[0] + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def picture(page: Page, name: str, tmp_path: Path) -> None:
    """Of what is in the window, as far as the page reaches."""
    folder = Path(os.environ.get("CONSOLE_PICTURES") or tmp_path)
    page.locator("body").screenshot(path=folder / f"console_{name}.png")


def test_the_first_minutes(
    opened: Open,
    tenant: LocalTenant,
    clock: ManualClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token is created in the page and connected in the terminal; a laptop is frozen by a command, and unfrozen by its
    passcode; the token is disabled, and the refusal explained."""
    monkeypatch.setattr("command_line.connection.sleep", clock.advance)
    page = opened()
    page.get_by_role("link", name="Create token").click()
    page.get_by_label("Title").fill("SOC")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Token").click()
    assert download.value.suggested_filename == "SOC.token"
    download.value.save_as(tmp_path / "SOC.token")
    page.get_by_role("button", name="Close").click()

    assert main(["connect", "SOC", "--region", tenant.url, "--token-file", str(tmp_path / "SOC.token")]) == 0
    assert "Connected." in capsys.readouterr().out
    assert main(["run", "--yes", "--account", "SOC", FREEZE]) == 0
    assert "1 frozen" in capsys.readouterr().out

    page.get_by_role("link", name="Devices").click()
    page.get_by_role("link", name="LAB-0001").click()
    screen = page.frame_locator("iframe")
    expect(screen.get_by_text("Call IT")).to_be_visible()
    page.get_by_label("Passcode").fill("123456")
    page.get_by_role("button", name="Unfreeze").click()
    expect(screen.get_by_text("Somebody is at work here.")).to_be_visible()

    page.get_by_role("link", name="API management").click()
    page.get_by_role("link", name="SOC").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Disabled", exact=True)).to_be_visible()
    assert main(["device-get", "--account", "SOC", "--serial-numbers", "SN000111"]) == 1
    refused = "".join(capsys.readouterr())
    assert "401" in refused
    assert "disabled or deleted" in refused
    page.get_by_role("link", name="Requests seen").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("SOC Disabled 401")


def test_connecting_and_freezing_in_the_page(opened: Open, tenant: LocalTenant, tmp_path: Path) -> None:
    token = tenant.tokens.create("SOC")
    (tmp_path / "SOC.token").write_text(token.file(), encoding="utf-8")
    page = opened("connect")
    page.get_by_label("Name").fill("SOC")
    page.get_by_label("The downloaded .token file").set_input_files(tmp_path / "SOC.token")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("status")).to_have_text("Test: it can connect.")
    picture(page, "connect", tmp_path)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("status")).to_contain_text("Connected.")

    page.get_by_role("link", name="War room").click()
    page.get_by_label("Account").select_option("SOC")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Command").fill(FREEZE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Freeze request Case: 1 frozen")).to_be_visible()
    screen = page.frame_locator("iframe")
    expect(screen.get_by_text("Call IT")).to_be_visible()
    picture(page, "war_room", tmp_path)
    page.get_by_label("Passcode").fill("123456")
    page.get_by_role("button", name="Unfreeze").click()
    expect(page.get_by_role("heading", name="War room")).to_be_visible()
    expect(screen.get_by_text("Somebody is at work here.")).to_be_visible()


def test_what_happens_is_seen_without_loading_the_page(opened: Open, tenant: LocalTenant, make_war_room: Any) -> None:
    page = opened("war-room")
    assert make_war_room().run(FREEZE).ok
    expect(page.frame_locator("iframe").get_by_text("Call IT")).to_be_visible()
    page.locator("iframe").click()
    tenant.freeze.enter_passcode(tenant.devices.by_name("LAB-0001"), "123456")
    expect(page.frame_locator("iframe").get_by_text("Somebody is at work here.")).to_be_visible()


def test_permissions_that_go_together(opened: Open) -> None:
    page = opened("tokens/new")
    page.get_by_role("button", name="Clear").click()
    assert page.locator("input[name=permissions]:checked").count() == 0
    page.get_by_label("Manage Policies").check()
    expect(page.get_by_label("View Policies")).to_be_checked()
    assert page.locator("input[name=permissions]:checked").count() == 2
    page.get_by_role("button", name="Select All").click()
    assert page.locator("input[name=permissions]:not(:checked)").count() == 0


def test_copying_the_details_of_a_token_once(opened: Open, tenant: LocalTenant) -> None:
    page = opened("tokens/new")
    page.get_by_label("Title").fill("SOC")
    page.get_by_role("button", name="Save").click()
    (token,) = tenant.tokens
    for button, copied in (("Copy ID", token.id), ("Copy secret", token.secret)):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("status")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == copied
    created = page.url
    page.get_by_role("button", name="Close").click()
    page.goto(created)
    assert token.secret not in page.content()


def test_an_invalid_address_is_deleted_by_its_button(opened: Open, tenant: LocalTenant) -> None:
    page = opened("tokens/new")
    page.get_by_label("Title").fill("SOC")
    page.get_by_label("Approved IP addresses").fill("192.0.2.7, 192.0.2.999")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Invalid IP address")
    page.get_by_role("button", name="Delete 192.0.2.999").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Copy ID")).to_be_visible()
    (token,) = tenant.tokens
    assert token.approved_ips == ["192.0.2.7"]


def test_a_token_and_a_command_by_keyboard_alone(opened: Open, tenant: LocalTenant) -> None:
    def tab_to(name: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("(document.activeElement.textContent || document.activeElement.id).trim()") == name:
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab_to("Create token")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tokens/new")
    tab_to("title")
    page.keyboard.type("SOC")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy ID")).to_be_visible()
    assert [token.title for token in tenant.tokens] == ["SOC"]
    tab_to("War room")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Command")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("!absolute-device-get serial_numbers=SN000111")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Answer")).to_contain_text("LAB-0001")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_readable_on_a_desk_and_on_a_phone(
    opened: Open, tenant: LocalTenant, token: Token, make_war_room: Any, scheme: str
) -> None:
    """Nothing reaches over the edge of the window, and texts stand out from their ground (WCAG 2.2, 1.4.3)."""
    assert make_war_room().run(FREEZE).ok
    device = tenant.devices.by_name("LAB-0001")["deviceUid"]
    page = opened(color_scheme=scheme)
    origin = page.url.rpartition("/")[0]
    for path in (*PAGES, f"tokens/{token.id}", f"devices/{device}"):
        page.goto(f"{origin}/{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(WEAK_TEXTS) == [], path


# The texts whose contrast is below 4.5 : 1.
WEAK_TEXTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => [red, green, blue].map((value) => value / 255)
    .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("svg")) continue;
    const [high, low] = [numbers(getComputedStyle(element).color), ground(element)].map(luminance).sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < 4.5) weak.push(element.textContent.trim().slice(0, 40));
  }
  return weak;
}"""
