"""Whether an answer is one that the document gives for its operation: status, media type, body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contract.document import Document, DocumentedOperation
from contract.traffic import Exchange

JSON_TYPE = "application/json"
MAGIC = {"application/pdf": b"%PDF-", "application/zip": b"PK\x03\x04"}


@dataclass(frozen=True)
class Contradiction:
    """A place where the document contradicts itself: whatever the answer is, it breaks one of two rules.

    `operation` is the one that answers so; `problem` is searched for in what the schema says of the answer.
    """

    operation: str
    problem: str
    reason: str


# They are lists: two of them take nextPage and pageSize, and the third is not told of which device.
_LISTS_SHOWN_AS_ONE_OBJECT = (
    "GET /v3/reporting/edd-matchdetail",
    "GET /v3/reporting/edd-matchdetail/devices/{deviceUid}",
    "GET /v3/reporting/edd-summary",
)
CONTRADICTIONS = (
    *(
        Contradiction(one, r"\('data', 'metadata' were unexpected\)", "the document shows one object in place of a list")
        for one in _LISTS_SHOWN_AS_ONE_OBJECT
    ),
    Contradiction(
        "GET /v3/actions/freeze/requests/{requestUid}",
        r"configuration\.type: 'OffLine' is not one of \['OnDemand', 'Scheduled'\]",
        "DfzConfiguration.type lists two types of freezes, deviceFreezeType of the request that it repeats takes three",
    ),
)


def answer_problems(document: Document, exchange: Exchange) -> list[str]:
    """What is wrong with the answer; empty when the document allows it, or contradicts itself."""
    return [problem for problem, contradiction in judged(document, exchange) if contradiction is None]


def judged(document: Document, exchange: Exchange) -> Iterator[tuple[str, Contradiction | None]]:
    """Each problem of the answer, with the contradiction that excuses it."""
    found = document.find(exchange.method, exchange.path)
    if found is None:
        yield "there is no such operation", None
        return
    for problem in problems_of(document, found[0], exchange):
        excuses = (one for one in CONTRADICTIONS if one.operation == str(found[0]) and re.search(one.problem, problem))
        yield problem, next(excuses, None)


def problems_of(document: Document, operation: DocumentedOperation, exchange: Exchange) -> Iterator[str]:
    answer = operation.answers.get(exchange.status)
    if answer is None:
        yield f"the operation does not answer {exchange.status}"
    elif not answer:
        yield from [f"{exchange.status} has no body"] if exchange.answer else []
    elif exchange.content_type not in answer:
        yield f"{exchange.status} is {exchange.content_type}, not {', '.join(answer)}"
    elif exchange.content_type == JSON_TYPE:
        yield from document.schemas.problems(answer[JSON_TYPE], exchange.content)
    elif not exchange.answer.startswith(MAGIC[exchange.content_type]):
        yield f"the body is no {exchange.content_type}"
