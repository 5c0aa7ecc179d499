"""More than one instance: two tokens of one account, or two accounts. A case acts on one of them, or not at all."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_absolute import STRICT, LocalTenant, ManualClock
from local_xsoar import CommandRun
from local_xsoar.behaviour import NEWEST, VERSION_6, Behaviour
from pack_files import PACK, read_item
from scenarios.playbooks.conftest import Desk
from scenarios.test_incident_content import TYPED

# They run no command of Absolute.
ASKING = {
    "Absolute - Ask a Person",
    "Absolute - Choose Field Values",
    "Absolute - Confirm Loss",
    "Absolute - Find Open Case",
    "Absolute - Question Deadline",
}
PLAYBOOKS = sorted({path.stem.removeprefix("playbook-").replace("_", " ") for path in PACK.glob("Playbooks/*.yml")} - ASKING)
LOST, WIPE, FREEZE = "Absolute - Lost or Stolen Device", "Absolute - Wipe Devices", "Absolute - Freeze Devices"
MESSAGE: dict[str, Any] = {"Message_name": "lock", "Message_text": "<p>Call 555-0100.</p>"}
FIRST, SECOND = "Absolute_instance_1", "Absolute_instance_2"
YES = {"0": "Yes"}
# What the playbooks need besides a device, and what makes them act without a question.
NEEDED = {
    "Kind": "wipe",
    "Request_uid": "00000000-0000-4000-8000-000000000001",
    "Action_uid": "00000000-0000-4000-8000-000000000002",
    "Collection_script": "Collect traces",
    "Event_type": "DeviceBecameAVUnprotected",
    "Loss_kind": "Stolen",
    "Quarantine_group": "Kiosks",
    "Require_approval": "false",
    "Wipe_device": "Yes",
}


def prepare(tenant: LocalTenant) -> LocalTenant:
    """LAB-0001 can be wiped, and has fields for cases."""
    tenant.devices.update(uid_of(tenant), **{"espInfo.encryptionStatus": "ENCR"})
    for name in ("Incident ID", "Incident Status", "Incident Owner"):
        tenant.custom_fields.define(name, "Text", "UDF")
    tenant.script_library.add("Collect traces", "Collects what an investigation needs.", ("Windows",))
    return tenant


def uid_of(tenant: LocalTenant) -> str:
    return str(tenant.devices.by_name("LAB-0001")["deviceUid"])


@pytest.fixture(params=["two tokens", "two accounts"])
def other(request: pytest.FixtureRequest, tenant: LocalTenant, clock: ManualClock) -> Iterator[LocalTenant]:
    """The account of the second instance."""
    prepare(tenant)
    if request.param == "two tokens":
        yield tenant
    else:
        with LocalTenant(devices=60, seed=8, clock=clock, rate_limit=None, options=STRICT) as second:
            yield prepare(second)


@pytest.fixture
def desk(other: LocalTenant, desk: Desk) -> Desk:
    """A desk with a second instance, which is used by default as the first one is."""
    token = other.tokens.create_symmetric()
    params = {"url": other.url, "credentials": {"identifier": token.id, "password": token.secret}}
    desk.room.add_instance({**desk.room.instance.params, **params})
    return desk


@pytest.fixture
def callers(desk: Desk, tenant: LocalTenant, other: LocalTenant) -> Callable[..., list[str]]:
    """The instances that made the calls which begin so, in order."""
    names = {one.params["credentials"]["identifier"]: name for name, one in desk.room.instances.items()}

    def called(*prefixes: str) -> list[str]:
        tenants = list({id(one): one for one in (tenant, other)}.values())
        return [names[record.token_id] for one in tenants for prefix in prefixes for record in one.calls(prefix)]

    return called


def fetched_by(instance: str) -> dict[str, Any]:
    return {"id": "1042", "sourceBrand": "Absolute", "sourceInstance": instance}


BY_HAND = {"id": "1042", "sourceBrand": "Manual", "sourceInstance": "ana"}


# ------------------------------------------------------------------------------------------------- which one is not known


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_nothing_is_called_while_both_would_act(
    name: str, desk: Desk, tenant: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    """Each playbook for itself: it stops at its start, and says what to choose."""
    keys = [one.key for one in desk.library.playbooks[name].inputs]
    inputs: dict[str, Any] = {key: value for key, value in {"Endpoint_id": uid_of(tenant), **NEEDED}.items() if key in keys}
    run = desk.play(name, incident=BY_HAND, **inputs)
    said = desk.note() if run.ok else str(run.error)
    for part in ("2 instances would each do the same", "Set the input Instance", FIRST, SECOND):
        assert part in said
    assert callers("") == []


@pytest.mark.parametrize(
    ("behaviour", "sent"),
    [(NEWEST, [FIRST]), (VERSION_6, [])],
    ids=["newer versions do not use it", "version 6 uses it in playbooks"],
)
def test_a_second_instance_that_is_not_used_by_default(
    behaviour: Behaviour, sent: list[str], desk: Desk, tenant: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    desk.room.behaviour = behaviour
    desk.room.instances[SECOND].by_default = False
    desk.play(WIPE, incident=BY_HAND, Endpoint_id=uid_of(tenant), Require_approval="false")
    assert callers("POST /v3/actions/requests/wipe") == sent


@pytest.mark.parametrize("name", ["ana", f"{FIRST},{SECOND}", "Absolute_instance_3"])
def test_a_name_that_is_not_one_instance(name: str, desk: Desk, tenant: LocalTenant, callers: Callable[..., list[str]]) -> None:
    desk.play(WIPE, Endpoint_id=uid_of(tenant), Require_approval="false", Instance=name)
    assert "Set the input Instance" in desk.note() or "Set it to one of" in desk.note()
    assert callers("") == []


# ------------------------------------------------------------------------------------------------- which one is known


@pytest.mark.parametrize("instance", [FIRST, SECOND])
@pytest.mark.parametrize("how", ["fetched", "named"])
def test_one_wipe_on_the_right_account(
    how: str, instance: str, desk: Desk, tenant: LocalTenant, other: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    uid = uid_of(tenant if instance == FIRST else other)
    inputs: dict[str, Any] = {"Endpoint_id": uid, "Require_approval": "false"} | (
        {"Instance": instance} if how == "named" else {}
    )
    run = desk.play(WIPE, incident=fetched_by(instance) if how == "fetched" else BY_HAND, **inputs)
    assert run.outputs["WipedList"]["DeviceUid"] == uid
    assert callers("POST /v3/actions/requests/wipe") == [instance]
    assert set(callers("")) == {instance}


@pytest.mark.parametrize("instance", [FIRST, SECOND])
def test_one_message_and_one_freeze(
    instance: str, desk: Desk, tenant: LocalTenant, other: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    uid = uid_of(tenant if instance == FIRST else other)
    run = desk.play(FREEZE, incident=fetched_by(instance), Endpoint_id=uid, Require_approval="false", **MESSAGE)
    assert run.outputs["FrozenList"]["DeviceUid"] == uid
    assert callers("POST /v3/actions/freeze/messages", "POST /v3/actions/requests/freeze") == [instance] * 2


@pytest.mark.parametrize("instance", [FIRST, SECOND])
def test_a_whole_case_stays_on_the_instance_that_fetched_it(
    instance: str, desk: Desk, tenant: LocalTenant, other: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    """With waiting commands, a script, a search and a wipe; then it is taken back."""
    uid = uid_of(tenant if instance == FIRST else other)
    incident = {**fetched_by(instance), "type": "Absolute Lost or Stolen Device", "severity": 1, "owner": "ana", "deviceid": uid}
    answers = {
        "Confirm with the analyst": {"0": "Stolen"},
        "Approve the freeze": YES,
        "Approve the script": YES,
        "Decide about the wipe": YES,
        "Approve the wipe": YES,
    }
    short: dict[str, Any] = {"Follow_hours": "1", "Follow_interval_minutes": "30"}
    run = desk.play(LOST, answers, incident, Collection_script="Collect traces", **short, **MESSAGE)
    assert run.ok, run.error or run.waiting
    assert run.context.get("WipedList.DeviceUid") == uid
    assert run.context.get("Absolute.ScriptRequest.Devices.Verdict") == "executed"
    desk.play("Absolute - Recovered Device", {}, incident, Require_approval="false")
    assert set(callers("")) == {instance}
    for once in ("requests/wipe", "requests/freeze", "requests/reach", "freeze/messages"):
        assert len(callers(f"POST /v3/actions/{once}")) == 1, once


@pytest.mark.parametrize("path", sorted(PACK.glob("TestPlaybooks/*.yml")), ids=lambda path: path.stem.removeprefix("playbook-"))
def test_the_platform_tests_need_an_instance(path: Path, desk: Desk, callers: Callable[..., list[str]]) -> None:
    run = desk.play(str(read_item(path)["name"]), incident=BY_HAND)
    assert "2 instances would each do the same" in str(run.error)
    assert callers("") == []


@pytest.mark.parametrize("name", ["Absolute_Test", "Absolute - Unfreeze Devices - Test"])
def test_the_platform_tests_run_on_the_instance_that_they_name(name: str, desk: Desk, callers: Callable[..., list[str]]) -> None:
    desk.play(name, incident=BY_HAND, Instance=SECOND)
    assert set(callers("")) == {SECOND}


def test_a_job_runs_on_the_instance_that_it_names(desk: Desk, clock: ManualClock, callers: Callable[..., list[str]]) -> None:
    clock.advance(40 * 24 * 3600)
    run = desk.play("JOB - Absolute - Silent Devices", Instance=SECOND, Send_message="false", Freeze_devices="false")
    assert run.ok, run.error
    assert set(callers("")) == {SECOND}


BUTTONS = [
    item
    for path in sorted(PACK.glob("Layouts/*.json"))
    for tab in read_item(path)["detailsV2"]["tabs"]
    for section in tab.get("sections", [])
    for item in section.get("items", [])
    if item["sectionItemType"] == "button"
]


def click(desk: Desk, button: dict[str, Any], incident: dict[str, Any]) -> CommandRun:
    """On a button of an incident, with everything typed that its dialog asks for."""
    room = desk.room.open_incident(**incident)
    given = {"device_ids": incident.get("deviceid")}
    args = {name: given.get(name, value["simple"] or TYPED[name]) for name, value in button["args"].items()}
    return room.run_script(desk.library, button["scriptId"], args)


@pytest.mark.parametrize("instance", [FIRST, SECOND])
def test_buttons_run_on_the_instance_that_fetched_the_incident(
    instance: str, desk: Desk, tenant: LocalTenant, other: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    uid = uid_of(tenant if instance == FIRST else other)
    for button in BUTTONS:
        run = click(desk, button, {**fetched_by(instance), "deviceid": uid})
        assert run.ok, (button["name"], run.error)
        assert {entry["ModuleName"] for entry in run.entries} == {instance}
    assert set(callers("")) == {instance}


def test_buttons_of_an_incident_by_hand_send_nothing_while_both_would_act(
    desk: Desk, tenant: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    incident = {**BY_HAND, "deviceid": uid_of(tenant)}
    for button in BUTTONS:
        said = str(click(desk, button, incident).error)
        for part in ("2 instances would each do the same", f"!{button['args']['command']['simple']}", FIRST, SECOND):
            assert part in said
    desk.room.instances[SECOND].by_default = False
    assert callers("") == []
    assert click(desk, BUTTONS[0], incident).ok
    assert set(callers("")) == {FIRST}


def test_buttons_run_on_the_instance_that_the_playbook_of_the_incident_was_given(
    desk: Desk, other: LocalTenant, callers: Callable[..., list[str]]
) -> None:
    desk.room = desk.room.open_incident(**BY_HAND, deviceid=uid_of(other))
    desk.play("Absolute - Find Devices", Endpoint_id=uid_of(other), Instance=SECOND)
    run = desk.room.run_script(desk.library, "AbsoluteInstance", {"command": "absolute-device-get", "device_ids": uid_of(other)})
    assert run.ok, run.error
    assert set(callers("")) == {SECOND}


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        ({**fetched_by("Absolute_instance_9"), "deviceid": "x"}, "is no active instance"),
        (fetched_by(FIRST), "the incident names no device"),
    ],
)
def test_a_button_that_cannot_act_says_why(
    incident: dict[str, Any], said: str, desk: Desk, callers: Callable[..., list[str]]
) -> None:
    for button in BUTTONS:
        assert said in str(click(desk, button, incident).error)
    assert callers("") == []


# ------------------------------------------------------------------------------------------------- what both have found


def test_what_one_account_does_not_have_is_no_answer_of_the_other(desk: Desk, other: LocalTenant, tenant: LocalTenant) -> None:
    """Both run a command that an analyst types: neither's look-up takes the place of the other's."""
    uid = uid_of(other)
    desk.room.run(f"!absolute-device-get device_ids={uid}")
    found = desk.room.context.get("Absolute.DeviceLookup")
    here = "Found" if other is tenant else "NotFound"
    assert [(one["Instance"], one["Status"]) for one in found] == [(FIRST, here), (SECOND, "Found")]
