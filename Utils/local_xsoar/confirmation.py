"""The question before a command that changes something. It comes after the targets are known, and shows them."""

from __future__ import annotations

from typing import Any

from local_xsoar.history import is_secret, secret_names
from local_xsoar.terminal import Terminal
from local_xsoar.war_room import WarRoom

DRY_RUN = "dry_run"  # the argument with which a command shows what it would do, and does not do it
QUESTION = "This command changes a real tenant. Type yes to run it: "
NOBODY_THERE = "Not run. Nobody is there to say yes; with --yes it is run without the question."


def confirmed(room: WarRoom, terminal: Terminal, name: str, args: dict[str, Any]) -> bool:
    """Whether the command may run in `room`: the person at `terminal` is shown what it would do, and says so.

    Commands that change nothing, and dry runs, may without a question; one that would be refused may not.
    """
    command = room.integration.commands.get(name)
    if command is None or not command.execution or is_dry_run(args):
        return True
    if DRY_RUN in command.by_name:
        rehearsal = {argument: value for argument, value in args.items() if argument != "polling"} | {DRY_RUN: "true"}
        if not room.rehearse(name, rehearsal, terminal.entry).ok:
            return False
    else:
        secret = secret_names(name, room.integration)
        told = [f"{argument}={value}" for argument, value in args.items() if not is_secret(argument, secret)]
        terminal.say(" ".join([f"!{name}", *told]), style="bold")
    return agreed(terminal, QUESTION)


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
