"""Unit tests of AbsoluteOpenCase: which case goes on, and what a case has caused."""

from datetime import datetime, timedelta, timezone
from typing import Any

import AbsoluteOpenCase
import pytest
from AbsoluteOpenCase import GOES_ON, Case, Event, as_event, is_open, state_of, writes

DEVICE, OTHER = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a", "0c2b7d0e-5a43-4d0f-9d6e-2f4f6a1f7b61"
REQUEST = "c0ffee00-1111-4222-8333-444455556666"
SENT = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)
WIPE = {
    "requestUid": REQUEST,
    "requestId": "Wipe-0003",
    "createdDateTimeUtc": "2026-01-05T08:00:00.000Z",
    "Devices": [{"DeviceUid": DEVICE}],
}


def event(kind: str = "wiperequested", requests: tuple[str, ...] = (), device: str = DEVICE, after: float = 0) -> Event:
    """An event so many seconds after the write."""
    return Event(kind, device, frozenset(requests), SENT + timedelta(seconds=after))


def caused(context: dict[str, Any], what: Event) -> bool:
    """Whether a case with this context has caused the event."""
    return any(write.has_caused(what) for write in writes([{"Absolute": context}]))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        pytest.param(event(requests=(REQUEST,)), True, id="its UID"),
        pytest.param(event(requests=("wipe-0003",)), True, id="its number"),
        pytest.param(event("anything", requests=(REQUEST,), after=86400), True, id="its UID, whatever the type and the time"),
        pytest.param(event(requests=(OTHER,)), False, id="another request"),
        pytest.param(event(requests=(REQUEST,), device=OTHER), False, id="another device"),
        pytest.param(event(), True, id="no request, at its time"),
        pytest.param(event(after=119), True, id="no request, soon"),
        pytest.param(event(after=121), False, id="no request, too late"),
        pytest.param(event(after=-61), False, id="no request, too early"),
        pytest.param(event("devicefreezerequested"), False, id="no request, another kind"),
    ],
)
def test_what_a_wipe_has_caused(what: Event, expected: bool) -> None:
    """
    Given: a case that has sent a wipe.
    When: an event is compared with it.
    Then: it is the case's own only by its request, or by kind, device and time where it names none.
    """
    assert caused({"WipeRequest": WIPE}, what) is expected
    assert caused({"WipeRequest": [{"requestUid": OTHER}, WIPE]}, what) is expected


def test_a_request_that_was_only_read_is_no_write() -> None:
    """
    Given: a case that has listed the requests of somebody else.
    When: their events come.
    Then: it has not caused them.
    """
    listed = {name: value for name, value in WIPE.items() if name != "Devices"}
    assert not caused({"WipeRequest": listed}, event(requests=(REQUEST,)))
    assert not caused({"WipeAction": {"requestUid": REQUEST, "deviceUid": DEVICE}}, event(requests=(REQUEST,)))


@pytest.mark.parametrize(("verdict", "kind"), [("reported", "devicereportedmissing"), ("found", "devicereportedfound")])
def test_a_report_has_no_request(verdict: str, kind: str) -> None:
    """
    Given: a case that has reported a device missing, or found.
    When: an event says just that, at that time.
    Then: the case has caused it, and no other event.
    """
    report = {"DeviceUid": DEVICE.upper(), "Verdict": verdict, "SentDateTimeUtc": "2026-01-05T08:00:00.000Z"}
    assert caused({"DeviceMissing": lowercase(report)}, event(kind))
    assert not caused({"DeviceMissing": lowercase(report | {"Verdict": "failed"})}, event(kind))
    assert not caused({"DeviceMissing": lowercase(report)}, event(kind, after=600))
    assert not caused({"DeviceMissing": lowercase(report)}, event("wiperequested"))


def lowercase(report: dict[str, str]) -> dict[str, str]:
    """The UID as the API and others write it: in either case."""
    return report | {"DeviceUid": report["DeviceUid"].swapcase()}


@pytest.mark.parametrize("context", [{"WipeRequest": "text"}, {"WipeRequest": None}, {"WipeRequest": [1]}, {"DeviceMissing": {}}])
def test_a_context_of_another_shape_has_caused_nothing(context: dict[str, Any]) -> None:
    """
    Given: a context that somebody else has written.
    When: an event is compared with it.
    Then: nothing is found, and nothing fails.
    """
    assert not caused(context, event(requests=(REQUEST,)))


def test_an_event_is_read_from_its_incident() -> None:
    """
    Given: an incident whose fields are those of a pack.
    When: its event is read.
    Then: every request that it names counts.
    """
    fields = {"eventtype": "WipeRequested", "deviceid": DEVICE, "absoluterequest": f"{REQUEST}, Wipe-0003"}
    found = as_event({"occurred": "2026-01-05T08:00:00Z", "CustomFields": fields})
    assert found == event(requests=(REQUEST, "wipe-0003"))


def test_the_order_of_cases() -> None:
    """
    Given: cases of one device.
    When: they are ordered.
    Then: the one that others have let pass comes first, then the oldest, then the lowest ID.
    """
    early, late = "2026-01-05T08:00:00.1Z", "2026-01-05T09:00:00+00:00"
    under_way = Case({"id": "12", "created": late}, GOES_ON)
    older, younger = Case({"id": "9", "created": early}, ""), Case({"id": "10", "created": early}, "")
    undated = Case({"id": "1"}, "")
    assert sorted([undated, younger, older, under_way], key=lambda case: case.rank) == [under_way, older, younger, undated]


def test_the_last_look_counts() -> None:
    """
    Given: a case that stopped, and was run again.
    When: it is asked what it found.
    Then: it is what it found last.
    """
    looks = [{"State": GOES_ON, "At": "2026-01-05T09:00:00"}, {"State": "stopped", "At": "2026-01-05T08:00:00"}]
    assert state_of([{"OpenCase": looks[1]}, {"OpenCase": looks[0]}]) == GOES_ON
    assert state_of([{"OpenCase": looks}, {}]) == GOES_ON
    assert state_of([{}]) == ""


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        ({"status": 1, "closed": "0001-01-01T00:00:00Z"}, True),
        ({"status": 0}, True),
        ({"status": 2}, False),
        ({"status": "2"}, False),
        ({"status": 3}, False),
        ({"status": 1, "closed": "2026-01-05T08:00:00Z"}, False),
    ],
)
def test_what_is_open(incident: dict[str, Any], expected: bool) -> None:
    """
    Given: an incident as the search shows it.
    When: it is looked whether it is open.
    Then: status and closing time say so.
    """
    assert is_open(incident) is expected


@pytest.mark.parametrize("mark", ["", "_copy"])
@pytest.mark.parametrize(
    ("incident", "a_case"),
    [
        ({"type": "Absolute Lost or Stolen Device"}, True),
        ({"playbookId": "Absolute - Lost or Stolen Device"}, True),
        ({"type": "Absolute Device Event", "playbookId": "Absolute - Lost or Stolen Device"}, False),
        ({"type": "Phishing", "playbookId": "Phishing - Generic"}, False),
    ],
)
def test_either_edition_knows_its_cases(
    incident: dict[str, str], a_case: bool, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AbsoluteOpenCase, "contexts", lambda _incident: [{}])
    named = {name: value + mark for name, value in incident.items()}
    assert (AbsoluteOpenCase.as_case({"id": "1", **named}) is not None) is a_case
