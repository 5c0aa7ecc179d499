"""What the rules make of events of the local tenant, fetched by the integration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from Absolute import with_changes
from hypothesis import example, given, settings
from hypothesis import strategies as st
from local_absolute import LocalTenant, ManualClock
from local_absolute.events import NOBODY, SYSTEM, Change, Party, properties_text, user
from local_xsoar import WarRoom
from xql.content import SCHEMA, TEST_DATA
from xql.functions import API_TIME, parse_timestamp
from xql.pipeline import data_model, dataset_rows
from xql.stages import Rows
from xsiam_rules.conftest import WAIT

Fetched = Callable[[], list[dict[str, Any]]]
Modelled = Callable[[], Rows]
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
AGENT = 'Example/2.0 (mode=batch; note="nightly; run=1")'


def filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in row.items() if found not in (None, [])}


def only(rows: Rows, **wanted: str) -> dict[str, Any]:
    """The row of an event type, with the fields that have a value."""
    (row,) = [row for row in rows if all(row[f"xdm.event.{name}"] == found for name, found in wanted.items())]
    return filled(row)


def of(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(f"{prefix}."): found for name, found in row.items() if name.startswith(f"{prefix}.")}


def test_a_move(tenant: LocalTenant, modelled: Modelled) -> None:
    uid = tenant.devices.by_name("LAB-0003")["deviceUid"]
    tenant.siem.device_moved(uid, 41.9, 12.5, "Rome", "Italy")
    tenant.clock.advance(WAIT)
    event = tenant.siem.device_moved(uid, 48.86, 2.35, "Paris", "France")
    rows = [row for row in modelled() if row["xdm.event.id"] == event.id]
    row = only(rows, type="DeviceLocationUpdated")
    assert of(row, "xdm.source.location") == {"city": "Paris", "country": "France", "latitude": 48.86, "longitude": 2.35}
    assert of(row, "xdm.source.host") == {"device_id": uid, "hostname": "LAB-0003"}
    assert of(row, "xdm.target.host") == {"device_id": uid, "hostname": "LAB-0003"}
    assert row["xdm.target.resource.name"] == "Device Location"
    assert json.loads(row["xdm.target.resource_before.value"])["City"] == "Rome"
    assert json.loads(row["xdm.target.resource.value"])["City"] == "Paris"
    assert of(row, "xdm.event") == {
        "id": event.id,
        "type": "DeviceLocationUpdated",
        "original_event_type": "DeviceLocationUpdated",
        "operation": "UPDATE",
        "operation_sub_type": "Updated",
        "outcome": "SUCCESS",
        "description": "DeviceLocationUpdated: LAB-0003, Updated, Device Location",
    }
    assert row["xdm.source.identity.identity_type"] == "MACHINE"
    assert row["_time"] == event.occurred_at.replace(microsecond=event.occurred_at.microsecond // 1000 * 1000)


def test_a_sign_in(tenant: LocalTenant, modelled: Modelled) -> None:
    tenant.siem.logged_in("soc@example.com", "203.0.113.7", AGENT)
    row = only(modelled(), type="UserLogin")
    who = {"identifier": user("soc@example.com").id, "username": "soc@example.com", "identity_type": "USER"}
    assert of(row, "xdm.source.user") == who
    assert of(row, "xdm.source.identity") == who
    assert (
        of(row, "xdm.target.user") == of(row, "xdm.target.identity") == {name: who[name] for name in ("identifier", "username")}
    )
    assert (row["xdm.source.ipv4"], row["xdm.source.user_agent"]) == ("203.0.113.7", AGENT)
    assert row["xdm.event.operation"] == "AUTH_LOGIN"
    assert not of(row, "xdm.source.host")
    assert not of(row, "xdm.target.host")


@pytest.mark.parametrize("address", ["2001:db8::7", "::1", "2001:db8:0:0:0:0:0:7"])
def test_a_sign_in_over_ipv6(address: str, tenant: LocalTenant, modelled: Modelled) -> None:
    tenant.siem.logged_in("soc@example.com", address, AGENT)
    row = only(modelled(), type="UserLogin")
    assert row["xdm.source.ipv6"] == address
    assert "xdm.source.ipv4" not in row


def test_addresses_of_a_device(tenant: LocalTenant, modelled: Modelled) -> None:
    changes = {
        "LocalIpAddr": "192.0.2.4",
        "LocalIpV6Addr": "2001:db8::4, 2001:db8::5",
        "PublicIpAddr": "198.51.100.9",
        "PublicIpV6Addr": "2001:db8::9",
    }
    device = tenant.siem.device(tenant.devices.by_name("LAB-0004")["deviceUid"])
    properties = [Change(f"DeviceSystemInformationUpdated.{name}", new) for name, new in changes.items()]
    tenant.siem.record("DeviceSystemInformationUpdated", actor=device, target=device, properties=properties)
    row = only(modelled(), type="DeviceSystemInformationUpdated")
    addresses = {
        "ipv4_addresses": ["192.0.2.4"],
        "ipv6_addresses": ["2001:db8::4", "2001:db8::5"],
        "ipv4_public_addresses": ["198.51.100.9"],
        "ipv6_public_addresses": ["2001:db8::9"],
    }
    host: dict[str, Any] = {"device_id": device.id, "hostname": "LAB-0004", **addresses}
    assert of(row, "xdm.source.host") == of(row, "xdm.target.host") == host
    assert (row["xdm.source.ipv4"], row["xdm.source.ipv6"]) == ("192.0.2.4", "2001:db8::4")
    assert (row["xdm.target.ipv4"], row["xdm.target.ipv6"]) == ("192.0.2.4", "2001:db8::4")


def row_of(*properties: Change, **fields: str) -> dict[str, Any]:
    """The row of one event, made by hand, with the fields that have a value."""
    event = {"id": "1", "eventType": "E", "_time": "2026-03-01T00:00:00.000Z", "objectProperties": properties_text(properties)}
    (row,) = data_model(dataset_rows([event | fields], NOW), NOW)
    return filled(row)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("192.0.2.4", ["192.0.2.4"]),
        ("192.0.2.4, 192.0.2.5", ["192.0.2.4", "192.0.2.5"]),
        ("192.0.2.4;198.51.100.250", ["192.0.2.4", "198.51.100.250"]),
        ("none", None),
    ],
)
def test_lists_of_addresses(text: str, addresses: list[str] | None) -> None:
    row = row_of(Change("DeviceSystemInformationUpdated.LocalIpAddr", text), actorObjectType="Device")
    assert row.get("xdm.target.host.ipv4_addresses") == row.get("xdm.source.host.ipv4_addresses") == addresses
    assert row.get("xdm.target.ipv4") == row.get("xdm.source.ipv4") == (addresses and addresses[0])


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("::1", ["::1"]),
        ("fe80::5efe:c000:204%12, 2001:db8:0:0:8:800:200c:417a", ["fe80::5efe:c000:204", "2001:db8:0:0:8:800:200c:417a"]),
        ("::ffff:192.0.2.4", ["::ffff:192.0.2.4"]),
        ("10:30", None),
    ],
)
def test_lists_of_ipv6_addresses(text: str, addresses: list[str] | None) -> None:
    row = row_of(Change("DeviceSystemInformationUpdated.LocalIpV6Addr", text), actorObjectType="Device")
    assert row.get("xdm.target.host.ipv6_addresses") == row.get("xdm.source.host.ipv6_addresses") == addresses
    assert row.get("xdm.target.ipv6") == row.get("xdm.source.ipv6") == (addresses and addresses[0])


@pytest.mark.parametrize("text", ["unknown", "203.0.113.7.9", "203.0.113.7:443", "via 203.0.113.7", "10:30", "::1 (VPN)"])
def test_what_is_no_address_is_none(text: str) -> None:
    row = row_of(Change("IpAddress", text), actorObjectType="User")
    assert not {"xdm.source.ipv4", "xdm.source.ipv6", "xdm.target.ipv4", "xdm.target.ipv6"} & row.keys()


def test_an_address_of_a_users_device_is_not_the_users() -> None:
    row = row_of(Change("DeviceSystemInformationUpdated.LocalIpAddr", "192.0.2.4"), actorObjectType="User")
    assert row["xdm.target.ipv4"] == "192.0.2.4"
    assert not {"xdm.source.ipv4", "xdm.source.host.ipv4_addresses"} & row.keys()


def test_the_user_of_a_device(tenant: LocalTenant, modelled: Modelled) -> None:
    device = tenant.siem.device(tenant.devices.by_name("LAB-0004")["deviceUid"])
    tenant.siem.record(
        "DeviceUserInformationUpdated", actor=device, target=device, properties=[Change("UserName", "CORP\\new", "CORP\\old")]
    )
    row = only(modelled(), type="DeviceUserInformationUpdated")
    assert row["xdm.target.user.username"] == row["xdm.target.identity.username"] == "CORP\\new"
    assert json.loads(row["xdm.target.resource_before.value"]) == {"UserName": "CORP\\old"}
    assert "xdm.source.user.username" not in row


def test_antivirus_lost(tenant: LocalTenant, modelled: Modelled) -> None:
    uid = tenant.devices.by_name("LAB-0005")["deviceUid"]
    tenant.siem.antivirus_lost(uid)
    row = only(modelled(), type="DeviceBecameAVUnprotected")
    assert of(row, "xdm.target.host") == {"device_id": uid, "hostname": "LAB-0005"}
    assert not of(row, "xdm.source.host")
    assert row["xdm.source.identity.identity_type"] == "UNKNOWN"
    assert row["xdm.event.operation"] == "STATUS_CHANGE"


@pytest.mark.parametrize(
    ("actor", "kind", "application", "username"),
    [
        (SYSTEM, "BUILTIN", "Absolute", None),
        (NOBODY, "UNKNOWN", None, None),
        (user("soc@example.com"), "USER", None, "soc@example.com"),
        (Party("ApiToken", "nightly", "00000000-0000-4000-8000-000000000001"), "UNKNOWN", None, "nightly"),
    ],
    ids=lambda item: item.type if isinstance(item, Party) else None,
)
def test_actors(
    actor: Party, kind: str, application: str | None, username: str | None, tenant: LocalTenant, modelled: Modelled
) -> None:
    tenant.siem.record("ReportCreated", "Created", actor=actor, target=Party("Report", "Weekly", "7"))
    row = only(modelled(), type="ReportCreated")
    assert row["xdm.source.identity.identity_type"] == kind
    assert row.get("xdm.source.application.name") == application
    assert row.get("xdm.source.user.username") == row.get("xdm.source.identity.username") == username
    assert of(row, "xdm.target.resource") == {"id": "7", "name": "Weekly", "type": "Report"}


@pytest.mark.parametrize(
    ("event_type", "verb", "outcome"),
    [
        ("DeviceFreezeRequested", "Requested", "UNKNOWN"),
        ("DeviceFreezeCompleted", "Completed", "SUCCESS"),
        ("DeviceFreezeRequestCompleted", "Completed", "SUCCESS"),
        ("DeviceFreezeFailed", "Failed", "FAILED"),
        ("UserLoginFailed", "LoggedIn", "FAILED"),
        ("DeviceWipeCanceled", "Canceled", "UNKNOWN"),
        ("DeviceFrozen", "Frozen", "SUCCESS"),
    ],
)
def test_outcomes(event_type: str, verb: str, outcome: str, tenant: LocalTenant, modelled: Modelled) -> None:
    request = Party("DeviceFreezeRequest", "IR-7", "00000000-0000-4000-8000-000000000007")
    device = tenant.siem.device(tenant.devices.by_name("LAB-0004")["deviceUid"])
    tenant.siem.record(event_type, verb, SYSTEM, device, request, [Change("Reason", "no license")])
    row = only(modelled(), type=event_type)
    assert row["xdm.event.outcome"] == outcome
    assert ("no license" in row.get("xdm.event.outcome_reason", "")) == (outcome == "FAILED")
    assert (row["xdm.target.resource.sub_type"], row["xdm.target.resource.parent_id"]) == (request.type, request.id)
    assert row["xdm.event.description"].endswith("LAB-0004, IR-7")


VALUES = st.text(st.sampled_from("ab1=;:[]\"'\\\n é"), min_size=1, max_size=12)


@pytest.mark.parametrize("sender", ["integration", "other"])
@given(first=VALUES, middle=VALUES, last=VALUES)
def test_awkward_values_survive(sender: str, first: str, middle: str, last: str) -> None:
    """Equals signs, semicolons, quotes, wherever they stand; from the object, and from the text alone."""
    text = properties_text([Change("City", first, middle), Change("UserName", middle), Change("BrowserAgent", last, first)])
    event = {"id": "1", "eventType": "SomethingUpdated", "objectProperties": text, "_time": "2026-03-01T00:00:00.000Z"}
    if sender == "integration":
        event = with_changes(event)
    (row,) = data_model(dataset_rows([event], NOW), NOW)
    found = [row[f"xdm.{name}"] for name in ("source.location.city", "target.user.username", "source.user_agent")]
    assert found == [first, middle, last]


@pytest.mark.parametrize("end", [";", "", ";\n", "\n", "; \r\n", " ", ";\t\f"])
def test_nothing_behind_the_last_value_belongs_to_it(end: str) -> None:
    """`$` is the true end of a text for RE2, and the place before a last line feed as well for Python."""
    text = f"PropertyName[0]=UserName;NewValue[0]=jdoe;PropertyName[1]=IpAddress;NewValue[1]=192.0.2.7{end}"
    event = {"id": "1", "eventType": "UserLogin", "objectProperties": text, "_time": "2026-03-01T00:00:00.000Z"}
    for sent in (event, with_changes(event)):
        (row,) = data_model(dataset_rows([sent], NOW), NOW)
        assert row["xdm.source.ipv4"] == "192.0.2.7"
    assert with_changes(event)["newValues"] == {"UserName": "jdoe", "IpAddress": "192.0.2.7"}


MARKS = ("PropertyName", "OldValue", "NewValue", "Value")
NAMES = {
    "City": "source.location.city",
    "UserName": "target.user.username",
    "BrowserAgent": "source.user_agent",
    "CountryName": "source.location.country",
}
PIECES = st.one_of(
    st.builds(
        lambda mark, index: f"{mark}{index}=", st.sampled_from(MARKS), st.sampled_from(["", "[0]", "[17]", "[]", "[x]", "[²]"])
    ),
    st.sampled_from([*NAMES, " City ", "City.x", ";", ";", ";", ";\n", "; ", "\n", "\v", "\u00a0", "=", "a", "b;c"]),
)


@settings(max_examples=400)
@given(pieces=st.lists(PIECES, max_size=24))
@example(pieces=["PropertyName=", "City", ";", "OldValue=", "a", ";", "NewValue=", "b;c", ";"])
def test_the_rule_reads_a_text_as_the_integration_does(pieces: list[str]) -> None:
    """Whatever its marks are: with and without indices, twice, in disorder, cut off, with blanks around them."""
    text = "".join(pieces)
    event = {"id": "1", "eventType": "E", "objectProperties": text, "_time": "2026-03-01T00:00:00.000Z"}
    found = with_changes(event)
    (row,) = data_model(dataset_rows([event], NOW), NOW)
    new = found.get("newValues", {})
    assert {name: row[f"xdm.{path}"] for name, path in NAMES.items()} == {name: new.get(name) for name in NAMES}
    before = row["xdm.target.resource_before.value"]
    assert bool(before) == bool(found.get("oldValues"))
    for name, old in found.get("oldValues", {}).items():
        assert all(value in before for value in old.split(", "))
        assert name.partition("_")[0] in before


@pytest.mark.parametrize("sender", ["integration", "other"])
@pytest.mark.parametrize(
    ("text", "city", "address"),
    [
        ("PropertyName=City;OldValue=Rome;NewValue=Paris;", "Paris", None),
        ("PropertyName=City;OldValue=Rome;PropertyName=CountryName;NewValue=France", None, None),
        ("PropertyName[0]=City;NewValue[0]=Rome;PropertyName[1]=City;NewValue[1]=Paris;\n", "Rome, Paris", None),
        ("PropertyName[0]=IpAddress;Value[0]=192.0.2.7;PropertyName[1]=IpAddress;Value[1]=192.0.2.8;", None, "192.0.2.7"),
        ("PropertyName[0]=City;OldValue[0]=;NewValue[0]=Paris;;\n", "Paris;", None),
        ("PropertyName[0]=City;\nNewValue[0]=Paris;\nPropertyName[1]=IpAddress;\nNewValue[1]=192.0.2.7;\n", "Paris", "192.0.2.7"),
    ],
)
def test_forms_of_the_text(sender: str, text: str, city: str | None, address: str | None) -> None:
    event = {"id": "1", "eventType": "E", "objectProperties": text, "_time": "2026-03-01T00:00:00.000Z"}
    (row,) = data_model(dataset_rows([with_changes(event) if sender == "integration" else event], NOW), NOW)
    assert (row["xdm.source.location.city"], row["xdm.source.ipv4"]) == (city, address)


def test_awkward_values_survive_the_fetch(tenant: LocalTenant, modelled: Modelled) -> None:
    text = 'a=b;c="d"; NewValue=1; it\'s'
    tenant.siem.record("SomethingUpdated", properties=[Change("City", text, text), Change("UserName", text, text)])
    row = only(modelled(), type="SomethingUpdated")
    assert row["xdm.source.location.city"] == row["xdm.target.user.username"] == text
    assert json.loads(row["xdm.target.resource_before.value"]) == {"City": text, "UserName": text}


def test_the_text_says_the_same_as_the_object(tenant: LocalTenant, fetched: Fetched) -> None:
    """Of every kind of event that the tenant makes up: only the form of the changes differs."""
    tenant.siem.generate(600, over=timedelta(hours=2), seed=3)
    events = [event for event in fetched() if event["source_log_type"] == "siem_events"]
    assert len({event["eventType"] for event in events}) >= 8
    plain = [{name: found for name, found in event.items() if name not in ("oldValues", "newValues")} for event in events]
    forms = ("xdm.target.resource.value", "xdm.target.resource_before.value")
    for ours, theirs in zip(data_model(dataset_rows(events, NOW), NOW), data_model(dataset_rows(plain, NOW), NOW), strict=True):
        assert {**ours, **dict.fromkeys(forms)} == {**theirs, **dict.fromkeys(forms)}
        if ours["xdm.target.resource_before.value"]:
            for name, old in json.loads(ours["xdm.target.resource_before.value"]).items():
                assert re.search(rf"{name.replace('_', '.')}=", theirs["xdm.target.resource_before.value"])
                assert old in theirs["xdm.target.resource_before.value"]


def test_values_without_old_ones(tenant: LocalTenant, modelled: Modelled) -> None:
    tenant.siem.record(
        "UserLogin", properties="PropertyName[0]=IpAddress;Value[0]=203.0.113.9;PropertyName[1]=BrowserAgent;Value[1]=x=1;y;"
    )
    row = only(modelled(), type="UserLogin")
    assert (row["xdm.source.ipv4"], row["xdm.source.user_agent"]) == ("203.0.113.9", "x=1;y")
    assert "xdm.target.resource_before.value" not in row


def test_an_empty_new_value_is_none(fetched: Fetched, tenant: LocalTenant) -> None:
    text = properties_text([Change("City", "", "Rome"), Change("CountryName", "Italy")])
    tenant.siem.record("DeviceLocationUpdated", properties=text)
    (event,) = [event for event in fetched() if event.get("eventType") == "DeviceLocationUpdated"]
    (row,) = data_model(dataset_rows([event], NOW), NOW)
    assert (row["xdm.source.location.city"], row["xdm.source.location.country"]) == (None, "Italy")


def test_a_missing_device(tenant: LocalTenant, room: WarRoom, modelled: Modelled) -> None:
    uid = tenant.devices.by_name("LAB-0009")["deviceUid"]
    room.run("!absolute-device-missing-report device_names=LAB-0009")
    rows = [row for row in modelled() if row["xdm.event.type"] == "missing_devices" and row["xdm.target.host.device_id"] == uid]
    (row,) = map(filled, rows)
    assert row["xdm.event.id"].startswith(f"{uid}@")
    assert "is reported missing since 20" in row["xdm.event.description"]


def test_a_device_that_does_not_comply(tenant: LocalTenant, modelled: Modelled, clock: ManualClock) -> None:
    device = tenant.devices.by_name("LAB-0001")
    now = clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    changes: dict[str, Any] = {"lastConnectedDateTimeUtc": now, "espInfo.encryptionStatus": "INST"}
    tenant.devices.update(device["deviceUid"], **changes)
    clock.advance(3600)
    rows = [filled(row) for row in modelled() if row["xdm.event.type"] == "non_compliant_devices"]
    row = next(row for row in rows if row["xdm.target.host.hostname"] == "LAB-0001")
    assert row["xdm.target.agent.identifier"] == device["esn"]
    assert row["xdm.target.host.device_id"] == row["xdm.target.resource.id"] == device["deviceUid"]
    assert isinstance(row["xdm.target.host.mac_addresses"], list)
    assert "encryption" in row["xdm.target.resource.value"]


def test_every_event_is_modelled_once(tenant: LocalTenant, fetched: Fetched, room: WarRoom) -> None:
    room.run("!absolute-device-missing-report device_names=LAB-0009")
    tenant.siem.generate(200, over=timedelta(hours=2))
    events = fetched()
    rows = dataset_rows(events, NOW)
    assert len(rows) == len(data_model(rows, NOW)) == len(events)


def test_events_of_the_version_before_are_modelled(tenant: LocalTenant, fetched: Fetched) -> None:
    """They have neither source_log_type nor the objects."""
    tenant.siem.logged_in("soc@example.com", "203.0.113.7", AGENT)
    ours = ("source_log_type", "oldValues", "newValues")
    events = [{name: found for name, found in event.items() if name not in ours} for event in fetched()]
    row = only(data_model(dataset_rows(events, NOW), NOW), type="UserLogin")
    assert (row["xdm.source.ipv4"], row["xdm.source.user_agent"]) == ("203.0.113.7", AGENT)


def test_the_parsing_rule_sets_the_time_and_the_names_of_before(
    tenant: LocalTenant, fetched: Fetched, clock: ManualClock
) -> None:
    event = tenant.siem.logged_in("soc@example.com", "203.0.113.7", AGENT)
    rows = dataset_rows([{**each, "_time": "2026-03-01T00:00:00.000Z"} for each in fetched()], NOW)
    (row,) = [row for row in rows if row["id"] == event.id]
    assert abs(row["_time"] - event.occurred_at) < timedelta(milliseconds=1)
    assert row["parsed_fields_NewValue"] == row["newValues"] == {"IpAddress": "203.0.113.7", "BrowserAgent": AGENT}
    assert {each["_time"] for each in rows if each["source_log_type"] != "siem_events"} == {NOW}


def test_what_the_integration_sends_is_in_the_schema(tenant: LocalTenant, fetched: Fetched, room: WarRoom) -> None:
    """All but what the data model has no place for."""
    unmodelled = {"_time", "createdDateTimeUtc", "eventDateTimeUtc", "compliant", "numberOfDaysOffline", "saPid", "emailContacts"}
    room.run("!absolute-device-missing-report device_names=LAB-0009")
    tenant.siem.generate(400, over=timedelta(hours=2))
    names = {name for event in fetched() for name in event}
    assert names - unmodelled - {"networkAdapters"} <= set(SCHEMA)


@pytest.mark.parametrize("number", range(len(TEST_DATA["data"])))
def test_the_test_data_of_the_sdk(number: int) -> None:
    """`demisto-sdk modeling-rules test` compares the same with a tenant."""
    entry = TEST_DATA["data"][number]
    (row,) = data_model(dataset_rows([entry["event_data"]], NOW), NOW)
    expected = entry["expected_values"]
    assert filled(row) == {**expected, "_time": parse_timestamp(API_TIME, expected["_time"])}
