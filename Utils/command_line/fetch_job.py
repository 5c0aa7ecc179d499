"""A scheduled fetch of the pack, on the local tenant or on a real one.

`python -m command_line.fetch_job --fetch events --every 1m` (PYTHONPATH=Utils). Without ABSOLUTE_ variables it starts a local
tenant in which events happen all the time, sixty times as fast as real time, and keeps its state only until it ends.
With them (see war_room.py) it runs on the real tenant, reads only, and can be killed and started again on its state.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_absolute import LocalTenant, RunningClock
from local_xsoar import PlatformModules, load_integration
from local_xsoar.job_command import DEFAULT_STATE, NOT_BEGUN, add_arguments, run_job
from local_xsoar.job_state import StateError
from rich.console import Console

from command_line.war_room import CLOCK_SPEED, INTEGRATION, IncompleteEnvironmentError, real_connection

DEVICES = 60
EVENTS_BEFORE = 500  # of the last hour before the local tenant starts


def main() -> int:
    options = _options()
    console = Console()
    try:
        return start(console, options, environ)
    except (IncompleteEnvironmentError, StateError, OSError) as error:
        console.print(str(error), style="red", markup=False)
        return NOT_BEGUN


def start(console: Console, options: argparse.Namespace, variables: Mapping[str, str]) -> int:
    """Runs the job; gives back the exit status. Raises IncompleteEnvironmentError, StateError and OSError."""
    real = real_connection(variables)
    if real:
        console.print(f"This is a REAL tenant: {real.params['url']}. The job only reads.", style="bold red", markup=False)
        options.state = options.state or DEFAULT_STATE / f"{urlsplit(real.params['url']).hostname}-{options.fetch}"
        return _run(console, real.params, options, clock_speed=1.0)
    with (
        tempfile.TemporaryDirectory(prefix="fetch_job_") as folder,
        LocalTenant(DEVICES, clock=RunningClock(CLOCK_SPEED)) as tenant,
    ):
        tenant.siem.generate(EVENTS_BEFORE, over=timedelta(hours=1))
        tenant.siem.run(options.events_per_minute)
        token = tenant.tokens.create_symmetric()
        params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
        console.print(f"This is the LOCAL tenant, {tenant.url}, {CLOCK_SPEED} times as fast as real time.", style="bold green")
        options.state = options.state or Path(folder)
        return _run(console, params, options, CLOCK_SPEED)


def _run(console: Console, params: dict[str, Any], options: argparse.Namespace, clock_speed: float) -> int:
    with console.status("preparing the integration"):
        integration = load_integration(INTEGRATION)
    modules = PlatformModules(environ.get("XSOAR_MODULES") or None)
    return run_job(console, integration, params, modules, options, clock_speed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="A scheduled fetch, on the local tenant; on a real one when ABSOLUTE_URL, ABSOLUTE_TOKEN_ID and "
        "ABSOLUTE_SECRET_KEY (or ABSOLUTE_PRIVATE_KEY_FILE) are set."
    )
    add_arguments(parser)
    parser.add_argument("--events-per-minute", type=float, default=20, help="of the local tenant's time (default %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
