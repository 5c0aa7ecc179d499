"""What becomes of events at XSIAM, through the platform's own function and over its real requests."""

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import AbsoluteDeliveryApiModule
import pytest
import requests
from AbsoluteDeliveryApiModule import (
    SIEM_SOURCE,
    XSIAM_EVENT_CHUNK_SIZE_LIMIT,
    CollectorOutlet,
    ExplainedError,
    IncidentOutlet,
    RefusedError,
    Row,
    Slice,
    XsiamOutlet,
    log_collector,
)
from hypothesis import given
from hypothesis import strategies as st
from local_xsoar.demisto_api import LICENSE_FIELDS
from local_xsoar.http_collector import CollectorSettings, HttpCollector
from local_xsoar.xsiam import NotTakenError, collector
from unit.local_xsoar.platform_modules_support import Loopback

TOKEN = LICENSE_FIELDS["Http_Connector.token"]


@pytest.fixture(autouse=True)
def platform() -> Iterator[None]:
    demisto = AbsoluteDeliveryApiModule.demisto
    with (
        mock.patch.object(demisto, "getLicenseCustomField", LICENSE_FIELDS.get, create=True),
        mock.patch.object(demisto, "error"),
        mock.patch.object(demisto, "info"),
        mock.patch("time.sleep"),
    ):
        yield


def requests_of(lines: list[str]) -> list[int]:
    """How many lines each request to the collector has."""
    taken: list[int] = []
    with collector(lambda events: taken.append(len(events))):
        XsiamOutlet().deliver(lines)
    return taken


def line_of(size: int) -> str:
    return json.dumps({"text": "x" * (size - len('{"text": ""}'))})


class TestOneRequest:
    def test_large_events_are_fewer_at_once(self) -> None:
        lines = [line_of(4100)] * 1000
        count = XsiamOutlet().fitting(lines)
        assert count in (964, 965)
        assert requests_of(lines[:count]) == [count]
        assert XsiamOutlet().fitting(lines[count:]) == 1000 - count

    def test_one_that_is_larger_than_a_request_goes_alone(self) -> None:
        lines = [line_of(5_000_000), line_of(10)]
        assert XsiamOutlet().fitting(lines) == 1
        assert requests_of(lines[:1]) == [1]

    def test_a_large_one_waits_for_its_own_request(self) -> None:
        assert XsiamOutlet().fitting([line_of(10)] * 3 + [line_of(3_999_990)] + [line_of(10)]) == 3

    @given(sizes=st.lists(st.integers(20, 1_500_000), min_size=1, max_size=12))
    def test_what_fits_is_one_request_whatever_the_sizes(self, sizes: list[int]) -> None:
        lines = [line_of(size) for size in sizes]
        while lines:
            count = XsiamOutlet().fitting(lines)
            assert requests_of(lines[:count]) == [count]
            lines = lines[count:]

    def test_nothing_is_no_request(self) -> None:
        assert XsiamOutlet().fitting([]) == 0
        assert requests_of([]) == []

    def test_the_limit_is_the_platforms(self) -> None:
        assert XSIAM_EVENT_CHUNK_SIZE_LIMIT == 4_000_000


def refusal_of(status: int, body: str = "", headers: dict[str, str] | None = None) -> Exception:
    """What comes out when the collector answers so."""

    def refuse(events: list[Any]) -> None:
        raise NotTakenError(status, body, headers)

    with collector(refuse), pytest.raises((ExplainedError, RefusedError)) as caught:
        XsiamOutlet().deliver(["{}"])
    return caught.value


class TestAnswers:
    @pytest.mark.parametrize(
        "body",
        ['{"message": "bad"}', '{"error": "bad"}', '{"error": "true", "message": "bad"}', "[]", "bad", "<html>bad</html>", ""],
    )
    @pytest.mark.parametrize(
        ("status", "advice"),
        [
            (400, "cannot read"),
            (401, "only integrations that XSIAM brings along"),
            (403, "only integrations that XSIAM brings along"),
            (404, "ask the platform's support"),
            (413, "larger than it takes"),
            (429, "more to take in than it can"),
            (500, "in trouble"),
            (503, "in trouble"),
        ],
    )
    def test_status_and_text_are_said_with_advice(self, status: int, advice: str, body: str) -> None:
        error = refusal_of(status, body)
        said = str(error)
        assert f"XSIAM did not take the events: {status} " in said
        assert ("bad" in said) is ("bad" in body)
        assert advice in said
        assert said.endswith("The next run sends them again.") is not isinstance(error, RefusedError)
        assert "NoneType" not in said

    @pytest.mark.parametrize(("status", "content"), [(400, True), (413, True), (401, False), (429, False), (500, False)])
    def test_which_answers_are_about_what_was_sent(self, status: int, content: bool) -> None:
        assert isinstance(refusal_of(status, "no"), RefusedError) is content

    @pytest.mark.parametrize("body", ["{}", "taken", "[]", '{"error": "the dataset is gone"}'])
    def test_an_answer_that_does_not_say_that_they_were_taken(self, body: str) -> None:
        said = str(refusal_of(200, body))
        assert "It is unknown whether XSIAM took the events" in said
        assert ("the dataset is gone" in said) is ("gone" in body)

    def test_the_token_of_the_licence_is_never_shown(self) -> None:
        assert TOKEN
        assert TOKEN not in str(refusal_of(403, f"who is {TOKEN}?"))

    @pytest.mark.parametrize("problem", [requests.exceptions.ReadTimeout("late"), requests.exceptions.ConnectionError("gone")])
    def test_no_answer_at_all(self, problem: Exception) -> None:
        def fail(events: list[Any]) -> None:
            raise problem

        with collector(fail), pytest.raises(ExplainedError, match="It is unknown whether XSIAM took the events"):
            XsiamOutlet().deliver(["{}"])


def test_a_line_of_the_dataset_is_ascii_whatever_the_event_holds() -> None:
    row = SIEM_SOURCE.row({"eventType": "DeviceFrozen", "objectDisplayName": "LAB \ud83d"}, Slice(0, 1000))
    [line] = XsiamOutlet().prepare(SIEM_SOURCE, [row])
    assert line.isascii()
    assert json.loads(line)["source_log_type"] == "siem_events"


class TestLogCollector:
    @pytest.fixture
    def kept(self) -> list[Any]:
        return []

    @pytest.fixture
    def outlet(self, kept: list[Any]) -> Iterator[CollectorOutlet]:
        with HttpCollector(CollectorSettings("not-a-real-key"), lambda records: kept.append(len(records))) as running:
            collector = log_collector(running.params, 5)
            assert collector
            assert "not-a-real-key" not in repr(collector)
            yield CollectorOutlet(collector)

    def test_a_request_has_no_more_than_the_documents_recommend(self, outlet: CollectorOutlet, kept: list[Any]) -> None:
        lines = [line_of(2047)] * 1000
        assert outlet.fitting(lines) == 512
        outlet.deliver(lines[:512])
        outlet.deliver([])
        assert kept == [512]

    def test_a_large_record_goes_alone_and_one_above_the_limit_is_put_aside_unsent(
        self, outlet: CollectorOutlet, kept: list[Any]
    ) -> None:
        lines = [line_of(4_999_000), line_of(10)]
        assert outlet.fitting(lines) == 1
        outlet.deliver(lines[:1])
        with pytest.raises(RefusedError, match="It has 5000001 bytes") as caught:
            outlet.deliver([line_of(5_000_001)])
        assert (caught.value.proven, kept) == (True, [1])

    @pytest.mark.parametrize("body", ["", "[]", "<html>", '{"error": "true"}', "{}"])
    def test_another_answer_of_200_is_no_receipt(self, body: str) -> None:
        def answer(method: str, path: str, content: bytes) -> tuple[int, dict[str, str], bytes]:
            return 200, {}, body.encode()

        with Loopback(answer) as loopback:
            params = {"collector_url": loopback.url, "collector_key": {"password": "not-a-real-key"}}
            collector = log_collector(params, 5)
            assert collector
            with pytest.raises(ExplainedError, match="It is unknown whether XSIAM took the events"):
                CollectorOutlet(collector).deliver(["{}"])

    def test_the_key_goes_to_no_other_host(self) -> None:
        def nothing(method: str, path: str, content: bytes) -> tuple[int, dict[str, str], bytes]:
            return 200, {}, b""

        def elsewhere(method: str, path: str, content: bytes) -> tuple[int, dict[str, str], bytes]:
            return 302, {"Location": other.url}, b"not-a-real-key"

        with Loopback(nothing) as other:
            with Loopback(elsewhere) as loopback:
                params = {"collector_url": loopback.url, "collector_key": {"password": "not-a-real-key"}}
                collector = log_collector(params, 5)
                assert collector
                with pytest.raises(ExplainedError) as caught:
                    CollectorOutlet(collector).deliver(["{}"])
            assert other.requests == []
            assert "not-a-real-key" not in str(caught.value)


def test_incidents_are_collected_for_the_end_of_a_run() -> None:
    nobody: Any = None
    outlet = IncidentOutlet(nobody)
    incidents = outlet.prepare(SIEM_SOURCE, [Row(0, "a", {"id": "a"}), Row(0, "b", {"id": "b"})])
    assert outlet.fitting(incidents) == 2
    outlet.deliver(incidents)
    assert [incident["dbotMirrorId"] for incident in outlet.incidents] == ["a", "b"]
