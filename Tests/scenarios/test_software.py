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
