"""Accounts: connecting them by the form of an instance, what they may do, and forgetting them.

The form is that of the integration's manifest. Who signs in how, and what is kept where, is the business of `absolute connect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import groupby

from command_line.accounts import Account, Accounts, load_accounts, read_expiry
from command_line.credentials import (
    Credentials,
    CredentialsError,
    checked_token_id,
    decoded,
    holds_private_key,
    read_credentials,
)
from command_line.linking import Candidate, Link, facts
from command_line.manifest import CHECKBOX, CHOICES, CREDENTIALS, LONG_TEXT, DeclaredParameter, declared_parameters
from command_line.outcome import FailedError, RefusedError
from command_line.regions import REGIONS, read_region
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from local_absolute import LocalTenant

from .xsoar import Xsoar

OTHER = "other"  # the choice of an address that is none of the regions
KINDS = {"checkbox": CHECKBOX, "credentials": CREDENTIALS, "long": LONG_TEXT, "choices": CHOICES}
SIGN_IN = frozenset({"token_id", "secret_key", "private_key"})


@dataclass(frozen=True)
class AccountForm:
    """What stands in the form; `settings` are those that differ from the manifest, as text. `account`: it takes a new key."""

    account: str = ""
    name: str = ""
    region: str = ""
    address: str = ""
    expires: str = ""
    credentials: Credentials = field(default_factory=lambda: Credentials(""))
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls) -> AccountForm:
        typed = {name: request.form.get(name, "").strip() for name in ("account", "name", "region", "address", "expires")}
        credentials = Credentials(**{name: request.form.get(name, "").strip() for name in SIGN_IN})
        return cls(**typed, credentials=credentials, settings=_sent_settings())

    @classmethod
    def of(cls, account: Account, regions: Mapping[str, str]) -> AccountForm:
        region = account.url if account.url in regions else OTHER
        address = "" if account.url in regions else account.url
        expires = str(account.expires or "")
        return cls(account.name, account.name, region, address, expires, Credentials(account.token_id), account.settings)

    def value(self, parameter: DeclaredParameter) -> str:
        return self.settings.get(parameter.name, parameter.default)

    def candidate(self, accounts: Accounts) -> Candidate:
        """Raises RefusedError."""
        url = read_region(self.address if self.region == OTHER else self.region)
        return Candidate(self.account or self.name, url, self._signing(accounts), read_expiry(self.expires), self.settings)

    def _signing(self, accounts: Accounts) -> Credentials:
        """What was typed; with no key, the one that the account has already. Raises RefusedError."""
        typed = Credentials(
            checked_token_id(self.credentials.token_id), self.credentials.secret_key, self.credentials.private_key
        )
        if typed.secret_key or typed.private_key:
            return typed
        known = accounts.accounts.get(self.account)
        if known and known.token_id == typed.token_id:
            return known.credentials()
        raise CredentialsError("The Secret Key is empty. The console shows it once, when the token is created.")


def account_pages(tenant: LocalTenant, xsoar: Xsoar) -> Blueprint:
    pages = Blueprint("accounts", __name__)
    tried: dict[str, tuple[Account, Link, datetime]] = {}  # by name, since the console runs

    def regions() -> dict[str, str]:
        """What each address is called."""
        here = {tenant.url: "the simulated tenant of this console"}
        return here | {one.url: f"{one.console} - {one.name}" for one in REGIONS}

    def state(account: Account) -> str:
        """What is known of an account without asking its service."""
        remark = account.expiry_remark(datetime.now(timezone.utc).date())
        before, found, _ = tried.get(account.name, (None, None, None))
        if found and before == account:
            outcome = "Connected." if found.connected else found.problem.partition("\n")[0]
            remark = f"{outcome} {remark}".strip()
        return remark or "Not tried yet."

    def found_account(name: str) -> Account:
        return load_accounts().accounts.get(name) or abort(404, "There is no such account.")

    @pages.get("/accounts")
    def listed() -> Page:
        accounts = load_accounts()
        rows = [(account, state(account), account.name == accounts.default) for account in accounts.accounts.values()]
        return render_template("accounts.html", rows=rows)

    @pages.get("/accounts/<name>")
    def one(name: str) -> Page:
        account = found_account(name)
        before, found, at = tried.get(name, (None, None, None))
        known = found if before == account else None
        return render_template(
            "account.html",
            account=account,
            found=known,
            facts=facts(account, known or Link(True, "")),
            at=at,
            remark=account.expiry_remark(datetime.now(timezone.utc).date()),
            default=load_accounts().default == name,
        )

    @pages.post("/accounts/<name>/<any(test, use, unlink):action>")
    def act(name: str, action: str) -> Page:
        account, accounts = found_account(name), load_accounts()
        if action == "test":
            wanted = Candidate(name, account.url, account.credentials(), account.expires, account.settings)
            tried[name] = account, xsoar.link(wanted, accounts), datetime.now(timezone.utc)
        elif action == "use":
            accounts.use(name)
        else:
            accounts.remove(name)
            return redirect(url_for(".listed"), 303)
        return redirect(url_for(".one", name=name), 303)

    @pages.get("/connect")
    def connect() -> Page:
        name = request.args.get("account")
        return form_page(AccountForm.of(found_account(name), regions()) if name else AccountForm(region=tenant.url))

    @pages.post("/connect")
    def send() -> Page:
        form = AccountForm.sent()
        try:
            form = _with_file(form)
            accounts = load_accounts()
            wanted = form.candidate(accounts)
            found = xsoar.link(wanted, accounts)
            if "test" in request.form:
                return form_page(form, found=found)
            account = wanted.kept(accounts, found)
        except (RefusedError, FailedError) as error:
            return form_page(form, str(error)), 400
        tried[account.name] = account, found, datetime.now(timezone.utc)
        return redirect(url_for(".one", name=account.name), 303)

    def form_page(form: AccountForm, error: str = "", found: Link | None = None) -> str:
        sections = groupby(declared_parameters(), key=lambda one: one.section)
        shown = [(name, list(parameters)) for name, parameters in sections]
        return render_template(
            "connect.html", form=form, error=error, found=found, sections=shown, regions=regions(), other=OTHER, kinds=KINDS
        )

    return pages


def _with_file(form: AccountForm) -> AccountForm:
    """The form with what its file holds: a `.token` file has a Token ID and a key, a PEM file the key alone. Raises
    CredentialsError."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return form
    text = decoded(sent.read(), sent.filename)
    token_id = form.credentials.token_id
    alone = token_id and holds_private_key(text)
    read = Credentials(token_id, private_key=text) if alone else read_credentials(text, sent.filename)
    return replace(form, credentials=read)


def _sent_settings() -> dict[str, str]:
    """The settings that are not what the manifest says."""
    typed = {one: _sent(one) for one in declared_parameters() if not one.signs_in}
    return {one.name: text for one, text in typed.items() if text and text != one.default}


def _sent(parameter: DeclaredParameter) -> str:
    if parameter.type == CHOICES:
        return ",".join(choice for choice in parameter.options if choice in request.form.getlist(parameter.name))
    return request.form.get(parameter.name, "").strip()
