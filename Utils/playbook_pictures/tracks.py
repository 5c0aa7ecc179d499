"""The level parts of the lines between two layers: those that would lie upon each other get tracks of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from .layers import Place

MOST_PERMUTED = 7
OVERLAP = 100  # is worth so many crossings


@dataclass(frozen=True)
class Run:
    """The level part of the lines out of one place: from its column to those of the places that follow."""

    place: Place
    column: int
    ends: tuple[int, ...]

    @property
    def first(self) -> int:
        return min(self.column, *self.ends)

    @property
    def last(self) -> int:
        return max(self.column, *self.ends)


def assign_tracks(runs: Sequence[Run]) -> dict[Place, int]:
    """The track of each run that is level at all; 0 is the lowest one. Runs that touch have different tracks."""
    tracks: dict[Place, int] = {}
    placed: list[Run] = []
    for run in _lowest_first([run for run in runs if run.first < run.last]):
        beneath = [tracks[other.place] for other in placed if other.first <= run.last and run.first <= other.last]
        tracks[run.place] = max(beneath, default=-1) + 1
        placed.append(run)
    return tracks


def _lowest_first(runs: list[Run]) -> Sequence[Run]:
    """The order with the fewest crossings."""
    if len(runs) > MOST_PERMUTED:
        return sorted(runs, key=lambda run: run.column)
    return min(permutations(runs), key=lambda order: sum(_cost(lower, upper) for lower, upper in combinations(order, 2)))


def _cost(lower: Run, upper: Run) -> int:
    """How often lines cross when one run lies below the other, and whether one lies upon the other on its way down."""
    crossings = sum(lower.first < end < lower.last for end in upper.ends) + (upper.first < lower.column < upper.last)
    upon_each_other = lower.column in upper.ends and lower.column not in lower.ends
    return crossings + OVERLAP * upon_each_other
