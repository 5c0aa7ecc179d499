"""Fixtures of the whole suite: a local tenant, a token on it, and a war room that is connected to it over HTTP."""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from local_absolute import STRICT, LocalTenant, ManualClock, Token
from local_xsoar import Integration, PlatformModules, WarRoom, load_integration, platform

PLUGINS = ("left_behind", "quiet_tests", "not_run", "prepared_scripts", "integration_coverage", "sharing_out")
pytest_plugins = ["pytester", *(f"plugins.{name}" for name in PLUGINS)]

ROOT = Path(__file__).resolve().parent
INTEGRATION = ROOT / "Packs" / "Absolute" / "Integrations" / "Absolute"
MODULE_NAMES = ("demistomock.py", "CommonServerPython.py")

# The same examples on every run: a failure seen elsewhere is seen here. `pytest --hypothesis-seed=random` explores.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_report_header() -> str:
    """Which of the platform's modules the suite runs with."""
    folder = platform.modules_folder()
    return f"platform modules: {'ours' if folder == platform.OWN_MODULES else f'those in {folder}'}"


def pytest_configure() -> None:
    """Make the platform's modules importable, for the unit tests that stand beside the integration.

    Our own folder stays behind the one that XSOAR_MODULES names: CommonServerUserPython exists only there.
    """
    folder = platform.modules_folder()
    missing = [name for name in MODULE_NAMES if not (folder / name).is_file()]
    if missing:
        pytest.exit(f"XSOAR_MODULES: there is no {' and no '.join(missing)} in {folder}", returncode=pytest.ExitCode.USAGE_ERROR)
    sys.path[:0] = [str(folder), str(platform.OWN_MODULES)]


def pytest_collection_finish() -> None:
    """What has been imported by now stays to the end: the collector of garbage need not go through it over and over.

    Scripts, which are made later, stay too, and little garbage is circles: it is looked for less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def platform_modules() -> PlatformModules:
    """The modules that commands run with in the war room."""
    return PlatformModules.chosen()


@pytest.fixture(scope="session")
def integration() -> Integration:
    """The unified integration, as `demisto-sdk prepare-content` makes it."""
    return load_integration(INTEGRATION)


@pytest.fixture
def clock() -> ManualClock:
    """The tenant's clock. It stands still until a test advances it."""
    return ManualClock()


@pytest.fixture
def tenant(clock: ManualClock) -> Iterator[LocalTenant]:
    """A running tenant with 60 devices and no rate limit, which takes nothing but what the document allows."""
    with LocalTenant(devices=60, seed=7, clock=clock, rate_limit=None, options=STRICT) as tenant:
        yield tenant


@pytest.fixture
def token(tenant: LocalTenant) -> Token:
    """A symmetric token with every permission."""
    return tenant.tokens.create_symmetric()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of a command between its attempts take no time. Servers, in threads of their own, are as slow as ever."""
    sleep, commands = time.sleep, threading.get_ident()
    monkeypatch.setattr("time.sleep", lambda seconds: None if threading.get_ident() == commands else sleep(seconds))


@pytest.fixture
def make_war_room(
    integration: Integration,
    platform_modules: PlatformModules,
    clock: ManualClock,
    tenant: LocalTenant,
    token: Token,
    no_pauses: None,
) -> Callable[..., WarRoom]:
    """Build a war room on the tenant; keywords replace parameters of the integration instance."""

    def make(**params: Any) -> WarRoom:
        instance = {
            "url": tenant.url,
            "credentials": {"identifier": token.id, "password": token.secret},
            "insecure": False,
            "proxy": False,
            "timeout": "60",
            "max_devices_per_action": "50",
            "protected_devices": "",
        }
        return WarRoom(integration, params=instance | params, modules=platform_modules, wait=clock.advance)

    return make


@pytest.fixture
def war_room(make_war_room: Callable[..., WarRoom]) -> WarRoom:
    """A war room whose token may do everything."""
    return make_war_room()
