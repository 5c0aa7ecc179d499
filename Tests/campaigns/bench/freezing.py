"""Many devices frozen by one command and followed to the end: how many calls, and how many in a minute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.figures import Cost, Row, Section, Target
from bench.process import answer_to

CALLS_A_MINUTE = 50


def followed(sizes: Sequence[int], target: int, most_single_requests: int) -> Section:
    """`target` of the sizes is the one that has targets; the baseline is measured up to `most_single_requests`."""
    found = {devices: answer_to("run_freezing", {"devices": devices}) for devices in sizes}
    rows = [Row(f"{devices:,} devices", _cost(found[devices]), _single(devices, most_single_requests)) for devices in sizes]
    largest = found[target]
    return Section(
        "Devices frozen and followed to the end",
        "`absolute-device-freeze-request device_ids=… polling=true` until each device has its verdict; agents call in every 15 "
        "minutes of the tenant's clock, which jumps from look to look. Time and memory are those of tenant, war room and "
        "integration together; looks of more than ten calls are spread out, which is most of it. Baseline: a request for each "
        "device and then, each minute and as fast as it can, a call for each that is not frozen yet; measured up to "
        f"{most_single_requests:,}.",
        rows,
        [
            Target(f"freeze requests for {target:,} devices", largest["requests"], "at most", -(-target // 10_000)),
            Target("status calls per minute, mean of a look's interval", largest["per_minute"], "at most", CALLS_A_MINUTE),
            Target("calls in the busiest second, looks", largest["busiest_second"], "at most", 10),
        ],
        [
            f"{target:,} devices: {largest['resolving']} calls to find the devices, {largest['requests']} freeze requests, and "
            f"{largest['looks']} looks of at most {largest['largest_look']} calls in {largest['minutes']:.0f} minutes of the "
            f"tenant's clock. In the busiest minute there were {largest['busiest_minute']} calls, in the busiest second "
            f"{largest['busiest_second']} of the 20 that the account has; then nothing is asked until the mean is at most "
            f"{CALLS_A_MINUTE}."
        ],
    )


def _cost(found: dict[str, Any]) -> Cost:
    return Cost(found["seconds"], found["cpu_seconds"], found["peak_mib"], found["calls"])


def _single(devices: int, most: int) -> Cost:
    return _cost(answer_to("run_single_freezing", {"devices": devices})) if devices <= most else Cost()
