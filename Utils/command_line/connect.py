"""`absolute connect`: links an account step by step, and keeps it under a name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from command_line.accounts import FILE, Account, Accounts, accounts_file, checked_name, load_accounts
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
from command_line.outcome import FailedError, Outcome, RefusedError
from command_line.regions import REGIONS, read_region, region_of

if TYPE_CHECKING:
    from command_line.linking import Link

LONGEST_LIFE = timedelta(days=366)
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
    found = _try(url, credentials)
    if not found.connected:
        raise FailedError(f"Not connected: {found.problem}")
    kept = accounts.put(name or _free_name(url, credentials, accounts), url, credentials, last_day)
    _show(kept, found, accounts)
    return Outcome.DONE


def read_expiry(text: str) -> date | None:
    """The last day of a token, None for an empty text. Raises RefusedError for what no token can have."""
    if not text.strip():
        return None
    today = datetime.now(timezone.utc).date()
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError(f"{text.strip()!r} is no date such as {today + timedelta(days=90)}.") from None
    if found < today:
        raise RefusedError(f"{found} has passed: the token has expired, and cannot be extended any more. Create a new one.")
    if found - today > LONGEST_LIFE:
        raise RefusedError(f"{found} is too far ahead: a token lives for a year at most.")
    return found


def _try(url: str, credentials: Credentials) -> Link:
    from rich.console import Console

    from command_line.linking import link
    from command_line.preparation import platform_modules, prepared

    console = Console(stderr=True)
    integration = prepared(console)
    with console.status(f"signing in to {url}"):
        return link(url, credentials, integration, platform_modules())


def _show(account: Account, found: Link, accounts: Accounts) -> None:
    """The account page. It holds no secret."""
    from local_xsoar.render import render_markdown
    from rich.console import Console
    from rich.table import Table

    console, facts = Console(), Table.grid(padding=(0, 2))
    clock = found.clock_seconds or 0
    behind = f"{abs(clock)} s {'behind' if clock > 0 else 'ahead of'} Absolute's" if clock else "as Absolute's"
    in_file = f"{accounts_file()}, in clear, for lack of a system keyring"
    rows = {
        "Account": account.name,
        "Console": account.url,
        "Token ID": account.token_id,
        "Kind of token": Credentials(account.token_id, **{account.kind: "-"}).kind,
        "Expires": f"{account.expires}, 23:59:59 UTC" if account.expires else "not told",
        "Clock of this host": behind,
        "Key kept in": in_file if account.kept_in == FILE else "the system keyring",
    }
    for title, value in rows.items():
        facts.add_row(title, value)
    console.print("Connected.", style="bold green")
    console.print(facts)
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


def _free_name(url: str, credentials: Credentials, accounts: Accounts) -> str:
    """The name of the region, with a number when another token has it."""
    base = region_of(url)
    number, name = 1, base
    while name in accounts.accounts and accounts.accounts[name].token_id != credentials.token_id:
        number += 1
        name = f"{base}-{number}"
    return name
