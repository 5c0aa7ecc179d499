"""`absolute tenant`: a simulated tenant that stays, so that what one command does, the next one finds."""

from __future__ import annotations

import os
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from types import FrameType

import click
from local_absolute import LocalTenant, RunningClock

from command_line.accounts import load_accounts
from command_line.running_tenant import RunningTenant, announced

DEVICES, SEED, CLOCK_SPEED = 60, 7, 60.0
EVENTS_BEFORE = 500  # of the last hour before the tenant starts
EVENTS_PER_MINUTE = 20.0  # of the tenant's time


@click.command("tenant")
@click.option("--devices", type=click.IntRange(1), default=DEVICES, show_default=True, help="Size of the fleet.")
@click.option("--seed", default=SEED, show_default=True, help="The same seed gives the same fleet.")
@click.option(
    "--clock-speed",
    type=click.FloatRange(0, min_open=True),
    default=CLOCK_SPEED,
    show_default=True,
    help="Its seconds in one.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one (default).")
@click.option(
    "--events-per-minute", type=click.FloatRange(0), default=EVENTS_PER_MINUTE, show_default=True, help="Of its own time."
)
@click.option("--console", "with_console", is_flag=True, help="Serve its pages too: tokens, devices and their screens.")
def command(devices: int, seed: int, clock_speed: float, port: int, events_per_minute: float, with_console: bool) -> None:
    """Keeps a simulated tenant running until Ctrl-C. Other `absolute` commands of yours find it by themselves; the lines that
    it prints take them there from anywhere else, after `absolute tenant > tenant.sh`, by `. ./tenant.sh`."""
    tenant = LocalTenant(devices=devices, seed=seed, clock=RunningClock(clock_speed), port=port)
    happening(tenant, events_per_minute)
    with tenant, _console(tenant) if with_console else nullcontext("") as console_url:
        token = tenant.tokens.create_symmetric()
        running = RunningTenant(tenant.url, token.id, token.secret or "", clock_speed, os.getpid())
        with announced(running), _ended_by_signals() as end:
            click.echo(export_lines(running, devices, load_accounts().default, console_url))
            end.wait()


@contextmanager
def _console(tenant: LocalTenant) -> Iterator[str]:
    """The tenant's pages, while it is open; gives their address."""
    from console import Console

    with Console(tenant) as console:
        yield console.url


def happening(tenant: LocalTenant, events_per_minute: float) -> None:
    """Lets events happen on a tenant, as they do where people work."""
    tenant.siem.generate(EVENTS_BEFORE, over=timedelta(hours=1))
    tenant.siem.run(events_per_minute)


def export_lines(tenant: RunningTenant, devices: int, default_account: str = "", console_url: str = "") -> str:
    """What a shell reads to go to the tenant."""
    elsewhere = f"# Without them, commands run on your account {default_account} unless --account simulated is said."
    variables = {
        "ABSOLUTE_URL": tenant.url,
        "ABSOLUTE_TOKEN_ID": tenant.token_id,
        "ABSOLUTE_SECRET_KEY": tenant.secret_key,
        "ABSOLUTE_CLOCK_SPEED": f"{tenant.clock_speed:g}",
    }
    return "\n".join(
        [
            f"# A simulated tenant with {devices} devices, {tenant.clock_speed:g} times as fast as real time, until Ctrl-C.",
            *([f"# Its console: {console_url}"] if console_url else []),
            *([elsewhere] if default_account else []),
            *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        ]
    )


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C and by SIGTERM."""
    end = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        end.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
