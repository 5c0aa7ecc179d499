"""The side-by-side edition on a server that keeps the pack of the marketplace: nothing it does reaches the other integration.

The pack under its own names stands for the marketplace's: the id of its integration and the names of its commands are the same.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_absolute import LocalTenant
from local_xsoar import Library, WarRoom, load_integration, load_playbooks
from pack_files import PACK, read_item
from sdk_gate.side_by_side import LEFT_OUT, RENAMED, items, side_by_side

MESSAGE = {"Message_name": "lock", "Message_text": "<p>Call 555-0100.</p>"}
NAMED = {"Endpoint_hostname": "LAB-0001"}
EVENT = {"eventtype": "DeviceBecameAVUnprotected", "absolutefetchtype": "SIEM event"}
COPY = f"{RENAMED}_instance_1"


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packs = tmp_path_factory.mktemp("side_by_side") / "Packs"
    shutil.copytree(PACK.parent, packs, ignore=shutil.ignore_patterns("__pycache__"))
    return side_by_side(packs / "Absolute")


@pytest.fixture(scope="module")
def library(edition: Path) -> Library:
    return load_playbooks(edition / "Playbooks")


@pytest.fixture
def room(edition: Path, tenant: LocalTenant, make_war_room: Callable[..., WarRoom]) -> WarRoom:
    """An instance of each integration, with a token each."""
    room = make_war_room()
    token = tenant.tokens.create_symmetric()
    params = {**room.instance.params, "credentials": {"identifier": token.id, "password": token.secret}}
    room.add_instance(params, integration=load_integration(edition / "Integrations" / "Absolute"))
    return room


@pytest.fixture
def callers(room: WarRoom, tenant: LocalTenant) -> Callable[[], set[str]]:
    """The instances that have called the tenant."""
    names = {one.params["credentials"]["identifier"]: name for name, one in room.instances.items()}
    return lambda: {names[str(record.token_id)] for record in tenant.requests}


@pytest.mark.parametrize(
    ("playbook", "incident", "inputs"),
    [
        ("Freeze Devices", {}, {**NAMED, **MESSAGE, "Require_approval": "false"}),
        ("Device Enrichment", {}, NAMED),
        ("Device Event Triage", EVENT, {}),
    ],
)
@pytest.mark.parametrize("instance", ["", COPY])
def test_a_playbook_acts_on_its_own_integration(
    playbook: str,
    incident: dict[str, str],
    inputs: dict[str, str],
    instance: str,
    room: WarRoom,
    library: Library,
    tenant: LocalTenant,
    callers: Callable[[], set[str]],
) -> None:
    """Whether the incident names the instance that fetched it or not, although both integrations have these commands."""
    fetched = {"sourceInstance": instance, "deviceid": str(tenant.devices.by_name("LAB-0001")["deviceUid"])}
    run = room.run_playbook(library, f"Absolute - {playbook}_copy", inputs, {**incident, **fetched})
    assert run.ok, run.error
    assert callers() == {COPY}


def test_a_command_in_the_war_room_names_the_integration(room: WarRoom, callers: Callable[[], set[str]]) -> None:
    room.run(f"!absolute-device-list limit=1 using-brand={RENAMED}")
    assert callers() == {COPY}
    room.run("!absolute-device-list limit=1")
    assert callers() == {COPY, "Absolute_instance_1"}, "else it runs on both"


def test_no_two_items_of_both_editions_have_one_id(edition: Path) -> None:
    assert not identities(edition) & identities(PACK)


def test_whatever_an_item_names_is_there(edition: Path) -> None:
    """A playbook of a type, a layout, a classifier of an instance, a command of a button or a task, a script, a widget."""
    named, missing = list(references(edition)), identities(PACK) - identities(edition)
    assert [one for one in named if one[2] in missing] == []
    commands = [value for _, key, value in named if key in ("scriptId", "script") and "|||" in value]
    assert {value.partition("|||")[0] for value in commands} == {RENAMED, "Builtin"}


def identities(pack: Path) -> set[str]:
    found = [read_item(path) for path in items(pack) if not {*LEFT_OUT, "IncidentFields"} & set(path.parts)]
    return {name for one in found for name in (one.get("id") or one["commonfields"]["id"], one["name"])}


def references(pack: Path) -> Iterator[tuple[str, str, str]]:
    """Each text of an item that can name another item, with its file and key."""
    keys = {"playbookId", "playbookName", "scriptName", "scriptId", "script", "layout", "defaultIncidentType", "associatedTypes"}
    keys |= {"defaultclassifier", "defaultmapperin", "brand", "keyTypeMap", "id", "widgets"}
    for path in items(pack):
        for key, value in texts(read_item(path), ""):
            if key in keys:
                yield path.name, key, value


def texts(found: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for name, value in found.items():
            yield from texts(value, key if key == "keyTypeMap" else name)
    elif isinstance(found, list):
        for value in found:
            yield from texts(value, key)
    elif isinstance(found, str):
        yield key, found
