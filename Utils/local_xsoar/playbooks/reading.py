"""Reads the YAML of a playbook. What the engine cannot run is refused by name, before anything runs.

Scalars are read as the texts they are written in, as the platform reads them: `label: yes` is the text "yes".
Keys come from demisto-sdk's model of a playbook (content_graph/strict_objects/playbook.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

import yaml

from local_xsoar.context import REFERENCE, UnknownExpressionError, split_key
from local_xsoar.playbooks.builtin import BUILTIN_COMMANDS
from local_xsoar.playbooks.model import (
    DEFAULT,
    ERROR,
    NONE,
    SECONDS,
    Branch,
    Form,
    Input,
    Loop,
    Message,
    Playbook,
    Question,
    Task,
    Text,
    Value,
)
from local_xsoar.playbooks.paths import is_key
from local_xsoar.playbooks.reading_values import (
    Raw,
    RefusalError,
    checked_path,
    flag,
    listed,
    number,
    only,
    read_criteria,
    read_text,
    read_value,
)
from local_xsoar.playbooks.refusals import Refusal, UnsupportedPlaybookError, place_of_task
from local_xsoar.scripts import SERVER_ARGUMENTS, Script

Item = TypeVar("Item")

PLAYBOOK_KEYS = {"id", "name", "starttaskid", "tasks", "inputs", "outputs", "quiet"}
PLAYBOOK_KEYS_WITHOUT_EFFECT = {
    "version", "description", "view", "inputSections", "outputSections", "fromversion", "toversion", "tests", "tags",
    "marketplaces", "supportedModules", "supportedFeatures", "contentitemexportablefields", "contentitemfields", "deprecated",
    "hidden", "internal", "system", "beta", "source", "sourceplaybookid", "adopted", "issilent", "elasticcommonfields",
    # What a tenant writes when it exports a playbook: its state of editing and version control, and what it derives.
    "dirtyInputs", "vcShouldKeepItemLegacyProdMachine", "outlinetasks", "possibleresponses", "aclowner", "aclrelations",
}  # fmt: skip
TASK_KEYS = {
    "id", "type", "task", "nexttasks", "scriptarguments", "conditions", "loop", "message", "form", "sla", "separatecontext",
    "continueonerror", "continueonerrortype", "note", "quietmode", "skipunavailable", "fieldMapping",
}  # fmt: skip
# Where the task stands, who is to do it, what is extracted or reminded of: nothing of it changes the course of a playbook.
TASK_KEYS_WITHOUT_EFFECT = {
    "taskid", "view", "results", "ignoreworker", "isoversize", "isautoswitchedtoquietmode", "timertriggers", "reputationcalc",
    "defaultassigneecomplex", "restrictedcompletion", "slareminder", "quiet",
}  # fmt: skip
INNER_TASK_KEYS = {
    "name", "description", "script", "scriptName", "playbookName", "playbookId", "iscommand", "brand", "type", "tags",
}  # fmt: skip
INNER_TASK_KEYS_WITHOUT_EFFECT = {
    "id", "version", "elasticcommonfields", "issystemtask", "clonedfrom", "displayLabel", "isResponse",
    "requiresIntervention", "isSubSection", "playbooktaskmissingcomponent", "istaskmissingcomponenterrordismissed",
}  # fmt: skip
QUESTION_KEYS = {"id", "label", "labelarg", "required", "type", "options", "optionsarg", "fieldassociated"}
QUESTION_KEYS_WITHOUT_EFFECT = {"gridcolumns", "defaultrows", "placeholder", "tooltip", "readonly"}
QUESTION_TYPES = {"shortText", "longText", "number", "singleSelect", "multiSelect", "date"}
TASK_TYPES = {"start", "title", "section", "regular", "standard", "condition", "playbook", "collection"}


def read_playbook(path: Path, scripts: Mapping[str, Script]) -> Playbook:
    """`scripts` are those that there are. Raises UnsupportedPlaybookError with all that is not understood."""
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506  # makes nothing but texts
    name = raw.get("name") or path.name
    refusals: list[Refusal] = []

    def gather(place: str, read: Callable[[], Item]) -> Item | None:
        try:
            return read()
        except RefusalError as refusal:
            refusals.append(Refusal(place, str(refusal)))
        except KeyError as missing:
            refusals.append(Refusal(place, f"the key {missing} is missing."))
        return None

    gather(name, lambda: only(raw, PLAYBOOK_KEYS | PLAYBOOK_KEYS_WITHOUT_EFFECT, "the playbook"))
    quiet = raw.get("quiet") == "true"
    tasks = {
        task_id: gather(place_of_task(name, task_id, _task_name(task)), partial(_task, task, quiet, scripts))
        for task_id, task in raw["tasks"].items()
    }
    inputs = gather(f"{name}, inputs", lambda: tuple(_input(one) for one in listed(raw, "inputs"))) or ()
    outputs = gather(f"{name}, outputs", lambda: tuple(_output(one) for one in listed(raw, "outputs"))) or ()
    if not refusals:
        playbook = Playbook(
            id=raw["id"],
            name=raw["name"],
            start=raw["starttaskid"],
            tasks={task_id: task for task_id, task in tasks.items() if task},
            inputs=inputs,
            outputs=outputs,
        )
        gather(name, lambda: _check_arrows(playbook))
    if refusals:
        raise UnsupportedPlaybookError(*refusals)
    return playbook


# ------------------------------------------------------------------------------------------------------- tasks


def _task_name(raw: Raw) -> str:
    return str((raw.get("task") or {}).get("name", ""))


def _task(raw: Raw, playbook_is_quiet: bool, scripts: Mapping[str, Script]) -> Task:
    only(raw, TASK_KEYS | TASK_KEYS_WITHOUT_EFFECT, "a task")
    inner = raw["task"]
    only(inner, INNER_TASK_KEYS | INNER_TASK_KEYS_WITHOUT_EFFECT, "a task")
    if raw["type"] not in TASK_TYPES:
        raise RefusalError(f"the local XSOAR does not run tasks of the type {raw['type']}.")
    work = _work(inner)
    # "You can set up script error handling only when running a script" ("Configure script error handling in a playbook"): on
    # other tasks, sub-playbooks too, it stands without effect.
    handles_errors = bool(work["script"] or work["command"])
    task = Task(
        id=raw["id"],
        type="regular" if raw["type"] == "standard" else raw["type"],
        name=inner.get("name", ""),
        description=inner.get("description", ""),
        next_tasks={label: tuple(targets) for label, targets in (raw.get("nexttasks") or {}).items()},
        args={name: read_value(arg) for name, arg in (raw.get("scriptarguments") or {}).items()},
        conditions=tuple(Branch(one["label"], read_criteria(one["condition"])) for one in listed(raw, "conditions")),
        loop=_loop(raw.get("loop") or {}),
        message=_message(raw) if raw.get("message") else None,
        form=_form(raw["form"]) if raw.get("form") else None,
        sla=_seconds(raw.get("sla") or {}),
        separate_context=flag(raw, "separatecontext"),
        continue_on_error=handles_errors and flag(raw, "continueonerror"),
        error_path=_error_path(raw) and handles_errors,
        note=flag(raw, "note"),
        quiet=_quiet(raw, playbook_is_quiet),
        skip_unavailable=flag(raw, "skipunavailable"),
        tags=tuple(listed(inner, "tags")),
        field_mapping=dict(_field_mapping(one) for one in listed(raw, "fieldMapping")),
        **work,
    )
    _check_task(task, scripts)
    return task


def _work(inner: Raw) -> dict[str, str]:
    """What an automated task runs, as fields of Task."""
    work = {
        "playbook": inner.get("playbookName") or inner.get("playbookId") or "",
        "script": inner.get("scriptName") or "",
        "command": "",
        "brand": "",
    }
    if inner.get("script"):
        brand, bars, command = inner["script"].partition("|||")
        if not bars:  # a script by its ID, which also is a command of its name
            work["script"] = inner["script"]
        elif flag(inner, "iscommand"):
            work.update(command=command, brand=brand)
        else:
            raise RefusalError(f"{inner['script']} has the form of a command, and iscommand is not true.")
    elif flag(inner, "iscommand"):
        raise RefusalError("the task is a command without a name.")
    return work


def _error_path(raw: Raw) -> bool:
    kind = raw.get("continueonerrortype") or ""
    if kind not in ("", "errorPath"):
        raise RefusalError(f"the local XSOAR does not understand the continueonerrortype {kind}.")
    return kind == "errorPath" and flag(raw, "continueonerror")


def _quiet(raw: Raw, playbook_is_quiet: bool) -> bool:
    """0 follows the playbook, 1 is on, 2 is off."""
    mode = raw.get("quietmode") or "0"
    if mode not in ("0", "1", "2"):
        raise RefusalError(f"the local XSOAR does not understand the quietmode {mode}.")
    return playbook_is_quiet if mode == "0" else mode == "1"


def _seconds(raw: Raw) -> int:
    only(raw, SECONDS, "an SLA")
    return sum(number(raw, unit) * seconds for unit, seconds in SECONDS.items())


def _loop(raw: Raw) -> Loop | None:
    only(raw, ("iscommand", "exitCondition", "wait", "max", "forEach", "builtincondition"), "a loop")
    if raw.get("exitCondition") or flag(raw, "iscommand"):
        raise RefusalError("the local XSOAR does not end loops by a script.")
    for_each, until = flag(raw, "forEach"), read_criteria(listed(raw, "builtincondition"))
    if not (for_each or until):
        return None
    if not number(raw, "max"):
        raise RefusalError("the loop has no greatest number of rounds, max.")
    return Loop(for_each, until, number(raw, "wait"), number(raw, "max"))


def _message(task: Raw) -> Message:
    """Of a data collection task, or of a condition that asks. It is asked in the work plan; nothing is sent."""
    if task["type"] not in ("collection", "condition"):
        raise RefusalError("a message on a task that neither collects data nor decides.")
    raw = task["message"]
    only(raw, ("to", "subject", "body", "methods", "format", "bcc", "cc", "timings", "replyOptions"), "a message")
    timings = raw.get("timings") or {}
    only(
        timings, ("retriescount", "retriesinterval", "completeafterreplies", "completeafterv2", "completeaftersla"), "the timings"
    )
    if timings.get("completeafterreplies", "1") != "1":
        raise RefusalError("the local XSOAR asks one person: completeafterreplies must be 1.")
    return Message(
        subject=read_value(raw.get("subject")),
        body=read_value(raw.get("body")),
        ends_at_deadline=flag(timings, "completeaftersla"),
        replies=tuple(listed(raw, "replyOptions")),
    )


def _form(raw: Raw) -> Form:
    only(raw, ("questions", "title", "description", "sender", "expired", "totalanswers"), "a form")
    title = read_text(raw.get("title") or "")
    if not (REFERENCE.search(title.text) or is_key(title.text)):
        raise RefusalError(f"the form's title {title.text!r} cannot be a context key.")
    return Form(title, raw.get("description", ""), tuple(_question(one) for one in listed(raw, "questions")))


def _question(raw: Raw) -> Question:
    only(raw, QUESTION_KEYS | QUESTION_KEYS_WITHOUT_EFFECT, "a question")
    if raw.get("type") not in QUESTION_TYPES:
        raise RefusalError(f"the local XSOAR has no questions of the type {raw.get('type')}.")
    options = [value for one in listed(raw, "optionsarg") if (value := read_value(one)) is not None]
    return Question(
        id=raw["id"],
        text=read_value(raw.get("labelarg")) or (Text(raw["label"]) if raw.get("label") else None),
        type=raw["type"],
        required=flag(raw, "required"),
        options=tuple(options or [Text(option) for option in listed(raw, "options")]),
        field=raw.get("fieldassociated") or "",
    )


def _field_mapping(raw: Raw) -> tuple[str, Value]:
    only(raw, ("incidentfield", "output"), "a field mapping")
    value = read_value(raw["output"])
    if value is None:
        raise RefusalError(f"the output for {raw['incidentfield']} is empty.")
    return raw["incidentfield"], value


def _input(raw: Raw) -> Input:
    only(raw, ("key", "value", "required", "description", "playbookInputQuery"), "an input")
    if raw.get("playbookInputQuery") not in (None, "", "null"):
        raise RefusalError(f"the local XSOAR does not run the indicator query of the input {raw['key']}.")
    return Input(raw["key"], read_value(raw.get("value")), flag(raw, "required"))


def _output(raw: Raw) -> str:
    only(raw, ("contextPath", "type", "description"), "an output")
    try:
        checked_path(split_key(raw["contextPath"])[0])
    except UnknownExpressionError as error:
        raise RefusalError(str(error)) from None
    return str(raw["contextPath"])


# ------------------------------------------------------------------------------------------- what fits together


def _check_task(task: Task, scripts: Mapping[str, Script]) -> None:
    if task.command and task.brand == "Builtin":
        builtin = BUILTIN_COMMANDS.get(task.command)
        if builtin is None:
            raise RefusalError(f"the local XSOAR has no built-in command {task.command}.")
        if builtin.arguments is not None:
            _check_arguments(task, f"the built-in command {task.command}", builtin.arguments)
    if task.script:
        if task.script not in scripts:
            raise RefusalError(f"the local XSOAR has no script {task.script}.")
        _check_arguments(task, f"the script {task.script}", scripts[task.script].arguments)
    if task.type == "playbook" and not task.playbook:
        raise RefusalError("the task names no playbook.")
    if task.type == "collection" and not (task.form and task.form.questions):
        raise RefusalError("the task collects data without a question.")
    if task.note and task.quiet:
        raise RefusalError("a note in quiet mode: the war room would not show it.")
    if task.loop and task.type != "playbook":
        raise RefusalError("a loop on a task that is no sub-playbook.")
    _check_labels(task)


def _check_arguments(task: Task, what: str, arguments: Mapping[str, bool]) -> None:
    """`arguments` says which there are, and which are needed."""
    unknown = sorted(task.given - set(arguments) - SERVER_ARGUMENTS)
    if unknown:
        raise RefusalError(f"{what} has no argument {', '.join(unknown)}.")
    missing = [name for name, required in arguments.items() if required and name not in task.given]
    if missing:
        raise RefusalError(f"{what} is run without {', '.join(missing)}.")


def _check_labels(task: Task) -> None:
    labels = set(task.next_tasks)
    if task.error_path:
        if ERROR not in labels:
            raise RefusalError("continueonerrortype is errorPath, and there is no way out #error#.")
        labels.remove(ERROR)
    if task.type == "condition":
        _check_answers(task, labels)
    elif labels - {NONE}:
        raise RefusalError(f"the task has a way out {', '.join(sorted(labels - {NONE}))}.")


def _check_answers(task: Task, labels: set[str]) -> None:
    """A way out that is missing is no fault: what is behind the condition is skipped then."""
    unknown = labels - {DEFAULT, *(branch.label for branch in task.conditions)}
    if task.message and task.message.replies:
        unknown = labels - {DEFAULT, *task.message.replies}
    if (task.conditions or task.message) and unknown:
        raise RefusalError(f"nothing leads to the way out {', '.join(sorted(unknown))}.")
    if not labels - {DEFAULT}:
        raise RefusalError("the condition has no way out of its own.")


def _check_arrows(playbook: Playbook) -> None:
    if playbook.start not in playbook.tasks:
        raise RefusalError(f"there is no task {playbook.start} to start with.")
    for task in playbook.tasks.values():
        for target in _targets(task) - playbook.tasks.keys():
            raise RefusalError(f"task {task.id} leads to {target}, which does not exist.")
    reached = _reached(playbook)
    joining = [task_id for task_id in sorted(playbook.tasks.keys() - reached) if reached & _targets(playbook.tasks[task_id])]
    if joining:  # whether the server waits for it is documented nowhere; a task that leads nowhere never runs
        raise RefusalError(f"nothing leads to task {', '.join(joining)}, and it leads on.")


def _targets(task: Task) -> set[str]:
    return {target for targets in task.next_tasks.values() for target in targets}


def _reached(playbook: Playbook) -> set[str]:
    """The tasks that can be reached. Raises RefusalError for arrows in a circle: only sub-playbooks can loop."""
    arrows: dict[str, set[str]] = {}
    waiting = [playbook.start]
    while waiting:
        task_id = waiting.pop()
        if task_id not in arrows:
            arrows[task_id] = _targets(playbook.tasks[task_id])
            waiting += arrows[task_id]
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        raise RefusalError(f"the arrows lead in a circle: {' → '.join(reversed(error.args[1]))}.") from None
    return set(arrows)
