"""Two instances of one account at the same time: one fetches, the other reads the fleet. The limit is the account's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench.figures import Cost, Row, Section, Target
from bench.process import CALLS_PER_SECOND, LATENCY, Tenant, answer_to, command_task, tenant

HOURS = 71.9


def at_once(script: Path, events: int, devices: int) -> Section:
    """Each alone, then both together. Raises RuntimeError when either lacks something."""
    with tenant(
        devices=devices, events=events, events_hours=HOURS, latency=LATENCY, calls_per_second=CALLS_PER_SECOND
    ) as account:
        works = [partial(_fetched, account, script, events), partial(_listed, account, script, devices)]
        alone = [work() for work in works]
        account.traffic()
        with ThreadPoolExecutor(len(works)) as pool:
            together = [future.result() for future in [pool.submit(work) for work in works]]
        traffic = account.traffic()
    fetch, listing = (both / one for both, one in zip(together, alone, strict=True))
    names = (f"fetch of {events:,} events", f"list of {devices:,} devices")
    return Section(
        "Two instances of one account at the same time",
        f"One fetches, the other lists devices; the tenant answers after {1000 * LATENCY:.0f} ms and takes {CALLS_PER_SECOND} "
        "calls per second of both together. Baseline: the same alone. Neither knows of the other: a 429 tells, with a "
        "`Retry-After` that holds every call of the instance that got it.",
        [Row(name, Cost(seconds=both), Cost(seconds=one)) for name, both, one in zip(names, together, alone, strict=True)],
        [
            Target("time of the fetch, against alone", fetch, "at most", 2, "times"),
            Target("time of the list, against alone", listing, "at most", 2, "times"),
        ],
        [
            f"{traffic.calls:,} calls, of which the limit refused {traffic.refused}: "
            f"{(traffic.calls - traffic.refused) / traffic.seconds:.1f} a second were taken."
        ],
    )


def _fetched(account: Tenant, script: Path, events: int) -> float:
    return _seconds(command_task(script, account.params(isFetchEvents=True), "fetch-events", {}), "events", events)


def _listed(account: Tenant, script: Path, devices: int) -> float:
    return _seconds(command_task(script, account.params(), "absolute-device-list", {"all_results": "true"}), "rows", devices)


def _seconds(task: dict[str, Any], counted: str, expected: int) -> float:
    found = answer_to("run_command", task)
    if found[counted] != expected:
        raise RuntimeError(f"{task['command']} gave {found[counted]} of {expected} {counted}.")
    return float(found["seconds"])
