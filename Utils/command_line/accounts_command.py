"""`absolute accounts`: the accounts that were connected, which one is meant without a word, and forgetting one."""

from __future__ import annotations

from datetime import datetime, timezone

import click

from command_line.accounts import load_accounts
from command_line.options import Commands, account_names
from command_line.outcome import Outcome

SIMULATED = "simulated"


@click.group("accounts", cls=Commands, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> int:
    """Lists the accounts, without what signs in to them. `absolute connect` adds one."""
    return Outcome.DONE if context.invoked_subcommand else _list()


@command.command("use")
@click.argument("name", shell_complete=account_names)
def use(name: str) -> int:
    """Makes NAME the account that commands run on without --account; `simulated` for the simulated tenant."""
    accounts = load_accounts()
    accounts.use("" if name == SIMULATED else name)
    click.echo(f"Commands without --account now run on {name}.")
    return Outcome.DONE


@command.command("set")
@click.argument("name", shell_complete=account_names)
@click.argument("setting", metavar="SETTING=VALUE")
def set_(name: str, setting: str) -> int:
    """Sets a parameter of the account's instance, such as max_devices_per_action=200, protected_devices=CEO-1 or proxy=true.
    Without a VALUE it is again what the pack says."""
    parameter, equals, value = setting.partition("=")
    if not equals:
        raise click.UsageError(f"{setting!r} is not in the form SETTING=VALUE.")
    load_accounts().set(name, parameter, value)
    click.echo(f"{name}: {parameter} is {value or 'what the pack says'}.")
    return Outcome.DONE


@command.command("remove")
@click.argument("name", shell_complete=account_names)
def remove(name: str) -> int:
    """Forgets the account NAME and its key. In Absolute the token stays: delete it in the console."""
    accounts = load_accounts()
    accounts.remove(name)
    click.echo(f"{name} and its key are forgotten here. The token itself is deleted in the console.")
    return Outcome.DONE


def _list() -> int:
    from local_xsoar.render import render_rows
    from rich.console import Console

    accounts, today = load_accounts(), datetime.now(timezone.utc).date()
    if not accounts.accounts:
        click.echo("There is no account yet: `absolute connect` makes one.", err=True)
        return Outcome.NOTHING_FOUND
    rows = [
        [
            f"{one.name} (default)" if one.name == accounts.default else one.name,
            one.url,
            one.token_id,
            one.kind.replace("_", " "),
            one.kept_in,
            str(one.expires or "not told"),
        ]
        for one in accounts.accounts.values()
    ]
    console = Console()
    console.print(render_rows(["Account", "Console", "Token ID", "Kind", "Kept in", "Expires"], rows))
    for one in accounts.accounts.values():
        for setting, value in one.settings.items():
            console.print(f"{one.name}: {setting} is {value}", markup=False, soft_wrap=True)
        if remark := one.expiry_remark(today):
            console.print(f"{one.name}: {remark}", style="yellow", markup=False, soft_wrap=True)
    return Outcome.DONE
