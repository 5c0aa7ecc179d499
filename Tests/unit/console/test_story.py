"""From a token in the page to a frozen screen and back, over HTTP, with the pack's own command."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests
from command_line.credentials import read_credentials
from console.serving import Console
from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom

from .conftest import words

FREEZE = (
    '!absolute-device-freeze-request serial_numbers=SN000111 request_name="Case 1" '
    'message_name=lock html_message="<p>Call IT</p>"'
)


class Visitor:
    """Reads and sends forms over one connection."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url, self.session = url.partition("/?")[0], session
        session.get(url, timeout=30).raise_for_status()

    def get(self, path: str) -> requests.Response:
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer

    def send(self, page: str, action: str, **fields: str | list[str]) -> requests.Response:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get(page).text)
        assert csrf
        return self.session.post(self.url + action, data={"csrf": csrf[1], **fields}, timeout=30)


def test_token_freeze_passcode_and_the_401_that_explains_itself(
    tenant: LocalTenant, clock: ManualClock, make_war_room: Callable[..., WarRoom]
) -> None:
    with Console(tenant) as console, requests.Session() as session:
        visitor = Visitor(console.url, session)
        every = re.findall(r'name="permissions" value="(\w+)"', visitor.get("/tokens/new").text)
        page = visitor.send("/tokens/new", "/tokens/new", title="SOC", life="90", permissions=every)
        created = urlsplit(page.url).path
        credentials = read_credentials(visitor.get(created.replace("created", "download")).text, "SOC.token")
        room = make_war_room(credentials={"identifier": credentials.token_id, "password": credentials.secret_key})
        assert room.test() == "ok"

        run = room.run(FREEZE)
        assert run.ok, run.error
        clock.advance(1000)
        device = f"/devices/{tenant.devices.where(serialNumber='SN000111')[0]['deviceUid']}"
        assert "<p>Call IT</p>" in visitor.get(f"{device}/screen").text

        ((action,),) = (request.actions for request in tenant.freeze.requests.values())
        visitor.send(device, f"{device}/passcode", passcode=action.passcode)
        assert "Call IT" not in visitor.get(f"{device}/screen").text
        assert room.run("!absolute-device-get serial_numbers=SN000111").ok
        assert room.context.get("Absolute.Device.IsFrozen") is False

        token_page = f"/tokens/{credentials.token_id}"
        visitor.send(token_page, f"{token_page}/disable")
        refused = room.run("!absolute-device-get serial_numbers=SN000111")
        assert not refused.ok
        assert "401" in refused.error
        assert "disabled or deleted" in refused.error
        seen = visitor.get("/requests")
        assert "SOC Disabled 401" in words(seen)


@pytest.mark.parametrize("path", ["/", "/static/console.js"])
def test_another_host_name_is_refused_over_http(tenant: LocalTenant, path: str) -> None:
    with Console(tenant) as console:
        answer = requests.get(console.url.replace("/?", f"{path}?"), headers={"Host": "rebound.example.com"}, timeout=30)
        assert answer.status_code == 400


def test_only_who_has_the_whole_address_is_let_in(tenant: LocalTenant) -> None:
    with Console(tenant) as console, requests.Session() as stranger, requests.Session() as session:
        origin = console.url.partition("?")[0]
        for path in ("", "tokens", "accounts", "?key=", "?key=guessed", "tokens?key=%C3%A9"):
            answer = stranger.get(origin + path, timeout=30)
            assert (answer.status_code, "SOC" in answer.text, stranger.cookies.get_dict()) == (403, False, {})
        assert "API management" in session.get(console.url, timeout=30).text
        (cookie,) = session.cookies
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "Strict"
        assert session.get(f"{origin}tokens", timeout=30).status_code == 200
