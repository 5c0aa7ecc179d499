"""Installed software: exact filters that narrow each other."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, ManualClock, Permission
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]


def listed(room: WarRoom, **args: str) -> list[dict[str, Any]]:
    """The rows of the answer, as the context holds them."""
    room.context.data.clear()
    run = room.execute("absolute-device-application-list", {"all_results": "true", **args})
    assert run.ok, run.error
    rows = room.context.get("Absolute.DeviceApplication") or []
    return rows if isinstance(rows, list) else [rows]


def names(rows: list[dict[str, Any]], field: str = "AppName") -> set[str]:
    return {row[field] for row in rows}


@pytest.fixture
def tenant(tenant: LocalTenant) -> LocalTenant:
    """Three applications of nearly the same name on two devices."""
    for device, name, version, publisher in (
        ("LAB-0001", "Tool", "1.0", "Acme"),
        ("LAB-0001", "Tool 2", "2.0", "Acme"),
        ("LAB-0008", "Tool", "2.0", "AT&T"),
        ("LAB-0008", 'O\'Brien "Tool"', "1.0", "AT&T"),
    ):
        tenant.software.install(tenant.devices.by_name(device)["deviceUid"], name, version, publisher)
    return tenant


class TestFilters:
    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            ({"app_names": "Tool"}, {("LAB-0001", "Tool"), ("LAB-0008", "Tool")}),
            ({"app_names": "tool"}, {("LAB-0001", "Tool"), ("LAB-0008", "Tool")}),
            ({"app_names": "Tool*"}, {("LAB-0001", "Tool"), ("LAB-0001", "Tool 2"), ("LAB-0008", "Tool")}),
            ({"app_names": "*Tool 2"}, {("LAB-0001", "Tool 2")}),
            ({"app_names": "Tool", "app_versions": "2.0"}, {("LAB-0008", "Tool")}),
            ({"app_names": "Tool", "app_publishers": "AT&T"}, {("LAB-0008", "Tool")}),
            ({"app_names": 'O\'Brien "Tool"'}, {("LAB-0008", 'O\'Brien "Tool"')}),
            ({"app_names": "Tool,Tool 2", "device_names": "LAB-0001"}, {("LAB-0001", "Tool"), ("LAB-0001", "Tool 2")}),
            ({"app_names": "Tool", "device_names": "LAB-000"}, set()),
            ({"app_names": "Tool", "os": "*Windows 11*"}, {("LAB-0001", "Tool"), ("LAB-0008", "Tool")}),
            ({"app_names": "Tool", "os": "macOS"}, set()),
            ({"filter": "appName eq 'Tool'"}, {("LAB-0001", "Tool"), ("LAB-0008", "Tool")}),
            (
                {"filter": "appName eq 'Tool' or appName eq 'Tool 2'", "app_versions": "2.0"},
                {("LAB-0001", "Tool 2"), ("LAB-0008", "Tool")},
            ),
        ],
    )
    def test_exact_and_narrowing(
        self, args: Mapping[str, str], expected: set[tuple[str, str]], war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        found = {(row["DeviceName"], row["AppName"]) for row in listed(war_room, **args)}
        assert found == expected

    def test_by_every_name_of_a_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        whole = names(listed(war_room, device_ids=device["deviceUid"]), "DeviceAppId")
        assert whole
        for args in (
            {"esns": device["esn"]},
            {"esn": device["esn"]},
            {"serial_numbers": device["serialNumber"]},
            {"device_names": "lab-0001"},
            {"mac_addresses": device["networkAdapters"][0]["macAddress"]},
            {"local_ips": device["localIp"], "device_names": "LAB-0001"},
            {"public_ips": device["publicIp"], "device_names": "LAB-0001"},
            {"user_names": device["username"], "device_names": "LAB-0001"},
        ):
            assert names(listed(war_room, **args), "DeviceAppId") == whole, args

    def test_an_address_that_no_device_has(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run("!absolute-device-application-list local_ips=192.0.2.254 app_names=Tool")
        assert run.ok, run.error
        assert "Not found: local" in run.markdown, "not the whole account's software"
        assert tenant.calls("GET /v3/reporting/applications") == []

    def test_dates(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        before = (clock.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        after = (clock.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name in ("installed_after", "first_detected_after"):
            assert names(listed(war_room, device_names="LAB-0001", **{name: before})) == {"Tool", "Tool 2"}
            assert listed(war_room, device_names="LAB-0001", **{name: after}) == []
            assert len(listed(war_room, device_names="LAB-0001", **{name: "10 years ago"})) > 2

    def test_dates_with_a_raw_filter(self, war_room: WarRoom, tenant: LocalTenant, clock: ManualClock) -> None:
        before = (clock.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = listed(war_room, filter="appPublisher eq 'Acme'", installed_after=before)
        assert names(found) == {"Tool", "Tool 2"}

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("filter=\"substringof('Tool',appName)\"", "filter"),
            ("app_names=T*l", "cannot be searched"),
            ("device_ids=LAB-0001", "is not a UUID"),
            ("installed_after=whenever", "installed_after"),
            ("limit=0", "limit"),
            ("page=-1", "page"),
            ('app_versions="<new"', "no version to compare"),
            ('app_versions="<5,6"', "beside each other"),
            ('app_versions=">6,<5"', "narrow each other"),
            ("sort_by=size", "sort_by"),
            ("sort_by=name sort_order=up", "sort_order"),
            ("count_by_version=perhaps", "count_by_version"),
            ("local_ips=none", "is not an IP address"),
            ("mac_addresses=zz", "is not a MAC address"),
        ],
    )
    def test_bad_arguments_send_nothing(self, line: str, said: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert said in war_room.run(f"!absolute-device-application-list {line}").error
        assert tenant.requests == []


class TestOutput:
    def test_pages(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        everything = [row["DeviceAppId"] + row["DeviceUid"] for row in listed(war_room, device_names="LAB-0001,LAB-0008")]
        walked = []
        for page in range(20):
            war_room.context.data.clear()
            run = war_room.run(f"!absolute-device-application-list device_names=LAB-0001,LAB-0008 limit=5 page={page}")
            rows = war_room.context.get("Absolute.DeviceApplication") or []
            walked += [row["DeviceAppId"] + row["DeviceUid"] for row in (rows if isinstance(rows, list) else [rows])]
            if f"page={page + 1}" not in run.markdown:
                break
        assert walked == everything

    def test_more_than_a_page_of_the_api(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for _ in range(100):
            tenant.devices.add(agentStatus="A")
        rows = listed(war_room)
        assert len(rows) > 1000
        assert len({(row["DeviceUid"], row["DeviceAppId"]) for row in rows}) == len(rows)

    def test_a_second_look_updates_the_same_object(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        for version in ("1.0", "1.1"):
            tenant.software.install(uid, "Tool", version, "Acme")
            war_room.execute("absolute-device-application-list", {"device_ids": uid, "app_names": "Tool"})
        assert war_room.context.get("Absolute.DeviceApplication.AppVersion") == "1.1"

    def test_return_fields(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        (row,) = listed(war_room, device_names="LAB-0001", app_names="Tool", return_fields="appName,installDate")
        assert set(row) >= {"DeviceUid", "DeviceAppId", "AppName", "InstallDate"}
        assert "AppVersion" not in row

    def test_both_spellings_of_the_esn(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        (row,) = listed(war_room, device_names="LAB-0001", app_names="Tool")
        assert row["Ens"] == row["Esn"] == tenant.devices.by_name("LAB-0001")["esn"]

    def test_missing_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_SOFTWARE_REPORTS})
        room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
        assert '"View Software reports"' in room.run("!absolute-device-application-list").error


def test_a_device_that_is_not_there_is_no_device_without_the_software(war_room: WarRoom) -> None:
    run = war_room.run('!absolute-device-application-list serial_numbers=SN000111,SN00O111 app_names="No such program"')
    assert run.ok, run.error
    assert "No such software is listed for: LAB-0001, serial SN000111" in run.markdown
    assert "Not found: serial" in run.markdown
    assert "SN00O111" in run.markdown


class TestVersions:
    @pytest.fixture(autouse=True)
    def installed(self, tenant: LocalTenant) -> None:
        for device, version in (
            ("LAB-0001", "5.9.3"),
            ("LAB-0002", "5.10.0"),
            ("LAB-0003", "5.10"),
            ("LAB-0004", "6.0 beta 2"),
            ("LAB-0005", "unknown"),
        ):
            tenant.software.install(tenant.devices.by_name(device)["deviceUid"], "Meeting", version, "Acme")

    @pytest.mark.parametrize(
        ("bounds", "devices"),
        [
            ("<5.10", {"LAB-0001"}),
            ("=5.10", {"LAB-0002", "LAB-0003"}),
            (">=5.10,<6", {"LAB-0002", "LAB-0003", "LAB-0004"}),
            ("5.10,5.9.3", {"LAB-0003", "LAB-0001"}),
            ("5.10*", {"LAB-0002", "LAB-0003"}),
        ],
    )
    def test_who_has_the_outdated_one(self, bounds: str, devices: set[str], war_room: WarRoom) -> None:
        assert names(listed(war_room, app_names="Meeting", app_versions=bounds), "DeviceName") == devices

    def test_what_cannot_be_compared_is_said(self, war_room: WarRoom) -> None:
        run = war_room.run('!absolute-device-application-list app_names=Meeting app_versions="<99"')
        assert "Left out, because without a version that can be compared: 1 row" in run.markdown

    def test_bounds_show_the_version_whatever_is_returned(self, war_room: WarRoom) -> None:
        rows = listed(war_room, app_names="Meeting", app_versions="<5.10", return_fields="appName")
        assert names(rows, "AppVersion") == {"5.9.3"}

    def test_sorted_before_it_is_cut(self, war_room: WarRoom) -> None:
        def sorted_versions(**args: str) -> list[str]:
            return [row["AppVersion"] for row in listed(war_room, app_names="Meeting", sort_by="version", **args)]

        newest_first = ["6.0 beta 2", "5.10.0", "5.10", "5.9.3", "unknown"]
        assert sorted_versions(sort_order="desc") == newest_first
        assert sorted_versions(sort_order="desc", all_results="false", limit="2") == newest_first[:2]
        assert sorted_versions(sort_order="desc", all_results="false", limit="2", page="1") == newest_first[2:4]
        assert sorted_versions() == newest_first[::-1]
        by_device = listed(war_room, app_names="Meeting", sort_by="device", all_results="false", limit="3")
        assert [row["DeviceName"] for row in by_device] == ["LAB-0001", "LAB-0002", "LAB-0003"]

    def test_count_by_version(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = war_room.run("!absolute-device-application-list app_names=Meeting count_by_version=true")
        assert run.ok, run.error
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in run.markdown.splitlines() if "Meeting" in line]
        assert [(row[1], row[2]) for row in table] == [
            ("6.0 beta 2", "1"),
            ("5.10.0", "1"),
            ("5.10", "1"),
            ("5.9.3", "1"),
            ("unknown", "1"),
        ]
        found = war_room.context.get("Absolute.ApplicationVersions")
        assert (found["AppName"], found["DeviceCount"], len(found["Versions"])) == ("Meeting", 5, 5)
        # A version that nobody has any more is gone when it is counted again.
        tenant.software.install(tenant.devices.by_name("LAB-0001")["deviceUid"], "Meeting", "5.10", "Acme")
        assert war_room.run("!absolute-device-application-list app_names=Meeting count_by_version=true").ok
        versions = war_room.context.get("Absolute.ApplicationVersions.Versions")
        assert {row["AppVersion"]: row["DeviceCount"] for row in versions}["5.10"] == 2
        assert "5.9.3" not in {row["AppVersion"] for row in versions}

    def test_counting_nothing(self, war_room: WarRoom) -> None:
        run = war_room.run("!absolute-device-application-list serial_numbers=SN00O111 app_names=Meeting count_by_version=true")
        assert "Not found: serial" in run.markdown


def test_operating_systems_below_a_version(war_room: WarRoom, tenant: LocalTenant) -> None:
    for name, version in (("LAB-0001", "10.0.9999"), ("LAB-0002", "10.0.22631")):
        device = tenant.devices.by_name(name)
        tenant.devices.update(device["deviceUid"], operatingSystem={**device["operatingSystem"], "version": version})
    run = war_room.run('!absolute-device-list device_names=LAB-0001,LAB-0002 os_version="<10.0.22000"')
    assert war_room.context.get("Absolute.Device.DeviceName") == "LAB-0001", run.markdown
    assert "Not found" not in run.markdown, "the other one is there, and newer"
