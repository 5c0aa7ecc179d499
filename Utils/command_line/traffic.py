"""What a command sends to the API, seen from outside: whether anything could have changed, and whether every call was answered.

A command that fails tells why in words. Whether it was refused before anything was changed is read off what it did.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

READ = "GET"


@dataclass
class Traffic:
    """The calls of one command: the method of each, and its status; 0 where no answer came."""

    calls: list[tuple[str, int]] = field(default_factory=list)

    @property
    def changed_something(self) -> bool:
        """Whether the API may have taken a call that changes something."""
        return any(method != READ and not 400 <= status < 500 for method, status in self.calls)

    @property
    def failed(self) -> bool:
        """Whether the last call was not answered as it should be: the command has not repeated it with success."""
        return bool(self.calls) and not 200 <= self.calls[-1][1] < 300


@contextmanager
def watched() -> Iterator[Traffic]:
    """While it is open, the calls of this process are noted."""
    traffic, send = Traffic(), HTTPAdapter.send

    def noted(adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        status = 0
        try:
            response = send(adapter, request, *args, **kwargs)
            status = response.status_code
            return response
        finally:
            traffic.calls.append((signed_method(request.body), status))

    with mock.patch.object(HTTPAdapter, "send", noted):
        yield traffic


def signed_method(body: Any) -> str:
    """The method in the header of a signed call (RFC 7515 compact serialization); "" when there is none."""
    text = body.decode("ascii", "replace") if isinstance(body, bytes) else str(body)
    try:
        header = json.loads(base64.urlsafe_b64decode(text.partition(".")[0] + "=="))
        return str(header["method"]).upper()
    except (ValueError, KeyError, TypeError):
        return ""
