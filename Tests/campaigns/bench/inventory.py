"""The inventory of a whole fleet: absolute-device-list all_results=true."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.figures import Cost, Row, Section, Target, median
from bench.process import BASELINES, CALLS_PER_SECOND, LATENCY, TURNS, Tenant, in_turn, measured, tenant

PAGE = 500
BASELINE = BASELINES / "devices.py"


def paced(script: Path, devices: int) -> Section:
    """Behind the account's limit and a slow network."""
    with tenant(devices=devices, latency=LATENCY, calls_per_second=CALLS_PER_SECOND) as account:
        turns = [[_listed(account, one, devices) for one in (script, BASELINE)] for _ in range(TURNS)]
    ours, baseline = (median([cost for cost, _ in runs]) for runs in zip(*turns, strict=True))
    pace, plain_pace = (statistics.median(pace for _, pace in runs) for runs in zip(*turns, strict=True))
    return Section(
        f"Inventory of {devices:,} devices",
        f"`absolute-device-list all_results=true`; the tenant answers after {1000 * LATENCY:.0f} ms and takes {CALLS_PER_SECOND} "
        "calls per second. Baseline: a plain loop over the same pages, whose rows are the result as they are.",
        [Row(f"{devices:,} devices", ours, baseline)],
        [
            Target("calls", ours.calls, "at most", -(-devices // PAGE)),
            Target("calls per second, against the plain loop", pace / plain_pace, "at least", 0.9, "times"),
        ],
        [
            f"The cursor forbids 90 % of the limit: it comes with the page before, so the calls follow one another, and "
            f"{1000 * LATENCY:.0f} ms each allow {1 / LATENCY:.0f} calls per second at the most. Measured from the first call to "
            f"the last: {pace:.2f}, {100 * pace / CALLS_PER_SECOND:.0f} % of the limit; the plain loop {plain_pace:.2f}.",
            "Events are different: their report can be cut by time, and every event has one. No filter of the device report cuts "
            "a fleet into parts of which each device is certain to be in exactly one.",
            "A fleet that is too long for an entry goes to files as it is read: as JSON, and then from there as CSV. The context "
            "holds the first 5 MB.",
        ],
    )


def growth(script: Path, sizes: Sequence[int]) -> Section:
    """What the work itself costs."""
    rows = []
    for devices in sizes:
        with tenant(devices=devices) as account:
            ours, baseline = in_turn(*(partial(_cost, account, one, devices) for one in (script, BASELINE)))
            rows.append(Row(f"{devices:,} devices", ours, baseline))
    per_device = [row.ours.cpu_seconds / devices for row, devices in zip(rows, sizes, strict=True)]
    base, largest = rows[0].ours.peak_mib, rows[-1].ours.peak_mib
    return Section(
        "Inventory: growth",
        "The same without limit and latency: what the work itself costs.",
        rows,
        [
            Target(
                f"CPU time per device, {sizes[-1]:,} against {sizes[-2]:,} devices",
                per_device[-1] / per_device[-2],
                "at most",
                1.1,
                "times",
            ),
            Target(f"peak memory, {rows[-1].what}", largest, "at most", 250, "MiB"),
            Target(
                f"CPU time against the plain loop, {rows[-1].what}",
                rows[-1].ours.cpu_seconds / rows[-1].baseline.cpu_seconds,
                "at most",
                1.3,
                "times",
            ),
        ],
        [
            f"CPU time per 1,000 devices: {', '.join(f'{1000 * cpu:.3g} s' for cpu in per_device)}. "
            f"Memory per device: {1024 * (largest - base) / (sizes[-1] - sizes[0]):.1f} KiB."
        ],
    )


def _cost(account: Tenant, script: Path, devices: int) -> Cost:
    return _listed(account, script, devices)[0]


def _listed(account: Tenant, script: Path, devices: int) -> tuple[Cost, float]:
    """The cost, and the calls per second. Raises RuntimeError when not every device is in the result."""
    cost, found = measured(account, script, "absolute-device-list", {"all_results": "true"})
    if found["rows"] != devices:
        raise RuntimeError(f"{script.name} listed {found['rows']} of {devices} devices.")
    return cost, found["calls_per_second"]
