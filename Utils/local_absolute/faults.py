"""Faults on demand: what networks, proxies and servers do to a call.

`tenant.faults.add(Fault(when="POST /v3/actions/requests/freeze", times=1, action=reset_after()))`
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import chain, repeat
from typing import Any

import orjson

from .cursors import refused_cursor
from .errors import EdgeError
from .http_answer import HttpAnswer, edge_answer, error_answer, http_date
from .query import parse_query_string

Condition = Callable[[str, str, str, Any], bool]


@dataclass(frozen=True)
class Process:
    """A call that has arrived: calling this processes it."""

    method: str
    path: str
    query: str
    body: Any
    run: Callable[[], HttpAnswer]

    def __call__(self) -> HttpAnswer:
        return self.run()

    @property
    def cursor(self) -> str | None:
        """The call's nextPage."""
        return dict(parse_query_string(self.query)).get("nextPage") or None


# Gets the call that has arrived, and decides whether to process it and what to answer.
Action = Callable[[Process], HttpAnswer]


class ResetConnectionError(Exception):
    """The connection ends here, without an answer: by RST."""


class CloseConnectionError(ResetConnectionError):
    """The same by FIN."""


@dataclass
class Fault:
    """Happens to calls that match `when`, the next `times` of them (None = all).

    `when` is a function of (method, path, query string, body), or text: "METHOD /v3/path-prefix" or "/v3/path-prefix";
    "" matches every call.
    """

    action: Action
    when: str | Condition = ""
    times: int | None = None
    hits: int = field(default=0, init=False)

    def matches(self, call: Process) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if callable(self.when):
            return self.when(call.method, call.path, call.query, call.body)
        wanted_method, _, prefix = self.when.rpartition(" ")
        return wanted_method in ("", call.method) and call.path.startswith(prefix)


class Faults:
    """The faults in force. The first that matches a call is the one that happens."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def answer(self, process: Process) -> HttpAnswer:
        """What the call gets. Raises ResetConnectionError when that is no answer."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.matches(process)), None)
            if fault is not None:
                fault.hits += 1
        return process() if fault is None else fault.action(process)


def together(*actions: Action) -> Action:
    """Several actions on one call; the first is the outermost: `together(stall(0.2), truncated_json())`."""

    def act(process: Process) -> HttpAnswer:
        for action in reversed(actions):
            process = replace(process, run=partial(action, process))
        return process()

    return act


def status(code: int, retry_after: int | str | datetime | None = None, body: dict[str, Any] | None = None) -> Action:
    """Answers a status without processing; `body` defaults to the document's example body for it. `retry_after` is in
    seconds, or a moment of the tenant's time, which is sent as an HTTP date."""
    when = http_date(retry_after) if isinstance(retry_after, datetime) else retry_after
    return lambda process: error_answer(code, body, {} if when is None else {"Retry-After": str(when)})


def html(code: int = 403, title: str = "Forbidden") -> Action:
    """Answers the web server's HTML page without processing."""
    return lambda process: edge_answer(EdgeError(code, title))


def proxy_failure(code: int = 502) -> Action:
    """Answers the error page of a proxy on the way, without processing: 502, 504, or 407 when it wants a password."""
    title = HTTPStatus(code).phrase
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><p>Proxy: {title}</p></body></html>"
    headers = {"Content-Type": "text/html; charset=utf-8", "Via": "1.1 proxy.example.com"}
    if code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        headers["Proxy-Authenticate"] = 'Basic realm="proxy.example.com"'
    return lambda process: HttpAnswer(code, page.encode(), headers)


def truncated_json() -> Action:
    """Processes, then answers the first half of the body as if it were all."""
    return changed(lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]))


def empty_body(code: int = 200) -> Action:
    """Answers a status with no body at all, without processing."""
    return lambda process: HttpAnswer(code)


def _unanswered(end: type[ResetConnectionError], processed: bool) -> Action:
    def act(process: Process) -> HttpAnswer:
        if processed:
            process()
        raise end

    return act


# The connection ends without an answer, by RST or in order, before the call is processed or after that.
reset_before = partial(_unanswered, ResetConnectionError, processed=False)
reset_after = partial(_unanswered, ResetConnectionError, processed=True)
close_before = partial(_unanswered, CloseConnectionError, processed=False)
close_after = partial(_unanswered, CloseConnectionError, processed=True)


def stall(seconds: float) -> Action:
    """Processes the call and answers after that many real seconds; calls wait side by side."""

    def act(process: Process) -> HttpAnswer:
        answer = process()
        time.sleep(seconds)
        return answer

    return act


def date_skew(seconds: float) -> Action:
    """Answers as usual, with a Date header that many seconds ahead (negative: behind)."""
    return changed(lambda answer: replace(answer, date_skew=timedelta(seconds=seconds)))


def unauthorized_once() -> Action:
    """Answers 401 once, whatever `times` says, and processes the calls after that."""
    refusals: Iterator[HttpAnswer | None] = chain([error_answer(401)], repeat(None))
    return lambda process: next(refusals) or process()


def expired_cursor() -> Action:
    """Refuses every nextPage as too old (400), without processing; first pages are answered as usual."""
    refusal = refused_cursor()
    return lambda process: error_answer(refusal.status, refusal.body()) if process.cursor else process()


def repeated_cursor() -> Action:
    """A page that is not the last tells its own nextPage again instead of the following one. First pages, which were
    asked for without any, are answered as usual."""

    def act(process: Process) -> HttpAnswer:
        again = {"metadata": {"pagination": {"nextPage": process.cursor}}}
        return _changed_json(
            process(), lambda page: {**page, **again} if process.cursor and "pagination" in page["metadata"] else page
        )

    return act


def duplicated_page() -> Action:
    """Gives each row of the page twice."""
    return lambda process: _changed_json(process(), lambda document: {**document, "data": 2 * document["data"]})


def missing_page() -> Action:
    """Gives none of the page's rows, but its nextPage: they are not to be had this time."""
    return lambda process: _changed_json(process(), lambda document: {**document, "data": []})


def _changed_json(answer: HttpAnswer, change: Callable[[Any], Any]) -> HttpAnswer:
    """The answer with another document, if it is one of success."""
    if answer.status != HTTPStatus.OK:
        return answer
    return replace(answer, body=orjson.dumps(change(orjson.loads(answer.body))))


def changed(change: Callable[[HttpAnswer], HttpAnswer]) -> Action:
    """Processes, then answers what `change` makes of the answer."""
    return lambda process: change(process())
