"""What the scenarios of the playbooks share: the pack's playbooks, and a desk at which they are played."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from local_absolute import ALL_PERMISSIONS, LocalTenant, Permission
from local_xsoar import Answers, Library, PlaybookRun, WarRoom, load_playbooks, uncovered

PACK = "Packs/Absolute"


@pytest.fixture(scope="session")
def library(pytestconfig: pytest.Config) -> Library:
    """The pack's playbooks, and those that test them on the platform."""
    pack = pytestconfig.rootpath / PACK
    return load_playbooks(pack / "Playbooks", pack / "TestPlaybooks")


@pytest.fixture(scope="module")
def runs() -> list[PlaybookRun]:
    """Every run of the module's scenarios."""
    return []


@dataclass
class Desk:
    """Plays playbooks in one war room, as the analyst who answers their questions, and keeps each run."""

    library: Library
    room: WarRoom
    runs: list[PlaybookRun]
    asked: list[str] = field(default_factory=list)

    def play(
        self, name: str, answers: dict[str, Any] | None = None, incident: dict[str, Any] | None = None, **inputs: str
    ) -> PlaybookRun:
        """Plays a playbook to its end. `answers` are by task; nobody answers the questions that are not named there."""
        analyst = Answers(answers or {})
        run = self.room.run_playbook(self.library, name, inputs, incident, analyst)
        self.asked = [request.task for request in analyst.requests]
        self.runs.append(run)
        return run

    def note(self) -> str:
        """The last note of the last run."""
        return str(self.runs[-1].notes[-1]["HumanReadable"])


@pytest.fixture
def desk(library: Library, war_room: WarRoom, runs: list[PlaybookRun]) -> Desk:
    """A desk whose API token may do everything."""
    return Desk(library, war_room, runs)


@pytest.fixture
def desk_without(
    library: Library, make_war_room: Callable[..., WarRoom], tenant: LocalTenant, runs: list[PlaybookRun]
) -> Callable[..., Desk]:
    """Makes a desk whose API token lacks the given permissions."""

    def make(*missing: Permission) -> Desk:
        token = tenant.tokens.create_symmetric(permissions=ALL_PERMISSIONS - set(missing))
        return Desk(library, make_war_room(credentials={"identifier": token.id, "password": token.secret}), runs)

    return make


@pytest.fixture
def unreached(request: pytest.FixtureRequest, library: Library, runs: list[PlaybookRun]) -> Callable[..., list[str]]:
    """Names the tasks and branches of playbooks that no scenario of the module reached. Skips when only some were run."""

    def name_them(*playbooks: str) -> list[str]:
        module = request.module
        selected = {item.originalname for item in request.session.items if item.module is module}
        if selected != {name for name in vars(module) if name.startswith("test_")}:
            pytest.skip("not every scenario of this file is run")
        ours = Library({name: library.playbooks[name] for name in playbooks})
        # test_inputs.py goes that way, in every playbook.
        return [one for one in uncovered(ours, runs) if "(Check the inputs), branch #error#" not in one]

    return name_them
