"""A simulated tenant that stays, so that what one command does, the next one finds."""

from __future__ import annotations

import shlex
from datetime import timedelta

from local_absolute import LocalTenant

from command_line.running_tenant import RunningTenant

DEVICES, SEED, CLOCK_SPEED = 60, 7, 60.0
EVENTS_BEFORE = 500  # of the last hour before the tenant starts
EVENTS_PER_MINUTE = 20.0  # of the tenant's time


def define_case_fields(tenant: LocalTenant) -> None:
    """The device fields that the playbooks write a case back to, as an account has them that uses these."""
    for name in ("Incident ID", "Incident Status", "Incident Owner"):
        tenant.custom_fields.define(name, "Text", "UDF")


def happening(tenant: LocalTenant, events_per_minute: float) -> None:
    """Lets events happen on a tenant, as they do where people work."""
    tenant.siem.generate(EVENTS_BEFORE, over=timedelta(hours=1))
    tenant.siem.run(events_per_minute)


def export_lines(tenant: RunningTenant, devices: int, default_account: str = "", console_url: str = "") -> str:
    """What a shell reads to go to the tenant."""
    elsewhere = f"# Without them, commands run on your account {default_account} unless --account simulated is said."
    variables = {
        "ABSOLUTE_URL": tenant.url,
        "ABSOLUTE_TOKEN_ID": tenant.token_id,
        "ABSOLUTE_SECRET_KEY": tenant.secret_key,
        "ABSOLUTE_CLOCK_SPEED": f"{tenant.clock_speed:g}",
    }
    return "\n".join(
        [
            f"# A simulated tenant with {devices} devices, {tenant.clock_speed:g} times as fast as real time, until Ctrl-C.",
            *([f"# Its console: {console_url}"] if console_url else []),
            *([elsewhere] if default_account else []),
            *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        ]
    )
