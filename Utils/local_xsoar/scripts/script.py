"""What a script is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local_xsoar import command_line
from local_xsoar.behaviour import Behaviour
from local_xsoar.command_execution import CommandExecution
from local_xsoar.command_run import CommandRun
from local_xsoar.context import Context
from local_xsoar.incidents import Incidents
from local_xsoar.instances import has_command
from local_xsoar.server import Investigation

Entry = dict[str, Any]
Args = dict[str, Any]


@dataclass(frozen=True)
class ScriptCall:
    """What a running script can reach.

    `incident_investigation` has another context than `investigation` only in a sub-playbook with a private one.
    """

    commands: CommandExecution
    investigation: Investigation
    incident_investigation: Investigation
    now: datetime
    behaviour: Behaviour
    incidents: Incidents

    @property
    def context(self) -> Context:
        return self.investigation.context

    @property
    def modules(self) -> list[dict[str, str]]:
        return self.commands.instances.modules

    def execute(self, command: str, args: Args) -> list[Entry]:
        """demisto.executeCommand: the entries, which the script keeps or not.

        Raises NotImplementedError for commands that the local server does not have, and for one that would have to wait.
        """
        if not any(has_command(one, command) for one in self.commands.instances.integrations):
            return self.incidents.execute(self.incident_investigation, command, args)
        run = CommandRun(command, {name: command_line.as_text(value) for name, value in args.items()})
        for _seconds in self.commands.steps(run, self.investigation.private(), lambda _entry: None):
            raise NotImplementedError(f"demisto.executeCommand of {command} with polling is not part of the local XSOAR.")
        return run.entries


@dataclass(frozen=True)
class Script:
    """`run` gives entries, and the seconds to wait before it goes on. `arguments` says which it has and which it needs.

    It may raise ValueError: then the script has failed.
    """

    arguments: dict[str, bool]
    run: Callable[[ScriptCall, Args], Iterator[Entry | float]]


def note(readable: str, contents: Any = None, outputs: dict[str, Any] | None = None) -> Entry:
    entry: Entry = {"Type": 1, "ContentsFormat": "json", "Contents": contents, "HumanReadable": readable}
    return {**entry, "EntryContext": outputs} if outputs else entry
