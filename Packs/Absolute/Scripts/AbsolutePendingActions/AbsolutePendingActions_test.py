"""Unit tests of AbsolutePendingActions."""

import json
from typing import Any

import pytest
from AbsolutePendingActions import pending_actions

UID = "AAAAAAAA-0000-4000-8000-000000000001"


def action(status: str, number: int = 1, uid: str = UID) -> dict[str, Any]:
    return {
        "actionUid": f"a{number}",
        "requestUid": f"r{number}",
        "deviceUid": uid.lower(),
        "deviceName": "LAB-0001",
        "actionStatus": status,
    }


def run(**args: Any) -> dict[str, Any]:
    outputs: Any = pending_actions({"uids": UID, **args}).raw_response
    return dict(outputs)


@pytest.mark.parametrize("status", ["Pending", "Processing", "Ready", "Something new", ""])
def test_what_has_not_ended_can_still_happen(status: str) -> None:
    """
    Given: a wipe in a status that is no end.
    When: the actions are listed.
    Then: it can still happen, and can be cancelled only while it is Pending.
    """
    (row,) = run(wipes=action(status))["PendingActions"]
    assert (row["Kind"], row["Verdict"], row["Cancellable"]) == ("wipe", "can still happen", status == "Pending")


@pytest.mark.parametrize("status", ["Completed", "Succeeded", "Failed", "Canceled", "Ineligible"])
def test_what_has_ended_is_not_listed(status: str) -> None:
    """
    Given: actions that have ended, and one of another device.
    When: the actions are listed.
    Then: none of them is pending.
    """
    assert run(scripts=json.dumps([action(status), action("Pending", uid="other")]))["PendingActions"] == []


def test_an_unenrolment_cannot_be_cancelled() -> None:
    """
    Given: an unenrolment that is Pending.
    When: the actions are listed.
    Then: it says that nothing stops it.
    """
    (row,) = run(unenrolments=[action("Pending")])["PendingActions"]
    assert not row["Cancellable"]
    assert "cannot cancel an unenrolment" in row["Reason"]


def test_what_became_of_those_that_were_pending() -> None:
    """
    Given: what was pending before, and a later reading.
    When: the two are compared.
    Then: each is cancelled, can still happen, or is unknown; and what is new is listed.
    """
    before = run(wipes=[action("Pending", 1), action("Pending", 2), action("Pending", 3)], instance="one")["PendingActions"]
    later = run(wipes=[action("Canceled", 1), action("Processing", 2), action("Pending", 4)], before=before)
    assert {row["ActionUid"]: row["Verdict"] for row in later["PendingActions"]} == {
        "a2": "can still happen",
        "a3": "unknown",
        "a4": "can still happen",
    }
    assert [(row["ActionUid"], row["Verdict"]) for row in later["StoppedActions"]] == [("a1", "cancelled")]
    assert before[0]["Instance"] == "one"


def test_what_could_not_be_read_is_told() -> None:
    """
    Given: nothing pending, and a reading that failed.
    When: the actions are listed.
    Then: the failure is told, and handed on.
    """
    result = pending_actions({"uids": UID, "not_read": "wipe", "errors": ["Not allowed, sorry."]})
    assert "Not allowed, sorry." in str(result.readable_output)
    assert result.outputs == {"PendingNotRead": ["wipe"], "PendingErrors": ["Not allowed, sorry."]}


@pytest.mark.parametrize("status", ["Pending", "Completed", "Canceled", None])
def test_what_became_of_one_that_is_named(status: str | None) -> None:
    """
    Given: the kind, the request and the UID of one action, in other letters; other actions; perhaps it is not listed at all.
    When: the actions are listed.
    Then: only it is told, also when it has ended, and that it is not known when it is not listed.
    """
    listed = [action("Pending", 2), *([action(status)] if status else [])]
    found = run(wipes=listed, scripts=[action("Pending")], kind="Wipe", request_uid="R1", action_uid="A1")
    can_happen, stopped = found["PendingActions"], found["StoppedActions"]
    verdicts = {"Pending": "can still happen", "Completed": "completed", "Canceled": "cancelled", None: "unknown"}
    assert [row["Verdict"] for row in can_happen + stopped] == [verdicts[status]]
    assert bool(can_happen) is (status in ("Pending", None))
    assert [row["ActionUid"].lower() for row in can_happen + stopped] == ["a1"]


def test_actions_of_one_request() -> None:
    """
    Given: actions of two requests.
    When: those of one request are listed.
    Then: the others are not there, and none is missed.
    """
    found = run(wipes=[action("Pending"), action("Pending", 2)], request_uid="r2")
    assert [row["ActionUid"] for row in found["PendingActions"]] == ["a2"]
