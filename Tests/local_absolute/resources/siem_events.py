"""SIEM Event Reporting: GET /reporting/siem-events. No event happens in this tenant yet."""

from __future__ import annotations

from datetime import datetime

from ..errors import ApiError, invalid_value
from ..listing import list_answer
from ..permissions import Permission
from ..query import LIST_PARAMETERS, ListRules, refuse_unknown_parameters
from ..routes import Answer, Call, Route
from ..times import parse_exact_utc

RULES = ListRules(default_page_size=100, max_page_size=1000)
_WINDOW = ("fromDateTimeUtc", "toDateTimeUtc")


def list_siem_events(call: Call) -> Answer:
    """What the API answers while the integration is off in the console is not published: 403, with a text, here."""
    refuse_unknown_parameters(call.params, LIST_PARAMETERS | set(_WINDOW), call.account.options.query)
    if not call.account.siem.enabled:
        raise ApiError(403, "NOT_AUTHORIZED", "SIEM integration is not enabled")
    start, end = (_moment(call, name) for name in _WINDOW)
    if start > end:
        raise invalid_value(_WINDOW[0], f"must not be after {_WINDOW[1]}")
    return list_answer(call, RULES, lambda query: ([], []), lambda event: True, lambda event, select: {})


def _moment(call: Call, name: str) -> datetime:
    values = [value for given, value in call.params if given == name]
    if len(values) != 1:
        raise invalid_value(name, "is required once")
    try:
        return parse_exact_utc(values[0])
    except ValueError:
        raise invalid_value(name, "not a date") from None


ROUTES = (Route("GET", "/reporting/siem-events", (Permission.MANAGE_SIEM_INTEGRATION,), list_siem_events),)
