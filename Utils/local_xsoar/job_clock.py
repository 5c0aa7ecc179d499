"""The tenant's time, as somebody learns it who has only the tenant's answers: their Date header, and how fast it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

from local_xsoar.ending import Stop


class TenantClock:
    """`speed` is in tenant seconds per second. Before the first answer it shows the host's time."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._seen = datetime.now(timezone.utc)
        self._seen_at = time.monotonic()

    def now(self) -> datetime:
        return self._seen + timedelta(seconds=(time.monotonic() - self._seen_at) * self.speed)

    def seconds(self) -> float:
        """Tenant seconds that go on evenly, whatever the answers say."""
        return time.monotonic() * self.speed

    def wait(self, seconds: float, stop: Stop) -> None:
        """Returns when so many tenant seconds have passed, or when `stop` is set."""
        stop.wait(max(0.0, seconds) / self.speed)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While it is open, every answer that this process gets sets the clock."""
        send = HTTPAdapter.send

        def watched(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> requests.Response:
            response = send(adapter, *args, **kwargs)
            self._set(response.headers.get("Date", ""))
            return response

        with mock.patch.object(HTTPAdapter, "send", watched):
            yield

    def _set(self, date: str) -> None:
        try:
            self._seen, self._seen_at = parsedate_to_datetime(date).astimezone(timezone.utc), time.monotonic()
        except ValueError:
            return
