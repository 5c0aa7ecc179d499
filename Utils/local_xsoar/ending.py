"""How a program that stays comes to its end: by Ctrl-C or SIGTERM, at a moment that suits it."""

from __future__ import annotations

import queue
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TURN_SECONDS = 1.0  # a signal between the look and the wait is seen with the next turn


class Stop:
    """Set once, by a handler of signals. threading.Event would not do: its `set` takes a lock that the interrupted thread may
    just hold, and the process never ends. A SimpleQueue may be put into at any moment."""

    def __init__(self) -> None:
        self._wishes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        self._wishes.put(None)

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float = float("inf")) -> bool:
        """Until it is set, or so long; tells which."""
        until = time.monotonic() + seconds
        while not self._is_set and (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._wishes.get(timeout=min(left, TURN_SECONDS))
        return self._is_set


@contextmanager
def ended_by_signals(stop: Stop) -> Iterator[None]:
    """While it is open, Ctrl-C and SIGTERM set `stop`; a second one does what it does without us."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.set()

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
