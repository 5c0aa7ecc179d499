"""Events that happen while the soak runs: a steady stream, bursts at one moment, and some that are recorded late."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from local_absolute import LocalTenant

BACKLOG = 8_000  # events of the time before the soak
BACKLOG_TIME = timedelta(hours=6)
EVENTS_PER_MINUTE = 100  # of the tenant's time
STREAM_DELAY = timedelta(seconds=20)  # from creation to being seen
LATEST = timedelta(minutes=4, seconds=30)  # less than the look-back of the job, which is five minutes
LARGE_BURST = 2_500  # more than two pages


class Arrivals:
    """Call `happen` again and again: each time something happens that the seed says."""

    def __init__(self, tenant: LocalTenant, seed: int) -> None:
        self._tenant = tenant
        self._random = random.Random(f"arrivals {seed}")
        self._kinds: tuple[tuple[Callable[[], None], int], ...] = (
            (self._one, 60),
            (self._late, 60),
            (self._late_burst, 9),
            (self._burst, 9),
            (self._large_burst, 1),
            (self._nothing, 120),
        )

    def begin(self) -> None:
        seed = self._random.randrange(2**32)
        self._tenant.siem.generate(BACKLOG, BACKLOG_TIME, seed=seed)
        self._tenant.siem.run(EVENTS_PER_MINUTE, seed=seed + 1, late=STREAM_DELAY)

    def happen(self) -> None:
        kinds, weights = zip(*self._kinds, strict=True)
        self._random.choices(kinds, weights)[0]()

    def end(self) -> None:
        self._tenant.siem.run(0)

    def _one(self) -> None:
        self._record(1, timedelta())

    def _late(self) -> None:
        self._record(1, self._lateness())

    def _late_burst(self) -> None:
        self._record(self._random.randint(2, 300), self._lateness())

    def _burst(self) -> None:
        self._record(self._random.randint(2, 300), timedelta())

    def _large_burst(self) -> None:
        self._record(LARGE_BURST, timedelta())

    def _nothing(self) -> None:
        pass

    def _lateness(self) -> timedelta:
        return self._random.random() * LATEST

    def _record(self, count: int, late: timedelta) -> None:
        """So many events with one creation time, all seen from now on."""
        siem, now = self._tenant.siem, self._tenant.clock.now()
        device = siem.device(self._random.choice(self._tenant.devices)["deviceUid"])
        for _ in range(count):
            siem.record("DeviceUserInformationUpdated", target=device, created=now - late, visible_at=now)
