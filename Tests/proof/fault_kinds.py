"""The faults of the sweep: what networks, proxies, servers and clocks do to a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import orjson
from local_absolute import LocalTenant
from local_absolute.faults import (
    Action,
    changed,
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
    truncated_json,
)
from local_absolute.http_answer import HttpAnswer

SKEW_SECONDS = 3600
# Longer than the shortest time-out that the integration takes.
STALL_SECONDS = 5.5


class Nature(Enum):
    """What may be expected of a command that meets the fault."""

    HARMLESS = "the command does not notice"
    PASSING = "another attempt may succeed"
    FINAL = "another attempt is answered alike"
    UNDETECTABLE = "nothing tells it from a true answer"


@dataclass(frozen=True)
class Kind:
    """A fault. `refuses`: whether it is certain that a call which meets it was not carried out, and the caller can know.

    `make` gets the tenant, because some faults tell its time.
    """

    name: str
    nature: Nature
    make: Callable[[LocalTenant], Action]
    refuses: bool = False


def _same(action: Action) -> Callable[[LocalTenant], Action]:
    return lambda tenant: action


def _at(answer: Callable[[datetime], Action], seconds: float, skew: float = 0) -> Callable[[LocalTenant], Action]:
    """An answer that names a moment so many seconds from now, by a server whose clock is ahead by `skew`."""

    def make(tenant: LocalTenant) -> Action:
        return lambda process: together(date_skew(skew), answer(tenant.clock.now() + timedelta(seconds=seconds + skew)))(process)

    return make


def _instead(body: bytes) -> Action:
    """Processes, then answers this."""
    return changed(lambda answer: replace(answer, body=body) if answer.status == 200 else answer)


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


DEEP = b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

KINDS = (
    Kind("latency", Nature.HARMLESS, _same(stall(0.02))),
    Kind("clock 1 h ahead", Nature.HARMLESS, _same(date_skew(SKEW_SECONDS))),
    Kind("clock 1 h behind", Nature.HARMLESS, _same(date_skew(-SKEW_SECONDS))),
    Kind("reset before", Nature.PASSING, _same(reset_before())),
    Kind("reset after", Nature.PASSING, _same(reset_after())),
    Kind("half a JSON", Nature.PASSING, _same(truncated_json())),
    Kind("200 HTML", Nature.PASSING, _same(_instead(b"<html><body>Sign in</body></html>"))),
    Kind("200 empty", Nature.PASSING, _same(empty_body())),
    Kind("200 JSON list", Nature.PASSING, _same(_instead(b"[]"))),
    Kind("200 deep JSON", Nature.PASSING, _same(_instead(DEEP))),
    Kind("200 data null", Nature.UNDETECTABLE, _same(_data(lambda data: None))),
    Kind("401", Nature.PASSING, _same(status(401)), refuses=True),
    Kind("403 HTML", Nature.PASSING, _same(html(403)), refuses=True),
    Kind("429 1 s", Nature.PASSING, _same(status(429, retry_after=1)), refuses=True),
    Kind("429 date", Nature.PASSING, _at(lambda moment: status(429, retry_after=moment), 3), refuses=True),
    Kind("429 date, skewed", Nature.PASSING, _at(lambda moment: status(429, retry_after=moment), 3, 300), refuses=True),
    Kind("429 bare", Nature.PASSING, _same(status(429)), refuses=True),
    Kind("429 1 h", Nature.FINAL, _same(status(429, retry_after=3600)), refuses=True),
    Kind("500", Nature.PASSING, _same(status(500))),
    Kind("503 2 s", Nature.PASSING, _same(status(503, retry_after=2))),
    Kind("proxy 502", Nature.PASSING, _same(proxy_failure(502))),
    Kind("proxy 504", Nature.PASSING, _same(proxy_failure(504))),
    Kind("proxy 407", Nature.FINAL, _same(proxy_failure(407)), refuses=True),
    Kind("302", Nature.FINAL, _same(html(302, "Found"))),
    Kind("400", Nature.FINAL, _same(status(400)), refuses=True),
    Kind("403", Nature.FINAL, _same(status(403)), refuses=True),
    Kind("404", Nature.FINAL, _same(status(404)), refuses=True),
    Kind("409", Nature.FINAL, _same(status(409)), refuses=True),
    Kind("cursor expired", Nature.FINAL, _same(_on_later_pages(expired_cursor()))),
    Kind("cursor repeated", Nature.FINAL, _same(_on_later_pages(repeated_cursor()))),
    Kind("page doubled", Nature.HARMLESS, _same(_rows(lambda rows: 2 * rows))),
    Kind("page missing", Nature.UNDETECTABLE, _same(_rows(lambda rows: []))),
)
# A wait of seconds that virtual time cannot shorten: it happens on the wire.
STALLS = (Kind("stall", Nature.PASSING, _same(stall(STALL_SECONDS))),)
