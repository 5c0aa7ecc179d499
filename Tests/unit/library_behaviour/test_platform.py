"""The platform's CommonServerPython: ours, and with XSOAR_MODULES the genuine one."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import PlatformModules
from network.certificates import make_certificate, tls
from unit.library_behaviour.peers import answering, listening
from unit.local_xsoar.platform_modules_support import Answer, Loopback, load, resolving

# The genuine module switches it off for the process as it loads.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class Server:
    """What a command tells the server."""

    def __init__(self, folder: Path, **replaced: Any) -> None:
        self.results: list[Any] = []
        self.health: list[Any] = []
        functions: dict[str, Any] = {
            "params": lambda: {"url": "https://api.example.com"},
            "callingContext": {"integration": True, "context": {"IntegrationBrand": "Absolute", "IntegrationInstance": "One"}},
            "demistoVersion": lambda: {"version": "8.9.0", "buildNumber": "7", "platform": "xsoar"},
            "results": self.results.append,
            "updateModuleHealth": self.health.append,
            **{name: lambda *_: None for name in ("debug", "info", "error", "log")},
        }
        self.module = load(folder, **{**functions, **replaced})


@pytest.fixture
def start(platform_modules: PlatformModules, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A fresh module. What it takes out of the environment is back after the test."""
    for name in (*PROXY_VARIABLES, "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return lambda **replaced: Server(platform_modules.folder, **replaced)


@pytest.fixture
def m(start: Callable[..., Server]) -> Any:
    return start().module


# Arguments ------------------------------------------------------------------------------------------------------------


def test_a_backslash_in_a_json_list_is_an_escape(m: Any) -> None:
    assert m.argToList(r'["CORP\bob"]') == ["CORP\x08ob"]
    assert m.argToList(r'["CORP\asmith"]') == [r'["CORP\asmith"]']  # no JSON
    assert m.argToList(r"CORP\bob,CORP\asmith") == [r"CORP\bob", r"CORP\asmith"]


def test_a_list_in_single_quotes_is_cut_at_its_commas(m: Any) -> None:
    assert m.argToList("['SN1', 'SN2']") == ["['SN1'", "'SN2']"]


def test_numbers_that_the_platform_takes_and_those_that_it_refuses(m: Any) -> None:
    assert [m.arg_to_number(text) for text in ("60.0", "2.592e+06", "6_0")] == [60, 2_592_000, 60]
    with pytest.raises(ValueError, match=r"is not a valid number"):
        m.arg_to_number(60.0)


# What is shown --------------------------------------------------------------------------------------------------------


def test_a_table_escapes_what_is_already_escaped(m: Any) -> None:
    """So two backslashes make one, and the backtick is bare."""
    assert m.tableToMarkdown("T", [{"name": r"a\`b"}]).splitlines()[-1] == r"| a\\`b |"
    assert m.tableToMarkdown("T", [{"name": r"a\|b"}]).splitlines()[-1] == r"| a\\|b |"


def test_an_empty_object_is_an_output_and_an_empty_list_is_none(m: Any) -> None:
    outputs: tuple[Any, ...] = ({}, [])
    contexts = [m.CommandResults(outputs_prefix="A.B", outputs=empty, readable_output="").to_context() for empty in outputs]
    assert [context["EntryContext"] for context in contexts] == [{"A.B": {}}, {}]
    assert contexts[0]["HumanReadable"] == "### Results\n**No entries.**\n"


def test_mixed_results_change_their_order(start: Callable[..., Server]) -> None:
    server = start()
    server.module.return_results([{"Type": 9, "File": "x"}, server.module.CommandResults(readable_output="note"), "text"])
    note, rest = server.results
    assert note["HumanReadable"] == "note"
    assert rest == [{"Type": 9, "File": "x"}, "text"]


@pytest.mark.parametrize("command", ["fetch-incidents", "fetch-events", "test-module", "absolute-device-list"])
def test_an_error_of_a_fetch_of_incidents_alone_is_an_exception(command: str, start: Callable[..., Server]) -> None:
    server = start(command=lambda: command)
    alone = command == "fetch-incidents"
    with pytest.raises(Exception if alone else SystemExit, match=r"^no$" if alone else r"^0$"):
        server.module.return_error("no")
    assert [entry["Contents"] for entry in server.results] == ([] if alone else ["no"])


# Secrets --------------------------------------------------------------------------------------------------------------


def test_overlapping_secrets_are_masked_when_they_are_registered_one_by_one(start: Callable[..., Server]) -> None:
    one_by_one, at_once = start().module.LOG, start().module.LOG
    for secret in ("abc", "abcdef"):
        one_by_one.add_replace_strs(secret)
    at_once.add_replace_strs("abc", "abcdef")
    assert one_by_one("abcdef") == "<XX_REPLACED>"
    assert at_once("abcdef") == "<XX_REPLACED>def"


# Time -----------------------------------------------------------------------------------------------------------------


def test_a_wait_that_the_platform_would_cut_off_is_refused_at_once(start: Callable[..., Server]) -> None:
    calling = {"integration": True, "context": {"runDuration": "0"}}
    with pytest.raises(ValueError, match=r"0 seconds"):
        start(callingContext=calling).module.safe_sleep(3600)


# The network ----------------------------------------------------------------------------------------------------------


def test_one_client_takes_the_proxy_from_all_others(m: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    m.BaseClient("https://api.example.com", proxy=True)
    assert set(PROXY_VARIABLES) <= os.environ.keys()
    m.BaseClient("https://api.example.com", proxy=False)
    assert set(PROXY_VARIABLES) & os.environ.keys() == set()


def test_one_client_takes_the_certificates_from_all_others(m: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Loopback(ok, tls(certificate)) as server:
        assert m.BaseClient(server.url)._http_request("GET") == {"error": "false"}
        m.BaseClient("https://api.example.com", verify=False)
        with pytest.raises(m.DemistoException, match=r"CERTIFICATE_VERIFY_FAILED|certificate"):
            m.BaseClient(server.url)._http_request("GET")


def test_a_proxy_for_everything_is_used_without_being_asked_for(m: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert m.BaseClient("http://api.example.com", proxy=False)._http_request("POST", data=b"x") == {}
        assert proxy.bodies == [b"x"]


# Events for XSIAM -----------------------------------------------------------------------------------------------------


def ok(*_: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, b'{"error": "false"}'


@pytest.fixture
def collector(
    start: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Server, Loopback, list[Answer]]]:
    """A server, the collector of its events, and what this answers first."""
    answers: list[Answer] = []
    certificate = make_certificate(tmp_path, "api-localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Loopback(lambda *_: answers.pop(0) if answers else ok(), tls(certificate)) as loopback, resolving("api-localhost"):
        fields = {"Http_Connector.token": "collector-token", "Http_Connector.url": f"localhost:{loopback.port}"}
        yield start(getLicenseCustomField=fields.get), loopback, answers


def test_a_request_ends_with_the_line_that_passes_the_bound(collector: tuple[Server, Loopback, list[Answer]]) -> None:
    """And a line counts as many bytes as Python needs for it, more than its letters by 49 until Python 3.11."""
    server, loopback, _ = collector
    line, bound = "x" * 4_100, server.module.XSIAM_EVENT_CHUNK_SIZE_LIMIT
    server.module.send_events_to_xsiam([line] * 1_000, "v", "p", data_format="json", chunk_size=bound)
    first, rest = [len(gzip.decompress(body).splitlines()) for *_, body in loopback.requests]
    assert (first - 1) * sys.getsizeof(line) < bound <= first * sys.getsizeof(line)
    assert (first, rest) == ((965, 35) if sys.version_info < (3, 12) else (966, 34))


@pytest.mark.parametrize("body", [b'{"message": "bad"}', b"[]"])
def test_a_refusal_in_other_words_hides_its_status(body: bytes, collector: tuple[Server, Loopback, list[Answer]]) -> None:
    server, _, answers = collector
    answers += [(400, {}, body)] * 5
    with pytest.raises(AttributeError):
        server.module.send_events_to_xsiam(["{}"], "v", "p", data_format="json")


@pytest.mark.parametrize(("status", "requests"), [(500, 1), (429, 3)])
def test_only_too_many_requests_are_repeated(
    status: int, requests: int, collector: tuple[Server, Loopback, list[Answer]]
) -> None:
    server, loopback, answers = collector
    answers += [(status, {}, b"no")] * 5
    with pytest.raises(server.module.DemistoException):
        server.module.send_events_to_xsiam(["{}"], "v", "p", data_format="json")
    assert len(loopback.requests) == requests


def test_no_events_are_no_request_and_a_healthy_fetch(collector: tuple[Server, Loopback, list[Answer]]) -> None:
    server, loopback, _ = collector
    server.module.send_events_to_xsiam([], "v", "p", should_update_health_module=False)
    assert (server.health, loopback.requests) == ([{"eventsPulled": 0}], [])
