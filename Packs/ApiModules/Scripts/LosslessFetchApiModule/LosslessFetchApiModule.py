"""A fetch that loses no row and delivers none twice: rows, progress, slices of time, reading ahead, batches, runs.

Knows time, rows and what has to be remembered between runs. Must not know: Absolute, HTTP, incidents, events. What is read
comes from a `Server`, and what was read goes to an `Outlet`; another collector can use this module as it is.
"""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import gc
import heapq
import math
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from itertools import islice, pairwise
from operator import itemgetter
from threading import Event
from typing import Any, NamedTuple, Protocol

# region Rows, progress, windows
LAST_RUN_VERSION = 3
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND_MS = 1000
HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
SEEN_LIMIT = 50_000
BATCH = 1000
# Of a window of which nothing is known, or too much for one go, so small a part is read first.
FIRST_PARTS = 360
# Fewer rows tell little of how densely others lie: what follows may be a page.
FEW = 100
SLICE_PAGES = 4
# By how much smaller slices are, for a while, than one that could not be read in one go.
PARTS = 8
READERS = 8
# So many pages are held at once, as far as that can be foreseen.
MOST_PAGES = 24
# How much is left free in a slice, measured by what numbers of rows scatter: at first, at least, at most.
SCATTER, LEAST_SCATTER, MOST_SCATTER = 1.5, 0.5, 6.0
# How far this host's clock may be ahead of the server's without a second look.
CLOCK_MS = 60 * SECOND_MS
# The most rows of a second that are read at a time; a second cannot be cut.
SECOND_ROWS = 15_000
# How often a second is read until nothing goes from it any more.
WALKS = 50
# So many rows that are refused one by one, and none taken, show that the outlet takes nothing: no row is put aside then.
MOST_SUSPECTS = 10
MOST_REFUSALS = 20
# A server tells its time cut off to the second (RFC 9110 section 5.6.7): it may be that much later there.
AHEAD_MS = 1000
MOST_ROWS = 10**9
M_MMAP_THRESHOLD = -3  # malloc.h
SWITCH_SECONDS = 0.0005
GARBAGE_THRESHOLD = 10_000


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


# The key of a row, where there are many of them.
key_of = itemgetter(0, 1)


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
        return milliseconds(datetime.fromisoformat(str(text)).replace(tzinfo=timezone.utc))
    except ValueError:
        return None


def mapping(value: Any) -> dict[str, Any]:
    """An object of the state; empty when it is something else."""
    return value if isinstance(value, dict) else {}


def items_of(value: Any) -> list[Any]:
    """A list of the state; empty when it is something else."""
    return value if isinstance(value, list) else []


class Progress(NamedTuple):
    """How far one fetch type has come.

    Every row up to `position` was delivered, and of those after it the ones in `seen`.

    Attributes:
        position: Key of a row; rows recorded within the look-back may still turn up late, so it stays behind that.
        seen: Delivered rows after the position: ID to time of creation in ms.
        complete: When the source was last read to its end, in ms of Absolute's clock; 0 for never.
        known: What a fetch type remembers besides, such as the devices that are not compliant.
    """

    position: tuple[int, str]
    seen: Mapping[str, int] = {}
    complete: int = 0
    known: Mapping[str, str] = {}

    def has(self, row: Row) -> bool:
        return key_of(row) <= self.position or row.id in self.seen

    def after(
        self, rows: Sequence[Row], delivered: Iterable[Row], before: tuple[int, str], settled: int, known: Mapping[str, str]
    ) -> "Progress":
        """The progress once every row before the key `before` is dealt with: last `rows`, in order, some of them `delivered`.

        The position follows the rows and never the clock: a clock that is wrong can delay, but lose nothing.
        """
        last = max([(ms, row_id) for row_id, ms in self.seen.items() if (ms, row_id) < before], default=self.position)
        position = max(self.position, min(max(last, rows[-1].key) if rows else last, (settled, "")))
        had = {**self.seen, **{row.id: row.ms for row in delivered}}
        seen = {row_id: ms for row_id, ms in had.items() if (ms, row_id) > position}
        return self._replace(position=position, seen=seen, known=known)

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


class Loss(NamedTuple):
    """A time, in ms, whose rows the server had deleted before they were read: from `start` to before `end`."""

    name: str
    start: int
    end: int


class Refusal(NamedTuple):
    """A row that the outlet refuses for what it is, and why; `ms` is its time of creation."""

    name: str
    id: str
    ms: int
    why: str


class LastRun(NamedTuple):
    """What a run leaves for the next one.

    Attributes:
        types: Progress by name of the fetch type.
        losses: Those that nobody was told yet.
        refusals: The latest rows that were put aside and that nobody was told of yet.
        refused: How many rows were ever put aside.
        turn: Who goes first, where the limit is too small for all.
    """

    types: Mapping[str, Progress] = {}
    losses: tuple[Loss, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    refused: int = 0
    turn: int = 0

    def with_progress(self, name: str, progress: Progress) -> "LastRun":
        return self._replace(types={**self.types, name: progress})

    def with_loss(self, loss: Loss) -> "LastRun":
        """Times that touch are one."""
        if self.losses and self.losses[-1].name == loss.name and self.losses[-1].end >= loss.start:
            return self._replace(losses=(*self.losses[:-1], self.losses[-1]._replace(end=loss.end)))
        return self._replace(losses=(*self.losses, loss))

    def with_refusals(self, refusals: Sequence[Refusal]) -> "LastRun":
        return self._replace(refusals=(*self.refusals, *refusals)[-MOST_REFUSALS:], refused=self.refused + len(refusals))

    def told(self) -> "LastRun":
        """The state once somebody was told what it has to tell."""
        return self._replace(losses=(), refusals=())

    def to_dict(self, more: bool = False) -> dict[str, Any]:
        """`more` asks the platform to run again at once."""
        types = {name: progress.to_dict() for name, progress in self.types.items()}
        state: dict[str, Any] = {"version": LAST_RUN_VERSION, "types": types}
        if self.losses:
            state["losses"] = [[loss.name, ms_text(loss.start), ms_text(loss.end)] for loss in self.losses]
        if self.refused:
            state["refused"] = self.refused
        if self.refusals:
            state["refusals"] = [[one.name, one.id, ms_text(one.ms), one.why] for one in self.refusals]
        if self.turn:
            state["turn"] = self.turn
        return {**state, "nextTrigger": "0"} if more else state

    @staticmethod
    def from_dict(state: Any) -> "LastRun":
        """Read what `to_dict` wrote; what cannot be read is left out."""
        fields = mapping(state)
        read = {str(name): Progress.from_dict(value) for name, value in mapping(fields.get("types")).items()}
        losses = [loss_of(value) for value in items_of(fields.get("losses"))]
        refusals = [refusal_of(value) for value in items_of(fields.get("refusals"))]
        return LastRun(
            {name: progress for name, progress in read.items() if progress},
            tuple(loss for loss in losses if loss),
            tuple(refusal for refusal in refusals if refusal),
            count_of(fields.get("refused")),
            count_of(fields.get("turn")),
        )


def loss_of(value: Any) -> Loss | None:
    """A loss as the state holds it; None for anything else."""
    parts = items_of(value)
    start, end = (ms_of_text(text) for text in parts[1:]) if len(parts) == 3 else (None, None)
    return Loss(str(parts[0]), start, end) if start is not None and end is not None else None


def refusal_of(value: Any) -> Refusal | None:
    """A refusal as the state holds it; None for anything else."""
    parts = [str(part) for part in items_of(value)]
    ms = ms_of_text(parts[2]) if len(parts) == 4 else None
    return Refusal(parts[0], parts[1], ms, parts[3]) if ms is not None else None


def count_of(value: Any) -> int:
    return max(value, 0) if isinstance(value, int) else 0


class Slice(NamedTuple):
    """A piece of time, from `start` to before `end`, in milliseconds since 1970 UTC; both are whole seconds."""

    start: int
    end: int

    @property
    def width(self) -> int:
        return self.end - self.start

    @property
    def smallest(self) -> bool:
        return self.width <= SECOND_MS

    def first(self, width: int) -> "Slice":
        """So much of it from its start on, and not less than a second."""
        return Slice(self.start, min(self.start + max(whole_second(width), SECOND_MS), self.end))

    def cut(self, places: Iterable[int]) -> list["Slice"]:
        """The pieces between those of the `places` that lie inside, in order."""
        inside = sorted({place for place in places if self.start < place < self.end})
        return [Slice(start, end) for start, end in pairwise([self.start, *inside, self.end])]


class Found(NamedTuple):
    """The rows of one slice, in order.

    Attributes:
        since: Rows that were recorded before it, in ms, may have been deleted before they were read; 0 when none were.
        complete: Whether there are no others in the slice.
    """

    rows: list[Row]
    since: int = 0
    complete: bool = True


class OutOfTimeError(DemistoException):
    """The run has to end; what is left comes with the next one."""


class RefusedError(DemistoException):
    """An outlet refuses what was to be delivered for what it is, and would refuse it again; each part of it may fare better.

    Attributes:
        proven: Whether that is certain: then a single row is put aside although nothing else was taken.
    """

    def __init__(self, message: str, proven: bool = False) -> None:
        super().__init__(message)
        self.proven = proven


class OverfullError(DemistoException):
    """A slice cannot be read in one go: it has too many pages, or its cursor failed. Smaller ones can.

    Attributes:
        rows: It has at least so many rows; 0 when these are not the reason.
        page: So many of them the server gives at once, which may be less than it was asked for.
    """

    def __init__(self, message: str, rows: int = 0, page: int = 0) -> None:
        super().__init__(message)
        self.rows = rows
        self.page = page


class Density(NamedTuple):
    """How densely rows lie: so many in a slice of that width, in ms; `scatter` tells how far the last ones lay from that."""

    rows: float
    width: float
    scatter: float = SCATTER

    def then(self, rows: int, width: int) -> "Density":
        """What the next slice tells counts for more than what those before it do, unless these are few rows."""
        expected = max(self.rows * width / self.width, 1)
        off = abs(rows - expected) / expected / self._uncertainty(expected)
        scatter = min(max(self.scatter / 2 + off, LEAST_SCATTER), MOST_SCATTER)
        kept = 1 if self.rows < FEW else 1 / 2
        return Density(self.rows * kept + rows, self.width * kept + width, scatter)

    def explains(self, other: "Density") -> bool:
        """Whether it is no surprise that rows lie as densely as that."""
        return self.rows * other.width >= other.rows * self.width

    def width_of(self, rows: int) -> float:
        """The width at which a slice seldom has more rows. The fewer rows tell, the less is made of it."""
        return self.width * rows / max(self.rows, 1) / (1 + self.scatter * self._uncertainty(rows))

    def _uncertainty(self, rows: float) -> float:
        """Numbers of things that happen by themselves scatter by their root: those that tell, and those that are told of."""
        return math.sqrt(1 / rows + 1 / max(self.rows, 1))


# Decides whether a row is worth delivering; may note in the first argument what the next rows are judged by.
Judge = Callable[[dict[str, str], dict[str, Any]], bool]


def every_row(known: dict[str, str], row: dict[str, Any]) -> bool:
    """A judge for sources whose every row is news."""
    return True


class Source(Protocol):
    """What the engine has to know of a kind of row.

    Attributes:
        name: Its name in the state.
        title: Its name for people.
        page_size: Rows of one page.
        longest_ms: The longest window that may be asked for at once.
        retention: How long the server keeps the rows; None for as long as the thing lasts.
        judge: Which rows are worth delivering.
    """

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def page_size(self) -> int: ...

    @property
    def longest_ms(self) -> int: ...

    @property
    def retention(self) -> timedelta | None: ...

    @property
    def judge(self) -> Judge: ...

    def steady_from(self, now: int) -> int:
        """The time in ms from which on no row goes away while it is read; of earlier ones some may, between two pages."""
        ...

    def remembered(self, known: Mapping[str, str], now: int) -> Mapping[str, str]:
        """What of the judge's notes is still worth to be kept."""
        ...

    def row(self, data: dict[str, Any], piece: Slice) -> Row: ...


class Server(Protocol):
    """Whom rows are read from, by several threads."""

    @property
    def answered(self) -> bool:
        """Whether it has answered at all, be it that it refuses."""
        ...

    @property
    def clock_known(self) -> bool:
        """Whether `now` is the server's own time, which its answers tell."""
        ...

    def now(self) -> datetime: ...

    def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        """The pages of a slice, one after the other, in whatever order.

        Raises:
            OverfullError: Smaller slices may be read where this one cannot.
            DemistoException: It cannot be read now.
        """
        ...


class Reader(Protocol):
    def read(self, piece: Slice, max_pages: int) -> Found: ...

    def stop(self) -> None: ...


class Look(NamedTuple):
    """The beginning of what is to be read, and what it holds; None when that is more than a page.

    Attributes:
        density: What it tells of what follows; the least where a page did not hold it.
        page: So many rows the server gives at once.
    """

    window: Slice
    found: Found | None
    density: Density
    page: int


def first_part(window: Slice, source: Source) -> Slice:
    """The window, if it may be asked for at once; else a small part of it, which tells how densely rows lie."""
    return window if window.width <= source.longest_ms else window.first(window.width // FIRST_PARTS)


def looked_at(reader: Reader, window: Slice, source: Source) -> Look:
    """A window that is read in one page, if one holds it: no rows that go or arrive meanwhile matter then."""
    try:
        found = reader.read(window, 1)
    except OverfullError as error:
        demisto.debug("[Fetch] more than a page is waiting: reading slices side by side")
        return Look(window, None, Density(error.rows, window.width), error.page or source.page_size)
    # Before the first row there may be none any more, or there were none yet.
    several = len(found.rows) > 1
    told = Density(len(found.rows) - 1, window.end - found.rows[0].ms) if several else Density(0, window.width)
    return Look(window, found, told, source.page_size)


def in_time_order(
    reader: Reader, window: Slice, source: Source, steady: int, settled: int, limit: int, look: Look | None = None
) -> Generator[tuple[Slice, Found], None, None]:
    """All rows of a window, oldest first, slice by slice.

    What fits one page is one slice. Otherwise the window is cut into slices that are read side by side; never more of them than
    MOST_PAGES are held, so that memory does not grow with the window, and no more than `limit` rows need.

    Args:
        look: What was read of the beginning already.
    """
    look = look or looked_at(reader, first_part(window, source), source)
    density = None
    while look.found:
        yield look.window, look.found
        if look.window.end >= window.end:
            return
        window, density = Slice(look.window.end, window.end), look.density
        if len(look.found.rows) >= FEW:
            break
        look = looked_at(reader, window.first(source.longest_ms), source)
    with ThreadPoolExecutor(READERS) as pool:
        ahead = ReadAhead(reader, pool, window, density, look, steady, settled, source, limit)
        try:
            yield from ahead.slices()
        finally:
            reader.stop()
            ahead.cancel()


class Reading(NamedTuple):
    """A slice of so many pages, as it seems. Without a future it is not cut yet."""

    piece: Slice
    pages: int = 0
    future: Any = None

    @property
    def under_way(self) -> bool:
        return self.future is not None and not self.future.done()


class ReadAhead:
    """Cuts a window into slices and has them read side by side; gives them back in order of time.

    No slice of several pages lies on both sides of `steady` or of `settled`: rows that go or arrive while a slice is walked push
    others from page to page, and past the walker.
    """

    def __init__(
        self,
        reader: Reader,
        pool: ThreadPoolExecutor,
        window: Slice,
        density: Density | None,
        look: Look,
        steady: int,
        settled: int,
        source: Source,
        limit: int,
    ) -> None:
        self._reader = reader
        self._pool = pool
        self._edges = (steady, settled)
        self._source = source
        self._limit = limit
        self._longest = source.longest_ms
        self._page = look.page
        # None while nothing is known but that the time until `_until` has more than was found in it: then one slice after the
        # other is tried, a small one and then the half of what is left, until the crowd is found.
        self._density: Density | None
        self._know(density, look.window, look.density)
        # In order of time.
        self._queue: deque[Reading] = deque()
        self._put_back(window)

    def slices(self) -> Iterator[tuple[Slice, Found]]:
        while self._queue:
            self._read_on()
            if not self._queue[0].future:
                self._begin(0, *self._size())
            piece, _, future = self._queue.popleft()
            try:
                found = future.result()
            except OverfullError as error:
                if error.rows:
                    self._page = min(self._page, error.page)
                    self._know(self._density, piece, Density(error.rows, piece.width))
                else:
                    self._longest = max(whole_second(piece.width // PARTS), SECOND_MS)
                self._put_back(piece)
                continue
            self._note(piece, len(found.rows))
            # Before these rows are dealt with, so that no reader waits for that.
            self._read_on()
            yield piece, found

    def _put_back(self, window: Slice) -> None:
        self._queue.extendleft(Reading(piece) for piece in reversed(window.cut(self._edges)))

    def _know(self, density: Density | None, piece: Slice, least: Density) -> None:
        """What was found so far is no measure where there is more."""
        self._density = density if density and density.explains(least) else None
        self._until, self._least, self._trial = piece.end, least, piece.width / FIRST_PARTS

    def _note(self, piece: Slice, rows: int) -> None:
        self._limit -= rows
        found = Density(rows, piece.width)
        if self._density:
            self._density = self._density.then(rows, piece.width)
        elif rows >= FEW or found.explains(self._least) or piece.end >= self._until:
            self._density = found
        else:
            self._least = Density(self._least.rows - rows, self._until - piece.end)
            self._trial = self._least.width / 2
        self._longest = min(4 * self._longest, self._source.longest_ms)

    def _read_on(self) -> None:
        """Begin to read slices, as many as may be held."""
        room = min(MOST_PAGES, -(-self._limit // self._page))
        while (place := next((place for place, one in enumerate(self._queue) if not one.future), None)) is not None:
            pages, width = self._size()
            full = pages > room - sum(one.pages for one in self._queue)
            busy = sum(one.under_way for one in self._queue) >= READERS
            if full or busy or not self._density:
                return
            self._begin(place, pages, width)

    def _begin(self, place: int, pages: int, width: float) -> None:
        """Cut the next slice off and begin to read it."""
        uncut, rest = self._queue[place].piece, [*islice(self._queue, place, None)]
        whole = Slice(uncut.start, rest[-1].piece.end)
        if pages == 1 and whole.width <= min(width, self._longest) and not any(one.future for one in rest):
            # What is one page may lie on both sides of an edge.
            self._queue = deque([*islice(self._queue, place), self._reading(whole, 1, 1)])
            return
        piece = uncut.first(min(int(width), self._longest))
        # Where little is known, a page that is full says enough.
        self._queue[place] = self._reading(piece, pages, SLICE_PAGES + 1 if self._density and self._density.rows else 1)
        if piece.end < uncut.end:
            self._queue.insert(place + 1, Reading(Slice(piece.end, uncut.end)))

    def _reading(self, piece: Slice, pages: int, max_pages: int) -> Reading:
        return Reading(piece, pages, self._pool.submit(self._reader.read, piece, max_pages))

    def _size(self) -> tuple[int, float]:
        """Pages and width of the next slice: towards the end so small that all readers have some."""
        density, page = self._density, self._page
        if not density:
            return 1, self._trial
        uncut = [one.piece for one in self._queue if not one.future]
        left = min(sum(piece.width for piece in uncut) * density.rows / density.width, self._limit)
        # What can be one page needs no second look where rows go away.
        most = SLICE_PAGES if uncut[0].start >= self._edges[0] else 1
        pages = max(min(most, int(density.rows) // page + 1, math.ceil(left / page / READERS / 2)), 1)
        return pages, density.width_of(pages * page)

    def cancel(self) -> None:
        for one in self._queue:
            if one.future:
                one.future.cancel()


@dataclass(frozen=True)
class Batch:
    """Rows to deliver together, oldest first.

    Attributes:
        taken: Every row that was looked at, of which `rows` are those to deliver.
        known: What the judge has noted, these rows included.
        before: The progress without this batch.
        following: The key before which every row is dealt with once this batch is.
        more: Whether the run has to end here although more is waiting.
        lost: Times in ms, from the first to before the second, whose rows were deleted before they could be in it.
    """

    rows: list[Row]
    taken: list[Row]
    known: Mapping[str, str]
    before: Progress
    following: tuple[int, str]
    settled: int
    more: bool = False
    complete: bool = False
    lost: tuple[tuple[int, int], ...] = ()

    @cached_property
    def progress(self) -> Progress:
        """What to save once it is delivered."""
        progress = self.before.after(self.taken, self.rows, self.following, self.settled, self.known)
        return progress._replace(complete=max(progress.complete, self.settled)) if self.complete else progress

    def cut(self, count: int, judge: Judge) -> "tuple[Batch, Batch]":
        """As two, of which the first has so many of the rows to deliver: at least one, and not all."""
        known = dict(self.before.known)
        wanted = 0
        place = 0
        while wanted < count:
            wanted += judge(known, self.taken[place].data)
            place += 1
        first = Batch(
            self.rows[:count], self.taken[:place], known, self.before, self.taken[place].key, self.settled, lost=self.lost
        )
        return first, replace(self, rows=self.rows[count:], taken=self.taken[place:], before=first.progress, lost=())


def batches(
    slices: Iterable[tuple[Slice, Found]],
    progress: Progress,
    end: int,
    limit: int,
    judge: Judge,
    settled: int,
    read_until: int | None = None,
) -> Iterator[Batch]:
    """Cut what is found into batches of at most BATCH rows and `limit` rows in all. The last one of all may be empty.

    Args:
        end: Where the window ends, in ms.
        settled: The time in ms before which no row turns up late any more.
        read_until: Until when everything was read before, in ms; None when this is the first time.
    """
    lost: tuple[tuple[int, int], ...] = ()
    for piece, found in slices:
        if read_until is not None and found.since > read_until:
            lost = (*lost, (read_until, found.since))
        read_until = piece.end
        fresh = deque(row for row in found.rows if not progress.has(row))
        while fresh:
            memory = SEEN_LIMIT - progress.unsettled(settled)
            taken, wanted, known = take(fresh, min(BATCH, limit), memory, settled, judge, progress.known)
            if not taken:
                # As many late rows as may be remembered are: the others are delivered when they have settled.
                demisto.debug("[Fetch] the rest waits until it has settled")
                return
            end_of_found = (piece.end, "") if found.complete else taken[-1].key
            following = fresh[0].key if fresh else end_of_found
            limit -= len(wanted)
            more = limit == 0 and (bool(fresh) or piece.end < end or not found.complete)
            batch = Batch(wanted, taken, known, progress, following, settled, more, lost=lost)
            progress, lost = batch.progress, ()
            yield batch
            if limit == 0:
                return
        if not found.complete:
            yield Batch([], [], progress.known, progress, progress.position, settled, more=True, lost=lost)
            return
    yield Batch([], [], progress.known, progress, (end, ""), settled, complete=True, lost=lost)


def take(
    fresh: "deque[Row]", limit: int, memory: int, boundary: int, judge: Judge, known: Mapping[str, str]
) -> tuple[list[Row], list[Row], dict[str, str]]:
    """Take rows from the front of `fresh`: all that were taken, those to deliver, and what the judge has noted by then.

    Args:
        memory: How many rows that were recorded after `boundary` may be delivered, because they have to be remembered.
    """
    taken: list[Row] = []
    wanted: list[Row] = []
    noted = dict(known)
    while fresh and len(wanted) < limit and len(taken) < BATCH:
        unsettled = fresh[0].ms >= boundary
        if unsettled and memory <= 0:
            break
        taken.append(fresh.popleft())
        if judge(noted, taken[-1].data):
            wanted.append(taken[-1])
            memory -= unsettled
    return taken, wanted, noted


# endregion


# region Reading slices
class SliceReader:
    """Reads slices of one kind of row, from several threads.

    Attributes:
        time_left: Tells the seconds that the run still has.
    """

    def __init__(self, server: Server, source: Source, progress: Progress, time_left: Callable[[], float]) -> None:
        self._server = server
        self._source = source
        self._progress = progress
        self._time_left = time_left
        self._stopped = Event()

    def stop(self) -> None:
        """What is being read ends at its next page."""
        self._stopped.set()

    def read(self, piece: Slice, max_pages: int) -> Found:
        """All rows of a slice. One of a single second cannot be made smaller: of that the first SECOND_ROWS new rows.

        Raises:
            OverfullError: There are more than `max_pages` pages or the last of them is full, rows go while it is read, or the
                server wants smaller slices.
            OutOfTimeError: The run has to end.
        """
        steady = self._server.clock_known and piece.start >= self._source.steady_from(milliseconds(self._server.now()))
        walk = self._walk(piece, max_pages)
        rows = walk.rows if walk.pages <= 1 or (steady and not walk.repeats) else self._proven(walk, piece, max_pages)
        in_order = sorted(rows.values())
        since = min(walk.kept_from, in_order[0].ms if in_order else piece.end) if walk.kept_from > piece.start else 0
        first = in_order[:SECOND_ROWS] if piece.smallest else in_order
        return Found(first, since, complete=len(first) == len(in_order))

    def _proven(self, walk: "Walk", piece: Slice, max_pages: int) -> dict[str, Row]:
        """The rows of several walks, of which the last but one has certainly passed no row over.

        When rows go between two pages and a cursor is a number of rows, as many others are passed over; when it is the last
        row given, and just that has gone, the server may know no more. Either way a row has gone that was given: where the
        next walk gives everything again, nothing was passed over.
        """
        rows = dict(walk.rows)
        for _ in range(WALKS):
            again = self._walk(piece, max_pages)
            rows |= again.rows
            if walk.ids <= again.ids:
                return rows
            if not piece.smallest:
                raise OverfullError("rows go while it is read")
            walk = again
        raise DemistoException(f"More than {WALKS} times rows have gone while one second was read; the next run tries again.")

    def _walk(self, piece: Slice, max_pages: int) -> "Walk":
        """One walk through the pages."""
        walk, smallest = Walk(), piece.smallest
        for page in self._server.pages(self._source, piece):
            if self._stopped.is_set() or self._time_left() <= 0:
                raise OutOfTimeError("The time of this run is over.")
            if not walk.pages:
                walk.kept_from = self._kept_from()
            walk.pages += 1
            walk.full_pages += bool(page)
            walk.given += len(page)
            # Behind a page that is full there is another, as good as always.
            if walk.full_pages + (len(page) >= self._source.page_size) > max_pages and not smallest:
                raise OverfullError(f"more than {max_pages} pages", walk.given, walk.given // walk.full_pages)
            for data in page:
                row = self._source.row(data, piece)
                if piece.start <= row.ms < piece.end:
                    walk.repeats = walk.repeats or row.id in walk.ids
                    walk.ids.add(row.id)
                    if not (smallest and self._progress.has(row)):
                        walk.rows[row.id] = row
            if smallest:
                walk.keep_first()
        return walk

    def _kept_from(self) -> int:
        """The oldest row that the server may still have was recorded at this time, in ms."""
        retention = self._source.retention
        return milliseconds(self._server.now() - retention) + AHEAD_MS if retention else 0


@dataclass
class Walk:
    """What a walk through the pages of a slice has given.

    Attributes:
        ids: Those of all rows.
        rows: The rows to deliver, by ID. Of a second the first ones only.
        repeats: Whether a row came twice: then the pages do not follow from each other.
        kept_from: Rows recorded before it, in ms, may have been deleted before the first page was given.
    """

    ids: set[str] = field(default_factory=set)
    rows: dict[str, Row] = field(default_factory=dict)
    pages: int = 0
    full_pages: int = 0
    given: int = 0
    repeats: bool = False
    kept_from: int = 0

    def keep_first(self) -> None:
        """Memory is bounded, however many rows a second has."""
        if len(self.rows) > 2 * SECOND_ROWS:
            first = heapq.nsmallest(SECOND_ROWS + 1, self.rows.values())
            self.rows = {row.id: row for row in first}


# endregion


# region Runs
def window_start(source: Source, progress: Progress, now: datetime) -> int:
    """Where to begin to read, in ms: not before what the server has deleted."""
    start = read_to(progress)
    oldest = milliseconds(now - source.retention) if source.retention else start
    return whole_second(max(start, oldest))


def read_to(progress: Progress) -> int:
    """Before that, in ms, there is nothing new. After a quiet time not as far back as the last row; half a day is for clocks."""
    return max(progress.position[0], progress.complete - 12 * HOUR_MS)


def begin(server: Server, sources: Iterable[Source], state: LastRun, first_fetch: Callable[[], timedelta]) -> LastRun:
    """Take up where the last run stopped; a source without progress starts `first_fetch` ago, by the server's clock."""
    now = server.now()
    for source in sources:
        progress = state.types.get(source.name)
        # A start in the future was set while the clock was wrong.
        wrong = progress and server.clock_known and progress.position[0] > milliseconds(now) + HOUR_MS
        if progress is None or wrong:
            reach = first_fetch()
            start = now - min(reach, source.retention or reach)
            state = state.with_progress(source.name, Progress((milliseconds(start), "")))
    return state


def window_from(start: int, now: datetime) -> Slice:
    """What is asked for: to a little after now."""
    return Slice(start, whole_second(max(milliseconds(now), start) + AHEAD_MS) + SECOND_MS)


def first_look(
    server: Server, source: Source, state: LastRun, first_fetch: Callable[[], timedelta], time_left: Callable[[], float]
) -> Look | None:
    """Read the beginning of what is new, without knowing the server's time: the answer tells it. Mostly that is all.

    The clock of this host may be wrong, so nothing is left out because of it: not even what the server has probably deleted.

    Returns:
        None when it was not to be read: that is tried again, and what is wrong is then said.

    Raises:
        DemistoException: The server cannot be reached.
    """
    progress, now = begin(server, [source], state, first_fetch).types[source.name], server.now()
    window = window_from(whole_second(read_to(progress)), now)
    if source.name not in state.types or window.width > source.longest_ms:
        window = window._replace(start=window_start(source, progress, now) - CLOCK_MS)
    try:
        return looked_at(SliceReader(server, source, progress, time_left), first_part(window, source), source)
    except DemistoException as error:
        if not server.answered and not isinstance(error, OutOfTimeError):
            raise
        return None


def source_batches(
    server: Server,
    source: Source,
    progress: Progress,
    look_back: timedelta,
    limit: int,
    time_left: Callable[[], float],
    first: bool = False,
    look: Look | None = None,
) -> Iterator[Batch]:
    """The batches of one source, oldest first. The `first` time nothing is lost that goes before it is reached.

    What was found in a `look` is not read again, unless this host's clock was so wrong that it began too late, or ended before
    what there still is.
    """
    now = server.now()
    window = window_from(window_start(source, progress, now), now)
    if look and not look.window.start <= window.start < look.window.end - CLOCK_MS:
        look = None
    # Where this host's clock is behind, the newest rows were not asked for.
    if look and look.found and look.window.end >= whole_second(milliseconds(now)):
        window = look.window
    settled = whole_second(milliseconds(now - look_back))
    # Rows that are left out count for nothing: only where each one counts, the limit says how many to read.
    most = limit if source.judge is every_row else MOST_ROWS
    steady = whole_second(source.steady_from(milliseconds(now))) + SECOND_MS
    reader = SliceReader(server, source, progress, time_left)
    slices = in_time_order(reader, window, source, steady, settled, most, look)
    read_until = None if first else max(progress.position[0], progress.complete)
    return batches(slices, progress, window.end, limit, source.judge, settled, read_until)


class Outlet(Protocol):
    """Where rows are delivered."""

    def prepare(self, source: Any, rows: list[Row]) -> list[Any]:
        """What is delivered: one item for each row."""
        ...

    def fitting(self, items: Sequence[Any]) -> int:
        """How many of the items, from the first on, are one delivery, which is taken as a whole or not at all. At least one."""
        ...

    def deliver(self, items: list[Any]) -> None:
        """Hand them over for good.

        Raises:
            RefusedError: None was taken, for what they are.
            DemistoException: They were not taken, or nobody knows.
        """
        ...


class FetchSettings(NamedTuple):
    """The parameters of a fetch, checked.

    Attributes:
        sources: What is fetched.
        first_fetch: Reads how far the first run reaches back. Only a start asks.
        look_back: How late a row may turn up, after its time of creation.
        limit: The most rows of one run.
    """

    sources: tuple[Any, ...]
    first_fetch: Callable[[], timedelta]
    look_back: timedelta
    limit: int


def return_large_blocks() -> None:
    """Let glibc give a page's memory back to the system at once: the holes that several readers leave come to 50 MiB."""
    import ctypes  # here, because it takes some milliseconds that commands need not spend

    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)


def finish(under_way: "deque[Future[None]]") -> None:
    """Wait for what is under way, and raise what it raised."""
    while under_way:
        under_way.popleft().result()


@dataclass
class FetchRun:
    """One scheduled run: delivers batch by batch, and after each saves what the next run needs.

    What expires first is read first; each source has its share of rows and time, and then what the others have left.

    Attributes:
        save: Stores the next lastRun.
        time_left: Tells the seconds that the run still has.
        delivered: How many rows were.
        problems: What went wrong. What was delivered before is saved.
    """

    server: Server
    settings: FetchSettings
    outlet: Outlet
    save: Callable[[dict[str, Any]], None]
    time_left: Callable[[], float]
    state: LastRun = field(default_factory=LastRun)
    delivered: int = 0
    problems: list[str] = field(default_factory=list)
    started: frozenset[str] = frozenset()
    _behind: set[str] = field(default_factory=set)
    _suspects: list[tuple[Refusal, Any]] = field(default_factory=list)
    # Told by the batches of suspects, which may never be saved themselves.
    _lost: list[tuple[int, int]] = field(default_factory=list)
    _accepted: bool = False

    @property
    def more(self) -> bool:
        """Whether something is waiting that could be fetched at once."""
        return bool(self._behind)

    def run(self, state: LastRun) -> "FetchRun":
        if hasattr(demisto, "_Demisto__do"):
            # Only the server's own object has the channel that several threads must not write to at once.
            support_multithreading()
        return_large_blocks()
        # A thread whose turn to call has come shall not wait long for the interpreter: a late call counts as one too many.
        sys.setswitchinterval(SWITCH_SECONDS)
        # A page of rows is thousands of objects, and what becomes garbage of them is no circle: it is looked for less often.
        gc.set_threshold(GARBAGE_THRESHOLD)
        if any(source.name not in state.types for source in self.settings.sources):
            self.settings.first_fetch()  # what cannot be read is refused before anything is asked
        self.state = state
        sources = self._in_turn()
        look = None
        try:
            look = first_look(self.server, sources[0], state, self.settings.first_fetch, self.time_left)
        except DemistoException as error:
            self.problems.append(str(error))
        self.state = begin(self.server, self.settings.sources, self.state, self.settings.first_fetch)
        self.started = frozenset(name for name, progress in self.state.types.items() if progress is not state.types.get(name))
        self.save(self.state.to_dict())
        if not self.problems:
            self._fetch_all(sources, look)
            self.save(self.state.to_dict(self.more))
        demisto.debug(f"[Fetch] delivered {self.delivered}, more is waiting: {self.more}")
        return self

    def told(self) -> None:
        """Somebody was told what the state has to tell: save it without."""
        if self.state != self.state.told():
            self.state = self.state.told()
            self.save(self.state.to_dict(self.more))

    def _fetch_all(self, sources: Sequence[Source], look: Look | None) -> None:
        for number, source in enumerate(sources):
            self._fetch_or_note(source, among=len(sources) - number, look=None if number else look)
        for source in sources:
            if source.name in self._behind:
                self._fetch_or_note(source, among=1)

    def _in_turn(self) -> list[Source]:
        """What expires first goes first; one after the other goes first where not each can have a row."""
        sources = sorted(self.settings.sources, key=lambda source: source.retention or timedelta.max)
        if self.settings.limit >= len(sources):
            return sources
        first = self.state.turn % len(sources)
        self.state = self.state._replace(turn=first + 1)
        return sources[first:] + sources[:first]

    def _fetch_or_note(self, source: Source, among: int, look: Look | None = None) -> None:
        """Fetch with the share of one among so many that still come."""
        self._behind.discard(source.name)
        try:
            self._fetch(source, -(-(self.settings.limit - self.delivered) // among), self.time_left() / among, look)
        except OutOfTimeError:
            self._behind.add(source.name)
        except DemistoException as error:
            demisto.debug(f"[Fetch] {source.name} ended early: {type(error).__name__}")
            self.problems.append(f"{source.title}: {error}")
        finally:
            self._suspects.clear()
            self._lost.clear()

    def _fetch(self, source: Source, room: int, seconds: float, look: Look | None) -> None:
        if room <= 0 or seconds <= 0:
            raise OutOfTimeError("The limit or the time of this run is reached.")
        others_have = self.time_left() - seconds

        def share_left() -> float:
            return self.time_left() - others_have

        with ThreadPoolExecutor(1) as sender:
            # What is being handed over; the next batch is made ready meanwhile.
            under_way: deque[Future[None]] = deque()
            try:
                for batch in self._batches(source, room, share_left, look):
                    for part, items in self._parts(source, batch):
                        finish(under_way)
                        under_way.append(sender.submit(self._hand_over, source, part, items))
                    if share_left() <= 0:
                        raise OutOfTimeError("The time of this run is over.")
            finally:
                finish(under_way)
        if self._suspects:
            raise DemistoException(f"{self._suspects[0][0].why} Nothing else was taken, so it is kept and tried again.")

    def _batches(self, source: Source, room: int, time_left: Callable[[], float], look: Look | None) -> Iterator[Batch]:
        progress, now = self.state.types[source.name], milliseconds(self.server.now())
        progress = progress._replace(known=source.remembered(progress.known, now))
        first = source.name in self.started
        return source_batches(self.server, source, progress, self.settings.look_back, room, time_left, first, look)

    def _parts(self, source: Source, batch: Batch) -> Iterator[tuple[Batch, list[Any]]]:
        """The batch as single deliveries: what is saved after each is then exactly what was taken."""
        items = self.outlet.prepare(source, batch.rows)
        while (count := self.outlet.fitting(items)) < len(items):
            part, batch = batch.cut(count, source.judge)
            yield part, items[:count]
            items = items[count:]
        yield batch, items

    def _hand_over(self, source: Source, batch: Batch, items: list[Any]) -> None:
        """Deliver a batch, and save at once that it was: a run that is killed then would deliver it again."""
        try:
            self.outlet.deliver(items)
        except RefusedError as error:
            self._find_refused(source, batch, items, error)
            return
        self.delivered += len(items)
        if items:
            self._accepted = True
            self._suspects = [suspect for suspect in self._suspects if self._refused_again(*suspect)]
        if items or not self._suspects:
            self._save(source, batch)

    def _refused_again(self, refusal: Refusal, item: Any) -> bool:
        """Something else is taken now: if it was the outlet that was in trouble, what it refused before is taken too."""
        try:
            self.outlet.deliver([item])
        except RefusedError:
            return True
        self.delivered += 1
        return False

    def _find_refused(self, source: Source, batch: Batch, items: list[Any], error: RefusedError) -> None:
        """Cut a batch down to the rows that are refused. They are put aside once something else was taken: before that it may
        be the outlet that takes nothing."""
        if len(items) > 1:
            if self.time_left() <= 0:
                raise OutOfTimeError("The time of this run is over.")
            half = len(items) // 2
            first, second = batch.cut(half, source.judge)
            self._hand_over(source, first, items[:half])
            self._hand_over(source, second, items[half:])
            return
        [row] = batch.rows
        self._suspects.append((Refusal(source.name, row.id, row.ms, str(error)), items[0]))
        self._lost += batch.lost
        if self._accepted or (error.proven and len(self._suspects) == 1):
            self._save(source, batch)
        elif len(self._suspects) >= MOST_SUSPECTS:
            raise DemistoException(f"{error} So it was with {MOST_SUSPECTS} one by one: nothing is put aside.")

    def _save(self, source: Source, batch: Batch) -> None:
        """Everything up to the end of a batch is dealt with: delivered or put aside."""
        if batch.more:
            self._behind.add(source.name)
        state = self.state.with_progress(source.name, batch.progress).with_refusals([refusal for refusal, _ in self._suspects])
        self._suspects.clear()
        for start, end in dict.fromkeys((*self._lost, *batch.lost)):
            state = state.with_loss(Loss(source.name, start, end))
        self._lost.clear()
        self.state = state
        self.save(state.to_dict())


# endregion
