"""Child processes: a tenant to measure against, and the thing measured, so that memory and time are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
PYTHON = [sys.executable, "-m"]


@dataclass(frozen=True)
class Usage:
    """What a child process used.

    Attributes:
        result: What it printed, as JSON.
        seconds: Wall time of the measured part alone.
        cpu_seconds: CPU time of the whole process.
        peak_mib: The most memory it ever held (resident), in MiB.
    """

    result: dict[str, Any]
    seconds: float
    cpu_seconds: float
    peak_mib: float


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TESTS)}


@contextmanager
def tenant(*options: str) -> Iterator[dict[str, Any]]:
    """A tenant in a process of its own: its url, token_id and secret."""
    command = [*PYTHON, "local_absolute", "--json", "--clock-speed", "1", *options]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def measured(module: str, task: dict[str, Any]) -> Usage:
    """Run `python -m bench.<module>` with a task as JSON; it prints one JSON line with its result and `seconds`.

    Raises:
        RuntimeError: It failed.
    """
    command = [*PYTHON, f"bench.{module}", json.dumps(task)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"bench.{module} failed with {task}")
    result = json.loads(printed.splitlines()[-1])
    return Usage(result, result.pop("seconds"), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
