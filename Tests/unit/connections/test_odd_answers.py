"""Answers at the edge of HTTP and beyond it: what changes something is sent once, and told as done, refused or unknown."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from AbsoluteClientApiModule import WIPE, ApiError, UncertainWriteError
from unit.library_behaviour.peers import answering, listening

UID = "c0ffee00-1111-4222-8333-444455556666"
BODY = f'{{"data": {{"requestUid": "{UID}"}}}}'.encode()
PACKED = gzip.compress(BODY, mtime=0)
OK = "HTTP/1.1 200 OK"
DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


def http(*head: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*head, "", ""]).encode() + body


def sized(body: bytes, *head: str, more: int = 0) -> bytes:
    return http(OK, *head, f"Content-Length: {len(body) + more}", body=body)


ANSWERS: dict[str, tuple[bytes, str]] = {
    "HTTP/1.0, until the end": (http("HTTP/1.0 200 OK", body=BODY), DONE),
    "HTTP/1.0, cut off": (http("HTTP/1.0 200 OK", body=BODY[:20]), UNKNOWN),
    "100 before it": (http("HTTP/1.1 100 Continue") + sized(BODY), DONE),
    "100 alone": (http("HTTP/1.1 100 Continue"), UNKNOWN),
    "101": (http("HTTP/1.1 101 Switching Protocols", "Upgrade: x"), UNKNOWN),
    "103 alone": (http("HTTP/1.1 103 Early Hints"), UNKNOWN),
    "102 and 103 before it": (http("HTTP/1.1 102 X") + http("HTTP/1.1 103 X", "Link: x") + sized(BODY), DONE),
    "chunks": (http(OK, "Transfer-Encoding: chunked", body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)), DONE),
    "chunks without the last": (http(OK, "Transfer-Encoding: chunked", body=b"%x\r\n%s\r\n" % (len(BODY), BODY)), UNKNOWN),
    "chunks of no size": (http(OK, "Transfer-Encoding: chunked", body=b"zz\r\n" + BODY), UNKNOWN),
    "gzip": (sized(PACKED, "Content-Encoding: gzip"), DONE),
    "gzip, cut in the middle": (sized(PACKED[: len(PACKED) // 2], "Content-Encoding: gzip"), UNKNOWN),
    "no deflate": (sized(BODY, "Content-Encoding: deflate"), UNKNOWN),
    "too long a length": (sized(BODY, more=9), UNKNOWN),
    "too short a length": (sized(BODY, more=-9), UNKNOWN),
    "two lengths": (sized(BODY, "Content-Length: 3"), UNKNOWN),
    "more than one JSON": (sized(BODY + b"x"), UNKNOWN),
    "another encoding": (sized(BODY.decode().encode("utf-16")), UNKNOWN),
    "no HTTP": (b"HELLO\r\n\r\n", UNKNOWN),
    "a status of nobody": (http("HTTP/1.1 99 X", "Content-Length: 0"), UNKNOWN),
    "200 heads": (http(OK, *(f"X-{number}: 1" for number in range(200)), f"Content-Length: {len(BODY)}", body=BODY), UNKNOWN),
    "204 where an object is due": (http("HTTP/1.1 204 No Content"), UNKNOWN),
    "a redirect for good": (http("HTTP/1.1 301 X", "Location: /jws/validate", "Content-Length: 0"), UNKNOWN),
    "a redirect to the outcome": (http("HTTP/1.1 303 X", "Location: /done", "Content-Length: 0"), UNKNOWN),
    "a page of its own": (sized(b"<html>Sign in</html>", "Content-Type: text/html", "Via: 1.1 proxy.example.com"), UNKNOWN),
    "a redirect that keeps the method": (http("HTTP/1.1 307 X", "Location: /jws/validate", "Content-Length: 0"), UNKNOWN),
    "a redirect to somebody else": (http("HTTP/1.1 308 X", "Location: http://127.0.0.1:1/", "Content-Length: 0"), UNKNOWN),
    "408": (http("HTTP/1.1 408 X", "Content-Length: 0", "Connection: close"), UNKNOWN),
    "421": (http("HTTP/1.1 421 X", "Content-Length: 0", "Connection: close"), REFUSED),
    "425": (http("HTTP/1.1 425 X", "Content-Length: 0", "Connection: close"), REFUSED),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_change_is_sent_once_and_told_as_it_is(name: str, connect: Any) -> None:
    answer, expected = ANSWERS[name]
    with listening(answering(answer)) as peer:
        client = connect(f"http://127.0.0.1:{peer.port}")
        try:
            assert client.create_action(WIPE, {"deviceUids": [UID]}) == UID
            told = DONE
        except UncertainWriteError:
            told = UNKNOWN
        except ApiError:
            told = REFUSED
        client._session.close()
    assert told == expected
    assert len(peer.bodies) == 1


OTHER = "0a0a0a0a-1111-4222-8333-000000000001"
LATE = 0.1
EARLIER: dict[str, tuple[bytes, bytes]] = {
    "informational": (http("HTTP/1.1 103 Early Hints"), sized(BODY)),
    "another protocol": (http("HTTP/1.1 101 Switching Protocols", "Upgrade: x"), sized(BODY)),
    "twice": (sized(BODY), sized(BODY)),
    "closed": (sized(BODY), b""),
}


@pytest.mark.parametrize("name", EARLIER)
def test_what_comes_late_is_no_answer_to_the_next_change(name: str, connect: Any) -> None:
    """Neither is a connection used that the server has closed meanwhile: the change would be told as unknown."""

    def behave(peer: Any, connection: Any) -> None:
        peer.read_request(connection)
        if len(peer.bodies) > 1:
            connection.sendall(sized(BODY.replace(UID.encode(), OTHER.encode())))
            return
        at_once, late = EARLIER[name]
        connection.sendall(at_once)
        peer.over.wait(LATE)
        connection.sendall(late)

    with listening(behave) as peer:
        client = connect(f"http://127.0.0.1:{peer.port}")
        told = []
        for _ in range(2):
            try:
                told.append(client.create_action(WIPE, {"deviceUids": [UID]}))
            except UncertainWriteError:
                told.append(UNKNOWN)
        client._session.close()
    assert told == [UNKNOWN if name == "another protocol" else UID, OTHER]
    assert len(peer.bodies) == 2
