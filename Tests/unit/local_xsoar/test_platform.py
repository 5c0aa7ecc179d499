"""Each command runs in a state as fresh as a new interpreter's, and leaves the process as it was."""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest
from local_xsoar import PlatformModules, WarRoom


def test_commands_share_no_memory(room: WarRoom) -> None:
    first, second = room.run("!sample-state"), room.run("!sample-state")
    assert (first.contents["in_memory"], second.contents["in_memory"]) == (1, 1)
    assert (first.contents["runs"], second.contents["runs"]) == (1, 2)


def test_the_process_is_as_before(room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setattr(logging, "raiseExceptions", True)

    def state() -> tuple[object, ...]:
        found = list(warnings.filters), warnings.showwarning, logging.raiseExceptions, gc.get_threshold(), sys.getswitchinterval()
        return dict(os.environ), Path.cwd(), *found

    before = state()
    assert room.run("!sample-pollute").ok
    assert state() == before


def test_the_platform_s_modules_are_there_only_while_a_command_runs(room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = ModuleType("demistomock")
    monkeypatch.setitem(sys.modules, "demistomock", ours)
    monkeypatch.delitem(sys.modules, "CommonServerPython", raising=False)
    assert "CommonServerPython" in room.run("!sample-facts").contents["modules"]
    assert sys.modules["demistomock"] is ours
    assert "CommonServerPython" not in sys.modules


def test_what_a_command_leaves_behind_does_not_come_back_later(room: WarRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    before = warnings.showwarning
    with monkeypatch.context() as patch:
        patch.setattr(warnings, "showwarning", lambda *_args, **_kwargs: None)
        room.run("!sample-log")
    gc.collect()
    assert warnings.showwarning is before


def test_the_script_sees_the_platform(room: WarRoom) -> None:
    facts = room.run("!sample-facts").contents
    assert facts["name"] == "builtins"
    # The uploader's library has a like name, and other tests of this process may have imported it.
    modules = [name for name in facts["modules"] if not name.startswith("demisto_client")]
    assert modules == ["CommonServerPython", "CommonServerUserPython", "demistomock"]
    assert facts["brand"] == "Sample"
    assert facts["instance"] == "Sample_instance_1"
    assert facts["debug"] is False
    assert facts["one_params_object"] is True


def test_an_uncaught_exception_is_an_error_entry_that_begins_in_the_script(room: WarRoom) -> None:
    error = room.run("!sample-crash").error or ""
    assert error.startswith("Traceback (most recent call last):")
    assert error.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")
    assert "Sample.py" in error
    assert "platform.py" not in error


def test_return_error_is_an_error_entry_with_outputs(room: WarRoom) -> None:
    run = room.run("!sample-fail")
    assert run.error == "Failed to execute sample-fail command. Error: It failed on purpose."
    assert len(run.entries) == 1
    assert room.context.get("Sample.Failure") == "It failed on purpose."


def test_results_that_json_cannot_carry_are_refused(room: WarRoom) -> None:
    assert "not JSON serializable" in (room.run("!sample-bad-results").error or "")


def test_a_function_that_the_server_does_not_offer_is_named(room: WarRoom) -> None:
    assert "demisto.findUser() is not part of the local XSOAR." in (room.run("!sample-find-user").error or "")


def test_a_folder_without_the_modules_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds no demistomock\.py"):
        PlatformModules(tmp_path)
