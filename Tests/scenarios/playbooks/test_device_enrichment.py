"""Absolute - Device Enrichment: any identifier leads to the device, and what cannot be read is told, not guessed."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import LocalTenant, Permission, faults
from local_absolute.data_discovery import is_scanned, matches
from scenarios.playbooks.outcome import on_reading, rows

ENRICHMENT = "Absolute - Device Enrichment"


def summary(run: Any) -> dict[str, Any]:
    """The only row of DeviceSummary."""
    found = run.context.get("DeviceSummary")
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("Endpoint_id", "deviceUid"),
        ("Endpoint_hostname", "deviceName"),
        ("Endpoint_ip", "localIp"),
        ("Serial_number", "serialNumber"),
        ("Esn", "esn"),
        ("Username", "username"),
    ],
)
def test_any_identifier_leads_to_the_device(key: str, field: str, desk: Any, tenant: LocalTenant) -> None:
    own = {"localIp": "198.51.100.77", "username": "CORP\\solo"}
    device = tenant.devices.add(deviceName="SOLO-1", **own)
    run = desk.play(ENRICHMENT, **{key: device[field]})
    assert run.ok, run.error
    assert summary(run)["DeviceUID"] == device["deviceUid"]
    assert run.outputs["Absolute.Device"]["Id"] == device["deviceUid"]
    assert run.outputs["Endpoint"]["ID"] == device["deviceUid"]
    known = [run.outputs[f"UserDevices.{name}"] for name in ("ID", "SerialNumber", "Integration")]
    assert known == [device["deviceUid"], device["serialNumber"], "Absolute"]
    assert rows(run, "IncorrectList") == []


def test_devices_that_are_found_are_endpoints_too(desk: Any) -> None:
    run = desk.play("Absolute - Find Devices", Endpoint_hostname="LAB-0001,LAB-0002")
    assert [(one["Hostname"], one["Vendor"]) for one in rows(run, "Endpoint")] == [
        ("LAB-0001", "Absolute"),
        ("LAB-0002", "Absolute"),
    ]


def test_everything_that_is_known_comes_together(desk: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    desk.room.run("!absolute-device-missing-report device_names=LAB-0001")
    desk.room.run(
        "!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=x html_message=x polling=true"
    )
    definition = tenant.custom_fields.define("Case", "Text", "UDF")
    tenant.custom_fields.write(device, {definition.uid: "IR-7"})
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001", Risky_software="*Torrent*,No such program")
    assert run.ok, run.error
    found = summary(run)
    assert (found["Name"], found["Serial"], found["User"]) == ("LAB-0001", device["serialNumber"], device["username"])
    assert (found["Frozen"], found["Missing"], found["Stolen"], found["Active"]) == (True, True, False, True)
    assert found["Encrypted"] == "Yes"
    assert found["Antivirus"]
    assert found["Location"]
    assert found["LocationAge"].endswith("ago")
    assert [name for name in [found["RiskySoftware"]] if "Torrent" in str(name)]
    assert run.outputs["Absolute.LocationReport"]["ID"] == device["deviceUid"]
    assert "IR-7" in str(run.outputs["Absolute.CustomDeviceField"])
    assert run.outputs["Absolute.MissingDevice"]["deviceUid"] == device["deviceUid"]
    assert "LAB-0001" in desk.note()


def test_regulated_data_are_found_not_found_or_not_known(desk: Any, tenant: LocalTenant) -> None:
    """Never "nothing found" of a device without a finished scan."""
    policies, now = tenant.account.policies, tenant.clock.now()
    for device in tenant.devices.all()[:12]:
        found = summary(desk.play(ENRICHMENT, Endpoint_id=device["deviceUid"]))
        files = list(matches(device, policies, now))
        unscanned = "Nothing found" if is_scanned(device, policies) else "Not known"
        assert found["SensitiveData"] == ("Found" if files else unscanned)
        assert [rule.partition(" (")[0] for rule in found["SensitiveRules"]] == [one["score"]["name"] for one in files]
        assert bool(found["LastScan"]) == (found["SensitiveData"] != "Not known") != bool(found["SensitiveReason"])
        assert f"| {found['SensitiveData']} |" in desk.note()


def test_regulated_data_that_could_not_be_read_are_not_known(desk_without: Callable[..., Any]) -> None:
    desk = desk_without(Permission.VIEW_DATA_DISCOVERY)
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert summary(run)["SensitiveData"] == "Not known"
    assert run.context.get("Enrichment.NotRead") == ["regulated data"]
    assert "| Not known |" in desk.note()


def test_regulated_data_of_an_earlier_run_are_not_taken_for_news(desk: Any, tenant: LocalTenant) -> None:
    device = next(one for one in tenant.devices.all() if list(matches(one, tenant.account.policies, tenant.clock.now())))
    assert summary(desk.play(ENRICHMENT, Endpoint_id=device["deviceUid"]))["SensitiveData"] == "Found"
    again = summary(desk.play(ENRICHMENT, Endpoint_id=device["deviceUid"], Sensitive_data="false"))
    assert (again["SensitiveData"], again["SensitiveRules"], again["SensitiveFiles"]) == ("Not known", [], None)


def test_several_devices_have_a_row_each(desk: Any) -> None:
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001,LAB-0002")
    assert run.context.get("DeviceSummary.Name") == ["LAB-0001", "LAB-0002"]


def test_inputs_narrow(desk: Any, tenant: LocalTenant) -> None:
    first, _ = (tenant.devices.add(deviceName="TWIN") for _ in range(2))
    run = desk.play(ENRICHMENT, Endpoint_hostname="TWIN", Serial_number=first["serialNumber"])
    assert summary(run)["DeviceUID"] == first["deviceUid"]
    assert rows(run, "IncorrectList") == []


def test_what_could_mean_several_devices_is_said_and_all_are_shown(desk: Any, tenant: LocalTenant) -> None:
    twins = {tenant.devices.add(deviceName="TWIN")["deviceUid"] for _ in range(2)}
    run = desk.play(ENRICHMENT, Endpoint_hostname="TWIN")
    assert set(run.context.get("DeviceSummary.DeviceUID")) == twins
    (incorrect,) = rows(run, "IncorrectList")
    assert incorrect["Status"] == "Ambiguous"
    assert "2 devices have this value" in desk.note()


@pytest.mark.parametrize("kind", ["Mac_address", "Public_ip"])
def test_mac_and_public_addresses_are_taken(kind: str, desk: Any, tenant: LocalTenant) -> None:
    device = tenant.devices.by_name("LAB-0001")
    value = "198.51.100.77" if kind == "Public_ip" else "02:00:00:00:53:77"
    held: dict[str, Any] = {"publicIp": value} if kind == "Public_ip" else {"networkAdapters": [{"macAddress": value}]}
    tenant.devices.update(device["deviceUid"], **held)
    run = desk.play(ENRICHMENT, **{kind: value})
    assert run.context.get("DeviceSummary.Name") == "LAB-0001"


def test_of_an_address_it_is_said_which_field_was_asked(desk: Any, tenant: LocalTenant) -> None:
    tenant.devices.update(tenant.devices.by_name("LAB-0001")["deviceUid"], publicIp="198.51.100.77")
    desk.play(ENRICHMENT, Endpoint_ip="198.51.100.77")
    assert "No device has this value as its local address" in desk.note().replace("\\", "")


def test_what_nobody_has_is_said(desk: Any) -> None:
    run = desk.play(ENRICHMENT, Endpoint_hostname="NOBODY")
    assert run.ok, run.error
    assert run.context.get("DeviceSummary") is None
    assert "No device has this value, or the token may not see it." in desk.note()


def test_what_an_earlier_run_left_is_not_taken_for_news(desk: Any, tenant: LocalTenant) -> None:
    """Frozen, missing and full of torrents at the first look; none of it at the second."""
    uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
    desk.room.run("!absolute-device-missing-report device_names=LAB-0001")
    desk.room.run(
        "!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=x html_message=x polling=true"
    )
    before = summary(desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001", Risky_software="*a*"))
    assert before["Frozen"]
    assert before["Missing"]
    assert before["RiskySoftware"]
    desk.room.run("!absolute-device-found-report device_names=LAB-0001")
    desk.room.run("!absolute-device-remove-freeze-request device_names=LAB-0001 polling=true")
    after = summary(desk.play(ENRICHMENT, Endpoint_id=uid, Risky_software="No such program"))
    assert (after["Frozen"], after["Missing"], after["RiskySoftware"]) == (False, False, [])


def test_devices_and_values_of_an_earlier_run_do_not_come_again(desk: Any) -> None:
    desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001,NOBODY")
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0002")
    assert summary(run)["Name"] == "LAB-0002"
    assert rows(run, "IncorrectList") == []


# ---------------------------------------------------------------------------------------------- nothing to do


def test_without_an_instance_nothing_is_looked_up(desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert "no active instance" in desk.note()
    assert list(tenant.requests) == []


def test_without_a_device_nothing_is_looked_up(desk: Any, tenant: LocalTenant) -> None:
    run = desk.play(ENRICHMENT, Endpoint_hostname="")
    assert run.ok, run.error
    assert "No device is named" in desk.note()
    assert list(tenant.requests) == []


# ------------------------------------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    ("missing", "output"),
    [
        (Permission.VIEW_SOFTWARE_REPORTS, "Absolute.DeviceApplication"),
        (Permission.VIEW_DEVICE_FIELDS, "Absolute.CustomDeviceField"),
        (Permission.VIEW_MISSING_DEVICE, "Absolute.MissingDevice"),
        (Permission.VIEW_DATA_DISCOVERY, "Absolute.SensitiveData"),
    ],
)
def test_without_a_permission_the_other_readings_go_on(
    missing: Permission, output: str, desk_without: Callable[..., Any], desk: Any
) -> None:
    desk.room.run("!absolute-device-missing-report device_names=LAB-0001")
    desk.room.context.data.clear()
    poor = desk_without(missing)
    run = poor.play(ENRICHMENT, Endpoint_hostname="LAB-0001", Risky_software="*a*")
    assert run.ok, run.error
    assert summary(run)["Name"] == "LAB-0001"
    assert output not in run.outputs
    assert missing.value in poor.note()


def test_without_the_locations_the_other_readings_go_on(desk: Any, tenant: LocalTenant) -> None:
    on_reading(tenant, "geoData", faults.status(400))
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert summary(run)["Location"] == ""
    assert run.outputs["Enrichment.NotRead"] == ["locations"]
    assert "What could not be read" in desk.note()


def test_a_token_that_may_not_read_devices(desk_without: Callable[..., Any]) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    run = desk.play(ENRICHMENT, Endpoint_hostname="LAB-0001")
    assert run.ok, run.error
    assert run.context.get("DeviceSummary") is None
    assert "View Device reports" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(ENRICHMENT) == []
