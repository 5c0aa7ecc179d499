"""The end of send_events_to_xsiam: takes what is sent to the XSIAM collector's address instead of the internet."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

from local_xsoar.demisto_api import XSIAM_DOMAIN

COLLECTOR_URL = f"https://api-{XSIAM_DOMAIN}"


class NotTakenError(Exception):
    """What the collector answers instead of taking events."""

    def __init__(self, status: int, body: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}


class Records(list[Any]):
    """Those of one request, and the dataset that they are for."""

    dataset = ""


@contextmanager
def collector(take: Callable[[list[Any]], object]) -> Iterator[None]:
    """While it is open, events that this process sends to XSIAM go to `take`, which takes all of a request by returning, or
    none by raising NotTakenError."""
    send = HTTPAdapter.send

    def collect(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not str(request.url).startswith(COLLECTOR_URL):
            return send(adapter, request, *args, **kwargs)
        try:
            take(_events(request))
        except NotTakenError as error:
            return _answer(request, error.status, error.body, error.headers)
        return _answer(request, 200, '{"error": "false"}', {"Content-Type": "application/json"})

    with mock.patch.object(HTTPAdapter, "send", collect):
        yield


def _events(request: requests.PreparedRequest) -> Records:
    body = request.body or b""
    lines = gzip.decompress(body if isinstance(body, bytes) else body.encode()).decode().split("\n")
    records = Records(json.loads(line) if request.headers.get("format") == "json" else line for line in lines)
    name = f"{request.headers.get('vendor')} {request.headers.get('product')} raw"
    records.dataset = name.lower().replace(" ", "_")
    return records


def _answer(request: requests.PreparedRequest, status: int, body: str, headers: Mapping[str, str]) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = status, str(request.url), request
    response.reason = HTTPStatus(status).phrase
    response.headers.update(headers)
    response._content = body.encode()
    return response
