"""A pytest plugin: how pytest-xdist shares the tests out to its workers.

Tests of one file stay together: some files look back at what their tests have reached. So do the files that look at the same
long run, which then is made once. What takes long goes first, so that no worker is left alone with it in the end: the files that
start the SDK, and then those with most tests.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = ("Tests/contract/",)
FIRST = ("Tests/unit/sdk_gate/", *TOGETHER)


class Scheduling(LoadFileScheduling):
    """By file or, where that is one piece of work, by folder."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """What the test stays together with."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """A worker that was ended because its test hung is replaced once: with `loadfile`, xdist 3.8 begins that very test again."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadfile"
        config.option.loadscopereorder = False
        config.option.maxworkerrestart = config.option.maxworkerrestart or 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    return Scheduling(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Alike in every worker."""
    if hasattr(config, "workerinput"):
        sizes = Counter(unit_of(item.nodeid) for item in items)
        items.sort(key=lambda item: (not item.nodeid.startswith(FIRST), -sizes[unit_of(item.nodeid)], unit_of(item.nodeid)))
