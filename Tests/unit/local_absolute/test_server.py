"""The HTTP side: the edge, connections, limits and faults."""

from __future__ import annotations

import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parsedate_to_datetime
from io import BufferedReader
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from local_absolute import Fault, LocalTenant, ManualClock, Options, RunningClock
from local_absolute import faults as faults_module
from local_absolute.html_message import plain_text, sanitize
from local_absolute.http_answer import HttpAnswer
from local_absolute.rate_limit import RateLimit

DEVICES = "/reporting/devices"


# The edge -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "uri"), [("GET", "/nothing"), ("POST", DEVICES), ("GET", f"{DEVICES}/"), ("GET", "/")])
def test_paths_that_do_not_exist_get_the_web_servers_page(caller: Any, method: str, uri: str) -> None:
    answer = caller.call(method, uri)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "text/html"
    assert "<center><h1>403 Forbidden</h1></center>" in answer.text


def test_v2_paths_are_not_found(caller: Any) -> None:
    answer = caller.post(caller.sign(caller.header("GET", "/v2/reporting/devices", ""), {}))
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_unsigned_call_is_not_authenticated(tenant: LocalTenant, method: str) -> None:
    answer = requests.request(method, f"{tenant.url}/v3/reporting/devices", headers={"Connection": "close"}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "NOT_AUTHENTICATED")


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/v3"), ("GET", "/jws/validate"), ("PUT", "/jws/validate")])
def test_every_other_outer_path_is_forbidden(tenant: LocalTenant, method: str, path: str) -> None:
    answer = requests.request(method, tenant.url + path, data="x", headers={"Connection": "close"}, timeout=10)
    assert answer.status_code == 403
    assert "nginx" in answer.text


def test_a_query_string_that_is_too_long(caller: Any, callers: Any, clock: ManualClock) -> None:
    answer = caller.call("GET", DEVICES, f"deviceName={'x' * 16384}")
    assert answer.status_code == 414
    assert "414 Request-URI Too Large" in answer.text
    with LocalTenant(devices=1, clock=clock, options=Options(max_query_length=20)) as tenant:
        caller = callers(tenant, tenant.tokens.create_symmetric())
        assert caller.call("GET", DEVICES, "x" * 20).status_code == 200
        assert caller.call("GET", DEVICES, "x" * 21).status_code == 414


def test_the_date_is_the_tenants(tenant: LocalTenant, caller: Any, clock: ManualClock) -> None:
    clock.advance(86400)
    now = clock.now().replace(microsecond=0)
    elsewhere = requests.get(tenant.url, headers={"Connection": "close"}, timeout=10)
    for answer in (caller.get(DEVICES), caller.get("/nothing"), elsewhere):
        assert parsedate_to_datetime(answer.headers["Date"]) == now


def address(tenant: LocalTenant) -> tuple[str, int]:
    host, port = tenant.url.removeprefix("http://").split(":")
    return host, int(port)


def post(caller: Any) -> bytes:
    """A whole request, as it stands on the wire."""
    compact = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=1&select=esn"), {}).encode()
    return b"POST /jws/validate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(compact), compact)


def status(answers: BufferedReader) -> bytes:
    """Reads one answer off the connection; its first line."""
    lines = list(iter(answers.readline, b"\r\n"))
    (length,) = [int(line.partition(b":")[2]) for line in lines if line.lower().startswith(b"content-length:")]
    answers.read(length)
    return lines[0]


def test_connections_stay_open(tenant: LocalTenant, caller: Any) -> None:
    with socket.create_connection(address(tenant), timeout=10) as connection, connection.makefile("rb") as answers:
        for _ in range(3):
            connection.sendall(post(caller))
            assert status(answers) == b"HTTP/1.1 200 OK\r\n"


def test_stopping_is_fast_and_closes_connections(callers: Any, clock: ManualClock) -> None:
    started = time.perf_counter()
    tenant = LocalTenant(devices=60, clock=clock)
    tenant.start()
    assert time.perf_counter() - started < 0.5
    caller = callers(tenant, tenant.tokens.create_symmetric())
    assert caller.get(DEVICES).status_code == 200
    url = tenant.url
    started = time.perf_counter()
    tenant.stop()
    assert time.perf_counter() - started < 0.5
    with pytest.raises(requests.ConnectionError):
        caller.session.post(f"{url}/jws/validate", data="x", timeout=5)
    with pytest.raises(RuntimeError):
        _ = tenant.url


def test_a_running_clock_freezes_by_itself(callers: Any) -> None:
    with LocalTenant(devices=3, clock=RunningClock(speed=10_000), rate_limit=None) as tenant:
        caller = callers(tenant, tenant.tokens.create_symmetric())
        body = {
            "deviceUids": [tenant.devices[0]["deviceUid"]],
            "requestTitle": "t",
            "freezeDefinition": {"deviceFreezeType": "OnDemand"},
            "passcodeDefinition": {"option": "RandomForAll"},
            "message": "m",
            "messageName": "n",
        }
        assert caller.call("POST", "/actions/requests/freeze", body=body).status_code == 200
        tenant.clock.advance(1200)
        deadline = time.monotonic() + 5
        while "deviceFreezeStatus" not in tenant.devices[0] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert tenant.devices[0]["deviceFreezeStatus"]["statusCode"] == "FRZN"


# Bodies ---------------------------------------------------------------------------------------------------------------


def sent(tenant: LocalTenant, request: bytes) -> bytes:
    """The first line of the answer."""
    with socket.create_connection(address(tenant), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.readline()


def chunked(parts: list[bytes], extension: bytes = b"", trailer: bytes = b"") -> bytes:
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)
    return b"POST /jws/validate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailer + b"\r\n"


def test_chunked_bodies_are_read(caller: Any, tenant: LocalTenant) -> None:
    compact = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=1"), {}).encode()
    for parts in ([compact], [compact[:1], compact[1:100], compact[100:]], [bytes([byte]) for byte in compact]):
        assert sent(tenant, chunked(parts)) == b"HTTP/1.1 200 OK\r\n"
    assert sent(tenant, chunked([compact], b' ; name="value"', b"X-Trailer: 1\r\nX-Other: 2\r\n")) == b"HTTP/1.1 200 OK\r\n"
    streamed = requests.post(
        f"{tenant.url}/jws/validate", data=iter([compact[:50], compact[50:]]), headers={"Connection": "close"}, timeout=10
    )
    assert streamed.status_code == 200


def test_the_connection_goes_on_after_a_chunked_body(caller: Any, tenant: LocalTenant) -> None:
    with socket.create_connection(address(tenant), timeout=10) as connection, connection.makefile("rb") as answers:
        for _ in range(2):
            compact = caller.sign(caller.header("GET", "/v3/reporting/devices", "pageSize=1&select=esn"), {}).encode()
            connection.sendall(chunked([compact], trailer=b"X: 1\r\n"))
            assert status(answers) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked", b"1\r\nx\r\n0\r\n\r\n", 400),
        (b"Content-Length: 1\r\nContent-Length: 1", b"x", 400),
        (b"Content-Length: -1", b"", 400),
        (b"Content-Length: x", b"", 400),
        (b"Content-Length: 5", b"1234", 400),
        (b"Content-Length: 10485761", b"", 413),
        (b"Content-Length: 99999999999999999999999", b"", 400),
        (b"Transfer-Encoding: gzip", b"", 501),
        (b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n", 501),
        (b"Transfer-Encoding: chunked", b"", 400),
        (b"Transfer-Encoding: chunked", b"x\r\n", 400),
        (b"Transfer-Encoding: chunked", b"-1\r\n", 400),
        (b"Transfer-Encoding: chunked", b"1\r\nxy\r\n0\r\n\r\n", 400),
        (b"Transfer-Encoding: chunked", b"2\r\nx", 400),
        (b"Transfer-Encoding: chunked", b"1\r\nx\r\n0\r\n", 400),
        (b"Transfer-Encoding: chunked", b"a00001\r\n", 413),
        (b"Transfer-Encoding: chunked", b"0\r\n" + 200 * b"X: 1\r\n" + b"\r\n", 400),
    ],
)
def test_bodies_that_cannot_be_read_end_the_connection(tenant: LocalTenant, head: bytes, body: bytes, status: int) -> None:
    assert sent(tenant, b"POST /jws/validate HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n%s" % (head, body)).startswith(
        b"HTTP/1.1 %d " % status
    )
    assert tenant.requests == []


# Latency --------------------------------------------------------------------------------------------------------------


def test_calls_wait_side_by_side(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=1, clock=clock, rate_limit=None, latency=0.2) as tenant:
        token = tenant.tokens.create_symmetric()

        def seconds(caller: Any) -> float:
            started = time.monotonic()
            assert caller.get(DEVICES).status_code == 200
            return time.monotonic() - started

        with ThreadPoolExecutor(10) as pool:
            started = time.monotonic()
            each = list(pool.map(seconds, [callers(tenant, token) for _ in range(10)]))
        assert min(each) >= 0.2
        assert time.monotonic() - started < 1, "2 s one after the other"


# The rate limit -------------------------------------------------------------------------------------------------------


def test_more_than_twenty_calls_a_second_are_refused(callers: Any, clock: ManualClock) -> None:
    with LocalTenant(devices=1, clock=clock, rate_limit=20) as tenant:
        # The limit is the account's, whatever token is used.
        first, second = (callers(tenant, tenant.tokens.create_symmetric()) for _ in range(2))
        answers = [caller.get(DEVICES, select="esn") for _ in range(11) for caller in (first, second)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) == 2
        assert refused[0].headers["Retry-After"] == "1"
        assert refused[0].json() == {"code": "RATE_LIMITED", "message": "rate-limited", "details": []}


def wait(process: faults_module.Process) -> HttpAnswer:
    time.sleep(0.2)
    return process()


def test_what_counts_is_when_a_call_came_in(callers: Any, clock: ManualClock) -> None:
    """And not when its turn to be processed comes."""
    with LocalTenant(devices=1, clock=clock, rate_limit=20) as tenant:
        tenant.faults.add(Fault(wait))
        caller, sent = callers(tenant, tenant.tokens.create_symmetric()), time.time()
        assert caller.get(DEVICES).status_code == 200
        (call,) = tenant.requests
        assert sent <= call.received
        assert tenant._rate_limit._accepted == [call.received]


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not say when something came in")
def test_a_call_that_is_not_read_yet_has_come_in(tenant: LocalTenant, caller: Any) -> None:
    """It is sent while the one before on the same connection is being processed."""
    tenant.faults.add(Fault(wait, times=1))
    with socket.create_connection(address(tenant), timeout=10) as connection, connection.makefile("rb") as answers:
        connection.sendall(post(caller))
        time.sleep(0.05)
        sent = time.time()
        connection.sendall(post(caller))
        for _ in range(2):
            assert status(answers) == b"HTTP/1.1 200 OK\r\n"
    assert sent <= tenant.requests[1].received < sent + 0.1


arrivals = st.lists(st.floats(0, 4), max_size=60)


@given(arrivals, st.integers(1, 5))
def test_no_second_has_more_calls_than_the_limit(moments: list[float], limit: int) -> None:
    """In whatever order they are asked for; none is refused without need."""
    rate_limit, admitted = RateLimit(limit), list[float]()

    def fullest(calls: list[float]) -> int:
        return max(sum(first - 1.0 < call <= first for call in calls) for first in calls)

    for moment in moments:
        admits = rate_limit.admits(moment)
        assert admits is (fullest([*admitted, moment]) <= limit)
        if admits:
            admitted.append(moment)


def test_an_old_call_is_weighed_against_the_latest_ones() -> None:
    rate_limit = RateLimit(1)
    assert all(rate_limit.admits(float(second)) for second in range(100))
    assert not rate_limit.admits(95.5)


def test_no_limit() -> None:
    assert all(RateLimit(None).admits(0) for _ in range(100))


# Faults ---------------------------------------------------------------------------------------------------------------

MESSAGE = {"name": "n", "content": "c"}


def create_message(caller: Any) -> Any:
    return caller.call("POST", "/actions/freeze/messages", body=MESSAGE)


def test_status_fault(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.status(503, retry_after=2), times=1))
    answer = create_message(caller)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json() == {"code": "SERVICE_UNAVAILABLE", "message": "service temporarily unavailable", "details": []}
    assert not tenant.freeze.messages
    assert create_message(caller).status_code == 200
    assert [record.status for record in tenant.requests] == [503, 200]


def test_status_fault_with_its_own_body(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.status(409)))
    tenant.faults.add(Fault(faults_module.status(500, body={"code": "X"}), when="GET /v3/"))
    assert (caller.get(DEVICES).status_code, caller.get(DEVICES).json()["code"]) == (409, "CONFLICT")
    tenant.faults.clear()
    tenant.faults.add(Fault(faults_module.status(500, body={"code": "X"})))
    assert caller.get(DEVICES).json() == {"code": "X"}


def test_html_and_empty_faults(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.html(403), when=f"GET /v3{DEVICES}", times=1))
    tenant.faults.add(Fault(faults_module.empty_body(), when=f"GET /v3{DEVICES}", times=1))
    assert "403 Forbidden" in caller.get(DEVICES).text
    empty = caller.get(DEVICES)
    assert (empty.status_code, empty.content) == (200, b"")


def test_truncated_json_is_half_the_answer_of_a_processed_call(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.truncated_json(), times=1))
    answer = create_message(caller)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(tenant.freeze.messages) == 1


@pytest.mark.parametrize(("action", "processed"), [(faults_module.reset_before(), 0), (faults_module.reset_after(), 1)])
def test_resets_are_real(tenant: LocalTenant, caller: Any, action: Any, processed: int) -> None:
    tenant.faults.add(Fault(action, when="POST /v3/actions/freeze/messages", times=1))
    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        create_message(caller)
    assert len(tenant.freeze.messages) == processed
    assert [record.status for record in tenant.requests] == [None]
    assert create_message(caller).status_code == 200


def test_stall(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.stall(0.15), times=1))
    started = time.monotonic()
    assert caller.get(DEVICES).status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_stalled_call_does_not_hold_up_others(tenant: LocalTenant, caller: Any, callers: Any) -> None:
    tenant.faults.add(Fault(faults_module.stall(0.5), times=1))
    compact = caller.sign(caller.header("GET", "/v3/reporting/devices", ""), {})
    with pytest.raises(requests.Timeout):
        requests.post(f"{tenant.url}/jws/validate", data=compact, timeout=0.1)
    started = time.monotonic()
    assert callers(tenant, caller.token).get(DEVICES).status_code == 200
    assert time.monotonic() - started < 0.3


def test_date_skew_changes_the_date_header_only(tenant: LocalTenant, caller: Any, clock: ManualClock) -> None:
    tenant.faults.add(Fault(faults_module.date_skew(-600)))
    answer = caller.get(DEVICES)
    assert answer.status_code == 200
    assert parsedate_to_datetime(answer.headers["Date"]) == clock.now().replace(microsecond=0) - timedelta(minutes=10)


def test_unauthorized_once(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.unauthorized_once()))
    assert [caller.get(DEVICES).status_code for _ in range(3)] == [401, 200, 200]


def pages(caller: Any, **params: str) -> list[dict[str, Any]]:
    """The answers to a first and a second page of one device each."""
    first = caller.get(DEVICES, pageSize="1", **params)
    cursor = first.json()["metadata"]["pagination"]["nextPage"]
    return [first.json(), caller.get(DEVICES, pageSize="1", **params, nextPage=cursor).json()]


def test_expired_cursor(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.expired_cursor(), times=2))
    first, second = pages(caller)
    assert len(first["data"]) == 1
    assert (second["code"], second["details"][0]["field"]) == ("INVALID_REQUEST", "nextPage")


def test_repeated_cursor(tenant: LocalTenant, caller: Any) -> None:
    usual = pages(caller)
    tenant.faults.add(Fault(faults_module.repeated_cursor()))
    first, second = pages(caller)
    assert [first["data"], second["data"]] == [page["data"] for page in usual]
    cursors = [page["metadata"]["pagination"]["nextPage"] for page in (first, second)]
    assert cursors[0] == cursors[1]
    last = caller.get(DEVICES, pageSize="500").json()
    assert last["metadata"] == {}


def test_pages_twice_or_not_at_all(tenant: LocalTenant, caller: Any) -> None:
    (row,) = caller.devices(pageSize="1")
    tenant.faults.add(Fault(faults_module.duplicated_page(), times=1))
    assert caller.devices(pageSize="1") == [row, row]
    tenant.faults.add(Fault(faults_module.missing_page(), times=1))
    missing = caller.get(DEVICES, pageSize="1").json()
    assert (missing["data"], bool(missing["metadata"]["pagination"]["nextPage"])) == ([], True)
    assert caller.devices(pageSize="1") == [row]
    tenant.faults.add(Fault(faults_module.missing_page()))
    assert caller.get(DEVICES, pageSize="0").status_code == 400, "an error stays one"


@pytest.mark.parametrize(("code", "wanted"), [(502, None), (407, 'Basic realm="proxy.example.com"')])
def test_proxy_failure(tenant: LocalTenant, caller: Any, code: int, wanted: str | None) -> None:
    tenant.faults.add(Fault(faults_module.proxy_failure(code)))
    answer = create_message(caller)
    assert (answer.status_code, answer.headers.get("Proxy-Authenticate")) == (code, wanted)
    assert "nginx" not in answer.text
    assert not tenant.freeze.messages


def test_retry_after_as_a_date(tenant: LocalTenant, caller: Any, clock: ManualClock) -> None:
    clock.advance(86400)
    tenant.faults.add(Fault(faults_module.status(503, retry_after=clock.now() + timedelta(seconds=7))))
    headers = caller.get(DEVICES).headers
    wait = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
    assert wait == timedelta(seconds=7)


def test_faults_together(tenant: LocalTenant, caller: Any, clock: ManualClock) -> None:
    together = faults_module.together(faults_module.date_skew(60), faults_module.stall(0.05), faults_module.duplicated_page())
    tenant.faults.add(Fault(together))
    started = time.monotonic()
    answer = caller.get(DEVICES, pageSize="1")
    assert time.monotonic() - started >= 0.05
    assert len(answer.json()["data"]) == 2
    skew = parsedate_to_datetime(answer.headers["Date"]) - clock.now()
    assert timedelta(seconds=59) <= skew <= timedelta(seconds=60)


def test_answers_can_be_changed(tenant: LocalTenant, caller: Any) -> None:
    def repeat(answer: Any) -> Any:
        return faults_module.replace(answer, body=b'{"data":[],"metadata":{"pagination":{"nextPage":"same="}}}')

    tenant.faults.add(Fault(faults_module.changed(repeat)))
    assert caller.get(DEVICES).json()["metadata"]["pagination"]["nextPage"] == "same="


def test_a_condition_can_be_a_function_of_the_call(tenant: LocalTenant, caller: Any) -> None:
    seen: list[Any] = []

    def second_page(method: str, path: str, query: str, body: Any) -> bool:
        seen.append((method, path, query, body))
        return "nextPage=" in query

    fault = tenant.faults.add(Fault(faults_module.status(500), when=second_page))
    assert caller.get(DEVICES, pageSize="1").status_code == 200
    assert caller.get(DEVICES, nextPage="x").status_code == 500
    assert seen[0] == ("GET", "/v3/reporting/devices", "pageSize=1", {})
    assert fault.hits == 1


def test_the_first_matching_fault_happens(tenant: LocalTenant, caller: Any) -> None:
    tenant.faults.add(Fault(faults_module.status(500), when="POST /v3", times=1))
    tenant.faults.add(Fault(faults_module.status(503), when="/v3/reporting", times=1))
    tenant.faults.add(Fault(faults_module.status(502), times=1))
    assert [caller.get(DEVICES).status_code for _ in range(3)] == [503, 502, 200]


# HTML of messages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("plain & simple", "plain & simple"),
        ("<html><body>Call <b>555-0100</b>.<br/></body></html>", "<html><body>Call <b>555-0100</b>.<br></body></html>"),
        ('<a href="https://example.com/?a=1&amp;b=2">IT</a>', '<a href="https://example.com/?a=1&amp;b=2">IT</a>'),
        ("a<script>alert('x')</script>b", "ab"),
        ("<SCRIPT src=//x></SCRIPT >c", "c"),
        ("<img src=x onerror=alert(1)>", "<img>"),
        ('<p onclick="x()" class="k">t</p>', '<p class="k">t</p>'),
        ('<a href="java&#115;cript:x()">t</a>', "<a>t</a>"),
        ("<iframe src='https://example.com'>x</iframe>y", "y"),
        ("<form><input>name</form>", "name"),
        ("5 &lt; 6 &#228;", "5 &lt; 6 &#228;"),
    ],
)
def test_sanitize(html: str, safe: str) -> None:
    assert sanitize(html) == safe


@given(st.text(alphabet="<>/script onload='\"=&;ab", max_size=60))
def test_sanitized_html_stays_as_it_is_and_has_no_script(html: str) -> None:
    safe = sanitize(html)
    assert sanitize(safe) == safe
    assert "<script" not in safe.lower()


def test_plain_text() -> None:
    assert plain_text("<p>Locked&nbsp;by</p><p>IT &amp; co.<br>Call</p>") == "Locked by IT & co. Call"
