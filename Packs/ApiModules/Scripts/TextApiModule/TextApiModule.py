"""Reading what people type and showing what they read: escaping, lists, dates, numbers, records, tables.

Knows the platform's text helpers. Must not know: Absolute, HTTP, devices.
"""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

# region Constants
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_ECHO = 200
TABLE_ROWS = 50


# endregion


# region Errors
class ExplainedError(DemistoException):
    """Any failure the analyst is told about. Subclasses say what kind."""


class ArgumentError(ExplainedError):
    """An argument or parameter is refused before anything is sent."""

    def __init__(self, name: str, problem: str, example: str | None = None) -> None:
        hint = f" Example: {name}={example}" if example else ""
        problem = problem if len(problem) <= 2 * MAX_ECHO else f"{problem[:MAX_ECHO]} … {problem[-MAX_ECHO:]}"
        super().__init__(f"{name}: {problem}{hint}")
        self.name = name


# endregion


# region Time
EARLIEST = datetime.min.replace(tzinfo=timezone.utc)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|([+-]\d\d):?(\d\d))?", re.ASCII)


def parse_utc(text: Any) -> datetime | None:
    """Read an API timestamp (ISO 8601, with or without fraction, `Z` or offset); None when it is absent or unreadable.

    What is finer than a microsecond is cut off.
    """
    match = TIMESTAMP.fullmatch(str(text or "").strip())
    if not match:
        return None
    seconds, fraction, hours, minutes = match.groups("")
    try:
        moment = datetime.fromisoformat(f"{seconds}.{fraction:0<6}{hours or '+00'}:{minutes or '00'}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def api_time(moment: datetime) -> str:
    """`yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`, the only form the API documents."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def parse_time_argument(name: str, text: str, example: str) -> datetime:
    """Read a date as people write it; without an offset it is UTC.

    Raises:
        ArgumentError: The text is no date.
    """
    try:
        moment = arg_to_datetime(text, arg_name=name) if len(text) <= MAX_ECHO else None
        if moment:
            return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass
    raise ArgumentError(name, f'"{text}" is not a date.', example)


def age_text(moment: datetime | None, now: datetime) -> str:
    """How long ago, in the largest fitting unit; a moment in the future (clocks differ) is `just now`."""
    if moment is None:
        return "unknown"
    seconds = int((now - moment).total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = seconds // size
        if count > 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


# endregion


# region Arguments
def choice(args: Mapping[str, Any], name: str, values: Sequence[str], default: str | None = None) -> str:
    """One of the values, in any case, returned as the API writes it.

    Raises:
        ArgumentError: Missing without a default, or none of the values.
    """
    text = str(args.get(name) or default or "").strip()
    found = next((value for value in values if value.casefold() == text.casefold()), None)
    if found is None:
        listed = ", ".join(values)
        raise ArgumentError(name, f'"{text}" is not one of {listed}.' if text else f"it is missing; one of {listed}.", values[0])
    return found


def whole_number(args: Mapping[str, Any], name: str, allowed: range, default: int) -> int:
    """Raises: ArgumentError when it is no whole number or outside `allowed`."""
    text = args.get(name)
    if text in (None, ""):
        return default
    try:
        number = int(str(text).strip())
    except ValueError:
        number = allowed.start - 1
    if number not in allowed:
        raise ArgumentError(name, f'"{text}" is not a whole number from {allowed.start} to {allowed.stop - 1}.', str(default))
    return number


def flag(args: Mapping[str, Any], name: str) -> bool:
    """Raises: ArgumentError when it is neither true nor false."""
    try:
        return argToBoolean(args.get(name) or False)
    except ValueError:
        raise ArgumentError(name, f'"{args.get(name)}" is neither true nor false.', "true") from None


def text_within(args: Mapping[str, Any], name: str, longest: int, example: str) -> str:
    """Raises: ArgumentError when it is empty or longer than `longest` characters."""
    text = str(args.get(name) or "").strip()
    if not text:
        raise ArgumentError(name, "it is missing.", example)
    if len(text) > longest:
        raise ArgumentError(name, f"it has {len(text)} characters; the API takes at most {longest}.")
    return text


def uid(name: str, text: Any) -> str:
    """Raises: ArgumentError when the text is not a UUID."""
    if not UUID_TEXT.fullmatch(str(text).strip()):
        raise ArgumentError(name, f'"{text}" is not a UUID.', "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a")
    return str(text).strip().lower()


def split_values(args: Mapping[str, Any], name: str) -> list[str]:
    """The distinct non-empty values of a list argument, in their order.

    Raises:
        ArgumentError: The argument holds separators and nothing else: what was meant to narrow would widen.
    """
    values = [str(value).strip() for value in argToList(args.get(name)) if value is not None]
    found = list(dict.fromkeys(value for value in values if value))
    if values and not found:
        raise ArgumentError(name, "it holds no value.")
    return found


# endregion


# region Records and lists
def as_dict(value: Any) -> dict[str, Any]:
    """An object of an answer; empty when it is something else."""
    return value if isinstance(value, dict) else {}


def as_dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list in an answer; empty when it is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def pick(record: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """The named values of a record. Only what the API left out is left out: false, 0 and empty lists stay."""
    found = {name: dict_safe_get(record, path.split("."), default_return_value=None) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def collect(pages: Iterable[dict], limit: int | None = None) -> tuple[list[dict], str]:
    """Rows up to the limit, and a note when reading broke off after some of them were had.

    Raises:
        ExplainedError: Reading failed before the first row.
    """
    rows: list[dict] = []
    try:
        for row in pages:
            if limit is not None and len(rows) >= limit:
                break
            rows.append(row)
    except ExplainedError as error:
        if not rows:
            raise
        return rows, f"**Incomplete**: only the first {len(rows)} were read. {markdown_text(error.message)}"
    return rows, ""


def flatten(pages: Iterable[list[dict]]) -> Iterator[dict]:
    for page in pages:
        yield from page


def uid_set(value: Any) -> set[str]:
    return {str(device_uid).lower() for device_uid in value} if isinstance(value, list) else set()


# endregion


# region Text that people read
def markdown_text(value: Any) -> str:
    """A value of unknown origin (a device or user name, a message) as war-room text that shows it as it is.

    Pipes are left to tableToMarkdown, which escapes them in cells.
    """
    text = re.sub(r"\s+", " ", str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])|[`*\[\]]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def log(text: str) -> None:
    """Counts, paths and ids only: never a body, a JWS or a name."""
    demisto.debug(text)


def plain(text: Any) -> str:
    """Text for comparison: without regard to case, Unicode form, quotes, brackets and blanks around it."""
    return unicodedata.normalize("NFKC", str(text or "")).strip(" \t\r\n\"'[]{}").casefold()


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern, in which `*` stands for any characters.

    Not by a regular expression: many `*` would make it try every way to share the text out among them.
    """
    first, *middle = pattern.split("*")
    if not middle:
        return text == pattern
    last = middle.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    start, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


def table(
    title: str, rows: Sequence[Mapping[str, Any]], headers: Sequence[str], note: str = "", most: int | None = TABLE_ROWS
) -> str:
    """A war-room table with a note below.

    Args:
        most: How many rows are shown; None where the context does not hold the rest.
    """
    shown = [{name: cell(value) for name, value in row.items() if value not in (None, "")} for row in rows[:most]]
    notes = [note] if note else []
    if len(shown) < len(rows):
        notes.append(f"{len(shown)} of {len(rows)} rows are shown; the context holds all of them.")
    return "\n".join(
        [tableToMarkdown(title, shown, headers=list(headers), removeNull=False).rstrip(), *(f"\n{text}" for text in notes)]
    )


def cell(value: Any) -> str:
    return markdown_text(", ".join(str(item) for item in value) if isinstance(value, list) else value)


def joined(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def pairs(values: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in as_dict(values).items())


# endregion
