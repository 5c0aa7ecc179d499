"""What reports of devices are shown as."""

import json
import pytest
from AbsoluteReportsApiModule import (
    device_context,
    latitude_longitude,
)

DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


class TestDevices:
    def test_false_and_zero_survive(self) -> None:
        context = device_context({"deviceUid": DEVICE_UID, "isStolen": False, "networkAdapters": [], "avgMinutesInUse": 0})
        assert context == {"Id": DEVICE_UID, "IsStolen": False, "NetworkAdapters": [], "AvgMinutesInUse": 0}

    def test_a_passcode_that_was_selected_stays_out(self) -> None:
        assert "4815" not in json.dumps(
            device_context({"deviceFreezeActionStatus": {"statuses": [{"status": {"passcode": "4815"}}]}})
        )


class TestLocation:
    @pytest.mark.parametrize(
        ("point", "expected"),
        [
            ({"coordinates": [-0.12, 51.5]}, (51.5, -0.12)),
            ({"coordinates": [0, 0]}, (0, 0)),
            ({"x": -123.13, "y": 49.29}, (49.29, -123.13)),
            ({"coordinates": [49.29, -123.13]}, (49.29, -123.13)),
            ({"coordinates": [500, 500]}, None),
            ({"coordinates": []}, None),
            ({"coordinates": ["a", None]}, None),
            ({}, None),
        ],
    )
    def test_either_axis_order(self, point: dict, expected: tuple[float, float] | None) -> None:
        assert latitude_longitude(point) == expected
