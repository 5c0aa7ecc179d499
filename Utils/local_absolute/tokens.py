"""API tokens with the life that the console gives them."""

from __future__ import annotations

import base64
import ipaddress
import secrets
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .clock import Clock
from .permissions import ALL_PERMISSIONS, Permission

MAX_LIFE_DAYS = 365
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(eq=False)
class Token:
    """One API token.

    `secret` is set for a symmetric token (HS256), `public_key` for an asymmetric one (ES256). `private_key_pem` (PKCS#8)
    is what its owner would hold; the tenant never reads it. The token is valid until 23:59:59 UTC of `expires_on`.
    """

    id: str
    permissions: frozenset[Permission]
    device_group_uids: frozenset[str] | None
    expires_on: date
    user: str
    clock: Clock = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    public_key: ec.EllipticCurvePublicKey | None = field(default=None, repr=False)
    private_key_pem: str | None = field(default=None, repr=False)
    approved_networks: tuple[Network, ...] = ()
    enabled: bool = True
    deleted: bool = False
    last_access: datetime | None = None

    @property
    def algorithm(self) -> str:
        return "HS256" if self.secret is not None else "ES256"

    @property
    def expired(self) -> bool:
        return self.clock.now().date() > self.expires_on

    @property
    def usable(self) -> bool:
        return self.enabled and not self.deleted and not self.expired

    def disable(self) -> None:
        self.enabled = False

    def enable(self) -> None:
        self.enabled = True

    def delete(self) -> None:
        self.deleted = True

    def expire_on(self, day: date) -> None:
        """Changes the last day. ValueError when the token has lapsed already or `day` is more than a year ahead."""
        if self.expired:
            raise ValueError("the token has expired, create a new one")
        self.expires_on = _checked_last_day(day, self.clock)

    def approve_ips(self, addresses: Iterable[str]) -> None:
        """Replaces the approved source addresses: IPv4 or IPv6, single or CIDR; none = any. ValueError if malformed."""
        self.approved_networks = _networks(addresses)

    def accepts_source(self, address: str) -> bool:
        source = ipaddress.ip_address(address)
        return not self.approved_networks or any(source in network for network in self.approved_networks)

    def allows(self, permission: Permission) -> bool:
        return permission in self.permissions


class Tokens:
    """The account's tokens. Permissions and device groups are fixed when a token is created."""

    def __init__(self, clock: Clock, user: str = "api.user@example.com") -> None:
        self._clock = clock
        self._user = user
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def create_symmetric(
        self,
        permissions: Iterable[Permission] = ALL_PERMISSIONS,
        expires_in_days: int = 90,
        approved_ips: Iterable[str] = (),
        device_group_uids: Iterable[str] | None = None,
    ) -> Token:
        """A token for HS256. ValueError when it would live longer than a year or an address is malformed."""
        token = self._new_token(permissions, expires_in_days, approved_ips, device_group_uids)
        token.secret = base64.b64encode(secrets.token_bytes(64)).decode()
        return self._add(token)

    def create_asymmetric(
        self,
        permissions: Iterable[Permission] = ALL_PERMISSIONS,
        expires_in_days: int = 90,
        approved_ips: Iterable[str] = (),
        device_group_uids: Iterable[str] | None = None,
    ) -> Token:
        """A token for ES256 with a fresh P-256 key. ValueError as for create_symmetric."""
        token = self._new_token(permissions, expires_in_days, approved_ips, device_group_uids)
        private_key = ec.generate_private_key(ec.SECP256R1())
        token.public_key = private_key.public_key()
        token.private_key_pem = private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        return self._add(token)

    def get(self, token_id: str) -> Token | None:
        return self._tokens.get(token_id)

    def __iter__(self) -> Iterator[Token]:
        return iter(list(self._tokens.values()))

    def _new_token(
        self,
        permissions: Iterable[Permission],
        expires_in_days: int,
        approved_ips: Iterable[str],
        device_group_uids: Iterable[str] | None,
    ) -> Token:
        last_day = self._clock.now().date() + timedelta(days=expires_in_days)
        return Token(
            id=str(uuid.uuid4()),
            permissions=frozenset(permissions),
            device_group_uids=None if device_group_uids is None else frozenset(device_group_uids),
            expires_on=_checked_last_day(last_day, self._clock),
            user=self._user,
            clock=self._clock,
            approved_networks=_networks(approved_ips),
        )

    def _add(self, token: Token) -> Token:
        with self._lock:
            self._tokens[token.id] = token
        return token


def _checked_last_day(day: date, clock: Clock) -> date:
    if isinstance(day, datetime):
        day = day.astimezone(timezone.utc).date()
    if day > clock.now().date() + timedelta(days=MAX_LIFE_DAYS):
        raise ValueError(f"a token lives at most {MAX_LIFE_DAYS} days")
    return day


def _networks(addresses: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(address, strict=False) for address in addresses)
