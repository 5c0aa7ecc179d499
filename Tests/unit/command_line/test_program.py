"""What somebody types and sees: commands by their names, their options, help, and slips of the keyboard."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import toml
from click.testing import CliRunner
from command_line.manifest import declared_commands
from command_line.program import absolute as program
from local_absolute import LocalTenant

from .conftest import Absolute

ROOT = Path(__file__).resolve().parents[3]


def test_a_command_by_its_short_name(absolute: Absolute) -> None:
    seen = absolute("device-get", "--device-names", "LAB-0001")
    assert seen.status == 0
    assert "SN000111" in seen.out
    assert "This is the simulated tenant, http://127.0.0.1:" in seen.err


def test_the_full_name_and_the_names_of_the_arguments_as_in_the_war_room(absolute: Absolute) -> None:
    assert "SN000111" in absolute("absolute-device-get", "--device_names", "LAB-0001").out


def test_one_line_as_in_the_war_room(absolute: Absolute) -> None:
    assert "SN000111" in absolute("run", "!absolute-device-get device_names=LAB-0001").out
    assert "SN000111" in absolute("run", "absolute-device-get device_names=LAB-0001").out


def test_a_line_without_quotes_is_explained(absolute: Absolute) -> None:
    seen = absolute("run", "!absolute-device-list", "limit=5")
    assert seen.status == 2
    assert "absolute run '!absolute-device-list limit=5'" in seen.err


def test_a_value_without_a_name_goes_to_the_default_argument(absolute: Absolute) -> None:
    by_name = json.loads(absolute("endpoint", "--ip", "192.0.2.15", "-o", "json").out)
    assert by_name["Endpoint"]["Hostname"] == "LAB-0001"
    assert json.loads(absolute("endpoint", "192.0.2.15", "-o", "json").out)["Endpoint"] == by_name["Endpoint"]


@pytest.mark.parametrize("text", ["costs $5", 'says "stop"', "it's", "a \\n b", "${Absolute.Device.Id}", "`x`", "=", "-x"])
def test_no_text_is_changed_on_its_way(absolute: Absolute, account: LocalTenant, text: str) -> None:
    seen = absolute("device-freeze-message-create", "--message-name", text, "--html-message", f"<p>{text}</p>")
    assert seen.status == 0, seen.err
    (call,) = account.calls("POST /v3")
    assert text in call.body.values()
    assert f"<p>{text}</p>" in call.body.values()


def test_several_values_by_commas_or_by_repeating(absolute: Absolute) -> None:
    with_commas = absolute("device-get", "--serial-numbers", "SN000111,SN000120", "-o", "csv", "--fields", "Serial")
    repeated = absolute(
        "device-get", "--serial-numbers", "SN000111", "--serial-numbers", "SN000120", "-o", "csv", "--fields", "Serial"
    )
    assert sorted(with_commas.out.split()) == sorted(repeated.out.split()) == ["SN000111", "SN000120", "Serial"]


def test_a_switch_with_and_without_its_value(absolute: Absolute) -> None:
    freeze = (
        "device-freeze-request",
        "--serial-numbers",
        "SN000111",
        "--request-name",
        "x",
        "--message-name",
        "y",
        "--html-message",
        "z",
    )
    for switch in (("--dry-run",), ("--dry-run", "true"), ("--dry-run=true",)):
        seen = absolute(*freeze, *switch)
        assert "Dry run: nothing was sent." in seen.out, seen.err
    assert "Dry run" not in absolute(*freeze, "--dry-run", "false").out


def test_a_secret_is_asked_for_when_its_value_is_left_out(
    absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("4711\n"))
    seen = absolute(
        *("device-freeze-request", "--serial-numbers", "SN000111", "--request-name", "x", "--message-name", "y"),
        *("--html-message", "z", "--passcode-type", "UserDefined", "--passcode", "--yes"),
    )
    assert seen.status == 0, seen.err
    (call,) = account.calls("POST /v3/actions/requests/freeze")
    assert "4711" in json.dumps(call.body)
    assert "4711" not in seen.out + seen.err


def test_an_argument_that_has_the_name_of_an_option(absolute: Absolute) -> None:
    seen = absolute("device-get", "--serial-numbers", "SN000111", "--argument-fields", "deviceName,espInfo", "-o", "json")
    assert "EncryptionStatus" in json.dumps(json.loads(seen.out))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("device-lst",), "There is no command device-lst. Did you mean device-list"),
        (("accounts", "remov", "prod"), "There is no command remov. Did you mean remove? absolute accounts --help lists them."),
        (("absolute-device-lst",), "Did you mean device-list"),
        (("wipe",), "Did you mean wipe-request-create or wipe-"),
        (("device-list", "--lmit", "3"), "No such option: --lmit Did you mean --limit?"),
        (("device-freeze-request", "--serial-numbers", "SN000111"), "Missing option '--request-name'"),
        (("run", "!absolute-device-lst"), "has no command absolute-device-lst. Did you mean absolute-device-list"),
        (("run", "!absolute-device-list lmit=3"), "has no argument lmit. Did you mean limit?"),
        (("run", "!absolute-device-list 'x"), "is not closed"),
        (("device-list", "--output", "xml"), "'xml' is not one of 'table', 'json', 'csv', 'raw'"),
    ],
)
def test_slips_are_refused_before_anything_is_sent(absolute: Absolute, arguments: tuple[str, ...], said: str) -> None:
    seen = absolute(*arguments)
    assert seen.status == 2
    assert said in " ".join(seen.err.split())


def test_help_fits_a_screen_and_names_every_command(absolute: Absolute, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, lines in ((80, 48), (120, 40)):
        monkeypatch.setenv("COLUMNS", str(columns))
        text = absolute("--help").out
        assert len(text.splitlines()) <= lines
        assert max(map(len, text.splitlines())) <= columns
        assert not [name for name in declared_commands() if name not in text.split()]
    assert absolute().out == text


def test_help_by_its_name_and_the_version(absolute: Absolute) -> None:
    assert absolute("help").out == absolute("--help").out
    assert absolute("help", "device-list").out == absolute("device-list", "--help").out
    assert absolute("--version").out.startswith("absolute, of the pack ")


def test_help_of_a_command_begins_with_what_it_acts_on(absolute: Absolute) -> None:
    text = absolute("device-freeze-request", "--help").out
    places = [
        text.index(part) for part in ("Freezes devices.", "Which devices", "--serial-numbers", "Arguments", "--request-name")
    ]
    assert places == sorted(places)
    assert "One of OnDemand, Scheduled, OffLine." in text
    assert "--following" not in text  # the platform's own


def test_help_and_completion_load_nothing_that_runs_commands() -> None:
    loaded = "import sys; from command_line.program import main; main({!r}); print(*sys.modules)"
    for arguments in (["--help"], ["device-list", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", loaded.format(arguments)], capture_output=True, text=True, check=True, cwd=ROOT / "Utils"
        )
        assert not {"local_xsoar", "local_absolute", "requests", "rich"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "typed", "offered"),
    [
        ("absolute", "device-f", "device-freeze-request"),
        ("absolute", "wip", "wipe-request-create"),
        ("absolute device-list", "--serial", "--serial-numbers"),
        ("absolute device-list --agent-status", "", "Inactive"),
        ("absolute device-freeze-request --dry-run", "t", "true"),
        ("absolute device-list --output", "c", "csv"),
    ],
)
def test_shell_completion(words: str, typed: str, offered: str) -> None:
    variables = {"_ABSOLUTE_COMPLETE": "bash_complete", "COMP_WORDS": f"{words} {typed}", "COMP_CWORD": str(len(words.split()))}
    done = CliRunner().invoke(program, prog_name="absolute", env=variables)
    assert offered in [line.partition(",")[2] for line in done.output.splitlines()]


def test_the_set_up_installs_the_program() -> None:
    settings = toml.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["scripts"] == {"absolute": "command_line.program:main"}
    assert "--editable ." in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", ["run '!absolute-device-list all_results=true' -o raw", "war-room", "--help"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-", "| head -c 1"])
def test_closed_streams_end_in_no_traceback(arguments: str, closed: str) -> None:
    line = f"set -o pipefail; {sys.executable} -m command_line {arguments} {closed}"
    done = subprocess.run(["/bin/bash", "-c", line], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT / "Utils")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_it_runs_from_any_folder(tmp_path: Path) -> None:
    called = [sys.executable, "-m", "command_line", "run", "!absolute-device-get device_names=LAB-0001"]
    done = subprocess.run(
        called, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "Utils"), "HOME": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr
    assert "SN000111" in done.stdout


def test_a_traceback_of_the_platform_is_shown_with_the_lines_of_the_sources(absolute: Absolute, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text('  File "<TextApiModule>", line 100, in x\nValueError: 1\n', encoding="utf-8")
    for script in ((), ("--script", "AbsoluteDecision")):
        seen = absolute("traceback", *script, str(log))
        assert seen.out == '  File "Packs/ApiModules/Scripts/TextApiModule/TextApiModule.py", line 100, in x\nValueError: 1\n'
    assert absolute("traceback", "--script", "AbsoluteNothing", str(log)).status == 2
