"""The account's state, as every resource sees it."""

from __future__ import annotations

import threading

from .agents import Agents
from .approvals import Approvals
from .clock import Clock
from .cursors import Cursors
from .custom_fields import CustomFields
from .device_actions import DeviceActions
from .devices import Devices
from .fleet import DEVICE_GROUPS
from .freeze import Freeze
from .message_templates import message_templates
from .missing_devices import MissingDevices
from .options import Options
from .policies import Policies
from .script_library import ScriptLibrary
from .siem import Siem
from .software import Software


class Account:
    """`lock` is held by whoever reads or changes something."""

    def __init__(self, devices: int, seed: int, clock: Clock, options: Options) -> None:
        self.clock = clock
        self.options = options
        self.lock = lock = threading.RLock()
        self.devices = Devices(devices, seed, clock, lock, options.records)
        self.agents = Agents(self.devices, clock, lock)
        self.siem = Siem(self.devices, clock, lock, seed, options.siem)
        self.freeze = Freeze(self.devices, self.agents, self.siem, clock, lock, options.firmware_freeze)
        self.approvals = Approvals(clock, lock)
        self.actions = DeviceActions(
            self.devices, self.agents, self.freeze, self.approvals, self.siem, clock, lock, options.cancel_delay
        )
        self.software = Software(self.devices, seed, clock, lock)
        self.custom_fields = CustomFields(self.devices, clock, lock, options.custom_fields)
        self.policies = Policies(self.devices, clock, lock)
        self.device_groups = list(DEVICE_GROUPS)
        self.missing = MissingDevices(self.devices, self.siem, clock)
        self.message_templates = message_templates(clock.now())
        self.script_library = ScriptLibrary(clock)
        self.cursors = Cursors(clock, options.cursor_lifetime)
