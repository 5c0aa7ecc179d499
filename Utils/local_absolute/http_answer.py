"""Answers on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import orjson

from .errors import (
    ApiError,
    EdgeError,
    invalid_request,
    not_authenticated,
    not_authorized,
    not_found,
    rate_limited,
)

JSON_TYPE = "application/json"
HTML_TYPE = "text/html"


@dataclass(frozen=True)
class HttpAnswer:
    """An answer but for its Date header, which the server adds: the tenant's time plus `date_skew`."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    date_skew: timedelta = timedelta()


def http_date(moment: datetime) -> str:
    """The date format of HTTP headers (RFC 9110, 5.6.7): whole seconds, GMT."""
    return format_datetime(moment, usegmt=True)


def json_answer(status: int, document: Any, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    return HttpAnswer(status, orjson.dumps(document), {"Content-Type": JSON_TYPE, **(headers or {})})


def file_answer(content_type: str, content: bytes) -> HttpAnswer:
    return HttpAnswer(200, content, {"Content-Type": content_type})


def edge_answer(error: EdgeError) -> HttpAnswer:
    return HttpAnswer(error.status, error.page().encode(), {"Content-Type": HTML_TYPE})


_EXAMPLES = {
    error.status: error
    for error in (
        invalid_request(),
        not_authenticated(),
        not_authorized(),
        not_found(),
        rate_limited(),
        ApiError(
            500,
            "INTERNAL_SERVER_ERROR",
            "We are sorry we have encountered an internal server error. Please contact us and try again later.",
        ),
        ApiError(503, "SERVICE_UNAVAILABLE", "service temporarily unavailable"),
    )
}


def error_answer(status: int, body: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An error; without `body` the document's example for the status, or one of the same shape."""
    if body is None:
        phrase = HTTPStatus(status).phrase
        body = _EXAMPLES.get(status, ApiError(status, phrase.upper().replace(" ", "_"), phrase.lower())).body()
    return json_answer(status, body, headers)
