"""Faults on demand: what networks, proxies and servers do to a call.

`tenant.faults.add(Fault(when="POST /v3/actions/requests/freeze", times=1, action=reset_after()))`
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from .errors import EdgeError, not_authenticated
from .http_answer import HttpAnswer, edge_answer, error_answer

Condition = Callable[[str, str, str, Any], bool]
Process = Callable[[], HttpAnswer]
# Gets the function that processes the call, and decides whether to call it and what to answer.
Action = Callable[[Process], HttpAnswer]


class ResetConnectionError(Exception):
    """The connection ends here, without an answer."""


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

    def matches(self, method: str, path: str, query: str, body: Any) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if callable(self.when):
            return self.when(method, path, query, body)
        wanted_method, _, prefix = self.when.rpartition(" ")
        return wanted_method in ("", method) and path.startswith(prefix)


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

    def action_for(self, method: str, path: str, query: str, body: Any) -> Action | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.matches(method, path, query, body)), None)
            if fault is None:
                return None
            fault.hits += 1
            return fault.action


def status(code: int, retry_after: int | str | None = None, body: dict[str, Any] | None = None) -> Action:
    """Answers a status without processing; `body` defaults to the document's example body for it."""
    return lambda process: error_answer(code, body, {} if retry_after is None else {"Retry-After": str(retry_after)})


def html(code: int = 403, title: str = "Forbidden") -> Action:
    """Answers the web server's HTML page without processing."""
    return lambda process: edge_answer(EdgeError(code, title))


def truncated_json() -> Action:
    """Processes, then answers the first half of the body as if it were all."""

    def act(process: Process) -> HttpAnswer:
        answer = process()
        return replace(answer, body=answer.body[: len(answer.body) // 2])

    return act


def empty_body(code: int = 200) -> Action:
    """Answers a status with no body at all, without processing."""
    return lambda process: HttpAnswer(code)


def reset_before() -> Action:
    """Resets the connection; the call is never processed."""

    def act(process: Process) -> HttpAnswer:
        raise ResetConnectionError

    return act


def reset_after() -> Action:
    """Processes the call, then resets the connection instead of answering."""

    def act(process: Process) -> HttpAnswer:
        process()
        raise ResetConnectionError

    return act


def stall(seconds: float) -> Action:
    """Processes the call and answers after that many real seconds."""

    def act(process: Process) -> HttpAnswer:
        answer = process()
        time.sleep(seconds)
        return answer

    return act


def date_skew(seconds: float) -> Action:
    """Answers as usual, with a Date header that many seconds ahead (negative: behind)."""

    def act(process: Process) -> HttpAnswer:
        answer = process()
        date: datetime = parsedate_to_datetime(answer.headers["Date"]) + timedelta(seconds=seconds)
        return replace(answer, headers={**answer.headers, "Date": format_datetime(date, usegmt=True)})

    return act


def unauthorized_once() -> Action:
    """Answers 401 once, whatever `times` says, and processes the calls after that."""
    refusals = iter([not_authenticated()])

    def act(process: Process) -> HttpAnswer:
        refusal = next(refusals, None)
        return process() if refusal is None else error_answer(refusal.status, refusal.body())

    return act


def changed(change: Callable[[HttpAnswer], HttpAnswer]) -> Action:
    """Processes, then answers what `change` makes of the answer."""
    return lambda process: change(process())
