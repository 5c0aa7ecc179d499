"""Runs a playbook: follows its arrows, and its sub-playbooks'.

A task runs when all tasks that lead to it are done or skipped, and at least one of its arrows was taken; it is skipped when
none was. Branches that lead to different tasks go on at the same time (see Behaviour.seed for who is next).
A task that fails without an error path stops what comes after it; other branches go on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_xsoar.behaviour import Behaviour
from local_xsoar.command_execution import CommandExecution
from local_xsoar.command_run import error_entry
from local_xsoar.context import as_list, split_key
from local_xsoar.incidents import Incidents
from local_xsoar.playbooks import answers, people
from local_xsoar.playbooks.answers import Later, Request, Respondent
from local_xsoar.playbooks.automation import Automation
from local_xsoar.playbooks.builtin import NEW_INCIDENT, set_fields
from local_xsoar.playbooks.library import Library, check_before_run
from local_xsoar.playbooks.model import DEFAULT, ERROR, NONE, Loop, Playbook, Task
from local_xsoar.playbooks.outputs import copy_outputs
from local_xsoar.playbooks.processes import TURN, Latch, Processes, Turn
from local_xsoar.playbooks.products import CASE_CONTEXT, CASE_FIELDS, INCIDENT_NAMES
from local_xsoar.playbooks.run import FAILED, SKIPPED, WAITING, PlaybookRun, Step
from local_xsoar.playbooks.values import Scope
from local_xsoar.scheduler import WaitFor
from local_xsoar.server import Investigation, OpenTask
from local_xsoar.suggestion import did_you_mean

LAST_ENTRIES = "lastCompletedTaskEntries"

Label = Generator["float | Latch | Turn", None, str]
"""Something that takes time and ends with the label of the way to go."""


class TaskFailedError(Exception):
    """The task ended in an error; the text is the error's."""


@dataclass
class Frame:
    """A playbook while it runs. `finished` opens when nothing of it goes on any more."""

    playbook: Playbook
    investigation: Investigation
    scope: Scope
    depth: int
    finished: Latch = field(default_factory=Latch)
    arrived: dict[str, list[bool]] = field(default_factory=dict)  # for each task the arrows that are decided: taken or not
    active: int = 0
    error: str | None = None


@dataclass
class Question:
    """What a person is asked. `answer` is None when it was closed without one."""

    closed: Latch = field(default_factory=Latch)
    answer: Any = None
    who: str = people.NOBODY

    def close(self, answer: Any, who: str) -> None:
        if not self.closed.is_open:
            self.answer, self.who = answer, who
            self.closed.open()


class Engine:
    """One run of one playbook in one war room. `wait` moves the clock that `now` reads."""

    def __init__(
        self,
        library: Library,
        commands: CommandExecution,
        investigation: Investigation,
        respondent: Respondent,
        wait: WaitFor,
        now: Callable[[], datetime],
        behaviour: Behaviour,
        lists: dict[str, Any],
        incidents: Incidents,
    ) -> None:
        self._library = library
        self._commands = commands
        self._investigation = investigation
        self._respondent = respondent
        self._behaviour = behaviour
        self._processes = Processes(wait, behaviour.seed)
        self._automation = Automation(commands, library.scripts, investigation, now, self._show, behaviour, lists, incidents)
        self._path: list[Step] = []
        self._entries: list[dict[str, Any]] = []

    def run(self, name: str, inputs: dict[str, Any], incident: dict[str, Any]) -> PlaybookRun:
        """Raises UnsupportedPlaybookError for what the playbook needs and is not there, ValueError for inputs that are not."""
        playbook = self._library.find(name)
        if playbook is None:
            raise ValueError(f"There is no playbook {name}.")
        check_before_run(self._library, playbook, self._commands.instances.integrations, self._behaviour.product)
        unknown = sorted(set(inputs) - {one.key for one in playbook.inputs})
        if unknown:
            hints = "".join(did_you_mean(name, (one.key for one in playbook.inputs)) for name in unknown)
            raise ValueError(f"{playbook.name} has no input {', '.join(unknown)}.{hints}")
        self._investigation.incident.update({**NEW_INCIDENT, **self._investigation.incident, **incident})
        frame = self._frame(playbook, inputs, self._scope(self._investigation, {}), self._investigation, depth=0)
        self._start(frame)
        self._processes.run()
        return PlaybookRun(
            playbook=playbook.name,
            context=self._investigation.context,
            incident=self._investigation.incident,
            path=self._path,
            entries=self._entries,
            outputs=_outputs(frame),
            error=frame.error,
        )

    def _frame(self, playbook: Playbook, given: dict[str, Any], giver: Scope, investigation: Investigation, depth: int) -> Frame:
        """`giver` is where the default values of inputs that are not given come from."""
        inputs = {one.key: given[one.key] if one.key in given else giver.value(one.value) for one in playbook.inputs}
        present = {key: value for key, value in inputs.items() if value is not None}
        return Frame(playbook, investigation, self._scope(investigation, present), depth)

    def _scope(self, investigation: Investigation, inputs: dict[str, Any]) -> Scope:
        named = {
            **dict.fromkeys(INCIDENT_NAMES[self._behaviour.product], investigation.incident),
            "inputs": inputs,
            "modules": self._commands.instances.modules,
            "lists": self._automation.lists,
            LAST_ENTRIES: [],
        }
        if self._behaviour.product == "xsiam":
            named |= {CASE_FIELDS: investigation.case.fields, CASE_CONTEXT: investigation.case.context.data}
        return Scope(investigation.context, named, self._automation.script_result)

    def _show(self, entry: dict[str, Any]) -> None:
        self._entries.append(entry)
        self._commands.watcher.entry(entry)

    # ---------------------------------------------------------------------------------------------- the arrows

    def _start(self, frame: Frame) -> None:
        self._enter(frame, [frame.playbook.tasks[frame.playbook.start]])

    def _enter(self, frame: Frame, tasks: list[Task]) -> None:
        frame.active += len(tasks)
        self._processes.start([self._visit(frame, task) for task in tasks])

    def _visit(self, frame: Frame, task: Task) -> Iterator[float | Latch | Turn]:
        step = Step(frame.playbook.name, task.id, task.name, depth=frame.depth)
        self._path.append(step)
        self._commands.watcher.task_started(step)
        step.outcome = yield from self._outcome(frame, task, step)
        self._commands.watcher.task_ended(step)
        yield TURN
        if step.outcome != FAILED:
            self._enter(frame, _decide(frame, task, step.outcome))
        frame.active -= 1
        if not frame.active:
            frame.finished.open()

    def _outcome(self, frame: Frame, task: Task, step: Step) -> Label:
        try:
            label = yield from self._work(frame, task, step)
            for name, value in task.field_mapping.items():
                set_fields(frame.investigation.incident, {name: frame.scope.value(value)})
            return label
        except TaskFailedError as failure:
            return _failed(frame, task, str(failure))
        except ValueError as error:  # a value that cannot be cast, an output that the context cannot take
            entry = error_entry(str(error))
            self._show(entry)
            frame.scope.named[LAST_ENTRIES] = [frame.investigation.keep(entry)]
            return _failed(frame, task, str(error))

    # ------------------------------------------------------------------------------------------------ the tasks

    def _work(self, frame: Frame, task: Task, step: Step) -> Label:
        if task.type == "playbook":
            return (yield from self._sub_playbook(frame, task))
        if task.is_automated:
            return (yield from self._automated(frame, task))
        if task.needs_person:
            return (yield from self._person(frame, task, step))
        if task.type == "condition":
            return next((branch.label for branch in task.conditions if frame.scope.holds(branch.criteria)), DEFAULT)
        return NONE

    def _automated(self, frame: Frame, task: Task) -> Label:
        if self._is_unavailable(task):
            return SKIPPED
        args = {name: frame.scope.value(value) for name, value in task.args.items()}
        given = {name: value for name, value in args.items() if value is not None}
        yield TURN
        result = yield from self._automation.steps(task, given, frame.investigation)
        frame.scope.named[LAST_ENTRIES] = result.entry_ids
        if result.error is not None:
            raise TaskFailedError(result.error)
        return _answer(task, result.last.markdown) if task.type == "condition" else NONE

    def _is_unavailable(self, task: Task) -> bool:
        """ "Skip this branch if this automation/playbook is unavailable" (Playbook Task Field Reference)."""
        if not (task.skip_unavailable and task.command) or task.brand == "Builtin":
            return False
        return not self._commands.instances.enabled(task.command, task.brand)

    def _sub_playbook(self, frame: Frame, task: Task) -> Label:
        """With a private context only its outputs come back; in a loop this happens when the loop has ended."""
        playbook = self._library.find(task.playbook)
        if playbook is None:
            return SKIPPED
        args = {name: frame.scope.value(value) for name, value in task.args.items()}
        investigation = frame.investigation.sub_playbook() if task.separate_context else frame.investigation
        for number, inputs in enumerate(_rounds(task.loop, args, self._behaviour.loop_repeats_single_values)):
            if number and task.loop:
                yield float(task.loop.wait)
            child = self._frame(playbook, inputs, frame.scope, investigation, frame.depth + 1)
            self._start(child)
            yield child.finished
            if child.error:
                raise TaskFailedError(child.error)
            if task.loop and task.loop.until and child.scope.holds(task.loop.until):
                break
        if task.separate_context:
            copy_outputs(playbook.outputs, investigation.context, frame.investigation.context)
        return NONE

    def _person(self, frame: Frame, task: Task, step: Step) -> Label:
        request = people.request(frame.playbook.name, task, frame.scope)
        question = Question()
        replies = sorted(self._replies(request), key=lambda reply: reply[0])
        first = [_reply(question, *reply) for reply in replies[:1]]
        self._processes.start(first)
        if not first:
            step.outcome = WAITING
            self._commands.watcher.task_ended(step)
        with self._open(frame.investigation, task, question):
            yield question.closed
        self._processes.stop(first)
        if task.form and question.answer is not None:
            people.keep_answers(task.form, question.answer, question.who, frame.scope, frame.investigation)
        return _answer(task, str(question.answer)) if task.type == "condition" else NONE

    def _replies(self, request: Request) -> Iterator[tuple[float, Any, str]]:
        """What will answer the question: after how many seconds, with what, and who."""
        given = self._respondent.answer(request)
        answer, after = (given.answer, given.after) if isinstance(given, Later) else (given, 0.0)
        if answer is not None:
            yield after, answers.check(request, answer), people.ANALYST
        if request.deadline and self._behaviour.deadline != "stays open":
            yield float(request.deadline), people.at_deadline(request, self._behaviour.deadline), people.NOBODY

    @contextmanager
    def _open(self, investigation: Investigation, task: Task, question: Question) -> Iterator[None]:
        """Until the question is closed, the command taskComplete can close it."""

        def complete(label: str | None) -> None:
            question.close(label, people.NOBODY)

        waiting = OpenTask(task.tags, complete)
        investigation.open_tasks.append(waiting)
        yield
        investigation.open_tasks.remove(waiting)


def _reply(question: Question, after: float, answer: Any, who: str) -> Iterator[float | Latch | Turn]:
    yield after
    question.close(answer, who)


def _decide(frame: Frame, task: Task, label: str) -> list[Task]:
    """Settles the arrows that leave the task; gives back the tasks that can run now."""
    ready = []
    for way, targets in task.next_tasks.items():
        for target in targets:
            arrows = frame.arrived.setdefault(target, [])
            arrows.append(way == label)
            if len(arrows) < frame.playbook.edges_into[target]:
                continue
            if any(arrows):
                ready.append(frame.playbook.tasks[target])
            else:
                ready += _decide(frame, frame.playbook.tasks[target], SKIPPED)
    return ready


def _failed(frame: Frame, task: Task, text: str) -> str:
    """The way of a task that failed, as "Handle Errors in a Playbook" of the Administrator Guide has it."""
    if task.error_path:
        return ERROR
    if task.continue_on_error:
        return DEFAULT if task.type == "condition" else NONE
    frame.error = frame.error or f"{frame.playbook.name}, task {task.id} ({task.name}): {text}"
    return FAILED


def _answer(task: Task, text: str) -> str:
    """The way out that a script's result or a reply names; capitals make no difference, as in demisto-sdk's check PB123."""
    return next((label for label in task.next_tasks if label.lower() == text.strip().lower()), DEFAULT)


def _rounds(loop: Loop | None, args: dict[str, Any], repeats_single_values: bool) -> Iterable[dict[str, Any]]:
    """The inputs of each round, as "Configure a sub-playbook loop" of the Administrator Guide has it.

    "For Each Input": the first of each list, then the second …; a single value is there in every round, or in the first one
    only. Until a condition holds: all inputs as they are, in every round.
    """
    if loop is None:
        return [args]
    if not loop.for_each:
        return itertools.repeat(args, loop.max)
    count = max([len(value) for value in args.values() if isinstance(value, list)], default=1)
    return [
        {name: _of_round(value, number, repeats_single_values) for name, value in args.items()}
        for number in range(min(count, loop.max))
    ]


def _of_round(value: Any, number: int, repeats_single_values: bool) -> Any:
    if repeats_single_values and not isinstance(value, list):
        return value
    return as_list(value)[number] if number < len(as_list(value)) else None


def _outputs(frame: Frame) -> dict[str, Any]:
    paths = [split_key(output)[0] for output in frame.playbook.outputs]
    return {path: found for path in paths if (found := frame.scope.get(path)) is not None}
