"""The prompt's history file. Secrets never get into it."""

import os
from pathlib import Path

from prompt_toolkit.history import FileHistory

from local_xsoar.command_line import CommandLineError, parse
from local_xsoar.integration import Integration

SECRET_WORDS = ("passcode", "password", "pwd", "secret")


class DiscreetHistory(FileHistory):
    """Remembers lines without their secret arguments, and forgets lines that it cannot read."""

    def __init__(self, integration: Integration, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        super().__init__(str(path))
        self._integration = integration

    def store_string(self, string: str) -> None:
        kept = without_secrets(string, self._integration)
        if kept:
            super().store_string(kept)


def history_path() -> Path:
    """The file in the user's state folder (XDG Base Directory Specification)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "local_xsoar" / "history"


def without_secrets(line: str, integration: Integration) -> str:
    """`line` without arguments that the manifest or their name calls secret; "" for a line that cannot be read."""
    if line.startswith("/"):
        return line
    try:
        name, typed = parse(line)
    except CommandLineError:
        return ""
    secret = secret_names(name, integration)
    kept = [line[argument.start : argument.end] for argument in typed if not is_secret(argument.name, secret)]
    return " ".join([f"!{name}", *kept])


def secret_names(command: str, integration: Integration) -> frozenset[str]:
    """The arguments that the manifest calls secret; "" for a value without a name when it would be one of them."""
    known = integration.commands.get(command)
    arguments = known.arguments if known else ()
    # A value without a name goes to the default argument: it is as secret as that one.
    return frozenset(
        name for argument in arguments if argument.secret for name in (argument.name, "" if argument.default else argument.name)
    )


def is_secret(name: str, secret: frozenset[str]) -> bool:
    """Whether an argument is among `secret`, or has a name that says so."""
    return name in secret or any(word in name.lower() for word in SECRET_WORDS)
