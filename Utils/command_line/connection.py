"""The account that a command runs on: the one that the environment describes, else a simulated tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from time import sleep
from typing import Any

from local_absolute import LocalTenant, RunningClock
from local_xsoar.scheduler import WaitFor
from rich.text import Text

from command_line.outcome import RefusedError

CLOCK_SPEED = 60  # tenant seconds per second: an agent that checks in every 15 minutes does so after 15 seconds
SIMULATED = "simulated"
KEY_VARIABLES = ("ABSOLUTE_SECRET_KEY", "ABSOLUTE_PRIVATE_KEY_FILE")
VARIABLES = ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID", *KEY_VARIABLES)


class SettingsError(RefusedError):
    """The variables of a real account contradict each other or are incomplete; the text names them."""


@dataclass(frozen=True)
class Connection:
    """An instance of the integration, and how time passes for it.

    `params` are the instance's, `clock_speed` is in seconds of the tenant per second of this host.
    """

    name: str
    params: dict[str, Any]
    is_real: bool
    wait: WaitFor
    clock_speed: float = 1.0
    remark: str = ""

    @property
    def announcement(self) -> Text:
        """Which account it is, in words and in colour."""
        if self.is_real:
            said = f"This is a REAL tenant: {self.name}. What you run here happens to real devices."
        else:
            said = (
                f"This is the simulated tenant, {self.params['url']}: invented devices, {self.clock_speed:g} times as fast as "
                "real time."
            )
        return Text(" ".join(part for part in (said, self.remark) if part), style="bold red" if self.is_real else "bold green")


@contextmanager
def connection(variables: Mapping[str, str]) -> Iterator[Connection]:
    """The account of the environment, else a simulated tenant that ends with the command.

    Raises SettingsError, and OSError when the key file cannot be read.
    """
    real = from_variables(variables)
    if real:
        yield real
        return
    with simulated() as tenant:
        yield tenant


def from_variables(variables: Mapping[str, str]) -> Connection | None:
    """The account that the environment describes, None when it describes none. Raises SettingsError."""
    given = {name: variables[name].strip() for name in VARIABLES if variables.get(name, "").strip()}
    if not given:
        return None
    missing = [name for name in ("ABSOLUTE_URL", "ABSOLUTE_TOKEN_ID") if name not in given]
    keys = [name for name in KEY_VARIABLES if name in given]
    if not keys:
        missing.append(" or ".join(KEY_VARIABLES))
    if missing:
        raise SettingsError(
            f"For a real tenant this is not set: {', '.join(missing)}.{_misspelt(variables)} "
            "For the simulated tenant unset every ABSOLUTE_ variable."
        )
    if len(keys) > 1:
        raise SettingsError(f"{' and '.join(keys)} are both set, but a token has one key. Unset the one that is not its.")
    private_key = _private_key(given["ABSOLUTE_PRIVATE_KEY_FILE"]) if keys == ["ABSOLUTE_PRIVATE_KEY_FILE"] else ""
    params = instance_params(given["ABSOLUTE_URL"], given["ABSOLUTE_TOKEN_ID"], given.get("ABSOLUTE_SECRET_KEY", ""), private_key)
    return Connection(given["ABSOLUTE_URL"], params, is_real=True, wait=sleep)


def instance_params(url: str, token_id: str, secret_key: str = "", private_key: str = "") -> dict[str, Any]:
    """The parameters of an instance, as the manifest names them."""
    return {
        "url": url,
        "credentials": {"identifier": token_id, "password": secret_key},
        "private_key": {"identifier": "", "password": private_key},
    }


@contextmanager
def simulated() -> Iterator[Connection]:
    """A tenant that lives as long as this process, with a token that may do everything."""
    clock = RunningClock(speed=CLOCK_SPEED)
    with LocalTenant(clock=clock) as tenant:
        token = tenant.tokens.create_symmetric()
        params = instance_params(tenant.url, token.id, token.secret or "")
        yield Connection(SIMULATED, params, is_real=False, wait=clock.advance, clock_speed=CLOCK_SPEED)


def _private_key(file: str) -> str:
    """The text of a key file. Raises SettingsError."""
    try:
        text = Path(file).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(f"ABSOLUTE_PRIVATE_KEY_FILE: {file} cannot be read: {reason}.") from None
    if "-----BEGIN" not in text:
        raise SettingsError(
            f"ABSOLUTE_PRIVATE_KEY_FILE: {file} is no PEM file; a symmetric token has ABSOLUTE_SECRET_KEY instead."
        )
    return text


def _misspelt(variables: Mapping[str, str]) -> str:
    """What is set under a name that nearly is one of ours."""
    near = {name: get_close_matches(name, VARIABLES, 1) for name in variables if name.startswith("ABSOLUTE_")}
    return "".join(f" {name} is set: did you mean {found[0]}?" for name, found in near.items() if found and found[0] != name)
