"""Licences of the account: GET /reporting/licenses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ..fleet import ACCOUNT_UID
from ..listing import rows_answer
from ..permissions import Permission
from ..query import ListRules, suffixed_filters
from ..routes import Answer, Call, Route
from ..times import format_utc

_LICENSES = (("Absolute Resilience", "12345", 100, 365), ("Absolute Control", "12001", 20, -30))
FILTERS = {
    "expiredOrder": replace(suffixed_filters("expiredOrder", "=")["expiredOrder"], kind="boolean"),
    **suffixed_filters("licenseUid", "="),
    **suffixed_filters("licenseName", "= Not NotStartsWith StartsWith"),
    **suffixed_filters("orderNo", "= Empty Not NotStartsWith StartsWith"),
}
RULES = ListRules(max_page_size=10_000)


def list_licenses(call: Call) -> Answer:
    return rows_answer(call, (license_record(call, *one) for one in _LICENSES), dict, FILTERS, rules=RULES)


def license_record(call: Call, name: str, order: str, count: int, days_left: int) -> dict[str, Any]:
    end = call.account.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days_left)
    return {
        "licenseUid": f"00000000-0000-4000-8000-0000000{order}",
        "accountUid": ACCOUNT_UID,
        "licenseName": name,
        "orderNo": order,
        "startDateUtc": format_utc(end - timedelta(days=730)),
        "endDateUtc": format_utc(end),
        "licenseCount": count,
        "activatedOrder": True,
        "expiredOrder": days_left < 0,
    }


ROUTES = (Route("GET", "/reporting/licenses", (Permission.VIEW_LICENSES,), list_licenses),)
