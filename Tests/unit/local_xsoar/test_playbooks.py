"""Playbooks run as on the platform: arrows, branches, errors, sub-playbooks, loops, and what they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import Answers, Behaviour, PlaybookRun, UnsupportedPlaybookError, WarRoom, load_playbooks, uncovered
from unit.local_xsoar.playbook_support import (
    builtin,
    command,
    compare,
    condition,
    library,
    path,
    playbook,
    script,
    simple,
    start,
    sub_playbook,
    title,
    yes_when,
)

Run = Callable[..., PlaybookRun]
SAMPLES = Path(__file__).parent / "data" / "Packs" / "Sample" / "Playbooks"


@pytest.fixture
def run(room: WarRoom, tmp_path: Path) -> Run:
    """Runs the first of the playbooks."""

    def run(*playbooks: dict[str, Any], **more: Any) -> PlaybookRun:
        return room.run_playbook(library(tmp_path, *playbooks), playbooks[0]["name"], **more)

    return run


def one_task(task: dict[str, Any], **more: Any) -> dict[str, Any]:
    return playbook("Main", [start("1"), task], **more)


def set_key(key: str, value: Any, *leads_to: str, **more: str) -> dict[str, Any]:
    return script("Set", {"key": key, "value": value, **more}, leads_to)


# ----------------------------------------------------------------------------------------------- a whole case


def test_a_whole_case(room: WarRoom, waits: list[float]) -> None:
    samples = load_playbooks(SAMPLES)
    answers = Answers({"Ask what to do": {"0": ["2"]}})
    run = room.run_playbook(samples, "Sample - Device Case", incident={"name": "Lost"}, answers=answers)
    assert run.error is None
    assert run.names("Sample - Device Case") == [
        "",
        "Is Sample enabled?",
        "Look up",
        "Look each device up",
        "Ask what to do",
        "Was any device selected?",
        "Wait for the devices",
        "Write the report",
        "Close the case",
    ]
    assert run.outputs == {"Sample.Device.Id": ["1", "2"]}
    assert answers.requests[0].body == "The devices 1,2 were found."
    assert answers.requests[0].questions[0].options == ("1", "2")
    assert [note["HumanReadable"] for note in run.notes] == ["Report: somebody, somebody of incident Lost"]
    assert room.context.get("Sample.Report") == {"Count": 2, "InContext": True}
    assert (run.incident["status"], run.incident["closeReason"]) == (2, "Resolved")
    assert waits == [1, 30, 30]  # between the rounds of the loop, and between the polls
    assert uncovered(samples, [run]) == [
        "Sample - Device Case, task 1 (Is Sample enabled?), branch #default#",
        "Sample - Device Case, task 5 (Was any device selected?), branch #default#",
    ]


def test_a_whole_case_in_which_nobody_answers(room: WarRoom, waits: list[float]) -> None:
    samples = load_playbooks(SAMPLES)
    run = room.run_playbook(samples, "Sample - Device Case", answers=Answers({"Ask what to do": None}))
    assert run.ok
    assert uncovered(samples, [run]) == [
        "Sample - Device Case, task 1 (Is Sample enabled?), branch #default#",
        "Sample - Device Case, task 5 (Was any device selected?), branch yes",
        "Sample - Device Case, task 6 (Wait for the devices)",
    ]
    assert "Wait for the devices" not in run.names()
    assert waits == [1, 4 * 3600]


# ---------------------------------------------------------------------------------------------- the arrows


def test_tasks_follow_the_arrows(run: Run) -> None:
    done = run(
        playbook("Main", [start("1"), title("Look", "2"), command("sample-device-list", {"ids": "1"}, ("3",)), title("Done")])
    )
    assert done.ok
    assert [(step.playbook, step.task_id, step.task_name, step.outcome) for step in done.path] == [
        ("Main", "0", "", "#none#"),
        ("Main", "1", "Look", "#none#"),
        ("Main", "2", "sample-device-list", "#none#"),
        ("Main", "3", "Done", "#none#"),
    ]


def test_a_task_waits_for_all_that_lead_to_it(run: Run) -> None:
    done = run(
        playbook("Main", [start("1", "3"), title("Left", "2"), title("Left too", "4"), title("Right", "4"), title("Both")])
    )
    assert done.names() == ["", "Left", "Left too", "Right", "Both"]


def test_a_skipped_branch_does_not_keep_a_task_waiting(run: Run) -> None:
    tasks = [
        start("1"),
        condition("Which?", {"#default#": ["2"], "yes": ["3"]}, yes_when(compare("inputs.Go", "isEqualString", "left"))),
        title("Right", "4"),
        title("Left", "4"),
        title("Both"),
    ]
    assert run(playbook("Main", tasks, {"Go": simple("left")})).names() == ["", "Which?", "Left", "Both"]


def test_a_task_behind_nothing_but_skipped_branches_is_skipped(run: Run) -> None:
    tasks = [
        start("1"),
        condition("Which?", {"#default#": ["3"], "yes": ["2"]}, yes_when(compare("inputs.Go", "isNotEmpty"))),
        title("Left", "4"),
        title("Right"),
        title("After left"),
    ]
    assert run(playbook("Main", tasks, {"Go": {}})).names() == ["", "Which?", "Right"]


def test_branches_go_on_while_another_waits(run: Run, waits: list[float]) -> None:
    tasks = [
        start("1", "3"),
        script("Sleep", {"seconds": "60"}, ("2",)),
        title("After a minute", "5"),
        script("Sleep", {"seconds": "20"}, ("4",)),
        title("After 20 seconds", "5"),
        title("Both"),
    ]
    assert run(playbook("Main", tasks)).names() == ["", "Sleep", "Sleep", "After 20 seconds", "After a minute", "Both"]
    assert waits == [20, 40]


def test_a_polling_command_does_not_hold_up_other_branches(run: Run, waits: list[float]) -> None:
    tasks = [
        start("1", "3"),
        command("sample-wait", {"rounds": "3", "polling": "true"}, ("2",)),
        title("Polled"),
        script("Sleep", {"seconds": "45"}, ("4",)),
        title("Slept"),
    ]
    done = run(playbook("Main", tasks))
    assert done.names()[-2:] == ["Slept", "Polled"]
    assert waits == [30, 15, 15]
    assert done.context.get("Sample.Wait.Seen") == 3


# ------------------------------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(("colour", "way"), [("red", "Stop"), ("green", "Go"), ("blue", "#default#"), ("", "#default#")])
def test_the_first_condition_that_holds_decides(run: Run, colour: str, way: str) -> None:
    tasks = [
        start("1"),
        condition(
            "Which light?",
            {"#default#": ["2"], "Stop": ["2"], "Go": ["2"]},
            [
                {"label": "Stop", "condition": [[compare("inputs.Colour", "isEqualString", "RED", ignorecase=True)]]},
                {"label": "Go", "condition": [[compare("inputs.Colour", "inList", "green,red")]]},
            ],
        ),
        title("Done"),
    ]
    done = run(playbook("Main", tasks, {"Colour": simple(colour)}))
    assert done.path[1].outcome == way
    assert done.visited == {
        ("Main", "0"), ("Main", "1"), ("Main", "2"),
        ("Main", "0", "#none#"), ("Main", "1", way), ("Main", "2", "#none#"),
    }  # fmt: skip


@pytest.mark.parametrize(("first", "second", "way"), [("1", "", "yes"), ("", "1", "yes"), ("", "", "#default#")])
def test_inner_lists_are_alternatives(run: Run, first: str, second: str, way: str) -> None:
    either = yes_when(compare("inputs.First", "isNotEmpty"), compare("inputs.Second", "isNotEmpty"))
    main = playbook(
        "Main", [start("1"), condition("Any?", {"#default#": ["2"], "yes": ["2"]}, either), title("Done")],
        {"First": simple(first), "Second": simple(second)},
    )  # fmt: skip
    assert run(main).path[1].outcome == way


@pytest.mark.parametrize(("first", "second", "way"), [("1", "", "#default#"), ("1", "1", "yes")])
def test_outer_lists_must_all_hold(run: Run, first: str, second: str, way: str) -> None:
    both = [{"label": "yes", "condition": [[compare("inputs.First", "isNotEmpty")], [compare("inputs.Second", "isNotEmpty")]]}]
    main = playbook(
        "Main", [start("1"), condition("Both?", {"#default#": ["2"], "yes": ["2"]}, both), title("Done")],
        {"First": simple(first), "Second": simple(second)},
    )  # fmt: skip
    assert run(main).path[1].outcome == way


@pytest.mark.parametrize(
    ("brand", "state", "way"),
    [("sample", "active", "YES"), ("Other", "active", "#default#"), ("Sample", "disabled", "#default#")],
)
def test_a_script_decides(run: Run, room: WarRoom, brand: str, state: str, way: str) -> None:
    room.instance.state = state
    asks = condition("Is it enabled?", {"#default#": ["2"], "YES": ["2"]})
    asks["task"]["scriptName"] = "IsIntegrationAvailable"
    asks["scriptarguments"] = {"brandname": simple(brand)}
    done = run(playbook("Main", [start("1"), asks, title("Done")]))
    assert done.path[1].outcome == way
    assert done.context.get("brandInstances") == (["Sample_instance_1"] if way == "YES" else None)


def test_a_command_decides(run: Run) -> None:
    asks = condition("What is heard?", {"#default#": ["2"], "Heard": ["2"]})
    asks["task"] |= {"script": "|||sample-answer", "iscommand": True}
    assert run(playbook("Main", [start("1"), asks, title("Done")])).path[1].outcome == "Heard"


# --------------------------------------------------------------------------------------------------- commands


def test_arguments_are_resolved_when_the_task_runs(run: Run) -> None:
    tasks = [
        start("1"),
        set_key("Words", '["a", "b"]', "2"),
        command(
            "sample-echo", {"text": "for ${inputs.Who}: ${Words}", "list": "${Words}", "flag": {}, "secret_text": "${Missing}"}
        ),
    ]
    done = run(playbook("Main", tasks, {"Who": simple("${incident.owner}")}), incident={"owner": "me"})
    assert done.entries[-1]["Contents"] == {"text": "for me: a,b", "list": "a,b", "flag": "false"}


def test_a_failing_command_stops_what_comes_after_it_and_nothing_else(run: Run) -> None:
    tasks = [start("1", "3"), command("sample-fail", leads_to=("2",)), title("Never"), title("Other branch")]
    done = run(playbook("Main", tasks))
    assert done.names() == ["", "sample-fail", "Other branch"]
    assert done.path[1].outcome == "failed"
    assert done.error == ("Main, task 1 (sample-fail): Failed to execute sample-fail command. Error: It failed on purpose.")
    assert not done.ok


def test_a_task_behind_a_failed_one_and_another_waits_for_both(run: Run) -> None:
    tasks = [start("1", "2"), command("sample-fail", leads_to=("3",)), title("Other branch", "3"), title("Both")]
    assert run(playbook("Main", tasks)).names() == ["", "sample-fail", "Other branch"]


def test_continue_on_error(run: Run) -> None:
    done = run(playbook("Main", [start("1"), command("sample-fail", leads_to=("2",), continueonerror=True), title("Next")]))
    assert done.ok
    assert done.names()[-1] == "Next"
    assert done.context.get("Sample.Failure") == "It failed on purpose."


def errors_handled(task: dict[str, Any]) -> dict[str, Any]:
    ways = {"#none#": ["2"], "#error#": ["3"]}
    task = task | {"nexttasks": ways, "continueonerror": True, "continueonerrortype": "errorPath"}
    read = script("GetErrorsFromEntry", {"entry_id": "${lastCompletedTaskEntries}"})
    return playbook("Main", [start("1"), task, title("Good"), read])


def test_error_handling_is_for_scripts_and_commands(run: Run) -> None:
    """On a sub-playbook continueonerror stands in public playbooks, and the documents promise it for scripts alone."""
    main = playbook("Main", [start("1"), sub_playbook("Child", leads_to=("2",), continueonerror=True), title("Never")])
    done = run(main, playbook("Child", [start("1"), command("sample-fail")]))
    assert done.error is not None
    assert "Never" not in done.names()


def test_the_error_path(run: Run) -> None:
    done = run(errors_handled(command("sample-fail")))
    assert done.ok
    assert done.names() == ["", "sample-fail", "GetErrorsFromEntry"]
    assert done.path[1].outcome == "#error#"
    assert done.context.get("ErrorEntries") == "Failed to execute sample-fail command. Error: It failed on purpose."


def test_the_error_path_is_for_errors(run: Run) -> None:
    assert run(errors_handled(command("sample-answer"))).names() == ["", "sample-answer", "Good"]


def test_a_condition_whose_script_fails_and_that_goes_on(run: Run) -> None:
    asks = condition("What is heard?", {"#default#": ["2"], "yes": []}, continueonerror=True)
    asks["task"] |= {"script": "|||sample-fail", "iscommand": True}
    assert run(playbook("Main", [start("1"), asks, title("Otherwise")])).names()[-1] == "Otherwise"


def test_a_value_that_cannot_be_cast_fails_the_task(run: Run) -> None:
    task = script("Print", {"value": {"complex": {"root": "inputs.Word", "transformers": [{"operator": "addition"}]}}})
    main = errors_handled(task)
    main["inputs"] = [{"key": "Word", "value": simple("many"), "description": ""}]
    done = run(main)
    assert done.path[1].outcome == "#error#"
    assert done.context.get("ErrorEntries") == "'many' is not a number."


def test_a_refused_command_takes_the_error_path(run: Run) -> None:
    done = run(errors_handled(command("sample-device-list")))
    assert done.context.get("ErrorEntries") == "Missing required argument of sample-device-list: ids."


def test_a_polling_command_that_times_out_is_an_error(run: Run, waits: list[float]) -> None:
    done = run(errors_handled(command("sample-wait", {"rounds": "99", "polling": "true"})))
    assert done.path[1].outcome == "#error#"
    assert sum(waits) == 120


def test_retries(run: Run, waits: list[float]) -> None:
    done = run(one_task(command("sample-fail", {"retry-count": "3", "retry-interval": "20"})))
    assert waits == [20, 20]
    assert [entry["Type"] for entry in done.entries] == [4]  # "attempts to run before generating an error"
    assert done.error is not None


def test_no_retry_after_success(run: Run, waits: list[float]) -> None:
    assert run(one_task(command("sample-answer", {"retry-count": "3"}))).ok
    assert waits == []


def test_extended_context(run: Run) -> None:
    done = run(
        one_task(command("sample-device-list", {"ids": "1,2", "extend-context": "Ids=Id::All=", "ignore-outputs": "true"}))
    )
    assert done.context.data == {"Ids": ["1", "2"], "All": [{"Id": "1", "Name": "nobody"}, {"Id": "2", "Name": "nobody"}]}


def test_field_mapping(run: Run) -> None:
    mapping = [{"incidentfield": "deviceid", "output": {"complex": {"root": "Sample.Device", "accessor": "Id"}}}]
    done = run(one_task(command("sample-device-list", {"ids": "1"}, fieldMapping=mapping)))
    assert done.incident["deviceid"] == "1"


def test_notes(run: Run) -> None:
    done = run(
        playbook("Main", [start("1"), script("Print", {"value": "one"}, ("2",), note=True), script("Print", {"value": "two"})])
    )
    assert [note["HumanReadable"] for note in done.notes] == ["one"]
    assert len(done.entries) == 2


def test_quiet_mode_shows_errors_only_and_writes_the_context(run: Run) -> None:
    tasks = [
        start("1"),
        command("sample-device-list", {"ids": "1"}, ("2",)),
        command("sample-fail", leads_to=("3",), continueonerror=True),
        script("Print", {"value": "loud"}, quietmode=2),
    ]
    done = run(playbook("Main", tasks, quiet=True))
    assert [entry["Type"] for entry in done.entries] == [4, 1]
    assert done.context.get("Sample.Device.Id") == "1"


def test_quiet_mode_of_one_task(run: Run) -> None:
    assert run(one_task(script("Print", {"value": "quiet"}, quietmode=1))).entries == []


def test_the_incident(run: Run) -> None:
    tasks = [
        start("1"),
        builtin(
            "setIncident", {"severity": "high", "owner": "${incident.name}", "customFields": '{"devicename": "LAB-0001"}'}, ("2",)
        ),
        script("Print", {"value": "${incident.severity} ${incident.devicename}"}, ("3",)),
        builtin("closeInvestigation", {"closeReason": "Resolved", "closeNotes": "Found."}),
    ]
    done = run(playbook("Main", tasks), incident={"name": "Lost laptop", "type": "Absolute", "created": "2026-01-05T08:00:00Z"})
    assert done.incident == {
        "id": "1", "created": "2026-01-05T08:00:00Z",
        "name": "Lost laptop", "type": "Absolute", "severity": 3, "owner": "Lost laptop", "devicename": "LAB-0001",
        "status": 2, "closeReason": "Resolved", "closeNotes": "Found.",
        "sourceBrand": "Manual", "sourceInstance": "admin",
    }  # fmt: skip
    assert done.entries[1]["HumanReadable"] == "3 LAB-0001"


def test_an_unknown_severity_fails_the_task(run: Run) -> None:
    assert "'huge' is not a severity." in run(one_task(builtin("setIncident", {"severity": "huge"}))).error


def test_what_is_unavailable_is_skipped_with_its_branch(run: Run) -> None:
    tasks = [
        start("1", "3", "5"),
        command("other-command", leads_to=("2",), skipunavailable=True),
        title("After the command"),
        sub_playbook("Nowhere", leads_to=("4",), skipunavailable=True),
        title("After the playbook"),
        title("Other branch"),
    ]
    done = run(playbook("Main", tasks))
    assert done.ok
    assert done.names() == ["", "other-command", "Nowhere", "Other branch"]
    assert [step.outcome for step in done.path[1:3]] == ["skipped", "skipped"]
    assert ("Main", "1") not in done.visited


def test_an_instance_that_is_disabled(run: Run, room: WarRoom) -> None:
    room.instance.state = "disabled"
    assert "No instance of Sample (Community Contribution) is enabled." in run(one_task(command("sample-answer"))).error
    assert run(one_task(command("sample-answer", skipunavailable=True))).path[1].outcome == "skipped"


def test_a_condition_without_default_ends_its_branch(run: Run) -> None:
    tasks = [
        start("1", "3"),
        condition("Which?", {"yes": ["2"]}, yes_when(compare("inputs.Go", "isNotEmpty"))),
        title("Left"),
        title("Right"),
    ]
    done = run(playbook("Main", tasks, {"Go": {}}))
    assert done.ok
    assert done.names() == ["", "Which?", "Right"]
    assert run(playbook("Main", tasks, {"Go": simple("x")})).names() == ["", "Which?", "Left", "Right"]


@pytest.mark.parametrize("is_command", [True, False])
def test_a_script_by_its_id(run: Run, is_command: bool) -> None:
    """A script is a command of its name too."""
    by_id = command("DeleteContext", {"key": "a"})
    by_id["task"] |= {"script": "DeleteContext", "iscommand": is_command}
    assert run(playbook("Main", [start("1"), set_key("a", "1", "2"), by_id])).context.data == {}


# ---------------------------------------------------------------------------------------------- sub-playbooks


def child(*tasks: dict[str, Any], inputs: dict[str, Any] | None = None, outputs: tuple[str, ...] = ()) -> dict[str, Any]:
    return playbook("Child", [start("1"), *tasks], inputs, outputs)


def test_a_private_context_gives_back_its_outputs_only(run: Run) -> None:
    main = playbook(
        "Main", [start("1"), set_key("Secret", "x", "2"), sub_playbook("Child", {"Ids": "1,2"}, separatecontext=True)]
    )
    looks = child(
        command("sample-device-list", {"ids": "${inputs.Ids}", "name": "${Secret}"}, ("2",)), set_key("Scratch", "y"),
        inputs={"Ids": {}}, outputs=("Sample.Device.Id",),
    )  # fmt: skip
    done = run(main, looks)
    assert done.context.data == {"Secret": "x", "Sample": {"Device": [{"Id": "1"}, {"Id": "2"}]}}
    assert [(step.playbook, step.depth) for step in done.path[2:]] == [("Main", 0), ("Child", 1), ("Child", 1), ("Child", 1)]


def test_a_private_context_belongs_to_the_same_incident(run: Run) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", separatecontext=True)])
    done = run(main, child(builtin("setIncident", {"owner": "${incident.name}"})), incident={"name": "me"})
    assert done.incident["owner"] == "me"


def test_a_shared_context(run: Run) -> None:
    main = playbook("Main", [start("1"), set_key("Word", "x", "2"), sub_playbook("Child", separatecontext=False)])
    done = run(main, child(set_key("Copy", "${Word}")))
    assert done.context.data == {"Word": "x", "Copy": "x"}


def test_inputs_have_default_values_and_belong_to_their_playbook(run: Run) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", {"Given": "${inputs.Mine}"})], {"Mine": simple("a")})
    says = script("Print", {"value": "${inputs.Given} ${inputs.Default} ${inputs.Mine}."})
    done = run(main, child(says, inputs={"Given": simple("b"), "Default": simple("c")}))
    assert done.entries[-1]["HumanReadable"] == "a c ."


def test_an_input_that_is_cleared_stays_empty(run: Run) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", {"Given": {}})])
    assert (
        run(main, child(script("Print", {"value": "<${inputs.Given}>"}), inputs={"Given": simple("b")})).entries[-1]["Contents"]
        == "<>"
    )


def test_the_error_of_a_sub_playbook_stops_its_parent(run: Run) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", leads_to=("2",)), title("Never")])
    done = run(main, child(command("sample-fail")))
    assert done.names() == ["", "Child", "", "sample-fail"]
    assert done.error == (
        "Main, task 1 (Child): Child, task 1 (sample-fail): Failed to execute sample-fail command. Error: It failed on purpose."
    )


def test_a_sub_playbook_that_waits_for_a_person_holds_its_parent(run: Run) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", leads_to=("2",)), title("Never")])
    done = run(main, child(condition("Go on?", {"Yes": [], "No": []})))
    assert done.waiting == "Go on?"
    assert not done.ok
    assert "Never" not in done.names()


@pytest.mark.parametrize(("repeats", "z"), [(True, ["9", "9", "9"]), (False, ["9", "", ""])])
def test_for_each_input(run: Run, room: WarRoom, waits: list[float], repeats: bool, z: list[str]) -> None:
    room.behaviour = Behaviour(loop_repeats_single_values=repeats)
    loop = {"iscommand": False, "exitCondition": "", "forEach": True, "wait": 2, "max": 100}
    main = playbook(
        "Main",
        [start("1"), sub_playbook("Child", {"X": "${inputs.X}", "Y": "${inputs.Y}", "Z": "9"}, loop=loop, separatecontext=True)],
        {"X": {}, "Y": {}},
    )
    says = script("Print", {"value": "${inputs.X}, ${inputs.Y}, ${inputs.Z}"})
    done = run(main, child(says, inputs={"X": {}, "Y": {}, "Z": {}}), inputs={"X": [1, 2, 3], "Y": ["a", "b"]})
    # The tables in "Configure a sub-playbook loop", of the newest guide and of version 6.9.
    assert [entry["HumanReadable"] for entry in done.entries] == [f"1, a, {z[0]}", f"2, b, {z[1]}", f"3, , {z[2]}"]
    assert waits == [2, 2]


def test_for_each_without_a_list_runs_once(run: Run) -> None:
    loop = {"forEach": True, "wait": 1, "max": 100}
    done = run(playbook("Main", [start("1"), sub_playbook("Child", loop=loop)]), child(title("Once")))
    assert done.names().count("Once") == 1


def test_for_each_runs_no_more_often_than_it_may(run: Run) -> None:
    loop = {"forEach": True, "wait": 1, "max": 2}
    main = playbook("Main", [start("1"), sub_playbook("Child", {"Id": "${inputs.Ids}"}, loop=loop)], {"Ids": {}})
    done = run(main, child(title("Round"), inputs={"Id": {}}), inputs={"Ids": ["1", "2", "3"]})
    assert done.names().count("Round") == 2


def test_a_private_context_lasts_over_all_rounds(run: Run) -> None:
    loop = {"forEach": True, "wait": 1, "max": 100}
    main = playbook(
        "Main", [start("1"), sub_playbook("Child", {"Id": "${inputs.Ids}"}, loop=loop, separatecontext=True)], {"Ids": {}}
    )
    looks = child(command("sample-device-list", {"ids": "${inputs.Id}"}), inputs={"Id": {}}, outputs=("Sample.Device",))
    done = run(main, looks, inputs={"Ids": ["1", "2"]})
    assert done.context.get("Sample.Device.Id") == ["1", "2"]


def until(operator: str, right: str, most: int) -> dict[str, Any]:
    criteria = [[{"operator": operator, "left": path("Count"), "right": {"value": simple(right)}}]]
    return {"iscommand": False, "exitCondition": "", "builtincondition": criteria, "wait": 60, "max": most}


COUNTS = {"complex": {"root": "Count", "transformers": [{"operator": "addition", "args": {"by": {"value": {"simple": "1"}}}}]}}


@pytest.mark.parametrize(("most", "count"), [(10, 3), (2, 2)])
@pytest.mark.parametrize("private", [True, False])
def test_a_loop_until_a_condition_holds(run: Run, waits: list[float], most: int, count: int, private: bool) -> None:
    """The condition is looked up in the sub-playbook's context ("Configure a sub-playbook loop")."""
    loops = sub_playbook("Child", leads_to=("2",), loop=until("greaterThanOrEqual", "3", most), separatecontext=private)
    main = playbook("Main", [start("1"), loops, title("Done")])
    counts = script("SetAndHandleEmpty", {"key": "Count", "value": COUNTS, "append": "false"})
    begin = condition("Begun?", {"#default#": ["2"], "yes": ["3"]}, yes_when(compare("Count", "isExists")))
    done = run(main, child(begin, set_key("Count", "1"), counts, outputs=("Count",)))
    assert done.context.get("Count") == count
    assert waits == [60] * (count - 1)
    assert done.names()[-1] == "Done"


def test_an_output_can_name_the_object_that_it_updates(run: Run) -> None:
    main = playbook(
        "Main",
        [
            start("1"),
            command("sample-device-list", {"ids": "1,2"}, ("2",)),
            sub_playbook("Child", separatecontext=True),
        ],
    )
    looks = child(
        command("sample-device-list", {"ids": "2", "name": "somebody"}), outputs=("Sample.Device(val.Id && val.Id == obj.Id)",)
    )
    assert run(main, looks).context.get("Sample.Device") == [{"Id": "1", "Name": "nobody"}, {"Id": "2", "Name": "somebody"}]


def test_outputs_are_added_and_none_twice(run: Run) -> None:
    main = playbook("Main", [start("1"), set_key("Found", '["a", "b"]', "2"), sub_playbook("Child", separatecontext=True)])
    assert run(main, child(set_key("Found", '["b", "c"]'), outputs=("Found", "Missing"))).context.data == {
        "Found": ["a", "b", "c"]
    }


# ---------------------------------------------------------------------------------------- before anything runs


@pytest.mark.parametrize(
    ("task", "refusal"),
    [
        (command("other-command"), "Main, task 1 (other-command): there is no command |||other-command."),
        (command("sample-echo", {"colour": "red"}), "sample-echo has no argument colour."),
        (sub_playbook("Nowhere"), "there is no playbook Nowhere."),
        (sub_playbook("Child", {"Colour": "red"}), "Child has no input Colour."),
        (sub_playbook("Child"), "Child, task 1 (unknown): there is no command |||unknown."),
    ],
)
def test_what_is_not_there_is_refused_before_anything_runs(run: Run, task: dict[str, Any], refusal: str) -> None:
    with pytest.raises(UnsupportedPlaybookError) as error:
        run(one_task(task), child(command("unknown")))
    assert refusal in str(error.value)


def test_inputs_that_a_playbook_does_not_have(run: Run) -> None:
    with pytest.raises(ValueError, match=r"Main has no input Colour\."):
        run(one_task(title("Done")), inputs={"Colour": "red"})


def test_a_playbook_that_is_not_there(room: WarRoom) -> None:
    with pytest.raises(ValueError, match=r"There is no playbook Nothing\."):
        room.run_playbook(load_playbooks(SAMPLES), "Nothing")
