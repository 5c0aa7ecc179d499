"""How an answer is shown, kept and told to the shell."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command_line import running
from command_line.progress import counted, duration_text, progress_text
from local_absolute import Fault, LocalTenant, Token, faults

from .conftest import Absolute

FREEZE = ("device-freeze-request", "--request-name", "x", "--message-name", "y", "--html-message", "z", "--yes")
TWO = ("--serial-numbers", "SN000111,SN000120")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --------------------------------------------------------------------------------------------- formats


def test_json_is_the_context(absolute: Absolute) -> None:
    one = json.loads(absolute("device-get", "--serial-numbers", "SN000111", "-o", "json").out)
    assert one["Absolute"]["Device"]["DeviceName"] == "LAB-0001"
    two = json.loads(absolute("device-get", *TWO, "--output", "json").out)
    assert {device["Serial"] for device in two["Absolute"]["Device"]} == {"SN000111", "SN000120"}


def test_raw_are_the_entries(absolute: Absolute) -> None:
    (entry,) = json.loads(absolute("device-list", "--limit", "2", "-o", "raw").out)
    assert len(entry["Contents"]) == 2
    assert entry["HumanReadable"]


def test_csv_has_a_row_for_each_object_and_columns_for_objects_within(absolute: Absolute) -> None:
    found = rows(absolute("device-get", *TWO, "-o", "csv").out)
    assert sorted(row["Serial"] for row in found) == ["SN000111", "SN000120"]
    assert found[0]["Os.name"].startswith("Microsoft Windows")
    assert json.loads(found[0]["NetworkAdapters"])[0]["macAddress"]


def test_a_request_has_a_row_for_each_device(absolute: Absolute, account: LocalTenant) -> None:
    found = rows(absolute(*FREEZE, *TWO, "-o", "csv").out)
    assert sorted(row["DeviceName"] for row in found) == ["LAB-0001", "LAB-0010"]
    assert {row["Verdict"] for row in found} == {"pending"}
    assert {row["RequestUID"] for row in found} == set(account.freeze.requests)


@pytest.mark.parametrize("fields", ["Id,DeviceName", "id, devicename", "Absolute.Device.Id,Absolute.Device.DeviceName"])
def test_fields_are_columns_in_their_order(absolute: Absolute, fields: str) -> None:
    lines = absolute("device-get", "--serial-numbers", "SN000111", "-o", "csv", "--fields", fields).out.splitlines()
    assert lines[1].endswith(",LAB-0001")
    assert lines[0] == ",".join(name.strip() for name in fields.split(","))


def test_fields_as_table_and_as_json(absolute: Absolute) -> None:
    wanted = ("device-get", "--serial-numbers", "SN000111", "--fields", "Serial,Os.name,Encryption")
    assert "SN000111" in absolute(*wanted).out
    assert "LAB-0001" not in absolute(*wanted).out
    (row,) = json.loads(absolute(*wanted, "-o", "json").out)
    assert list(row) == ["Serial", "Os.name", "Encryption"]
    assert row["Encryption"]["product"] == "BitLocker"


def test_the_fields_of_a_request_are_those_of_its_devices_too(absolute: Absolute, account: LocalTenant) -> None:
    (row,) = rows(
        absolute(*FREEZE, "--serial-numbers", "SN000111", "-o", "csv", "--fields", "RequestUID,Verdict,Devices.DeviceName").out
    )
    assert row == {"RequestUID": next(iter(account.freeze.requests)), "Verdict": "pending", "Devices.DeviceName": "LAB-0001"}


def test_an_unknown_field_is_refused_before_anything_is_sent(absolute: Absolute, account: LocalTenant) -> None:
    seen = absolute(*FREEZE, *TWO, "--fields", "DeviceUid,Verdct")
    assert seen.status == 2
    assert "there is no output Verdct. Did you mean Verdict?" in seen.err
    assert not account.requests


def test_answers_go_to_stdout_and_the_rest_to_stderr(absolute: Absolute) -> None:
    seen = absolute("device-list", "--serial-numbers", "NOPE,", "-o", "csv")
    assert seen.out == ""
    failed = absolute("device-list", "--limit", "many", "-o", "json")
    assert failed.out == ""
    assert "limit" in failed.err


def test_what_is_said_beside_the_table_is_said_in_every_format(absolute: Absolute) -> None:
    for output in (("-o", "csv"), ("-o", "json"), ("--fields", "Id")):
        assert "There are more devices" in absolute("device-list", "--limit", "1", *output).err


def test_control_characters_steer_no_terminal(absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    account.devices.all()[0].set("deviceName", "evil\x1b[2J\x9b2J")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as at a terminal
    for output in ("csv", "json", "table"):
        shown = absolute("device-list", "--all-results", "-o", output).out
        assert "evil" in shown
        assert "\x1b[2J" not in shown
        assert "\x9b" not in shown


# --------------------------------------------------------------------------------------------- exit status


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("device-list", "--limit", "1"), 0),
        (("run", "!test-module"), 0),
        ((*FREEZE, *TWO), 0),
        ((*FREEZE, *TWO, "--dry-run"), 0),
        (("device-list", "--limit", "many"), 2),
        (("device-list", "--polling"), 2),
        ((*FREEZE, "--serial-numbers", "NOPE"), 2),
        ((*FREEZE, "--device-names", "LAB-*"), 2),
        (("run", "!absolute-device-freeze-request serial_numbers=SN000111"), 2),
        (("device-list", "--serial-numbers", "NOPE"), 3),
        (("device-get", "--serial-numbers", "NOPE"), 3),
        (("device-location-get", "--serial-numbers", "NOPE"), 3),
        (("endpoint", "--hostname", "NOPE"), 3),
        (("wipe-request-list",), 3),
    ],
)
def test_exit_status(absolute: Absolute, account: LocalTenant, arguments: tuple[str, ...], status: int) -> None:
    seen = absolute(*arguments)
    assert seen.status == status, seen.out + seen.err


def test_a_token_that_is_refused_is_an_error(absolute: Absolute, account: LocalTenant, token: Token) -> None:
    token.disable()
    assert absolute("device-list").status == 1
    assert absolute(*FREEZE, *TWO).status == 1


def test_when_it_is_unknown_whether_something_was_done_that_is_an_error(absolute: Absolute, account: LocalTenant) -> None:
    account.faults.add(Fault(when="POST /v3/actions/requests/freeze", action=faults.reset_before()))
    seen = absolute(*FREEZE, *TWO)
    assert seen.status == 1, seen.out + seen.err


def test_a_failure_has_its_verdicts_for_programs(absolute: Absolute, account: LocalTenant) -> None:
    account.actions.fail("wipe", account.devices.where(serialNumber="SN000111")[0]["deviceUid"])
    seen = absolute("wipe-request-create", "--serial-numbers", "SN000111", "--watch", "--yes", "-o", "csv", "--fields", "Verdict")
    assert seen.status == 1
    assert seen.out == "Verdict\nfailed\n"


def test_waiting_that_runs_out_of_time_is_not_finished(absolute: Absolute, account: LocalTenant) -> None:
    account.agents.offline(account.devices.all()[0]["deviceUid"])
    seen = absolute(*FREEZE, "--device-ids", account.devices.all()[0]["deviceUid"], "--watch", "--timeout-in-seconds", "60")
    assert seen.status == 4
    assert "1 pending" in seen.out


def test_ctrl_c_while_waiting_tells_what_was_sent(
    absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("command_line.connection.sleep", interrupted)
    seen = absolute(*FREEZE, *TWO, "--watch", "-o", "json")
    assert seen.status == 130
    assert next(iter(account.freeze.requests)) in seen.err
    assert "What was already sent is not taken back." in seen.err


# --------------------------------------------------------------------------------------------- watching, files


def test_watching_waits_and_tells_how_far_it_is(absolute: Absolute, account: LocalTenant) -> None:
    offline = next(device for device in account.devices.all() if device["serialNumber"] == "SN000120")
    account.agents.offline(offline["deviceUid"])
    seen = absolute(*FREEZE, *TWO, "--watch", "--timeout-in-seconds", "2400")
    assert "0 of 2 done, 0 s" in seen.err
    assert "1 of 2 frozen, " in seen.err
    assert seen.out.count("Freeze request x:") == 2  # at the beginning and at the end
    assert "1 frozen, 1 pending" in seen.out


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ("7 frozen, 3 pending", "7 of 10 frozen"),
        ("10 pending", "0 of 10 done"),
        ("6 frozen, 3 pending, 1 failed", "6 of 10 frozen, 1 failed"),
        ("1 not eligible", "1 of 1 not eligible"),
        ("", ""),
        ("nothing", ""),
    ],
)
def test_progress_in_one_line(counts: str, text: str) -> None:
    assert progress_text(counts) == text


def test_progress_of_a_command_that_does_not_count() -> None:
    devices = [{"Verdict": "frozen"}, {"Verdict": "pending"}, {"Verdict": "frozen"}]
    assert counted({"PollingCommand": "x", "EntryContext": {"A": {"Devices": devices}}}) == "2 of 3 frozen"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59, "59 s"), (720, "12 min"), (11100, "3 h 5 min")])
def test_durations(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_list_is_looked_at_again_and_again(absolute: Absolute, account: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "pause", pause)
    seen = absolute("device-list", "--limit", "1", "--watch", "--every", "30s", "-o", "csv", "--fields", "Id")
    assert pauses == [30.0, 30.0, 30.0]
    assert seen.out.count("Id\n") == 3
    assert seen.status == 0


@pytest.mark.parametrize(
    "arguments", [("device-freeze-message-create", "--message-name", "a", "--html-message", "b"), ("run", "!test-module")]
)
def test_what_cannot_be_watched_is_refused(absolute: Absolute, account: LocalTenant, arguments: tuple[str, ...]) -> None:
    seen = absolute(*arguments, "--watch")
    assert seen.status == 2
    assert not account.requests


def test_files_are_kept_where_it_is_said(absolute: Absolute, account: LocalTenant, tmp_path: Path) -> None:
    assert absolute("wipe-request-create", "--serial-numbers", "SN000111", "--watch", "--yes").status == 0
    (request,) = account.actions.requests("wipe")
    certificate = ("wipe-certificate-get", "--request-uid", request.uid)
    assert "--save FOLDER keeps them" in absolute(*certificate).err
    seen = absolute(*certificate, "--save", str(tmp_path / "new" / "folder"))
    (kept,) = (tmp_path / "new" / "folder").iterdir()
    assert kept.read_bytes().startswith(b"%PDF")
    assert f"Saved: {kept}" in seen.err
    absolute(*certificate, "--save", str(tmp_path / "new" / "folder"))  # nothing is overwritten
    assert len(list((tmp_path / "new" / "folder").iterdir())) == 2
    absolute(*certificate, "--save", str(tmp_path / "proof.pdf"))
    assert (tmp_path / "proof.pdf").read_bytes() == kept.read_bytes()


def test_a_place_that_cannot_take_files_is_refused_before_anything_is_asked(
    absolute: Absolute, account: LocalTenant, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    seen = absolute("device-list", "--save", str(tmp_path / "file" / "below"))
    assert seen.status == 2
    assert not account.requests
