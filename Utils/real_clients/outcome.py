"""What became of a client, and how the programs of other people are run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local_absolute import RequestRecord

SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """`calls` are those that the tenant got, `problems` what should have been otherwise."""

    client: str
    said: str
    calls: list[RequestRecord]
    problems: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[RequestRecord]:
        return [call for call in self.calls if call.status is None or call.status >= 400]


@dataclass(frozen=True)
class Finished:
    """A program that has ended; `status` is None when it had to be stopped."""

    status: int | None
    output: str
    errors: str

    def problems(self) -> list[str]:
        if self.status == 0:
            return []
        last = (self.errors or self.output).strip().splitlines()[-3:]
        return [f"it ended with status {self.status}: {' / '.join(last)}"]


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Finished:
    """Runs a program in a folder, with this process's environment but for proxies and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env={**kept, "NO_PROXY": "*", **(environment or {})},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(None, "", f"still running after {SECONDS} seconds")
    except OSError as error:
        return Finished(None, "", str(error))
    return Finished(ended.returncode, ended.stdout, ended.stderr)
