"""The tenant's time, and what is due at which moment of it.

Agents, token expiry, schedules, events and the Date header of answers follow this clock. Only the check of a signature's
issuedAt uses the host's clock, because the caller signs with that of its own host.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

Callback = Callable[[], None]


class Agenda:
    """Callbacks ordered by the moment they are due; equal moments run in the order they were added."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Callback]] = []
        self._numbers = itertools.count()
        self.changed = threading.Condition()

    def add(self, due: datetime, callback: Callback) -> None:
        with self.changed:
            heapq.heappush(self._entries, (due, next(self._numbers), callback))
            self.changed.notify_all()

    def next_due(self) -> datetime | None:
        with self.changed:
            return self._entries[0][0] if self._entries else None

    def take_due(self, now: datetime) -> tuple[datetime, Callback] | None:
        """Removes and returns the earliest entry due at or before `now`. Run it outside: it may add entries."""
        with self.changed:
            if not self._entries or self._entries[0][0] > now:
                return None
            due, _, callback = heapq.heappop(self._entries)
            return due, callback


class Clock(ABC):
    def __init__(self) -> None:
        self._agenda = Agenda()

    @abstractmethod
    def now(self) -> datetime:
        """The tenant's time, aware, UTC."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Returns when `seconds` of tenant time have passed and everything due in them was done."""

    def call_at(self, due: datetime, callback: Callback) -> None:
        """Runs `callback` once the tenant's time reaches `due`."""
        self._agenda.add(due, callback)

    def start(self) -> None:  # noqa: B027 (a clock that needs no thread has nothing to do)
        """Called by each tenant that starts on this clock."""

    def stop(self) -> None:  # noqa: B027
        """Called by each tenant that stops on this clock."""


class ManualClock(Clock):
    """Stands still until told to advance. Starts at the host's current time unless told otherwise."""

    def __init__(self, start: datetime | None = None) -> None:
        super().__init__()
        self._now = (start or datetime.now(timezone.utc)).astimezone(timezone.utc)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        target = self._now + timedelta(seconds=seconds)
        while entry := self._agenda.take_due(target):
            due, callback = entry
            self._now = max(self._now, due)
            callback()
        self._now = target


class RunningClock(Clock):
    """Runs `speed` tenant seconds per real second from the host's current time; due work is done by a thread."""

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__()
        self.speed = speed
        self._start = datetime.now(timezone.utc)
        self._started_at = time.monotonic()
        self._users = 0
        self._thread: threading.Thread | None = None

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._started_at) * self.speed)

    def advance(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)

    def start(self) -> None:
        with self._agenda.changed:
            self._users += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tenant-clock", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        with self._agenda.changed:
            self._users -= 1
            if self._users:
                return
            thread, self._thread = self._thread, None
            self._agenda.changed.notify_all()
        if thread:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._agenda.changed:
                if self._thread is not threading.current_thread():
                    return
                due = self._agenda.next_due()
                wait = None if due is None else (due - self.now()).total_seconds() / self.speed
                if wait is None or wait > 0:
                    self._agenda.changed.wait(wait)
                    continue
            if entry := self._agenda.take_due(self.now()):
                entry[1]()
