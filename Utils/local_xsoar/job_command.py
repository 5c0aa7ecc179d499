"""`python -m local_xsoar job`: a scheduled fetch that can be killed and started again.

Exit status: 0 after Ctrl-C, SIGTERM or `--runs`, when the last run succeeded; 1 when it failed; 2 when the job could not begin.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from local_xsoar.ending import ended_by_signals
from local_xsoar.http_collector import CollectorSettings, HttpCollector
from local_xsoar.integration import Integration, load_integration
from local_xsoar.job import Job
from local_xsoar.job_clock import TenantClock
from local_xsoar.job_screen import Screen
from local_xsoar.job_state import Lines, StateError, StateFolder, StoredInstance
from local_xsoar.pack import PrepareContentError
from local_xsoar.platform import PlatformModules
from local_xsoar.war_room import WarRoom

DEFAULT_STATE = Path(".cache") / "jobs"
PARAMS_VARIABLE = "XSOAR_INSTANCE_PARAMS"
FETCH_SWITCHES = {"events": "isFetchEvents", "incidents": "isFetch"}  # the parameters with which an instance fetches
ENDED, FAILED, NOT_BEGUN = 0, 1, 2
SECONDS = {"s": 1, "m": 60, "h": 3600}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("integration", type=Path, help=f"its folder; ${PARAMS_VARIABLE} has the instance's parameters, as JSON")
    parser.add_argument("--clock-speed", type=float, default=1.0, help="tenant seconds per second (default 1)")
    parser.add_argument("--fetch", choices=tuple(FETCH_SWITCHES), required=True, help="fetch-events or fetch-incidents")
    parser.add_argument("--every", type=seconds, default=60.0, metavar="TIME", help="30s, 1m (default), 2h of the tenant's time")
    parser.add_argument("--state", type=Path, metavar="FOLDER", help=f"what is kept; default: a folder in {DEFAULT_STATE}")
    parser.add_argument("--collector", action="store_true", help="events go through an HTTP log collector of XSIAM")
    parser.add_argument("--runs", type=int, metavar="N", help="end after so many runs; without it Ctrl-C ends the job")
    parser.set_defaults(start=main)


def main(options: argparse.Namespace) -> int:
    """Runs the job that the command line describes; gives back the exit status."""
    console = Console()
    try:
        with console.status("preparing the integration"):
            integration = load_integration(options.integration)
        params = json.loads(os.environ.get(PARAMS_VARIABLE, "{}"))
        return run_job(console, integration, params, PlatformModules.chosen(), options, options.clock_speed)
    except (StateError, PrepareContentError, OSError) as error:
        console.print(str(error), style="red", markup=False)
        return NOT_BEGUN


def run_job(
    console: Console,
    integration: Integration,
    params: dict[str, Any],
    modules: PlatformModules,
    options: argparse.Namespace,
    clock_speed: float,
) -> int:
    """Runs the job until it is told to end; gives back the exit status. Raises StateError and OSError."""
    path = options.state or DEFAULT_STATE / f"{integration.id}-{options.fetch}"
    folder = StateFolder(path, options.fetch)
    screen = Screen(console, options.fetch)
    room: WarRoom
    with closing(folder), _collector(options, folder, lambda events: room.instance.take_events(events)) as address:
        fetching = {**params, **address, FETCH_SWITCHES[options.fetch]: True}
        room = WarRoom(integration, fetching, modules, instance_type=partial(StoredInstance, folder=folder))
        job = Job(room, options.fetch, options.every, TenantClock(clock_speed), screen)
        screen.begin(integration.display, str(path), options.every, folder.start)
        with ended_by_signals(job.stop):
            succeeded = job.run(options.runs)
    screen.end(folder.taken)
    return ENDED if succeeded else FAILED


@contextmanager
def _collector(options: argparse.Namespace, folder: StateFolder, take: Callable[[list[Any]], None]) -> Iterator[dict[str, Any]]:
    """Parameters that send events to a collector of this process. It hands them to `take`, as XSIAM's own way does; those that
    a fetch of incidents sends besides are kept in a file of their own."""
    if not options.collector:
        yield {}
        return
    kept = take if options.fetch == "events" else Lines(folder.path / "collector.jsonl").append
    with HttpCollector(CollectorSettings(secrets.token_hex(32)), kept) as collector:
        yield collector.params


def seconds(text: str) -> float:
    """30s, 1m, 2h. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30s, 1m or 2h")
    return float(found[1]) * SECONDS[found[2]]
