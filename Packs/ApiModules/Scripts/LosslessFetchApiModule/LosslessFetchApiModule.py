"""A fetch that loses no row and delivers none twice: rows, progress, slices of time, reading ahead, batches.

Knows time, rows and what has to be remembered between runs. Must not know: Absolute, HTTP, incidents, events. What is read
comes from a `Reader`; another collector can use this module as it is.
"""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, NamedTuple, Protocol

# region Rows, progress, windows
LAST_RUN_VERSION = 3
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND_MS = 1000
HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
SEEN_LIMIT = 50_000
BATCH = 1000
FIRST_PARTS = 2048
SLICE_PAGES = 4
PARTS = 8
READERS = 6


class Row(NamedTuple):
    """One thing to deliver. Rows are ordered by time of creation, then ID.

    Attributes:
        ms: When Absolute recorded it, in milliseconds since 1970 UTC, cut off and not rounded.
    """

    ms: int
    id: str
    data: dict[str, Any]

    @property
    def key(self) -> tuple[int, str]:
        return self.ms, self.id


def milliseconds(moment: datetime) -> int:
    passed = moment - EPOCH
    return passed.days * DAY_MS + passed.seconds * SECOND_MS + passed.microseconds // 1000


def from_milliseconds(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def whole_second(ms: int) -> int:
    """The start of the second. Windows begin and end there: the API may write times in whole seconds, and look at finer ones."""
    return ms - ms % SECOND_MS


def ms_text(ms: int) -> str:
    """`yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`, the form in which the state holds times."""
    return from_milliseconds(ms).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def ms_of_text(text: Any) -> int | None:
    """What `ms_text` wrote, with or without a fraction, in milliseconds; None for anything else."""
    try:
        return milliseconds(datetime.fromisoformat(str(text).removesuffix("Z")).replace(tzinfo=timezone.utc))
    except ValueError:
        return None


def mapping(value: Any) -> dict[str, Any]:
    """An object of the state; empty when it is something else."""
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Progress:
    """How far one fetch type has come.

    Every row up to `position` was delivered, and of those after it the ones in `seen`.

    Attributes:
        position: Key of a row; rows recorded within the look-back may still turn up late, so it stays behind that.
        seen: Delivered rows after the position: ID to time of creation in ms.
        complete: When the source was last read to its end, in ms of Absolute's clock; 0 for never.
        known: What a fetch type remembers besides, such as the devices that are not compliant.
    """

    position: tuple[int, str]
    seen: Mapping[str, int] = field(default_factory=dict)
    complete: int = 0
    known: Mapping[str, str] = field(default_factory=dict)

    def has(self, row: Row) -> bool:
        return row.key <= self.position or row.id in self.seen

    def after(
        self, rows: Sequence[Row], delivered: Iterable[Row], before: tuple[int, str], settled: int, known: Mapping[str, str]
    ) -> "Progress":
        """The progress once every row before the key `before` is dealt with: last `rows`, of which some were `delivered`.

        The position follows the rows and never the clock: a clock that is wrong can delay, but lose nothing.
        """
        seen = {**self.seen, **{row.id: row.ms for row in delivered}}
        keys = [row.key for row in rows] + [(ms, row_id) for row_id, ms in seen.items() if (ms, row_id) < before]
        position = max(self.position, min(max(keys, default=self.position), (settled, "")))
        kept = {row_id: ms for row_id, ms in seen.items() if (ms, row_id) > position}
        return replace(self, position=position, seen=kept, known=known)

    def unsettled(self, settled: int) -> int:
        """How many delivered rows have to be remembered."""
        return sum(ms >= settled for ms in self.seen.values())

    def to_dict(self) -> dict[str, Any]:
        seen: dict[str, list[str]] = {}
        for row_id, ms in self.seen.items():
            seen.setdefault(ms_text(ms), []).append(row_id)
        state = {"position": [ms_text(self.position[0]), self.position[1]], "seen": seen, "known": dict(self.known)}
        return {**state, "complete": ms_text(self.complete)} if self.complete else state

    @staticmethod
    def from_dict(state: Any) -> "Progress | None":
        """The progress that `to_dict` wrote; None for anything else."""
        fields = mapping(state)
        position = fields.get("position")
        if not isinstance(position, list) or len(position) != 2 or (ms := ms_of_text(position[0])) is None:
            return None
        seen = {
            str(row_id): created
            for time_text, ids in mapping(fields.get("seen")).items()
            if (created := ms_of_text(time_text)) is not None and isinstance(ids, list)
            for row_id in ids
        }
        complete = ms_of_text(fields.get("complete")) or 0
        known = {str(name): str(value) for name, value in mapping(fields.get("known")).items()}
        return Progress((ms, str(position[1])), seen, complete, known)


@dataclass(frozen=True)
class LastRun:
    """What a run leaves for the next one: progress by name of the fetch type."""

    types: Mapping[str, Progress] = field(default_factory=dict)

    def with_progress(self, name: str, progress: Progress) -> "LastRun":
        return LastRun({**self.types, name: progress})

    def to_dict(self, more: bool = False) -> dict[str, Any]:
        """`more` asks the platform to run again at once."""
        types = {name: progress.to_dict() for name, progress in self.types.items()}
        state = {"version": LAST_RUN_VERSION, "types": types}
        return {**state, "nextTrigger": "0"} if more else state

    @staticmethod
    def from_dict(state: Any) -> "LastRun":
        """Read what `to_dict` wrote; what cannot be read is left out."""
        fields = mapping(state)
        read = {str(name): Progress.from_dict(value) for name, value in mapping(fields.get("types")).items()}
        return LastRun({name: progress for name, progress in read.items() if progress})


@dataclass(frozen=True)
class Slice:
    """A piece of time, from `start` to before `end`, in milliseconds since 1970 UTC; both are whole seconds."""

    start: int
    end: int

    @property
    def width(self) -> int:
        return self.end - self.start

    @property
    def smallest(self) -> bool:
        return self.width <= SECOND_MS

    def cut(self) -> list["Slice"]:
        step = whole_second(self.width // PARTS) + SECOND_MS
        return [Slice(start, min(start + step, self.end)) for start in range(self.start, self.end, step)]


@dataclass(frozen=True)
class Found:
    """The rows of one slice, in order; `complete` when there are no others in it."""

    rows: list[Row]
    complete: bool = True


class OutOfTimeError(DemistoException):
    """The run has to end; what is left comes with the next one."""


class OverfullError(DemistoException):
    """A slice cannot be read in one go: it has too many pages, or its cursor failed. Smaller ones can."""


def next_width(piece: Slice, rows: int, wanted: int) -> int:
    """The width at which a slice would hold the wanted number of rows, as densely as they lie in this one.

    The fewer rows tell, the less is made of it.
    """
    fitting = piece.width * wanted / max(rows, 1)
    return max(whole_second(int(min(fitting, piece.width * max(4, rows // 4)))), SECOND_MS)


class Source(Protocol):
    """What the engine has to know of a kind of row.

    Attributes:
        page_size: Rows of one page.
        slice_rows: How many rows a slice should have.
        longest_ms: The longest window that may be asked for at once.
    """

    @property
    def page_size(self) -> int: ...

    @property
    def slice_rows(self) -> int: ...

    @property
    def longest_ms(self) -> int: ...


class Reader(Protocol):
    def read(self, piece: Slice, max_pages: int) -> Found: ...

    def stop(self) -> None: ...


def in_time_order(reader: Reader, window: Slice, source: Source, settled: int, limit: int) -> Iterator[tuple[Slice, Found]]:
    """All rows of a window, oldest first, slice by slice.

    What fits one page is one slice. Otherwise the window is cut into slices that are read side by side; never more of
    them than READERS are held, so that memory does not grow with the window, and no more than `limit` rows need. No slice
    lies on both sides of `settled`: rows that arrive while a slice is walked may push others from page to page, and past
    the walker.
    """
    if window.width <= source.longest_ms:
        try:
            found = reader.read(window, 1)
        except OverfullError:
            demisto.debug("[Fetch] more than a page is waiting: reading slices side by side")
        else:
            yield window, found
            return
    with ThreadPoolExecutor(READERS) as pool:
        ahead = ReadAhead(reader, pool, window, settled, source, limit)
        try:
            yield from ahead.slices()
        finally:
            reader.stop()
            ahead.cancel()


class ReadAhead:
    """Cuts a window into slices and has them read side by side; gives them back in order of time."""

    def __init__(self, reader: Reader, pool: ThreadPoolExecutor, window: Slice, settled: int, source: Source, limit: int) -> None:
        self._reader = reader
        self._pool = pool
        self._reading: deque[tuple[Slice, Future[Found]]] = deque()
        self._source = source
        # Where a slice has to end; the window's end once, also when everything has settled.
        self._edges = [*([settled] if window.start < settled < window.end else []), window.end]
        self._start = window.start
        self._width = whole_second(min(window.width // FIRST_PARTS, source.longest_ms)) + SECOND_MS
        self._limit = limit

    def slices(self) -> Iterator[tuple[Slice, Found]]:
        self._read_on()
        while self._reading:
            piece, future = self._reading.popleft()
            try:
                found = future.result()
            except OverfullError:
                parts = [(part, self._submit(part)) for part in piece.cut()]
                self._reading.extendleft(reversed(parts))
                continue
            self._limit -= len(found.rows)
            wanted = min(self._source.slice_rows, max(self._limit, self._source.page_size))
            self._width = min(next_width(piece, len(found.rows), wanted), self._source.longest_ms)
            # Before these rows are dealt with, so that no reader waits for that.
            self._read_on()
            yield piece, found

    def _submit(self, piece: Slice) -> "Future[Found]":
        return self._pool.submit(self._reader.read, piece, SLICE_PAGES + 1)

    def _read_on(self) -> None:
        while self._edges and len(self._reading) < min(READERS, max(1, -(-self._limit // self._source.slice_rows))):
            piece = Slice(self._start, min(self._start + self._width, self._edges[0]))
            self._reading.append((piece, self._submit(piece)))
            self._start = piece.end
            if self._start >= self._edges[0]:
                self._edges.pop(0)

    def cancel(self) -> None:
        for _, future in self._reading:
            future.cancel()


@dataclass(frozen=True)
class Step:
    """A batch to deliver, oldest first, and the progress to save once it is delivered."""

    rows: list[Row]
    progress: Progress
    more: bool = False


# Decides whether a row is worth delivering; may note in the first argument what the next rows are judged by.
Judge = Callable[[dict[str, str], dict[str, Any]], bool]


def steps(
    slices: Iterable[tuple[Slice, Found]], progress: Progress, end: int, limit: int, judge: Judge, settled: int
) -> Iterator[Step]:
    """Cut what is found into batches of at most BATCH rows and `limit` rows in all.

    Args:
        end: Where the window ends, in ms.
        settled: The time in ms before which no row turns up late any more.
    """
    for piece, found in slices:
        fresh = deque(row for row in found.rows if not progress.has(row))
        while fresh:
            known = dict(progress.known)
            memory = SEEN_LIMIT - progress.unsettled(settled)
            taken, wanted = take(fresh, min(BATCH, limit), memory, settled, partial(judge, known))
            if not taken:
                # As many late rows as may be remembered are: the others are delivered when they have settled.
                demisto.debug("[Fetch] the rest waits until it has settled")
                return
            end_of_found = (piece.end, "") if found.complete else taken[-1].key
            progress = progress.after(taken, wanted, fresh[0].key if fresh else end_of_found, settled, known)
            limit -= len(wanted)
            more = bool(fresh) or piece.end < end or not found.complete
            yield Step(wanted, progress, more and limit == 0)
            if limit == 0:
                return
        if not found.complete:
            yield Step([], progress, more=True)
            return
    progress = progress.after([], [], (end, ""), settled, progress.known)
    yield Step([], replace(progress, complete=max(progress.complete, settled)))


def take(
    fresh: "deque[Row]", limit: int, memory: int, boundary: int, worth: Callable[[dict[str, Any]], bool]
) -> tuple[list[Row], list[Row]]:
    """Take rows from the front of `fresh`: all that were taken, and those to deliver.

    Args:
        memory: How many rows that were recorded after `boundary` may be delivered, because they have to be remembered.
    """
    taken: list[Row] = []
    wanted: list[Row] = []
    while fresh and len(wanted) < limit and len(taken) < BATCH:
        unsettled = fresh[0].ms >= boundary
        if unsettled and memory <= 0:
            break
        taken.append(fresh.popleft())
        if worth(taken[-1].data):
            wanted.append(taken[-1])
            memory -= unsettled
    return taken, wanted


def lost_interval(progress: Progress, retention: timedelta | None, now: datetime) -> tuple[datetime, datetime] | None:
    """The time whose rows Absolute has deleted before they were fetched."""
    read_until = max(progress.position[0], progress.complete)
    # The first run begins at the very edge.
    if retention is None or read_until >= milliseconds(now - retention) - HOUR_MS // 6:
        return None
    return from_milliseconds(read_until), now - retention


# endregion
