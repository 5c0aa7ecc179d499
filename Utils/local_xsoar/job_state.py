"""The state folder of a job: what the server keeps, in files that a process may be killed beside at any moment.

    last_run.json             lastRun, and how many events or incidents had been taken when it was set
    events.jsonl              or incidents.jsonl: what was taken, one JSON document a line, in the order of its arrival
    integration_context.json
    collector.jsonl           events that a fetch of incidents sent to an HTTP log collector
    takes.jsonl               one line per hand-over: how many had been taken after it
    starts.jsonl              one line per start of a job: how many had been taken, and how many of them lastRun knew

Whatever was taken after lastRun was set for the last time may be fetched again: `starts.jsonl` says which lines that are,
and `takes.jsonl` whether one hand-over brought them.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from local_xsoar.integration import Integration
from local_xsoar.server import Instance

Fetch = Literal["events", "incidents"]
SHOWN_INCIDENTS = 10


class StateError(Exception):
    """The folder cannot be used; the text says why."""


@dataclass(frozen=True)
class Start:
    """One line of starts.jsonl: a job found `taken` documents, of which the first `known` were there when lastRun was set."""

    at: str
    taken: int
    known: int


@dataclass
class Intake:
    """What one run brought. `newest` is the latest `_time` of an event or `occurred` of an incident."""

    count: int = 0
    newest: datetime | None = None
    last: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=SHOWN_INCIDENTS))

    def add(self, documents: list[dict[str, Any]]) -> None:
        self.count += len(documents)
        self.last.extend(documents)
        times = [time for time in map(_time, documents) if time]
        self.newest = max([self.newest, *times] if self.newest else times, default=None)


class StateFolder:
    """A folder that one job at a time has for itself. Raises StateError and OSError."""

    def __init__(self, path: Path, fetch: Fetch) -> None:
        path = path.resolve()  # a command runs in another folder than the job
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path, self._fetch = path, fetch
        self._lock = _lock(path / "lock")
        kept = _read(path / "last_run.json") or {"fetch": fetch, "taken": 0, "lastRun": {}}
        if kept["fetch"] != fetch:
            raise StateError(f"{path} is the state of a job that fetches {kept['fetch']}.")
        self.last_run: dict[str, Any] = kept["lastRun"]
        self.integration_context: dict[str, Any] = _read(path / "integration_context.json") or {}
        self._taken = Lines(path / f"{fetch}.jsonl")
        self._takes = Lines(path / "takes.jsonl")
        self.start = Start(datetime.now(timezone.utc).isoformat(), self._taken.count, kept["taken"])
        Lines(path / "starts.jsonl").append([vars(self.start)])

    @property
    def taken(self) -> int:
        return self._taken.count

    def take(self, documents: list[dict[str, Any]]) -> None:
        """Returns when they are on disk."""
        self._taken.append(documents)
        self._takes.append([{"taken": self.taken}])

    def save_last_run(self, last_run: dict[str, Any]) -> None:
        _write(self.path / "last_run.json", {"fetch": self._fetch, "taken": self.taken, "lastRun": last_run})

    def save_integration_context(self, context: dict[str, Any]) -> None:
        _write(self.path / "integration_context.json", context)

    def close(self) -> None:
        os.close(self._lock)


class StoredInstance(Instance):
    """An instance in a state folder. What it fetches goes to disk alone: `events` and `incidents` stay empty."""

    def __init__(self, integration: Integration, params: dict[str, Any], name: str, folder: StateFolder) -> None:
        super().__init__(integration, params, name, last_run=folder.last_run, integration_context=folder.integration_context)
        self.folder = folder
        self.intake = Intake()
        self.health = deque(maxlen=1)  # type: ignore[assignment]

    def set_last_run(self, last_run: dict[str, Any]) -> None:
        self.folder.save_last_run(last_run)
        super().set_last_run(last_run)

    def set_integration_context(self, context: dict[str, Any]) -> None:
        self.folder.save_integration_context(context)
        super().set_integration_context(context)

    def take_incidents(self, incidents: list[dict[str, Any]]) -> None:
        self._take(incidents)

    def take_events(self, events: list[Any]) -> None:
        self._take(events)

    def _take(self, documents: list[Any]) -> None:
        if documents:
            self.folder.take(documents)
            self.intake.add(documents)


class Lines:
    """A JSON Lines file that grows. A line that was cut off by the death of a process is dropped at opening."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()  # an integration may send from several threads
        path.touch(mode=0o600)
        self.count = whole = 0
        with path.open("r+b") as file:
            for line in file:
                if line.endswith(b"\n"):
                    self.count, whole = self.count + 1, whole + len(line)
            file.truncate(whole)

    def append(self, documents: list[dict[str, Any]]) -> None:
        text = "".join(f"{json.dumps(document, ensure_ascii=False)}\n" for document in documents)
        with self._lock, self._path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            self.count += len(documents)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a JSON Lines file, without a line that is cut off; none when there is no file."""
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.endswith("\n"))


def read_starts(path: Path) -> list[Start]:
    """The starts of jobs on the state folder `path`, in their order."""
    return [Start(**line) for line in read_lines(path / "starts.jsonl")]


def read_takes(path: Path) -> list[int]:
    """How many documents there were after each hand-over to the state folder `path`."""
    return [line["taken"] for line in read_lines(path / "takes.jsonl")]


def _time(document: dict[str, Any]) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(document.get("_time") or document.get("occurred")).replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _lock(path: Path) -> int:
    """A lock that ends with the process at the latest."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StateError(f"Another job runs on {path.parent}.") from None
    return descriptor


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def _write(path: Path, document: Any) -> None:
    """Replaces the file in one step: who reads it finds the old one or the new one, whole."""
    half = path.with_suffix(".new")
    with half.open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
