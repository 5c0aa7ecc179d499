"""`python -m bench [--quick]` writes the figures, `python -m bench profile` shows where a command's time goes."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local_xsoar import load_integration
from pack_files import INTEGRATION, ROOT
from rich.console import Console

from bench import collector, freezing, inventory, lookup, sharing, start
from bench.baselines.public_pack import prepared
from bench.figures import Section
from bench.hot_spots import profiled
from bench.report import Machine, Report

DIST = ROOT / "dist"
MEASURED = ROOT / "docs" / "measured.md"


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        starts: Processes for the start of a command.
        events: How many are waiting: compared with the others, and then more of them alone.
        shared: Events and devices of two instances at the same time.
        target_frozen: The one of `frozen` that has targets; of `serials` that is 1,000.
        singly: Up to how many the baseline is measured that takes a call for each.
    """

    name: str
    starts: int
    events: tuple[int, int]
    event_growth: tuple[int, ...]
    shared: tuple[int, int]
    devices: int
    device_growth: tuple[int, ...]
    serials: tuple[int, ...]
    frozen: tuple[int, ...]
    target_frozen: int
    singly: int


FULL = Sizes(
    "full",
    starts=15,
    events=(100_000, 300_000),
    event_growth=(100, 1000, 10_000, 100_000, 1_000_000),
    shared=(100_000, 20),
    devices=20_000,
    device_growth=(100, 1000, 10_000, 100_000),
    serials=(100, 1000, 10_000),
    frozen=(100, 1000, 4000, 25_000),
    target_frozen=25_000,
    singly=1000,
)
QUICK = Sizes(
    "quick",
    starts=3,
    events=(20_000, 40_000),
    event_growth=(1000, 30_000, 60_000),
    shared=(10_000, 5),
    devices=5000,
    device_growth=(100, 1000, 10_000),
    serials=(100, 1000),
    frozen=(100, 1000),
    target_frozen=1000,
    singly=100,
)


def main() -> int:
    options = _options()
    if options.what == "profile":
        print(profiled(load_integration(INTEGRATION).script_path, options.command))
        return 0
    DIST.mkdir(exist_ok=True)
    public = prepared(options.public_pack, DIST) if options.public_pack else None
    report = _measured(QUICK if options.quick else FULL, public)
    text = report.as_markdown()
    (DIST / "bench.json").write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    if not options.quick:
        MEASURED.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _measured(sizes: Sizes, public: Path | None) -> Report:
    machine, began, sections = Machine.now(), time.monotonic(), []
    console = Console(stderr=True)
    for section in _sections(sizes, load_integration(INTEGRATION).script_path, public):
        done = section()
        sections.append(done)
        console.print(f"{(time.monotonic() - began) / 60:5.1f} min  {done.title}", highlight=False)
    return Report(sizes.name, machine, (time.monotonic() - began) / 60, sections)


def _sections(sizes: Sizes, script: Path, public: Path | None) -> Iterator[Callable[[], Section]]:
    yield lambda: collector.waiting(script, sizes.events[0], 90, public)
    yield lambda: collector.growth(script, sizes.event_growth, public)
    yield lambda: start.first_byte(script, sizes.starts, public)
    yield lambda: collector.waiting(script, sizes.events[1], 95, baseline=False)
    yield lambda: sharing.at_once(script, *sizes.shared)
    yield lambda: inventory.paced(script, sizes.devices)
    yield lambda: inventory.growth(script, sizes.device_growth)
    yield lambda: lookup.resolved(script, sizes.serials, 1000, sizes.singly)
    yield lambda: freezing.followed(sizes.frozen, sizes.target_frozen, sizes.singly)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What the integration costs, beside a baseline.")
    parser.add_argument("what", nargs="?", choices=("figures", "profile"), default="figures")
    parser.add_argument("command", nargs="?", default="!absolute-device-list limit=500", help="for profile: a war-room command")
    parser.add_argument("--public-pack", type=Path, help="the file Absolute.py of the public pack, to compare with")
    parser.add_argument("--quick", action="store_true", help="small sizes, under two minutes; docs/measured.md stays as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
