"""The ways in which a client reaches a server: directly, through a tunnel (CONNECT with TLS), through a plain proxy."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from unittest import mock

from network.certificates import make_certificate
from network.relaying_proxy import RelayingProxy

PROXY_PASSWORD = "hunter2-of-the-proxy"
CREDENTIALS = f"operator:{PROXY_PASSWORD}"


class Route(Enum):
    DIRECT = "directly"
    TUNNEL = "through a tunnel"
    PLAIN = "through a plain proxy"


@contextmanager
def routed(url: str, route: Route) -> Iterator[dict[str, str | bool]]:
    """While it is open, this is the way to the server: gives the parameters of an instance that takes it. Proxies want
    credentials."""
    if route is Route.DIRECT:
        yield {"url": url}
        return
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder)) if route is Route.TUNNEL else None
        with RelayingProxy(url, certificate, CREDENTIALS) as proxy, mock.patch.dict(os.environ, proxy.environment()):
            yield {"url": proxy.server_url, "proxy": True}
