"""How a resource declares its operations, and how a call finds one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote

from .account import Account
from .devices import Device
from .errors import ApiError, EdgeError, invalid_value
from .permissions import Permission
from .query import Params
from .tokens import Token

Thing = TypeVar("Thing")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """An authenticated call, as a resource's handler gets it. `path_values` are the members in braces of its path.

    Of devices it has those that the token sees.
    """

    account: Account
    token: Token
    method: str
    path: str
    params: Params
    body: Any
    path_values: dict[str, str]

    def sees(self, device: Device) -> bool:
        """Whether the device is in the device groups that the token was created for."""
        scope = self.token.device_group_uids
        return scope is None or not scope.isdisjoint(device.get("deviceGroupIds", ()))

    def devices(self) -> Iterator[Device]:
        return filter(self.sees, self.account.devices)

    def device(self, uid: str) -> Device | None:
        device = self.account.devices.find(uid)
        return device if device is not None and self.sees(device) else None


@dataclass(frozen=True)
class Answer:
    """What the handler of an operation answers. `data` None = no body; `bare` = without the envelope around it."""

    status: int = 200
    data: Any = None
    next_page: str | None = None
    bare: bool = False


@dataclass(frozen=True)
class FileAnswer:
    """An answer that is a file instead of JSON."""

    content_type: str
    content: bytes


ACCEPTED = Answer(status=202)
NO_CONTENT = Answer(status=204)
NO_ROWS = Answer(data=[])
Handler = Callable[[Call], Answer | FileAnswer]


@dataclass(frozen=True)
class Route:
    """One operation: verb, path template as in the OpenAPI document (after /v3), the permissions it needs, all of them.

    `one`: it answers one thing by its UID; other operations that only read answer lists.
    `as_object`: the document shows one object where rows are, so that there is a body always.
    """

    method: str
    template: str
    permissions: tuple[Permission, ...]
    handler: Handler
    one: bool = False
    as_object: bool = False

    @property
    def reads(self) -> bool:
        """Whether the operation only reads: some take the devices in question in a body."""
        return self.method == "GET" or "/get-actions" in self.template

    @property
    def lists(self) -> bool:
        return self.reads and not self.one

    def allowed_to(self, token: Token) -> bool:
        return token.permissions.issuperset(self.permissions)

    def match(self, path: str) -> dict[str, str] | None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", "/v3" + self.template)
        found = re.fullmatch(pattern, path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


class Router:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The operation and its path values. ApiError 404 for v2 paths, EdgeError 403 for any other unknown one."""
        if path.startswith("/v2/"):
            raise ApiError(404)
        for route in self._routes:
            values = route.match(path) if route.method == method else None
            if values is not None:
                return route, values
        raise EdgeError(403)


def found(thing: Thing | None) -> Thing:
    """ApiError 404 when there is none."""
    if thing is None:
        raise ApiError(404)
    return thing


def path_device(call: Call) -> Device:
    """The device of the path. ApiError 404 when the token does not see it either."""
    return found(call.device(path_uid(call, "deviceUid")))


def path_uid(call: Call, name: str) -> str:
    """A UUID of the path, lower-case. ApiError 400 when it is none."""
    value = call.path_values[name]
    if not is_uuid(value):
        raise invalid_value(name, "not a UUID")
    return value.lower()


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None
