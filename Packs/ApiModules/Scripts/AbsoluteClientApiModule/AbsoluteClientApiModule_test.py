"""Errors in words: what happened, what to do, and what the caller may conclude.

The client on real connections is tested in Tests/unit/connections.
"""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from collections.abc import Iterator
from collections.abc import Sequence
from datetime import datetime
from datetime import timezone
from hypothesis import given
from hypothesis import strategies as st
from pathlib import Path
from typing import Any
from typing import ClassVar
from unit.library_behaviour import der
from urllib.parse import quote
import AbsoluteClientApiModule
import json
import jwt
import pytest
import re
import shutil
import subprocess
import time
import warnings
import socket
import ssl

import requests
import urllib3
from AbsoluteClientApiModule import (
    ArgumentError,
    Criterion,
    LEAST_CALLS,
    PACE_SECONDS,
    Pacer,
    RAISE_SECONDS,
    Query,
    Term,
    URL_EXAMPLE,
    api_base_url,
    asymmetric_key,
    batch_terms,
    build_jws,
    encode_query,
    first_of_each,
    folded,
    halves,
    is_loopback,
    mask_secrets,
    parse_http_date,
    parse_raw_filter,
    parse_retry_after,
    pause,
    plan_queries,
    redact,
    creating,
    der_parts,
    secret_values,
    signing_key,
    symmetric_key,
    CREATE_FREEZE,
    NOTHING_SENT,
    REFUSALS,
    DemistoException,
    causes,
    check_shape,
    GET_DEVICES,
    GET_MATCHES,
    MAX_ECHO,
    REMOVE_FREEZE,
    WIPE,
    ApiError,
    MissingPermissionError,
    Deadline,
    Operation,
    Secrets,
    TransportError,
    error_text,
    explain_foreign_answer,
    outcome_of_failure,
    outcome_of_status,
    GET_MESSAGE,
    is_foreign,
    read_answer,
    read_error,
    sign_in_refused,
    transport_error,
    wait_before_retry,
)

HOST = "api.example.com"
TOKEN_ID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


def test_what_is_only_read_by_post_changes_nothing() -> None:
    operations = (GET_DEVICES, REMOVE_FREEZE, WIPE.create, WIPE.cancel, WIPE.actions, WIPE.all_actions)
    assert [operation.changes for operation in operations] == [False, True, True, True, False, False]


class TestSignIn:
    def test_symmetric_and_asymmetric(self) -> None:
        said = sign_in_refused(HOST, TOKEN_ID, "HS256", 0)
        assert said.startswith("Absolute refused the sign-in (401). It does not say why; most likely first:\n1. The Secret Key ")
        assert "(or the token is an asymmetric one)" in said
        assert f"this request went to {HOST}." in said
        assert re.findall(r"^\d", said, re.MULTILINE) == ["1", "2", "3", "4", "5", "6"]
        assert "The private key does not belong to this Token ID (or the token is a symmetric one)" in sign_in_refused(
            HOST, TOKEN_ID, "ES256", 0
        )

    def test_a_minute_is_tolerated(self) -> None:
        assert "was wrong when the request was signed" in sign_in_refused(HOST, TOKEN_ID, "HS256", 60)
        said = sign_in_refused(HOST, TOKEN_ID, "HS256", -61)
        assert "1. The clock of this host is 61 seconds ahead of Absolute's: correct it." in said
        assert "was wrong" not in said


def answer(status: int, text: str = "", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = text.encode()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


class TestAnswers:
    BODY = '{"code": "BAD", "message": "no", "details": [{"field": "f", "message": "m"}, {"code": "c"}, 5]}'

    @staticmethod
    def read(response: requests.Response) -> ApiError:
        return read_error(response, response.content, GET_DEVICES, HOST)

    @pytest.mark.parametrize(
        ("status", "advice"),
        [
            (400, "The API did not accept the request."),
            (403, 'The API token lacks the permission "View Device reports", or the licence or device group that it needs.'),
            (404, "There is no such object, or the token may not see it."),
            (409, "The request conflicts with the current state: read it again, then decide."),
            (429, "The account's limit of 20 requests per second was exceeded"),
            (503, "The service has a problem. Try again later."),
        ],
    )
    def test_advice_for_each_status(self, status: int, advice: str) -> None:
        error = self.read(answer(status, self.BODY))
        assert type(error) is (MissingPermissionError if status == 403 else ApiError)
        assert str(error).startswith(f"Could not read devices: {advice}")
        assert str(error).endswith(f"Answer: {status} BAD (no, f: m, c)")
        assert (error.status, error.code, error.retry_after) == (status, "BAD", None)

    def test_how_long_to_wait(self) -> None:
        error = self.read(answer(429, self.BODY, Retry_After="7"))
        assert error.retry_after == 7
        assert "Absolute asks to wait 7 seconds." in str(error)
        assert "share it). Answer: 429 BAD" in str(self.read(answer(429, self.BODY)))

    def test_a_code_or_a_text_is_enough(self) -> None:
        error = self.read(answer(400, '{"code": "BAD"}'))
        assert str(error) == "Could not read devices: The API did not accept the request. Answer: 400 BAD"
        assert str(self.read(answer(400, '{"message": "no"}'))).endswith("Answer: 400  (no)")

    def test_a_date_is_told_by_the_clock_of_who_answers(self) -> None:
        dates = {"Date": "Mon, 05 Jan 2026 09:00:00 GMT", "Retry_After": "Mon, 05 Jan 2026 09:00:20 GMT"}
        assert self.read(answer(429, self.BODY, **dates)).retry_after == 20
        assert self.read(answer(503, "<html>", **dates)).retry_after == 20

    def test_secrets_are_masked_before_a_text_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        known = Secrets()
        known.add("48151623")
        monkeypatch.setattr("AbsoluteClientApiModule.SECRETS", known)
        error = self.read(answer(400, '{"message": "passcode 48151623 is weak"}'))
        assert str(error).endswith("Answer: 400  (passcode ******** is weak)")
        assert error.code == ""
        cut = self.read(answer(400, f'{{"code": "48151623", "message": "{"m" * 495}48151623"}}'))
        assert str(cut).endswith(f"Answer: 400 ******** ({'m' * 495}*****)")

    def test_long_answers_are_cut(self) -> None:
        error = self.read(answer(400, f'{{"code": "{"c" * 999}", "message": "{"m" * 999}"}}'))
        assert error.code == "c" * MAX_ECHO
        assert str(error).endswith(f"Answer: 400 {error.code} ({'m' * 500})")

    @pytest.mark.parametrize("text", ["<html>", "[]", "{}", '{"data": 5}', '"x"'])
    def test_an_answer_of_somebody_else(self, text: str) -> None:
        error = self.read(answer(403, text))
        assert (str(error), error.status, error.code) == (explain_foreign_answer(403, GET_DEVICES, HOST), 403, "")

    @pytest.mark.parametrize(
        ("status", "said"),
        [
            (403, f"{HOST} or a proxy in between refused the path itself (403 without an API error)."),
            (404, f"{HOST} does not know the path. Check the Server URL."),
            (407, "the proxy wants credentials."),
            (429, "too many requests; the account's limit is 20 per second."),
            (502, "the answer (502) was not the API's. A proxy or the service is in trouble; try again later."),
        ],
    )
    def test_answers_from_the_edge(self, status: int, said: str) -> None:
        assert explain_foreign_answer(status, GET_DEVICES, HOST).startswith(f"Could not read devices: {said}")

    def test_details(self) -> None:
        assert error_text({"message": None, "details": [{"message": "m"}]}) == "m"
        assert error_text({}) == ""


class TestSuccess:
    @staticmethod
    def read(text: str, operation: Operation = GET_DEVICES, status: int = 200) -> Any:
        response = answer(status, text)
        return read_answer(response, response.content, operation, HOST)

    def test_objects(self) -> None:
        assert self.read('\ufeff{"data": ["ü"]}') == {"data": ["ü"]}

    @pytest.mark.parametrize("text", ["", "[]", '{"data": [', "<html>", '"x"', "[" * 100_000])
    def test_what_is_not_the_apis(self, text: str) -> None:
        with pytest.raises(
            TransportError, match=f"^Could not read devices: the answer of {HOST} was cut off or is not JSON"
        ) as no:
            self.read(text)
        assert no.value.uncertain

    def test_nothing_where_nothing_is_answered(self) -> None:
        assert [self.read(" ", REMOVE_FREEZE, status) for status in (202, 204)] == [None, None]
        assert self.read("{}", REMOVE_FREEZE) == {}
        with pytest.raises(
            TransportError, match=f"^Could not unfreeze devices: the answer of {HOST} was empty, which is not"
        ) as no:
            self.read("", REMOVE_FREEZE)
        assert no.value.uncertain

    def test_a_list_without_rows(self) -> None:
        """204 is one, but not where the document shows no list, or one without its envelope."""
        anything, bare = GET_DEVICES._replace(answers=object), GET_DEVICES._replace(bare=True)
        assert [self.read("", one, 204) for one in (GET_DEVICES, anything)] == [{"data": []}] * 2
        for one in (bare, GET_MESSAGE):
            with pytest.raises(TransportError, match="is not JSON"):
                self.read("", one, 204)

    def test_without_an_envelope(self) -> None:
        """Where the document shows it so; what is empty may be somebody else's, unless a list is awaited."""
        bare, one_object = GET_DEVICES._replace(bare=True), GET_MESSAGE._replace(bare=True)
        assert [self.read(text, bare) for text in ('[{"a": 1}]', '{"a": 1}', "{}")] == [
            {"data": [{"a": 1}]},
            {"data": {"a": 1}},
            {"data": {}},
        ]
        assert [self.read(text, one_object) for text in ('{"a": 1}', "{}")] == [{"data": {"a": 1}}, {}]
        assert [self.read(text, bare) for text in ('{"data": []}', '{"code": "BAD"}')] == [{"data": []}, {"code": "BAD"}]

    def test_a_success_that_is_an_error(self) -> None:
        assert [is_foreign({"code": "BAD", "data": rows}, GET_DEVICES) for rows in ([], [{}])] == [True, False]
        assert is_foreign({"code": "BAD"}, GET_DEVICES)
        assert is_foreign({"a": 1}, REMOVE_FREEZE)
        assert [is_foreign({}, one) for one in (GET_DEVICES, REMOVE_FREEZE)] == [True, False]
        answers: list[dict[str, Any]] = [{"data": []}, {"metadata": {}}]
        assert not any(is_foreign(answered, GET_DEVICES) for answered in answers)

    def test_files(self) -> None:
        certificate = GET_DEVICES._replace(answers=object, files=("PDF",))
        assert self.read("%PDF-1.4", certificate) == b"%PDF-1.4"
        with pytest.raises(TransportError, match=f"^Could not read devices: the answer of {HOST} is not a PDF") as no:
            self.read('{"data": 1}', certificate)
        assert no.value.uncertain


class TestShapes:
    """An empty list is one; what is not a list is not an empty one, and a list has an end or another page."""

    @pytest.mark.parametrize("pages", [None, {}, {"pagination": None}, {"pagination": {}}, {"pagination": {"nextPage": "x"}}])
    def test_lists(self, pages: Any) -> None:
        for data in ([], [{}], [{"deviceUid": "x"}]):
            check_shape({"data": data, "metadata": pages}, GET_DEVICES, HOST)
        check_shape({"data": []}, GET_DEVICES, HOST)

    @pytest.mark.parametrize("data", [None, {}, {"deviceUid": "x"}, "", "none", 0, False, ["x"], [None], [{}, []]])
    def test_what_is_no_list(self, data: Any) -> None:
        with pytest.raises(TransportError, match=f"^Could not read devices: the answer of {HOST} has no list of objects") as no:
            check_shape({"data": data, "metadata": {}}, GET_DEVICES, HOST)
        assert (no.value.uncertain, no.value.passing) == (True, True)
        with pytest.raises(TransportError):
            check_shape({"metadata": {}}, GET_DEVICES, HOST)

    def test_an_object_in_place_of_a_list(self) -> None:
        """Which the document shows for regulated data; one without anything is neither a row nor an empty list."""
        check_shape({"data": {"itemId": "x"}}, GET_MATCHES, HOST)
        with pytest.raises(TransportError, match="not the same as an empty one"):
            check_shape({"data": {}}, GET_MATCHES, HOST)

    @pytest.mark.parametrize("pages", ["end", ["x"], {"pagination": "x"}, {"pagination": {"nextPage": ["x"]}}])
    def test_what_does_not_say_where_it_ends(self, pages: Any) -> None:
        with pytest.raises(TransportError, match="does not say whether there is another page"):
            check_shape({"data": [], "metadata": pages}, GET_DEVICES, HOST)

    @pytest.mark.parametrize("data", [None, {}, [], [{"requestUid": "x"}], "x"])
    def test_objects(self, data: Any) -> None:
        check_shape({"data": {"requestUid": "x"}}, CREATE_FREEZE, HOST)
        with pytest.raises(TransportError, match='^Could not freeze devices: the answer of [a-z.]+ has no object under "data"'):
            check_shape({"data": data}, CREATE_FREEZE, HOST)

    def test_where_nothing_is_answered_nothing_is_asked(self) -> None:
        check_shape({"data": None}, REMOVE_FREEZE, HOST)
        check_shape(None, REMOVE_FREEZE, HOST)
        check_shape(b"%PDF", WIPE.certificate, HOST)


POOL = urllib3.HTTPConnectionPool(HOST)
CONNECTION = urllib3.connection.HTTPConnection(HOST)
REFUSED = urllib3.exceptions.NewConnectionError(CONNECTION, "refused")


class TestOutcomes:
    """The names are those of the platform's ExecutionMetrics."""

    def test_of_answers(self) -> None:
        named = {200: "success", 299: "success", 300: "general_error", 401: "auth_error", 403: "auth_error", 429: "quota_error"}
        named |= {404: "general_error", 499: "general_error", 500: "service_error", 503: "service_error"}
        assert {status: outcome_of_status(status) for status in named} == named

    @pytest.mark.parametrize(
        ("cause", "outcome"),
        [
            (requests.exceptions.SSLError("x"), "ssl_error"),
            (requests.exceptions.ProxyError("x"), "proxy_error"),
            (requests.exceptions.ReadTimeout("x"), "timeout_error"),
            (requests.exceptions.ConnectTimeout("x"), "timeout_error"),
            (requests.exceptions.ConnectionError(REFUSED), "connection_error"),
            (requests.exceptions.ConnectionError("x"), "connection_error"),
            (ValueError("x"), "connection_error"),
        ],
        ids=repr,
    )
    def test_without_an_answer(self, cause: Exception, outcome: str) -> None:
        assert outcome_of_failure(cause) == outcome


def not_connected(error: Exception) -> Exception:
    """What `Connection` makes of an error while it connects, as requests passes it on."""
    setattr(error, NOTHING_SENT, True)
    return requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(POOL, "/", error))


class TestNoAnswer:
    """The errors themselves are made by real connections in Tests/unit/connections."""

    @pytest.mark.parametrize(
        ("cause", "said", "passing"),
        [
            (ssl.SSLCertVerificationError("x"), f"the certificate of {HOST} could not be verified.", False),
            (
                OSError("Tunnel connection failed: 407 No"),
                f"the system proxy did not let the request through to {HOST} (407). It wants",
                False,
            ),
            (
                OSError("Tunnel connection failed: 500 No"),
                f"the system proxy did not let the request through to {HOST} (500). Check the",
                True,
            ),
            (
                urllib3.exceptions.ProxyError("x", REFUSED),
                "the system proxy did not let the request through: it could not be reached. Check 'Use system",
                True,
            ),
            (urllib3.exceptions.ConnectTimeoutError("x"), f"{HOST} did not accept a connection within 5 seconds.", True),
            (TimeoutError("handshake"), f"{HOST} did not accept a connection within 5 seconds.", True),
            (
                urllib3.exceptions.NameResolutionError(HOST, CONNECTION, socket.gaierror("x")),
                f"the name {HOST} could not be resolved.",
                True,
            ),
            (REFUSED, f"{HOST} could not be reached.", True),
            (ssl.SSLEOFError("x"), f"the connection to {HOST} broke while it was made.", True),
        ],
        ids=repr,
    )
    def test_a_connection_that_does_not_come_about_has_sent_nothing(self, cause: Exception, said: str, passing: bool) -> None:
        error = transport_error(not_connected(cause), CREATE_FREEZE.purpose, HOST, 5)
        assert str(error).startswith(f"Could not freeze devices: {said}")
        assert (error.uncertain, error.passing) == (False, passing)

    @pytest.mark.parametrize(
        "cause",
        [
            requests.exceptions.ProxyError("x"),
            requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"),
            requests.exceptions.ConnectionError("NewConnectionError: Tunnel connection failed: 407"),
            requests.exceptions.ChunkedEncodingError("x"),
            ValueError("Invalid IPv6 URL"),
        ],
        ids=repr,
    )
    def test_names_and_texts_prove_nothing(self, cause: Exception) -> None:
        error = transport_error(cause, CREATE_FREEZE.purpose, HOST, 5)
        assert str(error) == f"Could not freeze devices: the connection to {HOST} broke before the answer was complete."
        assert (error.uncertain, error.passing) == (True, True)

    @pytest.mark.parametrize(
        "cause",
        [
            requests.exceptions.ReadTimeout("x"),
            requests.exceptions.ConnectionError(urllib3.exceptions.ReadTimeoutError(POOL, "/", "x")),
        ],
    )
    def test_who_waits_in_vain_may_have_sent(self, cause: Exception) -> None:
        error = transport_error(cause, CREATE_FREEZE.purpose, HOST, 5)
        assert str(error) == f"Could not freeze devices: {HOST} did not answer within 5 seconds."
        assert (error.uncertain, error.passing) == (True, True)

    def test_the_system_proxy_is_named(self) -> None:
        late = TimeoutError("x")
        said = [str(transport_error(error, "x", HOST, 5, proxied=True)) for error in (not_connected(late), ValueError("x"))]
        assert said[0].startswith(f"Could not x: {HOST} through the system proxy did not accept a connection within 5 seconds.")
        assert said[0].endswith("Check firewall, proxy and region.")
        assert said[1].endswith("broke before the answer was complete. The request went through the system proxy.")

    def test_the_platform_wraps_it(self) -> None:
        wrapped = DemistoException("Verify that the server URL is correct", not_connected(OSError("x")))
        assert not transport_error(wrapped, CREATE_FREEZE.purpose, HOST, 5).uncertain

    def test_an_earlier_failure_proves_nothing_of_this_one(self) -> None:
        """A command that looks for what it sent does so while it deals with the failure."""
        error = requests.exceptions.ConnectionError("reset")
        error.__context__ = not_connected(OSError("x"))
        assert transport_error(error, CREATE_FREEZE.purpose, HOST, 5).uncertain

    def test_errors_that_name_each_other(self) -> None:
        one, other, third = OSError("x"), OSError("y"), OSError("z")
        one.__cause__, other.__cause__ = other, one
        assert list(causes(one)) == [one, other]
        wrapped = DemistoException("x", third)
        wrapped.__cause__ = one
        assert list(causes(wrapped)) == [wrapped, one, third, other]


def test_what_creates_something_is_sent_once_and_answers_with_an_object() -> None:
    assert creating("/v3/x", "make x", "Make", "a list") == Operation(
        "POST", "/v3/x", "make x", "Make", False, dict, seen_with="a list"
    )


class TestCertainty:
    def test_only_a_refusal_is_one(self) -> None:
        refused = {status for status in range(100, 600) if not ApiError("", status).uncertain}
        assert refused == REFUSALS
        assert not refused & {200, 204, 302, 303, 408, 499, 500, 502, 504, 599}

    def test_a_redirect_is_answered_alike(self) -> None:
        assert [ApiError("", status).passing for status in (300, 302, 399)] == [False] * 3
        assert [ApiError("", status).passing for status in (200, 408, 500)] == [True] * 3


class TestWaits:
    def test_longer_each_time_up_to_a_limit_and_never_past_the_deadline(self) -> None:
        now = [9.0]
        deadline = Deadline(1.5, clock=lambda: now[0])
        error = TransportError("", sent=True)
        assert [wait_before_retry(GET_DEVICES, error, attempt, deadline) for attempt in (1, 2, 3)] == [0.5, 1.0, None]
        now[0] = 9.5
        assert deadline.left() == 1.0
        assert wait_before_retry(GET_DEVICES, error, 2, deadline) is None

    def test_what_is_asked_is_waited(self) -> None:
        deadline = Deadline(60, clock=lambda: 0.0)
        assert wait_before_retry(GET_DEVICES, ApiError("", 429, retry_after=0), 3, deadline) == 0
        assert wait_before_retry(GET_DEVICES, ApiError("", 503, retry_after=20), 3, deadline) == 20


class TestServerUrl:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("https://cc.absolute.com", "https://api.absolute.com"),
            ("https://cc.us.absolute.com/", "https://api.us.absolute.com"),
            ("HTTPS://CC.EU2.ABSOLUTE.COM", "https://api.eu2.absolute.com"),
            ("https://cc.in1.absolute.com/#/devices", "https://api.in1.absolute.com"),
            ("api.uk1.absolute.com", "https://api.uk1.absolute.com"),
            (" https://cc.fr1.absolutegov.com:443/login?x=y ", "https://api.fr1.absolutegov.com"),
            ("https://cc.zz9.absolute.com", "https://api.zz9.absolute.com"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ],
    )
    def test_console_and_api_addresses_of_every_region(self, typed: str, expected: str) -> None:
        assert api_base_url(typed) == expected

    @pytest.mark.parametrize(
        "typed",
        [
            "http://cc.absolute.com",
            "https://absolute.com",
            "https://cc.absolute.com.example.com",
            "https://cc.absolute.com@example.com",
            "https://user:word@cc.absolute.com",
            "https://example.com/cc.absolute.com",
            "https://cc.absolute.com:8443",
            "https://cc.absolute.com\\@example.com",
            "https://ccxabsolute.com",
            "https://cc.evilabsolute.com",
            "ftp://cc.absolute.com",
            "http://192.0.2.1",
            "https://[::1",
            "",
        ],
    )
    def test_a_signed_request_never_goes_to_a_stranger(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match="Server URL"):
            api_base_url(typed)


class TestPacer:
    def paced(self, late: list[float]) -> list[float]:
        """When calls go out, each so much later than its turn."""
        now = [0.0]
        pacer, sent = Pacer(3, 1.0, lambda: now[0]), []
        for seconds in late:
            turn, wait = pacer.turn()
            now[0] += wait + seconds
            pacer.begin(turn)
            sent.append(now[0])
        return sent

    @given(late=st.lists(st.floats(0, 2), max_size=40))
    def test_no_second_has_more_calls_however_late_some_go_out(self, late: list[float]) -> None:
        sent = self.paced(late)
        assert all(after - before >= 1 - 1e-9 for before, after in zip(sent, sent[3:]))  # noqa: B905

    def test_nobody_waits_without_need(self) -> None:
        assert self.paced([0] * 7) == [0, 0, 0, 1, 1, 1, 2]

    def test_who_slows_down_counts_what_has_just_gone_and_never_speeds_up(self) -> None:
        now = [0.0]
        pacer = Pacer(3, 1.0, lambda: now[0])
        assert [pacer.turn()[0].at for _ in range(3)] == [0, 0, 0]
        pacer.slow_down(2)
        pacer.slow_down(3)
        assert [pacer.turn()[0].at for _ in range(5)] == [1, 1, 2, 2, 3]

    def test_a_pause_holds_for_everybody(self) -> None:
        pacer = Pacer(3, 1.0, lambda: 10.0)
        pacer.refused(pacer.turn()[0], 5)
        turn, wait = pacer.turn()
        assert (turn.at, wait) == (15, 5)

    def test_who_waits_for_a_turn_does_not_go_out_in_the_pause(self) -> None:
        now = [10.0]
        pacer = Pacer(1, 1.0, lambda: now[0])
        first, waiting = pacer.turn()[0], pacer.turn()[0]
        assert not pacer.given_back(first)
        pacer.refused(first, 5)
        now[0] = 11.0
        assert pacer.given_back(waiting)
        again = pacer.turn()[0]
        assert (again.at, pacer.given_back(again)) == (15, False)

    def test_a_turn_that_is_given_back_counts_no_more_and_the_others_do(self) -> None:
        now = [0.0]
        pacer = Pacer(2, 10.0, lambda: now[0])
        pacer.turn()
        now[0] = 4.0
        second, waiting = pacer.turn()[0], pacer.turn()[0]
        pacer.refused(second, 8)
        now[0] = waiting.at
        assert (waiting.at, pacer.given_back(waiting)) == (10.0, True)
        assert [pacer.turn()[0].at for _ in range(3)] == [12.0, 14.0, 22.0]

    def test_who_goes_out_late_makes_others_wait_for_him_alone(self) -> None:
        now = [0.0]
        pacer = Pacer(2, 1.0, lambda: now[0])
        first, _ = pacer.turn()[0], pacer.turn()
        now[0] = 0.5
        pacer.begin(first)
        assert [pacer.turn()[0].at for _ in range(2)] == [1.0, 1.5]

    def test_what_others_take_is_left_to_them(self) -> None:
        """After a refusal no more calls go out than were taken just before it, and later one more after the other."""
        now = [0.0]
        pacer = Pacer(20, 1.0, lambda: now[0])
        turns = []
        for number in range(16):
            now[0] = number / 100
            turns.append(pacer.turn()[0])
        for refused in reversed(turns[12:]):
            pacer.refused(refused, 1)
        now[0] = 50.0
        pacer.refused(turns[12], 0)
        assert [pacer.turn()[0].at for _ in range(13)] == [50.0] * 12 + [51.0]
        now[0] = 50.0 + 2 * RAISE_SECONDS
        assert [pacer.turn()[1] for _ in range(15)] == [0.0] * 14 + [1.0]
        now[0] += 100 * RAISE_SECONDS
        assert [pacer.turn()[1] for _ in range(21)] == [0.0] * 20 + [1.0]

    def test_nobody_is_starved_and_who_has_slowed_down_stays_slow(self) -> None:
        now = [0.0]
        pacer = Pacer(20, 1.0, lambda: now[0])
        pacer.refused(pacer.turn()[0], 0)
        now[0] = 5.0
        assert sum(wait == 0 for _, wait in (pacer.turn() for _ in range(20))) == LEAST_CALLS
        pacer.slow_down(3)
        now[0] = 1000.0
        assert sum(wait == 0 for _, wait in (pacer.turn() for _ in range(20))) == 3

    @pytest.mark.parametrize("others", [5, 12])
    def test_two_that_share_a_limit_are_refused_seldom(self, others: int) -> None:
        """A limit of 20 of which somebody else takes so many in each second, evenly: in a minute the rest is used, nearly."""
        now, taken, refused = [0.0], [number / others for number in range(60 * others)], 0
        pacer, own = Pacer(20, PACE_SECONDS, lambda: now[0]), 0
        while now[0] < 60:
            turn, wait = pacer.turn()
            now[0] += wait
            pacer.begin(turn)
            if sum(turn.at - 1 < one <= turn.at for one in taken) >= 20:
                refused += 1
                pacer.refused(turn, 1)
            else:
                taken.append(turn.at)
                own += 1
        assert own > 0.75 * 60 * (20 - others)
        assert refused <= 60 / RAISE_SECONDS + 2

    def test_a_turn_that_has_long_been_forgotten_may_begin(self) -> None:
        pacer = Pacer(1, 1.0, lambda: 10.0)
        first, _ = pacer.turn()
        pacer.turn()
        pacer.begin(first)
        turn, wait = pacer.turn()
        assert (turn.at, wait) == (12, 2)


NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


class TestPauses:
    def test_a_wait_that_the_platform_would_not_live_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def too_long(seconds: float) -> None:
            raise ValueError("Requested a sleep of 400 seconds, but time left until docker timeout is 300 seconds.")

        monkeypatch.setattr(AbsoluteClientApiModule, "safe_sleep", too_long)
        assert pause(400) is False

    def test_other_waits_are_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []
        monkeypatch.setattr(AbsoluteClientApiModule, "safe_sleep", waits.append)
        assert pause(7) is True
        assert waits == [7]

    def test_retry_after_in_seconds_and_as_a_date(self) -> None:
        assert parse_retry_after("7") == 7
        assert parse_retry_after("Mon, 05 Jan 2026 09:00:30 GMT", NOW) == 30
        assert parse_retry_after("Mon, 05 Jan 2026 08:00:00 GMT", NOW) == 0
        assert [parse_retry_after(text) for text in (None, "", "soon")] == [None, None, None]


class TestRepeatedRows:
    def test_the_first_of_each(self) -> None:
        rows: list[dict[str, Any]] = [{"id": "a", "n": 1}, {"id": "b"}, {"id": "a", "n": 2}, {"n": 3}, {"n": 4}]
        assert list(first_of_each(rows, "id")) == [{"id": "a", "n": 1}, {"id": "b"}, {"n": 3}, {"n": 4}]


class TestSecrets:
    def test_nothing_secret_survives_at_any_depth(self) -> None:
        raw = {
            "a": [{"configuration": {"passcodeClear": "48151623", "passcodeLength": 8}}],
            "deviceFreezeStatus": {"passCode": "1"},
        }
        assert redact(raw) == {"a": [{"configuration": {"passcodeLength": 8}}], "deviceFreezeStatus": {}}

    def test_other_spellings_and_extras(self) -> None:
        raw = {
            "PassCode": "1",
            "displayPasscode": "2",
            "extras": [{"key": "passcode", "extra": "3"}, {"key": "other", "extra": "4"}],
        }
        assert redact(raw) == {"extras": [{"key": "passcode"}, {"key": "other", "extra": "4"}]}

    def test_a_dry_run_masks(self) -> None:
        assert mask_secrets({"passcodeDefinition": {"passcode": "4815"}}) == {"passcodeDefinition": {"passcode": "********"}}


DEVICE_UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"


class TestErrors:
    def test_a_refused_sign_in_lists_candidates(self) -> None:
        said = sign_in_refused("api.absolute.com", DEVICE_UID, "HS256", 3)
        assert said.index("Secret Key") < said.index("expired") < said.index("region") < said.index("clock")

    def test_a_wrong_clock_comes_first(self) -> None:
        assert "1. The clock of this host is 600 seconds behind" in sign_in_refused("h", DEVICE_UID, "ES256", 600)
        assert "ahead of" in sign_in_refused("h", DEVICE_UID, "ES256", -600)

    def test_a_mistyped_token_id_is_named(self) -> None:
        assert "1. The Token ID is mistyped" in sign_in_refused("h", "my-token", "HS256", 0)

    @pytest.mark.parametrize(
        ("operation", "error", "attempt", "expected"),
        [
            (GET_DEVICES, ApiError("", 503), 1, 0.5),
            (GET_DEVICES, ApiError("", 503), 3, 2.0),
            (GET_DEVICES, ApiError("", 503), 4, None),
            (GET_DEVICES, ApiError("", 429, retry_after=3), 1, 3),
            (GET_DEVICES, ApiError("", 429, retry_after=100), 1, None),
            (GET_DEVICES, ApiError("", 400), 1, None),
            (GET_DEVICES, ApiError("", 401), 1, 0.5),
            (GET_DEVICES, ApiError("", 401), 2, None),
            (GET_DEVICES, TransportError("", sent=True), 1, 0.5),
            (GET_DEVICES, TransportError("", sent=False, passing=False), 1, None),
            (GET_DEVICES, MissingPermissionError("", 403, "NOT_AUTHORIZED"), 1, None),
            (GET_DEVICES, ApiError("", 403), 1, 0.5),
            (GET_DEVICES, ApiError("", 403), 2, None),
            (GET_DEVICES, ApiError("", 524), 1, 0.5),
            (CREATE_FREEZE, ApiError("", 503), 1, None),
            (CREATE_FREEZE, ApiError("", 524), 1, None),
            (CREATE_FREEZE, ApiError("", 408), 1, None),
            (CREATE_FREEZE, ApiError("", 200), 1, None),
            (CREATE_FREEZE, ApiError("", 429, retry_after=1), 1, 1),
            (CREATE_FREEZE, ApiError("", 401), 1, 0.5),
            (CREATE_FREEZE, TransportError("", sent=True), 1, None),
            (CREATE_FREEZE, TransportError("", sent=False), 1, 0.5),
            (REMOVE_FREEZE, ApiError("", 500), 1, None),
        ],
    )
    def test_a_write_is_repeated_only_when_it_certainly_was_not_taken(
        self, operation: Any, error: Any, attempt: int, expected: float | None
    ) -> None:
        assert wait_before_retry(operation, error, attempt, Deadline(60, clock=lambda: 0.0)) == expected

    @pytest.mark.parametrize("text", ["Fri, 31 Dec 9999 23:59:59 -2359", "9" * 400])
    def test_absurd_headers_do_no_harm(self, text: str) -> None:
        assert parse_http_date(text) is None
        assert parse_retry_after(text) is None

    def test_a_long_value_is_not_repeated_whole(self) -> None:
        assert len(str(ArgumentError("limit", f'"{"x" * 100_000}" is not a number.', "5"))) < 600


def terms(*values: str, field: str = "deviceName", suffix: str = "") -> tuple[Term, ...]:
    return tuple(Term(value, field, suffix, value) for value in values)


class TestTerms:
    @pytest.mark.parametrize(
        ("suffix", "text", "met"),
        [
            ("", "LAB", ["lab"]),
            ("StartsWith", "La", ["lab", "lab-1"]),
            ("EndsWith", "AB", ["lab", "my lab"]),
            ("Contains", "aB", ["lab", "lab-1", "my lab"]),
        ],
    )
    def test_without_regard_to_case(self, suffix: str, text: str, met: list[str]) -> None:
        names = ("lab", "lab-1", "my lab", "la", "")
        assert [name for name in names if Term(text, "deviceName", suffix, text).matches({"deviceName": name})] == [*met] + (
            ["la"] if suffix == "StartsWith" else []
        )

    @pytest.mark.parametrize(
        ("suffix", "met"),
        [("FromInclusive", ["2026-01-05T09:00:00.000Z", "2026-01-06T00:00:00Z"]), ("ToInclusive", ["2026-01-05T09:00:00.000Z"])],
    )
    def test_bounds_belong_to_a_range(self, suffix: str, met: list[str]) -> None:
        term = Term("x", "lastConnectedUtc", suffix, "2026-01-05T09:00:00Z")
        times = ("2026-01-05T09:00:00.000Z", "2026-01-06T00:00:00Z")
        assert [text for text in times if term.matches({"lastConnectedUtc": text})] == met
        assert not term.matches({"lastConnectedUtc": None})

    def test_an_unreadable_time_is_before_every_other(self) -> None:
        assert not Term("x", "at", "FromInclusive", "2026-01-05T09:00:00Z").matches({"at": "soon"})
        assert [Term("x", "all", "Contains", "b").matches({"all": all_of_it}) for all_of_it in (["a", "B"], ["ab"])] == [
            True,
            False,
        ]
        assert Term("x", "at", "ToInclusive", "2026-01-05T09:00:00Z").matches({"at": "soon"})

    def test_a_field_is_compared_where_the_report_shows_it(self) -> None:
        term = Term("x", "encryptionStatus", "", "Encrypted", "espInfo.encryptionStatus")
        assert term.matches({"espInfo": {"encryptionStatus": "ENCRYPTED"}, "encryptionStatus": "no"})
        assert not term.matches({"encryptionStatus": "Encrypted"})
        assert term.expression() == "encryptionStatus eq 'Encrypted'"

    def test_a_boolean_stands_without_quotes(self) -> None:
        assert Term("x", "isStolen", "", "true").expression() == "isStolen eq true"

    def test_values_of_a_record(self) -> None:
        assert folded({"a": {"b": "ẞX"}}, "a.b") == "ssx"
        records: list[dict[str, Any]] = [{}, {"a": None}, {"a": {"b": None}}, {"a": {"b": ""}}]
        assert [folded(record, "a.b") for record in records] == [""] * 4

    def test_what_was_typed_is_named_exact_values_first(self) -> None:
        criterion = Criterion("names", (*terms("LAB*"[:-1], suffix="StartsWith"), *terms("lab-1", "LAB-1")))
        assert criterion.typed_for({"deviceName": "Lab-1"}) == ["lab-1", "LAB-1", "LAB"]
        assert [criterion.typed_for({"deviceName": name}) for name in ("labour", "lab")] == [["LAB"]] * 2
        assert not criterion.matches({"deviceName": "x"})


class TestPlans:
    def test_nothing_wanted_is_one_open_query(self) -> None:
        assert plan_queries([]) == [Query(())]
        assert plan_queries([], "isStolen eq true") == [Query((("filter", "isStolen eq true"),), advanced=True)]

    def test_what_the_server_cannot_do_is_left_to_us(self) -> None:
        criteria = [Criterion("a", terms("A")), Criterion("b", terms("B", field="x"), server_side=False)]
        assert plan_queries(criteria) == [Query((("deviceName", "A"),))]

    def test_two_conditions_on_one_field_become_an_expression(self) -> None:
        criteria = [Criterion("a", terms("A")), Criterion("b", terms("B"))]
        assert plan_queries(criteria) == [Query((("filter", "deviceName eq 'A' and deviceName eq 'B'"),), advanced=True)]

    def test_a_quote_beside_single_values(self) -> None:
        criteria = [Criterion("a", terms("O'B", "C")), Criterion("b", terms("S", field="serialNumber"))]
        assert plan_queries(criteria) == [
            Query((("serialNumber", "S"), ("deviceName", "O'B"))),
            Query((("filter", "deviceName eq 'C' and serialNumber eq 'S'"),), advanced=True),
        ]

    def test_the_longest_argument_is_cut_and_the_others_go_along(self) -> None:
        names, serials = [f"LAB-{i:02}" for i in range(20)], ["S1", "S2"]
        criteria = [Criterion("serials", terms(*serials, field="serialNumber")), Criterion("names", terms(*names))]
        queries = plan_queries(criteria, max_characters=400)
        fixed = " and (serialNumber eq 'S1' or serialNumber eq 'S2')"
        assert 1 < len(queries) < 5
        assert all(len(encode_query(query.params)) <= 400 + len("filter=") for query in queries)
        assert all(query.advanced and query.params[0][1].endswith(fixed) for query in queries)
        found = [name for query in queries for name in re.findall(r"deviceName eq '([^']*)'", query.params[0][1])]
        assert found == names

    def test_as_many_values_as_fit_are_one_call(self) -> None:
        names = terms("A", "B", "C", "D", "E")
        size = len(quote("deviceName eq 'A' or "))
        for room, sizes in ((2 * size, [2, 2, 1]), (2 * size - 1, [1] * 5), (0, [1] * 5)):
            assert [len(batch) for batch in batch_terms(names, room)] == sizes

    def test_an_argument_that_would_fill_the_expression_is_left_to_us(self) -> None:
        serials, names = [f"S{i:03}" for i in range(15)], [f"LAB-{i:03}" for i in range(30)]
        criteria = [Criterion("names", terms(*names)), Criterion("serials", terms(*serials, field="serialNumber"))]
        assert not any("serialNumber" in query.params[0][1] for query in plan_queries(criteria, max_characters=600))

    def test_an_argument_may_fill_half_of_the_expression(self) -> None:
        names, serials = [f"LAB-{i:02}" for i in range(20)], ["S1", "S2"]
        criteria = [Criterion("names", terms(*names)), Criterion("serials", terms(*serials, field="serialNumber"))]
        half = len(quote(criteria[1].expression(), safe="()"))
        for room, along in ((2 * half, True), (2 * half - 1, False)):
            assert all(("serialNumber" in query.params[0][1]) is along for query in plan_queries(criteria, max_characters=room))

    def test_what_is_escaped_counts_as_long_as_it_is_sent(self) -> None:
        criteria = [Criterion("names", terms(*(f"LAB-{i:02}" for i in range(20))))]
        queries = plan_queries(criteria, f"path eq '{'/' * 60}'", max_characters=600)
        assert all(len(encode_query(query.params)) <= 600 + len("filter=") for query in queries)

    def test_halves_keep_the_other_parameters(self) -> None:
        query = Query((("filter", "(a eq '1' or a eq '2' or a eq '3' or a eq '4') and b eq '5'"), ("more", "x")), advanced=True)
        assert halves(query) == [
            Query((("filter", "(a eq '1' or a eq '2') and b eq '5'"), ("more", "x")), advanced=True),
            Query((("filter", "(a eq '3' or a eq '4') and b eq '5'"), ("more", "x")), advanced=True),
        ]
        assert halves(Query((("filter", "(a eq '1' or a eq '2')"),))) == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a NE'b'", '"NE" is not part of the v3 filter language. Use'),
            ("a eq 'b' and not (c eq 'd')", '"not" is not part'),
            ("endswith(a, 'b')", '"endswith" is not part'),
            ("a eq 'b", "a quote is not closed. Use"),
        ],
    )
    def test_what_the_filter_language_lacks_is_named(self, text: str, said: str) -> None:
        with pytest.raises(ArgumentError, match="^" + re.escape(f"filter: {said}")) as refused:
            parse_raw_filter(text)
        assert str(refused.value).endswith("Example: filter=\"deviceNameStartsWith eq 'LAB' and isStolen eq false\"")

    def test_no_filter(self) -> None:
        assert [parse_raw_filter(text) for text in (None, "", " ", " a eq 'b' ")] == ["", "", "", "a eq 'b'"]


class TestTime:
    @pytest.fixture(autouse=True)
    def elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """The engine's own time zone has no part in it."""
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            yield
        time.tzset()

    def test_waits(self) -> None:
        assert [parse_retry_after(text) for text in (None, "", " 7 ", "-3", "soon")] == [None, None, 7.0, 0.0, None]
        assert parse_retry_after("Mon, 05 Jan 2026 09:00:30 GMT", NOW) == 30
        assert parse_retry_after("Mon, 05 Jan 2026 08:00:00 GMT", NOW) == 0

    def test_http_dates(self) -> None:
        assert parse_http_date("Mon, 05 Jan 2026 09:00:00 GMT") == NOW
        assert parse_http_date("Mon, 05 Jan 2026 10:00:00 +0100") == NOW
        assert parse_http_date("Mon, 05 Jan 2026 09:00:00 -0000") == NOW
        assert parse_http_date(None) is None


class TestMasks:
    def test_masks_at_any_depth_and_leaves_the_rest(self) -> None:
        body = {"a": 1, "b": {"PASSCODE": "1", "c": ["x"]}, "macPwd": "2"}
        assert mask_secrets(body) == {"a": 1, "b": {"PASSCODE": "********", "c": ["x"]}, "macPwd": "********"}

    def test_what_a_member_names_and_what_is_no_secret(self) -> None:
        named: dict[str, Any] = {"fieldName": "Admin password", "value": "4815", "on": True}
        assert mask_secrets([named, {"name": "note", "value": "x"}]) == [
            named | {"value": "********"},
            {"name": "note", "value": "x"},
        ]
        assert mask_secrets({"key": "passcode", "extra": 4815}) == {"key": "********", "extra": "********"}
        assert mask_secrets({"passcode": None, "hasPassword": False}) == {"passcode": None, "hasPassword": False}

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            (' [{"passcode": "1"}]', '[{"passcode": "********"}]'),
            ('{"passcode":"1", "a":"ü"}', '{"passcode": "********", "a": "ü"}'),
            *((text, text) for text in ('{"a":1}', "{x", '"passcode"')),
            *((text, "********") for text in ("[" * 100_000, f'{"[" * 600}{{"passcode": "1"}}{"]" * 600}')),
        ],
    )
    def test_json_in_a_text(self, text: str, masked: str) -> None:
        assert mask_secrets(text) == masked

    def test_every_secret_of_a_body_is_known(self) -> None:
        body = {"passcode": 4815, "x": {"macpwd": "w", "passcodeSalt": ""}, "y": ["passcode"]}
        assert secret_values(body) == secret_values([body]) == ["4815", "w"]
        assert secret_values(["passcode"]) == []

    def test_tuples_and_names_that_are_no_text(self) -> None:
        assert redact({1: ({"passcode": "1", "b": 2},)}) == {1: [{"b": 2}]}
        assert redact({"key": None, "extra": 1}) == {"key": None, "extra": 1}
        assert redact(b"%PDF") == b"%PDF"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("https://cc.absolute.com./x", "https://api.absolute.com"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("https://127.0.0.2:8443/x", "https://127.0.0.2:8443"),
        ("https://[::1]", "https://[::1]"),
        ("localhost:8080", "https://localhost:8080"),
        (" Government  Cloud", "https://api.fr1.absolutegov.com"),
    ],
)
def test_server_urls(typed: str, expected: str) -> None:
    assert api_base_url(typed) == expected


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("eu3", '"eu3" is not an Absolute console or API address'),
        ("", '"" is not an Absolute console or API address'),
        ("https://cc.absolute.com:x", '"https://cc.absolute.com:x" is not a URL.'),
        ("http://cc.absolute.com", '"http://cc.absolute.com" is not https: nothing is sent unencrypted.'),
        ("https://ann:word@cc.absolute.com", '"cc.absolute.com" is not an Absolute console or API address'),
        ("https://ann:w@rd@cc.absolute.com:x", '"cc.absolute.com:x" is not a URL.'),
        ("ftp://127.0.0.1", '"ftp://127.0.0.1" is not an Absolute console or API address'),
        ("https://cc.absolute.com:80", '"https://cc.absolute.com:80" is not an Absolute console or API address'),
    ],
)
def test_refused_server_urls_in_words(typed: str, said: str) -> None:
    with pytest.raises(ArgumentError, match="^" + re.escape(f"Server URL: {said}")) as refused:
        api_base_url(typed)
    assert str(refused.value).endswith(f"Example: Server URL={URL_EXAMPLE}")


def test_hosts_of_this_machine() -> None:
    hosts = ("localhost", "127.9.9.9", "::1", "192.0.2.1", "example.com", "")
    assert [is_loopback(host) for host in hosts] == [True, True, True, False, False, False]


KEY_ID = "00000000-aaaa-4bbb-8ccc-1234567890ab"


VALUE = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value


PKCS8, SEC1 = der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE))), der.pem("EC PRIVATE KEY", der.sec1(VALUE))


class TestSigning:
    def test_a_private_key_is_recognised_in_the_secret(self) -> None:
        assert signing_key(PKCS8, "").alg == "ES256"
        assert signing_key("c2VjcmV0==", "").alg == "HS256"
        assert signing_key("c2VjcmV0==", PKCS8).alg == "ES256"

    def test_blanks_around_a_secret_are_not_part_of_it(self) -> None:
        assert signing_key(" c2VjcmV0 \n", " ") == signing_key("c2VjcmV0", "")

    def test_a_short_secret_is_no_warning(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            signed = build_jws(symmetric_key("word"), KEY_ID, "GET", "/v3/x", "", None, 1)
        header = json.loads(jwt.utils.base64url_decode(signed.split(".")[0]))
        assert header["alg"] == "HS256"

    def test_a_key_does_not_show_itself(self) -> None:
        assert "not-a-real-secret" not in repr(symmetric_key("not-a-real-secret"))

    @pytest.mark.parametrize("secret", ['{"kty": "oct", "k": "c2VjcmV0"}', "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB", "\ud800"])
    def test_a_secret_that_is_none(self, secret: str) -> None:
        with pytest.raises(ArgumentError, match=r"^Secret Key: it is no secret"):
            signing_key(secret, "")

    def test_a_member_is_written_in_ascii_and_a_body_as_it_is(self) -> None:
        head, payload, _ = build_jws(symmetric_key("word"), "é", "PUT", "/v3/x", "", ["Zürich"], 1).split(".")
        assert jwt.utils.base64url_decode(head).startswith(b'{"alg":"HS256","kid":"\\u00e9","method":"PUT","content-type":')
        assert jwt.utils.base64url_decode(payload) == '{"data":["Zürich"]}'.encode()


EC_PARAMETERS = der.pem("EC PARAMETERS", der.PRIME256V1)


BY_NUMBERS = der.explicit_parameters(compressed=True)


def private_value(text: str) -> int:
    found: int = asymmetric_key(text).key.private_numbers().private_value
    return found


class TestFormsOfKeys:
    """Keys that openssl reads are read here, however they were pasted."""

    @pytest.mark.parametrize("text", [PKCS8, SEC1, EC_PARAMETERS + SEC1], ids=["PKCS#8", "SEC1", "with parameters"])
    @pytest.mark.parametrize(
        "instead",
        ["\n", " ", "", "\\n", "\\r\\n", "\\\\n", "\r\n", "\n    ", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\n"],
        ids=["intact", "blanks", "one line", "\\n", "\\r\\n", "\\\\n", "CRLF", "indented", "no-break", "zero-width"],
    )
    def test_line_breaks_in_any_form(self, text: str, instead: str) -> None:
        assert private_value(f"\ufeff \n{text.replace(chr(10), instead)}") == VALUE

    def test_parts_of_every_length(self) -> None:
        """From 128 on the length takes several bytes (X.690, section 8.1.3)."""
        parts = [(4, b"x" * size) for size in (0, 127, 128, 300, 0)]
        assert der_parts(b"".join(der.der(*part) for part in parts)) == parts

    def test_a_short_value_and_the_curve_outside_alone(self) -> None:
        inner = der.sec1(VALUE >> 8, 31, parameters=b"", public=False)
        assert private_value(der.pem("PRIVATE KEY", der.pkcs8(inner))) == VALUE >> 8

    def test_it_signs(self) -> None:
        signed = build_jws(asymmetric_key(PKCS8), KEY_ID, "GET", "/v3/x", "", None, 1)
        assert len(signed.split(".")[2]) == 86, "raw r||s of 64 bytes, not DER"
        public = ec.derive_private_key(VALUE, ec.SECP256R1()).public_key()
        assert jwt.PyJWS().decode(signed, public, algorithms=["ES256"]) == b"{}"

    @given(
        value=st.integers(1, der.ORDER - 1) | st.integers(1, 2**248) | st.integers(1, 255),
        padding=st.integers(0, 2),
        parameters=st.sampled_from([der.PRIME256V1, der.explicit_parameters(), BY_NUMBERS]),
        wrapped=st.booleans(),
        public=st.booleans(),
        compressed=st.booleans(),
    )
    def test_every_way_to_write_a_key(
        self, value: int, padding: int, parameters: bytes, wrapped: bool, public: bool, compressed: bool
    ) -> None:
        size = -(-value.bit_length() // 8) + padding
        inner = der.sec1(value, size, parameters, compressed, public)
        text = der.pem("PRIVATE KEY", der.pkcs8(inner)) if wrapped else der.pem("EC PRIVATE KEY", inner)
        assert private_value(text) == value

    @pytest.mark.parametrize("options", [[], ["-param_enc", "explicit"], ["-conv_form", "compressed", "-param_enc", "explicit"]])
    def test_keys_of_openssl(self, options: list[str], tmp_path: Path) -> None:
        openssl = shutil.which("openssl")
        if not openssl:
            pytest.skip("openssl is not installed")
        file = tmp_path / "ec.pem"
        for line in (
            ["ecparam", "-name", "prime256v1", "-genkey", *options, "-out", str(file)],
            ["pkcs8", "-topk8", "-nocrypt", "-in", str(file), "-out", str(tmp_path / "private.pem")],
        ):
            subprocess.run([openssl, *line], check=True, capture_output=True)
        assert private_value(file.read_text()) == private_value((tmp_path / "private.pem").read_text())


def pem(key: Any, password: bytes | None = None) -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    text: str = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()
    return text


class TestRefusedKeys:
    PARTS: ClassVar[list[bytes]] = [der.integer(1), der.PRIME256V1]

    def test_a_short_value_beside_another_public_key(self) -> None:
        *content, last = der.sec1(VALUE >> 8, size=31)
        damaged = bytes([*content, last ^ 1])
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", damaged))

    @pytest.mark.parametrize("value", [0, der.ORDER, der.ORDER + 1])
    def test_a_value_that_no_key_has(self, value: int) -> None:
        content = der.der(0x30, der.integer(1), der.der(4, value.to_bytes(32, "big")), der.der(0xA0, der.PRIME256V1))
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", content))

    @pytest.mark.parametrize(
        "parts", [PARTS[1:], PARTS, [PARTS[0], der.der(0x30, PARTS[1])], [*PARTS, b"\x04"], [*PARTS, b"\x04\x09"]]
    )
    def test_no_value_or_a_part_of_one(self, parts: Sequence[bytes]) -> None:
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", der.der(0x30, *parts)))

    def test_another_curve_written_out_in_numbers(self) -> None:
        other = BY_NUMBERS.replace(der.B.to_bytes(32, "big"), (der.B + 1).to_bytes(32, "big"))
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", der.sec1(VALUE, parameters=other)))

    @given(st.integers(0, 120), st.binary(min_size=1, max_size=4))
    def test_damage_never_gives_another_key(self, at: int, bytes_: bytes) -> None:
        content = der.pkcs8(der.sec1(VALUE >> 8, size=31))
        damaged = content[:at] + bytes_ + content[at + len(bytes_) :]
        try:
            assert private_value(der.pem("PRIVATE KEY", damaged)) == VALUE >> 8
        except ArgumentError:
            assert damaged != content

    @pytest.mark.parametrize(
        ("secret", "private_key", "said"),
        [
            ("", "", "Secret Key: it is empty"),
            ("", "nonsense", "is not a PEM; an unencrypted private key is needed. Create one with: openssl ecparam"),
            ("", pem(ec.generate_private_key(ec.SECP384R1())), "prime256v1"),
            ("", PKCS8.replace("M", "*M", 1), "damaged"),
            ("", PKCS8[:60] + PKCS8[64:], "damaged"),
            ("", der.pem("PRIVATE KEY", b""), "damaged"),
            ("", PKCS8 + der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE - 1))), "the text holds 2 private keys"),
            (
                "",
                der.pem("PUBLIC KEY", b"AAAA") + der.pem("RSA PRIVATE KEY", b"AAAA"),
                "holds a PUBLIC KEY and a RSA PRIVATE KEY",
            ),
            ("", pem(ec.generate_private_key(ec.SECP256R1()), b"word"), "ENCRYPTED PRIVATE KEY.*openssl pkey -in encrypted.pem"),
            (
                "",
                SEC1.replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1),
                "openssl pkey -in encrypted.pem",
            ),
        ],
    )
    def test_useless_keys_are_refused_in_words(self, secret: str, private_key: str, said: str) -> None:
        with pytest.raises(ArgumentError, match=said) as refused:
            signing_key(secret, private_key)
        assert any(word in str(refused.value) for word in ("openssl", "symmetric", "of this token"))
