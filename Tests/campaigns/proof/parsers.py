"""The parsers of the integration with what must hold for any text, for the fuzzer and for hypothesis.

Import this module only where `Absolute` can be imported (see proof.integration_module).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import Absolute
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import strategies as st

from proof.hostile_values import PIECES
from proof.war_room_text import shown

API_URL = re.compile(r"https://api\.([a-z0-9-]+\.)*absolute(gov)?\.com")
# A key that is no secret, and the same on every run.
KEY = derive_private_key(1, SECP256R1())
PKCS8, SEC1 = (
    KEY.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
)
UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
PROGRESS = {
    "position": ["2026-01-05T09:00:00.000Z", "id"],
    "seen": {"2026-01-05T09:00:01.000Z": ["a", "b"]},
    "known": {"device": "digest"},
    "complete": "2026-01-05T09:00:00.000Z",
}


@dataclass(frozen=True)
class Parser:
    """`check` raises AssertionError, or anything that the parser does not promise to raise; `seeds` are typical texts."""

    check: Callable[[str], None]
    seeds: tuple[str, ...]


def server_url(text: str) -> None:
    try:
        found = Absolute.api_base_url(text)
    except Absolute.ArgumentError:
        return
    host = urlsplit(found).hostname or ""
    assert API_URL.fullmatch(found) or host == "localhost" or ipaddress.ip_address(host).is_loopback, found


def private_key(text: str) -> None:
    try:
        key = Absolute.asymmetric_key(text)
    except Absolute.ArgumentError:
        return
    assert key.alg == "ES256"
    signed = Absolute.build_jws(key, "", "GET", "/v3/x", "", None, 1)
    assert len(signed.split(".")[2]) == 86  # RFC 7518 section 3.4: two numbers of the size of the curve P-256


def raw_filter(text: str) -> None:
    try:
        found = Absolute.parse_raw_filter(text)
    except Absolute.ArgumentError:
        return
    assert found == text.strip()
    assert found.count("'") % 2 == 0


def date_argument(text: str) -> None:
    """What is understood is shown, and read again as the same; what schedules lies ahead and was understood without it."""
    now = datetime(2026, 1, 5, tzinfo=timezone.utc)
    try:
        found = Absolute.read_date("at", text, now, "")
    except Absolute.ArgumentError:
        return
    assert found.moment.utcoffset() == timedelta()
    shown = Absolute.api_time(found.moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown)
    assert shown in str(found)
    again = Absolute.read_date("at", shown, now, "")
    assert not again.assumed
    assert timedelta() <= found.moment - again.moment < timedelta(milliseconds=1)
    try:
        coming = Absolute.coming_date({"at": text}, "at", now)
    except Absolute.ArgumentError:
        return
    assert coming is not None
    assert coming.moment > now
    assert coming.assumed in ("", Absolute.NO_ZONE)


def whole_number(text: str) -> None:
    found = Absolute.as_whole(text, range(-1000, 10**9))
    if found is not None:
        assert Absolute.as_whole(found, range(-1000, 10**9)) == found
        assert Absolute.as_whole(float(found), range(-1000, 10**9)) == found
        assert re.search("[0-9]", text)


def timestamp(text: str) -> None:
    found = Absolute.parse_utc(text)
    if found is None:
        return
    assert found.utcoffset() == timedelta()
    written = Absolute.parse_utc(Absolute.api_time(found))
    assert written is not None
    assert timedelta() <= found - written < timedelta(milliseconds=1)


def object_properties(text: str) -> None:
    old, new = Absolute.changes(text)
    for name, value in [*old.items(), *new.items()]:
        assert name == name.strip() != ""
        assert "." not in name
        assert value
        assert all(part in text for part in value.split(", "))


def last_run(text: str) -> None:
    """Whatever was stored can be read, written, and read again as the same."""
    state = Absolute.read_last_run(_json(text))
    written = json.loads(json.dumps(state.to_dict(), allow_nan=False))
    again = Absolute.LastRun.from_dict(written)
    assert again.types == state.types
    assert again.to_dict() == written


def progress(text: str) -> None:
    state = Absolute.Progress.from_dict(_json(text))
    if state is not None:
        assert Absolute.Progress.from_dict(json.loads(json.dumps(state.to_dict(), allow_nan=False))) == state


def event_types(text: str) -> None:
    try:
        found = Absolute.parse_event_types(text)
    except Absolute.ArgumentError:
        return
    for event_type in ("UserLogin", text, "", None):
        assert found.takes({}, {"eventType": event_type}) in (True, False)


def following(text: str) -> None:
    """What a poll carries: only what the command itself has written is taken."""
    try:
        found = Absolute.Following.from_args({"following": text})
    except Absolute.ArgumentError:
        return
    assert found.requests
    assert Absolute.Following.from_args({"following": found.to_text()}).requests == found.requests


def retry_after(text: str) -> None:
    found = Absolute.parse_retry_after(text, datetime(2026, 1, 5, tzinfo=timezone.utc))
    assert found is None or found >= 0


def war_room_text(text: str) -> None:
    found = Absolute.markdown_text(text)
    assert not re.search(r"[<>`|\n\r]|%%|\{\{|://", found), found
    line = " ".join(text.replace("\0", "\N{REPLACEMENT CHARACTER}").split())
    assert shown(f"a {found} b") == f"a {line} b".replace("  ", " ")


@st.composite
def texts(draw: st.DrawFn, parser: Parser) -> str:
    """Any text, any JSON, or a typical text with something cut out of it and something put into it, twice at most."""
    text = draw(st.sampled_from(parser.seeds) | st.text() | JSON.map(json.dumps))
    for _ in range(draw(st.integers(0, 2))):
        begin, length = draw(st.integers(0, len(text))), draw(st.integers(0, 10))
        text = text[:begin] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[begin + length :]
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


PARSERS = {
    "server URL": Parser(
        server_url, ("https://cc.absolute.com/#/x", "http://[::1]:80", "api.eu2.absolute.com:443", "https://a:b@cc.absolute.com")
    ),
    "private key": Parser(private_key, (PKCS8, PKCS8.replace("\n", "\\n"), SEC1)),
    "filter": Parser(raw_filter, ("deviceNameStartsWith eq 'LAB' and (isStolen eq false or esn eq '1')", "substringof('a', b)")),
    "date argument": Parser(
        date_argument, ("2 hours ago", "2026-01-05T09:00:00.1234567+05:30", "in 3 days", "+1.5 weeks", "2 months", "2026-01-05")
    ),
    "whole number": Parser(whole_number, ("2.592e+06", "60.0", "+5", "1_000", "NaN")),
    "timestamp": Parser(timestamp, ("2026-01-05T09:00:00.123456789Z", "2026-01-05T09:00:00-23:59", "9999-12-31T23:59:59-14:00")),
    "objectProperties": Parser(
        object_properties,
        ("PropertyName[0]=a.b;OldValue[0]=1;NewValue[0]=2;PropertyName[1]=c;Value[1]=x;y=z;", "PropertyName[0]=a;NewValue[0]=;"),
    ),
    "lastRun": Parser(
        last_run,
        (
            json.dumps({"version": 3, "types": {"siem_events": PROGRESS}, "skew_seconds": 1.5}),
            '{"latest_events_time": "2026-01-05T09:00:00Z", "latest_events_id": ["a"]}',
        ),
    ),
    "progress": Parser(progress, (json.dumps(PROGRESS), '{"position": ["2026-01-05T09:00:00Z", null]}')),
    "event types": Parser(event_types, ("*Freeze*, !UserLogin", "!", "a;b\n!c*")),
    "following": Parser(
        following,
        (
            json.dumps(
                {"requests": [[UID, [UID]]], "settled": [[UID, "failed", "x", "y"]], "submitted": "2026-01-05T09:00:00.000Z"}
            ),
        ),
    ),
    "Retry-After": Parser(retry_after, ("120", "Mon, 05 Jan 2026 09:00:00 GMT", "-1", "1e9")),
    "war-room text": Parser(war_room_text, ("a|b<script>", "_x_ **y** `z` [a](b)")),
}
