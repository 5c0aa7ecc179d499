"""A local Absolute tenant: the Secure Endpoint API v3 on loopback, with simulated devices.

Start with `LocalTenant`: `with LocalTenant(devices=60, seed=7, clock=ManualClock()) as tenant:` serves `tenant.url`;
`tenant.tokens.create_symmetric()` gives the credentials for signed calls.
"""

from .account import Options
from .auth import IssuedAtWindow
from .clock import ManualClock, RunningClock
from .custom_fields import CustomFieldOptions
from .events import Change, Event, Party
from .faults import Fault
from .permissions import ALL_PERMISSIONS, Permission
from .query import QueryOptions
from .siem import SiemOptions
from .tenant import LocalTenant, RequestRecord
from .tokens import Token

__all__ = [
    "ALL_PERMISSIONS",
    "Change",
    "CustomFieldOptions",
    "Event",
    "Fault",
    "IssuedAtWindow",
    "LocalTenant",
    "ManualClock",
    "Options",
    "Party",
    "Permission",
    "QueryOptions",
    "RequestRecord",
    "RunningClock",
    "SiemOptions",
    "Token",
]
