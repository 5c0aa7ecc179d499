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
from pathlib import Path
from unittest import mock

from network.certificates import make_certificate, tls
from network.relaying_proxy import End, Moment, ProxyFault, RelayingProxy
from network.routes import CREDENTIALS
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server


@dataclass(frozen=True)
class Surrounding:
    """`enter` gives the parameters of an instance in it; `said` is a part of every error there."""

    letter: str
    name: str
    what: str
    enter: Callable[[], AbstractContextManager[dict[str, str | bool]]]
    said: str


class Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Says nothing: that clients break off is what its server is for."""


@contextmanager
def untrusted_server() -> Iterator[tuple[str, list[Request]]]:
    """Its URL and what it receives: it answers 503 over TLS, with a certificate that it made itself a moment ago."""
    received: list[Request] = []

    @Request.application
    def answer(request: Request) -> Response:
        received.append(request)
        return Response(status=503)

    with tempfile.TemporaryDirectory() as folder:
        context = tls(make_certificate(Path(folder)))
    server = make_server("127.0.0.1", 0, answer, request_handler=Silent, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def untrusted() -> Iterator[dict[str, str | bool]]:
    with untrusted_server() as (url, received):
        yield {"url": url}
        if received:
            raise AssertionError(f"{len(received)} requests were sent to a server that nobody trusts")


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
    *(
        Surrounding(letter, f"tunnel {name}", f"the system proxy {what}", partial(no_tunnel, end), said)
        for letter, name, what, end, said in (
            ("q", "407", "wants other credentials", 407, f"{NOT_THROUGH} to 127.0.0.1 (407)"),
            ("r", "403", "does not allow the address", 403, f"{NOT_THROUGH} to 127.0.0.1 (403)"),
            ("s", "502", "cannot reach the API", 502, f"{NOT_THROUGH} to 127.0.0.1 (502)"),
            ("t", "closed", "closes when asked for a tunnel", End.FIN, "broke while it was made"),
            ("u", "reset", "resets when asked for a tunnel", End.RST, "broke while it was made"),
        )
    ),
)
