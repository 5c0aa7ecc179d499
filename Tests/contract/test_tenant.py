"""The local tenant answers as the document says, whatever it is asked: what it takes, and each way in which it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Token, faults

from contract.answer_rules import answer_problems
from contract.caller import CREATE, Caller, ValidCalls, tenants_operations
from contract.document import Document, DocumentedOperation, Parameter
from contract.request_rules import body_problems, path_problems, query_problems, value_problems
from contract.schemas import LISTED_VALUE
from contract.traffic import Exchange

NOBODY = "00000000-0000-4000-8000-000000000000"
SAMPLES = (NOBODY, "2026-01-05T00:00:00.000Z", "true", "1")
# A string for the schema, and a boolean by its name and by those of its kind.
TYPED_OTHERWISE = {"agentStatusEmpty": "true"}
ERRORS = (400, 401, 403, 404, 409, 429, 500, 503)
HOUR = 3600


@pytest.fixture
def call_as(tenant: LocalTenant) -> Iterator[Callable[[Token], Caller]]:
    """Makes callers, whose connections are closed after the test."""
    made: list[Caller] = []

    def make(token: Token) -> Caller:
        made.append(Caller(tenant, token.id, token.secret or ""))
        return made[-1]

    yield make
    for caller in made:
        caller.session.close()


@pytest.fixture
def caller(call_as: Callable[[Token], Caller], token: Token) -> Caller:
    return call_as(token)


@pytest.fixture
def calls(document: Document, tenant: LocalTenant, clock: ManualClock, caller: Caller) -> ValidCalls:
    """Valid calls of a tenant in which everything that can be asked for exists."""
    calls = ValidCalls(tenant)
    for operation in tenants_operations(document):
        if str(operation).startswith(CREATE):
            caller.call(operation.method, operation.path, (), calls.body(operation))
    clock.advance(HOUR)
    return calls


def assert_none(found: Iterable[str]) -> None:
    if listed := [*found]:
        pytest.fail("\n".join([f"{len(listed)} problems:", *listed[:30]]), pytrace=False)


def problems(document: Document, exchange: Exchange, *statuses: int) -> list[str]:
    """What is wrong with an answer that must have one of the statuses."""
    other = [] if exchange.status in statuses else [f"{exchange.status} instead of {statuses}"]
    return [f"{exchange}: {problem}" for problem in [*other, *answer_problems(document, exchange)]]


def test_valid_calls_are_taken(document: Document, calls: ValidCalls, caller: Caller) -> None:
    """The calls are checked as well: the tenant must not take what the document does not allow."""
    found = []
    for operation in tenants_operations(document):
        exchange = caller.call(operation.method, calls.path(operation), calls.params(operation), calls.body(operation))
        found += [*query_problems(document, operation, exchange.query), *body_problems(document, operation, exchange.payload)]
        found += problems(document, exchange, *(status for status in operation.answers if status < 300))
    assert_none(found)


def test_every_documented_parameter_is_taken(document: Document, calls: ValidCalls, caller: Caller) -> None:
    found = []
    for operation in tenants_operations(document):
        path, body = calls.path(operation), calls.body(operation)
        least = {**dict(calls.params(operation)), **({"pageSize": "1"} if "pageSize" in operation.parameters else {})}
        for name, value in offered(document, operation):
            found += problems(document, caller.call(operation.method, path, tuple({**least, name: value}.items()), body), 200)
    assert_none(found)


def offered(document: Document, operation: DocumentedOperation) -> Iterator[tuple[str, str]]:
    """Each query parameter with each value that its description lists, or with one that is valid. Dates that are required
    are given anyway, and a cursor cannot be made up."""
    for name, one in operation.parameters.items():
        if one.place == "query" and not one.required and name != "nextPage":
            yield from ((name, value) for value in values(document, operation, one))


def values(document: Document, operation: DocumentedOperation, parameter: Parameter) -> list[str]:
    if parameter.name == "filter":
        simple = document.operation(str(operation).removesuffix("-advanced")).parameters
        return [f"{field} eq {literal(document, operation, simple[field])}" for field in sorted(parameter.allowed)]
    if parameter.name == "select":
        # Many at once; a parent and its child, which must not be selected together, differ in their dots.
        by_depth = sorted(parameter.allowed, key=lambda name: name.count("."))
        parts = [list(names) for _, names in groupby(by_depth, key=lambda name: name.count("."))]
        return [",".join(names[start : start + 200]) for names in parts for start in range(0, len(names), 200)]
    return sorted(parameter.allowed) or [sample(document, operation, parameter)]


def literal(document: Document, operation: DocumentedOperation, field: Parameter) -> str:
    value = sample(document, operation, field)
    return f"'{value}'" if field.type == "string" and field.name not in TYPED_OTHERWISE else value


def sample(document: Document, operation: DocumentedOperation, parameter: Parameter) -> str:
    """One valid value."""
    if parameter.name in TYPED_OTHERWISE:
        return TYPED_OTHERWISE[parameter.name]
    candidates = [*LISTED_VALUE.findall(parameter.description), *SAMPLES]
    return next(value for value in candidates if not [*value_problems(document, operation, parameter, value)])


def test_the_largest_and_the_smallest_page(document: Document, calls: ValidCalls, caller: Caller) -> None:
    found, followed = [], 0
    for operation in tenants_operations(document):
        if "pageSize" not in operation.parameters:
            continue
        params, body, path = calls.params(operation), calls.body(operation), calls.path(operation)
        largest = ("pageSize", str(operation.parameters["pageSize"].maximum))
        found += problems(document, caller.call(operation.method, path, (*params, largest), body), 200)
        params = (*params, ("pageSize", "1"))
        first = caller.call(operation.method, path, params, body)
        if cursor := first.content["metadata"].get("pagination", {}).get("nextPage"):
            found += problems(document, caller.call(operation.method, path, (*params, ("nextPage", cursor)), body), 200)
            followed += 1
    assert_none(found)
    assert followed > 5


@pytest.mark.parametrize("status", ERRORS)
def test_faults_answer_as_documented(
    status: int, document: Document, tenant: LocalTenant, calls: ValidCalls, caller: Caller
) -> None:
    tenant.faults.add(Fault(action=faults.status(status)))
    found = []
    for operation in tenants_operations(document):
        found += problems(document, caller.call(operation.method, calls.path(operation), (), calls.body(operation)), status)
    assert_none(found)


# Refusals -------------------------------------------------------------------------------------------------------------


def test_a_wrong_signature(
    document: Document, tenant: LocalTenant, call_as: Callable[[Token], Caller], calls: ValidCalls
) -> None:
    forger = call_as(tenant.tokens.create_symmetric())
    forger.secret = "another one"
    assert_none(refused(document, calls, forger, 401))


def test_a_token_that_may_do_nothing(
    document: Document, tenant: LocalTenant, call_as: Callable[[Token], Caller], calls: ValidCalls
) -> None:
    powerless = call_as(tenant.tokens.create_symmetric(permissions=frozenset()))
    for_everybody = ("GET /v3/configurations/device-groups/", "GET /v3/configurations/custom-data-collector/datapoints")
    assert_none(found for found in refused(document, calls, powerless, 403) if not found.startswith(for_everybody))


@pytest.mark.parametrize("value", [NOBODY, "x"])
def test_what_a_path_names_and_is_not_there(value: str, document: Document, calls: ValidCalls, caller: Caller) -> None:
    found = []
    for operation in tenants_operations(document):
        values = {name: value for name, one in operation.parameters.items() if one.place == "path"}
        if values:
            status = 400 if [*path_problems(document, operation, values)] else 404
            exchange = caller.call(operation.method, operation.path.format(**values), (), calls.body(operation))
            found += problems(document, exchange, status)
    assert_none(found)


@pytest.mark.parametrize("body", [7, {"deviceUids": "x"}, {"deviceUids": ["x"]}, [{}]], ids=str)
def test_a_body_that_is_none(body: Any, document: Document, calls: ValidCalls, caller: Caller) -> None:
    found = []
    for operation in tenants_operations(document):
        if operation.body:
            found += problems(document, caller.call(operation.method, calls.path(operation), (), body), 400)
    assert_none(found)


def test_a_parameter_that_is_none(document: Document, calls: ValidCalls, caller: Caller) -> None:
    """The document does not say whether it is refused or ignored."""
    found = []
    for operation in tenants_operations(document):
        if operation.method == "GET":
            params = (*calls.params(operation), ("$filter", "x"))
            found += problems(document, caller.call("GET", calls.path(operation), params), 400, 200)
    assert_none(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [("pageSize", "501"), ("sortBy", "x"), ("select", "x"), ("nextPage", "x"), ("filter", "x"), ("filter", "x eq 1")],
)
def test_a_value_that_is_none(name: str, value: str, document: Document, calls: ValidCalls, caller: Caller) -> None:
    found = []
    for operation in tenants_operations(document):
        if name in operation.parameters and [*value_problems(document, operation, operation.parameters[name], value)]:
            params = (*calls.params(operation), (name, value))
            found += problems(document, caller.call(operation.method, calls.path(operation), params, calls.body(operation)), 400)
    assert_none(found)


def test_too_many_calls(document: Document) -> None:
    with LocalTenant(devices=1, clock=ManualClock(), rate_limit=1) as tenant:
        token = tenant.tokens.create_symmetric()
        caller = Caller(tenant, token.id, token.secret or "")
        answers = [caller.call("GET", "/v3/configurations/policy-groups") for _ in range(3)]
        caller.session.close()
    assert_none(found for answer in answers[1:] for found in problems(document, answer, 429))


def refused(document: Document, calls: ValidCalls, caller: Caller, status: int) -> Iterator[str]:
    """What is wrong when a caller whom each operation must refuse makes calls that are valid in themselves."""
    for operation in tenants_operations(document):
        exchange = caller.call(operation.method, calls.path(operation), calls.params(operation), calls.body(operation))
        yield from problems(document, exchange, status)
