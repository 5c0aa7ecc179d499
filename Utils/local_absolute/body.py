"""Request bodies checked against their schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .devices import Device
from .errors import ApiError, Detail, invalid_request, invalid_value
from .options import QueryOptions
from .routes import Call, is_uuid
from .times import parse_iso

MAX_DEVICES = 10_000
_BOOLEANS = {"true": True, "false": False}


class Members:
    """The members of a JSON object. Each reader raises ApiError 400 naming the member when its value is not allowed;
    a member that is absent or null gives None."""

    def __init__(self, value: Any, options: QueryOptions, prefix: str = "") -> None:
        if not isinstance(value, dict):
            raise invalid_value(prefix.rstrip(".") or "data", "must be an object")
        self._value = value
        self._options = options
        self._prefix = prefix

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def text(self, name: str, shortest: int, longest: int) -> str | None:
        value: str | None = self._typed(name, str, "a string")
        if value is not None and not shortest <= len(value) <= longest:
            raise self.refused(name, f"must have between {shortest} and {longest} characters")
        return value

    def integer(self, name: str, smallest: int, largest: int) -> int | None:
        value: int | None = self._typed(name, int, "an integer")
        if value is not None and (isinstance(value, bool) or not smallest <= value <= largest):
            raise self.refused(name, f"must be an integer between {smallest} and {largest}")
        return value

    def boolean(self, name: str) -> bool | None:
        given = self._value.get(name)
        if self._options.lenient and isinstance(given, str) and given.casefold() in _BOOLEANS:
            return _BOOLEANS[given.casefold()]
        value: bool | None = self._typed(name, bool, "a boolean")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value: str | None = self._typed(name, str, "a string")
        if value is not None and value not in allowed:
            raise self.refused(name, f"must be one of {', '.join(allowed)}")
        return value

    def uid(self, name: str) -> str | None:
        value: str | None = self._typed(name, str, "a UUID")
        if value is None:
            return None
        if not is_uuid(value):
            raise self.refused(name, "must be a UUID")
        return value.lower()

    def texts(self, name: str, most: int) -> list[str]:
        values = self._typed(name, list, "an array") or []
        if len(values) > most or not all(isinstance(value, str) for value in values):
            raise self.refused(name, f"must be an array of at most {most} strings")
        return values

    def uids(self, name: str, fewest: int, most: int) -> list[str]:
        values = self.texts(name, most)
        if len(values) < fewest or not all(is_uuid(value) for value in values):
            raise self.refused(name, f"must be an array of {fewest} to {most} UUIDs")
        return [value.lower() for value in values]

    def items(self, name: str, most: int) -> list[Members]:
        """The objects of an array."""
        values = self._typed(name, list, "an array") or []
        if len(values) > most:
            raise self.refused(name, f"must have at most {most} elements")
        return [Members(value, self._options, f"{self._prefix}{name}[{place}].") for place, value in enumerate(values)]

    def moment(self, name: str, after: datetime) -> datetime | None:
        """An ISO 8601 date-time later than `after`, the tenant's time."""
        if self._options.lenient and self._value.get(name) == "":
            return None
        text = self.text(name, 1, 40)
        try:
            moment = None if text is None else parse_iso(text)
        except ValueError:
            raise self.refused(name, "must be an ISO 8601 date-time") from None
        if moment is not None and moment <= after:
            raise self.refused(name, "must be in the future")
        return moment

    def members(self, name: str) -> Members:
        return Members(self.required(name, self._value.get), self._options, f"{self._prefix}{name}.")

    def required(self, name: str, read: Callable[..., Any], *limits: Any) -> Any:
        """The member's value; ApiError 400 when there is none."""
        value = read(name, *limits)
        if value is None:
            raise self.refused(name, "is required")
        return value

    def refused(self, name: str, why: str) -> ApiError:
        return invalid_value(f"{self._prefix}{name}", why)

    def _typed(self, name: str, kind: type, description: str) -> Any:
        value = self._value.get(name)
        if value is not None and not isinstance(value, kind):
            raise self.refused(name, f"must be {description}")
        return value


def body_members(call: Call) -> Members:
    return Members(call.body, call.account.options.query)


def device_uids(call: Call, members: Members, most: int = MAX_DEVICES) -> list[Device]:
    """The devices of `deviceUids`, each once; `most` is the largest number of them.

    A UID that is unknown, or outside the token's device groups, refuses the whole call with 400: the document's example
    of a 400 names the field deviceUids, and its 404 speaks of the resource in the path.
    """
    uids = members.required("deviceUids", members.texts, most)
    if not uids:
        raise members.refused("deviceUids", f"must have between 1 and {most} elements")
    found = {uid.lower(): visible_device(call, uid) for uid in uids}
    unknown = [uid for uid, device in found.items() if device is None]
    if unknown:
        raise invalid_request(*(Detail(f"unknown device {uid}", field="deviceUids") for uid in unknown))
    return [device for device in found.values() if device is not None]


def visible_device(call: Call, uid: str) -> Device | None:
    if not is_uuid(uid):
        raise invalid_value("deviceUids", f"not a UUID: {uid}")
    return call.device(uid)
