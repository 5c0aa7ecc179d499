"""What changes something stands behind an approval that shows it, or a note that says that nobody was asked; and nobody is
asked for what cannot happen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults
from scenarios.playbooks.conftest import Desk
from scenarios.playbooks.test_instances import prepare, uid_of

REPORT = "Absolute - Report Device Missing"
WIPE, UNENROLL, UNFREEZE = "Absolute - Wipe Devices", "Absolute - Unenroll Devices", "Absolute - Unfreeze Devices"
QUARANTINE = "Absolute - Quarantine Device"
EVIDENCE, FREEZE, DECIDE = "Absolute - Collect Evidence", "Absolute - Freeze Devices", "Absolute - Decide About Wipe"
CHANGE, SCRIPT = "Approve the change", "Approve the script"
YES, NO = {"0": "Yes"}, {"0": "No"}
ANSWERS = {"yes": YES, "no": NO, "nobody": None}
RUNS, WIPES, MESSAGES = "POST /v3/actions/requests/reach", "POST /v3/actions/requests/wipe", "POST /v3/actions/freeze/messages"


@pytest.fixture
def laptop(tenant: LocalTenant) -> str:
    return uid_of(prepare(tenant))


def row(desk: Desk, uid: str) -> Any:
    """The device as DeviceSummary holds it, for an input."""
    return desk.play("Absolute - Find Devices", Endpoint_id=uid).outputs["DeviceSummary"]


def asked_about(desk: Desk, playbook: str, task: str, answer: Any, **inputs: Any) -> str:
    """Plays it, and gives back what whoever approves reads."""
    shown: list[str] = []

    def think(request: Any) -> Any:
        shown.append(request.questions[0].text)
        return answer() if callable(answer) else answer

    run = desk.play(playbook, {task: think}, **inputs)
    assert run.ok, run.error or run.waiting
    return shown[0]


# ------------------------------------------------------------------------------------------- playbooks run for themselves


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_device_is_reported_missing_after_a_yes(answer: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    desk.play(REPORT, {CHANGE: ANSWERS[answer]}, Device=row(desk, laptop))
    assert desk.asked == [CHANGE]
    assert len(tenant.calls("POST /v3/tracking/device-missing/missing")) == (answer == "yes")
    assert ("Yes, by analyst" if answer == "yes" else "was not reported missing. Not approved") in desk.note()


def test_a_device_in_other_hands_is_not_reported_missing(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    def change() -> dict[str, str]:
        tenant.devices.update(laptop, username="CORP\\other")
        return YES

    asked_about(desk, REPORT, CHANGE, change, Device=row(desk, laptop))
    assert tenant.calls("POST /v3/tracking/device-missing/missing") == []
    assert "CORP\\other" in desk.note().replace("\\\\", "\\")


def test_who_approved_it_before_stands_in_the_note(desk: Desk, laptop: str) -> None:
    desk.play(REPORT, Device=row(desk, laptop), Approval="Nobody. No answer came, so that Default_answer counted: Lost.")
    assert desk.asked == []
    assert "Nobody. No answer came, so that Default_answer counted: Lost." in desk.note()


# ------------------------------------------------------------------------------------------------------------- scripts


def collect(desk: Desk, laptop: str, answer: Any, **inputs: str) -> str:
    given = {"Endpoint_id": laptop, "Collection_script": "Collect traces", **inputs}
    return asked_about(desk, EVIDENCE, SCRIPT, answer, **given)


def test_the_approver_reads_the_text_of_the_script(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    script = next(one for one in tenant.script_library.scripts.values() if one.name == "Collect traces")
    text = collect(desk, laptop, YES)
    assert script.files["Windows"].content.strip() in text.replace("\r\n", "\n")
    assert len(tenant.calls(RUNS)) == 1


def test_a_script_that_is_changed_meanwhile_is_not_run(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    scripts = tenant.script_library.scripts
    script = next(one for one in scripts.values() if one.name == "Collect traces")

    def change() -> dict[str, str]:
        files = {name: replace(one, content="Remove-Item C:\\ -Recurse") for name, one in script.files.items()}
        scripts[script.uid] = replace(script, files=files)
        return YES

    collect(desk, laptop, change)
    assert tenant.calls(RUNS) == []
    assert "the script was changed while the approval was awaited" in desk.note()


def test_a_script_whose_text_cannot_be_read_is_not_run(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.faults.add(Fault(faults.status(403), lambda method, path, _query, _body: method == "GET" and "/scripts/" in path))
    desk.play(EVIDENCE, {SCRIPT: YES}, Endpoint_id=laptop, Collection_script="Collect traces")
    assert desk.asked == []
    assert tenant.calls(RUNS) == []
    assert "What failed" in desk.note()


def test_a_device_that_is_unenrolled_meanwhile_runs_no_script(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    device = row(desk, laptop)

    def change() -> dict[str, str]:
        tenant.devices.update(laptop, agentStatus="D")
        return YES

    collect(desk, laptop, change, Case_devices=device)
    assert tenant.calls(RUNS) == []
    assert "unenrolled or disabled meanwhile" in desk.note()


def test_nobody_is_asked_for_a_script_on_a_protected_device(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    desk.room.instance.params["protected_devices"] = "LAB-0001"
    desk.play(EVIDENCE, {SCRIPT: YES}, Endpoint_id=laptop, Collection_script="Collect traces")
    assert desk.asked == []
    assert "protected by the instance settings" in desk.note()


# --------------------------------------------------------------------------------------------------- message and wipe


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_freeze_message_is_created_after_the_yes(answer: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    desk.play(
        FREEZE, {"Approve the freeze": ANSWERS[answer]}, Endpoint_id=laptop, Message_name="new", Message_text="<p>Call.</p>"
    )
    assert len(tenant.calls(MESSAGES)) == (answer == "yes")
    assert bool(tenant.calls("POST /v3/actions/requests/freeze")) == (answer == "yes")


OBSTACLES: dict[str, tuple[dict[str, Any], str]] = {
    "platform": ({"platformOSType": "Chrome OS"}, "needs Windows or macOS"),
    "old Windows": ({"operatingSystem.name": "Microsoft Windows 7 Professional"}, "needs Windows 10 or 11"),
    "another encryption": ({"espInfo.encryptionProductName": "VeraCrypt"}, "it has VeraCrypt"),
    "not encrypted": ({"espInfo.encryptionStatus": "SUSP"}, "its drive is"),
    "a Mac": ({"platformOSType": "macOS", "espInfo.encryptionProductName": "FileVault"}, "a Mac needs mac_user_name"),
    "agent": ({"agentStatus": "D"}, "its agent is Disabled, not Active"),
    "license": ({"licenseBase": [{"licenseName": "Absolute Visibility"}]}, "needs a license of Absolute Control or Resilience"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("wanted", ["Ask", "Yes"])
def test_nobody_is_asked_for_a_wipe_that_cannot_be(
    wanted: str, obstacle: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    tenant.devices.update(laptop, **OBSTACLES[obstacle][0])
    run = desk.play(DECIDE, Device=row(desk, laptop), Loss_kind="Lost", Wipe_device=wanted)
    assert desk.asked == []
    assert tenant.calls(WIPES) == []
    assert run.context.get("CaseOutcome") == "Lost, not wiped: cannot be"
    assert OBSTACLES[obstacle][1] in desk.note()


def test_a_wipe_that_is_refused_is_not_asked_for(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    desk.room.instance.params["protected_devices"] = "LAB-0001"
    run = desk.play(DECIDE, Device=row(desk, laptop), Loss_kind="Lost")
    assert desk.asked == []
    assert run.context.get("CaseOutcome") == "Lost, not wiped: refused, or not checked"
    assert "protected by the instance settings" in desk.note()


@pytest.mark.parametrize("wanted", ["Ask", "Yes"])
def test_nobody_is_asked_for_a_wipe_on_an_instance_that_is_read_only(
    wanted: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    desk.room.instance.params["read_only"] = True
    run = desk.play(DECIDE, Device=row(desk, laptop), Loss_kind="Lost", Wipe_device=wanted)
    assert desk.asked == []
    assert tenant.calls(WIPES) == []
    assert run.context.get("CaseOutcome") == "Lost, not wiped: cannot be"
    assert "this instance is read only" in desk.note()


def writes(tenant: LocalTenant) -> list[str]:
    return [record.path for record in tenant.requests if record.method != "GET" and "get-actions" not in record.path]


@pytest.mark.parametrize("playbook", [WIPE, UNENROLL, FREEZE, UNFREEZE, EVIDENCE, QUARANTINE, REPORT])
def test_nobody_is_asked_for_what_an_instance_that_is_read_only_refuses(
    playbook: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    if playbook == UNFREEZE:
        desk.play(FREEZE, Endpoint_id=laptop, Require_approval="false")
    device, before = row(desk, laptop), writes(tenant)
    given: dict[str, Any] = {"Endpoint_id": laptop, "Device": device, "Collection_script": "Collect traces"}
    keys = [one.key for one in desk.library.playbooks[playbook].inputs]
    desk.room.instance.params["read_only"] = True
    inputs: dict[str, Any] = {**given, "Quarantine_group": "Kiosks"}
    desk.play(playbook, **{key: value for key, value in inputs.items() if key in keys})
    assert desk.asked == []
    assert writes(tenant) == before
    assert "annot be" in desk.note()
    assert "this instance is read only" in desk.note()


@pytest.mark.parametrize("playbook", [UNENROLL, WIPE])
def test_nobody_is_asked_for_what_the_token_may_not_do(
    playbook: str, desk_without: Any, tenant: LocalTenant, laptop: str
) -> None:
    """Where a read tells: requests to unenroll are listed with the permission that makes them."""
    desk = desk_without(Permission.PERFORM_UNENROLL_DEVICE)
    desk.play(playbook, Endpoint_id=laptop, **({"Unenroll": "true"} if playbook == WIPE else {}))
    assert desk.asked == []
    assert writes(tenant) == []
    assert "Perform Unenroll Device" in desk.note()


@pytest.mark.parametrize(
    ("changed", "inputs", "why"),
    [
        ({"agentStatus": "D"}, {}, "its agent is Disabled, not Active"),
        ({"licenseBase": [{"licenseName": "Absolute Visibility"}]}, {}, "needs a license of Absolute Control or Resilience"),
        ({"platformOSType": "Chrome OS"}, {"Freeze_type": "Scheduled", "Scheduled_date": "in 9 days"}, "need Windows or macOS"),
    ],
)
def test_nobody_is_asked_for_a_freeze_that_cannot_be(
    changed: dict[str, Any], inputs: dict[str, Any], why: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    """And the other device is frozen all the same."""
    tenant.devices.update(laptop, **changed)
    desk.play(FREEZE, Endpoint_id=laptop, **inputs)
    assert desk.asked == []
    assert why in desk.note()
    both = f"{laptop},{tenant.devices.by_name('LAB-0002')['deviceUid']}"
    text = asked_about(desk, FREEZE, "Approve the freeze", YES, Endpoint_id=both, **inputs)
    assert "LAB-0002" in text
    assert "LAB-0001" not in text
    assert [len(record.body["deviceUids"]) for record in tenant.calls("POST /v3/actions/requests/freeze")] == [1]
    assert why in desk.note()


def test_a_chromebook_is_frozen_on_demand(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, platformOSType="Chrome OS")
    asked_about(desk, FREEZE, "Approve the freeze", YES, Endpoint_id=laptop)
    assert len(tenant.calls("POST /v3/actions/requests/freeze")) == 1


def test_what_cannot_be_and_what_has_changed_are_both_told(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    other = str(tenant.devices.by_name("LAB-0002")["deviceUid"])
    tenant.devices.update(laptop, agentStatus="D")

    def change() -> dict[str, str]:
        tenant.devices.update(other, username="CORP\\other")
        return YES

    asked_about(desk, FREEZE, "Approve the freeze", change, Endpoint_id=f"{laptop},{other}")
    assert tenant.calls("POST /v3/actions/requests/freeze") == []
    assert "not Active" in desk.note()
    assert "CORP\\other" in desk.note().replace("\\\\", "\\")


def test_a_device_that_can_no_longer_be_wiped_after_the_decision(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    device = row(desk, laptop)

    def change() -> dict[str, str]:
        tenant.devices.update(laptop, **{"espInfo.encryptionStatus": "SUSP"})
        return YES

    asked_about(desk, DECIDE, "Decide about the wipe", change, Device=device, Loss_kind="Lost")
    assert tenant.calls(WIPES) == []
    assert desk.runs[-1].context.get("CaseOutcome") == "Lost, not wiped: cannot be"


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached("Absolute - Approve Action") == []
