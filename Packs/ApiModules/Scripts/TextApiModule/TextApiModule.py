"""Reading what people type and showing what they read: escaping, secrets, lists, dates, numbers, records, tables.

Knows the platform's text helpers. Must not know: Absolute, HTTP, devices.
"""

import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import base64
import calendar
import csv
import fnmatch
import json
import operator
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

# region Constants
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_ECHO = 200
TABLE_ROWS = 50
# Made once: lists have very many rows. What was read from JSON holds nothing that holds itself.
ROW_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False)
# In characters of JSON: what is longer is in files too, or only there.
ENTRY_SIZE = 1_000_000
CONTEXT_SIZE = 5_000_000
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


# endregion


# region Secrets
MASK = "********"
# What is shorter stands by chance in UIDs, serial numbers and times.
SHORTEST_IN_DATA = 8
SHORTEST_BASE64 = 6


def escapes(text: str) -> set[str]:
    """A text as JSON (RFC 8259; some writers escape all marks), Python, HTML, URLs (RFC 3986), forms and notes write it."""
    if text.isascii() and text.isalnum():  # most secrets, and most of their forms in base64: nobody escapes letters and digits
        return {text}
    import html  # its table of names takes longer to load than all of this

    marks = set(re.findall("[^A-Za-z0-9]", text))
    found = {text, repr(text)[1:-1], html.escape(text), html.escape(text, quote=False), markdown_text(text)}
    for hexadecimal in ("04x", "04X"):
        units = {unit: f"\\u{unit:{hexadecimal}}" for unit in map(ord, marks) if unit < 0x10000}
        found.add(text.translate(units))
    found.add(text.translate({ord(mark): f"&#{ord(mark)};" for mark in marks}))
    for ascii_only in (True, False):
        plain_json = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        found |= {plain_json, plain_json.replace("/", "\\/"), upper_hex(plain_json)}
    # What writers of URLs leave as it is, of the marks that are there.
    for safe in {"".join(marks & set(safe)) for safe in ("", "/", "!'()*", "!'()*/")}:
        for write in (quote, quote_plus) if " " in marks else (quote,):
            whole = write(text, safe, errors="replace")
            found |= {whole, re.sub("%..", lambda code: code[0].lower(), whole)}
    return found


def upper_hex(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda unit: f"\\u{unit[0][2:].upper()}", text)


def base64_forms(content: bytes) -> set[str]:
    """Its base64 and base64url (RFC 4648) without padding, and what stays of them wherever it stands within something longer."""
    found = {base64.b64encode(content).decode().rstrip("=")}
    for before in range(3):
        longer = base64.b64encode(bytes(before) + content).decode()
        # A character holds six bits: those with bits of what is around it are left out.
        inner = longer[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        found |= {inner} if len(inner) >= SHORTEST_BASE64 else set()
    return found | {form.translate(str.maketrans("+/", "-_")) for form in found}


def secret_forms(secret: str) -> set[str]:
    """Every form in which a secret can come back: as it is, escaped once or twice, in base64 alone or with what is beside it.

    Of a PEM each line counts: they can come back with other line breaks.
    """
    if "-----BEGIN" in secret:
        return {form for line in re.split(r"\\+[rn]|\s", secret) if len(line) > 16 for form in secret_forms(line)}
    encoded = {secret.encode(charset, "replace") for charset in ("utf-8", "latin-1")}
    whole = {secret, *(form for content in encoded for form in base64_forms(content))}
    return {form for once in whole for inner in escapes(once) for form in (escapes(inner) if once == secret else (inner,))}


def traces(forms: Iterable[str]) -> list[str]:
    """Texts one of which stands wherever one of the forms does, however it is escaped: letters and digits stay what they are."""
    kept: list[str] = []
    for trace in sorted({max(re.findall("[A-Za-z0-9]+", form), key=len, default="") for form in forms}, key=len):
        if not any(shorter in trace for shorter in kept):
            kept.append(trace)
    return kept


class Mask:
    """Puts asterisks in place of forms of secrets. What is looked for is made when it is needed: most texts hold none."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = {form for secret in secrets for form in secret_forms(secret) if form}
        self._traces = traces(self._forms)
        self._shortest = min(map(len, self._traces), default=0)

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        # The longest first: it may begin with a shorter one.
        return re.compile("|".join(map(re.escape, sorted(self._forms, key=len, reverse=True))))

    def suspects(self, text: str) -> bool:
        """Whether a form may stand in a text: only where this is true is it worth to look."""
        return len(text) >= self._shortest and any(trace in text for trace in self._traces)

    def masked(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self.suspects(text) else text

    def masked_data(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Mapping):
            return {self.masked_data(name): self.masked_data(inner) for name, inner in value.items()}
        return [self.masked_data(inner) for inner in value] if isinstance(value, list | tuple) else value


# Some milliseconds for each set of secrets, of which a run of a command has few.
mask_of = lru_cache(Mask)


class Secrets:
    """What nobody may see, and texts without it."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._logged: set[str] = set()

    def add(self, *secrets: str) -> None:
        self._known.update(dict.fromkeys(filter(None, secrets)))

    def unlogged(self) -> list[str]:
        """Every form of those that this was not asked of before, the longest first."""
        new = [secret for secret in tuple(self._known) if secret not in self._logged]
        self._logged.update(new)
        return sorted({form for secret in new for form in secret_forms(secret)}, key=len, reverse=True)

    @property
    def _in_data(self) -> Mask:
        return mask_of(tuple(secret for secret in tuple(self._known) if len(secret) >= SHORTEST_IN_DATA))

    def masked(self, text: str) -> str:
        """An error or a line of a log, in which the short ones are masked too."""
        return mask_of(tuple(self._known)).masked(text)

    def masked_json(self, text: str) -> Any:
        """The data of a JSON text. It is walked through only where one can be: a page of events is large, and seldom holds one.

        Raises:
            ValueError: It is no JSON.
        """
        mask = self._in_data
        # JSON (RFC 8259) may write letters and digits as \u00… too.
        return mask.masked_data(json.loads(text)) if "\\u00" in text or mask.suspects(text) else json.loads(text)

    def masked_data(self, value: Any) -> Any:
        """Data at any depth, names included."""
        return self._in_data.masked_data(value)


# Those of this run of a command: of its instance, of the proxy, and what it sends.
SECRETS = Secrets()


def keep_secret(*secrets: str) -> None:
    """Mask them from now on, in the platform's log too: at once where it has each request, else before it gets an error."""
    SECRETS.add(*secrets)
    if is_debug_mode():
        mask_in_log()


def mask_in_log() -> None:
    """Have the platform's log mask what is secret. Each form takes it longer than the one before."""
    for form in SECRETS.unlogged():
        add_sensitive_log_strs(form)


def mask_error(error: BaseException) -> None:
    """Mask what an error says, and those behind it: in debug mode the platform shows the whole traceback in the war room."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.args = tuple(SECRETS.masked(part) if isinstance(part, str) else part for part in one.args)
            waiting += [one.__cause__, one.__context__]


# endregion


# region Errors
class ExplainedError(DemistoException):
    """Any failure the analyst is told about, without secrets. Subclasses say what kind."""

    def __init__(self, message: str) -> None:
        super().__init__(SECRETS.masked(message))


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


OFFSET = r"([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?"
TIMESTAMP = re.compile(rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|{OFFSET})?", re.ASCII)
# The form of `api_time`, which needs no taking apart.
API_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def parse_utc(text: Any) -> datetime | None:
    """Read an API timestamp (ISO 8601, with or without fraction, `Z` or offset); None when it is absent or unreadable."""
    if moment := parse_api_time(text):
        return moment
    match = TIMESTAMP.fullmatch(str(text or "").strip())
    return utc_moment(*match.groups()) if match else None


def parse_api_time(text: Any) -> datetime | None:
    """Read what `api_time` writes; None for anything else."""
    if not isinstance(text, str) or not API_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def utc_moment(seconds: str, fraction: str | None, hours: str | None, minutes: str | None) -> datetime | None:
    """The moment of `yyyy-MM-ddTHH:mm:ss`, its fraction and its offset; None when there is no such day or hour.

    What is finer than a microsecond is cut off. Without an offset it is UTC.
    """
    try:
        moment = datetime.fromisoformat(f"{seconds}.{fraction or '0'}{hours or '+00'}:{minutes or '00'}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def api_time(moment: datetime) -> str:
    """`yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`, the only form the API documents."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def moment_text(moment: datetime) -> str:
    """A moment as people read it: `2030-02-01 18:00 UTC`, with seconds where there are any."""
    return re.sub(r":00 UTC$", " UTC", moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC"))


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


# region Dates that people type
PAST_EXAMPLE = '2026-01-05T18:00:00Z or "3 days ago"'
COMING_EXAMPLE = '2030-02-01T18:00:00Z or "in 2 hours"'
# Texts, which `re` compiles when the first date is read.
ISO_DATE = (
    rf"(?ai)(?P<day>\d{{4}}-\d\d-\d\d)"
    rf"(?:[T ](?P<clock>\d\d:\d\d)(?:(?P<seconds>:\d\d)(?:[.,](?P<fraction>\d+))?)? ?(?P<zone>Z|UTC|GMT|{OFFSET})?)?"
)
NUMBER_WORDS = dict.fromkeys(("a", "an", "one"), "1")
NUMBER_WORDS |= {
    word: str(count) for count, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2)
}
SPAN = (
    rf"(?ai)(?P<sign>in |[+-])?(?:(?P<count>\d+(?:\.\d+)?) ?|(?P<word>{'|'.join(NUMBER_WORDS)}) )(?P<unit>[a-z]+)(?P<ago> ago)?"
)
# No m: it may be minutes or months.
UNITS = {
    timedelta(seconds=1): ("s", "sec", "secs", "second", "seconds"),
    timedelta(minutes=1): ("min", "mins", "minute", "minutes"),
    timedelta(hours=1): ("h", "hr", "hrs", "hour", "hours"),
    timedelta(days=1): ("d", "day", "days"),
    timedelta(weeks=1): ("w", "week", "weeks"),
}
UNIT_LENGTHS = {name: length for length, names in UNITS.items() for name in names}
UNIT_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12}
UNREADABLE_DATE = (
    "is no date that can be read for certain: write it as ISO 8601 with Z or an offset such as +01:00 (other names of zones have "
    "several meanings), or as a number of seconds, minutes, hours, days, weeks, months or years."
)
NO_ZONE = "no time zone was given: UTC"
NO_TIME = "no time was given: 00:00 UTC"
NO_DIRECTION = "no direction was given: ago"


class DateArgument(NamedTuple):
    """A date argument, and the moment that it was understood to be.

    Attributes:
        assumed: What was not typed and is taken for granted: one of the three above, or nothing.
    """

    name: str
    moment: datetime
    assumed: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {api_time(self.moment)}{f' ({self.assumed})' if self.assumed else ''}."


def past_dates(args: Mapping[str, Any], names: Iterable[str]) -> list[DateArgument]:
    """Those of the named arguments that are given, dates that filter.

    Raises:
        ArgumentError: What one means is not certain.
    """
    now = utc_now()
    return [read_date(name, args[name], now, PAST_EXAMPLE) for name in names if args.get(name) not in (None, "")]


def coming_date(args: Mapping[str, Any], name: str, now: datetime) -> DateArgument | None:
    """A date on which something will be done; None when it is not given.

    Raises:
        ArgumentError: What it means is not certain, a day has no time, a span has no direction, or it has passed.
    """
    if args.get(name) in (None, ""):
        return None
    found = read_date(name, args[name], now, COMING_EXAMPLE)
    text = as_seen(args[name])
    if found.assumed == NO_TIME:
        raise ArgumentError(name, f'"{text}" has no time of day.', COMING_EXAMPLE)
    if found.assumed == NO_DIRECTION:
        problem = f'"{text}" does not say in which direction: write "in {text}" or "{text} ago".'
        raise ArgumentError(name, problem, COMING_EXAMPLE)
    if found.moment <= now:
        raise ArgumentError(name, f'"{text}" is not in the future ({api_time(found.moment)}, UTC).', COMING_EXAMPLE)
    return found


def read_date(name: str, typed: Any, now: datetime, example: str) -> DateArgument:
    """The one reader of dates that people type: what has two meanings is refused, never guessed.

    Raises:
        ArgumentError: It is no date, or not certain which.
    """
    text = as_seen(typed)
    moment, assumed = None, ""
    if iso := re.fullmatch(ISO_DATE, text):
        day, clock, seconds, fraction, _, hours, minutes = iso.groups()
        moment = utc_moment(f"{day}T{clock or '00:00'}{seconds or ':00'}", fraction, hours, minutes)
        assumed = "" if iso["zone"] else NO_ZONE if clock else NO_TIME
    elif span := re.fullmatch(SPAN, text):
        moment = span_moment(span, now)
        assumed = "" if span["sign"] or span["ago"] else NO_DIRECTION
    elif text.lower() == "now":
        moment = now
    # The platform writes an empty date as the first day of the year 1.
    if moment is None or moment.year == 1:
        raise ArgumentError(name, f'"{text[: MAX_ECHO // 2]}" {UNREADABLE_DATE}', example)
    return DateArgument(name, moment, assumed)


def span_moment(span: "re.Match[str]", now: datetime) -> datetime | None:
    """The moment that is so far from now; months and years go by the calendar, and are whole ones."""
    sign, count, word, unit, ago = (text.lower().strip() for text in span.groups(""))
    if sign and ago:
        return None
    direction = 1 if sign in ("in", "+") else -1
    count = NUMBER_WORDS.get(word, count)
    try:
        if length := UNIT_LENGTHS.get(unit):
            return now + direction * float(count) * length
        months = UNIT_MONTHS.get(unit)
        return months_later(now, direction * int(count) * months) if months else None
    except (ValueError, OverflowError):
        return None


def months_later(moment: datetime, months: int) -> datetime:
    """The same day of another month, or its last one. Raises: ValueError outside of the calendar."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def dates_note(dates: Iterable[DateArgument]) -> str:
    """What date arguments were understood to be, in UTC."""
    return " ".join(str(date) for date in dates)


def fix_dates(args: Mapping[str, Any], names: Iterable[str], now: datetime) -> tuple[dict[str, Any], str]:
    """The arguments with the named ones, dates on which something will be done, as the API writes them; and a note of them.

    Raises:
        ArgumentError: As coming_date.
    """
    dates = [date for name in names if (date := coming_date(args, name, now))]
    return {**args, **{date.name: api_time(date.moment) for date in dates}}, dates_note(dates)


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
    typed = args.get(name)
    if typed in (None, ""):
        return default
    number = as_whole(typed, allowed)
    if number is None:
        raise ArgumentError(name, f'"{typed}" is not a whole number from {allowed.start} to {allowed.stop - 1}.', str(default))
    return number


def as_whole(value: Any, allowed: range) -> int | None:
    """A whole number of the range, also as the platform prints numbers (5.0, 2.592e+06); None for anything else."""
    text = as_seen(value)
    try:
        number = Decimal(text) if NUMBER.fullmatch(text) else None
    except InvalidOperation:  # an exponent beyond all bounds
        return None
    # Compared before it is made an int, which could have a billion digits.
    if number is None or not allowed.start <= number < allowed.stop or number != int(number):
        return None
    return int(number)


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
    """Raises: ArgumentError when it is missing, or not a UUID."""
    if text in (None, ""):
        raise ArgumentError(name, "it is missing.", "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a")
    if not UUID_TEXT.fullmatch(str(text).strip()):
        raise ArgumentError(name, f'"{text}" is not a UUID.', "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a")
    return str(text).strip().lower()


UNRESOLVED = re.compile(r"\$\{[^}]*\}")
QUOTED_LIST = re.compile(r"\[\s*'[^']*'\s*(?:,\s*'[^']*'\s*)*\]")
BACKSLASH = re.compile(r'\\(["\\/]|u[0-9a-fA-F]{4})|\\')


def split_values(args: Mapping[str, Any], name: str, separators: str = ",\t\r\n") -> list[str]:
    """The distinct non-empty values of a list argument, in their order.

    A list is what the platform hands over, or a text: a JSON list, the same in single quotes, or values between separators, as
    they are pasted from a table.

    Raises:
        ArgumentError: The argument holds no value, or a reference that was not resolved: what was meant to narrow would widen.
    """
    given = args.get(name)
    if given in (None, ""):
        return []
    values = given if isinstance(given, list) else listed(str(given), separators)
    texts = [visible(value).strip() for value in values if value is not None]
    if unresolved := next((text for text in texts if UNRESOLVED.fullmatch(text)), None):
        raise ArgumentError(name, f"{unresolved} was not resolved: there is nothing of this name in the context.")
    found = list(dict.fromkeys(text for text in texts if text))
    if not found:
        raise ArgumentError(name, "it holds no value.")
    return found


def listed(text: str, separators: str) -> list[Any]:
    """The values of a typed list.

    Whoever types `["CORP\\bob"]` with one backslash means a backslash: of JSON's escapes only those are read that nobody types by
    accident (RFC 8259 section 7: the quote, the backslash itself, the slash and the four digits).
    """
    bare = visible(text).strip()
    try:
        read = json.loads(BACKSLASH.sub(lambda match: match[0] if match[1] else r"\\", bare))
    except (ValueError, RecursionError):
        read = re.findall(r"'([^']*)'", bare) if QUOTED_LIST.fullmatch(bare) else None
    return read if isinstance(read, list) else re.split(f"[{separators}]", text)


# endregion


# region Versions that people compare
BOUND = re.compile(r"(<=|>=|==|<|>|=)(.*)", re.DOTALL)
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "==": operator.eq}
BEFORE_RELEASE = ("dev", "nightly", "snapshot", "alpha", "beta", "pre", "preview", "rc")
# Says for which processor a program is, not which version.
PROCESSOR = re.compile(r"\b(?:x64|x86|x86_64|amd64|arm64|i386|win32|win64|(?:32|64)-?bit)\b")


def version_key(text: Any) -> tuple[tuple[int, int, str], ...] | None:
    """What versions are compared by; None for a text without a number.

    Numbers count part by part, missing ones as 0: 5.9 < 5.10 = 5.10.0. A letter or word behind them comes after (1.0.2 < 1.0.2k),
    one that stands for something unfinished before (5.1-beta < 5.1). Makers follow no standard (semver.org, PEP 440) here.
    """
    parts = re.findall(r"\d+|[a-z]+", PROCESSOR.sub("", re.sub(r"^v(?=\d)", "", str(text or "").strip().casefold())))
    if not any(part.isdecimal() for part in parts):
        return None
    first_word = next((index for index, part in enumerate(parts) if not part.isdecimal()), len(parts))
    numbers = [int(part) for part in parts[:first_word]]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return (*((3, number, "") for number in numbers), *map(version_part, parts[first_word:]), (1, 0, ""))


def version_part(part: str) -> tuple[int, int, str]:
    if part.isdecimal():
        return 3, int(part), ""
    return (0, BEFORE_RELEASE.index(part), "") if part in BEFORE_RELEASE else (2, 0, part)


class VersionRange:
    """Bounds such as `<5.1.2` of one argument, all of which a version must meet, and how many rows it could not compare."""

    def __init__(self, name: str, values: Sequence[str], path: str) -> None:
        """Raises: ArgumentError when a bound has no version, or nothing can meet all of them."""
        self.path, self.uncompared, example = path, 0, '">=5.0,<5.1.2"'
        read = [(typed, *match.groups()) for typed in values if (match := BOUND.fullmatch(typed))]
        if len(read) < len(values):
            raise ArgumentError(name, "bounds such as <5.1.2 and full versions cannot stand beside each other.", example)
        self.bounds = []
        for typed, sign, text in read:
            key = None if "*" in text else version_key(text)
            if key is None:
                raise ArgumentError(name, f'"{typed}" has no version to compare with.', example)
            self.bounds.append((sign, key))
        lowest = max((key for sign, key in self.bounds if sign in (">", ">=")), default=None)
        highest = min((key for sign, key in self.bounds if sign in ("<", "<=")), default=None)
        if lowest and highest and lowest > highest:
            raise ArgumentError(name, f"no version meets all of {', '.join(values)}: bounds narrow each other.", example)

    def watch(self, rows: Iterable[dict]) -> Iterator[dict]:
        for row in rows:
            key = version_key(dict_safe_get(row, self.path.split("."), default_return_value=None))
            self.uncompared += key is None
            if key is not None and all(COMPARISONS[sign](key, bound) for sign, bound in self.bounds):
                yield row

    def note(self) -> str:
        rows = f"{self.uncompared} row{'s' if self.uncompared > 1 else ''}"
        return f"Left out, because without a version that can be compared: {rows}." if self.uncompared else ""


def version_range(args: Mapping[str, Any], name: str, path: str) -> VersionRange | None:
    """The range that an argument for versions asks for; None when it names versions instead.

    Raises:
        ArgumentError: It does both, or cannot be met.
    """
    values = split_values(args, name)
    return VersionRange(name, values, path) if any(map(BOUND.fullmatch, values)) else None


# endregion


# region Records and lists
def as_dict(value: Any) -> dict[str, Any]:
    """An object of an answer; empty when it is something else."""
    return value if isinstance(value, dict) else {}


def as_dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list in an answer; empty when it is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a script's argument: one, a list, or either as JSON."""
    if isinstance(value, str):
        value = json.loads(value) if value.strip() else []
    rows = value if isinstance(value, list) else [value]
    return as_dicts(rows)


def texts(value: Any) -> list[str]:
    """The distinct texts of a script's argument; a text is not split at its commas."""
    return list(dict.fromkeys(str(text).strip() for text in (value if isinstance(value, list) else [value]) if text))


def pick(record: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """The named values of a record. Only what the API left out is left out: false, 0 and empty lists stay."""
    found = {name: dict_safe_get(record, path.split(".")) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


class RowsFile:
    """Rows on the war room's disk as they come, a JSON list with one row a line; in the end also as CSV.

    demisto.results takes files by these names (fileResult of CommonServerPython), which there must be in memory as a whole.
    """

    def __init__(self) -> None:
        self.file_id = demisto.uniqueFile()
        self.columns: dict[str, None] = {}
        self.lines = war_room_path(self.file_id).open("w", encoding="utf-8")  # it is filled page by page
        self.begin = "[\n"

    def add(self, row: Mapping[str, Any], text: str) -> None:
        self.columns.update(dict.fromkeys(flat(row)))
        self.lines.write(f"{self.begin}{text}")
        self.begin = ",\n"

    def entries(self, name: str) -> list[dict[str, Any]]:
        """The war-room entries of both files."""
        self.lines.write("\n]\n")
        self.lines.close()
        csv_id = demisto.uniqueFile()
        # With a byte-order mark, without which Excel reads another encoding.
        with (
            war_room_path(self.file_id).open(encoding="utf-8") as lines,
            war_room_path(csv_id).open("w", encoding="utf-8-sig", newline="") as target,
        ):
            writer = csv.writer(target)
            writer.writerow(self.columns)
            records = (flat(json.loads(line.rstrip(",\n"))) for line in lines if line.startswith("{"))
            writer.writerows([csv_cell(record.get(name)) for name in self.columns] for record in records)
        files = {f"{name}.csv": csv_id, f"{name}.json": self.file_id}
        known = {"Contents": "", "ContentsFormat": EntryFormat.TEXT, "Type": EntryType.ENTRY_INFO_FILE}
        return [{**known, "File": file, "FileID": file_id} for file, file_id in files.items()]


def war_room_path(file_id: str) -> Path:
    return Path(f"{demisto.investigation()['id']}_{file_id}")


def flat(record: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """A record without objects in it: their values by dotted names."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{above}{name}."))
        else:
            found[f"{above}{name}"] = value
    return found


def csv_cell(value: Any) -> Any:
    """A list as text, and any text so that no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return ROW_JSON.encode(value) if isinstance(value, list) else value


@dataclass
class Listing:
    """The rows of an answer: in memory those that the context holds, and all of them in a file when an entry would be too long.

    Attributes:
        total: How many rows there are.
        size: Their length as JSON, in characters.
        more: Whether there are others behind the limit.
        note: Why reading broke off.
    """

    rows: list[dict] = field(default_factory=list)
    total: int = 0
    size: int = 0
    more: bool = False
    note: str = ""
    file: RowsFile | None = None

    @property
    def truncated(self) -> bool:
        """Whether the context holds the first rows only."""
        return len(self.rows) < self.total

    def add(self, row: dict) -> None:
        text = ROW_JSON.encode(row)
        self.size += len(text)
        if self.size > ENTRY_SIZE and not self.file:
            self.file = RowsFile()
            for earlier in self.rows:
                self.file.add(earlier, ROW_JSON.encode(earlier))
        if self.file:
            self.file.add(row, text)
        if self.size <= CONTEXT_SIZE:
            self.rows.append(row)
        self.total += 1


def collect(pages: Iterable[dict], limit: int | None = None, skip: int = 0, whole: bool = False) -> Listing:
    """Rows up to the limit, behind those to skip, and a note when reading broke off after some were had.

    Args:
        whole: Whether rows that the context does not hold are an error.

    Raises:
        ExplainedError: Reading failed before the first row, or there are too many.
    """
    listing, read = Listing(), 0
    try:
        for row in pages:
            if limit is not None and read >= skip + limit:
                listing.more = True
                break
            read += 1
            if read > skip:
                listing.add(row)
            if whole and listing.truncated:
                break
    except ExplainedError as error:
        if not read:
            raise
        listing.note = f"**Incomplete**: only the first {read} were read. {markdown_text(error.message)}"
    if whole and listing.file and listing.truncated:
        listing.file.lines.close()
        problem = f"the context holds only the first {len(listing.rows)}, and more are there. Narrow the search."
        raise ArgumentError("fail_if_truncated", problem)
    return listing


def flatten(pages: Iterable[list[dict]]) -> Iterator[dict]:
    for page in pages:
        yield from page


def uid_set(value: Any) -> set[str]:
    return {str(device_uid).lower() for device_uid in value} if isinstance(value, list) else set()


# endregion


# region Text that people read
# What Markdown (CommonMark, tables, strikethrough), renderers that make links of addresses, and the platform's own marks (%%% for
# buttons that run commands, {{ for colours) see in a text.
MARKUP = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[&<>`|*\[\]~#]|(?<![^\W_])_|_(?![^\W_])|^[-+=]|%(?=%)|\{(?=\{)|:(?=//)|(?<=www)\.", re.IGNORECASE
)
# Where a backslash would not do: tableToMarkdown puts another one before pipes and backticks, and what looks for the other marks
# need not know backslashes.
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", **{mark: f"&#{ord(mark)};" for mark in "`|%{:."}}
LINE_ENDS = re.compile(r"\r\n|[\t-\r\x1c-\x1f\x85\u2028\u2029]")


def markdown_text(value: Any) -> str:
    """A value of unknown origin (a device or user name, a message) as war-room text that shows just that, in running text and
    in cells. It is one line, without blanks around it."""
    text = MARKUP.sub(lambda mark: ENTITIES.get(mark[0]) or f"\\{mark[0]}", LINE_ENDS.sub(" ", str(value)).strip())
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", text)


def fenced(text: str) -> str:
    """A text as it is, between fences that are longer than any in it.

    The platform looks for its buttons and colours before Markdown is read: an invisible character keeps their marks apart.
    """
    text = re.sub(r"%%(?=%)|\{(?=\{)", lambda mark: f"{mark[0]}\N{WORD JOINER}", text)
    fence = "`" * (max([2, *map(len, re.findall("`+", text))]) + 1)
    return f"{fence}\n{text}\n{fence}"


def log(text: str) -> None:
    """Counts, paths and ids only: never a body, a JWS or a name."""
    demisto.debug(SECRETS.masked(text))


PLAIN = str.maketrans(
    dict.fromkeys("\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{MINUS SIGN}", "-")
    | dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}", " ")
)


def visible(value: Any) -> str:
    """A text without what comes along when it is copied from a page or a document, and that nobody sees: zero-width blanks,
    byte-order marks, soft hyphens, marks of direction; and with blanks and hyphens that do not break as the plain ones."""
    return "".join(character for character in str(value) if unicodedata.category(character) != "Cf").translate(PLAIN)


def as_seen(value: Any) -> str:
    """What a person sees of a text, with blanks of every kind and number as one plain blank."""
    return " ".join(visible(value).split())


def plain(text: Any) -> str:
    """Text for comparison: without regard to case, Unicode form, quotes, brackets and blanks around it."""
    return unicodedata.normalize("NFKC", str(text or "")).strip(" \t\r\n\"'[]{}").casefold()


def wildcard_match(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern, in which `*` stands for any characters. Many of them take no longer: fnmatch does
    not try every way to share the text out among them."""
    return wildcard(pattern).match(text) is not None if "*" in pattern else text == pattern


@cache
def wildcard(pattern: str) -> "re.Pattern[str]":
    # fnmatch has other wildcards too, which stand for themselves here.
    return re.compile(fnmatch.translate(re.sub(r"[\[?]", r"[\g<0>]", pattern)))


def table(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    headers: Sequence[str],
    note: str = "",
    most: int | None = TABLE_ROWS,
    total: int | None = None,
) -> str:
    """A war-room table with a note below.

    Args:
        most: How many rows are shown; None where the context does not hold the rest.
        total: How many rows there are, when the context does not hold all of them.
    """
    shown, total = cells(rows[:most]), total or len(rows)
    notes = [note]
    if len(shown) < total:
        held = "all of them" if total == len(rows) else f"the first {len(rows)}"
        notes.append(f"{len(shown)} of {total} rows are shown; the context holds {held}.")
    readable = tableToMarkdown(title, shown, headers=list(headers), headerTransform=heading).rstrip()
    return paragraphs(readable, *notes)


def cells_table(title: str, rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> str:
    """All rows, which are cells already; a column in which no row has a value is left out."""
    readable: str = tableToMarkdown(title, [*rows], [*columns], headerTransform=heading, removeNull=True)
    return readable


# What the rule of `heading` would say less well than people do.
HEADINGS = {
    "actorDisplayName": "Actor",
    "objectDisplayName": "Object",
    "Id": "Device UID",
    "cdfUid": "Field UID",
    "cdfFieldName": "Field",
    "deviceName": "Device",
    "DeviceName": "Device",
    "installDateTimeUtc": "Installed (UTC)",
    "numberOfDaysOffline": "Days offline",
    "serialNumber": "Serial",
    "why": "Reason",
}
ACRONYMS = {name.lower(): name for name in ("BIOS", "ESN", "ID", "IP", "MAC", "OS", "UID")} | {"utc": "(UTC)"}


def heading(name: str) -> str:
    """The heading of a column: the name of a field as words, `createdDateTimeUtc` as `Created (UTC)`."""
    if name in HEADINGS or not re.fullmatch(r"[A-Za-z]+", name):
        return HEADINGS.get(name, name)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", re.sub(r"(Date)?(Time)?U(tc|TC)$", "Utc", name))
    said = " ".join(ACRONYMS.get(word.lower(), word.lower()) for word in words)
    return f"{said[0].upper()}{said[1:]}"


def cells(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows for tableToMarkdown, of values of unknown origin; what is empty is left out."""
    return [{name: cell(as_read(name, value)) for name, value in row.items() if value not in (None, "")} for row in rows]


def as_read(name: str, value: Any) -> Any:
    """A value as a person reads it: a time under a heading that says that it is UTC."""
    moment = parse_utc(value) if heading(name).endswith("(UTC)") and isinstance(value, str) else None
    return moment_text(moment).removesuffix(" UTC") if moment else value


def cell(value: Any) -> str:
    return markdown_text(", ".join(str(item) for item in value) if isinstance(value, list) else value)


def joined(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def paragraphs(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def pairs(values: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in as_dict(values).items())


# endregion
