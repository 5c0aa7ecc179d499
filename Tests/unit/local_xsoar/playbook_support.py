"""Writes small playbooks for tests: only what a test is about stands in the test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from local_xsoar import Library, load_playbooks

VIEW = '{"position": {"x": 50, "y": 50}}'
Raw = dict[str, Any]


def simple(text: str) -> Raw:
    return {"simple": text}


def path(text: str) -> Raw:
    """The left or right side of a comparison: a value of the context."""
    return {"value": {"simple": text}, "iscontext": True}


def literal(text: str) -> Raw:
    return {"value": {"simple": text}}


def compare(left: str, operator: str, right: str = "", **more: Any) -> Raw:
    return {"operator": operator, "left": path(left), "right": literal(right) if right else {"value": {}}, **more}


def yes_when(*alternatives: Raw) -> list[Raw]:
    return [{"label": "yes", "condition": [list(alternatives)]}]


def task(kind: str, name: str = "", leads_to: Any = (), inner: Raw | None = None, args: Raw | None = None, **more: Any) -> Raw:
    """`leads_to`: task IDs, or labels with theirs."""
    ways = leads_to if isinstance(leads_to, dict) else {"#none#": list(leads_to)} if leads_to else {}
    return {
        "type": kind,
        "task": {"version": -1, "name": name, "description": "", "iscommand": False, "brand": "", **(inner or {})},
        "nexttasks": ways,
        "scriptarguments": {key: simple(value) if isinstance(value, str) else value for key, value in (args or {}).items()},
        "view": VIEW,
        **more,
    }


def start(*leads_to: str) -> Raw:
    return task("start", leads_to=leads_to)


def title(name: str, *leads_to: str) -> Raw:
    return task("title", name, leads_to)


def command(name: str, args: Raw | None = None, leads_to: Any = (), **more: Any) -> Raw:
    return task("regular", name, leads_to, {"script": f"|||{name}", "iscommand": True}, args, **more)


def builtin(name: str, args: Raw | None = None, leads_to: Any = (), **more: Any) -> Raw:
    return task("regular", name, leads_to, {"script": f"Builtin|||{name}", "iscommand": True, "brand": "Builtin"}, args, **more)


def script(name: str, args: Raw | None = None, leads_to: Any = (), **more: Any) -> Raw:
    return task("regular", name, leads_to, {"scriptName": name}, args, **more)


def condition(name: str, leads_to: Raw, conditions: list[Raw] | None = None, **more: Any) -> Raw:
    return task("condition", name, leads_to, **more) | ({"conditions": conditions} if conditions else {})


def sub_playbook(name: str, args: Raw | None = None, leads_to: Any = (), **more: Any) -> Raw:
    return task("playbook", name, leads_to, {"playbookName": name}, args, **more)


def collection(name: str, questions: list[Raw], leads_to: Any = (), ends_at_deadline: bool = False, **more: Any) -> Raw:
    timings: Raw = {"retriescount": 2, "retriesinterval": 360, "completeafterreplies": 1, "completeafterv2": True}
    timings["completeaftersla"] = ends_at_deadline
    message: Raw = {
        "to": None,
        "subject": None,
        "body": simple("Please answer."),
        "methods": [],
        "format": "",
        "timings": timings,
    }
    form = {"title": "Survey", "description": "", "sender": "", "expired": False, "totalanswers": 0, "questions": questions}
    return task("collection", name, leads_to, message=message, form=form, **more)


def question(number: str, kind: str = "shortText", **more: Any) -> Raw:
    return {"id": number, "label": "", "labelarg": simple(f"Question {number}?"), "required": False, "type": kind, **more}


def playbook(name: str, tasks: list[Raw], inputs: Raw | None = None, outputs: tuple[str, ...] = (), **more: Any) -> Raw:
    """Tasks get their place in the list as ID; the first one is the start."""
    return {
        "id": name,
        "version": -1,
        "name": name,
        "description": "",
        "starttaskid": "0",
        "tasks": {str(number): {"id": str(number), "taskid": str(number), **one} for number, one in enumerate(tasks)},
        "view": "{}",
        "inputs": [{"key": key, "value": value, "required": False, "description": ""} for key, value in (inputs or {}).items()],
        "outputs": [{"contextPath": one, "type": "String", "description": ""} for one in outputs],
        "fromversion": "6.10.0",
        **more,
    }


def as_read(raw: Any) -> Any:
    """`raw` as it is read from a file: every scalar a text."""
    return yaml.load(yaml.safe_dump(raw), Loader=yaml.CBaseLoader)  # noqa: S506


def library(folder: Path, *playbooks: Raw) -> Library:
    for number, raw in enumerate(playbooks):
        (folder / f"{number}.yml").write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return load_playbooks(folder)
