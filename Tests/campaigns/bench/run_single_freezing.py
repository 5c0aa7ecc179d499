"""Measured process: a freeze request for each device and then, each minute, a call for each that is not frozen yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.baselines.api import Api
from bench.child import Stopwatch
from bench.fleet import calling_devices


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tenant, uids = calling_devices(asked["devices"])
    with tenant:
        token = tenant.tokens.create_symmetric()
        api = Api({"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}})
        watch = Stopwatch()
        waiting = [freeze(api, uid) for uid in uids]
        while waiting := [request for request in waiting if not completed(api, request)]:
            tenant.clock.advance(60)
        yield {**watch.stop(), "calls": len(tenant.requests)}


def freeze(api: Api, device_uid: str) -> str:
    body = {
        "deviceUids": [device_uid],
        "requestTitle": "bench",
        "messageName": "bench",
        "message": "<p>Locked.</p>",
        "freezeDefinition": {"deviceFreezeType": "OnDemand"},
        "passcodeDefinition": {"option": "RandomForEach", "length": 8},
    }
    return str(api.call("POST", "/v3/actions/requests/freeze", body=body)["data"]["requestUid"])


def completed(api: Api, request_uid: str) -> bool:
    rows = api.call("GET", f"/v3/actions/freeze/requests/{request_uid}", "pageSize=500")["data"]
    return all(row["actionStatus"] == "Completed" for row in rows)
