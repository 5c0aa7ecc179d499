"""What the account has and collects: regulated data, data points, licences, scripts before they run, moves between policy groups."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, STRICT, Fault, LocalTenant, ManualClock, Permission, Token, faults
from local_absolute.data_discovery import is_scanned, matches
from local_absolute.devices import Device
from local_absolute.http_answer import HttpAnswer, json_answer
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
DATA, MOVE, SCRIPT = "absolute-device-sensitive-data-get", "absolute-policy-group-move", "absolute-script-get"
MATCHES, SCANS = "/v3/reporting/edd-matchdetail", "/v3/reporting/edd-summary"
MOVES = "/v3/configurations/policy-groups/move-devices"


def room_without(make_war_room: MakeWarRoom, tenant: LocalTenant, *missing: Permission) -> WarRoom:
    token: Token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {*missing})
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


def answering(path: str, answer: HttpAnswer) -> Fault:
    return Fault(when=lambda method, asked, query, body: asked.startswith(path), action=lambda process: answer)


def found_on(tenant: LocalTenant, device: Device) -> list[dict[str, Any]]:
    return list(matches(device, tenant.account.policies, tenant.clock.now()))


def device_with(tenant: LocalTenant, files: int, scanned: bool = True) -> Device:
    policies = tenant.account.policies
    return next(
        one
        for one in tenant.devices.all()
        if len(found_on(tenant, one)) == files and is_scanned(one, policies) == scanned and one["platformOSType"] == "Windows"
    )


class TestSensitiveData:
    def test_rules_files_scan_and_encryption(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = device_with(tenant, 3)
        run = war_room.execute(DATA, {"device_ids": device["deviceUid"]})
        assert run.ok, run.error
        found = war_room.context.get("Absolute.SensitiveData")
        assert (found["Status"], found["FileCount"]) == ("Found", 3)
        assert {rule["Name"]: rule["Matches"] for rule in found["Rules"]}["Credit card numbers"] == 214
        assert found["Files"][0]["FileName"].endswith("Refunds 2025.xlsx"), "the worst first"
        assert found["LastScan"] < tenant.clock.now().isoformat()
        assert "encrypted" in found["Encryption"]
        assert "Credit card numbers" in run.markdown

    def test_the_regulated_texts_themselves_are_left_out(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]})
        assert "invented-token" not in json.dumps([run.entries, war_room.context.data], default=str)

    def test_nothing_found_needs_a_finished_scan(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for device, status in ((device_with(tenant, 0), "NothingFound"), (device_with(tenant, 0, scanned=False), "Unknown")):
            war_room.context.data.clear()
            run = war_room.execute(DATA, {"device_ids": device["deviceUid"]})
            assert war_room.context.get("Absolute.SensitiveData.Status") == status
            assert ("is not known" in run.markdown) == (status == "Unknown")

    def test_scans_that_cannot_be_read(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(SCANS, json_answer(400, {"code": "INVALID_REQUEST", "message": "no"})))
        for files, status in ((0, "Unknown"), (3, "Found")):
            war_room.context.data.clear()
            run = war_room.execute(DATA, {"device_ids": device_with(tenant, files)["deviceUid"]})
            assert war_room.context.get("Absolute.SensitiveData.Status") == status
            assert "The newest scans could not be read" in run.markdown

    def test_one_bare_object_as_the_document_shows_it(self, make_war_room: MakeWarRoom, clock: ManualClock) -> None:
        options = replace(STRICT, data_discovery="object")
        with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=options) as other:
            token = other.tokens.create_symmetric()
            room = make_war_room(url=other.url, credentials={"identifier": token.id, "password": token.secret})
            run = room.execute(DATA, {"device_ids": device_with(other, 3)["deviceUid"]})
            assert run.ok, run.error
            assert room.context.get("Absolute.SensitiveData.FileCount") == 1
            room.context.data.clear()
            for scanned in (False, True):
                run = room.execute(DATA, {"device_ids": device_with(other, 0, scanned=scanned)["deviceUid"]})
                assert "that is not the same as an empty one" in run.error, "an object without anything says nothing"

    def test_a_scan_that_met_rules_and_no_file(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(MATCHES, json_answer(200, {"data": [], "metadata": {}})))
        run = war_room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]})
        assert war_room.context.get("Absolute.SensitiveData.Status") == "Unknown"
        assert "its newest scan met rules, but no file is listed" in run.markdown

    def test_the_newest_of_two_scans(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = device_with(tenant, 0)["deviceUid"]
        rows = [
            {"deviceUid": device, "completedScanDateTimeUtc": f"2026-0{month}-01T00:00:00.000Z", "scores": scores}
            for month, scores in ((2, []), (1, [{"name": "x"}]))
        ]
        tenant.faults.add(answering(SCANS, json_answer(200, {"data": rows, "metadata": {}})))
        war_room.execute(DATA, {"device_ids": device})
        assert war_room.context.get("Absolute.SensitiveData.LastScan") == "2026-02-01T00:00:00.000Z"
        assert war_room.context.get("Absolute.SensitiveData.Status") == "NothingFound"

    @pytest.mark.parametrize("row", [{}, {"status": "ok"}, {"deviceUid": "x"}])
    def test_a_row_that_is_no_match_is_no_finding(self, row: dict, war_room: WarRoom, tenant: LocalTenant) -> None:
        for body in ({"data": [row]}, row):
            tenant.faults.clear()
            tenant.faults.add(answering(MATCHES, json_answer(200, body)))
            assert war_room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]}).error
            assert war_room.context.get("Absolute.SensitiveData") is None

    def test_204_is_no_list_of_matches(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(MATCHES, HttpAnswer(204, b"")))
        assert "is not JSON" in war_room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]}).error

    @pytest.mark.parametrize("permission", [Permission.VIEW_DATA_DISCOVERY, Permission.VIEW_DEVICE_REPORTS])
    def test_no_permission(self, permission: Permission, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_without(make_war_room, tenant, permission)
        run = room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]})
        assert f'lacks the permission "{permission.value}"' in run.error
        assert "absolute-license-list" in run.error

    def test_a_page_that_comes_twice(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = device_with(tenant, 3)["deviceUid"]
        war_room.execute(DATA, {"device_ids": device})
        once = war_room.context.get("Absolute.SensitiveData.FileCount")
        war_room.context.data.clear()
        tenant.faults.add(Fault(when=f"GET {MATCHES}", action=faults.duplicated_page()))
        war_room.execute(DATA, {"device_ids": device})
        assert war_room.context.get("Absolute.SensitiveData.FileCount") == once

    @pytest.mark.parametrize("body", [b"", b"[", b"<html>", b"7", b"[]"])
    def test_an_answer_that_is_none(self, body: bytes, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(answering(MATCHES, HttpAnswer(200, body)))
        assert "was cut off or is not JSON" in war_room.execute(DATA, {"device_ids": device_with(tenant, 3)["deviceUid"]}).error

    def test_one_device_that_fails_among_others(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        devices = [device_with(tenant, 3), device_with(tenant, 0)]
        tenant.faults.add(
            answering(f"{MATCHES}/devices/{devices[0]['deviceUid']}", json_answer(404, {"code": "X", "message": "y"}))
        )
        run = war_room.execute(DATA, {"device_ids": ",".join(one["deviceUid"] for one in devices)})
        assert "**Incomplete**" in run.markdown
        assert war_room.context.get("Absolute.SensitiveData.DeviceUid") == devices[1]["deviceUid"]

    def test_no_device(self, war_room: WarRoom) -> None:
        assert "or the token may not see it" in war_room.run(f"!{DATA} device_names=NOSUCH").markdown
        assert "no device is named" in war_room.run(f"!{DATA}").error


class TestDataPointsAndLicences:
    def test_data_points(self, war_room: WarRoom) -> None:
        run = war_room.run("!absolute-device-data-point-list device_names=LAB-0001")
        assert run.ok, run.error
        values = {
            one["Name"]: one.get("Value") or one.get("LastError")
            for one in war_room.context.get("Absolute.DeviceDataPoint.Values")
        }
        assert values == {"VpnGateway": "VPN-Gateway-2", "AssetTag": "The key does not exist"}

    def test_none(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        path = f"/v3/configurations/custom-data-collector/datapoints/devices/{device}"
        line = f"!absolute-device-data-point-list device_ids={device}"
        for answer in (
            HttpAnswer(404, b'{"code":"RESOURCE_NOT_FOUND","message":"x"}'),
            json_answer(200, {"data": {"deviceUid": device}}),
        ):
            tenant.faults.clear()
            tenant.faults.add(answering(path, answer))
            assert "No value of a device was found" in war_room.run(line).markdown
        for nothing in ({}, {"data": {}}, {"data": []}, {"data": None}, {"data": {"deviceUid": device, "result": {"x": 1}}}):
            tenant.faults.clear()
            tenant.faults.add(answering(path, json_answer(200, nothing)))
            assert war_room.run(line).error

    def test_licences(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room()
        assert "Absolute Resilience" in room.run("!absolute-license-list").markdown
        assert room.context.get("Absolute.License.expiredOrder") == [False, True]
        assert (
            '"View Licenses"' in room_without(make_war_room, tenant, Permission.VIEW_LICENSES).run("!absolute-license-list").error
        )


class TestScripts:
    def test_text_parameters_and_zip(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        script = next(iter(tenant.script_library.scripts.values()))
        run = war_room.execute(SCRIPT, {"script_uid": script.uid})
        assert run.ok, run.error
        assert "Write-Output $Mode" in run.markdown
        found = war_room.context.get("Absolute.Script")
        assert [one["FileName"] for one in found["Files"]] == ["Collect-triage.ps1", "Collect-triage.sh"]
        assert found["winScriptParams"][0]["paramName"] == "Mode"
        assert war_room.context.get("InfoFile.Name") == f"script-{script.uid}.zip"

    def test_what_a_request_ran_with(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        script = next(iter(tenant.script_library.scripts))
        line = f'!absolute-device-script-run device_names=LAB-0001 script_uid={script} windows_command_line="-Mode short"'
        assert war_room.run(line).ok
        run = war_room.execute(SCRIPT, {"request_uid": war_room.context.get("Absolute.ScriptRequest.requestUid")})
        assert "-Mode short" in run.markdown
        assert war_room.context.get("Absolute.Script.Configuration.winScriptOption.commandLine") == "-Mode short"

    @pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"PK\x03\x04"])
    def test_a_zip_that_is_broken(self, content: bytes, war_room: WarRoom, tenant: LocalTenant) -> None:
        script = next(iter(tenant.script_library.scripts))
        tenant.faults.add(answering(f"/v3/actions/reach/scripts/{script}/content", HttpAnswer(200, content)))
        assert "cannot be read to the end" in war_room.execute(SCRIPT, {"script_uid": script}).markdown

    def test_what_is_no_zip(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        script = next(iter(tenant.script_library.scripts))
        tenant.faults.add(answering(f"/v3/actions/reach/scripts/{script}/content", HttpAnswer(200, b"<html>")))
        assert "is not a ZIP" in war_room.execute(SCRIPT, {"script_uid": script}).error

    @pytest.mark.parametrize(
        ("args", "said"), [({}, "script_uid"), ({"script_uid": "x"}, "is not a UUID"), ({"request_uid": "x"}, "is not a UUID")]
    )
    def test_bad_arguments(self, args: dict[str, str], said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert said in war_room.execute(SCRIPT, args).error
        assert tenant.requests == []

    def test_cancel_by_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")["deviceUid"]
        cancel = f"!absolute-script-request-cancel device_uids={device}"
        assert "No script that waits for the devices was found" in war_room.run(cancel).markdown
        for script in list(tenant.script_library.scripts)[:2]:
            assert war_room.run(f"!absolute-device-script-run device_ids={device} script_uid={script}").ok
        run = war_room.run(cancel)
        assert run.ok, run.error
        assert "2 cancelled" in run.markdown
        assert {action.status for action in tenant.actions.actions("reach")} == {"Canceled"}

    def test_cancelled_too_late(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device, script = tenant.devices.by_name("LAB-0001")["deviceUid"], next(iter(tenant.script_library.scripts))
        assert war_room.run(f"!absolute-device-script-run device_ids={device} script_uid={script}").ok
        tenant.faults.add(answering("/v3/actions/reach/cancel-actions", HttpAnswer(202)))
        assert (
            "not done yet, or too late to cancel"
            in war_room.run(f"!absolute-script-request-cancel device_uids={device}").markdown
        )
        tenant.faults.clear()
        tenant.faults.add(answering("/v3/actions/reach/cancel-actions", json_answer(503, {"code": "SERVICE_UNAVAILABLE"})))
        assert "It is unknown whether" in war_room.run(f"!absolute-script-request-cancel device_uids={device}").error


class TestMove:
    @pytest.mark.parametrize("answer", [200, 202])
    def test_until_the_device_report_shows_it(self, answer: Any, make_war_room: MakeWarRoom, clock: ManualClock) -> None:
        options = replace(STRICT, policy_group_move=answer)
        with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=options) as other:
            token = other.tokens.create_symmetric()
            room = make_war_room(url=other.url, credentials={"identifier": token.id, "password": token.secret})
            for group in ("Kiosks", "global policy group", other.policy_groups[0].uid):
                at_once = room.execute(MOVE, {"device_names": "LAB-0001", "policy_group": group})
                assert at_once.ok, at_once.error
                run = room.execute(MOVE, {"device_names": "LAB-0001,LAB-0002", "policy_group": group, "polling": "true"})
                assert "2 moved" in run.markdown
            assert other.devices.by_name("LAB-0001")["policyGroupUid"] == other.policy_groups[0].uid

    def test_what_is_there_already_is_not_sent(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        group = tenant.policy_groups[0]
        tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], policyGroupUid=group.uid)
        run = war_room.execute(MOVE, {"device_names": "LAB-0001", "policy_group": group.name, "polling": "true"})
        assert "It was in this policy group already" in run.markdown
        assert tenant.calls(f"POST {MOVES}") == []

    def test_dry_run_guards_and_read_only(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        args = {"device_names": "LAB-0001", "policy_group": "Kiosks"}
        assert "Dry run: nothing was sent" in make_war_room().execute(MOVE, {**args, "dry_run": "true"}).markdown
        assert "protected" in make_war_room(protected_devices="LAB-0001").execute(MOVE, args).error
        assert (
            "2 devices are meant"
            in make_war_room(max_devices_per_action="1").execute(MOVE, {**args, "device_names": "LAB-0001,LAB-0002"}).error
        )
        assert "read only" in make_war_room(read_only=True).execute(MOVE, args).error
        assert tenant.calls(f"POST {MOVES}") == []

    def test_groups_that_are_listed_twice(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        groups = "/v3/configurations/policy-groups"
        tenant.faults.add(Fault(when=lambda method, path, *_: path == groups, action=faults.duplicated_page()))
        run = war_room.execute(MOVE, {"device_names": "LAB-0003", "policy_group": "Kiosks"})
        assert run.ok, run.error

    @pytest.mark.parametrize("group", ["", "Nowhere", "c0ffee00-1111-4222-8333-444455556666"])
    def test_a_group_that_is_none(self, group: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "policy_group" in war_room.execute(MOVE, {"device_names": "LAB-0001", "policy_group": group}).error
        assert tenant.calls(f"POST {MOVES}") == []

    def test_no_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_without(make_war_room, tenant, Permission.MANAGE_POLICIES)
        run = room.execute(MOVE, {"device_names": "LAB-0001", "policy_group": "Kiosks"})
        assert "Manage Policies" in run.error

    @pytest.mark.parametrize(
        "action", [faults.status(503), faults.empty_body(), faults.reset_after()], ids=["503", "empty", "broken off"]
    )
    def test_a_lost_answer(self, action: Any, war_room: WarRoom, tenant: LocalTenant) -> None:
        fault = Fault(when=lambda method, path, query, body: (method, path) == ("POST", MOVES), action=action)
        tenant.faults.add(fault)
        run = war_room.execute(MOVE, {"device_names": "LAB-0003", "policy_group": "Kiosks", "polling": "true"})
        assert "1 unknown" in run.markdown
        assert fault.hits == 1

    @pytest.mark.parametrize("status", ["Failed", "Timeout"])
    def test_a_move_that_fails(self, status: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        answer = json_answer(200, {"data": {"id": "c0ffee00-1111-4222-8333-444455556666", "status": status}})
        tenant.faults.add(answering(MOVES, answer))
        device = next(one for one in tenant.devices.all() if one.get("policyGroupUid") == tenant.policy_groups[0].uid)
        run = war_room.execute(MOVE, {"device_ids": device["deviceUid"], "policy_group": "Kiosks", "polling": "true"})
        assert "Failed on 1 of 1" in run.error + run.markdown
        assert war_room.context.get("Absolute.PolicyGroupMove.Verdict") == "failed"
