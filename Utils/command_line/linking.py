"""Links an account: signs in with it, and finds out what its token may do. The same for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from local_xsoar import Integration, PlatformModules, WarRoom

from command_line.accounts import FILE, Account, Accounts, accounts_file, checked_name, instance_settings
from command_line.connection import instance_params
from command_line.credentials import Credentials
from command_line.outcome import FailedError
from command_line.regions import region_of
from command_line.traffic import watched

PERMISSIONS = "Absolute.TokenPermissions"
NO_ANSWER, SIGN_IN_REFUSED = 0, 401
UNCERTAIN = "Somebody answers there, but to none of the questions that were tried."


@dataclass(frozen=True)
class Link:
    """What came out of an attempt to sign in.

    Attributes:
        connected: Whether Absolute knows the token and its key.
        problem: Why not; of a connected account, what will not work. "" when all is well.
        clock_seconds: How far this host's clock is behind Absolute's; negative when it is ahead. None when it is not known.
        account_page: What the token may do, as war-room Markdown.
    """

    connected: bool
    problem: str
    clock_seconds: int | None = None
    account_page: str = ""


@dataclass(frozen=True)
class Candidate:
    """An account that is to be linked: `name` is "" for the region's, `settings` None for those that it has."""

    name: str
    url: str
    credentials: Credentials
    expires: date | None = None
    settings: Mapping[str, str] | None = None

    def kept(self, accounts: Accounts, found: Link) -> Account:
        """Keeps the account under its name. Raises FailedError, and keeps nothing, when it was not connected."""
        if not found.connected:
            raise FailedError(f"Not connected: {found.problem}")
        name = self.name or _free_name(self, accounts)
        return accounts.put(checked_name(name), self.url, self.credentials, self.expires, self.settings)


def link(wanted: Candidate, accounts: Accounts, integration: Integration, modules: PlatformModules) -> Link:
    """Tries an account with the Test of its instance, then with one harmless read for each capability."""
    known = accounts.accounts.get(wanted.name)
    settings = wanted.settings if wanted.settings is not None else known.settings if known else {}
    signs = wanted.credentials
    params = instance_params(wanted.url, signs.token_id, signs.secret_key, signs.private_key) | instance_settings(settings)
    room = WarRoom(integration, params, modules)
    with watched() as traffic:
        said = room.test()
    if not traffic.calls or traffic.calls[-1][1] in (NO_ANSWER, SIGN_IN_REFUSED):
        return Link(False, said)
    run = room.execute("absolute-token-permissions-get")
    found = room.context.get(PERMISSIONS) or {}
    # An answer to any of them, a refusal too, is one of the API to this token.
    if not run.ok or all(one.get("Allowed") == "unknown" for one in found.get("Capabilities") or ()):
        return Link(False, said if said != "ok" else run.error or UNCERTAIN)
    return Link(True, "" if said == "ok" else said, found.get("ClockDifferenceSeconds"), run.markdown)


def facts(account: Account, found: Link) -> dict[str, str]:
    """What the account page says of the account itself. No secret is among it."""
    clock = found.clock_seconds or 0
    behind = f"{abs(clock)} s {'behind' if clock > 0 else 'ahead of'} Absolute's" if clock else "as Absolute's"
    in_file = f"{accounts_file()}, in clear, for lack of a system keyring"
    return {
        "Account": account.name,
        "Console": account.url,
        "Token ID": account.token_id,
        "Kind of token": Credentials(account.token_id, **{account.kind: "-"}).kind,
        "Expires": f"{account.expires}, 23:59:59 UTC" if account.expires else "not told",
        "Clock of this host": behind,
        "Key kept in": in_file if account.kept_in == FILE else "the system keyring",
    }


def _free_name(wanted: Candidate, accounts: Accounts) -> str:
    """The name of the region, with a number when another token has it."""
    base = region_of(wanted.url)
    number, name = 1, base
    while name in accounts.accounts and accounts.accounts[name].token_id != wanted.credentials.token_id:
        number += 1
        name = f"{base}-{number}"
    return name
