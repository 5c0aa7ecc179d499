"""Device actions: requests, their per-device actions, and how these come to their end.

One framework for all kinds of action_kinds.py: Pending until the agent calls in, Processing while the device works, then
the kind's word for success, or Failed. The words are those of the vendor's OpenAPI document (actionStatus, requestStatus).
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from . import event_types
from .action_kinds import KINDS, ActionKind, Order, ineligibility
from .agents import Agents
from .approvals import Approvals
from .clock import Clock
from .devices import Device, Devices
from .events import Party
from .freeze import Freeze
from .missing_devices import is_missing
from .siem import Siem, party
from .times import format_utc

ENDED = frozenset({"Completed", "Succeeded", "Failed", "Canceled", "Ineligible"})
# "The actionStatus for Unenroll device requests transition from Pending to Processing almost immediately".
ALMOST_IMMEDIATELY = timedelta(seconds=2)
# "If there are outstanding security actions on a device, such as a Freeze or Wipe request, these are overridden".
OVERRIDDEN_BY_UNENROLLING = frozenset({"wipe", "file-delete"})


@dataclass(eq=False)
class DeviceAction:
    """One device's part of a request. `reason` is why it failed (no answer of the API shows it).

    `number` orders all actions of the kind by creation. `finish_at` is set while the device works.
    """

    uid: str
    number: int
    request: ActionRequest
    device: Device
    created: datetime
    updated: datetime
    status: str = "Pending"
    reason: str | None = None
    finish_at: datetime | None = None
    canceling: bool = False
    certificate_uid: str | None = None

    @property
    def kind(self) -> ActionKind:
        return self.request.kind


@dataclass(eq=False)
class ActionRequest:
    """One POST /actions/requests/<kind>. `standing` is its requestStatus while that does not follow from its actions:
    PendingApproval, then Failed or Canceled when approval was not given."""

    uid: str
    number: int
    kind: ActionKind
    order: Order
    requester: str
    created: datetime
    updated: datetime
    standing: str | None = None
    actions: list[DeviceAction] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.kind.id_prefix}-{self.number:04d}"

    def counts(self) -> Counter[str]:
        """Number of actions per actionStatus."""
        return Counter(action.status for action in self.actions)

    def status(self, now: datetime) -> str:
        """requestStatus."""
        if self.standing:
            return self.standing
        statuses = {action.status for action in self.actions}
        if statuses <= ENDED:
            return "Completed"
        if self.order.scheduled_at and now < self.order.scheduled_at and statuses <= {"Pending", "Ready"}:
            return "Scheduled"
        return "Init" if statuses == {"Pending"} else "InProgress"


@dataclass(eq=False)
class DeviceActions:
    """All requests and actions of the account. Kinds are named as in the paths: unenroll, wipe, file-delete, eum, reach."""

    _devices: Devices
    _agents: Agents
    _freeze: Freeze
    _approvals: Approvals
    _siem: Siem
    _clock: Clock
    _lock: threading.RLock
    _cancel_delay: timedelta
    _requests: dict[str, dict[str, ActionRequest]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    _actions: dict[str, list[DeviceAction]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    # By deviceUid: what its agent has been given to do and has not ended.
    _open: dict[str, list[DeviceAction]] = field(default_factory=dict)
    _held: set[tuple[str, str]] = field(default_factory=set)
    _failures: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._agents.add_work(self)

    # What tests ask and arrange -----------------------------------------------------------------------------------

    def requests(self, kind: str) -> list[ActionRequest]:
        """Every request of a kind, oldest first."""
        return list(self._requests[kind].values())

    def actions(self, kind: str) -> list[DeviceAction]:
        """Every action of a kind, oldest first."""
        return list(self._actions[kind])

    def fail(self, kind: str, device_uid: str, reason: str = "The device was unable to execute the action") -> None:
        """The device's next action of the kind that comes to its end ends `Failed`."""
        with self._lock:
            self._failures[KINDS[kind].name, self._devices.by_uid(device_uid)["deviceUid"]] = reason

    def hold(self, kind: str, device_uid: str) -> None:
        """Actions of the kind on the device stay `Processing` until they are released: a user who does not answer, a
        script that does not end."""
        with self._lock:
            self._held.add((KINDS[kind].name, self._devices.by_uid(device_uid)["deviceUid"]))

    def release(self, kind: str, device_uid: str) -> None:
        """Held actions end, those of an offline device when it calls in again."""
        with self._lock:
            self._held.discard((kind, device_uid.lower()))
            for action in self._actions[kind]:
                if action.device["deviceUid"] == device_uid.lower():
                    self._finish_in_time(action)

    # Requests -----------------------------------------------------------------------------------------------------

    def find(self, kind: ActionKind, request_uid: str) -> ActionRequest | None:
        return self._requests[kind.name].get(request_uid)

    def create(self, kind: ActionKind, devices: Iterable[Device], order: Order, requester: str) -> ActionRequest:
        """Requests the action on each device. A request for more devices than need no approval waits for it."""
        now = self._clock.now()
        requests = self._requests[kind.name]
        request = ActionRequest(str(uuid.uuid4()), len(requests) + 1, kind, order, requester, now, now)
        requests[request.uid] = request
        for device in devices:
            if not (order.exclude_missing and is_missing(device)):
                self._add_action(request, device)
        if self._approvals.required(len(request.actions)):
            request.standing = "PendingApproval"
            self._approvals.submit(request.uid, partial(self._approved, request), partial(self._refused, request))
        else:
            self._begin(request)
        return request

    def cancel(self, actions: Sequence[DeviceAction]) -> None:
        """Cancels those actions that can be cancelled when the cancellation arrives; the others stay as they are."""
        if not self._cancel_delay:
            self._cancel(actions)
        else:
            self._clock.call_at(self._clock.now() + self._cancel_delay, partial(self._cancel, actions))

    def certified(self, kind: ActionKind, device_uid: str, certificate_uid: str) -> DeviceAction | None:
        """The action that a certificate was made for."""
        for action in self._actions[kind.name]:
            if action.certificate_uid == certificate_uid and action.device["deviceUid"] == device_uid:
                return action
        return None

    def _add_action(self, request: ActionRequest, device: Device) -> None:
        actions = self._actions[request.kind.name]
        action = DeviceAction(str(uuid.uuid4()), len(actions), request, device, request.created, request.created)
        action.reason = ineligibility(request.kind, request.order, device)
        if action.reason:
            action.status = request.kind.ineligible
        else:
            self._siem.happened_in_console(
                event_types.action_requested(request.kind.id_prefix, party(device), request.requester, _event_party(request))
            )
        actions.append(action)
        request.actions.append(action)

    def _approved(self, request: ActionRequest) -> None:
        request.standing = None
        request.updated = self._clock.now()
        self._begin(request)

    def _refused(self, request: ActionRequest, standing: str) -> None:
        request.standing = standing
        for action in request.actions:
            if action.status not in ENDED:
                self._set_status(action, standing)
        request.updated = self._clock.now()

    def _begin(self, request: ActionRequest) -> None:
        for action in request.actions:
            if action.status in ENDED:
                continue
            if request.kind.by_agent:
                self._open.setdefault(action.device["deviceUid"], []).append(action)
                self._agents.wake(action.device)
            else:
                self._clock.call_at(self._clock.now() + ALMOST_IMMEDIATELY, partial(self._start, action))

    def _cancel(self, actions: Sequence[DeviceAction]) -> None:
        with self._lock:
            for action in actions:
                if action.status not in action.kind.cancellable:
                    continue
                if action.status == "Pending":
                    self._end(action, "Canceled")
                else:
                    # It is on the device, which hears of it when it calls in.
                    action.canceling = True
                    self._agents.wake(action.device)

    # What agents do -----------------------------------------------------------------------------------------------

    def waits_for(self, device: Device) -> bool:
        return any(self._is_due(action) for action in self._open.get(device["deviceUid"], ()))

    def check_in(self, device: Device, now: datetime) -> None:
        for action in list(self._open.get(device["deviceUid"], ())):
            if action.status == "Processing":
                self._finish_in_time(action)
            if action.canceling:
                self._end(action, "Canceled")
            elif action.status == "Pending":
                self._download(action, now)
            elif action.status == "Ready":
                self._start_on_schedule(action)

    def went_silent(self, device: Device, now: datetime) -> None:
        """Nothing happens: its actions wait until the device calls again."""

    def _is_due(self, action: DeviceAction) -> bool:
        """Whether the device's next check-in may do something about the action."""
        return action.canceling or action.status != "Ready" or self._is_time(action)

    def _is_time(self, action: DeviceAction) -> bool:
        scheduled_at = action.request.order.scheduled_at
        return scheduled_at is None or self._clock.now() >= scheduled_at

    def _download(self, action: DeviceAction, now: datetime) -> None:
        scheduled_at = action.request.order.scheduled_at
        if scheduled_at and now < scheduled_at:
            self._set_status(action, "Ready")
            self._clock.call_at(scheduled_at, partial(self._start_on_schedule, action))
        else:
            self._start(action)

    def _start_on_schedule(self, action: DeviceAction) -> None:
        with self._lock:
            if action.status == "Ready" and self._is_time(action) and action.device.contact.online:
                self._start(action)

    def _start(self, action: DeviceAction) -> None:
        with self._lock:
            if action.status in ENDED:
                return
            self._set_status(action, "Processing")
            action.finish_at = self._clock.now() + action.kind.duration
            self._clock.call_at(action.finish_at, partial(self._finish_in_time, action))

    def _finish_in_time(self, action: DeviceAction) -> None:
        """Ends the action if its time is up; a device that went offline meanwhile reports when it calls in again."""
        with self._lock:
            time_is_up = action.finish_at is not None and self._clock.now() >= action.finish_at
            heard_of = action.device.contact.online or not action.kind.by_agent
            held = (action.kind.name, action.device["deviceUid"]) in self._held
            if action.status == "Processing" and time_is_up and heard_of and not held:
                self._finish(action)

    def _finish(self, action: DeviceAction) -> None:
        kind, device = action.kind, action.device
        action.reason = self._failures.pop((kind.name, device["deviceUid"]), None)
        if action.reason:
            self._end(action, "Failed")
            return
        if kind.certified(action.request.order):
            action.certificate_uid = str(uuid.uuid4())
        self._end(action, kind.done)
        if kind.unenrolls(action.request.order, device):
            self._unenroll(action)

    def _unenroll(self, cause: DeviceAction) -> None:
        """The device leaves the account: its agent is disabled and its open security actions are overridden."""
        device, now = cause.device, format_utc(self._clock.now())
        for action in list(self._open.get(device["deviceUid"], ())):
            if action.kind.name in OVERRIDDEN_BY_UNENROLLING:
                self._end(action, "Canceled")
        self._freeze.override(device, cause.request.requester)
        event = {"eventStatus": "Unenrolled", "eventDateTimeUtc": now}
        self._devices.update(device["deviceUid"], agentStatus="D", unenrollmentDateTimeUtc=now, latestEvent=event)

    # State --------------------------------------------------------------------------------------------------------

    def _end(self, action: DeviceAction, status: str) -> None:
        action.canceling = False
        self._set_status(action, status)
        waiting = self._open.get(action.device["deviceUid"], [])
        if action in waiting:
            waiting.remove(action)

    def _set_status(self, action: DeviceAction, status: str) -> None:
        action.status = status
        action.updated = action.request.updated = self._clock.now()
        if status in ENDED:
            fields = event_types.action_ended(
                action.kind.id_prefix, status, party(action.device), _event_party(action.request), action.reason or ""
            )
            if action.kind.by_agent:
                self._siem.happened_on_device(fields)
            else:
                self._siem.happened_in_console(fields)


def _event_party(request: ActionRequest) -> Party:
    """The request as the secondary object of events."""
    return Party(f"{request.kind.id_prefix}Request", request.id, request.uid)
