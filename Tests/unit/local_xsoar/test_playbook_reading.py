"""What the engine does not know is refused by name when the library is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from local_xsoar import UnsupportedPlaybookError, load_playbooks
from local_xsoar.playbooks.model import Complex, Text
from unit.local_xsoar.playbook_support import (
    builtin,
    collection,
    command,
    compare,
    condition,
    library,
    playbook,
    question,
    script,
    simple,
    start,
    sub_playbook,
    task,
    title,
    yes_when,
)

Raw = dict[str, Any]


def main(*tasks: Raw, **more: Any) -> Raw:
    return playbook("Main", [start("1"), *tasks], **more)


def refusal(folder: Path, raw: Raw) -> str:
    with pytest.raises(UnsupportedPlaybookError) as error:
        library(folder, raw)
    return str(error.value)


def value(**raw: Any) -> Raw:
    """A task whose argument has this value."""
    return script("Print", {"value": raw})


def inner(one: Raw, **more: Any) -> Raw:
    return {**one, "task": {**one["task"], **more}}


ASKS = collection("Ask", [question("0")])
LOOPS = {"wait": 1, "max": 2}


@pytest.mark.parametrize(
    ("one", "named"),
    [
        (task("aiTask", "Think"), "tasks of the type aiTask"),
        (title("x") | {"evidencedata": {}}, "a task's key evidencedata"),
        (inner(title("x"), aiTaskId="1"), "a task's key aiTaskId"),
        (title("x") | {"form:xsoar": {}}, "a task's key form:xsoar"),
        (title("x") | {"note": "perhaps"}, "note is 'perhaps'"),
        (title("x") | {"quietmode": 3}, "the quietmode 3"),
        (title("x") | {"continueonerrortype": "loop"}, "the continueonerrortype loop"),
        (title("x") | {"loop": {"forEach": True, "max": 1}}, "a loop on a task that is no sub-playbook"),
        (title("x", "9"), "task 1 leads to 9, which does not exist"),
        (title("x", "0"), "the arrows lead in a circle: 0 → 1 → 0"),
        (task("playbook", "x"), "the task names no playbook"),
        (inner(title("x"), script="sample-echo", iscommand=True), "the local XSOAR has no script sample-echo"),
        (inner(title("x"), script="|||sample-echo"), "|||sample-echo has the form of a command, and iscommand is not true"),
        (inner(title("x"), iscommand=True), "a command without a name"),
        (builtin("createNewIncident"), "no built-in command createNewIncident"),
        (script("FileCreateAndUpload"), "no script FileCreateAndUpload"),
        (script("Print", {"value": "x", "colour": "red"}), "the script Print has no argument colour"),
        (script("Print"), "the script Print is run without value"),
        (script("Print", {"value": "x", "using": "y"}), "the script Print has no argument using"),
        (script("Print", {"value": "x"}, note=True, quietmode=1), "a note in quiet mode"),
        (value(simple="x", other="y"), "a value's key other"),
        (value(simple="${Path(val.x == 'y')}"), "the path \"Path(val.x == 'y')\""),
        (value(simple="${Path=val}"), "the path 'Path=val'"),
        (value(complex={"root": "currentPlaybookID"}), "the path 'currentPlaybookID'"),
        (value(complex={"root": "lastCompletedTask", "accessor": "id"}), "the path 'lastCompletedTask'"),
        (value(simple="${task.1.error}"), "the path 'task.1.error'"),
        (value(complex={"root": "a", "other": 1}), "a complex value's key other"),
        (value(complex={"root": "a", "transformers": [{"operator": "shuffle"}]}), "no transformer shuffle"),
        (
            value(complex={"root": "a", "transformers": [{"operator": "uniq", "args": {"by": simple("1")}}]}),
            "an operand's key simple",
        ),
        (
            value(complex={"root": "a", "transformers": [{"operator": "uniq", "args": {"by": {"value": simple("1")}}}]}),
            "transformer uniq's key by",
        ),
        (value(complex={"root": "a", "filters": [[compare("a", "isLikely", "b")]]}), "no operator isLikely"),
        (value(complex={"root": "a", "filters": [[compare("a", "isEqualString")]]}), "isEqualString has nothing on its right"),
        (sub_playbook("x", loop={**LOOPS, "exitCondition": "script"}), "does not end loops by a script"),
        (sub_playbook("x", loop={**LOOPS, "scriptId": "y"}), "a loop's key scriptId"),
        (sub_playbook("x", loop={**LOOPS, "forEach": True, "max": "many"}), "max is 'many', not a number"),
        (sub_playbook("x", loop={"forEach": True}), "the loop has no greatest number of rounds, max"),
        (condition("Which?", {"#default#": []}), "the condition has no way out of its own"),
        (condition("Which?", {"#default#": [], "no": []}, yes_when(compare("a", "isEmpty"))), "leads to the way out no"),
        (title("x") | {"message": {"replyOptions": ["Yes"]}}, "a message on a task that neither collects data nor decides"),
        (condition("Which?", {"Maybe": []}, message={"replyOptions": ["Yes"]}), "nothing leads to the way out Maybe"),
        (builtin("getList"), "the built-in command getList is run without listName"),
        (builtin("getList", {"listName": "x", "colour": "red"}), "the built-in command getList has no argument colour"),
        (title("x") | {"nexttasks": {"yes": []}}, "the task has a way out yes"),
        (command("c", continueonerror=True, continueonerrortype="errorPath"), "there is no way out #error#"),
        (collection("Ask", []), "the task collects data without a question"),
        (collection("Ask", [question("0", "attachments")]), "no questions of the type attachments"),
        (collection("Ask", [question("0", condition="x")]), "a question's key condition"),
        ({**ASKS, "form": {**ASKS["form"], "title": "A. B"}}, "the form's title 'A. B' cannot be a context key"),
        ({**ASKS, "form": {**ASKS["form"], "title": ""}}, "the form's title '' cannot be a context key"),
        ({**ASKS, "message": {**ASKS["message"], "timings": {"completeafterreplies": 2}}}, "completeafterreplies must be 1"),
        ({**ASKS, "sla": {"months": 1}}, "an SLA's key months"),
        ({"type": "title"}, "the key 'task' is missing"),
        (command("c", fieldMapping=[{"incidentfield": "x", "output": {}}]), "the output for x is empty"),
    ],
)  # fmt: skip
def test_tasks_are_refused_by_name(tmp_path: Path, one: Raw, named: str) -> None:
    text = refusal(tmp_path, main(one))
    assert named in text
    assert text.startswith("Main")


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"colour": "red"}, "Main: the local XSOAR does not understand the playbook's key colour."),
        ({"starttaskid": "7"}, "Main: there is no task 7 to start with."),
        ({"inputs": [{"key": "a", "value": {}, "playbookInputQuery": {"query": "x"}}]}, "the indicator query of the input a"),
        ({"inputs": [{"key": "a", "value": {}, "type": "x"}]}, "Main, inputs: the local XSOAR does not understand an input"),
        ({"outputs": [{"contextPath": "A(val.B"}]}, "Main, outputs: The context key 'A(val.B' has no closing parenthesis."),
        ({"outputs": [{"contextPath": "A(val.count())"}]}, "does not understand 'val.count()'"),
    ],
)  # fmt: skip
def test_playbooks_are_refused_by_name(tmp_path: Path, more: Raw, named: str) -> None:
    assert named in refusal(tmp_path, {**main(title("x")), **more})


def test_a_task_that_nothing_leads_to(tmp_path: Path) -> None:
    """Whether the server waits for it is documented nowhere; one that leads nowhere never runs."""
    assert "nothing leads to task 2, and it leads on." in refusal(tmp_path, main(title("x"), title("y", "1")))
    library(tmp_path, main(title("x"), title("y")))


def test_what_a_tenant_adds_when_it_exports_a_playbook(tmp_path: Path) -> None:
    exported = inner(title("x"), playbooktaskmissingcomponent=None, istaskmissingcomponenterrordismissed=False)
    raw = main(exported) | {
        "dirtyInputs": True, "vcShouldKeepItemLegacyProdMachine": False, "outlinetasks": {}, "possibleresponses": [],
        "aclowner": None, "aclrelations": [],
    }  # fmt: skip
    library(tmp_path, raw)


def test_an_argument_of_a_transformer_that_is_left_empty(tmp_path: Path) -> None:
    empty = {"limit": {}, "later": {"iscontext": True}, "toReplace": {"value": simple("-")}}
    library(tmp_path, main(value(complex={"root": "a", "transformers": [{"operator": "replace", "args": empty}]})))


def test_all_refusals_are_told_at_once(tmp_path: Path) -> None:
    lines = refusal(tmp_path, main(task("aiTask", "Think", ["2"]), script("Nothing"))).splitlines()
    assert [line.split(":")[0] for line in lines] == ["Main, task 1 (Think)", "Main, task 2 (Nothing)"]


def test_two_playbooks_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPlaybookError, match=r"Main: there are two playbooks of this name\."):
        library(tmp_path, main(title("x")), main(title("y")))


def test_single_files(tmp_path: Path) -> None:
    library(tmp_path, main(title("x")))
    assert list(load_playbooks(tmp_path / "0.yml").playbooks) == ["Main"]


@pytest.mark.parametrize("unquoted", ["yes", "no", "on", "5", "1.0", "null", "2026-01-01"])
def test_texts_stay_what_is_written(tmp_path: Path, unquoted: str) -> None:
    """The platform's YAML has texts without quotes where Python's would be a boolean, a number or a date."""
    (tmp_path / "a.yml").write_text(
        f"""
id: Main
name: Main
starttaskid: 0
tasks:
  0: {{id: 0, type: start, task: {{name: ''}}, nexttasks: {{'#none#': [1]}}}}
  1: {{id: 1, type: regular, task: {{name: x, scriptName: Print}}, scriptarguments: {{value: {{simple: {unquoted}}}}}}}
""",
        encoding="utf-8",
    )
    assert load_playbooks(tmp_path).playbooks["Main"].tasks["1"].args == {"value": Text(unquoted)}


def test_empty_values_are_no_values(tmp_path: Path) -> None:
    one = library(tmp_path, main(script("Set", {"key": "k", "value": "v", "append": {}}))).playbooks["Main"].tasks["1"]
    assert one.args["append"] is None
    assert one.given == {"key", "value"}


def test_a_loop_without_a_condition_is_no_loop(tmp_path: Path) -> None:
    plain = {"iscommand": False, "exitCondition": "", "wait": 1, "max": 100}
    assert library(tmp_path, main(sub_playbook("x", loop=plain))).playbooks["Main"].tasks["1"].loop is None


def test_a_root_in_braces(tmp_path: Path) -> None:
    one = library(tmp_path, main(value(complex={"root": "${A.B}"}))).playbooks["Main"].tasks["1"]
    assert one.args["value"] == Complex("A.B")
