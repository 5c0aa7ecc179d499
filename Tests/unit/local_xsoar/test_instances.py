"""Several instances of an integration: where a command runs, what becomes of its results, and what stays on an instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from local_xsoar import Behaviour, Integration, PlatformModules, PlaybookRun, UnsupportedPlaybookError, WarRoom
from unit.local_xsoar.playbook_support import command, library, playbook, script, start, sub_playbook

FIRST, SECOND, THIRD = "Sample_instance_1", "Sample_instance_2", "Sample_instance_3"


@pytest.fixture
def room(room: WarRoom) -> WarRoom:
    """Two instances that are used by default."""
    room.add_instance({"url": "https://second.example.com"})
    return room


def answered(run: Any) -> list[str]:
    """The instances that gave entries, in order."""
    return [str(entry.get("ModuleName")) for entry in run.entries]


def test_without_using_every_enabled_instance_runs_a_command(room: WarRoom) -> None:
    run = room.run("!sample-facts")
    assert [entry["Contents"]["instance"] for entry in run.entries] == [FIRST, SECOND]
    assert answered(run) == [FIRST, SECOND]
    assert {entry["Brand"] for entry in run.entries} == {"Sample"}


def test_results_of_both_are_merged_into_one_context(room: WarRoom) -> None:
    """Objects with the key of a stored one update it, whoever gave that."""
    run = room.run("!sample-device-list ids=1,2")
    assert len(run.entries) == 2
    assert room.context.get("Sample.Device.Id") == ["1", "2"]


def test_outputs_without_a_key_are_there_twice(room: WarRoom) -> None:
    room.run("!sample-wait rounds=1")
    assert room.context.get("Sample.Wait") == [{"Seen": 1}, {"Seen": 1}]


@pytest.mark.parametrize(
    ("using", "where"),
    [
        (f"using={SECOND}", [SECOND]),
        (f"using={SECOND},{FIRST}", [SECOND, FIRST]),
        (f'using="{SECOND}, {SECOND}"', [SECOND]),
        ("using=", [FIRST, SECOND]),
        ("using-brand=Sample", [FIRST, SECOND]),
        (f"using-brand=Sample using={FIRST}", [FIRST]),
    ],
)
def test_using_says_where(room: WarRoom, using: str, where: list[str]) -> None:
    run = room.run(f"!sample-echo text=hello {using}")
    assert run.ok
    assert answered(run) == where
    assert {str(entry["Contents"]) for entry in run.entries} == {"{'flag': 'false', 'text': 'hello'}"}


@pytest.mark.parametrize(
    ("using", "refusal"),
    [
        ("using=Nobody", f"There is no instance Nobody, but {FIRST}, {SECOND}, {THIRD}."),
        (f"using={FIRST},Nobody", f"There is no instance Nobody, but {FIRST}, {SECOND}, {THIRD}."),
        (f"using={THIRD}", f"The instance {THIRD} is disabled."),
        (f"using={FIRST} using-brand=Other", f"The instance {FIRST} is none of Other, but of Sample."),
        ("using-brand=Other", "No instance of Other is enabled."),
        ("using=admin", f"There is no instance admin, but {FIRST}, {SECOND}, {THIRD}."),
    ],
)
def test_an_instance_that_cannot_run_it_is_an_error_and_nothing_runs(room: WarRoom, using: str, refusal: str) -> None:
    room.add_instance({}, enabled=False)
    run = room.run(f"!sample-state {using}")
    assert run.error == refusal
    assert all(one.integration_context == {} for one in room.instances.values())


def test_a_disabled_instance_does_not_run(room: WarRoom) -> None:
    room.instances[FIRST].state = "disabled"
    assert answered(room.run("!sample-facts")) == [SECOND]
    room.instances[SECOND].state = "disabled"
    assert room.run("!sample-facts").error == "No instance of Sample (Community Contribution) is enabled."


def test_do_not_use_by_default(room: WarRoom) -> None:
    room.instances[SECOND].by_default = False
    assert answered(room.run("!sample-facts")) == [FIRST]
    assert answered(room.run(f"!sample-facts using={SECOND}")) == [SECOND]
    room.instances[FIRST].by_default = False
    error = room.run("!sample-facts").error
    assert error == f"No instance that has sample-facts is used by default. Name one: using={FIRST}."


def test_each_instance_has_its_own_parameters_and_state(room: WarRoom) -> None:
    assert room.instances[SECOND].params["url"] == "https://second.example.com"
    room.instances[SECOND].params["url"] = ""
    assert (room.test(), room.test(SECOND)) == ("ok", "The URL is missing.")
    room.run(f"!sample-state using={SECOND}")
    assert room.instances[SECOND].integration_context == {"runs": "1"}
    assert room.instances[FIRST].integration_context == {}


def test_names_are_unique(room: WarRoom) -> None:
    assert list(room.instances) == [FIRST, SECOND]
    room.add_instance({}, name="Berlin")
    with pytest.raises(ValueError, match=r"There is an instance Berlin already\."):
        room.add_instance({}, name="Berlin")


def test_an_error_of_one_instance_leaves_the_other_at_work(room: WarRoom, waits: list[float]) -> None:
    """The command has failed all the same: one of its entries is an error."""
    room.instances[FIRST].params["url"] = "https://fails.example.com"
    run = room.run("!sample-wait rounds=3 polling=true")
    assert run.error == "Failed to execute sample-wait command. Error: It failed on purpose."
    assert answered(run)[0] == FIRST
    assert room.context.get("Sample.Wait.Seen") == 3
    assert waits == [30, 30]


def test_polls_stay_on_the_instance_that_began(room: WarRoom, waits: list[float]) -> None:
    run = room.run(f"!sample-wait rounds=3 polling=true using={SECOND}")
    assert (answered(run), run.polls, waits) == ([SECOND] * 3, 2, [30, 30])


def test_polls_of_both_go_on_at_the_same_time(room: WarRoom, waits: list[float]) -> None:
    run = room.run("!sample-wait rounds=2 polling=true")
    assert answered(run) == [FIRST, SECOND, FIRST, SECOND]
    assert waits == [30]


def test_a_fetch_names_its_instance_in_every_incident(sample: Integration, platform_modules: PlatformModules) -> None:
    """Also on an instance that is not used by default: that concerns commands alone."""
    room = WarRoom(sample, {"steps": "incidents"}, platform_modules)
    room.add_instance({"steps": "incidents"}, name="Berlin", by_default=False)
    room.execute("fetch-incidents")
    sources = [(one["sourceBrand"], one["sourceInstance"]) for one in room.instances["Berlin"].incidents]
    assert sources == [("Sample", "Berlin")] * 2
    assert {one["sourceInstance"] for one in room.incidents} == {FIRST}


# ------------------------------------------------------------------------------------------------- playbooks


def play(room: WarRoom, folder: Path, *playbooks: dict[str, Any], **more: Any) -> PlaybookRun:
    return room.run_playbook(library(folder, *playbooks), playbooks[0]["name"], **more)


def asks(**args: Any) -> dict[str, Any]:
    return playbook("Main", [start("1"), command("sample-facts", args)], {"Instance": {"simple": "${incident.sourceInstance}"}})


def test_a_task_runs_on_every_instance(room: WarRoom, tmp_path: Path) -> None:
    assert answered(play(room, tmp_path, asks())) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("value", "where"), [("${inputs.Instance}", [SECOND]), ("", [FIRST, SECOND]), ("${Nothing}", [FIRST, SECOND])]
)
def test_a_task_takes_using_as_an_argument(room: WarRoom, tmp_path: Path, value: str, where: list[str]) -> None:
    done = play(room, tmp_path, asks(using=value), inputs={"Instance": SECOND})
    assert answered(done) == where


def test_a_list_of_instances(room: WarRoom, tmp_path: Path) -> None:
    main = playbook("Main", [start("1"), command("sample-facts", {"using": "${inputs.Instances}"})], {"Instances": {}})
    assert answered(play(room, tmp_path, main, inputs={"Instances": [SECOND, FIRST]})) == [SECOND, FIRST]


def test_the_instance_of_a_fetched_incident(room: WarRoom, tmp_path: Path) -> None:
    room.instances[SECOND].params["steps"] = "incidents"
    room.execute("fetch-incidents", {"using": SECOND})
    incident = room.instances[SECOND].incidents[0]
    assert answered(play(room, tmp_path, asks(using="${inputs.Instance}"), incident=incident)) == [SECOND]


def test_an_incident_that_a_person_opened_has_no_instance(room: WarRoom, tmp_path: Path) -> None:
    """Its sourceInstance is the person, and its sourceBrand "Manual"."""
    done = play(room, tmp_path, asks(using="${inputs.Instance}"))
    assert (done.incident["sourceBrand"], done.incident["sourceInstance"]) == ("Manual", "admin")
    assert "There is no instance admin" in str(done.error)


def test_on_demand_instances_in_playbooks(room: WarRoom, tmp_path: Path) -> None:
    """Version 6 runs them in playbooks, newer versions do not; at the prompt neither does."""
    room.instances[SECOND].by_default = False
    assert answered(play(room, tmp_path, asks())) == [FIRST]
    room.behaviour = Behaviour(on_demand_in_playbooks=True)
    assert answered(play(room, tmp_path, asks())) == [FIRST, SECOND]
    assert answered(room.run("!sample-facts")) == [FIRST]


def test_an_error_of_one_instance_fails_the_task(room: WarRoom, tmp_path: Path) -> None:
    room.instances[SECOND].params["url"] = "https://fails.example.com"
    done = play(room, tmp_path, playbook("Main", [start("1"), command("sample-wait", {"rounds": "1"})]))
    assert done.error is not None
    assert room.context.get("Sample.Wait.Seen") == 1


def test_a_sub_playbook_hands_it_on(room: WarRoom, tmp_path: Path) -> None:
    main = playbook("Main", [start("1"), sub_playbook("Child", {"Instance": "${inputs.Instance}"})], {"Instance": {}})
    child = playbook("Child", [start("1"), command("sample-facts", {"using": "${inputs.Instance}"})], {"Instance": {}})
    assert answered(play(room, tmp_path, main, child, inputs={"Instance": SECOND})) == [SECOND]


def test_polls_of_a_task_stay_where_they_began(room: WarRoom, tmp_path: Path) -> None:
    waiting = command("sample-wait", {"rounds": "3", "polling": "true", "using": SECOND})
    assert answered(play(room, tmp_path, playbook("Main", [start("1"), waiting]))) == [SECOND] * 3


def test_modules_lists_every_instance(room: WarRoom, tmp_path: Path) -> None:
    room.add_instance({}, name="Berlin", by_default=False, enabled=False)
    available = script("IsIntegrationAvailable", {"brandname": "Sample"}, ("2",))
    done = play(room, tmp_path, playbook("Main", [start("1"), available, script("Print", {"value": "${modules}"})]))
    modules = done.entries[-1]["Contents"]
    assert [(one["name"], one["state"], one["defaultIgnored"]) for one in modules] == [
        (FIRST, "active", "false"),
        (SECOND, "active", "false"),
        ("Berlin", "disabled", "true"),
    ]
    assert room.context.get("brandInstances") == [FIRST, SECOND]


def test_a_script_takes_no_instance(room: WarRoom, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPlaybookError, match=r"the script Print has no argument using\."):
        library(tmp_path, playbook("Main", [start("1"), script("Print", {"value": "x", "using": FIRST})]))


# ------------------------------------------------------------------------------------------- other integrations


def test_instances_of_two_integrations_that_have_the_same_commands(sample: Integration, room: WarRoom, tmp_path: Path) -> None:
    other = Integration("Other", "Other", "", sample.script_path, {"sample-facts": sample.commands["sample-facts"]})
    room.add_instance({"url": "https://example.com"}, integration=other)
    assert list(room.instances) == [FIRST, SECOND, "Other_instance_1"]
    assert answered(room.run("!sample-facts")) == [FIRST, SECOND, "Other_instance_1"]
    assert answered(room.run("!sample-facts using-brand=Other")) == ["Other_instance_1"]
    of_brand = command("sample-facts")
    of_brand["task"]["script"] = "Sample|||sample-facts"
    assert answered(play(room, tmp_path, playbook("Main", [start("1"), of_brand]))) == [FIRST, SECOND]
    refused = room.run("!sample-state using=Other_instance_1")
    assert refused.error == "The instance Other_instance_1 has no command sample-state: it is one of Other."
