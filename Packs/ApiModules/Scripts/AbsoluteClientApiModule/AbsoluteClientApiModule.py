"""The Absolute API v3: server URL, signing, queries, operations, errors in words, and the `Client` that calls it.

Knows HTTP and the vendor's document. Must not know: the war room, the context, commands. Raw data comes back.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

import base64
import http.client
import io
import ipaddress
import json
import os
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from operator import attrgetter
from pathlib import Path
from threading import Event, Lock
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import requests
import urllib3
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from jwt import PyJWS
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError

# region Constants
VENDOR = "Absolute"
# Each product is a dataset of XSIAM, and has a log collector of its own there.
PRODUCT = "Secure Endpoint"
DEVICES_PRODUCT = "Secure Endpoint Devices"
CONSOLE_HOST = re.compile(r"(?:cc|api)\.((?:[a-z0-9-]+\.)*absolute(?:gov)?\.com)")
URL_EXAMPLE = "https://cc.absolute.com"
# What people call a region, and its domain.
REGION_NAMES = {
    **dict.fromkeys(("global", "ca1"), "absolute.com"),
    **dict.fromkeys(("us", "us1"), "us.absolute.com"),
    **dict.fromkeys(("eu", "eu2"), "eu2.absolute.com"),
    **dict.fromkeys(("india", "in1"), "in1.absolute.com"),
    **dict.fromkeys(("uk", "uk1"), "uk1.absolute.com"),
    **dict.fromkeys(("government cloud", "government", "gov", "fedramp", "france gov", "fr1"), "fr1.absolutegov.com"),
}
READ_ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 8
TOO_LONG_STATUSES = frozenset({413, 414, 431})
# Who answers so has not taken the request (RFC 9110 section 15.5, RFC 6585, RFC 7725, RFC 8470). What is not listed
# proves nothing: 408 and 499 are about time, and a redirect may come after the deed.
REFUSALS = frozenset(
    {400, 401, 403, 404, 405, 407, 409, 410, 411, 412, 413, 414, 415, 417, 421, 422, 423, 425, 426, 428, 429, 431, 451}
)
CLOCK_SKEW_SECONDS = 60
# The account's limit is 20 calls per second; the network may push two calls closer together.
CALLS_PER_SECOND = 20
PACE_SECONDS = 1.02
# What calls one after the other take, at the usual latency: that much everybody may always try.
LEAST_CALLS = 5
RAISE_SECONDS = 10
READ_BYTES = 2**20
MAX_EMPTY_PAGES = 10
DEVICE_PAGE_SIZE = 500
PAGE_SIZE = 500
# The API publishes no limit for the query string; 8 KiB is the customary one of web servers, and a
# refusal for length makes the batch smaller.
MAX_FILTER_CHARACTERS = 6000
MAX_DEVICES_PER_REQUEST = 10_000
DEFAULT_TIMEOUT = 60
SECRET_FIELDS = frozenset({"passcode", "displaypasscode", "passcodeclear", "passcodesalt", "passcodehashed", "macpwd", "mac_pwd"})
# What may be a secret in answers of which nothing else is known; not `passcodeLength` and the like.
SECRET_NAME = re.compile(
    r".*(pass[ _-]?code|pass[ _-]?phrase|pass[ _-]?word|passwd|pwd|secret|key|keypass)s?[ _-]?"
    r"(clear|plain|salt|hash|hashed|encrypted|encoded|base64|pem|text|value|string|data|token|[0-9]+)?",
    re.IGNORECASE,
)
# Members that hold the name of another: {"key": "passcode", "extra": "4815"}, {"fieldName": "Admin password", "value": …}.
NAMING_MEMBERS = ("key", "name", "field", "fieldName", "property", "propertyName", "parameter", "attribute", "label")
PDF_END = b"%%EOF"
# How the files begin that the API answers with.
FILES = {"PDF": b"%PDF", "ZIP": b"PK\x03\x04"}


# endregion


# region Errors
class ReadOnlyError(ExplainedError):
    """The instance may change nothing (parameter `read_only`); nothing was sent."""

    def __init__(self, purpose: str) -> None:
        super().__init__(f"Nothing was sent: this instance is read only (read_only), so it will not {purpose}.")


class TargetError(ExplainedError):
    """The targets of a command that changes devices are not exactly the devices that were meant, or are not allowed."""


class ApiError(ExplainedError):
    """The API answered with an error.

    Attributes:
        status: HTTP status of the inner call.
        code: The `code` of the error body, an open set of strings; empty when the body is not the API's.
        retry_after: Seconds to wait as asked by `Retry-After`, or None.
    """

    arrived = True

    def __init__(self, message: str, status: int, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def uncertain(self) -> bool:
        """Whether the call may have been carried out all the same."""
        return self.status not in REFUSALS

    @property
    def passing(self) -> bool:
        """Whether another attempt may fare better; that a redirect is answered alike is no proof of what was done."""
        return self.uncertain and self.status // 100 != 3


class MissingPermissionError(ApiError):
    """403 with the API's own error body; a 403 without one comes from the edge or a proxy and says nothing of the token."""


class TransportError(ExplainedError):
    """No usable answer arrived.

    Attributes:
        arrived: Whether the API may have received the call; `uncertain`: and carried it out.
        passing: Whether another attempt may fare better.
    """

    def __init__(self, message: str, sent: bool, passing: bool = True) -> None:
        super().__init__(message)
        self.arrived = self.uncertain = sent
        self.passing = passing


class UncertainWriteError(ExplainedError):
    """A write may or may not have been carried out; it was not repeated."""


class RepeatedCursorError(ExplainedError):
    """The API handed out a page cursor twice: what follows would never end."""


# endregion


# region Pure functions: server URL
def api_base_url(url: str) -> str:
    """Turn a console or API URL, or the name of a region, into the base URL of the API.

    Any `cc.` or `api.` host under absolute.com and absolutegov.com is accepted, so that a new region needs no release;
    a signed request never goes to another host, loopback excepted.

    Raises:
        ArgumentError: The URL is not https or the host is not Absolute's.
    """
    typed = (url or "").strip()
    region = REGION_NAMES.get(" ".join(typed.casefold().split()))
    if region:
        return f"https://api.{region}"
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
PEM_BLOCK = r"(?s)-----BEGIN ([A-Z0-9 ]*KEY)-----(.*?)-----END \1-----"
PRIVATE_LABELS = ("PRIVATE KEY", "EC PRIVATE KEY")
KEY_EXAMPLE_HINT = (
    "Create one with: openssl ecparam -name prime256v1 -genkey -noout -out ec.pem; "
    "openssl pkcs8 -topk8 -nocrypt -in ec.pem -out private.pem"
)
DECRYPT_HINT = "Take the password off with: openssl pkey -in encrypted.pem -out private.pem"
# The curve P-256: its name in DER, and what tells it when it is written out in numbers instead: prime, both coefficients,
# order, and the first coordinate of its base point (SEC 2, section 2.4.2).
P256_NAME = bytes.fromhex("06082a8648ce3d030107")
P256_NUMBERS = tuple(
    bytes.fromhex(number)
    for number in (
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    )
)
DER_OCTETS, DER_SEQUENCE, DER_PUBLIC_KEY = 0x04, 0x30, 0xA1


class SecretAlgorithm(HMACAlgorithm):
    """HS256 with a secret of any length: the vendor makes it, and a warning would stand in the war room."""

    def check_key_length(self, key: bytes) -> None:
        return None


JWS = PyJWS(algorithms=["ES256"])
JWS.register_algorithm("HS256", SecretAlgorithm(SecretAlgorithm.SHA256))


@dataclass(frozen=True)
class SigningKey:
    """What signs: the JOSE algorithm, and the key as PyJWT takes it."""

    alg: str
    key: Any = field(repr=False)


def symmetric_key(secret: str) -> SigningKey:
    """The key of a symmetric token: the UTF-8 bytes of the secret as the console shows it, not decoded.

    Raises:
        ArgumentError: It is a key of another kind.
    """
    try:
        return SigningKey("HS256", JWS.get_algorithm_by_name("HS256").prepare_key(secret.encode("utf-8")))
    except (InvalidKeyError, UnicodeError):
        problem = "it is no secret, but perhaps a key or a certificate. Enter the secret as the console has shown it."
        raise ArgumentError("Secret Key", problem) from None


def asymmetric_key(text: str) -> SigningKey:
    """The key of an asymmetric token, from a PKCS#8 or SEC1 PEM whose line breaks may have been lost.

    Raises:
        ArgumentError: No unencrypted private key on the curve prime256v1 is in the text, or more than one.
    """
    blocks = re.findall(PEM_BLOCK, as_seen(text))
    bodies = {re.sub(r"\\+[rn]|\s", "", body) for label, body in blocks if label in PRIVATE_LABELS}
    if not bodies:
        found = f"holds a {' and a '.join(label for label, _ in blocks)}" if blocks else "is not a PEM"
        hint = DECRYPT_HINT if "ENCRYPTED" in found else KEY_EXAMPLE_HINT
        raise ArgumentError("Private key", f"the text {found}; an unencrypted private key is needed. {hint}")
    if len(bodies) > 1:
        raise ArgumentError("Private key", f"the text holds {len(bodies)} private keys; give the one of this token.")
    body = bodies.pop()
    if "Proc-Type" in body:
        raise ArgumentError("Private key", f"the PEM is encrypted; an unencrypted private key is needed. {DECRYPT_HINT}")
    try:
        key = read_der_key(base64.b64decode(body, validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ArgumentError("Private key", f"the PEM is damaged or encrypted. {KEY_EXAMPLE_HINT}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != ec.SECP256R1.name:
        raise ArgumentError("Private key", f"Absolute takes keys on the curve prime256v1 (P-256) only. {KEY_EXAMPLE_HINT}")
    return SigningKey("ES256", key)


def read_der_key(content: bytes) -> Any:
    """A private key that openssl reads. Raises: ValueError, TypeError, UnsupportedAlgorithm."""
    try:
        return load_der_private_key(content, password=None)
    except (ValueError, UnsupportedAlgorithm):
        # cryptography wants the private value in 32 bytes, though some writers leave out leading zeros, and a base point
        # in numbers uncompressed.
        if P256_NAME in content or all(number in content for number in P256_NUMBERS):
            return derived_key(content)
        raise


def derived_key(content: bytes) -> ec.EllipticCurvePrivateKey:
    """The key of the private value in an ECPrivateKey (RFC 5915), which may lie in a PrivateKeyInfo (RFC 5208), on P-256.

    Raises:
        ValueError: There is none, or it does not belong to the public key beside it.
    """
    [(_, key_info)] = der_parts(content)
    parts = der_parts(key_info)
    if len(parts) > 2 and parts[1][0] == DER_SEQUENCE:
        [(_, ec_key)] = der_parts(parts[2][1])
        parts = der_parts(ec_key)
    if len(parts) < 2 or parts[1][0] != DER_OCTETS:
        raise ValueError("no private value")
    key = ec.derive_private_key(int.from_bytes(parts[1][1]), ec.SECP256R1())
    forms = (PublicFormat.UncompressedPoint, PublicFormat.CompressedPoint)
    points = [key.public_key().public_bytes(Encoding.X962, form) for form in forms]
    if any(tag == DER_PUBLIC_KEY and not public.endswith(tuple(points)) for tag, public in parts):
        raise ValueError("another public key")
    return key


def der_parts(content: bytes) -> list[tuple[int, bytes]]:
    """Tag and content of each element (X.690, section 8.1). Raises: ValueError when one is cut off."""
    parts = []
    while content:
        tag, length = content[:2]
        start = 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(content[2:start])
        if len(content) < start + length:
            raise ValueError("cut off")
        parts.append((tag, content[start : start + length]))
        content = content[start + length :]
    return parts


def signing_key(secret: str, private_key: str) -> SigningKey:
    """Choose the key: a private key wins; a PEM in the secret is recognised.

    Raises:
        ArgumentError: Neither is given, or what is given cannot be used.
    """
    if private_key.strip():
        return asymmetric_key(private_key)
    if "-----BEGIN" in secret:
        return asymmetric_key(secret)
    if not secret.strip():
        raise ArgumentError(
            "Secret Key", "it is empty. Enter the secret of a symmetric API token, or the private key of an asymmetric one."
        )
    return symmetric_key(secret.strip())


def build_jws(key: SigningKey, token_id: str, method: str, path: str, query: str, body: Any | None, issued_at_ms: int) -> str:
    """The compact JWS that carries one API call (vendor's guide "JSON Web Signature"; RFC 7515 section 7.1).

    Args:
        path: With the /v3 prefix, percent-encoded, without host and query.
        query: Percent-encoded, without the question mark.
        body: None for no body, otherwise what is sent as `data`.
        issued_at_ms: UNIX time in milliseconds, UTC.
    """
    # In the order of the vendor's document, which knows no `typ`.
    header = {
        "typ": None,
        "kid": token_id,
        "method": method,
        "content-type": "application/json",
        "uri": path,
        "query-string": query,
        "issuedAt": issued_at_ms,
    }
    payload = json.dumps({} if body is None else {"data": body}, separators=(",", ":"), ensure_ascii=False)
    return JWS.encode(payload.encode("utf-8"), key.key, algorithm=key.alg, headers=header, sort_headers=False)


# endregion


# region Pure functions: queries
Params = Sequence[tuple[str, str]]


def encode_query(params: Params) -> str:
    return "&".join(f"{name}={percent_encoded(value)}" for name, value in params)


def percent_encoded(text: str) -> str:
    """As the vendor's examples do it: everything but unreserved characters and parentheses."""
    return quote(text, safe="()")


# Fields whose values stand without quotes in filter expressions.
BOOLEANS = frozenset({"isStolen"})


class Term(NamedTuple):
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
        quote_mark = "" if self.api_field in BOOLEANS else "'"
        return f"{self.name} eq {quote_mark}{self.text}{quote_mark}"

    def matches(self, record: Mapping[str, Any]) -> bool:
        have, want = folded(record, self.path), self.text.casefold()
        if isinstance(record.get(self.path), list):
            return any(str(item).casefold() == want for item in record[self.path])
        if not have:
            return False
        if self.suffix in ("FromInclusive", "ToInclusive"):
            moment, bound = (parse_utc(text.upper()) or EARLIEST for text in (have, self.text))
            return moment >= bound if self.suffix == "FromInclusive" else moment <= bound
        tests = {"": have == want, "StartsWith": have.startswith(want), "EndsWith": have.endswith(want), "Contains": want in have}
        return tests[self.suffix]


def folded(record: Mapping[str, Any], path: str) -> str:
    """A value of a record for comparison without regard to case; empty when it has none."""
    return str(dict_safe_get(record, path.split(".")) or "").casefold()


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


class Query(NamedTuple):
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
        if all(term.quotable for term in other.terms) and 2 * len(percent_encoded(longer)) <= max_characters:
            fixed = longer
    room = max_characters - len(percent_encoded(f"() and {fixed}"))
    batches = batch_terms([term for term in driver.terms if term.quotable], room)
    return simple + [
        Query((("filter", " and ".join(part for part in (replace(driver, terms=tuple(b)).expression(), fixed) if part)),), True)
        for b in batches
    ]


def batch_terms(terms: Sequence[Term], max_characters: int) -> list[list[Term]]:
    """Cut terms into as few runs as fit; a single term is never cut."""
    batches: list[list[Term]] = []
    used = max_characters  # the first term begins the first run
    for term in terms:
        size = len(percent_encoded(f"{term.expression()} or "))
        if used + size > max_characters:
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


# region Pure functions: secrets and waiting
def pause(seconds: float) -> bool:
    """Wait; False, and at once, when the platform would end the command before the time has passed."""
    try:
        safe_sleep(seconds)
    except ValueError:
        return False
    return True


SCALARS = (str, int, float, type(None))


def redact(value: Any) -> Any:
    """The value without passcodes, their salts and hashes, and Mac passwords, at any depth."""
    if isinstance(value, SCALARS):  # the most of a list, which can be very long: told at once
        return value
    if isinstance(value, Mapping):
        if str(value.get("key") or "").casefold() in SECRET_FIELDS:
            return {name: redact(inner) for name, inner in value.items() if name != "extra"}
        return {
            name: inner if isinstance(inner, SCALARS) else redact(inner)
            for name, inner in value.items()
            if str(name).casefold() not in SECRET_FIELDS
        }
    if isinstance(value, list | tuple):
        return [redact(inner) for inner in value]
    return value


def is_secret(name: Any) -> bool:
    return SECRET_NAME.fullmatch(str(name)) is not None


def mask_secrets(value: Any) -> Any:
    """The value with asterisks in place of everything that may be a secret, at any depth."""
    if isinstance(value, Mapping):
        paired = any(is_secret(value.get(name)) for name in NAMING_MEMBERS)
        return {
            name: mask(inner) if is_secret(name) or (paired and name not in NAMING_MEMBERS) else mask_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_secrets(inner) for inner in value]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(value)
            masked = mask_secrets(inner)
            return value if masked == inner else json.dumps(masked, ensure_ascii=False)
        except ValueError:
            return value
        except RecursionError:  # too deep to be looked into
            return MASK
    return value


def mask(value: Any) -> Any:
    """Asterisks; what says only whether there is a secret stays."""
    return value if value is None or isinstance(value, bool) else MASK


def secret_values(value: Any) -> list[str]:
    """The secrets in a body or in parameters, so that whatever repeats them can be masked."""
    if isinstance(value, list | tuple):
        return [secret for inner in value for secret in secret_values(inner)]
    if not isinstance(value, Mapping):
        return []
    own = [str(inner) for name, inner in value.items() if is_secret(name) and isinstance(inner, str | int) and inner]
    return own + [secret for inner in value.values() for secret in secret_values(inner)]


# endregion


# region Operations, and errors in words
class Operation(NamedTuple):
    """One operation of the API.

    Attributes:
        purpose: What it does, to complete "could not …" in an error.
        permission: The console permission a token needs for it.
        idempotent: Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2).
        answers: What `data` of a success is: a list of objects, one object (dict), anything (object), or no body (None).
        files: The kinds of files that the body may be instead of JSON.
        bare: Whether the body may lack the envelope `data`, as the document shows some.
        seen_with: What shows whether a change was carried out.
        reads_by_post: Whether it only reads, though it is a POST: the lists of actions take their devices in a body.
    """

    method: str
    path: str
    purpose: str
    permission: str
    idempotent: bool = True
    answers: type | None = list
    files: tuple[str, ...] = ()
    bare: bool = False
    seen_with: str = "absolute-device-get"
    reads_by_post: bool = False

    @property
    def changes(self) -> bool:
        return self.method != "GET" and not self.reads_by_post


def creating(path: str, purpose: str, permission: str, seen_with: str) -> Operation:
    """A POST that must not be sent twice, and answers with an object."""
    return Operation("POST", path, purpose, permission, idempotent=False, answers=dict, seen_with=seen_with)


GET_DEVICES = Operation("GET", "/v3/reporting/devices", "read devices", "View Device reports")
GET_DEVICES_ADVANCED = Operation("GET", "/v3/reporting/devices-advanced", "read devices", "View Device reports")
GET_COMPLIANCE = Operation("GET", "/v3/reporting/devices/compliance", "read the compliance report", "View Device reports")
CREATE_FREEZE = Operation("POST", "/v3/actions/requests/freeze", "freeze devices", "Perform Freeze Device", False, dict)
REMOVE_FREEZE = Operation("POST", "/v3/actions/freeze/remove-freeze", "unfreeze devices", "Perform Freeze Device", False, None)
GET_FREEZE = Operation(
    "GET", "/v3/actions/freeze/requests/{}", "read a freeze request", "Perform Freeze Device and Perform Remove Freeze"
)
GET_APPLICATIONS = Operation("GET", "/v3/reporting/applications", "read installed software", "View Software reports")
GET_APPLICATIONS_ADVANCED = GET_APPLICATIONS._replace(path="/v3/reporting/applications-advanced")  # disable-secrets-detection
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
    None,
    seen_with="absolute-custom-device-field-list",
)
LIST_MISSING = Operation("GET", "/v3/tracking/device-missing/missing", "read missing devices", "View Missing Device")
REPORT_MISSING = creating(
    "/v3/tracking/device-missing/missing", "report devices missing", "Manage Missing Device", "absolute-device-missing-list"
)
REPORT_FOUND = REPORT_MISSING._replace(path="/v3/tracking/device-missing/found", purpose="report devices found")
LIST_TEMPLATES = Operation("GET", "/v3/actions/eum/messages", "read message templates", "View Send Message")
LIST_SCRIPTS = Operation("GET", "/v3/actions/reach/scripts", "read scripts", "Run Reach Script")
LIST_DEVICE_GROUPS = Operation("GET", "/v3/configurations/device-groups/groups", "read device groups", "none")
LIST_GROUPS_OF_DEVICE = Operation(
    "GET", "/v3/configurations/device-groups/devices/{}/groups", "read the groups of a device", "none"
)
GET_MATCHES = Operation(
    "GET", "/v3/reporting/edd-matchdetail/devices/{}", "read regulated data", "View Endpoint Data Discovery", bare=True
)
GET_SCANS = GET_MATCHES._replace(
    path="/v3/reporting/edd-summary",  # disable-secrets-detection
    purpose="read scans for regulated data",
)
GET_DATA_POINTS = Operation(
    "GET", "/v3/configurations/custom-data-collector/datapoints/devices/{}", "read data points", "none", answers=dict
)
LIST_LICENSES = Operation("GET", "/v3/reporting/licenses", "read licences", "View Licenses")
GET_SCRIPT = Operation("GET", "/v3/actions/reach/scripts/{}", "read a script", "Run Reach Script", answers=dict)
GET_SCRIPT_CONTENT = GET_SCRIPT._replace(path="/v3/actions/reach/scripts/{}/content", answers=object, files=("ZIP",))
GET_SCRIPT_CONFIGURATION = Operation(
    "GET", "/v3/actions/requests/reach/{}/configuration", "read what a script ran with", "Run Reach Script", answers=dict
)
CANCEL_SCRIPTS = Operation(
    "POST",
    "/v3/actions/reach/cancel-actions",
    "cancel scripts",
    "Run Reach Script",
    answers=None,
    seen_with="absolute-script-actions-list",
)
MOVE_DEVICES = Operation(
    "POST",
    "/v3/configurations/policy-groups/move-devices",  # disable-secrets-detection
    "move devices to a policy group",
    "Manage Policies",
    False,
    None,
)
GET_MOVE = Operation(
    "GET", f"{MOVE_DEVICES.path}/{{}}", "read a move between policy groups", MOVE_DEVICES.permission, answers=dict
)
LIST_POLICY_GROUPS = Operation("GET", "/v3/configurations/policy-groups", "read policy groups", "View Policies")
ACTIVATE_POLICY = Operation(
    "PUT",
    "/v3/configurations/policy-groups/{}/policies/{}/activate",
    "activate a policy",
    "Manage Policies",
    answers=None,
    seen_with="absolute-policy-group-list",
)
DEACTIVATE_POLICY = ACTIVATE_POLICY._replace(
    path="/v3/configurations/policy-groups/{}/policies/{}/deactivate", purpose="deactivate a policy"
)
CREATE_DEVICE_GROUP = creating(
    "/v3/configurations/devicegrouptree/nodes",  # disable-secrets-detection
    "create a device group",
    "Manage Device Groups and folders",
    "absolute-device-group-list",
)
LIST_PLAYBOOK_TEMPLATES = Operation("GET", "/v3/actions/playbook/templates", "read playbook templates", "View Run playbooks")
RUN_PLAYBOOK = creating("/v3/actions/requests/playbook", "run a playbook", "Perform Run playbooks", "the console")
MANAGE_SUPERVISOR_PASSWORD = creating(
    "/v3/actions/requests/rsvp", "manage supervisor passwords", "Manage Manage Supervisor Password", "the console"
)
GET_SIEM_EVENTS = Operation("GET", "/v3/reporting/siem-events", "read events", "Manage SIEM integration")
LIST_MESSAGES = Operation("GET", "/v3/actions/freeze/messages", "read freeze messages", "View Freeze Device")
GET_MESSAGE = Operation("GET", "/v3/actions/freeze/messages/{}", "read a freeze message", "View Freeze Device", answers=dict)
CREATE_MESSAGE = creating(
    "/v3/actions/freeze/messages", "create a freeze message", "View Freeze Device", "absolute-device-freeze-message-list"
)
UPDATE_MESSAGE = Operation(
    "PUT",
    "/v3/actions/freeze/messages/{}",
    "change a freeze message",
    "View Freeze Device",
    answers=None,
    seen_with="absolute-device-freeze-message-list",
)
DELETE_MESSAGE = UPDATE_MESSAGE._replace(method="DELETE", purpose="delete a freeze message")


class ActionKind(NamedTuple):
    """A kind of device action: request, actions and cancel are the same for all (vendor's "Device Actions").

    Attributes:
        slug: Its part of the API's paths.
        purpose: What it does, to complete "could not …".
        view: Permission to read requests and actions. `perform`: permission to create and cancel.
        done: The verdict of a device on which it was carried out.
        context: What its paths in the context begin with, after `Absolute.`.
        last_statuses: The values of `actionStatus` that not every kind has.
        devices_per_look: How many devices one get-actions call takes; 0 when it takes none and answers all.
    """

    slug: str
    purpose: str
    view: str
    perform: str
    done: str
    context: str
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
        return creating(f"/v3/actions/requests/{self.slug}", self.purpose, self.perform, f"absolute-{self.noun}-request-list")

    @property
    def requests(self) -> Operation:
        return Operation("GET", f"/v3/actions/requests/{self.slug}", f"read requests to {self.purpose}", self.view)

    @property
    def request(self) -> Operation:
        path = f"/v3/actions/requests/{self.slug}/{{}}"
        return Operation("GET", path, f"read a request to {self.purpose}", self.view, answers=dict)

    @property
    def all_actions(self) -> Operation:
        path, purpose = f"/v3/actions/{self.slug}/get-actions", f"read what became of requests to {self.purpose}"
        return Operation("POST", path, purpose, self.view, reads_by_post=True)

    @property
    def actions(self) -> Operation:
        return self.all_actions._replace(path=f"/v3/actions/{self.slug}/get-actions/{{}}")

    @property
    def cancel(self) -> Operation:
        path = f"/v3/actions/{self.slug}/cancel-actions/{{}}"
        purpose = f"cancel a request to {self.purpose}"
        return Operation("POST", path, purpose, self.perform, answers=None, seen_with=f"absolute-{self.noun}-actions-list")

    @property
    def request_prefix(self) -> str:
        """Context of a request."""
        return f"Absolute.{self.context}{'' if self.slug == 'unenroll' else 'Request'}"

    @property
    def certificate(self) -> Operation:
        path = f"/v3/actions/{self.slug}/certificates/{{}}/{{}}"
        return Operation("GET", path, "read a certificate of sanitization", self.view, answers=object, files=("PDF",))


UNENROLL = ActionKind(
    "unenroll",
    "unenroll devices",
    "View Unenroll Device and Perform Unenroll Device",
    "Perform Unenroll Device",
    "unenrolled",
    "DeviceUnenroll",
    ("Completed", "Ineligible"),
)
WIPE = ActionKind("wipe", "wipe devices", "View Wipe Device", "Perform Wipe Device", "wiped", "Wipe", ("Succeeded",))
FILE_DELETE = ActionKind(
    "file-delete", "delete files", "View Delete File", "Perform Delete File", "deleted", "FileDelete", ("Completed",)
)
MESSAGE = ActionKind(
    "eum", "send messages", "View Send Message", "Manage Send Message", "delivered", "Message", ("Ready", "Completed")
)
SCRIPT = ActionKind("reach", "run scripts", "Run Reach Script", "Run Reach Script", "executed", "Script", ("Succeeded",), 100)
KINDS = (UNENROLL, WIPE, FILE_DELETE, MESSAGE, SCRIPT)


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


def read_error(response: requests.Response, content: bytes, operation: Operation, host: str) -> ApiError:
    """Turn an error answer into words: what happened, what it concerns, what to do next."""
    # An HTTP date is told by the clock of who answers.
    now = parse_http_date(response.headers.get("Date"))
    status, retry_after = response.status_code, parse_retry_after(response.headers.get("Retry-After"), now)
    body = read_json(content)
    if not isinstance(body, dict) or not (body.get("code") or body.get("message")):
        return ApiError(explain_foreign_answer(status, operation, host), status, retry_after=retry_after)
    code = SECRETS.masked(str(body.get("code") or ""))[:MAX_ECHO]
    # Before it is cut: of a secret that is cut off a part would be left.
    said = SECRETS.masked(error_text(body))[:500]
    said = f" ({said})" if said else ""
    advice = {
        400: "The API did not accept the request.",
        403: (
            f'The API token lacks the permission "{operation.permission}", or the licence or device group that it needs. '
            "The permissions of a token cannot be changed: create a new token with this permission. absolute-license-list shows "
            "the licences."
        ),
        404: "There is no such object, or the token may not see it.",
        409: "The request conflicts with the current state: read it again, then decide.",
        429: (
            "The account's limit of 20 requests per second was exceeded (all integrations of the account share it)."
            + (f" Absolute asks to wait {retry_after:.0f} seconds." if retry_after else "")
        ),
    }.get(status, "The service has a problem. Try again later.")
    kind = MissingPermissionError if status == 403 and code else ApiError
    return kind(f"Could not {operation.purpose}: {advice} Answer: {status} {code}{said}", status, code, retry_after)


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
    """The JSON of an answer without known secrets, None when it is none. It is UTF-8 whatever its header says (RFC 8259, 8.1)."""
    try:
        return SECRETS.masked_json(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def read_answer(response: requests.Response, content: bytes, operation: Operation, host: str) -> Any:
    """What a successful answer holds: an object, a file, or None where the API answers nothing.

    204 to the reading of a list is a list without rows, as the existing pack takes it; not where the document has no list.

    Raises:
        TransportError: It is not the API's, was cut off, or has another shape than the document says.
    """
    problem = f"Could not {operation.purpose}: the answer of {host}"
    if operation.answers is None and not content.strip():
        if response.status_code == 200:
            raise TransportError(f"{problem} was empty, which is not the API's way.", sent=True)
        return None
    if content.startswith(tuple(FILES[kind] for kind in operation.files)):
        return content
    if operation.files and not operation.bare:
        raise TransportError(f"{problem} is not a {' or '.join(operation.files)}.", sent=True)
    if response.status_code == 204 and (operation.answers is object or (operation.answers is list and not operation.bare)):
        return {"data": []}
    answer = read_json(content)
    # Without envelope an empty list or object may as well be somebody else's.
    bare_rows = isinstance(answer, list) and answer
    bare_object = isinstance(answer, dict) and (answer or operation.answers is list) and not {"data", "code"} & answer.keys()
    if operation.bare and (bare_rows or bare_object):
        return {"data": answer}
    if not isinstance(answer, dict):
        raise TransportError(f"{problem} was cut off or is not JSON.", sent=True)
    return answer


def is_foreign(answer: Mapping[str, Any], operation: Operation) -> bool:
    """Whether an answer with a status of success is an error all the same, or has no envelope: not the API's, which it has where
    it answers anything."""
    if answer.get("code") and not answer.get("data"):
        return True
    return not {"data", "metadata"} & answer.keys() and bool(operation.answers or answer)


def check_shape(answer: Any, operation: Operation, host: str) -> None:
    """Whoever asks for rows or for an object gets these or an error: what is misshapen is not the same as nothing.

    Raises:
        TransportError: `data` is not what the document says, or what stands for the next page is none.
    """
    if operation.answers not in (list, dict):
        return
    data, problem = answer.get("data"), f"Could not {operation.purpose}: the answer of {host}"
    if operation.answers is dict and not (data and isinstance(data, dict)):
        raise TransportError(f'{problem} has no object under "data", where the API has one.', sent=True)
    rows = [data] if operation.bare and isinstance(data, dict) and data else data
    if operation.answers is list and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise TransportError(f'{problem} has no list of objects under "data": that is not the same as an empty one.', sent=True)
    metadata = answer.get("metadata") or {}
    pagination = (metadata.get("pagination") or {}) if isinstance(metadata, dict) else None
    if not isinstance(pagination, dict) or not isinstance(pagination.get("nextPage") or "", str | int):
        raise TransportError(f"{problem} does not say whether there is another page.", sent=True)


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
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


BAD_CERTIFICATE = (ssl.SSLCertVerificationError, urllib3.util.ssl_match_hostname.CertificateError)
REFUSED_TUNNEL = r"Tunnel connection failed: (\d{3})"
TIMEOUTS = (TimeoutError, urllib3.exceptions.TimeoutError, requests.exceptions.Timeout)
PROXY_ADVICE = {
    403: "It does not let this address through: have it allowed there.",
    407: "It wants other credentials than those in the proxy variables of the environment.",
}


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and the errors that it was made of, as requests, urllib3 and the platform wrap them.

    Not their `__context__`: that may be an error of an earlier call, which was being dealt with when this one was made.
    """
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            inner = (one.__cause__, getattr(one, "reason", None), *one.args)
            waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def transport_error(cause: BaseException, purpose: str, host: str, timeout: float, proxied: bool = False) -> TransportError:
    """Say in plain words why no answer came, and whether the request may have arrived.

    The names of errors prove nothing: a ProxyError comes after the whole request went through, and a ConnectionError when
    nothing was sent. That nothing was sent is known of a connection that did not come about (see `Connection`).
    """
    chain = list(causes(cause))
    if any(hasattr(one, NOTHING_SENT) for one in chain):
        said, passing = why_not_connected(chain, host, timeout, proxied)
        return TransportError(f"Could not {purpose}: {said}", sent=False, passing=passing)
    through = " The request went through the system proxy." if proxied else ""
    return TransportError(f"Could not {purpose}: {why_not_answered(chain, host, timeout)}{through}", sent=True)


def why_not_connected(chain: Sequence[BaseException], host: str, timeout: float, proxied: bool) -> tuple[str, bool]:
    """Why no connection came about, and whether the next attempt may fare better."""

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    way = f"{host} through the system proxy" if proxied else host
    if among(*BAD_CERTIFICATE):
        return (
            f"the certificate of {host} could not be verified. If a proxy inspects TLS, make its CA known to XSOAR; "
            "'Trust any certificate' switches the check off.",
            False,
        )
    if refused := re.search(REFUSED_TUNNEL, " ".join(str(one) for one in chain)):
        status = int(refused[1])
        advice = PROXY_ADVICE.get(status, "Check the proxy itself.")
        return f"the system proxy did not let the request through to {host} ({status}). {advice}", status >= 500
    if among(urllib3.exceptions.ProxyError):
        advice = "Check 'Use system proxy settings' and the proxy itself."
        return f"the system proxy did not let the request through: it could not be reached. {advice}", True
    if among(urllib3.exceptions.NameResolutionError):
        return f"the name {host} could not be resolved. Check DNS and the Server URL.", True
    # Before time-outs: to urllib3 it is one of them.
    if among(urllib3.exceptions.NewConnectionError):
        return f"{host} could not be reached.", True
    if among(*TIMEOUTS):
        return f"{way} did not accept a connection within {timeout:.0f} seconds. Check firewall, proxy and region.", True
    return f"the connection to {way} broke while it was made.", True


def why_not_answered(chain: Sequence[BaseException], host: str, timeout: float) -> str:
    """What became of a connection that stood, when the request may have arrived. The next attempt may fare better."""
    if any(isinstance(one, TIMEOUTS) for one in chain):
        return f"{host} did not answer within {timeout:.0f} seconds."
    return f"the connection to {host} broke before the answer was complete."


def outcome_of_status(status: int) -> str:
    """What the platform's ExecutionMetrics call the outcome of an answered call."""
    named = {401: "auth_error", 403: "auth_error", 429: "quota_error"}
    if status // 100 == 2:
        return "success"
    return named.get(status) or ("service_error" if status >= 500 else "general_error")


def outcome_of_failure(cause: BaseException) -> str:
    """The same for a call without an answer."""
    kinds: dict[str, tuple[type[BaseException], ...]] = {
        "ssl_error": (requests.exceptions.SSLError,),
        "proxy_error": (requests.exceptions.ProxyError,),
        "connection_error": (urllib3.exceptions.NewConnectionError,),
        "timeout_error": TIMEOUTS,
    }
    chain = list(causes(cause))
    return next((name for name, kind in kinds.items() if any(isinstance(one, kind) for one in chain)), "connection_error")


# endregion


# region Connections: how a call goes out
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


class TimeLeft(urllib3.Timeout):
    """The time-outs of one attempt: each step of it (tunnel, handshake, answer) gets what those before have left.

    `sent` is called when the request has gone out, tunnel and handshake being made: urllib3 asks for the next time-out then.
    """

    def __init__(self, deadline: Deadline, sent: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._deadline = deadline
        self._sent = sent

    def clone(self) -> "TimeLeft":
        return self

    def start_connect(self) -> float:
        return 0.0

    @property
    def connect_timeout(self) -> float:
        return max(self._deadline.left(), 0.001)

    @property
    def read_timeout(self) -> float:
        self._sent()
        return max(self._deadline.left(), 0.0)


class WholeAnswer(http.client.HTTPResponse):
    """An answer whose time-out is for the whole of it: that of a socket is for each piece, and an answer may drip.

    What is informational (1xx) is none yet (RFC 9110 section 15.2). To http.client it is, and the answer proper, which follows,
    would be taken for that to the next request.
    """

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(PiecesInTime(self.fp.detach(), sock))

    def begin(self) -> None:
        super().begin()
        while self.status in range(102, 200):
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        # Nobody asked for another protocol, and what comes in it is no answer to anything.
        self.will_close = self.will_close or self.status == http.HTTPStatus.SWITCHING_PROTOCOLS


class PiecesInTime(io.RawIOBase):
    """What a socket receives until its time-out has passed in all. Raises: TimeoutError."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = Deadline(sock.gettimeout())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.left()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


NOTHING_SENT = "nothing_sent"


class Connection:
    """Mixed into the connections of urllib3. Tunnel and handshake are made before the first byte of a request is sent: what
    fails then is marked with NOTHING_SENT, and nothing else is."""

    response_class = WholeAnswer
    sock: Any
    timeout: Any

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except Exception as error:
            setattr(error, NOTHING_SENT, True)
            raise

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            # What was left for the last answer is not the time for this request.
            self.sock.settimeout(self.timeout)
        super().request(*args, **options)  # type: ignore[misc]


def with_own_connections(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Classes of connection pools by scheme, whose connections are `Connection`s too."""

    def own(pool: Any) -> Any:
        return type(pool.__name__, (pool,), {"ConnectionCls": type("Connection", (Connection, pool.ConnectionCls), {})})

    return {scheme: own(pool) for scheme, pool in pools.items()}


class ApiAdapter(requests.adapters.HTTPAdapter):
    """Makes the connections. Where no certificate is checked, old forms of TLS are taken too, as the platform does."""

    def __init__(self, verify: bool) -> None:
        self._tls = {} if verify else {"ssl_context": SSLAdapter(verify=False).context}
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, **self._tls)
        self.poolmanager.pool_classes_by_scheme = with_own_connections(self.poolmanager.pool_classes_by_scheme)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options, **self._tls)
        if not known:
            manager.pool_classes_by_scheme = with_own_connections(manager.pool_classes_by_scheme)
        return manager


class ApiSession(requests.Session):
    """Goes out as was decided when it was made: what the environment says later (proxies, bundles, .netrc) does not count."""

    def __init__(self, proxy: str, verify: bool) -> None:
        super().__init__()
        self.trust_env = False
        self.proxies = {"all": proxy} if proxy else {}
        for scheme in ("http", "https"):
            self.mount(f"{scheme}://", ApiAdapter(verify))

    def get_redirect_target(self, response: Any) -> None:
        """Of a redirect that is not followed requests reads the address all the same, and fails when it is none."""


def system_proxy(base_url: str) -> str:
    """The proxy of the environment for an address, as requests finds it (NO_PROXY included); empty for none.

    Raises:
        ArgumentError: It cannot be used.
    """
    proxies = requests.utils.get_environ_proxies(base_url, no_proxy=no_proxy(base_url))
    proxy = requests.utils.select_proxy(base_url, proxies)
    if not proxy:
        return ""
    try:
        proxy = requests.utils.prepend_scheme_if_needed(proxy, "http")
        ApiAdapter(verify=True).proxy_manager_for(proxy)
    except (ValueError, requests.exceptions.RequestException):
        # Not the text of the error: it may hold a password.
        problem = "the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) cannot be used."
        raise ArgumentError("Use system proxy settings", problem) from None
    return proxy


def no_proxy(base_url: str) -> str:
    """NO_PROXY as other programs read it too: requests knows neither `*.example.com` nor, without the port in the address,
    `example.com:443`."""
    address = urlsplit(base_url)
    port = address.port or {"http": 80, "https": 443}[address.scheme]
    typed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return re.sub(rf"(?<![^,])\*(?=\.)|(?<=[^:,]):{port}(?![^,])", "", typed.replace(" ", ""))


def proxy_secrets() -> list[str]:
    """The credentials of all proxies that the environment names: as they stand there, and as they are sent."""
    addresses = [value for name, value in os.environ.items() if name.lower().endswith("_proxy") and "@" in value]
    written = [address.rpartition("@")[0].rpartition("//")[2] for address in addresses]
    pairs = {form for pair in written for form in (pair, unquote(pair))}
    return [*pairs, *(pair.partition(":")[2] for pair in pairs)]


def trusted_certificates(verify: bool) -> bool | str:
    """What certificates are checked with: the bundle that the environment names, True for certifi's, False for nothing.

    Raises:
        ArgumentError: The bundle is not there.
    """
    if not verify:
        return False
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    name, bundle = next(((name, os.environ[name]) for name in names if os.environ.get(name)), ("", ""))
    if bundle and not Path(bundle).exists():
        raise ArgumentError(name, f'the environment names "{bundle}" for certificates, which is not there.')
    return bundle or True


@contextmanager
def environment_put_back() -> Iterator[None]:
    """Around what the platform does with a `BaseClient`, which deletes proxies and bundles from the environment of the
    whole process, and fails at `REQUESTS_TIMEOUT=60=`, a form that its own comment names as the server's."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("REQUESTS_TIMEOUT"):
            seconds = before[name].rstrip("=")
            os.environ[name] = seconds if re.fullmatch(r"\d+(\.\d+)?", seconds) else ""
    try:
        yield
    finally:
        for name, value in before.items():
            if os.environ.get(name) != value:
                os.environ[name] = value


# endregion


# region Client
class Report(NamedTuple):
    """A report of the API: both its endpoints, its largest useful page, and what tells two rows apart."""

    simple: Operation
    advanced: Operation
    page_size: int
    key: tuple[str, ...]


DEVICES = Report(GET_DEVICES, GET_DEVICES_ADVANCED, DEVICE_PAGE_SIZE, ("deviceUid",))
APPLICATIONS = Report(GET_APPLICATIONS, GET_APPLICATIONS_ADVANCED, 1000, ("deviceUid", "deviceAppId", "appId"))


class Turn:
    """When a call goes out, by the clock of its pacer."""

    def __init__(self, at: float) -> None:
        self.at = at


class Pacer:
    """Lets no more than `calls` through within any `seconds`, from however many threads. The clock is injected.

    Others may use the account's limit too, which only a refusal tells: from then on no more calls go through than the limit took
    just before, and one more each RAISE_SECONDS.
    """

    def __init__(self, calls: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = self._share = calls
        self._seconds = seconds
        self._clock = clock
        self._turns: list[Turn] = []
        self._held_until = self._raised = 0.0
        self._lock = Lock()

    def slow_down(self, calls: int) -> None:
        """Let no more than so many through from now on, those counted that have just gone."""
        with self._lock:
            self._calls = min(self._calls, calls)
            self._share = min(self._share, calls)

    def refused(self, turn: Turn, seconds: float) -> None:
        """The call of this turn was one too many, and nobody shall go through for so long: the limit holds for every call."""
        with self._lock:
            taken = sum(turn.at - self._seconds < other.at <= turn.at for other in self._turns if other is not turn)
            self._share = min(self._share, max(taken, LEAST_CALLS))
            self._held_until = self._raised = max(self._held_until, self._clock() + seconds)

    def turn(self) -> tuple[Turn, float]:
        """Take the next turn, and the seconds until it comes."""
        with self._lock:
            now = self._clock()
            raises = max(int((now - self._raised) / RAISE_SECONDS), 0)
            self._share, self._raised = min(self._share + raises, self._calls), self._raised + raises * RAISE_SECONDS
            self._turns.sort(key=attrgetter("at"))
            # In the order of time; the one so many places before must have gone long enough before.
            earlier = self._turns[-self._share].at + self._seconds if len(self._turns) >= self._share else now
            turn = Turn(max(now, self._held_until, earlier))
            self._turns = [*self._turns, turn][-self._calls :]
        return turn, turn.at - now

    def begin(self, turn: Turn) -> None:
        """The call of this turn has gone out now, which is later when its thread had to wait for others, or its connection to be
        made: that is what counts."""
        with self._lock:
            turn.at = max(turn.at, self._clock())

    def given_back(self, turn: Turn) -> bool:
        """Whether another call was refused while this turn was waited for: then it has to be taken anew."""
        with self._lock:
            if max(turn.at, self._clock()) >= self._held_until:
                return False
            self._turns = [other for other in self._turns if other is not turn]
        return True


class Client(BaseClient):
    """The Absolute API v3, raw data back. Knows nothing of war room and context.

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
        read_only: bool = False,
    ) -> None:
        with environment_put_back():
            super().__init__(base_url=base_url, verify=verify, proxy=proxy, timeout=timeout)
        # The platform's session asks the environment at each request, and its time-out is that of the environment.
        self._verify = trusted_certificates(verify)
        self.proxy = system_proxy(base_url) if proxy else ""
        self._session = ApiSession(self.proxy, verify)
        self.timeout = timeout
        self.host = urlsplit(base_url).hostname or base_url
        self.token_id = token_id
        self.key = key
        self.skew_seconds = 0.0
        self.clock_known = False
        self.answered = False
        self.rate_remaining = ""
        self.calls = 0
        self.read_only = read_only
        self.large_pages_refused = False
        self.pacer = Pacer(CALLS_PER_SECOND, PACE_SECONDS)
        self.outcomes = ExecutionMetrics()
        self._counting = Lock()

    def call(self, operation: Operation, *path_values: str, params: Params = (), body: Any | None = None) -> Any:
        """Send one call, signed anew for each attempt, and return the decoded answer (None when it has no body).

        Idempotent operations are repeated with back-off after 429, 5xx and broken connections; others only when the API
        certainly did not take them (429, 401, never sent).

        Raises:
            ReadOnlyError: It would change something, and the instance may not.
            ApiError: The API answered with an error.
            TransportError: No usable answer; nothing can have been changed.
            UncertainWriteError: A write may or may not have been carried out.
        """
        self.refuse_change(operation)
        deadline = Deadline(self.timeout)
        path = operation.path.format(*(quote(value, safe="") for value in path_values))
        query = encode_query(params)
        attempt, arrived, doubtful = 1, False, False
        while True:
            try:
                return self.send(operation, path, query, body, deadline)
            except (ApiError, TransportError) as error:
                # A refusal says nothing of an earlier attempt whose answer was lost: 404 may mean that it was deleted.
                arrived, doubtful = arrived or error.arrived, doubtful or error.uncertain
                wait = wait_before_retry(operation, error, attempt, deadline)
                if wait is None or not pause(wait):
                    if not operation.changes or (arrived and not doubtful):
                        raise
                    if doubtful:
                        raise uncertain(operation, error) from error
                    raise TransportError(f"{error.message} Nothing was sent.", sent=False, passing=error.passing) from error
            attempt += 1
            log(f"[HTTP Call] {operation.method} {operation.path}: attempt {attempt} after {wait:.1f} s")

    def refuse_change(self, operation: Operation) -> None:
        """Raises: ReadOnlyError when it would change something, and the instance may not."""
        if self.read_only and operation.changes:
            raise ReadOnlyError(operation.purpose)

    def send(self, operation: Operation, path: str, query: str, body: Any | None, deadline: Deadline) -> Any:
        """One signed attempt, when its turn has come."""
        self.calls += 1
        turn = self.next_turn(operation, deadline)
        jws = build_jws(self.key, self.token_id, operation.method, path, query, body, int(time.time() * 1000))
        keep_secret(*secret_values(body))
        if is_debug_mode():
            # Then requests are logged. Not otherwise: each registered text makes registering the next one slower.
            add_sensitive_log_strs(jws)
        sent = partial(self.pacer.begin, turn)
        response, content = self.post(jws, operation, Deadline(max(deadline.left(), 1.0)), sent)
        self.note_headers(response)
        if response.status_code == 401:
            raise ApiError(sign_in_refused(self.host, self.token_id, self.key.alg, self.skew_seconds), 401, "NOT_AUTHENTICATED")
        if response.status_code not in range(200, 300):
            refusal = read_error(response, content, operation, self.host)
            if refusal.status == 429:
                self.pacer.refused(turn, refusal.retry_after or 0)
            raise refusal
        answer = read_answer(response, content, operation, self.host)
        if isinstance(answer, dict) and is_foreign(answer, operation):
            raise read_error(response, content, operation, self.host)
        check_shape(answer, operation, self.host)
        return answer

    def next_turn(self, operation: Operation, deadline: Deadline) -> Turn:
        """Wait until the account's limit lets the next call through. Raises: ApiError when that takes too long."""
        while True:
            turn, wait = self.pacer.turn()
            if wait <= PACE_SECONDS:
                Event().wait(wait)
            elif wait > deadline.left() or not pause(wait):
                asked = f"the account's limit is exceeded, Absolute asks to wait {wait:.0f} seconds."
                raise ApiError(f"Could not {operation.purpose}: {asked}", 429, "RATE_LIMITED", wait)
            if not self.pacer.given_back(turn):
                return turn

    def post(
        self, jws: str, operation: Operation, deadline: Deadline, sent: Callable[[], None]
    ) -> tuple[requests.Response, bytes]:
        """The answer to a signed call, with its body. Raises: TransportError."""
        if operation.changes:
            # On a new connection: one that was used before may be closed at this moment, or hold an answer that comes late.
            self._session.close()
        try:
            response = self._http_request(
                "POST",
                url_suffix="/jws/validate",
                data=jws.encode("ascii"),
                headers={"Content-Type": "text/plain", "Accept": "*/*" if operation.files else "application/json"},
                timeout=TimeLeft(deadline, sent),
                resp_type="response",
                error_handler=lambda response: None,
                # A redirect would carry the signed request to another host.
                allow_redirects=False,
                stream=True,
            )
            # In larger pieces than requests reads by itself: a busy fetch waits for the interpreter at each.
            content = b"".join(response.iter_content(READ_BYTES))
        except (DemistoException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            self._count(outcome_of_failure(error))
            # Not `from error`: its text can hold the password of a proxy.
            raise transport_error(error, operation.purpose, self.host, deadline.seconds, bool(self.proxy)) from None
        self._count(outcome_of_status(response.status_code))
        return response, content

    def _count(self, outcome: str) -> None:
        with self._counting:
            setattr(self.outcomes, outcome, getattr(self.outcomes, outcome) + 1)

    def note_headers(self, response: requests.Response) -> None:
        self.answered = True
        server_time = parse_http_date(response.headers.get("Date"))
        if server_time:
            self.skew_seconds = server_time.timestamp() - time.time()
            # What a proxy answers instead of Absolute has the proxy's time.
            self.clock_known = self.clock_known or response.status_code in range(200, 300)
        remaining = (value for name, value in response.headers.items() if name.lower().endswith("ratelimit-remaining"))
        self.rate_remaining = next(remaining, "")

    def pages(
        self, operation: Operation, *path_values: str, params: Params = (), body: Any | None = None, after: Any | None = None
    ) -> Iterator[list[dict]]:
        """Walk a list page by page. The query stays exactly as in the first call; only the cursor is added.

        A list ends without a cursor, or with an empty page that repeats the cursor which it was asked with. Where the API
        refuses so large a page, the walk begins with a smaller one, and so do those that follow.

        Args:
            after: The answer with the first page, where that was read already.

        Raises:
            RepeatedCursorError: The API handed out the same cursor twice.
        """
        seen: set[str] = set()
        empty_pages, asked = 0, ""
        while True:
            sized = smaller_page(params) if self.large_pages_refused else params
            next_page = [("nextPage", asked)] if asked else []
            try:
                answer = after or self.call(operation, *path_values, params=[*sized, *next_page], body=body)
                after = None
            except ApiError as error:
                if asked or error.status != 400 or smaller_page(sized) == [*sized]:
                    raise
                self.large_pages_refused = True
                continue
            if operation.answers is object:
                check_shape(answer, operation._replace(answers=list, bare=False), self.host)
            rows = rows_of(answer)
            empty_pages = 0 if rows else empty_pages + 1
            yield rows
            cursor = str(dict_safe_get(answer, ["metadata", "pagination", "nextPage"]) or "")
            if not cursor or (cursor == asked and not rows):
                return
            if cursor in seen or empty_pages >= MAX_EMPTY_PAGES:
                again = "repeated a page cursor" if cursor in seen else f"sent {empty_pages} empty pages in a row"
                raise RepeatedCursorError(f"Could not {operation.purpose} to the end: the API {again}.")
            seen.add(cursor)
            asked = cursor

    def report(self, report: "Report", query: Query, select: Sequence[str]) -> Iterator[list[dict]]:
        """GET a report or, for a filter expression, its -advanced variant. A query refused for length is cut in two."""
        operation = report.advanced if query.advanced else report.simple
        params = [*query.params, ("select", ",".join(select)), ("pageSize", str(report.page_size))]
        try:
            yield from self.pages(operation, params=params)
        except ApiError as error:
            smaller = halves(query) if error.status in TOO_LONG_STATUSES else []
            if not smaller:
                raise
            for half in smaller:
                yield from self.report(report, half, select)

    def rows(self, operation: Operation, *path_values: str, params: Params = ()) -> Iterator[dict]:
        """Every row of a list, in pages that are as large as they may be."""
        return flatten(self.pages(operation, *path_values, params=[*params, ("pageSize", str(PAGE_SIZE))]))

    def create_action(self, kind: ActionKind, body: dict) -> str:
        """POST /actions/requests/<kind>; returns the request's UID."""
        operation = kind.create
        if body.get("unenrollDevicesAndFreeLicenses"):
            operation = operation._replace(permission=f"{operation.permission} or {UNENROLL.perform}")
        return str(self.call(operation, body=body)["data"].get("requestUid") or "")

    def actions(
        self, kind: ActionKind, request_uid: str | None, device_uids: Sequence[str], params: Params = ()
    ) -> Iterator[dict]:
        """POST /actions/<kind>/get-actions[/{requestUid}]: one row per device; no devices means all of them."""
        sized = [*params] if kind.devices_per_look else [*params, ("pageSize", str(PAGE_SIZE))]
        for part in batch(list(device_uids), kind.devices_per_look or MAX_DEVICES_PER_REQUEST) if device_uids else [[]]:
            path_values = [request_uid] if request_uid else []
            operation = kind.actions if request_uid else kind.all_actions
            yield from flatten(self.pages(operation, *path_values, params=sized, body={"deviceUids": list(part)}))

    def field_definitions(self) -> list[dict]:
        """GET /configurations/customfields/definitions."""
        return list(first_of_each(flatten(self.pages(LIST_FIELD_DEFINITIONS)), "cdfUid"))

    def fields(self, device_uid: str, name_contains: str = "") -> list[dict]:
        """GET /configurations/customfields/devices/{deviceUid}: the fields that were ever set."""
        params = [("cdfFieldNameContains", name_contains)] if name_contains else []
        return list(first_of_each(flatten(self.pages(LIST_DEVICE_FIELDS, device_uid, params=params)), "cdfUid"))


def smaller_page(params: Params) -> list[tuple[str, str]]:
    """The parameters with a page of at most PAGE_SIZE rows, which every list takes."""
    return [(name, str(min(int(value), PAGE_SIZE)) if name == "pageSize" else value) for name, value in params]


def rows_of(answer: Mapping[str, Any]) -> list[dict]:
    """The rows of a list. Where the document shows a single object in place of one, that is its only row."""
    data = answer.get("data")
    return as_dicts([data] if isinstance(data, dict) and data else data)


def uid_in(row: Mapping[str, Any], operation: Operation) -> str:
    """The device that a row is about.

    Raises:
        TransportError: It does not say: to leave it out would make a device that is meant one that is not there.
    """
    if not row.get("deviceUid"):
        raise TransportError(f"Could not {operation.purpose}: a row of the answer does not say which device it is.", sent=True)
    return str(row["deviceUid"])


def first_of_each(rows: Iterable[dict], key: str) -> Iterator[dict]:
    """The rows without those that the API lists again; rows without the key are all different."""
    seen: set[str] = set()
    for row in rows:
        value = str(row.get(key) or "")
        if not value or value not in seen:
            seen.add(value)
            yield row


def uncertain(operation: Operation, error: ExplainedError) -> UncertainWriteError:
    return UncertainWriteError(
        f"It is unknown whether the request to {operation.purpose} was carried out, and it was not sent again. "
        f"Look with {operation.seen_with}, then decide. {error.message}"
    )


def wait_before_retry(operation: Operation, error: ApiError | TransportError, attempt: int, deadline: Deadline) -> float | None:
    """Seconds until the next attempt, or None when there must be none."""
    if isinstance(error, ApiError) and error.status in (401, 403) and not isinstance(error, MissingPermissionError):
        # A signature made at the edge of the accepted time is refused now and then, and so is a path; a second one tells.
        return BACKOFF_SECONDS if attempt == 1 else None
    safe = operation.idempotent or not error.uncertain
    repeatable = (safe and error.passing) or (isinstance(error, ApiError) and error.status == 429)
    asked = error.retry_after if isinstance(error, ApiError) else None
    wait = asked if asked is not None else min(BACKOFF_SECONDS * 2 ** (attempt - 1), MAX_BACKOFF_SECONDS)
    return wait if repeatable and attempt < READ_ATTEMPTS and wait < deadline.left() else None


def server_now(client: Client) -> datetime:
    """Now, by Absolute's clock as its last answer showed it."""
    return utc_now() + timedelta(seconds=client.skew_seconds)


# endregion
