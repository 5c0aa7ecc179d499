"""The account's request limit: at most `limit` calls within any second of real time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """Sliding window of one second over all tokens of the account. Refused calls do not count. None = unlimited."""

    def __init__(self, limit: int | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._monotonic = monotonic
        self._accepted: deque[float] = deque()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Counts this call and returns True, or returns False when it exceeds the limit."""
        if self.limit is None:
            return True
        with self._lock:
            now = self._monotonic()
            while self._accepted and self._accepted[0] <= now - 1.0:
                self._accepted.popleft()
            if len(self._accepted) >= self.limit:
                return False
            self._accepted.append(now)
            return True
