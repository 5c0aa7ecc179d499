"""SIEM Event Reporting: GET /reporting/siem-events."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

from ..errors import ApiError, invalid_value
from ..event_log import Key, Page, Position, Window
from ..listing import next_cursor
from ..permissions import Permission
from ..query import LIST_PARAMETERS, ListRules, parse_list_query, parse_moment, refuse_unknown_parameters
from ..routes import Answer, Call, Route
from ..siem import Siem, window

RULES = ListRules(default_page_size=100, max_page_size=1000)
_WINDOW = ("fromDateTimeUtc", "toDateTimeUtc")


def list_siem_events(call: Call) -> Answer:
    """What the API answers while the integration is off in the console is not published: 403, with a text, here, or no
    events (SiemOptions.when_off)."""
    siem = call.account.siem
    refuse_unknown_parameters(call.params, LIST_PARAMETERS | set(_WINDOW), call.account.options.query)
    if not siem.enabled and siem.options.when_off == "refused":
        raise ApiError(403, "SIEM integration is not enabled")
    start, end = (_moment(call, name) for name in _WINDOW)
    if start > end:
        raise invalid_value(_WINDOW[0], f"must not be after {_WINDOW[1]}")
    query = parse_list_query(call.params, RULES, call.account.options.query)
    position = call.account.cursors.read(call.path, call.params, query.cursor) if query.cursor else None
    if not siem.enabled:
        return Answer(data=[])
    page = _page(siem, window(start, end), position, query.page_size)
    return Answer(
        data=[event.record(siem.options.timestamps) for event in page.events],
        next_page=next_cursor(call, query, None if page.after is None else astuple(page.after), page.more),
    )


def _page(siem: Siem, window: Window, position: Any, size: int) -> Page:
    """The page behind a position that was in a cursor, the first one for None."""
    log, options = siem.log, siem.options
    if options.cursors == "key":
        return log.page_behind(window, Key(*position) if position else None, size, options.order)
    place = Position(*position) if position else log.start()
    return log.page(
        window, replace(log.start(), given=place.given) if options.cursors == "offset" else place, size, options.order
    )


def _moment(call: Call, name: str) -> datetime:
    values = [value for given, value in call.params if given == name]
    if len(values) != 1:
        raise invalid_value(name, "is required once")
    try:
        return parse_moment(values[0], call.account.options.query)
    except ValueError:
        raise invalid_value(name, "not a date") from None


ROUTES = (Route("GET", "/reporting/siem-events", (Permission.MANAGE_SIEM_INTEGRATION,), list_siem_events),)
