"""Things that go on at the same time, on a clock that somebody else moves.

A process is an iterator: it gives the seconds that it waits, or a Latch that somebody opens. Processes that can go on do so
one after the other, those started last first; when none can, the clock moves to the next moment that one waits for.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable, Iterator

from local_xsoar.scheduler import WaitFor


class Latch:
    """A moment that processes wait for. It stays open once it is."""

    def __init__(self) -> None:
        self.is_open = False
        self._waiting: list[Process] = []
        self._processes: Processes | None = None

    def open(self) -> None:
        self.is_open = True
        if self._processes:
            self._processes.start(self._waiting)
        self._waiting = []

    def admit(self, process: Process, processes: Processes) -> None:
        self._processes = processes
        if self.is_open:
            processes.start([process])
        else:
            self._waiting.append(process)


Process = Iterator["float | Latch"]


class Processes:
    """`wait(seconds)` moves the clock."""

    def __init__(self, wait: WaitFor) -> None:
        self.now = 0.0
        self._wait = wait
        self._ready: deque[Process] = deque()
        self._sleeping: list[tuple[float, int, Process]] = []
        self._numbers = itertools.count()

    def start(self, processes: Iterable[Process]) -> None:
        """They go on before all others, in their order."""
        self._ready.extendleft(reversed(list(processes)))

    def run(self) -> None:
        """Until no process is left that time alone moves on."""
        while self._ready or self._sleeping:
            if self._ready:
                self._advance(self._ready.popleft())
            else:
                self._sleep()

    def _advance(self, process: Process) -> None:
        for pause in process:
            if isinstance(pause, Latch):
                pause.admit(process, self)
            else:
                heapq.heappush(self._sleeping, (self.now + pause, next(self._numbers), process))
            return

    def _sleep(self) -> None:
        due, _, process = heapq.heappop(self._sleeping)
        if due > self.now:
            self._wait(due - self.now)
            self.now = due
        self._ready.append(process)
