"""`absolute run`: one line as it is typed into the war room."""

from __future__ import annotations

from typing import Any

import click

from command_line.options import chosen, run_options


@click.command("run", params=run_options())
@click.argument("line", nargs=-1, required=True)
def command(line: tuple[str, ...], **values: Any) -> int:
    """Runs one LINE as in the war room. Put it in single quotes, so that the shell leaves it as it is:
    absolute run '!absolute-device-list limit=5'"""
    options = chosen(values)
    if len(line) > 1:
        whole = " ".join(line).replace("'", "")
        raise click.UsageError(f"Put the whole line in single quotes: absolute run '{whole}'")
    from command_line.running import run_line

    return run_line(line[0], options)
