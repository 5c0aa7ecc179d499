"""Time that passes without being waited for: what the integration sleeps is added to its clock instead."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

OVERLAP_SECONDS = 0.03


class VirtualTime:
    """Seconds since it was made: those that really passed, and those that were slept."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._slept = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.monotonic() - self._began + self._slept

    def sleep(self, seconds: float) -> None:
        end = self.now() + seconds
        if threading.current_thread() is not threading.main_thread():
            time.sleep(OVERLAP_SECONDS)  # Threads that begin to sleep meanwhile do it at the same time, not one after another.
        with self._lock:
            self._slept += max(end - self.now(), 0.0)


# One module for all of them: what was made with it, such as a default of a parameter, asks the one that is open.
MODULE = ModuleType("time")
OPEN: list[VirtualTime] = []


@contextmanager
def virtual_time() -> Iterator[VirtualTime]:
    """While it is open, modules that are imported anew sleep and measure in virtual time. The date stays the host's.

    A command of the local XSOAR imports `time` on each run; the tenant and the libraries imported it long before and keep
    the real one.
    """
    virtual, real = VirtualTime(), sys.modules["time"]
    vars(MODULE).update(vars(real), sleep=lambda seconds: OPEN[-1].sleep(seconds), monotonic=lambda: OPEN[-1].now())
    sys.modules["time"] = MODULE
    OPEN.append(virtual)
    try:
        yield virtual
    finally:
        OPEN.pop()
        sys.modules["time"] = real
