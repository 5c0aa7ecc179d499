"""What a playbook is given is understood in one way, or stops it at its start, before anything is sent."""

from typing import Any

import pytest
from local_absolute import LocalTenant
from pack_files import PACK, read_item
from scenarios.playbooks.conftest import Desk
from scenarios.playbooks.test_instances import NEEDED, uid_of

PLAYBOOKS = [read_item(path) for path in PACK.glob("Playbooks/*.yml")]
CHECKED = sorted(
    (playbook["name"], name)
    for playbook in PLAYBOOKS
    for task in playbook["tasks"].values()
    if task["task"].get("scriptName") == "AbsoluteInputs"
    for name in task["scriptarguments"].keys() - {"required"}
)
FREEZE, LOST, WIPE = "Absolute - Freeze Devices", "Absolute - Lost or Stolen Device", "Absolute - Wipe Devices"


@pytest.mark.parametrize(("playbook", "name"), CHECKED)
def test_what_cannot_be_understood_stops_it(playbook: str, name: str, desk: Desk, tenant: LocalTenant) -> None:
    keys = [one.key for one in desk.library.playbooks[playbook].inputs]
    given: dict[str, Any] = {key: value for key, value in {"Endpoint_id": uid_of(tenant), **NEEDED}.items() if key in keys}
    run = desk.play(playbook, None, None, **{**given, name: "perhaps"})
    said = (desk.note() if run.ok else str(run.error)).replace("\\", "")
    assert f"{name} must be " in said or f"{name}: " in said
    assert desk.asked == []
    assert tenant.calls("") == []


@pytest.mark.parametrize("hours", ["-1", "0.5", "721", "soon", ""])
def test_how_long_a_device_is_followed_does_not_decide_whether_it_is_wiped(hours: str, desk: Desk, tenant: LocalTenant) -> None:
    desk.play(LOST, Endpoint_id=uid_of(tenant), Follow_hours=hours, Wipe_device="Yes", Require_approval="false")
    assert "Follow_hours must be a whole number of hours from 0 to 720" in desk.note()
    assert tenant.calls("") == []


@pytest.mark.parametrize(("value", "asked"), [("No", False), ("FALSE", False), ("Yes", True), ("TRUE", True), ("yes", True)])
def test_yes_and_no_in_any_case(value: str, asked: bool, desk: Desk, tenant: LocalTenant) -> None:
    tenant.devices.update(uid_of(tenant), **{"espInfo.encryptionStatus": "ENCR"})
    desk.play(WIPE, Endpoint_id=uid_of(tenant), Require_approval=value, Wait="No", Unenroll="nO")
    assert (desk.asked != []) is asked
    (sent,) = tenant.calls("POST /v3/actions/requests/wipe") or [None]
    assert (sent is None) is asked
    assert sent is None or sent.body["unenrollDevicesAndFreeLicenses"] is False


@pytest.mark.parametrize(("value", "frozen"), [("NO", False), ("YES", True)])
def test_a_whole_case_takes_yes_and_no(value: str, frozen: bool, desk: Desk, tenant: LocalTenant) -> None:
    switches = {"Freeze_device": value, "Confirm_report": "No", "Require_approval": "NO", "Wipe_device": "no"}
    others = {"Follow_location": "No", "Update_device_fields": "no", "Default_answer": "stolen"}
    run = desk.play(LOST, None, None, Endpoint_id=uid_of(tenant), **switches, **others)
    assert run.ok, run.error
    assert bool(tenant.calls("POST /v3/actions/requests/freeze")) is frozen
    assert tenant.calls("POST /v3/actions/requests/wipe") == []
    assert "Reported as**: stolen" in desk.note()
