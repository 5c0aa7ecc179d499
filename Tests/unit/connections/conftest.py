"""Clients on real connections: directly, through a tunnel, and through a plain proxy.

The platform's modules can be imported only when pytest has been configured, which is after this file was read.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from local_absolute import LocalTenant, Token
from network.certificates import make_certificate
from network.relaying_proxy import RelayingProxy

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle", "requests_timeout")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client's module, which makes no pauses between attempts; and nothing is in the environment."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    module = importlib.import_module("AbsoluteClientApiModule")
    monkeypatch.setattr(module, "BACKOFF_SECONDS", 0)
    return module


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def connect(module: Any, token: Token, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A client through a proxy, which becomes that of the system, or directly to an address."""

    def make(to: RelayingProxy | str, **options: Any) -> Any:
        url, proxied = (to, False) if isinstance(to, str) else (to.server_url, True)
        for name, value in ({} if isinstance(to, str) else to.environment()).items():
            monkeypatch.setenv(name, value)
        return module.Client(
            url, token.id, module.symmetric_key(str(token.secret)), **{"proxy": proxied, "timeout": 20, **options}
        )

    return make


@pytest.fixture(params=["tunnel", "plain"])
def make_proxy(request: pytest.FixtureRequest, tenant: LocalTenant, certificate: Path) -> Iterator[Callable[..., RelayingProxy]]:
    """A proxy in front of the tenant, of either kind."""
    with ExitStack() as stack:

        def make(**options: Any) -> RelayingProxy:
            way = certificate if request.param == "tunnel" else None
            return stack.enter_context(RelayingProxy(tenant.url, way, **options))

        yield make


@pytest.fixture
def make_tunnel(tenant: LocalTenant, certificate: Path) -> Iterator[Callable[..., RelayingProxy]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(RelayingProxy(tenant.url, certificate, **options))
