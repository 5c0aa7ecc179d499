"""One pending action is cancelled: only while it is pending, only after a yes, and with a look at what came of it."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, faults
from local_xsoar import PlaybookRun, WarRoom
from scenarios.playbooks.conftest import Desk
from scenarios.playbooks.outcome import rows
from scenarios.playbooks.test_found_meanwhile import CANCEL, CANCEL_ONE, CHANGE, MISSING, YES, prepare

SEND = "Absolute - Send Cancellation"
# By kind: the path of the API, and the command that asks for it.
KINDS = {
    "wipe": ("wipe", "absolute-wipe-request-create"),
    "file delete": ("file-delete", "absolute-file-delete-request-create wipe_type=wipeAllUserFiles"),
    "script": ("reach", "absolute-device-script-run script_uid={script}"),
    "unenroll": ("unenroll", "absolute-device-unenroll"),
}


@pytest.fixture
def laptop(tenant: LocalTenant) -> str:
    """LAB-0001, which does not call in."""
    uid = prepare(tenant)
    tenant.devices.update(uid, deviceStatus=None, isStolen=False)
    tenant.agents.offline(uid)
    return uid


def order(desk: Desk, tenant: LocalTenant, uid: str, kind: str = "wipe") -> dict[str, Any]:
    """Asks for the action; the inputs that name it."""
    script = tenant.script_library.add("Collect traces", "Collects what an investigation needs.", ("Windows",)).uid
    path, command = KINDS[kind]
    if kind == "unenroll":  # an agent that is offline is unenrolled all the same
        tenant.actions.hold("unenroll", uid)
    run = desk.room.run(f"!{command.format(script=script)} device_ids={uid}")
    assert run.ok, run.error
    desk.room.context.data.clear()
    (action,) = tenant.actions.actions(path)
    (request,) = {one.uid for one in tenant.actions.requests(path)}
    return {"Kind": kind, "Request_uid": request, "Action_uid": action.uid, "Endpoint_id": uid}


def statuses(tenant: LocalTenant, kind: str = "wipe") -> list[str]:
    return [action.status for action in tenant.actions.actions(KINDS[kind][0])]


def sent(tenant: LocalTenant) -> int:
    return sum(len(tenant.calls(f"POST /v3/actions/{path}/cancel-actions")) for path, _ in KINDS.values())


def cancel(desk: Desk, named: dict[str, Any], answer: Any = YES, **inputs: str) -> PlaybookRun:
    run = desk.play(CANCEL_ONE, {CHANGE: answer}, **{**named, **inputs})
    assert run.ok, run.error
    return run


@pytest.mark.parametrize("kind", ["wipe", "file delete", "script"])
def test_it_is_cancelled_and_read_again(kind: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    """Others that are pending for the device are left alone."""
    named = order(desk, tenant, laptop, kind)
    other = next(one for one in ("wipe", "file delete") if one != kind)
    order(desk, tenant, laptop, other)
    shown = []

    def think(request: Any) -> dict[str, Any]:
        shown.append(request.questions[0].text)
        return YES

    run = cancel(desk, named, think, Kind=kind.capitalize())
    assert statuses(tenant, kind) == ["Canceled"]
    assert statuses(tenant, other) == ["Pending"]
    assert "reported missing no" in shown[0]
    assert f"these devices: {kind}?" in shown[0]
    assert [row["Verdict"] for row in rows(run, "StoppedActions")] == ["cancelled"]
    assert "Stopped" in desk.note()


@pytest.mark.parametrize("answer", [{"0": "No"}, None])
def test_nothing_is_cancelled_without_a_yes(answer: dict[str, str] | None, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    cancel(desk, order(desk, tenant, laptop), answer)
    assert (statuses(tenant), sent(tenant)) == (["Pending"], 0)
    assert "Not approved" in desk.note()
    assert "Can still happen" in desk.note()


def test_what_is_not_pending_any_more_is_not_asked_about(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    named = order(desk, tenant, laptop)
    cancel(desk, named)
    run = cancel(desk, named)
    assert (desk.asked, sent(tenant)) == ([], 1)
    assert "Stopped" in desk.note()
    assert "can still happen" not in desk.note().lower()
    assert not run.outputs.get("PendingActions")


@pytest.mark.parametrize("done", ["cancelled by another analyst", "carried out"])
def test_what_is_done_while_the_person_thinks(done: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    named = order(desk, tenant, laptop)

    def think(_request: Any) -> dict[str, Any]:
        if done == "carried out":
            tenant.agents.online(laptop)
            tenant.clock.advance(3600)
        else:
            arguments = f"request_uid={named['Request_uid']} action_uids={named['Action_uid']}"
            assert desk.room.run(f"!absolute-wipe-request-cancel {arguments}").ok
        return YES

    cancel(desk, named, think)
    word, status = ("succeeded", "Succeeded") if done == "carried out" else ("cancelled", "Canceled")
    assert statuses(tenant) == [status]
    assert f"It is {word}: nothing of it can happen any more" in desk.note()
    assert "Can still happen" not in desk.note()


def test_nothing_is_cancelled_of_a_device_that_was_stolen_meanwhile(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    named = order(desk, tenant, laptop)

    def think(_request: Any) -> dict[str, Any]:
        tenant.devices.update(laptop, deviceStatus=MISSING)
        return YES

    cancel(desk, named, think)
    assert (statuses(tenant), sent(tenant)) == (["Pending"], 0)
    assert "reported missing or stolen meanwhile" in desk.note()


@pytest.mark.parametrize(("kind", "status"), [("wipe", 400), ("file delete", 403), ("script", 500)])
def test_a_cancellation_that_is_refused_is_told(kind: str, status: int, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    named = order(desk, tenant, laptop, kind)
    call = f"POST /v3/actions/{KINDS[kind][0]}/cancel-actions"
    tenant.faults.add(Fault(when=call, action=faults.status(status, retry_after=0)))
    run = cancel(desk, named)
    assert statuses(tenant, kind) == ["Pending"]
    assert [row["Verdict"] for row in rows(run, "PendingActions")] == ["can still happen"]
    assert "What failed" in desk.note()


@pytest.mark.parametrize("moment", ["before", "afterwards"])
def test_what_cannot_be_read_is_not_known(moment: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    """A failed cancellation and a failed reading are both told."""
    named = order(desk, tenant, laptop)

    def fail() -> None:
        tenant.faults.add(Fault(when="/v3/actions/wipe/get-actions", action=faults.status(503, retry_after=0)))

    def think(_request: Any) -> dict[str, Any]:
        fail()
        tenant.faults.add(Fault(when="POST /v3/actions/wipe/cancel-actions", action=faults.status(403)))
        return YES

    if moment == "before":
        fail()
    run = cancel(desk, named, think)
    assert [row["Verdict"] for row in rows(run, "PendingActions")] == ["unknown"]
    assert sent(tenant) == (0 if moment == "before" else 1)
    assert "503" in desk.note()
    assert ("Perform Wipe Device" in desk.note()) is (moment == "afterwards")


@pytest.mark.parametrize(("name", "value"), [("Action_uid", "x"), ("Request_uid", "x"), ("Kind", "script")])
def test_what_is_not_listed_is_not_known(name: str, value: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    run = cancel(desk, order(desk, tenant, laptop), **{name: value})
    assert (desk.asked, sent(tenant), statuses(tenant)) == ([], 0, ["Pending"])
    assert [row["Verdict"] for row in rows(run, "PendingActions")] == ["unknown"]


def test_an_unenrolment_cannot_be_cancelled(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    cancel(desk, order(desk, tenant, laptop, "unenroll"))
    assert (desk.asked, sent(tenant)) == ([], 0)
    assert "cannot cancel an unenrolment" in desk.note()


def test_a_kind_that_does_not_exist_stops_it(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    run = desk.play(CANCEL_ONE, Kind="freeze", Request_uid="x", Action_uid="x", Endpoint_id=laptop)
    assert "Kind must be wipe, file delete, script or unenroll" in str(run.error)
    assert tenant.requests == []


def test_two_instances_stop_it(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    """Unless one is named: then that one acts."""
    named = order(desk, tenant, laptop)
    desk.room.add_instance(dict(desk.room.instance.params))
    run = desk.play(CANCEL_ONE, {CHANGE: YES}, **named)
    assert "2 instances would each do the same" in str(run.error)
    assert sent(tenant) == 0
    cancel(desk, named, Instance=desk.room.instance.name)
    assert (statuses(tenant), sent(tenant)) == (["Canceled"], 1)


def test_nobody_is_asked_on_an_instance_that_is_read_only(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    order(desk, tenant, laptop)
    other = str(tenant.devices.by_name("LAB-0004")["deviceUid"])
    desk.room.instance.params["read_only"] = True
    desk.play(CANCEL, {CHANGE: YES}, Endpoint_id=f"{laptop},{other}")
    assert (desk.asked, sent(tenant), statuses(tenant)) == ([], 0, ["Pending"])
    assert "nobody was asked: this instance is read only" in desk.note()


def test_what_waits_for_a_protected_device_can_be_cancelled(
    desk: Desk, make_war_room: Callable[..., WarRoom], tenant: LocalTenant, laptop: str
) -> None:
    named = order(desk, tenant, laptop)
    desk.room = make_war_room(protected_devices="LAB-0001")
    cancel(desk, named)
    assert statuses(tenant) == ["Canceled"]


@pytest.mark.parametrize("inputs", [{"Approval": "Yes, by ana."}, {"Require_approval": "NO"}])
def test_nobody_is_asked_for_what_is_approved_already(
    inputs: dict[str, Any], desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    order(desk, tenant, laptop)
    desk.play(CANCEL, Endpoint_id=laptop, **inputs)
    assert (desk.asked, statuses(tenant)) == ([], ["Canceled"])
    assert inputs.get("Approval", "Require_approval is false") in desk.note().replace("\\", "")


@pytest.mark.parametrize(("kind", "approval"), [("unenroll", "Yes, by analyst"), ("wipe", "")])
def test_nothing_is_sent_that_cannot_be_or_was_not_approved(kind: str, approval: str, desk: Desk, tenant: LocalTenant) -> None:
    named: dict[str, Any] = {"Kind": kind, "Request_uid": "x", "Action_uid": "x", "Endpoint_id": "x"}
    assert desk.play(SEND, Approval=approval, **named).ok
    assert tenant.requests == []
    assert "nothing was cancelled" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(CANCEL_ONE, SEND, "Absolute - Approve Change") == []
