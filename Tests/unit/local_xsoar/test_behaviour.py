"""Where servers differ: questions that nobody answers in time, long waits, and the order of parallel branches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import Answers, Behaviour, Later, PlaybookRun, WarRoom
from local_xsoar.behaviour import VERSION_6, Deadline
from unit.local_xsoar.playbook_support import (
    builtin,
    collection,
    command,
    condition,
    library,
    playbook,
    question,
    script,
    start,
    title,
)

HOUR = 3600.0
SERVERS: list[Deadline] = ["no answers", "stays open", "first option", "yes", "empty answers"]
Play = Callable[..., PlaybookRun]


@pytest.fixture
def play(room: WarRoom, tmp_path: Path) -> Play:
    """Plays the tasks on a server."""

    def play(behaviour: Behaviour, *tasks: dict[str, Any], begin: Any = None, **answers: Any) -> PlaybookRun:
        room.behaviour = behaviour
        room.context.data = {}
        main = playbook("Main", [begin or start("1"), *tasks])
        return room.run_playbook(library(tmp_path, main), "Main", answers=Answers(answers))

    return play


# ------------------------------------------------------------------------------- a question that nobody answers

FORM = [
    question("0", "singleSelect", options=["No", "Yes, wipe it"], required=True),
    question("1", "multiSelect", options=["a", "b"]),
    question("2"),
]
ASKS = (collection("Ask", FORM, ("2",), ends_at_deadline=True, sla={"hours": 1}), title("Goes on"))


@pytest.mark.parametrize(
    ("server", "answers"),
    [
        ("no answers", None),
        ("first option", {"0": "No", "1": ["a"], "2": "", "name": ""}),
        ("yes", {"0": "Yes, wipe it", "1": ["a"], "2": "", "name": ""}),
        ("empty answers", {"0": "", "1": "", "2": "", "name": ""}),
    ],
)
def test_a_server_that_ends_the_question_at_its_deadline(
    play: Play, waits: list[float], server: Deadline, answers: dict[str, Any] | None
) -> None:
    done = play(Behaviour(deadline=server), *ASKS, Ask=None)
    assert waits == [HOUR]
    assert done.names()[-1] == "Goes on"
    assert done.context.get("Survey.Answers") == answers


CLOSES = (
    collection("Ask", FORM, ("4",)),
    script("Sleep", {"seconds": "3600"}, ("3",)),
    builtin("taskComplete", {"id": "the-question"}),
    title("Goes on"),
)


@pytest.mark.parametrize("answer", [None, Later({"0": "Yes, wipe it"}, after=2 * HOUR)], ids=["none", "late"])
def test_a_playbook_closes_its_question_itself(play: Play, waits: list[float], answer: Any) -> None:
    """By the tag of the task. An answer that comes later finds no question any more."""
    tasks = [{**CLOSES[0], "task": {**CLOSES[0]["task"], "tags": ["the-question"]}}, *CLOSES[1:]]
    begin = start("1", "2")
    done = play(Behaviour(), *tasks, begin=begin, Ask=answer)
    assert (done.ok, waits, done.context.get("Survey")) == (True, [HOUR], None)
    assert done.names()[-1] == "Goes on"


def test_a_question_that_is_answered_cannot_be_closed(play: Play) -> None:
    done = play(Behaviour(), title("x", "2"), builtin("taskComplete", {"id": "the-question"}))
    assert "There is no open task the-question." in str(done.error)


def test_a_command_of_the_server_without_what_it_needs_fails(play: Play) -> None:
    done = play(Behaviour(), title("x", "2"), builtin("taskComplete", {"id": "${nothing}"}))
    assert "Missing required argument of taskComplete: id." in str(done.error)


def test_a_server_that_leaves_the_question_open(play: Play, waits: list[float]) -> None:
    done = play(Behaviour(deadline="stays open"), *ASKS, Ask=None)
    assert (done.waiting, waits) == ("Ask", [])


@pytest.mark.parametrize("server", SERVERS)
def test_without_the_switch_every_server_leaves_it_open(play: Play, server: Deadline) -> None:
    asks = collection("Ask", FORM, ("2",), sla={"hours": 1})
    assert play(Behaviour(deadline=server), asks, title("Goes on"), Ask=None).waiting == "Ask"


@pytest.mark.parametrize("server", SERVERS)
def test_an_answer_in_time_counts(play: Play, waits: list[float], server: Deadline) -> None:
    done = play(Behaviour(deadline=server), *ASKS, Ask=Later({"0": "No"}, after=HOUR))
    assert done.context.get("Survey.Answers") == {"0": "No", "name": "analyst"}
    assert waits == [HOUR]


@pytest.mark.parametrize(("server", "counts"), [(server, server == "stays open") for server in SERVERS])
def test_a_late_answer_counts_only_where_the_question_is_open_still(
    play: Play, waits: list[float], server: Deadline, counts: bool
) -> None:
    done = play(Behaviour(deadline=server), *ASKS, Ask=Later({"0": "Yes, wipe it", "2": "late"}, after=HOUR + 1))
    assert (done.context.get("Survey.Answers.2") == "late") is counts
    assert waits == [HOUR + 1 if counts else HOUR]


@pytest.mark.parametrize(
    ("server", "last"),
    [
        ("no answers", "Isolate"),
        ("stays open", "Isolate?"),
        ("first option", "Leave"),
        ("yes", "Isolate"),
        ("empty answers", "Isolate"),
    ],
)
def test_an_ask_that_nobody_answers(play: Play, server: Deadline, last: str) -> None:
    """It goes on along Yes, the page "Create a communication task" says; it has no way for nothing."""
    message = {"timings": {"completeaftersla": True}, "replyOptions": ["No", "Yes"]}
    asks = condition("Isolate?", {"No": ["2"], "Yes": ["3"]}, message=message, sla={"hours": 1})
    done = play(Behaviour(deadline=server), asks, title("Leave"), title("Isolate"), **{"Isolate?": None})
    assert done.names()[-1] == last


# ------------------------------------------------------------------------------------------------ long waits


@pytest.mark.parametrize(("seconds", "fails"), [("5999", False), ("6000", True), ("7200", True)])
def test_version_6_ends_the_script_sleep(play: Play, waits: list[float], seconds: str, fails: bool) -> None:
    done = play(VERSION_6, script("Sleep", {"seconds": seconds}))
    assert waits == [min(float(seconds), 6000.0)]
    assert (done.error is not None) is fails
    assert [entry["Type"] for entry in done.entries] == ([4] if fails else [])


def test_newer_versions_do_not(play: Play, waits: list[float]) -> None:
    assert play(Behaviour(), script("Sleep", {"seconds": "7200"})).ok
    assert waits == [7200]


# ---------------------------------------------------------------------------------------- branches take turns

BRANCHES = (
    title("Fork", "2", "4"),
    title("Left", "3"),
    title("Left too"),
    title("Right", "5"),
    title("Right too"),
)


def orders(play: Play, seeds: range) -> set[tuple[str, ...]]:
    return {tuple(play(Behaviour(seed=seed), *BRANCHES).names()[2:]) for seed in seeds}


def test_without_a_seed_the_first_branch_goes_on(play: Play) -> None:
    assert play(Behaviour(), *BRANCHES).names()[2:] == ["Left", "Left too", "Right", "Right too"]


def test_with_seeds_every_order_comes_that_the_arrows_permit(play: Play) -> None:
    found = orders(play, range(60))
    assert len(found) == 6  # two branches of two tasks
    assert all(order.index("Left") < order.index("Left too") for order in found)


def test_a_seed_gives_the_same_order_again(play: Play) -> None:
    assert all(len(orders(play, range(seed, seed + 1)) | orders(play, range(seed, seed + 1))) == 1 for seed in range(8))


def test_a_race_for_the_entries_of_the_last_task_shows(play: Play) -> None:
    """One branch reads the error that it has handled; under some orders the other branch has put its entries there."""

    def handled(target: str) -> dict[str, Any]:
        ways = {"#none#": [], "#error#": [target]}
        return command("sample-fail", leads_to=ways, continueonerror=True, continueonerrortype="errorPath")

    reads = script("GetErrorsFromEntry", {"entry_id": "${lastCompletedTaskEntries}"})
    tasks = (title("Fork", "2", "4"), handled("3"), reads, script("Print", {"value": "Meanwhile"}))
    found = {bool(play(Behaviour(seed=seed), *tasks).context.get("ErrorEntries")) for seed in range(30)}
    assert found == {True, False}
    assert play(Behaviour(), *tasks).context.get("ErrorEntries")


def test_waits_pass_once_for_all_branches(play: Play, waits: list[float]) -> None:
    tasks = (title("Fork", "2", "3"), script("Sleep", {"seconds": "60"}), script("Sleep", {"seconds": "20"}))
    for seed in range(5):
        waits.clear()
        assert play(Behaviour(seed=seed), *tasks).ok
        assert sum(waits) == 60
