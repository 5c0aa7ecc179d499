"""A pytest plugin: what a test leaves behind in its process is put right, and the test is an error.

Variables of the environment and the working folder would change the tests that follow; a thread that is no daemon would keep
the process from ending. Looked at around all fixtures of the test, so that it is found when these are what failed.
"""

import os
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PYTESTS_OWN = "PYTEST_CURRENT_TEST"
POOL_OF_PLAYWRIGHT = "asyncio_"  # ends with its loop, which serves all tests of a file
JOIN_SECONDS = 10


@dataclass(frozen=True)
class Surroundings:
    """What a test must find as the one before it did."""

    variables: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: str = field(default_factory=os.getcwd)
    threads: set[threading.Thread] = field(default_factory=lambda: set(threading.enumerate()))

    def put_back(self) -> Iterator[str]:
        """Says what was not as it had been."""
        for name in self.variables.keys() | os.environ.keys() - {PYTESTS_OWN}:
            if (before := self.variables.get(name)) != os.environ.get(name) and name != PYTESTS_OWN:
                yield f"the variable {name}"
                os.environ.pop(name, None)
                os.environ.update({} if before is None else {name: before})
        if os.getcwd() != self.folder:  # noqa: PTH109  # pathlib takes six times as long
            yield f"the working folder {Path.cwd()}"
            os.chdir(self.folder)
        for thread in set(threading.enumerate()) - self.threads:
            if not thread.daemon and not thread.name.startswith(POOL_OF_PLAYWRIGHT):
                thread.join(JOIN_SECONDS)
                if thread.is_alive():
                    yield f"the thread {thread.name}"


BEFORE = pytest.StashKey[Surroundings]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    item.stash[BEFORE] = Surroundings()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    try:
        return (yield)
    finally:
        if found := sorted(item.stash[BEFORE].put_back()):
            pytest.fail("the test leaves behind:\n" + "\n".join(found), pytrace=False)
