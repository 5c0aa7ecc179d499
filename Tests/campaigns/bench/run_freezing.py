"""Measured process: one command freezes devices and follows them to the end; tenant and war room are in it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from local_absolute import RequestRecord
from local_xsoar import PlatformModules, WarRoom, load_integration
from pack_files import INTEGRATION

from bench.child import Stopwatch
from bench.fleet import calling_devices

CREATE = ("POST", "/v3/actions/requests/freeze")


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tenant, uids = calling_devices(asked["devices"])
    with tenant:
        token = tenant.tokens.create_symmetric()
        params = {
            "url": tenant.url,
            "credentials": {"identifier": token.id, "password": token.secret},
            "max_devices_per_action": str(len(uids)),
        }
        modules = PlatformModules.chosen()
        room = WarRoom(load_integration(INTEGRATION), params, modules, wait=tenant.clock.advance)
        watch = Stopwatch()
        run = room.execute("absolute-device-freeze-request", {"device_ids": ",".join(uids), **ORDER})
        cost = watch.stop()
        frozen = sum(tenant.devices.by_uid(uid)["deviceFreezeStatus"]["statusCode"] == "FRZN" for uid in uids)
        if run.error or frozen != len(uids):
            raise RuntimeError(run.error or f"{frozen} of {len(uids)} devices are frozen.")
        yield {**cost, **counted(tenant.requests)}


ORDER = {"request_name": "bench", "message_name": "bench", "html_message": "<p>Locked.</p>", "polling": "true"}


def counted(calls: Sequence[RequestRecord]) -> dict[str, Any]:
    """The calls by purpose. A look is what happens at one moment of the tenant's clock, after the last freeze request."""
    creating = [place for place, call in enumerate(calls) if (call.method, call.path) == CREATE]
    looking = calls[creating[-1] + 1 :]
    looks = Counter(call.at for call in looking)
    moments = sorted(looks)
    means = [looks[now] / ((later - now).total_seconds() / 60) for now, later in pairwise(moments)]
    return {
        "calls": len(calls),
        "resolving": creating[0],
        "requests": len(creating),
        "looks": len(moments),
        "largest_look": max(looks.values()),
        "busiest_minute": max(busiest((call.received for call in looking if call.at == look), 60) for look in moments),
        "busiest_second": max(busiest((call.received for call in looking if call.at == look), 1) for look in moments),
        "per_minute": max(means),
        "minutes": (moments[-1] - moments[0]).total_seconds() / 60,
    }


def busiest(received: Iterable[float], seconds: float) -> int:
    """The most calls within any such span."""
    times = sorted(received)
    return max(place + 1 - bisect_left(times, time - seconds) for place, time in enumerate(times))
