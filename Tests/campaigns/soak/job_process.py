"""The job in a process of its own, which is killed and started again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_xsoar.job_command import PARAMS_VARIABLE
from pack_files import INTEGRATION, ROOT

EVERY = "30s"
LIFE_SECONDS = (0.2, 10.0)  # from the moment when it has opened its state folder
LOOK_SECONDS = 0.0005
END_SECONDS = 60


class JobProcess:
    """`folder` gets the state and what the job prints. Its lives and pauses are shorter by `pace`."""

    def __init__(self, folder: Path, params: Mapping[str, Any], clock_speed: float, seed: int, pace: float) -> None:
        self._pace = pace
        self.state = folder / "state"
        self._log = folder / "job.log"
        self._random = random.Random(f"kills {seed}")
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self._params = json.dumps(params)
        self._program = [sys.executable, "-m", "local_xsoar", "job", str(INTEGRATION), "--fetch", "events", "--every", EVERY]
        self._program += ["--state", str(self.state), "--clock-speed", str(clock_speed)]

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "Utils"), "COLUMNS": "200", PARAMS_VARIABLE: self._params}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._program, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def live(self, until: float) -> None:
        """Lets the process live for a while, at the longest to the moment `until` of time.monotonic(), then kills it.

        Half of the lives end at any moment, the other half just when events have been handed over and lastRun does not know.
        Raises ChildProcessError when it has died by itself.
        """
        self._wait_for_growth("starts.jsonl", until)
        end = min(until, time.monotonic() + self._random.uniform(*LIFE_SECONDS) / self._pace)
        if self._random.random() < 0.5:
            for _ in range(self._random.randint(1, 2)):
                self._wait_for_growth("events.jsonl", end)
        else:
            time.sleep(max(0.0, end - time.monotonic()))
        self._kill()

    def end(self) -> int:
        """Ends the process as Ctrl-C does; gives back its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(END_SECONDS)

    def stop(self) -> None:
        """Leaves no process behind."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def printed(self) -> str:
        return self._log.read_text("utf-8") if self._log.is_file() else ""

    def pause(self) -> None:
        """The time until somebody has started the job again."""
        time.sleep(self._random.choice([0.0, 0.0, self._random.uniform(0.0, 2.0)]) / self._pace)

    def _kill(self) -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ChildProcessError(f"The job has ended by itself, with {self._process.returncode}:\n{self.printed()[-2000:]}")
        self._process.kill()
        self._process.wait()
        self.kills += 1

    def _wait_for_growth(self, name: str, end: float) -> None:
        """Returns at the moment when a file of the state folder grows, or at `end`."""
        before = self._size(name)
        while self._size(name) == before and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)

    def _size(self, name: str) -> int:
        file = self.state / name
        return file.stat().st_size if file.is_file() else 0
