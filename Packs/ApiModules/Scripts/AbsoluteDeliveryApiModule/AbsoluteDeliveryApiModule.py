"""Hands what was fetched over: events to XSIAM, by the platform's function or by an HTTP log collector; incidents to XSOAR.

Knows how XSIAM takes events, what it takes at once, and what its answers mean. Must not know: commands.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteFetchApiModule import *

import gzip
import http.client
import itertools
import json
import re
import sys
import traceback
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

# region XSIAM
MOST_SAID = 500
# What was read from JSON holds nothing that holds itself.
EVENT_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)
# The answers that are about what was sent, and not about who sent it or when.
REFUSALS_OF_CONTENT = frozenset({400, 413, 422})
NO_SYSTEM_INTEGRATION = "It did not take the licence's token: only integrations that XSIAM brings along may send in this way."
XSIAM_ADVICE = {
    400: "It cannot read what was sent.",
    401: NO_SYSTEM_INTEGRATION,
    403: NO_SYSTEM_INTEGRATION,
    404: "The address that the licence gives is not that of a collector: ask the platform's support.",
    413: "What was sent is larger than it takes at once.",
    429: "It has more to take in than it can at the moment.",
}
XSIAM_TROUBLE = "It is in trouble."
NEXT_RUN = "The next run sends them again."


def as_line(event: Mapping[str, Any]) -> str:
    """An event as the dataset takes it: JSON in ASCII, which has no line break."""
    return EVENT_JSON.encode(event)


def so_many_fit(sizes: Iterable[int], most: int) -> int:
    """How many of the things with these sizes, from the first on, fit in `most`. One that is too large goes alone."""
    count = 0
    for count, end in enumerate(itertools.accumulate(sizes), 1):
        if end > most:
            return max(count - 1, 1)
    return count


class XsiamOutlet:
    """A dataset, by the platform's own function.

    Attributes:
        product: Which one.
        next_step: What becomes of events that were not taken.
    """

    def __init__(self, product: str = PRODUCT, next_step: str = NEXT_RUN) -> None:
        self.product = product
        self.next_step = next_step

    def prepare(self, source: FetchType, rows: Sequence[Row]) -> list[str]:
        """Made here, so that nothing but sending is left for the sender's thread."""
        return [as_line(xsiam_event(source, row)) for row in rows]

    def fitting(self, items: Sequence[str]) -> int:
        """As many lines as one request takes, counted as the platform does, which cuts behind the line that passes its limit."""
        return so_many_fit(map(sys.getsizeof, items), XSIAM_EVENT_CHUNK_SIZE_LIMIT)

    def deliver(self, items: list[str]) -> None:
        """Raises: RefusedError, ExplainedError."""
        if not items:
            return
        size = XSIAM_EVENT_CHUNK_SIZE_LIMIT
        try:
            with environment_put_back():
                send_events_to_xsiam(
                    items, VENDOR, self.product, data_format="json", chunk_size=size, should_update_health_module=False
                )
        except Exception as error:  # it lets through what requests and a foreign answer raise
            # Status and text of the answer, which the platform's function does not always say.
            if (answer := answer_behind(error)) is None:
                raise unknown(one_line(str(error)), self.next_step) from error
            raise not_taken(answer, XSIAM_ADVICE, self.next_step) from error


def unknown(said: str, next_step: str) -> ExplainedError:
    return ExplainedError(f"It is unknown whether XSIAM took the events ({said}). {next_step}")


def not_taken(
    answer: requests.Response, advice: Mapping[int, str], next_step: str, of_content: Container[int] = REFUSALS_OF_CONTENT
) -> DemistoException:
    """An answer other than that the events were taken, in words: a RefusedError when its status is about what was sent."""
    if answer.ok:
        return unknown(f"its answer was no answer of a collector: {said_in(answer)}", next_step)
    status = answer.status_code
    hint = advice.get(status) or (XSIAM_TROUBLE if status >= 500 else "")
    text = " ".join(part for part in (f"XSIAM did not take the events: {status} {said_in(answer)}.", hint) if part)
    return RefusedError(text) if status in of_content else ExplainedError(f"{text} {next_step}")


def answer_behind(error: Exception) -> requests.Response | None:
    """The answer that the platform's function was reading when it failed: with some answers it fails while it reads them."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, requests.Response):
                return value
    return None


def said_in(answer: requests.Response) -> str:
    """The text of an answer, or else the words of its status, without the token that was sent."""
    if answer.request is not None:
        keep_secret(str(answer.request.headers.get("authorization") or ""))
    return one_line(answer.text or answer.reason or "")


def one_line(text: str) -> str:
    return " ".join(SECRETS.masked(text).split())[:MOST_SAID].rstrip(".")


# endregion


# region HTTP log collector
# The page "Set up an HTTP log collector to receive logs" of the platform's documentation has its address, limits and answers.
COLLECTOR_PATH = "/logs/v1/event"
COLLECTOR_EXAMPLE = f"https://api-example.xdr.us.paloaltonetworks.com{COLLECTOR_PATH}"  # disable-secrets-detection
# A request may have 10 MB; 1 MiB is recommended.
COLLECTOR_REQUEST_BYTES = 2**20
COLLECTOR_RECORD_BYTES = 5_000_000
# Level 9 takes twice the time, for a body that is 3 % smaller.
COMPRESSION = 6
WRONG_FORMAT = 500
# The parameter with the key of each dataset's collector; a tenant of XSIAM has one address for all of them.
COLLECTOR_KEYS = {PRODUCT: "collector_key", DEVICES_PRODUCT: "devices_collector_key"}
COLLECTOR_ADVICE = {
    401: "The key is not that of the HTTP log collector, or the collector is deleted or disabled.",
    404: f"The URL is wrong: copy the collector's API URL, which ends in {COLLECTOR_PATH}.",
    413: "What was sent is larger than the 10 MB that the HTTP log collector takes at once.",
    429: "The HTTP log collector takes at most 400 requests per second of a customer.",
}


def in_dataset(name: str) -> str:
    """Vendor or product, as the name of a dataset has it."""
    return name.lower().replace(" ", "_")


@dataclass(frozen=True)
class LogCollector:
    """A custom HTTP log collector of XSIAM, as the instance names it.

    Attributes:
        product: The dataset that it fills: one collector is one dataset.
        proxy: The system proxy for its address; empty for none.
        timeout: Seconds for one request.
    """

    url: str
    key: str = field(repr=False)
    verify: bool
    proxy: str
    timeout: float
    product: str = PRODUCT

    @property
    def advice(self) -> dict[int, str]:
        settings = f"Log Format JSON, vendor {in_dataset(VENDOR)}, product {in_dataset(self.product)}"
        return {**COLLECTOR_ADVICE, WRONG_FORMAT: f"So it answers what does not fit the collector's settings: {settings}."}

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or self.url

    def session(self) -> requests.Session:
        session = ApiSession(self.proxy, self.verify)
        session.verify = trusted_certificates(self.verify)
        return session

    def post(self, session: requests.Session, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        """Raises: TransportError."""
        try:
            # A redirect would carry key and events to another host.
            return session.post(self.url, body, headers=headers, timeout=TimeLeft(Deadline(self.timeout)), allow_redirects=False)
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            # Not `from error`: its text can hold the password of a proxy.
            purpose = "send events to the HTTP log collector"
            raise transport_error(error, purpose, self.host, self.timeout, bool(self.proxy)) from None


def log_collectors(params: Mapping[str, Any], timeout: float) -> "dict[str, LogCollector | None]":
    """The collector of each dataset that the instance fills, by its product. Raises: ArgumentError."""
    products = dict.fromkeys(source.product for source in reversed(fetch_sources(params)))
    return {product: log_collector(params, timeout, product) for product in products}


def log_collector(params: Mapping[str, Any], timeout: float, product: str = PRODUCT) -> LogCollector | None:
    """The collector of the instance's parameters; None when they name none. Raises: ArgumentError."""
    name = COLLECTOR_KEYS[product]
    url = str(params.get("collector_url") or "").strip()
    key = str((params.get(name) or {}).get("password") or "").strip()
    if not url and not key:
        return None
    if not url:
        raise ArgumentError("collector_url", "there is a key of an HTTP log collector, but not its URL.", COLLECTOR_EXAMPLE)
    if not key:
        own = f"there is the URL of an HTTP log collector, but not its key. The collector has the product {in_dataset(product)}."
        raise ArgumentError(name, own)
    if not re.fullmatch(r"[!-~]+", key):
        raise ArgumentError(name, "it holds blanks or other characters that no key has. Copy it again.")
    checked = collector_url(url)
    proxy = system_proxy(checked) if flag(params, "proxy") else ""
    return LogCollector(checked, key, not flag(params, "insecure"), proxy, timeout, product)


def collector_url(typed: str) -> str:
    """The address that events are sent to. The path may be left out. Raises: ArgumentError."""
    # What stands before an @ may be a password: it is refused below and never shown.
    text = typed.rpartition("@")[2]
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ArgumentError("collector_url", f'"{text}" is not a URL.', COLLECTOR_EXAMPLE) from None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ArgumentError("collector_url", f'"{text}" is not https: nothing is sent unencrypted.', COLLECTOR_EXAMPLE)
    fits = parts.path.rstrip("/") in ("", COLLECTOR_PATH) and not (parts.query or parts.fragment)
    if not host or parts.username is not None or not fits:
        raise ArgumentError("collector_url", f'"{text}" is not the address of an HTTP log collector.', COLLECTOR_EXAMPLE)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{COLLECTOR_PATH}"


def unreachable(collector: LogCollector) -> str:
    """What keeps events from the collector, as far as that shows without its key; empty for nothing. Nothing is recorded."""
    try:
        answer = collector.post(collector.session(), b"", {"Content-Type": "application/json"})
    except TransportError as error:
        return error.message
    return f"{collector.host} answers 404. {COLLECTOR_ADVICE[404]}" if answer.status_code == 404 else ""


class CollectorOutlet(XsiamOutlet):
    """A dataset, by an HTTP log collector, which takes them from anybody who has its key."""

    def __init__(self, collector: LogCollector, next_step: str = NEXT_RUN) -> None:
        super().__init__(collector.product, next_step)
        self._collector = collector
        self._session = collector.session()
        self._compressed = False
        self._taken = ""

    def fitting(self, items: Sequence[str]) -> int:
        return so_many_fit((len(line) + 1 for line in items), COLLECTOR_REQUEST_BYTES)

    def deliver(self, items: list[str]) -> None:
        """Raises: RefusedError, ExplainedError."""
        if not items:
            return
        if len(items) == 1 and len(items[0]) > COLLECTOR_RECORD_BYTES:
            size = f"It has {len(items[0])} bytes; a record of the HTTP log collector may have {COLLECTOR_RECORD_BYTES}."
            raise RefusedError(size, proven=True)
        answer = self._send(items)
        if answer.status_code == WRONG_FORMAT and not self._taken:
            # Whether it takes gzip is a setting of the collector that nobody tells: its answer to the other one is this.
            self._compressed = not self._compressed
            answer = self._send(items)
        if not taken(answer):
            raise self._refusal(answer, alone=len(items) == 1)
        self._taken = items[-1]

    def _send(self, items: Sequence[str]) -> requests.Response:
        body = "\n".join(items).encode("ascii")
        headers = {"Authorization": self._collector.key, "Content-Type": "application/json"}
        if self._compressed:
            body, headers["Content-Encoding"] = gzip.compress(body, COMPRESSION, mtime=0), "gzip"
        try:
            return self._collector.post(self._session, body, headers)
        except TransportError as error:
            raise (unknown(one_line(error.message), self.next_step) if error.arrived else error) from None

    def _refusal(self, answer: requests.Response, alone: bool) -> DemistoException:
        """The collector answers the same to a wrong record and to a wrong setting: what it took before tells them apart."""
        if answer.status_code != WRONG_FORMAT or not (alone and self._taken):
            return not_taken(answer, self._collector.advice, self.next_step, REFUSALS_OF_CONTENT | {WRONG_FORMAT})
        if not taken(self._send([self._taken])):
            return not_taken(answer, self._collector.advice, self.next_step)
        return RefusedError(
            f"The HTTP log collector took others, but not this one: {WRONG_FORMAT} {said_in(answer)}.", proven=True
        )


def taken(answer: requests.Response) -> bool:
    """Whether an answer of the collector says so: 200 with `{"error": "false"}`."""
    body = read_json(answer.content)
    return answer.status_code == 200 and isinstance(body, dict) and str(body.get("error")).lower() == "false"


def event_outlet(collector: LogCollector | None, product: str = PRODUCT, next_step: str = NEXT_RUN) -> XsiamOutlet:
    """Where rows of a dataset go: to the collector if there is one, else to XSIAM by the platform's own function."""
    return CollectorOutlet(collector, next_step) if collector else XsiamOutlet(product, next_step)


# endregion


# region Incidents
class IncidentOutlet:
    """Collects incidents for the end of a run: the platform takes all of one run at once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.incidents: list[dict[str, Any]] = []

    def prepare(self, source: FetchType, rows: Sequence[Row]) -> list[dict[str, Any]]:
        return INCIDENTS[source.name](self._client, rows)

    def fitting(self, items: Sequence[dict[str, Any]]) -> int:
        return len(items)

    def deliver(self, items: list[dict[str, Any]]) -> None:
        self.incidents += items


# endregion
