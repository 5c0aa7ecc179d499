"""A proxy on loopback that relays signed calls to one server, and fails when it is told to.

It is asked for a tunnel (CONNECT), in which it ends TLS itself as an inspecting proxy does, or gets plain requests with whole
addresses. Either way it sees the calls.

    with RelayingProxy(tenant.url, certificate) as proxy:
        proxy.faults.append(ProxyFault(Moment.ANSWER, End.RST))
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from enum import Enum
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    """Happens at a moment, to the next `times` calls or tunnels (None = all). `end`: what becomes of the connection, or the
    status with which the proxy answers by itself."""

    moment: Moment
    end: End | int
    times: int | None = None

    def happens(self, moment: Moment) -> bool:
        if moment is not self.moment or self.times == 0:
            return False
        self.times = None if self.times is None else self.times - 1
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
        calls: The calls that came, as "METHOD /v3/path"; `tunnels` counts those that were asked for.
    """

    def __init__(self, upstream: str, certificate: Path | None = None, credentials: str = "") -> None:
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname or "", parts.port or 80)
        self.tls = tls(certificate) if certificate else None
        self.certificate = certificate
        self.credentials = credentials
        self.faults: list[ProxyFault] = []
        self.calls: list[str] = []
        self.tunnels = 0
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", 0), partial(Connection, self))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.credentials}{'@' if self.credentials else ''}127.0.0.1:{self.port}"

    @property
    def server_url(self) -> str:
        """The server behind it, as clients have to name it."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.upstream[1]}"

    def environment(self) -> dict[str, str]:
        """The variables of a process whose system proxy this is."""
        names = {name: self.url for scheme in ("http", "https") for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")}
        bundle = {"REQUESTS_CA_BUNDLE": str(self.certificate)} if self.certificate else {}
        return {**names, **bundle, "no_proxy": "", "NO_PROXY": ""}

    def fault(self, moment: Moment) -> ProxyFault | None:
        with self._lock:
            return next((fault for fault in self.faults if fault.happens(moment)), None)

    def fail(self, moment: Moment) -> None:
        """Raises: EndedError where a fault is meant to happen."""
        if fault := self.fault(moment):
            raise EndedError(fault.end)

    def __enter__(self) -> RelayingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Server(ThreadingHTTPServer):
    """Leaves it to each connection how it ends."""

    def shutdown_request(self, request: Any) -> None:
        request.close()


class Connection(BaseHTTPRequestHandler):
    """One connection of a client, whose requests go on inside of the tunnel that one of them asks for."""

    protocol_version = "HTTP/1.1"

    def __init__(self, proxy: RelayingProxy, *connected: Any) -> None:
        self._proxy = proxy
        super().__init__(*connected)

    def handle(self) -> None:
        try:
            super().handle()
        except EndedError as ended:
            with contextlib.suppress(OSError):
                self._end(ended.end)
        except OSError:
            """The client has gone, or all is over."""

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Says nothing: clients break off here all the time."""

    def do_CONNECT(self) -> None:
        self._check_credentials()
        self._proxy.tunnels += 1
        self._proxy.fail(Moment.TUNNEL)
        if self._proxy.tls is None:
            raise EndedError(405)
        self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if fault := self._proxy.fault(Moment.HANDSHAKE):
            self.connection.recv(1)  # the client has begun
            raise EndedError(fault.end)
        self.connection = self._proxy.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.close_connection = False

    def do_POST(self) -> None:
        """One call, and its answer as the server gave it."""
        if not isinstance(self.connection, ssl.SSLSocket):
            self._check_credentials()
        body = b""
        while b"." not in body:
            body += self._receive(1)
        self._proxy.calls.append(called(body))
        self._proxy.fail(Moment.REQUEST)
        body += self._receive(int(self.headers["Content-Length"]) - len(body))
        self._proxy.fail(Moment.RELAY)
        answer = self._ask(body)
        self._proxy.fail(Moment.ANSWER)
        if fault := self._proxy.fault(Moment.HALF):
            self.connection.sendall(answer[: len(answer) // 2])
            raise EndedError(fault.end)
        head, _, content = answer.partition(END_OF_HEAD)
        if is_whole(head, content):
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
            self.connection.sendall(b"\r\n".join(lines) + END_OF_HEAD + content)
        else:
            self.connection.sendall(answer)
            raise EndedError(End.FIN)

    def _check_credentials(self) -> None:
        wanted = f"Basic {base64.b64encode(self._proxy.credentials.encode()).decode()}"
        if self._proxy.credentials and self.headers["Proxy-Authorization"] != wanted:
            raise EndedError(407)

    def _receive(self, size: int) -> bytes:
        received = self.rfile.read(size)
        if len(received) < size:
            raise EndedError(End.FIN)
        return received

    def _ask(self, body: bytes) -> bytes:
        """The server's answer to a signed call, to its last byte. Raises EndedError when its connection ends before the first:
        the client's ends in the same way."""
        answer, end = b"", End.FIN
        try:
            with socket.create_connection(self._proxy.upstream) as server:
                lines = ("POST /jws/validate HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", "Connection: close")
                server.sendall("\r\n".join(lines).encode() + END_OF_HEAD + body)
                while piece := server.recv(2**20):
                    answer += piece
        except ConnectionError:
            end = End.RST
        if not answer:
            raise EndedError(end)
        return answer

    def _end(self, end: End | int) -> None:
        if isinstance(end, int):
            self.connection.sendall(refusal(end))
        elif end is End.RST:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif end is End.SILENCE:
            self._proxy.over.wait()
        elif end is End.DRIP:
            for byte in b"HTTP/1.1 200 OK\r\nX-Drip: " + b"." * 60_000:
                self.connection.sendall(bytes([byte]))
                if self._proxy.over.wait(DRIP_SECONDS):
                    return


def refusal(status: int) -> bytes:
    """The error page of a proxy."""
    page = f"<html><body>Proxy: {HTTPStatus(status).phrase}</body></html>"
    wants = 'Proxy-Authenticate: Basic realm="proxy.example.com"\r\n' if status == 407 else ""
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/html\r\n{wants}Via: 1.1 proxy.example.com"
    return f"{head}\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n{page}".encode()


def called(jws: bytes) -> str:
    """The call in a compact JWS, whose header tells it, as "METHOD /v3/path"."""
    header = jws.partition(b".")[0]
    said = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    return f"{said['method']} {said['uri']}"


def is_whole(head: bytes, content: bytes) -> bool:
    """Whether an answer is as long as it says, so that its connection can be kept."""
    length = re.search(rb"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
    return b"transfer-encoding" not in head.lower() and int(length[1] if length else 0) == len(content)
