"""A short soak, and that its proof can fail."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from local_xsoar.job_state import Start
from soak.proof import Proof, prove
from soak.soak import soak


def test_one_minute(tmp_path: Path) -> None:
    """In a third of it."""
    report = soak(minutes=1, seed=0, folder=tmp_path, pace=3, kills=3, failed_calls=11)
    assert report.succeeded, (report.proof, report.printed[-3000:])
    assert report.kills >= 3
    assert report.proof.delivered > 8_000
    assert sum(report.faults.values()) > 10


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Two jobs: the first one was killed after it had handed over c and d, of which lastRun knew nothing."""
    write(tmp_path / "events.jsonl", map(event, "abcd" + "cd" + "e"))
    write(tmp_path / "takes.jsonl", ({"taken": count} for count in (2, 4, 6, 7)))
    write(tmp_path / "starts.jsonl", (asdict(Start("", *counts)) for counts in ((0, 0), (4, 2))))
    return tmp_path


def event(name: str) -> dict[str, Any]:
    """`a` was created before `b`."""
    return {"id": name, "createdDateTimeUtc": f"2026-01-05T08:00:{ord(name) - ord('a'):02}Z"}


def write(path: Path, documents: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents), encoding="utf-8")


def test_what_the_killed_job_had_not_saved_may_come_twice(state: Path) -> None:
    assert prove(state, "abcde") == Proof(delivered=5, repeated=2, late=0, gaps=1)


def test_late_events_are_counted(state: Path) -> None:
    write(state / "events.jsonl", map(event, "acb"))
    assert prove(state, "abc").late == 1


def test_a_lost_event_is_named(state: Path) -> None:
    assert prove(state, "abcdef").lost == ["f"]


def test_an_event_that_was_saved_may_not_come_twice(state: Path) -> None:
    write(state / "events.jsonl", map(event, "abcd" + "cd" + "a"))
    proof = prove(state, "abcd")
    assert (proof.unexplained, proof.holds) == (["a"], False)


def test_an_event_may_not_come_three_times_after_one_kill(state: Path) -> None:
    write(state / "events.jsonl", map(event, "abcd" + "cd" + "c"))
    assert prove(state, "abcd").unexplained == ["c"]


def test_two_hand_overs_without_saving_are_too_many(state: Path) -> None:
    write(state / "takes.jsonl", ({"taken": count} for count in (2, 3, 4, 6, 7)))
    proof = prove(state, "abcde")
    assert (proof.too_long, proof.holds) == (["events 2 to 4"], False)


def test_a_line_that_was_cut_off_counts_as_not_delivered(state: Path) -> None:
    with (state / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "f"')
    assert prove(state, "abcdef").lost == ["f"]
