"""Every mode of the tenant × every command: each command is played once on a tenant in each mode.

A mode is one of the ways in which the real API may answer (docs/local-tenant.md). What is right in it stands in the tables here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from contract.commands import Case, written_cases
from contract.fills import Fills
from local_absolute import ListOptions, Options, QueryOptions, SiemOptions
from local_xsoar import Integration, PlatformModules, WarRoom
from sdk_gate.examples import repeatable_tenant

# More than a page of 500, so that each report has a second one.
DEVICES = 520
EVENTS = 1100
# The simplest line of each command, and those that read more than a page.
LINES: dict[str, Case] = {
    **{case.command: case for case in reversed([*written_cases()])},
    **{
        f"{name}, long": Case(name, args)
        for name, args in {
            "absolute-device-list": {"all_results": "true"},
            "absolute-device-application-list": {"all_results": "true", "app_names": "Example*"},
            "absolute-device-compliance-list": {"limit": "600"},
            "absolute-device-get-events": {"start_date": "71 hours ago", "limit": "1050"},
        }.items()
    },
}
ORDER = [case.command for case in written_cases()]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: whether it succeeded, what a person reads, and the context."""

    ok: bool
    readable: str
    context: str

    def spelt(self, spellings: Mapping[str, str]) -> Outcome:
        """The same with other spellings of the values in it."""

        def put(text: str) -> str:
            for usual, other in spellings.items():
                text = text.replace(usual, other)
            return text

        return Outcome(self.ok, put(self.readable), put(self.context))


Play = Callable[[Options], dict[str, Outcome]]


@pytest.fixture(scope="session")
def play(integration: Integration, platform_modules: PlatformModules) -> Play:
    """Plays all commands on a tenant with the options. The same options give the same outcomes, to the letter."""

    def outcomes(options: Options) -> dict[str, Outcome]:
        with repeatable_tenant(DEVICES, options) as (tenant, wait):
            tenant.siem.generate(EVENTS, over=timedelta(hours=70))
            token = tenant.tokens.create_symmetric()
            params = {"url": tenant.url, "credentials": {"identifier": token.id, "password": token.secret}}
            fills, found = Fills(tenant), {}
            for line, case in sorted(LINES.items(), key=lambda item: ORDER.index(item[1].command)):
                room = WarRoom(integration, params, platform_modules, wait=wait)
                run = room.execute(case.command, fills.fill(case))
                context = json.dumps(room.context.data, sort_keys=True, ensure_ascii=False)
                found[line] = Outcome(run.ok, run.markdown, context)
        return found

    return outcomes


@pytest.fixture(scope="session")
def usual(play: Play) -> dict[str, Outcome]:
    """How the commands end on a tenant in its usual mode."""
    return play(Options())


def test_every_command_is_played_and_succeeds(usual: dict[str, Outcome], integration: Integration) -> None:
    assert {LINES[line].command for line in usual} == {*integration.commands}
    assert [command for command, outcome in usual.items() if not outcome.ok] == []


# The outcome is the same: these modes are nothing that a user should notice.
UNNOTICED = {
    "empty pagination": Options(lists=ListOptions(last_page="empty pagination")),
    "repeated cursor": Options(lists=ListOptions(last_page="repeated cursor")),
    "no content": Options(lists=ListOptions(empty=204)),
    "offsets": Options(lists=ListOptions(cursors="offset")),
    "pages of 500": Options(query=QueryOptions(largest_page=500)),
    "events by offset": Options(siem=SiemOptions(order="oldest first", cursors="offset")),
    "events by key": Options(siem=SiemOptions(order="newest first", cursors="key")),
}


@pytest.mark.parametrize("mode", UNNOTICED)
def test_modes_that_nobody_notices(play: Play, usual: dict[str, Outcome], mode: str) -> None:
    outcomes = play(UNNOTICED[mode])
    assert [command for command, outcome in outcomes.items() if outcome != usual[command]] == []
