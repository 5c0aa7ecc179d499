"""A time-out bounds the whole call, and what breaks off is never taken for an answer."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from network.relaying_proxy import DRIP_SECONDS, End, Moment, ProxyFault
from unit.library_behaviour.peers import Peer, answering, listening

PATIENCE = 1  # seconds: the shortest that an attempt gets
ANSWER = b'{"data": {"requestUid": "0a0a0a0a-1111-4222-8333-000000000001"}}'


@pytest.fixture
def wipe(module: Any, connect: Callable[..., Any]) -> Callable[..., Any]:
    """Requests a wipe of a server that behaves in some way."""

    def request(server: Peer, **options: Any) -> str:
        client = connect(f"http://127.0.0.1:{server.port}", **{"timeout": PATIENCE, **options})
        return client.create_action(module.WIPE, {"deviceUids": ["x"]})

    return request


def dripping(answer: bytes) -> Callable[[Peer, Any], None]:
    """Byte by byte: no single wait is long."""

    def behave(server: Peer, connection: socket.socket) -> None:
        server.read_request(connection)
        for byte in answer:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            if server.over.wait(DRIP_SECONDS):
                return

    return behave


def head(length: int, *more: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {length}", *more, "", ""]).encode()


@pytest.mark.parametrize(
    "answer",
    [head(5000) + ANSWER * 80, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 500],
    ids=["length", "chunks"],
)
def test_an_answer_that_drips_is_late(answer: bytes, module: Any, wipe: Any) -> None:
    with listening(dripping(answer)) as server:
        began = time.monotonic()
        with pytest.raises(module.UncertainWriteError, match="did not answer within 1 seconds"):
            wipe(server)
        assert time.monotonic() - began < 2 * PATIENCE
        server.over.set()
    assert len(server.bodies) == 1


def test_a_head_that_drips_is_late(module: Any, connect: Any, make_proxy: Any) -> None:
    proxy = make_proxy()
    proxy.faults.append(ProxyFault(Moment.ANSWER, End.DRIP))
    began = time.monotonic()
    with pytest.raises(module.UncertainWriteError, match="did not answer within 1 seconds"):
        connect(proxy, timeout=PATIENCE).create_action(module.WIPE, {"deviceUids": ["x"]})
    assert time.monotonic() - began < 2 * PATIENCE
    assert len(proxy.calls) == 1


def test_an_answer_that_drips_in_time_is_one(wipe: Any) -> None:
    with listening(dripping(head(len(ANSWER)) + ANSWER)) as server:
        assert wipe(server, timeout=20)


def test_a_slow_answer_leaves_the_next_call_its_time(module: Any, connect: Any) -> None:
    """On the same connection, whose last time-out was what had been left of the first call's time."""

    def twice(server: Peer, connection: socket.socket) -> None:
        for wait in (0.8, 0.5):
            server.read_request(connection)
            server.over.wait(wait)
            connection.sendall(head(len(ANSWER)) + ANSWER)

    with listening(twice) as server:
        client = connect(f"http://127.0.0.1:{server.port}", timeout=PATIENCE)
        assert [client.call(module.GET_MESSAGE, uid) for uid in "xy"]
    assert len(server.bodies) == 2


def packed(missing: int) -> bytes:
    """A compressed answer without its last bytes; eight are its checksum and length."""
    return gzip.compress(json.dumps({"data": {"requestUid": "u", "filler": [n * n for n in range(99)]}}).encode())[:-missing]


@pytest.mark.parametrize("missing", [1, 8])
def test_a_compressed_answer_counts_when_its_json_is_whole(missing: int, wipe: Any) -> None:
    answer = packed(missing)
    with listening(answering(head(len(answer), "Content-Encoding: gzip") + answer)) as server:
        assert wipe(server) == "u"


@pytest.mark.parametrize("missing", [20, 60])
def test_a_compressed_answer_that_is_cut_off_is_none(missing: int, module: Any, wipe: Any) -> None:
    answer = packed(missing)
    with (
        listening(answering(head(len(answer), "Content-Encoding: gzip") + answer)) as server,
        pytest.raises(module.UncertainWriteError, match="cut off or is not JSON"),
    ):
        wipe(server)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("location", ["http://[::1/", "https://api.example.com:99999/", "http://"])
def test_the_address_of_a_redirect_is_not_looked_at(
    location: str, module: Any, wipe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "other.example.com")
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with listening(answering(answer)) as server, pytest.raises(module.UncertainWriteError, match=r"\(302\) was not the API's"):
        wipe(server)
    assert len(server.bodies) == 1
