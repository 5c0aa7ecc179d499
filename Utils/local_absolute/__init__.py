"""A local Absolute tenant: the Secure Endpoint API v3 on loopback, with simulated devices.

Start with `LocalTenant`: `with LocalTenant(devices=60, seed=7, clock=ManualClock()) as tenant:` serves `tenant.url`;
`tenant.tokens.create_symmetric()` gives the credentials for signed calls.
"""

from .clock import ManualClock, RunningClock
from .events import Change, Event, Party
from .faults import Fault
from .options import STRICT, CustomFieldOptions, IssuedAtWindow, ListOptions, Options, QueryOptions, RecordOptions, SiemOptions
from .permissions import ALL_PERMISSIONS, Permission
from .tenant import LocalTenant, RequestRecord
from .tokens import Token

__all__ = [
    "ALL_PERMISSIONS",
    "STRICT",
    "Change",
    "CustomFieldOptions",
    "Event",
    "Fault",
    "IssuedAtWindow",
    "ListOptions",
    "LocalTenant",
    "ManualClock",
    "Options",
    "Party",
    "Permission",
    "QueryOptions",
    "RecordOptions",
    "RequestRecord",
    "RunningClock",
    "SiemOptions",
    "Token",
]
