"""`absolute`: the program, its commands and its help.

The commands of the integration become commands of the program, their arguments its options. Everything else is in `PROGRAMS`,
which are imported when they are called. It stands on click, because commands that are made while it runs are a notion of click's.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click
from catalogue import read_catalogue
from pack_files import PACK, read_item

from command_line.manifest import declared, declared_commands
from command_line.options import Commands
from command_line.outcome import FailedError, Outcome, RefusedError

# What stands in which module: `command` of each is a click command.
PROGRAMS = {
    "tenant": ("console.command", "keep a simulated tenant running for the other commands"),
    "run": ("command_line.run", "a line of the war room: '!absolute-device-list limit=5'"),
    "war-room": ("command_line.war_room", "a prompt for such lines"),
    "playbook": ("command_line.playbook", "a playbook, task by task; without a name it lists them"),
    "job": ("command_line.fetch_job", "fetch events or incidents, again and again"),
    "demo": ("command_line.demo", "play a whole case, and check it"),
    "connect": ("command_line.connect", "link your own account of Absolute, step by step"),
    "accounts": ("command_line.accounts_command", "list them, choose the default, forget one"),
    "traceback": ("command_line.traceback_command", "the source lines behind a traceback of the platform"),
    "completion": ("command_line.completion", "let your shell complete commands and options"),
}
EXIT_STATUS = "Exit status: 0 done, 1 error, 2 refused, 3 nothing found, 4 not finished."


class Program(Commands):
    """The integration's commands by their short or full names, and the programs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*PROGRAMS, *declared_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in PROGRAMS:
            found: click.Command = import_module(PROGRAMS[cmd_name][0]).command
            return found
        command = declared(cmd_name)
        if command is None:
            return None
        from command_line.generated import GeneratedCommand

        return GeneratedCommand(command)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name == "help":
            return super().resolve_command(ctx, [*args[1:2], "--help"]) if args[1:] else _show_help(ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Everything there is, on one screen."""
        short_names = {command.name: name for name, command in declared_commands().items()}
        groups = read_catalogue().by_capability(short_names)
        formatter.write(f"Usage: {ctx.command_path} COMMAND [OPTIONS]\n{self.help}\n\n")
        _write_table({name: text for name, (_, text) in PROGRAMS.items()}, formatter)
        formatter.write("\nThe commands of the pack:\n")
        _write_table({title: "  ".join(short_names[one] for one in found) for title, found in groups.items()}, formatter)
        formatter.write(f"\n{ctx.command_path} COMMAND --help explains one.\n{EXIT_STATUS}\n")


def _show_help(ctx: click.Context) -> NoReturn:
    click.echo(ctx.get_help())
    ctx.exit()


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"absolute, of the pack {read_item(PACK / 'pack_metadata.json')['currentVersion']}")
        ctx.exit()


@click.command(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version)
def absolute() -> None:
    """Absolute Secure Endpoint in a terminal: on a simulated tenant or a real one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; gives back its exit status. No failure of its input or its surroundings ends in a traceback."""
    return guarded(lambda: absolute.main(arguments, prog_name="absolute", standalone_mode=False))


def guarded(start: Callable[[], Any]) -> int:
    """The exit status of `start`; what ends it early is told on stderr."""
    _open_streams()
    try:
        status = int(start() or 0)
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        error.show()
        return Outcome.REFUSED
    except RefusedError as error:
        return _ended(str(error), Outcome.REFUSED)
    except FailedError as error:
        return _ended(str(error), Outcome.ERROR)
    except (click.Abort, KeyboardInterrupt):
        return _ended("Interrupted.", Outcome.INTERRUPTED)
    except BrokenPipeError:  # `absolute … | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Outcome.DONE
    except OSError as error:
        return _ended(f"{error.strerror or error}: {error.filename}" if error.filename else str(error), Outcome.ERROR)


def _open_streams() -> None:
    """A stream that the caller has closed is an empty one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123  # for as long as the process lives


def _write_table(rows: Mapping[str, str], formatter: click.HelpFormatter) -> None:
    """Two columns. Names are not broken at their hyphens, as they are for copying."""
    first = max(map(len, rows)) + 4
    for name, text in rows.items():
        lines = textwrap.wrap(text, max(formatter.width - first, 20), break_on_hyphens=False, break_long_words=False)
        formatter.write(f"  {name}".ljust(first) + f"\n{' ' * first}".join(lines) + "\n")


def _ended(text: str, status: Outcome) -> Outcome:
    click.secho(text, fg="red", err=True)
    return status
