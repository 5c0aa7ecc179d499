"""The war room at a terminal: completion, history, what a person sees, and the questions it asks."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_xsoar import Integration, PlatformModules, WarRoom
from local_xsoar.history import DiscreetHistory, without_secrets
from local_xsoar.prompt import ManifestCompleter, Session
from local_xsoar.terminal import Terminal
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console


class Screen:
    """A terminal whose output can be read."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.terminal = Terminal(Console(file=self.output, width=100, color_system=None))

    def text(self) -> str:
        return self.output.getvalue()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def session(sample: Integration, platform_modules: PlatformModules, screen: Screen) -> Session:
    wait = screen.terminal.waiting(lambda _seconds: None)
    return Session(WarRoom(sample, {}, platform_modules, wait, screen.terminal), screen.terminal, asks_first=True)


@pytest.fixture
def typed(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    """Types into the interactive prompt."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):

        def type_keys(keys: str) -> int:
            keyboard.send_text(keys)
            return session.interactive()

        yield type_keys


@pytest.mark.parametrize(
    ("line", "completions"),
    [
        ("!sample-f", ["!sample-files", "!sample-facts", "!sample-find-user", "!sample-fail"]),
        ("/c", ["/context"]),
        ("/help sample-w", ["sample-wait"]),
        ("!sample-wait ", ["polling=", "rounds="]),
        ("!sample-wait rounds=3 ", ["polling="]),
        ("!sample-wait polling=", ["polling=true", "polling=false"]),
        ("!sample-wait polling=t", ["polling=true"]),
        ("!sample-device-list name=s", ["name=somebody"]),
        ("!sample-echo nothing=", []),
        ("!nothing ", []),
    ],
)
def test_completion(sample: Integration, line: str, completions: list[str]) -> None:
    found = ManifestCompleter(sample).get_completions(Document(line), CompleteEvent())
    assert [completion.text for completion in found] == completions


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("!sample-device-list ids=1 name=x", "!sample-device-list ids=1 name=x"),
        ('!sample-echo text="two words" passcode=1234 flag=true', '!sample-echo text="two words" flag=true'),
        ('!sample-echo secret_text="x y" text=a', "!sample-echo text=a"),
        ("!unknown PassWord=1 mac_pwd=2 client_secret=3 a=1", "!unknown a=1"),
        ('!sample-echo passcode="1234', ""),
        ("!sample-answer 42", "!sample-answer"),
        ("/context Sample", "/context Sample"),
        ("typed passcode=1", ""),
    ],
)
def test_secrets_stay_out_of_the_history(sample: Integration, line: str, kept: str) -> None:
    assert without_secrets(line, sample) == kept


def test_the_history_file_belongs_to_the_user(sample: Integration, tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"
    history = DiscreetHistory(sample, path)
    history.append_string("!sample-echo passcode=1234 text=a")
    history.append_string('!sample-echo passcode="56')
    assert "!sample-echo text=a" in path.read_text(encoding="utf-8")
    assert not {"1234", "56"} & set(path.read_text(encoding="utf-8").replace("\n", " ").split())
    assert "passcode" not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_session(typed: Callable[[str], int], screen: Screen, tmp_path: Path) -> None:
    assert (
        typed("!sample-device-list 1,2\r/context Sample.Device.Id\r/context Nowhere\r/help sample-crash\r/what\r\r/quit\r") == 0
    )
    text = screen.text()
    assert "│ 1  │ nobody │" in text
    assert '[\n  "1",\n  "2"\n]' in text
    assert "Nothing there." in text
    assert "Potentially harmful" in text
    assert "!sample-device-list 1,2" in (tmp_path / "local_xsoar" / "history").read_text(encoding="utf-8")


def test_the_end_of_input_ends_the_session(typed: Callable[[str], int]) -> None:
    assert typed("\x04") == 0


def test_ctrl_c_clears_the_line_and_stays(typed: Callable[[str], int], screen: Screen) -> None:
    assert typed("!sample-lo\x03!sample-log\r/quit\r") == 0
    assert "logged" in screen.text()


def test_ctrl_c_ends_the_wait_and_not_the_session(sample: Integration, platform_modules: PlatformModules, screen: Screen) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    room = WarRoom(sample, {}, platform_modules, interrupted, screen.terminal)
    session = Session(room, screen.terminal, asks_first=False)
    assert session.handle("!sample-wait rounds=3 polling=true") is False
    assert "poll 1: looks again in 30 s (0 of 120 s passed)" in screen.text()
    assert "No longer waiting." in screen.text()


def test_help_lists_commands_and_explains_one(session: Session, screen: Screen) -> None:
    session.handle("/help")
    assert "!sample-device-list  Lists devices." in screen.text()
    session.handle("/help !sample-device-list")
    assert "name: The name. (one of nobody, somebody; default nobody)" in screen.text()
    assert "ids: The IDs. (required; a list)" in screen.text()
    assert "Outputs: Sample.Device.Id, Sample.Device.Name" in screen.text()


@pytest.mark.parametrize(
    ("answer", "asks_first", "runs"), [("yes", True, True), ("no", True, False), ("", True, False), ("no", False, True)]
)
def test_harmful_commands_ask_first(
    session: Session, screen: Screen, monkeypatch: pytest.MonkeyPatch, answer: str, asks_first: bool, runs: bool
) -> None:
    session.asks_first = asks_first
    monkeypatch.setattr("builtins.input", lambda *_: answer)
    assert session.handle("!sample-crash") is False
    assert ("ZeroDivisionError" in screen.text()) is runs
    assert ("Not run." in screen.text()) is not runs


def test_without_anybody_to_ask_it_is_not_run(session: Session, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert session.handle("!sample-crash") is False
    assert "Not run." in screen.text()


def test_harmless_commands_do_not_ask(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    assert session.handle("!sample-log")


def test_an_unknown_command_is_said(session: Session, screen: Screen) -> None:
    assert session.handle("!nothing") is False
    assert "has no command nothing." in screen.text()
