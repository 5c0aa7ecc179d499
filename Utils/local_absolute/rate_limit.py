"""The account's request limit: at most `limit` calls within any second of real time."""

from __future__ import annotations

import bisect
import threading


class RateLimit:
    """Sliding window of one second over all tokens of the account. Refused calls do not count. None = unlimited.

    What counts is when a call came in, not when its turn to be processed comes: the API's limiter stands at its edge.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._accepted: list[float] = []
        self._lock = threading.Lock()

    def admits(self, arrived: float) -> bool:
        """Counts a call that came in then, in seconds since 1970, and returns True; or returns False when a second would hold
        more calls than the limit. Calls may be asked for in any order."""
        if self.limit is None:
            return True
        with self._lock:
            place = bisect.bisect(self._accepted, arrived)
            near = [*self._accepted[max(place - self.limit, 0) : place], arrived, *self._accepted[place : place + self.limit]]
            if any(first > last - 1.0 for first, last in zip(near, near[self.limit :], strict=False)):
                return False
            self._accepted.insert(place, arrived)
            # No call waits for its turn while the account makes ten seconds' worth of others.
            del self._accepted[: -10 * self.limit]
            return True
