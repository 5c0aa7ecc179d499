"""What the public pack's own examples type works here as it is typed there, and fills what its documentation promises.

The lines have the arguments of its examples with values of the simulated tenant. Not among them are two that docs/moving.md
tells of: a freeze whose date has passed, and a part of a device name as its whole.
"""

from collections.abc import Callable
from typing import Any

import pytest
from local_absolute import LocalTenant
from local_xsoar import WarRoom

FREEZE = (
    '!absolute-device-freeze-request device_ids={device} device_freeze_type=Scheduled html_message="test" message_name="new name" '
    'request_name="name1" scheduled_freeze_date=2045-04-03T13:30:00.000Z passcode_type=RandomForEach passcode_length=5'
)
MESSAGE = '!absolute-device-freeze-message-create html_message="some text" message_name="name name"'
# The line, what comes before it, and context paths that have a value then.
EXAMPLES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "!absolute-custom-device-field-list device_id={device}",
        (),
        "CustomDeviceField.CDFValues.CDFUID CustomDeviceField.DeviceUID",
    ),
    ('!absolute-custom-device-field-update device_id={device} cdf_uid={field} value="test2"', (), ""),
    (FREEZE, (), "FreezeRequest.RequestUID FreezeRequest.SucceededDeviceUIDs"),
    ("!absolute-device-remove-freeze-request device_ids={device} remove_scheduled=true", (FREEZE,), ""),
    (
        "!absolute-device-freeze-request-get request_uid=${{Absolute.FreezeRequest.RequestUID}}",
        (FREEZE,),
        "FreezeRequestDetail.ID FreezeRequestDetail.ActionRequestUid FreezeRequestDetail.Configuration.conditions "
        "FreezeRequestDetail.Configuration.Conditions FreezeRequestDetail.Statuses FreezeRequestDetail.Requester",
    ),
    ("!absolute-device-freeze-message-list", (MESSAGE,), "FreezeMessage.ID FreezeMessage.Name FreezeMessage.Content"),
    (MESSAGE, (), "FreezeMessage.ID"),
    (
        '!absolute-device-freeze-message-update html_message="new mesg" message_id=${{Absolute.FreezeMessage.ID}} message_name="new"',
        (MESSAGE,),
        "",
    ),
    ('!absolute-device-freeze-message-delete message_id="${{Absolute.FreezeMessage.ID}}"', (MESSAGE,), ""),
    (
        '!absolute-device-unenroll device_ids="{device}"',
        (),
        "DeviceUnenroll.RequestUid DeviceUnenroll.Devices.DeviceUid DeviceUnenroll.Devices.ActionUid DeviceUnenroll.Devices.ESN",
    ),
    (
        "!absolute-device-application-list device_ids={device} filter=\"appName eq 'Example Editor' or appName eq 'Example AV'\"",
        (),
        "DeviceApplication.AppName DeviceApplication.DeviceUid DeviceApplication.Ens DeviceApplication.InstallDate",
    ),
    (
        '!absolute-device-list os_name="Microsoft Windows 11 Pro"',
        (),
        "Device.Id Device.Esn Device.FullSystemName Device.LastConnectedUtc Device.encryptionStatus Device.EncryptionStatus",
    ),
    (
        '!absolute-device-get device_names="LAB-0001" fields=rnrBitLocker',
        (),
        "Device.Serial Device.Os.name Device.Bios.id Device.Username Device.PolicyGroupName Device.encryptionStatus",
    ),
    (
        "!absolute-device-location-get device_ids={device}",
        (),
        "LocationReport.ID LocationReport.City LocationReport.Coordinates LocationReport.LastUpdate LocationReport.Accuracy",
    ),
    ('!absolute-device-get-events start_date="one minute ago" end_date="now" limit=10', (), ""),
)


@pytest.fixture
def fill(tenant: LocalTenant) -> Callable[[str], str]:
    device = tenant.devices.by_name("LAB-0001")["deviceUid"]
    field = tenant.custom_fields.by_name("Asset owner").uid
    return lambda line: line.format(device=device, field=field)


@pytest.mark.parametrize(("line", "before", "paths"), EXAMPLES, ids=[line.split()[0] for line, _, _ in EXAMPLES])
def test_an_example_of_the_public_pack(
    line: str, before: tuple[str, ...], paths: str, fill: Callable[[str], str], war_room: WarRoom, tenant: LocalTenant
) -> None:
    tenant.custom_fields.write(tenant.devices.by_name("LAB-0001"), {tenant.custom_fields.by_name("Asset owner").uid: "IT"})
    for earlier in before:
        assert war_room.run(fill(earlier)).ok
    run = war_room.run(fill(line))
    assert run.ok, run.error
    empty: list[Any] = [path for path in paths.split() if war_room.context.get(f"Absolute.{path}") in (None, "", [])]
    assert empty == []


def test_fields_are_added_to_the_usual_ones(fill: Callable[[str], str], war_room: WarRoom) -> None:
    usual, more = (
        "!absolute-device-get device_ids={device}",
        "!absolute-device-get device_ids={device} fields=rnrBitLocker,timeZone",
    )
    assert war_room.run(fill(usual)).ok
    known = set(war_room.context.get("Absolute.Device"))
    war_room.context.data.clear()
    assert war_room.run(fill(more)).ok
    assert set(war_room.context.get("Absolute.Device")) > known
