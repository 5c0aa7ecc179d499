"""Custom Data: the registry and WMI values that the account collects (/configurations/custom-data-collector/datapoints)."""

from __future__ import annotations

from typing import Any

from ..devices import Device
from ..listing import rows_answer
from ..query import suffixed_filters
from ..routes import Answer, Call, Route, path_device

FILTERS = suffixed_filters("lastUpdatedDateTimeUtc", "From FromInclusive To ToInclusive")


def list_data_points(call: Call) -> Answer:
    collected = (device for device in call.devices() if device["platformOSType"] == "Windows")
    return rows_answer(call, collected, data_point_record, FILTERS)


def get_data_points(call: Call) -> Answer:
    return Answer(data=data_point_record(path_device(call)))


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
