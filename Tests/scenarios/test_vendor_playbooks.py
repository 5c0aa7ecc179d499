"""Absolute's own playbooks, device groups of an incident, and policies that are switched: from the call to what is proven."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, faults
from local_absolute.http_answer import HttpAnswer, json_answer
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
TEMPLATES, RUN = "absolute-playbook-template-list", "absolute-device-playbook-run"
GROUP, ACTIVATE, DEACTIVATE = "absolute-device-group-create", "absolute-policy-activate", "absolute-policy-deactivate"
ASKED, CREATED, POLICIES = "POST /v3/actions/requests/playbook", "POST /v3/configurations/devicegrouptree/nodes", "PUT /v3/config"
RECOVERY_KEY = "004609-223531-438966-074646-124113-224752-273515-624547"
FILES = "AbsoluteWinPE - File Operations"
DELETE = {"command": "delete_file", "params": {"file": "C:/broken.sys"}}


def variables(*commands: Any, name: str = FILES) -> str:
    return json.dumps([{"name": name, "commands": list(commands or (DELETE,))}])


def run_it(room: WarRoom, given: Any = None, **args: str) -> Any:
    return room.execute(
        RUN, {"device_names": "LAB-0001", "playbook": "File operations", "variables": given or variables()} | args
    )


def without(make_war_room: MakeWarRoom, tenant: LocalTenant, missing: Permission) -> WarRoom:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {missing})
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


class TestPlaybooks:
    def test_templates_with_what_they_take(self, war_room: WarRoom) -> None:
        run = war_room.run(f"!{TEMPLATES}")
        assert run.ok, run.error
        assert war_room.context.get("Absolute.PlaybookTemplate.name") == ["File operations", "Restore golden image"]
        assert "recovery_key (bitlocker_recovery_key\\*)" in run.markdown
        assert "File operations" not in war_room.run(f"!{TEMPLATES} name=golden").markdown

    def test_requested_and_never_more(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = run_it(war_room, options='{"isBreakGlass": true}')
        assert run.ok, run.error
        found = war_room.context.get("Absolute.PlaybookRequest")
        assert [device["Verdict"] for device in found["Devices"]] == ["requested"]
        assert "cannot be proved here" in run.markdown
        assert "already cannot be read" in run.markdown
        (sent,) = tenant.calls(ASKED)
        assert sent.body["isoVariables"] == [{"name": FILES, "commands": [DELETE]}]
        assert sent.body["playbookOptions"] == {"isBreakGlass": "true"}
        assert found["RequestUid"] in run.markdown

    def test_a_dry_run_sends_nothing_and_masks_keys(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        key = {"command": "recovery_key", "params": {"bitlocker_recovery_key": RECOVERY_KEY}}
        run = run_it(war_room, variables(key), dry_run="true")
        assert run.ok, run.error
        assert tenant.calls(ASKED) == []
        assert RECOVERY_KEY not in json.dumps([run.entries, war_room.context.data])
        assert "bitlocker_recovery_key" in run.markdown

    @pytest.mark.parametrize(
        ("given", "args", "said"),
        [
            ("[]", {}, "it must name 1 to 5 playbooks"),
            ("no", {}, "not a JSON object or list"),
            ("[7]", {}, "it must name 1 to 5 playbooks"),
            (variables(name="Other"), {}, '"Other" is not among the playbooks of the template'),
            (json.dumps({"name": FILES}), {}, "needs 1 to 20 commands"),
            (variables(*[DELETE] * 21), {}, "needs 1 to 20 commands"),
            (variables(*[DELETE] * 4), {}, "stands 4 times; it may be repeated 2 times"),
            (variables({"command": "format"}), {}, '"format" is not among the commands'),
            (variables({"command": "delete_file"}), {}, "needs: file"),
            (variables({"command": "delete_file", "params": {"file": "x", "force": "y"}}), {}, "does not know: force"),
            (variables({"command": "delete_file", "params": {"file": "x" * 256}}), {}, "file (at most 255 characters)"),
            (variables(), {"options": '{"fast": "true"}'}, "does not know: fast"),
            (variables(), {"playbook": "Nowhere"}, "is no playbook template"),
            (variables(), {"device_names": "NOSUCH"}, "NOSUCH"),
        ],
    )
    def test_what_the_template_does_not_take_is_refused(
        self, given: str, args: dict[str, str], said: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        arguments = {"device_names": "LAB-0001", "playbook": "File operations", "variables": given} | args
        assert said in war_room.execute(RUN, arguments).error
        assert tenant.calls(ASKED) == []

    def test_a_value_that_is_refused_is_not_repeated(self, war_room: WarRoom) -> None:
        key = {"command": "recovery_key", "params": {"bitlocker_recovery_key": RECOVERY_KEY * 2}}
        run = run_it(war_room, variables(key))
        assert "bitlocker_recovery_key (at most 55 characters)" in run.error
        assert RECOVERY_KEY not in json.dumps(run.entries)

    def test_a_device_that_cannot_run_it_is_left_out(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        mac = next(one for one in tenant.devices.all() if one["platformOSType"] == "Mac")
        run = run_it(war_room, device_names=f"LAB-0001,{mac['deviceName']}")
        assert "playbooks run on Windows" in run.markdown
        assert len(tenant.calls(ASKED)[0].body["deviceUids"]) == 1
        assert "no device is eligible" in run_it(war_room, device_names=mac["deviceName"]).error

    def test_the_guards_hold(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        assert "protected" in run_it(make_war_room(protected_devices="LAB-0001")).error
        assert (
            "the instance allows 1" in run_it(make_war_room(max_devices_per_action="1"), device_names="LAB-0001,LAB-0002").error
        )
        assert tenant.calls(ASKED) == []

    def test_a_lost_answer_is_unknown_and_never_sent_again(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(faults.reset_after(), ASKED))
        run = run_it(war_room)
        assert war_room.context.get("Absolute.PlaybookRequest.Devices.Verdict") == "unknown"
        assert "the console" in run.markdown
        assert len(tenant.calls(ASKED)) == 1

    @pytest.mark.parametrize("permission", [Permission.VIEW_RUN_PLAYBOOKS, Permission.PERFORM_RUN_PLAYBOOKS])
    def test_no_permission(self, permission: Permission, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        assert permission.value in run_it(without(make_war_room, tenant, permission)).error


class TestDeviceGroups:
    def test_the_devices_of_an_incident(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run(f'!{GROUP} device_names=LAB-0001,LAB-0002 group_name="Incident 1042" description=x')
        assert run.ok, run.error
        assert war_room.context.get("Absolute.DeviceGroup.Devices.Verdict") == ["member", "member"]
        group = tenant.device_groups[-1]
        assert (group.name, group.description) == ("Incident 1042", "x")
        assert war_room.context.get("Absolute.DeviceGroup.deviceGroupUid") == group.uid
        assert group.uid in tenant.devices.by_name("LAB-0001")["deviceGroupIds"]

    def test_a_name_that_is_taken_and_a_dry_run(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "is a device group already" in war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=finance").error
        assert "nothing was sent" in war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=x dry_run=true").markdown
        assert tenant.calls(CREATED) == []

    @pytest.mark.parametrize(("fault", "verdict"), [(faults.reset_after(), "member"), (faults.reset_before(), "unknown")])
    def test_a_lost_answer(self, fault: Any, verdict: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(fault, CREATED))
        run = war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=x")
        assert war_room.context.get("Absolute.DeviceGroup.Devices.Verdict") == verdict
        assert ("answer was lost" in run.markdown) == (verdict == "member")
        assert len(tenant.calls(CREATED)) == 1

    def test_errors_in_the_answer(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        answer = json_answer(200, {"data": {"errors": [{"errorCode": "PropertyValueTooLarge", "propertyName": "displayName"}]}})
        tenant.faults.add(Fault(lambda process: answer, CREATED))
        assert "displayName: PropertyValueTooLarge" in war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=x").error

    def test_errors_beside_a_group_that_was_made(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        def with_errors(answer: HttpAnswer) -> HttpAnswer:
            document = json.loads(answer.body)
            document["data"]["errors"] = [{"errorCode": "Partial", "propertyName": "groupMemberIds"}]
            return json_answer(200, document)

        tenant.faults.add(Fault(faults.changed(with_errors), CREATED))
        run = war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=x")
        assert war_room.context.get("Absolute.DeviceGroup.Devices.Verdict") == "member"
        assert "groupMemberIds: Partial" in run.markdown

    @pytest.mark.parametrize(
        ("path", "answer", "verdict"),
        [
            ("/groups", HttpAnswer(500, b""), "unknown"),
            ("/groups", json_answer(200, {"data": []}), "pending"),
        ],
    )
    def test_what_is_not_shown_is_not_proven(
        self, path: str, answer: HttpAnswer, verdict: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        def own_groups(method: str, asked: str, query: str, body: Any) -> bool:
            return "device-groups/devices" in asked and asked.endswith(path)

        tenant.faults.add(Fault(lambda process: answer, own_groups))
        war_room.run(f"!{GROUP} device_names=LAB-0001 group_name=x")
        assert war_room.context.get("Absolute.DeviceGroup.Devices.Verdict") == verdict

    def test_no_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = without(make_war_room, tenant, Permission.MANAGE_DEVICE_GROUPS)
        assert "Manage Device Groups and folders" in room.run(f"!{GROUP} device_names=LAB-0001 group_name=x").error


class TestPolicies:
    def is_active(self, tenant: LocalTenant, policy: str) -> bool:
        return any(uid == tenant.policy_groups[1].uid for uid, kind in tenant.account.policies.active if kind == policy)

    @pytest.mark.parametrize("named", ["GEO", "geolocation tracking"])
    def test_there_and_back(self, named: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(max_devices_per_action="100")
        for command, verdict in ((ACTIVATE, "active"), (DEACTIVATE, "not active")):
            run = room.run(f'!{command} policy_group=Kiosks policy="{named}"')
            assert run.ok, run.error
            assert room.context.get("Absolute.Policy.Verdict") == verdict
            assert self.is_active(tenant, "GEO") == (command == ACTIVATE)

    def test_the_guards_hold_for_the_devices_of_the_group(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        assert (
            "Nothing was sent"
            in make_war_room(max_devices_per_action="1").run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO").error
        )
        member = tenant.devices.where(policyGroupName="Kiosks")[0]["deviceName"]
        room = make_war_room(max_devices_per_action="100", protected_devices=member)
        assert "protected" in room.run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO").error
        room = make_war_room(max_devices_per_action="100")
        assert "Dry run" in room.run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO dry_run=true").markdown
        assert tenant.calls(POLICIES) == []

    def test_what_is_not_there(self, war_room: WarRoom) -> None:
        assert "is no policy of this group" in war_room.run(f"!{ACTIVATE} policy_group=Kiosks policy=XYZ").error
        assert "is no policy group" in war_room.run(f"!{ACTIVATE} policy_group=Nowhere policy=GEO").error

    @pytest.mark.parametrize(
        ("fault", "verdict"),
        [
            (faults.reset_after(), "active"),
            (faults.status(503, retry_after=0), "unknown"),
            (faults.status(400), ""),
        ],
    )
    def test_a_lost_answer(self, fault: Any, verdict: str, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(fault, POLICIES))
        room = make_war_room(max_devices_per_action="100")
        run = room.run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO")
        assert (room.context.get("Absolute.Policy.Verdict") or "") == verdict
        assert run.ok == bool(verdict)

    def test_accepted_and_not_shown(
        self, make_war_room: MakeWarRoom, tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tenant.account.policies, "switch", lambda group, policy, on: None)
        room = make_war_room(max_devices_per_action="100")
        room.run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO")
        assert room.context.get("Absolute.Policy.Verdict") == "pending"

    def test_no_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = without(make_war_room, tenant, Permission.MANAGE_POLICIES)
        assert "Manage Policies" in room.run(f"!{ACTIVATE} policy_group=Kiosks policy=GEO").error
