"""Custom device fields: read, written by UID and by name, checked before and read back after."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import (
    ALL_PERMISSIONS,
    CustomFieldOptions,
    Fault,
    LocalTenant,
    ManualClock,
    Options,
    Permission,
    faults,
)
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
UPDATE = "absolute-custom-device-field-update"
PUT = "PUT /v3/configurations/customfields/devices"
UNKNOWN = "c0ffee00-1111-4222-8333-444455556666"


def write(room: WarRoom, **args: str) -> CommandRun:
    targets = {} if any(name.startswith("device_") for name in args) else {"device_names": "LAB-0001"}
    return room.execute(UPDATE, {**targets, **args})


def value_of(tenant: LocalTenant, field: str, name: str = "LAB-0001") -> str | None:
    return tenant.custom_fields.values(tenant.devices.by_name(name)).get(tenant.custom_fields.by_name(field).uid)


def written(room: WarRoom) -> dict[str, Any]:
    """What was written last, on one device."""
    found = room.context.get("Absolute.CustomDeviceField.Written")
    return found[-1] if isinstance(found, list) else found


def room_of(make_war_room: MakeWarRoom, tenant: LocalTenant, *without: Permission) -> WarRoom:
    token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - set(without))
    return make_war_room(credentials={"identifier": token.id, "password": token.secret})


class TestList:
    def test_of_a_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = war_room.run(f"!absolute-custom-device-field-list device_id={uid}")
        assert run.ok, run.error
        assert war_room.context.get("Absolute.CustomDeviceField.DeviceUID") == uid
        values = {row["FieldName"]: row["FieldValue"] for row in war_room.context.get("Absolute.CustomDeviceField.CDFValues")}
        assert values["Asset Number"] == "A-100"
        assert values["Asset owner"] == "R&D"

    def test_part_of_a_name_and_a_limit(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run('!absolute-custom-device-field-list device_names=LAB-0001 field_name="Asset N"')
        assert war_room.context.get("Absolute.CustomDeviceField.CDFValues.FieldName") == "Asset Number", run.markdown
        run = war_room.run("!absolute-custom-device-field-list device_names=LAB-0001 limit=1")
        assert "1 of 2 fields; all_results=true shows all" in run.markdown
        run = war_room.run("!absolute-custom-device-field-list device_names=LAB-0001 limit=1 all_results=true")
        assert "of 2 fields" not in run.markdown

    def test_several_devices_one_of_them_unknown(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = war_room.execute("absolute-custom-device-field-list", {"device_ids": f"{UNKNOWN},{uid}"})
        assert run.ok, "what could be read stands"
        assert "A-100" in run.markdown
        assert f"{UNKNOWN}: Could not read device fields" in run.markdown
        alone = war_room.execute("absolute-custom-device-field-list", {"device_id": UNKNOWN})
        assert "There is no such object" in alone.error

    @pytest.mark.parametrize(
        ("line", "said"),
        [("device_id=LAB-0001", "is not a UUID"), ("limit=2", "no device is named"), ("device_names=x limit=0", "limit")],
    )
    def test_bad_arguments(self, line: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="x")
        assert said in war_room.run(f"!absolute-custom-device-field-list {line}").error
        assert tenant.calls("GET /v3/configurations") == []

    def test_missing_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.VIEW_DEVICE_FIELDS)
        assert '"View Device Fields"' in room.run("!absolute-custom-device-field-list device_names=LAB-0001").error

    def test_definitions(self, war_room: WarRoom) -> None:
        run = war_room.run("!absolute-custom-field-definition-list field_name=tier")
        assert "Gold, Silver, Bronze" in run.markdown
        assert war_room.context.get("Absolute.CustomFieldDefinition.cdfFieldName") == "Tier"
        assert "Nothing was found" in war_room.run("!absolute-custom-field-definition-list field_name=nosuch").markdown


class TestWrite:
    def test_by_uid_as_the_existing_pack_has_it(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        cdf_uid = tenant.custom_fields.by_name("Asset Number").uid
        run = war_room.run(f"!{UPDATE} device_id={device_uid} cdf_uid={cdf_uid} value=A-101")
        assert run.ok, run.error
        assert value_of(tenant, "Asset Number") == "A-101"
        assert written(war_room) == {
            "CDFUID": cdf_uid,
            "Verdict": "written",
            "OldValue": "A-100",
            "NewValue": "A-101",
            "Reason": "Read back from the API.",
        }
        assert "A-100" in run.markdown
        assert "Asset Number" in run.markdown

    def test_several_fields_of_several_devices(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        fields = json.dumps({"asset number": "A-7 & 8", "Tier": "gold", "Lease end": "01/31/2030"})
        run = write(war_room, device_names="LAB-0001,LAB-0002", fields=fields)
        assert run.ok, run.error
        for name in ("LAB-0001", "LAB-0002"):
            assert value_of(tenant, "Asset Number", name) == "A-7 & 8"
            assert value_of(tenant, "Tier", name) == "Gold", "as the definition spells it"
            assert value_of(tenant, "Lease end", name) == "01/31/2030"
        assert len(tenant.calls(PUT)) == 2, "one call per device"
        assert value_of(tenant, "Asset owner") == "R&D", "others are left alone"

    def test_cleared(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert "clear_value=true" in write(war_room, field_name="Asset Number", value="").error
        assert tenant.calls(PUT) == []
        run = write(war_room, field_name="Asset Number", clear_value="true")
        assert run.ok, run.error
        assert value_of(tenant, "Asset Number") is None
        assert (written(war_room)["OldValue"], written(war_room)["NewValue"]) == ("A-100", "")
        assert written(war_room)["Verdict"] == "written"

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            ({"field_name": "Tier", "value": "Platinum"}, "it takes Gold, Silver, Bronze"),
            ({"field_name": "Lease end", "value": "2030-01-31"}, "is not a date"),
            ({"field_name": "hasServiceGuarantee", "value": "x"}, "is read-only"),
            ({"field_name": "No such field", "value": "x"}, "is no device field"),
            ({"fields": "[1]"}, "is not a JSON object"),
            ({"fields": "{Tier: Gold}"}, "is not a JSON object"),
            ({"fields": '{"Tier": ["Gold"]}'}, "is not a JSON object"),
            ({}, "nothing to write"),
            ({"field_name": "Tier", "value": "Gold", "device_ids": "LAB-0001"}, "is not a UUID"),
            ({"field_name": "Tier", "value": "Gold", "device_names": "LAB-0010"}, "matches 2 devices"),
            ({"field_name": "Tier", "value": "Gold", "device_names": "NOSUCH"}, "no device matches"),
        ],
    )
    def test_refused_before_anything_is_written(
        self, args: dict[str, str], said: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        run = write(war_room, **args)
        assert said in run.error
        assert tenant.calls("PUT") == []

    def test_two_values_for_one_field(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        fields = json.dumps({"Tier": "Gold", tenant.custom_fields.by_name("Tier").uid: "Silver"})
        assert "twice" in write(war_room, fields=fields).error
        assert tenant.calls("PUT") == []

    def test_two_fields_of_one_name(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.custom_fields.define("TIER", "Text", "UDF")
        assert "is the name of several fields: use cdf_uid" in write(war_room, field_name="tier", value="x").error

    def test_dry_run_and_guards(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = make_war_room(protected_devices="LAB-0002")
        run = write(room, field_name="Tier", value="Gold", dry_run="true")
        assert "Dry run: nothing was sent" in run.markdown
        assert "protected" in write(room, field_name="Tier", value="Gold", device_names="LAB-0001,LAB-0002").error
        uids = ",".join(device["deviceUid"] for device in tenant.devices.all()[:51])
        assert "51 devices are meant" in write(room, field_name="Tier", value="Gold", device_ids=uids).error
        assert tenant.calls("PUT") == []

    def test_without_the_definitions(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.MANAGE_DEVICE_FIELD_DEFINITION)
        refused = write(room, field_name="Tier", value="Gold")
        assert "lacks Manage Device Field Definition" in refused.error
        assert tenant.calls("PUT") == []
        run = write(room, cdf_uid=tenant.custom_fields.by_name("Tier").uid, value="Gold")
        assert run.ok, run.error
        assert value_of(tenant, "Tier") == "Gold"
        wrong = write(room, cdf_uid=tenant.custom_fields.by_name("Tier").uid, value="Platinum")
        assert "must be one of Gold" in wrong.error, "the API checks it"

    def test_missing_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        room = room_of(make_war_room, tenant, Permission.MANAGE_DEVICE_FIELDS)
        assert '"Manage Device Fields"' in write(room, field_name="Tier", value="Gold").error
        blind = room_of(make_war_room, tenant, Permission.VIEW_DEVICE_FIELDS)
        run = write(blind, field_name="Tier", value="Gold")
        assert run.ok, run.error
        assert written(blind)["Verdict"] == "unknown"
        assert "The write was accepted. Look again with absolute-custom-device-field-list." in run.markdown
        assert '"View Device Fields"' in run.markdown
        assert value_of(tenant, "Tier") == "Gold"

    def test_one_device_fails_the_other_is_written(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        bad = tenant.devices.by_name("LAB-0002")["deviceUid"]
        tenant.faults.add(Fault(when=f"{PUT}/{bad}", action=faults.status(400)))
        run = write(war_room, device_names="LAB-0001,LAB-0002", field_name="Tier", value="Gold")
        assert run.ok, run.error
        assert value_of(tenant, "Tier") == "Gold"
        assert run.markdown.startswith("**Failed on 1 of 2 devices**: LAB-0002")
        assert "### Device fields of 2 devices: 1 written, 1 failed" in run.markdown  # one table for all of them
        assert "did not accept" in run.markdown

    def test_every_device_fails(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=PUT, action=faults.status(400)))
        run = write(war_room, device_names="LAB-0001,LAB-0002", field_name="Tier", value="Gold")
        assert run.error.startswith("**Failed on 2 of 2 devices**: LAB-0001, LAB-0002")
        assert {row["Verdict"] for row in war_room.context.get("Absolute.CustomDeviceField.Written")} == {"failed"}


class TestNeverTwice:
    def test_carried_out_unanswered(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=PUT, action=faults.reset_after()))
        run = write(war_room, field_name="Tier", value="Gold")
        assert len(tenant.calls(PUT)) == 1
        assert run.ok, run.error
        assert written(war_room)["Verdict"] == "written"
        assert "The answer was lost" in run.markdown

    def test_not_carried_out(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.faults.add(Fault(when=PUT, action=faults.reset_before()))
        run = write(war_room, field_name="Tier", value="Gold")
        assert len(tenant.calls(PUT)) == 1
        assert value_of(tenant, "Tier") is None
        assert written(war_room)["Verdict"] == "unknown"
        assert "does not show the new value" in run.markdown


class TestLateWrite:
    @pytest.fixture
    def tenant(self, clock: ManualClock) -> Iterator[LocalTenant]:
        options = Options(custom_fields=CustomFieldOptions(write_delay=timedelta(minutes=1), cleared="empty"))
        with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=options) as tenant:
            yield tenant

    def test_accepted_is_not_written(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        run = write(war_room, field_name="Tier", value="Gold")
        assert written(war_room)["Verdict"] == "pending"
        assert "not shown by the API yet" in run.markdown
        assert "absolute-custom-device-field-list" in run.markdown, "says how to look again"
        clock.advance(60)
        war_room.run("!absolute-custom-device-field-list device_names=LAB-0001 field_name=Tier")
        assert "Gold" in json.dumps(war_room.context.get("Absolute.CustomDeviceField.CDFValues"))

    def test_a_cleared_field_that_stays_empty_in_the_list(
        self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
    ) -> None:
        write(war_room, field_name="Asset Number", clear_value="true")
        clock.advance(60)
        write(war_room, field_name="Asset Number", clear_value="true")
        assert written(war_room)["Verdict"] == "written"
