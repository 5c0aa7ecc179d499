"""A custom HTTP log collector of XSIAM on loopback, by the page "Set up an HTTP log collector to receive logs" of its documents.

What the page leaves open is answered so: the limit of a request counts what is sent, before gzip is undone; a record that is too
large, an empty request, and one whose compression is not the collector's are of a wrong format.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from local_xsoar.xsiam import NotTakenError

BETWEEN = re.compile(r"\s*")
PATH = "/logs/v1/event"
REQUEST_BYTES = 10_000_000
RECORD_BYTES = 5_000_000
REQUESTS_PER_SECOND = 400
TAKEN = {"error": "false"}
WRONG_FORMAT = {"error": "error processing request, error: failed to process the request"}


class UnansweredError(Exception):
    """The connection ends without an answer."""


@dataclass(frozen=True)
class CollectorSettings:
    """The form of a collector; its log format is JSON."""

    key: str
    compression: Literal["gzip", "uncompressed"] = "uncompressed"
    vendor: str = "absolute"
    product: str = "secure_endpoint"
    enabled: bool = True

    @property
    def dataset(self) -> str:
        return f"{self.vendor}_{self.product}_raw"


@dataclass
class HttpCollector:
    """Takes records by handing them to `take`, which may raise NotTakenError for another answer, or UnansweredError for none.

    A tenant has one address for all its collectors: `others` are those with other keys.
    """

    settings: CollectorSettings
    take: Callable[[list[Any]], object]
    clock: Callable[[], float] = time.monotonic
    others: Mapping[str, Callable[[list[Any]], object]] = field(default_factory=dict)
    requests: int = 0
    _lately: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> HttpCollector:
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"collector": self}))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{PATH}"

    @property
    def params(self) -> dict[str, Any]:
        """What an instance is told of it."""
        return {"collector_url": self.url, "collector_key": {"password": self.settings.key}}

    def answer(self, path: str, key: str, body: bytes) -> tuple[int, str]:
        """Status and text. Raises: UnansweredError."""
        try:
            self._take(path, key, body)
        except NotTakenError as error:
            return error.status, error.body
        return 200, json.dumps(TAKEN)

    def _take(self, path: str, key: str, body: bytes) -> None:
        with self._lock:
            self.requests += 1
            if self._too_many():
                raise NotTakenError(429)
        if path != PATH:
            raise NotTakenError(404)
        take = self.take if key == self.settings.key else self.others.get(key)
        if take is None or not self.settings.enabled:
            raise NotTakenError(401)
        if len(body) > REQUEST_BYTES:
            raise NotTakenError(413)
        try:
            records = list(_records(gzip.decompress(body) if self.settings.compression == "gzip" else body))
        except (ValueError, OSError, EOFError):
            records = []
        if not records:
            raise NotTakenError(500, json.dumps(WRONG_FORMAT))
        take(records)

    def _too_many(self) -> bool:
        now = self.clock()
        while self._lately and self._lately[0] <= now - 1:
            self._lately.popleft()
        self._lately.append(now)
        return len(self._lately) > REQUESTS_PER_SECOND


def _records(content: bytes) -> Iterator[dict[str, Any]]:
    """The objects of a request. A record may have several lines. Raises: ValueError."""
    text, decoder = content.decode("utf-8").strip(), json.JSONDecoder()
    place = 0
    while place < len(text):
        record, end = decoder.raw_decode(text, place)
        if not isinstance(record, dict) or end - place > RECORD_BYTES:
            raise ValueError("no record")
        yield record
        place = BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing too


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    collector: HttpCollector

    def do_POST(self) -> None:  # the name that http.server calls
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, text = self.collector.answer(self.path, self.headers.get("Authorization") or "", body)
        except UnansweredError:
            self.close_connection = True
            return
        content = text.encode()
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is printed."""
