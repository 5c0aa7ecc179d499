"""Servers and proxies on loopback that hang up, or say nothing, at a chosen moment."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[["Peer", Any], None]
PATIENCE = 0.2  # seconds that a client waits for one that says nothing


@dataclass
class Peer:
    """What listens on `port`. `bodies` are the bodies of requests that arrived whole."""

    port: int
    bodies: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def read_request(self, connection: Any) -> bytes:
        """The head of a request; its body, if it has one, is kept."""
        head, _, rest = read_to(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        while len(rest) < length:
            rest += more(connection)
        if length:
            self.bodies.append(rest)
        return head


def read_to(connection: Any, end: bytes) -> bytes:
    found = b""
    while end not in found:
        found += more(connection)
    return found


def more(connection: Any) -> bytes:
    """What comes next. Raises ConnectionError when the other side has ended."""
    if not (piece := connection.recv(65536)):
        raise ConnectionError("The client hung up in the middle of its request.")
    return bytes(piece)


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_nothing(peer: Peer, connection: Any) -> None:
    """Accept, and wait for the end of the test."""
    peer.over.wait()


def hang_up_when_spoken_to(peer: Peer, connection: Any) -> None:
    connection.recv(65536)


def answering(answer: bytes) -> Behaviour:
    def answer_once(peer: Peer, connection: Any) -> None:
        peer.read_request(connection)
        connection.sendall(answer)

    return answer_once


@contextmanager
def listening(behaviour: Behaviour) -> Iterator[Peer]:
    """Every connection is given to `behaviour` and closed after it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = Peer(server.getsockname()[1])

        def serve() -> None:
            while not peer.over.is_set():
                connection, _ = server.accept()
                with connection:
                    if not peer.over.is_set():
                        behaviour(peer, connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield peer
        peer.over.set()
        socket.create_connection(("127.0.0.1", peer.port)).close()  # wakes accept
        thread.join()
