"""The account's state, as every resource sees it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from .agents import Agents
from .approvals import Approvals
from .clock import Clock
from .cursors import Cursors
from .custom_fields import CustomFields
from .device_actions import DeviceActions
from .devices import Device, Devices
from .fleet import DEVICE_GROUPS, DeviceGroup
from .freeze import Freeze
from .message_templates import MessageTemplates
from .missing_devices import MissingDevices
from .options import Options
from .policies import Policies
from .script_library import ScriptLibrary
from .siem import Siem
from .software import Software
from .tokens import Token


@dataclass
class Account:
    devices: Devices
    agents: Agents
    freeze: Freeze
    approvals: Approvals
    actions: DeviceActions
    software: Software
    siem: Siem
    custom_fields: CustomFields
    policies: Policies
    device_groups: list[DeviceGroup]
    missing: MissingDevices
    message_templates: MessageTemplates
    script_library: ScriptLibrary
    cursors: Cursors
    clock: Clock
    options: Options
    lock: threading.RLock = field(repr=False)

    def visible(self, device: Device, token: Token) -> bool:
        """Whether the device is in the device groups that the token was created for."""
        scope = token.device_group_uids
        return scope is None or not scope.isdisjoint(device.get("deviceGroupIds", ()))


def open_account(devices: int, seed: int, clock: Clock, options: Options) -> Account:
    lock = threading.RLock()
    fleet = Devices(devices, seed, clock, lock, options.records)
    agents = Agents(fleet, clock, lock)
    siem = Siem(fleet, clock, lock, seed, options.siem)
    freeze = Freeze(fleet, agents, siem, clock, lock, options.firmware_freeze)
    approvals = Approvals(clock, lock)
    return Account(
        devices=fleet,
        agents=agents,
        freeze=freeze,
        approvals=approvals,
        actions=DeviceActions(fleet, agents, freeze, approvals, siem, clock, lock, options.cancel_delay),
        software=Software(fleet, seed, clock, lock),
        siem=siem,
        custom_fields=CustomFields(fleet, clock, lock, options.custom_fields),
        policies=Policies(fleet, clock, lock),
        device_groups=list(DEVICE_GROUPS),
        missing=MissingDevices(fleet, siem, clock),
        message_templates=MessageTemplates(clock),
        script_library=ScriptLibrary(clock),
        cursors=Cursors(clock, options.cursor_lifetime),
        clock=clock,
        options=options,
        lock=lock,
    )
