"""What stands between the integration and the API when no call arrives there: for faults that no tenant can produce."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

from network.certificates import make_certificate, tls
from network.relaying_proxy import End, Moment, ProxyFault, RelayingProxy
from network.routes import CREDENTIALS


@dataclass(frozen=True)
class Surrounding:
    """`enter` gives the parameters of an instance in it; `said` is a part of every error there."""

    letter: str
    name: str
    what: str
    enter: Callable[[], AbstractContextManager[dict[str, str | bool]]]
    said: str


class TlsServer:
    """Answers 503 to everything over TLS, with a certificate that it made itself a moment ago. `received` are the bodies."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response_only(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

        class Server(HTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Says nothing: that clients break off is what this server is for."""

        self._server = Server(("127.0.0.1", 0), Handler)
        with tempfile.TemporaryDirectory() as folder:
            context = tls(make_certificate(Path(folder)))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> TlsServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def untrusted() -> Iterator[dict[str, str | bool]]:
    with TlsServer() as server:
        yield {"url": server.url}
        if server.received:
            raise AssertionError(f"{len(server.received)} requests were sent to a server that nobody trusts")


@contextmanager
def refused() -> Iterator[dict[str, str | bool]]:
    yield {"url": f"http://127.0.0.1:{closed_port()}"}


@contextmanager
def dead_proxy() -> Iterator[dict[str, str | bool]]:
    address = f"http://{CREDENTIALS}@127.0.0.1:{closed_port()}"
    names = {name: address for scheme in ("http", "https") for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")}
    with mock.patch.dict(os.environ, {**names, "no_proxy": "", "NO_PROXY": ""}):
        yield {"proxy": True}


@contextmanager
def no_tunnel(end: End | int) -> Iterator[dict[str, str | bool]]:
    """Through a proxy that ends each tunnel before it stands."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RelayingProxy(f"http://127.0.0.1:{closed_port()}", make_certificate(Path(folder)), CREDENTIALS) as proxy,
        mock.patch.dict(os.environ, proxy.environment()),
    ):
        proxy.faults.append(ProxyFault(Moment.TUNNEL, end))
        yield {"url": proxy.server_url, "proxy": True}
        if proxy.calls:
            raise AssertionError(f"{len(proxy.calls)} calls went through a tunnel that never stood")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


NOT_THROUGH = "the system proxy did not let the request through"
SURROUNDINGS = (
    Surrounding("c", "certificate", "the server's certificate does not verify", untrusted, "could not be verified"),
    Surrounding("n", "nobody listens", "connections are refused", refused, "could not be reached"),
    Surrounding("p", "dead proxy", "the system proxy is down", dead_proxy, NOT_THROUGH),
    Surrounding(
        "q",
        "tunnel 407",
        "the system proxy wants other credentials",
        partial(no_tunnel, 407),
        f"{NOT_THROUGH} to 127.0.0.1 (407)",
    ),
    Surrounding(
        "r",
        "tunnel 403",
        "the system proxy does not allow the address",
        partial(no_tunnel, 403),
        f"{NOT_THROUGH} to 127.0.0.1 (403)",
    ),
    Surrounding(
        "s", "tunnel 502", "the system proxy cannot reach the API", partial(no_tunnel, 502), f"{NOT_THROUGH} to 127.0.0.1 (502)"
    ),
    Surrounding(
        "t",
        "tunnel closed",
        "the system proxy closes when asked for a tunnel",
        partial(no_tunnel, End.FIN),
        "broke while it was made",
    ),
    Surrounding(
        "u",
        "tunnel reset",
        "the system proxy resets when asked for a tunnel",
        partial(no_tunnel, End.RST),
        "broke while it was made",
    ),
)
