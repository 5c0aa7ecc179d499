"""The local XSOAR beside the tenant. Its commands run in this process, so one of them at a time."""

from __future__ import annotations

import threading
from functools import cached_property

from command_line.accounts import Accounts
from command_line.connection import Params
from command_line.linking import Candidate, Link, link
from command_line.preparation import platform_modules, prepared
from local_absolute import LocalTenant
from local_xsoar import Integration
from local_xsoar.scheduler import WaitFor
from rich.console import Console as Terminal


class Xsoar:
    """Runs the integration: for tries of an account, and in a war room with `params`."""

    def __init__(self, tenant: LocalTenant, params: Params | None, wait: WaitFor) -> None:
        self._tenant = tenant
        self._params = params
        self._wait_for = wait
        self._running = threading.Lock()

    @cached_property
    def _integration(self) -> Integration:
        """Preparing it takes seconds when the pack has changed."""
        return prepared(Terminal(quiet=True))

    def link(self, wanted: Candidate, accounts: Accounts) -> Link:
        with self._running:
            return link(wanted, accounts, self._integration, platform_modules())
