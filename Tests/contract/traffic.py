"""What goes over the wire while every command line is run: signed requests as they came, answers as they went."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local_absolute import LocalTenant, ManualClock
from local_absolute.http_answer import HttpAnswer
from local_absolute.server import Arrival
from local_xsoar import CommandRun, Integration, PlatformModules, WarRoom
from pack_files import manifest

from contract.commands import Case, cases
from contract.fills import Fills

# What the platform runs by itself, and the flag of the manifest that says so.
FETCHES = {"isfetch": "fetch-incidents", "isfetchevents": "fetch-events"}


@dataclass(frozen=True)
class Exchange:
    """One call and its answer. `header` and `payload` are those of the JWS; `case` is what was running."""

    case: Case
    header: dict[str, Any]
    payload: Any
    status: int
    content_type: str
    answer: bytes

    @property
    def method(self) -> str:
        return str(self.header["method"])

    @property
    def path(self) -> str:
        return str(self.header["uri"])

    @property
    def query(self) -> str:
        return str(self.header["query-string"])

    @property
    def content(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.answer)

    def __str__(self) -> str:
        sent = f"{self.method} {self.path}?{self.query[:200]} {json.dumps(self.payload)[:200]}"
        return f"{sent} -> {self.status}, of: {self.case}"


class RecordedTenant(LocalTenant):
    """A tenant that keeps each call and its answer. `running` is what the calls belong to."""

    def __init__(self, devices: int, clock: ManualClock) -> None:
        super().__init__(devices=devices, clock=clock, rate_limit=None)
        self.running = Case("", {})
        self.exchanges: list[Exchange] = []

    def _answer(self, compact: bytes, arrival: Arrival) -> HttpAnswer:
        answer = super()._answer(compact, arrival)
        self.exchanges.append(read_exchange(self.running, compact, answer))
        return answer


def read_exchange(case: Case, compact: bytes, answer: HttpAnswer) -> Exchange:
    """Take the JWS apart (RFC 7515 section 7.1), without asking the tenant what it made of it."""
    header, payload, _ = compact.split(b".")
    content_type = answer.headers.get("Content-Type", "").partition(";")[0]
    return Exchange(case, _decoded(header), _decoded(payload), answer.status, content_type, answer.body)


def _decoded(part: bytes) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


@dataclass(frozen=True)
class Run:
    """A command that was run, and the exchanges that came of it."""

    case: Case
    result: CommandRun
    exchanges: list[Exchange]


class Stage:
    """A tenant, and a war room on it whose token may do everything."""

    def __init__(self, tenant: RecordedTenant, clock: ManualClock, integration: Integration, modules: PlatformModules) -> None:
        self.tenant = tenant
        self.token = tenant.tokens.create_symmetric()
        self._fills = Fills(tenant)
        params = {
            "url": tenant.url,
            "credentials": {"identifier": self.token.id, "password": self.token.secret},
            "max_devices_per_action": "1000",
            "allow_any_request": True,
            "allow_any_change": True,
            "isFetchEvents": True,
            "fetch_types": "SIEM events,Missing devices,Non-compliant devices,Devices",
        }
        self._room = WarRoom(integration, params, modules, wait=clock.advance)

    def run(self, case: Case) -> Run:
        self.tenant.running = case
        earlier = len(self.tenant.exchanges)
        result = self._room.execute(case.command, self._fills.fill(case))
        return Run(case, result, self.tenant.exchanges[earlier:])


@dataclass(frozen=True)
class Traffic:
    """Every run. The stage is still there for more."""

    stage: Stage
    runs: list[Run] = field(repr=False)

    @property
    def exchanges(self) -> list[Exchange]:
        return [exchange for run in self.runs for exchange in run.exchanges]


@contextmanager
def played(integration: Integration, modules: PlatformModules) -> Iterator[Traffic]:
    """Run every case on a fresh tenant, and what the platform runs by itself."""
    clock = ManualClock()
    tenant = RecordedTenant(600, clock)
    with tenant:
        fill_rare_fields(tenant)
        stage = Stage(tenant, clock, integration, modules)
        fetching = [Case(name, {}) for name in fetches()]
        # Fetched once before anything has happened, and once after everything has.
        every = [Case("test-module", {}), *fetching, *cases(integration), *fetching]
        yield Traffic(stage, [stage.run(case) for case in every])


def fill_rare_fields(tenant: LocalTenant) -> None:
    """Gives devices what most do not have."""
    rare = {
        "bios.versionDate": "2024-01-31T00:00:00.000Z",
        "operatingSystem.productKey": "XXXXX",
        "operatingSystem.serialNumber": "00330-80000-00000-AA000",
        "geoData.location.geoAddress.county": "Greater London",
    }
    for device in tenant.devices.all():
        tenant.devices.update(device["deviceUid"], **rare)
    tenant.siem.user_changed(tenant.devices.by_name("LAB-0002")["deviceUid"], "CORP\\asmith")


def fetches() -> list[str]:
    """The fetches that the manifest declares. A flag may name a marketplace after a colon."""
    script = manifest()["script"]
    flags = {key.partition(":")[0] for key, value in script.items() if value}
    return [name for flag, name in FETCHES.items() if flag in flags]
