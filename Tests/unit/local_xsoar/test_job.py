"""The scheduled fetch: when it runs, what it shows, what it keeps, and that it can be killed at any moment."""

from __future__ import annotations

import argparse
import contextlib
import http.server
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from local_xsoar import Integration, PlatformModules, WarRoom, ending
from local_xsoar.ending import Stop
from local_xsoar.job import Job
from local_xsoar.job_clock import TenantClock
from local_xsoar.job_command import run_job, seconds
from local_xsoar.job_screen import Screen
from local_xsoar.job_state import Fetch, Lines, StateError, StateFolder, StoredInstance, read_lines, read_starts, read_takes
from rich.console import Console

SAMPLE = Path(__file__).parent / "data" / "Packs" / "Sample" / "Integrations" / "Sample"
UTILS = Path(__file__).parents[3] / "Utils"
ENDED_BY_KILL = -signal.SIGKILL


class PatientClock(TenantClock):
    """Writes down the waits instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, seconds: float, stop: Stop) -> None:
        self.waits.append(seconds)


class Bench:
    """Starts jobs of the Sample integration on one state folder, one after the other."""

    def __init__(self, sample: Integration, modules: PlatformModules, path: Path) -> None:
        self.sample, self.modules, self.path = sample, modules, path
        self.output = io.StringIO()
        self.console = Console(file=self.output, width=200, color_system=None)
        self.clock = PatientClock()

    @property
    def shown(self) -> str:
        return self.output.getvalue()

    @contextlib.contextmanager
    def job(self, *steps: str, fetch: Fetch = "events", every: float = 60) -> Iterator[Job]:
        folder = StateFolder(self.path, fetch)
        room = WarRoom(
            self.sample, {"steps": ",".join(steps)}, self.modules, instance_type=partial(StoredInstance, folder=folder)
        )
        try:
            yield Job(room, fetch, every, self.clock, Screen(self.console, fetch))
        finally:
            folder.close()

    def run(self, *steps: str, fetch: Fetch = "events", runs: int = 1) -> bool:
        with self.job(*steps, fetch=fetch) as job:
            return job.run(runs)

    def command(self, *steps: str, runs: int | None = 1, fetch: Fetch = "events") -> int:
        options = argparse.Namespace(fetch=fetch, every=60.0, state=self.path, runs=runs, collector=False)
        return run_job(self.console, self.sample, {"steps": ",".join(steps)}, self.modules, options, clock_speed=1e6)

    def process(self, *steps: str, more: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """A job in a process of its own."""
        program = [sys.executable, "-m", "local_xsoar", "job", str(SAMPLE), "--fetch", "events", "--state", str(self.path), *more]
        params = json.dumps({"steps": ",".join(steps), "credentials": {"identifier": "me", "password": "hush"}})
        environment = {**os.environ, "PYTHONPATH": str(UTILS), "XSOAR_INSTANCE_PARAMS": params}
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def kept(self, fetch: Fetch = "events") -> list[dict[str, Any]]:
        return list(read_lines(self.path / f"{fetch}.jsonl"))

    def numbers(self) -> list[int]:
        return [event["number"] for event in self.kept()]

    def last_run(self) -> Any:
        return json.loads((self.path / "last_run.json").read_text("utf-8"))


@pytest.fixture
def bench(sample: Integration, platform_modules: PlatformModules, tmp_path: Path) -> Bench:
    return Bench(sample, platform_modules, tmp_path / "state")


class TestWhatIsKept:
    def test_events_and_last_run_reach_the_folder_and_the_next_job_goes_on_there(self, bench: Bench) -> None:
        assert bench.run("send", "save", runs=2)
        assert bench.run("send", "save")
        assert bench.numbers() == [0, 1, 2, 3, 4, 5]
        kept = bench.last_run()
        assert (kept["fetch"], kept["taken"], kept["lastRun"]["number"]) == ("events", 6, 6)

    def test_fetched_documents_are_not_held_in_memory(self, bench: Bench) -> None:
        with bench.job("send", "save") as job:
            job.run(3)
            assert job.room.events() == []
            assert len(job.room.instance.health) == 1
        with Bench(bench.sample, bench.modules, bench.path.with_name("other")).job("incidents", "save", fetch="incidents") as job:
            job.run(3)
            assert job.room.incidents == []

    def test_events_of_a_failed_run_stay_and_so_does_what_it_had_set(self, bench: Bench) -> None:
        assert not bench.run("send", "save", "send", "fail")
        assert bench.numbers() == [0, 1, 2, 3]
        assert bench.last_run()["lastRun"]["number"] == 2
        assert bench.last_run()["taken"] == 2

    def test_incidents_are_taken_when_the_run_has_ended_well(self, bench: Bench) -> None:
        assert not bench.run("incidents", "save", "fail", fetch="incidents")
        assert bench.kept("incidents") == []
        assert bench.run("incidents", "save", fetch="incidents")
        assert [incident["name"] for incident in bench.kept("incidents")] == ["Sample 0", "Sample 1"]
        assert bench.last_run()["taken"] == 2

    def test_the_integration_context_survives(self, bench: Bench) -> None:
        for runs in ("1", "2"):
            with bench.job() as job:
                assert job.room.execute("sample-state").contents["runs"] == int(runs)
                assert job.room.integration_context == {"runs": runs}

    def test_nobody_else_reads_the_folder(self, bench: Bench) -> None:
        bench.run("send", "save")
        assert bench.path.stat().st_mode & 0o077 == 0
        assert (bench.path / "events.jsonl").stat().st_mode & 0o077 == 0

    def test_one_job_at_a_time(self, bench: Bench) -> None:
        with bench.job(), pytest.raises(StateError, match="Another job runs on"):
            bench.run()

    def test_one_fetch_per_folder(self, bench: Bench) -> None:
        bench.run("send", "save")
        with pytest.raises(StateError, match="the state of a job that fetches events"):
            StateFolder(bench.path, "incidents")

    @given(cut=st.integers(min_value=0, max_value=60))
    def test_a_line_that_was_cut_off_is_dropped(self, tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
        path = tmp_path_factory.mktemp("lines") / "events.jsonl"
        documents: list[dict[str, Any]] = [{"id": 1, "text": "é\n"}, {"id": 2}, {"id": 3}]
        Lines(path).append(documents)
        whole = path.read_bytes()
        path.write_bytes(whole[:cut])
        survivors = whole[:cut].count(b"\n")
        lines = Lines(path)
        assert lines.count == survivors
        lines.append([{"id": 4}])
        assert list(read_lines(path)) == [*documents[:survivors], {"id": 4}]


class TestWhenItRuns:
    def test_the_time_from_start_to_start_is_the_interval(self, bench: Bench) -> None:
        with bench.job("save", every=60) as job:
            job.run(3)
        assert len(bench.clock.waits) == 2
        assert all(50 < wait <= 60 for wait in bench.clock.waits)

    def test_a_run_that_took_longer_than_the_interval_is_followed_at_once(self, bench: Bench) -> None:
        with bench.job("save", every=1e-6) as job:
            job.run(2)
        assert bench.clock.waits == [0.0]

    def test_next_trigger_says_when(self, bench: Bench) -> None:
        bench.run("send", "hurry", runs=2)
        assert bench.clock.waits == [0.0]

    def test_next_trigger_of_the_run_before_counts_no_more(self, bench: Bench) -> None:
        with bench.job("send", "hurry") as job:
            job.run(1)
            job.room.instance.params["steps"] = "save"
            job.run(2)
        assert [wait > 50 for wait in bench.clock.waits] == [True]

    def test_a_next_trigger_that_is_no_number_counts_as_none(self, bench: Bench) -> None:
        bench.run("babble", runs=2)
        assert [wait > 50 for wait in bench.clock.waits] == [True]

    def test_a_failed_run_does_not_hurry(self, bench: Bench) -> None:
        bench.run("send", "hurry", "fail", runs=2)
        assert [wait > 50 for wait in bench.clock.waits] == [True]

    def test_the_clock_is_the_servers_and_runs_at_its_speed(self) -> None:
        clock = TenantClock(speed=3600)
        with server_with_date("Mon, 05 Jan 2026 08:20:01 GMT") as url, clock.watching():
            requests.get(url, timeout=5)
            seen = clock.now()
        assert datetime(2026, 1, 5, 8, 20, 1, tzinfo=timezone.utc) <= seen < datetime(2026, 1, 6, tzinfo=timezone.utc)
        assert clock.now() > seen

    def test_a_date_that_is_none_changes_nothing(self) -> None:
        clock = TenantClock()
        with server_with_date("yesterday") as url, clock.watching():
            requests.get(url, timeout=5)
        assert abs((clock.now() - datetime.now(timezone.utc)).total_seconds()) < 5


@contextlib.contextmanager
def server_with_date(date: str) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", date)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class TestWhatIsShown:
    def test_events(self, bench: Bench) -> None:
        assert bench.command("send", "save", runs=2) == 0
        assert "Sample (Community Contribution): fetch-events every 60 s of the tenant's time." in bench.shown
        assert "2 events, newest 2026-01-01 00:00:01; 2 in all" in bench.shown
        assert "2 events, newest 2026-01-01 00:00:03; 4 in all" in bench.shown
        assert "Ended. 4 events in all." in bench.shown

    def test_incidents_with_name_and_severity(self, bench: Bench) -> None:
        assert bench.command("incidents", "save", fetch="incidents") == 0
        assert "High      Sample 0\n" in bench.shown
        assert "High      Sample 1\n" in bench.shown

    @pytest.mark.parametrize(
        ("number", "said"), [(0, "0 incidents in"), (1, "1 incident in"), (2, "2 incidents in"), (1000, "1,000 incidents in")]
    )
    def test_how_many(self, bench: Bench, number: int, said: str) -> None:
        Screen(bench.console, "incidents").end(number)
        assert bench.shown == f"Ended. {said} all.\n"

    def test_of_many_incidents_the_last(self, bench: Bench) -> None:
        bench.command(*["incidents"] * 6, "save", fetch="incidents")
        assert "… 2 more, then\n    High      Sample 2\n" in bench.shown

    def test_a_failed_run_is_shown_and_the_job_goes_on(self, bench: Bench) -> None:
        assert bench.command("send", "fail", runs=2) == 1
        assert bench.shown.count("failed: Failed to execute fetch-events command. Error: The API does not answer.") == 2
        assert "2 events, newest 2026-01-01 00:00:01; 4 in all" in bench.shown

    def test_what_the_integration_complains_of_without_failing(self, bench: Bench) -> None:
        assert bench.command("log", "save") == 0
        assert "    One of two pages is missing.\n" in bench.shown
        bench.command(*["log"] * 8)
        assert "… 3 more lines in the log" in bench.shown

    def test_what_may_come_again(self, bench: Bench) -> None:
        bench.run("send", "save", "send", "fail")
        bench.command("save")
        assert "2 events may come again." in bench.shown


class TestProcess:
    def test_killed_between_sending_and_saving(self, bench: Bench) -> None:
        process = bench.process("send", "save", "send", "die")
        assert process.communicate(timeout=60)
        assert process.returncode == ENDED_BY_KILL
        assert bench.run("send", "save")
        assert bench.numbers() == [0, 1, 2, 3, 2, 3]
        assert [(start.taken, start.known) for start in read_starts(bench.path)] == [(0, 0), (4, 2)]
        assert read_takes(bench.path) == [2, 4, 6]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_it_cleanly_and_no_secret_was_printed(self, bench: Bench, number: signal.Signals) -> None:
        process = bench.process("send", "save", more=("--every", "2h"))
        assert process.stdout is not None
        shown = ""
        while "2 in all" not in shown:
            shown += process.stdout.readline()
        process.send_signal(number)
        shown += process.communicate(timeout=60)[0]
        assert process.returncode == 0
        assert shown.endswith("Ended. 2 events in all.\n")
        assert "hush" not in shown

    def test_a_folder_in_use_is_refused(self, bench: Bench) -> None:
        with bench.job():
            process = bench.process("send")
            shown = process.communicate(timeout=60)[0]
        assert (process.returncode, "Another job runs on" in shown) == (2, True)

    def test_a_signal_lets_the_run_end_and_the_second_one_does_not(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        signals: list[bool] = []
        before = signal.getsignal(signal.SIGINT)  # ignored where the tests are started in the background

        def interrupted(room: WarRoom, name: str) -> Any:
            signal.raise_signal(signal.SIGINT)
            signals.append(True)
            return run(room, name)

        run = WarRoom.execute
        monkeypatch.setattr(WarRoom, "execute", interrupted)
        assert bench.command("send", "save", runs=None) == 0
        assert (signals, bench.numbers()) == ([True], [0, 1])
        assert signal.getsignal(signal.SIGINT) is before


class TestStop:
    @pytest.mark.parametrize("moment", range(20))
    def test_it_may_be_set_at_any_moment_of_the_wait(self, moment: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """As by a handler of signals: in the thread that waits, between two lines of whatever it runs there."""
        monkeypatch.setattr(ending, "TURN_SECONDS", 0.01)
        stop, lines = Stop(), itertools.count()

        def trace(*_: object) -> Any:
            if next(lines) == moment:
                stop.set()
            return trace

        def wait() -> None:
            sys.settrace(trace)
            stop.wait()

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()

    def test_it_waits_as_long_as_it_is_told(self) -> None:
        assert not Stop().wait(0)


class TestOptions:
    @pytest.mark.parametrize(("text", "expected"), [("30s", 30), ("1m", 60), ("1.5h", 5400)])
    def test_times(self, text: str, expected: float) -> None:
        assert seconds(text) == expected

    @pytest.mark.parametrize("text", ["", "5", "0s", "1d", "-1m", "1m30s"])
    def test_no_times(self, text: str) -> None:
        with pytest.raises(argparse.ArgumentTypeError, match="no time such as"):
            seconds(text)
