"""XSIAM's side of a measured fetch: takes what this process sends, and keeps it on disk until somebody counts the events.

What XSIAM does with it, unpacking for one, is no work of the integration's: none of it is done while a fetch is measured.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bench.container import XSIAM_DOMAIN

COLLECTOR = f"https://api-{XSIAM_DOMAIN}"
# A body has an event on each line, and no line end after the last.
_LINE_END = gzip.compress(b"\n")
_PIECE_BYTES = 2**20


class Dataset:
    """What has arrived, while collecting.

    Attributes:
        first_call: When something was sent elsewhere for the first time (`time.perf_counter`); 0 for never.
    """

    first_call = 0.0

    @contextmanager
    def collecting(self) -> Iterator[None]:
        send = HTTPAdapter.send

        def collect(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            if not str(request.url).startswith(COLLECTOR):
                self.first_call = self.first_call or time.perf_counter()
                return send(adapter, request, *args, **kwargs)
            assert isinstance(request.body, bytes)
            self._bodies.write(request.body + _LINE_END)
            return _accepted()

        with tempfile.TemporaryFile(buffering=0) as self._bodies:
            HTTPAdapter.send = collect
            try:
                yield
            finally:
                HTTPAdapter.send = send

    def events(self) -> int:
        """How many events have arrived."""
        self._bodies.seek(0)
        # RFC 1952, 2.2: compressed bodies one after the other are a file as well.
        with gzip.open(self._bodies) as lines:
            return sum(piece.count(b"\n") for piece in iter(lambda: lines.read(_PIECE_BYTES), b""))


def _accepted() -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = 200, b'{"error": "false"}'
    return response
