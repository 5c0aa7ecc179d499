"""The collector of events: how fast it empties what is waiting, how much memory that takes, and how both grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.figures import Cost, Row, Section, Target
from bench.process import (
    BASELINES,
    CALLS_PER_SECOND,
    LATENCY,
    Tenant,
    answer_to,
    command_task,
    in_turn,
    measured,
    tenant,
)
from bench.report import table
from bench.run_steps import ORDER, SEARCH

PAGE = 1000
# Nearly all of the 72 hours that the API keeps; none expires meanwhile.
HOURS = 71.9
BASELINE = BASELINES / "events.py"


def waiting(script: Path, events: int, share: float, public: Path | None = None, baseline: bool = True) -> Section:
    """So many events wait behind the account's limit and a slow network; `share` of the limit is wanted, in per cent."""
    allowed = CALLS_PER_SECOND * PAGE
    with tenant(events=events, events_hours=HOURS, latency=LATENCY, calls_per_second=CALLS_PER_SECOND) as account:
        row = _row(account, script, events, public, baseline)
    ours = row.ours
    return Section(
        f"Collector: {events:,} events are waiting",
        f"`fetch-events` with the manifest's default parameters, run after run until nothing is waiting. The tenant answers "
        f"after {1000 * LATENCY:.0f} ms and takes {CALLS_PER_SECOND} calls per second, so the limit allows {allowed:,} events "
        "per second. Baseline: one window, page after page, everything in one list, sent at the end.",
        [row],
        [
            Target("share of what the limit allows", 100 * events / ours.seconds / allowed, "at least", share, "%"),
            *(
                Target(f"times {name}", other.seconds / ours.seconds, "at least", least)
                for name, other, least in (("the sequential collector", row.baseline, 3.5), ("the public pack", row.public, 4.3))
                if other.seconds
            ),
            Target("peak memory of the process", ours.peak_mib, "at most", 150, "MiB"),
        ],
        [
            _limited(ours, events),
            f"{events / ours.seconds:,.0f} events per second. The limit refused {ours.refused} of {ours.calls:,} calls (429), "
            f"each of which costs a second. The process worked for {100 * ours.cpu_seconds / ours.seconds:.0f} % of the time: "
            "near 100 % it is a core, and not the limit, that bounds it.",
        ],
    )


def _limited(cost: Cost, events: int) -> str:
    """What the limit leaves, from the times of the calls: so many of them one window after the other, and what is beside it."""
    windows, others = divmod(cost.calls - 1, CALLS_PER_SECOND)
    # Behind the first call its answer is waited for: where the events lie is not known before.
    least = cost.start + windows * cost.pace + LATENCY * bool(others) + LATENCY
    after = cost.seconds - cost.start - cost.calling
    return (
        f"{cost.calls:,} calls for {-(-events // PAGE):,} pages. The first went out after {cost.start:.2f} s, the last "
        f"{cost.calling:.2f} s later; {after:.2f} s after that all was sent, {LATENCY:.2f} of them for the last answer. From any "
        f"call to the {CALLS_PER_SECOND}th after it there were at least {cost.pace:.3f} s, a little more than the limit wants, "
        f"because the network may push calls together. So many calls at that pace take at least {least:.2f} s, which is "
        f"{100 * events / PAGE / CALLS_PER_SECOND / least:.1f} % of the limit."
    )


def growth(script: Path, sizes: Sequence[int], public: Path | None = None) -> Section:
    """What the work itself costs. The largest size is run without the others, which hold it all in memory."""
    rows = []
    for events in sizes:
        alone = events == sizes[-1]
        with tenant(events=events, events_hours=HOURS) as account:
            rows.append(_row(account, script, events, None if alone else public, not alone))
    compared = rows[-2]
    against_public = compared.ours.cpu_seconds / compared.public.cpu_seconds if public else 0
    per_event = [row.ours.cpu_seconds / events for row, events in zip(rows, sizes, strict=True)]
    sizes_compared = f"{sizes[-1]:,} against {sizes[-2]:,} events"
    memory = rows[-1].ours.peak_mib / rows[-2].ours.peak_mib
    return Section(
        "Collector: growth",
        "The same without limit and latency: what the work itself costs. Before its first event a run loads the platform's "
        "modules, which small sizes show.",
        rows,
        [
            Target(f"CPU time per event, {sizes_compared}", per_event[-1] / per_event[-2], "at most", 1.1, "times"),
            Target(f"peak memory, {sizes_compared}", memory, "at most", 1.05, "times"),
            *(
                [Target(f"CPU time of {compared.what}, against the public pack", against_public, "at most", 1.15, "times")]
                if public
                else []
            ),
            Target(f"calls of a first run, {rows[0].what}", rows[0].ours.calls, "at most", 5),
            Target("calls of a run that finds nothing new", quiet_calls(script), "at most", 1),
        ],
        [
            f"CPU time per 1,000 events: {', '.join(f'{1000 * cpu:.3g} s' for cpu in per_event)}.",
            *bound(script, compared, sizes[-2]),
        ],
    )


def quiet_calls(script: Path) -> int:
    """How many calls a run makes that goes on from another, with nothing new since."""
    with tenant(events=1, events_hours=1) as account:
        params = account.params(isFetchEvents=True)
        first = answer_to("run_command", command_task(script, params, "fetch-events", {}))
        account.traffic()
        answer_to("run_command", {**command_task(script, params, "fetch-events", {}), "last_run": first["last_run"]})
        return account.traffic().calls


def bound(script: Path, measured: Row, events: int) -> list[str]:
    """What the CPU time of an event is, step by step, beside the public pack's: what no collector can leave out, and the rest."""
    found = answer_to("run_steps", {"script": str(script)})
    steps: dict[str, tuple[float, float]] = found["steps"]
    whole = measured.ours.cpu_seconds / events, measured.public.cpu_seconds / events
    known = sum(ours for ours, _ in steps.values()), sum(public for _, public in steps.values())
    rest = max(whole[0] - known[0], 0), max(whole[1] - known[1], 0)
    lines = {**steps, "the rest: start, HTTP, memory, threads, state": rest, f"together, in {measured.what}": whole}
    ours, public = found["bytes"]
    return [
        table(
            ["an event, step by step", "µs", "public pack"],
            [[step, *(f"{1e6 * seconds:.1f}" if seconds else "" for seconds in both)] for step, both in lines.items()],
        ),
        f"An event has {ours:.0f} bytes, with the old and new values of its properties as fields of their own; {public:.0f} as "
        "the public pack sends it. The platform's function compresses at level 9 and takes no other; an HTTP log collector gets "
        f"level 6, which is {1e6 * found['level_6']:.1f} µs.",
        *([_more(steps, *whole)] if measured.public != Cost() else []),
    ]


def _more(steps: Mapping[str, Sequence[float]], ours: float, public: float) -> str:
    """Where the difference lies, from the steps and what they are together."""
    more = {step: 1e6 * (one - other) for step, (one, other) in steps.items()}
    proving = sum(more[step] for step in (SEARCH, ORDER))
    values = sum(more.values()) - proving
    return (
        f"An event takes {1e6 * (ours - public):.1f} µs more than in the public pack; at 1.15 times it would be "
        f"{1e6 * 0.15 * public:.1f}. Its old and new values, taken apart, written and compressed, are {values:.1f}; that nothing "
        f"is lost or comes twice, and that no secret shows, {proving:.1f}. The others are work beside the event: several threads "
        "read ahead."
    )


def _row(account: Tenant, script: Path, events: int, public: Path | None = None, baseline: bool = True) -> Row:
    scripts = (script, BASELINE if baseline else None, public)
    measures = [partial(_collected, account, one, events) if one else None for one in scripts]
    return Row(f"{events:,} events", *in_turn(*measures))


def _collected(account: Tenant, script: Path, events: int) -> Cost:
    """Raises RuntimeError when not every event arrived once."""
    cost, found = measured(account, script, "fetch-events", {}, isFetchEvents=True)
    if found["events"] != events:
        raise RuntimeError(f"{script.name} delivered {found['events']} of {events} events.")
    return cost
