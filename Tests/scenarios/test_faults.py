"""Every command under some faults, drawn with a seed; `make proof` tries all of them."""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from local_absolute import Fault, LocalTenant
from local_absolute.faults import Process, status
from local_absolute.http_answer import HttpAnswer
from local_xsoar import CommandRun, Integration, PlatformModules, WarRoom
from network.routes import PROXY_PASSWORD, Route
from proof.fault_kinds import KINDS, Nature
from proof.fault_plan import Call, FaultPlan, always
from proof.fault_replay import told
from proof.fault_sweep import (
    Cell,
    Scope,
    fetch_cell,
    plan_for,
    surrounded_cell,
    sweep,
    sweep_fetches,
    sweep_storms,
    sweep_surroundings,
)
from proof.promises import broken_promises, broken_reading, broken_test, polite, same_as_calm
from proof.surroundings import SURROUNDINGS, untrusted_server
from proof.trials import AFTER_THE_OTHERS, MAC_PASSWORD, Outcome, Stage, commands, open_stage, prepare, prepare_fetches

KINDS_PER_COMMAND = 2
KINDS_PER_FETCH = 2
CHANGES_PER_KIND = 4
FREEZE = "/v3/actions/requests/freeze"


@pytest.fixture(autouse=True)
def quiet_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    """It warns of the headers that make an answer break off in the middle."""
    monkeypatch.setattr(logging.getLogger("urllib3.response"), "disabled", True)


@pytest.fixture(scope="module")
def stage(integration: Integration, platform_modules: PlatformModules) -> Iterator[Stage]:
    with open_stage(integration, platform_modules, devices=600) as stage:
        prepare(stage)
        yield stage


def broken(cells: Iterator[Cell]) -> list[tuple[str, str, tuple[str, ...]]]:
    tried = [*cells]
    assert tried, "nothing was tried"
    return [(cell.kind, cell.scope.value, cell.problems) for cell in tried if cell.problems]


def test_no_event_comes_between_a_run_without_a_fault_and_those_with_one(stage: Stage) -> None:
    """The first test: devices have yet to do what the commands of the preparation asked for."""
    args = stage.args(AFTER_THE_OTHERS)
    calm = stage.run(AFTER_THE_OTHERS, args)
    stage.clock.advance(3600)
    assert same_as_calm(stage.run(AFTER_THE_OTHERS, args), calm)


@pytest.mark.parametrize("command", [*commands(), "test-module"])
def test_a_command_under_some_faults(command: str, stage: Stage) -> None:
    kinds = random.Random(command).sample(KINDS, KINDS_PER_COMMAND)
    assert broken(sweep(stage, kinds, [command])) == []


@pytest.mark.parametrize("route", [Route.TUNNEL, Route.PLAIN], ids=lambda route: route.name.lower())
def test_what_changes_something_through_proxies(
    route: Route, integration: Integration, platform_modules: PlatformModules
) -> None:
    """They end the connection as the tenant did: after the whole request went through, urllib3 calls that a ProxyError."""
    with open_stage(integration, platform_modules, devices=600, route=route) as stage:
        changing = [name for name in stage.cases if stage.run(name, stage.args(name)).calls.writes_done]
        for name in ("reset after", "closed after", "closed before", "half an answer", "504 after"):
            kinds = [kind for kind in KINDS if kind.name == name]
            drawn = random.Random(f"{name} {route}").sample(changing, CHANGES_PER_KIND)
            assert broken(sweep(stage, kinds, drawn, [Scope.WRITES])) == []


def test_fetches_under_some_faults(integration: Integration, platform_modules: PlatformModules) -> None:
    with open_stage(integration, platform_modules, devices=60, asymmetric=True) as stage:
        prepare_fetches(stage)
        assert broken(sweep_fetches(stage, random.Random(0).sample(KINDS, KINDS_PER_FETCH))) == []


def test_nothing_arrives(stage: Stage) -> None:
    names = ["absolute-device-get", "absolute-device-freeze-request", "absolute-wipe-request-create", "test-module"]
    assert broken(sweep_surroundings(stage, names)) == []


def test_many_faults_at_once(stage: Stage) -> None:
    assert broken(sweep_storms(stage, random.Random(0).sample([*stage.cases], 15), seeds=[0])) == []


def test_the_untrusted_server_gets_requests_from_those_who_trust_it(stage: Stage) -> None:
    with untrusted_server() as (url, received):
        run = stage.room(url=url, insecure=True).run("!absolute-device-list")
    assert "503" in run.error
    assert received


def test_a_wait_that_the_platform_would_not_live_through(make_war_room: Any, tenant: LocalTenant) -> None:
    """The platform ends a command after five minutes: what was accepted before is not lost by waiting for longer."""
    tenant.faults.add(Fault(when="GET /v3/actions/freeze/requests", action=status(429, retry_after=400)))
    room: WarRoom = make_war_room(timeout="600")
    run = room.run("!absolute-device-freeze-request device_names=LAB-0001 request_name=x message_name=m html_message=h")
    assert run.ok, run.error
    assert room.context.get("Absolute.FreezeRequest.RequestUID") in tenant.freeze.requests


def test_a_run_told_call_by_call(stage: Stage) -> None:
    kind = next(kind for kind in KINDS if kind.name == "reset before")
    outcome = stage.run("absolute-device-list", {}, plan_for(stage, kind, Scope.ONCE))
    line, first, second, *_ = told(outcome)
    assert "absolute-device-list" in line
    assert "GET /v3/reporting/devices: not carried out, connection broken" in first
    assert "GET /v3/reporting/devices: carried out (200), answered 200" in second


class TestTheChecks:
    """They notice what they are for."""

    @staticmethod
    def outcome(text: str = "", error: str = "", calls: tuple[Call, ...] = (), **context: Any) -> Outcome:
        entries = [{"Type": 4, "Contents": error}] if error else [{"Type": 1, "HumanReadable": text}]
        plan = FaultPlan()
        plan.calls.extend(calls)
        return Outcome("absolute-x", {}, CommandRun("absolute-x", entries=entries), context, {}, plan, 1.0, (MAC_PASSWORD,))

    @staticmethod
    def call(method: str = "POST", path: str = FREEZE, done: int | None = 200, said: int | None = 200, at: float = 0) -> Call:
        processed, answered = (None if one is None else HttpAnswer(one) for one in (done, said))
        return Call(method, path, "", {}, at, at, processed, answered)

    def test_a_sound_outcome_breaks_nothing(self) -> None:
        assert broken_promises(self.outcome("done", calls=(self.call(),))) == []
        failed = "Failed to execute absolute-x command. Error: Could not freeze devices."
        assert broken_promises(self.outcome(error=failed, calls=(self.call(done=None, said=400),))) == []

    @pytest.mark.parametrize(
        ("said", "changes"),
        [
            ("speaks like a program", {"error": "Failed to execute absolute-x command. Error: 'NoneType' object"}),
            ("does not name its command", {"error": "no"}),
            ("an error of 3045 characters", {"error": f"Failed to execute absolute-x command. Error: {'x' * 3000}"}),
            ("shows a secret", {"text": f"the password is {MAC_PASSWORD}"}),
            ("shows a secret", {"Absolute": {"Password": MAC_PASSWORD}}),
            ("shows a JWS", {"text": f"{'a' * 30}.{'b' * 30}.{'c' * 60}"}),
        ],
    )
    def test_what_is_said(self, said: str, changes: dict) -> None:
        (problem, *_) = broken_promises(self.outcome(**changes))
        assert said in problem

    def test_a_change_that_was_made_twice(self) -> None:
        assert "carried out twice" in broken_promises(self.outcome("ok", calls=(self.call(), self.call(at=1))))[0]

    def test_a_change_that_is_reported_as_failed(self) -> None:
        error = "Failed to execute absolute-x command. Error: Could not freeze devices."
        assert "reported as failed" in broken_promises(self.outcome(error=error, calls=(self.call(said=None),)))[0]

    def test_a_change_that_was_not_made_and_is_reported_as_done(self) -> None:
        assert "reported as done" in broken_promises(self.outcome("ok", calls=(self.call(done=None),)))[0]

    def test_a_change_that_arrived_and_is_said_not_to_have_been_sent(self) -> None:
        error = "Failed to execute absolute-x command. Error: Could not freeze devices. Nothing was sent."
        calls = (self.call(done=None, said=None),)
        assert "arrived, and is said not" in broken_promises(self.outcome(error=error, calls=calls))[0]
        assert broken_promises(self.outcome(error=error)) == []

    def test_unknown_without_a_way_to_find_out(self) -> None:
        assert "how to find out" in broken_promises(self.outcome("It is unknown.", calls=(self.call(said=None),)))[0]

    def test_unknown_although_it_was_refused(self) -> None:
        text = "It is unknown. Look again with absolute-device-get."
        assert "reported as unknown" in broken_promises(self.outcome(text, calls=(self.call(done=None, said=403),)))[0]

    def test_impatience(self) -> None:
        limited = replace(self.call("GET", "/v3/x", None, 429), answered=HttpAnswer(429, headers={"Retry-After": "5"}))
        after = self.call("GET", "/v3/y", at=2)
        assert "calls again after 2.0 s" in broken_promises(self.outcome("ok", calls=(limited, after)))[0]
        assert not broken_promises(self.outcome("ok", calls=(limited, replace(after, moment=5.1, ended=5.1))))

    @pytest.mark.parametrize(("read_before", "in_time"), [(True, True), (False, False)])
    def test_a_call_that_outlasts_its_time_out(self, read_before: bool, in_time: bool) -> None:
        first, change, last = self.call("GET", "/v3/x"), self.call(at=20), self.call("GET", "/v3/x", at=40)
        calls = (first, change, last) if read_before else (first, last, change)
        found = broken_promises(self.outcome("ok", calls=calls))
        assert any("tries one call for 40 s" in problem for problem in found) is not in_time

    def test_a_command_that_the_platform_would_end(self) -> None:
        assert "the platform ends it after 300 s" in broken_promises(replace(self.outcome("ok"), seconds=301))[0]
        assert broken_promises(replace(self.outcome("ok"), seconds=299)) == []

    @pytest.mark.parametrize(("at", "patient"), [(0.2, True), (4.0, False), (5.1, True)])
    def test_what_is_on_its_way_cannot_be_held_back(self, at: float, patient: bool) -> None:
        limited = replace(self.call("GET", "/v3/x", None, 429), answered=HttpAnswer(429, headers={"Retry-After": "5"}))
        outcome = self.outcome("ok", calls=(limited, self.call("GET", "/v3/y", at=at)))
        assert (list(polite(replace(outcome, command="absolute-device-get-events"))) == []) is patient

    def test_a_call_that_nobody_waits_for_any_more_counts(self) -> None:
        begun = Event()

        def slow(process: Process) -> HttpAnswer:
            begun.set()
            time.sleep(0.05)
            return process()

        plan = FaultPlan(always(slow))
        Thread(target=plan.act, args=(Process("POST", FREEZE, "", {}, lambda: HttpAnswer(200)),)).start()
        begun.wait()
        assert not plan.writes_done
        plan.finish()
        assert len(plan.writes_done) == 1

    def test_an_answer_that_stays_as_it_is_was_not_disturbed(self) -> None:
        assert self.call(done=None).disturbed
        assert self.call(said=None).disturbed
        assert self.call(done=200, said=500).disturbed
        assert not self.call().disturbed

    def test_more_calls_than_the_limit_allows(self) -> None:
        calls = tuple(self.call("GET", f"/v3/{number}", at=number / 100) for number in range(41))
        assert "more than 20 calls" in broken_promises(self.outcome("ok", calls=calls))[0]

    def test_a_call_that_is_tried_for_too_long(self) -> None:
        calls = tuple(self.call("GET", "/v3/x", at=at) for at in (0, 15, 30))
        assert "tries one call for 30 s" in broken_promises(self.outcome("ok", calls=calls))[0]

    def test_another_result_without_a_word(self) -> None:
        kind = next(kind for kind in KINDS if kind.nature is Nature.PASSING)
        calm, less = self.outcome("rows", Absolute=[1, 2]), self.outcome("rows", Absolute=[1])
        assert list(broken_reading(calm, calm, kind, passing=True)) == []
        assert "without a word" in next(broken_reading(less, calm, kind, passing=True))
        said = replace(less, run=CommandRun(entries=[{"Type": 1, "HumanReadable": "**Incomplete**"}]))
        assert "does not recover" in next(broken_reading(said, calm, kind, passing=True))
        assert list(broken_reading(said, calm, kind, passing=False)) == []

    def test_a_test_button_that_stays_red(self) -> None:
        kind = next(kind for kind in KINDS if kind.nature is Nature.PASSING)
        calm = replace(self.outcome(), run=CommandRun(entries=[{"Type": 1, "Contents": "ok"}]))
        assert list(broken_test(calm, calm, kind, passing=True)) == []
        assert "does not recover" in next(broken_test(self.outcome("no"), calm, kind, passing=True))
        assert list(broken_test(self.outcome("no"), calm, kind, passing=False)) == []

    @pytest.mark.parametrize(("came", "problems"), [("ab", ()), ("a", ("loses 1 of 2",)), ("aba", ("delivers 1 twice",))])
    def test_what_a_fetch_loses_or_repeats(self, came: str, problems: tuple[str, ...]) -> None:
        room = SimpleNamespace(events=lambda: [{"id": one} for one in came], incidents=[])
        stage = SimpleNamespace(tenant=None, room=lambda: room, run_in=lambda *_: self.outcome("ok"))
        cell = fetch_cell(cast(Stage, stage), self.outcome("ok"), Counter("ab"), KINDS[0], Scope.ONCE)
        assert cell.problems == problems

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ("could not be reached", "does not say that"),
            (f"could not be verified by {PROXY_PASSWORD}", "shows the proxy's password"),
            ("could not be verified. It is unknown whether it was done: look again", "nothing arrived, and it says unknown"),
        ],
    )
    def test_what_is_said_where_nothing_arrives(self, more: str, said: str) -> None:
        error, (certificate, *_) = "Failed to execute absolute-x command. Error: ", SURROUNDINGS
        assert surrounded_cell(self.outcome(error=f"{error}could not be verified"), certificate).problems == ()
        (problem,) = surrounded_cell(self.outcome(error=error + more), certificate).problems
        assert said in problem
