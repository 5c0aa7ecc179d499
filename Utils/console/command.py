"""`absolute tenant`: keeps a simulated tenant, and on demand its console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import click
from command_line.accounts import load_accounts
from command_line.connection import instance_params
from command_line.running_tenant import RunningTenant, announced
from command_line.tenant import CLOCK_SPEED, DEVICES, EVENTS_PER_MINUTE, SEED, define_case_fields, export_lines, happening
from local_absolute import LocalTenant, RunningClock
from local_xsoar.ending import Stop, ended_by_signals


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
    define_case_fields(tenant)
    happening(tenant, events_per_minute)
    with tenant:
        token = tenant.tokens.create_symmetric()
        running = RunningTenant(tenant.url, token.id, token.secret or "", clock_speed, os.getpid())
        pages = _console(tenant, running) if with_console else nullcontext("")
        end = Stop()
        with pages as console_url, announced(running), ended_by_signals(end):
            click.echo(export_lines(running, devices, load_accounts().default, console_url))
            end.wait()


@contextmanager
def _console(tenant: LocalTenant, running: RunningTenant) -> Iterator[str]:
    """The tenant's pages, while it is open; gives their address."""
    from console.serving import Console

    with Console(tenant, instance_params(running.url, running.token_id, running.secret_key)) as console:
        yield console.url
