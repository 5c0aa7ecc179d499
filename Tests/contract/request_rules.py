"""Whether a request is valid for its operation: path, query, body, and what the document's prose says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from contract.document import Document, DocumentedOperation, Parameter
from contract.prose import RULES_IN_PROSE
from contract.traffic import Exchange

# RFC 3986: unreserved characters, percent-encoded octets, and the parentheses that the vendor leaves as they are.
QUERY_VALUE = re.compile(r"(?:[A-Za-z0-9._~()-]|%[0-9A-F]{2})*")
CONDITION = re.compile(r"(\w+) eq ('[^']*'|true|false|\d+)")
HEADER_MEMBERS = {"alg", "kid", "method", "content-type", "uri", "query-string", "issuedAt"}


def request_problems(document: Document, exchange: Exchange) -> list[str]:
    """What is wrong with the request; empty when it is valid."""
    found = document.find(exchange.method, exchange.path)
    if found is None:
        return ["there is no such operation"]
    operation, values = found
    return [
        *header_problems(exchange.header),
        *path_problems(document, operation, values),
        *query_problems(document, operation, exchange.query),
        *body_problems(document, operation, exchange.payload),
    ]


def header_problems(header: Mapping[str, Any]) -> Iterator[str]:
    """The members of the JOSE header (guide "Create the JOSE header")."""
    if set(header) != HEADER_MEMBERS:
        yield f"the JOSE header has the members {sorted(header)}"
    if header.get("alg") not in ("HS256", "ES256") or header.get("content-type") != "application/json":
        yield f"the JOSE header says {header.get('alg')}, {header.get('content-type')}"
    if type(header.get("issuedAt")) is not int:
        yield f"issuedAt is {header.get('issuedAt')!r}"


# Path and query -------------------------------------------------------------------------------------------------------


def path_problems(document: Document, operation: DocumentedOperation, values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        for problem in document.schemas.problems(operation.parameters[name].pointer, unquote(value)):
            yield f"path value {name}: {problem}"


def query_problems(document: Document, operation: DocumentedOperation, query: str) -> Iterator[str]:
    given = [part.partition("=") for part in query.split("&")] if query else []
    offered = {name: parameter for name, parameter in operation.parameters.items() if parameter.place == "query"}
    names = [name for name, _, _ in given]
    yield from (f"query: {name} is missing" for name, one in offered.items() if one.required and name not in names)
    for name in {name for name in names if names.count(name) > 1}:
        if name not in offered or "Can be used multiple times" not in offered[name].description:
            yield f"query: {name} is given {names.count(name)} times"
    for name, sign, text in given:
        if name not in offered:
            yield f"query: the operation has no parameter {name}"
        elif not sign or not QUERY_VALUE.fullmatch(text):
            yield f"query: {name} is not encoded: {text}"
        else:
            value = unquote(text, errors="strict")
            yield from (
                f"query: {name}={value}: {problem}" for problem in value_problems(document, operation, offered[name], value)
            )


def value_problems(document: Document, operation: DocumentedOperation, parameter: Parameter, value: str) -> Iterator[str]:
    """A value against the schema of its parameter, and against what the description of the parameter says."""
    yield from document.schemas.problems(parameter.pointer, typed(parameter.type, value))
    if parameter.maximum is not None and not (value.isdecimal() and 1 <= int(value) <= parameter.maximum):
        yield f"not a number from 1 to {parameter.maximum}"
    if check := BY_NAME.get(parameter.name):
        yield from check(document, operation, value)


def typed(kind: str, text: str) -> Any:
    """The value that a text stands for; the text itself when it stands for none of that kind."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return int(text) if kind == "integer" and re.fullmatch(r"-?\d+", text) else text


def select_problems(document: Document, operation: DocumentedOperation, value: str) -> Iterator[str]:
    """ "You cannot use both the top level object and nested parameters at the same time"."""
    fields, allowed = value.split(","), operation.parameters["select"].allowed
    yield from (f"{name} cannot be selected" for name in fields if name not in allowed)
    yield from (f"{name} is selected twice" for name in set(fields) if fields.count(name) > 1)
    yield from (f"{name} is selected beside its parent" for name in fields if name.rpartition(".")[0] in fields)


def sort_problems(document: Document, operation: DocumentedOperation, value: str) -> Iterator[str]:
    allowed = operation.parameters["sortBy"].allowed
    yield from (f"{key} is no sort key" for key in value.split(",") if key not in allowed)


def filter_problems(document: Document, operation: DocumentedOperation, value: str) -> Iterator[str]:
    """The grammar of advanced filters; a field is of the type that it has as a parameter of the operation without them."""
    rest = CONDITION.sub("C", value)
    while (shorter := re.sub(r"\(C\)|C (?:and|or) C", "C", rest)) != rest:
        rest = shorter
    if rest != "C":
        yield f"not a filter expression: {value[:200]}"
    simple = document.operation(str(operation).removesuffix("-advanced")).parameters
    for name, literal in CONDITION.findall(value):
        if name not in operation.parameters["filter"].allowed:
            yield f"{name} is no field of a filter"
        elif literal.startswith("'") != (simple[name].type == "string"):
            yield f"{name} eq {literal}: the field is a {simple[name].type}"
        else:
            yield from document.schemas.problems(simple[name].pointer, typed(simple[name].type, literal.strip("'")))


BY_NAME: dict[str, Callable[[Document, DocumentedOperation, str], Iterator[str]]] = {
    "select": select_problems,
    "sortBy": sort_problems,
    "filter": filter_problems,
}


# Body -----------------------------------------------------------------------------------------------------------------


def body_problems(document: Document, operation: DocumentedOperation, payload: Any) -> Iterator[str]:
    """ "The request body needs to be wrapped in a `data` tag"; without a body the payload is `{}`."""
    if operation.body is None:
        if payload != {}:
            yield f"body: the operation takes none, the payload is {payload}"
    elif not isinstance(payload, dict) or set(payload) != {"data"}:
        yield "body: it is not wrapped in `data`"
    else:
        rules = [rule for name, _, rule in RULES_IN_PROSE if name == str(operation)]
        problems = document.schemas.problems(operation.body, payload["data"])
        problems += [problem for rule in rules for problem in document.schemas.problems_of(rule, payload["data"])]
        yield from (f"body: {problem}" for problem in problems)
