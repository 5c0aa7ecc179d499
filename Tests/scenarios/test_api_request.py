"""Any operation of the API by absolute-api-request: what is let through, what it answers, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, Permission, faults
from local_absolute.http_answer import HttpAnswer, json_answer
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
COMMAND = "absolute-api-request"
GROUPS = "/v3/configurations/policy-groups"
NEW_READ, NEW_WRITE = "/v3/geolocation/fences", "/v3/actions/requests/quarantine"
ON = {"allow_any_request": True, "allow_any_change": True}

SECRETS = {
    "passcode": "11110001",
    "newPassword": "11110002",
    "clientSecret": ["11110003"],
    "apiKey": {"value": "11110004"},
    "extras": [{"key": "passcode", "extra": "11110005"}],
    "deep": [{"deviceFreezeStatus": {"passCode": 11110006, "displayPassCode": "11110007"}}],
    "configuration": {"passcodeClear": "11110008", "passcodeSalt": "11110009", "passcodeHashed": "11110010"},
    "macPwd": "11110011",
    "keyPem": "11110012",
    "password_2": "11110013",
    "pass_code": "11110016",
    "dataPoints": [{"fieldName": "BIOS admin password", "fieldDetail": {"value": "11110014"}}],
    "settings": json.dumps({"wifi": {"passphrase": "11110015", "ssid": "corp"}}),
}


@pytest.fixture
def room(make_war_room: MakeWarRoom) -> WarRoom:
    return make_war_room(**ON)


def ask(room: WarRoom, path: str = GROUPS, **args: Any) -> CommandRun:
    return room.execute(COMMAND, {"path": path, **args})


def write(room: WarRoom, body: Any, path: str = NEW_WRITE, **args: Any) -> CommandRun:
    return ask(room, path, method="POST", body=json.dumps(body), **args)


def answering(path: str, status: int, content: Any) -> Fault:
    """An operation of today, which nobody could write down yet."""
    return Fault(when=lambda method, asked, query, body: asked == path, action=lambda process: json_answer(status, content))


def raw(body: bytes) -> Fault:
    """Every operation answers so, with 200."""
    return Fault(action=lambda process: HttpAnswer(200, body))


def files_of(room: WarRoom) -> str:
    return "".join(file.path.read_text("utf-8") for file in room.investigation.files.values())


def writes(tenant: LocalTenant) -> list[str]:
    return [one.path for one in tenant.requests if one.method != "GET"]


class TestSwitches:
    def test_it_is_off(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "'Allow any API request (allow_any_request)' is not selected" in ask(war_room).error
        assert tenant.requests == []

    def test_a_change_needs_the_second_switch(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(allow_any_request=True)
        assert ask(room).ok
        seen = len(tenant.requests)
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        assert "(allow_any_change)' is not selected" in write(room, {"deviceUids": [device]}).error
        only_second = make_war_room(allow_any_change=True)
        assert "(allow_any_request)' is not selected" in write(only_second, {"deviceUids": [device]}).error
        assert len(tenant.requests) == seen

    def test_a_read_only_instance_reads(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(**ON, read_only=True)
        assert ask(room).ok
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        before = len(tenant.requests)
        for path in (NEW_WRITE, "/v3/actions/wipe/get-actions/all", "/v3/actions/new-kind/get-actions"):
            assert "read only" in write(room, {"deviceUids": [device]}, path).error
        assert len(tenant.requests) == before
        assert write(room, {"deviceUids": [device]}, "/v3/actions/wipe/get-actions").ok, "known to read by POST"
        assert write(room, {"deviceUids": [device]}, dry_run="true").ok


class TestReading:
    def test_entry_context_and_file(self, room: WarRoom, tenant: LocalTenant) -> None:
        run = ask(room, f"{tenant.url}{GROUPS}")
        assert run.ok, run.error
        assert '"name": "Laptops"' in run.markdown
        found = room.context.get("Absolute.ApiResponse")
        assert (found["Method"], found["Path"]) == ("GET", GROUPS)
        assert "Laptops" in [row["name"] for row in found["Data"]]
        assert room.context.get("InfoFile.Name") == "absolute-api-request-v3-configurations-policy-groups.json"

    def test_pages_on_demand(self, room: WarRoom, tenant: LocalTenant) -> None:
        query = "pageSize=20&select=deviceUid%2CdeviceName"
        one = ask(room, "/v3/reporting/devices", query=query)
        assert len(room.context.get("Absolute.ApiResponse.Data")) == 20
        assert room.context.get("Absolute.ApiResponse.NextPage")
        assert "all_results=true" in one.markdown
        before = len(tenant.calls("GET /v3/reporting/devices"))
        every = ask(room, "/v3/reporting/devices?pageSize=20", query="select=deviceUid%2CdeviceName", all_results="true")
        assert every.ok, every.error
        assert len(room.context.get("Absolute.ApiResponse.Data")) == len(tenant.devices.all())
        pages = -(-len(tenant.devices.all()) // 20)
        assert len(tenant.calls("GET /v3/reporting/devices")) - before == pages, "no page is asked for twice"

    def test_rows_that_come_twice_are_told_and_stay(self, room: WarRoom, tenant: LocalTenant) -> None:
        """Rows of few fields may be equal: which ones are the same thing only the API knows."""
        path, said = "/v3/reporting/devices", "Equal to another row: 3 of 6."
        tenant.faults.add(Fault(when=f"GET {path}", action=faults.duplicated_page()))
        run = ask(room, path, query="pageSize=3&select=deviceUid")
        assert said in run.markdown
        assert len(room.context.get("Absolute.ApiResponse.Data")) == 6
        tenant.faults.clear()
        run = ask(room, path, query="pageSize=500&select=agentStatus", all_results="true")
        assert "do not tell them apart" in run.markdown
        assert "Equal" not in ask(room, path, query="pageSize=3&select=deviceUid").markdown

    def test_a_walk_may_begin_in_the_middle(self, room: WarRoom, tenant: LocalTenant) -> None:
        path, few = "/v3/reporting/devices", "pageSize=20&select=deviceUid"
        ask(room, path, query=few)
        cursor = room.context.get("Absolute.ApiResponse.NextPage")
        room.context.data.clear()
        run = ask(room, path, query=f"{few}&nextPage={cursor}", all_results="true")
        assert run.ok, run.error
        assert len(room.context.get("Absolute.ApiResponse.Data")) == len(tenant.devices.all()) - 20
        assert all(one.query.count("nextPage=") <= 1 for one in tenant.requests)

    def test_a_cursor_that_comes_again(self, room: WarRoom, tenant: LocalTenant) -> None:
        path = "/v3/reporting/devices"
        tenant.faults.add(Fault(when=f"GET {path}", action=faults.repeated_cursor()))
        run = ask(room, path, query="pageSize=20&select=deviceUid", all_results="true")
        assert "**Incomplete**" in run.markdown
        assert "repeated a page cursor" in run.markdown

    def test_a_later_page_that_fails(self, room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=lambda method, path, query, body: "nextPage=" in query, action=faults.status(400)))
        run = ask(room, "/v3/reporting/devices", query="pageSize=20&select=deviceUid", all_results="true")
        assert "**Incomplete**: only the first 20 were read" in run.markdown

    @pytest.mark.parametrize(
        ("answer", "data"),
        [
            ({"data": []}, []),
            ({"data": {"name": "HQ"}}, {"name": "HQ"}),
            ({"name": "HQ", "radius": 5}, {"name": "HQ", "radius": 5}),
            ([{"name": "HQ"}], [{"name": "HQ"}]),
            ({"data": ["a", "b"], "metadata": {"pagination": {}}}, ["a", "b"]),
        ],
        ids=["empty", "object", "bare object", "bare list", "texts"],
    )
    def test_an_operation_of_today(self, answer: Any, data: Any, room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(NEW_READ, 200, answer))
        run = ask(room, NEW_READ, all_results="true")
        assert run.ok, run.error
        assert room.context.get("Absolute.ApiResponse.Data") == data

    @pytest.mark.parametrize("body", [b"<html>sign in</html>", b"", b"7", b'{"data": [', b'"text"', b"[]", b"{}"])
    def test_an_answer_that_is_none(self, body: bytes, room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(raw(body))
        said = "the answer (200) was not the API's" if body == b"{}" else "was cut off or is not JSON"
        assert said in ask(room).error

    def test_no_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=frozenset({Permission.VIEW_DEVICE_REPORTS}))
        room = make_war_room(**ON, credentials={"identifier": token.id, "password": token.secret})
        assert "lacks the permission" in ask(room).error
        assert "refused the path itself" in ask(room, NEW_READ).error

    def test_a_file(self, room: WarRoom, tenant: LocalTenant) -> None:
        script = next(iter(tenant.script_library.scripts))
        run = ask(room, f"/v3/actions/reach/scripts/{script}/content")
        assert run.ok, run.error
        assert str(room.context.get("InfoFile.Name")).endswith("content.zip")


class TestSecrets:
    def test_members_are_masked_everywhere(self, room: WarRoom, tenant: LocalTenant) -> None:
        for content in (SECRETS, {"data": SECRETS}, [SECRETS], {"data": [SECRETS]}):
            tenant.faults.clear()
            tenant.faults.add(answering(NEW_READ, 200, content))
            run = ask(room, NEW_READ)
            assert run.ok, run.error
            everything = json.dumps([run.entries, run.logs, room.context.data], default=str) + files_of(room)
            assert "1111" not in everything
            assert "passcodeClear" in everything
            assert "********" in everything

    def test_what_was_sent_is_masked_too(self, room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        body = {"deviceUids": [device], "rules": [{"newPassword": "Tr0ub4dor"}]}
        assert "Tr0ub4dor" not in write(room, body, dry_run="true").markdown
        said = {"code": "INVALID_REQUEST", "message": "Tr0ub4dor is too short", "details": []}
        tenant.faults.add(answering(NEW_WRITE, 400, said))
        assert "******** is too short" in write(room, body).error

    def test_in_a_query_too(self, room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(NEW_READ, 200, {"data": [{"echo": "you sent Tr0ub4dor"}]}))
        run = ask(room, NEW_READ, query="clientSecret=Tr0ub4dor&x=1")
        assert run.ok, run.error
        assert "Tr0ub4dor" not in json.dumps([run.entries, run.logs, room.context.data], default=str) + files_of(room)

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("/v3/actions/freeze/requests/c0ffee00-1111-4222-8333-444455556666", ""),
            ("/v3/Actions/Freeze/Requests/c0ffee00-1111-4222-8333-444455556666", ""),
            ("/v3/actions/freeze/requests", ""),
            ("/v3/actions/freeze/passcodes", ""),
            ("/v3/reporting/devices", "select=deviceUid%2CdeviceFreezeStatus.passCode"),
        ],
    )
    def test_passcodes_have_a_command_of_their_own(self, path: str, query: str, room: WarRoom, tenant: LocalTenant) -> None:
        assert "absolute-device-freeze-passcode-get" in ask(room, path, query=query).error
        assert tenant.requests == []


class TestHostAndPath:
    @pytest.mark.parametrize(
        "path",
        [
            "https://api.absolute.com/v3/reporting/devices",
            "//example.com/v3/reporting/devices",
            "ftp://127.0.0.1/v3/reporting/devices",
            "http://127.0.0.1:1/v3/reporting/devices",
            "/v2/reporting/devices",
            "/v3",
            "/v3/",
            "reporting/devices",
            "/v3/../v2/devices",
            "/v3/reporting/./devices",
            "/v3//reporting/devices",
            "/v3/reporting/devices/",
            "/v3/reporting/devices#x",
            "/v3/reporting/%64evices",
            "/v3/reporting/devices\r\nX: y",
            "/v3/reporting\\devices",
            "/v3/{0.__class__}",
            "",
            "http://[",
            "https://me:hush@api.absolute.com/v3/reporting/devices",
            "/v3/reporting%2fdevices",
            "/V3/reporting/devices",
            "/v3/reporting/devices;x=1",
        ],
    )
    def test_refused_before_anything_is_sent(self, path: str, room: WarRoom, tenant: LocalTenant) -> None:
        run = ask(room, path)
        assert not run.ok
        assert "path" in run.error
        assert tenant.requests == []

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            ({"method": "TRACE"}, "method"),
            ({"body": "{}"}, "GET takes none"),
            ({"method": "POST", "body": "{"}, "not a JSON object or list"),
            ({"method": "POST", "body": "7"}, "not a JSON object or list"),
            ({"query": "=x"}, "no name"),
        ],
    )
    def test_other_arguments(self, args: dict[str, str], said: str, room: WarRoom, tenant: LocalTenant) -> None:
        assert said in ask(room, **args).error
        assert tenant.requests == []


class TestChanging:
    def test_devices_of_body_and_path(self, room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        tenant.faults.add(answering(NEW_WRITE, 200, {"data": {"requestUid": "c0ffee00-1111-4222-8333-444455556666"}}))
        for body in (
            {"deviceUids": [device["deviceUid"].upper()]},
            {"data": {"targets": [{"serialNumber": device["serialNumber"]}]}},
        ):
            run = write(room, body)
            assert run.ok, run.error
            assert "c0ffee00" in run.markdown
        field = next(iter(tenant.custom_fields.definitions.values())).uid
        path = f"/v3/configurations/customfields/devices/{device['deviceUid']}"
        run = ask(room, path, method="PUT", body=json.dumps([{"cdfUid": field, "cdfFieldValue": "7"}]))
        assert run.ok, run.error
        assert "Accepted, without an answer." in run.markdown

    def test_uids_within_a_part_of_the_path(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        room = make_war_room(**ON, protected_devices=device)
        assert "protected" in ask(room, f"{NEW_WRITE}/device-{device}", method="POST").error
        assert writes(tenant) == []

    def test_an_operation_that_touches_no_device(self, room: WarRoom, tenant: LocalTenant) -> None:
        run = write(room, {"name": "lock", "content": "<p>x</p>"}, "/v3/actions/freeze/messages")
        assert run.ok, run.error
        assert "It touches no device." in run.markdown

    def test_the_devices_of_a_group(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        laptops = tenant.policy_groups[0]
        members = [one for one in tenant.devices.all() if one.get("policyGroupUid") == laptops.uid]
        small, large = make_war_room(**ON, max_devices_per_action="2"), make_war_room(**ON)
        path = f"/v3/configurations/policy-groups/{laptops.uid}/policies/c0ffee00-1111-4222-8333-444455556666/deactivate"
        assert f"{len(members)} devices are meant" in ask(small, path, method="PUT").error
        assert writes(tenant) == []
        run = ask(large, path, method="PUT", dry_run="true")
        assert f"Devices that would be meant: {len(members)}" in run.markdown
        group = tenant.device_groups[1]
        members = [one for one in tenant.devices.all() if group.uid in one["deviceGroupIds"]]
        assert f"meant: {len(members)}" in write(large, {"groupUid": group.uid}, dry_run="true").markdown

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "it names no device or group"),
            ({"mode": "Automatic"}, "it names no device or group"),
            ({"deviceUids": []}, "cannot be told of deviceUids"),
            ({"deviceUids": ["$device"], "allDevices": True}, "cannot be told of allDevices"),
            ({"deviceUids": ["$device"], "cancelAllActions": True}, "cannot be told of cancelAllActions"),
            ({"filter": "agentStatus eq 'A'"}, "cannot be told of filter"),
            ({"deviceUids": ["$device", "c0ffee00-1111-4222-8333-444455556666"]}, "neither one device nor a group"),
            (
                {"deviceUids": ["$device"], "actionUids": ["c0ffee00-1111-4222-8333-444455556666"]},
                "neither one device nor a group",
            ),
            ({"deviceUids": ["$device"], "more": "c0ffee00-1111-4222-8333-444455556666;x"}, "neither one device nor a group"),
            ({"deviceUids": ["$device"], "c0ffee00-1111-4222-8333-444455556666": 1}, "neither one device nor a group"),
            ({"deviceNames": ["LAB-0010"]}, "neither one device nor a group"),
            ({"serialNumbers": ["NOSUCH"]}, "neither one device nor a group"),
            ({"deviceUids": ["$device"], "deviceIds": [4711]}, "neither one device nor a group"),
            ({"deviceUids": ["$device"], "devices": {}}, "cannot be told of devices"),
            ({"deviceUids": ["$device"], "policyGroupUids": []}, "cannot be told of policyGroupUids"),
            ({"deviceUids": ["$device"], "policyGroupName": "Laptops"}, "neither one device nor a group"),
            ({"excludedDeviceUids": ["$device"]}, "cannot be told of excludedDeviceUids"),
            ({"devices_except": ["$device"]}, "cannot be told of devices_except"),
            ({"notDeviceUids": ["$device"]}, "cannot be told of notDeviceUids"),
            ({"deviceUids": ["$device"], "scope": "ALL_DEVICES"}, "cannot be told of scope"),
            ({"deviceUids": ["$device"], "target": "*"}, "cannot be told of target"),
            ({"deviceUids": ["$device"], "scope": "account"}, "cannot be told of scope"),
            ({"deviceUids": ["$device"], "usernames": ["CORP\\\\jdoe"]}, "cannot be told of usernames"),
            ({"deviceUids": ["$device"], "local_ip": "192.0.2.15"}, "cannot be told of local_ip"),
            ({"deviceUids": ["$device"], "macAddress": "00:00:5E:00:53:01"}, "cannot be told of macAddress"),
            ({"deviceUids": ["$device"], "hostname": "NOSUCH"}, "neither one device nor a group"),
            ({"deviceUids": ["$device"], "ALL": 1}, "cannot be told of ALL"),
            ({"deviceUids": ["$device"], "deviceNameStartsWith": "LAB"}, "cannot be told of deviceNameStartsWith"),
            ({"deviceUids": ["$device"], "serialNumberFrom": "SN000001"}, "cannot be told of serialNumberFrom"),
        ],
    )
    def test_devices_that_cannot_be_told(self, body: Any, said: str, room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = write(room, json.loads(json.dumps(body).replace("$device", device)))
        assert said in run.error
        assert "Nothing was sent" in run.error
        assert writes(tenant) == []

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PATCH", "/v3/configurations/agents/settings"),
            ("PATCH", "/v3/configurations/Agents/Settings"),
            ("POST", "/v3/configurations/custom-data-collector/configs"),
            ("DELETE", "/v3/configurations/custom-data-collector/configs/c0ffee00-1111-4222-8333-444455556666"),
            ("POST", "/v3/partners/validate-webservice/authblob"),
        ],
    )
    def test_a_device_beside_it_does_not_tell_the_devices_of_an_account(
        self, method: str, path: str, room: WarRoom, tenant: LocalTenant
    ) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = ask(room, path, method=method, body=json.dumps({"deviceUids": [device]}))
        assert "concerns cannot be told" in run.error
        run = ask(room, f"{path}?deviceUid={device}", method=method)
        assert "concerns cannot be told" in run.error
        assert writes(tenant) == []

    def test_a_protected_device_in_any_place(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        device, other = (tenant.devices.by_name(name) for name in ("LAB-0001", "LAB-0002"))
        tenant.devices.update(device["deviceUid"], serialNumber="70001111", deviceName="Ada's MacBook")
        room = make_war_room(**ON, protected_devices=device["esn"])
        ok, uid_, serial = {"deviceUids": [other["deviceUid"]]}, device["deviceUid"], "70001111"
        bodies: list[Any] = [
            {**ok, "x": f"SN9,{serial}"},
            {**ok, "x": int(serial)},
            {**ok, "x": {serial: {"mode": "lock"}}},
            {**ok, "x": json.dumps({"serials": [serial]})},
            {**ok, "x": [["a", [uid_]]]},
            {**ok, "x": f"urn:uuid:{uid_.upper()}"},
            {**ok, "x": uid_.replace("-", "")},
            {**ok, "messageUid": uid_},
            {**ok, "x": f"({serial})"},
            {**ok, "x": f"\u200b{serial}"},
            {**ok, "x": f"CORP\\\\{serial}/SN9"},
            {**ok, "x": "Ada's MacBook"},
            {"data": {"data": [{**ok, "deviceUid": uid_}]}},
        ]
        for body in bodies:
            assert "protected" in write(room, body).error, body
        for path in (
            f"{NEW_WRITE}/{serial}",
            f"{NEW_WRITE}/{uid_.replace('-', '')}",
            f"{NEW_WRITE}?also={uid_}",
            f"{NEW_WRITE}/{serial}.json",
        ):
            assert "protected" in write(room, ok, path).error, path
        for path in ("/v3/actions/freeze/messages", "/v3/configurations/policy-groups"):
            assert "protected" in write(room, {"name": "x", "content": "x", "deviceUids": [uid_]}, path).error
        assert writes(tenant) == []

    @pytest.mark.parametrize("named", ["deviceUid", "serialNumber", "deviceName", "esn"])
    def test_a_protected_device_by_any_name(self, named: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        device, other = (tenant.devices.by_name(name) for name in ("LAB-0001", "LAB-0002"))
        room = make_war_room(**ON, protected_devices=device["serialNumber"])
        for body in ({"x": [device[named]]}, {"deviceUids": [other["deviceUid"]], "also": device[named]}):
            assert "protected" in write(room, body).error or "names no device" in write(room, body).error
        assert writes(tenant) == []

    def test_too_many(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(**ON, max_devices_per_action="1")
        uids = [one["deviceUid"] for one in tenant.devices.all()[:2]]
        assert "2 devices are meant" in write(room, {"deviceUids": uids}).error
        assert "2 devices are meant" in write(room, {"x": uids}).error
        assert writes(tenant) == []

    def test_devices_that_cannot_be_read(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=frozenset({Permission.PERFORM_FREEZE_DEVICE}))
        room = make_war_room(**ON, credentials={"identifier": token.id, "password": token.secret})
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = write(room, {"deviceUids": [device]}, "/v3/actions/freeze/remove-freeze")
        assert "Nothing was sent: the devices could not be looked up" in run.error
        assert writes(tenant) == []

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize(
        "action",
        [faults.status(503), faults.empty_body(), raw(b"{").action, faults.reset_after()],
        ids=["503", "empty", "cut off", "broken off"],
    )
    def test_a_lost_answer_is_unknown_and_never_sent_again(
        self, action: Any, method: str, room: WarRoom, tenant: LocalTenant
    ) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        path = f"/v3/actions/devices/{device}"
        fault = Fault(when=lambda method, asked, query, body: asked == path, action=action)
        tenant.faults.add(fault)
        run = ask(room, path, method=method)
        assert "It is unknown whether" in run.error
        assert fault.hits == 1
