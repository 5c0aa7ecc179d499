"""Errors in words: what happened, what to do, and what the caller may conclude.

The client on real connections is tested in Tests/unit/connections.
"""

import re
import socket
import ssl
from dataclasses import replace
from typing import Any

import pytest
import requests
import urllib3
from AbsoluteClientApiModule import (
    CREATE_FREEZE,
    NOTHING_SENT,
    REFUSALS,
    DemistoException,
    causes,
    check_shape,
    GET_DEVICES,
    MAX_ECHO,
    REMOVE_FREEZE,
    WIPE,
    ApiError,
    Deadline,
    Operation,
    Secrets,
    TransportError,
    error_text,
    explain_foreign_answer,
    outcome_of_failure,
    outcome_of_status,
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

    def test_files(self) -> None:
        certificate = replace(GET_DEVICES, answers=object, files=("PDF",))
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


POOL = urllib3.HTTPConnectionPool(HOST)
CONNECTION = urllib3.connection.HTTPConnection(HOST)
REFUSED = urllib3.exceptions.NewConnectionError(CONNECTION, "refused")


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
                OSError("Tunnel connection failed: 503 No"),
                f"the system proxy did not let the request through to {HOST} (503). Check the",
                True,
            ),
            (
                urllib3.exceptions.ProxyError("x", REFUSED),
                "the system proxy did not let the request through: it could not be reached.",
                True,
            ),
            (urllib3.exceptions.ConnectTimeoutError("x"), f"{HOST} did not accept a connection within 5 seconds.", True),
            (TimeoutError("handshake"), f"{HOST} did not accept a connection within 5 seconds.", True),
            (
                urllib3.exceptions.NameResolutionError(HOST, CONNECTION, socket.gaierror("x")),
                f"the name {HOST} could not be resolved.",
                True,
            ),
            (urllib3.exceptions.NewConnectionError(CONNECTION, "refused"), f"{HOST} could not be reached.", True),
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
        assert error.uncertain

    def test_the_platform_wraps_it(self) -> None:
        wrapped = DemistoException("Verify that the server URL is correct", not_connected(OSError("x")))
        assert not transport_error(wrapped, CREATE_FREEZE.purpose, HOST, 5).uncertain

    def test_an_earlier_failure_proves_nothing_of_this_one(self) -> None:
        """A command that looks for what it sent does so while it deals with the failure."""
        error = requests.exceptions.ConnectionError("reset")
        error.__context__ = not_connected(OSError("x"))
        assert transport_error(error, CREATE_FREEZE.purpose, HOST, 5).uncertain

    def test_errors_that_name_each_other(self) -> None:
        one, other = OSError("x"), OSError("y")
        one.__cause__, other.__cause__ = other, one
        assert list(causes(one)) == [one, other]


class TestCertainty:
    def test_only_a_refusal_is_one(self) -> None:
        refused = {status for status in range(100, 600) if not ApiError("", status).uncertain}
        assert refused == REFUSALS
        assert not refused & {200, 204, 302, 303, 408, 499, 500, 502, 504, 599}

    def test_a_redirect_is_answered_alike(self) -> None:
        assert not ApiError("", 302).passing
        assert [ApiError("", status).passing for status in (200, 408, 500)] == [True] * 3


class TestWaits:
    def test_longer_each_time_up_to_a_limit_and_never_past_the_deadline(self) -> None:
        now = [0.0]
        deadline = Deadline(1.5, clock=lambda: now[0])
        error = TransportError("", sent=True)
        assert [wait_before_retry(GET_DEVICES, error, attempt, deadline) for attempt in (1, 2, 3)] == [0.5, 1.0, None]
        now[0] = 0.5
        assert deadline.left() == 1.0
        assert wait_before_retry(GET_DEVICES, error, 2, deadline) is None

    def test_what_is_asked_is_waited(self) -> None:
        deadline = Deadline(60, clock=lambda: 0.0)
        assert wait_before_retry(GET_DEVICES, ApiError("", 429, retry_after=0), 3, deadline) == 0
        assert wait_before_retry(GET_DEVICES, ApiError("", 503, retry_after=20), 3, deadline) == 20
