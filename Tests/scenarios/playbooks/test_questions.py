"""Silence never approves: what becomes of each question when nobody answers, under every reading of the server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import Behaviour, Later
from local_xsoar.behaviour import NEWEST, VERSION_6
from scenarios.playbooks.conftest import Desk

ASK, DEADLINE = "Absolute - Ask a Person", "Absolute - Question Deadline"
YES, NO = {"0": "Yes"}, {"0": "No"}
# The name of each question's task, and an answer that says something.
QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "question-approve-freeze": ("Approve the freeze", YES),
    "question-approve-wipe": ("Approve the wipe", YES),
    "question-approve-release": ("Approve the release", YES),
    "question-approve-unenrollment": ("Approve the unenrollment", YES),
    "question-approve-script": ("Approve the script", YES),
    "question-approve-message": ("Approve the message", YES),
    "question-approve-quarantine": ("Approve the quarantine", YES),
    "question-approve-change": ("Approve the change", YES),
    "question-confirm-recovery": ("Confirm the recovery", YES),
    "question-name-device": ("Name the lost device", {"0": "SN000001"}),
    "question-confirm-owner": ("Confirm with the owner", {"0": "Lost"}),
    "question-confirm-analyst": ("Confirm with the analyst", {"0": "Found"}),
    "question-decide-wipe": ("Decide about the wipe", YES),
    "question-go-on": ("Go on with the case", YES),
}
SERVERS = {
    "newest": NEWEST,
    "version 6": VERSION_6,
    "stays open": Behaviour(deadline="stays open"),
    "takes the first option": Behaviour(deadline="first option"),
    "takes yes": Behaviour(deadline="yes"),
    "ends empty": Behaviour(deadline="empty answers"),
    "branches take turns": Behaviour(seed=3),
}
# Playbook, its question, and what it would do after a yes.
APPROVALS = {
    "Absolute - Freeze Devices": ("Approve the freeze", "/v3/actions/requests/freeze"),
    "Absolute - Wipe Devices": ("Approve the wipe", "/v3/actions/requests/wipe"),
    "Absolute - Unfreeze Devices": ("Approve the release", "/v3/actions/freeze/remove-freeze"),
    "Absolute - Unenroll Devices": ("Approve the unenrollment", "/v3/actions/requests/unenroll"),
    "Absolute - Recovered Device": ("Confirm the recovery", "/v3/actions/freeze/remove-freeze"),
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, desk: Desk) -> str:
    """Each reading of the server."""
    desk.room.behaviour = SERVERS[request.param]
    return str(request.param)


def ask(desk: Desk, question: str, answer: Any, **inputs: Any) -> dict[str, Any]:
    """What became of a question."""
    run = desk.play(ASK, {QUESTIONS[question][0]: answer}, Question=question, Text="What?", **inputs)
    assert run.ok, run.error or run.waiting
    found = run.context.get("Question")
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_counts_with_who_gave_it_and_when(question: str, desk: Desk, clock: ManualClock) -> None:
    found = ask(desk, question, QUESTIONS[question][1])
    assert desk.asked == [QUESTIONS[question][0]]
    assert found["Decision"] == ("yes" if QUESTIONS[question][1] == YES else "answered")
    assert (found["By"], found["Answer"]) == ("analyst", QUESTIONS[question][1]["0"])
    assert found["At"].startswith("20")


@pytest.mark.parametrize(
    "answer", [None, Later(YES, after=2 * 3600), Later(YES, after=30 * 24 * 3600)], ids=["none", "late", "later"]
)
def test_silence_is_no_answer_under_any_server(answer: Any, server: str, desk: Desk, clock: ManualClock) -> None:
    began = clock.now()
    found = ask(desk, "question-approve-wipe", answer)
    assert found["Decision"] == "nobody"
    assert "nobody answered within one hour" in found["Reason"]
    assert set(found) == {"Decision", "Reason"}, "nothing of a late answer is handed on"
    assert timedelta(minutes=59) <= clock.now() - began <= timedelta(hours=1, minutes=2)


@pytest.mark.parametrize(("hours", "step"), [("4", 2), ("24", 12)])
def test_the_time_is_an_input(hours: str, step: int, desk: Desk, clock: ManualClock) -> None:
    began = clock.now()
    assert ask(desk, "question-decide-wipe", None, Answer_hours=hours)["Decision"] == "nobody"
    assert -2 <= (clock.now() - began - timedelta(hours=int(hours))).total_seconds() <= (step + 4) * 60
    assert ask(desk, "question-decide-wipe", Later(YES, after=3 * 3600), Answer_hours=hours)["Decision"] == "yes"


def test_an_answer_in_time_is_not_waited_for_longer(server: str, desk: Desk, clock: ManualClock) -> None:
    began = clock.now()
    assert ask(desk, "question-approve-freeze", Later(YES, after=600))["Decision"] == "yes"
    assert clock.now() - began <= timedelta(minutes=11)


@pytest.mark.parametrize("playbook", APPROVALS)
def test_nothing_is_done_without_an_answer_under_any_server(playbook: str, server: str, desk: Desk, tenant: LocalTenant) -> None:
    name = "LAB-0001"
    tenant.devices.update(tenant.devices.by_name(name)["deviceUid"], **{"espInfo.encryptionStatus": "ENCR"})
    if "freeze" in APPROVALS[playbook][1] and "requests" not in APPROVALS[playbook][1]:
        frozen = "request_name=x message_name=x html_message=x polling=true"
        assert desk.room.run(f"!absolute-device-freeze-request device_names={name} {frozen}").ok
    tenant.requests.clear()
    run = desk.play(playbook, Endpoint_hostname=name)
    assert run.ok, run.error or run.waiting
    assert desk.asked == [APPROVALS[playbook][0]]
    assert tenant.calls(f"POST {APPROVALS[playbook][1]}") == []
    assert "nobody answered" in desk.note()


def test_a_whole_case_that_nobody_answers_comes_to_its_end(server: str, desk: Desk, tenant: LocalTenant) -> None:
    laptop = tenant.devices.by_name("LAB-0001")["deviceUid"]
    tenant.devices.update(laptop, **{"espInfo.encryptionStatus": "ENCR"})
    run = desk.play("Absolute - Lost or Stolen Device", {}, {"deviceid": laptop}, Follow_hours="1")
    assert run.ok, run.error or run.waiting
    assert tenant.calls("POST /v3/actions/requests") == []
    assert "**Confirmed by**: Nobody. No answer came within 4 hours" in desk.note()
    assert "Default_answer counted: Lost" in desk.note()
    assert "Nobody decided" in desk.note()


@pytest.mark.parametrize(("separate", "decision"), [("true", "no"), ("false", "yes")])
def test_whoever_asked_for_it_does_not_approve_it(separate: str, decision: str, desk: Desk) -> None:
    found = ask(desk, "question-approve-wipe", YES, Requested_by="bob,Analyst", Separate_approver=separate)
    assert found["Decision"] == decision
    assert ("somebody else" in found["Reason"]) is (decision == "no")


def test_a_no(desk: Desk) -> None:
    assert ask(desk, "question-approve-wipe", NO)["Decision"] == "no"


def test_a_question_that_is_not_known_is_no_yes(desk: Desk) -> None:
    run = desk.play(ASK, {}, Question="question-approve-everything", Text="What?")
    assert run.context.get("Question.Decision") == "nobody"
    assert "nobody was asked, because there is no question question-approve-everything" in run.context.get("Question.Reason")
    assert desk.asked == []


@pytest.mark.parametrize("inputs", [{}, {"Question": "question-approve-wipe"}], ids=["nothing", "a question"])
def test_a_deadline_that_is_looked_at_alone_closes_nothing(inputs: dict[str, Any], desk: Desk) -> None:
    """Nobody asks, so that no time runs."""
    run = desk.play(DEADLINE, **inputs)
    assert run.ok, run.error
    assert run.context.get("QuestionState") == "closed"


def test_an_old_answer_does_not_count(desk: Desk) -> None:
    ask(desk, "question-approve-wipe", YES)
    assert ask(desk, "question-approve-wipe", None)["Decision"] == "nobody"


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(ASK, DEADLINE) == []
