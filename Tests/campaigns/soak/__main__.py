"""`make soak ARGS="--minutes 10 --seed 1"`. Exit status 0 only if the proof holds."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from soak.soak import Report, soak

SHOWN = 10


def main() -> int:
    options = _options()
    console = Console()
    console.print(f"seed {options.seed}, {options.minutes:g} minutes")
    status = console.status("events arrive, calls fail, the job is killed and started again")
    with tempfile.TemporaryDirectory(prefix="soak_") as temporary, status:
        report = soak(options.minutes, options.seed, Path(temporary))
    _show(console, report)
    return 0 if report.succeeded else 1


def _show(console: Console, report: Report) -> None:
    proof = report.proof
    console.print(f"events delivered    {proof.delivered:,}, of which {proof.late:,} after a later one")
    console.print(f"kills               {report.kills}, of which {proof.gaps} between handing over and saving")
    console.print(f"delivered twice     {proof.repeated:,}")
    console.print(f"runs                {report.runs}, of which {report.failed_runs} failed")
    for kind, hits in sorted(report.faults.items()):
        console.print(f"  {kind:22} {hits} calls")
    for name, found in (("LOST", proof.lost), ("TWICE WITHOUT REASON", proof.unexplained), ("UNSAVED", proof.too_long)):
        if found:
            console.print(f"{name}: {len(found)}: {', '.join(found[:SHOWN])}", style="bold red")
    if report.exit_status:
        console.print(f"The last job ended with {report.exit_status}:\n{report.printed[-2000:]}", style="red", markup=False)
    console.print("Nothing lost, nothing twice without reason." if report.succeeded else "FAILED", style="bold")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description="A fetch job in bad weather, killed at random.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="random without it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
