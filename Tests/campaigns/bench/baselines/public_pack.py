"""The public pack's own script, prepared for a tenant on this machine. Nothing of it is kept in this repository."""

from __future__ import annotations

from pathlib import Path

ENTRY = "\nif __name__ "
# It takes the console's addresses only, and its first run goes back a minute.
PREPARED = """
validate_absolute_api_url = str
demisto.getLastRun = lambda: {
    "latest_events_time": (datetime.utcnow() - timedelta(hours=72)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
}
"""


def prepared(source: Path, folder: Path) -> Path:
    """A copy in `folder`. Raises: ValueError when the file is not the script of an integration."""
    head, entry, main = source.read_text("utf-8").rpartition(ENTRY)
    if not entry:
        raise ValueError(f"{source} does not end by calling main.")
    copy = folder / "public_pack.py"
    copy.write_text(f"{head}{PREPARED}{entry}{main}", encoding="utf-8")
    return copy
