"""Unit tests of AbsoluteActionReport."""

from typing import Any

import pytest
from AbsoluteActionReport import report
from hypothesis import given
from hypothesis import strategies as st

DEVICES = [{"DeviceUID": f"UID-{number}", "Name": f"LAB-{number}", "Serial": f"SN-{number}"} for number in range(4)]
KEYS = {"title": "Freeze devices", "done_verdict": "frozen", "done_key": "FrozenList", "not_done_key": "NotFrozenList"}


def lists(**args: Any) -> dict[str, list[dict[str, Any]]]:
    """The lists of a report, without the empty ones."""
    outputs: dict[str, list[dict[str, Any]]] = report({**KEYS, "devices": DEVICES[:1], **args}).outputs
    return outputs


def verdict(number: int, text: str, reason: str = "r") -> dict[str, str]:
    return {"DeviceUid": f"uid-{number}", "Verdict": text, "Reason": reason}


uid_sets = st.sets(st.sampled_from(["uid-0", "UID-1", "uid-2", "UID-3"]))
verdict_rows = st.lists(st.builds(verdict, st.integers(0, 5), st.sampled_from(["frozen", "pending", "failed", "unknown"])))


@given(verdicts=verdict_rows, proven=uid_sets, earlier=uid_sets)
def test_each_device_is_in_one_list_and_done_only_when_proven(
    verdicts: list[dict[str, str]], proven: set[str], earlier: set[str]
) -> None:
    """
    Given: any verdicts, any second reading, and any devices that were frozen before.
    When: the report is written.
    Then: each device that was meant stands in exactly one list, no other device in any, and none is called frozen that the second
        reading does not show, or that neither its last verdict nor its earlier state says.
    """
    found = lists(
        devices=DEVICES,
        verdicts=verdicts,
        proven_device_ids=sorted(proven),
        earlier_device_ids=sorted(earlier),
        read_again="true",
    )
    done, not_done = ([row["DeviceUid"] for row in found.get(key, [])] for key in ("FrozenList", "NotFrozenList"))
    assert sorted(done + not_done) == [device["DeviceUID"] for device in DEVICES]
    last = {row["DeviceUid"]: row["Verdict"] for row in verdicts}
    for uid in done:
        assert uid.lower() in {one.lower() for one in proven}
        assert uid.lower() in {one.lower() for one in earlier} or last[uid.lower()] == "frozen"


def test_frozen_by_the_command_but_not_by_the_second_reading() -> None:
    """
    Given: a device that the command calls frozen, and a second reading that does not show it.
    When: the report is written.
    Then: it is not frozen, and the reason says what each of the two said.
    """
    (row,) = lists(verdicts=verdict(0, "frozen", "The agent carried it out."))["NotFrozenList"]
    assert row["Verdict"] == "unknown"
    assert row["Reason"] == "The agent carried it out. Read again: not confirmed."


def test_without_a_second_reading_the_verdict_decides() -> None:
    """
    Given: an action whose command reads back itself.
    When: the report is written with read_again=false.
    Then: the verdict decides.
    """
    assert lists(verdicts=verdict(0, "frozen"), read_again="false")["FrozenList"][0]["Reason"] == "r"


def test_what_the_second_reading_shows_of_a_device_without_success_is_told() -> None:
    """
    Given: a request that failed on its way, and a second reading that shows the device frozen.
    When: the report is written.
    Then: the device is not called frozen by this request, but the reason says that it is frozen.
    """
    (row,) = lists(errors="The answer was lost.", attempted="true", proven_device_ids="uid-0")["NotFrozenList"]
    assert (row["Verdict"], row["Reason"]) == ("unknown", "The answer was lost. Read again: it is frozen now.")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("Failed to execute absolute-device-freeze-request command. Error: Nothing was sent: it is read only.", "not sent"),
        ('Failed to execute absolute-device-freeze-request command. Error: 400, "Error: Nothing was sent"', "unknown"),
    ],
)
def test_what_the_instance_refused_was_not_sent(error: str, expected: str) -> None:
    """
    Given: a request that the instance refused before anything was sent, or an answer of the API that says such a thing.
    When: the report is written.
    Then: only the former is certain not to have been sent.
    """
    (row,) = lists(errors=error, attempted="true")["NotFrozenList"]
    assert row["Verdict"] == expected


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (
            {"refusal": "Not approved: nobody answered.", "errors": ["The messages could not be read."]},
            "Not approved: nobody answered.",
        ),
        ({"errors": ["First.", "Last, with a comma."]}, "Last, with a comma."),
        ({}, "Nothing was sent."),
    ],
)
def test_why_nothing_was_sent(args: dict[str, Any], reason: str) -> None:
    """
    Given: a device without a verdict.
    When: the report is written.
    Then: the refusal is the reason, else the last error.
    """
    (row,) = lists(**args)["NotFrozenList"]
    assert (row["Verdict"], row["Reason"]) == ("not sent", reason)


def test_ineligible_devices_keep_their_reason_unless_they_were_sent() -> None:
    """
    Given: two devices that were left out before sending, one of which has a verdict of the request all the same.
    When: the report is written.
    Then: the verdict of the request counts.
    """
    found = lists(
        devices=DEVICES[:2],
        ineligible=[verdict(0, "ineligible", "no agent"), verdict(1, "ineligible", "no agent")],
        verdicts=verdict(1, "pending", "waits"),
    )
    assert [(row["Verdict"], row["Reason"]) for row in found["NotFrozenList"]] == [
        ("ineligible", "no agent"),
        ("pending", "waits"),
    ]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        (["written", "written"], "UpdatedList"),
        (["written", "pending"], "NotUpdatedList"),
        (["failed", "written"], "NotUpdatedList"),
    ],
)
def test_a_device_is_updated_when_all_its_fields_are(fields: list[str], key: str) -> None:
    """
    Given: the fields that were written on a device.
    When: the report is written.
    Then: the device is updated only if each of them is.
    """
    row = {"DeviceUID": "uid-0", "Written": [{"Verdict": one, "Reason": one} for one in fields]}
    keys = {"done_verdict": "written", "done_key": "UpdatedList", "not_done_key": "NotUpdatedList", "read_again": "false"}
    found = lists(verdicts=row, **keys)
    assert list(found) == [key]


def test_the_old_values_of_fields_are_told() -> None:
    """
    Given: a field that was written.
    When: the report is written.
    Then: the reason has the field's name, its old and its new value.
    """
    field = {"CDFUID": "cdf-1", "Verdict": "written", "OldValue": "A-100", "NewValue": "77", "Reason": "Read back."}
    row = {"DeviceUID": "uid-0", "CDFValues": [{"CDFUID": "cdf-1", "FieldName": "Asset Number"}], "Written": [field]}
    (told,) = lists(verdicts=row, done_verdict="written", read_again="false")["FrozenList"]
    assert told["Reason"] == 'Asset Number: "A-100" before, "77" now (written: Read back.)'


def test_the_note_tells_what_was_asked_decided_done_and_what_failed() -> None:
    """
    Given: an action on two devices, one value that meant no device, and an error.
    When: the report is written.
    Then: the note tells all of it, and the value stands in IncorrectList.
    """
    incorrect = {"Argument": "device_names", "Value": "LAB-9", "Status": "NotFound", "Reason": "No device has this value."}
    result = report(
        {
            **KEYS,
            "asked": "OnDemand freeze",
            "approval": "Yes, by analyst.",
            "request_uid": ["request-1"],
            "devices": DEVICES[:2],
            "incorrect": incorrect,
            "verdicts": [verdict(0, "frozen"), verdict(1, "pending", "waits")],
            "proven_device_ids": ["UID-0"],
            "errors": "The message could not be created, so it was sent along.",
        }
    )
    assert result.outputs["IncorrectList"] == [incorrect]
    note = str(result.readable_output)
    assert note.startswith("### Freeze devices: 1 of 2 frozen")
    for text in ("OnDemand freeze", "Yes, by analyst.", "request-1", "LAB-0", "Read again: confirmed."):
        assert text in note
    for text in ("waits", "LAB-9", "sent along"):
        assert text in note


def test_empty_lists_are_left_out() -> None:
    """
    Given: no device at all.
    When: the report is written.
    Then: there is a note and no list.
    """
    result = report({**KEYS, "devices": None})
    assert result.outputs == {}
    assert str(result.readable_output).startswith("### Freeze devices: 0 of 0 frozen\n\n**Reported**: ")


HOSTILE = '[Reset](http://192.0.2.1/x) <img src=x> %%%{"message": "x"}%%%'


def test_hostile_names_and_reasons_are_text() -> None:
    """
    Given: a device, a reason, an input and an error that look like links, pictures and buttons.
    When: the report is written.
    Then: nothing of it is one.
    """
    row = {"DeviceUid": "uid-0", "Verdict": "pending", "Reason": HOSTILE}
    devices = [{"DeviceUID": "UID-0", "Name": HOSTILE, "Serial": HOSTILE}]
    told = {"asked": HOSTILE, "named": [HOSTILE], "errors": HOSTILE, "incorrect": {"Argument": "a", "Value": HOSTILE}}
    note = str(report({**KEYS, "devices": devices, "verdicts": row, **told}).readable_output)
    for mark in ("[Reset](", " [Reset]", "<img", "%%%"):
        assert mark not in note
    assert note.count("Reset") == 7
