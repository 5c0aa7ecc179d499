"""Child processes: a tenant to measure against, and what is measured, so that memory and time are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_xsoar import load_integration
from local_xsoar.platform import modules_folder
from pack_files import INTEGRATION, ROOT

from bench.figures import Cost, median

BASELINES = Path(__file__).parent / "baselines"
LATENCY = 0.2
CALLS_PER_SECOND = 20
TURNS = 3


@dataclass(frozen=True)
class Traffic:
    """So many calls, of which the limit `refused` some (429).

    Attributes:
        seconds: What passed between the first and the last.
        pace: The shortest time from a call to the one that is so many after it as the limit allows in a second; 0 for no limit.
    """

    calls: int
    refused: int
    seconds: float
    pace: float


@dataclass(frozen=True)
class Tenant:
    """A running tenant; `serials` are the serial numbers of its devices."""

    process: subprocess.Popen[str]
    url: str
    id: str
    secret: str
    serials: list[str]

    def params(self, **others: Any) -> dict[str, Any]:
        """The parameters of an instance for it: the manifest's defaults, and `others`."""
        credentials = {"identifier": self.id, "password": self.secret}
        return {**load_integration(INTEGRATION).default_params, "url": self.url, "credentials": credentials, **others}

    def traffic(self) -> Traffic:
        """The calls since the last time that this was asked."""
        _say(self.process, "traffic")
        return Traffic(**_line(self.process))


@contextmanager
def tenant(
    devices: int = 200, events: int = 0, events_hours: float = 24, latency: float = 0, calls_per_second: int | None = None
) -> Iterator[Tenant]:
    asked = {
        "devices": devices,
        "events": events,
        "events_hours": events_hours,
        "latency": latency,
        "calls_per_second": calls_per_second,
    }
    process = _start("run_tenant", asked, _environment())
    try:
        yield Tenant(process, **_line(process))
    finally:
        process.terminate()
        process.communicate()


def measured(tenant: Tenant, script: Path, command: str, args: Mapping[str, str], **params: Any) -> tuple[Cost, dict[str, Any]]:
    """What a command costs, from the first line of its script to its last, and what it did."""
    found = answer_to("run_command", command_task(script, tenant.params(**params), command, args))
    traffic = tenant.traffic()
    cost = Cost(
        found["seconds"],
        found["cpu_seconds"],
        found["peak_mib"],
        traffic.calls,
        traffic.refused,
        start=found["start"],
        calling=traffic.seconds,
        pace=traffic.pace,
    )
    return cost, {**found, "calls_per_second": (traffic.calls - 1) / traffic.seconds if traffic.seconds else 0}


def in_turn(*measures: Callable[[], Cost] | None) -> list[Cost]:
    """Measure one after the other, again and again, so that what else the machine does meets all alike. Their medians.

    None stands for what is not measured.
    """
    costs = [[measure() for measure in measures if measure] for _ in range(TURNS)]
    medians = iter([median(column) for column in zip(*costs, strict=True)])
    return [next(medians) if measure else Cost() for measure in measures]


def command_task(
    script: Path, params: Mapping[str, Any], command: str, args: Mapping[str, str], modules: str | None = None
) -> dict[str, Any]:
    """What a process that runs a script in a container has to know."""
    return {
        "script": str(script),
        "modules": modules or str(modules_folder()),
        "params": params,
        "command": command,
        "args": args,
    }


def answer_to(module: str, asked: Mapping[str, Any], **environment: str) -> dict[str, Any]:
    """Run the module `bench.<module>` in a process of its own to its end; the JSON that it printed.

    Raises:
        RuntimeError: It failed.
    """
    process = _start(module, asked, {**_environment(), **environment})
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"bench.{module} ended with {process.returncode}.")
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def _start(module: str, asked: Mapping[str, Any], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "bench.child", module]
    process = subprocess.Popen(program, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _say(process, json.dumps(asked))
    return process


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _environment() -> dict[str, str]:
    """Compiled code is kept between processes, whatever the caller's environment says."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": os.pathsep.join((str(ROOT / "Utils"), str(ROOT / "Tests" / "campaigns")))}


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
