"""Automated tasks: commands of the integration, the server's own commands, and scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_xsoar import command_line
from local_xsoar.behaviour import Behaviour
from local_xsoar.command_execution import CommandExecution
from local_xsoar.command_run import CommandRun, Entry, error_entry
from local_xsoar.context import look_up
from local_xsoar.incidents import Incidents
from local_xsoar.instances import USING_BRAND
from local_xsoar.playbooks.builtin import BUILTIN_COMMANDS
from local_xsoar.playbooks.model import Task
from local_xsoar.scripts import SERVER_ARGUMENTS, Script, ScriptCall
from local_xsoar.server import Investigation

DEFAULT_RETRY_INTERVAL_SECONDS = 30

Args = dict[str, Any]


@dataclass
class Result(CommandRun):
    """What an automated task left in the war room."""

    entry_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Automation:
    """Runs the tasks of one playbook run. `show` takes an entry to the eyes of people."""

    commands: CommandExecution
    scripts: Mapping[str, Script]
    incident_investigation: Investigation
    now: Callable[[], datetime]
    show: Callable[[dict[str, Any]], None]
    behaviour: Behaviour
    lists: dict[str, Any]
    incidents: Incidents

    def steps(self, task: Task, args: Args, investigation: Investigation) -> Generator[float, None, Result]:
        """Gives the seconds to wait before it goes on, and in the end the result of the last attempt.

        The arguments retry-count and retry-interval say how often a failing task is run before its error counts, and how
        many seconds pass in between ("Number of retries" in the platform's Playbook Task Field Reference).
        """
        server = {name: args.pop(name) for name in SERVER_ARGUMENTS & args.keys()}
        attempts = max(int(server.get("retry-count") or 1), 1)
        for attempt in range(1, attempts + 1):
            result = Result()
            post = _Post(self, task, investigation, result, server, drops_errors=attempt < attempts)
            yield from self._attempt(task, dict(args), investigation, post)
            if result.error is None or attempt == attempts:
                break
            yield float(server.get("retry-interval") or DEFAULT_RETRY_INTERVAL_SECONDS)
        return result

    def _attempt(self, task: Task, args: Args, investigation: Investigation, post: _Post) -> Iterator[float]:
        if task.script:
            yield from self._script(task, args, investigation, post)
        elif task.brand == "Builtin":
            self._builtin(task, args, post)
        else:
            texts = {name: command_line.as_text(value) for name, value in args.items()}
            run = CommandRun(task.command, ({USING_BRAND: task.brand} if task.brand else {}) | texts)
            yield from self.commands.steps(run, investigation, post, self.behaviour.on_demand_in_playbooks)

    def _call(self, investigation: Investigation) -> ScriptCall:
        return ScriptCall(self.commands, investigation, self.incident_investigation, self.now(), self.behaviour, self.incidents)

    def _script(self, task: Task, args: Args, investigation: Investigation, post: _Post) -> Iterator[float]:
        call = self._call(investigation)
        script = self.scripts[task.script]
        try:
            _require(script.arguments, args, task.script)
            for step in script.run(call, args):
                if isinstance(step, float):
                    yield step
                else:
                    post(step)
        except ValueError as error:
            post(error_entry(str(error)))

    def script_result(self, name: str, args: Args) -> Any:
        """What a script that is a transformer makes of its value. Raises ValueError when it fails."""
        call = self._call(self.incident_investigation)
        given = {key: value for key, value in args.items() if value is not None}
        entries = [entry for entry in self.scripts[name].run(call, given) if isinstance(entry, dict)]
        for entry in map(Entry, entries):
            if entry.is_error:
                raise ValueError(entry.markdown)
        return entries[-1].get("Contents") if entries else None

    def _builtin(self, task: Task, args: Args, post: _Post) -> None:
        builtin = BUILTIN_COMMANDS[task.command]
        try:
            _require(builtin.arguments or {}, args, task.command)
            done = builtin.run(self.incident_investigation, self.lists, args)
        except ValueError as error:
            post(error_entry(str(error)))
        else:
            post({"Type": 1, "ContentsFormat": "text", "Contents": done})


def _require(arguments: Mapping[str, bool], args: Args, name: str) -> None:
    """Raises ValueError when an argument that the script or command `name` needs is empty."""
    missing = [argument for argument, required in arguments.items() if required and args.get(argument) in (None, "")]
    if missing:
        raise ValueError(f"Missing required argument of {name}: {', '.join(missing)}.")


@dataclass(frozen=True)
class _Post:
    """Takes the entries of one attempt into the war room, as the task's settings say.

    In quiet mode only errors are shown; the context is written all the same (Playbook Settings, "Quiet Mode").
    """

    automation: Automation
    task: Task
    investigation: Investigation
    result: Result
    server_args: Args
    drops_errors: bool

    def __call__(self, entry: dict[str, Any]) -> None:
        is_error = Entry(entry).is_error
        self.result.entries.append(entry)
        if is_error and self.drops_errors:
            return
        kept = {**entry, "EntryContext": self._outputs(entry), "Note": bool(self.task.note or entry.get("Note"))}
        if is_error or not self.task.quiet:
            self.automation.show(kept)
        self.result.entry_ids.append(self.investigation.keep(kept))

    def _outputs(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry's outputs, or not ("Ignore outputs"), and what "Extend context" takes from the raw response."""
        ignores = str(self.server_args.get("ignore-outputs")).lower() == "true"
        outputs = {} if ignores else dict(entry.get("EntryContext") or {})
        extension = str(self.server_args.get("extend-context") or "")
        if extension and not Entry(entry).is_error:
            outputs.update(_extended(extension, _parsed(entry.get("Contents"))))
        return outputs


def _extended(extension: str, contents: Any) -> dict[str, Any]:
    """`key=path::key=path`; a path left empty takes everything. Source: "Extend Context" of the platform's documentation."""
    found: dict[str, Any] = {}
    for part in extension.split("::"):
        key, _, path = part.partition("=")
        value = look_up(contents, path) if path else contents
        if value is not None:
            found[key.strip()] = value
    return found


def _parsed(contents: Any) -> Any:
    if not isinstance(contents, str):
        return contents
    try:
        return json.loads(contents)
    except json.JSONDecodeError:
        return contents
