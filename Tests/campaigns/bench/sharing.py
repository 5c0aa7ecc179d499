"""Two instances of one account at the same time: one fetches, the other acts. The limit is the account's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.figures import Cost, Row, Section, Target, median
from bench.process import CALLS_PER_SECOND, LATENCY, TURNS, Tenant, answer_to, command_task, tenant

HOURS = 71.9


def at_once(script: Path, events: int, devices: int, turns: int = TURNS) -> Section:
    """Each alone, then both together. Raises RuntimeError when either lacks something."""
    with tenant(
        devices=devices, events=events, events_hours=HOURS, latency=LATENCY, calls_per_second=CALLS_PER_SECOND
    ) as account:
        runs = []
        for turn in range(turns):
            alone = _fetched(account, script, events), _written(account, script, f"alone {turn}")
            account.traffic()
            with ThreadPoolExecutor() as pool:
                works = pool.submit(_fetched, account, script, events), pool.submit(_written, account, script, f"together {turn}")
                runs.append((*(work.result() for work in works), *alone))
            traffic = account.traffic()
    fetch, write, fetch_alone, write_alone = (median(costs) for costs in zip(*runs, strict=True))
    return Section(
        "Two instances of one account at the same time",
        f"One fetches, the other writes a field of devices, which is three calls for each; the tenant answers after "
        f"{1000 * LATENCY:.0f} ms and takes {CALLS_PER_SECOND} calls per second of both together. Baseline: the same alone. "
        "Neither knows of the other: a 429 tells, with a `Retry-After` that holds every call of the instance that got it. "
        "Then it makes no more calls than were taken just before.",
        [Row(f"fetch of {events:,} events", fetch, fetch_alone), Row(f"field of {devices:,} devices", write, write_alone)],
        [
            Target("time of the fetch, against alone", fetch.seconds / fetch_alone.seconds, "at most", 2, "times"),
            Target("time of the writing, against alone", write.seconds / write_alone.seconds, "at most", 2, "times"),
        ],
        [
            f"In the last run together {traffic.calls:,} calls, of which the limit refused {traffic.refused}: "
            f"{(traffic.calls - traffic.refused) / traffic.seconds:.1f} a second were taken."
        ],
    )


def _fetched(account: Tenant, script: Path, events: int) -> Cost:
    return _cost(command_task(script, account.params(isFetchEvents=True), "fetch-events", {}), "events", events)


def _written(account: Tenant, script: Path, value: str) -> Cost:
    args = {"serial_numbers": ",".join(account.serials), "field_name": "Asset Number", "value": value}
    return _cost(
        command_task(script, account.params(), "absolute-custom-device-field-update", args), "rows", len(account.serials)
    )


def _cost(task: dict[str, Any], counted: str, expected: int) -> Cost:
    found = answer_to("run_command", task)
    if found[counted] != expected:
        raise RuntimeError(f"{task['command']} gave {found[counted]} of {expected} {counted}.")
    return Cost(found["seconds"], found["cpu_seconds"], found["peak_mib"])
