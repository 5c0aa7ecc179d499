"""A tenant in this process whose devices all call in, on a clock that jumps: for what is counted and not timed."""

from __future__ import annotations

from local_absolute import LocalTenant, ManualClock


def calling_devices(count: int) -> tuple[LocalTenant, list[str]]:
    """The tenant, not started yet, and the UIDs of its devices that call in every 15 minutes."""
    tenant = LocalTenant(devices=0, clock=ManualClock(), rate_limit=None)
    uids = [str(tenant.devices.add(agentStatus="A")["deviceUid"]) for _ in range(count)]
    for uid in uids:
        tenant.agents.online(uid)
    return tenant, uids
