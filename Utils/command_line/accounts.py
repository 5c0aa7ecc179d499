"""Accounts by name: a file that only its user may read, and the keys in the system's keyring.

    {"default": "eu2",
     "accounts": {"eu2": {"url": …, "token_id": …, "kind": "secret_key", "kept_in": "keyring", "expires": "2027-02-27"}}}

Where there is no keyring that works, the key stands in the file, as `key`. Replacing or forgetting an account leaves nothing of
its key behind.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from command_line.credentials import Credentials
from command_line.manifest import CHECKBOX, CHOICES, declared_settings
from command_line.outcome import FailedError, RefusedError
from command_line.places import settings_folder, write_private

SERVICE = "Absolute Secure Endpoint API"  # under which the keyring has the keys; the user name is the Token ID
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KEYRING, FILE = "keyring", "file"
WARNING_DAYS = 14
LONGEST_LIFE = timedelta(days=366)


class AccountError(RefusedError):
    """An account or their file cannot be used; the text says why."""


@dataclass(frozen=True)
class Account:
    """`kind` is `secret_key` or `private_key`; `key` is empty when the keyring has it. `expires`: the last day of the token.
    `settings` are parameters of the instance, as text.
    """

    name: str
    url: str
    token_id: str
    kind: str
    kept_in: str
    key: str = field(default="", repr=False)
    expires: date | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def credentials(self) -> Credentials:
        """Raises AccountError when the keyring does not give the key."""
        key = self.key if self.kept_in == FILE else _from_keyring(self)
        return Credentials(self.token_id, **{self.kind: key})

    def expiry_remark(self, today: date) -> str:
        """A warning two weeks before the token ends, and after that; "" otherwise. `today` is in UTC, as Absolute counts."""
        if self.expires is None:
            return ""
        left = (self.expires - today).days
        if left < 0:
            return f"Its token has expired on {self.expires}: `absolute connect {self.name}` takes a new one."
        if left > WARNING_DAYS:
            return ""
        when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
        return f"Its token expires {when} ({self.expires}, 23:59:59 UTC). In the console it can be extended until then."


@dataclass
class Accounts:
    """The user's accounts by name, and which of them is meant without a word."""

    accounts: dict[str, Account] = field(default_factory=dict)
    default: str = ""

    def get(self, name: str) -> Account:
        """Raises AccountError."""
        if name in self.accounts:
            return self.accounts[name]
        from local_xsoar.suggestion import did_you_mean

        known = ", ".join(self.accounts) or "none yet: `absolute connect` makes one"
        raise AccountError(f"There is no account {name}.{did_you_mean(name, self.accounts)} There are: {known}.")

    def put(
        self, name: str, url: str, credentials: Credentials, expires: date | None, settings: Mapping[str, str] | None = None
    ) -> Account:
        """Adds an account, or gives one a new key, and saves. The first one becomes the default. Without `settings`, one that
        there was keeps its own."""
        before = self.accounts.get(name)
        kind = "private_key" if credentials.private_key else "secret_key"
        key = credentials.private_key or credentials.secret_key
        in_keyring = _to_keyring(credentials.token_id, key)
        kept_in, key = (KEYRING, "") if in_keyring else (FILE, key)
        kept = settings if settings is not None else before.settings if before else {}
        account = Account(name, url, credentials.token_id, kind, kept_in, key, expires, dict(kept))
        self.accounts[name] = account
        self.default = self.default or name
        self.save()
        if before and before.token_id != account.token_id:
            self._forget_key(before)
        return account

    def remove(self, name: str) -> None:
        """Raises AccountError."""
        account = self.get(name)
        del self.accounts[name]
        if self.default == name:
            self.default = ""
        self.save()
        self._forget_key(account)

    def set(self, name: str, setting: str, value: str) -> None:
        """Sets a parameter of the account's instance; "" for what the manifest says. Raises AccountError."""
        if setting not in declared_settings():
            from local_xsoar.suggestion import did_you_mean

            known = list(declared_settings())
            raise AccountError(f"There is no setting {setting}.{did_you_mean(setting, known)} There are: {', '.join(known)}.")
        account = self.get(name)
        settings = {**account.settings, setting: value}
        self.accounts[name] = replace(account, settings={key: text for key, text in settings.items() if text})
        self.save()

    def use(self, name: str) -> None:
        """Makes an account the default; "" for none. Raises AccountError."""
        self.default = self.get(name).name if name else ""
        self.save()

    def save(self) -> None:
        """Raises FailedError when the file cannot be written."""
        path = accounts_file()
        document = {"default": self.default, "accounts": {name: _to_json(one) for name, one in self.accounts.items()}}
        try:
            write_private(path, json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise FailedError(f"{path} cannot be written: {error.strerror}.") from None

    def _forget_key(self, account: Account) -> None:
        if account.kept_in == KEYRING and all(one.token_id != account.token_id for one in self.accounts.values()):
            _out_of_keyring(account.token_id)


def load_accounts() -> Accounts:
    """The user's accounts, none without a file. Raises AccountError."""
    path = accounts_file()
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Accounts()
    except (OSError, UnicodeDecodeError) as error:
        raise AccountError(f"{path} cannot be read: {error}.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise AccountError(f"Others may read or change {path}, which may hold keys. Take that from them: chmod 600 {path}")
    try:
        document = json.loads(text)
        accounts = {name: _from_json(name, raw) for name, raw in document["accounts"].items()}
        return Accounts(accounts, str(document.get("default") or ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise AccountError(f"{path} is damaged. Mend it, or move it away and connect again.") from None


def instance_settings(settings: Mapping[str, str]) -> dict[str, Any]:
    """Settings as the parameters of an instance."""
    types = declared_settings()
    return {name: _setting(value, types.get(name, 0)) for name, value in settings.items()}


def read_expiry(text: str) -> date | None:
    """The last day of a token, None for an empty text. Raises AccountError for what no token can have."""
    if not text.strip():
        return None
    today = datetime.now(timezone.utc).date()
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise AccountError(f"{text.strip()!r} is no date such as {today + timedelta(days=90)}.") from None
    if found < today:
        raise AccountError(f"{found} has passed: the token has expired, and cannot be extended any more. Create a new one.")
    if found - today > LONGEST_LIFE:
        raise AccountError(f"{found} is too far ahead: a token lives for a year at most.")
    return found


def accounts_file() -> Path:
    return settings_folder() / "accounts.json"


def checked_name(name: str) -> str:
    """Raises AccountError when an account cannot be called so."""
    if not NAME.fullmatch(name) or name == "simulated":
        raise AccountError(
            f"An account cannot be called {name!r}, but with letters, digits, dots and dashes; simulated is taken."
        )
    return name


def _to_json(account: Account) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(account).items() if name != "name" and value not in ("", None, {})}
    return kept | ({"expires": account.expires.isoformat()} if account.expires else {})


def _from_json(name: str, raw: dict[str, Any]) -> Account:
    """Raises ValueError, TypeError and KeyError."""
    if raw["kind"] not in ("secret_key", "private_key") or raw["kept_in"] not in (KEYRING, FILE):
        raise ValueError
    expires = date.fromisoformat(raw["expires"]) if raw.get("expires") else None
    settings = {str(setting): str(value) for setting, value in (raw.get("settings") or {}).items()}
    key = str(raw.get("key", ""))
    return Account(name, str(raw["url"]), str(raw["token_id"]), raw["kind"], raw["kept_in"], key, expires, settings)


def _setting(text: str, kind: int) -> Any:
    if kind == CHECKBOX:
        return text.strip().lower() in ("true", "yes", "1")
    return [part.strip() for part in text.split(",")] if kind == CHOICES else text


def _to_keyring(token_id: str, key: str) -> bool:
    """Whether the system's keyring has taken the key, and gives it back. Backends fail in ways of their own."""
    try:
        import keyring

        keyring.set_password(SERVICE, token_id, key)
        return bool(keyring.get_password(SERVICE, token_id) == key)
    except Exception:
        return False


def _from_keyring(account: Account) -> str:
    try:
        import keyring

        key = keyring.get_password(SERVICE, account.token_id)
    except Exception as error:
        raise AccountError(f"The keyring, which has the key of {account.name}, does not answer: {error}") from None
    if not key:
        raise AccountError(f"The keyring has no key of {account.name} any more: `absolute connect {account.name}` takes one.")
    return str(key)


def _out_of_keyring(token_id: str) -> None:
    with suppress(Exception):
        import keyring

        keyring.delete_password(SERVICE, token_id)
