"""What a network, a proxy or the service does in the worst moment: reads recover or say why, a write happens at most once."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, faults
from local_absolute.http_answer import HttpAnswer, error_answer
from local_xsoar import CommandRun, WarRoom
from network.routes import Route, routed

MakeWarRoom = Callable[..., WarRoom]
GET = "!absolute-device-get device_names=LAB-0001"
DEVICES = "GET /v3/reporting/devices"
FREEZE = "POST /v3/actions/requests/freeze"
REMOVE = "POST /v3/actions/freeze/remove-freeze"
MESSAGES = "POST /v3/actions/freeze/messages"
UID = "0a0a0a0a-1111-4222-8333-000000000001"


def freeze(room: WarRoom) -> CommandRun:
    return room.run("!absolute-device-freeze-request device_names=LAB-0001 request_name=IR-1 message_name=m html_message=h")


class TestReads:
    @pytest.mark.parametrize(
        "action",
        [
            faults.status(429, retry_after=0),
            faults.status(500),
            faults.status(503, retry_after=0),
            faults.html(502, "Bad Gateway"),
            faults.truncated_json(),
            faults.empty_body(),
            faults.reset_before(),
            faults.reset_after(),
        ],
        ids=["429", "500", "503", "502 HTML", "half a JSON", "nothing", "reset", "reset after"],
    )
    def test_a_passing_fault_is_not_noticed(self, action: faults.Action, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=DEVICES, times=1, action=action))
        run = war_room.run(GET)
        assert run.ok, run.error
        assert war_room.context.get("Absolute.Device.DeviceName") == "LAB-0001"
        assert len(tenant.requests) == 2

    @pytest.mark.parametrize(
        ("action", "said"),
        [
            (faults.status(500), "The service has a problem. Try again later. Answer: 500 INTERNAL_SERVER_ERROR"),
            (faults.status(429, retry_after=3600), "20 requests per second was exceeded"),
            (faults.status(429, retry_after=3600), "asks to wait 3600 seconds"),
            (faults.html(503, "Service Unavailable"), "the answer (503) was not the API's"),
            (faults.truncated_json(), "cut off or is not JSON"),
            pytest.param(faults.empty_body(), "cut off or is not JSON", id="no body"),
            (faults.reset_before(), "broke before the answer was complete"),
            (faults.status(400), "The API did not accept the request. Answer: 400 INVALID_REQUEST (invalid request)"),
            (faults.html(302, "Found"), "the answer (302) was not the API's"),
        ],
    )
    def test_a_lasting_fault_is_said_in_words(
        self, action: faults.Action, said: str, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(action=action))
        run = make_war_room(timeout="5").run(GET)
        assert f"Could not read devices: {said}" in run.error or said in run.error
        assert "<html" not in run.error.lower()
        assert "Traceback" not in run.error

    def test_a_server_that_says_nothing(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(action=faults.stall(6)))
        assert "did not answer within 5 seconds" in make_war_room(timeout="5").run(GET).error

    def test_the_rate_limit_of_the_account_is_obeyed(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=DEVICES, times=2, action=faults.status(429, retry_after=1)))
        assert make_war_room().run(GET).ok
        first, second, third = [record.received for record in tenant.requests]
        assert second - first >= 1
        assert third - second >= 1

    def test_too_long_a_query_is_cut_in_two(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        serials = [tenant.devices.add(serialNumber=f"BULK{i:04}")["serialNumber"] for i in range(60)]
        tenant.faults.add(
            Fault(when=lambda method, path, query, body: len(query) > 1500, action=faults.html(414, "URI Too Large"))
        )
        war_room.execute("absolute-device-get", {"serial_numbers": ",".join(serials), "fields": "serialNumber"})
        assert len(war_room.context.get("Absolute.Device.Id")) == 60


class TestWrites:
    """Directly, and through both kinds of proxies, which end a connection as the tenant does."""

    @pytest.fixture(params=list(Route), ids=lambda route: route.name.lower())
    def make_war_room(
        self, request: pytest.FixtureRequest, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> Iterator[MakeWarRoom]:
        with routed(tenant.url, request.param) as way:
            yield lambda **params: make_war_room(**{**way, **params})

    @pytest.mark.parametrize("action", [faults.status(429, retry_after=0), faults.unauthorized_once()], ids=["429", "401"])
    def test_what_was_certainly_refused_is_sent_again(
        self, action: faults.Action, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=FREEZE, times=1, action=action))
        assert freeze(war_room).ok
        assert len(tenant.freeze.requests) == 1

    @pytest.mark.parametrize(
        "action",
        [
            faults.reset_after(),
            faults.close_after(),
            faults.truncated_json(),
            faults.changed(lambda answer: error_answer(500)),
        ],
        ids=["reset", "closed", "half a JSON", "500"],
    )
    def test_a_freeze_that_happened_unanswered_is_found_on_the_devices(
        self, action: faults.Action, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=FREEZE, action=action))
        run = freeze(war_room)
        assert len(tenant.calls(FREEZE)) == 1, "never twice"
        assert len(tenant.freeze.requests) == 1
        assert "It is unknown whether" in run.error
        assert "1 of 1 devices show a freeze of this type" in run.error
        assert "it may be this one, or somebody else's" in run.error
        assert "LAB-0001" in run.error

    @pytest.mark.parametrize(
        "action", [faults.reset_before(), faults.close_before(), faults.status(503)], ids=["reset", "closed", "503"]
    )
    def test_a_freeze_that_did_not_happen_is_not_repeated_blindly(
        self, action: faults.Action, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        tenant.faults.add(Fault(when=FREEZE, action=action))
        run = freeze(war_room)
        assert len(tenant.calls(FREEZE)) == 1
        assert len(tenant.freeze.requests) == 0
        assert "It is unknown whether" in run.error
        assert "None of the 1 devices shows a new freeze" in run.error

    def test_a_freeze_whose_trace_cannot_be_read(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=FREEZE, action=faults.reset_after()))
        tenant.faults.add(Fault(faults.status(400), lambda method, path, *_: "devices" in path and bool(tenant.calls(FREEZE))))
        assert "The devices could not be read either" in freeze(war_room).error

    @pytest.mark.parametrize("action", [faults.reset_after(), faults.status(500)], ids=["reset", "500"])
    def test_an_unanswered_unfreeze_is_not_repeated(self, action: faults.Action, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=REMOVE, action=action))
        run = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001")
        assert "It is unknown whether the request to unfreeze devices was carried out, and it was not sent again" in run.error
        assert len(tenant.calls(REMOVE)) == 1

    @pytest.mark.parametrize(
        ("command", "when", "look"),
        [
            ("absolute-device-remove-freeze-request device_names=LAB-0001", "POST", "absolute-device-get"),
            (f"absolute-wipe-request-cancel request_uid={UID} cancel_all_actions=true", "POST", "absolute-wipe-actions-list"),
            (
                f"absolute-message-request-cancel request_uid={UID} cancel_all_actions=true",
                "POST",
                "absolute-message-actions-list",
            ),
        ],
    )
    def test_an_empty_200_is_nobodys_answer(
        self, command: str, when: str, look: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        """The API answers these with 202 or 204; 200 without a body is a proxy's or a portal's."""
        tenant.faults.add(Fault(when=f"{when} /v3/actions", action=faults.empty_body()))
        run = war_room.run(f"!{command}")
        assert f"Look with {look}, then decide." in run.error
        assert "was empty, which is not the API's way" in run.error

    def test_a_redirect_to_nowhere(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        nowhere = HttpAnswer(302, headers={"Location": "http://[::1/"})
        tenant.faults.add(Fault(when=REMOVE, action=lambda process: nowhere))
        run = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001")
        assert "It is unknown whether the request to unfreeze devices was carried out" in run.error

    def test_a_message_that_was_created_unanswered_is_found(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MESSAGES, action=faults.reset_after()))
        run = war_room.run("!absolute-device-freeze-message-create message_name=lock html_message=h")
        assert run.ok, run.error
        assert len(tenant.calls(MESSAGES)) == 1
        assert war_room.context.get("Absolute.FreezeMessage.ID") in tenant.freeze.messages

    def test_a_message_that_was_not_created(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=MESSAGES, action=faults.status(500)))
        run = war_room.run("!absolute-device-freeze-message-create message_name=lock html_message=h")
        assert "The messages do not show it" in run.error
        assert len(tenant.calls(MESSAGES)) == 1

    def test_a_message_of_somebody_else_is_not_taken_for_it(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        """Of the same name, made in the same seconds, with another text."""

        def create_another(process: faults.Process) -> HttpAnswer:
            process()
            message = next(reversed(tenant.freeze.messages.values()))
            tenant.freeze.messages[message.uid] = replace(message, content="other")
            return error_answer(500)

        tenant.faults.add(Fault(when=MESSAGES, times=1, action=create_another))
        run = war_room.run("!absolute-device-freeze-message-create message_name=lock html_message=h")
        assert "The messages do not show it. New of this name" in run.error

    def test_a_freeze_whose_state_cannot_be_read_keeps_its_uid(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="GET /v3/actions/freeze/requests", action=faults.status(400)))
        run = freeze(war_room)
        assert run.ok, "the request was accepted: its UID must not be lost"
        assert war_room.context.get("Absolute.FreezeRequest.RequestUID") in tenant.freeze.requests
        assert "could not be read just now" in run.markdown
        assert war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == []

    def test_a_poll_that_fails_is_followed_by_the_next(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="GET /v3/actions/freeze/requests", times=2, action=faults.status(400)))
        run = war_room.run(
            "!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=m html_message=h polling=true"
        )
        assert run.ok
        assert war_room.context.get("Absolute.FreezeRequest.Devices.Verdict") == "frozen"

    def test_a_second_request_that_fails_keeps_the_first(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        uids = [tenant.devices.add(deviceName=f"MANY-{index:05}")["deviceUid"] for index in range(10_001)]
        tenant.faults.add(
            Fault(
                when=lambda method, path, query, body: f"{method} {path}" == FREEZE and len(body["deviceUids"]) == 1,
                action=faults.status(400),
            )
        )
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
        credentials = {"identifier": token.id, "password": token.secret}
        run = make_war_room(credentials=credentials, max_devices_per_action="20000").execute(
            "absolute-device-freeze-request",
            {"device_ids": ",".join(uids), "request_name": "IR-1", "message_name": "m", "html_message": "h"},
        )
        assert run.ok, run.error
        assert "**Incomplete**: 10000 of 10001 devices are requested; the next request failed" in run.markdown
        assert len(tenant.freeze.requests) == 1


class TestMetrics:
    """What the platform's widget "API call results" is fed with."""

    @pytest.mark.parametrize(
        ("action", "counted"),
        [
            (faults.status(429, retry_after=0), "QuotaError"),
            (faults.status(503, retry_after=0), "ServiceError"),
            (faults.html(403), "AuthError"),
            (faults.reset_before(), "ConnectionError"),
        ],
    )
    def test_each_attempt_is_counted(self, action: faults.Action, counted: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=DEVICES, times=1, action=action))
        run = war_room.run(GET)
        assert {metric["Type"]: metric["APICallsCount"] for metric in run.metrics} == {counted: 1, "Successful": 1}
        assert len(run.entries) == 1

    def test_a_failed_command_reports_too(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=DEVICES, action=faults.status(400)))
        run = war_room.run(GET)
        assert run.error
        assert [metric["Type"] for metric in run.metrics] == ["GeneralError"]

    def test_a_refused_argument_calls_nothing(self, war_room: WarRoom) -> None:
        assert war_room.run("!absolute-device-get device_ids=?").metrics == []

    def test_the_test_button_gets_one_result(self, war_room: WarRoom) -> None:
        run = war_room.execute("test-module")
        assert run.metrics == []
        assert len(run.entries) == 1
