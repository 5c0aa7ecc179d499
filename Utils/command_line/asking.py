"""Questions at the terminal. Where nobody sits, the answers are lines of stdin."""

from __future__ import annotations

import getpass
import sys

import click

from command_line.outcome import RefusedError


def ask(question: str, hidden: bool = False) -> str:
    """What is typed, without blanks around it. Raises RefusedError at the end of input, click.Abort on Ctrl-C."""
    try:
        if hidden and sys.stdin.isatty():
            return getpass.getpass(question, sys.stderr).strip()
        click.echo(question, nl=False, err=True)
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        raise click.Abort from None
    except EOFError:
        line = ""
    if not line:
        raise RefusedError("\nThe input has ended before this was answered. Options give the answers too: see --help.")
    return line.strip()


def somebody_is_there() -> bool:
    return sys.stdin.isatty()
