"""Custom Data: the registry and WMI values that the account collects (/configurations/custom-data-collector/datapoints)."""

from __future__ import annotations

from typing import Any

from ..devices import Device
from ..errors import not_found
from ..listing import list_answer
from ..query import ListQuery, ListRules, simple_filter, suffixed_filters
from ..routes import Answer, Call, Route, path_uid

FILTERS = suffixed_filters("lastUpdatedDateTimeUtc", "From FromInclusive To ToInclusive")
RULES = ListRules()


def list_data_points(call: Call) -> Answer:
    matches = simple_filter(call.params, FILTERS, call.account.options.query)
    seen = (device for device in call.account.devices if call.account.visible(device, call.token))
    rows = [data_point_record(device) for device in seen if device["platformOSType"] == "Windows"]

    def ordered(query: ListQuery) -> tuple[list[tuple[int]], list[dict[str, Any]]]:
        return [(place,) for place in range(len(rows))], rows

    return list_answer(call, RULES, ordered, matches, lambda row, select: row)


def get_data_points(call: Call) -> Answer:
    device = call.account.devices.find(path_uid(call, "deviceUid"))
    if device is None or not call.account.visible(device, call.token):
        raise not_found()
    return Answer(data=data_point_record(device))


def data_point_record(device: Device) -> dict[str, Any]:
    detail = {"status": "success", "statusCode": 0, "errorCount": 0, "value": "VPN-Gateway-2"}
    failed = {"status": "error", "statusCode": 1, "errorCount": 1, "lastError": "The key does not exist"}
    return {
        "deviceUid": device["deviceUid"],
        "lastUpdatedDateTimeUtc": device["lastUpdatedDateTimeUtc"],
        "result": [{"fieldName": "VpnGateway", "fieldDetail": detail}, {"fieldName": "AssetTag", "fieldDetail": failed}],
    }


_POINTS = "/configurations/custom-data-collector/datapoints"
ROUTES = (
    Route("GET", _POINTS, (), list_data_points),
    Route("GET", f"{_POINTS}/devices/{{deviceUid}}", (), get_data_points, one=True),
)
