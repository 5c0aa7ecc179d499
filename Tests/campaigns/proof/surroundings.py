"""What stands between the integration and the API when no call arrives there: for faults that no tenant can produce."""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PROXY_PASSWORD = "hunter2-of-the-proxy"


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
        self._server.socket = self_signed_context().wrap_socket(self._server.socket, server_side=True)
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


def self_signed_context() -> ssl.SSLContext:
    """TLS for 127.0.0.1, with a new key that nobody trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context.load_cert_chain(path)
    return context


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
    address = f"http://operator:{PROXY_PASSWORD}@127.0.0.1:{closed_port()}"
    names = {name: address for scheme in ("http", "https") for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")}
    with mock.patch.dict(os.environ, {**names, "no_proxy": "", "NO_PROXY": ""}):
        yield {"proxy": True}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


SURROUNDINGS = (
    Surrounding("c", "certificate", "the server's certificate does not verify", untrusted, "could not be verified"),
    Surrounding("n", "nobody listens", "connections are refused", refused, "could not be reached"),
    Surrounding("p", "dead proxy", "the system proxy is down", dead_proxy, "the system proxy did not let the request through"),
)
