"""Hands what was fetched over: events to XSIAM, incidents to XSOAR.

Knows how XSIAM takes events, what it takes at once, and what its answers mean. Must not know: commands.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteFetchApiModule import *

import json
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import requests

# region XSIAM
VENDOR = "Absolute"
PRODUCT = "Secure Endpoint"
MOST_SAID = 500
EVENT_JSON = json.JSONEncoder(separators=(",", ":"))
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


class XsiamOutlet:
    """The dataset of events, by the platform's own function.

    Attributes:
        next_step: What becomes of events that were not taken.
    """

    def __init__(self, next_step: str = "The next run sends them again.") -> None:
        self.next_step = next_step

    def prepare(self, source: FetchType, rows: Sequence[Row]) -> list[str]:
        """Rows as the dataset takes them, as JSON: made here, so that nothing but sending is left for the sender's thread."""
        return [EVENT_JSON.encode(xsiam_event(source, row)) for row in rows]

    def fitting(self, items: Sequence[str]) -> int:
        """As many lines as one request takes, counted as the platform does, which cuts behind the line that passes its limit."""
        size = 0
        for count, line in enumerate(items):
            size += sys.getsizeof(line)
            if size > XSIAM_EVENT_CHUNK_SIZE_LIMIT:
                return max(count, 1)
        return len(items)

    def deliver(self, items: list[str]) -> None:
        """Raises: RefusedError, ExplainedError."""
        if not items:
            return
        size = XSIAM_EVENT_CHUNK_SIZE_LIMIT
        try:
            with environment_put_back():
                send_events_to_xsiam(
                    items, VENDOR, PRODUCT, data_format="json", chunk_size=size, should_update_health_module=False
                )
        except Exception as error:  # it lets through what requests and a foreign answer raise
            raise xsiam_error(error, self.next_step) from error


def xsiam_error(error: Exception, next_step: str) -> DemistoException:
    """What went wrong, with status and text of the answer, which the platform's function does not always say."""
    answer = answer_behind(error)
    if answer is None or answer.ok:
        said = f"its answer was no answer of a collector: {said_in(answer)}" if answer is not None else one_line(str(error))
        return ExplainedError(f"It is unknown whether XSIAM took the events ({said}). {next_step}")
    status = answer.status_code
    advice = XSIAM_ADVICE.get(status) or (XSIAM_TROUBLE if status >= 500 else "")
    text = " ".join(part for part in (f"XSIAM did not take the events: {status} {said_in(answer)}.", advice) if part)
    return RefusedError(text) if status in REFUSALS_OF_CONTENT else ExplainedError(f"{text} {next_step}")


def answer_behind(error: Exception) -> requests.Response | None:
    """The answer that the platform's function was reading when it failed: with some answers it fails while it reads them."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, requests.Response):
                return value
    return None


def said_in(answer: requests.Response) -> str:
    """The text of an answer, or else the words of its status, without the token that was sent."""
    text = answer.text or answer.reason or ""
    token = str(answer.request.headers.get("authorization") or "") if answer.request is not None else ""
    return one_line(text.replace(token, MASK) if token else text)


def one_line(text: str) -> str:
    return " ".join(text.split())[:MOST_SAID].rstrip(".")


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
