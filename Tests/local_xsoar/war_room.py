"""The war room: runs commands of one integration instance and keeps what they leave behind."""

import hashlib
import time
import traceback
from pathlib import Path
from typing import Any

from local_xsoar import command_line
from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import ERROR, FILE, INFO_FILE, CommandRun
from local_xsoar.context import Context
from local_xsoar.demisto_api import Call
from local_xsoar.integration import Command, Integration
from local_xsoar.platform import PlatformModules
from local_xsoar.scheduler import Poll, Schedule, WaitFor, Watcher, scheduled, timeout_entry
from local_xsoar.server import File, Instance, Investigation
from local_xsoar.xsiam import collector

PACKAGE = Path(__file__).parent
BUILT_IN_COMMANDS = ("test-module", "fetch-incidents", "fetch-events")  # run by the server, not declared in the manifest


class WarRoom:
    """One investigation with one configured instance of an integration.

    `params` are the instance's parameters; the manifest's defaults stand in for those left out.
    `wait(seconds)` lets the time between two polls pass; `watcher` is told what happens.
    """

    def __init__(
        self,
        integration: Integration,
        params: dict[str, Any],
        modules: PlatformModules | None = None,
        wait: WaitFor = time.sleep,
        watcher: Watcher | None = None,
    ) -> None:
        self.integration = integration
        self.instance = Instance(integration, {**integration.default_params(), **params}, name=f"{integration.id}_instance_1")
        self.investigation = Investigation()
        self._modules = modules or PlatformModules()
        self._wait = wait
        self._watcher = watcher or Watcher()

    @property
    def context(self) -> Context:
        return self.investigation.context

    @property
    def last_run(self) -> dict[str, Any]:
        return self.instance.last_run

    @property
    def integration_context(self) -> dict[str, Any]:
        return self.instance.integration_context

    @property
    def incidents(self) -> list[dict[str, Any]]:
        return self.instance.incidents

    def events(self) -> list[Any]:
        """What the integration has sent to XSIAM."""
        return self.instance.events

    def run(self, line: str) -> CommandRun:
        """Runs what an analyst types, polls included. What XSOAR would refuse ends in an error entry."""
        run = CommandRun()
        try:
            run.command, typed = command_line.parse(line)
            run.args = command_line.bind(self._command(run.command), typed, self.context)
        except CommandLineError as refusal:
            self._add(run, [_error_entry(str(refusal))])
            return run
        return self._carry_out(run)

    def execute(self, name: str, args: dict[str, Any] | None = None) -> CommandRun:
        """Runs a command with arguments that are already values; they reach it as text, as from a playbook."""
        return self._carry_out(CommandRun(name, {key: command_line.as_text(value) for key, value in (args or {}).items()}))

    def test(self) -> str:
        """What the instance's Test button shows: "ok", or what is wrong."""
        run = self.execute("test-module")
        return run.error or str(run.contents)

    def _command(self, name: str) -> Command:
        if name in BUILT_IN_COMMANDS:
            return Command(name)
        if name not in self.integration.commands:
            raise CommandLineError(f"{self.integration.display} has no command {name}.")
        return self.integration.commands[name]

    def _carry_out(self, run: CommandRun) -> CommandRun:
        """Runs the command, and then what it schedules, until nothing is left or the time is over."""
        waiting = self._execute(run, run.command, run.args, None)
        elapsed = 0
        while waiting and run.ok:
            schedule = min(waiting, key=lambda one: one.due)
            waiting.remove(schedule)
            if schedule.due > schedule.deadline:
                self._wait(schedule.deadline - elapsed)
                self._add(run, [timeout_entry(schedule)])
                break
            run.polls += 1
            self._watcher.poll(Poll(run.polls, schedule.command, schedule.due - elapsed, elapsed, schedule.deadline))
            self._wait(schedule.due - elapsed)
            elapsed = schedule.due
            waiting += self._execute(run, schedule.command, schedule.args, schedule)
        return run

    def _execute(self, run: CommandRun, name: str, args: dict[str, Any], schedule: Schedule | None) -> list[Schedule]:
        """One execution. Its entries go to `run` and to the context; gives back what they ask to be run later."""
        try:
            completed = command_line.complete(self._command(name), args)
        except CommandLineError as refusal:
            self._add(run, [_error_entry(str(refusal))])
            return []
        call = Call(self.instance, self.investigation, name, completed, schedule.parent_entry() if schedule else {})
        self._run_script(call)
        run.logs += call.logs
        self._add(run, call.entries)
        return [wanted for wanted in (scheduled(entry, schedule) for entry in call.entries) if wanted]

    def _run_script(self, call: Call) -> None:
        try:
            with collector(self.instance.events):
                self._modules.run(self.integration.script_path, call.server_functions(), self.investigation.folder)
        except SystemExit:  # return_error ends a command this way
            pass
        except Exception as error:
            call.results(_error_entry(_script_traceback(error)))

    def _add(self, run: CommandRun, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            run.entries.append(entry)
            self._watcher.entry(entry)
            try:
                self._keep(entry)
            except ValueError as error:  # a context key that is not understood is a fault of the integration
                self._add(run, [_error_entry(str(error))])

    def _keep(self, entry: dict[str, Any]) -> None:
        self.context.merge(entry.get("EntryContext"))
        if entry.get("Type") in (FILE, INFO_FILE) and entry.get("FileID"):
            self.context.merge(self._keep_file(entry))

    def _keep_file(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Takes the file of a file entry into the war room; gives back its outputs."""
        investigation = self.investigation
        file = File(
            f"{len(investigation.files) + 1}@{investigation.id}",
            entry["File"],
            investigation.folder / f"{investigation.id}_{entry['FileID']}",
        )
        investigation.files[file.entry_id] = file
        content = file.path.read_bytes()
        facts = {"Name": file.name, "EntryID": file.entry_id, "Size": len(content), "Extension": file.name.rpartition(".")[2]}
        if entry["Type"] == INFO_FILE:
            return {"InfoFile(val.EntryID == obj.EntryID)": facts}
        hashes = {name.upper(): hashlib.new(name, content).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")}
        return {"File(val.EntryID == obj.EntryID)": {**facts, **hashes}}


def _error_entry(text: str) -> dict[str, Any]:
    return {"Type": ERROR, "ContentsFormat": "text", "Contents": text}


def _script_traceback(error: Exception) -> str:
    """The traceback as the platform shows it: it begins in the script, not in the server."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [place for place, frame in enumerate(frames) if Path(frame.filename).parent == PACKAGE]
    begin = next((place for place in ours if place + 1 not in ours), -1) + 1
    lines = traceback.format_list(frames[begin:]) + traceback.format_exception_only(type(error), error)
    return "".join(["Traceback (most recent call last):\n", *lines])
