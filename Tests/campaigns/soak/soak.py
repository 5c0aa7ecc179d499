"""The soak itself: arrivals, weather and kills for some minutes, then the proof."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from local_absolute import STRICT, LocalTenant, RunningClock, SiemOptions
from local_xsoar import load_integration
from local_xsoar.job_state import read_lines
from pack_files import INTEGRATION

from .arrivals import STREAM_DELAY, Arrivals
from .job_process import JobProcess
from .proof import Proof, prove
from .weather import Weather

CLOCK_SPEED = 20  # tenant seconds per second: a look-back of five minutes passes in 15 seconds
TICK_SECONDS = 0.25
CATCH_UP_SECONDS = 120
LONGEST_SECONDS = 30  # of a life after the time is over
CURSOR_LIFETIME = timedelta(seconds=30)
# What the API leaves open. Where cursors are offsets, what arrives moves rows from page to page.
HABITS = (
    SiemOptions(order="shuffled", timestamps="mixed"),
    SiemOptions(order="newest first", cursors="offset", timestamps="milliseconds"),
    SiemOptions(order="oldest first", cursors="offset", timestamps="ticks"),
    SiemOptions(order="oldest first", cursors="key", timestamps="milliseconds"),
)
MAX_EVENTS_PER_FETCH = 5_000  # less than what waits at times: the job has to hurry


@dataclass(frozen=True)
class Report:
    proof: Proof
    kills: int
    runs: int
    failed_runs: int
    faults: Counter[str]
    exit_status: int
    printed: str

    @property
    def succeeded(self) -> bool:
        return self.proof.holds and self.exit_status == 0


def soak(minutes: float, seed: int, folder: Path, pace: float = 1, kills: int = 0, failed_calls: int = 0) -> Report:
    """Runs for so many minutes, and as long as the job needs to catch up in the end. `folder` gets everything.

    With a `pace` of 3 the same happens in a third of the time; but not before there were so many `kills` and `failed_calls`.
    """
    clock_speed = CLOCK_SPEED * pace
    load_integration(INTEGRATION)  # prepared once: a job that is killed while it prepares would begin anew each time
    options = replace(STRICT, cursor_lifetime=CURSOR_LIFETIME * pace, siem=HABITS[seed % len(HABITS)])
    with LocalTenant(devices=40, seed=seed, clock=RunningClock(clock_speed), options=options) as tenant:
        token = tenant.tokens.create_symmetric()
        params = {
            "url": tenant.url,
            "credentials": {"identifier": token.id, "password": token.secret},
            "max_events_per_fetch": str(MAX_EVENTS_PER_FETCH),
        }
        arrivals, weather = Arrivals(tenant, seed), Weather(tenant, seed)
        job = JobProcess(folder, params, clock_speed, seed, pace)
        arrivals.begin()
        try:
            with _world(TICK_SECONDS / pace, arrivals, weather):
                end = time.monotonic() + minutes * 60 / pace
                while not (late := time.monotonic() >= end) or job.kills < kills or weather.hits().total() < failed_calls:
                    job.start()
                    job.live(time.monotonic() + LONGEST_SECONDS if late else end)
                    job.pause()
            job.start()
            time.sleep(STREAM_DELAY.total_seconds() / clock_speed + TICK_SECONDS)
            retained = {event.id for event in tenant.siem.visible()}
            _catch_up(job, retained)
            exit_status = job.end()
        finally:
            job.stop()
    printed = job.printed()
    return Report(
        proof=prove(job.state, retained),
        kills=job.kills,
        runs=printed.count(" in all; "),
        failed_runs=printed.count("  failed: "),
        faults=weather.hits(),
        exit_status=exit_status,
        printed=printed,
    )


@contextmanager
def _world(tick: float, arrivals: Arrivals, weather: Weather) -> Iterator[None]:
    """Meanwhile events arrive and calls fail."""
    over = threading.Event()
    world = threading.Thread(target=_turn, args=(over, tick, arrivals, weather), name="soak-world")
    world.start()
    try:
        yield
    finally:
        over.set()
        world.join()


def _turn(over: threading.Event, tick: float, arrivals: Arrivals, weather: Weather) -> None:
    while not over.wait(tick):
        arrivals.happen()
        weather.change()
    arrivals.end()
    weather.clear()


def _catch_up(job: JobProcess, retained: set[str]) -> None:
    """Returns when the job has all that is retained, or when it had time enough for that."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        time.sleep(TICK_SECONDS)
        if retained <= {event["id"] for event in read_lines(job.state / "events.jsonl")}:
            return
