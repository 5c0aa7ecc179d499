"""The syntax of paths."""

import re

PATH = re.compile(r"[^(){}\[\]=|<>$.]+(\.(\[\d+(:\d+)?\]|[^(){}\[\]=|<>$.]+))*")
WHOLE = "."  # as a root: the whole context
# What else the server offers by a name of its own, and what is refused so that it does not look empty.
UNKNOWN_NAMES = {
    "currentPlaybookID", "lastCompletedTask", "task", "parentEntry", "user", "users", "asset", "object", "indicator", "demisto",
}  # fmt: skip


def is_key(text: str) -> bool:
    """Whether a text can be one step of a path."""
    return PATH.fullmatch(text) is not None and "." not in text


def is_known(path: str) -> bool:
    """Whether the local XSOAR understands the path."""
    return PATH.fullmatch(path) is not None and path.split(".")[0] not in UNKNOWN_NAMES
