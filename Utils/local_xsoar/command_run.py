"""What a command gave back: its entries, its log, and how a person reads them."""

from dataclasses import dataclass, field
from typing import Any

NOTE, FILE, ERROR, INFO_FILE, MAP, METRICS = 1, 3, 4, 9, 15, 19  # entry types of the platform
READABLE_FORMATS = {"markdown", "text", None}


def error_entry(text: str) -> dict[str, Any]:
    return {"Type": ERROR, "ContentsFormat": "text", "Contents": text}


@dataclass(frozen=True)
class Entry:
    """One war-room entry; `data` is the dict that the integration gave to demisto.results()."""

    data: dict[str, Any]

    @property
    def type(self) -> int:
        return int(self.data.get("Type") or NOTE)

    @property
    def is_error(self) -> bool:
        return self.type == ERROR

    @property
    def contents(self) -> Any:
        return self.data.get("Contents")

    @property
    def markdown(self) -> str:
        """What the war room shows as text: HumanReadable, else Contents if that is text."""
        readable = self.data.get("HumanReadable")
        if readable is None and self.data.get("ContentsFormat") in READABLE_FORMATS:
            readable = self.contents
        return "" if readable is None else str(readable)


@dataclass
class CommandRun:
    """One command from the line that was typed to its last poll.

    Attributes:
        metrics: What it reported of its API calls, for the platform's widgets; the war room does not show it.
    """

    command: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    logs: list[tuple[str, str]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0

    @property
    def last(self) -> Entry:
        """The last entry; an empty one when the command gave nothing back."""
        return Entry(self.entries[-1] if self.entries else {})

    @property
    def markdown(self) -> str:
        return "\n".join(text for text in (Entry(entry).markdown for entry in self.entries) if text)

    @property
    def error(self) -> str | None:
        """The text of the first error entry, None when there is none."""
        return next((entry.markdown for entry in map(Entry, self.entries) if entry.is_error), None)

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def contents(self) -> Any:
        """Contents of the last entry that has any."""
        return next((entry["Contents"] for entry in reversed(self.entries) if entry.get("Contents") is not None), None)
