"""Serial numbers that are turned into devices: how many calls that takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from bench.figures import Cost, Row, Section, Target
from bench.process import BASELINES, Tenant, in_turn, measured, tenant

BASELINE = BASELINES / "serials.py"
# The integration keeps a filter below this, so that the whole request line stays below the customary 8 KiB.
FILTER_CHARACTERS = 6000


def resolved(script: Path, sizes: Sequence[int], target: int, most_single_calls: int) -> Section:
    """`target` of the sizes is the one that has a target; the baseline is measured up to `most_single_calls`."""
    with tenant(devices=max(sizes)) as account:
        rows = [_row(account, script, count, most_single_calls) for count in sizes]
        fewest = fewest_calls(account.serials[:target])
    calls = rows[list(sizes).index(target)].ours.calls or 0
    return Section(
        "Serial numbers resolved",
        f"`absolute-device-get serial_numbers=…` in a fleet of {max(sizes):,}, without limit and latency. Baseline: one call for "
        f"each, measured up to {most_single_calls:,}.",
        rows,
        [Target(f"calls for {target:,} serial numbers", calls, "at most", fewest)],
        [
            f"{fewest} calls are the fewest: a filter names a value as `serialNumber eq '…'`, and stays below "
            f"{FILTER_CHARACTERS:,} characters. The API documents no limit; 8 KiB for the whole line is the customary one of web "
            "servers, and a query that is refused for its length is cut in two."
        ],
    )


def fewest_calls(serials: Sequence[str]) -> int:
    """Into how few filters the serial numbers fit."""
    calls, used = 0, FILTER_CHARACTERS
    for serial in serials:
        size = len(quote(f"serialNumber eq '{serial}' or "))
        if used + size > FILTER_CHARACTERS:
            calls, used = calls + 1, 0
        used += size
    return calls


def _row(account: Tenant, script: Path, count: int, most_single_calls: int) -> Row:
    scripts = (script, BASELINE if count <= most_single_calls else None)
    ours, single = in_turn(*(partial(_found, account, one, count) if one else None for one in scripts))
    return Row(f"{count:,} serial numbers", ours, single if scripts[1] else Cost(calls=count))


def _found(account: Tenant, script: Path, count: int) -> Cost:
    """Raises RuntimeError when not every device was found."""
    serials = ",".join(account.serials[:count])
    cost, found = measured(account, script, "absolute-device-get", {"serial_numbers": serials})
    if found["rows"] != count:
        raise RuntimeError(f"{script.name} found {found['rows']} of {count} devices.")
    return cost
