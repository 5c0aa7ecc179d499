"""The engine over a simulated server: what it keeps between runs, how it cuts time and rows, and that nothing is ever lost."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import itertools
import json
import math
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar
from unittest import mock

import LosslessFetchApiModule
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from LosslessFetchApiModule import (
    AHEAD_MS,
    BATCH,
    DAY_MS,
    EPOCH,
    FEW,
    HOUR_MS,
    MOST_PAGES,
    MOST_SCATTER,
    READERS,
    SCATTER,
    SEEN_LIMIT,
    Batch,
    DemistoException,
    Density,
    FetchRun,
    FetchSettings,
    Found,
    Judge,
    LastRun,
    Look,
    Loss,
    OutOfTimeError,
    OverfullError,
    Progress,
    Refusal,
    RefusedError,
    Row,
    Slice,
    SliceReader,
    Walk,
    batches,
    begin,
    every_row,
    from_milliseconds,
    in_time_order,
    looked_at,
    milliseconds,
    return_large_blocks,
    take,
    whole_second,
    window_start,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
T = milliseconds(NOW)
RETENTION_MS = 72 * HOUR_MS
EDGE = 600_000


@dataclass(frozen=True)
class Things:
    """A kind of row as the engine knows it: `id`, and `ms` for the time of creation, or a text of it."""

    name: str = "things"
    title: str = "Things"
    page_size: int = 1000
    longest_ms: int = DAY_MS
    retention: timedelta | None = timedelta(hours=72)
    judge: Judge = every_row

    def steady_from(self, now: int) -> int:
        return now - RETENTION_MS + EDGE if self.retention else 10**15

    def remembered(self, known: Mapping[str, str], now: int) -> Mapping[str, str]:
        return {name: note for name, note in known.items() if note != f"old at {now}"}

    def row(self, data: dict[str, Any], piece: Slice) -> Row:
        return Row(data.get("ms", piece.end - 1), data["id"], data)


THINGS = Things()
OTHERS = Things("others", "Others", retention=None)


def row(ms: int, row_id: str) -> Row:
    return Row(ms, row_id, {"id": row_id, "ms": ms})


class Basket:
    """An outlet that keeps what is delivered, by delivery."""

    def __init__(self, at_once: int = 10**9, deliver: Callable[[list[Row]], None] = lambda rows: None) -> None:
        self.at_once = at_once
        self.prepared: dict[str, None] = {}
        self.taken: list[list[Row]] = []
        self._deliver = deliver

    def prepare(self, source: Any, rows: list[Row]) -> list[Row]:
        self.prepared[source.name] = None
        return rows

    def fitting(self, items: Sequence[Row]) -> int:
        return min(self.at_once, len(items))

    def deliver(self, items: list[Row]) -> None:
        self._deliver(items)
        if items:
            self.taken.append(items)

    @property
    def ids(self) -> list[list[str]]:
        return [[one.id for one in delivery] for delivery in self.taken]


class TestTimes:
    def test_milliseconds_are_exact(self) -> None:
        assert milliseconds(EPOCH + timedelta(days=2, seconds=3, microseconds=4999)) == 2 * DAY_MS + 3004
        assert from_milliseconds(T + 5) == NOW + timedelta(milliseconds=5)
        assert (whole_second(T + 999), whole_second(T)) == (T, T)


class TestProgress:
    PROGRESS = Progress((T, "b"), {"x": T + 1000, "y": T + 1000, "z": T + 2000}, T - 5000, {"device": "abc"})
    STATE: ClassVar[dict[str, Any]] = {
        "position": ["2026-01-05T09:00:00.000Z", "b"],
        "seen": {"2026-01-05T09:00:01.000Z": ["x", "y"], "2026-01-05T09:00:02.000Z": ["z"]},
        "known": {"device": "abc"},
        "complete": "2026-01-05T08:59:55.000Z",
    }

    def test_it_is_written_and_read(self) -> None:
        assert self.PROGRESS.to_dict() == self.STATE
        assert Progress.from_dict(self.STATE) == self.PROGRESS
        assert "complete" not in Progress((T, "b")).to_dict()
        assert Progress.from_dict(Progress((T, "b")).to_dict()) == Progress((T, "b"))

    @pytest.mark.parametrize(
        "state", [None, [], {}, {"position": "x"}, {"position": ["2026-01-05T09:00:00Z"]}, {"position": ["soon", "b"]}]
    )
    def test_what_is_no_progress(self, state: Any) -> None:
        assert Progress.from_dict(state) is None

    def test_unreadable_parts_are_left_out(self) -> None:
        state = {
            **self.STATE,
            "seen": {"soon": ["x"], "2026-01-05T09:00:01Z": "x", "2026-01-05T09:00:02Z": [5]},
            "complete": "soon",
        }
        assert Progress.from_dict(state) == Progress((T, "b"), {"5": T + 2000}, 0, {"device": "abc"})

    def test_rows_up_to_the_position_and_seen_ones_were_delivered(self) -> None:
        had = [self.PROGRESS.has(one) for one in (row(T, "a"), row(T, "b"), row(T, "c"), row(T + 9, "x"), row(T - 1, "q"))]
        assert had == [True, True, False, True, True]

    def test_how_many_have_to_be_remembered(self) -> None:
        assert [self.PROGRESS.unsettled(ms) for ms in (T, T + 1000, T + 1001, T + 2001)] == [3, 3, 1, 0]

    def test_the_position_follows_settled_rows(self) -> None:
        rows = [row(T + 10, "c"), row(T + 20, "d"), row(T + 30, "e")]
        progress = Progress((T, "b"), {"late": T + 15}).after(rows, rows[::2], (T + 40, ""), T + 25, {"k": "v"})
        assert progress == Progress((T + 25, ""), {"e": T + 30}, 0, {"k": "v"})

    def test_seen_rows_before_the_next_one_count_as_read(self) -> None:
        progress = Progress((T, ""), {"s": T + 5, "t": T + 50}).after([], [], (T + 50, "t"), T + 90, {})
        assert progress == Progress((T + 5, "s"), {"t": T + 50})

    def test_it_never_goes_back(self) -> None:
        assert Progress((T, "b")).after([row(T - 5, "a")], [], (T, ""), T - 100, {}).position == (T, "b")


class TestLastRun:
    def test_it_is_written_and_read(self) -> None:
        state = LastRun().with_progress("things", Progress((T, "b")))
        written: dict[str, Any] = {
            "version": 3,
            "types": {"things": {"position": ["2026-01-05T09:00:00.000Z", "b"], "seen": {}, "known": {}}},
        }
        assert state.to_dict() == written
        assert state.to_dict(more=True) == {**written, "nextTrigger": "0"}
        assert LastRun.from_dict(written) == state
        assert LastRun.from_dict({"types": {"x": 5}}) == LastRun.from_dict(None) == LastRun()

    def test_losses_are_written_and_read_and_those_that_touch_are_one(self) -> None:
        one, two = Loss("things", T, T + 9), Loss("others", T, T + 1)
        state = LastRun().with_loss(one._replace(end=T + 5)).with_loss(one._replace(start=T + 5)).with_loss(two)
        assert state.losses == (one, two)
        apart = two._replace(start=T + 2, end=T + 3)
        assert state.with_loss(apart).losses == (one, two, apart)
        assert state.with_loss(two._replace(start=T + 1, end=T + 3)).losses == (one, two._replace(end=T + 3))
        written = state.to_dict()
        assert written["losses"][0] == ["things", "2026-01-05T09:00:00.000Z", "2026-01-05T09:00:00.009Z"]
        assert LastRun.from_dict(written) == state
        time = "2026-01-05T09:00:00Z"
        for unreadable in (5, 5, ["things"], ["things", "soon", time], ["things", time, "later"], ["things", time]):
            assert LastRun.from_dict({"losses": [unreadable]}) == LastRun.from_dict({"losses": unreadable}) == LastRun()


class TestStart:
    def server(self, now: datetime = NOW, clock_known: bool = True) -> Any:
        return SimpleNamespace(now=lambda: now, clock_known=clock_known)

    def test_a_new_source_starts_a_while_ago_by_the_servers_clock(self) -> None:
        server = self.server(NOW + timedelta(minutes=1))
        state = begin(server, [THINGS, OTHERS], LastRun(), lambda: timedelta(days=9))
        assert state.types == {
            "things": Progress((T + 60_000 - 72 * HOUR_MS, "")),
            "others": Progress((T + 60_000 - 9 * DAY_MS, "")),
        }
        assert begin(self.server(), [THINGS], LastRun(), lambda: timedelta(hours=1)).types["things"].position == (T - HOUR_MS, "")

    @pytest.mark.parametrize(
        ("ahead", "known", "kept"), [(HOUR_MS, True, True), (HOUR_MS + 1, True, False), (DAY_MS, False, True)]
    )
    def test_a_start_in_the_future_is_corrected_once_the_clock_is_known(self, ahead: int, known: bool, kept: bool) -> None:
        before = LastRun().with_progress("things", Progress((T + ahead, "z")))
        state = begin(self.server(clock_known=known), [THINGS], before, lambda: timedelta(hours=1))
        assert (state == before) is kept

    def test_after_a_quiet_time_the_window_begins_late(self) -> None:
        last = Progress((T - 3 * DAY_MS, "z"), complete=T - 999)
        assert window_start(OTHERS, last, NOW) == whole_second(T - 999 - DAY_MS // 2)
        assert window_start(OTHERS, Progress((T - 3 * DAY_MS + 5, "z")), NOW) == T - 3 * DAY_MS
        assert window_start(THINGS, Progress((T - 9 * DAY_MS, "z")), NOW) == T - 72 * HOUR_MS


class TestSlices:
    def test_pieces_are_whole_seconds(self) -> None:
        piece = Slice(T, T + 80_000)
        assert [piece.first(width).width for width in (0, 999, 10_999, 90_000)] == [1000, 1000, 10_000, 80_000]
        assert [piece.smallest, piece.first(0).smallest] == [False, True]

    def test_it_is_cut_at_the_places_inside(self) -> None:
        piece = Slice(T, T + 9000)
        assert piece.cut((T + 5000, T, T + 2000, T + 9000, T - 1000)) == [
            Slice(T, T + 2000),
            Slice(T + 2000, T + 5000),
            Slice(T + 5000, T + 9000),
        ]
        assert piece.cut(()) == [piece]


class TestDensity:
    def test_the_fewer_rows_tell_the_less_is_made_of_it(self) -> None:
        fits = [Density(rows, rows * 1000).width_of(1000) / 1_000_000 for rows in (1, 10, 100, 1000, 10_000, 1_000_000)]
        assert fits == sorted(fits)
        assert 0.39 < fits[0] < 0.41
        assert 0.94 < fits[-1] < 0.96
        assert Density(0, 1000).width_of(4) == Density(1, 1000).width_of(4)

    def test_the_last_slice_counts_most(self) -> None:
        after = Density(100, 10_000).then(300, 10_000)
        assert (after.rows, after.width) == (350, 15_000)
        few = Density(9, 10_000).then(0, 10_000)
        assert (few.rows, few.width) == (9, 20_000), "what is rare shows in a long time only"

    def test_exactly(self) -> None:
        known = Density(400, 1000, 1.0).then(80, 250)
        assert known.rows == 280
        assert known.width == 750
        # 20 fewer than 100, of which scattering explains the root of 1/100 + 1/400.
        assert known.scatter == pytest.approx(0.5 + 0.2 / math.sqrt(0.0125))
        assert known.width_of(100) == pytest.approx(750 / 2.8 / (1 + known.scatter * math.sqrt(1 / 100 + 1 / 280)))
        assert Density(0, 10).then(1, 10).scatter == SCATTER / 2
        assert Density(5, 10).explains(Density(1, 2))
        assert not Density(5, 10).explains(Density(5, 9))
        assert [Density(FEW - less, 9).then(0, 1).rows for less in (0, 1)] == [FEW / 2, FEW - 1]

    def test_evenness_is_learnt(self) -> None:
        """Rows that lie evenly leave pages nearly full, others leave some room, but never half a slice."""
        even = uneven = Density(1000, 10_000)
        for number in range(10):
            even = even.then(1000, 10_000)
            uneven = uneven.then(200 if number % 2 else 1800, 10_000)
        assert even.scatter < SCATTER < uneven.scatter <= MOST_SCATTER
        assert even.width_of(1000) > 0.95 * 10_000
        assert uneven.width_of(4000) > 0.5 * 40_000


class Pages:
    """A server that gives these pages."""

    clock_known = answered = True

    def __init__(self, *pages: Any) -> None:
        self.content = pages

    def now(self) -> datetime:
        return NOW

    def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        for page in self.content:
            if isinstance(page, Exception):
                raise page
            yield page


def thing(seconds: float, thing_id: str) -> dict[str, Any]:
    return {"id": thing_id, "ms": T + int(seconds * 1000)}


class TestReader:
    WIDE = Slice(T, T + 10_000)
    SECOND = Slice(T, T + 1000)

    def reader(self, *pages: Any, progress: Progress | None = None, left: float = 9) -> SliceReader:
        return SliceReader(Pages(*pages), THINGS, progress or Progress((0, "")), lambda: left)

    def test_rows_in_order_and_once_and_of_this_slice(self) -> None:
        reader = self.reader([thing(5, "b"), thing(10, "x"), thing(-0.001, "y")], [thing(5, "b"), thing(5, "a"), thing(0, "c")])
        found = reader.read(self.WIDE, 2)
        assert [one.id for one in found.rows] == ["c", "a", "b"]
        assert found.complete

    def test_a_wide_slice_has_all_of_its_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LosslessFetchApiModule, "SECOND_ROWS", 2)
        found = self.reader([thing(0, "a"), thing(5, "b"), thing(5, "c")]).read(self.WIDE, 1)
        assert (len(found.rows), found.complete) == (3, True)

    def test_too_many_pages(self) -> None:
        with pytest.raises(OverfullError, match="more than 2 pages") as overfull:
            self.reader(*([thing(0, name), thing(1, f"{name}2")] for name in "abc")).read(self.WIDE, 2)
        assert (overfull.value.rows, overfull.value.page) == (6, 2)
        assert self.reader(*([thing(0, name)] for name in "abc")).read(self.SECOND, 2).rows
        assert self.reader([thing(0, "a")], [], [thing(0, "b")]).read(self.WIDE, 2).rows, "an empty page is none too many"
        full = [thing(0, str(number)) for number in range(THINGS.page_size)]
        with pytest.raises(OverfullError, match="more than 1 pages"):
            self.reader(full).read(self.WIDE, 1)
        assert self.reader(full).read(self.WIDE, 2).rows

    @pytest.mark.parametrize(("count", "complete"), [(30, True), (31, False)])
    def test_the_first_new_rows_of_a_second(self, count: int, complete: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LosslessFetchApiModule, "SECOND_ROWS", 30)
        page = [thing(0.5, f"{number:02}") for number in range(count, 0, -1)]
        found = self.reader([*page, thing(0, "seen")], progress=Progress((T + 1, ""))).read(self.SECOND, 1)
        assert [one.id for one in found.rows] == [f"{number:02}" for number in range(1, 31)]
        assert found.complete is complete

    def test_a_run_that_is_over_reads_no_further(self) -> None:
        with pytest.raises(OutOfTimeError):
            self.reader([], left=0).read(self.WIDE, 1)
        assert self.reader([], left=0.5).read(self.WIDE, 1).complete
        stopped = self.reader([])
        stopped.stop()
        with pytest.raises(OutOfTimeError):
            stopped.read(self.WIDE, 1)

    def test_from_when_on_nothing_can_have_been_deleted(self) -> None:
        edge = T - RETENTION_MS
        whole = Slice(edge - 60_000, edge + 60_000)
        assert self.reader([]).read(whole, 1).since == edge + AHEAD_MS
        assert self.reader([{"id": "a", "ms": edge + 9000}]).read(whole, 1).since == edge + AHEAD_MS, "as late as a server may be"
        assert self.reader([{"id": "a", "ms": edge - 5}]).read(whole, 1).since == edge - 5, "what is there shows that it is"
        assert self.reader([]).read(Slice(edge - 9000, edge - 3000), 1).since == edge - 3000
        assert self.reader([]).read(self.WIDE, 1).since == 0
        for lasting in (whole, Slice(0, 2000)):
            assert SliceReader(Pages([]), OTHERS, Progress((0, "")), lambda: 9.0).read(lasting, 1).since == 0

    def test_what_goes_behind_the_first_page_is_no_loss(self) -> None:
        class Slow(Pages):
            passed = timedelta()

            def now(self) -> datetime:
                return NOW + self.passed

            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                for page in super().pages(source, piece):
                    yield page
                    self.passed += timedelta(seconds=5)

        edge = T - RETENTION_MS
        server = Slow(*([{"id": name, "ms": edge + 50_000}] for name in "ab"))
        reader = SliceReader(server, THINGS, Progress((0, "")), lambda: 9.0)
        assert reader.read(Slice(edge - 60_000, edge + 60_000), 2).since == edge + AHEAD_MS

    def test_what_keeps_it_from_reading_comes_out(self) -> None:
        with pytest.raises(DemistoException, match="may not"):
            self.reader([], DemistoException("may not")).read(self.WIDE, 5)


class Walks(Pages):
    """A server that gives other pages at each walk: of each page the IDs. The last walk is given again and again."""

    def __init__(self, *walks: str) -> None:
        super().__init__()
        self.walks = walks
        self.walked = 0

    def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        walk = self.walks[min(self.walked, len(self.walks) - 1)]
        self.walked += 1
        for page in walk.split("|"):
            yield [{"id": name, "ms": piece.start + ord(name) - ord("a")} for name in page]


class TestEvidence:
    """Rows that are there in one walk and gone in the next; when a walk is taken for all that there is."""

    EXPIRING = Slice(T - RETENTION_MS - 2000, T - RETENTION_MS + 2000)
    SECOND = Slice(T - RETENTION_MS, T - RETENTION_MS + 1000)
    STEADY = Slice(T - RETENTION_MS + EDGE, T - RETENTION_MS + EDGE + 2000)

    def read(self, piece: Slice, *walks: str, delivered: str = "", clock_known: bool = True) -> tuple[str, int]:
        """The IDs of all rows, and how many walks it took."""
        server = Walks(*walks)
        server.clock_known = clock_known
        seen = dict.fromkeys(delivered, piece.start)
        found = SliceReader(server, THINGS, Progress((0, ""), seen), lambda: 9.0).read(piece, 5)
        return "".join(row.id for row in found.rows), server.walked

    @pytest.mark.parametrize("piece", [EXPIRING, SECOND, STEADY])
    def test_one_page_is_all_there_is(self, piece: Slice) -> None:
        assert self.read(piece, "abc") == ("abc", 1)
        assert self.read(piece, "") == ("", 1)

    def test_several_pages_are_read_again_where_rows_go(self) -> None:
        assert self.read(self.EXPIRING, "ab|cd") == ("abcd", 2)
        assert self.read(self.SECOND, "ab|cd") == ("abcd", 2)
        assert self.read(self.STEADY, "ab|cd") == ("abcd", 1)
        assert self.read(self.STEADY, "ab|cd", clock_known=False) == ("abcd", 2), "who knows where the edge is"

    def test_an_empty_last_page_is_a_page(self) -> None:
        """Where so many rows are passed over as there are left, the next page is empty."""
        assert self.read(self.SECOND, "ab|", "bc") == ("abc", 3)

    def test_what_came_meanwhile_does_no_harm(self) -> None:
        assert self.read(self.EXPIRING, "ab|c", "ab|cd") == ("abcd", 2)

    def test_a_smaller_slice_is_read_when_rows_have_gone(self) -> None:
        for second in ("bc|d", "b", ""):
            with pytest.raises(OverfullError, match="rows go while it is read"):
                self.read(self.EXPIRING, "ab|d", second)

    def test_a_second_is_read_until_nothing_goes(self) -> None:
        assert self.read(self.SECOND, "ab|d", "bc|e", "cd|e", "cd|e") == ("abcde", 4)

    def test_what_was_delivered_before_is_evidence_too(self) -> None:
        assert self.read(self.SECOND, "ab|d", "bc|d", delivered="a") == ("bcd", 3)

    def test_a_walk_that_repeats_rows_is_not_trusted_anywhere(self) -> None:
        assert self.read(self.STEADY, "ab|bc", "ab|cd") == ("abcd", 2)

    def test_it_does_not_go_on_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LosslessFetchApiModule, "WALKS", 3)
        assert self.read(self.SECOND, "a|z", "b|z", "c|z") == ("abcz", 4)
        with pytest.raises(DemistoException, match="More than 3 times rows have gone"):
            self.read(self.SECOND, "a|z", "b|z", "c|z", "d|z")


class Stock:
    """A reader of these rows, of which a page holds `page`. It notes the slices that it was asked for."""

    def __init__(self, rows: list[Row], page: int = 10) -> None:
        self.rows, self.page = sorted(rows), page
        self.read_slices: list[tuple[Slice, int]] = []
        self.stopped = False

    def read(self, piece: Slice, max_pages: int) -> Found:
        self.read_slices.append((piece, max_pages))
        found = [one for one in self.rows if piece.start <= one.ms < piece.end]
        if len(found) > max_pages * self.page and not piece.smallest:
            raise OverfullError("too many", (max_pages + 1) * self.page, self.page)
        return Found(found)

    def stop(self) -> None:
        self.stopped = True


class Even:
    """A reader of rows that lie evenly, so many in a ms. It notes the slices that it was asked for, and counts pages."""

    def __init__(self, per_ms: float) -> None:
        self.per_ms = per_ms
        self.read_slices: list[Slice] = []
        self.calls = 0

    def read(self, piece: Slice, max_pages: int) -> Found:
        self.read_slices.append(piece)
        numbers = range(math.ceil(piece.start * self.per_ms), math.ceil(piece.end * self.per_ms))
        full = len(numbers) // 1000
        self.calls += min(full + 1, max_pages)
        if full >= max_pages:
            raise OverfullError("too many", max_pages * 1000, 1000)
        return Found([row(int(number / self.per_ms), str(number)) for number in numbers])

    def stop(self) -> None:
        """Nothing goes on."""


class TestOrder:
    WINDOW = Slice(T, T + 4 * HOUR_MS)

    def test_what_fits_a_page_is_one_slice(self) -> None:
        reader = Stock([row(T + 5, "a")])
        assert list(in_time_order(reader, self.WINDOW, THINGS, -1, T, 1000)) == [(self.WINDOW, Found([row(T + 5, "a")]))]
        assert reader.read_slices == [(self.WINDOW, 1)]

    def test_a_window_longer_than_may_be_asked_for_is_cut(self) -> None:
        window = Slice(T, T + 3 * DAY_MS)
        reader = Stock([])
        found = list(in_time_order(reader, window, THINGS, -1, T + DAY_MS, 10**9))
        assert all(piece.width <= DAY_MS for piece, _ in found)
        assert self.joined(found) == window
        assert len(reader.read_slices) == 4, "a look, and then a quiet time is read in pieces as long as may be"

    @pytest.mark.parametrize("count", [0, 1, 100, 1000, 5000, 10_000, 33_000, 100_000, 300_000])
    def test_hardly_more_pages_are_read_than_there_are(self, count: int) -> None:
        """72 hours of rows, of which nothing is known before: at most a tenth and ten calls besides the fewest that can be."""
        window = Slice(T, T + 3 * DAY_MS)
        reader = Even(count / window.width)
        found = list(in_time_order(reader, window, THINGS, T + EDGE, T + 3 * DAY_MS - 300_000, 10**9))
        assert self.joined(found) == window
        assert sum(len(part.rows) for _, part in found) == pytest.approx(count, abs=1)
        least = max(4, -(-count // 1000))
        assert reader.calls <= least + (0 if count <= 1000 else least // 10 + 10)

    def test_the_first_slices_are_read_side_by_side(self) -> None:
        """Behind the one that tells how densely rows lie there are as many as there are readers."""
        all_there = threading.Barrier(READERS, timeout=10)

        class Together(Even):
            def read(self, piece: Slice, max_pages: int) -> Found:
                found = super().read(piece, max_pages)
                if 1 < len(self.read_slices) <= 1 + READERS:
                    all_there.wait()
                return found

        reader = Together(100_000 / (3 * DAY_MS))
        slices = in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, -1, T + 3 * DAY_MS, 10**9)
        next(slices)
        assert len(reader.read_slices) == 1
        next(slices)
        slices.close()

    def test_a_crowd_behind_a_quiet_time_is_found_with_few_calls(self) -> None:
        rows = [row(T + 3 * DAY_MS - 1 - number, f"{number:05}") for number in range(60_000)]
        reader = Stock(rows, page=1000)
        window = Slice(T, T + 3 * DAY_MS)
        found = list(in_time_order(reader, window, THINGS, -1, T + 3 * DAY_MS, 10**9))
        assert [one for _, part in found for one in part.rows] == sorted(rows)
        assert self.joined(found) == window
        assert len(reader.read_slices) < 150

    def test_a_look_tells_of_what_follows_its_first_row(self) -> None:
        window = Slice(T, T + 10_000)
        rows = [row(T + 6000, "a"), row(T + 7000, "b")]
        assert looked_at(Stock([]), window, THINGS) == Look(window, Found([]), Density(0, 10_000), 1000)
        assert looked_at(Stock(rows[:1]), window, THINGS).density == Density(0, 10_000)
        assert looked_at(Stock(rows), window, THINGS).density == Density(1, 4000)
        full = looked_at(Stock(rows * 10, page=10), window, THINGS)
        assert (full.found, full.density, full.page) == (None, Density(20, 10_000), 10)

    @pytest.mark.parametrize(("hours", "calls"), [(71, 12), (30, 15), (1, 20)])
    def test_a_quiet_time_before_the_first_row_costs_little(self, hours: int, calls: int) -> None:
        start, count = T + (72 - hours) * HOUR_MS, 5000
        reader = Stock([row(start + number * hours * HOUR_MS // count, f"{number:05}") for number in range(count)], page=1000)
        found = list(in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, T + EDGE, T + 3 * DAY_MS, 10**9))
        assert [one for _, part in found for one in part.rows] == reader.rows
        assert sum(min(-(-len(part.rows) // 1000), 1) for _, part in found) <= len(reader.read_slices) <= calls

    def test_a_server_that_takes_short_windows_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)

        class Short(Stock):
            def read(self, piece: Slice, max_pages: int) -> Found:
                if piece.width > HOUR_MS:
                    self.read_slices.append((piece, max_pages))
                    raise OverfullError("too long")
                return super().read(piece, max_pages)

        reader = Short([row(T + number * HOUR_MS, str(number)) for number in range(48)])
        window = Slice(T, T + 2 * DAY_MS)
        assert self.joined(list(in_time_order(reader, window, THINGS, -1, T, 10**9))) == window
        assert len(reader.read_slices) < 160

    def test_after_a_cursor_that_failed_windows_grow_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From an eighth of a day to four times as much, and so on; the rest of the day ends where it would have."""
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)

        class FailsOnce(Stock):
            def read(self, piece: Slice, max_pages: int) -> Found:
                if len(self.read_slices) == 1:
                    self.read_slices.append((piece, max_pages))
                    raise OverfullError("the cursor has expired")
                return super().read(piece, max_pages)

        reader = FailsOnce([row(T + number, f"{number:03}") for number in range(FEW)], page=1000)
        found = list(in_time_order(reader, Slice(T, T + 60 * DAY_MS), THINGS, -1, T, 10**9))
        assert [piece.width // HOUR_MS for piece, _ in found[:5]] == [4, 3, 12, 9, 24]

    @staticmethod
    def joined(found: list[tuple[Slice, Found]]) -> Slice:
        """The slices as one: without a gap, and none twice."""
        assert all(before.end == after.start for (before, _), (after, _) in pairwise(found))
        return Slice(found[0][0].start, found[-1][0].end)

    def test_many_rows_come_in_order_and_no_slice_lies_across_the_settled_time(self) -> None:
        rows = [row(T + number * 7919 % (4 * HOUR_MS), f"{number:04}") for number in range(3000)]
        rows += [row(T + HOUR_MS + number, f"burst {number:03}") for number in range(300)]
        settled = T + 3 * HOUR_MS
        reader = Stock(rows)
        found = list(in_time_order(reader, self.WINDOW, THINGS, -1, settled, 10**9))
        assert [one for _, part in found for one in part.rows] == sorted(rows)
        assert self.joined(found) == self.WINDOW
        assert not any(piece.start < settled < piece.end and pages > 1 for piece, pages in reader.read_slices)
        assert reader.stopped

    def test_little_is_read_ahead_when_little_is_wanted(self) -> None:
        rows = [row(T + number * 1000, f"{number:05}") for number in range(14_000)]
        reader = Stock(rows, page=1000)
        first = next(in_time_order(reader, self.WINDOW, THINGS, -1, T, 10))
        assert first[1].rows[0] == rows[0]
        assert len(reader.read_slices) <= 3


class AtOnce(ThreadPoolExecutor):
    """Does what it is given at once, so that what is read next depends on nothing but what was found."""

    def submit(self, work: Any, *args: Any) -> Any:  # type: ignore[override]
        future: Any = Future()
        try:
            future.set_result(work(*args))
        except OverfullError as error:
            future.set_exception(error)
        return future


class TestPlan:
    """Which slices are read: seconds from the start of the window, width in seconds, the most pages."""

    def plan(self, rows: list[Row], monkeypatch: pytest.MonkeyPatch, limit: int = 10**9, longest: int = DAY_MS) -> list[Any]:
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)
        reader, end = Stock(rows, page=1000), T + 3 * DAY_MS
        source = replace(THINGS, longest_ms=longest)
        found = list(in_time_order(reader, Slice(T, end), source, T + EDGE, end - 300_000, limit))
        assert [one for _, part in found for one in part.rows] == reader.rows
        return [((piece.start - T) // 1000, piece.width // 1000, pages) for piece, pages in reader.read_slices]

    @staticmethod
    def even(count: int, hours: int) -> list[Row]:
        """So many rows in the last hours."""
        return [row(T + (72 - hours) * HOUR_MS + number * hours * HOUR_MS // count, f"{number:06}") for number in range(count)]

    def test_a_few_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plan = [(0, 720, 1), (720, 86400, 1), (87120, 86400, 1), (173520, 85680, 1)]
        assert self.plan(self.even(9, 72), monkeypatch) == plan

    def test_rows_that_lie_evenly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From small slices to larger ones as it is known how the rows lie, to small ones at the end; the last lies across."""
        plan = self.plan(self.even(60_000, 72), monkeypatch)
        assert plan[:3] == [(0, 720, 1), (720, 3852, 5), (4572, 3852, 5)]
        widths = [width for _, width, _ in plan]
        assert widths[1:25] == [3852] * 24
        assert [round(width / 4320, 2) for width in widths[25:]] == [0.97, *[1.97] * 11, *[0.98] * 16, 0.11]
        assert plan[-1] == (259200 - widths[-1], widths[-1], 1)

    def test_readers_do_not_wait_until_rows_are_dealt_with(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a slice has left free is used for the next one before its rows are handed out."""
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)
        reader = Stock(self.even(60_000, 72), page=1000)
        slices = in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, T + EDGE, T + 3 * DAY_MS, 10**9)
        next(slices)
        next(slices)
        assert len(reader.read_slices) == 1 + MOST_PAGES + 1

    def test_what_can_be_one_page_is_where_rows_go(self) -> None:
        reader, steady = Stock(self.even(60_000, 72), page=1000), T + 36 * HOUR_MS
        found = list(in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, steady, T + 3 * DAY_MS, 10**9))
        assert max(len(part.rows) for piece, part in found if piece.start < steady) <= 1000
        assert max(len(part.rows) for piece, part in found if piece.start >= steady) > 1000

    def test_a_crowd_is_found_by_halving(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.plan(self.even(3000, 1), monkeypatch)[3:] == [
            (173520, 85680, 1),
            (173520, 238, 1),
            (173758, 42721, 1),
            (216479, 21360, 1),
            (237839, 10680, 1),
            (248519, 5340, 1),
            (253859, 2670, 1),
            (256529, 2671, 1),
            (256529, 7, 1),
            (256536, 1332, 1),
            (256536, 3, 1),
            (256539, 664, 1),
            (257203, 665, 5),
            (257868, 1032, 5),
            (258900, 300, 1),
        ]

    def test_a_window_that_is_more_than_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where all may be asked for at once, that is tried; what is then read does not go on across the edges."""
        plan = [(0, 259200, 1), (0, 600, 1), (600, 54632, 5), (55232, 54632, 5), (109864, 54632, 5), (164496, 54632, 5)]
        assert self.plan(self.even(3000, 72), monkeypatch, longest=3 * DAY_MS) == [*plan, (219128, 40072, 1)]

    def test_a_crowd_that_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where it was is read by halves; slices behind that place are no small ones again."""
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)

        class Going(Stock):
            def read(self, piece: Slice, max_pages: int) -> Found:
                try:
                    return super().read(piece, max_pages)
                except OverfullError:
                    self.rows.clear()
                    raise

        reader = Going([row(T + 10 * HOUR_MS + number, f"{number:04}") for number in range(3000)], page=1000)
        found = in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, T + EDGE, T + 3 * DAY_MS, 10**9)
        assert not any(part.rows for _, part in found)
        plan = [((piece.start - T) // 1000, piece.width // 1000) for piece, _ in reader.read_slices]
        assert plan[1:5] == [(720, 86400), (720, 240), (960, 43080), (44040, 21540)]
        assert plan[19:23] == [(87118, 1), (87119, 1), (87120, 399), (87519, 399)]

    def test_a_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the limit leaves out of a window is not read ahead."""
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)
        reader = Stock(self.even(20_000, 72), page=1000)
        slices = in_time_order(reader, Slice(T, T + 3 * DAY_MS), THINGS, T + EDGE, T + 3 * DAY_MS, 1500)
        assert [len(next(slices)[1].rows) for _ in range(2)] == [56, 836]
        assert len(reader.read_slices) == 4


def cut(found: list[tuple[Slice, Found]], limit: int = 10_000, **options: Any) -> list[Batch]:
    end = found[-1][0].end
    given: dict[str, Any] = {"progress": Progress((T - 1, "")), "judge": every_row, "settled": end, **options}
    return list(batches(found, given["progress"], end, limit, given["judge"], given["settled"]))


class TestBatches:
    def test_nothing_found_is_read_to_the_end(self) -> None:
        [last] = cut([(Slice(T, T + 2000), Found([]))], settled=T + 1000)
        assert (last.rows, last.taken, last.progress) == ([], [], Progress((T - 1, ""), complete=T + 1000))
        [last] = cut([(Slice(T, T + 2000), Found([]))], settled=T + 1000, progress=Progress((T, ""), complete=T + 1500))
        assert last.progress.complete == T + 1500

    def test_rows_at_the_very_end_belong_to_the_next_window(self) -> None:
        before = Progress((T, ""), {"5": T + 1000})
        [last] = cut([(Slice(T, T + 1000), Found([]))], settled=T + 5000, progress=before)
        assert (last.progress.position, last.progress.seen) == (before.position, before.seen)
        before = Progress((T, ""), {"in": T + 500, "5": T + 1000})
        first, last = cut([(Slice(T, T + 1000), Found([row(T + 1, "a")]))], settled=T + 5000, progress=before)
        for progress in (first.progress, last.progress):
            assert (progress.position, progress.seen) == ((T + 500, "in"), {"5": T + 1000})

    def test_batches_and_their_progress(self) -> None:
        rows = [row(T + number, f"{number:05}") for number in range(BATCH + 1)]
        first, second, last = cut([(Slice(T, T + 5000), Found(rows))])
        assert (first.rows, second.rows, last.rows) == (rows[:BATCH], rows[BATCH:], [])
        assert (first.progress.position, second.progress.position) == (rows[BATCH - 1].key, rows[BATCH].key)
        assert [batch.more for batch in (first, second, last)] == [False] * 3
        assert last.progress.complete == T + 5000

    def test_the_limit_ends_it_and_says_that_more_is_waiting(self) -> None:
        rows = [row(T + number, str(number)) for number in range(5)]
        [only] = cut([(Slice(T, T + 1000), Found(rows))], limit=3)
        assert (only.rows, only.more) == (rows[:3], True)
        [only] = cut([(Slice(T, T + 1000), Found(rows))], limit=5)
        assert (only.rows, only.more) == (rows, False)
        only = cut([(Slice(T, T + 1000), Found(rows)), (Slice(T + 1000, T + 2000), Found([]))], limit=5)[0]
        assert only.more

    def test_an_incomplete_second_is_gone_on_with(self) -> None:
        first, last = cut([(Slice(T, T + 1000), Found([row(T, "a")], complete=False))])
        assert (first.rows, first.more, last.rows, last.taken, last.more) == ([row(T, "a")], False, [], [], True)
        assert last.progress == first.progress

    def test_what_was_delivered_is_not_delivered_again(self) -> None:
        before = Progress((T, "a"), {"c": T + 5})
        rows = [row(T, "a"), row(T, "b"), row(T + 5, "c"), row(T + 6, "d")]
        first, _ = cut([(Slice(T, T + 1000), Found(rows))], progress=before)
        assert [one.id for one in first.rows] == ["b", "d"]

    @pytest.mark.parametrize("found", [Found([row(T, "a"), row(T, "b")]), Found([row(T, "a")], complete=False)])
    def test_the_position_passes_no_row_that_is_still_waiting(self, found: Found) -> None:
        """Although a later one was delivered before."""
        before = Progress((T - 9, ""), {"z": T + 900})
        first = cut([(Slice(T, T + 1000), found)], limit=1, settled=T + 5000, progress=before)[0]
        assert (first.progress.position, first.progress.seen) == ((T, "a"), {"z": T + 900})

    def test_rows_that_are_not_worth_it_move_the_position(self) -> None:
        rows = [row(T, "a"), row(T + 1, "b")]

        def judge(known: dict[str, str], data: dict[str, Any]) -> bool:
            known[data["id"]] = "judged"
            return data["id"] == "b"

        first, last = cut([(Slice(T, T + 1000), Found(rows))], judge=judge)
        assert first.rows == rows[1:]
        assert first.progress.known == last.progress.known == {"a": "judged", "b": "judged"}

    def test_no_more_late_rows_than_can_be_remembered(self) -> None:
        seen = {str(number): T + 500 for number in range(SEEN_LIMIT)}
        assert cut([(Slice(T, T + 1000), Found([row(T + 1, "new")]))], progress=Progress((T, ""), seen), settled=T) == []

    def test_what_was_lost_before_a_slice_is_told_with_its_first_batch(self) -> None:
        rows = [row(T + 100 + number, f"{number:05}") for number in range(BATCH + 1)]
        found = [(Slice(T, T + 1000), Found([], T + 1000)), (Slice(T + 1000, T + 9000), Found(rows, T + 1500))]
        first, second, last = batches(found, Progress((0, "")), T + 9000, 10**6, every_row, T, T - 500)
        assert first.lost == ((T - 500, T + 1000), (T + 1000, T + 1500))
        assert (second.lost, last.lost) == ((), ())
        [only] = batches([(Slice(T, T + 1000), Found([], T + 300))], Progress((0, "")), T + 1000, 9, every_row, T, T + 299)
        assert only.lost == ((T + 299, T + 300),)
        [unread] = batches(
            [(Slice(T, T + 1000), Found([], T + 300, False))], Progress((0, "")), T + 1000, 9, every_row, T, T + 299
        )
        assert (unread.lost, unread.more) == (only.lost, True)
        for read_until in (None, T + 300):
            [only] = batches([(Slice(T, T + 1000), Found([], T + 300))], Progress((0, "")), T + 1000, 9, every_row, T, read_until)
            assert only.lost == ()

    def test_taking(self) -> None:
        fresh = deque([row(T, "a"), row(T + 1, "b"), row(T + 2, "c"), row(T + 3, "d")])
        taken, wanted, known = take(fresh, 9, 1, T + 2, lambda known, data: data["id"] != known.setdefault("b", "b"), {"a": "a"})
        assert known == {"a": "a", "b": "b"}
        assert [one.id for one in taken] == ["a", "b", "c"]
        assert [one.id for one in wanted] == ["a", "c"]
        assert [one.id for one in fresh] == ["d"]

    def test_a_batch_is_full_even_when_little_of_it_is_wanted(self) -> None:
        fresh = deque(row(T + number, str(number)) for number in range(BATCH + 5))
        taken, wanted, _ = take(fresh, 9, 1, T, lambda known, data: False, {})
        assert (len(taken), wanted) == (BATCH, [])

    @given(wanted=st.lists(st.booleans(), min_size=2, max_size=12).filter(lambda kept: sum(kept) > 1), data=st.data())
    def test_a_batch_in_two_parts_leads_to_the_same(self, wanted: list[bool], data: Any) -> None:
        rows = [
            Row(T + number // 3, f"{number:02}", {"id": f"{number:02}", "ms": T, "kept": kept})
            for number, kept in enumerate(wanted)
        ]

        def judge(known: dict[str, str], row: dict[str, Any]) -> bool:
            known[row["id"]] = "judged"
            return row["kept"]

        settled = data.draw(st.sampled_from([T, T + 2, T + 5000]))
        whole = replace(cut([(Slice(T, T + 1000), Found(rows))], judge=judge, settled=settled)[0], lost=((T - 9, T),))
        count = data.draw(st.integers(1, len(whole.rows) - 1))
        first, second = whole.cut(count, judge)
        assert [len(first.rows), first.rows + second.rows, first.taken + second.taken] == [count, whole.rows, whole.taken]
        assert second.progress == whole.progress
        assert all(first.progress.has(one) for one in first.rows)
        assert not any(first.progress.has(one) for one in second.rows)
        assert set(first.progress.known) == {one.id for one in first.taken}
        assert (first.more, second.more) == (False, whole.more)
        assert (first.lost, second.lost) == (whole.lost, ())


class Shelf(Pages):
    """A server with one page of rows for each source, or an error; it notes what it was asked for."""

    def __init__(self, **content: Any) -> None:
        super().__init__()
        self.shelves = content
        self.asked: list[str] = []

    def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        self.asked.append(source.name)
        found = self.shelves.get(source.name, [])
        if isinstance(found, Exception):
            raise found
        yield [data for data in found if piece.start <= data["ms"] < piece.end]


def seconds_ago(*ages: int) -> list[dict[str, Any]]:
    return [thing(-age, str(age)) for age in ages]


class TestRuns:
    """One run; what happens between runs is in the state machine below."""

    def run(
        self,
        server: Any,
        state: LastRun | None = None,
        sources: Any = (THINGS,),
        limit: int = 10**6,
        basket: Basket | None = None,
        look_back: int = 5,
        time_left: Callable[[], float] = lambda: 180.0,
    ) -> tuple[FetchRun, Basket, list[Any]]:
        saved: list[Any] = []
        outlet = basket or Basket()
        chosen = FetchSettings(sources, lambda: timedelta(hours=1), timedelta(minutes=look_back), limit)
        run = FetchRun(server, chosen, outlet, saved.append, time_left)
        return run.run(state or LastRun()), outlet, saved

    def test_everything_of_every_source_and_then_the_state(self) -> None:
        run, basket, saved = self.run(Shelf(things=seconds_ago(9, 20), others=seconds_ago(5)), sources=(OTHERS, THINGS))
        assert basket.ids == [["20", "9"], ["5"]], "what expires goes first"
        assert [*basket.prepared] == ["things", "others"]
        assert (run.delivered, run.more, run.problems, run.state.losses) == (3, False, [], ())
        assert saved[-1] == run.state.to_dict()
        assert set(run.state.types) == {"things", "others"}
        assert run.state.types["things"].complete == T - 5 * 60_000
        assert saved[0]["types"]["things"]["position"] == ["2026-01-05T08:00:00.000Z", ""]

    def test_a_source_that_fails_does_not_hold_up_the_others(self) -> None:
        run, basket, _ = self.run(Shelf(others=DemistoException("may not"), things=seconds_ago(9)), sources=(OTHERS, THINGS))
        assert run.problems == ["Others: may not"]
        assert basket.ids == [["9"]]

    def test_the_limit_holds_for_all_sources_together(self) -> None:
        server = Shelf(things=seconds_ago(7, 8, 9), others=seconds_ago(4, 5, 6))
        run, basket, saved = self.run(server, sources=(OTHERS, THINGS), limit=4)
        assert (basket.ids, run.more) == ([["9", "8"], ["6", "5"]], True)
        assert saved[-1]["nextTrigger"] == "0"
        run, basket, _ = self.run(
            Shelf(things=seconds_ago(5, 6, 7, 8, 9), others=seconds_ago(4)), sources=(OTHERS, THINGS), limit=5
        )
        assert (basket.ids, run.more) == ([["9", "8", "7"], ["4"], ["6"]], True), "the half is rounded up"
        run, basket, _ = self.run(Shelf(things=seconds_ago(9), others=seconds_ago(6)), sources=(OTHERS, THINGS), limit=1)
        assert (basket.ids, run.more) == ([["9"]], True), "who had no room may have something"

    def test_what_one_source_has_left_the_others_take(self) -> None:
        server = Shelf(things=seconds_ago(9), others=seconds_ago(*range(20, 40)))
        run, basket, _ = self.run(server, sources=(OTHERS, THINGS), limit=12)
        assert [len(rows) for rows in basket.taken] == [1, 11]
        assert run.more
        server = Shelf(things=seconds_ago(*range(20, 40)), others=seconds_ago(9))
        run, basket, _ = self.run(server, sources=(OTHERS, THINGS), limit=12)
        assert [[len(rows), rows[0].id] for rows in basket.taken] == [[6, "39"], [1, "9"], [5, "33"]]
        assert run.more
        server = Shelf(things=seconds_ago(*range(20, 28)), others=seconds_ago(9))
        run, basket, _ = self.run(server, sources=(OTHERS, THINGS), limit=12)
        assert ([len(rows) for rows in basket.taken], run.more) == ([6, 1, 2], False)

    def test_a_backlog_of_what_lasts_does_not_hold_up_what_expires(self) -> None:
        others, things = seconds_ago(*range(1000, 3000)), seconds_ago(*range(400, 450))
        server, state, taken = Shelf(things=things, others=others), LastRun(), []
        for _ in range(4):
            run, basket, saved = self.run(server, state, sources=(OTHERS, THINGS), limit=30)
            state = LastRun.from_dict(saved[-1])
            taken += [row.id for rows in basket.taken for row in rows if int(row.id) < 1000]
        assert len(taken) == 50
        assert run.more

    def test_a_limit_that_is_too_small_for_all_goes_round(self) -> None:
        third = Things("third", "Third", retention=None)
        things, others, thirds = seconds_ago(*range(10, 40)), seconds_ago(*range(50, 80)), seconds_ago(*range(100, 140))
        server = Shelf(things=things, others=others, third=thirds)
        state, first = LastRun(), []
        for _ in range(6):
            run, basket, saved = self.run(server, state, sources=(THINGS, OTHERS, third), limit=1, look_back=0)
            assert run.more
            state = LastRun.from_dict(saved[-1])
            first += [row.id for rows in basket.taken for row in rows]
        assert first == ["39", "79", "139", "38", "78", "138"]
        assert self.run(server, sources=(THINGS, OTHERS, third), limit=3)[0].state.turn == 0, "each can have a row"

    def test_each_source_has_its_share_of_the_time(self) -> None:
        left = [280.0]

        class Slow(Shelf):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                left[0] -= 100 if source.name == "things" else 1
                return super().pages(source, piece)

        server = Slow(things=seconds_ago(*range(9, 1009)), others=seconds_ago(5))
        run, basket, _ = self.run(server, sources=(OTHERS, THINGS), time_left=lambda: left[0])
        assert basket.ids == [["5"]], "after the look things had 90 seconds in the first place, and 79 in the second"
        assert run.more

    def test_who_was_late_goes_on_when_the_others_are_done(self) -> None:
        left = [280.0]

        class Late(Shelf):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                left[0] -= 100 if source.name == "things" and "others" not in self.asked else 1
                return super().pages(source, piece)

        server = Late(things=seconds_ago(*range(9, 1009)), others=seconds_ago(5))
        run, basket, _ = self.run(server, sources=(OTHERS, THINGS), time_left=lambda: left[0])
        assert (basket.ids[0], sum(map(len, basket.ids)), run.more) == (["5"], 1001, False)

    def test_without_an_answer_nothing_is_read(self) -> None:
        server = Shelf(things=DemistoException("no way there"))
        server.answered = server.clock_known = False
        run, basket, saved = self.run(server, sources=(THINGS, OTHERS))
        assert (run.problems, basket.taken, server.asked, len(saved)) == (["no way there"], [], ["things"], 1)

    @pytest.mark.parametrize(("host_ahead", "asked"), [(0, 1), (-2000, 1), (4 * 60_000, 1), (10 * DAY_MS, 2)])
    def test_a_quiet_run_asks_once(self, host_ahead: int, asked: int) -> None:
        """The answer itself tells the server's time, whatever this host thinks that it is."""
        server = SimulatedServer()
        server.record(server.ms - 1000, server.ms, "new")
        server.host_ahead = host_ahead
        state = LastRun().with_progress("things", Progress((server.ms - 120_000, "")))
        run, basket, _ = self.run(server, state)
        assert (basket.ids, run.problems, len(server.walked)) == ([["new"]], [], asked)
        assert server.walked[-1].start == server.ms - 120_000
        assert run.state.types["things"].complete == server.ms - 5 * 60_000

    @pytest.mark.parametrize(("longer", "asked"), [(0, [DAY_MS]), (1000, [240_000, DAY_MS - 179_000])])
    def test_what_may_be_asked_for_at_once_is(self, longer: int, asked: list[int]) -> None:
        """Of more a small part is looked at first, which begins earlier: this host's clock may be wrong."""
        server = SimulatedServer()
        start = server.ms + 2000 - DAY_MS - longer
        self.run(server, LastRun().with_progress("things", Progress((start, ""))))
        assert [piece.width for piece in server.walked] == asked

    def test_a_look_that_ends_where_it_begins_to_count_is_none(self) -> None:
        """This host's clock is an hour behind, and an hour is fetched: what is gone by then is no loss."""
        server = SimulatedServer()
        server.host_ahead = -HOUR_MS
        run, _, _ = self.run(server)
        assert [piece.start - server.ms for piece in server.walked] == [-2 * HOUR_MS - 60_000, -HOUR_MS]
        assert run.state.losses == ()

    @pytest.mark.parametrize("behind", [4 * 60_000, HOUR_MS])
    def test_what_a_slow_clock_did_not_ask_for_is_read_too(self, behind: int) -> None:
        server = SimulatedServer()
        server.record(server.ms - 1000, server.ms, "new")
        server.host_ahead = -behind
        _, basket, _ = self.run(server, LastRun().with_progress("things", Progress((server.ms - 2 * HOUR_MS, ""))))
        assert (basket.ids, len(server.walked)) == ([["new"]], 2)

    def test_a_first_look_that_fails_is_said_once_and_holds_up_nothing(self) -> None:
        state = LastRun().with_progress("things", Progress((T - 60_000, "")))
        server = Shelf(things=DemistoException("may not"), others=seconds_ago(5))
        run, basket, _ = self.run(server, state, sources=(OTHERS, THINGS))
        assert (run.problems, basket.ids) == (["Things: may not"], [["5"]])
        server.clock_known = False
        run, basket, _ = self.run(server, state, sources=(OTHERS, THINGS))
        assert (run.problems, basket.ids) == (["Things: may not"], [["5"]]), "who refuses one list may give another"

    def test_a_loss_is_told_when_the_first_row_after_it_is_refused(self) -> None:
        def refuse_the_first(rows: list[Row]) -> None:
            if rows and rows[0].id == "9":
                raise RefusedError("no")

        state = LastRun().with_progress("things", Progress((T - 100 * HOUR_MS, ""), complete=T - 100 * HOUR_MS))
        run, _, _ = self.run(Shelf(things=seconds_ago(9, 5)), state, basket=Basket(at_once=1, deliver=refuse_the_first))
        assert ([one.id for one in run.state.refusals], run.delivered) == (["9"], 1)
        [loss] = run.state.losses
        assert loss.start == T - 100 * HOUR_MS

    def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(self) -> None:
        server = Shelf(things=seconds_ago(9))
        server.answered = server.clock_known = False
        run, basket, saved = self.run(server, time_left=lambda: 0.0)
        assert run.problems == []
        assert (basket.taken, run.more, saved[-1]["nextTrigger"]) == ([], True, "0")

    @pytest.mark.parametrize(("left", "deliveries"), [(0.5, 2), (0.0, 1)])
    def test_a_run_whose_time_ends_between_batches(self, left: float, deliveries: int) -> None:
        time_left = [180.0]

        class SlowBasket(Basket):
            def prepare(self, source: Any, rows: list[Row]) -> list[Row]:
                time_left[0] = left
                return rows

        basket = SlowBasket()
        server = Shelf(things=seconds_ago(*range(900, 900 + BATCH + 1)))
        things = Things(page_size=2 * BATCH)
        run, _, _ = self.run(server, sources=(things,), basket=basket, look_back=0, time_left=lambda: time_left[0])
        assert ([len(rows) for rows in basket.taken], run.more) == ([BATCH, 1][:deliveries], deliveries == 1)

    def test_a_batch_that_is_not_taken_ends_the_source_and_is_not_saved(self) -> None:
        tried: list[int] = []

        def refuse(rows: list[Row]) -> None:
            tried.append(len(rows))
            raise DemistoException("the dataset is full")

        server = Shelf(things=seconds_ago(*range(900, 900 + BATCH + 1)))
        things = Things(page_size=2 * BATCH)
        run, _, saved = self.run(server, sources=(things,), basket=Basket(deliver=refuse), look_back=0)
        assert (tried, run.problems, run.delivered) == ([BATCH], ["Things: the dataset is full"], 0)
        assert saved[-1] == saved[0]

    def test_the_last_batch_counts_too(self) -> None:
        def refuse(rows: list[Row]) -> None:
            raise DemistoException("the dataset is full")

        run, _, _ = self.run(Shelf(), basket=Basket(deliver=refuse))
        assert run.problems == ["Things: the dataset is full"]

    def test_each_delivery_is_saved_by_itself(self) -> None:
        """What is not delivered at once is not saved at once: a run that ends between two deliveries repeats neither."""
        run, basket, saved = self.run(Shelf(things=seconds_ago(*range(900, 907))), basket=Basket(3), look_back=0)
        assert basket.ids == [["906", "905", "904"], ["903", "902", "901"], ["900"]]
        positions = [state["types"]["things"]["position"][1] for state in saved[1:-1]]
        assert positions == ["904", "901", "900", "900"]
        assert run.delivered == 7

    def test_what_was_delivered_before_a_failure_is_saved(self) -> None:
        def refuse_the_second(rows: list[Row]) -> None:
            if rows[0].id == "903":
                raise DemistoException("the dataset is full")

        server = Shelf(things=seconds_ago(*range(900, 907)))
        run, basket, saved = self.run(server, basket=Basket(3, refuse_the_second), look_back=0)
        assert (basket.ids, run.delivered) == ([["906", "905", "904"]], 3)
        assert saved[-1]["types"]["things"]["position"][1] == "904"
        again, rest, _ = self.run(server, LastRun.from_dict(saved[-1]), basket=Basket(3), look_back=0)
        assert (rest.ids, again.problems) == ([["903", "902", "901"], ["900"]], [])

    def test_notes_that_are_not_worth_it_are_forgotten(self) -> None:
        state = LastRun().with_progress("things", Progress((T - 9000, ""), known={"a": f"old at {T}", "b": "new"}))
        run, _, _ = self.run(Shelf(things=seconds_ago(5)), state)
        assert run.state.types["things"].known == {"b": "new"}

    def test_no_more_is_read_than_a_small_limit_needs(self) -> None:
        asked: list[Slice] = []

        class Full(Pages):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                asked.append(piece)
                found = [thing(-3599, f"{number:04}") for number in range(1500) if piece.start <= T - 3_599_000 < piece.end]
                yield found[:1000]
                if found:
                    yield found[1000:]

        run, basket, _ = self.run(Full(), limit=2)
        assert (basket.ids, run.more) == ([["0000", "0001"]], True)
        assert len(asked) <= 5, "the whole window, a small slice, the first second, and one ahead of it"

    def test_a_small_limit_says_nothing_of_rows_that_are_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """They are read as if there were no limit: several pages at a time."""
        monkeypatch.setattr(LosslessFetchApiModule, "ThreadPoolExecutor", AtOnce)

        class Paged(Shelf):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                for found in super().pages(source, piece):
                    yield from (found[start : start + 1000] for start in range(0, max(len(found), 1), 1000))

        server = Paged(things=[{"id": f"{number:05}", "ms": T - 3_600_000 + number * 60} for number in range(60_000)])
        run, basket, _ = self.run(server, sources=(Things(judge=lambda known, data: False),), limit=10)
        assert (basket.ids, run.more) == ([], False)
        assert len(server.asked) < 60

    def test_what_is_not_read_in_time_comes_with_the_next_run(self) -> None:
        left = [180.0]

        class Slow(Pages):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                left[0] = 0.0
                yield []

        run, basket, _ = self.run(Slow(), time_left=lambda: left[0])
        assert (basket.taken, run.more, run.problems) == ([], True, [])

    def test_a_loss_is_kept_until_it_was_told(self) -> None:
        long_ago = LastRun().with_progress("things", Progress((T - 100 * HOUR_MS, "")))
        run, _, saved = self.run(Shelf(things=seconds_ago(9)), long_ago)
        assert run.state.losses == (Loss("things", T - 100 * HOUR_MS, T - RETENTION_MS + AHEAD_MS),)
        assert LastRun.from_dict(saved[-1]).losses == run.state.losses
        again, _, _ = self.run(Shelf(things=seconds_ago(9)), LastRun.from_dict(saved[-1]))
        assert again.state.losses == run.state.losses, "once more, because nobody has told it, and no other"
        run.told()
        assert run.state.losses == ()
        assert "losses" not in saved[-1]
        assert "nextTrigger" not in saved[-1]
        run, _, saved = self.run(Shelf(things=seconds_ago(5, 9)), long_ago, limit=1)
        run.told()
        assert ("losses" in saved[-1], saved[-1]["nextTrigger"]) == (False, "0"), "what is waiting is not forgotten by that"
        run, _, saved = self.run(Shelf(things=seconds_ago(9)), long_ago)
        run.told()
        assert LastRun.from_dict(saved[-1]).types == run.state.types

    @pytest.mark.parametrize("ms", [1, 999, 60_000])
    def test_a_loss_is_told_however_small(self, ms: int) -> None:
        edge = T - RETENTION_MS + AHEAD_MS
        run, _, _ = self.run(Shelf(), LastRun().with_progress("things", Progress((edge - ms, ""))))
        assert run.state.losses == (Loss("things", edge - ms, edge),)
        assert self.run(Shelf(), LastRun().with_progress("things", Progress((edge, ""))))[0].state.losses == ()
        assert self.run(Shelf(), LastRun().with_progress("things", Progress((0, ""), complete=edge)))[0].state.losses == ()

    def test_the_first_run_has_lost_nothing(self) -> None:
        chosen = FetchSettings((THINGS,), lambda: timedelta(days=3), LOOK_BACK, 9)
        run = FetchRun(Shelf(), chosen, Basket(), lambda state: None, lambda: 180.0).run(LastRun())
        assert run.state.losses == ()

    def test_only_the_first_run_asks_how_far_back(self) -> None:
        chosen = FetchSettings((THINGS,), lambda: pytest.fail("asked"), timedelta(0), 9)
        run = FetchRun(Shelf(), chosen, Basket(), lambda state: None, lambda: 180.0)
        assert run.run(LastRun().with_progress("things", Progress((T, "")))).problems == []

    def test_how_far_back_is_read_before_anything_is_asked(self) -> None:
        def unreadable() -> timedelta:
            raise DemistoException("first_fetch: no date")

        server = Shelf()
        run = FetchRun(server, FetchSettings((THINGS, OTHERS), unreadable, timedelta(0), 9), Basket(), print, lambda: 180.0)
        with pytest.raises(DemistoException, match="first_fetch: no date"):
            run.run(LastRun().with_progress("things", Progress((T, ""))))
        assert server.asked == []

    @pytest.mark.parametrize("error", [OSError, AttributeError])
    def test_memory_is_given_back_where_the_c_library_can(self, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[tuple[int, int]] = []
        library = SimpleNamespace(mallopt=lambda *given: calls.append(given))
        monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
        return_large_blocks()
        assert calls == [(-3, 128 * 1024)]

        def another(name: Any) -> None:
            raise error

        monkeypatch.setattr(ctypes, "CDLL", another)
        return_large_blocks()

    def test_the_process_is_set_up_for_threads_and_many_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[Any] = []
        monkeypatch.setattr(LosslessFetchApiModule, "return_large_blocks", lambda: calls.append("memory"))
        monkeypatch.setattr(sys, "setswitchinterval", calls.append)
        monkeypatch.setattr(gc, "set_threshold", calls.append)
        self.run(Shelf())
        assert calls == ["memory", 0.0005, 10_000]

    def test_only_the_servers_own_object_is_made_ready_for_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[str] = []
        monkeypatch.setattr(LosslessFetchApiModule, "support_multithreading", lambda: calls.append("ready"))
        monkeypatch.delattr(LosslessFetchApiModule.demisto, "_Demisto__do", raising=False)
        self.run(Shelf())
        assert calls == []
        monkeypatch.setattr(LosslessFetchApiModule.demisto, "_Demisto__do", print, raising=False)
        self.run(Shelf())
        assert calls == ["ready"]

    def test_a_batch_is_saved_while_the_next_one_is_still_being_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The platform may end the run while it waits for the server: what was delivered by then must not come again."""
        saved = threading.Event()
        first = Batch([row(T - 5, "a")], [row(T - 5, "a")], {}, Progress((T - 9, "")), (T - 1, ""), T)
        waited: list[bool] = []

        def one_batch_then_nothing(*_args: Any, **_options: Any) -> Iterator[Batch]:
            yield first
            waited.append(saved.wait(10))

        def save(state: dict[str, Any]) -> None:
            if state["types"]["things"]["position"][1] == "a":
                saved.set()

        monkeypatch.setattr(LosslessFetchApiModule, "source_batches", one_batch_then_nothing)
        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), LOOK_BACK, 10)
        run = FetchRun(Shelf(), chosen, Basket(), save, lambda: 180.0).run(LastRun())
        assert waited == [True]
        assert run.delivered == 1


class TestRefusedRows:
    """An outlet refuses what it is given for a few rows in it."""

    def run(
        self, refused: set[str], count: int = 16, state: LastRun | None = None, proven: bool = False
    ) -> tuple[FetchRun, list[str], list[Any], list[int]]:
        """A run over rows from 00 on: the run, the IDs delivered, what was saved, and the sizes of all that was tried."""
        tried: list[int] = []
        saved: list[Any] = []

        def deliver(rows: list[Row]) -> None:
            tried.append(len(rows))
            if any(one.id in refused for one in rows):
                raise RefusedError("Not taken: 400 bad.", proven)

        basket = Basket(deliver=deliver)
        server = Shelf(things=[{"id": f"{number:02}", "ms": T - 900_000 + number} for number in range(count)])
        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        run = FetchRun(server, chosen, basket, saved.append, lambda: 180.0).run(state or LastRun())
        return run, [row_id for delivery in basket.ids for row_id in delivery], saved, [size for size in tried if size]

    @pytest.mark.parametrize("refused", [{"00"}, {"07"}, {"15"}, {"00", "01"}, {"03", "12"}, {f"{n:02}" for n in range(9)}])
    def test_they_are_put_aside_and_all_others_delivered(self, refused: set[str]) -> None:
        run, delivered, saved, tried = self.run(refused)
        assert delivered == [f"{number:02}" for number in range(16) if f"{number:02}" not in refused]
        assert (run.problems, run.delivered, run.more) == ([], 16 - len(refused), False)
        assert [one.id for one in run.state.refusals] == sorted(refused)
        assert (run.state.refused, run.state.refusals[0].why) == (len(refused), "Not taken: 400 bad.")
        assert len(tried) <= 1 + (2 * 4 + 1) * len(refused)
        again, more, _, _ = self.run(refused, state=LastRun.from_dict(saved[-1]))
        assert (more, again.state.refused, again.problems) == ([], len(refused), [])

    def test_each_saved_state_is_exact(self) -> None:
        """Killed at any moment, the next run goes on with just what is missing."""
        _, delivered, saved, _ = self.run({"03", "12"})
        for place in range(len(saved)):
            state = LastRun.from_dict(saved[place])
            _, rest, _, _ = self.run({"03", "12"}, state=state)
            assert delivered[len(delivered) - len(rest) :] == rest
            progress = state.types["things"]
            had = [f"{number:02}" for number in range(16) if progress.has(row(T - 900_000 + number, f"{number:02}"))]
            assert [name for name in had if name not in ("03", "12")] == delivered[: len(delivered) - len(rest)]
            assert {one.id for one in state.refusals} == {"03", "12"} & set(had)

    @pytest.mark.parametrize("count", [1, 2, 9])
    def test_while_nothing_is_taken_nothing_is_put_aside(self, count: int) -> None:
        every = {f"{number:02}" for number in range(16)}
        run, delivered, saved, _ = self.run(every, count)
        assert (delivered, run.state.refused, saved[-1]) == ([], 0, saved[0])
        assert run.problems == ["Things: Not taken: 400 bad. Nothing else was taken, so it is kept and tried again."]
        again, delivered, _, _ = self.run({"00"}, count + 1, LastRun.from_dict(saved[-1]))
        assert delivered == [f"{number:02}" for number in range(1, count + 1)]
        assert [one.id for one in again.state.refusals] == ["00"]

    def test_an_outlet_that_takes_nothing_is_not_asked_for_ever(self) -> None:
        every = {f"{number:02}" for number in range(99)}
        run, delivered, saved, tried = self.run(every, 99)
        assert (delivered, run.state.refused, saved[-1]) == ([], 0, saved[0])
        assert "So it was with 10 one by one: nothing is put aside." in run.problems[0]
        assert tried.count(1) == 10

    def test_what_is_proven_needs_no_other_row(self) -> None:
        run, delivered, _, _ = self.run({"00"}, 1, proven=True)
        assert (delivered, run.problems, run.state.refused) == ([], [], 1)

    @pytest.mark.parametrize("asked", range(1, 20))
    def test_an_outlet_in_trouble_loses_nothing_when_it_recovers(self, asked: int) -> None:
        """It refused everything for a while, as if for what it was."""
        tried: list[int] = []

        def deliver(rows: list[Row]) -> None:
            tried.append(len(rows))
            if len(tried) <= asked:
                raise RefusedError("Not taken: 500.")

        basket = Basket(deliver=deliver)
        server = Shelf(things=[{"id": f"{number:02}", "ms": T - 900_000 + number} for number in range(64)])
        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        state, delivered = LastRun(), 0
        for _ in range(3):
            run = FetchRun(server, chosen, basket, lambda state: None, lambda: 180.0).run(state)
            state, delivered = run.state, delivered + run.delivered
        assert delivered == 64
        assert sorted(row_id for delivery in basket.ids for row_id in delivery) == [f"{number:02}" for number in range(64)]
        assert state.refused == 0

    def test_what_is_proven_of_one_says_nothing_of_another(self) -> None:
        def deliver(rows: list[Row]) -> None:
            if rows:
                raise RefusedError("Not taken.", proven=[one.id for one in rows] == ["b"])

        server = Shelf(things=[{"id": name, "ms": T - 900_000} for name in "ab"])
        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        run = FetchRun(server, chosen, Basket(deliver=deliver), lambda state: None, lambda: 180.0).run(LastRun())
        assert run.state.refused == 0

    def test_nothing_to_take_is_no_proof_that_something_is_taken(self) -> None:
        def deliver(rows: list[Row]) -> None:
            if rows:
                raise RefusedError("Not taken.")

        chosen = FetchSettings((THINGS, OTHERS), lambda: timedelta(hours=1), timedelta(0), 10**6)
        server = Shelf(others=[{"id": "a", "ms": T - 900_000}])
        run = FetchRun(server, chosen, Basket(deliver=deliver), lambda state: None, lambda: 180.0).run(LastRun())
        assert run.state.refused == 0
        assert run.problems == ["Others: Not taken. Nothing else was taken, so it is kept and tried again."]

    def test_one_source_says_nothing_of_another(self) -> None:
        def deliver(rows: list[Row]) -> None:
            if rows and rows[0].id == "9":
                raise RefusedError("Not taken.")

        chosen = FetchSettings((THINGS, OTHERS), lambda: timedelta(hours=1), timedelta(0), 10**6)
        state = LastRun().with_progress("things", Progress((T - 100 * HOUR_MS, "")))
        server = Shelf(things=seconds_ago(9), others=seconds_ago(5))
        run = FetchRun(server, chosen, Basket(deliver=deliver), lambda state: None, lambda: 180.0).run(state)
        assert (run.delivered, run.state.refused, run.state.losses) == (1, 0, ())
        assert run.problems == ["Things: Not taken. Nothing else was taken, so it is kept and tried again."]

    def test_losses_beside_a_refused_row_are_told_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def deliver(rows: list[Row]) -> None:
            if rows[0].id == "a":
                raise RefusedError("Not taken.")

        losses = [((T - 99, T - 90),), (), ((T - 50, T - 40),), ()]
        rows = [row(T + number, name) for number, name in enumerate("abcd")]
        found = [
            Batch([one], [one], {}, Progress((T - 9, "")), one.key, T, lost=lost) for one, lost in zip(rows, losses, strict=True)
        ]
        monkeypatch.setattr(LosslessFetchApiModule, "source_batches", lambda *_: iter(found))
        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        run = FetchRun(Shelf(), chosen, Basket(deliver=deliver), lambda state: None, lambda: 180.0).run(LastRun())
        assert run.state.losses == (Loss("things", T - 99, T - 90), Loss("things", T - 50, T - 40))

    def test_they_are_told_once_and_counted_for_ever(self) -> None:
        run, _, saved, _ = self.run({"03", "05"})
        assert LastRun.from_dict(saved[-1]) == run.state
        run.told()
        assert (run.state.refusals, run.state.refused) == ((), 2)
        assert LastRun.from_dict(saved[-1]).refused == 2
        told = len(saved)
        run.told()
        assert len(saved) == told
        again, _, _, _ = self.run({"16"}, 18, run.state)
        assert ([one.id for one in again.state.refusals], again.state.refused) == (["16"], 3)

    def test_the_state_holds_the_latest_only(self) -> None:
        refusals = [Refusal("things", str(number), T, "no") for number in range(30)]
        state = LastRun().with_refusals(refusals)
        assert (state.refused, state.refusals) == (30, tuple(refusals[10:]))
        assert LastRun.from_dict(state.to_dict()) == state
        for unreadable in (5, [5], [["things", "1", "soon", "no"]], [["things", "1", "2026-01-05T09:00:00Z"]]):
            assert LastRun.from_dict({"refusals": unreadable, "refused": "many", "turn": -1}) == LastRun()

    @pytest.mark.parametrize(("seconds", "tries"), [(100.0, [50]), (100.5, [50, 25])])
    def test_the_time_of_a_run_holds_for_the_search_too(self, seconds: float, tries: list[int]) -> None:
        left, tried = [seconds], []

        def refuse(rows: list[Row]) -> None:
            left[0] -= 100
            tried.append(len(rows))
            raise RefusedError("Not taken.")

        chosen = FetchSettings((THINGS,), lambda: timedelta(hours=1), timedelta(0), 10**6)
        server = Shelf(things=seconds_ago(*range(900, 950)))
        run = FetchRun(server, chosen, Basket(deliver=refuse), lambda state: None, lambda: left[0]).run(LastRun())
        assert (run.more, run.problems, tried) == (True, [], tries)


class Everywhere:
    """A reader that finds `rows` rows in each second, and remembers what it was asked for."""

    def __init__(self, rows: float) -> None:
        self.rows = rows
        self.asked: list[tuple[Slice, int]] = []

    def read(self, piece: Slice, max_pages: int) -> Found:
        self.asked.append((piece, max_pages))
        count = int(piece.width / 1000 * self.rows)
        if count > max_pages * 1000 and not piece.smallest:
            raise OverfullError("more", max_pages * 1000, 1000)
        return Found([Row(piece.start, str(number), {}) for number in range(count)])

    def stop(self) -> None:
        """Nothing goes on."""


@given(seconds=st.integers(1, 5000), settled=st.integers(-10, 5010), rows=st.sampled_from([0, 0.01, 1, 900]))
@settings(max_examples=40, deadline=None)
def test_slices_cover_the_window_once_and_none_of_several_pages_lies_on_both_sides_of_what_has_settled(
    seconds: int, settled: int, rows: float
) -> None:
    window, edge = Slice(0, seconds * 1000), settled * 1000
    reader = Everywhere(rows)
    found = in_time_order(reader, window, THINGS, -1, edge, 30_000)
    pieces = [piece for piece, _ in itertools.islice(found, 60)]
    assert [piece.start for piece in pieces] == [0, *(piece.end for piece in pieces[:-1])]
    assert all(piece.width > 0 for piece, _ in reader.asked)
    assert not any(piece.start < edge < piece.end and pages > 1 for piece, pages in reader.asked)
    assert len(pieces) == 60 or pieces[-1].end == window.end


# ------------------------------------------------------------------------------------------------- whatever happens


class SimulatedServer:
    """Rows that turn up late and pass their retention, in small pages that take time, on a clock of its own; and failures.

    `cursor` is what a cursor means: the rows as they were when the walk began but for those that have gone since, so many rows
    of those that are there now, or those behind the last row of the page before.
    """

    def __init__(self, order: str = "shuffled", cursor: str = "snapshot", page: int = 5, page_ms: int = 0) -> None:
        self.order, self.cursor, self.page, self.page_ms = order, cursor, page, page_ms
        self.ms = 1_800_000_000_000
        self.host_ahead = 0
        self.clock_known = False
        self.rows: list[tuple[int, int, dict[str, Any]]] = []  # created, visible from, the row
        self.failures: list[tuple[int, Exception]] = []  # after so many answers
        self.walked: list[Slice] = []
        self.lock = threading.Lock()
        self.between_pages: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return from_milliseconds(self.ms + (0 if self.clock_known else self.host_ahead))

    def record(self, created: int, visible: int, thing_id: str) -> None:
        self.rows.append((created, visible, {"id": thing_id, "ms": created}))

    def retained(self, start: int = 0, end: int = 10**15) -> list[dict[str, Any]]:
        oldest = self.ms - RETENTION_MS
        return [data for created, visible, data in self.rows if visible <= self.ms and max(start, oldest) <= created <= end]

    @property
    def answered(self) -> bool:
        return self.clock_known

    def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        with self.lock:
            self.walked.append(piece)
            walk = self._sorted(piece)
        given, last = 0, None
        while True:
            with self.lock:
                self._answer()
                there = self._sorted(piece)
                if self.cursor == "snapshot":
                    rest = [data for data in walk[given:] if data in there]
                elif self.cursor == "offset":
                    rest = there[given:]
                else:
                    rest = [data for data in there if last is None or self._key(data) > last]
                found = rest[: self.page]
                self.ms += self.page_ms
                self.between_pages()
            yield found
            if len(rest) <= self.page:
                return
            given = walk.index(found[-1]) + 1 if self.cursor == "snapshot" else given + self.page
            last = self._key(found[-1])

    def _sorted(self, piece: Slice) -> list[dict[str, Any]]:
        return sorted(self.retained(piece.start, piece.end), key=self._key)

    def _key(self, data: dict[str, Any]) -> tuple[int, str]:
        sign = {"oldest first": 1, "newest first": -1, "shuffled": 0}[self.order]
        return sign * data["ms"], data["id"]

    def _answer(self) -> None:
        self.clock_known = True
        if self.failures:
            after, failure = self.failures.pop(0)
            if after == 0:
                raise failure
            self.failures.insert(0, (after - 1, failure))


SERVERS = [("shuffled", "snapshot"), ("oldest first", "offset"), ("newest first", "offset"), ("oldest first", "key")]
SMALL_CONSTANTS: dict[str, Any] = {
    "BATCH": 7,
    "FIRST_PARTS": 4,
    "FEW": 3,
    "SLICE_PAGES": 2,
    "READERS": 3,
    "SEEN_LIMIT": 40,
    "SECOND_ROWS": 30,
}
SMALL = Things(page_size=5)
LOOK_BACK = timedelta(minutes=5)


def read_all(server: SimulatedServer, state: LastRun | None = None, source: Things | None = None) -> tuple[list[str], FetchRun]:
    """The IDs that runs with small constants deliver until nothing more is waiting, and the last run."""
    delivered: list[str] = []
    basket = Basket(deliver=lambda rows: delivered.extend(one.id for one in rows))
    chosen = FetchSettings((source or SMALL,), lambda: timedelta(days=3), LOOK_BACK, 10**6)
    with mock.patch.multiple(LosslessFetchApiModule, **SMALL_CONSTANTS):
        while True:
            run = FetchRun(server, chosen, basket, lambda state: None, lambda: 180.0).run(state or LastRun())
            if not run.more:
                return delivered, run
            state = run.state


class TestTheEdge:
    """Rows pass their retention while they are read: those that are still there in the end were all delivered."""

    @pytest.mark.parametrize(("order", "cursor"), [*SERVERS, ("newest first", "key"), ("shuffled", "offset")])
    @pytest.mark.parametrize("page_ms", [1, 37, 400, 3000])
    @pytest.mark.parametrize(("count", "apart"), [(25, 0), (60, 20), (60, 700), (200, 130), (120, 6000)])
    def test_no_row_is_passed_over(self, order: str, cursor: str, page_ms: int, count: int, apart: int) -> None:
        server = SimulatedServer(order, cursor, page_ms=page_ms)
        for number in range(count):
            server.record(server.ms - RETENTION_MS + 500 + number * apart, 0, f"{number * 7919 % count:04}")
        delivered, run = read_all(server)
        assert run.problems == []
        assert {data["id"] for data in server.retained()} <= set(delivered)
        assert len(delivered) == len(set(delivered))

    @pytest.mark.parametrize("order", ["oldest first", "newest first"])
    def test_a_cursor_that_is_a_row_which_has_gone_ends_the_list_early(self, order: str) -> None:
        """A server that looks for the last row given, and finds it no more, may have nothing to go on with."""

        class Forgetful(SimulatedServer):
            def pages(self, source: Any, piece: Slice) -> Iterator[list[dict[str, Any]]]:
                last = None
                for page in super().pages(source, piece):
                    if last is not None and last not in self.retained():
                        yield []
                        return
                    last = page[-1] if page else None
                    yield page

        server = Forgetful(order, "key", page_ms=150)
        for number in range(80):
            server.record(server.ms - RETENTION_MS + 100 + number * 30, 0, f"{number:04}")
        delivered, _ = read_all(server)
        assert {data["id"] for data in server.retained()} <= set(delivered)

    def test_of_rows_that_change_at_any_time_none_is_passed_over(self) -> None:
        """A list whose rows are renewed, such as a report of states: what was read goes to its end meanwhile."""
        server = SimulatedServer("oldest first", "offset")
        for number in range(60):
            server.record(server.ms - HOUR_MS + number * 1000, 0, f"{number:04}")
        renewed = itertools.count()

        def renew() -> None:
            place = min(next(renewed) // 2, 30)
            created, _, data = server.rows[place]
            if data["ms"] == created and place < 30:
                server.rows[place] = (server.ms, server.ms, {**data, "ms": server.ms})

        server.between_pages = renew
        source = replace(SMALL, retention=None)
        delivered, run = read_all(server, source=source)
        # What was renewed after the end had been read comes with the next run.
        assert {f"{number:04}" for number in range(60)} <= {*delivered, *read_all(server, run.state, source)[0]}

    def test_rows_that_never_stay_are_not_taken_for_all(self) -> None:
        server = SimulatedServer("oldest first", "offset")
        for number in range(40):
            server.record(server.ms - HOUR_MS, 0, f"{number:04}")
        numbers = itertools.count(40)

        def replace_the_first() -> None:
            server.rows.pop(0)
            server.record(server.ms - HOUR_MS, 0, f"{next(numbers):04}")

        server.between_pages = replace_the_first
        _, run = read_all(server, source=replace(SMALL, retention=None))
        assert "rows have gone while one second was read" in run.problems[0]

    def test_far_from_the_edge_nothing_is_read_twice(self) -> None:
        server = SimulatedServer("newest first", "offset", page_ms=5)
        for number in range(400):
            server.record(server.ms - HOUR_MS + number * 5000, 0, f"{number:04}")
        state = LastRun().with_progress("things", Progress((server.ms - HOUR_MS - 1000, "")))
        delivered, _ = read_all(server, state)
        assert sorted(delivered) == [f"{number:04}" for number in range(400)]
        assert len(server.walked) == len(set(server.walked))


class KilledError(BaseException):
    """The process dies here."""


FAILURES = (lambda: DemistoException("no more"), lambda: OverfullError("the cursor has expired"))


class FetchMachine(RuleBasedStateMachine):
    """Whatever happens between and during runs: nothing is lost, and nothing comes twice that was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.server = SimulatedServer()
        self.saved: dict[str, Any] = {}
        self.delivered: list[str] = []
        self.unsaved: list[str] = []
        self.may_repeat: set[str] = set()
        self.first_start = 0
        self.losses: list[Loss] = []
        self.put_aside: set[str] = set()
        self.refused_in = 0
        self.at_once = 10**9
        self.patches: list[Any] = [mock.patch.multiple(LosslessFetchApiModule, **SMALL_CONSTANTS)]
        for patch in self.patches:
            patch.start()

    def teardown(self) -> None:
        try:
            self.catch_up()
        finally:
            for patch in self.patches:
                patch.stop()

    @initialize(
        server=st.sampled_from(SERVERS),
        page_ms=st.sampled_from([0, 40, 700]),
        host_ahead=st.sampled_from([0, 0, 3_600_000, -7_200_000, 10 * DAY_MS]),
        taken_over=st.booleans(),
        ids=st.integers(0, 3),
        at_once=st.sampled_from([1, 3, 10**9]),
        refused_in=st.sampled_from([0, 0, 9]),
    )
    def start(
        self, server: tuple[str, str], page_ms: int, host_ahead: int, taken_over: bool, ids: int, at_once: int, refused_in: int
    ) -> None:
        self.server = SimulatedServer(*server, page_ms=page_ms)
        self.server.host_ahead = host_ahead
        self.at_once = at_once
        self.refused_in = refused_in
        if taken_over:
            # Another collector has delivered everything before a time, and some rows of that time.
            moment = self.server.ms - 1000
            self.arrive_at(moment, moment, 5)
            given = [data["id"] for _, _, data in self.server.rows][:ids]
            self.delivered += given
            self.saved = LastRun().with_progress("things", Progress((moment, ""), dict.fromkeys(given, moment))).to_dict()
            self.first_start = moment
        else:
            self.first_start = self.server.ms - 3_600_000
            self.arrive_at(self.server.ms - 1000, self.server.ms, ids)
            self.run(1000, None)

    def arrive_at(self, created: int, visible: int, count: int) -> None:
        for _ in range(count):
            name = hashlib.sha256(str(len(self.server.rows)).encode()).hexdigest()[:12]
            self.server.record(created, visible, name)

    @rule(count=st.integers(1, 25), apart=st.sampled_from([0, 0, 1, 150, 1000]))
    def arrive(self, count: int, apart: int) -> None:
        for number in range(count):
            self.arrive_at(self.server.ms + number * apart, self.server.ms + number * apart, 1)

    @rule(late=st.integers(1, 20) | st.integers(1, 300_000 - 1), count=st.integers(1, 6))
    def arrive_late(self, late: int, count: int) -> None:
        """Recorded a while ago, but within the look-back; visible from now on."""
        created = self.server.ms - late
        if created > self.first_start:
            self.arrive_at(created, self.server.ms, count)

    @rule(seconds=st.sampled_from([0.001, 1, 61, 299, 301, 4000, 90_000, 258_900]))
    def time_passes(self, seconds: float) -> None:
        self.server.ms += int(seconds * 1000)

    @rule(failure=st.sampled_from(FAILURES), after=st.integers(0, 6))
    def something_will_fail(self, failure: Any, after: int) -> None:
        self.server.failures = [(after, failure())]

    @rule(limit=st.sampled_from([1, 3, 10, 1000]), kill_after=st.none() | st.integers(0, 8))
    def run(self, limit: int, kill_after: int | None) -> None:
        self.actions_left = kill_after
        chosen = FetchSettings((SMALL,), lambda: timedelta(hours=1), LOOK_BACK, limit)
        before = len(self.delivered)
        self.server.clock_known = False  # each run is a process of its own
        try:
            run = FetchRun(self.server, chosen, Basket(self.at_once, self.deliver), self.save, lambda: 180.0)
            run.run(LastRun.from_dict(self.saved))
            self.losses += run.state.losses
            self.put_aside |= {one.id for one in run.state.refusals}
            run.told()
        except KilledError:
            self.may_repeat |= set(self.unsaved)
        self.unsaved = []
        assert len(self.delivered) - before <= limit

    def refuses(self, row_id: str) -> bool:
        """About one row in so many."""
        return bool(self.refused_in) and int(row_id, 16) % self.refused_in == 0

    def deliver(self, rows: list[Row]) -> None:
        self._may_die()
        if any(self.refuses(one.id) for one in rows):
            raise RefusedError("no")
        assert [one.key for one in rows] == sorted(one.key for one in rows)
        self.unsaved = [one.id for one in rows]
        self.delivered += self.unsaved

    def save(self, state: dict[str, Any]) -> None:
        self._may_die()
        self.saved = json.loads(json.dumps(state))
        self.unsaved = []

    def _may_die(self) -> None:
        if self.actions_left is not None:
            self.actions_left -= 1
            if self.actions_left < 0:
                raise KilledError

    @invariant()
    def nothing_twice(self) -> None:
        repeated = {row_id for row_id, times in Counter(self.delivered).items() if times > 1}
        assert repeated <= self.may_repeat

    @invariant()
    def nothing_behind_the_position_is_missing(self) -> None:
        """What is saved says that these rows were delivered, or that they are lost: no later run would look for them."""
        state = LastRun.from_dict(self.saved)
        if progress := state.types.get("things"):
            had = {one["id"] for one in self.recorded() if progress.has(SMALL.row(one, Slice(0, 0)))}
            assert had - set(self.delivered) <= self.told_lost(state) | self.put_aside | {one.id for one in state.refusals}
            assert all(self.refuses(row_id) for row_id in self.put_aside)

    def recorded(self) -> list[dict[str, Any]]:
        """Every row that could ever have been read."""
        return [row for created, visible, row in self.server.rows if created >= self.first_start and visible <= self.server.ms]

    def told_lost(self, state: LastRun) -> set[str]:
        lost = [*self.losses, *state.losses]
        return {data["id"] for created, _, data in self.server.rows if any(loss.start <= created < loss.end for loss in lost)}

    @invariant()
    def state_is_bounded(self) -> None:
        seen = self.saved.get("types", {}).get("things", {}).get("seen", {})
        assert sum(len(ids) for ids in seen.values()) <= 40

    def catch_up(self) -> None:
        """Undisturbed runs deliver everything that is visible, once it has settled."""
        self.server.failures = []
        for wait in (0, 400_000):
            self.server.ms += wait
            for _ in range(200):
                self.run(1000, None)
                if not self.saved.get("nextTrigger"):
                    break
        missing = {one["id"] for one in self.recorded()} - set(self.delivered) - self.told_lost(LastRun()) - self.put_aside
        assert all(self.refuses(row_id) for row_id in missing), "kept while nothing else was taken"


FetchMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestFetchLosesNothing = FetchMachine.TestCase


def test_a_walk_keeps_the_first_rows_once_there_are_twice_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than is delivered, which tells that there are more."""
    monkeypatch.setattr(LosslessFetchApiModule, "SECOND_ROWS", 3)
    rows = [Row(ms, f"{number}", {}) for number, ms in enumerate([9, 8, 7, 6, 6, 6])]
    walk = Walk(rows={row.id: row for row in rows})
    walk.keep_first()
    assert list(walk.rows) == [row.id for row in rows]
    walk.rows["x"] = Row(1, "x", {})
    walk.keep_first()
    assert walk.rows == {"x": Row(1, "x", {}), **{row.id: row for row in rows[3:]}}
