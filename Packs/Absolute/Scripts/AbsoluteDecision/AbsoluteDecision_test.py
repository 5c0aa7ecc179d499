"""Unit tests of AbsoluteDecision."""

from typing import Any

import pytest
from AbsoluteDecision import decision

IN_TIME: dict[str, Any] = {"state": "answered", "name": "ana", "answered": "2026-01-05T08:00:00.000Z", "hours": "1"}


def decided(**args: Any) -> tuple[str, str]:
    """Decision and reason."""
    outputs: Any = decision({**IN_TIME, **args}).outputs
    return outputs["Decision"], outputs["Reason"]


def test_who_approved_and_when() -> None:
    """
    Given: a yes that came in time.
    When: it is read.
    Then: it counts, with who gave it and when.
    """
    assert decided(answer="Yes") == ("yes", "Yes, by ana. Answered at 2026-01-05T08:00:00.000Z.")


def test_a_no() -> None:
    """
    Given: a no.
    When: it is read.
    Then: it counts, with who gave it.
    """
    assert decided(answer="No") == ("no", "Not approved: ana answered No.")


@pytest.mark.parametrize(("hours", "said"), [("1", "within one hour"), ("24", "within 24 hours")])
@pytest.mark.parametrize("state", ["closed", None, ""])
def test_a_yes_that_came_late_is_none(state: str | None, hours: str, said: str) -> None:
    """
    Given: a yes, and a question that was not answered in time.
    When: it is read.
    Then: nobody decided, and nothing of the answer is handed on.
    """
    decision_, reason = decided(state=state, hours=hours, answer="Yes")
    assert decision_ == "nobody"
    assert said in reason
    outputs: Any = decision({**IN_TIME, "state": state, "answer": "Yes"}).outputs
    assert set(outputs) == {"Decision", "Reason"}


@pytest.mark.parametrize("answer", ["", None, "  "])
def test_a_question_that_was_closed_without_an_answer(answer: str | None) -> None:
    """
    Given: a question that somebody marked as complete.
    When: it is read.
    Then: nobody decided.
    """
    assert decided(answer=answer)[0] == "nobody"


def test_other_answers_are_handed_on() -> None:
    """
    Given: answers that are neither yes nor no.
    When: they are read.
    Then: they are handed on, with who gave them.
    """
    outputs: Any = decision({**IN_TIME, "answer": "Stolen", "details": "In the train"}).outputs
    assert (outputs["Decision"], outputs["Answer"], outputs["Details"], outputs["By"]) == (
        "answered",
        "Stolen",
        "In the train",
        "ana",
    )
    assert decided(answer="", details="LAB-0001")[0] == "answered"


@pytest.mark.parametrize(
    ("separate", "requested_by", "expected"),
    [
        ("true", "ana", "no"),
        ("true", "bob, ANA", "no"),
        ("true", ["bob", "Ana "], "no"),
        ("true", "bob", "yes"),
        ("true", "", "yes"),
        ("false", "ana", "yes"),
        ("", "ana", "yes"),
    ],
)
def test_whoever_asked_for_it_cannot_approve_it(separate: str, requested_by: Any, expected: str) -> None:
    """
    Given: a yes, who asked for the action, and whether somebody else must approve it.
    When: it is read.
    Then: the yes of who asked does not count where that is wanted.
    """
    assert decided(answer="Yes", separate=separate, requested_by=requested_by)[0] == expected


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("question-approve-freeze", "**Approve freeze**: Not approved: nobody answered within 4 hours."),
        ("question-name-device", "**Name device**: Nobody answered within 4 hours."),
    ],
)
def test_the_note_is_in_words(question: str, said: str) -> None:
    """
    Given: a question that nobody has answered.
    When: the note is written.
    Then: it has the question in words, and only of an approval it says that nothing was approved.
    """
    assert decision({"question": question, "state": "closed", "hours": "4"}).readable_output == said


def test_a_question_that_is_not_known_was_not_asked() -> None:
    """
    Given: a question that the playbook does not have.
    When: it is read what was decided.
    Then: nothing was approved, and nobody is said to have kept silent.
    """
    assert decided(question="question-x", state="not asked") == (
        "nobody",
        "Not approved: nobody was asked, because there is no question question-x.",
    )
