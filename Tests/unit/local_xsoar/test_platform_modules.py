"""What our platform modules promise to integrations. How they compare with the genuine ones is tested beside this file."""

from __future__ import annotations

import gc
import gzip
import http.client
import json
import logging
import operator
import os
import re
import sys
import types
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from network.certificates import make_certificate, tls
from unit.local_xsoar.platform_modules_support import (
    OWN_MODULES,
    Loopback,
    echo,
    load,
    resolving,
    star_import,
)

PARAMS = {
    "url": "https://console.example.com",
    "credentials": {"identifier": "token-id", "password": "s3cret+key"},
    "empty": None,
}


class Server:
    """The demisto object of a module, with what it was told."""

    def __init__(self, **replaced: Any) -> None:
        self.results: list[Any] = []
        self.logs: list[str] = []
        self.health: list[Any] = []
        functions: dict[str, Any] = {
            "params": lambda: PARAMS,
            "callingContext": {"integration": True, "context": {"IntegrationBrand": "Absolute", "IntegrationInstance": "One"}},
            "demistoVersion": lambda: {"version": "8.9.0", "buildNumber": "7", "platform": "xsoar"},
            "command": lambda: "absolute-device-list",
            "results": self.results.append,
            "updateModuleHealth": self.health.append,
            **{name: lambda message, *_: self.logs.append(str(message)) for name in ("debug", "info", "error", "log")},
        }
        self.module = load(OWN_MODULES, **{**functions, **replaced})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def m(server: Server) -> Any:
    return server.module


M: Any = load(OWN_MODULES)  # for pure functions


# ------------------------------------------------------------------------------------------------------- the module


def test_names_that_integrations_use_without_importing_them() -> None:
    names = star_import(M)
    assert names >= {"demisto", "json", "os", "re", "sys", "time", "datetime", "timedelta", "timezone", "traceback", "requests",
                     "dateparser", "urllib", "base64", "Any", "Dict", "List", "Optional", "Union", "BaseClient"}  # fmt: skip
    assert names.isdisjoint({"annotations", "dataclass", "Callable", "inspect", "urllib3"})


USES: dict[str, Callable[[Any], Any]] = {
    "called": lambda refused: refused(1),
    "asked": lambda refused: refused.RELATED_TO,
    "looked into": lambda refused: refused["key"],
    "walked": lambda refused: [*refused],
    "written": lambda refused: f"{refused}",
    "compared": lambda refused: refused == "STIX ",
    "doubted": lambda refused: "text" if refused else "",
    "inherited": lambda refused: types.new_class("Own", (refused,)),
    "class of": lambda refused: isinstance("x", refused),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("name", ["CommandRunner", "Common.DBotScore"])
def test_what_is_not_here_is_refused_by_name(name: str, use: Callable[[Any], Any]) -> None:
    with pytest.raises(NotImplementedError, match=rf"^CommonServerPython\.{name} is not part of .* `make genuine` brings"):
        use(operator.attrgetter(name)(M))


def test_it_runs_in_one_namespace_with_a_unified_script() -> None:
    """As the platform runs it: no module of that name, a `demisto` from outside, a script without import lines."""
    script = """
register_module_line('Sample', 'start', __line__())
def main():
    table = tableToMarkdown('T', {'a': argToList('1,2')})
    return_results(CommandResults(readable_output=table, outputs_prefix='S', outputs={'a': 1}))
if __name__ in ('__main__', '__builtin__', 'builtins'):
    main()
register_module_line('Sample', 'end', __line__())
"""
    written: list[Any] = []
    mock = ModuleType("demistomock")
    exec((OWN_MODULES / "demistomock.py").read_text(), vars(mock))  # noqa: S102
    mock.results = written.append  # type: ignore[attr-defined]
    before = sys.modules.get("demistomock")
    sys.modules["demistomock"] = mock
    try:
        namespace: dict[str, Any] = {"__name__": "builtins"}
        for source in ((OWN_MODULES / "CommonServerPython.py").read_text(), script):
            exec(source, namespace)  # noqa: S102
    finally:
        del sys.modules["demistomock"]
        if before:
            sys.modules["demistomock"] = before
    assert written[0]["EntryContext"] == {"S": {"a": 1}}


def test_two_copies_share_nothing() -> None:
    one, two = Server(), Server()
    one.module.add_sensitive_log_strs("only-here")
    one.module.register_module_line("X", "start", 1)
    assert one.module.LOG("only-here") != "only-here"
    assert two.module.LOG("only-here") == "only-here"
    assert two.module.fix_traceback_line_numbers('File "<string>", line 5,') == 'File "<string>", line 5,'


def test_parameters_without_a_value_have_defaults(m: Any) -> None:
    assert m.demisto.callingContext["params"].get("empty", 50) == 50


def test_lines_of_a_traceback_are_those_of_the_source_file() -> None:
    module = load(OWN_MODULES)
    for call in (("Own", "start", 10), ("InnerApiModule", "start", 30, -3), ("InnerApiModule", "end", 50, 1), ("Own", "end", 90)):
        module.register_module_line(*call)
    text = "".join(f'File "<string>", line {line}, ' for line in (5, 12, 40, 60))
    assert re.findall(r'"<(\w+)>", line (\d+)', module.fix_traceback_line_numbers(text)) == [
        ("string", "5"), ("Own", "2"), ("InnerApiModule", "10"), ("Own", "26")]  # fmt: skip


# -------------------------------------------------------------------------------------------------------- arguments

texts = st.text(max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(parts=st.lists(st.text("abc 123", min_size=1, max_size=5).map(str.strip).filter(bool), min_size=1))
def test_lists_of_text_survive(parts: list[str]) -> None:
    assert M.argToList(" , ".join(parts)) == parts
    assert M.argToList(json.dumps(parts)) == parts
    assert M.argToList(parts) is parts


@pytest.mark.parametrize(
    ("arg", "expected"), [(None, []), ("", []), (5, [5]), ("[not json]", ["[not json]"]), ("a,,b", ["a", "", "b"])]
)
def test_lists_of_other_arguments(arg: Any, expected: list[Any]) -> None:
    assert M.argToList(arg) == expected


@given(number=st.integers())
def test_numbers_survive(number: int) -> None:
    assert M.arg_to_number(str(number)) == number or abs(number) > 2**53  # negative ones are read as floats
    assert M.arg_to_number(number) == number


@given(arg=texts.filter(lambda text: not re.fullmatch(r"\s*[+-]?([\d_.]+(e[+-]?\d+)?|inf|infinity|nan)\s*", text, re.I)))
def test_text_is_no_number(arg: str) -> None:
    if arg:
        with pytest.raises(ValueError, match=r"not a valid number|invalid literal"):
            M.arg_to_number(arg)


def test_decimals_are_cut_off_in_a_text_alone() -> None:
    with pytest.raises(ValueError, match=r'^"1.5" is not a valid number$'):
        M.arg_to_number(1.5)
    assert M.arg_to_number("1.9") == 1
    assert M.arg_to_number("") is None


@pytest.mark.parametrize("word", ["true", "TRUE", "Yes", True])
def test_true(word: Any) -> None:
    assert M.argToBoolean(word) is True


@pytest.mark.parametrize("word", ["false", "No", False])
def test_false(word: Any) -> None:
    assert M.argToBoolean(word) is False


@pytest.mark.parametrize("word", ["", "1", 0, None])
def test_neither_true_nor_false(word: Any) -> None:
    with pytest.raises(ValueError, match=r"^Argument "):
        M.argToBoolean(word)


@given(moment=st.datetimes(datetime(2002, 1, 1), datetime(2033, 1, 1)))  # noqa: DTZ001
def test_dates_survive(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone.utc)
    seconds = int(moment.timestamp())
    assert M.arg_to_datetime(seconds) == M.arg_to_datetime(str(seconds)) == M.arg_to_datetime(seconds * 1000) == moment
    assert M.arg_to_datetime(moment.isoformat()) == moment


def test_dates_in_words() -> None:
    ago = datetime.now(timezone.utc).replace(tzinfo=None) - M.arg_to_datetime("3 days")
    assert abs(ago - timedelta(days=3)) < timedelta(seconds=10)


@pytest.mark.parametrize("arg", ["", [], b"2024-01-01"])
def test_no_dates(arg: Any) -> None:
    with pytest.raises(ValueError, match=r"is not a valid date$"):
        M.arg_to_datetime(arg)


# ------------------------------------------------------------------------------------------------------------- data


@given(items=st.lists(st.integers()), size=st.integers(1, 10))
def test_batches_are_the_whole_in_pieces(items: list[int], size: int) -> None:
    batches = list(M.batch(items, size))
    assert [item for piece in batches for item in piece] == items
    assert all(0 < len(piece) <= size for piece in batches)


def test_urls_are_joined_with_one_slash() -> None:
    assert {M.urljoin(base, path) for base in ("https://a", "https://a/") for path in ("x/y", "/x/y")} == {"https://a/x/y"}


# --------------------------------------------------------------------------------------------------------- Markdown


@given(rows=st.lists(st.dictionaries(st.sampled_from("abcd"), values, min_size=1), min_size=1, max_size=4))
def test_tables_keep_their_shape(rows: list[dict[str, Any]]) -> None:
    """Whatever is in a cell, a row is one line with a cell for each header."""
    lines = M.tableToMarkdown("T", rows, headers=["a", "b", "c"]).split("\n")
    assert lines[:3] == ["### T", "|a|b|c|", "|---|---|---|"]
    assert len(lines) == 3 + len(rows) + 1
    assert [len(re.findall(r"(?<!\\)\|", line.replace("\\\\", ""))) for line in lines[3:-1]] == [4] * len(rows)


def test_a_table() -> None:
    row = {
        "id": 1,
        "name": "a|b\nc",
        "tags": ["x", "y"],
        "geo": {"lat": 1.5, "p": [1]},
        "url": "https://example.com",
        "none": None,
        "no": False,
    }
    assert M.tableToMarkdown("T", row, headerTransform=str.title, removeNull=True) == (
        "### T\n|Geo|Id|Name|No|Tags|Url|\n|---|---|---|---|---|---|\n"
        "| lat: 1.5<br>p: 1 | 1 | a\\|b<br>c | false | x,<br>y | https://example.com |\n"
    )


@pytest.mark.parametrize("empty", [None, [], {}])
def test_an_empty_table(empty: Any) -> None:
    assert M.tableToMarkdown("T", empty) == "### T\n**No entries.**\n"


def test_a_table_of_plain_values_needs_a_header() -> None:
    assert M.tableToMarkdown("", ["a", "b"], headers="x") == "|x|\n|---|\n| a |\n| b |\n"
    with pytest.raises(Exception, match=r"^Missing headers param"):
        M.tableToMarkdown("T", ["a"])


# -------------------------------------------------------------------------------------------------- command results


def test_an_entry() -> None:
    results = M.CommandResults(
        outputs_prefix="Absolute.Device",
        outputs_key_field=["Id", "Esn"],
        outputs=[{"Id": "1"}],
        raw_response={"data": [1]},
        indicator=M.Common.Endpoint(id="1", hostname="LAB", vendor="Absolute", status="Online"),
    )
    assert results.to_context() == {
        "Type": 1,
        "ContentsFormat": "json",
        "Contents": {"data": [1]},
        "HumanReadable": "### Results\n|Id|\n|---|\n| 1 |\n",
        "EntryContext": {
            "Endpoint(val.ID && val.ID == obj.ID && val.Vendor == obj.Vendor)": [
                {"ID": "1", "Hostname": "LAB", "Vendor": "Absolute", "Status": "Online"}
            ],
            "Absolute.Device(val.Id && val.Id == obj.Id && val.Esn && val.Esn == obj.Esn)": [{"Id": "1"}],
        },
        "IndicatorTimeline": [],
        "IgnoreAutoExtract": False,
        "Note": False,
        "Relationships": [],
    }


objects = st.dictionaries(texts, values, min_size=2, max_size=4)


@given(outputs=st.none() | texts | objects | st.lists(objects, max_size=3), readable=st.none() | texts, raw=values)
def test_entries_are_json(outputs: Any, readable: str | None, raw: Any) -> None:
    entry = M.CommandResults(outputs_prefix="A.B", outputs=outputs, readable_output=readable, raw_response=raw).to_context()
    assert json.loads(json.dumps(entry)) == entry
    assert ("A.B" in entry["EntryContext"]) == (outputs is not None and outputs != [])
    assert entry["HumanReadable"] == readable or not readable


@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"outputs": []}, "outputs_prefix is missing"), ({"outputs": {}, "outputs_prefix": "."}, "cannot be a period"),
     ({"outputs_key_field": 5}, "must be of type str or list")],
)  # fmt: skip
def test_results_that_contradict_themselves(arguments: dict[str, Any], error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        M.CommandResults(**arguments)


def test_states_of_an_endpoint() -> None:
    with pytest.raises(ValueError, match=r"^Status does not have a valid value"):
        M.Common.Endpoint(id="1", status="online").to_context()
    with pytest.raises(TypeError):
        M.Common.Endpoint(hostname="an endpoint needs an id")


def test_results_are_written(server: Server) -> None:
    m = server.module
    m.return_results([m.CommandResults(readable_output="first"), {"Type": 1}, "text"])
    m.return_results(None)
    assert [entry["HumanReadable"] for entry in server.results[:1]] == ["first"]
    assert server.results[1:] == [[{"Type": 1}, "text"], None]


def test_metrics_are_a_result(server: Server) -> None:
    metrics = server.module.ExecutionMetrics()
    metrics.success += 1
    metrics.ssl_error += 2
    server.module.return_results(metrics.metrics)
    assert server.results[0]["APIExecutionMetrics"] == [
        {"Type": "Successful", "APICallsCount": 1}, {"Type": "SSLError", "APICallsCount": 2}]  # fmt: skip


def test_files(m: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entry = m.fileResult("../devices.csv", "ä")
    assert (entry["Type"], entry["File"]) == (m.EntryType.FILE, "devices.csv")
    assert (tmp_path / f"1_{entry['FileID']}").read_text(encoding="utf-8") == "ä"


# ----------------------------------------------------------------------------------------------------------- errors


def test_an_error_ends_the_command(server: Server) -> None:
    with pytest.raises(SystemExit) as stop:
        server.module.return_error("The key s3cret+key is wrong")
    assert stop.value.code == 0
    assert server.results == [
        {"Type": 4, "ContentsFormat": "text", "Contents": "The key <XX_REPLACED> is wrong", "EntryContext": None}
    ]


def test_the_traceback_of_an_error_is_logged_without_secrets(server: Server) -> None:
    try:
        raise server.module.DemistoException("refused s3cret+key")
    except server.module.DemistoException as e:
        with pytest.raises(SystemExit):
            server.module.return_error(f"Failed. Error: {e}")
    assert server.results[0]["Contents"] == "Failed. Error: refused <XX_REPLACED>"
    assert "Traceback" in "".join(server.logs)
    assert "s3cret" not in "".join(server.logs)


@pytest.mark.parametrize("command", ["fetch-incidents", "fetch-credentials", "fetch-indicators", "long-running-execution"])
def test_an_error_without_a_war_room_is_an_exception(command: str) -> None:
    server = Server(command=lambda: command)
    with pytest.raises(Exception, match=r"^no war room$"):
        server.module.return_error("no war room")
    assert server.results == []


def test_long_errors_are_cut(server: Server) -> None:
    with pytest.raises(SystemExit):
        server.module.return_error("a" * 60_000)
    assert server.results[0]["Contents"] == "a" * 25_000 + "...This error body was truncated..." + "a" * 25_000


# ---------------------------------------------------------------------------------------------------------- polling


def test_polling_until_it_is_done(m: Any) -> None:
    rounds = []

    @m.polling_function("absolute-wait", interval=5, timeout=60)
    def wait(args: dict[str, Any], client: str) -> Any:
        """Waits."""
        rounds.append(dict(args))
        return m.PollResult(
            response=m.CommandResults(readable_output="done"),
            continue_to_poll=len(rounds) < 3,
            args_for_next_run={**args, "id": "1"},
        )

    first = wait({"polling": "true"}, "client").to_context()
    assert (first["HumanReadable"], first["PollingCommand"], first["NextRun"], first["Timeout"]) == (
        "Fetching Results:",
        "absolute-wait",
        "10",
        "60",
    )
    second = wait(first["PollingArgs"], "client").to_context()
    assert second["HumanReadable"] is None
    last = wait(second["PollingArgs"], "client").to_context()
    assert last["HumanReadable"] == "done"
    assert "PollingCommand" not in last
    assert rounds[-1] == {"polling": "true", "id": "1", "hide_polling_output": True}
    assert wait.__doc__ == "Waits."


def test_no_polling_without_being_asked(m: Any) -> None:
    @m.polling_function("absolute-wait")
    def wait(args: dict[str, Any]) -> Any:
        return m.PollResult(response="now", continue_to_poll=True)

    assert wait({}) == "now"


# ------------------------------------------------------------------------------------------------------------- HTTP


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    with Loopback(echo) as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "api-localhost")


@pytest.fixture(scope="module")
def secure_loopback(certificate: Path) -> Iterator[Loopback]:
    with Loopback(echo, tls(certificate)) as server:
        yield server


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy",
                 "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_TIMEOUT"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def test_a_request(m: Any, loopback: Loopback) -> None:
    client = m.BaseClient(loopback.url)
    assert client._http_request("GET", "/devices", params={"q": "a b"})["path"] == "/devices?q=a+b"
    assert client._http_request("POST", data="a=1", headers={"X-Own": "call"}, auth=("me", "x"))["body"] == b"a=1".hex()
    _, _, headers, _ = loopback.requests[-1]
    assert (headers["authorization"], headers["x-own"]) == ("Basic bWU6eA==", "call")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_an_error_status(m: Any, loopback: Loopback, status: int) -> None:
    client = m.BaseClient(loopback.url)
    with pytest.raises(m.DemistoException) as error:
        client._http_request("GET", f"/status/{status}")
    reason = http.client.responses[status]
    assert str(error.value) == f'Error in API call [{status}] - {reason}\n{{"message": "as asked"}}'
    assert error.value.res.status_code == status
    with pytest.raises(m.DemistoException, match=r"<html>no JSON</html>"):
        client._http_request("GET", f"/status/{status}/text")
    assert client._http_request("GET", f"/status/{status}", ok_codes=(status,)) == {"message": "as asked"}


@pytest.mark.parametrize("kind", ["text", "empty"])
def test_a_body_that_is_no_json(m: Any, loopback: Loopback, kind: str) -> None:
    with pytest.raises(m.DemistoException, match=r"^Failed to parse json object from response: b") as error:
        m.BaseClient(loopback.url)._http_request("GET", f"/status/200/{kind}")
    assert error.value.res.status_code == 200
    assert isinstance(error.value.exception, ValueError)


def test_nobody_answers(m: Any) -> None:
    client = m.BaseClient("http://127.0.0.1:1")
    with pytest.raises(m.DemistoException, match=r"^Verify that the server URL parameter is correct") as error:
        client._http_request("GET")
    assert "Error Type: <requests.exceptions.ConnectionError>" in str(error.value)
    assert isinstance(error.value.exception, m.requests.exceptions.ConnectionError)


def test_an_answer_that_takes_too_long_is_not_wrapped(m: Any, loopback: Loopback) -> None:
    with pytest.raises(m.requests.exceptions.ReadTimeout):
        m.BaseClient(loopback.url, timeout=0.05)._http_request("GET", "/slow")


def test_certificates(
    m: Any, secure_loopback: Loopback, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(m.DemistoException, match=r"^SSL Certificate Verification Failed") as error:
        m.BaseClient(secure_loopback.url)._http_request("GET")
    assert isinstance(error.value.exception, m.requests.exceptions.SSLError)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert m.BaseClient(secure_loopback.url)._http_request("GET", "/trusted")["path"] == "/trusted"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_any_certificate(
    m: Any, secure_loopback: Loopback, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle in the environment does not count for whoever trusts any certificate."""
    monkeypatch.setenv(variable, str(make_certificate(tmp_path)))
    assert m.BaseClient(secure_loopback.url, verify=False)._http_request("GET", "/any")["path"] == "/any"


def test_no_tls_where_it_is_expected(m: Any, loopback: Loopback) -> None:
    """The advice to trust any certificate is not given to those who do."""
    with pytest.raises(m.requests.exceptions.SSLError):
        m.BaseClient(loopback.url.replace("http:", "https:"), verify=False)._http_request("GET")


def test_proxies(m: Any, loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{loopback.port}")
    answer = m.BaseClient("http://api.example.com", proxy=True)._http_request("GET", "/x")
    assert answer["path"] == "http://api.example.com/x"
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:1")
    with pytest.raises(m.DemistoException, match=r"^Proxy Error"):
        m.BaseClient("http://api.example.com", proxy=True)._http_request("GET")
    assert m.BaseClient(loopback.url, proxy=False)._http_request("GET", "/direct")["path"] == "/direct"
    assert "HTTP_PROXY" not in os.environ


def test_an_error_handler_that_returns(m: Any, loopback: Loopback) -> None:
    seen: list[int] = []
    answer = m.BaseClient(loopback.url)._http_request(
        "GET", "/status/404", error_handler=lambda res: seen.append(res.status_code)
    )
    assert (answer, seen) == ({"message": "as asked"}, [404])


def test_the_environment_sets_timeouts(m: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_TIMEOUT", "7")
    assert m.BaseClient("https://api.example.com", timeout=5).timeout == 7
    monkeypatch.setenv("REQUESTS_TIMEOUT.Absolute", "9.5")
    assert m.BaseClient("https://api.example.com", timeout=5).timeout == 9.5


# ------------------------------------------------------------------------------------------------------------- logs


def test_debug_mode_shows_the_traffic_without_secrets(loopback: Loopback) -> None:
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    server = Server(is_debug=True)
    m = server.module
    m.add_sensitive_log_strs("fetched-token")
    sent = {"auth": ("token-id", "s3cret+key"), "headers": {"Cookie": "unknown-cookie"}}
    m.BaseClient(loopback.url)._http_request("POST", data="fetched-token and s3cret%2Bkey", **sent)
    logging.getLogger("own").debug("own record with %s", "fetched-token")
    text = "\n".join(server.logs)
    assert "send: b'POST / HTTP/1.1" in text
    assert "python logging: DEBUG [own] - own record with <XX_REPLACED>" in text
    assert "debug-mode started." in text
    for secret in ("s3cret", "fetched-token", "unknown-cookie", m.b64_encode("token-id:s3cret+key")):
        assert secret not in text
    m._requests_logger = None
    gc.collect()
    assert root.handlers == before
    assert http.client.HTTPConnection.debuglevel == 0
    assert not hasattr(http.client, "print")


def test_request_logs_are_censored() -> None:
    line = "send: b'GET / HTTP/1.1\\r\\nAuthorization: Bearer abc\\r\\nCookie: def\\r\\nAccept: x\\r\\n'"
    assert M.censor_request_logs(line) == (
        "send: b'GET / HTTP/1.1\\r\\nAuthorization: Bearer <XX_REPLACED>\\r\\nCookie: <XX_REPLACED>\\r\\nAccept: x\\r\\n'"
    )


# ---------------------------------------------------------------------------------------------------- events for XSIAM


@pytest.fixture
def collector(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Loopback, list[int]]]:
    """A server whose events go to a collector which answers with these statuses first."""
    statuses: list[int] = []

    def answer(*_: Any) -> Any:
        status = statuses.pop(0) if statuses else 200
        return status, {}, b'{"error": "false"}' if status == 200 else b"refused"

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Loopback(answer, tls(certificate)) as loopback, resolving("api-localhost"):
        fields = {"Http_Connector.token": "collector-token", "Http_Connector.url": f"localhost:{loopback.port}"}
        yield Server(getLicenseCustomField=fields.get), loopback, statuses


def test_events_are_sent_in_chunks(collector: tuple[Server, Loopback, list[int]]) -> None:
    server, loopback, statuses = collector
    statuses += [429, 200]
    events = [{"n": n, "pad": "x" * 100} for n in range(10)]
    server.module.send_events_to_xsiam(events, "absolute", "control", chunk_size=500)
    bodies = [gzip.decompress(body).decode().split("\n") for _, _, _, body in loopback.requests]
    assert bodies[0] == bodies[1]
    assert [json.loads(line) for body in bodies[1:] for line in body] == events
    assert len(bodies) > 3
    _, path, headers, _ = loopback.requests[0]
    assert path == "/logs/v1/xsiam"
    assert {
        name: headers[name]
        for name in ("authorization", "format", "vendor", "product", "instance-name", "final-reporting-device")
    } == {
        "authorization": "collector-token",
        "format": "json",
        "vendor": "absolute",
        "product": "control",
        "instance-name": "One",
        "final-reporting-device": "https://console.example.com",
    }
    assert server.health == [{"eventsPulled": 10}]


def test_no_events_are_reported_and_not_sent(collector: tuple[Server, Loopback, list[int]]) -> None:
    server, loopback, _ = collector
    server.module.send_events_to_xsiam([], "absolute", "control")
    assert (server.health, loopback.requests) == ([{"eventsPulled": 0}], [])


def test_a_collector_that_refuses(collector: tuple[Server, Loopback, list[int]]) -> None:
    server, _, statuses = collector
    statuses.append(401)
    with pytest.raises(server.module.DemistoException, match=r"^Error sending new events into XSIAM.\n\nrefused$"):
        server.module.send_events_to_xsiam([{"a": 1}], "absolute", "control")
    assert server.health == []
    assert "collector-token" not in "".join(server.logs)


# ------------------------------------------------------------------------------------------------------ demistomock


def test_paths_in_the_mock() -> None:
    data = {"a": {"b": [1]}}
    assert M.demisto.get(data, "a.b") == [1]
    assert M.demisto.get(data, "a.x") is None


def test_what_the_mock_has_not_is_refused_by_name() -> None:
    with pytest.raises(NotImplementedError, match=r"demisto\.findUser\(\) is not part of the local XSOAR"):
        M.demisto.findUser("x")
    assert not hasattr(M.demisto, "no_function_of_the_platform")


def test_the_mock_complains_about_errors_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    load(OWN_MODULES).demisto.error("unexpected")
    assert capsys.readouterr().out == "unexpected\n"
