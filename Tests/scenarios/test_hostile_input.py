"""Hostile arguments and hostile data of the API: no traceback, no other device, no changed query, no broken table."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_absolute import LocalTenant
from local_xsoar import Integration, PlatformModules, WarRoom
from proof.hostile_runs import HostileStage, hostile_arguments, hostile_changes, hostile_stage
from proof.hostile_values import TRAP_NAMES
from proof.trials import open_stage, prepare
from proof.war_room_text import broken_tables, foreign_parts, shown

FEW = settings(max_examples=80, suppress_health_check=list(HealthCheck))
FREEZE = {"request_name": "IR-1", "message_name": "m", "html_message": "h"}


@pytest.fixture(scope="module")
def hostile(integration: Integration, platform_modules: PlatformModules) -> Iterator[HostileStage]:
    with open_stage(integration, platform_modules, devices=60) as stage:
        prepare(stage)
        yield hostile_stage(stage)


@FEW
@given(data=st.data())
def test_hostile_arguments(hostile: HostileStage, data: st.DataObject) -> None:
    command, argument = data.draw(st.sampled_from(hostile.arguments))
    args, alone = data.draw(hostile_arguments(hostile, command, argument))
    assert hostile.damage(command, args, alone) == []


@FEW
@given(data=st.data())
def test_hostile_data_of_the_api(hostile: HostileStage, data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(sorted(hostile.valid)))
    assert hostile.damage_by_data(command, data.draw(hostile_changes())) == []


@pytest.mark.parametrize("name", TRAP_NAMES)
def test_a_device_with_a_hostile_name_is_itself_alone(name: str, war_room: WarRoom, tenant: LocalTenant) -> None:
    tenant.devices.add(deviceName="LAB-0001-2")
    wanted = tenant.devices.add(deviceName=name, agentStatus="A")
    # A name with a comma or an asterisk at its end has another meaning in a list, so that it is given by its serial number.
    run = war_room.execute("absolute-device-freeze-request", {"serial_numbers": wanted["serialNumber"], **FREEZE})
    assert run.ok, run.error
    assert [action.device for request in tenant.freeze.requests.values() for action in request.actions] == [wanted]
    assert war_room.context.get("Absolute.FreezeRequest.Devices.DeviceName") == name
    listed = war_room.run("!absolute-device-list all_results=true")
    for markdown in (run.markdown, listed.markdown):
        assert not [*broken_tables(markdown), *foreign_parts(markdown)]
        assert name in shown(markdown)


def test_an_expression_in_a_device_name_is_text(war_room: WarRoom, tenant: LocalTenant) -> None:
    """As a target it is a reference that the playbook could not resolve; such a device is found by anything else of it."""
    device = tenant.devices.add(deviceName="${Absolute.Device.Id}")
    war_room.execute("absolute-device-get", {"device_ids": device["deviceUid"]})
    assert war_room.context.get("Absolute.Device.DeviceName") == "${Absolute.Device.Id}"
    assert "was not resolved" in war_room.execute("absolute-device-get", {"device_names": "${Absolute.Device.Id}"}).error


def test_names_of_changed_properties_cannot_break_the_context(war_room: WarRoom, tenant: LocalTenant) -> None:
    """Their dots would be read as paths."""
    device = tenant.devices.by_name("LAB-0001")
    tenant.siem.user_changed(device["deviceUid"], "a;PropertyName[7]=x.y(val.z);OldValue[7]=1;NewValue[7]=${Absolute}|<b>")
    tenant.clock.advance(600)
    run = war_room.run('!absolute-device-get-events start_date="1 hour ago" end_date="in 1 hour"')
    assert run.ok, run.error
    assert "x_y(val_z)" in json.dumps(war_room.context.data)
    assert not [*broken_tables(run.markdown), *foreign_parts(run.markdown)]


class TestTheChecks:
    """They notice what they are for."""

    def test_a_row_with_a_pipe_too_many(self) -> None:
        table = "|a|b|\n|---|---|\n| 1 | 2 |\n"
        assert not list(broken_tables(table))
        assert list(broken_tables(f"{table}| x|y | 2 |"))
        assert not list(broken_tables(f"{table}| x\\|y | 2 |"))

    @pytest.mark.parametrize(
        "text",
        [
            *("<script>x", "[x](http://192.0.2.1)", "![x](x.png)", "<http://192.0.2.1>", "a <b>c</b>"),
            *('%%%{"message": "x", "action": "y"}%%%', "{{color:red}}(x)"),
        ],
    )
    def test_html_links_pictures_buttons_and_colours(self, text: str) -> None:
        assert list(foreign_parts(f"|a|\n|---|\n| {text} |"))
        assert not list(foreign_parts("|a|\n|---|\n| &lt;script&gt; \\[x\\](y) |"))
