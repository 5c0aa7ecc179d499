"""Unit tests of AbsoluteInputs."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from AbsoluteInputs import DATES, INPUTS, PAST_DATES, SWITCH, faults, read_dates

ARGUMENTS = yaml.load(Path(__file__).with_name("AbsoluteInputs.yml").read_text("utf-8"), Loader=yaml.CSafeLoader)["args"]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"Wait": "", "Approval_hours": None},
        {"Wait": "yes", "Unenroll": "NO", "Contain": "True", "Release": "fAlSe"},
        {"Wait": True},
        {"Wipe_device": "ask"},
        {"Wipe_device": "TRUE"},
        {"Default_answer": "stolen"},
        {"Approval_hours": "1", "Timeout_in_seconds": 86400, "Offline_seconds": "2.592e+06"},
        {"Follow_hours": "24", "Follow_interval_minutes": "30"},
        {"Follow_interval_minutes": "1"},
        {"Endpoint_id": "anything"},
    ],
)
def test_what_can_be_understood(inputs: dict[str, Any]) -> None:
    """
    Given: inputs that are left out, or in range, in any case.
    When: they are checked.
    Then: nothing is wrong.
    """
    assert faults(inputs) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Require_approval", "fasle"),
        ("Require_approval", "nein"),
        ("Require_approval", "0"),
        ("Require_approval", "y"),
        ("Require_approval", " false"),
        ("Require_approval", ["true", "false"]),
        ("Wait", " "),
        ("Wipe_device", "Perhaps"),
        ("Default_answer", "Wipe"),
        ("Approval_hours", "0"),
        ("Approval_hours", "-1"),
        ("Approval_hours", "0.5"),
        ("Approval_hours", "721"),
        ("Approval_hours", "soon"),
        ("Approval_hours", "1 hour"),
        ("Approval_hours", ["1", "2"]),
        ("Timeout_in_seconds", "1e9999999"),
        ("Silent_days", "0"),
        ("Passcode_length", "9"),
    ],
)
def test_what_cannot_be_understood(name: str, value: Any) -> None:
    """
    Given: a word that is neither yes nor no, a number out of range, or no number.
    When: it is checked.
    Then: it is refused, with the name of the input.
    """
    (text,) = faults({name: value, "Unenroll": "false"})
    assert text.startswith(f"{name} must be ")


def test_what_is_required() -> None:
    """
    Given: two inputs that must not be empty, and one that may be.
    When: they are checked, two of them empty.
    Then: the one that must not be empty is refused.
    """
    (text,) = faults({"required": "Silent_days,Send_message", "Send_message": "yes", "Wait": ""})
    assert text == "Silent_days must be a whole number of days from 1 to 3650, and is: empty."


def test_every_fault_is_named() -> None:
    """
    Given: two inputs that cannot be understood.
    When: they are checked.
    Then: both are named.
    """
    assert [text.split()[0] for text in faults({"Wait": "perhaps", "Follow_hours": "x"})] == ["Follow_hours", "Wait"]


def test_more_looks_than_the_loop_has_rounds() -> None:
    """
    Given: a search that would need more looks than its loop makes.
    When: it is checked.
    Then: it is refused, instead of ending early.
    """
    (text,) = faults({"Follow_hours": "720", "Follow_interval_minutes": "1"})
    assert "500 looks" in text


def test_the_manifest_has_the_same_inputs() -> None:
    """
    Given: the table of inputs, and the arguments of the script.
    When: they are compared.
    Then: they have the same names.
    """
    assert [one["name"] for one in ARGUMENTS] == ["required", *sorted(INPUTS), *DATES, *PAST_DATES]
    assert {name for name, allowed in INPUTS.items() if allowed == SWITCH} > {"Wait", "Require_approval"}


def test_a_date_is_understood_in_utc() -> None:
    """
    Given: a date with an offset, a span, a date that has passed, and what is none.
    When: they are read.
    Then: the first two are told in UTC, and the others are refused by name.
    """
    now = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)
    assert read_dates({"Scheduled_date": "2030-02-01T18:00:00+01:00"}, now) == ({DATES[0]: "2030-02-01T17:00:00.000Z"}, [])
    assert read_dates({"Scheduled_date": "in 2 hours"}, now) == ({DATES[0]: "2026-01-05T10:00:00.000Z"}, [])
    for refused in ("2026-01-05T07:00:00Z", "2030-02-01", "soon"):
        understood, (text,) = read_dates({"Scheduled_date": refused}, now)
        assert understood == {}
        assert text.startswith("Scheduled_date: ")


def test_how_far_back_what_was_done_counts() -> None:
    """
    Given: a span, and what is none.
    When: they are read.
    Then: the second one is refused by name.
    """
    now = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)
    assert read_dates({PAST_DATES[0]: "7 days"}, now) == ({}, [])
    _, (text,) = read_dates({PAST_DATES[0]: "soon"}, now)
    assert text.startswith("Not_again_within: ")
