"""The collector of events: how fast it empties what is waiting, and how much memory that takes."""

from __future__ import annotations

from typing import Any

from bench.process import Usage, measured, tenant

PAGE = 1000
CALLS_PER_SECOND = 20
LATENCY = 0.2


def waiting(events: int) -> tuple[Usage, Usage]:
    """So many events wait behind the account's rate limit: ours, and the sequential baseline."""
    options = ("--devices", "200", "--events", str(events), "--events-hours", "70", "--latency", str(LATENCY))
    with tenant(*options, "--rate-limit", str(CALLS_PER_SECOND)) as account:
        params = _params(account)
        return measured("run_collector", {"params": params}), measured("run_sequential", {"params": params})


def growing(events: int) -> Usage:
    """Ours alone, without a rate limit and latency: what the work itself costs."""
    options = ("--devices", "200", "--events", str(events), "--events-hours", "70", "--rate-limit", "0")
    with tenant(*options) as account:
        return measured("run_collector", {"params": _params(account)})


def _params(account: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": account["url"],
        "credentials": {"identifier": account["token_id"], "password": account["secret"]},
        "isFetchEvents": True,
    }
