"""What every playbook of the pack keeps to, read from its YAML."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pack_files import PACK, manifest, read_item

PLAYBOOKS = sorted((PACK / "Playbooks").glob("*.yml"))
# One round of a loop, one question, one choice, a verdict, or one stage of a case: the playbook around it writes the note.
WITHOUT_NOTE = {
    "Absolute - Approve Action",
    "Absolute - Approve Change",
    "Absolute - Cancel Pending Action",
    "Absolute - Choose Field Values",
    "Absolute - Choose Freeze Message",
    "Absolute - Contain Lost Device",
    "Absolute - Find Open Case",
    "Absolute - Judge Device Event",
    "Absolute - Lost Device Intake",
    "Absolute - Message Silent Devices",
    "Absolute - Question Deadline",
    "Absolute - Record Device Location",
    "Absolute - Release Device",
    "Absolute - Send Cancellation",
}
# A condition that reads one of these: whether anybody is to be asked, what came of it, or who approved it before.
GATES = re.compile(r"inputs\.Require_approval|inputs\.Approval\b|\bApprovedUIDs\b")
INPUT = re.compile(r"inputs\.\w+")
Tasks = dict[str, dict[str, Any]]


@cache
def changing() -> set[str]:
    """The commands that the manifest marks as potentially harmful."""
    return {one["name"] for one in manifest()["script"]["commands"] if one.get("execution")}


def command(task: dict[str, Any]) -> str:
    return str(task["task"].get("script", "")).partition("|||")[2]


def acts(task: dict[str, Any]) -> bool:
    """It changes devices: the command, and not as a dry run."""
    return command(task) in changing() and task.get("scriptarguments", {}).get("dry_run") != {"simple": "true"}


def asks(task: dict[str, Any]) -> bool:
    """A person is asked, or it is decided that nobody is."""
    return task["type"] == "collection" or bool(GATES.search(str(task.get("conditions"))))


def reachable_without(tasks: Tasks, start: str, closed: set[str]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        task_id = waiting.pop()
        if task_id not in reached | closed:
            reached.add(task_id)
            waiting += [target for targets in tasks[task_id].get("nexttasks", {}).values() for target in targets]
    return reached


def unasked(playbook: dict[str, Any]) -> set[str]:
    """The commands that change something and can be reached without a question to a person."""
    tasks: Tasks = playbook["tasks"]
    gates = {task_id for task_id, task in tasks.items() if asks(task)}
    return {command(tasks[one]) for one in reachable_without(tasks, playbook["starttaskid"], gates) if acts(tasks[one])}


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem.removeprefix("playbook-"))
class TestRules:
    def test_every_task_is_described(self, path: Path) -> None:
        assert [task["id"] for task in read_item(path)["tasks"].values() if not task["task"]["description"].strip()] == []

    def test_every_command_handles_its_error(self, path: Path) -> None:
        tasks = [task for task in read_item(path)["tasks"].values() if command(task).startswith(("absolute-", "endpoint"))]
        for task in tasks:
            assert (task.get("continueonerror"), task["continueonerrortype"]) == (True, "errorPath"), task["task"]["name"]
            assert "#error#" in task["nexttasks"], task["task"]["name"]

    def test_no_way_leads_round_the_approval(self, path: Path) -> None:
        assert unasked(read_item(path)) == set()

    def test_conditions_read_yes_and_no_in_any_form(self, path: Path) -> None:
        """Who accepts "true" of an input accepts "yes", in any case. A bare yes is no text in YAML."""
        words = {"true": "yes", "false": "no"}
        for task in read_item(path)["tasks"].values():
            for alternatives in (one for label in task.get("conditions", []) for one in label["condition"]):
                compared = [(one["left"]["value"], one["right"]["value"], one) for one in alternatives if "right" in one]
                taken = {
                    (left["simple"], right["simple"].lower()): one.get("ignorecase")
                    for left, right, one in compared
                    if "simple" in left and "simple" in right
                }
                for (name, word), any_case in taken.items():
                    if INPUT.fullmatch(name) and word in words:
                        assert any_case, task["task"]["name"]
                        assert taken.get((name, words[word])), task["task"]["name"]

    def test_a_command_that_goes_round_it_is_found(self, path: Path) -> None:
        """At the start of the playbook, by whichever command of the manifest."""
        playbook = read_item(path)
        start = playbook["tasks"][playbook["starttaskid"]]
        for name in changing():
            playbook["tasks"]["hasty"] = {"type": "regular", "task": {"script": f"|||{name}"}, "nexttasks": start["nexttasks"]}
            playbook["tasks"][playbook["starttaskid"]] = {**start, "nexttasks": {"#none#": ["hasty"]}}
            assert name in unasked(playbook)

    def test_it_ends_in_a_note(self, path: Path) -> None:
        """Without the tasks that write notes, no end of the playbook can be reached."""
        playbook = read_item(path)
        tasks: Tasks = playbook["tasks"]
        ends = {task_id for task_id, task in tasks.items() if not task.get("nexttasks")}
        notes = {task_id for task_id, task in tasks.items() if task["note"]}
        assert playbook["name"] in WITHOUT_NOTE or not ends & reachable_without(tasks, playbook["starttaskid"], notes)

    def test_branches_side_by_side_take_no_errors(self, path: Path) -> None:
        """`lastCompletedTaskEntries` is one for all that goes on in a playbook: an error is taken where nothing runs beside it."""
        tasks: Tasks = read_item(path)["tasks"]
        for fork in tasks.values():
            for branches in fork.get("nexttasks", {}).values():
                ways = [reachable_without(tasks, branch, set()) for branch in branches]
                alone = {task for way in ways for task in way if sum(task in other for other in ways) == 1} if ways[1:] else set()
                assert [tasks[task]["task"]["name"] for task in alone if "lastCompletedTaskEntries" in str(tasks[task])] == []
