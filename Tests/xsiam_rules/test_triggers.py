"""From an event to a playbook on XSIAM: a rule finds the event, its alert names the device, a trigger starts the playbook."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from local_absolute import LocalTenant, ManualClock
from local_xsoar import Behaviour, Library, WarRoom, load_playbooks
from pack_files import PACK, read_item
from xql.content import CORRELATION_RULES
from xql.pipeline import data_model, dataset_rows
from xql.stages import run
from xql.syntax import tokens

TRIGGERS = {path.stem: read_item(path) for path in sorted((PACK / "Triggers").glob("*.json"))}
RULES = {rule["alert_name"]: rule for rule in CORRELATION_RULES.values()}
# "Create an automation rule" of the Cortex XSIAM documentation: of correlation rules, issues of these severities alone.
STARTS_PLAYBOOKS = {"SEV_030_MEDIUM", "SEV_040_HIGH", "SEV_050_CRITICAL"}
HOUR = 3600
# The SDK's own conversion. In a process of its own, because what the SDK imports warns.
CONVERT = """
import sys
from pathlib import Path
import yaml
from demisto_sdk.commands.common.constants import MarketplaceVersions
from demisto_sdk.commands.content_graph.objects import Playbook  # else its imports go round in a circle
from demisto_sdk.commands.prepare_content.preparers import incident_to_alert as sdk
for path in Path(sys.argv[1]).glob("*.yml"):
    playbook = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    sdk.replace_playbook_access_fields_recursively(playbook, [])
    prepared = sdk.prepare_descriptions_and_names(playbook, MarketplaceVersions.MarketplaceV2)
    Path(sys.argv[2], path.name).write_text(yaml.dump(prepared, Dumper=yaml.CSafeDumper))
"""


def rule_of(trigger: dict[str, Any]) -> dict[str, Any]:
    (condition,) = trigger["alerts_filter"]["filter"]["AND"]
    assert (condition["SEARCH_FIELD"], condition["SEARCH_TYPE"]) == ("alert_name", "EQ")
    return RULES[condition["SEARCH_VALUE"]]


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_can_start_its_playbook(name: str) -> None:
    rule, playbooks = rule_of(TRIGGERS[name]), (PACK / "Playbooks").glob("*.yml")
    assert rule["severity"] in STARTS_PLAYBOOKS
    assert any(f"\nname: {TRIGGERS[name]['playbook_id']}\n" in path.read_text() for path in playbooks)


def test_each_rule_about_one_device_has_a_trigger_unless_no_playbook_may_start() -> None:
    about_devices = {name for name, rule in RULES.items() if "deviceid" in rule["alert_fields"]}
    triggered = {rule_of(trigger)["alert_name"] for trigger in TRIGGERS.values()}
    assert {name for name in about_devices if RULES[name]["severity"] in STARTS_PLAYBOOKS} == triggered


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The playbooks as the SDK turns them for XSIAM, where an incident is an alert."""
    packs = tmp_path_factory.mktemp("xsiam") / "Packs"
    shutil.copytree(PACK.parent, packs, ignore=shutil.ignore_patterns("__pycache__"))
    pack = packs / PACK.name
    program = (sys.executable, "-W", "ignore", "-c", CONVERT)
    subprocess.run([*program, PACK / "Playbooks", pack / "Playbooks"], check=True, capture_output=True)
    return load_playbooks(pack / "Playbooks")


@pytest.fixture
def alert(room: WarRoom, clock: ManualClock) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The one alert that a rule raises on what was fetched, with the fields that the rule maps."""

    def find(rule: dict[str, Any]) -> dict[str, Any]:
        run_ = room.execute("fetch-events")
        assert run_.ok, run_.error
        now = clock.now()
        (row,) = run(tokens(rule["xql_query"]), data_model(dataset_rows(room.events(), now), now), now)
        return {field: row[column] for field, column in rule["alert_fields"].items() if column}

    return find


def moved_and_silent(tenant: LocalTenant, clock: ManualClock, device: str) -> None:
    tenant.siem.device_moved(device, 41.9, 12.5, "Rome", "Italy")
    clock.advance(30 * HOUR)
    tenant.siem.addresses_changed(tenant.devices.by_name("LAB-0005")["deviceUid"], local_ip="192.0.2.10")


def unprotected(tenant: LocalTenant, clock: ManualClock, device: str) -> None:
    tenant.siem.antivirus_lost(device)


@pytest.mark.parametrize(
    ("trigger", "happens", "event"),
    [
        ("Trigger_-_Absolute_Antivirus_Protection_Lost", unprotected, "DeviceBecameAVUnprotected"),
        ("Trigger_-_Absolute_Silence_After_a_Location_Change", moved_and_silent, "DeviceLocationUpdated"),
    ],
)
def test_an_alert_runs_through_its_playbook(
    trigger: str,
    happens: Callable[[LocalTenant, ManualClock, str], None],
    event: str,
    tenant: LocalTenant,
    clock: ManualClock,
    room: WarRoom,
    library: Library,
    alert: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    device = tenant.devices.by_name("LAB-0003")
    happens(tenant, clock, device["deviceUid"])
    clock.advance(timedelta(hours=1).total_seconds())
    raised = alert(rule_of(TRIGGERS[trigger]))
    assert (raised["deviceid"], raised["devicename"], raised["absoluteeventtype"]) == (device["deviceUid"], "LAB-0003", event)
    room.behaviour = Behaviour(product="xsiam")
    done = room.run_playbook(library, TRIGGERS[trigger]["playbook_id"], {}, raised)
    assert done.ok, done.error
    assert f"**Event**: {event}" in done.notes[-1]["HumanReadable"]
    assert "LAB-0003" in done.notes[-1]["HumanReadable"]
    assert done.incident["absoluteserialnumber"] == device["serialNumber"]
