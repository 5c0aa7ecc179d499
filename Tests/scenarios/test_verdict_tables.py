"""Tables of verdicts answer what was pasted: in its order, with what a person knows a device by."""

import json
from collections.abc import Callable

import Absolute
import pytest
from local_absolute import LocalTenant
from local_xsoar import WarRoom

FREEZE = "absolute-device-freeze-request request_name=IR-1 message_name=m html_message=h"
PASTED = ("T-3", "T-1", "T-INACTIVE", "T-2")


@pytest.fixture
def names(tenant: LocalTenant) -> str:
    for name in PASTED:
        tenant.devices.add(
            deviceName=name,
            serialNumber=f"SN-{name}",
            username=f"CORP\\{name.lower()}",
            agentStatus="A",
            isStolen=False,
            deviceStatus=None,
        )
    tenant.devices.update(tenant.devices.by_name("T-INACTIVE")["deviceUid"], agentStatus="I")
    return ",".join(PASTED)


def check(rows: list[dict[str, str]], markdown: str) -> None:
    assert [row["DeviceName"] for row in rows] == [*PASTED]
    assert [row["Serial"] for row in rows] == [f"SN-{name}" for name in PASTED]
    assert [row["User"] for row in rows] == [f"CORP\\{name.lower()}" for name in PASTED]
    lines = [line for line in markdown.splitlines() if line.startswith("| T-")]
    assert [line.split("|")[1].strip() for line in lines] == [*PASTED]
    assert all(f"| SN-{name} | CORP\\{name.lower()} |" in line for name, line in zip(PASTED, lines, strict=True))


@pytest.mark.parametrize("polling", ["false", "true"])
@pytest.mark.parametrize(
    ("line", "path"),
    [
        (FREEZE, "Absolute.FreezeRequest.Devices"),
        ("absolute-device-remove-freeze-request", "Absolute.RemoveFreeze"),
        ("absolute-device-unenroll", "Absolute.DeviceUnenroll.Devices"),
        ("absolute-device-message-send message=hi", "Absolute.MessageRequest.Devices"),
        ("absolute-policy-group-move policy_group=Quarantine", "Absolute.PolicyGroupMove"),
    ],
)
def test_verdicts_stand_in_the_order_of_the_input(line: str, path: str, polling: str, war_room: WarRoom, names: str) -> None:
    if "move" in line:
        groups = war_room.execute("absolute-policy-group-list", {}).contents
        line = line.replace("Quarantine", next(group["policyGroupUid"] for group in groups if not group.get("isSystem")))
    run = war_room.run(f"!{line} device_names={names} polling={polling}")
    assert run.ok, run.error
    check(war_room.context.get(path), run.last.markdown)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("absolute-device-missing-report", "Absolute.DeviceMissing"),
        ('absolute-custom-device-field-update field_name="Asset Number" value=x', "Absolute.CustomDeviceField"),
    ],
)
def test_so_do_those_of_what_is_done_at_once(line: str, path: str, war_room: WarRoom, names: str) -> None:
    run = war_room.run(f"!{line} device_names={names}")
    check(war_room.context.get(path), run.last.markdown)
    assert f": {'4 written' if 'field' in line else '3 reported, 1 failed'}" in run.last.markdown


def test_and_the_devices_of_a_search(war_room: WarRoom, names: str) -> None:
    run = war_room.run(f"!absolute-device-get device_names={names}")
    assert [device["DeviceName"] for device in war_room.context.get("Absolute.Device")] == [*PASTED]
    assert [line.split("|")[1].strip() for line in run.markdown.splitlines() if line.startswith("| T-")] == [*PASTED]


@pytest.mark.parametrize(("longest_name", "truncated"), [(600, False), (5_000, True)])
def test_an_action_on_many_devices_is_bounded(
    longest_name: int, truncated: bool, make_war_room: Callable[..., WarRoom], tenant: LocalTenant
) -> None:
    """Each entry is small, all verdicts are in the files, and the context says whether it holds them all."""
    user = "u" * longest_name
    uids = [tenant.devices.add(deviceName=f"MANY-{n:05}", username=user, agentStatus="A")["deviceUid"] for n in range(1_500)]
    room = make_war_room(max_devices_per_action="5000")
    run = room.run(f"!{FREEZE} device_ids={','.join(uids)}")
    assert run.ok, run.error
    assert all(len(json.dumps({**entry, "EntryContext": None})) < 1_000_000 for entry in run.entries)
    assert sum(line.startswith("| MANY-") for line in run.markdown.splitlines()) == 50
    assert "1500 pending" in run.markdown
    found, held = room.context.get("Absolute.List"), room.context.get("Absolute.FreezeRequest.Devices")
    assert (found["Path"], found["Total"], found["Truncated"]) == ("Absolute.FreezeRequest.Devices", 1_500, truncated)
    assert [row["DeviceUid"] for row in held] == uids[: found["InContext"]]
    assert len(json.dumps(held)) < 5_500_000
    assert (found["InContext"] < 1_500) is truncated
    assert "all 1500 rows are in the files freeze-request.csv and freeze-request.json" in run.markdown
    assert (f"holds only the first {len(held)}." in run.markdown) is truncated
    in_file = next(file for file in room.investigation.files.values() if file.name.endswith(".json"))
    assert [row["DeviceUid"] for row in json.loads(in_file.path.read_text("utf-8"))] == uids


def test_of_more_than_the_context_holds_it_has_the_first(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr(Absolute.demisto, "investigation", lambda: {"id": "1"})
    devices = [{"DeviceUid": str(n), "Reason": "x" * 1000} for n in range(8_000)]
    requests = [{"RequestUID": "a", "Devices": devices[:3_000]}, {"RequestUID": "b", "Devices": devices[3_000:]}]
    results, listed, *files = Absolute.bounded(Absolute.command_results("", "Absolute.FreezeRequest", "RequestUID", requests))
    held = [device["DeviceUid"] for request in results.outputs for device in request["Devices"]]
    assert held == [str(n) for n in range(len(held))]
    assert 4_000 < len(held) < 5_000
    assert listed.outputs["Truncated"] is True
    assert (listed.outputs["InContext"], listed.outputs["Total"]) == (len(held), 8_000)
    assert len(files) == 2
