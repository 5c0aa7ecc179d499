"""Runs a command on its instances, and then what it schedules there, until nothing is left or its time is over."""

import heapq
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_xsoar import command_line
from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import CommandRun, Entry, error_entry
from local_xsoar.demisto_api import Call
from local_xsoar.instances import INSTANCE_ARGUMENTS, Instances, declared
from local_xsoar.platform import PlatformModules
from local_xsoar.scheduler import Poll, Schedule, Watcher, scheduled
from local_xsoar.server import Instance, Investigation
from local_xsoar.xsiam import collector

PACKAGE = Path(__file__).parent

Post = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class CommandExecution:
    """What it takes to run commands: instances, the platform's modules, and somebody who is told of the waits."""

    instances: Instances
    modules: PlatformModules
    watcher: Watcher

    def steps(self, run: CommandRun, investigation: Investigation, post: Post, on_demand: bool = False) -> Iterator[float]:
        """Runs `run.command` on each of its instances at the same time; its entries go to `run` and to `post`, which keeps them.

        Gives the seconds to wait before it goes on. What XSOAR would refuse ends in an error entry. `on_demand`: instances
        that are not used by default run it too.
        """
        args = {name: value for name, value in run.args.items() if name not in INSTANCE_ARGUMENTS}
        try:
            instances = self.instances.chosen(run.command, run.args, on_demand)
        except CommandLineError as refusal:
            _add(run, post, [error_entry(str(refusal))])
            return
        yield from _together(_Sequence(self, one, run, investigation, post).steps(args) for one in instances)

    def run_python(self, script: Path, call: Call, server_functions: dict[str, Any]) -> None:
        """Runs a unified script once; what it raises becomes an error entry."""
        try:
            with collector(call.instance.take_events):
                self.modules.run(script, server_functions, call.investigation.folder)
        except SystemExit:  # return_error ends a command this way
            pass
        except Exception as error:
            call.results(error_entry(_script_traceback(error)))


@dataclass
class _Sequence:
    """A command on one instance, and all that it schedules: that stays on this instance."""

    execution: CommandExecution
    instance: Instance
    run: CommandRun
    investigation: Investigation
    post: Post
    failed: bool = False

    def steps(self, args: dict[str, Any]) -> Iterator[float]:
        waiting = self._execute(self.run.command, args, None)
        elapsed = 0
        while waiting and not self.failed:
            schedule = min(waiting, key=lambda one: one.due)
            waiting.remove(schedule)
            if schedule.due > schedule.deadline:
                yield schedule.deadline - elapsed
                self._keep([error_entry(f"Scheduled command {schedule.command} timed out after {schedule.deadline} seconds.")])
                break
            self.run.polls += 1
            poll = Poll(self.run.polls, schedule.command, schedule.due - elapsed, elapsed, schedule.asked_timeout)
            self.execution.watcher.poll(poll)
            yield schedule.due - elapsed
            elapsed = schedule.due
            waiting += self._execute(schedule.command, schedule.args, schedule)

    def _execute(self, name: str, args: dict[str, Any], schedule: Schedule | None) -> list[Schedule]:
        """One execution; gives back what its entries ask to be run later."""
        try:
            completed = command_line.complete(declared(self.instance.integration, name), args)
        except CommandLineError as refusal:
            self._keep([error_entry(str(refusal))])
            return []
        call = Call(self.instance, self.investigation, name, completed, schedule.parent_entry() if schedule else {})
        self.execution.run_python(self.instance.integration.script_path, call, call.server_functions())
        call.end()
        self.run.logs += call.logs
        self.run.metrics += call.metrics
        self._keep(call.entries)
        return [wanted for wanted in (scheduled(entry, schedule) for entry in call.entries) if wanted]

    def _keep(self, entries: list[dict[str, Any]]) -> None:
        """An entry names the instance that it comes from, as on the platform."""
        self.failed = self.failed or any(Entry(entry).is_error for entry in entries)
        source = {"Brand": self.instance.brand, "ModuleName": self.instance.name}
        _add(self.run, self.post, [entry | source for entry in entries])


def _together(sequences: Iterable[Iterator[float]]) -> Iterator[float]:
    """Sequences that go on at the same time; of those that are due at once the first begins."""
    now = 0.0
    sleeping = [(now, number, sequence) for number, sequence in enumerate(sequences)]
    while sleeping:
        due, number, sequence = heapq.heappop(sleeping)
        if due > now:
            yield due - now
            now = due
        pause = next(sequence, None)
        if pause is not None:
            heapq.heappush(sleeping, (now + pause, number, sequence))


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
