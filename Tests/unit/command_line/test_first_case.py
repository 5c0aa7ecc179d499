"""The first case by hand: what README says, and a whole one, on a tenant that stays."""

from __future__ import annotations

import csv
import io
import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path

from papers.texts import README, Paper

from .conftest import Absolute, Started

LAPTOP = ("--serial-numbers", "SN000111")
MESSAGE = ("--message-name", "Stolen", "--html-message", "<p>Please call.</p>")
FREEZE = ("device-freeze-request", *LAPTOP, "--request-name", "Case 1042", *MESSAGE)


def column(absolute: Absolute, name: str, *command: str) -> list[str]:
    """One column of an answer."""
    seen = absolute(*command, "-o", "csv", "--fields", name)
    assert seen.status == 0, seen.err
    return [row[name] for row in csv.DictReader(io.StringIO(seen.out))]


def test_the_three_commands_of_the_readme(absolute: Absolute, started: Started) -> None:
    typed = [line for line in Paper.read(README).code_lines if line.startswith("absolute ")]
    tenant, freeze, unfreeze = [shlex.split(line, comments=True) for line in typed[:3]]
    assert tenant == ["absolute", "tenant"]
    assert "1 frozen" in absolute(*freeze[1:]).out
    assert "1 unfrozen" in absolute(*unfreeze[1:]).out


def test_found_located_frozen_proven_scheduled_unfrozen_and_wiped(absolute: Absolute, started: Started, tmp_path: Path) -> None:
    assert column(absolute, "Serial", "device-list", "--user-names", "*jdoe") == ["SN000111"]
    (latitude,) = column(absolute, "Latitude", "device-location-get", *LAPTOP)
    assert float(latitude)
    frozen = absolute(*FREEZE, "--watch")
    assert (frozen.status, "1 frozen" in frozen.out) == (0, True)
    assert column(absolute, "IsFrozen", "device-get", *LAPTOP) == ["true"]
    assert absolute("device-freeze-passcode-get", *LAPTOP).status == 0
    assert "1 unfrozen" in absolute("device-remove-freeze-request", *LAPTOP, "--watch").out
    later = (datetime.now(timezone.utc) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    scheduled = absolute(*FREEZE, "--device-freeze-type", "Scheduled", "--scheduled-freeze-date", later, "--watch")
    assert (scheduled.status, "1 scheduled" in scheduled.out) == (0, True), scheduled.err
    assert column(absolute, "Serial", "device-list", "--state", "freeze scheduled") == ["SN000111"]
    assert column(absolute, "ScheduledUtc", "device-freeze-request-get", *LAPTOP) == [f"{later[:-1]}.000Z"]
    assert absolute("device-remove-freeze-request", *LAPTOP, "--remove-scheduled", "--watch").status == 0
    assert absolute("device-missing-report", *LAPTOP).status == 0
    wiped = absolute("wipe-request-create", *LAPTOP, "--watch")
    assert wiped.status == 0, wiped.out + wiped.err
    (told,) = [shlex.split(line) for line in wiped.err.splitlines() if line.startswith("Next: ")]
    assert told[1:3] == ["absolute", "run"], "what the war room takes, as a shell takes it"
    assert absolute(*told[2:], "--save", str(tmp_path / "proof.pdf")).status == 0
    assert (tmp_path / "proof.pdf").read_bytes().startswith(b"%PDF")
