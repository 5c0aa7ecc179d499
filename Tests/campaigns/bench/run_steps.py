"""Measured process: what becomes of an event in a fetch, step by step, in one thread, on the modules themselves."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_absolute import LocalTenant, RunningClock
from local_xsoar.platform import OWN_MODULES, modules_folder

from bench.child import say, task

MODULES = Path(__file__).resolve().parents[3] / "Packs" / "ApiModules" / "Scripts"
EVENTS = 1000
REPETITIONS = 9


def main() -> None:
    task()
    # CommonServerUserPython is among ours only.
    sys.path[:0] = [str(modules_folder()), str(OWN_MODULES), *(str(folder) for folder in MODULES.iterdir())]
    module = importlib.import_module("AbsoluteDeliveryApiModule")

    source, piece = module.SIEM_SOURCE, module.Slice(0, 10**14)
    events = generated()
    text = json.dumps({"data": events}, ensure_ascii=False).encode()
    rows = [source.row(event, piece) for event in events]
    lines = module.XsiamOutlet().prepare(source, rows)
    body = "\n".join(lines).encode()
    bare = "\n".join(json.dumps(event) for event in events).encode()
    steps = {
        "reading JSON": lambda: module.read_json(text),
        "row": lambda: [source.row(event, piece) for event in events],
        "changes, time and line": lambda: module.XsiamOutlet().prepare(source, rows),
        "compressing": lambda: gzip.compress(body),
    }
    say(
        {
            "steps": {name: per_event(step) for name, step in steps.items()},
            "level_6": per_event(lambda: gzip.compress(body, 6)),
            "bare": per_event(lambda: gzip.compress(bare)),
            "bytes": len(body) / EVENTS,
        }
    )


def generated() -> list[dict[str, Any]]:
    """Events as the local tenant lists them."""
    tenant = LocalTenant(devices=200, clock=RunningClock(1), rate_limit=None)
    tenant.siem.generate(EVENTS, over=timedelta(hours=71))
    from bench.baselines.api import Api

    with tenant:
        token = tenant.tokens.create_symmetric()
        api = Api({"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}})
        start = (tenant.clock.now() - timedelta(hours=72)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        end = tenant.clock.now().strftime("%Y-%m-%dT%H:%M:%S.999Z")
        window = f"fromDateTimeUtc={start}&toDateTimeUtc={end}&pageSize=1000"
        return [event for page in api.pages("/v3/reporting/siem-events", window) for event in page]


def per_event(step: Callable[[], Any]) -> float:
    """The shortest of several times: what else the machine does only makes it longer."""
    times = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        step()
        times.append(time.process_time() - began)
    return min(times) / EVENTS


if __name__ == "__main__":
    main()
