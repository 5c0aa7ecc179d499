"""The main job, over HTTP through the war room: find, locate, freeze and release one laptop, each step proven on the device."""

import re

from local_absolute import LocalTenant, ManualClock
from local_xsoar import WarRoom

FREEZE = '!absolute-device-freeze-request serial_numbers={serial} request_name="IR-1234 containment" message_uid={message} polling=true'


def test_find_locate_freeze_prove_release(war_room: WarRoom, tenant: LocalTenant) -> None:
    laptop = tenant.devices.by_name("LAB-0001")
    serial, device_uid = laptop["serialNumber"], laptop["deviceUid"]
    assert war_room.test() == "ok"

    found = war_room.run(f"!absolute-device-list serial_numbers={serial}")
    assert war_room.context.get("Absolute.Device.Id") == device_uid
    assert "LAB-0001" in found.markdown
    war_room.run(f"!absolute-device-get serial_numbers={serial}")
    assert war_room.context.get("Absolute.Device.IsStolen") is False

    located = war_room.run(f"!absolute-device-location-get serial_numbers={serial}")
    longitude, latitude = laptop["geoData"]["location"]["point"]["coordinates"]
    assert war_room.context.get("Absolute.LocationReport.Latitude") == latitude
    assert war_room.context.get("Absolute.LocationReport.Longitude") == longitude
    assert located.entries[-1]["Type"] == 15, "a single device is shown on a map"

    war_room.run('!absolute-device-freeze-message-create message_name="IR lock" html_message="<p>Call 555-0100.</p>"')
    message = war_room.context.get("Absolute.FreezeMessage.ID")
    frozen = war_room.run(FREEZE.format(serial=serial, message=message))
    assert frozen.ok
    assert frozen.polls > 0, "the agent checks in every 15 minutes: nothing is frozen at once"
    assert war_room.context.get("Absolute.FreezeRequest.FrozenDeviceUIDs") == [device_uid]
    assert war_room.context.get("Absolute.FreezeRequest.Devices.Verdict") == "frozen"
    assert tenant.devices.by_name("LAB-0001")["deviceFreezeStatus"]["statusCode"] == "FRZN"

    request_uid = war_room.context.get("Absolute.FreezeRequest.RequestUID")
    codes = war_room.run(f"!absolute-device-freeze-passcode-get request_uid={request_uid}")
    assert re.search(r"\| \d{8} \|", codes.markdown)

    released = war_room.run(f"!absolute-device-remove-freeze-request device_ids={device_uid} polling=true")
    assert released.ok
    assert released.polls > 0
    assert war_room.context.get("Absolute.RemoveFreeze.Verdict") == "unfrozen"
    assert (tenant.devices.by_name("LAB-0001").get("deviceFreezeStatus") or {}).get("statusCode") != "FRZN"


def test_an_agent_that_never_checks_in_ends_in_an_honest_answer(
    war_room: WarRoom, tenant: LocalTenant, clock: ManualClock
) -> None:
    laptop = tenant.devices.by_name("LAB-0001")
    tenant.agents.offline(laptop["deviceUid"])
    run = war_room.run(
        f"!absolute-device-freeze-request device_ids={laptop['deviceUid']} request_name=IR-1 message_name=m html_message=h "
        "polling=true interval_in_seconds=600 timeout_in_seconds=7200"
    )
    assert run.ok, "pending at the time-out is an answer, not an error"
    assert run.polls == 12
    assert "Time-out" in run.last.markdown
    assert "1 pending" in run.last.markdown
    assert war_room.context.get("Absolute.FreezeRequest.FrozenDeviceUIDs") == []
    assert war_room.context.get("Absolute.FreezeRequest.PendingDeviceUIDs") == [laptop["deviceUid"]]
