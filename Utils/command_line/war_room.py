"""`absolute war-room`: a prompt, as in the case log of the platform."""

from __future__ import annotations

import sys
from os import environ
from typing import Any

import click

from command_line.options import RunOptions, chosen, run_options, second_options


@click.command("war-room", params=[*run_options(), *second_options()])
@click.option("--json", "raw", is_flag=True, hidden=True)
@click.argument("line", required=False)
def command(line: str | None, raw: bool, **values: Any) -> int:
    """A prompt at which commands of the pack are typed as in the war room. With a LINE it runs that and ends, as `run` does.
    Tab completes; /help, /context and /quit do what they say. Lines may also come from a pipe."""
    if raw:
        values["output"] = "raw"
    options = chosen(values)
    if line:
        from command_line.running import run_line

        return run_line(line, options)
    return interactive(options)


def interactive(options: RunOptions) -> int:
    """Reads lines until /quit or the end of input; from a pipe, tells whether all of them went well."""
    from local_xsoar.prompt import Session
    from local_xsoar.terminal import Terminal
    from rich.console import Console

    from command_line.connection import connection
    from command_line.preparation import prepared

    terminal = Terminal(Console())
    with connection(environ, options.account, options.second) as account:
        Console(stderr=True).print(account.announcement, soft_wrap=True)
        terminal.names_instances = account.second is not None
        integration = prepared(terminal.console)
        room = account.room(integration, terminal.waiting(account.wait), terminal, options.second_on_demand)
        session = Session(room, terminal, asks_first=account.is_real and not options.yes, sign=account.sign)
        return session.interactive() if sys.stdin.isatty() else session.follow(sys.stdin)
