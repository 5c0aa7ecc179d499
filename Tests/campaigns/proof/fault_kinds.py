"""The faults of the sweep: what networks, proxies, servers and clocks do to a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

import orjson
from local_absolute import LocalTenant
from local_absolute.faults import (
    Action,
    Process,
    changed,
    close_after,
    close_before,
    date_skew,
    empty_body,
    expired_cursor,
    html,
    proxy_failure,
    repeated_cursor,
    reset_after,
    reset_before,
    stall,
    status,
    together,
)
from local_absolute.http_answer import HttpAnswer

SKEW_SECONDS = 3600
# The shortest time-out that the integration takes, and a little more.
SHORT_TIMEOUT, STALL_SECONDS = "5", 5.5


class Nature(Enum):
    """What may be expected of a command that meets the fault."""

    HARMLESS = "it must not be noticed"
    PASSING = "another attempt may succeed"
    FINAL = "another attempt is answered alike"
    DOUBTFUL = "nothing proves it: it is said, and the answer taken"
    UNDETECTABLE = "nothing tells it from a true answer"


@dataclass(frozen=True)
class Kind:
    """A fault, and in words what happens.

    `make` gets the tenant, because some faults tell its time. `timeout`: a parameter of the instance that it is tried with.
    """

    name: str
    what: str
    nature: Nature
    make: Callable[[LocalTenant], Action]
    timeout: str = ""


def _same(action: Action) -> Callable[[LocalTenant], Action]:
    return lambda tenant: action


def _at(answer: Callable[[datetime], Action], seconds: float, skew: float = 0) -> Callable[[LocalTenant], Action]:
    """An answer that names a moment so many seconds from now, by a server whose clock is ahead by `skew`."""

    def make(tenant: LocalTenant) -> Action:
        return lambda process: together(date_skew(skew), answer(tenant.clock.now() + timedelta(seconds=seconds + skew)))(process)

    return make


def _if_done(action: Action) -> Action:
    """Processes first, whatever the action does, and leaves refusals as they are."""

    def act(process: Process) -> HttpAnswer:
        own = process()
        return action(replace(process, run=lambda: own)) if own.status < 300 else own

    return act


def _instead(body: bytes) -> Action:
    return _if_done(lambda process: HttpAnswer(200, body))


def _half(beginning: bytes) -> Action:
    """Of an answer that begins so; refusals stay as they are: of what is not their text their status tells."""
    return changed(
        lambda answer: (
            replace(answer, body=answer.body[: len(answer.body) // 2])
            if answer.status < 300 and answer.body.startswith(beginning)
            else answer
        )
    )


def _with_headers(**headers: str) -> Action:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return changed(lambda answer: replace(answer, headers={**answer.headers, **named}))


def _slow(seconds: float) -> Action:
    return together(stall(seconds), _with_headers(Via="1.1 slow.example.com"))


def _data(change: Callable[[Any], Any]) -> Action:
    """Changes the `data` of an answer that has some; files and refusals stay as they are."""

    def apply(answer: HttpAnswer) -> HttpAnswer:
        if answer.status != 200 or not answer.body.startswith(b"{"):
            return answer
        document = orjson.loads(answer.body)
        return replace(answer, body=orjson.dumps({**document, "data": change(document["data"])}))

    return changed(apply)


def _rows(change: Callable[[list[Any]], list[Any]]) -> Action:
    return _data(lambda data: change(data) if isinstance(data, list) else data)


def _on_later_pages(action: Action) -> Action:
    return lambda process: action(process) if process.cursor else process()


HARMLESS, PASSING, FINAL = Nature.HARMLESS, Nature.PASSING, Nature.FINAL
DOUBTFUL, UNDETECTABLE = Nature.DOUBTFUL, Nature.UNDETECTABLE
SAID_AS_SUCCESS = HttpAnswer(200, b'{"code": "INTERNAL_SERVER_ERROR", "message": "sorry", "data": [], "metadata": {}}')
SIGN_IN_PAGE = b"<html><body>Sign in</body></html>"
DEEP = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BROKEN_OFF, GARBLED = _with_headers(Transfer_Encoding="chunked", Connection="close"), _with_headers(Content_Encoding="gzip")
SOON = partial(_at, lambda moment: status(429, retry_after=moment), 3)

KINDS = (
    Kind("latency", "each answer takes 20 ms more", HARMLESS, _same(_slow(0.02))),
    Kind("clock ahead", "the `Date` of answers is an hour ahead of this machine", HARMLESS, _same(date_skew(SKEW_SECONDS))),
    Kind("clock behind", "the `Date` of answers is an hour behind this machine", HARMLESS, _same(date_skew(-SKEW_SECONDS))),
    Kind("reset before", "the connection breaks before the call is carried out", PASSING, _same(reset_before())),
    Kind("reset after", "carried out, then the connection breaks without an answer", PASSING, _same(reset_after())),
    Kind("closed before", "the connection is closed in order before the call is carried out", PASSING, _same(close_before())),
    Kind("closed after", "carried out, then the connection is closed in order without an answer", PASSING, _same(close_after())),
    Kind("half an answer", "carried out, and the connection breaks in the middle of the answer", PASSING, _same(BROKEN_OFF)),
    Kind("half a JSON", "carried out, and half of the answer comes as if whole", PASSING, _same(_half(b"{"))),
    Kind("half a file", "carried out, and half of a certificate comes as if whole", DOUBTFUL, _same(_half(b"%PDF"))),
    Kind("not gzip", "carried out, and the answer says that it is compressed, and is not", PASSING, _same(GARBLED)),
    Kind("200 HTML", "carried out, and a sign-in page comes with status 200", PASSING, _same(_instead(SIGN_IN_PAGE))),
    Kind("200 JSON list", "carried out, and the answer is `[]`", PASSING, _same(_instead(b"[]"))),
    Kind("200 deep JSON", "carried out, and the answer is nested 100,000 levels deep", PASSING, _same(_instead(DEEP))),
    Kind("200 empty", "not carried out, and status 200 comes without a body", PASSING, _same(empty_body())),
    Kind(
        "200 error", "not carried out, and the API's own error comes with status 200", PASSING, _same(lambda _: SAID_AS_SUCCESS)
    ),
    Kind("200 data null", "carried out, and `data` of the answer is `null`", UNDETECTABLE, _same(_data(lambda data: None))),
    Kind("401", "the signature is refused", PASSING, _same(status(401))),
    Kind("403 HTML", "a firewall's page", PASSING, _same(html(403))),
    Kind("429 1 s", "too many calls, `Retry-After: 1`", PASSING, _same(status(429, retry_after=1))),
    Kind("429 date", "too many calls, `Retry-After` is a date in 3 s", PASSING, SOON()),
    Kind("429 date, skewed", "the same, by a server whose clock is 5 minutes ahead", PASSING, SOON(300)),
    Kind("429 bare", "too many calls, no `Retry-After`", PASSING, _same(status(429))),
    Kind("429 1 h", "too many calls, `Retry-After: 3600`", FINAL, _same(status(429, retry_after=3600))),
    Kind("500", "the API's own error", PASSING, _same(status(500))),
    Kind("500 after", "carried out, then the API's own error", PASSING, _same(_if_done(status(500)))),
    Kind("503 2 s", "unavailable, `Retry-After: 2`", PASSING, _same(status(503, retry_after=2))),
    Kind("proxy 502", "a proxy cannot reach the API", PASSING, _same(proxy_failure(502))),
    Kind("proxy 504", "a proxy has waited in vain for the API", PASSING, _same(proxy_failure(504))),
    Kind("504 after", "carried out, but a proxy has not waited for the answer", PASSING, _same(_if_done(proxy_failure(504)))),
    Kind("proxy 407", "a proxy wants a password", FINAL, _same(proxy_failure(407))),
    Kind("302", "a redirect to elsewhere", FINAL, _same(html(302, "Found"))),
    Kind("400", "the API refuses the request", FINAL, _same(status(400))),
    Kind("403", "the token lacks the permission", FINAL, _same(status(403))),
    Kind("404", "what the call names does not exist", FINAL, _same(status(404))),
    Kind("409", "the call contradicts what there is", FINAL, _same(status(409))),
    Kind("cursor expired", "the second page is refused: its cursor is too old", FINAL, _same(_on_later_pages(expired_cursor()))),
    Kind("cursor repeated", "a page names the cursor that led to it", FINAL, _same(_on_later_pages(repeated_cursor()))),
    Kind("page doubled", "each page holds its rows twice", HARMLESS, _same(_rows(lambda rows: 2 * rows))),
    Kind("page missing", "each page is empty", UNDETECTABLE, _same(_rows(lambda rows: []))),
)
# A wait of seconds that virtual time cannot shorten: it happens on the wire.
AFTER_ITS_TIME = "the answer comes half a second after the time-out, which is 5 s"
STALLS = (Kind("stall", AFTER_ITS_TIME, PASSING, _same(_slow(STALL_SECONDS)), timeout=SHORT_TIMEOUT),)
