"""API tokens with the life that the console gives them."""

from __future__ import annotations

import base64
import ipaddress
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .clock import Clock
from .event_types import Fields, api_token_updated
from .events import Change
from .permissions import ALL_PERMISSIONS, Permission, with_views
from .token_values import (
    USUAL_LIFE_DAYS,
    Network,
    TokenError,
    checked_last_day,
    last_day,
    network_text,
    networks,
    read_public_key,
)

WARNING = timedelta(days=3)
Record = Callable[[Fields], object]
# (token, verb, changes)
OnChange = Callable[["Token", str, tuple[Change, ...]], None]


@dataclass(frozen=True)
class Creator:
    """Who creates tokens: a console user, with what the role allows and the device groups it is for (None = all)."""

    user: str = "api.user@example.com"
    permissions: frozenset[Permission] = ALL_PERMISSIONS
    device_group_uids: frozenset[str] | None = None


@dataclass(frozen=True)
class Mail:
    """An e-mail that the service sends to a token's creator. The wording is invented."""

    at: datetime
    to: str
    subject: str


@dataclass(eq=False)
class Token:
    """One API token.

    `secret` is set for a symmetric token (HS256), `public_key` for an asymmetric one (ES256). `private_key_pem` (PKCS#8)
    is what its owner would hold; the tenant never reads it. The token is valid until 23:59:59 UTC of `expires_on`.
    `details_open` says that the console still shows the details of the new token. What raises TokenError changes nothing.
    """

    id: str
    expires_on: date
    user: str
    clock: Clock = field(repr=False)
    permissions: frozenset[Permission] = ALL_PERMISSIONS
    device_group_uids: frozenset[str] | None = None
    title: str = "API token"
    description: str = ""
    secret: str | None = field(default=None, repr=False)
    public_key: ec.EllipticCurvePublicKey | None = field(default=None, repr=False)
    private_key_pem: str | None = field(default=None, repr=False)
    approved_networks: tuple[Network, ...] = ()
    enabled: bool = True
    deleted: bool = False
    details_open: bool = False
    last_access: datetime | None = None
    on_change: OnChange = field(default=lambda *_: None, repr=False)
    created: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.created = self.clock.now()

    @property
    def algorithm(self) -> str:
        return "HS256" if self.secret is not None else "ES256"

    @property
    def expired(self) -> bool:
        return self.clock.now().date() > self.expires_on

    @property
    def usable(self) -> bool:
        return self.enabled and not self.deleted and not self.expired

    @property
    def status(self) -> str:
        """The console's word."""
        if self.deleted:
            return "Deleted"
        if self.expired:
            return "Expired"
        return "Active" if self.enabled else "Disabled"

    @property
    def end(self) -> datetime:
        """The last second in which it is valid."""
        return datetime.combine(self.expires_on, time(23, 59, 59), timezone.utc)

    @property
    def approved_ips(self) -> list[str]:
        return [network_text(network) for network in self.approved_networks]

    def disable(self) -> None:
        """TokenError when it is deleted or has expired, as for enable."""
        self._switch(False, "Disabled")

    def enable(self) -> None:
        self._switch(True, "Enabled")

    def delete(self) -> None:
        if not self.deleted:
            self.deleted = True
            self._changed("Deleted")

    def expire_on(self, day: date) -> None:
        """Changes the last day. TokenError when the token has lapsed already, or for a day that no token may have."""
        self._changeable()
        if day != self.expires_on:
            before, self.expires_on = self.expires_on, checked_last_day(day, self.clock.now().date())
            self._changed("Updated", Change("ExpirationDate", f"{self.expires_on}", f"{before}"))

    def approve_ips(self, addresses: Iterable[str]) -> None:
        """Replaces the approved source addresses: IPv4 or IPv6, single or CIDR; none = any. TokenError when the token has
        lapsed, or for what is no address."""
        self._changeable()
        before, self.approved_networks = self.approved_ips, networks(addresses)
        if before != self.approved_ips:
            self._changed("Updated", Change("ApprovedIpAddresses", ", ".join(self.approved_ips), ", ".join(before)))

    def change(self, day: date, addresses: Sequence[str]) -> None:
        """Both, or none: what expire_on and approve_ips do."""
        self._changeable()
        networks(addresses)
        self.expire_on(day)
        self.approve_ips(addresses)

    def accepts_source(self, address: str) -> bool:
        source = ipaddress.ip_address(address)
        return not self.approved_networks or any(source in network for network in self.approved_networks)

    def allows(self, permission: Permission) -> bool:
        return permission in self.permissions

    def file(self) -> str:
        """The text of the `.token` file. Its form is not documented. TokenError once the details were closed."""
        if not self.details_open:
            raise TokenError("The details of this token were closed: its secret is not shown again. Create a new token.")
        secret = f"Secret Key: {self.secret}\n" if self.secret else ""
        return f"Token ID: {self.id}\n{secret}"

    def _switch(self, enabled: bool, verb: str) -> None:
        self._changeable()
        if self.enabled is not enabled:
            self.enabled = enabled
            self._changed(verb)

    def _changeable(self) -> None:
        if self.deleted or self.expired:
            raise TokenError(f"The token {'was deleted' if self.deleted else 'has expired'}, create a new one")

    def _changed(self, verb: str, *changes: Change) -> None:
        self.on_change(self, verb, changes)


class Tokens:
    """The account's tokens. Permissions and device groups are fixed when a token is created. `creator` is who does so from
    now on, `mails` what was sent; each change is told to `record`."""

    def __init__(self, clock: Clock, record: Record = lambda _: None) -> None:
        self.creator = Creator()
        self.mails: list[Mail] = []
        self._clock = clock
        self._record = record
        self._tokens: dict[str, Token] = {}
        self._reminders: set[tuple[str, datetime]] = set()
        self._lock = threading.Lock()

    def create(
        self,
        title: str,
        description: str = "",
        permissions: Iterable[Permission] = ALL_PERMISSIONS,
        expires_on: date | None = None,
        approved_ips: Iterable[str] = (),
        public_key: str | None = None,
    ) -> Token:
        """A token as the console makes it, for the creator's device groups: with a generated secret, or for an uploaded public
        key (PEM). It lives 90 days unless told otherwise; to manage something selects to view it. Its details are open until
        they are closed. TokenError for what the rules do not allow."""
        if not title.strip():
            raise TokenError("A token needs a title, such as SOC playbooks", "title")
        chosen = with_views(permissions)
        if lacking := sorted(permission.value for permission in chosen - self.creator.permissions):
            raise TokenError(f"Your role does not have {', '.join(lacking)}", "permissions")
        today = self._clock.now().date()
        day = last_day(USUAL_LIFE_DAYS, today) if expires_on is None else checked_last_day(expires_on, today)
        key = None if public_key is None else read_public_key(public_key)
        token = self._add(
            permissions=chosen,
            device_group_uids=self.creator.device_group_uids,
            expires_on=day,
            title=title.strip(),
            description=description.strip(),
            secret=_new_secret() if key is None else None,
            public_key=key,
            approved_networks=networks(approved_ips),
            details_open=True,
        )
        self._changed(token, "Created", ())
        self._send(token, "was created")
        return token

    def close_details(self) -> None:
        """The details of new tokens are closed, and their secrets gone for good."""
        for token in self:
            token.details_open = False

    # Tokens that were there before: no event and no e-mail tells of their creation ------------------------------------

    def create_symmetric(
        self,
        permissions: Iterable[Permission] = ALL_PERMISSIONS,
        expires_in_days: int = USUAL_LIFE_DAYS,
        approved_ips: Iterable[str] = (),
        device_group_uids: Iterable[str] | None = None,
    ) -> Token:
        """A token for HS256. ValueError when it would live longer than a year or an address is malformed."""
        return self._add(
            permissions=frozenset(permissions),
            device_group_uids=None if device_group_uids is None else frozenset(device_group_uids),
            expires_on=last_day(expires_in_days, self._clock.now().date()),
            approved_networks=networks(approved_ips),
            secret=_new_secret(),
        )

    def create_asymmetric(self) -> Token:
        """A token for ES256 with a fresh P-256 key."""
        private_key = ec.generate_private_key(ec.SECP256R1())
        pem = private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        day = last_day(USUAL_LIFE_DAYS, self._clock.now().date())
        return self._add(expires_on=day, public_key=private_key.public_key(), private_key_pem=pem)

    def get(self, token_id: str) -> Token | None:
        return self._tokens.get(token_id)

    def __iter__(self) -> Iterator[Token]:
        return iter(list(self._tokens.values()))

    def _add(self, **fields: Any) -> Token:
        token = Token(id=str(uuid.uuid4()), user=self.creator.user, clock=self._clock, on_change=self._changed, **fields)
        with self._lock:
            self._tokens[token.id] = token
        self._remind(token)
        return token

    def _changed(self, token: Token, verb: str, changes: tuple[Change, ...]) -> None:
        self._record(api_token_updated(token.id, token.title, verb, token.user, changes))
        self._remind(token)

    # E-mails ----------------------------------------------------------------------------------------------------------

    def _remind(self, token: Token) -> None:
        """Puts the e-mails before and after the token's end on the clock, once each."""
        for due in (token.end - WARNING, token.end + timedelta(seconds=1)):
            if due > self._clock.now() and (token.id, due) not in self._reminders:
                self._reminders.add((token.id, due))
                self._clock.call_at(due, partial(self._due, token, token.expires_on))

    def _due(self, token: Token, expires_on: date) -> None:
        """Its last day may be another by now."""
        if not token.deleted and token.expires_on == expires_on:
            self._send(token, "has expired" if token.expired else f"expires on {expires_on}, 23:59:59 UTC")

    def _send(self, token: Token, what: str) -> None:
        self.mails.append(Mail(self._clock.now(), token.user, f"The API token {token.title} {what}"))


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(64)).decode()
