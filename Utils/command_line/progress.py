"""What is seen while a command runs: what it found on stdout, and how far it is, in one line, on stderr."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from local_xsoar import Entry, Poll
from local_xsoar.scheduler import WaitFor
from local_xsoar.terminal import Terminal
from rich.console import Console

from command_line.judgement import PENDING, verdicts

COUNT = re.compile(r"(\d+) ([a-z ]+?)(?:,|$)")  # of the counts of verdicts that a waiting command carries along


class Progress(Terminal):
    """`answers` is where entries go, None for nowhere; errors and the rest go to `console`.

    Attributes:
        latest: The last entry of a command that still waits: what is known when the wait is broken off.
    """

    def __init__(self, console: Console, answers: Console | None, names_instances: bool = False) -> None:
        super().__init__(console, names_instances)
        self._answers = Terminal(answers, names_instances) if answers else None
        self.latest: dict[str, Any] = {}
        self._begun = False
        self._counts = ""
        self._elapsed = 0

    def entry(self, entry: dict[str, Any]) -> None:
        """Of what is given back before the end, only the first: it has the number of the request and what was left out."""
        if "PollingCommand" in entry:
            self._counts = counted(entry) or self._counts
            if Entry(entry).markdown:
                self.latest = entry
            if self._begun:
                return
            self._begun = True
        if Entry(entry).is_error:
            super().entry(entry)
        elif self._answers:
            self._answers.entry(entry)

    def poll(self, poll: Poll) -> None:
        self._elapsed = poll.elapsed

    def waiting(self, wait: WaitFor) -> Callable[[float], None]:
        """`wait` with one line that moves; where nothing can move, a line whenever something has changed."""
        said = ""

        def wait_visibly(seconds: float) -> None:
            nonlocal said
            line = f"{self._counts or 'waiting'}, {duration_text(self._elapsed)}"
            if self.console.is_terminal:
                with self.console.status(line):
                    wait(seconds)
                return
            if self._counts != said:
                said = self._counts
                self.say(line)
            wait(seconds)

        return wait_visibly


def counted(entry: dict[str, Any]) -> str:
    """How far a command is that waits: as it counts itself, else by the verdicts that it gives back."""
    told = str((entry.get("PollingArgs") or {}).get("last_progress") or "")
    seen = Counter(verdicts(entry.get("EntryContext")))
    return progress_text(told) or progress_text(", ".join(f"{number} {verdict}" for verdict, number in seen.items()))


def progress_text(counts: str) -> str:
    """`7 of 10 frozen` from `7 frozen, 3 pending`; "" when it is no such text."""
    found = [(int(number), word) for number, word in COUNT.findall(counts)]
    total = sum(number for number, _ in found)
    settled = [(number, word) for number, word in found if word != PENDING]
    if not found:
        return ""
    first, *others = settled or [(0, "done")]
    return ", ".join([f"{first[0]} of {total} {first[1]}", *(f"{number} {word}" for number, word in others)])


def duration_text(seconds: float) -> str:
    """Of the tenant's time: 40 s, 12 min, 3 h 5 min."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return f"{int(seconds)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
