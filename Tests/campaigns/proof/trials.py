"""The commands of the sweep with their arguments, and the stage that they are run on."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from contract.commands import ONE_OF_EACH, TARGETS, Case, written_cases
from contract.fills import Fills
from local_absolute import STRICT, Fault, LocalTenant, ManualClock, Token
from local_xsoar import CommandRun, Integration, PlatformModules, WarRoom
from network.routes import PROXY_PASSWORD, Route, routed

from proof.fault_plan import FaultPlan
from proof.virtual_time import virtual_time

PASSCODE = "27182818"
MAC_PASSWORD = "Tr0ub4dor-Mac"
LOST = "LAB-0009"
TIMEOUT_SECONDS = 20
WAITS = {"polling": "true", "interval_in_seconds": "600", "timeout_in_seconds": "1800"}
LATER = "in 7 days"  # the stage's clock runs ahead of the host's
# Added to the simplest line of a command: what makes it read several pages, wait, or hold a secret.
MORE: dict[str, dict[str, str]] = {
    "absolute-device-list": {"all_results": "true"},
    "absolute-device-application-list": {"all_results": "true", "app_names": "Example*"},
    "absolute-device-compliance-list": {"limit": "600"},
    "absolute-device-get-events": {"start_date": "71 hours ago", "end_date": LATER, "limit": "1000"},
    "absolute-device-freeze-request": {**WAITS, "passcode_type": "UserDefined", "passcode": PASSCODE},
    "absolute-device-remove-freeze-request": WAITS,
    "absolute-device-found-report": {"device_names": LOST},
    "absolute-device-unenroll": WAITS,
    "absolute-device-message-send": WAITS,
    "absolute-policy-group-move": WAITS,
    "absolute-device-script-run": WAITS,
    "absolute-file-delete-request-create": WAITS,
    "absolute-wipe-request-create": {**WAITS, "device_ids": "$mac", "mac_user_name": "admin", "mac_pwd": MAC_PASSWORD},
}
# What a command uses up, and is run before it.
NEEDS = {
    "absolute-device-freeze-message-delete": Case(
        "absolute-device-freeze-message-create", {"message_name": "$number", "html_message": "x"}
    ),
    "absolute-device-found-report": Case("absolute-device-missing-report", {"device_names": LOST}),
    # Nothing of a request that is done can be cancelled.
    "absolute-message-request-cancel": Case("absolute-device-message-send", {"device_ids": "$device", "message": "x"}),
    "absolute-script-request-cancel": Case("absolute-device-script-run", {"device_ids": "$device", "script_uid": "$script"}),
    "absolute-file-delete-request-cancel": Case(
        "absolute-file-delete-request-create", {"device_ids": "$device", "wipe_type": "wipeAllUserFiles"}
    ),
    "absolute-wipe-request-cancel": Case("absolute-wipe-request-create", {"device_ids": "$device"}),
}
EVENTS = 1_100
PREPARATION = timedelta(hours=2)
FETCHES = ("fetch-events", "fetch-incidents")
# What it answers grows by itself while devices carry out what other commands asked for.
AFTER_THE_OTHERS, SETTLED = "absolute-device-get-events", timedelta(hours=1)


@dataclass(frozen=True)
class Outcome:
    """A command that was run under a plan.

    `secrets` may not be seen in it. `timeout` is the instance's parameter, in seconds; `seconds` that it took are virtual.
    `route` is how its calls went.
    """

    command: str
    args: dict[str, str]
    run: CommandRun
    context: dict[str, Any]
    files: dict[str, bytes]
    calls: FaultPlan
    seconds: float
    secrets: tuple[str, ...]
    timeout: float = TIMEOUT_SECONDS
    route: Route = Route.DIRECT

    @property
    def text(self) -> str:
        """What a person reads. Fetches have no war room: they end with an exception, which the server shows."""
        return self.run.markdown.rpartition("\nException: ")[2] if self.command in FETCHES else self.run.markdown

    @property
    def error(self) -> str | None:
        return None if self.run.ok else self.text

    @property
    def kept(self) -> str:
        """Everything that stays: entries, log and context."""
        return json.dumps([self.run.entries, self.run.logs, self.context], ensure_ascii=False)


@dataclass
class Stage:
    """A tenant, and what it takes to run commands on it. `way` are the parameters of an instance that takes its `route`."""

    tenant: LocalTenant
    clock: ManualClock
    integration: Integration
    modules: PlatformModules
    token: Token
    cases: dict[str, Case]
    fills: Fills
    route: Route
    way: dict[str, str | bool]
    waiting: Callable[[float], None] = lambda seconds: None

    def args(self, command: str) -> dict[str, str]:
        """Arguments of a run of its own."""
        if command == AFTER_THE_OTHERS:
            self.clock.advance(SETTLED.total_seconds())
        if needed := NEEDS.get(command):
            self.run(needed.command, self.fills.fill(needed))
        return self.fills.fill(self.cases[command]) if command in self.cases else {}

    def run(self, command: str, args: dict[str, str], plan: FaultPlan | None = None, timeout: str = "") -> Outcome:
        """Runs the command under the plan, in a war room of its own."""
        return self.run_in(self.room(**({"timeout": timeout} if timeout else {})), command, args, plan)

    def run_in(self, room: WarRoom, command: str, args: dict[str, str], plan: FaultPlan | None = None) -> Outcome:
        plan = plan or FaultPlan()
        with virtual_time() as virtual:
            self.waiting, plan.now = virtual.sleep, virtual.now
            self.tenant.faults.add(Fault(plan.act))
            try:
                with no_garbage_collection():
                    run = room.execute(command, dict(args))
                seconds = virtual.now()
                plan.finish()
            finally:
                self.tenant.faults.clear()
            timeout = float(room.instance.params["timeout"])
            files = {file.name: file.path.read_bytes() for file in room.investigation.files.values()}
            return Outcome(command, args, run, room.context.data, files, plan, seconds, self.secrets(), timeout, self.route)

    def room(self, **params: str | bool) -> WarRoom:
        instance: dict[str, Any] = {
            **self.way,
            "credentials": {"identifier": self.token.id, "password": self.token.secret or ""},
            "private_key": {"password": self.token.private_key_pem or ""},
            "timeout": str(TIMEOUT_SECONDS),
            "fetch_types": "SIEM events,Missing devices,Non-compliant devices",
            "max_fetch": "10000",
            "allow_any_request": True,
            "allow_any_change": True,
            # A policy is that of every device of its group.
            "max_devices_per_action": "1000",
        }
        return WarRoom(self.integration, instance | params, self.modules, wait=self._wait)

    def _wait(self, seconds: float) -> None:
        """The time between two polls passes for the tenant and for the command."""
        self.clock.advance(seconds)
        self.waiting(seconds)

    def secrets(self) -> tuple[str, ...]:
        key = self.token.private_key_pem.splitlines()[1:-1] if self.token.private_key_pem else [str(self.token.secret)]
        drawn = {action.passcode for request in self.tenant.freeze.requests.values() for action in request.actions}
        return (*key, MAC_PASSWORD, PASSCODE, PROXY_PASSWORD, *sorted(drawn - {PASSCODE}))


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """An answer may be nested too deep to be read: clients of earlier runs could not close their connections down there."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def open_stage(
    integration: Integration, modules: PlatformModules, devices: int, asymmetric: bool = False, route: Route = Route.DIRECT
) -> Iterator[Stage]:
    """A stage on which nothing has happened yet. Its clock is behind the host's by the time that preparing takes."""
    clock = ManualClock(datetime.now(timezone.utc) - PREPARATION)
    with LocalTenant(devices=devices, clock=clock, rate_limit=None, options=STRICT) as tenant, routed(tenant.url, route) as way:
        token = tenant.tokens.create_asymmetric() if asymmetric else tenant.tokens.create_symmetric()
        yield Stage(tenant, clock, integration, modules, token, commands(), Fills(tenant), route, way)


def prepare(stage: Stage) -> None:
    """Runs each command once, so that every line finds what it needs. Raises RuntimeError when one fails."""
    for command in stage.cases:
        outcome = stage.run(command, stage.args(command))
        if not outcome.run.ok:
            raise RuntimeError(f"{command} fails without any fault: {outcome.run.error}")


def prepare_fetches(stage: Stage) -> None:
    """Lets more than a page of events happen, and one device be missing; then all is settled, and the clocks agree."""
    stage.tenant.siem.generate(EVENTS, over=timedelta(hours=1))
    stage.run("absolute-device-missing-report", {"device_names": LOST})
    stage.clock.advance(PREPARATION.total_seconds())


def commands() -> dict[str, Case]:
    """A case for each command of the manifest, in an order in which each finds what it needs."""
    simplest = {case.command: case for case in reversed([*written_cases()])}
    ordered = dict.fromkeys(case.command for case in written_cases())
    return {name: _more(simplest[name], MORE.get(name, {})) for name in ordered}


def _more(case: Case, more: dict[str, str]) -> Case:
    return case.without(*((TARGETS,) if more.keys() & ONE_OF_EACH.keys() else ())).having(**more)
