"""The collector of events: how fast it empties what is waiting, how much memory that takes, and how both grow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.figures import Cost, Row, Section, Target
from bench.process import BASELINES, CALLS_PER_SECOND, LATENCY, Tenant, measured, tenant

PAGE = 1000
# Nearly all of the 72 hours that the API keeps; none expires meanwhile.
HOURS = 71.9
BASELINE = BASELINES / "events.py"


def waiting(script: Path, events: int) -> Section:
    """So many events wait behind the account's limit and a slow network."""
    allowed = CALLS_PER_SECOND * PAGE
    with tenant(events=events, events_hours=HOURS, latency=LATENCY, calls_per_second=CALLS_PER_SECOND) as account:
        row = _row(account, script, events)
    ours, baseline = row.ours, row.baseline
    return Section(
        f"Collector: {events:,} events are waiting",
        f"`fetch-events` with the manifest's default parameters, run after run until nothing is waiting. The tenant answers "
        f"after {1000 * LATENCY:.0f} ms and takes {CALLS_PER_SECOND} calls per second, so the limit allows {allowed:,} events "
        "per second. Baseline: one window, page after page, everything in one list, sent at the end.",
        [row],
        [
            Target("share of what the limit allows", 100 * events / ours.seconds / allowed, "at least", 90, "%"),
            Target("times the sequential collector", baseline.seconds / ours.seconds, "at least", 3.5),
            Target("peak memory of the process", ours.peak_mib, "at most", 150, "MiB"),
        ],
        [
            f"{events / ours.seconds:,.0f} events per second; the baseline {events / baseline.seconds:,.0f}. The limit refused "
            f"{ours.refused} of {ours.calls:,} calls (429), each of which costs a second; of the baseline's {baseline.refused}."
        ],
    )


def growth(script: Path, sizes: Sequence[int]) -> Section:
    """What the work itself costs."""
    rows = []
    for events in sizes:
        with tenant(events=events, events_hours=HOURS) as account:
            rows.append(_row(account, script, events))
    per_event = [row.ours.cpu_seconds / events for row, events in zip(rows, sizes, strict=True)]
    sizes_compared = f"{sizes[-1]:,} against {sizes[-2]:,} events"
    memory = rows[-1].ours.peak_mib / rows[-2].ours.peak_mib
    return Section(
        "Collector: growth",
        "The same without limit and latency: what the work itself costs. Before its first event a run loads the platform's "
        "modules and looks for where the events lie, which small sizes show.",
        rows,
        [
            Target(f"CPU time per event, {sizes_compared}", per_event[-1] / per_event[-2], "at most", 1.1, "times"),
            Target(f"peak memory, {sizes_compared}", memory, "at most", 1.1, "times"),
        ],
        [f"CPU time per 1,000 events: {', '.join(f'{1000 * cpu:.3g} s' for cpu in per_event)}."],
    )


def _row(account: Tenant, script: Path, events: int) -> Row:
    return Row(f"{events:,} events", _collected(account, script, events), _collected(account, BASELINE, events))


def _collected(account: Tenant, script: Path, events: int) -> Cost:
    """Raises RuntimeError when not every event arrived once."""
    cost, found = measured(account, script, "fetch-events", {}, isFetchEvents=True)
    if found["events"] != events:
        raise RuntimeError(f"{script.name} delivered {found['events']} of {events} events.")
    return cost
