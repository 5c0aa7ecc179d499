"""Absolute - Device Event Triage: one rule after another, and what becomes of the incident."""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import Fault, LocalTenant, ManualClock, Permission, faults

TRIAGE, JUDGE = "Absolute - Device Event Triage", "Absolute - Judge Device Event"
APPROVE = "Approve the freeze"
LOW, HIGH, CRITICAL, CLOSED = 1, 3, 4, 2
MOVED, UNPROTECTED = "DeviceLocationUpdated", "DeviceBecameAVUnprotected"


@pytest.fixture
def triage(desk: Any, tenant: LocalTenant) -> Callable[..., Any]:
    """Plays the playbook on an incident of LAB-0001 that has just been fetched."""

    def play(event: str = "", answers: dict[str, Any] | None = None, fields: dict[str, Any] | None = None, **inputs: str) -> Any:
        incident = {
            "type": "Absolute Device Event",
            "severity": LOW,
            "eventtype": event,
            "absolutefetchtype": "SIEM event",
            "deviceid": uid(tenant),
        }
        run = desk.play(TRIAGE, answers, incident | (fields or {}), **inputs)
        assert run.ok, run.error or run.waiting
        return run

    return play


def uid(tenant: LocalTenant, name: str = "LAB-0001") -> str:
    return str(tenant.devices.by_name(name)["deviceUid"])


def encryption(tenant: LocalTenant, status: str) -> None:
    tenant.devices.update(uid(tenant), **{"espInfo.encryptionStatus": status})


def is_frozen(tenant: LocalTenant) -> bool:
    return (tenant.devices.by_name("LAB-0001").get("deviceFreezeStatus") or {}).get("statusCode") == "FRZN"


def verdict(run: Any) -> str:
    return str(run.context.get("TriageVerdict"))


def closed(run: Any) -> bool:
    return bool(run.incident["status"] == CLOSED)


@pytest.mark.parametrize(
    "state", [{"deviceStatus": {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z"}}, {"isStolen": True}]
)
def test_a_missing_or_stolen_device_that_is_used_is_critical_and_frozen(
    state: dict[str, Any], triage: Callable[..., Any], tenant: LocalTenant, desk: Any
) -> None:
    tenant.devices.update(uid(tenant), **state)
    run = triage("DeviceUserInformationUpdated", {APPROVE: {"0": "Yes"}})
    assert verdict(run) == "Critical"
    assert run.incident["severity"] == CRITICAL
    assert is_frozen(tenant)
    assert run.incident["absolutefreezestatus"] == "frozen"
    assert run.incident["absolutedeviceuser"] == "CORP\\jdoe"
    assert not closed(run)
    assert "Frozen" in desk.note()


def test_what_the_console_does_to_a_missing_device_is_no_use_of_it(triage: Callable[..., Any], tenant: LocalTenant) -> None:
    tenant.devices.update(uid(tenant), isStolen=True)
    run = triage("DeviceFreezeRequested")
    assert verdict(run) == "Analyst"
    assert run.incident["severity"] == LOW


def test_lost_protection_on_an_open_disk_is_high_and_waits_for_approval(
    triage: Callable[..., Any], tenant: LocalTenant, desk: Any
) -> None:
    encryption(tenant, "INST")
    tenant.siem.antivirus_lost(uid(tenant))
    run = triage(UNPROTECTED, {APPROVE: {"0": "No"}})
    assert verdict(run) == "High"
    assert run.incident["severity"] == HIGH
    assert desk.asked == [APPROVE]
    assert not is_frozen(tenant)
    assert "Not frozen" in desk.note()


def test_nobody_approves_the_freeze(triage: Callable[..., Any], tenant: LocalTenant, desk: Any) -> None:
    encryption(tenant, "INST")
    tenant.siem.antivirus_lost(uid(tenant))
    run = triage(UNPROTECTED)
    assert desk.asked == [APPROVE]
    assert not is_frozen(tenant)
    assert run.context.get("NotFrozenList")


def test_the_severity_is_never_lowered(triage: Callable[..., Any], tenant: LocalTenant) -> None:
    encryption(tenant, "INST")
    tenant.siem.antivirus_lost(uid(tenant))
    run = triage(UNPROTECTED, fields={"severity": CRITICAL}, Contain="false")
    assert run.incident["severity"] == CRITICAL
    assert tenant.calls("POST /v3/actions") == []


def test_lost_protection_on_an_encrypted_disk_is_left_to_an_analyst(triage: Callable[..., Any], tenant: LocalTenant) -> None:
    encryption(tenant, "ENCR")
    tenant.siem.antivirus_lost(uid(tenant))
    run = triage(UNPROTECTED)
    assert verdict(run) == "Analyst"
    assert not closed(run)


def test_protection_that_is_back_settles_the_incident(triage: Callable[..., Any], tenant: LocalTenant, desk: Any) -> None:
    tenant.siem.antivirus_lost(uid(tenant))
    tenant.siem.antivirus_back(uid(tenant))
    run = triage(UNPROTECTED)
    assert verdict(run) == "Settled"
    assert closed(run)
    assert "Example AV" in desk.note()


@pytest.mark.parametrize(("allowed", "expected"), [("DE,FR", "High"), ("DE,gb", "Routine"), ("", "Routine")])
def test_the_country_counts_only_when_countries_are_allowed(
    allowed: str, expected: str, triage: Callable[..., Any], tenant: LocalTenant
) -> None:
    tenant.devices.update(uid(tenant), **{"geoData.location.geoAddress.countryCode": "GB"})
    run = triage(MOVED, {APPROVE: {"0": "Yes"}}, Allowed_countries=allowed)
    assert verdict(run) == expected
    assert is_frozen(tenant) == (expected == "High")
    assert closed(run) == (expected == "Routine")


def test_routine_stays_open_when_that_is_wanted(triage: Callable[..., Any]) -> None:
    run = triage("UserLogin", fields={"deviceid": ""}, Close_incident="false")
    assert verdict(run) == "Routine"
    assert not closed(run)


def test_a_device_that_is_frozen_is_not_frozen_again(triage: Callable[..., Any], tenant: LocalTenant, desk: Any) -> None:
    tenant.devices.update(uid(tenant), isStolen=True, deviceFreezeStatus={"statusCode": "FRZN"})
    run = triage("DeviceUserInformationUpdated")
    assert verdict(run) == "Critical"
    assert desk.asked == []


@pytest.mark.parametrize(("status", "expected"), [("ENCR", "Settled"), ("INST", "Analyst")])
def test_a_finding_is_settled_when_the_device_is_compliant_again(
    status: str, expected: str, triage: Callable[..., Any], tenant: LocalTenant
) -> None:
    device = tenant.devices.by_name("LAB-0001")
    for name in [name for name in device.record() if name.endswith("ResilienceInfo")]:
        tenant.devices.update(uid(tenant), **{name: None})
    encryption(tenant, status)
    run = triage(fields={"absolutefetchtype": "Non-compliant device"})
    assert verdict(run) == expected, run.context.get("Absolute.DeviceCompliance")
    assert closed(run) == (expected == "Settled")


def test_compliance_that_cannot_be_read_is_left_to_an_analyst(triage: Callable[..., Any], tenant: LocalTenant, desk: Any) -> None:
    tenant.faults.add(Fault(when="/v3/reporting/devices/compliance", action=faults.status(400)))
    run = triage(fields={"absolutefetchtype": "Non-compliant device"})
    assert verdict(run) == "Analyst"
    assert "What failed" in desk.note()


def test_a_gap_in_the_fetch_is_left_to_an_analyst(triage: Callable[..., Any]) -> None:
    run = triage("FetchGap", fields={"absolutefetchtype": "Gap", "deviceid": ""})
    assert verdict(run) == "Analyst"
    assert not closed(run)


def test_a_device_that_is_gone(triage: Callable[..., Any], desk: Any) -> None:
    run = triage("DeviceUnknown", fields={"deviceid": "00000000-0000-4000-8000-000000000000"})
    assert verdict(run) == "Analyst"
    assert "NotFound" in desk.note()


def test_an_incident_without_event_and_fetch_type(triage: Callable[..., Any], tenant: LocalTenant, desk: Any) -> None:
    triage(fields={"absolutefetchtype": ""})
    assert "nothing was done" in desk.note()
    assert tenant.requests == []


def test_an_agent_that_never_checks_in_is_not_frozen(
    triage: Callable[..., Any], tenant: LocalTenant, desk: Any, clock: ManualClock
) -> None:
    tenant.devices.update(uid(tenant), isStolen=True)
    tenant.agents.offline(uid(tenant))
    run = triage("DeviceUserInformationUpdated", Require_approval="false")
    assert "pending" in desk.note()
    assert run.context.get("FrozenList") is None


def test_without_the_permission_to_freeze(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.PERFORM_FREEZE_DEVICE)
    tenant.devices.update(uid(tenant), isStolen=True)
    incident = {"eventtype": "DeviceUserInformationUpdated", "deviceid": uid(tenant), "severity": LOW}
    run = desk.play(TRIAGE, {}, incident, Require_approval="false")
    assert run.ok, run.error
    assert verdict(run) == "Critical"
    assert "Perform Freeze Device" in desk.note()


# --------------------------------------------------------------------------------------------- a read that failed


STATUSES = (401, 403, 404, 429, 500, 503)  # the rate limit too, when it lasts
USED = [MOVED, "DeviceUserInformationUpdated", UNPROTECTED, "DeviceBecameAVProtected"]


def fail(tenant: LocalTenant, when: Any, status: int) -> None:
    tenant.faults.add(Fault(when=when, action=faults.status(status, retry_after=0)))


def is_left_open(run: Any) -> bool:
    return verdict(run) == "Analyst" and not closed(run)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("event", USED)
def test_an_event_of_a_device_that_cannot_be_read_is_left_open(
    status: int, event: str, triage: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    tenant.devices.update(uid(tenant), isStolen=True)
    fail(tenant, "GET /v3/reporting/devices", status)
    assert is_left_open(triage(event))
    assert "could not be read" in desk.note()
    assert "What failed" in desk.note()


def test_a_token_that_may_not_read_devices_leaves_events_open(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk = desk_without(Permission.VIEW_DEVICE_REPORTS)
    assert is_left_open(desk.play(TRIAGE, {}, {"eventtype": MOVED, "deviceid": uid(tenant)}))
    assert "View Device reports" in desk.note()


def test_a_device_that_is_not_there_leaves_its_event_open(triage: Callable[..., Any]) -> None:
    """It may have been unenrolled, or the token may not see its group: nothing speaks for it either."""
    assert is_left_open(triage(MOVED, fields={"deviceid": "00000000-0000-4000-8000-000000000000"}))


def test_an_event_that_does_not_say_about_which_device_it_is_stays_open(triage: Callable[..., Any], desk: Any) -> None:
    """Nothing was read that could speak against it."""
    assert is_left_open(triage(MOVED, fields={"deviceid": ""}))
    assert "does not say about which" in desk.note()


@pytest.mark.parametrize("status", STATUSES)
def test_without_the_reports_of_missing_devices_use_is_left_open(
    status: int, triage: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    fail(tenant, "/v3/tracking/device-missing", status)
    assert is_left_open(triage(MOVED))
    assert "What failed" in desk.note()


@pytest.mark.parametrize("status", STATUSES)
def test_a_location_that_cannot_be_read_is_no_allowed_country(
    status: int, triage: Callable[..., Any], tenant: LocalTenant
) -> None:
    fail(tenant, lambda _method, _path, query, _body: "geoData" in query, status)
    assert is_left_open(triage(MOVED, Allowed_countries="GB"))


def test_a_token_that_may_not_see_locations_knows_no_country(desk_without: Callable[..., Any], tenant: LocalTenant) -> None:
    desk, incident = desk_without(Permission.VIEW_GEOLOCATION), {"eventtype": MOVED, "deviceid": uid(tenant)}
    assert is_left_open(desk.play(TRIAGE, {}, incident, Allowed_countries="GB"))
    assert closed(desk.play(TRIAGE, {}, incident)), "without countries it does not count"


@pytest.mark.parametrize("status", STATUSES)
def test_compliance_that_cannot_be_read_settles_nothing(
    status: int, triage: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    fail(tenant, "/v3/reporting/devices/compliance", status)
    assert is_left_open(triage(fields={"absolutefetchtype": "Non-compliant device"}))
    assert "What failed" in desk.note()


@pytest.mark.parametrize("contain", ["true", "false"])
def test_a_device_is_moved_into_quarantine_when_a_person_says_so(
    contain: str, triage: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    tenant.devices.update(uid(tenant), isStolen=True)
    yes = {"0": "Yes"}
    answers = {APPROVE: yes, "Approve the quarantine": yes}
    triage(MOVED, answers, Quarantine_group="Kiosks", Contain=contain)
    assert desk.asked == ([*answers] if contain == "true" else [])
    assert (tenant.devices.by_name("LAB-0001")["policyGroupName"] == "Kiosks") == (contain == "true")
    assert ("### Policy group" in desk.note()) == (contain == "true")


def test_without_an_instance_nothing_is_done(triage: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    desk.room.instance.state = "disabled"
    triage(UNPROTECTED)
    assert tenant.requests == []
    assert "no active instance" in desk.note()


def test_an_event_of_an_open_case_is_closed_with_it(triage: Callable[..., Any], desk: Any, tenant: LocalTenant) -> None:
    request = "c0ffee00-1111-4222-8333-444455556666"
    case = desk.room.open_incident(name="Laptop lost", deviceid=uid(tenant))
    case.context.set("Absolute.FreezeRequest", {"RequestUID": request, "Devices": [{"DeviceUid": uid(tenant)}]})
    run = triage("DeviceFrozen", fields={"absoluterequest": request})
    assert verdict(run) == "Own act"
    assert closed(run)
    assert f"#{case.investigation.id} asked for it" in desk.note()
    assert not tenant.calls("GET /v3/reporting/devices")


def test_the_use_of_a_device_that_a_case_says_is_lost_stays_open(
    triage: Callable[..., Any], desk: Any, tenant: LocalTenant
) -> None:
    case = desk.room.open_incident(type="Absolute Lost or Stolen Device", deviceid=uid(tenant))
    assert is_left_open(triage(MOVED))
    assert f"#{case.investigation.id} is an open case about the loss of this device" in desk.note()


def test_no_task_or_branch_is_left(unreached: Callable[..., list[str]]) -> None:
    assert unreached(TRIAGE, JUDGE) == []
