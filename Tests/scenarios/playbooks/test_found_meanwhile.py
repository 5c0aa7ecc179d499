"""Whatever is asked for is taken back with its reason: a device that was found, unenrolled or changed hands meanwhile is left alone,
and a case is not closed while something that it asked for can still happen."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import Fault, ListOptions, LocalTenant, ManualClock, Options, Permission, faults
from local_xsoar import PlaybookRun, WarRoom
from scenarios.playbooks.conftest import Desk

LOST, RECOVERED = "Absolute - Lost or Stolen Device", "Absolute - Recovered Device"
FREEZE, WIPE, UNENROLL = "Absolute - Freeze Devices", "Absolute - Wipe Devices", "Absolute - Unenroll Devices"
CANCEL_ONE, CANCEL = "Absolute - Cancel Pending Action", "Absolute - Cancel Pending Actions"
STEPS = (
    "Absolute - List Pending Actions",
    CANCEL,
    "Absolute - Recheck Devices",
)
APPROVALS = {FREEZE: "Approve the freeze", WIPE: "Approve the wipe", UNENROLL: "Approve the unenrollment"}
REQUESTS = {FREEZE: "freeze", WIPE: "wipe", UNENROLL: "unenroll"}
YES = {"0": "Yes"}
CHANGE = "Approve the change"
ANSWERS = {"yes": YES, "no": {"0": "No"}, "nobody": None}
MISSING = {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}
CLOSED = 2
Change = Callable[[LocalTenant, str], object]
# What may become of a device while a person thinks about it, and the word with which the note tells it.
CHANGES: dict[str, tuple[Change, str]] = {
    "found": (lambda tenant, uid: tenant.devices.update(uid, deviceStatus=None), "found meanwhile"),
    "unenrolled": (lambda tenant, uid: tenant.devices.update(uid, agentStatus="D"), "no longer active"),
    "another owner": (lambda tenant, uid: tenant.devices.update(uid, username="CORP\\somebody"), "CORP\\somebody"),
    "another device": (lambda tenant, uid: tenant.devices.update(uid, serialNumber="SN999999"), "SN999999"),
}


@pytest.fixture(autouse=True)
def laptop(tenant: LocalTenant) -> str:
    """LAB-0001 can be wiped, and is reported missing."""
    return prepare(tenant)


def prepare(tenant: LocalTenant) -> str:
    uid = str(tenant.devices.by_name("LAB-0001")["deviceUid"])
    tenant.devices.update(uid, **{"espInfo.encryptionStatus": "ENCR", "deviceStatus": MISSING})
    for name in ("Incident ID", "Incident Status", "Incident Owner"):
        tenant.custom_fields.define(name, "Text", "UDF")
    return uid


def requests(tenant: LocalTenant, kind: str) -> int:
    return len(tenant.calls(f"POST /v3/actions/requests/{kind}"))


def destructive(tenant: LocalTenant) -> int:
    return sum(requests(tenant, kind) for kind in ("freeze", "wipe", "unenroll", "file-delete", "reach"))


def pending(tenant: LocalTenant, kind: str) -> set[str]:
    return {action.status for action in tenant.actions.actions(kind)} & {"Pending", "Processing"}


# ------------------------------------------------------------------------------------ between the question and the act


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("playbook", APPROVALS)
def test_what_has_changed_while_the_approver_thinks_is_left_alone(
    playbook: str, change: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    happen, said = CHANGES[change]

    def think(request: Any) -> dict[str, str]:
        assert "reported missing yes" in request.questions[0].text
        assert "frozen no" in request.questions[0].text
        assert "pending nothing" in request.questions[0].text
        happen(tenant, laptop)
        return YES

    run = desk.play(playbook, {APPROVALS[playbook]: think}, Endpoint_id=laptop)
    assert run.ok, run.error or run.waiting
    assert destructive(tenant) == 0
    assert said in desk.note()


@pytest.mark.parametrize("playbook", APPROVALS)
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_cannot_be_read_again_is_left_alone(
    playbook: str, status: int, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    def think(_request: Any) -> dict[str, str]:
        tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.status(status, retry_after=0)))
        return YES

    run = desk.play(playbook, {APPROVALS[playbook]: think}, Endpoint_id=laptop)
    assert run.ok, run.error or run.waiting
    assert destructive(tenant) == 0
    assert "could not be read again" in desk.note()


@pytest.mark.parametrize(("found", "sent"), [(True, 0), (False, 1)])
def test_without_the_list_of_missing_devices_the_device_report_counts(
    found: bool, sent: int, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    def think(_request: Any) -> dict[str, str]:
        tenant.faults.add(Fault(when="/v3/tracking/device-missing", action=faults.status(403)))
        tenant.devices.update(laptop, deviceStatus=None if found else MISSING)
        return YES

    desk.play(FREEZE, {APPROVALS[FREEZE]: think}, Endpoint_id=laptop)
    assert requests(tenant, "freeze") == sent


@pytest.mark.parametrize("playbook", APPROVALS)
def test_of_several_devices_only_the_changed_one_is_left_alone(
    playbook: str, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    other = str(tenant.devices.by_name("LAB-0004")["deviceUid"])
    tenant.devices.update(other, isStolen=False, deviceStatus=None)

    def think(_request: Any) -> dict[str, str]:
        tenant.devices.update(laptop, deviceStatus=None)
        return YES

    desk.play(playbook, {APPROVALS[playbook]: think}, Endpoint_id=f"{laptop},{other}")
    (record,) = tenant.calls(f"POST /v3/actions/requests/{REQUESTS[playbook]}")
    assert record.body["deviceUids"] == [other]


def test_the_approver_sees_what_is_pending(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    shown = []

    def think(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "No"}

    desk.play(FREEZE, {APPROVALS[FREEZE]: think}, Endpoint_id=laptop)
    assert "pending wipe (Pending)" in shown[0]


def test_what_is_pending_may_be_unknown(desk_without: Callable[..., Desk], laptop: str) -> None:
    desk, shown = desk_without(Permission.PERFORM_WIPE_DEVICE, Permission.VIEW_WIPE_DEVICE), []

    def think(request: Any) -> dict[str, str]:
        shown.append(request.questions[0].text)
        return {"0": "No"}

    desk.play(FREEZE, {APPROVALS[FREEZE]: think}, Endpoint_id=laptop)
    assert "wipe not known" in shown[0]


# ------------------------------------------------------------------------------------------------- the whole case

FREEZE_IT, DECIDE, WIPE_IT, CONFIRM = (
    "Approve the freeze",
    "Decide about the wipe",
    "Approve the wipe",
    "Confirm with the analyst",
)


@pytest.mark.parametrize("reported_before", [True, False])
@pytest.mark.parametrize("moment", [CONFIRM, FREEZE_IT, DECIDE, WIPE_IT])
@pytest.mark.parametrize("change", ["found", "unenrolled", "another owner"])
def test_a_case_stops_where_its_reason_goes(
    moment: str, change: str, reported_before: bool, desk: Desk, tenant: LocalTenant, laptop: str
) -> None:
    """Whatever comes after the change does nothing any more: freeze and wipe are asked for side by side."""
    if not reported_before:
        tenant.devices.update(laptop, deviceStatus=None)
        if (moment, change) == (CONFIRM, "found"):
            pytest.skip("it was not reported missing before the confirmation")

    def changing(answer: dict[str, str]) -> Callable[[Any], dict[str, str]]:
        def think(_request: Any) -> dict[str, str]:
            CHANGES[change][0](tenant, laptop)
            return answer

        return think

    answers: dict[str, Any] = {CONFIRM: {"0": "Stolen"}, FREEZE_IT: YES, DECIDE: YES, WIPE_IT: YES}
    answers[moment] = changing(answers[moment])
    run = desk.play(LOST, answers, {"id": "7", "deviceid": laptop}, Follow_hours="1")
    assert run.ok, run.error or run.waiting
    assert requests(tenant, "wipe") == 0
    assert CHANGES[change][1] in desk.note()
    if moment in (CONFIRM, FREEZE_IT):
        assert requests(tenant, "freeze") == 0
    assert run.incident["status"] != CLOSED


def test_unattended_a_device_that_is_found_is_not_wiped(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    """Nobody is asked: the state is read right before the wipe all the same."""
    tenant.faults.add(
        Fault(
            when=lambda method, path, _query, _body: method == "POST" and path.endswith("/requests/freeze"),
            action=lambda process: (tenant.devices.update(laptop, deviceStatus=None), process())[1],
        )
    )
    run = desk.play(
        LOST, {CONFIRM: {"0": "Lost"}}, {"deviceid": laptop}, Require_approval="false", Wipe_device="Yes", Follow_location="false"
    )
    assert run.ok, run.error
    assert requests(tenant, "freeze") == 1
    assert requests(tenant, "wipe") in (0, 1), "the two go on side by side"
    assert run.incident["status"] != CLOSED


# ----------------------------------------------------------------------------------------------- what is taken back


@pytest.fixture
def ordered(desk: Desk, tenant: LocalTenant, laptop: str) -> str:
    """A wipe, a file delete and a script wait for the offline device, each twice."""
    tenant.agents.offline(laptop)
    tenant.script_library.add("Collect traces", "Collects what an investigation needs.", ("Windows",))
    script = desk.room.run("!absolute-script-list") and desk.room.context.get("Absolute.Script.scriptUid")
    script = script[0] if isinstance(script, list) else script
    for command in (
        "absolute-wipe-request-create",
        "absolute-file-delete-request-create wipe_type=wipeAllUserFiles",
        f"absolute-device-script-run script_uid={script}",
    ) * 2:
        run = desk.room.run(f"!{command} device_ids={laptop} send_anyway=true")
        assert run.ok, run.error
    desk.room.context.data.clear()
    return laptop


def recover(desk: Desk, uid: str) -> PlaybookRun:
    run = desk.play(RECOVERED, {"Confirm the recovery": YES}, Endpoint_id=uid, Close_incident="true", Clear_device_fields="false")
    assert run.ok, run.error or run.waiting
    return run


def test_what_is_pending_is_cancelled_with_the_recovery(
    desk: Desk, tenant: LocalTenant, clock: ManualClock, ordered: str
) -> None:
    run = recover(desk, ordered)
    assert [pending(tenant, kind) for kind in ("wipe", "file-delete", "reach")] == [set()] * 3
    assert desk.note().count("cancelled") >= 6
    assert run.incident["status"] == CLOSED
    tenant.agents.online(ordered)
    clock.advance(24 * 3600)
    assert {action.status for action in tenant.actions.actions("wipe")} == {"Canceled"}


def test_other_devices_of_the_request_are_not_spared(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    other = str(tenant.devices.by_name("LAB-0004")["deviceUid"])
    for uid in (laptop, other):
        tenant.agents.offline(uid)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop},{other}").ok
    recover(desk, laptop)
    assert {action.device["deviceUid"]: action.status for action in tenant.actions.actions("wipe")} == {
        laptop: "Canceled",
        other: "Pending",
    }


def test_what_is_no_longer_pending_keeps_the_case_open(desk: Desk, tenant: LocalTenant, clock: ManualClock, laptop: str) -> None:
    tenant.actions.hold("wipe", laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    clock.advance(1800)
    assert pending(tenant, "wipe") == {"Processing"}
    run = recover(desk, laptop)
    assert run.incident["status"] != CLOSED
    assert "Can still happen" in desk.note()
    assert "Processing" in desk.note()


def test_an_unenrolment_keeps_the_case_open(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.actions.hold("unenroll", laptop)
    assert desk.room.run(f"!absolute-device-unenroll device_ids={laptop}").ok
    run = recover(desk, laptop)
    assert run.incident["status"] != CLOSED
    assert "cannot cancel an unenrolment" in desk.note()


@pytest.mark.parametrize("kind", ["wipe", "file-delete", "reach", "unenroll"])
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_cannot_be_read_keeps_the_case_open(kind: str, status: int, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.faults.add(Fault(when=f"/v3/actions/{kind}/get-actions", action=faults.status(status, retry_after=0)))
    run = recover(desk, laptop)
    assert run.incident["status"] != CLOSED
    assert "could not be read" in desk.note()
    assert "What failed" in desk.note()


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("kind", ["wipe", "file-delete", "reach"])
def test_what_cannot_be_cancelled_keeps_the_case_open(
    kind: str, status: int, desk: Desk, tenant: LocalTenant, ordered: str
) -> None:
    tenant.faults.add(Fault(when=f"POST /v3/actions/{kind}/cancel-actions", action=faults.status(status, retry_after=0)))
    run = recover(desk, ordered)
    left = {one: pending(tenant, one) for one in ("wipe", "file-delete", "reach")}
    assert left == {one: {"Pending"} if one == kind else set() for one in left}, "the others are cancelled"
    assert run.incident["status"] != CLOSED
    assert "Can still happen" in desk.note()


@pytest.fixture
def make_other_desk(
    library: Any, make_war_room: Callable[..., WarRoom], clock: ManualClock, runs: list[PlaybookRun]
) -> Iterator[Callable[..., Any]]:
    """Makes a tenant with other options, and a desk on it."""
    opened: list[LocalTenant] = []

    def make(options: Options) -> tuple[Desk, LocalTenant, str]:
        tenant = LocalTenant(devices=20, seed=7, clock=clock, rate_limit=None, options=options)
        opened.append(tenant.__enter__())
        token = tenant.tokens.create_symmetric()
        room = make_war_room(url=tenant.url, credentials={"identifier": token.id, "password": token.secret})
        return Desk(library, room, runs), tenant, prepare(tenant)

    yield make
    for tenant in opened:
        tenant.__exit__(None, None, None)


@pytest.mark.parametrize(("delay", "closed"), [(30, True), (600, False)])
def test_a_cancellation_that_takes_time(delay: int, closed: bool, make_other_desk: Callable[..., Any]) -> None:
    desk, tenant, laptop = make_other_desk(Options(cancel_delay=timedelta(seconds=delay)))
    tenant.agents.offline(laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    run = recover(desk, laptop)
    assert (run.incident["status"] == CLOSED) is closed
    assert ("Can still happen" in desk.note()) is not closed


@pytest.mark.parametrize("lag", [timedelta(minutes=5), timedelta(hours=3)])
def test_lists_that_lag_close_nothing_and_wipe_nothing_unwanted(lag: timedelta, make_other_desk: Callable[..., Any]) -> None:
    """The report is not shown yet when the wipe is asked for: a person says that it holds, and unattended nothing is sent."""
    desk, tenant, laptop = make_other_desk(Options(lists=ListOptions(lag=lag)))
    tenant.devices.update(laptop, deviceStatus=None)
    asked = desk.play(
        LOST,
        {CONFIRM: {"0": "Lost"}, FREEZE_IT: YES, DECIDE: YES, WIPE_IT: YES},
        {"deviceid": laptop},
        Follow_location="false",
        Update_device_fields="false",
    )
    assert asked.ok, asked.error
    assert requests(tenant, "wipe") == 1
    desk, tenant, laptop = make_other_desk(Options(lists=ListOptions(lag=lag)))
    tenant.devices.update(laptop, deviceStatus=None)
    unattended = desk.play(
        LOST,
        {CONFIRM: {"0": "Lost"}},
        {"deviceid": laptop},
        Require_approval="false",
        Wipe_device="Yes",
        Follow_location="false",
        Update_device_fields="false",
    )
    assert unattended.ok, unattended.error
    assert requests(tenant, "wipe") == 0
    assert "which was the reason" in desk.note()


def test_what_lags_is_taken_back_all_the_same(make_other_desk: Callable[..., Any]) -> None:
    """What the case itself has asked for it knows without any list."""
    desk, tenant, laptop = make_other_desk(Options(lists=ListOptions(lag=timedelta(hours=3))))
    tenant.devices.update(laptop, deviceStatus=None)
    tenant.agents.offline(laptop)
    answers = {CONFIRM: {"0": "Lost"}, DECIDE: YES, WIPE_IT: YES}
    inputs = {"Follow_location": "false", "Update_device_fields": "false", "Freeze_device": "false", "Follow_hours": "1"}
    assert desk.play(LOST, answers, {"deviceid": laptop}, **inputs).ok
    assert requests(tenant, "wipe") == 1
    run = recover(desk, laptop)
    assert len(tenant.calls("POST /v3/tracking/device-missing/found")) == 1
    assert run.incident["status"] != CLOSED
    assert len(tenant.calls("POST /v3/actions/wipe/cancel-actions")) == 1
    assert "can still happen" in desk.note(), "the list that lags does not show yet that it was cancelled"


# ------------------------------------------------------------------------------------------------- two at a time


def test_a_second_analyst_has_asked_for_the_same(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)

    def meanwhile(_request: Any) -> dict[str, str]:
        assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
        return YES

    desk.play(WIPE, {APPROVALS[WIPE]: meanwhile}, Endpoint_id=laptop)
    assert requests(tenant, "wipe") == 1
    assert "already under way" in desk.note()


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_pending_is_cancelled_after_a_yes(answer: str, desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    desk.room.context.data.clear()
    desk.play(CANCEL, {CHANGE: ANSWERS[answer]}, Endpoint_id=laptop, Require_approval="Yes")
    assert desk.asked == [CHANGE]
    assert {action.status for action in tenant.actions.actions("wipe")} == {"Canceled" if answer == "yes" else "Pending"}
    assert ("Yes, by analyst" if answer == "yes" else "Not approved") in desk.note()


def test_nothing_is_cancelled_of_a_device_that_was_stolen_again(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.devices.update(laptop, deviceStatus=None, isStolen=False)
    tenant.agents.offline(laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    desk.room.context.data.clear()

    def steal(request: Any) -> dict[str, str]:
        assert "reported missing no" in request.questions[0].text
        tenant.devices.update(laptop, deviceStatus={"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"})
        return YES

    desk.play(CANCEL, {CHANGE: steal}, Endpoint_id=laptop)
    assert {action.status for action in tenant.actions.actions("wipe")} == {"Pending"}
    assert "reported missing or stolen meanwhile" in desk.note()


def test_what_is_pending_is_cancelled_without_a_question(desk: Desk, tenant: LocalTenant, laptop: str) -> None:
    tenant.agents.offline(laptop)
    assert desk.room.run(f"!absolute-wipe-request-create device_ids={laptop}").ok
    desk.room.context.data.clear()
    desk.play(CANCEL, Endpoint_id=laptop, Require_approval="No")
    assert desk.asked == []
    assert {action.status for action in tenant.actions.actions("wipe")} == {"Canceled"}


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(*STEPS) == []
