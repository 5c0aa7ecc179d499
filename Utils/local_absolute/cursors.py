"""`nextPage` tokens: opaque, bound to the query that produced them, good for a limited time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from .clock import Clock
from .errors import ApiError, invalid_value

_MAC_BYTES = 16


class Cursors:
    """Writes and reads cursors. The document says that results are wrong when a parameter changes between pages; this
    tenant answers 400 instead, as it does for a cursor that it did not make or that is older than `lifetime`."""

    def __init__(self, clock: Clock, lifetime: timedelta = timedelta(hours=24)) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._key = secrets.token_bytes(32)

    def write(self, path: str, params: Iterable[tuple[str, str]], position: Any) -> str:
        """The cursor for the page after `position` (any JSON value)."""
        expires = (self._clock.now() + self._lifetime).timestamp()
        content = json.dumps([expires, position]).encode()
        # A blank more makes the text end in `=`, as the vendor's cursors can.
        content += b" " * ((_MAC_BYTES + len(content)) % 3 == 0)
        return base64.urlsafe_b64encode(self._mac(path, params, content) + content).decode()

    def read(self, path: str, params: Iterable[tuple[str, str]], cursor: str) -> Any:
        """The position in a cursor of the same query. ApiError 400 for any other cursor."""
        try:
            raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
        except ValueError:
            raise refused_cursor() from None
        mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(path, params, content)):
            raise refused_cursor()
        expires, position = json.loads(content)
        if self._clock.now() > datetime.fromtimestamp(expires, self._clock.now().tzinfo):
            raise refused_cursor()
        return position

    def _mac(self, path: str, params: Iterable[tuple[str, str]], content: bytes) -> bytes:
        query = sorted((name, value) for name, value in params if name != "nextPage")
        bound = json.dumps([path, query]).encode()
        return hmac.new(self._key, bound + b"\0" + content, hashlib.sha256).digest()[:_MAC_BYTES]


def refused_cursor() -> ApiError:
    """The answer to a cursor that is unknown or too old."""
    return invalid_value("nextPage", "invalid pagination token")
