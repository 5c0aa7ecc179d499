"""Device freeze: requests, their per-device actions, what agents make of them, and the library of freeze messages.

The words of every status are those of the vendor's OpenAPI document (DfzAction, DfzActionStatus, DeviceReport).
"""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

from . import event_types
from .agents import Agents
from .clock import Clock
from .devices import Device, Devices
from .events import Party
from .siem import Siem, party
from .times import format_utc

# Time between a device's download of a freeze and its report that it is frozen.
FREEZING = timedelta(seconds=20)


class FreezeType(Enum):
    """`freezeDefinition.deviceFreezeType`."""

    ON_DEMAND = "OnDemand"
    SCHEDULED = "Scheduled"
    OFFLINE = "OffLine"


class Stage(Enum):
    """How far a freeze has come on the device."""

    REQUESTED = 0
    TIMER_EXPIRED = 1
    FROZEN = 2


# Invented: what the API calls the console's "Frozen at OS" is not known.
FROZEN_AT_OS = "FrozenAtOS"
FROZEN_AT_OS_CODE = "FRZNOS"

# (reporting status, score) of a device: DeviceReport.deviceFreezeActionStatus.
_REPORTED = {
    (FreezeType.ON_DEMAND, Stage.REQUESTED): ("FreezeRequested", 15),
    (FreezeType.ON_DEMAND, Stage.FROZEN): ("Frozen", 300),
    (FreezeType.SCHEDULED, Stage.REQUESTED): ("FreezeScheduled", 10),
    (FreezeType.SCHEDULED, Stage.TIMER_EXPIRED): ("ScheduledTimerExpired", 60),
    (FreezeType.SCHEDULED, Stage.FROZEN): ("FrozenOnSchedule", 200),
    (FreezeType.OFFLINE, Stage.REQUESTED): ("FreezeConditionSet", 5),
    (FreezeType.OFFLINE, Stage.TIMER_EXPIRED): ("OfflineTimerExpired", 50),
    (FreezeType.OFFLINE, Stage.FROZEN): ("FrozenByCondition", 100),
}
UNLOCKED = "Device unlocked. Unfreeze performed."


@dataclass(frozen=True)
class FreezeDefinition:
    """What a request asks for. `freeze_at` goes with Scheduled, `offline_seconds` with OffLine."""

    type: FreezeType
    freeze_at: datetime | None = None
    offline_seconds: int | None = None


@dataclass(frozen=True)
class PasscodeDefinition:
    """`passcode` is set for UserDefined; otherwise `length` digits are drawn."""

    option: str
    passcode: str | None = None
    length: int = 8

    def codes(self, count: int) -> list[str]:
        """One unfreeze code per device."""
        if self.option == "RandomForEach":
            return [self._draw() for _ in range(count)]
        return [self.passcode or self._draw()] * count

    def _draw(self) -> str:
        return "".join(secrets.choice("0123456789") for _ in range(self.length))


@dataclass
class FreezeMessage:
    """A message of the library; `content` is sanitised HTML."""

    uid: str
    name: str
    content: str
    created_by: str
    created: datetime
    changed_by: str
    changed: datetime


@dataclass(eq=False)
class FreezeAction:
    """One device's part of a request. `status` is the API's actionStatus, `history` its statuses[]."""

    uid: str
    request: FreezeRequest
    device: Device
    passcode: str
    created: datetime
    changed: datetime
    status: str = "Pending"
    details: str = ""
    stage: Stage = Stage.REQUESTED
    downloaded: bool = False
    current: bool = True
    removing: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def type(self) -> FreezeType:
        return self.request.definition.type

    def note(self, status: str, now: datetime, by: str, **members: Any) -> None:
        """Adds an entry to the history."""
        self.changed = now
        entry = {"actionUid": self.uid, "status": status, "updatedBy": by, "updatedDateTimeUtc": format_utc(now)}
        self.history.append({**entry, **members})


@dataclass(eq=False)
class FreezeRequest:
    """One POST /actions/requests/freeze. The readable `freeze_id` is given to it when it is made known (Freeze.create)."""

    title: str
    requester: str
    definition: FreezeDefinition
    passcode: PasscodeDefinition
    message_name: str
    message: str
    notification_emails: list[str]
    created: datetime
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    freeze_id: str = ""
    actions: list[FreezeAction] = field(default_factory=list)


@dataclass
class _DeviceState:
    """The freezes that a device has: at most one per type. It is reported as locked while `frozen` is set; `unlocked` says
    that somebody has typed the passcode, and that the device has not reported it yet."""

    open: dict[FreezeType, FreezeAction] = field(default_factory=dict)
    frozen: FreezeAction | None = None
    unlocked: bool = False


@dataclass(eq=False)
class Freeze:
    """All freezes of the account. `requests` and `messages` are keyed by their UIDs."""

    _devices: Devices
    _agents: Agents
    _siem: Siem
    _clock: Clock
    _lock: threading.RLock
    _firmware_freeze: str
    requests: dict[str, FreezeRequest] = field(default_factory=dict)
    messages: dict[str, FreezeMessage] = field(default_factory=dict)
    _states: dict[str, _DeviceState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._agents.add_work(self)

    # Requests ---------------------------------------------------------------------------------------------------------

    def create(self, devices: Sequence[Device], request: FreezeRequest) -> None:
        """Requests a freeze of the devices. An outstanding freeze of the same type on a device is replaced."""
        request.freeze_id = f"DeviceFreeze-{len(self.requests) + 1:04d}"
        self.requests[request.uid] = request
        for device, code in zip(devices, request.passcode.codes(len(devices)), strict=True):
            action = FreezeAction(str(uuid.uuid4()), request, device, code, request.created, request.created)
            request.actions.append(action)
            self._open(action, request.created)

    def remove(self, devices: Iterable[Device], remove_scheduled: bool, remove_offline: bool, requester: str) -> None:
        """Unfreezes the devices and takes back requests that have not frozen them yet: on-demand ones always, the
        others only when said so. What a device has downloaded ends when it calls in, the rest at once."""
        removed = {FreezeType.ON_DEMAND: True, FreezeType.SCHEDULED: remove_scheduled, FreezeType.OFFLINE: remove_offline}
        now = self._clock.now()
        for device in devices:
            state = self._state(device)
            ending = [action for action in state.open.values() if action.stage is Stage.FROZEN or removed[action.type]]
            for action in ending:
                self._siem.happened_in_console(
                    event_types.action_requested("RemoveFreeze", party(device), requester, _event_party(action))
                )
                # One that replaced the freeze which locks the device also ends only when the device has heard of it.
                if action.downloaded or (state.frozen and state.frozen.type is action.type):
                    action.removing = True
                    self._agents.wake(device)
                else:
                    self._close(action, "Canceled", now, requester, instruction="Remove")

    def override(self, device: Device, by: str) -> None:
        """The device leaves the account: its freezes end at once, and it unlocks."""
        for action in list(self._state(device).open.values()):
            status = "Completed" if action.stage is Stage.FROZEN else "Canceled"
            self._close(action, status, self._clock.now(), by, instruction="Remove")

    # What agents do ---------------------------------------------------------------------------------------------------

    def on_screen(self, device: Device) -> FreezeAction | None:
        """The freeze whose message covers the device's screen now, whether or not the device could report it."""
        state = self._state(device)
        if state.unlocked or not device.contact.powered:
            return None
        return state.frozen or next(iter(_locking(state)), None)

    def enter_passcode(self, device: Device, passcode: str) -> bool:
        """Somebody types a passcode on the frozen screen. The right one unlocks the device at once, on the spot; an offline
        device reports it when it calls in again. False when it is wrong, or when nothing is frozen."""
        with self._lock:
            shown = self.on_screen(device)
            if shown is None or not secrets.compare_digest(shown.passcode.encode(), passcode.strip().encode()):
                return False
            self._state(device).unlocked = True
            if device.contact.online:
                self._report_unlocked(device, self._clock.now())
            return True

    def waits_for(self, device: Device) -> bool:
        state = self._state(device)
        return state.unlocked or any(_is_due(action) for action in state.open.values())

    def check_in(self, device: Device, now: datetime) -> None:
        if self._state(device).unlocked:
            self._report_unlocked(device, now)
        for action in list(self._state(device).open.values()):
            if action.removing:
                self._obey_removal(action, now)
            elif not action.downloaded:
                self._download(action, now)
            elif _is_due(action):
                self._report_frozen(action, now)

    def went_silent(self, device: Device, now: datetime) -> None:
        action = self._state(device).open.get(FreezeType.OFFLINE)
        last_contact = device.contact.last(now)
        if action is None or not action.downloaded or last_contact is None:
            return
        expiry = last_contact + timedelta(seconds=action.request.definition.offline_seconds or 0)
        self._clock.call_at(expiry, partial(self._offline_timer, action, last_contact))

    def _download(self, action: FreezeAction, now: datetime) -> None:
        action.downloaded = True
        acknowledged = {"instruction": "Launch", "ackClientDateTimeUtc": format_utc(now)}
        reason = self._agents.take_rejection(action.device)
        if reason is not None:
            action.details = reason
            text = f"Provider [DFZ] returned [0] with the following error message [{reason}]"
            why = {"messageKey": "dds.actionFramework.errors.Configure", "messageParams": [text]}
            self._close(action, "Failed", now, "Agent", **why, **acknowledged)
        elif action.type is FreezeType.ON_DEMAND or action.stage is Stage.TIMER_EXPIRED:
            action.status = "Processing"
            action.note("Launching", now, "Agent", **acknowledged)
            self._clock.call_at(now + FREEZING, partial(self._freezing_done, action))
        else:
            action.status = "Ready"
            action.note(_REPORTED[action.type, Stage.REQUESTED][0], now, "Agent", **acknowledged, **_schedule(action))

    def _freezing_done(self, action: FreezeAction) -> None:
        with self._lock:
            # A device that went offline meanwhile reports at its next check-in.
            if action.status == "Processing" and action.current and not action.removing and action.device.contact.online:
                self._report_frozen(action, self._clock.now())

    def _report_frozen(self, action: FreezeAction, now: datetime) -> None:
        action.status = "Completed"
        action.stage = Stage.FROZEN
        self._state(action.device).frozen = action
        action.note(
            self._status(action),
            now,
            "Agent",
            instruction="Freeze",
            messageKey="ddsui.ccDeviceFreeze.eventMessage.Freeze",
            message="Device locked. Freeze performed.",
            **_schedule(action),
        )
        self._publish(action.device)
        self._siem.happened_on_device(event_types.frozen(party(action.device), _event_party(action)))

    def _report_unlocked(self, device: Device, now: datetime) -> None:
        state = self._state(device)
        for action in _locking(state):
            self._close(action, "Completed", now, "Agent", instruction="Unfreeze", message=UNLOCKED)
        state.frozen, state.unlocked = None, False
        self._publish(device)

    def _obey_removal(self, action: FreezeAction, now: datetime) -> None:
        if action.stage is Stage.FROZEN:
            self._close(action, "Completed", now, "Agent", instruction="UnfreezeByRemove", message=UNLOCKED)
        else:
            self._close(action, "Canceled", now, "Agent", instruction="Remove")

    # Timers -----------------------------------------------------------------------------------------------------------

    def _schedule_timer(self, action: FreezeAction) -> None:
        with self._lock:
            if action.current and action.stage is Stage.REQUESTED:
                self._expire(action)

    def _offline_timer(self, action: FreezeAction, last_contact: datetime) -> None:
        with self._lock:
            unheard = action.device.contact.last(self._clock.now()) == last_contact
            if unheard and action.current and action.stage is Stage.REQUESTED and not action.removing:
                self._expire(action)

    def _expire(self, action: FreezeAction) -> None:
        action.stage = Stage.TIMER_EXPIRED
        action.note(_REPORTED[action.type, Stage.TIMER_EXPIRED][0], self._clock.now(), "System")
        self._publish(action.device)
        self._agents.wake(action.device)

    # State ------------------------------------------------------------------------------------------------------------

    def _state(self, device: Device) -> _DeviceState:
        return self._states.setdefault(device["deviceUid"], _DeviceState())

    def _open(self, action: FreezeAction, now: datetime) -> None:
        requester = action.request.requester
        reason = _ineligibility(action.device, action.type)
        if reason:
            action.status, action.details, action.current = "Ineligible", reason, False
            action.note("LaunchFailed", now, requester, message=reason)
            return
        action.note("FreezeRequested", now, requester, **_schedule(action))
        self._siem.happened_in_console(
            event_types.action_requested("DeviceFreeze", party(action.device), requester, _event_party(action))
        )
        state = self._state(action.device)
        replaced = state.open.get(action.type)
        if replaced:
            self._replace(replaced, action, now)
        state.open[action.type] = action
        self._publish(action.device)
        if action.request.definition.freeze_at:
            self._clock.call_at(action.request.definition.freeze_at, partial(self._schedule_timer, action))
        self._agents.wake(action.device)

    def _replace(self, old: FreezeAction, new: FreezeAction, now: datetime) -> None:
        old.current = old.removing = False
        if old.stage is not Stage.FROZEN:
            old.status = "Canceled"
        old.note("Removed", now, new.request.requester, instruction="Replace", triggerActionUid=new.uid)

    def _close(self, action: FreezeAction, status: str, now: datetime, by: str, **members: Any) -> None:
        """The action is over: it no longer counts for its device."""
        action.status = status
        action.current = action.removing = False
        action.note("LaunchFailed" if status == "Failed" else "Removed", now, by, **members)
        state = self._state(action.device)
        state.open.pop(action.type, None)
        if not any(other.stage is Stage.FROZEN for other in state.open.values()):
            state.frozen, state.unlocked = None, False
        self._publish(action.device)
        device, request = party(action.device), _event_party(action)
        self._siem.happened_on_device(
            event_types.unfrozen(device, request)
            if status == "Completed"
            else event_types.action_ended("DeviceFreeze", status, device, request, action.details)
        )

    def _publish(self, device: Device) -> None:
        """Writes the device's freeze state into its record."""
        state = self._state(device)
        reported = [self._reported(action) for action in state.open.values()]
        self._devices.update(
            device["deviceUid"],
            deviceFreezeActionStatus={"statuses": reported, "score": sum(one["status"]["score"] for one in reported)},
            deviceFreezeReportingStatuses=[one["status"]["status"] for one in reported],
            deviceFreezeStatus=None if state.frozen is None else self._frozen_status(state.frozen),
        )

    def _reported(self, action: FreezeAction) -> dict[str, Any]:
        """One element of deviceFreezeActionStatus.statuses."""
        body = {
            "status": self._status(action),
            "score": _REPORTED[action.type, action.stage][1],
            "passcode": action.passcode,
            "updatedDateTimeUtc": format_utc(action.changed),
        }
        if extra := conditions(action.request.definition):
            body["extras"] = [{"key": "conditions", "extra": extra}]
        return {"type": "Offline" if action.type is FreezeType.OFFLINE else action.type.value, "status": body}

    def _status(self, action: FreezeAction) -> str:
        """The reporting status."""
        return FROZEN_AT_OS if self._at_os(action) else _REPORTED[action.type, action.stage][0]

    def _at_os(self, action: FreezeAction) -> bool:
        """ "This status only applies to requests submitted after the Firmware Freeze feature was enabled", on demand, on Windows
        (the console's help, Device action fields)."""
        on_windows = action.type is FreezeType.ON_DEMAND and action.device["platformOSType"] == "Windows"
        return self._firmware_freeze != "off" and on_windows and action.stage is Stage.FROZEN

    def _frozen_status(self, action: FreezeAction) -> dict[str, Any]:
        """deviceFreezeStatus of a frozen device."""
        at_os = self._at_os(action)
        code = FROZEN_AT_OS_CODE if at_os and self._firmware_freeze == "coded" else "FRZN"
        return {
            "statusCode": code,
            "displayStatusCode": code,
            "statusName": "Frozen at OS" if at_os else "Frozen",
            "passCode": action.passcode,
            "displayPassCode": action.passcode,
            "changedDateTimeUtc": format_utc(action.changed),
        }


def _event_party(action: FreezeAction) -> Party:
    """The request as the secondary object of events."""
    return Party("DeviceFreezeRequest", action.request.title, action.request.uid)


def _locking(state: _DeviceState) -> list[FreezeAction]:
    """The freezes that lock the device: reported ones, and those whose time came while it could not report."""
    return [
        action
        for action in state.open.values()
        if action.stage is Stage.FROZEN
        or (action.downloaded and action.stage is Stage.TIMER_EXPIRED and action.status != "Processing")
    ]


def _is_due(action: FreezeAction) -> bool:
    """Whether the device's next check-in does something about the action."""
    waiting = action.type is not FreezeType.ON_DEMAND and action.stage is Stage.TIMER_EXPIRED
    return action.removing or not action.downloaded or action.status == "Processing" or waiting


def _ineligibility(device: Device, freeze_type: FreezeType) -> str | None:
    """On-demand freezes apply to all operating systems, the others to Windows and Mac; the agent must be active."""
    if device["agentStatus"] != "A":
        return "The agent on the device is not active"
    if freeze_type is not FreezeType.ON_DEMAND and device["platformOSType"] not in ("Windows", "Mac"):
        return f"{freeze_type.value} freeze is not available on {device['platformOSType']}"
    return None


def _schedule(action: FreezeAction) -> dict[str, str]:
    freeze_at = action.request.definition.freeze_at
    return {"scheduledFreezeDateTimeUtc": format_utc(freeze_at)} if freeze_at else {}


def conditions(definition: FreezeDefinition) -> list[dict[str, Any]]:
    """`configuration.conditions`: empty for OnDemand."""
    if definition.freeze_at:
        return [{"scheduledFreezeDateTimeUtc": format_utc(definition.freeze_at)}]
    if definition.offline_seconds:
        return [{"secondsUntilFreeze": definition.offline_seconds}]
    return []
