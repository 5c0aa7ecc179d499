"""Commands as an analyst and as a playbook run them, and what the server keeps of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests
from local_xsoar import CommandRun, Integration, PlatformModules, Poll, WarRoom, Watcher
from local_xsoar.scheduler import scheduled
from local_xsoar.xsiam import collector


def test_results_reach_the_war_room_and_the_context(room: WarRoom) -> None:
    run = room.run("!sample-device-list ids=1,2")
    assert run.ok
    assert "| 1 | nobody |" in run.markdown
    assert run.contents == [{"Id": "1", "Name": "nobody"}, {"Id": "2", "Name": "nobody"}]
    assert room.context.get("Sample.Device.Id") == ["1", "2"]


def test_a_second_run_updates_what_the_first_one_left(room: WarRoom) -> None:
    room.run("!sample-device-list ids=1,2")
    room.run("!sample-device-list ids=2,3 name=somebody")
    assert room.context.get("Sample.Device") == [
        {"Id": "1", "Name": "nobody"},
        {"Id": "2", "Name": "somebody"},
        {"Id": "3", "Name": "somebody"},
    ]


def test_rooms_share_nothing(sample: Integration, platform_modules: PlatformModules, room: WarRoom) -> None:
    room.run("!sample-device-list ids=1")
    room.run("!sample-state")
    other = WarRoom(sample, params={}, modules=platform_modules)
    assert other.context.data == {}
    assert other.run("!sample-state").contents["runs"] == 1


@pytest.mark.parametrize(
    ("given", "received"),
    [
        pytest.param({"text": "a, b"}, {"text": "a, b"}, id="text"),
        pytest.param({"list": ["a", "b"]}, {"list": "a,b"}, id="plain list"),
        pytest.param({"list": ["a,b", "c"]}, {"list": '["a,b", "c"]'}, id="list with a comma inside"),
        pytest.param({"list": []}, {"list": "[]"}, id="empty list"),
        pytest.param({"text": {"a": 1}}, {"text": '{"a": 1}'}, id="object"),
        pytest.param({"flag": True}, {"flag": "true"}, id="boolean"),
        pytest.param({"text": 5}, {"text": "5"}, id="number"),
        pytest.param({"text": None}, {}, id="nothing"),
        pytest.param({"internal": "x"}, {"internal": "x"}, id="hidden argument"),
        pytest.param({"flag": "perhaps"}, {"flag": "perhaps"}, id="beyond the predefined values"),
    ],
)
def test_values_reach_the_command_as_text(room: WarRoom, given: dict[str, Any], received: dict[str, Any]) -> None:
    assert room.execute("sample-echo", given).contents == {"flag": "false", **received}


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("!sample-nothing", "has no command sample-nothing."),
        ("!sample-echo colour=red", "sample-echo has no argument colour. Its arguments: text, list, flag"),
        ("!sample-echo raw-response=true", "raw-response is one of the server's own"),
        ("!sample-device-list", "Missing required argument of sample-device-list: ids."),
        ("!sample-device-list ids=", "Missing required argument of sample-device-list: ids."),
        ("!sample-echo text=1 text=2", "The argument text of sample-echo is given twice."),
        ("!sample-echo red", "'red' stands without an argument name, and sample-echo has no default argument."),
        ('!sample-echo text="red', "The quotation mark before 'red' is not closed."),
        ("sample-echo", "A command begins with !"),
    ],
)
def test_what_xsoar_refuses_is_refused_before_the_script_runs(room: WarRoom, line: str, refusal: str) -> None:
    run = room.run(line)
    assert refusal in (run.error or "")
    assert run.logs == []


def test_arguments_from_the_context(room: WarRoom) -> None:
    room.run("!sample-device-list ids=1,2")
    assert room.run('!sample-echo text="the ${Sample.Device.Id}" list=${Sample.Device.[1].Id}').contents == {
        "text": "the 1,2",
        "list": "2",
        "flag": "false",
    }


def test_test_button(sample: Integration, platform_modules: PlatformModules, room: WarRoom) -> None:
    assert room.test() == "ok"
    assert WarRoom(sample, params={"url": ""}, modules=platform_modules).test() == "The URL is missing."


def test_the_test_button_keeps_no_integration_context(room: WarRoom) -> None:
    room.test()
    assert room.integration_context == {}


def test_state_between_commands(room: WarRoom) -> None:
    room.run("!sample-state")
    assert room.integration_context == {"runs": "1"}
    assert room.last_run == {"runs": 1}


def test_logs_are_kept_with_their_level(room: WarRoom) -> None:
    assert room.run("!sample-log").logs[-3:] == [("debug", "d"), ("info", "i"), ("error", "e")]


def room_that_fetches(sample: Integration, modules: PlatformModules, *steps: str) -> WarRoom:
    return WarRoom(sample, {"steps": ",".join(steps)}, modules)


def test_fetched_incidents(sample: Integration, platform_modules: PlatformModules) -> None:
    room = room_that_fetches(sample, platform_modules, "incidents", "save")
    assert room.execute("fetch-incidents").ok
    assert [incident["name"] for incident in room.incidents] == ["Sample 0", "Sample 1"]
    assert room.last_run == {"number": 2, "before": {}}


def test_an_incident_fetch_that_fails_leaves_neither_incidents_nor_last_run(
    sample: Integration, platform_modules: PlatformModules
) -> None:
    room = room_that_fetches(sample, platform_modules, "incidents", "save", "fail")
    assert not room.execute("fetch-incidents").ok
    assert (room.incidents, room.last_run) == ([], {})


def test_an_event_fetch_that_fails_leaves_what_it_had_sent_and_set(
    sample: Integration, platform_modules: PlatformModules
) -> None:
    room = room_that_fetches(sample, platform_modules, "send", "save", "send", "fail")
    assert not room.execute("fetch-events").ok
    assert [event["number"] for event in room.events()] == [0, 1, 2, 3]
    assert room.last_run["number"] == 2


def test_the_server_takes_next_trigger_out_of_last_run(sample: Integration, platform_modules: PlatformModules) -> None:
    room = room_that_fetches(sample, platform_modules, "save", "hurry")
    room.execute("fetch-events")
    assert room.last_run == {"number": 0, "nextTrigger": "0"}
    room.instance.params["steps"] = "save"
    room.execute("fetch-events")
    assert room.last_run == {"number": 0, "before": {"number": 0}}


def test_events_sent_to_xsiam(room: WarRoom) -> None:
    assert room.run("!sample-events").ok
    assert room.events() == [{"id": 1}, {"id": 2}]
    assert room.instance.health[0].keys() == {"eventsPulled"}


def test_only_the_collector_s_address_is_taken_for_the_collector() -> None:
    taken: list[Any] = []
    with collector(taken.extend), pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:1/", timeout=1)
    assert taken == []


def test_files_of_the_war_room(room: WarRoom) -> None:
    room.run("!sample-files")
    assert room.context.get("File.Name") == "notes.txt"
    assert room.context.get("File.SHA256") == hashlib.sha256(b"hello").hexdigest()
    assert room.context.get("InfoFile") == {"Name": "report.txt", "EntryID": "2@1", "Size": 6, "Extension": "txt"}
    assert room.investigation.files["2@1"].path.read_bytes() == b"report"


class Recorder(Watcher):
    def __init__(self) -> None:
        self.seen: list[dict[str, Any] | Poll] = []

    def entry(self, entry: dict[str, Any]) -> None:
        self.seen.append(entry)

    def poll(self, poll: Poll) -> None:
        self.seen.append(poll)


def test_polling_goes_on_until_nothing_is_scheduled(room: WarRoom, waits: list[float]) -> None:
    run = room.run("!sample-wait rounds=3 polling=true")
    assert (run.polls, waits) == (2, [30, 30])
    assert run.contents == {"Seen": 3}
    assert room.context.get("Sample.Wait.Seen") == 3
    assert "Waiting:" in run.markdown


def test_without_polling_the_command_runs_once(room: WarRoom, waits: list[float]) -> None:
    run = room.run("!sample-wait rounds=3")
    assert (run.polls, waits, run.contents) == (0, [], {"Seen": 1})


def test_polling_ends_with_the_platforms_timeout(room: WarRoom, waits: list[float]) -> None:
    run = room.run("!sample-wait rounds=99 polling=true")
    assert run.error == "Scheduled command sample-wait timed out after 120 seconds."
    assert (run.polls, sum(waits)) == (4, 120)


def test_a_scheduled_command_gets_exactly_its_arguments_and_the_defaults(room: WarRoom) -> None:
    assert room.run("!sample-schedule colour=red").contents == {"numbers": [1, 2], "colour": "blue"}


def test_schedules_run_in_order_of_their_time_and_never_sooner_than_ten_seconds(room: WarRoom, waits: list[float]) -> None:
    run = room.run("!sample-impatient")
    assert waits == [10, 30]
    assert [entry["Contents"] for entry in run.entries] == [None, None, None, 0, 0]


def test_an_error_ends_the_sequence(room: WarRoom, waits: list[float]) -> None:
    assert room.run("!sample-doomed").error == "doomed"
    assert waits == []


def test_the_time_limit_counts_from_the_first_schedule() -> None:
    entry = {"PollingCommand": "c", "NextRun": "30", "Timeout": "100"}
    first = scheduled(entry, None)
    assert first is not None
    second = scheduled({**entry, "Timeout": "9999"}, first)
    assert second is not None
    assert (second.due, second.deadline, second.times_ran) == (60, 100, 1)


def test_a_version_of_the_integration_context_that_is_gone_is_refused(room: WarRoom) -> None:
    assert room.run("!sample-version version=0").contents == {"context": {"by": "version"}, "version": 1}
    assert "Version 0 of the integration context is not the stored one." in (room.run("!sample-version version=0").error or "")
    assert room.run("!sample-version version=1").ok
    assert room.run("!sample-version version=-1").ok


def test_a_scheduled_command_must_declare_its_arguments(room: WarRoom) -> None:
    run = room.run("!sample-undeclared")
    assert run.error == "sample-undeclared has no argument other. Its arguments: none."
    assert len(run.entries) == 2


def test_a_watcher_is_told_in_order(sample: Integration, platform_modules: PlatformModules) -> None:
    watcher = Recorder()
    room = WarRoom(sample, {}, platform_modules, wait=lambda _seconds: None, watcher=watcher)
    run = room.run("!sample-wait rounds=2 polling=true")
    assert watcher.seen == [run.entries[0], Poll(1, "sample-wait", 30, 0, 120), run.entries[1]]
    room.run("!sample-wait rounds=2 polling=true timeout_in_seconds=90")
    assert watcher.seen[-2] == Poll(1, "sample-wait", 30, 0, 90), "what a person asked for, and not when the server gives up"
    refused = room.run("!nothing")
    assert watcher.seen[-1] == refused.entries[0]


def test_a_run_without_entries() -> None:
    run = CommandRun()
    assert (run.ok, run.markdown, run.contents, run.last.markdown) == (True, "", None, "")
