"""What has changed of a device since it was decided about it."""

from typing import Any

import pytest
from AbsoluteDeviceChanges import NOT_KNOWN, compare

UID = "AAAAAAAA-0000-4000-8000-000000000001"
BEFORE: dict[str, Any] = {
    "DeviceUID": UID,
    "Name": "LAB-0001",
    "Serial": "SN1",
    "User": "CORP\\jdoe",
    "Active": True,
    "Missing": True,
    "Stolen": False,
}
NOW: dict[str, Any] = {
    "Id": UID.lower(),
    "Serial": "SN1",
    "Username": "corp\\JDOE",
    "AgentStatus": "A",
    "IsMissing": True,
    "IsStolen": False,
}


def reason(now: dict[str, Any] | None = None, before: dict[str, Any] | None = None, **args: Any) -> str | None:
    """Why nothing is sent to the device; None when it is as it was."""
    given: dict[str, Any] = {"uids": UID, "before": {**BEFORE, **(before or {})}, "devices": [{**NOW, **(now or {})}], **args}
    outputs: Any = compare(given).raw_response
    if not outputs["ChangedDevices"]:
        assert outputs["UnchangedUIDs"] == [UID]
        return None
    assert outputs["UnchangedUIDs"] == []
    return str(outputs["ChangedDevices"][0]["Reason"])


def test_nothing_has_changed() -> None:
    """
    Given: a device that is as it was, its user in another case.
    When: it is compared.
    Then: it is unchanged.
    """
    assert reason() is None


@pytest.mark.parametrize(("kind", "said"), [("release", "It was reported missing or stolen meanwhile."), ("other", None)])
def test_a_list_of_missing_devices_that_is_empty(kind: str, said: str | None) -> None:
    """
    Given: a device that the device report shows as missing by now, and a list of missing devices that is empty.
    When: it is compared.
    Then: it is not released.
    """
    args = {kind: "true"} if kind == "release" else {}
    assert reason({"IsMissing": True}, {"Missing": False}, missing_read="true", missing_devices=[], **args) == said


@pytest.mark.parametrize("args", [{}, {"only_while_missing": "true"}])
def test_a_list_that_contradicts_the_report_finds_no_device(args: dict[str, Any]) -> None:
    """
    Given: a device that the device report shows as missing, and a list of missing devices that is empty.
    When: it is compared.
    Then: nothing is sent, and nobody says that it was found.
    """
    said = reason(missing_read="true", missing_devices=[], **args)
    assert said == NOT_KNOWN
    assert reason({"IsMissing": False}, missing_read="true", missing_devices=[], **args) != said


def test_a_protected_device_is_left_alone() -> None:
    """
    Given: a device that is protected by now.
    When: it is compared.
    Then: the reason is that of the device list.
    """
    assert reason({"LeaveAlone": "protected by the instance settings"}) == "It is protected by the instance settings."


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"IsMissing": True}, "It was reported missing or stolen meanwhile."),
        ({"LastConnectedUtc": "2026-02-01"}, "It is no longer silent: it called in at 2026-02-01."),
        ({}, None),
    ],
)
def test_a_silent_device(now: dict[str, Any], said: str | None) -> None:
    """
    Given: a device that was silent when it was decided about it.
    When: it is compared.
    Then: it is left alone when it has called in, or has a case of its own by now.
    """
    silent = {"Missing": False, "LastConnectedUtc": "2026-01-01"}
    still = {"IsMissing": False, "LastConnectedUtc": "2026-01-01"}
    assert reason({**still, **now}, silent, only_while_silent="true") == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"IsMissing": False}, "found meanwhile"),
        ({"AgentStatus": "D"}, "no longer active"),
        ({"Username": "CORP\\other"}, "CORP\\other"),
        ({"Serial": "SN2"}, "SN2"),
    ],
)
def test_what_has_changed_is_said(now: dict[str, Any], said: str) -> None:
    """
    Given: a device that was found, unenrolled, or is in other hands.
    When: it is compared.
    Then: it has changed, and the reason says how.
    """
    assert said in str(reason(now))


def test_a_device_that_is_gone() -> None:
    """
    Given: a device that is not in the report any more.
    When: it is compared.
    Then: it has changed.
    """
    assert "not in the device report" in str(reason(devices=[]))


def test_a_reading_that_failed_is_no_answer() -> None:
    """
    Given: a state that could not be read again.
    When: it is compared.
    Then: nothing is sent, and the reason has the error.
    """
    assert "Absolute answered 503." in str(reason(read_errors="Absolute answered 503."))


@pytest.mark.parametrize(("listed", "read", "expected"), [(True, "true", False), (False, "true", True), (False, "false", False)])
def test_the_list_of_missing_devices_counts_more_than_the_report(listed: bool, read: str, expected: bool) -> None:
    """
    Given: a device report that shows the device missing, and the list of missing devices.
    When: it is compared.
    Then: the list decides where it was read.
    """
    missing = [{"deviceUid": UID}] if listed else []
    assert bool(reason(missing_devices=missing, missing_read=read)) is expected


def test_the_reason_must_hold_where_there_is_one() -> None:
    """
    Given: a device that was not shown missing, and is not.
    When: it may be changed only while it is missing.
    Then: nothing is sent.
    """
    gone, before = {"IsMissing": False}, {"Missing": False}
    assert reason(gone, before) is None
    assert "which was the reason" in str(reason(gone, before, only_while_missing="true"))
    assert reason({"IsMissing": False, "IsStolen": True}, before, only_while_missing="true") is None


def test_a_release_goes_the_other_way() -> None:
    """
    Given: a release.
    When: the device is found, or reported missing, meanwhile.
    Then: only the report stops it.
    """
    assert reason({"IsMissing": False}, release="true") is None
    assert "reported missing or stolen meanwhile" in str(reason({}, {"Missing": False}, release="true"))


def test_several_earlier_states() -> None:
    """
    Given: what the case knew, and what the approver read.
    When: the device differs from one of them.
    Then: it has changed.
    """
    other = BEFORE | {"User": "CORP\\first"}
    result: Any = compare({"uids": UID, "before": [other, BEFORE], "devices": NOW}).raw_response
    assert "CORP\\first" in result["ChangedDevices"][0]["Reason"]
