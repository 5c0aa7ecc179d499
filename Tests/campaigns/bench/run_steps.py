"""Measured process: what becomes of an event in a fetch, step by step, in one thread, on the modules themselves."""

from __future__ import annotations

import gzip
import importlib
import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from local_absolute import LocalTenant, RunningClock
from local_xsoar.platform import OWN_MODULES, modules_folder
from pack_files import ROOT

from bench.baselines.api import Api

MODULES = ROOT / "Packs" / "ApiModules" / "Scripts"
SEARCH, ORDER = "looking for secrets in it", "row: time and ID, by which it comes in order and once"
EVENTS = 1000
REPETITIONS = 9


def answers(_asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    # CommonServerUserPython is among ours only.
    sys.path[:0] = [str(modules_folder()), str(OWN_MODULES), *(str(folder) for folder in MODULES.iterdir())]
    module = importlib.import_module("AbsoluteDeliveryApiModule")
    module.keep_secret(secrets.token_urlsafe(48))

    source, piece, outlet = module.SIEM_SOURCE, module.Slice(0, 10**14), module.XsiamOutlet()
    events = generated()
    text = json.dumps({"data": events}, ensure_ascii=False).encode()
    rows = [source.row(event, piece) for event in events]
    lines = outlet.prepare(source, rows)
    body = "\n".join(lines).encode()
    timed = [{**event, "_time": event["eventDateTimeUtc"]} for event in events]
    public_lines = [json.dumps(event) for event in timed]
    public_body = "\n".join(public_lines).encode()

    def platform_joins(lines: list[str]) -> list[bytes]:
        """What the platform's function does with lines besides compressing them."""
        chunks = module.split_data_to_chunks("\n".join(lines), module.XSIAM_EVENT_CHUNK_SIZE_LIMIT)
        return ["\n".join(chunk).encode() for chunk in chunks]

    reading = per_event(lambda: json.loads(text))
    values = per_event(lambda: [module.with_changes(event) for event in events])
    yield {
        "steps": {
            "reading JSON": (reading, reading),
            SEARCH: (per_event(lambda: module.read_json(text)) - reading, 0),
            ORDER: (
                per_event(lambda: sorted([source.row(event, piece) for event in events], key=module.key_of)),
                0,
            ),
            "old and new values as fields": (values, 0),
            "time checked, and written as a line": (
                per_event(lambda: outlet.prepare(source, rows)) - values,
                per_event(lambda: [json.dumps(event) for event in timed]),
            ),
            "joined by the platform's function": (
                per_event(lambda: platform_joins(lines)),
                per_event(lambda: platform_joins(public_lines)),
            ),
            "compressed by it, at level 9": (
                per_event(lambda: gzip.compress(body)),
                per_event(lambda: gzip.compress(public_body)),
            ),
        },
        "level_6": per_event(lambda: gzip.compress(body, 6)),
        "bytes": (len(body) / EVENTS, len(public_body) / EVENTS),
    }


def generated() -> list[dict[str, Any]]:
    """Events as the local tenant lists them."""
    tenant = LocalTenant(devices=200, clock=RunningClock(1), rate_limit=None)
    tenant.siem.generate(EVENTS, over=timedelta(hours=71))
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
