"""The local Absolute tenant: account, tokens, limits and faults behind one HTTP endpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any

from .account import Account
from .auth import NO_BODY, SignedCall, authenticate, read_call, request_body
from .clock import Clock, RunningClock
from .errors import ApiError, EdgeError
from .faults import Faults, Process, ResetConnectionError
from .fleet import POLICY_GROUPS
from .http_answer import HttpAnswer, edge_answer, error_answer, file_answer, json_answer
from .list_view import ListView
from .options import DEFAULT_OPTIONS, Options
from .query import parse_query_string
from .rate_limit import RateLimit
from .resources import ROUTES
from .routes import NO_CONTENT, NO_ROWS, Answer, Call, FileAnswer, Route, Router
from .server import Arrival, HttpServer
from .tokens import Tokens

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestRecord:
    """An inner call that arrived, whatever became of it.

    `status` is that of the answer, None when the connection was reset; `at` is the tenant's time, `received` when the call
    came in by the host's clock, in seconds since 1970; `issued_at` is the caller's issuedAt in milliseconds since 1970.
    Nothing is redacted: this is a test server.
    """

    method: str
    path: str
    query: str
    body: Any
    status: int | None
    token_id: str
    at: datetime
    received: float
    issued_at: int


class LocalTenant:
    """An Absolute account on a loopback port.

    `devices` devices are generated from `seed`; `rate_limit` is in calls per second, None for no limit; an answer goes out
    `latency` real seconds after its call came in, if it is ready by then. The parts that tests look at and change: tokens,
    devices, agents, freeze, actions, approvals, software, siem, custom_fields, message_templates, script_library, faults,
    requests, device_groups, policy_groups.
    """

    def __init__(
        self,
        devices: int = 60,
        seed: int = 7,
        clock: Clock | None = None,
        rate_limit: int | None = 20,
        options: Options = DEFAULT_OPTIONS,
        host: str = "127.0.0.1",
        port: int = 0,
        latency: float = 0,
    ) -> None:
        self.clock = clock or RunningClock()
        self.options = options
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self.account = Account(devices, seed, self.clock, options)
        self.tokens = Tokens(self.clock, self.account.siem.happened_in_console)
        self.devices = self.account.devices
        self.agents = self.account.agents
        self.freeze = self.account.freeze
        self.actions = self.account.actions
        self.approvals = self.account.approvals
        self.software = self.account.software
        self.siem = self.account.siem
        self.custom_fields = self.account.custom_fields
        self.message_templates = self.account.message_templates
        self.script_library = self.account.script_library
        self.device_groups = self.account.device_groups
        self.policy_groups = POLICY_GROUPS
        self._router = Router(ROUTES)
        self._list_view = ListView(self.account, options.lists.lag)
        self._rate_limit = RateLimit(rate_limit)
        self._host, self._port = host, port
        self._latency = latency
        self._server: HttpServer | None = None

    def start(self) -> LocalTenant:
        self.clock.start()
        self._server = HttpServer(self._answer_later, self.clock.now, self._host, self._port)
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None
            self.clock.stop()

    def __enter__(self) -> LocalTenant:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("the tenant is not running")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.port}"

    def calls(self, prefix: str) -> Sequence[RequestRecord]:
        """The recorded calls whose "METHOD /path" starts so."""
        return [record for record in list(self.requests) if f"{record.method} {record.path}".startswith(prefix)]

    def _answer_later(self, compact: bytes, arrival: Arrival) -> HttpAnswer:
        answer = self._answer(compact, arrival)
        left = arrival.at + self._latency - time.time()
        # Never more than the latency: a test may have set this process's clock to another day.
        time.sleep(min(max(left, 0), self._latency))
        return answer

    def _answer(self, compact: bytes, arrival: Arrival) -> HttpAnswer:
        try:
            call = read_call(compact.decode("ascii", "replace"))
        except ApiError as error:
            return error_answer(error.status, error.body())
        body = _body_for_the_record(call)
        record = RequestRecord(
            method=call.method,
            path=call.uri,
            query=call.query_string,
            body=body,
            status=None,
            token_id=call.token_id,
            at=self.clock.now(),
            received=arrival.at,
            issued_at=call.issued_at,
        )
        process = Process(call.method, call.uri, call.query_string, body, partial(self._process, call, arrival))
        try:
            answer = self.faults.answer(process)
        except ResetConnectionError:
            self.requests.append(record)
            raise
        self.requests.append(replace(record, status=answer.status))
        return answer

    def _process(self, call: SignedCall, arrival: Arrival) -> HttpAnswer:
        try:
            return self._http_answer(self._dispatch(call, arrival))
        except EdgeError as error:
            return edge_answer(error)
        except ApiError as error:
            return error_answer(error.status, error.body(), {"Retry-After": "1"} if error.status == 429 else {})
        except Exception:
            _log.exception("the local tenant failed on %s %s", call.method, call.uri)
            return error_answer(500)

    def _dispatch(self, call: SignedCall, arrival: Arrival) -> Answer | FileAnswer:
        token = authenticate(call, self.tokens, arrival.source, time.time(), self.options.issued_at)
        token.last_access = self.clock.now()
        if not self._rate_limit.admits(arrival.at):
            raise ApiError(429)
        if len(call.query_string.encode()) > self.options.max_query_length:
            raise EdgeError(414, "Request-URI Too Large")
        route, path_values = self._router.find(call.method, call.uri)
        if not (route.allowed_to(token) or (route.lists and self.options.lists.unpermitted == "empty")):
            raise ApiError(403)
        params = parse_query_string(call.query_string)
        body = request_body(call.payload)
        with self.account.lock:
            return self._answer_of(route, Call(self.account, token, call.method, call.uri, params, body, path_values))

    def _answer_of(self, route: Route, call: Call) -> Answer | FileAnswer:
        if not route.reads:
            self._list_view.before_write()
        if not route.lists:
            return route.handler(call)
        answer = self._list_answer(route, call)
        empty = isinstance(answer, Answer) and not (answer.data or route.as_object)
        return NO_CONTENT if empty and self.options.lists.empty == 204 else answer

    def _list_answer(self, route: Route, call: Call) -> Answer | FileAnswer:
        """The list as the tenant shows it (ListOptions)."""
        if not route.allowed_to(call.token):
            return NO_ROWS
        answer = route.handler(call)
        shown = self._list_view.account()
        if shown is self.account:
            return answer
        try:
            return route.handler(replace(call, account=shown))
        except ApiError:
            # What it is a list of did not exist then.
            return NO_ROWS

    def _http_answer(self, answer: Answer | FileAnswer) -> HttpAnswer:
        if isinstance(answer, FileAnswer):
            return file_answer(answer.content_type, answer.content)
        if answer.data is None:
            return HttpAnswer(answer.status)
        if answer.bare:
            return json_answer(answer.status, answer.data)
        metadata: dict[str, Any] = {"pagination": {"nextPage": answer.next_page}} if answer.next_page else {}
        if self.options.lists.last_page == "empty pagination":
            metadata.setdefault("pagination", {})
        return json_answer(answer.status, {"data": answer.data, "metadata": metadata})


def _body_for_the_record(call: SignedCall) -> Any:
    try:
        return request_body(call.payload)
    except ApiError:
        return NO_BODY
