"""Unit tests of AbsoluteCaseReport."""

from itertools import pairwise
from typing import Any

import pytest
from AbsoluteCaseReport import SECTIONS, case_report, stays
from hypothesis import given
from hypothesis import strategies as st

FIX: dict[str, Any] = {"Latitude": 51.5, "Longitude": -0.1, "City": "London"}


def note(**args: Any) -> str:
    """The note in Markdown."""
    return str(case_report({"title": "Lost device", **args}).readable_output)


@pytest.mark.parametrize("argument", SECTIONS)
def test_a_section_appears_only_when_it_has_rows(argument: str) -> None:
    """
    Given: any of the lists, with a row or empty.
    When: the note is written.
    Then: its heading and the row's value are there, or neither heading nor an empty table.
    """
    title, columns = SECTIONS[argument]
    heading = f"### {title}\n"
    row = {**dict.fromkeys(columns, "value-1"), "LastUpdate": "value-1"}
    assert heading in note(**{argument: row})
    assert "value-1" in note(**{argument: [row]})
    empty: tuple[Any, ...] = (None, [], "")
    assert not any(heading in note(**{argument: nothing}) for nothing in empty)


def test_facts_without_a_value_are_left_out() -> None:
    """
    Given: facts of which some have no value, because nobody answered.
    When: the note is written.
    Then: only those with a value are in it, and plain sentences stay.
    """
    text = note(facts="**Confirmed by**: \n**Outcome**: Lost, not wiped\n\n**Answer**:   \nThe incident stays open.")
    assert "Confirmed by" not in text
    assert "Answer" not in text
    assert "**Outcome**: Lost, not wiped" in text
    assert "The incident stays open." in text


def test_failures_are_told_once_each_and_commas_do_not_split_them() -> None:
    """
    Given: one error, or several of which two are the same.
    When: the note is written.
    Then: each stands in it once, whole.
    """
    assert "- No permission, sorry" in note(errors="No permission, sorry")
    text = note(errors=["a, b", "c", "a, b"])
    assert text.count("- a, b") == 1
    assert "- c" in text
    assert "What failed" not in note()


def test_rows_may_come_as_json() -> None:
    """
    Given: rows that the server hands over as text.
    When: the note is written.
    Then: they are in it.
    """
    assert "| LAB-1 |" in note(frozen='[{"DeviceName": "LAB-1", "Verdict": "frozen"}]')


def test_a_name_does_not_break_the_table() -> None:
    """
    Given: a device whose name has what Markdown tables are made of.
    When: the note is written.
    Then: its row has as many cells as any other.
    """
    row = {"DeviceName": "a|b", "Verdict": "frozen"}
    assert "| a&#124;b | frozen |" in note(frozen=row)


@given(st.lists(st.sampled_from([(1.0, 1.0), (1.0, 2.0), (2.0, 2.0)]), max_size=12))
def test_stays_cover_the_timeline_without_gaps(places: list[tuple[float, float]]) -> None:
    """
    Given: any timeline.
    When: its stays are found.
    Then: neighbours differ, and the stays are the runs of the timeline, each from its first to its last fix.
    """
    timeline = [{**FIX, "Latitude": place[0], "Longitude": place[1], "LastUpdate": moment} for moment, place in enumerate(places)]
    found = stays(timeline)
    where = [(stay["Latitude"], stay["Longitude"]) for stay in found]
    assert all(one != other for one, other in pairwise(where))
    covered = [place for stay, place in zip(found, where, strict=True) for _ in range(stay["From"], stay["Until"] + 1)]
    assert covered == places


def test_a_device_that_is_frozen_in_the_end_is_not_called_not_frozen() -> None:
    """
    Given: two devices that were not frozen when it was looked, one of which is at the end.
    When: the note is written.
    Then: it calls only the other one not frozen.
    """
    rows = [{"DeviceName": name, "DeviceUid": name, "Verdict": "pending"} for name in ("LAB-1", "LAB-2")]
    text = note(not_frozen=rows, freezes=[{"DeviceName": "LAB-1", "DeviceUid": "lab-1", "Verdict": "frozen"}])
    section = text[text.index("Not frozen, or not yet") : text.index("Freeze, at the end")]
    assert "LAB-2" in section
    assert "LAB-1" not in section
    assert "Not frozen" not in note(not_frozen=rows[:1], freezes=[{"DeviceUid": "LAB-1", "Verdict": "frozen"}])


def test_hostile_facts_and_names_are_text_and_the_map_stays_a_link() -> None:
    """
    Given: a fact, a device and an error that look like links, pictures and buttons, and a position with its map.
    When: the note is written.
    Then: nothing of it is one, but the map.
    """
    hostile = '[Reset](http://192.0.2.1/x) <img src=x> %%%{"message": "x"}%%%'
    link = "https://www.openstreetmap.org/?mlat=51.5&mlon=-0.1#map=16/51.5/-0.1"
    text = note(
        facts=f"**Circumstances**: {hostile}\n{hostile}",
        frozen={"DeviceName": hostile, "Verdict": "frozen"},
        positions=[{**FIX, "MapLink": link}, {**FIX, "Latitude": 5.0, "MapLink": hostile}],
        errors=hostile,
    )
    for mark in ("[Reset](", " [Reset]", "<img", "%%%"):
        assert mark not in text
    assert text.count("Reset") == 5
    assert "**Circumstances**: " in text
    assert link in text
