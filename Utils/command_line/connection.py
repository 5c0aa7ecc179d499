"""The account that a command runs on. Which one it is, the first of these says that says anything:

1. `--account NAME`, or the variable ABSOLUTE_ACCOUNT; `simulated` is the simulated tenant;
2. the variables ABSOLUTE_URL, ABSOLUTE_TOKEN_ID and one of the two keys;
3. the default of the accounts that `absolute connect` has made;
4. `absolute tenant`, when it runs;
5. nothing: a simulated tenant that ends with the command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from difflib import get_close_matches
from pathlib import Path
from time import sleep
from typing import Any

from local_absolute import LocalTenant, RunningClock
from local_xsoar import Integration, WarRoom, Watcher
from local_xsoar.scheduler import WaitFor
from prompt_toolkit.formatted_text import FormattedText
from rich.text import Text

from command_line.accounts import Account, instance_settings, load_accounts
from command_line.credentials import CredentialsError, read_private_key
from command_line.outcome import RefusedError
from command_line.preparation import platform_modules
from command_line.regions import host_of, is_loopback
from command_line.running_tenant import running_tenant
from command_line.tenant import define_case_fields

CLOCK_SPEED = 60.0  # tenant seconds per second: an agent that checks in every 15 minutes does so after 15 seconds
SIMULATED = "simulated"
ACCOUNT_VARIABLE = "ABSOLUTE_ACCOUNT"
SPEED_VARIABLE = "ABSOLUTE_CLOCK_SPEED"
FIRST, SECOND = "ABSOLUTE_", "ABSOLUTE_SECOND_"  # what the variables of an instance begin with
NEEDED = ("URL", "TOKEN_ID")
KEYS = ("SECRET_KEY", "PRIVATE_KEY_FILE")
OTHER_DEVICES = 8  # the seed of the second account's devices

Params = dict[str, Any]


class SettingsError(RefusedError):
    """The settings of an account contradict each other or are incomplete; the text names them."""


@dataclass(frozen=True)
class Connection:
    """One or two instances of the integration, and how time passes for them.

    `params` are the instance's, `clock_speed` is in seconds of the tenant per second of this host, None on a real one. `is_kept`:
    it is there after the command, too.
    """

    name: str
    params: Params
    clock_speed: float | None = None
    is_kept: bool = True
    second: Params | None = None
    remark: str = ""

    @property
    def is_real(self) -> bool:
        return self.clock_speed is None

    def wait(self, seconds: float) -> None:
        """Returns when so many seconds of the tenant have passed."""
        sleep(seconds / (self.clock_speed or 1.0))

    @property
    def host(self) -> str:
        return host_of(self.params["url"]) or str(self.params["url"])

    @property
    def announcement(self) -> Text:
        """Which account it is, in words and in colour."""
        where = " and ".join(dict.fromkeys(str(one["url"]) for one in (self.params, self.second) if one))
        where = where if self.name in (SIMULATED, self.host) else f"{self.name}, {where}"
        if self.is_real:
            said = f"This is a REAL tenant: {where}. What you run here happens to real devices."
        else:
            said = f"This is the simulated tenant, {where}: invented devices, {self.clock_speed:g} times as fast as real time."
            said += "" if self.is_kept else " It ends with this command; `absolute tenant` keeps one running."
        said += " Two instances: a command without using= runs on both." if self.second else ""
        announced = Text(said, style="bold red" if self.is_real else "bold green")
        return announced.append(f" {self.remark}", style="bold yellow") if self.remark else announced

    @property
    def sign(self) -> FormattedText:
        """What stands before each line of the prompt."""
        account = ("bold ansired", f"REAL {self.name}") if self.is_real else ("bold ansigreen", self.name)
        return FormattedText([account, ("", "> ")])

    def room(self, integration: Integration, wait: WaitFor, watcher: Watcher, second_on_demand: bool = False) -> WarRoom:
        """A war room with the instances. `second_on_demand`: the second one is not used by default. Raises RefusedError."""
        if second_on_demand and not self.second:
            raise RefusedError("--second-on-demand says something about a second instance, and there is none.")
        room = WarRoom(integration, self.params, platform_modules(), wait, watcher)
        if self.second:
            room.add_instance(self.second, by_default=not second_on_demand)
        return room


@contextmanager
def connection(variables: Mapping[str, str], account: str = "", second: str | None = None) -> Iterator[Connection]:
    """The account to run on. `second`: `token` or `account`, for a second instance on a simulated tenant of its own.

    Raises SettingsError.
    """
    found = chosen_account(variables, account)
    if second and found and found.is_real:
        raise SettingsError(
            f"--second makes a second instance on the simulated tenant. On a real one set {SECOND}URL, {SECOND}TOKEN_ID …"
        )
    if found and not second:
        yield found
        return
    with simulated(second) as tenant:
        yield tenant


def chosen_account(variables: Mapping[str, str], account: str = "") -> Connection | None:
    """The account that is named or runs already, None when there is none. Raises SettingsError."""
    named = variables.get(ACCOUNT_VARIABLE, "").strip()
    described = None if account else from_variables(variables)
    if named and described:
        raise SettingsError(f"{ACCOUNT_VARIABLE} and {FIRST}URL are both set, and name two accounts. Unset one of them.")
    if described:
        return described
    name = account or named
    if name != SIMULATED and (name or (name := load_accounts().default)):
        connected = load_accounts().get(name)
        params = account_params(connected)
        remark = connected.expiry_remark(datetime.now(timezone.utc).date())
        return Connection(name, params, _clock_speed({}, params), remark=remark)
    if tenant := running_tenant():
        return Connection(SIMULATED, instance_params(tenant.url, tenant.token_id, tenant.secret_key), tenant.clock_speed)
    return None


def account_params(account: Account) -> Params:
    """An instance that signs in as the account. Raises AccountError when its key is not to be had."""
    signs = account.credentials()
    params = instance_params(account.url, signs.token_id, signs.secret_key, signs.private_key)
    return params | instance_settings(account.settings)


def from_variables(variables: Mapping[str, str]) -> Connection | None:
    """The account that the environment describes, None when it describes none. Raises SettingsError."""
    params, second = _params(variables, FIRST), _params(variables, SECOND)
    if params is None:
        if second is not None:
            raise SettingsError(f"There are variables that begin with {SECOND}, and no {FIRST}URL.")
        return None
    speed = _clock_speed(variables, params)
    return Connection(SIMULATED if speed else host_of(params["url"]) or params["url"], params, speed, second=second)


def instance_params(url: str, token_id: str, secret_key: str = "", private_key: str = "") -> Params:
    """The parameters of an instance, as the manifest names them."""
    return {
        "url": url,
        "credentials": {"identifier": token_id, "password": secret_key},
        "private_key": {"identifier": "", "password": private_key},
    }


@contextmanager
def simulated(second: str | None = None) -> Iterator[Connection]:
    """A tenant that lives as long as this process. `second`: another token of it, or one of another account."""
    clock = RunningClock(speed=CLOCK_SPEED)
    with ExitStack() as tenants:
        first = tenants.enter_context(LocalTenant(clock=clock))
        other = tenants.enter_context(LocalTenant(clock=clock, seed=OTHER_DEVICES)) if second == "account" else first
        define_case_fields(first)
        define_case_fields(other)
        another = token_params(other) if second else None
        yield Connection(SIMULATED, token_params(first), CLOCK_SPEED, is_kept=False, second=another)


def token_params(tenant: LocalTenant) -> Params:
    """An instance with a new token of the tenant that may do everything."""
    token = tenant.tokens.create_symmetric()
    return instance_params(tenant.url, token.id, token.secret or "")


def _params(variables: Mapping[str, str], prefix: str) -> Params | None:
    """The parameters of an instance from the variables that begin with `prefix`, None when there is none of them."""
    given = {name: text for name in (*NEEDED, *KEYS) if (text := variables.get(prefix + name, "").strip())}
    if not given:
        return None
    missing = [prefix + name for name in NEEDED if name not in given]
    keys = [name for name in KEYS if name in given]
    if not keys:
        missing.append(" or ".join(prefix + name for name in KEYS))
    if missing:
        raise SettingsError(
            f"For a real tenant this is not set: {', '.join(missing)}.{_misspelt(variables)} "
            f"For the simulated tenant unset every {prefix} variable."
        )
    if len(keys) > 1:
        both = " and ".join(prefix + name for name in keys)
        raise SettingsError(f"{both} are both set, but a token has one key. Unset the one that does not belong to it.")
    key_file = given.get("PRIVATE_KEY_FILE", "")
    private_key = _private_key(f"{prefix}PRIVATE_KEY_FILE", key_file) if key_file else ""
    return instance_params(given["URL"], given["TOKEN_ID"], given.get("SECRET_KEY", ""), private_key)


def _private_key(variable: str, file: str) -> str:
    """The text of a key file. Raises SettingsError."""
    try:
        return read_private_key(Path(file))
    except CredentialsError as error:
        raise SettingsError(f"{variable}: {error} The secret of a symmetric token is given by {FIRST}SECRET_KEY.") from None


def _clock_speed(variables: Mapping[str, str], params: Params) -> float | None:
    """How fast the tenant's clock runs, None on a real one.

    Simulated is only what says so itself: a tenant of this host, with the speed that `absolute tenant` has told.
    """
    running = running_tenant()
    if running and running.url == params["url"]:
        return running.clock_speed
    text = variables.get(SPEED_VARIABLE, "").strip()
    if not text:
        return None
    if not is_loopback(host_of(params["url"])):
        raise SettingsError(
            f"{SPEED_VARIABLE} belongs to a simulated tenant of this host, and {params['url']} is none. Unset it."
        )
    if not re.fullmatch(r"\d{1,9}(\.\d+)?", text) or not float(text):
        raise SettingsError(f"{SPEED_VARIABLE}: {text!r} is no number of tenant seconds per second, such as 60.")
    return float(text)


def _misspelt(variables: Mapping[str, str]) -> str:
    """What is set under a name that nearly is one of ours."""
    known = [prefix + name for prefix in (FIRST, SECOND) for name in (*NEEDED, *KEYS)]
    near = {name: get_close_matches(name, known, 1) for name in variables if name.startswith(FIRST) and variables[name]}
    return "".join(f" {name} is set: did you mean {found[0]}?" for name, found in near.items() if found and name not in known)
