"""When a device's agent calls in: regularly, at its own phase, as long as it is online."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

CHECK_IN_INTERVAL = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Contact:
    """One agent's contact with the tenant.

    Check-ins are not recorded one by one: they happen at every moment congruent to `phase` while the agent is online,
    so that an idle device costs nothing. `_last` is the last contact known from before `_since`. Without power (`powered`) a
    device is offline, and its screen dark.
    """

    __slots__ = ("_last", "_since", "online", "phase", "powered")

    def __init__(self, phase: timedelta, online: bool, last: datetime | None = None) -> None:
        self.phase = phase
        self.online = online
        self.powered = True
        self._last = last
        self._since = _EPOCH

    def last(self, now: datetime) -> datetime | None:
        """The last contact up to `now`; None when the agent never called in."""
        if not self.online:
            return self._last
        check_in = self.next_check_in(now) - CHECK_IN_INTERVAL
        return check_in if check_in > self._since else self._last

    def next_check_in(self, after: datetime) -> datetime:
        """The first check-in strictly after a moment, provided the agent is online then."""
        periods = (after - _EPOCH - self.phase) // CHECK_IN_INTERVAL + 1
        return _EPOCH + self.phase + periods * CHECK_IN_INTERVAL

    def go_offline(self, now: datetime) -> None:
        self._last = self.last(now)
        self.online = False

    def go_online(self, now: datetime) -> None:
        self.powered = True
        if not self.online:
            self.online = True
            self._since = now

    def set_last(self, last: datetime | None, now: datetime) -> None:
        """States the last contact; the next check-in of an online agent supersedes it."""
        self._last = last
        self._since = now
