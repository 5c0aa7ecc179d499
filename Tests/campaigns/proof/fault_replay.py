"""One run of the sweep again, call by call: `python -m proof.fault_replay absolute-device-unenroll "reset after" once`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from local_xsoar import PlatformModules, load_integration
from network.routes import Route
from pack_files import INTEGRATION

from proof.fault_kinds import KINDS, STALLS
from proof.fault_plan import Call
from proof.fault_sweep import Scope, plan_for
from proof.promises import broken_promises
from proof.trials import FETCHES, Outcome, commands, open_stage, prepare, prepare_fetches

FAULTS = {kind.name: kind for kind in (*KINDS, *STALLS)}
SCOPES = {scope.name.lower(): scope for scope in Scope}
ROUTES = {route.name.lower(): route for route in Route}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m proof.fault_replay", description=__doc__)
    parser.add_argument("command", choices=[*commands(), "test-module", *FETCHES], metavar="COMMAND")
    parser.add_argument("fault", choices=FAULTS, metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("scope", choices=SCOPES, nargs="?", default="once", help="which calls meet it")
    parser.add_argument("route", choices=ROUTES, nargs="?", default="direct", help="which way the calls go")
    given = parser.parse_args()
    outcome = replayed(given.command, given.fault, SCOPES[given.scope], ROUTES[given.route])
    sys.stdout.write("\n".join(told(outcome)) + "\n")


def replayed(command: str, fault: str, scope: Scope, route: Route) -> Outcome:
    fetches, kind = command in FETCHES, FAULTS[fault]
    with open_stage(load_integration(INTEGRATION), PlatformModules(), devices=60 if fetches else 600, route=route) as stage:
        (prepare_fetches if fetches else prepare)(stage)
        return stage.run(command, stage.args(command), plan_for(stage, kind, scope), kind.timeout)


def told(outcome: Outcome) -> Iterator[str]:
    yield f"!{outcome.command} " + " ".join(f'{name}="{value}"' for name, value in outcome.args.items()) + "\n"
    yield from map(_call, outcome.calls.calls)
    yield f"\n{outcome.text}\n"
    yield from (f"BROKEN PROMISE: {problem}" for problem in broken_promises(outcome))


def _call(call: Call) -> str:
    done = f"carried out ({call.processed.status})" if call.processed else "not carried out"
    said = f"answered {call.answered.status}" if call.answered else "connection broken"
    return f"{call.moment:6.1f} s  {call.method} {call.path[:100]}: {done}, {said}"


if __name__ == "__main__":
    main()
