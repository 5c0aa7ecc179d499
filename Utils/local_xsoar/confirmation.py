"""The question before a command that changes something. It comes after the targets are known, and shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_xsoar.history import is_secret, secret_names
from local_xsoar.integration import Command
from local_xsoar.terminal import Terminal
from local_xsoar.war_room import WarRoom

DRY_RUN = "dry_run"  # the argument with which a command shows what it would do, and does not do it
QUESTION = "This command changes a real tenant. Type yes to run it: "
NOBODY_THERE = "Not run. Nobody is there to say yes; with --yes it is run without the question."


@dataclass(frozen=True)
class Confirmation:
    """Asks the person at `terminal` about commands that are run in `room`."""

    _room: WarRoom
    _terminal: Terminal

    def given(self, name: str, args: dict[str, Any]) -> bool:
        """Whether the command may run. Commands that change nothing, and dry runs, may without a question."""
        command = self._room.integration.commands.get(name)
        if command is None or not command.execution or is_dry_run(args):
            return True
        return self._shown(command, args) and agreed(self._terminal, QUESTION)

    def _shown(self, command: Command, args: dict[str, Any]) -> bool:
        """Shows what the command would do; False when it would be refused."""
        if DRY_RUN not in command.by_name:
            secret = secret_names(command.name, self._room.integration)
            told = [f"{name}={value}" for name, value in args.items() if not is_secret(name, secret)]
            self._terminal.say(" ".join([f"!{command.name}", *told]), style="bold")
            return True
        rehearsal = {**args, DRY_RUN: "true"}
        rehearsal.pop("polling", None)
        return self._room.rehearse(command.name, rehearsal, self._terminal.entry).ok


def agreed(terminal: Terminal, question: str) -> bool:
    """Whether somebody types yes. Where nobody can, that is no."""
    try:
        answer = terminal.console.input(question)
    except EOFError:
        terminal.say(f"\n{NOBODY_THERE}", style="yellow")
        return False
    except KeyboardInterrupt:
        answer = ""
    if answer.strip().lower() == "yes":
        return True
    terminal.say("Not run.", style="yellow")
    return False


def is_dry_run(args: dict[str, Any]) -> bool:
    return str(args.get(DRY_RUN) or "").strip().lower() in ("true", "yes")  # as argToBoolean reads it
