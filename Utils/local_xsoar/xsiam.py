"""The end of send_events_to_xsiam: takes what is sent to the XSIAM collector's address instead of the internet."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

from local_xsoar.demisto_api import XSIAM_DOMAIN

COLLECTOR_URL = f"https://api-{XSIAM_DOMAIN}"


@contextmanager
def collector(take: Callable[[list[Any]], object]) -> Iterator[None]:
    """While it is open, events that this process sends to XSIAM go to `take`, and are accepted once that has returned."""
    send = HTTPAdapter.send

    def collect(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not str(request.url).startswith(COLLECTOR_URL):
            return send(adapter, request, *args, **kwargs)
        take(_events(request))
        return _accepted(request)

    with mock.patch.object(HTTPAdapter, "send", collect):
        yield


def _events(request: requests.PreparedRequest) -> list[Any]:
    body = request.body or b""
    lines = gzip.decompress(body if isinstance(body, bytes) else body.encode()).decode().split("\n")
    return [json.loads(line) for line in lines] if request.headers.get("format") == "json" else lines


def _accepted(request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = 200, str(request.url), request
    response.headers["Content-Type"] = "application/json"
    response._content = b'{"error": "false"}'
    return response
