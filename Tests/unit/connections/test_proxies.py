"""Through proxies: a write is sent at most once, and that nothing was sent is said only when nothing was."""

import time
from pathlib import Path
from typing import Any

import pytest
from AbsoluteClientApiModule import GET_DEVICES, WIPE, Client, TransportError, UncertainWriteError
from local_absolute import LocalTenant
from network.certificates import make_certificate
from network.relaying_proxy import End, Moment, ProxyFault

WIPES = "POST /v3/actions/requests/wipe"
ENDS = [End.FIN, End.RST]
PATIENCE = 1  # seconds: the shortest that an attempt gets


def wipe(client: Client, tenant: LocalTenant) -> str:
    return client.create_action(WIPE, {"deviceUids": [tenant.devices.by_name("LAB-0001")["deviceUid"]]})


class TestThroughAProxy:
    def test_calls_go_through(self, make_proxy: Any, connect: Any, tenant: LocalTenant) -> None:
        proxy = make_proxy()
        client = connect(proxy)
        assert wipe(client, tenant) == tenant.actions.requests("wipe")[0].uid
        assert client.call(GET_DEVICES, params=[("pageSize", "1")])["data"]
        assert proxy.calls == [WIPES, "GET /v3/reporting/devices"]
        assert proxy.tunnels <= 1, "connections are kept"

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize("moment", [Moment.REQUEST, Moment.RELAY])
    def test_a_request_that_the_proxy_drops_may_have_arrived(
        self, moment: Moment, end: End, make_proxy: Any, connect: Any, tenant: LocalTenant
    ) -> None:
        proxy = make_proxy()
        proxy.faults.append(ProxyFault(moment, end))
        with pytest.raises(UncertainWriteError, match=r"was not sent again. Look with absolute-wipe-request-list") as unknown:
            wipe(connect(proxy), tenant)
        assert "The request went through the system proxy." in str(unknown.value)
        assert "Nothing was sent" not in str(unknown.value)
        assert proxy.calls == [WIPES]
        assert tenant.actions.requests("wipe") == []

    @pytest.mark.parametrize("end", [*ENDS, 502, 504])
    @pytest.mark.parametrize("moment", [Moment.ANSWER, Moment.HALF])
    def test_an_answer_that_the_proxy_drops_was_given(
        self, moment: Moment, end: End, make_proxy: Any, connect: Any, tenant: LocalTenant
    ) -> None:
        proxy = make_proxy()
        proxy.faults.append(ProxyFault(moment, end))
        with pytest.raises(UncertainWriteError):
            wipe(connect(proxy), tenant)
        assert proxy.calls == [WIPES]
        assert len(tenant.actions.requests("wipe")) == 1

    @pytest.mark.parametrize("end", ENDS)
    def test_a_read_is_repeated(self, end: End, make_proxy: Any, connect: Any) -> None:
        proxy = make_proxy()
        proxy.faults.append(ProxyFault(Moment.ANSWER, end, times=2))
        assert connect(proxy).call(GET_DEVICES)["data"]
        assert len(proxy.calls) == 3

    def test_one_that_says_nothing(self, make_proxy: Any, connect: Any, tenant: LocalTenant) -> None:
        proxy = make_proxy()
        proxy.faults.append(ProxyFault(Moment.ANSWER, End.SILENCE))
        with pytest.raises(UncertainWriteError, match=r"did not answer within 1 seconds. The request went through"):
            wipe(connect(proxy, timeout=PATIENCE), tenant)
        assert len(tenant.actions.requests("wipe")) == 1

    def test_one_that_answers_by_itself(self, make_proxy: Any, connect: Any, tenant: LocalTenant) -> None:
        proxy = make_proxy()
        proxy.faults.append(ProxyFault(Moment.RELAY, 502))
        with pytest.raises(UncertainWriteError, match=r"the answer \(502\) was not the API's"):
            wipe(connect(proxy), tenant)
        assert proxy.calls == [WIPES]

    def test_credentials_go_along(self, make_proxy: Any, connect: Any) -> None:
        proxy = make_proxy(credentials="operator:hunter2")
        assert connect(proxy).call(GET_DEVICES)["data"]

    def test_one_that_is_not_there(self, make_proxy: Any, connect: Any, tenant: LocalTenant) -> None:
        proxy = make_proxy(credentials="operator:hunter2")
        proxy.__exit__()
        with pytest.raises(
            TransportError, match=r"the system proxy did not let the request through: it could not be.*Nothing was sent"
        ) as failed:
            wipe(connect(proxy, timeout=PATIENCE), tenant)
        assert "hunter2" not in str(failed.value)
        assert not failed.value.uncertain


class TestTunnel:
    @pytest.mark.parametrize(
        ("status", "attempts", "said"),
        [
            (407, 1, r"the system proxy did not let the request through to 127.0.0.1 \(407\). It wants other credentials"),
            (403, 1, r"did not let the request through to 127.0.0.1 \(403\). It does not let this address through"),
            (502, 4, r"did not let the request through to 127.0.0.1 \(502\). Check the proxy itself. Nothing was sent."),
        ],
    )
    def test_one_that_is_refused(
        self, status: int, attempts: int, said: str, make_tunnel: Any, connect: Any, tenant: LocalTenant
    ) -> None:
        proxy = make_tunnel()
        proxy.faults.append(ProxyFault(Moment.TUNNEL, status))
        with pytest.raises(TransportError, match=said) as failed:
            wipe(connect(proxy, timeout=PATIENCE), tenant)
        assert not failed.value.uncertain
        assert proxy.tunnels == attempts

    @pytest.mark.parametrize("end", [*ENDS, 502])
    @pytest.mark.parametrize("moment", [Moment.TUNNEL, Moment.HANDSHAKE])
    def test_what_fails_before_the_request_is_made_anew(
        self, moment: Moment, end: End, make_tunnel: Any, connect: Any, tenant: LocalTenant
    ) -> None:
        proxy = make_tunnel()
        proxy.faults.append(ProxyFault(moment, end, times=2))
        assert wipe(connect(proxy), tenant)
        assert (proxy.tunnels, proxy.calls) == (3, [WIPES])

    def test_what_changes_something_has_a_tunnel_of_its_own(self, make_tunnel: Any, connect: Any, tenant: LocalTenant) -> None:
        """One that was used before may be closed at this moment, or hold an answer that comes late."""
        proxy = make_tunnel()
        client = connect(proxy)
        for tunnels, change in ((1, False), (1, False), (2, True), (2, False), (3, True)):
            wipe(client, tenant) if change else client.call(GET_DEVICES, params=[("pageSize", "1")])
            assert proxy.tunnels == tunnels

    @pytest.mark.parametrize("end", [End.SILENCE, End.DRIP])
    @pytest.mark.parametrize("moment", [Moment.TUNNEL, Moment.HANDSHAKE])
    def test_a_tunnel_that_does_not_come_about(
        self, moment: Moment, end: End, make_tunnel: Any, connect: Any, tenant: LocalTenant
    ) -> None:
        proxy = make_tunnel()
        proxy.faults.append(ProxyFault(moment, end))
        began = time.monotonic()
        with pytest.raises(TransportError, match=r"Nothing was sent.") as failed:
            wipe(connect(proxy, timeout=PATIENCE), tenant)
        assert not failed.value.uncertain
        assert time.monotonic() - began < 3 * PATIENCE

    def test_a_certificate_that_nobody_knows(self, make_tunnel: Any, connect: Any, tenant: LocalTenant, tmp_path: Path) -> None:
        client = connect(proxy := make_tunnel())
        client._verify = str(make_certificate(tmp_path))
        with pytest.raises(TransportError, match=r"could not be verified.*Nothing was sent") as failed:
            wipe(client, tenant)
        assert (failed.value.uncertain, failed.value.passing) == (False, False)
        assert proxy.tunnels == 1
