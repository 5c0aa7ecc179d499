"""demisto-py 3.3.1: where `demisto-sdk upload` sends, and as whom, by the variables of the environment. Asked of a recorder."""

from __future__ import annotations

from collections.abc import Iterator

import demisto_client  # type: ignore[import]
import pytest
from unit.local_xsoar.platform_modules_support import Answer, Loopback

KEY = "not-a-real-key"
VARIABLES = ("DEMISTO_API_KEY_ID", "XSIAM_AUTH_ID", "DEMISTO_ADVANCED_API_KEY", "DEMISTO_HTTP_HEADERS")


@pytest.fixture
def recorder() -> Iterator[Loopback]:
    def answer(method: str, path: str, body: bytes) -> Answer:
        return 200, {"Content-Type": "application/json"}, b"{}"

    with Loopback(answer) as running:
        yield running


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def seen(recorder: Loopback) -> tuple[str, str | None, str | None]:
    """Path, key and ID of the key in a request."""
    client = demisto_client.configure(recorder.url, KEY)
    demisto_client.generic_request_func(self=client, method="GET", path="/settings")
    [(_, path, headers, _)] = recorder.requests
    return path, headers.get("authorization"), headers.get("x-xdr-auth-id")


def test_without_an_id_it_is_a_server_of_version_6(recorder: Loopback) -> None:
    assert seen(recorder) == ("/settings", KEY, None)


@pytest.mark.parametrize("variable", ["XSIAM_AUTH_ID", "DEMISTO_API_KEY_ID"])
def test_either_id_sends_below_xsoar(recorder: Loopback, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """So a variable that was left from another server sends an upload for version 6 to a path which that does not have."""
    monkeypatch.setenv(variable, "7")
    assert seen(recorder) == ("/xsoar/settings", KEY, "7")


@pytest.mark.parametrize("host", ["https://cortex.example.com", "https://api-cortex.example.com"])
def test_the_host_of_the_api_needs_not_be_typed(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("XSIAM_AUTH_ID", "7")
    assert demisto_client.configure(host, KEY).api_client.configuration.host == "https://api-cortex.example.com/xsoar"
    monkeypatch.delenv("XSIAM_AUTH_ID")
    assert demisto_client.configure(host, KEY).api_client.configuration.host == host
