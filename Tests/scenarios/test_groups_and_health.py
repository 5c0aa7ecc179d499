"""Groups, compliance, and what the token may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, Token, faults
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]
HEALTH = "absolute-token-permissions-get"


def room_with(make_war_room: MakeWarRoom, token: Token) -> WarRoom:
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


def health(room: WarRoom) -> dict[str, dict[str, str]]:
    """The rows of the health table, by permission."""
    run = room.execute(HEALTH)
    assert run.ok, run.error
    return {row["Permission"]: row for row in room.context.get("Absolute.TokenPermissions.Capabilities")}


class TestGroups:
    def test_device_groups(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        war_room.run("!absolute-device-group-list")
        assert len(war_room.context.get("Absolute.DeviceGroup")) == len(tenant.device_groups)
        first = tenant.device_groups[0]
        run = war_room.execute("absolute-device-group-list", {"name_starts_with": first.name[:4]})
        assert first.name in run.markdown

    def test_groups_of_a_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        war_room.execute("absolute-device-group-list", {"device_id": device["deviceUid"]})
        found = war_room.context.get("Absolute.DeviceGroup.deviceGroupUid")
        assert set(found if isinstance(found, list) else [found]) == set(device["deviceGroupIds"])
        unknown = war_room.run("!absolute-device-group-list device_id=c0ffee00-1111-4222-8333-444455556666")
        assert "There is no such object" in unknown.error
        assert "is not a UUID" in war_room.run("!absolute-device-group-list device_id=LAB-0001").error

    def test_policy_groups(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room()
        room.run("!absolute-policy-group-list")
        found = room.context.get("Absolute.PolicyGroup.name")
        assert set(found) > {group.name for group in tenant.policy_groups}, "and the account's default one"
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_POLICIES})
        assert '"View Policies"' in room_with(make_war_room, token).run("!absolute-policy-group-list").error


class TestCompliance:
    def test_of_named_devices(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run("!absolute-device-compliance-list device_names=LAB-0001,NOSUCH")
        assert run.ok, run.error
        assert war_room.context.get("Absolute.DeviceCompliance.deviceName") == "LAB-0001"
        assert "Not found: device" in run.markdown

    def test_of_all_by_state(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for state in ("true", "false"):
            war_room.context.data.clear()
            war_room.execute("absolute-device-compliance-list", {"compliant": state, "all_results": "true"})
            found = war_room.context.get("Absolute.DeviceCompliance.compliant") or []
            assert set(found) == {state}
        assert "observed" in str(war_room.context.get("Absolute.DeviceCompliance.why"))

    def test_a_limit(self, war_room: WarRoom) -> None:
        run = war_room.run("!absolute-device-compliance-list limit=3")
        assert len(run.contents) == 3

    @pytest.mark.parametrize(
        ("line", "said"), [("compliant=maybe", "compliant"), ("device_ids=x", "is not a UUID"), ("limit=x", "limit")]
    )
    def test_bad_arguments_send_nothing(self, line: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert said in war_room.run(f"!absolute-device-compliance-list {line}").error
        assert tenant.requests == []


class TestHealth:
    @pytest.fixture(autouse=True)
    def event(self, tenant: LocalTenant) -> None:
        tenant.siem.record("UserLogin", created=tenant.clock.now() - timedelta(hours=1))

    def test_a_token_that_may_do_everything(self, war_room: WarRoom, tenant: LocalTenant, token: Token) -> None:
        rows = health(war_room)
        assert {row["Allowed"] for row in rows.values()} == {"yes"}
        assert war_room.context.get("Absolute.TokenPermissions.TokenId") == token.id
        assert {record.method for record in tenant.requests} == {"GET"}, "harmless reads only"

    def test_every_command_is_in_the_table(self, war_room: WarRoom) -> None:
        run = war_room.execute(HEALTH)
        commands = ", ".join(war_room.context.get("Absolute.TokenPermissions.Capabilities.Commands"))
        patterns = [pattern.strip().removesuffix("*") for pattern in commands.split(",")]
        known = [name for name in war_room.integration.commands if name != HEALTH]
        untried = [name for name in known if not any(name.startswith(pattern) for pattern in patterns)]
        assert untried == ["absolute-device-freeze-request", "absolute-device-remove-freeze-request", "absolute-api-request"]
        assert all(name in run.markdown for name in untried), "below the table then"

    @pytest.mark.parametrize(
        ("permission", "row"),
        [
            (Permission.VIEW_DEVICE_REPORTS, "View Device reports"),
            (Permission.VIEW_SOFTWARE_REPORTS, "View Software reports"),
            (Permission.VIEW_FREEZE_DEVICE, "View Freeze Device"),
            (Permission.PERFORM_REMOVE_FREEZE, "Perform Freeze Device and Perform Remove Freeze"),
            (Permission.PERFORM_UNENROLL_DEVICE, "View Unenroll Device and Perform Unenroll Device"),
            (Permission.VIEW_WIPE_DEVICE, "View Wipe Device"),
            (Permission.VIEW_DELETE_FILE, "View Delete File"),
            (Permission.VIEW_SEND_MESSAGE, "View Send Message"),
            (Permission.RUN_REACH_SCRIPT, "Run Reach Script"),
            (Permission.VIEW_DEVICE_FIELDS, "View Device Fields"),
            (Permission.MANAGE_DEVICE_FIELD_DEFINITION, "Manage Device Field Definition"),
            (Permission.VIEW_MISSING_DEVICE, "View Missing Device"),
            (Permission.VIEW_POLICIES, "View Policies"),
            (Permission.VIEW_DATA_DISCOVERY, "View Endpoint Data Discovery"),
            (Permission.VIEW_LICENSES, "View Licenses"),
            (Permission.MANAGE_SIEM_INTEGRATION, "Manage SIEM integration"),
        ],
    )
    def test_one_permission_missing(
        self, permission: Permission, row: str, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {permission})
        rows = health(room_with(make_war_room, token))
        # Positions stand in the device report.
        of_fields = ("View Geolocation", "Address-level view Geolocation") if permission is Permission.VIEW_DEVICE_REPORTS else ()
        assert [name for name, found in rows.items() if found["Allowed"] != "yes"] == [row, *of_fields]
        assert "Needs this permission" in rows[row]["Remark"]

    def test_a_token_that_may_do_nothing(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        rows = health(room_with(make_war_room, tenant.tokens.create_symmetric(permissions=frozenset())))
        assert [name for name, row in rows.items() if row["Allowed"] == "yes"] == ["none"], "device groups need no permission"

    def test_siem_integration_switched_off(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.siem.enabled = False
        row = health(war_room)["Manage SIEM integration"]
        assert row["Allowed"] == "no"
        assert "SIEM integration switched on in the console" in row["Remark"]
        assert "SIEM integration is not enabled" in row["Remark"], "the API's own words"

    def test_no_event_is_not_a_proof(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.clock.advance(80 * 3600)
        row = health(war_room)["Manage SIEM integration"]
        assert row["Allowed"] == "unknown"
        assert "may be switched off" in row["Remark"]

    def test_an_empty_list_proves_nothing_and_an_unknown_uid_does(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        empty = faults.changed(lambda answer: type(answer)(200, b'{"data": []}', answer.headers))
        tenant.faults.add(Fault(when=lambda method, path, *_: "00000000-0000" not in path, action=empty))
        rows = health(war_room)
        by_uid = {"View Freeze Device", "View Wipe Device", "View Delete File", "View Send Message", "Run Reach Script"}
        told = {name for name, row in rows.items() if row["Allowed"] == "yes"}
        assert by_uid <= told
        unknown = ("View Device reports", "View Software reports", "View Policies", "View Missing Device", "View Licenses")
        for name in (*unknown, "Manage Device Field Definition", "Manage SIEM integration"):
            assert rows[name]["Allowed"] == "unknown", name
            assert "Some accounts answer so" in rows[name]["Remark"]

    def test_the_clocks_differ(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(action=faults.date_skew(600)))
        run = war_room.execute(HEALTH)
        # The tenant's clock stands still while the host's goes on.
        assert 540 <= war_room.context.get("Absolute.TokenPermissions.ClockDifferenceSeconds") <= 600
        assert "s behind Absolute's" in run.markdown

    def test_requests_left(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        def counted(answer: Any) -> Any:
            return type(answer)(answer.status, answer.body, {**answer.headers, "X-RateLimit-Remaining": "17"})

        assert "does not say how many requests are left" in war_room.execute(HEALTH).markdown
        tenant.faults.add(Fault(action=faults.changed(counted)))
        assert "Requests left: 17" in war_room.execute(HEALTH).markdown

    def test_a_wrong_secret_is_an_error(self, make_war_room: MakeWarRoom, tenant: LocalTenant, token: Token) -> None:
        room = make_war_room(credentials={"identifier": token.id, "password": "not-the-secret"})
        assert "refused the sign-in (401)" in (room.execute(HEALTH).error or "")
        assert len(tenant.requests) <= 2, "the other reads would be refused too"

    def test_one_read_in_trouble_leaves_the_others(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when="GET /v3/configurations/policy-groups", action=faults.html(403)))
        rows = health(war_room)
        assert rows["View Policies"]["Allowed"] == "unknown"
        assert rows["View Device reports"]["Allowed"] == "yes"


@pytest.mark.parametrize("body", ['{"data": []}', '{"data": [{"reasons": 1}]}'])
def test_misshapen_answers(body: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.faults.add(Fault(action=faults.changed(lambda answer: type(answer)(200, body.encode(), answer.headers))))
    for line in (
        "absolute-device-group-list",
        "absolute-policy-group-list",
        "absolute-device-compliance-list",
        "absolute-script-list",
        "absolute-message-template-list",
        "absolute-custom-field-definition-list",
        HEALTH,
    ):
        run = war_room.run(f"!{line}")
        assert run.ok, (line, run.error)
