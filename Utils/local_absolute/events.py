"""One event of the SIEM Event Reporting resource, in the forms it has on the wire.

Source: GET /reporting/siem-events in the vendor's OpenAPI document. What that leaves open was taken from public clients:
the tuples of objectProperties are written `PropertyName[0]=…;OldValue[0]=…;NewValue[0]=…;`, without any escaping.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_NAMESPACE = uuid.UUID("0c2b7d0e-5a43-4d0f-9d6e-2f4f6a1f7b61")

Spelling = Literal["milliseconds", "seconds", "offset", "ticks", "mixed"]


@dataclass(frozen=True)
class Party:
    """Who caused an event, or what it happened to: type, display name and id."""

    type: str
    name: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class Change:
    """One tuple of objectProperties; no value is written as an empty one."""

    name: str
    new: str = ""
    old: str = ""


@dataclass(slots=True)
class Event:
    """An event. `fields` are its members in the answer but the id and the times; these are microseconds since 1970:
    `created` is when it was recorded, which the API's window looks at, and `occurred` when it happened."""

    id: str
    fields: Mapping[str, str]
    created: int
    occurred: int

    @property
    def created_at(self) -> datetime:
        return moment(self.created)

    @property
    def occurred_at(self) -> datetime:
        return moment(self.occurred)

    def record(self, spelling: Spelling = "milliseconds") -> dict[str, str]:
        """The event as the API shows it."""
        write = _SPELLINGS[spelling]
        return {
            "id": self.id,
            **self.fields,
            "createdDateTimeUtc": write(self.created),
            "eventDateTimeUtc": write(self.occurred),
        }


NOBODY = Party("NA")
SYSTEM = Party("System", "Absolute")


def user(name: str) -> Party:
    """A console user."""
    return Party("User", name, str(uuid.uuid5(_NAMESPACE, name)))


def event_fields(
    event_type: str,
    verb: str,
    actor: Party | None = None,
    target: Party | None = None,
    secondary: Party | None = None,
    properties: str | Iterable[Change] = (),
) -> dict[str, str]:
    """The members of an event but its id and times; those without value are absent."""
    actor, target, secondary = (party or Party("") for party in (actor, target, secondary))
    fields = {
        "eventType": event_type,
        "verb": verb,
        "actorObjectType": actor.type,
        "actorDisplayName": actor.name,
        "actorDisplayId": actor.id,
        "objectObjectType": target.type,
        "objectDisplayName": target.name,
        "objectDisplayId": target.id,
        "objectProperties": properties if isinstance(properties, str) else properties_text(properties),
        "secondaryObjectType": secondary.type,
        "secondaryObjectDisplayName": secondary.name,
        "secondaryObjectDisplayId": secondary.id,
    }
    return {name: value for name, value in fields.items() if value}


def properties_text(changes: Iterable[Change]) -> str:
    """objectProperties."""
    return "".join(
        f"PropertyName[{place}]={change.name};OldValue[{place}]={change.old};NewValue[{place}]={change.new};"
        for place, change in enumerate(changes)
    )


# Times ----------------------------------------------------------------------------------------------------------------


def microseconds(when: datetime) -> int:
    """Microseconds since 1970."""
    return (when - EPOCH) // _MICROSECOND


def moment(since_epoch: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return EPOCH + since_epoch * _MICROSECOND


# A page has two thousand times: most of their text is looked up.
_SECONDS = tuple(f"{second:02}" for second in range(60))
_MILLISECONDS = tuple(f".{millisecond:03}" for millisecond in range(1000))


def _to_seconds(since_epoch: int) -> str:
    minutes, second = divmod(since_epoch // 1_000_000, 60)
    return _minute(minutes) + _SECONDS[second]


def _to_milliseconds(since_epoch: int) -> str:
    return _to_seconds(since_epoch) + _MILLISECONDS[since_epoch // 1000 % 1000]


@lru_cache(maxsize=72 * 60 + 60)
def _minute(minutes: int) -> str:
    return (EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:")


_WRITERS: dict[Spelling, Callable[[int], str]] = {
    "milliseconds": lambda time: f"{_to_milliseconds(time)}Z",
    "seconds": lambda time: f"{_to_seconds(time)}Z",
    "offset": lambda time: f"{_to_milliseconds(time)}+00:00",
    "ticks": lambda time: f"{_to_seconds(time)}.{time % 1_000_000:06}0Z",
}
_IN_TURN = tuple(_WRITERS.values())
_SPELLINGS: dict[Spelling, Callable[[int], str]] = {**_WRITERS, "mixed": lambda time: _IN_TURN[time % len(_IN_TURN)](time)}
