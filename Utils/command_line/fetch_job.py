"""`absolute job`: a scheduled fetch of the pack, which can be killed and started again on its state.

What it keeps belongs to one token of one account, as another token may see other devices. On a simulated tenant that ends with
the job it keeps its state only as long.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path

import click
from local_absolute import LocalTenant, RunningClock
from local_xsoar.job_command import FETCH_SWITCHES, run_job
from local_xsoar.job_state import StateError
from rich.console import Console

from command_line.connection import CLOCK_SPEED, SIMULATED, Connection, chosen_account, token_params
from command_line.options import Duration, account_option
from command_line.outcome import RefusedError
from command_line.places import state_folder
from command_line.preparation import platform_modules, prepared
from command_line.tenant import DEVICES, EVENTS_PER_MINUTE, happening

EARLIER_STATE = Path(".cache") / "jobs"  # of version 3.0.0: one for all accounts of a region


@click.command("job", params=[account_option()])
@click.option("--fetch", type=click.Choice(tuple(FETCH_SWITCHES)), required=True, metavar="WHAT", help="events or incidents.")
@click.option("--every", type=Duration(), default=60.0, help="30s, 1m (default), 2h of the tenant's time.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="The folder of what is kept.")
@click.option("--collector", is_flag=True, help="Events go through an HTTP log collector of XSIAM, simulated here.")
@click.option("--runs", type=click.IntRange(1), help="End after so many runs; without it Ctrl-C ends the job.")
@click.option(
    "--events-per-minute",
    type=click.FloatRange(0),
    default=EVENTS_PER_MINUTE,
    show_default=True,
    help="Of the time of a simulated tenant that it starts itself.",
)
def command(
    fetch: str, every: float, state: Path | None, collector: bool, runs: int | None, events_per_minute: float, account: str
) -> int:
    """Fetches events (as XSIAM gets them) or incidents (as XSOAR does), again and again. It only reads."""
    console = Console()
    with _account(account, events_per_minute) as connected, _state(state, connected, fetch, console) as folder:
        remark = " The job only reads." if connected.is_real else ""
        Console(stderr=True).print(connected.announcement.append(remark), soft_wrap=True)
        options = Namespace(fetch=fetch, every=every, runs=runs, state=folder, collector=collector)
        try:
            speed = connected.clock_speed or 1.0
            return run_job(console, prepared(console), connected.params, platform_modules(), options, speed)
        except StateError as error:
            raise RefusedError(str(error)) from None


def state_place(account: Connection, fetch: str) -> Path:
    """The folder of a job's state: of an account, a token and a kind of fetch."""
    return state_folder() / "jobs" / f"{account.host}-{account.params['credentials']['identifier']}-{fetch}"


@contextmanager
def _account(name: str, events_per_minute: float) -> Iterator[Connection]:
    """Like every command's, but on a tenant of its own something happens."""
    found = chosen_account(environ, name)
    if found:
        yield found
        return
    tenant = LocalTenant(DEVICES, clock=RunningClock(CLOCK_SPEED))
    happening(tenant, events_per_minute)
    with tenant:
        yield Connection(SIMULATED, token_params(tenant), CLOCK_SPEED, is_kept=False)


@contextmanager
def _state(given: Path | None, account: Connection, fetch: str, console: Console) -> Iterator[Path]:
    if given or account.is_kept:
        place = given or state_place(account, fetch)
        if not given:
            _tell_of_others(place, account, fetch, console)
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="absolute_job_") as folder:
        yield Path(folder)


def _tell_of_others(place: Path, account: Connection, fetch: str, console: Console) -> None:
    """A new token begins anew, unless it is told to go on where another one of its account has stopped."""
    others = [*place.parent.glob(f"{account.host}-*-{fetch}"), EARLIER_STATE / f"{account.host}-{fetch}"]
    if not place.exists():
        for other in filter(Path.exists, others):
            console.print(
                f"There is the state of another token: {other}. If that was one of the same account, --state with this folder "
                "goes on where it stopped.",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
