"""What a person at a terminal sees while a command runs."""

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from local_xsoar.command_run import Entry
from local_xsoar.context import Context
from local_xsoar.integration import Argument, Command, Integration
from local_xsoar.playbooks.model import NONE
from local_xsoar.playbooks.run import Step
from local_xsoar.render import printable, render_entry
from local_xsoar.scheduler import Poll, WaitFor, Watcher

EXPLAINED = {"value is None": "  (there is nothing to keep)"}  # what SetAndHandleEmpty says of an empty value


class Terminal(Watcher):
    """Prints entries as they come and says what is being waited for.

    `names_instances`: above each entry stands the instance that gave it.
    """

    def __init__(self, console: Console, names_instances: bool = False) -> None:
        self.console = console
        self.names_instances = names_instances

    def entry(self, entry: dict[str, Any]) -> None:
        if self.names_instances and entry.get("ModuleName"):
            self.say(f"{entry['ModuleName']}:", style="bold")
        explained = EXPLAINED.get(Entry(entry).markdown)
        rendered = Text(explained, style="dim") if explained else render_entry(entry)
        if rendered is not None:
            self.console.print(rendered)

    def poll(self, poll: Poll) -> None:
        self.console.print(
            Text(
                f"  poll {poll.number}: looks again in {poll.interval} s ({poll.elapsed} of {poll.timeout} s passed)", style="dim"
            )
        )

    def task_started(self, step: Step) -> None:
        if step.task_name:
            self.say(f"{'  ' * step.depth}{step.task_id} {step.task_name}", style="bold cyan")
        else:  # the start has no name
            self.say(f"\n{'  ' * step.depth}Playbook: {step.playbook}", style="bold")

    def task_ended(self, step: Step) -> None:
        if step.outcome != NONE:
            self.say(f"{'  ' * step.depth}  → {step.outcome.strip('#')}", style="cyan")

    def waiting(self, wait: WaitFor) -> Callable[[float], None]:
        """`wait` with a sign of life, where the terminal can move."""

        def wait_visibly(seconds: float) -> None:
            with self.console.status("waiting"):
                wait(seconds)

        return wait_visibly

    def say(self, text: str, style: str = "") -> None:
        self.console.print(Text(printable(text), style=style))

    def show_context(self, context: Context, path: str) -> None:
        found = context.get(path) if path else context.data
        self.say("Nothing there." if found is None else json.dumps(found, indent=2, ensure_ascii=False))

    def show_commands(self, integration: Integration) -> None:
        for command in integration.commands.values():
            if not (command.hidden or command.deprecated):
                self.say(f"!{command.name}  {command.description}")

    def show_command(self, command: Command) -> None:
        self.say(f"!{command.name}", style="bold")
        self.say(command.description + (" Potentially harmful: it changes something." if command.execution else ""))
        for argument in command.arguments:
            if not argument.hidden:
                self.say(f"  {argument.name}: {_described(argument)}")
        if command.outputs:
            self.say("Outputs: " + ", ".join(command.outputs))


def _described(argument: Argument) -> str:
    facts = [
        "required" if argument.required else "",
        "a list" if argument.is_array else "",
        f"one of {', '.join(argument.predefined)}" if argument.predefined else "",
        f"default {argument.default_value}" if argument.default_value else "",
    ]
    said = "; ".join(fact for fact in facts if fact)
    return argument.description + (f" ({said})" if said else "")
