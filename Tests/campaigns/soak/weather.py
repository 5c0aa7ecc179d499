"""What goes wrong between the job and the tenant, one thing after the other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from local_absolute import Fault, LocalTenant
from local_absolute.faults import (
    Action,
    expired_cursor,
    repeated_cursor,
    reset_after,
    reset_before,
    stall,
    status,
    truncated_json,
)

EVENTS = "GET /v3/reporting/siem-events"
LONGEST_STALL_SECONDS = 2.0
FAULT_PROBABILITY = 0.06  # of a change


class Weather:
    """Call `change` again and again: now and then it brings a fault, for a few calls. Nothing happens after `clear`."""

    def __init__(self, tenant: LocalTenant, seed: int) -> None:
        self._tenant = tenant
        self._random = random.Random(f"weather {seed}")
        self._faults: list[tuple[str, Fault]] = []
        self._kinds: dict[str, Callable[[], Fault]] = {
            "reset before the call": lambda: self._fault(reset_before()),
            "reset after the call": lambda: self._fault(reset_after()),
            "429": lambda: self._fault(status(429, retry_after=1)),
            "503": lambda: self._fault(status(503)),
            "truncated JSON": lambda: self._fault(truncated_json()),
            "stall": lambda: self._fault(stall(self._random.uniform(0.2, LONGEST_STALL_SECONDS))),
            "expired cursor": lambda: self._fault(expired_cursor(), _on_a_later_page),
            "repeated cursor": lambda: self._fault(repeated_cursor(), _on_a_later_page),
        }

    def change(self) -> None:
        if self._random.random() < FAULT_PROBABILITY:
            kind = self._random.choice(list(self._kinds))
            fault = self._tenant.faults.add(self._kinds[kind]())
            self._faults.append((kind, fault))

    def clear(self) -> None:
        for _, fault in self._faults:
            fault.times = 0

    def hits(self) -> Counter[str]:
        """How many calls each kind of fault has met."""
        counted: Counter[str] = Counter()
        for kind, fault in self._faults:
            counted[kind] += fault.hits
        return counted

    def _fault(self, action: Action, when: str | Callable[[str, str, str, Any], bool] = EVENTS) -> Fault:
        return Fault(action, when, times=self._random.randint(1, 4))


def _on_a_later_page(method: str, path: str, query: str, _body: Any) -> bool:
    return f"{method} {path}" == EVENTS and "nextPage=" in query
