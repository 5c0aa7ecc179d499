"""Software Reporting: GET /reporting/applications and /reporting/applications-advanced, one row per device and application."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import dropwhile, islice
from operator import attrgetter
from typing import Any

from ..devices import Device
from ..errors import Detail, invalid_request
from ..listing import ComputedRecord, read_page
from ..permissions import Permission
from ..query import (
    Condition,
    ListRules,
    Params,
    ReadFilter,
    Sort,
    advanced_filters,
    parse_list_query,
    read_sort,
    selected,
    simple_filter,
    suffixed_filters,
)
from ..routes import Answer, Call, Route
from ..software import Application, last_scan
from ..times import format_utc
from .devices import devices_in_order

_TEXTS = (
    "appName appOriginalName appOriginalPublisher appOriginalVersion appPublisher appVersion deviceName deviceSerialNumber "
    "esn installPath osName userName"
)
FILTERS = {
    **suffixed_filters(_TEXTS, "= Contains EndsWith Not NotContains NotEndsWith NotStartsWith StartsWith"),
    **suffixed_filters("appId deviceAppId deviceUid", "="),
    **suffixed_filters("firstDetectDateTimeUtc installDateTimeUtc", "From FromInclusive To ToInclusive"),
}
_DEVICE_FIELDS = {
    "deviceUid": "deviceUid",
    "accountUid": "accountUid",
    "esn": "esn",
    "deviceName": "deviceName",
    "deviceSerialNumber": "serialNumber",
    "userName": "username",
}


def _device_field(name: str) -> Callable[[Device, Application], Any]:
    return lambda device, app: device.get(name)


def _version_part(place: int, device: Device, application: Application) -> int | None:
    parts = application.version.split(".")
    return int(parts[place]) if len(parts) > place and parts[place].isdecimal() else None


_FIELDS: dict[str, Callable[[Device, Application], Any]] = {
    **{name: _device_field(field) for name, field in _DEVICE_FIELDS.items()},
    "osName": lambda device, app: device.get("operatingSystem", {}).get("name"),
    "appId": lambda device, app: app.product.uid,
    "deviceAppId": lambda device, app: f"da-{device.index}-{app.product.uid}",
    "appName": lambda device, app: app.product.name,
    "appOriginalName": lambda device, app: app.product.original_name,
    "appPublisher": lambda device, app: app.product.publisher,
    "appOriginalPublisher": lambda device, app: app.product.original_publisher,
    "appVersion": lambda device, app: app.version,
    "appOriginalVersion": lambda device, app: f"{app.version}.0",
    "major": partial(_version_part, 0),
    "minor": partial(_version_part, 1),
    "installPath": lambda device, app: app.install_path,
    "installDateTimeUtc": lambda device, app: format_utc(app.installed),
    "firstDetectDateTimeUtc": lambda device, app: format_utc(app.first_detected),
    "lastScanDateTimeUtc": lambda device, app: last_scan(device),
}
RULES = ListRules(selectable=frozenset(_FIELDS), default_page_size=100, max_page_size=10_000)


class ApplicationRecord(ComputedRecord):
    """A row. Rows are identified, and ordered, by (deviceUid, appId)."""

    def __init__(self, device: Device, application: Application) -> None:
        super().__init__(_FIELDS, device, application)
        self.key = (device["deviceUid"], application.product.uid)


def list_applications(read_filter: ReadFilter, call: Call) -> Answer:
    matches = read_filter(call.params, FILTERS, call.account.options.query)
    query = parse_list_query(
        [(name, value) for name, value in call.params if name != "sortBy"], RULES, call.account.options.query
    )
    sorts = _sorts(call.params)

    def rows_after(last: list[str] | None) -> Iterator[ApplicationRecord]:
        return _sorted_rows(call, matches, sorts, last) if sorts else _rows(call, matches, last)

    page = read_page(call, query, rows_after, attrgetter("key"))
    return Answer(data=[selected(row, query.select) for row in page.rows], next_page=page.next)


def _rows(call: Call, matches: Condition, last: list[str] | None) -> Iterator[ApplicationRecord]:
    """The matching rows after the last one given, in the default order; only as many are made as are taken."""
    keys, devices = devices_in_order(call, matches, "deviceUid", _DEVICE_FIELDS)
    start = 0 if last is None else bisect.bisect_left(keys, (last[0], last[0]))
    for device in devices[start:]:
        if not call.sees(device):
            continue
        for application in call.account.software.on(device):
            row = ApplicationRecord(device, application)
            if (last is None or row.key > tuple(last)) and matches(row):
                yield row


def _sorted_rows(call: Call, matches: Condition, sorts: list[Sort], last: list[str] | None) -> Iterator[ApplicationRecord]:
    """The matching rows after the last one given; equal ones stay in the default order."""
    rows = list(_rows(call, matches, None))
    for sort in reversed(sorts):
        rows.sort(key=_sort_key(sort.key), reverse=sort.descending)
    if last is None:
        return iter(rows)
    given = tuple(last)
    return islice(dropwhile(lambda row: row.key != given, rows), 1, None)


def _sort_key(field: str) -> Callable[[ApplicationRecord], Any]:
    """Text sorts regardless of case; rows without a value come first."""

    def key(row: ApplicationRecord) -> tuple[bool, Any]:
        value = row.get(field)
        return value is not None, value.casefold() if isinstance(value, str) else value or 0

    return key


def _sorts(params: Params) -> list[Sort]:
    """`key1:order1,key2:order2…`. ApiError 400 for an unknown key or order, or a key given twice."""
    texts = [value for name, value in params if name == "sortBy"]
    sorts = [read_sort(text, _FIELDS) for value in texts for text in value.split(",")]
    if len({sort.key for sort in sorts}) < len(sorts):
        raise invalid_request(Detail("duplicate sort key", code="DUPLICATE_SORT_KEY", field="sortBy"))
    return sorts


_VIEW = (Permission.VIEW_SOFTWARE_REPORTS,)
ROUTES = (
    Route("GET", "/reporting/applications", _VIEW, partial(list_applications, simple_filter)),
    Route("GET", "/reporting/applications-advanced", _VIEW, partial(list_applications, advanced_filters)),
)
