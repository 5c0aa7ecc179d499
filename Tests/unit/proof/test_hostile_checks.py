"""The checks of hostile input notice what they are for: each is shown one wrong outcome of each kind, and a sound one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from local_absolute import LocalTenant
from local_absolute.faults import Process
from local_absolute.http_answer import HttpAnswer
from local_xsoar import CommandRun
from proof.fault_plan import Call, FaultPlan
from proof.hostile_checks import changed_queries, damage, damage_by_data, internal_errors, other_devices
from proof.hostile_runs import HostileStage, changing_data
from proof.trials import MAC_PASSWORD, Outcome, Stage

NOBODY = "00000000-0000-4000-8000-000000000000"


def outcome(text: str = "done", error: str = "", calls: Sequence[Call] = (), devices: Sequence[str] = ()) -> Outcome:
    """What a command did: its entry, its calls, and the UIDs of the devices that it wrote into the context."""
    entries = [{"Type": 4, "Contents": error}] if error else [{"Type": 1, "HumanReadable": text}]
    plan = FaultPlan()
    plan.calls.extend(calls)
    context = {"Absolute": {"Device": [{"Id": uid} for uid in devices]}}
    return Outcome("absolute-x", {}, CommandRun("absolute-x", entries=entries), context, {}, plan, 1.0, (MAC_PASSWORD,))


def call(path: str = "/v3/reporting/devices", query: str = "", method: str = "GET", body: Any = None) -> Call:
    return Call(method, path, query, {} if body is None else body, 0, 0, HttpAnswer(200), HttpAnswer(200))


@pytest.fixture
def stage(tenant: LocalTenant) -> Stage:
    return cast("Stage", SimpleNamespace(tenant=tenant))


def uid(tenant: LocalTenant, name: str) -> str:
    return str(tenant.devices.by_name(name)["deviceUid"])


SOUND = 'Failed to execute absolute-x command. Error: Argument device_ids: "KeyError" is no UID.'


@pytest.mark.parametrize(
    ("error", "args", "said"),
    [
        ("'NoneType' object has no attribute 'get'", {}, "NoneType: "),
        ("Traceback (most recent call last)", {}, "Traceback: "),
        ("x" * 3001, {}, "an error of 3001 characters"),
        (SOUND, {}, "KeyError: "),
    ],
)
def test_internal_errors(error: str, args: dict[str, str], said: str) -> None:
    assert next(internal_errors(outcome(error=error), args)).startswith(said)


def test_what_was_typed_is_no_internal_error() -> None:
    assert list(internal_errors(outcome(error=SOUND), {"device_ids": "KeyError"})) == []
    assert list(internal_errors(outcome(), {})) == []


TYPED = {"device_names": "LAB-0001,LAB-0002"}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (call("/v3/actions/requests/nothing"), "a path of nobody"),
        (call("/v3/reporting/devices/../users"), "a path of nobody"),
        (call("/v3/reporting/devices", method="DELETE"), "a path of nobody"),
        (call(query="deviceName=LAB-0001&isStolen=true"), "a parameter of nobody: isStolen"),
        (call(query="filter=deviceName%20eq%20%27LAB-0001%27%20or%20true"), "a filter that was not meant"),
        (call(query="filter=deviceName%20eq%20%27LAB-0009%27"), "a value that was not typed: LAB-0009"),
    ],
)
def test_changed_queries(made: Call, said: str) -> None:
    (found, *_) = changed_queries(outcome(calls=[made]), TYPED)
    assert found.startswith(said)


def test_queries_as_they_were_meant() -> None:
    both = "filter=(deviceName%20eq%20%27lab-0001%27%20or%20deviceName%20eq%20%27LAB-0002%27)&pageSize=500"
    assert list(changed_queries(outcome(calls=[call(query=both), call(f"/v3/actions/requests/wipe/{NOBODY}")]), TYPED)) == []


class TestOtherDevices:
    def test_shown(self, stage: Stage, tenant: LocalTenant) -> None:
        wanted, other = uid(tenant, "LAB-0001"), uid(tenant, "LAB-0003")
        assert list(other_devices(stage, outcome(devices=[wanted]), TYPED)) == []
        (found,) = other_devices(stage, outcome(devices=[wanted, other]), TYPED)
        assert found.startswith("another device: LAB-0003")

    def test_changed(self, stage: Stage, tenant: LocalTenant) -> None:
        other = uid(tenant, "LAB-0003")
        freeze = call("/v3/actions/requests/freeze", method="POST", body={"deviceUids": [other]})
        fields = call(f"/v3/customfields/devices/{other}", method="PUT")
        for made in (freeze, fields):
            (found,) = other_devices(stage, outcome(calls=[made]), TYPED)
            assert found.startswith("another device: LAB-0003")

    def test_every_argument_counts(self, stage: Stage, tenant: LocalTenant) -> None:
        args = {"device_names": "LAB-*", "device_ids": uid(tenant, "LAB-0001")}
        assert list(other_devices(stage, outcome(devices=[uid(tenant, "LAB-0001")]), args)) == []
        assert list(other_devices(stage, outcome(devices=[uid(tenant, "LAB-0003")]), args))

    def test_none_that_there_is(self, stage: Stage) -> None:
        assert list(other_devices(stage, outcome(devices=[NOBODY]), TYPED)) == [f"a device that does not exist: {NOBODY}"]


BY_ARGUMENTS = {
    "KeyError: ": outcome(error="KeyError: 'deviceUid'"),
    "a path of nobody": outcome(calls=[call("/v3/nobody")]),
    "a device that does not exist": outcome(devices=[NOBODY]),
    "table: ": outcome("|a|b|\n|---|---|\n| x|y | 2 |\n"),
    "war room: ": outcome("<script>x"),
    "shows a secret": outcome(f"the password is {MAC_PASSWORD}"),
}
BY_DATA = ["KeyError: ", "table: ", "war room: "]


@pytest.mark.parametrize("kind", BY_ARGUMENTS)
def test_whatever_hostile_arguments_do_is_damage(kind: str, tenant: LocalTenant) -> None:
    """And the runs report it: nothing between the check and the report loses it."""
    wrong = BY_ARGUMENTS[kind]
    stage = cast("Stage", SimpleNamespace(tenant=tenant, run=lambda *_: wrong))
    assert any(kind in found for found in damage(stage, wrong, TYPED))
    assert any(kind in found for found in HostileStage(stage, {"absolute-x": {}}).damage("absolute-x", TYPED, alone=True))


@pytest.mark.parametrize("kind", BY_DATA)
def test_whatever_hostile_data_does_is_damage(kind: str) -> None:
    wrong = BY_ARGUMENTS[kind]
    stage = cast("Stage", SimpleNamespace(run=lambda *_: wrong))
    assert any(kind in found for found in damage_by_data(wrong))
    assert any(kind in found for found in HostileStage(stage, {"absolute-x": {}}).damage_by_data("absolute-x", str))


def test_a_sound_outcome_is_no_damage(stage: Stage, tenant: LocalTenant) -> None:
    sound = outcome(calls=[call(query="deviceName=LAB-0001")], devices=[uid(tenant, "LAB-0001")])
    assert damage(stage, sound, TYPED) == []
    assert damage_by_data(sound) == []


def test_data_is_changed_wherever_it_stands_but_for_what_objects_are_looked_up_by() -> None:
    """Else the runs with hostile data would be runs without."""
    data = {"deviceName": "a", "deviceUid": "u", "rows": [{"esn": "b", "tags": ["c"], "count": 1}], "nextPage": "n"}
    answer = HttpAnswer(200, body=json.dumps(data).encode())
    changed = changing_data(lambda value: f"<{value}>")(Process("GET", "/v3/x", "", {}, lambda: answer))
    assert json.loads(changed.body) == {
        "deviceName": "<a>",
        "deviceUid": "u",
        "rows": [{"esn": "<b>", "tags": ["<c>"], "count": 1}],
        "nextPage": "n",
    }
