"""What the state folder of a job proves: that nothing was lost, and that what came twice was allowed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_xsoar.job_state import read_lines, read_starts, read_takes

SECOND = len("2026-01-05T08:20:01")  # of a time, however it goes on


@dataclass(frozen=True)
class Proof:
    """`lost` and `unexplained` are event IDs, `too_long` describes hand-overs; all three are empty when all is well.

    `late` counts the events that came after one with a later creation time.
    """

    delivered: int
    repeated: int
    late: int
    gaps: int
    lost: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.unexplained or self.too_long)


def prove(state: Path, retained: Iterable[str]) -> Proof:
    """Reads the state folder. `retained` are the IDs of all events that the API still has."""
    places: dict[str, list[int]] = defaultdict(list)
    newest, late = "", 0
    for place, event in enumerate(read_lines(state / "events.jsonl")):
        second = event["createdDateTimeUtc"][:SECOND]
        late += second < newest and event["id"] not in places
        newest = max(newest, second)
        places[event["id"]].append(place)
    unsaved = unsaved_parts(state)
    return Proof(
        delivered=len(places),
        late=late,
        repeated=sum(len(found) - 1 for found in places.values()),
        gaps=len(unsaved),
        lost=sorted(set(retained) - places.keys()),
        unexplained=sorted(event_id for event_id, found in places.items() if not _explained(found, unsaved)),
        too_long=_of_several_hand_overs(unsaved, read_takes(state)),
    )


def unsaved_parts(state: Path) -> list[range]:
    """One for each job that was killed between handing over and saving: the events of which lastRun did not know."""
    return [range(start.known, start.taken) for start in read_starts(state) if start.known < start.taken]


def _explained(places: Sequence[int], unsaved: Sequence[range]) -> bool:
    """Whether each delivery but the last one was forgotten, so that the next job could not know of it."""
    return all(any(place in part for part in unsaved) for place in places[:-1])


def _of_several_hand_overs(unsaved: Sequence[range], takes: Sequence[int]) -> list[str]:
    """The unsaved parts that hold more than one hand-over: something was handed over before the one before it was saved."""
    return [f"events {part.start} to {part.stop}" for part in unsaved if any(take in part[1:] for take in takes)]
