"""An instance that is read only changes nothing: whichever command, with whatever arguments, however its parameter is spelt.

The commands are those of the manifest, their lines those of the catalogue.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import Absolute
import pytest
from contract.commands import written_cases
from contract.fills import Fills
from local_absolute import LocalTenant
from local_xsoar import Integration, PlatformModules, WarRoom
from sdk_gate.examples import repeatable_tenant

# As the form stores it, and as whoever sets it by file or API may write it.
SPELLINGS: tuple[Any, ...] = (True, "true", "True", "TRUE", "yes", "Yes")
SWITCHES = {"allow_any_request": True, "allow_any_change": True}
# What a waiting command is given when it looks again; a person may type it too.
LOOKS: tuple[dict[str, str], ...] = (
    {},
    {"polling": "true"},
    {"polling": "true", "interval_in_seconds": "10", "timeout_in_seconds": "60"},
    {"send_anyway": "true"},
)
Room = Callable[..., WarRoom]


@dataclass(frozen=True)
class Place:
    """A tenant, its war rooms, and the lines of the catalogue as they were run there once."""

    tenant: LocalTenant
    room: Room
    lines: list[tuple[str, dict[str, str]]]

    def changes(self) -> list[str]:
        """Of these operations only the lists of actions read by POST."""
        return [one.path for one in self.tenant.requests if one.method != "GET" and "/get-actions" not in one.path]


@pytest.fixture(scope="module")
def place(integration: Integration, platform_modules: PlatformModules) -> Iterator[Place]:
    with repeatable_tenant(60) as (tenant, wait):
        token = tenant.tokens.create_symmetric()
        params: dict[str, Any] = {
            "url": tenant.url,
            "credentials": {"identifier": token.id, "password": token.secret},
            **SWITCHES,
        }

        def room(read_only: Any = True) -> WarRoom:
            return WarRoom(integration, {**params, "read_only": read_only}, platform_modules, wait=wait)

        fills, lines = Fills(tenant), []
        for case in written_cases():  # each needs what those before it have done
            lines.append((case.command, fills.fill(case)))
            room(False).execute(*lines[-1])
        yield Place(tenant, room, lines)


@pytest.mark.parametrize("name", sorted(Absolute.CHANGING))
def test_nothing_is_sent(name: str, place: Place, integration: Integration) -> None:
    offered = integration.commands[name].by_name
    lines = [{**args, "dry_run": ""} if "dry_run" in args else args for command, args in place.lines if command == name]
    spellings = itertools.cycle(SPELLINGS)
    assert lines
    for args in lines:
        place.tenant.requests.clear()
        for look in LOOKS:
            run = place.room(next(spellings)).execute(name, args | {key: look[key] for key in look.keys() & offered.keys()})
            assert f"Nothing was sent: this instance is read only (read_only), so it will not run {name}." in run.error
        assert place.tenant.requests == []
        if "following" in offered:
            place.room().execute(name, args | {"following": "{}", "polling": "true"})
        if "dry_run" in offered:
            place.room().execute(name, args | {"dry_run": "Yes"})
        assert place.changes() == []


def test_what_reads_changes_nothing(place: Place) -> None:
    """Also a command that is missing among those that change something, and a request of the user's own."""
    for name, args in place.lines:
        if name not in Absolute.CHANGING:
            place.tenant.requests.clear()
            place.room().execute(name, args)
            assert place.changes() == [], (name, args)


def test_what_is_neither_yes_nor_no_stops_it(place: Place) -> None:
    place.tenant.requests.clear()
    assert "read_only" in place.room("perhaps").execute("absolute-device-list", {}).error
    assert place.tenant.requests == []
