"""The options that every command of the pack has in the program, beside its own arguments."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from command_line.manifest import PREFIX
from command_line.outcome import RefusedError

OUTPUT_HELP = "table, json (the context), csv (its rows), raw (entries)."
OUTPUTS = ("table", "json", "csv", "raw")


class Commands(click.Group):
    """Commands by their names; of a name that there is not, it says what may be meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from local_xsoar.suggestion import did_you_mean

            hint = did_you_mean(name.removeprefix("!").removeprefix(PREFIX), self.list_commands(ctx))
            raise click.UsageError(f"There is no command {name}.{hint} {ctx.command_path} --help lists them.", ctx)
        return super().resolve_command(ctx, args)


@dataclass(frozen=True)
class RunOptions:
    """How a command is run and how its answer is shown.

    Attributes:
        output: One of OUTPUTS.
        fields: Context paths or their ends: the columns that are wanted; none for all.
        save: The folder, or the file of a single one, for files that the command gives back.
        watch: Wait for what was asked for; or look again and again, every `every` seconds.
        yes: Do not ask before something is changed on a real tenant.
        account: The account to run on; "" for the one that is meant without a word.
        second: A second instance, on the simulated tenant: `token` or `account`, None for none.
        second_on_demand: It is not used by default.
    """

    output: str = "table"
    fields: tuple[str, ...] = ()
    save: Path | None = None
    watch: bool = False
    every: float = 10.0
    yes: bool = False
    account: str = ""
    second: str | None = None
    second_on_demand: bool = False


class Duration(click.ParamType):
    """30s, 1m, 2h."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        from local_xsoar.job_command import seconds

        try:
            return seconds(str(value))
        except ArgumentTypeError as error:
            self.fail(f"{error}.", param, ctx)


def run_options() -> list[click.Option]:
    """A new set of them, in the order of the help. Their values make a RunOptions."""
    return [
        account_option(),
        click.Option(
            ["--output", "-o", "output"], type=click.Choice(OUTPUTS), default="table", metavar="FORMAT", help=OUTPUT_HELP
        ),
        click.Option(["--fields", "fields"], metavar="LIST", help="Only these columns, such as Id,DeviceName."),
        click.Option(["--save", "save"], type=click.Path(path_type=Path), help="The folder for files that it gives back."),
        click.Option(["--watch", "watch"], is_flag=True, help="Wait for the verdicts; look at a list again and again."),
        click.Option(["--every", "every"], type=Duration(), default=10.0, help="How often, such as 30s (default 10s)."),
        yes_option(),
    ]


def account_option() -> click.Option:
    return click.Option(
        ["--account", "-a", "account"],
        default="",
        metavar="NAME",
        help="The account to run on; simulated for none.",
        shell_complete=account_names,
    )


def account_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The names of the accounts, for the shell."""
    from command_line.accounts import load_accounts

    try:
        names = list(load_accounts().accounts)
    except RefusedError:
        names = []
    return [name for name in (*names, "simulated") if name.startswith(incomplete)]


def yes_option() -> click.Option:
    return click.Option(["--yes", "-y", "yes"], is_flag=True, help="Change a real tenant without a question.")


def second_options() -> list[click.Option]:
    """A second instance, beside the one that there always is."""
    return [
        click.Option(
            ["--second", "second"],
            type=click.Choice(["token", "account"]),
            metavar="token|account",
            help="A second instance: another token of the simulated account, or another account.",
        ),
        click.Option(["--second-on-demand"], is_flag=True, help='It has "Do not use by default".'),
    ]


OPTION_NAMES = frozenset(str(option.name) for option in run_options())


def chosen(values: dict[str, Any]) -> RunOptions:
    """The options out of what click gives to a command; they are taken out of `values`."""
    names = OPTION_NAMES | {"second", "second_on_demand"}
    found = {name: values.pop(name) for name in names if name in values}
    found["fields"] = tuple(field.strip() for field in (found["fields"] or "").split(",") if field.strip())
    return RunOptions(**found)
