"""Sending events to XSIAM and calling Absolute in one process: neither takes the way of the other."""

from __future__ import annotations

import gzip
import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from network.certificates import make_certificate, tls
from network.relaying_proxy import RelayingProxy
from unit.local_xsoar.platform_modules_support import Answer, Loopback, resolving

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of proxy and collector."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "api-localhost")


@pytest.fixture
def collector(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Takes every event. It is reached directly, by a certificate that only the bundle of the environment knows."""

    def take(*_: Any) -> Answer:
        return 200, {"Content-Type": "application/json"}, b'{"error": "false"}'

    with Loopback(take, tls(certificate)) as loopback, resolving("api-localhost"):
        fields = {"Http_Connector.token": "collector-token", "Http_Connector.url": f"localhost:{loopback.port}"}
        monkeypatch.setattr(importlib.import_module("demistomock"), "getLicenseCustomField", fields.get, raising=False)
        yield loopback


@pytest.fixture
def deliver(module: Any) -> Callable[[list[str]], None]:
    return importlib.import_module("AbsoluteDeliveryApiModule").XsiamOutlet().deliver


def received(collector: Loopback) -> list[bytes]:
    return [gzip.decompress(body) for *_, body in collector.requests]


@pytest.mark.parametrize("verify", [True, False], ids=["checked", "any certificate"])
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_fetch_through_the_proxy_stays_there(
    verify: bool, module: Any, connect: Any, make_tunnel: Any, collector: Loopback, deliver: Any
) -> None:
    proxy: RelayingProxy = make_tunnel()
    client = connect(proxy, verify=verify)
    before = dict(os.environ)
    for line in ("{}", '{"id": 1}'):
        assert client.call(module.GET_DEVICES)["data"]
        deliver([line])
    assert client.call(module.GET_DEVICES)["data"]
    assert len(proxy.calls) == 3
    assert received(collector) == [b"{}", b'{"id": 1}']
    assert dict(os.environ) == before


def test_without_the_box_the_proxy_is_asked_by_nobody(
    module: Any, connect: Any, tenant: Any, certificate: Path, collector: Loopback, deliver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("REQUESTS_TIMEOUT", "60=")
    client = connect(tenant.url)
    deliver(["{}"])
    assert client.call(module.GET_DEVICES)["data"]
    assert received(collector) == [b"{}"]
    assert os.environ["HTTPS_PROXY"] == "http://127.0.0.1:9"
