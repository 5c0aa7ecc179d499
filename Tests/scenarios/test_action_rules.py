"""Rules of the device actions that are read from single values: each of them once let a wrong thing through."""

from typing import Any

import pytest
from Absolute import (
    UNENROLL,
    WIPE,
    ArgumentError,
    Evidence,
    Verdict,
    action_verdict,
    file_delete_obstacle,
    move_verdict,
    prove_one_unenrolled,
    split_values,
    wipe_obstacle,
)
from local_absolute import Fault, LocalTenant, faults
from local_xsoar import WarRoom

UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


def test_files_are_deleted_only_where_a_pattern_is_meant() -> None:
    body = {"wipeType": "wipeSpecificUserFiles", "filePatterns": [{"platform": "Mac", "patterns": ["*.doc"]}]}
    assert "Mac" in file_delete_obstacle({"platformOSType": "Windows"}, body)
    assert file_delete_obstacle({"platformOSType": "Mac"}, body) == ""


@pytest.mark.parametrize(("status", "refused"), [("ENCR", False), ("encr", False), ("NEWCODE", False), ("DECRINPR", True)])
def test_only_known_codes_rule_a_wipe_out(status: str, refused: bool) -> None:
    device = {"platformOSType": "Windows", "espInfo": {"encryptionProductName": "BitLocker", "encryptionStatus": status}}
    assert bool(wipe_obstacle(device, {})) is refused


@pytest.mark.parametrize(("status", "expected"), [("Pending", "failed"), ("Processing", "pending"), ("Succeeded", "wiped")])
def test_what_already_runs_is_not_ended_by_its_request(status: str, expected: str) -> None:
    assert action_verdict(WIPE, UID, {"actionStatus": status}, "Failed", True, True).verdict == expected


@pytest.mark.parametrize(("listed", "expected"), [(False, "cancelled"), (True, "unknown")])
def test_a_device_that_a_cancelled_request_does_not_list(listed: bool, expected: str) -> None:
    """One that waited for its approval has no actions at all; of one that lists others it is not known."""
    assert action_verdict(WIPE, UID, None, "Canceled", False, listed).verdict == expected


@pytest.mark.parametrize(
    ("device", "status", "expected"),
    [
        ({}, "Failed", "unknown"),
        ({"policyGroupUid": "a"}, "Failed", "failed"),
        ({"policyGroupUid": "b"}, "Failed", "moved"),
        ({"policyGroupUid": "a"}, "Completed", "pending"),
        ({}, "Completed", "pending"),
    ],
)
def test_neither_the_end_of_a_move_nor_the_report_alone_proves_it(device: dict, status: str, expected: str) -> None:
    assert move_verdict(UID, device, {"policyGroupUid": "b"}, status, "").verdict == expected


def test_unenrolment_that_could_not_be_read_is_not_proven() -> None:
    done = Verdict(UID, UNENROLL.done, "")
    assert prove_one_unenrolled(done, Evidence(None, None, "503")).verdict == "pending"


@pytest.mark.parametrize("text", [" , ", ",", ["", " "]])
def test_an_argument_of_separators_does_not_widen(text: Any) -> None:
    with pytest.raises(ArgumentError, match="app_names"):
        split_values({"app_names": text}, "app_names")


def test_a_certificate_uid_is_no_path(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = war_room.execute("absolute-wipe-certificate-get", {"device_uid": UID, "certificate_uid": ".."})
    assert "certificate_uid" in run.error
    assert tenant.requests == []


def test_a_404_of_the_edge_proves_no_permission(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(action=faults.html(404, "Not Found")))
    war_room.run("!absolute-token-permissions-get")
    assert set(war_room.context.get("Absolute.TokenPermissions.Capabilities.Allowed")) == {"unknown"}
