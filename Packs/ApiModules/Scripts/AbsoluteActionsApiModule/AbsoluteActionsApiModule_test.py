"""What became of an action, and how long it is waited for."""

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from hypothesis import given
from hypothesis import strategies as st
from typing import Any
import itertools
import json
import pytest
from AbsoluteActionsApiModule import (
    SCRIPT,
    cancel_verdict,
    ArgumentError,
    Evidence,
    Following,
    PollPlan,
    Verdict,
    by_device,
    freeze_verdict,
    is_frozen,
    removal_statuses,
    unfreeze_verdict,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


FROZEN_DEVICE = {
    "deviceName": "LAB-0001",
    "deviceFreezeStatus": {"statusCode": "FRZN", "changedDateTimeUtc": "2026-01-05T08:16:00.000Z"},
}


LISTED_FREEZE = {"type": "OnDemand", "status": {"status": "Frozen", "updatedDateTimeUtc": "2026-01-05T08:16:00.000Z"}}


AWAKE_DEVICE = {"deviceName": "LAB-0001", "lastConnectedDateTimeUtc": "2026-01-05T06:00:00Z"}


def action(status: str, *history: str, **more: Any) -> dict:
    return {"actionStatus": status, "statuses": [{"status": entry} for entry in history], **more}


class TestFreezeVerdict:
    @pytest.mark.parametrize(
        ("request_row", "device", "expected", "said"),
        [
            (action("Completed", "Frozen"), FROZEN_DEVICE, "frozen", "2026-01-05T08:16"),
            (action("Succeeded", "Frozen"), FROZEN_DEVICE, "frozen", ""),
            (action("Completed", "Frozen"), AWAKE_DEVICE, "pending", "does not show the device frozen"),
            (action("Completed", "Frozen"), None, "pending", "does not show"),
            (action("COMPLETED", "Frozen"), FROZEN_DEVICE, "frozen", ""),
            (action("Completed", "Frozen", "Removed"), AWAKE_DEVICE, "cancelled", "since been removed"),
            ({"actionStatus": "Completed", "statuses": [{"instruction": "Replace"}]}, FROZEN_DEVICE, "cancelled", "replaced"),
            ({"actionStatus": "Failed", "statuses": 5}, AWAKE_DEVICE, "failed", "Failed"),
            (action("Pending"), {"deviceFreezeReportingStatuses": 7, "deviceFreezeStatus": 5}, "pending", "Pending"),
            (action("Pending", "FreezeRequested"), AWAKE_DEVICE, "pending", "3 hours ago"),
            (action("Pending", "FreezeRequested"), FROZEN_DEVICE, "pending", "Another request froze it"),
            (action("Processing"), AWAKE_DEVICE, "pending", "Processing"),
            (action("Ready"), AWAKE_DEVICE, "pending", "waits for its date"),
            (action("SomethingNew"), AWAKE_DEVICE, "pending", "SomethingNew"),
            (action(""), FROZEN_DEVICE, "pending", "No status"),
            (action("Failed", actionStatusDetails="disk full"), AWAKE_DEVICE, "failed", "disk full"),
            (action("Ineligible"), AWAKE_DEVICE, "ineligible", "Ineligible"),
            (action("Canceled"), AWAKE_DEVICE, "cancelled", "Canceled"),
            (action("Failed"), FROZEN_DEVICE, "failed", "Failed"),
            (None, AWAKE_DEVICE, "pending", "does not list this device yet"),
        ],
    )
    def test_frozen_needs_request_and_report(
        self, request_row: dict | None, device: dict | None, expected: str, said: str
    ) -> None:
        actions = {DEVICE_UID: request_row} if request_row else {}
        verdict = freeze_verdict(DEVICE_UID, Evidence(actions, {DEVICE_UID: device} if device else {}), NOW)
        assert verdict.verdict == expected
        assert said in verdict.reason

    @pytest.mark.parametrize(
        ("evidence", "expected", "confirmed"),
        [
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}, "", NOW - timedelta(hours=1)), "frozen", True),
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}, "", NOW), "pending", False),
            (Evidence(None, {DEVICE_UID: FROZEN_DEVICE}), "pending", False),
            (Evidence(None, {DEVICE_UID: AWAKE_DEVICE}), "pending", False),
            (Evidence(None, {DEVICE_UID: {"deviceFreezeReportingStatuses": ["FreezeRequested"]}}), "pending", True),
            (Evidence(None, None), "unknown", False),
            (Evidence({DEVICE_UID: action("Completed", "FreezeRequested", "Frozen")}, None), "frozen", True),
            (Evidence({DEVICE_UID: action("Completed", "Frozen", "Removed")}, None), "cancelled", True),
            (Evidence({DEVICE_UID: action("Completed")}, None), "unknown", True),
            (Evidence({DEVICE_UID: action("Pending")}, None), "pending", True),
        ],
    )
    def test_a_token_that_reads_only_one_side(self, evidence: Evidence, expected: str, confirmed: bool) -> None:
        verdict = freeze_verdict(DEVICE_UID, evidence, NOW)
        assert (verdict.verdict, verdict.confirmed) == (expected, confirmed)

    @given(
        status=st.sampled_from(["Pending", "Completed", "Succeeded", "Failed", "Ready", "", "FRZN", "Frozen"]),
        code=st.sampled_from([None, "", "FRZN", "frzn", "Frozen", "UFRZ"]),
    )
    def test_never_frozen_without_the_report_saying_so(self, status: str, code: str | None) -> None:
        device = {"deviceFreezeStatus": {"statusCode": code}}
        verdict = freeze_verdict(DEVICE_UID, Evidence({DEVICE_UID: action(status, "Frozen")}, {DEVICE_UID: device}), NOW)
        assert verdict.verdict != "frozen" or code == "FRZN"


class TestUnfreezeVerdict:
    @pytest.mark.parametrize(
        ("device", "scheduled", "expected", "said"),
        [
            (AWAKE_DEVICE, False, "unfrozen", ""),
            (FROZEN_DEVICE, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "frzn"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "FRZNOS"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "X", "statusName": "FROZEN"}}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": {"statusCode": "UFRZ"}, "deviceFreezeReportingStatuses": None}, False, "unfrozen", ""),
            ({"deviceFreezeStatus": ["FRZN"]}, False, "pending", "Still frozen"),
            ({"deviceFreezeStatus": "FRZN"}, False, "pending", "Still frozen"),
            ({"deviceFreezeActionStatus": {"statuses": [LISTED_FREEZE]}}, False, "pending", "Still frozen"),
            ({"deviceFreezeReportingStatuses": "Frozen"}, False, "pending", "Still frozen"),
            ({"deviceFreezeReportingStatuses": {"status": "Frozen"}}, False, "pending", "Not yet removed"),
            ({"deviceFreezeReportingStatuses": ["FreezeRequested"]}, False, "pending", "freeze requested"),
            ({"deviceFreezeReportingStatuses": ["FreezeScheduled"]}, False, "scheduled", "still there: freeze scheduled"),
            ({"deviceFreezeReportingStatuses": ["FreezeScheduled"]}, True, "pending", "freeze scheduled"),
        ],
    )
    def test_unfrozen_is_read_from_the_report(self, device: dict, scheduled: bool, expected: str, said: str) -> None:
        gone = removal_statuses(scheduled, False)
        verdict = unfreeze_verdict(DEVICE_UID, Evidence(None, {DEVICE_UID: device}), gone, NOW)
        assert verdict.verdict == expected
        assert said in verdict.reason

    @pytest.mark.parametrize("devices", [None, {}])
    def test_an_unread_device_is_unknown(self, devices: dict | None) -> None:
        assert unfreeze_verdict(DEVICE_UID, Evidence(None, devices), frozenset(), NOW).verdict == "unknown"


class TestLooksAtManyDevices:
    @pytest.mark.parametrize(("whole", "expected"), [(False, "frozen"), (True, "pending")])
    def test_a_device_whose_report_was_not_asked_for_goes_by_the_request(self, whole: bool, expected: str) -> None:
        actions = {DEVICE_UID: action("Completed", "Frozen")}
        assert freeze_verdict(DEVICE_UID, Evidence(actions, {}, whole=whole), NOW).verdict == expected
        read = Evidence(actions, {DEVICE_UID: AWAKE_DEVICE}, whole=whole)
        assert freeze_verdict(DEVICE_UID, read, NOW).verdict == "pending"

    @pytest.mark.parametrize(("devices", "in_a_second"), [(1, 20), (750, 20), (751, 8), (25_000, 8), (40_000, 9), (200_000, 20)])
    def test_a_large_look_is_spread_over_a_minute_and_leaves_the_most_of_the_limit_to_others(
        self, devices: int, in_a_second: int
    ) -> None:
        assert Following(((DEVICE_UID, (DEVICE_UID,) * devices),)).calls_per_second == in_a_second


class TestPolling:
    def test_polls_are_counted_down_and_carry_no_secret(self) -> None:
        args = {
            "polling": "true",
            "interval_in_seconds": "60",
            "timeout_in_seconds": "150",
            "passcode": "4815",
            "request_name": "IR-1",
        }
        plan = PollPlan.from_args(args)
        assert plan.polls_left == 3
        following = plan.next_args(args, ("request_name",), Following(((DEVICE_UID, (DEVICE_UID,)),)))
        assert PollPlan.from_args(following).polls_left == 2
        assert "4815" not in json.dumps(following)
        assert plan.platform_timeout > plan.timeout

    @given(
        st.lists(st.tuples(st.uuids().map(str), st.lists(st.uuids().map(str), max_size=3).map(tuple)), min_size=1, max_size=3),
        st.text(),
    )
    def test_what_is_carried_comes_back(self, requests_: list, reason: str) -> None:
        following = Following(tuple(requests_), (Verdict(DEVICE_UID, "ineligible", reason, "LAB"),), NOW)
        assert Following.from_args({"following": following.to_text()}) == following

    @pytest.mark.parametrize(
        "text", ["x", "{}", "[]", '{"requests": [], "settled": []}', '{"requests": [["u", []]], "settled": []}', "null"]
    )
    def test_what_was_not_written_by_the_command_is_refused(self, text: str) -> None:
        with pytest.raises(ArgumentError, match="following"):
            Following.from_args({"following": text})

    def test_a_followed_request_and_targets_are_refused(self) -> None:
        following = Following(((DEVICE_UID, (DEVICE_UID,)),)).to_text()
        with pytest.raises(ArgumentError, match="following"):
            Following.from_args({"following": following, "device_names": "LAB-0001"})

    @pytest.mark.parametrize("interval", ["9", "x", "-1"])
    def test_intervals_below_ten_seconds_are_refused(self, interval: str) -> None:
        with pytest.raises(ArgumentError, match="interval_in_seconds"):
            PollPlan.from_args({"interval_in_seconds": interval})


def test_large_looks_come_less_often() -> None:
    plan = PollPlan(interval=60, timeout=3600, polls_left=60)
    assert plan.spaced(3) == plan
    assert plan.spaced(50) == plan
    assert plan.spaced(330) == PollPlan(interval=396, timeout=3600, polls_left=55)


@pytest.mark.parametrize(
    ("name", "frozen"),
    [
        *((name, True) for name in ("Frozen", "FrozenOnSchedule", "FrozenByConditionOffline", "FrozenAtOS", "Frozen at OS")),
        *((name, False) for name in ("FrozenRequested", "Frozen: removal pending", "Frozenly", "frozen?", "", None)),
    ],
)
def test_a_word_that_resembles_frozen_is_none(name: str | None, frozen: bool) -> None:
    assert is_frozen({"deviceFreezeStatus": {"statusName": name}}) is frozen


@pytest.mark.parametrize("words", list(itertools.permutations(["Completed", "Paused", "Failed"])))
def test_of_several_rows_of_a_device_the_unfinished_counts(words: tuple[str, ...]) -> None:
    rows = [{"deviceUid": DEVICE_UID.upper(), "actionStatus": word} for word in words]
    assert by_device(rows)[DEVICE_UID]["actionStatus"] == "Paused"
    ended = [row for row in rows if row["actionStatus"] != "Paused"]
    assert by_device(ended)[DEVICE_UID]["actionStatus"] == "Failed"


@pytest.mark.parametrize(
    ("status", "verdict", "said"),
    [
        ("Canceled", "cancelled", "The API shows it cancelled."),
        ("CANCELLED", "cancelled", "shows it cancelled"),
        ("", "unknown", "not listed any more. Look again with absolute-script-actions-list."),
        ("Completed", "failed", "Completed: too late to cancel."),
        ("Processing", "pending", "Processing: not done yet, or too late to cancel. Look again with absolute-script-"),
    ],
)
def test_what_a_cancellation_came_to(status: str, verdict: str, said: str) -> None:
    found = cancel_verdict(SCRIPT, {"deviceUid": DEVICE_UID, "deviceName": "LAB-1"}, {"actionStatus": status})
    assert (found.device_uid, found.device_name, found.verdict) == (DEVICE_UID, "LAB-1", verdict)
    assert said in found.reason
