"""Exact and bounded: a command acts on the devices that were meant, or sends nothing."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, faults
from local_xsoar import CommandRun, WarRoom

MakeWarRoom = Callable[..., WarRoom]
MESSAGE = "request_name=IR-1 message_name=m html_message=h"


def writes(tenant: LocalTenant) -> list[str]:
    """What arrived that could change something."""
    return [record.path for record in tenant.requests if record.method != "GET"]


def freeze(room: WarRoom, **targets: str) -> CommandRun:
    return room.execute(
        "absolute-device-freeze-request", {"request_name": "IR-1", "message_name": "m", "html_message": "h", **targets}
    )


class TestDestructive:
    def test_a_name_that_two_devices_have(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        first = tenant.devices.add(deviceName="TWIN-01", serialNumber="TW1")
        tenant.devices.add(deviceName="TWIN-01", serialNumber="TW2")
        run = freeze(war_room, device_names="TWIN-01")
        assert "device_names=TWIN-01 matches 2 devices" in run.error
        assert "TW1" in run.error
        assert "TW2" in run.error
        assert writes(tenant) == []
        assert freeze(war_room, device_names="TWIN-01", serial_numbers="TW1").ok, "another argument narrows"
        assert [record.body["deviceUids"] for record in tenant.calls("POST /v3/actions/requests/freeze")] == [
            [first["deviceUid"]]
        ]

    def test_a_value_that_no_device_has(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        run = freeze(war_room, serial_numbers=f"{tenant.devices.by_name('LAB-0001')['serialNumber']},NOSUCH")
        assert "no device matches serial_numbers=NOSUCH" in run.error
        assert "Nothing was sent" in run.error
        assert writes(tenant) == []

    def test_a_name_is_not_a_beginning(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="PC-1")
        tenant.devices.add(deviceName="PC-10")
        assert freeze(war_room, device_names="PC-1").ok
        assert len(war_room.context.get("Absolute.FreezeRequest.SucceededDeviceUIDs")) == 1
        refused = freeze(war_room, device_names="PC-*")
        assert "matches" in refused.error, "a star may match several: then nothing is sent"

    def test_a_protected_device_stops_the_whole_command(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="DC-01", serialNumber="SRV1")
        tenant.devices.add(deviceName="PC-01", serialNumber="PC1")
        room = make_war_room(protected_devices="DC-*\nSOMETHING")
        run = freeze(room, serial_numbers="PC1,SRV1")
        assert "protected" in run.error
        assert "DC-01" in run.error
        assert writes(tenant) == []
        assert room.execute("absolute-device-remove-freeze-request", {"serial_numbers": "SRV1"}).error
        assert writes(tenant) == []

    @pytest.mark.parametrize(
        "entries",
        [
            *("SN-X;\u2060SRV1", '["DC-01"]', "DC\u201101.corp.example.com", "dc-01.corp.example.com.", "CORP\\DC-01"),
            *("x\ty\tDC-*", "\u201cDC-01\u201d", "\u00abDC-01\u00bb", "DC\u201301"),
        ],
        ids=["word joiner", "JSON", "DNS name", "absolute DNS name", "domain", "table", "quotes", "guillemets", "dash"],
    )
    def test_a_protected_device_is_one_however_it_was_typed(
        self, entries: str, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        tenant.devices.add(deviceName="DC-01", serialNumber="SRV1")
        assert "protected" in freeze(make_war_room(protected_devices=entries), serial_numbers="SRV1").error
        assert writes(tenant) == []

    @pytest.mark.parametrize(
        ("entries", "problem"),
        [
            ("${lists.Servers}", "${lists.Servers} was not resolved"),
            ('[{"name": "LAB-0001"}]', "it holds what no name has"),
            ("|LAB-0001|SN000111|", "it holds what no name has"),
            ("00:00:5e:00:53:01", "it holds what no name has"),
        ],
    )
    def test_a_protected_device_that_cannot_be_understood_stops_every_command(
        self, entries: str, problem: str, make_war_room: MakeWarRoom, tenant: LocalTenant
    ) -> None:
        run = freeze(make_war_room(protected_devices=entries), device_names="LAB-0001")
        assert "protected_devices: " in run.error
        assert problem in run.error
        assert tenant.requests == []

    def test_the_test_names_protected_devices_that_are_none(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="DC-01")
        assert make_war_room(protected_devices="dc-*, LAB-0001").run("!test-module").markdown == "ok"
        said = make_war_room(protected_devices="DC-01, Dc-O2, SRV-*").run("!test-module").markdown
        assert "has Dc-O2, SRV-*. Look for typing errors." in said

    def test_two_records_of_one_serial_number(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        old = tenant.devices.add(deviceName="PC-7", serialNumber="SN7", agentStatus="I")
        new = tenant.devices.add(deviceName="PC-7", serialNumber="SN7", agentStatus="A")
        said = freeze(war_room, serial_numbers="SN7").error
        for device, status in ((old, "Inactive"), (new, "Active")):
            facts = f"{device['deviceUid']}, {status}, last contact {device.get('lastConnectedDateTimeUtc', 'unknown')}"
            assert f"{facts}, account {device['accountUid']}, ESN {device['esn']}" in said
        assert "only device_ids are unambiguous" in said
        assert writes(tenant) == []

    @pytest.mark.parametrize(
        ("argument", "typed"),
        [
            ("device_names", "HOST-7.corp.example.com"),
            ("device_names", "CORP\\host-7"),
            ("user_names", "zaphod"),
            ("user_names", "corp\\ford"),
            ("user_names", "ford@corp.example.com"),
            ("user_names", "zaphod@corp.example.com"),
        ],
    )
    def test_a_name_with_or_without_its_domain(self, argument: str, typed: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        host = tenant.devices.add(deviceName="HOST-7", username="CORP\\zaphod", domain="corp.example.com")
        local = tenant.devices.add(deviceName="HOST-8", username="ford", domain="corp.example.com")
        wanted = local if "ford" in typed else host
        assert freeze(war_room, **{argument: typed}).ok
        assert [record.body["deviceUids"] for record in tenant.calls("POST /v3/actions/requests/freeze")] == [
            [wanted["deviceUid"]]
        ]

    @pytest.mark.parametrize(
        ("argument", "typed"),
        [
            ("user_names", "zaphod"),
            ("user_names", "EVIL\\zaphod"),
            ("device_names", "HOST-7.evil.example.com"),
            ("device_names", "HOST"),
        ],
    )
    def test_a_domain_is_not_guessed(self, argument: str, typed: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        for name, domain in (("HOST-7", "CORP"), ("HOST-8", "LABS")):
            full = f"{domain}.example.com\\{name}"
            tenant.devices.add(deviceName=name, username=f"{domain}\\zaphod", domain=f"{domain}.example.com", fullSystemName=full)
        run = freeze(war_room, **{argument: typed})
        assert ("matches 2 devices" if typed == "zaphod" else "no device matches") in run.error
        assert writes(tenant) == []

    def test_a_name_as_it_was_typed_comes_first(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        wanted = tenant.devices.add(deviceName="HOST-7", username="zaphod")
        tenant.devices.add(deviceName="HOST-8", username="CORP\\zaphod")
        assert freeze(war_room, user_names="zaphod").ok
        assert [record.body["deviceUids"] for record in tenant.calls("POST /v3/actions/requests/freeze")] == [
            [wanted["deviceUid"]]
        ]

    def test_fifty_one_devices(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        uids = [device["deviceUid"] for device in tenant.devices.all()][:51]
        run = freeze(war_room, device_ids=",".join(uids))
        assert "51 devices are meant, but the instance allows 50" in run.error
        assert "max_devices_per_action" in run.error
        assert tenant.requests == [], "refused before anything is sent"

    def test_no_target_at_all(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for command in ("absolute-device-freeze-request", "absolute-device-remove-freeze-request"):
            run = war_room.execute(
                command, {"request_name": "IR-1", "message_name": "m", "html_message": "h"} if "remove" not in command else {}
            )
            assert "no device is named" in run.error
        assert tenant.requests == []

    def test_dry_run_shows_and_sends_nothing(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        serial = tenant.devices.by_name("LAB-0001")["serialNumber"]
        run = freeze(war_room, serial_numbers=serial, passcode_type="UserDefined", passcode="48151623", dry_run="true")
        assert "Dry run: nothing was sent" in run.markdown
        assert serial in run.markdown
        assert "48151623" not in str(run.entries)
        assert '"passcode": "********"' in run.markdown
        assert writes(tenant) == []
        assert war_room.context.get("Absolute.FreezeRequest") is None
        assert "Dry run" in war_room.run(f"!absolute-device-remove-freeze-request serial_numbers={serial} dry_run=true").markdown
        assert writes(tenant) == []

    def test_a_server_that_ignores_the_filter_widens_nothing(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        everything = json.dumps({"data": [dict(other) for other in tenant.devices.all()]}).encode()
        ignoring = faults.changed(lambda answer: replace(answer, body=everything))
        tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=ignoring))
        assert freeze(make_war_room(), device_ids=device["deviceUid"]).ok
        assert [record.body["deviceUids"] for record in tenant.calls("POST /v3/actions/requests/freeze")] == [
            [device["deviceUid"]]
        ]

    def test_a_token_that_may_freeze_but_not_read(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_DEVICE_REPORTS})
        blind = {"credentials": {"identifier": token.id, "password": token.secret}}
        device_uid = tenant.devices.by_name("LAB-0001")["deviceUid"]
        run = freeze(make_war_room(**blind), device_ids=device_uid)
        assert run.ok
        assert "were not checked" in run.markdown
        assert "View Device reports" in freeze(make_war_room(**blind), device_names="LAB-0001").error
        sent = len(writes(tenant))
        refused = freeze(make_war_room(**blind, protected_devices="DC-01"), device_ids=device_uid)
        assert "protected devices, and this token cannot read" in refused.error
        assert len(writes(tenant)) == sent


class TestReading:
    @pytest.mark.parametrize(
        "name", ["O'Brien's laptop", "AT&T = 50% + x", "Müller-Größe", "田中の端末", "a|b<script>", 'say "x"', "a,b"]
    )
    def test_any_name_is_found_exactly(self, name: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        wanted = tenant.devices.add(deviceName=name)
        tenant.devices.add(deviceName=f"{name}2")
        run = war_room.execute("absolute-device-get", {"device_names": json.dumps([name])})
        assert run.ok, run.error
        assert war_room.context.get("Absolute.Device.Id") == wanted["deviceUid"]
        assert war_room.context.get("Absolute.Device.DeviceName") == name
        assert "<script>" not in run.markdown

    def test_names_with_and_without_quotes_in_one_call(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        wanted = {tenant.devices.add(deviceName=name)["deviceUid"] for name in ("O'Neill", "D'Arcy", "PLAIN-1", "PLAIN-2")}
        war_room.run("!absolute-device-get device_names=\"O'Neill,D'Arcy,PLAIN-1,PLAIN-2\"")
        assert set(war_room.context.get("Absolute.Device.Id")) == wanted

    def test_what_was_not_found_is_said(self, war_room: WarRoom) -> None:
        run = war_room.run("!absolute-device-get device_names=LAB-0001,NOSUCH")
        assert "Not found: device_names=NOSUCH" in run.markdown
        assert war_room.context.get("Absolute.Device.DeviceName") == "LAB-0001"
        nothing = war_room.run("!absolute-device-get device_names=NOSUCH")
        assert "No device was found" in nothing.markdown

    def test_devices_that_are_to_be_left_alone(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        uids = {name: tenant.devices.add(deviceName=name)["deviceUid"] for name in ("DC-01", "SPARE-1", "SPARE-2")}
        room = make_war_room(protected_devices="DC-*")
        exceptions = f"CORP\\spare-1; NOSUCH\nLAB-0001;{uids['SPARE-2'].replace('-', '')}"
        run = room.execute("absolute-device-list", {"device_names": "DC-01,SPARE-1,SPARE-2", "exceptions": exceptions})
        assert run.ok, run.error
        reasons = {row["DeviceName"]: row["LeaveAlone"] for row in room.context.get("Absolute.Device")}
        assert reasons["DC-01"] == "protected by the instance settings (protected_devices)"
        assert reasons["SPARE-1"] == "exceptions: CORP\\spare-1"
        assert reasons["SPARE-2"].startswith("exceptions: ")
        assert room.context.get("Absolute.UnmatchedExceptions") in ("NOSUCH", ["NOSUCH"])
        assert "Exceptions that no device has: NOSUCH" in str(run.entries)
        room.execute("absolute-device-list", {"device_names": "LAB-0002"})
        assert "exceptions" in room.execute("absolute-device-list", {"exceptions": "SPARE-?"}).error

    def test_arguments_narrow(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="A-1", username="CORP\\x", agentStatus="A")
        tenant.devices.add(deviceName="A-2", username="CORP\\x", agentStatus="I")
        tenant.devices.add(deviceName="A-3", username="CORP\\y", agentStatus="A")
        war_room.run("!absolute-device-list user_names=CORP\\x agent_status=Active")
        assert war_room.context.get("Absolute.Device.DeviceName") == "A-1"

    def test_wildcards_of_user_names(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        wanted = tenant.devices.add(deviceName="W-1", username="CORP\\zaphod")["deviceUid"]
        for typed in ("CORP\\zap*", "*\\zaphod", "*apho*"):
            war_room.context.data.clear()
            war_room.execute("absolute-device-list", {"user_names": typed})
            assert war_room.context.get("Absolute.Device.Id") == wanted, typed

    def test_by_mac_address_in_any_notation(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        mac = device["networkAdapters"][0]["macAddress"]
        for typed in (mac, mac.lower(), mac.replace(":", "-"), mac.replace(":", "")):
            war_room.context.data.clear()
            war_room.execute("absolute-device-get", {"mac_addresses": typed})
            assert war_room.context.get("Absolute.Device.Id") == device["deviceUid"], typed
        assert (
            "Not found: mac_addresses=02:00:00:00:00:00"
            in war_room.run("!absolute-device-get mac_addresses=02:00:00:00:00:00").markdown
        )

    def test_two_hundred_devices_in_few_calls(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        serials = [tenant.devices.add(serialNumber=f"BULK{i:04}")["serialNumber"] for i in range(200)]
        war_room.execute("absolute-device-get", {"serial_numbers": ",".join(serials)})
        assert len(war_room.context.get("Absolute.Device.Id")) == 200
        assert len(tenant.requests) <= 4

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("!absolute-device-get device_ids=LAB-0001", 'device_ids: "LAB-0001" is not a UUID. Example: device_ids='),
            ("!absolute-device-get", "no device is named. Give at least one of device_ids"),
            ("!absolute-device-get local_ips=192.0.2", "local_ips"),
            ("!absolute-device-get device_names=*LAB*", "cannot be searched"),
            ("!absolute-device-list limit=0", "limit"),
            ("!absolute-device-list limit=ten", 'limit: "ten" is not a whole number'),
            ("!absolute-device-list agent_status=Sleeping", "agent_status"),
            ("!absolute-device-list filter=\"substringof('x',esn) eq true\"", "v3 filter language"),
            ("!endpoint", "no endpoint is named"),
        ],
    )
    def test_bad_arguments_are_refused_before_anything_is_sent(
        self, command: str, said: str, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        assert said in war_room.run(command).error
        assert tenant.requests == []


def test_a_value_that_no_device_can_have_is_not_searched(war_room: WarRoom, tenant: LocalTenant) -> None:
    run = war_room.execute(
        "absolute-device-freeze-request",
        {"user_names": "4" * 5000, "request_name": "IR", "message_name": "m", "html_message": "h"},
    )
    assert run.error
    assert "user_names: a value of 5000 characters is longer than any that Absolute has" in run.error
    assert len(run.error) < 1000
    assert not tenant.requests
