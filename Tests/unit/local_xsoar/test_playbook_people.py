"""Tasks that need a person: manual tasks and conditions, forms, deadlines, and who answers at the terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import AnswerError, Answers, PlaybookRun, Request, WarRoom
from local_xsoar.person import AgreesToEverything, Nobody, Overheard, PersonAtTerminal
from local_xsoar.playbooks.answers import AskedQuestion
from local_xsoar.terminal import Terminal
from rich.console import Console
from unit.local_xsoar.playbook_support import (
    collection,
    compare,
    condition,
    library,
    playbook,
    question,
    simple,
    start,
    task,
    title,
    yes_when,
)

Run = Callable[..., PlaybookRun]
Ask = Callable[..., Any]


@pytest.fixture
def run(room: WarRoom, tmp_path: Path) -> Run:
    def run(*tasks: dict[str, Any], answers: Any = None) -> PlaybookRun:
        respondent = answers if answers is None or hasattr(answers, "answer") else Answers(answers)
        return room.run_playbook(library(tmp_path, playbook("Main", [start("1"), *tasks])), "Main", answers=respondent)

    return run


APPROVAL = condition("Wipe it?", {"Yes": ["2"], "No": ["3"]})


@pytest.mark.parametrize(("answer", "last"), [("Yes", "Wipe"), ("No", "Keep")])
def test_a_person_decides(run: Run, answer: str, last: str) -> None:
    done = run(APPROVAL, title("Wipe"), title("Keep"), answers={"Wipe it?": answer})
    assert done.names() == ["", "Wipe it?", last]
    assert ("Main", "1", answer) in done.visited


def test_a_decision_that_nobody_takes(run: Run) -> None:
    done = run(APPROVAL, title("Wipe"), title("Keep"))
    assert done.waiting == "Wipe it?"
    assert done.path[-1].outcome == "waiting"
    assert not done.ok


def test_other_branches_go_on_while_a_person_is_waited_for(room: WarRoom, tmp_path: Path) -> None:
    main = playbook("Main", [start("1", "2"), task("regular", "Call the owner"), title("Meanwhile")])
    done = room.run_playbook(library(tmp_path, main), "Main")
    assert done.names() == ["", "Call the owner", "Meanwhile"]
    assert done.waiting == "Call the owner"


def test_a_manual_task(run: Run) -> None:
    done = run(task("regular", "Call the owner", ["2"]), title("Called"), answers={"Call the owner": "done"})
    assert done.names() == ["", "Call the owner", "Called"]


def test_one_answer_per_visit(run: Run) -> None:
    twice = [condition("Again?", {"Yes": ["2"], "No": []}), condition("Again?", {"Yes": [], "No": []})]
    assert [step.outcome for step in run(*twice, answers={"Again?": ["Yes", "No"]}).path[1:]] == ["Yes", "No"]
    with pytest.raises(AnswerError, match=r"Again\? is asked 2 times, and 1 answers are there\."):
        run(*twice, answers={"Again?": ["Yes"]})


def test_an_answer_can_depend_on_the_question(run: Run) -> None:
    def answer(request: Request) -> str:
        return "Yes" if request.labels == ("Yes", "No") else "No"

    assert run(APPROVAL, title("Wipe"), title("Keep"), answers={"Wipe it?": answer}).names()[-1] == "Wipe"


# -------------------------------------------------------------------------------------------------------- Ask


def an_ask(*ways: str, replies: tuple[str, ...] = ("Yes", "No"), ends_at_deadline: bool = False, **more: Any) -> dict[str, Any]:
    """A condition that asks; its ways out lead to the tasks 2, 3 …"""
    timings = {"retriescount": 2, "retriesinterval": 360, "completeafterreplies": 1, "completeaftersla": ends_at_deadline}
    message = {"body": simple("Isolate ${inputs.Host}?"), "methods": [], "timings": timings, "replyOptions": list(replies)}
    return condition("Isolate?", {way: [str(place)] for place, way in enumerate(ways, 2)}, message=message, **more)


@pytest.mark.parametrize(
    ("ways", "reply", "last"),
    [
        (("Yes", "No"), "Yes", "First"),
        (("Yes", "No"), "No", "Second"),
        (("#default#", "Yes"), "No", "First"),
        (("Yes",), "No", "Isolate?"),
    ],
)
def test_an_ask_goes_the_way_of_its_reply(run: Run, ways: tuple[str, ...], reply: str, last: str) -> None:
    """A reply without a way out of its own takes the default one, and without that one the branch ends."""
    targets = [title("First"), title("Second")][: len(ways)]
    answers = Answers({"Isolate?": reply})
    done = run(an_ask(*ways), *targets, answers=answers)
    assert done.ok
    assert done.names()[-1] == last
    (request,) = answers.requests
    assert (request.labels, request.body) == (("Yes", "No"), "Isolate ?")


def test_a_reply_that_an_ask_does_not_offer(run: Run) -> None:
    with pytest.raises(AnswerError, match=r"Isolate\? has no way out 'Perhaps', but Yes, No\."):
        run(an_ask("Yes", "No"), title("First"), title("Second"), answers={"Isolate?": "Perhaps"})


# ------------------------------------------------------------------------------------------------------ forms

FORM = [
    question("0", "singleSelect", options=["", "Lost", "Stolen"], required=True),
    question("1", "multiSelect", optionsarg=[simple("${inputs.Missing}"), simple("a"), simple("b")]),
    question("2"),
    question("3", "number", fieldassociated="distance"),
]
DECIDES = condition("Lost?", {"#default#": ["3"], "yes": ["4"]}, yes_when(compare("Survey.Answers.0", "isEqualString", "Lost")))


def asks(**more: Any) -> list[dict[str, Any]]:
    return [collection("Ask", FORM, ["2"], **more), DECIDES, title("Other"), title("Lost")]


def test_answers_come_under_the_title_of_the_form(run: Run) -> None:
    done = run(*asks(), answers={"Ask": {"0": "Lost", "1": ["a", "b"], "2": "", "3": 7}})
    assert done.context.data == {"Survey": {"Answers": {"0": "Lost", "1": ["a", "b"], "3": 7, "name": "analyst"}}}
    assert done.incident["distance"] == 7
    assert done.names()[-1] == "Lost"


def test_a_form_whose_title_is_made_of_values(run: Run) -> None:
    def titled(text: str) -> dict[str, Any]:
        asks = collection("Ask", [question("0")])
        return asks | {"form": {**asks["form"], "title": text}}

    assert run(titled("Case ${incident.id}"), answers={"Ask": {"0": "x"}}).context.get("Case 1.Answers.0") == "x"
    refused = run(titled("Case ${incident.id} (open)"), answers={"Ask": {"0": "x"}}).error
    assert "The form's title 'Case 1 (open)' cannot be a context key." in refused


def test_what_the_person_sees(run: Run) -> None:
    answers = Answers({"Ask": {"0": "Lost"}})
    run(*asks(), answers=answers)
    (request,) = answers.requests
    assert request.body == "Please answer."
    assert request.questions == (
        AskedQuestion("0", "Question 0?", "singleSelect", True, ("Lost", "Stolen")),
        AskedQuestion("1", "Question 1?", "multiSelect", False, ("a", "b")),
        AskedQuestion("2", "Question 2?", "shortText", False),
        AskedQuestion("3", "Question 3?", "number", False),
    )


def test_at_the_deadline_the_form_is_closed_without_answers(run: Run, waits: list[float]) -> None:
    done = run(*asks(ends_at_deadline=True, sla={"minutes": 30, "hours": 1, "days": 2, "weeks": 1}), answers={"Ask": None})
    assert waits == [30 * 60 + 3600 + 2 * 86400 + 604800]
    assert done.context.data == {}
    assert done.names()[-1] == "Other"
    assert done.ok


def test_an_answer_in_time_waits_for_nothing(run: Run, waits: list[float]) -> None:
    assert run(*asks(ends_at_deadline=True, sla={"hours": 1}), answers={"Ask": {"0": "Lost"}}).ok
    assert waits == []


@pytest.mark.parametrize("more", [{"sla": {"hours": 1}}, {"ends_at_deadline": True}])
def test_without_a_deadline_that_closes_it_a_form_stays_open(run: Run, waits: list[float], more: dict[str, Any]) -> None:
    assert run(*asks(**more)).waiting == "Ask"
    assert waits == []


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ({}, 'Question "Question 0?" of Ask must be answered.'),
        ({"0": "Sold"}, "Question \"Question 0?\" of Ask has no option 'Sold', but Lost, Stolen."),
        ({"0": "Lost", "1": "a"}, 'Question "Question 1?" of Ask takes a list.'),
        ({"0": "Lost", "1": ["c"]}, 'Question "Question 1?" of Ask has no option'),
        ({"0": "Lost", "3": "far"}, 'Question "Question 3?" of Ask takes a number.'),
        ({"0": "Lost", "9": "x"}, "The form of Ask has no question 9."),
        ("Lost", "The form of Ask has no question 'Lost'."),
    ],
)
def test_answers_that_the_platform_would_not_take(run: Run, answer: Any, refusal: str) -> None:
    with pytest.raises(AnswerError) as error:
        run(*asks(), answers={"Ask": answer})
    assert refusal in str(error.value)


def test_a_way_out_that_is_not_there(run: Run) -> None:
    with pytest.raises(AnswerError, match=r"Wipe it\? has no way out 'Maybe', but Yes, No\."):
        run(APPROVAL, title("Wipe"), title("Keep"), answers={"Wipe it?": "Maybe"})


# ------------------------------------------------------------------------------------------------ at the terminal


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What the person at the terminal answers who types these lines; and then what was shown, prompts and all."""

    def ask(request: Request, *lines: str) -> tuple[Any, str]:
        typed = iter(lines)

        def read(prompt: str, **_: Any) -> str:
            console.print(prompt, markup=False, soft_wrap=True)
            try:
                return next(typed)
            except StopIteration:
                raise EOFError from None

        shown = io.StringIO()
        console = Console(file=shown, width=200)
        monkeypatch.setattr(console, "input", read)
        return PersonAtTerminal(Terminal(console)).answer(request), shown.getvalue()

    return ask


FORM_REQUEST = Request(
    "Main", "Ask", "", subject="About a device", body="LAB-0001",
    questions=(
        AskedQuestion("0", "What?", "singleSelect", True, ("Lost", "Stolen")),
        AskedQuestion("1", "Which?", "multiSelect", False, ("a", "b")),
        AskedQuestion("2", "How far?", "number", False),
        AskedQuestion("3", "Why?", "shortText", False),
    ),
)  # fmt: skip
CHOICE = Request("Main", "Wipe it?", "Asks.", labels=("Yes", "No"))


def test_options_are_chosen_by_number_or_text(ask: Ask) -> None:
    answer, shown = ask(FORM_REQUEST, "1", "1, b", "7.5", "because")
    assert answer == {"0": "Lost", "1": ["a", "b"], "2": 7.5, "3": "because"}
    assert "About a device" in shown
    assert "LAB-0001" in shown


def test_a_wrong_answer_is_refused_at_once_and_asked_for_again(ask: Ask) -> None:
    answer, shown = ask(FORM_REQUEST, "Sold", "2", "3", "b", "far", "7", "")
    assert answer == {"0": "Stolen", "1": ["b"], "2": 7}
    assert [line for line in shown.splitlines() if "?" in line] == [
        "What? (required): 1 Lost, 2 Stolen: ",
        "Question \"What?\" of Ask has no option 'Sold', but Lost, Stolen.",
        "What? (required): 1 Lost, 2 Stolen: ",
        "Which?: 1 a, 2 b; several with commas: ",
        "Question \"Which?\" of Ask has no option ['3'], but a, b.",
        "Which?: 1 a, 2 b; several with commas: ",
        "How far?: ",
        'Question "How far?" of Ask takes a number.',
        "How far?: ",
        "Why?: ",
    ]


def test_a_form_without_a_required_answer_is_asked_again(ask: Ask) -> None:
    answer, shown = ask(FORM_REQUEST, "", "a", "", "", "Lost", "", "", "")
    assert answer == {"0": "Lost"}
    assert 'Question "What?" of Ask must be answered.' in shown


@pytest.mark.parametrize("request_", [FORM_REQUEST, CHOICE, Request("Main", "Call", "")])
def test_empty_lines_are_no_answer(ask: Ask, request_: Request) -> None:
    assert ask(request_, "", "", "", "")[0] is None
    assert ask(request_)[0] is None


def test_a_way_out_is_chosen(ask: Ask) -> None:
    assert ask(CHOICE, "2")[0] == "No"
    assert ask(CHOICE, "3", "Yes")[0] == "Yes"
    assert ask(Request("Main", "Call", ""), "yes")[0] == "yes"


def test_somebody_who_agrees_to_everything() -> None:
    agrees = AgreesToEverything()
    assert agrees.answer(CHOICE) == "Yes"
    assert agrees.answer(Request("Main", "Which?", "", labels=("#default#", "No", "Yes, wipe"))) == "Yes, wipe"
    assert agrees.answer(Request("Main", "Which?", "", labels=("#default#", "Left", "Right"))) == "Left"
    assert agrees.answer(Request("Main", "Which?", "", labels=("#default#",))) == "#default#"
    assert agrees.answer(FORM_REQUEST) == {"0": "Lost", "1": ["a"], "2": "", "3": ""}
    assert agrees.answer(Request("Main", "Call", "")) == "done"


@pytest.mark.parametrize(
    ("request_", "answer", "heard"),
    [
        (FORM_REQUEST, {"0": "Lost", "1": ["a", "b"], "2": 7}, "What?: Lost\nWhich?: a, b\nHow far?: 7\nWhy?: (no answer)\n"),
        (FORM_REQUEST, None, "What?\nWhich?\nHow far?\nWhy?\nNobody answers.\n"),
        (CHOICE, "Yes", "Answer: Yes\n"),
    ],
)
def test_somebody_is_overheard(request_: Request, answer: Any, heard: str) -> None:
    shown = io.StringIO()
    assert Overheard(Answers({request_.task: answer}), Terminal(Console(file=shown, width=200))).answer(request_) == answer
    assert shown.getvalue().endswith(heard)


def test_a_form_described_by_its_question_is_not_asked_twice() -> None:
    shown = io.StringIO()
    asked = Request("Main", "Ask", "What?", questions=FORM_REQUEST.questions[:1])
    Overheard(Answers({"Ask": {"0": "Lost"}}), Terminal(Console(file=shown))).answer(asked)
    assert shown.getvalue() == "What?: Lost\n"


def test_a_form_that_somebody_agrees_to(run: Run) -> None:
    assert run(*asks(), answers=AgreesToEverything()).names()[-1] == "Lost"


def test_nobody(run: Run) -> None:
    assert run(*asks(), answers=Nobody()).waiting == "Ask"
