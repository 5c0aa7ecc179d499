"""The program as somebody types it: what it says on stdout and stderr, and its exit status."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from pathlib import Path

import pytest
from command_line.program import main
from local_absolute import LocalTenant, ManualClock, Token
from local_xsoar import Integration

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Seen:
    """What a call of the program left behind."""

    status: int
    out: str
    err: str


Absolute = Callable[..., Seen]
Started = tuple["subprocess.Popen[str]", dict[str, str]]


@pytest.fixture(autouse=True)
def own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, integration: Integration) -> None:
    """No account of whoever runs the tests, a home of the test's own, and a wide terminal without colours.

    The integration is read once for all tests.
    """
    monkeypatch.setattr("command_line.preparation.load_integration", lambda _folder: integration)
    for name in [name for name in environ if name.startswith("ABSOLUTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def absolute(capsys: pytest.CaptureFixture[str]) -> Absolute:
    """Runs the program with the arguments that a shell would give it."""

    def run(*arguments: str) -> Seen:
        capsys.readouterr()
        status = main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Seen(status, out, err)

    return run


@pytest.fixture
def account(tenant: LocalTenant, token: Token, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> LocalTenant:
    """A tenant that the environment names like a real one; waiting lets its time pass."""
    monkeypatch.setenv("ABSOLUTE_URL", tenant.url)
    monkeypatch.setenv("ABSOLUTE_TOKEN_ID", token.id)
    monkeypatch.setenv("ABSOLUTE_SECRET_KEY", token.secret or "")
    monkeypatch.setattr("command_line.connection.sleep", clock.advance)
    return tenant


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Whoever sits there types these lines, then leaves."""

    def types(*lines: str) -> None:
        left = list(lines)

        def read(_prompt: str = "") -> str:
            if not left:
                raise EOFError
            return left.pop(0)

        monkeypatch.setattr("builtins.input", read)

    return types


@pytest.fixture
def started() -> Iterator[Started]:
    """The process, and the variables that it exports."""
    with tenant_process("--devices", "60", "--clock-speed", "3000") as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(5)]
        exported = dict(re.findall(r"^export (\w+)=(.*)$", "".join(lines), re.MULTILINE))
        yield process, exported


@contextmanager
def tenant_process(*options: str) -> Iterator[subprocess.Popen[str]]:
    """`absolute tenant` as a process of its own. A test that fails does not wait for one that does not end."""
    arguments = [sys.executable, "-m", "command_line", "tenant", *options]
    variables = {**environ, "PYTHONPATH": str(ROOT / "Utils")}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables) as process:
        try:
            yield process
        finally:
            process.kill()
