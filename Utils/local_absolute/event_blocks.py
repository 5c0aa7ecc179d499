"""Generated events: any number of them in constant memory, because each is computed when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from . import event_types
from .data import INVENTED
from .event_types import Fields, Place
from .events import Change, Event, Party

_MASK = 2**64 - 1
_BURST = 16
# The largest number of a set of fields.
_VARIANTS = 3
_CITIES, _BROWSERS, _ADMINISTRATORS = (INVENTED[name] for name in ("cities", "browsers", "administrators"))


@dataclass(frozen=True)
class Actor:
    """A device as generated events show it; renaming the device later changes none of them."""

    device: Party
    user: str
    antivirus: str


@dataclass
class Block:
    """`count` events (None = without end) of which one is recorded about every `step` microseconds from `start` on, each
    visible `late` microseconds after its creation time. Of the groups of sixteen, one in eight has one creation time for all.

    `number` says how many arrivals the log had before.
    """

    number: int
    seed: int
    start: int
    step: float
    count: int | None
    late: int
    actors: Sequence[Actor]
    # What was made up before: events of one kind and actor share a few sets of fields.
    _fields: dict[tuple[int, int, int], Fields] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return 2**48 if self.count is None else self.count

    def created(self, place: int) -> int:
        # Multiplicative hashing: cheap, because a search asks for many places.
        group = place & -_BURST
        if (group ^ self.seed) * 0x9E3779B97F4A7C15 & 7 << 40 == 0:
            place = group
        return self.start + int((place + ((place ^ self.seed) * 0x9E3779B97F4A7C15 >> 24 & 0xFFFF) / 0x10000) * self.step)

    def event(self, place: int) -> Event:
        bits = _mix(~self.seed, place)
        kind, actor, variant = _KINDS[bits & 0xFF], (bits >> 8 & 0xFFFF) % len(self.actors), bits >> 24 & _VARIANTS
        key = (kind, actor, variant)
        fields = self._fields.get(key)
        if fields is None:
            fields = self._fields[key] = _MIX[kind].fields(self.actors[actor], _mix(self.seed, hash(key)))
        created = self.created(place)
        # Squared, so that most are recorded soon.
        delay = 1_000 + int((_MIX[kind].longest_delay - 1_000) * ((bits >> 32 & 0xFFFF) / 0x10000) ** 2)
        digits = ((bits * 0xD1342543DE82EF95 + place & _MASK) << 64 | bits).to_bytes(16, "big").hex()
        uid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
        return Event(uid, fields, created, created - delay)


def _mix(seed: int, number: int) -> int:
    """64 well-mixed bits (the finalizer of splitmix64)."""
    bits = (number * 0x9E3779B97F4A7C15 + seed * 0xD1342543DE82EF95) & _MASK
    bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & _MASK
    return bits ^ bits >> 31


# The mix of types -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kind:
    """`share` is in 256ths; `longest_delay`, in microseconds, lies between occurrence and recording."""

    share: int
    fields: Callable[[Actor, int], Fields]
    longest_delay: int = 15 * 60 * 1_000_000


def _location(actor: Actor, bits: int) -> Fields:
    city, country, latitude, longitude = _CITIES[bits % len(_CITIES)]
    east = (bits >> 8 & 0xFF) / 1000
    old = Place(latitude, longitude, city, country)
    return event_types.location_updated(actor.device, old, Place(latitude, round(longitude + east, 4), city, country))


def _system(actor: Actor, bits: int) -> Fields:
    local = Change("LocalIpAddr", f"192.0.2.{bits & 0xFF}", f"192.0.2.{bits >> 8 & 0xFF}")
    public = Change("PublicIpAddr", f"198.51.100.{bits >> 16 & 0xFF}", f"203.0.113.{bits >> 20 & 0xFF}")
    return event_types.system_information_updated(actor.device, (local, public))


def _user(actor: Actor, bits: int) -> Fields:
    return event_types.user_information_updated(actor.device, actor.user, f"CORP\\user{bits & 0xFFF}")


def _login(actor: Actor, bits: int) -> Fields:
    name = _ADMINISTRATORS[bits % len(_ADMINISTRATORS)]
    return event_types.logged_in(name, f"203.0.113.{bits >> 8 & 0xFF}", _BROWSERS[(bits >> 16) % len(_BROWSERS)])


def _request(action: str, actor: Actor, bits: int) -> Fields:
    request = Party(f"{action}Request", f"{action}-{bits & 0xFFF:04d}")
    return event_types.action_requested(action, actor.device, _ADMINISTRATORS[bits % len(_ADMINISTRATORS)], request)


_CONSOLE_DELAY = 60 * 1_000_000
_MIX = (
    _Kind(96, _system),
    _Kind(76, _location),
    _Kind(40, _user),
    _Kind(24, _login, _CONSOLE_DELAY),
    _Kind(6, lambda actor, bits: event_types.antivirus_lost(actor.device, actor.antivirus)),
    _Kind(6, lambda actor, bits: event_types.antivirus_back(actor.device, actor.antivirus)),
    _Kind(4, partial(_request, "SendMessage"), _CONSOLE_DELAY),
    _Kind(2, partial(_request, "DeviceFreeze"), _CONSOLE_DELAY),
    _Kind(1, lambda actor, bits: event_types.reported_missing(actor.device, _ADMINISTRATORS[0], ""), _CONSOLE_DELAY),
    _Kind(1, lambda actor, bits: event_types.reported_found(actor.device, _ADMINISTRATORS[0]), _CONSOLE_DELAY),
)
_KINDS = tuple(place for place, kind in enumerate(_MIX) for _ in range(kind.share))
