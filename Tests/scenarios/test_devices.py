"""Lists, details, endpoints and locations as the analyst and the playbook get them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, Fault, LocalTenant, Permission, faults
from local_absolute.http_answer import HttpAnswer, json_answer
from local_xsoar import WarRoom

MakeWarRoom = Callable[..., WarRoom]


class TestList:
    def test_pages_follow_each_other_without_gap_or_overlap(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        seen: list[str] = []
        for page in range(4):
            war_room.context.data.clear()
            run = war_room.run(f"!absolute-device-list limit=20 page={page}")
            seen += war_room.context.get("Absolute.Device.Id") or []
        assert len(seen) == len(set(seen)) == 60
        assert "No device was found" in run.markdown

    def test_a_full_page_says_that_there_is_more(self, war_room: WarRoom) -> None:
        assert "There are more devices" in war_room.run("!absolute-device-list limit=5").markdown
        assert "There are more devices" not in war_room.run("!absolute-device-list all_results=true").markdown
        assert len(war_room.context.get("Absolute.Device.Id")) == 60

    def test_more_than_a_page_of_the_api(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for index in range(1000):
            tenant.devices.add(deviceName=f"MANY-{index:04}")
        war_room.run("!absolute-device-list device_names=MANY-* limit=700")
        assert len(war_room.context.get("Absolute.Device.Id")) == 700
        assert len(tenant.requests) == 2

    def test_the_filters_of_the_api_and_our_own(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(
            deviceName="F-1",
            systemManufacturer="Tailspin",
            systemModel="Slate 99",
            operatingSystem={"name": "Microsoft Windows 11 Pro", "version": "10.0.99999"},
        )
        for arguments in (
            "manufacturer=Tailspin",
            'model="Slate 99"',
            "os_version=10.0.99999",
            "os_version=10.0.999*",
            "filter=\"deviceNameStartsWith eq 'F-'\"",
        ):
            war_room.context.data.clear()
            run = war_room.run(f"!absolute-device-list {arguments}")
            assert war_room.context.get("Absolute.Device.DeviceName") == "F-1", (arguments, run.error)
            assert war_room.context.get("Absolute.Device.osName") == "Microsoft Windows 11 Pro"

    def test_what_was_read_before_a_failure_is_kept_and_said(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for index in range(600):
            tenant.devices.add(deviceName=f"MANY-{index:04}")
        tenant.faults.add(Fault(when=lambda method, path, query, body: "nextPage" in query, action=faults.status(500)))
        run = war_room.run("!absolute-device-list device_names=MANY-* all_results=true")
        assert "**Incomplete**: only the first 500 were read" in run.markdown
        assert len(war_room.context.get("Absolute.Device.Id")) == 500

    def test_a_repeated_cursor_ends_the_walk(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for index in range(1200):
            tenant.devices.add(deviceName=f"MANY-{index:04}")
        cursors: list[str] = []

        def same_cursor(answer: HttpAnswer) -> HttpAnswer:
            document = json.loads(answer.body)
            cursors.append(document["metadata"]["pagination"].get("nextPage"))
            document["metadata"]["pagination"]["nextPage"] = cursors[0]
            return replace(answer, body=json.dumps(document).encode())

        tenant.faults.add(Fault(when="GET /v3/reporting/devices", action=faults.changed(same_cursor)))
        run = war_room.run("!absolute-device-list device_names=MANY-* all_results=true")
        assert "repeated a page cursor" in run.markdown


class TestGet:
    def test_false_and_zero_survive(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        war_room.run(f"!absolute-device-get device_ids={device['deviceUid']}")
        assert war_room.context.get("Absolute.Device.IsStolen") is False

    def test_chosen_fields_under_their_old_and_new_names(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        war_room.run(f"!absolute-device-get device_ids={device['deviceUid']} fields=systemName,serial,cpu")
        found = war_room.context.get("Absolute.Device")
        assert found["Serial"] == device["serialNumber"]
        assert found["Cpu"] == device["cpu"]
        assert found["Os"]["name"], "the usual fields come too, as in the existing pack"
        assert found["encryptionStatus"] == found["EncryptionStatus"]

    def test_a_passcode_never_comes_with_a_device(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.by_name("LAB-0001")
        war_room.run(
            f"!absolute-device-freeze-request device_ids={device['deviceUid']} request_name=x message_name=m html_message=h passcode_type=UserDefined passcode=48151623 polling=true"
        )
        run = war_room.run(
            f"!absolute-device-get device_ids={device['deviceUid']} fields=deviceFreezeStatus,deviceFreezeActionStatus"
        )
        assert run.ok
        assert war_room.context.get("Absolute.Device.FreezeStatus.statusCode") == "FRZN"
        assert "48151623" not in str(run.entries)


class TestStates:
    @pytest.mark.parametrize("detail", [True, False], ids=["get", "list"])
    def test_what_waits_is_shown_in_words(self, detail: bool, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="WAITS-1", deviceFreezeReportingStatuses=["FreezeScheduled", "FreezeConditionOfflineSet"])
        run = war_room.run(f"!absolute-device-{'get' if detail else 'list'} device_names=WAITS-1")
        assert "freeze scheduled, offline freeze rule set" in run.markdown
        assert "FreezeScheduled" not in run.markdown

    @pytest.mark.parametrize("detail", [True, False], ids=["get", "list"])
    def test_every_freeze_is_shown_the_one_that_holds_the_device_first(
        self, detail: bool, war_room: WarRoom, tenant: LocalTenant
    ) -> None:
        """The two forms in which the date of a scheduled freeze is documented."""
        rule = {"key": "conditions", "extra": {"secondsUntilFreeze": 86400}}
        date = {"key": "conditions", "extra": [{"scheduledFreezeDate": "2030-02-01T18:00:00.000Z"}]}
        freezes: tuple[tuple[str, str, list[Any]], ...] = (
            ("Offline", "FreezeConditionOfflineSet", [rule]),
            ("Scheduled", "FreezeScheduled", [date]),
            ("OnDemand", "Frozen", []),
        )
        tenant.devices.add(
            deviceName="THREE-1",
            deviceFreezeStatus={"statusCode": "FRZN", "statusName": "Frozen"},
            deviceFreezeReportingStatuses=[status for _, status, _ in freezes],
            deviceFreezeActionStatus={
                "score": 315,
                "statuses": [{"type": kind, "status": {"status": s, "passcode": "4815", "extras": e}} for kind, s, e in freezes],
            },
        )
        run = war_room.run(f"!absolute-device-{'get' if detail else 'list'} device_names=THREE-1")
        assert "| FROZEN, offline freeze rule set, freeze scheduled for 2030-02-01 18:00 UTC |" in run.markdown
        assert "4815" not in str(run.entries)
        found = {freeze["Type"]: freeze for freeze in war_room.context.get("Absolute.Device.Freezes")}
        assert found["Scheduled"]["ScheduledUtc"] == "2030-02-01T18:00:00.000Z"
        assert found["Offline"]["OfflineSeconds"] == 86400
        assert found["OnDemand"]["Status"] == "Frozen"

    def test_encryption_in_words(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        for code, word in (("ENCR", "encrypted"), ("USENCR", "encrypted (used space)"), ("INST", "not encrypted")):
            tenant.devices.add(deviceName=f"E-{code}", espInfo={"encryptionStatus": code, "encryptionProductName": "BitLocker"})
            run = war_room.run(f"!absolute-device-get device_names=E-{code}")
            assert f"| BitLocker, {word} |" in run.markdown
            assert war_room.context.get("Absolute.Device.EncryptionStatus")[-1] == code or code == "ENCR"

    def test_a_word_that_nobody_knows_is_shown_as_it_is(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="ODD-1", deviceFreezeReportingStatuses=["FreezeByMoonlight"])
        assert "freeze: FreezeByMoonlight" in war_room.run("!absolute-device-get device_names=ODD-1").markdown


class TestByState:
    @pytest.fixture(autouse=True)
    def states(self, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="S-FROZEN", deviceFreezeStatus={"statusCode": "FRZN", "statusName": "Frozen"})
        for name in (
            "FreezeRequested",
            "FreezeScheduled",
            "OfflineTimerExpired",
            "FreezeConditionOfflineSet",
            "UnfreezeRequested",
        ):
            tenant.devices.add(deviceName=f"S-{name}", deviceFreezeReportingStatuses=[name])
        tenant.devices.add(deviceName="S-STOLEN", isStolen=True, deviceStatus=None)
        reported = {"type": "MISSING", "reported": "2026-01-05T08:00:00.000Z", "emailContacts": ""}
        tenant.devices.add(deviceName="S-MISSING", deviceStatus=reported)

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ("frozen", "FROZEN"),
            ("Freeze Pending", "FreezeRequested FreezeScheduled OfflineTimerExpired"),
            ("freeze requested", "FreezeRequested"),
            ("freeze scheduled", "FreezeScheduled"),
            ("offline freeze", "FreezeConditionOfflineSet OfflineTimerExpired"),
            ("stolen", "STOLEN"),
            ("missing", "MISSING"),
            ("frozen,stolen,missing", "FROZEN STOLEN MISSING"),
        ],
    )
    def test_a_state_finds_its_devices(self, state: str, expected: str, war_room: WarRoom) -> None:
        run = war_room.run(f'!absolute-device-list device_names=S-* state="{state}"')
        assert run.ok, run.error
        names = war_room.context.get("Absolute.Device.DeviceName")
        assert {*([names] if isinstance(names, str) else names)} == {f"S-{name}" for name in expected.split()}

    def test_only_what_may_match_is_read(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert war_room.run("!absolute-device-list state=stolen").ok
        assert "isStolen=true" in tenant.requests[-1].query

    def test_missing_without_the_permission(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - {Permission.VIEW_MISSING_DEVICE})
        room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
        error = room.run("!absolute-device-list state=missing").error
        assert "state=missing needs the list of missing devices, which this token may not read" in error
        assert "View Missing Device" in error
        assert room.run("!absolute-device-list state=stolen").ok

    def test_a_missing_device_without_uid(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        answer = json_answer(200, {"data": [{"creationDateTimeUtc": "2026-01-05T08:16:00.000Z"}], "metadata": {}})
        tenant.faults.add(Fault(when="GET /v3/tracking", action=lambda process: answer))
        assert "does not say which device it is" in war_room.run("!absolute-device-list state=missing").error

    def test_an_unknown_state_is_refused(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        assert 'state: "lost" is not one of frozen' in war_room.run("!absolute-device-list state=frozen,lost").error
        assert tenant.requests == []


class TestEndpoint:
    def test_the_arguments_are_alternatives(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        """Generic playbooks give the values of every vendor in one call."""
        one, two = (
            tenant.devices.add(deviceName=name, localIp=ip) for name, ip in (("EP-1", "192.0.2.251"), ("EP-2", "192.0.2.252"))
        )
        run = war_room.run(f"!endpoint id=9f0c1d,{one['deviceUid']} hostname=EP-2,OTHER-9 ip=203.0.113.9")
        assert run.ok, run.error
        assert {found["Hostname"] for found in war_room.context.get("Endpoint")} == {"EP-1", "EP-2"}
        said = run.entries[-1]["HumanReadable"]
        assert "No entries" not in said
        assert all(text in said for text in ("id=9f0c1d", "hostname=OTHER-9", "ip=203.0.113.9"))
        assert two["deviceUid"] not in said

    def test_what_can_be_nothing_of_absolute_is_ignored_beside_others(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        tenant.devices.add(deviceName="EP-1", localIp="192.0.2.251")
        run = war_room.run("!endpoint ip=203.0.113.0/24,192.0.2.251 hostname=a*b*c id=9f0c1d")
        assert run.ok, run.error
        assert war_room.context.get("Endpoint.Hostname") == "EP-1"
        assert all(text in run.entries[-1]["HumanReadable"] for text in ("ip=203.0.113.0/24", "id=9f0c1d"))
        assert 'ip: "here" is not an IP address' in war_room.run("!endpoint ip=here").error

    def test_a_device_is_an_endpoint_too(self, war_room: WarRoom) -> None:
        war_room.run("!absolute-device-get device_names=LAB-0001,LAB-0002")
        assert [one["Hostname"] for one in war_room.context.get("Endpoint")] == ["LAB-0001", "LAB-0002"]

    def test_nothing_found_reads_as_the_platform_writes_it(self, war_room: WarRoom) -> None:
        run = war_room.run("!endpoint id=9f0c1d hostname=OTHER-9")
        assert run.ok
        assert "**No entries.**" in run.markdown
        assert war_room.context.get("Endpoint") is None

    @pytest.mark.parametrize(("argument", "field"), [("id", "deviceUid"), ("ip", "localIp"), ("hostname", "deviceName")])
    def test_by_each_argument(self, argument: str, field: str, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.add(deviceName="EP-1", localIp="192.0.2.250")
        war_room.execute("endpoint", {argument: device[field]})
        assert war_room.context.get("Endpoint.ID") == device["deviceUid"]
        assert war_room.context.get("Endpoint.Hostname") == "EP-1"
        assert war_room.context.get("Endpoint.Vendor") == "Absolute"
        assert war_room.context.get("Endpoint.IsIsolated") is None, "frozen is not isolated"

    def test_nobody(self, war_room: WarRoom) -> None:
        assert "Not found: hostname=NOSUCH" in war_room.run("!endpoint hostname=NOSUCH").markdown


class TestLocation:
    def test_a_device_without_a_position(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        device = tenant.devices.add(deviceName="NOWHERE")
        tenant.devices.update(device["deviceUid"], geoData=None)
        run = war_room.run("!absolute-device-location-get device_names=NOWHERE")
        assert "no location" in run.markdown
        assert war_room.context.get("Absolute.LocationReport.ID") == device["deviceUid"]
        assert len(run.entries) == 1, "no map without a position"

    def test_a_token_without_the_address_level_view(self, make_war_room: MakeWarRoom, tenant: LocalTenant) -> None:
        hidden = {permission for permission in Permission if "GEOLOCATION" in permission.name}
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - hidden)
        room = make_war_room(credentials={"identifier": token.id, "password": token.secret})
        assert "View Geolocation" in room.run("!absolute-device-location-get device_names=LAB-0001").markdown

    def test_several_devices_have_links_and_no_map(self, war_room: WarRoom, tenant: LocalTenant) -> None:
        point = {"type": "Point", "x": -0.12, "y": 51.5, "coordinates": [-0.12, 51.5]}
        for name in ("L-1", "L-2"):
            tenant.devices.add(
                deviceName=name,
                geoData={"location": {"point": point, "accuracy": 35, "lastUpdateDateTimeUtc": "2026-01-05T07:59:00.000Z"}},
            )
        run = war_room.run("!absolute-device-location-get device_names=L-1,L-2")
        assert run.markdown.count("openstreetmap.org") == 2
        assert all(entry["Type"] == 1 for entry in run.entries)
        assert war_room.context.get("Absolute.LocationReport.Latitude") == [51.5, 51.5]
