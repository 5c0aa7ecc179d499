import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *

import base64
import binascii
import hashlib
import heapq
import hmac
import ipaddress
import json
import re
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from threading import Event, Lock
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

import requests
import urllib3

urllib3.disable_warnings()

# region Constants
VENDOR = "Absolute"
PRODUCT = "Secure Endpoint"
CONSOLE_HOST = re.compile(r"(?:cc|api)\.((?:[a-z0-9-]+\.)*absolute(?:gov)?\.com)")
URL_EXAMPLE = "https://cc.absolute.com"
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

READ_ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8
TOO_LONG_STATUSES = frozenset({413, 414, 431})
CLOCK_SKEW_SECONDS = 60
# The account's limit is 20 calls per second; the network may push two calls closer together.
CALLS_PER_SECOND = 20
PACE_SECONDS = 1.03
READ_BYTES = 2**20
MAX_EMPTY_PAGES = 10
MAX_ECHO = 200
MAX_TERM = 1000

DEVICE_PAGE_SIZE = 500
PAGE_SIZE = 500
# The API publishes no limit for the query string; 8 KiB is the customary one of web servers, and a
# refusal for length makes the batch smaller.
MAX_FILTER_CHARACTERS = 6000

MAX_DEVICES_PER_REQUEST = 10_000
MAX_TITLE = 250
MAX_MESSAGE = 4000
MAX_MESSAGE_NAME = 255
MAX_EMAILS = 10
OFFLINE_SECONDS = range(1200, 172_800_000 + 1)
DEFAULT_OFFLINE_SECONDS = 30 * 24 * 60 * 60
# The default that the existing pack has in the manifest, and so in playbooks.
OLD_OFFLINE_SECONDS = "22592000"
CLOCK_TOLERANCE = timedelta(seconds=5)
SETTLING_SECONDS = 2
LOOKS_FOR_REQUEST = (0, 3)
DEFAULT_MAX_DEVICES = 50
DEFAULT_TIMEOUT = 60

DEFAULT_LIMIT = 50
TABLE_ROWS = 50
MIN_INTERVAL = 10
LOOK_CALLS = 50
ONLINE_WITHIN = timedelta(minutes=30)

SECRET_FIELDS = frozenset({"passcode", "displaypasscode", "passcodeclear", "passcodesalt", "passcodehashed", "macpwd", "mac_pwd"})
MASK = "********"
PDF, PDF_END = b"%PDF", b"%%EOF"
AGENT_STATUS = {"active": "A", "disabled": "D", "inactive": "I"}
AGENT_STATUS_NAMES = {"A": "Active", "D": "Disabled", "I": "Inactive"}
FROZEN = "FRZN"
# endregion


# region Errors
class AbsoluteError(DemistoException):
    """Any failure the analyst is told about. Subclasses say what kind."""


class ArgumentError(AbsoluteError):
    """An argument or parameter is refused before anything is sent."""

    def __init__(self, name: str, problem: str, example: str | None = None) -> None:
        hint = f" Example: {name}={example}" if example else ""
        problem = problem if len(problem) <= 2 * MAX_ECHO else f"{problem[:MAX_ECHO]} … {problem[-MAX_ECHO:]}"
        super().__init__(f"{name}: {problem}{hint}")
        self.name = name


class TargetError(AbsoluteError):
    """The targets of a command that changes devices are not exactly the devices that were meant, or are not allowed."""


class ApiError(AbsoluteError):
    """The API answered with an error.

    Attributes:
        status: HTTP status of the inner call.
        code: The `code` of the error body, an open set of strings; empty when the body is not the API's.
        retry_after: Seconds to wait as asked by `Retry-After`, or None.
    """

    def __init__(self, message: str, status: int, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def uncertain(self) -> bool:
        """Whether the call may have been carried out all the same."""
        return self.status >= 500 or self.status in (200, 408)

    @property
    def lacks_permission(self) -> bool:
        """403 with the API's own error body; a 403 without one comes from the edge or a proxy and says nothing of the token."""
        return self.status == 403 and bool(self.code)


class TransportError(AbsoluteError):
    """No usable answer arrived.

    Attributes:
        uncertain: Whether the API may have received the call, and carried it out.
        passing: Whether another attempt may fare better.
    """

    def __init__(self, message: str, sent: bool, passing: bool = True) -> None:
        super().__init__(message)
        self.uncertain = sent
        self.passing = passing


class UncertainWriteError(AbsoluteError):
    """A write may or may not have been carried out; it was not repeated."""


class RepeatedCursorError(AbsoluteError):
    """The API handed out a page cursor twice: what follows would never end."""


# endregion


# region Pure functions: server URL
def api_base_url(url: str) -> str:
    """Turn a console or API URL into the base URL of the API.

    Any `cc.` or `api.` host under absolute.com and absolutegov.com is accepted, so that a new region needs no release;
    a signed request never goes to another host, loopback excepted.

    Raises:
        ArgumentError: The URL is not https or the host is not Absolute's.
    """
    typed = (url or "").strip()
    # What stands before an @ may be a password: it is refused below and never shown.
    text = typed.rpartition("@")[2]
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise ArgumentError("Server URL", f'"{text}" is not a URL.', URL_EXAMPLE) from None
    if is_loopback(host) and parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    match = CONSOLE_HOST.fullmatch(host)
    if not match or parts.username is not None or port not in (None, 443):
        raise ArgumentError(
            "Server URL",
            f'"{text}" is not an Absolute console or API address (cc.… or api.… under absolute.com or absolutegov.com). '
            "Copy the address that your browser shows when you are signed in to the console.",
            URL_EXAMPLE,
        )
    if parts.scheme != "https":
        raise ArgumentError("Server URL", f'"{text}" is not https: nothing is sent unencrypted.', URL_EXAMPLE)
    return f"https://api.{match.group(1)}"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# endregion


# region Pure functions: signing (RFC 7515 compact serialization, RFC 7518 HS256 and ES256)
PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]*KEY)-----(.*?)-----END \1-----", re.DOTALL)
KEY_EXAMPLE_HINT = (
    "Create one with: openssl ecparam -name prime256v1 -genkey -noout -out ec.pem; "
    "openssl pkcs8 -topk8 -nocrypt -in ec.pem -out private.pem"
)


@dataclass(frozen=True)
class SigningKey:
    """A key ready to sign: `alg` is the JOSE algorithm, `sign` makes the signature of a JWS signing input (RFC 7515)."""

    alg: str
    sign: Callable[[bytes], bytes] = field(repr=False)


def symmetric_key(secret: str) -> SigningKey:
    """The key of a symmetric token: the UTF-8 bytes of the secret as the console shows it, not decoded."""
    return SigningKey("HS256", partial(hmac.digest, secret.encode("utf-8"), digest="sha256"))


def asymmetric_key(text: str) -> SigningKey:
    """The key of an asymmetric token, from a PKCS#8 or SEC1 PEM whose line breaks may have been lost.

    Raises:
        ArgumentError: No unencrypted private key on the curve prime256v1 is in the text.
    """
    # Loading them takes 30 ms, which commands with a symmetric token need not spend.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from jwt.algorithms import ECAlgorithm

    blocks = dict(PEM_BLOCK.findall(text.replace("\\r", "").replace("\\n", "\n")))
    label = next((name for name in ("PRIVATE KEY", "EC PRIVATE KEY") if name in blocks), None)
    if label is None:
        found = f"holds a {' and a '.join(blocks)}" if blocks else "is not a PEM"
        raise ArgumentError("Private key", f"the text {found}; an unencrypted private key is needed. {KEY_EXAMPLE_HINT}")
    body = "".join(blocks[label].split())
    pem = f"-----BEGIN {label}-----\n" + "\n".join(re.findall(".{1,64}", body)) + f"\n-----END {label}-----\n"
    try:
        key = load_pem_private_key(pem.encode("ascii"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error):
        raise ArgumentError("Private key", f"the PEM is damaged or encrypted. {KEY_EXAMPLE_HINT}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ArgumentError("Private key", f"Absolute takes keys on the curve prime256v1 (P-256) only. {KEY_EXAMPLE_HINT}")
    return SigningKey("ES256", partial(ECAlgorithm(ECAlgorithm.SHA256).sign, key=key))


def signing_key(secret: str, private_key: str) -> SigningKey:
    """Choose the key: a private key wins; a PEM in the secret is recognised.

    Raises:
        ArgumentError: Neither is given, or the private key cannot be used.
    """
    if private_key.strip():
        return asymmetric_key(private_key)
    if "-----BEGIN" in secret:
        return asymmetric_key(secret)
    if not secret.strip():
        raise ArgumentError(
            "Secret Key",
            "it is empty. Enter the secret of a symmetric API token, or the private key of an asymmetric one.",
        )
    return symmetric_key(secret.strip())


def build_jws(key: SigningKey, token_id: str, method: str, path: str, query: str, body: Any | None, issued_at_ms: int) -> str:
    """The compact JWS that carries one API call (vendor's guide "JSON Web Signature"; RFC 7515 section 7.1).

    Args:
        path: With the /v3 prefix, without host and query.
        query: Encoded, without the question mark.
        body: None for no body, otherwise what is sent as `data`.
        issued_at_ms: UNIX time in milliseconds, UTC.
    """
    header = {
        "alg": key.alg,
        "kid": token_id,
        "method": method,
        "content-type": "application/json",
        "uri": path,
        "query-string": query,
        "issuedAt": issued_at_ms,
    }
    payload = {} if body is None else {"data": body}
    signing_input = b".".join(base64url(compact_json(part)) for part in (header, payload))
    return (signing_input + b"." + base64url(key.sign(signing_input))).decode("ascii")


def compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


# endregion


# region Pure functions: queries
Params = Sequence[tuple[str, str]]


def encode_query(params: Params) -> str:
    """Percent-encode as the vendor's examples do: everything but unreserved characters and parentheses."""
    return "&".join(f"{name}={quote(value, safe='()')}" for name, value in params)


@dataclass(frozen=True)
class Term:
    """One condition on one field of a report.

    Attributes:
        typed: What the analyst wrote; names the condition in answers.
        api_field: Field of the device report, such as `deviceName`.
        suffix: Filter suffix: empty for equals, StartsWith, EndsWith or Contains.
        text: The value without wildcards.
        reported: Where the report shows the field, when that is not `api_field`.
    """

    typed: str
    api_field: str
    suffix: str
    text: str
    reported: str = ""

    @property
    def path(self) -> str:
        return self.reported or self.api_field

    @property
    def name(self) -> str:
        return self.api_field + self.suffix

    @property
    def quotable(self) -> bool:
        # The vendor documents no escape for a quote inside a filter value: such values go through simple filters.
        return "'" not in self.text

    def expression(self) -> str:
        return f"{self.name} eq '{self.text}'"

    def matches(self, record: Mapping[str, Any]) -> bool:
        have, want = folded(record, self.path), self.text.casefold()
        if not have:
            return False
        if self.suffix in ("FromInclusive", "ToInclusive"):
            moment, bound = (parse_utc(text.upper()) or EARLIEST for text in (have, self.text))
            return moment >= bound if self.suffix == "FromInclusive" else moment <= bound
        tests = {"": have == want, "StartsWith": have.startswith(want), "EndsWith": have.endswith(want), "Contains": want in have}
        return tests[self.suffix]


def folded(record: Mapping[str, Any], path: str) -> str:
    """A value of a record for comparison without regard to case; empty when it has none."""
    return str(dict_safe_get(record, path.split("."), default_return_value="") or "").casefold()


@dataclass(frozen=True)
class Criterion:
    """One argument: its terms widen (OR). Several criteria narrow (AND)."""

    argument: str
    terms: tuple[Term, ...]
    server_side: bool = True

    @cached_property
    def exact(self) -> dict[str, dict[str, list[str]]]:
        """What was typed, by field and value: thousands of values are looked up, not compared one by one."""
        index: dict[str, dict[str, list[str]]] = {}
        for term in self.terms:
            if not term.suffix:
                index.setdefault(term.path, {}).setdefault(term.text.casefold(), []).append(term.typed)
        return index

    @cached_property
    def wildcards(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.suffix)

    def typed_for(self, record: Mapping[str, Any]) -> list[str]:
        """The typed values that a record meets.

        Records are checked on this side too, so that a filter which the server ignored or widened selects nothing.
        """
        found = [typed for name, values in self.exact.items() for typed in values.get(folded(record, name), ())]
        return found + [term.typed for term in self.wildcards if term.matches(record)]

    def matches(self, record: Mapping[str, Any]) -> bool:
        return bool(self.typed_for(record))

    def expression(self) -> str:
        joined = " or ".join(term.expression() for term in self.terms)
        return f"({joined})" if len(self.terms) > 1 else joined


@dataclass(frozen=True)
class Query:
    """One list call: simple filters as parameters, or one `filter` expression for the -advanced variant."""

    params: tuple[tuple[str, str], ...] = ()
    advanced: bool = False


def plan_queries(criteria: Sequence[Criterion], raw_filter: str = "", max_characters: int = MAX_FILTER_CHARACTERS) -> list[Query]:
    """The fewest calls that find every record which meets all criteria.

    One value per argument becomes simple filters; anything else one filter expression, cut into batches along the
    argument with most values. What cannot be said to the server (a quote in a value, too long an expression) is left
    out of the query: the caller checks each record against all criteria anyway.

    Raises:
        ArgumentError: `filter` is combined with a value that holds a quote.
    """
    criteria = [criterion for criterion in criteria if criterion.server_side]
    names = [criterion.terms[0].name for criterion in criteria if len(criterion.terms) == 1]
    if not raw_filter and len(set(names)) == len(criteria):
        return [Query(tuple((c.terms[0].name, c.terms[0].text) for c in criteria))]
    if raw_filter and not all(term.quotable for criterion in criteria for term in criterion.terms):
        raise ArgumentError("filter", "it cannot be combined with a value that contains a quote ('); use one of the two.")
    if not criteria:
        return [Query((("filter", raw_filter),), advanced=True)]
    driver = max(criteria, key=lambda criterion: len(criterion.expression()))
    others = [criterion for criterion in criteria if criterion is not driver]
    singles = tuple((c.terms[0].name, c.terms[0].text) for c in others if len(c.terms) == 1)
    simple = [
        # No parameter may be given twice.
        Query(tuple({**dict(singles), term.name: term.text}.items()))
        for term in driver.terms
        if not term.quotable
    ]
    fixed = f"({raw_filter})" if raw_filter else ""
    for other in others:
        longer = " and ".join(part for part in (fixed, other.expression()) if part)
        if all(term.quotable for term in other.terms) and len(quote(longer, safe="()")) <= max_characters // 2:
            fixed = longer
    room = max_characters - len(quote(f"() and {fixed}", safe="()"))
    batches = batch_terms([term for term in driver.terms if term.quotable], room)
    return simple + [
        Query((("filter", " and ".join(part for part in (replace(driver, terms=tuple(b)).expression(), fixed) if part)),), True)
        for b in batches
    ]


def batch_terms(terms: Sequence[Term], max_characters: int) -> list[list[Term]]:
    """Cut terms into as few runs as fit; a single term is never cut."""
    batches: list[list[Term]] = []
    used = 0
    for term in terms:
        size = len(quote(f"{term.expression()} or ", safe="()"))
        if not batches or used + size > max_characters:
            batches.append([])
            used = 0
        batches[-1].append(term)
        used += size
    return batches


def halves(query: Query) -> list[Query]:
    """Cut a filter expression of `or`-joined terms in two; empty when there is nothing to cut."""
    expression = query.params[0][1] if query.advanced else ""
    match = re.match(r"^\(((?:[A-Za-z]+ eq '[^']*'(?: or )?){2,})\)(.*)$", expression)
    if not match:
        return []
    terms, rest = re.findall(r"[A-Za-z]+ eq '[^']*'", match.group(1)), match.group(2)
    middle = len(terms) // 2
    return [
        Query((("filter", f"({' or '.join(part)}){rest}"), *query.params[1:]), True) for part in (terms[:middle], terms[middle:])
    ]


def parse_raw_filter(text: str | None) -> str:
    """Accept what the `-advanced` endpoints accept: `<field> eq <value>`, `and`, `or`, parentheses.

    Raises:
        ArgumentError: The text is written in the query language of the v2 API.
    """
    text = (text or "").strip()
    outside_quotes = re.sub(r"'[^']*'", "''", text)
    old = re.search(r"\b(substringof|startswith|endswith|ne|gt|ge|lt|le|not)\b", outside_quotes, re.IGNORECASE)
    if old or outside_quotes.count("'") % 2:
        problem = f'"{old.group(1)}" is not part of the v3 filter language' if old else "a quote is not closed"
        raise ArgumentError(
            "filter",
            f"{problem}. Use <field><suffix> eq '<value>' with and, or and parentheses; comparisons are suffixes such as "
            "StartsWith, Not, From or To.",
            "\"deviceNameStartsWith eq 'LAB' and isStolen eq false\"",
        )
    return text


# endregion


# region Pure functions: time
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


def pause(seconds: float) -> bool:
    """Wait; False, and at once, when the platform would end the command before the time has passed."""
    try:
        safe_sleep(seconds)
    except ValueError:
        return False
    return True


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


# region Pure functions: arguments and secrets
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


def redact(value: Any) -> Any:
    """The value without passcodes, their salts and hashes, and Mac passwords, at any depth."""
    if isinstance(value, Mapping):
        if str(value.get("key") or "").casefold() in SECRET_FIELDS:
            return {name: redact(inner) for name, inner in value.items() if name != "extra"}
        return {name: redact(inner) for name, inner in value.items() if str(name).casefold() not in SECRET_FIELDS}
    if isinstance(value, list | tuple):
        return [redact(inner) for inner in value]
    return value


def mask_secrets(value: Any) -> Any:
    """The value with each secret replaced by asterisks, to show what would be sent."""
    if isinstance(value, Mapping):
        return {name: MASK if str(name).casefold() in SECRET_FIELDS else mask_secrets(inner) for name, inner in value.items()}
    return value


def secret_values(value: Any) -> list[str]:
    """The secrets in a body, so that an answer that repeats them can be masked."""
    if not isinstance(value, Mapping):
        return []
    own = [str(inner) for name, inner in value.items() if str(name).casefold() in SECRET_FIELDS and inner]
    return own + [secret for inner in value.values() for secret in secret_values(inner)]


def as_dict(value: Any) -> dict[str, Any]:
    """An object of an answer; empty when it is something else."""
    return value if isinstance(value, dict) else {}


def as_dicts(value: Any) -> list[dict[str, Any]]:
    """The objects of a list in an answer; empty when it is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def markdown_text(value: Any) -> str:
    """A value of unknown origin (a device or user name, a message) as war-room text that shows it as it is.

    Pipes are left to tableToMarkdown, which escapes them in cells.
    """
    text = re.sub(r"\s+", " ", str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])|[`*\[\]]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


# endregion


# region Pure functions: explaining errors
@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        purpose: What it does, to complete "could not …" in an error.
        permission: The console permission a token needs for it.
        idempotent: Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2).
        answers: Whether success carries a body (202 and 204 do not).
        binary: Whether that body is a file and not JSON.
        seen_with: What shows whether a change was carried out.
    """

    method: str
    path: str
    purpose: str
    permission: str
    idempotent: bool = True
    answers: bool = True
    binary: bool = False
    seen_with: str = "absolute-device-get"

    @property
    def changes(self) -> bool:
        """Whether it changes something. The lists of actions are read by POST."""
        return self.method != "GET" and "/get-actions" not in self.path


GET_DEVICES = Operation("GET", "/v3/reporting/devices", "read devices", "View Device reports")
GET_DEVICES_ADVANCED = Operation("GET", "/v3/reporting/devices-advanced", "read devices", "View Device reports")
GET_COMPLIANCE = Operation("GET", "/v3/reporting/devices/compliance", "read the compliance report", "View Device reports")
CREATE_FREEZE = Operation("POST", "/v3/actions/requests/freeze", "freeze devices", "Perform Freeze Device", False)
REMOVE_FREEZE = Operation("POST", "/v3/actions/freeze/remove-freeze", "unfreeze devices", "Perform Freeze Device", False, False)
GET_FREEZE = Operation(
    "GET",
    "/v3/actions/freeze/requests/{}",
    "read a freeze request",
    "Perform Freeze Device and Perform Remove Freeze",
)
GET_APPLICATIONS = Operation("GET", "/v3/reporting/applications", "read installed software", "View Software reports")
GET_APPLICATIONS_ADVANCED = Operation(
    "GET",
    "/v3/reporting/applications-advanced",  # disable-secrets-detection
    "read installed software",
    "View Software reports",
)
LIST_FIELD_DEFINITIONS = Operation(
    "GET",
    "/v3/configurations/customfields/definitions",
    "read the definitions of device fields",
    "Manage Device Field Definition",
)
LIST_DEVICE_FIELDS = Operation("GET", "/v3/configurations/customfields/devices/{}", "read device fields", "View Device Fields")
UPDATE_DEVICE_FIELDS = Operation(
    "PUT",
    "/v3/configurations/customfields/devices/{}",
    "write device fields",
    "Manage Device Fields",
    False,
    False,
    seen_with="absolute-custom-device-field-list",
)
LIST_MISSING = Operation("GET", "/v3/tracking/device-missing/missing", "read missing devices", "View Missing Device")
REPORT_MISSING = Operation(
    "POST",
    "/v3/tracking/device-missing/missing",
    "report devices missing",
    "Manage Missing Device",
    False,
    seen_with="absolute-device-missing-list",
)
REPORT_FOUND = Operation(
    "POST",
    "/v3/tracking/device-missing/found",
    "report devices found",
    "Manage Missing Device",
    False,
    seen_with="absolute-device-missing-list",
)
LIST_TEMPLATES = Operation("GET", "/v3/actions/eum/messages", "read message templates", "View Send Message")
LIST_SCRIPTS = Operation("GET", "/v3/actions/reach/scripts", "read scripts", "Run Reach Script")
LIST_DEVICE_GROUPS = Operation("GET", "/v3/configurations/device-groups/groups", "read device groups", "none")
LIST_GROUPS_OF_DEVICE = Operation(
    "GET", "/v3/configurations/device-groups/devices/{}/groups", "read the groups of a device", "none"
)
LIST_POLICY_GROUPS = Operation("GET", "/v3/configurations/policy-groups", "read policy groups", "View Policies")
GET_SIEM_EVENTS = Operation("GET", "/v3/reporting/siem-events", "read events", "Manage SIEM integration")
LIST_MESSAGES = Operation("GET", "/v3/actions/freeze/messages", "read freeze messages", "View Freeze Device")
GET_MESSAGE = Operation("GET", "/v3/actions/freeze/messages/{}", "read a freeze message", "View Freeze Device")
CREATE_MESSAGE = Operation(
    "POST",
    "/v3/actions/freeze/messages",
    "create a freeze message",
    "View Freeze Device",
    False,
    seen_with="absolute-device-freeze-message-list",
)
UPDATE_MESSAGE = Operation(
    "PUT",
    "/v3/actions/freeze/messages/{}",
    "change a freeze message",
    "View Freeze Device",
    answers=False,
    seen_with="absolute-device-freeze-message-list",
)
DELETE_MESSAGE = Operation(
    "DELETE",
    "/v3/actions/freeze/messages/{}",
    "delete a freeze message",
    "View Freeze Device",
    answers=False,
    seen_with="absolute-device-freeze-message-list",
)


@dataclass(frozen=True)
class ActionKind:
    """A kind of device action: request, actions and cancel are the same for all (vendor's "Device Actions").

    Attributes:
        slug: Its part of the API's paths.
        purpose: What it does, to complete "could not …".
        view: Permission to read requests and actions. `perform`: permission to create and cancel.
        done: The verdict of a device on which it was carried out.
        request_prefix: Context of a request. `action_prefix`: context of the action on one device.
        last_statuses: The values of `actionStatus` that not every kind has.
        devices_per_look: How many devices one get-actions call takes; 0 when it takes none and answers all.
    """

    slug: str
    purpose: str
    view: str
    perform: str
    done: str
    request_prefix: str
    action_prefix: str
    last_statuses: tuple[str, ...]
    devices_per_look: int = 0

    @property
    def noun(self) -> str:
        """Its part of the names of commands."""
        return {"eum": "message", "reach": "script"}.get(self.slug, self.slug)

    @property
    def statuses(self) -> tuple[str, ...]:
        """The values of `actionStatus` that can be searched."""
        return ("Pending", "Processing", *self.last_statuses, "Failed", "Canceled")

    @property
    def create(self) -> Operation:
        path = f"/v3/actions/requests/{self.slug}"
        return Operation("POST", path, self.purpose, self.perform, False, seen_with=f"absolute-{self.noun}-request-list")

    @property
    def requests(self) -> Operation:
        return Operation("GET", f"/v3/actions/requests/{self.slug}", f"read requests to {self.purpose}", self.view)

    @property
    def request(self) -> Operation:
        return Operation("GET", f"/v3/actions/requests/{self.slug}/{{}}", f"read a request to {self.purpose}", self.view)

    @property
    def all_actions(self) -> Operation:
        return Operation(
            "POST", f"/v3/actions/{self.slug}/get-actions", f"read what became of requests to {self.purpose}", self.view
        )

    @property
    def actions(self) -> Operation:
        return replace(self.all_actions, path=f"/v3/actions/{self.slug}/get-actions/{{}}")

    @property
    def cancel(self) -> Operation:
        path = f"/v3/actions/{self.slug}/cancel-actions/{{}}"
        purpose = f"cancel a request to {self.purpose}"
        return Operation("POST", path, purpose, self.perform, answers=False, seen_with=f"absolute-{self.noun}-actions-list")

    @property
    def cancel_prefix(self) -> str:
        """Context of a cancellation; a message request has a `message` of its own, which must not be overwritten."""
        return f"{self.request_prefix}Cancel" if self.slug == "eum" else self.request_prefix

    @property
    def certificate(self) -> Operation:
        path = f"/v3/actions/{self.slug}/certificates/{{}}/{{}}"
        return Operation("GET", path, "read a certificate of sanitization", self.view)


UNENROLL = ActionKind(
    "unenroll",
    "unenroll devices",
    "View Unenroll Device and Perform Unenroll Device",
    "Perform Unenroll Device",
    "unenrolled",
    "Absolute.DeviceUnenroll",
    "Absolute.DeviceUnenrollAction",
    ("Completed", "Ineligible"),
)
WIPE = ActionKind(
    "wipe",
    "wipe devices",
    "View Wipe Device",
    "Perform Wipe Device",
    "wiped",
    "Absolute.WipeRequest",
    "Absolute.WipeAction",
    ("Succeeded",),
)
FILE_DELETE = ActionKind(
    "file-delete",
    "delete files",
    "View Delete File",
    "Perform Delete File",
    "deleted",
    "Absolute.FileDeleteRequest",
    "Absolute.FileDeleteAction",
    ("Completed",),
)
MESSAGE = ActionKind(
    "eum",
    "send messages",
    "View Send Message",
    "Manage Send Message",
    "delivered",
    "Absolute.MessageRequest",
    "Absolute.MessageAction",
    ("Ready", "Completed"),
)
SCRIPT = ActionKind(
    "reach",
    "run scripts",
    "Run Reach Script",
    "Run Reach Script",
    "executed",
    "Absolute.ScriptRequest",
    "Absolute.ScriptAction",
    ("Succeeded",),
    100,
)


def sign_in_refused(host: str, token_id: str, alg: str, skew_seconds: float) -> str:
    """What a 401 can mean. The API does not say which, so the candidates are listed, most likely first."""
    key, other = ("Secret Key", "an asymmetric") if alg == "HS256" else ("private key", "a symmetric")
    causes = [
        f"The {key} does not belong to this Token ID (or the token is {other} one).",
        "The token has expired: it ends at 23:59:59 UTC of its last day, 90 days after creation unless set otherwise.",
        "The token was disabled or deleted, or the user who created it was suspended.",
        f"The token belongs to another region: this request went to {host}. Use the address of the console that made it.",
        "The token is bound to approved IP addresses, and this host (or engine, or proxy) is not one of them.",
    ]
    if not UUID_TEXT.fullmatch(token_id):
        causes.insert(0, "The Token ID is mistyped: it does not look like one (a UUID of 36 characters).")
    if abs(skew_seconds) > CLOCK_SKEW_SECONDS:
        direction = "behind" if skew_seconds > 0 else "ahead of"
        causes.insert(0, f"The clock of this host is {abs(skew_seconds):.0f} seconds {direction} Absolute's: correct it.")
    else:
        causes.append("The clock of this host was wrong when the request was signed.")
    numbered = "\n".join(f"{number}. {cause}" for number, cause in enumerate(causes, 1))
    return f"Absolute refused the sign-in (401). It does not say why; most likely first:\n{numbered}"


def read_error(response: requests.Response, content: bytes, operation: Operation, host: str, body_sent: Any = None) -> ApiError:
    """Turn an error answer into words: what happened, what it concerns, what to do next."""
    # An HTTP date is told by the clock of who answers.
    now = parse_http_date(response.headers.get("Date"))
    status, retry_after = response.status_code, parse_retry_after(response.headers.get("Retry-After"), now)
    body = read_json(content)
    if not isinstance(body, dict) or not (body.get("code") or body.get("message")):
        return ApiError(explain_foreign_answer(status, operation, host), status, retry_after=retry_after)
    code = str(body.get("code") or "")[:MAX_ECHO]
    said = error_text(body)
    for secret in secret_values(body_sent):
        said = said.replace(secret, MASK)
    said = f" ({said[:500]})" if said else ""
    advice = {
        400: "The API did not accept the request.",
        403: (
            f'The API token lacks the permission "{operation.permission}", or the licence or device group that it needs. '
            "The permissions of a token cannot be changed: create a new token with this permission."
        ),
        404: "There is no such object, or the token may not see it.",
        409: "The request conflicts with the current state: read it again, then decide.",
        429: (
            "The account's limit of 20 requests per second was exceeded (all integrations of the account share it)."
            + (f" Absolute asks to wait {retry_after:.0f} seconds." if retry_after else "")
        ),
    }.get(status, "The service has a problem. Try again later.")
    return ApiError(f"Could not {operation.purpose}: {advice} Answer: {status} {code}{said}", status, code, retry_after)


def error_text(body: Mapping[str, Any]) -> str:
    details = [
        ": ".join(str(part) for part in (detail.get("field"), detail.get("message") or detail.get("code")) if part)
        for detail in as_dicts(body.get("details"))
    ]
    return ", ".join([str(body.get("message") or ""), *details]).strip(", ")


def explain_foreign_answer(status: int, operation: Operation, host: str) -> str:
    """An answer without the API's error body comes from the edge, a proxy or a firewall."""
    reasons = {
        403: f"{host} or a proxy in between refused the path itself (403 without an API error). "
        "Check the Server URL (region) and whether a proxy or firewall blocks it.",
        404: f"{host} does not know the path. Check the Server URL.",
        407: "the proxy wants credentials.",
        429: "too many requests; the account's limit is 20 per second.",
    }
    said = reasons.get(status, f"the answer ({status}) was not the API's. A proxy or the service is in trouble; try again later.")
    return f"Could not {operation.purpose}: {said}"


def read_json(content: bytes) -> Any:
    """The JSON of an answer, which is UTF-8 whatever its header says (RFC 8259 section 8.1); None when it is none."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def read_answer(response: requests.Response, content: bytes, operation: Operation, host: str) -> Any:
    """What a successful answer holds: an object, a file, or None where the API answers nothing.

    Raises:
        TransportError: It is not the API's, or was cut off.
    """
    problem = f"Could not {operation.purpose}: the answer of {host}"
    if not operation.answers and not content.strip():
        if response.status_code == 200:
            raise TransportError(f"{problem} was empty, which is not the API's way.", sent=True)
        return None
    if operation.binary:
        if not content.startswith(PDF):
            raise TransportError(f"{problem} is not a PDF.", sent=True)
        return content
    answer = read_json(content)
    if not isinstance(answer, dict):
        raise TransportError(f"{problem} was cut off or is not JSON.", sent=True)
    return answer


def parse_retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait (RFC 9110 section 10.2.3: delay-seconds or an HTTP date); None when absent or unreadable."""
    if not text:
        return None
    try:
        return max(0.0, float(int(text.strip())))
    except OverflowError:
        return None
    except ValueError:
        moment = parse_http_date(text)
        return max(0.0, (moment - (now or utc_now())).total_seconds()) if moment else None


def parse_http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


BAD_CERTIFICATE = re.compile("CERTIFICATE_VERIFY_FAILED|CertificateError|Hostname mismatch")


def transport_error(cause: BaseException, operation: Operation, host: str, timeout: float) -> TransportError:
    """Say in plain words why no answer came, and whether the request may have arrived."""
    chain = f"{cause!r}"
    never_sent, passing, said = True, True, f"{host} could not be reached."
    if isinstance(cause, requests.exceptions.SSLError) and BAD_CERTIFICATE.search(chain):
        passing = False
        said = (
            f"the certificate of {host} could not be verified. If a proxy inspects TLS, make its CA known to XSOAR; "
            "'Trust any certificate' switches the check off."
        )
    elif isinstance(cause, requests.exceptions.ProxyError | requests.exceptions.InvalidURL):
        said = "the system proxy did not let the request through. Check 'Use system proxy settings' and the proxy itself."
    elif isinstance(cause, requests.exceptions.ConnectTimeout):
        said = f"{host} did not accept a connection within {timeout:.0f} seconds. Check firewall, proxy and region."
    elif isinstance(cause, requests.exceptions.ReadTimeout):
        never_sent, said = False, f"{host} did not answer within {timeout:.0f} seconds."
    elif "NameResolutionError" in chain or "Name or service not known" in chain or "getaddrinfo failed" in chain:
        said = f"the name {host} could not be resolved. Check DNS and the Server URL."
    elif "NewConnectionError" not in chain:
        never_sent, said = False, f"the connection to {host} broke before the answer was complete."
    return TransportError(f"Could not {operation.purpose}: {said}", not never_sent, passing)


def outcome_of_status(status: int) -> str:
    """What the platform's ExecutionMetrics call the outcome of an answered call."""
    named = {401: "auth_error", 403: "auth_error", 429: "quota_error"}
    if status in range(200, 300):
        return "success"
    return named.get(status) or ("service_error" if status >= 500 else "general_error")


def outcome_of_failure(cause: BaseException) -> str:
    """The same for a call without an answer."""
    kinds = {
        requests.exceptions.SSLError: "ssl_error",
        requests.exceptions.ProxyError: "proxy_error",
        requests.exceptions.Timeout: "timeout_error",
    }
    return next((outcome for kind, outcome in kinds.items() if isinstance(cause, kind)), "connection_error")


# endregion


# region Client
@dataclass(frozen=True)
class Report:
    """A report of the API: both its endpoints, its largest useful page, and what tells two rows apart."""

    simple: Operation
    advanced: Operation
    page_size: int
    key: tuple[str, ...]


DEVICES = Report(GET_DEVICES, GET_DEVICES_ADVANCED, DEVICE_PAGE_SIZE, ("deviceUid",))
APPLICATIONS = Report(GET_APPLICATIONS, GET_APPLICATIONS_ADVANCED, 1000, ("deviceUid", "deviceAppId", "appId"))


@dataclass
class Deadline:
    """How long one call may take, its retries included. The clock is injected."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def left(self) -> float:
        return self.seconds - (self.clock() - self.started)


class Pacer:
    """Lets no more than `calls` through within any `seconds`, from however many threads. The clock is injected."""

    def __init__(self, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._turns: list[float] = []
        self._held_until = 0.0
        self._lock = Lock()

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long: the limit is the account's, and holds for every call."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)

    def turn(self) -> tuple[float, float]:
        """Take the next turn: the clock's time when it comes, and the seconds until then."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._held_until)
            if len(self._turns) == self._calls:
                first = min(self._turns)
                self._turns.remove(first)
                turn = max(turn, first + self._seconds)
            self._turns.append(turn)
        return turn, turn - now

    def begin(self, turn: float) -> None:
        """The call of this turn goes out now, which is later when its thread had to wait for others: that is what counts."""
        with self._lock:
            if turn in self._turns:
                self._turns[self._turns.index(turn)] = max(turn, self._clock())


class Client(BaseClient):
    """The Absolute API v3: one method per operation, raw data back. Knows nothing of war room and context.

    Every call is an HTTP POST of a JWS to /jws/validate; status and body of the answer are those of the inner call.
    """

    def __init__(
        self,
        base_url: str,
        token_id: str,
        key: SigningKey,
        verify: bool = True,
        proxy: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        super().__init__(base_url=base_url, verify=verify, proxy=proxy, timeout=timeout)
        self.host = urlsplit(base_url).hostname or base_url
        self.token_id = token_id
        self.key = key
        self.skew_seconds = 0.0
        self.clock_known = False
        self.rate_remaining = ""
        self.calls = 0
        self.pacer = Pacer(CALLS_PER_SECOND, PACE_SECONDS)
        self.outcomes = ExecutionMetrics()
        self._counting = Lock()

    def call(self, operation: Operation, *path_values: str, params: Params = (), body: Any | None = None) -> Any:
        """Send one call, signed anew for each attempt, and return the decoded answer (None when it has no body).

        Idempotent operations are repeated with back-off after 429, 5xx and broken connections; others only when the API
        certainly did not take them (429, 401, never sent).

        Raises:
            ApiError: The API answered with an error.
            TransportError: No usable answer; nothing can have been changed.
            UncertainWriteError: A write may or may not have been carried out.
        """
        deadline = Deadline(self.timeout)
        path = operation.path.format(*(quote(value, safe="") for value in path_values))
        query = encode_query(params)
        attempt = 1
        while True:
            try:
                return self.send(operation, path, query, body, deadline)
            except (ApiError, TransportError) as error:
                if attempt > 1 and operation.method == "DELETE" and isinstance(error, ApiError) and error.status == 404:
                    return None  # An earlier attempt, whose answer was lost, has done it.
                wait = wait_before_retry(operation, error, attempt, deadline)
                if wait is None or not pause(wait):
                    if error.uncertain and operation.changes:
                        raise uncertain(operation, error) from error
                    raise
            attempt += 1
            log(f"[HTTP Call] {operation.method} {operation.path}: attempt {attempt} after {wait:.1f} s")

    def send(self, operation: Operation, path: str, query: str, body: Any | None, deadline: Deadline) -> Any:
        """One signed attempt, when its turn has come."""
        self.calls += 1
        turn = self.next_turn(operation, deadline)
        jws = build_jws(self.key, self.token_id, operation.method, path, query, body, int(time.time() * 1000))
        if is_debug_mode():
            # Then requests are logged. Not otherwise: each registered text makes registering the next one slower.
            add_sensitive_log_strs(jws)
        self.pacer.begin(turn)
        response, content = self.post(jws, operation, max(deadline.left(), 1.0))
        self.note_headers(response)
        if response.status_code == 401:
            raise ApiError(sign_in_refused(self.host, self.token_id, self.key.alg, self.skew_seconds), 401, "NOT_AUTHENTICATED")
        if response.status_code not in range(200, 300):
            refusal = read_error(response, content, operation, self.host, body)
            if refusal.status == 429 and refusal.retry_after:
                self.pacer.hold(refusal.retry_after)
            raise refusal
        answer = read_answer(response, content, operation, self.host)
        if isinstance(answer, dict) and not {"data", "metadata"} & answer.keys() and (operation.answers or answer.get("code")):
            raise read_error(response, content, operation, self.host, body)
        return answer

    def next_turn(self, operation: Operation, deadline: Deadline) -> float:
        """Wait until the account's limit lets the next call through. Raises: ApiError when that takes too long."""
        turn, wait = self.pacer.turn()
        if wait <= PACE_SECONDS:
            Event().wait(wait)
        elif wait > deadline.left() or not pause(wait):
            text = f"Could not {operation.purpose}: the account's limit is exceeded, Absolute asks to wait {wait:.0f} seconds."
            raise ApiError(text, 429, "RATE_LIMITED", wait)
        return turn

    def post(self, jws: str, operation: Operation, timeout: float) -> tuple[requests.Response, bytes]:
        """The answer to a signed call, with its body. Raises: TransportError."""
        try:
            response = self._http_request(
                "POST",
                url_suffix="/jws/validate",
                data=jws.encode("ascii"),
                headers={"Content-Type": "text/plain", "Accept": "*/*" if operation.binary else "application/json"},
                timeout=timeout,
                resp_type="response",
                error_handler=lambda response: None,
                # A redirect would carry the signed request to another host.
                allow_redirects=False,
                stream=True,
            )
            # In larger pieces than requests reads by itself: a busy fetch waits for the interpreter at each.
            content = b"".join(response.iter_content(READ_BYTES))
        except (DemistoException, requests.exceptions.RequestException, ValueError) as error:
            # ValueError: an address to be redirected to that is none.
            cause = getattr(error, "exception", None) or error
            self._count(outcome_of_failure(cause))
            # Not `from error`: its text can hold the password of a proxy.
            raise transport_error(cause, operation, self.host, timeout) from None
        self._count(outcome_of_status(response.status_code))
        return response, content

    def _count(self, outcome: str) -> None:
        with self._counting:
            setattr(self.outcomes, outcome, getattr(self.outcomes, outcome) + 1)

    def note_headers(self, response: requests.Response) -> None:
        server_time = parse_http_date(response.headers.get("Date"))
        if server_time:
            self.skew_seconds = server_time.timestamp() - time.time()
            # What a proxy answers instead of Absolute has the proxy's time.
            self.clock_known = self.clock_known or response.status_code in range(200, 300)
        remaining = (value for name, value in response.headers.items() if name.lower().endswith("ratelimit-remaining"))
        self.rate_remaining = next(remaining, "")

    def pages(
        self, operation: Operation, *path_values: str, params: Params = (), body: Any | None = None
    ) -> Iterator[list[dict]]:
        """Walk a list page by page. The query stays exactly as in the first call; only the cursor is added.

        Raises:
            RepeatedCursorError: The API handed out the same cursor twice.
        """
        seen: set[str] = set()
        empty_pages = 0
        cursor_param: list[tuple[str, str]] = []
        while True:
            answer = self.call(operation, *path_values, params=[*params, *cursor_param], body=body)
            rows = rows_of(answer)
            empty_pages = 0 if rows else empty_pages + 1
            yield rows
            cursor = str(dict_safe_get(answer, ["metadata", "pagination", "nextPage"], default_return_value="") or "")
            if not cursor:
                return
            if cursor in seen or empty_pages >= MAX_EMPTY_PAGES:
                again = "repeated a page cursor" if cursor in seen else f"sent {empty_pages} empty pages in a row"
                raise RepeatedCursorError(f"Could not {operation.purpose} to the end: the API {again}.")
            seen.add(cursor)
            cursor_param = [("nextPage", cursor)]

    def report(self, report: "Report", query: Query, select: Sequence[str], page_size: int | None = None) -> Iterator[list[dict]]:
        """GET a report or, for a filter expression, its -advanced variant. A query refused for length is cut in two."""
        operation = report.advanced if query.advanced else report.simple
        params = [*query.params, ("select", ",".join(select)), ("pageSize", str(page_size or report.page_size))]
        try:
            yield from self.pages(operation, params=params)
        except ApiError as error:
            smaller = halves(query) if error.status in TOO_LONG_STATUSES else []
            if not smaller:
                raise
            for half in smaller:
                yield from self.report(report, half, select, page_size)

    def compliance_by_mac(self, mac_address: str) -> Iterator[list[dict]]:
        """GET /reporting/devices/compliance, the only report that can be searched by MAC address."""
        return self.pages(GET_COMPLIANCE, params=[("macAddress", mac_address), ("pageSize", str(PAGE_SIZE))])

    def create_freeze(self, body: dict) -> dict:
        """POST /actions/requests/freeze; returns `data` with the requestUid. There is no list of requests: keep it."""
        return as_dict(self.call(CREATE_FREEZE, body=body).get("data"))

    def remove_freeze(self, body: dict) -> None:
        """POST /actions/freeze/remove-freeze."""
        self.call(REMOVE_FREEZE, body=body)

    def freeze_actions(self, request_uid: str) -> Iterator[list[dict]]:
        """GET /actions/freeze/requests/{requestUid}: one element per device. Holds passcodes in clear."""
        return self.pages(GET_FREEZE, request_uid, params=[("pageSize", str(PAGE_SIZE))])

    def create_action(self, kind: ActionKind, body: dict) -> str:
        """POST /actions/requests/<kind>; returns the request's UID."""
        operation = kind.create
        if body.get("unenrollDevicesAndFreeLicenses"):
            operation = replace(operation, permission=f"{operation.permission} or {UNENROLL.perform}")
        return str(as_dict(self.call(operation, body=body).get("data")).get("requestUid") or "")

    def action_requests(self, kind: ActionKind, params: Params = ()) -> Iterator[list[dict]]:
        """GET /actions/requests/<kind>: summaries of requests."""
        return self.pages(kind.requests, params=[*params, ("pageSize", str(PAGE_SIZE))])

    def action_request(self, kind: ActionKind, request_uid: str) -> dict:
        """GET /actions/requests/<kind>/{requestUid}."""
        return as_dict(self.call(kind.request, request_uid).get("data"))

    def actions(
        self, kind: ActionKind, request_uid: str | None, device_uids: Sequence[str], params: Params = ()
    ) -> Iterator[list[dict]]:
        """POST /actions/<kind>/get-actions[/{requestUid}]: one row per device; no devices means all of them."""
        sized = [*params] if kind.devices_per_look else [*params, ("pageSize", str(PAGE_SIZE))]
        for part in batch(list(device_uids), kind.devices_per_look or MAX_DEVICES_PER_REQUEST) if device_uids else [[]]:
            path_values = [request_uid] if request_uid else []
            operation = kind.actions if request_uid else kind.all_actions
            yield from self.pages(operation, *path_values, params=sized, body={"deviceUids": list(part)})

    def cancel_actions(self, kind: ActionKind, request_uid: str, body: dict) -> None:
        """POST /actions/<kind>/cancel-actions/{requestUid}: cancels actions that are still Pending."""
        self.call(kind.cancel, request_uid, body=body)

    def certificate(self, kind: ActionKind, device_uid: str, certificate_uid: str) -> bytes:
        """GET /actions/<kind>/certificates/{deviceUid}/{certificateUid}: a PDF."""
        return self.call(replace(kind.certificate, binary=True), device_uid, certificate_uid)

    def field_definitions(self) -> list[dict]:
        """GET /configurations/customfields/definitions."""
        return list(first_of_each(rows_of(self.call(LIST_FIELD_DEFINITIONS)), "cdfUid"))

    def fields(self, device_uid: str, name_contains: str = "") -> list[dict]:
        """GET /configurations/customfields/devices/{deviceUid}: the fields that were ever set."""
        params = [("cdfFieldNameContains", name_contains)] if name_contains else []
        return list(first_of_each(rows_of(self.call(LIST_DEVICE_FIELDS, device_uid, params=params)), "cdfUid"))

    def update_fields(self, device_uid: str, values: Sequence[dict]) -> None:
        """PUT /configurations/customfields/devices/{deviceUid}."""
        self.call(UPDATE_DEVICE_FIELDS, device_uid, body=list(values))

    def missing_devices(self, params: Params = ()) -> Iterator[list[dict]]:
        """GET /tracking/device-missing/missing."""
        return self.pages(LIST_MISSING, params=[*params, ("pageSize", str(PAGE_SIZE))])

    def report_missing(self, device_uids: Sequence[str], email_contacts: Sequence[str]) -> dict:
        """POST /tracking/device-missing/missing."""
        body = {"deviceUids": list(device_uids), **({"emailContacts": list(email_contacts)} if email_contacts else {})}
        return as_dict(self.call(REPORT_MISSING, body=body).get("data"))

    def report_found(self, device_uids: Sequence[str]) -> dict:
        """POST /tracking/device-missing/found."""
        return as_dict(self.call(REPORT_FOUND, body={"deviceUids": list(device_uids)}).get("data"))

    def listing(self, operation: Operation, *path_values: str, params: Params = ()) -> Iterator[list[dict]]:
        """Any plain list: scripts, templates, device and policy groups, compliance."""
        return self.pages(operation, *path_values, params=params)

    def freeze_messages(self) -> Iterator[list[dict]]:
        """GET /actions/freeze/messages."""
        return self.pages(LIST_MESSAGES, params=[("pageSize", str(PAGE_SIZE))])

    def freeze_message(self, message_uid: str) -> dict:
        """GET /actions/freeze/messages/{messageUid}."""
        return as_dict(self.call(GET_MESSAGE, message_uid).get("data"))

    def create_freeze_message(self, name: str, content: str) -> str:
        """POST /actions/freeze/messages; returns the message's UID."""
        answer = self.call(CREATE_MESSAGE, body={"name": name, "content": content})
        message_uid = as_dict(answer.get("data")).get("messageUid")
        if not message_uid:
            raise UncertainWriteError("The freeze message was accepted, but the answer has no UID.")
        return str(message_uid)

    def update_freeze_message(self, message_uid: str, name: str, content: str) -> None:
        """PUT /actions/freeze/messages/{messageUid}."""
        self.call(UPDATE_MESSAGE, message_uid, body={"name": name, "content": content})

    def delete_freeze_message(self, message_uid: str) -> None:
        """DELETE /actions/freeze/messages/{messageUid}."""
        self.call(DELETE_MESSAGE, message_uid)


def rows_of(answer: Any) -> list[dict]:
    return as_dicts(as_dict(answer).get("data"))


def first_of_each(rows: Iterable[dict], key: str) -> Iterator[dict]:
    """The rows without those that the API lists again; rows without the key are all different."""
    seen: set[str] = set()
    for row in rows:
        value = str(row.get(key) or "")
        if not value or value not in seen:
            seen.add(value)
            yield row


def uncertain(operation: Operation, error: AbsoluteError) -> UncertainWriteError:
    return UncertainWriteError(
        f"It is unknown whether the request to {operation.purpose} was carried out, and it was not sent again. "
        f"Look with {operation.seen_with}, then decide. {error.message}"
    )


def wait_before_retry(operation: Operation, error: ApiError | TransportError, attempt: int, deadline: Deadline) -> float | None:
    """Seconds until the next attempt, or None when there must be none."""
    if isinstance(error, ApiError) and (error.status == 401 or (error.status == 403 and not error.lacks_permission)):
        # A signature made at the edge of the accepted time is refused now and then, and so is a path; a second one tells.
        return BACKOFF_SECONDS if attempt == 1 else None
    safe = operation.idempotent or not error.uncertain
    passing = error.uncertain if isinstance(error, ApiError) else error.passing
    repeatable = (safe and passing) or (isinstance(error, ApiError) and error.status == 429)
    asked = error.retry_after if isinstance(error, ApiError) else None
    wait = asked if asked is not None else min(BACKOFF_SECONDS * 2 ** (attempt - 1), MAX_BACKOFF_SECONDS)
    return wait if repeatable and attempt < READ_ATTEMPTS and wait < deadline.left() else None


def log(text: str) -> None:
    """Counts, paths and ids only: never a body, a JWS or a name."""
    demisto.debug(text)


# endregion


# region Targets and guards
@dataclass(frozen=True)
class TargetArgument:
    """An argument that names devices: the field of the device report that it is compared with, and the wildcards
    that the API has for this field."""

    name: str
    api_field: str
    suffixes: tuple[str, ...]
    example: str
    reported: str = ""


STARTS = ("StartsWith",)
TARGET_ARGUMENTS = (
    TargetArgument("device_ids", "deviceUid", (), "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"),
    TargetArgument("esns", "esn", STARTS, "2ABCDEFGH1AA9ZXY0001"),
    TargetArgument("serial_numbers", "serialNumber", STARTS, "SN000111"),
    TargetArgument("mac_addresses", "macAddress", (), "00:00:5E:00:53:01"),
    TargetArgument("device_names", "deviceName", STARTS, "LAB-0001"),
    TargetArgument("local_ips", "localIp", STARTS, "192.0.2.15"),
    TargetArgument("public_ips", "publicIp", STARTS, "198.51.100.20"),
    TargetArgument("user_names", "username", ("StartsWith", "EndsWith", "Contains"), "CORP\\jdoe"),
)
IDENTITY_FIELDS = (
    "deviceUid",
    "esn",
    "serialNumber",
    "deviceName",
    "fullSystemName",
    "username",
    "localIp",
    "publicIp",
    "agentStatus",
)


def parse_term(argument: TargetArgument, typed: str) -> Term:
    """Split a value into suffix and text: `x*` starts with, `*x` ends with, `*x*` contains.

    Raises:
        ArgumentError: A wildcard that the API does not have for this field, a malformed UID or address, or a text too long.
    """
    if len(typed) > MAX_TERM:
        problem = f"a value of {len(typed)} characters is longer than any that Absolute has: {typed[:MAX_ECHO]} …"
        raise ArgumentError(argument.name, problem, argument.example)
    text = typed.strip("*")
    wildcards = {(True, True): "Contains", (True, False): "EndsWith", (False, True): "StartsWith", (False, False): ""}
    suffix = wildcards[(typed.startswith("*"), typed.endswith("*"))]
    if not text or "*" in text or (suffix and suffix not in argument.suffixes):
        offered = " or ".join({"StartsWith": "x*", "EndsWith": "*x", "Contains": "*x*"}[s] for s in argument.suffixes)
        raise ArgumentError(
            argument.name,
            f'"{typed}" cannot be searched; use a full value{f" or {offered}" if offered else ""}.',
            argument.example,
        )
    if argument.api_field == "deviceUid":
        text = uid(argument.name, text)
    elif argument.api_field == "esn":
        text = text.upper()
    elif argument.api_field in ("localIp", "publicIp") and not suffix:
        text = ip_text(argument, text)
    return Term(typed, argument.api_field, suffix, text, argument.reported)


def ip_text(argument: TargetArgument, text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ArgumentError(argument.name, f'"{text}" is not an IP address.', argument.example) from None
    return text


def mac_forms(typed: str) -> list[str]:
    """The ways to write a MAC address; the vendor documents none, so each is tried until one is found.

    Raises:
        ArgumentError: It is not a MAC address.
    """
    digits = re.sub(r"[^0-9A-Fa-f]", "", typed)
    if len(digits) != 12 or not re.fullmatch(r"[0-9A-Fa-f:.-]+", typed):
        raise ArgumentError("mac_addresses", f'"{typed}" is not a MAC address.', "00:00:5E:00:53:01")
    pairs = re.findall("..", digits)
    forms = [typed, ":".join(pairs).upper(), "-".join(pairs).upper(), digits.upper()]
    return list(dict.fromkeys(forms + [form.lower() for form in forms[1:]]))


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


@dataclass(frozen=True)
class Selection:
    """Devices that meet all target arguments, and what became of each value that was typed."""

    devices: tuple[dict, ...]
    criteria: tuple[Criterion, ...] = ()
    unmatched_macs: tuple[str, ...] = ()

    @cached_property
    def found(self) -> dict[str, list[dict]]:
        """The selected devices of each value that was typed, as `argument=value`."""
        found: dict[str, list[dict]] = {f"{c.argument}={term.typed}": [] for c in self.criteria for term in c.terms}
        for device in self.devices:
            for criterion in self.criteria:
                for typed in dict.fromkeys(criterion.typed_for(device)):
                    found[f"{criterion.argument}={typed}"].append(device)
        return found

    def unmatched(self) -> list[str]:
        """Values that no selected device has."""
        return [value for value, devices in self.found.items() if not devices] + [
            f"mac_addresses={m}" for m in self.unmatched_macs
        ]

    def ambiguous(self) -> dict[str, list[dict]]:
        """Values that several selected devices have."""
        return {value: devices for value, devices in self.found.items() if len(devices) > 1}


def target_criteria(client: Client, args: Mapping[str, Any]) -> tuple[list[Criterion], list[str]]:
    """The criteria of the target arguments, all of them checked before the first call; and MAC addresses not found."""
    criteria = [
        Criterion(argument.name, tuple(parse_term(argument, value) for value in split_values(args, argument.name)))
        for argument in TARGET_ARGUMENTS
        if argument.api_field != "macAddress" and split_values(args, argument.name)
    ]
    macs = {mac: mac_forms(mac) for mac in split_values(args, "mac_addresses")}
    terms = tuple(
        Term(mac, "deviceUid", "", device_uid) for mac, forms in macs.items() for device_uid in find_by_mac(client, forms)
    )
    missing = [mac for mac in macs if mac not in {term.typed for term in terms}]
    if macs:
        criteria.append(Criterion("mac_addresses", terms))
    return criteria, missing


def find_by_mac(client: Client, forms: Sequence[str]) -> list[str]:
    """UIDs of the devices with this MAC address, as far as the compliance report knows them."""
    wanted = re.sub(r"[^0-9a-f]", "", forms[0].lower())
    for form in forms:
        rows = [row for page in client.compliance_by_mac(form) for row in page]
        uids = [str(row.get("deviceUid")) for row in rows if wanted in row_macs(row)]
        if uids:
            return list(dict.fromkeys(uids))
    return []


def row_macs(row: Mapping[str, Any]) -> set[str]:
    adapters = as_dicts(row.get("networkAdapters"))
    texts = [row.get("macAddress"), *(adapter.get("macAddress") for adapter in adapters)]
    return {re.sub(r"[^0-9a-f]", "", str(text).lower()) for text in texts if text}


def find_devices(client: Client, criteria: Sequence[Criterion], select: Sequence[str], raw_filter: str = "") -> Iterator[dict]:
    """Devices that meet all criteria, each once, checked again on this side."""
    return find_rows(client, DEVICES, criteria, ["deviceName", *select], raw_filter)


def find_rows(
    client: Client, report: Report, criteria: Sequence[Criterion], select: Sequence[str], raw_filter: str = ""
) -> Iterator[dict]:
    """Rows of a report that meet all criteria, each once, checked again on this side."""
    fields = selected_fields([*report.key, *select], criteria)
    seen: set[tuple] = set()
    for query in plan_queries(criteria, raw_filter):
        for page in client.report(report, query, fields):
            for row in page:
                key = tuple(row.get(name) for name in report.key)
                if row.get("deviceUid") and key not in seen and all(criterion.matches(row) for criterion in criteria):
                    seen.add(key)
                    yield row


def selected_fields(select: Sequence[str], criteria: Sequence[Criterion]) -> list[str]:
    """The fields to ask for. A parent and one of its children must not be mixed: the parent wins."""
    wanted = [*select, *(term.path for criterion in criteria for term in criterion.terms)]
    return [name for name in dict.fromkeys(wanted) if not any(name.startswith(f"{other}.") for other in wanted)]


def select_devices(client: Client, args: Mapping[str, Any], select: Sequence[str]) -> Selection:
    """Resolve the target arguments of a command that only reads.

    Raises:
        ArgumentError: No target argument is given, or one is malformed.
    """
    criteria, missing = target_criteria(client, args)
    if not criteria:
        names = ", ".join(argument.name for argument in TARGET_ARGUMENTS)
        raise ArgumentError("device_ids", f"no device is named. Give at least one of {names}.", TARGET_ARGUMENTS[0].example)
    searched = [criterion for criterion in criteria if criterion.terms]
    devices = tuple(find_devices(client, criteria, select)) if len(searched) == len(criteria) else ()
    return Selection(devices, tuple(searched), tuple(missing))


@dataclass(frozen=True)
class Guard:
    """What bounds a command that changes devices."""

    max_devices: int = DEFAULT_MAX_DEVICES
    protected: tuple[str, ...] = ()

    def check_count(self, count: int) -> None:
        if count > self.max_devices:
            raise TargetError(
                f"{count} devices are meant, but the instance allows {self.max_devices} per action (max_devices_per_action). "
                "Nothing was sent. Name fewer devices, or raise the limit in the instance settings."
            )

    def check_protected(self, devices: Iterable[Mapping[str, Any]]) -> None:
        hits = [device_label(device) for device in devices if self.protects(device)]
        if hits:
            raise TargetError(f"Nothing was sent: protected by the instance settings (protected_devices): {'; '.join(hits)}.")

    def protects(self, device: Mapping[str, Any]) -> bool:
        """A device of which too little is known to compare it counts as protected."""
        known = {plain(device.get(name)) for name in ("deviceUid", "esn", "serialNumber", "deviceName", "fullSystemName")} - {""}
        names_only = [entry for entry in self.protected if not UUID_TEXT.fullmatch(entry)]
        if names_only and not device.get("deviceName"):
            return True
        return any(wildcard_match(entry, identity) for entry in self.protected for identity in known)


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


@dataclass(frozen=True)
class Targets:
    """The devices a command will change, each meant exactly once."""

    devices: tuple[dict, ...]
    note: str = ""

    @property
    def uids(self) -> list[str]:
        return [str(device.get("deviceUid")) for device in self.devices]


def resolve_targets(client: Client, args: Mapping[str, Any], guard: Guard, select: Sequence[str] = ()) -> Targets:
    """Resolve the target arguments of a command that changes devices: every value is exactly one device, or nothing is sent.

    Raises:
        ArgumentError: No target argument is given, or one is malformed.
        TargetError: A value matches no device or several; too many devices; a protected device.
    """
    named = [values for argument in TARGET_ARGUMENTS if (values := split_values(args, argument.name))]
    if named:
        guard.check_count(min(len(values) for values in named))
    try:
        selection = select_devices(client, args, (*IDENTITY_FIELDS, *select))
    except ApiError as error:
        if not error.lacks_permission or len(named) != 1 or not split_values(args, "device_ids"):
            raise
        return unchecked_targets(args, guard, error)
    refuse_inexact(selection)
    guard.check_count(len(selection.devices))
    guard.check_protected(selection.devices)
    return Targets(selection.devices)


def unchecked_targets(args: Mapping[str, Any], guard: Guard, error: ApiError) -> Targets:
    """A token that may act on devices but not read them works by UID, unless the protected list would be skipped."""
    if guard.protected:
        raise TargetError(
            "Nothing was sent: the instance has protected devices, and this token cannot read the devices to compare them. "
            f"{error.message}"
        ) from error
    uids = dict.fromkeys(uid("device_ids", value) for value in split_values(args, "device_ids"))
    note = (
        "This token may not read devices (View Device reports): whether they exist, their names and their state were not checked."
    )
    return Targets(tuple({"deviceUid": device_uid} for device_uid in uids), note)


def refuse_inexact(selection: Selection) -> None:
    problems = []
    if missing := selection.unmatched():
        problems.append(f"no device matches {', '.join(missing)}")
    for value, devices in selection.ambiguous().items():
        problems.append(f"{value} matches {len(devices)} devices: {'; '.join(device_label(d) for d in devices[:10])}")
    if problems:
        raise TargetError(
            f"Nothing was sent: {'. '.join(problems)}. Each value must match exactly one device; device_ids or serial_numbers "
            "are unambiguous."
        )


def device_label(device: Mapping[str, Any]) -> str:
    """Name, serial number and UID: what a person needs to tell two devices apart."""
    parts = [device.get("deviceName"), device.get("serialNumber") and f"serial {device['serialNumber']}", device.get("deviceUid")]
    return ", ".join(str(part)[:MAX_ECHO] for part in parts if part)


# endregion


# region Output builders: raw to context, raw to table
def pick(record: Mapping[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """The named values of a record. Only what the API left out is left out: false, 0 and empty lists stay."""
    found = {name: dict_safe_get(record, path.split("."), default_return_value=None) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value is not None}


def command_results(
    readable: str, prefix: str | None = None, key: str | None = None, outputs: Any = None, raw: Any = None
) -> CommandResults:
    """The one way results leave a command: secrets are taken out of the raw answer."""
    return CommandResults(
        readable_output=readable, outputs_prefix=prefix, outputs_key_field=key, outputs=outputs, raw_response=redact(raw)
    )


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


def collect(pages: Iterable[dict], limit: int | None = None) -> tuple[list[dict], str]:
    """Rows up to the limit, and a note when reading broke off after some of them were had.

    Raises:
        AbsoluteError: Reading failed before the first row.
    """
    rows: list[dict] = []
    try:
        for row in pages:
            if limit is not None and len(rows) >= limit:
                break
            rows.append(row)
    except AbsoluteError as error:
        if not rows:
            raise
        return rows, f"**Incomplete**: only the first {len(rows)} were read. {markdown_text(error.message)}"
    return rows, ""


def flatten(pages: Iterable[list[dict]]) -> Iterator[dict]:
    for page in pages:
        yield from page


DEVICE_PATHS = {
    "Id": "deviceUid",
    "Esn": "esn",
    "DeviceName": "deviceName",
    "SystemName": "deviceName",
    "FullSystemName": "fullSystemName",
    "Domain": "domain",
    "Serial": "serialNumber",
    "AgentStatus": "agentStatus",
    "LastConnectedUtc": "lastConnectedDateTimeUtc",
    "PlatformOSType": "platformOSType",
    "osName": "operatingSystem.name",
    "SystemManufacturer": "systemManufacturer",
    "SystemModel": "systemModel",
    "SystemType": "systemType",
    "Username": "username",
    "CurrentUsername": "currentUsername",
    "LocalIp": "localIp",
    "PublicIp": "publicIp",
    "EncryptionStatus": "espInfo.encryptionStatus",
    "PolicyGroupUid": "policyGroupUid",
    "PolicyGroupName": "policyGroupName",
    "IsStolen": "isStolen",
}
DEVICE_OBJECTS = {
    "Os": {
        "name": "operatingSystem.name",
        "version": "operatingSystem.version",
        "currentBuild": "operatingSystem.currentBuild",
        "architecture": "operatingSystem.architecture",
        "installDate": "operatingSystem.installDateTimeUtc",
        "productKey": "operatingSystem.productKey",
        "serialNumber": "operatingSystem.serialNumber",
        "lastBootTime": "operatingSystem.lastBootDateTimeUtc",
    },
    "Bios": {
        "id": "bios.id",
        "serialNumber": "bios.serialNumber",
        "smBiosVersion": "bios.smBiosVersion",
        "version": "bios.version",
        "versionDate": "bios.versionDate",
    },
    "DeviceStatus": {"type": "deviceStatus.type", "reported": "deviceStatus.reported"},
    "FreezeStatus": {
        "statusCode": "deviceFreezeStatus.statusCode",
        "statusName": "deviceFreezeStatus.statusName",
        "changedDateTimeUtc": "deviceFreezeStatus.changedDateTimeUtc",
    },
    "Encryption": {"product": "espInfo.encryptionProductName", "allDrivesEncrypted": "espInfo.allDrivesEncrypted"},
    "Antivirus": {
        "name": "avpInfo.antivirusName",
        "version": "avpInfo.antivirusVersion",
        "definition": "avpInfo.antivirusDefinition",
    },
}
DEVICE_LISTS = {"NetworkAdapters": "networkAdapters", "FreezeReportingStatuses": "deviceFreezeReportingStatuses"}
ADAPTER_FIELDS = ("name", "macAddress", "ipV4Address", "ipV6Address", "networkSSID")
FREEZE_FIELDS = (*DEVICE_OBJECTS["FreezeStatus"].values(), "deviceFreezeReportingStatuses")
LIST_FIELDS = (
    *DEVICE_PATHS.values(),
    *DEVICE_OBJECTS["Os"].values(),
    *DEVICE_OBJECTS["DeviceStatus"].values(),
    *FREEZE_FIELDS,
)
GET_FIELDS = tuple(
    dict.fromkeys(
        [*LIST_FIELDS, *(path for paths in DEVICE_OBJECTS.values() for path in paths.values())]
        + [f"networkAdapters.{name}" for name in ADAPTER_FIELDS]
    )
)
# Field names of the v2 API that playbooks still pass as `fields`.
OLD_FIELD_NAMES = {
    "id": "deviceUid",
    "systemName": "deviceName",
    "serial": "serialNumber",
    "os": "operatingSystem",
    "osName": "operatingSystem.name",
    "lastConnectedUtc": "lastConnectedDateTimeUtc",
    "operatingSystem.installDate": "operatingSystem.installDateTimeUtc",
    "operatingSystem.lastBootTime": "operatingSystem.lastBootDateTimeUtc",
    "encryptionStatus": "espInfo.encryptionStatus",
}


def is_frozen(device: Mapping[str, Any]) -> bool:
    """Frozen by any kind of freeze: the report says FRZN. Any other value, or none, is not frozen."""
    return dict_safe_get(device, ["deviceFreezeStatus", "statusCode"], default_return_value=None) == FROZEN


def device_state(device: Mapping[str, Any]) -> dict[str, Any]:
    """What may have changed since it was last read: every key is there, so that no old value survives in the context."""
    gone = {name: dict.fromkeys(DEVICE_OBJECTS[name]) for name in ("FreezeStatus", "DeviceStatus")}
    reported = plain(dict_safe_get(device, ["deviceStatus", "type"], default_return_value=""))
    now = utc_now()
    return {
        **gone,
        "IsFrozen": is_frozen(device),
        "IsMissing": reported == "missing",
        "LastContact": age_text(parse_utc(device.get("lastConnectedDateTimeUtc")), now),
    }


def device_context(device: Mapping[str, Any]) -> dict[str, Any]:
    """`Absolute.Device` of one row of the device report."""
    context = pick(device, DEVICE_PATHS)
    for name, paths in DEVICE_OBJECTS.items():
        if values := pick(device, paths):
            context[name] = values
    context.update(pick(device, DEVICE_LISTS))
    known = {path.split(".")[0] for path in (*DEVICE_PATHS.values(), *DEVICE_LISTS.values())}
    known |= {path.split(".")[0] for paths in DEVICE_OBJECTS.values() for path in paths.values()}
    extra = {name[0].upper() + name[1:]: value for name, value in device.items() if name not in known and value is not None}
    return redact({**context, **extra})


def device_row(device: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """One row of the war-room table of devices."""
    agent = str(device.get("agentStatus") or "")
    reported = str(dict_safe_get(device, ["deviceStatus", "type"], default_return_value="") or "")
    states = ("FROZEN" if is_frozen(device) else "", "STOLEN" if device.get("isStolen") else "", reported)
    return {
        "Device": device.get("deviceName"),
        "Serial": device.get("serialNumber"),
        "User": device.get("username"),
        "OS": dict_safe_get(device, ["operatingSystem", "name"], default_return_value=None) or device.get("platformOSType"),
        "Agent": AGENT_STATUS_NAMES.get(agent, agent),
        "Last contact": age_text(parse_utc(device.get("lastConnectedDateTimeUtc")), now),
        "Local IP": device.get("localIp"),
        "State": ", ".join(dict.fromkeys(text for text in states if text)),
        "Id": device.get("deviceUid"),
    }


DEVICE_HEADERS = ("Device", "Serial", "User", "OS", "Agent", "Last contact", "Local IP", "State", "Id")


def device_details(device: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The war-room table of one device: a row per fact that is known."""
    row, found = device_row(device, now), device_context(device)
    adapters = as_dicts(device.get("networkAdapters"))
    system, encryption, antivirus = (found.get(name) or {} for name in ("Os", "Encryption", "Antivirus"))
    facts = {
        **{name: row[name] for name in ("Device", "Serial", "User", "State", "Agent", "Last contact")},
        "Model": joined(found.get("SystemManufacturer"), found.get("SystemModel")),
        "OS": joined(row["OS"], system.get("version")),
        "Encryption": joined(encryption.get("product"), found.get("EncryptionStatus")),
        "Antivirus": joined(antivirus.get("name"), antivirus.get("version")),
        "Local IP": row["Local IP"],
        "Public IP": found.get("PublicIp"),
        "Network adapters": "; ".join(joined(adapter.get("name"), adapter.get("macAddress")) for adapter in adapters),
        "Policy group": found.get("PolicyGroupName"),
        "ESN": found.get("Esn"),
        "Id": row["Id"],
    }
    return [{"Fact": name, "Value": value} for name, value in facts.items() if value not in (None, "")]


def joined(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in (None, ""))


def not_found_note(selection: Selection) -> str:
    missing = selection.unmatched()
    if not missing:
        return ""
    note = f"Not found: {markdown_text(', '.join(missing))}."
    if selection.unmatched_macs:
        note += " (MAC addresses are found only for devices of the compliance report.)"
    return note


# endregion


# region Freeze verdicts
# Statuses are compared in lower case: the vendor calls them an open list.
ACTION_ENDED = {"failed": "failed", "ineligible": "ineligible", "canceled": "cancelled", "cancelled": "cancelled"}
ACTION_DONE = frozenset({"completed", "succeeded"})
REMOVING_INSTRUCTIONS = frozenset({"Unfreeze", "UnfreezeByRemove", "Remove", "Replace"})
SCHEDULED_STATUSES = frozenset({"FreezeScheduled", "ScheduledTimerExpired"})
LOOK_AT_DEVICE = "Look with absolute-device-get and a token that may, or in the console."
OFFLINE_STATUSES = frozenset({"FreezeConditionOfflineSet", "FreezeConditionSet", "OfflineTimerExpired"})
FROZEN_STATUSES = frozenset({"Frozen", "FrozenOnSchedule", "FrozenByConditionOffline", "FrozenByCondition"})


@dataclass(frozen=True)
class Verdict:
    """What is known of one device of an action.

    Attributes:
        verdict: frozen, unfrozen, pending, failed, ineligible, cancelled, or unknown.
        reason: Why, in words.
        confirmed: Whether the API was seen to hold the action for this device.
    """

    device_uid: str
    verdict: str
    reason: str
    device_name: str = ""
    confirmed: bool = True

    @property
    def pending_unseen(self) -> bool:
        return self.verdict == "pending" and not self.confirmed

    def to_context(self) -> dict[str, str]:
        return {"DeviceUid": self.device_uid, "DeviceName": self.device_name, "Verdict": self.verdict, "Reason": self.reason}


@dataclass(frozen=True)
class Evidence:
    """What could be read of an action: rows of the request and of the device report by device UID.

    None means that the token may not read it, which differs from an absent row. `problem` says why reading failed this
    time: then nothing is known yet. `submitted` is when the action was requested. UIDs are compared in lower case.
    """

    actions: Mapping[str, Mapping[str, Any]] | None
    devices: Mapping[str, Mapping[str, Any]] | None
    problem: str = ""
    submitted: datetime | None = None

    def device(self, device_uid: str) -> Mapping[str, Any] | None:
        return (self.devices or {}).get(device_uid.lower())

    def action(self, device_uid: str) -> Mapping[str, Any] | None:
        return (self.actions or {}).get(device_uid.lower())


def freeze_verdict(device_uid: str, evidence: Evidence, now: datetime) -> Verdict:
    """`frozen` needs both: the request completed on this device, and the device report shows it frozen.

    Where the token may read only one of the two, that one counts and the reason says so.
    """
    if evidence.problem:
        return unread_verdict(device_uid, evidence.problem)
    device = evidence.device(device_uid)
    name = str((device or {}).get("deviceName") or "")
    if evidence.actions is None:
        verdict, reason, confirmed = verdict_by_report(device, evidence.submitted, now)
    else:
        action = evidence.action(device_uid)
        verdict, reason = verdict_by_request(action, device, evidence.devices is not None, now)
        confirmed = action is not None
    return Verdict(device_uid, verdict, reason, name, confirmed)


def unread_verdict(device_uid: str, problem: str) -> Verdict:
    return Verdict(device_uid, "pending", f"Its state could not be read just now. {problem}", confirmed=False)


def verdict_by_report(device: Mapping[str, Any] | None, submitted: datetime | None, now: datetime) -> tuple[str, str, bool]:
    """The token may not read freeze requests: only the device's own state is known.

    A device that was frozen before the request proves nothing of the request.
    """
    unread = "The freeze request cannot be read (needs Perform Freeze Device and Perform Remove Freeze)"
    if device is None:
        return "unknown", f"{unread}, nor can the device report. Look in the console, or with a token that may read them.", False
    statuses = reporting_statuses(device)
    if is_frozen(device):
        changed = parse_utc(as_dict(device.get("deviceFreezeStatus")).get("changedDateTimeUtc"))
        if submitted and changed and changed >= submitted - CLOCK_TOLERANCE:
            return "frozen", f"{unread}; the device report shows it frozen{since(device)}.", True
        return "pending", f"{unread}; the device is frozen{since(device)}, perhaps by an earlier request.", bool(statuses)
    if statuses:
        return "pending", f"{unread}; the device report says {', '.join(statuses)}. {last_contact(device, now)}", True
    return "pending", f"{unread}; the device report shows no freeze yet. {last_contact(device, now)}", False


def verdict_by_request(
    action: Mapping[str, Any] | None, device: Mapping[str, Any] | None, report_readable: bool, now: datetime
) -> tuple[str, str]:
    if action is None:
        return "pending", "The freeze request does not list this device yet."
    status = str(action.get("actionStatus") or "")
    if status.lower() in ACTION_ENDED:
        return ACTION_ENDED[status.lower()], action_reason(action, status)
    if status.lower() in ACTION_DONE:
        if was_removed(action):
            return "cancelled", "It was carried out; the freeze has since been removed or replaced."
        if not report_readable:
            return verdict_by_history(action)
        if device is not None and is_frozen(device):
            return "frozen", f"The agent carried out the freeze; the device report shows it frozen{since(device)}."
        return "pending", "The request is completed, but the device report does not show the device frozen."
    already = f" Another request froze it{since(device)}." if device is not None and is_frozen(device) else ""
    if status.lower() == "ready":
        return "pending", f"Ready: the agent has the request, which waits for its date or condition.{already}"
    return "pending", f"{status or 'No status'}: waits for the agent's next call. {last_contact(device, now)}{already}"


def verdict_by_history(action: Mapping[str, Any]) -> tuple[str, str]:
    """The token may not read devices: the last entry of the action's own history must be a freeze."""
    last = action_history(action)[-1:] or [{}]
    if str(last[0].get("status") or "") in FROZEN_STATUSES:
        return "frozen", "The agent reported the freeze. The device report cannot be read (View Device reports)."
    return "unknown", "The request is completed, but neither its history nor the device report shows it frozen. " + LOOK_AT_DEVICE


def was_removed(action: Mapping[str, Any]) -> bool:
    last = (action_history(action)[-1:] or [{}])[0]
    return str(last.get("instruction")) in REMOVING_INSTRUCTIONS or last.get("status") == "Removed"


def action_history(action: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of an action's history, oldest first."""
    return sorted(as_dicts(action.get("statuses")), key=lambda entry: str(entry.get("updatedDateTimeUtc") or ""))


def action_reason(action: Mapping[str, Any], status: str) -> str:
    last = action_history(action)[-1:] or [{}]
    texts = [action.get("actionStatusDetails"), last[0].get("message"), last[0].get("messageKey")]
    return next((str(text) for text in texts if text), f"The API reports {status} without a reason.")


def unfreeze_verdict(device_uid: str, evidence: Evidence, wanted: frozenset[str], now: datetime) -> Verdict:
    """`unfrozen` when the device report shows neither a freeze nor a request that was to be removed.

    Args:
        wanted: Reporting statuses that must be gone besides the frozen ones.
    """
    if evidence.problem:
        return unread_verdict(device_uid, evidence.problem)
    if evidence.devices is None:
        reason = f"The removal was accepted; the device's state cannot be read (needs View Device reports). {LOOK_AT_DEVICE}"
        return Verdict(device_uid, "unknown", reason, confirmed=False)
    device = evidence.device(device_uid)
    if device is None:
        return Verdict(device_uid, "unknown", f"The device report does not list it. {LOOK_AT_DEVICE}", confirmed=False)
    name, statuses = str(device.get("deviceName") or ""), reporting_statuses(device)
    if is_frozen(device):
        return Verdict(device_uid, "pending", f"Still frozen{since(device)}. {last_contact(device, now)}", name)
    left = [status for status in statuses if status in wanted]
    if left:
        return Verdict(device_uid, "pending", f"Not yet removed: {', '.join(left)}. {last_contact(device, now)}", name)
    remaining = f" Not asked to be removed and still there: {', '.join(statuses)}." if statuses else ""
    return Verdict(device_uid, "unfrozen", f"The device report shows no freeze.{remaining}", name)


def removal_statuses(remove_scheduled: bool, remove_offline: bool) -> frozenset[str]:
    """Reporting statuses that a remove-freeze makes disappear (POST /actions/freeze/remove-freeze)."""
    gone = set(FROZEN_STATUSES) | {"FreezeRequested"}
    return frozenset(gone | (SCHEDULED_STATUSES if remove_scheduled else set()) | (OFFLINE_STATUSES if remove_offline else set()))


def reporting_statuses(device: Mapping[str, Any]) -> list[str]:
    statuses = device.get("deviceFreezeReportingStatuses")
    return [str(status) for status in statuses] if isinstance(statuses, list) else []


def since(device: Mapping[str, Any] | None) -> str:
    changed = dict_safe_get(device or {}, ["deviceFreezeStatus", "changedDateTimeUtc"], default_return_value=None)
    return f" since {changed}" if changed else ""


def last_contact(device: Mapping[str, Any] | None, now: datetime) -> str:
    if device is None:
        return ""
    return f"Last contact: {age_text(parse_utc(device.get('lastConnectedDateTimeUtc')), now)}."


def read_actions(client: Client, request_uid: str) -> dict[str, dict] | None:
    """Rows of a freeze request by device; None when the token may not read it."""
    try:
        return {str(row.get("deviceUid")).lower(): row for row in flatten(client.freeze_actions(request_uid))}
    except ApiError as error:
        if error.lacks_permission:
            return None
        raise


def read_states(client: Client, device_uids: Sequence[str]) -> dict[str, dict] | None:
    """Freeze states by device; None when the token may not read devices."""
    criterion = Criterion("device_ids", tuple(Term(u, "deviceUid", "", u) for u in device_uids))
    select = (*FREEZE_FIELDS, "accountUid", "serialNumber", "agentStatus", "lastConnectedDateTimeUtc")
    try:
        return {str(device.get("deviceUid")).lower(): device for device in find_devices(client, [criterion], select)}
    except ApiError as error:
        if error.lacks_permission:
            return None
        raise


def read_evidence(
    client: Client, request_uid: str | None, device_uids: Sequence[str], submitted: datetime | None = None
) -> Evidence:
    """What can be read of an action. What was sent stands, so a failure to read is reported and never raised.

    Args:
        request_uid: UID of the freeze request; None for a removal, which has none.
    """
    try:
        actions = read_actions(client, request_uid) if request_uid else None
        return Evidence(actions, read_states(client, device_uids), "", submitted)
    except AbsoluteError as error:
        return Evidence(None, None, error.message)


def read_names(client: Client, device_uids: Sequence[str]) -> tuple[dict[str, dict] | None, str]:
    """Freeze states for a command that only reads; a failure leaves the names out and says so."""
    try:
        return read_states(client, list(dict.fromkeys(device_uids))), ""
    except AbsoluteError as error:
        return None, f"The devices could not be read: {error.message}"


def count_text(verdicts: Sequence[Verdict]) -> str:
    """`2 frozen, 1 pending`: what was carried out first."""
    last = ("pending", "failed", "ineligible", "cancelled", "unknown")
    names = dict.fromkeys(verdict.verdict for verdict in verdicts)
    ordered = [name for name in names if name not in last] + [name for name in last if name in names]
    return ", ".join(f"{sum(verdict.verdict == name for verdict in verdicts)} {name}" for name in ordered)


def verdict_table(title: str, verdicts: Sequence[Verdict], note: str) -> str:
    rows = [{"Device": v.device_name, "Verdict": v.verdict, "Reason": v.reason, "Id": v.device_uid} for v in verdicts]
    return table(title, rows, ("Device", "Verdict", "Reason", "Id"), note)


# endregion


# region Polling
@dataclass(frozen=True)
class PollPlan:
    """How a command waits. Polls are counted, so that the last one is ours and ends in an honest answer; the platform's
    own time-out, which would only cut off, comes later."""

    interval: int
    timeout: int
    polls_left: int

    @classmethod
    def from_args(cls: "type[PollPlan]", args: Mapping[str, Any]) -> "PollPlan":
        interval = whole_number(args, "interval_in_seconds", range(MIN_INTERVAL, 86_401), 60)
        timeout = whole_number(args, "timeout_in_seconds", range(MIN_INTERVAL, 30 * 86_400 + 1), 3600)
        polls = range(-1, 10**7)
        return cls(interval, timeout, whole_number(args, "polls_left", polls, -(-timeout // interval)))

    def spaced(self, calls: int) -> "PollPlan":
        """The plan after a look that took so many calls: large looks come less often, a minute for LOOK_CALLS calls."""
        interval = max(self.interval, -(-calls * 60 // LOOK_CALLS))
        return replace(self, interval=interval, polls_left=self.polls_left - (interval // self.interval - 1))

    @property
    def platform_timeout(self) -> int:
        return self.timeout + 2 * self.interval + 600

    def next_args(self, args: Mapping[str, Any], carry: Sequence[str], following: "Following") -> dict[str, Any]:
        """Arguments of the next poll: only what it needs, so that no passcode or message travels with it."""
        kept = {name: args[name] for name in (*carry, "interval_in_seconds", "timeout_in_seconds") if args.get(name)}
        return {**kept, "polling": "true", "polls_left": str(self.polls_left - 1), "following": following.to_text()}


@dataclass(frozen=True)
class Following:
    """What a waiting command carries from poll to poll: UIDs, names and reasons, nothing secret.

    Attributes:
        requests: The UID of each request with the devices it was sent for; a removal has no UID.
        settled: Verdicts that no poll will change, of devices that the request left out.
        submitted: When it was requested, by Absolute's clock.
    """

    requests: tuple[tuple[str, tuple[str, ...]], ...]
    settled: tuple[Verdict, ...] = ()
    submitted: datetime | None = None

    def to_text(self) -> str:
        state = {
            "requests": self.requests,
            "settled": [(v.device_uid, v.verdict, v.reason, v.device_name) for v in self.settled],
            "submitted": api_time(self.submitted) if self.submitted else "",
        }
        return json.dumps(state)

    @classmethod
    def from_args(cls: "type[Following]", args: Mapping[str, Any]) -> "Following":
        """Raises: ArgumentError when it is not what `to_text` wrote, or stands beside target arguments."""
        named = [argument.name for argument in TARGET_ARGUMENTS if args.get(argument.name)]
        try:
            state = json.loads(str(args.get("following")))
            requests_ = tuple(
                (checked_uid(request_uid) if request_uid else "", tuple(checked_uid(u) for u in uids))
                for request_uid, uids in state["requests"]
            )
            settled = tuple(
                Verdict(str(u), str(verdict), str(reason), str(name)) for u, verdict, reason, name in state["settled"]
            )
        except (ValueError, TypeError, KeyError):
            requests_ = ()
        if not requests_ or named:
            raise ArgumentError("following", "it is set by the command itself while it waits; leave it out.")
        return cls(requests_, settled, parse_utc(state.get("submitted")))


def checked_uid(text: Any) -> str:
    """A UID as Absolute wrote it. Raises: ValueError when it is none."""
    if not UUID_TEXT.fullmatch(str(text)):
        raise ValueError("not a UUID")
    return str(text)


def run_polling(
    command: str, step: Callable[..., PollResult], args: dict[str, Any], client: "Client", guard: "Guard"
) -> CommandResults:
    """Run one step of a command that can wait: submit or look, then end or be scheduled again."""
    args = {**args, "polling": str(flag(args, "polling")).lower()}
    plan = PollPlan.from_args(args)
    result = step(args, client, guard, plan)
    plan = plan.spaced(client.calls)
    wait = polling_function(name=command, interval=plan.interval, timeout=plan.platform_timeout, requires_polling_arg=True)
    return wait(lambda _: result)(args)


def poll_result(
    plan: PollPlan,
    verdicts: Sequence[Verdict],
    build: Callable[[str], CommandResults],
    args: Mapping[str, Any],
    next_args: dict[str, Any],
) -> PollResult:
    """End when nothing is pending or no poll is left; say so in the second case.

    Args:
        build: Makes the results from a note that stands below the table.
    """
    pending = any(verdict.verdict == "pending" for verdict in verdicts)
    if not flag(args, "polling"):
        note = (
            "Pending devices act at their agent's next call, usually within 15 minutes; polling=true waits for it."
            if pending
            else ""
        )
        return PollResult(build(note))
    if not pending:
        return PollResult(build(""))
    if plan.polls_left <= 0:
        return PollResult(
            build(f"**Time-out** after {plan.timeout} seconds: what is pending stays requested and may still happen.")
        )
    progress = count_text(verdicts)
    changed = progress != args.get("last_progress")
    partial = build(f"Next look in {plan.interval} seconds.") if changed else CommandResults()
    return PollResult(
        None, continue_to_poll=True, args_for_next_run={**next_args, "last_progress": progress}, partial_result=partial
    )


# endregion


# region Command: test-module
def test_module(client: Client, params: Mapping[str, Any]) -> str:
    """Sign in, and read a little of what the instance will read.

    Returns:
        `ok`, or what is wrong in words.
    """
    try:
        settings = [read(params) for name, read in FETCHES.items() if flag(params, name)]
        if settings:
            first_fetch_time(params)
        problems = [test_devices(client)] if not settings else [test_source(client, s) for one in settings for s in one.sources]
    except AbsoluteError as error:
        return error.message
    return "\n".join(dict.fromkeys(problem for problem in problems if problem)) or "ok"


def test_devices(client: Client) -> str:
    """What keeps the commands from working; empty when nothing does."""
    try:
        next(client.report(DEVICES, Query(), ["deviceUid"], page_size=1))
    except ApiError as error:
        if not error.lacks_permission:
            raise
        return (
            "The Server URL, Token ID and key are right, but the API token lacks the permission View Device reports, which "
            "most commands need to find devices and to prove what happened to them. Create a new token with it "
            "(permissions of a token cannot be changed). Commands by device_ids or request_uid may work as they are."
        )
    return ""


def read_lately(client: Client, source: "FetchType") -> Any:
    """One row of the last 72 hours; of less where such a window is refused. How long one may be is not documented."""
    now = milliseconds(utc_now())
    for hours in (72, 24, 1):
        window = Slice(now - hours * 3600 * 1000, now)
        try:
            return client.call(source.operation, params=[*source.params(window)[:-1], ("pageSize", "1")])
        except ApiError as error:
            if error.status != 400 or hours == 1:
                raise
    return None


def test_source(client: Client, source: "FetchType") -> str:
    """What keeps a fetch from working; empty when nothing does."""
    try:
        answer = read_lately(client, source)
    except ApiError as error:
        if not error.lacks_permission:
            raise
        console = ", or SIEM integration is switched off in the console" if source.retention else ""
        return (
            f"The Server URL, Token ID and key are right, but {source.option} cannot be fetched: the API token lacks the "
            f"permission {source.operation.permission} (permissions of a token cannot be changed: create a new one){console}."
        )
    if source.retention and not rows_of(answer):
        return (
            "The sign-in works and the API token may read events, but there is no event of the last 72 hours. That is no proof "
            "that nothing happened: SIEM integration may be switched off in the Absolute console, or no event selected there. "
            "Look there before you rely on the fetch."
        )
    return ""


# endregion


# region Command: endpoint
def endpoint_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """The generic command: devices by id, ip (the local address) or hostname, as standard Endpoint objects."""
    ids = split_values(args, "id")
    # The generic command runs on all instances: the ID of another vendor's endpoint is simply not found here.
    foreign = [value for value in ids if not UUID_TEXT.fullmatch(value)]
    targets = {
        "device_ids": [v for v in ids if v not in foreign],
        "local_ips": args.get("ip"),
        "device_names": args.get("hostname"),
    }
    if foreign and not targets["device_ids"]:
        return [command_results(f"Not found: {markdown_text(', '.join(f'id={value}' for value in foreign))}.")]
    selection = select_devices(client, targets, GET_FIELDS)
    now = utc_now()
    results = [endpoint_result(device, now) for device in selection.devices]
    if missing := not_found_note(selection):
        names = {"device_ids": "id", "local_ips": "ip", "device_names": "hostname"}
        results.append(command_results(re.sub("|".join(names), lambda match: names[match.group()], missing)))
    return results


def endpoint_result(device: Mapping[str, Any], now: datetime) -> CommandResults:
    last = parse_utc(device.get("lastConnectedDateTimeUtc"))
    online = device.get("agentStatus") == "A" and last is not None and now - last <= ONLINE_WITHIN
    macs = [adapter["macAddress"] for adapter in as_dicts(device.get("networkAdapters")) if adapter.get("macAddress")]
    # Frozen is not network isolation: IsIsolated stays unset.
    endpoint = Common.Endpoint(
        id=device.get("deviceUid"),
        hostname=device.get("deviceName"),
        ip_address=device.get("localIp"),
        domain=device.get("domain"),
        mac_address=macs[0] if len(macs) == 1 else macs,
        os=device.get("platformOSType"),
        os_version=dict_safe_get(device, ["operatingSystem", "version"], default_return_value=None),
        bios_version=dict_safe_get(device, ["bios", "version"], default_return_value=None),
        model=device.get("systemModel"),
        status="Online" if online else "Offline",
        vendor=VENDOR,
    )
    row = endpoint.to_context().get(Common.Endpoint.CONTEXT_PATH) or {}
    readable = table("Absolute endpoint", [row], [name for name in row if name != "Vendor"])
    return CommandResults(
        readable_output=readable,
        outputs_prefix="Absolute.Device",
        outputs_key_field="Id",
        outputs={**device_state(device), **device_context(device)},
        raw_response=redact(device),
        indicator=endpoint,
    )


# endregion


# region Commands: devices
LIST_FILTERS = (
    TargetArgument("os_name", "operatingSystemName", STARTS, "Microsoft Windows 11 Pro", "operatingSystem.name"),
    TargetArgument("manufacturer", "systemManufacturer", STARTS, "Contoso"),
    TargetArgument("model", "systemModel", STARTS, "Book 14"),
)
CONTACT_SUFFIXES = {"last_connected_after": "FromInclusive", "last_connected_before": "ToInclusive"}
# The API cannot filter by version: it is compared on this side.
OS_VERSION = TargetArgument("os_version", "operatingSystem.version", STARTS, "10.0.22631")


def device_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Devices that meet all arguments; without any, all devices up to the limit."""
    limit = None if flag(args, "all_results") else whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)
    page = whole_number(args, "page", range(1_000_001), 0)
    raw_filter = parse_raw_filter(args.get("filter"))
    filters = [criterion for argument in LIST_FILTERS if (criterion := list_criterion(argument, args))]
    if args.get("agent_status"):
        status = choice(args, "agent_status", [*AGENT_STATUS_NAMES.values()])
        filters.append(Criterion("agent_status", (Term(status, "agentStatus", "", AGENT_STATUS[status.lower()]),)))
    if version := list_criterion(OS_VERSION, args):
        filters.append(replace(version, server_side=False))
    for name, suffix in CONTACT_SUFFIXES.items():
        if args.get(name):
            moment = api_time(parse_time_argument(name, str(args[name]), "30 days ago"))
            filters.append(Criterion(name, (Term(moment, "lastConnectedDateTimeUtc", suffix, moment),)))
    targets, missing = target_criteria(client, args)
    criteria = [*targets, *filters]
    found: Iterable[dict] = () if any(not c.terms for c in criteria) else find_devices(client, criteria, LIST_FIELDS, raw_filter)
    skip = page * limit if limit else 0
    rows, note = collect(found, None if limit is None else skip + limit + 1)
    more = limit is not None and len(rows) > skip + limit
    devices = rows[skip : skip + limit] if limit is not None else rows
    if more:
        note = f"There are more devices: raise limit, use page={page + 1}, or all_results=true. {note}".strip()
    if not skip and not more:
        unmatched = not_found_note(Selection(tuple(rows), tuple(c for c in targets if c.terms), tuple(missing)))
        note = " ".join(part for part in (unmatched, note) if part)
    return devices_result("Absolute devices", devices, note)


def list_criterion(argument: TargetArgument, args: Mapping[str, Any]) -> Criterion | None:
    """A filter argument that takes one value, which may hold a comma."""
    typed = str(args.get(argument.name) or "").strip()
    return Criterion(argument.name, (parse_term(argument, typed),)) if typed else None


def devices_result(title: str, devices: Sequence[dict], note: str) -> CommandResults:
    now = utc_now()
    if not devices:
        return command_results(f"### {title}\nNo device was found. {note}".strip(), raw=[])
    return command_results(
        table(f"{title}: {len(devices)}", [device_row(device, now) for device in devices], DEVICE_HEADERS, note),
        "Absolute.Device",
        "Id",
        [{**device_state(device), **device_context(device)} for device in devices],
        list(devices),
    )


def device_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Everything about the named devices, or the fields that are asked for; and what became of each value that was named."""
    fields = [OLD_FIELD_NAMES.get(name, name) for name in split_values(args, "fields")]
    selection = select_devices(client, args, fields or GET_FIELDS)
    note = not_found_note(selection)
    found = devices_result("Absolute devices", selection.devices, note)
    if len(selection.devices) == 1:
        device = selection.devices[0]
        title = f"Absolute device {markdown_text(device.get('deviceName') or device.get('deviceUid'))}"
        found.readable_output = table(title, device_details(device, utc_now()), ("Fact", "Value"), note)
    states = [{} if fields else device_state(device) for device in selection.devices]
    contexts = [{**state, **device_context(device)} for state, device in zip(states, selection.devices, strict=True)]
    found.outputs_prefix = found.outputs_key_field = None
    found.outputs = {
        "Absolute.Device(val.Id && val.Id == obj.Id)": contexts,
        "Absolute.DeviceLookup(val.Argument == obj.Argument && val.Value == obj.Value)": lookups(selection),
    }
    return found


def lookups(selection: Selection) -> list[dict[str, Any]]:
    """`Absolute.DeviceLookup`: for each value that was typed, the device it means, or why it means none."""
    narrowed = " that also meets the other arguments" if len(selection.criteria) > 1 else ""
    rows = [lookup_row(value, devices, narrowed) for value, devices in selection.found.items()]
    return rows + [lookup_row(f"mac_addresses={mac}", [], " of the compliance report") for mac in selection.unmatched_macs]


def lookup_row(asked: str, devices: Sequence[Mapping[str, Any]], narrowed: str) -> dict[str, Any]:
    argument, _, value = asked.partition("=")
    status, reason = "Found", ""
    if not devices:
        status, reason = "NotFound", f"No device{narrowed} has this value."
    elif len(devices) > 1:
        status = "Ambiguous"
        reason = f"{len(devices)} devices have this value: {'; '.join(device_label(device) for device in devices[:10])}"
    uids = [str(device.get("deviceUid")) for device in devices]
    return {"Argument": argument, "Value": value, "Status": status, "DeviceUIDs": uids, "Reason": reason}


# endregion


# region Command: location
LOCATION_PATHS = {
    "City": "geoAddress.city",
    "State": "geoAddress.state",
    "County": "geoAddress.county",
    "CountryCode": "geoAddress.countryCode",
    "Country": "geoAddress.country",
    "LocationTechnology": "locationTechnology",
    "Accuracy": "accuracy",
    "LastUpdate": "lastUpdateDateTimeUtc",
    "Coordinates": "point.coordinates",
}


def latitude_longitude(point: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude of `geoData.location.point`; None when it holds no position.

    GeoJSON order (RFC 7946 section 3.1.1: longitude first), as seen in real answers; the vendor's text has it the other way
    round, so a second number that can be no latitude turns the order.
    """
    coordinates = point.get("coordinates") or [point.get("x"), point.get("y")]
    try:
        first, second = (float(number) for number in coordinates[:2])
    except (TypeError, ValueError, KeyError):
        return None
    latitude, longitude = (second, first) if abs(second) <= 90 else (first, second)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def location_context(device: Mapping[str, Any]) -> dict[str, Any]:
    """`Absolute.LocationReport` of one device. Every key is there, so that no old position survives in the context."""
    location = as_dict(as_dict(device.get("geoData")).get("location"))
    context = {
        **dict.fromkeys((*LOCATION_PATHS, "Latitude", "Longitude", "MapLink")),
        "ID": device.get("deviceUid"),
        "DeviceName": device.get("deviceName"),
        "Age": age_text(parse_utc(location.get("lastUpdateDateTimeUtc")), utc_now()),
        **pick(location, LOCATION_PATHS),
    }
    if position := latitude_longitude(as_dict(location.get("point"))):
        latitude, longitude = position
        link = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
        context.update({"Latitude": latitude, "Longitude": longitude, "MapLink": link})
    return context


def location_row(context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    address = ", ".join(str(context[name]) for name in ("City", "State", "Country") if context.get(name))
    position = f"{context['Latitude']}, {context['Longitude']}" if context.get("Latitude") is not None else ""
    return {
        "Device": context.get("DeviceName"),
        "Position (latitude, longitude)": position,
        "Accuracy": f"{context['Accuracy']} m" if context.get("Accuracy") is not None else "",
        "Located": age_text(parse_utc(context.get("LastUpdate")), now) if context.get("LastUpdate") else "no location",
        "Address": address,
        "By": context.get("LocationTechnology"),
        "Id": context.get("ID"),
    }


def device_location_get_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """Last known positions; for a single device also a map."""
    selection = select_devices(client, args, ["geoData", "serialNumber"])
    if not selection.devices:
        return [command_results(f"### Absolute locations\nNo device was found. {not_found_note(selection)}".strip(), raw=[])]
    contexts, now = [location_context(device) for device in selection.devices], utc_now()
    notes = [
        f"[{markdown_text(c.get('DeviceName') or c.get('ID'))} on a map]({c['MapLink']})"
        for c in contexts[:TABLE_ROWS]
        if c.get("MapLink")
    ]
    if not all(context.get("MapLink") for context in contexts):
        notes.append(
            "A device has no position when geolocation tracking is off or has not reported yet, or when the token lacks "
            "View Geolocation (positions need the address-level view)."
        )
    headers = ("Device", "Position (latitude, longitude)", "Accuracy", "Located", "Address", "By", "Id")
    readable = table(
        "Absolute locations",
        [location_row(context, now) for context in contexts],
        headers,
        "\n\n".join([*notes, not_found_note(selection)]).strip(),
    )
    results = [command_results(readable, "Absolute.LocationReport", "ID", contexts, list(selection.devices))]
    if len(contexts) == 1 and contexts[0].get("MapLink"):
        point = {"lat": contexts[0]["Latitude"], "lng": contexts[0]["Longitude"]}
        results.append(CommandResults(entry_type=EntryType.MAP_ENTRY_TYPE, raw_response=point))
    return results


# endregion


# region Commands: freeze and remove freeze
def freeze_definition(args: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`freezeDefinition` of POST /actions/requests/freeze.

    Raises:
        ArgumentError: A date that is missing or past, or an offline time out of range.
    """
    kind = choice(args, "device_freeze_type", ("OnDemand", "Scheduled", "OffLine"), "OnDemand")
    definition: dict[str, Any] = {"deviceFreezeType": kind}
    if args.get("scheduled_freeze_date") and kind != "Scheduled":
        raise ArgumentError(
            "scheduled_freeze_date", f"device_freeze_type={kind} would not wait for it.", "... device_freeze_type=Scheduled"
        )
    offline = str(args.get("offline_time_seconds") or DEFAULT_OFFLINE_SECONDS)
    if kind != "OffLine" and offline not in (str(DEFAULT_OFFLINE_SECONDS), OLD_OFFLINE_SECONDS):
        raise ArgumentError(
            "offline_time_seconds", f"device_freeze_type={kind} would not wait for it.", "... device_freeze_type=OffLine"
        )
    if kind == "Scheduled":
        example = "2030-02-01T18:00:00Z"
        text = str(args.get("scheduled_freeze_date") or "").strip()
        if not text:
            raise ArgumentError("scheduled_freeze_date", "a Scheduled freeze needs a date.", example)
        moment = parse_time_argument("scheduled_freeze_date", text, example)
        if moment <= now:
            raise ArgumentError("scheduled_freeze_date", f'"{text}" is not in the future ({api_time(moment)}, UTC).', example)
        definition["scheduledFreezeDateTimeUtc"] = api_time(moment)
    if kind == "OffLine":
        definition["offlineTimeSeconds"] = whole_number(args, "offline_time_seconds", OFFLINE_SECONDS, DEFAULT_OFFLINE_SECONDS)
    return definition


def passcode_definition(args: Mapping[str, Any]) -> dict[str, Any]:
    """`passcodeDefinition` of POST /actions/requests/freeze.

    Raises:
        ArgumentError: A user-defined passcode that is missing or not 4 to 8 digits, or a length out of range.
    """
    option = choice(args, "passcode_type", ("UserDefined", "RandomForEach", "RandomForAll"), "RandomForEach")
    if option != "UserDefined":
        if args.get("passcode"):
            raise ArgumentError("passcode", f"passcode_type={option} would not use it; give passcode_type=UserDefined.")
        return {"option": option, "length": whole_number(args, "passcode_length", range(4, 9), 8)}
    passcode = str(args.get("passcode") or "").strip()
    if not re.fullmatch(r"[0-9]{4,8}", passcode):
        # The value itself is a secret: the message must not repeat it.
        raise ArgumentError("passcode", "passcode_type=UserDefined needs 4 to 8 digits.", "48151623")
    return {"option": option, "passcode": passcode}


def freeze_message_choice(args: Mapping[str, Any]) -> dict[str, str]:
    """What the frozen screen shows: an existing message, or name and HTML of a new one.

    Raises:
        ArgumentError: Neither or both are given, or a text is too long.
    """
    if message_uid := args.get("message_uid"):
        if args.get("html_message"):
            raise ArgumentError("message_uid", "give either message_uid or html_message with message_name, not both.")
        return {"messageUid": uid("message_uid", message_uid)}
    return {
        "messageName": text_within(args, "message_name", MAX_MESSAGE_NAME, '"IR lock"'),
        "message": text_within(args, "html_message", MAX_MESSAGE, '"<p>Locked by IT. Call 555-0100.</p>"'),
    }


def notification_emails(args: Mapping[str, Any]) -> list[str]:
    """Raises: ArgumentError for more than ten addresses, or one without an @."""
    emails = split_values(args, "notification_emails")
    if len(emails) > MAX_EMAILS:
        raise ArgumentError("notification_emails", f"{len(emails)} addresses are given; the API takes at most {MAX_EMAILS}.")
    for email in emails:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
            raise ArgumentError("notification_emails", f'"{email}" is not an e-mail address.', "soc@example.com")
    return emails


def freeze_body(args: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of POST /actions/requests/freeze without its devices. Every limit is checked here.

    Raises:
        ArgumentError: Any argument the API would refuse.
    """
    emails = notification_emails(args)
    return {
        "requestTitle": text_within(args, "request_name", MAX_TITLE, '"IR-1234 containment"'),
        "freezeDefinition": freeze_definition(args, now),
        "passcodeDefinition": passcode_definition(args),
        **freeze_message_choice(args),
        **({"notificationEmails": emails} if emails else {}),
    }


def create_freeze_once(client: Client, body: dict[str, Any]) -> tuple[str, list[Verdict]]:
    """Create one request. After an ambiguous failure, look at the devices and say what they show; never send again.

    Returns:
        The request's UID, and verdicts of the devices that the answer itself refuses.

    Raises:
        UncertainWriteError: With what the devices show.
    """
    started = server_now(client)
    try:
        data = client.create_freeze(body)
        problem = "The freeze was accepted without a request UID."
    except UncertainWriteError as error:
        data, problem = {}, error.message
    if not data.get("requestUid"):
        raise UncertainWriteError(f"{problem} {freeze_traces(client, body, started)}")
    return str(data.get("requestUid")), refused_devices(data)


def server_now(client: Client) -> datetime:
    """Now, by Absolute's clock as its last answer showed it."""
    return utc_now() + timedelta(seconds=client.skew_seconds)


def refused_devices(data: Mapping[str, Any]) -> list[Verdict]:
    """Devices under `errors` of the answer, a form of API v2 that v3 does not document and playbooks read."""
    return [
        Verdict(str(device_uid), "failed", str(error.get("message") or error.get("messageKey") or "refused"))
        for error in as_dicts(data.get("errors"))
        for device_uid in as_dict(error.get("detail")).get("deviceUids") or []
    ]


def freeze_traces(client: Client, body: Mapping[str, Any], started: datetime) -> str:
    """What the device report shows of a freeze that may have been requested."""
    uids = [str(device_uid) for device_uid in body.get("deviceUids") or []]
    kind = str(as_dict(body.get("freezeDefinition")).get("deviceFreezeType") or "").lower()
    again = "Look again with absolute-device-get before you repeat the command."
    criterion = Criterion("device_ids", tuple(Term(u, "deviceUid", "", u) for u in uids))
    try:
        devices = list(find_devices(client, [criterion], ["serialNumber", "deviceFreezeActionStatus"]))
    except AbsoluteError:
        return f"The devices could not be read either. {again}"
    fresh = [device for device in devices if has_fresh_freeze(device, kind, started - CLOCK_TOLERANCE)]
    if not fresh:
        return f"None of the {len(uids)} devices shows a new freeze: it was probably not carried out. {again}"
    names = "; ".join(device_label(device) for device in fresh[:10])
    return (
        f"It WAS carried out: {len(fresh)} of {len(uids)} devices show a freeze of this type, requested within seconds of this "
        f"command ({names}). Do not repeat it unless it came from somebody else. The UID of the request is lost (the API has no "
        "list of freeze requests); follow the devices with absolute-device-get."
    )


def has_fresh_freeze(device: Mapping[str, Any], kind: str, after: datetime) -> bool:
    for entry in as_dicts(as_dict(device.get("deviceFreezeActionStatus")).get("statuses")):
        updated = parse_utc(as_dict(entry.get("status")).get("updatedDateTimeUtc"))
        if str(entry.get("type") or "").lower() == kind and updated is not None and updated >= after:
            return True
    return False


@dataclass(frozen=True)
class FreezeRequest:
    """A freeze request that the API has accepted, and the devices it was sent for."""

    request_uid: str
    device_uids: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()

    def to_context(self, title: str) -> dict[str, Any]:
        def having(*names: str) -> list[str]:
            return [v.device_uid for v in self.verdicts if v.verdict in names and v.confirmed]

        return {
            "RequestUID": self.request_uid,
            "RequestName": title,
            "SucceededDeviceUIDs": having("frozen", "pending"),
            "FrozenDeviceUIDs": having("frozen"),
            "PendingDeviceUIDs": having("pending"),
            "Errors": freeze_errors(self.verdicts),
            "Devices": [verdict.to_context() for verdict in self.verdicts],
        }


def freeze_errors(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Devices that the request will not freeze, grouped by reason, in the form of the vendor's v2 answer."""
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if verdict.verdict in ACTION_ENDED.values():
            groups.setdefault((verdict.verdict, verdict.reason), []).append(verdict.device_uid)
    return [{"messageKey": key, "message": reason, "detail": {"deviceUids": uids}} for (key, reason), uids in groups.items()]


def submit_freeze(client: Client, body: dict[str, Any], targets: Targets) -> tuple[Following, str]:
    """Send one request per 10,000 devices. Returns what was accepted, and a note when a later one failed.

    Raises:
        AbsoluteError: The first request failed.
    """
    accepted: list[tuple[str, tuple[str, ...]]] = []
    settled: list[Verdict] = []
    submitted, note = server_now(client), ""
    for part in batch(targets.uids, MAX_DEVICES_PER_REQUEST):
        try:
            request_uid, refused = create_freeze_once(client, {"deviceUids": list(part), **body})
        except AbsoluteError as error:
            if not accepted:
                raise
            sent = sum(len(uids) for _, uids in accepted)
            note = f"**Incomplete**: {sent} of {len(targets.uids)} devices are requested; the next request failed. "
            note += markdown_text(error.message)
            break
        named = {verdict.device_uid for verdict in refused}
        settled += refused
        accepted.append((request_uid, tuple(device_uid for device_uid in part if device_uid not in named)))
    return Following(tuple(accepted), tuple(settled), submitted), note


def judge_freezes(client: Client, following: Following) -> list[FreezeRequest]:
    return [judge_freeze(client, request_uid, uids, following.submitted) for request_uid, uids in following.requests]


def judge_freeze(client: Client, request_uid: str, device_uids: Sequence[str], submitted: datetime | None) -> FreezeRequest:
    """Read the request and the device report, and give each device its verdict."""
    evidence, now = read_evidence(client, request_uid, device_uids, submitted), utc_now()
    verdicts = tuple(freeze_verdict(device_uid, evidence, now) for device_uid in device_uids)
    return FreezeRequest(request_uid, tuple(device_uids), verdicts)


def freeze_results(requests_: Sequence[FreezeRequest], title: str, note: str) -> CommandResults:
    verdicts = [verdict for request in requests_ for verdict in request.verdicts]
    uids = ", ".join(request.request_uid for request in requests_)
    contexts = [request.to_context(title) for request in requests_]
    heading = f"Freeze request {markdown_text(title)}: {count_text(verdicts)}"
    return command_results(
        verdict_table(heading, verdicts, f"Request UID: {uids}\n\n{note}".strip()),
        "Absolute.FreezeRequest",
        "RequestUID",
        contexts[0] if len(contexts) == 1 else contexts,
    )


def device_freeze_request_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Freeze devices; with polling=true, wait until each has its verdict."""
    return run_polling("absolute-device-freeze-request", device_freeze_request, args, client, guard)


def device_freeze_request(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    title, notes = str(args.get("request_name") or ""), []
    if args.get("following"):
        following = Following.from_args(args)
    else:
        body = freeze_body(args, utc_now())
        targets = resolve_targets(client, args, guard)
        if flag(args, "dry_run"):
            return PollResult(dry_run_result(CREATE_FREEZE, body, targets))
        following, incomplete = submit_freeze(client, body, targets)
        notes = [incomplete, targets.note, offline_note(body)]
    judged = judge_freezes(client, following)
    if not args.get("following") and any(verdict.pending_unseen for request in judged for verdict in request.verdicts):
        # The API may need a moment until it lists what it has accepted.
        pause(SETTLING_SECONDS)
        judged = judge_freezes(client, following)
    judged[0] = replace(judged[0], verdicts=(*judged[0].verdicts, *following.settled))
    plan = plan.spaced(client.calls)
    return poll_result(
        plan,
        [verdict for request in judged for verdict in request.verdicts],
        lambda note: freeze_results(judged, title, "\n\n".join(text for text in (*notes, note) if text)),
        args,
        plan.next_args(args, ("request_name",), following),
    )


def offline_note(body: Mapping[str, Any]) -> str:
    if dict_safe_get(body, ["freezeDefinition", "deviceFreezeType"], default_return_value="") != "OffLine":
        return ""
    return "Absolute has replaced conditional offline freezes by Offline Freeze rules, which are set in the console only."


def dry_run_result(
    operation: Operation, body: Mapping[str, Any], targets: Targets, skipped: Sequence[Verdict] = ()
) -> CommandResults:
    """What would be sent, with secrets masked, and for which devices."""
    shown = json.dumps(
        mask_secrets({"deviceUids": f"the {len(targets.uids)} listed above", **body}), indent=2, ensure_ascii=False
    )
    rows = [
        {"Device": d.get("deviceName"), "Serial": d.get("serialNumber"), "User": d.get("username"), "Id": d.get("deviceUid")}
        for d in targets.devices
    ]
    fence = "`" * (max([2, *map(len, re.findall("`+", shown))]) + 1)
    title = f"Dry run: nothing was sent. Devices that would be meant: {len(rows)}"
    left_out = [
        f"{markdown_text(verdict.device_name or verdict.device_uid)} would be left out. {markdown_text(verdict.reason)}"
        for verdict in skipped
    ]
    note = "\n\n".join(text for text in (targets.note, *left_out) if text)
    readable = table(title, rows, ("Device", "Serial", "User", "Id"), note, most=None)
    meant = [Verdict(str(d.get("deviceUid")), "eligible", "", str(d.get("deviceName") or "")) for d in targets.devices]
    outputs = [verdict.to_context() for verdict in (*meant, *skipped)]
    text = f"{readable}\n\n{operation.method} {operation.path}\n{fence}\n{shown}\n{fence}"
    return command_results(text, "Absolute.DryRun", "DeviceUid", outputs, raw=[])


def device_remove_freeze_request_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Unfreeze devices or cancel what was requested; with polling=true, wait until each has its verdict."""
    return run_polling("absolute-device-remove-freeze-request", device_remove_freeze_request, args, client, guard)


def device_remove_freeze_request(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    options = {"removeScheduled": flag(args, "remove_scheduled"), "removeOffline": flag(args, "remove_offline")}
    note = ""
    if args.get("following"):
        following = Following.from_args(args)
    else:
        targets = resolve_targets(client, args, guard)
        if flag(args, "dry_run"):
            return PollResult(dry_run_result(REMOVE_FREEZE, options, targets))
        following, incomplete = submit_removal(client, options, targets)
        note = " ".join(text for text in (incomplete, targets.note) if text)
    uids = [device_uid for _, part in following.requests for device_uid in part]
    evidence, now = read_evidence(client, None, uids), utc_now()
    gone = removal_statuses(options["removeScheduled"], options["removeOffline"])
    verdicts = [unfreeze_verdict(device_uid, evidence, gone, now) for device_uid in uids]
    plan = plan.spaced(client.calls)
    return poll_result(
        plan,
        verdicts,
        lambda extra: removal_results(verdicts, "\n\n".join(text for text in (note, extra) if text)),
        args,
        plan.next_args(args, ("remove_scheduled", "remove_offline"), following),
    )


def submit_removal(client: Client, options: Mapping[str, Any], targets: Targets) -> tuple[Following, str]:
    """Send one removal per 10,000 devices. Returns what was accepted, and a note when a later one failed.

    Raises:
        AbsoluteError: The first removal failed.
    """
    accepted: list[tuple[str, tuple[str, ...]]] = []
    submitted = server_now(client)
    for part in batch(targets.uids, MAX_DEVICES_PER_REQUEST):
        try:
            client.remove_freeze({"deviceUids": list(part), **options})
        except AbsoluteError as error:
            if not accepted:
                raise
            sent = sum(len(uids) for _, uids in accepted)
            note = f"**Incomplete**: {sent} of {len(targets.uids)} devices are released; the next call failed. "
            note += markdown_text(error.message)
            return Following(tuple(accepted), (), submitted), note
        accepted.append(("", tuple(part)))
    return Following(tuple(accepted), (), submitted), ""


def removal_results(verdicts: Sequence[Verdict], note: str) -> CommandResults:
    return command_results(
        verdict_table(f"Remove freeze: {count_text(verdicts)}", verdicts, note),
        "Absolute.RemoveFreeze",
        "DeviceUid",
        [verdict.to_context() for verdict in verdicts],
    )


# endregion


# region Commands: freeze requests and passcodes
FREEZE_DETAIL_PATHS = {
    "ID": "id",
    "AccountUid": "accountUid",
    "ActionRequestUid": "requestUid",
    "DeviceUid": "deviceUid",
    "Name": "requestTitle",
    "Requester": "requester",
    "EventHistoryId": "eventHistoryId",
    "PolicyGroupUid": "policyGroupUid",
    "PolicyConfigurationVersion": "policyConfigurationVersion",
    "FreezePolicyUid": "freezePolicyUid",
    "CreatedUTC": "createdDateTimeUtc",
    "ChangedUTC": "changedDateTimeUtc",
    "NotificationEmails": "notificationEmails",
    "Downloaded": "isDownloaded",
    "IsCurrent": "isCurrent",
    "ActionStatus": "actionStatus",
    "ActionStatusDetails": "actionStatusDetails",
    "Statuses": "statuses",
}


def freeze_detail_context(action: Mapping[str, Any], device: Mapping[str, Any], verdict: Verdict) -> dict[str, Any]:
    """`Absolute.FreezeRequestDetail` of one device of a request, without passcode, salt and hash.

    API v3 tells the account only in the device report.
    """
    configuration = dict(as_dict(action.get("configuration")))
    conditions = [dict(condition) for condition in as_dicts(configuration.pop("conditions", None))]
    for condition in conditions:
        if "scheduledFreezeDateTimeUtc" in condition:
            condition["scheduledFreezeDate"] = condition["scheduledFreezeDateTimeUtc"]
    context = {
        **pick({**pick(device, {"accountUid": "accountUid"}), **action}, FREEZE_DETAIL_PATHS),
        "Configuration": {**configuration, "Conditions": conditions},
        "DeviceName": verdict.device_name,
        "Verdict": verdict.verdict,
        "Reason": verdict.reason,
    }
    return redact(context)


def device_freeze_request_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Each device of the freeze requests, with its verdict."""
    actions = [action for request_uid in request_uids(args) for action in flatten(client.freeze_actions(request_uid))]
    if not actions:
        return command_results("### Freeze request\nThe request lists no device.", raw=[])
    uids = [str(action.get("deviceUid")) for action in actions]
    (states, note), now = read_names(client, uids), utc_now()
    verdicts = [
        freeze_verdict(device_uid, Evidence({device_uid.lower(): action}, states), now)
        for device_uid, action in zip(uids, actions, strict=True)
    ]
    contexts = [
        freeze_detail_context(action, (states or {}).get(verdict.device_uid.lower()) or {}, verdict)
        for action, verdict in zip(actions, verdicts, strict=True)
    ]
    rows = [{**context, "Device": context.get("DeviceName") or context.get("DeviceUid")} for context in contexts]
    headers = (
        "Device",
        "Verdict",
        "Reason",
        "Name",
        "ActionRequestUid",
        "EventHistoryId",
        "CreatedUTC",
        "ChangedUTC",
        "Requester",
        "ID",
    )
    return command_results(table("Freeze request", rows, headers, note), "Absolute.FreezeRequestDetail", "ID", contexts, actions)


def request_uids(args: Mapping[str, Any]) -> list[str]:
    values = split_values(args, "request_uid")
    if not values:
        raise ArgumentError("request_uid", "it is missing.", "c0ffee00-1111-4222-8333-444455556666")
    return [uid("request_uid", value) for value in values]


def device_freeze_passcode_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """The passcodes that unlock frozen devices, by request or by device. The only command that shows them.

    They are in the war-room entry and its raw contents alone, not in the context, where everybody on the incident reads.
    """
    if args.get("request_uid"):
        rows, missing = passcodes_by_request(client, request_uids(args))
    else:
        rows, missing = passcodes_by_device(client, args)
    empty = "A device without a passcode holds no freeze, or the token lacks Perform Remove Freeze."
    note = " ".join(text for text in (missing, empty if any(not row["Passcode"] for row in rows) else "") if text)
    if not rows:
        return CommandResults(readable_output=f"### Freeze passcodes\nNo device was found. {note}".strip(), raw_response=[])
    headers = ("Device", "Passcode", "Freeze", "Id")
    readable = table("Freeze passcodes", rows, headers, note, most=None)
    return CommandResults(readable_output=readable, raw_response={"Passcodes": rows})


def passcodes_by_request(client: Client, uids: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """Passcodes of requests, and a note when the devices' names could not be read."""
    actions = [action for request_uid in uids for action in flatten(client.freeze_actions(request_uid))]
    states, note = read_names(client, [str(action.get("deviceUid")) for action in actions])
    names = {device_uid: device.get("deviceName") for device_uid, device in (states or {}).items()}
    rows = [
        {
            "Device": names.get(str(action.get("deviceUid")).lower()),
            "Passcode": str(as_dict(action.get("configuration")).get("passcodeClear") or ""),
            "Freeze": action.get("requestTitle"),
            "Id": action.get("deviceUid"),
        }
        for action in actions
    ]
    return rows, note


def passcodes_by_device(client: Client, args: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Passcodes of devices, and a note on what was not found."""
    select = ["deviceFreezeStatus.statusName", "deviceFreezeStatus.passCode", "deviceFreezeActionStatus"]
    selection = select_devices(client, args, select)
    return [row for device in selection.devices for row in device_passcodes(device)], not_found_note(selection)


def device_passcodes(device: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per passcode that the device report knows."""
    freeze = as_dict(device.get("deviceFreezeStatus"))
    found = {str(freeze.get("passCode") or ""): str(freeze.get("statusName") or "")}
    for entry in as_dicts(as_dict(device.get("deviceFreezeActionStatus")).get("statuses")):
        status = as_dict(entry.get("status"))
        found.setdefault(str(status.get("passcode") or ""), f"{entry.get('type')}: {status.get('status')}")
    codes = {code: name for code, name in found.items() if code} or {"": found.get("", "")}
    return [
        {"Device": device.get("deviceName"), "Passcode": code, "Freeze": name, "Id": device.get("deviceUid")}
        for code, name in codes.items()
    ]


# endregion


# region Commands: freeze messages
MESSAGE_PATHS = {
    "ID": "messageUid",
    "Name": "name",
    "Content": "content",
    "CreatedBy": "createdBy",
    "ChangedBy": "changedBy",
    "CreatedUTC": "createdDateTimeUtc",
    "ChangedUTC": "changedDateTimeUtc",
}


def device_freeze_message_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Freeze messages: one by message_id, those of an exact name, or all up to the limit."""
    limit = whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)
    skip = whole_number(args, "page", range(1_000_001), 0) * limit
    wanted = str(args.get("message_name") or "").strip().casefold()
    if args.get("message_id"):
        message = client.freeze_message(uid("message_id", args.get("message_id")))
        rows, note = ([message] if message else []), ""
    else:
        messages = (m for m in flatten(client.freeze_messages()) if not wanted or str(m.get("name") or "").casefold() == wanted)
        rows, note = collect(messages, skip + limit)
        rows = rows[skip:]
    if not rows:
        return command_results(f"### Freeze messages\nNo freeze message was found. {note}".strip(), raw=[])
    contexts = [pick(row, MESSAGE_PATHS) for row in rows]
    headers = ("Name", "Content", "ChangedBy", "ChangedUTC", "ID")
    return command_results(table("Freeze messages", contexts, headers, note), "Absolute.FreezeMessage", "ID", contexts, rows)


def message_texts(args: Mapping[str, Any]) -> tuple[str, str]:
    name = text_within(args, "message_name", MAX_MESSAGE_NAME, '"IR lock"')
    return name, text_within(args, "html_message", MAX_MESSAGE, '"<p>Locked by IT. Call 555-0100.</p>"')


def device_freeze_message_create_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Create a freeze message; after an ambiguous failure, look whether it exists."""
    name, content = message_texts(args)
    before = messages_named(client, name)
    try:
        message_uid = client.create_freeze_message(name, content)
    except UncertainWriteError as error:
        message_uid = find_created_message(client, name, before, error.message)
    outputs = {"ID": message_uid, "Name": name}
    readable = f"The freeze message {markdown_text(name)} was created. ID: {message_uid}"
    return command_results(readable, "Absolute.FreezeMessage", "ID", outputs)


def messages_named(client: Client, name: str) -> set[str]:
    return {str(message.get("messageUid")) for message in flatten(client.freeze_messages()) if message.get("name") == name}


def find_created_message(client: Client, name: str, before: set[str], problem: str) -> str:
    """The UID of the message that appeared although the answer was lost.

    Raises:
        UncertainWriteError: It could not be found, or looked for.
    """
    try:
        created = messages_named(client, name) - before
    except AbsoluteError as error:
        raise UncertainWriteError(f"{problem} The messages could not be read either: {error.message}") from error
    if len(created) != 1:
        raise UncertainWriteError(f"{problem} The messages do not show it: look again before you repeat.")
    return created.pop()


def device_freeze_message_update_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Replace name and content of a freeze message."""
    message_uid = uid("message_id", args.get("message_id"))
    name, content = message_texts(args)
    client.update_freeze_message(message_uid, name, content)
    return command_results(f"The freeze message {message_uid} is now named {markdown_text(name)} and has the new content.")


def device_freeze_message_delete_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Delete a freeze message."""
    message_uid = uid("message_id", args.get("message_id"))
    client.delete_freeze_message(message_uid)
    return command_results(f"The freeze message {message_uid} was deleted.")


# endregion


# region Device actions: unenroll, wipe, file delete, message, script
REQUEST_STATUSES = ("Init", "InProgress", "Completed", "Canceled", "Failed", "Scheduled", "PendingApproval")
WAITING_REQUESTS = {
    "PendingApproval": "The request waits for the approval of a second person in the console (dual approval).",
    "Scheduled": "The request is scheduled.",
}
WAITING_ACTIONS = {
    "pending": "Pending: it has not begun on the device.",
    "processing": "Processing: under way on the device.",
    "ready": "Ready: on the device, which waits for the date.",
}
ENDED_REQUESTS = {
    "canceled": ("cancelled", "The request was withdrawn while it waited for approval."),
    "cancelled": ("cancelled", "The request was withdrawn while it waited for approval."),
    "failed": ("failed", "The request failed, or its approval was declined."),
    "declined": ("failed", "The approval of the request was declined."),
}


@dataclass(frozen=True)
class ActionCommand:
    """A command that requests an action on devices.

    Attributes:
        body: Makes the body without its devices; refuses bad arguments.
        select: Fields of the device report that `obstacle` looks at.
        obstacle: Why a device is not eligible, or nothing.
        carry: Required arguments, which each poll must have too.
        batch_size: How many devices one request takes.
    """

    name: str
    kind: ActionKind
    body: Callable[[Mapping[str, Any]], dict[str, Any]]
    select: tuple[str, ...] = ()
    obstacle: Callable[[Mapping[str, Any], Mapping[str, Any]], str] = lambda device, body: ""
    carry: tuple[str, ...] = ()
    batch_size: Callable[[Mapping[str, Any]], int] = lambda body: MAX_DEVICES_PER_REQUEST


@dataclass(frozen=True)
class ActionRequest:
    """A request that the API has accepted, the devices it was sent for, and what was last read of it."""

    request_uid: str
    device_uids: tuple[str, ...]
    summary: Mapping[str, Any] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()


def run_action(command: ActionCommand, args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Request an action on devices; with polling=true, wait until each has its verdict."""

    def step(args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
        return action_step(command, args, client, guard, plan)

    return run_polling(command.name, step, args, client, guard)


def action_step(command: ActionCommand, args: dict[str, Any], client: Client, guard: Guard, plan: PollPlan) -> PollResult:
    notes: list[str] = []
    if args.get("following"):
        following = Following.from_args(args)
    else:
        body = command.body(args)
        targets = resolve_targets(client, with_device_ids(args, "device_uids"), guard, command.select)
        skipped = not_eligible(command, body, targets)
        left_out = {verdict.device_uid for verdict in skipped}
        chosen = replace(targets, devices=tuple(d for d in targets.devices if d.get("deviceUid") not in left_out))
        if flag(args, "dry_run"):
            return PollResult(dry_run_result(command.kind.create, body, chosen, skipped))
        if not chosen.devices:
            reasons = "; ".join(f"{v.device_name[:MAX_ECHO] or v.device_uid}: {v.reason[: 2 * MAX_ECHO]}" for v in skipped)
            raise TargetError(f"Nothing was sent: no device is eligible. {reasons}")
        following, incomplete = submit_action(client, command, body, chosen, skipped)
        notes = [incomplete, targets.note]
    judged = [judge_action(client, command.kind, request_uid, uids) for request_uid, uids in following.requests]
    judged[0] = replace(judged[0], verdicts=(*judged[0].verdicts, *following.settled))
    plan = plan.spaced(client.calls)
    return poll_result(
        plan,
        [verdict for request in judged for verdict in request.verdicts],
        lambda note: action_results(command.kind, judged, "\n\n".join(text for text in (*notes, note) if text)),
        args,
        plan.next_args(args, command.carry, following),
    )


def not_eligible(command: ActionCommand, body: Mapping[str, Any], targets: Targets) -> list[Verdict]:
    """Verdicts of the devices that the vendor's rules rule out, as far as the device report tells."""
    reasons = [(device, command.obstacle(device, body)) for device in targets.devices]
    return [
        Verdict(str(device.get("deviceUid")), "ineligible", f"Not sent: {reason}", str(device.get("deviceName") or ""))
        for device, reason in reasons
        if reason
    ]


def submit_action(
    client: Client, command: ActionCommand, body: dict[str, Any], targets: Targets, skipped: Sequence[Verdict]
) -> tuple[Following, str]:
    """Send one request per batch. A failed batch is said, the others stand.

    Raises:
        AbsoluteError: No batch was accepted.
    """
    accepted: list[tuple[str, tuple[str, ...]]] = []
    failures: list[AbsoluteError] = []
    settled, notes, submitted = list(skipped), [], server_now(client)
    names = {str(device.get("deviceUid")): str(device.get("deviceName") or "") for device in targets.devices}
    earlier = recent_requests(client, command.kind, submitted)
    for part in batch(targets.uids, command.batch_size(body)):
        known = None if earlier is None else earlier | {request_uid for request_uid, _ in accepted}
        try:
            request_uid, note = create_action_once(client, command.kind, {"deviceUids": list(part), **body}, submitted, known)
        except AbsoluteError as error:
            failures.append(error)
            verdict = "unknown" if isinstance(error, UncertainWriteError) else "failed"
            settled += [Verdict(device_uid, verdict, error.message, names[device_uid]) for device_uid in part]
        else:
            accepted.append((request_uid, tuple(part)))
            notes.append(note)
    problems = " ".join(dict.fromkeys(failure.message for failure in failures))
    if not accepted:
        raise failures[0] if len(failures) == 1 else AbsoluteError(problems)
    if failures:
        sent = sum(len(uids) for _, uids in accepted)
        notes.append(f"**Incomplete**: {sent} of {len(targets.uids)} devices are requested. {markdown_text(problems)}")
    return Following(tuple(accepted), tuple(settled), submitted), "\n\n".join(filter(None, notes))


def recent_requests(client: Client, kind: ActionKind, now: datetime) -> set[str] | None:
    """UIDs of the requests that are there already, so that none of them is taken for one whose answer was lost.

    None when they cannot be read; then no request is taken for another.
    """
    try:
        return {str(row.get("requestUid")) for row in requests_since(client, kind, now)}
    except AbsoluteError:
        return None


def requests_since(client: Client, kind: ActionKind, moment: datetime) -> list[dict]:
    """With a minute of tolerance, for clocks that differ."""
    since_then = [("createdFromDateTimeUtc", api_time(moment - timedelta(minutes=1)))]
    return list(flatten(client.action_requests(kind, since_then)))


def create_action_once(
    client: Client, kind: ActionKind, body: dict[str, Any], started: datetime, known: set[str] | None
) -> tuple[str, str]:
    """Create one request. After an ambiguous failure, look for it in the list of requests instead of sending again.

    Returns:
        The request's UID, and a note when it had to be looked for.

    Raises:
        UncertainWriteError: It could not be found.
    """
    try:
        request_uid = client.create_action(kind, body)
        problem = "" if request_uid else f"The request to {kind.purpose} was accepted without a UID."
    except UncertainWriteError as error:
        request_uid, problem = "", error.message
    if request_uid:
        return request_uid, ""
    found = find_created_action(client, kind, body, started, known, problem)
    note = (
        f"The answer was lost, so the list of requests was read: request {found.get('requestId') or found.get('actionId')}, "
        f"created {found.get('createdDateTimeUtc')} for just these devices, is taken as this one. Nothing was sent twice."
    )
    return str(found.get("requestUid")), note


def find_created_action(
    client: Client, kind: ActionKind, body: Mapping[str, Any], started: datetime, known: set[str] | None, problem: str
) -> dict[str, Any]:
    """The request that was created since `started` for just this, and is not one of those `known` before.

    It may appear late, so it is looked for more than once.
    """
    if known is None:
        raise UncertainWriteError(f"{problem} The list of requests could not be read before either: look before you repeat.")
    for wait in LOOKS_FOR_REQUEST:
        pause(wait)
        try:
            found = [row for row in requests_since(client, kind, started) if fits(client, kind, row, body, known)]
        except AbsoluteError as error:
            raise UncertainWriteError(f"{problem} The list of requests could not be read either: {error.message}") from error
        if found:
            log(f"[HTTP Error] the answer was lost, but request {found[0].get('requestUid')} exists")
            return max(found, key=lambda row: str(row.get("createdDateTimeUtc") or ""))
    raise UncertainWriteError(f"{problem} The list of requests does not show it so far: look again before you repeat.")


def fits(client: Client, kind: ActionKind, row: Mapping[str, Any], body: Mapping[str, Any], known: set[str]) -> bool:
    """Whether a request is new, says what was sent as far as the API repeats it, and acts on just these devices."""
    repeated = {
        name for name in body if name in row and name not in ("deviceUids", "message") and name.casefold() not in SECRET_FIELDS
    }
    if str(row.get("requestUid")) in known or any(row[name] != body[name] for name in repeated):
        return False
    return acts_on(client, kind, str(row.get("requestUid")), uid_set(body.get("deviceUids")))


def acts_on(client: Client, kind: ActionKind, request_uid: str, device_uids: set[str]) -> bool:
    """The API may leave devices out of a request; it does not add any."""
    rows = list(flatten(client.actions(kind, request_uid, sorted(device_uids) if kind.devices_per_look else [])))
    return bool(rows) and {str(row.get("deviceUid")).lower() for row in rows} <= device_uids


def judge_action(client: Client, kind: ActionKind, request_uid: str, device_uids: Sequence[str]) -> ActionRequest:
    """Read the request and its actions, and give each device its verdict. A failure to read is told, not raised."""
    request = ActionRequest(request_uid, tuple(device_uids))
    try:
        summary = client.action_request(kind, request_uid)
        looked = device_uids if kind.devices_per_look else ()
        rows = {str(row.get("deviceUid")).lower(): row for row in flatten(client.actions(kind, request_uid, looked))}
    except AbsoluteError as error:
        unknown = isinstance(error, ApiError) and error.lacks_permission
        verdicts = [
            Verdict(device_uid, "unknown", f"The request was accepted. {error.message} Or look in the console.", confirmed=False)
            if unknown
            else unread_verdict(device_uid, error.message)
            for device_uid in device_uids
        ]
        return replace(request, verdicts=tuple(verdicts))
    status = str(summary.get("requestStatus") or "")
    verdicts = [action_verdict(kind, device_uid, rows.get(device_uid.lower()), status) for device_uid in device_uids]
    if kind is UNENROLL:
        verdicts = prove_unenrolled(client, verdicts)
    return replace(request, summary=summary, actions=rows, verdicts=tuple(verdicts))


def action_verdict(kind: ActionKind, device_uid: str, action: Mapping[str, Any] | None, request_status: str) -> Verdict:
    """The verdict of one device, from its action and the state of the whole request."""
    status = str((action or {}).get("actionStatus") or "")
    name = str((action or {}).get("deviceName") or "")
    if status.lower() in ACTION_DONE:
        certificate = f" Certificate: {action['certificateUid']}." if action and action.get("certificateUid") else ""
        return Verdict(device_uid, kind.done, f"The API reports {status}.{certificate}", name)
    own, whole = ACTION_ENDED.get(status.lower()), ENDED_REQUESTS.get(request_status.lower())
    # What already runs on a device is not ended by the end of its request.
    if whole and status.lower() in ("", "pending", *(name for name, verdict in ACTION_ENDED.items() if verdict == whole[0])):
        return Verdict(device_uid, *whole, name)
    if own:
        return Verdict(device_uid, own, action_reason(action or {}, status), name)
    if action is None and request_status == "Completed":
        return Verdict(device_uid, "ineligible", "The request is completed and does not list this device: it was left out.")
    waiting = WAITING_REQUESTS.get(request_status)
    if action is None:
        return Verdict(device_uid, "pending", waiting or "The request does not list this device yet.", name, confirmed=False)
    reason = waiting or WAITING_ACTIONS.get(status.lower()) or f"{status or 'No status'}: not at its end."
    return Verdict(device_uid, "pending", reason, name)


def prove_unenrolled(client: Client, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Unenrolled devices must no longer be active in the device report, where the token may read it."""
    done = [verdict.device_uid for verdict in verdicts if verdict.verdict == UNENROLL.done]
    evidence = read_evidence(client, None, done) if done else Evidence(None, {})
    return [prove_one_unenrolled(v, evidence) if v.verdict == UNENROLL.done else v for v in verdicts]


def prove_one_unenrolled(verdict: Verdict, evidence: Evidence) -> Verdict:
    if evidence.problem:
        return replace(unread_verdict(verdict.device_uid, evidence.problem), device_name=verdict.device_name)
    if evidence.devices is None:
        return replace(verdict, reason=f"{verdict.reason} The device report, which would prove it, cannot be read.")
    device = evidence.device(verdict.device_uid)
    if device is not None and device.get("agentStatus") == "A":
        return replace(
            verdict, verdict="pending", reason="The request is completed, but the device report still shows an active agent."
        )
    return replace(verdict, reason=f"{verdict.reason} The device report shows no active agent any more.")


def action_context(kind: ActionKind, request: ActionRequest) -> dict[str, Any]:
    """A request with its devices, without secrets (the API echoes a Mac password)."""
    summary = redact({**request.summary, "requestUid": request.request_uid})
    return {
        **styled(kind, summary),
        "Devices": [action_device(v, request.actions.get(v.device_uid.lower()) or {}) for v in request.verdicts],
    }


def styled(kind: ActionKind, row: Mapping[str, Any]) -> dict[str, Any]:
    """Unenroll requests have PascalCase keys, as playbooks know them; the others keep the API's."""
    return {name[0].upper() + name[1:] if kind is UNENROLL else name: value for name, value in row.items()}


def action_device(verdict: Verdict, action: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        "ActionUid": "actionUid",
        "RequestUid": "requestUid",
        "ESN": "esn",
        "ActionStatus": "actionStatus",
        "CertificateUid": "certificateUid",
        "CreatedDateTimeUtc": "createdDateTimeUtc",
        "UpdatedDateTimeUtc": "updatedDateTimeUtc",
    }
    return {**verdict.to_context(), "RequestUid": "", **pick(action, known)}


def request_key(kind: ActionKind) -> str:
    return "RequestUid" if kind is UNENROLL else "requestUid"


def action_results(kind: ActionKind, requests_: Sequence[ActionRequest], note: str) -> CommandResults:
    verdicts = [verdict for request in requests_ for verdict in request.verdicts]
    contexts = [action_context(kind, request) for request in requests_]
    uids = ", ".join(request.request_uid for request in requests_)
    heading = f"Request to {kind.purpose}: {count_text(verdicts)}"
    return command_results(
        verdict_table(heading, verdicts, f"Request UID: {uids}\n\n{note}".strip()),
        kind.request_prefix,
        request_key(kind),
        contexts[0] if len(contexts) == 1 else contexts,
    )


def created_window(args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """createdFromDateTimeUtc and createdToDateTimeUtc, inclusive, of the request and action lists."""
    names = {"created_from_date_time_utc": "createdFromDateTimeUtc", "created_to_date_time_utc": "createdToDateTimeUtc"}
    return [
        (parameter, api_time(parse_time_argument(name, str(args[name]), "2026-01-05T00:00:00Z")))
        for name, parameter in names.items()
        if args.get(name)
    ]


def request_list(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Requests of a kind: one by request_uid, or those of a time and status."""
    limit = list_limit(args)
    if args.get("request_uid"):
        request = client.action_request(kind, uid("request_uid", args.get("request_uid")))
        rows, note = [request] if request else [], ""
    else:
        status = [("requestStatus", choice(args, "request_status", REQUEST_STATUSES))] if args.get("request_status") else []
        rows, note = collect(flatten(client.action_requests(kind, [*created_window(args), *status])), limit)
    counts = ("totalDevices", "pending", "processing", "completed", "failed", "canceled")
    headers = ("requestId", "requestStatus", *counts, "requester", "createdDateTimeUtc", "requestUid")
    return rows_result(
        f"Requests to {kind.purpose}", rows, headers, kind.request_prefix, request_key(kind), note, partial(styled, kind)
    )


def actions_list(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """What became of requests, per device: of one request, of devices, or of a time and status."""
    request_uid = uid("request_uid", args["request_uid"]) if args.get("request_uid") else None
    device_uids = [uid("device_uids", value) for value in split_values(args, "device_uids")]
    if kind.devices_per_look and not device_uids:
        raise ArgumentError(
            "device_uids", "the API lists scripts by device: at least one is needed.", TARGET_ARGUMENTS[0].example
        )
    window = created_window(args)
    if kind is SCRIPT:
        window = [(name.removesuffix("Utc"), value) for name, value in window]
    status = [("actionStatus", choice(args, "action_status", kind.statuses))] if args.get("action_status") else []
    # The request's own list of scripts takes no filters.
    params = [] if kind is SCRIPT and request_uid else [*window, *status]
    rows, note = collect(flatten(client.actions(kind, request_uid, device_uids, params)), list_limit(args))
    headers = (
        "deviceName",
        "actionStatus",
        "createdDateTimeUtc",
        "updatedDateTimeUtc",
        "certificateUid",
        "actionUid",
        "deviceUid",
    )
    return rows_result(f"Actions to {kind.purpose}", rows, headers, kind.action_prefix, "actionUid", note)


def request_cancel(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Cancel what is still Pending, then read the actions again and say which were too late."""
    request_uid = uid("request_uid", args.get("request_uid"))
    everything = flag(args, "cancel_all_actions")
    action_uids = [uid("action_uids", value) for value in split_values(args, "action_uids")]
    device_uids = [uid("device_uids", value) for value in split_values(args, "device_uids")]
    if kind.devices_per_look:
        if not device_uids:
            raise ArgumentError("device_uids", "name the devices on which the script shall not run.", TARGET_ARGUMENTS[0].example)
        for part in batch(device_uids, kind.devices_per_look):
            client.cancel_actions(kind, request_uid, {"deviceUids": list(part)})
    elif everything or action_uids:
        client.cancel_actions(kind, request_uid, {"actionUids": action_uids, "cancelAllActions": everything})
    else:
        raise ArgumentError("action_uids", "name the actions to cancel, or give cancel_all_actions=true.")
    try:
        rows = list(flatten(client.actions(kind, request_uid, device_uids)))
    except AbsoluteError as error:
        text = "The cancellation was accepted; whether it came in time cannot be read. Look at the actions of the request again."
        raise AbsoluteError(f"{text} {error.message}") from error
    meant = [row for row in rows if everything or kind.devices_per_look or str(row.get("actionUid")).lower() in action_uids]
    late = [row for row in meant if str(row.get("actionStatus")).lower() not in ("canceled", "cancelled")]
    listed = {str(row.get("deviceUid" if kind.devices_per_look else "actionUid")).lower() for row in meant}
    unknown = [value for value in (device_uids if kind.devices_per_look else action_uids) if value not in listed]
    message = f"{len(meant) - len(late)} of {len(meant) + len(unknown)} actions are cancelled."
    details = [
        {
            "field": row.get("actionUid"),
            "code": row.get("actionStatus"),
            "message": f"{row.get('deviceName')} is {row.get('actionStatus')}: too late to cancel, or not done yet.",
        }
        for row in late
    ] + [{"field": value, "code": "NOT_FOUND", "message": "The request does not list it."} for value in unknown]
    code = "ACCEPTED" if meant and not late and not unknown else "PARTIAL"
    outputs = {request_key(kind): request_uid, "code": code, "message": message, "details": details}
    readable = table(
        f"Cancel request to {kind.purpose}: {message}", meant, ("deviceName", "actionStatus", "actionUid", "deviceUid")
    )
    return command_results(readable, kind.cancel_prefix, request_key(kind), outputs, rows)


def certificate_get(kind: ActionKind, args: dict[str, Any], client: Client, guard: Guard) -> list[Any]:
    """Certificates of Sanitization as PDFs in the war room: one, or all of a request."""
    if args.get("request_uid"):
        rows = certificates_of(kind, client, uid("request_uid", args["request_uid"]))
    else:
        rows = [{"DeviceUid": uid("device_uid", args.get("device_uid")), "CertificateUid": certificate_uid(args)}]
    files = []
    for row in rows:
        document = client.certificate(kind, row["DeviceUid"], row["CertificateUid"])
        row["FileName"] = f"certificate-{kind.slug}-{row['DeviceUid']}.pdf"
        if PDF_END not in document[-1024:]:
            row["Problem"] = "The file lacks the end of a PDF and is perhaps cut off: get it again."
        files.append(fileResult(row["FileName"], document, file_type=EntryType.ENTRY_INFO_FILE))
    headers = ("DeviceName", "FileName", "Problem", "CertificateUid", "DeviceUid")
    readable = table("Certificates of Sanitization", rows, [name for name in headers if any(name in row for row in rows)])
    prefix = kind.action_prefix.replace("Action", "Certificate")
    return [command_results(readable, prefix, "DeviceUid", rows, raw=[]), *files]


def certificate_uid(args: Mapping[str, Any]) -> str:
    """Raises: ArgumentError when it is missing, or nothing that could be a UID."""
    return uid("certificate_uid", text_within(args, "certificate_uid", 200, "0a0a0a0a-1111-4222-8333-000000000001"))


def certificates_of(kind: ActionKind, client: Client, request_uid: str) -> list[dict[str, Any]]:
    """The devices of a request that have a certificate. Raises TargetError when none has one."""
    actions = [action for action in flatten(client.actions(kind, request_uid, [])) if action.get("certificateUid")]
    if not actions:
        raise TargetError(f"No device of request {request_uid} has a certificate yet: it comes when the device has finished.")
    return [
        pick(action, {"DeviceUid": "deviceUid", "DeviceName": "deviceName", "CertificateUid": "certificateUid"})
        for action in actions
    ]


def list_limit(args: Mapping[str, Any]) -> int | None:
    return None if flag(args, "all_results") else whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)


def rows_result(
    title: str,
    rows: Sequence[dict],
    headers: Sequence[str],
    prefix: str,
    key: Any,
    note: str = "",
    context: Callable[[dict], dict[str, Any]] = dict,
) -> CommandResults:
    """A plain list of the API as table and context."""
    if not rows:
        return command_results(f"### {title}\nNothing was found. {note}".strip(), raw=[])
    contexts = [redact(context(row)) for row in rows]
    shown = [name for name in headers if any(row.get(name) not in (None, "") for row in rows)]
    return command_results(table(title, rows, shown, note), prefix, key, contexts, list(rows))


# endregion


# region Commands: unenroll, wipe, file delete
ELIGIBILITY_FIELDS = (
    "platformOSType",
    "operatingSystem.name",
    "espInfo.encryptionProductName",
    "espInfo.encryptionStatus",
    "isStolen",
    "deviceStatus.type",
)
NOT_ENCRYPTED = frozenset({"INST", "SUSP", "INPR", "DECRINPR"})
MAC_NAMES = ("mac", "osx", "os x", "darwin")
DISK_ENCRYPTION = {"Windows": "BitLocker", "Mac": "FileVault"}


def unenroll_body(args: Mapping[str, Any]) -> dict[str, Any]:
    return {"excludeMissingDevices": flag(args, "exclude_missing_devices")}


def unenroll_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Eligible are active devices that are not stolen (POST /actions/requests/unenroll)."""
    status = device.get("agentStatus")
    if status not in (None, "A"):
        return f"its agent is {AGENT_STATUS_NAMES.get(str(status), status)}, not Active"
    if device.get("isStolen"):
        return "it is reported stolen"
    missing = dict_safe_get(device, ["deviceStatus", "type"], default_return_value="") == "MISSING"
    return "it is reported missing, and exclude_missing_devices=true" if missing and body.get("excludeMissingDevices") else ""


def wipe_body(args: Mapping[str, Any]) -> dict[str, Any]:
    user, password = str(args.get("mac_user_name") or ""), str(args.get("mac_pwd") or "")
    if bool(user) != bool(password):
        raise ArgumentError("mac_user_name", "an administrator's name and mac_pwd belong together: give both or none.")
    mac = {"macUsername": user, "macPwd": password} if user else {}
    return {"unenrollDevicesAndFreeLicenses": flag(args, "unenroll_devices_and_free_licenses"), **mac}


def wipe_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """Eligible are Windows 10/11 with BitLocker and Macs with FileVault, encrypted (POST /actions/requests/wipe).

    Only what the device report says for sure rules a device out; the API decides the rest.
    """
    platform = platform_of(device)
    system = str(dict_safe_get(device, ["operatingSystem", "name"], default_return_value="") or "")
    product = str(dict_safe_get(device, ["espInfo", "encryptionProductName"], default_return_value="") or "")
    status = str(dict_safe_get(device, ["espInfo", "encryptionStatus"], default_return_value="") or "")
    wanted = DISK_ENCRYPTION.get(platform, "")
    if platform and not wanted:
        return f"a cryptographic wipe needs Windows or macOS, and it runs {platform}"
    if platform == "Windows" and system and not re.search(r"Windows 1[01]\b", system):
        return f"a cryptographic wipe needs Windows 10 or 11, and it runs {system}"
    if product and wanted.casefold() not in product.casefold():
        return f"a cryptographic wipe needs {wanted}, and it has {product}"
    if status.upper() in NOT_ENCRYPTED:
        return f"its drive is not encrypted (encryption status {status})"
    if platform == "Mac" and not body.get("macUsername"):
        return "a Mac needs mac_user_name and mac_pwd of an administrator"
    return ""


def platform_of(device: Mapping[str, Any]) -> str:
    """Windows, Mac, or what the device report says instead; empty when it does not say."""
    text = str(device.get("platformOSType") or "")
    folded_text = text.casefold()
    return "Windows" if folded_text.startswith("windows") else "Mac" if folded_text.startswith(MAC_NAMES) else text


WIPE_TYPES = ("wipeSpecificUserFiles", "wipeAllUserFiles", "wipeAllUserFilesAndOs")


def file_delete_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError when patterns are missing, or given where all files are deleted."""
    kind = choice(args, "wipe_type", WIPE_TYPES)
    erase = str(args.get("secure_erase_count") or "1").strip()
    if erase not in ("1", "3", "7"):
        raise ArgumentError("secure_erase_count", f'"{erase}" is not 1, 3 or 7.', "3")
    body: dict[str, Any] = {"wipeType": kind, "secureEraseCount": int(erase)}
    patterns = {
        platform: split_values(args, name) for platform, name in (("Windows", "windows_patterns"), ("Mac", "mac_patterns"))
    }
    named = [{"platform": platform, "patterns": values} for platform, values in patterns.items() if values]
    if kind != "wipeSpecificUserFiles":
        if named:
            raise ArgumentError("windows_patterns", f"wipe_type={kind} deletes all files; leave the patterns out.")
        return {**body, "unenrollDevicesAndFreeLicenses": flag(args, "unenroll_devices_and_free_licenses")}
    if not named:
        raise ArgumentError(
            "windows_patterns", "wipeSpecificUserFiles needs windows_patterns or mac_patterns.", "*.docx,Customers/"
        )
    return {**body, "filePatterns": named, "includeFileDateInLog": flag(args, "include_file_date_in_log")}


def file_delete_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    platform = platform_of(device)
    offered = {entry.get("platform") for entry in body.get("filePatterns") or ()} or set(DISK_ENCRYPTION)
    if platform and platform not in offered:
        return f"files are to be deleted on {' and '.join(sorted(offered))}, and it runs {platform}"
    if body.get("wipeType") == "wipeAllUserFilesAndOs" and platform not in ("", "Windows"):
        return f"the operating system can be deleted on Windows only, and it runs {platform}"
    return ""


def file_delete_batch(body: Mapping[str, Any]) -> int:
    """100 devices when all files are deleted (POST /actions/requests/file-delete)."""
    return MAX_DEVICES_PER_REQUEST if body.get("wipeType") == "wipeSpecificUserFiles" else 100


UNENROLL_COMMAND = ActionCommand("absolute-device-unenroll", UNENROLL, unenroll_body, ELIGIBILITY_FIELDS, unenroll_obstacle)
WIPE_COMMAND = ActionCommand("absolute-wipe-request-create", WIPE, wipe_body, ELIGIBILITY_FIELDS, wipe_obstacle)
FILE_DELETE_COMMAND = ActionCommand(
    "absolute-file-delete-request-create",
    FILE_DELETE,
    file_delete_body,
    ELIGIBILITY_FIELDS,
    file_delete_obstacle,
    ("wipe_type",),
    file_delete_batch,
)
# endregion


# region Commands: messages to end users, scripts
MAX_EUM_MESSAGE = 15_000
MAX_CAPTION = 14


def message_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError unless exactly one of message and message_uid is given, and for every limit of the API."""
    given = {name: value for name, value in args.items() if value}
    body: dict[str, Any] = {
        "submitButtonCaption": text_within({"button_caption": "Submit", **given}, "button_caption", MAX_CAPTION, "OK"),
        "displayMode": choice(args, "display_mode", ("Dialog", "FullScreen"), "Dialog"),
        "snoozeTimes": whole_number(args, "snooze_times", range(1, 6), 3),
    }
    if args.get("message_uid") and args.get("message"):
        raise ArgumentError("message_uid", "give either message_uid or message, not both.")
    if args.get("message_uid"):
        body["messageUid"] = uid("message_uid", args.get("message_uid"))
    else:
        body["message"] = text_within(args, "message", MAX_EUM_MESSAGE, '"<p>Please call IT.</p>"')
    for name, member in (("request_name", "requestTitle"), ("description", "description")):
        if args.get(name):
            body[member] = text_within(args, name, 255, "IR-1234")
    if args.get("scheduled_date"):
        moment = parse_time_argument("scheduled_date", str(args.get("scheduled_date")), "2030-02-01T18:00:00Z")
        if moment <= utc_now():
            raise ArgumentError("scheduled_date", f'"{args.get("scheduled_date")}" is not in the future.', "2030-02-01T18:00:00Z")
        body["scheduledDateTimeUtc"] = api_time(moment)
    return body


def script_body(args: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: ArgumentError for a script_uid that is no UUID or an option that the API does not know."""
    body: dict[str, Any] = {"scriptUid": uid("script_uid", args.get("script_uid"))}
    if args.get("request_name"):
        body["requestTitle"] = text_within(args, "request_name", 255, "Triage")
    platforms = split_values(args, "platforms") or ["Windows", "Mac"]
    for platform in platforms:
        kind = choice({"platforms": platform}, "platforms", ("Windows", "Mac"))
        body["winScriptOption" if kind == "Windows" else "macScriptOption"] = script_option(args, kind == "Mac")
    return body


def script_option(args: Mapping[str, Any], mac: bool) -> dict[str, Any]:
    """winScriptOption or macScriptOption; on a Mac three members have one value only."""
    unit = choice(args, "max_run_time_unit", ("minute", "hour"), "minute")
    option = {
        "maxRunTime": whole_number(
            args, "max_run_time", range(1, 1441 if unit == "minute" else 25), 30 if unit == "minute" else 1
        ),
        "maxRunTimeUnit": unit,
        "runPrivileges": choice(args, "run_privileges", ("Administrator", "LoggedInUser"), "Administrator"),
        "displayMode": "Hidden" if mac else choice(args, "display_mode", ("Hidden", "Maximized", "Minimized"), "Hidden"),
        "runWhen": "UserIsOrIsNotSignedIn"
        if mac
        else choice(args, "run_when", ("UserIsOrIsNotSignedIn", "UserIsSignedIn", "NoUserIsSignedIn"), "UserIsOrIsNotSignedIn"),
        "alwaysRun32bits": False if mac else flag(args, "always_run_32_bits"),
    }
    line = str(args.get("mac_command_line" if mac else "windows_command_line") or "")
    return {**option, **({"commandLine": line} if line else {})}


def script_obstacle(device: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    platform = platform_of(device)
    offered = [name for name, member in (("Windows", "winScriptOption"), ("Mac", "macScriptOption")) if member in body]
    if platform and platform not in offered:
        return f"the script runs on {' and '.join(offered)}, and it runs {platform}"
    return ""


MESSAGE_COMMAND = ActionCommand("absolute-device-message-send", MESSAGE, message_body)
SCRIPT_COMMAND = ActionCommand(
    "absolute-device-script-run", SCRIPT, script_body, ELIGIBILITY_FIELDS, script_obstacle, ("script_uid",)
)


def message_template_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Message templates of the console."""
    rows, note = collect(flatten(client.listing(LIST_TEMPLATES, params=[("pageSize", str(PAGE_SIZE))])), list_limit(args))
    contexts = [{name: value for name, value in row.items() if name != "logo"} for row in rows]
    headers = ("name", "content", "updatedDateTimeUtc", "messageUid")
    return rows_result("Message templates", contexts, headers, "Absolute.MessageTemplate", "messageUid", note)


def script_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Scripts of the Reach library."""
    params = [("scriptNameContains", str(args["script_name"]))] if args.get("script_name") else []
    if args.get("script_type"):
        params.append(("scriptType", choice(args, "script_type", ("Absolute", "Custom"))))
    rows, note = collect(flatten(client.listing(LIST_SCRIPTS, params=[*params, ("pageSize", str(PAGE_SIZE))])), list_limit(args))
    headers = ("scriptName", "description", "supportedOS", "scriptType", "scriptUid")
    return rows_result("Scripts", rows, headers, "Absolute.Script", "scriptUid", note)


# endregion


# region Commands: device fields
FIELD_PATHS = {
    "CDFUID": "cdfUid",
    "FieldKey": "cdfFieldKey",
    "FieldName": "cdfFieldName",
    "CategoryCode": "categoryCode",
    "FieldValue": "cdfFieldValue",
    "Type": "type",
}
READ_ONLY_FIELDS = frozenset({"hasserviceguarantee"})
MAX_LIST_CALLS = 500


def custom_field_definition_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """The device fields of the account, with the values that a dropdown takes."""
    wanted = str(args.get("field_name") or "").strip().casefold()
    rows = [row for row in client.field_definitions() if wanted in str(row.get("cdfFieldName") or "").casefold()]
    rows = rows[: list_limit(args)]
    if not rows:
        return command_results("### Device field definitions\nNothing was found.", raw=[])
    shown = [{**row, "values": ", ".join(dropdown_values(row))} for row in rows]
    readable = table("Device field definitions", shown, ("cdfFieldName", "type", "values", "categoryCode", "cdfUid"))
    return command_results(readable, "Absolute.CustomFieldDefinition", "cdfUid", rows, rows)


def dropdown_values(definition: Mapping[str, Any]) -> list[str]:
    return [str(element.get("elementValue")) for element in as_dicts(definition.get("dropdowns"))]


def with_device_ids(args: Mapping[str, Any], alias: str) -> dict[str, Any]:
    """The arguments with the devices under `alias`, a name of the existing pack, added to device_ids."""
    return {**args, "device_ids": [*split_values(args, "device_ids"), *split_values(args, alias)]}


def custom_device_field_list_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """The device fields that were ever set on the devices."""
    targets = with_device_ids(args, "device_id")
    only_uids = all(not split_values(targets, a.name) for a in TARGET_ARGUMENTS if a.name != "device_ids")
    if only_uids:
        devices: Sequence[dict] = [{"deviceUid": uid("device_id", value)} for value in split_values(targets, "device_ids")]
        note = ""
    else:
        selection = select_devices(client, targets, ())
        devices, note = selection.devices, not_found_note(selection)
    if not devices and not note:
        raise ArgumentError("device_id", "no device is named.", TARGET_ARGUMENTS[0].example)
    if len(devices) > MAX_LIST_CALLS:
        raise ArgumentError("device_ids", f"{len(devices)} devices mean as many calls; name at most {MAX_LIST_CALLS}.")
    results, failures = [], []
    for device in devices:
        try:
            results.append(fields_result(client, device, args))
        except AbsoluteError as error:
            failures.append(error)
            note = f"{note}\n\n**Incomplete**: {markdown_text(f'{device_label(device)}: {error.message}')}".strip()
    if failures and not results:
        raise failures[0]
    return results + ([command_results(note)] if note else [])


def fields_result(client: Client, device: Mapping[str, Any], args: Mapping[str, Any]) -> CommandResults:
    device_uid, limit = str(device.get("deviceUid")), list_limit(args)
    rows = client.fields(device_uid, str(args.get("field_name") or ""))
    shown = [pick(row, FIELD_PATHS) for row in rows][:limit]
    note = f"{len(shown)} of {len(rows)} fields; all_results=true shows all." if len(shown) < len(rows) else ""
    title = f"Device fields of {markdown_text(device.get('deviceName') or device_uid)}"
    readable = (
        table(title, shown, ("FieldName", "FieldValue", "Type", "CDFUID"), note) if shown else f"### {title}\nNo field is set."
    )
    return command_results(
        readable, "Absolute.CustomDeviceField", "DeviceUID", {"DeviceUID": device_uid, "CDFValues": shown}, rows
    )


def wanted_fields(args: Mapping[str, Any]) -> dict[str, str]:
    """What to write, by field UID or name: from `fields` (JSON), and from cdf_uid or field_name with value.

    Raises:
        ArgumentError: Nothing to write, or JSON that is no object of texts.
    """
    wanted: dict[str, str] = {}
    if args.get("fields"):
        example = '\'{"Asset Number": "A-101", "Tier": "Gold"}\''
        try:
            given = args["fields"] if isinstance(args["fields"], Mapping) else json.loads(str(args["fields"]))
        except ValueError:
            given = None
        if not isinstance(given, Mapping) or any(isinstance(value, Mapping | list) for value in given.values()):
            raise ArgumentError("fields", "it is not a JSON object of names (or UIDs) and values.", example)
        # null and "" both empty a field; true, false and numbers are written as JSON writes them.
        texts = {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
        wanted.update({name: "" if text == "null" else text for name, text in texts.items()})
    if args.get("cdf_uid") and args.get("field_name"):
        raise ArgumentError("cdf_uid", "give either cdf_uid or field_name, not both.")
    if flag(args, "clear_value") and args.get("value") not in (None, ""):
        raise ArgumentError("value", "clear_value=true empties the field: leave value out.")
    name = str(args.get("cdf_uid") or args.get("field_name") or "").strip()
    if name:
        if not flag(args, "clear_value") and args.get("value") in (None, ""):
            raise ArgumentError("value", "it is missing; clear_value=true empties the field.", "A-101")
        wanted[name] = "" if flag(args, "clear_value") else str(args.get("value"))
    if not wanted:
        raise ArgumentError("field_name", "nothing to write: give cdf_uid or field_name with value, or fields.", '"Asset Number"')
    return wanted


def field_values(wanted: Mapping[str, str], definitions: Sequence[Mapping[str, Any]] | None) -> list[dict[str, str]]:
    """The body of the write: names turned into UIDs, values checked against the definitions.

    Args:
        definitions: None when the token may not read them; then only UIDs can be written, unchecked.

    Raises:
        ArgumentError: An unknown, ambiguous or read-only field, or a value that the field does not take.
    """
    if definitions is None:
        named = [name for name in wanted if not re.fullmatch(r"[A-Za-z0-9_-]{20,24}", name)]
        if named:
            raise ArgumentError(
                "field_name", f'"{named[0]}" cannot be looked up: the token lacks Manage Device Field Definition. Use cdf_uid.'
            )
        return [{"cdfUid": name, "cdfFieldValue": value} for name, value in wanted.items()]
    values = [field_value(name, value, definitions) for name, value in wanted.items()]
    if len({value["cdfUid"] for value in values}) < len(values):
        raise ArgumentError("fields", "one field is named twice (by name and by UID, or in two spellings).")
    return values


def field_value(name: str, value: str, definitions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    found = [d for d in definitions if d.get("cdfUid") == name]
    found = found or [d for d in definitions if str(d.get("cdfFieldName") or "").casefold() == name.casefold()]
    if len(found) != 1:
        problem = "is the name of several fields: use cdf_uid" if found else "is no device field"
        raise ArgumentError("field_name", f'"{name}" {problem}. absolute-custom-field-definition-list shows them.')
    definition, field_name = found[0], str(found[0].get("cdfFieldName") or name)
    if field_name.casefold() in READ_ONLY_FIELDS:
        raise ArgumentError("field_name", f'"{field_name}" is read-only.')
    choices = dropdown_values(definition)
    if definition.get("type") == "Dropdown" and value and choices:
        matching = [option for option in choices if option.casefold() == value.casefold()]
        if not matching:
            raise ArgumentError("value", f'"{value}" is not a value of "{field_name}"; it takes {", ".join(choices)}.')
        value = matching[0]
    if definition.get("type") == "Date" and value and not re.fullmatch(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/\d{4}", value):
        raise ArgumentError("value", f'"{value}" is not a date for "{field_name}".', "01/31/2026")
    return {"cdfUid": str(definition.get("cdfUid")), "cdfFieldValue": value}


def custom_device_field_update_command(args: dict[str, Any], client: Client, guard: Guard) -> list[CommandResults]:
    """Write device fields, then read them back and show the new value beside the old one."""
    wanted = wanted_fields(args)
    try:
        definitions, unchecked = client.field_definitions(), ""
    except ApiError as error:
        if not error.lacks_permission:
            raise
        definitions = None
        unchecked = "This token lacks Manage Device Field Definition: type and values of the fields were not checked."
    values = field_values(wanted, definitions)
    targets = resolve_targets(client, with_device_ids(args, "device_id"), guard)
    if flag(args, "dry_run"):
        return [dry_run_result(UPDATE_DEVICE_FIELDS, {"fields": values}, targets)]
    names = {str(definition.get("cdfUid")): str(definition.get("cdfFieldName") or "") for definition in definitions or []}
    failures: list[AbsoluteError] = []
    results = [write_fields(client, device, values, names, failures) for device in targets.devices]
    if len(failures) == len(results):
        raise failures[0]
    notes = [text for text in (targets.note, unchecked) if text]
    return results + ([command_results("\n\n".join(notes))] if notes else [])


def write_fields(
    client: Client,
    device: Mapping[str, Any],
    values: Sequence[dict[str, str]],
    names: Mapping[str, str],
    failures: list[AbsoluteError],
) -> CommandResults:
    """Write the fields of one device. A failure is told in its table and added to `failures`: the other devices go on."""
    device_uid = str(device.get("deviceUid"))
    old, _ = read_field_values(client, device_uid)
    failure: AbsoluteError | None = None
    try:
        client.update_fields(device_uid, values)
    except UncertainWriteError as error:
        failure = error
    except AbsoluteError as error:
        failure = error
        failures.append(error)
    new, unread = read_field_values(client, device_uid)
    rows = [field_row(value, names, old, new, unread, failure) for value in values]
    title = f"Device fields of {markdown_text(device.get('deviceName') or device_uid)}"
    outputs = {
        "DeviceUID": device_uid,
        "CDFValues": [pick(row, FIELD_PATHS) for row in new.values()],
        "Written": [{name: row[name] for name in ("CDFUID", "Verdict", "OldValue", "NewValue", "Reason")} for row in rows],
    }
    readable = table(title, rows, ("Field", "OldValue", "NewValue", "Verdict", "Reason"))
    return command_results(readable, "Absolute.CustomDeviceField", "DeviceUID", outputs)


def read_field_values(client: Client, device_uid: str) -> tuple[dict[str, dict], str]:
    """The device's fields by UID, and why they could not be read."""
    try:
        return {str(row.get("cdfUid")): row for row in client.fields(device_uid)}, ""
    except AbsoluteError as error:
        return {}, error.message


def field_row(
    value: Mapping[str, str],
    names: Mapping[str, str],
    old: Mapping[str, dict],
    new: Mapping[str, dict],
    unread: str,
    failure: AbsoluteError | None,
) -> dict[str, Any]:
    """One field after a write: what it was, what it is, and whether that is what was asked for."""
    cdf_uid, wanted = value["cdfUid"], value["cdfFieldValue"]
    before, after = (rows.get(cdf_uid) or {} for rows in (old, new))
    look = "Look again with absolute-custom-device-field-list."
    current = str(after.get("cdfFieldValue") or "")
    uncertain = isinstance(failure, UncertainWriteError)
    if failure and not uncertain:
        verdict, reason = "failed", failure.message
    elif unread:
        verdict, reason = "unknown", f"{failure.message if failure else 'The write was accepted.'} {look} {unread}"
    elif failure and current != wanted:
        verdict, reason = "unknown", f"{failure.message} The API does not show the new value. {look}"
    elif current == wanted:
        verdict, reason = "written", f"{'The answer was lost. ' if uncertain else ''}Read back from the API."
    else:
        verdict, reason = "pending", f"Accepted, but not shown by the API yet. {look}"
    return {
        "CDFUID": cdf_uid,
        "Field": after.get("cdfFieldName") or before.get("cdfFieldName") or names.get(cdf_uid) or cdf_uid,
        "OldValue": before.get("cdfFieldValue") or "",
        "NewValue": current,
        "Verdict": verdict,
        "Reason": reason,
    }


# endregion


# region Command: installed software
APPLICATION_TEXT = ("StartsWith", "EndsWith", "Contains")
APPLICATION_FILTERS = (
    TargetArgument("device_ids", "deviceUid", (), "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"),
    TargetArgument("esns", "esn", APPLICATION_TEXT, "2ABCDEFGH1AA9ZXY0001"),
    TargetArgument("serial_numbers", "deviceSerialNumber", APPLICATION_TEXT, "SN000111"),
    TargetArgument("device_names", "deviceName", APPLICATION_TEXT, "LAB-0001"),
    TargetArgument("user_names", "userName", APPLICATION_TEXT, "CORP\\jdoe"),
    TargetArgument("app_names", "appName", APPLICATION_TEXT, '"Example Editor"'),
    TargetArgument("app_publishers", "appPublisher", APPLICATION_TEXT, '"Example Inc."'),
    TargetArgument("app_versions", "appVersion", APPLICATION_TEXT, "3.2.1"),
    TargetArgument("os", "osName", APPLICATION_TEXT, '"Microsoft Windows 11 Pro"'),
)
APPLICATION_DATES = {"installed_after": "installDateTimeUtc", "first_detected_after": "firstDetectDateTimeUtc"}
APPLICATION_PATHS = {
    "DeviceAppId": "deviceAppId",
    "DeviceUid": "deviceUid",
    "AppId": "appId",
    "AppName": "appName",
    "AppOriginalName": "appOriginalName",
    "AppPublisher": "appPublisher",
    "AppOriginalPublisher": "appOriginalPublisher",
    "AppVersion": "appVersion",
    "AppOriginalVersion": "appOriginalVersion",
    "Ens": "esn",
    "Esn": "esn",
    "DeviceName": "deviceName",
    "DeviceSerialNumber": "deviceSerialNumber",
    "UserName": "userName",
    "InstallPath": "installPath",
    "InstallDate": "installDateTimeUtc",
    "FirstDetectUtc": "firstDetectDateTimeUtc",
    "OsName": "osName",
    "LastScanTimeUtc": "lastScanDateTimeUtc",
}


def device_application_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Installed software that meets all arguments."""
    limit, page = list_limit(args), whole_number(args, "page", range(1_000_001), 0)
    raw_filter = parse_raw_filter(args.get("filter"))
    criteria = application_criteria(args)
    elsewhere = {name: args.get(name) for name in ("local_ips", "public_ips", "mac_addresses") if args.get(name)}
    not_found = ""
    if elsewhere:
        # The software report knows neither addresses nor adapters: the device report names the devices.
        selection = select_devices(client, elsewhere, ())
        not_found = not_found_note(selection)
        terms = tuple(Term(str(d.get("deviceUid")), "deviceUid", "", str(d.get("deviceUid"))) for d in selection.devices)
        criteria.append(Criterion(", ".join(elsewhere), terms))
    select = [OLD_APPLICATION_FIELDS.get(name, name) for name in split_values(args, "return_fields")]
    found = find_rows(client, APPLICATIONS, criteria, select or list(dict.fromkeys(APPLICATION_PATHS.values())), raw_filter)
    skip = page * limit if limit else 0
    rows, note = collect(found if all(c.terms for c in criteria) else (), None if limit is None else skip + limit + 1)
    shown = rows[skip : skip + limit] if limit is not None else rows
    if limit is not None and len(rows) > skip + limit:
        note = f"There is more: raise limit, use page={page + 1}, or all_results=true. {note}".strip()
    note = f"{note} {not_found}".strip()
    headers = ("appName", "appVersion", "appPublisher", "deviceName", "userName", "installDateTimeUtc", "deviceUid")
    key = ["DeviceUid", "DeviceAppId"]
    return rows_result(
        "Installed software", shown, headers, "Absolute.DeviceApplication", key, note, lambda row: pick(row, APPLICATION_PATHS)
    )


OLD_APPLICATION_FIELDS = {
    "deviceSerial": "deviceSerialNumber",
    "installDate": "installDateTimeUtc",
    "firstDetectUtc": "firstDetectDateTimeUtc",
    "lastScanTimeUtc": "lastScanDateTimeUtc",
}


def application_criteria(args: Mapping[str, Any]) -> list[Criterion]:
    merged = {**args, "esns": [*split_values(args, "esns"), *split_values(args, "esn")]}
    criteria = [
        Criterion(argument.name, tuple(parse_term(argument, value) for value in split_values(merged, argument.name)))
        for argument in APPLICATION_FILTERS
        if split_values(merged, argument.name)
    ]
    for name, api_field in APPLICATION_DATES.items():
        if args.get(name):
            moment = api_time(parse_time_argument(name, str(args.get(name)), "2026-01-05T00:00:00Z"))
            criteria.append(Criterion(name, (Term(moment, api_field, "FromInclusive", moment),)))
    return criteria


# endregion


# region Commands: missing devices
MAX_MISSING_PER_CALL = 100


def device_missing_report_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Report devices missing; Absolute then sends word when one of them calls in."""
    contacts = split_values(args, "email_contacts")
    for contact in contacts:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", contact):
            raise ArgumentError("email_contacts", f'"{contact}" is not an e-mail address.', "soc@example.com")
    body = {"emailContacts": contacts} if contacts else {}
    return report_tracking(
        args, client, guard, REPORT_MISSING, body, "reported", lambda uids: client.report_missing(uids, contacts)
    )


def device_found_report_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Report missing devices found."""
    return report_tracking(args, client, guard, REPORT_FOUND, {}, "found", client.report_found)


def report_tracking(
    args: dict[str, Any],
    client: Client,
    guard: Guard,
    operation: Operation,
    body: Mapping[str, Any],
    done: str,
    send: Callable[[Sequence[str]], dict],
) -> CommandResults:
    targets = resolve_targets(client, args, guard)
    if flag(args, "dry_run"):
        return dry_run_result(operation, body, targets)
    verdicts: list[Verdict] = []
    failures: list[AbsoluteError] = []
    started, parts = server_now(client), list(batch(list(targets.devices), MAX_MISSING_PER_CALL))
    for part in parts:
        names = {str(device.get("deviceUid")): str(device.get("deviceName") or "") for device in part}
        try:
            verdicts += tracking_verdicts(names, send(list(names)), done)
        except UncertainWriteError as error:
            verdicts += [missing_state(client, u, name, done, started, error.message) for u, name in names.items()]
        except AbsoluteError as error:
            failures.append(error)
            verdicts += [Verdict(device_uid, "failed", error.message, name) for device_uid, name in names.items()]
    if failures and len(failures) == len(parts):
        raise failures[0]
    readable = verdict_table(f"Devices {done}: {count_text(verdicts)}", verdicts, targets.note)
    return command_results(readable, "Absolute.DeviceMissing", "DeviceUid", [verdict.to_context() for verdict in verdicts])


def tracking_verdicts(names: Mapping[str, str], answer: Mapping[str, Any], done: str) -> list[Verdict]:
    """Verdicts of the devices of one call, given as UIDs with names, from its answer."""
    reasons = {
        str(d.get("deviceUid")).lower(): str(d.get("reason") or "") for d in as_dicts(answer.get("deviceMissingFailDetails"))
    }
    succeeded, failed = uid_set(answer.get("successDeviceUids")), uid_set(answer.get("failDeviceUids")) | set(reasons)
    verdicts = []
    for device_uid, name in names.items():
        if device_uid.lower() in failed:
            verdicts.append(Verdict(device_uid, "failed", reasons.get(device_uid.lower()) or "The API gives no reason.", name))
        elif device_uid.lower() in succeeded:
            verdicts.append(Verdict(device_uid, done, "The API confirms it.", name))
        else:
            reason = "The answer does not name this device: look with absolute-device-missing-list."
            verdicts.append(Verdict(device_uid, "unknown", reason, name))
    return verdicts


def uid_set(value: Any) -> set[str]:
    return {str(device_uid).lower() for device_uid in value} if isinstance(value, list) else set()


def missing_state(client: Client, device_uid: str, name: str, done: str, started: datetime, problem: str) -> Verdict:
    """What the list of missing devices tells of a report whose answer was lost."""
    try:
        rows = list(flatten(client.missing_devices([("deviceUid", device_uid)])))
    except AbsoluteError:
        return Verdict(device_uid, "unknown", problem, name)
    reported = parse_utc(rows[0].get("creationDateTimeUtc")) if rows else None
    if bool(rows) != (done == "reported"):
        shown = "shows it" if rows else "does not show it"
        return Verdict(device_uid, "unknown", f"{problem} The list of missing devices {shown}: probably not carried out.", name)
    if reported and reported < started - CLOCK_TOLERANCE:
        return Verdict(device_uid, "unknown", f"{problem} It was reported missing before already, at {api_time(reported)}.", name)
    known = "shows it since just now" if rows else "does not show it (any more)"
    return Verdict(device_uid, done, f"The answer was lost; the list of missing devices {known}.", name)


def device_missing_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Devices that are reported missing."""
    names = {
        "created_from_date_time_utc": "creationDateTimeUtcFromInclusive",
        "created_to_date_time_utc": "creationDateTimeUtcToInclusive",
    }
    params = [
        (parameter, api_time(parse_time_argument(name, str(args[name]), "2026-01-05T00:00:00Z")))
        for name, parameter in names.items()
        if args.get(name)
    ]
    device_uids = [uid("device_ids", value) for value in split_values(args, "device_ids")]
    queries = [[*params, ("deviceUid", device_uid)] for device_uid in device_uids] or [params]
    pages = (row for query in queries for row in flatten(client.missing_devices(query)))
    rows, note = collect(pages, list_limit(args))
    headers = ("deviceUid", "creationDateTimeUtc", "lastNotificationDateTimeUtc", "emailContacts")
    return rows_result("Missing devices", rows, headers, "Absolute.MissingDevice", "deviceUid", note)


# endregion


# region Commands: groups and compliance
def device_group_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Device groups: all, or those of one device."""
    if args.get("device_id"):
        pages = client.listing(LIST_GROUPS_OF_DEVICE, uid("device_id", args.get("device_id")))
    else:
        params = [("displayNameStartsWith", str(args["name_starts_with"]))] if args.get("name_starts_with") else []
        pages = client.listing(LIST_DEVICE_GROUPS, params=[*params, ("pageSize", str(PAGE_SIZE))])
    rows, note = collect(flatten(pages), list_limit(args))
    return rows_result(
        "Device groups",
        rows,
        ("displayName", "groupType", "description", "deviceGroupUid"),
        "Absolute.DeviceGroup",
        "deviceGroupUid",
        note,
    )


def policy_group_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Policy groups with their policies."""
    rows, note = collect(flatten(client.listing(LIST_POLICY_GROUPS)), list_limit(args))
    headers = ("name", "deviceCount", "description", "isSystem", "agentVersion", "policyGroupUid")
    return rows_result("Policy groups", rows, headers, "Absolute.PolicyGroup", "policyGroupUid", note)


def device_compliance_list_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """The compliance report, of all devices or of the named ones."""
    params = [("compliant", choice(args, "compliant", ("true", "false", "unknown")))] if args.get("compliant") else []
    named = any(split_values(args, argument.name) for argument in TARGET_ARGUMENTS)
    selection = select_devices(client, args, ()) if named else None
    queries = [[*params, ("deviceUid", str(d.get("deviceUid")))] for d in selection.devices] if selection else [params]
    pages = (
        row for query in queries for row in flatten(client.listing(GET_COMPLIANCE, params=[*query, ("pageSize", str(PAGE_SIZE))]))
    )
    rows, note = collect(first_of_each(pages, "deviceUid"), list_limit(args))
    shown = [{**row, "why": "; ".join(reason_text(reason) for reason in as_dicts(row.get("reasons")))} for row in rows]
    note = " ".join(text for text in (note, not_found_note(selection) if selection else "") if text)
    headers = ("deviceName", "compliant", "why", "numberOfDaysOffline", "lastConnectedUtc", "deviceUid")
    return rows_result("Device compliance", shown, headers, "Absolute.DeviceCompliance", "deviceUid", note)


def reason_text(reason: Mapping[str, Any]) -> str:
    return f"{reason.get('type')}: {reason.get('condition')}, observed {reason.get('observed')}"


# endregion


# region Command: what the token may do
@dataclass(frozen=True)
class Probe:
    """One harmless read, and the commands that its permission stands for.

    Attributes:
        untried: The permission that the commands among them need which change something; it cannot be tried.
    """

    commands: str
    operation: Operation
    params: tuple[tuple[str, str], ...] = ()
    path_values: tuple[str, ...] = ()
    untried: str = ""


NOBODY = "00000000-0000-4000-8000-000000000000"
ONE = (("pageSize", "1"),)


def probes(now: datetime) -> list[Probe]:
    """The reads that tell what a token may do. An unknown UID answered by 404 proves the permission too."""
    window = (("fromDateTimeUtc", api_time(now - timedelta(hours=72))), ("toDateTimeUtc", api_time(now)), ("pageSize", "1"))
    kinds = (
        ("absolute-unenroll-*, absolute-device-unenroll", UNENROLL),
        ("absolute-wipe-*", WIPE),
        ("absolute-file-delete-*", FILE_DELETE),
        ("absolute-message-*, absolute-device-message-send", MESSAGE),
        ("absolute-script-*, absolute-device-script-run", SCRIPT),
    )
    return [
        Probe(
            "absolute-device-list, absolute-device-get, absolute-device-location-get, absolute-device-compliance-list, endpoint",
            GET_DEVICES,
            (("select", "deviceUid"), *ONE),
        ),
        Probe("absolute-device-application-list", GET_APPLICATIONS, (("select", "deviceUid"), *ONE)),
        Probe("absolute-device-freeze-message-*", LIST_MESSAGES, ONE),
        Probe(
            "absolute-device-freeze-request-get, absolute-device-freeze-passcode-get",
            GET_FREEZE,
            ONE,
            (NOBODY,),
        ),
        *(
            Probe(commands, kind.requests, ONE, untried="" if kind.perform in kind.view else kind.perform)
            for commands, kind in kinds
        ),
        Probe("absolute-custom-device-field-*", LIST_DEVICE_FIELDS, (), (NOBODY,), UPDATE_DEVICE_FIELDS.permission),
        Probe("absolute-custom-field-definition-list", LIST_FIELD_DEFINITIONS),
        Probe("absolute-device-missing-*, absolute-device-found-report", LIST_MISSING, ONE, untried=REPORT_MISSING.permission),
        Probe("absolute-policy-group-list", LIST_POLICY_GROUPS),
        Probe("absolute-device-group-list", LIST_DEVICE_GROUPS, ONE),
        Probe("fetched events", GET_SIEM_EVENTS, window),
    ]


def try_probe(client: Client, probe: Probe) -> dict[str, Any]:
    """One row of the permission table."""
    row = {"Commands": probe.commands, "Permission": probe.operation.permission, "Allowed": "yes", "Remark": ""}
    if probe.untried:
        row["Remark"] = f"Reading works. Changing needs {probe.untried} too, which cannot be tried."
    try:
        answer = client.call(probe.operation, *probe.path_values, params=probe.params)
        if probe.operation is GET_SIEM_EVENTS and not rows_of(answer):
            row["Remark"] = (
                "No event in 72 hours: SIEM integration may be switched off in the console, or no event is selected there."
            )
    except ApiError as error:
        if error.status == 403 and error.code:
            needed = "Needs this permission, and a licence that includes it."
            if probe.operation is GET_SIEM_EVENTS:
                needed = "Needs this permission, and SIEM integration switched on in the console."
            row.update(Allowed="no", Remark=f"{needed} {error.message[error.message.rfind('Answer:') :]}")
        elif error.status == 401:
            raise
        elif not (error.status == 404 and error.code and probe.path_values):
            row.update(Allowed="unknown", Remark=error.message)
    except AbsoluteError as error:
        row.update(Allowed="unknown", Remark=error.message)
    return row


def token_permissions_get_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """What the token may do, found out by one harmless read per capability."""
    rows = [try_probe(client, probe) for probe in probes(utc_now())]
    direction = "behind" if client.skew_seconds > 0 else "ahead of"
    clock = f"The clock of this host is {abs(client.skew_seconds):.0f} s {direction} Absolute's."
    left = client.rate_remaining
    rate = f"Requests left: {left}." if left else "The API does not say how many requests are left (20 a second per account)."
    untried = (
        "Whether a Perform or Manage permission is there cannot be tried without using it; absolute-device-freeze-request and "
        "absolute-device-remove-freeze-request need nothing else (Perform Freeze Device)."
    )
    note = f"{clock} {rate} {untried}"
    outputs = {"TokenId": client.token_id, "ClockDifferenceSeconds": round(client.skew_seconds), "Capabilities": rows}
    readable = table("What this API token may do", rows, ("Commands", "Permission", "Allowed", "Remark"), note)
    return command_results(readable, "Absolute.TokenPermissions", "TokenId", outputs)


# endregion


# region Fetch: rows, progress, windows (pure)
SIEM_EVENTS = "siem_events"
MISSING_DEVICES = "missing_devices"
NON_COMPLIANT_DEVICES = "non_compliant_devices"
LAST_RUN_VERSION = 3
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
RETENTION = timedelta(hours=72)
# A Date header is cut off to the second: Absolute's clock may be that much ahead of what it says.
AHEAD_MS = 1000
SECOND_MS = 1000
HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
SEEN_LIMIT = 50_000
# The most rows of a second that are read at a time; a second cannot be cut.
SECOND_ROWS = 15_000
MOST_ROWS = 10**9
M_MMAP_THRESHOLD = -3  # malloc.h
BATCH = 1000
FIRST_PARTS = 2048
SLICE_PAGES = 4
SLICE_FILL = 0.97
PARTS = 8
READERS = 6
RUN_SECONDS = 180
SWITCH_SECONDS = 0.0005


class Row(NamedTuple):
    """One thing to deliver. Rows are ordered by time of creation, then ID.

    Attributes:
        ms: When Absolute recorded it, in milliseconds since 1970 UTC, cut off and not rounded.
    """

    ms: int
    id: str
    data: dict[str, Any]

    @property
    def key(self) -> tuple[int, str]:
        return self.ms, self.id


def milliseconds(moment: datetime) -> int:
    passed = moment - EPOCH
    return passed.days * DAY_MS + passed.seconds * SECOND_MS + passed.microseconds // 1000


def from_milliseconds(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def whole_second(ms: int) -> int:
    """The start of the second. Windows begin and end there: the API may write times in whole seconds, and look at finer ones."""
    return ms - ms % SECOND_MS


def ms_text(ms: int) -> str:
    return api_time(from_milliseconds(ms))


@dataclass(frozen=True)
class Progress:
    """How far one fetch type has come.

    Every row up to `position` was delivered, and of those after it the ones in `seen`.

    Attributes:
        position: Key of a row; rows recorded within the look-back may still turn up late, so it stays behind that.
        seen: Delivered rows after the position: ID to time of creation in ms.
        complete: When the source was last read to its end, in ms of Absolute's clock; 0 for never.
        known: What a fetch type remembers besides, such as the devices that are not compliant.
    """

    position: tuple[int, str]
    seen: Mapping[str, int] = field(default_factory=dict)
    complete: int = 0
    known: Mapping[str, str] = field(default_factory=dict)

    def has(self, row: Row) -> bool:
        return row.key <= self.position or row.id in self.seen

    def after(
        self, rows: Sequence[Row], delivered: Iterable[Row], before: tuple[int, str], settled: int, known: Mapping[str, str]
    ) -> "Progress":
        """The progress once every row before the key `before` is dealt with: last `rows`, of which some were `delivered`.

        The position follows the rows and never the clock: a clock that is wrong can delay, but lose nothing.
        """
        seen = {**self.seen, **{row.id: row.ms for row in delivered}}
        keys = [row.key for row in rows] + [(ms, row_id) for row_id, ms in seen.items() if (ms, row_id) < before]
        position = max(self.position, min(max(keys, default=self.position), (settled, "")))
        kept = {row_id: ms for row_id, ms in seen.items() if (ms, row_id) > position}
        return replace(self, position=position, seen=kept, known=known)

    def unsettled(self, settled: int) -> int:
        """How many delivered rows have to be remembered."""
        return sum(ms >= settled for ms in self.seen.values())

    def to_dict(self) -> dict[str, Any]:
        seen: dict[str, list[str]] = {}
        for row_id, ms in self.seen.items():
            seen.setdefault(ms_text(ms), []).append(row_id)
        state = {"position": [ms_text(self.position[0]), self.position[1]], "seen": seen, "known": dict(self.known)}
        return {**state, "complete": ms_text(self.complete)} if self.complete else state

    @staticmethod
    def from_dict(state: Any) -> "Progress | None":
        """The progress that `to_dict` wrote; None for anything else."""
        fields = as_dict(state)
        position = fields.get("position")
        if not isinstance(position, list) or len(position) != 2 or not (moment := parse_utc(position[0])):
            return None
        seen = {
            str(row_id): milliseconds(created)
            for time_text, ids in as_dict(fields.get("seen")).items()
            if (created := parse_utc(time_text)) and isinstance(ids, list)
            for row_id in ids
        }
        complete = parse_utc(fields.get("complete"))
        known = {str(name): str(value) for name, value in as_dict(fields.get("known")).items()}
        return Progress((milliseconds(moment), str(position[1])), seen, milliseconds(complete) if complete else 0, known)


@dataclass(frozen=True)
class LastRun:
    """What a run leaves for the next one: progress by name of the fetch type."""

    types: Mapping[str, Progress] = field(default_factory=dict)

    def with_progress(self, name: str, progress: Progress) -> "LastRun":
        return LastRun({**self.types, name: progress})

    def to_dict(self, more: bool = False) -> dict[str, Any]:
        """`more` asks the platform to run again at once."""
        types = {name: progress.to_dict() for name, progress in self.types.items()}
        state = {"version": LAST_RUN_VERSION, "types": types}
        return {**state, "nextTrigger": "0"} if more else state

    @staticmethod
    def from_dict(state: Any) -> "LastRun":
        """Read a lastRun of this version or of the existing pack; what cannot be read is left out."""
        fields = as_dict(state)
        read = {str(name): Progress.from_dict(value) for name, value in as_dict(fields.get("types")).items()}
        types = {name: progress for name, progress in read.items() if progress}
        if SIEM_EVENTS not in types and (migrated := progress_of_existing_pack(fields)):
            types[SIEM_EVENTS] = migrated
        return LastRun(types)


def progress_of_existing_pack(fields: Mapping[str, Any]) -> Progress | None:
    """The existing pack keeps the creation time of its last event, and the IDs that it delivered of that time."""
    moment = parse_utc(fields.get("latest_events_time"))
    if moment is None:
        return None
    ids = fields.get("latest_events_id")
    ids = ids if isinstance(ids, list) else [ids] if ids else []
    ms = milliseconds(moment)
    return Progress((ms, ""), {str(row_id): ms for row_id in ids})


@dataclass(frozen=True)
class Slice:
    """A piece of time, from `start` to before `end`, in milliseconds since 1970 UTC; both are whole seconds."""

    start: int
    end: int

    @property
    def width(self) -> int:
        return self.end - self.start

    @property
    def smallest(self) -> bool:
        return self.width <= SECOND_MS

    def cut(self) -> list["Slice"]:
        step = whole_second(self.width // PARTS) + SECOND_MS
        return [Slice(start, min(start + step, self.end)) for start in range(self.start, self.end, step)]


@dataclass(frozen=True)
class Found:
    """The rows of one slice, in order; `complete` when there are no others in it."""

    rows: list[Row]
    complete: bool = True


class OutOfTimeError(AbsoluteError):
    """The run has to end; what is left comes with the next one."""


class OverfullError(AbsoluteError):
    """A slice cannot be read in one go: it has too many pages, or its cursor failed. Smaller ones can."""


def next_width(piece: Slice, rows: int, wanted: int) -> int:
    """The width at which a slice would hold the wanted number of rows, as densely as they lie in this one.

    The fewer rows tell, the less is made of it.
    """
    fitting = piece.width * wanted / max(rows, 1)
    return max(whole_second(int(min(fitting, piece.width * max(4, rows // 4)))), SECOND_MS)


class Reader(Protocol):
    def read(self, piece: Slice, max_pages: int) -> Found: ...

    def stop(self) -> None: ...


def in_time_order(reader: Reader, window: Slice, source: "FetchType", settled: int, limit: int) -> Iterator[tuple[Slice, Found]]:
    """All rows of a window, oldest first, slice by slice.

    What fits one page is one slice. Otherwise the window is cut into slices that are read side by side; never more of
    them than READERS are held, so that memory does not grow with the window, and no more than `limit` rows need. No slice
    lies on both sides of `settled`: rows that arrive while a slice is walked may push others from page to page, and past
    the walker.
    """
    if window.width <= source.longest_ms:
        try:
            found = reader.read(window, 1)
        except OverfullError:
            log("[Fetch] more than a page is waiting: reading slices side by side")
        else:
            yield window, found
            return
    with ThreadPoolExecutor(READERS) as pool:
        ahead = ReadAhead(reader, pool, window, settled, source, limit)
        try:
            yield from ahead.slices()
        finally:
            reader.stop()
            ahead.cancel()


class ReadAhead:
    """Cuts a window into slices and has them read side by side; gives them back in order of time."""

    def __init__(
        self, reader: Reader, pool: ThreadPoolExecutor, window: Slice, settled: int, source: "FetchType", limit: int
    ) -> None:
        self._reader = reader
        self._pool = pool
        self._reading: deque[tuple[Slice, Future[Found]]] = deque()
        self._source = source
        # Where a slice has to end; the window's end once, also when everything has settled.
        self._edges = [*([settled] if window.start < settled < window.end else []), window.end]
        self._start = window.start
        self._width = whole_second(min(window.width // FIRST_PARTS, source.longest_ms)) + SECOND_MS
        self._limit = limit

    def slices(self) -> Iterator[tuple[Slice, Found]]:
        self._read_on()
        while self._reading:
            piece, future = self._reading.popleft()
            try:
                found = future.result()
            except OverfullError:
                parts = [(part, self._submit(part)) for part in piece.cut()]
                self._reading.extendleft(reversed(parts))
                continue
            self._limit -= len(found.rows)
            wanted = min(self._source.slice_rows, max(self._limit, self._source.page_size))
            self._width = min(next_width(piece, len(found.rows), wanted), self._source.longest_ms)
            # Before these rows are dealt with, so that no reader waits for that.
            self._read_on()
            yield piece, found

    def _submit(self, piece: Slice) -> "Future[Found]":
        return self._pool.submit(self._reader.read, piece, SLICE_PAGES + 1)

    def _read_on(self) -> None:
        while self._edges and len(self._reading) < min(READERS, max(1, -(-self._limit // self._source.slice_rows))):
            piece = Slice(self._start, min(self._start + self._width, self._edges[0]))
            self._reading.append((piece, self._submit(piece)))
            self._start = piece.end
            if self._start >= self._edges[0]:
                self._edges.pop(0)

    def cancel(self) -> None:
        for _, future in self._reading:
            future.cancel()


@dataclass(frozen=True)
class Step:
    """A batch to deliver, oldest first, and the progress to save once it is delivered."""

    rows: list[Row]
    progress: Progress
    more: bool = False


# Decides whether a row is worth delivering; may note in the first argument what the next rows are judged by.
Judge = Callable[[dict[str, str], dict[str, Any]], bool]


def steps(
    slices: Iterable[tuple[Slice, Found]], progress: Progress, end: int, limit: int, judge: Judge, settled: int
) -> Iterator[Step]:
    """Cut what is found into batches of at most BATCH rows and `limit` rows in all.

    Args:
        end: Where the window ends, in ms.
        settled: The time in ms before which no row turns up late any more.
    """
    for piece, found in slices:
        fresh = deque(row for row in found.rows if not progress.has(row))
        while fresh:
            known = dict(progress.known)
            memory = SEEN_LIMIT - progress.unsettled(settled)
            taken, wanted = take(fresh, min(BATCH, limit), memory, settled, partial(judge, known))
            if not taken:
                # As many late rows as may be remembered are: the others are delivered when they have settled.
                log("[Fetch] the rest waits until it has settled")
                return
            end_of_found = (piece.end, "") if found.complete else taken[-1].key
            progress = progress.after(taken, wanted, fresh[0].key if fresh else end_of_found, settled, known)
            limit -= len(wanted)
            more = bool(fresh) or piece.end < end or not found.complete
            yield Step(wanted, progress, more and limit == 0)
            if limit == 0:
                return
        if not found.complete:
            yield Step([], progress, more=True)
            return
    progress = progress.after([], [], (end, ""), settled, progress.known)
    yield Step([], replace(progress, complete=max(progress.complete, settled)))


def take(
    fresh: "deque[Row]", limit: int, memory: int, boundary: int, worth: Callable[[dict[str, Any]], bool]
) -> tuple[list[Row], list[Row]]:
    """Take rows from the front of `fresh`: all that were taken, and those to deliver.

    Args:
        memory: How many rows that were recorded after `boundary` may be delivered, because they have to be remembered.
    """
    taken: list[Row] = []
    wanted: list[Row] = []
    while fresh and len(wanted) < limit and len(taken) < BATCH:
        unsettled = fresh[0].ms >= boundary
        if unsettled and memory <= 0:
            break
        taken.append(fresh.popleft())
        if worth(taken[-1].data):
            wanted.append(taken[-1])
            memory -= unsettled
    return taken, wanted


def lost_interval(progress: Progress, retention: timedelta | None, now: datetime) -> tuple[datetime, datetime] | None:
    """The time whose rows Absolute has deleted before they were fetched."""
    read_until = max(progress.position[0], progress.complete)
    # The first run begins at the very edge.
    if retention is None or read_until >= milliseconds(now - retention) - HOUR_MS // 6:
        return None
    return from_milliseconds(read_until), now - retention


# endregion


# region Fetch: types, reading
def every_row(known: dict[str, str], row: dict[str, Any]) -> bool:
    """A judge for sources whose every row is news."""
    return True


def newly_non_compliant(known: dict[str, str], row: dict[str, Any]) -> bool:
    """A judge for the compliance report, whose rows are renewed all the time: news is what a device fails for now and did not."""
    device_uid = str(row.get("deviceUid"))
    if str(row.get("compliant")).lower() != "false":
        known.pop(device_uid, None)
        return False
    failing = digest(sorted(f"{reason.get('type')}:{reason.get('condition')}" for reason in as_dicts(row.get("reasons"))))[:8]
    news = known.get(device_uid) != failing
    known[device_uid] = failing
    return news


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()[:32]


@dataclass(frozen=True)
class FetchType:
    """A kind of thing that is fetched.

    Attributes:
        option: Its name among the values of the parameter `fetch_types`.
        operation: A list operation that can be narrowed by time of creation.
        start: Parameter for the start of the window; `end` for its end.
        created: Field that holds the time of creation.
        identity: Fields that tell two rows apart.
        retention: How long Absolute keeps the rows; None for as long as the thing lasts.
        inclusive: Whether the window's bounds belong to it.
        longest_ms: The longest window that is asked for at once. How long one of events may be is not documented.
    """

    name: str
    option: str
    operation: Operation
    page_size: int
    start: str
    end: str
    created: str
    identity: tuple[str, ...]
    retention: timedelta | None = None
    inclusive: bool = True
    longest_ms: int = 100 * 366 * DAY_MS
    judge: Judge = every_row

    @property
    def slice_rows(self) -> int:
        """How many rows a slice should have: not quite its pages full, because rows lie unevenly."""
        return int(SLICE_PAGES * self.page_size * SLICE_FILL)

    def params(self, piece: Slice) -> Params:
        """Both ends of the API's windows are in milliseconds; rows at the very end belong to the next slice."""
        margin = 0 if self.inclusive else 1
        return [
            (self.start, ms_text(piece.start - margin)),
            (self.end, ms_text(piece.end + margin)),
            ("pageSize", str(self.page_size)),
        ]

    def row(self, data: dict[str, Any], piece: Slice) -> Row:
        """A row without a readable time counts as the newest of its slice, one without an ID goes by its content."""
        created = parse_utc(data.get(self.created))
        parts = [str(data.get(name) or "") for name in self.identity]
        row_id = "@".join(parts) if all(parts) else digest(data)
        return Row(milliseconds(created) if created else piece.end - 1, row_id, data)


FETCH_TYPES = (
    FetchType(
        name=MISSING_DEVICES,
        option="Missing devices",
        operation=LIST_MISSING,  # disable-secrets-detection
        page_size=PAGE_SIZE,  # disable-secrets-detection
        start="creationDateTimeUtcFromInclusive",
        end="creationDateTimeUtcToInclusive",
        created="creationDateTimeUtc",
        identity=("deviceUid", "creationDateTimeUtc"),
    ),
    FetchType(
        name=NON_COMPLIANT_DEVICES,
        option="Non-compliant devices",
        operation=GET_COMPLIANCE,  # disable-secrets-detection
        page_size=1000,
        start="lastCompliantUpdatedUtcFrom",
        end="lastCompliantUpdatedUtcTo",
        created="lastCompliantUpdatedUtc",
        identity=("deviceUid", "lastCompliantUpdatedUtc"),
        inclusive=False,
        judge=newly_non_compliant,
    ),
    FetchType(
        name=SIEM_EVENTS,
        option="SIEM events",
        operation=GET_SIEM_EVENTS,
        page_size=1000,
        start="fromDateTimeUtc",
        end="toDateTimeUtc",
        created="createdDateTimeUtc",
        identity=("id",),
        retention=RETENTION,
        longest_ms=DAY_MS,
    ),
)
SIEM_SOURCE = FETCH_TYPES[-1]


class SliceReader:
    """Reads slices of one fetch type, from several threads."""

    def __init__(self, client: Client, source: FetchType, progress: Progress, time_left: Deadline) -> None:
        self._client = client
        self._source = source
        self._progress = progress
        self._time_left = time_left
        self._stopped = Event()

    def stop(self) -> None:
        """What is being read ends at its next page."""
        self._stopped.set()

    def read(self, piece: Slice, max_pages: int) -> Found:
        """All rows of a slice. One of a single second cannot be made smaller: of that the first SECOND_ROWS new rows.

        Raises:
            OverfullError: There are more than `max_pages` pages, the window is refused, or the cursor failed: read smaller
                slices instead.
            OutOfTimeError: The run has to end.
        """
        rows = self._rows(piece, max_pages)
        if not piece.smallest:
            return Found(sorted({row.id: row for row in rows}.values(), key=lambda row: row.key))
        outstanding = (row for row in rows if not self._progress.has(row))
        first = heapq.nsmallest(SECOND_ROWS + 1, outstanding, key=lambda row: row.key)
        unique = list({row.id: row for row in first[:SECOND_ROWS]}.values())
        return Found(unique, complete=len(first) <= SECOND_ROWS)

    def _rows(self, piece: Slice, max_pages: int) -> Iterator[Row]:
        for number, page in enumerate(self._pages(piece), 1):
            if self._stopped.is_set() or self._time_left.left() <= 0:
                raise OutOfTimeError("The time of this run is over.")
            if number > max_pages and not piece.smallest:
                raise OverfullError(f"more than {max_pages} pages")
            for data in page:
                row = self._source.row(data, piece)
                if piece.start <= row.ms < piece.end:
                    yield row

    def _pages(self, piece: Slice) -> Iterator[list[dict]]:
        pages = self._client.pages(self._source.operation, params=self._source.params(piece))
        while True:
            try:
                page = next(pages)
            except StopIteration:
                return
            except (RepeatedCursorError, ApiError) as error:
                # How long a window may be is not documented, nor whether it may end in the future, nor how long a cursor
                # lives: a smaller slice may do.
                refused = isinstance(error, ApiError) and error.status == 400
                if piece.smallest and refused and piece.end > milliseconds(server_now(self._client)):
                    return
                if piece.smallest or (isinstance(error, ApiError) and error.status not in (400, 404, 409, 410)):
                    raise
                raise OverfullError(error.message) from error
            yield page


# endregion


# region Fetch: events and incidents
CHANGE = ";PropertyName["


def changes(text: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Old and new values by name of the property, from the string `objectProperties` of an event.

    `PropertyName[0]=…;OldValue[0]=…;NewValue[0]=…;` is the form on the wire, `PropertyName[0]=…;Value[0]=…;` the one
    without old values. Values may hold `=`, `;` and quotes. Dots in names become underscores, as keys of the context and
    fields of a dataset need.
    """
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for index, change in numbered_changes(str(text or "").removesuffix(";")):
        head, mark, new_value = change.partition(f";NewValue[{index}]=")
        if not mark:
            head, _, new_value = change.partition(f";Value[{index}]=")
        name, _, old_value = head.partition(f";OldValue[{index}]=")
        key = name.strip().replace(".", "_")
        for values, value in ((old, old_value), (new, new_value)):
            if key and value:
                values[key] = f"{values[key]}, {value}" if key in values else value
    return old, new


def numbered_changes(text: str) -> list[tuple[str, str]]:
    """Each change with its index: cut where a `PropertyName[<digits>]=` begins. Not by a regular expression, for speed."""
    found: list[tuple[str, str]] = []
    for part in f";{text}".split(CHANGE)[1:]:
        index, mark, change = part.partition("]=")
        if mark and index.isdecimal() and index.isascii():
            found.append((index, change))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + CHANGE + part)
    return found


def with_changes(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its original fields untouched, and what changed beside them."""
    old, new = changes(event.get("objectProperties"))
    return {**event, **({"oldValues": old} if old else {}), **({"newValues": new} if new else {})}


def happened(row: Row) -> datetime:
    """When it happened; when it was recorded, if nothing else is known."""
    return parse_utc(row.data.get("eventDateTimeUtc")) or from_milliseconds(row.ms)


def xsiam_event(source: FetchType, row: Row) -> dict[str, Any]:
    """A row as the dataset takes it; `_time` is when it happened."""
    return {**with_changes(row.data), "_time": api_time(happened(row)), "source_log_type": source.name}


@dataclass(frozen=True)
class EventFilter:
    """Event types to take and to leave out; `*` stands for any characters, `!` before a type leaves it out."""

    taken: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def takes(self, row: Mapping[str, Any]) -> bool:
        event_type = plain(row.get("eventType"))
        wanted = not self.taken or any(wildcard_match(pattern, event_type) for pattern in self.taken)
        return wanted and not any(wildcard_match(pattern, event_type) for pattern in self.left_out)


EVERY_EVENT = EventFilter()


def parse_event_types(text: Any) -> EventFilter:
    """Raises ArgumentError for an exclamation mark without a type."""
    values = [plain(value) for value in re.split(r"[,;\n]", str(text or "")) if value.strip()]
    left_out = tuple(value[1:].strip() for value in values if value.startswith("!"))
    if not all(left_out):
        raise ArgumentError("event_types", "there is a ! without an event type.", "*Unprotected*, !UserLogin")
    return EventFilter(tuple(value for value in values if not value.startswith("!")), left_out)


# The first pattern that fits an event type gives its severity. The list of types is open: Absolute publishes none.
SEVERITIES = (
    ("*wipe*", IncidentSeverity.HIGH),
    ("*filedelet*", IncidentSeverity.HIGH),
    ("*stolen*", IncidentSeverity.HIGH),
    ("*missing*", IncidentSeverity.HIGH),
    ("*unprotected*", IncidentSeverity.MEDIUM),
    ("*unencrypted*", IncidentSeverity.MEDIUM),
    ("*freeze*", IncidentSeverity.MEDIUM),
    ("*frozen*", IncidentSeverity.MEDIUM),
    ("*unenroll*", IncidentSeverity.MEDIUM),
    ("*token*", IncidentSeverity.MEDIUM),
    ("*fail*", IncidentSeverity.MEDIUM),
)
EVENT_NAMES = {
    "DeviceBecameAVUnprotected": "Antivirus protection lost",
    "DeviceLocationUpdated": "Device location changed",
    "DeviceUserInformationUpdated": "Device user changed",
    "DeviceSystemInformationUpdated": "Device system information changed",
    "UserLogin": "Console sign-in",
}


def severity_of(event_type: str) -> float:
    text = plain(event_type)
    return next((severity for pattern, severity in SEVERITIES if wildcard_match(pattern, text)), IncidentSeverity.LOW)


def event_name(event_type: str) -> str:
    """`DeviceFreezeRequested` as a person reads it: Device freeze requested."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-]+", " ", event_type).split()
    return EVENT_NAMES.get(event_type) or " ".join(
        word if number == 0 or word.isupper() else word.lower() for number, word in enumerate(words)
    )


# Whom or what an event is about: the prefix of the display fields, and the field with the kind. A device that reports
# something of itself comes first, because its object may have another name ("Device Location").
EVENT_SIDES = (("actor", "actorObjectType"), ("object", "objectObjectType"), ("secondaryObject", "secondaryObjectType"))


def event_device(event: Mapping[str, Any]) -> tuple[str, str]:
    """UID and name of the device that an event is about; empty when it names none."""
    for side, kind in EVENT_SIDES:
        if plain(event.get(kind)) == "device":
            return str(event.get(f"{side}DisplayId") or ""), str(event.get(f"{side}DisplayName") or "")
    return "", ""


def change_rows(event: Mapping[str, Any]) -> list[dict[str, str]]:
    """What changed, as the rows of a grid field."""
    old, new = changes(event.get("objectProperties"))
    return [{"property": name, "oldvalue": old.get(name, ""), "newvalue": new.get(name, "")} for name in {**old, **new}]


def siem_incidents(client: Client, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [siem_incident(row) for row in rows]


def siem_incident(row: Row) -> dict[str, Any]:
    event_type = str(row.data.get("eventType") or "")
    device_uid, device_name = event_device(row.data)
    subject = device_name or next(
        (str(row.data[name]) for name in ("objectDisplayName", "actorDisplayName") if row.data.get(name)), ""
    )
    title = event_name(event_type) or "Absolute event"
    return incident(
        f"{title}: {subject}" if subject else title,
        happened(row),
        severity_of(event_type),
        row,
        {
            **with_changes(row.data),
            "changes": change_rows(row.data),
            "fetchType": "SIEM event",
            "deviceUid": device_uid,
            "deviceName": device_name,
        },
    )


def missing_incidents(client: Client, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The report of missing devices has no names: they are read, as far as the token may."""
    devices, _ = read_names(client, [str(row.data.get("deviceUid")) for row in rows])
    names = [str(((devices or {}).get(str(row.data.get("deviceUid"))) or {}).get("deviceName") or "") for row in rows]
    return [
        incident(
            f"Device reported missing: {name or row.data.get('deviceUid')}",
            from_milliseconds(row.ms),
            IncidentSeverity.HIGH,
            row,
            {**row.data, "fetchType": "Missing device", "deviceName": name},
        )
        for row, name in zip(rows, names, strict=True)
    ]


def compliance_incidents(client: Client, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [compliance_incident(row) for row in rows]


def compliance_incident(row: Row) -> dict[str, Any]:
    name = str(row.data.get("deviceName") or row.data.get("deviceUid") or "")
    why = "; ".join(reason_text(reason) for reason in as_dicts(row.data.get("reasons")))
    raw = {**row.data, "fetchType": "Non-compliant device"}
    found = incident(f"Device not compliant: {name}", from_milliseconds(row.ms), IncidentSeverity.MEDIUM, row, raw)
    return {**found, "details": why} if why else found


def incident(name: str, occurred: datetime, severity: float, row: Row, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "occurred": api_time(occurred),
        "severity": severity,
        "dbotMirrorId": row.id,
        # ASCII, because a text of the API may be cut in the middle of a character outside of the BMP.
        "rawJSON": json.dumps(redact(raw)),
    }


def gap_text(source: FetchType, gap: tuple[datetime, datetime]) -> str:
    return (
        f"{source.option} between {api_time(gap[0])} and {api_time(gap[1])} are gone for good: nothing was fetched in that time, "
        f"and Absolute keeps them for {RETENTION.total_seconds() / 3600:.0f} hours."
    )


def gap_incident(source: FetchType, gap: tuple[datetime, datetime]) -> dict[str, Any]:
    """What was lost is said where analysts look."""
    text = gap_text(source, gap)
    raw = {"fetchType": "Gap", "eventType": "FetchGap", "from": api_time(gap[0]), "to": api_time(gap[1])}
    row = Row(milliseconds(gap[1]), f"gap@{api_time(gap[0])}", raw)
    name = f"Absolute: {source.option} of {age_text(gap[0], gap[1]).removesuffix(' ago')} could not be fetched"
    return {**incident(name, gap[1], IncidentSeverity.LOW, row, raw), "details": text}


INCIDENTS: dict[str, Callable[[Client, Sequence[Row]], list[dict[str, Any]]]] = {
    SIEM_EVENTS: siem_incidents,
    MISSING_DEVICES: missing_incidents,
    NON_COMPLIANT_DEVICES: compliance_incidents,
}


# endregion


# region Fetch: runs
DEFAULT_FETCH_TYPES = "SIEM events"
DEFAULT_FIRST_FETCH = "3 days"
DEFAULT_LOOK_BACK_MINUTES = 5
DEFAULT_MAX_EVENTS = 1_000_000
DEFAULT_MAX_INCIDENTS = 50


@dataclass(frozen=True)
class FetchSettings:
    """The parameters of a fetch, checked.

    Attributes:
        sources: What is fetched.
        first_fetch: Reads how far the first run reaches back. Only that run asks: reading a text such as "3 days" is slow.
        look_back: How late a row may turn up, after its time of creation.
        limit: The most rows of one run.
        events: Which events become incidents.
    """

    sources: tuple[FetchType, ...]
    first_fetch: Callable[[], timedelta]
    look_back: timedelta
    limit: int
    events: EventFilter = EVERY_EVENT


def event_settings(params: Mapping[str, Any]) -> FetchSettings:
    """Settings of fetch-events: every event. Raises ArgumentError."""
    return fetch_settings(params, whole_number(params, "max_events_per_fetch", range(1, 1_000_001), DEFAULT_MAX_EVENTS))


def incident_settings(params: Mapping[str, Any]) -> FetchSettings:
    """Settings of fetch-incidents: the events that the parameter `event_types` takes. Raises ArgumentError."""
    settings = fetch_settings(params, whole_number(params, "max_fetch", range(1, 10_001), DEFAULT_MAX_INCIDENTS))
    return replace(settings, events=parse_event_types(params.get("event_types")))


def fetch_settings(params: Mapping[str, Any], limit: int) -> FetchSettings:
    return FetchSettings(
        sources=fetch_sources(params),
        first_fetch=partial(first_fetch_time, params),
        look_back=timedelta(minutes=whole_number(params, "look_back", range(24 * 60 + 1), DEFAULT_LOOK_BACK_MINUTES)),
        limit=limit,
    )


def fetch_sources(params: Mapping[str, Any]) -> tuple[FetchType, ...]:
    """Raises: ArgumentError when `fetch_types` names something that cannot be fetched."""
    by_option = {source.option.casefold(): source for source in FETCH_TYPES}
    names = {plain(name): str(name) for name in argToList(params.get("fetch_types") or DEFAULT_FETCH_TYPES)}
    if unknown := [typed for name, typed in names.items() if name not in by_option]:
        options = ", ".join(source.option for source in FETCH_TYPES)
        raise ArgumentError("fetch_types", f'"{", ".join(unknown)}" is none of: {options}.', DEFAULT_FETCH_TYPES)
    return tuple(source for source in FETCH_TYPES if source.option.casefold() in names)


def first_fetch_time(params: Mapping[str, Any]) -> timedelta:
    """How far back the first run reaches. Raises ArgumentError."""
    text = str(params.get("first_fetch") or DEFAULT_FIRST_FETCH)
    now = utc_now()
    start = parse_time_argument("first_fetch", text, DEFAULT_FIRST_FETCH)
    if start > now:
        raise ArgumentError("first_fetch", f'"{text}" lies in the future.', DEFAULT_FIRST_FETCH)
    return now - start


def read_clock(client: Client, source: FetchType) -> None:
    """Learn how far Absolute's clock is from this host's: every answer tells.

    Raises:
        TransportError: Absolute cannot be reached.
    """
    now = milliseconds(utc_now())
    try:
        client.call(source.operation, params=[*source.params(Slice(now - 60_000, now))[:-1], ("pageSize", "1")])
    except ApiError as error:
        log(f"[Fetch] the clock of Absolute was not read: {error.status}")


def begin(client: Client, sources: Iterable[FetchType], state: LastRun, first_fetch: timedelta) -> LastRun:
    """Take up where the last run stopped; a type without progress starts `first_fetch` ago, by Absolute's clock."""
    now = server_now(client)
    for source in sources:
        progress = state.types.get(source.name)
        # A start in the future was set while the clock was wrong.
        wrong = progress and client.clock_known and progress.position[0] > milliseconds(now) + HOUR_MS
        if progress is None or wrong:
            start = now - min(first_fetch, source.retention or first_fetch)
            state = state.with_progress(source.name, Progress((milliseconds(start), "")))
    return state


def window_start(source: FetchType, progress: Progress, now: datetime) -> int:
    """Where to begin to read. After a quiet time that is not as far back as the last row; half a day makes up for clocks."""
    start = max(progress.position[0], progress.complete - DAY_MS // 2)
    oldest = milliseconds(now - source.retention) if source.retention else start
    return whole_second(max(start, oldest))


def source_steps(
    client: Client, source: FetchType, progress: Progress, settings: FetchSettings, limit: int, time_left: Deadline
) -> Iterator[Step]:
    """The batches of one fetch type, oldest first."""
    now = server_now(client)
    start = window_start(source, progress, now)
    window = Slice(start, whole_second(max(milliseconds(now), start) + AHEAD_MS) + SECOND_MS)
    settled = whole_second(milliseconds(now - settings.look_back))
    chosen = source.name == SIEM_EVENTS and settings.events != EVERY_EVENT
    judge: Judge = source.judge
    if chosen:
        judge = partial(judge_event, settings.events)
    # Rows that are left out count for nothing: only where each one counts, the limit says how many to read.
    most = limit if judge is every_row else MOST_ROWS
    slices = in_time_order(SliceReader(client, source, progress, time_left), window, source, settled, most)
    return steps(slices, progress, window.end, limit, judge, settled)


def judge_event(events: EventFilter, known: dict[str, str], row: dict[str, Any]) -> bool:
    return events.takes(row)


def return_large_blocks() -> None:
    """Let glibc give a page's memory back to the system at once: the holes that several readers leave come to 50 MiB."""
    import ctypes  # here, because it takes some milliseconds that commands need not spend

    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)


def finish(under_way: "deque[Future[None]]") -> None:
    """Wait for what is under way, and raise what it raised."""
    while under_way:
        under_way.popleft().result()


@dataclass
class FetchRun:
    """One scheduled run: delivers batch by batch, and after each saves what the next run needs.

    Attributes:
        prepare: Makes of rows what is delivered.
        deliver: Takes that over for good, or raises.
        save: Stores the next lastRun.
        delivered: How many rows were.
        problems: What went wrong. What was delivered before is saved.
        gaps: What Absolute has deleted before it was fetched.
    """

    client: Client
    settings: FetchSettings
    prepare: Callable[[FetchType, list[Row]], list[Any]]
    deliver: Callable[[list[Any]], None]
    save: Callable[[dict[str, Any]], None]
    state: LastRun = LastRun()
    delivered: int = 0
    more: bool = False
    problems: list[str] = field(default_factory=list)
    gaps: list[tuple[FetchType, tuple[datetime, datetime]]] = field(default_factory=list)

    def run(self, last_run: Any) -> "FetchRun":
        if hasattr(demisto, "_Demisto__do"):
            # Only the server's own object has the channel that several threads must not write to at once.
            support_multithreading()
        return_large_blocks()
        # A thread whose turn to call has come shall not wait long for the interpreter: a late call counts as one too many.
        sys.setswitchinterval(SWITCH_SECONDS)
        time_left = Deadline(RUN_SECONDS)
        state = LastRun.from_dict(last_run)
        fresh = any(source.name not in state.types for source in self.settings.sources)
        first_fetch = self.settings.first_fetch() if fresh else RETENTION
        try:
            read_clock(self.client, self.settings.sources[0])
        except TransportError as error:
            self.problems.append(error.message)
        self.state = begin(self.client, self.settings.sources, state, first_fetch)
        self.save(self.state.to_dict())
        if not self.problems:
            self._fetch_all(time_left)
            self.save(self.state.to_dict(self.more))
        log(f"[Fetch] delivered {self.delivered}, more is waiting: {self.more}")
        return self

    def _fetch_all(self, time_left: Deadline) -> None:
        for source in self.settings.sources:
            try:
                self._fetch(source, time_left)
            except OutOfTimeError:
                self.more = True
            except DemistoException as error:
                log(f"[Fetch] {source.name} ended early: {type(error).__name__}")
                self.problems.append(f"{source.option}: {getattr(error, 'message', error)}")

    def _fetch(self, source: FetchType, time_left: Deadline) -> None:
        room = self.settings.limit - self.delivered
        if room <= 0 or time_left.left() <= 0:
            self.more = True
            return
        before = self.state.types[source.name]
        with ThreadPoolExecutor(1) as sender:
            # What is being handed over; the next batch is made ready meanwhile.
            under_way: deque[Future[None]] = deque()
            try:
                for step in source_steps(self.client, source, before, self.settings, room, time_left):
                    self._note_gap(source, before)
                    ready = self.prepare(source, step.rows)
                    finish(under_way)
                    under_way.append(sender.submit(self._hand_over, source, step, ready))
                    if time_left.left() <= 0:
                        self.more = True
                        return
            finally:
                finish(under_way)

    def _hand_over(self, source: FetchType, step: Step, ready: list[Any]) -> None:
        """Deliver a batch, and save at once that it was: a run that is killed then would deliver it again."""
        self.deliver(ready)
        self.delivered += len(step.rows)
        if step.more:
            self.more = True
        self.state = self.state.with_progress(source.name, step.progress)
        self.save(self.state.to_dict())

    def _note_gap(self, source: FetchType, before: Progress) -> None:
        """Once it is known that Absolute answers, and what its clock says."""
        gap = lost_interval(before, source.retention, server_now(self.client))
        if gap and source not in [noted for noted, _ in self.gaps]:
            self.gaps.append((source, gap))
            demisto.error(f"[Fetch] {gap_text(source, gap)}")


# endregion


# region Commands: fetch-events, fetch-incidents, absolute-device-get-events
# The parameter that switches a fetch on, and how its settings are read.
FETCHES = {"isFetchEvents": event_settings, "isFetch": incident_settings}
EVENT_HEADERS = (
    "createdDateTimeUtc",
    "eventType",
    "verb",
    "actorDisplayName",
    "objectDisplayName",
    "oldValues",
    "newValues",
    "id",
)


def xsiam_lines(source: FetchType, rows: Sequence[Row]) -> list[str]:
    """Rows as the dataset takes them, as JSON: written here, so that nothing but sending is left for the sender's thread."""
    return [json.dumps(xsiam_event(source, row), separators=(",", ":")) for row in rows]


def send_lines(lines: list[str]) -> None:
    """Hand events to the dataset; up to 4 MB are one request, which is taken as a whole or not at all.

    Raises:
        DemistoException: XSIAM did not take them.
    """
    if not lines:
        return
    size = XSIAM_EVENT_CHUNK_SIZE_LIMIT
    try:
        send_events_to_xsiam(lines, VENDOR, PRODUCT, data_format="json", chunk_size=size, should_update_health_module=False)
    except DemistoException:
        raise
    except Exception as error:  # the platform's function lets through what requests and a foreign answer raise
        raise AbsoluteError(f"The events could not be sent to XSIAM: {type(error).__name__}: {error}") from error


def fetch_events(client: Client, params: Mapping[str, Any]) -> None:
    """Send every new event to XSIAM, batch by batch; lastRun is saved after each.

    Raises:
        AbsoluteError: Nothing could be read. After a partial failure what was sent counts, and the instance shows the
            problem: the platform may not keep the lastRun of a run that ends in an error.
    """
    run = FetchRun(client, event_settings(params), xsiam_lines, send_lines, demisto.setLastRun).run(demisto.getLastRun())
    if not run.delivered:
        send_events_to_xsiam([], VENDOR, PRODUCT)
    else:
        demisto.updateModuleHealth({"eventsPulled": run.delivered})
    for source, gap in run.gaps:
        demisto.updateModuleHealth(gap_text(source, gap))
    if run.problems and not run.delivered:
        raise AbsoluteError(" ".join(run.problems))
    if run.problems:
        text = f"{' '.join(run.problems)} {run.delivered} events were sent before; the next run goes on from there."
        demisto.error(f"[Fetch] {text}")
        demisto.updateModuleHealth(text)


def fetch_incidents(client: Client, params: Mapping[str, Any]) -> None:
    """Make incidents of what is new.

    Raises:
        AbsoluteError: Nothing could be read. After a partial failure the incidents count, and the instance shows the problem.
    """
    incidents: list[dict[str, Any]] = []
    saved: list[dict[str, Any]] = [{}]
    run = FetchRun(
        client,
        incident_settings(params),
        lambda source, rows: INCIDENTS[source.name](client, rows),
        incidents.extend,
        lambda state: saved.__setitem__(0, state),
    ).run(demisto.getLastRun())
    incidents.extend(gap_incident(source, gap) for source, gap in run.gaps)
    demisto.incidents(incidents)
    demisto.setLastRun(saved[0])
    if run.problems:
        demisto.error(f"[Fetch] {' '.join(run.problems)}")
        if not incidents:
            raise AbsoluteError(" ".join(run.problems))
        demisto.updateModuleHealth(" ".join(run.problems))


def device_get_events_command(args: dict[str, Any], client: Client, guard: Guard) -> CommandResults:
    """Events of a time, oldest first; the state of the fetch stays as it is."""
    end = time_or(args, "end_date", utc_now())
    start = time_or(args, "start_date", end - timedelta(minutes=1))
    if start > end:
        raise ArgumentError("start_date", f"{api_time(start)} is after end_date ({api_time(end)}).", "2 hours ago")
    limit = whole_number(args, "limit", range(1, 1_000_001), DEFAULT_LIMIT)
    push = flag(args, "should_push_events")
    judge = partial(judge_event, parse_event_types(args.get("event_types")))
    period = (milliseconds(start), milliseconds(end))
    # Absolute has nothing outside of the last 72 hours; a day more for clocks that differ.
    kept = (milliseconds(utc_now() - RETENTION) - DAY_MS, milliseconds(utc_now()) + DAY_MS)
    window = Slice(*(whole_second(min(max(ms, kept[0]), kept[1])) for ms in (period[0], period[1] + SECOND_MS)))
    progress = Progress((window.start, ""))
    reader = SliceReader(client, SIEM_SOURCE, progress, Deadline(RUN_SECONDS))
    slices = (
        (piece, replace(found, rows=[row for row in found.rows if within(row, *period)]))
        for piece, found in in_time_order(reader, window, SIEM_SOURCE, window.end, MOST_ROWS)
    )
    rows: list[Row] = []
    more = False
    for step in steps(slices, progress, window.end, limit, judge, window.end):
        rows, more = rows + step.rows, step.more
    if push:
        for part in batch(rows, BATCH):
            send_lines(xsiam_lines(SIEM_SOURCE, part))
    return events_result(rows, period, more, push)


def within(row: Row, start: int, end: int) -> bool:
    """Whether a row lies between two times in ms; one written in whole seconds may lie anywhere in its second."""
    return row.ms <= end and (row.ms >= start or (row.ms == whole_second(row.ms) and row.ms >= whole_second(start)))


def time_or(args: Mapping[str, Any], name: str, default: datetime) -> datetime:
    return parse_time_argument(name, str(args[name]), "2 hours ago") if args.get(name) else default


def events_result(rows: Sequence[Row], period: tuple[int, int], more: bool, pushed: bool) -> CommandResults:
    between = f"between {ms_text(period[0])} and {ms_text(period[1])}"
    events = [with_changes(row.data) for row in rows]
    notes = []
    if more:
        notes.append("There are more: raise limit, or narrow the time.")
    if milliseconds(utc_now() - RETENTION) > period[0]:
        notes.append(f"Absolute keeps events for {RETENTION // timedelta(hours=1)} hours; older ones are gone.")
    if pushed and rows:
        notes.append(f"Pushed to XSIAM: {len(rows)}.")
    if not rows:
        notes.append("None is no proof that nothing happened: SIEM integration may be off in the console, or no event selected.")
        return command_results(f"### Events\nThere are none {between}. {' '.join(notes)}", raw=[])
    shown = [{**event, **{name: pairs(event.get(name)) for name in ("oldValues", "newValues")}} for event in events]
    title = f"Events: {len(rows)} {between}"
    return command_results(table(title, shown, EVENT_HEADERS, " ".join(notes)), "Absolute.Event", "id", events, events)


def pairs(values: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in as_dict(values).items())


# endregion


# region Dispatch and main
Handler = Callable[[dict[str, Any], Client, Guard], Any]

COMMANDS: dict[str, Handler] = {
    "endpoint": endpoint_command,
    "absolute-device-list": device_list_command,
    "absolute-device-get": device_get_command,
    "absolute-device-location-get": device_location_get_command,
    "absolute-device-freeze-request": device_freeze_request_command,
    "absolute-device-remove-freeze-request": device_remove_freeze_request_command,
    "absolute-device-freeze-request-get": device_freeze_request_get_command,
    "absolute-device-freeze-passcode-get": device_freeze_passcode_get_command,
    "absolute-device-freeze-message-list": device_freeze_message_list_command,
    "absolute-device-freeze-message-create": device_freeze_message_create_command,
    "absolute-device-freeze-message-update": device_freeze_message_update_command,
    "absolute-device-freeze-message-delete": device_freeze_message_delete_command,
    "absolute-custom-field-definition-list": custom_field_definition_list_command,
    "absolute-custom-device-field-list": custom_device_field_list_command,
    "absolute-custom-device-field-update": custom_device_field_update_command,
    "absolute-device-application-list": device_application_list_command,
    "absolute-device-unenroll": partial(run_action, UNENROLL_COMMAND),
    "absolute-unenroll-request-list": partial(request_list, UNENROLL),
    "absolute-unenroll-actions-list": partial(actions_list, UNENROLL),
    "absolute-wipe-request-create": partial(run_action, WIPE_COMMAND),
    "absolute-wipe-request-list": partial(request_list, WIPE),
    "absolute-wipe-actions-list": partial(actions_list, WIPE),
    "absolute-wipe-request-cancel": partial(request_cancel, WIPE),
    "absolute-wipe-certificate-get": partial(certificate_get, WIPE),
    "absolute-file-delete-request-create": partial(run_action, FILE_DELETE_COMMAND),
    "absolute-file-delete-request-list": partial(request_list, FILE_DELETE),
    "absolute-file-delete-actions-list": partial(actions_list, FILE_DELETE),
    "absolute-file-delete-request-cancel": partial(request_cancel, FILE_DELETE),
    "absolute-file-delete-certificate-get": partial(certificate_get, FILE_DELETE),
    "absolute-device-message-send": partial(run_action, MESSAGE_COMMAND),
    "absolute-message-request-list": partial(request_list, MESSAGE),
    "absolute-message-actions-list": partial(actions_list, MESSAGE),
    "absolute-message-request-cancel": partial(request_cancel, MESSAGE),
    "absolute-message-template-list": message_template_list_command,
    "absolute-script-list": script_list_command,
    "absolute-device-script-run": partial(run_action, SCRIPT_COMMAND),
    "absolute-script-request-list": partial(request_list, SCRIPT),
    "absolute-script-actions-list": partial(actions_list, SCRIPT),
    "absolute-script-request-cancel": partial(request_cancel, SCRIPT),
    "absolute-device-missing-list": device_missing_list_command,
    "absolute-device-missing-report": device_missing_report_command,
    "absolute-device-found-report": device_found_report_command,
    "absolute-device-group-list": device_group_list_command,
    "absolute-policy-group-list": policy_group_list_command,
    "absolute-device-compliance-list": device_compliance_list_command,
    "absolute-token-permissions-get": token_permissions_get_command,
    "absolute-device-get-events": device_get_events_command,
}


def build_client(params: Mapping[str, Any]) -> Client:
    """Raises: ArgumentError for a parameter that cannot be right, before anything is sent."""
    credentials = params.get("credentials") or {}
    token_id = str(credentials.get("identifier") or "").strip()
    if not token_id or re.search(r"\s", token_id):
        raise ArgumentError("Token ID", "it is empty or holds blanks. Copy it from the console's list of API tokens.")
    stored = credentials.get("credentials") or {}
    own_key = (params.get("private_key") or {}).get("password") or ""
    key = signing_key(str(credentials.get("password") or ""), str(own_key or stored.get("sshkey") or ""))
    return Client(
        base_url=api_base_url(str(params.get("url") or "")),
        token_id=token_id,
        key=key,
        verify=not flag(params, "insecure"),
        proxy=flag(params, "proxy"),
        timeout=whole_number(params, "timeout", range(5, 601), DEFAULT_TIMEOUT),
    )


def build_guard(params: Mapping[str, Any]) -> Guard:
    """Raises: ArgumentError when max_devices_per_action is no positive number."""
    entries = [plain(entry) for entry in re.split(r"[,;\n]", str(params.get("protected_devices") or ""))]
    return Guard(
        max_devices=whole_number(params, "max_devices_per_action", range(1, 1_000_001), DEFAULT_MAX_DEVICES),
        protected=tuple(entry for entry in entries if entry),
    )


def main() -> None:
    """Parse the instance parameters and run the command."""
    command = demisto.command()
    demisto.debug(f"Command being called is {command}")
    try:
        client, guard = build_client(demisto.params()), build_guard(demisto.params())
        if command == "test-module":
            return_results(test_module(client, demisto.params()))
        elif command == "fetch-events":
            fetch_events(client, demisto.params())
        elif command == "fetch-incidents":
            fetch_incidents(client, demisto.params())
        elif command in COMMANDS:
            try:
                return_results(COMMANDS[command](demisto.args(), client, guard))
            finally:
                # For the widget "API call results"; the war room does not show it.
                if client.calls:
                    return_results(append_metrics(client.outcomes, []))
        else:
            raise NotImplementedError(f"Command {command} is not implemented.")
    except Exception as error:
        return_error(f"Failed to execute {command} command. Error: {error}")


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()

# endregion
