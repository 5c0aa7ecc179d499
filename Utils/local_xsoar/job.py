"""A scheduled fetch of one instance, as the platform runs it: again and again, sooner when lastRun asks for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from local_xsoar.command_run import CommandRun
from local_xsoar.demisto_api import NEXT_TRIGGER
from local_xsoar.ending import Stop
from local_xsoar.job_clock import TenantClock
from local_xsoar.job_screen import Fetched, Screen
from local_xsoar.job_state import Fetch, Intake, StoredInstance
from local_xsoar.war_room import WarRoom


@dataclass
class Job:
    """`room` is on a StoredInstance; `every` is in seconds of the tenant, from the start of a run to that of the next."""

    room: WarRoom
    fetch: Fetch
    every: float
    clock: TenantClock
    screen: Screen
    stop: Stop = field(default_factory=Stop)

    def run(self, runs: int | None = None) -> bool:
        """Fetches until `stop` is set, or so many times. Tells whether the last run succeeded.

        `stop` lets the run under way come to its end.
        """
        more = itertools.count() if runs is None else range(runs - 1)
        with self.clock.watching():
            fetched = self._fetch_once()
            for _ in more:
                with self.screen.waiting():
                    self.clock.wait(fetched.next_in, self.stop)
                if self.stop.is_set():
                    break
                fetched = self._fetch_once()
        return fetched.run.ok

    def _fetch_once(self) -> Fetched:
        instance = self.room.instance
        assert isinstance(instance, StoredInstance)
        instance.intake = Intake()
        began = self.clock.seconds()
        run = self.room.execute(f"fetch-{self.fetch}")
        took = self.clock.seconds() - began
        fetched = Fetched(
            ended_at=self.clock.now(),
            seconds=took / self.clock.speed,
            run=run,
            intake=instance.intake,
            taken=instance.folder.taken,
            next_in=self._next_in(run, instance.last_run, took),
        )
        self.screen.show(fetched)
        return fetched

    def _next_in(self, run: CommandRun, last_run: dict[str, Any], took: float) -> float:
        """Tenant seconds until the next run. A run that failed does not hurry, whatever it had asked for before."""
        try:
            return float(last_run[NEXT_TRIGGER] if run.ok else "")
        except (KeyError, TypeError, ValueError):
            return max(0.0, self.every - took)
