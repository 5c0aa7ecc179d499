"""Which events raise an alert, and which do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_absolute.event_types import action_requested
from local_absolute.events import Party
from local_xsoar import WarRoom
from xql.content import CORRELATION_RULES, DATASET
from xql.pipeline import data_model, dataset_rows
from xql.stages import Rows, run
from xql.syntax import split, tokens, words
from xql.xdm import FIELDS

Alerts = Callable[[str], Rows]
NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
HOUR = 3600
NUMBERS = {"a": 1, "an": 1, "six": 6, "seven": 7}
TOLD_TIME = r"\b(\d+|an?|six|seven) (minute|hour|day|week)s?\b"
UNITS = {"minutes": 60, "hours": HOUR, "days": 24 * HOUR}
WEEK = 7 * 24 * HOUR
REQUEST = Party("DeviceFreezeRequest", "IR-7", "00000000-0000-4000-8000-000000000007")


def seconds(text: str) -> int:
    number, unit = text.split()
    return int(number) * UNITS[unit]


def told_seconds(number: str, unit: str) -> int:
    return NUMBERS.get(number, 0) * UNITS.get(f"{unit}s", WEEK) or int(number) * UNITS[f"{unit}s"]


@pytest.fixture
def alerts(room: WarRoom, clock: ManualClock) -> Alerts:
    """What a correlation rule finds now among the events fetched so far."""

    def find(name: str) -> Rows:
        run_ = room.execute("fetch-events")
        assert run_.ok, run_.error
        found, now = CORRELATION_RULES[name], clock.now()
        rows = data_model(dataset_rows(room.events(), now), now)
        window = timedelta(seconds=seconds(found["search_window"]))
        return run(tokens(found["xql_query"]), [row for row in rows if now - window <= row["_time"] <= now], now)

    return find


def uid(tenant: LocalTenant, name: str) -> str:
    found: str = tenant.devices.by_name(name)["deviceUid"]
    return found


def names(number: int) -> list[str]:
    return [f"LAB-{each:04d}" for each in range(1, number + 1)]


class TestAntivirus:
    RULE = "Absolute_Antivirus_Protection_Lost"

    def test_lost(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        event = tenant.siem.antivirus_lost(uid(tenant, "LAB-0003"))
        clock.advance(HOUR)
        (alert,) = alerts(self.RULE)
        assert (alert["event_id"], alert["device_name"]) == (event.id, "LAB-0003")

    def test_back(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.siem.antivirus_back(uid(tenant, "LAB-0003"))
        clock.advance(HOUR)
        assert alerts(self.RULE) == []


class TestManyDevices:
    RULE = "Absolute_Many_Devices_Frozen_or_Wiped"

    @pytest.mark.parametrize("action", ["DeviceFreeze", "DeviceWipe", "FileDelete", "DeviceUnenroll"])
    def test_five_within_minutes(self, action: str, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.ask(tenant, clock, names(5), "soc@example.com", action)
        (alert,) = alerts(self.RULE)
        assert (alert["user"], alert["devices"], alert["device_names"]) == ("soc@example.com", 5, names(5))

    def test_a_real_request_of_the_integration(
        self, make_war_room: Callable[..., WarRoom], clock: ManualClock, alerts: Alerts
    ) -> None:
        line = f"!absolute-device-freeze-request device_names={','.join(names(5))} request_name=IR-7"
        run_ = make_war_room().run(
            f"{line} html_message=Call message_name=m device_freeze_type=OnDemand passcode_type=RandomForAll"
        )
        assert run_.ok, run_.error
        clock.advance(120)
        (alert,) = alerts(self.RULE)
        assert alert["devices"] == 5

    def test_the_same_device_again(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.ask(tenant, clock, ["LAB-0001"] * 6, "soc@example.com")
        assert alerts(self.RULE) == []

    def test_two_users(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.ask(tenant, clock, names(4), "soc@example.com")
        self.ask(tenant, clock, names(4), "admin@example.com")
        assert alerts(self.RULE) == []

    def test_releases(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.ask(tenant, clock, names(6), "soc@example.com", "DeviceUnfreeze")
        self.ask(tenant, clock, names(6), "soc@example.com", "DeviceRemoveFreeze")
        assert alerts(self.RULE) == []

    def test_over_a_day(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        for name in names(6):
            self.ask(tenant, clock, [name], "soc@example.com")
            clock.advance(4 * HOUR)
        assert alerts(self.RULE) == []

    def ask(self, tenant: LocalTenant, clock: ManualClock, which: list[str], user: str, action: str = "DeviceFreeze") -> None:
        for name in which:
            tenant.siem.happened_in_console(action_requested(action, tenant.siem.device(uid(tenant, name)), user, REQUEST))
            clock.advance(61)


class TestAnotherCountry:
    RULE = "Absolute_Device_Moved_to_Another_Country"

    @pytest.mark.parametrize(("country", "alerted"), [("France", True), ("Italy", False), ("", False)])
    def test_moves(self, country: str, alerted: bool, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        clock.advance(12 * HOUR)
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 48.86, 2.35, "Somewhere", country)
        clock.advance(HOUR)
        found = [(alert["device_name"], alert["country_before"], alert["country"]) for alert in alerts(self.RULE)]
        assert found == ([("LAB-0003", "Italy", country)] if alerted else [])

    def test_a_first_location(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.devices.update(uid(tenant, "LAB-0003"), geoData=None)
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        clock.advance(HOUR)
        assert alerts(self.RULE) == []


class TestNewAddress:
    RULE = "Absolute_New_Address_of_a_User_or_Token"

    @pytest.mark.parametrize("address", ["198.51.100.99", "2001:db8::99"])
    def test_a_known_user_elsewhere(self, address: str, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.sign_in(tenant, clock, "203.0.113.7")
        clock.advance(30 * HOUR)
        self.sign_in(tenant, clock, "203.0.113.7")
        assert alerts(self.RULE) == []
        self.sign_in(tenant, clock, address)
        (alert,) = alerts(self.RULE)
        assert (alert["user"], alert["address"]) == ("soc@example.com", address)
        clock.advance(3 * HOUR)
        assert alerts(self.RULE) == [], "it is no longer new"

    def test_a_new_user(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        self.sign_in(tenant, clock, "203.0.113.7")
        self.sign_in(tenant, clock, "203.0.113.8")
        assert alerts(self.RULE) == []

    def sign_in(self, tenant: LocalTenant, clock: ManualClock, address: str) -> None:
        tenant.siem.logged_in("soc@example.com", address, "Example/2.0")
        clock.advance(120)


class TestSilence:
    RULE = "Absolute_Silence_After_a_Location_Change"

    def test_silent_since_it_moved(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        tenant.siem.device_moved(uid(tenant, "LAB-0004"), 41.9, 12.5, "Rome", "Italy")
        clock.advance(20 * HOUR)
        tenant.siem.addresses_changed(uid(tenant, "LAB-0004"), local_ip="192.0.2.9")
        clock.advance(10 * HOUR)
        tenant.siem.addresses_changed(uid(tenant, "LAB-0005"), local_ip="192.0.2.10")
        clock.advance(HOUR)
        (alert,) = alerts(self.RULE)
        assert (alert["device_name"], alert["hours_silent"]) == ("LAB-0003", 31)

    def test_nobody_is_told_twice(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        """A suppression lasts a day at most: after that the rule itself does not find the same silence again."""
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        found = []
        for number in range(10):
            clock.advance(6 * HOUR - 60)
            tenant.siem.addresses_changed(uid(tenant, "LAB-0005"), local_ip=f"192.0.2.{number}")
            clock.advance(HOUR)
            found.append(sum(alert["device_name"] == "LAB-0003" for alert in alerts(self.RULE)))
        assert found == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]

    def test_not_yet(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        clock.advance(20 * HOUR)
        tenant.siem.addresses_changed(uid(tenant, "LAB-0005"), local_ip="192.0.2.10")
        clock.advance(HOUR)
        assert alerts(self.RULE) == []

    def test_the_fetch_has_stopped(self, tenant: LocalTenant, clock: ManualClock, alerts: Alerts) -> None:
        tenant.siem.device_moved(uid(tenant, "LAB-0003"), 41.9, 12.5, "Rome", "Italy")
        clock.advance(30 * HOUR)
        assert alerts(self.RULE) == []


class TestThresholds:
    """A little on either side of each number of a query, on rows of the data model: an hour is not a day."""

    def test_hours_before_an_address_is_new(self) -> None:
        for hours, alerts in ((23, 0), (25, 1)):
            rows = [acts("192.0.2.1", 60 * hours), acts("192.0.2.2", 0)]
            assert found_in("Absolute_New_Address_of_a_User_or_Token", rows) == alerts

    def test_minutes_for_which_an_address_is_new(self) -> None:
        for minutes, alerts in ((89, 1), (91, 0)):
            rows = [acts("192.0.2.1", 60 * 48), acts("192.0.2.2", minutes)]
            assert found_in("Absolute_New_Address_of_a_User_or_Token", rows) == alerts

    def test_hours_of_silence(self) -> None:
        for hours, alerts in ((23, 0), (25, 1), (47, 1), (49, 0)):
            rows = [of_device("moved", 60 * hours, "DeviceLocationUpdated"), of_device("other", 0)]
            assert found_in("Absolute_Silence_After_a_Location_Change", rows) == alerts

    def test_minutes_between_move_and_silence(self) -> None:
        for minutes, alerts in ((29, 1), (31, 0)):
            rows = [
                of_device("moved", 60 * 30 + minutes, "DeviceLocationUpdated"),
                of_device("moved", 60 * 30),
                of_device("other", 0),
            ]
            assert found_in("Absolute_Silence_After_a_Location_Change", rows) == alerts

    def test_hours_since_anything_was_heard(self) -> None:
        for hours, alerts in ((5, 1), (7, 0)):
            rows = [of_device("moved", 60 * 30, "DeviceLocationUpdated"), of_device("other", 60 * hours)]
            assert found_in("Absolute_Silence_After_a_Location_Change", rows) == alerts

    def test_devices_of_one_user(self) -> None:
        for devices, alerts in ((4, 0), (5, 1)):
            rows = [freezes(f"device {number}") for number in range(devices)]
            assert found_in("Absolute_Many_Devices_Frozen_or_Wiped", rows) == alerts


def found_in(rule: str, rows: Rows) -> int:
    return len(run(tokens(CORRELATION_RULES[rule]["xql_query"]), rows, NOW))


def modelled_row(minutes_ago: float, **facts: Any) -> dict[str, Any]:
    found = {f"xdm.{name.replace('__', '.')}": value for name, value in facts.items()}
    return {**dict.fromkeys(FIELDS), **found, "_time": NOW - timedelta(minutes=minutes_ago)}


def acts(address: str, minutes_ago: float) -> dict[str, Any]:
    return modelled_row(minutes_ago, event__id=f"{address} {minutes_ago}", source__identity__username="soc", source__ipv4=address)


def of_device(device: str, minutes_ago: float, event_type: str = "DeviceUserInformationUpdated") -> dict[str, Any]:
    return modelled_row(minutes_ago, event__type=event_type, source__host__device_id=device, source__host__hostname=device)


def freezes(device: str) -> dict[str, Any]:
    about = {"source__identity__username": "soc", "target__host__device_id": device, "target__host__hostname": device}
    return modelled_row(1, event__type="DeviceFreezeRequested", **about)


@pytest.mark.parametrize("name", CORRELATION_RULES)
class TestEachFile:
    def test_it_reads_the_data_model_of_the_dataset(self, name: str) -> None:
        for key in ("xql_query", "investigation_query_link"):
            assert CORRELATION_RULES[name][key].startswith(f"datamodel dataset = {DATASET}\n| ")

    def test_what_it_names_is_in_the_results(self, name: str) -> None:
        """Alert fields, the field of the suppression, and each `$field` of the texts."""
        found = CORRELATION_RULES[name]
        results = columns(found["xql_query"])
        named = {each for each in found["alert_fields"].values() if each} | {found["suppression_fields"]}
        named |= set(re.findall(r"\$(\w+)", found["alert_description"] + found["investigation_query_link"]))
        assert named <= results, named - results

    def test_the_drilldown_is_a_query(self, name: str) -> None:
        values: dict[str, Any] = dict.fromkeys(re.findall(r"\$(\w+)", CORRELATION_RULES[name]["investigation_query_link"]), '"x"')
        text = re.sub(r"\$(\w+)", lambda match: str(values[match.group(1)]), CORRELATION_RULES[name]["investigation_query_link"])
        assert run(tokens(text), [], NOW) == []

    def test_nothing_falls_between_two_runs(self, name: str) -> None:
        """Events arrive late, so windows overlap; what is found again is suppressed."""
        found = CORRELATION_RULES[name]
        minutes = re.match(r"\*/(\d+) ", found["crontab"])
        every = int(minutes.group(1)) * 60 if minutes else HOUR
        assert every + 20 * 60 <= seconds(found["search_window"]) <= WEEK, "no rule tells of more than a week"
        assert found["suppression_enabled"]
        # What is searched longer than that is told apart by how old it is: see test_nobody_is_told_twice.
        assert seconds(found["suppression_duration"]) >= min(seconds(found["search_window"]), 24 * HOUR)

    def test_times_that_its_texts_tell_are_its_own(self, name: str) -> None:
        rule = CORRELATION_RULES[name]
        compared = re.findall(r"(hours|minutes)_\w+ [<>=]+ (\d+)", rule["xql_query"])
        own = {seconds(rule["search_window"]), *(int(number) * UNITS[unit] for unit, number in compared)}
        for text in (rule["description"], rule["alert_description"]):
            told = {told_seconds(number, unit) for number, unit in re.findall(TOLD_TIME, text)}
            assert told <= own, told - own

    def test_open_event_types_are_admitted(self, name: str) -> None:
        assert "Absolute publishes no list of its event types" in CORRELATION_RULES[name]["description"]


def columns(query: str) -> set[str]:
    """The fields that a query leaves."""
    (last,) = [stage for stage in split(tokens(query), "|") if stage[0].text == "fields"][-1:]
    return {words(part[-1:]) if part[-2:-1] and part[-2].text == "as" else words(part) for part in split(last[1:], ",")}


@pytest.mark.parametrize("name", CORRELATION_RULES)
def test_an_event_that_came_twice_is_one(name: str, tenant: LocalTenant, room: WarRoom, clock: ManualClock) -> None:
    """A batch that was sent and not answered is sent again, with the same IDs: aggregates do not grow by that."""
    tenant.siem.generate(400, over=timedelta(hours=60), seed=5)
    run_ = room.execute("fetch-events")
    assert run_.ok, run_.error
    now = clock.now()
    rows = data_model(dataset_rows(room.events(), now), now)
    once, twice = (run(tokens(CORRELATION_RULES[name]["xql_query"]), found, now) for found in (rows, [*rows, *rows]))
    assert {str(row) for row in twice} == {str(row) for row in once}
