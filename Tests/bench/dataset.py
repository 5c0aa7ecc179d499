"""XSIAM's side of a measured fetch: takes what this process sends, counts the events and keeps none."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

from bench.container import XSIAM_DOMAIN

COLLECTOR = f"https://api-{XSIAM_DOMAIN}"


class Dataset:
    """What has arrived."""

    def __init__(self) -> None:
        self.events = 0

    @contextmanager
    def collecting(self) -> Iterator[None]:
        send = HTTPAdapter.send

        def collect(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            if not str(request.url).startswith(COLLECTOR):
                return send(adapter, request, *args, **kwargs)
            assert isinstance(request.body, bytes)
            self.events += gzip.decompress(request.body).count(b"\n") + 1
            return _accepted()

        with mock.patch.object(HTTPAdapter, "send", collect):
            yield


def _accepted() -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = 200, b'{"error": "false"}'
    return response
