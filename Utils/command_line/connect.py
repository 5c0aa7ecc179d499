"""`absolute connect`: links an account step by step, and keeps it under a name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from command_line.accounts import Account, Accounts, checked_name, load_accounts, read_expiry
from command_line.asking import ask, somebody_is_there
from command_line.credentials import (
    Credentials,
    CredentialsError,
    checked_token_id,
    decoded,
    read_credentials,
    read_private_key,
    read_token_file,
)
from command_line.outcome import Outcome, RefusedError
from command_line.regions import REGIONS, read_region

if TYPE_CHECKING:
    from command_line.linking import Link

Answer = TypeVar("Answer")


@click.command("connect")
@click.argument("name", required=False)
@click.option("--region", metavar="ADDRESS", help="The address of your console, or the name of its region.")
@click.option("--token-id", metavar="UUID", help="The ID of the API token.")
@click.option("--token-file", type=click.Path(path_type=Path), help="The downloaded .token file; - for stdin.")
@click.option("--private-key-file", type=click.Path(path_type=Path), help="The PEM file of an asymmetric token.")
@click.option("--expires", metavar="DATE", help="The last day of the token, such as 2027-02-27.")
def command(
    name: str | None,
    region: str | None,
    token_id: str | None,
    token_file: Path | None,
    private_key_file: Path | None,
    expires: str | None,
) -> int:
    """Links an account of Absolute and keeps it as NAME for `--account NAME`; for a NAME that there is, it takes a new key.
    What is not given by options it asks for; a secret is typed without being seen, and is never an option."""
    if token_file and (token_id or private_key_file):
        raise RefusedError("--token-file has the Token ID and the key already: leave out --token-id and --private-key-file.")
    accounts = load_accounts()
    known = accounts.accounts.get(checked_name(name)) if name else None
    url = read_region(region) if region else known.url if known else _asked(_ask_region)
    credentials = _credentials(token_id, token_file, private_key_file)
    last_day = read_expiry(expires) if expires is not None else _ask_expiry(token_file)
    kept, found = _linked(name or "", url, credentials, last_day, accounts)
    _show(kept, found, accounts)
    return Outcome.DONE


def _linked(name: str, url: str, credentials: Credentials, expires: date | None, accounts: Accounts) -> tuple[Account, Link]:
    from rich.console import Console

    from command_line.linking import Candidate, link
    from command_line.preparation import platform_modules, prepared

    console, wanted = Console(stderr=True), Candidate(name, url, credentials, expires)
    integration = prepared(console)
    with console.status(f"signing in to {url}"):
        found = link(wanted, accounts, integration, platform_modules())
    return wanted.kept(accounts, found), found


def _show(account: Account, found: Link, accounts: Accounts) -> None:
    """The account page."""
    from local_xsoar.render import render_markdown
    from rich.console import Console
    from rich.table import Table

    from command_line.linking import facts

    console, rows = Console(), Table.grid(padding=(0, 2))
    for title, value in facts(account, found).items():
        rows.add_row(title, value)
    console.print("Connected.", style="bold green")
    console.print(rows)
    if found.problem:
        console.print(found.problem, style="yellow", markup=False)
    console.print(render_markdown(found.account_page))
    if accounts.default == account.name:
        console.print("It is the default: commands without --account run on it.", style="dim")
    else:
        console.print(f"Commands run on it with --account {account.name}.", style="dim")


def _credentials(token_id: str | None, token_file: Path | None, private_key_file: Path | None) -> Credentials:
    if token_file:
        if str(token_file) == "-":
            return read_credentials(decoded(sys.stdin.buffer.read(), "stdin"), "stdin")
        return read_token_file(token_file)
    credentials = Credentials(checked_token_id(token_id.strip())) if token_id else _asked(_ask_token)
    if private_key_file:
        return replace(credentials, private_key=read_private_key(private_key_file))
    return credentials if credentials.secret_key or credentials.private_key else _asked(lambda: _ask_key(credentials))


def _asked(question: Callable[[], Answer]) -> Answer:
    """Asks until the answer can be taken; where nobody sits, once."""
    while True:
        try:
            return question()
        except RefusedError as refusal:
            if not somebody_is_there():
                raise
            click.secho(str(refusal), fg="red", err=True)


def _ask_region() -> str:
    click.echo("Where do you sign in to the console? See the address in your browser.", err=True)
    for number, region in enumerate(REGIONS, 1):
        click.echo(f"  {number}  {region.console:24} {region.name}", err=True)
    return read_region(ask("Number, name or address: "))


def _ask_token() -> Credentials:
    typed = ask("Token ID, or the path of the downloaded .token file: ")
    if typed and not _is_file(typed):
        return Credentials(checked_token_id(typed))
    if not typed:
        raise CredentialsError("It is empty. The console shows the Token ID in Settings > API management.")
    return read_token_file(Path(typed))


def _ask_key(credentials: Credentials) -> Credentials:
    typed = ask("Secret Key (not shown), or the path of a PEM private key: ", hidden=True)
    if not typed:
        raise CredentialsError("It is empty. The console shows a Secret Key once, when the token is created.")
    if _is_file(typed):
        return replace(credentials, private_key=read_private_key(Path(typed)))
    return replace(credentials, secret_key=typed)


def _ask_expiry(token_file: Path | None) -> date | None:
    """Only people are asked: what a program gives is complete without it."""
    if not somebody_is_there() or str(token_file) == "-":
        return None
    return _asked(lambda: read_expiry(ask("Last day of the token, such as 2027-02-27 (Enter: not told): ")))


def _is_file(text: str) -> bool:
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False
