"""The platform's scripts behave as the public ones in demisto/content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from local_xsoar import PlaybookRun, WarRoom
from unit.local_xsoar.playbook_support import command, library, playbook, script, start, sub_playbook

Play = Callable[..., PlaybookRun]


@pytest.fixture
def play(room: WarRoom, tmp_path: Path) -> Play:
    """Runs one script, with this context."""

    def play(name: str, args: dict[str, Any], context: dict[str, Any] | None = None) -> PlaybookRun:
        room.context.data = context or {}
        return room.run_playbook(library(tmp_path, playbook("Main", [start("1"), script(name, args)])), "Main")

    return play


@pytest.mark.parametrize(
    ("args", "before", "after"),
    [
        pytest.param({"value": "a"}, {}, {"k": "a"}, id="text"),
        pytest.param({"value": '["a", "b"]'}, {}, {"k": ["a", "b"]}, id="JSON"),
        pytest.param({"value": "12"}, {}, {"k": 12}, id="number"),
        pytest.param({"value": "00123"}, {}, {"k": 123}, id="leading zeros are lost"),
        pytest.param({"value": " 7 "}, {}, {"k": 7}, id="number in blanks"),
        pytest.param({"value": "-12"}, {}, {"k": -12}, id="negative number"),
        pytest.param({"value": "1.50"}, {}, {"k": 1.5}, id="decimal number"),
        pytest.param({"value": "01.5"}, {}, {"k": "01.5"}, id="no decimal number of JSON"),
        pytest.param({"value": "0x1F"}, {}, {"k": 31}, id="hexadecimal number"),
        pytest.param({"value": "0b101"}, {}, {"k": 5}, id="binary number"),
        pytest.param({"value": "12345678901234567890"}, {}, {"k": 12345678901234567890}, id="large number"),
        pytest.param({"value": "1e5"}, {}, {"k": "1e5"}, id="BigInt takes no exponent"),
        pytest.param({"value": "Infinity"}, {}, {"k": "Infinity"}, id="nor Infinity"),
        pytest.param({"value": "1_000"}, {}, {"k": "1_000"}, id="digits of Python alone"),
        pytest.param({"value": "00123", "stringify": "true"}, {}, {"k": "00123"}, id="stringified digits"),
        pytest.param({"value": "SN00123"}, {}, {"k": "SN00123"}, id="digits in a text"),
        pytest.param({"value": " "}, {}, {"k": 0}, id="blanks are 0"),
        pytest.param({"value": "${l}"}, {"l": []}, {"l": [], "k": 0}, id="an empty list is 0"),
        pytest.param({"value": "${l}"}, {"l": ["007"]}, {"l": ["007"], "k": 7}, id="a list of one is its item"),
        pytest.param({"value": "${l}"}, {"l": ["a"]}, {"l": ["a"], "k": ["a"]}, id="a list of a text"),
        pytest.param({"value": "${l}"}, {"l": [{"a": 1}]}, {"l": [{"a": 1}], "k": [{"a": 1}]}, id="a list of an object"),
        pytest.param({"value": "true"}, {}, {"k": True}, id="boolean"),
        pytest.param({"value": "NaN"}, {}, {"k": "NaN"}, id="not JSON"),
        pytest.param({"value": '{"a": 1}', "stringify": "true"}, {}, {"k": '{"a": 1}'}, id="stringified text"),
        pytest.param({"value": "${o}", "stringify": "true"}, {"o": {"a": 1}}, {"o": {"a": 1}, "k": '{"a":1}'}, id="stringified"),
        pytest.param({"value": "${o}"}, {"o": [1, 2]}, {"o": [1, 2], "k": [1, 2]}, id="a list stays a list"),
        pytest.param({"value": "b"}, {"k": "a"}, {"k": "b"}, id="overwrites"),
        pytest.param({"value": "b", "append": "false"}, {"k": "a"}, {"k": "b"}, id="does not append"),
        pytest.param({"value": "b", "append": "true"}, {"k": "a"}, {"k": ["a", "b"]}, id="appends"),
    ],
)
def test_set(play: Play, args: dict[str, str], before: dict[str, Any], after: dict[str, Any]) -> None:
    done = play("Set", {"key": "k", **args}, before)
    assert done.context.data == after
    assert done.entries[-1]["HumanReadable"] == "Key k set"


def test_set_writes_below_objects_and_updates_by_key(play: Play) -> None:
    assert play("Set", {"key": "a.b.c", "value": "1"}).context.data == {"a": {"b": {"c": 1}}}
    args = {"key": "D(val.ID == obj.ID)", "value": '{"ID": 1, "x": 2}', "append": "true"}
    assert play("Set", args, {"D": {"ID": 1, "y": 3}}).context.data == {"D": {"ID": 1, "x": 2, "y": 3}}


def test_set_does_not_take_an_empty_value(play: Play) -> None:
    assert "Missing required argument of Set: value." in play("Set", {"key": "k", "value": "${Missing}"}).error


@pytest.mark.parametrize(
    ("args", "before", "after"),
    [
        pytest.param({"value": "${Missing}"}, {"k": "a"}, {"k": "a"}, id="nothing"),
        pytest.param({"value": "b"}, {"k": "a"}, {"k": ["a", "b"]}, id="appends unless told otherwise"),
        pytest.param({"value": "b", "append": "false"}, {"k": "a"}, {"k": "b"}, id="overwrites when told"),
        pytest.param({"value": "${Missing}", "append": "false"}, {"k": "a"}, {"k": "a"}, id="nothing overwrites nothing"),
        pytest.param({"value": "${l}", "append": "false"}, {"l": [1, 2]}, {"l": [1, 2], "k": [1, 2]}, id="a list stays a list"),
        pytest.param({"key": "k,m", "value": "b"}, {}, {"k": "b", "m": "b"}, id="several keys"),
    ],
)
def test_set_and_handle_empty(play: Play, args: dict[str, str], before: dict[str, Any], after: dict[str, Any]) -> None:
    assert play("SetAndHandleEmpty", {"key": "k", **args}, before).context.data == after


@pytest.mark.parametrize("setting", ["stringify", "force"])
def test_settings_on_which_the_versions_of_set_and_handle_empty_disagree(play: Play, setting: str) -> None:
    assert "public versions that disagree" in play("SetAndHandleEmpty", {"key": "k", "value": "v", setting: "true"}).error


def test_set_multiple_values(play: Play) -> None:
    done = play("SetMultipleValues", {"parent": "P", "keys": "a, b", "values": "1, 2"}, {"P": {"a": "0", "c": "3"}})
    assert done.context.data == {"P": {"a": "1", "b": "2", "c": "3"}}
    assert done.entries[-1]["HumanReadable"] == "Keys a,b set"


@pytest.mark.parametrize(
    ("args", "after"),
    [
        ({"key": "a"}, {"b": {"c": 2, "d": 3}}),
        ({"key": "a, b.c"}, {"b": {"d": 3}}),
        ({"key": "nothing"}, {"a": 1, "b": {"c": 2, "d": 3}}),
        ({"all": "yes"}, {}),
        ({"all": "yes", "keysToKeep": "b.c"}, {"b": {"c": 2}}),
    ],
)
def test_delete_context(play: Play, args: dict[str, str], after: dict[str, Any]) -> None:
    assert play("DeleteContext", args, {"a": 1, "b": {"c": 2, "d": 3}}).context.data == after


def test_delete_context_wants_to_know_what(play: Play) -> None:
    assert "You must specify key or all=yes" in play("DeleteContext", {}).error


@pytest.mark.parametrize(("subplaybook", "in_parent", "in_child"), [({}, [], ["k"]), ({"subplaybook": "auto"}, ["k"], [])])
def test_delete_context_in_a_sub_playbook(
    room: WarRoom, tmp_path: Path, subplaybook: dict[str, str], in_parent: list[str], in_child: list[str]
) -> None:
    parent = playbook(
        "Parent", [start("1"), script("Set", {"key": "k", "value": "p"}, ("2",)), sub_playbook("Child", separatecontext=True)]
    )
    child = playbook(
        "Child",
        [
            start("1"),
            script("Set", {"key": "k", "value": "c"}, ("2",)),
            script("DeleteContext", {"key": "k", **subplaybook}, ("3",)),
            script("SetAndHandleEmpty", {"key": "Left", "value": "${k}"}),
        ],
        outputs=("Left",),
    )
    data = room.run_playbook(library(tmp_path, parent, child), "Parent").context.data
    assert [key for key in data if key == "k"] == in_parent
    assert (["k"] if "Left" in data else []) == in_child


@pytest.mark.parametrize(
    ("value", "answer"),
    [("a", "yes"), ("${l}", "yes"), ("${o}", "yes"), ("${e}", "no"), ("${Missing}", "no"), ("${z}", "no"), ("${f}", "no")],
)
def test_exists(play: Play, value: str, answer: str) -> None:
    context = {"l": [0], "o": {}, "e": [], "z": 0, "f": False}
    assert play("Exists", {"value": value}, context).entries[-1]["HumanReadable"] == answer


@pytest.mark.parametrize(
    ("left", "right", "answer", "kept"),
    [
        ("a", "a", "yes", "yes"),
        ("a", "b", "no", "no"),
        ("${n}", "7", "yes", "yes"),
        ("${l}", "1,2", "yes", "yes"),
        ("${t}", "true", "yes", "yes"),
        ("a", "${Missing}", "no", None),
    ],
)
def test_are_values_equal(play: Play, left: str, right: str, answer: str, kept: str | None) -> None:
    done = play("AreValuesEqual", {"left": left, "right": right}, {"n": 7, "l": [1, 2], "t": True})
    assert done.entries[-1]["HumanReadable"] == answer
    assert done.context.get("AreValuesEqual") == kept


@pytest.mark.parametrize(("value", "shown"), [("**a**", "**a**"), ("${l}", "1,2"), ("${o}", '{"a": 1}')])
def test_print(play: Play, value: str, shown: str) -> None:
    assert play("Print", {"value": value}, {"l": [1, 2], "o": {"a": 1}}).entries[-1]["HumanReadable"] == shown


def test_print_error_entry_is_an_error(play: Play) -> None:
    assert play("PrintErrorEntry", {"message": "It went wrong."}).error == "Main, task 1 (PrintErrorEntry): It went wrong."


@pytest.mark.parametrize(("first", "answer"), [("sample-fail", "yes"), ("sample-answer", "no")])
def test_is_error(room: WarRoom, tmp_path: Path, first: str, answer: str) -> None:
    tasks = [
        start("1"),
        command(first, leads_to=("2",), continueonerror=True),
        script("isError", {"entryId": "${lastCompletedTaskEntries}"}),
    ]
    assert room.run_playbook(library(tmp_path, playbook("Main", tasks)), "Main").entries[-1]["HumanReadable"] == answer


def test_errors_of_an_entry_that_is_not_there(play: Play) -> None:
    error = play("GetErrorsFromEntry", {"entry_id": "${l}"}, {"l": ["9@9"]}).error
    assert "Failed to fetch errors for the given entry id(s). Problem: There is no entry 9@9." in error


@pytest.mark.parametrize(("given", "problem"), [("1@1,2@1", "There is no entry 1, @, 1"), ("${Missing}", "'NoneType' object")])
def test_get_errors_from_entry_walks_over_what_it_is_given(play: Play, given: str, problem: str) -> None:
    """So a text with commas is one character after the other, as in the public script."""
    play("Print", {"value": "x"})
    play("Print", {"value": "y"})
    assert problem in play("GetErrorsFromEntry", {"entry_id": given}).error


@pytest.mark.parametrize(("seconds", "entries"), [(299, 0), (300, 2)])
def test_sleep_is_on_the_clock(play: Play, waits: list[float], seconds: int, entries: int) -> None:
    done = play("Sleep", {"seconds": str(seconds)})
    assert waits == [seconds]
    assert len(done.entries) == entries


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ({"dateFormat": "ISO"}, "2026-03-31T10:00:00.000Z"),
        ({"dateFormat": "UTC"}, "Tue, 31 Mar 2026 10:00:00 GMT"),
        ({"dateFormat": "ISO", "daysAgo": "1", "hoursAgo": "2", "minutesAgo": "3"}, "2026-03-30T07:57:00.000Z"),
        ({"dateFormat": "ISO", "monthsAgo": "1"}, "2026-02-28T10:00:00.000Z"),
        ({"dateFormat": "ISO", "date": "2026-01-01T00:00:00+01:00"}, "2025-12-31T23:00:00.000Z"),
    ],
)
def test_get_time(play: Play, room: WarRoom, monkeypatch: pytest.MonkeyPatch, args: dict[str, str], shown: str) -> None:
    monkeypatch.setattr(room, "now", lambda: datetime(2026, 3, 31, 10, tzinfo=timezone.utc))
    done = play("GetTime", {**args, "contextKey": "X"})
    assert done.context.get("XTimeNow") == shown


def test_get_time_goes_on_with_what_was_waited_for(room: WarRoom, tmp_path: Path) -> None:
    times = [
        script("GetTime", {"dateFormat": "ISO", "contextKey": key}, (after,) if after else ())
        for key, after in (("A", "2"), ("B", ""))
    ]
    tasks = [start("1"), times[0], script("Sleep", {"seconds": "7200"}, ("3",)), times[1]]
    context = room.run_playbook(library(tmp_path, playbook("Main", tasks)), "Main").context
    assert 7200_000 <= context.get("BTimeNowUnix") - context.get("ATimeNowUnix") < 7260_000


def test_get_time_refuses_formats_that_depend_on_the_place(play: Play) -> None:
    assert "Unsupported date format: locale" in play("GetTime", {"dateFormat": "Locale"}).error


def test_json_to_table(play: Play) -> None:
    args = {"value": "${d}", "title": "Devices", "headers": "Name,Id"}
    shown = play("JsonToTable", args, {"d": [{"Id": 1, "Name": "a"}, {"Id": 2, "Name": "b"}]}).entries[-1]["Contents"]
    assert shown == "### Devices\n|Name|Id|\n|---|---|\n| a | 1 |\n| b | 2 |\n"


def test_json_to_table_as_a_transformer_leaves_nothing_in_the_war_room(play: Play) -> None:
    table = {
        "complex": {"root": "d", "transformers": [{"operator": "JsonToTable", "args": {"headers": {"value": {"simple": "Id"}}}}]}
    }
    done = play("Print", {"value": table}, {"d": [{"Id": 1, "Name": "a"}]})
    assert done.entries[-1]["HumanReadable"] == "|Id|\n|---|\n| 1 |\n"
    assert len(done.entries) == 1


# ---------------------------------------------------------------------------------------- the scripts of a pack


def packed(room: WarRoom, tmp_path: Path, args: dict[str, Any]) -> PlaybookRun:
    """Runs the sample pack's script from a playbook beside it."""
    pack = Path(__file__).parent / "data" / "Packs" / "Sample"
    playbooks = tmp_path / "Playbooks"
    playbooks.mkdir()
    (tmp_path / "Scripts").symlink_to(pack / "Scripts")
    (tmp_path / "pack_metadata.json").symlink_to(pack / "pack_metadata.json")
    return room.run_playbook(
        library(playbooks, playbook("Main", [start("1"), script("SampleReport", args)])), "Main", incident={"name": "I"}
    )


def test_a_packs_script_gets_lists_as_they_are_and_default_values(room: WarRoom, tmp_path: Path) -> None:
    room.context.data = {"d": [{"Name": "a"}, {"Name": "b"}]}
    done = packed(room, tmp_path, {"devices": "${d}"})
    assert done.entries[-1]["HumanReadable"] == "Report: a, b of incident I"
    assert done.context.get("Sample.Report.Count") == 2


def test_a_packs_script_that_fails(room: WarRoom, tmp_path: Path) -> None:
    assert packed(room, tmp_path, {"devices": "x", "fail": "yes"}).error == "Main, task 1 (SampleReport): No report."


def test_what_scripts_do_not_have_is_refused_by_name(room: WarRoom, tmp_path: Path) -> None:
    assert (
        "demisto.getLastRun() is not part of the local XSOAR." in packed(room, tmp_path, {"devices": "x", "fail": "mock"}).error
    )
