"""Device Fields over HTTP: definitions, values, and writing them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, CustomFieldOptions, LocalTenant, ManualClock, Options, Permission

DEFINITIONS = "/configurations/customfields/definitions"
DEVICES = "/configurations/customfields/devices"
UNKNOWN_UID = "c0ffee00-1111-4222-8333-444455556666"


def path(tenant: LocalTenant) -> str:
    return f"{DEVICES}/{tenant.devices[0]['deviceUid']}"


def uid(tenant: LocalTenant, name: str) -> str:
    return tenant.custom_fields.by_name(name).uid


def values(caller: Any, tenant: LocalTenant, **params: str) -> dict[str, str]:
    answer = caller.get(path(tenant), **params)
    assert answer.status_code == 200, answer.text
    return {row["cdfFieldName"]: row["cdfFieldValue"] for row in answer.json()["data"]}


def put(caller: Any, tenant: LocalTenant, **fields: str) -> Any:
    """Writes fields, whose names have underscores for blanks."""
    body = [{"cdfUid": uid(tenant, name.replace("_", " ")), "cdfFieldValue": value} for name, value in fields.items()]
    return caller.call("PUT", path(tenant), body=body)


def test_definitions(caller: Any, tenant: LocalTenant) -> None:
    rows = {row["cdfFieldName"]: row for row in caller.get(DEFINITIONS).json()["data"]}
    assert {name: (row["type"], row["categoryCode"]) for name, row in rows.items()} == {
        "Asset Number": ("Text", "ESNCOLUMN"),
        "hasServiceGuarantee": ("Text", "PREDEFINED"),
        "Asset owner": ("Text", "UDF"),
        "Tier": ("Dropdown", "UDF"),
        "Lease end": ("Date", "UDF"),
    }
    assert rows["Tier"]["dropdowns"][0] == {"elementId": 1, "elementValue": "Gold"}
    assert "dropdowns" not in rows["Lease end"]
    assert caller.get(f"{DEFINITIONS}/{rows['Tier']['cdfUid']}").json()["data"] == rows["Tier"]
    assert caller.get(f"{DEFINITIONS}/AbCdEfGhIjKlMnOpQrStUv").status_code == 404
    assert caller.get(DEFINITIONS, pageSize="5").status_code == 400


def test_only_values_that_were_set_are_listed(caller: Any, tenant: LocalTenant) -> None:
    before = values(caller, tenant)
    assert before["Asset Number"] == "A-100"
    assert "Lease end" not in before
    assert values(caller, tenant, cdfFieldNameContains="ASSET").keys() == {"Asset Number", "Asset owner"}
    row = caller.get(f"{path(tenant)}/{uid(tenant, 'Asset Number')}").json()["data"]
    assert (row["cdfFieldValue"], row["categoryCode"], row["type"], row["cdfFieldKey"]) == ("A-100", "ESNCOLUMN", "Text", "1")
    assert caller.get(f"{path(tenant)}/{uid(tenant, 'Lease end')}").status_code == 404


def test_several_fields_of_a_device_are_written_at_once(caller: Any, tenant: LocalTenant) -> None:
    answer = put(caller, tenant, Asset_Number="A-7777", Tier="Silver", Lease_end="12/31/2027")
    assert (answer.status_code, answer.content) == (202, b"")
    written = {"Asset Number": "A-7777", "Tier": "Silver", "Lease end": "12/31/2027"}
    assert written.items() <= values(caller, tenant).items()
    (row,) = caller.devices(deviceName="LAB-0001", select="customFields")
    assert {field["cdfFieldName"]: field["cdfFieldValue"] for field in row["customFields"]} == values(caller, tenant)
    (other,) = caller.devices(deviceName="LAB-0002", select="customFields")
    assert "A-7777" not in [field["cdfFieldValue"] for field in other["customFields"]]


@pytest.mark.parametrize("name", ["Asset_Number", "Tier", "Lease_end"])
def test_an_empty_value_clears_a_field(caller: Any, tenant: LocalTenant, name: str) -> None:
    put(caller, tenant, Asset_Number="A-1", Tier="Gold", Lease_end="01/01/2027")
    assert put(caller, tenant, **{name: ""}).status_code == 202
    assert name.replace("_", " ") not in values(caller, tenant)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"Tier": "Platinum"}, "[0].cdfFieldValue"),
        ({"Tier": "gold"}, "[0].cdfFieldValue"),
        ({"Lease_end": "2027-12-31"}, "[0].cdfFieldValue"),
        ({"Lease_end": "13/31/2027"}, "[0].cdfFieldValue"),
        ({"Lease_end": "1/1/2027"}, "[0].cdfFieldValue"),
        ({"hasServiceGuarantee": "true"}, "[0].cdfFieldValue"),
        ({"hasServiceGuarantee": ""}, "[0].cdfFieldValue"),
        ({"Asset_Number": "changed", "Tier": "Platinum"}, "[1].cdfFieldValue"),
    ],
)
def test_refused_values_change_nothing(caller: Any, tenant: LocalTenant, fields: dict[str, str], refused: str) -> None:
    before = values(caller, tenant)
    answer = put(caller, tenant, **fields)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, refused)
    assert values(caller, tenant) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        ["x"],
        [{"cdfFieldValue": "x"}],
        [{"cdfUid": "AbCdEfGhIjKlMnOpQrStUv", "cdfFieldValue": "x"}],
        [{"cdfUid": 5, "cdfFieldValue": "x"}],
    ],
)
def test_refused_bodies(caller: Any, tenant: LocalTenant, body: Any) -> None:
    assert caller.call("PUT", path(tenant), body=body).status_code == 400


def test_a_field_needs_a_value_to_be_written(caller: Any, tenant: LocalTenant) -> None:
    answer = caller.call("PUT", path(tenant), body=[{"cdfUid": uid(tenant, "Tier")}])
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "[0].cdfFieldValue")


def test_unknown_devices(caller: Any, tenant: LocalTenant) -> None:
    assert caller.get(f"{DEVICES}/{UNKNOWN_UID}").status_code == 404
    body = [{"cdfUid": uid(tenant, "Tier"), "cdfFieldValue": "Gold"}]
    assert caller.call("PUT", f"{DEVICES}/{UNKNOWN_UID}", body=body).status_code == 404


def test_a_value_may_be_readable_later(callers: Any, clock: ManualClock) -> None:
    options = Options(custom_fields=CustomFieldOptions(write_delay=timedelta(seconds=5), cleared="empty"))
    with LocalTenant(devices=1, clock=clock, options=options) as tenant:
        caller = callers(tenant, tenant.tokens.create_symmetric())
        put(caller, tenant, Asset_Number="later", Asset_owner="")
        assert values(caller, tenant)["Asset Number"] == "A-100"
        clock.advance(5)
        assert (values(caller, tenant)["Asset Number"], values(caller, tenant)["Asset owner"]) == ("later", "")


def test_tests_can_define_fields(caller: Any, tenant: LocalTenant) -> None:
    tenant.custom_fields.define("Colour", "Dropdown", "UDF", ("red", "blue"))
    assert put(caller, tenant, Colour="red").status_code == 202
    assert values(caller, tenant)["Colour"] == "red"


def test_permissions(callers: Callable[..., Any], tenant: LocalTenant) -> None:
    def allowed(permission: Permission) -> list[int]:
        without = callers(tenant, tenant.tokens.create_symmetric(ALL_PERMISSIONS - {permission}))
        answers = (
            without.get(DEFINITIONS),
            without.get(f"{DEFINITIONS}/{uid(tenant, 'Tier')}"),
            without.get(path(tenant)),
            without.get(f"{path(tenant)}/{uid(tenant, 'Asset Number')}"),
            put(without, tenant, Tier="Gold"),
        )
        return [answer.status_code for answer in answers]

    assert allowed(Permission.MANAGE_DEVICE_FIELD_DEFINITION) == [403, 403, 200, 200, 202]
    assert allowed(Permission.VIEW_DEVICE_FIELDS) == [200, 200, 403, 403, 202]
    assert allowed(Permission.MANAGE_DEVICE_FIELDS) == [200, 200, 200, 200, 403]
