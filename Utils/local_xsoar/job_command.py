"""`python -m local_xsoar job`: a scheduled fetch that can be killed and started again.

Exit status: 0 after Ctrl-C, SIGTERM or `--runs`, when the last run succeeded; 1 when it failed; 2 when the job could not begin.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

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


class NotBegunError(Exception):
    """The job cannot begin; the text says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every way to start a job offers."""
    parser.add_argument("--fetch", choices=tuple(FETCH_SWITCHES), required=True, help="fetch-events or fetch-incidents")
    parser.add_argument("--every", type=seconds, default=60.0, metavar="TIME", help="30s, 1m (default), 2h of the tenant's time")
    parser.add_argument("--state", type=Path, metavar="FOLDER", help=f"what is kept; default: a folder in {DEFAULT_STATE}")
    parser.add_argument("--collector", action="store_true", help="events go through an HTTP log collector of XSIAM")
    parser.add_argument("--runs", type=int, metavar="N", help="end after so many runs; without it Ctrl-C ends the job")


def add_instance_arguments(parser: argparse.ArgumentParser) -> None:
    """The instance whose fetch runs."""
    parser.add_argument("integration", type=Path, nargs="?", help="its folder; default: the only one under Packs")
    parser.add_argument("--params", type=Path, help=f"JSON file with its parameters; default: ${PARAMS_VARIABLE}, as JSON")
    parser.add_argument("--modules", type=Path, help="folder with the platform's genuine modules")
    parser.add_argument("--clock-speed", type=float, default=1.0, help="tenant seconds per second (default 1)")


def main(options: argparse.Namespace) -> int:
    """Runs the job that the command line describes; gives back the exit status."""
    console = Console()
    try:
        params = read_params(options.params, os.environ)
        with console.status("preparing the integration"):
            integration = load_integration(options.integration or only_integration(Path.cwd()))
        return run_job(console, integration, params, PlatformModules(options.modules), options, options.clock_speed)
    except (NotBegunError, StateError, PrepareContentError, OSError) as error:
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
        with _ended_by_signals(job.stop):
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


def read_params(file: Path | None, variables: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of the instance. Raises NotBegunError, which never shows them, and OSError."""
    source = str(file) if file else f"${PARAMS_VARIABLE}"
    try:
        params = json.loads(file.read_text("utf-8") if file else variables.get(PARAMS_VARIABLE) or "{}")
    except ValueError:
        params = None
    if not isinstance(params, dict):
        raise NotBegunError(f"{source} holds no JSON object.")
    return params


def only_integration(root: Path) -> Path:
    """The folder of the only integration under `root`. Raises NotBegunError when there is another number of them."""
    manifests = [path for path in sorted(root.glob("Packs/*/Integrations/*/*.yml")) if path.stem == path.parent.name]
    if len(manifests) != 1:
        raise NotBegunError(f"Name the folder of the integration: there are {len(manifests)} under {root / 'Packs'}.")
    return manifests[0].parent


def seconds(text: str) -> float:
    """30s, 1m, 2h. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 30s, 1m or 2h")
    return float(found[1]) * SECONDS[found[2]]


@contextmanager
def _ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop`; a second one does what it does without us."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.set()

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
