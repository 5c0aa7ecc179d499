"""Events that happen while the soak runs: a steady stream, bursts at one moment, and some that are recorded late."""

from __future__ import annotations

import random
from datetime import timedelta

from local_absolute import LocalTenant

BACKLOG = 8_000  # events of the time before the soak
BACKLOG_TIME = timedelta(hours=6)
EVENTS_PER_MINUTE = 100  # of the tenant's time
STREAM_DELAY = timedelta(seconds=20)  # from creation to being seen
LATEST = timedelta(minutes=4, seconds=30)  # less than the look-back of the job, which is five minutes
LARGE_BURST = 2_500  # more than two pages


# What happens: the fewest and most events, whether they are recorded late, and how often that is.
KINDS = (
    (1, 1, False, 60),
    (1, 1, True, 60),
    (2, 300, True, 9),
    (2, 300, False, 9),
    (LARGE_BURST, LARGE_BURST, False, 1),
    (0, 0, False, 120),
)


class Arrivals:
    """Call `happen` again and again: each time something happens that the seed says."""

    def __init__(self, tenant: LocalTenant, seed: int) -> None:
        self._tenant = tenant
        self._random = random.Random(f"arrivals {seed}")

    def begin(self) -> None:
        seed = self._random.randrange(2**32)
        self._tenant.siem.generate(BACKLOG, BACKLOG_TIME, seed=seed)
        self._tenant.siem.run(EVENTS_PER_MINUTE, seed=seed + 1, late=STREAM_DELAY)

    def happen(self) -> None:
        ((fewest, most, late, _),) = self._random.choices(KINDS, [often for *_, often in KINDS])
        self._record(self._random.randint(fewest, most), self._random.random() * LATEST if late else timedelta())

    def end(self) -> None:
        self._tenant.siem.run(0)

    def _record(self, count: int, late: timedelta) -> None:
        """So many events with one creation time, all seen from now on."""
        siem, now = self._tenant.siem, self._tenant.clock.now()
        device = siem.device(self._random.choice(self._tenant.devices)["deviceUid"])
        for _ in range(count):
            siem.record("DeviceUserInformationUpdated", target=device, created=now - late, visible_at=now)
