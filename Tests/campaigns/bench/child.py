"""A measured child process, `python -m bench.child run_command`: the task is a line of JSON on stdin, and each answer of the
module to it one on stdout."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    for answer in importlib.import_module(f"bench.{sys.argv[1]}").answers(json.loads(sys.stdin.readline())):
        say(answer)


class Stopwatch:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def until(self, moment: float) -> float:
        """The seconds from the beginning to that moment (`time.perf_counter`)."""
        return max(moment - self._wall, 0)

    def stop(self) -> dict[str, float]:
        """The time until now, and the memory."""
        seconds, cpu_seconds = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib()}


def say(document: dict[str, Any]) -> None:
    """Tell the parent."""
    sys.stdout.write(f"{json.dumps(document)}\n")
    sys.stdout.flush()


def peak_mib() -> float:
    """The most memory this process ever held (resident), in MiB.

    On Linux not from getrusage, which counts what the parent held before this program was loaded.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / 2**20 if sys.platform == "darwin" else held / 1024


if __name__ == "__main__":
    main()
