"""Date-times as the API writes and reads them: ISO 8601, UTC."""

from __future__ import annotations

import re
from datetime import datetime, timezone

_EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def format_utc(moment: datetime) -> str:
    """`yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`, the format of every date-time in an answer."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_exact_utc(text: str) -> datetime:
    """Reads the three-decimal format with a literal Z that filters demand; ValueError for any other."""
    if not _EXACT.fullmatch(text):
        raise ValueError(f"not in the format yyyy-MM-dd'T'HH:mm:ss.SSS'Z': {text}")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def parse_utc(text: str) -> datetime:
    """As parse_exact_utc, with any number of decimals or none; ValueError for any other."""
    if not text.endswith("Z"):
        raise ValueError(f"not a date-time with a literal Z: {text}")
    return parse_iso(text)


def parse_iso(text: str) -> datetime:
    """Reads the ISO 8601 date-time of a request body (RFC 3339 profile); ValueError for anything else."""
    match = _ISO.fullmatch(text)
    if not match:
        raise ValueError(f"not an ISO 8601 date-time: {text}")
    seconds, fraction, zone = match.groups()
    offset = "+00:00" if zone == "Z" else zone
    microseconds = ((fraction or ".0") + "000000")[:7]
    try:
        return datetime.fromisoformat(f"{seconds}{microseconds}{offset}").astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"too far away: {text}") from None
