"""What somebody types into the console's form for a token, read by its rules."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

MAX_LIFE_DAYS = 365
USUAL_LIFE_DAYS = 90
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SEPARATORS = re.compile(r"[\s,;]+")
_ARMOUR = re.compile(r"-----(BEGIN|END) ([A-Z0-9 ]+)-----")


class TokenError(ValueError):
    """A rule of tokens does not allow it. `field` is the part of the form that is wrong, "" when it is none of them; `invalid`
    are the texts that are no addresses, as they were typed."""

    def __init__(self, text: str, field: str = "", invalid: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.field = field
        self.invalid = invalid


def split_addresses(text: str) -> list[str]:
    """The addresses in a text that separates them by blanks, commas, semicolons or lines."""
    return [part for part in _SEPARATORS.split(text) if part]


def networks(addresses: Iterable[str]) -> tuple[Network, ...]:
    """IPv4 or IPv6, single or CIDR; what is there twice counts once. TokenError names every one that is none."""
    found, invalid = {}, []
    for address in addresses:
        try:
            found[ipaddress.ip_network(address, strict=False)] = True
        except ValueError:
            invalid.append(address)
    if invalid:
        raise TokenError(f"Invalid IP address: {', '.join(invalid)}", "approved_ips", invalid)
    return tuple(found)


def network_text(network: Network) -> str:
    """A single address without the length of its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def read_public_key(text: str) -> ec.EllipticCurvePublicKey:
    """A public key in PEM (RFC 7468), with or without its BEGIN and END lines. TokenError for anything but one on the curve
    prime256v1, which is P-256 of RFC 7518."""
    labels = {label for _, label in _ARMOUR.findall(text)}
    if any("PRIVATE KEY" in label for label in labels):
        raise _key_error("This is a private key. It stays with you: upload the public key that belongs to it")
    if labels - {"PUBLIC KEY"}:
        raise _key_error(f"This is a {min(labels - {'PUBLIC KEY'})}; upload a PUBLIC KEY")
    try:
        key = load_der_public_key(base64.b64decode("".join(_ARMOUR.sub("", text).split()), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        raise _key_error("This is no public key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _key_error("Only keys on the curve prime256v1 can be used")
    return key


def last_day(days: int, today: date) -> date:
    """The last day of a life of so many days. TokenError when no token lives as long."""
    return checked_last_day(today + timedelta(days=min(max(days, 0), MAX_LIFE_DAYS + 1)), today)


def checked_last_day(day: date, today: date) -> date:
    """A day that is at least one ahead, and a year at most. TokenError for any other."""
    if isinstance(day, datetime):
        day = day.astimezone(timezone.utc).date()
    if day <= today:
        raise TokenError(f"A token lives for a day at least: its last day is {today + timedelta(days=1)} or later", "expires_on")
    if day > today + timedelta(days=MAX_LIFE_DAYS):
        latest = today + timedelta(days=MAX_LIFE_DAYS)
        raise TokenError(f"A token lives at most {MAX_LIFE_DAYS} days: its last day is {latest} or earlier", "expires_on")
    return day


def _key_error(text: str) -> TokenError:
    how = "openssl ec -in private.pem -pubout -out public.pem"
    return TokenError(f"{text}, such as {how} makes.", "public_key")
