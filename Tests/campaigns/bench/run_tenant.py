"""A local tenant in a process of its own: says its address and credentials, then for each line on stdin the calls since then."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from local_absolute import LocalTenant, RunningClock


def answers(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tenant = LocalTenant(
        devices=asked["devices"], clock=RunningClock(1), rate_limit=asked["calls_per_second"], latency=asked["latency"]
    )
    if asked["events"]:
        tenant.siem.generate(asked["events"], over=timedelta(hours=asked["events_hours"]))
    with tenant:
        token = tenant.tokens.create_symmetric()
        serials = [device["serialNumber"] for device in tenant.devices]
        # The collector of garbage would go through the whole fleet again and again, while a call waits.
        gc.freeze()
        yield {"url": tenant.url, "id": token.id, "secret": token.secret, "serials": serials}
        for _ in sys.stdin:
            times = [call.received for call in tenant.requests]
            refused = sum(call.status == HTTPStatus.TOO_MANY_REQUESTS for call in tenant.requests)
            tenant.requests.clear()
            span = max(times, default=0) - min(times, default=0)
            times.sort()
            limited = zip(times, times[asked["calls_per_second"] or len(times) :], strict=False)
            pace = min((later - earlier for earlier, later in limited), default=0)
            yield {"calls": len(times), "refused": refused, "seconds": span, "pace": pace}
