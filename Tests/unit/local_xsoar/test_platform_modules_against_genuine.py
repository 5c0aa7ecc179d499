"""Our platform modules against the platform's genuine ones: the same inputs, the same outcomes.

Run where the genuine modules are: `make genuine` brings them.
"""

# The functions given to `same` are called there and then, while the variables of their loop have the right values.
# ruff: noqa: B023

from __future__ import annotations

import copy
import gzip
import inspect
import os
import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from local_xsoar.platform import modules_folder
from network.certificates import make_certificate, tls
from requests.adapters import BaseAdapter
from unit.local_xsoar.platform_modules_support import (
    OWN_MODULES,
    Loopback,
    echo,
    load,
    resolving,
    star_import,
)

if modules_folder() == OWN_MODULES:
    needed = "They need the platform's genuine modules: `make genuine` brings them, or XSOAR_MODULES names their folder."
    pytest.skip(needed, allow_module_level=True)
FOLDERS = (OWN_MODULES, modules_folder())
# The modules switch it off for the process as they load.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

PARAMS = {"url": "https://console.example.com", "credentials": {"identifier": "me", "password": "pass word+1"}, "limit": None}
CALLING = {"integration": True, "context": {"IntegrationBrand": "Absolute", "IntegrationInstance": "Absolute_instance_1"}}
VERSION = {"version": "8.9.0", "buildNumber": "12345", "platform": "xsoar"}


DELIBERATE = ("outputs_key_field must", "content_format", "indicator", "reliability must")


class Side:
    """One of the two sets of modules, with what its commands told the server."""

    def __init__(self, folder: str | Path, **demisto: Any) -> None:
        self.told: list[Any] = []
        server = {
            "params": lambda: copy.deepcopy(PARAMS),
            "callingContext": copy.deepcopy(CALLING),
            "demistoVersion": lambda: VERSION,
            "command": lambda: "absolute-device-list",
            "results": lambda results: self.told.append(("results", copy.deepcopy(results))),
            "updateModuleHealth": lambda health: self.told.append(("health", health)),
            "debug": lambda *_: None,
            "info": lambda *_: None,
            "error": lambda *_: None,
            "getLicenseCustomField": {"Http_Connector.token": "collector-token", "Http_Connector.url": "localhost"}.get,
            **demisto,
        }
        self.module = load(Path(folder), **server)

    def outcome(self, function: Callable[[Any], Any]) -> tuple[Any, ...]:
        """What it returned or raised, and what it told the server meanwhile."""
        self.told.clear()
        try:
            result = comparable(function(self.module))
        except (Exception, SystemExit) as e:
            result = ["raised", *error_text(e)]
        return result, comparable(self.told)


def error_text(e: BaseException) -> list[Any]:
    """Kind and text of errors which were raised on purpose; Python's own complaints are nobody's interface."""
    kind, text = type(e).__name__, comparable(str(e))
    if isinstance(e, (AttributeError, KeyError)) or (isinstance(e, TypeError) and not text.startswith(DELIBERATE)):
        return ["misuse"]
    inner = getattr(e, "exception", None)
    inner = None if isinstance(inner, type) else inner  # the genuine XSIAM error hands over a class
    return [kind, text, type(inner).__name__, getattr(getattr(e, "res", None), "status_code", None)]


def comparable(value: Any) -> Any:
    """The value with objects as their contents and without addresses in memory."""
    if isinstance(value, dict):
        return {key: comparable(element) for key, element in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(element) for element in value]
    if isinstance(value, str):
        return re.sub(r"0x[0-9a-f]{6,}", "0x", value)
    if isinstance(value, requests.Response):
        return ["response", value.status_code, value.text]
    if hasattr(value, "to_context"):
        return [type(value).__name__, comparable(value.to_context())]
    if inspect.isgenerator(value):
        return [comparable(element) for element in value]
    return value


OURS: Any = None
GENUINE: Any = None


@pytest.fixture(scope="module", autouse=True)
def _sides() -> Iterator[None]:
    global OURS, GENUINE
    OURS, GENUINE = map(Side, FOLDERS)
    yield
    OURS = GENUINE = None


def same(function: Callable[[Any], Any]) -> Any:
    """Asserts that both sides do the same, and answers with it."""
    ours, genuine = OURS.outcome(function), GENUINE.outcome(function)
    assert ours == genuine
    return ours[0]


def parameters(*cases: Any) -> pytest.MarkDecorator:
    # Without memory addresses: parallel workers must see the same names.
    names = [re.sub(r" at 0x[0-9a-f]+", "", ascii(case))[:40] for case in cases]
    return pytest.mark.parametrize("case", cases, ids=[f"{name}#{number}" for number, name in enumerate(names)])


# ---------------------------------------------------------------------------------------------------- the interface


def names(module: Any) -> set[str]:
    return star_import(module) | {f"Common.{name}" for name in vars(module.Common) if not name.startswith("_")}


def refused(module: Any) -> set[str]:
    return set(module._REFUSED_NAMES.split())


def test_each_name_is_there_or_refused_by_name() -> None:
    """And none is ours alone."""
    assert names(OURS.module) == names(GENUINE.module) - {"print_function"}
    assert refused(OURS.module) <= names(GENUINE.module)


def test_functions_and_classes_take_arguments_of_the_platform() -> None:
    """Not each of them; those that may be given by position stand where they stand there."""
    different = []
    for name in sorted(star_import(OURS.module) - refused(OURS.module)):
        ours, genuine = getattr(OURS.module, name), getattr(GENUINE.module, name)
        if getattr(genuine, "__module__", "") != "CommonServerPython" or not callable(genuine):
            continue
        pairs = [(name, ours, genuine)]
        if inspect.isclass(genuine):
            pairs += [
                (f"{name}.{member}", getattr(ours, member), getattr(genuine, member))
                for member in dir(ours)
                if not member.startswith("__")
                and f"{name}.{member}" not in refused(OURS.module)
                and callable(getattr(genuine, member, None))
            ]
        different += [label for label, a, b in pairs if not is_part(arguments(a), arguments(b))]
    assert different == []


Arguments = dict[str, tuple[int, str]]


def arguments(function: Any) -> Arguments:
    """Place and default by name; nothing of what is inherited from Python's own types."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return {}
    by_name = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    return {p.name.lstrip("_"): (-1 if p.kind in by_name else n, repr(p.default)) for n, p in enumerate(parameters)}


def is_part(ours: Arguments, genuine: Arguments) -> bool:
    return all(
        name in genuine and genuine[name][1] == default and place in (-1, genuine[name][0])
        for name, (place, default) in ours.items()
    )


@parameters("EntryType", "EntryFormat", "IncidentSeverity", "ErrorTypes")
def test_enumerations_are_the_same(case: str) -> None:
    def values(module: Any) -> dict[str, Any]:
        members = vars(getattr(module, case)).items()
        return {name: value for name, value in members if isinstance(value, (str, int, float, tuple)) and name[0] != "_"}

    assert values(OURS.module) == values(GENUINE.module)


def test_constants_are_the_same() -> None:
    plain = (str, int, float, list, dict, tuple)
    names = {n for n in star_import(OURS.module) - refused(OURS.module) if isinstance(getattr(OURS.module, n), plain)}
    different = {n for n in names - {"CIPHERS_STRING"} if getattr(OURS.module, n) != getattr(GENUINE.module, n)}
    assert different == set()


def test_demistomock_offers_the_same_functions() -> None:
    ours, genuine = (load(folder).demisto for folder in FOLDERS)
    functions = {name for name, value in vars(genuine).items() if inspect.isfunction(value)}
    there = functions - set(ours.REFUSED_NAMES.split())
    assert {n for n in there if arguments(getattr(ours, n)) != arguments(getattr(genuine, n))} == {
        "updateModuleHealth"  # the mock has not caught up with the platform's second argument
    }
    same_answers = [
        "params", "args", "command", "context", "getLastRun", "investigation", "demistoVersion", "getIntegrationContext",
        "getIntegrationContextVersioned",
    ]  # fmt: skip
    for name in same_answers:
        assert getattr(ours, name)() == getattr(genuine, name)(), name


# ----------------------------------------------------------------------------------------------------------- tables

texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["a|b", "x`y", "1\r\n2\n3\r4", "", "{}", "[1]"])
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, width=16) | texts
nested = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
keys = st.sampled_from(["id", "Name", "last seen", "x_y", "a|b"])
rows = st.dictionaries(keys, nested, max_size=5)
tables = st.lists(rows, max_size=4) | rows | st.lists(scalars, max_size=3)


@given(
    t=tables,
    headers=st.none() | keys | st.lists(keys, max_size=4, unique=True),
    flags=st.fixed_dictionaries({}, optional={"removeNull": st.booleans()}),
)
@settings(max_examples=200)
def test_tables(t: Any, headers: Any, flags: dict[str, Any]) -> None:
    same(lambda m: m.tableToMarkdown("Title", copy.deepcopy(t), headers=headers, **flags))


DEEP: dict[str, Any] = {
    "name": "LAB-0001",
    "tags": ["a", "b"],
    "none": None,
    "empty": [],
    "volumes": [{"drive": "C:", "size": 5, "labels": ["x", "y"]}, {"drive": "D:", "free": {"bytes": 1, "unit": "B"}}],
    "geo": {"location": {"point": {"coordinates": [[1, 2], ["3", "4"]]}}, "address": "Straße 1\nBonn"},
    "when": 1700000000000,
    "link": ["https://example.com/1", "https://example.com/2"],
}


@parameters(
    {},
    {"headers": ["name", "geo"], "headerTransform": str.upper},
    {"headers": "name"},
    {"headers": [], "removeNull": True},
    {"removeNull": True},
    {"headers": ["geo", "volumes", "tags", "when"]},
)
@pytest.mark.parametrize("data", [DEEP, [DEEP, {"name": "x"}], {"devices": [DEEP]}, {}, [], None])
def test_tables_of_deep_data(case: dict[str, Any], data: Any) -> None:
    same(lambda m: m.tableToMarkdown("Devices", copy.deepcopy(data), **case))


@given(data=nested)
@settings(max_examples=300)
def test_cells(data: Any) -> None:
    same(lambda m: m.tableToMarkdown("T", [{"x": data}]))


# -------------------------------------------------------------------------------------------------------- arguments

ARGUMENTS = [
    None, "", " ", "a", "a, b ,c", "a,,b", "[1, 2]", '["a, b", "c"]', "[broken]", "[]", [], ["a", 1], ("a",), 0, 5, -3, 1.5, True,
    False, "true", "Yes", "NO", "false", "1", "0", "007", "-3", "1.9", "1e3", "nan", "inf", "one", "²", {"a": 1}, b"a,b", "  7 ",
    2_000_000_000, 2_000_000_001,
    1700000000, 1700000000000, "1700000000", "1700000000000", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05+02:00", "2024-01-02",
    "3 apples", "99999999999999999999",
]  # fmt: skip


@parameters(*ARGUMENTS)
def test_argument_parsers(case: Any) -> None:
    same(lambda m: m.argToList(case))
    same(lambda m: m.argToBoolean(case))
    same(lambda m: m.arg_to_number(case))
    same(lambda m: m.arg_to_datetime(case))


@given(arg=texts | st.lists(texts, max_size=3) | st.lists(texts, max_size=3).map(repr) | scalars)
def test_generated_arguments(arg: Any) -> None:
    same(lambda m: m.argToList(arg))
    same(lambda m: m.argToBoolean(arg))
    same(lambda m: m.arg_to_number(arg))


@parameters("3 days", "12 hours ago", "2 weeks")
def test_relative_dates(case: str) -> None:
    ours, genuine = OURS.module.arg_to_datetime(case), GENUINE.module.arg_to_datetime(case)
    assert ours.tzinfo == genuine.tzinfo
    assert abs((ours - genuine).total_seconds()) < 5


# ------------------------------------------------------------------------------------------------------------- data


@given(data=nested, path=st.lists(texts | st.integers(0, 2), max_size=3))
def test_safe_get(data: Any, path: list[Any]) -> None:
    same(lambda m: m.dict_safe_get(data, path, "default"))


@given(items=st.lists(st.integers(), max_size=20), size=st.integers(1, 7))
def test_batches(items: list[int], size: int) -> None:
    same(lambda m: list(m.batch(items, size)))


def test_other_helpers_for_data() -> None:
    same(lambda m: m.SmartGetDict({"a": None, "b": 0}).get("a", 5))
    same(lambda m: m.SmartGetDict({"a": None, "b": 0}).get("b", 5))


# ------------------------------------------------------------------------------------------------------------- text


@given(text=texts | st.text("\\`*_{}[]()#+-!|\r\n<b>", max_size=12), base=texts)
def test_escapes(text: str, base: str) -> None:
    same(lambda m: m.tableToMarkdown("T", {"x": text}))
    same(lambda m: m.stringEscape(text))
    same(lambda m: m.stringUnEscape(text))
    same(lambda m: m.b64_encode(text))
    same(lambda m: m.urljoin(base, text))


# ------------------------------------------------------------------------------------------------------- indicators


@parameters(
    {"id": "1"},
    {"id": "1", "hostname": "LAB", "ip_address": ["192.0.2.1"], "vendor": "Absolute", "status": "Offline"},
    {"id": "1", "status": "online"},
    {"hostname": "no id"},
    {"id": "1", "unknown": 1},
)
def test_endpoints(case: dict[str, Any]) -> None:
    same(lambda m: m.Common.Endpoint(**case).to_context())


# -------------------------------------------------------------------------------------------------- command results

RESULTS: list[dict[str, Any]] = [
    {},
    {"outputs_prefix": "A.D", "outputs_key_field": "Id", "outputs": {"Id": 1}},
    {"outputs_prefix": "A.D", "outputs_key_field": ["Id", "Vendor"], "outputs": [{"Id": 1}, {"Id": 2, "n": None}]},
    {"outputs_prefix": "A.D", "outputs": []},
    {"outputs_prefix": "A.D", "outputs": {}},
    {"outputs_prefix": "A.D", "outputs": "text"},
    {"outputs_prefix": "A.D", "outputs": 5, "raw_response": 0},
    {"outputs_prefix": "A.D", "outputs": False},
    {"outputs": {"A.D(val.x == obj.x)": [1]}, "readable_output": "## Ok", "raw_response": {"a": 1}},
    {"outputs": ["a"]},
    {"outputs_prefix": ".", "outputs": {}},
    {"outputs_prefix": "A.Next", "outputs": "token"},
    {"readable_output": "text", "entry_type": 11, "raw_response": "raw"},
    {"outputs_key_field": 5, "outputs": {}, "outputs_prefix": "A"},
    {"outputs_key_field": ("a",), "outputs": {}, "outputs_prefix": "A"},
    {"raw_response": b"bytes"},
    {"execution_metrics": [{"Type": "Successful", "APICallsCount": 1}]},
]


@parameters(*RESULTS)
def test_command_results(case: dict[str, Any]) -> None:
    same(lambda m: m.CommandResults(**case).to_context())
    same(lambda m: m.return_results(m.CommandResults(**case)))


@given(outputs=nested, prefix=st.none() | st.sampled_from(["A.B", "A"]), key=st.none() | keys | st.lists(keys, max_size=2),
       readable=st.none() | texts, raw=nested)  # fmt: skip
def test_generated_command_results(outputs: Any, prefix: Any, key: Any, readable: Any, raw: Any) -> None:
    same(lambda m: m.CommandResults(outputs_prefix=prefix, outputs_key_field=key, outputs=outputs, readable_output=readable,
                                    raw_response=raw).to_context())  # fmt: skip


def test_command_results_with_objects() -> None:
    def endpoint(m: Any, number: int) -> Any:
        return m.Common.Endpoint(id=number, hostname="LAB")

    same(lambda m: m.CommandResults(indicator=endpoint(m, 1), outputs_prefix="A", outputs={"a": 1}).to_context())
    same(lambda m: m.CommandResults(scheduled_command=m.ScheduledCommand("poll", 30, {"id": "1"}, 600)).to_context())
    same(lambda m: m.CommandResults(scheduled_command=m.ScheduledCommand("poll", 5, {})).to_context())


def test_metrics() -> None:
    def counted(m: Any) -> Any:
        metrics = m.ExecutionMetrics()
        metrics.success += 1
        metrics.success += 1
        metrics.auth_error += 1
        metrics.auth_error = 0
        return [
            metrics.metrics,
            metrics.success,
            metrics.is_supported(),
            m.append_metrics(metrics, []),
        ]

    same(counted)
    same(lambda m: [m.ExecutionMetrics().metrics, m.append_metrics(m.ExecutionMetrics(), [])])


def test_return_results() -> None:
    metrics = {"Type": 19, "Contents": "m"}
    for results in (None, "ok", [], {}, {"Type": 1}, metrics, [metrics, "a", {"Type": 1}], 5, ["a"], [None]):
        same(lambda m: m.return_results(copy.deepcopy(results)))

    def mixed(m: Any) -> list[Any]:
        notes = [m.CommandResults(readable_output=str(number)) for number in (1, 2)]
        return [notes[0], "text", [notes[1]], {"Type": 1}]

    same(lambda m: m.return_results(mixed(m)))


@parameters(
    "absolute-device-list",
    "fetch-incidents",
    "fetch-credentials",
    "long-running-execution",
    "fetch-indicators",
    "fetch-events",
    "test-module",
)
def test_return_error(case: str) -> None:
    def run(m: Any, message: Any, raised: Exception | None = None) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(m.demisto, "command", lambda: case)
            try:
                if raised:
                    raise raised
            except Exception:
                return m.return_error(message, outputs={"A": 1})
            return m.return_error(message)

    same(lambda m: run(m, "plain"))
    same(lambda m: run(m, "has pass word+1 and pass+word%2B1 in it"))
    same(lambda m: run(m, "while handling", raised=ValueError("v")))
    same(lambda m: run(m, "while handling", raised=NotImplementedError("v")))
    same(lambda m: run(m, "x" * 50_001 + "y"))
    same(lambda m: run(m, m.DemistoException("as object")))
    same(lambda m: run(m, 5))


def test_return_error_in_debug_mode() -> None:
    def run(m: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(m.demisto, "is_debug", True)
            try:
                raise ValueError("v")
            except ValueError:
                return m.return_error("message")

    assert "Traceback (most recent call last)" in OURS.outcome(run)[1][0][1]["Contents"]
    ours, genuine = OURS.outcome(run), GENUINE.outcome(run)
    assert ours == genuine


def test_lines_in_tracebacks() -> None:
    trace = "".join(f'  File "<string>", line {n}, in f\n' for n in range(1, 100_000, 7)[:60]) + '  File "x.py", line 30, in g\n'

    def run(m: Any) -> str:
        if hasattr(m, "_MODULES_LINE_MAPPING"):
            m._MODULES_LINE_MAPPING.clear()  # where the genuine module itself lies, when it is one script with the integration
        for call in (
            ("Absolute", "start", 20, 0),
            ("FirstApiModule", "start", 40, -3),
            ("InnerApiModule", "start", 60, -3),
            ("InnerApiModule", "end", 80, 1),
            ("FirstApiModule", "end", 120, 1),
            ("SecondApiModule", "start", 140, -3),
            ("SecondApiModule", "end", 150, 1),
            ("Absolute", "end", 380, 0),
        ):
            m.register_module_line(*call)
        return m.fix_traceback_line_numbers(trace)

    ours, genuine = (run(Side(folder).module) for folder in FOLDERS)
    assert ours == genuine
    assert '"<InnerApiModule>"' in ours


# --------------------------------------------------------------------------------------------------------- polling


@pytest.mark.parametrize("requires", [True, False])
@parameters({}, {"polling": "true"}, {"polling": True, "hide_polling_output": True}, {"polling": "no"}, {"polling": "maybe"})
def test_polling(case: dict[str, Any], requires: bool) -> None:
    def run(m: Any, **result: Any) -> Any:
        @m.polling_function("poll-it", interval=15, timeout=900, poll_message="Waiting:", requires_polling_arg=requires)
        def command(args: dict[str, Any], client: str, flag: bool = False) -> Any:
            return m.PollResult(response=[client, flag], **result)

        args = dict(case)
        return command(args, "client", flag=True), args

    same(lambda m: run(m))
    same(lambda m: run(m, continue_to_poll=True))
    same(lambda m: run(m, continue_to_poll=lambda: True))
    same(lambda m: run(m, continue_to_poll=lambda: False))
    same(lambda m: run(m, continue_to_poll=True, args_for_next_run={"id": "1"}))
    same(
        lambda m: run(
            m, continue_to_poll=True, partial_result=m.CommandResults(readable_output="so far", outputs_prefix="A", outputs=[1])
        )
    )


# ---------------------------------------------------------------------------------------------------- the platform


@parameters("5.5.0", "6.10.0", "8.9.0", "8.10", "9", "8.9.0.1")
def test_versions(case: str) -> None:
    same(lambda m: m.is_demisto_version_ge(case))


def test_empty_parameters_have_defaults() -> None:
    same(lambda m: m.demisto.callingContext["params"].get("limit", 50))


@parameters(
    "send: b'GET /a HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer abc\\r\\nX: y\\r\\n\\r\\n'",
    "send: b'GET / HTTP/1.1\\r\\nCookie: abc\\r\\nauthorization: abc\\r\\n'",
    "send: b'{\"username\": \"a\", \"password\": \"b\"}'",
    "send: b'{\"password\": \"b\"}'",
    "header: Set-Cookie: a=b; c=d",
    "header: Content-Type: application/json",
    "send: b'POST /Token HTTP/1.1\\r\\n'",
)  # fmt: skip
def test_censored_logs(case: str) -> None:
    same(lambda m: m.censor_request_logs(case))


# --------------------------------------------------------------------------------------- commands of other integrations

NOTE, ERROR = (
    {"Type": 1, "Contents": {"a": 1}, "HumanReadable": "h", "Brand": "B", "ModuleName": "M"},
    {"Type": 4, "Contents": "no"},
)


@parameters(
    None, [], [NOTE], [NOTE, NOTE], [ERROR], [NOTE, ERROR, ERROR], NOTE, ERROR, ["text"], [{"Type": 16, "Contents": "d"}, NOTE]
)
def test_entries_of_other_commands(case: Any) -> None:
    same(lambda m: m.is_error(case))
    same(lambda m: m.get_error(case))


# ------------------------------------------------------------------------------------------------------------- HTTP


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback(echo) as loopback:
        yield loopback


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), "api-localhost")


@pytest.fixture(scope="module")
def tls_server(certificate: Path) -> Iterator[Loopback]:
    with Loopback(echo, tls(certificate)) as loopback:
        yield loopback


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy",
                 "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_TIMEOUT"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


def ask(m: Any, url: str, method: str = "GET", *, client: dict[str, Any] | None = None, **options: Any) -> Any:
    return m.BaseClient(url, **{"verify": False, **(client or {})})._http_request(method, **options)


REQUESTS: list[dict[str, Any]] = [
    {"url_suffix": "/a b", "params": {"q": "x y/z", "n": None, "l": [1, 2]}},
    {"method": "POST", "data": {"a": "ü"}, "headers": {"X-Own": "1"}},
    {"method": "PUT", "data": "raw", "auth": ("me", "secret")},
    {"method": "POST", "files": {"f": ("n.txt", b"content")}, "resp_type": "response", "url_suffix": "/status/200"},
    *({"url_suffix": f"/status/{code}/{kind}"} for code in (200, 204, 304, 400, 401, 404, 429, 500, 503)
      for kind in ("json", "text", "empty") if code not in (204, 304) or kind == "empty"),
    *({"url_suffix": "/status/200/xml", "resp_type": kind} for kind in ("text", "content", "response", "JSON", "other")),
    {"url_suffix": "/status/200/empty", "resp_type": "text"},
    {"url_suffix": "/status/200", "ok_codes": (201,)},
    {"url_suffix": "/status/404", "ok_codes": (404,)},
    {"url_suffix": "/status/404", "error_handler": lambda res: None},
    {"url_suffix": "/slow", "timeout": 0.05},
    {"url_suffix": "/slow", "client": {"timeout": 0.05}},
    {"url_suffix": None},
    {"url": "nonsense"},
    {"url": "http://127.0.0.1:1"},
]  # fmt: skip


@parameters(*REQUESTS)
@pytest.mark.parametrize("secure", [False, True])
def test_requests(case: dict[str, Any], secure: bool, server: Loopback, tls_server: Loopback) -> None:
    """What comes back, and what the server was asked."""
    target = tls_server if secure else server
    asked = []
    for side in (OURS, GENUINE):
        target.requests.clear()
        given: dict[str, Any] = {"url": target.url, **case}
        outcome = side.outcome(lambda m: ask(m, **given))
        multipart = ("content-type", "user-agent") if "files" in case else ("user-agent",)
        seen = [(method, path, {k: v for k, v in headers.items() if k not in multipart}, b"" if "files" in case else body)
                for method, path, headers, body in target.requests]  # fmt: skip
        asked.append((outcome, seen))
    assert asked[0] == asked[1]


def test_an_error_handler_may_raise(server: Loopback) -> None:
    def refuse(res: Any) -> None:
        raise ValueError(f"refused with {res.status_code}")

    same(lambda m: ask(m, server.url, url_suffix="/status/404", error_handler=refuse))


class Failing(BaseAdapter):
    """A network which fails in one way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def send(self, *_: Any, **__: Any) -> Any:
        raise self.error

    def close(self) -> None:
        """There is nothing to close."""


@parameters(
    requests.exceptions.ConnectTimeout("t"),
    requests.exceptions.ReadTimeout("t"),
    requests.exceptions.SSLError("bad certificate"),
    requests.exceptions.ProxyError("p"),
    requests.exceptions.ConnectionError("c"),
    requests.exceptions.ConnectionError(111, "refused"),
    requests.exceptions.ChunkedEncodingError("e"),
    requests.exceptions.TooManyRedirects("m"),
    requests.exceptions.InvalidURL("u"),
    ValueError("v"),
)
@pytest.mark.parametrize("verify", [True, False])
def test_network_errors(case: Exception, verify: bool) -> None:
    def run(m: Any) -> Any:
        client = m.BaseClient("https://api.example.com", verify=verify)
        client._session.mount("https://", Failing(case))
        try:
            client._http_request("GET")
        except Exception as e:
            return type(e).__name__, str(e), getattr(e, "exception", None) is case

    same(run)


def test_certificates(tls_server: Loopback, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Untrusted, trusted through the environment, and any certificate, whatever the environment says."""
    failed = same(lambda m: ask(m, tls_server.url, client={"verify": True}))
    assert failed[2].startswith("SSL Certificate Verification Failed")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert same(lambda m: ask(m, tls_server.url, client={"verify": True}))["path"] == "/"
    other = make_certificate(tmp_path)
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):

        def any_certificate(m: Any, variable: str = variable) -> Any:
            monkeypatch.setenv(variable, str(other))
            return ask(m, tls_server.url), os.environ.get(variable)

        assert same(any_certificate)[1] is None


def test_no_tls_at_the_other_end(server: Loopback) -> None:
    for verify in (True, False):
        outcome = same(lambda m: ask(m, server.url.replace("http:", "https:"), client={"verify": verify}))
        assert outcome[0] == "raised"


def test_old_servers(certificate: Path) -> None:
    """A server with an old cipher answers to whoever trusts any certificate."""
    context = tls(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
    with Loopback(echo, context) as loopback:
        assert same(lambda m: ask(m, loopback.url))["path"] == "/"


def test_proxies(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{server.port}"

    def through_proxy(m: Any, proxy: bool) -> Any:
        monkeypatch.setenv("HTTP_PROXY", address)
        return ask(m, "http://api.example.com", url_suffix="/x", client={"proxy": proxy}), os.environ.get("HTTP_PROXY")

    answer, variable = same(lambda m: through_proxy(m, True))
    assert answer["path"] == "http://api.example.com/x"
    assert variable == f"http://{address}"

    def without_proxy(m: Any) -> Any:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        return ask(m, server.url, url_suffix="/direct"), os.environ.get("HTTP_PROXY")

    assert same(without_proxy)[1] is None

    def broken_proxy(m: Any) -> Any:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        return ask(m, "http://api.example.com", client={"proxy": True})

    assert same(broken_proxy)[2].startswith("Proxy Error")


@parameters({}, {"REQUESTS_TIMEOUT": "7"}, {"REQUESTS_TIMEOUT": "7", "REQUESTS_TIMEOUT.Absolute": "9.5"})
def test_timeouts_of_the_environment(case: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in case.items():
        monkeypatch.setenv(name, value)
    same(lambda m: m.BaseClient("https://api.example.com", timeout=5).timeout)
    same(lambda m: m.BaseClient("https://api.example.com").timeout)


# ---------------------------------------------------------------------------------------------------- events for XSIAM


@parameters(
    [],
    "",
    None,
    [{"a": 1}, {"b": "ü"}],
    ["line 1", "line 2"],
    "CEF:0|a\nCEF:0|b",
    {"a": 1},
    [{"n": n, "pad": "x" * 50} for n in range(40)],
)
@pytest.mark.parametrize("answers", [[200], [429, 200], [429, 429, 429], [401], [500]])
def test_events(case: Any, answers: list[int], certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    outcomes = []
    for side in (OURS, GENUINE):
        remaining = list(answers)

        def collector(method: str, path: str, body: bytes, remaining: list[int] = remaining) -> Any:
            status = remaining.pop(0) if remaining else 200
            return status, {}, b'{"error": "false"}' if status == 200 else b"refused"

        with Loopback(collector, tls(certificate)) as loopback, resolving("api-localhost"):
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            fields = {"Http_Connector.token": "t", "Http_Connector.url": f"localhost:{loopback.port}"}
            monkeypatch.setattr(side.module.demisto, "getLicenseCustomField", fields.get)
            outcome = side.outcome(lambda m: m.send_events_to_xsiam(copy.deepcopy(case), "absolute", "control", chunk_size=900))
            seen = [
                (method, path, {k: v for k, v in headers.items() if k not in ("content-length", "host")}, gzip.decompress(body))
                for method, path, headers, body in loopback.requests
            ]
        outcomes.append((*outcome, seen))
    assert outcomes[0] == outcomes[1]


def test_an_error_in_the_answer(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def over_quota(*_: Any) -> Any:
        return 200, {}, b'{"error": "quota"}'

    outcomes = []
    for side in (OURS, GENUINE):
        with Loopback(over_quota, tls(certificate)) as loopback, resolving("api-localhost"):
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            fields = {"Http_Connector.token": "t", "Http_Connector.url": f"localhost:{loopback.port}"}
            monkeypatch.setattr(side.module.demisto, "getLicenseCustomField", fields.get)
            outcomes.append(side.outcome(lambda m: m.send_events_to_xsiam([{"a": 1}], "v", "p")))
    assert outcomes[0] == outcomes[1]


@given(lines=st.lists(st.text(max_size=30), max_size=40), size=st.integers(0, 500))
def test_chunks(lines: list[str], size: int) -> None:
    same(lambda m: list(m.split_data_to_chunks("\n".join(lines), size)))


# ------------------------------------------------------------------------------------------------------------- files


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (("a.txt", "täxt"), ("../../a.txt", b"bytes", 9), ("a", "x", 3)):

        def result(m: Any, arguments: Any = arguments) -> Any:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(m.demisto, "uniqueFile", lambda: "unique")
                entry = m.fileResult(*arguments)
            return entry, (tmp_path / "1_unique").read_bytes()

        same(result)
