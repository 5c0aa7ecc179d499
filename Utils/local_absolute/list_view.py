"""The account as lists show it: behind its writes, when the tenant's lists lag (ListOptions.lag)."""

from __future__ import annotations

import copy
from collections import deque
from datetime import datetime, timedelta

from .account import Account

# What a copy has in common with the account: what is no record, and the events, which come late by themselves.
_SHARED = ("agents", "approvals", "siem", "cursors", "clock", "options", "lock")


class ListView:
    """Remembers the account as it was before each write of the last `lag`."""

    def __init__(self, account: Account, lag: timedelta) -> None:
        self._account = account
        self._lag = lag
        # (shown until then, the account as it was), oldest first.
        self._past: deque[tuple[datetime, Account]] = deque()

    def before_write(self) -> None:
        if self._lag:
            self._past.append((self._account.clock.now() + self._lag, _copied(self._account)))

    def account(self) -> Account:
        """What lists show now."""
        now = self._account.clock.now()
        while self._past and self._past[0][0] <= now:
            self._past.popleft()
        return self._past[0][1] if self._past else self._account


def _copied(account: Account) -> Account:
    shared = [getattr(account, name) for name in _SHARED]
    return copy.deepcopy(account, {id(part): part for part in shared})
