"""How a client goes out is decided when it is made: what happens in the process later counts no more."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_absolute import LocalTenant
from network.relaying_proxy import RelayingProxy

NOWHERE = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def answers(module: Any, client: Any) -> bool:
    return bool(client.call(module.GET_DEVICES, params=[("pageSize", "1")])["data"])


def set_all(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], value: str) -> None:
    for name in names:
        monkeypatch.setenv(name, value)


class TestProxy:
    @pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", *PROXIES])
    def test_the_box_is_off(
        self, name: str, module: Any, connect: Callable[..., Any], tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, NOWHERE)
        client = connect(tenant.url)
        assert answers(module, client)
        assert os.environ[name] == NOWHERE, "others may need it"

    @pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "http_proxy"])
    def test_the_box_is_on(
        self, name: str, module: Any, connect: Any, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with RelayingProxy(tenant.url) as proxy:
            monkeypatch.setenv(name, proxy.url.removeprefix("http://"))
            assert answers(module, connect(tenant.url, proxy=True))
            assert proxy.calls == ["GET /v3/reporting/devices"]

    @pytest.mark.parametrize("no_proxy", ["127.0.0.1", "127.0.0.0/8", "*"])
    def test_no_proxy_is_minded(
        self, no_proxy: str, module: Any, connect: Any, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_all(monkeypatch, PROXIES, NOWHERE)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        assert answers(module, connect(tenant.url, proxy=True))

    @pytest.mark.parametrize(
        ("no_proxy", "direct"),
        [
            ("api.absolute.com:443", True),
            ("x.example.com, *.absolute.com", True),
            (".absolute.com:443,192.0.2.1", True),
            ("api.absolute.com:8443", False),
            ("*.example.com", False),
            ("absolute.com.example.com:443", False),
        ],
    )
    def test_no_proxy_with_ports_and_wildcards(
        self, no_proxy: str, direct: bool, module: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        assert module.system_proxy("https://api.absolute.com") == ("" if direct else NOWHERE)

    def test_no_proxy_with_the_port_of_an_address(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", NOWHERE)
        monkeypatch.setenv("no_proxy", "127.0.0.1:8080")
        assert module.system_proxy("http://127.0.0.1:8080") == ""
        assert module.system_proxy("http://127.0.0.1:8081") == NOWHERE

    def test_what_happens_later_changes_nothing(
        self, module: Any, connect: Any, make_proxy: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = make_proxy()
        client = connect(proxy)
        module.BaseClient("https://api.example.com", verify=False, proxy=False)
        set_all(monkeypatch, ("NO_PROXY", "no_proxy"), "*")
        assert answers(module, client)
        monkeypatch.setenv("https_proxy", NOWHERE)
        assert answers(module, client)
        assert len(proxy.calls) == 2

    @pytest.mark.parametrize(
        "proxy", ["http://user:hunter2@[x", "ftp://user:hunter2@proxy.example.com", "socks5://user:hunter2@p"]
    )
    def test_one_that_cannot_be_used_is_refused_before_anything_is_sent(
        self, proxy: str, module: Any, connect: Any, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_all(monkeypatch, PROXIES, proxy)
        with pytest.raises(module.ArgumentError, match="Use system proxy settings: the proxy that the environment names") as no:
            connect(tenant.url, proxy=True)
        assert "hunter2" not in str(no.value)

    def test_a_password_of_a_netrc_file_does_not_go_along(
        self, module: Any, connect: Any, tenant: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """requests would add it as an Authorization header."""
        file = tmp_path / "netrc"
        file.write_text("machine 127.0.0.1 login operator password hunter2\n")
        monkeypatch.setenv("NETRC", str(file))
        client = connect(tenant.url)
        assert client._session.prepare_request(module.requests.Request("POST", tenant.url)).headers.get("Authorization") is None


class TestCertificates:
    @pytest.mark.parametrize("name", BUNDLES)
    def test_a_bundle_of_the_environment(
        self, name: str, module: Any, connect: Any, make_tunnel: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = make_tunnel()
        for key, value in proxy.environment().items():
            monkeypatch.setenv(key, value)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        monkeypatch.setenv(name, str(proxy.certificate))
        client = module.Client(proxy.server_url, "t", module.symmetric_key("s"), proxy=True)
        monkeypatch.delenv(name)
        with pytest.raises(module.ApiError, match="401"):
            client.call(module.GET_DEVICES)

    def test_one_that_came_later_does_not_count(
        self, module: Any, connect: Any, make_tunnel: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = make_tunnel()
        for key, value in proxy.environment().items():
            monkeypatch.setenv(key, value)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        client = module.Client(proxy.server_url, "t", module.symmetric_key("s"), proxy=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(proxy.certificate))
        with pytest.raises(module.TransportError, match="could not be verified"):
            client.call(module.GET_DEVICES)

    def test_any_certificate(self, module: Any, connect: Any, make_tunnel: Any, tmp_path: Path) -> None:
        """Whatever the bundle says, which stays for the others."""
        proxy = make_tunnel()
        client = connect(proxy, verify=False)
        assert os.environ["REQUESTS_CA_BUNDLE"] == str(proxy.certificate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", module.urllib3.exceptions.InsecureRequestWarning)
            assert answers(module, client)

    def test_a_client_that_trusts_any_takes_it_from_nobody(self, module: Any, connect: Any, make_tunnel: Any) -> None:
        careful = connect(make_tunnel())
        connect(make_tunnel(), verify=False)
        assert answers(module, careful)

    @pytest.mark.parametrize("name", BUNDLES)
    def test_a_bundle_that_is_not_there_is_refused_before_anything_is_sent(
        self, name: str, module: Any, connect: Any, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "/nowhere.pem")
        with pytest.raises(module.ArgumentError, match=f'{name}: the environment names "/nowhere.pem"'):
            connect(tenant.url)
        assert tenant.requests == []

    def test_one_that_is_no_bundle(self, module: Any, connect: Any, make_tunnel: Any, tmp_path: Path) -> None:
        client = connect(make_tunnel())
        client._verify = str(tmp_path / "empty.pem")
        Path(client._verify).write_text("no certificate")
        with pytest.raises(module.ExplainedError) as no:
            client.call(module.REMOVE_FREEZE, body={})
        assert not no.value.uncertain


class TestTimeout:
    @pytest.mark.parametrize("text", ["5", "5=", "0.5", "soon", ""])
    def test_the_parameter_of_the_instance_wins(
        self, text: str, module: Any, connect: Any, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_TIMEOUT", text)
        assert connect(tenant.url, timeout=60).timeout == 60
        assert os.environ["REQUESTS_TIMEOUT"] == text


class TestWhatIsLentIsPutBack:
    def test_deleted_and_changed(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "a")
        monkeypatch.setenv("HTTPS_PROXY", "b")
        monkeypatch.setenv("REQUESTS_TIMEOUT", "60=")
        before = dict(os.environ)
        with module.environment_put_back():
            assert os.environ["REQUESTS_TIMEOUT"] == "60"
            del os.environ["HTTP_PROXY"]
            os.environ["HTTPS_PROXY"] = "http://b"
        assert dict(os.environ) == before

    def test_after_a_failure_too(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "a")

        def fail() -> None:
            with module.environment_put_back():
                del os.environ["HTTP_PROXY"]
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert os.environ["HTTP_PROXY"] == "a"
