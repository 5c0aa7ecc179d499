"""The war room: runs commands of one integration instance and keeps what they leave behind."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from local_xsoar import command_line
from local_xsoar.command_execution import CommandExecution
from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import CommandRun, error_entry
from local_xsoar.context import Context
from local_xsoar.integration import Integration
from local_xsoar.platform import PlatformModules
from local_xsoar.playbooks.answers import Answers, Respondent
from local_xsoar.playbooks.engine import Engine
from local_xsoar.playbooks.library import Library
from local_xsoar.playbooks.run import PlaybookRun
from local_xsoar.scheduler import WaitFor, Watcher
from local_xsoar.server import Instance, Investigation


class WarRoom:
    """One investigation with one configured instance of an integration.

    `params` are the instance's parameters; the manifest's defaults stand in for those left out.
    `wait(seconds)` lets the time between two polls pass; `watcher` is told what happens. `instance_type` makes the
    instance: another one keeps what the server keeps elsewhere than in memory.
    """

    def __init__(
        self,
        integration: Integration,
        params: dict[str, Any],
        modules: PlatformModules | None = None,
        wait: WaitFor = time.sleep,
        watcher: Watcher | None = None,
        instance_type: Callable[..., Instance] = Instance,
    ) -> None:
        self.integration = integration
        typed = {**integration.default_params(), **params}
        self.instance = instance_type(integration, typed, name=f"{integration.id}_instance_1")
        self.investigation = Investigation()
        self._wait_for = wait
        self._ahead = timedelta()  # of the host's clock: a wait may take less time than it lasts
        self._watcher = watcher or Watcher()
        self._commands = CommandExecution(self.instance, modules or PlatformModules(), self._watcher)

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
            run.args = command_line.bind(self._commands.find(run.command), typed, self.context)
        except CommandLineError as refusal:
            run.entries.append(error_entry(str(refusal)))
            self._post(run.entries[-1])
            return run
        return self._finish(run)

    def execute(self, name: str, args: dict[str, Any] | None = None) -> CommandRun:
        """Runs a command with arguments that are already values; they reach it as text, as from a playbook."""
        return self._finish(CommandRun(name, {key: command_line.as_text(value) for key, value in (args or {}).items()}))

    def run_playbook(
        self,
        library: Library,
        name: str,
        inputs: dict[str, Any] | None = None,
        incident: dict[str, Any] | None = None,
        answers: Respondent | None = None,
    ) -> PlaybookRun:
        """Runs a playbook to its end, or until it only waits for people who do not answer.

        `inputs` take the place of the playbook's default values, `incident` holds fields by their names as in
        `${incident.<name>}`. Raises UnsupportedPlaybookError for commands that the integration does not have, ValueError for
        inputs that the playbook does not have, AnswerError for an answer that no form takes.
        """
        engine = Engine(library, self._commands, self.investigation, answers or Answers(), self._wait, self.now)
        return engine.run(name, inputs or {}, incident or {})

    def now(self) -> datetime:
        """The server's time: the host's, and whatever was waited for has passed."""
        return datetime.now(timezone.utc) + self._ahead

    def test(self) -> str:
        """What the instance's Test button shows: "ok", or what is wrong."""
        run = self.execute("test-module")
        return run.error or str(run.contents)

    def _finish(self, run: CommandRun) -> CommandRun:
        for seconds in self._commands.steps(run, self.investigation, self._post):
            self._wait(seconds)
        return run

    def _wait(self, seconds: float) -> None:
        began = time.monotonic()
        self._wait_for(seconds)
        self._ahead += timedelta(seconds=max(seconds - (time.monotonic() - began), 0))

    def _post(self, entry: dict[str, Any]) -> None:
        self._watcher.entry(entry)
        self.investigation.keep(entry)
