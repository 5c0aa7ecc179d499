"""Dual approval: requests for many devices wait until a second administrator approves or declines them in the console."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from .clock import Clock

AUTO_DECLINE_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class _Waiting:
    granted: Callable[[], None]
    refused: Callable[[str], None]


class Approvals:
    """The requests that wait for approval. `threshold` is the largest number of devices that needs none, None = never."""

    def __init__(self, clock: Clock, lock: threading.RLock) -> None:
        self.threshold: int | None = None
        self._clock = clock
        self._lock = lock
        self._waiting: dict[str, _Waiting] = {}

    @property
    def pending(self) -> list[str]:
        """requestUids, oldest first."""
        return list(self._waiting)

    def required(self, devices: int) -> bool:
        return self.threshold is not None and devices > self.threshold

    def submit(self, request_uid: str, granted: Callable[[], None], refused: Callable[[str], None]) -> None:
        """Asks for approval. `refused` gets the requestStatus that the request ends in."""
        self._waiting[request_uid] = _Waiting(granted, refused)
        self._clock.call_at(self._clock.now() + AUTO_DECLINE_AFTER, partial(self._auto_decline, request_uid))

    def approve(self, request_uid: str) -> None:
        """KeyError when the request does not wait for approval."""
        with self._lock:
            self._waiting.pop(request_uid).granted()

    def decline(self, request_uid: str) -> None:
        """KeyError as for approve."""
        with self._lock:
            self._waiting.pop(request_uid).refused("Failed")

    def withdraw(self, request_uid: str) -> None:
        """The requester takes the request back. KeyError as for approve."""
        with self._lock:
            self._waiting.pop(request_uid).refused("Canceled")

    def _auto_decline(self, request_uid: str) -> None:
        with self._lock:
            if request_uid in self._waiting:
                self.decline(request_uid)
