"""Servers that behave otherwise within what the vendor documents, or break it: nothing is claimed that was not seen."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from contract.commands import written_cases
from contract.fills import Fills
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, ManualClock, Permission, faults
from local_absolute.http_answer import HttpAnswer
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
FREEZE = "POST /v3/actions/requests/freeze"
REPORT = "GET /v3/reporting/devices"
ROWS = "GET /v3/actions/freeze/requests"


def freeze(room: WarRoom, **args: str) -> CommandRun:
    texts = {"request_name": "IR-1", "message_name": "m", "html_message": "h"}
    return room.execute("absolute-device-freeze-request", {"device_names": "LAB-0001", **texts, **args})


def answering(change: Callable[[Any], Any]) -> faults.Action:
    """Answers with what `change` makes of the JSON."""
    return faults.changed(lambda answer: replace(answer, body=json.dumps(change(json.loads(answer.body))).encode()))


def instead(body: bytes, status: int = 200) -> faults.Action:
    """Answers this without processing."""
    return lambda process: HttpAnswer(status, body)


def upper_uids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: inner.upper() if name == "deviceUid" else upper_uids(inner) for name, inner in value.items()}
    return [upper_uids(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("where", [[REPORT], [ROWS], [REPORT, ROWS]], ids=["report", "request", "both"])
def test_uids_in_another_case(where: list[str], war_room: WarRoom, tenant: LocalTenant) -> None:
    for prefix in where:
        tenant.faults.add(Fault(when=prefix, action=answering(upper_uids)))
    freeze(war_room, polling="true")
    assert war_room.context.get("Absolute.FreezeRequest.Devices.Verdict") == "frozen"
    war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true")
    assert war_room.context.get("Absolute.RemoveFreeze.Verdict") == "unfrozen"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>proxy</html>",
        b'{"code": "INTERNAL_SERVER_ERROR", "message": "sorry"}',
        b'{"code": "INTERNAL_SERVER_ERROR", "message": "sorry", "data": null}',
        b'{"code": "NOT_AUTHORIZED", "message": "no", "data": [], "metadata": {}}',
        b'{"error": "upstream"}',
    ],
)
def test_a_200_that_is_no_success(body: bytes, war_room: WarRoom, tenant: LocalTenant) -> None:
    war_room.run("!absolute-device-freeze-message-create message_name=m html_message=h")
    message_uid = war_room.context.get("Absolute.FreezeMessage.ID")
    tenant.faults.add(Fault(action=instead(body)))
    assert "ok" not in war_room.test()[:3]
    for line in (
        "!absolute-device-get device_names=LAB-0001",
        f"!absolute-device-freeze-message-delete message_id={message_uid}",
        f"!absolute-device-freeze-message-update message_id={message_uid} message_name=n html_message=h",
        "!absolute-device-freeze-message-list",
    ):
        assert war_room.run(line).error, line
    assert message_uid in tenant.freeze.messages
    removal = war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001")
    assert removal.error, "devices cannot be read"


@pytest.mark.parametrize("body", [b'{"code": "X", "data": null}', b'{"error": "upstream"}', b"[]", b'"ok"'])
def test_what_answers_a_change_that_has_no_answer(body: bytes, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="POST /v3/actions/freeze/remove-freeze", action=instead(body)))
    assert "It is unknown whether" in war_room.run("!absolute-device-remove-freeze-request device_names=LAB-0001").error


@pytest.mark.parametrize(
    "body",
    [b'{"data": {"requestUid": null}}', b'{"data": {"requestUid": {"a": 1}}}', b'{"data": null}', b'{"data": {}}', b"[]"],
)
def test_an_accepted_freeze_without_a_uid(body: bytes, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=FREEZE, action=faults.changed(lambda answer: replace(answer, body=body))))
    run = freeze(war_room)
    assert "may be this one, or somebody else's" in run.error
    assert len(tenant.calls(FREEZE)) == 1
    assert "None" not in json.dumps(war_room.context.data)


@pytest.mark.parametrize("status", [524, 520, 507, 408])
def test_any_server_error_leaves_a_write_uncertain(status: int, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=FREEZE, action=faults.changed(lambda answer: HttpAnswer(status, b"<html>"))))
    assert "may be this one, or somebody else's" in freeze(war_room).error
    assert len(tenant.calls(FREEZE)) == 1


def test_a_403_of_the_edge_is_no_missing_permission(war_room: WarRoom, tenant: LocalTenant) -> None:
    device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    tenant.faults.add(Fault(when=REPORT, action=faults.html(403)))
    run = war_room.run(f"!absolute-device-freeze-request device_ids={device_uid} request_name=x message_name=m html_message=h")
    assert run.error, "an unchecked device is frozen only when the API itself says that the token may not read"
    assert tenant.calls(FREEZE) == []


def test_a_403_of_the_edge_does_not_end_the_wait(war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
    call = tenant.agents.next_check_in(tenant.devices.by_name("LAB-0001")["deviceUid"])
    assert call
    clock.advance((call - clock.now()).total_seconds())  # so that its next one is not before the first look
    tenant.faults.add(Fault(when=ROWS, times=4, action=faults.html(403)))
    assert freeze(war_room, polling="true").polls > 1
    assert war_room.context.get("Absolute.FreezeRequest.Devices.Verdict") == "frozen"


def test_an_earlier_freeze_is_not_taken_for_this_one(war_room: WarRoom, tenant: LocalTenant) -> None:
    freeze(war_room)

    def earlier(answer: Any) -> Any:
        for row in answer["data"]:
            for entry in row.get("deviceFreezeActionStatus", {}).get("statuses", []):
                entry["status"]["updatedDateTimeUtc"] = "2026-01-05T08:00:00.000Z"
        return answer

    tenant.faults.add(Fault(when=REPORT, action=answering(earlier)))
    tenant.faults.add(Fault(when=FREEZE, action=faults.reset_before()))
    assert "None of the 1 devices shows a new freeze" in freeze(war_room, passcode_type="UserDefined", passcode="2718").error


def test_sixty_passcodes_are_all_shown(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    names = [tenant.devices.add(deviceName=f"PC-{index:02}", agentStatus="A")["deviceName"] for index in range(60)]
    room = make_war_room(max_devices_per_action="60")
    freeze(room, device_names=",".join(names))
    request_uid = room.context.get("Absolute.FreezeRequest.RequestUID")
    shown = room.run(f"!absolute-device-freeze-passcode-get request_uid={request_uid}").markdown
    assert all(name in shown for name in names)
    assert "the context holds" not in shown
    assert "PC-59" in freeze(room, device_names=",".join(names), dry_run="true").markdown


def test_passcodes_without_names(war_room: WarRoom, tenant: LocalTenant) -> None:
    freeze(war_room, passcode_type="UserDefined", passcode="27182818")
    tenant.faults.add(Fault(when=REPORT, action=faults.status(400)))
    request_uid = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    assert "27182818" in war_room.run(f"!absolute-device-freeze-passcode-get request_uid={request_uid}").markdown
    assert "could not be read" in war_room.run(f"!absolute-device-freeze-request-get request_uid={request_uid}").markdown


def test_an_answer_that_repeats_the_passcode(war_room: WarRoom, tenant: LocalTenant) -> None:
    body = {"code": "INVALID_REQUEST", "message": "value '27182818' is too simple", "details": 5}
    tenant.faults.add(Fault(when=FREEZE, action=faults.status(400, body=body)))
    run = freeze(war_room, passcode_type="UserDefined", passcode="27182818")
    assert "is too simple" in run.error
    assert "27182818" not in run.error


@pytest.mark.parametrize(
    "change",
    [
        {"statuses": 5, "configuration": None, "actionStatus": "Failed"},
        {"statuses": [None, 7], "configuration": [1], "actionStatus": None},
    ],
)
def test_misshapen_rows_lose_nothing(change: dict, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=ROWS, action=answering(lambda answer: {"data": [row | change for row in answer["data"]]})))
    freeze(war_room)  # an error where every device failed, and the context all the same
    assert war_room.context.get("Absolute.FreezeRequest.RequestUID") in tenant.freeze.requests
    request_uid = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    assert war_room.run(f"!absolute-device-freeze-request-get request_uid={request_uid}").ok
    assert war_room.run(f"!absolute-device-freeze-passcode-get request_uid={request_uid}").ok


def test_misshapen_devices_are_no_traceback(war_room: WarRoom, tenant: LocalTenant) -> None:
    odd = {
        "networkAdapters": [None, 3],
        "geoData": {"location": 5},
        "deviceFreezeActionStatus": {"statuses": [None]},
        "deviceFreezeStatus": 3,
    }
    tenant.faults.add(Fault(when=REPORT, action=answering(lambda answer: {"data": [row | odd for row in answer["data"]]})))
    for command in (
        "absolute-device-get",
        "absolute-device-location-get",
        "absolute-device-freeze-passcode-get",
        "absolute-device-list",
    ):
        assert war_room.run(f"!{command} device_names=LAB-0001").ok, command
    assert war_room.run("!endpoint hostname=LAB-0001").ok


def test_refusals_in_the_form_of_the_old_api(war_room: WarRoom, tenant: LocalTenant) -> None:
    device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    refusal = {"message": "not eligible", "messageKey": "x", "detail": {"deviceUids": [device_uid]}}
    tenant.faults.add(Fault(when=FREEZE, action=answering(lambda answer: {"data": {**answer["data"], "errors": [refusal]}})))
    assert "not eligible" in freeze(war_room, polling="true").error
    assert war_room.context.get("Absolute.FreezeRequest.Errors.detail.deviceUids") == device_uid
    assert war_room.context.get("Absolute.FreezeRequest.Errors.message") == "not eligible"
    assert war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == []


def test_utf_8_whatever_the_header_says(war_room: WarRoom, tenant: LocalTenant) -> None:
    wanted = tenant.devices.add(deviceName="Müller-9")["deviceUid"]

    def plain(answer: HttpAnswer) -> HttpAnswer:
        text = json.dumps(json.loads(answer.body), ensure_ascii=False)
        return replace(answer, body=b"\xef\xbb\xbf" + text.encode(), headers={**answer.headers, "Content-Type": "text/plain"})

    tenant.faults.add(Fault(action=faults.changed(plain)))
    war_room.run("!absolute-device-get device_names=Müller-9")
    assert war_room.context.get("Absolute.Device.Id") == wanted


def test_empty_pages_without_end(war_room: WarRoom, tenant: LocalTenant) -> None:
    cursors = iter(range(1000))
    endless = faults.changed(
        lambda answer: replace(
            answer,
            body=json.dumps({"data": [], "metadata": {"pagination": {"nextPage": f"c{next(cursors)}"}}}).encode(),
            status=200,
        )
    )
    tenant.faults.add(Fault(when=REPORT, action=endless))
    assert "empty pages in a row" in war_room.run("!absolute-device-list").error
    assert len(tenant.requests) < 20


class TestLostAnswersAboutMessages:
    """What became of a freeze message is read back; only what was seen before can be gone."""

    @pytest.fixture
    def message_uid(self, war_room: WarRoom) -> str:
        war_room.run("!absolute-device-freeze-message-create message_name=m html_message=h")
        return str(war_room.context.get("Absolute.FreezeMessage.ID"))

    @pytest.mark.parametrize("times", [1, None])
    def test_deleted(self, times: int | None, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="DELETE /v3/", times=times, action=faults.reset_after()))
        run = war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}")
        assert "is gone. The answer was lost; it was there before, and is not now" in run.markdown, run.error
        assert message_uid not in tenant.freeze.messages

    def test_not_deleted(self, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="DELETE /v3/", action=faults.reset_before()))
        run = war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}")
        assert "It is unknown whether the request to delete a freeze message was carried out" in run.error
        assert "still there so far. Look again with absolute-device-freeze-message-list" in run.error

    def test_never_seen(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="DELETE /v3/", action=faults.reset_after()))
        run = war_room.run("!absolute-device-freeze-message-delete message_id=0a0a0a0a-1111-4222-8333-000000000001")
        assert "was not seen before either, which proves nothing" in run.error

    def test_a_404_of_the_edge_is_no_proof(self, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        """Nor is an answer that cannot be read."""
        tenant.faults.add(Fault(when="DELETE /v3/", action=faults.reset_before()))
        tenant.faults.add(Fault(when=lambda *call: bool(tenant.calls("DELETE /v3/")), action=faults.html(404)))
        run = war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}")
        assert "The message could not be read either" in run.error

    def test_deleted_although_it_could_not_be_read_before(self, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="GET /v3/", action=faults.status(500)))
        assert war_room.run(f"!absolute-device-freeze-message-delete message_id={message_uid}").ok

    def test_changed(self, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="PUT /v3/", action=faults.reset_after()))
        run = war_room.run(f"!absolute-device-freeze-message-update message_id={message_uid} message_name=n html_message=i")
        assert "has the new content. The answer was lost; this was read back" in run.markdown

    @pytest.mark.parametrize("given", ["message_name=n html_message=h", "message_name=m html_message=i"])
    def test_not_changed(self, given: str, message_uid: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="PUT /v3/", action=faults.reset_before()))
        run = war_room.run(f"!absolute-device-freeze-message-update message_id={message_uid} {given}")
        assert "The message does not have them so far. Look again with" in run.error


def test_a_message_whose_fate_cannot_be_read(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when="POST /v3/actions/freeze/messages", action=faults.reset_after()))
    tenant.faults.add(
        Fault(when=lambda method, path, query, body: method == "GET" and bool(tenant.freeze.messages), action=faults.status(400))
    )
    run = war_room.run("!absolute-device-freeze-message-create message_name=m html_message=h")
    assert "It is unknown whether" in run.error
    assert "could not be read either" in run.error


def test_a_second_removal_that_fails_keeps_the_first(make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    uids = [tenant.devices.add(deviceName=f"MANY-{index:05}", agentStatus="A")["deviceUid"] for index in range(10_001)]
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
    second = Fault(
        when=lambda method, path, query, body: path.endswith("remove-freeze") and len(body["deviceUids"]) == 1,
        action=faults.status(400),
    )
    tenant.faults.add(second)
    room = make_war_room(credentials={"identifier": token.id, "password": token.secret}, max_devices_per_action="20000")
    run = room.execute("absolute-device-remove-freeze-request", {"device_ids": ",".join(uids)})
    assert "**Incomplete**: 10000 of 10001 devices" in run.markdown


@pytest.mark.parametrize("url", ["https://admin:hunter2@cc.absolute.com", "admin:hunter2@example.com"])
def test_a_password_in_the_url_is_not_repeated(url: str, make_war_room: MakeWarRoom) -> None:
    run = make_war_room(url=url).run("!absolute-device-list")
    assert "Server URL" in run.error
    assert "hunter2" not in json.dumps([run.error, run.logs])


def test_the_id_of_another_vendors_endpoint_is_not_found(war_room: WarRoom, tenant: LocalTenant) -> None:
    assert "Not found: id=agent-77" in war_room.run("!endpoint id=agent-77").markdown
    assert tenant.requests == []


def test_os_name_and_unknown_targets(war_room: WarRoom, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    war_room.execute("absolute-device-list", {"os_name": device["operatingSystem"]["name"], "device_names": "LAB-0001"})
    assert war_room.context.get("Absolute.Device.Id") == device["deviceUid"]
    assert "os_version" in war_room.run("!absolute-device-list os_version=*22631").error
    assert "Not found: device_names=NOSUCH" in war_room.run("!absolute-device-freeze-passcode-get device_names=NOSUCH").markdown


def test_a_request_that_is_listed_a_moment_later(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=ROWS, times=1, action=answering(lambda answer: {"data": [], "metadata": {}})))
    freeze(war_room)
    assert war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs") == [tenant.devices.by_name("LAB-0001")["deviceUid"]]


def answers_something(method: str, path: str, *_: Any) -> bool:
    """Not those calls whose success has no body."""
    return method == "GET" or not re.search("messages/|remove-freeze|cancel-actions|customfields/devices", path)


@pytest.mark.parametrize("body", [b'{"data": null, "metadata": {}}', b'{"data": {}}', b'{"data": ["x"]}', b"{}"])
def test_what_is_misshapen_is_not_nothing(body: bytes, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    """Whatever command reads it: each says that it could not read, and none that there is nothing, or that all is well."""
    fills, seen = Fills(tenant), set()
    for case in written_cases():
        if case.command in seen:
            continue
        seen.add(case.command)
        room, args = make_war_room(), fills.fill(case)
        room.execute(case.command, args)
        room.context.data.clear()
        fault = tenant.faults.add(Fault(when=answers_something, action=instead(body)))
        run = room.execute(case.command, args)
        tenant.faults.clear()
        said = run.error or run.markdown
        assert not re.search("No [a-z ]+ was found|Nothing was found|[Nn]ot found:|There are none|no device matches", said), case
        assert "Traceback" not in said
        if case.command == "absolute-token-permissions-get":
            rows = room.context.get("Absolute.TokenPermissions.Capabilities")
            assert "yes" not in {row["Allowed"] for row in rows if row["Permission"] != "none"}
        else:
            assert run.error or not fault.hits, f"{case}: {said}"
    tenant.faults.add(Fault(action=instead(body)))
    assert not make_war_room().test().startswith("ok")


@pytest.mark.parametrize(("first", "second"), [("Completed", "Pending"), ("Pending", "Completed"), ("Completed", "Failed")])
def test_two_rows_of_one_device(first: str, second: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    """What is not at its end counts, wherever it stands; and a failure before a success."""
    war_room.run(
        "!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=m html_message=h polling=true"
    )

    def doubled(answer: Any) -> Any:
        rows = [{**row, "actionStatus": status} for row in answer["data"] for status in (first, second)]
        return {**answer, "data": rows}

    tenant.faults.add(Fault(when=ROWS, action=answering(doubled)))
    war_room.run("!absolute-device-freeze-request-get request_uid=${Absolute.FreezeRequest.RequestUID}")
    freeze(war_room, request_name="IR-2")
    verdicts = war_room.context.get("Absolute.FreezeRequest.Devices.Verdict")
    assert verdicts[-1] == ("pending" if "Pending" in (first, second) else "failed")


@pytest.mark.parametrize("line", ["absolute-device-get", "absolute-device-location-get", "absolute-device-remove-freeze-request"])
def test_a_device_without_uid_is_not_left_out(line: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    def nameless(answer: Any) -> Any:
        return {**answer, "data": [{**row, "deviceUid": None} for row in answer["data"]]}

    tenant.faults.add(Fault(when=REPORT, action=answering(nameless)))
    run = war_room.run(f"!{line} device_names=LAB-0001")
    assert "does not say which device it is" in (run.error or run.markdown)
    assert "Not found" not in run.markdown
    assert tenant.calls("POST") == []


@pytest.mark.parametrize("rest", [b'{"data": {"x": 1}}', b'{"data": null}', b'{"data": ["x"]}', b"{}"])
def test_a_later_page_that_is_no_list_is_not_the_end(rest: bytes, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
    later = lambda method, path, query, body: "nextPage" in query  # noqa: E731
    tenant.faults.add(Fault(when=later, action=instead(rest)))
    room = make_war_room(allow_any_request=True)
    run = room.run('!absolute-api-request path=/v3/reporting/devices query="pageSize=20" all_results=true')
    assert "**Incomplete**: only the first 20 were read" in run.markdown


def test_an_empty_device_report_is_not_ok(war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(when=REPORT, action=instead(b'{"data": []}')))
    assert "the API token sees no device" in war_room.test()


def test_definitions_of_fields_beyond_the_first_page(war_room: WarRoom, tenant: LocalTenant) -> None:
    pages = iter(
        [
            b'{"data": [{"cdfUid": "1", "cdfFieldName": "first"}], "metadata": {"pagination": {"nextPage": "2"}}}',
            b'{"data": [{"cdfUid": "2", "cdfFieldName": "second"}]}',
        ]
    )
    tenant.faults.add(
        Fault(when="GET /v3/configurations/customfields/definitions", action=lambda process: HttpAnswer(200, next(pages)))
    )
    assert "second" in war_room.run("!absolute-custom-field-definition-list").markdown
