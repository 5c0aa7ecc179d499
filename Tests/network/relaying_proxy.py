"""A proxy on loopback that relays signed calls to one server, and fails when it is told to.

It is asked for a tunnel (CONNECT), in which it ends TLS itself as an inspecting proxy does, or gets plain requests with whole
addresses. Either way it sees the calls, so that a fault can be meant for one of them:

    with RelayingProxy(tenant.url, certificate) as proxy:
        proxy.faults.append(ProxyFault(Moment.ANSWER, End.RST, when="POST /v3/actions/requests/wipe"))
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from network.certificates import tls

DRIP_SECONDS = 0.05
END_OF_HEAD = b"\r\n\r\n"


class Moment(Enum):
    """When a fault happens. The first two know no call yet."""

    TUNNEL = "it is asked for a tunnel"
    HANDSHAKE = "TLS begins in the tunnel"
    REQUEST = "half of the request has come"
    RELAY = "the request has come, and is not relayed"
    ANSWER = "the server has answered, and the answer is not passed on"
    HALF = "half of the answer is passed on"


class End(Enum):
    """What becomes of the connection then."""

    FIN = "it is closed"
    RST = "it is reset"
    SILENCE = "nothing more is said"
    DRIP = "bytes come one by one, without an end"


@dataclass
class ProxyFault:
    """Happens at a moment, to the next `times` calls or tunnels (None = all) after `skip`.

    Attributes:
        end: What becomes of the connection, or the status with which the proxy answers by itself.
        when: "METHOD /v3/path-prefix" of the calls that are meant; "" for any.
    """

    moment: Moment
    end: End | int
    when: str = ""
    times: int | None = None
    skip: int = 0
    hits: int = field(default=0, init=False)

    def happens(self, moment: Moment, call: str) -> bool:
        if moment is not self.moment or not call.startswith(self.when) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times = None if self.times is None else self.times - 1
        self.hits += 1
        return True


class EndedError(Exception):
    """The connection ends here."""

    def __init__(self, end: End | int) -> None:
        super().__init__(end)
        self.end = end


class RelayingProxy:
    """Listens on `port` until stopped.

    Attributes:
        certificate: For tunnels, made by `make_certificate`; without one there are none.
        credentials: "user:password" that it wants; 407 without them.
        keep_alive: Whether connections are kept for further calls.
        calls: The calls that came, as "METHOD /v3/path"; `tunnels` counts those that were asked for.
    """

    def __init__(
        self,
        upstream: str,
        certificate: Path | None = None,
        credentials: str = "",
        keep_alive: bool = True,
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "", parts.port or 80)
        self._tls = tls(certificate) if certificate else None
        self.certificate = certificate
        self.credentials = credentials
        self.keep_alive = keep_alive
        self.faults: list[ProxyFault] = []
        self.calls: list[str] = []
        self.tunnels = 0
        self._open: set[socket.socket] = set()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.credentials}{'@' if self.credentials else ''}127.0.0.1:{self.port}"

    @property
    def server_url(self) -> str:
        """The server behind it, as clients have to name it."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._upstream[1]}"

    def environment(self) -> dict[str, str]:
        """The variables of a process whose system proxy this is."""
        names = {name: self.url for scheme in ("http", "https") for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")}
        bundle = {"REQUESTS_CA_BUNDLE": str(self.certificate)} if self.certificate else {}
        return {**names, **bundle, "no_proxy": "", "NO_PROXY": ""}

    def __enter__(self) -> RelayingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream: socket.socket = connection
        try:
            for head in self._heads(connection):
                self._check_credentials(head)
                if head.startswith(b"CONNECT "):
                    stream = self._tunnel(connection)
                    for inner in self._heads(stream):
                        self._relay(stream, inner)
                    return
                self._relay(stream, head)
        except EndedError as ended:
            with contextlib.suppress(OSError):
                self._end(stream, ended.end)
        except OSError:
            """The client has gone, or all is over."""
        finally:
            with self._lock:
                self._open.discard(stream)
            stream.close()
            connection.close()

    def _heads(self, stream: socket.socket) -> Iterator[bytes]:
        """The head of each request on a connection, until the client closes it."""
        with self._lock:
            self._open.add(stream)
        while not self._over.is_set():
            head = b""
            while not head.endswith(END_OF_HEAD):
                byte = stream.recv(1)
                if not byte:
                    return
                head += byte
            yield head

    def _check_credentials(self, head: bytes) -> None:
        wanted = b"Proxy-Authorization: Basic " + base64.b64encode(self.credentials.encode())
        if self.credentials and wanted.lower() not in head.lower():
            raise EndedError(407)

    def _tunnel(self, connection: socket.socket) -> socket.socket:
        self.tunnels += 1
        self._fail(Moment.TUNNEL)
        if self._tls is None:
            raise EndedError(405)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if fault := self._fault(Moment.HANDSHAKE):
            connection.recv(1)  # the client has begun
            raise EndedError(fault.end)
        with self._lock:
            self._open.discard(connection)
        return self._tls.wrap_socket(connection, server_side=True)

    def _relay(self, stream: socket.socket, head: bytes) -> None:
        """One call, and its answer as the server gave it."""
        body = b""
        while b"." not in body:
            body += self._receive(stream, 1)
        call = called(body)
        self.calls.append(call)
        self._fail(Moment.REQUEST, call)
        body += self._receive(stream, length_of(head) - len(body))
        self._fail(Moment.RELAY, call)
        answer = self._ask(body)
        self._fail(Moment.ANSWER, call)
        if fault := self._fault(Moment.HALF, call):
            stream.sendall(answer[: len(answer) // 2])
            raise EndedError(fault.end)
        answer_head, _, content = answer.partition(END_OF_HEAD)
        whole = b"transfer-encoding" not in answer_head.lower() and length_of(answer_head) == len(content)
        if whole and self.keep_alive:
            lines = [line for line in answer_head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            stream.sendall(b"\r\n".join(lines) + END_OF_HEAD + content)
        else:
            stream.sendall(answer)
            raise EndedError(End.FIN)

    @staticmethod
    def _receive(stream: socket.socket, size: int) -> bytes:
        received = b""
        while len(received) < size:
            piece = stream.recv(size - len(received))
            if not piece:
                raise EndedError(End.FIN)
            received += piece
        return received

    def _ask(self, body: bytes) -> bytes:
        """The server's answer to a signed call, to its last byte. Raises EndedError when its connection ends before the first:
        the client's ends in the same way."""
        answer, end = b"", End.FIN
        try:
            with socket.create_connection(self._upstream) as server:
                lines = ("POST /jws/validate HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", "Connection: close")
                server.sendall("\r\n".join(lines).encode() + END_OF_HEAD + body)
                while piece := server.recv(2**20):
                    answer += piece
        except ConnectionError:
            end = End.RST
        if not answer:
            raise EndedError(end)
        return answer

    def _fault(self, moment: Moment, call: str = "") -> ProxyFault | None:
        with self._lock:
            return next((fault for fault in self.faults if fault.happens(moment, call)), None)

    def _fail(self, moment: Moment, call: str = "") -> None:
        if fault := self._fault(moment, call):
            raise EndedError(fault.end)

    def _end(self, stream: Any, end: End | int) -> None:
        """Ends a connection, whose socket is closed after it."""
        if isinstance(end, int):
            stream.sendall(refusal(end))
        elif end is End.RST:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif end is End.SILENCE:
            self._over.wait()
        elif end is End.DRIP:
            for byte in b"HTTP/1.1 200 OK\r\nX-Drip: " + b"." * 60_000:
                stream.sendall(bytes([byte]))
                if self._over.wait(DRIP_SECONDS):
                    return


def refusal(status: int) -> bytes:
    """The error page of a proxy."""
    page = f"<html><body>Proxy: {HTTPStatus(status).phrase}</body></html>"
    wants = (
        'Proxy-Authenticate: Basic realm="proxy.example.com"\r\n' if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED else ""
    )
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/html\r\n{wants}Via: 1.1 proxy.example.com"
    return f"{head}\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n{page}".encode()


def called(jws: bytes) -> str:
    """The call in a compact JWS, whose header tells it, as "METHOD /v3/path"."""
    header = jws.partition(b".")[0]
    said = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    return f"{said['method']} {said['uri']}"


def length_of(head: bytes) -> int:
    """Content-Length of a request or an answer; 0 without one."""
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)
