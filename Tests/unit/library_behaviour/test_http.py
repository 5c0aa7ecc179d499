"""requests and urllib3: which error names which failure, and what an answer may hide."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
from network.certificates import make_certificate, tls
from unit.library_behaviour.peers import (
    PATIENCE,
    Behaviour,
    Peer,
    answering,
    hang_up_when_spoken_to,
    listening,
    reset,
    say_nothing,
)

BODY = b"wipe"


@pytest.fixture(autouse=True)
def _no_proxy_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def failure(url: str, timeout: float = 5, **options: Any) -> requests.RequestException:
    """What a POST ends in. It is sent once: requests repeats nothing by itself."""
    with pytest.raises(requests.RequestException) as caught:
        requests.post(url, data=BODY, timeout=timeout, **options)
    return caught.value


# Through a proxy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["FIN", "RST"])
@pytest.mark.parametrize("way", ["plain", "CONNECT"])
def test_a_proxy_error_may_mean_that_everything_was_sent(end: str, way: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    server = tls(certificate)

    def relay_then_hang_up(proxy: Peer, connection: socket.socket) -> None:
        if way == "CONNECT":
            proxy.read_request(connection)
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            # The end of the tunnel is in the proxy, too: what it reads, the server has read.
            with server.wrap_socket(connection, server_side=True) as tunnel:
                proxy.read_request(tunnel)
                if end == "RST":
                    reset(tunnel)
        else:
            proxy.read_request(connection)
            if end == "RST":
                reset(connection)

    with listening(relay_then_hang_up) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        url = "https://127.0.0.1/" if way == "CONNECT" else "http://api.example.com/"
        error = failure(url, proxies={"http": address, "https": address}, verify=str(certificate))
    assert isinstance(error, requests.exceptions.ProxyError)
    assert proxy.bodies == [BODY]


def test_a_proxy_that_drops_the_connect_is_no_proxy_error() -> None:
    with listening(hang_up_when_spoken_to) as proxy:
        error = failure("https://api.example.com/", proxies={"https": f"http://127.0.0.1:{proxy.port}"})
    assert type(error) is requests.exceptions.ConnectionError


def test_a_proxy_that_never_answers_the_connect_is_a_read_timeout() -> None:
    with listening(say_nothing) as proxy:
        error = failure("https://api.example.com/", proxies={"https": f"http://127.0.0.1:{proxy.port}"}, timeout=PATIENCE)
        proxy.over.set()
    assert type(error) is requests.exceptions.ReadTimeout


def test_a_proxy_that_refuses_says_its_status_only_in_the_text() -> None:
    with listening(answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as proxy:
        error = failure("https://api.example.com/", proxies={"https": f"http://127.0.0.1:{proxy.port}"})
    assert isinstance(error, requests.exceptions.ProxyError)
    assert "Tunnel connection failed: 407" in str(error)
    assert error.response is None


# Without one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [(say_nothing, requests.exceptions.ReadTimeout), (hang_up_when_spoken_to, requests.exceptions.SSLError)],
    ids=["says nothing", "hangs up"],
)
def test_a_handshake_that_fails_is_no_failed_connection(behaviour: Behaviour, kind: type[Exception]) -> None:
    """Though nothing of the request was sent: the names of the errors do not tell."""
    with listening(behaviour) as server:
        error = failure(f"https://127.0.0.1:{server.port}/", timeout=PATIENCE if behaviour is say_nothing else 5)
        server.over.set()
    assert type(error) is kind
    assert not isinstance(error, requests.exceptions.ConnectTimeout)


@pytest.mark.parametrize("location", ["http://[::1/", "https://api.example.com:99999/"])
def test_a_redirect_that_is_not_followed_is_read_all_the_same(location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what cannot be read is Python's own ValueError, which no `except RequestException` catches."""
    monkeypatch.setenv("NO_PROXY", "other.example.com")  # the port is looked at only then
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with listening(answering(answer)) as server, pytest.raises(ValueError, match=r"Invalid IPv6 URL|Port out of range") as caught:
        requests.post(f"http://127.0.0.1:{server.port}/", data=BODY, allow_redirects=False, stream=True, timeout=5)
    assert not isinstance(caught.value, requests.RequestException)
    assert server.bodies == [BODY]


def read(content: bytes, encoding: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(content)}\r\n\r\n"
    with listening(answering(head.encode() + content)) as server:
        response = requests.get(f"http://127.0.0.1:{server.port}/", stream=True, timeout=5)
        return b"".join(response.iter_content(65536))


def test_a_compressed_answer_may_lose_its_end_without_an_error() -> None:
    """Only the JSON itself shows whether it is whole."""
    rows = json.dumps([{"id": n, "name": f"LAB-{n * 7919:04}"} for n in range(50)]).encode()
    packed = gzip.compress(rows)
    assert read(packed[:-8], "gzip") == rows  # without checksum and length
    half = read(packed[: len(packed) // 2], "gzip")
    assert rows.startswith(half)
    assert 0 < len(half) < len(rows)
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)


def test_a_shorter_body_than_announced_is_an_error() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[1, 2]"
    with listening(answering(answer)) as server, pytest.raises(requests.exceptions.ChunkedEncodingError):
        b"".join(requests.get(f"http://127.0.0.1:{server.port}/", stream=True, timeout=5).iter_content(65536))


def test_a_timeout_is_for_each_read_and_not_for_the_answer() -> None:
    """An answer that drips takes as long as it likes."""
    pieces, pause, timeout = (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 6\r\n", b"\r\n", b"[1,", b" 2]"), 0.25, 1
    assert pause * len(pieces) > timeout

    def drip(server: Peer, connection: socket.socket) -> None:
        server.read_request(connection)
        for piece in pieces:
            server.over.wait(pause)
            connection.sendall(piece)

    with listening(drip) as server:
        assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=timeout).json() == [1, 2]


def test_certificates_are_told_from_other_tls_failures_by_their_text(tmp_path: Path) -> None:
    server = tls(make_certificate(tmp_path))

    def hand_shake(peer: Peer, connection: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            server.wrap_socket(connection, server_side=True)

    with listening(hand_shake) as peer:
        error = failure(f"https://127.0.0.1:{peer.port}/")
    assert isinstance(error, requests.exceptions.SSLError)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)


def test_the_answer_behind_an_informational_one_is_given_to_the_next_request() -> None:
    def answer_late(server: Peer, connection: socket.socket) -> None:
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        server.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")

    with listening(answer_late) as server, requests.Session() as session:
        first, second = (session.post(f"http://127.0.0.1:{server.port}/", data=name) for name in ("first", "second"))
    assert (first.status_code, second.text) == (103, "first")


@pytest.mark.parametrize("entry", ["*.example.com", "api.example.com:443"])
def test_wildcards_and_default_ports_of_no_proxy_are_not_understood(entry: str) -> None:
    assert not requests.utils.should_bypass_proxies("https://api.example.com/", entry)
    assert requests.utils.should_bypass_proxies("https://api.example.com/", "example.com")
    assert not requests.utils.should_bypass_proxies("http://192.0.2.1:8080/", "192.0.2.1:8080")
