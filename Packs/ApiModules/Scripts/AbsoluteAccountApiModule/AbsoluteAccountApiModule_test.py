"""What is made of the account's lists: regulated data, scripts, cancelled scripts, moves between policy groups."""

import io
import zipfile
from typing import Any

import pytest
from AbsoluteAccountApiModule import (
    MOST_SCRIPT_BYTES,
    NO_SCAN,
    is_member,
    move_verdict,
    number,
    rule_rows,
    script_texts,
    sensitive_data,
    the_one_named,
)
from TextApiModule import ArgumentError

UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
DEVICE = {"deviceUid": UID, "deviceName": "LAB-1"}
SCAN = {"completedScanDateTimeUtc": "2026-01-05T09:00:00Z", "scanStatus": "Completed"}


def match(rule: str, score: Any, matches: Any = 1, **more: Any) -> dict[str, Any]:
    return {"fileName": f"{rule}.txt", "score": {"name": rule, "matchScore": score}, "matches": matches, **more}


class TestRegulatedData:
    def test_files_are_counted_by_rule_and_the_worst_comes_first(self) -> None:
        found = sensitive_data(DEVICE, [match("cards", 3, 2), match("names", 9), match("cards", 5, 4)], SCAN, None, "")
        assert [file["Score"] for file in found["Files"]] == [9, 5, 3]
        assert found["Rules"] == [
            {"Name": "names", "Files": 1, "Matches": 1, "Score": 9},
            {"Name": "cards", "Files": 2, "Matches": 6, "Score": 5},
        ]
        assert (found["Status"], found["FileCount"], found["LastScan"]) == ("Found", 3, SCAN["completedScanDateTimeUtc"])

    @pytest.mark.parametrize(
        ("scan", "status", "reason"),
        [(SCAN, "NothingFound", ""), ({"scanStatus": "Running"}, "Unknown", NO_SCAN), ({}, "Unknown", NO_SCAN)],
    )
    def test_nothing_is_said_of_a_finished_scan_alone(self, scan: dict[str, str], status: str, reason: str) -> None:
        found = sensitive_data(DEVICE, [], scan, 5, "")
        assert (found["Status"], found["Reason"], found["ScanStatus"]) == (status, reason, scan.get("scanStatus", ""))
        assert rule_rows(found) == [{"Status": status, "Last scan": found["LastScan"], "Drive": "unknown"}]

    def test_more_files_than_are_listed_are_said(self) -> None:
        files = [match("cards", score) for score in range(3)]
        found = sensitive_data(DEVICE, files, SCAN, 2, "A page could not be read.")
        assert found["Reason"] == "A page could not be read. The first 2 files are listed."
        assert (len(found["Files"]), found["FileCount"]) == (2, 3)
        assert sensitive_data(DEVICE, files, SCAN, 3, "")["Reason"] == ""

    def test_the_time_of_the_newest_file_stands_for_that_of_the_scan(self) -> None:
        files = [match("cards", 1, scanDateUtc=date) for date in ("2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z")]
        assert sensitive_data(DEVICE, files, {}, None, "")["LastScan"] == "2026-01-05T00:00:00Z"

    def test_the_state_of_the_drive_is_that_of_the_first_who_knows_it(self) -> None:
        said = {"espInfo": {"encryptionStatus": "ENCR"}}
        assert sensitive_data({**DEVICE, **said}, [], SCAN, None, "")["Encryption"] == "encrypted"
        assert sensitive_data(DEVICE, [{**match("x", 1), **said}], SCAN, None, "")["Encryption"] == "encrypted"

    def test_a_file_without_a_rule_is_under_its_id(self) -> None:
        files: list[dict[str, Any]] = [{"score": {"systemId": "7"}}, {}]
        rules = sensitive_data(DEVICE, files, SCAN, None, "")["Rules"]
        assert [rule["Name"] for rule in rules] == ["7", "unnamed"]
        assert rule_rows({"Status": "", "LastScan": "", "Encryption": "", "Rules": rules})[0]["Rule"] == "7"

    def test_what_is_no_number_counts_as_none(self) -> None:
        assert [number(value) for value in (3, True, "3", None, 1.5)] == [3, 0, 0, 0, 0]


class TestScripts:
    def archive(self, **files: bytes) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.mkdir("folder")
            for name, content in files.items():
                archive.writestr(f"{name}.ps1", content)
        return written.getvalue()

    def test_text_of_each_file(self) -> None:
        texts, problem = script_texts(self.archive(one=b"\xef\xbb\xbfdir", two=b"\xff"))
        assert texts == [{"FileName": "one.ps1", "Text": "dir"}, {"FileName": "two.ps1", "Text": "\ufffd"}]
        assert problem == ""

    def test_a_large_file_is_named_and_not_read(self) -> None:
        texts, problem = script_texts(self.archive(small=b" " * MOST_SCRIPT_BYTES, large=b" " * (MOST_SCRIPT_BYTES + 1)))
        assert [text["FileName"] for text in texts] == ["small.ps1"]
        assert problem == "Too large to be shown: large.ps1."

    @pytest.mark.parametrize("damaged", ["cut off", "empty", "changed"])
    def test_what_cannot_be_read_is_said(self, damaged: str) -> None:
        whole = self.archive(one=b"dir")
        archive = {"cut off": whole[:40], "empty": b"", "changed": whole.replace(b"dir", b"rid", 1)}[damaged]
        texts, problem = script_texts(archive)
        assert (texts, problem) == ([], "The files of the script cannot be read to the end: look into the ZIP.")


class TestTheOneNamed:
    ROWS = (
        {"uid": "A", "name": "Kiosks"},
        {"uid": "B", "name": "Twins"},
        {"uid": "C", "name": "twins"},
        {"uid": "A", "name": "Kiosks"},
    )

    def named(self, text: str) -> dict[str, Any]:
        return the_one_named("group", text, [*self.ROWS], ("uid", "name"), "groups", "group", "absolute-list", "Kiosks")

    @pytest.mark.parametrize("text", ["a", "kiosks"])
    def test_by_uid_or_name_also_when_it_is_listed_twice(self, text: str) -> None:
        assert self.named(text) == self.ROWS[0]

    @pytest.mark.parametrize(
        ("text", "said"), [("Twins", '"Twins" is the name of several groups: use the UID'), ("x", '"x" is no group')]
    )
    def test_none_or_several(self, text: str, said: str) -> None:
        with pytest.raises(ArgumentError) as refused:
            self.named(text)
        assert str(refused.value) == f"group: {said}. absolute-list shows them. Example: group=Kiosks"


class TestMoves:
    GROUP: dict[str, Any] = {"policyGroupUid": "A-1", "name": "Quarantine"}

    @pytest.mark.parametrize(
        ("own", "group", "member"),
        [
            ("a-1", GROUP, True),
            ("a-2", GROUP, False),
            (None, GROUP, False),
            (None, {**GROUP, "isSystem": True}, True),
            ("a-2", {**GROUP, "isSystem": True}, False),
        ],
    )
    def test_members(self, own: str | None, group: dict[str, Any], member: bool) -> None:
        assert is_member({"policyGroupUid": own}, group) is member

    @pytest.mark.parametrize(
        ("own", "status", "verdict", "said"),
        [
            ("A-1", "Failed", "moved", "The device report shows it in this policy group."),
            ("A-2", "FAILED", "failed", "The request ended with FAILED"),
            ("A-2", "Timeout", "failed", "shows it elsewhere"),
            ("A-2", "Completed", "pending", "Completed: the device report does not show it in this policy group yet. Why."),
            ("A-2", "", "pending", "Accepted: the device report does not show it"),
        ],
    )
    def test_moved_needs_the_device_report(self, own: str, status: str, verdict: str, said: str) -> None:
        found = move_verdict(UID, {**DEVICE, "policyGroupUid": own}, self.GROUP, status, " Why.")
        assert (found.verdict, found.device_name) == (verdict, "LAB-1")
        assert said in found.reason

    def test_a_device_that_is_not_listed(self) -> None:
        found = move_verdict(UID, {}, {**self.GROUP, "isSystem": True}, "", "")
        assert (found.verdict, found.reason) == ("pending", "Accepted: the device report does not list it.")
