"""Runs a command of an integration instance, and then what it schedules, until nothing is left or its time is over."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_xsoar import command_line
from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import CommandRun, error_entry
from local_xsoar.demisto_api import Call
from local_xsoar.integration import Command
from local_xsoar.platform import PlatformModules
from local_xsoar.scheduler import Poll, Schedule, Watcher, scheduled, timeout_entry
from local_xsoar.server import ACTIVE, Instance, Investigation
from local_xsoar.xsiam import collector

PACKAGE = Path(__file__).parent
BUILT_IN_COMMANDS = ("test-module", "fetch-incidents", "fetch-events")  # run by the server, not declared in the manifest

Post = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class CommandExecution:
    """What it takes to run commands: an instance, the platform's modules, and somebody who is told of the waits."""

    instance: Instance
    modules: PlatformModules
    watcher: Watcher

    def find(self, name: str) -> Command:
        """Raises CommandLineError when no enabled instance has the command."""
        integration = self.instance.integration
        if name not in integration.commands and name not in BUILT_IN_COMMANDS:
            raise CommandLineError(f"{integration.display} has no command {name}.")
        if self.instance.state != ACTIVE:
            raise CommandLineError(f"No instance of {integration.display} is enabled.")
        return integration.commands.get(name) or Command(name)

    def steps(self, run: CommandRun, investigation: Investigation, post: Post) -> Iterator[float]:
        """Runs `run.command`; its entries go to `run` and to `post`, which keeps them.

        Gives the seconds to wait before it goes on. What XSOAR would refuse ends in an error entry.
        """
        waiting = self._execute(run, investigation, post, run.command, run.args, None)
        elapsed = 0
        while waiting and run.ok:
            schedule = min(waiting, key=lambda one: one.due)
            waiting.remove(schedule)
            if schedule.due > schedule.deadline:
                yield schedule.deadline - elapsed
                _add(run, post, [timeout_entry(schedule)])
                break
            run.polls += 1
            self.watcher.poll(Poll(run.polls, schedule.command, schedule.due - elapsed, elapsed, schedule.deadline))
            yield schedule.due - elapsed
            elapsed = schedule.due
            waiting += self._execute(run, investigation, post, schedule.command, schedule.args, schedule)

    def _execute(
        self,
        run: CommandRun,
        investigation: Investigation,
        post: Post,
        name: str,
        args: dict[str, Any],
        schedule: Schedule | None,
    ) -> list[Schedule]:
        """One execution; gives back what its entries ask to be run later."""
        try:
            completed = command_line.complete(self.find(name), args)
        except CommandLineError as refusal:
            _add(run, post, [error_entry(str(refusal))])
            return []
        call = Call(self.instance, investigation, name, completed, schedule.parent_entry() if schedule else {})
        self.run_python(self.instance.integration.script_path, call, call.server_functions())
        call.end()
        run.logs += call.logs
        run.metrics += call.metrics
        _add(run, post, call.entries)
        return [wanted for wanted in (scheduled(entry, schedule) for entry in call.entries) if wanted]

    def run_python(self, script: Path, call: Call, server_functions: dict[str, Any]) -> None:
        """Runs a unified script once; what it raises becomes an error entry."""
        try:
            with collector(self.instance.take_events):
                self.modules.run(script, server_functions, call.investigation.folder)
        except SystemExit:  # return_error ends a command this way
            pass
        except Exception as error:
            call.results(error_entry(_script_traceback(error)))


def _add(run: CommandRun, post: Post, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        run.entries.append(entry)
        try:
            post(entry)
        except ValueError as error:  # a context key that is not understood is a fault of the integration
            _add(run, post, [error_entry(str(error))])


def _script_traceback(error: Exception) -> str:
    """The traceback as the platform shows it: it begins in the script, not in the server."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [place for place, frame in enumerate(frames) if Path(frame.filename).parent == PACKAGE]
    begin = next((place for place in ours if place + 1 not in ours), -1) + 1
    lines = traceback.format_list(frames[begin:]) + traceback.format_exception_only(type(error), error)
    return "".join(["Traceback (most recent call last):\n", *lines])
