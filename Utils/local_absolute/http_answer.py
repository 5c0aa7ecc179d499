"""Answers on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson

from .errors import ApiError, EdgeError


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
    return HttpAnswer(status, orjson.dumps(document), {"Content-Type": "application/json", **(headers or {})})


def file_answer(content_type: str, content: bytes) -> HttpAnswer:
    return HttpAnswer(200, content, {"Content-Type": content_type})


def edge_answer(error: EdgeError) -> HttpAnswer:
    return HttpAnswer(error.status, error.page().encode(), {"Content-Type": "text/html"})


def error_answer(status: int, body: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """An error; without `body` the document's example for the status, or one of the same shape."""
    return json_answer(status, ApiError(status).body() if body is None else body, headers)
