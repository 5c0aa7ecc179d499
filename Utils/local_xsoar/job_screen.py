"""What a person sees of a job: one line per run, and the incidents that it brought."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from local_xsoar.command_run import CommandRun
from local_xsoar.job_state import Fetch, Intake, Start
from local_xsoar.render import printable

SEVERITIES = {0: "Unknown", 0.5: "Info", 1: "Low", 2: "Medium", 3: "High", 4: "Critical"}
SEVERITY_STYLES = {"Medium": "yellow", "High": "red", "Critical": "bold red"}
SHOWN_LOG_LINES = 5


@dataclass(frozen=True)
class Fetched:
    """One run. `ended_at` is the tenant's time, `seconds` are the host's, `next_in` are tenant seconds; `taken` counts all
    that the state folder has."""

    ended_at: datetime
    seconds: float
    run: CommandRun
    intake: Intake
    taken: int
    next_in: float


@dataclass(frozen=True)
class Screen:
    console: Console
    fetch: Fetch

    def begin(self, integration: str, folder: str, every: float, start: Start) -> None:
        self._say(f"{integration}: fetch-{self.fetch} every {every:g} s of the tenant's time.")
        self._say(f"State: {folder}, {self._counted(start.taken)}.")
        if start.taken > start.known:
            self._say(
                f"The job before ended between taking and saving: {self._counted(start.taken - start.known)} may come again.",
                "yellow",
            )

    def show(self, fetched: Fetched) -> None:
        time, intake = f"{fetched.ended_at:%Y-%m-%d %H:%M:%S}", fetched.intake
        newest = f", newest {intake.newest:%Y-%m-%d %H:%M:%S}" if intake.newest else ""
        outcome = f"{self._counted(intake.count)}{newest}; {fetched.taken:,} in all; {fetched.seconds:.1f} s"
        if fetched.run.ok:
            self._say(f"{time}  {outcome}", "" if intake.count else "dim")
            self._show_complaints(fetched.run)
        else:
            self._say(f"{time}  failed: {fetched.run.error}", "red")
            self._say(f"    {outcome}; the job goes on", "dim")
        if self.fetch == "incidents":
            self._show_incidents(intake)

    def end(self, taken: int) -> None:
        self._say(f"Ended. {self._counted(taken)} in all.")

    def waiting(self) -> AbstractContextManager[Any]:
        return self.console.status("waiting for the next run")

    def _show_incidents(self, intake: Intake) -> None:
        left_out = intake.count - len(intake.last)
        if left_out > 0:
            self._say(f"    … {left_out:,} more, then", "dim")
        for incident in intake.last:
            severity = SEVERITIES.get(incident.get("severity") or 0, "Unknown")
            self._say(f"    {severity:8}  {incident.get('name', '')}", SEVERITY_STYLES.get(severity, ""))

    def _show_complaints(self, run: CommandRun) -> None:
        """What the integration has logged as an error without failing."""
        texts = [text for level, text in run.logs if level == "error"]
        for text in texts[:SHOWN_LOG_LINES]:
            self._say(f"    {text}", "yellow")
        if len(texts) > SHOWN_LOG_LINES:
            self._say(f"    … {len(texts) - SHOWN_LOG_LINES} more lines in the log", "yellow")

    def _counted(self, number: int) -> str:
        return f"{number:,} {self.fetch.removesuffix('s') if number == 1 else self.fetch}"

    def _say(self, text: str, style: str = "") -> None:
        self.console.print(Text(printable(text), style=style), soft_wrap=True)
