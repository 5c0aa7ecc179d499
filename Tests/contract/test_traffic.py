"""What comes of every line of the catalogue: valid requests, documented answers, declared outputs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import Absolute
import pytest
from catalogue import read_catalogue
from hypothesis import given
from hypothesis import strategies as st
from local_absolute import Fault, faults
from local_absolute.http_answer import json_answer
from local_xsoar import Integration
from pack_files import manifest

from contract.answer_rules import CONTRADICTIONS, judged
from contract.commands import HIDDEN, TARGETS, Case
from contract.document import Document, DocumentedOperation
from contract.operations import OTHERWISE, TABLE, callers, markdown_table, otherwise
from contract.request_rules import query_problems, request_problems
from contract.traffic import Traffic

KIND_OPERATIONS = ("create", "requests", "request", "all_actions", "actions", "cancel", "certificate")
# What each status is in words.
SAID = {
    400: "The API did not accept the request",
    401: "Absolute refused the sign-in (401)",
    403: "lacks the permission",
    404: "There is no such object",
    409: "The request conflicts with the current state",
    429: "The account's limit of 20 requests per second was exceeded",
    500: "The service has a problem",
    503: "The service has a problem",
}
# Where another operation tells what became of a lost answer, or the device is known to be there and has no values: nothing is
# left to be said of the status.
KNOWN_OTHERWISE = {
    *((name, status) for name in ("REPORT_FOUND", "ACTIVATE_POLICY") for status in (500, 503)),
    ("GET_DATA_POINTS", 404),
}
JWS = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{3,}\.[A-Za-z0-9_-]{40,}")
RAW_ERROR = re.compile(r"Traceback|Error: '|has no attribute|NoneType|not iterable|not subscriptable|unhashable|<html", re.I)
CREATED = ("DeviceUnenroll", "WipeRequest", "FileDeleteRequest", "EumRequest")
READ = "/get-actions"
NOBODY = "00000000-0000-4000-8000-000000000000"
TYPED_SECRETS = ("01234567", "Tr0ub4dor")


def integration_operations() -> dict[str, Absolute.Operation]:
    """By name: the constants, and the operations of the kinds of device actions."""
    constants = vars(Absolute).items()
    kinds = [(name, kind) for name, kind in constants if isinstance(kind, Absolute.ActionKind)]
    return {
        **{name: one for name, one in constants if isinstance(one, Absolute.Operation)},
        **{f"{name}.{part}": getattr(kind, part) for name, kind in kinds for part in KIND_OPERATIONS},
    }


OPERATIONS = integration_operations()
# The kinds offer them all; the API has no such operations, and no command leads to them.
NOT_IN_API = {"UNENROLL.cancel", "UNENROLL.certificate", "MESSAGE.certificate", "SCRIPT.certificate"}
CALLED = sorted(OPERATIONS.keys() - NOT_IN_API)


def documented(document: Document, name: str) -> DocumentedOperation:
    """The document's operation behind one of the integration's. KeyError when there is none."""
    return document.operation(f"{OPERATIONS[name].method} {OPERATIONS[name].path}")


def assert_none(found: Iterable[str]) -> None:
    if listed := Counter(found):
        pytest.fail("\n".join([f"{len(listed)} problems:", *[*listed][:100]]), pytrace=False)


# Requests -------------------------------------------------------------------------------------------------------------


def test_every_request_is_valid(document: Document, traffic: Traffic) -> None:
    assert_none(f"{problem}: {one}" for one in traffic.exchanges for problem in request_problems(document, one))


def test_every_operation_of_the_integration_is_called(document: Document, traffic: Traffic) -> None:
    found = (document.find(exchange.method, exchange.path) for exchange in traffic.exchanges)
    called = {one[0] for one in found if one is not None}
    assert_none(f"no line of commands.yml calls {name}" for name in CALLED if documented(document, name) not in called)


def test_commands_change_something_just_where_the_integration_says_so(integration: Integration, traffic: Traffic) -> None:
    """What it lists as changing is what a read-only instance refuses. Some lists are read by POST."""
    writes = {run.case.command for run in traffic.runs for one in run.exchanges if one.method != "GET" and READ not in one.path}
    assert writes == (Absolute.CHANGING | Absolute.EITHER).keys()
    assert Absolute.COMMANDS.keys() == integration.commands.keys()


def test_what_the_platform_runs_by_itself_succeeds(integration: Integration, traffic: Traffic) -> None:
    runs = [run for run in traffic.runs if run.case.command not in integration.commands]
    assert runs
    assert_none(f"{run.case}: {run.result.error}" for run in runs if not run.result.ok)


@pytest.mark.parametrize("name", sorted(NOT_IN_API))
def test_an_operation_that_the_api_does_not_have(name: str, document: Document) -> None:
    with pytest.raises(KeyError):
        documented(document, name)


def test_every_argument_is_taken_with_every_value_that_is_offered(integration: Integration, traffic: Traffic) -> None:
    # An error with outputs tells what became of devices: its arguments were taken.
    accepted = [run.case for run in traffic.runs if run.result.ok or run.result.last.data.get("EntryContext")]
    taken = {(case.command, {TARGETS: "device_ids"}.get(name, name)) for case in accepted for name in case.args}
    values = {(case.command, *given) for case in accepted for given in case.args.items()}
    missing = []
    for command in integration.commands.values():
        for argument in command.arguments:
            known = (command.name, argument.name) in taken or argument.name in HIDDEN
            missing += [] if known else [f"{command.name} {argument.name}"]
            offered = [value for value in argument.predefined if (command.name, argument.name, value) not in values]
            missing += [f"{command.name} {argument.name}={value}" for value in offered]
    assert_none(missing)


def test_every_list_asks_for_its_next_page_as_documented(
    document: Document, traffic: Traffic, leading_to: dict[DocumentedOperation, Case]
) -> None:
    """Each is given a cursor, which the real API does from a length on that no test has: the call after that is valid too."""
    found = []
    for operation in (documented(document, name) for name in CALLED):
        if "nextPage" not in operation.parameters:
            continue
        with two_empty_pages(traffic, document, operation):
            again = [one for one in traffic.stage.run(leading_to[operation]).exchanges if "nextPage=" in one.query]
        found += [] if again else [f"{operation} is not paged by {leading_to[operation]}"]
        found += [f"{problem}: {one}" for one in again for problem in request_problems(document, one)]
    assert_none(found)


@contextmanager
def two_empty_pages(traffic: Traffic, document: Document, operation: DocumentedOperation) -> Iterator[None]:
    """While it lasts, the operation answers an empty page with a cursor, and behind that an empty one without."""

    def page(asked_for: bool, pagination: dict[str, str]) -> Fault:
        return Fault(
            when=lambda method, path, query, body: (
                is_call(document, operation, method, path) and asked_for == ("nextPage=" in query)
            ),
            action=lambda process: json_answer(200, {"data": [], "metadata": {"pagination": pagination}}),
        )

    with faults_of(traffic, page(False, {"nextPage": "bmV4dA+/=="}), page(True, {})):
        yield


@contextmanager
def faults_of(traffic: Traffic, *wanted: Fault) -> Iterator[None]:
    for fault in wanted:
        traffic.stage.tenant.faults.add(fault)
    try:
        yield
    finally:
        traffic.stage.tenant.faults.clear()


def is_call(document: Document, operation: DocumentedOperation, method: str, path: str) -> bool:
    found = document.find(method, path)
    return found is not None and found[0] == operation


LIMITS = [
    ("DfzCreateRequest", "deviceUids", "maxItems", Absolute.MAX_DEVICES_PER_REQUEST),
    ("DfzCreateRequest", "requestTitle", "maxLength", Absolute.MAX_TITLE),
    ("DfzCreateRequest", "notificationEmails", "maxItems", Absolute.MAX_EMAILS),
    ("DfzRemoveFreezeRequest", "deviceUids", "maxItems", Absolute.MAX_DEVICES_PER_REQUEST),
    ("DfzMessageRequest", "name", "maxLength", Absolute.MAX_MESSAGE_NAME),
    ("DfzMessageRequest", "content", "maxLength", Absolute.MAX_MESSAGE),
    ("DfzDefinition", "offlineTimeSeconds", "minimum", Absolute.OFFLINE_SECONDS[0]),
    ("DfzDefinition", "offlineTimeSeconds", "maximum", Absolute.OFFLINE_SECONDS[-1]),
    *((f"Create{kind}", "deviceUids", "maxItems", Absolute.MAX_DEVICES_PER_REQUEST) for kind in CREATED),
    ("ExecuteRequest", "deviceUids", "maxItems", Absolute.MAX_DEVICES_PER_REQUEST),
    ("QueryActionsDeviceUids", "deviceUids", "maxItems", Absolute.MAX_DEVICES_PER_REQUEST),
    ("QueryDeviceUids", "deviceUids", "maxItems", Absolute.SCRIPT.devices_per_look),
    ("CreateEumRequest", "submitButtonCaption", "maxLength", Absolute.MAX_CAPTION),
]


@pytest.mark.parametrize(("schema", "member", "rule", "limit"), LIMITS)
def test_limits_that_are_too_large_to_reach(schema: str, member: str, rule: str, limit: int, document: Document) -> None:
    assert document.content["components"]["schemas"][schema]["properties"][member][rule] == limit


@given(data=st.data())
@pytest.mark.parametrize("report", ["DEVICES", "APPLICATIONS"])
def test_no_value_breaks_a_query(report: str, data: st.DataObject, document: Document) -> None:
    """Whatever is searched for, and by whatever fields: one valid query after the other."""
    offered = {"DEVICES": Absolute.TARGET_ARGUMENTS, "APPLICATIONS": Absolute.APPLICATION_FILTERS}[report]
    arguments = data.draw(st.lists(st.sampled_from([one for one in offered if one.api_field != "macAddress"]), unique=True))
    criteria = [Absolute.Criterion(one.name, tuple(data.draw(st.lists(terms(one), min_size=1, max_size=4)))) for one in arguments]
    for query in Absolute.plan_queries(criteria):
        operation = document.operation(f"GET {getattr(Absolute, report).simple.path}{'-advanced' if query.advanced else ''}")
        assert [*query_problems(document, operation, Absolute.encode_query(query.params))] == []


def terms(argument: Absolute.TargetArgument) -> st.SearchStrategy[Absolute.Term]:
    """Conditions on the field of an argument."""
    suffixes = st.sampled_from(["", *argument.suffixes])
    return st.builds(Absolute.Term, st.just("typed"), st.just(argument.api_field), suffixes, st.text(min_size=1))


# Answers --------------------------------------------------------------------------------------------------------------


def test_every_answer_is_documented(document: Document, traffic: Traffic) -> None:
    found = [(one, *problem) for one in traffic.exchanges for problem in judged(document, one)]
    assert_none(f"{problem}: {one}" for one, problem, contradiction in found if contradiction is None)
    assert {contradiction for _, _, contradiction in found} == set(CONTRADICTIONS), "what is met no more is taken out"


@pytest.mark.parametrize("status", SAID)
@pytest.mark.parametrize("name", CALLED)
def test_every_status_is_said_in_words(
    name: str,
    status: int,
    document: Document,
    traffic: Traffic,
    leading_to: dict[DocumentedOperation, Case],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An operation that answers nothing but this status: what the analyst reads, and what is written to the log."""
    operation = documented(document, name)
    assert status in operation.answers
    assert operation in leading_to, f"no line of commands.yml calls {name}"
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fault = Fault(
        when=lambda method, path, query, body: is_call(document, operation, method, path),
        action=faults.status(status, retry_after=0),
    )
    with faults_of(traffic, fault):
        # A device that is in the policy group already is not moved: then another one is, and that takes no dozen.
        tried = (traffic.stage.run(leading_to[operation]).result for _ in range(12))
        result = next(result for result in tried if fault.hits)
    said, logged = (json.dumps(one, ensure_ascii=False) for one in (result.entries, result.logs))
    assert SAID[status] in said or (name, status) in KNOWN_OTHERWISE
    assert not RAW_ERROR.search(said)
    assert not JWS.search(said + logged)
    assert [secret for secret in (str(traffic.stage.token.secret), *TYPED_SECRETS) if secret in said + logged] == []


# Outputs --------------------------------------------------------------------------------------------------------------


def test_what_is_declared_is_emitted_and_what_is_emitted_is_declared(traffic: Traffic) -> None:
    """The platform itself describes a file; and `fields=` asks for fields that are the API's own."""
    declared = declared_outputs()
    emitted: set[tuple[str, str]] = set()
    for run in traffic.runs:
        entries = run.result.entries if "fields" not in run.case.args else []
        contexts = (entry.get("EntryContext") or {} for entry in entries)
        emitted |= {(run.case.command, path) for context in contexts for path in paths_of(context)}
    assert_none(f"{name} emits {path}" for name, path in emitted if name in declared and not is_declared(path, declared[name]))
    paths = {path for _, path in emitted}
    expected = {path for outputs in declared.values() for path in outputs if not path.startswith("InfoFile.")}
    unfilled = {path for path in expected if not any(f"{other}.".startswith(f"{path}.") for other in paths)}
    assert unfilled == {path for entry in read_catalogue() for path in entry.never_filled}


def declared_outputs() -> dict[str, dict[str, str]]:
    """By command its context paths with their types."""
    commands = manifest()["script"]["commands"]
    return {
        command["name"]: {output["contextPath"]: output.get("type", "") for output in command.get("outputs", [])}
        for command in commands
    }


def paths_of(value: object, prefix: str = "") -> Iterator[str]:
    """The leaves of an entry context, lists flattened, DT keys cut off."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from paths_of(inner, f"{prefix}.{str(name).partition('(')[0]}".strip("."))
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for inner in value:
            yield from paths_of(inner, prefix)
    else:
        yield prefix


def is_declared(path: str, outputs: Mapping[str, str]) -> bool:
    """Declared itself, part of an object that is declared as a whole, or empty where only its members are declared."""
    wholes = [other for other, kind in outputs.items() if kind == "Unknown"]
    return path in outputs or any(path.startswith(f"{w}.") for w in wholes) or any(one.startswith(f"{path}.") for one in outputs)


# The table ------------------------------------------------------------------------------------------------------------


def test_what_the_table_says_of_any_operation_is_so(document: Document, traffic: Traffic) -> None:
    """What it says is reached names its devices in path or body, or touches none; what is not wanted is refused."""
    for operation in (one for one, names in callers(document, traffic.exchanges).items() if not names):
        body = dict.fromkeys(document.schemas.members(operation.body), NOBODY) if operation.body else None
        request = Absolute.AnyRequest(operation.method, re.sub(r"{\w+}", NOBODY, operation.path), (), body)
        named = [name for name, _ in Absolute.named_values(request) if not Absolute.stands_for_no_device(name)]
        told = [name for name in named if re.fullmatch(Absolute.DEVICE_NAMES, name) or "group" in name.lower()]
        assert (request.reads or request.touches_no_device or bool(told)) == (otherwise(operation) == OTHERWISE), str(operation)


def test_the_table_of_operations_is_up_to_date(document: Document, traffic: Traffic) -> None:
    assert TABLE.is_file(), "python -m contract table"
    assert TABLE.read_text("utf-8") == markdown_table(document, traffic.exchanges), "python -m contract table"
