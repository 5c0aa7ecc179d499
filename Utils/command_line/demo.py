"""`make demo`: a stolen laptop is found, located, frozen and released, from the war room, on the local tenant.

Every step types a command as an analyst does, shows the answer, and checks it against what the tenant itself knows. Then a
playbook does a whole case by itself: from the text of an e-mail to the certificate of the wipe.
The exit status is 0 only if every check held. Nothing but loopback is talked to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import click
from local_absolute import LocalTenant, RunningClock, Token
from local_absolute.data_discovery import matches
from local_xsoar import (
    CommandRun,
    Integration,
    PlatformModules,
    PlaybookRun,
    WarRoom,
    Watcher,
    load_integration,
    load_playbooks,
)
from local_xsoar.person import AgreesToEverything, Overheard
from local_xsoar.terminal import Terminal
from pack_files import INTEGRATION
from rich.console import Console

from command_line.connection import instance_params
from command_line.places import PLAYBOOKS
from command_line.tenant import define_case_fields

CLOCK_SPEED = 120  # tenant seconds per second: an agent checks in every 15 minutes, so twice within 15 seconds
PLAYBOOK_SPEED = 600  # the playbook follows the laptop for an hour
PLAYBOOK = "Absolute - Lost or Stolen Device"
E_MAIL = "My laptop was taken from the car tonight! The serial number is {serial}. Please help."
MESSAGE = "<p>This laptop was reported stolen. Please call +1 555 0100.</p>"
MAP_ENTRY = 15

Finding = tuple[str, bool]  # what was looked at, and whether it was as it should be


@dataclass
class Case:
    """The stolen laptop, the tenant that knows it, and the war room in which it is handled."""

    tenant: LocalTenant
    token: Token
    room: WarRoom
    device: Any
    runs: list[CommandRun] = field(default_factory=list)

    @property
    def is_frozen(self) -> bool:
        """What the tenant says of the laptop."""
        return (self.device.get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"

    @property
    def passcode(self) -> str:
        return str(self.device["deviceFreezeStatus"]["passCode"])


@dataclass(frozen=True)
class Step:
    """One command of the story and what must be true after it. `line` may name {serial}."""

    title: str
    line: str
    check: Callable[[Case, CommandRun], Iterable[Finding]]


def connected(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "the test says ok", run.contents == "ok"
    yield "the tenant has seen the token", case.token.last_access is not None


def found(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "exactly this laptop was found", case.room.context.get("Absolute.Device.Id") == case.device["deviceUid"]
    yield "under the name that the tenant has", case.room.context.get("Absolute.Device.DeviceName") == case.device["deviceName"]


def known(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "it is reported stolen", case.room.context.get("Absolute.Device.IsStolen") is True
    yield "it still is one object in the context", isinstance(case.room.context.get("Absolute.Device"), dict)
    yield "the tenant says that it is not frozen", not case.is_frozen


def located(case: Case, run: CommandRun) -> Iterator[Finding]:
    report = case.room.context.get("Absolute.LocationReport", {})
    longitude, latitude = case.device["geoData"]["location"]["point"]["coordinates"]
    yield "latitude and longitude are the tenant's", (report.get("Latitude"), report.get("Longitude")) == (latitude, longitude)
    yield "there is a map entry", any(entry["Type"] == MAP_ENTRY for entry in run.entries)


def message_written(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "the tenant has the message", case.room.context.get("Absolute.FreezeMessage.ID") in case.tenant.freeze.messages


def frozen(case: Case, run: CommandRun) -> Iterator[Finding]:
    request = case.room.context.get("Absolute.FreezeRequest", {})
    yield "the verdict is frozen", _verdicts(request.get("Devices")) == ["frozen"]
    yield "this laptop and no other is among the frozen", request.get("FrozenDeviceUIDs") == [case.device["deviceUid"]]
    yield "the tenant says that it is frozen", case.is_frozen
    yield "one request reached the tenant", len(case.tenant.freeze.requests) == 1


def passcode_shown(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "the passcode is the tenant's", case.is_frozen and case.passcode in run.markdown
    yield "it is in no context", case.is_frozen and case.passcode not in json.dumps(case.room.context.data)


def released(case: Case, run: CommandRun) -> Iterator[Finding]:
    yield "the verdict is unfrozen", _verdicts(case.room.context.get("Absolute.RemoveFreeze")) == ["unfrozen"]
    yield "the tenant says that it is not frozen", not case.is_frozen


STORY = (
    Step("Connect", "!test-module", connected),
    Step("Find the laptop", "!absolute-device-list serial_numbers={serial}", found),
    Step("Look at it", "!absolute-device-get device_ids=${{Absolute.Device.Id}}", known),
    Step("Locate it", "!absolute-device-location-get device_ids=${{Absolute.Device.Id}}", located),
    Step(
        "Write what its screen shall say",
        f'!absolute-device-freeze-message-create message_name="Stolen laptop" html_message="{MESSAGE}"',
        message_written,
    ),
    Step(
        "Freeze it",
        '!absolute-device-freeze-request serial_numbers={serial} request_name="Case 1042" '
        "message_uid=${{Absolute.FreezeMessage.ID}} polling=true",
        frozen,
    ),
    Step("Get the passcode", "!absolute-device-freeze-passcode-get serial_numbers={serial}", passcode_shown),
    Step("Release it", "!absolute-device-remove-freeze-request serial_numbers={serial} polling=true", released),
)


@click.command("demo")
def command() -> int:
    """Plays a case on a simulated tenant: find, locate, freeze and release a stolen laptop; then one by playbook."""
    return main()


def main() -> int:
    console = Console()
    started = time.monotonic()
    with console.status("preparing the integration and starting the local tenant"):
        integration = load_integration(INTEGRATION)
        tenant = LocalTenant(clock=RunningClock(speed=CLOCK_SPEED))
    with tenant:
        terminal = Terminal(console)
        terminal.say(f"Local tenant: {tenant.url}, {CLOCK_SPEED} times as fast as real time.", style="bold green")
        good = play(opened(tenant, stolen_laptop(tenant), integration, terminal, terminal), STORY, terminal)
    if good:
        with LocalTenant(clock=RunningClock(speed=PLAYBOOK_SPEED)) as tenant:
            good = play_by_playbook(opened(tenant, lost_laptop(tenant), integration, terminal), terminal)
    terminal.say(f"{'Every check held' if good else 'Not every check held'}, {time.monotonic() - started:.0f} s.", style="bold")
    return 0 if good else 1


def opened(
    tenant: LocalTenant, device: Any, integration: Integration, terminal: Terminal, watcher: Watcher | None = None
) -> Case:
    """The case in a war room of its own, with a new token."""
    token = tenant.tokens.create_symmetric()
    params = instance_params(tenant.url, token.id, token.secret or "")
    room = WarRoom(integration, params, PlatformModules.chosen(), terminal.waiting(tenant.clock.advance), watcher)
    return Case(tenant, token, room, device)


def play(case: Case, story: Iterable[Step], terminal: Terminal) -> bool:
    """Types each step's command and checks its result; ends at the first step that fails, as the next ones build on it."""
    for number, step in enumerate(story, 1):
        line = step.line.format(serial=case.device["serialNumber"])
        terminal.say(f"\n{number}. {step.title}", style="bold")
        terminal.say(line, style="bold cyan")
        run = case.room.run(line)
        case.runs.append(run)
        if not _report([("no error", run.ok), *(step.check(case, run) if run.ok else ())], terminal):
            return False
    terminal.say("\nLooking back at the whole case", style="bold")
    return _report(discreet(case), terminal)


def play_by_playbook(case: Case, terminal: Terminal) -> bool:
    """A report arrives as an e-mail; a playbook handles it while somebody answers its questions with yes."""
    text = E_MAIL.format(serial=case.device["serialNumber"])
    define_case_fields(case.tenant)
    terminal.say(f"\nThe same by playbook: {PLAYBOOK}, {PLAYBOOK_SPEED} times as fast as real time", style="bold")
    terminal.say(f"An e-mail says: {text}", style="bold cyan")
    run = case.room.run_playbook(
        load_playbooks(PLAYBOOKS),
        PLAYBOOK,
        {"Follow_hours": "1", "Follow_interval_minutes": "30"},
        {"name": "Laptop taken", "details": text},
        Overheard(AgreesToEverything(), terminal),
    )
    terminal.say(" > ".join(step.task_name for step in run.path if step.playbook == PLAYBOOK), style="dim")
    if run.notes:
        terminal.entry(run.notes[-1])
    return _report(handled(case, run), terminal)


def handled(case: Case, run: PlaybookRun) -> Iterator[Finding]:
    """What the tenant knows at the end of the playbook."""
    wipes = [action.status for request in case.tenant.actions.requests("wipe") for action in request.actions]
    kept = json.dumps([case.room.context.data, run.entries])
    yield "the playbook came to its end", run.ok
    yield "the tenant says that the laptop is missing", (case.device.get("deviceStatus") or {}).get("type") == "MISSING"
    yield "the tenant says that it is frozen", case.is_frozen
    yield "the tenant says that it is wiped, and nothing else is", wipes == ["Succeeded"]
    yield (
        "the report says which regulated data it held",
        all(str(one["score"]["name"]) in str(run.notes[-1]["HumanReadable"]) for one in held(case.tenant, case.device)),
    )
    yield "the certificate is in the incident", bool(case.room.context.get("InfoFile.Name"))
    yield "its passcode is in no context and no entry", not _any_within([case.passcode], kept)


def discreet(case: Case) -> Iterator[Finding]:
    """Secrets are where they belong: the passcode in its own command's answer, the token's secret nowhere."""
    passcodes = [action.passcode for request in case.tenant.freeze.requests.values() for action in request.actions]
    kept = json.dumps([case.room.context.data, [run.logs for run in case.runs]])
    answers = {run.command: json.dumps(run.entries) for run in case.runs}
    everything = kept + "".join(answers.values())
    answers.pop("absolute-device-freeze-passcode-get", None)
    yield "the token's secret is in no log, entry or context", not _any_within([str(case.token.secret)], everything)
    yield "passcodes are in no log, no context and no other answer", not _any_within(passcodes, kept + "".join(answers.values()))


def windows_laptop(tenant: LocalTenant, fits: Callable[[Any], object]) -> Any:
    """The first Windows laptop of the fleet with an active agent that fits."""
    active = (one for one in tenant.devices.all() if one["agentStatus"] == "A" and one["platformOSType"] == "Windows")
    return next(device for device in active if fits(device))


def stolen_laptop(tenant: LocalTenant) -> Any:
    """One whose place is known."""
    return windows_laptop(tenant, lambda device: device.get("isStolen") and device.get("geoData"))


def held(tenant: LocalTenant, device: Any) -> list[dict[str, Any]]:
    """What scans for regulated data found on a device."""
    return list(matches(device, tenant.account.policies, tenant.clock.now()))


def lost_laptop(tenant: LocalTenant) -> Any:
    """One that nobody has reported yet, with regulated data."""
    reported = ("isStolen", "deviceStatus")
    return windows_laptop(tenant, lambda device: not any(map(device.get, reported)) and held(tenant, device))


def _report(findings: Iterable[Finding], terminal: Terminal) -> bool:
    results = []
    for text, holds in findings:
        terminal.say(f"  {'ok' if holds else 'NOT TRUE'}: {text}", style="green" if holds else "bold red")
        results.append(holds)
    return all(results)


def _any_within(secrets: Iterable[str], text: str) -> bool:
    return any(secret in text for secret in secrets)


def _verdicts(devices: Any) -> list[str]:
    return [device["Verdict"] for device in (devices if isinstance(devices, list) else [devices or {"Verdict": ""}])]
