"""Unenroll, wipe, file delete, message, script: from the request to a proven end on each device, and every other ending."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from contract.caller import Caller
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, ManualClock, Options, Permission, faults
from local_absolute.http_answer import HttpAnswer, error_answer, json_answer
from local_absolute.times import format_utc
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
MISSHAPEN = (
    '{"data": null}',
    '{"data": []}',
    '{"data": [null, 1, "x"]}',
    '{"data": [{}]}',
    '{"data": {"requestUid": {}}}',
    '{"data": {}, "metadata": {"pagination": null}}',
)
RAW_ERROR = re.compile(r"Traceback|Error: '|has no attribute|NoneType|not iterable|not subscriptable|unhashable")
NOBODY = "00000000-0000-4000-8000-000000000000"
UNKNOWN = "c0ffee00-1111-4222-8333-444455556666"


@dataclass(frozen=True)
class Kind:
    """What differs between the kinds. `noun` stands in the names of the list and cancel commands; `word` is the verdict."""

    slug: str
    command: str
    noun: str
    word: str
    context: str
    perform: Permission
    args: Mapping[str, str]

    @property
    def path(self) -> str:
        return f"POST /v3/actions/requests/{self.slug}"

    def __str__(self) -> str:
        return self.slug


UNENROLL = Kind(
    "unenroll",
    "absolute-device-unenroll",
    "unenroll",
    "unenrolled",
    "Absolute.DeviceUnenroll",
    Permission.PERFORM_UNENROLL_DEVICE,
    {},
)
WIPE = Kind("wipe", "absolute-wipe-request-create", "wipe", "wiped", "Absolute.WipeRequest", Permission.PERFORM_WIPE_DEVICE, {})
FILE_DELETE = Kind(
    "file-delete",
    "absolute-file-delete-request-create",
    "file-delete",
    "deleted",
    "Absolute.FileDeleteRequest",
    Permission.PERFORM_DELETE_FILE,
    {"wipe_type": "wipeSpecificUserFiles", "windows_patterns": "*.docx"},
)
MESSAGE = Kind(
    "eum",
    "absolute-device-message-send",
    "message",
    "delivered",
    "Absolute.MessageRequest",
    Permission.MANAGE_SEND_MESSAGE,
    {"message": "<p>Call IT</p>"},
)
SCRIPT = Kind(
    "reach",
    "absolute-device-script-run",
    "script",
    "executed",
    "Absolute.ScriptRequest",
    Permission.RUN_REACH_SCRIPT,
    {"script_uid": "the first one"},
)
ALL_KINDS = (UNENROLL, WIPE, FILE_DELETE, MESSAGE, SCRIPT)
BY_AGENT = (WIPE, FILE_DELETE, MESSAGE, SCRIPT)
every_kind = pytest.mark.parametrize("kind", ALL_KINDS, ids=str)
every_agent_kind = pytest.mark.parametrize("kind", BY_AGENT, ids=str)


def order(room: WarRoom, tenant: LocalTenant, kind: Kind, **args: str) -> CommandRun:
    """Requests the action; LAB-0001 unless other devices are named."""
    own = {**kind.args, "script_uid": next(iter(tenant.script_library.scripts))} if kind is SCRIPT else kind.args
    targets = {} if any(name.startswith(("device_", "serial")) for name in args) else {"device_names": "LAB-0001"}
    return room.execute(kind.command, {**own, **targets, **args})


def anyway(kind: Kind) -> dict[str, str]:
    """The argument that sends although something speaks against it; a message does no harm twice."""
    return {} if kind is MESSAGE else {"send_anyway": "true"}


def finish(room: WarRoom, tenant: LocalTenant, kind: Kind, **args: str) -> CommandRun:
    return order(room, tenant, kind, polling="true", interval_in_seconds="300", timeout_in_seconds="3600", **args)


def newest(room: WarRoom, kind: Kind) -> dict[str, Any]:
    found = room.context.get(kind.context)
    return found[-1] if isinstance(found, list) else found


def cancellation(room: WarRoom, kind: Kind) -> dict[str, Any]:
    """What a cancel command said. A message request has a `message` of its own, so its cancellations stand apart."""
    return room.context.get("Absolute.MessageRequestCancel") if kind is MESSAGE else newest(room, kind)


def verdicts(room: WarRoom, kind: Kind) -> dict[str, str]:
    devices = newest(room, kind)["Devices"]
    return {device["DeviceName"]: device["Verdict"] for device in (devices if isinstance(devices, list) else [devices])}


def reasons(room: WarRoom, kind: Kind) -> str:
    return json.dumps(newest(room, kind)["Devices"])


def request_uid(room: WarRoom, kind: Kind) -> str:
    return newest(room, kind)["RequestUid" if kind is UNENROLL else "requestUid"]


def room_of(make_war_room: MakeWarRoom, tenant: LocalTenant, *without: Permission) -> WarRoom:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - set(without))
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


def cancel_args(room: WarRoom, tenant: LocalTenant, kind: Kind) -> dict[str, str]:
    whom = {"device_uids": tenant.devices.by_name("LAB-0001")["deviceUid"]} if kind is SCRIPT else {"cancel_all_actions": "true"}
    return {"request_uid": request_uid(room, kind), **whom}


class TestEndings:
    @every_kind
    def test_carried_out(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert run.ok, run.error
        assert run.polls > 0
        assert verdicts(war_room, kind) == {"LAB-0001": kind.word, "LAB-0008": kind.word}
        assert f"2 {kind.word}" in run.last.markdown
        assert {action.status for action in tenant.actions.actions(kind.slug)} == {tenant.actions.actions(kind.slug)[0].kind.done}
        assert len(tenant.calls(kind.path)) == 1

    @every_kind
    def test_without_polling_it_is_pending(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = order(war_room, tenant, kind)
        assert run.ok, run.error
        assert verdicts(war_room, kind) == {"LAB-0001": "pending"}
        assert "polling=true waits for it" in run.markdown

    @every_kind
    def test_one_fails_the_other_stands(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.actions.fail(kind.slug, tenant.devices.by_name("LAB-0008")["deviceUid"])
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert run.ok, run.error
        assert verdicts(war_room, kind) == {"LAB-0001": kind.word, "LAB-0008": "failed"}
        assert f"1 {kind.word}, 1 failed" in run.last.markdown

    @every_agent_kind
    def test_an_agent_that_does_not_call_in(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.agents.offline(tenant.devices.by_name("LAB-0008")["deviceUid"])
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert run.ok, "pending at the time-out is an answer"
        assert run.polls == 12
        assert verdicts(war_room, kind) == {"LAB-0001": kind.word, "LAB-0008": "pending"}
        assert "Time-out" in run.last.markdown
        assert "may still happen" in run.last.markdown

    @every_agent_kind
    def test_a_device_that_works_on_and_on(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.actions.hold(kind.slug, tenant.devices.by_name("LAB-0001")["deviceUid"])
        assert finish(war_room, tenant, kind).ok
        assert verdicts(war_room, kind) == {"LAB-0001": "pending"}
        assert "Processing" in reasons(war_room, kind)

    @every_agent_kind
    def test_cancelled_in_time(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        cancelled = war_room.execute(f"absolute-{kind.noun}-request-cancel", cancel_args(war_room, tenant, kind))
        assert cancelled.ok, cancelled.error
        assert "1 of 1 actions are cancelled" in cancelled.markdown
        assert cancellation(war_room, kind)["code"] == "ACCEPTED"
        assert [action.status for action in tenant.actions.actions(kind.slug)] == ["Canceled"]

    @every_agent_kind
    def test_cancelled_too_late(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, kind)
        cancelled = war_room.execute(f"absolute-{kind.noun}-request-cancel", cancel_args(war_room, tenant, kind))
        assert cancelled.error.startswith("**Failed on 1 of 1 action**")
        assert "too late to cancel" in cancelled.last.contents
        assert "0 of 1 actions are cancelled" in cancelled.markdown
        assert cancellation(war_room, kind)["code"] == "PARTIAL"
        details = cancellation(war_room, kind)["details"]
        assert "too late" in json.dumps(details)

    def test_what_a_cancelled_request_does_not_list_is_not_known(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        def first_only(answer: HttpAnswer) -> HttpAnswer:
            document = json.loads(answer.body)
            return replace(answer, body=json.dumps({**document, "data": document["data"][:1]}).encode())

        for name in ("LAB-0001", "LAB-0008"):
            tenant.agents.offline(tenant.devices.by_name(name)["deviceUid"])
        order(war_room, tenant, WIPE, device_names="LAB-0001,LAB-0008")
        tenant.faults.add(Fault(faults.changed(first_only), "/v3/actions/wipe/get-actions"))
        cancelled = war_room.execute("absolute-wipe-request-cancel", cancel_args(war_room, tenant, WIPE))
        assert "1 of 1 actions are cancelled. The request has 1 more, which are not listed" in cancelled.markdown
        assert cancellation(war_room, WIPE)["code"] == "PARTIAL"

    @every_kind
    def test_a_device_without_an_action_and_no_device(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        other = tenant.devices.by_name("LAB-0009")["deviceUid"]
        run = war_room.execute(f"absolute-{kind.noun}-actions-list", {"device_uids": f"{other},{NOBODY}"})
        assert run.ok, run.error
        assert "LAB-0009" in run.markdown
        assert f"ids={NOBODY}" in run.markdown.partition("Not found: ")[2]

    @every_kind
    def test_unknown_requests(self, kind: Kind, war_room: WarRoom) -> None:
        run = war_room.execute(f"absolute-{kind.noun}-request-list", {"request_uid": UNKNOWN})
        assert "There is no such object" in run.error
        run = war_room.execute(f"absolute-{kind.noun}-actions-list", {"request_uid": UNKNOWN, "device_uids": NOBODY})
        assert "There is no such object" in run.error


class TestCancelRace:
    @pytest.fixture
    def tenant(self, clock: ManualClock):  # type: ignore[no-untyped-def]
        options = Options(cancel_delay=timedelta(hours=1))
        with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=options) as tenant:
            yield tenant

    @every_agent_kind
    def test_the_status_changes_before_the_cancel_arrives(
        self, kind: Kind, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        order(war_room, tenant, kind)
        cancelled = war_room.execute(f"absolute-{kind.noun}-request-cancel", cancel_args(war_room, tenant, kind))
        assert "0 of 1 actions are cancelled" in cancelled.markdown, "accepted is not done"
        assert "not done yet" in json.dumps(cancellation(war_room, kind)["details"])
        clock.advance(2 * 3600)
        done = {"uids": tenant.devices.by_name("LAB-0001")["deviceUid"]}
        listed = war_room.execute(
            f"absolute-{kind.noun}-actions-list", {"request_uid": request_uid(war_room, kind), "device_uids": done["uids"]}
        )
        assert tenant.actions.actions(kind.slug)[0].kind.done in listed.markdown


class TestApproval:
    @every_kind
    def test_pending_then_granted(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.approvals.threshold = 1
        run = order(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert set(verdicts(war_room, kind).values()) == {"pending"}
        assert "approval" in run.markdown
        tenant.approvals.approve(tenant.approvals.pending[0])
        war_room.execute(f"absolute-{kind.noun}-request-list", {"request_uid": request_uid(war_room, kind)})
        status = newest(war_room, kind)["RequestStatus" if kind is UNENROLL else "requestStatus"]
        assert status in ("Init", "InProgress")

    @every_kind
    def test_declined_while_waiting(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.approvals.threshold = 1
        clock.call_at(clock.now() + timedelta(minutes=20), lambda: tenant.approvals.decline(tenant.approvals.pending[0]))
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert run.error.startswith("**Failed on 2 of 2 devices**: LAB-0001, LAB-0008")
        assert set(verdicts(war_room, kind).values()) == {"failed"}
        assert "declined" in run.last.contents

    @every_agent_kind
    def test_withdrawn_while_waiting(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        tenant.approvals.threshold = 1
        clock.call_at(clock.now() + timedelta(minutes=20), lambda: tenant.approvals.withdraw(tenant.approvals.pending[0]))
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert set(verdicts(war_room, kind).values()) == {"cancelled"}
        assert "withdrawn" in run.last.markdown


class TestPermissions:
    @every_kind
    def test_the_missing_one_is_named(self, kind: Kind, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, kind.perform)
        assert f'lacks the permission "{kind.perform.value}"' in order(room, tenant, kind).error
        assert tenant.actions.requests(kind.slug) == []

    @pytest.mark.parametrize(
        ("kind", "view"),
        [
            (UNENROLL, Permission.VIEW_UNENROLL_DEVICE),
            (WIPE, Permission.VIEW_WIPE_DEVICE),
            (FILE_DELETE, Permission.VIEW_DELETE_FILE),
            (MESSAGE, Permission.VIEW_SEND_MESSAGE),
        ],
        ids=str,
    )
    def test_may_request_but_not_look(
        self, kind: Kind, view: Permission, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        room = room_of(make_war_room, tenant, view)
        run = finish(room, tenant, kind, **anyway(kind))
        assert run.ok, "it was requested: that stands"
        assert len(tenant.actions.requests(kind.slug)) == 1
        assert "unknown" in reasons(room, kind)
        assert view.value in run.last.markdown
        assert run.polls == 0, "looking again would not help"
        refused = room.execute(f"absolute-{kind.noun}-actions-list", {})
        assert view.value in refused.error

    def test_may_cancel_but_not_look(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.VIEW_WIPE_DEVICE)
        order(room, tenant, WIPE, **anyway(WIPE))
        run = room.execute("absolute-wipe-request-cancel", cancel_args(room, tenant, WIPE))
        assert [action.status for action in tenant.actions.actions("wipe")] == ["Canceled"]
        assert "was accepted" in (run.error or run.markdown), "what was sent is said, whatever can be read"
        assert "View Wipe Device" in (run.error or run.markdown)

    @every_kind
    def test_a_token_that_reads_no_devices(self, kind: Kind, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.VIEW_DEVICE_REPORTS)
        run = finish(room, tenant, kind, device_ids=tenant.devices.by_name("LAB-0001")["deviceUid"], **anyway(kind))
        assert run.ok, run.error
        assert kind.word in run.last.markdown
        assert "may not read devices" in run.entries[0]["HumanReadable"]
        assert "View Device reports" in order(room, tenant, kind, device_names="LAB-0001").error


DESTRUCTIVE = (UNENROLL, WIPE, FILE_DELETE, SCRIPT)
every_destructive_kind = pytest.mark.parametrize("kind", DESTRUCTIVE, ids=str)


class TestUnderWayAlready:
    """What destroys something is not requested again while the same may still happen."""

    @every_destructive_kind
    def test_the_same_again_is_refused_and_names_the_request(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert order(war_room, tenant, kind).ok
        again = order(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        assert len(tenant.calls(kind.path)) == 1
        assert "Nothing was sent." in again.error
        assert request_uid(war_room, kind) in again.error
        assert "LAB-0001" in again.error
        assert "LAB-0008" not in again.error
        assert "send_anyway=true" in again.error

    @every_destructive_kind
    def test_it_is_sent_when_asked_for_and_says_so(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        run = order(war_room, tenant, kind, send_anyway="true")
        assert run.ok, run.error
        assert len(tenant.actions.requests(kind.slug)) == 2
        assert "is already under way" in run.markdown

    @every_destructive_kind
    def test_a_dry_run_tells(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        run = order(war_room, tenant, kind, dry_run="true")
        assert run.ok, run.error
        assert "is already under way" in run.markdown
        assert len(tenant.actions.requests(kind.slug)) == 1

    @every_destructive_kind
    def test_what_has_ended_is_no_obstacle(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        for action in tenant.actions.actions(kind.slug):
            action.status = "Failed"
        assert order(war_room, tenant, kind).ok

    @every_destructive_kind
    def test_what_was_carried_out_counts_from_the_time_that_is_given(
        self, kind: Kind, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        order(war_room, tenant, kind)
        (action,) = tenant.actions.actions(kind.slug)
        action.status = "Completed"
        before, after = (format_utc(action.created + timedelta(minutes=minutes)) for minutes in (-1, 1))
        refused = order(war_room, tenant, kind, unless_done_since=before)
        assert "Nothing was sent." in refused.error
        assert "was carried out since then" in refused.error
        assert request_uid(war_room, kind) in refused.error
        assert len(tenant.actions.requests(kind.slug)) == 1
        assert order(war_room, tenant, kind, unless_done_since=after).ok
        for other in tenant.actions.actions(kind.slug):
            other.status = "Failed"
        assert order(war_room, tenant, kind, unless_done_since=before).ok
        assert len(tenant.actions.requests(kind.slug)) == 3

    def test_what_is_no_time_is_refused_before_anything_is_asked(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert (
            order(war_room, tenant, WIPE, unless_done_since="soon")
            .error.partition("Error: ")[2]
            .startswith("unless_done_since: ")
        )
        assert tenant.calls("") == []

    @every_destructive_kind
    def test_a_status_that_nobody_knows_has_not_ended(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        for action in tenant.actions.actions(kind.slug):
            action.status = "COMPLETING"
        assert "is already under way" in order(war_room, tenant, kind).error

    def test_another_script_is_another_thing(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        _, second, *_ = tenant.script_library.scripts
        assert order(war_room, tenant, SCRIPT).ok
        assert war_room.execute(SCRIPT.command, {"device_names": "LAB-0001", "script_uid": second}).ok

    def test_a_message_does_no_harm_twice(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, MESSAGE)
        assert order(war_room, tenant, MESSAGE).ok
        assert len(tenant.actions.requests("eum")) == 2

    @every_destructive_kind
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 503])
    def test_nothing_is_sent_when_it_cannot_be_read(
        self, status: int, kind: Kind, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=f"POST /v3/actions/{kind.slug}/get-actions", times=9, action=faults.status(status)))
        refused = order(war_room, tenant, kind)
        assert tenant.calls(kind.path) == []
        assert "Nothing was sent. Whether the same is already under way was not checked" in refused.error
        sent = order(war_room, tenant, kind, send_anyway="true")
        assert len(tenant.calls(kind.path)) == 1
        assert "was not checked" in (sent.error or sent.markdown)

    @every_destructive_kind
    def test_an_action_that_does_not_say_of_which_device(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        answer = json_answer(200, {"data": [{"actionStatus": "Pending"}], "metadata": {}})
        tenant.faults.add(Fault(when=f"POST /v3/actions/{kind.slug}/get-actions", action=lambda process: answer))
        assert "a row of the answer does not say which device it is" in order(war_room, tenant, kind).error
        assert tenant.calls(kind.path) == []

    @every_destructive_kind
    def test_a_token_that_reads_no_devices_sends_nothing(
        self, kind: Kind, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        room = room_of(make_war_room, tenant, Permission.VIEW_DEVICE_REPORTS)
        refused = order(room, tenant, kind, device_ids=tenant.devices.by_name("LAB-0001")["deviceUid"])
        assert "The state of the devices was not checked" in refused.error
        assert tenant.calls(kind.path) == []

    @every_destructive_kind
    def test_an_empty_list_of_everything_is_no_proof(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "that is no proof" in order(war_room, tenant, kind).markdown
        assert "that is no proof" not in order(war_room, tenant, kind, device_names="LAB-0008").markdown


class TestReadOnly:
    @every_kind
    def test_nothing_at_all_is_sent(self, kind: Kind, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(read_only=True)
        refused = order(room, tenant, kind)
        assert f"Nothing was sent: this instance is read only (read_only), so it will not run {kind.command}." in refused.error
        assert tenant.requests == []
        assert order(room, tenant, kind, dry_run="true").ok

    def test_who_waits_goes_on_looking(self, war_room: WarRoom, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        run = finish(make_war_room(read_only=False), tenant, WIPE)
        assert run.ok, run.error
        carried = {"following": json.dumps({"requests": [[tenant.actions.requests("wipe")[0].uid, []]], "settled": []})}
        assert make_war_room(read_only=True).execute(WIPE.command, {**carried, "polling": "true"}).ok


class TestGuards:
    @every_kind
    def test_dry_run_sends_nothing(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = order(war_room, tenant, kind, dry_run="true")
        assert run.ok, run.error
        assert "Dry run: nothing was sent" in run.markdown
        assert f"POST /v3/actions/requests/{kind.slug}" in run.markdown
        assert [record.path for record in tenant.requests if record.method != "GET" and "get-actions" not in record.path] == []
        assert [*war_room.context.data["Absolute"]] == ["DryRun"]
        assert war_room.context.get("Absolute.DryRun.Verdict") == "eligible"

    @every_kind
    def test_fifty_one_devices(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        uids = ",".join(device["deviceUid"] for device in tenant.devices.all()[:51])
        assert "51 devices are meant, but the instance allows 50" in order(war_room, tenant, kind, device_ids=uids).error
        assert tenant.requests == []

    @every_kind
    def test_a_protected_device(self, kind: Kind, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(protected_devices="lab-0001")
        assert "protected" in order(room, tenant, kind, device_names="LAB-0001,LAB-0008").error
        assert tenant.actions.requests(kind.slug) == []

    @every_kind
    def test_inexact_targets(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "matches 2 devices" in order(war_room, tenant, kind, device_names="LAB-0010").error
        assert "no device matches" in order(war_room, tenant, kind, device_ids=UNKNOWN).error
        assert "no device matches" in order(war_room, tenant, kind, device_names="LAB-000").error
        assert tenant.actions.requests(kind.slug) == []
        before = len(tenant.requests)
        own = {"script_uid": UNKNOWN} if kind is SCRIPT else kind.args
        assert "no device is named" in war_room.execute(kind.command, dict(own)).error
        assert "is not a UUID" in order(war_room, tenant, kind, device_ids="LAB-0001").error
        assert len(tenant.requests) == before

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("absolute-device-unenroll device_names=x exclude_missing_devices=maybe", "neither true nor false"),
            ("absolute-wipe-request-create device_names=x mac_user_name=admin", "belong together"),
            ("absolute-wipe-request-create device_names=x mac_pwd=secret", "belong together"),
            ("absolute-wipe-request-create device_names=x unenroll_devices_and_free_licenses=2", "neither true nor false"),
            ("absolute-file-delete-request-create device_names=x wipe_type=all", "wipe_type"),
            ("absolute-file-delete-request-create device_names=x wipe_type=wipeSpecificUserFiles", "needs windows_patterns"),
            ("absolute-file-delete-request-create device_names=x wipe_type=wipeAllUserFiles mac_patterns=a", "deletes all files"),
            (
                "absolute-file-delete-request-create device_names=x wipe_type=wipeAllUserFiles secure_erase_count=2",
                "is not 1, 3 or 7",
            ),
            ("absolute-device-message-send device_names=x", "message: it is missing"),
            (f"absolute-device-message-send device_names=x message=h message_uid={UNKNOWN}", "not both"),
            ("absolute-device-message-send device_names=x message_uid=Call", "is not a UUID"),
            ("absolute-device-message-send device_names=x message=h snooze_times=6", "snooze_times"),
            ("absolute-device-message-send device_names=x message=h display_mode=Window", "display_mode"),
            (
                'absolute-device-message-send device_names=x message=h button_caption="Acknowledged, thank you"',
                "button_caption: it has 23 characters; the API takes at most 14",
            ),
            ("absolute-device-message-send device_names=x message=h request_name=" + "x" * 256, "request_name: it has 256"),
            ("absolute-device-message-send device_names=x message=" + "x" * 15_001, "message: it has 15001 characters"),
            ("absolute-device-message-send device_names=x message=h scheduled_date=2020-01-01T00:00:00Z", "not in the future"),
            ("absolute-device-message-send device_names=x message=h scheduled_date=whenever", "scheduled_date"),
            ("absolute-device-script-run device_names=x script_uid=triage", "is not a UUID"),
            (f"absolute-device-script-run device_names=x script_uid={UNKNOWN} platforms=Linux", "platforms"),
            (f"absolute-device-script-run device_names=x script_uid={UNKNOWN} max_run_time=1441", "max_run_time"),
            (
                f"absolute-device-script-run device_names=x script_uid={UNKNOWN} max_run_time=25 max_run_time_unit=hour",
                "max_run_time",
            ),
            (f"absolute-device-script-run device_names=x script_uid={UNKNOWN} run_when=never", "run_when"),
            (f"absolute-wipe-request-cancel request_uid={UNKNOWN}", "cancel_all_actions=true"),
            ("absolute-wipe-request-cancel request_uid=Wipe-0001 cancel_all_actions=true", "is not a UUID"),
            (f"absolute-script-request-cancel request_uid={UNKNOWN} device_uids=LAB-0001", "is not a UUID"),
            ("absolute-wipe-request-list request_status=Done", "request_status"),
            ("absolute-wipe-request-list created_from_date_time_utc=whenever", "created_from_date_time_utc"),
            ("absolute-wipe-request-list limit=none", "limit"),
            ("absolute-wipe-actions-list action_status=Done", "action_status"),
            ("absolute-wipe-actions-list device_uids=LAB-0001", "is not a UUID"),
            ("absolute-wipe-certificate-get device_uid=x certificate_uid=y", "is not a UUID"),
            ("absolute-device-unenroll device_names=x polling=true interval_in_seconds=1", "interval_in_seconds"),
        ],
    )
    def test_bad_arguments_are_refused_before_anything_is_sent(
        self, line: str, said: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        run = war_room.run(f"!{line}")
        assert said in run.error
        assert "Traceback" not in run.error
        assert tenant.requests == []

    def test_the_wipe_takes_the_existing_packs_name_of_the_devices(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uids = [tenant.devices.by_name(name)["deviceUid"] for name in ("LAB-0001", "LAB-0008")]
        run = war_room.execute("absolute-wipe-request-create", {"device_uids": ",".join(uids)})
        assert run.ok, run.error
        assert tenant.calls(WIPE.path)[0].body["deviceUids"] == uids
        assert "no device matches" in war_room.execute("absolute-wipe-request-create", {"device_uids": UNKNOWN}).error


class TestUnenroll:
    def test_proven_on_the_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(war_room, tenant, UNENROLL)
        assert tenant.devices.by_name("LAB-0001")["agentStatus"] == "D"
        assert "unenrolled" in run.last.markdown

    def test_completed_but_still_active_is_not_unenrolled(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(
            Fault(
                when="GET /v3/reporting/devices",
                action=replacing(b'"agentStatus":"D"', b'"agentStatus":"A"'),
            )
        )
        run = finish(war_room, tenant, UNENROLL, device_names="LAB-0008")
        assert verdicts(war_room, UNENROLL) == {"LAB-0008": "pending"}
        assert "still shows an active agent" in run.last.markdown

    @pytest.mark.parametrize("status", ["I", "X"])
    def test_any_other_status_proves_nothing(self, status: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        changed = replacing(b'"agentStatus":"D"', b'"agentStatus":"%s"' % status.encode())
        tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=changed))
        run = finish(war_room, tenant, UNENROLL, device_names="LAB-0008")
        assert verdicts(war_room, UNENROLL) == {"LAB-0008": "unknown"}
        assert f"shows the agent status {status}, which proves nothing" in run.last.markdown

    def test_who_is_not_eligible_is_left_out_and_said(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(war_room, tenant, UNENROLL, device_names="LAB-0001,LAB-0004,LAB-0006,LAB-0007")
        assert run.ok, run.error
        assert verdicts(war_room, UNENROLL) == {
            "LAB-0001": "unenrolled",
            "LAB-0004": "ineligible",
            "LAB-0006": "ineligible",
            "LAB-0007": "ineligible",
        }
        assert "it is reported stolen" in run.last.markdown
        assert "its agent is Inactive, not Active" in run.last.markdown
        assert len(tenant.calls(UNENROLL.path)[0].body["deviceUids"]) == 1

    def test_nobody_is_eligible(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "no device is eligible" in order(war_room, tenant, UNENROLL, device_names="LAB-0004,LAB-0007").error
        assert tenant.calls(UNENROLL.path) == []

    @pytest.mark.parametrize("polling", ["true", "false"])
    def test_missing_devices_are_excluded(self, polling: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = order(
            war_room,
            tenant,
            UNENROLL,
            device_names="LAB-0001,LAB-0005",
            exclude_missing_devices="true",
            polling=polling,
            interval_in_seconds="60",
        )
        assert run.ok, run.error
        assert tenant.calls(UNENROLL.path)[0].body["excludeMissingDevices"] is True, "a real boolean"
        assert verdicts(war_room, UNENROLL)["LAB-0005"] == "ineligible"
        assert "reported missing" in run.last.markdown
        assert newest(war_room, UNENROLL)["ExcludeMissingDevices"] is True
        assert tenant.devices.by_name("LAB-0005")["agentStatus"] == "A"

    def test_missing_devices_are_included_otherwise(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, UNENROLL, device_names="LAB-0005", exclude_missing_devices="false")
        assert tenant.calls(UNENROLL.path)[0].body["excludeMissingDevices"] is False
        assert verdicts(war_room, UNENROLL) == {"LAB-0005": "unenrolled"}

    def test_a_device_that_the_request_left_out(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.VIEW_DEVICE_REPORTS)
        uids = [tenant.devices.by_name(name)["deviceUid"] for name in ("LAB-0001", "LAB-0005")]
        run = finish(room, tenant, UNENROLL, device_ids=",".join(uids), exclude_missing_devices="true", send_anyway="true")
        assert run.polls < 12, "a completed request will not list it any more"
        assert "left out" in run.last.markdown

    def test_context_of_the_existing_pack(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, UNENROLL, device_names="LAB-0001,LAB-0008")
        found = newest(war_room, UNENROLL)
        assert {name: found[name] for name in ("TotalDevices", "Pending", "Processing", "Completed", "Canceled", "Failed")} == {
            "TotalDevices": 2,
            "Pending": 0,
            "Processing": 0,
            "Completed": 2,
            "Canceled": 0,
            "Failed": 0,
        }
        assert found["RequestStatus"] == "Completed"
        assert found["RequestId"].startswith("UnenrollDevice-")
        assert found["ExcludeMissingDevices"] is False
        first = found["Devices"][0]
        assert first.keys() >= {"DeviceUid", "ActionUid", "RequestUid", "DeviceName", "ActionStatus", "ESN"}
        assert first.keys() >= {"CreatedDateTimeUtc", "UpdatedDateTimeUtc"}
        assert first["RequestUid"] == found["RequestUid"]

    def test_more_devices_than_a_page(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        for number in range(700):
            tenant.devices.add(deviceName=f"BULK-{number}", serialNumber=f"BULK{number}", agentStatus="A", isStolen=False)
        uids = [device["deviceUid"] for device in tenant.devices.all() if device["deviceName"].startswith("BULK-")]
        room = make_war_room(max_devices_per_action="1000")
        run = finish(room, tenant, UNENROLL, device_ids=",".join(uids))
        assert run.ok, run.error
        assert "700 unenrolled" in run.last.markdown
        listed = room.execute("absolute-unenroll-actions-list", {"limit": "600"})
        assert len(room.context.get("Absolute.DeviceUnenrollAction")) == 600
        assert listed.ok
        room.execute("absolute-unenroll-actions-list", {"all_results": "true"})
        assert len(room.context.get("Absolute.DeviceUnenrollAction")) == 700


class TestWipe:
    def test_windows_to_the_certificate(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, WIPE, unenroll_devices_and_free_licenses="true")
        device = newest(war_room, WIPE)["Devices"]
        device = device[0] if isinstance(device, list) else device
        run = war_room.execute(
            "absolute-wipe-certificate-get", {"device_uid": device["DeviceUid"], "certificate_uid": device["CertificateUid"]}
        )
        assert run.ok, run.error
        name = war_room.context.get("InfoFile.Name")
        assert name == f"certificate-wipe-{device['DeviceUid']}.pdf"
        document = war_room.investigation.files[war_room.context.get("InfoFile.EntryID")].path.read_bytes()
        assert document.startswith(b"%PDF-")
        assert document.rstrip().endswith(b"%%EOF")
        assert b"LAB-0001" in document
        assert tenant.devices.by_name("LAB-0001")["agentStatus"] == "D", "unenrolled as asked"

    def test_a_mac(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(war_room, tenant, WIPE, device_names="LAB-0002", mac_user_name="admin", mac_pwd="Tr0ub4dor&3")
        assert verdicts(war_room, WIPE) == {"LAB-0002": "wiped"}, run.markdown
        assert tenant.calls(WIPE.path)[0].body["macPwd"] == "Tr0ub4dor&3"

    def test_who_is_not_eligible_is_left_out_and_said(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for name, fields in {
            "PLAIN-1": {"espInfo.encryptionStatus": "INST"},
            "OTHER-1": {"espInfo.encryptionProductName": "Example Crypt"},
            "OLD-1": {"operatingSystem.name": "Microsoft Windows 8.1"},
        }.items():
            windows(tenant, name, **fields)
        windows(tenant, "USED-1", **{"espInfo.encryptionStatus": "USENCR"})
        run = finish(war_room, tenant, WIPE, device_names="USED-1,LAB-0002,LAB-0003,PLAIN-1,OTHER-1,OLD-1")
        assert run.ok, run.error
        assert verdicts(war_room, WIPE) == {
            "USED-1": "wiped",
            **dict.fromkeys(("LAB-0002", "LAB-0003", "PLAIN-1", "OTHER-1", "OLD-1"), "ineligible"),
        }
        for said in (
            "needs Windows 10 or 11, and it runs Microsoft Windows 8.1",
            "needs Windows or macOS, and it runs Chromebook",
            "needs BitLocker, and it has Example Crypt",
            "its drive is not encrypted",
            "a Mac needs mac\\_user\\_name",
        ):
            assert said in run.last.markdown or said.replace("\\", "") in run.last.markdown
        assert len(tenant.calls(WIPE.path)[0].body["deviceUids"]) == 1
        dry = order(war_room, tenant, WIPE, device_names="LAB-0008,PLAIN-1", dry_run="true")
        assert "PLAIN-1 would be left out" in dry.markdown

    def test_the_documents_answer_is_not_a_pdf(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, WIPE)
        device = newest(war_room, WIPE)["Devices"]
        device = device[0] if isinstance(device, list) else device
        ask = {"device_uid": device["DeviceUid"], "certificate_uid": device["CertificateUid"]}
        unknown = war_room.execute("absolute-wipe-certificate-get", {**ask, "certificate_uid": UNKNOWN})
        assert "There is no such object" in unknown.error
        tenant.faults.add(Fault(when="GET /v3/actions/wipe/certificates", action=replacing(b"%PDF", b"oops")))
        assert "is not a PDF" in war_room.execute("absolute-wipe-certificate-get", ask).error
        tenant.faults.clear()
        assert "Problem" not in war_room.execute("absolute-wipe-certificate-get", ask).markdown
        tenant.faults.add(Fault(when="GET /v3/actions/wipe/certificates", action=faults.truncated_json()))
        assert "perhaps cut off" in war_room.execute("absolute-wipe-certificate-get", ask).markdown

    def test_unenrolling_afterwards_needs_its_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.PERFORM_UNENROLL_DEVICE)
        run = order(room, tenant, WIPE, unenroll_devices_and_free_licenses="true")
        assert "Perform Wipe Device" in run.error
        assert "Perform Unenroll Device" in run.error, "this one is what is missing"

    def test_lists(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        finish(war_room, tenant, WIPE)
        clock.advance(3600)
        order(war_room, tenant, WIPE, device_names="LAB-0008")
        since = (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        listed = war_room.execute("absolute-wipe-request-list", {"created_from_date_time_utc": since})
        assert "Wipe-0002" in listed.markdown
        assert "Wipe-0001" not in listed.markdown
        listed = war_room.execute("absolute-wipe-request-list", {"request_status": "completed"})
        assert "Wipe-0001" in listed.markdown
        assert "Wipe-0002" not in listed.markdown
        listed = war_room.execute("absolute-wipe-request-list", {"limit": "1"})
        assert len(listed.contents) == 1
        listed = war_room.execute("absolute-wipe-actions-list", {"action_status": "Succeeded"})
        assert "LAB-0001" in listed.markdown
        assert "LAB-0008" not in listed.markdown
        nothing = war_room.execute("absolute-wipe-request-list", {"request_status": "Failed"})
        assert "Nothing was found" in nothing.markdown


class TestFileDelete:
    def test_all_files_of_150_devices(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_devices_per_action="500")
        uids = bulk(tenant, 150)
        run = finish(room, tenant, FILE_DELETE, device_ids=",".join(uids), wipe_type="wipeAllUserFiles", windows_patterns="")
        assert run.ok, run.error
        assert [len(record.body["deviceUids"]) for record in tenant.calls(FILE_DELETE.path)] == [100, 50]
        assert "150 deleted" in run.last.markdown
        assert len(room.context.get("Absolute.FileDeleteRequest")) == 2

    @pytest.mark.parametrize("failing", [0, 1], ids=["first", "second"])
    @pytest.mark.parametrize("action", [faults.status(400), faults.reset_before()], ids=["refused", "reset"])
    def test_a_failed_batch_is_said_the_others_stand(
        self, failing: int, action: faults.Action, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        room = make_war_room(max_devices_per_action="500")
        uids = bulk(tenant, 150)
        size = 100 if failing == 0 else 50
        tenant.faults.add(
            Fault(
                when=lambda method, path, query, body: f"{method} {path}" == FILE_DELETE.path and len(body["deviceUids"]) == size,
                action=action,
            )
        )
        run = finish(room, tenant, FILE_DELETE, device_ids=",".join(uids), wipe_type="wipeAllUserFiles", windows_patterns="")
        assert run.ok, run.error
        stood = 50 if failing == 0 else 100
        assert f"{stood} deleted" in run.last.markdown
        assert f"**Incomplete**: {stood} of 150 devices are requested" in run.entries[0]["HumanReadable"]
        word = "failed" if action.__qualname__.startswith("status") else "unknown"
        assert f"{150 - stood} {word}" in run.last.markdown
        assert len(tenant.actions.requests("file-delete")) == 1
        assert all(device["DeviceName"] for device in newest(room, FILE_DELETE)["Devices"]), "also of those that failed"

    def test_every_batch_fails(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_devices_per_action="500")
        uids = bulk(tenant, 150)
        tenant.faults.add(Fault(when=FILE_DELETE.path, times=1, action=faults.status(400)))
        tenant.faults.add(Fault(when=FILE_DELETE.path, times=1, action=faults.reset_after()))
        tenant.faults.add(Fault(when="GET /v3/actions/requests/file-delete", action=faults.status(400)))
        run = finish(room, tenant, FILE_DELETE, device_ids=",".join(uids), wipe_type="wipeAllUserFiles", windows_patterns="")
        assert "did not accept" in run.error
        assert "It is unknown whether" in run.error, "the doubtful batch must not be hidden by the refused one"

    def test_with_the_operating_system(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(
            war_room,
            tenant,
            FILE_DELETE,
            device_names="LAB-0001,LAB-0002",
            wipe_type="wipeAllUserFilesAndOs",
            windows_patterns="",
            secure_erase_count="7",
        )
        assert verdicts(war_room, FILE_DELETE) == {"LAB-0001": "deleted", "LAB-0002": "ineligible"}
        assert "on Windows only, and it runs Mac" in run.last.markdown
        device = next(d for d in newest(war_room, FILE_DELETE)["Devices"] if d.get("CertificateUid"))
        got = war_room.execute(
            "absolute-file-delete-certificate-get",
            {"device_uid": device["DeviceUid"], "certificate_uid": device["CertificateUid"]},
        )
        assert got.ok, got.error
        assert war_room.context.get("InfoFile.Name").startswith("certificate-file-delete-")

    def test_patterns_arrive_as_typed(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(
            war_room,
            tenant,
            FILE_DELETE,
            windows_patterns="C:\\Users\\**\\*.docx,[a-z]?.txt",
            mac_patterns="/Users/**/R&D/*",
            include_file_date_in_log="true",
        )
        body = tenant.calls(FILE_DELETE.path)[0].body
        assert body["filePatterns"] == [
            {"platform": "Windows", "patterns": ["C:\\Users\\**\\*.docx", "[a-z]?.txt"]},
            {"platform": "Mac", "patterns": ["/Users/**/R&D/*"]},
        ]
        assert body["includeFileDateInLog"] is True


class TestMessages:
    def test_of_a_template_on_the_full_screen(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        war_room.run("!absolute-message-template-list")
        template = war_room.context.get("Absolute.MessageTemplate")[0]
        run = finish(
            war_room,
            tenant,
            MESSAGE,
            message="",
            message_uid=template["messageUid"],
            display_mode="fullscreen",
            snooze_times="5",
            button_caption="I will call",
        )
        assert verdicts(war_room, MESSAGE) == {"LAB-0001": "delivered"}, run.markdown
        body = tenant.calls(MESSAGE.path)[0].body
        assert (body["displayMode"], body["snoozeTimes"], body["submitButtonCaption"]) == ("FullScreen", 5, "I will call")
        assert "logo" not in json.dumps(war_room.context.data), "a picture of no use in the context"

    def test_on_schedule(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        date = (clock.now() + timedelta(minutes=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = finish(war_room, tenant, MESSAGE, scheduled_date=date)
        assert "scheduled" in run.entries[0]["HumanReadable"]
        assert verdicts(war_room, MESSAGE) == {"LAB-0001": "delivered"}

    def test_a_scheduled_one_is_cancelled(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        date = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        order(war_room, tenant, MESSAGE, scheduled_date=date)
        clock.advance(3600)
        uid = request_uid(war_room, MESSAGE)
        war_room.execute("absolute-message-actions-list", {"request_uid": uid, "action_status": "Ready"})
        action_uid = war_room.context.get("Absolute.MessageAction.actionUid")
        run = war_room.execute("absolute-message-request-cancel", {"request_uid": uid, "action_uids": action_uid})
        assert "not done yet" in json.dumps(cancellation(war_room, MESSAGE)["details"]), run.markdown
        clock.advance(3600)
        assert [action.status for action in tenant.actions.actions("eum")] == ["Canceled"]

    def test_an_unknown_template(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "There is no such object" in order(war_room, tenant, MESSAGE, message="", message_uid=UNKNOWN).error

    def test_text_arrives_as_typed(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, MESSAGE, message='<p>Büro "R&D" — call O\'Brien</p>', request_name="IR-1 & co", description="d")
        body = tenant.calls(MESSAGE.path)[0].body
        assert body["message"] == '<p>Büro "R&D" — call O\'Brien</p>'
        assert body["requestTitle"] == "IR-1 & co"
        shown = war_room.execute("absolute-message-request-list", {})
        assert "<p>" not in shown.markdown


class TestScripts:
    def test_found_by_name_run_with_a_command_line(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        war_room.run("!absolute-script-list script_name=triage script_type=Custom")
        script_uid = war_room.context.get("Absolute.Script.scriptUid")
        run = finish(
            war_room,
            tenant,
            SCRIPT,
            script_uid=script_uid,
            device_names="LAB-0001,LAB-0002",
            request_name="Collect triage",
            windows_command_line='-Mode "full"',
            mac_command_line="full",
            max_run_time="2",
            max_run_time_unit="hour",
            display_mode="Minimized",
            run_privileges="LoggedInUser",
        )
        assert verdicts(war_room, SCRIPT) == {"LAB-0001": "executed", "LAB-0002": "executed"}, run.markdown
        body = tenant.calls(SCRIPT.path)[0].body
        assert body["winScriptOption"]["commandLine"] == '-Mode "full"'
        assert body["winScriptOption"]["displayMode"] == "Minimized"
        assert (body["winScriptOption"]["maxRunTime"], body["winScriptOption"]["maxRunTimeUnit"]) == (2, "hour")
        assert body["macScriptOption"]["displayMode"] == "Hidden"
        assert body["macScriptOption"]["commandLine"] == "full"

    def test_platforms(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = finish(war_room, tenant, SCRIPT, device_names="LAB-0001,LAB-0002,LAB-0003", platforms="windows")
        assert verdicts(war_room, SCRIPT) == {"LAB-0001": "executed", "LAB-0002": "ineligible", "LAB-0003": "ineligible"}
        assert "runs on Windows, and it runs Mac" in run.last.markdown

    def test_an_unknown_script(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "There is no such object" in order(war_room, tenant, SCRIPT, script_uid=UNKNOWN).error
        assert tenant.actions.requests("reach") == []

    def test_150_devices_are_looked_at_in_hundreds(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_devices_per_action="500")
        uids = bulk(tenant, 150)
        run = finish(room, tenant, SCRIPT, device_ids=",".join(uids))
        assert "150 executed" in run.last.markdown
        assert len(tenant.calls(SCRIPT.path)) == 1
        looks = {len(record.body["deviceUids"]) for record in tenant.calls("POST /v3/actions/reach/get-actions")}
        assert looks == {100, 50}

    def test_lists_by_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        finish(war_room, tenant, SCRIPT)
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = war_room.execute(
            "absolute-script-actions-list",
            {"device_uids": uid, "action_status": "Succeeded", "created_from_date_time_utc": "2020-01-01T00:00:00Z"},
        )
        assert run.ok, run.error
        assert "LAB-0001" in run.markdown
        war_room.execute("absolute-script-request-list", {"request_status": "Completed"})
        assert newest(war_room, SCRIPT)["actionId"] == "RunScript-0001"

    @pytest.mark.parametrize(
        ("narrowed", "is_found"),
        [
            ({"action_status": "Succeeded"}, True),
            ({"action_status": "Failed"}, False),
            ({"created_from_date_time_utc": "2099-01-01T00:00:00Z"}, False),
            ({"created_to_date_time_utc": "2020-01-01T00:00:00Z"}, False),
            ({"created_from_date_time_utc": "2020-01-01T00:00:00Z", "created_to_date_time_utc": "2099-01-01T00:00:00Z"}, True),
        ],
        ids=str,
    )
    def test_those_of_one_request_are_narrowed_too(
        self, narrowed: dict[str, str], is_found: bool, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        """The API's list of one request takes neither status nor time."""
        finish(war_room, tenant, SCRIPT)
        request = newest(war_room, SCRIPT)["requestUid"]
        run = war_room.execute("absolute-script-actions-list", {"request_uid": request, **narrowed})
        assert run.ok, run.error
        assert ("LAB-0001" in run.markdown) == is_found


class TestNeverTwice:
    @every_kind
    @pytest.mark.parametrize(
        "action",
        [faults.reset_after(), faults.truncated_json(), faults.changed(lambda answer: error_answer(502))],
        ids=["reset", "half a JSON", "502"],
    )
    def test_carried_out_unanswered_is_named_and_not_taken_for_certain(
        self, action: faults.Action, kind: Kind, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=lambda method, path, query, body: f"{method} {path}" == kind.path, action=action))
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        (request,) = tenant.actions.requests(kind.slug)
        assert len(tenant.calls(kind.path)) == 1
        assert "It is unknown whether" in run.error
        assert "shows 1 that may be this one, or somebody else's" in run.error
        assert request.uid in run.error
        assert f"absolute-{kind.noun}-actions-list request_uid=" in run.error

    @every_kind
    @pytest.mark.parametrize("theirs", [("LAB-0001", "LAB-0008"), ("LAB-0008",)], ids=["the same", "some of them"])
    def test_what_somebody_else_asks_for_in_the_same_second_is_not_taken_for_it(
        self, theirs: tuple[str, ...], kind: Kind, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        """Ours never arrives."""
        other = tenant.tokens.create_symmetric()
        uids = [tenant.devices.by_name(name)["deviceUid"] for name in theirs]

        def another_in_our_place(process: faults.Process) -> HttpAnswer:
            caller = Caller(tenant, other.id, str(other.secret))
            assert caller.call(process.method, process.path, body={**process.body, "deviceUids": uids}).status == 200
            raise faults.ResetConnectionError

        tenant.faults.add(Fault(when=kind.path, times=1, action=another_in_our_place))
        run = finish(war_room, tenant, kind, device_names="LAB-0001,LAB-0008")
        (request,) = tenant.actions.requests(kind.slug)
        assert "It is unknown whether" in run.error
        assert "may be this one, or somebody else's" in run.error
        assert request.uid in run.error
        assert war_room.context.get(kind.context) is None

    def test_one_of_two_batches_is_unknown(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_devices_per_action="500")
        uids = ",".join(bulk(tenant, 150))
        tenant.faults.add(Fault(when=FILE_DELETE.path, times=1, action=faults.reset_after()))
        run = order(room, tenant, FILE_DELETE, device_ids=uids, windows_patterns="", wipe_type="wipeAllUserFiles")
        assert run.ok, run.error
        assert sorted({device["Verdict"] for device in newest(room, FILE_DELETE)["Devices"]}) == ["pending", "unknown"]
        assert "**Incomplete**" in run.markdown

    @every_kind
    @pytest.mark.parametrize("action", [faults.reset_before(), faults.status(503)], ids=["reset", "503"])
    def test_not_carried_out_is_said_and_not_repeated(
        self, action: faults.Action, kind: Kind, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=kind.path, action=action))
        run = order(war_room, tenant, kind)
        assert len(tenant.calls(kind.path)) == 1
        assert tenant.actions.requests(kind.slug) == []
        assert "It is unknown whether" in run.error
        assert "The list of requests does not show it so far, which proves nothing" in run.error

    @every_kind
    def test_an_earlier_request_is_not_taken_for_a_lost_one(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        """The same command twice within a minute; the second never reaches the tenant."""
        assert order(war_room, tenant, kind).ok
        tenant.faults.add(Fault(when=kind.path, action=faults.reset_before()))
        run = order(war_room, tenant, kind, **anyway(kind))
        assert len(tenant.actions.requests(kind.slug)) == 1
        assert "may be this one, or somebody else's" in (run.error or "")

    @every_kind
    def test_a_request_for_other_devices_is_not_named(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert order(war_room, tenant, kind, device_names="LAB-0008").ok
        tenant.faults.add(Fault(when=kind.path, action=faults.reset_after()))
        run = order(war_room, tenant, kind)
        theirs, ours = tenant.actions.requests(kind.slug)
        assert ours.uid in run.error
        assert theirs.uid not in run.error

    @every_kind
    def test_the_list_cannot_be_read(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=kind.path, action=faults.reset_after()))
        listing = f"GET /v3/actions/requests/{kind.slug}"
        if kind is not MESSAGE:  # whether any request is listed
            tenant.faults.add(Fault(when=listing, times=1, action=lambda process: process()))
        tenant.faults.add(Fault(when=listing, action=faults.status(400)))
        run = order(war_room, tenant, kind)
        assert len(tenant.actions.requests(kind.slug)) == 1
        assert "could not be read either: look again before you repeat" in run.error
        assert "It is unknown whether" in run.error

    def test_excluded_missing_devices_do_not_hide_the_request(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=UNENROLL.path, action=faults.reset_after()))
        run = order(war_room, tenant, UNENROLL, device_names="LAB-0001,LAB-0005", exclude_missing_devices="true")
        assert tenant.actions.requests("unenroll")[0].uid in run.error

    @every_agent_kind
    def test_an_unanswered_cancel_may_be_repeated(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        tenant.faults.add(Fault(when=f"POST /v3/actions/{kind.slug}/cancel-actions", times=1, action=faults.reset_after()))
        run = war_room.execute(f"absolute-{kind.noun}-request-cancel", cancel_args(war_room, tenant, kind))
        assert "1 of 1 actions are cancelled" in run.markdown, run.error


class TestMisshapenAnswers:
    @every_kind
    def test_nothing_ends_in_a_traceback(self, kind: Kind, war_room: WarRoom, tenant: LocalTenant) -> None:
        order(war_room, tenant, kind)
        cancel = cancel_args(war_room, tenant, kind)
        device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        lines: list[tuple[str, dict[str, str]]] = [
            (f"absolute-{kind.noun}-request-list", {}),
            (f"absolute-{kind.noun}-request-list", {"request_uid": cancel["request_uid"]}),
            (f"absolute-{kind.noun}-actions-list", {"device_uids": device_uid}),
        ]
        if kind is not UNENROLL:
            lines.append((f"absolute-{kind.noun}-request-cancel", cancel))
        for body in MISSHAPEN:
            tenant.faults.clear()
            tenant.faults.add(Fault(when="/v3/actions", action=answering(body)))
            runs = [order(war_room, tenant, kind, device_names="LAB-0008")]
            for run in [*runs, *(war_room.execute(*line) for line in lines)]:
                assert not RAW_ERROR.search((run.error or "") + run.markdown), (body, run.error, run.markdown)


def windows(tenant: LocalTenant, name: str, **fields: Any) -> str:
    """One more device like LAB-0001, with other fields (dotted names for members)."""
    like = tenant.devices.by_name("LAB-0001")
    same = {field: like[field] for field in ("platformOSType", "operatingSystem", "espInfo", "agentStatus", "isStolen")}
    device = tenant.devices.add(deviceName=name, deviceStatus=None, **same)
    return tenant.devices.update(device["deviceUid"], **fields)["deviceUid"]


def bulk(tenant: LocalTenant, count: int) -> list[str]:
    return [windows(tenant, f"BULK-{number:03}", serialNumber=f"BULK{number:03}") for number in range(count)]


def answering(body: str) -> faults.Action:
    return faults.changed(lambda answer: replace(answer, body=body.encode()))


def replacing(old: bytes, new: bytes) -> faults.Action:
    return faults.changed(lambda answer: replace(answer, body=answer.body.replace(old, new)))


def test_a_message_for_a_later_date_is_scheduled(war_room: WarRoom, clock: ManualClock) -> None:
    date = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:00Z")
    run = war_room.run(f"!absolute-device-message-send device_names=LAB-0001 message=hi scheduled_date={date} polling=true")
    assert run.ok, run.error
    assert "1 scheduled" in run.last.markdown
    assert f"Scheduled for {date[:10]} {date[11:16]} UTC" in run.last.markdown
    assert "15 minutes" not in run.last.markdown
    assert "Time-out" not in run.last.markdown
    assert war_room.context.get("Absolute.MessageRequest.Devices.ScheduledUtc").startswith(date[:16])


def test_looks_that_show_nothing_do_not_read_the_devices(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.agents.offline(str(tenant.devices.by_name("LAB-0001")["deviceUid"]))
    waiting = "polling=true interval_in_seconds=60 timeout_in_seconds=900"
    run = war_room.run(f"!absolute-wipe-request-create device_names=LAB-0001 {waiting}")
    assert len(tenant.calls("GET /v3/actions")) > 10
    assert len(tenant.calls("GET /v3/reporting/devices")) == 2, "before it was sent, and for the last table"
    assert "| LAB-0001 | SN000111 |" in run.markdown
