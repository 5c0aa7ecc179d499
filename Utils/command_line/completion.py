"""`absolute completion`: what a shell needs to complete what is typed."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}


@click.command("completion")
@click.argument("shell", type=click.Choice(tuple(FILES)), required=False)
def command(shell: str | None) -> None:
    """Prints what lets SHELL (yours without a word) complete commands, options and values. For good:
    echo 'eval "$(absolute completion bash)"' >> ~/.bashrc"""
    shell = shell or Path(os.environ.get("SHELL", "")).name
    found = get_completion_class(shell)
    if found is None or shell not in FILES:
        raise click.UsageError(f"Name your shell: {', '.join(FILES)}.")
    root = click.get_current_context().find_root()
    click.echo(found(root.command, {}, "absolute", "_ABSOLUTE_COMPLETE").source())
