"""The test playbook Absolute_Test: the `test` line of each command, one after the other, and what is expected of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from local_xsoar.command_line import parse

from catalogue.entries import Catalogue, Entry

NAME = "Absolute_Test"
FAIL, DONE = "900", "999"
NEEDED = "Is there "
DESCRIPTION = """\
Runs the commands of the integration on whichever devices the tenant has, and checks what they return. It changes nothing that \
lasts: freezes are scheduled for the far future and removed, messages are deleted, and what acts on devices is run as a dry run.

Not run, because they need an action that was really sent, a switch of the instance, or values that only templates of the \
tenant know: {}."""
INSTANCE = "${inputs.Instance}"
INSTANCE_INPUT = "The name of the integration instance to test. Without it, exactly one must be used by default."
ONE_INSTANCE = "Fails unless the commands that follow run on exactly one active instance of the Absolute integration."
# The form of the platform's editor, with the positions of `make pictures`.
VIEW = '{\n  "position": {\n    "x": 0,\n    "y": 0\n  }\n}'
PAPER = (
    '{\n  "linkLabelsPosition": {},\n  "paper": {\n    "dimensions": {\n'
    '      "height": 0,\n      "width": 0,\n      "x": 0,\n      "y": 0\n    }\n  }\n}'
)
Task = dict[str, Any]


def absolute_test_playbook(catalogue: Catalogue, descriptions: Mapping[str, str]) -> str:
    """The YAML of the playbook. `descriptions` are those of the manifest, by command."""
    clean = _script("Delete the context", "Deletes the context, so that only this test counts.", "DeleteContext", all="yes")
    one = _script("Make sure that one instance acts", ONE_INSTANCE, "AbsoluteInstance", instance=INSTANCE)
    close = _command("Close the investigation", "Closes the investigation.", "Builtin|||closeInvestigation", {})
    run = (task for entry in catalogue if entry.test for task in _steps(entry, descriptions[entry.name]))
    steps = [_task("start", "", "Starts the test."), clean, one, *run, close]
    tasks = {str(number): {**task, "nexttasks": _ways(task, number, len(steps))} for number, task in enumerate(steps)}
    failed = _script("Fail", "Fails the test.", "PrintErrorEntry", message=f"{NAME}: an expectation is not met.")
    tasks[FAIL] = {**failed, "nexttasks": {"#none#": [DONE]}}
    tasks[DONE] = _task("title", "Done", "Ends the test.")
    playbook = {
        "id": NAME,
        "version": -1,
        "name": NAME,
        "description": DESCRIPTION.format(", ".join(entry.name for entry in catalogue if not entry.test)),
        "starttaskid": "0",
        "tasks": {number: _numbered(number, task) for number, task in tasks.items()},
        "view": PAPER,
        "inputs": [
            {"key": "Instance", "value": {}, "required": False, "description": INSTANCE_INPUT, "playbookInputQuery": None}
        ],
        "outputs": [],
        "fromversion": "6.10.0",
    }
    return yaml.dump(playbook, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def _steps(entry: Entry, description: str) -> Iterator[Task]:
    command, typed = parse(f"!{entry.test}")
    brand = "" if command.startswith("absolute-") else "Absolute"
    if entry.test_needs:
        yield _condition(f"{NEEDED}{entry.test_needs}?", f"Looks whether the tenant has what {command} needs.", entry.test_needs)
    arguments = {one.name: {"simple": one.value} for one in typed} | {"using": {"simple": INSTANCE}}
    yield _command(f"Run {command}", description, f"{brand}|||{command}", arguments)
    if entry.expect:
        yield _condition(f"Did {command} do it?", f"Expects {entry.expect}.", entry.expect)


def _ways(task: Task, number: int, count: int) -> dict[str, list[str]]:
    """Where a task leads to. A command without what it needs on the tenant is stepped over; what is not as expected fails."""
    following = str(number + 1) if number + 1 < count else DONE
    if task["type"] != "condition":
        return {"#none#": [following]}
    is_needed = task["task"]["name"].startswith(NEEDED)
    return {"#default#": [str(number + 2) if is_needed else FAIL], "yes": [following]}


def _task(kind: str, name: str, description: str) -> Task:
    own_kind = {} if kind == "start" else {"type": kind}
    task = {"version": -1, "name": name, "description": description, **own_kind, "iscommand": False, "brand": ""}
    return {"type": kind, "task": task}


def _script(name: str, description: str, script: str, **arguments: str) -> Task:
    task = _task("regular", name, description)
    task["task"]["scriptName"] = script
    return {**task, "scriptarguments": {key: {"simple": value} for key, value in arguments.items()}}


def _command(name: str, description: str, script: str, arguments: Mapping[str, Any]) -> Task:
    task = _task("regular", name, description)
    task["task"].update(script=script, iscommand=True)
    return {**task, **({"scriptarguments": dict(arguments)} if arguments else {})}


def _condition(name: str, description: str, expected: str) -> Task:
    """`PATH`, `PATH = VALUE` or `PATH has TEXT`; a value in `${}` is a context path too."""
    path, operator, value = (*expected.split(" ", 2), "", "")[:3]
    condition: dict[str, Any] = {
        "operator": {"": "isNotEmpty", "=": "isEqualString", "has": "containsString"}[operator],
        "left": {"value": {"simple": path}, "iscontext": True},
    }
    if value.startswith("${"):
        condition["right"] = {"value": {"simple": value[2:-1]}, "iscontext": True}
    elif value:
        condition["right"] = {"value": {"simple": value}}
    return {**_task("condition", name, description), "conditions": [{"label": "yes", "condition": [[condition]]}]}


def _numbered(number: str, task: Task) -> Task:
    own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME}/{number}"))
    return {
        "id": number,
        "taskid": own,
        **{key: {"id": own, **value} if key == "task" else value for key, value in task.items()},
        "separatecontext": False,
        "continueonerrortype": "",
        "view": VIEW,
        "note": False,
        "timertriggers": [],
        "ignoreworker": False,
        "skipunavailable": False,
        "quietmode": 0,
        "isoversize": False,
        "isautoswitchedtoquietmode": False,
    }


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and nothing as a reference to something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
