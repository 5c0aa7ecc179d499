"""What working clients send though the document does not have it: taken, and refused by a strict tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from local_absolute import STRICT, LocalTenant, ManualClock, Options

Send = Callable[[LocalTenant, str, str, str, Any], Any]


@pytest.fixture
def liberal(clock: ManualClock) -> Iterator[LocalTenant]:
    with LocalTenant(devices=20, clock=clock, rate_limit=None) as tenant:
        yield tenant


@pytest.fixture
def send(callers: Callable[..., Any]) -> Send:
    def call(tenant: LocalTenant, method: str, path: str, query: str, body: Any) -> Any:
        return callers(tenant, tenant.tokens.create_symmetric()).call(method, path, query, body)

    return call


def unenrolment(tenant: LocalTenant, **members: Any) -> dict[str, Any]:
    return {"deviceUids": [tenant.devices[0]["deviceUid"]], **members}


def message(tenant: LocalTenant, **members: Any) -> dict[str, Any]:
    return {**unenrolment(tenant), "message": "<p>x</p>", "submitButtonCaption": "OK", **members}


GET = "GET"
# Each was sent by a client that works against the real API.
QUERIES = {
    "OData parameters": ("/reporting/devices", "$filter=esn%20eq%20'x'&$select=esn"),
    "a parameter named ?pageSize": ("/actions/reach/scripts", "?pageSize=500"),
    "orderBy": ("/reporting/applications", "orderBy=appName"),
    "a filter beside an expression": ("/reporting/applications-advanced", "agentStatus=A"),
    "a parameter where there are none": ("/configurations/policy-groups", "pageSize=500"),
    "a boolean as Python writes it": ("/reporting/devices", "isStolen=False"),
    "a blank in select": ("/reporting/devices", "select=deviceName,%20esn"),
    "a date without milliseconds": ("/actions/requests/wipe", "createdFromDateTimeUtc=2026-01-05T00:00:00Z"),
    "a window without milliseconds": (
        "/reporting/siem-events",
        "fromDateTimeUtc=2026-01-05T00:00:00Z&toDateTimeUtc=2026-01-06T00:00:00Z",
    ),
}


@pytest.mark.parametrize("case", QUERIES)
def test_queries(liberal: LocalTenant, tenant: LocalTenant, send: Send, case: str) -> None:
    path, query = QUERIES[case]
    assert send(liberal, GET, path, query, None).status_code == 200
    assert send(tenant, GET, path, query, None).status_code == 400, "the fixture's tenant is strict"


def test_a_boolean_as_python_writes_it_means_what_it_says(liberal: LocalTenant, send: Send) -> None:
    stolen = send(liberal, GET, "/reporting/devices", "isStolen=True&pageSize=500", None).json()["data"]
    assert stolen
    assert all(device["isStolen"] for device in stolen)


@pytest.mark.parametrize(
    ("text", "excluded"), [("false", False), ("False", False), ("true", True), ("True", True), ("TRUE", True)]
)
def test_a_boolean_as_text_in_a_body(liberal: LocalTenant, tenant: LocalTenant, send: Send, text: str, excluded: bool) -> None:
    missing = liberal.devices.by_name("LAB-0005")["deviceUid"]
    body = {"deviceUids": [missing], "excludeMissingDevices": text}
    assert send(liberal, "POST", "/actions/requests/unenroll", "", body).status_code == 200
    (request,) = liberal.actions.requests("unenroll")
    assert (len(request.actions) == 0) is excluded
    refused = send(tenant, "POST", "/actions/requests/unenroll", "", unenrolment(tenant, excludeMissingDevices=text))
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "excludeMissingDevices")


@pytest.mark.parametrize("value", ["", "yes", "1", 0, [], {}])
def test_what_is_no_boolean_is_refused(liberal: LocalTenant, send: Send, value: Any) -> None:
    body = unenrolment(liberal, excludeMissingDevices=value)
    assert send(liberal, "POST", "/actions/requests/unenroll", "", body).status_code == 400


def test_an_empty_date_is_none(liberal: LocalTenant, tenant: LocalTenant, send: Send) -> None:
    assert send(liberal, "POST", "/actions/requests/eum", "", message(liberal, scheduledDateTimeUtc="")).status_code == 200
    (request,) = liberal.actions.requests("eum")
    assert request.order.scheduled_at is None
    assert send(tenant, "POST", "/actions/requests/eum", "", message(tenant, scheduledDateTimeUtc="")).status_code == 400


def test_a_date_that_is_needed_cannot_be_empty(liberal: LocalTenant, send: Send) -> None:
    body = {
        **unenrolment(liberal),
        "requestTitle": "t",
        "freezeDefinition": {"deviceFreezeType": "Scheduled", "scheduledFreezeDateTimeUtc": ""},
        "passcodeDefinition": {"option": "RandomForAll"},
        "message": "m",
        "messageName": "n",
    }
    refused = send(liberal, "POST", "/actions/requests/freeze", "", body)
    assert (refused.status_code, refused.json()["details"][0]["message"]) == (400, "is required")


def test_dates_that_cannot_be_counted_are_refused(liberal: LocalTenant, send: Send) -> None:
    body = message(liberal, scheduledDateTimeUtc="0001-01-01T00:00:00+14:00")
    assert send(liberal, "POST", "/actions/requests/eum", "", body).status_code == 400


def test_the_last_page_has_no_pagination(liberal: LocalTenant, send: Send) -> None:
    first = send(liberal, GET, "/reporting/devices", "pageSize=15", None).json()
    cursor = first["metadata"]["pagination"]["nextPage"]
    last = send(liberal, GET, "/reporting/devices", f"pageSize=15&nextPage={cursor}", None).json()
    assert (len(last["data"]), last["metadata"]) == (5, {})


def test_strict_differs_in_nothing_else() -> None:
    assert Options() != STRICT
    assert (STRICT.siem, STRICT.custom_fields, STRICT.issued_at) == (Options().siem, Options().custom_fields, Options().issued_at)
