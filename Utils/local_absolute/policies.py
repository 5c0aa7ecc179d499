"""The policies of the policy groups, and the moves of devices from one group to another."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from .clock import Clock
from .devices import Device, Devices
from .fleet import GLOBAL_POLICY_GROUP, POLICIES, POLICY_GROUPS, Policy, PolicyGroup

MOVE_TIME = timedelta(minutes=1)


@dataclass
class Move:
    """`status` is Processing or Completed."""

    uid: str
    target: PolicyGroup
    devices: list[Device]
    status: str = "Processing"


class Policies:
    """The policy groups by UID, which policies are active, and the moves by UID, which take a minute of tenant time each."""

    def __init__(self, devices: Devices, clock: Clock, lock: threading.RLock) -> None:
        self._devices = devices
        self._clock = clock
        self._lock = lock
        self.groups = {group.uid: group for group in (GLOBAL_POLICY_GROUP, *POLICY_GROUPS)}
        self.active = {
            (uid, policy.type) for uid, group in self.groups.items() for policy in POLICIES if policy.type in group.enabled
        }
        self.moves: dict[str, Move] = {}

    def group_of(self, device: Device) -> PolicyGroup:
        """Devices of the Global Policy Group have no policyGroupUid."""
        return self.groups[device.get("policyGroupUid", GLOBAL_POLICY_GROUP.uid)]

    def covers(self, device: Device, policy_type: str) -> bool:
        return (self.group_of(device).uid, policy_type) in self.active

    def find(self, group: PolicyGroup, policy_uid: str) -> Policy | None:
        return next((policy for policy in POLICIES if policy.uid(group) == policy_uid), None)

    def switch(self, group: PolicyGroup, policy: Policy, on: bool) -> None:
        (self.active.add if on else self.active.discard)((group.uid, policy.type))

    def move(self, devices: list[Device], target: PolicyGroup) -> Move:
        move = Move(str(uuid.uuid4()), target, devices)
        self.moves[move.uid] = move
        self._clock.call_at(self._clock.now() + MOVE_TIME, partial(self._moved, move))
        return move

    def _moved(self, move: Move) -> None:
        group_uid = None if move.target is GLOBAL_POLICY_GROUP else move.target.uid
        with self._lock:
            for device in move.devices:
                self._devices.update(device["deviceUid"], policyGroupUid=group_uid, policyGroupName=move.target.name)
            move.status = "Completed"
