"""The war room: runs commands of integration instances and keeps what they leave behind."""

import copy
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from local_xsoar import command_line
from local_xsoar.behaviour import NEWEST, Behaviour
from local_xsoar.command_execution import CommandExecution
from local_xsoar.command_line import CommandLineError
from local_xsoar.command_run import CommandRun, error_entry
from local_xsoar.context import Context
from local_xsoar.incidents import Incidents
from local_xsoar.instances import USING, Instances
from local_xsoar.integration import Integration
from local_xsoar.platform import PlatformModules
from local_xsoar.playbooks.answers import Answers, Respondent
from local_xsoar.playbooks.engine import Engine
from local_xsoar.playbooks.library import Library
from local_xsoar.playbooks.run import PlaybookRun
from local_xsoar.scheduler import WaitFor, Watcher
from local_xsoar.scripts import ScriptCall
from local_xsoar.server import ACTIVE, ACTIVE_STATUS, DISABLED, Instance


class _Clock:
    """The server's: the host's, and whatever was waited for has passed, although a wait may take less time than it lasts."""

    def __init__(self, wait: WaitFor) -> None:
        self._wait_for = wait
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self._ahead

    def wait(self, seconds: float) -> None:
        began = time.monotonic()
        self._wait_for(seconds)
        self._ahead += timedelta(seconds=max(seconds - (time.monotonic() - began), 0))


class WarRoom:
    """One investigation with one configured instance of an integration; `add_instance` adds more.

    `params` are the instance's parameters; the manifest's defaults stand in for those left out.
    `lists` are the server's, by name: texts, or what a list of the type JSON holds.
    `wait(seconds)` lets the time between two polls pass; `watcher` is told what happens. `instance_type` makes the
    instance: another one keeps what the server keeps elsewhere than in memory. `behaviour` is the server's.
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
        self.behaviour: Behaviour = NEWEST
        self.lists: dict[str, Any] = {}
        self.tenant_incidents = Incidents()
        self._instances = Instances()
        self._clock = _Clock(wait)
        self.investigation = self.tenant_incidents.open(self.now(), {})
        self._watcher = watcher or Watcher()
        self._commands = CommandExecution(self._instances, modules or PlatformModules(), self._watcher)
        self.instance = self._add(integration, params, "", instance_type)

    def add_instance(
        self,
        params: dict[str, Any],
        name: str = "",
        by_default: bool = True,
        enabled: bool = True,
        integration: Integration | None = None,
    ) -> Instance:
        """Another instance, of the same integration unless `integration` is another one.

        Without a name it gets the platform's next one, `<integration>_instance_2`. `by_default=False` is "Do not use by
        default". Raises ValueError when there is an instance of this name.
        """
        instance = self._add(integration or self.integration, params, name, Instance)
        instance.by_default, instance.state = by_default, ACTIVE if enabled else DISABLED
        return instance

    def _add(
        self, integration: Integration, params: dict[str, Any], name: str, instance_type: Callable[..., Instance]
    ) -> Instance:
        number = sum(one.integration.id == integration.id for one in self._instances.all) + 1
        typed = {**integration.default_params, **params}
        instance = instance_type(integration, typed, name=name or f"{integration.id}_instance_{number}")
        self._instances.add(instance)
        return instance

    def open_incident(self, **fields: Any) -> "WarRoom":
        """Another incident of the same server, with these fields: its own war room, and all else in common.

        Scripts of one find the other; `tenant_incidents` holds them all.
        """
        other = copy.copy(self)
        other.investigation = self.tenant_incidents.open(self.now(), {"status": ACTIVE_STATUS, **fields})
        return other

    @property
    def instances(self) -> dict[str, Instance]:
        """All instances by name, in the order in which they were added."""
        return {instance.name: instance for instance in self._instances.all}

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
        """Runs what an analyst types, polls included. What XSOAR would refuse ends in an error entry.

        On every enabled instance that is used by default, or where `using=` and `using-brand=` say.
        """
        run = CommandRun()
        try:
            run.command, run.args = self.read(line)
        except CommandLineError as refusal:
            run.entries.append(error_entry(str(refusal)))
            self._post(run.entries[-1])
            return run
        return self._finish(run)

    def read(self, line: str) -> tuple[str, dict[str, Any]]:
        """The command that an analyst types, and its arguments with `${Path}` resolved. Raises CommandLineError."""
        name, typed = command_line.parse(line)
        return name, command_line.bind(self._instances.command(name), typed, self.context)

    def rehearse(self, name: str, args: dict[str, Any], show: Callable[[dict[str, Any]], object]) -> CommandRun:
        """Runs a command that leaves nothing behind: its entries go to `show`, and not into the war room."""
        run = CommandRun(name, args)
        for seconds in self._commands.steps(run, self.investigation.private(), show):
            self._wait(seconds)
        return run

    def execute(self, name: str, args: dict[str, Any] | None = None) -> CommandRun:
        """Runs a command with arguments that are already values; they reach it as text, as from a button.

        `using` and `using-brand` among them say where. A fetch runs on every enabled instance without them.
        """
        return self._finish(CommandRun(name, {key: command_line.as_text(value) for key, value in (args or {}).items()}))

    def run_script(self, library: Library, name: str, args: dict[str, Any]) -> CommandRun:
        """Runs a script as a button of a layout does. `args` hold values."""
        run = CommandRun(name, args)
        own = self.investigation
        call = ScriptCall(self._commands, own, own, self.now(), self.behaviour, self.tenant_incidents)
        for step in library.scripts[name].run(call, args):
            if isinstance(step, float):
                self._wait(step)
            else:
                run.entries.append(step)
                self._post(step)
        return run

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
        `${incident.<name>}`; one that a fetch brought names its instance (sourceInstance, sourceBrand). Raises
        UnsupportedPlaybookError for commands that no integration has, ValueError for inputs that the playbook does not have,
        AnswerError for an answer that no form takes.
        """
        engine = Engine(
            library,
            self._commands,
            self.investigation,
            answers or Answers(),
            self._wait,
            self.now,
            self.behaviour,
            self.lists,
            self.tenant_incidents,
        )
        return engine.run(name, inputs or {}, incident or {})

    def now(self) -> datetime:
        """The server's time: the host's, and whatever was waited for has passed."""
        return self._clock.now()

    def test(self, name: str = "") -> str:
        """What the Test button of an instance, the first one without a name, shows: "ok", or what is wrong."""
        run = self.execute("test-module", {USING: name or self.instance.name})
        return run.error or str(run.contents)

    def _finish(self, run: CommandRun) -> CommandRun:
        for seconds in self._commands.steps(run, self.investigation, self._post):
            self._wait(seconds)
        return run

    def _wait(self, seconds: float) -> None:
        self._clock.wait(seconds)

    def _post(self, entry: dict[str, Any]) -> None:
        self._watcher.entry(entry)
        self.investigation.keep(entry)
