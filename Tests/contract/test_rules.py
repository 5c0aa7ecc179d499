"""The rules find what is wrong: each of these is a valid exchange with one thing changed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from contract.answer_rules import CONTRADICTIONS, answer_problems
from contract.commands import Case
from contract.document import Document
from contract.prose import RULES_IN_PROSE
from contract.request_rules import request_problems
from contract.schemas import FORMATS, OTHER_LISTS
from contract.traffic import Exchange

UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
DEVICES, ADVANCED = "/v3/reporting/devices", "/v3/reporting/devices-advanced"
FREEZE, FILE_DELETE, EUM = (f"/v3/actions/requests/{kind}" for kind in ("freeze", "file-delete", "eum"))
ACTIONS = "/v3/actions/wipe/get-actions"
WINDOW = "fromDateTimeUtc=2026-01-05T00%3A00%3A00.000Z&toDateTimeUtc=2026-01-06T00%3A00%3A00.000Z"
FREEZE_BODY: dict[str, Any] = {
    "deviceUids": [UID],
    "requestTitle": "IR-1",
    "freezeDefinition": {"deviceFreezeType": "OnDemand"},
    "passcodeDefinition": {"option": "RandomForEach", "length": 8},
    "messageUid": UID,
}
MESSAGE_BODY = {"deviceUids": [UID], "submitButtonCaption": "OK", "message": "x"}


def sent(method: str, path: str, query: str = "", body: Any = None) -> Exchange:
    header = {"alg": "HS256", "kid": UID, "content-type": "application/json", "issuedAt": 1}
    payload = {} if body is None else {"data": body}
    return Exchange(Case("", {}), {**header, "method": method, "uri": path, "query-string": query}, payload, 200, "", b"")


VALID = [
    sent("GET", DEVICES),
    sent("GET", DEVICES, "deviceName=O%27Brien%20%26%20Co&isStolen=false&select=esn%2CespInfo.encryptionStatus&pageSize=500"),
    sent("GET", DEVICES, "sortBy=esn%3Adesc&lastConnectedDateTimeUtcFrom=2026-01-05T00%3A00%3A00.000Z&nextPage=a%3D%3D"),
    sent(
        "GET",
        ADVANCED,
        "filter=((esn%20eq%20%27x%27%20or%20isStolen%20eq%20true)%20and%20deviceUid%20eq%20%27x%27)",
    ),
    sent("GET", "/v3/reporting/siem-events", WINDOW),
    sent("POST", FREEZE, "", FREEZE_BODY),
    sent("POST", EUM, "", MESSAGE_BODY),
    sent("POST", ACTIONS, "actionStatus=Succeeded", {"deviceUids": []}),
    sent("DELETE", f"/v3/actions/freeze/messages/{UID}"),
]
WRONG = [
    (sent("GET", "/v3/reporting/device"), "no such operation"),
    (sent("POST", DEVICES), "no such operation"),
    (sent("GET", "/v3/actions/freeze/messages/1"), "path value messageUid"),
    (sent("GET", DEVICES, "osVersion=10"), "no parameter osVersion"),
    (sent("GET", DEVICES, "$filter=x"), "no parameter $filter"),
    (sent("GET", DEVICES, "deviceName=a&deviceName=b"), "deviceName is given 2 times"),
    (sent("GET", DEVICES, "deviceName"), "not encoded"),
    (sent("GET", DEVICES, "deviceName=a b"), "not encoded"),
    (sent("GET", DEVICES, "deviceName=a+b"), "not encoded"),
    (sent("GET", DEVICES, "deviceName=%2f"), "not encoded"),
    (sent("GET", DEVICES, "isStolen=yes"), "not of type 'boolean'"),
    (sent("GET", DEVICES, "deviceFreezeActionStatusScore=1.5"), "not of type 'integer'"),
    (sent("GET", DEVICES, "lastConnectedDateTimeUtcFrom=2026-01-05T00%3A00%3A00Z"), "is not a \"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\""),
    (sent("GET", DEVICES, "lastConnectedDateTimeUtcFrom=2026-13-05T00%3A00%3A00.000Z"), "is not a"),
    (sent("GET", DEVICES, "pageSize=501"), "from 1 to 500"),
    (sent("GET", DEVICES, "sortBy=localIp"), "no sort key"),
    (sent("GET", DEVICES, "select=deviceUid%2Cfoo"), "foo cannot be selected"),
    (sent("GET", DEVICES, "select=espInfo%2CespInfo.encryptionStatus"), "beside its parent"),
    (sent("GET", DEVICES, "select=esn%2Cesn"), "selected twice"),
    (sent("GET", ADVANCED, "filter=foo%20eq%20%27x%27"), "foo is no field of a filter"),
    (sent("GET", ADVANCED, "filter=deviceName%20eq%20true"), "the field is a string"),
    (sent("GET", ADVANCED, "filter=isStolen%20eq%20%27true%27"), "the field is a boolean"),
    (sent("GET", ADVANCED, "filter=deviceName%20ne%20%27x%27"), "not a filter expression"),
    (sent("GET", ADVANCED, "filter=(deviceName%20eq%20%27x%27"), "not a filter expression"),
    (sent("GET", ADVANCED, "filter=deviceName%20eq%20%27O%27Brien%27"), "not a filter expression"),
    (sent("GET", "/v3/reporting/siem-events", WINDOW.partition("&")[0]), "toDateTimeUtc is missing"),
    (sent("GET", DEVICES, "", {}), "the operation takes none"),
    (sent("POST", FREEZE), "not wrapped"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "deviceUids": ["1"]}), "is not a 'uuid'"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "priority": 1}), "'priority' was unexpected"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "requestTitle": ""}), "should be non-empty"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "requestTitle": "x" * 251}), "is too long"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "message": "x", "messageName": "x"}), "valid under each of"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "freezeDefinition": {"deviceFreezeType": "Offline"}}), "is not one of"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "freezeDefinition": {"deviceFreezeType": "Scheduled"}}), "not valid under any"),
    (sent("POST", FREEZE, "", {**FREEZE_BODY, "passcodeDefinition": {"option": "UserDefined"}}), "not valid under any"),
    (
        sent("POST", FREEZE, "", {**FREEZE_BODY, "passcodeDefinition": {"option": "UserDefined", "passcode": "12a4"}}),
        "does not match",
    ),
    (sent("POST", FILE_DELETE, "", {"deviceUids": [UID] * 101, "wipeType": "wipeAllUserFiles"}), "not valid under any"),
    (sent("POST", FILE_DELETE, "", {"deviceUids": [UID], "wipeType": "wipeSpecificUserFiles"}), "not valid under any"),
    (
        sent("POST", FILE_DELETE, "", {"deviceUids": [UID], "secureEraseCount": 2}),
        "is not one of",
    ),
    (sent("POST", EUM, "", {**MESSAGE_BODY, "message": "x" * 15_001}), "is too long"),
    (sent("POST", EUM, "", {**MESSAGE_BODY, "snoozeTimes": 6}), "greater than the maximum"),
    (sent("POST", ACTIONS, "actionStatus=Completed", {}), "'Completed' is not one of"),
    (sent("POST", "/v3/tracking/device-missing/missing", "", {"deviceUids": [UID] * 101}), "is too long"),
    (sent("PUT", f"/v3/configurations/customfields/devices/{UID}", "", {"cdfUid": "x"}), "is not of type 'array'"),
    (sent("GET", DEVICES, "&pageSize=1"), "no parameter "),
]


def numbered(wrong: list[tuple[Exchange, str]]) -> list[str]:
    return [f"{place} {problem}" for place, (_, problem) in enumerate(wrong)]


@pytest.mark.parametrize("exchange", VALID, ids=str)
def test_a_valid_request(exchange: Exchange, document: Document) -> None:
    assert request_problems(document, exchange) == []


@pytest.mark.parametrize(("exchange", "problem"), WRONG, ids=numbered(WRONG))
def test_a_request_with_something_wrong(exchange: Exchange, problem: str, document: Document) -> None:
    found = request_problems(document, exchange)
    assert [one for one in found if problem in one], found


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"alg": "none"}, "says none"),
        ({"content-type": "text/plain"}, "text/plain"),
        ({"issuedAt": "1"}, "issuedAt is '1'"),
        ({"nonce": "x"}, "has the members"),
    ],
)
def test_a_header_with_something_wrong(change: dict[str, str], problem: str, document: Document) -> None:
    exchange = replace(VALID[0], header={**VALID[0].header, **change})
    assert [one for one in request_problems(document, exchange) if problem in one]


ROW = {"deviceUid": UID, "agentStatus": "A", "cpu": {"logicalCores": 4}, "firstCallDateTimeUtc": "2026-01-05T00:00:00Z"}


def answered(row: Any, status: int = 200, content_type: str = "application/json") -> Exchange:
    body = json.dumps({"data": [row], "metadata": {"pagination": {}}}).encode()
    return replace(VALID[0], status=status, content_type=content_type, answer=body)


def test_a_valid_answer(document: Document) -> None:
    assert answer_problems(document, answered(ROW)) == []


WRONG_ANSWERS = [
    (answered({**ROW, "name": "x"}), "'name' was unexpected"),
    (answered({**ROW, "deviceName": None}), "None is not of type 'string'"),
    (answered({**ROW, "agentStatus": "Active"}), "'Active' is not one of ['A', 'D', 'I']"),
    (answered({**ROW, "cpu": {"logicalCores": "4"}}), "'4' is not of type 'integer'"),
    (answered({**ROW, "cpu": {"logicalCores": 2**31}}), "is not a 'int32'"),
    (answered({**ROW, "firstCallDateTimeUtc": "2026-01-05"}), "is not a 'date-time'"),
    (answered({**ROW, "firstCallDateTimeUtc": "2026-02-30T00:00:00Z"}), "is not a 'date-time'"),
    (answered(ROW, status=204), "does not answer 204"),
    (answered(ROW, status=404), "'data', 'metadata' were unexpected"),
    (answered(ROW, content_type="text/html"), "200 is text/html, not application/json"),
    (replace(VALID[-1], status=204, answer=b"{}"), "204 has no body"),
    (
        replace(sent("GET", f"/v3/actions/wipe/certificates/{UID}/{UID}"), content_type="application/pdf", answer=b"<html>"),
        "the body is no application/pdf",
    ),
]


@pytest.mark.parametrize(("exchange", "problem"), WRONG_ANSWERS, ids=numbered(WRONG_ANSWERS))
def test_an_answer_with_something_wrong(exchange: Exchange, problem: str, document: Document) -> None:
    found = answer_problems(document, exchange)
    assert [one for one in found if problem in one], found


# What the rules take from the document is in the document --------------------------------------------------------------


@pytest.mark.parametrize(("operation", "words"), [(operation, words) for operation, words, _ in RULES_IN_PROSE])
def test_the_words_of_a_rule_are_the_documents(operation: str, words: str, document: Document) -> None:
    found = document.operation(operation)
    texts = json.dumps([found.definition, document.content["components"]["schemas"]])
    assert words in texts


@pytest.mark.parametrize("name", OTHER_LISTS)
def test_what_is_left_out_of_the_schemas_exists(name: str, document: Document) -> None:
    schema, member = name.split(".")
    assert member in document.content["components"]["schemas"][schema]["properties"]


@pytest.mark.parametrize("contradiction", CONTRADICTIONS, ids=lambda one: f"{one.operation}: {one.reason}")
def test_a_contradiction_names_an_operation(contradiction: Any, document: Document) -> None:
    assert document.operation(contradiction.operation)


def test_every_format_of_the_document_is_checked(document: Document) -> None:
    named = set(re.findall(r'"format": "([^"]+)"', json.dumps(document.content)))
    without_check = {"binary", "double", "java.lang.Object"}
    assert named == FORMATS.checkers.keys() | without_check
