"""The soak itself: arrivals, weather and kills for some minutes, then the proof."""

from __future__ import annotations

import threading
import time
from collections import Counter
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
EVERY = "30s"
TICK_SECONDS = 0.25
CATCH_UP_SECONDS = 120
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


def soak(minutes: float, seed: int, folder: Path) -> Report:
    """Runs for so many minutes, and as long as the job needs to catch up in the end. `folder` gets everything."""
    load_integration(INTEGRATION)  # prepared once: a job that is killed while it prepares would begin anew each time
    options = replace(STRICT, cursor_lifetime=CURSOR_LIFETIME, siem=HABITS[seed % len(HABITS)])
    with LocalTenant(devices=40, seed=seed, clock=RunningClock(CLOCK_SPEED), options=options) as tenant:
        token = tenant.tokens.create_symmetric()
        params = {
            "url": tenant.url,
            "credentials": {"identifier": token.id, "password": token.secret},
            "max_events_per_fetch": str(MAX_EVENTS_PER_FETCH),
        }
        arrivals, weather = Arrivals(tenant, seed), Weather(tenant, seed)
        job = JobProcess(folder, params, EVERY, CLOCK_SPEED, seed)
        arrivals.begin()
        try:
            _live_and_die(minutes, arrivals, weather, job)
            job.start()
            time.sleep(STREAM_DELAY.total_seconds() / CLOCK_SPEED + TICK_SECONDS)
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


def _live_and_die(minutes: float, arrivals: Arrivals, weather: Weather, job: JobProcess) -> None:
    """Starts and kills the job until the time is over; meanwhile events arrive and calls fail."""
    over = threading.Event()
    world = threading.Thread(target=_turn, args=(over, arrivals, weather), name="soak-world")
    world.start()
    end = time.monotonic() + minutes * 60
    try:
        while time.monotonic() < end:
            job.start()
            job.live(end)
            job.pause()
    finally:
        over.set()
        world.join()


def _turn(over: threading.Event, arrivals: Arrivals, weather: Weather) -> None:
    while not over.wait(TICK_SECONDS):
        arrivals.happen()
        weather.change()
    arrivals.end()
    weather.clear()


def _catch_up(job: JobProcess, retained: set[str]) -> None:
    """Returns when the job has all that is retained, or when it had time enough for that."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        time.sleep(1)
        if retained <= {event["id"] for event in read_lines(job.state / "events.jsonl")}:
            return
