"""What the commands are for: the headings under which the program's help lists them."""

from __future__ import annotations

from collections.abc import Iterable

# The first one whose beginning fits has the command. Longer beginnings stand before shorter ones.
CAPABILITIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("locate", ("device-location",)),
    ("freeze", ("device-freeze", "device-remove-freeze")),
    ("wipe", ("wipe",)),
    ("delete files", ("file-delete",)),
    ("unenroll", ("device-unenroll", "unenroll")),
    ("missing", ("device-missing", "device-found")),
    ("messages", ("device-message", "message")),
    ("scripts", ("device-script", "script")),
    ("inventory", ("device-application", "device-compliance", "device-group", "policy-group")),
    ("fields", ("custom-",)),
    ("events", ("device-get-events",)),
    ("token", ("token",)),
    ("find", ("device-list", "device-get", "endpoint")),
)
ORDER = ("find", *(name for name, _ in CAPABILITIES if name != "find"))
OTHER = "other"


def capability(command: str) -> str:
    """The heading of a command, by its short name."""
    found = (name for name, beginnings in CAPABILITIES if command.startswith(beginnings))
    return next(found, OTHER)


def by_capability(commands: Iterable[str]) -> dict[str, list[str]]:
    """The commands under their headings; both in the order in which people need them."""
    groups: dict[str, list[str]] = {name: [] for name in (*ORDER, OTHER)}
    for command in commands:
        groups[capability(command)].append(command)
    return {name: found for name, found in groups.items() if found}
