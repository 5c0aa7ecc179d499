"""The event log: what a window of it holds, page by page.

Events are kept 72 hours after their creation. Times are microseconds since 1970 (events.py).
"""

from __future__ import annotations

import bisect
import heapq
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, islice
from typing import Literal, Protocol

from .clock import Clock
from .event_blocks import Actor, Block
from .events import Event, microseconds

RETENTION = timedelta(hours=72)
_RETENTION = RETENTION // timedelta(microseconds=1)
Order = Literal["shuffled", "oldest first", "newest first"]


class Rows(Protocol):
    """Events in the order of their creation."""

    def created(self, place: int) -> int: ...

    def event(self, place: int) -> Event: ...


@dataclass(frozen=True)
class Position:
    """Where a walk through a window is: it began at `as_of`, when the log had had so many `arrivals`, and `given` rows
    have been given."""

    as_of: int
    arrivals: int
    given: int = 0


@dataclass(frozen=True, order=True)
class Key:
    """The place of an event in a sorted order, whatever else is in the log."""

    created: int
    id: str


@dataclass(frozen=True)
class Window:
    """Creation times from `first` to before `end`."""

    first: int
    end: int


@dataclass(frozen=True)
class Page:
    """`after` is where the walk is behind these events, None when it never was anywhere; `more` events follow, or not."""

    events: list[Event]
    after: Position | Key | None
    more: bool


@dataclass(frozen=True)
class _Recorded:
    """`number` says how many arrivals the log had before; nobody sees the event before `visible_at`."""

    event: Event
    number: int
    visible_at: int


@dataclass(frozen=True)
class _Listed:
    """Single events as Rows."""

    recorded: Sequence[_Recorded]

    def created(self, place: int) -> int:
        return self.recorded[place].event.created

    def event(self, place: int) -> Event:
        return self.recorded[place].event


@dataclass(frozen=True)
class _Part:
    """The rows from `first` to before `end`."""

    rows: Rows
    first: int
    end: int

    def before(self, time: int) -> int:
        """The place of the first row that was created at `time` or later."""
        return self.first + bisect.bisect_left(range(self.first, self.end), time, key=self.rows.created)


@dataclass
class EventLog:
    clock: Clock
    arrivals: int = 0
    _recorded: list[_Recorded] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)

    def now(self) -> int:
        return microseconds(self.clock.now())

    # What comes in ------------------------------------------------------------------------------------------------

    def add(self, event: Event, visible_at: int) -> None:
        bisect.insort(self._recorded, _Recorded(event, self.arrivals, visible_at), key=_created)
        self.arrivals += 1
        # Walks that are under way still count what has passed its retention since they began.
        del self._recorded[: self._place(self.now() - 2 * _RETENTION)]

    def add_block(self, seed: int, start: int, step: float, count: int | None, late: int, actors: Sequence[Actor]) -> Block:
        block = Block(self.arrivals, seed * 1_000_003 + self.arrivals, start, step, count, late, actors)
        self._blocks.append(block)
        self.arrivals += 1
        return block

    def end_block(self, block: Block) -> None:
        """No events are added to the block from now on."""
        block.count = _Part(block, 0, len(block)).before(self.now() + 1)

    # What is seen of it -------------------------------------------------------------------------------------------

    def start(self) -> Position:
        """A walk that begins now."""
        return Position(self.now(), self.arrivals)

    def page(self, window: Window, position: Position, size: int, order: Order) -> Page:
        """The rows of a walk that follow `position`. Events that have passed their retention meanwhile are left out."""
        parts = self._parts(window, position)
        total = sum(part.end - part.first for part in parts)
        end = min(position.given + size, total)
        if end <= position.given:
            return Page([], None, more=False)
        kept_from = self.now() - _RETENTION
        if order == "shuffled":
            rows = _shuffled(parts, window, position, end, total)
        elif order == "oldest first":
            rows = iter(_between(parts, window, position.given, end))
        else:
            rows = reversed(_between(parts, window, total - end, total - position.given))
        events = [event for event in rows if event.created >= kept_from]
        return Page(events, Position(position.as_of, position.arrivals, end), more=end < total)

    def page_behind(self, window: Window, key: Key | None, size: int, order: Order) -> Page:
        """The events that now stand behind the one with that key, all for None, in one of the sorted orders."""
        newest_first = order == "newest first"
        if key is not None:
            window = Window(window.first, key.created + 1) if newest_first else Window(key.created, window.end)
        events = _by_key(self._parts(window, self.start()), newest_first)
        if key is not None:
            events = (event for event in events if (_key(event) < key if newest_first else _key(event) > key))
        found = list(islice(events, size + 1))
        page = found[:size]
        return Page(page, _key(page[-1]) if page else None, more=len(found) > size)

    def visible(self, window: Window) -> Iterator[Event]:
        """All that a walk through the window would give now, oldest first."""
        return _merged(self._parts(window, self.start()))

    def count(self, window: Window) -> int:
        return sum(part.end - part.first for part in self._parts(window, self.start()))

    def _parts(self, window: Window, position: Position) -> list[_Part]:
        first = max(window.first, position.as_of - _RETENTION)
        recorded = [
            row
            for row in self._recorded[self._place(first) : self._place(window.end)]
            if row.number < position.arrivals and row.visible_at <= position.as_of
        ]
        parts = [_Part(_Listed(recorded), 0, len(recorded))]
        for block in self._blocks:
            if block.number < position.arrivals:
                whole = _Part(block, 0, len(block))
                end = min(window.end, position.as_of - block.late + 1)
                parts.append(_Part(block, whole.before(first), whole.before(max(first, end))))
        return [part for part in parts if part.first < part.end]

    def _place(self, time: int) -> int:
        return bisect.bisect_left(self._recorded, time, key=_created)


def _created(recorded: _Recorded) -> int:
    return recorded.event.created


# Orders ---------------------------------------------------------------------------------------------------------------


def _shuffled(parts: Sequence[_Part], window: Window, position: Position, end: int, total: int) -> Iterator[Event]:
    """A permutation of the whole walk: place * factor + offset (mod total), the factor having no divisor in common with
    the total. It is about a third to two thirds of that: a page would be sorted by one that is next to nothing or to it."""
    draw = random.Random(f"{window} {position.as_of}")
    factor, offset = draw.randrange(max(total // 3, 1), total * 2 // 3 + 2), draw.randrange(total)
    while math.gcd(factor, total) > 1:
        factor += 1
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + part.end - part.first)
    for place in range(position.given, end):
        place = (place * factor + offset) % total
        number = bisect.bisect_right(starts, place) - 1
        yield parts[number].rows.event(parts[number].first + place - starts[number])


def _between(parts: Sequence[_Part], window: Window, first: int, end: int) -> list[Event]:
    """The rows from the place `first` to before the place `end` of all parts together, ordered by creation."""

    def rows_up_to(time: int) -> int:
        return sum(part.before(time + 1) - part.first for part in parts)

    times = range(window.first, window.end)
    start = window.first + bisect.bisect_right(times, first, key=rows_up_to)
    rest = [_Part(part.rows, part.before(start), part.end) for part in parts]
    skipped = first - sum(part.before(start) - part.first for part in parts)
    return list(islice(_merged(rest), skipped, skipped + end - first))


def _merged(parts: Sequence[_Part]) -> Iterator[Event]:
    streams = (map(part.rows.event, range(part.first, part.end)) for part in parts)
    return iter(heapq.merge(*streams, key=lambda event: event.created))


def _by_key(parts: Sequence[_Part], newest_first: bool) -> Iterator[Event]:
    step = -1 if newest_first else 1
    streams = (map(part.rows.event, range(part.first, part.end)[::step]) for part in parts)
    events = heapq.merge(*streams, key=lambda event: event.created, reverse=newest_first)
    for _, simultaneous in groupby(events, key=lambda event: event.created):
        yield from sorted(simultaneous, key=_key, reverse=newest_first)


def _key(event: Event) -> Key:
    return Key(event.created, event.id)
