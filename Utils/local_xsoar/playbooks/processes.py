"""Things that go on at the same time, on a clock that somebody else moves.

A process is an iterator: it gives the seconds that it waits, a Latch that somebody opens, or TURN where another one may go on.
Processes that can go on do so one after the other; when none can, the clock moves to the next moment that one waits for. Without
a seed those started last go first, and none gives way at TURN; with one, chance decides who is next, the same for each seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterable, Iterator

from local_xsoar.scheduler import WaitFor


class Turn:
    """A place where another process may go on."""


TURN = Turn()


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


Process = Iterator["float | Latch | Turn"]


class Processes:
    """`wait(seconds)` moves the clock."""

    def __init__(self, wait: WaitFor, seed: int | None = None) -> None:
        self.now = 0.0
        self._wait = wait
        self._chance = None if seed is None else random.Random(seed)  # nothing is kept secret with it
        self._ready: list[Process] = []
        self._sleeping: list[tuple[float, int, Process]] = []
        self._numbers = itertools.count()

    def start(self, processes: Iterable[Process]) -> None:
        """Without a seed they go on before all others, in their order."""
        self._ready[:0] = processes

    def stop(self, processes: Iterable[Process]) -> None:
        """They go on no more. Those that have ended are left as they are."""
        for process in processes:
            self._ready = [one for one in self._ready if one is not process]
            self._sleeping = [one for one in self._sleeping if one[2] is not process]
        heapq.heapify(self._sleeping)

    def run(self) -> None:
        """Until no process is left that time alone moves on."""
        while self._ready or self._sleeping:
            if self._ready:
                self._advance(self._ready.pop(self._chance.randrange(len(self._ready)) if self._chance else 0))
            else:
                self._sleep()

    def _advance(self, process: Process) -> None:
        for pause in process:
            if isinstance(pause, Turn):
                if not self._chance:
                    continue
                self._ready.append(process)
            elif isinstance(pause, Latch):
                pause.admit(process, self)
            else:
                heapq.heappush(self._sleeping, (self.now + pause, next(self._numbers), process))
            return

    def _sleep(self) -> None:
        due = self._sleeping[0][0]
        if due > self.now:
            self._wait(due - self.now)
            self.now = due
        while self._sleeping and self._sleeping[0][0] <= self.now:
            self._ready.append(heapq.heappop(self._sleeping)[2])
