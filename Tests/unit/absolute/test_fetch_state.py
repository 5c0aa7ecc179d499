"""What a fetch keeps between runs, and how it cuts time and rows into pieces."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, ClassVar

import AbsoluteClientApiModule
import AbsoluteFetchApiModule
import pytest
from Absolute import (
    BATCH,
    DAY_MS,
    EPOCH,
    FETCH_TYPES,
    HOUR_MS,
    PARTS,
    RETENTION,
    SEEN_LIMIT,
    SIEM_SOURCE,
    ApiError,
    Deadline,
    Found,
    LastRun,
    OutOfTimeError,
    OverfullError,
    Progress,
    RepeatedCursorError,
    Row,
    Slice,
    SliceReader,
    Step,
    begin,
    every_row,
    from_milliseconds,
    in_time_order,
    lost_interval,
    milliseconds,
    ms_text,
    next_width,
    progress_of_existing_pack,
    read_clock,
    read_last_run,
    steps,
    take,
    whole_second,
    window_start,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
T = milliseconds(NOW)
MISSING, COMPLIANCE, _ = FETCH_TYPES


def row(ms: int, row_id: str) -> Row:
    return Row(ms, row_id, {"id": row_id})


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
        state = LastRun().with_progress("siem_events", Progress((T, "b")))
        written: dict[str, Any] = {
            "version": 3,
            "types": {"siem_events": {"position": ["2026-01-05T09:00:00.000Z", "b"], "seen": {}, "known": {}}},
        }
        assert state.to_dict() == written
        assert state.to_dict(more=True) == {**written, "nextTrigger": "0"}
        assert LastRun.from_dict(written) == state
        assert LastRun.from_dict({"types": {"x": 5}}) == LastRun.from_dict(None) == LastRun()

    def test_the_existing_pack_is_taken_over_once(self) -> None:
        old = {"latest_events_time": "2026-01-05T09:00:00Z", "latest_events_id": ["a", "b"]}
        migrated = Progress((T, ""), {"a": T, "b": T})
        assert progress_of_existing_pack(old) == migrated
        assert progress_of_existing_pack({**old, "latest_events_id": "a"}) == Progress((T, ""), {"a": T})
        assert progress_of_existing_pack({**old, "latest_events_id": None}) == Progress((T, ""))
        assert progress_of_existing_pack({"latest_events_id": ["a"]}) is None
        assert read_last_run(old) == LastRun({"siem_events": migrated})
        own = LastRun().with_progress("siem_events", Progress((T + 9, "z")))
        assert read_last_run({**old, **own.to_dict()}) == own


class TestStart:
    def client(self, skew: float = 0, clock_known: bool = True) -> Any:
        return SimpleNamespace(skew_seconds=skew, clock_known=clock_known)

    @pytest.fixture(autouse=True)
    def host_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW)

    def test_a_new_type_starts_a_while_ago_by_absolutes_clock(self) -> None:
        state = begin(self.client(skew=60), [SIEM_SOURCE, MISSING], LastRun(), timedelta(days=9))
        assert state.types == {
            "siem_events": Progress((T + 60_000 - 72 * HOUR_MS, "")),
            "missing_devices": Progress((T + 60_000 - 9 * DAY_MS, "")),
        }
        assert begin(self.client(), [SIEM_SOURCE], LastRun(), timedelta(hours=1)).types["siem_events"].position == (
            T - HOUR_MS,
            "",
        )

    @pytest.mark.parametrize(
        ("ahead", "known", "kept"), [(HOUR_MS, True, True), (HOUR_MS + 1, True, False), (DAY_MS, False, True)]
    )
    def test_a_start_in_the_future_is_corrected_once_the_clock_is_known(self, ahead: int, known: bool, kept: bool) -> None:
        before = LastRun().with_progress("siem_events", Progress((T + ahead, "z")))
        state = begin(self.client(clock_known=known), [SIEM_SOURCE], before, timedelta(hours=1))
        assert (state == before) is kept

    def test_after_a_quiet_time_the_window_begins_late(self) -> None:
        last = Progress((T - 3 * DAY_MS, "z"), complete=T - 999)
        assert window_start(MISSING, last, NOW) == whole_second(T - 999 - DAY_MS // 2)
        assert window_start(MISSING, Progress((T - 3 * DAY_MS + 5, "z")), NOW) == T - 3 * DAY_MS
        assert window_start(SIEM_SOURCE, Progress((T - 9 * DAY_MS, "z")), NOW) == T - 72 * HOUR_MS

    def test_what_was_deleted_before_it_was_fetched(self) -> None:
        edge = T - 72 * HOUR_MS - HOUR_MS // 6
        assert lost_interval(Progress((edge, "")), RETENTION, NOW) is None
        assert lost_interval(Progress((edge - 1, "")), RETENTION, NOW) == (from_milliseconds(edge - 1), NOW - RETENTION)
        assert lost_interval(Progress((0, ""), complete=edge), RETENTION, NOW) is None
        assert lost_interval(Progress((0, "")), None, NOW) is None

    def test_the_clock_is_read_by_the_smallest_call(self) -> None:
        calls = []
        client = SimpleNamespace(call=lambda operation, params: calls.append((operation, params)))
        read_clock(client, SIEM_SOURCE)  # type: ignore[arg-type]
        expected = [("fromDateTimeUtc", ms_text(T - 60_000)), ("toDateTimeUtc", ms_text(T)), ("pageSize", "1")]
        assert calls == [(SIEM_SOURCE.operation, expected)]


class TestSlices:
    def test_eight_parts_of_whole_seconds(self) -> None:
        piece = Slice(T, T + 80_000)
        parts = piece.cut()
        assert [part.width for part in parts] == [11_000] * 7 + [3_000]
        assert (parts[0].start, parts[-1].end, len(parts)) == (piece.start, piece.end, PARTS)
        assert [Slice(T, T + width).smallest for width in (1000, 1001)] == [True, False]
        assert [part.width for part in Slice(T, T + 2000).cut()] == [1000, 1000]

    @pytest.mark.parametrize(
        ("rows", "wanted", "width"),
        [(100, 50, 5_000), (100, 400, 40_000), (8, 4000, 40_000), (18, 4000, 40_000), (40, 4000, 100_000), (0, 4, 40_000)],
    )
    def test_the_next_width_follows_how_densely_rows_lie(self, rows: int, wanted: int, width: int) -> None:
        assert next_width(Slice(T, T + 10_000), rows, wanted) == width
        assert next_width(Slice(T, T + 1000), 10_000, 5) == 1000

    @pytest.mark.parametrize(
        ("source", "start", "end"),
        [
            (SIEM_SOURCE, "2026-01-05T09:00:00.000Z", "2026-01-05T09:00:02.000Z"),
            (COMPLIANCE, "2026-01-05T08:59:59.999Z", "2026-01-05T09:00:02.001Z"),
        ],
    )
    def test_bounds_as_each_report_takes_them(self, source: Any, start: str, end: str) -> None:
        assert source.params(Slice(T, T + 2000)) == [(source.start, start), (source.end, end), ("pageSize", "1000")]

    def test_rows_of_a_report(self) -> None:
        piece = Slice(T, T + 2000)
        data = {"deviceUid": "u", "creationDateTimeUtc": "2026-01-05T09:00:00.5Z"}
        assert MISSING.row(data, piece) == Row(T + 500, "u@2026-01-05T09:00:00.5Z", data)
        assert SIEM_SOURCE.row({"id": "5"}, piece) == Row(T + 1999, "5", {"id": "5"})
        without = MISSING.row({"deviceUid": "u"}, piece)
        assert without.id == MISSING.row({"deviceUid": "u"}, piece).id != MISSING.row({"deviceUid": "v"}, piece).id
        assert len(without.id) == 32
        assert SIEM_SOURCE.row({"a": 1, "b": 2}, piece).id == SIEM_SOURCE.row({"b": 2, "a": 1}, piece).id


class Pages:
    """A client that gives these pages, or fails with what stands among them."""

    skew_seconds = 0.0

    def __init__(self, *pages: Any) -> None:
        self.content = pages
        self.calls: list[Any] = []

    def pages(self, operation: Any, params: Any) -> Iterator[list[dict[str, Any]]]:
        self.calls.append((operation, params))
        for page in self.content:
            if isinstance(page, Exception):
                raise page
            yield page


def event(seconds: float, event_id: str) -> dict[str, Any]:
    return {"id": event_id, "createdDateTimeUtc": ms_text(T + int(seconds * 1000))}


class TestReader:
    WIDE = Slice(T, T + 10_000)
    SECOND = Slice(T, T + 1000)

    def reader(self, *pages: Any, progress: Progress | None = None, left: float = 9) -> SliceReader:
        client: Any = Pages(*pages)
        return SliceReader(client, SIEM_SOURCE, progress or Progress((0, "")), Deadline(left, clock=lambda: 0.0))

    def test_rows_in_order_and_once_and_of_this_slice(self) -> None:
        reader = self.reader([event(5, "b"), event(10, "x"), event(-0.001, "y")], [event(5, "b"), event(5, "a"), event(0, "c")])
        found = reader.read(self.WIDE, 2)
        assert [one.id for one in found.rows] == ["c", "a", "b"]
        assert found.complete

    def test_too_many_pages(self) -> None:
        with pytest.raises(OverfullError, match="more than 2 pages"):
            self.reader([], [], []).read(self.WIDE, 2)
        assert self.reader([], [], [event(0, "a")]).read(self.SECOND, 2).rows

    @pytest.mark.parametrize(("count", "complete"), [(30, True), (31, False)])
    def test_the_first_new_rows_of_a_second(self, count: int, complete: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(AbsoluteFetchApiModule, "SECOND_ROWS", 30)
        page = [event(0.5, f"{number:02}") for number in range(count, 0, -1)]
        found = self.reader([*page, event(0, "seen")], progress=Progress((T + 1, ""))).read(self.SECOND, 1)
        assert [one.id for one in found.rows] == [f"{number:02}" for number in range(1, 31)]
        assert found.complete is complete

    def test_a_run_that_is_over_reads_no_further(self) -> None:
        with pytest.raises(OutOfTimeError):
            self.reader([], left=0).read(self.WIDE, 1)
        stopped = self.reader([])
        stopped.stop()
        with pytest.raises(OutOfTimeError):
            stopped.read(self.WIDE, 1)

    @pytest.mark.parametrize("error", [RepeatedCursorError("again"), *(ApiError("x", status) for status in (400, 404, 409, 410))])
    def test_what_a_smaller_slice_may_cure(self, error: Exception) -> None:
        with pytest.raises(OverfullError, match=r"again|x"):
            self.reader([], error).read(self.WIDE, 5)
        with pytest.raises(type(error)):
            self.reader([], error).read(self.SECOND, 5)

    def test_what_it_does_not_cure(self) -> None:
        with pytest.raises(ApiError):
            self.reader(ApiError("x", 503)).read(self.WIDE, 5)

    def test_a_refused_second_that_is_not_over_is_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        reader = self.reader(ApiError("in the future", 400))
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW + timedelta(milliseconds=999))
        assert reader.read(self.SECOND, 5) == Found([])
        for module in (AbsoluteClientApiModule, AbsoluteFetchApiModule):
            monkeypatch.setattr(module, "utc_now", lambda: NOW + timedelta(milliseconds=1000))
        with pytest.raises(ApiError):
            reader.read(self.SECOND, 5)


class Source:
    """A reader of these rows, of which a page holds `page`. It notes the slices that it was asked for."""

    def __init__(self, rows: list[Row], page: int = 10) -> None:
        self.rows, self.page = sorted(rows), page
        self.read_slices: list[tuple[Slice, int]] = []
        self.stopped = False

    def read(self, piece: Slice, max_pages: int) -> Found:
        self.read_slices.append((piece, max_pages))
        found = [one for one in self.rows if piece.start <= one.ms < piece.end]
        if len(found) > max_pages * self.page and not piece.smallest:
            raise OverfullError("too many")
        return Found(found)

    def stop(self) -> None:
        self.stopped = True


class TestOrder:
    WINDOW = Slice(T, T + 4 * HOUR_MS)

    def test_what_fits_a_page_is_one_slice(self) -> None:
        reader = Source([row(T + 5, "a")])
        assert list(in_time_order(reader, self.WINDOW, SIEM_SOURCE, T, 1000)) == [(self.WINDOW, Found([row(T + 5, "a")]))]
        assert reader.read_slices == [(self.WINDOW, 1)]

    def test_a_window_longer_than_may_be_asked_for_is_cut(self) -> None:
        window = Slice(T, T + 3 * DAY_MS)
        reader = Source([])
        found = list(in_time_order(reader, window, SIEM_SOURCE, T + DAY_MS, 10**9))
        assert all(piece.width <= DAY_MS for piece, _ in found)
        assert self.joined(found) == window
        assert all(pages == 5 for _, pages in reader.read_slices)

    @staticmethod
    def joined(found: list[tuple[Slice, Found]]) -> Slice:
        """The slices as one: without a gap, and none twice."""
        assert all(before.end == after.start for (before, _), (after, _) in pairwise(found))
        return Slice(found[0][0].start, found[-1][0].end)

    def test_many_rows_come_in_order_and_no_slice_lies_across_the_settled_time(self) -> None:
        rows = [row(T + number * 7919 % (4 * HOUR_MS), f"{number:04}") for number in range(3000)]
        rows += [row(T + HOUR_MS + number, f"burst {number:03}") for number in range(300)]
        settled = T + 3 * HOUR_MS
        reader = Source(rows)
        found = list(in_time_order(reader, self.WINDOW, SIEM_SOURCE, settled, 10**9))
        assert [one for _, part in found for one in part.rows] == sorted(rows)
        assert self.joined(found) == self.WINDOW
        assert not any(piece.start < settled < piece.end for piece, _ in found)
        assert reader.stopped

    def test_little_is_read_ahead_when_little_is_wanted(self) -> None:
        rows = [row(T + number * 1000, f"{number:05}") for number in range(14_000)]
        reader = Source(rows, page=1000)
        first = next(in_time_order(reader, self.WINDOW, SIEM_SOURCE, T, 10))
        assert first[1].rows[0] == rows[0]
        assert len(reader.read_slices) <= 3


def delivered(found: list[tuple[Slice, Found]], limit: int = 10_000, **options: Any) -> list[Step]:
    end = found[-1][0].end
    given: dict[str, Any] = {"progress": Progress((T - 1, "")), "judge": every_row, "settled": end, **options}
    return list(steps(found, given["progress"], end, limit, given["judge"], given["settled"]))


class TestSteps:
    def test_nothing_found_is_read_to_the_end(self) -> None:
        [last] = delivered([(Slice(T, T + 2000), Found([]))], settled=T + 1000)
        assert last == Step([], Progress((T - 1, ""), complete=T + 1000))
        [last] = delivered([(Slice(T, T + 2000), Found([]))], settled=T + 1000, progress=Progress((T, ""), complete=T + 1500))
        assert last.progress.complete == T + 1500

    def test_rows_at_the_very_end_belong_to_the_next_window(self) -> None:
        before = Progress((T, ""), {"5": T + 1000})
        [last] = delivered([(Slice(T, T + 1000), Found([]))], settled=T + 5000, progress=before)
        assert (last.progress.position, last.progress.seen) == (before.position, before.seen)

    def test_batches_and_their_progress(self) -> None:
        rows = [row(T + number, f"{number:05}") for number in range(BATCH + 1)]
        first, second, last = delivered([(Slice(T, T + 5000), Found(rows))])
        assert (first.rows, second.rows, last.rows) == (rows[:BATCH], rows[BATCH:], [])
        assert (first.progress.position, second.progress.position) == (rows[BATCH - 1].key, rows[BATCH].key)
        assert [step.more for step in (first, second, last)] == [False] * 3
        assert last.progress.complete == T + 5000

    def test_the_limit_ends_it_and_says_that_more_is_waiting(self) -> None:
        rows = [row(T + number, str(number)) for number in range(5)]
        [only] = delivered([(Slice(T, T + 1000), Found(rows))], limit=3)
        assert (only.rows, only.more) == (rows[:3], True)
        [only] = delivered([(Slice(T, T + 1000), Found(rows))], limit=5)
        assert (only.rows, only.more) == (rows, False)
        only = delivered([(Slice(T, T + 1000), Found(rows)), (Slice(T + 1000, T + 2000), Found([]))], limit=5)[0]
        assert only.more

    def test_an_incomplete_second_is_gone_on_with(self) -> None:
        first, last = delivered([(Slice(T, T + 1000), Found([row(T, "a")], complete=False))])
        assert (first.rows, first.more, last) == ([row(T, "a")], False, Step([], first.progress, more=True))

    def test_what_was_delivered_is_not_delivered_again(self) -> None:
        before = Progress((T, "a"), {"c": T + 5})
        rows = [row(T, "a"), row(T, "b"), row(T + 5, "c"), row(T + 6, "d")]
        first, _ = delivered([(Slice(T, T + 1000), Found(rows))], progress=before)
        assert [one.id for one in first.rows] == ["b", "d"]

    def test_rows_that_are_not_worth_it_move_the_position(self) -> None:
        rows = [row(T, "a"), row(T + 1, "b")]

        def judge(known: dict[str, str], data: dict[str, Any]) -> bool:
            known[data["id"]] = "judged"
            return data["id"] == "b"

        first, last = delivered([(Slice(T, T + 1000), Found(rows))], judge=judge)
        assert first.rows == rows[1:]
        assert first.progress.known == last.progress.known == {"a": "judged", "b": "judged"}

    def test_no_more_late_rows_than_can_be_remembered(self) -> None:
        seen = {str(number): T + 500 for number in range(SEEN_LIMIT)}
        assert delivered([(Slice(T, T + 1000), Found([row(T + 1, "new")]))], progress=Progress((T, ""), seen), settled=T) == []

    def test_taking(self) -> None:
        fresh = deque([row(T, "a"), row(T + 1, "b"), row(T + 2, "c"), row(T + 3, "d")])
        taken, wanted = take(fresh, 9, 1, T + 2, lambda data: data["id"] != "b")
        assert [one.id for one in taken] == ["a", "b", "c"]
        assert [one.id for one in wanted] == ["a", "c"]
        assert [one.id for one in fresh] == ["d"]

    def test_a_batch_is_full_even_when_little_of_it_is_wanted(self) -> None:
        fresh = deque(row(T + number, str(number)) for number in range(BATCH + 5))
        taken, wanted = take(fresh, 9, 1, T, lambda data: False)
        assert (len(taken), wanted) == (BATCH, [])
