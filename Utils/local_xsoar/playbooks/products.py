"""What one product has and the other has not: names that values begin with, and commands of the server itself.

demisto-sdk turns `incident` into `alert` and setIncident into setAlert for XSIAM (prepare-content), whose documents call the same
thing an issue ("Use context data in a playbook").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from local_xsoar.behaviour import PRODUCTS, Product
from local_xsoar.context import REFERENCE
from local_xsoar.playbooks.model import Complex, Operand, Playbook, Text
from local_xsoar.playbooks.refusals import Refusal, place_of_task

INCIDENT_NAMES: dict[Product, tuple[str, ...]] = {"xsoar": ("incident",), "xsiam": ("alert", "issue")}
CASE_FIELDS, CASE_CONTEXT = "parentIncidentFields", "parentIncidentContext"  # an issue belongs to a case
NAMES: dict[Product, set[str]] = {
    "xsoar": {*INCIDENT_NAMES["xsoar"]},
    "xsiam": {*INCIDENT_NAMES["xsiam"], CASE_FIELDS, CASE_CONTEXT},
}
COMMANDS: dict[Product, set[str]] = {
    "xsoar": {"setIncident"},
    "xsiam": {"setAlert", "setIssue", "setParentIncidentContext"},
}


@lru_cache(maxsize=256)
def missing(playbook: Playbook, product: Product) -> list[Refusal]:
    """Everything that the playbook uses and the product does not have."""
    elsewhere = {name for other in PRODUCTS for name in NAMES[other]} - NAMES[product]
    commands = {name for other in PRODUCTS for name in COMMANDS[other]} - COMMANDS[product]
    return [
        *(Refusal(playbook.name, f"{product} has no {name}.") for name in sorted(elsewhere & set(_first_names(playbook)))),
        *(
            Refusal(place_of_task(playbook.name, task.id, task.name), f"{product} has no built-in command {task.command}.")
            for task in playbook.tasks.values()
            if task.brand == "Builtin" and task.command in commands
        ),
    ]


def _first_names(node: Any) -> Iterator[str]:
    """What the paths of all values below `node` begin with."""
    if isinstance(node, Operand) and node.is_context and isinstance(node.value, Text):
        yield _first(node.value.text)
    elif isinstance(node, Text):
        yield from map(_first, REFERENCE.findall(node.text))
    elif dataclasses.is_dataclass(node):
        if isinstance(node, Complex):
            yield _first(node.root)
        for one in dataclasses.fields(node):
            yield from _first_names(getattr(node, one.name))
    elif isinstance(node, dict):
        yield from _first_names(list(node.values()))
    elif isinstance(node, Iterable) and not isinstance(node, str):
        for item in node:
            yield from _first_names(item)


def _first(path: str) -> str:
    return path.split(".", 1)[0]
