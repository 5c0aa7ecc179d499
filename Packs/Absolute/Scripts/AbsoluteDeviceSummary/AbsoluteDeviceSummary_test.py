"""Unit tests of AbsoluteDeviceSummary."""

import json
from typing import Any

import pytest
from AbsoluteDeviceSummary import entry, summarize, summary_command

LAPTOP: dict[str, Any] = {
    "Id": "AAAAAAAA-0000-4000-8000-000000000001",
    "DeviceName": "LAB-0001",
    "Serial": "SN000001",
    "Username": "CORP\\jdoe",
    "osName": "Microsoft Windows 11 Pro",
    "AgentStatus": "A",
    "EncryptionStatus": "ENCR",
    "Encryption": {"product": "BitLocker"},
    "IsFrozen": True,
    "IsStolen": False,
    "IsMissing": False,
    "LastContact": "2 hours ago",
    "FreezeReportingStatuses": ["Frozen"],
}
TABLET: dict[str, Any] = {
    "Id": "bbbbbbbb-0000-4000-8000-000000000002",
    "DeviceName": "TAB-0002",
    "FreezeReportingStatuses": ["FreezeRequested"],
}


VANCOUVER = {"City": "Vancouver", "Country": "Canada", "Age": "1 hour ago", "LastUpdate": "2026-01-05T00:00:00Z"}
TORRENT = {"AppName": "Torrent", "AppVersion": "1.2"}


def test_one_row_per_device_joined_from_all_readings() -> None:
    """
    Given: a device, its location, risky software and a report that it is missing, with UIDs in another case.
    When: they are summarized.
    Then: one row holds all of it.
    """
    uid = LAPTOP["Id"].lower()
    (row,) = summarize(
        {
            "devices": LAPTOP,
            "uids": uid,
            "locations": [
                {"ID": uid, "City": "Vancouver", "Country": "Canada", "Age": "1 hour ago", "LastUpdate": "2026-01-05T00:00:00Z"}
            ],
            "applications": [{"DeviceUid": uid, **TORRENT}] * 2,
            "missing_devices": {"deviceUid": uid},
        }
    )
    assert row["DeviceUID"] == LAPTOP["Id"]
    assert (row["Location"], row["LocationAge"]) == ("Vancouver, Canada", "1 hour ago")
    assert row["RiskySoftware"] == ["Torrent 1.2"]
    assert (row["Frozen"], row["FreezeRequested"], row["Stolen"], row["Missing"]) == (True, False, False, True)
    assert row["Encrypted"] == "Yes"
    for fact in ("LAB-0001", "SN000001", "CORP\\jdoe", "Windows 11", "2 hours ago", LAPTOP["Id"]):
        assert fact in row["Label"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"Status": "Found", "FileCount": 2, "LastScan": "2026-01-04T03:00:00Z"}, ("Found", 2, None)),
        ({"Status": "NothingFound", "FileCount": 0}, ("Nothing found", 0, None)),
        ({"Status": "Unknown", "FileCount": 0, "Reason": "No scan."}, ("Not known", None, "No scan.")),
        ({"Status": "Later"}, ("Not known", None, "It was not read.")),
        (None, ("Not known", None, "It was not read.")),
    ],
)
def test_regulated_data_in_words(found: Any, said: tuple[str, int | None, str | None]) -> None:
    """
    Given: what the scans of a device found, or nothing that was read of it.
    When: it is summarized.
    Then: nothing found is said of a finished scan alone.
    """
    sensitive = [{**found, "DeviceUid": LAPTOP["Id"].lower()}] if found else []
    (row,) = summarize({"devices": LAPTOP, "uids": LAPTOP["Id"], "sensitive_data": sensitive})
    assert (row["SensitiveData"], row["SensitiveFiles"], row["SensitiveReason"]) == said


@pytest.mark.parametrize(
    ("args", "shown"), [({}, False), ({"not_read": "regulated data"}, True), ({"not_read": "locations"}, False)]
)
def test_the_section_on_regulated_data(args: dict[str, Any], shown: bool) -> None:
    """
    Given: no regulated data, because nobody looked, or because the reading failed.
    When: the note is written.
    Then: the second is told.
    """
    note = str(summary_command({"devices": LAPTOP, "uids": LAPTOP["Id"], **args}).readable_output)
    assert ("Regulated data" in note) == ("Not known" in note) == shown


def test_what_belongs_to_another_device_is_left_out() -> None:
    """
    Given: two devices in the context, and the location of one.
    When: the other is summarized.
    Then: only it has a row, without a location.
    """
    rows = summarize(
        {"devices": [LAPTOP, TABLET], "uids": [TABLET["Id"]], "locations": {"ID": LAPTOP["Id"], "City": "Vancouver"}}
    )
    assert [row["Name"] for row in rows] == ["TAB-0002"]
    assert rows[0]["Location"] == ""
    assert (rows[0]["Frozen"], rows[0]["FreezeRequested"]) == (False, True)


def test_every_key_is_there_for_a_device_of_which_nothing_is_known() -> None:
    """
    Given: a device without details.
    When: it is summarized.
    Then: the row has the same keys as any other, so that it overwrites an earlier one whole.
    """
    bare, full = (summarize({"devices": device, "uids": device["Id"]})[0] for device in ({"Id": "x"}, LAPTOP))
    assert bare.keys() == full.keys()
    assert bare["Encrypted"] == "Unknown"
    assert "serial unknown" in bare["Label"]


def test_a_device_read_twice_counts_as_last_read() -> None:
    """
    Given: a device that was read frozen, then not frozen.
    When: it is summarized.
    Then: it is not frozen.
    """
    (row,) = summarize({"devices": [LAPTOP, {**LAPTOP, "IsFrozen": False}], "uids": LAPTOP["Id"]})
    assert row["Frozen"] is False


@pytest.mark.parametrize(
    ("status", "said"), [("INST", "No"), ("DECRINPR", "No, being decrypted"), ("UNKN", "Unknown"), (None, "Unknown")]
)
def test_encryption_in_words(status: str | None, said: str) -> None:
    """
    Given: an encryption status of the API.
    When: the device is summarized.
    Then: it is said in words, and never as Yes when it is not.
    """
    assert summarize({"devices": {"Id": "x", "EncryptionStatus": status}, "uids": "x"})[0]["Encrypted"] == said


def test_a_position_without_address() -> None:
    """
    Given: a location with nothing but coordinates.
    When: it is summarized.
    Then: the coordinates stand for the address.
    """
    position = {"ID": LAPTOP["Id"], "Latitude": 49.28, "Longitude": -123.12}
    (row,) = summarize({"devices": LAPTOP, "uids": LAPTOP["Id"], "locations": position})
    assert row["Location"] == "49.28, -123.12"


@pytest.mark.parametrize("devices", [None, "", [], [None, "text"]])
def test_nothing_gives_no_row(devices: Any) -> None:
    """
    Given: no device.
    When: nothing is summarized.
    Then: there is no row, and no error.
    """
    assert summarize({"devices": devices, "uids": LAPTOP["Id"]}) == []
    assert summarize({"devices": LAPTOP}) == []


def test_context_and_table() -> None:
    """
    Given: devices as JSON, as a text argument brings them.
    When: the script runs.
    Then: the rows come under DeviceSummary, one per UID, and the table names the device.
    """
    result = summary_command({"devices": json.dumps([LAPTOP]), "uids": LAPTOP["Id"]})
    assert (result.outputs_prefix, result.outputs_key_field) == ("DeviceSummary", "DeviceUID")
    assert "LAB-0001" in str(result.readable_output)


def test_what_was_not_found_or_not_read_is_told() -> None:
    """
    Given: no device, a value that no device has, and a reading that failed.
    When: the script runs.
    Then: it says so, and there is no row.
    """
    incorrect = {"Argument": "device_names", "Value": "LAB-9", "Status": "NotFound", "Reason": "No device has this value."}
    result = summary_command({"devices": None, "incorrect": incorrect, "errors": "Not allowed, sorry."})
    assert result.outputs == []
    for text in ("Absolute: 0 devices", "LAB-9", "No device has this value.", "- Not allowed, sorry."):
        assert text in str(result.readable_output)


@pytest.mark.parametrize(("located", "not_read"), [(LAPTOP["Id"].upper(), ["software"]), (None, ["locations", "software"])])
def test_a_location_that_was_read_has_a_row(located: str | None, not_read: list[str]) -> None:
    """
    Given: a device, and its location without a position, or none because the reading failed.
    When: it is told what became of the readings.
    Then: only the second is not read.
    """
    args = {"devices": LAPTOP, "uids": LAPTOP["Id"], "locations": {"ID": located} if located else None, "not_read": "software"}
    assert entry({**args, "lookup_key": "Enrichment"})["EntryContext"]["Enrichment"]["NotRead"] == not_read


@pytest.mark.parametrize(
    ("device", "reports", "not_read", "missing", "said"),
    [
        ({}, None, None, False, "no"),
        ({}, {"deviceUid": LAPTOP["Id"]}, None, True, "yes"),
        ({}, None, "reports of missing devices", None, "unknown"),
        ({"IsMissing": True}, None, "reports of missing devices", True, "yes"),
    ],
)
def test_missing_is_not_known_without_the_reports(device: Any, reports: Any, not_read: Any, missing: Any, said: str) -> None:
    """
    Given: a device, with the reports of missing devices or without them.
    When: it is summarized.
    Then: that it is not missing is said of reports that were read alone.
    """
    args = {"devices": {**LAPTOP, "IsMissing": False, **device}, "uids": LAPTOP["Id"]}
    (row,) = summarize({**args, "missing_devices": reports, "not_read": not_read})
    assert row["Missing"] is missing
    assert f"reported missing {said}" in row["Label"]


def test_hostile_names_are_text() -> None:
    """
    Given: a device and an error that look like links and pictures.
    When: the table is written.
    Then: nothing of it is one; the context has the name as it is.
    """
    hostile = "[Reset](http://192.0.2.1/x) <img src=x>"
    result = summary_command({"devices": {**LAPTOP, "DeviceName": hostile}, "uids": LAPTOP["Id"], "errors": hostile})
    for mark in ("[Reset](", " [Reset]", "<img"):
        assert mark not in str(result.readable_output)
    assert str(result.readable_output).count("Reset") == 2
    assert result.outputs[0]["Name"] == hostile


def test_devices_in_the_form_of_the_platforms_playbook() -> None:
    """
    Given: a device with two adapters.
    When: it is summarized.
    Then: UserDevices has it as Get User Devices - Generic does.
    """
    adapters = [{"macAddress": "00:00:5E:00:53:01"}, {"macAddress": "00:00:5E:00:53:02"}]
    device = {**LAPTOP, "SystemModel": "Book 14", "NetworkAdapters": adapters}
    context = entry({"devices": [device], "uids": LAPTOP["Id"]})["EntryContext"]
    assert context["UserDevices(val.ID && val.ID == obj.ID)"] == [
        {
            "Name": "LAB-0001",
            "SerialNumber": "SN000001",
            "ID": LAPTOP["Id"],
            "Model": "Book 14",
            "MACAddress": ["00:00:5E:00:53:01", "00:00:5E:00:53:02"],
            "OS": "Microsoft Windows 11 Pro",
            "Integration": "Absolute",
        }
    ]
